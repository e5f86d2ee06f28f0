"""Records on disk, and the whole that lists, records and corrections make."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest_plugin.errors import Fault, InputError
from digest_plugin.identifiers import Identifier
from digest_plugin.machine.files import LEFT_BEHIND, write_whole
from digest_plugin.papers import Author, Chinese, Correction, CorrectionSeen, Paper, Record, Written
from digest_plugin.people.digests import Digest, ListedPaper
from digest_plugin.records.contents import (
    Entry,
    Folders,
    english_changed,
    newest_first,
    read_contents,
)
from digest_plugin.records.store import PaperStore, StoreError, record_json

QUICK = settings(deadline=None, max_examples=100, database=None)

PAPER = Paper(
    id="2403.12151",
    version=2,
    title="On $k$-means",
    authors=(Author("Paul Erdős", ("Budapest", "北京大学")), Author("李 明")),
    abstract='We "show" $\\beta \\nabla$.',
    categories=("cs.LG", "stat.ML"),
    primary_category="cs.LG",
    published=datetime(2024, 3, 18, 17, 59, 59, tzinfo=UTC),
    updated=datetime(2024, 3, 20, 1, 2, 3, tzinfo=UTC),
    comment="10 pages",
    journal_ref="J. 1 (2024)",
    doi="10.1000/x",
    links=("https://arxiv.org/abs/2403.12151v2", "https://arxiv.org/pdf/2403.12151v2"),
    withdrawn=True,
)
CHINESE = Chinese("论 $k$ 均值", "一句话。", "我们证明 $\\beta \\nabla$。")
WRITTEN = Written("m", "p1", PAPER.source_hash, date(2024, 3, 21), 10, 20)
FULL = Record(PAPER, CHINESE, WRITTEN, CorrectionSeen("c" * 32, PAPER.source_hash))
BARE = Record(
    Paper("2403.12151", 1, "T", (), "A", ("cs.LG",), "cs.LG", PAPER.published, PAPER.updated)
)
NEWEST = Identifier("2403.12151")


@pytest.fixture
def store(tmp_path: Path) -> PaperStore:
    return PaperStore(tmp_path / "docs" / "papers", tmp_path)


def put(store: PaperStore, content: str | bytes, identifier: Identifier = NEWEST) -> Path:
    """Write a record's file as a hand or another program would."""
    path = store.path(identifier)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(store: PaperStore, content: str | bytes) -> Fault:
    """The one fault of a broken record."""
    put(store, content)
    with pytest.raises(InputError) as caught:
        store.load(NEWEST)
    (fault,) = caught.value.faults
    assert fault.path == "docs/papers/2403/2403.12151.json"
    assert str(fault).isprintable()
    assert "arxiv-digest update" in fault.message
    return fault


# --- where and how records lie --------------------------------------------------------------


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        (Identifier("2403.12151"), "2403/2403.12151.json"),
        (Identifier("2403.12151", 2), "2403/2403.12151v2.json"),
        (Identifier("hep-th/9901001"), "9901/hep-th/9901001.json"),
        (Identifier("hep-th/9901001", 3), "9901/hep-th/9901001v3.json"),
    ],
)
def test_records_lie_by_month(store: PaperStore, identifier: Identifier, path: str) -> None:
    """No folder grows without end, and each record is found again under its name."""
    assert store.path(identifier) == store.folder / path
    record = replace(
        FULL, paper=replace(PAPER, id=identifier.base, version=identifier.version or 1)
    )
    store.save(identifier, record)
    assert store.load(identifier) == record
    faults: list[Fault] = []
    assert list(store.identifiers(faults)) == [identifier]
    assert faults == []


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TIMES = st.datetimes(timezones=st.just(UTC))
MAYBE = st.none() | TEXT
RECORDS = st.builds(
    Record,
    paper=st.builds(
        Paper,
        id=st.just("2403.12151"),
        version=st.integers(1, 99),
        title=TEXT,
        authors=st.lists(
            st.builds(Author, TEXT, st.lists(TEXT, max_size=2).map(tuple)), max_size=3
        ).map(tuple),
        abstract=TEXT,
        categories=st.lists(TEXT, max_size=3).map(tuple),
        primary_category=TEXT,
        published=TIMES,
        updated=TIMES,
        comment=MAYBE,
        journal_ref=MAYBE,
        doi=MAYBE,
        links=st.lists(TEXT, max_size=2).map(tuple),
        withdrawn=st.booleans(),
    ),
    chinese=st.none() | st.builds(Chinese, TEXT, TEXT, TEXT),
    written=st.none()
    | st.builds(Written, TEXT, TEXT, TEXT, st.dates(), st.integers(0), st.integers(0)),
    correction_seen=st.none() | st.builds(CorrectionSeen, TEXT, TEXT),
)


