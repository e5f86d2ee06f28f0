"""The commands that jobs on GitHub call: what each does, says and returns, also when all fails."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from builds import CONFIG, write_files
from digest_plugin.cli import main
from digest_plugin.commands.shell import read_settings
from digest_plugin.commands.watch_day import BRANCH, Day, watch_day
from digest_plugin.jobs.checkout import RECORDS_BRANCH
from digest_plugin.jobs.publication import (
    SOMETHING,
    YOUNG,
    Counts,
    parse_status,
    read_published,
    why_not_publish,
)
from digest_plugin.jobs.summaries import ISSUE_MARKER
from digest_plugin.records.runs import Failure, Run, RunLog
from digest_plugin.settings import Settings
from github_server import GitHubServer
from servers import ArxivPaper, ArxivServer, Fault, ModelServer
from sites import KEY
from test_checkout import PROTECTED, RACING, Remote, git, machine, made, remote, served
from test_checkout import TOKEN as PUSH_TOKEN

__all__ = ["machine", "made", "remote"]  # fixtures

TOKEN = "ghs_planted4f1d9c"
"""The token of every job here; it must never be seen again."""
FIRST = "docs/digests/2024-03-20.yml"
MEMORY = "docs/papers/runs/watched.json"
DIRECT = CONFIG.replace("}\n", ", watch: {categories: [cs.CL], mode: direct}}\n")
PROPOSED = CONFIG.replace("}\n", ", watch: {categories: [cs.CL]}}\n")
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
"""A Friday, noon in Beijing."""
VARIABLES = ("OPENAI_", "ARXIV_", "GITHUB_", "SITE_URL", "REPO_URL")
"""How the names of those begin that must come from the test."""
COMMAND = """\
import sys, time
time.sleep = lambda seconds: None  # no test waits for a server to recover
from digest_plugin.cli import main
main(prog_name="arxiv-digest")
"""


Done = subprocess.CompletedProcess[str]


def run(root: Path, *arguments: str, **variables: str) -> Done:
    """`arxiv-digest` in a job's clone at `root`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(VARIABLES)}
    return discreet(
        subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments], cwd=root, env=clean | variables,
            capture_output=True, text=True, check=False, timeout=300,
        )
    )  # fmt: skip


def call(root: Path, *arguments: str, **variables: str) -> Done:
    """The same in this process: for nights on which much happens, because it is faster."""
    unset = {name: None for name in os.environ if name.startswith(VARIABLES)}
    path = str(root / "mkdocs.yml")
    result = CliRunner().invoke(main, ["-f", path, *arguments], env=unset | variables)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return discreet(Done(arguments, result.exit_code, result.stdout, result.stderr))


def discreet(done: Done) -> Done:
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert TOKEN not in said
    assert KEY not in said
    return done


def ok(done: Done) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def failed(done: Done, code: int = 1) -> str:
    """The one sentence that is said."""
    assert done.returncode == code, done.stdout + done.stderr
    last = done.stderr.splitlines()[-1]
    assert code != 1 or last.startswith("arxiv-digest: "), done.stderr
    return last


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy, and a log of MkDocs that is as loud afterwards as before."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    level = logging.getLogger("mkdocs").level
    yield
    logging.getLogger("mkdocs").setLevel(level)


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    with GitHubServer("me/site", TOKEN) as server:
        yield server


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer(map(ArxivPaper, ("2403.00001", "2403.00002"))) as server:
        yield server


class Jobs:
    """A site on a remote, and the jobs that run for it."""

    def __init__(self, remote: Remote, github: GitHubServer, arxiv: ArxivServer) -> None:
        self.remote, self.github, self.arxiv = remote, github, arxiv
        site = {"mkdocs.yml": CONFIG, FIRST: "- 2403.00001\n- 2403.00002\n"}
        old = {name: None for name in remote.files() if name.startswith("docs/")}
        remote.push({**old, **site})

    @property
    def variables(self) -> dict[str, str]:
        return {
            "GITHUB_REPOSITORY": "me/site", "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "7", "GITHUB_REF_NAME": "main", "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": self.github.url, "ARXIV_API_URL": self.arxiv.url,
        }  # fmt: skip

    def clone(self) -> Path:
        return self.remote.job().root

    def run(self, root: Path, *arguments: str, **variables: str) -> Done:
        return run(root, *arguments, **(self.variables | variables))

    def call(self, root: Path, *arguments: str, **variables: str) -> Done:
        return call(root, *arguments, **(self.variables | variables))


@pytest.fixture
def jobs(remote: Remote, github: GitHubServer, arxiv: ArxivServer) -> Jobs:
    return Jobs(remote, github, arxiv)


