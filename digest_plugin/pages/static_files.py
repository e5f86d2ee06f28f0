"""The style sheets and scripts of this package, as sites serve them."""

from __future__ import annotations

import re
from importlib import resources

STYLE = "assets/arxiv-digest.css"
"""All our style in one file, so that a page asks once."""
_SHEETS = (STYLE, "assets/arxiv-digest-pages.css", "assets/arxiv-digest-search.css")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def static_file(path: str) -> str:
    """The content of `path`, such as assets/arxiv-digest.js, without what readers need not fetch.

    Texts in our files must not go over several lines, nor hold a comment's beginning.
    """
    if path == STYLE:
        return "".join(_lines(_CSS_COMMENT.sub("", "".join(map(_source, _SHEETS)))))
    return "".join(line for line in _lines(_source(path)) if not line.startswith("//"))


def _source(path: str) -> str:
    return resources.files("digest_plugin").joinpath(path).read_text("utf-8")


def _lines(text: str) -> list[str]:
    """Its lines without indentation, and without empty ones."""
    return [f"{stripped}\n" for line in text.splitlines() if (stripped := line.strip())]
