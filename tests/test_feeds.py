"""Feeds: what reader programs make of them, what is in them, and when an entry changes."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds import Node, parse
from digest_plugin.pages.all_pages import (
    SiteFacts,
    category_uri,
    tag_uri,
)
from digest_plugin.pages.exports import LABEL
from digest_plugin.papers import Author, Chinese, Correction
from digest_plugin.records.contents import Edition, Entry
from digest_plugin.sharing import feeds as feeds_module
from digest_plugin.sharing.feeds import (
    AUTHORS,
    MOST_PAPERS,
    SITE_PAPERS,
    TOPIC_PAPERS,
    feed_links,
)
from digest_plugin.sharing.public_site import PublicSite
from digest_plugin.text.rendering import plain_text
from outlined import feeds, site_pages
from test_pages import (
    CHINESE,
    MOMENT,
    NASTY,
    SITE,
    edition,
    entry,
    shown,
    unknown,
    url_of,
    with_current_source,
)

ADDRESS = "https://example.org/site/"
PUBLIC = PublicSite(SITE, ADDRESS, url_of)
ATOM = "{http://www.w3.org/2005/Atom}"
AIGC = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"
CORRECTION = Correction("2403.00001", "docs/corrections/x.yml", title="人写", by="张三")


def all_feeds(*editions: Edition, site: PublicSite = PUBLIC) -> dict[str, str]:
    found = list(feeds(site_pages(editions, site.facts), editions, site))
    assert len({path.casefold() for path, _ in found}) == len(found)
    return dict(found)


def atom(*editions: Edition, path: str = "feed.xml") -> ET.Element:
    return ET.fromstring(all_feeds(*editions)[path])


def json_feed(*editions: Edition) -> dict:
    return json.loads(all_feeds(*editions)["feed.json"])


def entries_by_id(feed: ET.Element) -> dict[str, str]:
    """The XML of each entry."""
    return {e.findtext(f"{ATOM}id"): ET.tostring(e, "unicode") for e in feed.iter(f"{ATOM}entry")}


def the_entry(*editions: Edition) -> ET.Element:
    (only,) = atom(*editions).iter(f"{ATOM}entry")
    return only


def updated(*editions: Edition) -> datetime:
    return datetime.fromisoformat(the_entry(*editions).findtext(f"{ATOM}updated"))


def papers_of(feed: ET.Element) -> list[str]:
    return [e.findtext(f"{ATOM}id").rpartition("/arxiv/")[2] for e in feed.iter(f"{ATOM}entry")]


def html_of(element: ET.Element) -> Node:
    content = element.find(f"{ATOM}content")
    assert content.attrib == {"type": "html"}
    return parse(content.text)


def fresh(*args: object, **fields: object) -> Entry:
    """A paper whose Chinese was written from the English that it shows."""
    return with_current_source(entry(*args, **fields))


def numbered(count: int, first: int = 1, **fields: object) -> list[Entry]:
    return [fresh(f"2403.{number:05}", **fields) for number in range(first, first + count)]


# Which feeds there are


def test_there_is_a_feed_for_the_site_and_for_each_category_and_tag() -> None:
    """Each lies beside its page, and all say where they are and which page shows the same."""
    made = all_feeds(edition(entry(tags=("端侧模型", "A b")), entry("2403.00002")))
    topics = [category_uri("cs.CV"), category_uri("cs.AI"), tag_uri("端侧模型"), tag_uri("A b")]
    paths = {uri.removesuffix(".md") + "/feed.xml" for uri in topics}
    assert set(made) == {"feed.xml", "feed.json", *paths}
    for path in set(made) - {"feed.json"}:
        links = {
            link.get("rel"): link.get("href")
            for link in ET.fromstring(made[path]).findall(f"{ATOM}link")
        }
        assert unquote(links["self"]) == ADDRESS + path
        assert unquote(links["alternate"]) == ADDRESS + path.removesuffix("feed.xml")


def test_a_category_has_its_papers_and_no_others() -> None:
    """Cross-lists count; the entries are those of the site's feed, letter by letter."""
    listed = edition(
        fresh("2403.00001", categories=("cs.CV", "cs.AI"), tags=("图",)),
        fresh("2403.00002", categories=("cs.AI",)),
        fresh("2403.00003", categories=("math.CO",)),
    )
    whole = entries_by_id(atom(listed))
    for path, wanted in {
        "categories/cs.AI/feed.xml": ["2403.00001", "2403.00002"],
        "categories/cs.CV/feed.xml": ["2403.00001"],
        "categories/math.CO/feed.xml": ["2403.00003"],
        "tags/图/feed.xml": ["2403.00001"],
    }.items():
        feed = atom(listed, path=path)
        assert papers_of(feed) == wanted
        assert entries_by_id(feed).items() <= whole.items()


