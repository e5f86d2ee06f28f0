"""Files on disk: which there are, how people name them, and how one is written whole."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from digest_plugin.errors import Fault

RECENT = 2_000_000_000
"""Nanoseconds: a file that changed so short a time ago may change again within the same tick of the
clock."""
LEFT_BEHIND = 3600.0
"""Seconds after which a half-written file is nobody's any more."""
_HALF_WRITTEN = re.compile(r"\.[a-z0-9_]{8}\.tmp")
"""The names that `whole_file` gives."""


class FileStamp(NamedTuple):
    """What changes with a file."""

    size: int
    modified: int
    """Nanoseconds."""

    @classmethod
    def of(cls, status: os.stat_result) -> FileStamp:
        """That of a file of which the system says this."""
        return cls(status.st_size, status.st_mtime_ns)

    def is_settled(self, now: int) -> bool:
        """Whether the file cannot change any more without another stamp; `now` in nanoseconds."""
        return self.modified < now - RECENT


def list_files(folder: Path, suffix: str = ".yml") -> list[Path]:
    """The files below `folder` that end in `suffix`, by name; none if there is no such folder."""
    found = folder.rglob(f"*{suffix}") if folder.is_dir() else ()
    return sorted(path for path in found if not path.name.startswith("."))


def misnamed_files(folder: Path, root: Path) -> Iterator[Fault]:
    """The faults of files that nobody would read, because they end in .yaml, .YML or .yml.txt."""
    for path in list_files(folder, ""):
        if path.is_file() and looks_like_yaml(path.name) and not path.name.endswith(".yml"):
            yield Fault(shown_path(path, root), 1, "expected a name that ends in .yml")


def looks_like_yaml(name: str) -> bool:
    """Whether a person who named a file so meant a list or a correction."""
    return name.casefold().endswith((".yml", ".yaml", ".yml.txt", ".yaml.txt"))


def shown_path(path: Path, root: Path) -> str:
    """`path` as a person would type it in the folder `root`."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def write_whole(path: Path, content: bytes, *, outlive_power_cut: bool = False) -> None:
    """Make `content` the content of the file `path`: all of it, or nothing if this is interrupted.

    Folders are made where they are missing. Raises OSError.
    """
    with whole_file(path, outlive_power_cut=outlive_power_cut) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path, *, outlive_power_cut: bool = False) -> Iterator[IO[bytes]]:
    """The same for what is written piece by piece: `path` gets it when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, because a rename is atomic only within one file system.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            if outlive_power_cut:
                os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_left_behind(folder: Path) -> None:
    """Remove what programs that were killed left half-written below `folder`.

    Young files stay: somebody may be writing them.
    """
    oldest = time.time() - LEFT_BEHIND
    for parent, _, names in os.walk(folder):
        for name in filter(_HALF_WRITTEN.fullmatch, names):
            with suppress(OSError):
                path = Path(parent, name)
                if path.stat().st_mtime < oldest:
                    path.unlink()
