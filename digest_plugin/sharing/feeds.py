"""Feeds: Atom for the site, each category and each tag, JSON Feed for the site; pure.

An entry is a paper, not a digest: a reader marks, keeps and filters papers, a category's feed can
hold nothing else, and one corrected sentence does not bring back thirty papers. Papers without
Chinese wait until they have some, because a reader program shows an entry once.

Everything comes from what is stored: the same files make the same bytes, on whatever day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import takewhile
from xml.etree import ElementTree as ET

from markupsafe import Markup

from digest_plugin.pages.all_pages import (
    GeneratedPages,
    Placed,
    SiteFacts,
    SitePage,
    Topic,
    digest_uri,
)
from digest_plugin.pages.exports import LABEL, abs_url, aigc_label, label_of, provenance
from digest_plugin.pages.outlines import EditionOutline, PaperOutline
from digest_plugin.papers import Paper
from digest_plugin.records.contents import Entry
from digest_plugin.sharing.public_site import PublicSite
from digest_plugin.text.rendering import environment, plain_text, without_controls

SITE_PAPERS = 100
"""The newest papers in the feeds of the site."""
TOPIC_PAPERS = 30
"""The newest papers in the feed of a category or tag."""
MOST_PAPERS = 300
"""In any feed: a day that brings more than the above is there as a whole up to this."""
AUTHORS = 10
"""Of a paper, as its page shows them; some have thousands."""
ATOM, JSON_FEED = "feed.xml", "feed.json"
"""Where the feeds of the site are, below its address."""

_EPOCH = date(1970, 1, 1)
_ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
_AIGC_NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
"""Of the implicit label in XMP, as TC260's guide to GB 45438-2025 lays down."""
_CATEGORY_SCHEME = "http://arxiv.org/schemas/atom"
_TYPES = {ATOM: "application/atom+xml", JSON_FEED: "application/feed+json"}
_RIGHTS = "论文元数据来自 arXiv（CC0），英文摘要版权归原作者。"


@dataclass(frozen=True)
class Item:
    """A paper as the feeds have it."""

    place: Placed
    """Where it can be read: the newest digest that lists it."""
    day: date
    """When it came onto the site: of the first digest that lists it."""
    tags: tuple[str, ...]
    """Of all digests that list it."""

    @cached_property
    def entry(self) -> Entry:
        """The paper with all its texts, read when it is first wanted."""
        return self.place.edition.entry(self.place.paper)

    @property
    def updated(self) -> datetime:
        """When its text last changed, as far as what is stored tells.

        That is the day the machine wrote it. What changed since without a day on file (a person's
        correction, the English of a new version, a withdrawal) moves it by some seconds, which
        depend on the text alone: whoever compares sees that it is another.
        """
        return _moment(max(self.day, _text_day(self.place.paper))) + _shift(self.entry)


def feeds(
    generated: GeneratedPages, editions: Sequence[EditionOutline], site: PublicSite
) -> Iterator[tuple[str, str]]:
    """Every feed: its path below the site's root, and its text. `editions` newest first."""
    items = feed_items(editions, site.facts)
    elements = _Elements(site)
    newest = newest_of(items.values(), SITE_PAPERS)
    yield ATOM, _atom(_Feed(ATOM, site.name, site.address), newest, elements, site)
    yield JSON_FEED, _json_feed(newest, site)
    for page in generated.pages:
        topic = topic_of(page)
        if topic is None or topic.src_uri != page.src_uri:  # older pages of a topic
            continue
        listed = dict.fromkeys(place.paper.id for place in places_on(page))
        newest = newest_of([items[name] for name in listed if name in items], TOPIC_PAPERS)
        feed = _Feed(topic_feed(topic), f"{site.name} · {page.title}", site.page(topic.src_uri))
        yield feed.path, _atom(feed, newest, elements, site)


def feed_links(site: PublicSite, page: SitePage | None = None) -> Markup:
    """The tags by which a reader program finds the feeds, for the head of a page: those of the
    site, and before them that of the category or tag that the generated `page` is about."""
    links = [(ATOM, site.name, _TYPES[ATOM]), (JSON_FEED, site.name, _TYPES[JSON_FEED])]
    topic = topic_of(page) if page else None
    if page and topic:
        links.insert(0, (topic_feed(topic), f"{site.name} · {page.title}", _TYPES[ATOM]))
    tag = Markup('<link rel="alternate" type="{}" title="{}" href="{}">')
    return Markup().join(
        tag.format(kind, without_controls(title), site.file(path)) for path, title, kind in links
    )


