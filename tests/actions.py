"""A runner for the part of GitHub Actions that our workflows use, so that tests can run a night.

Every ``run:`` step is executed by a real shell, and git talks to the bare repository over real
HTTP with the token of the job. What a workflow uses beyond this part raises Unsupported: no test
shall pass because the runner guessed. The rules are those of the sources of actions/runner and of
the actions themselves; jobs run one after the other, and nothing is masked in a log.
"""

from __future__ import annotations

import base64
import json
import math
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import parse_qs, urlsplit

import yaml


class Unsupported(Exception):
    """A workflow that GitHub refuses, or a part of Actions that this runner does not know."""


class StepFailed(Exception):
    """Raised by a stand-in or a hook: the step fails, and its log says why."""


# --- expressions ----------------------------------------------------------------------------

_EXPRESSION: Final = re.compile(r"\$\{\{((?:[^'}]|'(?:[^']|'')*'|\}(?!\}))*)\}\}")
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|(?P<sign>&&|\|\||==|!=|[!().,*\[\]]))"
)
_NUMBER: Final = re.compile(r"\s*(?:[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)?\s*")
_STATUS: Final = {"success", "failure", "always", "cancelled"}


class Closed(dict[str, Any]):
    """A context of which all keys are known: another one raises, where GitHub has null."""


class _Every(list[Any]):
    """What ``.*`` gives: a property of it is the list of that property of each."""


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return "Array" if isinstance(value, list) else "Object"
    return f"{float(value) or 0.0:.15G}"


def _number(value: Any) -> float:
    if isinstance(value, str):
        return float(value.strip() or 0) if _NUMBER.fullmatch(value) else math.nan
    return math.nan if isinstance(value, list | dict) else float(value or 0)


def _true(value: Any) -> bool:
    return isinstance(value, list | dict) or bool(value)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() == right.upper()
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        return left is right
    return _number(left) == _number(right)


def _property(value: Any, key: Any) -> Any:
    if isinstance(value, _Every):
        return _Every(found for each in value if (found := _property(each, key)) is not None)
    if isinstance(value, list) or not isinstance(key, str):
        raise Unsupported(f"the index {key!r}")
    if not isinstance(value, dict) or key in value:
        return value[key] if isinstance(value, dict) else None
    if isinstance(value, Closed) or key.upper() in map(str.upper, value):
        raise Unsupported(f"no {key!r} among {', '.join(value)}")  # capitals matter in env only
    return None


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(_equal(what, each) for each in where)
    return not isinstance(where, dict) and _text(what).upper() in _text(where).upper()


def _format(text: Any, *values: Any) -> str:
    def piece(match: re.Match[str]) -> str:
        if match[0] in {"{{", "}}"}:
            return match[0][0]
        if match[1] is None or int(match[1]) >= len(values):
            raise Unsupported(f"format of {text!r} with {len(values)} values")
        return _text(values[int(match[1])])

    return re.sub(r"\{\{|\}\}|\{([0-9]+)\}|[{}]", piece, _text(text))


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "contains": _contains,
    "startswith": lambda text, part: _text(text).upper().startswith(_text(part).upper()),
    "endswith": lambda text, part: _text(text).upper().endswith(_text(part).upper()),
    "format": _format,
    "tojson": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
}


