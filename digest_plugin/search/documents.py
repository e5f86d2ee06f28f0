"""Search: what is found, its scripts, and the search boxes of themes as its front.

Material's box talks to a worker in four messages, and upstream means workers to be replaced: ours
takes the place of its file. Because there is a form of the name `search`, Material would still
fetch an index of its own on every page; so the form gets another name, and nothing is fetched
before a reader searches. The boxes of MkDocs' own themes lead to the search page.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape, unescape
from html.parser import HTMLParser

from digest_plugin.pages.outlines import EditionOutline
from digest_plugin.pages.page_data import SiteFacts, digest_uri
from digest_plugin.pages.static_files import static_file
from digest_plugin.people.digests import Digest, ListedPaper
from digest_plugin.records.contents import Entry
from digest_plugin.search.index import Documents, SearchDocument
from digest_plugin.text.rendering import plain_text

INDEX_FOLDER = "assets/search"
"""Where the worker looks for the index, below the site's root."""
WORKER = "assets/arxiv-digest-search.js"
BOX_SCRIPT = "assets/arxiv-digest-search-box.js"
"""For every page."""
PAGE_SCRIPT = "assets/arxiv-digest-search-page.js"
"""The search page asks for it by itself: it has to run before Material's script."""
EXCERPT = 160
"""Characters of a hand-written section that a result shows."""


# What is found


PAPERS_PER_PART = 2048
"""About as many papers are read by one process at a time."""


def search_documents(
    editions: Sequence[EditionOutline], site: SiteFacts, url_of: Callable[[str], str]
) -> list[Documents]:
    """Every paper once, under its newest listing, and digests that say something of themselves, in
    parts.

    `editions` newest first; `url_of` gives the address of a src_uri relative to the site's root. A
    paper has the tags of all its listings.
    """
    tags: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for edition in editions:
        for paper in edition.entries:
            if paper.tags:
                tags[paper.id].update(dict.fromkeys(paper.tags))
    seen: set[str] = set()
    parts: list[list[_Newest]] = [[]]
    size = 0
    for edition in editions:
        listed = [it for it in edition.digest.papers if it.identifier.base not in seen]
        seen.update(it.identifier.base for it in listed)
        url = url_of(digest_uri(edition, site))
        parts[-1].append(_Newest(edition, listed, url))
        size += len(listed)
        if size >= PAPERS_PER_PART:
            parts.append([])
            size = 0
    return [partial(_part, part, tags) for part in parts]


@dataclass(frozen=True)
class _Newest:
    """A digest, and those of its papers of which no newer one has any listing."""

    edition: EditionOutline
    papers: list[ListedPaper]
    url: str


def _part(
    digests: Iterable[_Newest], tags: Mapping[str, Iterable[str]]
) -> Iterator[SearchDocument]:
    for newest in digests:
        digest, url = newest.edition.digest, newest.url
        if digest.description or digest.note:
            yield SearchDocument(
                url=url,
                anchor="",
                title=digest.title,
                sentence=digest.description or "",
                body=(digest.note or "",),
            )
        for listed in newest.papers:
            entry = newest.edition.read(listed)
            yield _paper_document(entry, digest, url, tuple(tags.get(entry.id, ())))


def _paper_document(
    entry: Entry, digest: Digest, url: str, tags: tuple[str, ...]
) -> SearchDocument:
    paper, chinese = entry.paper, entry.chinese
    english = plain_text(paper.title) if paper else f"arXiv:{entry.id}"
    body = [plain_text(entry.listed.note or "")]
    if chinese:
        body.append(plain_text(chinese.abstract))
    if paper:
        body.append(plain_text(paper.abstract))
    return SearchDocument(
        url=url,
        anchor=entry.id,
        title=plain_text(chinese.title) if chinese else english,
        english=english if chinese else "",
        sentence=plain_text(chinese.summary) if chinese else "",
        body=tuple(body),
        page=digest.title,
        authors=tuple(author.name for author in paper.authors) if paper else (),
        identifier=entry.id,
        categories=paper.categories if paper else (),
        tags=tags,
        year=digest.date.year if digest.date else None,
    )


def page_documents(html: str, title: str, url: str) -> list[SearchDocument]:
    """The sections of a hand-written page, from its content; `title` may hold entities.

    What stands in an element with the attribute `data-search-exclude` is left out.
    """
    parser = _SectionParser()
    parser.feed(html)
    parser.close()
    page = unescape(title)
    documents = []
    for anchor, heading, text in parser.sections():
        if heading or text:
            documents.append(
                SearchDocument(
                    url=url,
                    anchor=anchor,
                    title=heading or page,
                    sentence=text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…",
                    body=(text,),
                    page=page,
                )
            )
    return documents


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_UNREAD = frozenset({"script", "style", "template", "noscript"})
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_INSIDE_WORDS = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s samp small span strong sub"
    " sup time tt u var wbr".split()
)
"""Elements that may begin or end in the middle of a word; all others part words."""


