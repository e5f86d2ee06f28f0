"""What a job commits gets to the remote, whoever else pushes and whatever the machine is like."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer

import pytest

from builds import write_files
from digest_plugin.jobs.checkout import RECORDS_BRANCH, TRIES, Checkout, GitError

TOKEN = "ghs_planted4f1d9c77"
PAPERS = ["docs/papers"]
RECORD = "docs/papers/2403/2403.00001.json"
OTHER = "docs/papers/2403/2403.00002.json"
LOG = "docs/papers/runs/2026-11.jsonl"
LIST = "docs/digests/2026-11-22.yml"
BOT = "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"
PROTECTED = """\
#!/bin/sh
[ "$1" != refs/heads/main ] && exit 0
echo "error: GH006: Protected branch update failed for $1." >&2
exit 1
"""
RACING = """\
#!/bin/sh
# Somebody else is faster, as many times as the file says.
left="$(cat "$GIT_DIR/left")"
[ "$left" -gt 0 ] || exit 0
echo "$((left - 1))" >"$GIT_DIR/left"
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
git update-ref refs/heads/main "$(git commit-tree 'main^{tree}' -p main -m "faster $left")"
"""


def git(folder: Path, *arguments: str) -> str:
    """What a person's git says."""
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


class Remote:
    """A bare repository, the people who push to it, and the jobs that begin from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "origin.git"
        self.people = folder / "people"

    def make(self) -> None:
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.path))
        git(self.path, "config", "core.hooksPath", "hooks")  # whatever the machine is told
        git(self.folder, "clone", "--quiet", "origin.git", "people")
        git(self.people, "remote", "set-url", "origin", "../origin.git")  # it will be copied
        git(self.people, "checkout", "--quiet", "-b", "main")
        self.push({"mkdocs.yml": "site_name: x\n", LIST: "- 2403.00001\n"})
        self.push({RECORD: "{}\n", LOG: '{"run": 1}\n'})

    @property
    def url(self) -> str:
        return self.path.as_uri()  # git makes no shallow clones of paths

    def push(self, files: dict[str, str | None], branch: str = "main") -> str:
        """A person's commit of `files`, None for one that is removed."""
        self.pull(branch)
        for name, text in files.items():
            if text is None:
                (self.people / name).unlink()
            else:
                path = self.people / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
        git(self.people, "add", "--all")
        git(self.people, "commit", "--quiet", "--message", "By a person")
        git(self.people, "push", "--quiet", "origin", f"HEAD:{branch}")
        return git(self.people, "rev-parse", "HEAD")

    def pull(self, branch: str = "main") -> None:
        git(self.people, "fetch", "--quiet", "--prune", "origin")
        if git(self.people, "branch", "--remotes", "--list", f"origin/{branch}"):
            git(self.people, "checkout", "--quiet", "-B", branch, f"origin/{branch}")

    def hook(self, name: str, script: str) -> None:
        path = self.path / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)

    def protect(self, script: str = PROTECTED) -> None:
        self.hook("update", script)

    def unprotect(self) -> None:
        (self.path / "hooks/update").unlink()

    def job(self, sleep: Callable[[float], object] = lambda seconds: None, **options) -> Checkout:
        """What actions/checkout leaves: one commit, no branch, no credentials. With the depth None
        a whole clone on its branch, as on a server of one's own."""
        root = self.folder / f"job-{len(list(self.folder.glob('job-*')))}"
        depth, url = options.pop("depth", "--depth=1"), options.pop("url", self.url)
        git(self.folder, "clone", "--quiet", *filter(None, [depth]), self.url, root.name)
        if depth:
            git(root, "checkout", "--quiet", "--detach")
            git(root, "branch", "--quiet", "-D", "main")
        git(root, "remote", "set-url", "origin", url)
        return Checkout(root, sleep=sleep, **options)

    def files(self, branch: str = "main") -> dict[str, str]:
        names = git(self.path, "ls-tree", "-r", "--name-only", branch).splitlines()
        return {name: git(self.path, "show", f"{branch}:{name}") for name in names}

    def head(self, branch: str = "main") -> str:
        return git(self.path, "rev-parse", branch)

    def history(self, branch: str = "main") -> list[str]:
        """The messages, newest first; no merge among them."""
        assert not git(self.path, "log", "--merges", "--format=%s", branch)
        return git(self.path, "log", "--format=%s", branch).splitlines()

    @property
    def branches(self) -> list[str]:
        return git(self.path, "branch", "--format=%(refname:short)").splitlines()


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nobody is configured, and nobody is guessed; its configuration."""
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tuseConfigOnly = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return config


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every remote begins with; made once, because git takes its time."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        Remote(folder).make()
    return folder


@pytest.fixture
def remote(made: Path, tmp_path: Path) -> Remote:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True, symlinks=True)
    return Remote(tmp_path)


def write(checkout: Checkout, files: dict[str, str]) -> None:
    write_files(checkout.root, files)


def night(checkout: Checkout, files: dict[str, str], paths: list[str] = PAPERS) -> str:
    """Write, commit and push as a job does; the branch that took it."""
    write(checkout, files)
    assert checkout.commit(paths, "By the machine")
    pushed = checkout.push("main")
    assert pushed.commit == checkout.head() == git(checkout.root, "rev-parse", "HEAD")
    assert bool(pushed.refusal) == (pushed.branch != "main")
    assert_tidy(checkout)
    return pushed.branch


def assert_tidy(checkout: Checkout) -> None:
    """Nothing is half done: no rebase, no stash, no worktree, no change that is not committed."""
    folder = checkout.root / ".git"
    assert not list(folder.glob("rebase-*"))
    assert git(checkout.root, "stash", "list") == ""
    assert len(git(checkout.root, "worktree", "list").splitlines()) == 1
    assert git(checkout.root, "status", "--porcelain", "--untracked-files=no") == ""


# A quiet night


def test_a_commit_of_the_machine_gets_to_the_branch(remote) -> None:
    """By the bot, and from a clone that holds one commit and no branch."""
    job = remote.job()
    assert night(job, {OTHER: "{}\n"}) == "main"
    assert remote.files()[OTHER] == "{}"
    assert remote.head() == job.head()
    assert remote.branches == ["main"]
    shown = git(remote.path, "log", "-1", "--format=%an <%ae>%n%cn <%ce>%n%s")
    assert shown.splitlines() == [BOT, BOT, "By the machine"]


def test_nothing_new_is_no_commit(remote) -> None:
    """Also if folders are missing or empty, or hold nothing but what is hidden."""
    job = remote.job()
    assert not job.commit([*PAPERS, "docs/missing"], "Nothing")
    (job.root / "docs/empty").mkdir()
    write(job, {"docs/hidden/.lock": "", "docs/papers/.lock": "", "docs/papers/x/.y.tmp": ""})
    assert not job.commit([*PAPERS, "docs/missing", "docs/empty", "docs/hidden"], "Nothing")
    assert job.head() == remote.head()


def test_only_what_is_below_the_paths_is_committed(remote) -> None:
    """Not what somebody has changed, or even staged, elsewhere; hidden files are nobody's data."""
    job = remote.job()
    write(job, {RECORD: "new\n", OTHER: "new\n", "docs/papers/.lock": "", "mkdocs.yml": "changed",
                "staged.txt": "", "docs/papers.txt": ""})  # fmt: skip
    git(job.root, "add", "staged.txt")
    (job.root / LOG).unlink()
    assert job.commit(PAPERS, "Records")
    shown = git(job.root, "show", "--name-status", "--format=", "HEAD").splitlines()
    assert shown == [f"M\t{RECORD}", f"A\t{OTHER}", f"D\t{LOG}"]


