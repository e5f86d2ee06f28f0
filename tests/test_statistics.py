"""The page 统计: what is counted, which words rise, how charts are drawn; and the pages around it in
a real browser."""

from __future__ import annotations

import functools
import http.server
import os
import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from mkdocs.commands.build import build
from mkdocs.config import load_config

from builds import environment, parse, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.intake.taxonomy import is_category
from digest_plugin.pages.all_pages import STATISTICS_URI
from digest_plugin.pages.charts import (
    Bar,
    Caption,
    Column,
    Row,
    bars_chart,
    columns_chart,
    shortened,
)
from digest_plugin.pages.rising_words import (
    LEAST_BEFORE,
    LEAST_PAPERS,
    LEAST_RECENT,
    English,
    are_enough,
    rising_terms,
)
from digest_plugin.pages.trends import (
    Trends,
)
from digest_plugin.papers import Correction
from digest_plugin.records.contents import Edition
from digest_plugin.records.store import PaperStore
from digest_plugin.text.rendering import without_controls
from outlined import status_of, trends_of
from test_browser import DESKTOP, PHONE, REPOSITORY, SMALL, Served, _Quiet, context_of, opened
from test_pages import NASTY, edition, entry, html_of, pages_of, unknown

LONG_CLASS = f"{'14J28, ' * 50}14D20 (Primary)"
SVG = "{http://www.w3.org/2000/svg}"
CAPTION = Caption("chart-x", "标题", "说明")


# What is counted


STATES = ("plain", "pending", "withdrawn", "corrected", "unknown")
PAPERS = st.tuples(
    st.integers(1, 15),
    st.lists(
        st.sampled_from(["cs.CL", "cs.LG", "math.AG", "68T50"]), min_size=1, max_size=3, unique=True
    ),
)
DAYS = st.one_of(st.none(), st.dates(date(2021, 10, 1), date(2024, 3, 31)))
SITES = st.lists(
    st.tuples(DAYS, st.lists(PAPERS, max_size=6, unique_by=lambda it: it[0])), max_size=6
)


def made(lists) -> list[Edition]:
    """Digests, the newest first and those without a date last."""
    editions = []
    for number, (day, papers) in enumerate(lists):
        entries = []
        for n, categories in papers:
            id, state = f"2403.{n:05}", STATES[n % 5]
            correction = Correction(id, "x.yml", title="人写") if state == "corrected" else None
            if state == "unknown":
                entries.append(unknown(id))
                continue
            more = {"chinese": None} if state == "pending" else {}
            entries.append(
                entry(
                    id, correction=correction, categories=tuple(categories),
                    primary_category=categories[0], withdrawn=state == "withdrawn", **more,
                )
            )  # fmt: skip
        editions.append(edition(*entries, name=f"x{number}", date=day))
    return sorted(
        editions, key=lambda it: (it.date is not None, it.date or 0, it.name), reverse=True
    )


@given(SITES)
@settings(max_examples=80)
def test_every_paper_counts_once(lists) -> None:
    """However many digests list it; months, and papers without a day, add up to the total."""
    editions = made(lists)
    trends = trends_of(editions)
    papers = {n for _, papers in lists for n, _ in papers}
    assert trends.papers == len(papers)
    assert sum(count for _, count in trends.months) + trends.undated == len(papers)
    days = {
        n: min(day for day, papers in lists if day and n in {it[0] for it in papers})
        for day, papers in lists if day for n, _ in papers
    }  # fmt: skip
    assert trends.undated == len(papers) - len(days)
    for month, count in trends.months:
        assert count == sum((d.year, d.month) == (month.year, month.month) for d in days.values())


@given(SITES)
@settings(max_examples=80)
def test_months_follow_each_other(lists) -> None:
    """From the first with papers to the last; those between count even if they have none."""
    months = [month for month, _ in trends_of(made(lists)).months]
    assert all(month.minus(1) == before for before, month in pairwise(months))
    if months:
        counts = [count for _, count in trends_of(made(lists)).months]
        assert counts[0]
        assert counts[-1]


