"""Reading in a real browser: languages, filters, keys, marks, bookmarks, copies, paper."""

from __future__ import annotations

import gzip
import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from builds import write_files
from digest_plugin.pages.reading import MAX_CODE_LINKS, code_addresses, is_cross_list
from digest_plugin.papers import Author, Chinese
from digest_plugin.people.corrections import read_correction
from digest_plugin.records.store import PaperStore
from test_browser import (
    DESKTOP,
    NASTY,
    PHONE,
    REPOSITORY,
    SMALL,
    Served,
    context_of,
    opened,
    serving,
)
from test_pages import entry, unknown

DIGEST, LONG, BOOKMARKS = "digests/2024-03-22/", "digests/2024-03-23/", "bookmarks/"
IDS = [
    "2403.00001", "2403.00002", "2403.00003", "hep-th/9901001", "2403.00005", "2403.00006",
    "2403.00007",
]  # fmt: skip
WORDS = "This sentence about graphs, of which there are many, is here to take its room. "
ZH = "这句话说的是图谱，图谱有很多，写在这里占些地方。"
ODD = Chinese('- a: "b" # c', "&x *y !z %", r"| > ' @ ` { [ 与 $\frac{a}{b}$，再见")
FORMAT = "arxiv-digest-bookmarks"


# Where code is


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Code: https://github.com/a/b.", ["github.com/a/b"]),
        (r"see \url{https://github.com/a/b\_c}.", ["github.com/a/b_c"]),
        (r"$\href{https://gitlab.com/a/b}{\text{this https URL}}$", ["gitlab.com/a/b"]),
        ("(https://huggingface.co/datasets/a/b) and", ["huggingface.co/datasets/a/b"]),
        ("见https://codeberg.org/a/b。", ["codeberg.org/a/b"]),
        ("www.GitHub.com/a/b, http://github.com/a/b.git", ["github.com/a/b"]),
        ("at:https://bitbucket.org/a/b/src", ["bitbucket.org/a/b/src"]),
        ("https://github.com/a/b?tab=readme#x", ["github.com/a/b"]),
        # Broken by spaces: what must follow is taken, what may be the next word is not.
        ("https:// github.com/a/b", ["github.com/a/b"]),
        ("https://github.com/ a/b", ["github.com/a/b"]),
        ("https://github.com/a/b/ Performance of", ["github.com/a/b"]),
        ("https://github.com/a/long- name", ["github.com/a"]),
        ("on https://github.com/ and/or elsewhere", []),
        ("github.com/ a/b", []),
        # Somebody else's.
        ("https://github.com@evil.example/x", []),
        ("https://github.com/x@evil.example", []),
        ("https://u:p@github.com/x", []),
        ("https://evil.example/github.com/x", []),
        ("https://github.com.evil.example/x", []),
        ("https://evilgithub.com/x https://my-github.com/x", []),
        ("javascript:github.com/x javascript:alert(1)//github.com/x", []),
        ("git@github.com:a/b.git", []),
        ("https://github.com:8080/a/b", []),
        ("http\u017f://github.com:/a https://g\u0131thub.com/a", []),
        # Nowhere.
        ("github.com https://github.com/ https://github.com/... https://github.com/-", []),
        ("https://github.com/../x https://github.com/%2e%2e/x", []),
        ('https://github.com/"><script>', []),
        ("https://github.com/" + "x" * 300, []),
        ("https://github.com/a https://github.com/b https://gitee.com/c https://gitee.com/d",
         ["github.com/a", "github.com/b", "gitee.com/c"]),
    ],
)  # fmt: skip
def test_code_is_found_where_it_is(text: str, expected: list[str]) -> None:
    """An address is made anew from a known host and a path; what is not sure is left out."""
    assert code_addresses(text) == tuple(f"https://{each}" for each in expected)
    assert len(expected) <= MAX_CODE_LINKS


def test_addresses_of_hostile_length_take_no_time() -> None:
    """Nor does what nearly is one."""
    for text in ("https://github.com/" * 20_000, "github.com/" + "%" * 200_000, "-" * 500_000):
        assert len(code_addresses(text)) <= MAX_CODE_LINKS


def test_a_cross_list_is_one_for_a_site_that_watches() -> None:
    """A paper of no watched category was put on the list by hand, and is none."""
    paper = entry(categories=("cs.CV", "cs.AI"))
    assert is_cross_list(paper, ("cs.AI", "cs.CL"))
    assert not is_cross_list(paper, ("cs.CV", "cs.AI"))
    assert not is_cross_list(paper, ("cs.CL",))
    assert not is_cross_list(paper, ())
    assert not is_cross_list(unknown(), ("cs.AI",))


# A site to read


def english(chance: random.Random, words: int) -> str:
    """Words that compress no better than real ones."""
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    lengths = (chance.randint(2, 10) for _ in range(words))
    return " ".join("".join(chance.choices(letters, range(26, 0, -1), k=n)) for n in lengths)


def chinese(chance: random.Random, characters: int) -> str:
    return "".join(chr(0x4E00 + int(chance.paretovariate(0.5)) % 3000) for _ in range(characters))


