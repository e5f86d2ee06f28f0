"""The papers of all lists, each once and newest list first, without holding the lists in memory.

A scratch database that SQLite keeps on disk and removes when it is closed; nobody else sees it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from digest_plugin.errors import DigestError
from digest_plugin.identifiers import Identifier
from digest_plugin.people.digests import Digest, ListedPaper

_PRAGMAS = "PRAGMA cache_size = -2000; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
"""Two megabytes of memory; what is scratch need not outlive a power cut."""
_TABLES = """
CREATE TABLE line (base TEXT, version INT, path BLOB, number INT, day TEXT, name TEXT);
CREATE TABLE asked (
  place INTEGER PRIMARY KEY, base TEXT, version INT, path BLOB, number INT, answered INT DEFAULT 0,
  UNIQUE (base, version)
);
CREATE TABLE paper (place INTEGER PRIMARY KEY, base TEXT UNIQUE);
"""
_SORT = """
INSERT OR IGNORE INTO asked (base, version, path, number)
  SELECT base, version, path, number FROM line
  ORDER BY day DESC, CASE WHEN day = '' THEN name END, name DESC, rowid;
INSERT OR IGNORE INTO paper (base) SELECT base FROM asked ORDER BY place;
DROP TABLE line;
"""


class ListedPapers:
    """How lists ask for papers, in the order in which they are to be written."""

    def __init__(self, digests: Iterable[Digest]) -> None:
        """Takes what it needs from one of `digests` after the other. Raises DigestError on a disk
        that is full."""
        self._database = sqlite3.connect("", isolation_level=None)  # a file of its own
        try:
            self._fill(digests)
        except sqlite3.Error as error:
            self._database.close()
            raise DigestError(
                f"expected room for the lists in the folder of temporary files, got: {error}: make"
                " room there, or set TMPDIR"
            ) from None

    def _fill(self, digests: Iterable[Digest]) -> None:
        self._database.executescript(f"{_PRAGMAS} {_TABLES} BEGIN;")
        for digest in digests:
            day = digest.date.isoformat() if digest.date else ""
            self._database.executemany(
                "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (each.identifier.base, each.identifier.version or 0, os.fsencode(each.path),
                     each.line, day, digest.name)
                    for each in digest.papers
                ),
            )  # fmt: skip
        for statement in _SORT.split(";"):  # executescript would commit first
            self._database.execute(statement)
        self._database.execute("COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def __len__(self) -> int:
        """Papers, however many lists and versions ask for them."""
        (count,) = self._database.execute("SELECT count(*) FROM paper").fetchone()
        return int(count)

    def __iter__(self) -> Iterator[tuple[ListedPaper, ...]]:
        """Every paper: the first line that asks for it, and for each version of it."""
        for (base,) in self._database.execute("SELECT base FROM paper ORDER BY place"):
            yield self.versions(base)

    def versions(self, base: str) -> tuple[ListedPaper, ...]:
        """How lists ask for the paper `base`; those that ask for the newest version come first."""
        rows = self._database.execute(
            "SELECT version, path, number FROM asked WHERE base = ? ORDER BY version > 0, place",
            (base,),
        )
        return tuple(
            ListedPaper(Identifier(base, version or None), os.fsdecode(path), number)
            for version, path, number in rows
        )

    def mark(self, identifier: Identifier) -> bool:
        """Remember that `identifier` has been dealt with; False if it had been before."""
        changed = self._database.execute(
            "UPDATE asked SET answered = 1 WHERE base = ? AND version = ? AND NOT answered",
            (identifier.base, identifier.version or 0),
        )
        return changed.rowcount > 0