@QUICK
@given(RECORDS)
@example(FULL)
@example(BARE)
def test_every_record_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, record: Record
) -> None:
    """What is saved is loaded, and saving what was loaded changes not one byte."""
    folder = tmp_path_factory.getbasetemp() / "round"
    store = PaperStore(folder, folder)
    store.save(NEWEST, record)
    content = store.path(NEWEST).read_bytes()
    loaded = store.load(NEWEST)
    assert loaded == record
    assert loaded is not None
    assert record_json(loaded).encode() == content


@QUICK
@given(RECORDS)
def test_keys_are_sorted_and_text_is_not_escaped(record: Record) -> None:
    """A record reads well in a diff: one value a line, keys in order, Chinese as Chinese."""
    text = record_json(record)

    def ordered(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert [key for key, _ in pairs] == sorted(key for key, _ in pairs)
        return dict(pairs)

    data = json.loads(text, object_pairs_hook=ordered)
    assert text == json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert None not in data.values()
    if record.chinese is not None and record.chinese.title.isalnum():
        assert f'"title": "{record.chinese.title}"' in text


def test_a_record_as_it_lies_on_disk(store: PaperStore) -> None:
    """Chinese and formulas can be read in the file, and what says nothing is left out."""
    store.save(NEWEST, FULL)
    lines = store.path(NEWEST).read_text("utf-8").splitlines()
    assert lines[:5] == [
        "{",
        ' "chinese": {',
        '  "abstract": "我们证明 $\\\\beta \\\\nabla$。",',
        '  "summary": "一句话。",',
        '  "title": "论 $k$ 均值"',
    ]
    assert "\\u" not in record_json(FULL)
    assert set(json.loads(record_json(BARE))) == {"paper"}
    assert "comment" not in json.loads(record_json(BARE))["paper"]


# --- writing --------------------------------------------------------------------------------


def test_an_unchanged_record_is_not_rewritten(store: PaperStore) -> None:
    """Saving the same again leaves the very same file, so that nothing that watches it stirs."""
    store.save(NEWEST, FULL)
    path = store.path(NEWEST)
    os.utime(path, ns=(1, 1))
    before = path.stat()
    loaded = store.load(NEWEST)
    assert loaded is not None
    store.save(NEWEST, loaded)
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (1, before.st_ino)
    store.save(NEWEST, replace(FULL, chinese=None, written=None))
    assert path.stat().st_mtime_ns != 1
    assert path.stat().st_ino != before.st_ino


def test_a_save_leaves_one_file_that_everybody_may_read(store: PaperStore) -> None:
    """No temporary file stays, and a web server's user can read what was written."""
    for record in (BARE, FULL):
        store.save(NEWEST, record)
    (found,) = [path for path in store.folder.rglob("*") if path.is_file()]
    assert found == store.path(NEWEST)
    assert found.stat().st_mode & 0o777 == 0o644


def test_a_save_that_fails_leaves_nothing_behind(store: PaperStore) -> None:
    """If the record cannot be put in place, what was there stays and nothing is added."""
    path = store.path(NEWEST)
    (path / "in the way").mkdir(parents=True)
    with pytest.raises(StoreError):
        store.save(NEWEST, FULL)
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_text_that_cannot_be_stored_leaves_the_old_record(store: PaperStore) -> None:
    """Half a surrogate pair is refused before anything is touched."""
    store.save(NEWEST, FULL)
    before = store.path(NEWEST).read_bytes()
    with pytest.raises(ValueError):
        store.save(NEWEST, replace(FULL, chinese=replace(CHINESE, title="\ud800")))
    assert [path.read_bytes() for path in store.folder.rglob("*") if path.is_file()] == [before]


def test_readers_never_see_half_a_record(store: PaperStore) -> None:
    """While one thread writes without pause, every load gives the one record or the other."""
    long = replace(FULL, chinese=replace(CHINESE, abstract="长" * 200_000))
    records = (BARE, long)
    store.save(NEWEST, BARE)
    done = threading.Event()

    def write() -> None:
        for turn in range(60):
            store.save(NEWEST, records[turn % 2])
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = 0
    try:
        while not done.is_set():
            assert store.load(NEWEST) in records
            seen += 1
    finally:
        thread.join()
    assert seen > 5


def test_writers_at_the_same_time_do_not_trip_over_each_other(store: PaperStore) -> None:
    """Many threads may save the same and different records into folders that do not exist yet."""
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(10):
                identifier = Identifier(f"2403.{10001 + turn}")
                paper = replace(PAPER, id=identifier.base, title=f"{number}")
                store.save(identifier, Record(paper))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    faults: list[Fault] = []
    identifiers = list(store.identifiers(faults))
    assert len(identifiers) == 10
    assert faults == []
    assert all(store.load(identifier) is not None for identifier in identifiers)


WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from digest_plugin.identifiers import Identifier
from digest_plugin.records.store import PaperStore, StoreError
folder = Path(sys.argv[1])
store = PaperStore(folder, folder)
identifier = Identifier("2403.12151")
record = store.load(identifier)
turn = 0
while True:
    turn += 1
    abstract = "长" * (100_000 + turn)
    store.save(identifier, replace(record, chinese=replace(record.chinese, abstract=abstract)))
    if turn == 3:
        print("writing", flush=True)
"""


def test_a_writer_that_is_killed_leaves_a_whole_record(store: PaperStore) -> None:
    """SIGKILL in the middle of writing costs the newest text at most, never the record."""
    store.save(NEWEST, FULL)
    root = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(store.folder)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
    record = store.load(NEWEST)
    assert record is not None
    assert record.chinese is not None
    assert set(record.chinese.abstract) == {"长"}
    faults: list[Fault] = []
    assert list(store.identifiers(faults)) == [NEWEST]
    assert faults == []


def test_what_a_killed_run_left_half_written_goes_when_it_is_old(store: PaperStore) -> None:
    """A young file may be another program's that is writing at this moment; other names are not
    ours."""
    ages = {
        "2403/.abcd1_23.tmp": 2 * LEFT_BEHIND, "runs/.zzzzzzzz.tmp": 2 * LEFT_BEHIND,
        "2403/.abcd1_24.tmp": LEFT_BEHIND / 2, "2403/.mine.tmp": 2 * LEFT_BEHIND,
    }  # fmt: skip
    for name, age in ages.items():
        path = store.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"half": ')
        os.utime(path, (time.time() - age,) * 2)
    with store.one_run_at_a_time():
        there = [name for name in ages if (store.folder / name).exists()]
    assert there == ["2403/.abcd1_24.tmp", "2403/.mine.tmp"]


def test_runs_that_begin_at_the_same_moment_are_told_apart(
    store: PaperStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One works, the others are told that it does, and not that the disk is at fault."""

    def slowly(path: Path, content: bytes, **options: bool) -> None:
        write_whole(path, content, **options)
        time.sleep(0.005)

    monkeypatch.setattr("digest_plugin.records.store.write_whole", slowly)
    at_work, most, said = 0, 0, []
    start = threading.Barrier(4)

    def begin() -> None:
        nonlocal at_work, most
        for _ in range(10):
            start.wait()
            try:
                with store.one_run_at_a_time():
                    at_work += 1
                    most = max(most, at_work)
                    time.sleep(0.001)
                    at_work -= 1
            except StoreError as error:
                said.append(str(error))

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == 1
    assert 0 < len(said) < 40
    assert {text.partition(": ")[2] for text in said} == {
        "another run is at work here: wait until it ends"
    }


# --- reading --------------------------------------------------------------------------------


def test_a_paper_without_a_record_has_none(store: PaperStore) -> None:
    """Neither a missing file nor a missing folder is an error, nor a file in the folder's place."""
    assert store.load(NEWEST) is None
    assert store.load(Identifier("2403.12151", 2)) is None
    assert list(store.identifiers([])) == []
    store.folder.mkdir(parents=True)
    (store.folder / "2403").write_text("a file")
    assert store.load(NEWEST) is None


def test_a_version_is_read_from_its_own_record_or_from_the_newest_that_is_it(
    store: PaperStore,
) -> None:
    """A list that asks for version 2 gets version 2 or nothing, never another version."""
    store.save(NEWEST, FULL)  # version 2
    assert store.load(Identifier("2403.12151", 2)) == FULL
    assert store.load(Identifier("2403.12151", 1)) is None
    assert store.load(Identifier("2403.12151", 3)) is None
    first = replace(FULL, paper=replace(PAPER, version=1))
    store.save(Identifier("2403.12151", 1), first)
    assert store.load(Identifier("2403.12151", 1)) == first
    assert store.load(NEWEST) == FULL


def test_a_record_of_another_version_is_refused(store: PaperStore) -> None:
    """A file named for version 3 that holds version 2 is as wrong as one of another paper."""
    third = Identifier("2403.12151", 3)
    put(store, record_json(FULL), third)
    with pytest.raises(InputError) as caught:
        store.load(third)
    assert caught.value.faults[0].path == "docs/papers/2403/2403.12151v3.json"


def test_a_record_of_another_paper_is_refused(store: PaperStore) -> None:
    """A copied file does not pass for another paper."""
    other = record_json(replace(FULL, paper=replace(PAPER, id="2403.12152\n::error::x")))
    fault = refusal(store, other)
    assert "expected the record of 2403.12151, got that of 2403.12152" in fault.message


LINES = record_json(FULL).splitlines()


def line_of(start: str, below: str = "") -> int:
    """The number of the line that starts with `start`, behind the one that starts with `below`."""
    first = next(n for n, line in enumerate(LINES) if line.strip().startswith(below))
    return next(
        n for n, line in enumerate(LINES, 1) if n > first and line.strip().startswith(start)
    )


def with_line(number: int, text: str) -> str:
    return "\n".join([*LINES[: number - 1], text, *LINES[number:]]) + "\n"


@pytest.mark.parametrize(
    ("start", "below", "text"),
    [
        ('"title"', '"chinese"', '"title": 5'),
        ('"title"', '"paper"', '"title": 5,'),
        ('"abstract"', '"paper"', '"abstract": null,'),
        ('"version"', '"paper"', '"version": "2",'),
        ('"version"', '"paper"', '"version": 2.5,'),
        ('"published"', '"paper"', '"published": "yesterday",'),
        ('"withdrawn"', '"paper"', '"withdrawn": "yes"'),
        ('"authors"', '"paper"', '"authors": "me", "x": ['),
        ('"source_hash"', '"written"', '"source_hash": []'),
        ('"source_hash"', '"correction_seen"', '"source_hash": []'),
        ('"day"', '"written"', '"day": "2024-02-30",'),
        ('"input_tokens"', '"written"', '"input_tokens": true,'),
    ],
)
def test_a_wrong_value_is_refused_on_its_line(
    store: PaperStore, start: str, below: str, text: str
) -> None:
    """The message leads to the very line of the value, though keys occur more than once."""
    number = line_of(start, below)
    fault = refusal(store, with_line(number, text))
    assert fault.line == number
    assert start.strip('"') in fault.message


def test_broken_json_is_refused_on_its_line(store: PaperStore) -> None:
    """Conflict marks, cut files and other encodings are named with the line they begin on."""
    assert refusal(store, with_line(4, "<<<<<<< HEAD")).line == 4
    assert refusal(store, "{\n").line == 1, "the end of the file is no line of its own"
    assert refusal(store, "\n".join(LINES[:7])).line in {7, 8}
    assert refusal(store, "").line == 1
    assert refusal(store, "not json").line == 1
    latin = record_json(FULL).encode().replace("Erdős".encode(), b"Erd\xf5s")
    assert refusal(store, latin).line == latin[: latin.index(b"\xf5")].count(b"\n") + 1


@pytest.mark.parametrize(
    "content",
    [
        "null",
        "[]",
        "{}",
        '"text"',
        "1" * 5_000,
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"paper": {}}',
        '{"paper": null}',
        b"\xff\xfe{\x00}\x00",
        b"\x00" * 50,
        "\ufeff{}",
        '{"paper": "\\ud800"}',
        "NaN",
        '{"\\u001b[31m": 1}',
    ],
    ids=range(15),
)
def test_whatever_is_no_record_is_refused(store: PaperStore, content: str | bytes) -> None:
    """Nothing that a file may hold does more than to be refused."""
    assert refusal(store, content).line == 1


