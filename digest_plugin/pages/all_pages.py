"""The pages of the site as data: all of them, and those of digests, of home and of the reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digest_plugin.pages.archive_pages import archive_pages
from digest_plugin.pages.outlines import EditionOutline, PaperOutline
from digest_plugin.pages.page_data import Heading, Placed, SiteFacts, SitePage, digest_uri
from digest_plugin.pages.statistics_page import STATISTICS_URI, statistics_page
from digest_plugin.pages.status import Status
from digest_plugin.pages.status_page import (
    COMMANDS,
    SHOWN_FAILURES,
    SHOWN_MONTHS,
    SHOWN_RUNS,
    STATUS_URI,
    status_page,
)
from digest_plugin.pages.topics import (
    CATEGORY_KIND,
    PAPERS_PER_PAGE,
    TAG_KIND,
    Topic,
    category_uri,
    tag_uri,
    topic_pages,
)
from digest_plugin.pages.trends import trends_of
from digest_plugin.people.glossary import Term
from digest_plugin.records.contents import Edition, Entry

__all__ = [
    "BOOKMARKS_URI",
    "COMMANDS",
    "GLOSSARY_URI",
    "PAPERS_PER_PAGE",
    "SEARCH_URI",
    "SHOWN_FAILURES",
    "SHOWN_MONTHS",
    "SHOWN_RUNS",
    "STATISTICS_URI",
    "STATUS_URI",
    "GeneratedPages",
    "Heading",
    "Placed",
    "SiteFacts",
    "SitePage",
    "Topic",
    "category_uri",
    "digest_uri",
    "heading_id",
    "models_of",
    "reading_minutes",
    "site_pages",
    "tag_uri",
]

LATEST_DAYS = 10
"""Digests that the home page lists besides the newest."""
HOME_PAPERS = 30
"""Of the newest digest, on the home page."""
HOME_CATEGORIES = 12
FILTER_TAGS = 200
"""Tags that the search page offers to filter by, the largest."""
CHARACTERS_PER_MINUTE = 400
"""How fast Chinese is read: a usual figure for prose in the reader's own field."""
BOOKMARKS_URI = "bookmarks.md"
SEARCH_URI = "search.md"
GLOSSARY_URI = "glossary.md"


@dataclass(frozen=True)
class GeneratedPages:
    """All that is generated for a site."""

    pages: list[SitePage]
    """Without the home page."""
    home: SitePage
    """For sites whose home page nobody wrote; its data serve those whose home page a person did."""


def site_pages(
    editions: Sequence[EditionOutline],
    site: SiteFacts,
    status: Status | None = None,
    glossary: Sequence[Term] = (),
) -> GeneratedPages:
    """Every generated page; `editions` newest first. Without `status` there is no page for it."""
    placed = [
        Placed(paper, edition, digest_uri(edition, site))
        for edition in editions
        for paper in edition.entries
    ]
    categories, category_pages = topic_pages(placed, CATEGORY_KIND)
    tags, tag_pages = topic_pages(placed, TAG_KIND)
    pages = [
        *_digest_pages(editions, site),
        *archive_pages(editions, categories, tags),
        *category_pages,
        *tag_pages,
        SitePage(
            src_uri=STATISTICS_URI,
            title="统计",
            description="本站收录的 arXiv 论文：按月、按分类的篇数和上升的词。",
            template="statistics.html",
            complete=lambda: statistics_page(trends_of(editions)),
        ),
        _search_page(placed, categories, tags),
        _bookmarks_page(),
        _glossary_page(glossary, site),
    ]
    if status is not None:
        pages.append(status_page(status, placed))
    return GeneratedPages(pages, _home_page(editions, site, categories, status))


# Home, and the pages that a reader's browser fills


def _home_page(
    editions: Sequence[EditionOutline],
    site: SiteFacts,
    categories: Sequence[Topic],
    status: Status | None,
) -> SitePage:
    newest = _newest(editions)
    shown = newest.entries[:HOME_PAPERS] if newest else ()
    return SitePage(
        src_uri="index.md",
        title=site.name,
        description=site.description,
        template="home.html",
        data={
            "newest": newest,
            "shown": shown,
            "minutes": _minutes(sum(len(it.summary_html.striptags()) for it in shown)),
            "latest": [it for it in editions[: 1 + LATEST_DAYS] if it is not newest][:LATEST_DAYS],
            "categories": [topic for topic in categories if topic.chinese][:HOME_CATEGORIES],
            "categories_count": len(categories),
            "status": status,
            "search_uri": SEARCH_URI,
            "statistics_uri": STATISTICS_URI,
        },
        hide=("navigation", "toc"),
    )