def test_a_site_without_papers_has_feeds_without_entries() -> None:
    """They are there for whoever subscribes early, and read as feeds."""
    for editions in ([], [edition(unknown())], [edition(entry(chinese=None))]):
        made = all_feeds(*editions)
        for path in set(made) - {"feed.json"}:
            feed = feedparser.parse(made[path])
            assert not feed.bozo
            assert not feed.entries
            assert feed.feed.updated == "1970-01-01T00:00:00Z"
        assert json.loads(made["feed.json"])["items"] == []


def test_a_site_without_an_address_has_none() -> None:
    """Ids and links need it."""
    assert PublicSite.at(None, SITE, url_of) is None
    assert PublicSite.at("", SITE, url_of) is None
    site = PublicSite.at("https://example.org/site", SITE, url_of)
    assert site is not None
    assert site.address == ADDRESS


def test_a_page_links_to_the_feeds_and_a_topic_to_its_own_first() -> None:
    """On all pages of the topic; text in titles stays text."""
    facts = replace(SITE, name='<b>"站&\x00')
    site = replace(PUBLIC, facts=facts)
    pages = {page.src_uri: page for page in site_pages([edition(entry(tags=("图",)))], facts).pages}
    for page, first in (
        (None, "feed.xml"),
        (pages["archive.md"], "feed.xml"),
        (pages["tags/图.md"], "tags/%E5%9B%BE/feed.xml"),
        (pages["categories/cs.AI.md"], "categories/cs.AI/feed.xml"),
    ):
        links = parse(feed_links(site, page)).find("link")
        hrefs = [link.attributes["href"].removeprefix(ADDRESS) for link in links]
        assert hrefs == list(dict.fromkeys([first, "feed.xml", "feed.json"]))
        for link, href in zip(links, hrefs, strict=True):
            assert link.attributes["rel"] == "alternate"
            kind = "application/feed+json" if href.endswith("json") else "application/atom+xml"
            assert link.attributes["type"] == kind
            assert link.attributes["title"].startswith('<b>"站&')
            assert set(link.attributes) == {"rel", "type", "title", "href"}


# What an entry says


def test_an_entry_holds_the_whole_text_of_a_paper() -> None:
    """Chinese and English, people, categories, tags, and where to read on."""
    element = the_entry(edition(fresh("hep-th/9901001", tags=("图", "谱"))))
    assert element.findtext(f"{ATOM}title") == "知识图谱"
    assert element.findtext(f"{ATOM}summary") == "图谱有用。（AI 生成）"
    names = [author.findtext(f"{ATOM}name") for author in element.findall(f"{ATOM}author")]
    assert names == ["Ada Lovelace", "Emmy Noether"]
    links = {link.get("rel"): link.get("href") for link in element.findall(f"{ATOM}link")}
    assert links == {
        "alternate": f"{ADDRESS}digests/2024-03-20/#hep-th/9901001",
        "related": "https://arxiv.org/abs/hep-th/9901001",
    }
    categories = [(c.get("term"), c.get("scheme")) for c in element.findall(f"{ATOM}category")]
    assert categories == [
        ("cs.CV", "http://arxiv.org/schemas/atom"),
        ("cs.AI", "http://arxiv.org/schemas/atom"),
        ("图", f"{ADDRESS}tags/"),
        ("谱", f"{ADDRESS}tags/"),
    ]
    html = html_of(element)
    for text in ("图谱有用。", "我们研究图谱。图谱有用。", "Ada Lovelace, Emmy Noether"):
        assert text in html.text
    english = html.one("div", lang="en")
    assert "Knowledge Graphs" in english.text
    assert "We study graphs. They help." in english.text
    assert {a.attributes["href"] for a in html.find("a")} == set(links.values())


