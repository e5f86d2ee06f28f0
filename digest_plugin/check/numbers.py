"""Kinds `number` and `number_missing`: values that one language has and the other lacks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from digest_plugin.check.chinese_numbers import chinese_quantities
from digest_plugin.check.english_numbers import english_quantities, implied_values
from digest_plugin.check.prose import Pair, figure
from digest_plugin.check.quantities import Quantity, key, number_value
from digest_plugin.papers import Problem

_DIGITS = re.compile(r"\d+(?:\.\d+)?")


def number_problems(pair: Pair) -> Iterator[Problem]:
    """Values that the English does not have, in any field; values that the abstract lacks."""
    english = {
        "title": english_quantities(pair.title.prose),
        "abstract": english_quantities(pair.abstract.prose),
    }
    chinese = {name: chinese_quantities(text.prose) for name, text in pair.chinese.items()}
    known = _known(pair, [*english["title"], *english["abstract"]])
    for field, quantities in chinese.items():
        for quantity in quantities:
            if quantity.firm and quantity.readings.isdisjoint(known):
                yield Problem(
                    field,
                    "number",
                    f"{field} says “{quantity.text}”, a value that the English does not have:"
                    " write the one that it has",
                    quantity.text,
                )
    yield from _missing(english["abstract"], chinese["abstract"], pair)


def _known(pair: Pair, quantities: list[Quantity]) -> set[str]:
    known = {reading for quantity in quantities for reading in quantity.readings}
    for text in (pair.title, pair.abstract):
        known |= implied_values(text.prose)
        for tex in text.formulas:
            for match in _DIGITS.finditer(tex):
                known.update(map(key, number_value(match[0]) or ()))
    if key(2) in known:
        known.add(key(1))  # to double is 提高1倍
    return known


def _missing(english: list[Quantity], chinese: list[Quantity], pair: Pair) -> Iterator[Problem]:
    there: Counter[str] = Counter()
    for quantity in chinese:
        there.update(quantity.readings)
    for tex in pair.chinese["abstract"].formulas:
        if not figure(tex):
            there.update(key(float(match[0])) for match in _DIGITS.finditer(tex))
    wanted = Counter(quantity.readings for quantity in english if quantity.firm)
    spans = {quantity.readings: quantity.text for quantity in english if quantity.firm}
    for readings, count in wanted.items():
        found = max(there[reading] for reading in readings)
        if found >= count or (found and not _is_telling(spans[readings])):
            continue
        times = f" {count} times, as often as the English" if found else ""
        yield Problem(
            "abstract",
            "number_missing",
            f"abstract lacks the value “{spans[readings]}” of the English: put it in{times}",
            spans[readings],
        )


def _is_telling(text: str) -> bool:
    """Whether a value is so particular that nobody says it twice without need."""
    return len(re.findall(r"\d", text)) >= 3 or "%" in text
