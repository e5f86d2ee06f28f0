"""Pages of the last build that would come out the same: they are kept, not made again.

MkDocs empties the site's folder before each build. What may be kept is put aside before that, and
goes back: the files of a page whose key is as it was, if nobody has touched them since.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Container, Iterable, Mapping, Sequence
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
    _folders: tuple[str, ...] = ()
    """Of the site, in which there may be something to keep."""

    def put_aside(self, folders: Iterable[str]) -> None:
        """Before MkDocs empties the site: its `folders` with what may be kept."""
        self._known, self._now = self._manifest(), {}
        self._folders = tuple(folders) if self._known else ()
        for folder in self._folders:
            # What a build that failed has left aside stays there.
            if not (self._aside / folder).exists():
                # On another file system, say, or not there: then all is made again.
                with suppress(OSError):
                    (self._aside / folder).parent.mkdir(parents=True, exist_ok=True)
                    (self.site / folder).rename(self._aside / folder)

    def take_all_back(self, keys: Mapping[str, str | None]) -> set[str]:
        """Those pages whose files are in the site again, as they were; `keys` by page.

        Whole folders go back, which takes a second less than ten thousand files, and what is left
        over in them is removed.
        """
        back = []
        for folder in self._folders:
            with suppress(OSError):  # something is there already: then all is made again
                (self.site / folder).parent.mkdir(parents=True, exist_ok=True)
                (self._aside / folder).rename(self.site / folder)
                back.append(folder)
        kept = set()
        for page, key in keys.items():
            files = self._files_of(page, key, self.site)
            if key is not None and files is not None:
                kept.add(page)
                self._now[page] = key, files
        wanted = {f"{self.site}/{file.path}" for page in kept for file in self._now[page][1]}
        for folder in back:
            _remove_all_but(wanted, self.site / folder)
        return kept

    def take_back(self, page: str, key: str) -> bool:
        """Whether the files of this one `page` are in the site again, as they were."""
        files = self._files_of(page, key, self._aside)
        if files is None:
            return False
        try:
            for file in files:
                target = self.site / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                (self._aside / file.path).rename(target)
        except OSError:
            return False
        self._now[page] = (key, files)
        return True

    def _files_of(self, page: str, key: str | None, folder: Path) -> list[KeptFile] | None:
        """Those of `page`, if it would come out the same and they are in `folder` as they were."""
        known, files = self._known.get(page, ("", []))
        is_same = key == known and all(_is_untouched(folder, file) for file in files)
        return files if is_same else None

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


def _is_untouched(folder: Path, file: KeptFile) -> bool:
    try:
        status = os.stat(f"{folder}/{file.path}")  # noqa: PTH116
    except OSError:
        return False
    return FileStamp.of(status) == (file.size, file.modified)


def _remove_all_but(wanted: Container[str], folder: Path) -> None:
    """Every other file below `folder`, and the folders that hold none any more."""
    for parent, folders, files in os.walk(folder, topdown=False):
        paths = [f"{parent}/{name}" for name in files]
        # What is a link to a folder is no file to those who walk, and to be removed as one.
        paths += [path for name in folders if os.path.islink(path := f"{parent}/{name}")]  # noqa: PTH114
        left = [path for path in paths if path not in wanted]
        for path in left:
            os.unlink(path)  # noqa: PTH108
        if folders or len(left) == len(paths):
            with suppress(OSError):  # it is not empty
                os.rmdir(parent)  # noqa: PTH106


def _kept_file(path: str, size: int, modified: int) -> KeptFile:
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ValueError(path)
    return KeptFile(path, size, modified)