def test_what_is_ignored_is_committed_all_the_same(remote, machine, tmp_path) -> None:
    """A site may ignore every *.json, or a machine may: records are paid for."""
    write_files(tmp_path, {"ignore": "*.jsonl\n"})
    remote.push({".gitignore": "*.json\n/docs/papers/2404/\n"})
    job = remote.job()
    machine.write_text(f"[core] excludesFile = {tmp_path / 'ignore'}\n")
    new = {OTHER: "1\n", "docs/papers/2404/x.json": "2\n", LOG.replace("11", "12"): "3\n"}
    assert night(job, new) == "main"
    assert new.keys() <= remote.files().keys()


@pytest.mark.parametrize("folder", ["docs/p*", "docs/:(top)", "docs/论文 1", "docs/[a]"])
def test_a_path_means_itself(remote, folder) -> None:
    """Whatever signs the option `papers` holds, nothing else is committed or restored."""
    remote.protect()
    first = remote.job()
    write(first, {f"{folder}/x.json": "1\n", OTHER: "not asked for"})
    assert first.commit([folder], "One folder")
    assert first.push("main").branch == RECORDS_BRANCH
    second = remote.job()
    assert second.restore([folder])
    assert (second.root / folder / "x.json").read_text() == "1\n"
    assert not (second.root / OTHER).exists()


def test_a_site_in_a_folder_of_the_repository(remote) -> None:
    """Paths are relative to the site; also in another working tree."""
    remote.push({"site/docs/papers/a.json": "1\n", "site/mkdocs.yml": ""})
    remote.protect()
    first = remote.job()
    first = Checkout(first.root / "site", sleep=first.sleep)
    write(first, {"docs/papers/b.json": "2\n"})
    assert first.commit(PAPERS, "Records")
    assert first.push("main").branch == RECORDS_BRANCH
    second = remote.job()
    second = Checkout(second.root / "site", sleep=second.sleep)
    assert second.restore(PAPERS)
    assert (second.root / "docs/papers/b.json").read_text() == "2\n"
    with second.worktree(None) as tree:
        assert (tree.root / "docs/papers/a.json").is_file()
        write(tree, {"docs/papers/c.json": "3\n"})
        assert tree.commit(PAPERS, "In the other tree")
    with pytest.raises(GitError, match="expected docs_dir below"):
        second.name(second.root.parent / "docs")
    assert second.name(second.root / "docs/papers") == "docs/papers"


# Others push, too


@pytest.mark.parametrize("depth", ["--depth=1", "--depth=2", None])
def test_a_push_that_comes_too_late_goes_on_top(remote, depth) -> None:
    """In a shallow clone and in a whole one; nobody's commit is lost, and no merge is made."""
    job = remote.job(depth=depth)
    theirs = remote.push({"docs/index.md": "By a person\n"})
    assert night(job, {OTHER: "{}\n"}) == "main"
    assert git(remote.path, "rev-parse", "main^") == theirs
    assert {OTHER, "docs/index.md"} <= set(remote.files())
    assert (job.root / "docs/index.md").is_file()


def test_a_race_that_is_lost_several_times_is_run_again(remote) -> None:
    """With a longer wait each time."""
    remote.hook("pre-receive", RACING)
    (remote.path / "left").write_text(str(TRIES - 1))
    waits: list[float] = []
    assert night(remote.job(waits.append), {OTHER: "{}\n"}) == "main"
    assert remote.history()[:TRIES] == [
        "By the machine", *(f"faster {number}" for number in range(1, TRIES))
    ]  # fmt: skip
    assert len(waits) == TRIES - 1
    assert sorted(waits) == waits


