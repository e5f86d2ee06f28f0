"""The archive: every digest by day, and the ways into categories and tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from digest_plugin.pages.calendars import Month, months_of
from digest_plugin.pages.outlines import EditionOutline, papers_in
from digest_plugin.pages.page_data import Heading, SitePage, page_number_uris
from digest_plugin.pages.topics import Topic

ARCHIVE_URI = "archive.md"
UNDATED_URI = "archive/undated.md"
UNDATED_SHOWN = 60
"""Digests without a date that the front page lists; if there are more, pages of their own do."""
UNDATED_PER_PAGE = 300
CATEGORIES_SHOWN, TAGS_SHOWN = 30, 60


def archive_pages(
    editions: Sequence[EditionOutline], categories: Sequence[Topic], tags: Sequence[Topic]
) -> list[SitePage]:
    """A front page, which shows the newest year; a page for each year; those without a date."""
    years: dict[int, list[Month]] = defaultdict(list)
    for month in months_of(editions):
        years[month.year].append(month)
    undated = [edition for edition in editions if edition.date is None]
    pages = [_front_page(editions, years, undated, categories, tags)]
    newest_first = sorted(years, reverse=True)
    for place, year in enumerate(newest_first):
        pages.append(
            SitePage(
                src_uri=year_uri(year),
                title=f"{year} 年",
                description=f"{year} 年的全部 arXiv 中文摘要，按月和日排列。",
                template="year.html",
                headings=tuple(Heading(month.id, month.title) for month in years[year]),
                data={
                    "year": year,
                    "months": years[year],
                    "years": newest_first,
                    "newer": newest_first[place - 1] if place else None,
                    "older": newest_first[place + 1] if place + 1 < len(newest_first) else None,
                },
            )
        )
    return pages + (_undated_pages(undated) if len(undated) > UNDATED_SHOWN else [])


def year_uri(year: int) -> str:
    """The page of a year, as src_uri."""
    return f"archive/{year}.md"


def _front_page(
    editions: Sequence[EditionOutline],
    years: dict[int, list[Month]],
    undated: Sequence[EditionOutline],
    categories: Sequence[Topic],
    tags: Sequence[Topic],
) -> SitePage:
    shown = years[max(years)] if years else []
    headings = [Heading(month.id, month.title) for month in shown]
    for anchor, title, things in (
        ("undated", "专题", undated),
        ("categories", "按分类", categories),
        ("tags", "按标签", tags),
    ):
        headings += [Heading(anchor, title)] if things else []
    days = [edition.date for edition in editions if edition.date is not None]
    return SitePage(
        src_uri=ARCHIVE_URI,
        title="归档",
        description="按日期、分类、标签浏览全部摘要。",
        template="archive.html",
        headings=tuple(headings),
        data={
            "years": dict(years),
            "months": shown,
            "undated": undated[:UNDATED_SHOWN],
            "undated_count": len(undated),
            "undated_uri": UNDATED_URI,
            "first_day": min(days, default=None),
            "last_day": max(days, default=None),
            "total": papers_in(editions),
            "digests": len(editions),
            "categories": [topic for topic in categories if topic.chinese][:CATEGORIES_SHOWN],
            "categories_count": len(categories),
            "tags": tags[:TAGS_SHOWN],
            "tags_count": len(tags),
        },
    )


def _undated_pages(undated: Sequence[EditionOutline]) -> list[SitePage]:
    starts = range(0, len(undated), UNDATED_PER_PAGE)
    uris = page_number_uris(UNDATED_URI, len(starts))
    return [
        SitePage(
            src_uri=uri,
            title=f"专题（第 {number + 1} 页）" if number else "专题",
            description="没有日期的全部 arXiv 中文摘要专题。",
            template="undated.html",
            data={
                "editions": undated[start : start + UNDATED_PER_PAGE],
                "count": len(undated),
                "position": f"第 {number + 1} 页，共 {len(uris)} 页",
                "before_uri": uris[number - 1] if number else None,
                "after_uri": uris[number + 1] if number + 1 < len(uris) else None,
            },
        )
        for number, (uri, start) in enumerate(zip(uris, starts, strict=True))
    ]
