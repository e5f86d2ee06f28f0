"""The MkDocs plugin: its options, and the order of the steps."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup
from mkdocs.config import config_options as opt
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files

from digest_plugin import __version__
from digest_plugin.errors import DigestError, Fault, one_line
from digest_plugin.machine.files import looks_like_yaml, shown_path, write_whole
from digest_plugin.machine.interrupts import sigterm_interrupts
from digest_plugin.machine.processes import process_count, without_collection
from digest_plugin.machine.remembered import Remembered
from digest_plugin.mkdocs_site.content_policy import with_content_policy
from digest_plugin.mkdocs_site.kept_pages import KeptPages
from digest_plugin.mkdocs_site.material_theme import (
    spare_sitemap,
    with_named_search,
    without_repository_facts,
)
from digest_plugin.mkdocs_site.options import DigestConfig, root_folder, settings_from
from digest_plugin.mkdocs_site.page_keys import folder_content, hashed, page_inputs, program
from digest_plugin.mkdocs_site.page_writer import KNOWN_THEMES, OVERRIDES, PageWriter, may_write
from digest_plugin.mkdocs_site.preview import Preview
from digest_plugin.mkdocs_site.site_search import SiteSearch
from digest_plugin.mkdocs_site.syndication import Syndication
from digest_plugin.mkdocs_site.virtual_pages import (
    VirtualFile,
    VirtualPage,
    link_in_time,
    virtual_page,
)
from digest_plugin.pages.all_pages import GeneratedPages, SiteFacts, SitePage, site_pages
from digest_plugin.pages.badge import badge_svg
from digest_plugin.pages.exports import aigc_label, bibtex_twin, json_twin, markdown_twin
from digest_plugin.pages.outlines import EditionOutline
from digest_plugin.pages.outlining import Outlined, outlines_of, remembered_outlines
from digest_plugin.pages.page_html import Renderer, TemplateFaultError
from digest_plugin.pages.static_files import STYLE, static_file
from digest_plugin.pages.status import Status, status_json, status_of
from digest_plugin.people.digests import Digest
from digest_plugin.people.glossary import Term
from digest_plugin.people.known_lists import KnownLists, remembered_lists
from digest_plugin.records.contents import Contents, Edition, read_contents
from digest_plugin.records.runs import History, LogError
from digest_plugin.records.store import PaperStore
from digest_plugin.settings import Settings
from digest_plugin.sharing.feeds import ATOM
from digest_plugin.sharing.public_site import PublicSite
from digest_plugin.writing.update import Report, update

if TYPE_CHECKING:
    import jinja2
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page
    from mkdocs.utils.templates import TemplateContext

log = logging.getLogger("mkdocs.plugins.arxiv-digest")

HOME_MARKER = "<!-- arxiv-digest: latest -->"
"""Stands in docs/index.md where the newest digest is to appear."""
SCRIPT = "assets/arxiv-digest.js"
KEPT_FOLDERS = ("categories", "tags")
"""Of the site, besides the digests', in which many pages stay as they are."""
THEME = Path(__file__).parent / "theme"
"""Templates that stand in the place of a theme's."""
PAGE_CACHE = ".cache/plugin/arxiv-digest-pages"
"""Below the folder of mkdocs.yml."""


def _docs_uri(config: MkDocsConfig) -> str:
    """docs_dir as paths in messages begin with it."""
    return shown_path(Path(config.docs_dir), root_folder(config))