class _Parser:
    """Evaluates as it reads, also what && and || then throw away, so that mistakes show there."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text, self.scope = text, scope
        self.called: set[str] = set()
        self.tokens: list[tuple[str, str]] = []
        end = 0
        while text[end:].strip():
            match = _TOKEN.match(text, end)
            if match is None:
                self.refuse(f"cannot read {text[end:].strip()!r}")
            self.tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            end = match.end()
        self.tokens.append(("end", "end"))
        try:
            self.value = self.choice()
        except Unsupported as error:
            self.refuse(str(error))
        if len(self.tokens) > 1:
            self.refuse(f"unexpected {self.tokens[0][1]!r}")

    def refuse(self, why: str) -> NoReturn:
        raise Unsupported(f"{self.scope.place}: {why} in {self.text.strip()!r}") from None

    def took(self, sign: str) -> bool:
        taken = self.tokens[0] == ("sign", sign)
        del self.tokens[: int(taken)]
        return taken

    def expect(self, sign: str) -> None:
        if not self.took(sign):
            raise Unsupported(f"expected {sign!r}, found {self.tokens[0][1]!r}")

    def choice(self) -> Any:
        value = self.conjunction()
        while self.took("||"):
            other = self.conjunction()
            value = value if _true(value) else other
        return value

    def conjunction(self) -> Any:
        value = self.comparison()
        while self.took("&&"):
            other = self.comparison()
            value = other if _true(value) else value
        return value

    def comparison(self) -> Any:
        value = self.negation()
        while (same := self.took("==")) or self.took("!="):
            value = _equal(value, self.negation()) is same
        return value

    def negation(self) -> Any:
        return not _true(self.negation()) if self.took("!") else self.lookup()

    def lookup(self) -> Any:
        value = self.atom()
        while True:
            if self.took("["):
                value = _property(value, self.choice())
                self.expect("]")
            elif not self.took("."):
                return value
            elif self.took("*"):
                if not isinstance(value, dict):
                    raise Unsupported(".* of what is no object")
                value = _Every(value.values())
            else:
                kind, name = self.tokens.pop(0)
                if kind != "name":
                    raise Unsupported(f"expected a name, found {name!r}")
                value = _property(value, name)

    def atom(self) -> Any:
        if self.took("("):
            value = self.choice()
            self.expect(")")
            return value
        kind, text = self.tokens[0]
        if kind in {"sign", "end"}:
            raise Unsupported(f"unexpected {text!r}")
        del self.tokens[0]
        if kind == "number":
            return float(text)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if self.took("("):
            return self.call(text)
        if text in {"true", "false", "null"}:
            return {"true": True, "false": False}.get(text)
        if text not in self.scope.contexts:
            raise Unsupported(f"{text!r} is not available")
        return self.scope.contexts[text]

    def call(self, name: str) -> Any:
        values: list[Any] = []
        while not self.took(")"):
            if values:
                self.expect(",")
            values.append(self.choice())
        self.called.add(name.lower())
        if not values and self.scope.status.get(name.lower()) is not None:
            return self.scope.status[name.lower()]
        if name.lower() not in _FUNCTIONS:
            raise Unsupported(f"{name}() with {len(values)} arguments is not available")
        try:
            return _FUNCTIONS[name.lower()](*values)
        except TypeError:
            raise Unsupported(f"{name}() with {len(values)} arguments") from None


@dataclass(frozen=True)
class Scope:
    """What an expression at one place of a workflow may use; `status` has what success() and the
    like return, None where GitHub does not say."""

    contexts: Mapping[str, Any]
    status: Mapping[str, bool | None] = field(default_factory=dict)
    place: str = "expression"

    def evaluate(self, text: str) -> Any:
        """The value of `text`, which stands without its braces."""
        return _Parser(text, self).value

    def fill(self, template: str) -> str:
        """`template` with its ``${{ }}`` replaced."""
        if "${{" in _EXPRESSION.sub("", template):
            raise Unsupported(f"{self.place}: no end of the expression in {template!r}")
        return _EXPRESSION.sub(lambda match: _text(self.evaluate(match[1])), template)

    def fill_all(self, templates: Mapping[str, str]) -> dict[str, str]:
        return {name: self.fill(template) for name, template in templates.items()}

    def holds(self, condition: str) -> bool:
        """Whether an ``if:`` is true; without a status function it means success() && as well."""
        text = condition.strip() or "success()"
        whole = _EXPRESSION.fullmatch(text)
        text = whole[1] if whole else text
        if "${{" in text:  # GitHub makes a text of it, which is always true
            raise Unsupported(f"{self.place}: text around the expression in {text!r}")
        parsed = _Parser(text, self)
        return _true(parsed.value) and bool(parsed.called & _STATUS or self.status["success"])


# --- workflow files -------------------------------------------------------------------------

_WORKFLOW: Final = "name run-name on env permissions defaults concurrency jobs"
_JOB: Final = (
    "name needs if runs-on permissions env outputs defaults steps timeout-minutes environment"
    " concurrency strategy"
)
_STEP: Final = "name id if env continue-on-error timeout-minutes"
_RUN: Final = "shell working-directory"
_PERMISSIONS: Final = (
    "actions attestations checks contents deployments discussions id-token issues packages pages"
    " pull-requests security-events statuses"
)
_SHELLS: Final = {
    "": "bash -e {}",
    "bash": "bash --noprofile --norc -e -o pipefail {}",
    "sh": "sh -e {}",
}


@dataclass(frozen=True)
class Workflow:
    """A workflow file, every scalar as text: checked, and defaults filled in."""

    path: Path
    data: dict[str, Any]

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """The jobs, each after those it needs."""
        return self.data["jobs"]

    @property
    def triggers(self) -> dict[str, Any]:
        """What stands under ``on:``, by event."""
        on = self.data["on"]
        return (
            on if isinstance(on, dict) else dict.fromkeys([on] if isinstance(on, str) else on, "")
        )

    def ancestors(self, job: str) -> set[str]:
        needs = self.jobs[job]["needs"]
        return {*needs, *(each for need in needs for each in self.ancestors(need))}


class _Loader(yaml.BaseLoader):
    """No types, and so no True for ``on``; a key that stands twice is refused, as on GitHub."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if len(keys) > len(set(keys)):
            raise Unsupported(f"a key stands twice{node.start_mark}")
        return super().construct_mapping(node, deep)


def load(path: Path) -> Workflow:
    """The workflow at `path`; Unsupported if there is in it what this runner does not know."""
    data = yaml.load(path.read_text("utf-8"), _Loader)
    left: dict[str, dict[str, Any]] = _check(data, _WORKFLOW, path.name)["jobs"]
    for name, job in left.items():
        _check_job(job, data, f"{path.name}: {name}")
    jobs: dict[str, dict[str, Any]] = {}
    while left:
        ready = [name for name, job in left.items() if set(job["needs"]) <= set(jobs)]
        if not ready:
            raise Unsupported(f"{path.name}: {', '.join(left)} need what never comes")
        jobs[ready[0]] = left.pop(ready[0])
    return Workflow(path, {**data, "jobs": jobs})


