"""Search as readers have it: in the header's box and on its own page, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from digest_plugin.search.words import folded, is_wide, terms, words
from search_sites import NASTY, RANKED, Served, build_search_site, config_for, served
from test_search_site import altered

DESKTOP, PHONE, SMALL = (1280, 900), (390, 844), (320, 640)
SETTLED = """text => {
  const link = document.querySelector(".md-search-result__link");
  const said = document.querySelector(".md-search-result__meta").textContent;
  return link ? new URL(link.href).searchParams.get("h") === text : said.includes("没有找到");
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Served]:
    """200 papers and a hand-written page with Material, below a folder."""
    root = tmp_path_factory.mktemp("material")
    with served(root) as found:
        build_search_site(root, config_for(url=found.url))
        yield found


@pytest.fixture(scope="module")
def desk(browser, site) -> Iterator[Page]:
    """A page that stays open, for searches one after the other."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "about/")
        yield page
        assert faults_of(page) == []


def context_of(browser: Browser, size: tuple[int, int], **options: object) -> BrowserContext:
    return browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)


def opened(context: BrowserContext, site: Served, path: str) -> Page:
    """A page with `faults`: what it complains of, and whom it asks elsewhere."""
    page = context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("console", lambda m: m.type == "error" and page.faults.append(m.text))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda r: r.url.startswith(site.url) or page.faults.append(r.url))
    page.goto(site.url + path, wait_until="load")
    return page


def faults_of(page: Page) -> list[str]:
    return page.faults  # type: ignore[attr-defined]


# The header's box


def box(page: Page) -> Locator:
    return page.locator(".md-search__input")


def links(page: Page) -> Locator:
    return page.locator(".md-search-result__link")


def find(page: Page, text: str) -> list[str]:
    """Put in `text`; where the results lead, without what is marked there."""
    box(page).fill("")
    expect(page.locator(".md-search-result__meta")).to_have_text("键入以开始搜索")
    box(page).fill(text)
    page.wait_for_function(SETTLED, arg=text.strip())
    return [_target(link) for link in links(page).evaluate_all("all => all.map((a) => a.href)")]


def _target(href: str) -> str:
    found = urlsplit(href)
    return f"{found.path.removeprefix('/sub/folder/')}#{unquote(found.fragment)}"


TASK_7 = "digests/2024-03-01/#2403.00007"
LORA = "digests/odd/#hep-th/9901001"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("任务7量子纠错", TASK_7),
        ("量子纠错 任务7", TASK_7),
        ("Quantum Error Task 7", TASK_7),
        ("task 7 量子", TASK_7),
        ("2403.00007", TASK_7),
        ("2403.00007v3", TASK_7),
        ("arXiv:2403.00007", TASK_7),
        ("https://arxiv.org/abs/2403.00007v1", TASK_7),
        ("https://arxiv.org/pdf/2403.00007.pdf", TASK_7),
        ("person7 muller", TASK_7),
        ("Person7 Müller", TASK_7),
        ("hep-th/9901001", LORA),
        ("https://arxiv.org/abs/hep-th/9901001v2", LORA),
        ("LoRA-drop", LORA),
        ("lora", LORA),
        ("drop", LORA),
        ("ｌｏｒａ", LORA),
        ("lora 丢弃", LORA),
        ("哥德尔", LORA),
        ("Godel", LORA),
        ("zeitg", "digests/odd/#2403.09999"),
        ("2403.09998", "digests/odd/#2403.09998"),
        ("来历", "about/#"),
        ("编辑部", "about/#_2"),
    ],
)
def test_the_box_finds_what_is_meant(desk, text, target) -> None:
    """Chinese without spaces, English, parts of words, identifiers of any form, authors, pending
    papers, hand-written pages: one result, the right one, which leads to the paper itself."""
    assert find(desk, text) == [target]


def test_all_words_must_match(desk) -> None:
    """Each of the words alone has results, both together none."""
    assert find(desk, "扩散模型") != []
    assert find(desk, "量子纠错") != []
    assert find(desk, "扩散模型 量子纠错") == []


def test_title_before_sentence_before_abstract_then_the_newest(desk) -> None:
    """The order of results."""
    assert [each.partition("#")[2] for each in find(desk, "珊瑚礁")] == RANKED


def test_the_box_says_how_many_there_are_and_leads_to_all(desk, site) -> None:
    """Nine results, and a link to the page with all of them; the count is the true one."""
    found = find(desk, "扩散模型")
    assert len(found) == 10
    assert [each.partition("#")[0] for each in found[:2]] == ["digests/2024-03-10/"] * 2
    expect(desk.locator(".md-search-result__meta")).to_have_text("全部 50 个结果")
    last = links(desk).last.get_attribute("href")
    assert last.partition("&")[0] == f"{site.url}search/?q={quote('扩散模型')}"


def test_results_show_both_titles_with_the_words_marked(desk) -> None:
    """The English title only where a word stands in it; the sentence; the digest."""
    find(desk, "LoRA-drop")
    assert links(desk).inner_text().split("\n") == [
        "ＬｏＲＡ 丢弃法", "LoRA-drop in Gödel's Universe", "说的是 LoRA-drop。", "odd",
    ]  # fmt: skip
    assert links(desk).locator("mark").all_inner_texts() == ["LoRA-drop"] * 2
    find(desk, "丢弃")
    assert links(desk).locator("mark").all_inner_texts() == ["丢弃"]
    assert "Universe" not in links(desk).inner_text()


def test_what_is_composed_or_pasted_without_keys_is_searched(desk) -> None:
    """As with candidates chosen by mouse or finger."""
    find(desk, "lora")
    desk.keyboard.insert_text("-drop 哥德尔")
    desk.wait_for_function(SETTLED, arg="lora-drop 哥德尔")
    assert links(desk).count() == 1


# Python and the browser find the same words

TRICKY = [
    "知识图谱的构建", "我的的的", "的", "LoRA-drop", "in-context-aware", "GPT-3.5-turbo", "C++/C#", "C+++",
    "x-", "-x", "a..b", "ﬁne-tuning", "Ⅳ ½ ①", "ΟΔΥΣΣΕΥΣ Σ", "İstanbul ıI", "ẞß", "ディープラーニング",
    "か\u3099が", "e\u0301é", "𠀀𠀁𪜀", "𝒜𝔅", "한국어", "〇々〆", "a\u200bb", "β-VAE", "Ёж", "ǅ", "2403.12151v2",
    "hep-th/9901001", "１２．５", "—–−‐", "\u0000\u001f", "中a文", "x" * 80, "a-b-c-d-e-f-g-h",
]  # fmt: skip
LOOKED_UP = """texts => texts.map((text) => {
  const found = wordsOf(text);
  const isFull = found.map((word) => slotsOf([word, false]).map((slot) => slot.term));
  return [folded(text), found, found.map(isWide), isFull.flat()];
})"""


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=20)
        | st.text("知的a-.+#1éßΣ𠀀ＡがͅͰ", max_size=20),
        max_size=30,
    )
)
@example(TRICKY)
def test_python_and_the_browser_find_the_same_words(desk, texts) -> None:
    """The worker folds and cuts texts as the index was made, and looks up for a text's words only
    what the index knows the text by."""
    (worker,) = desk.workers
    for text, (plain, found, wide, looked_up) in zip(
        texts, worker.evaluate(LOOKED_UP, texts), strict=True
    ):
        assert (plain, found) == (folded(text), words(text))
        assert wide == [is_wide(word) for word in found]
        assert {term.removesuffix("的") or term for term in looked_up} <= {
            term.removesuffix("的") or term for term in terms(text)
        }


# Keys


def test_a_search_by_keys_alone(browser, site) -> None:
    """`/` and Ctrl+K lead to the box, arrows through the results, Enter opens one, Esc goes back."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "about/")
        page.keyboard.press("/")
        expect(box(page)).to_be_focused()
        page.keyboard.type("task 7 person")
        page.wait_for_function(SETTLED, arg="task 7 person")
        page.keyboard.press("Escape")
        expect(box(page)).not_to_be_focused()
        expect(page.locator("#__search")).not_to_be_checked()
        page.wait_for_timeout(300)  # the theme closes its box a moment after the focus has gone
        page.keyboard.press("Control+k")
        expect(box(page)).to_be_focused()
        expect(page.locator("#__search")).to_be_checked()
        page.keyboard.type("diffusion")  # in place of what was there
        page.wait_for_function(SETTLED, arg="diffusion")
        expect(links(page).nth(1)).to_be_attached()
        page.wait_for_timeout(500)  # the theme draws its list anew for each letter
        for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowDown", 1)):
            page.keyboard.press(key)
            expect(links(page).nth(place)).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/digests/2024-03-10/?h=diffusion#2403.00188")
        assert faults_of(page) == []


