"""What values texts state: which figures, numerals and words stand for which, and which for none."""

from __future__ import annotations

import pytest

from digest_plugin.check.chinese_numbers import chinese_quantities, han_value
from digest_plugin.check.english_numbers import english_quantities, implied_values
from digest_plugin.check.quantities import Quantity


def stated(quantities: list[Quantity]) -> dict[str, str]:
    """The firm ones: how each is written, and the values that it may stand for."""
    return {it.text: " ".join(sorted(it.readings, key=float)) for it in quantities if it.firm}


@pytest.mark.parametrize(
    ("english", "values"),
    [
        ("it has 1,234,567.5 words", {"1,234,567.5": "1234567.5"}),
        ("it has 12,345 or 123,456 words", {"12,345": "12345", "123,456": "123456"}),
        ("all 25 000 words", {"25 000": "0 25 25000"}),
        ("all 1 234 567 words", {"1 234 567": "1 234 567 1234567"}),
        ("all 1 234 567 890 123 words", {"1 234 567 890 123": "1 123 234 567 890 1.23456789e+12"}),
        ("in 10 000.5 s", {"10": "10", "000.5": "0.5"}),
        ("in 10 0005 s", {"10": "10", "0005": "5"}),
        ("a share of 0.25 or .75", {"0.25": "0.25", ".75": "0.75"}),
        ("an error of 1e-6", {"1e-6": "1e-06"}),
        ("an error of 1.5E+16", {"1.5E+16": "1.5e+16"}),
        ("an error of 2e100", {"2e100": "2e+100"}),
        ("3 × 10^{12} steps", {"3 × 10^{12}": "3e+12"}),
        ("3x10^-6 steps", {"3x10^-6": "3e-06"}),
        ("3*10^5 steps", {"3*10^5": "300000"}),
        ("3X 10 ^ 5 steps", {"3X 10 ^ 5": "300000"}),
        ("1.5×10 ^{+3} steps", {"1.5×10 ^{+3}": "1500"}),
        ("2 × 10^ { 3} steps", {"2": "2", "10": "10", "3": "3"}),
        ("2.5 × 10^100 steps", {"2.5 × 10^100": "2.5e+100"}),
        ("10^{-6} in all", {"10^{-6}": "1e-06"}),
        ("10 ^ 9 or 10^+12 steps", {"10 ^ 9": "1e+09", "10^+12": "1e+12"}),
        ("10^400 or 10^-400 or 10^299", {"10^400": "1e+300", "10^-400": "1e-300", "10^299": "1e+299"}),
        ("2^10 steps", {"2": "2", "10": "10"}),
        ("3 or " + "9" * 31 + " or " + "9" * 30, {"3": "3", "9" * 30: "1e+30"}),
        ("5 hundred, 5-thousand, 5 Millions", {"5 hundred": "500", "5-thousand": "5000", "5 Millions": "5000000"}),
        ("5 billion, 5 trillion", {"5 billion": "5e+09", "5 trillion": "5e+12"}),
        ("3 mn, 4 mln, 5 mio, 6 mil", {"3 mn": "3000000", "4 mln": "4000000", "5 mio": "5000000", "6 mil": "6000000"}),
        ("3bn, 4 tn, 5 lakh", {"3bn": "3e+09", "4 tn": "4e+12", "5 lakh": "500000"}),
        ("6 crore, 7 dozen", {"6 crore": "60000000", "7 dozen": "84"}),
        ("7k 8K 7M 7B 7T", {"7k": "7000", "8K": "8000", "7M": "7000000", "7B": "7e+09", "7T": "7e+12"}),
        ("5% here, 6 percent there", {"5%": "0.05", "6 percent": "0.06"}),
        ("a 7-percent rise, 8 per cent more", {"7-percent": "0.07", "8 per cent": "0.08"}),
        ("3 percentage points, 9 pp", {"3 percentage": "0.03", "9 pp": "0.09"}),
        ("5 million% more", {"5 million%": "50000"}),
        ("5‰ of them", {"5‰": "0.005"}),
        ("5 points, 6 absolute points, 1 point", {"5 points": "0.05 5", "6 absolute points": "0.06 6", "1 point": "0.01 1"}),
        ("4 BLEU points, 3 F1 points", {"4 BLEU points": "0.04 4", "3 F1 points": "0.03 3"}),
        ("a 7-point lead", {"7-point": "0.07 7"}),
        ("the 1990s", {"1990s": "90 1990"}),
        ("the 1000s and 2099s", {"1000s": "0 1000", "2099s": "99 2099"}),
        ("after 2100s or 999s", {"2100s": "2100", "999s": "999"}),
        ("(1) speed; 2) size [3], (99)", {}),
        ("(100) of 5 (6) parts", {"100": "100", "5": "5"}),
        ("a gain (of 5) in 7 (x)", {"5": "5", "7": "7"}),
        ("a pair (3.5)", {"3.5": "3.5"}),
        ("forty-six or one hundred and twenty", {"forty-six": "46", "one hundred and twenty": "120"}),
        ("Forty-Six of two billion", {"Forty-Six": "46", "two billion": "2e+09"}),
        ("nineteen hundred, five-hundred", {"nineteen hundred": "1900", "five-hundred": "500"}),
        ("two hundred thousand or three million", {"two hundred thousand": "200000", "three million": "3000000"}),
        ("twenty-one percent, thirty-five %", {"twenty-one percent": "0.21", "thirty-five %": "0.35"}),
    ],
)  # fmt: skip
def test_what_an_english_text_states(english: str, values: dict[str, str]) -> None:
    """Figures with all that belongs to them, and numerals of more than a word."""
    assert stated(english_quantities(english)) == values


