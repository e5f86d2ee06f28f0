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
