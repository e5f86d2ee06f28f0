"""Pages as data and as HTML: what stands where, and that text stays text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import markdown
import pytest
from bibtexparser import parse_string
from hypothesis import given, settings
from hypothesis import strategies as st

from builds import Node, parse
from digest_plugin.identifiers import parse_identifier
from digest_plugin.pages.all_pages import (
    BOOKMARKS_URI,
    GLOSSARY_URI,
    PAPERS_PER_PAGE,
    SiteFacts,
    SitePage,
    tag_uri,
)
from digest_plugin.pages.exports import bibtex_twin, json_twin, markdown_twin
from digest_plugin.pages.page_html import Renderer, relative_url
from digest_plugin.papers import Author, Chinese, Correction, Paper, Problem, Record, Written
from digest_plugin.people.digests import Digest, ListedPaper
from digest_plugin.people.glossary import Term
from digest_plugin.records.contents import Edition, Entry
from digest_plugin.text.rendering import note_html, text_html, without_controls
from outlined import site_pages

SITE = SiteFacts("试验站", "说明", edit_root="https://github.com/me/site/edit/main/docs/")
MOMENT = datetime(2024, 3, 18, tzinfo=UTC)


def paper(id: str = "2403.12151", **changes: object) -> Paper:
    return replace(
        Paper(
            id=id,
            version=1,
            title="Knowledge Graphs",
            authors=(Author("Ada Lovelace", ("London",)), Author("Emmy Noether")),
            abstract="We study graphs. They help.",
            categories=("cs.CV", "cs.AI"),
            primary_category="cs.CV",
            published=MOMENT,
            updated=MOMENT,
        ),
        **changes,
    )


CHINESE = Chinese("知识图谱", "图谱有用。", "我们研究图谱。图谱有用。")


def entry(
    id: str = "2403.12151",
    chinese: Chinese | None = CHINESE,
    correction: Correction | None = None,
    note: str | None = None,
    tags: tuple[str, ...] = (),
    **changes: object,
) -> Entry:
    identifier = parse_identifier(id)
    listed = ListedPaper(identifier, "docs/digests/x.yml", 1, note, tags)
    written = Written("some-model", "abc", "0" * 32, date(2024, 3, 20), 1, 2)
    record = Record(paper(identifier.base, **changes), chinese, written if chinese else None)
    return Entry(listed, record, correction)


def with_current_source(entry: Entry) -> Entry:
    """`entry`, its Chinese written from the English that it shows."""
    assert entry.record is not None
    assert entry.record.written is not None
    written = replace(entry.record.written, source_hash=entry.record.paper.source_hash)
    return replace(entry, record=replace(entry.record, written=written))


def unknown(id: str = "2403.12151") -> Entry:
    return Entry(ListedPaper(parse_identifier(id), "docs/digests/x.yml", 1), None, None)


def edition(*entries: Entry, name: str = "2024-03-20", **fields: object) -> Edition:
    values = {"title": name, "date": None} | fields
    if values["date"] is None and name[:4].isdigit():
        values["date"] = date.fromisoformat(name[:10])
    listed = tuple(each.listed for each in entries)
    return Edition(Digest(name, f"docs/digests/{name}.yml", listed, **values), entries)


def url_of(src_uri: str) -> str:
    """Addresses as MkDocs makes them."""
    stem = src_uri.removesuffix(".md")
    return f"{stem.removesuffix('index').rstrip('/')}/".lstrip("/")


def pages_of(*editions: Edition) -> dict[str, SitePage]:
    pages = (
        page.complete() if page.complete else page for page in site_pages(editions, SITE).pages
    )
    return {page.src_uri: page for page in pages}


def html_of(page: SitePage, edit_url: str | None = None) -> Node:
    return parse(Renderer(SITE, url_of).page(page, edit_url))


def digest_html(*entries: Entry, **fields: object) -> Node:
    return html_of(pages_of(edition(*entries, **fields))["digests/2024-03-20.md"])


# A digest


def test_a_digest_has_a_table_and_an_article_for_each_paper() -> None:
    """The table 摘要 has number, titles and the sentence; each paper is an article by ID.

    A link and a heading have both titles, of which style sheets show one.
    """
    html = digest_html(entry("2403.12151"), entry("hep-th/9901001"), entry("0704.0001"))
    assert [node.text for node in html.find("h2") if "id" in node.attributes][:2] == [
        "摘要",
        "详细",
    ]
    rows = html.one("table").find("tr")[1:]
    assert [row.text for row in rows] == [
        f"{number}知识图谱{'Knowledge Graphs' * 2}图谱有用。" for number in (1, 2, 3)
    ]
    articles = html.find("article")
    assert [a.attributes["id"] for a in articles] == ["2403.12151", "hep-th/9901001", "0704.0001"]
    for article in articles:
        assert "知识图谱" in article.one("h2").text
        assert article.one(cls="dg-entitle").text == "Knowledge Graphs"
        assert article.one(cls="dg-authors").text == "Ada Lovelace, Emmy Noether"
        assert "图谱有用。" in article.one(cls="dg-summary").text
        assert "我们研究图谱。图谱有用。" in article.one(cls="dg-chinese").text
        assert "We study graphs. They help." in article.one(cls="dg-original").text
        assert {a.text for a in article.one(cls="dg-chips").find("a")} == {
            "cs.CV 计算机视觉与模式识别",
            "cs.AI",
        }


def test_links_go_to_abs_pdf_and_html_of_the_version_that_the_list_asks_for() -> None:
    """A list that pins version 2 links to version 2."""
    article = digest_html(entry("2403.12151v2", version=2)).one("article")
    hrefs = {a.attributes["href"] for a in article.one(cls="dg-links").find("a")}
    assert article.attributes["id"] == "2403.12151"
    assert {f"https://arxiv.org/{kind}/2403.12151v2" for kind in ("abs", "pdf", "html")} <= hrefs


def test_a_paper_without_chinese_shows_its_english_and_the_word_pending() -> None:
    """Nothing is hidden: English and 待译."""
    article = digest_html(entry(chinese=None)).one("article")
    assert "待译" in article.text
    assert "We study graphs. They help." in article.text
    assert "Knowledge Graphs" in article.one("h2").text


def test_a_paper_that_arxiv_has_not_been_asked_about_shows_its_identifier() -> None:
    """With no record there is still an article, a heading, a link and 待译."""
    article = digest_html(unknown()).one("article")
    assert "待译" in article.text
    assert "arXiv:2403.12151" in article.one("h2").text
    assert article.find("a", href="https://arxiv.org/abs/2403.12151")


def test_a_correction_wins_field_by_field_and_says_so() -> None:
    """The corrected field is the person's, the others the machine's, and the label tells."""
    correction = Correction("2403.12151", "docs/corrections/x.yml", summary="人写的。", by="张三")
    article = digest_html(entry(correction=correction)).one("article")
    assert "人写的。" in article.one(cls="dg-summary").text
    assert "知识图谱" in article.one("h2").text
    assert "经人工校对：张三" in article.text


def test_a_withdrawn_paper_keeps_its_text_and_gets_a_banner() -> None:
    """Readers see that it was withdrawn, why, and what it said."""
    article = digest_html(entry(withdrawn=True, comment="Withdrawn: an error")).one("article")
    assert "已撤稿" in article.text
    assert "Withdrawn: an error" in article.one(cls="dg-warning").text
    assert "我们研究图谱" in article.text


def test_a_revised_paper_says_so_and_a_first_version_does_not() -> None:
    """The version that the page shows stands on a badge, in the table and on the card."""
    html = digest_html(entry("2403.00001", version=3), entry("2403.00002"))
    first, second = html.find("article")
    assert first.one(cls="dg-badge").text == "已更新 v3"
    assert not second.find(cls="dg-badge")
    assert "已更新 v3" in html.one("table").find("tr")[1].text


def test_a_correction_of_another_english_asks_to_be_looked_at() -> None:
    """A badge and a line of explanation; a correction of this very English has neither."""
    old = Correction("2403.12151", "docs/corrections/x.yml", title="人写", version=1)
    for version, is_outdated in ((1, False), (2, True)):
        html = digest_html(with_current_source(entry(correction=old, version=version)))
        article = html.one("article")
        badges = [badge.text for badge in article.find(cls="dg-badge")]
        assert ("校对待复核" in badges) is is_outdated
        assert ("校对待复核" in html.one("table").text) is is_outdated
        lines = [line.text for line in article.find(cls="dg-outdated")]
        assert lines == ["校对所依据的英文与现在的不同，请对照英文复核。"] * is_outdated
        assert "人写" in article.one("h2").text


def test_an_old_style_identifier_is_linked_to_as_it_is() -> None:
    """The slash stays in anchors: links to the article find it."""
    html = digest_html(entry("hep-th/9901001"))
    assert html.one("table").one("a").attributes["href"] == "#hep-th/9901001"


def test_the_correction_link_opens_a_file_to_fill_in() -> None:
    """GitHub's editor opens a new file with the keys and the version; that is all a page pays
    for, and `tests/test_reading.py` sees the texts come in."""
    link = digest_html(entry()).one("a", cls="dg-correct").attributes["href"]
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    assert parts.path == "/me/site/new/main/docs/corrections"
    assert query["filename"] == ["2403.12151.yml"]
    assert query["value"][0].splitlines()[1:] == [
        "title: ", "summary: ", "abstract: ", "by: ", "version: 1",
    ]  # fmt: skip
    assert len(link) < 500


def test_a_correction_that_stands_is_edited_rather_than_added() -> None:
    """The link opens the file that is there."""
    correction = Correction("2403.12151", "docs/corrections/x.yml", summary="人写的。")
    link = digest_html(entry(correction=correction)).one("a", cls="dg-correct")
    assert link.attributes["href"] == (
        "https://github.com/me/site/edit/main/docs/corrections/2403.12151.yml"
    )


def test_cross_lists_are_marked_where_categories_are_watched() -> None:
    """交叉 stands on papers that stand in a watched category, and whose primary one is not."""
    page = pages_of(
        edition(
            entry("2403.00001", categories=("cs.CV", "cs.AI")),
            entry("2403.00002", categories=("cs.AI",), primary_category="cs.AI"),
            entry("2403.00003", categories=("cs.CV", "cs.RO")),
            unknown("2403.00004"),
        )
    )["digests/2024-03-20.md"]
    for watched, expected in (((), []), (("cs.AI",), ["2403.00001"]), (("cs.CV",), [])):
        html = parse(Renderer(SITE, url_of, watched).page(page))
        marked = [a.attributes["id"] for a in html.find("article") if "交叉" in a.one("h2").text]
        assert marked == expected
        assert html.one("table").text.count("交叉") == len(expected)


def test_other_services_and_code_are_linked_to_without_telling_them_where_from() -> None:
    """Behind 更多; Hugging Face knows no old-style identifiers. Code is found in the comment."""
    html = digest_html(
        entry("2403.00001v1", comment="Code: https://github.com/me/code."), entry("hep-th/9901001")
    )
    new, old = html.find("article")
    expected = {
        "https://www.alphaxiv.org/abs/2403.00001",
        "https://papers.cool/arxiv/2403.00001",
        "https://huggingface.co/papers/2403.00001",
        "https://github.com/me/code",
    }
    links = {a.attributes["href"]: a for a in new.one(cls="dg-links").find("a")}
    assert expected <= set(links)
    assert links["https://github.com/me/code"].text == "代码 github.com/me/code"
    for href in expected:
        assert links[href].attributes["rel"] == "noopener noreferrer"
    hrefs = {a.attributes["href"] for a in old.find("a")}
    assert "https://www.alphaxiv.org/abs/hep-th/9901001" in hrefs
    assert not any("huggingface" in href for href in hrefs)


def test_a_digest_has_nothing_that_a_content_security_policy_would_forbid() -> None:
    """No script, style or handler stands in the HTML."""
    html = digest_html(entry(), entry("2403.00002", chinese=None), unknown("2403.00003"))
    assert not html.find("script")
    assert not html.find("style")
    for node in html.walk():
        assert not [name for name in node.attributes if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("known", [True, False])
def test_the_page_of_bookmarks_is_linked_to_if_there_is_one(*, known: bool) -> None:
    """A site may have none: its pages stand all the same."""

    def url(src_uri: str) -> str:
        if src_uri == BOOKMARKS_URI and not known:
            raise KeyError(src_uri)
        return url_of(src_uri)

    html = parse(Renderer(SITE, url).page(pages_of(edition(entry()))["digests/2024-03-20.md"]))
    hrefs = [a.attributes["href"] for a in html.one(cls="dg-toolbar").find("a")]
    assert hrefs == ["../../bookmarks/"] * known


def test_digests_link_to_their_neighbours_in_time() -> None:
    """‹ goes to the day before, › to the day after."""
    pages = pages_of(
        edition(entry(), name="2024-03-21"),
        edition(entry(), name="2024-03-20"),
        edition(entry(), name="2024-03-19"),
    )
    html = html_of(pages["digests/2024-03-20.md"])
    assert html.one("a", rel="prev").attributes["href"] == "../2024-03-19/"
    assert html.one("a", rel="next").attributes["href"] == "../2024-03-21/"


def test_every_generated_page_says_that_its_text_is_generated() -> None:
    """The visible label stands on each page that shows generated text."""
    pages = pages_of(edition(entry(tags=("图",))))
    for uri in ("digests/2024-03-20.md", "categories/cs.CV.md", "tags/图.md"):
        assert "AI 生成" in html_of(pages[uri]).text
    home = site_pages([edition(entry())], SITE).home
    assert "AI 生成" in html_of(home).text


# Home, archive, categories, tags


def test_home_shows_the_newest_digest_and_lists_the_ones_before() -> None:
    """The newest in full, the rest by title."""
    editions = [edition(entry(f"2403.0000{n}"), name=f"2024-03-2{n}") for n in (3, 2, 1)]
    html = html_of(site_pages(editions, SITE).home)
    assert html.one("article").one("a").attributes["href"] == "digests/2024-03-23/#2403.00003"
    days = [a.attributes["href"] for a in html.one("ul", cls="dg-days").find("a")]
    assert days == ["digests/2024-03-22/", "digests/2024-03-21/"]


def test_a_site_without_digests_says_how_to_begin() -> None:
    """An empty site has its pages, and tells what to do."""
    built = site_pages([], SITE)
    assert "清单" in html_of(built.home).text
    assert {page.src_uri for page in built.pages} >= {"archive.md", "categories/index.md"}
    for page in built.pages:
        html_of(page)


def test_the_archive_reaches_every_digest() -> None:
    """From the archive's pages each digest is linked, also several of one day, also undated."""
    editions = [
        edition(entry(), name="2025-01-02"),
        edition(entry(), name="2024-03-20"),
        edition(entry(), name="2024-03-20-b", date=date(2024, 3, 20)),
        edition(entry(), name="survey"),
    ]
    pages = pages_of(*editions)
    reached = set()
    for uri in ("archive.md", "archive/2024.md", "archive/2025.md"):
        for a in html_of(pages[uri]).find("a"):
            target = a.attributes["href"]
            if "digests/" in target:
                reached.add(target.partition("digests/")[2].rstrip("/"))
    assert reached == {"2025-01-02", "2024-03-20", "2024-03-20-b", "survey"}
    years = {a.attributes["href"] for a in html_of(pages["archive.md"]).one("nav").find("a")}
    assert {"2024/", "2025/", "2024/#2024-03"} <= years