@pytest.mark.parametrize("key", ["title", "abstract", "authors", "version", "published", "id"])
def test_a_missing_key_is_refused_by_name(store: PaperStore, key: str) -> None:
    """A record that lacks something says what, on the line of what lacks it."""
    data = json.loads(record_json(BARE))
    del data["paper"][key]
    fault = refusal(store, json.dumps(data, indent=1))
    assert f"paper.{key}" in fault.message
    assert fault.line == 2


def test_identifiers_are_listed_in_order_and_strangers_are_named(store: PaperStore) -> None:
    """Files that no identifier would lead to are faults; other endings and hidden ones are not."""
    for name in ("2403.12151", "2403.12150v2", "hep-th/9901001", "2402.00001"):
        base, _, version = name.partition("v")
        identifier = Identifier(base, int(version) if version else None)
        put(store, "{}", identifier)
    strangers = ("x.json", "2403/x.json", "2403/2402.00001.json", "2403/sub/2403.12151.json")
    for name in (*strangers, "2403/.2403.1.tmp", "README.md"):
        path = store.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    faults: list[Fault] = []
    listed = [str(identifier) for identifier in store.identifiers(faults)]
    assert listed == ["2402.00001", "2403.12150v2", "2403.12151", "hep-th/9901001"]
    assert {fault.path for fault in faults} == {f"docs/papers/{name}" for name in strangers}
    assert {fault.message for fault in faults} == {
        "expected a record named YYMM/ID.json: remove it"
    }


