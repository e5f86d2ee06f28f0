"""The workflows, step by step and for real, against a git repository, arXiv, a model and GitHub of
their own: what is on main, what is published, what is red, and what the issue says."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from actions import Runner, RunResult, StepContext, StepFailed, load, run_blocks
from builds import read_page, write_files
from github_server import GitHubServer
from servers import ArxivPaper, ArxivServer, Fault, ModelServer
from sites import KEY

REPOSITORY = Path(__file__).parent.parent
WORKFLOWS = REPOSITORY / ".github" / "workflows"
FIRST = "docs/digests/2024-03-20.yml"
SECOND = "docs/digests/2024-03-21.yml"
BY_HAND = {"repository": {"default_branch": "main"}}


def git(folder: Path, *arguments: str) -> str:
    """As a person, with a name and nothing else configured."""
    person = {
        f"GIT_{role}_{part}": "me@x"
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
    }
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True,
        env={**os.environ, **person, "GIT_CONFIG_GLOBAL": os.devnull},
    ).stdout.strip()  # fmt: skip


def template(folder: Path, files: Mapping[str, str]) -> None:
    """What 'Use this template' gives, with lists of its own, and no pauses for arXiv."""
    for name in (".github", "scripts"):
        shutil.copytree(
            REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in (".gitattributes", ".gitignore", "pyproject.toml", "constraints.txt", "docs/glossary.yml",
                 "docs/index.md", "docs/about.md", "docs/stylesheets/site.css"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name)
    config = (REPOSITORY / "mkdocs.yml").read_text("utf-8")
    options = (
        f"  - arxiv-digest:\n      arxiv_delay: 0\n      concurrency: 1\n{files.get('options', '')}"
    )
    write_files(folder, {"mkdocs.yml": config.replace("  - arxiv-digest\n", options)})
    write_files(folder, {name: text for name, text in files.items() if name != "options"})


def set_up(workspace: Path) -> None:
    """What scripts/setup would do: this very environment, marked as complete."""
    venv = workspace / ".venv"
    venv.mkdir()
    (venv / "bin").symlink_to(Path(sys.executable).parent)
    sums = subprocess.run(
        ["cksum", "pyproject.toml", "constraints.txt"], cwd=workspace, capture_output=True, text=True, check=True,
    ).stdout.rstrip("\n")  # fmt: skip
    (venv / ".installed-").write_text(f"{sums} \n")


class GitHub(GitHubServer):
    """Knows the token of the job that runs at the moment, and what it may do."""

    runner: Runner | None = None

    @property
    def token(self) -> str:
        return self.runner.live_token if self.runner else ""

    @token.setter
    def token(self, value: str) -> None:
        pass

    @property
    def permissions(self) -> set[str]:
        rights = (self.runner and self.runner.permissions_of(self.token)) or {}
        return {name.replace("-", "_") for name, right in rights.items() if right == "write"}

    @permissions.setter
    def permissions(self, value: set[str]) -> None:
        pass


@dataclass
class World:
    """A repository on GitHub with everything around it."""

    root: Path
    origin: Path
    arxiv: ArxivServer
    model: ModelServer
    github: GitHub
    site_url: str
    published: Path
    """Where the published site lies, served at `site_url`."""
    nights: int = 0
    secrets: dict[str, str] = field(default_factory=lambda: {"OPENAI_API_KEY": KEY})

    def run(self, workflow: str, event_name: str, **more: Any) -> tuple[RunResult, Runner]:
        self.nights += 1
        pause = self.root / "pause"
        write_files(pause, {"sleep": "#!/bin/sh\n"})  # what waits for arXiv need not wait here
        (pause / "sleep").chmod(0o755)
        runner = Runner(
            load(WORKFLOWS / workflow),
            origin=self.origin,
            work=self.root,
            event_name=event_name,
            run_id=str(self.nights),
            prepare=set_up,
            secrets=more.pop("secrets", self.secrets),
            variables={"OPENAI_BASE_URL": self.model.base_url, "SITE_URL": self.site_url},
            environment={
                "PATH": f"{pause}:{Path(sys.executable).parent}",
                "ARXIV_API_URL": self.arxiv.url,
                "GITHUB_API_URL": self.github.url,
                "NO_PROXY": "127.0.0.1",
                "no_proxy": "127.0.0.1",
                "NO_MKDOCS_2_WARNING": "1",
            },
            **more,
        )
        self.github.runner = runner
        result = runner.run()
        if runner.published is not None:
            shutil.rmtree(self.published)
            shutil.copytree(runner.published, self.published)
        return result, runner

    def night(self, event: str = "schedule", **more: Any) -> RunResult:
        result, _ = self.run("nightly.yml", event, **more)
        assert KEY not in result.log
        assert "ghs_" not in result.log
        return result

    def push(self, files: Mapping[str, str | None], branch: str = "main") -> str:
        """What a person pushes to main; None deletes a file."""
        folder = self.root / f"person-{len(list(self.root.glob('person-*')))}"
        git(self.root, "clone", "--quiet", "--branch", "main", str(self.origin), str(folder))
        write_files(folder, {name: text for name, text in files.items() if text is not None})
        for name, text in files.items():
            if text is None:
                git(folder, "rm", "-r", "--quiet", name)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", "A person's")
        git(folder, "push", "--quiet", "origin", f"HEAD:{branch}")
        return git(folder, "rev-parse", "HEAD")

    def head(self, branch: str = "main") -> str:
        return git(self.origin, "rev-parse", branch)

    def file(self, path: str, branch: str = "main") -> str:
        return git(self.origin, "show", f"{branch}:{path}")

    def files(self, folder: str, branch: str = "main") -> list[str]:
        return git(self.origin, "ls-tree", "-r", "--name-only", branch, "--", folder).splitlines()

    def log(self) -> list[str]:
        return git(self.origin, "log", "--format=%s", "main").splitlines()

    def has_chinese(self, paper: str, branch: str = "main") -> bool:
        path = f"docs/papers/{paper[:4]}/{paper}.json"
        return path in self.files("docs/papers", branch) and "chinese" in json.loads(
            self.file(path, branch)
        )

    def page(self, url: str) -> str:
        return read_page(self.published, url).text

    def open_issues(self) -> list[Any]:
        return [issue for issue in self.github.issues if issue.state == "open"]


@pytest.fixture
def world(tmp_path) -> Iterator[Callable[..., World]]:
    """A maker of worlds, from the files of the repository and the papers that arXiv knows."""
    published = tmp_path / "published"
    published.mkdir()
    handler = functools.partial(_Quiet, directory=str(published))
    pages = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=pages.serve_forever, args=(0.01,), daemon=True).start()
    with ArxivServer() as arxiv, ModelServer() as model, GitHub() as github:
        model.api_key = KEY

        def make(files: Mapping[str, str], *papers: ArxivPaper) -> World:
            origin, folder = tmp_path / "origin.git", tmp_path / "template"
            folder.mkdir()
            template(folder, files)
            git(folder, "init", "--quiet", "--initial-branch", "main")
            git(folder, "add", "--all")
            git(folder, "commit", "--quiet", "--message", "From a template")
            git(tmp_path, "clone", "--quiet", "--bare", str(folder), str(origin))
            for paper in papers:
                arxiv.papers.setdefault(paper.id, []).append(paper)
            url = f"http://127.0.0.1:{pages.server_port}/"
            return World(tmp_path, origin, arxiv, model, github, url, published)

        yield make
    pages.shutdown()
    pages.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def papers(*numbers: int, **more: Any) -> list[ArxivPaper]:
    return [ArxivPaper(f"2403.{number:05}", **more) for number in numbers]


# A full night


def test_a_full_night_writes_commits_and_publishes(world) -> None:
    """Main holds the records, the site is built from that very commit, nothing is red, and nobody
    is told anything."""
    here = world({FIRST: "- 2403.00001\n- 2403.00002\n"}, *papers(1, 2))
    result = here.night()
    assert not result.is_red, result.log
    assert [job.result for job in result.jobs.values()] == ["success"] * 4
    assert here.has_chinese("2403.00001")
    assert here.has_chinese("2403.00002")
    assert here.log() == ["Digest: 2 fetched, 2 written", "From a template"]
    assert "稀疏" in here.page("digests/2024-03-20/") or "待译" not in here.page(
        "digests/2024-03-20/"
    )
    assert git(result.jobs["build"].workspace, "rev-parse", "HEAD") == here.head()
    assert here.github.issues == []
    assert "2" in result.jobs["update"].summary
    assert "一切正常" in result.jobs["update"].summary
    status = json.loads((here.published / "status.json").read_text("utf-8"))
    assert status["papers"]["done"] == 2
    assert status["well"] is True
    config = result.jobs["update"].workspace / ".git" / "config"
    assert "ghs_" not in config.read_text()
    author = git(here.origin, "log", "-1", "--format=%an <%ae>", "main")
    assert author.startswith("github-actions[bot]")


def test_a_night_takes_over_new_versions_and_withdrawals(world) -> None:
    """What changed at arXiv is on the site the next morning, without being asked for."""
    today = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    here = world(
        {FIRST: "- 2403.00001\n- 2403.00002\n"}, *papers(1, 2, published=today, updated=today)
    )
    here.night()
    calls = len(here.model.requests)
    here.arxiv.papers["2403.00001"] += papers(
        1, version=2, published=today, updated=today, abstract="A new abstract. " * 8
    )
    here.arxiv.papers["2403.00002"] += papers(
        2,
        version=2,
        published=today,
        updated=today,
        comment="This paper has been withdrawn by the authors.",
        abstract="Withdrawn.",
    )
    result = here.night()
    assert not result.is_red, result.log
    assert len(here.model.requests) == calls + 1
    page = here.page("digests/2024-03-20/")
    assert "已更新 v2" in page
    assert "已撤稿" in page
    assert "A new abstract." in page
    assert (
        "Withdrawn."
        not in json.loads(here.file("docs/papers/2403/2403.00002.json"))["paper"]["abstract"]
    )


# Nights that go wrong


def test_a_night_with_the_model_down_half_way_keeps_what_is_done_and_tells(world) -> None:
    """What was written is on main and on the site; the run is red; one issue names the others with
    the reason, and is closed when all is well again."""
    here = world({FIRST: "".join(f"- 2403.0000{n}\n" for n in range(1, 5))}, *papers(1, 2, 3, 4))
    for number in (3, 4):
        here.model.faults_for[f"2403.0000{number}"] = [
            Fault.status(500, retry_after="0", body=KEY.encode())
        ] * 50
    result = here.night()
    assert result.is_red
    assert [job.result for job in result.jobs.values()] == [
        "failure",
        "success",
        "success",
        "success",
    ]
    assert [here.has_chinese(f"2403.0000{n}") for n in range(1, 5)] == [True, True, False, False]
    assert "待译" in here.page("digests/2024-03-20/")
    (issue,) = here.github.issues
    assert "2403.00003" in issue.body
    assert "2403.00004" in issue.body
    assert "500" in issue.body
    assert KEY not in json.dumps([r.body for r in here.github.requests], default=str)
    assert "有失败" in result.jobs["update"].summary

    again = here.night()  # still down: the same issue, and nobody is written to twice
    assert again.is_red
    assert len(here.open_issues()) == 1
    assert issue.comments == []

    here.model.faults_for.clear()
    well = here.night()
    assert not well.is_red, well.log
    assert here.open_issues() == []
    assert len(here.github.issues) == 1
    assert all(here.has_chinese(f"2403.0000{n}") for n in range(1, 5))


def test_a_push_that_races_with_a_persons_comes_on_top_of_it(world) -> None:
    """Both are on main, and the site shows both."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1, 2))

    def person_pushes(context: StepContext) -> None:
        here.push({SECOND: "- 2403.00002\n"})

    result = here.night(before={"Commit": person_pushes})
    assert not result.is_red, result.log
    assert here.log() == ["Digest: 1 fetched, 1 written", "A person's", "From a template"]
    assert here.has_chinese("2403.00001")
    assert SECOND in here.files("docs/digests")
    assert "待译" in here.page("digests/2024-03-21/")


