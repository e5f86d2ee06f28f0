"""The log of runs, and the runs themselves: what is logged, by whom, and what goes on although
something cannot be read."""

from __future__ import annotations

import json
import logging
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs.exceptions import Abort

from builds import CONFIG, build_site, read_page, write_files
from digest_plugin import __version__
from digest_plugin.errors import Fault, InputError
from digest_plugin.identifiers import Identifier
from digest_plugin.records.contents import read_contents
from digest_plugin.records.runs import HEARTBEAT, Failure, History, LogError, Run, RunLog
from digest_plugin.writing.update import Report
from servers import ArxivPaper, ArxivServer, ModelServer
from servers import Fault as Trouble
from sites import KEY, Site, make_site, paper_ids, run_command

FIRST = "docs/digests/2024-03-20.yml"
LOG = "docs/papers/runs"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
IDLE = Run("update", NOON, 3, "1.0")
FAILED = replace(IDLE, failed=(Failure(FIRST, 2, "no answer", "2403.00002"),))


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer(map(ArxivPaper, paper_ids(2))) as server:
        yield server


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Two papers on one list."""
    write_files(tmp_path, {"mkdocs.yml": CONFIG})
    return make_site(tmp_path, *paper_ids(2))


def wires(arxiv: ArxivServer, model: ModelServer) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_MODEL": "test-model",
        "ARXIV_API_URL": arxiv.url,
    }


def log_in(root: Path) -> RunLog:
    return RunLog(root / LOG, root)


def runs_in(root: Path) -> tuple[Run, ...]:
    runs = log_in(root).runs(faults := [])
    assert faults == []
    return runs


def files(root: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in root.rglob("*") if each.is_file()}


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


# --- the log as a file -----------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
COUNTS = st.integers(0, 10**12)
RUNS = st.builds(
    Run,
    command=st.sampled_from(["update", "watch"]),
    start=st.timedeltas(timedelta(days=-4000), timedelta(days=4000)).map(NOON.__add__),
    seconds=COUNTS,
    version=TEXTS,
    fetched=COUNTS,
    written=COUNTS,
    waiting=COUNTS,
    listed=COUNTS,
    failed=st.lists(st.builds(Failure, TEXTS, COUNTS, TEXTS, TEXTS), max_size=3).map(tuple),
    stopped=st.none() | TEXTS,
    quiet=st.none() | TEXTS,
    input_tokens=COUNTS,
    output_tokens=COUNTS,
    model=st.none() | TEXTS,
    url=st.none() | TEXTS,
)


@given(st.lists(RUNS, max_size=5))
def test_what_is_logged_is_read_again(runs: list[Run]) -> None:
    """Every run once, oldest first, whatever its texts hold; one line each, in its month's file."""
    with TemporaryDirectory() as folder:
        log = log_in(Path(folder))
        for run in runs:
            log.append(run)
        assert log.runs(faults := []) == tuple(
            sorted(dict.fromkeys(runs), key=lambda run: run.start)
        )
        assert faults == []
        count = 0
        for path in (Path(folder) / LOG).glob("*"):
            lines = path.read_bytes().splitlines()
            months = {json.loads(line)["start"][:7] for line in lines}
            assert months == {path.name.removesuffix(".jsonl")}
            count += len(lines)
        assert count == len(runs)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=30).filter(lambda junk: not {10, 13} & set(junk) and junk.strip()),
            st.just(b'{"command": "update", "start": "2026-11-22T12:00:00", "seconds": 1}'),
            st.just(b"<<<<<<< HEAD"),
            st.just(b"[" * 5000),
            st.sampled_from(["seconds", "fetched", "input_tokens"]).flatmap(
                lambda name: st.sampled_from([-1, 10**30, "x", None, [1]]).map(
                    lambda value: json.dumps(
                        {"command": "update", "start": "2026-11-22T12:00:00Z", "seconds": 1,
                         "version": "1", name: value}
                    ).encode()
                )
            ),
            st.sampled_from(["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59Z", "2026-11-22"]).map(
                lambda start: b'{"command": "update", "seconds": 1, "version": "1", "start": "%s"}'
                % start.encode()
            ),
        ),
        max_size=4,
    ),
    st.integers(0, 4),
    st.sampled_from([b"\n", b"\r\n"]),
)  # fmt: skip
def test_a_broken_line_costs_that_line(junk: list[bytes], place: int, newline: bytes) -> None:
    """It is a fault with file and line, and every other line is read: whatever it holds."""
    with TemporaryDirectory() as folder:
        log = log_in(Path(folder))
        log.append(IDLE)
        (path,) = (Path(folder) / LOG).iterdir()
        lines = [*junk[:place], path.read_bytes().rstrip(b"\n"), *junk[place:]]
        path.write_bytes(newline.join(lines))
        faults: list[Fault] = []
        assert log.runs(faults) == (IDLE,)
        good = min(place, len(junk)) + 1
        assert [fault.line for fault in faults] == [
            number for number in range(1, len(lines) + 1) if number != good
        ]
        assert {fault.path for fault in faults} <= {f"{LOG}/2026-11.jsonl"}
        assert all(fault.message.startswith("expected a run, got ") for fault in faults)
        assert all(fault.message.isprintable() for fault in faults)