@given(SITES)
@settings(max_examples=80)
def test_cross_lists_count_in_each_of_their_categories(lists) -> None:
    """Once as primary; both together are what the category's page lists."""
    editions = made(lists)
    trends = trends_of(editions)
    assert [it.name for it in trends.categories if not is_category(it.name)] == []
    topics = {
        page.data["topic"].name: page.data["topic"].papers
        for page in pages_of(*editions).values()
        if page.data.get("is_category")
    }
    assert {it.name: it.primary + it.crossed for it in trends.categories} == topics


@given(SITES)
@settings(max_examples=80)
def test_states_are_those_of_the_status_page(lists) -> None:
    """One site says the same on both of its pages."""
    from digest_plugin.records.runs import History

    editions = made(lists)
    trends, status = trends_of(editions), status_of(editions, History(), [], "1")
    assert trends.papers == status.asked
    assert (trends.translated, trends.corrected) == (status.done, status.corrected)
    assert trends.withdrawn <= trends.papers


def test_weekdays_count_where_there_are_days_enough() -> None:
    """Monday to Sunday; with a few days nothing is said, nor where all are alike."""
    days = [date(2024, 1, 1) + timedelta(n) for n in range(28)]
    every = [edition(entry(f"2401.{n:05}"), name=str(day)) for n, day in enumerate(days, 1)]
    assert trends_of(every[:19]).weekdays == ()
    assert trends_of(every).weekdays == (4,) * 7
    assert "weekdays" not in figures(*every)
    working = [it for it in every if it.date.weekday() < 5]
    assert trends_of(working).weekdays == (4, 4, 4, 4, 4, 0, 0)
    assert "星期六、星期日没有" in figures(*working)["weekdays"].summary


# Words on the rise


FILLER = "We study things of many kinds. Results are shown in experiments."


def texts(count: int, title: str = "Filler", abstract: str = FILLER) -> list[English]:
    return [English(title, abstract)] * count


def rising(recent: list[English], before: list[English], most: int = 10) -> list[str]:
    return [term.text for term in rising_terms(recent, before, most)]


def test_a_word_that_rises_is_found_and_one_that_stays_is_not() -> None:
    """It is measured by shares of papers, not by numbers: there are more papers before."""
    new = texts(20, "On jailbreaks", "We study the jailbreak of sheep. A jailbreak, again.")
    recent = [*new, *texts(80, "Sheep", "All sheep.")]
    before = [*texts(10, *vars(new[0]).values()), *texts(390, "Sheep", "All sheep.")]
    (term,) = rising_terms(recent, before, 10)
    assert (term.text, term.recent, term.before) == ("jailbreak", 20, 10)
    assert term.rise == pytest.approx(30 / (11 * 100 / 401 + 10))


@pytest.mark.parametrize(
    ("wanted", "title", "abstract"),
    [
        ("LLMs", "LLMs", "We ask LLMs. Some LLMs know. Each LLM."),
        ("fine-tuning", "Fine-Tuning", "This is fine-tuning."),
        ("fine tuning", "Fine-Tuning", "This is fine tuning."),
        ("world models", "World Models", "We like world models."),
        (
            "retrieval-augmented generation",
            "Retrieval-Augmented Generation",
            "We like retrieval-augmented generation.",
        ),
        ("Schrödinger bridges", "Schrödinger Bridges", "We like Schrödinger bridges."),
        ("GPT-4", "GPT-4", "We ask GPT-4."),
        ("3D", "3D", "We look in 3D."),
        ("reasoning", "Reasoning", "The LLM-based reasoning, $reasoning$."),
    ],
)
def test_terms_are_written_as_abstracts_write_them(wanted, title, abstract) -> None:
    """Phrases whole, capitals where they belong, singular and plural as one."""
    assert wanted in rising([*texts(50), *texts(30, title, abstract)], texts(200))