def _newest(editions: Sequence[EditionOutline]) -> EditionOutline | None:
    """Of several of one day the day's own, `2024-03-20`, rather than `2024-03-20-special`."""
    newest = editions[0] if editions else None
    for edition in editions:
        if newest is None or newest.date is None or edition.date != newest.date:
            break
        newest = min(newest, edition, key=lambda it: it.name)
    return newest


def _search_page(
    placed: Sequence[Placed], categories: Sequence[Topic], tags: Sequence[Topic]
) -> SitePage:
    """What it filters by: a name, a label, and (value, title, papers) of each choice."""
    newest = {place.paper.id: place.edition.date for place in reversed(placed)}
    years = Counter(day.year for day in newest.values() if day is not None)
    filters = (
        ("category", "分类", [(it.name, it.title, it.papers) for it in categories if it.chinese]),
        ("tag", "标签", [(it.name, it.title, it.papers) for it in tags[:FILTER_TAGS]]),
        (
            "year",
            "年份",
            [(year, f"{year} 年", years[year]) for year in sorted(years, reverse=True)],
        ),
    )
    return SitePage(
        src_uri=SEARCH_URI,
        title="检索",
        description="检索全部论文的中英文标题、摘要、作者和编号，可按分类、标签、年份筛选。",
        template="search.html",
        data={"filters": filters, "search_uri": SEARCH_URI},
        hide=("navigation", "toc"),
    )


def _bookmarks_page() -> SitePage:
    return SitePage(
        src_uri=BOOKMARKS_URI,
        title="收藏",
        description="您收藏的论文，只存在这个浏览器里。",
        template="bookmarks.html",
        hide=("navigation", "toc"),
    )


def _glossary_page(glossary: Sequence[Term], site: SiteFacts) -> SitePage:
    return SitePage(
        src_uri=GLOSSARY_URI,
        title="术语表",
        description=f"本站翻译论文时所用的 {len(glossary)} 条术语：英文、中文译法和说明。",
        template="glossary.html",
        data={"terms": sorted(glossary, key=lambda term: term.term.casefold())},
        edit_path=site.glossary_uri,
        hide=("navigation", "toc"),
    )


# Digests


def _digest_pages(editions: Sequence[EditionOutline], site: SiteFacts) -> list[SitePage]:
    pages = []
    for number, edition in enumerate(editions):
        papers = tuple(
            Heading(heading_id(paper), f"{position}. {paper.title}")
            for position, paper in enumerate(edition.entries, 1)
        )
        newer = editions[number - 1] if number else None
        older = editions[number + 1] if number + 1 < len(editions) else None
        pages.append(
            SitePage(
                src_uri=digest_uri(edition, site),
                title=edition.digest.title,
                description=edition.digest.description or _description(edition),
                template="digest.html",
                headings=(Heading("overview", "摘要"), Heading("papers", "详细"), *papers),
                data={
                    "older": older,
                    "newer": newer,
                    "archive_uri": f"archive/{edition.date.year}.md"
                    if edition.date
                    else "archive.md",
                    "archive_anchor": f"{edition.date:%Y-%m}" if edition.date else "undated",
                },
                edit_path=f"{site.digests_uri}/{edition.name}.yml",
                edition=edition,
                previous=digest_uri(older, site) if older else None,
                next=digest_uri(newer, site) if newer else None,
            )
        )
    return pages


def heading_id(entry: Entry | PaperOutline) -> str:
    """The id of the heading of a paper on its digest's page, `paper-2403-12151`.

    The paper's own, 2403.12151, is no CSS selector, for which scripts of themes take what the table
    of contents leads to.
    """
    return f"paper-{re.sub(r'[^A-Za-z0-9]', '-', entry.id)}"


def _description(edition: EditionOutline) -> str:
    titles = "；".join(paper.title for paper in edition.entries[:3])
    more = "等" if len(edition.entries) > 3 else ""
    return f"{edition.digest.title} arXiv 中文摘要，共 {len(edition.entries)} 篇：{titles}{more}。"


def models_of(edition: Edition) -> list[str]:
    """Who wrote the Chinese of this digest, each model and version of the prompt once."""
    return sorted(
        {
            f"{entry.record.written.model}（提示版本 {entry.record.written.prompt}）"
            for entry in edition.entries
            if entry.record and entry.record.written
        }
    )


def reading_minutes(edition: Edition) -> int:
    """How long the Chinese takes to read, in minutes; 0 if there is none."""
    characters = sum(
        len(entry.chinese.summary) + len(entry.chinese.abstract)
        for entry in edition.entries
        if entry.chinese
    )
    return _minutes(characters)


def _minutes(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_MINUTE)