# --- papers ---------------------------------------------------------------------------------


@QUICK
@given(st.text(), st.text(), st.text(), st.text())
def test_the_source_hash_follows_title_and_abstract_only(
    title: str, abstract: str, other: str, comment: str
) -> None:
    """The English that Chinese is written from has one hash, whatever else changes."""
    paper = replace(PAPER, title=title, abstract=abstract)
    same = replace(paper, comment=comment, version=9, authors=(), updated=PAPER.published)
    assert paper.source_hash == same.source_hash
    assert len(paper.source_hash) == 32
    if other != abstract:
        assert replace(paper, abstract=other).source_hash != paper.source_hash
    if other != title:
        assert replace(paper, title=other).source_hash != paper.source_hash


def test_a_paper_knows_its_identifier_with_its_version() -> None:
    """The identifier of a paper names the version that was fetched."""
    assert PAPER.identifier == Identifier("2403.12151", 2)


# --- contents -------------------------------------------------------------------------------


def site(tmp_path: Path, **files: str) -> Folders:
    docs = tmp_path / "docs"
    for name, content in files.items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return Folders(
        tmp_path, docs / "digests", docs / "papers", docs / "corrections", docs / "glossary.yml"
    )


LISTED = ListedPaper(NEWEST, "docs/digests/a.yml", 1)
PART = Correction("2403.12151", "x.yml", title="改")
WHOLE = Correction("2403.12151", "x.yml", "改", "改", "改")


