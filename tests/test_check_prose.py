"""A text as the check reads it: addresses and formulas set apart, signs folded."""

from __future__ import annotations

import pytest

from digest_plugin.check import check_texts
from digest_plugin.check.prose import ADDRESS, FORMULA, MAX_CHARACTERS, Pair, Text, figure


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("见 https://example.org/a 等", ["https://example.org/a"]),
        ("见 http://example.org/~b_c/?d=1&e=%20#f，", ["http://example.org/~b_c/?d=1&e=%20#f"]),
        ("见 (https://example.org/a), 与 [www.example.org/]。", ["https://example.org/a", "www.example.org/"]),
        ("见“https://example.org/a”。", ["https://example.org/a"]),
        ("See HTTPS://EXAMPLE.ORG/A. We go.", ["HTTPS://EXAMPLE.ORG/A"]),
        ("写信给 a.b+c@d-e.example.org, 或 x_1@y.z。", ["a.b+c@d-e.example.org", "x_1@y.z"]),
        ("见 example.com、a-b.example.net/c.html 与 x.io/，", ["example.com", "a-b.example.net/c.html", "x.io/"]),
        ("见 example.org/a(b). 与 example.edu/!", ["example.org/a(b", "example.edu/"]),
        ("见 my.site.at.example.ai 与 3d.cn 与 x.dev", ["my.site.at.example.ai", "3d.cn", "x.dev"]),
        ("见 https://x.org/a= 或 https://x.org/~ 或 https://x.org/b-", ["https://x.org/a=", "https://x.org/~", "https://x.org/b-"]),
        ("见 x.org/a= 或 x.org/~ 或 x.org/b-/。", ["x.org/a=", "x.org/~", "x.org/b-/"]),
        ("用 example.community、a.b、e.g. 与 i.e. 和 @x", []),
        ("用 https:// 与 www. 和 http", []),
        ("$https://example.org$ 里的不算", []),
    ],
)  # fmt: skip
def test_addresses_end_before_what_closes_the_sentence(text: str, addresses: list[str]) -> None:
    """Brackets, quotes and stops behind an address are none of it."""
    assert list(Text(text).addresses) == addresses
    assert Text(text).prose.count(ADDRESS) == len(addresses)


def test_an_address_in_brackets_ends_nothing_early() -> None:
    """The bracket behind it closes the one before it, and the stop ends the sentence."""
    english = "We study trees. Our code is here (https://example.org/a). It is free for everybody."
    for chinese in (
        "我们研究树。我们的代码在此处 (https://example.org/a)。它对所有人都免费。",
        r"我们研究树。它对所有人都免费。我们的代码在此处：\url{https://example.org/a}",
    ):
        fields = {"title": "论树", "summary": "本文研究树。", "abstract": chinese}
        assert "omission" not in {it.kind for it in check_texts("On Trees", english, fields)}


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("有 １２０ 个Ａｚ，占 ５．５％", "有 120 个Az，占 5.5%"),
        ("＋１－２～３−４‐５‑６∼７〜８＄", "+1-2~3-4-5-6~7~8$"),
        ("1\xa02\u20093\u202f4", "1 2 3 4"),
        ("（全角）【】！：；＠＿", "（全角）【】！：；＠＿"),
        ("有 $1{,}000$ 个", "有  1,000  个"),
        (r"由 $x_1$ 与 $30\%$ 和 $2.5\times$", f"由 {FORMULA} 与  30%  和  2.5× "),
    ],
)  # fmt: skip
def test_signs_are_folded_and_formulas_set_apart(text: str, prose: str) -> None:
    """Full-width letters and figures are plain ones; Chinese punctuation stays."""
    assert Text(text).prose == prose


@pytest.mark.parametrize(
    "tex",
    [
        "5", r"30\%", r"\sim 2.5", r"\approx 3", r"\simeq 3", r"\thicksim 3", r"2.5\times", r"3\cdot4", r"5\ast 6",
        r"2 \pm 0.1", r"\leq 5", r"\le 5", r"\geq 5", r"\ge 5", r"\lt 5", r"\gt 5", r"\ll 5", r"\gg 5", r"\leqslant 5",
        r"\geqslant 5", r"\text{5}", r"\textbf{5}", r"\textit{5}", r"\mathrm{5}", r"\mathbf{5}", r"\mathit{5}", r"\rm 5",
        r"\bf 5", r"\it 5", r"5\,000", r"5\;000", r"5\:000", r"5\!000", r"5\ 000", r"\$5", "1{,}000",
        r"90^\circ", r"90^{\circ}", r"90^{\degree}", "5k", "5K", "5M", "5B", "5x", "5X", "5GB", "5MB", "5bn", "5th", "1st",
        "2nd", "3rd", "(5)", "5:1", "<5", ">5", "≤5", "≥5", "5-6", "5–6", "5/6", "10^{-6}", "5 = 5", "5, 6", "5.", "+5", "±5",
        "5°", r"5\text{k}", "5k.", "5k ", "5x%", r"\times", r"^\circ", r"\%", "5" * 60,
    ],
)  # fmt: skip
def test_mere_figures_may_stand_without_dollars(tex: str) -> None:
    """Values with their signs and units are read as text."""
    assert figure(tex)
    assert FORMULA not in Text(f"有 ${tex}$ 个").prose


