"""Identifiers: what people paste is understood or refused, and never misunderstood."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest_plugin.errors import Fault, InputError, one_line, quoted
from digest_plugin.identifiers import ARCHIVES, Identifier, parse_identifier

QUICK = settings(deadline=None, max_examples=200, database=None)


@st.composite
def new_style(draw: st.DrawFn) -> str:
    year = draw(st.integers(7, 40))
    month = draw(st.integers(4 if year == 7 else 1, 12))
    digits = 5 if year >= 15 else 4
    number = draw(st.integers(1, 10**digits - 1))
    return f"{year:02}{month:02}.{number:0{digits}}"


@st.composite
def old_style(draw: st.DrawFn) -> str:
    year = draw(st.integers(1991, 2007))
    first, last = (7 if year == 1991 else 1), (3 if year == 2007 else 12)
    month, number = draw(st.integers(first, last)), draw(st.integers(1, 999))
    archive = draw(st.sampled_from(sorted(ARCHIVES)))
    return f"{archive}/{year % 100:02}{month:02}{number:03}"


VERSIONS = st.none() | st.integers(1, 999)
FORMS = (
    "{}",
    "  {}\n",
    "arXiv:{}",
    "arxiv: {}",
    "https://arxiv.org/abs/{}",
    "http://arxiv.org/abs/{}",
    "arxiv.org/abs/{}",
    "https://www.arxiv.org/abs/{}",
    "https://export.arxiv.org/abs/{}/",
    "HTTPS://ARXIV.ORG/abs/{}",
    "https://arxiv.org/abs/{}?context=cs.CL",
    "https://arxiv.org/abs/{}#bib",
    "https://arxiv.org/pdf/{}",
    "https://arxiv.org/pdf/{}.pdf",
    "https://arxiv.org/pdf/{}.pdf?download=1#page=3",
    "https://arxiv.org/html/{}",
    "https://arxiv.org/html/{}#S3.F2",
    "https://doi.org/10.48550/arXiv.{}",
    "10.48550/arxiv.{}",
    "doi:10.48550/arXiv.{}",
)


@QUICK
@given(base=new_style() | old_style(), version=VERSIONS, form=st.sampled_from(FORMS))
def test_every_identifier_round_trips_through_every_form(
    base: str, version: int | None, form: str
) -> None:
    """However an identifier is pasted, base and version come out, and its text parses to itself."""
    name = base if version is None else f"{base}v{version}"
    identifier = parse_identifier(form.format(name))
    assert identifier == Identifier(base, version)
    assert str(identifier) == name
    assert parse_identifier(str(identifier)) == identifier


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["2403.12150", "0704.0001", "2403.12151v2", "hep-th/9901001", "cs/0703127v1"]
)
def test_the_forms_of_the_requirement(form: str, name: str) -> None:
    """Each form holds for the identifiers that are easiest to break: zeros, versions, slashes."""
    assert str(parse_identifier(form.format(name))) == name


NEAR_IDENTIFIERS = st.from_regex(
    r"(https?://)?(arxiv\.org/(abs|pdf|html)/)?([a-z-]{0,9}/)?[0-9]{3,5}[./]?[0-9]{0,6}(v[0-9]*)?"
    r"(\.pdf)?([?#].*)?",
    fullmatch=True,
)


@QUICK
@given(
    st.text() | NEAR_IDENTIFIERS | st.text("0123456789.v/ abshep-th?#:\n\x1b\u202e٢", max_size=30)
)
@example("２４０３.12151")
@example("2403.12151\n::error::x")
@example("2403.12151v2v3")
@example("x" * 100_000)
@example("a" * 100_000 + "/9901001")
@example("https://arxiv.org/abs/" * 2_000)
@example("\ud800")
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    """Any text gives an identifier that parses to itself, or a ValueError that is safe to print."""
    try:
        identifier = parse_identifier(text)
    except ValueError as error:
        message = str(error)
        assert message.startswith("expected an arXiv ID")
        assert "such as" in message
        assert message.isprintable()
        assert len(message) < 400
    else:
        assert parse_identifier(str(identifier)) == identifier
        assert str(identifier).isascii()
        assert identifier.base in text or "." in text
        assert identifier.version is None or identifier.version > 0
        assert "01" <= identifier.year_month[2:] <= "12"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2413.12151", "there is no month 13"),
        ("2400.12151", "there is no month 00"),
        ("hep-th/9913001", "there is no month 13"),
        ("2403.1215", "trailing zero lost"),
        ("2403.121510", "'0' after it is not a version"),
        ("1412.00001", "4 digits"),
        ("1501.0001", "5 digits"),
        ("2403.00000", "start at 1"),
        ("0703.0001", "start with 0704"),
        ("9901.0001", "5 digits"),
        ("hep-th/9901000", "start at 1"),
        ("hep-th/0704001", "ran from July 1991 to March 2007"),
        ("hep-th/9106001", "ran from July 1991 to March 2007"),
        ("hep-xx/9901001", "no archive 'hep-xx'"),
        ("2403.12151v0", "'v0' after it is not a version"),
        ("2403.12151v", "'v' after it is not a version"),
        ("2403.12151v1000", "'v1000' after it is not a version"),
        ("2403.12151V2", "'V2' after it is not a version"),
        ("2403.12151.pdf", "'.pdf' after it is not a version"),
        ("2403.12151 2403.12152", "is not a version"),
        ("2403,12151", "got '2403,12151'"),
        ("2403.1215e1", "is not a version"),
        ("", "got ''"),
        ("hep-th/99010011", "is not a version"),
        ("HEP-TH/9901001", "got 'HEP-TH/9901001'"),
        ("https://arxiv.org/list/cs.CL/recent", "got 'https://arxiv.org/list/cs.CL/recent'"),
        ("https://arxiv.org.evil.example/abs/2403.12151", "got"),
        ("https://evil.example/arxiv.org/abs/2403.12151", "got"),
        ("https://doi.org/10.1000/2403.12151", "got"),
        ("2403.1215０", "is not a version"),
    ],
)
def test_impossible_identifiers_are_refused_with_the_reason(text: str, reason: str) -> None:
    """What arXiv never gave out is refused, and the message names why and a right example."""
    with pytest.raises(ValueError) as caught:
        parse_identifier(text)
    assert reason in str(caught.value)
    assert "2403.12151v2" in str(caught.value)


def test_the_edges_of_both_schemes_are_identifiers() -> None:
    """The first and last identifiers of each scheme are accepted."""
    for text in ("hep-th/9107001", "math/0703999", "0704.0001", "1412.9999", "1501.00001"):
        assert str(parse_identifier(text)) == text


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("math.GT/0309136", "math/0309136"),
        ("https://arxiv.org/abs/math.GT/0309136v1", "math/0309136"),
        ("arXiv:cs.CL/0703127", "cs/0703127"),
        ("https://arxiv.org/pdf/cond-mat.str-el/0309136", None),
    ],
)
def test_the_subject_class_of_old_identifiers_is_dropped(text: str, base: str | None) -> None:
    """`math.GT/0309136` and `math/0309136` are one paper; other dots are no subject class."""
    if base is None:
        with pytest.raises(ValueError):
            parse_identifier(text)
    else:
        assert parse_identifier(text).base == base


@pytest.mark.parametrize(
    ("text", "year_month"),
    [("2403.12150v3", "2403"), ("0704.0001", "0704"), ("hep-th/9901001v2", "9901")],
)
def test_year_and_month_are_those_of_the_number(text: str, year_month: str) -> None:
    """The month is read from behind the archive, and the version does not change it."""
    assert parse_identifier(text).year_month == year_month


# --- what messages are made of --------------------------------------------------------------


@QUICK
@given(
    st.text() | st.text("\n\r\x1b\x85\u2028\u202e\ud800'\"\\ ", max_size=80), st.integers(4, 300)
)
def test_quoted_and_one_line_are_one_printable_line(text: str, limit: int) -> None:
    """Whatever a file holds, a message that quotes it stays on one line without control codes."""
    for shown in (quoted(text, limit), one_line(text, limit)):
        assert shown.isprintable()
        assert shown.splitlines() == ([shown] if shown else [])
        assert len(shown) <= 10 * limit + 2
    if text.isprintable() and len(text) <= limit and not set(text) & set("'\"\\"):
        assert quoted(text, limit) == f"'{text}'"


@pytest.mark.parametrize("path", ["a\n::error::b.yml", "a\x1b[31m.yml", "a\ud800.yml", "a\r.yml"])
def test_a_file_name_cannot_forge_a_line_of_a_log(path: str) -> None:
    """A fault is one printable line even if the file's name is not."""
    assert str(Fault(path, 3, "expected x")).isprintable()


def test_plain_file_names_stand_as_they_are() -> None:
    """A fault starts with `path:line: `, which editors and terminals can follow."""
    assert str(Fault("docs/摘要 1.yml", 3, "expected x")) == "docs/摘要 1.yml:3: expected x"


def test_an_input_error_holds_every_fault_sorted_by_file_and_line() -> None:
    """All faults at once, in the order in which a person goes through files, 2 before 10."""
    faults = [Fault("b.yml", 1, "x"), Fault("a.yml", 10, "x"), Fault("a.yml", 2, "y")]
    error = InputError(iter(faults))
    assert str(error) == "a.yml:2: y\na.yml:10: x\nb.yml:1: x"
    assert error.faults == tuple(sorted(faults))
