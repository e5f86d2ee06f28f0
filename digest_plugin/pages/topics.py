"""Categories and tags: their pages, and the lists of them."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from digest_plugin.intake.taxonomy import ALIASES, CATEGORIES, chinese_name, is_category
from digest_plugin.pages.outlines import PaperOutline
from digest_plugin.pages.page_data import Heading, Placed, SitePage, page_number_uris

PAPERS_PER_PAGE = 100
"""On the pages of a category or tag; the newest page of each holds up to twice as many."""
TOPICS_PER_PAGE = 300
"""On the pages that list them."""

LONGEST_ADDRESS = 120
"""Bytes of a name in an address: names of files end at 255."""

_OTHER = "other"
_GROUPS = ("cs", "math", "physics", "stat", "eess", "q-bio", "q-fin", "econ")
_GROUP_OF = {"q-alg": "math"}
"""Of archives that are neither a group nor part of physics."""


@dataclass(frozen=True)
class Topic:
    """A category or tag."""

    name: str
    src_uri: str
    papers: int
    chinese: str | None = None
    """What a category of arXiv's is called."""
    crossed: int = 0
    """Of its papers those that have another primary category."""

    @property
    def title(self) -> str:
        """`cs.CL 计算与语言`; the name where there is no other."""
        return f"{self.name} {self.chinese}" if self.chinese else self.name


@dataclass(frozen=True)
class TopicGroup:
    """Topics under one heading: those of a field of science."""

    id: str
    title: str
    papers: int
    """Of all its topics, each counted once."""
    topics: tuple[Topic, ...]
    """The largest first."""


@dataclass(frozen=True)
class TopicKind:
    """What there are two of: categories, and tags."""

    title: str
    index_uri: str
    names_of: Callable[[PaperOutline], Iterable[str]]
    uri_of: Callable[[str], str]
    group_of: Callable[[str], str]
    """The id of a topic's group; empty if there are no groups."""


# Addresses


def category_uri(name: str) -> str:
    """The page of a category, as src_uri: arXiv's own spelling, such as `cs.CL`."""
    return f"categories/{_slug(name)}.md"


def tag_uri(name: str) -> str:
    """The page of a tag, as src_uri: the same for tags that differ in case alone."""
    return f"tags/{_slug(name.casefold())}.md"


@lru_cache(maxsize=4096)
def _slug(name: str) -> str:
    """`name` as a part of an address; never the same for two names."""
    slug = re.sub(r"[^\w.+-]+", "-", name).strip("-.")
    short = slug.encode()[:LONGEST_ADDRESS].decode("utf-8", "ignore").strip("-.")
    if short == name and short.casefold() not in {"index", "readme"}:
        return short
    # What was replaced or cut may have been all that told two names apart.
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{short}-{digest}" if short else digest


# Groups of categories


def group_of_category(name: str) -> str:
    """`cs` for `cs.CL` and `cmp-lg`, `physics` for `hep-th`, `other` for what is not known."""
    if name not in CATEGORIES:
        return _OTHER
    archive = ALIASES.get(name, name).partition(".")[0]
    if archive in _GROUPS:
        return archive
    return _GROUP_OF.get(archive, "physics")


def _group_title(group: str) -> str:
    return chinese_name(group) or ("其他分类" if group == _OTHER else "")


CATEGORY_KIND = TopicKind(
    "分类",
    "categories/index.md",
    lambda paper: filter(is_category, paper.categories),
    category_uri,
    group_of_category,
)
TAG_KIND = TopicKind("标签", "tags/index.md", lambda paper: paper.tags, tag_uri, lambda _: "")


# Pages


def topic_pages(placed: Sequence[Placed], kind: TopicKind) -> tuple[list[Topic], list[SitePage]]:
    """The topics by size, and their pages: lists of them, and for each topic its papers.

    A paper stands under what any of its listings says, once, on the newest page that says so.
    """
    papers: dict[str, dict[str, Placed]] = defaultdict(dict)
    names: dict[str, str] = {}
    uris: dict[str, str] = {}
    for place in placed:
        for name in kind.names_of(place.paper):
            uri = uris.get(name)
            if uri is None:
                uri = uris[name] = kind.uri_of(name)
                names.setdefault(uri, name)
            papers[uri].setdefault(place.paper.id, place)
    topics = [
        _topic(names[uri], uri, papers[uri].values(), kind)
        for uri in sorted(papers, key=lambda uri: (-len(papers[uri]), uri))
    ]
    groups = _groups(topics, papers, kind)
    pages = _list_pages(groups, kind)
    for topic in topics:
        pages += _paginated(topic, kind, list(papers[topic.src_uri].values()))
    return topics, pages