def _write_digests(root: Path) -> None:
    tags = {IDS[0]: "图谱", IDS[1]: "NLP", IDS[3]: "nlp, 图谱"}
    lists = [f"  - id: {i}\n    tags: [{tags.get(i, '')}]\n" for i in IDS]
    numbers = range(10, 40)
    chance = random.Random(1)
    write_files(
        root,
        {
            "docs/digests/2024-03-22.yml": "papers:\n" + "".join(lists),
            "docs/digests/2024-03-23.yml": "".join(f"- 2403.{n:05}\n" for n in numbers),
        },
    )
    store = PaperStore(root / "docs/papers", root)
    long = {"title": "Graphs with Names", "abstract": WORDS * 15}
    plain = Chinese("图谱之名", ZH, ZH * 10)
    papers = [
        entry(IDS[0], plain, **long, categories=("cs.CL", "cs.AI"), primary_category="cs.CL"),
        entry(IDS[1], plain, **long, categories=("cs.LG",), primary_category="cs.LG"),
        entry(IDS[2], None, **long, categories=("cs.CL",), primary_category="cs.CL"),
        entry(IDS[3], plain, **long, categories=("hep-th",), primary_category="hep-th"),
        entry(IDS[4], ODD, **long, comment="https://github.com/me/code"),
        entry(IDS[5], Chinese("长", ZH, "图" * 1500), **long),
        *(
            entry(
                f"2403.{n:05}",
                Chinese(f"图谱之名{n}", chinese(chance, 60), chinese(chance, 320)),
                title=f"{n} {english(chance, 10)}",
                abstract=english(chance, 190),
                authors=tuple(Author(english(chance, 2)) for _ in range(8)),
            )
            for n in numbers
        ),
    ]  # fmt: skip
    for each in papers:
        assert each.record is not None
        store.save(each.listed.identifier, each.record)


def _site(folder: Path, theme: str = "") -> Path:
    shutil.copytree(REPOSITORY / "docs", folder / "docs")
    config = (REPOSITORY / "mkdocs.yml").read_text("utf-8")
    if theme == "instant":
        config = config.replace("- toc.follow", "- toc.follow\n    - navigation.instant")
    elif theme:
        start, end = config.index("theme:"), config.index("plugins:")
        config = f"{config[:start]}theme: {{name: {theme}, highlightjs: false}}\n{config[end:]}"
    write_files(folder, {"mkdocs.yml": config})
    _write_digests(folder)
    return folder


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """This repository's site with two more digests: one of every kind of paper, one of thirty."""
    with serving(_site(tmp_path_factory.mktemp("reading"))) as site:
        yield site


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with context_of(browser, DESKTOP) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, reading: Served) -> Page:
    """The digest of every kind of paper."""
    return opened(context, reading, DIGEST)


