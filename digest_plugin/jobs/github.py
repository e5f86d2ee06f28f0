"""Issues and pull requests of one repository, through GitHub's REST API: https://docs.github.com/rest

For a job that nobody watches: what may be asked twice and what must not, whose issue it is,
addresses that lead elsewhere, and which setting to change after a refusal.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import requests
import urllib3
from pydantic import BaseModel, TypeAdapter, ValidationError

from digest_plugin import __version__
from digest_plugin.errors import DigestError, network_reason, one_line, quoted
from digest_plugin.machine.discretion import hidden
from digest_plugin.machine.waiting import answered_within, backoff, retry_after

DEFAULT_URL = "https://api.github.com"
BOT = "github-actions[bot]"
"""Who writes with the token of a workflow; no person can have a login with brackets."""
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
"""Seconds of silence; a whole reply may take four times as long."""
TRIES = 3
LONGEST_WAIT = 60.0
"""Seconds; if GitHub asks for more, the next night is soon enough."""
MAX_PAGES = 100
"""Of 100 issues each."""
MAX_REDIRECTS = 3
MAX_REPLY = 100 * 1024 * 1024
"""Bytes; a hundred issues of the longest kind are about a quarter of it."""
MAX_TITLE = 256
MAX_BODY = 65536
"""Characters; GitHub refuses more."""

_HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": f"mkdocs-arxiv-digest/{__version__}",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*")

T = TypeVar("T")


class GitHubError(DigestError):
    """GitHub did not do what it was asked; one line, with what to do about it where we know."""


@dataclass(frozen=True)
class Issue:
    """An issue; `url` is its page for people."""

    number: int
    title: str
    body: str
    url: str


@dataclass(frozen=True)
class PullRequest:
    """A request to merge `branch`; `url` is its page for people."""

    number: int
    title: str
    url: str
    branch: str


class _Written(BaseModel):
    html_url: str


class _User(BaseModel):
    login: str


class _Issue(_Written):
    number: int
    title: str
    body: str | None = None
    user: _User | None = None
    """None if the account is gone."""
    pull_request: Any = None
    """Pull requests are listed among the issues; only they have this key."""

    def known(self) -> Issue:
        return Issue(self.number, self.title, self.body or "", self.html_url)


class _Head(BaseModel):
    ref: str
    label: str | None = None
    """`owner:branch`; the owner may be that of a fork."""


class _PullRequest(_Written):
    number: int
    title: str
    head: _Head

    def known(self) -> PullRequest:
        return PullRequest(self.number, self.title, self.html_url, self.head.ref)


_WRITTEN = TypeAdapter(_Written)
_ISSUE, _ISSUES = TypeAdapter(_Issue), TypeAdapter(list[_Issue])
_PULL_REQUEST, _PULL_REQUESTS = TypeAdapter(_PullRequest), TypeAdapter(list[_PullRequest])


class _FailedError(Exception):
    """A try that failed and would fail again; `wait` in seconds, if GitHub said."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class _UnsureError(_FailedError):
    """No sound answer, which may pass; what was asked for may have been done."""


class _NotDoneError(_FailedError):
    """An error that may pass, after which nothing has been done."""


