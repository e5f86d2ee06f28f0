"""What an arXiv identifier is: https://info.arxiv.org/help/arxiv_identifier.html"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from digest_plugin.errors import quoted

ARCHIVES = frozenset(
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas "
    "cond-mat cs dg-ga funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin "
    "nucl-ex nucl-th patt-sol physics plasm-ph q-alg q-bio quant-ph solv-int supr-con".split()
)
"""The archives that gave out old-style identifiers, until March 2007."""

_LINK = re.compile(
    r"(?:https?://)?(?:[a-z-]+\.)?arxiv\.org/(?:abs|pdf|html|format|ps|src|e-print)/"
    r"(?P<id>[^?#]+)(?:[?#].*)?",
    re.IGNORECASE,
)
_DOI = re.compile(
    r"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:)?10\.48550/arxiv\.(?P<id>.+)", re.IGNORECASE
)
_PREFIX = re.compile(r"arxiv:\s*(?P<id>.+)", re.IGNORECASE)
_NEW = re.compile(r"(?P<year>[0-9]{2})(?P<month>[0-9]{2})\.(?P<number>[0-9]{4,5})")
_OLD = re.compile(
    r"(?P<archive>[a-z-]+)(?:\.[A-Z]{2})?/(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<number>[0-9]{3})"
)
_VERSION = re.compile(r"v(?P<version>[1-9][0-9]{0,2})")
_EXAMPLES = "such as 2403.12151, 2403.12151v2 or hep-th/9901001"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One paper on arXiv, or one version of it."""

    base: str
    """Without version, and without the subject class of old ones (`math/0309136`)."""
    version: int | None = None
    """None means the newest."""

    def __str__(self) -> str:
        return self.base if self.version is None else f"{self.base}v{self.version}"

    @property
    def year_month(self) -> str:
        """`YYMM`, when the identifier was given out."""
        return self.base.rpartition("/")[2][:4]

    @property
    def first_day(self) -> date:
        """Of the month when the identifier was given out."""
        year, month = int(self.year_month[:2]), int(self.year_month[2:])
        return date((1900 if "/" in self.base and year >= 91 else 2000) + year, month, 1)


def parse_identifier(text: str) -> Identifier:
    """Read an identifier, or a link to arXiv that holds one.

    Understands `2403.12151`, `2403.12151v2`, `hep-th/9901001`, `math.GT/0309136`, `arXiv:…`,
    arXiv's DOIs, and links to abs, pdf, html pages with version, query, fragment or `.pdf`.
    Raises ValueError, whose text says what was expected, for anything else.
    """
    stripped = text.strip()
    name = stripped
    if link := _LINK.fullmatch(stripped):
        name = link["id"].rstrip("/").removesuffix(".pdf")
    elif other := _DOI.fullmatch(stripped) or _PREFIX.fullmatch(stripped):
        name = other["id"]
    new, old = _NEW.match(name), _OLD.match(name)
    match = new or old
    if match is None:
        raise ValueError(f"expected an arXiv ID {_EXAMPLES}, got {quoted(text)}")
    version = None
    if rest := name[match.end() :]:
        found = _VERSION.fullmatch(rest)
        if found is None:
            raise ValueError(
                f"expected an arXiv ID {_EXAMPLES}, got {quoted(text)}: "
                f"{quoted(rest)} after it is not a version such as v2"
            )
        version = int(found["version"])
    if impossible := _why_impossible(match, old_style=new is None):
        raise ValueError(f"expected an arXiv ID {_EXAMPLES}, got {quoted(text)}: {impossible}")
    base = match[0] if old is None else f"{old['archive']}/{match[0].rpartition('/')[2]}"
    return Identifier(base, version)


def _why_impossible(match: re.Match[str], *, old_style: bool) -> str:
    """What makes a well-formed identifier one that arXiv never gave out; empty if nothing does."""
    month, number = match["month"], match["number"]
    # The old scheme ran from July 1991 to March 2007, the new one since April 2007.
    year = int(match["year"]) + (1900 if old_style and match["year"] >= "91" else 2000)
    if not "01" <= month <= "12":
        return f"there is no month {month}"
    if int(number) == 0:
        return "numbers start at 1"
    if old_style:
        if match["archive"] not in ARCHIVES:
            return f"arXiv has no archive {quoted(match['archive'])}"
        if not (1991, 7) <= (year, int(month)) <= (2007, 3):
            return "old-style IDs ran from July 1991 to March 2007"
        return ""
    if (year, int(month)) < (2007, 4):
        return "IDs with a dot start with 0704"
    digits = 5 if year >= 2015 else 4
    if len(number) != digits:
        lost = " (was a trailing zero lost?)" if len(number) < digits else ""
        return f"in 20{match['year']} there are {digits} digits after the dot{lost}"
    return ""
