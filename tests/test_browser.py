"""The built site in a real browser: what readers see, on a desk and on a phone."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import Browser, BrowserContext, Page, expect

from builds import environment, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.papers import Chinese, Record
from digest_plugin.records.store import PaperStore
from digest_plugin.text.rendering import without_controls
from test_pages import entry

REPOSITORY = Path(__file__).parent.parent
DESKTOP, PHONE, SMALL = (1280, 900), (390, 844), (320, 640)
KINDS = {
    "home": "", "digest": "digests/2024-03-20/", "archive": "archive/", "year": "archive/2024/",
    "categories": "categories/", "category": "categories/cs.CL/", "tags": "tags/",
    "tag": "tags/微调/", "statistics": "statistics/", "glossary": "glossary/", "search": "search/?q=大语言模型",
    "bookmarks": "bookmarks/", "about": "about/", "404": "404.html", "odd": "digests/odd/",
    "status": "status/",
}  # fmt: skip
pytestmark = pytest.mark.skipif(
    not (REPOSITORY / "docs/digests/2024-03-20.yml").is_file(),
    reason="the example's list has made way for a site's own",
)
NASTY = [
    "<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>', "'-window.pwned=1-'", "{{ 7*7 }}{% raw %}",
    r"$\text{<img src=x onerror=window.pwned=1>}$", r"$\href{javascript:window.pwned=1}{x}$",
    "</p></article></main><h1>x</h1>", "<!--", "&lt;b&gt;&#60;", "[x](javascript:window.pwned=1)",
    "javascript:window.pwned=1", "<base href=https://elsewhere.example/>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.example/'>",
    "<style>*{display:none}</style>", "\u202eabc", "a\u200bb", "x" * 400, r"$x^2$ 与 $\frac{a}{b}$",
]  # fmt: skip


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@dataclass
class Served:
    """The site of this repository, with an odd digest added, at an address."""

    url: str
    folder: Path
    seen: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("served")
    shutil.copytree(REPOSITORY / "docs", root / "docs")
    shutil.copy(REPOSITORY / "mkdocs.yml", root)
    _write_odd_digest(root)
    with serving(root) as site:
        yield site


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    """The site at `root`, built and at an address: below a folder, as GitHub's pages of a project
    are."""
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    with environment({}):
        config = load_config(str(root / "mkdocs.yml"), site_dir=str(root / "www/sub/folder"))
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
    with at_an_address(root / "www") as url:
        yield Served(f"{url}sub/folder/", root / "www/sub/folder")


@contextmanager
def at_an_address(folder: Path) -> Iterator[str]:
    """The files below `folder`, as long as the block lasts."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _write_odd_digest(root: Path) -> None:
    """A digest of hostile texts, a pending, a withdrawn, a corrected and an unknown paper."""
    ids = [f"2403.{number:05}" for number in range(1, len(NASTY) + 1)]
    write_files(
        root,
        {
            "docs/digests/odd.yml": "".join(f"- {i}\n" for i in [*ids, "hep-th/9901001"]),
            "docs/corrections/2403.00002.yml": "title: 人写的题目\nby: 张三\n",
        },
    )
    store = PaperStore(root / "docs/papers", root)
    for i, text in zip(ids, NASTY, strict=True):
        odd = entry(i, chinese=Chinese(f"题 {text}", f"句 {text}", f"文 {text}"), title=text,
                    abstract=text, comment=text, journal_ref=text, doi=text)  # fmt: skip
        assert odd.record is not None
        record = odd.record
        if i == "2403.00003":
            record = Record(record.paper)
        store.save(parse_identifier(i), record)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param


def context_of(browser: Browser, size: tuple[int, int], **options: object) -> BrowserContext:
    return browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)


