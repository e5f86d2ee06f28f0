"""The head of pages and llms.txt: what search engines, chat programs and models are told."""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import replace
from datetime import date
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds import Node, parse
from digest_plugin.pages.all_pages import (
    SiteFacts,
    SitePage,
)
from digest_plugin.pages.exports import LABEL
from digest_plugin.papers import Author, Chinese
from digest_plugin.records.contents import Edition
from digest_plugin.records.runs import History
from digest_plugin.sharing.linked_data import (
    DESCRIBED_PAPERS,
    LATEST_DIGESTS,
    LISTED_AUTHORS,
    LISTED_PAPERS,
    head_tags,
    last_changed,
    written_subject,
)
from digest_plugin.sharing.public_site import PublicSite
from digest_plugin.text.rendering import plain_text
from outlined import generated_subject, llms_txt, share_pictures, site_pages, status_of
from test_pages import NASTY, SITE, edition, entry, shown, unknown, url_of

ADDRESS = "https://example.org/site/"
PUBLIC = PublicSite(SITE, ADDRESS, url_of)

SCHEMA = {
    "WebSite": {"url", "name", "description", "inLanguage", "image"},
    "WebPage": {"url", "name", "description", "inLanguage", "isPartOf", "image"},
    "CollectionPage": {
        "url", "name", "description", "inLanguage", "isPartOf", "image", "datePublished",
        "dateModified", "digitalSourceType", "mainEntity",
    },
    "ItemList": {"numberOfItems", "itemListElement"},
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position", "item", "url", "name"},
    "ScholarlyArticle": {
        "url", "sameAs", "name", "alternateName", "author", "datePublished", "inLanguage",
    },
    "Person": {"name"},
}  # fmt: skip
"""Types and properties of https://schema.org that we use, as it spells them."""
URLS = {"url", "sameAs", "image", "digitalSourceType", "@id"}


def pages_of(*editions: Edition, facts: SiteFacts = SITE) -> dict[str, SitePage]:
    generated = site_pages(editions, facts, status_of(editions, History(()), [], "0.1.0"))
    return {page.src_uri: page for page in [*generated.pages, generated.home]}


def head(page: SitePage, site: PublicSite = PUBLIC, **options: object) -> Node:
    return parse(head_tags(generated_subject(page, site, **options), site))


def digest_head(*entries: object, **fields: object) -> Node:
    listed = edition(*entries, **fields)
    return head(pages_of(listed)[f"digests/{listed.name}.md"])


def data_of(html: Node) -> dict:
    script = html.one("script")
    assert script.attributes == {"type": "application/ld+json"}
    (text,) = script.children
    return json.loads(text)


def node_of(html: Node, *types: str) -> dict:
    (node,) = [node for node in data_of(html)["@graph"] if node["@type"] in types]
    return node