def test_a_night_with_nothing_new_leaves_main_as_it_is(world) -> None:
    """The site is published all the same; after a day a line of the log says that the run is alive,
    which keeps GitHub from switching it off."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    here.night()
    head, calls = here.head(), len(here.model.requests)
    result = here.night("push")
    assert not result.is_red, result.log
    assert here.head() == head
    assert len(here.model.requests) == calls
    assert git(result.jobs["build"].workspace, "rev-parse", "HEAD") == head

    (log,) = here.files("docs/papers/runs")
    line = json.loads(here.file(log))
    line["start"] = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    here.push({log: json.dumps(line) + "\n"})
    before = here.head()
    assert not here.night().is_red
    assert here.log()[0] == "Digest: nothing new"
    changed = git(here.origin, "diff", "--name-only", before, "main").splitlines()
    assert [path for path in changed if not path.startswith("docs/papers/runs/")] == []


def test_a_night_after_which_one_list_is_broken_does_the_others(world) -> None:
    """What can be read of it is on the site too; the issue says in Chinese what is wrong where."""
    here = world(
        {
            FIRST: "- 2403.00001\n- 2403.00001\n- 2403.00003\n",
            SECOND: "- 2403.00002\n",
            "docs/digests/2024-03-22.yml": "- [\n",
        },
        *papers(1, 2, 3),
    )
    result = here.night()
    assert result.is_red
    assert [job.result for job in result.jobs.values()] == [
        "failure",
        "success",
        "success",
        "success",
    ]
    assert all(here.has_chinese(f"2403.0000{n}") for n in (1, 2, 3))
    assert "待译" not in here.page("digests/2024-03-20/")
    assert "待译" not in here.page("digests/2024-03-21/")
    assert not (here.published / "digests/2024-03-22").exists()
    (issue,) = here.github.issues
    assert "docs/digests/2024-03-20.yml" in issue.body
    assert "写了两次" in issue.body or "已经" in issue.body
    assert "docs/digests/2024-03-22.yml" in issue.body
    assert "docs/digests/2024-03-20.yml" in here.page("status/")


def test_a_night_without_the_key_is_red_and_says_so(world) -> None:
    """Days that come out empty are not green."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    here.secrets = {}
    result = here.night()
    assert result.is_red
    (issue,) = here.github.issues
    assert "OPENAI_API_KEY" in issue.body
    assert "Sparse Routing" in here.page("digests/2024-03-20/")
    assert here.model.requests == []