def opened(context: BrowserContext, served: Served, url: str) -> Page:
    """A page with `faults`, which fills with console errors and requests to elsewhere."""
    page = context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("console", lambda m: m.type == "error" and page.faults.append(m.text))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "request",
        lambda r: r.url.startswith((served.url, "data:", "blob:")) or page.faults.append(r.url),
    )
    page.goto(served.url + url, wait_until="load")
    return page


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [DESKTOP, PHONE, SMALL], ids=["desktop", "phone", "small"])
def test_pages_fit_ask_nobody_and_have_no_errors(browser, served, kind, size) -> None:
    """No sideways scrolling down to 320 px, no request to another host, no error, no script run."""
    with context_of(browser, size) as context:
        page = opened(context, served, KINDS[kind])
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate("window.pwned") is None
        # 404 is served at its own address here, with links to the site's real one.
        assert kind == "404" or page.faults == []


@pytest.mark.parametrize("kind", ["home", "digest", "archive", "year", "category", "tags", "odd"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_are_accessible(browser, served, scheme, kind, size) -> None:
    """axe finds nothing against WCAG 2.2 A and AA in what our templates write."""
    with context_of(browser, size, color_scheme=scheme) as context:
        page = opened(context, served, KINDS[kind])
        page.wait_for_timeout(300)  # Material fades its colours in
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        results = Axe().run(
            page, context=".md-content", options={"runOnly": {"type": "tag", "values": tags}}
        )
        assert results.violations_count == 0, results.generate_report()


def test_the_seed_digest_is_on_the_page(browser, served) -> None:
    """Five papers in Chinese, in the order of the list, each reachable by its ID."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, "digests/2024-03-20/")
        ids = page.eval_on_selector_all("article.dg-paper", "all => all.map(a => a.id)")
        assert ids == ["2403.12151", "2403.07921", "2402.16822", "2402.13253", "2310.06588"]
        assert page.locator("tbody tr").count() == 5
        assert page.locator(".dg-chinese").count() == 5
        assert "6.32 亿" in page.locator('[id="2402.13253"] .dg-chinese').inner_text()
        assert page.locator(".dg-ai").inner_text().startswith("AI 生成")


def test_a_link_in_the_table_leads_to_the_paper(browser, served) -> None:
    """Old-style identifiers with a slash included; the target stands clear of the header."""
    with context_of(browser, PHONE) as context:
        page = opened(context, served, "digests/odd/")
        page.locator("tbody tr").last.locator("a").click()
        page.wait_for_timeout(300)
        box = page.locator('article[id="hep-th/9901001"]').bounding_box()
        header = page.locator(".md-header").bounding_box()
        assert box["y"] >= header["y"] + header["height"] - 1
        assert box["y"] < PHONE[1]


def test_the_languages_switch_without_javascript(browser, served) -> None:
    """中, 对照 and 英 show and hide by CSS alone; a paper without Chinese keeps its English."""
    with context_of(browser, DESKTOP, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(served.url + "digests/odd/")
        first, pending = (page.locator(f'[id="2403.0000{n}"]') for n in (1, 3))
        both = first.locator(".dg-chinese"), first.locator(".dg-original")
        assert [each.is_visible() for each in both] == [True, True]
        page.locator("label[for=dg-zh]").click()
        assert [each.is_visible() for each in both] == [True, False]
        assert pending.locator(".dg-original").is_visible()
        page.locator("label[for=dg-en]").click()
        assert [each.is_visible() for each in both] == [False, True]


def test_the_language_is_remembered(browser, served) -> None:
    """On the next page the choice stands."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, "digests/2024-03-20/")
        page.locator("label[for=dg-zh]").click()
        page.goto(served.url + "digests/odd/")
        assert page.locator("#dg-zh").is_checked()


def test_the_languages_can_be_chosen_with_the_keyboard(browser, served) -> None:
    """Arrow keys move the choice, and its focus can be seen."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, "digests/2024-03-20/")
        page.locator("#dg-both").focus()
        page.keyboard.press("ArrowRight")
        assert page.locator("#dg-en").is_checked()
        outline = "getComputedStyle(document.querySelector('label[for=dg-en]')).outlineStyle"
        assert page.evaluate(outline) == "solid"


def test_two_columns_on_a_desk_and_one_on_a_phone(browser, served) -> None:
    """Chinese and English stand side by side where there is room."""
    for size, side_by_side in ((DESKTOP, True), (PHONE, False)):
        with context_of(browser, size) as context:
            page = opened(context, served, "digests/2024-03-20/")
            chinese, english = (
                page.locator(f'[id="2403.12151"] {each}').bounding_box()
                for each in (".dg-chinese", ".dg-original")
            )
            assert (abs(chinese["y"] - english["y"]) < 2) is side_by_side


def test_hostile_text_is_text(browser, served) -> None:
    """No script, element, link or style of a record's text takes effect; the text is shown."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, "digests/odd/")
        assert page.locator("article.dg-paper").count() == len(NASTY) + 1
        for selector in ("img", "svg", "style", "script", "iframe", "base", "meta"):
            assert page.locator(f"article.dg-paper {selector}").count() == 0
        hrefs = page.eval_on_selector_all("article a", "all => all.map(a => a.href)")
        assert all(href.startswith(("http:", "https:")) for href in hrefs)
        assert not any("elsewhere.example" in h.split("doi.org")[0][:30] for h in hrefs)
        for number, text in enumerate(NASTY, 1):
            shown = page.locator(f'[id="2403.{number:05}"] .dg-original p').text_content()
            if "$" not in text:
                # What would turn the text around it is left out.
                expected = without_controls(text)
                assert " ".join(shown.split()) == " ".join(expected.split())
        assert page.evaluate("window.pwned") is None
        assert page.url.startswith(served.url)


def test_formulas_are_drawn(browser, served) -> None:
    """MathML takes room on the page: a fraction is higher than a line of text."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, "digests/odd/")
        paper = page.locator(f'[id="2403.{len(NASTY):05}"] .dg-original')
        assert paper.locator("math").count() == 2
        assert paper.locator("mfrac").bounding_box()["height"] > 14


def test_a_correction_is_shown_and_named(browser, served) -> None:
    """The person's title stands, and the page says so."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, "digests/odd/")
        paper = page.locator('[id="2403.00002"]')
        assert "人写的题目" in paper.locator("h2").inner_text()
        assert "经人工校对：张三" in paper.inner_text()


def test_the_archive_leads_to_the_digest_without_javascript(browser, served) -> None:
    """From the home page by links alone: archive, then the day."""
    with context_of(browser, PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(served.url)
        page.locator(".dg-home a", has_text="浏览归档").click()
        day = page.locator(".dg-calendar a", has_text="20")
        box = day.bounding_box()
        assert min(box["width"], box["height"]) >= 24
        day.click()
        assert page.url == served.url + "digests/2024-03-20/"


def test_a_tap_on_a_term_tells_its_english(browser, served) -> None:
    """On a phone there is nothing to hover with; a mouse gets it from the title."""
    with context_of(browser, PHONE, has_touch=True) as context:
        page = opened(context, served, "digests/2024-03-20/")
        term = page.locator("abbr.dg-term", has_text="大语言模型").first
        assert term.get_attribute("title") == "large language model"
        term.tap()
        expect(page.locator(".dg-said")).to_have_text("大语言模型：large language model")


def test_search_finds_a_paper_and_opens_it(browser, served) -> None:
    """The box in the header leads to the paper itself."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, "")
        page.locator(".md-search__input").click()
        page.keyboard.type("BiMediX")
        page.keyboard.press("End")
        hit = page.locator(".md-search-result__link", has_text="BiMediX").first
        hit.wait_for(timeout=10_000)
        assert "digests/2024-03-20/" in hit.get_attribute("href")


def test_long_author_lists_fold(browser, served) -> None:
    """Ten authors are shown, the others on demand."""
    with context_of(browser, PHONE) as context:
        page = opened(context, served, "digests/2024-03-20/")
        authors = page.locator('[id="2402.16822"] .dg-authors')
        assert not authors.get_by_text("Roberta Raileanu").is_visible()
        authors.locator("summary").click()
        assert authors.get_by_text("Roberta Raileanu").is_visible()