@pytest.fixture
def plain(browser: Browser, reading: Served) -> Iterator[Page]:
    """The same without JavaScript."""
    with context_of(browser, DESKTOP, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(reading.url + DIGEST)
        yield page


def paper(page: Page, identifier: str) -> Locator:
    return page.locator(f'article[id="{identifier}"]')


def button(page: Page, action: str, identifier: str = "") -> Locator:
    place = paper(page, identifier) if identifier else page
    return place.locator(f'[data-dg-action="{action}"]')


def shown_ids(page: Page) -> list[str]:
    return page.eval_on_selector_all(
        ".dg-paper", "all => all.filter(a => a.checkVisibility()).map(a => a.id)"
    )


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id")


def said(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator(".dg-said")).to_have_text(text)


def accessibility_faults(page: Page, within: str = ".md-content") -> str:
    page.wait_for_timeout(300)  # Material fades its colours in
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    options = {"runOnly": {"type": "tag", "values": tags}}
    results = Axe().run(page, context=within, options=options)
    return results.generate_report() if results.violations_count else ""


# 中 / 对照 / 英


def test_english_titles_stand_first_for_those_who_chose_english(plain) -> None:
    """By style sheets alone, in headings and the table; the accessible name is what is seen."""
    first, pending = paper(plain, IDS[0]), paper(plain, IDS[2])
    row = plain.locator("tbody tr").first
    expect(first.locator("h2")).to_have_accessible_name("1 图谱之名")
    expect(row.locator("a")).to_have_accessible_name("图谱之名")
    plain.locator("label[for=dg-en]").click()
    expect(first.locator("h2")).to_have_accessible_name("1 Graphs with Names")
    expect(row.locator("a")).to_have_accessible_name("Graphs with Names")
    assert not first.locator(".dg-entitle").is_visible()
    assert not row.locator("td").nth(2).is_visible()
    expect(pending.locator("h2")).to_have_accessible_name(re.compile("3 Graphs with Names"))
    plain.locator("label[for=dg-zh]").click()
    expect(first.locator("h2")).to_have_accessible_name("1 图谱之名")


def test_the_contents_follow_the_language(page, reading) -> None:
    """At once, after a reload, and back."""
    line = page.locator('.md-nav--secondary a[href="#paper-2403-00001"]')
    expect(line).to_have_text("1. 图谱之名")
    page.locator("label[for=dg-en]").click()
    expect(line).to_have_text("1. Graphs with Names")
    page.reload()
    expect(line).to_have_text("1. Graphs with Names")
    page.locator("label[for=dg-both]").click()
    expect(line).to_have_text("1. 图谱之名")
    assert page.faults == []


def test_another_language_leaves_the_paper_where_it_was(context, reading) -> None:
    """Columns become longer or shorter above it; what is being read stays in sight."""
    page = opened(context, reading, LONG)
    top = "document.querySelectorAll('.dg-paper')[19].getBoundingClientRect().top"
    page.evaluate("document.querySelectorAll('.dg-paper')[19].scrollIntoView()")
    page.mouse.wheel(0, 40)
    page.wait_for_timeout(300)
    before = page.evaluate(top)
    for language in ("zh", "en", "both"):
        box = page.locator(f"label[for=dg-{language}]").bounding_box()
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        page.wait_for_timeout(300)
        assert abs(page.evaluate(top) - before) < 3


def test_type_is_set_for_chinese_and_for_english(page) -> None:
    """Line height, measure, and quotation marks as wide as each language has them."""
    text = paper(page, IDS[0])
    styles = "e => (({lineHeight, fontSize, fontFamily, lineBreak}) => "
    styles += "[parseFloat(lineHeight) / parseFloat(fontSize), fontFamily, lineBreak])"
    styles += "(getComputedStyle(e))"
    chinese = text.locator(".dg-chinese p").evaluate(styles)
    english = text.locator(".dg-original p").evaluate(styles)
    assert chinese[0] == pytest.approx(1.75)
    assert chinese[2] == "strict"
    assert chinese[1].startswith("dg-punctuation")
    assert "dg-punctuation" not in english[1]
    page.locator("label[for=dg-zh]").click()
    for part in (".dg-chinese p", ".dg-summary span"):
        width = text.locator(part).evaluate(
            "e => e.getBoundingClientRect().width / parseFloat(getComputedStyle(e).fontSize)"
        )
        assert width <= 38.1


# Filters


def test_without_javascript_there_is_nothing_to_press(plain) -> None:
    """No dead button; categories and tags lead to their pages."""
    assert plain.locator("button:visible").count() == 0
    assert not plain.locator(".dg-filters").is_visible()
    paper(plain, IDS[0]).get_by_role("link", name="cs.CL").click()
    assert plain.url.endswith("/categories/cs.CL/")


def test_a_filter_hides_cards_rows_and_lines_of_the_contents(page, reading) -> None:
    """It says how many are shown, and the address can be shared."""
    chip = page.locator(".dg-filter", has_text="cs.CL")
    expect(chip).to_have_text("cs.CL 2")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    assert shown_ids(page) == [IDS[0], IDS[2]]
    expect(page.locator(".dg-shown")).to_have_text("显示 2 / 7 篇")
    assert page.locator("tbody tr:visible").count() == 2
    lines = page.locator('.md-nav--secondary a[href*="240"], .md-nav--secondary a[href*="hep"]')
    assert [line.is_visible() for line in lines.all()] == [i in (IDS[0], IDS[2]) for i in IDS]
    assert urlsplit(page.url).query == "category=cs.CL"
    page.locator(".dg-filter", has_text="图谱").click()
    assert shown_ids(page) == [IDS[0]]
    with context_of(page.context.browser, PHONE) as other:
        shared = opened(other, reading, DIGEST + "?" + urlsplit(page.url).query)
        assert shown_ids(shared) == [IDS[0]]
        assert shared.locator("tbody tr:visible").count() == 1
    button(page, "show-all").click()
    assert shown_ids(page) == IDS
    assert urlsplit(page.url).query == ""
    expect(page.locator(".dg-shown")).to_have_text("")
    assert page.faults == []


def test_chosen_categories_add_up_and_tags_that_differ_in_case_are_one(page) -> None:
    """Of one kind any will do."""
    for name in ("cs.CL", "cs.LG"):
        page.locator(".dg-filter", has_text=name).click()
    assert shown_ids(page) == IDS[:3]
    button(page, "show-all").click()
    page.locator(".dg-filter", has_text="NLP").click()
    assert shown_ids(page) == [IDS[1], IDS[3]]


@pytest.mark.parametrize(
    "query",
    [
        "category=cs.XX", "tag=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E", "category=",
        "category=%E0%A4%A", "tag=__proto__&category=constructor", "category=" + "x" * 3000,
        "#%E0%A4%A", "#" + "x" * 3000,
    ],
)  # fmt: skip
def test_addresses_that_ask_for_nonsense_show_everything(context, reading, query) -> None:
    """And nothing of them gets onto the page."""
    page = opened(context, reading, DIGEST + ("" if query.startswith("#") else "?") + query)
    assert shown_ids(page) == IDS
    assert page.evaluate("window.pwned") is None
    assert page.faults == []


def test_a_link_to_a_paper_shows_it_whatever_is_filtered(context, reading) -> None:
    """Whoever follows it wants to see it: as the page opens, and on it."""
    page = opened(context, reading, f"{DIGEST}?category=cs.LG#{IDS[0]}")
    assert shown_ids(page) == IDS
    page.locator(".dg-filter", has_text="cs.LG").click()
    assert shown_ids(page) == [IDS[1]]
    page.evaluate(f"location.hash = '{IDS[3]}'")
    expect(paper(page, IDS[3])).to_be_in_viewport()


# Keys


def test_j_and_k_go_through_the_papers_that_are_shown(page) -> None:
    """The focus moves, can be seen, and stands clear of the bar; what is hidden is passed over."""
    for expected in IDS[:3]:
        page.keyboard.press("j")
        assert focused(page) == expected
        expect(paper(page, expected).locator("h2 .dg-title")).to_be_in_viewport()
    frame = "getComputedStyle(document.activeElement, '::before').outlineStyle"
    assert page.evaluate(frame) == "solid"
    bar = page.locator(".dg-toolbar").bounding_box()
    heading = paper(page, IDS[2]).locator("h2 .dg-title").bounding_box()
    assert heading["y"] >= bar["y"] + bar["height"]
    page.keyboard.press("k")
    assert focused(page) == IDS[1]
    page.locator(".dg-filter", has_text="cs.CL").evaluate("chip => chip.click()")
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    for expected in (IDS[0], IDS[2], IDS[2]):
        page.keyboard.press("j")
        assert focused(page) == expected
    said(page, "已是最后一篇")
    for _ in range(3):
        page.keyboard.press("k")
    assert focused(page) == IDS[0]
    said(page, "已是第一篇")


def test_j_goes_on_from_what_is_being_read(context, reading) -> None:
    """A reader who scrolled away from the focus is not taken back to it."""
    page = opened(context, reading, LONG)
    page.keyboard.press("j")
    page.evaluate("document.querySelectorAll('.dg-paper')[19].scrollIntoView()")
    page.keyboard.press("j")
    assert focused(page) == "2403.00030"


def test_o_opens_arxiv_in_a_tab_that_knows_nothing_of_this_one(page) -> None:
    """The tab is the reader's; nothing else is opened."""
    asked = []
    page.context.route(
        "https://arxiv.org/**", lambda r: asked.append(r.request) or r.fulfill(body="")
    )
    page.keyboard.press("o")
    page.keyboard.press("j")
    with page.context.expect_page() as opening:
        page.keyboard.press("o")
    opening.value.wait_for_load_state()
    assert [request.url for request in asked] == [f"https://arxiv.org/abs/{IDS[0]}"]
    assert "referer" not in asked[0].headers
    assert opening.value.evaluate("window.opener") is None


def test_b_and_m_mark_the_paper(page) -> None:
    """As its buttons do."""
    page.keyboard.press("j")
    page.keyboard.press("b")
    expect(button(page, "bookmark", IDS[0])).to_have_attribute("aria-pressed", "true")
    said(page, "已收藏")
    page.keyboard.press("m")
    expect(button(page, "read", IDS[0])).to_have_attribute("aria-pressed", "true")
    said(page, "已标为已读")
    assert focused(page) == IDS[0]


def test_the_help_takes_the_focus_and_gives_it_back(page) -> None:
    """A dialog as the browser has them: Escape closes it, and no key works below it."""
    page.keyboard.press("j")
    page.keyboard.press("?")
    dialog = page.locator("dialog.dg-keys")
    assert dialog.is_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert focused(page) == IDS[0]
    button(page, "keys").click()
    dialog.get_by_role("button", name="关闭").click()
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.dataset.dgAction") == "keys"


def test_single_keys_can_be_switched_off(page) -> None:
    """WCAG 2.1.4: all of them, the theme's included, and it is remembered; the button stays."""
    page.keyboard.press("?")
    page.get_by_label("启用单键快捷键").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    for key in ("j", "b", "?", "/", "p", "n"):
        page.keyboard.press(key)
    assert focused(page) == ""
    assert not page.locator("dialog.dg-keys").is_visible()
    assert page.url.endswith(DIGEST)
    button(page, "keys").click()
    page.get_by_label("启用单键快捷键").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused(page) == IDS[0]


@pytest.mark.parametrize("key", ["Control+b", "Alt+j", "Meta+m", "Shift+J"])
def test_keys_with_others_are_not_ours(page, key) -> None:
    """They belong to the browser and to screen readers."""
    page.keyboard.press("j")
    page.keyboard.press(key)
    assert page.locator('[aria-pressed="true"]').count() == 0
    assert focused(page) == IDS[0]


def test_who_types_is_left_alone(page) -> None:
    """In the theme's search, in fields of whatever kind; not on the choice of language, where
    nobody types."""
    page.evaluate(
        """() => {
          for (const html of ["<textarea id=t1>", "<div id=t2 contenteditable><b>x</b></div>",
            "<div id=t3 role=textbox tabindex=0>", "<select id=t4><option>j</select>",
            "<input id=t5>"]) document.querySelector(".dg-head").insertAdjacentHTML("beforeend", html);
        }"""
    )
    for field in ("t1", "t2", "t3", "t4", "t5"):
        page.locator(f"#{field}").focus()
        for key in ("j", "m", "?"):
            page.keyboard.press(key)
        assert focused(page) == field
    page.locator(".md-search__input").click()
    page.keyboard.type("jkobm?")
    assert page.locator(".md-search__input").input_value() == "jkobm?"
    assert page.locator('[aria-pressed="true"]').count() == 0
    page.keyboard.press("Escape")
    page.locator("#dg-both").focus()
    page.keyboard.press("j")
    assert focused(page) == IDS[0]


def test_a_keyboard_gets_everywhere(page) -> None:
    """From the bar to the filters to a paper's buttons, by Tab and Enter, with an outline on each;
    nothing that has the focus lies below the bar."""
    page.locator("#dg-both").focus()
    names = []
    for _ in range(12):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert names[:3] == ["复制全部 BibTeX", "收藏夹", "快捷键"]
    assert "cs.CL 2" in names
    last = paper(page, IDS[1]).locator("a, button, summary").last
    last.focus()
    bar = page.locator(".dg-toolbar").bounding_box()
    for _ in range(25):
        page.keyboard.press("Shift+Tab")
        box = page.evaluate(
            "(({top, bottom}) => [top, bottom])(document.activeElement.getBoundingClientRect())"
        )
        assert box[1] > bar["y"] + bar["height"]


# The table of contents


@pytest.mark.parametrize("size", [DESKTOP, (1280, 700)], ids=["desktop", "low"])
def test_the_contents_follow_the_reading(browser, reading, size) -> None:
    """A click on a line leads to its paper, below the bar, and that very line is the current one;
    scrolling on makes the next one current."""
    with context_of(browser, size) as context:
        page = opened(context, reading, LONG)
        for number in (3, 12):
            line = page.locator(f'.md-nav--secondary a[href="#paper-2403-{number + 9:05}"]')
            line.click()
            page.wait_for_timeout(400)
            active = page.locator(".md-nav--secondary .md-nav__link--active")
            expect(active).to_have_text(re.compile(rf"^\s*{number}\. "))
            bar = page.locator(".dg-toolbar").bounding_box()
            heading = paper(page, f"2403.{number + 9:05}").locator("h2 .dg-title").bounding_box()
            assert 0 <= heading["y"] - bar["y"] - bar["height"] < 60
        page.evaluate("document.querySelectorAll('.dg-paper')[12].scrollIntoView()")
        expect(active).to_have_text(re.compile(r"^\s*13\. "))


# BibTeX and corrections


def test_bibtex_is_copied(browser, reading) -> None:
    """Of a paper, and of all that are shown."""
    with context_of(browser, DESKTOP, permissions=["clipboard-read", "clipboard-write"]) as context:
        page = opened(context, reading, DIGEST)
        button(page, "copy", IDS[1]).click()
        said(page, "已复制")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("@misc{arXiv:2403.00002,")
        assert copied == paper(page, IDS[1]).locator(".dg-cite code").text_content()
        page.locator(".dg-filter", has_text="cs.CL").click()
        button(page, "copy-all").click()
        said(page, "已复制 2 篇的 BibTeX")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert re.findall(r"@misc\{(.*),", copied) == ["arXiv:2403.00001", "arXiv:2403.00003"]
        assert not button(page, "copy", IDS[6]).count()


@pytest.mark.parametrize(("works", "expected"), [(True, "已复制"), (False, "没能复制")])
def test_bibtex_is_copied_where_there_is_no_clipboard(context, reading, works, expected) -> None:
    """The older way is tried; if that fails as well, readers are told. The focus stays."""
    context.add_init_script(
        f"""Object.defineProperty(navigator, "clipboard", {{ value: undefined }});
        document.execCommand = () => {{ window.got = document.activeElement.value;
          return {str(works).lower()}; }};"""
    )
    page = opened(context, reading, DIGEST)
    button(page, "copy", IDS[1]).click()
    said(page, re.compile(expected))
    assert page.evaluate("window.got").startswith("@misc{arXiv:2403.00002,")
    assert page.evaluate("document.activeElement.dataset.dgAction") == "copy"
    assert not page.locator("textarea.dg-offscreen").count()


def corrected(link: str, folder: Path) -> Chinese | None:
    """What somebody who changes nothing would send in, read back."""
    query = parse_qs(urlsplit(link).query)
    file = folder / query["filename"][0]
    file.write_text(query["value"][0], "utf-8")
    faults: list = []
    correction = read_correction(file, folder, folder, faults)
    assert faults == []
    return correction.applied_to(None)


def test_corrections_are_filled_in_when_somebody_goes_for_them(page, tmp_path) -> None:
    """With the page's own text, formulas as their authors wrote them, whatever it holds."""
    link = paper(page, IDS[4]).locator(".dg-correct")
    assert len(link.get_attribute("href")) < 500
    link.focus()
    assert corrected(link.get_attribute("href"), tmp_path) == ODD
    assert "version: 1" in parse_qs(urlsplit(link.get_attribute("href")).query)["value"][0]
    mouse = paper(page, IDS[0]).locator(".dg-correct")
    mouse.dispatch_event("pointerdown")
    assert corrected(mouse.get_attribute("href"), tmp_path) == Chinese("图谱之名", ZH, ZH * 10)


def test_a_long_abstract_is_left_out_of_a_correction(page) -> None:
    """GitHub refuses addresses of more than about eight thousand characters."""
    link = paper(page, IDS[5]).locator(".dg-correct")
    link.focus()
    href = link.get_attribute("href")
    assert len(href) < 8000
    assert f"summary: >-\n  {ZH}\nabstract: \n" in parse_qs(urlsplit(href).query)["value"][0]


# Marks and bookmarks


def key_of(served: Served) -> str:
    return f"arxiv-digest.kept {urlsplit(served.url).path}"


def kept(page: Page, reading: Served) -> dict:
    return json.loads(page.evaluate("key => localStorage.getItem(key)", key_of(reading)))


def bookmark(identifier: str = "2403.99999", **changes: object) -> dict:
    return {
        "id": identifier, "title": "别处收藏的", "page": "digests/2024-01-01/",
        "added": "2024-01-02", "bibtex": f"@misc{{arXiv:{identifier},\n}}",
    } | changes  # fmt: skip


def test_marks_are_kept_and_can_be_taken_back(page, reading) -> None:
    """Across a reload, with the number of papers that have been read; the table shows it too."""
    button(page, "bookmark", IDS[0]).click()
    button(page, "read", IDS[1]).click()
    page.reload()
    expect(button(page, "bookmark", IDS[0])).to_have_attribute("aria-pressed", "true")
    expect(button(page, "read", IDS[1])).to_have_attribute("aria-pressed", "true")
    expect(button(page, "read", IDS[0])).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".dg-progress")).to_have_text(" · 已读 1/7")
    assert page.locator("tbody tr.dg-read").count() == 1
    data = kept(page, reading)
    assert data["version"] == 1
    assert data["read"] == [IDS[1]]
    (only,) = data["bookmarks"]
    assert (only["id"], only["title"], only["page"]) == (IDS[0], "图谱之名", DIGEST)
    button(page, "bookmark", IDS[0]).click()
    said(page, "已取消收藏")
    button(page, "read", IDS[1]).click()
    assert kept(page, reading) == {"version": 1, "bookmarks": [], "read": []}


