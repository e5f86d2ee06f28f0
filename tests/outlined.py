"""What pages, feeds and figures are made from outlines of; here for the whole digests that tests
put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from digest_plugin.pages import all_pages as _pages
from digest_plugin.pages import status as _status
from digest_plugin.pages import trends as _trends
from digest_plugin.pages.outlines import EditionOutline, outline_of
from digest_plugin.records.contents import Edition
from digest_plugin.search import documents as _search
from digest_plugin.sharing import feeds as _feeds
from digest_plugin.sharing import linked_data as _linked_data
from digest_plugin.sharing import share_pictures as _share_pictures


def outlined(editions: Iterable[Edition]) -> list[EditionOutline]:
    """Digests in outline."""
    return [
        outline_of(each, {entry.listed: entry for entry in each.entries}.__getitem__)
        for each in editions
    ]


def site_pages(editions: Iterable[Edition], *more: Any) -> _pages.GeneratedPages:
    return _pages.site_pages(outlined(editions), *more)


def status_of(editions: Iterable[Edition], *more: Any, **options: Any) -> _status.Status:
    return _status.status_of(outlined(editions), *more, **options)


def trends_of(editions: Iterable[Edition]) -> _trends.Trends:
    return _trends.trends_of(outlined(editions))


def feeds(generated: _pages.GeneratedPages, editions: Iterable[Edition], site: Any) -> Iterator:
    return _feeds.feeds(generated, outlined(editions), site)


def share_pictures(editions: Iterable[Edition], site: Any) -> _share_pictures.SharePictures:
    return _share_pictures.share_pictures(outlined(editions), site)


def llms_txt(editions: Iterable[Edition], site: Any) -> str:
    return _linked_data.llms_txt(outlined(editions), site)


def search_documents(editions: Iterable[Edition], *more: Any) -> Iterator:
    for part in _search.search_documents(outlined(editions), *more):
        yield from part()


def generated_subject(page: _pages.SitePage, *more: Any, **options: Any) -> Any:
    subject = _linked_data.generated_subject(page, *more, **options)
    return replace(subject, edition=page.edition.whole() if page.edition else None)
