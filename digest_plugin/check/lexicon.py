"""Words of abstracts and how they are usually rendered; facts of the language, kept by hand."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

MAX_ENDING = 8
"""Letters that may follow the beginning that the list has."""
_ENDINGS = frozenset(
    "icant icantly s es d ed ing ly e y er ers or ors ion ions ation ations ity al ally ive "
    "ively able ment ments ness ies ied ization izations ize izes ized izing ising ised ic "
    "ical ically ant ent ance ence ances ability te ted ting tion tions tional ting ful less "
    "ve ves al ural ure ures ate ates ated ating".split()
)


@cache
def _renderings() -> dict[str, tuple[str, ...]]:
    text = resources.files("digest_plugin.check").joinpath("lexicon.txt").read_text("utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        for entry in line.split("|"):
            stem, *renderings = entry.split()
            found[stem] = (*found.get(stem, ()), *renderings)
    return found


@lru_cache(maxsize=20_000)
def renderings(word: str) -> tuple[str, ...]:
    """Pieces of Chinese of which one will stand for the lower-case `word`; none if not known."""
    known = _renderings()
    for length in range(len(word), max(2, len(word) - MAX_ENDING - 1), -1):
        found = known.get(word[:length])
        if found is not None:
            return found if length > 3 or len(word) - length < 2 else ()
    return ()


def is_ordinary(word: str) -> bool:
    """Whether the lower-case `word` is surely one of the list, and no name that begins like it."""
    known = _renderings()
    return any(
        word[:length] in known and (length == len(word) or word[length:] in _ENDINGS)
        for length in range(len(word), 3, -1)
    )
