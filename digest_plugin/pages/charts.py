"""Charts as SVG, drawn at build time; pure.

Places across are in per cent and places down in pixels, so that a chart is as wide as the page lets
it be and its letters keep their size. What it shows is told by labels and patterns; colour comes
from the style sheet, and without one is that of the text. There are no `style` attributes and no
scripts: a content security policy may forbid them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from digest_plugin.text.rendering import without_controls

Kind = Literal["solid", "hatched", "empty"]

LONGEST_LABEL = 34
"""What a label may take, in widths of Latin letters: as much as 320 pixels hold."""
_LEAST = 0.4
"""Per cent that a value takes at least, so that it can be seen."""
_WIDEST = 66.0
"""Per cent that the longest bar takes; its label follows."""
_LABEL, _LINE = 20, 18
"""Pixels of a bar's label, and of each bar below it."""
_PLOT, _ABOVE, _BELOW = 170, 16, 42
"""Pixels of columns, and of what stands over and under them."""
_GRID = 4
"""Lines that help to read columns, at most."""
_TICKS = 8
"""Labels below columns that a small screen has room for."""

_SVG = Markup("""\
<svg class="dg-chart dg-chart--{kind}" role="img" aria-labelledby="{name}-title {name}-desc" \
width="100%" height="{height}" fill="currentColor" font-size="13" focusable="false">
<title id="{name}-title">{title}</title>
<desc id="{name}-desc">{description}</desc>
{body}
</svg>
""")
_HATCH = Markup(
    '<pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)">'
    '<rect class="dg-chart__hatch" width="2.5" height="6"/></pattern>'
)
_RECT = Markup(
    '<rect class="dg-chart__bar dg-chart__bar--{kind}" x="{x}%" y="{y}" width="{width}%"'
    ' height="{height}" fill="{fill}" stroke="currentColor"/>'
)
_TEXT = Markup('<text class="dg-chart__{role}" x="{x}" y="{y}"{more}>{text}</text>')


@dataclass(frozen=True)
class Caption:
    """What those hear who do not see a chart."""

    name: str
    """A word for the chart's identifiers on its page."""
    title: str
    description: str


@dataclass(frozen=True)
class Column:
    """A column of a chart that goes by time."""

    label: str
    value: int
    tick: str = ""
    """Below it, if there is room for one in every few."""
    group: str = ""
    """Below the first column of a group, such as a year."""


@dataclass(frozen=True)
class Bar:
    """Values side by side, and what is written behind them."""

    parts: tuple[tuple[Kind, float], ...]
    note: str


@dataclass(frozen=True)
class Row:
    """A label with its bars below it."""

    label: str
    bars: tuple[Bar, ...]


# Columns


def columns_chart(caption: Caption, columns: Sequence[Column], slots: int = 0) -> Markup:
    """Columns from left to right, as in a calendar; with room for at least so many `slots`."""
    slots = max(slots, len(columns), 1)
    step, top = _scale(max((column.value for column in columns), default=0))
    body = [*_grid(step, top)]
    ticks = _shown_ticks(columns, slots)
    for place, column in enumerate(columns):
        body.append(_column(column, place, slots, top))
        middle = f"{_percent(100 * (place + 0.5) / slots)}%"
        centred = Markup(' text-anchor="middle"')
        below = _ABOVE + _PLOT
        if place in ticks:
            body.append(_text("tick", middle, below + 16, column.tick, centred))
        if column.group:
            is_last = place > 0.8 * slots  # its text would stand out on the right
            edge = f"{_percent(100 * (place + is_last) / slots)}%"
            anchor = Markup(' text-anchor="end"') if is_last else ""
            body.append(_text("group", edge, below + 36, column.group, anchor))
    return _svg("columns", caption, _ABOVE + _PLOT + _BELOW, body)


def _column(column: Column, place: int, slots: int, top: int) -> Markup:
    height = round(_PLOT * column.value / top, 1) if column.value else 0
    tip = Markup("<title>{}</title>").format(
        without_controls(f"{column.label}：{column.value:,} 篇")
    )
    return Markup(
        '<g>{}<rect class="dg-chart__bar--solid" x="{}%" y="{}" width="{}%" height="{}"/></g>'
    ).format(
        tip,
        _percent(100 * (place + 0.14) / slots),
        f"{_ABOVE + _PLOT - height:g}",
        _percent(72 / slots),
        f"{height:g}",
    )


