"""GitHub as it is on bad nights: what is asked, what is asked twice, and what is said of it."""

from __future__ import annotations

import dataclasses
import gzip
import json
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digest_plugin.jobs import github
from digest_plugin.jobs.github import GitHubError, Issue, PullRequest, Repository
from github_server import GitHubServer
from servers import Fault, _Canned

TOKEN = "ghs_planted4f1d9c"
"""It must never be seen in any text."""
MARKER = "<!-- arxiv-digest: nightly -->"
SENTENCE = "not permitted to create or approve pull requests"


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with GitHubServer("me/site", TOKEN) as started:
        yield started


@pytest.fixture
def waits() -> list[float]:
    """The seconds that `repository` was told to sleep; it does not."""
    return []


@pytest.fixture
def repository(server: GitHubServer, waits: list[float]) -> Repository:
    return Repository("me/site", TOKEN, server.url, sleep=waits.append)


def failure(call: Callable[[], object]) -> str:
    """The message of the GitHubError that `call` ends in: one line, and no token anywhere."""
    with pytest.raises(GitHubError) as caught:
        call()
    message = str(caught.value)
    everything = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert message.isprintable()
    assert TOKEN not in everything
    assert "During handling" not in everything
    assert "direct cause" not in everything
    return message


def calls(server: GitHubServer) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in server.requests]


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# --- issues ----------------------------------------------------------------------------------


def test_an_issue_from_its_first_day_to_its_last(
    server: GitHubServer, repository: Repository
) -> None:
    """What was created is found again, changed, commented on and closed, and then not found."""
    created = repository.create_issue("夜间更新失败", f"{MARKER}\n三篇论文失败。")
    page = "https://github.com/me/site/issues/1"
    assert created == Issue(1, "夜间更新失败", f"{MARKER}\n三篇论文失败。", page)
    assert repository.open_issue(MARKER) == created

    repository.edit_issue(1, body=f"{MARKER}\n两篇论文失败。")
    found = repository.open_issue(MARKER)
    assert found == dataclasses.replace(created, body=f"{MARKER}\n两篇论文失败。")
    repository.edit_issue(1, title="夜间更新")
    repository.comment(1, "好了。")
    repository.close_issue(1)
    repository.close_issue(1)
    assert repository.open_issue(MARKER) is None
    issue = server.issues[0]
    assert (issue.title, issue.state, issue.comments) == ("夜间更新", "closed", ["好了。"])
    assert issue.body == f"{MARKER}\n两篇论文失败。"


def test_what_every_request_says_of_itself(server: GitHubServer, repository: Repository) -> None:
    """Each call carries the token, the version of the API and who we are."""
    repository.create_issue("a", "b")
    repository.open_issue(MARKER)
    repository.close_issue(1)
    for request in server.requests:
        assert request.authorization == f"Bearer {TOKEN}"
        assert request.headers["accept"] == "application/vnd.github+json"
        assert request.headers["x-github-api-version"] == "2022-11-28"
        assert request.headers["user-agent"] == f"mkdocs-arxiv-digest/{github.__version__}"
    assert calls(server) == [
        ("POST", "/repos/me/site/issues"),
        ("GET", "/repos/me/site/issues"),
        ("PATCH", "/repos/me/site/issues/1"),
    ]