class _Session(requests.Session):
    """Leaves redirects to us: requests takes them apart even if it is told not to follow them."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        return None


@dataclass(frozen=True)
class Repository:
    """One repository and a token that may write there; every method raises GitHubError.

    Each call has a connection of its own: a POST on one that was kept, and that GitHub closed
    meanwhile, could not be told from a POST that was done.
    """

    name: str
    """`owner/repository`."""
    token: str = field(repr=False)
    api_url: str = DEFAULT_URL
    read_timeout: float = field(default=READ_TIMEOUT, repr=False)
    sleep: Callable[[float], object] = field(default=time.sleep, repr=False, compare=False)

    def __post_init__(self) -> None:
        for variable, value, pattern, example in (
            ("GITHUB_REPOSITORY", self.name, _NAME, "owner/repository"),
            ("GITHUB_API_URL", self.api_url, _URL, f"an address such as {DEFAULT_URL}"),
        ):
            if not pattern.fullmatch(value):
                raise GitHubError(f"{variable}: expected {example}, got {quoted(value)}.")
        # Said here and without the token: libraries quote the header they refuse.
        if not re.fullmatch(r"[!-~]+", self.token):
            raise GitHubError(
                "GITHUB_TOKEN is empty or holds characters that no token has: check the secret."
            )

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Self:
        """The repository that a workflow runs for; GitHub sets the variables except the token.

        https://docs.github.com/actions/reference/workflows-and-actions/variables
        """
        name, token = (
            variables.get(each, "").strip() for each in ("GITHUB_REPOSITORY", "GITHUB_TOKEN")
        )
        missing = []
        if not name:
            missing.append("GITHUB_REPOSITORY is not set: set it to owner/repository")
        if not token:
            give = "give the step `env: GITHUB_TOKEN: ${{ github.token }}`"
            missing.append(f"GITHUB_TOKEN is not set: in a workflow, {give}")
        if missing:
            raise GitHubError("; ".join(missing) + ".")
        api_url = variables.get("GITHUB_API_URL", "").strip().rstrip("/")
        return cls(name, token, api_url or DEFAULT_URL)

    def open_issue(self, marker: str, login: str = BOT) -> Issue | None:
        """The oldest open issue that `login` wrote and whose body contains `marker`, if any.

        Anybody can write the marker into an issue of theirs, so the author counts.
        https://docs.github.com/rest/issues/issues#list-repository-issues
        """
        # In the order of creation: what is opened while we read does not move the pages.
        query = {"state": "open", "sort": "created", "direction": "asc", "per_page": "100"}
        first = self._url("issues") + "?" + urlencode(query)
        url: str | None = first
        pages = 0
        while url is not None:
            if pages == MAX_PAGES:
                raise self._error("GET", first, f"more than {MAX_PAGES} pages of open issues")
            issues, url = self._ask("GET", url, _ISSUES)
            pages += 1
            for issue in issues:
                ours = issue.user is not None and issue.user.login == login
                if ours and issue.pull_request is None and marker in (issue.body or ""):
                    return issue.known()
        return None

    def create_issue(self, title: str, body: str) -> Issue:
        """A new issue. A marker belongs at the start of `body`, whose end may be cut.

        https://docs.github.com/rest/issues/issues#create-an-issue
        """
        content = _content(title=title, body=body)
        issue, _ = self._ask("POST", self._url("issues"), _ISSUE, content)
        return issue.known()

    def edit_issue(self, number: int, *, title: str | None = None, body: str | None = None) -> None:
        """Replace what is given. https://docs.github.com/rest/issues/issues#update-an-issue"""
        content = _content(title=title, body=body)
        if content:
            self._ask("PATCH", self._url("issues", number), _WRITTEN, content)

    def comment(self, number: int, body: str) -> None:
        """Add a comment to an issue, or to a pull request: these share their numbers.

        https://docs.github.com/rest/issues/comments#create-an-issue-comment
        """
        url = self._url("issues", number, "comments")
        self._ask("POST", url, _WRITTEN, _content(body=body))

    def close_issue(self, number: int) -> None:
        """Close an issue; harmless if it is closed already."""
        self._ask("PATCH", self._url("issues", number), _WRITTEN, {"state": "closed"})

    def open_pull_request(self, branch: str) -> PullRequest | None:
        """The open pull request from `branch` of this repository, not of a fork, if any.

        https://docs.github.com/rest/pulls/pulls#list-pull-requests
        """
        label = f"{self.name.partition('/')[0]}:{branch}"
        query = {"state": "open", "head": label, "per_page": "100"}
        found, _ = self._ask("GET", self._url("pulls") + "?" + urlencode(query), _PULL_REQUESTS)
        # Looked at again: GitHub passes over a filter that it does not understand.
        for each in found:
            if each.head.ref == branch and (each.head.label or "").lower() == label.lower():
                return each.known()
        return None

    def create_pull_request(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """A new request to merge `branch`, which must have been pushed, into `base`.

        https://docs.github.com/rest/pulls/pulls#create-a-pull-request
        """
        content = {"head": branch, "base": base} | _content(title=title, body=body)
        pull_request, _ = self._ask("POST", self._url("pulls"), _PULL_REQUEST, content)
        return pull_request.known()

    def _url(self, *parts: object) -> str:
        return "/".join((self.api_url, "repos", self.name, *map(str, parts)))

    def _ask(
        self,
        method: str,
        url: str,
        shape: TypeAdapter[T],
        content: Mapping[str, str] | None = None,
    ) -> tuple[T, str | None]:
        """The answer, and the address of its next page if there is one.

        Asked again while errors pass. A POST only if nothing was done: a second issue is worse
        than none. A PATCH says how things should be, so that a second one changes nothing.
        """
        for attempt in range(TRIES):
            try:
                return self._answer(method, url, shape, content)
            except _FailedError as error:
                reason, wait = error.reason, error.wait
                unsure = method == "POST" and isinstance(error, _UnsureError)
                again = isinstance(error, _UnsureError | _NotDoneError) and not unsure
            if unsure:
                reason += "; look whether it was done all the same"
            if wait is None:
                wait = backoff(attempt, first=1.0, longest=LONGEST_WAIT)
            elif wait > LONGEST_WAIT:
                reason += f"; it asks to wait {wait:.0f} s"
            if not again or wait > LONGEST_WAIT or attempt + 1 == TRIES:
                break
            self.sleep(wait)
        tried = f"; tried {attempt + 1} times" if attempt else ""
        raise self._error(method, url, reason + tried)

    def _error(self, method: str, url: str, reason: str) -> GitHubError:
        path = url.removeprefix(self.api_url).partition("?")[0]
        text = f"GitHub, {method} {_cut(path, 200)}: {reason}."
        return GitHubError(one_line(self._hidden(text), 800))

    def _hidden(self, text: str) -> str:
        return hidden(text, [self.token])

    def _answer(
        self, method: str, url: str, shape: TypeAdapter[T], content: Mapping[str, str] | None
    ) -> tuple[T, str | None]:
        response, body = self._exchange(method, url, content)
        redirects = 0
        while method == "GET" and response.is_redirect and redirects < MAX_REDIRECTS:
            # A repository that moved, as in
            # https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
            response, body = self._exchange(method, response.headers["Location"], None)
            redirects += 1
        status = response.status_code
        said = _cut(self._hidden(_said(body)), 300)
        reason = f"HTTP {status}" + (f", {said}" if said else "")
        if status >= requests.codes.server_error:
            raise _UnsureError(reason, retry_after(response.headers))
        wait = _limit(response, said)
        if wait is not None:
            raise _NotDoneError(reason, wait)
        if not requests.codes.ok <= status < requests.codes.multiple_choices:
            raise _FailedError(reason + _advice(url, status, said))
        try:
            answer = shape.validate_json(body)
        except ValidationError:
            raise _UnsureError(
                "a web page instead of an answer: check GITHUB_API_URL"
                if body.lstrip().startswith(b"<")
                else f"HTTP {status}, but without what GitHub documents"
            ) from None
        # https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
        return answer, response.links.get("next", {}).get("url")

    def _exchange(
        self, method: str, url: str, content: Mapping[str, str] | None
    ) -> tuple[requests.Response, bytes]:
        """One request and the whole reply to it, whatever its status."""
        # As text: parsers differ on where the host of a malicious address ends.
        if not url.startswith(self.api_url + "/"):
            raise _FailedError(f"{_cut(self._hidden(url), 200)}: the token must not go there")
        try:
            return answered_within(
                4 * self.read_timeout, lambda: self._request(method, url, content)
            )
        except TimeoutError:  # headers that drip
            raise _UnsureError("a reply that does not end") from None

    def _request(
        self, method: str, url: str, content: Mapping[str, str] | None
    ) -> tuple[requests.Response, bytes]:
        try:
            with (
                _Session() as session,
                session.request(
                    method,
                    url,
                    json=content,
                    headers=_HEADERS,
                    auth=self._authorized,
                    timeout=(CONNECT_TIMEOUT, self.read_timeout),
                    stream=True,
                ) as response,
            ):
                return response, self._body(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            kind = _NotDoneError if _never_connected(error) else _UnsureError
            raise kind(network_reason(error)) from None

    def _authorized(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """As `auth`, because what ~/.netrc knows of the host would replace a plain header."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def _body(self, response: requests.Response) -> bytes:
        """The whole reply, unless it drips for ever."""
        deadline = time.monotonic() + 4 * self.read_timeout
        body = bytearray()
        while chunk := response.raw.read1(65536, decode_content=True):
            body += chunk
            if time.monotonic() > deadline or len(body) > MAX_REPLY:
                raise _UnsureError("a reply that does not end")
        return bytes(body)


def _content(*, title: str | None = None, body: str | None = None) -> dict[str, str]:
    """What is given, within GitHub's limits."""
    content = {}
    if title is not None:
        content["title"] = _cut(" ".join(title.split()), MAX_TITLE)
    if body is not None:
        content["body"] = _cut(body, MAX_BODY)
    return content


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _said(body: bytes) -> str:
    """GitHub's words in a refusal: `message`, and in `errors` what is behind "Validation Failed".

    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
    """
    try:
        refusal = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(refusal, dict):
        return ""
    errors = refusal.get("errors")
    said = [refusal.get("message"), *(errors if isinstance(errors, list) else [errors])]
    for position, each in enumerate(said):
        if isinstance(each, dict):
            said[position] = each.get("message") or f"{each.get('field')} {each.get('code')}"
    return ", ".join(str(each).rstrip(".") for each in said if each)


def _limit(response: requests.Response, said: str) -> float | None:
    """Seconds until a rate limit lets a refused call pass; None if it was not refused for that.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    headers, status = response.headers, response.status_code
    if status not in {403, 429}:
        return None
    wait = retry_after(headers)
    if wait is not None:
        return wait
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and re.fullmatch(r"[0-9]{1,12}", reset):
        return max(0.0, int(reset) - time.time())
    return 60.0 if status == 429 or "secondary rate limit" in said else None


def _advice(url: str, status: int, said: str) -> str:
    """What to do about a refusal, in the cases that people run into."""
    if "not permitted to create or approve pull requests" in said:
        return (
            ": in Settings → Actions → General → Workflow permissions, tick Allow GitHub Actions"
            " to create and approve pull requests"
        )
    if re.search(r"issues (?:has been|have been|are) disabled", said, re.IGNORECASE):
        return ": in Settings → General → Features, tick Issues"
    if "Resource not accessible" in said:
        permission = "pull-requests" if re.search(r"/pulls(?:\?|$)", url) else "issues"
        return f": the job lacks a permission, add `permissions: {permission}: write`"
    if status < requests.codes.bad_request:
        return ": the repository has moved, check GITHUB_REPOSITORY"
    return {
        401: ": check GITHUB_TOKEN",
        404: ": check GITHUB_REPOSITORY, and that the token may see it",
    }.get(status, "")


def _never_connected(error: Exception) -> bool:
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    kinds = urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError
    return isinstance(cause, kinds)