def submitted(number: int, now: datetime = NOW, hours: float = 12, **fields: str) -> ArxivPaper:
    """A paper in cs.CL, so many hours before `now`."""
    moment = f"{now - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    times = {"published": moment, "updated": moment}
    return ArxivPaper(f"2611.{number:05}", **(times | fields))


def show(arxiv: ArxivServer, *papers: ArxivPaper) -> None:
    """What arXiv has from now on."""
    arxiv.papers = {paper.id: [paper] for paper in papers}


# restore and commit


def test_what_a_run_wrote_is_committed_and_pushed(jobs) -> None:
    """The commit is all that is printed, for the job that builds from it; what was done is its
    message; and nothing but what the machine wrote is in it."""
    root = jobs.clone()
    assert ok(jobs.run(root, "job", "restore")) == ""
    with ModelServer() as model:
        ok(jobs.run(root, "update", "--unattended", OPENAI_API_KEY=KEY,
                    OPENAI_BASE_URL=model.base_url))  # fmt: skip
    write_files(
        root, {"docs/digests/2024-03-21.yml": "- 2403.00003\n", "mkdocs.yml": "site_name: ?"}
    )
    (root / "mkdocs.yml").write_text(CONFIG + "\n# changed\n")
    done = jobs.run(root, "job", "commit")
    assert ok(done).split() == [jobs.remote.head()]
    assert done.stderr == "pushed to main\n"
    assert jobs.remote.history()[0] == "Digest: 2 fetched, 2 written"
    changed = git(root, "show", "--name-only", "--format=", "HEAD").splitlines()
    assert sorted(changed)[:2] == [f"docs/papers/2403/2403.0000{n}.json" for n in (1, 2)]
    assert [re.sub("[0-9]", "0", name) for name in sorted(changed)[2:]] == [
        "docs/papers/runs/0000-00.jsonl"
    ]  # fmt: skip
    again = jobs.run(root, "job", "commit")
    assert ok(again).split() == [jobs.remote.head()]
    assert again.stderr == ""


def test_the_token_of_the_job_is_what_it_pushes_with(jobs, tmp_path) -> None:
    """Also one that was pasted with a newline."""
    root = jobs.clone()
    write_files(root, {"docs/papers/2403/2403.00009.json": "{}"})
    with served(tmp_path) as server:
        git(root, "remote", "set-url", "origin", f"{server.url}/origin.git")
        ok(jobs.call(root, "job", "commit", GITHUB_TOKEN=f"{PUSH_TOKEN}\n"))
    assert "docs/papers/2403/2403.00009.json" in jobs.remote.files()


def test_a_protected_branch_is_told_with_its_reason(jobs) -> None:
    """The build goes on from the commit that was pushed elsewhere; the next run, too."""
    jobs.remote.protect()
    root = jobs.clone()
    write_files(root, {"docs/papers/2403/2403.00009.json": "{}"})
    done = jobs.run(root, "job", "commit")
    assert ok(done).split() == [jobs.remote.head(RECORDS_BRANCH)]
    assert "GH006: Protected branch update failed" in done.stderr
    assert f"merge {RECORDS_BRANCH} into main" in done.stderr
    root = jobs.clone()
    done = jobs.run(root, "job", "restore")
    assert ok(done) == ""
    assert done.stderr == f"records restored from {RECORDS_BRANCH}\n"
    assert (root / "docs/papers/2403/2403.00009.json").is_file()


def test_no_commit_is_printed_that_is_nowhere(jobs) -> None:
    """If nobody takes the records the job fails, in one sentence."""
    jobs.remote.hook("pre-receive", "#!/bin/sh\nexit 1\n")
    root = jobs.clone()
    write_files(root, {"docs/papers/2403/2403.00009.json": "{}"})
    done = jobs.run(root, "job", "commit")
    assert "git push: " in failed(done)
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["restore", "commit"])
def test_a_remote_that_is_gone_is_one_sentence(jobs, command) -> None:
    """After the tries that make sense."""
    root = jobs.clone()
    write_files(root, {"docs/papers/2403/2403.00009.json": "{}"})
    jobs.remote.path.rename(jobs.remote.path.with_name("gone"))
    assert "does not appear to be a git repository" in failed(jobs.run(root, "job", command))


