"""Two real HTTP servers on 127.0.0.1 that stand in for arXiv and for a chat model.

Both speak HTTP/1.1 over real sockets, so that what a test proves of time-outs, retries,
keep-alive and broken connections holds for the real services too.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import http
import itertools
import json
import re
import select
import socket
import struct
import sys
import textwrap
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import parse_qs, quote, urlsplit
from xml.sax.saxutils import escape, quoteattr

_DERIVED: Final = "\0derived"
_DRIP_INTERVAL: Final = 0.05
_POLL: Final = 0.02
_STOP_POLL: Final = 0.005


# --- faults ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """One way for a server to go wrong, once.

    The server that pops a fault meant for the other kind drops the connection, and its
    ``__exit__`` raises TypeError.
    """

    @staticmethod
    def status(code: int, retry_after: str | None = None, body: bytes = b"") -> Fault:
        """Answer `code`, with the server's ordinary content type."""
        headers = () if retry_after is None else (("Retry-After", retry_after),)
        return _Canned(code, body, headers=headers)

    @staticmethod
    def html_200() -> Fault:
        """An HTML page with status 200, as a proxy or a login wall sends."""
        page = b"<!DOCTYPE html><html><head><title>Busy</title></head><body>Busy<br></body></html>"
        return _Canned(200, page, "text/html; charset=utf-8")

    @staticmethod
    def empty_200() -> Fault:
        """Status 200, the right content type, no byte of body."""
        return _Canned(200, b"")

    @staticmethod
    def truncated(fraction: float = 0.5) -> Fault:
        """The body cut, with a Content-Length that matches: nothing on the wire betrays it."""
        return _Truncated(fraction)

    @staticmethod
    def short_body() -> Fault:
        """Half the body under the Content-Length of the whole, then the connection closes."""
        return _ShortBody()

    @staticmethod
    def reset() -> Fault:
        """The connection ends in a TCP RST with no byte of reply."""
        return _Reset()

    @staticmethod
    def stall(seconds: float) -> Fault:
        """Not a byte for so long, then the connection closes without a reply."""
        return _Stall(seconds)

    @staticmethod
    def drip(seconds: float) -> Fault:
        """The headers at once, then a byte of body every 0.05 s for so long, then it closes."""
        return _Drip(seconds)

    @staticmethod
    def drip_headers(seconds: float) -> Fault:
        """A byte of the headers every 0.05 s for so long, then it closes."""
        return _Drip(seconds, headers=True)

    @staticmethod
    def out_of_order() -> Fault:
        """arXiv only: the entries of the page reversed."""
        return _FeedChange(reversed=True)

    @staticmethod
    def missing(element: Literal["author", "summary", "primary_category"]) -> Fault:
        """arXiv only: the first entry lacks every such element."""
        return _FeedChange(lacks=element)

    @staticmethod
    def drop_first_entry() -> Fault:
        """arXiv only: the page lacks its first entry, which totalResults still counts."""
        return _FeedChange(drop_first=True)

    @staticmethod
    def empty_page() -> Fault:
        """arXiv only: the page lacks all its entries, which totalResults still counts."""
        return _FeedChange(drop_all=True)

    @staticmethod
    def reply(content: str, finish_reason: str = "stop") -> Fault:
        """Model only: a sound completion with this content."""
        return _CompletionChange(content=content, finish_reason=finish_reason)

    @staticmethod
    def raw(body: bytes, content_type: str = "application/json", status: int = 200) -> Fault:
        """This body, whole, instead of the server's own."""
        return _Canned(status, body, content_type)

    @staticmethod
    def refusal(text: str) -> Fault:
        """Model only: a refusal, with null content."""
        return _CompletionChange(refused=text)

    @staticmethod
    def choices_empty() -> Fault:
        """Model only: a completion whose choices is []."""
        return _CompletionChange(choices="empty")

    @staticmethod
    def choices_null() -> Fault:
        """Model only: a completion whose choices is null."""
        return _CompletionChange(choices="null")

    @staticmethod
    def error_200(message: str) -> Fault:
        """Model only: an error object under status 200, as some gateways send."""
        return _Canned(200, _json(_error(message, "server_error")), "application/json")

    @staticmethod
    def no_usage() -> Fault:
        """Model only: the ordinary completion without the key usage."""
        return _CompletionChange(usage=False)


