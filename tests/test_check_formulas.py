"""Formulas: dropped, changed, doubled, broken."""

from __future__ import annotations

import pytest

from digest_plugin.check import check_texts


def spans(english: str, chinese: str) -> list[str]:
    """The formulas at fault in an abstract."""
    fields = {"title": "关于公式", "summary": "本文研究公式。", "abstract": f"我们研究{chinese}。"}
    found = check_texts("On formulas", f"We study {english} here.", fields)
    return [problem.span for problem in found if problem.kind == "formula"]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (r"$q= n^{- \alpha+o(1)}$", r"$q=n^{-\alpha+o(1)}$"),
        (r"$a \leq b$", r"$a \le b$"),
        (r"$\left( x \right)$", "$(x)$"),
        ("$x_{i}$", "$x_i$"),
        ("the sets $n.$", "集合 $n$"),
        (r"$\approx 0.338$", "约为 0.338"),
        (r"$30\%$", "30％"),
        ("$k$-means", "k-means 方法"),
        (r"$\sigma$-algebras", "$σ$-代数"),
        (r"$2 / \text{(step)}$", r"$2 / \text{(步长)}$"),
        ("$n$ points", "$n$ 个点，其中 $n$ 很大"),
        ("the cost O(n)", "代价 $O(n)$"),
        (r"4\%$\sim$7\%", "4%~7%"),
        ("$ f + 1 $ and $f$ copies", "$ f + 1 $个副本和$f$个副本"),
        ("$x'$ and more", "$x'$ 与 $x'$"),
        ("$x_i'$ and more", "$x_i'$ 与 $x_{i}'$"),
        (r"$\alpha_{i}$ and more", r"$\alpha_i$ 与 $\alpha_{i}$"),
        (
            r"$\mathcal{A}$ or $\mathcal B$",
            r"$\mathcal{A}$ 或 $\mathcal{A}$ 或 $\mathcal B$ 或 $\mathcal B$",
        ),
        ("$AB$ and more", "$AB$ 与 $AB$"),
        ("$-x$ and $y$-axes and $A_1,$ and $B_1.$", "$x$ 与 $y-$轴与 $A_1。$ 与 $B_1；$"),
        (r"$\min_{\text{trees}} x$", r"$\min_{\text{树}} x$"),
        (r"$x \mbox{if}_y \mathrm{else} z$", r"$x\mbox{若}_y\mathrm{否则} z$"),
        (
            r"$\operatorname{cost} x$ of $\href{a}{b} xy$",
            r"$\operatorname{代价} x$ 之 $\href{c}{d} xy$",
        ),
        (r"the cost O(n log n)", r"代价 $O(n \log n)$"),
        (r"the cost $O(n \log n)$", "代价 O(n log n)"),
        (r"the cost $O(n \log n)$", "代价 O(nlogn) 或 O(n log n)"),
        ("words ⟦M1⟧", "⟦M1⟧ 词"),
        ("the $x_{1, 3}$ and H1, 2 and 3", "$x_{1, 3}$ 与 H1，2 与 3"),
        ("the index $x_{1,2}$", "$x_{1,2}$ 与 A1，2 万 和 A1，2.5%"),
        ("the value $2.5$", "值 2.5"),
        ("the value 2.5", "值 $2.5$"),
        ("2.5 times as much", r"$2.5\times$ 之多"),
        (r"$\sim$100 and 5$\%$ of the 7$^{th}$", "约 100、5% 与第 7"),
    ],
)
def test_the_same_formula_may_be_written_in_other_ways(english: str, chinese: str) -> None:
    """What readers see as the same formula is the same formula."""
    assert spans(english, chinese) == []


@pytest.mark.parametrize(
    ("english", "chinese", "span"),
    [
        ("$x^2$ and $y$", "对象与 $y$", "$x^2$"),
        ("$x^2$ and $y$", "$x^3$ 与 $y$", "$x^2$"),
        ("$x^2$ and $y$", "$x^3$ 与 $y$", "$x^3$"),
        ("$x^2$", "$x^2$ 与 $x^2$", "$x^2$"),
        ("$a$ and $a$ again", "$a$ 以及别的", "$a$"),
        (r"$2.1 \pm 0.3$ mm", r"$2.1 \pm 0.6$ 毫米", r"$2.1 \pm 0.6$"),
        (r"the $\ell_{2,0}$ norm", "L2，0 范数", "L2，0"),
        ("words", "⟦M1⟧", "⟦M1⟧"),
        ("words ⟦M1⟧", "⟦M1⟧ 与 ⟦M2⟧", "⟦M2⟧"),
        ("the $x_{1,2}$ norm", "x_{1，2} 范数", "x_{1，2"),
        ("the $x_{1, 2}$ norm", "x_1、2 范数", "x_1、2"),
        ("the $x_{{1},2}$ norm", "ℓ1，2 范数", "ℓ1，2"),
        ("the H1,2 norm", "H1，2 范数", "H1，2"),
        ("$x+y$", "$x+y$ 与 $x+y$", "$x+y$"),
        ("$z^2$ and $y^2$", "其与 $y^2$", "$z^2$"),
        ("$y^2$", "$z^3$ 与 $a^3$ 与 $y^2$", "$a^3$"),
        ("$x^2$ and $y^2$ and $z^2$", "其与 $x^2$", "$z^2$"),
        ("$O(n)$ here, O(n) there", "代价 O(n)", "$O(n)$"),
        ("$O(n)$ here", "代价 FOO(n) 与 O(n)s", "$O(n)$"),
        ("FOO(n) and O(n)s", "代价 $O(n)$", "$O(n)$"),
        ("$2.5$ mm", "2.6 毫米", "$2.5$"),
        ("words", "值 $2.5$", "$2.5$"),
        ("the values 2.5 and 5.2", "值 $2.2$", "$2.2$"),
        ("the values 5 and 2", "值 $52$", "$52$"),
        (r"the $\phantom{x}$ here", "其", r"$\phantom{x}$"),
        ("$" + "x^2+" * 20 + "1$", "x2+" * 20 + "1", "$" + "x^2+" * 20 + "1$"),
    ],
)
def test_a_formula_at_fault_is_named(english: str, chinese: str, span: str) -> None:
    """What is missing is named as in the English, what is there as in the Chinese."""
    assert span in spans(english, chinese)