def test_a_night_with_arxiv_down_publishes_what_there_is(world) -> None:
    """The new paper waits for tomorrow, named with the reason."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    here.night()
    here.push({SECOND: "- 2403.00002\n"})
    here.arxiv.faults.extend([Fault.status(503, retry_after="0")] * 50)
    result = here.night()
    assert result.is_red
    assert "503" in here.open_issues()[0].body
    assert "待译" not in here.page("digests/2024-03-20/")
    assert "待译" in here.page("digests/2024-03-21/")


def test_a_full_site_is_never_replaced_by_an_empty_one(world) -> None:
    """Nothing is published, the run is red, and the issue says why."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    here.night()
    before = sorted(here.published.rglob("*"))
    here.push({"docs/digests": None})
    result = here.night()
    assert result.jobs["build"].result == "failure"
    assert result.jobs["deploy"].result == "skipped"
    assert sorted(here.published.rglob("*")) == before
    assert len(here.open_issues()) == 1
    meant, _ = here.run("nightly.yml", "workflow_dispatch", inputs={"smaller": True}, event=BY_HAND)
    assert meant.jobs["deploy"].result == "success", meant.log


def test_what_a_protected_branch_refuses_is_kept_and_not_paid_twice(world) -> None:
    """The records wait on a branch of their own, and the site is built from there."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1, 2))
    hook = protect(here)
    head = here.head()
    result = here.night()
    assert not result.is_red, result.log
    assert here.head() == head
    assert here.has_chinese("2403.00001", "arxiv-digest/records")
    assert "arxiv-digest/records" in result.jobs["update"].summary
    assert "待译" not in here.page("digests/2024-03-20/")
    calls = len(here.model.requests)
    assert not here.night().is_red
    assert len(here.model.requests) == calls
    assert "待译" not in here.page("digests/2024-03-20/")

    hook.unlink()
    here.push({SECOND: "- 2403.00002\n"})
    assert not here.night("push").is_red
    assert len(here.model.requests) == calls + 1
    assert here.has_chinese("2403.00001")
    assert here.has_chinese("2403.00002")
    assert "arxiv-digest/records" not in git(here.origin, "branch", "--list")


def test_a_job_that_breaks_before_it_has_begun_is_told_of(world) -> None:
    """Nothing is published, because it might be older; the issue names the part that failed."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    here.night()

    def breaks(context: StepContext) -> None:
        raise StepFailed("no space left on device")

    result = here.night(before={"update / Set up Python": breaks})
    assert result.jobs["update"].result == "failure"
    assert result.jobs["build"].result == "skipped"
    assert result.jobs["deploy"].result == "skipped"
    assert "更新" in here.open_issues()[0].body


