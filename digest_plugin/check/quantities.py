"""Values, compared as values: what English and Chinese numbers have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\ \d{3}){1,4}(?![\d.])|\d+(?:\.\d+)?|\.\d+)"
    r"(?:[eE][-+]?\d{1,3}(?!\w)|\s*[×xX*]\s*10\s?\^\s?\{?[-+]?\d{1,3}\}?|(?<=10)\s?\^\s?\{?[-+]?\d{1,3}\}?)?"
)
"""A number in digits; for a verbose pattern."""
FACTORS = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
"""Letters behind a number: 350M, 7B."""

UNITS = frozenset(
    "x X ms s m cm mm km nm um kg g mg GB MB TB KB kB Hz kHz MHz GHz fps h min dB V W kW MW GW eV "
    "GeV TeV MeV px bit bits GFLOPs FLOPs".split()
)
"""Letters that may stand right behind a number without making it a name, as in 3D or 2nd."""

_POWER = re.compile(r"(?:[eE]|\s*[×xX*]\s*10\s?\^\s?\{?|\s?\^\s?\{?)([-+]?\d{1,3})\}?$")
_LINK = re.compile(
    r"\s*(?:[-–—~/,、，;；±×x]|to|and|or|&|vs\.?|versus|through|by|[和到至或及与比对]|,\s(?:and|or))"
    r"\s*(?:and|or|~|\$|the|about|约|大约)?\s*"
)
_MAX_DIGITS = 30
_CLOSING = frozenset(")）]】")
_OPENING = frozenset("(（[【,，;；.。:：、") | {""}


@dataclass(frozen=True)
class Quantity:
    """A value in a text."""

    text: str
    start: int
    end: int
    readings: frozenset[str]
    """Keys of the values it may stand for: the first of `3 to 5 million` is 3 or 3,000,000."""
    unit: float
    """What its figure is multiplied with: 1e6 in `3 million`, 0.01 in `5%`."""
    firm: bool
    """Whether the other language must have it, too: no part of a name, no mere word for one."""


def key(value: float) -> str:
    """What equal values have in common, whatever the rounding."""
    return f"{value:.9g}"


def number_value(text: str) -> list[float] | None:
    """What digits stand for, or may stand for; None if they are no number anybody means."""
    if len(text) > _MAX_DIGITS:
        return None
    power = _POWER.search(text)
    mantissa = text[: power.start()] if power else text
    plain = mantissa.replace(",", "")
    parts = plain.split()
    if not parts:
        return None
    values = [float("".join(parts)), *(float(part) for part in parts if len(parts) > 1)]
    if not power:
        return values
    exponent = 10.0 ** min(300, max(-300, int(power[1])))
    if re.search(r"\d\s?\^", text) and not re.search(r"[×xX*]", text):  # 10^{-6} itself
        return [exponent]
    return [value * exponent for value in values]


def with_shared_units(prose: str, quantities: list[Quantity]) -> list[Quantity]:
    """The same, but what stands in a range or list may have the unit of what follows: 10–34%."""
    shared = list(quantities)
    for index in range(len(shared) - 2, -1, -1):
        left, right = shared[index], shared[index + 1]
        if left.unit != 1.0 or right.unit == 1.0 or right.start - left.end > 12:
            continue
        if _LINK.fullmatch(prose, left.end, right.start):
            more = frozenset(key(float(reading) * right.unit) for reading in left.readings)
            shared[index] = replace(left, readings=left.readings | more, unit=right.unit)
    return shared


def is_marker(prose: str, match: re.Match[str]) -> bool:
    """Whether a number is the marker of a list's item or a citation: (1), 2) or [3]."""
    start = match.start("number")
    before = prose[max(0, start - 3) : start].rstrip()[-1:]
    behind = prose[match.end() : match.end() + 1]
    return match["number"].isdecimal() and behind in _CLOSING and before in _OPENING
