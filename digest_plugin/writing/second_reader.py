"""The second reader: a model that compares the Chinese with the English, and what is made of its
answer. It finds wrong meaning, for which the check has no eye."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from digest_plugin.check import check
from digest_plugin.papers import FIELDS, Chinese, Finding, Paper, Problem
from digest_plugin.text.formulas import TOKEN, Tokenized, tokenize
from digest_plugin.text.latex import folded
from digest_plugin.writing.write import answer_object, answer_text, fenced

if TYPE_CHECKING:
    from digest_plugin.people.glossary import Term
    from digest_plugin.writing.model import Completion, Message

MOST_FINDINGS = 20
LONGEST_PART = 300
"""Characters of a finding's texts."""


@dataclass(frozen=True)
class Reading:
    """What stands after a second reading."""

    chinese: Chinese
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]


@cache
def second_reader_prompt() -> str:
    """The instructions."""
    return (
        resources.files("digest_plugin").joinpath("templates/second_reader.md").read_text("utf-8")
    )


def read_again(
    paper: Paper,
    chinese: Chinese,
    complete: Callable[[list[Message]], Completion],
    terms: tuple[Term, ...] = (),
) -> Reading:
    """Have `chinese` compared with the English of `paper` by `complete`.

    A field that the reader rewrites is taken only if the check finds nothing in it, or at least
    less than in the one it replaces. Raises AnswerError if the answer cannot be read, and lets pass
    what `complete` raises.
    """
    tokenized = tokenize(paper.title, paper.abstract, *(getattr(chinese, it) for it in FIELDS))
    answer = answer_object(complete(_messages(tokenized)), ("findings",))
    findings = list(_findings(answer.get("findings"), tokenized))
    problems = check(paper, chinese, terms)
    for field in dict.fromkeys(finding.field for finding in findings):
        if not isinstance(answer.get(field), str):
            continue
        mended = replace(chinese, **{field: answer_text(answer, field, tokenized)})
        left = check(paper, mended, terms)
        if _is_better(left, problems, field) and not TOKEN.search(getattr(mended, field)):
            chinese, problems = mended, left
    return Reading(
        chinese,
        problems,
        tuple(_settled(finding, getattr(chinese, finding.field)) for finding in findings),
    )


def _messages(tokenized: Tokenized) -> list[Message]:
    title, abstract, *texts = tokenized.texts
    english = fenced("paper", {"title": title, "abstract": abstract})
    chinese = fenced("chinese", dict(zip(FIELDS, texts, strict=True)))
    return [
        {"role": "system", "content": second_reader_prompt()},
        {"role": "user", "content": f"{english}\n{chinese}"},
    ]


def _findings(data: object, tokenized: Tokenized) -> list[Finding]:
    """What the reader found, as far as it says it in the form that it was asked for."""
    found = []
    for item in data if isinstance(data, list) else ():
        if not isinstance(item, dict) or item.get("field") not in FIELDS:
            continue
        chinese, english, reason = (
            _part(item.get(name), tokenized) for name in ("chinese", "english", "reason")
        )
        if chinese and english and reason:
            found.append(Finding(item["field"], chinese, english, reason))
    return list(dict.fromkeys(found))[:MOST_FINDINGS]


def _part(data: object, tokenized: Tokenized) -> str:
    """A text of a finding, on one line; empty if it is none."""
    text = folded(data) if isinstance(data, str) else ""
    return tokenized.restore(text)[:LONGEST_PART]


def _is_better(left: Sequence[Problem], before: Sequence[Problem], field: str) -> bool:
    """Whether the check finds nothing in a field, or less than before."""
    count, old = (sum(it.field == field for it in problems) for problems in (left, before))
    return count == 0 or count < old


def _settled(finding: Finding, text: str) -> Finding:
    """The finding, knowing whether its words are gone from the field's text."""
    return replace(finding, mended=finding.chinese not in text)