@dataclass(frozen=True)
class _Canned(Fault):
    code: int
    body: bytes
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Truncated(Fault):
    fraction: float


@dataclass(frozen=True)
class _ShortBody(Fault):
    pass


@dataclass(frozen=True)
class _Reset(Fault):
    pass


@dataclass(frozen=True)
class _Stall(Fault):
    seconds: float


@dataclass(frozen=True)
class _Drip(Fault):
    seconds: float
    headers: bool = False


@dataclass(frozen=True)
class _FeedChange(Fault):
    reversed: bool = False
    lacks: str | None = None
    drop_first: bool = False
    drop_all: bool = False


@dataclass(frozen=True)
class _CompletionChange(Fault):
    content: str | None = None
    finish_reason: str = "stop"
    refused: str | None = None
    choices: Literal["one", "empty", "null"] = "one"
    usage: bool = True


# --- what both servers share ----------------------------------------------------------------


@dataclass(frozen=True)
class _Call:
    at: float
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True)
class _Reply:
    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class _Listener(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True

    def __init__(self, owner: _HttpServer) -> None:
        self.owner = owner
        self.errors: list[BaseException] = []
        self._open: dict[threading.Thread, socket.socket] = {}
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's reverse name lookup, which can take seconds offline."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        thread = threading.current_thread()
        with self._open_lock:
            if self.owner._stopping.is_set():
                self.shutdown_request(request)
                return
            self._open[thread] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                del self._open[thread]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what is our own mistake for ``__exit__``; a client that left is none."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.errors.append(error)

    def hang_up(self) -> None:
        """End the connections still open, idle ones too, and wait for their threads."""
        with self._open_lock:
            still_open = dict(self._open)
        for thread, connection in still_open.items():
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            thread.join(timeout=1)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def do_GET(self) -> None:
        self._exchange()

    def do_POST(self) -> None:
        self._exchange()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _exchange(self) -> None:
        at = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = _Call(at, self.command, self.path, headers, body)
        owner = self.server.owner
        reply = owner._unmetered(call)
        if reply is not None:
            self._send(reply)
            return
        fault = owner._arrive(call)
        try:
            reply = owner._true_reply(call, fault)
            owner._wait_for_others()
            if owner.delay and not self._hold(owner.delay):
                self.close_connection = True
                return
            if isinstance(fault, _Stall):
                self._hold(fault.seconds)
                self.close_connection = True
                return
            if isinstance(fault, _Drip):
                self._drip(reply, fault)
                return
        except BaseException:
            self.close_connection = True
            raise
        finally:
            # Before the reply: a client that has read it may call again at once, and must not
            # be counted twice.
            owner._leave()
        self._deliver(reply, fault)

    def _deliver(self, reply: _Reply, fault: Fault | None) -> None:
        match fault:
            case _Canned(code, body, content_type, headers):
                self._send(_Reply(code, content_type or reply.content_type, body, headers))
            case _Truncated(fraction):
                cut = reply.body[: int(len(reply.body) * fraction)]
                self._send(_Reply(reply.status, reply.content_type, cut, reply.headers))
            case _ShortBody():
                self.close_connection = True
                self.wfile.write(self._head(reply) + reply.body[: len(reply.body) // 2])
            case _Reset():
                self._reset()
            case _:
                self._send(reply)

    def _head(self, reply: _Reply) -> bytes:
        try:
            phrase = http.HTTPStatus(reply.status).phrase
        except ValueError:
            phrase = ""
        lines = [
            f"HTTP/1.1 {reply.status} {phrase}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {len(reply.body)}",
            *(f"{name}: {value}" for name, value in reply.headers),
        ]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")

    def _send(self, reply: _Reply) -> None:
        self.wfile.write(self._head(reply) + reply.body)

    def _reset(self) -> None:
        """Close here: socketserver would shut the socket down first, and so send a FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def _drip(self, reply: _Reply, drip: _Drip) -> None:
        self.close_connection = True
        end = time.monotonic() + drip.seconds
        head, body = self._head(reply), reply.body
        if drip.headers:
            slow = b"X-Slow: " + b"." * int(drip.seconds / _DRIP_INTERVAL)
            head, body = b"", head[:-2] + slow
        self.wfile.write(head)
        for position in range(len(body)):
            self.wfile.write(body[position : position + 1])
            left = end - time.monotonic()
            if not self._hold(min(_DRIP_INTERVAL, left)) or left <= _DRIP_INTERVAL:
                return

    def _hold(self, seconds: float) -> bool:
        """Wait; False as soon as the server stops or the client hangs up."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.server.owner._stopping.wait(min(_POLL, left)) or self._client_left():
                return False
        return True

    def _client_left(self) -> bool:
        poll = select.poll()  # not select(): it fails on descriptors from 1024 up
        poll.register(self.connection, select.POLLIN)
        if not poll.poll(0):
            return False
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True


class _HttpServer:
    """A server that listens once constructed, answers once entered, and stops at the exit.

    `faults` are taken one a call, from the left, in the order the calls arrive. `delay` is
    spent before every answer, faults included; and before the first answers that time in which
    `gathers` calls come together, half a minute at most, so that a test of many calls at once
    does not depend on how fast the machine is. `in_flight` leaves out a call whose reply is
    about to be written, so it never exceeds what the client has under way.
    """

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.delay: float = 0.0
        self.gathers: int = 1
        self.in_flight: int = 0
        self.most_in_flight: int = 0
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._stopping = threading.Event()
        self._listener = _Listener(self)
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return self._listener.server_port

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(_STOP_POLL,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if error is None and self._listener.errors:
            raise self._listener.errors[0]

    def stop(self) -> None:
        """Refuse new connections and cut those open; harmless when already stopped."""
        self._stopping.set()
        with self._arrived:
            self._arrived.notify_all()
        if self._thread is not None:
            self._listener.shutdown()
            self._thread.join()
            self._thread = None
        self._listener.server_close()
        self._listener.hang_up()

    def _unmetered(self, call: _Call) -> _Reply | None:
        """The answer to a call that is neither recorded nor given a fault."""
        raise NotImplementedError

    def _record(self, call: _Call) -> None:
        raise NotImplementedError

    def _true_reply(self, call: _Call, fault: Fault | None) -> _Reply:
        raise NotImplementedError

    def _pop_fault(self, call: _Call) -> Fault | None:
        return self.faults.popleft() if self.faults else None

    def _arrive(self, call: _Call) -> Fault | None:
        with self._lock:
            self._record(call)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self._arrived.notify_all()
            return self._pop_fault(call)

    def _wait_for_others(self) -> None:
        with self._arrived:
            self._arrived.wait_for(
                lambda: self.most_in_flight >= self.gathers or self._stopping.is_set(), 30
            )

    def _leave(self) -> None:
        with self._lock:
            self.in_flight -= 1


# --- arXiv ----------------------------------------------------------------------------------

_ATOM: Final = "http://www.w3.org/2005/Atom"
_OPENSEARCH: Final = "http://a9.com/-/spec/opensearch/1.1/"
_ARXIV: Final = "http://arxiv.org/schemas/atom"
_FEED_UPDATED: Final = "2024-04-01T00:00:00-04:00"
_ID: Final = re.compile(
    r"(?P<base>[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}"
    r"|(?P<archive>[a-z]+(?:-[a-z]+)*)(?:\.[A-Z]{2})?/(?P<number>[0-9]{7}))"
    r"(?:v(?P<version>[0-9]+))?"
)


@dataclass(frozen=True)
class ArxivPaper:
    """One version of a paper; what is not given is made from `id` (the id without version)."""

    id: str
    version: int = 1
    title: str = _DERIVED
    abstract: str = _DERIVED
    authors: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("Ada Lovelace", ("University of London",)),
        ("Emmy Noether", ()),
    )
    categories: tuple[str, ...] = ("cs.CL", "cs.LG")
    primary_category: str = _DERIVED
    published: str = "2024-03-18T17:59:59Z"
    updated: str = "2024-03-18T17:59:59Z"
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None

    def __post_init__(self) -> None:
        number = self.id.rpartition("/")[2]
        derived = {
            "title": f"Sparse Routing for Long Documents: Study {number}",
            "abstract": (
                f"Long documents remain costly for language models, and study {number} asks why. "
                "We introduce a routing layer that reads only 12 of 96 blocks and keeps the "
                "remaining ones compressed. On 7 public benchmarks it retains 98.4% of the "
                "accuracy of dense attention at a third of the cost. The code and the trained "
                "weights are released for further work."
            ),
            "primary_category": self.categories[0] if self.categories else "cs.CL",
        }
        for name, value in derived.items():
            if getattr(self, name) == _DERIVED:
                object.__setattr__(self, name, value)


@dataclass(frozen=True)
class ArxivRequest:
    """A call as it arrived; a `max_results` that is no integer is recorded as -1."""

    at: float
    ids: tuple[str, ...]
    max_results: int
    user_agent: str
    search_query: str = ""
    start: int = 0
    sort: tuple[str, str] = ("relevance", "descending")


class ArxivServer(_HttpServer):
    """arXiv's query API at `url`.

    A call without id_list but with search_query gets the newest version of every paper that
    matches, as `_Search` understands it; relevance is the order in which papers were given. An id
    asked for twice is answered once.
    """

    def __init__(self, papers: Iterable[ArxivPaper] = ()) -> None:
        super().__init__()
        self.papers: dict[str, list[ArxivPaper]] = {}
        self.requests: list[ArxivRequest] = []
        for paper in papers:
            self.papers.setdefault(paper.id, []).append(paper)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/query"

    def _unmetered(self, call: _Call) -> _Reply | None:
        if call.method == "GET" and call.path == "/api/query":
            return None
        return _Reply(404, "text/html; charset=utf-8", b"<html><body>Not Found</body></html>")

    def _record(self, call: _Call) -> None:
        query = _Query.of(call.target)
        self.requests.append(
            ArxivRequest(
                call.at,
                query.ids,
                query.max_results,
                call.headers.get("user-agent", ""),
                query.search_query,
                query.start,
                (query.sort_by, query.sort_order),
            )
        )

    def _true_reply(self, call: _Call, fault: Fault | None) -> _Reply:
        if isinstance(fault, _CompletionChange):
            raise TypeError(f"not a fault of arXiv: {fault}")
        change = fault if isinstance(fault, _FeedChange) else _FeedChange()
        query = _Query.of(call.target)
        problem = query.problem()
        if problem is not None:
            feed = _feed(query.text, 1, 0, 1, [_error_entry(problem)])
            return _Reply(400, "application/atom+xml; charset=utf-8", feed)
        found = query.sorted(self._found(query))
        page = found[query.start : query.start + query.max_results]
        entries = [
            _entry(paper, change.lacks if position == 0 else None)
            for position, paper in enumerate(page)
        ]
        if change.reversed:
            entries.reverse()
        if change.drop_first:
            del entries[:1]
        if change.drop_all:
            entries.clear()
        feed = _feed(query.text, len(found), query.start, query.max_results, entries)
        return _Reply(200, "application/atom+xml; charset=utf-8", feed)

    def _found(self, query: _Query) -> Iterator[ArxivPaper]:
        if not query.ids:
            if query.search_query:
                matches = _Search(query.search_query).matches
                for versions in list(self.papers.values()):
                    paper = max(versions, key=lambda paper: paper.version, default=None)
                    if paper is not None and matches(paper):
                        yield paper
            return
        for asked in dict.fromkeys(query.ids):
            paper = self._paper(asked)
            if paper is not None:
                yield paper

    def _paper(self, asked: str) -> ArxivPaper | None:
        parsed = _ID.fullmatch(asked)
        if parsed is None:
            return None
        versions = self.papers.get(parsed["base"], [])
        if not versions and parsed["archive"]:
            versions = self.papers.get(f"{parsed['archive']}/{parsed['number']}", [])
        if parsed["version"] is not None:
            versions = [paper for paper in versions if paper.version == int(parsed["version"])]
        return max(versions, key=lambda paper: paper.version, default=None)


@dataclass(frozen=True)
class _Query:
    text: str
    search_query: str
    ids: tuple[str, ...]
    start: int
    max_results: int
    sort_by: str
    sort_order: str

    @classmethod
    def of(cls, target: str) -> _Query:
        text = urlsplit(target).query
        values = parse_qs(text)

        def number(name: str, default: int) -> int:
            value = values.get(name, [str(default)])[0]
            return int(value) if re.fullmatch("[0-9]+", value) else -1

        asked = ",".join(values.get("id_list", [])).split(",")
        return cls(
            text=text,
            search_query=values.get("search_query", [""])[0],
            ids=tuple(each.strip() for each in asked if each.strip()),
            start=number("start", 0),
            max_results=number("max_results", 10),
            sort_by=values.get("sortBy", ["relevance"])[0],
            sort_order=values.get("sortOrder", ["descending"])[0],
        )

    def problem(self) -> str | None:
        for name, value in (("start", self.start), ("max_results", self.max_results)):
            if value < 0:
                return f"{name} must be a non-negative integer"
        if self.start + self.max_results > _DEEPEST:
            return f"start + max_results must be at most {_DEEPEST}"
        if self.sort_by not in _SORTED_BY or self.sort_order not in ("ascending", "descending"):
            return f"sortBy must be in: {', '.join(_SORTED_BY)}"
        try:
            _Search(self.search_query)
        except ValueError:
            return f"Invalid query string: '{self.search_query}'"
        bad = next((each for each in self.ids if not _ID.fullmatch(each)), None)
        return None if bad is None else f"incorrect id format for {bad}"

    def sorted(self, found: Iterable[ArxivPaper]) -> list[ArxivPaper]:
        """`found` in the order asked for; papers of one moment keep theirs."""
        key = _SORTED_BY[self.sort_by]
        if key is None:
            return list(found)
        return sorted(found, key=key, reverse=self.sort_order == "descending")


class _Search:
    """A search_query, parsed: https://info.arxiv.org/help/api/user-manual.html#query_details

    Knows the fields cat, au, ti, abs, co and all, phrases in double quotes, parentheses, and AND
    and ANDNOT before OR; what stands side by side without an operator is OR, as at arXiv. Raises
    ValueError for what it cannot parse.
    """

    def __init__(self, text: str) -> None:
        self._tokens = deque(_SEARCH_TOKEN.findall(text))
        self.matches: Callable[[ArxivPaper], bool] = lambda paper: False
        if self._tokens:
            self.matches = self._any()
        if self._tokens:
            raise ValueError(text)

    def _any(self) -> Callable[[ArxivPaper], bool]:
        parts = [self._all()]
        while self._tokens and self._tokens[0] != ")":
            if self._tokens[0] == "OR":
                self._tokens.popleft()
            parts.append(self._all())
        return lambda paper: any(part(paper) for part in parts)

    def _all(self) -> Callable[[ArxivPaper], bool]:
        parts = [(True, self._one())]
        while self._tokens and self._tokens[0] in ("AND", "ANDNOT"):
            wanted = self._tokens.popleft() == "AND"
            parts.append((wanted, self._one()))
        return lambda paper: all(part(paper) is wanted for wanted, part in parts)

    def _one(self) -> Callable[[ArxivPaper], bool]:
        token = self._tokens.popleft() if self._tokens else ""
        if token == "(":
            inner = self._any()
            if not self._tokens or self._tokens.popleft() != ")":
                raise ValueError(token)
            return inner
        field, colon, value = token.partition(":")
        if not colon:
            field, value = "all", token
        value = value.removeprefix('"').removesuffix('"')
        if token in ("", ")", '"', "AND", "ANDNOT", "OR") or field not in _FIELDS:
            raise ValueError(token)
        return lambda paper: _FIELDS[field](paper, value)


_SEARCH_TOKEN: Final = re.compile(r'(?:[A-Za-z]+:)?"[^"]*"|[()]|[^\s()"]+|"')
_DEEPEST: Final = 10_000
"""How far into the results arXiv lets anybody see, whatever its manual says:
https://github.com/arXiv/arxiv-search/blob/develop/search/services/index/util.py"""
_LETTERS: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_SORTED_BY: Final[dict[str, Callable[[ArxivPaper], str] | None]] = {
    "relevance": None,
    "lastUpdatedDate": lambda paper: paper.updated,
    "submittedDate": lambda paper: paper.published,
}


def _plain_words(text: str) -> str:
    """The words of `text`, without case, accents and dots, each between two spaces."""
    letters = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    kept = "".join(
        each for each in letters if not unicodedata.combining(each) and each not in ".,;"
    )
    return f" {' '.join(kept.split())} "


def _has_category(paper: ArxivPaper, value: str) -> bool:
    return any(fnmatch.fnmatchcase(each, value) for each in paper.categories)


def _has_author(paper: ArxivPaper, value: str) -> bool:
    """Whether one author has all these words in the name, in whatever order."""
    words = _plain_words(value).split()
    names = [_plain_words(name).split() for name, _ in paper.authors]
    return bool(words) and any(all(word in name for word in words) for name in names)


def _has_phrase(text: str | None, value: str) -> bool:
    phrase = _plain_words(value)
    return bool(phrase.strip()) and phrase in _plain_words(text or "")


_FIELDS: Final[dict[str, Callable[[ArxivPaper, str], bool]]] = {
    "cat": _has_category,
    "au": _has_author,
    "ti": lambda paper, value: _has_phrase(paper.title, value),
    "abs": lambda paper, value: _has_phrase(paper.abstract, value),
    "co": lambda paper, value: _has_phrase(paper.comment, value),
    "all": lambda paper, value: any(
        has(paper, value) for name, has in _FIELDS.items() if name != "all"
    ),
}


def _feed(query: str, total: int, start: int, per_page: int, entries: list[str]) -> bytes:
    name = base64.b64encode(hashlib.sha1(query.encode()).digest()).decode().rstrip("=")
    self_link = quoteattr("http://arxiv.org/api/query?" + quote(query))
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<feed xmlns="{_ATOM}" xmlns:opensearch="{_OPENSEARCH}" xmlns:arxiv="{_ARXIV}">',
            f'  <link href={self_link} rel="self" type="application/atom+xml"/>',
            f'  <title type="html">ArXiv Query: {escape(query)}</title>',
            f"  <id>http://arxiv.org/api/{name}</id>",
            f"  <updated>{_FEED_UPDATED}</updated>",
            f"  <opensearch:totalResults>{total}</opensearch:totalResults>",
            f"  <opensearch:startIndex>{start}</opensearch:startIndex>",
            f"  <opensearch:itemsPerPage>{per_page}</opensearch:itemsPerPage>",
            *entries,
            "</feed>",
            "",
        ]
    ).encode()


def _error_entry(message: str) -> str:
    url = "http://arxiv.org/api/errors#" + message.replace(" ", "_")
    return "\n".join(
        [
            "  <entry>",
            f"    <id>{escape(url)}</id>",
            "    <title>Error</title>",
            f"    <summary>{escape(message)}</summary>",
            f"    <updated>{_FEED_UPDATED}</updated>",
            f'    <link href={quoteattr(url)} rel="alternate" type="text/html"/>',
            "    <author>",
            "      <name>arXiv api core</name>",
            "    </author>",
            "  </entry>",
        ]
    )


def _entry(paper: ArxivPaper, missing: str | None) -> str:
    versioned = f"{paper.id}v{paper.version}"
    parts: list[tuple[str, str]] = [
        ("id", f"<id>http://arxiv.org/abs/{versioned}</id>"),
        ("updated", f"<updated>{paper.updated}</updated>"),
        ("published", f"<published>{paper.published}</published>"),
        ("title", f"<title>{escape(_wrapped_title(paper.title))}</title>"),
        ("summary", f"<summary>{escape(_wrapped_abstract(paper.abstract))}</summary>"),
    ]
    parts += [("author", _author(name, places)) for name, places in paper.authors]
    if paper.doi is not None:
        href = quoteattr(f"http://dx.doi.org/{paper.doi}")
        parts.append(("doi", f"<arxiv:doi>{escape(paper.doi)}</arxiv:doi>"))
        parts.append(("link", f'<link title="doi" href={href} rel="related"/>'))
    if paper.comment is not None:
        parts.append(("comment", f"<arxiv:comment>{escape(paper.comment)}</arxiv:comment>"))
    if paper.journal_ref is not None:
        text = escape(paper.journal_ref)
        parts.append(("journal_ref", f"<arxiv:journal_ref>{text}</arxiv:journal_ref>"))
    html, pdf = f"http://arxiv.org/abs/{versioned}", f"http://arxiv.org/pdf/{versioned}"
    parts += [
        ("link", f'<link href="{html}" rel="alternate" type="text/html"/>'),
        ("link", f'<link title="pdf" href="{pdf}" rel="related" type="application/pdf"/>'),
        (
            "primary_category",
            f'<arxiv:primary_category term={quoteattr(paper.primary_category)} scheme="{_ARXIV}"/>',
        ),
    ]
    parts += [
        ("category", f'<category term={quoteattr(term)} scheme="{_ARXIV}"/>')
        for term in paper.categories
    ]
    lines = [f"    {text}" for name, text in parts if name != missing]
    return "\n".join(["  <entry>", *lines, "  </entry>"])


def _author(name: str, affiliations: tuple[str, ...]) -> str:
    lines = [f"      <name>{escape(name)}</name>"]
    lines += [
        f"      <arxiv:affiliation>{escape(each)}</arxiv:affiliation>" for each in affiliations
    ]
    return "\n".join(["<author>", *lines, "    </author>"])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 79, break_long_words=False, break_on_hyphens=False)


