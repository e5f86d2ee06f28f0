"""Markup: what belongs to a format and not to a text, and what only looks like it."""

from __future__ import annotations

import pytest

from digest_plugin.check import Problem, check_texts

ENGLISH = "We study trees. They grow well, and do so every year."


def markup(chinese: str, english: str = ENGLISH, title: str = "论树") -> list[Problem]:
    """The markup found in an abstract or a title."""
    fields = {"title": title, "summary": "本文研究树。", "abstract": chinese}
    found = check_texts("On Trees", english, fields)
    return [problem for problem in found if problem.kind == "markup"]


WRONG = {
    "an HTML tag": [
        "<h1>", "</H1>", "<a href='x'>", '<img class="x" alt = "树"/>', "<br/>", "<br />", "<Img src=1", "<script src=1",
        "<svg x", "<iframe x", "<STYLE x", "<!-- x",
    ],
    "an HTML entity": ["&lt;", "&thetasym;", "&#9;", "&#128512;", "&#x9;", "&#X1F600;", "&Amp;"],
    "Markdown emphasis": [
        "**树**", "** 树 **", "__树__", " __树 木__ ", "*树*", "*“树”*", "“*树 木*”", "*t*", "**" + "树" * 200 + "**",
        "*" + "树" * 80 + "*",
    ],
    "Markdown code": ["```", "`t`", "`树 木`", "`" + "树" * 100 + "`"],
    "a Markdown link": [
        "[树](https://x.org)", "[t](http://x.org/a)", "[树](/a)", "[树](#a)", "[树](www.x.org)", f"[{'树' * 100}](/a)",
    ],
    "a Markdown image": ["![](x.png)", "![树](x)", f"![{'树' * 100}](x)"],
    "a Markdown heading": ["\n# 树", "\n   ###### 树", " ## 树", " ### 树"],
    "a Markdown list or table": [
        "\n- 树", "\n* 树", "\n+ 树", "\n   1. 树", "\n12. 树", "| 树 |", f"| {'树' * 60} |",
    ],
    "an escape of JSON": [r"\u6811", r"\u68aF", r"\n树", r"\r树", r"\t树", r"\"树"],
    "JSON": ['{"title": "树"', '{ "Summary" : 1', ', "abstract":', ',"translation" :'],
    "a LaTeX command": [
        r"\alpha", r"\Alpha", r"\emph{树}", r"\section*{树}", r"\%", r"\&", r"\#", r"\_", r"\{", r"\}", r"\~n", r"\"o", r"\'e",
        r"\`e", r"\^o", r"\=o", r"\.z", r"{\em 树}", "\\emph{" + "树" * 80 + "}",
    ],
    "a control character": list(
        "\x00\x08\x0b\x0c\x0e\x1f\x7f\x9f\u200b\u200e\u200f\u202a\u202e\u2060\u2069\ufeff\ufffd"
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "piece"), [(what, piece) for what, pieces in WRONG.items() for piece in pieces]
)
def test_each_kind_of_markup_is_called_by_its_name(what: str, piece: str) -> None:
    """And quoted; letters of Chinese on both sides hide none."""
    (first, *others) = [
        problem
        for problem in markup(f"我们研究树。它们{piece}长势良好，而且年年如此。")
        if problem.message.startswith(f"abstract has {what},")
    ]
    assert others == []
    assert first.message == f"abstract has {what}, “{first.span}”: write plain text"
    assert first.span.strip() in piece


