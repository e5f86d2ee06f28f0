"""From text to HTML: autoescaped Jinja templates, formulas as MathML, notes as safe Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from heapq import heapify, heappop, heapreplace
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

from digest_plugin.papers import Author
from digest_plugin.people.glossary import Term
from digest_plugin.text.formulas import segments
from digest_plugin.text.latex import formula_text
from digest_plugin.text.mathml import mathml

_CONTROLS = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""What HTML cannot hold: https://html.spec.whatwg.org/#preprocessing-the-input-stream

And what would turn the text around it: https://www.w3.org/TR/unicode-xml/
"""

_CLOSING = re.compile("[，。；：、！？）】》”’,.;:!?)]+")
"""Punctuation that belongs to what stands before it."""


def without_controls(text: str) -> str:
    """`text` without the characters that HTML and XML cannot hold."""
    # Few texts hold any, and it is quicker to see that they hold none.
    return text if text.isprintable() else _CONTROLS.sub("", text)


def text_html(text: str, terms: Sequence[Term] = ()) -> Markup:
    """`text` as HTML that shows exactly it: escaped, its formulas as MathML.

    A formula that cannot be read is shown as its source. Where the Chinese of one of `terms` stands
    first, its English is a word away: in a `title`.
    """
    return _html(text, _TermMarks(terms)) if terms else _plain_html(text)


@lru_cache(maxsize=1024)
def _plain_html(text: str) -> Markup:
    """A page shows its titles and sentences several times."""
    return _html(text, _prose)


def _html(text: str, prose: Callable[[str], Markup]) -> Markup:
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
        self._unmarked = set(self._english.values())

    def __call__(self, text: str) -> Markup:
        """`text`, which holds no formula, as HTML."""
        html, end = [], 0
        for start, chinese in self._occurrences(text):
            english = self._english[chinese]
            if english not in self._unmarked:
                continue
            self._unmarked.remove(english)
            html.append(_prose(text[end:start]))
            html.append(_term_html(english, chinese))
            end = start + len(chinese)
            if not self._unmarked:
                break
        return Markup().join([*html, _prose(text[end:])])

    def _occurrences(self, text: str) -> Iterator[tuple[int, str]]:
        """Every rendering and where it stands, from the left; of those that begin at one place the
        longest, so that no term is marked in the middle of another."""
        next_ones = [(text.find(chinese), -len(chinese), chinese) for chinese in self._english]
        next_ones = [one for one in next_ones if one[0] >= 0]
        heapify(next_ones)
        end = 0
        while next_ones:
            start, less, chinese = next_ones[0]
            if start >= end:
                yield start, chinese
                end = start - less
            start = text.find(chinese, end)
            if start >= 0:
                heapreplace(next_ones, (start, less, chinese))
            else:
                heappop(next_ones)


# Markup.format is many times slower than what follows, and abstracts are full of both.


@lru_cache(maxsize=1024)
def _term_html(english: str, chinese: str) -> Markup:
    return Markup(f'<abbr class="dg-term" title="{_prose(english)}">{_prose(chinese)}</abbr>')  # noqa: S704 - of escaped parts


def _formula(source: str, tex: str, *, display: bool) -> Markup:
    markup = mathml(without_controls(tex), display=display)
    clean = _prose(source)
    if markup is None:
        return Markup(f'<code class="dg-tex">{clean}</code>')  # noqa: S704 - escaped
    # Of `markup` only elements and attributes that `mathml` knows are left.
    return Markup(f'<span class="dg-math" data-tex="{clean}">{markup}</span>')  # noqa: S704


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


def authors_html(authors: Iterable[Author]) -> Markup:
    """Their names, each with where it works in a `title`, as far as that is known."""
    spans = []
    for author in authors:
        where = Markup()
        if author.affiliations:
            where = Markup(' title="{}"').format(without_controls("；".join(author.affiliations)))
        spans.append(f"<span{where}>{_prose(author.name)}</span>")
    return Markup(", ".join(spans))  # noqa: S704 - of escaped parts


def url_path(text: str) -> str:
    """`text` as a part of an address, `/` kept."""
    return quote(text, safe="/()+,;=:@~")


def _finalized(value: object) -> object:
    """What a template prints."""
    return without_controls(value) if type(value) is str else value


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
        finalize=_finalized,
    )
    env.filters["authors"] = authors_html
    env.filters["text"] = text_html
    env.filters["note"] = note_html
    env.filters["url_path"] = url_path
    return env
