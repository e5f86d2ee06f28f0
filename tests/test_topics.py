"""Home, archive, categories and tags: who stands where, what they are called, how much a page holds."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds import Node, parse
from digest_plugin.intake.taxonomy import CATEGORIES, chinese_name, is_category
from digest_plugin.pages.all_pages import (
    BOOKMARKS_URI,
    FILTER_TAGS,
    HOME_CATEGORIES,
    HOME_PAPERS,
    SEARCH_URI,
)
from digest_plugin.pages.archive_pages import CATEGORIES_SHOWN, TAGS_SHOWN, UNDATED_SHOWN
from digest_plugin.pages.calendars import months_of
from digest_plugin.pages.page_data import SiteFacts, SitePage
from digest_plugin.pages.page_html import Renderer
from digest_plugin.pages.topics import (
    CATEGORY_KIND,
    PAPERS_PER_PAGE,
    TOPICS_PER_PAGE,
    Topic,
    category_uri,
    group_of_category,
)
from digest_plugin.records.contents import Edition, Entry
from outlined import site_pages
from test_pages import CHINESE, SITE, edition, entry, html_of, pages_of, unknown, url_of

KNOWN = sorted(CATEGORIES)
HOSTILE = "<script>alert(1)</script>"


def paper_in(number: int, *categories: str, tags: tuple[str, ...] = ()) -> Entry:
    return entry(
        f"2403.{number:05}", categories=categories, primary_category=categories[0], tags=tags
    )


def digests(*lists: list[Entry]) -> list[Edition]:
    """One a day, the newest first."""
    newest = date(2024, 3, 20)
    return [edition(*papers, name=str(newest - timedelta(n))) for n, papers in enumerate(lists)]


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def topics_on(page: SitePage) -> list[Topic]:
    return [topic for group in page.data["groups"] for topic in group.topics]


CATEGORY_LISTS = st.lists(
    st.one_of(st.sampled_from(KNOWN), st.sampled_from(["68T50", "I.2.7", HOSTILE, "index", "a b"])),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip
SITES = st.lists(
    st.lists(st.tuples(st.integers(1, 12), CATEGORY_LISTS), max_size=6, unique_by=lambda it: it[0]),
    max_size=4,
)


# Who stands where


@given(SITES)
@settings(max_examples=60)
def test_a_paper_stands_once_on_the_page_of_each_of_its_categories(lists) -> None:
    """Cross-lists included; what any listing says counts; a paper counts once on a page."""
    editions = digests(*[[paper_in(n, *names) for n, names in papers] for papers in lists])
    expected: dict[str, set[str]] = {}
    for papers in lists:
        for number, names in papers:
            for name in filter(is_category, names):
                expected.setdefault(category_uri(name), set()).add(f"2403.{number:05}")
    pages = {uri: page for uri, page in pages_of(*editions).items() if "topic" in page.data}
    found = {
        uri: [place.paper.id for place in page.data["papers"]]
        for uri, page in pages.items()
        if page.data["is_category"]
    }
    assert {uri: set(papers) for uri, papers in found.items()} == expected
    for uri, papers in found.items():
        assert len(papers) == len(set(papers)) == pages[uri].data["topic"].papers


@given(SITES)
@settings(max_examples=60)
def test_the_list_of_categories_holds_each_once_under_its_field(lists) -> None:
    """Largest first within a field; a field counts each of its papers once."""
    editions = digests(*[[paper_in(n, *names) for n, names in papers] for papers in lists])
    groups = pages_of(*editions)["categories/index.md"].data["groups"]
    names = [topic.name for group in groups for topic in group.topics]
    assert len(names) == len(set(names))
    listed = {name for papers in lists for _, all_ in papers for name in all_}
    assert set(names) == set(filter(is_category, listed))
    for group in groups:
        assert {group_of_category(topic.name) for topic in group.topics} == {group.id}
        sizes = [topic.papers for topic in group.topics]
        assert sizes == sorted(sizes, reverse=True)
        assert max(sizes) <= group.papers <= sum(sizes)


def test_a_cross_list_is_told_from_a_paper_of_the_category() -> None:
    """By a word beside the title, and by a number at the top."""
    editions = digests([paper_in(1, "cs.CL"), paper_in(2, "cs.LG", "cs.CL")])
    html = html_of(pages_of(*editions)["categories/cs.CL.md"])
    badges = [[badge.text for badge in card.find(cls="dg-badge")] for card in html.find("article")]
    assert badges == [[], ["交叉"]]
    assert "共 2 篇，其中 1 篇从别的分类交叉列入" in html.text
    assert "交叉" not in html_of(pages_of(*editions)["categories/cs.LG.md"]).text


# What they are called


def test_categories_have_their_chinese_names_everywhere() -> None:
    """On their page, in its title, in the list, on the archive, at home, on cards; all of arXiv's."""
    editions = digests([paper_in(n, name, "cs.CL") for n, name in enumerate(KNOWN, 1)])
    built = site_pages(editions, SITE)
    pages = {page.src_uri: page for page in built.pages}
    page = pages["categories/cs.CL.md"]
    assert page.title == "cs.CL 计算与语言"
    html = html_of(page)
    assert html.one("h1").text == "cs.CL 计算与语言"
    assert "Computation and Language" in html.text
    for where in (pages["archive.md"], built.home):
        assert any("cs.CL 计算与语言" in chip.text for chip in html_of(where).find(cls="dg-chip"))
    listed = {chip.text for chip in html_of(pages["categories/index.md"]).find(cls="dg-chip")}
    for name in KNOWN:
        assert any(text.startswith(f"{name} {chinese_name(name)} ") for text in listed)
        assert pages[category_uri(name)].title == f"{name} {chinese_name(name)}"