def test_what_netrc_knows_of_the_host_is_not_sent(
    server: GitHubServer, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password in ~/.netrc does not stand instead of the token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    repository.open_issue(MARKER)
    assert server.requests[0].authorization == f"Bearer {TOKEN}"


@pytest.mark.parametrize("login", ["stranger", "github-actions", "GitHub-Actions-bot", None])
def test_a_strangers_issue_is_not_ours(
    server: GitHubServer, repository: Repository, login: str | None
) -> None:
    """The marker in an issue of somebody else's, or of an account that is gone, means nothing."""
    server.add_issue(body=MARKER, login=login)
    assert repository.open_issue(MARKER) is None
    ours = server.add_issue(body=MARKER)
    found = repository.open_issue(MARKER)
    assert found is not None
    assert found.number == ours.number


def test_another_owner_of_the_token(server: GitHubServer, repository: Repository) -> None:
    """With the token of another account its login says which issue is ours."""
    server.add_issue(body=MARKER)
    assert repository.open_issue(MARKER, login="nightly-app[bot]") is None
    server.login = "nightly-app[bot]"
    number = repository.create_issue("a", MARKER).number
    found = repository.open_issue(MARKER, login="nightly-app[bot]")
    assert found is not None
    assert found.number == number


def test_issues_without_the_marker_are_passed_over(
    server: GitHubServer, repository: Repository
) -> None:
    """Neither other issues of the bot's, nor those without a body, nor closed ones are found."""
    server.add_issue(body=None)
    server.add_issue(body="")
    server.add_issue(MARKER, body="the marker is in the title")
    server.add_issue(body=MARKER, state="closed")
    assert repository.open_issue(MARKER) is None


def test_an_issue_may_have_no_body(server: GitHubServer, repository: Repository) -> None:
    """A body that GitHub gives as null is an empty one."""
    null = Fault.raw(b'{"number": 7, "title": "t", "body": null, "html_url": "u"}', status=201)
    server.faults.append(null)
    assert repository.create_issue("t", "") == Issue(7, "t", "", "u")


def test_a_pull_request_among_the_issues_is_none(
    server: GitHubServer, repository: Repository
) -> None:
    """GitHub lists pull requests as issues; with the marker in it ours is passed over."""
    server.add_pull_request(body=MARKER, login=server.login)
    assert repository.open_issue(MARKER) is None


def test_all_pages_are_read(server: GitHubServer, repository: Repository) -> None:
    """250 open issues are three requests, and the one on the last page is found."""
    for _ in range(249):
        server.add_issue(login="stranger", body=MARKER)
    assert repository.open_issue(MARKER) is None
    assert len(server.requests) == 3
    server.add_issue(body=MARKER)
    found = repository.open_issue(MARKER)
    assert found is not None
    assert found.number == 250
    assert [request.query.get("page") for request in server.requests[3:]] == [None, "2", "3"]
    assert {request.query["per_page"] for request in server.requests} == {"100"}
    assert {request.query["state"] for request in server.requests} == {"open"}
    assert {request.authorization for request in server.requests} == {f"Bearer {TOKEN}"}


def test_the_oldest_of_several_is_ours(server: GitHubServer, repository: Repository) -> None:
    """Should there be two issues with the marker, every night takes the same, and reads no more."""
    for _ in range(150):
        server.add_issue(body=MARKER)
    found = repository.open_issue(MARKER)
    assert found is not None
    assert found.number == 1
    assert len(server.requests) == 1


def test_pages_without_end(
    server: GitHubServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that leads to itself ends in an error, not in a duplicate issue and not never."""
    monkeypatch.setattr(github, "MAX_PAGES", 5)
    server.next_page = f"{server.url}/repos/me/site/issues?page=2"
    assert "more than 5 pages" in failure(lambda: repository.open_issue(MARKER))
    assert len(server.requests) == 5


def test_exactly_as_many_pages_as_are_read(
    server: GitHubServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last page that may be read may be the last there is."""
    monkeypatch.setattr(github, "MAX_PAGES", 2)
    for _ in range(200):
        server.add_issue(login="stranger")
    assert repository.open_issue(MARKER) is None


def test_an_edit_of_nothing_asks_nothing(server: GitHubServer, repository: Repository) -> None:
    """Without a new title or body there is no request; an empty body is a new body."""
    server.add_issue(body="old")
    repository.edit_issue(1)
    assert server.requests == []
    repository.edit_issue(1, body="")
    assert server.issues[0].body == ""
    assert server.requests[0].body == {"body": ""}


def test_a_compressed_reply(server: GitHubServer, repository: Repository) -> None:
    """GitHub compresses what it says; a long list of it is read whole."""
    issues = [
        {"number": n, "title": "t", "body": "文" * 9_000, "html_url": "u", "user": None}
        for n in range(99)
    ]
    issues.append(issues[0] | {"number": 99, "body": MARKER, "user": {"login": server.login}})
    content = gzip.compress(json.dumps(issues).encode())
    server.faults.append(_Canned(200, content, headers=(("Content-Encoding", "gzip"),)))
    assert repository.open_issue(MARKER) == Issue(99, "t", MARKER, "u")
    assert "gzip" in server.requests[0].headers["accept-encoding"]


# --- limits ----------------------------------------------------------------------------------


def test_what_fits_is_not_touched(server: GitHubServer, repository: Repository) -> None:
    """256 characters of title and 65536 of body arrive as they are."""
    issue = repository.create_issue("文" * 256, "字" * 65536)
    assert (issue.title, issue.body) == ("文" * 256, "字" * 65536)


def test_what_is_too_long_is_cut_where_one_sees_it(
    server: GitHubServer, repository: Repository
) -> None:
    """GitHub refuses longer titles and bodies: they end in an ellipsis, the start stays."""
    issue = repository.create_issue("文" * 257, MARKER + "字" * 65536)
    repository.comment(1, "字" * 65537)
    repository.edit_issue(1, title="新" * 300, body=MARKER + "新" * 70000)
    pull = repository.create_pull_request("topic", "main", "题" * 257, "体" * 65537)
    assert issue.title == "文" * 255 + "…"
    assert issue.body == (MARKER + "字" * 65536)[:65535] + "…"
    assert server.issues[0].comments == ["字" * 65535 + "…"]
    assert server.issues[0].title == "新" * 255 + "…"
    assert server.issues[0].body == (MARKER + "新" * 70000)[:65535] + "…"
    assert pull.title == "题" * 255 + "…"
    assert server.pulls[0].body == "体" * 65535 + "…"
    assert repository.open_issue(MARKER) is not None


def test_a_title_is_one_line(server: GitHubServer, repository: Repository) -> None:
    """Line breaks and runs of blanks in a title become one blank; those of a body stay."""
    issue = repository.create_issue(" two\n\tlines\x0b \u2028", "a\n\n  b\n")
    assert (issue.title, issue.body) == ("two lines", "a\n\n  b\n")


# --- pull requests ---------------------------------------------------------------------------


def test_a_pull_request_is_created_and_found(server: GitHubServer, repository: Repository) -> None:
    """The open pull request of a branch is found, by the name of the branch alone."""
    assert repository.open_pull_request("digest/2024&春+#1") is None
    created = repository.create_pull_request("digest/2024&春+#1", "main", "新论文", "正文")
    page = "https://github.com/me/site/pull/1"
    assert created == PullRequest(1, "新论文", page, "digest/2024&春+#1")
    assert repository.open_pull_request("digest/2024&春+#1") == created
    assert repository.open_pull_request("digest/2024") is None
    assert (server.pulls[0].base, server.pulls[0].body) == ("main", "正文")
    assert server.requests[-1].query["head"] == "me:digest/2024"
    server.pulls[0].state = "closed"
    assert repository.open_pull_request("digest/2024&春+#1") is None


def test_a_forks_branch_of_the_same_name_is_not_ours(
    server: GitHubServer, repository: Repository
) -> None:
    """A pull request from somebody's fork is not taken for ours."""
    server.add_pull_request(branch="digest", owner="stranger")
    assert repository.open_pull_request("digest") is None
    ours = server.add_pull_request(branch="digest")
    found = repository.open_pull_request("digest")
    assert found is not None
    assert found.number == ours.number


def test_a_filter_that_github_passes_over(repository: Repository, server: GitHubServer) -> None:
    """If every pull request comes back, only that of our branch in our repository counts."""
    pulls = [
        b'{"number": 1, "title": "t", "html_url": "u", "head": {"ref": "d", "label": null}}',
        b'{"number": 2, "title": "t", "html_url": "u", "head": {"ref": "d", "label": "x:d"}}',
        b'{"number": 3, "title": "t", "html_url": "u", "head": {"ref": "e", "label": "me:e"}}',
        b'{"number": 4, "title": "t", "html_url": "u", "head": {"ref": "d", "label": "Me:d"}}',
    ]
    server.faults.append(Fault.raw(b"[" + b",".join(pulls) + b"]"))
    assert repository.open_pull_request("d") == PullRequest(4, "t", "u", "d")


def test_a_second_pull_request_of_a_branch(server: GitHubServer, repository: Repository) -> None:
    """What GitHub has behind "Validation Failed" is said."""
    repository.create_pull_request("digest", "main", "a", "b")
    said = failure(lambda: repository.create_pull_request("digest", "main", "a", "b"))
    assert said == (
        "GitHub, POST /repos/me/site/pulls: HTTP 422, Validation Failed, A pull request already"
        " exists for me:digest."
    )
    said = failure(lambda: repository.create_pull_request("digest", "", "a", "b"))
    assert "Validation Failed, base invalid" in said


# --- refusals, and what to do about them -----------------------------------------------------


def test_a_wrong_token(server: GitHubServer) -> None:
    """A token that GitHub does not take is named as the thing to check, without its text."""
    stranger = Repository("me/site", "ghp_wrongwrong", server.url)
    said = failure(lambda: stranger.open_issue(MARKER))
    assert said == (
        "GitHub, GET /repos/me/site/issues: HTTP 401, Bad credentials: check GITHUB_TOKEN."
    )
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        (lambda each: each.open_issue(MARKER), "issues: write"),
        (lambda each: each.create_issue("a", "b"), "issues: write"),
        (lambda each: each.comment(1, "b"), "issues: write"),
        (lambda each: each.close_issue(1), "issues: write"),
        (lambda each: each.open_pull_request("d"), "pull-requests: write"),
        (lambda each: each.create_pull_request("d", "main", "a", "b"), "pull-requests: write"),
    ],
)
@pytest.mark.parametrize("name", ["me/site", "me/issues", "me/pulls"])
def test_a_job_without_the_permission(
    call: Callable[[Repository], object], permission: str, name: str
) -> None:
    """The permission that the job lacks is named, whatever the repository is called."""
    with GitHubServer(name, TOKEN) as server:
        server.permissions.clear()
        said = failure(lambda: call(Repository(name, TOKEN, server.url)))
    assert "HTTP 403, Resource not accessible by integration: the job lacks" in said
    assert said.endswith(f"add `permissions: {permission}`.")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [403, 422])
