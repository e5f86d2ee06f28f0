"""A real HTTP server on 127.0.0.1 that stands in for GitHub's REST API, for one repository.

Replies have the shapes of https://docs.github.com/rest, of each only what tells right from wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from servers import (
    Fault,
    _Call,
    _Canned,
    _CompletionChange,
    _FeedChange,
    _Handler,
    _HttpServer,
    _json,
    _json_object,
    _Reply,
)

BOT: Final = "github-actions[bot]"
_NUMBER: Final = 1_296_269
"""Of the repository; Link headers and redirects name it so."""
_DOCS: Final = "https://docs.github.com/rest"
_MAX_TITLE: Final = 256
_MAX_BODY: Final = 65_536


@dataclass
class GitHubIssue:
    """An issue as it is on GitHub; `login` is None when the account is gone."""

    number: int
    title: str
    body: str | None = None
    login: str | None = BOT
    state: str = "open"
    comments: list[str] = field(default_factory=list)


@dataclass
class GitHubPullRequest(GitHubIssue):
    """A pull request: to GitHub an issue as well, in one series of numbers with them."""

    branch: str = "topic"
    base: str = "main"
    owner: str = "me"
    """Of the repository that holds the branch: another one for a fork."""


@dataclass(frozen=True)
class GitHubRequest:
    """A call as it arrived; a body that is no JSON object is recorded as {}."""

    at: float
    method: str
    path: str
    query: Mapping[str, str]
    body: dict[str, Any]
    authorization: str | None
    headers: Mapping[str, str]
    """By lower-case name."""


class _GitHubHandler(_Handler):
    def do_PATCH(self) -> None:
        self._exchange()


class _RefusedError(Exception):
    def __init__(self, status: int, message: str, *errors: Mapping[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


class GitHubServer(_HttpServer):
    """GitHub's REST API at `url`, with one repository.

    A call that a fault answers with a status below 500 changes nothing. Every other one is done
    before the fault comes, as on the real wire, where nobody knows.
    """

    def __init__(self, repository: str = "me/site", token: str = "ghs_planted4f1d9c") -> None:
        super().__init__()
        self._listener.RequestHandlerClass = _GitHubHandler
        self.repository = repository
        self.token = token
        self.login: str = BOT
        """Who writes with the token."""
        self.permissions: set[str] = {"issues", "pull_requests"}
        self.has_issues: bool = True
        self.may_create_pull_requests: bool = True
        """The setting below Settings → Actions → General."""
        self.everything: list[GitHubIssue] = []
        """Issues and pull requests, in the order of their numbers."""
        self.moved: dict[str, str] = {}
        """Former names of the repository, and the address that stands for each now."""
        self.next_page: str | None = None
        """Where Link headers lead, whether there is another page or not."""
        self.requests: list[GitHubRequest] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    @property
    def issues(self) -> list[GitHubIssue]:
        return [each for each in self.everything if not isinstance(each, GitHubPullRequest)]

    @property
    def pulls(self) -> list[GitHubPullRequest]:
        return [each for each in self.everything if isinstance(each, GitHubPullRequest)]

    def add_issue(self, title: str = "An issue", **parts: Any) -> GitHubIssue:
        issue = GitHubIssue(len(self.everything) + 1, title, **parts)
        self.everything.append(issue)
        return issue

    def add_pull_request(self, title: str = "A change", **parts: Any) -> GitHubPullRequest:
        parts = {"owner": self.owner} | parts
        pull = GitHubPullRequest(len(self.everything) + 1, title, **parts)
        self.everything.append(pull)
        return pull

    # --- the wire ---

    def _unmetered(self, call: _Call) -> _Reply | None:
        return None

    def _record(self, call: _Call) -> None:
        self.requests.append(
            GitHubRequest(
                call.at,
                call.method,
                call.path,
                _query(call),
                _json_object(call.body),
                call.headers.get("authorization"),
                call.headers,
            )
        )

    def _true_reply(self, call: _Call, fault: Fault | None) -> _Reply:
        if isinstance(fault, _FeedChange | _CompletionChange):
            raise TypeError(f"not a fault of GitHub: {fault}")
        if isinstance(fault, _Canned) and 300 <= fault.code < 500:
            return _reply(fault.code, {})
        try:
            with self._lock:
                return self._answer(call)
        except _RefusedError as error:
            content: dict[str, Any] = {"message": error.message}
            if error.errors:
                content["errors"] = list(error.errors)
            content |= {"documentation_url": _DOCS, "status": str(error.status)}
            return _reply(error.status, content)

    def _answer(self, call: _Call) -> _Reply:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            raise _RefusedError(401, "Bad credentials")
        for name, target in self.moved.items():
            if call.path.startswith(f"/repos/{name}/"):
                location = target + call.target.removeprefix(f"/repos/{name}")
                content = {"message": "Moved Permanently", "url": location}
                return _reply(301, content, ("Location", location))
        base = rf"/repos/{re.escape(self.repository)}|/repositories/{_NUMBER}"
        match = re.fullmatch(
            rf"(?:{base})/(?P<kind>issues|pulls)(?:/(?P<number>[0-9]+))?(?P<comments>/comments)?",
            call.path,
        )
        if match is None:
            raise _RefusedError(404, "Not Found")
        kind, number, body = match["kind"], match["number"], _json_object(call.body)
        permission = "issues" if kind == "issues" else "pull_requests"
        if permission not in self.permissions:
            raise _RefusedError(403, "Resource not accessible by integration")
        if kind == "issues" and not self.has_issues:
            raise _RefusedError(410, "Issues has been disabled in this repository.")
        match call.method, kind, bool(number), bool(match["comments"]):
            case "GET", _, False, False:
                return self._listed(call, kind)
            case "POST", "issues", False, False:
                issue = self.add_issue(_title(body), body=_body(body), login=self.login)
                return _reply(201, self._shape(issue, kind))
            case "POST", "pulls", False, False:
                return _reply(201, self._shape(self._new_pull_request(body), kind))
            case "POST", "issues", True, True:
                issue = self._numbered(number)
                issue.comments.append(_body(body, required=True) or "")
                page = f"{self._shape(issue, kind)['html_url']}#issuecomment-1"
                return _reply(201, {"id": 1, "html_url": page, "body": issue.comments[-1]})
            case "PATCH", "issues", True, False:
                return _reply(200, self._shape(self._edited(self._numbered(number), body), kind))
        raise _RefusedError(404, "Not Found")

    # --- what is asked for ---

    def _numbered(self, number: str) -> GitHubIssue:
        for issue in self.everything:
            if issue.number == int(number):
                return issue
        raise _RefusedError(404, "Not Found")

    def _edited(self, issue: GitHubIssue, body: Mapping[str, Any]) -> GitHubIssue:
        if body.get("state", "open") not in {"open", "closed"}:
            raise _invalid("Issue", "state")
        new_title = _title(body) if "title" in body else issue.title
        new_body = _body(body) if "body" in body else issue.body
        issue.title, issue.body = new_title, new_body
        issue.state = body.get("state", issue.state)
        return issue

    def _new_pull_request(self, body: Mapping[str, Any]) -> GitHubPullRequest:
        if not self.may_create_pull_requests:
            raise _RefusedError(
                403, "GitHub Actions is not permitted to create or approve pull requests."
            )
        for name in ("head", "base"):
            if not body.get(name) or not isinstance(body[name], str):
                raise _invalid("PullRequest", name)
        for pull in self.pulls:
            if (pull.state, pull.branch, pull.owner) == ("open", body["head"], self.owner):
                message = f"A pull request already exists for {self.owner}:{pull.branch}."
                raise _invalid("PullRequest", "", "custom", message)
        return self.add_pull_request(
            _title(body),
            body=_body(body),
            login=self.login,
            branch=body["head"],
            base=body["base"],
        )

    def _listed(self, call: _Call, kind: str) -> _Reply:
        query = _query(call)
        state, head = query.get("state", "open"), query.get("head", "")
        found: Sequence[GitHubIssue] = self.everything if kind == "issues" else self.pulls
        found = [each for each in found if state in {each.state, "all"}]
        if kind == "pulls" and ":" in head:  # without the owner GitHub passes over it
            found = [each for each in found if head == f"{each.owner}:{each.branch}"]
        if query.get("direction", "desc") == "desc":
            found = found[::-1]
        size = min(100, max(1, int(query.get("per_page", 30))))
        page, last = int(query.get("page", 1)), max(1, -(-len(found) // size))
        links = [(page + 1, "next"), (last, "last")] if page < last else []
        if page > 1:
            links += [(1, "first"), (page - 1, "prev")]
        address = f"{self.url}/repositories/{_NUMBER}/{kind}"
        header = [
            f'<{address}?{urlencode({**query, "page": number})}>; rel="{rel}"'
            for number, rel in links
        ]
        if self.next_page is not None:
            header = [f'<{self.next_page}>; rel="next"']
        content = [self._shape(each, kind) for each in found[(page - 1) * size : page * size]]
        return _reply(200, content, *([("Link", ", ".join(header))] if header else []))

    def _shape(self, issue: GitHubIssue, kind: str) -> dict[str, Any]:
        """The issue, or the pull request, as the lists of that kind give it."""
        pull = issue if isinstance(issue, GitHubPullRequest) else None
        page = f"https://github.com/{self.repository}/{'pull' if pull else 'issues'}"
        login = issue.login
        bot = login is not None and login.endswith("[bot]")
        shape: dict[str, Any] = {
            "url": f"{self.url}/repos/{self.repository}/{kind}/{issue.number}",
            "id": 1_000_000 + issue.number,
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "state": issue.state,
            "html_url": f"{page}/{issue.number}",
            "user": login and {"login": login, "id": 1, "type": "Bot" if bot else "User"},
        }
        if kind == "pulls" and pull is not None:
            name = f"{pull.owner}/{self.repository.partition('/')[2]}"
            shape["head"] = {
                "label": f"{pull.owner}:{pull.branch}",
                "ref": pull.branch,
                "repo": {"full_name": name},
            }
            shape["base"] = {"ref": pull.base, "repo": {"full_name": self.repository}}
        else:
            shape["comments"] = len(issue.comments)
            if pull is not None:
                shape["pull_request"] = {"html_url": f"{page}/{issue.number}"}
        return shape


def _reply(status: int, content: object, *headers: tuple[str, str]) -> _Reply:
    return _Reply(status, "application/json; charset=utf-8", _json(content), headers)


def _query(call: _Call) -> dict[str, str]:
    return {name: each[-1] for name, each in parse_qs(urlsplit(call.target).query).items()}


def _title(body: Mapping[str, Any]) -> str:
    title = body.get("title")
    if not isinstance(title, str) or not title.strip():
        raise _invalid("Issue", "title", "missing_field")
    if len(title) > _MAX_TITLE:
        message = f"title is too long (maximum is {_MAX_TITLE} characters)"
        raise _invalid("Issue", "title", "custom", message)
    return title


def _body(body: Mapping[str, Any], *, required: bool = False) -> str | None:
    text = body.get("body")
    if (text is None and required) or not isinstance(text, str | None):
        raise _invalid("Issue", "body", "missing_field")
    if text is not None and len(text) > _MAX_BODY:
        message = f"body is too long (maximum is {_MAX_BODY} characters)"
        raise _invalid("Issue", "body", "custom", message)
    return text


def _invalid(
    resource: str, name: str, code: str = "invalid", message: str | None = None
) -> _RefusedError:
    error = {"resource": resource, "field": name, "code": code}
    if message is not None:
        error["message"] = message
    return _RefusedError(422, "Validation Failed", error)