def _scale(most: int) -> tuple[int, int]:
    """The step between lines, and the top: round numbers that a person would choose."""
    step = 1
    while most > step * _GRID:
        for factor in (2, 5, 10):
            if most <= step * factor * _GRID or factor == 10:
                step *= factor
                break
    return step, step * max(1, -(-most // step))


def _grid(step: int, top: int) -> Iterator[Markup]:
    line = Markup(
        '<line class="dg-chart__{}" x1="0" x2="100%" y1="{}" y2="{}" stroke="currentColor"/>'
    )
    for value in range(0, top + 1, step):
        y = round(_ABOVE + _PLOT * (1 - value / top), 1)
        yield line.format("line" if value else "axis", y, y)
        yield _text("scale", "-8", y + 4, f"{value:,}", Markup(' text-anchor="end"'))


def _shown_ticks(columns: Sequence[Column], slots: int) -> set[int]:
    """Every one, or every second, third, …, counted so that groups begin with one."""
    every = -(-slots // _TICKS)
    first = next((place for place, column in enumerate(columns) if place and column.group), 0)
    return {place for place in range(len(columns)) if (place - first) % every == 0}


# Bars


def bars_chart(caption: Caption, rows: Sequence[Row], full: float = 0) -> Markup:
    """Bars below each other, each under its label; the longest, or one of `full`, is the widest."""
    most = max((_total(bar) for row in rows for bar in row.bars), default=0)
    most = max(most, full) or 1
    body = [_HATCH.format(name=caption.name)]
    y = 0
    for row in rows:
        body.append(_text("label", "0", y + 15, shortened(row.label)))
        y += _LABEL
        for bar in row.bars:
            body += _bar(bar, y, most, caption.name)
            y += _LINE
        y += 8
    return _svg("bars", caption, max(y, 1), body)


def _bar(bar: Bar, y: int, most: float, name: str) -> Iterator[Markup]:
    fills = {"solid": "currentColor", "hatched": f"url(#{name}-hatch)", "empty": "none"}
    x = 0.0
    for kind, value in bar.parts:
        if value:
            width = max(_LEAST, value / most * _WIDEST)
            yield _RECT.format(
                kind=kind,
                x=_percent(x),
                y=y + 0.5,
                width=_percent(width),
                height=_LINE - 5,
                fill=fills[kind],
            )
            x += width
    yield _text("note", f"{_percent(x)}%", y + 12, bar.note, Markup(' dx="6"'))


def _total(bar: Bar) -> float:
    return sum(value for _, value in bar.parts)


# Both


def swatch(kind: Kind, name: str) -> Markup:
    """The key to a pattern of the chart `name`."""
    fill = {"solid": "currentColor", "hatched": f"url(#{name}-hatch)", "empty": "none"}[kind]
    return Markup(
        '<svg class="dg-chart dg-swatch" width="14" height="14" aria-hidden="true">'
        '<rect class="dg-chart__bar dg-chart__bar--{}" x="0.5" y="0.5" width="13" height="13"'
        ' fill="{}" stroke="currentColor"/></svg>'
    ).format(kind, fill)


def shortened(label: str) -> str:
    """`label`, cut where a small screen would cut it."""
    width = 0
    for place, character in enumerate(label):
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > LONGEST_LABEL:
            return f"{label[:place].rstrip()}…"
    return label


def _svg(kind: str, caption: Caption, height: int, body: Iterable[Markup]) -> Markup:
    return _SVG.format(
        kind=kind,
        name=caption.name,
        title=without_controls(caption.title),
        description=without_controls(caption.description),
        height=height,
        body=Markup("\n").join(body),
    )


def _text(role: str, x: str, y: float, text: str, more: str = "") -> Markup:
    return _TEXT.format(role=role, x=x, y=f"{y:g}", more=more, text=without_controls(text))


def _percent(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
