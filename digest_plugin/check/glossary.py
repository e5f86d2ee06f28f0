"""Kind `glossary`: a term of the glossary rendered otherwise than it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digest_plugin.check.prose import Pair
from digest_plugin.papers import Problem
from digest_plugin.people.glossary import Term, TermFinder


def glossary_problems(pair: Pair, terms: Sequence[Term]) -> Iterator[Problem]:
    """Terms of the English title or abstract whose rendering its Chinese lacks.

    A word of a longer term, such as `language model` in `large language model`, is not asked for.
    """
    finder = TermFinder(terms)
    for field, english in (("title", pair.title), ("abstract", pair.abstract)):
        folded = _folded(pair.chinese[field].source)
        there = finder.find(english.words)
        for term in there:
            if not _stands_alone(term, there, english.words):
                continue
            wanted = term.renderings or (term.term,)
            if not any(_folded(rendering) in folded for rendering in wanted):
                verb = "render" if term.rendering else "keep"
                target = f" as “{term.rendering}”" if term.rendering else ""
                yield Problem(
                    field,
                    "glossary",
                    f"{field} does not {verb} the term “{term.term}”{target}, as the glossary says",
                    term.term,
                )


def _stands_alone(term: Term, there: Sequence[Term], english: str) -> bool:
    short, rest = term.term.casefold(), english.casefold()
    for other in there:
        longer = other.term.casefold()
        if short in longer and short != longer:
            rest = rest.replace(longer, " ")
    return short in rest


def _folded(text: str) -> str:
    return re.sub(r"[\s\-‐-–]", "", text).casefold()
