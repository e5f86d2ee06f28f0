"""The machine's part of the work: fetch what arXiv has not been asked for, or what may have changed
there, write what has no Chinese, and store each paper the moment it is done."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from digest_plugin import __version__
from digest_plugin.check.checking import Checker
from digest_plugin.errors import DigestError, InputError, one_line
from digest_plugin.identifiers import Identifier
from digest_plugin.intake.fetch import ArxivClient
from digest_plugin.machine.progress import Progress
from digest_plugin.papers import Correction, CorrectionSeen, Paper, Record, Written
from digest_plugin.people.digests import ListedPaper
from digest_plugin.people.glossary import Term
from digest_plugin.records.contents import Contents
from digest_plugin.records.runs import Failure, Run
from digest_plugin.records.store import PaperStore, StoreError
from digest_plugin.writing.model import (
    ChatModel,
    Completion,
    Message,
    ModelError,
    StopError,
    UnreachableError,
)
from digest_plugin.writing.second_reader import Reading, read_again
from digest_plugin.writing.write import Draft, prompt_version, write

MAX_REFUSALS = 3
"""Papers in a row, for each call at a time, that the provider leaves without an answer before the
run gives up."""
INTERRUPTED = "The run was interrupted; what is done is stored."


@dataclass(frozen=True)
class Doubt:
    """A paper whose new Chinese an editor has to look at: 待校."""

    listed: ListedPaper
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        first, *others = self.reasons
        more = f" (and {len(others)} more)" if others else ""
        place = f"{self.listed.path}:{self.listed.line}: {self.listed.identifier}"
        return f"{place}: {one_line(first)}{more}"


@dataclass
class Report:
    """What a run did; grows while it runs."""

    fetched: list[Identifier] = field(default_factory=list)
    """Papers whose metadata is new."""
    refreshed: list[Identifier] = field(default_factory=list)
    """Papers of which arXiv says something new: a version, a withdrawal, a category."""
    written: list[Identifier] = field(default_factory=list)
    """Papers whose Chinese is new."""
    failed: list[Failure] = field(default_factory=list)
    doubtful: list[Doubt] = field(default_factory=list)
    """Of `written`, what the check still finds fault with, best attempt or not."""
    unread: list[Failure] = field(default_factory=list)
    """Of `written`, what the second reader could not read."""
    waiting: int = 0
    """Papers that have no Chinese, or that of an older text, and were not tried: no key, a limit, a
    deadline, a stop."""
    stopped: str | None = None
    """Why the run ended before its time; one sentence."""
    input_tokens: int = 0
    output_tokens: int = 0

    def run(self, start: datetime, model: str | None, url: str | None = None) -> Run:
        """What the log says of it; `url` is the job's."""
        return Run(
            command="update",
            start=start.replace(microsecond=0),
            seconds=max(0, round((datetime.now(UTC) - start).total_seconds())),
            version=__version__,
            fetched=len(self.fetched),
            refreshed=len(self.refreshed),
            written=len(self.written),
            doubtful=len(self.doubtful),
            waiting=self.waiting,
            failed=tuple(sorted(self.failed)),
            stopped=self.stopped,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            model=model,
            url=url,
        )


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
    *,
    refresh: date | None = None,
    reviewer: ChatModel | None = None,
    rewrite: bool = False,
    report: Report | None = None,
) -> Report:
    """Fetch and write what is missing for every list, the newest list first.

    Without `arxiv` nothing is fetched, without `model` nothing is written. With `refresh`, arXiv
    is asked again about papers that it published, or that a digest listed, since that day: where
    the English has changed the Chinese is written anew, and the old text stays until the new one
    is there. With `rewrite`, Chinese that was written by another prompt is written anew, but for
    papers that a person has corrected. `reviewer` reads what is written a second time. About
    partial papers arXiv is always asked; their Chinese stays, and is checked against the whole
    English.

    Raises no error for a paper that fails: the report names it. What is done is stored when this
    returns, or is interrupted; `report`, if it is given, then says what that is.
    """
    run = _Run(
        contents, store, model, limits,
        reviewer=reviewer, rewrite=rewrite, report=Report() if report is None else report,
    )  # fmt: skip
    return run.run(arxiv, refresh)