def test_a_category_page_lists_cross_lists_and_each_paper_once() -> None:
    """A paper of two digests appears once, on the newest, under all its categories."""
    pages = pages_of(edition(entry(), name="2024-03-21"), edition(entry(), name="2024-03-20"))
    for category in ("cs.CV", "cs.AI"):
        (card,) = html_of(pages[f"categories/{category}.md"]).find("article")
        assert card.one("a").attributes["href"] == "../../digests/2024-03-21/#2403.12151"


def test_full_pages_of_a_category_never_change_again() -> None:
    """New papers go to the newest page; the older pages hold the same papers as before."""

    def listing(count: int) -> dict[str, list[str]]:
        many = edition(*[entry(f"2403.{n:05}") for n in range(count, 0, -1)])
        return {
            uri: [place.paper.id for place in page.data["papers"]]
            for uri, page in pages_of(many).items()
            if uri.startswith("categories/cs.CV")
        }

    before, after = listing(3 * PAPERS_PER_PAGE), listing(3 * PAPERS_PER_PAGE + 50)
    assert set(before) == set(after)
    assert len(after["categories/cs.CV.md"]) == PAPERS_PER_PAGE + 50
    for uri in ("categories/cs.CV/1.md", "categories/cs.CV/2.md"):
        assert before[uri] == after[uri]
    everything = [id for papers in after.values() for id in papers]
    assert len(everything) == len(set(everything)) == 3 * PAPERS_PER_PAGE + 50