def test_a_repository_that_lets_no_workflow_open_pull_requests(
    server: GitHubServer, repository: Repository, status: int
) -> None:
    """The setting to change is named, whichever status GitHub gives."""
    server.may_create_pull_requests = False
    if status == 422:
        body = b'{"message": "Validation Failed", "errors": ["GitHub Actions is %s."]}'
        server.faults.append(Fault.raw(body % SENTENCE.encode(), status=422))
    said = failure(lambda: repository.create_pull_request("digest", "main", "a", "b"))
    assert f"HTTP {status}" in said
    assert "Settings → Actions → General → Workflow permissions" in said
    assert "tick Allow GitHub Actions to create and approve pull requests" in said
    assert len(server.requests) == 1


def test_issues_that_are_disabled(server: GitHubServer, repository: Repository) -> None:
    """A repository without issues, as every fork is at first, is told which box to tick."""
    server.has_issues = False
    said = failure(lambda: repository.create_issue("a", "b"))
    assert said == (
        "GitHub, POST /repos/me/site/issues: HTTP 410, Issues has been disabled in this"
        " repository: in Settings → General → Features, tick Issues."
    )
    assert server.issues == []


def test_an_issue_that_was_deleted_is_another_matter(
    server: GitHubServer, repository: Repository
) -> None:
    """410 is also what GitHub says of a deleted issue; no setting helps there."""
    server.faults.append(Fault.raw(b'{"message": "This issue was deleted"}', status=410))
    said = failure(lambda: repository.close_issue(1))
    assert "This issue was deleted" in said
    assert "Settings" not in said


