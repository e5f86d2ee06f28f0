"""What each run did: the log that the status page, the job's summary and the issue are made from.

One line of JSON a run, one file a month (`2026-11.jsonl`), so that two runs that were pushed at
the same time merge by keeping both lines.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from digest_plugin.errors import DigestError, Fault, one_line
from digest_plugin.machine.files import list_files, shown_path, write_whole

Command = Literal["update", "watch", "batch"]
Moment = Annotated[
    AwareDatetime,
    Field(gt=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC)),
]
"""A time in any zone that can be told in every other."""
Count = Annotated[int, Field(ge=0, le=10**15)]
HEARTBEAT = timedelta(hours=20)
"""How often jobs that find nothing to do are logged: about once a day, however late they start."""


class LogError(DigestError):
    """The log cannot be written."""


@dataclass(frozen=True, order=True)
class Failure:
    """A paper that was tried in vain, or a file that could not be read."""

    path: str
    """The list that asked for it, as a person would type it."""
    line: int
    reason: str
    identifier: str = ""
    """As the list has it; empty if the file itself is at fault."""

    def __str__(self) -> str:
        what = f"{self.identifier}: {self.reason}" if self.identifier else self.reason
        return str(Fault(self.path, self.line, what))


@dataclass(frozen=True)
class Run:
    """One run of `update`, `watch` or `batch`."""

    command: Command
    start: Moment
    """In UTC, to the second."""
    seconds: Count
    version: str
    """The plugin's."""
    fetched: Count = 0
    """Papers whose metadata is new."""
    refreshed: Count = 0
    """Papers of which arXiv had a newer version."""
    written: Count = 0
    """Papers whose Chinese is new."""
    doubtful: Count = 0
    """Of these, papers whose Chinese the check doubts."""
    waiting: Count = 0
    """Papers without Chinese that were not tried."""
    listed: Count = 0
    """Papers that `watch` put on a list."""
    failed: tuple[Failure, ...] = ()
    stopped: str | None = None
    """Why the run ended before its time; one sentence."""
    quiet: str | None = None
    """Why `watch` found nothing, on a day when that is no failure."""
    input_tokens: Count = 0
    output_tokens: Count = 0
    model: str | None = None
    url: str | None = None
    """The job that ran it."""

    @property
    def is_success(self) -> bool:
        """Whether nothing failed. Papers may be waiting: for a limit, or for tomorrow."""
        return not self.failed and self.stopped is None

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to do, and nothing was done."""
        done = (self.fetched, self.refreshed, self.written, self.listed, self.input_tokens)
        return self.is_success and not any(done)


_RUN = TypeAdapter(Run)


@dataclass(frozen=True)
class RunLog:
    """The folder of logs."""

    folder: Path
    root: Path
    """The folder that paths in messages are relative to."""

    def append(self, run: Run) -> None:
        """Add `run` to the file of its month, in UTC. Raises LogError."""
        path = self.folder / f"{run.start:%Y-%m}.jsonl"
        data = _RUN.dump_python(run, mode="json", exclude_defaults=True)
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        line = text.encode(errors="replace")  # names of files may be no text
        try:
            before = path.read_bytes() if path.is_file() else b""
            if before and not before.endswith(b"\n"):
                before += b"\n"
            write_whole(path, before + line + b"\n", outlive_power_cut=True)
        except OSError as error:
            shown = shown_path(path, self.root)
            raise LogError(f"{shown}: expected to write the log, got: {error.strerror}") from None

    def append_if_news(self, run: Run, *, heartbeat: bool) -> None:
        """Add `run` unless it was idle: such a run is logged if it shows that what was wrong is put
        right, and with `heartbeat` if its command has not been logged for a day. Raises LogError.
        """
        if not run.is_idle:
            self.append(run)
            return
        before = [
            other
            for other in self.runs([])
            if other.command == run.command and other.start <= run.start
        ]
        is_late = not before or run.start - before[-1].start >= HEARTBEAT
        is_recovery = bool(before) and not before[-1].is_success and not run.waiting
        if is_recovery or (heartbeat and is_late):
            self.append(run)

    def runs(self, faults: list[Fault]) -> tuple[Run, ...]:
        """Every run once, oldest first; lines that cannot be read go to `faults`."""
        runs = []
        for path in list_files(self.folder, ".jsonl"):
            shown = shown_path(path, self.root)
            try:
                lines = path.read_bytes().splitlines()
            except OSError as error:
                faults.append(Fault(shown, 1, f"expected a readable file, got: {error.strerror}"))
                continue
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    runs.append(_RUN.validate_json(line))
                except ValidationError as error:
                    first = error.errors()[0]
                    what = one_line(": ".join(map(str, (*first["loc"], first["msg"]))))
                    faults.append(
                        Fault(shown, number, f"expected a run, got {what}: remove the line")
                    )
        # A merge may have doubled lines.
        return tuple(sorted(dict.fromkeys(runs), key=lambda run: run.start))


@dataclass(frozen=True)
class History:
    """What the log tells, put in order."""

    runs: tuple[Run, ...] = ()
    """Oldest first."""

    def last(self, command: Command = "update") -> Run | None:
        """The newest run of `command`."""
        return next((run for run in reversed(self.runs) if run.command == command), None)

    @cached_property
    def last_success(self) -> Run | None:
        """The newest update in which nothing failed."""
        successes = (run for run in reversed(self.runs) if run.command == "update")
        return next((run for run in successes if run.is_success), None)

    @cached_property
    def tokens(self) -> dict[str, tuple[int, int]]:
        """Tokens in and out by month, such as `2026-11`, newest first; months without none."""
        months: dict[str, tuple[int, int]] = {}
        for run in reversed(self.runs):
            if run.input_tokens or run.output_tokens:
                month = f"{run.start:%Y-%m}"
                tokens_in, tokens_out = months.get(month, (0, 0))
                months[month] = (tokens_in + run.input_tokens, tokens_out + run.output_tokens)
        return months