@given(st.text(min_size=1), st.text(min_size=1))
@settings(deadline=None)
def test_tags_share_a_page_only_if_they_differ_in_case_alone(one: str, other: str) -> None:
    """A tag's address holds no slash, no dot at an end, and is its own."""
    slug = tag_uri(one).removeprefix("tags/").removesuffix(".md")
    assert slug
    assert "/" not in slug
    assert not slug.startswith(".")
    if tag_uri(one) == tag_uri(other):
        assert one.casefold() == other.casefold()


@pytest.mark.parametrize(
    ("target", "here", "expected"),
    [
        ("digests/x/", "digests/y/", "../x/"),
        ("digests/x/", "", "digests/x/"),
        ("", "digests/y/", "../../"),
        ("./", "digests/y/", "../../"),
        ("digests/x.html", "digests/y.html", "x.html"),
        ("index.html", "digests/y.html", "../index.html"),
        ("digests/x.json", "digests/x/", "../x.json"),
        ("digests/x/", "digests/x/", "./"),
    ],
)
def test_relative_addresses(target: str, here: str, expected: str) -> None:
    """Links work from wherever a page lies, with and without directory addresses."""
    assert relative_url(target, here) == expected


# Text stays text

NASTY = st.one_of(
    st.text(),
    st.text(alphabet="<>&\"'`$\\{}[]()|*_#!~^% \n/=;:a1图"),
    st.sampled_from(
        [
            "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "{% raw %}",
            "&lt;b&gt;", "</p></article>", "<!-- x -->", "javascript:alert(1)", "$<b>$", "$a$",
            r"$\text{<script>alert(1)</script>}$", r"$\href{javascript:alert(1)}{x}$",
            "[a](javascript:alert(1))", "](x)", "]]>", "\x00\x08", "a\u202eb", "$$x<y$$",
        ]
    ),
)  # fmt: skip