def _check_job(job: dict[str, Any], workflow: dict[str, Any], where: str) -> None:
    """Raise Unsupported, or fill in the defaults."""
    _check(job, _JOB, where)
    if not job.get("runs-on", "").startswith("ubuntu-"):
        raise Unsupported(f"{where}: runs-on: {job.get('runs-on')}")
    job["needs"] = [needs] if isinstance(needs := job.get("needs", []), str) else needs
    defaults = {"shell": "", "working-directory": ""}
    for holder in (workflow, job):
        given = _check(holder.get("defaults", {}), "run", where)
        defaults |= _check(given.get("run", {}), _RUN, where)
    for step in job["steps"]:
        what = step.get("run") or step.get("uses") or "?"
        step["name"] = name = step.get("name") or f"Run {what.splitlines()[0]}"
        if "run" in step:
            _check(step, f"{_STEP} run {_RUN}", f"{where}: {name}")
            step |= {key: step.get(key, default) for key, default in defaults.items()}
            if step["shell"] not in _SHELLS:
                raise Unsupported(f"{where}: {name}: shell: {step['shell']}")
        elif not re.fullmatch(
            "[^@]+@[^@]+", _check(step, f"{_STEP} uses with", where).get("uses", "")
        ):
            raise Unsupported(f"{where}: {name}: uses: {step.get('uses')}")
    ids = [step["id"] for step in job["steps"] if "id" in step]
    if len(ids) > len(set(ids)):
        raise Unsupported(f"{where}: an id stands twice")


def _check(mapping: Any, keys: str, where: str) -> dict[str, Any]:
    if not isinstance(mapping, dict):
        raise Unsupported(f"{where}: {mapping!r} instead of {keys}")
    if strange := set(mapping) - set(keys.split()):
        raise Unsupported(f"{where}: {', '.join(strange)}")
    return mapping


def _action(step: Mapping[str, Any]) -> str:
    return step.get("uses", "").partition("@")[0]


class RunBlock(NamedTuple):
    """A script of a workflow, its expressions replaced by a plain word, as shellcheck wants it."""

    job: str
    step: str
    shell: str
    text: str
    has_expression: bool


def run_blocks(path: Path) -> list[RunBlock]:
    """Every ``run:`` of the workflow at `path`."""
    return [
        RunBlock(
            *(name, step["name"], _SHELLS[step["shell"]].split()[0]),
            *(_EXPRESSION.sub("expression", step["run"]), "${{" in step["run"]),
        )
        for name, job in load(path).jobs.items()
        for step in job["steps"]
        if "run" in step
    ]


# --- what steps leave -----------------------------------------------------------------------


class Annotation(NamedTuple):
    """What ``::error file=…::message`` shows on the page of the run and in the diff."""

    level: str
    message: str
    properties: Mapping[str, str]


def annotations_in(log: str) -> Iterator[Annotation]:
    """The ::error, ::warning and ::notice in `log`, but none between ::stop-commands and its end."""
    end = ""
    for line in re.split(r"\r\n?|\n", log):
        match = re.match(r"\s*::([^\s:]+)(?: ((?:(?!::).)*))?::(.*)", line)
        if match is None or (end and match[1] != end):
            continue
        command, data = match[1].lower(), _unescaped(match[3])
        if match[1] == end or command == "stop-commands":
            end = "" if end else data
        elif command in {"set-output", "save-state", "set-env", "add-path"}:
            raise Unsupported(f"the command {line.strip()!r}")
        elif command in {"error", "warning", "notice"}:
            pairs = [pair.partition("=") for pair in (match[2] or "").split(",") if "=" in pair]
            properties = {k.strip(): _unescaped(v, ("%3A", ":"), ("%2C", ",")) for k, _, v in pairs}
            yield Annotation(command, data, properties)


def _unescaped(text: str, *more: tuple[str, str]) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, sign)
    return text


def read_pairs(text: str) -> dict[str, str]:
    """A GITHUB_OUTPUT or GITHUB_ENV file: ``name=value`` and ``name<<END … END``."""
    pairs: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in filter(None, lines):
        match = re.fullmatch(r"((?:(?!<<)[^=])*)(=|<<)(.*)", line)
        if match is None or not match[1] or (match[2] == "<<" and not match[3]):
            raise StepFailed(f"Invalid format '{line}'")
        name, kind, value = match.groups()
        if kind == "<<":
            block: list[str] = []
            while (following := next(lines, None)) != value:
                if following is None:
                    raise StepFailed(f"Invalid value. Matching delimiter not found '{value}'")
                block.append(following)
            value = "\n".join(block)
        pairs[name] = value
    return pairs