@pytest.mark.parametrize("command", ["restore", "commit"])
def test_a_folder_that_is_no_repository_is_one_sentence(jobs, tmp_path, command) -> None:
    """As is a site whose files lie elsewhere."""
    alone = tmp_path / "alone"
    write_files(alone, {"mkdocs.yml": CONFIG, "docs/index.md": ""})
    done = jobs.call(alone, "job", command, GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert "not a git repository" in failed(done)
    root = jobs.clone()
    write_files(root, {"site/mkdocs.yml": f"{CONFIG}docs_dir: ../docs\n"})
    assert "expected docs_dir below" in failed(jobs.call(root / "site", "job", command))


def test_commit_has_to_know_the_branch(jobs) -> None:
    """Outside of a job it is to be named."""
    root = jobs.clone()
    done = run(root, "job", "commit")
    assert failed(done, 2).startswith("Error: Missing option '--branch'")
    write_files(root, {"docs/papers/2403/2403.00009.json": "{}"})
    ok(run(root, "job", "commit", "--branch", "trial"))
    assert "trial" in jobs.remote.branches


# guard


@contextmanager
def published(folder: Path) -> Iterator[str]:
    """The address at which `folder` is served."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = partial(Handler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def status(asked: int, done: int) -> str:
    return json.dumps({"papers": {"asked": asked, "done": done}})


@pytest.mark.parametrize(
    ("built", "before", "may"),
    [
        ((0, 0), None, True),  # the first time
        ((0, 0), (0, 0), True),
        ((0, 0), (1, 0), False),
        ((0, 0), SOMETHING, False),
        ((1, 0), SOMETHING, True),
        ((100, 50), (100, 100), True),
        ((100, 49), (100, 100), False),
        ((100, 0), (100, YOUNG), False),
        ((1, 0), (100, YOUNG - 1), True),
        ((0, 0), (YOUNG, YOUNG), False),
    ],
)
def test_never_empty_for_full(built, before, may) -> None:
    """A site may grow, and shrink a little, but not lose its papers."""
    counts = Counts(*before) if isinstance(before, tuple) else before
    assert (why_not_publish(Counts(*built), counts) == "") == may


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html>", b"[]", b"{}", b'{"papers": 1}', b'{"papers": []}', b'{"papers": {}}',
        b'{"papers": {"asked": 1}}', b'{"papers": {"asked": "x", "done": 1}}', b"\xff",
        b'{"papers": {"asked": null, "done": 1}}', b'{"papers": {"asked": 1e999, "done": 1}}',
        b'{"papers": {"asked": [], "done": {}}}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_status_is_none(content) -> None:
    """Whatever somebody's server sends."""
    assert parse_status(content) is None


def test_what_is_published(tmp_path) -> None:
    """Nothing only where the server says so; in every doubt there is something to lose."""
    with published(tmp_path) as url:
        assert read_published(url) is None
        write_files(tmp_path, {"status.json": "<html>"})
        assert read_published(url) == SOMETHING
        write_files(tmp_path, {"status.json": status(5, 3)})
        assert read_published(url) == read_published(url.rstrip("/")) == Counts(5, 3)
    for nowhere in (url, None, "", "example.org/no-scheme", "http://", "//[", f"http://{'x' * 70}"):
        assert read_published(nowhere) == SOMETHING
    with ArxivServer() as broken:
        faults = (Fault.status(500, body=status(9, 9).encode()), Fault.status(403), Fault.reset())
        broken.faults.extend(faults)
        for _ in faults:
            assert read_published(f"{broken.url}?x=") == SOMETHING
        assert not broken.faults


def test_guard_refuses_a_site_that_lost_its_papers(jobs, tmp_path) -> None:
    """With what was lost; a person may insist."""
    root, public = jobs.clone(), tmp_path / "public"
    assert "build it first" in failed(jobs.call(root, "job", "guard"))
    write_files(root, {"site/status.json": status(100, 10)})
    write_files(public, {"status.json": status(100, 90)})
    with published(public) as url:
        write_files(root, {"mkdocs.yml": CONFIG.replace("https://example.org/site/", url)})
        reason = "10 papers have Chinese, of the 90 that are published"
        assert failed(jobs.run(root, "job", "guard")).endswith(f"not to be published: {reason}")
        assert ok(jobs.call(root, "job", "guard", "--smaller")) == f"{reason}\n"
        write_files(root, {"site/status.json": status(101, 91)})
        assert ok(jobs.call(root, "job", "guard")) == "to be published\n"


# summary


def test_the_summary_of_a_run(jobs) -> None:
    """How the site is doing, from its files alone: no token is needed, nobody is asked."""
    root = jobs.clone()
    jobs.run(root, "update", "--unattended")
    asked = len(jobs.arxiv.requests)
    out = ok(run(root, "job", "summary"))
    assert out.startswith("## arXiv 摘要：有失败\n")
    assert "OPENAI_API_KEY" in out
    assert len(jobs.arxiv.requests) == asked
    assert not jobs.github.requests


def test_the_summary_of_a_pull_request(jobs, tmp_path) -> None:
    """What it adds and removes, how many calls its merge makes, and what is wrong with it."""
    ok(jobs.run(jobs.remote.people, "update"))
    jobs.remote.push({"docs/index.md": "# x\n"})
    jobs.remote.push({FIRST: "- 2403.00001\n- 2403.00003\n- 2403.00004v1\n- 2403.1\n"})
    show(jobs.arxiv, ArxivPaper("2403.00003", title="On New Things"))
    root = jobs.remote.job(depth="--depth=2").root
    git(root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "base"), "HEAD^1")
    assert jobs.run(root, "update", "--annotate").returncode == 1
    out = ok(jobs.run(root, "job", "summary", "--base", str(tmp_path / "base")))
    assert "新收录 2 篇" in out
    assert "On New Things" in out
    assert "会调用模型 2 次（`gpt-5-mini`）" in out
    assert f"{FIRST}:4" in out
    assert re.search(rf"{FIRST}:3.*2403.00004v1", out)
    assert re.search(r"移出 1 篇.*2403\.00002", out, re.DOTALL)


