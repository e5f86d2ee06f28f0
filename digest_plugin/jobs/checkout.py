"""The git repository that a job runs in: commit what the machine wrote, and push it.

A push may come too late, because a person pushed meanwhile, or be refused, because the branch is
protected: a job's token cannot pass a ruleset. Records are paid for, so they are never left behind:
what the branch does not take goes to a branch of its own, and the next run begins from there.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.parse import urlsplit

from digest_plugin.errors import DigestError, one_line
from digest_plugin.machine.files import write_whole
from digest_plugin.machine.waiting import backoff

RECORDS_BRANCH = "arxiv-digest/records"
"""Holds what the branch did not take."""
TRIES = 6
SECONDS = 180.0
"""For one git command."""
_IDENTITY = {
    "NAME": "github-actions[bot]",
    "EMAIL": "41898282+github-actions[bot]@users.noreply.github.com",
}
"""Who commits, whoever is configured: https://github.com/actions/checkout#push-a-commit-using-the-built-in-token"""
_HABITS = {
    "commit.gpgSign": "false",
    "core.hooksPath": os.devnull,
    "core.safecrlf": "false",
    "push.followTags": "false",
    "push.gpgSign": "false",
}
"""What a machine may be configured to do, and a job cannot."""
_LINES = (".jsonl", ".yml")
"""End the names of files in which the lines of both sides are kept: logs, and lists."""
_MERGE = "".join(f"*{each} merge=union\n" for each in _LINES) + "*.json merge=binary\n"
"""A record is one side's or the other's, no mixture. (What a site's .gitattributes says counts
more.)"""
_REJECTED = re.compile(r"^!\t\S+\t(\[(?:remote )?rejected\].*)$", re.MULTILINE)
"""In what `git push --porcelain` prints."""
_PASSES = re.compile(
    r"cannot lock ref|failed to update ref|incorrect old value|atomic transaction failed"
    r"|Internal Server Error"
)
"""In a refusal that is none: somebody pushed at the same moment."""

T = TypeVar("T")


class GitError(DigestError):
    """A git command failed; `printed` is what it wrote to standard output."""

    def __init__(self, message: str, printed: str = "") -> None:
        super().__init__(message)
        self.printed = printed


class _LateError(GitError):
    """Somebody pushed first."""


class _RefusedError(GitError):
    """The branch takes no such push."""


@dataclass(frozen=True)
class Pushed:
    """Where a commit went."""

    commit: str
    branch: str
    refusal: str = ""
    """Why not to the branch that was meant."""


