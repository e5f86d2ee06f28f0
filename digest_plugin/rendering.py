"""From text to HTML: autoescaped Jinja templates, formulas as MathML, notes as safe Markdown."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup, escape

from digest_plugin.formulas import segments
from digest_plugin.latex import formula_text
from digest_plugin.mathml import mathml

_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML cannot hold: https://html.spec.whatwg.org/#preprocessing-the-input-stream"""


_CLOSING = re.compile("[，。；：、！？）】》”’,.;:!?)]+")
"""Punctuation that belongs to what stands before it."""


def without_controls(text: str) -> str:
    """`text` without the characters that HTML and XML cannot hold."""
    return _CONTROLS.sub("", text)


def text_html(text: str) -> Markup:
    """`text` as HTML that shows exactly it: escaped, its formulas as MathML.

    A formula that cannot be read is shown as its source.
    """
    html: list[Markup] = []
    for segment in segments(text):
        piece = _segment_html(segment.source, segment.tex, segment.display)
        closing = _CLOSING.match(segment.source) if segment.tex is None and html else None
        if closing:  # no line begins with it, also behind a formula
            html[-1] = Markup('<span class="dg-nowrap">{}{}</span>').format(html[-1], closing[0])
            piece = _segment_html(segment.source[closing.end() :], None, display=False)
        html.append(piece)
    return Markup().join(html)


def _segment_html(source: str, tex: str | None, display: bool) -> Markup:  # noqa: FBT001
    clean = without_controls(source)
    if tex is None:
        return escape(clean)
    markup = mathml(without_controls(tex), display=display)
    if markup is None:
        return Markup('<code class="dg-tex">{}</code>').format(clean)
    safe = Markup(markup)  # noqa: S704 - only elements and attributes that `mathml` knows
    return Markup('<span class="dg-math" data-tex="{}">{}</span>').format(clean, safe)


def plain_text(text: str) -> str:
    """`text` for places that hold no markup: formulas as near to it as it gets."""
    pieces = (s.source if s.tex is None else formula_text(s.tex) for s in segments(text))
    return without_controls("".join(pieces))


class _NoteMarkdown(MarkdownIt):
    """CommonMark as far as it is safe and means something on the page of a digest."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the base class's name
        """Links between files lead nowhere from here."""
        return url.casefold().startswith(("https:", "http:", "mailto:"))


@cache
def _markdown() -> MarkdownIt:
    # Images would be fetched from elsewhere.
    markdown = _NoteMarkdown("commonmark", {"html": False}).disable("image")
    markdown.core.ruler.push("headings", _lower_headings)
    return markdown


def _lower_headings(state: StateCore) -> None:
    """Headings of notes stand below those of the page."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"


def note_html(note: str) -> Markup:
    """An editor's note, Markdown, as HTML; raw HTML in it is shown as text."""
    return Markup(_markdown().render(without_controls(note)))  # noqa: S704 - its HTML is off


def url_path(text: str) -> str:
    """`text` as a part of an address, `/` kept."""
    return quote(text, safe="/()+,;=:@~")


@cache
def environment(overrides: Path | None = None) -> Environment:
    """The templates of this package; everything that goes into them is escaped.

    Those in the folder `overrides` come before them, and find them under `original/`.
    """
    ours = PackageLoader("digest_plugin")
    loaders = [ours, PrefixLoader({"original": ours})]
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(overrides), *loaders] if overrides else loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: without_controls(value) if type(value) is str else value,
    )
    env.filters["text"] = text_html
    env.filters["note"] = note_html
    env.filters["url_path"] = url_path
    return env
