"""Which Chinese sentences stand for which English ones.

After Gale and Church (1993), sentences are aligned in order by their lengths; a list of usual
renderings and what both languages share, figures and names, say which of the ways is meant.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import accumulate

from digest_plugin.check.lexicon import renderings
from digest_plugin.check.names import ascii_letters
from digest_plugin.check.sentences import chinese_sentences, english_sentences

CHARACTERS_A_WORD = 1.75
"""Chinese characters for an English word."""
MAX_SENTENCES = 60
"""More are not aligned, which takes time that grows with their square."""

_ENGLISH_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d[\d.,]*|[\ufffc\ufffb]")
_CHINESE_UNIT = re.compile(r"(?P<one>[\u3400-\u9fff])|[A-Za-z]+|\d[\d.,]*|[\ufffc\ufffb]")
_SHARED = re.compile(r"[A-Za-z]*[A-Z0-9][A-Za-z0-9]+|\d+(?:\.\d+)?")
_BEADS = {
    (1, 1): 0.0, (2, 1): 0.7, (1, 2): 0.7, (2, 2): 1.6, (3, 1): 1.8, (1, 3): 1.8, (1, 0): 3.0,
    (0, 1): 3.0,
}  # fmt: skip
"""How many English sentences stand for how many Chinese ones, and the cost of that."""
_LEXICAL = 6.0
_SPREAD = 0.32
"""Of the logarithm of a sentence's length in the other language."""


@dataclass(frozen=True)
class Bead:
    """Neighbouring English sentences and the Chinese ones that stand for them."""

    english: tuple[int, ...]
    chinese: tuple[int, ...]
    ratio: float
    """Of the Chinese length to the one to be expected."""
    coverage: tuple[float, ...]
    """Per English sentence, the share of its own cues that the Chinese sentences have."""


@dataclass(frozen=True)
class Alignment:
    """Two texts, sentence by sentence."""

    english: tuple[str, ...]
    chinese: tuple[str, ...]
    words: tuple[int, ...]
    """Per English sentence."""
    cues: tuple[int, ...]
    """Per English sentence, how many of its words say where its Chinese is."""
    beads: tuple[Bead, ...]


def align(english: str, chinese: str) -> Alignment | None:
    """The alignment of two proses; None if there is nothing to align, or too much."""
    source, target = english_sentences(english), chinese_sentences(chinese)
    if not source or not target or max(len(source), len(target)) > MAX_SENTENCES:
        return None
    folded = [ascii_letters(sentence).lower() for sentence in target]
    cues = [_cues(sentence, folded) for sentence in source]
    words = [max(1, len(_ENGLISH_WORD.findall(sentence))) for sentence in source]
    units = [_length(sentence) for sentence in target]
    spans = _best_path(words, units, cues, len(target))
    beads = tuple(_bead(span, words, units, cues) for span in spans)
    return Alignment(tuple(source), tuple(target), tuple(words), tuple(map(len, cues)), beads)


def _length(chinese: str) -> float:
    units = 0.0
    for match in _CHINESE_UNIT.finditer(chinese):
        units += 1 / CHARACTERS_A_WORD if match["one"] else 1.0
    return max(0.5, units)


def _cues(sentence: str, target: list[str]) -> dict[str, int]:
    """Per word that tells something, the set of Chinese sentences that have it, as bits."""
    found: dict[str, int] = {}
    for match in _SHARED.finditer(sentence):
        shared = ascii_letters(match[0]).lower()
        shared = shared[:-1] if len(shared) > 3 and shared[-1] == "s" else shared
        bits = _bits((shared,), target)
        if bits:
            found[shared] = bits
    for match in re.finditer(r"[A-Za-z]{3,}", sentence):
        word = match[0].lower()
        if word not in found and (pieces := renderings(word)):
            found[pieces[0]] = found.get(pieces[0], 0) | _bits(pieces, target)
    return found


def _bits(pieces: tuple[str, ...], target: list[str]) -> int:
    bits = 0
    for index, sentence in enumerate(target):
        for piece in pieces:
            if piece in sentence:
                bits |= 1 << index
                break
    return bits


def _best_path(
    words: list[int], units: list[float], cues: list[dict[str, int]], width: int
) -> list[tuple[int, int, int, int]]:
    """The cheapest way through both texts, as (English from, to, Chinese from, to)."""
    covered = [
        [[_share(cues[i], ((1 << n) - 1) << j) for n in (1, 2, 3)] for j in range(width)]
        for i in range(len(words))
    ]
    length = list(accumulate(words, initial=0))
    breadth = list(accumulate(units, initial=0.0))
    best = [[math.inf] * (width + 1) for _ in range(len(words) + 1)]
    back: dict[tuple[int, int], tuple[int, int]] = {}
    best[0][0] = 0.0
    for i in range(len(words) + 1):
        for j in range(width + 1):
            here = best[i][j]
            if here == math.inf:
                continue
            for (down, right), prior in _BEADS.items():
                if i + down > len(words) or j + right > width:
                    continue
                cost = here + prior
                if down and right:
                    ratio = math.log(
                        (breadth[j + right] - breadth[j]) / (length[i + down] - length[i])
                    )
                    cost += min(8.0, (ratio / _SPREAD) ** 2 / 2)
                    for k in range(i, i + down):
                        cost -= _LEXICAL * covered[k][j][right - 1]
                if cost < best[i + down][j + right]:
                    best[i + down][j + right] = cost
                    back[i + down, j + right] = (i, j)
    path = []
    i, j = len(words), width
    while (i, j) != (0, 0):
        k, m = back[i, j]
        path.append((k, i, m, j))
        i, j = k, m
    return path[::-1]


def _share(cues: dict[str, int], bits: int) -> float:
    if not cues:
        return 0.5
    there = 0
    for places in cues.values():
        if places & bits:
            there += 1
    return there / len(cues)


def _bead(
    span: tuple[int, int, int, int],
    words: list[int],
    units: list[float],
    cues: list[dict[str, int]],
) -> Bead:
    top, bottom, left, right = span
    bits = ((1 << (right - left)) - 1) << left
    coverage = []
    for index in range(top, bottom):
        mates = {cue for other in range(top, bottom) if other != index for cue in cues[other]}
        own = {cue: places for cue, places in cues[index].items() if cue not in mates}
        coverage.append(_share(own, bits) if len(own) > 1 else _share(cues[index], bits))
    expected = sum(words[top:bottom]) or 1
    ratio = sum(units[left:right]) / expected
    return Bead(tuple(range(top, bottom)), tuple(range(left, right)), ratio, tuple(coverage))


def coverage_of(clause: str, alignment: Alignment, bead: Bead) -> tuple[int, float]:
    """How many cues a part of an English sentence has, and the share that the Chinese has."""
    target = ["".join(alignment.chinese[index] for index in bead.chinese)]
    cues = _cues(clause, [ascii_letters(target[0]).lower()])
    return len(cues), _share(cues, 1)
