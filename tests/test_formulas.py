"""Formulas and LaTeX: found, kept whole, shown safely; words around them are never lost."""

from __future__ import annotations

import re
import time
import unicodedata
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from digest_plugin.text.formulas import TOKEN, Segment, formulas, segments, tokenize
from digest_plugin.text.latex import folded, unicode_text
from digest_plugin.text.mathml import MAX_LENGTH, mathml

QUICK = settings(deadline=None, max_examples=200, database=None)

PIECES = st.lists(
    st.sampled_from([
        "$", "$$", "\\$", "\\", "\\(", "\\)", "\\[", "\\]", "\\\\", "{", "}", "_", "^", "<", ">",
        "=", " ", "\n", "5", "x", "word", "10", "⟦M1⟧", "⟦M2⟧", "⟦M01⟧", "⟦", "⟧", "M",
        "\\alpha", "%", "&", "#", "~", "文", "é", "\u0301", "\\emph{", "\\'", "\\textbf",
        "\\begin{a}", "\\end{a}", "``", "''", "--", "\\cite{", "\\frac", "\\href", "\\url{",
        "\\item", "\\verb|", "\x00",
    ]),
    max_size=25,
).map("".join)  # fmt: skip
ANY = st.text(max_size=60) | PIECES


# --- where formulas are ---------------------------------------------------------------------


@QUICK
@given(ANY)
@example("")
@example("$")
@example("⟦M1⟧ $x$ ⟦M1⟧")
def test_segments_joined_are_the_text_again(text: str) -> None:
    """Cutting a text into words and formulas loses and adds nothing."""
    pieces = list(segments(text))
    assert "".join(piece.source for piece in pieces) == text
    assert all(piece.source for piece in pieces)
    for piece in pieces:
        if piece.tex is not None:
            assert piece.tex in piece.source
            assert piece.source[0] in "$\\"
            assert piece.source[-1] in "$)]"
        else:
            assert not piece.display
    # No two pieces of words in a row: a formula stands between.
    words = [piece.tex is None for piece in pieces]
    assert not any(one and other for one, other in pairwise(words))


@QUICK
@given(st.lists(ANY, max_size=4))
@example(["⟦M1⟧"])
@example(["$⟦M1⟧$", "⟦M2⟧ $x$"])
@example(["⟦M99⟧ costs $5"])
@example(["⟦M" + "9" * 5_000 + "⟧"])
def test_restoring_is_the_identity_on_tokenized_texts(texts: list[str]) -> None:
    """Formulas that went out as tokens come back as they were, and tokens in the text likewise."""
    tokenized = tokenize(*texts)
    assert tuple(map(tokenized.restore, tokenized.texts)) == tuple(texts)


@QUICK
@given(st.lists(ANY, max_size=4))
def test_tokens_are_numbered_through_all_texts_and_hide_every_formula(texts: list[str]) -> None:
    """The n-th token stands for the n-th source, and no formula is left for a model to see."""
    tokenized = tokenize(*texts)
    numbers = [int(number) for text in tokenized.texts for number in TOKEN.findall(text)]
    assert numbers == list(range(1, len(tokenized.sources) + 1))
    sources = [piece.source for text in texts for piece in segments(text) if piece.tex is not None]
    assert [source for source in tokenized.sources if not TOKEN.fullmatch(source)] == sources


