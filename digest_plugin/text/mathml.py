"""Formulas as MathML, made at build time: no script, no font, nothing from elsewhere."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert

MAX_LENGTH = 2_000
"""Characters of TeX; a longer formula is shown as its source."""

_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = frozenset(
    "math mrow mi mo mn ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover "
    "munderover mmultiscripts mprescripts none mtable mtr mtd mstyle mpadded mphantom merror "
    "menclose".split()
)
_ATTRIBUTES = frozenset(
    "xmlns display displaystyle scriptlevel stretchy fence form separator largeop movablelimits "
    "symmetric accent accentunder lspace rspace minsize maxsize linethickness width height depth "
    "voffset columnalign rowalign columnspacing rowspacing columnlines rowlines mathvariant "
    "mathcolor mathsize notation".split()
)
_PROSE = re.compile("[\u3400-\u9fff，。；：]{4}")
_WORDS = re.compile(r"\\(?:text\w*|mbox|mathrm)\{[^{}]*\}")
_LENGTH = re.compile(r"(-?[0-9.]+)[a-z%]*")
_LENGTHS = frozenset({"width", "height", "depth", "lspace", "rspace", "voffset"})
_MAX_LENGTH = 20.0
"""Of a space, in em; more is mischief."""
_VALUE = re.compile(r"[\w .#%+-]*|http://www\.w3\.org/1998/Math/MathML")


@lru_cache(maxsize=4096)
def mathml(tex: str, *, display: bool = False) -> str | None:
    """MathML for `tex`; None if it cannot be read, so that its source can be shown instead.

    The result is safe to put into a page: only presentation elements of MathML, no links, no
    styles, no scripts, no event handlers.
    """
    # Chinese outside of \\text{…} is prose that stands between two formulas.
    if len(tex) > MAX_LENGTH or _PROSE.search(_WORDS.sub("", tex)):
        return None
    # The converter does not escape what stands in \\text{…}; without angle brackets in the input,
    # every element of the output is its own.
    shielded = tex.replace("<", r"\lt ").replace(">", r"\gt ")
    try:
        markup = convert(shielded, display="block" if display else "inline")
        root = ET.fromstring(markup)  # noqa: S314 - no "<" of the input is left in it
    except Exception:  # noqa: BLE001 - the converter's errors share no base; the source is shown
        return None
    return markup if _is_safe(root) and _is_understood(root) else None


def _is_safe(root: ET.Element) -> bool:
    return all(
        element.tag.removeprefix(_NAMESPACE) in _ELEMENTS
        and all(_is_safe_attribute(name, value) for name, value in element.attrib.items())
        for element in root.iter()
    )


def _is_safe_attribute(name: str, value: str) -> bool:
    if name in _LENGTHS and (length := _LENGTH.fullmatch(value)):
        try:
            return abs(float(length[1])) <= _MAX_LENGTH
        except ValueError:
            return False
    return name in _ATTRIBUTES and _VALUE.fullmatch(value) is not None


def _is_understood(root: ET.Element) -> bool:
    r"""Whether no command is left over: unknown ones come out as text, `\foo`."""
    return not any("\\" in (element.text or "") for element in root.iter())
