"""Generated pages as MkDocs knows them: files that lie nowhere, pages that pass no Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from markupsafe import escape
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc

from digest_plugin.page_html import TemplateFaultError
from digest_plugin.rendering import plain_text

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.toc import _TocToken

    from digest_plugin.pages import SitePage

Render = Callable[["SitePage", str | None], str]
"""A page and the address for editing it, to HTML."""


class VirtualPage(Page):
    """A page whose content comes from our own template.

    MkDocs' templates do not escape: all that a theme prints of a page (title, description, table
    of contents) is escaped here.
    """

    def __init__(
        self, site_page: SitePage, file: File, config: MkDocsConfig, render: Render
    ) -> None:
        super().__init__(str(escape(plain_text(site_page.title))), file, config)
        self.site_page = site_page
        self._render = render

    def read_source(self, config: MkDocsConfig) -> None:  # noqa: ARG002 - MkDocs' signature
        """There is no source; the metadata is made anew, because other plugins write into it."""
        self.markdown = ""
        self.meta = {
            "title": self.title,
            "description": str(escape(plain_text(self.site_page.description))),
            "hide": list(self.site_page.hide),
        }
        if self.site_page.edition is None:
            # The papers are found on their digests' pages.
            self.meta["search"] = {"exclude": True}

    def render(self, config: MkDocsConfig, files: Files) -> None:  # noqa: ARG002
        """Set content, table of contents and anchors."""
        try:
            self.content = self._render(self.site_page, self.edit_url)
        except TemplateFaultError as error:
            raise PluginError(str(error)) from None
        tokens: list[_TocToken] = [
            {"level": 2, "id": h.id, "name": str(escape(h.title)), "children": []}
            for h in self.site_page.headings
        ]
        self.toc = get_toc(tokens)
        self.present_anchor_ids = {heading.id for heading in self.site_page.headings}

    # The inherited comparison is by title and file, and slow.
    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


def virtual_page(site_page: SitePage, config: MkDocsConfig, render: Render) -> VirtualPage:
    """The page, with a file of its own that is not in the navigation unless mkdocs.yml says so."""
    file = File.generated(
        config, site_page.src_uri, content="", inclusion=InclusionLevel.NOT_IN_NAV
    )
    if site_page.edit_path is not None:
        file.edit_uri = site_page.edit_path
    return VirtualPage(site_page, file, config, render)


def link_in_time(pages: dict[str, VirtualPage]) -> None:
    """Make MkDocs' previous and next page of each digest the ones before and after it in time."""
    for page in pages.values():
        page.previous_page = pages.get(page.site_page.previous or "")
        page.next_page = pages.get(page.site_page.next or "")
