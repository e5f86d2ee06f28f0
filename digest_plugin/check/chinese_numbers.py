"""The values that a Chinese text states, whatever way it writes them."""

from __future__ import annotations

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

_UNITS = {"十": 10.0, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8, "兆": 1e12}
_HAN = "零〇一二两三四五六七八九十百千万亿"
_HAN_DIGITS = dict(
    zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_DIGITS = re.compile(
    rf"""
    (?= [\d.百千{_HAN}] )
    (?P<of> (?P<hundred>百分之) \s? | 千分之 \s?
      | (?P<below> \d{{1,12}} | [{_HAN}]{{1,12}} ) \s? 分之 \s? )?
    (?P<name> (?<=[A-Za-z]) | (?<=[A-Za-z][-_.]) | (?<=\ufffc) )?
    (?P<number> {NUMBER} )
    (?: \s? [多余几来]? (?P<scale> [十百千万亿]{{1,3}} (?!分) ) (?! [点者向] )
      | (?P<factor> [kKMBT](?![A-Za-z\d]) )
      | \s (?P<english> hundred|thousand|million|billion|trillion )
      | (?P<letters> [A-Za-z]+ ) )?
    (?: \s? \\? (?P<percent> % ) | (?P<permille> ‰ ) | \s? 个? (?P<points> 百分点 | 点 | 分 )
      | (?P<tenths> 成 (?! [为功本员立]) ) )?
    """,
    re.VERBOSE,
)
_ENGLISH = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_DECADE = re.compile(rf"(\d{{1,2}}|[{_HAN}]{{1,3}})\s?世纪\s?(\d0|[{_HAN}]{{1,2}})\s?年代")
_HAN_NUMERAL = re.compile(
    rf"(?P<hundred>百分之)?(?P<number>[{_HAN}]+(?:点[{_HAN}]{{1,12}})?)(?:分之(?P<above>[{_HAN}]{{1,12}}))?"
    r"(?P<tenths>成(?![为功本员立]))?"
)
_VAGUE = frozenset("数几上多近成这某每若干过")
_IDIOMS = re.compile(
    "十分|万一|千万不|一一|百分|万能|千百|千万要|万千|百万富|千变万化|成千上万|五花八门|一万种"
)


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
    if len(text) == 1:
        return float(_HAN_DIGITS[text]) if text in _HAN_DIGITS else _UNITS[text]
    if len(text) > 24:
        return None
    if all(character in _HAN_DIGITS for character in text):  # 二〇二三
        return float("".join(str(_HAN_DIGITS[character]) for character in text))
    if text[0] in _UNITS and text[0] != "十":
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


def _unit(match: re.Match[str]) -> float:
    unit = 1.0
    if match["scale"]:
        for character in match["scale"]:
            unit *= _UNITS[character]
    elif match["factor"]:
        unit = FACTORS[match["factor"].lower()]
    elif match["english"]:
        unit = _ENGLISH[match["english"]]
    if match["below"]:
        below = _han_or_digits(match["below"])
        return unit / below if below else unit
    if match["hundred"] or match["percent"]:
        return unit / 100
    if match["of"] or match["permille"]:
        return unit / 1000
    return unit / 10 if match["tenths"] else unit


def _numerals(prose: str, digits: list[Quantity]) -> Iterator[Quantity]:
    taken = {place for quantity in digits for place in range(quantity.start, quantity.end)}
    for match in _HAN_NUMERAL.finditer(prose):
        if match.start() in taken:
            continue
        whole, _, fraction = match["number"].partition("点")
        value = han_value(whole)
        if value is None:
            continue
        if fraction and (behind := han_value(fraction)) is not None:
            value += behind / 10 ** len(fraction)
        firm = _is_firm(match, prose)
        unit = 0.01 if match["hundred"] else 0.1 if match["tenths"] else 1.0
        values = [value * unit]
        if match["above"] and (above := han_value(match["above"])) is not None and value:
            values = [above / value]
        if match["number"] == "十几" or match["number"] in {"一", "二", "两"}:
            firm = False
        readings = frozenset(map(key, values))
        yield Quantity(match[0], match.start(), match.end(), readings, unit, firm)


def _is_firm(match: re.Match[str], prose: str) -> bool:
    """Whether a numeral in characters surely states a value, and is no part of a word."""
    number = match["number"]
    if match["hundred"] or match["above"]:
        return True
    before = prose[max(0, match.start() - 1) : match.start()]
    after = prose[match.end() : match.end() + 1]
    if before in _VAGUE or after in _VAGUE or after in set("级分足美全里维象") or len(number) < 2:
        return False
    if _IDIOMS.search(prose, max(0, match.start() - 2), match.end() + 2):
        return False
    has_digit = any(character in _HAN_DIGITS for character in number)
    return has_digit and any(character in _UNITS for character in number)