def test_restore_puts_formulas_where_the_tokens_are_now() -> None:
    """Order and repetition are the translation's; what no formula belongs to stays."""
    tokenized = tokenize("a $x$", "b $\\beta$ and \\(y\\)")
    assert tokenized.texts == ("a ⟦M1⟧", "b ⟦M2⟧ and ⟦M3⟧")
    assert tokenized.sources == ("$x$", "$\\beta$", "\\(y\\)")
    assert tokenized.restore("⟦M3⟧与⟦M1⟧，⟦M1⟧ ⟦M2⟧") == "\\(y\\)与$x$，$x$ $\\beta$"
    for stray in ("⟦M0⟧", "⟦M4⟧", "⟦M⟧", "⟦m1⟧", "⟦ M1⟧", "⟦M1", "⟦M-1⟧", "⟦M" + "1" * 5_000 + "⟧"):
        assert tokenized.restore(stray) == stray


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the $x$ of", ["x"]),
        ("$x$", ["x"]),
        ("$x$, $y$; $z$.", ["x", "y", "z"]),
        ("($O(n \\log n)$)", ["O(n \\log n)"]),
        ("$a_{1}$-norm", ["a_{1}"]),
        ("$\\$5$", ["\\$5"]),
        ("$p < 0.05$", ["p < 0.05"]),
        ("$x$文$y$", ["x", "y"]),
        ("$x\ny$", ["x\ny"]),
        ("$ x = 1 $", ["x = 1"]),
        ("$ \\alpha $ and $ x_1 $", ["\\alpha", "x_1"]),
        ("\\(a\\) and \\[b\\]", ["a", "b"]),
        ("\\( a + b \\)", ["a + b"]),
        ("$$E = mc^2$$", ["E = mc^2"]),
        ("$$x$$ $y$", ["x", "y"]),
        ("10$\\times$10", ["\\times"]),
        ("$\\sim$40\\% and $>$90\\%", ["\\sim", ">"]),
        ("$^{13}$C, $^4$He, H$_2$O", ["^{13}", "^4", "_2"]),
        ("$\\approx$100", ["\\approx"]),
    ],
)
def test_formulas_are_found_in_every_delimiter(text: str, found: list[str]) -> None:
    r"""`$..$`, `$$..$$`, `\(..\)`, `\[..\]`, and TeX commands before a number, are formulas."""
    assert formulas(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $10",
        "from $5 to $10 million",
        "costs $5",
        "between $1,000 and $2,000.",
        "US$5/US$6",
        "$5-$10",
        "$5M vs. $7M",
        "for $ 5 and $ 6",
        "for $ 5 or \\$ 6",
        "for \\$ 5 or $ 6",
        "at $ 5\\% of $ 6",
        "$ and $",
        "$",
        "$$",
        "$$$$",
        "\\$5 and \\$6",
        "\\$x\\$",
        "\\(",
        "\\[ a \\)",
        "\\(\\)",
        "$ $",
        "",
    ],
)
def test_money_and_halves_are_no_formulas(text: str) -> None:
    """Prices, escaped dollars, empty and unclosed delimiters are words."""
    assert formulas(text) == []
    assert tokenize(text).texts == (text,)


def test_display_formulas_are_told_from_inline_ones() -> None:
    r"""`$$..$$` and `\[..\]` ask for a line of their own."""
    assert list(segments("a $x$ $$ y $$ \\(z\\)\\[w\\]")) == [
        Segment("a "),
        Segment("$x$", "x"),
        Segment(" "),
        Segment("$$ y $$", "y", display=True),
        Segment(" "),
        Segment("\\(z\\)", "z"),
        Segment("\\[w\\]", "w", display=True),
    ]


