"""Values are compared, not digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_plugin.check import Problem, check_texts
from digest_plugin.check.chinese_numbers import chinese_quantities, han_value
from digest_plugin.check.english_numbers import english_quantities
from digest_plugin.check.quantities import key


def problems(english: str, chinese: str) -> list[Problem]:
    """What the number rules find in one sentence each."""
    fields = {"title": "关于数值", "summary": "本文研究数值。", "abstract": f"我们得到{chinese}。"}
    found = check_texts("On values", f"We get {english} there.", fields)
    return [problem for problem in found if problem.kind in {"number", "number_missing"}]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("632 million words", "6.32 亿个词"),
        ("632 million words", "632M 个词"),
        ("632M words", "6.32亿个词"),
        ("1.3M words", "130 万个词"),
        ("10.5 million words", "1050万个词"),
        ("435 million words", "435百万个词"),
        ("7.4 billion words", "74亿个词"),
        ("23 Million words", "2300万个词"),
        ("40,000 words", "4 万个词"),
        ("40,000 words", "四万个词"),
        ("1.2 trillion words", "1.2 万亿个词"),
        ("half a million words", "50 万个词"),
        ("10 000 words", "1 万个词"),
        ("one third of them", "其中的三分之一"),
        ("two-thirds of them", "其中的三分之二"),
        ("half of them", "其中的 50%"),
        ("a quarter of them", "其中的四分之一"),
        ("a twofold gain", "两倍的收益"),
        ("a tenfold gain", "10 倍的收益"),
        ("forty-six tests", "四十六项测试"),
        ("forty-six tests", "46 项测试"),
        ("one hundred and twenty tests", "120 项测试"),
        ("the 1970s", "20世纪70年代"),
        ("the 1970s", "二十世纪七十年代"),
        ("the 21st century", "21 世纪"),
        (r"17\% of them", "其中的 17％"),
        ("17% of them", "其中的百分之十七"),
        ("17 percent of them", "其中的 17%"),
        ("a gain of 17 points", "17 个百分点的提升"),
        ("0.17 of them", "其中的 17%"),
        ("$1.8bn in fines", "18 亿美元罚款"),
        ("$1.8 billion in fines", "18 亿美元罚款"),
        ("75 m/s in air", "空气中每秒 75 米"),
        ("$10^{-6}$ in all", "总共 $10^{-6}$"),
        ("an error of 1e-6", "误差 10^-6"),
        ("a rise of 10-34%", "10%–34% 的增长"),
        ("a rise of 10 to 34 percent", "10-34％ 的增长"),
        ("3 to 5 million words", "300 万至 500 万个词"),
        ("5, 10 and 20% of them", "其中的 5%、10% 和 20%"),
        (r"$2.5 \pm 0.3$ mm", "2.5±0.3 毫米"),
        (r"$1.9\times$ more", "多 1.9 倍"),
        (r"$\sim 40$ words", "约 40 个词"),
        ("500+ tests", "500 多项测试"),
        ("the 3rd place", "第 3 名"),
        ("March 2021 data", "2021 年 3 月的数据"),
        ("a dozen tests", "12 项测试"),
        ("three tests", "三项测试"),
        ("three tests", "3 项测试"),
        ("phase II tests", "第 2 阶段测试"),
        ("i) speed and ii) size", "（1）速度和（2）大小"),
        ("GPT-4 and Llama-2-7B", "GPT-4 和 Llama-2-7B"),
        ("COVID-19 and L2 norms", "COVID-19 与 L2 范数"),
        ("3D shapes", "三维形状"),
        ("12 tests", "１２ 项测试"),
        ("two of the sets", "其中两个集合"),
        ("the first and only test", "唯一的测试"),
        ("millions of words", "数百万个词"),
        ("several tests", "十分关键的若干测试"),
        ("a dimension of $d = 17.25$", "维数 17.25"),
        ("sizes up to $k=128$", "大小至多 128"),
        ("a number $N = 31415926535897932384626433832795$", "一个很大的数"),
        ("120 tests in all", "总共 $n = 120$ 项测试"),
        ("a method that doubles the speed", "使速度提高 1 倍的方法"),
        ("12 tests and 12 others", "12 项测试"),
        ("8192 here and 8192 more", "8192 个与另外 8192 个"),
    ],
)  # fmt: skip
def test_equal_values_are_equal(english: str, chinese: str) -> None:
    """However a value is written, it is the same value."""
    assert problems(english, chinese) == []


@pytest.mark.parametrize(
    ("english", "chinese", "kind", "span"),
    [
        ("85.3% of them", "其中的 86.3%", "number", "86.3%"),
        ("85.3% of them", "其中的 86.3%", "number_missing", "85.3%"),
        ("632 million words", "6.32 万个词", "number", "6.32 万"),
        ("1.2 billion words", "1.2 亿个词", "number", "1.2 亿"),
        ("17% of them", "其中的 17 个", "number", "17"),
        ("17 of them", "其中的 17%", "number", "17%"),
        ("a gain", "37.4% 的提升", "number", "37.4%"),
        ("a score (F = 0.8)", "得分（F = 3.8）", "number", "3.8"),
        ("forty-six tests", "四十七项测试", "number", "四十七"),
        ("one third of them", "其中的四分之一", "number", "四分之一"),
        ("the 1970s", "20世纪80年代", "number", "1980"),
        ("120 tests", "许多测试", "number_missing", "120"),
        ("forty-six tests", "许多测试", "number_missing", "forty-six"),
        ("8192 here and 8192 more", "8192 个", "number_missing", "8192"),
        ("8192 here and 8192 more", "$8192$ 个", "number_missing", "8192"),
        ("125 here and 125 more", "125 个", "number_missing", "125"),
        ("5% here and 5% more", "5% 的部分", "number_missing", "5%"),
        ("17 nets and 120 tests", "17 个网络", "number_missing", "120"),
        ("forty-six tests of X-46", "许多测试", "number_missing", "forty-six"),
        ("three tests", "1 项测试", "number", "1"),
        ("a dimension of $d = 17.25$", "维数 17.5", "number", "17.5"),
    ],
)
def test_unequal_values_are_found(english: str, chinese: str, kind: str, span: str) -> None:
    """A value that only one of the languages has is named as it stands there."""
    assert (kind, span) in [(problem.kind, problem.span) for problem in problems(english, chinese)]


def test_how_often_a_value_is_wanted_is_told() -> None:
    """A value that is there, but not as often as it should be, is not called missing altogether."""
    (once,) = problems("120 tests", "许多测试")
    assert once.message.endswith("“120” of the English: put it in")
    (twice,) = problems("8192 here and 8192 more", "8192 个")
    assert twice.message.endswith("put it in 2 times, as often as the English")


def test_a_summary_may_leave_numbers_out_but_invents_none() -> None:
    """Values may be missing from the title and the summary; they may not be new there."""
    fields = {
        "title": "两倍的光：测试 14 项，即 2 次",
        "summary": "共有 13 项测试，而非 14 项。",
        "abstract": "我们做了 12 项测试。",
    }
    found = check_texts("Twice the light: 12 or 14 tests", "We ran 12 tests.", fields)
    assert [(problem.field, problem.kind, problem.span) for problem in found] == [
        ("summary", "number", "13")
    ]


UNITS = [("thousand", 1e3), ("million", 1e6), ("billion", 1e9)]
CHINESE_UNITS = [("", 1.0), ("万", 1e4), ("亿", 1e8), ("百万", 1e6), ("千", 1e3)]


@given(st.integers(1, 99_999), st.sampled_from(UNITS), st.sampled_from(CHINESE_UNITS))
def test_any_value_is_equal_to_itself(
    mantissa: int, english: tuple[str, float], chinese: tuple[str, float]
) -> None:
    """A value in any English unit has a reading in common with itself in any Chinese one."""
    value = mantissa * english[1]
    written = f"{value / chinese[1]:.12f}".rstrip("0").rstrip(".")
    (one,) = english_quantities(f"It has {mantissa} {english[0]} parts.")
    (other,) = chinese_quantities(f"它有 {written} {chinese[0]}个部分")
    assert key(value) in one.readings & other.readings


@given(st.integers(1, 10**9))
def test_separators_change_nothing(value: int) -> None:
    """1,234,567 and 1234567 are the same."""
    (one,) = english_quantities(f"It has {value:,} parts.")
    (other,) = english_quantities(f"It has {value} parts.")
    assert one.readings == other.readings == {key(float(value))}


@given(st.text("零〇一二两三四五六七八九十百千万亿", min_size=1, max_size=40))
def test_no_numeral_is_too_strange(text: str) -> None:
    """Any heap of numeral characters has a value or none, and nothing is raised."""
    assert han_value(text) is None or han_value(text) >= 0


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (r"It wins by 50$\%$ and 70$\%$.", "它胜出 50% 和 70%。"),
        (r"It is 10$\times$ faster.", "它快 10 倍。"),
        (r"It turns by 90$^\circ$.", "它转了 90 度。"),
    ],
)
def test_a_sign_alone_may_stand_between_dollars(english: str, chinese: str) -> None:
    r"""Authors write 50$\%$ for 50%: the value is the same, and the sign no formula."""
    fields = {"title": "论方法", "summary": "本文研究方法。", "abstract": chinese}
    assert check_texts("On methods", english, fields) == ()