def _wrapped_title(title: str) -> str:
    return "\n  ".join(_wrapped(title))


def _wrapped_abstract(abstract: str) -> str:
    """Two spaces open every paragraph; the lines that follow have none, as in the real feed."""
    paragraphs = re.split(r"\n\s*\n|\n {2,}", abstract)
    return "".join("  " + "\n".join(_wrapped(each)) + "\n" for each in paragraphs)


# --- the model ------------------------------------------------------------------------------

_TOKEN: Final = re.compile(r"⟦[^⟧]*⟧")
_CARRIED: Final = re.compile(r"⟦[^⟧]*⟧|[0-9]+(?:[.,][0-9]+)*%?")
_SENTENCE_END: Final = re.compile(
    r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bal\.)(?<!\bvs\.)(?<!\bcf\.)(?<!\bFig\.)(?<!\bEq\.)"
    r"(?<=[.!?])\s+"
)
_OPENINGS: Final = (
    "本文考察了这一问题的由来",
    "作者给出了相应的处理方法",
    "实验比较了若干已有的做法",
)
_CLAUSES: Final = (
    "并说明了它在实际使用中的意义",
    "同时讨论了其适用的条件和限制",
    "所得结果与先前的认识大体一致",
    "有关的细节在正文中逐一展开",
)


