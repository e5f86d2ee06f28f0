"""The page 统计 as data: charts, and the same figures as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from digest_plugin.intake.taxonomy import chinese_name
from digest_plugin.pages.charts import (
    Bar,
    Caption,
    Column,
    Kind,
    Row,
    bars_chart,
    columns_chart,
    swatch,
)
from digest_plugin.pages.page_data import Heading, SitePage
from digest_plugin.pages.rising_words import LEAST_BEFORE, LEAST_RECENT, RisingTerm
from digest_plugin.pages.topics import category_uri
from digest_plugin.pages.trends import MONTHS_BEFORE, RECENT_MONTHS, Trends, Words, YearMonth

STATISTICS_URI = "statistics.md"
SHOWN_MONTHS, SHOWN_YEARS = 24, 24
SHOWN_CATEGORIES = 15
LEAST_COLUMNS = 2
"""A single column is no chart."""
MONTH_SLOTS, YEAR_SLOTS = 12, 6
"""Fewer columns stand side by side as if there were so many."""
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class TableRow:
    """A line of figures."""

    title: str
    cells: tuple[str, ...]
    uri: str | None = None
    """The page that it is about."""


@dataclass(frozen=True)
class Figure:
    """A part of the page: a sentence, a chart, a table."""

    id: str
    title: str
    summary: str
    head: tuple[str, ...] = ()
    """Of the table; without one there is none."""
    rows: tuple[TableRow, ...] = ()
    chart: Markup | None = None
    key: tuple[tuple[Markup, str], ...] = ()
    """What patterns mean."""
    note: str = ""
    is_english: bool = False
    """Whether the titles of rows are."""


def statistics_page(trends: Trends) -> SitePage:
    """The page of a site whose papers add up to `trends`."""
    figures = _figures(trends) if trends.papers else []
    return SitePage(
        src_uri=STATISTICS_URI,
        title="统计",
        description="本站收录的 arXiv 论文：按月、按分类的篇数和上升的词。",
        template="statistics.html",
        headings=tuple(Heading(figure.id, figure.title) for figure in figures),
        data={"trends": trends, "figures": figures},
    )


def _figures(trends: Trends) -> list[Figure]:
    figures: list[Figure | None] = [
        _months(trends),
        _years(trends),
        _categories(trends),
        _rising(trends.words),
        _states(trends),
        _weekdays(trends.weekdays),
    ]
    return [figure for figure in figures if figure is not None]


# By time


def _months(trends: Trends) -> Figure | None:
    shown = trends.months[-SHOWN_MONTHS:]
    if not shown:
        return None
    papers = sum(count for _, count in shown)
    (first, _), (last, _) = shown[0], shown[-1]
    span = first.title if first == last else f"{first.title}至{last.title}"
    most, peak = max((count, month) for month, count in shown)
    summary = f"{span}收录 {papers:,} 篇"
    if len(shown) >= LEAST_COLUMNS:
        summary += f"，最多的是 {peak.title}，{most:,} 篇"
    columns = [Column(month.title, count, str(month.month)) for month, count in shown]
    for place, (month, _) in enumerate(shown):
        if month.month == 1 or (place == 0 and month.month < 10):
            columns[place] = _with_year(columns[place], month)
    return Figure(
        id="months",
        title="按月",
        summary=f"{summary}。",
        head=("月份", "篇数"),
        rows=tuple(TableRow(month.title, (f"{count:,}",)) for month, count in reversed(shown)),
        chart=_time_chart("months", "每月收录的篇数", f"{summary}。", columns, MONTH_SLOTS),
        note=_undated_note(trends),
    )


def _with_year(column: Column, month: YearMonth) -> Column:
    return Column(column.label, column.value, column.tick, f"{month.year} 年")


def _undated_note(trends: Trends) -> str:
    note = "每篇论文只计一次，算在最早收录它的那一期。"
    return note + (f"另有 {trends.undated:,} 篇没有日期。" if trends.undated else "")


def _years(trends: Trends) -> Figure | None:
    if len(trends.months) <= SHOWN_MONTHS:
        return None
    years: dict[int, int] = {}
    for month, count in trends.months:
        years[month.year] = years.get(month.year, 0) + count
    shown = list(years.items())[-SHOWN_YEARS:]
    (first, _), (last, _) = shown[0], shown[-1]
    most, peak = max((count, year) for year, count in shown)
    summary = f"{first} 年至 {last} 年，最多的是 {peak} 年，{most:,} 篇。"
    return Figure(
        id="years",
        title="按年",
        summary=summary,
        head=("年份", "篇数"),
        rows=tuple(TableRow(f"{year} 年", (f"{count:,}",)) for year, count in reversed(shown)),
        chart=_time_chart(
            "years",
            "每年收录的篇数",
            summary,
            [Column(f"{year} 年", count, str(year)) for year, count in shown],
            YEAR_SLOTS,
        ),
    )


def _time_chart(
    name: str, title: str, summary: str, columns: Sequence[Column], slots: int
) -> Markup | None:
    if len(columns) < LEAST_COLUMNS:
        return None
    return columns_chart(Caption(f"chart-{name}", title, summary), columns, slots)


def _weekdays(weekdays: Sequence[int]) -> Figure | None:
    """Only if the days differ by more than chance would have it."""
    total = sum(weekdays)
    if not total or max(weekdays) < 1.25 * total / 7:
        return None
    titles = [f"星期{day}" for day in _WEEKDAYS]
    most = max(range(7), key=lambda day: weekdays[day])
    none = [titles[day] for day in range(7) if not weekdays[day]]
    summary = f"{titles[most]}最多，{weekdays[most]:,} 篇，占 {_share(weekdays[most], total)}"
    summary += f"；{'、'.join(none)}没有。" if none else "。"
    rows = [
        Row(title, (Bar((("solid", papers),), f"{papers:,}"),))
        for title, papers in zip(titles, weekdays, strict=True)
    ]
    return Figure(
        id="weekdays",
        title="按星期",
        summary=summary,
        head=("星期", "篇数", "占比"),
        rows=tuple(
            TableRow(title, (f"{papers:,}", _share(papers, total)))
            for title, papers in zip(titles, weekdays, strict=True)
        ),
        chart=bars_chart(Caption("chart-weekdays", "一周七天收录的篇数", summary), rows),
    )


# By category and state


def _categories(trends: Trends) -> Figure | None:
    everything = trends.categories
    if not everything:
        return None
    shown = everything[:SHOWN_CATEGORIES]
    largest = shown[0]
    summary = (
        f"涉及 {len(everything):,} 个分类。作为主分类最多的是 {_category(largest.name)}，"
        f"{largest.primary:,} 篇，另有 {largest.crossed:,} 篇从别的分类交叉列入。"
    )
    rows = [
        Row(
            _category(it.name),
            (
                Bar(
                    (("solid", it.primary), ("hatched", it.crossed)),
                    f"{it.primary:,} + {it.crossed:,}",
                ),
            ),
        )
        for it in shown
    ]
    name = "chart-categories"
    return Figure(
        id="categories",
        title="按分类",
        summary=summary,
        head=("分类", "主分类", "交叉列入", "合计"),
        rows=tuple(
            TableRow(
                _category(it.name),
                (f"{it.primary:,}", f"{it.crossed:,}", f"{it.primary + it.crossed:,}"),
                category_uri(it.name),
            )
            for it in shown
        ),
        chart=bars_chart(Caption(name, "各分类的篇数", summary), rows),
        key=((swatch("solid", name), "主分类"), (swatch("hatched", name), "交叉列入")),
        note=f"按主分类的篇数排列，列出前 {len(shown)} 个。"
        if len(everything) > len(shown)
        else "",
    )


def _category(name: str) -> str:
    chinese = chinese_name(name)
    return f"{name} {chinese}" if chinese else name


def _states(trends: Trends) -> Figure:
    states = (
        ("已有中文", trends.translated),
        ("经人工校对", trends.corrected),
        ("已撤稿", trends.withdrawn),
    )
    summary = "，".join(f"{title} {_share(papers, trends.papers)}" for title, papers in states)
    rows = [
        Row(
            title,
            (
                Bar(
                    (("solid", papers), ("empty", trends.papers - papers)),
                    _share(papers, trends.papers),
                ),
            ),
        )
        for title, papers in states
    ]
    return Figure(
        id="states",
        title="译文与撤稿",
        summary=f"{summary}。",
        head=("状态", "篇数", "占比"),
        rows=tuple(
            TableRow(title, (f"{papers:,}", _share(papers, trends.papers)))
            for title, papers in states
        ),
        chart=bars_chart(Caption("chart-states", "译文与撤稿的占比", f"{summary}。"), rows),
    )


# Words


def _rising(words: Words | None) -> Figure | None:
    if words is None:
        return None
    name, title = "words", "上升的词"
    span = f"{words.first.title}至{words.last.title}"
    if not words.are_enough:
        return Figure(
            name,
            title,
            f"论文还太少：最近 {RECENT_MONTHS} 个月 {words.recent:,} 篇，此前 {MONTHS_BEFORE} 个月"
            f" {words.before:,} 篇。分别满 {LEAST_RECENT} 篇和 {LEAST_BEFORE} 篇之后，这里会列出"
            "英文标题和摘要里越来越常见的词。",
        )
    if not words.terms:
        return Figure(name, title, f"{span}的 {words.recent:,} 篇里，没有明显上升的词。")
    summary = (
        f"{span}的 {words.recent:,} 篇论文，与此前 {MONTHS_BEFORE} 个月的 {words.before:,} 篇相比，"
        f"英文标题和摘要里更常见的词，上升最快的是 {words.terms[0].text}。"
    )
    chart = f"chart-{name}"
    caption = Caption(chart, "上升的词在论文中的占比", summary)
    periods = (f"最近 {RECENT_MONTHS} 个月", f"此前 {MONTHS_BEFORE} 个月")
    return Figure(
        id=name,
        title=title,
        summary=summary,
        head=("词", *periods, "平滑倍数"),
        rows=tuple(_word_figures(term, words) for term in words.terms),
        chart=bars_chart(caption, [_word_bars(term, words) for term in words.terms]),
        key=((swatch("solid", chart), periods[0]), (swatch("hatched", chart), periods[1])),
        note="占比是提到它的论文所占的比例，一篇里提到几次都算一次。按上升的倍数排列；篇数越少，"
        "平滑后的倍数越接近 1。摘要里的套话不算。",
        is_english=True,
    )


def _word_bars(term: RisingTerm, words: Words) -> Row:
    sides: tuple[tuple[Kind, int, int], ...] = (
        ("solid", term.recent, words.recent),
        ("hatched", term.before, words.before),
    )
    return Row(
        term.text,
        tuple(Bar(((kind, count / all_),), _share(count, all_)) for kind, count, all_ in sides),
    )


def _word_figures(term: RisingTerm, words: Words) -> TableRow:
    recent, before = _share(term.recent, words.recent), _share(term.before, words.before)
    return TableRow(
        term.text,
        (f"{term.recent:,} 篇，{recent}", f"{term.before:,} 篇，{before}", f"{term.rise:.1f}"),
    )


def _share(papers: int, total: int) -> str:
    """`12.3%`; never 0% or 100% of what is not none or all."""
    if papers in (0, total):
        return "100%" if papers else "0%"
    share = min(99.9, max(0.01, 100 * papers / total))
    return f"{share:.{2 if share < 1 else 1}f}%"