def test_another_tab_sees_the_mark_and_its_own_is_not_lost(context, page, reading) -> None:
    """Each change is made to what is there now."""
    other = opened(context, reading, DIGEST)
    button(page, "bookmark", IDS[0]).click()
    expect(button(other, "bookmark", IDS[0])).to_have_attribute("aria-pressed", "true")
    button(other, "bookmark", IDS[3]).click()
    expect(button(page, "bookmark", IDS[3])).to_have_attribute("aria-pressed", "true")
    assert [each["id"] for each in kept(page, reading)["bookmarks"]] == [IDS[3], IDS[0]]


def test_bookmarks_are_listed_lead_back_and_can_be_removed(page, reading) -> None:
    """The newest first, also of papers of which only the identifier is known."""
    for identifier in (IDS[0], IDS[3], IDS[6]):
        button(page, "bookmark", identifier).click()
    page.locator(".dg-toolbar a", has_text="收藏夹").click()
    titles = page.locator(".dg-bookmark__title")
    expect(titles).to_have_text(["arXiv:2403.00007", "图谱之名", "图谱之名"])
    expect(page.locator(".dg-count")).to_have_text("收藏 3 篇 · 已读标记 0 个")
    titles.nth(1).click()
    assert page.url == f"{reading.url}{DIGEST}#{IDS[3]}"
    page.go_back()
    page.get_by_role("button", name="移除：arXiv:2403.00007").click()
    expect(titles).to_have_text(["图谱之名", "图谱之名"])
    assert page.evaluate("document.activeElement.textContent") == "移除"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert titles.count() == 0
    assert page.locator(".dg-empty").is_visible()
    assert page.evaluate("document.activeElement.matches('.dg-count')")
    assert page.faults == []