@pytest.mark.parametrize(
    ("record", "correction", "state", "title", "abstract"),
    [
        (None, None, "pending", None, None),
        (None, WHOLE, "pending", None, None),
        (BARE, None, "pending", None, None),
        (BARE, PART, "pending", None, None),
        (BARE, WHOLE, "corrected", "改", "改"),
        (FULL, None, "generated", CHINESE.title, CHINESE.abstract),
        (FULL, PART, "corrected", "改", CHINESE.abstract),
        (FULL, WHOLE, "corrected", "改", "改"),
    ],
)
def test_whose_text_a_reader_gets(
    record: Record | None,
    correction: Correction | None,
    state: str,
    title: str | None,
    abstract: str | None,
) -> None:
    """The state says whose text is shown, and a correction wins in its fields only."""
    entry = Entry(LISTED, record, correction)
    assert entry.state == state
    assert (entry.chinese and entry.chinese.title) == title
    assert (entry.chinese and entry.chinese.abstract) == abstract
    assert entry.paper == (record and record.paper)
    assert entry.id == "2403.12151"


CHANGED = replace(FULL, paper=replace(PAPER, abstract="Another."), correction_seen=None)


@pytest.mark.parametrize(
    ("record", "correction", "changed"),
    [
        (None, WHOLE, False),
        (FULL, None, False),
        (CHANGED, None, False),
        (replace(FULL, correction_seen=None), PART, False),
        (CHANGED, PART, True),
        (BARE, WHOLE, False),
        (
            replace(
                CHANGED,
                correction_seen=CorrectionSeen(PART.correction_hash, CHANGED.paper.source_hash),
            ),
            PART,
            False,
        ),
        (
            replace(
                CHANGED, correction_seen=CorrectionSeen(PART.correction_hash, PAPER.source_hash)
            ),
            PART,
            True,
        ),
        (replace(FULL, correction_seen=CorrectionSeen("other", "other")), PART, False),
        (replace(BARE, correction_seen=CorrectionSeen(WHOLE.correction_hash, "old")), WHOLE, True),
    ],
)
def test_a_correction_is_stale_when_the_english_changed_under_it(
    record: Record | None, correction: Correction | None, changed: bool
) -> None:
    """What counts is the English at the time of this very correction, else that of the Chinese."""
    assert english_changed(Entry(LISTED, record, correction)) is changed