@pytest.mark.parametrize(
    "abstract",
    [
        "We delve into intricate and pivotal realms, showcasing significantly novel insights.",
        "The model of the network and the method.", "$x^2$ and $\\alpha$", "12 345", "a b c d",
    ],
)  # fmt: skip
def test_what_every_abstract_says_is_no_term(abstract) -> None:
    """Stop words, what language models like to write, adverbs, numbers, formulas, letters."""
    assert rising([*texts(50), *texts(30, abstract, abstract)], texts(200)) == []


def test_what_never_stands_in_a_title_is_no_term() -> None:
    """Fashions of style are not what papers are about."""
    assert rising([*texts(50), *texts(30, "Sheep", "We burgeon.")], texts(200)) == ["Sheep"]


def test_a_phrase_stands_for_its_words() -> None:
    """Where nearly all that say one word say the phrase, the phrase alone is shown."""
    new = texts(30, "Knowledge Graphs", "We like knowledge graphs.")
    assert rising([*texts(50), *new], texts(200)) == ["knowledge graphs"]


def test_words_that_do_not_touch_are_no_phrase() -> None:
    """Commas, stops and words between them part them."""
    new = texts(30, "Sheep", "Knowledge, graphs. Sheep. Goats of sheep.")
    assert not any(" " in term for term in rising([*texts(50), *new], texts(200)))


def test_a_spelling_that_went_out_of_use_is_the_same_term() -> None:
    """`fine tuning` of last year was `fine-tuning` already."""
    recent = [*texts(50), *texts(30, "Fine-Tuning", "This is fine-tuning.")]
    before = [*texts(100), *texts(60, "Fine Tuning", "This is fine tuning.")]
    assert rising(recent, before) == []


@given(st.lists(st.text(alphabet="ab -.,$\\'’s1é", max_size=60), min_size=1, max_size=12))
@settings(max_examples=60)
def test_terms_of_any_text_are_words(all_texts) -> None:
    """Each counts no more than there are papers; most first, no more than were asked for."""
    recent = [English(text, text) for text in all_texts] * LEAST_PAPERS
    terms = rising_terms(recent, [], 3)
    assert len(terms) <= 3
    assert [term.rise for term in terms] == sorted((term.rise for term in terms), reverse=True)
    for term in terms:
        assert LEAST_PAPERS <= term.recent <= len(recent)
        assert term.before == 0
        assert re.fullmatch(r"[^\W_]+(?:[- ][^\W_]+)*", term.text)


def test_few_papers_are_said_to_be_few() -> None:
    """No words of 49 papers, nor of 50 with nothing before them; the page says what is missing."""
    assert are_enough(LEAST_RECENT, LEAST_BEFORE)
    assert not are_enough(LEAST_RECENT - 1, LEAST_BEFORE)
    assert not are_enough(LEAST_RECENT, LEAST_BEFORE - 1)
    figure = figures(edition(entry()))["words"]
    assert "论文还太少：最近 3 个月 1 篇，此前 12 个月 0 篇" in figure.summary
    assert figure.chart is None
    assert figure.rows == ()


# The page


def figures(*editions: Edition) -> dict[str, object]:
    newest_first = sorted(editions, key=lambda it: it.name, reverse=True)
    page = pages_of(*newest_first)[STATISTICS_URI]
    return {figure.id: figure for figure in page.data["figures"]}


def years_of_digests(years: int = 3, papers: int = 4) -> list[Edition]:
    """Weekly digests with categories, tags, and a word that rises in the end."""
    chance = random.Random(1)
    categories = ["cs.CL", "cs.LG", "cs.CV", "stat.ML", "math.AG", "hep-th", LONG_CLASS]
    editions = []
    for week in range(years * 52):
        day = date(2021, 1, 4) + timedelta(7 * week)
        is_late = week > years * 52 - 12
        entries = []
        for n in range(papers):
            names = chance.sample(categories[: chance.randint(3, 7)], chance.randint(1, 3))
            title, abstract = "On Sheep", "All sheep sleep."
            if is_late and n % 2:
                title, abstract = "Jailbreaks of <b>Sheep</b>", "A jailbreak of sheep."
            entries.append(
                entry(
                    f"{day:%y%m}.{week * papers + n + 1:05}", categories=tuple(names),
                    primary_category=names[0], title=title, abstract=abstract,
                    tags=("<script>", "图", "x" * 40)[: n % 4], withdrawn=n == 0 and week % 20 == 0,
                )
            )  # fmt: skip
        editions.append(edition(*entries, name=str(day)))
    return editions[::-1]


