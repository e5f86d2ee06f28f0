"""What a site with an address of its own gives to others, hook by hook: links and data in the
heads of its pages, feeds, pictures, and the days on which its pages changed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from mkdocs.structure.files import File, Files
from mkdocs.utils import get_build_date

from digest_plugin.machine.files import write_whole
from digest_plugin.mkdocs_site.virtual_pages import VirtualPage
from digest_plugin.pages.all_pages import GeneratedPages, SitePage
from digest_plugin.pages.outlines import EditionOutline
from digest_plugin.records.contents import Edition
from digest_plugin.sharing.drawing import NoPicturesError, find_fonts
from digest_plugin.sharing.feeds import ATOM, JSON_FEED, feed_links, feeds
from digest_plugin.sharing.linked_data import (
    generated_subject,
    head_tags,
    last_changed,
    llms_txt,
    written_subject,
)
from digest_plugin.sharing.public_site import PublicSite
from digest_plugin.sharing.share_pictures import share_pictures

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

log = logging.getLogger("mkdocs.plugins.arxiv-digest")

PICTURE_CACHE = ".cache/plugin/arxiv-digest"
"""Below the folder of mkdocs.yml, where plugins keep what can be made again."""


class Syndication:
    """The same of one build. Its methods are to be called in the hooks that they name."""

    def __init__(
        self,
        generated: GeneratedPages,
        editions: Sequence[EditionOutline],
        site: PublicSite,
        config: MkDocsConfig,
    ) -> None:
        """In on_files, when all pages are known; `editions` newest first."""
        self._generated = generated
        self._editions = editions
        self._site = site
        self._newest: date | None = None
        self._undated: list[Page] = []
        # Material's plugin of that name writes Open Graph by itself.
        self._has_cards = any(name in config.plugins for name in ("social", "material/social"))
        self._pictures = None
        if not self._has_cards:
            try:
                self._fonts = find_fonts()
                self._pictures = share_pictures(editions, site.facts)
            except NoPicturesError as error:
                log.info("%s", error)

    def picture_of(self, page: SitePage) -> str:
        """What the head of a page says of a picture; empty if there is none."""
        picture = self._pictures.of(page.src_uri) if self._pictures else None
        return f"{picture.path} {picture.alt}" if picture else ""

    def add_files(self, files: Files, config: MkDocsConfig) -> None:
        """In on_files: makes hand-written pages able to link to the feeds, which are yet to be
        written."""
        for path in (ATOM, JSON_FEED):
            if files.get_file_from_path(path) is None:
                files.append(File.generated(config, path, content=""))

    def head(self, page: Page, edition: Edition | None = None) -> Markup:
        """In on_post_page: what goes into the head of `page`; `edition` is the whole digest that it
        shows, read if it is not given."""
        picture = self._pictures.of(page.file.src_uri) if self._pictures else None
        if isinstance(page, VirtualPage):
            links = feed_links(self._site, page.site_page)
            digest = page.site_page.edition
            if digest is not None and edition is None:
                edition = digest.whole()
            subject = generated_subject(page.site_page, self._site, picture, edition)
        else:
            links = feed_links(self._site)
            description = str(page.meta.get("description") or self._site.description)
            url = self._site.address + page.url.removeprefix("./")
            title = unescape(str(page.title or ""))
            subject = written_subject(url, title, description, self._site, picture)
        return links + head_tags(subject, self._site, open_graph=not self._has_cards)

    def date_pages(self, files: Iterable[File]) -> None:
        """In on_env: the sitemap gives the day on which a page last changed, as far as it is known.

        MkDocs says of every page that it changed today.
        """
        newest = last_changed(self._generated.home)
        if newest is None:  # an empty sitemap of days would be taken for a fault
            return
        self._newest = newest
        for file in files:
            page = file.page
            # Other plugins may know better.
            if page is not None and page.update_date == get_build_date():
                page.update_date = _iso(newest if page.is_homepage else _changed(page))
                if not page.update_date:
                    self._undated.append(page)

    def give_all_a_day(self) -> None:
        """In on_post_template, behind the sitemap: the day of the newest page to those whose own is
        not known. MkDocs takes the newest of them all for that of the compressed sitemap."""
        for page in self._undated:
            page.update_date = _iso(self._newest)

    def write(self, site_dir: Path, docs_dir: Path, root: Path) -> None:
        """In on_post_build: writes feeds, llms.txt and pictures. Raises OSError.

        What people put at the same address below `docs_dir` stays.
        """
        texts = [*feeds(self._generated, self._editions, self._site)]
        texts.append(("llms.txt", llms_txt(self._editions, self._site)))
        for name, text in texts:
            if not (docs_dir / name).exists():
                write_whole(site_dir / name, text.encode())
        if self._pictures:
            drawn = self._pictures.write(site_dir, root / PICTURE_CACHE, self._fonts)
            if drawn:
                log.info("%d share pictures drawn", drawn)


def _changed(page: Page) -> date | None:
    return last_changed(page.site_page) if isinstance(page, VirtualPage) else None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