@dataclass
class StepResult:
    """A step; its `outcome` is what it was before continue-on-error, its `conclusion` after."""

    name: str
    outcome: str = "skipped"
    conclusion: str = "skipped"
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class JobResult:
    """A job: success, failure, cancelled (out of time) or skipped."""

    name: str
    result: str = "skipped"
    steps: list[StepResult] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    workspace: Path | None = None

    @property
    def summary(self) -> str:
        return "".join(step.summary for step in self.steps)

    @property
    def log(self) -> str:
        """Everything of this job that anybody may read: what was printed, summaries, outputs."""
        lines: list[str] = []
        for step in self.steps:
            lines += [f"== {self.name} / {step.name}: {step.outcome}", step.log, step.summary]
            lines += [f"{name}={value}" for name, value in step.outputs.items()]
        return "\n".join(lines)

    def step(self, name: str) -> StepResult:
        """The step called `name`; KeyError with the names there are."""
        found = {step.name: step for step in self.steps}
        if name not in found:
            raise KeyError(f"no step {name!r} among {', '.join(found)}")
        return found[name]


@dataclass
class RunResult:
    """What came of a run."""

    jobs: dict[str, JobResult]

    @property
    def is_red(self) -> bool:
        return any(job.result in {"failure", "cancelled"} for job in self.jobs.values())

    @property
    def log(self) -> str:
        return "\n".join(job.log for job in self.jobs.values())

    @property
    def annotations(self) -> list[Annotation]:
        steps = [step for job in self.jobs.values() for step in job.steps]
        return [each for step in steps for each in annotations_in(step.log)]


# --- git over HTTP --------------------------------------------------------------------------


class _GitServer(ThreadingHTTPServer):
    """`origin` as GitHub serves a public repository: who pushes shows a token that may."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        super().__init__(("127.0.0.1", 0), _GitHandler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's reverse name lookup, which can take seconds offline."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _GitHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _GitServer

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        body = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(body)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, body: bytes) -> None:
        url = urlsplit(self.path)
        name = re.match(rf"/{re.escape(self.server.runner.repository)}(\.git)?(?=/)", url.path)
        path = url.path[name.end() :] if name else ""
        pushes = "git-receive-pack" in (path[1:], *parse_qs(url.query).get("service", ()))
        if refused := (404, b"Not Found") if name is None else self.refusal(pushes=pushes):
            self.reply(*refused)
            return
        variables = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self.server.runner.origin),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": path,
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "github-actions[bot]" if pushes else "",
        }
        command = ["git", "http-backend"]
        out = subprocess.run(command, input=body, env=variables, stdout=subprocess.PIPE).stdout
        head, _, content = out.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.reply(int(headers.pop("Status", "200").split()[0]), content, headers)

    def refusal(self, *, pushes: bool) -> tuple[int, bytes] | None:
        given = self.headers.get_all("Authorization", [])
        if not given:
            return (401, b"Authentication required") if pushes else None
        if len(given) > 1:
            return 400, b"Duplicate header: Authorization"
        scheme, _, code = given[0].partition(" ")
        try:
            user, _, token = base64.b64decode(code).decode().partition(":")
        except ValueError:
            return 400, b"Bad Authorization"
        runner = self.server.runner
        if (scheme.lower(), user, token) != ("basic", "x-access-token", runner.live_token):
            return 401, b"Invalid credentials"
        if pushes and (runner.permissions_of(token) or {}).get("contents") != "write":
            return 403, b"Permission denied to github-actions[bot]"
        return None

    def reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


# --- actions --------------------------------------------------------------------------------


@dataclass
class StepContext:
    """What a stand-in for an action, or a hook, is given; `say` writes into the step's log."""

    runner: Runner
    job: Mapping[str, Any]
    step: str
    inputs: Mapping[str, str]
    env: Mapping[str, str]
    workspace: Path
    token: str
    say: Callable[[str], None]

    def only(self, names: str, ignored: str = "") -> list[str]:
        """The inputs called `names`, '' when missing; any other raises."""
        if strange := set(self.inputs) - {*names.split(), *ignored.split()}:
            raise Unsupported(f"{self.step}: with {', '.join(strange)}")
        return [self.inputs.get(name, "").strip() for name in names.split()]

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        """Run git as the job would; StepFailed if it fails."""
        run = subprocess.run(
            ["git", *arguments], cwd=folder or self.workspace, env=self.env, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.say(run.stdout)
        if run.returncode:
            raise StepFailed(f"git failed with exit code {run.returncode}")
        return run.stdout.strip()


def _checkout(context: StepContext) -> dict[str, str]:
    ref, token, path, depth, persist = context.only(
        "ref token path fetch-depth persist-credentials", "clean show-progress"
    )
    runner, folder = context.runner, context.workspace / path
    url = f"{runner.url}/{runner.repository}"
    ref, commit = (ref, "") if ref else (runner.ref, runner.sha)
    if re.fullmatch("[0-9a-f]{40}", ref):
        ref, commit = "", ref
    elif not ref.startswith("refs/"):
        found = context.git("ls-remote", url, f"refs/heads/{ref}", f"refs/tags/{ref}").split()
        if not found:
            raise StepFailed(f"A branch or tag with the name '{ref}' could not be found")
        ref = found[1]
    kind, name = (ref.removeprefix("refs/").split("/", 1)) if ref else ("", "")
    if kind not in {"", "heads", "pull", "tags"}:
        raise Unsupported(f"{context.step}: ref: {ref}")
    local = {"heads": f"refs/remotes/origin/{name}", "pull": f"refs/remotes/pull/{name}"}.get(
        kind, ref
    )
    if folder.exists():  # whatever lay there is gone, as with the real one
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    code = base64.b64encode(f"x-access-token:{token or context.token}".encode()).decode()
    header = (f"http.{runner.url}/.extraheader", f"AUTHORIZATION: basic {code}")
    fetch = ["-c", "=".join(header), "fetch", "--quiet", "--no-tags", "--prune"]
    context.git("init", "--quiet", folder=folder)
    context.git("remote", "add", "origin", url, folder=folder)
    context.git("config", "gc.auto", "0", folder=folder)
    if int(depth or 1) > 0:
        fetch.append(f"--depth={depth or 1}")
    else:
        everything = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
        context.git(*fetch, "origin", *everything, folder=folder)
    context.git(*fetch, "origin", f"+{commit or ref}:{local}" if ref else commit, folder=folder)
    branch = ("-B", name) if kind == "heads" else ()
    context.git("checkout", "--quiet", "--force", *branch, local or commit, folder=folder)
    if persist != "false":
        context.git("config", *header, folder=folder)
    if runner.prepare:
        runner.prepare(folder)
    return {"commit": context.git("rev-parse", "HEAD", folder=folder)}


def _files(root: Path, *, hidden: bool) -> Iterator[Path]:
    if root.name.startswith(".") and not hidden:
        return
    if root.is_dir():
        for each in sorted(root.iterdir()):
            yield from _files(each, hidden=hidden)
    elif root.exists():
        yield root


def _store(context: StepContext, name: str, base: Path, files: list[Path], *, again: bool) -> None:
    if name in context.runner.artifacts and not again:
        raise StepFailed(f"Conflict: an artifact called {name} already exists")
    folder = context.runner.folder / "artifacts" / name
    shutil.rmtree(folder, ignore_errors=True)
    for file in files:
        target = folder / file.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)  # a zip keeps no permissions
    folder.mkdir(parents=True, exist_ok=True)
    context.runner.artifacts[name] = folder


