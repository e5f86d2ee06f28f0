"""`arxiv-digest update` and `batch` ended from outside at any moment: what is paid for stays."""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from batch_server import BatchServer
from builds import CONFIG, write_files
from digest_plugin.errors import Fault
from digest_plugin.machine.files import LEFT_BEHIND
from digest_plugin.records.runs import Run, RunLog
from digest_plugin.writing.batch_memory import BatchMemory
from digest_plugin.writing.update import INTERRUPTED
from servers import ArxivPaper, ArxivServer, ModelServer
from sites import KEY, Site, make_site, paper_ids, run_command

PAPERS = 24
CONCURRENCY = 4
TEMPORARY = re.compile(r"\.[a-z0-9_]{8}\.tmp|\.writable")
HERE = Path(__file__).parent


@dataclass
class Place:
    """A site, the servers it asks, and runs of the real command."""

    site: Site
    arxiv: ArxivServer
    model: ModelServer
    asked_before: int = 0
    prefix: tuple[str, ...] = ()
    """The program that starts each process."""

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`arxiv-digest`, or with `mkdocs` in front that one."""
        command = ["mkdocs", *arguments[1:]] if arguments[0] == "mkdocs" else [
            "digest_plugin", *arguments
        ]  # fmt: skip
        read = ("OPENAI_", "ARXIV_", "GITHUB_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(read)}
        variables = {
            "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)]),
            "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
        }  # fmt: skip
        return subprocess.Popen(
            [*self.prefix, sys.executable, "-m", *command], cwd=self.site.root,
            env=clean | variables | self.wires,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    @property
    def wires(self) -> dict[str, str]:
        return {
            "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_MODEL": "test-model", "ARXIV_API_URL": self.arxiv.url,
        }  # fmt: skip

    def run(self, *arguments: str, code: int = 0) -> str:
        """The whole command, undisturbed, in this process, because that is faster."""
        done = run_command(self.site.root, *arguments, **self.wires)
        assert done.exit_code == code, done.output
        assert KEY not in done.output
        return done.output

    @property
    def calls(self) -> int:
        """How often anybody has been asked since the last look."""
        return len(self.arxiv.requests) + len(self.model.requests) - self.asked_before

    def looked(self) -> None:
        self.asked_before = len(self.arxiv.requests) + len(self.model.requests)

    def wait_for(self, child: subprocess.Popen[str], calls: int) -> None:
        while self.calls < calls and child.poll() is None:
            time.sleep(0.002)

    def asked(self) -> Counter[str]:
        """How often each paper was sent to the model; a request that was cut off by a kill holds
        no messages, and is not answered."""
        bodies = [each.body for each in self.model.requests if "messages" in each.body]
        return Counter(
            re.search(r"Study ([0-9.]+)", body["messages"][1]["content"])[1] for body in bodies
        )

    def stored(self) -> set[str]:
        """The papers whose Chinese is on disk. Every file is read strictly: none is half-written,
        and nothing is taken for a record that is none."""
        found = list(self.site.store.identifiers(faults := []))
        records = {str(each): self.site.store.load(each) for each in found}
        self.runs(faults)
        assert faults == []
        names = [path.name for path in self.site.folders.papers.rglob("*") if path.is_file()]
        strangers = {
            name for name in names
            if not name.endswith((".json", ".jsonl")) and name != ".lock"
            and not TEMPORARY.fullmatch(name)
        }  # fmt: skip
        assert strangers == set()
        return {name for name, record in records.items() if record and record.chinese}

    def runs(self, faults: list[Fault]) -> tuple[Run, ...]:
        return RunLog(self.site.folders.papers / "runs", self.site.root).runs(faults)

    def temporaries(self) -> list[Path]:
        found = self.site.folders.papers.rglob("*")
        return [path for path in found if TEMPORARY.fullmatch(path.name)]

    def finish(self) -> None:
        """The next run does all that is left, and the one behind it finds nothing to do."""
        self.run("update")
        assert self.stored() == set(paper_ids(PAPERS))
        self.looked()
        self.run("update")
        assert self.calls == 0
        assert f"{PAPERS} records: no faults" in self.run("check")


def said(child: subprocess.Popen[str], code: int | None = None) -> str:
    """All that it says to its end."""
    out, error = child.communicate(timeout=60)
    assert "Traceback" not in error, error
    assert KEY not in out + error
    assert code is None or child.returncode == code, out + error
    return out + error


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ArxivServer(map(ArxivPaper, paper_ids(PAPERS))) as arxiv, ModelServer() as model:
        model.delay = 0.05
        yield Place(new_site(tmp_path), arxiv, model)


def new_site(root: Path) -> Site:
    root.mkdir(exist_ok=True)
    write_files(root, {"mkdocs.yml": CONFIG.replace("}\n", f", concurrency: {CONCURRENCY}}}\n")})
    return make_site(root, *paper_ids(PAPERS))


# --- killed ----------------------------------------------------------------------------------


@dataclass
class Tally:
    kills: int = 0
    paid_again: int = 0
    temporaries: int = 0


def disturb(place: Place, moments: random.Random, sent: signal.Signals, tally: Tally) -> bool:
    """One run that gets a signal at some moment; whether it did."""
    before, asked_before = place.stored(), place.asked()
    place.looked()
    child = place.start("update")
    if moments.random() < 0.2:
        time.sleep(moments.uniform(0.0, 1.5))  # also while it loads, reads, and locks
    else:
        place.wait_for(child, moments.randint(1, PAPERS + 1 - len(before)))
        time.sleep(moments.uniform(0.0, 0.06))
    child.send_signal(sent)
    said(child)
    was_killed = child.returncode != 0
    tally.kills += was_killed
    time.sleep(0.08)  # what is on the wire still arrives
    stored, asked = place.stored(), place.asked() - asked_before
    # What is asked for once more: never more than there were calls under way.
    lost = set(asked) - stored
    tally.paid_again += len(lost)
    tally.temporaries += len(place.temporaries())
    assert before <= stored
    assert not set(asked) & before
    assert max(asked.values(), default=1) == 1
    assert len(lost) <= (CONCURRENCY if sent == signal.SIGKILL else 0)
    if sent == signal.SIGTERM:
        assert len(place.temporaries()) <= tally.kills  # of the main thread, just then
    return was_killed


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_an_update_may_be_ended_at_any_moment(
    sent: signal.Signals, place: Place, tmp_path: Path, thorough: bool
) -> None:
    """Records are whole or not there, what was stored is not asked for again, at most the papers
    under way are (none if the run could end by itself), and the next run finishes."""
    wanted = {True: 200, False: 3} if sent == signal.SIGKILL else {True: 50, False: 1}
    moments, tally, sites = random.Random(int(sent)), Tally(), 0
    while tally.kills < wanted[thorough]:
        if sites:
            place.site = new_site(tmp_path / str(sites))
            place.model.requests.clear()
            place.arxiv.requests.clear()
        sites += 1
        while tally.kills < wanted[thorough] and len(place.stored()) < PAPERS - CONCURRENCY:
            disturb(place, moments, sent, tally)
        kills_here = place.asked().total() - PAPERS
        assert kills_here <= tally.kills * CONCURRENCY
    for path in place.temporaries():
        os.utime(path, (time.time() - LEFT_BEHIND - 9,) * 2)
    place.finish()
    assert place.temporaries() == []
    print(f"{sent.name}: {tally}, {sites} sites")


# --- ended by SIGTERM ------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_run_that_is_ended_is_logged(sent: signal.Signals, place: Place) -> None:
    """With all that it wrote and cost, calls in flight included, in the log and in the table."""
    child = place.start("update")
    place.wait_for(child, 10)
    child.send_signal(sent)
    output = said(child, 1)
    (run,) = place.runs([])
    records = [place.site.record(each) for each in place.stored()]
    assert CONCURRENCY <= run.written == len(records) < PAPERS
    assert run.input_tokens == sum(record.written.input_tokens for record in records) > 0
    assert run.stopped == INTERRUPTED
    assert not run.failed
    assert f"stopped: {INTERRUPTED}" in output
    assert re.search(rf"^written +{run.written}$", output, re.MULTILINE)


def test_who_is_told_twice_to_end_does_not_wait_to_log(place: Place) -> None:
    """A job that is cancelled gets SIGINT, SIGTERM and SIGKILL within ten seconds, and calls may
    take longer."""
    place.model.delay = 5.0
    child = place.start("update")
    place.wait_for(child, 1 + CONCURRENCY)
    child.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert place.runs([]) == ()
    child.send_signal(signal.SIGTERM)
    end = time.monotonic() + 3
    while not place.runs([]) and time.monotonic() < end:
        time.sleep(0.01)
    assert child.poll() is None
    child.kill()
    said(child)
    (run,) = place.runs([])
    assert (run.stopped, run.written) == (INTERRUPTED, 0)


def test_a_build_that_is_ended_is_logged(place: Place) -> None:
    """What a build writes, it has paid for too."""
    child = place.start("mkdocs", "build", "--quiet")
    place.wait_for(child, 10)
    child.send_signal(signal.SIGTERM)
    said(child)
    assert child.returncode not in {0, -signal.SIGTERM}
    (run,) = place.runs([])
    assert run.stopped == INTERRUPTED
    assert run.written == len(place.stored()) > 0
    assert not (place.site.root / "site/index.html").exists()


# --- a disk that is full, a folder that is read-only ------------------------------------------


def limit_files(place: Place, child: subprocess.Popen[str]) -> Callable[[], None]:
    """No file of the process may grow past 100 bytes: what is written meets an error halfway."""
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (100, 100))
    return lambda: None


def fill_disk(place: Place, child: subprocess.Popen[str]) -> Callable[[], None]:
    """Not a byte is left on the file system of the records."""
    ballast = place.site.folders.papers / "ballast.json~"
    with ballast.open("wb") as file:
        while True:
            try:
                os.write(file.fileno(), b"x" * 4096)
            except OSError:
                break
    return ballast.unlink


def forbid_writing(place: Place, child: subprocess.Popen[str]) -> Callable[[], None]:
    """The folder turns read-only."""
    folders = [place.site.folders.papers, *place.site.folders.papers.iterdir()]
    folders = [each for each in folders if each.is_dir()]
    for each in folders:
        each.chmod(0o555)
    return lambda: [each.chmod(0o777) for each in folders]  # type: ignore[return-value]


@pytest.fixture
def small_disk(place: Place) -> Iterator[None]:
    """The records lie on a file system of their own, of a megabyte."""
    papers = place.site.folders.papers
    papers.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(papers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"may not mount a small disk: {done.stderr.strip()}")
    yield
    subprocess.run(["umount", "--lazy", str(papers)], check=True)


@pytest.fixture
def plain_user(place: Place) -> None:
    """The runs are those of somebody whom a read-only folder stops."""
    if os.geteuid() == 0:
        drop = ("--bounding-set=-dac_override", "--inh-caps=-dac_override")
        place.prefix = ("setpriv", *drop)
        probe = [*place.prefix, "true"]
        if not shutil.which("setpriv") or subprocess.run(probe, check=False).returncode:
            pytest.skip("root may write everywhere, and setpriv cannot make it a plain user")


TROUBLES = {
    "files may not grow": (limit_files, "place", "File too large"),
    "disk full": (fill_disk, "small_disk", "No space left on device"),
    "read-only": (forbid_writing, "plain_user", "Permission denied"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_disk_that_takes_no_more_costs_the_calls_under_way(
    name: str, place: Place, request: pytest.FixtureRequest, thorough: bool
) -> None:
    """Nothing is half-written, the reason is named, and when there is room the run goes on."""
    cause, fixture, reason = TROUBLES[name]
    request.getfixturevalue(fixture)
    moments = random.Random(name)
    for _ in range(5 if thorough else 1):
        before, asked_before = place.stored(), place.asked()
        if len(before) > PAPERS - 2 * CONCURRENCY:
            break
        place.looked()
        child = place.start("update")
        place.wait_for(child, moments.randint(3, max(4, (PAPERS - len(before)) // 2)))
        time.sleep(moments.uniform(0, 0.05))
        mend = cause(place, child)
        output = said(child, 1)
        mend()
        assert reason in output
        assert "stopped: Records cannot be written." in output
        asked = place.asked() - asked_before
        assert before <= place.stored() < set(paper_ids(PAPERS))
        assert len(set(asked) - place.stored()) <= CONCURRENCY
        assert not set(asked) & before
        assert place.temporaries() == []
    place.finish()


def test_a_full_disk_is_found_out_before_anything_is_paid(place: Place, small_disk: None) -> None:
    """Two runs later nothing of the attempt is left either."""
    mend = fill_disk(place, None)  # type: ignore[arg-type]
    output = place.run("update", code=1)
    assert "docs/papers: expected to write records, got: No space left on device" in output
    assert place.calls == 0
    mend()
    assert place.temporaries() == []
    place.finish()


# --- two at once ------------------------------------------------------------------------------


@pytest.mark.parametrize("is_killed", [False, True], ids=["both end", "one is killed"])
def test_two_updates_at_once_pay_for_each_paper_once(
    is_killed: bool, place: Place, tmp_path: Path, thorough: bool
) -> None:
    """Whichever comes second says so and exits, at whatever moment it comes."""
    moments, met = random.Random(7), 0
    place.model.delay = 0.2  # so that one is still at work when the other comes
    waits = [0.0, *(moments.uniform(0, 2.5) for _ in range(30 if thorough else 0))]
    for number, wait in enumerate(waits):
        place.site = new_site(tmp_path / str(number))
        place.model.requests.clear()
        first = place.start("update")
        time.sleep(wait)
        second = place.start("update")
        if is_killed:
            time.sleep(moments.uniform(0.8, 2.0))
            first.kill()
        outputs = {child: said(child) for child in (first, second)}
        for child, output in outputs.items():
            if child.returncode == 1:
                busy = "stopped: docs/papers: another run is at work here: wait until it ends."
                assert busy in output
                met += 1
        again = place.asked().total() - len(place.asked())
        place.stored()
        assert again <= (CONCURRENCY if is_killed else 0)
        if not is_killed:
            assert sorted(child.returncode for child in outputs) in ([0, 0], [0, 1])
            assert place.stored() == set(paper_ids(PAPERS))
    assert met or is_killed
    place.model.delay = 0
    place.finish()


# --- batches ----------------------------------------------------------------------------------


def test_a_batch_is_handed_in_once_whenever_its_commands_are_killed(
    tmp_path: Path, thorough: bool
) -> None:
    """Every paper is in one batch at most, the answers of each batch are read, none is forgotten."""
    moments, kills, sites = random.Random(11), 0, 0
    with ArxivServer(map(ArxivPaper, paper_ids(PAPERS))) as arxiv:
        while kills < (60 if thorough else 2):
            sites += 1
            with BatchServer() as provider:
                provider.delay = 0.1
                place = Place(new_site(tmp_path / str(sites)), arxiv, provider)
                runs = place.site.folders.papers / "runs"
                memory = BatchMemory(runs / "batches.json", place.site.root)
                kills += sum(
                    killed(place, provider, memory, command, moments)
                    for command in ("submit", "fetch")
                    for _ in range(2 if thorough else 1)
                )
                provider.delay = 0
                if not provider.batches:
                    place.run("batch", "submit")
                place.run("batch", "fetch")
                assert "no batch is under way" in place.run("batch", "fetch")
                asked_for = [each["custom_id"] for it in provider.batches for each in it.requests]
                assert len(asked_for) == len(set(asked_for)) == PAPERS
                assert place.stored() == set(paper_ids(PAPERS))
                assert provider.requests == []
    print(f"{kills} kills, {sites} sites")


def killed(
    place: Place,
    provider: BatchServer,
    memory: BatchMemory,
    command: str,
    moments: random.Random,
) -> bool:
    """Whether a command was killed at some moment after it first asked the provider; what it
    remembers and what it has stored is whole."""
    calls, target = len(provider.calls), moments.randint(1, 4)
    child = place.start("batch", command)
    while len(provider.calls) - calls < target and child.poll() is None:
        time.sleep(0.002)
    time.sleep(moments.uniform(0, 0.2))
    child.kill()
    said(child)
    memory.read()
    place.stored()
    return child.returncode == -signal.SIGKILL