def test_records_survive_a_race_that_is_always_lost(remote) -> None:
    """They go to their own branch, on top of the branch as it was last seen."""
    remote.hook("pre-receive", RACING)
    (remote.path / "left").write_text(str(TRIES))
    assert night(remote.job(), {OTHER: "{}\n"}) == RECORDS_BRANCH
    assert remote.files(RECORDS_BRANCH)[OTHER] == "{}"
    assert remote.history(RECORDS_BRANCH)[1] == "faster 1"


def test_of_two_records_the_one_just_written_stands_whole(remote) -> None:
    """Never a mixture of two: the English of one could meet the Chinese of the other."""
    lines = [f'"{number}": 0' for number in range(30)]
    remote.push({RECORD: "\n".join(lines)})
    job = remote.job()
    remote.push({RECORD: "\n".join([*lines[:-1], "by another run"]), OTHER: "by another run\n"})
    ours = "\n".join(["ours", *lines[1:]])
    assert night(job, {RECORD: ours, OTHER: "ours\n"}) == "main"
    assert remote.files()[RECORD] == ours
    assert remote.files()[OTHER] == "ours"


@pytest.mark.parametrize("attributes", [None, "*.jsonl merge=union\n"])
def test_a_log_keeps_the_runs_of_both(remote, attributes) -> None:
    """Whether the site has a .gitattributes or not, and also in the file of a new month."""
    if attributes:
        remote.push({".gitattributes": attributes})
    job = remote.job()
    new = "docs/papers/runs/2026-12.jsonl"
    remote.push({LOG: '{"run": 1}\n{"run": 2}\n', new: '{"run": 4}\n'})
    assert night(job, {LOG: '{"run": 1}\n{"run": 3}\n', new: '{"run": 5}\n'}) == "main"
    assert sorted(remote.files()[LOG].split()[1::2]) == ["1}", "2}", "3}"]
    assert sorted(remote.files()[new].split()[1::2]) == ["4}", "5}"]


def test_a_list_keeps_the_lines_of_a_person_who_was_faster(remote) -> None:
    """Today's list may be written by both: what a person wrote is never lost."""
    job = remote.job()
    today = "docs/digests/2026-11-23.yml"
    remote.push({today: "# mine\n- 2403.00007\n", LIST: "- 2403.00001\n- 2403.00008\n"})
    written = {today: "- 2403.00005\n", LIST: "- 2403.00001\n- 2403.00006\n"}
    assert night(job, written, [*PAPERS, "docs/digests"]) == "main"
    files = remote.files()
    assert files[today].splitlines() == ["# mine", "- 2403.00007", "- 2403.00005"]
    assert sorted(files[LIST].splitlines()) == ["- 2403.00001", "- 2403.00006", "- 2403.00008"]


def test_a_record_that_is_like_a_removed_one_is_a_record_of_its_own(remote) -> None:
    """No guess at what was renamed leads a record astray."""
    text = "".join(f'"{number}": 1\n' for number in range(50))
    remote.push({f"docs/papers/2401/{n}.json": f"{text}{n}\n" for n in range(3)})
    job = remote.job()
    git(remote.people, "mv", "docs/papers/2401", "docs/papers/old")
    remote.push({"docs/papers/old/9.json": "9\n"})
    assert night(job, {"docs/papers/2401/7.json": f"{text}7\n"}) == "main"
    assert remote.files()["docs/papers/2401/7.json"].endswith("7")


def test_a_record_never_lands_in_the_file_of_another(remote) -> None:
    """Although somebody removed its own, and added another one that is much like it."""
    text = "".join(f'"{number}": 1\n' for number in range(50))
    remote.push({RECORD: f"{text}1\n"})
    job = remote.job()
    remote.push({RECORD: None, OTHER: f"{text}2\n"})
    assert night(job, {RECORD: f"{text}3\n"}) == RECORDS_BRANCH
    assert remote.files()[OTHER].endswith("2")


def test_other_changes_in_the_working_tree_are_in_nobodys_way(remote) -> None:
    """A step of the job may have changed a file; it stays changed and is not committed."""
    job = remote.job()
    remote.push({"docs/index.md": "By a person\n"})
    write(job, {"mkdocs.yml": "site_name: changed\n", OTHER: "{}\n"})
    assert job.commit(PAPERS, "By the machine")
    assert job.push("main").branch == "main"
    assert (job.root / "mkdocs.yml").read_text() == "site_name: changed\n"
    assert remote.files()["mkdocs.yml"] == "site_name: x"


@pytest.mark.parametrize("depth", ["--depth=1", None])
def test_what_a_person_took_back_stays_away(remote, depth) -> None:
    """A branch written anew gets the machine's commit and nothing of what it held before."""
    leaked = remote.push({"secret.txt": "oh\n"})
    job = remote.job(depth=depth)
    remote.pull()
    git(remote.people, "checkout", "--quiet", "--orphan", "anew")
    (remote.people / "secret.txt").unlink()
    git(remote.people, "add", "--all")
    git(remote.people, "commit", "--quiet", "--message", "Anew")
    git(remote.people, "push", "--quiet", "--force", "origin", "HEAD:main")
    assert night(job, {OTHER: "{}\n"}) == "main"
    assert remote.history() == ["By the machine", "Anew"]
    assert "secret.txt" not in remote.files()
    assert leaked not in git(remote.path, "log", "--format=%H", "main")