DAYS = st.none() | st.dates(date(2024, 1, 1), date(2024, 1, 4))


@QUICK
@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=2), DAYS), unique=True, max_size=8))
def test_newest_digests_come_first_and_undated_ones_last(
    given_digests: list[tuple[str, date | None]],
) -> None:
    """Dates fall, names fall within a day, undated ones follow by name; none gets lost."""
    digests = tuple(Digest(name, name, (), name, day) for name, day in given_digests)
    ordered = newest_first(digests)
    assert sorted(ordered, key=repr) == sorted(digests, key=repr)
    dated = [(digest.date, digest.name) for digest in ordered if digest.date is not None]
    undated = [digest.name for digest in ordered if digest.date is None]
    assert dated == sorted(dated, reverse=True)
    assert undated == sorted(undated)
    assert [digest.date is None for digest in ordered] == [False] * len(dated) + [True] * len(
        undated
    )
    assert newest_first(tuple(reversed(digests))) == ordered


def test_everything_people_wrote_is_brought_together(tmp_path: Path) -> None:
    """Lists, records and corrections meet by identifier, in the order of pages and of lists."""
    folders = site(
        tmp_path,
        **{
            "digests/2024-03-19.yml": "- 2403.12150\n- 2403.12151\n",
            "digests/2024-03-20.yml": "- 2403.12151v2\n- hep-th/9901001\n",
            "digests/undated.yml": "- 2403.12151\n",
            "corrections/2403.12151.yml": "title: 改\n",
            "glossary.yml": "- term: a\n  rendering: 甲\n",
        },
    )
    contents = read_contents(folders)
    store = PaperStore(folders.papers, folders.root)
    store.save(NEWEST, FULL)
    editions = list(contents.editions(store))
    assert [edition.name for edition in editions] == ["2024-03-20", "2024-03-19", "undated"]
    assert [edition.date for edition in editions] == [date(2024, 3, 20), date(2024, 3, 19), None]
    assert [[entry.id for entry in edition.entries] for edition in editions] == [
        ["2403.12151", "hep-th/9901001"],
        ["2403.12150", "2403.12151"],
        ["2403.12151"],
    ]
    assert [[entry.state for entry in edition.entries] for edition in editions] == [
        ["corrected", "pending"],
        ["pending", "corrected"],
        ["corrected"],
    ]
    assert [str(listed.identifier) for listed in contents.listed()] == [
        "2403.12151v2",
        "hep-th/9901001",
        "2403.12150",
        "2403.12151",
        "2403.12151",
    ]
    assert [term.term for term in contents.glossary] == ["a"]