@pytest.fixture(scope="module")
def three_years() -> list[Edition]:
    return years_of_digests()


def test_the_page_shows_each_figure_as_a_chart_and_as_a_table(three_years) -> None:
    """Every chart has a name, a description, and the same figures in words beside it."""
    html = html_of(pages_of(*three_years)[STATISTICS_URI])
    sections = html.find("section")
    assert [section.one("h2").text for section in sections] == [
        "按月", "按年", "按分类", "上升的词", "译文与撤稿", "按星期",
    ]  # fmt: skip
    for section in sections:
        (chart,) = section.find("svg", role="img")
        names = [
            node.attributes["id"]
            for node in chart.find("title") + chart.find("desc")
            if node.attributes
        ]
        assert " ".join(names) == chart.attributes["aria-labelledby"]
        assert all(node.text for node in chart.find("desc"))
        table = section.one("details").one("table")
        assert len(table.find("tr")) > 1
        assert all(th.attributes["scope"] == "row" for th in table.one("tbody").find("th"))
    ids = [node.attributes["id"] for node in html.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))


def test_figures_of_the_page_are_those_of_the_site(three_years) -> None:
    """By month the last 24, by year all; categories link to their pages."""
    shown = figures(*three_years)
    months = [int(row.cells[0]) for row in shown["months"].rows]
    assert len(months) == 24
    assert shown["months"].rows[0].title == "2023 年 12 月"
    assert sum(int(row.cells[0]) for row in shown["years"].rows) == 3 * 52 * 4
    for row in shown["categories"].rows:
        primary, crossed, both = (int(cell.replace(",", "")) for cell in row.cells)
        assert primary + crossed == both
    assert shown["categories"].rows[0].uri in pages_of(*three_years)
    assert any(row.title == "cs.CL 计算与语言" for row in shown["categories"].rows)
    assert [row.title for row in shown["words"].rows] == ["jailbreak"]


def test_a_young_site_has_its_page() -> None:
    """One digest: no chart of a single column, no share that rounds to a lie."""
    html = html_of(pages_of(edition(entry(), entry("2403.00002", chinese=None)))[STATISTICS_URI])
    assert "2024 年 3 月收录 2 篇。" in html.text
    assert not html.one("section", **{"aria-labelledby": "months"}).find("svg")
    assert "已有中文 50.0%" in html.text


def test_a_site_without_papers_has_its_page() -> None:
    """Nothing is divided by nothing."""
    for editions in ([], [edition(unknown())], [edition(unknown(), name="survey")]):
        html_of(pages_of(*editions)[STATISTICS_URI])
    assert "还没有论文" in html_of(pages_of()[STATISTICS_URI]).text


@pytest.mark.parametrize(
    ("papers", "total", "text"),
    [
        (0, 9, "0%"),
        (9, 9, "100%"),
        (1, 9, "11.1%"),
        (99_999, 100_000, "99.9%"),
        (1, 100_000, "0.01%"),
    ],
)
def test_shares_are_none_or_all_only_if_they_are(papers, total, text) -> None:
    """Rounding makes no 0% of a paper and no 100% of all but one."""
    from digest_plugin.pages.statistics_page import _share

    assert _share(papers, total) == text


def test_the_same_files_make_the_same_bytes() -> None:
    """Whatever order Python's sets are in."""
    code = (
        "from test_statistics import *; from digest_plugin.pages.page_html import Renderer;"
        "from test_pages import SITE, url_of;"
        "page = pages_of(*years_of_digests())[STATISTICS_URI];"
        "print(Renderer(SITE, url_of).page(page))"
    )
    tests = Path(__file__).parent
    paths = os.pathsep.join([str(tests), str(tests.parent)])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True,
            env=os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": seed, "NO_MKDOCS_2_WARNING": "1"},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1
    assert b"jailbreak" in outputs.pop()


