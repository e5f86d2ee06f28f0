"""From text to HTML: autoescaped Jinja templates, formulas as MathML, notes as safe Markdown."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from digest_plugin.formulas import segments
from digest_plugin.mathml import mathml

_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML cannot hold: https://html.spec.whatwg.org/#preprocessing-the-input-stream"""


def without_controls(text: str) -> str:
    """`text` without the characters that HTML and XML cannot hold."""
    return _CONTROLS.sub("", text)


def text_html(text: str) -> Markup:
    """`text` as HTML that shows exactly it: escaped, its formulas as MathML.

    A formula that cannot be read is shown as its source.
    """
    return Markup().join(_segment_html(s.source, s.tex, s.display) for s in segments(text))


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
    """`text` for places that hold no markup, such as a title in the head of a page."""
    return without_controls(text).replace("$", "")


@cache
def _markdown() -> MarkdownIt:
    # CommonMark without raw HTML; images would be fetched from elsewhere.
    return MarkdownIt("commonmark", {"html": False}).disable("image")


def note_html(note: str) -> Markup:
    """An editor's note, Markdown, as HTML; raw HTML in it is shown as text."""
    return Markup(_markdown().render(without_controls(note)))  # noqa: S704 - its HTML is off


def url_path(text: str) -> str:
    """`text` as a part of an address, `/` kept."""
    return quote(text, safe="/()+,;=:@~")


@cache
def environment() -> Environment:
    """The templates of this package; everything that goes into them is escaped."""
    env = Environment(
        loader=PackageLoader("digest_plugin"),
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
