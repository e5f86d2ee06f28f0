"""Corrections and the glossary: what people write is read strictly and wins field by field."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest_plugin.errors import Fault
from digest_plugin.papers import FIELDS, Chinese, Correction
from digest_plugin.people.corrections import read_corrections
from digest_plugin.people.glossary import Term, TermFinder, read_glossary

QUICK = settings(deadline=None, max_examples=150, database=None)


def read(tmp_path: Path, **files: str) -> tuple[dict[str, Correction], list[Fault]]:
    """The corrections in files named like `hep-th/9901001.yml`, and their faults."""
    folder = tmp_path / "docs" / "corrections"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    faults: list[Fault] = []
    corrections = read_corrections(folder, tmp_path, faults)
    for fault in faults:
        assert str(fault).isprintable()
        assert fault.message.startswith("expected ")
    return corrections, faults


def test_a_whole_correction(tmp_path: Path) -> None:
    """Every field arrives on one line, with the file it came from."""
    corrections, faults = read(
        tmp_path,
        **{
            "2403.12151.yml": "title: 标题\nsummary: 一句话。\n"
            "abstract: >\n  第一行 $x_1$\n  第二行\n\nby: 王 小明\n"
        },
    )
    assert faults == []
    assert corrections == {
        "2403.12151": Correction(
            "2403.12151",
            "docs/corrections/2403.12151.yml",
            "标题",
            "一句话。",
            "第一行 $x_1$ 第二行",
            "王 小明",
        )
    }


def test_a_correction_knows_its_version_and_its_lines(tmp_path: Path) -> None:
    """Which version of the paper it is about, and where each field stands, whatever its order."""
    content = "# 校对\nversion: 2\nabstract: |\n  文\n  字\nby:\ntitle: 题\n"
    corrections, faults = read(tmp_path, **{"2403.12151.yml": content})
    assert faults == []
    correction = corrections["2403.12151"]
    assert correction.version == 2
    assert correction.lines == {"version": 2, "abstract": 3, "by": 6, "title": 7}
    assert (correction.title, correction.abstract, correction.by) == ("题", "文 字", None)


@pytest.mark.parametrize("version", ["1", "10", "999", ""])
def test_versions_are_numbers_or_not_given(tmp_path: Path, version: str) -> None:
    """arXiv counts from one."""
    content = f"title: 题\nversion: {version}\n"
    corrections, faults = read(tmp_path, **{"2403.12151.yml": content})
    assert faults == []
    assert corrections["2403.12151"].version == (int(version) if version else None)


@pytest.mark.parametrize("field", FIELDS)
def test_any_one_field_is_enough(tmp_path: Path, field: str) -> None:
    """A correction may name a single text; the others stay open."""
    corrections, faults = read(tmp_path, **{"2403.12151.yml": f"{field}: 文\n"})
    assert faults == []
    correction = corrections["2403.12151"]
    assert [getattr(correction, name) for name in FIELDS] == [
        "文" if name == field else None for name in FIELDS
    ]
    assert correction.by is None
    assert not correction.is_whole


def test_old_identifiers_lie_in_a_folder_of_their_archive(tmp_path: Path) -> None:
    """`hep-th/9901001` is corrected by hep-th/9901001.yml."""
    corrections, faults = read(tmp_path, **{"hep-th/9901001.yml": "title: 文\n"})
    assert faults == []
    assert list(corrections) == ["hep-th/9901001"]


@pytest.mark.parametrize(
    "name",
    [
        "2403.12151v2.yml",
        "2413.12151.yml",
        "2403.1215.yml",
        "notes.yml",
        "math.GT/0309136.yml",
        "2403/2403.12151.yml",
        "arXiv:2403.12151.yml",
        "9901001.yml",
        " 2403.12151.yml",
    ],
)
def test_the_name_must_be_an_identifier_without_version(tmp_path: Path, name: str) -> None:
    """A correction that would never be found is refused instead of being ignored."""
    corrections, faults = read(tmp_path, **{name: "title: 文\n"})
    assert corrections == {}
    assert [(fault.path, fault.line) for fault in faults] == [(f"docs/corrections/{name}", 1)]
    assert "such as 2403.12151.yml" in faults[0].message


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("", 1, "the keys title, summary, abstract, by, version, got none"),
        ("文\n", 1, "the keys title, summary, abstract, by, version, got none"),
        ("# c\n- title: x\n", 2, "the keys title"),
        ("by: me\n", 1, "a text under title, summary or abstract, got none: delete the file"),
        ("title:\nsummary: ''\n", 1, "a text under title"),
        (
            "title: x\nauthor: y\n",
            2,
            "one of the keys title, summary, abstract, by, version; got 'author'",
        ),
        ("title: x\nby: [a, b]\n", 2, "text under 'by', got a list"),
        ("summary:\n  a: b\n", 2, "text under 'summary', got a mapping"),
        ("title: x\ntitle: y\n", 2, "'title' again (first on line 1)"),
        ("title: &a x\n", 1, "write the value out"),
        ("title: x\nabstract: " + "长" * 20_001 + "\n", 2, "at most 20,000 characters"),
        ("title: 'x\n", 1, "YAML"),
        ("title: x\nsummary: y: z\n", 2, "YAML"),
        ("title: x\n---\ntitle: y\n", 2, "one document"),
        ("title: x\nversion: 0\n", 2, "a version such as 2, got '0'"),
        ("title: x\nversion: v2\n", 2, "a version such as 2, got 'v2'"),
        ("title: x\nversion: 1000\n", 2, "a version such as 2, got '1000'"),
        ("title: x\nversion: 1a\n", 2, "a version such as 2, got '1a'"),
        ("title: x\nversion: [2]\n", 2, "text under 'version', got a list"),
        ("version: 2\n", 1, "a text under title, summary or abstract, got none: delete the file"),
    ],
)
def test_what_a_correction_must_not_say(
    tmp_path: Path, content: str, line: int, words: str
) -> None:
    """Each mistake is refused on its line, with what to write instead."""
    corrections, faults = read(tmp_path, **{"2403.12151.yml": content})
    assert corrections == {}
    assert [fault.line for fault in faults] == [line]
    assert words in faults[0].message


def test_all_faults_of_all_corrections_come_at_once(tmp_path: Path) -> None:
    """Broken files hide neither each other nor good ones; no ending is silently ignored."""
    corrections, faults = read(
        tmp_path,
        **{
            "2403.12150.yml": "title: 好\n",
            "2403.12151.yml": "titel: x\nby: [y]\n",
            "2403.12152v1.yml": "note: x\n",
            "2403.12153.yaml": "title: 文\n",
            "README.md": "how to",
        },
    )
    assert list(corrections) == ["2403.12150"]
    assert sorted((Path(fault.path).name, fault.line) for fault in faults) == [
        ("2403.12151.yml", 1),
        ("2403.12151.yml", 2),
        ("2403.12152v1.yml", 1),
        ("2403.12152v1.yml", 1),
        ("2403.12153.yaml", 1),
    ]


def test_a_correction_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """A folder or a dangling link with a correction's name is named, not raised."""
    folder = tmp_path / "docs" / "corrections"
    (folder / "2403.12151.yml").mkdir(parents=True)
    (folder / "2403.12152.yml").symlink_to(tmp_path / "nowhere")
    _, faults = read(tmp_path)
    assert [fault.message.partition(",")[0] for fault in faults] == ["expected a readable file"] * 2