@pytest.mark.parametrize(
    "tex",
    ["x", "5x_1", "n = 5", r"\alpha", r"\timesx 5", r"\simx 5", r"5\timesx", r"5\timesX", r"5\simx", r"5\simX", r"5\pmx", r"5\pmX", r"5\lex", r"5\leX", r"5\textx", r"5\rmX", r"\bfx 5", r"\#5", r"\leX 5", r"\lex 5", "5kg", "5kk", "5xs", "=", r"\sim",
     "()", "5" * 61, r"\frac{1}{2}"],
)  # fmt: skip
def test_formulas_are_more_than_figures(tex: str) -> None:
    """Letters that are no unit, commands that are no sign, and signs without a value."""
    assert not figure(tex)
    assert Text(f"有 ${tex}$ 个").prose == f"有 {FORMULA} 个"


def test_a_part_is_shown_with_its_own_formulas_and_addresses() -> None:
    """Those before it are counted, those of another kind are not."""
    text = Text(r"由 $x$ 与 $5\%$ 和 example.org 得 $y$，见 example.net，共 $z$ 个")
    prose = text.prose
    assert text.shown(prose) == r"由 $x$ 与  5%  和 example.org 得 $y$，见 example.net，共 $z$ 个"
    assert text.shown(prose[prose.index("得") :]) == "得 $y$，见 example.net，共 $z$ 个"
    assert text.shown(prose[prose.index("，见") :]) == "，见 example.net，共 $z$ 个"
    assert text.shown(f"未见之文 {FORMULA}") == "未见之文 $x$"
    assert Text("无").shown(f"无 {FORMULA}") == f"无 {FORMULA}"


def test_formulas_and_words_are_told_apart() -> None:
    """Words are what is left without formulas; a dollar before Chinese opens a formula, too."""
    assert Text("由 $x$ 得 $y$。").formulas == ("x", "y")
    assert Text("由 $x$ 得 $y$。").words == "由  得 。"
    assert Text("有 $ n $个与$ m $个").formulas == ("n", "m")
    assert Text("有 $ n $个与$ m $个").words == "有 个与个"
    assert Text(r"有 $ n $个与$ m $个，\$5").formulas == ("n", "m")
    assert Text(r"有 $a \text{若} b$ 与 $c \mbox {或} d$").formulas == (
        r"a \text{若} b",
        r"c \mbox {或} d",
    )
    for command in ("text", "mbox ", "mathrm", "textbf", "href{x}"):
        assert Text(rf"有 $a \{command}{{若}} b$ 与 \(z\) 个").formulas[-1] == "z"
    assert Text(r"有 $a \textbf{甲}$ 与 $\href{x}{乙}$ 与 $\mathrm{丙}$").formulas == (
        r"a \textbf{甲}", r"\href{x}{乙}", r"\mathrm{丙}",
    )  # fmt: skip


def test_the_fields_have_their_english() -> None:
    """A summary is of nothing in particular."""
    pair = Pair(Text("T"), Text("A"), {})
    assert (pair.english("title"), pair.english("abstract")) == (Text("T"), Text("A"))
    assert pair.english("summary") is None


@pytest.mark.parametrize("letters", ["㐀䶿㐁", "一鿿丁", "𠀀𰻞𠀁"])
def test_rare_characters_are_chinese(letters: str) -> None:
    """Names of people and places are written in them."""
    fields = {"title": letters, "summary": f"{letters}。", "abstract": f"{letters}。"}
    found = check_texts("Rare names", "Rare names.", fields)
    assert "untranslated" not in {problem.kind for problem in found}


@pytest.mark.parametrize("letters", ["ABCDEFGH", "abcdefgh", "ÀÉÖøŁżʼnɏ"])
def test_latin_letters_are_counted_against_chinese_ones(letters: str) -> None:
    """Capitals, small ones, and those with marks."""
    fields = {"title": "论树", "summary": "树。", "abstract": f"树{letters}。"}
    found = check_texts("On Trees", "We study trees.", fields)
    assert ("abstract", "untranslated") in {(problem.field, problem.kind) for problem in found}


def test_texts_are_read_to_a_length_that_no_abstract_has() -> None:
    """What stands behind it is not looked at."""
    for length, seen in ((MAX_CHARACTERS - 1, True), (MAX_CHARACTERS, False)):
        abstract = "树" * length + "*" * 4
        fields = {"title": "论树", "summary": "树。", "abstract": "树" * length + "\x07"}
        found = check_texts("On Trees", abstract, fields)
        assert ("markup" in {problem.kind for problem in found}) is seen