PROTECTED = """#!/bin/sh
[ "$1" != refs/heads/main ] || { echo "error: GH013: rule violations"; exit 1; }
"""


def protect(here: World) -> Path:
    hook = here.origin / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(PROTECTED)
    hook.chmod(0o755)
    return hook


def test_a_night_that_cannot_restore_overwrites_nothing(world) -> None:
    """The records of a protected branch stay where they are, and nothing is published."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    protect(here)
    here.night()
    head = here.head("arxiv-digest/records")

    def breaks(context: StepContext) -> None:
        raise StepFailed("GitHub is away")

    step = "Restore what a protected branch refused"
    result = here.night(before={step: breaks})
    assert result.is_red
    assert here.head("arxiv-digest/records") == head
    assert result.jobs["deploy"].result == "skipped"


def test_what_could_not_be_pushed_is_attached(world) -> None:
    """A night whose push fails for good loses nothing that was paid for."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))

    def breaks(context: StepContext) -> None:
        raise StepFailed("GitHub is away")

    result, runner = here.run("nightly.yml", "schedule", before={"Commit": breaks})
    assert result.is_red
    assert list(runner.artifacts["records"].rglob("2403.00001.json"))
    assert result.jobs["deploy"].result == "skipped"
    assert "做完的都已存下" not in here.open_issues()[0].body