def test_what_cannot_be_put_on_top_goes_to_a_branch_of_its_own(remote) -> None:
    """A person removed a record that a run was refreshing. Nothing is left half done, nothing
    that was paid for is lost, and the next night everything is in its place again."""
    job = remote.job()
    remote.push({RECORD: None})
    assert night(job, {RECORD: "refreshed\n", OTHER: "new\n"}) == RECORDS_BRANCH
    assert (job.root / RECORD).read_text() == "refreshed\n"
    assert remote.files(RECORDS_BRANCH)[OTHER] == "new"
    job = remote.job()
    assert job.restore(PAPERS)
    assert night(job, {LOG: '{"run": 1}\n{"run": 2}\n'}) == "main"
    assert remote.files()[OTHER] == "new"
    assert RECORD not in remote.files()  # a person's word stands
    assert remote.branches == ["main"]


# A protected branch


def test_what_a_protected_branch_refuses_is_there_on_the_next_night(remote) -> None:
    """Night after night, on top of the branch as it is then, until the branch takes it."""
    remote.protect()
    before = remote.head()
    first = remote.job()
    assert night(first, {OTHER: "1\n", LOG: '{"run": 1}\n{"run": 2}\n'}) == RECORDS_BRANCH
    assert remote.head() == before
    remote.unprotect()
    theirs = remote.push({"docs/index.md": "By a person\n"})
    remote.protect()
    second = remote.job()
    assert second.restore(PAPERS)
    assert (second.root / OTHER).read_text() == "1\n"
    assert (second.root / LOG).read_text().count("run") == 2
    third_record = "docs/papers/2403/2403.00003.json"
    assert night(second, {third_record: "2\n"}) == RECORDS_BRANCH
    assert git(remote.path, "rev-parse", f"{RECORDS_BRANCH}^") == theirs
    assert remote.head() == theirs
    remote.unprotect()
    third = remote.job()
    assert third.restore(PAPERS)
    assert night(third, {RECORD: "3\n"}) == "main"
    assert remote.branches == ["main"]
    files = remote.files()
    assert (files[OTHER], files[third_record], files[RECORD]) == ("1", "2", "3")
    assert not remote.job().restore(PAPERS)


def test_a_protected_branch_that_has_moved_on(remote) -> None:
    """Both at once: the records lie on top of what others pushed meanwhile."""
    job = remote.job()
    theirs = remote.push({"docs/index.md": "By a person\n"})
    remote.protect()
    assert night(job, {OTHER: "1\n"}) == RECORDS_BRANCH
    assert git(remote.path, "rev-parse", f"{RECORDS_BRANCH}^") == theirs


def test_a_refusal_is_told_in_the_words_of_the_remote(remote) -> None:
    """And it is no reason to wait and try again."""
    remote.protect()
    waits: list[float] = []
    job = remote.job(waits.append)
    write(job, {OTHER: "1\n"})
    job.commit(PAPERS, "Records")
    pushed = job.push("main")
    assert "GH006: Protected branch update failed for refs/heads/main." in pushed.refusal
    assert "\n" not in pushed.refusal
    assert not waits


def test_what_a_remote_says_of_itself_does_not_count(remote) -> None:
    """Only the verdict on the branch does: a hook may talk of fetching first, or of locks."""
    remote.hook("update", PROTECTED.replace("error:", "hint: fetch first, cannot lock ref,"))
    waits: list[float] = []
    assert night(remote.job(waits.append), {OTHER: "1\n"}) == RECORDS_BRANCH
    assert not waits


def test_when_nothing_takes_the_records_that_is_said_once(remote) -> None:
    """Both refusals in one line; the commit stays where it is."""
    remote.hook("pre-receive", "#!/bin/sh\necho 'We are closed.' >&2\nexit 1\n")
    job = remote.job()
    write(job, {OTHER: "1\n"})
    assert job.commit(PAPERS, "Records")
    with pytest.raises(GitError, match=r"We are closed.*and git push.*We are closed") as caught:
        job.push("main")
    assert "\n" not in str(caught.value)
    assert git(job.root, "log", "-1", "--format=%s") == "Records"
    assert_tidy(job)


def test_the_branch_of_records_goes_in_the_moment_in_which_they_arrive(remote) -> None:
    """One push, not two: left behind, it would some day bring old records back."""
    remote.protect()
    night(remote.job(), {OTHER: "1\n"})
    remote.unprotect()
    job = remote.job()
    job.restore(PAPERS)
    # Nothing at all may happen if the second of two things may not.
    remote.protect(PROTECTED.replace("!= refs/heads/main", f"!= refs/heads/{RECORDS_BRANCH}"))
    write(job, {RECORD: "2\n"})
    job.commit(PAPERS, "Records")
    before = remote.head()
    with pytest.raises(GitError):
        job.push("main")
    assert remote.head() == before


def test_a_branch_of_records_that_a_person_removes_at_that_moment(remote) -> None:
    """Is gone, as it should be."""
    remote.protect()
    night(remote.job(), {OTHER: "1\n"})
    remote.unprotect()

    def remove(seconds: float) -> None:
        if RECORDS_BRANCH in remote.branches:
            git(remote.path, "branch", "-D", RECORDS_BRANCH)

    job = remote.job(remove)
    job.restore(PAPERS)
    remote.hook("pre-receive", RACING)
    (remote.path / "left").write_text("1")
    assert night(job, {RECORD: "2\n"}) == "main"
    assert remote.branches == ["main"]