def shown(text: str) -> str:
    return " ".join(without_controls(text).split())


@given(NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY)
@settings(deadline=None, max_examples=100)
def test_any_text_in_any_field_comes_out_as_that_text(
    title: str,
    abstract: str,
    name: str,
    comment: str,
    chinese_title: str,
    summary: str,
    chinese_abstract: str,
    heading: str,
) -> None:
    """Every field shows its text and nothing else; no element or attribute comes from it."""
    odd = entry(
        chinese=Chinese(chinese_title or "x", summary or "x", chinese_abstract or "x"),
        title=title,
        abstract=abstract,
        authors=(Author(name, (name,)),),
        comment=comment or "x",
        journal_ref=comment or "x",
        doi=comment or "x",
    )
    plain = entry(authors=(Author("x", ("x",)),), comment="x", journal_ref="x", doi="x")
    html = digest_html(odd, title=heading, description=heading or "x")
    article = html.one("article", id="2403.12151")
    assert article.one(cls="dg-entitle").text == shown(title)
    assert article.one(cls="dg-original").one("p").text == shown(abstract)
    assert article.one(cls="dg-chinese").one("p").text == shown(chinese_abstract or "x")
    assert article.one(cls="dg-summary").text == f"一句话 {shown(summary or 'x')}".strip()
    assert article.one(cls="dg-title").text == shown(chinese_title or "x")
    assert article.one(cls="dg-authors").text == shown(name)
    assert html.one("h1").text == shown(heading)
    assert html.shape == digest_html(plain, title="x", description="x").shape


