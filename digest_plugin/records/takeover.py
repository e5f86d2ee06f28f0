"""A checkout of cn-chat-arxiv becomes lists and records."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from string import ascii_lowercase

from digest_plugin.check.checking import CUT, Checker
from digest_plugin.errors import DigestError, Fault, InputError, one_line
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.intake.ancestor import Inherited, parse_inherited
from digest_plugin.machine.progress import Progress
from digest_plugin.papers import Kind, Record
from digest_plugin.people.digests import Digest
from digest_plugin.people.lists import append_to_list
from digest_plugin.records.contents import Folders
from digest_plugin.records.store import PaperStore

PAPERS = "papers"
"""The folder in a checkout."""
PART = 100
"""Papers of one list at most: a page of more takes phones seconds to show."""
MAX_BYTES = 1024 * 1024
"""Of one file."""


@dataclass
class Takeover:
    """What became of a checkout's papers; grows while it runs."""

    taken: int = 0
    there: int = 0
    """Papers that had a record, which stays as it is."""
    without: int = 0
    """Of all these, papers without Chinese."""
    fit: int = 0
    """Papers whose Chinese the check finds nothing wrong with."""
    only_cut: int = 0
    """Papers that have no problem but that their English was cut: those `update` mends."""
    doubtful: int = 0
    """Papers whose Chinese has problems."""
    papers: Counter[Kind] = field(default_factory=Counter)
    """How many have a problem of a kind."""
    problems: Counter[Kind] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    """Of files that were passed over, and lists that could not be added to."""

    def count(self, record: Record) -> None:
        """Take one record into account."""
        kinds = Counter(problem.kind for problem in record.problems)
        self.without += record.chinese is None
        self.fit += record.chinese is not None and not kinds
        self.doubtful += bool(kinds)
        self.only_cut += record.problems == (CUT,)
        self.papers.update(kinds.keys())
        self.problems.update(kinds)


@dataclass(frozen=True)
class _File:
    """One paper's file."""

    identifier: Identifier
    path: Path


def take_over(
    source: Path,
    days: Mapping[str, date],
    folders: Folders,
    digests: Sequence[Digest],
    checker: Checker,
) -> Takeover:
    """Make lists and records of the papers of the checkout `source`.

    A paper's digest is that of its day in `days`, by path in the checkout; else that of the month
    of its identifier. Those that would have more than 100 papers are split by identifier into
    `2024-03-a`, `2024-03-b`, …, because a page of thousands of papers can neither be built nor
    read; letters, because `2024-03-01` would be a day. `digests` are those that there are: papers
    they list are not listed again. Papers that have a record are left alone, and lists are written
    before their papers' records: what a person took out of a list afterwards does not come back,
    and an interrupted run is finished by the next one. Raises StoreError if records cannot be
    written, DigestError if there is no such checkout.
    """
    takeover = Takeover()
    store = PaperStore(folders.papers, folders.root)
    groups = _groups(source, days, takeover.faults)
    progress = Progress("taking over")
    progress.expect(sum(map(len, groups.values())))
    lists = _Lists(folders, digests)
    try:
        with store.one_run_at_a_time():
            for name, files in sorted(groups.items()):
                for batch in _batches(files, store, progress, takeover):
                    try:
                        new = [Identifier(each.paper.id) for each in batch]
                        lists.add(name, new, is_split=len(files) > PART)
                    except InputError as error:
                        takeover.faults.extend(error.faults)
                        continue
                    _keep(batch, store, checker, takeover)
    finally:
        progress.close()
    return takeover


def _groups(source: Path, days: Mapping[str, date], faults: list[Fault]) -> dict[str, list[_File]]:
    """The files of each digest, by identifier; those with wrong names go to `faults`."""
    folder = source / PAPERS
    if not folder.is_dir():
        raise DigestError(
            f"expected a checkout of cn-chat-arxiv with the folder {PAPERS}, found none in"
            f" {one_line(str(source))}: name the folder that holds {PAPERS}"
        )
    groups: dict[str, dict[Identifier, _File]] = {}
    known: dict[Identifier, Path] = {}
    for path in _files(folder):
        try:
            identifier = parse_identifier(path.stem)
        except ValueError as error:
            faults.append(Fault(path.as_posix(), 1, str(error)))
            continue
        other = known.setdefault(identifier, path)
        if identifier.version is not None or other != path:
            got = one_line(other.as_posix()) + " as well" if other != path else path.stem
            faults.append(Fault(path.as_posix(), 1, f"expected one file a paper, got {got}"))
            continue
        day = days.get(path.relative_to(source).as_posix())
        name = day.isoformat() if day else f"{identifier.first_day:%Y-%m}"
        groups.setdefault(name, {})[identifier] = _File(identifier, path)
    return {
        name: sorted(files.values(), key=lambda file: file.identifier.base)
        for name, files in groups.items()
    }