@dataclass(frozen=True)
class Checkout:
    """A working tree, or a folder in one, with a remote `origin`."""

    root: Path
    token: str | None = field(default=None, repr=False)
    """GitHub's, for pushing; None: whatever git is configured with."""
    sleep: Callable[[float], object] = time.sleep

    @cached_property
    def origin(self) -> str:
        """The address of the remote."""
        return _run(self.root, ["remote", "get-url", "origin"], {}).strip()

    def head(self) -> str:
        """The commit that is checked out."""
        return self._git("rev-parse", "HEAD").strip()

    def name(self, path: Path) -> str:
        """`path` as the methods here want it: relative to `root`. Raises GitError."""
        if not path.is_relative_to(self.root):
            raise GitError(f"{path}: expected docs_dir below {self.root}, the folder of mkdocs.yml")
        return path.relative_to(self.root).as_posix()

    @contextmanager
    def worktree(self, branch: str | None) -> Iterator[Checkout]:
        """Another working tree until the block ends, of `branch` as it is on the remote, or of
        HEAD."""
        start = "HEAD"
        if branch is not None:
            self._patiently(lambda: self._fetch(branch, if_shallow="--depth=1"))
            start = "FETCH_HEAD"
        below = self._git("rev-parse", "--show-prefix").strip()
        with TemporaryDirectory() as folder:
            self._git("worktree", "add", "--quiet", "--detach", folder, start)
            try:
                root = Path(folder, below)
                root.mkdir(parents=True, exist_ok=True)
                yield Checkout(root, self.token, self.sleep)
            finally:
                with suppress(GitError):
                    self._git("worktree", "remove", "--force", folder)

    def restore(self, paths: Sequence[str]) -> bool:
        """Bring back what the branch did not take on an earlier run; whether there was any.

        That is what the branch of records has added, changed or removed since it left this one. A
        record that has been changed here since then stays as it is here; a log or a list gets the
        new lines.
        """
        if not self._patiently(lambda: self._is_there(RECORDS_BRANCH)):
            return False
        # All the history, because where the two parted may lie behind the commit of a person.
        self._patiently(lambda: self._fetch(RECORDS_BRANCH, if_shallow="--unshallow"))
        base = self._common_base() or self._git("hash-object", "-t", "tree", os.devnull).strip()
        written = set(self._changed(base, "FETCH_HEAD", paths, "--diff-filter=d"))
        removed = set(self._changed(base, "FETCH_HEAD", paths, "--diff-filter=D"))
        ours = set(self._changed(base, "HEAD", paths))
        if written - ours:
            self._git_with_paths(written - ours, "checkout", "FETCH_HEAD")
        if removed - ours:
            self._git_with_paths(removed - ours, "rm", "--quiet")
        lines = [each for each in sorted(written & ours) if each.endswith(_LINES)]
        is_added = [self._add_lines(each, base) for each in lines]
        return bool((written | removed) - ours) or any(is_added)

    def commit(self, paths: Sequence[str], message: str) -> bool:
        """Commit what is new below `paths`, also what is ignored, but no hidden files; False if
        nothing is."""
        kinds = ("--modified", "--deleted", "--others")
        found = self._git("ls-files", "-z", *kinds, "--", *_literal(paths)).split("\0")
        if new := {name for name in found if name and not Path(name).name.startswith(".")}:
            self._git_with_paths(new, "add", "--all", "--force")
        changed = self._changed("--cached", "HEAD", paths)
        if changed:
            self._git_with_paths(changed, "commit", "--quiet", "--message", message)
        return bool(changed)

    def push(self, branch: str) -> Pushed:
        """Push HEAD to `branch`, on top of what others pushed meanwhile; to a branch of its own if
        `branch` does not take it. Raises GitError."""
        try:
            self.push_on_top(branch, instead_of=RECORDS_BRANCH)
        except (_RefusedError, _LateError) as refusal:
            try:
                self.push_anew(RECORDS_BRANCH)
            except GitError as error:
                raise GitError(f"{refusal}; and {error}") from None
            return Pushed(self.head(), RECORDS_BRANCH, str(refusal))
        return Pushed(self.head(), branch)

    def push_on_top(self, branch: str, *, instead_of: str | None = None) -> None:
        """Push HEAD to `branch`, on top of what others pushed meanwhile, and remove the branch
        `instead_of` in the same moment. Raises GitError."""
        self._patiently(lambda: self._push_on_top(branch, instead_of))

    def push_anew(self, branch: str) -> None:
        """Make HEAD the whole of `branch`, whatever it was before. Raises GitError."""
        self._patiently(lambda: self._push("--force", "origin", f"HEAD:refs/heads/{branch}"))

    def _push_on_top(self, branch: str, instead_of: str | None) -> None:
        gone = [instead_of] if instead_of and self._is_there(instead_of) else []
        try:
            # Both or none: left behind, the branch of records would some day bring back old ones.
            self._push(
                *("--atomic" for _ in gone),
                "origin",
                f"HEAD:refs/heads/{branch}",
                *(f":refs/heads/{each}" for each in gone),
            )
        except _LateError:
            self._rebase(branch)
            raise

    def _push(self, *arguments: str) -> None:
        try:
            self._git("push", "--porcelain", *arguments)
        except GitError as error:
            verdicts = _REJECTED.findall(error.printed)
            if not verdicts:
                raise
            passes = any(
                not each.startswith("[remote") or _PASSES.search(each) for each in verdicts
            )
            kind = _LateError if passes else _RefusedError
            raise kind(str(error)) from None

    def _rebase(self, branch: str) -> None:
        """Move our commits on top of `branch`. Raises _RefusedError, and leaves everything as it
        was, if they cannot be."""
        self._fetch(branch)
        # Without a common base `branch` has been written anew: nothing goes there but the commit
        # that has just been made.
        onto = ["FETCH_HEAD"] if self._common_base() else ["--onto", "FETCH_HEAD", "HEAD~1"]
        with TemporaryDirectory() as folder:
            attributes = Path(folder, "attributes")
            attributes.write_text(_MERGE, "utf-8")
            try:
                self._git(
                    "rebase",
                    "--quiet",
                    "--autostash",
                    # `theirs` are, in a rebase, the commits that are moved: records paid for.
                    "--strategy-option=theirs",
                    # Records are alike, and none is another one renamed.
                    "--strategy-option=find-renames=100%",
                    *onto,
                    options={"core.attributesFile": str(attributes)},
                )
            except GitError as error:
                with suppress(GitError):
                    self._git("rebase", "--abort")
                raise _RefusedError(str(error)) from None

    def _patiently(self, step: Callable[[], T]) -> T:
        """Try again what fails, unless it is refused."""
        _ = self.origin  # no trying helps where there is none
        for attempt in range(TRIES - 1):
            try:
                return step()
            except _RefusedError:
                raise
            except GitError:
                self.sleep(backoff(attempt, first=0.5, longest=20.0))
        return step()

    def _is_there(self, branch: str) -> bool:
        return bool(self._git("ls-remote", "origin", f"refs/heads/{branch}").strip())

    def _fetch(self, branch: str, if_shallow: str | None = None) -> None:
        """Make `branch` FETCH_HEAD."""
        is_shallow = self._git("rev-parse", "--is-shallow-repository").strip() == "true"
        options = [if_shallow] if if_shallow and is_shallow else []
        self._git("fetch", "--quiet", "--no-tags", *options, "origin", f"refs/heads/{branch}")

    def _common_base(self) -> str:
        """Where HEAD and FETCH_HEAD parted; empty if that is not known."""
        try:
            return self._git("merge-base", "HEAD", "FETCH_HEAD").strip()
        except GitError:
            return ""

    def _changed(self, before: str, after: str, paths: Sequence[str], *options: str) -> list[str]:
        options = ("--name-only", "-z", "--no-renames", "--relative", *options)
        names = self._git("diff", *options, before, after, "--", *_literal(paths))
        return [name for name in names.split("\0") if name]

    def _add_lines(self, name: str, base: str) -> bool:
        """Add to a file the lines that FETCH_HEAD has in it since `base`; whether there were any
        that it lacks."""
        path = self.root / name
        if not path.is_file():
            return False
        here = path.read_text("utf-8", "surrogateescape")
        known = {"", *here.split("\n"), *self._lines(base, name)}
        new = [line for line in self._lines("FETCH_HEAD", name) if line not in known]
        if new:
            end = "" if here.endswith("\n") else "\n"
            text = here + end + "".join(f"{line}\n" for line in new)
            write_whole(path, text.encode("utf-8", "surrogateescape"))
        return bool(new)

    def _lines(self, commit: str, name: str) -> list[str]:
        """Those of a file in `commit`; none if it is not there."""
        try:
            return self._git("show", f"{commit}:./{name}").split("\n")
        except GitError:
            return []

    def _git_with_paths(self, names: Iterable[str], *arguments: str) -> None:
        """Without a limit to their number."""
        options = ("--pathspec-from-file=-", "--pathspec-file-nul")
        self._git(*arguments, *options, stdin="\0".join(_literal(sorted(names))))

    def _git(
        self, *arguments: str, options: Mapping[str, str] | None = None, stdin: str = ""
    ) -> str:
        try:
            return _run(self.root, arguments, self._environment(options or {}), stdin)
        except GitError as error:
            raise GitError(self._hidden(str(error)), self._hidden(error.printed)) from None

    def _environment(self, options: Mapping[str, str]) -> dict[str, str]:
        """With somebody to commit as, and the token as the header that GitHub takes. (Not as an
        argument: those are seen by other processes.)"""
        pairs = [*_HABITS.items(), *options.items()]
        variables = {}
        origin = urlsplit(self.origin)
        if self.token is not None and origin.scheme in {"http", "https"}:
            host = f"{origin.scheme}://{origin.netloc}/"
            pairs += [
                (f"http.{host}.extraHeader", ""),  # not that of actions/checkout as well
                (f"http.{host}.extraHeader", f"Authorization: Basic {self._basic}"),
                ("http.followRedirects", "false"),  # git would take the header along
                ("credential.helper", ""),
            ]
            variables["GIT_ASKPASS"] = ""
        count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
        variables["GIT_CONFIG_COUNT"] = str(count + len(pairs))
        for number, (key, value) in enumerate(pairs, count):
            variables[f"GIT_CONFIG_KEY_{number}"] = key
            variables[f"GIT_CONFIG_VALUE_{number}"] = value
        for role in ("AUTHOR", "COMMITTER"):
            for part, value in _IDENTITY.items():
                variables[f"GIT_{role}_{part}"] = value
        return variables

    @property
    def _basic(self) -> str:
        return base64.b64encode(f"x-access-token:{self.token}".encode()).decode()

    def _hidden(self, text: str) -> str:
        for secret in (self.token, self._basic) if self.token else ():
            text = text.replace(secret, "***")
        return text