class DigestPlugin(BasePlugin[DigestConfig]):
    """Turns the lists below docs/digests into pages."""

    def __init__(self) -> None:
        self._updated = False
        self._is_serving = False
        self._editions: list[EditionOutline] = []
        self._generated: GeneratedPages | None = None
        self._site = SiteFacts("")
        self._status = Status("")
        self._renderer: Renderer | None = None
        self._search: SiteSearch | None = None
        self._syndication: Syndication | None = None
        self._writer: PageWriter | None = None
        """Of pages that MkDocs does nothing about."""
        self._nav: Navigation | None = None
        self._kept = KeptPages(Path(), Path())
        self._preview: Preview | None = None
        """From the second build of `serve` on."""
        self._program = ""
        """What makes pages besides the site, in short."""
        self._lists: Remembered[Digest] | None = None
        self._outlines: Remembered[Outlined] | None = None
        self._signature = ""
        """Of what all pages come from."""
        self._latest: dict[str, str] = {}
        """What stands in the place of the marker, by the src_uri of the page."""

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Begin a new run. (That this method exists makes MkDocs keep the plugin between the
        builds of `serve`, so that only the first of them writes.)"""
        del dirty
        self._updated = False
        self._is_serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Add our style, scripts and page for addresses that lead nowhere."""
        self._search = SiteSearch(config)
        if config.theme.name in KNOWN_THEMES:
            # A site's own comes before it.
            config.theme.dirs.insert(1 if config.theme.custom_dir else 0, str(THEME))
        config.extra_css.insert(0, STYLE)
        script = opt.ExtraScriptValue(SCRIPT)
        script.defer = True
        config.extra_javascript.insert(0, script)
        return config

    # Behind the search plugin's, which makes its index there.
    @event_priority(-100)
    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Keep generated pages out of the index that themes load whole."""
        site = Path(config.site_dir)
        # The folder of `serve` is another each time, and gone when it ends.
        cache = site / ".kept" if self._is_serving else root_folder(config) / PAGE_CACHE
        self._kept = KeptPages(cache, site)
        self._kept.put_aside({*KEPT_FOLDERS, self.config.digests})
        for name in ("search", "material/search"):
            if name in config.plugins and self._search:
                index = config.plugins[name].search_index  # type: ignore[attr-defined]
                self._search.limit_stock_index(index, lambda page: isinstance(page, VirtualPage))

    # Before the blog plugin, whose priority is -50, and after those that add files.
    @event_priority(-40)
    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Write what is missing, and add the generated pages."""
        faults: list[Fault] = []
        try:
            settings = settings_from(config, self.config)
            store = PaperStore(settings.folders.papers, settings.folders.root)
            tolerated = faults if settings.environment.is_lenient else None
            lists, outlines = self._memories(root_folder(config) / PAGE_CACHE)
            known = KnownLists(lists, settings.folders.digests, settings.folders.root)
            with without_collection():
                contents = read_contents(settings.folders, tolerated, known.read)
            self._update(contents, store, settings)
            self._editions = outlines_of(contents, store, tolerated, self._processes, outlines)
            if self._preview is None:
                lists.save()
                outlines.save()
            history = History(settings.log.runs(faults))
        except DigestError as error:
            raise PluginError(str(error)) from None
        except OSError as error:
            where = one_line(str(error.filename or "a file"))
            raise PluginError(f"{where}: {error.strerror}") from None
        if not settings.folders.digests.is_dir():
            log.warning(
                "expected lists below docs/%s, found no such folder: make it, or set the option"
                " digests", self.config.digests,
            )  # fmt: skip
        for fault in sorted(set(faults)):
            log.warning("%s", fault)
        self._status = status_of(self._editions, history, faults, __version__, settings.prices)
        self._site = self._site_facts(config)
        self._remove_sources(files)
        self._add_assets(files, config)
        with without_collection():
            self._generate(contents.glossary, files, config)
        return files

    def _generate(self, glossary: Sequence[Term], files: Files, config: MkDocsConfig) -> None:
        self._generated = site_pages(self._editions, self._site, self._status, glossary)
        url_of = self._add_pages(self._generated, glossary, files, config)
        public = PublicSite.at(config.site_url, self._site, url_of)
        self._syndication = None
        if public:
            self._syndication = Syndication(self._generated, self._editions, public, config)
            self._syndication.add_files(files, config)

    def _page_key(self, page: VirtualPage) -> str | None:
        """What the page comes from, in short; None for pages that are always made."""
        inputs = page_inputs(page.site_page)
        if inputs is None or self._renderer is None:
            return None
        picture = self._syndication.picture_of(page.site_page) if self._syndication else ""
        return hashed((self._signature, inputs, picture, page.canonical_url or ""))

    @property
    def _processes(self) -> int:
        return process_count()

    def _memories(self, cache: Path) -> tuple[Remembered[Digest], Remembered[Outlined]]:
        """Those of the last build of `serve`, or those in the files below `cache`."""
        self._program = hashed(program())
        lists, outlines = cache / "lists.jsonl", cache / "outlines.jsonl"
        if self._lists is None or not self._lists.is_at(lists, self._program):
            self._lists = remembered_lists(lists, self._program)
        if self._outlines is None or not self._outlines.is_at(outlines, self._program):
            self._outlines = remembered_outlines(outlines, self._program)
        return self._lists, self._outlines

    def _update(self, contents: Contents, store: PaperStore, settings: Settings) -> None:
        """Fetch and write what is missing, once in the life of this plugin."""
        model = settings.chat_model() if self.config.generate else None
        if model is None or self._updated:
            return
        self._updated = True
        start = datetime.now(UTC)
        report = Report()
        interrupt: KeyboardInterrupt | None = None
        try:
            with sigterm_interrupts():
                update(
                    contents, store, settings.arxiv_client(), model, settings.limits(),
                    reviewer=settings.reviewer_model(), report=report,
                )  # fmt: skip
        except KeyboardInterrupt as error:
            interrupt = error
        run = report.run(start, model.name, settings.environment.job_url)
        warn_of(report)
        try:
            settings.log.append_if_news(run, heartbeat=False)
        except LogError as error:
            if not report.stopped:  # else it has been said
                log.warning("%s", error)
        if interrupt:  # it is logged, and ends the build
            raise interrupt

    def _site_facts(self, config: MkDocsConfig) -> SiteFacts:
        repo, edit = config.repo_url, config.edit_uri
        is_github = bool(repo and re.match(r"https?://[^/]*github[^/]*/", repo))
        return SiteFacts(
            name=config.site_name,
            description=config.site_description or "",
            docs_uri=_docs_uri(config),
            digests_uri=self.config.digests,
            corrections_uri=self.config.corrections,
            glossary_uri=self.config.glossary,
            edit_root=f"{(repo or '').rstrip('/')}/{edit}" if is_github and edit else None,
            feed_uri=ATOM if config.site_url else None,
        )

    def _remove_sources(self, files: Files) -> None:
        """Keep lists, records and corrections off the site."""
        folders = (self.config.digests, self.config.papers, self.config.corrections)
        prefixes = tuple(f"{folder}/" for folder in folders)
        for file in list(files):
            is_data = looks_like_yaml(file.src_uri)
            is_record = file.src_uri.endswith((".json", ".jsonl", ".tmp"))
            if file.src_uri == self.config.glossary or (
                (is_data or is_record) and file.src_uri.startswith(prefixes)
            ):
                files.remove(file)

    def _add_assets(self, files: Files, config: MkDocsConfig) -> None:
        for path in (STYLE, SCRIPT):
            files.append(File.generated(config, path, content=static_file(path)))
        spare_sitemap(files, config)
        if self._search:
            self._search.add_files(files, config)

    def _add_pages(
        self,
        generated: GeneratedPages,
        glossary: Sequence[Term],
        files: Files,
        config: MkDocsConfig,
    ) -> Callable[[str], str]:
        """Add them, and return what gives the address of each page of the site by its src_uri."""
        urls: dict[str, str] = {}
        url_of = urls.__getitem__
        custom = config.theme.custom_dir
        overrides = Path(custom) / OVERRIDES if custom else None
        self._renderer = Renderer(
            self._site, url_of, self.config.watch.categories, glossary, overrides
        )
        new_page = partial(virtual_page, config=config, render=self._renderer.page)
        virtual = self._virtual_pages(generated, new_page, files)
        self._writer = None
        if may_write(config, self) and not (self._search and self._search.needs_stock_index):
            self._writer = PageWriter(
                list(virtual.values()),
                new_page,
                self._head,
                self._finished_page,
                self._twins,
                self._editions,
                self._kept,
                self._page_key,
            )
        # Drafts and excluded pages included: a link to one is no reason to fail.
        shown = [f for f in files if f.is_documentation_page() or isinstance(f, VirtualFile)]
        urls.update({file.src_uri: file.url for file in shown})
        hand_written = sorted(
            (file.src_uri, file.url) for file in shown if not isinstance(file, VirtualFile)
        )
        facts = (self._site, tuple(self.config.watch.categories), glossary, hand_written)
        templates = folder_content(overrides) if overrides else ()
        self._signature = hashed([self._program, repr(facts), *templates])
        return url_of

    @staticmethod
    def _virtual_pages(
        generated: GeneratedPages, new_page: Callable[[SitePage], VirtualPage], files: Files
    ) -> dict[str, VirtualPage]:
        """Those that stand in the place of no hand-written page, by src_uri, added to `files`."""
        pages = list(generated.pages)
        if files.get_file_from_path("index.md") is None:
            pages.append(generated.home)
        virtual: dict[str, VirtualPage] = {}
        for site_page in pages:
            if files.get_file_from_path(site_page.src_uri) is not None:
                log.info(
                    "%s is hand-written and stands instead of the generated page",
                    one_line(site_page.src_uri),
                )
                continue
            page = new_page(site_page)
            files.append(page.file)
            virtual[site_page.src_uri] = page
        link_in_time(virtual)
        return virtual

    # Before plugins that change what is to be found.
    @event_priority(50)
    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Take people's pages into the search, and put the newest digest where they ask for it."""
        del config, files
        if self._renderer is None or self._generated is None or self._search is None:
            return html
        if isinstance(page, VirtualPage):
            self._search.exclude(page)
            return html
        self._search.add_page(html, page)
        if HOME_MARKER not in html:
            return html
        page.meta["arxiv_digest"] = True
        try:
            latest = self._renderer.latest(self._generated.home, page.file.src_uri)
        except TemplateFaultError as error:
            raise PluginError(str(error)) from None
        self._latest[page.file.src_uri] = latest
        return html.replace(HOME_MARKER, latest, 1)

    def on_env(
        self, env: jinja2.Environment, *, config: MkDocsConfig, files: Files
    ) -> jinja2.Environment:
        """Write the generated pages, and say in the sitemap when pages changed."""
        ours = self._writer.pages if self._writer else ()
        if self._syndication and self._preview is None:
            self._syndication.date_pages(
                [*files.documentation_pages(), *(page.file for page in ours)]
            )
        if self._writer and self._nav is not None:
            try:
                # A shell is worth its while for more pages than anybody asks a preview for.
                is_whole = self._preview is None
                self._writer.prepare(config, files, self._nav, env, use_shells=is_whole)
                if self._preview is None:
                    self._writer.write_all(self._processes)
                else:
                    self._preview.renew(self._writer.write_one)
            except OSError as error:
                raise _cannot_write(error, config) from None
        return env

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Keep what themes show on each page."""
        del config, files
        self._nav = nav
        return nav

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[..., object]
    ) -> LiveReloadServer:
        """From here on make pages when they are asked for."""
        del builder
        self._preview = Preview(Path(config.site_dir))
        docs = Path(config.docs_dir)
        self._preview.attach(server, docs, docs / self.config.papers)
        return server

    def on_template_context(
        self, context: TemplateContext, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Have the sitemap name the pages that MkDocs does nothing about."""
        del template_name, config
        if self._writer:
            ours = [page.file for page in self._writer.pages]
            context["pages"] = [*context["pages"], *ours]
        return context

    # Behind plugins that write scripts into pages, so that the policy knows them.
    @event_priority(-100)
    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Label pages with generated text, describe them to others, and keep every page from
        asking elsewhere."""
        del config
        output = output.replace("</head>", f"{self._head(page)}</head>", 1)
        is_ours = isinstance(page, VirtualPage)
        generated = page.content if is_ours else self._latest.get(page.file.src_uri)
        return self._finished(output, page.url, generated or "")

    def _head(self, page: Page, edition: Edition | None = None) -> Markup:
        """What goes into the head of a page; `edition` is the whole digest that it shows."""
        head = Markup()
        if isinstance(page, VirtualPage) or page.meta.get("arxiv_digest"):
            label = aigc_label(self._site.name, page.canonical_url or page.url)
            head += Markup('<meta name="AIGC" content="{}">').format(label)
        if self._syndication:
            head += self._syndication.head(page, edition)
        return head

    def _finished_page(self, html: str, page: VirtualPage, content: str) -> str:
        return self._finished(html, page.url, content)

    def on_post_template(
        self, output_content: str, *, template_name: str, config: MkDocsConfig
    ) -> str:
        """The same for pages such as 404.html."""
        del config
        if template_name == "sitemap.xml" and self._syndication:
            self._syndication.give_all_a_day()
        is_page = template_name.endswith(".html")
        return self._finished(output_content, None) if is_page else output_content

    def _finished(self, html: str, page_url: str | None, generated: str = "") -> str:
        """A page that loads nothing from elsewhere; `generated` is its part with others' texts."""
        html = with_named_search(without_repository_facts(html))
        if self._search:
            html = self._search.finished(html, page_url)
        # `serve` puts scripts of its own into pages afterwards.
        if self._is_serving or not self.config.content_security_policy:
            return html
        return with_content_policy(html, generated)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write what is no page: twins of digests and of the status, feeds, pictures, the index."""
        if self._preview is not None and self._writer is not None:
            self._preview.leave(lambda: self._write_files(Path(config.site_dir), config))
            return
        try:
            self._write_files(Path(config.site_dir), config)
        except OSError as error:
            raise _cannot_write(error, config) from None
        self._report_pending()

    def _write_files(self, site: Path, config: MkDocsConfig) -> None:
        write_whole(site / "status.json", status_json(self._status).encode())
        write_whole(site / "status.svg", badge_svg(self._status).encode())
        if self._writer is None:
            for edition in self._editions:
                for path, text in self._twins(edition.whole()):
                    (site / path).parent.mkdir(parents=True, exist_ok=True)
                    (site / path).write_text(text, "utf-8", newline="\n")
        if self._syndication:
            self._syndication.write(site, Path(config.docs_dir), root_folder(config))
        if self._search and self._renderer:
            self._search.write(
                self._editions, self._site, self._renderer.url_of, site, self._processes
            )

    def _twins(self, edition: Edition) -> Iterator[tuple[str, str]]:
        for suffix, twin in TWINS.items():
            yield f"{self._site.digests_uri}/{edition.name}{suffix}", twin(edition)

    def _report_pending(self) -> None:
        pending = sum(
            paper.state == "pending" for edition in self._editions for paper in edition.entries
        )
        if pending:
            log.info(
                "%d papers have no Chinese yet and are shown as 待译; set OPENAI_API_KEY and build,"
                " or run `arxiv-digest update`", pending,
            )  # fmt: skip


TWINS = {".md": markdown_twin, ".json": json_twin, ".bib": bibtex_twin}


def _cannot_write(error: OSError, config: MkDocsConfig) -> PluginError:
    where = one_line(str(error.filename or config.site_dir))
    return PluginError(f"{where}: {error.strerror}")


def warn_of(report: Report) -> None:
    """Say what failed, as warnings: a strict build fails of them."""
    for failure in report.failed:
        log.warning("%s", failure)
    for doubt in report.doubtful:
        log.info("待校: %s", doubt)
    for failure in report.unread:
        log.warning("%s", failure)
    if report.stopped:
        log.warning("%s %d papers wait for the next run.", report.stopped, report.waiting)
    if report.written:
        log.info(
            "%d papers written (%d tokens in, %d out)",
            len(report.written), report.input_tokens, report.output_tokens,
        )  # fmt: skip