def test_enter_opens_the_best_paper_with_the_words_marked(browser, site) -> None:
    """It stands in view, and in it, not around it, the words are marked."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "")
        page.keyboard.press("Control+k")
        page.keyboard.type("quantum 7")
        page.wait_for_function(SETTLED, arg="quantum 7")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/digests/2024-03-01/\?h=quantum(%20|\+)7#2403\.00007$"))
        marks = page.locator("mark")
        expect(marks.first).to_be_visible()
        assert {each.lower() for each in marks.all_inner_texts()} <= {"quantum", "7", ""}
        assert page.locator('article[id="2403.00007"] mark').count() == marks.count()
        expect(page.locator('article[id="2403.00007"]')).to_be_in_viewport()
        assert len(page.workers) == 1  # the one that marked has gone
        assert faults_of(page) == []


def test_enter_opens_the_best_paper_when_the_theme_thinks_its_box_closed(browser, site) -> None:
    """As it may after going back: it would send the form, which leads nowhere."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "")
        page.keyboard.press("Control+k")
        page.keyboard.type("lora-drop")
        page.wait_for_function(SETTLED, arg="lora-drop")
        page.evaluate(
            """() => {
              const toggle = document.querySelector("#__search");
              toggle.checked = false;
              toggle.dispatchEvent(new Event("change"));
            }"""
        )
        box(page).evaluate("box => box.focus()")
        page.keyboard.press("Enter")
        page.wait_for_url("**/digests/odd/?h=lora-drop#hep-th/9901001")


