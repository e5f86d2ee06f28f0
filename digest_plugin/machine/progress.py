"""How far long work has come: a bar in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from typing import NoReturn, TextIO

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0
"""Outside a terminal, such as in a job's log."""


class Progress:
    """Counts one kind of work: how many are done, how fast, how many failed.

    May be used from several threads. Shows nothing until there is something to do.
    """

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        """`what` is done, in one or two words; `stream` defaults to standard error."""
        self._what = what
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()
        self._total = self._done = self._failed = self._printed = 0
        self._start = self._last_line = time.monotonic()
        self._bar: tqdm[NoReturn] | None = None

    def expect(self, count: int) -> None:
        """`count` more are to be done."""
        with self._lock:
            if not self._total:
                self._start = self._last_line = time.monotonic()
            self._total += count
            if self._total and self._bar is None and self._stream.isatty():
                self._bar = tqdm(desc=self._what, total=0, file=self._stream, dynamic_ncols=True)
            if self._bar is not None:
                self._bar.total = self._total
                self._bar.refresh()

    def advance(self, *, failed: bool = False) -> None:
        """One is done, or has failed."""
        with self._lock:
            self._done += 1
            self._failed += failed
            if self._bar is not None:
                if failed:
                    self._bar.set_postfix_str(f"{self._failed} failed", refresh=False)
                self._bar.update()
            elif time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
                self._last_line = time.monotonic()
                self._print_line()

    def close(self) -> None:
        """No more will come."""
        with self._lock:
            if self._bar is not None:
                self._bar.close()
                self._bar = None
            elif self._total and self._done != self._printed:
                self._print_line()
            self._total = 0

    def _print_line(self) -> None:
        rate = self._done / max(time.monotonic() - self._start, 1e-9)
        failed = f", {self._failed} failed" if self._failed else ""
        self._printed = self._done
        print(
            f"{self._what}: {self._done}/{self._total} ({rate:.1f}/s){failed}",
            file=self._stream,
            flush=True,
        )
