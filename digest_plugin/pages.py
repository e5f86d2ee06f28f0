"""The pages of the site as data: digests, home, archive, categories, tags, status."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from digest_plugin.calendars import Month, months_of
from digest_plugin.contents import Edition, Entry, english_changed
from digest_plugin.rendering import plain_text
from digest_plugin.runs import Failure
from digest_plugin.status import Status

PAPERS_PER_PAGE = 100
"""On category and tag pages; the newest page of each holds up to twice as many."""
LATEST_DAYS = 10
"""Digests that the home page lists besides the newest."""
CHARACTERS_PER_MINUTE = 400
"""How fast Chinese is read: a usual figure for prose in the reader's own field."""
STATUS_URI = "status.md"
"""The status page, as src_uri; its JSON and its badge lie beside it."""
SHOWN_RUNS = 14
SHOWN_MONTHS = 24
SHOWN_FAILURES = 100
LEAST_SHARE = 1.5
"""Per cent of a bar that a part takes at least, so that it can be seen."""


@dataclass(frozen=True)
class Heading:
    """A line of a page's table of contents."""

    id: str
    title: str


@dataclass(frozen=True)
class SitePage:
    """One generated page."""

    src_uri: str
    """As MkDocs names it: below docs_dir, ending in .md."""
    title: str
    description: str
    template: str
    headings: tuple[Heading, ...] = ()
    data: dict[str, object] = field(default_factory=dict)
    """What the template gets besides `page`, `site` and `link`."""
    edit_path: str | None = None
    """The file that people edit to change it, below docs_dir."""
    edition: Edition | None = None
    """The digest that it shows, if it is the page of one."""
    hide: tuple[str, ...] = ("navigation",)
    """Parts of Material's layout that it does without."""
    previous: str | None = None
    """The page before it in time, as src_uri."""
    next: str | None = None


@dataclass(frozen=True)
class SiteFacts:
    """What pages need to know of the site around them."""

    name: str
    description: str = ""
    digests_uri: str = "digests"
    """The folder of lists below docs_dir."""
    corrections_uri: str = "corrections"
    docs_uri: str = "docs"
    """docs_dir as messages name it: relative to the folder of mkdocs.yml."""
    edit_root: str | None = None
    """GitHub's address for editing files of docs_dir, such as https://github.com/me/site/edit/main/docs/."""

    @property
    def new_root(self) -> str | None:
        """GitHub's address for adding files to docs_dir."""
        if self.edit_root is None:
            return None
        return re.sub(r"^(https?://[^/]+/[^/]+/[^/]+)/edit/", r"\1/new/", self.edit_root)


@dataclass(frozen=True)
class Placed:
    """A paper and the page where it can be read."""

    entry: Entry
    edition: Edition
    src_uri: str


@dataclass(frozen=True)
class Topic:
    """A category or tag."""

    name: str
    src_uri: str
    papers: int


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


@dataclass(frozen=True)
class GeneratedPages:
    """All that is generated for a site."""

    pages: list[SitePage]
    """Without the home page."""
    home: SitePage
    """For sites whose home page nobody wrote; its data serve those whose home page a person did."""


def site_pages(
    editions: Sequence[Edition], site: SiteFacts, status: Status | None = None
) -> GeneratedPages:
    """Every generated page; `editions` newest first. Without `status` there is no page for it."""
    placed = [
        Placed(entry, edition, digest_uri(edition, site))
        for edition in editions
        for entry in edition.entries
    ]
    categories, category_pages = _topic_pages(
        placed, "分类", "categories/index.md", _categories, category_uri
    )
    tags, tag_pages = _topic_pages(placed, "标签", "tags/index.md", _tags, tag_uri)
    home = SitePage(
        src_uri="index.md",
        title=site.name,
        description=site.description,
        template="home.html",
        data={
            "newest": editions[0] if editions else None,
            "latest": editions[1 : 1 + LATEST_DAYS],
            "categories": categories,
            "status": status,
        },
        hide=("navigation", "toc"),
    )
    pages = [
        *_digest_pages(editions, site),
        *_archive_pages(editions, categories, tags),
        *category_pages,
        *tag_pages,
    ]
    if status is not None:
        pages.append(_status_page(status, placed))
    return GeneratedPages(pages, home)


def digest_uri(edition: Edition, site: SiteFacts) -> str:
    """The page of a digest, as src_uri."""
    return f"{site.digests_uri}/{edition.name}.md"


