"""What a generated page is, and what pages need to know of the site around them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from digest_plugin.pages.outlines import EditionOutline, PaperOutline
from digest_plugin.records.contents import Edition


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of a page's table of contents."""

    id: str
    title: str


@dataclass(frozen=True)
class SitePage:
    """One generated page."""

    src_uri: str
    """As MkDocs names it: below docs_dir, ending in .md."""
    title: str
    description: str
    template: str
    headings: tuple[Heading, ...] = ()
    data: dict[str, object] = field(default_factory=dict)
    """What the template gets besides `page`, `site` and `link`."""
    edit_path: str | None = None
    """The file that people edit to change it, below docs_dir."""
    edition: EditionOutline | None = None
    """The digest that it shows, if it is the page of one."""
    hide: tuple[str, ...] = ("navigation",)
    """Parts of Material's layout that it does without."""
    previous: str | None = None
    """The page before it in time, as src_uri."""
    next: str | None = None
    complete: Callable[[], SitePage] | None = None
    """Makes the whole page, for one whose data and headings take long to find."""


@dataclass(frozen=True)
class SiteFacts:
    """What pages need to know of the site around them."""

    name: str
    description: str = ""
    digests_uri: str = "digests"
    """The folder of lists below docs_dir."""
    corrections_uri: str = "corrections"
    glossary_uri: str = "glossary.yml"
    docs_uri: str = "docs"
    """docs_dir as messages name it: relative to the folder of mkdocs.yml."""
    edit_root: str | None = None
    """GitHub's address for editing files of docs_dir, such as https://github.com/me/site/edit/main/docs/."""
    feed_uri: str | None = None
    """The Atom feed of the site, as `link` knows it; None for a site without feeds."""

    @property
    def new_root(self) -> str | None:
        """GitHub's address for adding files to docs_dir."""
        if self.edit_root is None:
            return None
        return re.sub(r"^(https?://[^/]+/[^/]+/[^/]+)/edit/", r"\1/new/", self.edit_root)


@dataclass(frozen=True, slots=True)
class Placed:
    """A paper and the page where it can be read."""

    paper: PaperOutline
    edition: EditionOutline
    src_uri: str


def digest_uri(edition: Edition | EditionOutline, site: SiteFacts) -> str:
    """The page of a digest, as src_uri."""
    return f"{site.digests_uri}/{edition.name}.md"


def page_number_uris(src_uri: str, count: int) -> list[str]:
    """`count` pages, of which `src_uri` is the first: `x.md`, `x/2.md`, `x/3.md`."""
    stem = src_uri.removesuffix(".md")
    return [src_uri, *(f"{stem}/{number}.md" for number in range(2, count + 1))]