class _Run:
    """One update: what its threads share."""

    def __init__(
        self,
        contents: Contents,
        store: PaperStore,
        model: ChatModel | None,
        limits: Limits,
        *,
        reviewer: ChatModel | None,
        rewrite: bool,
        report: Report,
    ) -> None:
        self._reviewer = reviewer
        self._rewrites = rewrite
        self._contents = contents
        self._checker = Checker(contents.glossary)
        self._store = store
        self._model = model
        self._limits = limits
        self._first_listed: dict[Identifier, ListedPaper] = {}
        self._versions: dict[str, list[Identifier]] = {}
        """How lists ask for a paper."""
        for listed in contents.listed():
            identifier = listed.identifier
            if self._first_listed.setdefault(identifier, listed) is listed:
                self._versions.setdefault(identifier.base, []).append(identifier)
        self._fetching = Progress("fetching metadata")
        self._writing = Progress("writing Chinese")
        self._report = report
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._submitted: set[tuple[str, str]] = set()
        """Papers, without version, with the English that is to be written."""
        self._sharers: list[tuple[Identifier, Record]] = []
        """What gets the Chinese of another record, when that is written."""
        self._updated: dict[Identifier, date] = {}
        """Of every listed paper that has a record."""
        self._stale: dict[Identifier, list[Identifier]] = {}
        """What to ask arXiv about again, and whose records that concerns."""
        self._refusals_in_a_row = 0
        self._end = None if limits.seconds is None else time.monotonic() + limits.seconds

    def run(self, arxiv: ArxivClient | None, refresh: date | None) -> Report:
        unknown: list[Identifier] = []
        to_write: list[Identifier] = []
        try:
            unknown, to_write = self._plan()
            if arxiv is None:
                self._stale.clear()
            if arxiv is not None and refresh is not None:
                self._plan_refresh(refresh)
            fetches = arxiv is not None and (unknown or self._stale)
            if fetches or (self._model is not None and to_write):
                with self._store.one_run_at_a_time():
                    self._work(arxiv, unknown, to_write)
            else:
                self._wait(len(unknown) + len(to_write))
        except StoreError as error:
            self._stop_run(f"{error}.")
            self._wait_untried(unknown, to_write)
        except KeyboardInterrupt:
            self._stop_run(INTERRUPTED)
            self._wait_untried(unknown, to_write)
            raise
        return self._report

    def _wait_untried(self, *planned: list[Identifier]) -> None:
        """Of a run that has ended before its time: what was planned and not tried."""
        tried = {failure.identifier for failure in self._report.failed}
        tried |= set(map(str, self._report.written))
        self._report.waiting = sum(str(each) not in tried for group in planned for each in group)

    def _work(
        self,
        arxiv: ArxivClient | None,
        unknown: list[Identifier],
        to_write: list[Identifier],
    ) -> None:
        pool = ThreadPoolExecutor(self._limits.concurrency, thread_name_prefix="write")
        try:
            again = {known for group in self._stale.values() for known in group}
            futures = [self._have_written(each, pool) for each in to_write if each not in again]
            if arxiv is None:
                self._wait(len(unknown))
            else:
                futures.extend(self._fetch(arxiv, unknown, pool))
            for future in futures:
                if future is not None:
                    future.result()
            for sharer in self._sharers:
                self._is_at_hand(*sharer)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                self._stop_run(INTERRUPTED)
            self._stop.set()  # the calls in flight still finish and are stored
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            self._fetching.close()
            self._writing.close()

    def _plan(self) -> tuple[list[Identifier], list[Identifier]]:
        """What has to be fetched, and what is known but has no Chinese."""
        unknown: list[Identifier] = []
        to_write: list[Identifier] = []
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
            self._updated[identifier] = record.paper.updated.date()
            if record.paper.is_partial:
                self._stale[identifier] = [identifier]
            if self._wants_chinese(identifier, record):
                to_write.append(identifier)
        return unknown, to_write

    def _plan_refresh(self, since: date) -> None:
        """Choose the papers that arXiv is asked about again, each with all its records."""
        recent = {
            listed.identifier.base
            for digest in self._contents.digests
            if digest.date is not None and digest.date >= since
            for listed in digest.papers
        }
        recent |= {identifier.base for identifier, day in self._updated.items() if day >= since}
        for identifier in self._updated:
            if identifier.base in recent:
                known = self._stale.setdefault(Identifier(identifier.base), [])
                known += [identifier] if identifier not in known else []

    def _wants_chinese(self, identifier: Identifier, record: Record) -> bool:
        correction = self._contents.corrections.get(identifier.base)
        return lacks_chinese(record, correction) or (
            correction is None and self._is_to_be_rewritten(record)
        )

    def _is_to_be_rewritten(self, record: Record) -> bool:
        """Whether its Chinese is by another prompt, and the run is to write such Chinese anew."""
        is_by_this = record.written is not None and record.written.prompt == prompt_version()
        return self._rewrites and record.chinese is not None and not is_by_this

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
        asked = dict.fromkeys([*unknown, *self._stale])
        missing = set(unknown)
        reasons: dict[str, list[Identifier]] = {}
        if asked:
            self._fetching.expect(len(asked))
        for fetched in arxiv.fetch(list(asked), self._is_over):
            identifier, paper = fetched.identifier, fetched.paper
            self._fetching.advance(failed=paper is None)
            if paper is None:
                reason = fetched.reason or "no reason given"
                if identifier in missing:
                    self._fail(identifier, reason)
                else:
                    reasons.setdefault(reason, []).append(identifier)
            else:
                if identifier in missing:
                    with self._broken_costs_only(identifier):
                        yield self._take(identifier, paper, pool)
                for known in self._stale.pop(identifier, ()):
                    with self._broken_costs_only(known):
                        yield self._renew(known, paper, pool)
            missing.discard(identifier)
        self._fetching.close()
        self._wait(len(missing))
        for reason, identifiers in reasons.items():
            again = f"asked again about {len(identifiers)} papers: " if len(identifiers) > 1 else ""
            self._fail(self._stale[identifiers[0]][0], f"{again}{reason}")
        for known in [known for group in self._stale.values() for known in group]:
            yield self._have_written(known, pool)

    @contextmanager
    def _broken_costs_only(self, identifier: Identifier) -> Iterator[None]:
        """A record that somebody breaks while the run works costs its paper, not the run."""
        try:
            yield
        except InputError as error:
            self._fail(identifier, str(error))

    def _take(
        self, identifier: Identifier, paper: Paper, pool: ThreadPoolExecutor
    ) -> Future[None] | None:
        """Store a paper that had no record, and have it written."""
        record = self._store.load(identifier)
        if record is None:
            record = Record(paper)
            self._store.save(identifier, record)
        self._report.fetched.append(identifier)
        self._with_correction_noted(identifier, record)
        return self._have_written(identifier, pool)

    def _renew(
        self, identifier: Identifier, paper: Paper, pool: ThreadPoolExecutor
    ) -> Future[None] | None:
        """Store what is new of a paper, or have it written anew where its English has changed."""
        record = self._store.load(identifier)
        if record is None:
            return None
        new = record.with_news(paper, pinned=identifier.version is not None)
        if new != record:
            self._report.refreshed.append(identifier)
            if new.paper.version != record.paper.version:
                self._keep_for_pinned(record)
            if record.paper.is_partial and record.chinese is not None:
                # What is new of the English is that it is whole: the Chinese is judged by it.
                new = replace(new, problems=self._checker.problems(new.paper, record.chinese))
            elif new.paper.source_hash != record.paper.source_hash and record.chinese is not None:
                new = new.without_chinese
                if self._wants_chinese(identifier, new):
                    # Until the new Chinese is there the old record stays: text and original match.
                    return self._submit(pool, identifier, new)
            self._store.save(identifier, new)
        return self._have_written(identifier, pool)

    def _have_written(
        self, identifier: Identifier, pool: ThreadPoolExecutor
    ) -> Future[None] | None:
        """Have a paper written that has no Chinese, from the record as it is now."""
        with self._broken_costs_only(identifier):
            record = self._store.load(identifier)
            if record is not None and self._wants_chinese(identifier, record):
                return self._submit(pool, identifier, record)
        return None

    def _keep_for_pinned(self, record: Record) -> None:
        """Give a list that asks for the version of `record` a record of its own: the newest one
        moves on."""
        pinned = record.paper.identifier
        if pinned in self._first_listed and not self._store.path(pinned).is_file():
            self._store.save(pinned, record)

    def _is_at_hand(self, identifier: Identifier, record: Record) -> bool:
        """Whether a record of the paper has the Chinese of this very English; if so, `identifier`
        has it as well when this returns."""
        return is_at_hand(self._store, identifier, record, self._versions[identifier.base])

    def _is_over(self) -> bool:
        """Whether nothing more may be begun."""
        return self._stop.is_set() or (self._end is not None and time.monotonic() >= self._end)

    def _submit(
        self, pool: ThreadPoolExecutor, identifier: Identifier, record: Record
    ) -> Future[None] | None:
        """Have a paper written, unless there is no model or the run has enough to write."""
        text = (identifier.base, record.paper.source_hash)
        if self._is_to_be_rewritten(record):
            text = (str(identifier), record.paper.source_hash)
        elif text in self._submitted:  # lists ask for it in several ways
            self._sharers.append((identifier, record))
            return None
        elif self._is_at_hand(identifier, record):
            return None
        limit = self._limits.papers
        if self._model is None or (limit is not None and len(self._submitted) >= limit):
            self._wait(1)
            return None
        self._submitted.add(text)
        self._writing.expect(1)
        return pool.submit(self._write, self._model, identifier, record)

    def _write(self, model: ChatModel, identifier: Identifier, record: Record) -> None:
        """In a thread of the pool: one paper from its metadata to its stored Chinese."""
        if self._is_over():
            self._wait(1)
            return
        try:
            stored = self._store.load(identifier)
            if stored is not None and self._is_done(record, stored):
                self._writing.advance()  # somebody has brought it, such as with a merge
                return
            new = self._with_chinese(model, identifier, record)
        except StopError as error:
            self._wait(1)
            self._stop_run(str(error))
        except DigestError as error:
            self._writing.advance(failed=True)
            self._fail(identifier, str(error))
            self._count_refusal(error)
        else:
            self._store_chinese(identifier, new)

    def _with_chinese(self, model: ChatModel, identifier: Identifier, record: Record) -> Record:
        """`record` with what the models make of it. Raises DigestError; what was spent is counted
        all the same."""
        deadline = time.monotonic() + self._limits.paper_seconds
        spent = Counter[str]()

        def complete(messages: list[Message], by: ChatModel = model) -> Completion:
            if self._stop.is_set():  # between two answers for one paper
                raise StopError("The run was stopped.")
            completion = by.complete(messages, deadline, self._sleep)
            spent["input"] += completion.input_tokens
            spent["output"] += completion.output_tokens
            return completion

        paper = record.paper
        terms = self._checker.terms_in(paper)
        try:
            draft = write(paper, complete, terms)
            reading = self._second_reading(identifier, paper, draft, complete, terms)
        finally:
            with self._lock:
                self._report.input_tokens += spent["input"]
                self._report.output_tokens += spent["output"]
        text = reading or draft
        written = Written(
            model=model.name,
            prompt=prompt_version(),
            source_hash=paper.source_hash,
            day=datetime.now(UTC).date(),
            input_tokens=spent["input"],
            output_tokens=spent["output"],
            reviewer=self._reviewer.name if self._reviewer and reading else None,
        )
        return replace(
            record,
            chinese=text.chinese,
            problems=text.problems,
            findings=reading.findings if reading else (),
            written=written,
        )

    def _is_done(self, record: Record, stored: Record) -> bool:
        """Whether what is stored meanwhile makes the writing of `record` needless."""
        if stored.chinese is None or _is_newer(record, stored):
            return False
        return not (self._is_to_be_rewritten(record) and self._is_to_be_rewritten(stored))

    def _second_reading(
        self,
        identifier: Identifier,
        paper: Paper,
        draft: Draft,
        complete: Callable[[list[Message], ChatModel], Completion],
        terms: tuple[Term, ...],
    ) -> Reading | None:
        """What the second reader makes of a draft; None if there is none, or it fails: what is
        written is paid for."""
        reviewer = self._reviewer
        if reviewer is None:
            return None
        try:
            return read_again(paper, draft.chinese, lambda them: complete(them, reviewer), terms)
        except DigestError as error:
            listed = self._first_listed[identifier]
            reason = f"the second reader {reviewer.name} failed: {error}"
            with self._lock:
                failure = Failure(listed.path, listed.line, reason, str(identifier))
                self._report.unread.append(failure)
            return None

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
            if record.doubts:
                doubt = Doubt(self._first_listed[identifier], record.doubts)
                self._report.doubtful.append(doubt)

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
            failure = Failure(listed.path, listed.line, reason, str(identifier))
            self._report.failed.append(failure)


