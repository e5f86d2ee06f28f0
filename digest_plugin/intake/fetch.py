"""Papers from the arXiv API: https://info.arxiv.org/help/api/user-manual.html

The arxiv package builds the requests and reads the replies. What it leaves open is closed here:
timeouts, Retry-After, the pause between requests even after a failure, replies that are cut, empty
or not Atom at all, entries that lack parts, the one malformed identifier that makes arXiv refuse a
hundred good ones, and searches that are not sorted as they were asked to be.
"""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

import arxiv
import requests
import urllib3
from requests.adapters import HTTPAdapter

from digest_plugin import __version__
from digest_plugin.errors import DigestError, network_reason, quoted
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.machine.waiting import backoff, retry_after
from digest_plugin.papers import Author, Paper
from digest_plugin.text.latex import unicode_text

DEFAULT_URL = "https://export.arxiv.org/api/query"
MIN_DELAY = 3.0
"""Seconds between two requests: https://info.arxiv.org/help/api/tou.html"""
MAX_IDENTIFIERS = 100
"""Identifiers a request; their list is part of the address."""
PAGE = 100
"""Papers a request, of those that a search finds."""
MAX_FOUND = 10_000
"""Papers of one search: arXiv's manual says 30,000, its code refuses to show more than these."""
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
"""Seconds of silence; a whole reply may take `REPLY_TIMEOUT`."""
REPLY_TIMEOUT = 180.0
LONGEST_WAIT = 120.0
"""Seconds; a server that asks for more is asked again on the next run."""
TRIES = 4
MAX_SPOILERS = 4
"""Bad identifiers in a row that are believed to be bad: they were checked before."""
MAX_REPLY = 50 * 1024 * 1024
"""Bytes."""
USER_AGENT = f"mkdocs-arxiv-digest/{__version__} (arxiv.py)"

_NOT_FROM_A_VENUE = r"(?!\s+from\b(?!\s+(?:the\s+)?arxiv))"
_WITHDRAWN_COMMENT = re.compile(
    r"^\W*(?:withdrawn|retracted)\b"
    + _NOT_FROM_A_VENUE
    + r"|\b(?:paper|article|submission|manuscript|preprint|work|report|note|version)s?"
    r"(?:\s+(?:has|have|had|is|was|are|were|been|being|now|temporarily))*"
    r"\s+(?:withdrawn|retracted)\b" + _NOT_FROM_A_VENUE,
    re.IGNORECASE,
)
"""arXiv says so only in the comment or the abstract; a venue's withdrawal is another matter."""
_WITHDRAWN_ABSTRACT = re.compile(
    r"^\W*(?:this|the) (?:\w+ ){0,3}(?:paper|article|submission|manuscript|preprint|work|report|"
    r"note|version)\b[^.]{0,60}\b(?:withdrawn|retracted)\b" + _NOT_FROM_A_VENUE,
    re.IGNORECASE,
)
_REFUSED = re.compile(r"incorrect id format for ([^\s<]+)")
_ERROR_ENTRY = re.compile(rb"<id>\s*https?://[^<]*/api/errors#")


class FetchError(DigestError):
    """arXiv could not be reached, or kept giving replies that cannot be trusted."""


@dataclass(frozen=True)
class Fetched:
    """What became of one identifier that was asked for."""

    identifier: Identifier
    paper: Paper | None = None
    reason: str | None = None
    """Why there is no paper."""


class _UnreadableError(FetchError):
    """A whole reply that cannot be read, perhaps because of one entry in it."""


@dataclass(frozen=True)
class _Reply:
    papers: dict[str, Paper]
    """By identifier without version."""
    incomplete: frozenset[str]
    """Identifiers without version of entries that lack a part."""
    found: int = -1
    """How many papers arXiv says that it found, on all pages together; -1 if it does not say."""