def test_a_card_names_the_primary_category_in_chinese() -> None:
    """The others by their IDs, in arXiv's order."""
    (card,) = html_of(
        pages_of(*digests([paper_in(1, "cs.CL", "cs.AI")]))["categories/cs.AI.md"]
    ).find("article")
    assert card.find("p")[-1].text == "cs.CL 计算与语言 · cs.AI · arXiv:2403.00001"


def test_what_arxiv_has_no_name_for_stays_as_it_is() -> None:
    """A category newer than this program has a page and its own place in the list, but none at
    home; MSC and ACM classes, of which there are thousands, have no page."""
    built = site_pages(digests([paper_in(1, "cs.CL", "cs.ZZ", "68T50", "I.2.7; I.2.6")]), SITE)
    pages = {page.src_uri: page for page in built.pages}
    assert pages[category_uri("cs.ZZ")].title == "cs.ZZ"
    assert not {category_uri("68T50"), category_uri("I.2.7; I.2.6")} & set(pages)
    groups = pages["categories/index.md"].data["groups"]
    assert [group.title for group in groups] == ["计算机科学", "其他分类"]
    for where in (pages["archive.md"], built.home):
        assert "cs.ZZ" not in [chip.text.split()[0] for chip in html_of(where).find(cls="dg-chip")]


