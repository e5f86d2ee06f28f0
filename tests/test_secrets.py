"""No secret is ever printed, written or sent elsewhere, whatever servers do with what they know."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from batch_server import BatchServer, answered, jsonl, line_of
from builds import CONFIG, write_files
from digest_plugin.records.runs import Failure, Run, RunLog
from github_server import GitHubServer
from servers import ArxivPaper, ArxivServer, Fault, ModelServer, _Canned
from sites import KEY, Site, make_site, paper_ids, run_command
from test_jobs import FIRST, NOW, TOKEN

USER, PASSWORD = "planted-user-5b1e", "pw-planted-7a'1c\"c9"
QUERY = "qk-planted-2d8e4f"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SECRETS = (KEY, PASSWORD, QUERY, BASIC, TOKEN)
ENOUGH = "one kind of address is enough without --thorough"
HERE = Path(__file__).parent


def forms(secret: str) -> set[str]:
    """A secret as it looks in quotes, in JSON, in an address, and in a file that is encoded."""
    quoted = {repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(repr(secret)[1:-1])[1:-1]}
    return {secret, *quoted, quote(secret), quote(secret, safe="")}


ALL_FORMS = {form for secret in SECRETS for form in forms(secret)}


def assert_discreet(text: str, where: str) -> None:
    for form in ALL_FORMS:
        assert form not in text, f"{where}: …{text[max(0, text.find(form) - 200) :][:400]}"


class Place:
    """A site that is run for against servers that know its secrets."""

    def __init__(self, root: Path, arxiv: ArxivServer, model: ModelServer, enemy: Enemy) -> None:
        write_files(root, {"mkdocs.yml": CONFIG})
        self.site: Site = make_site(root, *paper_ids(2))
        self.root, self.arxiv, self.model, self.enemy = root, arxiv, model, enemy
        self.echo = f"You sent Authorization: Bearer {KEY}"
        """What a server says that repeats all it was told."""
        self.variables = {
            "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url, "OPENAI_MODEL": "m",
            "ARXIV_API_URL": arxiv.url, "GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "me/site",
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "7",
            "GITHUB_STEP_SUMMARY": str(root / "summary.md"), "GITHUB_ACTIONS": "true",
        }  # fmt: skip

    def base_url(self, kind: str) -> None:
        address = self.model.base_url
        self.echo += {
            "plain": "",
            "with a password": f" or Basic {BASIC}, that is {USER}:{PASSWORD}, or {PASSWORD}",
            "with a key": f" to {address}?api-key={QUERY}",
        }[kind]
        self.variables["OPENAI_BASE_URL"] = {
            "plain": address,
            "with a password": address.replace("//", f"//{USER}:{quote(PASSWORD)}@"),
            "with a key": f"{address}?api-key={QUERY}",
        }[kind]

    def run(self, *arguments: str, **variables: str) -> str:
        done = run_command(self.root, *arguments, **(self.variables | variables))
        self.look(done.output, " ".join(arguments))
        return done.output

    def look(self, output: str, what: str) -> None:
        """Nothing that was printed, is below the folder, or went to others tells a secret."""
        assert "Traceback" not in output, output
        assert_discreet(output, what)
        for path in self.root.rglob("*"):
            if path.is_file():
                assert_discreet(path.read_bytes().decode(errors="replace"), f"{what}: {path}")
        for heard in self.enemy.heard:
            assert_discreet(heard, f"{what}: another host")


class Enemy(ModelServer):
    """Another host, and all that it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def _unmetered(self, call: Any) -> None:
        self.heard.append(f"{call.target}\n{call.headers}\n{call.body!r}")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for module in (
        "writing.model",
        "intake.fetch",
        "jobs.github",
    ):  # nobody waits for a server to recover
        monkeypatch.setattr(f"digest_plugin.{module}.backoff", lambda *_, **__: 0.0)
    papers = map(ArxivPaper, paper_ids(2))
    with ArxivServer(papers) as arxiv, BatchServer() as model, Enemy() as enemy:
        yield Place(tmp_path, arxiv, model, enemy)


def error(place: Place, say: str = "") -> bytes:
    said = say + place.echo
    return json.dumps({"error": {"message": said, "type": said, "code": said}}).encode()


def to(place: Place, status: int) -> Fault:
    """A redirect to another host."""
    address = f"http://127.0.0.1:{place.enemy.port}/v1/chat/completions"
    return _Canned(status, error(place), headers=(("Location", address),))


def content(**fields: str) -> str:
    sound = {"title": "甲", "summary": "乙。", "abstract": "丙。"}
    return json.dumps(sound | fields, ensure_ascii=False)