def _files(folder: Path) -> Iterator[Path]:
    """Every JSON file below `folder`, in order; links are not followed into other folders."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(parent, name)
            for name in sorted(names)
            if name.endswith(".json") and not name.startswith(".")
        )


def _batches(
    files: list[_File], store: PaperStore, progress: Progress, takeover: Takeover
) -> Iterator[list[Inherited]]:
    """The papers that have no record yet, some at a time."""
    batch: list[Inherited] = []
    for file in files:
        known = len(takeover.faults)
        try:
            if store.path(file.identifier).is_file():
                record = store.load(file.identifier)
                takeover.there += 1
                if record is not None:
                    takeover.count(record)
            else:
                batch.append(parse_inherited(_content(file.path), file.identifier))
        except InputError as error:
            takeover.faults.extend(error.faults)
        except (ValueError, OSError) as error:
            reason = (
                f"expected a readable file, got: {error.strerror}"
                if isinstance(error, OSError)
                else str(error)
            )
            takeover.faults.append(Fault(file.path.as_posix(), 1, reason))
        progress.advance(failed=len(takeover.faults) > known)
        if len(batch) == PART:
            yield batch
            batch = []
    if batch:
        yield batch


def _content(path: Path) -> bytes:
    """What a file holds. Raises ValueError for what is no file of a sensible size, OSError."""
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise ValueError("expected a file, got something else")
    if status.st_size > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES:,} bytes, got {status.st_size:,}")
    return path.read_bytes()


class _Lists:
    """The lists that there are, and those that are made."""

    def __init__(self, folders: Folders, digests: Sequence[Digest]) -> None:
        self._folders = folders
        self._sizes = Counter({digest.name: len(digest.papers) for digest in digests})
        self._listed = {paper.identifier.base for each in digests for paper in each.papers}

    def add(self, group: str, identifiers: Iterable[Identifier], *, is_split: bool) -> None:
        """List what no list holds yet in the parts of `group` that have room. Raises InputError
        for a list that cannot be added to."""
        new = [each for each in identifiers if each.base not in self._listed]
        whole = [] if is_split and group not in self._sizes else [group]
        for name in chain(whole, (f"{group}-{letters}" for letters in _letters())):
            if not new:
                return
            room = max(0, PART - self._sizes[name])
            now, new = new[:room], new[room:]
            if now:
                folder = self._folders.digests
                title = _title(group, name) if group.count("-") == 1 else None
                append_to_list(folder / f"{name}.yml", now, folder, self._folders.root, title)
                self._sizes[name] += len(now)
                self._listed.update(each.base for each in now)


def _letters() -> Iterator[str]:
    """`a` to `z`, then `za` to `zz`, `zza` …: names that sort as they come."""
    for count in itertools.count():
        yield from ("z" * count + letter for letter in ascii_lowercase)


def _title(group: str, name: str) -> str:
    """The Chinese title of a month's list; that of a day's follows from its name."""
    year, month = group.split("-")
    part = name.removeprefix(group).removeprefix("-")
    return f"{year} 年 {int(month)} 月" + (f" · {part}" if part else "")


def _keep(batch: list[Inherited], store: PaperStore, checker: Checker, takeover: Takeover) -> None:
    """Check and store papers that are listed."""
    for inherited in batch:
        paper, chinese = inherited.paper, inherited.chinese
        problems = checker.problems(paper, chinese) if chinese else ()
        record = Record(paper, chinese, problems=problems)
        store.save(Identifier(paper.id), record)
        takeover.taken += 1
        takeover.count(record)