def test_slash_is_a_letter_where_readers_write(browser, site) -> None:
    """And on the search page both keys lead to its own field."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "search/")
        field = page.locator("[name=q]")
        expect(field).to_be_focused()
        page.keyboard.type("hep-th/99")
        assert field.input_value() == "hep-th/99"
        field.blur()
        page.keyboard.press("Control+k")
        expect(field).to_be_focused()


# What is fetched


def test_nothing_of_the_index_is_fetched_before_a_search(browser, site) -> None:
    """But the worker; and then few small files, each once."""
    with context_of(browser, DESKTOP) as context:
        site.seen.clear()
        page = opened(context, site, "about/")
        page.wait_for_timeout(300)
        assert any("/workers/search." in path for path in site.seen)
        assert not [path for path in site.seen if path.startswith(("assets/search/", "search/"))]
        box(page).focus()
        page.wait_for_timeout(300)
        assert not [path for path in site.seen if path.startswith(("assets/search/", "search/"))]
        find(page, "lora-drop")
        find(page, "lora-drop 哥德尔")
        fetched = [path for path in site.seen if path.startswith("assets/search/")]
        assert len(fetched) == len(set(fetched)) == 4
        assert fetched[0] == "assets/search/index-1.json"


def test_an_index_that_cannot_be_fetched_is_told(browser, site) -> None:
    """In the box and on the search page, without an endless wait; the next search tries again."""
    with context_of(browser, DESKTOP) as context:
        page, search_page = opened(context, site, "about/"), opened(context, site, "search/")
        expect(search_page.locator("[name=q]")).to_be_focused()
        search_page.wait_for_timeout(200)
        context.set_offline(True)
        box(page).fill("lora")
        expect(links(page)).to_contain_text("没有取到索引")
        search_page.locator("[name=q]").fill("lora")
        expect(said(search_page)).to_contain_text("没有取到索引")
        context.set_offline(False)
        assert find(page, "lora-drop") == [LORA]
        search_page.locator("[name=q]").fill("lora-drop")
        expect(said(search_page)).to_have_text("共 1 个结果")


def test_a_site_that_is_built_anew_is_searched_anew(browser, tmp_path) -> None:
    """A page that was open before finds what has come, although its index has gone."""
    with served(tmp_path) as site, context_of(browser, DESKTOP) as context:
        build_search_site(tmp_path, config_for(url=site.url), 10)
        page = opened(context, site, "about/")
        assert find(page, "任务9") != []
        build_search_site(tmp_path, config_for(url=site.url), 40)
        assert find(page, "任务39 知识") == []  # from what it has
        assert find(page, "图谱构建 来历") == []
        page.reload()
        assert find(page, "2403.00039") == ["digests/2024-03-02/#2403.00039"]


# The search page


def said(page: Page) -> Locator:
    return page.locator(".dg-search__said")


def hits(page: Page) -> list[str]:
    return page.locator(".dg-search__hits h2 a").evaluate_all(
        "all => all.map((a) => a.hash.slice(1))"
    )


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_an_address_of_a_search_can_be_shared(browser, site) -> None:
    """Words, filters and page are in it; Material's own box stays closed, and nothing is lost."""
    with context_of(browser, DESKTOP) as context:
        path = f"search/?q={quote('扩散模型')}&category=cs.CV&tag={quote('生成')}&year=2024&page=2"
        page = opened(context, site, path)
        expect(said(page)).to_have_text("共 49 个结果，第 2 页，共 5 页")
        assert page.url == site.url + path
        assert len(hits(page)) == 10
        values = [
            page.locator(f"[name={each}]").input_value()
            for each in ("q", "category", "tag", "year")
        ]
        assert values == ["扩散模型", "cs.CV", "生成", "2024"]
        assert not page.locator("#__search").is_checked()
        assert page.locator(".dg-search__hits").get_attribute("start") == "11"
        assert faults_of(page) == []


