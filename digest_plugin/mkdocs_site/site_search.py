"""What search adds to a build by MkDocs, hook by hook."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from mkdocs.config import config_options as opt
from mkdocs.structure.files import File, Files
from mkdocs.utils import get_relative_url

from digest_plugin.pages.outlines import EditionOutline
from digest_plugin.pages.page_data import SiteFacts
from digest_plugin.search.documents import (
    BOX_SCRIPT,
    INDEX_FOLDER,
    MATERIAL_BUNDLE,
    MATERIAL_WORKER,
    WORKER,
    page_documents,
    search_assets,
    search_documents,
    speaks_our_protocol,
    with_search_page,
    without_stock_index,
)
from digest_plugin.search.index import IndexFacts, SearchDocument, build_index

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

log = logging.getLogger("mkdocs.plugins.arxiv-digest")

LED_THEMES = frozenset({"mkdocs", "readthedocs"})
"""Themes whose search box is led to our page."""

STOCK_SCRIPT = "search/main.js"
"""What MkDocs' search plugin adds to every page. It fails on the address of a search of ours."""


class StockIndex(Protocol):
    """The index of MkDocs' own search plugin, as far as it matters here."""

    def add_entry_from_context(self, page: Page) -> None:
        """Take a page in."""


class SiteSearch:
    """The search of one build. Its methods are to be called in the hooks that they name."""

    def __init__(self, config: MkDocsConfig) -> None:
        """In on_config: adds the script for every page."""
        self._site_url = config.site_url or "/"
        self._page_url = "search/" if config.use_directory_urls else "search.html"
        self._documents: list[SearchDocument] = []
        self.is_in_box = False
        """Whether the theme's own search box is ours, or leads to our page."""
        self.needs_stock_index = False
        """Whether the stock search stands in the box, whose index takes generated pages in."""
        script = opt.ExtraScriptValue(BOX_SCRIPT)
        script.defer = True
        config.extra_javascript.insert(0, script)

    def add_files(self, files: Files, config: MkDocsConfig) -> None:
        """In on_files: adds our assets, and puts our worker in the place of Material's."""
        assets = search_assets(self._page_url)
        for path, content in assets.items():
            files.append(File.generated(config, path, content=content))
        if config.theme.name in LED_THEMES:
            self.is_in_box = True
            if config.theme.name == "readthedocs":  # whose own search page nothing leads to
                scripts = [it for it in config.extra_javascript if str(it) != STOCK_SCRIPT]
                config.extra_javascript[:] = scripts
        elif config.theme.name == "material":
            self.is_in_box = _replaced_worker(files, config, assets[WORKER])
            if not self.is_in_box and _has_stock_search(config):
                log.warning(
                    "expected the search box of Material for MkDocs 9.7 or 9.8, found one that is"
                    " not known here: Material's stock search stands in it, which loads its whole"
                    " index on every page. The search page %s works all the same.",
                    self._page_url,
                )  # fmt: skip
        self.needs_stock_index = not self.is_in_box and _has_stock_search(config)

    def limit_stock_index(self, index: StockIndex, is_ours: Callable[[Page], bool]) -> None:
        """In on_pre_build, behind the search plugin's: keeps our pages out of its index, which
        every page of MkDocs' own themes loads whole."""
        take_in = index.add_entry_from_context

        def take_in_others(page: Page) -> None:
            if not (self.is_in_box and is_ours(page)):  # which on_files tells, later
                take_in(page)

        index.add_entry_from_context = take_in_others  # type: ignore[method-assign]

    def exclude(self, page: Page) -> None:
        """In on_page_content, for each generated page: keeps it out of Material's stock index."""
        if self.is_in_box:
            page.meta["search"] = {"exclude": True}

    def add_page(self, html: str, page: Page) -> None:
        """In on_page_content, for each page of a person's: takes it into our index."""
        options = page.meta.get("search")
        if not (isinstance(options, dict) and options.get("exclude")):
            self._documents += page_documents(html, str(page.title or ""), page.url)

    def finished(self, html: str, page_url: str | None) -> str:
        """In on_post_page, and with None in on_post_template: `html` whose search box is ours."""
        if not self.is_in_box:
            return html
        if page_url is None:  # 404.html, which is shown at any address
            search_url = urljoin(self._site_url, self._page_url)
        else:
            search_url = get_relative_url(self._page_url, page_url)
        return with_search_page(without_stock_index(html), search_url)

    def write(
        self,
        editions: Sequence[EditionOutline],
        site: SiteFacts,
        url_of: Callable[[str], str],
        site_dir: Path,
        processes: int,
    ) -> IndexFacts:
        """In on_post_build: writes the index. Raises OSError."""
        written = self._documents
        parts = [lambda: written, *search_documents(editions, site, url_of)]
        facts = build_index(parts, site_dir / INDEX_FOLDER, self._page_url, processes)
        log.info(
            "search: %d documents, %d terms, %d files, %.1f MB",
            facts.documents, facts.terms, facts.files, facts.size / 1e6,
        )  # fmt: skip
        return facts


def _replaced_worker(files: Files, config: MkDocsConfig, ours: str) -> bool:
    """Whether Material's worker could be replaced by ours."""
    worker = _the_file(files, MATERIAL_WORKER)
    bundle = _the_file(files, MATERIAL_BUNDLE)
    if worker is None or bundle is None:
        return False
    if not speaks_our_protocol(bundle.content_string, worker.content_string):
        return False
    files.remove(worker)
    files.append(File.generated(config, worker.src_uri, content=ours))
    return True


def _the_file(files: Iterable[File], uri: re.Pattern[str]) -> File | None:
    """The only such file; None if there is none, or if there are several."""
    found = [file for file in files if uri.fullmatch(file.src_uri)]
    return found[0] if len(found) == 1 else None


def _has_stock_search(config: MkDocsConfig) -> bool:
    return "search" in config.plugins or "material/search" in config.plugins