@pytest.mark.parametrize(
    "unit",
    [
        "$ _",
        "_",
        "\\_",
        "\\(",
        "\\[",
        "$a ",
        "$a",
        "a ",
        "$$",
        "\\",
        "$\\a",
        "$ <",
        "⟦M",
        "$ \\(x\\)",
    ],
)
def test_finding_formulas_takes_no_time_in_hostile_texts(unit: str) -> None:
    """No text of the length that files may have keeps the search busy for seconds."""
    for text in (unit * (20_000 // len(unit)), "$ " + unit * (20_000 // len(unit))):
        began = time.process_time()
        formulas(text)
        assert time.process_time() - began < 1.5


# --- MathML ---------------------------------------------------------------------------------

MATHML = "{http://www.w3.org/1998/Math/MathML}"
PRESENTATION = set(
    "math mrow mi mo mn ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover "
    "mmultiscripts mprescripts none mtable mtr mtd mstyle mpadded mphantom merror menclose".split()
)
PAYLOADS = [
    r"\text{<script>alert(1)</script>}",
    r"\text{<img src=x onerror=alert(1)>}",
    r"\text{&lt;script&gt;}",
    r"\text{&#60;script&#62;alert(1)&#60;/script&#62;}",
    r"\text{</mtext></math><script>alert(1)</script>}",
    r"\mathrm{<b>}",
    r"\mbox{<!--}",
    r"\text{<![CDATA[x]]>}",
    r"\href{javascript:alert(1)}{x}",
    r"\href{https://example.org}{x}",
    r"\url{javascript:alert(1)}",
    r"\style{color:red}{x}",
    r"\style{background:url(//x)}{x}",
    r"\class{evil}{x}",
    r"\cssId{x}{y}",
    r"\unicode{x3c}script\unicode{x3e}",
    r"\unicode{60}",
    r"\require{html}",
    r"\color{red\" onclick=\"alert(1)}{x}",
    r'\color{red" onclick="alert(1)}{x}',
    r'\color{"><script>alert(1)</script>}{x}',
    r"\textcolor{url(javascript:alert(1))}{x}",
    r'\hspace{1em" onclick="alert(1)}',
    r'\rule{1em" onclick="x}{1em}',
    r'\begin{array}{c" onclick="x}a\end{array}',
    r'\begin{matrix}" & <b>\end{matrix}',
    r'\mathchoice{"}{<}{>}{&}',
    r"\bbox[border:1px]{x}",
    r"\includegraphics{x}",
    r"\def\x{\x}\x",
    r"\newcommand{\a}{<script>}\a",
    r"\ltscript\gt",
    r"\operatorname{<script>}",
    r"\tag{<b>}",
    r"\label{<b>}",
    r"\sqrt[<]{>}",
    "]]>",
    "&#x3c;script&#x3e;",
    "&evil;",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    "\x00",
    "\ud800",
    "\ufffe",
    "{" * 900,
    "{" * 900 + "x" + "}" * 900,
    r"\sqrt{" * 300 + "x" + "}" * 300,
    r"\frac{" * 300,
    r"\left(" * 300,
    "x^" * 900,
    r"\begin{matrix}" * 100,
]
TEX = st.lists(
    st.sampled_from([
        "\\text", "\\mathrm", "\\href", "\\style", "\\class", "\\unicode", "\\color",
        "\\textcolor", "\\frac", "\\sqrt", "\\left", "\\right", "\\hspace", "\\rule", "\\mbox",
        "\\operatorname", "\\tag", "\\begin", "\\end", "\\alpha", "\\sim", "\\le", "\\foo",
        "\\html", "\\data", "\\ltx", "\\gt", "\\bbox", "\\cssId", "\\hbox", "{", "}", "{", "}",
        "[", "]", "(", ")", "<", ">", "&", '"', "'", "=", "_", "^", "\\", "\\\\", "x", "1", " ",
        "script", "onclick", "href", "javascript:", "/", "!--", "&lt;", "&#92;", "%", "{matrix}",
        "{array}", "{cases}", "#", "~", "文", "\x00", "\u202e", "$", ";", "amp;", "]]>",
    ]),
    max_size=20,
).map("".join)  # fmt: skip


@QUICK
@given(tex=TEX | st.text(max_size=40), display=st.booleans())
def test_mathml_is_safe_for_any_input(tex: str, display: bool) -> None:
    """The result is None or well-formed presentation MathML that can do nothing but be seen."""
    check_safe(mathml(tex, display=display))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_known_attacks_come_to_nothing(payload: str) -> None:
    """Links, styles, scripts, entities and bombs end as plain MathML or as None."""
    for tex in (payload, f"x {payload} y", f"\\frac{{{payload}}}{{2}}", f"\\text{{{payload}}}"):
        began = time.process_time()
        check_safe(mathml(tex))
        check_safe(mathml(tex, display=True))
        assert time.process_time() - began < 2


def check_safe(markup: str | None) -> None:
    if markup is None:
        return
    root = ET.fromstring(markup)
    assert root.tag == f"{MATHML}math"
    for element in root.iter():
        assert element.tag.startswith(MATHML)
        assert element.tag.removeprefix(MATHML) in PRESENTATION
        for name, value in element.attrib.items():
            assert not name.startswith(("on", "{"))
            assert name not in {"href", "src", "style", "class", "id", "actiontype", "xlink:href"}
            assert not re.search(r"[:(\"'<>&\\;]", value)
    assert "\\" not in markup
    assert "\\" not in "".join(root.itertext())
    # An HTML parser sees the same tags: comments, CDATA and instructions do not occur.
    names = re.findall(r"<(.?[^\s/>]*)", markup)
    assert {name.removeprefix("/") for name in names} <= PRESENTATION
    assert re.findall(r"<!|<\?", markup) == []


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        ("x<y", "x<y"),
        ("a>b", "a>b"),
        ("\\alpha", "α"),
        ("\\mathbb{R}", "ℝ"),
        ("O(n \\log n)", "O(nlogn)"),
        ("50\\%", "50%"),
        ("\\ell_2", "ℓ2"),
        ("\\frac{1}{2}", "12"),
        ("\\sqrt{x}", "x"),
        ("^{13}\\mathrm{C}", "13C"),
        ("\\text{if }x", "if\u00a0x"),
        ("\\begin{matrix}a&b\\\\c&d\\end{matrix}", "abcd"),
        ("10^{-3}", "10−3"),
        ("\\{x\\}", "{x}"),
        ("文", "文"),
    ],
)
def test_ordinary_formulas_are_read(tex: str, text: str) -> None:
    """What abstracts are full of becomes MathML with the right characters."""
    markup = mathml(tex)
    assert markup is not None
    assert "".join(ET.fromstring(markup).itertext()) == text


