"""Lists and the YAML they are written in: read strictly, every fault with its line."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest_plugin.errors import Fault
from digest_plugin.identifiers import parse_identifier
from digest_plugin.people.digests import Digest, read_digest, read_digests, with_papers
from digest_plugin.people.strict_yaml import (
    MAX_BYTES,
    MAX_DEPTH,
    List,
    Mapping,
    Node,
    parse_yaml,
    read_yaml,
)

QUICK = settings(deadline=None, max_examples=200, database=None)
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The two differ, for example over a tab behind a word."""


def plain(node: Node | None) -> object:
    """A node as Python's own str, list and dict."""
    if isinstance(node, Mapping):
        return {key.value: plain(value) for key, value in node.items}
    if isinstance(node, List):
        return [plain(item) for item in node.items]
    return node.value if node is not None else None


def read(
    tmp_path: Path, content: str | bytes, name: str = "list.yml"
) -> tuple[Digest | None, list[Fault]]:
    """The digest of a file with this content, and its faults."""
    folder = tmp_path / "docs" / "digests"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults: list[Fault] = []
    return read_digest(path, folder, tmp_path, faults), faults


def good(tmp_path: Path, content: str | bytes, name: str = "list.yml") -> Digest:
    digest, faults = read(tmp_path, content, name)
    assert faults == []
    assert digest is not None
    return digest


def bad(tmp_path: Path, content: str | bytes, name: str = "list.yml") -> list[tuple[int, str]]:
    """Line and message of each fault, after what holds for every fault has been checked."""
    digest, faults = read(tmp_path, content, name)
    assert digest is None
    assert faults
    for fault in faults:
        assert fault.path == f"docs/digests/{name}"
        assert str(fault).isprintable()
        assert fault.message.startswith("expected ")
    return [(fault.line, fault.message) for fault in sorted(faults)]


def ids(digest: Digest) -> list[str]:
    return [str(paper.identifier) for paper in digest.papers]


# --- the reader -----------------------------------------------------------------------------

TREES = st.recursive(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc1~é是: #", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def depth(tree: object) -> int:
    if isinstance(tree, dict):
        return 1 + max(map(depth, tree.values()), default=0)
    return 1 + max(map(depth, tree), default=0) if isinstance(tree, list) else 0


@QUICK
@given(TREES, st.booleans())
def test_what_a_yaml_writer_writes_is_read_back(tree: object, flow: bool) -> None:
    """Text, lists and mappings written by PyYAML come back as they were."""
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, default_style='"')
    text = re.sub(r"^(\s*(?:- )*)!!(?:map|seq) ", r"\1", text)
    faults: list[Fault] = []
    node = parse_yaml(text, "x.yml", faults)
    if depth(tree) <= MAX_DEPTH:
        assert faults == []
        assert plain(node) == tree
    else:
        assert faults


YAMLISH = st.lists(
    st.sampled_from([
        "a", "b", ": ", ":", "- ", "\n", "\n  ", "\n- ", "[", "]", "{", "}", ", ", "&x ", "*x",
        "!t ", "---\n", "...\n", "#c", "'", '"', "|\n", ">-\n", "? ", "%YAML 1.1\n", "<<", "~",
        "\t", "\r", "\ufeff", "\x85", "\u2028", "\x00", "\x1b", "é", "是", "😀", "\ud800", "@",
        "`", "\\", "2403.12150", "yes", "1e3", "0o7", "papers", "=", "\\x41", "!!binary ",
        "!<x> ",
    ]),
    max_size=25,
).map("".join)  # fmt: skip


def lines_of(text: str) -> int:
    """How many lines there are for YAML; the end of a file is no line of its own."""
    breaks = re.findall("\r\n|[\n\r\x85\u2028\u2029]", text)
    return max(1, len(breaks) + (not text.endswith(breaks[-1]) if breaks else 1))