def test_everything_can_be_cleared_after_a_question(page) -> None:
    """Bookmarks and read marks by themselves."""
    button(page, "bookmark", IDS[0]).click()
    button(page, "read", IDS[0]).click()
    page.locator(".dg-toolbar a", has_text="收藏夹").click()
    answers = [False, True, True]
    page.on("dialog", lambda d: d.accept() if answers.pop(0) else d.dismiss())
    button(page, "forget-bookmarks").click()
    expect(page.locator(".dg-count")).to_have_text("收藏 1 篇 · 已读标记 1 个")
    button(page, "forget-bookmarks").click()
    expect(page.locator(".dg-count")).to_have_text("收藏 0 篇 · 已读标记 1 个")
    button(page, "forget-read").click()
    expect(page.locator(".dg-count")).to_have_text("收藏 0 篇 · 已读标记 0 个")
    for action in ("copy-bookmarks", "download-bookmarks", "export", "forget-read"):
        assert button(page, action).is_disabled()


def test_bookmarks_come_as_bibtex(browser, reading) -> None:
    """On the clipboard and as a file; a paper without metadata is named in a comment."""
    with context_of(browser, DESKTOP, permissions=["clipboard-read", "clipboard-write"]) as context:
        page = opened(context, reading, DIGEST)
        for identifier in (IDS[6], IDS[1], IDS[0]):
            button(page, "bookmark", identifier).click()
        page.goto(reading.url + BOOKMARKS)
        button(page, "copy-bookmarks").click()
        said(page, "已复制")
        copied = page.evaluate("navigator.clipboard.readText()")
        with page.expect_download() as download:
            button(page, "download-bookmarks").click()
        assert download.value.suggested_filename == "arxiv-digest.bib"
        assert Path(download.value.path()).read_text("utf-8") == copied
        assert re.findall(r"@misc\{(.*),", copied) == ["arXiv:2403.00001", "arXiv:2403.00002"]
        assert "% arXiv:2403.00007 待译\n" in copied
        assert page.faults == []