def test_filters_narrow_a_search(browser, site) -> None:
    """By category, cross-lists included, tag and year, alone and together; the address follows."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "search/")
        expect(said(page)).to_be_empty()
        page.locator("[name=year]").select_option("2023")
        expect(said(page)).to_have_text("共 5 个结果")
        page.locator("[name=category]").select_option("cs.AI")
        expect(said(page)).to_have_text("共 3 个结果")
        page.locator("[name=q]").fill("知识图谱")
        expect(said(page)).to_have_text("共 2 个结果")
        assert query_of(page) == {"q": ["知识图谱"], "category": ["cs.AI"], "year": ["2023"]}
        page.locator("[name=tag]").select_option("量子 计算")
        expect(said(page)).to_have_text("没有找到。可以少写几个词，或去掉筛选。")
        page.locator("[name=category]").select_option("")
        page.locator("[name=q]").fill("")
        expect(said(page)).to_have_text("共 1 个结果")
        assert hits(page) == ["2403.00003"]
        page.locator("[name=tag]").select_option("")
        page.locator("[name=year]").select_option("")
        expect(said(page)).to_be_empty()
        assert page.url == site.url + "search/"


def test_all_results_are_paged_and_the_back_button_goes_back(browser, site) -> None:
    """Every result stands on one page of them; from a paper one returns to the page one was on."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, f"search/?q={quote('扩散模型')}")
        seen: list[str] = []
        for number in range(1, 6):
            expect(said(page)).to_have_text(f"共 50 个结果，第 {number} 页，共 5 页")
            seen += hits(page)
            if number < 5:
                page.get_by_role("link", name="下一页").click()
        assert len(seen) == len(set(seen)) == 50
        assert page.get_by_role("link", name="下一页").count() == 0
        first = hits(page)[0]
        page.locator(".dg-search__hits h2 a").first.click()
        page.wait_for_url(f"**#{first}")
        page.go_back()
        expect(said(page)).to_have_text("共 50 个结果，第 5 页，共 5 页")
        page.go_back()
        expect(said(page)).to_have_text("共 50 个结果，第 4 页，共 5 页")
        assert faults_of(page) == []