def test_a_summary_takes_its_formulas_from_the_paper() -> None:
    """It need not have any, but has none of its own."""
    fields = {
        "title": "关于 $x^2$",
        "summary": "本文研究 $x^2$ 与 $z^9$。",
        "abstract": "我们研究数字。",
    }
    found = check_texts("On $x^2$", "We study digits.", fields)
    assert [(problem.field, problem.span) for problem in found] == [("summary", "$z^9$")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"a \left( b \right) c", "a(b)c"), (r"\bigl( b \bigr)", "(b)"), (r"\big( b \big)", "(b)"), (r"\Bigl( b \Bigr)", "(b)"),
        (r"\Big( b \Big)", "(b)"), (r"x \quad y", "xy"), (r"x \qquad y", "xy"), (r"a\,2", "a2"), (r"a\;2", "a2"), (r"a\!2", "a2"),
        (r"a\:2", "a2"), (r"a\ 2", "a2"), ("a~2", "a2"), ("a 2", "a2"), (r"\int f\,dx", r"\int f dx"), (r"a \leq b", r"a \le b"),
        (r"a \geq b", r"a \ge b"), (r"a \neq b", r"a \ne b"), (r"a \rightarrow b", r"a \to b"), (r"a, \ldots, b", "a, ..., b"),
        (r"a, \dots, b", "a,...,b"), (r"\lvert x \rvert y", "|x|y"), (r"\tfrac{1}{n}", r"\frac{1}{n}"), (r"\dfrac1n", r"\frac1n"),
        ("x_{i}^{2}", "x_i^2"), (r"x_{\alpha}^2", r"x_\alpha^2"), (r"\mathbb{R}^{n}", r"\mathbb{R}^n"),
    ],
)  # fmt: skip
def test_ways_to_write_a_formula_are_counted_together(one: str, other: str) -> None:
    """An abstract that has it both ways may have it in one way twice, and lacks it if it has not."""
    assert spans(f"${one}$ or ${other}$", f"${other}$ 或 ${other}$") == []
    assert spans(f"${one}$ or ${other}$", f"${one}$ 或 ${one}$") == []
    assert spans(f"${one}$ or ${other}$", f"${other}$") == [f"${one}$"]


@pytest.mark.parametrize(("english", "chinese"), [(r"a \lefty b", "ayb"), (r"\Re{x}", r"\Rex")])
def test_other_commands_are_other_formulas(english: str, chinese: str) -> None:
    r"""`\lefty` is no `\left` before a y."""
    assert spans(f"${english}$ here", f"${chinese}$ 处") == [f"${english}$", f"${chinese}$"]


@pytest.mark.parametrize(
    "sign",
    r"\sim \approx \simeq \times \pm \mp \in \% \le \leq \ge \geq \to \rightarrow \cdot \ldots \dots \circ \gg"
    r" \ll \unicode{x2014} \prime \star \dagger \ddagger \dag \ast \bullet \checkmark \texttrademark + = _ { }"
    r" ^{th} ^{st} ^nd ^{rd} ^{\prime} ^\circ >".split(),
)  # fmt: skip
def test_signs_between_words_need_no_dollars(sign: str) -> None:
    r"""5 $\to$ 7 is 5 to 7."""
    assert spans(f"5 ${sign}$ 7", "5 与 7") == []
    assert spans(f"5 ${sign} q$ 7", "5 与 7") == [f"${sign} q$"]


def test_messages_on_formulas_tell_what_and_how_often() -> None:
    """Who mends it need not count."""
    fields = {
        "title": "关于公式",
        "summary": "本文研究公式。",
        "abstract": "我们研究它们和 $z^2$ 与 ⟦M1⟧。",
    }
    english = "We study $x^2$, $x^2$, and then $y^2$ here."
    found = check_texts("On formulas", english, fields)
    assert [problem.message for problem in found] == [
        "abstract lacks the formula $x^2$ (2 times): keep it",
        "abstract lacks the formula $y^2$: keep it",
        (
            "abstract has the formula $z^2$ that the English does not have there, or more often"
            " than it: remove it"
        ),
        "abstract has ⟦M1⟧, which stands for no formula",
    ]
    fields["abstract"] = "我们研究 L2，0 范数和 $x_{2,0}$。"
    (broken,) = check_texts("On formulas", "We study $x_{2,0}$.", fields)
    assert broken.message.startswith("abstract breaks the index 2,0 by a Chinese comma in “L2，0”")