def test_bookmarks_go_out_into_a_file_and_come_back(browser, page, reading, tmp_path) -> None:
    """Into another browser, where they join those that are there."""
    for identifier in (IDS[0], IDS[3]):
        button(page, "bookmark", identifier).click()
    button(page, "read", IDS[1]).click()
    page.goto(reading.url + BOOKMARKS)
    with page.expect_download() as download:
        button(page, "export").click()
    assert re.fullmatch(FORMAT + r"-\d{4}-\d\d-\d\d\.json", download.value.suggested_filename)
    file = tmp_path / "marks.json"
    download.value.save_as(file)
    data = json.loads(file.read_text("utf-8"))
    assert (data["format"], data["version"]) == (FORMAT, 1)
    assert "AI 生成" in data["label"]
    with context_of(browser, PHONE) as other:
        there = opened(other, reading, DIGEST)
        for identifier in (IDS[0], IDS[1]):
            button(there, "bookmark", identifier).click()
        there.goto(reading.url + BOOKMARKS)
        for expected in ("导入了 1 篇新的收藏", "导入了 0 篇新的收藏"):
            there.locator(".dg-import input").set_input_files(file)
            said(there, expected)
        there.goto(reading.url + DIGEST)
        marked = [
            i for i in IDS if button(there, "bookmark", i).get_attribute("aria-pressed") == "true"
        ]
        assert marked == [IDS[0], IDS[1], IDS[3]]
        expect(button(there, "read", IDS[1])).to_have_attribute("aria-pressed", "true")
        assert there.faults == []


HOSTILE_BOOKMARKS = [
    None, [], "x", 1, {}, bookmark(id="../x"), bookmark(id="2403.1"), bookmark(id=1),
    bookmark(id="2403.00001\n"), bookmark(id="__proto__"), bookmark(title=""), bookmark(title=["x"]),
    bookmark(title="x" * 2001), bookmark(title="a\u0000b"), bookmark(page="javascript:alert(1)"),
    bookmark(page="//evil.example/"), bookmark(page="https://evil.example/sub/folder/"),
    bookmark(page="\\\\evil.example\\"), bookmark(page="\t//evil.example"), bookmark(page="../../x"),
    bookmark(page="/elsewhere/"), bookmark(page="data:text/html,x"), bookmark(page="blob:x"),
    bookmark(page="http://user:pw@[x"), bookmark(page="x" * 1001), bookmark(added="yesterday"),
    bookmark(added=None), bookmark(bibtex="<script>window.pwned=1</script>"),
    bookmark(bibtex="@misc{arXiv:2403.00001,}"), bookmark(bibtex="@misc{arXiv:2403.99999," + "x" * 200_000),
    bookmark(onclick="window.pwned=1"), bookmark() | {"__proto__": {"x": 1}},
]  # fmt: skip


def imported(page: Page, content: object) -> None:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    page.locator(".dg-import input").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": text}
    )


def test_a_file_that_is_wrong_is_refused_and_changes_nothing(page, reading) -> None:
    """Whatever is wrong with it, in a Chinese sentence."""
    button(page, "bookmark", IDS[0]).click()
    page.goto(reading.url + BOOKMARKS)
    before = kept(page, reading)
    head = {"format": FORMAT, "version": 1, "bookmarks": [], "read": []}
    files = [
        *({**head, "bookmarks": [bookmark("2403.00009"), each]} for each in HOSTILE_BOOKMARKS),
        b"", b"x", b"null", b"[" * 100_000, b"\xff\xfe\x00", b" " * 5_000_001,
        [], {}, {**head, "format": "x"}, {**head, "version": 2}, {**head, "version": "1"},
        {**head, "bookmarks": {}}, {**head, "read": {}}, {**head, "more": 1},
        {**head, "read": ["x"]}, {**head, "read": [["2403.00001"]]}, {**head, "read": [None]},
        {"format": FORMAT, "version": 1, "bookmarks": []},
    ]  # fmt: skip
    for each in files:
        page.evaluate("document.querySelector('.dg-said').textContent = ''")
        imported(page, each)
        said(page, re.compile("没有导入任何内容。$"))
        assert kept(page, reading) == before, each
    assert page.locator(".dg-bookmarks li").count() == 1
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("({}).x") is None