def test_a_repository_that_is_not_there(server: GitHubServer) -> None:
    """A name that GitHub does not know, or hides from the token, is to be checked."""
    other = Repository("me/other", TOKEN, server.url)
    said = failure(lambda: other.open_issue(MARKER))
    assert "HTTP 404, Not Found: check GITHUB_REPOSITORY" in said


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "\\n::error::gotcha\\u001b[31m"}',
        b'{"message": "' + b"x" * 100_000 + b'"}',
        b'{"message": "\\ud800"}',
        b'{"message": {"a": ["' + TOKEN.encode() + b'"]}, "errors": {"message": 1}}',
        b'{"message": "token ' + TOKEN.encode() + b' is bad"}',
        b'{"message": "' + b"x" * (299 - len(TOKEN) // 2) + TOKEN.encode() + b'"}',
        b'{"message": null, "errors": [null, 1, "a", [], {}, {"message": null, "field": null}]}',
        b'["message"]',
        b'"message"',
        b"[" * 100_000,
        b"\xff\xfe",
        b"9" * 10_000,
        b"",
        b"<html>" + TOKEN.encode(),
    ],
)
def test_a_refusal_may_say_anything(
    server: GitHubServer, repository: Repository, body: bytes
) -> None:
    """Whatever is in a refusal, the message is one short line without the token."""
    server.faults.append(Fault.raw(body, status=418))
    said = failure(lambda: repository.create_issue("a", "b"))
    assert said.startswith("GitHub, POST /repos/me/site/issues: HTTP 418")
    assert len(said) < 500
    assert "::error::" not in said.partition("HTTP")[0]
    assert TOKEN[: len(TOKEN) // 2] not in said
    assert len(server.requests) == 1


# --- faults ----------------------------------------------------------------------------------

PASSING = {
    "500": (Fault.status(500), "HTTP 500"),
    "502": (Fault.status(502, body=b"<html>Bad gateway</html>"), "HTTP 502"),
    "html_200": (Fault.html_200(), "a web page instead of an answer: check GITHUB_API_URL"),
    "empty_200": (Fault.empty_200(), "HTTP 200, but without what GitHub documents"),
    "truncated": (Fault.truncated(), "without what GitHub documents"),
    "short_body": (Fault.short_body(), "reply cut short"),
    "reset": (Fault.reset(), "connection reset"),
    "other JSON": (Fault.raw(b'{"number": 1}'), "without what GitHub documents"),
    "wrong types": (Fault.raw(b'[{"number": "x", "title": 1}]'), "without what GitHub documents"),
    "deep JSON": (Fault.raw(b"[" * 100_000), "without what GitHub documents"),
    "not UTF-8": (Fault.raw(b'"\xff"'), "without what GitHub documents"),
    "no gzip": (_Canned(200, b"no gzip at all", headers=(("Content-Encoding", "gzip"),)), "gzip"),
    "bad length": (_Canned(200, b"x", headers=(("Content-Length", "9"),)), ""),
}
each_passing = pytest.mark.parametrize(
    ("fault", "reason"), list(PASSING.values()), ids=list(PASSING)
)


@each_passing
def test_reading_is_tried_again(
    server: GitHubServer, repository: Repository, waits: list[float], fault: Fault, reason: str
) -> None:
    """A fault that passes costs a wait, longer each time, and no more."""
    server.add_issue(body=MARKER)
    server.faults.extend([fault, fault])
    assert repository.open_issue(MARKER) is not None
    assert len(server.requests) == 3
    assert 0.5 <= waits[0] <= 1.0 <= 1.5 <= waits[1] <= 2.0


@each_passing
def test_reading_ends_after_three_tries(
    server: GitHubServer, repository: Repository, waits: list[float], fault: Fault, reason: str
) -> None:
    """A fault that stays is an error in words after three tries, on one line."""
    server.faults.extend([fault] * 3)
    said = failure(lambda: repository.open_issue(MARKER))
    assert said.startswith("GitHub, GET /repos/me/site/issues: ")
    assert reason in said
    assert said.endswith("; tried 3 times.")
    assert len(server.requests) == 3
    assert len(waits) == 2


@each_passing
@pytest.mark.parametrize("kind", ["issue", "comment", "pull request"])
def test_writing_is_not_tried_again(
    server: GitHubServer,
    repository: Repository,
    waits: list[float],
    fault: Fault,
    reason: str,
    kind: str,
) -> None:
    """A POST that may have been done is not repeated, and the message says to look."""
    server.add_issue()
    server.faults.append(fault)
    write = {
        "issue": lambda: repository.create_issue("a", MARKER),
        "comment": lambda: repository.comment(1, "b"),
        "pull request": lambda: repository.create_pull_request("d", "main", "a", "b"),
    }[kind]
    said = failure(write)
    assert reason.removeprefix("HTTP 200") in said
    assert "tried" not in said
    assert said.endswith("; look whether it was done all the same.")
    assert len(server.requests) == 1
    assert waits == []
    done = {
        "issue": len(server.issues) - 1,
        "comment": len(server.issues[0].comments),
        "pull request": len(server.pulls),
    }
    assert done[kind] == 1


@each_passing
def test_a_change_is_tried_again(
    server: GitHubServer, repository: Repository, fault: Fault, reason: str
) -> None:
    """A PATCH may be repeated: it says how the issue should be, however often."""
    server.add_issue()
    server.faults.extend([fault, fault])
    repository.edit_issue(1, body="new")
    assert server.issues[0].body == "new"
    assert len(server.requests) == 3


def test_a_server_that_says_nothing(server: GitHubServer, waits: list[float]) -> None:
    """Silence ends after the time allowed for it: reading is tried again, writing is not."""
    hasty = Repository("me/site", TOKEN, server.url, read_timeout=0.3, sleep=waits.append)
    server.faults.extend([Fault.stall(60)] * 4)
    said = failure(lambda: hasty.open_issue(MARKER))
    assert said == "GitHub, GET /repos/me/site/issues: no answer in time; tried 3 times."
    said = failure(lambda: hasty.create_issue("a", "b"))
    assert said.endswith("no answer in time; look whether it was done all the same.")
    assert len(server.requests) == 4


@pytest.mark.parametrize("fault", [Fault.drip(600), Fault.drip_headers(600)], ids=str)
def test_a_server_that_never_stops_talking(
    server: GitHubServer, waits: list[float], fault: Fault
) -> None:
    """A byte now and then keeps nobody waiting for ever."""
    hasty = Repository("me/site", TOKEN, server.url, read_timeout=0.5, sleep=waits.append)
    server.add_issue(body="x" * 60_000)
    server.faults.append(fault)
    start = time.monotonic()
    said = failure(lambda: hasty.comment(1, "x" * 60_000))
    assert time.monotonic() - start < 60
    assert "a reply that does not end" in said or "no answer in time" in said
    assert len(server.requests) == 1


def test_a_reply_without_end(
    server: GitHubServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is larger than any list of issues is not read to its end."""
    monkeypatch.setattr(github, "MAX_REPLY", 100_000)
    server.faults.extend([Fault.raw(b" " * 1_000_000)] * 3)
    assert "a reply that does not end" in failure(lambda: repository.open_issue(MARKER))


@pytest.mark.parametrize("write", [False, True])
def test_nobody_listens(waits: list[float], write: bool) -> None:
    """Where no connection comes about nothing was done: a POST too is tried again."""
    repository = Repository(
        "me/site", TOKEN, f"http://127.0.0.1:{closed_port()}", sleep=waits.append
    )

    def call() -> object:
        return repository.create_issue("a", "b") if write else repository.open_issue(MARKER)

    said = failure(call)
    assert said.endswith("connection refused; tried 3 times.")
    assert len(waits) == 2


def test_a_host_that_does_not_exist(waits: list[float]) -> None:
    """A name that leads nowhere is said in words."""
    nowhere = Repository("me/site", TOKEN, "https://nowhere.invalid", sleep=waits.append)
    assert "host name not found" in failure(lambda: nowhere.open_issue(MARKER))


def test_a_connection_serves_one_call(server: GitHubServer, repository: Repository) -> None:
    """A POST never goes out on a connection that GitHub may have closed already."""
    repository.open_issue(MARKER)
    repository.create_issue("a", "b")
    deadline = time.monotonic() + 30
    while server._listener._open and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server._listener._open


# --- limits of GitHub's ----------------------------------------------------------------------

SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'


def limited(status: int, body: bytes = SECONDARY, **headers: str) -> Fault:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return _Canned(status, body, headers=pairs)


@pytest.mark.parametrize(
    ("fault", "shortest", "longest"),
    [
        (Fault.status(429, retry_after="7"), 7, 7),
        (Fault.status(429), 60, 60),
        (limited(403, b"{}", Retry_After="9"), 9, 9),
        (limited(403), 60, 60),
        (limited(403, X_RateLimit_Remaining="0", X_RateLimit_Reset="0"), 0, 0),
        (limited(403, X_RateLimit_Remaining="0", X_RateLimit_Reset="soon"), 60, 60),
        (limited(429, X_RateLimit_Remaining="12", X_RateLimit_Reset="0"), 60, 60),
        (limited(503, Retry_After="5"), 5, 5),
    ],
)
def test_the_wait_that_github_asks_for(
    server: GitHubServer,
    repository: Repository,
    waits: list[float],
    fault: Fault,
    shortest: float,
    longest: float,
) -> None:
    """A limit is waited for as GitHub documents, and the call comes again."""
    server.faults.append(fault)
    assert repository.open_issue(MARKER) is None
    assert len(waits) == 1
    assert shortest <= waits[0] <= longest
    assert len(server.requests) == 2


def test_writing_waits_for_a_limit_too(
    server: GitHubServer, repository: Repository, waits: list[float]
) -> None:
    """What a limit turned away was not done: the POST comes again, and makes one issue."""
    server.faults.extend([Fault.status(429, retry_after="1"), limited(403, Retry_After="2")])
    repository.create_issue("a", "b")
    assert len(server.issues) == 1
    assert len(server.requests) == 3
    assert waits == [1, 2]


def test_a_limit_that_stays(
    server: GitHubServer, repository: Repository, waits: list[float]
) -> None:
    """After three tries GitHub's own words are the reason."""
    server.faults.extend([limited(403, Retry_After="1")] * 3)
    said = failure(lambda: repository.create_issue("a", "b"))
    assert (
        "HTTP 403, You have exceeded a secondary rate limit. Please wait a few minutes; tried"
        in said
    )
    assert said.endswith("; tried 3 times.")
    assert server.issues == []


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault.status(429, retry_after="61"), "61 s"),
        (Fault.status(503, retry_after="3600"), "3600 s"),
        (limited(403, X_RateLimit_Remaining="0", X_RateLimit_Reset="99999999999"), " s"),
    ],
)
def test_a_long_wait_is_not_waited(
    server: GitHubServer, repository: Repository, waits: list[float], fault: Fault, seconds: str
) -> None:
    """More than a minute is for the next night to wait; the message says how long."""
    server.faults.append(fault)
    said = failure(lambda: repository.open_issue(MARKER))
    assert "; it asks to wait " in said
    assert said.endswith(f"{seconds}.")
    assert waits == []
    assert len(server.requests) == 1