@given(NASTY)
@settings(deadline=None, max_examples=200)
def test_text_in_html_is_that_text(text: str) -> None:
    """Words are escaped, formulas carry their source."""
    assert parse(text_html(text)).text == shown(text)


@pytest.mark.parametrize(
    "note",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
        "![x](https://elsewhere.example/x.png)", "<a href='x' onclick='y'>z</a>",
        "[x](data:text/html,<script>alert(1)</script>)", "<!-- x -->", "[x](vbscript:x)",
    ],
)  # fmt: skip
def test_notes_are_markdown_without_html_scripts_or_pictures(note: str) -> None:
    """Raw HTML shows as text, dangerous links are no links, nothing is fetched."""
    html = parse(note_html(note))
    assert {node.tag for node in html.walk()} <= {"", "p", "a", "em", "strong"}
    for node in html.walk():
        assert set(node.attributes) <= {"href"}
        assert not node.attributes.get("href", "").startswith(("javascript:", "data:", "vbscript"))


def test_notes_are_rendered() -> None:
    """An editor may stress, link and list."""
    html = note_html("**重要**：见[官网](https://example.org)\n\n- 一\n- 二")
    assert "<strong>重要</strong>" in html
    assert '<a href="https://example.org">官网</a>' in html
    assert html.count("<li>") == 2


