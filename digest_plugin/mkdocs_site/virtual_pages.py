"""Generated pages as MkDocs knows them: files that lie nowhere, pages that pass no Markdown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from markupsafe import escape
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc

from digest_plugin.pages.page_html import TemplateFaultError
from digest_plugin.text.rendering import plain_text

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.toc import _TocToken

    from digest_plugin.pages.all_pages import SitePage
    from digest_plugin.records.contents import Edition

Render = Callable[["SitePage", str | None, "Edition | None"], str]
"""A page, the address for editing it and the whole digest that it shows, to HTML."""


class VirtualFile(File):
    """A file that lies nowhere, and that MkDocs may leave to us."""

    is_ours = False
    """Whether we write the page, and MkDocs does nothing about it."""

    def is_documentation_page(self) -> bool:
        """Whether MkDocs is to make a page of it."""
        return not self.is_ours and super().is_documentation_page()

    def copy_file(self, dirty: bool = False) -> None:  # noqa: FBT001, FBT002 - MkDocs' signature
        """There is nothing to copy."""


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
        """There is no source."""
        self.describe()

    def describe(self) -> None:
        """Set all but the content: title, description, table of contents. They are made anew,
        because other plugins write into them."""
        self.markdown = ""
        self.meta = {
            "title": self.title,
            "description": str(escape(plain_text(self.site_page.description))),
            "hide": list(self.site_page.hide),
        }
        if self.site_page.edition is None:
            # The papers are found on their digests' pages.
            self.meta["search"] = {"exclude": True}
        tokens: list[_TocToken] = [
            {"level": 2, "id": h.id, "name": str(escape(h.title)), "children": []}
            for h in self._whole.headings
        ]
        self.toc = get_toc(tokens)

    @property
    def present_anchor_ids(self) -> set[str]:  # type: ignore[override]
        """What links of other pages may name."""
        return {heading.id for heading in self._whole.headings}

    @cached_property
    def _whole(self) -> SitePage:
        return self.site_page.complete() if self.site_page.complete else self.site_page

    def render(self, config: MkDocsConfig, files: Files) -> None:  # noqa: ARG002
        """Set the content."""
        self.content = self.render_content()

    def render_content(self, edition: Edition | None = None) -> str:
        """The page's HTML; `edition` is the whole digest that it shows, read if it is not given."""
        try:
            return self._render(self._whole, self.edit_url, edition)
        except TemplateFaultError as error:
            raise PluginError(str(error)) from None

    # The inherited comparison is by title and file, and slow.
    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


def virtual_page(site_page: SitePage, config: MkDocsConfig, render: Render) -> VirtualPage:
    """The page, with a file of its own that is not in the navigation unless mkdocs.yml says so."""
    file = VirtualFile.generated(
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