def test_a_list_that_asks_for_a_version_links_to_it() -> None:
    """The id does not say so: the next list may ask for another."""
    pinned = the_entry(edition(fresh("2403.12151v2", version=2)))
    newest = the_entry(edition(fresh("2403.12151", version=2)))
    related = pinned.find(f"{ATOM}link[@rel='related']")
    assert related.get("href") == "https://arxiv.org/abs/2403.12151v2"
    assert pinned.findtext(f"{ATOM}id") == newest.findtext(f"{ATOM}id")


def test_the_label_is_in_every_entry_and_every_feed() -> None:
    """As the law asks: in words where readers see them, and as metadata."""
    listed = edition(
        fresh("2403.00001", correction=CORRECTION), *numbered(3, 2), entry("2403.99999")
    )
    made = all_feeds(listed)
    for path in set(made) - {"feed.json"}:
        root = ET.fromstring(made[path])
        assert LABEL in root.findtext(f"{ATOM}rights")
        assert json.loads(root.findtext(AIGC))["Label"] == "1"
        for element in root.iter(f"{ATOM}entry"):
            assert LABEL in html_of(element).text
            assert re.search("（(AI 生成|经人工校对)）$", element.findtext(f"{ATOM}summary"))
    data = json.loads(made["feed.json"])
    assert data["_aigc"]["AIGC"]["Label"] == "1"
    assert len(data["items"]) == 5
    for item in data["items"]:
        assert LABEL in parse(item["content_html"]).text
    corrected = data["items"][0]
    assert corrected["title"] == "人写"
    assert "本篇：经人工校对：张三" in parse(corrected["content_html"]).text
    assert "经人工校对" not in parse(data["items"][1]["content_html"]).text


def test_formulas_are_words_because_readers_drop_mathml() -> None:
    """What a program shows that knows no formula still reads."""
    chinese = Chinese("界 $x^2 \\leq \\alpha$", "是 $O(n)$。", "有 $\\beta$。")
    element = the_entry(edition(fresh(chinese=chinese, abstract="With $\\gamma > 0$.")))
    assert element.findtext(f"{ATOM}title") == "界 x^2 ≤α"
    text = html_of(element).text
    assert "有 β。" in text
    assert "With γ> 0." in text or "With γ > 0." in text
    assert not html_of(element).find("math")


def test_papers_without_chinese_wait() -> None:
    """A reader program shows an entry once: it is there when there is something to read."""
    listed = edition(entry("2403.00001", chinese=None), unknown("2403.00002"), fresh("2403.00003"))
    assert papers_of(atom(listed)) == ["2403.00003"]
    assert [item["id"][-10:] for item in json_feed(listed)["items"]] == ["2403.00003"]


def test_a_withdrawn_paper_says_so_and_why() -> None:
    """At the beginning of its text."""
    listed = edition(fresh(withdrawn=True, comment="An error in <b>Lemma 2</b>"))
    first = html_of(the_entry(listed)).find("p")[0]
    assert first.text == "这篇论文已被撤回。An error in <b>Lemma 2</b>"


def test_a_paper_of_thousands_names_the_first() -> None:
    """No feed has megabytes of names."""
    crowd = tuple(Author(f"Author {number}") for number in range(3000))
    listed = edition(fresh(authors=crowd))
    assert len(the_entry(listed).findall(f"{ATOM}author")) == AUTHORS
    assert "等 3000 人" in html_of(the_entry(listed)).text
    assert len(json_feed(listed)["items"][0]["authors"]) == AUTHORS
    assert len(all_feeds(listed)["feed.xml"]) < 10_000


