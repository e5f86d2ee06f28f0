"""The values that an English text states, whatever way it writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from text_to_num import text2num

from digest_plugin.check.quantities import (
    FACTORS,
    NUMBER,
    UNITS,
    Quantity,
    is_marker,
    key,
    number_value,
    with_shared_units,
)

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "mn": 1e6, "mln": 1e6, "bn": 1e9, "tn": 1e12, "lakh": 1e5, "crore": 1e7, "dozen": 12.0,
    "mio": 1e6, "mil": 1e6,
}  # fmt: skip
_PERCENT = r"%|percent(?:age)?\b|per\scent\b|pp\b"
_DIGITS = re.compile(
    rf"""
    (?= [\d.] ) (?P<number> {NUMBER} )
    (?: [-\s]? (?P<scale> (?i: {"|".join(_SCALES)} ) s? \b )
      | (?P<factor> [kKMBT](?![A-Za-z\d]) )
      | (?P<letters> [A-Za-z]+ ) )?
    (?: [-\s]? (?P<percent> {_PERCENT} ) | (?P<permille> ‰ )
      | [-\s]? (?P<points> (?: [A-Z][\w-]*\s | absolute\s | percentage\s )? points? \b ) )?
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"[A-Za-z](?:[-_]|\.[-_]?)?$")
"""What stands before a number that is part of a name."""
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_BIG = "hundred thousand million billion".split()
_WORD = f"(?:{'|'.join([*_TENS, *reversed(_ONES), *_BIG])})"
_WORDS = re.compile(
    rf"\b{_WORD}(?:(?:-|\s+(?:and\s+)?){_WORD})*(?!\w)(?P<percent>\s(?:{_PERCENT}))?",
    re.IGNORECASE,
)
_ORDINALS = {
    word: float(value)
    for value, word in enumerate(
        "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
        "twentieth".split()
    )
}
_PARTS = {
    "half": 2.0, "halves": 2.0, "third": 3.0, "quarter": 4.0, "fourth": 4.0, "fifth": 5.0,
    "sixth": 6.0, "seventh": 7.0, "eighth": 8.0, "ninth": 9.0, "tenth": 10.0, "hundredth": 100.0,
    "thousandth": 1000.0,
}  # fmt: skip
_FRACTION = re.compile(
    rf"\b(?:(?P<count>an?|{'|'.join(_ONES[1:10])})[\s-]+)?(?P<part>{'|'.join(_PARTS)})s?\b"
    r"(?P<scale>(?:\s+an?)?\s+(?:million|billion|thousand|dozen|century|decade))?",
    re.IGNORECASE,
)
_PLAIN_WORDS = {
    "double": 2, "doubles": 2, "doubled": 2, "doubling": 2, "twice": 2, "dual": 2, "pair": 2,
    "pairs": 2, "both": 2, "couple": 2, "binary": 2, "either": 2, "pairwise": 2, "bi": 2, "duo": 2,
    "triple": 3, "triples": 3, "tripled": 3, "tripling": 3, "thrice": 3, "trio": 3, "triplet": 3,
    "triplets": 3, "tri": 3, "quadruple": 4, "quadrupled": 4, "quadruples": 4, "quad": 4,
    "quarterly": 4, "dozen": 12, "dozens": 12, "decade": 10, "decades": 10, "century": 100,
    "centuries": 100, "magnitude": 10, "magnitudes": 10, "halve": 0.5, "halves": 0.5,
    "halved": 0.5, "halving": 0.5, "single": 1, "sole": 1, "hundreds": 100, "thousands": 1e3,
    "millions": 1e6, "billions": 1e9, "trillions": 1e12, "once": 1, "unit": 1, "none": 0, "no": 0,
    "zeros": 0, "ones": 1, "hourly": 24, "daily": 24, "day": 24, "fortnight": 14, "all": 100,
    "per": 100, "score": 20, "bimonthly": 2, "year": 12, "yearly": 12, "annual": 12, "quadratic": 2,
    "cubic": 3, "cube": 3, "square": 2, "squared": 2, "fully": 100, "perfect": 100,
    "completely": 100, "million": 1e6, "billion": 1e9, "hundred": 100, "thousand": 1e3,
}  # fmt: skip
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_IMPLIED = {
    **{word: key(value) for word, value in _PLAIN_WORDS.items()},
    **{word: key(value) for word, value in _ORDINALS.items()},
    **{month[:3]: key(float(place)) for place, month in enumerate(_MONTHS, 1)},
    **{month: key(float(place)) for place, month in enumerate(_MONTHS, 1)},
    "sept": key(9.0),
}
_ROMAN = {
    roman: value
    for value, roman in enumerate("I II III IV V VI VII VIII IX X XI XII XIII XIV XV".split(), 1)
}
_TOKEN = re.compile(r"[A-Za-z]+")
_FOLD = re.compile(
    rf"\b({'|'.join([*_ONES[2:], *_TENS, 'hundred', 'thousand'])})-?fold\b", re.IGNORECASE
)
_HEAP = re.compile(r"\b(ten|hundred)s\sof\s(thousand|million|billion)s", re.IGNORECASE)