# Charts


def drawn(chart: Markup) -> ET.Element:
    """The chart as XML, which is stricter than HTML."""
    return ET.fromstring(f'<r xmlns="http://www.w3.org/2000/svg">{chart}</r>')[0]


def percent(element: ET.Element, name: str) -> float:
    return float(element.get(name).removesuffix("%"))


@given(st.lists(st.integers(0, 10**7), max_size=40))
@settings(max_examples=80)
def test_columns_are_as_high_as_what_they_show(values) -> None:
    """In proportion, inside the drawing, in order, under a scale of round numbers."""
    columns = [
        Column(f"{n}", value, "1", "2024 年" * (n % 12 == 0)) for n, value in enumerate(values)
    ]
    svg = drawn(columns_chart(CAPTION, columns, 12))
    rects = svg.findall(f".//{SVG}rect")
    heights = [float(rect.get("height")) for rect in rects]
    tops = [text.text for text in svg.findall(f".//{SVG}text[@class='dg-chart__scale']")]
    scale = [int(text.replace(",", "")) for text in tops]
    assert scale[0] == 0
    assert scale[-1] >= max(values, default=0)
    assert 2 <= len(scale) <= 5
    assert re.fullmatch("[125]0*", str(scale[1]))
    for value, height in zip(values, heights, strict=True):
        assert height == pytest.approx(170 * value / scale[-1], abs=0.06)
    places = [percent(rect, "x") for rect in rects]
    assert places == sorted(places)
    assert all(0 <= percent(r, "x") and percent(r, "x") + percent(r, "width") <= 100 for r in rects)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=15))
@settings(max_examples=80)
def test_bars_are_as_long_as_what_they_show(values) -> None:
    """Parts follow each other; what is not nothing can be seen; there is room for the number."""
    rows = [Row("x", (Bar((("solid", a), ("hatched", b)), "1"),)) for a, b in values]
    svg = drawn(bars_chart(CAPTION, rows))
    rects = [it for it in svg.findall(f".//{SVG}rect") if "bar" in it.get("class")]
    assert len(rects) == sum(bool(a) + bool(b) for a, b in values)
    most = max(a + b for a, b in values)
    for rect in rects:
        assert percent(rect, "width") >= 0.4
        assert percent(rect, "x") + percent(rect, "width") <= 67
    shown = iter(rects)
    for a, b in values:
        for value in filter(None, (a, b)):
            expected = max(0.4, 66 * value / most)
            assert percent(next(shown), "width") == pytest.approx(expected, abs=0.006)


def test_patterns_tell_parts_apart() -> None:
    """Full, hatched and empty need no colour, and colour comes from the page."""
    bar = Bar((("solid", 1), ("hatched", 2), ("empty", 3)), "1")
    svg = drawn(bars_chart(CAPTION, [Row("x", (bar,))]))
    fills = [r.get("fill") for r in svg.findall(f".//{SVG}rect") if "bar" in r.get("class")]
    assert fills == ["currentColor", "url(#chart-x-hatch)", "none"]
    assert svg.find(f".//{SVG}pattern").get("id") == "chart-x-hatch"
    assert not re.findall("#[0-9a-f]{3,6}\\b|rgb", ET.tostring(svg, encoding="unicode"))


