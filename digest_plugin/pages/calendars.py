"""Digests by year, month and day."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from digest_plugin.pages.outlines import EditionOutline


@dataclass(frozen=True)
class Day:
    """A cell of a month's calendar; `number` is 0 outside the month."""

    number: int
    editions: tuple[EditionOutline, ...] = ()
    level: int = 0
    """0 to 4: how many papers, for its colour."""

    @property
    def papers(self) -> int:
        """How many the digests of this day list."""
        return sum(len(edition.entries) for edition in self.editions)


@dataclass(frozen=True)
class Month:
    """A calendar page."""

    year: int
    month: int
    weeks: tuple[tuple[Day, ...], ...]
    editions: tuple[EditionOutline, ...]
    """Oldest first."""

    @property
    def id(self) -> str:
        """`2024-03`."""
        return f"{self.year}-{self.month:02d}"

    @property
    def title(self) -> str:
        """`2024 年 3 月`."""
        return f"{self.year} 年 {self.month} 月"

    @property
    def crowded_days(self) -> tuple[Day, ...]:
        """The days of which a calendar can show only one of several digests."""
        return tuple(day for week in self.weeks for day in week if len(day.editions) > 1)

    @property
    def papers(self) -> int:
        """How many its digests list."""
        return sum(len(edition.entries) for edition in self.editions)


def months_of(editions: Iterable[EditionOutline]) -> list[Month]:
    """The months that have digests, newest first; digests without a date are in none."""
    days: dict[date, list[EditionOutline]] = defaultdict(list)
    for edition in editions:
        if edition.date is not None:
            days[edition.date].append(edition)
    for of_day in days.values():
        of_day.sort(key=lambda edition: edition.name)  # the day's own before `…-special`
    many = _many([sum(len(edition.entries) for edition in of_day) for of_day in days.values()])
    months = sorted({(day.year, day.month) for day in days}, reverse=True)
    return [_month(year, month, days, many) for year, month in months]


def _many(papers: Sequence[int]) -> int:
    """Papers of a day that has many: but for a few days, no day has more."""
    ordered = sorted(papers)
    return max(1, ordered[len(ordered) * 19 // 20]) if ordered else 1


def _month(
    year: int, month: int, days: Mapping[date, Sequence[EditionOutline]], many: int
) -> Month:
    weeks = []
    for week in calendar.Calendar().monthdayscalendar(year, month):
        cells = []
        for number in week:
            of_day = tuple(days.get(date(year, month, number), ())) if number else ()
            papers = sum(len(edition.entries) for edition in of_day)
            cells.append(Day(number, of_day, min(4, -(-4 * papers // many))))
        weeks.append(tuple(cells))
    of_month = tuple(edition for week in weeks for day in week for edition in day.editions)
    return Month(year, month, tuple(weeks), of_month)