def test_a_pull_request_without_papers_and_one_into_nothing(jobs, tmp_path) -> None:
    """A change of something else adds nothing, not even what failed last night; where there was
    no list, everything is new."""
    root, base = jobs.clone(), tmp_path / "base"
    log(root, "2403.00001")
    git(root, "worktree", "add", "--quiet", "--detach", str(base), "HEAD")
    out = ok(jobs.run(root, "job", "summary", "--base", str(base)))
    assert "一切正常" in out
    assert "没有增减论文" in out
    assert "合并不需要调用模型" in out
    (tmp_path / "empty").mkdir()
    out = ok(call(root, "job", "summary", "--base", str(tmp_path / "empty")))
    assert "新收录 2 篇" in out
    assert failed(call(root, "job", "summary", "--base", "missing"), 2)
    write_files(root, {"site/mkdocs.yml": f"{CONFIG}docs_dir: ../docs\n"})
    said = failed(call(root / "site", "job", "summary", "--base", str(base)))
    assert "--base: expected docs_dir below" in said


# report


def log(root: Path, *failures: str, stopped: str | None = None) -> None:
    """The log gets a later run."""
    logs = RunLog(root / "docs/papers/runs", root)
    start = NOW + timedelta(days=len(logs.runs([])))
    each = tuple(Failure(FIRST, 1, "arXiv knows no such paper", name) for name in failures)
    logs.append(Run("update", start, 1, "1.0", failed=each, stopped=stopped))


def test_an_issue_is_opened_updated_and_closed(jobs) -> None:
    """One issue, a comment only if something else is wrong than the night before."""
    root, github = jobs.clone(), jobs.github
    stranger = github.add_issue("Mine", body=f"{ISSUE_MARKER}\nhello", login="stranger")
    pull = github.add_pull_request("A change", body=ISSUE_MARKER)
    log(root)
    assert ok(jobs.call(root, "job", "report", "--result", "update=success")) == "all is well\n"
    assert [request.method for request in github.requests] == ["GET"]
    log(root, "2403.00001")
    out = ok(jobs.run(root, "job", "report", "--result", "update=failure", "--result", "build="))
    (issue,) = (each for each in github.issues if each is not stranger)
    assert out == f"opened https://github.com/me/site/issues/{issue.number}\n"
    assert "2403.00001" in issue.body
    assert "https://github.com/me/site/actions/runs/7" in issue.body
    first = issue.body
    log(root, "2403.00001")
    ok(jobs.call(root, "job", "report", "--result", "update=failure", GITHUB_RUN_ID="8"))
    assert "actions/runs/8" in issue.body != first
    assert issue.comments == []
    log(root, "2403.00001", "2403.00002")
    ok(jobs.call(root, "job", "report", "--result", "update=failure"))
    assert "2403.00002" in issue.body
    assert len(issue.comments) == 1
    log(root)
    out = ok(jobs.call(root, "job", "report", "--result", "update=success"))
    assert out == f"all is well again: closed https://github.com/me/site/issues/{issue.number}\n"
    assert issue.state == "closed"
    assert len(issue.comments) == 2
    assert ok(jobs.call(root, "job", "report")) == "all is well\n"
    for other in (stranger, pull):
        assert (other.state, other.comments) == ("open", [])
    assert stranger.body == f"{ISSUE_MARKER}\nhello"


