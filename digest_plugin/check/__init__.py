"""What is wrong with a Chinese text, told from its English alone; pure, and without a model.

Every kind has a module of its own. A rule is there only if of the pairs that an editor would print
at most a few in a hundred meet it: a check that cries wolf is switched off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from digest_plugin.check.additions import addition_problems
from digest_plugin.check.formulas import formula_problems
from digest_plugin.check.glossary import glossary_problems
from digest_plugin.check.instructions import instruction_problems
from digest_plugin.check.markup import markup_problems
from digest_plugin.check.names import name_problems
from digest_plugin.check.numbers import number_problems
from digest_plugin.check.omissions import omission_problems
from digest_plugin.check.prose import MAX_CHARACTERS, Pair, Text
from digest_plugin.check.untranslated import MIN_CHINESE, is_chinese, untranslated_problems
from digest_plugin.papers import FIELDS, KINDS, Chinese, Kind, Paper, Problem
from digest_plugin.people.glossary import Term
from digest_plugin.text.latex import folded, unicode_text

__all__ = ["KINDS", "MIN_CHINESE", "Kind", "Problem", "check", "check_texts"]

_LATEX = re.compile(r"\\|``")
"""Without these, only dashes and ties are left to LaTeX, which no rule looks at."""


def check(paper: Paper, chinese: Chinese, terms: Sequence[Term] = ()) -> tuple[Problem, ...]:
    """Everything that is wrong with `chinese` as the Chinese of `paper`, formulas restored.

    `terms` are those of the glossary that the paper may hold: the fewer, the faster.
    """
    fields = {field: getattr(chinese, field) for field in FIELDS}
    return _problems(paper.title, paper.abstract, fields, terms)


def check_texts(
    title: str, abstract: str, chinese: Mapping[str, str], terms: Sequence[Term] = ()
) -> tuple[Problem, ...]:
    """The same for texts as they come, LaTeX text commands in the English and all.

    `chinese` has the keys `title`, `summary` and `abstract`; what is not there counts as empty.
    """
    fields = {field: chinese.get(field, "") for field in FIELDS}
    return _problems(_plain(title), _plain(abstract), fields, terms)


def _plain(english: str) -> str:
    english = english[:MAX_CHARACTERS]
    return unicode_text(english) if _LATEX.search(english) else folded(english)


def _problems(
    title: str, abstract: str, chinese: Mapping[str, str], terms: Sequence[Term]
) -> tuple[Problem, ...]:
    texts = {field: Text(text[:MAX_CHARACTERS]) for field, text in chinese.items()}
    pair = Pair(Text(title[:MAX_CHARACTERS]), Text(abstract[:MAX_CHARACTERS]), texts)
    chinese_fields = {field for field in texts if is_chinese(field, texts[field].words)}
    found = [
        *omission_problems(pair),
        *untranslated_problems(pair),
        *formula_problems(pair),
        *addition_problems(pair),
        *markup_problems(pair),
        *instruction_problems(pair),
        # Where nothing is Chinese, what else is wrong would only hide it.
        *(
            problem
            for problem in (
                *number_problems(pair),
                *name_problems(pair),
                *glossary_problems(pair, terms),
            )
            if problem.field in chinese_fields
        ),
    ]
    order = {field: place for place, field in enumerate(FIELDS)}
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: order[problem.field]))