@pytest.mark.parametrize("between", [
    "-", "–", "—", "~", "/", ", ", "; ", "±", " x ", " to ", " and ", " or ", " & ", " vs ", " vs. ", " versus ",
    " through ", " by ", ", and ", ", or ", " to ~", " to $", " and the ", " to about ", ", and or ", "×",
])  # fmt: skip
def test_what_stands_in_a_range_or_list_may_share_the_unit(between: str) -> None:
    """10 to 34% begins at 10%; a word between the two says nothing of the kind."""
    first, last = english_quantities(f"It rose by 10{between}34 percent.")
    assert (first.readings, last.readings) == ({"10", "0.1"}, {"0.34"})


@pytest.mark.parametrize("between", [
    " items and ", " per ", ". ", " and                ", " over ",
])  # fmt: skip
def test_other_neighbours_share_no_unit(between: str) -> None:
    """The unit belongs to the second alone."""
    first, last = english_quantities(f"It has 10{between}34 percent.")
    assert (first.readings, last.readings) == ({"10"}, {"0.34"})


def test_a_unit_is_shared_by_all_of_a_list_and_by_none_that_has_one() -> None:
    """5, 10 and 20% are three shares; 5% to 3 million are a share and a number."""
    assert stated(english_quantities("5, 10 and 20%")) == {
        "5": "0.05 5", "10": "0.1 10", "20%": "0.2",
    }  # fmt: skip
    assert stated(english_quantities("5% to 3 million, or 7 to 8")) == {
        "5%": "0.05", "3 million": "3000000", "7": "7", "8": "8",
    }  # fmt: skip
    assert stated(chinese_quantities("约 5、10 和 20%")) == {
        "5": "0.05 5", "10": "0.1 10", "20%": "0.2",
    }  # fmt: skip


@pytest.mark.parametrize("between", [
    "到", "至", " 和 ", "与", "及", "或", "比", "对", "、", "，", "；", "至约", "到大约",
])  # fmt: skip
def test_chinese_ranges_share_their_unit(between: str) -> None:
    """10 至 34% begins at 10%."""
    first, last = chinese_quantities(f"它上升了 10{between}34%。")
    assert (first.readings, last.readings) == ({"10", "0.1"}, {"0.34"})


@pytest.mark.parametrize(
    "text",
    ["GPT-4", "COVID-19", "L2", "v2.5", "L_2", "A.3", "3D", "2nd", "7b", "twelve", "one two", "zero",
     "twenty percent", "hundred and twenty", "two and three", "twelve and a half", "million", "A._2"],
)  # fmt: skip
def test_parts_of_names_and_lone_numerals_state_nothing_firm(text: str) -> None:
    """The Chinese may have 第二, 两 or no figure at all for them."""
    assert english_quantities(f"it is {text} here")
    assert stated(english_quantities(f"it is {text} here")) == {}