def test_a_branch_of_a_similar_name_holds_no_records(remote) -> None:
    """`feature/arxiv-digest/records` is somebody else's."""
    remote.push({OTHER: "not ours\n"}, f"feature/{RECORDS_BRANCH}")
    job = remote.job()
    assert not job.restore(PAPERS)
    assert night(job, {RECORD: "1\n"}) == "main"
    assert len(remote.branches) == 2


# What is restored


@pytest.fixture
def refused(remote) -> Remote:
    """A remote on which records wait: a changed one, a new one, and a line of the log."""
    remote.push({"docs/papers/2403/2403.00009.json": "broken\n"})
    remote.protect()
    new = {RECORD: "changed\n", OTHER: "new\n", LOG: '{"run": 1}\n{"run": 2}\n'}
    assert night(remote.job(), new) == RECORDS_BRANCH
    remote.unprotect()
    return remote


def restored(remote: Remote, depth: str | None = "--depth=1") -> dict[str, str]:
    """The papers' folder after a job has begun."""
    job = remote.job(depth=depth)
    before = job.head()
    job.restore(PAPERS)
    assert job.head() == before
    below = sorted((job.root / "docs/papers").rglob("*.json*"))
    return {path.relative_to(job.root).as_posix(): path.read_text() for path in below}


@pytest.mark.parametrize("depth", ["--depth=1", None])
def test_records_are_restored_and_nothing_else(refused, depth) -> None:
    """What the commit of records has from elsewhere is not."""
    refused.push({"docs/papers/note.md": "x", "docs/index.md": "x"}, RECORDS_BRANCH)
    files = restored(refused, depth)
    assert (files[RECORD], files[OTHER]) == ("changed\n", "new\n")
    assert files[LOG] == '{"run": 1}\n{"run": 2}\n'
    assert not (refused.folder / "job-1/docs/index.md").exists()


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_records_that_were_merged_are_not_restored_over_newer_ones(refused, how) -> None:
    """In whichever of GitHub's three ways, and although nobody removed the branch."""
    refused.push({"docs/index.md": "By a person\n"})
    branch = f"origin/{RECORDS_BRANCH}"
    match how:
        case "merge":
            git(refused.people, "merge", "--quiet", "--no-ff", branch)
        case "squash":
            git(refused.people, "merge", "--quiet", "--squash", branch)
        case "rebase":
            git(refused.people, "cherry-pick", branch)
    (refused.people / RECORD).write_text("newer\n")
    git(refused.people, "commit", "--quiet", "--all", "--message", "Merged")
    git(refused.people, "push", "--quiet", "origin", "main")
    files = restored(refused)
    assert (files[RECORD], files[OTHER]) == ("newer\n", "new\n")


@pytest.mark.parametrize("depth", ["--depth=1", None])
def test_a_record_that_a_person_removed_stays_away(refused, depth) -> None:
    """That is how people get rid of a broken one, and it must not come back every night."""
    refused.push({"docs/papers/2403/2403.00009.json": None})
    files = restored(refused, depth)
    assert "docs/papers/2403/2403.00009.json" not in files
    assert files[OTHER] == "new\n"


def test_records_are_found_behind_the_commits_of_people(refused) -> None:
    """Somebody updates the branch with what is new, or mends a record on it."""
    refused.push({"docs/index.md": "By a person\n"})
    refused.pull(RECORDS_BRANCH)
    git(refused.people, "merge", "--quiet", "--no-edit", "origin/main")
    git(refused.people, "push", "--quiet", "origin", f"HEAD:{RECORDS_BRANCH}")
    mended, broken = "docs/papers/2403/2403.00009.json", OTHER
    refused.push({mended: "mended\n", broken: None}, RECORDS_BRANCH)
    files = restored(refused)
    assert (files[RECORD], files[mended]) == ("changed\n", "mended\n")
    assert broken not in files
    refused.push({mended: None}, RECORDS_BRANCH)
    assert mended not in restored(refused)


def test_the_log_is_restored_line_by_line(refused) -> None:
    """What other runs have logged since stays."""
    refused.push({LOG: '{"run": 1}\n{"run": 3}\n'})
    assert restored(refused)[LOG] == '{"run": 1}\n{"run": 3}\n{"run": 2}\n'


def test_a_list_is_restored_line_by_line(remote) -> None:
    """Nothing that people have written or taken away since is undone."""
    today = "docs/digests/2026-11-23.yml"
    remote.push({LIST: "- 2403.00001\n- 2403.00002\n"})
    remote.protect()
    written = {LIST: "- 2403.00001\n- 2403.00002\n- 2403.00003\n", today: "- 2403.00004\n"}
    assert night(remote.job(), written, ["docs/digests"]) == RECORDS_BRANCH
    remote.unprotect()
    remote.push({LIST: "# 好\n\n- 2403.00002", today: "- 2403.00005\n"})
    job = remote.job()
    assert job.restore(["docs/digests"])
    assert (job.root / LIST).read_text() == "# 好\n\n- 2403.00002\n- 2403.00003\n"
    assert (job.root / today).read_text() == "- 2403.00005\n- 2403.00004\n"


def test_a_branch_of_records_without_a_common_past(refused) -> None:
    """After the branch has been written anew, the records that it lacks come back."""
    git(refused.people, "checkout", "--quiet", "--orphan", "anew", "main")
    git(refused.people, "commit", "--quiet", "--message", "Anew")
    git(refused.people, "push", "--quiet", "--force", "origin", "HEAD:main")
    files = restored(refused)
    assert (files[RECORD], files[OTHER]) == ("{}\n", "new\n")
    assert files[LOG] == '{"run": 1}\n{"run": 2}\n'


