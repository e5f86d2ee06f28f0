"""What was made before, in a file: as long as what it was made from is the same, it is not made
again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic_core import from_json, to_json

from digest_plugin.machine.files import whole_file

T = TypeVar("T")


class Remembered(Generic[T]):
    """Values by name, each with a stamp of what it was made from.

    They stay in memory from build to build of `serve`; `save` keeps them for other runs. If
    anything is wrong with the file, nothing is known.
    """

    def __init__(
        self, path: Path, program: str, to_row: Callable[[T], Any], from_row: Callable[[Any], T]
    ) -> None:
        """`program` is another if values may come out another way; `to_row` gives what JSON can
        hold, `from_row` the value again."""
        self._path = path
        self._program = program
        self._to_row = to_row
        self._from_row = from_row
        self._known: dict[str, tuple[str, T]] | None = None
        self._asked: set[str] = set()
        self._is_saved = True

    def is_at(self, path: Path, program: str) -> bool:
        """Whether this is the memory of that file, and as that program makes it."""
        return (self._path, self._program) == (path, program)

    def get(self, name: str, stamp: str) -> T | None:
        """The value, if it was made from the same; an empty stamp is never the same."""
        self._asked.add(name)
        known, value = self._by_name.get(name, ("", None))
        return value if stamp and stamp == known else None

    def note(self, name: str, stamp: str, value: T) -> None:
        """Remember a value."""
        self._asked.add(name)
        self._by_name[name] = (stamp, value)
        self._is_saved = False

    def save(self) -> None:
        """Write the file, if anything changed, without what nobody asked for since it was read."""
        gone = self._by_name.keys() - self._asked
        for name in gone:
            del self._by_name[name]
        if self._is_saved and not gone:
            return
        # Without it all is made again.
        with suppress(OSError, ValueError), whole_file(self._path) as file:
            file.writelines(self._lines())
        self._is_saved = True

    def _lines(self) -> Iterator[bytes]:
        """Line by line, because the whole would fill the memory twice."""
        yield to_json(self._program) + b"\n"
        for name, (stamp, value) in self._by_name.items():
            if stamp:
                yield to_json((name, stamp, self._to_row(value))) + b"\n"

    @property
    def _by_name(self) -> dict[str, tuple[str, T]]:
        if self._known is None:
            try:
                self._known = self._read()
            except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
                self._known = {}
        return self._known

    def _read(self) -> dict[str, tuple[str, T]]:
        with self._path.open("rb") as file:
            if from_json(file.readline()) != self._program:
                return {}
            return {
                name: (str(stamp), self._from_row(row)) for name, stamp, row in map(from_json, file)
            }
