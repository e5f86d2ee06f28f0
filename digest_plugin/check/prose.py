"""A text as the check reads it: formulas and addresses set apart, full-width digits folded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from digest_plugin.text.formulas import Segment, segments

FORMULA = "\ufffc"
"""Stands for a formula in prose."""
ADDRESS = "\ufffb"
"""Stands for the address of a web page or a mailbox in prose."""

CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f]")
LATIN = re.compile("[A-Za-z\u00c0-\u024f]")

MAX_CHARACTERS = 20_000
"""What is read of a text; the longest abstract of arXiv has some 6,000 characters."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code).isalnum()} | {
    ord("％"): "%", ord("．"): ".", ord("＋"): "+", ord("－"): "-", ord("～"): "~",
    ord("−"): "-", ord("‐"): "-", ord("‑"): "-", ord("∼"): "~", ord("〜"): "~",
    ord("\xa0"): " ", ord("\u2009"): " ", ord("\u202f"): " ", ord("＄"): "$",
}  # fmt: skip
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[!-~]*[\w/=~-]|\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}"
    r"|\b(?:[a-z0-9-]{1,64}\.){1,4}(?:com|org|net|io|edu|ai|cn|dev)\b(?:/[!-~]*[\w/=~-]|/?)",
    re.ASCII | re.IGNORECASE,
)
_SIGNS = (
    (re.compile(r"\\(?:times|cdot|ast)(?![a-zA-Z])"), "×"),
    (re.compile(r"\\(?:sim|approx|simeq|thicksim)(?![a-zA-Z])"), "~"),
    (re.compile(r"\\pm(?![a-zA-Z])"), "±"),
    (re.compile(r"\\(?:leq?|geq?|lt|gt|ll|gg|leqslant|geqslant)(?![a-zA-Z])"), " "),
    (re.compile(r"\\(?:(?:text(?:bf|it)?|math(?:rm|bf|it)|rm|bf|it)(?![a-zA-Z])|[,;:! ])"), ""),
    (re.compile(r"\\(?=[%$])|\{(?=,\})|(?<=,)\}"), ""),
    (re.compile(r"\^\{?\\(?:circ|degree)\}?"), "°"),
)  # fmt: skip
_WORDS = re.compile(r"\\(?:text|mbox|mathrm|textbf|href)\s?\{[^{}]*\}(?:\{[^{}]*\})?")
_NUMERIC = re.compile(r"[\s\d.,%×~±<>≤≥=+\-–/^{}()$°:]*(?:[kKMBxX]|GB|MB|bn|th|st|nd|rd)?[\s.}%]*")


@dataclass(frozen=True)
class Text:
    """One field of one language."""

    source: str
    """Formulas as `$…$`."""

    @cached_property
    def formulas(self) -> tuple[str, ...]:
        """The TeX of each formula, in order, without delimiters."""
        return tuple(piece.tex for piece in self._pieces if piece.tex is not None)

    @cached_property
    def prose(self) -> str:
        """The text with `FORMULA` for each formula that is more than a figure."""
        joined = "".join(
            piece.source if piece.tex is None else _figure(piece.tex) or FORMULA
            for piece in self._pieces
        )
        return _ADDRESS.sub(ADDRESS, joined.translate(_FULL_WIDTH))

    def shown(self, part: str) -> str:
        """A part of `prose` with its formulas and addresses, as people know it."""
        before = self.prose[: max(0, self.prose.find(part))]
        formulas = [f"${it.tex}$" for it in self._pieces if it.tex and not _figure(it.tex)]
        sources = {
            FORMULA: iter(formulas[before.count(FORMULA) :]),
            ADDRESS: iter(self.addresses[before.count(ADDRESS) :]),
        }
        signs = f"[{FORMULA}{ADDRESS}]"
        return re.sub(signs, lambda sign: next(sources[sign[0]], sign[0]), part)

    @cached_property
    def words(self) -> str:
        """The text without its formulas."""
        return "".join(piece.source for piece in self._pieces if piece.tex is None)

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of web pages and mailboxes."""
        return tuple(match[0] for match in _ADDRESS.finditer(self.words))

    @cached_property
    def _pieces(self) -> tuple[Segment, ...]:
        text = self.source
        pieces = tuple(segments(text))
        if not any(piece.tex and CHINESE.search(_WORDS.sub("", piece.tex)) for piece in pieces):
            return pieces
        # A space in `$ n $个` misled; in Chinese no dollar is money.
        return tuple(
            Segment(f"${part}$", part.strip()) if index % 2 else Segment(part)
            for index, part in enumerate(re.split(r"(?<!\\)\$", text))
            if part
        )


@dataclass(frozen=True)
class Pair:
    """A paper's English beside its Chinese."""

    title: Text
    abstract: Text
    chinese: dict[str, Text]
    """By field."""

    def english(self, field: str) -> Text | None:
        """What the Chinese of `field` was translated from; None for a summary."""
        return {"title": self.title, "abstract": self.abstract}.get(field)


def _figure(tex: str) -> str | None:
    r"""A formula that is a mere figure, such as `30\%` or `\sim 2.5\times`, as plain text."""
    if len(tex) > 60:
        return None
    for sign, plain in _SIGNS:
        tex = sign.sub(plain, tex)
    return f" {tex} " if _NUMERIC.fullmatch(tex) and re.search(r"[\d%×°]", tex) else None


def figure(tex: str) -> bool:
    """Whether a formula is a mere figure, which may as well be written without dollars."""
    return _figure(tex) is not None