@given(NASTY, NASTY)
@settings(max_examples=100)
def test_any_text_in_a_chart_is_text(label, note) -> None:
    """No element, attribute or script comes from it, and it is well-formed XML."""
    caption = Caption("chart-x", label, note)
    charts = [
        columns_chart(caption, [Column(label, 3, note, label)]),
        bars_chart(caption, [Row(label, (Bar((("solid", 1),), note),))]),
    ]
    plain = Caption("chart-x", "x", "x")
    shapes = [
        columns_chart(plain, [Column("x", 3, "x", "x")]),
        bars_chart(plain, [Row("x", (Bar((("solid", 1),), "x"),))]),
    ]
    for chart, shape in zip(charts, shapes, strict=True):
        assert parse(chart).one("desc").text == " ".join(without_controls(note).split())
        if label and note:
            assert parse(chart).shape == parse(shape).shape
        drawn(chart)
        for node in parse(chart).walk():
            assert "style" not in node.attributes
            assert not [name for name in node.attributes if name.startswith("on")]


@given(st.text(max_size=80))
def test_labels_fit(label) -> None:
    """A label that a small screen would cut is cut with a mark; others stay."""
    short = shortened(label)
    assert len(short) <= 35
    assert short == label or (short.endswith("…") and label.startswith(short[:-1]))