def test_a_formula_becomes_mathml_and_an_unreadable_one_its_source() -> None:
    """No script is needed; nothing is lost."""
    html = parse(text_html(r"当 $x^2$ 且 $\unknowncommand{y}$"))
    assert html.one("msup")
    assert html.one("code", cls="dg-tex").text == r"$\unknowncommand{y}$"


# Twins


def footnotes_of(source: str) -> Node:
    return parse(markdown.markdown(source, extensions=["tables", "footnotes", "attr_list"]))


def test_the_markdown_twin_renders_as_it_should() -> None:
    """A table with a row a paper; every paragraph of every paper inside its footnote."""
    twin = markdown_twin(edition(entry("2403.00001"), entry("2403.00002", chinese=None), unknown()))
    html = footnotes_of(twin)
    assert len(html.one("table").find("tr")) == 4
    notes = html.one("div", cls="footnote").find("li")
    assert len(notes) == 3
    for wanted in (
        "知识图谱",
        "Knowledge Graphs",
        "图谱有用。",
        "我们研究图谱。",
        "We study graphs.",
    ):
        assert wanted in notes[0].text
    assert "待译" in notes[1].text
    assert not html.find("pre")
    assert "AI 生成" in html.one("blockquote").text
    assert "| Ref | Title | Summary |" in twin


@given(NASTY, NASTY, NASTY)
@settings(deadline=None, max_examples=150)
def test_the_markdown_twin_shows_any_text_as_that_text(a: str, b: str, c: str) -> None:
    """No text of a record adds a cell, a row, a paragraph, a link or an element."""
    chinese = Chinese(f"题{a}", f"句{b}", f"文{c}")
    odd = edition(entry(chinese=chinese, title=f"T{c}", abstract=f"A{a}"))
    html = footnotes_of(markdown_twin(odd))
    plain = footnotes_of(markdown_twin(edition(entry())))
    tags = [node.tag for node in html.walk() if node.tag not in ("code", "br")]
    assert tags == [node.tag for node in plain.walk() if node.tag not in ("code", "br")]


@pytest.mark.parametrize("doi", ["10.1/x\\", "10.1/}{x", "\x1bP10.1/x\x1b\\"])
def test_no_doi_ends_or_opens_an_entry_of_bibtex(doi: str) -> None:
    """The entry behind it is there, too."""
    library = parse_string(bibtex_twin(edition(entry("2403.00001", doi=doi), entry("2403.00002"))))
    assert [it.key for it in library.entries] == ["arXiv:2403.00001", "arXiv:2403.00002"]
    assert library.entries[0]["doi"].isprintable()


def test_texts_of_which_nothing_is_left_end_no_footnote() -> None:
    """Two blank lines would, and all behind them would be code."""
    invisible = "\u202e\u202c"
    odd = entry(chinese=Chinese("题", "句", invisible), title=invisible, abstract=invisible)
    html = footnotes_of(markdown_twin(edition(odd)))
    assert not html.find("pre")
    assert "AI 生成" in html.one("div", cls="footnote").text