def test_back_from_a_paper_leads_to_where_one_was(browser, site) -> None:
    """Not to the top of the results, of which a phone shows two."""
    with context_of(browser, PHONE) as context:
        page = opened(context, site, f"search/?q={quote('扩散模型')}")
        expect(said(page)).to_contain_text("共 50 个结果")
        hit = page.locator(".dg-search__hits h2 a").nth(7)
        hit.scroll_into_view_if_needed()
        before = page.evaluate("scrollY")
        assert before > 500
        hit.click()
        page.wait_for_url("**/digests/**")
        page.go_back()
        expect(said(page)).to_contain_text("共 50 个结果")
        page.wait_for_function("y => Math.abs(scrollY - y) < 5", arg=before)
        assert faults_of(page) == []


def test_back_undoes_a_filter(browser, site) -> None:
    """And only then leaves the page; forward brings it again."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "about/")
        page.goto(f"{site.url}search/?q={quote('扩散模型')}")
        expect(said(page)).to_contain_text("共 50 个结果")
        page.locator("[name=year]").select_option("2023")
        expect(said(page)).not_to_contain_text("共 50 个结果")
        filtered = said(page).inner_text()
        page.go_back()
        expect(said(page)).to_contain_text("共 50 个结果")
        expect(page.locator("[name=year]")).to_have_value("")
        page.go_forward()
        expect(said(page)).to_have_text(filtered)
        expect(page.locator("[name=year]")).to_have_value("2023")
        page.go_back()
        page.go_back()
        page.wait_for_url("**/about/")
        assert faults_of(page) == []


@pytest.mark.parametrize("number", ["0", "-3", "99", "x", "1e9", "1.5"])
def test_odd_page_numbers_lead_to_a_page_that_is_there(browser, site, number) -> None:
    """The first or the last."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, f"search/?q={quote('扩散模型')}&page={number}")
        expected = 5 if number in {"99", "1e9"} else 1
        expect(said(page)).to_have_text(f"共 50 个结果，第 {expected} 页，共 5 页")