def test_reading_writes_nothing(tmp_path: Path) -> None:
    """What people wrote stays byte for byte, broken or not."""
    content = {"2403.12151.yml": "title:   文  # c\r\n", "x.yml": "a: [\n"}
    read(tmp_path, **content)
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.rglob("*.yml")}
    read(tmp_path)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.rglob("*.yml")} == before
    assert len(before) == 2


TEXTS = st.text("文字 $ab\\0", min_size=1, max_size=6)
MAYBE = st.none() | TEXTS


@QUICK
@given(title=MAYBE, summary=MAYBE, abstract=MAYBE, machine=st.none() | st.just("机"))
def test_a_correction_wins_field_by_field(
    title: str | None, summary: str | None, abstract: str | None, machine: str | None
) -> None:
    """Given fields replace the machine's, others keep it, and nothing is made of nothing."""
    correction = Correction("2403.12151", "x.yml", title, summary, abstract)
    chinese = machine and Chinese(machine, machine, machine)
    applied = correction.applied_to(chinese or None)
    given_texts = (title, summary, abstract)
    assert correction.is_whole == (None not in given_texts)
    if machine is None and None in given_texts:
        assert applied is None
    else:
        assert applied is not None
        expected = tuple(machine if text is None else text for text in given_texts)
        assert (applied.title, applied.summary, applied.abstract) == expected


@QUICK
@given(st.tuples(MAYBE, MAYBE, MAYBE, MAYBE), st.tuples(MAYBE, MAYBE, MAYBE, MAYBE))
def test_the_hash_changes_exactly_with_the_words(
    one: tuple[str | None, ...], other: tuple[str | None, ...]
) -> None:
    """Two corrections have one hash only if they say the same, whatever their files are."""
    first, second = Correction("2403.12151", "a", *one), Correction("2403.12152", "b", *other)
    assert (first.correction_hash == second.correction_hash) == (one == other)
    assert len(first.correction_hash) == 32
    assert set(first.correction_hash) <= set("0123456789abcdef")


# --- the glossary ---------------------------------------------------------------------------


def glossary(tmp_path: Path, content: str | bytes) -> tuple[tuple[Term, ...], list[Fault]]:
    path = tmp_path / "glossary.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults: list[Fault] = []
    terms = read_glossary(path, tmp_path, faults)
    for fault in faults:
        assert fault.path == "glossary.yml"
        assert str(fault).isprintable()
        assert fault.message.startswith("expected ")
    return terms, faults


