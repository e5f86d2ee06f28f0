r"""Formulas in a text: where they are, and how they stay out of a model's reach.

`\beta`, `\frac` or `\nabla` inside a JSON string silently decode as control characters, so a
model never sees a formula: it sees the token `⟦M1⟧` and has to give it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

TOKEN = re.compile(r"⟦M([0-9]+)⟧")

_FORMULA = re.compile(
    r"""
      (?<![\\$])\$\$ (?P<double> (?:\\.|[^$\\])+ ) \$\$
    # As in pandoc: no space inside the dollars and no digit behind them, or it may be money.
    | (?<![\\$])\$ (?! [\s$]) (?P<single> (?:\\.|[^$\\])+ ) (?<! \s) \$ (?! [0-9])
    # With spaces inside, only if it cannot be prose between two prices.
    | (?<![\\$])\$ (?P<spaced> \s (?= (?: \\[$%&\#] | [^$\\^_=<>] )*+ [\\^_=<>] )
      (?: \\. | [^$\\] )+ ) \$ (?! [0-9])
    # No price starts with a command or a sign: `$\sim$40`, `$>$90`.
    | (?<![\\$])\$ (?P<signed> (?: \\[A-Za-z] | [<>=^_] ) (?: \\. | [^$\\] )*+ ) (?<! \s) \$
    | \\\( (?P<round> (?: (?! \\[()] ) . )+ ) \\\)
    | \\\[ (?P<square> (?: (?! \\[\[\]] ) . )+ ) \\\]
    | (?P<token> ⟦M[0-9]+⟧ )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Segment:
    """A piece of a text."""

    source: str
    """As it stands in the text, delimiters included."""
    tex: str | None = None
    """What is between the delimiters of a formula; None for words."""
    display: bool = False
    """Whether the formula asks for a line of its own."""


# A page and its twins ask about the same texts.
@lru_cache(maxsize=512)
def segments(text: str) -> tuple[Segment, ...]:
    """The pieces of `text` in order; their sources joined are `text` again."""
    if "$" not in text and "\\" not in text:
        return (Segment(text),) if text else ()
    return tuple(_segments(text))


def _segments(text: str) -> Iterator[Segment]:
    start = 0
    for match in _FORMULA.finditer(text):
        if match["token"] is not None:
            continue
        if match.start() > start:
            yield Segment(text[start : match.start()])
        tex = next(part for part in match.groups() if part is not None)
        display = match["double"] is not None or match["square"] is not None
        yield Segment(match[0], tex.strip(), display)
        start = match.end()
    if start < len(text):
        yield Segment(text[start:])


def formulas(text: str) -> list[str]:
    """The TeX of every formula of `text`, in order, without delimiters."""
    return [segment.tex for segment in segments(text) if segment.tex is not None]


@dataclass(frozen=True)
class Tokenized:
    """Texts whose formulas have been replaced by tokens."""

    texts: tuple[str, ...]
    sources: tuple[str, ...]
    """What `⟦M1⟧`, `⟦M2⟧`, … stand for."""

    def restore(self, text: str) -> str:
        """`text` with the formulas back in place; unknown tokens are left as they are.

        A space is put where two dollars, or a dollar and a digit, would meet and be read as
        something else.
        """
        pieces: list[str] = []
        start = 0
        for match in TOKEN.finditer(text):
            source = self._source(match)
            between = text[start : match.start()]
            if pieces and not between and pieces[-1].endswith("$") and source.startswith("$"):
                between = " "
            following = text[match.end() : match.end() + 1]
            if following.isdecimal() and formulas(source) != formulas(source + following):
                source += " "
            pieces += [between, source]
            start = match.end()
        return "".join(pieces) + text[start:]

    def _source(self, match: re.Match[str]) -> str:
        number = match[1]
        if len(number) > 6 or not 0 < int(number) <= len(self.sources):
            return match[0]
        return self.sources[int(number) - 1]


def tokenize(*texts: str) -> Tokenized:
    """Replace each formula of `texts` by a token of its own, numbered through all of them.

    What already looks like a token is replaced as well, so that nothing is ambiguous.
    """
    sources: list[str] = []

    def token(match: re.Match[str]) -> str:
        sources.append(match[0])
        return f"⟦M{len(sources)}⟧"

    return Tokenized(tuple(_FORMULA.sub(token, text) for text in texts), tuple(sources))