@QUICK
@given(st.text() | YAMLISH)
@example("a: [\n")
@example("\ud800")
@example("a: &x\n")
@example("? [a]\n: b")
@example("{[a]: b, {c: d}: e}")
@example("%YAML 9.9\n---\na")
@example("!<tag:\x41\u202e> a")
@example("&\u202ex a")
@example("[" * 50_000)
@example("- " * 50_000)
@example("{a: " * 5_000)
@example("a" * 200_000 + ": b")
@example("'" + "\n" * 1_000)
def test_any_text_is_read_or_its_faults_have_lines(text: str) -> None:
    """No text makes the reader raise; each fault has a line of the file and a printable message."""
    faults: list[Fault] = []
    node = parse_yaml(text, "x.yml", faults)
    for fault in faults:
        assert 1 <= fault.line <= lines_of(text)
        assert fault.message.isprintable()
        assert fault.message.startswith("expected ")
        assert len(fault.message) < 500
    if node is None and not faults:
        assert yaml.load(text, Loader=LOADER) is None


@QUICK
@given(YAMLISH)
@example("a: 1\nb: yes\nc: ~\nd:\ne: 2403.12150")
@example("<<: {a: b}")
@example("a: |\n  b\n  c\n")
@example("- a\n- b: c\n  d: [e, f]\n")
def test_what_is_accepted_means_what_yaml_says(text: str) -> None:
    """If nothing is faulted, the reader agrees with PyYAML's reader of plain text."""
    faults: list[Fault] = []
    node = parse_yaml(text, "x.yml", faults)
    if not faults:
        assert plain(node) == yaml.load(text, Loader=LOADER)


@pytest.mark.parametrize(
    "scalar",
    "2403.12150 0704.0001 0o17 1e3 yes null ~ 2024-03-20 0x1F 1_000 12:30:45 .inf = true 007".split(),
)
def test_every_scalar_is_text(scalar: str) -> None:
    """YAML's numbers, dates and booleans stay the characters that were typed."""
    faults: list[Fault] = []
    assert plain(parse_yaml(f"- {scalar}\n", "x.yml", faults)) == [scalar]
    assert faults == []


def test_nodes_know_the_line_they_start_on() -> None:
    """Every key, value and item has its own line, comments and block text notwithstanding."""
    text = "# c\na: 1\nb:\n  # c\n  - x\n\n  - |\n    y\n    z\n  - [p,\n     q]\nc: {k: v}\n"
    faults: list[Fault] = []
    node = parse_yaml(text, "x.yml", faults)
    assert faults == []
    assert isinstance(node, Mapping)
    assert [key.line for key, _ in node.items] == [2, 3, 12]
    items = node.items[1][1]
    assert isinstance(items, List)
    assert [item.line for item in items.items] == [5, 7, 10]
    assert isinstance(items.items[2], List)
    assert [item.line for item in items.items[2].items] == [10, 11]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- &x a\n", 1, "'&x': anchors and aliases are not allowed, write the value out"),
        ("- a\n- *x\n", 2, "'*x': anchors and aliases are not allowed, write the value out"),
        ("a:\n  b: !t c\n", 2, "the tag '!t': remove it"),
        ("a: !!python/object/apply:os.system [x]\n", 1, "python/object/apply:os.system': remove"),
        ("a: &x\n  b: c\n", 1, "'&x'"),
        ("a\n---\nb\n", 2, "one document, got another after '---'"),
        ("---\n---\n", 2, "one document"),
        ("a: 1\nb: 2\na: 3\n", 3, "each key once, got 'a' again (first on line 1)"),
        ("x:\n  - a: 1\n    a: 1\n", 3, "'a' again (first on line 2)"),
        ("x: 1\n? [a]\n: b\n", 2, "a key, got a list or mapping"),
        ("a:\n  - b\n c\n", 3, "YAML"),
        ("a: b: c\n", 1, "YAML"),
        ("a:\n\t- b\n", 2, "YAML"),
        ("a: 'b\n", 1, "YAML"),
        ("a: 1\nb: \x1b[31m\n", 2, "control character U+001B"),
        ("a\n\n\0", 3, "control character U+0000"),
    ],
)
def test_what_yaml_can_do_and_lists_must_not(text: str, line: int, words: str) -> None:
    """Anchors, tags, documents, repeated keys and broken YAML are refused on their line."""
    faults: list[Fault] = []
    parse_yaml(text, "x.yml", faults)
    assert faults
    assert faults[0].line == line
    assert words in faults[0].message