def topic_feed(topic: Topic) -> str:
    """The path of the feed of a category or tag: beside its page."""
    return f"{topic.src_uri.removesuffix('.md')}/{ATOM}"


def topic_of(page: SitePage) -> Topic | None:
    """The category or tag that a page lists the papers of."""
    topic = page.data.get("topic")
    return topic if isinstance(topic, Topic) else None


def places_on(page: SitePage) -> list[Placed]:
    """The papers that the page of a topic lists, newest first."""
    papers = page.data.get("papers")
    listed = papers if isinstance(papers, list) else []
    return [place for place in listed if isinstance(place, Placed)]


# What is in a feed


def feed_items(editions: Sequence[EditionOutline], facts: SiteFacts) -> dict[str, Item]:
    """Every paper with Chinese by identifier, in the order of `editions`, newest first."""
    places: dict[str, Placed] = {}
    days: dict[str, date] = {}
    tags: dict[str, dict[str, None]] = {}
    for edition in editions:
        uri = digest_uri(edition, facts)
        for paper in edition.entries:
            if paper.state == "pending":
                continue
            places.setdefault(paper.id, Placed(paper, edition, uri))
            tags.setdefault(paper.id, {}).update(dict.fromkeys(paper.tags))
            if edition.date is not None:
                days[paper.id] = edition.date  # the oldest comes last
    return {
        name: Item(place, days.get(name) or _text_day(place.paper), tuple(tags[name]))
        for name, place in places.items()
    }


def newest_of(items: Iterable[Item], least: int) -> list[Item]:
    """The newest `least` of `items`, and more if the newest day has more; those of a day stay in
    their order."""
    ordered = sorted(items, key=lambda item: item.day, reverse=True)
    of_newest_day = sum(1 for _ in takewhile(lambda item: item.day == ordered[0].day, ordered))
    return ordered[: max(least, min(of_newest_day, MOST_PAPERS))]


def _text_day(paper: PaperOutline) -> date:
    """No paper with Chinese is without such a day."""
    return paper.written_day or paper.published_day or _EPOCH


def _shift(entry: Entry) -> timedelta:
    """Less than an hour; none if the text is what the machine wrote on its day."""
    record, chinese = entry.record, entry.chinese
    parts: list[str] = []
    if record is not None and (
        record.written is None or record.written.source_hash != record.paper.source_hash
    ):
        parts.append(record.paper.source_hash)
    if record is not None and record.paper.withdrawn:
        parts.append("withdrawn")
    if entry.correction is not None and chinese is not None:
        parts += [chinese.title, chinese.summary, chinese.abstract, entry.correction.by or ""]
    if not parts:
        return timedelta()
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return timedelta(seconds=1 + int.from_bytes(digest[:4]) % 3599)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


# Atom: https://www.rfc-editor.org/rfc/rfc4287


@dataclass(frozen=True)
class _Feed:
    path: str
    title: str
    page: str
    """The address of the page that shows the same."""


class _Elements:
    """The entries of one site's feeds, each made once however many feeds it is in."""

    def __init__(self, site: PublicSite) -> None:
        self._site = site
        self._made: dict[str, ET.Element] = {}

    def of(self, item: Item) -> ET.Element:
        """The element `entry` of a paper."""
        name = item.place.paper.id
        if name not in self._made:
            self._made[name] = _entry_element(item, self._site)
        return self._made[name]