def _upload_artifact(context: StepContext) -> None:
    name, paths, missing, again, hidden = context.only(
        "name path if-no-files-found overwrite include-hidden-files",
        "retention-days compression-level",
    )
    if re.search(r"[*?\[!~]", paths):
        raise Unsupported(f"{context.step}: path: {paths}")
    roots = [context.workspace / each.strip() for each in paths.splitlines()]
    files = [file for root in roots for file in _files(root, hidden=hidden == "true")]
    if files:
        base = Path(os.path.commonpath(roots))
        base = base if base.is_dir() else base.parent
        _store(context, name or "artifact", base, files, again=again == "true")
        return
    message = f"No files were found with the provided path: {paths}. No artifacts will be uploaded."
    if missing == "error":
        raise StepFailed(message)
    context.say(message if missing == "ignore" else f"::warning::{message}")


def _download_artifact(context: StepContext) -> None:
    name, path = context.only("name path")
    if not name:
        raise Unsupported(f"{context.step}: all artifacts at once")
    if name not in context.runner.artifacts:
        raise StepFailed(f"Artifact '{name}' not found")
    source = context.runner.artifacts[name]
    shutil.copytree(source, context.workspace / path, dirs_exist_ok=True)


def _upload_pages_artifact(context: StepContext) -> None:
    name, path, hidden = context.only("name path include-hidden-files", "retention-days")
    root = context.workspace / (path or "_site")
    if not root.is_dir():
        raise StepFailed(f"tar: {root}: Cannot open: No such file or directory")
    inner = [each for each in root.iterdir() if each.name not in {".git", ".github"}]
    files = [file for each in inner for file in _files(each, hidden=hidden == "true")]
    _store(context, name or "github-pages", root, files, again=False)


def _deploy_pages(context: StepContext) -> dict[str, str]:
    (name,) = context.only("artifact_name", "timeout error_count reporting_interval")
    rights = context.runner.permissions_of(context.token) or {}
    for needed in ("pages", "id-token"):
        if rights.get(needed) != "write":
            raise StepFailed(f'Ensure GITHUB_TOKEN has permission "{needed}: write".')
    if not context.job.get("environment"):
        raise StepFailed("Missing environment. Ensure the deployment job has an environment.")
    artifact = context.runner.artifacts.get(name or "github-pages")
    if artifact is None:
        raise StepFailed(f"No artifacts named {name or 'github-pages'!r} were found")
    context.runner.published = artifact
    owner, _, site = context.runner.repository.partition("/")
    return {"page_url": f"https://{owner}.github.io/{site}/"}


StandIn = Callable[[StepContext], Mapping[str, str] | None]
_ACTIONS: Final[Mapping[str, StandIn]] = {
    "actions/checkout": _checkout,
    "actions/setup-python": lambda context: None,
    "actions/cache": lambda context: None,
    "actions/upload-artifact": _upload_artifact,
    "actions/download-artifact": _download_artifact,
    "actions/upload-pages-artifact": _upload_pages_artifact,
    "actions/deploy-pages": _deploy_pages,
}


# --- runs -----------------------------------------------------------------------------------