def _topic(name: str, uri: str, papers: Iterable[Placed], kind: TopicKind) -> Topic:
    of_topic = [place.paper for place in papers]
    if kind is not CATEGORY_KIND:
        return Topic(name, uri, len(of_topic))
    crossed = sum(paper.primary_category != name for paper in of_topic)
    return Topic(name, uri, len(of_topic), chinese_name(name), crossed)


def _groups(
    topics: Iterable[Topic], papers: dict[str, dict[str, Placed]], kind: TopicKind
) -> list[TopicGroup]:
    """The largest first, what belongs nowhere last."""
    members: dict[str, list[Topic]] = defaultdict(list)
    for topic in topics:
        members[kind.group_of(topic.name)].append(topic)
    groups = []
    for group, of_group in members.items():
        ids = {paper for topic in of_group for paper in papers[topic.src_uri]}
        groups.append(TopicGroup(group, _group_title(group), len(ids), tuple(of_group)))
    return sorted(groups, key=lambda group: (group.id == _OTHER, -group.papers, group.id))


def _list_pages(groups: Sequence[TopicGroup], kind: TopicKind) -> list[SitePage]:
    """All topics, on as many pages as they need."""
    everything = [(group, topic) for group in groups for topic in group.topics]
    starts = range(0, max(1, len(everything)), TOPICS_PER_PAGE)
    uris = page_number_uris(kind.index_uri, len(starts))
    largest = sorted((topic for _, topic in everything), key=lambda topic: -topic.papers)
    shown = "、".join(topic.title for topic in largest[:10])
    pages = []
    for number, (uri, start) in enumerate(zip(uris, starts, strict=True)):
        of_page = _regrouped(everything[start : start + TOPICS_PER_PAGE])
        pages.append(
            SitePage(
                src_uri=uri,
                title=f"{kind.title}（第 {number + 1} 页）" if number else kind.title,
                description=f"按{kind.title}浏览：{shown}" if shown else f"按{kind.title}浏览",
                template="topics.html",
                headings=tuple(Heading(f"group-{it.id}", it.title) for it in of_page if it.title),
                data={
                    "groups": of_page,
                    "kind": kind.title,
                    "count": len(everything),
                    "position": f"第 {number + 1} 页，共 {len(uris)} 页",
                    "before_uri": uris[number - 1] if number else None,
                    "after_uri": uris[number + 1] if number + 1 < len(uris) else None,
                },
            )
        )
    return pages


def _regrouped(pairs: Iterable[tuple[TopicGroup, Topic]]) -> list[TopicGroup]:
    members: dict[str, list[Topic]] = {}
    groups: dict[str, TopicGroup] = {}
    for group, topic in pairs:
        groups[group.id] = group
        members.setdefault(group.id, []).append(topic)
    return [
        TopicGroup(group.id, group.title, group.papers, tuple(members[group.id]))
        for group in groups.values()
    ]


def _paginated(topic: Topic, kind: TopicKind, papers: Sequence[Placed]) -> list[SitePage]:
    """Pages of one topic, numbered from the oldest, so that full pages never change again."""
    count = max(1, len(papers) // PAPERS_PER_PAGE)
    stem = topic.src_uri.removesuffix(".md")
    uris = [f"{stem}/{number}.md" for number in range(1, count)] + [topic.src_uri]
    oldest_first = papers[::-1]
    is_category = kind is CATEGORY_KIND
    known = CATEGORIES.get(topic.name) if is_category else None
    pages = []
    for number, uri in enumerate(uris):
        start = number * PAPERS_PER_PAGE
        end = None if uri == topic.src_uri else start + PAPERS_PER_PAGE
        position = "最新" if uri == topic.src_uri else f"从最早起第 {number + 1} 页"
        pages.append(
            SitePage(
                src_uri=uri,
                title=topic.title if is_category else f"{kind.title}：{topic.name}",
                description=(
                    f"{kind.title} {topic.title} 的 arXiv 论文中文摘要"
                    + (f"，共 {topic.papers} 篇。" if uri == topic.src_uri else f"，{position}。")
                ),
                template="topic.html",
                data={
                    "topic": topic,
                    "kind": kind.title,
                    "english": known.name if known else None,
                    "is_category": is_category,
                    "position": position,
                    "papers": oldest_first[start:end][::-1],
                    "older_uri": uris[number - 1] if number else None,
                    "newer_uri": uris[number + 1] if number + 1 < count else None,
                    "index_uri": kind.index_uri,
                },
            )
        )
    return pages