def english_quantities(prose: str) -> list[Quantity]:
    """Every value of `prose` that is written in digits or as a numeral, in order."""
    digits = _digits(prose)
    taken = {place for quantity in digits for place in range(quantity.start, quantity.end)}
    numerals = [numeral for numeral in _numerals(prose) if numeral.start not in taken]
    return sorted([*digits, *numerals], key=lambda quantity: quantity.start)


def implied_values(prose: str) -> set[str]:
    """The values that other words of `prose` carry: twice, both, decade, March, IV, one third."""
    keys: set[str] = set()
    for word in set(_TOKEN.findall(prose)):
        lower = word.lower()
        if (value := _IMPLIED.get(lower)) is not None:
            keys.add(value)
        elif word in _ROMAN:
            keys.add(key(float(_ROMAN[word])))
    keys.update(key(value) for value in _fractions(prose))
    for match in _FOLD.finditer(prose):
        keys.add(key(float(text2num(match[1].lower(), "en"))))
    for match in _HEAP.finditer(prose):
        keys.add(key((10 if match[1].lower() == "ten" else 100) * _SCALES[match[2].lower()]))
    return keys


def _fractions(prose: str) -> Iterator[float]:
    for match in _FRACTION.finditer(prose):
        count = (match["count"] or "one").lower()
        value = (1.0 if count in {"a", "an"} else _ONES.index(count)) / _PARTS[
            match["part"].lower()
        ]
        yield value
        if match["scale"]:
            word = match["scale"].split()[-1].lower()
            yield value * (_SCALES.get(word) or {"century": 100.0, "decade": 10.0}[word])


def _digits(prose: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _DIGITS.finditer(prose):
        values = number_value(match["number"])
        if values is None:
            continue
        start, letters = match.start("number"), match["letters"]
        unit = _unit(match)
        readings = {key(value * unit) for value in values}
        if match["points"]:
            readings |= {key(value / 100) for value in values}
        if letters == "s" and 1000 <= values[0] < 2100:  # the 1990s are also the 90s
            readings.add(key(values[0] % 100))
        # Markers of lists and citations, (1) or 2) or [3], may be written in any way.
        marker = values[0] < 100 and unit == 1.0 and is_marker(prose, match)
        named = _NAME.search(prose, max(0, start - 3), start)
        firm = not named and not marker and (letters is None or letters in UNITS)
        text = prose[start : match.end()].strip()
        found.append(Quantity(text, start, match.end(), frozenset(readings), unit, firm))
    return with_shared_units(prose, found)


def _unit(match: re.Match[str]) -> float:
    unit = 1.0
    if match["scale"]:
        unit = _SCALES[match["scale"].lower().rstrip("s")]
    elif match["factor"]:
        unit = FACTORS[match["factor"].lower()]
    if match["percent"]:
        return unit / 100
    return unit / 1000 if match["permille"] else unit


def _numerals(prose: str) -> Iterator[Quantity]:
    for match in _WORDS.finditer(prose):
        text = match[0][: match.start("percent") - match.start()] if match["percent"] else match[0]
        words = re.split(r"[\s-]+", text.lower())
        try:
            values = [float(text2num(" ".join(words), "en"))]
        except ValueError:
            values = [float(text2num(word, "en")) for word in words if word != "and"]
        required = len(words) > 1 and len(values) == 1 and values[0] > 12 and words[0] not in _BIG
        unit = 0.01 if match["percent"] else 1.0
        readings = frozenset(key(value * unit) for value in values)
        yield Quantity(match[0], match.start(), match.end(), readings, unit, required)