_TERM = re.compile(r"^(.+?) → (.+?)(?: \(.*\))?$", re.MULTILINE)


@dataclass(frozen=True)
class ModelRequest:
    """A call as it arrived; a body that is no JSON object is recorded as {}."""

    at: float
    body: dict[str, Any]
    authorization: str | None


def translate(title: str, abstract: str, terms: Mapping[str, str] | None = None) -> dict[str, str]:
    """The Chinese the model answers: as many sentences, no number it was not given, and `terms` as
    it was told to render them."""
    terms = terms or {}
    word = re.search(r"[A-Za-z][A-Za-z0-9-]*", _TOKEN.sub(" ", title))
    topic = word[0] if word else "本文"
    sentences = [each for each in _SENTENCE_END.split(abstract.strip()) if each]
    return {
        "title": f"关于“{topic}”的研究{_rendered(title, terms)}" + "".join(_TOKEN.findall(title)),
        "summary": f"本文围绕“{topic}”提出了一种方法并加以验证。",
        "abstract": "".join(
            _chinese_sentence(position, each, terms) for position, each in enumerate(sentences)
        ),
    }


def _rendered(english: str, terms: Mapping[str, str]) -> str:
    found = [chinese for term, chinese in terms.items() if term.casefold() in english.casefold()]
    return f"（{'、'.join(found)}）" if found else ""


