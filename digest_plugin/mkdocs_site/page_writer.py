"""Generated pages written past MkDocs: in a theme's shells, by several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.commands.build import get_context
from mkdocs.structure.files import InclusionLevel

from digest_plugin.machine.processes import shared_out
from digest_plugin.mkdocs_site.kept_pages import KeptPages
from digest_plugin.mkdocs_site.page_keys import hashed
from digest_plugin.mkdocs_site.page_shells import PageShells
from digest_plugin.mkdocs_site.virtual_pages import VirtualFile, VirtualPage
from digest_plugin.pages.outlines import EditionOutline
from digest_plugin.pages.page_data import SitePage
from digest_plugin.records.contents import Edition

if TYPE_CHECKING:
    import jinja2
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.plugins import BasePlugin
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.theme import Theme

PAGE_EVENTS = (
    "pre_page", "page_read_source", "page_markdown", "page_content", "page_context", "post_page",
)  # fmt: skip
"""What MkDocs asks plugins about each page."""
INDIFFERENT = ("mkdocs.contrib.search", "material.plugins.search", "material.plugins.info")
"""Modules of plugins that do nothing to generated pages, which are not in the stock index."""

KNOWN_THEMES = frozenset({"material", "mkdocs", "readthedocs"})
OVERRIDES = "arxiv-digest"
"""The folder of the theme's custom_dir whose templates come before ours: they make the content."""

Head = Callable[[VirtualPage, Edition | None], str]
"""What goes into the head of a page; with the whole digest that it shows."""
Finish = Callable[[str, VirtualPage, str], str]
"""The HTML that a theme made of a page, the page and its own part of it, to what is served."""
Twins = Callable[[Edition], Iterator[tuple[str, str]]]
"""The whole digest to files beside its page: path below the site's root, and text."""

PageKey = Callable[[VirtualPage], str | None]
"""Another if anything in a page is but what the theme puts around it; None for pages that are
always made."""


def may_write(config: MkDocsConfig, ours: BasePlugin) -> bool:  # type: ignore[type-arg]
    """Whether no other plugin and no hook has a hand in single pages."""
    for event in PAGE_EVENTS:
        for method in config.plugins.events[event]:
            owner = getattr(method, "__self__", None)
            if owner is not ours and not type(owner).__module__.startswith(INDIFFERENT):
                return False
    return True


def is_known(theme: Theme) -> bool:
    """Whether a theme does the same for all pages that are alike; one with templates of the site's
    own may look at anything."""
    folder = Path(theme.custom_dir or "")
    own = folder.rglob("*.html") if theme.custom_dir else ()
    return theme.name in KNOWN_THEMES and all(
        path.relative_to(folder).parts[0] == OVERRIDES for path in own
    )


class PageWriter:
    """Writes the generated pages of one build."""

    def __init__(  # noqa: PLR0917 - each is used once
        self,
        pages: Sequence[VirtualPage],
        new_page: Callable[[SitePage], VirtualPage],
        head: Head,
        finish: Finish,
        twins: Twins,
        editions: Iterable[EditionOutline],
        kept: KeptPages,
        key: PageKey,
    ) -> None:
        """In on_files: MkDocs is to do nothing about `pages` from here on. `editions` are all
        digests; the pages of some may be written by people."""
        self.pages = pages
        shown = {id(page.site_page.edition) for page in pages}
        self._others = [edition for edition in editions if id(edition) not in shown]
        self._new_page = new_page
        self._head = head
        self._finish = finish
        self._twins = twins
        self._kept = kept
        self._by_path: dict[str, VirtualPage] | None = None
        self._key = key
        for page in pages:
            leave_to_us(page)

    def prepare(
        self,
        config: MkDocsConfig,
        files: Files,
        nav: Navigation,
        env: jinja2.Environment,
        *,
        use_shells: bool = True,
    ) -> None:
        """In on_env, before anything is written."""
        self._site = Path(config.site_dir)
        template = env.get_template("main.html")
        documents = files.documentation_pages(inclusion=InclusionLevel.is_included)

        def in_theme(page: VirtualPage, content: str, head: str) -> str:
            page.describe()
            page.content = content
            page.active = True  # as MkDocs tells its themes
            context = get_context(nav, documents, config, page)
            html = template.render(context)
            page.active = False
            page.content = ""
            return self._finish(html.replace("</head>", f"{head}</head>", 1), page, content)

        self._shells = PageShells(in_theme, self._new_page)
        self._shells.prepare(self.pages if use_shells and is_known(config.theme) else ())

    def write_all(self, processes: int) -> None:
        """Write all pages, and what stands beside them. Raises OSError."""
        keys = {page.site_page.src_uri: self._key_of(page) for page in self.pages}
        kept = self._kept.take_all_back(keys)
        new = [page for page in self.pages if page.site_page.src_uri not in kept]
        # What is still to be counted takes longest, and so is begun first.
        new.sort(key=lambda page: page.site_page.complete is None)
        self._write_other_twins()
        for page, written in zip(new, shared_out(self._write, new, processes), strict=True):
            uri = page.site_page.src_uri
            key = keys[uri]
            if key is not None:
                self._kept.note(uri, key, written)
        self._kept.finish()

    def write_one(self, path: str) -> bool:
        """Write the page to which the file `path` below the site's root belongs; whether there is
        one. Raises OSError."""
        if self._by_path is None:
            self._write_other_twins()
            self._by_path = {page.file.dest_uri: page for page in self.pages}
            for page in self.pages:
                if page.site_page.edition is not None:
                    name = page.site_page.src_uri.removesuffix(".md")
                    self._by_path |= {f"{name}{end}": page for end in (".md", ".json", ".bib")}
        wanted = self._by_path.get(path)
        if wanted is None:
            return False
        key = self._key_of(wanted)
        if key is None or not self._kept.take_back(wanted.site_page.src_uri, key):
            self._write(wanted)
        return True

    def _write(self, page: VirtualPage) -> list[str]:
        """The files that were written."""
        outline = page.site_page.edition
        edition = outline.whole() if outline else None
        content = page.render_content(edition)
        html = self._shells.wrapped(page, content, self._head(page, edition))
        _write(self._site / page.file.dest_uri, html)
        return [page.file.dest_uri, *(self._write_twins(edition) if edition else ())]

    def _write_twins(self, edition: Edition) -> list[str]:
        written = []
        for path, text in self._twins(edition):
            _write(self._site / path, text)
            written.append(path)
        return written

    def _write_other_twins(self) -> None:
        for outline in self._others:
            self._write_twins(outline.whole())

    def _key_of(self, page: VirtualPage) -> str | None:
        shell, inputs = self._shells.key(page), self._key(page)
        return hashed((shell, inputs)) if shell and inputs else None


def leave_to_us(page: VirtualPage) -> None:
    """Keep MkDocs from making the page, which others can link to all the same."""
    file = page.file
    if isinstance(file, VirtualFile):
        # They are another for files that are no pages, and remembered.
        _ = file.url, file.dest_uri
        file.is_ours = True


def _write(path: Path, text: str) -> None:
    content = text.encode("utf-8", "xmlcharrefreplace")
    try:
        path.write_bytes(content)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
