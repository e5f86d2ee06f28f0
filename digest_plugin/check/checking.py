"""The check as every step runs it: with the glossary's terms, and aware of English that is cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from digest_plugin.check import check, check_texts
from digest_plugin.papers import CUT_MARK, Chinese, Paper, Problem
from digest_plugin.people.glossary import Term, TermFinder

CUT = Problem(
    "abstract",
    "omission",
    "abstract may lack its end: the English was cut at 1,000 characters by those whom it was taken"
    " over from; `arxiv-digest update` asks arXiv for the whole",
    CUT_MARK,
)
"""Of every abstract whose own end is missing."""


class Checker:
    """Finds what is wrong with Chinese texts, by the terms of one glossary."""

    def __init__(self, glossary: Iterable[Term]) -> None:
        self._terms = TermFinder(glossary)

    def terms_in(self, paper: Paper) -> tuple[Term, ...]:
        """The glossary's terms that the English of `paper` holds."""
        return self._terms.find_in(paper)

    def problems(self, paper: Paper, chinese: Chinese) -> tuple[Problem, ...]:
        """Everything that is wrong with `chinese` as the Chinese of `paper`.

        An abstract that was cut is compared as far as it goes, and is a problem of its own.
        """
        is_cut = paper.is_cut
        if is_cut:
            paper = replace(paper, abstract=paper.abstract.removesuffix(CUT_MARK).rstrip())
        found = check(paper, chinese, self.terms_in(paper))
        return (*found, CUT) if is_cut else found

    def problems_of_texts(
        self, title: str, abstract: str, chinese: Mapping[str, str]
    ) -> tuple[Problem, ...]:
        """The same for texts as they come."""
        return check_texts(title, abstract, chinese, self._terms.find(f"{title} {abstract}"))
