"""The machine's part of the work: fetch what arXiv has not been asked for, write what has no
Chinese, and store each paper the moment it is done."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from digest_plugin.contents import Contents
from digest_plugin.digests import ListedPaper
from digest_plugin.errors import DigestError, InputError
from digest_plugin.fetch import ArxivClient
from digest_plugin.glossary import terms_in
from digest_plugin.identifiers import Identifier
from digest_plugin.model import (
    ChatModel,
    Completion,
    Message,
    ModelError,
    StopError,
    UnreachableError,
)
from digest_plugin.papers import CorrectionSeen, Paper, Record, Written
from digest_plugin.progress import Progress
from digest_plugin.store import PaperStore, StoreError
from digest_plugin.write import prompt_version, write

MAX_REFUSALS = 3
"""Papers in a row, for each call at a time, that the provider leaves without an answer before the
run gives up."""


@dataclass(frozen=True)
class Failure:
    """A paper that was tried in vain."""

    identifier: Identifier
    path: str
    """The list that asked for it, and the line."""
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.identifier}: {self.reason}"


@dataclass
class Report:
    """What a run did; grows while it runs."""

    fetched: list[Identifier] = field(default_factory=list)
    """Papers whose metadata is new."""
    written: list[Identifier] = field(default_factory=list)
    """Papers whose Chinese is new."""
    failed: list[Failure] = field(default_factory=list)
    waiting: int = 0
    """Papers that have no Chinese and were not tried: no key, a limit, a deadline, a stop."""
    stopped: str | None = None
    """Why the run ended before its time; one sentence."""
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class Limits:
    """How much a run may do."""

    concurrency: int = 8
    """Calls at a time."""
    paper_seconds: float = 300.0
    """Wall-clock time for one paper, all tries together."""
    papers: int | None = None
    """Papers to be written at most; None: all."""
    seconds: float | None = None
    """After so long no paper is begun; None: no such limit."""


def update(
    contents: Contents,
    store: PaperStore,
    arxiv: ArxivClient | None,
    model: ChatModel | None,
    limits: Limits,
) -> Report:
    """Fetch and write what is missing for every list, the newest list first.

    Without `arxiv` nothing is fetched, without `model` nothing is written. Raises no error for a
    paper that fails: the report names it. What is done is stored when this returns, or is
    interrupted.
    """
    return _Run(contents, store, model, limits).run(arxiv)


class _Run:
    """One update: what its threads share."""

    def __init__(
        self, contents: Contents, store: PaperStore, model: ChatModel | None, limits: Limits
    ) -> None:
        self._contents = contents
        self._store = store
        self._model = model
        self._limits = limits
        self._first_listed: dict[Identifier, ListedPaper] = {}
        for listed in contents.listed():
            self._first_listed.setdefault(listed.identifier, listed)
        self._fetching = Progress("fetching metadata")
        self._writing = Progress("writing Chinese")
        self._report = Report()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._submitted: set[Identifier] = set()
        self._refusals_in_a_row = 0
        self._end = None if limits.seconds is None else time.monotonic() + limits.seconds

    def run(self, arxiv: ArxivClient | None) -> Report:
        unknown: list[Identifier] = []
        to_write: list[tuple[Identifier, Record]] = []
        broken = 0
        try:
            unknown, to_write = self._plan()
            broken = len(self._report.failed)
            if (arxiv is not None and unknown) or (self._model is not None and to_write):
                with self._store.one_run_at_a_time():
                    self._work(arxiv, unknown, to_write)
            else:
                self._wait(len(unknown) + len(to_write))
        except StoreError as error:
            self._stop_run(f"{error}.")
            tried = len(self._report.failed) - broken + len(self._report.written)
            self._report.waiting = len(unknown) + len(to_write) - tried
        return self._report

    def _work(
        self,
        arxiv: ArxivClient | None,
        unknown: list[Identifier],
        to_write: list[tuple[Identifier, Record]],
    ) -> None:
        pool = ThreadPoolExecutor(self._limits.concurrency, thread_name_prefix="write")
        try:
            futures = [self._submit(pool, *job) for job in to_write]
            if arxiv is None:
                self._wait(len(unknown))
            else:
                futures.extend(self._fetch(arxiv, unknown, pool))
            for future in futures:
                if future is not None:
                    future.result()
        except BaseException:
            self._stop.set()  # the calls in flight still finish and are stored
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            self._fetching.close()
            self._writing.close()

    def _plan(self) -> tuple[list[Identifier], list[tuple[Identifier, Record]]]:
        """What has to be fetched, and what is known but has no Chinese."""
        unknown: list[Identifier] = []
        to_write: list[tuple[Identifier, Record]] = []
        for identifier in sorted(self._first_listed, key=_is_pinned):
            try:
                record = self._store.load(identifier)
            except InputError as error:
                self._fail(identifier, str(error))
                continue
            if record is None:
                unknown.append(identifier)
                continue
            record = self._with_correction_noted(identifier, record)
            if self._wants_chinese(identifier, record):
                to_write.append((identifier, record))
        return unknown, to_write

    def _wants_chinese(self, identifier: Identifier, record: Record) -> bool:
        correction = self._contents.corrections.get(identifier.base)
        return record.chinese is None and not (correction and correction.is_whole)

    def _with_correction_noted(self, identifier: Identifier, record: Record) -> Record:
        """`record`, remembering which English a new or changed correction was made from."""
        correction = self._contents.corrections.get(identifier.base)
        seen = record.correction_seen
        if correction is None or (
            seen is not None and seen.correction_hash == correction.correction_hash
        ):
            return record
        seen = CorrectionSeen(correction.correction_hash, record.paper.source_hash)
        record = replace(record, correction_seen=seen)
        self._store.save(identifier, record)
        return record

    def _fetch(
        self, arxiv: ArxivClient, unknown: list[Identifier], pool: ThreadPoolExecutor
    ) -> Iterator[Future[None] | None]:
        """Fetch and store metadata, handing each paper on to be written as it arrives."""
        if unknown:
            self._fetching.expect(len(unknown))
        answered = 0
        for fetched in arxiv.fetch(unknown, self._is_over):
            answered += 1
            self._fetching.advance(failed=fetched.paper is None)
            if fetched.paper is None:
                self._fail(fetched.identifier, fetched.reason or "no reason given")
                continue
            record = self._store.load(fetched.identifier)
            if record is None:
                record = self._new_record(fetched.identifier, fetched.paper)
                self._store.save(fetched.identifier, record)
            self._report.fetched.append(fetched.identifier)
            record = self._with_correction_noted(fetched.identifier, record)
            if self._wants_chinese(fetched.identifier, record):
                yield self._submit(pool, fetched.identifier, record)
        self._fetching.close()
        self._wait(len(unknown) - answered)

    def _new_record(self, identifier: Identifier, paper: Paper) -> Record:
        """A record of `paper`, with the Chinese that a list of this very version has brought."""
        if identifier.version is None:
            twin = self._store.load(paper.identifier)
            if twin is not None and twin.paper.source_hash == paper.source_hash:
                return replace(twin, paper=paper)
        return Record(paper)

    def _is_over(self) -> bool:
        """Whether nothing more may be begun."""
        return self._stop.is_set() or (self._end is not None and time.monotonic() >= self._end)

    def _submit(
        self, pool: ThreadPoolExecutor, identifier: Identifier, record: Record
    ) -> Future[None] | None:
        """Have a paper written, unless there is no model or the run has enough to write."""
        if record.paper.identifier in self._submitted:
            return None  # two lists ask for it in two ways
        limit = self._limits.papers
        if self._model is None or (limit is not None and len(self._submitted) >= limit):
            self._wait(1)
            return None
        self._submitted.add(record.paper.identifier)
        self._writing.expect(1)
        return pool.submit(self._write, self._model, identifier, record)

    def _write(self, model: ChatModel, identifier: Identifier, record: Record) -> None:
        """In a thread of the pool: one paper from its metadata to its stored Chinese."""
        if self._is_over():
            self._wait(1)
            return
        try:
            stored = self._store.load(identifier)
        except InputError as error:  # somebody has written into it meanwhile
            self._writing.advance(failed=True)
            self._fail(identifier, str(error))
            return
        if stored is not None and stored.chinese is not None:
            self._writing.advance()  # by a run that ended between our plan and our turn
            return
        deadline = time.monotonic() + self._limits.paper_seconds
        spent = Counter[str]()

        def complete(messages: list[Message]) -> Completion:
            if self._stop.is_set():  # between two answers for one paper
                raise StopError("The run was stopped.")
            completion = model.complete(messages, deadline, self._sleep)
            spent["input"] += completion.input_tokens
            spent["output"] += completion.output_tokens
            return completion

        paper = record.paper
        terms = terms_in(f"{paper.title} {paper.abstract}", self._contents.glossary)
        try:
            chinese = write(paper, complete, terms)
        except StopError as error:
            self._wait(1)
            self._stop_run(str(error))
        except DigestError as error:
            self._writing.advance(failed=True)
            self._fail(identifier, str(error))
            self._count_refusal(error)
        else:
            written = Written(
                model=model.name,
                prompt=prompt_version(),
                source_hash=paper.source_hash,
                day=datetime.now(UTC).date(),
                input_tokens=spent["input"],
                output_tokens=spent["output"],
            )
            self._store_chinese(identifier, replace(record, chinese=chinese, written=written))
        finally:
            with self._lock:
                self._report.input_tokens += spent["input"]
                self._report.output_tokens += spent["output"]

    def _store_chinese(self, identifier: Identifier, record: Record) -> None:
        try:
            self._store.save(identifier, record)
        except StoreError as error:
            self._writing.advance(failed=True)
            self._fail(identifier, str(error))
            self._stop_run("Records cannot be written.")
            return
        self._writing.advance()
        with self._lock:
            self._refusals_in_a_row = 0
            self._report.written.append(identifier)

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise StopError("The run was stopped.")

    def _wait(self, papers: int) -> None:
        with self._lock:
            self._report.waiting += papers

    def _count_refusal(self, error: DigestError) -> None:
        """Give up when nothing but refusals comes: of a model's name, of a key, of everything."""
        with self._lock:
            refused = isinstance(error, ModelError)
            self._refusals_in_a_row = self._refusals_in_a_row + 1 if refused else 0
            gone = self._refusals_in_a_row >= MAX_REFUSALS * self._limits.concurrency
        if gone and isinstance(error, UnreachableError):
            self._stop_run(f"The provider cannot be reached (see OPENAI_BASE_URL): {error}.")
        elif gone:
            self._stop_run(f"The provider refuses paper after paper (see OPENAI_MODEL): {error}.")

    def _stop_run(self, reason: str) -> None:
        with self._lock:
            self._report.stopped = self._report.stopped or reason
        self._stop.set()

    def _fail(self, identifier: Identifier, reason: str) -> None:
        listed = self._first_listed[identifier]
        with self._lock:
            self._report.failed.append(Failure(identifier, listed.path, listed.line, reason))


def _is_pinned(identifier: Identifier) -> bool:
    """Whether a list asks for one version; those who ask for the newest come first."""
    return identifier.version is not None