def test_a_job_that_failed_is_reported_although_no_paper_did(jobs) -> None:
    """A build that broke, a deployment that was cancelled."""
    root = jobs.clone()
    log(root)
    results = ("--result", "update=success", "--result", "build=failure", "--result", "deploy=")
    ok(jobs.call(root, "job", "report", *results))
    (issue,) = jobs.github.issues
    assert "生成网站" in issue.title


def test_a_report_that_cannot_be_made_is_one_sentence(jobs) -> None:
    """With what to do about it."""
    root = jobs.clone()
    log(root, stopped="The provider refuses the key.")
    jobs.github.permissions = set()
    assert "`permissions: issues: write`" in failed(jobs.call(root, "job", "report"))
    jobs.github.permissions = {"issues"}
    jobs.github.has_issues = False
    assert "tick Issues" in failed(jobs.call(root, "job", "report"))
    done = jobs.call(root, "job", "report", GITHUB_TOKEN=" ", GITHUB_REPOSITORY="")
    assert "GITHUB_TOKEN is not set" in failed(done)
    jobs.github.stop()
    assert "connection refused" in failed(jobs.run(root, "job", "report"))
    done = jobs.call(root, "job", "report", "--result", "update")
    assert failed(done, 2).endswith("expected JOB=RESULT, got 'update'")


# watch


def test_new_papers_get_onto_the_list_of_the_day(jobs) -> None:
    """In the mode `direct` they are committed with what was written of them; on the next night,
    and after a person has taken one off the list, they are not offered again."""
    now = datetime.now(UTC)
    jobs.remote.push({"mkdocs.yml": DIRECT})
    show(jobs.arxiv, submitted(1, now), submitted(2, now), submitted(3, now, hours=1000))
    root = jobs.clone()
    out = ok(jobs.run(root, "watch", "--unattended"))
    (path,) = (each for each in (root / "docs/digests").iterdir() if each.name != Path(FIRST).name)
    assert path.read_text() == "- 2611.00002\n- 2611.00001\n"
    assert f"docs/digests/{path.name} written" in out
    assert list(json.loads((root / MEMORY).read_text())) == ["2611.00001", "2611.00002"]
    head = ok(jobs.run(root, "job", "commit")).strip()
    files = jobs.remote.files(head)
    assert {f"docs/digests/{path.name}", MEMORY} <= set(files)
    assert jobs.remote.history()[0] == "Digest: 2 listed"
    assert not jobs.github.requests
    jobs.remote.push({f"docs/digests/{path.name}": "- 2611.00002\n"})
    root = jobs.clone()
    out = ok(jobs.call(root, "watch", "--unattended"))
    assert "papers: 2 seen, 2 match, 2 known, 0 chosen" in out
    assert "docs/digests" not in git(root, "status", "--porcelain")
    assert (root / MEMORY).read_text().strip() == files[MEMORY]


def test_a_person_who_watches_gets_the_list_and_no_pull_request(jobs) -> None:
    """Proposals are for jobs; and a day on which nothing happens leaves no trace."""
    now = datetime.now(UTC)
    jobs.remote.push({"mkdocs.yml": PROPOSED})
    show(jobs.arxiv, submitted(1, now, hours=1))
    root = jobs.clone()
    ok(run(root, "watch", ARXIV_API_URL=jobs.arxiv.url))
    assert len(list((root / "docs/digests").iterdir())) == 2
    logged = [path.read_text() for path in (root / "docs/papers/runs").glob("*.jsonl")]
    assert len(logged) == 1
    ok(call(root, "watch", ARXIV_API_URL=jobs.arxiv.url))
    assert [path.read_text() for path in (root / "docs/papers/runs").glob("*.jsonl")] == logged


def test_a_category_that_arxiv_does_not_have_is_told_with_the_one_that_was_meant(jobs) -> None:
    """A small one that had no paper is told apart from it."""
    jobs.remote.push({"mkdocs.yml": DIRECT.replace("[cs.CL]", "[cs.CL, cs.GL, cs.LC]")})
    show(jobs.arxiv, submitted(1, datetime.now(UTC), hours=1))
    said = ok(run(jobs.clone(), "watch", ARXIV_API_URL=jobs.arxiv.url))
    assert "no paper in cs.GL\n" in said
    assert "no paper in cs.LC, which arXiv does not have: did you mean cs.CL?" in said


def test_where_nothing_is_watched_nothing_happens(jobs) -> None:
    """A sentence, and no line in the log."""
    root = jobs.clone()
    assert ok(jobs.run(root, "watch", "--unattended")).startswith("nothing is watched")
    assert git(root, "status", "--porcelain") == ""
    assert not jobs.arxiv.requests