@pytest.mark.parametrize(
    ("category", "group"),
    [
        ("cs.CL", "cs"), ("cmp-lg", "cs"), ("cs", "cs"), ("math.AG", "math"), ("alg-geom", "math"),
        ("q-alg", "math"), ("math-ph", "physics"), ("hep-th", "physics"), ("nlin.CD", "physics"),
        ("astro-ph", "physics"), ("cs.SY", "eess"), ("q-bio.NC", "q-bio"), ("q-fin.EC", "econ"),
        ("stat.ML", "stat"), ("stat.TH", "math"), ("68T50", "other"), ("cs.", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_categories_stand_under_their_field(category, group) -> None:
    """As in arXiv's own list; other names of a category stand where it does."""
    assert group_of_category(category) == group


def test_every_category_has_a_field_with_a_name() -> None:
    """Eight fields, as on arXiv's front page."""
    fields = {group_of_category(name) for name in KNOWN}
    assert fields == {"cs", "math", "physics", "stat", "eess", "q-bio", "q-fin", "econ"}
    assert all(chinese_name(field) for field in fields)


# How much a page holds


@pytest.fixture(scope="module")
def large() -> dict[str, SitePage]:
    """All of arXiv's categories, 1,000 that are newer, 2,000 tags, 300 lists without a date."""
    papers = [
        paper_in(
            n,
            KNOWN[n % len(KNOWN)],
            f"new-{LETTERS[n % 26]}{LETTERS[n // 26 % 26]}{LETTERS[n // 676]}",
            "cs.CL",
            tags=(f"标签{n}", "常用", f"t{n}"),
        )
        for n in range(1, 1001)
    ]
    dated = [
        edition(*papers[n::100], name=str(date(2020, 1, 1) + timedelta(19 * n))) for n in range(100)
    ]
    undated = [edition(papers[n], name=f"special-{n:03}") for n in range(700)]
    built = site_pages([*reversed(dated), *undated], SITE)
    return {page.src_uri: page for page in [*built.pages, built.home]}


@pytest.mark.parametrize(
    ("index", "topics"), [("categories/index", 1000 + len(KNOWN)), ("tags/index", 2001)]
)
def test_lists_of_topics_go_over_several_pages(large, index, topics) -> None:
    """Each holds a bounded number, all together every topic once, and they lead to each other."""
    uris = [uri for uri in large if uri == f"{index}.md" or uri.startswith(f"{index}/")]
    names = [topic.name for uri in uris for topic in topics_on(large[uri])]
    assert len(names) == len(set(names)) == topics
    assert all(0 < len(topics_on(large[uri])) <= TOPICS_PER_PAGE for uri in uris)
    reached, uri = [], f"{index}.md"
    while uri is not None:
        reached.append(uri)
        uri = large[uri].data["after_uri"]
    assert sorted(reached) == sorted(uris)
    assert large[f"{index}.md"].data["before_uri"] is None
    assert html_of(large[f"{index}/2.md"]).one("a", rel="prev").attributes["href"] == "../../"


def test_known_categories_stand_on_the_first_page(large) -> None:
    """However many classes there are besides."""
    assert set(KNOWN) <= {topic.name for topic in topics_on(large["categories/index.md"])}


def test_front_pages_stay_small(large) -> None:
    """The archive and home list a bounded number of anything."""
    archive = html_of(large["archive.md"])
    assert len(archive.find(cls="dg-chip")) == CATEGORIES_SHOWN + TAGS_SHOWN
    assert len(archive.find("ul", cls="dg-days")[-1].find("li")) == UNDATED_SHOWN
    assert "全部 2,001 个标签" in archive.text
    assert len(html_of(large["index.md"]).find(cls="dg-chip")) == HOME_CATEGORIES


def test_digests_without_a_date_are_all_reached(large) -> None:
    """From the archive by links alone."""
    reached: set[str] = set()
    uri = "archive/undated.md"
    assert html_of(large["archive.md"]).find("a", href="undated/")
    while uri is not None:
        for a in html_of(large[uri]).find("a"):
            if "digests/special" in a.attributes["href"]:
                reached.add(a.attributes["href"].partition("digests/")[2])
        uri = large[uri].data["after_uri"]
    assert reached == {f"special-{n:03}/" for n in range(700)}


def test_few_digests_without_a_date_need_no_pages_of_their_own() -> None:
    """They stand on the archive."""
    assert not [uri for uri in pages_of(edition(entry(), name="survey")) if "undated" in uri]


def test_the_home_page_shows_so_many_papers_and_says_how_many_more() -> None:
    """All of a digest of usual size; a reading time for the sentences alone."""
    papers = [entry(f"2403.{n:05}") for n in range(1, HOME_PAPERS + 6)]
    html = html_of(site_pages([edition(*papers)], SITE).home)
    assert len(html.find("article")) == HOME_PAPERS
    assert "本期还有 5 篇" in html.text
    assert "35 篇，约 1 分钟看完" in html.text
    assert len(html_of(site_pages([edition(*papers[:30])], SITE).home).find("article")) == 30


def test_the_home_page_shows_the_digest_of_the_day_before_specials() -> None:
    """Several of one day: the one whose name is the day, and the others in the list."""
    editions = [
        edition(entry(), name=name, date=date(2024, 3, 20))
        for name in ("2024-03-20-special", "2024-03-20-b", "2024-03-20")
    ]
    home = site_pages([*editions, edition(entry(), name="2024-03-19")], SITE).home
    assert home.data["newest"].digest is editions[2].digest
    assert [it.name for it in home.data["latest"]] == [
        "2024-03-20-special", "2024-03-20-b", "2024-03-19",
    ]  # fmt: skip


# Calendars


DAYS = st.lists(
    st.tuples(st.dates(date(2019, 11, 1), date(2021, 3, 1)), st.integers(1, 40)), max_size=15
)


@given(DAYS)
@settings(max_examples=60)
def test_calendars_show_every_day_with_its_number(days) -> None:
    """Months newest first; each day's papers are all its digests'; months add up to the total."""
    shared = entry()
    editions = [
        edition(*[shared] * papers, name=f"x{n}", date=day) for n, (day, papers) in enumerate(days)
    ]
    months = months_of(editions)
    assert [month.id for month in months] == sorted({str(day)[:7] for day, _ in days}, reverse=True)
    expected = Counter()
    for day, papers in days:
        expected[day] += papers
    shown = {
        date(month.year, month.month, day.number): day
        for month in months for week in month.weeks for day in week if day.editions
    }  # fmt: skip
    assert {day: cell.papers for day, cell in shown.items()} == expected
    assert sum(month.papers for month in months) == sum(expected.values())
    assert all(1 <= cell.level <= 4 for cell in shown.values())
    by_papers = sorted((cell.papers, cell.level) for cell in shown.values())
    assert [level for _, level in by_papers] == sorted(level for _, level in by_papers)


def test_a_day_is_read_without_colour() -> None:
    """Its number of papers stands in the cell, and is said to those who do not see it."""
    html = html_of(pages_of(edition(entry(), entry("2403.00002")))["archive.md"])
    day = html.one("table").one("a")
    assert day.one("small").text == "2"
    assert day.attributes["aria-label"] == "3 月 20 日，2 篇"
    assert [th.attributes["scope"] for th in html.one("table").find("th")] == ["col"] * 7


def test_a_day_with_several_digests_leads_to_its_own_and_names_all() -> None:
    """The day's list before specials; each is linked below."""
    html = html_of(
        pages_of(
            edition(entry(), name="2024-03-20-special", date=date(2024, 3, 20)),
            edition(entry(), entry("2403.00002")),
        )["archive/2024.md"]
    )
    day = html.one("table").one("a")
    assert day.attributes["href"] == "../../digests/2024-03-20/"
    assert day.attributes["aria-label"] == "3 月 20 日，2 期，3 篇"
    hrefs = [a.attributes["href"] for a in html.one("ul", cls="dg-days").find("a")]
    assert hrefs == ["../../digests/2024-03-20/", "../../digests/2024-03-20-special/"]


def test_years_lead_to_their_neighbours() -> None:
    """Without passing through the archive."""
    pages = pages_of(*[edition(entry(), name=f"{year}-03-20") for year in (2024, 2022, 2021)])
    nav = html_of(pages["archive/2022.md"]).find("nav")[-1]
    assert nav.one("a", rel="prev").attributes["href"] == "../2021/"
    assert nav.one("a", rel="next").attributes["href"] == "../2024/"


def test_one_import_does_not_pale_all_other_days() -> None:
    """A day with a hundred times as many papers leaves the levels of the others."""
    usual = [
        edition(*[entry()] * (n % 10 + 1), name=str(date(2024, 1, 1) + timedelta(n)))
        for n in range(60)
    ]
    levels = {
        day.level for month in months_of([*usual, edition(*[entry()] * 1000, name="2024-06-01")])
        for week in month.weeks for day in week if day.editions
    }  # fmt: skip
    assert levels == {1, 2, 3, 4}


# Ways to other pages


@pytest.mark.parametrize("feed", ["feed.xml", None])
def test_the_feed_is_named_only_where_there_is_one(feed) -> None:
    """At home that of the site, on the page of a category its own."""
    facts = SiteFacts("试验站", feed_uri=feed)
    built = site_pages([edition(entry())], facts)
    pages = {page.src_uri: page for page in [*built.pages, built.home]}
    for uri in ("index.md", "categories/cs.CV.md"):
        html = parse(Renderer(facts, url_of).page(pages[uri]))
        links = [a.attributes["href"] for a in html.find("a") if "订阅" in a.text]
        assert [link.removeprefix("./") for link in links] == (["feed.xml"] if feed else [])


def test_home_does_without_pages_that_are_not_there() -> None:
    """A page that somebody excluded breaks no build."""
    missing = {SEARCH_URI, BOOKMARKS_URI, "statistics.md"}

    def some(src_uri: str) -> str:
        if src_uri in missing:
            raise KeyError(src_uri)
        return url_of(src_uri)

    home = site_pages([edition(entry())], SITE).home
    html = parse(Renderer(SITE, some).page(home))
    assert not {"search/", "bookmarks/", "statistics/"} & {
        a.attributes["href"] for a in html.find("a")
    }
    everything = {a.attributes["href"] for a in html_of(home).find("a")}
    assert {"search/", "bookmarks/", "statistics/"} <= everything


def test_the_search_page_gets_what_it_filters_by(large) -> None:
    """arXiv's categories, the largest tags, all years; the newest and largest first."""
    choices = {name: options for name, _, options in large[SEARCH_URI].data["filters"]}
    assert choices["category"][0] == ("cs.CL", "cs.CL 计算与语言", 1000)
    assert {name for name, _, _ in choices["category"]} == set(KNOWN)
    assert choices["tag"][0] == ("常用", "常用", 1000)
    assert len(choices["tag"]) == FILTER_TAGS
    assert [year for year, _, _ in choices["year"]] == [2025, 2024, 2023, 2022, 2021, 2020]
    assert sum(papers for _, _, papers in choices["year"]) == 1000


def test_the_readers_own_pages_are_there() -> None:
    """收藏 and 检索: no navigation, and a description each."""
    pages = pages_of(edition(entry()))
    for uri, title in ((BOOKMARKS_URI, "收藏"), (SEARCH_URI, "检索")):
        assert pages[uri].title == title
        assert pages[uri].description
        assert "navigation" in pages[uri].hide
        assert pages[uri].edition is None  # which keeps it out of the search index


# Text stays text


def scripts(html: Node) -> list[Node]:
    return [node for node in html.walk() if node.tag in {"script", "img", "iframe", "style"}]


def test_hostile_names_are_text() -> None:
    """Tags, categories and titles on every page that shows them."""
    odd = entry(
        tags=(HOSTILE, '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"), categories=(HOSTILE, "cs.CL"),
        primary_category=HOSTILE, title=HOSTILE, chinese=CHINESE,
    )  # fmt: skip
    built = site_pages([edition(odd, title=HOSTILE), edition(odd, name=f"x{HOSTILE}")], SITE)
    for page in [*built.pages, built.home]:
        if page.template in {"digest.html", "search.html", "bookmarks.html"}:
            continue
        html = html_of(page)
        assert not scripts(html), page.src_uri
        assert "49" not in html.text
        for node in html.walk():
            assert not [name for name in node.attributes if name.startswith("on")]
    tags = {
        chip.text for chip in html_of(pages_of(edition(odd))["tags/index.md"]).find(cls="dg-chip")
    }
    assert f"{HOSTILE} 1" in tags


def test_a_site_whose_papers_are_not_known_yet_has_all_pages() -> None:
    """Nothing but identifiers: no category, no month is missed."""
    pages = pages_of(edition(unknown()))
    for page in pages.values():
        html_of(page)
    assert CATEGORY_KIND.index_uri in pages
    assert len(pages[CATEGORY_KIND.index_uri].data["groups"]) == 0


@given(st.text(min_size=1, max_size=400), st.text(max_size=400))
def test_addresses_fit_into_names_of_files(name, more) -> None:
    """However long a class is that an author made up; two never share a page for being cut."""
    uri, longer = category_uri(name), category_uri(name + more)
    assert len(uri.encode()) < 200
    assert (uri == longer) is (not more)


def test_numbered_pages_have_addresses_of_their_own() -> None:
    """No tag or category can be called so that its page is one of the list's."""
    names = ("index", "index/2", "2", "undated", "readme", "-", ".", "..")
    papers = [paper_in(n, "cs.CL", tags=names) for n in range(1, 2 * PAPERS_PER_PAGE + 1)]
    built = site_pages([edition(*papers)], SITE)
    uris = [page.src_uri for page in built.pages]
    assert len(uris) == len(set(uris))
