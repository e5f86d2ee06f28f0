"""LaTeX in titles, abstracts and names, outside formulas, as plain Unicode text."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexCommentNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexNode,
    LatexSpecialsNode,
    LatexWalker,
    LatexWalkerError,
    get_default_latex_context_db,
)
from pylatexenc.macrospec import std_macro

from digest_plugin.text.formulas import segments

_SIGNS_OF_LATEX = re.compile(r"\\|``|''|--|~")
_TIE = re.compile(r"(?<=[\w.,;:)}\]\ud800-\udfff])~(?=\S)")
"""`Fig.~1`, but not `at ~40%`, where it means 'about'."""
_HALF = re.compile(r"[\ud800-\udfff]")
_SPECIALS = {"``": "“", "''": "”", "---": "—", "--": "–"}
_CHARACTERS = {
    "textgreater": ">",
    "textless": "<",
    "textasciitilde": "~",
    "item": "•",
    "today": "today",  # not the day of the build
}
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "nicefrac"})
_SPACES = frozenset({"\\", " ", ",", ";", ":", "\n", "quad", "qquad", "newline", "linebreak"})
_DISTANCE = re.compile(r"\*|\[\s*-?[0-9.]+\s*[a-z]{2}\s*\]")
r"""Behind `\\`, as in `\\*[2pt]`; other brackets there are the authors'."""
_NOTHING = frozenset(
    "- ! / xspace protect noindent centering cite citep citet citealp citeauthor label "
    "em it bf sc tt sf rm sl bfseries itshape ttfamily scshape sffamily rmfamily mdseries "
    "upshape slshape normalfont small large tiny footnotesize".split()
)
_CONTEXT = get_default_latex_context_db()
_CONTEXT.add_context_category(
    "abstracts",
    macros=[
        std_macro("href", "{{"),
        std_macro("textcolor", "{{"),
        std_macro("textsuperscript", "{"),
        std_macro("textsubscript", "{"),
    ],
    prepend=True,
)
_FORMULA_CONTEXT = get_default_latex_context_db()
"""Made once: it takes longer than most formulas."""
_TO_TEXT = LatexNodes2Text(math_mode="verbatim")


def unicode_text(text: str) -> str:
    """`text` in NFC and on one line, its LaTeX commands as Unicode, its formulas untouched.

    No word is ever lost: a command that is not known leaves its arguments, or its name if it has
    none, and what cannot be parsed at all stays as it is.
    """
    pieces = list(segments(folded(text)))
    sources = [piece.source for piece in pieces if piece.tex is not None]
    # Each formula becomes a character that `folded` leaves in no text, half of a surrogate pair,
    # so that commands and ties can stand around it.
    halves = map(chr, range(0xD800, 0xE000))
    joined = "".join(p.source if p.tex is None else next(halves, p.source) for p in pieces)
    plain = _HALF.sub(lambda half: sources[ord(half[0]) - 0xD800], _without_commands(joined))
    return folded(plain) or folded(text)


INVISIBLE = frozenset(
    map(chr, (0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF))
)
"""Signs that nobody sees, some of which turn the text around them:
https://www.unicode.org/reports/tr36/"""


def folded(text: str) -> str:
    """`text` in NFC and on one line, without what no page can show: control characters, halves of
    surrogate pairs, code points that are no characters, invisible signs."""
    if not text.isprintable():
        text = "".join(
            character
            for character in text
            if character.isspace()
            or (
                unicodedata.category(character) not in {"Cc", "Cs", "Cn"}
                and character not in INVISIBLE
            )
        )
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=4096)
def formula_text(tex: str) -> str:
    """A formula as Unicode, such as `x^2 ≤ α`, where it goes; else as it is."""
    try:
        walker = LatexWalker(tex, latex_context=_FORMULA_CONTEXT, tolerant_parsing=True)
        text = _TO_TEXT.nodelist_to_text(walker.get_latex_nodes()[0])
    except Exception:  # noqa: BLE001 - its errors share no base
        return tex
    return folded(text) or tex


def _without_commands(text: str) -> str:
    if not _SIGNS_OF_LATEX.search(text):
        return text
    if not has_balanced_braces(re.sub(r"\\[{}]", "", text)):
        return text  # the parser would move or lose the odd one
    # Abstracts are half LaTeX, half plain text: `50% of` is no comment, `a & b` no table, and a
    # lone `$` is money.
    shielded = re.sub(r"(?<!\\)((?:\\\\)*)([%&$#])", r"\1\\\2", _TIE.sub(" ", text))
    try:
        walker = LatexWalker(shielded, latex_context=_CONTEXT, tolerant_parsing=True)
        nodes, _, _ = walker.get_latex_nodes()
        plain = _text(nodes)
    except (LatexWalkerError, RecursionError, IndexError, AttributeError, TypeError):
        return text  # the last three: commands without the arguments they need
    return re.sub(r"\s+(?=[.,;:](?:\s|$))", "", plain) if "\\cite" in text else plain