def test_a_watch_that_fails_is_logged_and_exits_with_1(jobs) -> None:
    """arXiv out of reach, a category that is none, a memory that cannot be read, a folder that
    takes no file: never a quiet day."""
    now = datetime.now(UTC)
    jobs.remote.push({"mkdocs.yml": DIRECT})
    root = jobs.clone()

    def logged() -> dict[str, str]:
        (path,) = (root / "docs/papers/runs").glob("*.jsonl")
        return json.loads(path.read_text().splitlines()[-1])

    def assert_failed(reason: str, command=jobs.call) -> None:
        said = failed(command(root, "watch", "--unattended"))
        assert reason in said
        assert logged()["stopped"] in said

    show(jobs.arxiv)
    assert_failed("arXiv knows no paper")
    write_files(root, {MEMORY: '{\n"2611.00001": 1,\n"x": "2026-11-20"}'})
    assert_failed(f"{MEMORY}:2: expected a day")
    assert f"; {MEMORY}:3: " in logged()["stopped"]
    (root / MEMORY).unlink()
    show(jobs.arxiv, submitted(1, now, hours=1))
    lists = root / "docs/digests"
    (lists / Path(FIRST).name).unlink()
    lists.rmdir()
    lists.write_text("in the way")
    assert_failed("docs/digests: expected to write it, got: File exists")
    jobs.arxiv.stop()
    assert_failed("arXiv", jobs.run)
    out = ok(jobs.call(root, "job", "summary"))
    assert "## arXiv 摘要：有失败" in out


# watch, with pull requests