def completion(place: Place) -> dict[str, object]:
    message = {"content": content(title=f"甲 {place.echo}")}
    return {
        "id": place.echo, "model": place.echo, "choices": [{"index": 0, "message": message}],
        "usage": {"prompt_tokens": place.echo, "completion_tokens": 3},
    }  # fmt: skip


STATUSES = (400, 401, 402, 403, 404, 418, 422, 429, 500)
REDIRECTS = (301, 302, 307, 308)
FAULTS: dict[str, Callable[[Place], Fault]] = {
    **{f"HTTP {n}": lambda it, n=n: Fault.raw(error(it), status=n) for n in STATUSES},
    **{f"redirect {n}": lambda it, n=n: to(it, n) for n in REDIRECTS},
    "error under 200": lambda it: Fault.raw(error(it)),
    "no credit": lambda it: Fault.raw(error(it, "insufficient quota "), status=429),
    "a wait": lambda it: _Canned(429, error(it), headers=(("Retry-After", it.echo),)),
    "a page": lambda it: Fault.raw(f"<html>{it.echo}</html>".encode(), "text/html"),
    "plain text": lambda it: Fault.raw(it.echo.encode(), "text/plain", 400),
    "a title": lambda it: Fault.reply(content(title=f"甲 {it.echo}")),
    "an abstract": lambda it: Fault.reply(content(abstract=f"丙 {it.echo}。")),
    "no object": lambda it: Fault.reply(it.echo),
    "another key": lambda it: Fault.reply(json.dumps({"title": 1, it.echo: it.echo})),
    "a refusal": lambda it: Fault.refusal(it.echo),
    "a reason": lambda it: Fault.reply("", it.echo),
    "everything": lambda it: Fault.raw(json.dumps(completion(it)).encode()),
    "reset": lambda _: Fault.reset(),
    "short body": lambda _: Fault.short_body(),
    "cut": lambda _: Fault.truncated(),
}


@pytest.mark.parametrize("address", ["with a password", "plain"])
def test_no_fault_of_a_model_makes_an_update_tell(
    address: str, place: Place, thorough: bool
) -> None:
    """Not in what is printed, for people or as annotations, not in records, logs or summaries,
    not to another host."""
    if address == "plain" and not thorough:
        pytest.skip(ENOUGH)
    place.base_url(address)
    for name, fault in FAULTS.items():
        place.model.faults.clear()
        place.model.faults.extend([fault(place)] * 60)
        asked = len(place.model.requests)
        place.run("update", "--annotate", "--unattended")
        assert len(place.model.requests) > asked, name
        for record in place.site.folders.papers.rglob("2*.json"):
            record.unlink()
    place.run("job", "summary")
    place.run("doctor")
    logged = RunLog(place.site.folders.papers / "runs", place.root).runs([])
    assert len(logged) > len(FAULTS) / 2  # those that are alike, of one second, count once


@pytest.mark.parametrize(
    "value",
    [
        KEY,
        f"{USER}:{PASSWORD}@127.0.0.1/v1",
        f"ftp://{USER}:{PASSWORD}@127.0.0.1/v1",
        f"http://{USER}:{PASSWORD}@127.0.0.1:{KEY}/v1",
        f"http://{USER}:{PASSWORD}@127.0.0.1:1/v1",
        f"http://{USER}:{PASSWORD}@[{KEY}]/v1",
        f"http://{PASSWORD}..{KEY}/v1",
        f"http://127.0.0.1:1/v1?api-key={QUERY}",
    ],
)
@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "ARXIV_API_URL"])
def test_an_address_that_is_none_is_not_repeated(name: str, value: str, place: Place) -> None:
    """It may hold a password, or be a key that was put in the wrong place."""
    for command in (["update"], ["batch", "submit"], ["doctor"]):
        place.run(*command, **{name: value})


def test_a_key_in_the_address_stays_in_the_address(place: Place) -> None:
    """A provider that knows no such page repeats what it was asked for."""
    place.base_url("with a key")
    place.run("update", "--annotate")
    place.run("batch", "submit")


@pytest.mark.parametrize("address", ["with a password", "plain"])
def test_no_fault_of_a_provider_of_batches_makes_them_tell(
    address: str, place: Place, thorough: bool
) -> None:
    """At every call of a batch's life."""
    if address == "plain" and not thorough:
        pytest.skip(ENOUGH)
    place.base_url(address)
    provider = place.model
    assert isinstance(provider, BatchServer)
    for name in ("HTTP 400", "HTTP 401", "HTTP 500", "redirect 307", "a page", "error under 200"):
        for call, command in {
            "POST /v1/files": "submit", "POST /v1/batches": "submit", "GET /v1/batches": "fetch",
            "GET /v1/files": "fetch",
        }.items():  # fmt: skip
            provider.faults_on = {call: [FAULTS[name](place)] * 9}
            place.run("batch", command)
    provider.faults_on = {}
    provider.end = "failed"
    place.run("batch", "submit")
    place.run("batch", "fetch")