def lacks_chinese(record: Record, correction: Correction | None) -> bool:
    """Whether a machine has to write the Chinese of `record`."""
    return record.chinese is None and not (correction and correction.is_whole)


def is_at_hand(
    store: PaperStore, identifier: Identifier, record: Record, versions: Iterable[Identifier]
) -> bool:
    """Whether a record of the paper has the Chinese of this very English; if so, `identifier` has
    it as well when this returns. `versions` is how lists ask for the paper. Raises StoreError."""
    newest, same = Identifier(identifier.base), record.paper.identifier
    for other in (identifier, newest, same, *versions):
        with suppress(InputError):  # it is named where it is listed
            twin = store.load(other)
            if (
                twin is not None
                and twin.chinese is not None
                and twin.paper.source_hash == record.paper.source_hash
            ):
                if other != identifier:
                    store.save(identifier, record.with_chinese_of(twin))
                return True
    return False


def _is_newer(record: Record, stored: Record) -> bool:
    """Whether `record` has an English that replaces that of `stored`."""
    is_other = record.paper.source_hash != stored.paper.source_hash
    return is_other and record.paper.version >= stored.paper.version


def _is_pinned(identifier: Identifier) -> bool:
    """Whether a list asks for one version; those who ask for the newest come first."""
    return identifier.version is not None