def test_nesting_is_allowed_to_the_limit_and_no_further() -> None:
    """Eight levels are read, nine are refused on the line of the ninth."""
    for levels, is_good in ((MAX_DEPTH, True), (MAX_DEPTH + 1, False)):
        text = "".join(f"{'  ' * level}a:\n" for level in range(levels))
        faults: list[Fault] = []
        parse_yaml(text, "x.yml", faults)
        assert (faults == []) is is_good
        if faults:
            assert faults[0].line == MAX_DEPTH + 1
            assert "8 levels" in faults[0].message


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 500_000,
        "{a: " * 200_000,
        "- " * 500_000,
        "a: &a [x, x]\n" + "".join(f"a{n}: &a{n} [*a, *a, *a]\n" for n in range(200)),
        "!" * 500_000,
        '"' + "\\u0041" * 150_000 + '"',
    ],
    ids=["lists", "mappings", "dashes", "aliases", "tags", "escapes"],
)
def test_bombs_go_off_at_once_and_harm_nobody(bomb: str) -> None:
    """Files made to expand or to nest are done with in a moment."""
    began = time.process_time()
    faults: list[Fault] = []
    parse_yaml(bomb, "x.yml", faults)
    assert time.process_time() - began < 2
    assert faults or bomb.startswith('"')


def test_size_is_limited_to_one_mebibyte_exactly(tmp_path: Path) -> None:
    """1 MiB is read; one byte more is refused with the advice to split."""
    path = tmp_path / "x.yml"
    for size, is_good in ((MAX_BYTES, True), (MAX_BYTES + 1, False)):
        path.write_bytes(b"a: b #" + b"x" * (size - 6))
        faults: list[Fault] = []
        node = read_yaml(path, "x.yml", faults)
        assert (plain(node) == {"a": "b"}) is is_good
        assert [fault.message for fault in faults] == (
            [] if is_good else ["expected at most 1 MiB, got more: split the file"]
        )