def test_a_paper_without_authors_has_that_of_the_feed() -> None:
    """RFC 4287 wants an author on each entry or on the feed."""
    root = atom(edition(fresh(authors=(Author("\x00"),))))
    assert root.find(f"{ATOM}entry/{ATOM}author") is None
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "试验站"


def test_an_editors_note_is_markdown_without_raw_html() -> None:
    """As on the page."""
    html = html_of(the_entry(edition(fresh(note="**推荐** <script>alert(1)</script>"))))
    assert html.one("blockquote").one("strong").text == "推荐"
    assert not html.find("script")


# That programs can read it


@given(st.lists(st.tuples(NASTY, NASTY, NASTY, NASTY, NASTY), min_size=1, max_size=3), NASTY)
@settings(max_examples=80)
def test_any_text_comes_out_as_that_text(
    texts: list[tuple[str, str, str, str, str]], name: str
) -> None:
    """A strict XML parser, a reader's parser and JSON get the text, and no element comes of it."""
    papers = [
        fresh(
            f"2403.{number:05}",
            Chinese(f"题{a}", f"句{b}", f"文{c}"),
            title=f"T{d}",
            abstract=f"A{e}",
            authors=(Author(f"N{a}"),),
            comment=f"C{b}",
            withdrawn=True,
            categories=(f"cs{c}",),
            tags=(f"标{e}",),
        )
        for number, (a, b, c, d, e) in enumerate(texts, 1)
    ]
    site = PublicSite(SiteFacts(f"站{name}", name), ADDRESS, url_of)
    listed = edition(*papers)
    made = dict(feeds(site_pages([listed], site.facts), [listed], site))
    plain = [
        node.tag for node in html_of(the_entry(edition(fresh(withdrawn=True, comment="x")))).walk()
    ]
    for path in set(made) - {"feed.json"}:
        made[path].encode("utf-8")
        read = feedparser.parse(made[path])
        assert not read.bozo, read.bozo_exception
        assert shown(read.feed.title).startswith(shown(f"站{name}"))
        for element in ET.fromstring(made[path]).iter(f"{ATOM}entry"):
            number = int(element.findtext(f"{ATOM}id")[-5:])
            a, b, c, d, e = texts[number - 1]
            assert shown(element.findtext(f"{ATOM}title")) == shown(plain_text(f"题{a}"))
            html = html_of(element)
            assert [node.tag for node in html.walk()] == plain
            for text in (f"句{b}", f"文{c}", f"T{d}", f"A{e}", f"C{b}"):
                assert shown(plain_text(text)) in html.text
    data = json.loads(made["feed.json"])
    assert [shown(item["title"]) for item in data["items"]] == [
        shown(plain_text(f"题{a}")) for a, *_ in texts
    ]
    made["feed.json"].encode("utf-8")


def test_atom_has_what_rfc_4287_asks_for() -> None:
    """Each required element once, no element that it does not know, absolute addresses."""
    listed = [edition(*numbered(3, tags=("图",))), edition(fresh(), name="other", date=None)]
    single = {"id", "title", "updated", "published", "summary", "content", "rights", "subtitle"}
    many = {"author", "link", "category", "entry", "generator"}
    for path, text in all_feeds(*listed).items():
        if path == "feed.json":
            continue
        root = ET.fromstring(text)
        for element in [root, *root.iter(f"{ATOM}entry")]:
            names = Counter(child.tag.removeprefix(ATOM) for child in element)
            assert {"id", "title", "updated", "author"} <= set(names)
            assert set(names) <= single | many | {AIGC}
            assert all(names[name] <= 1 for name in single)
            assert [link.get("rel") for link in element.findall(f"{ATOM}link")].count(
                "alternate"
            ) == 1
        for link in root.iter(f"{ATOM}link"):
            assert urlsplit(link.get("href")).netloc in {"example.org", "arxiv.org"}
        for name in ("updated", "published"):
            for element in root.iter(f"{ATOM}{name}"):
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.text)
        ids = [element.text for element in root.iter(f"{ATOM}id")]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"tag:example\.org,2024:/site/[^\s<>#]+", each) for each in ids)
        latest = max(element.text for element in root.findall(f"{ATOM}entry/{ATOM}updated"))
        assert root.findtext(f"{ATOM}updated") == latest