def metas(html: Node) -> dict[str, str]:
    found = [
        (meta.attributes.get("property") or meta.attributes["name"], meta.attributes["content"])
        for meta in html.find("meta")
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def check(value: object, key: str = "") -> None:
    """Only names of schema.org, whole addresses, dates as ISO has them, no empty text."""
    if isinstance(value, list):
        for each in value:
            check(each, key)
    elif isinstance(value, dict):
        names = {name for name in value if not name.startswith("@")}
        assert names <= SCHEMA[value["@type"]], value
        for name, each in value.items():
            check(each, name)
    elif isinstance(value, str):
        assert value
        if key in URLS:
            assert urlsplit(value).scheme == "https"
            assert urlsplit(value).netloc
        if key.startswith("date"):
            assert date.fromisoformat(value)


EDITIONS = (
    edition(entry("2403.00001", tags=("图",)), entry("hep-th/9901001", chinese=None), unknown()),
    edition(entry("2403.00001"), name="2024-02-01", description="说明 $x^2$"),
    edition(entry("2403.00003"), name="topic", title="专题"),
)


@pytest.mark.parametrize("src_uri", pages_of(*EDITIONS))
def test_the_head_of_every_page_is_valid(src_uri: str) -> None:
    """JSON-LD with schema.org's names; each tag of Open Graph once, its addresses whole."""
    page = pages_of(*EDITIONS)[src_uri]
    html = head(page)
    data = data_of(html)
    assert data["@context"] == "https://schema.org"
    for node in data["@graph"]:
        check(node)
    main = data["@graph"][0]
    assert main["url"] == main["@id"] == ADDRESS + url_of(src_uri)
    tags = metas(html)
    assert {"og:title", "og:type", "og:url", "og:site_name", "og:locale", "twitter:card"} <= set(
        tags
    )
    assert tags["og:url"] == main["url"]
    assert tags["og:site_name"] == "试验站"
    assert tags["og:locale"] == "zh_CN"
    assert tags["twitter:card"] == "summary"
    assert "og:image" not in tags
    assert {node.tag for node in html.walk()} == {"", "meta", "script"}


def test_a_digest_is_a_list_of_scholarly_articles() -> None:
    """What they are called in both languages, who wrote them and when, where they are."""
    html = digest_head(
        entry("2403.00001"), entry("2403.00002", chinese=None), unknown("2403.00003")
    )
    page = node_of(html, "CollectionPage")
    assert page["inLanguage"] == "zh-CN"
    assert page["datePublished"] == "2024-03-20"
    assert page["digitalSourceType"] == "https://schema.org/TrainedAlgorithmicMediaDigitalSource"
    assert page["isPartOf"] == {"@type": "WebSite", "@id": ADDRESS, "name": "试验站"}
    papers = page["mainEntity"]
    assert papers["@type"] == "ItemList"
    assert papers["numberOfItems"] == 3
    assert [item["position"] for item in papers["itemListElement"]] == [1, 2, 3]
    first, second, third = (item["item"] for item in papers["itemListElement"])
    assert first == {
        "@type": "ScholarlyArticle",
        "url": f"{ADDRESS}digests/2024-03-20/#2403.00001",
        "sameAs": "https://arxiv.org/abs/2403.00001",
        "name": "Knowledge Graphs",
        "alternateName": "知识图谱",
        "author": [
            {"@type": "Person", "name": "Ada Lovelace"},
            {"@type": "Person", "name": "Emmy Noether"},
        ],
        "datePublished": "2024-03-18",
        "inLanguage": "en",
    }
    assert "alternateName" not in second
    assert third["name"] == "arXiv:2403.00003"


def test_a_digest_without_generated_text_is_not_said_to_have_any() -> None:
    """Papers that wait are the authors' own words."""
    page = node_of(digest_head(entry(chinese=None)), "CollectionPage")
    assert "digitalSourceType" not in page


def test_pages_are_what_they_are() -> None:
    """The home page is the site, lists are collections, other pages are pages."""
    kinds = {
        uri: data_of(head(page))["@graph"][0]["@type"] for uri, page in pages_of(*EDITIONS).items()
    }
    collections = {uri for uri, kind in kinds.items() if kind == "CollectionPage"}
    assert kinds["index.md"] == "WebSite"
    assert kinds["status.md"] == "WebPage"
    assert collections == {
        uri for uri in kinds if uri.startswith(("digests/", "archive", "categories/", "tags/"))
    }


def test_a_digest_is_an_article_for_open_graph_and_other_pages_are_not() -> None:
    """With its day."""
    tags = metas(digest_head(entry()))
    assert tags["og:type"] == "article"
    assert tags["article:published_time"] == tags["article:modified_time"] == "2024-03-20"
    assert tags["og:title"] == "2024-03-20"
    assert "知识图谱" in tags["og:description"]
    assert metas(head(pages_of(edition(entry()))["archive.md"]))["og:type"] == "website"


def trail(src_uri: str) -> list[tuple[str, str]]:
    html = head(pages_of(*EDITIONS)[src_uri])
    items = node_of(html, "BreadcrumbList")["itemListElement"]
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    return [(item["name"], unquote(item["item"]).removeprefix(ADDRESS)) for item in items]


def test_breadcrumbs_lead_from_the_home_page_to_the_page() -> None:
    """By pages that there are."""
    home, archive = ("首页", ""), ("归档", "archive/")
    assert trail("archive.md") == [home, archive]
    assert trail("archive/2024.md") == [home, archive, ("2024 年", "archive/2024/")]
    assert trail("digests/2024-03-20.md") == [
        home, archive, ("2024 年", "archive/2024/"), ("2024-03-20", "digests/2024-03-20/"),
    ]  # fmt: skip
    assert trail("digests/topic.md") == [home, archive, ("专题", "digests/topic/")]
    assert trail("categories/index.md") == [home, ("分类", "categories/")]
    assert trail("categories/cs.AI.md") == [
        home, ("分类", "categories/"), ("cs.AI", "categories/cs.AI/"),
    ]  # fmt: skip
    assert trail("tags/图.md") == [home, ("标签", "tags/"), ("图", "tags/图/")]
    assert trail("status.md") == [home, ("运行状态", "status/")]
    known = pages_of(*EDITIONS)
    for src_uri in known:
        if src_uri != "index.md":
            steps = {step for _, step in trail(src_uri)}
            assert steps <= {url_of(uri) for uri in known}
    assert [node["@type"] for node in data_of(head(known["index.md"]))["@graph"]] == ["WebSite"]


def test_an_older_page_of_a_category_comes_behind_the_newest() -> None:
    """Its number is its name."""
    crowd = edition(*(entry(f"2403.{number:05}") for number in range(1, 251)))
    pages = pages_of(crowd)
    items = node_of(head(pages["categories/cs.AI/1.md"]), "BreadcrumbList")["itemListElement"]
    assert [item["name"] for item in items] == ["首页", "分类", "cs.AI", "从最早起第 1 页"]


def test_a_page_that_a_person_wrote_is_told_of_too() -> None:
    """The home page by the name of the site, others by their own."""
    about = parse(head_tags(written_subject(f"{ADDRESS}about/", "关于", "谁", PUBLIC), PUBLIC))
    page = node_of(about, "WebPage")
    assert (page["name"], page["url"], page["description"]) == ("关于", f"{ADDRESS}about/", "谁")
    assert metas(about)["og:title"] == "关于"
    crumbs = node_of(about, "BreadcrumbList")["itemListElement"]
    assert [item["item"] for item in crumbs] == [ADDRESS, f"{ADDRESS}about/"]
    home = parse(head_tags(written_subject(ADDRESS, "首页", "", PUBLIC), PUBLIC))
    assert node_of(home, "WebSite")["name"] == "试验站"
    assert metas(home)["og:title"] == "试验站"
    assert "og:description" not in metas(home)


def test_a_picture_is_shown_with_its_size_and_words() -> None:
    """A digest's own, or that of the site."""
    listed = edition(entry(), name="2024/图 (1)", date=date(2024, 3, 20))
    pictures = share_pictures([listed], SITE)
    pages = pages_of(listed)
    for src_uri, path in (
        ("digests/2024/图 (1).md", "assets/share/2024/图 (1).png"),
        ("archive.md", "assets/share.png"),
    ):
        html = head(pages[src_uri], picture=pictures.of(src_uri))
        tags = metas(html)
        assert unquote(tags["og:image"]) == ADDRESS + path
        assert " " not in tags["og:image"]
        assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")
        assert tags["og:image:type"] == "image/png"
        assert tags["og:image:alt"].startswith("试验站")
        assert tags["twitter:card"] == "summary_large_image"
        assert data_of(html)["@graph"][0]["image"] == tags["og:image"]


def test_open_graph_can_be_left_to_another_plugin() -> None:
    """Two of each tag would be worse than one."""
    subject = generated_subject(pages_of(edition(entry()))["archive.md"], PUBLIC)
    html = parse(head_tags(subject, PUBLIC, open_graph=False))
    assert not html.find("meta")
    assert html.find("script")


# Size


def test_the_linked_data_of_a_day_are_small() -> None:
    """Less than 4 KiB of what readers download for 30 papers, and no more for ever more."""
    words = random.Random(1)

    def some(letters: str, low: int, high: int) -> str:
        return "".join(words.choices(letters, k=words.randint(low, high)))

    def title() -> str:
        common = "learning language models for graph neural networks with large data".split()
        rare = [some("abcdefghiklmnoprstu", 4, 9) for _ in range(5)]
        return " ".join(words.sample(common, 5) + rare)

    def papers(count: int) -> list:
        characters = "".join(map(chr, range(0x4E00, 0x4E00 + 600)))
        return [
            entry(
                f"2403.{number:05}",
                Chinese(some(characters, 18, 26), "x", "x"),
                title=title(),
                authors=tuple(Author(some("abcdeghilmnorst", 9, 15)) for _ in range(40)),
            )
            for number in range(1, count + 1)
        ]

    sizes = {}
    for count in (30, 1000):
        listed = edition(*papers(count))
        page = pages_of(listed)["digests/2024-03-20.md"]
        subject = generated_subject(page, PUBLIC)
        sizes[count] = len(gzip.compress(head_tags(subject, PUBLIC, open_graph=False).encode()))
        items = node_of(head(page), "CollectionPage")["mainEntity"]
        assert items["numberOfItems"] == count
        elements = items["itemListElement"]
        assert len(elements) == min(count, LISTED_PAPERS)
        assert sum("item" in element for element in elements) == DESCRIBED_PAPERS
        assert all(
            element["url"].endswith(f"{n:05}")
            for n, element in enumerate(elements, 1)
            if "url" in element
        )
        assert all(len(e["item"]["author"]) == LISTED_AUTHORS for e in elements if "item" in e)
    assert sizes[30] < 4096
    assert sizes[1000] < 6 * 1024


# Safety


@given(
    NASTY, NASTY, NASTY, NASTY, st.sampled_from(["", "</script>", "<!--", "<!--<script>", "\u2028"])
)
@settings(max_examples=150)
def test_no_text_breaks_out_of_the_head(
    title: str, chinese: str, name: str, site_name: str, end: str
) -> None:
    """Whatever stands in it is data: the same elements as for plain words, and the words whole."""
    facts = SiteFacts(f"站{site_name}{end}", f"说{end}{name}")
    site = PublicSite(facts, ADDRESS, url_of)
    odd = edition(
        entry(
            chinese=Chinese(f"题{chinese}{end}", "x", "x"),
            title=f"T{title}{end}",
            authors=(Author(f"N{name}{end}"),),
        ),
        title=f"期{title}{end}",
        description=f"述{chinese}{end}",
    )
    page = pages_of(odd, facts=facts)["digests/2024-03-20.md"]
    pictures = share_pictures([odd], facts)
    tags = head_tags(generated_subject(page, site, pictures.of(page.src_uri)), site)
    tags.encode("utf-8")
    script = tags[tags.index("<script") :]
    assert script.count("<") == 2
    assert not re.search("[\u2028\u2029]", script)
    html = parse(tags)
    assert [node.tag for node in html.walk()].count("script") == 1
    assert {node.tag for node in html.walk()} == {"", "meta", "script"}
    assert {tuple(meta.attributes) for meta in html.find("meta")} == {
        ("property", "content"), ("name", "content"),
    }  # fmt: skip
    data = node_of(html, "CollectionPage")
    check(data)
    article = data["mainEntity"]["itemListElement"][0]["item"]
    assert shown(article["name"]) == shown(plain_text(f"T{title}{end}"))
    assert shown(article["alternateName"]) == shown(plain_text(f"题{chinese}{end}"))
    assert shown(article["author"][0]["name"]) == shown(f"N{name}{end}")
    assert shown(metas(html)["og:title"]) == shown(plain_text(f"期{title}{end}"))
    written = head_tags(written_subject(f"{ADDRESS}x/", title, chinese, site), site)
    assert {node.tag for node in parse(written).walk()} == {"", "meta", "script"}


# When pages changed


def test_a_page_changed_when_its_newest_text_was_written_or_listed() -> None:
    """For the sitemap: from what is stored, so that the same files make the same sitemap."""
    # What `entry` makes was written on 2024-03-20.
    new = edition(entry("2403.00001"), name="2024-05-01")
    old = edition(entry("2403.00002", categories=("math.CO",)), name="2024-01-01")
    undated = edition(entry("2403.00003", chinese=None, categories=("math.AG",)), name="topic")
    pages = pages_of(new, old, undated)
    for src_uri, day in {
        "index.md": date(2024, 5, 1),
        "digests/2024-05-01.md": date(2024, 5, 1),
        "digests/2024-01-01.md": date(2024, 3, 20),
        "digests/topic.md": None,
        "categories/cs.CV.md": date(2024, 5, 1),
        "categories/math.CO.md": date(2024, 3, 20),
        "categories/math.AG.md": None,
        "archive.md": None,
    }.items():
        assert last_changed(pages[src_uri]) == day
    assert last_changed(pages_of()["index.md"]) is None


# llms.txt


def test_llms_txt_says_what_the_site_is_and_where_to_read() -> None:
    """As https://llmstxt.org has it: a heading, a quotation, lists of links under headings."""
    lines = llms_txt(EDITIONS, PUBLIC).splitlines()
    assert lines[0] == "# 试验站"
    assert lines[2] == "> 说明"
    assert LABEL in lines
    assert [line for line in lines if line.startswith("#")] == [
        "# 试验站", "## 最近几期", "## 浏览", "## 订阅",
    ]  # fmt: skip
    links = [re.fullmatch(r"- \[(.+)\]\((https://[^\s()]+)\): .+", line) for line in lines]
    targets = [unquote(link[2]).removeprefix(ADDRESS) for link in links if link]
    assert sum(line.startswith("- ") for line in lines) == len(targets)
    assert targets == [
        "digests/2024-03-20.md", "digests/2024-02-01.md", "digests/topic.md",
        "archive/", "categories/", "tags/", "feed.xml", "feed.json",
    ]  # fmt: skip


def test_llms_txt_does_not_grow_with_the_site() -> None:
    """The newest digests; the archive has the others."""
    editions = [edition(entry(), name=f"2024-03-{day:02}") for day in range(28, 0, -1)]
    text = llms_txt(editions, PUBLIC)
    assert text.count(".md)") == LATEST_DIGESTS
    assert "2024-03-28" in text
    assert "2024-03-18" not in text
    assert "最近几期" not in llms_txt([], PUBLIC)


@given(NASTY, NASTY)
@settings(max_examples=80)
def test_llms_txt_has_one_line_a_digest_whatever_it_is_called(title: str, name: str) -> None:
    """No title makes a heading, a link or a line of its own."""
    site = replace(PUBLIC, facts=SiteFacts(f"站{name}", f"说{name}"))
    text = llms_txt([edition(entry(), title=f"期{title}", name="a (b")], site)
    text.encode("utf-8")
    lines = text.splitlines()
    plain = llms_txt([edition(entry(), name="a (b")], replace(PUBLIC, facts=SiteFacts("站", "说")))
    assert len(lines) == len(plain.splitlines())
    (line,) = [line for line in lines if line.startswith("- [期")]
    assert line.endswith(f"]({ADDRESS}digests/a%20%28b.md): 1 篇")
    assert not re.search(r"(?<!\\)(?:\\\\)*\](?!\(https)", line)