@pytest.mark.parametrize("encoding", ["gbk", "big5", "latin-1", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_refused(tmp_path: Path, encoding: str) -> None:
    """A file that is not UTF-8 is refused instead of being read as something else."""
    text = "title: caf\u00e9\n" if encoding == "latin-1" else "title: \u6a5f\u5668\n"
    if encoding == "gbk":
        text = "title: 机器学习\n"
    path = tmp_path / "x.yml"
    path.write_bytes(("# x\n" + text).encode(encoding))
    faults: list[Fault] = []
    assert read_yaml(path, "x.yml", faults) is None
    assert len(faults) == 1
    assert faults[0].line == (1 if encoding.startswith("utf") else 2)


def test_utf_8_with_a_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    """What Windows editors save is the same list."""
    digest = good(tmp_path, b"\xef\xbb\xbfpapers:\r\n- 2403.12150\r\n- 2403.12151\r\n")
    assert ids(digest) == ["2403.12150", "2403.12151"]
    assert [paper.line for paper in digest.papers] == [2, 3]


# --- what a list may say --------------------------------------------------------------------


def test_a_bare_list_of_identifiers_is_a_digest(tmp_path: Path) -> None:
    """Identifiers survive unquoted, in every form that people paste, in the file's order."""
    digest = good(
        tmp_path,
        "# from the reading group\n"
        "- 2403.12150\n"
        "- 0704.0001\n"
        '- "1501.00010"\n'
        "- hep-th/9901001  # old style\n"
        "- 2403.12151v2\n"
        "- https://arxiv.org/abs/2403.12152\n"
        "- https://arxiv.org/pdf/2403.12153v1.pdf\n"
        "- https://arxiv.org/html/2403.12154v3?query=1\n"
        "- arXiv:2403.12155\n",
    )
    assert ids(digest) == [
        "2403.12150",
        "0704.0001",
        "1501.00010",
        "hep-th/9901001",
        "2403.12151v2",
        "2403.12152",
        "2403.12153v1",
        "2403.12154v3",
        "2403.12155",
    ]
    assert [paper.line for paper in digest.papers] == list(range(2, 11))
    assert {paper.path for paper in digest.papers} == {digest.path} == {"docs/digests/list.yml"}
    assert (digest.title, digest.date, digest.description, digest.note) == ("list",) + (None,) * 3


def test_a_whole_digest(tmp_path: Path) -> None:
    """Every key of a list and of a paper arrives where it belongs."""
    digest = good(
        tmp_path,
        "title: 本周  论文\n"
        "date: 2024-03-20\n"
        "description: 一句话\n"
        "note: |\n  **编者**\n\n  第二段\n"
        "papers:\n"
        "  - 2403.12150\n"
        "  - id: 2403.12151v2\n    note: 值得一读\n    tags: [微调,  大 模型 , RLHF]\n"
        "  - tags:\n    id: 2403.12152\n    note:\n",
        "week.yml",
    )
    assert (digest.name, digest.title, digest.date) == ("week", "本周 论文", date(2024, 3, 20))
    assert (digest.description, digest.note) == ("一句话", "**编者**\n\n第二段")
    assert ids(digest) == ["2403.12150", "2403.12151v2", "2403.12152"]
    assert digest.papers[1].note == "值得一读"
    assert digest.papers[1].tags == ("微调", "大 模型", "RLHF")
    assert (digest.papers[2].note, digest.papers[2].tags) == (None, ())
    assert [paper.line for paper in digest.papers] == [9, 10, 13]


@settings(deadline=None, max_examples=50, database=None)
@given(
    numbers=st.lists(st.integers(1, 99_999), min_size=1, max_size=30, unique=True),
    wrapped=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_order_in_the_file_is_the_order_of_the_digest(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], wrapped: list[bool]
) -> None:
    """Papers are never sorted, whichever way each is written."""
    names = [f"2403.{number:05}" for number in numbers]
    lines = [
        f"- id: {name}\n" if wrap else f"- {name}\n"
        for name, wrap in zip(names, wrapped, strict=False)
    ]
    folder = tmp_path_factory.mktemp("order")
    assert ids(good(folder, "".join(lines))) == names


@pytest.mark.parametrize(
    ("name", "content", "day", "title"),
    [
        ("2024-03-20.yml", "", date(2024, 3, 20), "2024 年 3 月 20 日"),
        ("2024-03-05-vision.yml", "", date(2024, 3, 5), "2024 年 3 月 5 日 · vision"),
        ("2024/2024-03-20.yml", "", date(2024, 3, 20), "2024 年 3 月 20 日"),
        ("2024-03-20.yml", "title: 视觉\n", date(2024, 3, 20), "视觉"),
        ("2024-03-20.yml", "date: 2024-03-21\n", date(2024, 3, 21), "2024-03-20"),
        ("2024-02-30.yml", "date: 2024-03-01\n", date(2024, 3, 1), "2024-02-30"),
        ("2024-03-20.yml", "date:\ntitle: ''\n", date(2024, 3, 20), "2024 年 3 月 20 日"),
        ("2024-03-201.yml", "", None, "2024-03-201"),
        ("视觉 (1).yml", "", None, "视觉 (1)"),
        ("v1.2.yml", "", None, "v1.2"),
        ("a/b/深度.yml", "date: '2024-03-20'\n", date(2024, 3, 20), "深度"),
        ("2024/03/20.yml", "", date(2024, 3, 20), "2024 年 3 月 20 日"),
        ("a/2024/03/20-x.yml", "", date(2024, 3, 20), "2024 年 3 月 20 日 · x"),
        ("03/20.yml", "", None, "20"),
        ("com0.yml", "", None, "com0"),
        ("lpt10.yml", "", None, "lpt10"),
        ("md.yml", "", None, "md"),
    ],
)
def test_date_and_title_come_from_the_key_or_else_from_the_name(
    tmp_path: Path, name: str, content: str, day: date | None, title: str
) -> None:
    """A given date or title wins; else the name is a date, and else it is the title."""
    digest = good(tmp_path, f"{content}papers: [2403.12150]\n", name)
    assert (digest.date, digest.title) == (day, title)
    assert digest.name == name.removesuffix(".yml")


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("", 1, "a list of arXiv IDs (lines such as '- 2403.12151'), got an empty file"),
        ("# only a comment\n", 1, "got an empty file"),
        ("---\n", 1, "a list of arXiv IDs (lines such as '- 2403.12151')"),
        ("[]\n", 1, "at least one paper"),
        ("title: x\npapers: []\n", 2, "at least one paper"),
        ("title: x\n", 1, "the key papers with a list of arXiv IDs"),
        ("papers:\n", 1, "a list of arXiv IDs (lines such as '- 2403.12151'), got nothing"),
        ("2403.12151\n", 1, "got '2403.12151'"),
        ("papers: 2403.12151\n", 1, "got '2403.12151'"),
        ("papers:\n  id: 2403.12151\n", 2, "a list of arXiv IDs (lines such as '- 2403.12151'), got something else"),
        ("- 2403.12151\n- [\n", 2, "YAML"),
        ("- 2403.12151\n- 2413.12151\n", 2, "there is no month 13"),
        ("- 2403.1215\n", 1, "trailing zero"),
        ("- 2403.12151\n- https://arxiv.org/abs/2403.12151v3\n", 2, "2403.12151 again (first on line 1): remove"),
        ("- math.GT/0309136\n- id: math/0309136\n", 2, "math/0309136 again"),
        ("- 2403.12151\n-\n", 2, "arXiv ID such as"),
        ("- [2403.12151]\n", 1, "an arXiv ID, got a list"),
        ("- note: x\n", 1, "the key id with an arXiv ID"),
        ("- 2403.12150\n- id: [2403.12151]\n", 2, "an arXiv ID under 'id'"),
        ("- id:\n    a: b\n", 2, "an arXiv ID under 'id'"),
        ("- id: 2403.12151\n  title: x\n", 2, "one of the keys id, note, tags; got 'title'"),
        ("papers: [2403.12151]\npaper: x\n", 2, "one of the keys papers, title, date, description, note; got 'paper'"),
        ("papers: [2403.12151]\n<<: {title: x}\n", 2, "got '<<'"),
        ("papers: [2403.12151]\ntitle: [x]\n", 2, "text under 'title', got a list"),
        ("papers: [2403.12151]\nnote:\n  a: b\n", 3, "text under 'note', got a mapping"),
        ("papers: [2403.12151]\ndate: 20.3.2024\n", 2, "a date such as 2024-03-20, got '20.3.2024'"),
        ("papers: [2403.12151]\ndate: 2024-02-30\n", 2, "a date such as 2024-03-20"),
        ("papers: [2403.12151]\ndate: 2024-3-20\n", 2, "a date such as 2024-03-20"),
        ("papers: [2403.12151]\ndate: 2024-03-20T10:00:00\n", 2, "a date such as"),
        ("papers: [2403.12151]\ndate: 20240320\n", 2, "a date such as"),
        ("papers: [2403.12151]\ndate: ２０２４-03-20\n", 2, "a date such as"),
        ("papers: [2403.12151]\ndate: 0000-01-01\n", 2, "a date such as"),
        ("- id: 2403.12151\n  tags: 微调\n", 2, "a list under 'tags', such as [微调, 安全]"),
        ("- id: 2403.12151\n  tags:\n  - a\n  - A\n", 4, "each tag once, got 'A'"),
        ("- id: 2403.12151\n  tags: [A, a]\n", 2, "each tag once, got 'a'"),
        ("- id: 2403.12151\n  tags: ['!']\n", 2, "a tag of 1 to 40 characters with a letter"),
        ("- id: 2403.12151\n  tags: [" + "a" * 41 + "]\n", 2, "a tag of 1 to 40 characters"),
        ("- id: 2403.12151\n  tags: ['']\n", 2, "a tag of 1 to 40"),
        ("- id: 2403.12151\n  tags: [[a]]\n", 2, "got a list or mapping"),
        ('- id: 2403.12151\n  tags: ["a\\u202eb"]\n', 2, "a tag of 1 to 40"),
        ("- id: 2403.12151\n  note: " + "x" * 20_001 + "\n", 2, "at most 20,000 characters under 'note', got 20,001"),
        ("- 2403.12151\n- 2403.12152\n---\n- 2403.12153\n", 3, "one document"),
        ("- &a 2403.12151\n", 1, "write the value out"),
        ("- id: 2403.12151\n  id: 2403.12152\n", 2, "'id' again (first on line 1)"),
    ],
)  # fmt: skip
def test_what_a_list_must_not_say(tmp_path: Path, content: str, line: int, words: str) -> None:
    """Each mistake is refused on its line, with what to write instead."""
    faults = bad(tmp_path, content)
    assert [found for found, _ in faults] == [line]
    assert words in faults[0][1]