def test_a_run_by_hand_on_another_branch_does_nothing(world) -> None:
    """It would take the records away from where they belong."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    git(here.origin, "branch", "try", "main")
    result, _ = here.run("nightly.yml", "workflow_dispatch", branch="try", event=BY_HAND)
    assert [job.result for job in result.jobs.values()] == ["skipped"] * 4
    assert here.model.requests == []


def test_a_broken_mkdocs_yml_is_told_of(world) -> None:
    """The one file that maintainers edit: the issue names it, and a pull request's check shows it."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    config = here.file("mkdocs.yml").replace(
        "      arxiv_delay: 0\n", "      arxiv_delay: 0\n      watch: {categories: [nlp!]}\n"
    )
    event = propose(here, {"mkdocs.yml": config})
    result, _ = here.run("check.yml", "pull_request", event=event, secrets={})
    assert result.is_red
    assert {a.properties["file"] for a in result.annotations} == {"mkdocs.yml"}
    here.push({"mkdocs.yml": config})
    result = here.night()
    assert result.is_red
    assert "mkdocs.yml" in here.open_issues()[0].body


# Watching


WATCH = "      watch: {{categories: [cs.CL], mode: {mode}}}\n"


def new_papers() -> list[ArxivPaper]:
    day = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return papers(11, 12, published=day, updated=day)


def today() -> str:
    return f"docs/digests/{(datetime.now(UTC) + timedelta(hours=8)).date().isoformat()}.yml"


def test_watched_papers_are_proposed_and_come_with_the_merge(world) -> None:
    """One pull request holds today's list; main is as it was; no paper is proposed twice; what a
    person merges is written by the run that the merge starts."""
    here = world(
        {FIRST: "- 2403.00001\n", "options": WATCH.format(mode="pull request")},
        *papers(1),
        *new_papers(),
    )
    name = today()
    result = here.night()
    assert not result.is_red, result.log
    (pull,) = here.github.pulls
    assert "2403.00011" in pull.body
    assert name not in here.files("docs/digests")
    assert here.file(name, "arxiv-digest/watch").split() == ["-", "2403.00012", "-", "2403.00011"]
    assert git(here.origin, "diff", "--name-only", "main...arxiv-digest/watch").splitlines() == [
        name
    ]
    assert not here.night().is_red
    assert len(here.github.pulls) == 1

    folder = here.root / "merge"
    git(here.root, "clone", "--quiet", str(here.origin), str(folder))
    git(folder, "merge", "--quiet", "--no-edit", "origin/arxiv-digest/watch")
    git(folder, "push", "--quiet", "origin", "HEAD:main")
    pull.state = "closed"
    assert not here.night("push").is_red
    assert here.has_chinese("2403.00011")
    assert len(here.github.pulls) == 1


def test_watched_papers_are_written_the_same_night_in_direct_mode(world) -> None:
    """List and records are one commit."""
    here = world(
        {FIRST: "- 2403.00001\n", "options": WATCH.format(mode="direct")}, *papers(1), *new_papers()
    )
    name = today()
    result = here.night()
    assert not result.is_red, result.log
    assert name in here.files("docs/digests")
    assert here.has_chinese("2403.00012")
    assert here.github.pulls == []
    assert len(here.log()) == 2