@pytest.mark.parametrize(
    "tex", ["\\foo", "\\foo{x}", "x \\notacommand y", "\\text{\\foo}", "\\ltx"]
)
def test_unknown_commands_show_the_source_instead(tex: str) -> None:
    """A formula that is not understood whole is not shown in part."""
    assert mathml(tex) is None


def test_display_and_inline_differ() -> None:
    """A formula says itself whether it wants a line of its own."""
    inline, display = mathml("x"), mathml("x", display=True)
    assert inline is not None
    assert display is not None
    assert ET.fromstring(inline).get("display") == "inline"
    assert ET.fromstring(display).get("display") == "block"


def test_formulas_beyond_the_limit_are_left_alone() -> None:
    """Length is limited, and the limit itself is still read."""
    assert mathml("x" * MAX_LENGTH) is not None
    assert mathml("x" * (MAX_LENGTH + 1)) is None


# --- text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50% of", "50% of"),
        ("~40%", "~40%"),
        ("at ~40% and 50\\% of", "at ~40% and 50% of"),
        ("a\\\\% of all", "a % of all"),
        ("AT&T and R\\&D", "AT&T and R&D"),
        ("#1 and \\#2", "#1 and #2"),
        ("costs $5 or \\$6", "costs $5 or $6"),
        ("x_1 and snake\\_case", "x_1 and snake_case"),
        ("Fig.~1 and~2", "Fig. 1 and 2"),
        ("``quoted''", "“quoted”"),
        ("a---b, 1--2", "a—b, 1–2"),
        ("{a, b} is a set", "{a, b} is a set"),
        ("\\{a\\}", "{a}"),
        ("\\emph{very} \\textbf{bold}", "very bold"),
        ("{\\em very} {\\bf bold}", "very bold"),
        ("\\textit{a \\textbf{b} c}", "a b c"),
        ("\\LaTeX{} and \\TeX\\ and \\LaTeX", "LaTeX and TeX and LaTeX"),
        ("and so on\\dots{} or \\ldots", "and so on… or …"),
        ("see \\cite{a}, then \\cite{b}.", "see, then."),
        ("see \\citep[p. 4]{a}.", "see."),
        ("\\url{https://a.org/b_c?d=e%20f}", "https://a.org/b_c?d=e%20f"),
        ("\\url{http://a.edu/~me/}", "http://a.edu/~me/"),
        ("\\href{https://a.org/b_c}{our code}", "our code (https://a.org/b_c)"),
        ("text\\footnote{A note.}", "text (A note.)"),
        ("10\\,000", "10 000"),
        ("5\\textsuperscript{th}", "5th"),
        ("\\textcolor{red}{word}", "word"),
        ("\\begin{itemize}\\item a \\item b\\end{itemize}", "• a • b"),
        ("\\begin{enumerate}\\item[(a)] x\\end{enumerate}", "(a) x"),
        ("\\begin{verbatim}code here\\end{verbatim}", "code here"),
        ("\\alpha-helix", "α-helix"),
        ("a \\textgreater b", "a > b"),
        ("line\none\r\n\ttwo", "line one two"),
        ("  a \u00a0 b\u3000c ", "a b c"),
        ("$\\alpha~\\beta$ and $x \\% y$", "$\\alpha~\\beta$ and $x \\% y$"),
        ("\\(a\\) \\[b\\]", "\\(a\\) \\[b\\]"),
        ("$\\sim$40\\%", "$\\sim$40%"),
        ("e\u0301", "é"),
        ("a\x00b\x1bc\ud800d\uffff", "abcd"),
        ("", ""),
        ("one\\\\[2pt]two\\\\*three", "one two three"),
    ],
)
def test_latex_becomes_text(text: str, expected: str) -> None:
    """What authors type is what readers get, without the commands."""
    assert unicode_text(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\emph{the $k$-means problem} is", "the $k$-means problem is"),
        ("{\\bf $x$ marks} it", "$x$ marks it"),
        ("\\textbf{for all $n$ and $m$}", "for all $n$ and $m$"),
        ("\\texorpdfstring{$a$}{a} b \\footnote{If $x$.}", None),
        ("of size~$n$ or $m$~cm", "of size $n$ or $m$ cm"),
    ],
)
def test_commands_and_ties_around_formulas_are_understood(text: str, expected: str | None) -> None:
    """A command may hold a formula, and a tie may lean on one: no brace and no `~` is left over."""
    plain = unicode_text(text)
    if expected is None:
        assert plain.count("{") == plain.count("}")
    else:
        assert plain == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paul Erd\\H{o}s", "Paul Erdős"),
        ("Henri Poincar\\'e", "Henri Poincaré"),
        ('Erwin Schr\\"odinger', "Erwin Schrödinger"),
        ('Kurt G{\\"o}del', "Kurt Gödel"),
        ('Kurt G\\"{o}del', "Kurt Gödel"),
        ("Eduard \\v{C}ech", "Eduard Čech"),
        ("Jos\\'{e} Garc\\'{\\i}a", "José García"),
        ("Garc{\\'\\i}a", "García"),
        ("Jan {\\L}ukasiewicz", "Jan Łukasiewicz"),
        ("Jan \\L{}ukasiewicz", "Jan Łukasiewicz"),
        ("S\\o{}ren \\O{}rsted", "Søren Ørsted"),
        ("S{\\o}ren", "Søren"),
        ('\\AA{}ngstr\\"om', "Ångström"),
        ("Fran\\c{c}ois", "François"),
        ("Nguy\\~{\\^e}n", "Nguyễn"),
        ("Stra\\ss{}e", "Straße"),
        ("\\.{I}stanbul", "İstanbul"),
        ("A. \\k{E}dy", "A. Ędy"),
        ("Élie O'Brien-Müller", "Élie O'Brien-Müller"),
        ("李 明", "李 明"),
    ],
)  # fmt: skip
def test_names_keep_their_accents(text: str, expected: str) -> None:
    """Accents in every spelling become letters in NFC, with no brace left."""
    assert unicode_text(text) == expected


