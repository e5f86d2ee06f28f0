"""From text to HTML: autoescaped Jinja templates, formulas as MathML, notes as safe Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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
from digest_plugin.glossary import Term
from digest_plugin.latex import formula_text
from digest_plugin.mathml import mathml

_CONTROLS = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""What HTML cannot hold: https://html.spec.whatwg.org/#preprocessing-the-input-stream

And what would turn the text around it: https://www.w3.org/TR/unicode-xml/
"""


_TERM = Markup('<abbr class="dg-term" title="{}">{}</abbr>')
_CLOSING = re.compile("[，。；：、！？）】》”’,.;:!?)]+")
"""Punctuation that belongs to what stands before it."""


def without_controls(text: str) -> str:
    """`text` without the characters that HTML and XML cannot hold."""
    return _CONTROLS.sub("", text)


def text_html(text: str, terms: Sequence[Term] = ()) -> Markup:
    """`text` as HTML that shows exactly it: escaped, its formulas as MathML.

    A formula that cannot be read is shown as its source. Where the Chinese of one of `terms` stands
    first, its English is a word away: in a `title`.
    """
    prose = _TermMarks(terms) if terms else _prose
    html: list[Markup] = []
    for segment in segments(text):
        source = segment.source
        if segment.tex is not None:
            html.append(_formula(source, segment.tex, display=segment.display))
            continue
        closing = _CLOSING.match(source) if html else None
        if closing:  # no line begins with it, also behind a formula
            html[-1] = Markup('<span class="dg-nowrap">{}{}</span>').format(html[-1], closing[0])
            source = source[closing.end() :]
        html.append(prose(source))
    return Markup().join(html)


def _prose(text: str) -> Markup:
    return escape(without_controls(text))


class _TermMarks:
    """Marks each of some terms once in texts that follow each other."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._english = {
            chinese: term.term
            for term in terms
            for chinese in term.renderings
            if chinese.casefold() != term.term.casefold()
        }
        # The longest first, so that no term is marked in the middle of another.
        longest_first = sorted(self._english, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._marked: set[str] = set()

    def __call__(self, text: str) -> Markup:
        """`text`, which holds no formula, as HTML."""
        html, end = Markup(), 0
        for match in self._pattern.finditer(text):
            english = self._english[match[0]]
            if english in self._marked:
                continue
            self._marked.add(english)
            html += _prose(text[end : match.start()])
            html += _TERM.format(without_controls(english), without_controls(match[0]))
            end = match.end()
        return html + _prose(text[end:])


def _formula(source: str, tex: str, *, display: bool) -> Markup:
    markup = mathml(without_controls(tex), display=display)
    clean = without_controls(source)
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