def test_a_refusal_is_no_limit(
    server: GitHubServer, repository: Repository, waits: list[float]
) -> None:
    """A 403 for another reason is not asked again."""
    server.faults.append(limited(403, b'{"message": "Repository was archived"}'))
    assert "Repository was archived" in failure(lambda: repository.create_issue("a", "b"))
    assert len(server.requests) == 1
    assert waits == []


# --- addresses that lead elsewhere -----------------------------------------------------------


def addresses_of(enemy: GitHubServer, server: GitHubServer) -> list[str]:
    """Addresses that lead from `server` to `enemy`, or would for one parser or another."""
    return [
        f"{enemy.url}/repos/me/site/issues?page=2",
        f"http://localhost:{enemy.port}/",
        f"http://127.0.0.1:{server.port}@127.0.0.1:{enemy.port}/",
        f"http://127.0.0.1:{enemy.port}\\@127.0.0.1:{server.port}/",
        f"http://127.0.0.1:{server.port}\\@127.0.0.1:{enemy.port}/",
        f"{server.url}@127.0.0.1:{enemy.port}/",
        f"{server.url}0/",
        f"{server.url}.evil.example/",
        f"//127.0.0.1:{enemy.port}/",
        f"https://127.0.0.1:{server.port}/",
        "http://[",
        "file:///etc/passwd",
        "/repos/me/site/issues?page=2",
        "",
    ]