def test_today_is_no_day() -> None:
    """The text of a paper does not change with the day on which it is read."""
    assert not re.search("[0-9]", unicode_text("Draft of \\today"))


WORD = st.text("abcdefghijklmnopqrstuvwxyzäßøéł文字", min_size=1, max_size=8)
FORMULA = st.sampled_from(["$x$", "$\\alpha_{1}$", "\\(y\\)", "$$z$$", "$\\text{a b}$"])
SIGN = st.sampled_from(
    ["50%", "~40%", "R&D", "#1", "$5", "\\%", "\\&", "(", "{", "}", "_", "^", "--"]
)
WRAPPERS = (
    "{}",
    "\\emph{{{}}}",
    "\\textbf{{{}}}",
    "\\textit{{ {} }}",
    "\\texttt{{{}}}",
    "\\textsc{{{}}}",
    "\\underline{{{}}}",
    "\\mbox{{{}}}",
    "{{\\em {}}}",
    "{{\\bf {}}}",
    "{{{}}}",
    "``{}''",
    "\\footnote{{{}}}",
    "\\textcolor{{red}}{{{}}}",
    "\\href{{https://a.org}}{{{}}}",
    "\\section{{{}}}",
    "\\mathrm{{{}}}",
    "\\begin{{center}}{}\\end{{center}}",
    "\\begin{{quote}} {} \\end{{quote}}",
    "\\begin{{itemize}}\\item {} \\end{{itemize}}",
    "\\begin{{verbatim}}{}\\end{{verbatim}}",
    "\\begin{{unheardof}}{}\\end{{unheardof}}",
    "\\\\ {} \\\\",
    "Fig.~{}",
    "{}\\cite{{key}}",
    "\\unheardof {}",
)