def test_no_answer_in_a_file_makes_batch_read_tell(place: Place) -> None:
    """Neither what is stored nor what is said of lines that are no answers."""
    place.run("update", OPENAI_API_KEY="")
    requests = place.root.parent / "requests.jsonl"
    place.run("batch", "write", str(requests))
    first, second = (json.loads(line) for line in requests.read_bytes().splitlines())
    lines = [
        answered(first, content=content(title=f"甲 {place.echo}")) | {"id": place.echo},
        line_of(second["custom_id"], 400, json.loads(error(place))),
        line_of(place.echo, 200, {}),
        line_of(f"2403.00001.{KEY}", 200, completion(place)),
        {"custom_id": second["custom_id"], "response": None, "error": json.loads(error(place))},
        {place.echo: place.echo},
    ]
    lines[0]["response"]["body"]["model"] = place.echo
    answers = place.root.parent / "answers.jsonl"
    answers.write_bytes(jsonl(lines))
    assert "written" in place.run("batch", "read", str(answers))


def test_no_fault_of_arxiv_makes_an_update_tell(place: Place) -> None:
    """arXiv knows no key; a mirror's address may hold a password."""
    place.variables["ARXIV_API_URL"] = place.arxiv.url.replace("//", f"//{USER}:{quote(PASSWORD)}@")
    location = (("Location", f"http://127.0.0.1:{place.enemy.port}/api/query"),)
    for fault in (
        Fault.status(500, body=place.echo.encode()), Fault.status(400, body=place.echo.encode()),
        Fault.reset(), Fault.html_200(), _Canned(302, b"", headers=location), Fault.short_body(),
    ):  # fmt: skip
        place.arxiv.faults.clear()
        place.arxiv.faults.extend([fault] * 9)
        output = place.run("update", "--annotate")
        assert "2403.00001" in output


# --- GitHub ------------------------------------------------------------------------------------


def test_no_fault_of_github_makes_a_report_tell(place: Place) -> None:
    """Not in the job's log, and not in the issue, which everybody reads."""
    echo = json.dumps({"message": f"You sent Bearer {TOKEN}", "errors": [{"message": TOKEN}]})
    log = RunLog(place.site.folders.papers / "runs", place.root)
    log.append(Run("update", NOW, 1, "1", failed=(Failure(FIRST, 1, "lost", "2403.00001"),)))
    with GitHubServer("me/site", TOKEN) as github:
        place.variables["GITHUB_API_URL"] = github.url
        enemy = f"http://127.0.0.1:{place.enemy.port}/repos/me/site/issues?t="
        faults = [
            *(Fault.raw(echo.encode(), status=status) for status in (400, 401, 403, 404, 422, 500)),
            *(_Canned(code, echo.encode(), headers=(("Location", enemy + TOKEN),))
              for code in (301, 302, 307, 308)),
            Fault.raw(TOKEN.encode()), Fault.reset(), Fault.short_body(),
        ]  # fmt: skip
        for fault in faults:
            for place_in_row in range(2):  # while reading, and while writing
                github.faults.clear()
                github.faults.extend([Fault.status(200, body=b"[]")] * place_in_row + [fault] * 9)
                asked = len(github.requests)
                assert "arxiv-digest: GitHub, " in place.run("job", "report")
                assert len(github.requests) > asked
        github.faults.clear()
        place.run("job", "report", "--result", "update=failure")
        assert github.issues
        for issue in github.issues:
            assert_discreet(f"{issue.title} {issue.body} {issue.comments}", "the issue")


# --- the loudest ways to run -------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [["digest_plugin", "update"], ["mkdocs", "build", "--verbose"]],
    ids=["update", "build"],
)
def test_who_asks_libraries_to_be_loud_reads_no_secret(command: list[str], place: Place) -> None:
    """Verbose builds, libraries that log what they send, and failures nobody thought of."""
    place.base_url("with a password")
    place.model.faults.extend([FAULTS["HTTP 500"](place), FAULTS["redirect 307"](place)])
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "ARXIV_"))}
    variables = {
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)]),
        "OPENAI_LOG": "debug", "PYTHONFAULTHANDLER": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=place.root,
        env=clean | variables | place.variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ("Building HTTP request" if "update" in command else "DEBUG   -") in done.stderr
    place.look(done.stdout + done.stderr, " ".join(command))
    assert len(place.model.requests) > 2