def test_text_of_a_file_is_shown_as_text(page, reading) -> None:
    """Markup in a title is a title; links stay on this site."""
    page.goto(reading.url + BOOKMARKS)
    good = [text for text in NASTY if len(text) < 2000]
    marks = [bookmark(f"2401.{n:05}", title=text) for n, text in enumerate(good, 1)]
    marks += [
        bookmark("2402.00001", page="digests/a:b/"),
        bookmark("2402.00002", page="./javascript:window.pwned=1"),
        bookmark("2402.00003", page=f"{reading.url}digests/x/?q=1#y"),
    ]
    imported(page, {"format": FORMAT, "version": 1, "bookmarks": marks, "read": []})
    said(page, f"导入了 {len(marks)} 篇新的收藏")
    titles = page.locator(".dg-bookmark__title")
    assert titles.all_text_contents() == [mark["title"] for mark in marks]
    assert (
        page.locator(".dg-bookmarks").locator("img, svg, script, style, iframe, base").count() == 0
    )
    hrefs = page.eval_on_selector_all(".dg-bookmark__title", "all => all.map(a => a.href)")
    assert all(href.startswith(reading.url) for href in hrefs)
    assert hrefs[-1] == f"{reading.url}digests/x/#2402.00003"
    page.locator(".dg-bookmark__title").nth(-2).click()
    page.goto(reading.url + BOOKMARKS)
    assert titles.count() == len(marks)
    assert page.evaluate("window.pwned") is None


@pytest.mark.parametrize(
    "content",
    [
        "", "null", "{", "[]", "1", '"x"', "[" * 100_000, '{"version":1}',
        '{"version":1,"bookmarks":{"length":3},"read":"2403.00001"}',
        '{"version":"<img src=x onerror=window.pwned=1>","bookmarks":[null],"read":[{}]}',
        json.dumps({"version": 1, "bookmarks": HOSTILE_BOOKMARKS, "read": ["<b>", 1, None, []]}),
        '{"__proto__":{"bookmarks":[1]},"constructor":1}',
    ],
)  # fmt: skip
def test_whatever_lies_in_the_storage_the_pages_work(context, reading, content) -> None:
    """What makes no sense counts for nothing, and the next mark is kept all the same."""
    page = opened(context, reading, BOOKMARKS)
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key_of(reading), content])
    page.evaluate(
        "for (const key of ['language', 'keys']) "
        "localStorage.setItem('arxiv-digest.' + key, '<img src=x onerror=window.pwned=1>')"
    )
    page.reload()
    expect(page.locator(".dg-count")).to_have_text("收藏 0 篇 · 已读标记 0 个")
    page.goto(reading.url + DIGEST)
    assert page.locator('[aria-pressed="true"]').count() == 0
    page.keyboard.press("j")
    page.keyboard.press("b")
    assert [each["id"] for each in kept(page, reading)["bookmarks"]] == [IDS[0]]
    assert page.evaluate("window.pwned") is None
    assert page.faults == []


def test_what_is_right_in_the_storage_outlives_what_is_not(context, reading) -> None:
    """A broken bookmark takes no other with it."""
    page = opened(context, reading, BOOKMARKS)
    data = {
        "version": 1,
        "bookmarks": [1, bookmark(), bookmark(title="又一次")],
        "read": ["x", IDS[1]],
    }
    page.evaluate(
        "([key, text]) => localStorage.setItem(key, text)", [key_of(reading), json.dumps(data)]
    )
    page.reload()
    expect(page.locator(".dg-bookmark__title")).to_have_text(["别处收藏的"])
    expect(page.locator(".dg-count")).to_have_text("收藏 1 篇 · 已读标记 1 个")


def test_bookmarks_of_a_newer_version_are_not_overwritten(context, reading) -> None:
    """An old script that is still cached keeps its hands off."""
    page = opened(context, reading, DIGEST)
    newer = '{"version":2,"something":"else"}'
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key_of(reading), newer])
    button(page, "bookmark", IDS[0]).click()
    said(page, re.compile("新版"))
    expect(button(page, "bookmark", IDS[0])).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("key => localStorage.getItem(key)", key_of(reading)) == newer


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });",
         "浏览器不允许"),
        ("Object.defineProperty(window, 'localStorage', { value: null });", "浏览器不允许"),
        ("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };",
         "存储空间已满"),
    ],
    ids=["forbidden", "absent", "full"],
)  # fmt: skip
def test_without_storage_everything_else_works(context, reading, script, expected) -> None:
    """A mark that cannot be kept does not look as if it were."""
    context.add_init_script(script)
    page = opened(context, reading, DIGEST)
    page.locator("label[for=dg-en]").click()
    page.locator(".dg-filter", has_text="cs.LG").click()
    page.keyboard.press("j")
    assert focused(page) == IDS[1]
    page.keyboard.press("b")
    said(page, re.compile(expected))
    expect(button(page, "bookmark", IDS[1])).to_have_attribute("aria-pressed", "false")
    page.goto(reading.url + BOOKMARKS)
    assert page.locator(".dg-kept").is_visible()
    # Material says so itself where it may not read its palette.
    assert not [fault for fault in page.faults if "arxiv-digest" in fault]