@pytest.mark.parametrize("position", range(13))
def test_the_token_goes_to_no_other_host_for_a_page(
    server: GitHubServer, repository: Repository, position: int
) -> None:
    """A Link header that leads elsewhere ends in an error; nobody else hears the token."""
    with GitHubServer("me/site", TOKEN) as enemy:
        server.next_page = addresses_of(enemy, server)[position]
        said = failure(lambda: repository.open_issue(MARKER))
        assert enemy.requests == []
    assert "the token must not go there" in said
    assert len(server.requests) == 1


@pytest.mark.parametrize("position", range(14))
def test_the_token_goes_to_no_other_host_for_a_redirect(
    server: GitHubServer, repository: Repository, position: int
) -> None:
    """A redirect that leads elsewhere is not followed either, with the token or without."""
    with GitHubServer("me/site", TOKEN) as enemy:
        target = addresses_of(enemy, server)[position]
        server.faults.append(_Canned(302, b"", headers=(("Location", target),)))
        said = failure(lambda: repository.open_issue(MARKER))
        assert enemy.requests == []
    assert "the token must not go there" in said
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a b",
        "/\xff",
        "/%",
        "/%zz",
        "/?page=%%",
        "/#",
        "/../..",
        "//x/",
        "/\\x",
        "/:0/",
        "/[",
    ],
)
def test_an_odd_address_at_the_right_host(
    server: GitHubServer, repository: Repository, path: str
) -> None:
    """Whatever follows the host in a Link header, it ends in an error of ours."""
    server.next_page = server.url + path
    failure(lambda: repository.open_issue(MARKER))
    assert all(request.authorization == f"Bearer {TOKEN}" for request in server.requests)