def test_the_json_twin_holds_everything_and_its_label() -> None:
    """Programs get what readers get, and how it came about."""
    correction = Correction("2403.12151", "docs/corrections/x.yml", title="人写", by="张三")
    data = json.loads(json_twin(edition(entry(correction=correction), unknown("2403.00002"))))
    first, second = data["papers"]
    assert "AI 生成" in data["label"]
    assert data["date"] == "2024-03-20"
    assert first["chinese"]["title"] == "人写"
    assert first["state"] == "corrected"
    assert first["corrected_by"] == "张三"
    assert first["paper"]["abstract"] == "We study graphs. They help."
    assert first["written"]["model"] == "some-model"
    assert second == second | {"state": "pending", "chinese": None, "paper": None}


@given(NASTY, NASTY)
@settings(deadline=None, max_examples=150)
def test_the_bibtex_twin_is_valid_whatever_a_title_holds(title: str, name: str) -> None:
    """One entry a paper, no failed block, braces balanced."""
    library = parse_string(
        bibtex_twin(edition(entry("2403.00001", title=title, authors=(Author(name),)), entry()))
    )
    assert not library.failed_blocks
    assert [e.key for e in library.entries] == ["arXiv:2403.00001", "arXiv:2403.12151"]


def test_the_bibtex_twin_escapes_what_latex_would_read() -> None:
    """50% and A&B stay, formulas stay formulas."""
    twin = bibtex_twin(edition(entry(title=r"50% of A&B is $x_1$")))
    assert r"title = {{50\% of A\&B is $x_1$}}" in twin


# What lists of different days say of one paper


def test_a_paper_stands_under_what_any_of_its_lists_says() -> None:
    """Tags and categories of an older listing have their pages; links to them lead somewhere."""
    pages = pages_of(
        edition(unknown("2403.12151v9"), name="2024-03-21"),
        edition(entry(tags=("图",)), name="2024-03-20"),
    )
    (card,) = html_of(pages["tags/图.md"]).find("article")
    assert card.one("a").attributes["href"] == "../../digests/2024-03-20/#2403.12151"
    assert "categories/cs.CV.md" in pages
    for page in pages.values():
        html_of(page)


def test_headings_of_notes_stand_below_those_of_the_page() -> None:
    """A note brings no second h1."""
    assert parse(note_html("# 大\n\n## 中")).find("h4")
    assert not parse(note_html("# 大")).find("h1")


def test_titles_in_plain_text_keep_their_money_and_show_their_formulas() -> None:
    """The table of contents says $100 and α, not 100 and the name of a letter."""
    page = pages_of(edition(entry(chinese=Chinese(r"花 $100 求 $\alpha$", "句", "文"))))
    assert page["digests/2024-03-20.md"].headings[-1].title == "1. 花 $100 求 α"


def test_prose_between_dollars_is_no_formula() -> None:
    """Chinese that a pair of dollars encloses by mistake stays text that wraps."""
    assert parse(text_html("当$时，我们证明了这一点$成立")).find("code", cls="dg-tex")


@pytest.mark.parametrize("tex", [r"\rule{100em}{100em}", r"\hspace{99999em}", r"\hspace{-500em}"])
def test_a_formula_takes_no_more_room_than_it_needs(tex: str) -> None:
    """Black blocks and endless spaces are shown as their source."""
    assert parse(text_html(f"${tex}$")).find("code", cls="dg-tex")


def test_no_line_begins_with_the_punctuation_behind_a_formula() -> None:
    """The formula and its full stop are kept together; words behind them may wrap."""
    html = parse(text_html("分布为 $x$。再者"))
    assert html.one("span", cls="dg-nowrap").text == "$x$。"
    assert html.text == "分布为 $x$。再者"


# The glossary


TERMS = (
    Term("large language model", "大语言模型", None, ("大模型",)),
    Term("language model", "语言模型"),
    Term("transformer", "Transformer"),
    Term("token", None),
)


def test_terms_carry_their_english_where_they_stand_first() -> None:
    """Once each, the longest first, in whatever rendering is right; those that stay English do
    not."""
    html = text_html("大模型与大语言模型、语言模型和语言模型用 Transformer 读 token。", TERMS)
    assert str(html) == (
        '<abbr class="dg-term" title="large language model">大模型</abbr>与大语言模型、'
        '<abbr class="dg-term" title="language model">语言模型</abbr>和语言模型用 Transformer 读'
        " token。"
    )


