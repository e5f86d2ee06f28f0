"""Where sentences end, in English and in Chinese."""

from __future__ import annotations

import re

_CHINESE_END = re.compile(
    r"[。！？!?]+[”’」』）)\]】]*|(?<=[\u4e00-\u9fff）”%\d])\.(?=\s|[\u4e00-\u9fff])"
)
_ENGLISH_END = re.compile(
    r"[.!?][\"”'’)\]]*\s+(?=[\"“‘'(\[`]*(?:[A-Z0-9$\ufffc\ufffb]|[a-z]+[A-Z]))"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|etc|vs|cf|Fig|Figs|Eq|Eqs|Sec|Ref|Refs|Dr|Mr|Ms|Prof|St|resp"
    r"|approx|No|Thm|Prop|Def"
    r"|w\.r\.t|a\.k\.a|viz|Inc|Ltd|Jr|ca)|\b[A-Z])\.$"
)


def english_sentences(text: str) -> list[str]:
    """The sentences of English prose."""
    pieces: list[str] = []
    start = 0
    for match in _ENGLISH_END.finditer(text):
        if _ABBREVIATION.search(text, max(start, match.end() - 12), match.start() + 1):
            continue
        pieces.append(text[start : match.end()].strip())
        start = match.end()
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]


def chinese_sentences(text: str) -> list[str]:
    """The sentences of Chinese prose."""
    pieces: list[str] = []
    start = 0
    for match in _CHINESE_END.finditer(text):
        pieces.append(text[start : match.end()].strip())
        start = match.end()
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]