def test_a_log_that_lacks_its_last_newline_goes_on_in_a_new_line(tmp_path: Path) -> None:
    """What is there stays as it is, byte for byte; empty lines are no fault."""
    log = log_in(tmp_path)
    log.append(IDLE)
    (path,) = (tmp_path / LOG).iterdir()
    before = b"\n" + path.read_bytes().rstrip(b"\n")
    path.write_bytes(before)
    log.append(FAILED)
    assert path.read_bytes().startswith(before + b"\n{")
    assert runs_in(tmp_path) == (IDLE, FAILED)


def test_a_name_that_is_no_text_can_be_logged(tmp_path: Path) -> None:
    """A file whose name is not UTF-8 is named as well as can be."""
    log = log_in(tmp_path)
    log.append(replace(IDLE, failed=(Failure("docs/digests/\udcff.yml", 1, "bad"),)))
    assert runs_in(tmp_path)[0].failed == (Failure("docs/digests/?.yml", 1, "bad"),)


def test_a_log_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """A folder of that name, and a file that is none of ours."""
    write_files(tmp_path, {f"{LOG}/2026-10.jsonl/x": "", f"{LOG}/watched.json": "{}"})
    faults: list[Fault] = []
    assert log_in(tmp_path).runs(faults) == ()
    (fault,) = faults
    assert str(fault).startswith(f"{LOG}/2026-10.jsonl:1: expected a readable file, got: ")


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """It names the file."""
    write_files(tmp_path, {LOG: "in the way"})
    with pytest.raises(LogError, match=f"^{LOG}/2026-11.jsonl: expected to write the log, got: "):
        log_in(tmp_path).append(IDLE)


def test_runs_that_were_pushed_at_the_same_time_merge(tmp_path: Path) -> None:
    """With our .gitattributes git keeps the lines of both sides; a line that comes twice counts
    once."""

    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip

    attributes = Path(__file__).parent.parent / ".gitattributes"
    (tmp_path / ".gitattributes").write_bytes(attributes.read_bytes())
    log = log_in(tmp_path)
    later = [replace(FAILED, start=NOON + timedelta(hours=hour)) for hour in range(4)]
    git("init", "-q", "-b", "main")
    log.append(later[0])
    git("add", "-A")
    git("commit", "-qm", "first")
    git("checkout", "-qb", "other")
    log.append(later[1])
    log.append(later[3])
    git("commit", "-qam", "other")
    git("checkout", "-q", "main")
    log.append(later[2])
    log.append(later[3])
    git("commit", "-qam", "main")
    git("merge", "-q", "--no-edit", "other")
    assert runs_in(tmp_path) == tuple(later)


# --- what the log tells ----------------------------------------------------------------------


def test_the_newest_run_of_each_command_is_known(tmp_path: Path) -> None:
    """Whatever the order of the lines, and over the months."""
    log = log_in(tmp_path)
    watched = replace(IDLE, command="watch", start=NOON - timedelta(days=40), quiet="no new paper")
    failed = replace(FAILED, start=NOON + timedelta(days=30))
    stopped = replace(IDLE, start=NOON + timedelta(days=20), stopped="No key.")
    for run in (failed, watched, IDLE, stopped):
        log.append(run)
    history = History(runs_in(tmp_path))
    assert history.runs == (watched, IDLE, stopped, failed)
    assert (history.last(), history.last("watch")) == (failed, watched)
    assert history.last_success == IDLE
    assert (History().last(), History().last_success, History().tokens) == (None, None, {})