# In the browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, three_years) -> Iterator[Served]:
    """Three years of digests below Material, without a home page of somebody's own."""
    root = tmp_path_factory.mktemp("statistics")
    config = (REPOSITORY / "mkdocs.yml").read_text("utf-8")
    nav = re.compile(r"^nav:\n(?:[ ].*\n)+", re.MULTILINE)
    write_files(root, {"mkdocs.yml": nav.sub("", config)})
    store = PaperStore(root / "docs/papers", root)
    for number, each in enumerate(three_years[:60]):
        lines = ["papers:"]
        for paper in each.entries:
            store.save(parse_identifier(paper.id), paper.record)
            lines += [f'  - id: "{paper.id}"', f"    tags: {list(paper.listed.tags)}"]
        write_files(root, {f"docs/digests/{each.name}.yml": "\n".join(lines) + "\n"})
        if number % 10 == 0:
            special = f'title: 专题 {number}\npapers:\n  - "{each.entries[0].id}"\n'
            write_files(root, {f"docs/digests/{each.name}-special.yml": special})
            write_files(root, {f"docs/digests/special-{number}.yml": special})
    (root / "docs/stylesheets").mkdir()
    (root / "docs/stylesheets/site.css").write_text("", "utf-8")
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    with environment({}):
        loaded = load_config(str(root / "mkdocs.yml"), site_dir=str(root / "www/sub"), strict=True)
        loaded.plugins.on_startup(command="build", dirty=False)
        build(loaded)
    handler = functools.partial(_Quiet, directory=str(root / "www"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Served(f"http://127.0.0.1:{server.server_port}/sub/", root / "www/sub")
    server.shutdown()
    server.server_close()


KINDS = {
    "home": "", "archive": "archive/", "year": "archive/2023/", "category": "categories/cs.CL/",
    "categories": "categories/", "tags": "tags/", "tag": "tags/图/", "statistics": "statistics/",
}  # fmt: skip


def test_the_style_sheet_of_these_pages_is_on_every_page(site) -> None:
    """Behind the one that all pages share, whose colours it uses."""
    html = (site.folder / "statistics/index.html").read_text("utf-8")
    sheets = re.findall(r"assets/arxiv-digest[\w-]*\.css", html)
    assert sheets[0] == "assets/arxiv-digest.css"
    assert ".dg-calendar--counts" in (site.folder / sheets[0]).read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(browser, site, scheme, kind, size) -> None:
    """axe finds nothing against WCAG 2.2 A and AA, tables opened; no request to elsewhere."""
    with context_of(browser, size, color_scheme=scheme) as context:
        page = opened(context, site, KINDS[kind])
        page.wait_for_timeout(300)  # Material fades its colours in
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        results = Axe().run(
            page, context=".md-content", options={"runOnly": {"type": "tag", "values": tags}}
        )
        assert results.violations_count == 0, results.generate_report()
        assert page.faults == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["phone", "small"])
def test_pages_fit_and_can_be_touched(browser, site, kind, size) -> None:
    """No sideways scrolling down to 320 px; what can be pressed by itself is 24 px high and wide."""
    with context_of(browser, size) as context:
        page = opened(context, site, KINDS[kind])
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        boxes = page.eval_on_selector_all(
            ".dg-calendar a, .dg-chip, .dg-years a, .dg-button, .dg-data summary",
            "all => all.map(each => each.getBoundingClientRect()).map(box => [box.width, box.height])",
        )
        assert all(width >= 24 and height >= 24 for width, height in boxes)


@pytest.mark.parametrize("size", [DESKTOP, PHONE, SMALL], ids=["desktop", "phone", "small"])
def test_nothing_of_a_chart_is_cut_off(browser, site, size) -> None:
    """Labels stand inside the page, and the letters are as large as those around them."""
    with context_of(browser, size) as context:
        page = opened(context, site, "statistics/")
        boxes = page.eval_on_selector_all(
            ".dg-chart text",
            "all => all.map(each => each.getBoundingClientRect()).map(box => [box.left, box.right])",
        )
        assert len(boxes) > 40
        assert min(left for left, _ in boxes) >= 0
        assert max(right for _, right in boxes) <= size[0]
        sizes = page.eval_on_selector_all(
            ".dg-chart text", "all => all.map(each => parseFloat(getComputedStyle(each).fontSize))"
        )
        assert min(sizes) >= 11


def test_labels_of_a_scale_do_not_touch(browser, site) -> None:
    """On the smallest screen, months below columns are apart."""
    with context_of(browser, SMALL) as context:
        page = opened(context, site, "statistics/")
        for role in ("tick", "group"):
            boxes = page.eval_on_selector_all(
                f"#months ~ svg .dg-chart__{role}",
                "all => all.map(each => each.getBoundingClientRect()).map(box => [box.left, box.right])",
            )
            assert boxes
            assert all(a[1] < b[0] for a, b in pairwise(boxes))


def test_all_of_it_works_without_javascript(browser, site) -> None:
    """From home to a paper by the archive, a category, a tag; charts and tables are there."""
    with context_of(browser, PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.url)
        page.locator(".dg-home a", has_text="全部").click()
        page.locator(".dg-chip", has_text="计算与语言").click()
        assert page.locator("h1").inner_text().startswith("cs.CL 计算与语言")
        page.locator(".dg-card a").first.click()
        assert "/digests/" in page.url
        page.goto(site.url)
        page.locator(".dg-more-links a", has_text="统计").click()
        assert page.locator("svg.dg-chart[role=img]").first.is_visible()
        table = page.locator(".dg-data table").first
        assert not table.is_visible()
        page.locator(".dg-data summary").first.click()
        assert table.is_visible()


def test_days_are_reached_in_order_with_the_keyboard(browser, site) -> None:
    """Month by month, the newest first; in a month day by day."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "archive/")
        page.locator(".dg-calendar a").first.focus()
        seen = []
        for _ in range(8):
            seen.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
            page.keyboard.press("Tab")
        days = [tuple(map(int, re.findall(r"[0-9]+", it)[:2])) for it in seen if it]
        assert len(days) >= 5
        months = [month for month, _ in days]
        assert months == sorted(months, reverse=True)
        for month in set(months):
            of_month = [day for each, day in days if each == month]
            assert of_month == sorted(of_month)


def test_no_style_attributes_and_no_inline_scripts(site) -> None:
    """A content security policy may forbid them."""
    for url in KINDS.values():
        html = parse((site.folder / url / "index.html").read_text("utf-8"))
        content = html.find("article", cls="md-content__inner")[0]
        for node in content.walk():
            assert "style" not in node.attributes
            assert node.tag != "script"


def test_trends_of_ten_years_are_quick() -> None:
    """Growing by ten takes about ten times as long: nothing is compared with everything."""
    import time

    def seconds(years: int) -> float:
        editions = years_of_digests(years, papers=3)
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            found: Trends = trends_of(editions)
            best = min(best, time.process_time() - start)
        assert found.papers == years * 52 * 3
        return best

    assert seconds(20) < 40 * seconds(2) + 0.05