@given(st.text(), st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=3))
def test_marks_of_terms_change_no_text(text: str, pairs: list[tuple[str, str]]) -> None:
    """Whatever stands in a text or a glossary."""
    terms = [Term(english, chinese) for english, chinese in pairs]
    marked, plain = parse(str(text_html(text, terms))), parse(str(text_html(text)))
    assert marked.text == plain.text
    assert {node.tag for node in marked.walk()} - {"abbr"} <= {node.tag for node in plain.walk()}


def test_only_terms_of_the_paper_are_marked_in_its_abstract() -> None:
    """The Chinese of a term may have another sense where the English has another word."""
    glossary = (Term("tree", "图谱"),)
    page = site_pages([edition(entry())], SITE).pages[0]
    html = parse(str(Renderer(SITE, lambda uri: uri, glossary=glossary).page(page)))
    assert [(it.attributes["title"], it.text) for it in html.find("abbr")] == []
    glossary = (Term("graph", "图谱"),)
    html = parse(str(Renderer(SITE, lambda uri: uri, glossary=glossary).page(page)))
    assert [(it.attributes["title"], it.text) for it in html.find("abbr")] == [("graph", "图谱")]


def test_the_glossary_has_a_page() -> None:
    """Sorted by the English, with what else is right and what people note, as text."""
    glossary = (Term("token", None, "计量单位"), Term("agent", "<b>智能体</b>", None, ("代理",)))
    (page,) = [
        it for it in site_pages([], SITE, None, glossary).pages if it.src_uri == GLOSSARY_URI
    ]
    html = parse(str(Renderer(SITE, lambda uri: uri).page(page, "https://example.org/edit")))
    rows = [[cell.text for cell in row.find("td")] for row in html.find("tr")[1:]]
    assert [th.text for th in html.find("th", scope="row")] == ["agent", "token"]
    assert rows == [["<b>智能体</b> 也作代理", ""], ["保留英文", "计量单位"]]
    assert html.one("a", href="https://example.org/edit")


# What the check still doubts


DOUBTS = (
    Problem("abstract", "number", "the Chinese has 6, the English has 5: mend it", "6 个"),
    Problem("title", "name", "the English has BERT: keep it", "BERT"),
)


def doubted(correction: Correction | None = None) -> Entry:
    plain = entry()
    assert plain.record is not None
    return Entry(plain.listed, replace(plain.record, problems=DOUBTS), correction)


def test_a_text_that_the_check_doubts_is_marked_and_says_where() -> None:
    """Beside the title in the table and on the card, and in words at the paper."""
    page = site_pages([edition(doubted())], SITE).pages[0]
    html = parse(str(Renderer(SITE, lambda uri: uri).page(page)))
    assert [it.text for it in html.find(cls="dg-badge") if it.text == "待校"] == ["待校"] * 2
    doubts = html.one(cls="dg-doubts")
    assert [it.text for it in doubts.find("li")] == [
        "摘要：英文里没有这个数“6 个”",
        "标题：名称与英文不符“BERT”",
    ]
    assert "AI 生成，待校" in html.one(cls="dg-state").text


def test_who_corrects_a_field_settles_what_was_doubted_there() -> None:
    """The other fields stay in doubt."""
    page = site_pages(
        [edition(doubted(Correction("2403.12151", "c.yml", title="新题")))], SITE
    ).pages[0]
    html = parse(str(Renderer(SITE, lambda uri: uri).page(page)))
    assert len(html.one(cls="dg-doubts").find("li")) == 1
    assert {"经人工校对", "待校"} <= {it.text for it in html.find(cls="dg-badge")}
    whole = Correction("2403.12151", "c.yml", title="新题", summary="句。", abstract="文。")
    assert doubted(whole).problems == ()
    assert doubted(whole).state == "corrected"


def test_other_programs_learn_of_doubts() -> None:
    """In the JSON twin with their kinds, in the Markdown twin as a word."""
    (data,) = json.loads(json_twin(edition(doubted())))["papers"]
    assert data["state"] == "doubtful"
    assert [problem["kind"] for problem in data["problems"]] == ["number", "name"]
    assert "AI 生成，待校" in markdown_twin(edition(doubted()))