def test_tokens_are_summed_by_month_newest_first() -> None:
    """Of all commands; a month without any is left out."""
    months = {(2026, 9): 5, (2026, 10): 0, (2026, 11): 7}
    runs = tuple(
        replace(
            IDLE, start=datetime(*month, day, tzinfo=UTC), input_tokens=count, output_tokens=day
        )
        if count
        else replace(IDLE, start=datetime(*month, day, tzinfo=UTC))
        for month, count in months.items()
        for day in (1, 2)
    )
    tokens = History(runs).tokens
    assert list(tokens.items()) == [("2026-11", (14, 3)), ("2026-09", (10, 3))]


def test_a_run_counts_what_its_report_holds(tmp_path: Path) -> None:
    """Numbers, failures in the order of files and lines, and the job that it was."""
    one, two = Identifier("2403.00001"), Identifier("2403.00002")
    failures = [Failure("b.yml", 1, "x"), Failure("a.yml", 10, "x"), Failure("a.yml", 9, "x")]
    report = Report(
        [one, two], [one], [two], failures, waiting=4, stopped="Stop.", input_tokens=5,
        output_tokens=6,
    )  # fmt: skip
    run = report.run(datetime.now(UTC), "test-model", "https://example.org/1")
    assert (run.fetched, run.refreshed, run.written, run.waiting) == (2, 1, 1, 4)
    assert [(each.path, each.line) for each in run.failed] == [
        ("a.yml", 9), ("a.yml", 10), ("b.yml", 1),
    ]  # fmt: skip
    assert (run.stopped, run.input_tokens, run.output_tokens) == ("Stop.", 5, 6)
    assert (run.version, run.model, run.url) == (__version__, "test-model", "https://example.org/1")
    assert (run.is_success, run.is_idle, run.start.microsecond) == (False, False, 0)
    # A clock that was set back is no reason to write what cannot be read.
    assert Report().run(datetime.now(UTC) + timedelta(days=1), None).seconds == 0


@pytest.mark.parametrize(
    ("changes", "is_idle"),
    [
        ({}, True), ({"waiting": 3}, True), ({"quiet": "no new paper"}, True),
        ({"fetched": 1}, False), ({"refreshed": 1}, False), ({"written": 1}, False),
        ({"listed": 1}, False), ({"input_tokens": 1}, False), ({"stopped": "No key."}, False),
        ({"failed": FAILED.failed}, False),
    ],
)  # fmt: skip
def test_a_run_is_idle_if_nothing_was_done(changes, is_idle) -> None:
    """Papers that wait make no work of it."""
    assert replace(IDLE, **changes).is_idle is is_idle


# --- which runs are logged -------------------------------------------------------------------


@given(st.lists(st.integers(1, 30 * 60), min_size=1, max_size=30))
def test_jobs_that_find_nothing_are_logged_about_once_a_day(pauses: list[int]) -> None:
    """However often they run: never twice within 20 hours, and never is a run that comes later
    left out."""
    with TemporaryDirectory() as folder:
        log = log_in(Path(folder))
        start = NOON
        for minutes in pauses:
            start += timedelta(minutes=minutes)
            last = History(log.runs([])).last()
            log.append_if_news(replace(IDLE, start=start), heartbeat=True)
            is_logged = History(log.runs([])).last() != last
            assert is_logged == (last is None or start - last.start >= HEARTBEAT)


@pytest.mark.parametrize(
    ("before", "run", "heartbeat", "is_logged"),
    [
        # What did something, or failed, is logged whenever it comes.
        (IDLE, replace(IDLE, written=1), False, True),
        (FAILED, FAILED, False, True),
        (IDLE, replace(IDLE, stopped="No key."), False, True),
        # Nothing to do: only for jobs, once a day.
        (None, IDLE, False, False),
        (None, IDLE, True, True),
        (replace(IDLE, written=1), IDLE, True, False),
        (replace(IDLE, start=NOON - timedelta(hours=19)), IDLE, True, False),
        (replace(IDLE, start=NOON - timedelta(hours=21)), IDLE, True, True),
        (replace(IDLE, start=NOON - timedelta(hours=21)), IDLE, False, False),
        # The other command's runs, and those of a clock that was wrong, tell nothing.
        (replace(IDLE, command="watch"), IDLE, True, True),
        (replace(IDLE, start=NOON + timedelta(days=900)), IDLE, True, True),
        (replace(FAILED, command="watch"), IDLE, False, False),
        (replace(FAILED, start=NOON + timedelta(days=900)), IDLE, False, False),
        # What was wrong is put right: the site has to know, once.
        (FAILED, IDLE, False, True),
        (replace(IDLE, stopped="No key."), IDLE, True, True),
        (replace(IDLE, stopped="No key."), replace(IDLE, waiting=1), True, False),
    ],
)
def test_an_idle_run_is_logged_if_it_is_news(before, run, heartbeat, is_logged, tmp_path) -> None:
    """For jobs as a sign of life, for everybody when it ends a failure."""
    log = log_in(tmp_path)
    if before is not None:
        log.append(before)
    run = replace(run, seconds=4)
    log.append_if_news(run, heartbeat=heartbeat)
    assert (run in runs_in(tmp_path)) is is_logged
    if run.is_idle:
        size = len(runs_in(tmp_path))
        log.append_if_news(replace(run, start=NOON + timedelta(minutes=1)), heartbeat=heartbeat)
        assert len(runs_in(tmp_path)) == size