def test_the_faults_of_a_list_come_all_at_once(tmp_path: Path) -> None:
    """One reading names every mistake in the file, its name's included."""
    faults = bad(
        tmp_path,
        "titel: x\n"
        "date: tomorrow\n"
        "papers:\n"
        "- 2413.00001\n"
        "- 2403.12151\n"
        "- 2403.12151v2\n"
        "- id: 2403.12152\n"
        "  tags: x\n"
        "  nota: y\n"
        "- *a\n"
        "title: [x]\n",
        "_x.yml",
    )
    assert sorted({line for line, _ in faults}) == [1, 2, 4, 6, 8, 9, 10, 11]
    assert sum(line == 1 for line, _ in faults) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("index.yml", "which is taken"),
        ("README.yml", "which is taken"),
        ("a/Index.yml", "which is taken"),
        ("_draft.yml", "expected a file name of letters"),
        ("a#b.yml", "got 'a#b'"),
        ("a?b.yml", "got 'a?b'"),
        ("a%20b.yml", "got 'a%20b'"),
        ("<b>.yml", "got '<b>'"),
        ("a'b.yml", "got"),
        ("..yml", "expected a file name"),
        ("a .yml", "got 'a '"),
        ("-x/y.yml", "got '-x'"),
        ("2024-02-30.yml", "there is no such day"),
        ("2024-13-01-x.yml", "there is no such day"),
        ("con.yml", "which is taken"),
        ("a/PRN.yml", "which is taken"),
        ("aux/b.yml", "which is taken"),
        ("nul.yml", "which is taken"),
        ("com1.yml", "which is taken"),
        ("Com9.yml", "which is taken"),
        ("lpt1.yml", "which is taken"),
        ("lpt9.yml", "which is taken"),
        ("week.md.yml", "does not look like an export's, got 'week.md'"),
        ("a/week.JSON.yml", "does not look like an export's, got 'a/week.JSON'"),
        ("week.bib.yml", "does not look like an export's"),
        ("week.html.yml", "does not look like an export's"),
    ],
)
def test_names_that_make_no_address_are_refused(tmp_path: Path, name: str, words: str) -> None:
    """A file's name becomes an address and perhaps a date, or is refused."""
    faults = bad(tmp_path, "- 2403.12151\n", name)
    assert [line for line, _ in faults] == [1]
    assert words in faults[0][1]