def test_a_glossary_keeps_its_order_and_its_fields(tmp_path: Path) -> None:
    """A term has a rendering or stays English, and may carry a note."""
    terms, faults = glossary(
        tmp_path,
        "- term: fine-tuning\n  rendering: 微调\n"
        "- term: Transformer\n  keep: true\n  note: 架构名\n"
        "- term: agent\n  rendering: 智能体\n  keep:\n",
    )
    assert [fault.line for fault in faults] == [8]
    terms, faults = glossary(
        tmp_path,
        "- term: fine-tuning\n  rendering: 微调\n  also: 精调、 细调\n"
        "- term: BERT\n  keep: true\n  note: 架构名\n",
    )
    assert faults == []
    assert terms == (
        Term("fine-tuning", "微调", None, ("精调", "细调")),
        Term("BERT", None, "架构名"),
    )
    assert [term.renderings for term in terms] == [("微调", "精调", "细调"), ()]


def test_no_glossary_and_an_empty_one_hold_no_terms(tmp_path: Path) -> None:
    """A glossary is optional."""
    faults: list[Fault] = []
    assert read_glossary(tmp_path / "none.yml", tmp_path, faults) == ()
    assert faults == []
    assert glossary(tmp_path, "# nothing yet\n") == ((), [])
    assert glossary(tmp_path, "[]\n") == ((), [])


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("a: b\n", 1, "a list of terms, each with the key term"),
        ("word\n", 1, "a list of terms"),
        ("- term: a\n  rendering: 甲\n- b\n", 3, "a term with the keys term, rendering, also, keep, note"),
        ("- rendering: 甲\n", 1, "the key term with an English term"),
        ("- term: ''\n  rendering: 甲\n", 1, "the key term with an English term"),
        ("- term: a\n", 1, "either rendering or keep: true for 'a'"),
        ("- term: a\n  rendering: 甲\n  keep: true\n", 1, "either rendering or keep: true for 'a'"),
        ("- term: a\n  rendering: 甲\n  comment: x\n", 3, "one of the keys term, rendering, also, keep, note"),
        ("- term: [a]\n  rendering: 甲\n", 1, "text under 'term', got a list"),
        ("- term: a\n  rendering: 甲\n- term: A\n  rendering: 乙\n", 3, "'A' again (first on line 1)"),
        ("- term: a\n  rendering: " + "长" * 201 + "\n", 2, "at most 200 characters"),
        ("- term: a\n  keep: *x\n", 2, "write the value out"),
        ("- term: a\n  rendering: 甲\n  rendering: 乙\n", 3, "'rendering' again"),
        ("- term: a\n  rendering: [\n", 2, "YAML"),
        (b"- term: a\n  rendering: \xff\n", 2, "UTF-8"),
    ],
)  # fmt: skip
def test_what_a_glossary_must_not_say(
    tmp_path: Path, content: str | bytes, line: int, words: str
) -> None:
    """Each mistake is refused on its line, with what to write instead."""
    _, faults = glossary(tmp_path, content)
    assert any(fault.line == line and words in fault.message for fault in faults)


def test_keep_can_only_be_true(tmp_path: Path) -> None:
    """`keep: false` would be a term without a rendering, so it is refused."""
    for value in ("false", "yes", "no", "True", "[true]"):
        terms, faults = glossary(tmp_path, f"- term: a\n  keep: {value}\n")
        assert terms == ()
        assert (2, "expected true under 'keep', or no such key") in [
            (fault.line, fault.message) for fault in faults
        ]


def test_all_faults_of_a_glossary_come_at_once(tmp_path: Path) -> None:
    """One reading names every mistake and still knows the good terms."""
    terms, faults = glossary(
        tmp_path,
        "- term: a\n- rendering: 甲\n- term: good\n  rendering: 好\n- b\n- term: c\n  x: y\n",
    )
    assert terms == (Term("good", "好"),)
    assert {fault.line for fault in faults} >= {1, 2, 5, 7}


TERMS = (
    Term("agent", "智能体"),
    Term("multi-agent", "多智能体"),
    Term("loss", "损失"),
    Term("C++", None),
    Term("RL", None),
    Term("naïve Bayes", "朴素贝叶斯"),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("An agent.", ["agent"]),
        ("AGENTS act", ["agent"]),
        ("multi-agent systems", ["agent", "multi-agent"]),
        ("reagent and agentic", []),
        ("losses", ["loss"]),
        ("lossless", []),
        ("in C++, RL", ["C++", "RL"]),
        ("URL and RLHF", []),
        ("a Naïve Bayes model", ["naïve Bayes"]),
        ("智能体agent和", []),
        ("(agent)", ["agent"]),
        ("", []),
    ],
)
def test_terms_are_found_as_whole_words_in_the_glossarys_order(text: str, found: list[str]) -> None:
    """Plurals and capitals count, parts of words do not."""
    assert [term.term for term in TermFinder(TERMS).find(text)] == found


@QUICK
@given(st.text(max_size=40), st.text(min_size=1, max_size=6))
def test_the_finder_is_at_ease_with_any_text_and_term(text: str, name: str) -> None:
    """A term is plain text, never a pattern; standing alone between spaces it is always found."""
    term = Term(name, "译")
    assert set(TermFinder((term,)).find(text)) <= {term}
    assert TermFinder((term,)).find(f"{text} {name} {text}") == (term,)
