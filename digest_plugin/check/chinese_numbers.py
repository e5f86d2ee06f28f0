"""The values that a Chinese text states, whatever way it writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from digest_plugin.check.quantities import (
    FACTORS,
    NUMBER,
    Quantity,
    is_marker,
    key,
    number_value,
    with_shared_units,
)

_UNITS = {"十": 10.0, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}
_HAN = "零〇一二两三四五六七八九十百千万亿"
_HAN_DIGITS = dict(
    zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_NO_TENTHS = "为功本员立分像长年型"
"""What 成 begins a word with: 3 成分 is no 30%."""
_DIGITS = re.compile(
    rf"""
    (?= [\d.{_HAN}] )
    (?: (?P<below> \d{{1,12}} | [{_HAN}]{{1,12}} ) \s? 分之 \s? )?
    (?P<name> (?<=[A-Za-z]) | (?<=[A-Za-z][-_.]) | (?<=\ufffc) )?
    (?P<number> {NUMBER} )
    (?: \s? [多余几来]? (?P<scale> [十百千万亿]{{1,3}} (?!分) )
      | (?P<factor> [kKMBT](?![A-Za-z\d]) )
      | \s (?P<english> hundred|thousand|million|billion|trillion )
      | (?P<letters> [A-Za-z]+ ) )?
    (?: \s? \\? (?P<percent> % ) | (?P<permille> ‰ ) | \s? 个? (?P<points> 百分点 | 点 | 分 )
      | \s? (?P<tenths> 成 (?! [{_NO_TENTHS}]) ) )?
    """,
    re.VERBOSE,
)
_ENGLISH = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_DECADE = re.compile(rf"(\d{{1,2}}|[{_HAN}]{{1,3}})\s?世纪\s?(\d0|[{_HAN}]{{1,2}})\s?年代")
_HAN_NUMERAL = re.compile(
    rf"(?P<hundred>百分之)?(?P<number>(?P<whole>[{_HAN}]+)"
    rf"(?:点(?P<behind>[{''.join(_HAN_DIGITS)}]{{1,12}})(?P<scale>[百千万亿]{{0,2}}))?)"
    rf"(?:分之(?P<above>[{_HAN}]{{1,12}}))?(?P<tenths>成(?![{_NO_TENTHS}]))?"
)
_VAGUE = frozenset("数几上多近成这某每若干过")
_IDIOMS = ("万一", "一万种")


def chinese_quantities(prose: str) -> list[Quantity]:
    """Every value of `prose`, in order; `firm` are those that the English must have, too."""
    prose = _DECADE.sub(_decade, prose)
    digits = _digits(prose)
    return sorted([*digits, *_numerals(prose, digits)], key=lambda quantity: quantity.start)


def _decade(match: re.Match[str]) -> str:
    """20世纪70年代 as 1970s, as long as it was, so that positions stay."""
    century, decade = (_han_or_digits(part) for part in match.groups())
    return f"{int((century - 1) * 100 + decade)}年代".rjust(len(match[0]))


def _han_or_digits(text: str) -> float:
    return float(text) if text.isascii() else han_value(text) or 0.0


def han_value(text: str) -> float | None:
    """What a Chinese numeral stands for; None if it is none."""
    if len(text) > 24:
        return None
    if all(character in _HAN_DIGITS for character in text):  # 二〇二三
        return float("".join(str(_HAN_DIGITS[character]) for character in text))
    if text[0] in _UNITS:
        text = "一" + text  # 百万
    from cn2an import cn2an  # noqa: PLC0415 - it takes a tenth of a second, and few texts need it

    try:
        return float(cn2an(text, "smart"))
    except (ValueError, KeyError):  # it checks its input, but not all of it
        return None


def _digits(prose: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _DIGITS.finditer(prose):
        values = number_value(match["number"])
        if values is None:
            continue
        unit = _unit(match)
        readings = {key(value * unit) for value in values}
        if match["points"]:
            readings |= {key(value * unit / 100) for value in values}
        # 1） and （2） may stand for i) and (ii).
        marker = unit == 1.0 and values[0] < 20 and is_marker(prose, match)
        firm = match["name"] is None and not marker
        text = match[0].strip()
        found.append(Quantity(text, match.start(), match.end(), frozenset(readings), unit, firm))
    return with_shared_units(prose, found)


def _scale(units: str) -> float:
    return math.prod(_UNITS[unit] for unit in units)


def _unit(match: re.Match[str]) -> float:
    unit = _scale(match["scale"] or "")
    if match["factor"]:
        unit = FACTORS[match["factor"].lower()]
    elif match["english"]:
        unit = _ENGLISH[match["english"]]
    if match["below"]:
        below = _han_or_digits(match["below"])
        return unit / below if below else unit
    if match["percent"]:
        return unit / 100
    if match["permille"]:
        return unit / 1000
    return unit / 10 if match["tenths"] else unit


def _numerals(prose: str, digits: list[Quantity]) -> Iterator[Quantity]:
    taken = {place for quantity in digits for place in range(quantity.start, quantity.end)}
    for match in _HAN_NUMERAL.finditer(prose):
        if match.start() in taken:
            continue
        value = han_value(match["whole"])
        if value is None:
            continue
        if behind := match["behind"]:
            value += (han_value(behind) or 0.0) / 10 ** len(behind)
            value *= _scale(match["scale"])
        firm = _is_firm(match, prose)
        unit = 0.01 if match["hundred"] else 0.1 if match["tenths"] else 1.0
        values = [value * unit]
        if match["above"] and (above := han_value(match["above"])) is not None and value:
            values = [above / value]
        readings = frozenset(map(key, values))
        yield Quantity(match[0], match.start(), match.end(), readings, unit, firm)


def _is_firm(match: re.Match[str], prose: str) -> bool:
    """Whether a numeral in characters surely states a value, and is no part of a word."""
    number = match["number"]
    if match["hundred"] or match["above"]:
        return True
    before = prose[max(0, match.start() - 1) : match.start()]
    after = prose[match.end() : match.end() + 1]
    if before in _VAGUE or after in _VAGUE or after in set("级分足美全里维象"):
        return False
    if prose.startswith(_IDIOMS, match.start()):
        return False
    has_digit = any(character in _HAN_DIGITS for character in number)
    return has_digit and any(character in _UNITS for character in number)
