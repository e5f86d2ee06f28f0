"""What the site is made of: lists, records and corrections brought together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from digest_plugin.errors import Fault, InputError
from digest_plugin.papers import FIELDS, Chinese, Correction, Finding, Paper, Problem, Record
from digest_plugin.people.corrections import read_corrections
from digest_plugin.people.digests import Digest, ListedPaper, ReadList, read_digests
from digest_plugin.people.glossary import Term, read_glossary
from digest_plugin.records.store import PaperStore

State = Literal["pending", "generated", "doubtful", "corrected"]


@dataclass(frozen=True)
class Folders:
    """Where people and the machine write."""

    root: Path
    """The folder of mkdocs.yml, which paths in messages are relative to."""
    digests: Path
    papers: Path
    corrections: Path
    glossary: Path
    """A file."""

    def moved(self, root: Path) -> Folders:
        """The same folders below another `root`."""
        paths = (self.digests, self.papers, self.corrections, self.glossary)
        return Folders(root, *(root / path.relative_to(self.root) for path in paths))


@dataclass(frozen=True)
class Entry:
    """One paper on the page of one digest."""

    listed: ListedPaper
    record: Record | None
    correction: Correction | None

    @property
    def id(self) -> str:
        """Without version: the paper's anchor on the page."""
        return self.listed.identifier.base

    @property
    def paper(self) -> Paper | None:
        """None while arXiv has not been asked."""
        return self.record.paper if self.record else None

    @cached_property
    def chinese(self) -> Chinese | None:
        """What readers get: the machine's text, with a person's corrections in place."""
        if self.record is None:
            return None
        if self.correction is None:
            return self.record.chinese
        return self.correction.applied_to(self.record.chinese)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What the check found in those texts that no person has put right."""
        found = self.record.problems if self.record else ()
        return tuple(it for it in found if it.field in self._machine_fields)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the second reader found in such texts, and nobody has put right."""
        found = self.record.findings if self.record else ()
        return tuple(it for it in found if not it.mended and it.field in self._machine_fields)

    @property
    def _machine_fields(self) -> set[str]:
        """The texts that readers get as the machine wrote them."""
        if self.chinese is None:
            return set()
        return set(FIELDS).difference(self.correction.fields if self.correction else ())

    @property
    def is_doubtful(self) -> bool:
        """Whether an editor has to look at the Chinese: 待校."""
        return bool(self.problems or self.findings)

    @property
    def state(self) -> State:
        """Whose text it is, and whether the check doubts the machine's. A text that a person has
        corrected in part may have `problems` all the same."""
        if self.chinese is None:
            return "pending"
        if self.correction is not None:
            return "corrected"
        return "doubtful" if self.is_doubtful else "generated"


@dataclass(frozen=True)
class OfDigest:
    """A digest and what is known of its papers."""

    digest: Digest

    @property
    def name(self) -> str:
        """The page's address below the folder of digests."""
        return self.digest.name

    @property
    def date(self) -> date | None:
        """None for digests that belong to no day."""
        return self.digest.date


@dataclass(frozen=True)
class Edition(OfDigest):
    """A digest with its papers: what one page shows."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Contents:
    """Everything people and the machine have written."""

    digests: tuple[Digest, ...]
    """Newest first; those without a date come last, by name."""
    corrections: dict[str, Correction]
    glossary: tuple[Term, ...]

    def listed(self) -> Iterator[ListedPaper]:
        """Every paper of every list, newest digest first."""
        for digest in self.digests:
            yield from digest.papers

    def editions(
        self, store: PaperStore, tolerated: list[Fault] | None = None
    ) -> Iterator[Edition]:
        """Every digest with the records of its papers, newest first.

        Raises InputError for records that are broken; with a list of `tolerated` faults they go
        there, and their papers have no record.
        """
        faults: list[Fault] = []
        for digest in self.digests:
            yield self.edition(digest, store, faults)
        if tolerated is not None:
            tolerated.extend(faults)
        elif faults:
            raise InputError(set(faults))

    def edition(self, digest: Digest, store: PaperStore, faults: list[Fault]) -> Edition:
        """A digest with the records of its papers; what is wrong with records goes to `faults`."""
        return Edition(digest, tuple(self.entry(listed, store, faults) for listed in digest.papers))

    def entry(self, listed: ListedPaper, store: PaperStore, faults: list[Fault]) -> Entry:
        """A listed paper with its record; what is wrong with that goes to `faults`."""
        try:
            record = store.load(listed.identifier)
        except InputError as error:
            faults.extend(error.faults)
            record = None
        return Entry(listed, record, self.corrections.get(listed.identifier.base))


def read_contents(
    folders: Folders, tolerated: list[Fault] | None = None, read_list: ReadList | None = None
) -> Contents:
    """Read what people wrote.

    Raises InputError with every fault of every file; with a list of `tolerated` faults they go
    there, and what can be read is returned. `read_list` reads a single list, as it stands by
    default.
    """
    faults: list[Fault] = []
    digests = read_digests(folders.digests, folders.root, faults, read_list)
    corrections = read_corrections(folders.corrections, folders.root, faults)
    glossary = read_glossary(folders.glossary, folders.root, faults)
    if tolerated is not None:
        tolerated.extend(faults)
    elif faults:
        raise InputError(faults)
    return Contents(tuple(newest_first(digests)), corrections, glossary)


def newest_first(digests: tuple[Digest, ...]) -> list[Digest]:
    """Dated digests from the newest to the oldest, those of one day by name, then the others."""
    dated = [digest for digest in digests if digest.date is not None]
    others = [digest for digest in digests if digest.date is None]
    dated.sort(key=lambda digest: (digest.date or date.min, digest.name), reverse=True)
    return dated + sorted(others, key=lambda digest: digest.name)


def english_changed(entry: Entry) -> bool:
    """Whether a correction was made from an English text that has changed since, as far as the
    correction's version, or the machine's memory of it, tells."""
    record, correction = entry.record, entry.correction
    if record is None or correction is None:
        return False
    if correction.version is not None and correction.version != record.paper.version:
        return True
    current = record.paper.source_hash
    seen = record.correction_seen
    if seen is not None and seen.correction_hash == correction.correction_hash:
        return seen.source_hash != current
    return record.written is not None and record.written.source_hash != current