@dataclass
class Runner:
    """One run of `workflow` on `event_name`, with the bare repository `origin` for GitHub's.

    `environment` is what the machine has besides; a PATH in it goes before the machine's own.
    `prepare` is called with the folder of every checkout, `before` by the name of a step, or "job /
    step", and `before_job` by the id of a job, just before that runs. `stand_ins` are called for
    actions, by name without version. A minute of timeout-minutes takes `minute` seconds; no step may
    take more than `limit`. Whether a fork's pull request gets `secrets` is for the test to decide.
    """

    workflow: Workflow
    _: KW_ONLY
    origin: Path
    work: Path
    event_name: str
    event: Mapping[str, Any] = field(default_factory=dict)
    branch: str = "main"
    inputs: Mapping[str, str | bool] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], object] | None = None
    stand_ins: Mapping[str, StandIn] = field(default_factory=dict)
    before: Mapping[str, Callable[[StepContext], object]] = field(default_factory=dict)
    before_job: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    repository: str = "me/site"
    run_id: str = "1"
    minute: float = 60.0
    limit: float = 300.0

    def __post_init__(self) -> None:
        self.live_token = ""
        self._rights: dict[str, Mapping[str, str]] = {}
        self.actions = {**_ACTIONS, **self.stand_ins}
        steps = [step for job in self.workflow.jobs.values() for step in job["steps"]]
        strange = {_action(step) for step in steps} - {"", *self.actions}
        strange |= {job for job, spec in self.workflow.jobs.items() if "strategy" in spec}
        if strange:
            raise Unsupported(f"{self.workflow.path.name}: {', '.join(strange)}")
        strange = set(self.before_job) - set(self.workflow.jobs)
        strange |= {name.split(" / ", 1)[-1] for name in self.before} - {s["name"] for s in steps}
        if strange:
            raise ValueError(f"nothing is called {', '.join(strange)}")
        if self.event_name not in self.workflow.triggers:
            raise ValueError(f"{self.workflow.path.name} does not run on {self.event_name}")
        self.typed_inputs = self._typed_inputs()

    def _typed_inputs(self) -> dict[str, str | bool]:
        """The inputs of a workflow_dispatch, with the defaults that the workflow declares."""
        trigger = self.workflow.triggers[self.event_name]
        dispatched = self.event_name == "workflow_dispatch" and isinstance(trigger, dict)
        declared = trigger.get("inputs", {}) if dispatched else {}
        if strange := set(self.inputs) - set(declared):
            raise ValueError(f"no inputs are called {', '.join(strange)}")
        typed: dict[str, str | bool] = {}
        for name, spec in declared.items():
            value = _text(self.inputs.get(name, spec.get("default")))
            kind = _check(spec, "description type default", name).get("type", "string")
            if kind not in {"string", "boolean"}:
                raise Unsupported(f"an input of the type {kind}")
            typed[name] = value == "true" if kind == "boolean" else value
        return typed

    def permissions_of(self, token: str) -> Mapping[str, str] | None:
        """What the job with this token was given, also when it is over; None if there is none."""
        return self._rights.get(token)

    def new_token(self, permissions: Mapping[str, str]) -> str:
        """A token for the next job; that of the last one is no longer good for git."""
        self.live_token = f"ghs_{uuid.uuid4().hex}"
        self._rights[self.live_token] = permissions
        return self.live_token

    def run(self) -> RunResult:
        """Run every job that its conditions let run."""
        self.artifacts: dict[str, Path] = {}
        self.published: Path | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=self.work))
        self.ref = f"refs/heads/{self.branch}"
        if self.event_name == "pull_request":
            self.ref = f"refs/pull/{self.event['number']}/merge"
        command = ["git", "-C", str(self.origin), "rev-parse", "--verify", f"{self.ref}^{{commit}}"]
        self.sha = subprocess.check_output(command, text=True).strip()
        server = _GitServer(self)
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
        results: dict[str, JobResult] = {}
        try:
            for job in self.workflow.jobs:
                results[job] = _Job(self, job, results).run()
        finally:
            self.live_token = ""
            server.shutdown()
            server.server_close()
        return RunResult(results)


_IN_IF: Final = "github inputs vars needs steps job runner env"
_IN_STEPS: Final = f"{_IN_IF} secrets"


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


