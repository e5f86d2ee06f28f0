"""Request files of the OpenAI Batch format: https://platform.openai.com/docs/api-reference/batch"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

from digest_plugin.errors import DigestError, InputError, quoted
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.intake.fetch import ArxivClient
from digest_plugin.machine.files import whole_file
from digest_plugin.machine.progress import Progress
from digest_plugin.papers import Paper, Record
from digest_plugin.people.digests import Digest, ListedPaper
from digest_plugin.people.glossary import TermFinder
from digest_plugin.people.listed_papers import ListedPapers
from digest_plugin.records.contents import Contents
from digest_plugin.records.runs import Failure
from digest_plugin.records.store import PaperStore
from digest_plugin.writing.model import ChatModel
from digest_plugin.writing.update import Limits, is_at_hand, lacks_chinese, update
from digest_plugin.writing.write import first_messages, prompt_version

ENDPOINT = "/v1/chat/completions"
FETCHED_AT_A_TIME = 1_000
"""Papers whose metadata is asked for before it is let go of."""
SHORT_HASH = 24
"""Hexadecimal digits: some providers take no custom_id of more than 64 characters."""

_CUSTOM_ID = re.compile(
    rf"(?P<paper>[A-Za-z0-9./-]+):(?P<source>[0-9a-f]{{{SHORT_HASH}}}):(?P<prompt>[0-9a-f]{{12}})"
)
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
"""Which some programs take for the end of a line."""


@dataclass(frozen=True)
class CustomId:
    """What an answer says about its request: no other memory of it is needed."""

    identifier: Identifier
    """As a list asks for it."""
    source_hash: str
    """The start of the hash of the English that was sent."""
    prompt: str
    """The version of the prompt."""

    @classmethod
    def of(cls, identifier: Identifier, paper: Paper) -> CustomId:
        """For a request that is made now."""
        return cls(identifier, paper.source_hash[:SHORT_HASH], prompt_version())

    @classmethod
    def parse(cls, text: str) -> CustomId:
        """Raises ValueError for what no request of ours was called."""
        found = _CUSTOM_ID.fullmatch(text)
        if found is None:
            raise ValueError(f"expected a custom_id that batch write gave, got {quoted(text)}")
        identifier = parse_identifier(found["paper"])
        if str(identifier) != found["paper"]:
            raise ValueError(f"expected a custom_id that batch write gave, got {quoted(text)}")
        return cls(identifier, found["source"], found["prompt"])

    def __str__(self) -> str:
        return f"{self.identifier}:{self.source_hash}:{self.prompt}"

    def is_of(self, paper: Paper) -> bool:
        """Whether the English is the same still."""
        return paper.source_hash.startswith(self.source_hash)


@dataclass(frozen=True)
class FileLimits:
    """What a provider takes as one file, and so as one batch."""

    requests: int = 50_000
    size: int = 200_000_000
    """Bytes."""


@dataclass(frozen=True)
class Part:
    """A request file that was written."""

    path: Path
    requests: int


@dataclass
class Requests:
    """The requests for all papers that lack Chinese; counts while they are taken."""

    contents: Contents
    """Corrections and glossary; its digests are not looked at."""
    listed: ListedPapers
    store: PaperStore
    model: ChatModel
    """Only its name and its options are used, no key."""
    limit: int | None = None
    fetched: int = 0
    made: int = 0
    waiting: int = 0
    """Papers beyond the limit, and those whose metadata is not there."""
    failed: list[Failure] = field(default_factory=list)
    stopped: str | None = None
    _failed_ids: set[str] = field(default_factory=set)

    @cached_property
    def _terms(self) -> TermFinder:
        return TermFinder(self.contents.glossary)

    def fetch(self, arxiv: Callable[[], ArxivClient], limits: Limits) -> None:
        """Fetch and store what metadata is missing; asks nobody, and for no client, if none is."""
        client: ArxivClient | None = None
        for papers in self._missing():
            client = client or arxiv()
            lists = (Digest("", "", papers, ""),)
            part = Contents(lists, self.contents.corrections, self.contents.glossary)
            report = update(part, self.store, client, None, limits)
            self.fetched += len(report.fetched)
            self.failed += report.failed
            self._failed_ids |= {failure.identifier for failure in report.failed}
            self.stopped = report.stopped
            if not report.fetched and len(report.failed) == FETCHED_AT_A_TIME:
                self.stopped = f"arXiv gives no metadata: {report.failed[-1].reason}."
            if self.stopped:
                return

    def _missing(self) -> Iterator[tuple[ListedPaper, ...]]:
        """The papers that have no record, so many at a time."""
        missing: list[ListedPaper] = []
        for versions in self.listed:
            for each in versions:
                try:
                    record = self.store.load(each.identifier)
                except InputError:
                    continue  # `lines` names it
                if record is None:
                    missing.append(each)
            if len(missing) >= FETCHED_AT_A_TIME:
                yield tuple(missing)
                missing = []
        if missing:
            yield tuple(missing)

    def lines(self) -> Iterator[bytes]:
        """One request after the other. Raises StoreError."""
        progress = Progress("writing requests")
        progress.expect(len(self.listed))
        for versions in self.listed:
            for identifier, record in self._to_write(versions):
                if self.limit is not None and self.made >= self.limit:
                    self.waiting += 1
                    continue
                self.made += 1
                yield self._line(identifier, record)
            progress.advance()
        progress.close()

    def _to_write(self, versions: tuple[ListedPaper, ...]) -> Iterator[tuple[Identifier, Record]]:
        """Of one paper, each English that lacks Chinese once."""
        asked = [each.identifier for each in versions]
        sources = set()
        for listed in versions:
            identifier = listed.identifier
            try:
                record = self.store.load(identifier)
            except InputError as error:
                self._fail(listed, str(error))
                continue
            if record is None:
                self.waiting += str(identifier) not in self._failed_ids
                continue
            correction = self.contents.corrections.get(identifier.base)
            source = record.paper.source_hash
            if (
                lacks_chinese(record, correction)
                and source not in sources
                and not is_at_hand(self.store, identifier, record, asked)
            ):
                sources.add(source)
                yield identifier, record

    def _fail(self, listed: ListedPaper, reason: str) -> None:
        if str(listed.identifier) not in self._failed_ids:
            self.failed.append(Failure(listed.path, listed.line, reason, str(listed.identifier)))

    def _line(self, identifier: Identifier, record: Record) -> bytes:
        paper = record.paper
        terms = self._terms.find_in(paper)
        request = {
            "custom_id": str(CustomId.of(identifier, paper)),
            "method": "POST",
            "url": ENDPOINT,
            "body": self.model.body(first_messages(paper, terms)),
        }
        text = json.dumps(request, ensure_ascii=False).translate(_LINE_ENDS)
        return text.encode() + b"\n"


def write_parts(
    lines: Iterable[bytes], first: Path, limits: FileLimits | None = None
) -> list[Part]:
    """Write `lines` to the file `first`, and what a provider does not take as one file to
    `first-2` and so on; if this is interrupted there is none of them.

    Raises DigestError if one of them is there already, OSError if it cannot be written.
    """
    limits = limits or FileLimits()
    parts: list[Part] = []
    remaining = _Peekable(lines)
    try:
        for number in count(1):
            if not remaining:
                return parts
            parts.append(_write_part(remaining, _numbered(first, number), limits))
    except BaseException:
        for part in parts:
            part.path.unlink(missing_ok=True)
        raise
    return parts


def _numbered(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _write_part(lines: _Peekable, path: Path, limits: FileLimits) -> Part:
    if path.exists():
        raise DigestError(
            f"{path}: expected no such file, because it would be written anew: remove it, or name"
            " another one"
        )
    requests = size = 0
    with whole_file(path) as file:
        while lines and requests < limits.requests:
            line = lines.first
            if requests and size + len(line) > limits.size:
                break
            file.write(line)
            lines.advance()
            requests += 1
            size += len(line)
    return Part(path, requests)


class _Peekable:
    """Lines of which the first can be looked at before it is taken; false when none is left."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self.first = next(self._lines, b"")

    def __bool__(self) -> bool:
        return bool(self.first)

    def advance(self) -> None:
        self.first = next(self._lines, b"")