def _chinese_sentence(position: int, english: str, terms: Mapping[str, str]) -> str:
    carried = "、".join(_CARRIED.findall(english))
    text = _OPENINGS[position % len(_OPENINGS)] + _rendered(english, terms)
    if carried:
        text += f"，其中涉及 {carried} 等内容"
    clauses = itertools.cycle(_CLAUSES[position % 4 :] + _CLAUSES[: position % 4])
    while len(text) < 0.3 * len(english):  # about what a real translation keeps of the length
        text += "，" + next(clauses)
    return text + "。"


class ModelServer(_HttpServer):
    """OpenAI's chat completions under `base_url`.

    A fault of content (reply, refusal, ...) wins over a wrong key and over response_format;
    a fault of transport befalls whatever answer these lead to. `faults_for` maps a part of the
    last user message to the faults of the calls that hold it, which go before `faults`. GET
    /v1/models is neither recorded nor given a fault.
    """

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[ModelRequest] = []
        self.faults_for: dict[str, list[Fault]] = {}
        self.refuse_json_object: bool = False
        self.api_key: str | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def _unmetered(self, call: _Call) -> _Reply | None:
        if (call.method, call.path) == ("POST", "/v1/chat/completions"):
            return None
        if (call.method, call.path) == ("GET", "/v1/models"):
            refused = self._refused_key(call)
            model = {"id": "test-model", "object": "model", "created": 0, "owned_by": "tests"}
            return refused or _json_reply(200, {"object": "list", "data": [model]})
        message = f"Invalid URL ({call.method} {call.path})"
        return _json_reply(404, _error(message, "invalid_request_error"))

    def _record(self, call: _Call) -> None:
        authorization = call.headers.get("authorization")
        self.requests.append(ModelRequest(call.at, _json_object(call.body), authorization))

    def _pop_fault(self, call: _Call) -> Fault | None:
        users = _user_messages(_json_object(call.body))
        for part, faults in self.faults_for.items():
            if faults and users and part in users[-1]:
                return faults.pop(0)
        return super()._pop_fault(call)

    def _true_reply(self, call: _Call, fault: Fault | None) -> _Reply:
        if isinstance(fault, _FeedChange):
            raise TypeError(f"not a fault of a model: {fault}")
        change = fault if isinstance(fault, _CompletionChange) else None
        refused = self._refused_key(call)
        if refused is not None and change is None:
            return refused
        body = _json_object(call.body)
        if change is None and not isinstance(body.get("messages"), list):
            return _json_reply(400, _error("messages is required", "invalid_request_error"))
        if change is None and self.refuse_json_object and "response_format" in body:
            message = "response_format is not supported"
            error = _error(message, "invalid_request_error", param="response_format")
            return _json_reply(400, error)
        return _json_reply(200, _completion(body, change or _CompletionChange()))

    def _refused_key(self, call: _Call) -> _Reply | None:
        if self.api_key is None or call.headers.get("authorization") == f"Bearer {self.api_key}":
            return None
        error = _error("Incorrect API key provided", "invalid_request_error", "invalid_api_key")
        return _json_reply(401, error)