@pytest.mark.parametrize(
    "header",
    ["", ";", ",,,", "<", "<>; rel", '<x>; rel="last"', "rel=next", "<" * 5000, '="'],
)
def test_a_link_header_without_a_next_page(
    server: GitHubServer, repository: Repository, header: str
) -> None:
    """A Link header that names no next page, or makes no sense, is the end of the list."""
    server.faults.append(_Canned(200, b"[]", headers=(("Link", header),)))
    assert repository.open_issue(MARKER) is None


def test_a_repository_that_moved_is_read_where_it_is(
    server: GitHubServer, waits: list[float]
) -> None:
    """GitHub redirects the old name of a repository: reading follows, with all it asked for."""
    server.moved["me/old"] = f"{server.url}/repositories/1296269"
    server.add_issue(body=MARKER)
    former = Repository("me/old", TOKEN, server.url)
    found = former.open_issue(MARKER)
    assert found is not None
    assert found.number == 1
    assert server.requests[1].query == server.requests[0].query
    assert server.requests[1].authorization == f"Bearer {TOKEN}"


def test_a_repository_that_moved_is_not_written_to(server: GitHubServer) -> None:
    """A POST or PATCH that is redirected says that the repository has moved."""
    server.moved["me/old"] = f"{server.url}/repositories/1296269"
    server.add_issue()
    former = Repository("me/old", TOKEN, server.url)
    for write in (lambda: former.create_issue("a", "b"), lambda: former.close_issue(1)):
        said = failure(write)
        assert "HTTP 301, Moved Permanently: the repository has moved" in said
    assert len(server.requests) == 2
    assert [issue.state for issue in server.issues] == ["open"]