def test_without_javascript_the_page_of_bookmarks_says_what_it_needs(browser, reading) -> None:
    """No dead button."""
    with context_of(browser, PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(reading.url + BOOKMARKS)
        assert page.locator(".dg-library").get_by_text("请先启用").is_visible()
        assert not page.locator(".md-content button:visible").count()


# Everywhere


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_scripts_add_is_accessible(browser, reading, scheme, size) -> None:
    """axe finds nothing: marked, filtered, unfolded, in English; in the help; in the bookmarks."""
    with context_of(browser, size, color_scheme=scheme) as context:
        page = opened(context, reading, DIGEST)
        page.keyboard.press("j")
        page.keyboard.press("b")
        page.keyboard.press("m")
        page.locator(".dg-filter", has_text="cs.CL").click()
        for kind in (":not(.dg-cite)", ".dg-cite"):
            paper(page, IDS[0]).locator(f".dg-links .dg-more{kind} summary").click()
        assert accessibility_faults(page) == ""
        page.locator("label[for=dg-en]").click()
        assert accessibility_faults(page) == ""
        page.keyboard.press("?")
        assert accessibility_faults(page, "dialog.dg-keys") == ""
        page.goto(reading.url + BOOKMARKS)
        assert accessibility_faults(page) == ""
        button(page, "remove").click()
        assert accessibility_faults(page) == ""


@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["phone", "small"])
def test_phones_need_no_sideways_scrolling(browser, reading, size) -> None:
    """Filtered, unfolded, in every language, and the page of bookmarks; the table is a list."""
    with context_of(browser, size) as context:
        page = opened(context, reading, f"{DIGEST}?category=cs.CV")
        width = "document.documentElement.scrollWidth"
        for summary in page.locator(".dg-paper:visible .dg-links summary").all():
            summary.click()
        for language in ("zh", "both", "en"):
            page.locator(f"label[for=dg-{language}]").click()
            assert page.evaluate(width) <= size[0]
        row = page.locator("tbody tr:visible").first
        assert row.evaluate("row => getComputedStyle(row).display") == "block"
        page.keyboard.press("j")
        page.keyboard.press("b")
        page.goto(reading.url + BOOKMARKS)
        assert page.evaluate(width) <= size[0]


def test_paper_gets_the_papers_and_the_address_of_each(page) -> None:
    """No bar, no buttons, nothing that scrolls and so could not be broken across pages."""
    page.keyboard.press("j")
    page.emulate_media(media="print")
    for part in (".dg-toolbar", ".dg-filters", ".dg-marks", ".dg-cite", ".dg-daynav", ".dg-foot"):
        assert not page.locator(part).locator("visible=true").count()
    address = paper(page, IDS[0]).locator(".dg-button--main")
    assert address.is_visible()
    after = address.evaluate("e => getComputedStyle(e, '::after').content")
    assert after == f'"：https://arxiv.org/abs/{IDS[0]}"' or "attr(href)" in after
    for part in ("h2", ".dg-entitle", ".dg-authors", ".dg-sub", ".dg-summary"):
        style = (
            paper(page, IDS[0])
            .locator(part)
            .evaluate("e => [getComputedStyle(e).breakAfter, getComputedStyle(e).overflowX]")
        )
        assert style == ["avoid", "visible"]
    assert paper(page, IDS[0]).locator(".dg-chinese").is_visible()


def test_paper_is_not_wasted(context, reading) -> None:
    """Thirty abstracts in both languages take no more than a page each."""
    page = opened(context, reading, LONG)
    pages = len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="A4")))
    assert pages <= 30


def test_a_first_visit_is_light(context, reading) -> None:
    """A digest of thirty papers: 150 KiB over the wire in 12 requests, our scripts 15 KiB."""
    bodies = {}
    page = context.new_page()
    page.on("response", lambda response: bodies.setdefault(response.url, response))
    page.goto(reading.url + LONG, wait_until="networkidle")
    sizes = {url: len(gzip.compress(response.body(), 6)) for url, response in bodies.items()}
    assert len(sizes) <= 12, sorted(sizes)
    assert sum(sizes.values()) <= 150 * 1024, sizes
    scripts = [
        len(gzip.compress(r.body(), 6))
        for u, r in bodies.items()
        if re.search(r"arxiv-digest[a-z-]*\.js", u)
    ]
    assert sum(scripts) <= 15 * 1024, scripts


@pytest.mark.parametrize("theme", ["instant", "mkdocs", "readthedocs"])
def test_other_themes_and_ways_to_turn_pages(browser, tmp_path, theme) -> None:
    """From a digest to the bookmarks and back: each thing is there once, and works."""
    with serving(_site(tmp_path, theme)) as site, context_of(browser, PHONE) as context:
        page = opened(context, site, DIGEST)
        for _ in range(2):
            assert page.locator(".dg-marks").count() == len(IDS)
            assert page.locator(".dg-filter", has_text="cs.CL").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
            page.keyboard.press("j")
            page.keyboard.press("j")
            assert focused(page) == IDS[1]
            expect(paper(page, IDS[1]).locator("h2")).to_be_in_viewport()
            page.keyboard.press("b")
            expect(button(page, "bookmark", IDS[1])).to_have_attribute(
                "aria-pressed", re.compile(".")
            )
            page.evaluate("window.scrollTo(0, 0)")
            page.locator(".dg-toolbar a", has_text="收藏夹").click()
            expect(page.locator(".dg-count")).to_have_text(re.compile("收藏"))
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
            page.go_back()
            expect(page.locator(".dg-marks").first).to_be_attached()
        page.keyboard.press("?")
        assert page.locator("dialog.dg-keys").is_visible()
        assert page.locator("[role=dialog]:visible").count() == 0
        assert page.faults == []


def test_paper_is_white_whatever_the_screen(browser, reading) -> None:
    """Who reads in the dark prints dark ink."""
    with context_of(browser, DESKTOP, color_scheme="dark") as context:
        page = opened(context, reading, DIGEST)
        page.emulate_media(media="print", color_scheme="dark")
        colour = page.locator(".dg-paper h2").first.evaluate("it => getComputedStyle(it).color")
        red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
        assert max(red, green, blue) < 110, colour


def test_keys_without_a_paper_say_so(page) -> None:
    """At the top of a digest nothing is chosen yet."""
    page.keyboard.press("b")
    expect(page.locator(".dg-said")).to_have_text("请先按 j 选一篇")
