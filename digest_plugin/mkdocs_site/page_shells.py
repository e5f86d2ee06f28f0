"""What a theme puts around generated pages, made once for all pages that are alike.

A theme takes milliseconds for a page, and does nearly the same for each of thousands. So it renders
one with marks in the place of what differs: addresses, titles, description, table of contents,
content. Some pages of each kind are rendered in full all the same, among them those with signs
that HTML writes otherwise; if one differs from what the marks give, all of that kind are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from digest_plugin.mkdocs_site.page_keys import hashed
from digest_plugin.mkdocs_site.virtual_pages import VirtualPage
from digest_plugin.pages.page_data import Heading, SitePage

InTheme = Callable[[VirtualPage, str, str], str]
"""A page, its content and what goes into its head, to the whole page."""
NewPage = Callable[[SitePage], VirtualPage]

_MARK = re.compile(r"(<h1>zqcontentzq</h1>|zq[a-z]+[0-9]*zq)")
_CONTENT = "<h1>zqcontentzq</h1>"
"""Themes look whether the content begins with a heading."""
_HEAD, _TITLE, _DESCRIPTION = "zqheadzq", "zqtitlezq", "zqdescriptionzq"
_BEFORE, _AFTER = "zqbeforezq", "zqafterzq"
"""The last parts of the addresses of the page before and the page after."""
_BEFORE_TITLE, _AFTER_TITLE = "zqbeforetitlezq", "zqaftertitlezq"
_PLAIN_PART = re.compile(r"[A-Za-z0-9._-]+")
_SPECIAL = re.compile(r"[&<>\"']")

_LEAST_PAGES = 4
"""Alike: to make a shell and to try it takes as long as these."""

_Kind = tuple[object, ...]


@dataclass(frozen=True)
class _Shell:
    """The pages of one kind: text and marks in turn."""

    pieces: tuple[str, ...]

    @cached_property
    def key(self) -> str:
        """Another if the pieces are."""
        return hashed(self.pieces)

    def filled(self, values: dict[str, str]) -> str:
        """The page with these values in the place of the marks."""
        pieces = list(self.pieces)
        pieces[1::2] = map(values.__getitem__, pieces[1::2])
        return "".join(pieces)


class PageShells:
    """The shells of one site."""

    def __init__(self, in_theme: InTheme, new_page: NewPage) -> None:
        self._in_theme = in_theme
        self._new_page = new_page
        self._shells: dict[_Kind, _Shell] = {}

    def prepare(self, pages: Iterable[VirtualPage]) -> None:
        """Make the shells for `pages`: all that are to be wrapped."""
        kinds: defaultdict[_Kind, list[VirtualPage]] = defaultdict(list)
        for page in pages:
            kind = _kind(page)
            if kind is not None:
                kinds[kind].append(page)
        for kind, alike in kinds.items():
            if len(alike) > _LEAST_PAGES:
                shell = self._shell(alike[0])
                if all(self._is_right(shell, page) for page in _samples(alike)):
                    self._shells[kind] = shell

    def key(self, page: VirtualPage) -> str | None:
        """Another if what the theme puts around `page` is; None for pages that have no shell."""
        kind = _kind(page)
        shell = self._shells.get(kind) if kind is not None else None
        return shell.key if shell else None

    def wrapped(self, page: VirtualPage, content: str, head: str) -> str:
        """The whole page with its content, and what goes into its head."""
        kind = _kind(page)
        shell = self._shells.get(kind) if kind is not None else None
        if shell is None or "<h1" not in content:
            return self._in_theme(page, content, head)
        return shell.filled(_values(page) | {_CONTENT: content, _HEAD: head})

    def _shell(self, page: VirtualPage) -> _Shell:
        marked = self._new_page(_marked(page.site_page))
        for attribute, name, title in (
            ("previous_page", _BEFORE, _BEFORE_TITLE),
            ("next_page", _AFTER, _AFTER_TITLE),
        ):
            if getattr(page, attribute) is not None:
                folder = marked.site_page.src_uri.rpartition("/")[0]
                neighbour = SitePage(f"{folder}/{name}.md", title, "", "")
                setattr(marked, attribute, self._new_page(neighbour))
        return _Shell(tuple(_MARK.split(self._in_theme(marked, _CONTENT, _HEAD))))

    def _is_right(self, shell: _Shell, page: VirtualPage) -> bool:
        values = _values(page) | {_CONTENT: _CONTENT, _HEAD: _HEAD}
        try:
            filled = shell.filled(values)
        except KeyError:
            return False
        return filled == self._in_theme(page, _CONTENT, _HEAD)


def _kind(page: VirtualPage) -> _Kind | None:
    """The same for pages that differ in nothing but what there are marks for; None for a page that
    is not like any other."""
    site_page = page.site_page
    folder, _, name = _stem(site_page).rpartition("/")
    neighbours = (page.previous_page, page.next_page)
    parts = [*folder.split("/"), name]
    for neighbour in neighbours:
        if neighbour is not None:
            if not isinstance(neighbour, VirtualPage) or _SPECIAL.search(neighbour.title):
                return None
            its_folder, _, its_name = _stem(neighbour.site_page).rpartition("/")
            if its_folder != folder:
                return None
            parts.append(its_name)
    is_plain = all(map(_PLAIN_PART.fullmatch, parts)) and not _SPECIAL.search(str(page.title))
    is_page_of_its_own = page.parent is not None or name in {"index", "README"}
    edit_path = site_page.edit_path
    if not is_plain or is_page_of_its_own or edit_path not in {None, f"{_stem(site_page)}.yml"}:
        return None
    return (
        # Links to pages in the same top folder are another than to those elsewhere.
        site_page.src_uri.partition("/")[0],
        site_page.src_uri.count("/"),
        tuple(site_page.hide),
        len(site_page.headings),
        edit_path is None,
        bool(site_page.description),
        *(neighbour is None for neighbour in neighbours),
    )


def _stem(page: SitePage) -> str:
    return page.src_uri.removesuffix(".md")


def _marked(page: SitePage) -> SitePage:
    """A page of the same kind, all of marks."""
    top, *below = _stem(page).split("/")
    uri = "/".join([top, *(f"zqpart{number}zq" for number in range(len(below)))])
    return replace(
        page,
        src_uri=f"{uri}.md",
        title=_TITLE,
        description=_DESCRIPTION if page.description else "",
        headings=tuple(
            Heading(f"zqid{number}zq", f"zqheading{number}zq")
            for number in range(len(page.headings))
        ),
        edit_path=page.edit_path and f"{uri}.yml",
    )


def _values(page: VirtualPage) -> dict[str, str]:
    """What stands in the place of the marks."""
    page.describe()
    _, *below = _stem(page.site_page).split("/")
    values = {f"zqpart{number}zq": part for number, part in enumerate(below)}
    values[_TITLE] = str(page.title)
    values[_DESCRIPTION] = page.meta["description"]
    for neighbour, name, title in (
        (page.previous_page, _BEFORE, _BEFORE_TITLE),
        (page.next_page, _AFTER, _AFTER_TITLE),
    ):
        if isinstance(neighbour, VirtualPage):
            values[name] = _stem(neighbour.site_page).rpartition("/")[2]
            values[title] = str(neighbour.title)
    for number, item in enumerate(page.toc):
        values[f"zqid{number}zq"] = item.id
        values[f"zqheading{number}zq"] = item.title
    return values


def _samples(pages: Sequence[VirtualPage]) -> list[VirtualPage]:
    """The first, the last, and one with signs that HTML writes otherwise."""
    special = next((page for page in pages if _has_special_signs(page.site_page)), pages[0])
    return [pages[0], pages[-1], special]


def _has_special_signs(page: SitePage) -> bool:
    texts = [page.description, *(heading.title for heading in page.headings)]
    return any(map(_SPECIAL.search, texts))