def test_a_protected_branch_keeps_watched_lists_too(world) -> None:
    """A list that main refused is on the site the next night as well."""
    here = world(
        {FIRST: "- 2403.00001\n", "options": WATCH.format(mode="direct")}, *papers(1), *new_papers()
    )
    protect(here)
    here.night()
    calls = len(here.model.requests)
    assert not here.night().is_red
    assert len(here.model.requests) == calls
    assert today() in here.files("docs/digests", "arxiv-digest/records")
    assert (here.published / today().removeprefix("docs/").removesuffix(".yml")).is_dir()


def test_a_watch_that_fails_is_red_and_the_rest_is_done(world) -> None:
    """GitHub's refusal to open pull requests comes with the setting to change."""
    here = world(
        {FIRST: "- 2403.00001\n", "options": WATCH.format(mode="pull request")},
        *papers(1),
        *new_papers(),
    )
    here.github.may_create_pull_requests = False
    result = here.night()
    assert result.is_red
    assert here.has_chinese("2403.00001")
    assert result.jobs["deploy"].result == "success"
    assert "Allow GitHub Actions to create and approve pull requests" in here.open_issues()[0].body
    here.github.may_create_pull_requests = True
    assert not here.night().is_red
    assert len(here.github.pulls) == 1
    assert here.open_issues() == []


# A pull request from a fork


def propose(here: World, files: Mapping[str, str]) -> Mapping[str, Any]:
    """A pull request's event; GitHub has merged it into refs/pull/7/merge for the check."""
    folder = here.root / "fork"
    git(here.root, "clone", "--quiet", str(here.origin), str(folder))
    git(folder, "switch", "--quiet", "--create", "patch-1")
    write_files(folder, files)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Update 2024-03-20.yml")
    git(folder, "switch", "--quiet", "--detach", "main")
    git(folder, "merge", "--quiet", "--no-ff", "--no-edit", "patch-1")
    git(folder, "push", "--quiet", "origin", "HEAD:refs/pull/7/merge")
    return {
        "number": 7,
        "pull_request": {"head": {"ref": "patch-1"}, "base": {"ref": "main"}},
    }


def test_a_forks_pull_request_is_checked_without_secrets(world) -> None:
    """The pages are attached, the summary says what comes and what it costs, the model is not
    asked, and nothing is written anywhere."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1, 2, 3))
    here.night()
    calls, head = len(here.model.requests), here.head()
    event = propose(here, {FIRST: "- 2403.00001\n- 2403.00002\n", SECOND: "- 2403.00003\n"})
    result, runner = here.run("check.yml", "pull_request", event=event, secrets={})
    assert not result.is_red, result.log
    assert len(here.model.requests) == calls
    assert here.head() == head
    summary = result.jobs["check"].summary
    assert "2403.00002" in summary
    assert "Study 2403.00003" in summary
    assert "2403.00001" not in summary
    assert " 2 " in summary
    site = runner.artifacts["site"]
    page = next(site.rglob("digests/2024-03-20/index.html")).read_text("utf-8")
    assert "Study 2403.00002" in page
    assert result.annotations == []


def test_a_fault_in_a_pull_request_is_shown_at_its_line_in_chinese(world) -> None:
    """Wrong IDs, and IDs that arXiv does not know; the summary says what to do."""
    here = world({FIRST: "- 2403.00001\n"}, *papers(1))
    here.night()
    event = propose(here, {FIRST: "- 2403.00001\n- 2413.00001\n", SECOND: "- 2403.09999\n"})
    result, _ = here.run("check.yml", "pull_request", event=event, secrets={})
    assert result.is_red
    places = {(a.properties["file"], a.properties["line"]): a.message for a in result.annotations}
    assert "13 月" in places[FIRST, "2"]
    assert (SECOND, "1") in places
    assert "2403.09999" in result.jobs["check"].summary
    assert all("expected" not in message for message in places.values())


# The workflows themselves


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("*.yml")), ids=lambda path: path.stem)
def test_no_expression_stands_in_a_shell(path) -> None:
    """What others wrote reaches a shell only through the environment; and every block is sound."""
    import yaml

    shellcheck = shutil.which(
        "shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    )
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in path.read_text("utf-8")
    for job in workflow["jobs"].values():
        assert "permissions" in job
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
    if shellcheck is None:
        if os.environ.get("CI") == "true":
            pytest.fail("expected shellcheck, found none: scripts/setup test lint")
        pytest.skip("shellcheck is not there: scripts/setup lint")
    for block in run_blocks(path):
        text = f"#!/bin/bash\n{block.text}"
        done = subprocess.run([shellcheck, "-"], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
