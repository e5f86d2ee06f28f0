"""The status page as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest_plugin.pages.page_data import Heading, Placed, SitePage
from digest_plugin.pages.status import Status
from digest_plugin.records.runs import Failure

STATUS_URI = "status.md"
"""As src_uri; its JSON and its badge lie beside it."""
SHOWN_RUNS = 14
SHOWN_MONTHS = 24
SHOWN_FAILURES = 100
LEAST_SHARE = 1.5
"""Per cent of a bar that a part takes at least, so that it can be seen."""
COMMANDS = {"update": "更新", "watch": "关注", "batch": "批量"}


@dataclass(frozen=True)
class ShownFailure:
    """A failure, and whether readers have Chinese all the same: that of an older text."""

    failure: Failure
    has_chinese: bool


@dataclass(frozen=True)
class Part:
    """A part of a bar; start and width in per cent."""

    kind: str
    label: str
    papers: int
    start: float
    width: float


@dataclass(frozen=True)
class MonthOfTokens:
    """What a month took."""

    title: str
    input: int
    output: int
    cost: str | None
    share: float
    """Per cent of the month that took most."""


def status_page(status: Status, placed: Sequence[Placed]) -> SitePage:
    """The page of a site with this `status`, whose papers are `placed`."""
    with_chinese = {it.paper.identifier for it in placed if it.paper.state != "pending"}
    places = {place.paper.id: place for place in reversed(placed) if place.paper.is_outdated}
    failures = [
        ShownFailure(failure, failure.identifier in with_chinese)
        for failure in status.failures[:SHOWN_FAILURES]
    ]
    outdated = [places[name] for name in status.outdated_corrections if name in places]
    months = _months_of_tokens(status)
    headings = {
        "failures": ("失败", failures),
        "outdated": ("需要复核的校对", outdated),
        "runs": ("最近运行", status.history.runs),
        "tokens": ("词元用量", months),
    }
    return SitePage(
        src_uri=STATUS_URI,
        title="运行状态",
        description="本站上次更新的时间、收录与待译的篇数、失败的原因和词元用量。",
        template="status.html",
        headings=tuple(
            Heading(anchor, title) for anchor, (title, shown) in headings.items() if shown
        ),
        data={
            "status": status,
            "summary": _status_summary(status),
            "parts": _parts(
                ("done", "已有中文", status.done),
                ("waiting", "待译", status.waiting),
                ("failed", "失败", status.failed),
            ),
            "failures": failures,
            "outdated": outdated,
            "runs": status.history.runs[: -SHOWN_RUNS - 1 : -1],
            "months": months[:SHOWN_MONTHS],
            "total": _total_of_tokens(status),
        },
    )


def _status_summary(status: Status) -> str:
    """What the state comes from, in a sentence."""
    if status.condition == "failed":
        reasons = [f"{status.failed:,} 篇论文失败"] if status.failed else []
        reasons += [f"{status.behind:,} 篇未能更新"] if status.behind else []
        reasons += [f"{status.faults:,} 处有误"] if status.faults else []
        reasons += [f"上次{COMMANDS[run.command]}提前结束" for run in status.stops]
        return "，".join(reasons) + "。"
    if status.condition == "unused":
        return "第一次更新之后，这里会有记录。"
    if status.waiting:
        return f"没有失败，还有 {status.waiting:,} 篇待译。"
    return "清单上的论文都有中文。" if status.asked else "清单上还没有论文。"


def _parts(*parts: tuple[str, str, int]) -> list[Part]:
    """A bar of (kind, label, papers): in proportion, but none that is there is too thin to see."""
    total = sum(papers for _, _, papers in parts)
    shares = [max(LEAST_SHARE, 100 * papers / total) if papers else 0.0 for _, _, papers in parts]
    shown = []
    start = 0.0
    for (kind, label, papers), share in zip(parts, shares, strict=True):
        width = 100 * share / sum(shares) if papers else 0.0
        shown.append(Part(kind, label, papers, round(start, 2), round(width, 2)))
        start += width
    return shown


def _months_of_tokens(status: Status) -> list[MonthOfTokens]:
    """Newest first."""
    tokens, prices = status.history.tokens, status.prices
    most = max((sum(both) for both in tokens.values()), default=1)
    return [
        MonthOfTokens(
            title=f"{int(month[:-3])} 年 {int(month[-2:])} 月",
            input=tokens_in,
            output=tokens_out,
            cost=prices.money(prices.cost(tokens_in, tokens_out)) if prices else None,
            share=round(max(LEAST_SHARE, 100 * (tokens_in + tokens_out) / most), 2),
        )
        for month, (tokens_in, tokens_out) in tokens.items()
    ]


def _total_of_tokens(status: Status) -> MonthOfTokens:
    prices = status.prices
    tokens_in = sum(month[0] for month in status.history.tokens.values())
    tokens_out = sum(month[1] for month in status.history.tokens.values())
    cost = prices.money(prices.cost(tokens_in, tokens_out)) if prices else None
    return MonthOfTokens("合计", tokens_in, tokens_out, cost, 0)