def days_added(root: Path, below: str, zone: tzinfo) -> dict[str, date]:
    """The day, in `zone`, on which each file in the folder `below` of the checkout `root` was first
    added, by path relative to `root`.

    Files that the oldest commit of a shallow clone brings are not there: their day is not known.
    Raises GitError. The checkout is a stranger's: nothing that it configures is run or fetched.
    """
    safe = {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
    is_shallow = _run(root, ["rev-parse", "--is-shallow-repository"], safe).strip() == "true"
    days: dict[str, date] = {}
    day: date | None = None
    log = _run(
        root,
        [
            *("-c", "core.fsmonitor=false", "log", "--no-show-signature", "--no-ext-diff"),
            *("--no-renames", "--diff-filter=A", "--name-only", "--relative"),
            *("--format=format:%x01%at %P", "--", *_literal([below])),
        ],
        safe,
    )
    for line in log.splitlines():
        if line.startswith("\x01"):
            moment, *parents = line[1:].split()
            is_known = bool(parents) or not is_shallow
            day = datetime.fromtimestamp(int(moment), zone).date() if is_known else None
        elif line and day is not None:
            days[line] = day  # the log goes back in time: the oldest stays
    return days


def _literal(paths: Iterable[str]) -> list[str]:
    """Paths that mean themselves, whatever signs they hold."""
    return [f":(literal){path}" for path in paths]


def _run(
    root: Path, arguments: Sequence[str], variables: Mapping[str, str], stdin: str = ""
) -> str:
    """What a git command prints. Raises GitError with what it complains of."""
    fixed = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the arguments are ours
            ["git", *arguments],  # noqa: S607 - the machine's git
            cwd=root, env={**os.environ, **fixed, **variables}, input=stdin, capture_output=True,
            encoding="utf-8", errors="replace", timeout=SECONDS, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise GitError("expected git, found none: install it") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]}: no end after {SECONDS:g} s") from None
    if done.returncode != 0:
        said = one_line(f"{done.stdout} {done.stderr}", 1000) or f"exit code {done.returncode}"
        raise GitError(f"git {arguments[0]}: {said}", done.stdout)
    return done.stdout