def _atom(feed: _Feed, items: Sequence[Item], elements: _Elements, site: PublicSite) -> str:
    root = ET.Element("feed", {"xmlns": _ATOM_NAMESPACE, "xml:lang": "zh-CN"})
    root.text = "\n"
    own = site.file(feed.path)
    _add(root, "id", site.tag(feed.path.removesuffix(".xml")))
    _add(root, "title", without_controls(feed.title))
    if site.description:
        _add(root, "subtitle", site.description)
    updated = max((item.updated for item in items), default=_moment(_EPOCH))
    _add(root, "updated", _rfc3339(updated))
    _add(root, "link", rel="self", type=_TYPES[ATOM], href=own)
    _add(root, "link", rel="alternate", type="text/html", href=feed.page)
    author = _add(root, "author")
    _add(author, "name", site.name)
    _add(author, "uri", site.address)
    _add(root, "rights", f"{LABEL}{_RIGHTS}")
    _add(root, "generator", "mkdocs-arxiv-digest")
    _add(root, "TC260:AIGC", aigc_label(site.name, own), **{"xmlns:TC260": _AIGC_NAMESPACE})
    root.extend(elements.of(item) for item in items)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _entry_element(item: Item, site: PublicSite) -> ET.Element:
    """One paper. Elements that readers know, in plain words: many of them drop MathML, and one or
    the other takes `<` in a title for HTML."""
    entry = item.entry
    element = ET.Element("entry")
    element.tail = "\n"
    _add(element, "id", _id(entry, site))
    _add(element, "title", _title(entry))
    _add(element, "published", _rfc3339(_moment(item.day)))
    _add(element, "updated", _rfc3339(item.updated))
    for name in _author_names(entry.paper):
        _add(_add(element, "author"), "name", name)
    _add(element, "link", rel="alternate", type="text/html", href=_url(item, site))
    _add(element, "link", rel="related", type="text/html", href=abs_url(entry))
    if entry.paper:
        for category in entry.paper.categories:
            _add(element, "category", term=without_controls(category), scheme=_CATEGORY_SCHEME)
    for tag in item.tags:
        _add(element, "category", term=without_controls(tag), scheme=site.page("tags/index.md"))
    _add(element, "summary", _summary(entry))
    _add(element, "content", content_html(item, site), type="html")
    return element


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, attributes)
    element.text = text
    return element


# JSON Feed: https://www.jsonfeed.org/version/1.1/


def _json_feed(items: Sequence[Item], site: PublicSite) -> str:
    own = site.file(JSON_FEED)
    data = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.name,
        "home_page_url": site.address,
        "feed_url": own,
        "description": site.description,
        "language": "zh-CN",
        "authors": [{"name": site.name, "url": site.address}],
        "_aigc": {"about": LABEL, "AIGC": json.loads(aigc_label(site.name, own))},
        "items": [_json_item(item, site) for item in items],
    }
    if not site.description:
        del data["description"]
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _json_item(item: Item, site: PublicSite) -> dict[str, object]:
    entry = item.entry
    categories = entry.paper.categories if entry.paper else ()
    return {
        "id": _id(entry, site),
        "url": _url(item, site),
        "external_url": abs_url(entry),
        "title": _title(entry),
        "summary": _summary(entry),
        "content_html": content_html(item, site),
        "date_published": _rfc3339(_moment(item.day)),
        "date_modified": _rfc3339(item.updated),
        "authors": [{"name": name} for name in _author_names(entry.paper)],
        "tags": [without_controls(tag) for tag in (*categories, *item.tags)],
        "language": "zh-CN",
    }


# What both have


def _id(entry: Entry, site: PublicSite) -> str:
    return site.tag(f"arxiv/{entry.id}")


def _title(entry: Entry) -> str:
    return plain_text(entry.chinese.title) if entry.chinese else f"arXiv:{entry.id}"


def _summary(entry: Entry) -> str:
    """With whose words they are: lists of entries show nothing else."""
    label = label_of(entry)
    return f"{plain_text(entry.chinese.summary)}（{label}）" if entry.chinese else label


def _url(item: Item, site: PublicSite) -> str:
    return site.page(item.place.src_uri, item.place.paper.id)


def _author_names(paper: Paper | None) -> list[str]:
    names = [without_controls(author.name) for author in paper.authors[:AUTHORS]] if paper else []
    return [name for name in names if name.strip()]


def content_html(item: Item, site: PublicSite) -> str:
    """All that a reader program shows of a paper: the Chinese, its label, the whole English."""
    return environment().get_template("feed_entry.html").render(
        entry=item.entry,
        url=_url(item, site),
        arxiv_url=abs_url(item.entry),
        label=LABEL,
        provenance=provenance,
        authors=AUTHORS,
        plain=plain_text,
    )  # fmt: skip