def test_broken_lines_do_not_keep_a_run_from_being_logged(tmp_path: Path) -> None:
    """They are somebody else's to name."""
    log = log_in(tmp_path)
    write_files(tmp_path, {f"{LOG}/2026-11.jsonl": "<<<<<<< HEAD\n"})
    log.append_if_news(IDLE, heartbeat=True)
    assert log.runs([]) == (IDLE,)


# --- the command line ------------------------------------------------------------------------


def test_an_update_is_logged_and_a_second_changes_no_byte(site, arxiv, model, monkeypatch) -> None:
    """What it did and cost, and the job that it was; what has nothing to do leaves no trace."""
    monkeypatch.setenv("TZ", "UTC")
    job = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "me/site"}
    before = datetime.now(UTC).replace(microsecond=0)
    done = run_command(site.root, "update", **wires(arxiv, model), **job, GITHUB_RUN_ID="7")
    assert (done.exit_code, done.stderr.count("Traceback")) == (0, 0)
    (run,) = runs_in(site.root)
    assert (run.command, run.fetched, run.written, run.waiting) == ("update", 2, 2, 0)
    assert before <= run.start <= datetime.now(UTC)
    assert (run.version, run.model) == (__version__, "test-model")
    assert run.url == "https://github.com/me/site/actions/runs/7"
    assert run.is_success
    assert run.input_tokens > 0
    stored = files(site.root)
    assert run_command(site.root, "update", **wires(arxiv, model)).exit_code == 0
    assert run_command(site.root, "update", "--refresh", **wires(arxiv, model)).exit_code == 0
    assert files(site.root) == stored


def test_a_job_is_logged_once_a_day_though_it_finds_nothing(site, arxiv, model) -> None:
    """So that the status can tell when the site was last alive, without a commit for each push."""
    known = wires(arxiv, model)
    run_command(site.root, "update", **known)
    (path,) = (site.root / LOG).iterdir()
    path.unlink()
    for _ in range(3):
        assert run_command(site.root, "update", "--unattended", **known).exit_code == 0
    (run,) = runs_in(site.root)
    assert run.is_idle


def test_failures_are_logged_with_file_and_line(site, arxiv, model) -> None:
    """And when they are gone, that is logged too, once."""
    known = wires(arxiv, model)
    site.write_list("2024-03-20", [*paper_ids(2), "2403.09999"])
    assert run_command(site.root, "update", **known).exit_code == 1
    assert run_command(site.root, "update", **known).exit_code == 1
    first, second = runs_in(site.root)
    assert first.failed == second.failed
    (failure,) = first.failed
    assert str(failure).startswith(f"{FIRST}:3: 2403.09999: arXiv knows no such paper")
    site.write_list("2024-03-20", paper_ids(2))
    for _ in range(2):
        assert run_command(site.root, "update", **known).exit_code == 0
    assert len(runs_in(site.root)) == 3
    assert History(runs_in(site.root)).last_success == runs_in(site.root)[-1]


def test_a_job_without_a_key_has_stopped_and_a_person_without_one_has_not(site, arxiv) -> None:
    """Papers that wait for a key are a job's failure; nobody else is told that they failed."""
    known = {"ARXIV_API_URL": arxiv.url}
    assert run_command(site.root, "update", **known).exit_code == 0
    assert run_command(site.root, "update", "--unattended", **known).exit_code == 1
    first, second = runs_in(site.root)
    assert (first.fetched, first.waiting, first.stopped, first.model) == (2, 2, None, None)
    assert (second.waiting, second.stopped) == (2, "OPENAI_API_KEY is not set.")