def test_a_name_with_a_line_break_makes_one_line_of_log(tmp_path: Path) -> None:
    """Not even a file's name can start a line of its own in a log."""
    _, faults = read(tmp_path, "- 2403.12151\n", "a\n::error::b.yml")
    assert faults
    assert all(str(fault).isprintable() for fault in faults)


# --- adding papers ---------------------------------------------------------------------------


def added(tmp_path: Path, text: str, *names: str) -> str:
    digest = good(tmp_path, text)
    return with_papers(text, digest, [parse_identifier(name) for name in names])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- 2403.12150\n", "- 2403.12150\n- 2403.12159\n"),
        ("- 2403.12150", "- 2403.12150\n- 2403.12159\n"),
        (
            "# a\npapers:  # b\n  - 2403.12150  # c\n\n# d\ntitle: x\n",
            "# a\npapers:  # b\n  - 2403.12150  # c\n  - 2403.12159\n\n# d\ntitle: x\n",
        ),
        (
            "papers:\n- id: 2403.12150\n  note: |\n    - a\n\n    - b\n  tags:\n  - c\nnote: x\n",
            "papers:\n- id: 2403.12150\n  note: |\n    - a\n\n    - b\n  tags:\n  - c\n- 2403.12159\nnote: x\n",
        ),
        ("- 2403.12150\r\n- 2403.12151\r\n", "- 2403.12150\r\n- 2403.12151\r\n- 2403.12159\r\n"),
        ("- # new\n  id: 2403.12150\n", "- # new\n  id: 2403.12150\n- 2403.12159\n"),
    ],
)
def test_papers_are_added_below_the_last_and_all_else_stays(
    tmp_path: Path, text: str, expected: str
) -> None:
    """Comments, notes, other keys and line ends stay as they were written."""
    assert added(tmp_path, text, "2403.12159") == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[2403.12150]\n", "2403.12159"),
        ("papers: [2403.12150, 2403.12151]\ntitle: x\n", "2403.12159"),
        ("papers: [\n  2403.12150,\n]\n", "2403.12159"),
        ("- 2403.12150\n", "2403.12150v3"),
        ("note: |\n  - x\npapers: [2403.12150]\n", "2403.12159"),
    ],
)
def test_what_cannot_be_added_line_by_line_is_refused(tmp_path: Path, text: str, name: str) -> None:
    """A list in brackets, or a paper that is there already, is no place for a new line."""
    with pytest.raises(ValueError, match="expected a list with one paper a line"):
        added(tmp_path, text, name)