def _digest_pages(editions: Sequence[Edition], site: SiteFacts) -> list[SitePage]:
    pages = []
    for number, edition in enumerate(editions):
        papers = tuple(
            Heading(entry.id, f"{position}. {_plain_title(entry)}")
            for position, entry in enumerate(edition.entries, 1)
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
                    "models": _models(edition),
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


def _plain_title(entry: Entry) -> str:
    if entry.chinese:
        return plain_text(entry.chinese.title)
    return plain_text(entry.paper.title) if entry.paper else f"arXiv:{entry.id}"


def _description(edition: Edition) -> str:
    titles = "；".join(_plain_title(entry) for entry in edition.entries[:3])
    more = "等" if len(edition.entries) > 3 else ""
    return f"{edition.digest.title} arXiv 中文摘要，共 {len(edition.entries)} 篇：{titles}{more}。"


def _models(edition: Edition) -> list[str]:
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
    return -(-characters // CHARACTERS_PER_MINUTE)


# Categories and tags


def category_uri(name: str) -> str:
    """The page of a category, as src_uri: arXiv's own spelling, such as `cs.CL`."""
    return f"categories/{_slug(name)}.md"


def tag_uri(name: str) -> str:
    """The page of a tag, as src_uri: the same for tags that differ in case alone."""
    return f"tags/{_slug(name.casefold())}.md"


def _slug(name: str) -> str:
    """`name` as a part of an address; never the same for two names."""
    slug = re.sub(r"[^\w.+-]+", "-", name).strip("-.")
    if slug == name and slug.casefold() not in {"index", "readme"}:
        return slug
    # What was replaced may have been all that told two names apart.
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{slug}-{digest}" if slug else digest


def _categories(entry: Entry) -> Iterable[str]:
    return entry.paper.categories if entry.paper else ()


def _tags(entry: Entry) -> Iterable[str]:
    return entry.listed.tags


def _topic_pages(
    placed: Sequence[Placed],
    kind: str,
    index_uri: str,
    names_of: Callable[[Entry], Iterable[str]],
    uri_of: Callable[[str], str],
) -> tuple[list[Topic], list[SitePage]]:
    """The topics by size, and their pages: an index, and for each topic its papers.

    A paper stands under what any of its listings says, once, on the newest page that says so.
    """
    papers: dict[str, dict[str, Placed]] = defaultdict(dict)
    names: dict[str, str] = {}
    for place in placed:
        for name in names_of(place.entry):
            uri = uri_of(name)
            names.setdefault(uri, name)
            papers[uri].setdefault(place.entry.id, place)
    order = sorted(papers, key=lambda uri: (-len(papers[uri]), uri))
    topics = [Topic(names[uri], uri, len(papers[uri])) for uri in order]
    shown = "、".join(topic.name for topic in topics[:10])
    pages = [
        SitePage(
            src_uri=index_uri,
            title=kind,
            description=f"按{kind}浏览：{shown}" if shown else f"按{kind}浏览",
            template="topics.html",
            data={"topics": topics, "kind": kind},
        )
    ]
    for topic in topics:
        pages += _paginated(topic, kind, index_uri, list(papers[topic.src_uri].values()))
    return topics, pages


def _paginated(topic: Topic, kind: str, index_uri: str, papers: Sequence[Placed]) -> list[SitePage]:
    """Pages of one topic, numbered from the oldest, so that full pages never change again."""
    count = max(1, len(papers) // PAPERS_PER_PAGE)
    stem = topic.src_uri.removesuffix(".md")
    uris = [f"{stem}/{number}.md" for number in range(1, count)] + [topic.src_uri]
    oldest_first = papers[::-1]
    pages = []
    for number, uri in enumerate(uris):
        start = number * PAPERS_PER_PAGE
        end = None if uri == topic.src_uri else start + PAPERS_PER_PAGE
        pages.append(
            SitePage(
                src_uri=uri,
                title=f"{kind}：{topic.name}",
                description=f"{kind} {topic.name} 的 arXiv 论文中文摘要，共 {topic.papers} 篇。",
                template="topic.html",
                data={
                    "topic": topic,
                    "kind": kind,
                    "position": f"第 {count - number} 页，共 {count} 页",
                    "papers": oldest_first[start:end][::-1],
                    "older_uri": uris[number - 1] if number else None,
                    "newer_uri": uris[number + 1] if number + 1 < count else None,
                    "index_uri": index_uri,
                },
            )
        )
    return pages


# The archive


def _archive_pages(
    editions: Sequence[Edition], categories: list[Topic], tags: list[Topic]
) -> list[SitePage]:
    """The archive's front page, which shows the newest year, and a page for each year."""
    months = months_of(editions)
    years: dict[int, list[Month]] = defaultdict(list)
    for month in months:
        years[month.year].append(month)
    undated = [edition for edition in editions if edition.date is None]
    newest = max(years, default=None)
    shown = years[newest] if newest is not None else []
    pages = [
        SitePage(
            src_uri="archive.md",
            title="归档",
            description="按日期、分类、标签浏览全部摘要。",
            template="archive.html",
            headings=tuple(Heading(month.id, month.title) for month in shown),
            data={
                "years": dict(years),
                "months": shown,
                "undated": undated,
                "total": len({entry.id for edition in editions for entry in edition.entries}),
                "categories": categories,
                "tags": tags,
            },
        )
    ]
    pages += [
        SitePage(
            src_uri=f"archive/{year}.md",
            title=f"{year} 年",
            description=f"{year} 年的全部 arXiv 中文摘要，按月和日排列。",
            template="year.html",
            headings=tuple(Heading(month.id, month.title) for month in months_of_year),
            data={"year": year, "months": months_of_year, "years": sorted(years, reverse=True)},
        )
        for year, months_of_year in years.items()
    ]
    return pages


# The status


def _status_page(status: Status, placed: Sequence[Placed]) -> SitePage:
    with_chinese = {str(p.entry.listed.identifier) for p in placed if p.entry.chinese}
    places = {place.entry.id: place for place in reversed(placed) if english_changed(place.entry)}
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


COMMANDS = {"update": "更新", "watch": "关注"}


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