@pytest.mark.parametrize(
    "unit",
    "x X ms s m cm mm km nm um kg g mg GB MB TB KB kB Hz kHz MHz GHz fps h min dB V W kW MW GW eV GeV TeV MeV px bit"
    " bits GFLOPs FLOPs".split(),
)
def test_units_right_behind_a_number_make_no_name_of_it(unit: str) -> None:
    """64GB is a quantity, 3D is none."""
    assert stated(english_quantities(f"it has 64{unit} in all")) == {f"64{unit}": "64"}


@pytest.mark.parametrize(
    ("chinese", "values"),
    [
        ("有 1,234.5 个", {"1,234.5": "1234.5"}),
        ("有 1 万、1.5万和 3 亿个", {"1 万": "10000", "1.5万": "15000", "3 亿": "300000000"}),
        ("有 3千万、3 百万和 4 万亿个", {"3千万": "30000000", "3 百万": "3000000", "4 万亿": "4e+12"}),
        ("有 10 多万或 20几万个", {"10 多万": "100000", "20几万": "200000"}),
        ("有 30余万或 4来万个", {"30余万": "300000", "4来万": "40000"}),
        ("有 7B 或 7k 或 7K 或 7M 或 7T 个", {"7B": "7e+09", "7k": "7000", "7K": "7000", "7M": "7000000", "7T": "7e+12"}),
        ("7 million 与 7 billion 词", {"7 million": "7000000", "7 billion": "7e+09"}),
        ("7 trillion 与 7 thousand 与 7 hundred", {"7 trillion": "7e+12", "7 thousand": "7000", "7 hundred": "700"}),
        ("占百分之 17、百分之17.5和千分之 3", {"百分之 17": "0.17", "百分之17.5": "0.175", "千分之 3": "0.003"}),
        ("占3分之2、三分之2和5 分之 2", {"3分之2": "0.666666667", "三分之2": "0.666666667", "5 分之 2": "0.4"}),
        ("占10分之3、二十分之 7", {"10分之3": "0.3", "二十分之 7": "0.35"}),
        ("提高 5 个百分点、6百分点、7 点和 8 分", {"5 个百分点": "0.05 5", "6百分点": "0.06 6", "7 点": "0.07 7", "8 分": "0.08 8"}),
        ("占 5%、6 %、7\\% 和 8‰", {"5%": "0.05", "6 %": "0.06", "7\\%": "0.07", "8‰": "0.008"}),
        ("占 3 成或 4成", {"3 成": "0.3", "4成": "0.4"}),
        ("3成功、4 成员、5成为、6成本、7成立、8 成分", {n: n for n in "345678"}),
        ("始于20世纪70年代和二十世纪八十年代", {"1970": "1970", "1980": "1980"}),
        ("始于 19 世纪 80 年代", {"1880": "1880"}),
        ("21世纪 90 页", {"21": "21", "90": "90"}),
        ("（1）速度；2）大小；（19）重量", {}),
        ("（20）个，（1万）个", {"20": "20", "1万": "10000"}),
        ("GPT-4、v2.5、A_3、B.4、k-3、x_2、b.4、L2 与 \ufffc3", {}),
        ("用 3D 图", {"3D": "3"}),
        ("有 3 万点和 2 万者", {"3 万点": "300 30000", "2 万": "20000"}),
        ("有 7kB 与 8T2 与 9kb 个", {"7kB": "7", "8T": "8", "9kb": "9"}),
        ("有 " + "9" * 31 + " 或 5 个，十十个，六十个", {"5": "5", "六十": "60"}),
        ("占 100 分之 17 与 一千分之 3", {"100 分之 17": "0.17", "一千分之 3": "0.003"}),
        ("有四十六、一百二十、九百八十七个", {"四十六": "46", "一百二十": "120", "九百八十七": "987"}),
        ("有二百万、两千五百和三十个", {"二百万": "2000000", "两千五百": "2500", "三十": "30"}),
        ("有三万一千、六亿和一千零二十个", {"三万一千": "31000", "六亿": "600000000", "一千零二十": "1020"}),
        ("有三点五万、一点二亿与三十点五个", {"三点五万": "35000", "一点二亿": "120000000", "三十点五": "30.5"}),
        ("占百分之十七和百分之三点五", {"百分之十七": "0.17", "百分之三点五": "0.035"}),
        ("占三分之二和二十分之三", {"三分之二": "0.666666667", "二十分之三": "0.15"}),
        ("占百分之一和百分之二", {"百分之一": "0.01", "百分之二": "0.02"}),
        ("有二十成；三十成员", {"二十成": "2"}),
        ("有五亿三千万个；六千七百八十九个", {"五亿三千万": "530000000", "六千七百八十九": "6789"}),
    ],
)  # fmt: skip
def test_what_a_chinese_text_states(chinese: str, values: dict[str, str]) -> None:
    """Figures and numerals with all that belongs to them."""
    assert stated(chinese_quantities(chinese)) == values