def test_many_records_are_restored_and_committed(remote, tmp_path, monkeypatch) -> None:
    """No command line is too short for a long night."""
    script = f'#!/bin/sh\nulimit -s 512\nexec {shutil.which("git")} "$@"\n'  # 128 KiB of arguments
    write_files(tmp_path, {"bin/git": script})
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    many = {f"docs/papers/2403/{'long' * 50}{n:05}.json": "{}\n" for n in range(800)}
    remote.protect()
    assert night(remote.job(), many) == RECORDS_BRANCH
    job = remote.job()
    assert job.restore(PAPERS)
    assert all((job.root / name).is_file() for name in many)


# Other branches, other working trees


@pytest.mark.parametrize("depth", ["--depth=1", None])
def test_another_branch_is_worked_on_beside_the_first(remote, depth) -> None:
    """Its working tree is gone afterwards, and the first one is as it was."""
    job = remote.job(depth=depth)
    whole = git(job.root, "rev-parse", "--is-shallow-repository")
    with job.worktree(None) as tree:
        assert tree.head() == job.head()
        write(tree, {LIST: "- 2403.00001\n- 2403.00005\n"})
        assert tree.commit(["docs/digests"], "One")
        tree.push_anew("arxiv-digest/watch")
    assert not tree.root.exists()
    assert (job.root / LIST).read_text() == "- 2403.00001\n"
    with job.worktree("arxiv-digest/watch") as tree:
        assert (tree.root / LIST).read_text() == "- 2403.00001\n- 2403.00005\n"
        write(tree, {LIST: "- 2403.00006\n"})
        assert tree.commit(["docs/digests"], "Two")
        tree.push_on_top("arxiv-digest/watch")
    assert remote.history("arxiv-digest/watch")[:2] == ["Two", "One"]
    assert job.head() == remote.head()
    assert git(job.root, "rev-parse", "--is-shallow-repository") == whole
    assert_tidy(job)


def test_a_working_tree_goes_also_after_a_failure(remote) -> None:
    """And the failure is the one that is told."""
    job = remote.job()
    with pytest.raises(ZeroDivisionError), job.worktree(None) as tree:
        shutil.rmtree(tree.root)
        raise ZeroDivisionError
    git(job.root, "worktree", "prune")
    assert_tidy(job)
    with pytest.raises(GitError, match="find remote ref"), job.worktree("missing"):
        pass
    assert_tidy(job)


def test_a_branch_that_is_pushed_anew_holds_nothing_else(remote) -> None:
    """Whatever was there before."""
    remote.push({"old.txt": "x\n"}, "proposal")
    job = remote.job()
    job.push_anew("proposal")
    assert remote.head("proposal") == remote.head("main")


def test_what_reviewers_push_to_a_proposal_stays(remote) -> None:
    """Also if they are faster by a moment."""
    remote.push({LIST: "- 2403.00001\n- 2403.00004\n- 2403.00005\n"}, "proposal")
    job = remote.job()
    with job.worktree("proposal") as tree:
        remote.push({LIST: "- 2403.00001\n- 2403.00005\n"}, "proposal")
        write(tree, {"docs/digests/new.yml": "- 2403.00006\n"})
        tree.commit(["docs/digests"], "One more")
        tree.push_on_top("proposal")
    assert remote.files("proposal")[LIST].splitlines() == ["- 2403.00001", "- 2403.00005"]
    assert "docs/digests/new.yml" in remote.files("proposal")


# A network that fails


def test_a_remote_that_comes_back_gets_everything(remote) -> None:
    """Restoring, other branches and pushing: each waits, and tries again."""
    remote.protect()
    night(remote.job(), {OTHER: "1\n"})
    remote.unprotect()
    away = remote.path.with_name("away.git")

    def come_back(seconds: float) -> None:
        if away.exists():
            away.rename(remote.path)

    def go_away() -> None:
        remote.path.rename(away)

    job = remote.job(come_back)
    go_away()
    assert job.restore(PAPERS)
    go_away()
    with job.worktree("main") as tree:
        write(tree, {"a.txt": "x"})
        tree.commit(["a.txt"], "A file")
        go_away()
        tree.push_anew("proposal")
    write(job, {RECORD: "2\n"})
    job.commit(PAPERS, "Records")
    go_away()
    assert job.push("main").branch == "main"
    assert remote.files()[OTHER] == "1"
    assert remote.branches == ["main", "proposal"]


def test_a_remote_that_stays_away_is_an_error(remote) -> None:
    """In one line, after as many tries as are sensible. Where the clone is kept the next night
    pushes both commits."""
    waits: list[float] = []
    job = remote.job(waits.append, depth=None)
    write(job, {OTHER: "1\n"})
    assert job.commit(PAPERS, "Records")
    remote.path.rename(remote.path.with_name("away"))
    for step in (lambda: job.push("main"), lambda: job.restore(PAPERS)):
        waits.clear()
        with pytest.raises(GitError, match=r"^git \S+: .*does not appear to be a git") as caught:
            step()
        assert "\n" not in str(caught.value)
        assert len(waits) == TRIES - 1
    assert git(job.root, "log", "-1", "--format=%s") == "Records"
    assert_tidy(job)
    remote.path.with_name("away").rename(remote.path)
    remote.push({"docs/index.md": "By a person\n"})
    assert night(job, {RECORD: "2\n"}) == "main"
    assert remote.history()[:3] == ["By the machine", "Records", "By a person"]


