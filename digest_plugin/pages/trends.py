"""What the papers of a site add up to: by month, by category, by state, and words on the rise.

Every paper counts once. Its day is that of the first digest that lists it: when it came onto the
site. "Now" is the newest such day, so the same files give the same figures on whatever day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from digest_plugin.intake.taxonomy import is_category
from digest_plugin.pages.outlines import EditionOutline, PaperOutline
from digest_plugin.pages.rising_words import English, RisingTerm, are_enough, rising_terms

RECENT_MONTHS, MONTHS_BEFORE = 3, 12
"""Words of the last months are held against those of the months before."""
MOST_TERMS = 15
LEAST_DAYS = 20
"""With fewer days that have papers, days of the week tell nothing."""


@dataclass(frozen=True, order=True)
class YearMonth:
    """A month of a year."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> YearMonth:
        """The month of a day."""
        return cls(day.year, day.month)

    def minus(self, months: int) -> YearMonth:
        """So many months earlier."""
        year, month = divmod(self.year * 12 + self.month - 1 - months, 12)
        return YearMonth(year, month + 1)

    @property
    def title(self) -> str:
        """`2024 年 3 月`."""
        return f"{self.year} 年 {self.month} 月"


@dataclass(frozen=True)
class CategoryCount:
    """Papers of a category."""

    name: str
    primary: int
    """Those whose primary category it is."""
    crossed: int
    """Those listed in it from another."""


@dataclass(frozen=True)
class Words:
    """Words on the rise, and what they come from."""

    recent: int
    """Papers of the last months."""
    before: int
    first: YearMonth
    """Of the last months."""
    last: YearMonth
    terms: tuple[RisingTerm, ...]

    @property
    def are_enough(self) -> bool:
        """Whether there are papers enough to tell."""
        return are_enough(self.recent, self.before)


@dataclass(frozen=True)
class Trends:
    """What the papers add up to."""

    papers: int
    digests: int
    translated: int
    """Papers with Chinese wherever they are listed, as on the status page."""
    corrected: int
    withdrawn: int
    undated: int
    """Papers that only digests without a date list."""
    months: tuple[tuple[YearMonth, int], ...]
    """Every month from the first to the last, the oldest first; those without papers too."""
    categories: tuple[CategoryCount, ...]
    """Those with most papers as primary category first."""
    weekdays: tuple[int, ...]
    """Papers from Monday to Sunday; empty if they are too few."""
    words: Words | None
    """None if no paper has a day."""


@dataclass
class _Counted:
    """A paper on its way through the lists, newest first."""

    paper: PaperOutline
    """The newest listing that says what paper it is."""
    edition: EditionOutline
    """Its digest."""
    day: date | None
    is_translated: bool = True
    is_corrected: bool = False
    is_withdrawn: bool = False
    others: tuple[str, ...] = ()
    """Categories that only older listings say."""


def trends_of(editions: Sequence[EditionOutline]) -> Trends:
    """The figures of a site; `editions` newest first."""
    papers = _papers_of(editions)
    months = Counter(YearMonth.of(paper.day) for paper in papers if paper.day)
    return Trends(
        papers=len(papers),
        digests=len(editions),
        translated=sum(paper.is_translated for paper in papers),
        corrected=sum(paper.is_corrected for paper in papers),
        withdrawn=sum(paper.is_withdrawn for paper in papers),
        undated=sum(paper.day is None for paper in papers),
        months=tuple(_every_month(months)),
        categories=_category_counts(papers),
        weekdays=_weekdays([paper.day for paper in papers if paper.day]),
        words=_words(papers, max(months)) if months else None,
    )


def _papers_of(editions: Iterable[EditionOutline]) -> list[_Counted]:
    papers: dict[str, _Counted] = {}
    for edition in editions:
        for paper in edition.entries:
            counted = papers.get(paper.id)
            if counted is None:
                counted = papers[paper.id] = _Counted(paper, edition, edition.date)
            _add_listing(counted, paper, edition)
    return list(papers.values())


def _add_listing(counted: _Counted, paper: PaperOutline, edition: EditionOutline) -> None:
    day = edition.date
    if day is not None and (counted.day is None or day < counted.day):
        counted.day = day
    counted.is_translated &= paper.state != "pending"
    counted.is_corrected |= paper.state == "corrected"
    if not paper.is_known:
        return
    counted.is_withdrawn |= paper.is_withdrawn
    if not counted.paper.is_known:
        counted.paper, counted.edition = paper, edition
    elif counted.paper is not paper:
        counted.others += paper.categories


def _every_month(months: Counter[YearMonth]) -> Iterator[tuple[YearMonth, int]]:
    month, first = max(months, default=None), min(months, default=None)
    found = []
    while month is not None and first is not None and month >= first:
        found.append((month, months[month]))
        month = month.minus(1)
    return reversed(found)


def _category_counts(papers: Iterable[_Counted]) -> tuple[CategoryCount, ...]:
    primary: Counter[str] = Counter()
    crossed: Counter[str] = Counter()
    for counted in papers:
        paper = counted.paper
        if paper.is_known:
            primary[paper.primary_category] += 1
            crossed.update({*paper.categories, *counted.others} - {paper.primary_category})
    names = sorted(
        filter(is_category, primary | crossed),
        key=lambda name: (-primary[name], -crossed[name], name),
    )
    return tuple(CategoryCount(name, primary[name], crossed[name]) for name in names)


def _weekdays(days: Sequence[date]) -> tuple[int, ...]:
    if len(set(days)) < LEAST_DAYS:
        return ()
    papers = Counter(day.weekday() for day in days)
    return tuple(papers[weekday] for weekday in range(7))


def _words(papers: Iterable[_Counted], last: YearMonth) -> Words:
    first = last.minus(RECENT_MONTHS - 1)
    earliest = first.minus(MONTHS_BEFORE)
    recent: list[_Counted] = []
    before: list[_Counted] = []
    for counted in papers:
        if not counted.paper.is_known or counted.day is None:
            continue
        month = YearMonth.of(counted.day)
        if month >= first:
            recent.append(counted)
        elif month >= earliest:
            before.append(counted)
    terms = []
    if are_enough(len(recent), len(before)):
        terms = rising_terms([_english(it) for it in recent], map(_english, before), MOST_TERMS)
    return Words(len(recent), len(before), first, last, tuple(terms))


def _english(counted: _Counted) -> English:
    paper = counted.edition.entry(counted.paper).paper
    return English(paper.title, paper.abstract) if paper else English("", "")
