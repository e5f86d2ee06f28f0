"""Kind `omission`: empty fields, sentences and clauses that were dropped, texts that end early."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest_plugin.check.alignment import Alignment, Bead, align, coverage_of
from digest_plugin.check.prose import ADDRESS, FORMULA, Pair, Text
from digest_plugin.check.untranslated import is_chinese
from digest_plugin.papers import Problem

MIN_WORDS = 5
"""Fewer English words may go into a neighbour unseen."""
_ENDED = re.compile(rf"[。！？!?.…;；:：)）\]}}】」』”’\"'>{FORMULA}{ADDRESS}]\s*$")
_UNENDED = re.compile(
    "(?:[，、,及或将把是于]|(?<![饱缓调总温融中共])和|(?<!参)与|(?<!目)的|(?<![存内潜外])在|(?<!服)从"
    "|(?<![应配比绝面针核])对|(?<![行认成])为|(?<!植)被|(?<![可难])以|通过|例如)\\s*$"
)
"""Words that something has to follow, unless they end another: 行为, 目的, 存在."""
_BRACKETS = {"（": "）", "(": ")", "“": "”", "《": "》", "【": "】"}
_CLAUSE = re.compile(r"(?<=[,;:(])\s+|(?=\()|\s[–—-]{1,2}\s")


def omission_problems(pair: Pair) -> Iterator[Problem]:
    """What of the English has no Chinese."""
    empty = [field for field, text in pair.chinese.items() if not text.source.strip()]
    for field in empty:
        yield Problem(field, "omission", f"{field} is empty: write it")
    for field, text in pair.chinese.items():
        if is_chinese(field, text.words) and (end := _early_end(field, text.prose, pair)):
            yield Problem(
                field,
                "omission",
                f"{field} ends early, at “{text.shown(end)}”: write it to the end",
                text.shown(end),
            )
    if not is_chinese("abstract", pair.chinese["abstract"].words):
        return
    yield from _lost_addresses(pair)
    alignment = align(pair.abstract.prose, pair.chinese["abstract"].prose)
    if alignment is not None:
        yield from _dropped(alignment, pair.abstract)


def _lost_addresses(pair: Pair) -> Iterator[Problem]:
    chinese = _address_folded(pair.chinese["abstract"].source)
    for address in pair.abstract.addresses:
        folded = _address_folded(address)
        if len(folded) > 5 and folded not in chinese:
            message = f"abstract lacks the address {address}: put it in"
            yield Problem("abstract", "omission", message, address)


def _address_folded(text: str) -> str:
    return re.sub(r"https?:/*|[^a-z0-9/]", "", text.lower()).strip("/")


def _early_end(field: str, prose: str, pair: Pair) -> str:
    text = prose.rstrip()
    end = text[-12:]
    if _UNENDED.search(text):
        return end
    tail = text[-60:]
    for opening, closing in _BRACKETS.items():
        place = tail.rfind(opening)
        if place >= 0 and closing not in tail[place:] and ")" not in tail[place:]:
            return end
    if field != "abstract" or _ENDED.search(text):
        return ""
    return end if _ENDED.search(pair.abstract.prose) else ""


def _dropped(alignment: Alignment, english: Text) -> Iterator[Problem]:
    for bead in alignment.beads:
        for index, coverage in zip(bead.english, bead.coverage, strict=True):
            sentence = alignment.english[index]
            if alignment.words[index] - sentence.count(FORMULA) < MIN_WORDS:
                continue
            if _is_dropped(alignment, bead, index, coverage):
                lost, what = english.shown(sentence), "the sentence "
            elif clause := _dropped_clause(alignment, bead, index):
                lost, what = english.shown(clause), ""
            else:
                continue
            message = f"abstract lacks {what}“{_short(lost)}”: translate it"
            yield Problem("abstract", "omission", message, lost)


def _is_dropped(alignment: Alignment, bead: Bead, index: int, coverage: float) -> bool:
    if not bead.chinese:
        # As many sentences, and too few words to tell them apart by: the alignment may be wrong.
        return alignment.cues[index] > 2 or len(alignment.chinese) < len(alignment.english)
    if len(bead.english) > 1:
        return coverage < min(0.55, 1.25 - bead.ratio) or (coverage <= 0.3 and bead.ratio < 1.1)
    return bead.ratio < 0.4 and coverage < 0.5 and alignment.words[index] > 8


def _dropped_clause(alignment: Alignment, bead: Bead, index: int) -> str:
    if bead.ratio > 0.75:
        return ""
    for clause in _CLAUSE.split(alignment.english[index]):
        if clause and len(clause.split()) >= 8:
            count, share = coverage_of(clause, alignment, bead)
            if count >= 5 and share <= (0.45 if bead.ratio < 0.6 else 0.34):
                return clause.strip(" ,.;:()")
    return ""


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:157]}…"