# --- folders --------------------------------------------------------------------------------


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def test_every_list_below_the_folder_is_read_and_one_paper_may_be_in_many(tmp_path: Path) -> None:
    """Lists are ordered by name; repeating a paper in another list is no fault."""
    write(tmp_path, b_yml="- 2403.12150\n", a_yml="- 2403.12150\n", sub__c_yml="- 2403.12150v1\n")
    write(tmp_path, x_md="not a list", x_txt="- nonsense")
    (tmp_path / ".hidden.yml").write_text("nonsense")
    faults: list[Fault] = []
    digests = read_digests(tmp_path, tmp_path, faults)
    assert faults == []
    assert [digest.name for digest in digests] == ["a", "b", "sub/c"]
    assert [digest.path for digest in digests] == ["a.yml", "b.yml", "sub/c.yml"]


def test_faults_of_all_lists_come_together_and_good_lists_are_read_still(tmp_path: Path) -> None:
    """One broken list hides neither another's faults nor another's papers."""
    write(tmp_path, a_yml="- x\n", b_yml="- 2403.12150\n", c_yml="- 2413.12150\n", d_yaml="- a\n")
    (tmp_path / "e.yml").mkdir()
    (tmp_path / "f.yml").symlink_to(tmp_path / "nowhere")
    faults: list[Fault] = []
    digests = read_digests(tmp_path, tmp_path, faults)
    assert [digest.name for digest in digests] == ["b"]
    assert {fault.path for fault in faults} == {"a.yml", "c.yml", "d.yaml", "e.yml", "f.yml"}
    messages = {fault.path: fault.message for fault in faults}
    assert messages["d.yaml"] == "expected a name that ends in .yml"
    assert messages["e.yml"].startswith("expected a readable file, got: ")
    assert messages["f.yml"].startswith("expected a readable file, got: ")