LEAKS = {
    "an error that repeats it": Trouble.raw(
        json.dumps({"error": {"message": f"bad key {KEY}"}}).encode(), status=400
    ),
    "a refusal that repeats it": Trouble.refusal(f"I cannot use {KEY}."),
    "a refused key": Trouble.raw(
        json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode(),
        status=401,
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_the_key_is_in_no_log(name: str, site, arxiv, model) -> None:
    """Nor in anything else that is written or printed, whatever the provider says."""
    model.faults.extend([LEAKS[name]] * 9)
    done = run_command(site.root, "update", "--annotate", **wires(arxiv, model))
    assert done.exit_code == 1
    assert not runs_in(site.root)[0].is_success
    assert KEY not in done.output
    assert all(KEY.encode() not in content for content in files(site.root).values())


def test_check_names_broken_lines_of_the_log(site) -> None:
    """FILE:LINE, also if it is asked for that file alone."""
    log_in(site.root).append(IDLE)
    name = f"{LOG}/2026-11.jsonl"
    path = site.root / name
    assert run_command(site.root, "check").exit_code == 0
    path.write_bytes(path.read_bytes() + b'{"command": "update"\n{"command": "dance"}\n')
    for arguments in (["check"], ["check", str(path)]):
        done = run_command(site.root, *arguments)
        assert done.exit_code == 1
        *faults, count = done.stderr.splitlines()
        assert count == "2 faults"
        assert [fault.partition(": expected a run, got ")[0] for fault in faults] == [
            f"{name}:2", f"{name}:3",
        ]  # fmt: skip
    assert run_command(site.root, "check", str(site.root / FIRST)).exit_code == 0


# --- builds ----------------------------------------------------------------------------------


def test_a_build_that_writes_is_logged_and_the_next_is_not(site, arxiv, model) -> None:
    """Without a key there is nothing to log either; the log is not on the site."""
    build_site(site.root, strict=True)
    assert runs_in(site.root) == ()
    built = build_site(site.root, strict=True, **wires(arxiv, model))
    (run,) = runs_in(site.root)
    assert (run.command, run.written, run.model) == ("update", 2, "test-model")
    stored = files(site.folders.papers)
    build_site(site.root, strict=True, **wires(arxiv, model))
    assert files(site.folders.papers) == stored
    assert list(built.rglob("*.jsonl")) == []


def test_broken_lines_of_the_log_are_warnings_of_a_build(site, monkeypatch, caplog) -> None:
    """Each with file and line; they stop a strict build alone."""
    write_files(site.root, {f"{LOG}/2026-11.jsonl": "<<<<<<< HEAD\n\n{}\n"})
    with pytest.raises(Abort):
        build_site(site.root, strict=True)
    caplog.clear()
    lenient = {"ARXIV_DIGEST_LENIENT": "1"}
    assert read_page(build_site(site.root, **lenient), "digests/2024-03-20").find("article")
    assert [each.partition(": ")[0] for each in warnings_in(caplog)] == [
        f"{LOG}/2026-11.jsonl:1", f"{LOG}/2026-11.jsonl:3",
    ]  # fmt: skip


# --- what cannot be read ---------------------------------------------------------------------

FAULTY = {
    "docs/digests/2024-03-21.yml": "title: 有错的一期\npapers:\n  - 2403.00002\n  - 2413.00001\n",
    "docs/digests/2024-03-22.yml": "papers: [2403.00001\n",
    "docs/digests/con.yml": "- 2403.00001\n",
    "docs/corrections/2403.00001.yml": "titel: 题\n",
    "docs/corrections/2403.00002.yml": "title: 人写的题目\n",
    "docs/glossary.yml": "- term: routing layer\n  rendering: 路由层\n- {term: x}\n",
}
FAULTS = [
    "docs/corrections/2403.00001.yml:1",
    "docs/digests/2024-03-21.yml:4",
    "docs/digests/2024-03-22.yml:1",
    "docs/digests/con.yml:1",
    "docs/glossary.yml:3",
]


@pytest.fixture
def faulty(site: Site) -> Site:
    """A site of which every kind of file that people write has one at fault."""
    write_files(site.root, FAULTY)
    return site


def places(faults: list[str]) -> list[str]:
    return [":".join(fault.split(":")[:2]) for fault in faults]


def test_of_what_has_faults_the_rest_is_read(faulty: Site) -> None:
    """Papers, corrections and terms that are sound are there; every fault is named. Unless they
    are tolerated the faults are an error, all of them at once."""
    tolerated: list[Fault] = []
    contents = read_contents(faulty.folders, tolerated)
    assert places(sorted(map(str, tolerated))) == FAULTS
    listed = {
        digest.name: [str(p.identifier) for p in digest.papers] for digest in contents.digests
    }
    assert listed == {"2024-03-21": ["2403.00002"], "2024-03-20": paper_ids(2)}
    assert {digest.title for digest in contents.digests} >= {"有错的一期"}
    assert list(contents.corrections) == ["2403.00002"]
    assert [term.term for term in contents.glossary] == ["routing layer"]
    with pytest.raises(InputError) as error:
        read_contents(faulty.folders)
    assert sorted(error.value.faults) == sorted(tolerated)


def test_of_records_that_are_broken_the_rest_is_shown(site, arxiv) -> None:
    """Their papers stand in their places without a record; every fault is named once, or is an
    error where it is not tolerated."""
    site.update(arxiv, None)
    site.write_list("2024-03-21", paper_ids(1))
    site.store.path(Identifier("2403.00001")).write_text("<<<<<<< HEAD\n")
    tolerated: list[Fault] = []
    editions = list(site.contents.editions(site.store, tolerated))
    assert [[entry.id for entry in each.entries] for each in editions] == [
        ["2403.00001"], paper_ids(2),
    ]  # fmt: skip
    known = [entry.record is not None for each in editions for entry in each.entries]
    assert known == [False, False, True]
    (fault,) = set(tolerated)
    assert str(fault).startswith("docs/papers/2403/2403.00001.json:1: expected a record")
    with pytest.raises(InputError) as error:
        list(site.contents.editions(site.store))
    assert error.value.faults == (fault,)


def test_an_update_goes_on_without_what_cannot_be_read(faulty, arxiv, model) -> None:
    """It writes the rest, names every fault with file and line, logs them as failures, and exits
    with 1."""
    done = run_command(faulty.root, "update", **wires(arxiv, model))
    assert done.exit_code == 1
    *faults, count = done.stderr.strip().splitlines()[-6:]
    assert (places(faults), count) == (FAULTS, "5 faults")
    assert all(faulty.record(each).chinese is not None for each in paper_ids(2))
    assert "routing layer → 路由层" in model.requests[0].body["messages"][1]["content"]
    (run,) = runs_in(faulty.root)
    assert run.written == 2
    assert [f"{failure.path}:{failure.line}" for failure in run.failed] == FAULTS
    assert not any(failure.identifier for failure in run.failed)
    for name in FAULTY:
        (faulty.root / name).unlink()
    asked = len(model.requests)
    assert run_command(faulty.root, "update", **wires(arxiv, model)).exit_code == 0
    assert len(model.requests) == asked
    assert runs_in(faulty.root)[-1].is_success


def test_a_lenient_build_shows_what_can_be_read(faulty, caplog, arxiv) -> None:
    """Every fault is a warning, so that a strict build fails; without leniency any build does."""
    run_command(faulty.root, "update", ARXIV_API_URL=arxiv.url)
    faulty.store.path(Identifier("2403.00001")).write_text("{")
    with pytest.raises(Abort):
        build_site(faulty.root)
    assert places(warnings_in(caplog)[-1].splitlines()) == FAULTS
    lenient = {"ARXIV_DIGEST_LENIENT": "1"}
    with pytest.raises(Abort):
        build_site(faulty.root, strict=True, **lenient)
    caplog.clear()
    built = build_site(faulty.root, **lenient)
    expected = [*FAULTS, "docs/papers/2403/2403.00001.json:1"]
    assert places(warnings_in(caplog)) == expected
    assert len(read_page(built, "digests/2024-03-20").find("article")) == 2
    page = read_page(built, "digests/2024-03-21")
    assert [each.attributes["id"] for each in page.find("article")] == ["2403.00002"]
    assert "有错的一期" in page.text
    assert not (built / "digests/2024-03-22").exists()


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_a_build_is_not_lenient_unless_it_is_told(value, faulty) -> None:
    """Nothing, 0 and false mean no."""
    with pytest.raises(Abort):
        build_site(faulty.root, ARXIV_DIGEST_LENIENT=value)