def test_a_redirect_in_a_circle(server: GitHubServer) -> None:
    """A redirect that leads to itself ends."""
    server.moved["me/old"] = f"{server.url}/repos/me/old"
    former = Repository("me/old", TOKEN, server.url)
    assert "HTTP 301" in failure(lambda: former.open_issue(MARKER))
    assert len(server.requests) == 1 + github.MAX_REDIRECTS


def test_a_redirect_to_nowhere(server: GitHubServer, repository: Repository) -> None:
    """A redirect that does not say where is an error."""
    server.faults.append(Fault.status(301))
    assert "HTTP 301" in failure(lambda: repository.open_issue(MARKER))


# --- where the repository comes from ---------------------------------------------------------

ENVIRONMENT = {
    "GITHUB_REPOSITORY": "me/site",
    "GITHUB_TOKEN": TOKEN,
    "GITHUB_API_URL": "https://github.example/api/v3",
}


def test_a_workflow_knows_its_repository() -> None:
    """Name, token and address come from the environment that GitHub sets."""
    found = Repository.from_environment(ENVIRONMENT)
    assert (found.name, found.token) == ("me/site", TOKEN)
    assert found.api_url == "https://github.example/api/v3"


@pytest.mark.parametrize(
    ("change", "api_url"),
    [
        ({"GITHUB_API_URL": ""}, "https://api.github.com"),
        ({"GITHUB_API_URL": "https://github.example/api/v3/\n"}, "https://github.example/api/v3"),
        ({"GITHUB_TOKEN": f"{TOKEN}\n"}, "https://github.example/api/v3"),
    ],
)
def test_small_blemishes_of_the_environment(change: dict[str, str], api_url: str) -> None:
    """Secrets end in a newline, addresses in a slash, and what is empty is not set."""
    found = Repository.from_environment(ENVIRONMENT | change)
    assert (found.name, found.token, found.api_url) == ("me/site", TOKEN, api_url)


def test_all_that_is_missing_is_named() -> None:
    """What is not set is named, all of it at once, with what to do."""
    said = failure(lambda: Repository.from_environment({"GITHUB_TOKEN": " "}))
    assert said == (
        "GITHUB_REPOSITORY is not set: set it to owner/repository; GITHUB_TOKEN is not set: in a"
        " workflow, give the step `env: GITHUB_TOKEN: ${{ github.token }}`."
    )
    said = failure(lambda: Repository.from_environment({"GITHUB_TOKEN": TOKEN}))
    assert "GITHUB_REPOSITORY is not set" in said
    assert "GITHUB_TOKEN" not in said


@pytest.mark.parametrize(
    "name",
    ["me", "me/", "/site", "me/..", "me/.", "a/b/c", "me/si te", "me/site?x", "me/site#", "me/%2e",
     "../etc", "me/site\n", "我/站", "https://github.com/me/site", "-a/b", "me\\site"],
)  # fmt: skip
def test_a_name_that_no_repository_has(name: str) -> None:
    """A name that would lead to another path of the API is refused."""
    assert "expected owner/repository, got" in failure(lambda: Repository(name, TOKEN))


@pytest.mark.parametrize("name", ["me/site", "Me-2/my.site_-", "me_corp/..a", "me/.github", "1/2"])
def test_names_that_repositories_have(name: str) -> None:
    """Dots, hyphens and underscores are fine."""
    assert Repository(name, TOKEN).name == name


@pytest.mark.parametrize(
    "api_url",
    ["", "api.github.com", "ftp://api.github.com", "https://", "https://a b", "https://me:x@h",
     "https://h/?q", "https://h/#f", "https://h/\n", "https://h\\x", "https://h:port"],
)  # fmt: skip
def test_an_address_that_is_none(api_url: str) -> None:
    """What is not plainly the address of a host is refused before anything is sent there."""
    said = failure(lambda: Repository("me/site", TOKEN, api_url))
    assert "GITHUB_API_URL: expected an address such as https://api.github.com" in said


@pytest.mark.parametrize(
    "token", ["", " ", f"{TOKEN}\nX-Evil: 1", f"{TOKEN} ", f"{TOKEN}文", "${{ github.token }}"]
)
def test_a_token_that_is_none(token: str) -> None:
    """A token that cannot be sent is refused without being shown."""
    assert "check the secret" in failure(lambda: Repository("me/site", token))


def test_the_token_is_not_in_the_repr(repository: Repository) -> None:
    """A repository in a log or a traceback does not show its token."""
    assert TOKEN not in f"{repository!r} {repository}"
    assert "me/site" in repr(repository)
