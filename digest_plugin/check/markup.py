"""Kind `markup`: what belongs to a format and not to a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest_plugin.check.prose import Pair
from digest_plugin.papers import Problem

_MARKUP = (
    (
        re.compile(r"(?i)</?[a-z][a-z0-9]{0,15}(?:\s[a-z-]{1,20}\s?=[^<>]{0,200})?\s?/?>"),
        "an HTML tag",
    ),
    (re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE), "an HTML entity"),
    (
        re.compile(r"\*\*[^*]{1,200}\*\*|(?<![A-Za-z\d_])__[^_\s][^_]{0,200}__(?![A-Za-z\d_])"),
        "Markdown emphasis",
    ),
    (
        re.compile(r"(?<![A-Za-z\d*])\*(?=[\w“])[^*$]{1,80}(?<=[\w”])\*(?![A-Za-z\d*])"),
        "Markdown emphasis",
    ),
    (re.compile(r"```|(?<!`)`[^`]{1,100}`"), "Markdown code"),
    (re.compile(r"\[[^\[\]]{1,100}\]\((?:https?:|/|#|www)[^()]{0,200}\)"), "a Markdown link"),
    (re.compile(r"^\s{0,3}#{1,6}\s|(?<=\s)#{2,6}\s", re.MULTILINE), "a Markdown heading"),
    (re.compile(r"^\s{0,3}(?:[-*+]|>)\s"), "a Markdown list or quotation"),
    (re.compile(r"\\u[0-9a-fA-F]{4}|\\[nrt](?![a-z])|\\\""), "an escape of JSON"),
    (re.compile(r"[{,]\s*\"(?:title|summary|abstract|translation)\"\s*:", re.IGNORECASE), "JSON"),
    (re.compile(r"\\(?:[A-Za-z]+\*?(?:\{[^{}]{0,80}\})?|[%&#_{}~\"'`^=.])"), "a LaTeX command"),
    (
        re.compile(
            "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]"
        ),
        "a control character",
    ),
    (re.compile(r"<!--|<(?:script|img|svg|iframe|style)\b", re.IGNORECASE), "an HTML tag"),
    (re.compile(r"!\[[^\[\]]{0,100}\]\("), "a Markdown image"),
    (
        re.compile(
            r"\n\s{0,3}(?:[-*+]|\d+\.)\s|(?<![A-Za-z\d])\|\s[^|\n()]{1,60}\s\|(?![A-Za-z\d])"
        ),
        "a Markdown list or table",
    ),
)  # fmt: skip
_QUOTED_TITLE = re.compile(r"\s*《[^《》]*》\s*[。.]?\s*")


def markup_problems(pair: Pair) -> Iterator[Problem]:
    """Markup that the English does not have itself."""
    english = f"{pair.title.source} {pair.abstract.source}"
    for field, text in pair.chinese.items():
        told: set[str] = set()
        words = text.words
        for pattern, what in _MARKUP:
            for match in pattern.finditer(words):
                if what in told or match[0] in english:
                    continue
                told.add(what)
                yield Problem(
                    field,
                    "markup",
                    f"{field} has {what}, “{match[0]}”: write plain text",
                    match[0],
                )
        yield from _dollars(field, words, pair)
        if field == "title" and _QUOTED_TITLE.fullmatch(words):
            yield Problem(field, "markup", "title stands in 《》: write it without", words)


def _dollars(field: str, words: str, pair: Pair) -> Iterator[Problem]:
    """Dollars that delimit nothing; money has as many as the English."""
    count = words.count("$")
    if count % 2:
        allowed = pair.title.words.count("$") + pair.abstract.words.count("$")
        if count > allowed:
            place = words.index("$")
            yield Problem(
                field,
                "markup",
                f"{field} has a $ that opens or closes no formula: write each formula as the"
                " English does",
                words[max(0, place - 10) : place + 10],
            )
