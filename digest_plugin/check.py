"""The one place that says what is wrong with a Chinese text; pure, and without a model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest_plugin.formulas import TOKEN, formulas, segments
from digest_plugin.papers import FIELDS, Problem

if TYPE_CHECKING:
    from digest_plugin.glossary import Term
    from digest_plugin.papers import Chinese, Paper

MIN_CHINESE = 0.2
"""The least share of Chinese characters among the letters of a summary or an abstract.

Of 97,577 texts that a predecessor published, 46 fall below it, half-translated all but those made
of formulas; the least Chinese sentence above it, mostly names, has 0.25.
"""

_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


def check(paper: Paper, chinese: Chinese, terms: Sequence[Term] = ()) -> tuple[Problem, ...]:
    """Everything that is wrong with `chinese` as the Chinese of `paper`, formulas restored."""
    del terms
    problems: list[Problem] = []
    for field in FIELDS:
        text = getattr(chinese, field)
        problems.extend(_language(field, text))
        problems.extend(_formulas(paper, field, text))
    return tuple(problems)


def _language(field: str, text: str) -> list[Problem]:
    if not text.strip():
        return [Problem(field, "omission", f"{field} is empty: write it")]
    prose = _without_formulas(text)
    chinese, latin = len(_CHINESE.findall(prose)), len(_LATIN.findall(prose))
    # A title may be one Chinese word and a long name; a sentence may not.
    enough = chinese > 0 if field == "title" else chinese >= MIN_CHINESE * (chinese + latin)
    if chinese and enough:
        return []
    return [Problem(field, "untranslated", f"{field} is not in Chinese: write it in Chinese")]


def _without_formulas(text: str) -> str:
    return "".join(segment.source for segment in segments(text) if segment.tex is None)


def _formulas(paper: Paper, field: str, text: str) -> list[Problem]:
    problems = []
    found = Counter(formulas(text))
    source = {"title": paper.title, "abstract": paper.abstract}.get(field)
    if source is None:  # a summary may choose, but only from what the paper holds
        known = Counter(formulas(paper.title) + formulas(paper.abstract))
        excess = set(found) - set(known)
        missing: Counter[str] = Counter()
    else:
        expected = Counter(formulas(source))
        missing, excess = expected - found, set(found - expected)
    for formula, count in missing.items():
        times = f" ({count} times)" if count > 1 else ""
        problems.append(
            Problem(field, "formula", f"{field} lacks the formula ${formula}${times}: keep it")
        )
    problems.extend(
        Problem(field, "formula", f"{field} has the formula ${formula}$ that the English does not"
                " have there, or more often than it: remove it")
        for formula in sorted(excess)
    )  # fmt: skip
    english = {match[0] for match in TOKEN.finditer(f"{paper.title} {paper.abstract}")}
    strays = {match[0] for match in TOKEN.finditer(text)} - english
    problems.extend(
        Problem(field, "formula", f"{field} has {stray}, which stands for no formula")
        for stray in sorted(strays)
    )
    return problems