@pytest.mark.parametrize(
    "piece",
    [
        "若 a<b 且 c>d，", "若 <树> 成立，", "<imgs", "A&B; 与", "&x;", "&#1234567;", "a__b__c", "t__树__", "__树__t", "____",
        "__ 树__", "2 * 3 * 4", "a*b*c", "A*树*", "*树*g", "**", "A* 与 D* 算法", "`", "``树''", "`" + "树" * 101 + "`", "[树](图 1)",
        "[1](见)", "![", "C# 与", "第 # 号", "\n#树", "树# 木", "\n    - 树", "\n-树", "若 |x| 与 |y|，", "|树|", "P(A | B) 与 P(C | D)",
        "| 树\n木 |", "\\", "\t", "\n", "\xa0", "\u2009", "“title”: 树", '"title" 与', "x_1 与 y^2", "5 > 3",
    ],
)  # fmt: skip
def test_what_only_looks_like_markup_may_stand(piece: str) -> None:
    """Comparisons, products, algorithms with a star, quotes of TeX, hashes, absolute values."""
    assert markup(f"我们研究树。它们{piece}长势良好，而且年年如此。") == []


@pytest.mark.parametrize(
    ("chinese", "found"),
    [
        ("> 树长势良好。", True), ("- 树长势良好。", True), ("* 树长势良好。", True), ("+ 树长势良好。", True),
        ("   - 树长势良好。", True), ("    - 树长势良好。", False), ("-树长势良好。", False), ("# 树长势良好。", True),
        ("#树长势良好。", False), ("树 - 木长势良好。", False),
    ],
)  # fmt: skip
def test_a_text_begins_with_no_sign_of_a_list(chinese: str, found: bool) -> None:
    """Quotations, lists and headings begin a line."""
    assert bool(markup(chinese)) is found


def test_a_kind_of_markup_is_told_once_and_does_not_hide_others() -> None:
    """What is told a hundred times is not read once."""
    found = markup("我们研究**树**与**木**，<b>树</b>&lt;。")
    assert [problem.span for problem in found] == ["<b>", "&lt;", "**树**"]


def test_markup_that_the_english_has_may_stay() -> None:
    """An abstract on tags shows tags; other tags are none of its."""
    english = "We study the tags <b> and <i> and **trees** here."
    assert markup("我们在此研究标签 <b> 和 <i> 以及 **trees**。", english) == []
    (problem,) = markup("我们在此研究标签 <b> 和 <i> 以及 <u>。", english)
    assert problem.span == "<u>"


@pytest.mark.parametrize(
    ("english", "chinese", "span"),
    [
        ("It costs 5 dollars here.", "我们说它在这里的价格是 $5，并不贵，人人都买得起它。", "说它在这里的价格是 $5，并不贵，人人都"),
        ("It costs 5 dollars.", "$5 是它的价格，人人都买得起。", "$5 是它的价格，人"),
        ("It costs $5 here.", "它在这里卖 $5。", None),
        ("It costs $5 or $6 or $7.", "它卖 $5、$6 或 $7。", None),
        ("It costs $5 or $6.", "它卖 $5、$6 或 $7。", "它卖 $5、$6 或 $7"),
        ("It costs 5 dollars.", "它卖 5 美元。", None),
        ("It costs 5 or 6 dollars.", "它卖 5$ 与 $6，很便宜。", None),
    ],
)  # fmt: skip
def test_dollars_open_formulas_or_are_money(english: str, chinese: str, span: str | None) -> None:
    """As many as the English has may be money; of others, a lone one opens nothing."""
    found = markup(chinese, english)
    assert [problem.span for problem in found] == ([span] if span else [])
    for problem in found:
        assert problem.message.startswith("abstract has a $ that opens or closes no formula")


def test_a_title_may_have_the_dollar_of_the_english_title() -> None:
    """Money in a title is counted, too."""
    fields = {"title": "论 $5 的价格", "summary": "本文研究价格。", "abstract": "我们研究价格。"}
    assert check_texts("On the Price of $5", "We study prices.", fields) == ()


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("《论树》", True), ("《论树》。", True), (" 《论树》 . ", True), ("《论树》与《论木》", False), ("论《树》", False),
        ("《论树》。。", False),
    ],
)  # fmt: skip
def test_only_a_title_that_is_all_a_quoted_book_is_marked_up(title: str, found: bool) -> None:
    """And only in the title."""
    assert [it.message for it in markup("我们研究树。", title=title)] == (
        ["title stands in 《》: write it without"] if found else []
    )
    assert markup("《论树》。") == []
