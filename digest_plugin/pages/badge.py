"""A badge for the README: how many papers, and since when."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup

from digest_plugin.pages.status import Condition, Status, beijing_day
from digest_plugin.text.rendering import without_controls

LABEL = "中文摘要"
COLOURS: dict[Condition, str] = {"well": "#2b6e49", "failed": "#9a5700", "unused": "#5f6875"}
"""Each far enough from white to be read on."""

_PADDING = 8
_SIZE = 11
_LATIN = {
    **dict.fromkeys(" !'(),./:;I[]fijlt|·", 4.2),
    **dict.fromkeys('"-r', 5.0),
    **dict.fromkeys("%@MWmw", 10.8),
}
"""Widths of Latin characters at this size, as wide as usual fonts have them; others take 7.2."""
_SVG = Markup("""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" viewBox="0 0 {width} 20" \
role="img" aria-label="{text}">
<title>{text}</title>
<clipPath id="r"><rect width="{width}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3c4453"/>\
<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>
<g fill="#fff" font-family="'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', \
'Noto Sans CJK SC', 'Noto Sans SC', sans-serif" font-size="11">
<text x="{padding}" y="14" textLength="{label_width}">{label}</text>
<text x="{message_x}" y="14" textLength="{message_width}">{message}</text>
</g>
</svg>
""")


def badge_svg(status: Status) -> str:
    """The badge of a site, such as `中文摘要 | 2403 篇 · 2026-11-22`; an SVG that asks nobody.

    The day is that of the last run, so that a badge which nobody renews is seen to be old.
    """
    last = status.last_run
    words = [_words(status)] + ([beijing_day(last.start)] if last else [])
    return draw_badge(LABEL, " · ".join(words), COLOURS[status.condition])


def _words(status: Status) -> str:
    if status.condition == "well":
        return f"{status.done} 篇"
    if status.condition == "unused":
        return "还没有运行过"
    if papers := status.failed + status.behind:
        return f"{papers} 篇失败"
    if status.faults:
        return f"{status.faults} 处有误"
    return "提前结束"


def draw_badge(label: str, message: str, colour: str) -> str:
    """Two texts side by side, the second one on `colour`."""
    label, message = (" ".join(without_controls(text).split()) for text in (label, message))
    label_width, message_width = text_width(label), text_width(message)
    left, right = label_width + 2 * _PADDING, message_width + 2 * _PADDING
    return _SVG.format(
        width=left + right,
        left=left,
        right=right,
        colour=colour,
        padding=_PADDING,
        text=f"{label}：{message}",
        label=label,
        label_width=max(1, label_width),
        message=message,
        message_x=left + _PADDING,
        message_width=max(1, message_width),
    )


def text_width(text: str) -> int:
    """Pixels that `text` takes, rounded up; the drawing stretches it to exactly that."""
    return -(-round(10 * sum(map(_character_width, text))) // 10)


def _character_width(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return _SIZE
    return _LATIN.get(character, 6.4)
