"""The records on disk, one JSON file a paper: the only module that touches them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from digest_plugin.errors import DigestError, Fault, InputError, one_line
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.machine.files import (
    FileStamp,
    list_files,
    remove_left_behind,
    shown_path,
    write_whole,
)
from digest_plugin.papers import Record

_RECORD = TypeAdapter(Record)


class StoreError(DigestError):
    """A record cannot be written."""


_NO_FILE = FileStamp(-1, 0)


class PaperStore:
    """The folder of records: `2403/2403.12151.json`, and `2403/2403.12151v2.json` for a list
    that asks for version 2."""

    def __init__(
        self, folder: Path, root: Path, seen: Callable[[bytes], object] | None = None
    ) -> None:
        """`root` is the folder that paths in messages are relative to; `seen` gets the content of
        every record that is read."""
        self.folder = folder
        self._root = root
        self._seen = seen

    def path(self, identifier: Identifier) -> Path:
        """Where the record of `identifier` lies, or would lie."""
        return self.folder / identifier.year_month / f"{identifier}.json"

    def load(self, identifier: Identifier) -> Record | None:
        """The record of `identifier`; None if there is none. Raises InputError if it is broken.

        A list that asks for the version which the newest record happens to hold gets that one.
        """
        record = self._load_file(self.path(identifier), identifier)
        if record is None and identifier.version is not None:
            newest = Identifier(identifier.base)
            record = self._load_file(self.path(newest), newest)
            if record is not None and record.paper.version != identifier.version:
                return None
        return record

    def watched(self, seen: Callable[[bytes], object]) -> PaperStore:
        """The same folder; whatever is read of it goes to `seen`, too."""
        return PaperStore(self.folder, self._root, seen)

    def stamps(self) -> dict[str, FileStamp]:
        """The size and the time of change of every record, by its path below the folder."""
        found = {}
        with suppress(OSError):
            for folder in os.scandir(self.folder):
                if folder.is_dir():
                    for file in os.scandir(folder):
                        found[f"{folder.name}/{file.name}"] = FileStamp.of(file.stat())
        return found

    def stamps_of(
        self, identifier: Identifier, stamps: Mapping[str, FileStamp]
    ) -> tuple[FileStamp, ...]:
        """Those of the files that `load` looks at; an empty one for each that is not there."""
        names = [f"{identifier.year_month}/{identifier}.json"]
        if identifier.version is not None:
            names.append(f"{identifier.year_month}/{identifier.base}.json")
        return tuple(stamps.get(name, _NO_FILE) for name in names)

    def save(self, identifier: Identifier, record: Record) -> None:
        """Write `record` as the record of `identifier`, whole or not at all, if it changed.

        Raises StoreError.
        """
        path = self.path(identifier)
        content = record_json(record).encode()
        if path.is_file() and path.read_bytes() == content:
            return
        try:
            # Chinese has been paid for, unless it was taken over.
            write_whole(path, content, outlive_power_cut=record.written is not None)
        except OSError as error:
            raise self._cannot_write(path, error) from None

    @contextmanager
    def one_run_at_a_time(self) -> Iterator[None]:
        """Keep other runs from paying for the same papers, until the block ends.

        Raises StoreError if another run is at work, or if the folder takes no records: read-only,
        or its disk full. A run that was killed keeps nobody out; what it left half-written is
        removed.
        """
        lock = FileLock(self.folder / ".lock", timeout=0)
        try:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                lock.acquire()
                write_whole(self.folder / ".writable", b"?" * 65536, outlive_power_cut=True)
                (self.folder / ".writable").unlink()
            except Timeout:
                shown = shown_path(self.folder, self._root)
                raise StoreError(
                    f"{shown}: another run is at work here: wait until it ends"
                ) from None
            except OSError as error:
                raise self._cannot_write(self.folder, error) from None
            remove_left_behind(self.folder)
            yield
        finally:
            lock.release()

    def _cannot_write(self, path: Path, error: OSError) -> StoreError:
        shown = shown_path(path, self._root)
        return StoreError(f"{shown}: expected to write records, got: {error.strerror}")

    def identifiers(self, faults: list[Fault]) -> Iterator[Identifier]:
        """Every identifier that has a record, in order; files with other names go to `faults`."""
        if self.folder.exists() and not self.folder.is_dir():
            faults.append(Fault(shown_path(self.folder, self._root), 1, "expected a folder"))
        for path in list_files(self.folder, ".json"):
            if path.is_relative_to(self.folder / "runs"):
                continue  # the log's
            identifier = None
            try:
                name = path.relative_to(self.folder).as_posix().removesuffix(".json")
                identifier = parse_identifier(name.partition("/")[2])
            except ValueError:
                pass
            if identifier is None or self.path(identifier) != path:
                shown = shown_path(path, self._root)
                faults.append(Fault(shown, 1, "expected a record named YYMM/ID.json: remove it"))
            else:
                yield identifier

    def _load_file(self, path: Path, identifier: Identifier) -> Record | None:
        shown = shown_path(path, self._root)
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            fault = Fault(shown, 1, f"expected a readable file, got: {error.strerror}")
            raise InputError([fault]) from None
        if self._seen is not None:
            self._seen(content)
        advice = "remove the file and run `arxiv-digest update` to write it again"
        try:
            record = _RECORD.validate_json(content, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            line = _line(content, first["loc"])
            what = one_line(f"{where}: {first['msg']}" if where else first["msg"])
            raise InputError(
                [Fault(shown, line, f"expected a record, got {what}; {advice}")]
            ) from None
        paper = record.paper
        if paper.id != identifier.base or identifier.version not in {None, paper.version}:
            raise InputError(
                [Fault(shown, 1, f"expected the record of {identifier}, got that of"
                       f" {one_line(str(paper.identifier))}; {advice}")]
            )  # fmt: skip
        return record


def record_json(record: Record) -> str:
    """A record as it is stored: sorted keys, one value a line, Chinese readable."""
    data = _RECORD.dump_python(record, mode="json", exclude_none=True, exclude_defaults=True)
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _line(content: bytes, location: tuple[int | str, ...]) -> int:
    """The line of the first key named in `location`, or of the syntax error."""
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        # The end of the file is no line of its own.
        return min(error.lineno, max(1, len(content.splitlines())))
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    except (ValueError, RecursionError):
        return 1
    start = 0
    for key in location:  # one inside the other, because `title` occurs twice
        start = max(start, content.find(f'"{key}":'.encode(), start))
    return content.count(b"\n", 0, start) + 1