@pytest.mark.parametrize("is_repository", [True, False])
def test_where_there_is_no_remote_no_trying_helps(tmp_path, is_repository, monkeypatch) -> None:
    """Said at once, in a sentence."""
    folder = tmp_path / "alone"
    folder.mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    if is_repository:
        git(folder, "init", "--quiet")
    checkout = Checkout(folder, sleep=pytest.fail)
    with pytest.raises(GitError, match="No such remote" if is_repository else "not a git repo"):
        checkout.restore(PAPERS)


def test_a_machine_without_git(tmp_path, monkeypatch) -> None:
    """Is told what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="install it"):
        Checkout(tmp_path).head()


# Other people's machines

FAILING_HOOKS = (
    "pre-commit", "prepare-commit-msg", "commit-msg", "pre-push", "pre-rebase", "post-checkout",

)  # fmt: skip


HABITS = {
    "signs": "[commit] gpgSign = true\n[gpg] program = false\n[push] gpgSign = true\n",
    "hooks": "[core] hooksPath = {hooks}\n",
    "lines": "[core]\nautocrlf = true\nsafecrlf = true\nattributesFile = {odd}\n",
    "names": "[user]\nname = Somebody\nemail = else@example.org\n[author] name = Third\n",
    "moves": (
        "[pull]\nrebase = false\nff = only\n[merge]\nff = only\nconflictStyle = diff3\n"
        "[rebase]\nbackend = apply\nautoSquash = true\nupdateRefs = true\n"
        "missingCommitsCheck = error\nrebaseMerges = true\n[rerere] enabled = true\n"
        "[push]\ndefault = nothing\nfollowTags = true\nautoSetupRemote = true\n"
        "[remote] pushDefault = elsewhere\n[sequence] editor = false\n"
    ),
    "looks": (
        "[color] ui = always\n[core]\nquotePath = true\npager = false\neditor = false\n"
        "[diff]\nnoprefix = true\nexternal = false\nrenames = copies\nrelative = true\n"
        "[commit]\nverbose = true\ncleanup = scissors\ntemplate = /missing\n"
        "[log] showSignature = true\n[fetch]\nprune = true\npruneTags = true\n"
    ),
}


@pytest.mark.parametrize("habit", HABITS)
def test_a_machines_habits_do_not_matter(remote, machine, tmp_path, habit) -> None:
    """A night of a late push and a protected branch goes the same way on every machine."""
    job = remote.job()
    night(job, {OTHER: "1\n"})
    git(job.root, "tag", "--annotate", "v1", "--message", "Of somebody")
    for name in FAILING_HOOKS:
        write_files(tmp_path, {f"hooks/{name}": "#!/bin/sh\nexit 1\n"})
        (tmp_path / "hooks" / name).chmod(0o755)
    write_files(tmp_path, {"odd": "*.jsonl merge=binary\n*.json -text\n"})
    theirs = remote.push({"docs/index.md": "By a person\n", LOG: '{"run": 1}\n{"run": 2}\n'})
    next_job = remote.job()
    paths = {"hooks": tmp_path / "hooks", "odd": tmp_path / "odd"}
    machine.write_text(HABITS[habit].format_map(paths))
    write(job, {RECORD: "2\n", LOG: '{"run": 1}\n{"run": 3}\n'})
    assert job.commit(PAPERS, "By the machine")
    assert job.push("main").branch == "main"
    remote.protect()
    write(job, {OTHER: "3\n"})
    assert job.commit(PAPERS, "By the machine")
    assert job.push("main").branch == RECORDS_BRANCH
    with job.worktree(RECORDS_BRANCH) as tree:
        write(tree, {LIST: "- 2403.00009\n"})
        assert tree.commit(["docs/digests"], "A list")
        tree.push_anew("proposal")
    assert next_job.restore(PAPERS)
    machine.write_text("")
    assert git(remote.path, "tag") == ""
    assert git(remote.path, "rev-parse", "main^") == theirs
    shown = git(remote.path, "show", f"{RECORDS_BRANCH}:{OTHER}", f"main:{RECORD}")
    assert shown == "3\n2"
    assert sorted(remote.files()[LOG].split()[1::2]) == ["1}", "2}", "3}"]
    authors = git(remote.path, "log", "--format=%an <%ae>%n%cn <%ce>", "main^..proposal")
    assert set(authors.splitlines()) == {BOT}


def test_what_the_environment_tells_git_stays(remote, monkeypatch) -> None:
    """Ours is added to it; only who commits is ours alone."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{remote.path.as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "test://origin")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "somebody@example.org")
    assert night(remote.job(url="test://origin"), {OTHER: "1\n"}) == "main"
    assert git(remote.path, "log", "-1", "--format=%an <%ae>", "main") == BOT


# The token


class _Smart(BaseHTTPRequestHandler):
    """Git over HTTP, by git's own program; whoever pushes needs the token."""

    server: GitServer

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        given = self.headers.get_all("Authorization") or []
        self.server.given += [(path, each) for each in given] or [(path, "")]
        wanted = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        if self.server.leads_to:
            self.answer(302, [("Location", self.server.leads_to + self.path)])
        elif len(given) > 1:
            self.answer(400, [])  # as GitHub does
        elif "git-receive-pack" in self.path and given != [f"Basic {wanted}"]:
            headers = [("WWW-Authenticate", 'Basic realm="GitHub"'), ("Content-Type", "text/plain")]
            said = f"Not with {given} nor {base64.b64decode(given[0][6:])}" if given else ""
            self.answer(self.server.refuses_with if given else 401, headers, said.encode())
        else:
            variables = {
                "GIT_PROJECT_ROOT": str(self.server.root), "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)), "REMOTE_USER": "x",
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }  # fmt: skip
            out = subprocess.run(
                ["git", "http-backend"], input=body, capture_output=True, check=True,
                env=os.environ | variables,
            ).stdout  # fmt: skip
            head, _, content = out.partition(b"\r\n\r\n")
            headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")]
            status = next((int(v.split()[0]) for k, v in headers if k == "Status"), 200)
            self.answer(status, [h for h in headers if h[0] != "Status"], content)

    do_POST = do_GET

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(content)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