def has_balanced_braces(text: str) -> bool:
    """Whether every brace of `text`, escaped ones included, has its other half."""
    depth = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _text(nodes: list[LatexNode | None]) -> str:
    pieces: list[str] = []
    unwrap_next = is_command = False
    for node in nodes:
        if node is None:
            continue
        unwrap, unwrap_next = unwrap_next, False
        behind_command, is_command = is_command, isinstance(node, LatexMacroNode)
        if isinstance(node, LatexCharsNode):
            pieces.append(node.chars)
        elif isinstance(node, LatexGroupNode):
            inner = _text(node.nodelist)
            # Braces around a command or behind an unknown one are LaTeX, like empty ones behind any
            # (`\L{}`); others are the authors'.
            bare = unwrap or any(isinstance(child, LatexMacroNode) for child in node.nodelist)
            bare = bare or (not inner and behind_command)
            if unwrap and inner and behind_command:
                pieces.pop()  # `\sout{abc}` is about abc
            pieces.append(inner if bare else f"{{{inner}}}")
            unwrap_next = unwrap
        elif isinstance(node, LatexSpecialsNode):
            pieces.append(_SPECIALS.get(node.specials_chars, node.specials_chars))
        elif isinstance(node, LatexMacroNode):
            text, unwrap_next = _macro(node)
            pieces.append(text)
        elif isinstance(node, LatexEnvironmentNode):
            pieces.append(_text(node.nodelist) or getattr(node.nodeargd, "verbatim_text", ""))
        elif not isinstance(node, LatexCommentNode):
            pieces.append(node.latex_verbatim())
    return "".join(pieces)


def _macro(node: LatexMacroNode) -> tuple[str, bool]:
    """The text of a command, and whether a group behind it would be its argument."""
    name = node.macroname
    arguments = [a for a in (node.nodeargd.argnlist if node.nodeargd else []) if a is not None]
    if name in _SPACES:
        behind = (argument.latex_verbatim() for argument in arguments)
        return " " + "".join(text for text in behind if not _DISTANCE.fullmatch(text)), False
    if name in _NOTHING:  # what is not in braces was no key: `\cite word`
        words = "".join(a.chars for a in arguments if isinstance(a, LatexCharsNode))
        return words.strip("*"), name.startswith("cite")
    if name in _CHARACTERS:  # `\item[(a)]` brings its own
        own = _inner(arguments[-1]) if arguments else _CHARACTERS[name]
        return own + node.macro_post_space, False
    if name in _FRACTIONS and len(arguments) == 2:
        return f"{_inner(arguments[0])}/{_inner(arguments[1])}", False
    if name in {"url", "path"} and arguments:
        return _inner(arguments[-1]), False
    if name == "href" and len(arguments) == 2:
        return f"{_inner(arguments[1])} ({_inner(arguments[0])})", False
    if name == "textcolor" and len(arguments) == 2:
        return _inner(arguments[1]), False
    if name == "footnote" and arguments and arguments[-1].isNodeType(LatexGroupNode):
        return f" ({_inner(arguments[-1])})", False
    spec = _TO_TEXT.latex_context.get_macro_spec(name)
    replacement = spec.simplify_repl if spec is not None else None
    if isinstance(replacement, str) and "%" not in replacement and not arguments:
        return replacement + node.macro_post_space, False
    if callable(replacement) and len(name) == 1 and _is_letter(arguments):  # accents
        return _TO_TEXT.macro_node_to_text(node), False
    if arguments:
        return "".join(map(_inner, arguments)), False
    return name + node.macro_post_space, True


def _is_accented(node: LatexMacroNode) -> bool:
    arguments = [a for a in (node.nodeargd.argnlist if node.nodeargd else []) if a is not None]
    return len(node.macroname) == 1 and _is_letter(arguments)


def _is_letter(arguments: list[LatexNode]) -> bool:
    """Whether an accent has a letter to stand on, which may have an accent itself."""
    if len(arguments) != 1:
        return not arguments
    (argument,) = arguments
    inner = argument.nodelist if isinstance(argument, LatexGroupNode) else [argument]
    return all(
        isinstance(node, LatexCharsNode)
        or (isinstance(node, LatexMacroNode) and _is_accented(node))
        for node in inner
    )


def _inner(node: LatexNode) -> str:
    """The text of an argument, without its braces."""
    return _text(node.nodelist) if isinstance(node, LatexGroupNode) else _text([node])