def test_a_rare_tag_of_an_address_stays_chosen(browser, site) -> None:
    """Though it is not on offer."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, f"search/?tag={quote('冷门')}")
        expect(said(page)).to_contain_text("没有找到")
        assert page.locator("[name=tag]").input_value() == "冷门"


def test_a_search_by_keys_on_the_search_page(browser, site) -> None:
    """Type, Enter, Tab to the first hit, Enter: the paper, with the words marked."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "search/")
        expect(page.locator("[name=q]")).to_be_focused()
        page.keyboard.type("lora")
        page.keyboard.press("Enter")
        expect(said(page)).to_have_text("共 1 个结果")
        for _ in range(5):
            page.keyboard.press("Tab")
        expect(page.locator(".dg-search__hits h2 a")).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/digests/odd/?h=lora#hep-th/9901001")
        expect(page.locator('article[id="hep-th/9901001"] mark:visible').first).to_be_visible()
        assert faults_of(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_search_page_is_accessible(browser, site, size, scheme) -> None:
    """axe finds nothing against WCAG 2.2 A and AA, with results and pages of them."""
    with context_of(browser, size, color_scheme=scheme) as context:
        page = opened(context, site, f"search/?q={quote('扩散模型')}&page=2")
        expect(said(page)).to_contain_text("第 2 页")
        page.wait_for_timeout(300)  # Material fades its colours in
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        results = Axe().run(
            page, context=".md-content", options={"runOnly": {"type": "tag", "values": tags}}
        )
        assert results.violations_count == 0, results.generate_report()
        assert faults_of(page) == []


@pytest.mark.parametrize("query", ["扩散模型", "怪"])
def test_the_search_page_fits_small_screens(browser, site, query) -> None:
    """320 px without sideways scrolling, with long and hostile results."""
    with context_of(browser, SMALL) as context:
        page = opened(context, site, f"search/?q={quote(query)}")
        expect(said(page)).to_contain_text("个结果")
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL[0]


# Hostile texts


def test_hostile_texts_run_nothing(browser, site) -> None:
    """As titles in the box, on the search page and where their words are marked; as queries too."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "about/")
        find(page, "怪")
        assert links(page).count() == len(NASTY)
        assert "怪<script>window.pwned=1</script>" in page.locator(".md-search-result").inner_text()
        addresses = [each.get_attribute("href") for each in links(page).all()]
        assert (
            page.locator(".md-search-result :is(script, img, svg[onload], i, [onclick])").count()
            == 0
        )
        for text in NASTY:
            box(page).fill(text)
            page.wait_for_timeout(150)
        assert page.evaluate("window.pwned") is None
        page.goto(site.url + f"search/?q={quote('怪')}")
        expect(said(page)).to_have_text(f"共 {len(NASTY)} 个结果")
        assert (
            page.locator(".dg-search :is(script:not([src]), img, svg, i, [onclick])").count() == 0
        )
        for path in (addresses[0], f"search/?tag={quote(NASTY[1])}&q={quote(NASTY[2])}"):
            page.goto(path if "://" in path else site.url + path)
            page.wait_for_timeout(200)
            assert page.evaluate("window.pwned") is None
        for text in NASTY[:4]:
            page.goto(f"{site.url}digests/odd/?h={quote(text)}#2401.00001")
            expect(page.locator("mark").first).to_be_attached()
            assert page.evaluate("window.pwned") is None
        assert faults_of(page) == []


# Other sites


def test_pages_that_material_loads_in_place(browser, tmp_path) -> None:
    """With navigation.instant: marks, the search page and going back work without a reload; paging
    and a search from the box while the search page is shown work, too."""
    with served(tmp_path) as site, context_of(browser, DESKTOP) as context:
        features = "navigation.instant, search.highlight"
        build_search_site(tmp_path, config_for(url=site.url, features=features), 60)
        page = opened(context, site, "about/")
        page.wait_for_timeout(500)  # until Material knows which pages there are
        page.evaluate("window.isSame = true")
        page.locator(".md-nav--primary [href$='search/']").first.click()
        page.wait_for_url("**/search/")
        page.locator("[name=q]").fill("知识图谱")
        expect(said(page)).to_have_text("共 15 个结果，第 1 页，共 2 页")
        page.locator(".dg-search__hits h2 a").first.click()
        page.wait_for_url("**/digests/**")
        expect(page.locator("mark:visible").first).to_be_visible()
        page.go_back()
        expect(said(page)).to_have_text("共 15 个结果，第 1 页，共 2 页")
        assert find(page, "lora-drop") == [LORA]
        page.keyboard.press("Enter")
        page.wait_for_url("**/digests/odd/?h=lora-drop#hep-th/9901001")
        expect(page.locator('article[id="hep-th/9901001"] mark:visible').first).to_be_visible()
        page.go_back()
        expect(said(page)).to_have_text("共 15 个结果，第 1 页，共 2 页")
        assert page.evaluate("window.isSame")
        find(page, "扩散模型")
        links(page).last.click()
        expect(said(page)).to_have_text("共 15 个结果，第 1 页，共 2 页")
        expect(page.locator("[name=q]")).to_have_value("扩散模型")
        page.get_by_role("link", name="下一页").click()
        expect(said(page)).to_have_text("共 15 个结果，第 2 页，共 2 页")
        page.go_back()
        expect(said(page)).to_have_text("共 15 个结果，第 1 页，共 2 页")
        assert faults_of(page) == []


@pytest.mark.parametrize(
    ("theme", "directories", "search"),
    [
        ("mkdocs", True, "- search"),
        ("readthedocs", True, "- search"),
        ("material", False, "- search"),
        ("material", True, ""),
    ],
)
def test_the_search_page_serves_every_site(browser, tmp_path, theme, directories, search) -> None:
    """Themes with another box or none, and addresses that end in .html: `/` leads to a search
    whose hits open the paper with the words marked."""
    with served(tmp_path) as site, context_of(browser, SMALL) as context:
        config = config_for(theme, url=site.url, directories=directories, search=search)
        build_search_site(tmp_path, config, 30)
        page = opened(context, site, "about/" if directories else "about.html")
        search_page = "search/" if directories else "search.html"
        page.keyboard.press("/")
        if theme == "material" and search:
            page.keyboard.type("task with")
            page.wait_for_function(SETTLED, arg="task with")
            last = links(page).last.get_attribute("href")
            assert last == f"{site.url}{search_page}?q=task%20with"
            page.goto(last)
        else:
            page.wait_for_url(f"**/{search_page}")
        page.locator(".dg-search__words [name=q]").fill("lora-drop")
        expect(said(page)).to_have_text("共 1 个结果")
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL[0]
        page.reload()  # with the search in the address, which opens no box of the theme
        expect(said(page)).to_have_text("共 1 个结果")
        page.wait_for_timeout(300)
        assert page.locator("#mkdocs_search_modal:visible, #__search:checked").count() == 0
        assert faults_of(page) == []
        page.locator(".dg-search__hits h2 a").click()
        page.wait_for_url(re.compile(r"h=lora-drop#hep-th/9901001$"))
        expect(page.locator('article[id="hep-th/9901001"] mark:visible').first).to_be_visible()


def test_the_box_of_readthedocs_leads_to_the_search_page(browser, tmp_path) -> None:
    """With what was typed."""
    with served(tmp_path) as site, context_of(browser, DESKTOP) as context:
        build_search_site(tmp_path, config_for("readthedocs", url=site.url), 30)
        page = opened(context, site, "about/")
        page.locator("#rtd-search-form input").fill("哥德尔")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/search/?q={quote('哥德尔')}")
        expect(said(page)).to_have_text("共 1 个结果")
        assert faults_of(page) == []


def test_materials_stock_search_works_where_it_stays(browser, tmp_path) -> None:
    """In a box that is not known here, papers are found all the same, and the search page works."""
    with served(tmp_path) as site, context_of(browser, DESKTOP) as context:
        config = config_for(url=site.url, theme_dir=altered(tmp_path, "bundle"))
        build_search_site(tmp_path, config, 10, strict=False)
        page = opened(context, site, "about/")
        box(page).click()
        box(page).press_sequentially("LoRA-drop")
        expect(links(page).first).to_be_visible()
        assert any(
            "digests/odd/" in (each.get_attribute("href") or "") for each in links(page).all()
        )
        page.goto(site.url + "search/?q=lora-drop")
        expect(said(page)).to_have_text("共 1 个结果")
        assert faults_of(page) == []


def test_enter_waits_for_the_answer_to_what_stands_in_the_box(browser, site) -> None:
    """Not the best paper of the query before, however fast a reader types."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, site, "")
        page.keyboard.press("Control+k")
        page.keyboard.type("diffusion")
        page.wait_for_function(SETTLED, arg="diffusion")
        page.keyboard.press("Control+a")
        page.keyboard.type("2403.00007")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/digests/2024-03-01/\?h=2403\.00007#2403\.00007$"))
        assert faults_of(page) == []
