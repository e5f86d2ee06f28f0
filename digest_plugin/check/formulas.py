"""Kind `formula`: formulas that were dropped, changed, doubled or broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from digest_plugin.check.prose import Pair, Text, figure
from digest_plugin.papers import Problem
from digest_plugin.text.formulas import TOKEN
from digest_plugin.text.latex import formula_text

_SPACING = re.compile(
    r"\\(?:(?:left|right|bigl?|bigr?|Bigl?|Bigr?|quad|qquad)(?![a-zA-Z])|[,;!: ])|\s|~"
)
_ALIASES = re.compile(
    r"\\(?:leq|geq|neq|rightarrow|ldots|dots|lvert|rvert|tfrac|dfrac)(?![a-zA-Z])"
)
_ALIAS = {
    r"\leq": r"\le", r"\geq": r"\ge", r"\neq": r"\ne", r"\rightarrow": r"\to", r"\ldots": "...",
    r"\dots": "...", r"\lvert": "|", r"\rvert": "|", r"\tfrac": r"\frac", r"\dfrac": r"\frac",
}  # fmt: skip
_LONE_BRACES = re.compile(r"(?<![a-zA-Z])\{(\w|\\[a-zA-Z]+)\}")
_BROKEN_INDEX = re.compile(r"([A-Za-zℓ]_?\{?)(\d)[，、](\d)(?![\d.]*\s?[%万亿])")
_SYMBOL = re.compile(r"\\?[A-Za-z]+'?(?:_\{?\w\}?)?'?|\\mathcal\{?[A-Z]\}?")
_MERE_SIGN = re.compile(
    r"(?:\\(?:sim|approx|simeq|times|pm|mp|in|leq?|geq?|to|rightarrow|cdot|ldots|dots|circ|gg|ll|"
    r"unicode\{\w+\}|prime|star|dagger|ddagger|dag|ast|bullet|checkmark|texttrademark)|\W|_|"
    r"\^\{?(?:th|st|nd|rd)\}?)*"
)
"""What stands between words and needs no dollars."""
_INNER_WORDS = re.compile(r"\\(?:text\w*|mbox|href|mathrm|operatorname)\{[^{}]*\}(?:\{[^{}]*\})*")
MAX_IN_WORDS = 80
"""Signs of a formula that somebody may write without dollars."""
_NOTHING = re.compile("(?!)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_IN_INDEX = re.compile(r"[\s{}]")


def formula_problems(pair: Pair) -> Iterator[Problem]:
    """What became of the formulas, field by field, each occurrence counted."""
    for field, text in pair.chinese.items():
        english = pair.english(field)
        if english is None:  # a summary may choose, but only from what the paper holds
            known = Counter(map(_normal, pair.title.formulas + pair.abstract.formulas))
            yield from _excess(field, _by_normal(text.formulas), set(known), pair)
        else:
            yield from _compared(field, english, text, pair)
        yield from _strays(field, text, pair)
        yield from _broken(field, text, pair)


def _compared(field: str, english: Text, text: Text, pair: Pair) -> Iterator[Problem]:
    expected = _by_normal(tex for tex in english.formulas if not _has_figures(tex, text))
    found = _by_normal(text.formulas)
    _pair_translated(expected, found)
    for normal, sources in expected.items():
        count = len(sources) - len(found.get(normal, ()))
        if count > 0:
            count -= _as_words(sources[0], text.prose, english.prose)
        if count > 0:
            times = f" ({count} times)" if count > 1 else ""
            yield Problem(
                field,
                "formula",
                f"{field} lacks the formula ${sources[0]}${times}: keep it",
                f"${sources[0]}$",
            )
    allowed = {
        normal
        for normal, sources in found.items()
        if len(sources) <= len(expected.get(normal, ()))
        # Chinese grammar may name a variable once more than English.
        or (normal in expected and _SYMBOL.fullmatch(normal))
    }
    yield from _excess(field, found, allowed, pair)


def _excess(
    field: str, found: dict[str, list[str]], allowed: set[str], pair: Pair
) -> Iterator[Problem]:
    for normal, sources in sorted(found.items()):
        tex = sources[0]
        if (
            normal in allowed
            or _has_figures(tex, pair.title, pair.abstract)
            or _is_words(tex, pair)
        ):
            continue
        yield Problem(
            field,
            "formula",
            f"{field} has the formula ${sources[0]}$ that the English does not"
            " have there, or more often than it: remove it",
            f"${sources[0]}$",
        )


def _strays(field: str, text: Text, pair: Pair) -> Iterator[Problem]:
    english = {match[0] for match in TOKEN.finditer(f"{pair.title.source} {pair.abstract.source}")}
    for stray in sorted({match[0] for match in TOKEN.finditer(text.source)} - english):
        message = f"{field} has {stray}, which stands for no formula"
        yield Problem(field, "formula", message, stray)


def _broken(field: str, text: Text, pair: Pair) -> Iterator[Problem]:
    for match in _BROKEN_INDEX.finditer(text.source):
        index = f"{match[2]},{match[3]}"
        formulas = (_IN_INDEX.sub("", tex) for tex in pair.title.formulas + pair.abstract.formulas)
        if any(index in english for english in (pair.title.words, pair.abstract.words, *formulas)):
            yield Problem(
                field,
                "formula",
                f"{field} breaks the index {index} by a Chinese comma in “{match[0]}”: write it as"
                " the English does",
                match[0],
            )


def _by_normal(formulas: Iterable[str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for tex in formulas:
        if not _MERE_SIGN.fullmatch(tex):
            grouped.setdefault(_normal(tex), []).append(tex)
    return grouped


def _has_figures(tex: str, *texts: Text) -> bool:
    """Whether a formula is a mere figure that the texts have, with dollars or without."""
    return figure(tex) and all(
        any(number in text.prose for text in texts) for number in _NUMBER.findall(tex)
    )


def _normal(tex: str) -> str:
    """What two ways to write the same formula have in common."""
    tex = _ALIASES.sub(lambda match: _ALIAS[match[0]], tex)
    tex = _SPACING.sub("", tex)
    tex = _LONE_BRACES.sub(r"\1", tex)
    return tex.strip("-").rstrip(".,;:，。；") or tex


def _pair_translated(expected: dict[str, list[str]], found: dict[str, list[str]]) -> None:
    r"""Move to the name it has in English what only has Chinese words in it, or σ for `\sigma`."""
    strange = [normal for normal in found if normal not in expected]
    meanings = {_meaning(expected[normal][0]): normal for normal in expected if normal not in found}
    for normal in strange:
        english = meanings.get(_meaning(found[normal][0]))
        if english is not None:
            found.setdefault(english, []).extend(found.pop(normal))


def _meaning(tex: str) -> str:
    return formula_text(_INNER_WORDS.sub("", tex)).replace(" ", "")


def _as_words(tex: str, chinese: str, english: str) -> int:
    """How many more times a formula stands as plain words in the Chinese than in the English."""
    words = _in_words(tex)
    return max(0, len(words.findall(chinese)) - len(words.findall(english)))


def _is_words(tex: str, pair: Pair) -> bool:
    """Whether the English has a formula as plain words: O(n) without dollars."""
    return _in_words(tex).search(f"{pair.title.prose} {pair.abstract.prose}") is not None


def _in_words(tex: str) -> re.Pattern[str]:
    plain = formula_text(tex).replace(" ", "")
    if not plain or len(plain) > MAX_IN_WORDS:
        return _NOTHING
    spaced = r"\s*".join(map(re.escape, plain))
    return re.compile(rf"(?<![A-Za-z\d]){spaced}(?![A-Za-z\d])")