@pytest.mark.parametrize(
    "text",
    ["十", "三", "百万", "十几", "数十个", "数二十个", "几十万", "上三十", "多四十", "近五十", "二〇二三年", "三点一四",
     "三成", "八成", "成千上万", "十分重要", "万一失败", "一万种", "千万不要", "千变万化", "十一级", "十二分", "二十足",
     "二十美元", "二十全", "三十里", "二十维", "三十象", "三十多", "三十几", "四十余下", "成三十", "这三十", "某三十",
     "每三十", "若干三十", "过三十", "三十上"],
)  # fmt: skip
def test_numerals_that_are_vague_or_parts_of_words_state_nothing_firm(text: str) -> None:
    """The English need not have a figure for them."""
    firm = stated(chinese_quantities(f"它{text}，"))
    assert firm == ({"四十": "40"} if text == "四十余下" else {})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("零", 0), ("〇", 0), ("一", 1), ("二", 2), ("两", 2), ("三", 3), ("四", 4), ("五", 5), ("六", 6),
        ("七", 7), ("八", 8), ("九", 9), ("十", 10), ("百", 100), ("千", 1e3), ("万", 1e4), ("亿", 1e8),
        ("二〇二三", 2023), ("一九八四", 1984), ("百万", 1e6), ("千万", 1e7), ("十五", 15), ("十万", 1e5),
        ("两百", 200), ("一" * 24, 1.1111111111111111e23), ("一" * 25, None), ("十" * 25, None), ("十十", None),
    ],
)  # fmt: skip
def test_numerals_have_values(text: str, value: float | None) -> None:
    """Digits one by one, or with the units between them."""
    assert han_value(text) == value