def test_an_empty_site_is_no_error(tmp_path: Path) -> None:
    """Before anything is written there is nothing, and that is fine."""
    folders = site(tmp_path)
    contents = read_contents(folders)
    assert (contents.digests, contents.corrections, contents.glossary) == ((), {}, ())
    assert list(contents.editions(PaperStore(folders.papers, folders.root))) == []


def test_the_faults_of_every_file_come_at_once(tmp_path: Path) -> None:
    """One run names what is wrong with lists, corrections and the glossary, sorted by file."""
    folders = site(
        tmp_path,
        **{
            "digests/a.yml": "- 2413.12150\n- 2413.12151\n",
            "digests/b.yml": "- 2403.12150\n",
            "corrections/2403.12151.yml": "by: x\n",
            "glossary.yml": "- a\n",
        },
    )
    with pytest.raises(InputError) as caught:
        read_contents(folders)
    assert [(Path(fault.path).name, fault.line) for fault in caught.value.faults] == [
        ("2403.12151.yml", 1),
        ("a.yml", 1),
        ("a.yml", 2),
        ("glossary.yml", 1),
    ]
    assert all(line.startswith("docs/") for line in str(caught.value).splitlines())


def test_broken_records_are_named_once_each_after_all_pages(tmp_path: Path) -> None:
    """A record that two lists need is one fault, and every broken record is named."""
    folders = site(
        tmp_path,
        **{
            "digests/a.yml": "- 2403.12150\n- 2403.12151\n",
            "digests/b.yml": "- 2403.12151\n- 2403.12152\n",
            "papers/2403/2403.12151.json": "{",
            "papers/2403/2403.12152.json": "{",
        },
    )
    store = PaperStore(folders.papers, folders.root)
    editions = read_contents(folders).editions(store)
    assert [edition.name for edition in (next(editions), next(editions))] == ["a", "b"]
    with pytest.raises(InputError) as caught:
        next(editions)
    assert [fault.path for fault in caught.value.faults] == [
        "docs/papers/2403/2403.12151.json",
        "docs/papers/2403/2403.12152.json",
    ]