@QUICK
@given(
    st.lists(
        st.tuples(st.lists(WORD, min_size=1, max_size=3), st.sampled_from(WRAPPERS)), max_size=6
    ),
    FORMULA,
)
def test_no_word_inside_a_known_wrapper_is_lost(
    wrapped: list[tuple[list[str], str]], formula: str
) -> None:
    """Every word survives as a word, in order, whatever it is wrapped in; so does a formula."""
    source = f" {formula} ".join(wrapper.format(" ".join(words)) for words, wrapper in wrapped)
    plain = unicode_text(source)
    expected = [unicodedata.normalize("NFC", word) for words, _ in wrapped for word in words]
    left = iter(re.findall(r"\w+", plain))
    assert all(word in left for word in expected)
    assert formulas(plain) == formulas(source)


@QUICK
@given(st.lists(WORD | SIGN | FORMULA, max_size=12))
def test_no_word_between_signs_and_formulas_is_lost(parts: list[str]) -> None:
    """Signs that mean something to TeX cost no word, wherever they stand."""
    plain = unicode_text(" ".join(parts))
    left = iter(re.findall(r"\w+", plain))
    assert all(part in left for part in parts if part.isalpha())


@QUICK
@given(st.lists(WORD, min_size=2, max_size=2), st.sampled_from(["footnote", "cite", "emph", "x"]))
def test_a_command_without_its_braces_breaks_no_word(words: list[str], name: str) -> None:
    r"""`\cite word` is a mistake, but the word is still a word."""
    plain = unicode_text(f"\\{name} {words[0]} {words[1]}")
    assert words[0] in plain
    assert words[1] in re.findall(r"\w+", plain)


@QUICK
@given(WORD)
def test_what_stands_in_brackets_after_a_line_break_is_kept(word: str) -> None:
    r"""`\\[2pt]` is a distance, but `\\[see below]` is text."""
    assert word in unicode_text(f"a\\\\[see {word}] b")


@QUICK
@given(ANY)
@example("{" * 5_000)
@example("\\emph{" * 3_000)
@example("\\begin{a}" * 2_000)
@example("\\'" * 2_000)
@example("\\footnote" * 2_000)
@example("$x$" * 3_000)
@example("\\emph{$x$}" * 1_000)
def test_any_text_becomes_one_clean_line(text: str) -> None:
    """No text makes the conversion raise; the result is folded, and folding changes it no more."""
    plain = unicode_text(text)
    assert folded(plain) == plain
    assert unicodedata.is_normalized("NFC", plain)
    assert plain == plain.strip()
    assert not {unicodedata.category(character) for character in plain} & {"Cc", "Cs", "Cn"}


@QUICK
@given(st.text())
def test_text_without_latex_is_only_folded(text: str) -> None:
    """Without a sign of LaTeX nothing but space, accents and control characters changes."""
    assume(not re.search(r"\\|``|''|--|~|\$", text))
    assert unicode_text(text) == folded(text)
    visible = "".join(text.split())
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        assert "".join(unicode_text(text).split()) == visible


@pytest.mark.parametrize(
    "text", [r"name} unbalanced { and \emph{x}", r"a } -- b", r"\emph{cut off"]
)
def test_unbalanced_braces_stay_where_they_are(text: str) -> None:
    """No brace is lost, moved or invented: such text stays as the authors wrote it."""
    assert unicode_text(text) == text