class _PassingError(requests.exceptions.ConnectionError):
    """A reply that may be better next time; `wait` in seconds, if the server said."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class _IncompleteError(_PassingError):
    """A whole feed with an entry that cannot be read."""


class _RefusedError(requests.exceptions.RequestException):
    """HTTP 400: a request that will never be answered; `refused` are the identifiers at fault."""

    def __init__(self, reason: str, refused: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.refused = refused


@dataclass
class ArxivClient:
    """One connection to the API; keeps the pause between all its requests."""

    url: str = DEFAULT_URL
    delay: float = MIN_DELAY
    """Seconds between the starts of two requests, and the first wait after a failure."""
    read_timeout: float = READ_TIMEOUT
    reply_timeout: float = REPLY_TIMEOUT
    sleep: Callable[[float], None] = time.sleep
    _client: arxiv.Client = field(init=False, repr=False)
    _adapter: _Adapter = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # The pause and the retries are the adapter's and `_ask`'s: the package counts its pause
        # from the last reply, and asks again at once when there was none.
        self._client = arxiv.Client(delay_seconds=0, num_retries=0)
        self._client.query_url_format = self.url + "?{}"
        adapter = self._adapter = _Adapter(self)
        session: requests.Session = self._client._session  # noqa: SLF001 - there is no other way
        session.mount("https://", adapter)
        session.mount("http://", adapter)

    def fetch(
        self, identifiers: Sequence[Identifier], is_over: Callable[[], bool] = lambda: False
    ) -> Iterator[Fetched]:
        """Every identifier once, in groups as they arrive, each with its paper or the reason.

        At most 100 identifiers a request. What a complete reply leaves out is asked for once more
        before it is called unknown. Raises nothing for bad replies; when arXiv cannot be reached
        at all, every identifier left comes back with the reason. Before each group `is_over` is
        asked: if it says so, the identifiers left do not come back.
        """
        missing: list[Identifier] = []
        for identifier, outcome in self._outcomes(identifiers, is_over):
            if outcome is None:
                missing.append(identifier)
            else:
                yield outcome
        # A complete reply now and then leaves out a paper that exists.
        for identifier, outcome in self._outcomes(missing, is_over):
            yield outcome or Fetched(
                identifier, reason="arXiv knows no such paper, or no such version of it"
            )

    def newest(
        self, query: str, since: datetime, is_over: Callable[[], bool] = lambda: False
    ) -> Iterator[Paper]:
        """The papers that match `query` and were submitted at or after `since`, newest first, and
        behind them the newest of the older ones: nothing comes only if nothing matches at all.

        The query is in the API's own syntax. An entry that lacks a part is passed over. Raises
        FetchError, perhaps after some papers, if arXiv cannot be reached, keeps giving replies that
        cannot be trusted, or shows too little of what it found, and if `is_over` says so before
        everything has come: a failure is never an end.
        """
        search = arxiv.Search(
            query,
            max_results=None,
            sort_by=arxiv.SortCriterion.SubmittedDate,
            sort_order=arxiv.SortOrder.Descending,
        )
        seen: set[str] = set()  # new papers push others on to the next page
        for start in range(0, MAX_FOUND, PAGE):
            if is_over():
                raise FetchError("arXiv was not asked for all new papers: the time was over")
            reply = self._page(search, start)
            if not start and not reply.found:  # that may be a hiccup
                reply = self._page(search, start)
            older = [paper for paper in reply.papers.values() if paper.published < since]
            for paper in reply.papers.values():
                if paper.published >= since and paper.id not in seen:
                    seen.add(paper.id)
                    yield paper
            if older:
                yield max(older, key=lambda paper: paper.published)
            if older or start + PAGE >= reply.found:
                return
        raise FetchError(
            f"arXiv shows {MAX_FOUND:,} papers of a search, and found more of {since:%Y-%m-%d} or"
            " later: look for fewer categories or fewer days"
        )

    def _page(self, search: arxiv.Search, start: int) -> _Reply:
        """One page of a search. Raises FetchError."""

        def check(reply: _Reply) -> None:
            if reason := _why_no_page(reply, start, self._adapter):
                raise _PassingError(reason)

        try:
            return self._ask(search, PAGE, start, check)
        except _RefusedError as error:
            raise FetchError(f"arXiv refuses the search {quoted(search.query)}: {error}") from None

    def _outcomes(
        self, identifiers: Sequence[Identifier], is_over: Callable[[], bool]
    ) -> Iterator[tuple[Identifier, Fetched | None]]:
        """Every identifier with what became of it; None where the reply did not mention it."""
        unreachable: str | None = None
        for group in _groups(identifiers):
            if is_over():
                return
            outcomes: dict[Identifier, Fetched] = {}
            if unreachable is None:
                try:
                    self._fetch_group(group, outcomes)
                except FetchError as error:
                    unreachable = str(error)
            for identifier in group:
                if identifier in outcomes or unreachable is None:
                    yield identifier, outcomes.get(identifier)
                else:
                    yield identifier, Fetched(identifier, reason=unreachable)

    def _fetch_group(
        self, group: Sequence[Identifier], outcomes: dict[Identifier, Fetched]
    ) -> None:
        """Add to `outcomes` what one request says; more requests if one paper spoils it for the
        others. What is known when FetchError is raised stays in `outcomes`."""
        named: list[Identifier] = []
        try:
            search = arxiv.Search(id_list=[str(i) for i in group], max_results=len(group))
            outcomes |= _matched(self._ask(search, len(group)), group)
        except _RefusedError as error:
            reason = "arXiv refuses this ID as malformed"
            named = [i for i in group if str(i) in error.refused or i.base in error.refused]
        except _UnreadableError as error:
            reason = str(error)
        else:
            return
        if len(group) == 1:
            named = list(group)
        outcomes |= {i: Fetched(i, reason=reason) for i in named}
        rest = [identifier for identifier in group if identifier not in outcomes]
        # If arXiv did not say which it was: halve until the bad one is alone.
        middle = len(rest) if named else len(rest) // 2
        for part in (rest[:middle], rest[middle:]):
            if part:
                self._fetch_group(part, outcomes)
            if len(part) >= MAX_SPOILERS and not any(outcomes[i].paper for i in part):
                raise FetchError(f"arXiv refuses whatever it is asked: {reason}")

    def _ask(
        self,
        search: arxiv.Search,
        size: int,
        start: int = 0,
        check: Callable[[_Reply], None] = lambda _: None,
    ) -> _Reply:
        """One request, repeated while it fails in ways that pass.

        Entries that stay incomplete are named in the reply; `check` raises _PassingError for one
        that is not to be believed at all. Raises FetchError or _RefusedError.
        """
        self._client.page_size = size
        reply: _Reply | None = None
        short: set[str] | None = None
        for attempt in range(TRIES):
            wait: float | None = None
            unreadable = False
            try:
                answer = _reply(self._results(search, start), self._adapter.found)
                check(answer)
                reply = answer
            except _RefusedError:
                raise
            except (requests.exceptions.RequestException, arxiv.ArxivError, ValueError) as error:
                # ValueError: a date that cannot be read. An entry without one is passed over.
                unreadable = isinstance(error, ValueError | _IncompleteError)
                reason = network_reason(error)
                wait = getattr(error, "wait", None)
            else:
                if self._adapter.entries < self._adapter.expected:
                    reason = "fewer papers than it says it found"
                    if short == set(reply.papers):  # it means it: what is left out is missing
                        return reply
                    short = set(reply.papers)
                elif reply.incomplete:
                    reason = "entries without title, authors, abstract or category"
                else:
                    return reply
            if attempt + 1 == TRIES:
                break
            if wait is None:
                wait = backoff(attempt, first=self.delay, longest=60.0)
            if wait > LONGEST_WAIT:
                reason += f"; it asks to wait {wait:.0f} s"
                break
            self.sleep(wait)
        if reply is not None:
            return reply
        tries = f"{attempt + 1} tries" if attempt else "1 try"
        kind = _UnreadableError if unreadable else FetchError
        raise kind(f"arXiv did not answer properly after {tries}: {reason}")

    def _results(self, search: arxiv.Search, start: int) -> list[arxiv.Result]:
        """The entries of one reply; where papers are missing the package would ask for a second
        page."""
        results = self._client.results(search, start)
        first = next(results, None)
        return [] if first is None else [first, *islice(results, self._adapter.entries - 1)]


def _groups(identifiers: Sequence[Identifier]) -> Iterator[list[Identifier]]:
    """At most 100 identifiers each; two versions of one paper never in the same group, because a
    reply could not be matched to them."""
    groups: list[dict[str, Identifier]] = []
    for identifier in dict.fromkeys(identifiers):
        for group in groups:
            if len(group) < MAX_IDENTIFIERS and identifier.base not in group:
                group[identifier.base] = identifier
                break
        else:
            groups.append({identifier.base: identifier})
    yield from (list(group.values()) for group in groups)


def _reply(results: list[arxiv.Result], found: int) -> _Reply:
    papers, incomplete = {}, set()
    for result in results:
        paper = paper_from(result)
        if paper is not None:
            papers[paper.id] = paper
        else:
            incomplete.add(_base(result.entry_id))
    return _Reply(papers, frozenset(incomplete), found)


def _why_no_page(reply: _Reply, start: int, feed: _Adapter) -> str:
    """Why a page of a search, newest paper first, is not to be believed; empty if it is.

    arXiv has given empty and short pages that were full a moment later, and for two days in
    November 2025 it ignored the order asked for: old papers came first, as if none were new.
    """
    if reply.found < 0:
        return "a feed that does not say how many papers it found"
    if feed.entries != feed.expected or (start and not feed.entries):
        return f"{feed.entries} papers from place {start:,} of the {reply.found:,} it says it found"
    if len(reply.incomplete) > len(reply.papers):
        return "entries without title, authors, abstract or category"
    if start + PAGE >= reply.found:
        return ""  # nothing comes behind it, whatever its order
    days = [paper.published for paper in reply.papers.values()]
    rises = sum(later > earlier for earlier, later in pairwise(days))
    return "papers that are not sorted, newest first" if rises > len(days) // 10 else ""


def _base(entry_id: str) -> str:
    try:
        return parse_identifier(entry_id).base
    except ValueError:
        return entry_id


def _matched(reply: _Reply, group: Sequence[Identifier]) -> dict[Identifier, Fetched]:
    """Papers by the identifier that asked for them, whatever the order of the reply."""
    outcomes: dict[Identifier, Fetched] = {}
    for identifier in group:
        paper = reply.papers.get(identifier.base)
        if paper is not None and identifier.version in (None, paper.version):
            outcomes[identifier] = Fetched(identifier, paper)
        elif identifier.base in reply.incomplete:
            outcomes[identifier] = Fetched(
                identifier, reason="arXiv's entry lacks its title, authors, abstract or category"
            )
    return outcomes


def paper_from(result: arxiv.Result) -> Paper | None:
    """The paper in an entry of a feed; None if a part of it is missing."""
    try:
        identifier = parse_identifier(result.entry_id)
    except ValueError:
        return None
    title, abstract = unicode_text(result.title), unicode_text(result.summary)
    authors = tuple(
        Author(name, tuple(filter(None, map(unicode_text, author.affiliation))))
        for author in result.authors
        if (name := unicode_text(author.name))
    )
    if not (title and abstract and authors and result.primary_category and result.categories):
        return None
    comment = unicode_text(result.comment or "") or None
    return Paper(
        id=identifier.base,
        version=identifier.version or 1,
        title=title,
        authors=authors,
        abstract=abstract,
        categories=tuple(dict.fromkeys(result.categories)),
        primary_category=result.primary_category,
        published=result.published,
        updated=result.updated,
        comment=comment,
        journal_ref=unicode_text(result.journal_ref or "") or None,
        doi=(result.doi or "").strip() or None,
        links=tuple(dict.fromkeys(_https(link.href) for link in result.links)),
        withdrawn=is_withdrawn(comment, abstract),
    )


def is_withdrawn(comment: str | None, abstract: str) -> bool:
    """Whether the authors took a paper back: arXiv says so only in the comment or the abstract."""
    return bool(_WITHDRAWN_COMMENT.search(comment or "") or _WITHDRAWN_ABSTRACT.search(abstract))


def _https(address: str) -> str:
    return re.sub(r"^http://(?=(?:[\w-]+\.)?(?:arxiv|doi)\.org/)", "https://", address)


class _Adapter(HTTPAdapter):
    """Sends each request of an `ArxivClient`: never too soon, never for ever, never half."""

    def __init__(self, client: ArxivClient) -> None:
        super().__init__()
        self._client = client
        self._last_asked: float | None = None
        self._connection: Any = None
        """The newest, of the pool of the newest request."""
        self.entries = self.expected = 0
        """Of the last feed: how many it holds, and how many it says that it should."""
        self.found = -1
        """How many papers it says that it found on all pages; -1 if it does not say."""

    def send(  # type: ignore[override]  # the base class spells out arguments that are passed on
        self, request: requests.PreparedRequest, **arguments: object
    ) -> requests.Response:
        self._pause()
        request.headers["User-Agent"] = USER_AGENT
        arguments |= {"stream": True, "timeout": (CONNECT_TIMEOUT, self._client.read_timeout)}
        seconds = self._client.reply_timeout
        deadline = time.monotonic() + seconds
        # The time-outs of a socket begin anew with each byte of headers that drip.
        watch = threading.Timer(seconds, self._end_patience)
        watch.daemon = True
        watch.start()
        try:
            try:
                response = super().send(request, **arguments)  # type: ignore[arg-type]
            finally:
                # Not when it was sent: it may have been on its way for long.
                self._last_asked = time.monotonic()
            body = self._body(response, deadline)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            reason = network_reason(error)
            if isinstance(error, _PassingError):
                reason = str(error)
            elif time.monotonic() > deadline:
                reason = _too_long(seconds)
            raise _PassingError(reason) from error
        finally:
            watch.cancel()
        status = response.status_code
        if status == requests.codes.bad_request or _ERROR_ENTRY.search(body):
            refused = _REFUSED.findall(body.decode(errors="replace"))
            raise _RefusedError(f"HTTP {status}", tuple(refused))
        if response.is_redirect:
            return _with_body(response, body)
        if status != requests.codes.ok:
            raise _PassingError(f"HTTP {status}", retry_after(response.headers))
        if not body.rstrip().endswith(b"</feed>"):
            raise _PassingError("not a complete Atom feed" if body else "an empty reply")
        entries = body.split(b"<entry")[1:]
        self.entries, self.found = len(entries), _found(body)
        self.expected = max(
            0, min(self.found - _number(request, "start"), _number(request, "max_results"))
        )
        # The package passes over such entries as if nobody had asked for them.
        if not all(b"<updated>" in entry and b"<published>" in entry for entry in entries):
            raise _IncompleteError("an entry without its dates")
        return _with_body(response, body)

    def _pause(self) -> None:
        now = time.monotonic()
        if self._last_asked is not None:
            wait = self._last_asked + self._client.delay - now
            if wait > 0:
                self._client.sleep(wait)

    def get_connection_with_tls_context(
        self, *arguments: object, **options: object
    ) -> urllib3.connectionpool.ConnectionPool:
        """Have the pool show the connection that it makes, for `_end_patience`."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)  # type: ignore[arg-type]
        make = type(pool).ConnectionCls

        def connection(**parts: object) -> object:
            self._connection = make(**parts)
            return self._connection

        pool.ConnectionCls = connection
        return pool  # type: ignore[no-any-return]

    def _end_patience(self) -> None:
        """In another thread: let the next silence, be it ever so short, end the request."""
        line = self._connection.sock if self._connection is not None else None
        if line is not None:
            with suppress(OSError):
                line.settimeout(0.001)

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        """The whole reply, however slowly it drips until `deadline`."""
        body = bytearray()
        while chunk := response.raw.read1(65536, decode_content=True):
            body += chunk
            if time.monotonic() > deadline:
                raise _PassingError(_too_long(self._client.reply_timeout))
            if len(body) > MAX_REPLY:
                raise _PassingError("more than 50 MiB")
        return bytes(body)


def _too_long(seconds: float) -> str:
    return f"still talking after {seconds:g} s"


def _with_body(response: requests.Response, body: bytes) -> requests.Response:
    response.raw.release_conn()
    response.raw = io.BytesIO(body)
    return response


def _found(body: bytes) -> int:
    found = re.search(rb"<opensearch:totalResults[^>]*>\s*([0-9]+)", body)
    return int(found[1]) if found else -1


def _number(request: requests.PreparedRequest, name: str) -> int:
    """What was asked for."""
    number = re.search(rf"[?&]{name}=([0-9]+)", request.url or "")
    return int(number[1]) if number else 0
