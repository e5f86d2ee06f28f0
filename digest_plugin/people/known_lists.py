"""Lists as they were read before: a file that nobody has touched since is not parsed again."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

from digest_plugin.errors import Fault
from digest_plugin.identifiers import Identifier
from digest_plugin.machine.files import FileStamp, shown_path
from digest_plugin.machine.remembered import Remembered
from digest_plugin.people.digests import Digest, ListedPaper, read_list


class KnownLists:
    """The lists below a folder."""

    def __init__(self, memory: Remembered[Digest], folder: Path, root: Path) -> None:
        """Paths in messages are relative to `root`."""
        self._memory = memory
        self._folder = folder
        self._root = root
        self._shown_folder = shown_path(folder, root)
        self._now = time.time_ns()

    def read(self, path: Path, *, faults: list[Fault]) -> Digest | None:
        """What can be read of the digest in the file `path`, as `digests.read_list` does it."""
        shown = shown_path(path, self._root)
        stamp = self._stamp(path)
        # The folder is part of what a list is called.
        name = f"{self._shown_folder} {shown}"
        known = self._memory.get(name, stamp)
        if known is not None:
            return known
        before = len(faults)
        digest = read_list(path, self._folder, self._root, faults)
        if digest is not None and stamp and len(faults) == before:
            self._memory.note(name, stamp, digest)
        return digest

    def _stamp(self, path: Path) -> str:
        """Empty if the file may change without changing its stamp, or cannot be looked at."""
        try:
            stamp = FileStamp.of(path.stat())
        except OSError:
            return ""
        return f"{stamp.size} {stamp.modified}" if stamp.is_settled(self._now) else ""


def remembered_lists(path: Path, program: str) -> Remembered[Digest]:
    """The memory in the file `path`."""
    return Remembered(path, program, _row, _digest)


def _row(digest: Digest) -> tuple[object, ...]:
    papers = [
        (paper.identifier.base, paper.identifier.version, paper.line, paper.note, paper.tags)
        for paper in digest.papers
    ]
    facts = (digest.name, digest.path, digest.title, digest.date, digest.description, digest.note)
    return (*facts, papers)


def _digest(row: list[Any]) -> Digest:
    name, path, title, day, description, note, rows = row
    papers = (
        ListedPaper(Identifier(base, version), path, line, its_note, tuple(tags))
        for base, version, line, its_note, tags in rows
    )
    when = date.fromisoformat(day) if day else None
    return Digest(name, path, tuple(papers), title, when, description, note)