class GitServer(ThreadingHTTPServer):
    """Serves the repositories below `root`."""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Smart)
        self.root = root
        self.given: list[tuple[str, str]] = []
        """Each request's path and its credentials, empty without."""
        self.leads_to = ""
        """Another server to which every request is sent on."""
        self.refuses_with = 403
        """A token that is not the right one."""

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's looks names up
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def served(root: Path) -> Iterator[GitServer]:
    server = GitServer(root)
    threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What every git command that is called was called with, as other processes see it."""
    called = tmp_path / "called"
    script = f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{called}"\nexec {shutil.which("git")} "$@"\n'
    write_files(tmp_path, {"bin/git": script})
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return called


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_token_goes_to_the_remote_and_nowhere_else(remote, server, arguments) -> None:
    """As a header; it is no argument, and in no file; not even a clone's configuration."""
    job = remote.job(url=f"{server.url}/origin.git", token=TOKEN)
    assert TOKEN not in repr(job)
    remote.push({"docs/index.md": "By a person\n"})
    assert night(job, {OTHER: "1\n"}) == "main"
    remote.protect()
    assert night(job, {OTHER: "2\n"}) == RECORDS_BRANCH
    with job.worktree(RECORDS_BRANCH) as tree:
        tree.push_anew("proposal")
    assert remote.job(url=f"{server.url}/origin.git", token=TOKEN).restore(PAPERS)
    secret = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    assert {given for _, given in server.given} == {f"Basic {secret}"}
    for where in (everything_below(job.root), arguments.read_bytes()):
        assert where
        assert TOKEN.encode() not in where
        assert secret.encode() not in where


def test_what_the_clone_knows_already_is_not_sent_as_well(remote, server) -> None:
    """GitHub refuses two headers: actions/checkout may have left one, or an address may hold it."""
    url = f"{server.url.replace('://', f'://x-access-token:{TOKEN}@')}/origin.git"
    job = remote.job(url=url, token=TOKEN)
    git(job.root, "config", f"http.{server.url}/.extraheader", "AUTHORIZATION: basic b2xkOm9sZA==")
    assert night(job, {OTHER: "1\n"}) == "main"
    git(job.root, "config", "remote.origin.url", f"{server.url}/missing.git")
    job = Checkout(job.root, TOKEN, job.sleep)
    with pytest.raises(GitError) as caught:
        job.push("main")
    assert TOKEN not in str(caught.value)


def test_a_token_that_is_refused_is_an_error_that_does_not_tell_it(remote, server) -> None:
    """Although the server repeats it, and git what the server says."""
    token = "ghs_wrong1234567"
    job = remote.job(url=f"{server.url}/origin.git", token=token)
    write(job, {OTHER: "1\n"})
    job.commit(PAPERS, "Records")
    with pytest.raises(GitError, match=r"^git push: .*Not with \['Basic \*\*\*'\].*403") as caught:
        job.push("main")
    assert token not in str(caught.value)
    assert base64.b64encode(f"x-access-token:{token}".encode()).decode() not in str(caught.value)
    assert OTHER not in remote.files()


def test_no_other_credentials_take_the_place_of_a_token(
    remote, server, machine, tmp_path, monkeypatch
) -> None:
    """A machine's own would push as somebody else, and nobody is there to be asked."""
    server.refuses_with = 401
    asked = tmp_path / "asked"
    write_files(tmp_path, {"ask": f'#!/bin/sh\necho x >>"{asked}"\necho password={TOKEN}\n'})
    (tmp_path / "ask").chmod(0o755)
    machine.write_text(f"[credential] helper = {tmp_path / 'ask'}\n")
    monkeypatch.setenv("GIT_ASKPASS", str(tmp_path / "ask"))
    with pytest.raises(GitError, match="could not read Username"):
        remote.job(url=f"{server.url}/origin.git", token="ghs_wrong1234567").push_anew("x")
    assert not asked.exists()
    with pytest.raises(GitError):  # without a token they are what is asked for
        remote.job(url=f"{server.url}/origin.git").push_anew("x")
    assert asked.exists()


def test_an_address_with_a_password_is_not_repeated(remote, server) -> None:
    """Whatever git says of it."""
    url = f"{server.url.replace('://', f'://x:{TOKEN}@')}/missing.git"
    with pytest.raises(GitError) as caught:
        remote.job(url=url, token=TOKEN).restore(PAPERS)
    assert TOKEN not in str(caught.value)


def test_the_token_does_not_follow_to_another_host(remote, server, tmp_path) -> None:
    """A redirect is an error instead."""
    with served(tmp_path) as elsewhere:
        server.leads_to = elsewhere.url
        job = remote.job(url=f"{server.url}/origin.git", token=TOKEN)
        write(job, {OTHER: "1\n"})
        job.commit(PAPERS, "Records")
        with pytest.raises(GitError):
            job.push("main")
        assert not any(given for _, given in elsewhere.given)
