"""Kind `untranslated`: English that was left standing and is no name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest_plugin.check.lexicon import is_ordinary
from digest_plugin.check.prose import ADDRESS, CHINESE, FORMULA, LATIN, Pair
from digest_plugin.papers import Problem

MIN_CHINESE = 0.2
"""The least share of Chinese characters among the letters of a summary or an abstract.

Of 97,577 texts that a predecessor published, 46 fall below it, half-translated all but those made
of formulas; the least Chinese sentence above it, mostly names, has 0.25.
"""

_RUN = re.compile(rf"[A-Za-z{FORMULA}][A-Za-z0-9'’,.;:()%{FORMULA}{ADDRESS}/ -]{{14,}}")
_LOWER = re.compile(r"(?<![A-Za-z\d-])[a-z]{2,}(?![A-Za-z\d])|(?<![A-Za-z])a(?![A-Za-z])")
_SMALL = frozenset(
    "a an the of to in on for with by from at as and or is are was were be been has have we "
    "our it its that this these those which can not but than more when while between into "
    "using based such".split()
)
_BEHIND_FORMULA = re.compile(rf"{FORMULA}-([A-Z]?[a-z]{{3,}})(?![A-Za-z])")
_ORDINARY = re.compile(r"(?<![A-Za-z\d.-])[a-z]{4,}(?![A-Za-z\d-])")
_TERMS = frozenset(
    "token tokens prompt prompts bandit bandits transformer transformers oracle boosting "
    "attention zero shot mask masks agent agents batch norm pipeline kernel kernels code base "
    "word words tuning adapter adapters benchmark baseline teacher student query value layer "
    "layers pretrain fine state self graph text data means tensor node nodes time call post "
    "test track".split()
)
"""Ordinary words of the list that Chinese researchers may leave in English."""


def untranslated_problems(pair: Pair) -> Iterator[Problem]:
    """Fields that are not Chinese, sentences and words that were left in English."""
    for field, text in pair.chinese.items():
        if not text.source.strip():
            continue
        if not is_chinese(field, text.words):
            message = f"{field} is not in Chinese: write it in Chinese"
            yield Problem(field, "untranslated", message, text.source[:80])
            continue
        prose = text.prose
        if sentence := text.shown(_english_run(prose)):
            yield Problem(
                field,
                "untranslated",
                f"{field} has English left in it, “{sentence[:120]}”: translate it",
                sentence,
            )
        for word in _words(prose, pair.abstract.prose):
            yield Problem(
                field,
                "untranslated",
                f"{field} leaves the ordinary word “{word}” in English: translate it",
                word,
            )


def is_chinese(field: str, words: str) -> bool:
    """Whether enough of a field's words is Chinese."""
    chinese, latin = len(CHINESE.findall(words)), len(LATIN.findall(words))
    # A title may be one Chinese word and a long name; a sentence may not.
    enough = chinese > 0 if field == "title" else chinese >= MIN_CHINESE * (chinese + latin)
    return chinese > 0 and enough


def _english_run(prose: str) -> str:
    """The first run of English that is a clause and no name, title or list of names."""
    for match in _RUN.finditer(prose):
        lower = _LOWER.findall(match[0])
        small = sum(1 for word in lower if word in _SMALL)
        if (small >= 2 and len(lower) >= 5) or len(lower) >= 7:
            return match[0].strip()
    return ""


def _words(prose: str, english: str) -> list[str]:
    found = []
    for match in _BEHIND_FORMULA.finditer(prose):
        coined = match[1][0].isupper() and f"-{match[1]}" in english
        if _is_ordinary(match[1]) and not coined:
            found.append(match[1])
    for match in _ORDINARY.finditer(prose):
        before, after = (
            prose[: match.start()].rstrip(" ")[-1:],
            prose[match.end() :].lstrip(" ")[:1],
        )
        if CHINESE.match(before) and CHINESE.match(after) and _is_ordinary(match[0]):
            found.append(match[0])
    return list(dict.fromkeys(found))


def _is_ordinary(word: str) -> bool:
    lower = word.lower()
    if lower in _TERMS:
        return lower == "norm"
    return is_ordinary(lower)