def _completion(body: dict[str, Any], change: _CompletionChange) -> dict[str, Any]:
    users = _user_messages(body)
    content: str | None = change.content
    if content is None and change.refused is None:
        asked = _asked(users[0] if users else "")
        terms = dict(_TERM.findall(users[0])) if users else {}
        content = json.dumps(translate(*asked, terms), ensure_ascii=False)
    message = {"role": "assistant", "content": content, "refusal": change.refused}
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": change.finish_reason,
    }
    choices = {"one": [choice], "empty": [], "null": None}[change.choices]
    prompt = 1 + len(json.dumps(body.get("messages"), ensure_ascii=False)) // 4
    answer = 1 + len(content or change.refused or "") // 2
    completion: dict[str, Any] = {
        "id": "chatcmpl-" + hashlib.sha1(_json(body)).hexdigest()[:24],
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model"),
        "choices": choices,
    }
    if change.usage:
        completion["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
        }
    return completion


def _asked(message: str) -> tuple[str, str]:
    """Title and abstract out of the first JSON object of the message that has an abstract."""
    for brace in re.finditer(r"\{", message):
        try:
            found, _ = json.JSONDecoder().raw_decode(message, brace.start())
        except ValueError:
            continue
        if isinstance(found, dict) and "abstract" in found:
            return str(found.get("title", "")), str(found["abstract"])
    return "", message


def _user_messages(body: dict[str, Any]) -> list[str]:
    messages = body.get("messages")
    if not isinstance(messages, list):
        return []
    return [
        _text(message.get("content"))
        for message in messages
        if isinstance(message, dict) and message.get("role") == "user"
    ]


def _text(content: object) -> str:
    """The text of a message, whose content may be a list of parts instead of a string."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _json_reply(status: int, value: object) -> _Reply:
    return _Reply(status, "application/json", _json(value))


def _error(
    message: str, kind: str, code: str | None = None, param: str | None = None
) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code, "param": param}}