class _SectionParser(HTMLParser):
    """Cuts a page at its headings."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._sections: list[tuple[str, list[str], list[str]]] = [("", [], [])]
        self._open: list[str] = []
        self._unread = 0
        """How many elements are open, from the outermost that is not read."""
        self._heading = ""

    def sections(self) -> Iterator[tuple[str, str, str]]:
        """Anchor, heading and text of each section; the top of the page has no anchor."""
        for anchor, heading, text in self._sections:
            yield anchor, " ".join("".join(heading).split()), " ".join("".join(text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element, and with a heading a section."""
        self._part_words(tag)
        if tag in _VOID:
            return
        attributes = dict(attrs)
        classes = (attributes.get("class") or "").split()
        is_unread = tag in _UNREAD or "data-search-exclude" in attributes or "headerlink" in classes
        if self._unread or is_unread:
            self._unread += 1
        elif tag in _HEADINGS:
            self._heading = tag
            is_title = tag == "h1" and len(self._sections) == 1
            self._sections.append(("" if is_title else attributes.get("id") or "", [], []))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End an element, and those in it that nobody ended."""
        self._part_words(tag)
        while tag in self._open:
            ended = self._open.pop()
            self._unread = max(0, self._unread - 1)
            if ended == self._heading:
                self._heading = ""
            if ended == tag:
                return

    def handle_data(self, data: str) -> None:
        """Add to the section's heading or text."""
        if not self._unread:
            _, heading, text = self._sections[-1]
            (heading if self._heading else text).append(data)

    def _part_words(self, tag: str) -> None:
        if tag not in _INSIDE_WORDS:
            self.handle_data(" ")


# Assets


def search_assets(page_url: str) -> dict[str, str]:
    """The files that search needs, by address; `page_url` is the search page's."""
    files = {path: static_file(path) for path in (WORKER, BOX_SCRIPT, PAGE_SCRIPT)}
    files[BOX_SCRIPT] = files[BOX_SCRIPT].replace('"../search/"', json.dumps(f"../{page_url}"))
    return files


# Search boxes of themes

MATERIAL_WORKER = re.compile(r"assets/javascripts/workers/search\.[0-9a-f]+\.min\.js")
MATERIAL_BUNDLE = re.compile(r"assets/javascripts/bundle\.[0-9a-f]+\.min\.js")
_PROTOCOL_OF_BUNDLE = (
    r"type:0,data:\{config:\w+,docs:\w+,options:\{suggest:",  # SETUP
    r"return \w+\.type===1\b",  # READY
    r"type:2,data:",  # QUERY
    r"return \w+\.type===3\b",  # RESULT
    r"forms\.namedItem\(\"search\"\)",
    r"new URL\(\w+\.location,\w+\.base\)",  # of a result's documents, as the next two
    r"\w+\.score\.toFixed\(2\)",
    r"Object\.keys\(\w+\.terms\)",
)
_PROTOCOL_OF_WORKER = (
    r"case 0:return .{1,200}\{type:1\};case 2:",
    r"return\{type:3,data:",
    r"\{items:\[\.\.\.",
)
_MATERIAL_FORM = '<form class="md-search__form" name="search">'
_READTHEDOCS_FORM = re.compile(r'(<form id ?="rtd-search-form"[^>]* action=")[^"]*')
_MKDOCS_LINK = re.compile(
    r'href="#"( class="nav-link") data-bs-toggle="modal" data-bs-target="#mkdocs_search_modal"'
)


def speaks_our_protocol(bundle: str, worker: str) -> bool:
    """Whether Material's scripts exchange the messages that our worker knows."""
    return all(re.search(pattern, bundle) for pattern in _PROTOCOL_OF_BUNDLE) and all(
        re.search(pattern, worker, re.DOTALL) for pattern in _PROTOCOL_OF_WORKER
    )


def without_stock_index(html: str) -> str:
    """`html` of Material whose search box has our worker, and waits for no index of Material's."""
    return html.replace(_MATERIAL_FORM, _MATERIAL_FORM.replace('="search"', '="dg-search"'), 1)


def with_search_page(html: str, url: str) -> str:
    """`html` of MkDocs' own themes whose search box leads to the search page at `url`."""
    html = _READTHEDOCS_FORM.sub(lambda found: found[1] + escape(url), html, count=1)
    return _MKDOCS_LINK.sub(lambda found: f'href="{escape(url)}"{found[1]}', html, count=1)