@pytest.mark.parametrize(
    ("english", "values"),
    [
        ("a double bind", "2"), ("it doubles", "2"), ("it doubled", "2"), ("by doubling it", "2"),
        ("twice as fast", "2"), ("a dual form", "2"), ("a pair of them", "2"),
        ("pairs of them", "2"), ("both of them", "2"), ("a couple of them", "2"),
        ("binary codes", "2"), ("either of them", "2"), ("pairwise terms", "2"),
        ("bi directional", "2"), ("a duo", "2"), ("a triple bind", "3"), ("it triples", "3"),
        ("it tripled", "3"), ("by tripling it", "3"), ("thrice as fast", "3"), ("a trio", "3"),
        ("a triplet", "3"), ("triplets", "3"), ("tri modal", "3"), ("it quadruples", "4"),
        ("it quadrupled", "4"), ("a quadruple", "4"), ("quad cores", "4"), ("quarterly data", "4"),
        ("dozens of them", "12"), ("a dozen of them", "12"), ("a decade ago", "10"),
        ("decades ago", "10"), ("a century ago", "100"), ("centuries ago", "100"),
        ("an order of magnitude", "10"), ("orders of magnitude", "10"), ("we halve it", "0.5"),
        ("two halves", "0.5 1"), ("it halved", "0.5"), ("by halving it", "0.5"), ("a single one", "1"),
        ("the sole one", "1"), ("once more", "1"), ("a unit ball", "1"), ("all ones", "1 100"),
        ("hundreds of them", "100"), ("thousands of them", "1000"),
        ("millions of them", "1000000"), ("billions of them", "1e+09"),
        ("trillions of them", "1e+12"), ("a hundred of them", "100"),
        ("a thousand of them", "1000"), ("a million of them", "1000000"),
        ("a billion of them", "1e+09"), ("none of them", "0"), ("no loss", "0"), ("zeros", "0"),
        ("hourly data", "24"), ("daily data", "24"), ("a day", "24"), ("a fortnight", "14"),
        ("all of them", "100"), ("per item", "100"), ("a score", "20"), ("bimonthly data", "2"),
        ("a year", "12"), ("yearly data", "12"), ("annual data", "12"), ("quadratic", "2"),
        ("cubic", "3"), ("a cube", "3"), ("a square", "2"), ("squared", "2"), ("fully", "100"),
        ("perfect", "100"), ("completely", "100"), ("one third of them", "0.333333333 3"),
        ("two-thirds", "0.666666667"), ("three quarters", "0.75"), ("a fourth", "0.25 4"),
        ("five eighths", "0.625"), ("nine tenths", "0.9"), ("an eighth", "0.125 8"),
        ("a hundredth", "0.01"), ("two thousandths", "0.002"), ("one sixth", "0.166666667 6"),
        ("a seventh", "0.142857143 7"), ("four ninths", "0.444444444"), ("three fifths", "0.6"),
        ("half of them", "0.5"), ("a half", "0.5"), ("halves", "0.5"),
        ("half a million", "0.5 500000 1000000"), ("half a billion words", "0.5 500000000 1e+09"),
        ("half a thousand", "0.5 500 1000"), ("half a dozen", "0.5 6 12"),
        ("half a century", "0.5 50 100"), ("a quarter century", "0.25 25 100"),
        ("half of a decade", "0.5 10"), ("a third million", "0.333333333 3 333333.333 1000000"),
        ("a twofold gain", "2"), ("a three-fold gain", "3"), ("Tenfold", "10"),
        ("a twenty-fold gain", "20"), ("hundredfold", "100"), ("thousand-fold", "1000"),
        ("fivefold", "5"), ("tens of thousands", "1000 10000"),
        ("tens of millions", "1000000 10000000"), ("tens of billions", "1e+09 1e+10"),
        ("hundreds of thousands", "100 1000 100000"),
        ("hundreds of millions", "100 1000000 100000000"),
        ("hundreds of billions", "100 1e+09 1e+11"), ("we may go", "5"), ("in mar", "3"),
        ("Sept 5", "9"), ("ii", ""), ("MAY", "5"), ("hexagon", ""),
    ],
)  # fmt: skip
def test_words_carry_values(english: str, values: str) -> None:
    """A Chinese text may write as a figure what English has a word for."""
    assert " ".join(sorted(implied_values(english), key=float)) == values


def test_every_numeral_has_its_value() -> None:
    """And is none inside a word."""
    ones = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen"
    )
    tens = "twenty thirty forty fifty sixty seventy eighty ninety"
    values = [*enumerate(ones.split()), *((10 * n, ten) for n, ten in enumerate(tens.split(), 2))]
    for value, word in values:
        (numeral,) = english_quantities(f"some {word} of them")
        assert numeral.readings == {str(value)}
        if value > 1:
            assert implied_values(f"a {word}fold gain") == {str(value)}
    assert english_quantities("often tenth sevens Anonestop twofold") == []
    assert implied_values("Tens of thousands, and HUNDREDS of Millions") >= {"10000", "100000000"}
    assert implied_values("half a decade, ONE third Million") >= {"5", "0.333333333", "333333.333"}
    assert "10" in implied_values("two magnitudes")


def test_months_and_roman_figures_carry_values() -> None:
    """3 月 is March or Mar; 第 4 阶段 is phase IV."""
    months = "January February March April May June July August September October November December"
    for place, month in enumerate(months.split(), 1):
        assert implied_values(f"in {month}") == implied_values(f"in {month[:3]}") == {str(place)}
    for place, roman in enumerate("I II III IV V VI VII VIII IX X XI XII XIII XIV XV".split(), 1):
        assert implied_values(f"phase {roman}") == {str(place)}
    for place, word in enumerate("zeroth first second third fourth fifth".split()):
        assert str(place) in implied_values(f"the {word} phase")
    for place, word in enumerate(
        "sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        6,
    ):
        assert str(place) in implied_values(f"the {word} phase")


def test_quantities_come_in_the_order_of_the_text() -> None:
    """Figures and numerals alike, each once."""
    texts = [it.text for it in english_quantities("seven of 5 million or forty-six of 8 hundred")]
    assert texts == ["seven", "5 million", "forty-six", "8 hundred"]
    texts = [it.text for it in chinese_quantities("七个中的 5 百万个，或 8 个中的四十六个")]
    assert texts == ["七", "5 百万", "8", "四十六"]