class _Job:
    def __init__(self, runner: Runner, name: str, done: Mapping[str, JobResult]) -> None:
        self.runner, self.name, self.done = runner, name, done
        self.spec = runner.workflow.jobs[name]
        self.result = JobResult(name)
        self.status = "success"
        self.env: dict[str, str] = {}
        self.paths: list[str] = []
        self.steps = Closed({step["id"]: None for step in self.spec["steps"] if "id" in step})
        self.token = runner.new_token(self.permissions())
        self.workspace, self.temp, self.home = (
            runner.folder / name / part for part in ("workspace", "temp", "home")
        )

    def run(self) -> JobResult:
        before = self.scope("if", "github inputs vars needs", status=self.status_of_needs())
        for holder in (self.runner.workflow.data, self.spec):
            group = holder.get("concurrency", "")
            before.fill(group["group"] if isinstance(group, dict) else group)
        if not before.holds(self.spec.get("if", "")):
            return self.result
        if hook := self.runner.before_job.get(self.name):
            hook()
        for folder in (self.workspace, self.temp, self.home):
            folder.mkdir(parents=True)
        # No name for commits may come from the machine, not even a guessed one.
        (self.home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
        (self.temp / "event.json").write_text(json.dumps(self.event()), "utf-8")
        self.result.workspace = self.workspace
        outer = self.scope("env of the workflow", "github inputs vars secrets")
        inner = self.scope("env of the job", "github inputs vars secrets needs")
        self.env |= outer.fill_all(self.runner.workflow.data.get("env", {}))
        self.env |= inner.fill_all(self.spec.get("env", {}))
        minutes = before.fill(self.spec.get("timeout-minutes", "360"))
        self.deadline = time.monotonic() + float(minutes) * self.runner.minute
        for step in self.spec["steps"]:
            self.run_step(step)
        self.result.result = self.status
        self.set_outputs()
        return self.result

    def run_step(self, step: Mapping[str, Any]) -> None:
        """Run `step` if its condition holds, and take over what it set."""
        name = step["name"]
        result = StepResult(name)
        self.result.steps.append(result)
        env = self.env | self.scope(f"{name}: env", _IN_STEPS).fill_all(step.get("env", {}))
        if self.scope(f"{name}: if", _IN_IF, env, self.status_of_steps()).holds(step.get("if", "")):
            scope = self.scope(name, _IN_STEPS, env)
            result.outcome = result.conclusion = self.execute(step, scope, env, result)
            forgiven = scope.fill(step.get("continue-on-error", "false")) == "true"
            if result.outcome == "failure" and forgiven:
                result.conclusion = "success"
            if result.conclusion != "success" and self.status != "cancelled":
                self.status = result.conclusion
        if "id" in step:
            self.steps[step["id"]] = Closed(
                outcome=result.outcome, conclusion=result.conclusion, outputs=result.outputs
            )

    def execute(
        self, step: Mapping[str, Any], scope: Scope, env: Mapping[str, str], result: StepResult
    ) -> str:
        names = ("output", "env", "path", "step_summary")
        files = {each: self.temp / f"{each}_{len(self.result.steps)}" for each in names}
        for file in files.values():
            file.touch()
        process = self.process(env, {**self.github(), **files})

        def say(text: str) -> None:
            result.log += text.rstrip("\n") + "\n" if text else ""

        try:
            context = StepContext(
                *(self.runner, self.spec, step["name"], scope.fill_all(step.get("with", {}))),
                *(process, self.workspace, self.token, say),
            )
            for name in (step["name"], f"{self.name} / {step['name']}"):
                if hook := self.runner.before.get(name):
                    hook(context)
            if "uses" in step:
                result.outputs |= self.runner.actions[_action(step)](context) or {}
                outcome = "success"
            else:
                outcome = self.shell(step, scope, context)
            self.take_over(files, result)
        except StepFailed as error:
            say(f"##[error]{error}")
            outcome = "failure"
        list(annotations_in(result.log))
        return outcome

    def shell(self, step: Mapping[str, Any], scope: Scope, context: StepContext) -> str:
        """Run the script; processes it leaves behind end with it."""
        script, log = self.temp / f"{uuid.uuid4()}.sh", self.temp / f"{uuid.uuid4()}.log"
        script.write_text(scope.fill(step["run"]), "utf-8")
        folder = self.workspace / scope.fill(step["working-directory"])
        if not folder.is_dir():
            raise StepFailed(f"No such file or directory: {folder}")
        own = float(scope.fill(step.get("timeout-minutes", "360"))) * self.runner.minute
        grace = 5 * self.runner.minute  # what always() gets when the time of the job is over
        left = grace if self.status == "cancelled" else self.deadline - time.monotonic()
        seconds = max(0.0, min(own, left, self.runner.limit))
        began = time.monotonic()
        with log.open("wb") as out:
            process = subprocess.Popen(
                [part.format(script) for part in _SHELLS[step["shell"]].split()],
                cwd=folder, env=context.env, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        timer = threading.Timer(seconds, _end, [process.pid])
        timer.start()
        try:
            code = process.wait()
        finally:
            timer.cancel()
            _end(process.pid)
        text = log.read_text("utf-8", errors="replace")
        context.say(text)
        if time.monotonic() - began >= seconds:
            if seconds == self.runner.limit:
                raise TimeoutError(f"{context.step} took too long:\n{text}")
            context.say(f"##[error]The {'job' if left < own else 'step'} has run out of its time.")
            return "cancelled" if left < own else "failure"
        if code:
            context.say(
                f"##[error]Process completed with exit code {code if code > 0 else 128 - code}."
            )
        return "failure" if code else "success"

    def take_over(self, files: Mapping[str, Path], result: StepResult) -> None:
        """What the step wrote into its files."""
        there = {name: file for name, file in files.items() if file.exists()}
        texts = dict.fromkeys(files, "")
        texts |= {name: file.read_text("utf-8", errors="replace") for name, file in there.items()}
        if len(texts["step_summary"].encode()) <= 1024 * 1024:
            result.summary = texts["step_summary"]
        else:
            result.log += "##[error]$GITHUB_STEP_SUMMARY upload aborted, more than 1024k\n"
        self.paths += [line for line in texts["path"].splitlines() if line]
        self.env |= read_pairs(texts["env"])
        result.outputs |= read_pairs(texts["output"])

    def set_outputs(self) -> None:
        """The outputs of the job; one in which a secret stands is dropped, as on GitHub."""
        scope = self.scope("outputs", _IN_STEPS)
        for name, value in scope.fill_all(self.spec.get("outputs", {})).items():
            if any(secret in value for secret in self.secrets().values() if secret):
                self.result.steps[-1].log += f"Skip output '{name}' since it may contain secret.\n"
            else:
                self.result.outputs[name] = value
        if isinstance(environment := self.spec.get("environment"), dict):
            self.scope("environment", _IN_IF).fill_all(environment)

    # What expressions and processes see.

    def permissions(self) -> dict[str, str]:
        given = self.spec.get("permissions", self.runner.workflow.data.get("permissions"))
        if given is None:
            given = {"contents": "read", "packages": "read"}
        elif given in ("read-all", "write-all"):
            given = dict.fromkeys(_PERMISSIONS.split(), given.removesuffix("-all"))
        wrong = set(_check(given, _PERMISSIONS, self.name).values()) - {"read", "write", "none"}
        if wrong:
            raise Unsupported(f"{self.name}: permissions: {', '.join(wrong)}")
        return {name: right for name, right in given.items() if right != "none"}

    def secrets(self) -> dict[str, str]:
        return {**self.runner.secrets, "GITHUB_TOKEN": self.token}

    def event(self) -> dict[str, Any]:
        inputs = {name: _text(value) for name, value in self.runner.typed_inputs.items()}
        return {**({"inputs": inputs} if inputs else {}), **self.runner.event}

    def github(self) -> dict[str, str]:
        """What the context github and the variables GITHUB_… have in common."""
        pull = self.runner.event.get("pull_request", {})
        own = {
            "sha": self.runner.sha,
            "ref": self.runner.ref,
            "ref_name": self.runner.ref.split("/", 2)[2],
            "ref_type": "branch",
            "head_ref": pull.get("head", {}).get("ref", ""),
            "base_ref": pull.get("base", {}).get("ref", ""),
            "event_name": self.runner.event_name,
            "event_path": str(self.temp / "event.json"),
            "repository": self.runner.repository,
            "repository_owner": self.runner.repository.split("/")[0],
            "actor": self.runner.repository.split("/")[0],
            "workflow": self.runner.workflow.data.get("name", self.runner.workflow.path.name),
            "job": self.name,
            "run_id": self.runner.run_id,
            "run_number": self.runner.run_id,
            "run_attempt": "1",
            "server_url": self.runner.url,
            "api_url": "https://api.github.com",
            "workspace": str(self.workspace),
        }
        return {k: self.runner.environment.get(f"GITHUB_{k.upper()}", v) for k, v in own.items()}

    def process(self, env: Mapping[str, str], github: Mapping[str, object]) -> dict[str, str]:
        """The whole environment of a process; nothing of the machine's but PATH."""
        path = env.get("PATH") or os.environ["PATH"]
        paths = [*reversed(self.paths), self.runner.environment.get("PATH"), path]
        machine = {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        own = {"GITHUB_ACTIONS": "true", "RUNNER_OS": "Linux", "RUNNER_TEMP": str(self.temp)}
        own |= {f"GITHUB_{name.upper()}": str(value) for name, value in github.items()}
        own["PATH"] = ":".join(filter(None, paths))
        return {**machine, **self.runner.environment, **env, **own}

    def needs(self) -> Closed:
        needs = Closed()
        for name in self.spec["needs"]:
            declared = dict.fromkeys(self.runner.workflow.jobs[name].get("outputs", {}), "")
            outputs = Closed(declared | self.done[name].outputs)
            needs[name] = Closed(result=self.done[name].result, outputs=outputs)
        return needs

    def status_of_needs(self) -> dict[str, bool | None]:
        """All ancestors count, not only those that `needs` names."""
        results = {self.done[job].result for job in self.runner.workflow.ancestors(self.name)}
        unknown = "cancelled" in results and "failure" not in results  # a job out of time
        failure = None if unknown else "failure" in results
        return {
            "always": True,
            "cancelled": False,
            "success": results <= {"success"},
            "failure": failure,
        }

    def status_of_steps(self) -> dict[str, bool | None]:
        return {each: each in {"always", self.status} for each in _STATUS}

    def scope(
        self,
        place: str,
        names: str,
        env: Mapping[str, str] | None = None,
        status: Mapping[str, bool | None] | None = None,
    ) -> Scope:
        github = Closed(self.github(), event=self.event(), token=self.token)
        if "steps" not in names:
            del github["workspace"], github["event_path"]
        contexts = {
            "github": github,
            "inputs": self.runner.typed_inputs,
            "vars": dict(self.runner.variables),
            "secrets": self.secrets(),
            "needs": self.needs(),
            "steps": self.steps,
            "job": Closed(status=self.status),
            "runner": Closed(os="Linux", temp=str(self.temp)),
            "env": dict(self.env if env is None else env),
        }
        given = {name: contexts[name] for name in names.split()}
        return Scope(given, status or {}, f"{self.name}: {place}")