def test_json_feed_has_what_version_1_1_asks_for() -> None:
    """https://www.jsonfeed.org/version/1.1/: required keys, known keys, their types."""
    data = json_feed(edition(*numbered(3)))
    assert data["version"] == "https://jsonfeed.org/version/1.1"
    assert data["title"] == "试验站"
    assert data["home_page_url"] == ADDRESS
    assert data["feed_url"] == f"{ADDRESS}feed.json"
    known = {"version", "title", "home_page_url", "feed_url", "description", "language", "authors"}
    assert set(data) == known | {"items", "_aigc"}
    for item in data["items"]:
        assert set(item) == {
            "id", "url", "external_url", "title", "summary", "content_html", "date_published",
            "date_modified", "authors", "tags", "language",
        }  # fmt: skip
        lists = {"authors", "tags"}
        assert all(isinstance(item[key], list if key in lists else str) for key in item)
        assert all(set(author) == {"name"} for author in item["authors"])
        for key in ("date_published", "date_modified"):
            assert datetime.fromisoformat(item[key]).tzinfo is not None
    assert "description" not in json.loads(
        all_feeds(site=replace(PUBLIC, facts=SiteFacts("站")))["feed.json"]
    )


def test_both_feeds_of_the_site_say_the_same() -> None:
    """Ids, dates, addresses, texts."""
    listed = edition(*numbered(4, tags=("图",)), fresh("2403.12151", correction=CORRECTION))
    for element, item in zip(
        atom(listed).iter(f"{ATOM}entry"), json_feed(listed)["items"], strict=True
    ):
        for name, key in {
            "id": "id", "title": "title", "summary": "summary", "content": "content_html",
            "published": "date_published", "updated": "date_modified",
        }.items():  # fmt: skip
            assert element.findtext(f"{ATOM}{name}") == item[key]
        tags = [category.get("term") for category in element.findall(f"{ATOM}category")]
        assert tags == item["tags"]


# How long they are


def test_feeds_do_not_grow_with_the_site() -> None:
    """The newest papers, and only those."""
    days = [f"2024-03-{day:02}" for day in range(28, 0, -1)]
    editions = [
        edition(*numbered(10, 1 + 10 * number), name=day) for number, day in enumerate(days)
    ]
    made = all_feeds(*editions)
    newest = [f"2403.{number:05}" for number in range(1, SITE_PAPERS + 1)]
    assert papers_of(ET.fromstring(made["feed.xml"])) == newest
    assert len(json.loads(made["feed.json"])["items"]) == SITE_PAPERS
    topic = ET.fromstring(made["categories/cs.AI/feed.xml"])
    assert papers_of(topic) == newest[:TOPIC_PAPERS]


def test_a_day_of_many_papers_is_there_as_a_whole_up_to_a_bound() -> None:
    """Whoever looks once a day misses none."""
    older = edition(*numbered(5, 1000), name="2024-03-01")
    for count, expected in ((SITE_PAPERS + 20, SITE_PAPERS + 20), (MOST_PAPERS + 9, MOST_PAPERS)):
        papers = papers_of(atom(edition(*numbered(count)), older))
        assert papers == [f"2403.{number:05}" for number in range(1, expected + 1)]


