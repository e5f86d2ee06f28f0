"""Pages of the last build that would come out the same: they are moved, not made again.

MkDocs empties the site's folder before each build. What may be kept is put aside before that, and
each file of it goes back if the key of its page is as it was, and if nobody has touched it since.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from digest_plugin.machine.files import FileStamp, write_whole


class KeptFile(NamedTuple):
    """A file of a page, and how to tell that it is still what was written."""

    path: str
    """Below the site's root."""
    size: int
    modified: int
    """Nanoseconds."""


@dataclass
class KeptPages:
    """What one build keeps for the next. `cache` is a folder of its own."""

    cache: Path
    site: Path
    _known: dict[str, tuple[str, list[KeptFile]]] = field(default_factory=dict)
    """By src_uri: the page's key and its files."""
    _now: dict[str, tuple[str, list[KeptFile]]] = field(default_factory=dict)

    def put_aside(self, folders: Iterable[str]) -> None:
        """Before MkDocs empties the site: its `folders` with what may be kept."""
        self._known, self._now = self._manifest(), {}
        if not self._known:
            return
        self._aside.mkdir(parents=True, exist_ok=True)
        for folder in folders:
            # What a build that failed has left aside stays there.
            if not (self._aside / folder).exists():
                # On another file system, say, or not there: then all is made again.
                with suppress(OSError):
                    (self.site / folder).rename(self._aside / folder)

    def take_back(self, page: str, key: str) -> bool:
        """Whether the files of `page` are in the site again, as they were."""
        known, files = self._known.get(page, ("", []))
        if known != key or not all(map(self._is_untouched, files)):
            return False
        try:
            for file in files:
                self._move(file.path)
        except OSError:
            return False
        self._now[page] = (key, files)
        return True

    def _move(self, path: str) -> None:
        # Of strings: tens of thousands of files are moved.
        source, target = f"{self._aside}/{path}", f"{self.site}/{path}"
        try:
            os.rename(source, target)  # noqa: PTH104
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
            os.rename(source, target)  # noqa: PTH104

    def note(self, page: str, key: str, files: Sequence[str]) -> None:
        """That the `files` of `page`, below the site's root, have been written."""
        found = [KeptFile(path, *FileStamp.of((self.site / path).stat())) for path in files]
        self._now[page] = (key, found)

    def finish(self) -> None:
        """When all pages are there: remember them, and forget the others."""
        data = {"site": str(self.site.resolve()), "pages": self._now}
        # Without it all is made again.
        with suppress(OSError):
            write_whole(self.cache / "pages.json", json.dumps(data).encode())
        shutil.rmtree(self._aside, ignore_errors=True)

    @property
    def _aside(self) -> Path:
        return self.cache / "aside"

    def _is_untouched(self, file: KeptFile) -> bool:
        try:
            status = os.stat(f"{self._aside}/{file.path}")  # noqa: PTH116
        except OSError:
            return False
        return FileStamp.of(status) == (file.size, file.modified)

    def _manifest(self) -> dict[str, tuple[str, list[KeptFile]]]:
        try:
            data = json.loads((self.cache / "pages.json").read_bytes())
            if data["site"] != str(self.site.resolve()):
                return {}
            return {
                page: (str(key), [_kept_file(*file) for file in files])
                for page, (key, files) in data["pages"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}


def _kept_file(path: str, size: int, modified: int) -> KeptFile:
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ValueError(path)
    return KeptFile(path, size, modified)