class Nights:
    """A site whose new papers are proposed, night after night."""

    def __init__(self, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
        self.jobs, self.remote, self.github = jobs, jobs.remote, jobs.github
        jobs.remote.push({"mkdocs.yml": PROPOSED})
        for name, value in jobs.variables.items():
            monkeypatch.setenv(name, value)
        self.now = NOW
        self.root = Path()

    def settings(self) -> Settings:
        return read_settings(self.root / "mkdocs.yml")

    def run(self, *numbers: int, commit: bool = True) -> Day:
        """The night on which arXiv shows papers of these numbers."""
        show(self.jobs.arxiv, *(submitted(number, self.now) for number in numbers))
        checkout = self.remote.job()
        self.root = checkout.root
        day = watch_day(self.settings(), self.now, is_proposed=True)
        status = git(self.root, "status", "--porcelain", "--untracked-files=all")
        assert status in ("", f"?? {MEMORY}", f"M {MEMORY}")
        assert len(git(self.root, "worktree", "list").splitlines()) == 1
        if commit and checkout.commit(["docs/papers"], "Memory"):
            checkout.push("main")
        self.now += timedelta(days=1)
        return day

    @property
    def memory(self) -> list[str]:
        path = self.root / MEMORY
        return list(json.loads(path.read_text())) if path.is_file() else []

    def proposed(self) -> dict[str, list[str]]:
        """The papers of each list that is new on the branch, and nothing else is."""
        changed = git(self.remote.path, "diff", "--name-only", f"main...{BRANCH}").splitlines()
        assert all(name.startswith("docs/digests/") for name in changed)
        files = self.remote.files(BRANCH)
        return {Path(each).stem: re.findall("2611[.]0*([0-9]+)", files[each]) for each in changed}


@pytest.fixture
def nights(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> Nights:
    return Nights(jobs, monkeypatch)


def test_new_papers_are_proposed(nights) -> None:
    """On a branch that holds the list and nothing else, in a pull request that says how to take
    it or leave it. What was offered is remembered on main."""
    day = nights.run(1, 2)
    (pull,) = nights.github.pulls
    assert (pull.branch, pull.base, pull.state) == (BRANCH, "main", "open")
    assert nights.proposed() == {"2026-11-20": ["2", "1"]}
    assert git(nights.remote.path, "rev-list", "--count", f"main^..{BRANCH}") == "1"
    for part in ("2611.00001", "2611.00002", "Merge pull request", "Close pull request"):
        assert part in pull.body
    assert pull.title == "2026 年 11 月 20 日的新论文：2 篇"
    assert day.run.listed == 2
    assert day.run.is_success
    assert day.lines[-1] == f"proposed in https://github.com/me/site/pull/{pull.number}"
    assert nights.memory == ["2611.00001", "2611.00002"]


def test_a_proposal_that_is_still_open_grows(nights) -> None:
    """By a commit on top of what its reviewers did, and a comment, because that tells them."""
    nights.run(1, 2)
    nights.remote.push({"docs/digests/2026-11-20.yml": "- 2611.00001\n"}, BRANCH)
    day = nights.run(1, 2, 3)
    (pull,) = nights.github.pulls
    assert nights.proposed() == {"2026-11-20": ["1"], "2026-11-21": ["3"]}
    (comment,) = pull.comments
    assert "2611.00003" in comment
    assert "2611.00001" not in comment
    assert day.lines[-1] == f"added to https://github.com/me/site/pull/{pull.number}"
    quiet = nights.run(1, 2, 3)
    assert quiet.run.listed == 0
    assert quiet.run.is_success
    assert quiet.run.quiet == quiet.lines[-1]
    assert len(pull.comments) == 1


def test_a_reviewer_who_is_faster_by_a_moment_loses_nothing(nights) -> None:
    """The machine's commit goes on top of theirs."""
    nights.run(1)
    nights.remote.hook("pre-receive", RACING.replace("main", BRANCH))
    (nights.remote.path / "left").write_text("1")
    nights.run(1, 2)
    assert nights.remote.history(BRANCH)[1] == "faster 1"
    assert nights.proposed() == {"2026-11-20": ["1"], "2026-11-21": ["2"]}


@pytest.mark.parametrize("is_merged", [True, False])
def test_a_proposal_that_is_done_with_is_followed_by_a_new_one(nights, is_merged) -> None:
    """On a branch made anew from main; what was offered before is not offered again."""
    nights.run(1, 2)
    (first,) = nights.github.pulls
    first.state = "closed"
    if is_merged:
        nights.remote.push({"docs/digests/2026-11-20.yml": "- 2611.00001\n- 2611.00002\n"})
    theirs = nights.remote.push({"docs/index.md": "# x\n"})
    nights.run(1, 2, 3)
    assert nights.proposed() == {"2026-11-21": ["3"]}
    assert git(nights.remote.path, "rev-parse", f"{BRANCH}^") == theirs
    assert [pull.state for pull in nights.github.pulls] == ["closed", "open"]
    assert first.comments == []


def test_a_pull_request_of_somebody_else_is_not_ours(nights) -> None:
    """One of a fork may come from a branch of the same name."""
    theirs = nights.github.add_pull_request("Ours?", branch=BRANCH, owner="stranger")
    nights.run(1)
    assert theirs.comments == []
    assert len(nights.github.pulls) == 2


def test_what_could_not_be_proposed_is_proposed_on_the_next_night(nights) -> None:
    """The failure of the run says what to change; nothing is remembered as offered."""
    nights.github.may_create_pull_requests = False
    day = nights.run(1, 2)
    assert "tick Allow GitHub Actions to create and approve pull requests" in day.run.stopped
    assert day.run.listed == 0
    assert not day.run.is_success
    assert nights.memory == []
    nights.github.may_create_pull_requests = True
    nights.run(1, 2, 3)
    assert nights.proposed() == {"2026-11-21": ["3", "2", "1"]}
    assert nights.memory == ["2611.00001", "2611.00002", "2611.00003"]


def test_a_comment_that_was_not_made_is_made_on_the_next_night(nights) -> None:
    """But papers that are on the branch already are not put on it twice."""
    nights.run(1)
    nights.github.faults.extend([Fault.status(200, body=b"[]"), Fault.status(403)])
    (pull,) = nights.github.pulls
    body = json.dumps([{
        "number": pull.number, "title": "x", "html_url": "https://github.com/x",
        "head": {"ref": BRANCH, "label": f"me:{BRANCH}"},
    }])  # fmt: skip
    nights.github.faults[0] = Fault.raw(body.encode())
    day = nights.run(1, 2)
    assert "HTTP 403" in day.run.stopped
    assert pull.comments == []
    nights.run(1, 2, 3)
    assert nights.proposed() == {
        "2026-11-20": ["1"], "2026-11-21": ["2"], "2026-11-22": ["3"],
    }  # fmt: skip
    (comment,) = pull.comments
    assert "2611.00002" in comment
    assert "2611.00003" in comment
    assert nights.memory == ["2611.00001", "2611.00002", "2611.00003"]


def test_a_memory_that_did_not_get_to_main_does_no_harm(nights) -> None:
    """The night's records were lost: the open proposal still knows what is in it."""
    nights.run(1, 2, commit=False)
    nights.run(1, 2, 3)
    assert nights.proposed() == {"2026-11-20": ["2", "1"], "2026-11-21": ["3"]}


def test_a_watch_without_what_it_needs_changes_nothing(nights, monkeypatch) -> None:
    """No token, no repository, no permission to push: a failure of the run, in a sentence."""
    monkeypatch.setenv("GITHUB_TOKEN", "")
    assert "GITHUB_TOKEN is not set" in nights.run(1).run.stopped
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    nights.remote.hook("update", PROTECTED.replace("refs/heads/main", f"refs/heads/{BRANCH}"))
    stopped = nights.run(1).run.stopped
    assert stopped.startswith("git push: ")
    assert "\n" not in stopped
    assert nights.memory == []
    assert nights.github.pulls == []
    assert nights.remote.branches == ["main"]


def test_a_list_in_the_way_of_a_watch(nights) -> None:
    """Today's list of a person gets the papers, too; one that cannot be added to is named."""
    nights.remote.push({"docs/digests/2026-11-20.yml": "title: 题\npapers:\n  - 2403.00001 # 好\n"})
    nights.run(1)
    text = nights.remote.files(BRANCH)["docs/digests/2026-11-20.yml"]
    assert text == "title: 题\npapers:\n  - 2403.00001 # 好\n  - 2611.00001"
    nights.remote.push({"docs/digests/2026-11-21.yml": "[2403.00001]\n"})
    nights.github.pulls[0].state = "closed"
    assert nights.run(1, 2).run.stopped == (
        "docs/digests/2026-11-21.yml:1: expected a list with one paper a line: add them by hand"
    )


def test_the_proposal_is_made_to_the_branch_that_the_job_runs_on(nights, monkeypatch) -> None:
    """Not every site lives on main."""
    monkeypatch.setenv("GITHUB_REF_NAME", "trunk")
    nights.run(1)
    assert nights.github.pulls[0].base == "trunk"


def test_watching_unattended_proposes_and_logs(jobs) -> None:
    """As the nightly job does it, failure and success."""
    now = datetime.now(UTC)
    jobs.remote.push({"mkdocs.yml": PROPOSED})
    show(jobs.arxiv, submitted(1, now, hours=1, title="Ping @everyone <img src=x> #12"))
    root = jobs.clone()
    jobs.github.may_create_pull_requests = False
    assert "tick Allow GitHub Actions" in failed(jobs.run(root, "watch", "--unattended"))
    jobs.github.may_create_pull_requests = True
    out = ok(jobs.run(root, "watch", "--unattended"))
    (pull,) = jobs.github.pulls
    assert f"proposed in https://github.com/me/site/pull/{pull.number}" in out
    assert "`@everyone`" in pull.body
    assert "<img" not in pull.body
    ok(jobs.run(root, "job", "commit"))
    files = jobs.remote.files()
    (name,) = (name for name in files if name.endswith(".jsonl"))
    lines = list(map(json.loads, files[name].splitlines()))
    assert [("stopped" in line, line.get("listed", 0)) for line in lines] == [(True, 0), (False, 1)]
    assert {line["url"] for line in lines} == {"https://github.com/me/site/actions/runs/7"}


# Addresses


def addresses(**variables: str) -> Done:
    script = Path(__file__).parent.parent / "scripts/site-address"
    clean = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [str(script)], env=clean | variables, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("me/my-digest", "https://me.github.io/my-digest/"),
        ("Some-Body/Digest.2", "https://some-body.github.io/Digest.2/"),
        ("me/me.github.io", "https://me.github.io/"),
        ("Me/ME.GitHub.io", "https://me.github.io/"),
        ("me/you.github.io", "https://me.github.io/you.github.io/"),
    ],
)
def test_the_addresses_of_a_fork_are_its_own(repository, site) -> None:
    """A fork edits no file: both are what GitHub makes of its name."""
    done = addresses(GITHUB_REPOSITORY=repository, SITE_URL="")
    assert ok(done).splitlines() == [
        f"SITE_URL={site}", f"REPO_URL=https://github.com/{repository}"
    ]  # fmt: skip


def test_a_domain_of_ones_own_wins() -> None:
    """And a server of one's own is where the repository is."""
    done = addresses(
        GITHUB_REPOSITORY="me/site", SITE_URL="https://digest.example.org",
        GITHUB_SERVER_URL="https://git.example.org",
    )  # fmt: skip
    assert ok(done).splitlines() == [
        "SITE_URL=https://digest.example.org", "REPO_URL=https://git.example.org/me/site"
    ]  # fmt: skip


def test_without_a_repository_no_address_is_made_up() -> None:
    """Outside of a job the script fails and prints nothing."""
    done = addresses()
    assert done.returncode != 0
    assert done.stdout == ""
    assert "GITHUB_REPOSITORY" in done.stderr