def test_only_what_is_in_a_feed_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each paper once for all Atom feeds: the time that feeds take does not grow with the site."""
    made: list[str] = []
    real = feeds_module.content_html

    def counted(item: feeds_module.Item, site: PublicSite) -> str:
        made.append(item.entry.id)
        return real(item, site)

    monkeypatch.setattr(feeds_module, "content_html", counted)
    days = [f"2024-03-{day:02}" for day in range(28, 0, -1)]
    all_feeds(
        *(edition(*numbered(10, 1 + 10 * number), name=day) for number, day in enumerate(days))
    )
    assert len(made) == 2 * SITE_PAPERS  # Atom and JSON
    assert set(made) == {f"2403.{number:05}" for number in range(1, SITE_PAPERS + 1)}


def test_papers_stand_in_the_order_in_which_they_came() -> None:
    """By their first day, on a day as the site has them; in lists without a date by when they were
    written."""
    editions = [
        edition(fresh("2403.00001"), fresh("2403.00002"), name="2024-03-22"),
        edition(fresh("2403.00003"), fresh("2403.00001"), name="2024-03-19"),
        edition(fresh("2403.00004"), name="topic"),  # written on the 20th
    ]
    assert papers_of(atom(*editions)) == ["2403.00002", "2403.00004", "2403.00001", "2403.00003"]


# What stays, and what changes when


def test_ids_stay_whatever_happens_to_a_list() -> None:
    """A renamed list, another order, a new version, a second list, https: no paper comes twice."""
    before = entries_by_id(atom(edition(*numbered(3))))
    for editions in (
        [edition(*numbered(3)[::-1], name="other")],
        [edition(*numbered(3, version=2), title="新")],
        [edition(*numbered(2), name="2024-04-01"), edition(*numbered(3))],
    ):
        assert entries_by_id(atom(*editions)).keys() == before.keys()
    for address in ("http://example.org/site/", "https://EXAMPLE.org:8443/site/"):
        site = PublicSite(SITE, address, url_of)
        text = all_feeds(edition(*numbered(3)), site=site)["feed.xml"]
        assert entries_by_id(ET.fromstring(text)).keys() == before.keys()
    elsewhere = PublicSite(SITE, "https://example.org/other/", url_of)
    text = all_feeds(edition(*numbered(3)), site=elsewhere)["feed.xml"]
    assert not entries_by_id(ET.fromstring(text)).keys() & before.keys()


def test_an_entry_was_published_when_the_first_list_had_it() -> None:
    """A later list makes nothing new of it; it links to where it now stands."""
    first = edition(fresh(), name="2024-03-20")
    later = edition(fresh(), name="2024-05-01")
    element = the_entry(later, first)
    assert element.findtext(f"{ATOM}published") == "2024-03-20T00:00:00Z"
    assert element.findtext(f"{ATOM}updated") == "2024-03-20T00:00:00Z"
    link = element.find(f"{ATOM}link[@rel='alternate']")
    assert link.get("href") == f"{ADDRESS}digests/2024-05-01/#2403.12151"


def test_a_text_from_the_machine_was_updated_on_the_day_it_was_written() -> None:
    """And on the day of its list if that is later."""
    assert updated(edition(fresh(), name="2024-03-01")) == datetime(2024, 3, 20, tzinfo=UTC)
    assert updated(edition(fresh(), name="2024-04-01")) == datetime(2024, 4, 1, tzinfo=UTC)


CHANGES = {
    "a correction": lambda e: replace(e, correction=CORRECTION),
    "another correction": lambda e: replace(e, correction=replace(CORRECTION, title="再改")),
    "another name": lambda e: replace(e, correction=replace(CORRECTION, by="李四")),
    "new English": lambda e: with_paper(e, abstract="We study other graphs."),
    "newer English": lambda e: with_paper(e, abstract="We study no graphs."),
    "a withdrawal": lambda e: with_paper(e, withdrawn=True),
    "a text written anew": lambda e: with_written(e, day=date(2024, 6, 1)),
}
NO_CHANGES = {
    "a version": lambda e: with_paper(e, version=2, updated=MOMENT + timedelta(days=9)),
    "a comment": lambda e: with_paper(e, comment="12 pages", doi="10.1000/1"),
    "a category": lambda e: with_paper(e, categories=("cs.CV", "math.CO")),
    "tokens": lambda e: with_written(e, input_tokens=99),
    "a tag": lambda e: replace(e, listed=replace(e.listed, tags=("图",))),
    "a line": lambda e: replace(e, listed=replace(e.listed, line=7)),
}


def with_paper(entry: Entry, **fields: object) -> Entry:
    paper = replace(entry.record.paper, **fields)
    return replace(entry, record=replace(entry.record, paper=paper))


def with_written(entry: Entry, **fields: object) -> Entry:
    written = replace(entry.record.written, **fields)
    return replace(entry, record=replace(entry.record, written=written))


def test_each_change_of_the_text_moves_updated_to_a_moment_of_its_own() -> None:
    """Whoever compares sees that it is another; undone, it is as before."""
    plain = fresh()
    moments = {name: updated(edition(change(plain))) for name, change in CHANGES.items()}
    moments["none"] = updated(edition(plain))
    assert len(set(moments.values())) == len(moments)
    for name, moment in moments.items():
        later = moment - moments["none"]
        assert name == "a text written anew" or timedelta() <= later < timedelta(hours=1)


@pytest.mark.parametrize("name", NO_CHANGES)
def test_what_is_no_change_of_the_text_does_not_move_updated(name: str) -> None:
    """A version alone, what arXiv notes of it, tags, tokens: nobody has to read it again."""
    for before in (fresh(), fresh(correction=CORRECTION), fresh(withdrawn=True)):
        assert updated(edition(NO_CHANGES[name](before))) == updated(edition(before))


def test_a_text_that_no_machine_wrote_has_a_date_of_its_own() -> None:
    """A whole correction without a record of writing: the list's day, or arXiv's."""
    whole = Correction("2403.12151", "docs/corrections/x.yml", "题", "句。", "文。")
    by_hand = entry(chinese=None, correction=whole)
    dated = updated(edition(by_hand))
    assert timedelta() < dated - datetime(2024, 3, 20, tzinfo=UTC) < timedelta(hours=1)
    undated = the_entry(edition(by_hand, name="topic"))
    assert undated.findtext(f"{ATOM}published") == "2024-03-18T00:00:00Z"


@given(
    st.integers(0, 4),
    st.sampled_from([*CHANGES.values(), *NO_CHANGES.values()]),
    st.lists(st.sampled_from([CHINESE, None]), min_size=5, max_size=5),
)
@settings(max_examples=60)
def test_an_edit_of_one_paper_changes_no_other_entry(
    edited: int, change: object, chinese: list[Chinese | None]
) -> None:
    """In no feed, not by a letter."""
    papers = [fresh(f"2403.{n:05}", CHINESE, tags=("图",)) for n in range(1, 6)]
    for number, text in enumerate(chinese):
        if text is None and number != edited:
            papers[number] = entry(f"2403.{number + 1:05}", None)
    changed = [change(p) if n == edited else p for n, p in enumerate(papers)]
    before, after = (
        [edition(*each[:3], name="2024-03-20"), edition(*each[2:], name="2024-03-18")]
        for each in (papers, changed)
    )
    feeds_before, feeds_after = all_feeds(*before), all_feeds(*after)
    own = f"/arxiv/2403.{edited + 1:05}"
    for path in feeds_before.keys() & feeds_after.keys() - {"feed.json"}:
        old, new = (
            entries_by_id(ET.fromstring(each[path])) for each in (feeds_before, feeds_after)
        )
        for name in (old | new).keys():
            assert name.endswith(own) or old.get(name) == new.get(name)


def test_the_same_contents_make_the_same_bytes() -> None:
    """Whatever the day: nothing in a feed says when it was made."""

    def once() -> dict[str, str]:
        return all_feeds(edition(*numbered(5, tags=("图", "谱"))), edition(fresh(), name="x"))

    first = once()
    assert once() == first
    today = datetime.now(UTC).date()
    for text in first.values():
        assert str(today.year) not in re.findall(r"\d{4}(?=-\d\d-\d\d)", text)