def test_names_that_differ_in_case_alone_are_one_name(tmp_path: Path) -> None:
    """Some disks cannot hold both, nor can a site be copied there."""
    write(tmp_path, Week_yml="- 2403.12150\n", week_yml="- 2403.12151\n", x_yml="- 2403.12152\n")
    faults: list[Fault] = []
    digests = read_digests(tmp_path, tmp_path, faults)
    assert {digest.name for digest in digests} == {"Week", "week", "x"}
    assert [(fault.path, fault.line, fault.message) for fault in faults] == [
        (
            "week.yml",
            1,
            "expected a name that differs from Week.yml in more than upper and lower case",
        )
    ]


def test_what_can_be_read_of_lists_with_faults_is_there(tmp_path: Path) -> None:
    """But for a list whose name makes no address."""
    write(tmp_path, index_yml="- 2403.12150\n", a_yml="- id: 2403.12151\n  tags: x\n- 2413.00001\n")
    faults: list[Fault] = []
    (digest,) = read_digests(tmp_path, tmp_path, faults)
    assert [(str(it.identifier), it.tags) for it in digest.papers] == [("2403.12151", ())]
    assert sorted((fault.path, fault.line) for fault in faults) == [
        ("a.yml", 2), ("a.yml", 3), ("index.yml", 1),
    ]  # fmt: skip


def test_a_date_that_is_none_is_one_fault(tmp_path: Path) -> None:
    """Whatever the file is called."""
    faults = bad(tmp_path, "date: soon\npapers: [2403.12150]\n", "2024-02-30.yml")
    assert [line for line, _ in faults] == [1]
    assert "got 'soon'" in faults[0][1]


def test_a_tag_may_have_forty_characters(tmp_path: Path) -> None:
    """And is one line of plain text."""
    digest = good(tmp_path, f"- id: 2403.12150\n  tags: [{'深' * 40}]\n")
    assert digest.papers[0].tags == ("深" * 40,)


def test_a_folder_that_is_not_there_holds_no_lists(tmp_path: Path) -> None:
    """No folder is no fault."""
    faults: list[Fault] = []
    assert read_digests(tmp_path / "none", tmp_path, faults) == ()
    assert faults == []


def test_lists_outside_the_root_are_shown_with_their_whole_path(tmp_path: Path) -> None:
    """Where no relative path is to be had, the absolute one stands in messages."""
    write(tmp_path, lists__a_yml="- x\n")
    faults: list[Fault] = []
    read_digests(tmp_path / "lists", tmp_path / "site", faults)
    assert [fault.path for fault in faults] == [(tmp_path / "lists" / "a.yml").as_posix()]


@settings(deadline=None, max_examples=100, database=None)
@given(st.text(max_size=60) | YAMLISH | st.binary(max_size=60))
@example("- 2403.12151\n- |\n  2403.12151\n")
@example("papers: *x\n")
def test_any_file_is_a_digest_or_has_faults(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    """Whatever a file holds, there is either a digest with papers or a fault, never both."""
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    digest, faults = read(tmp_path_factory.getbasetemp() / "any", raw)
    assert (digest is None) is bool(faults)
    assert digest is None or digest.papers
    for fault in faults:
        assert str(fault).isprintable()
        assert 1 <= fault.line <= lines_of(raw.decode("utf-8", "replace"))
