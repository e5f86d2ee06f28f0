"""Batches at a provider: handed in once, their answers read when they are there."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest_plugin.errors import DigestError
from digest_plugin.machine.progress import Progress
from digest_plugin.writing.batch_answers import AnswerReader
from digest_plugin.writing.batch_api import BatchApi, GoneError
from digest_plugin.writing.batch_memory import BatchMemory, Submitted
from digest_plugin.writing.batch_requests import FileLimits, write_parts
from digest_plugin.writing.model import ModelError, StopError

FORGOTTEN_AFTER = timedelta(days=3)
"""How long a batch that the provider does not know is asked for: it may be another key's."""
FIRST_POLL, LONGEST_POLL = 2.0, 60.0
"""Seconds between two looks at batches under way."""


def submit(
    lines: Iterable[bytes],
    api: BatchApi,
    memory: BatchMemory,
    model: str,
    limits: FileLimits | None = None,
) -> list[Submitted]:
    """Hand the requests in, as one batch or several; returns them.

    Raises DigestError if batches are under way, and ModelError or StopError if the provider does
    not take one: those before it are under way then, and remembered.
    """
    refuse_a_second(api, memory)
    submitted: list[Submitted] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in write_parts(lines, Path(folder) / "requests.jsonl", limits):
            file = api.upload(part.path)
            part.path.unlink()
            now = datetime.now(UTC).replace(microsecond=0)
            # Remembered before it exists: whoever is interrupted here finds it by its file.
            new = Submitted(file, api.host, model, part.requests, now)
            memory.write((*submitted, new))
            try:
                state = api.create(file)
            except StopError:
                memory.write(tuple(submitted))
                raise
            except ModelError:
                memory.write(_adopted((*submitted, new), api))
                raise
            submitted.append(replace(new, batch=state.id))
            memory.write(tuple(submitted))
    return submitted


def refuse_a_second(api: BatchApi, memory: BatchMemory) -> None:
    """Raises DigestError if a batch is under way: its papers would be paid for twice."""
    memory.write(_adopted(memory.read(), api))
    if under_way := memory.read():
        raise DigestError(
            f"expected no batch under way, got {', '.join(map(_name, under_way))}: run batch fetch"
            " until all are done, so that no paper is paid for twice"
        )


def _adopted(batches: Iterable[Submitted], api: BatchApi) -> tuple[Submitted, ...]:
    """`batches`, those of unknown fate looked for: they are under way, or were never made."""
    known = []
    for each in batches:
        if each.batch is not None:
            known.append(each)
        else:
            _refuse_strangers(each, api)
            if (state := api.find(each.file)) is not None:
                known.append(replace(each, batch=state.id))
    return tuple(known)


def _refuse_strangers(submitted: Submitted, api: BatchApi) -> None:
    if submitted.host != api.host:
        raise DigestError(
            f"{_name(submitted)} was handed to {submitted.host}, and OPENAI_BASE_URL names"
            f" {api.host}: set the one it was handed to"
        )


def _name(submitted: Submitted) -> str:
    return f"batch {submitted.batch}" if submitted.batch else f"the batch of {submitted.file}"


@dataclass
class Fetched:
    """What a look at the batches found."""

    lines: list[str] = field(default_factory=list)
    """The state of each, for people."""
    problems: list[str] = field(default_factory=list)
    """Batches that ended in another way than they should."""
    under_way: int = 0
    files: int = 0
    """Answer files that were read."""


def fetch(api: BatchApi, memory: BatchMemory, reader: AnswerReader) -> Fetched:
    """Look once at every batch, and read the answers of those that have ended.

    A batch is forgotten when its answers are stored: whoever is interrupted reads them again.
    """
    fetched = Fetched()
    batches = _adopted(memory.read(), api)
    memory.write(batches)
    for submitted in batches:
        _refuse_strangers(submitted, api)
        if _is_over(submitted, api, reader, fetched):
            memory.write(tuple(each for each in memory.read() if each != submitted))
        else:
            fetched.under_way += 1
    return fetched


def _is_over(submitted: Submitted, api: BatchApi, reader: AnswerReader, fetched: Fetched) -> bool:
    """Whether no more is to come of a batch, whose answers are stored when this returns."""
    name = _name(submitted)
    try:
        state = api.retrieve(submitted.batch or "")
        counts = state.counts
        status = api.shown(state.status)
        fetched.lines.append(
            f"{name}: {status}, {counts.completed:,} of {submitted.requests:,} done"
            + (f", {counts.failed:,} failed" if counts.failed else "")
        )
        if state.is_under_way:
            return False
        files = [each for each in (state.output_file_id, state.error_file_id) if each]
        for file in files:
            _read_file(file, api, reader)
            fetched.files += 1
    except GoneError as error:
        is_forgotten = datetime.now(UTC) - submitted.since > FORGOTTEN_AFTER
        advice = (
            "it is forgotten, and its papers can be handed in again" if is_forgotten
            else "check OPENAI_API_KEY; after three days it is forgotten"
        )  # fmt: skip
        fetched.problems.append(f"{name}: {error}: {advice}")
        return is_forgotten
    except ModelError as error:
        fetched.problems.append(f"{name}: {error}")
        return False
    if state.status != "completed":
        why = f" ({api.shown(state.reasons)})" if state.reasons else ""
        fetched.problems.append(
            f"{name}: {status}{why}: what lacks an answer can be handed in again"
        )
    elif not files:
        fetched.problems.append(f"{name}: completed, but without any answer: hand it in again")
    return True


def _read_file(file: str, api: BatchApi, reader: AnswerReader) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.jsonl"
        api.download(file, path)
        reader.read(path, file)


def wait(
    api: BatchApi,
    memory: BatchMemory,
    seconds: float,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Return when no batch is under way any more, or `seconds` have passed."""
    end = time.monotonic() + seconds
    batches = [each for each in _adopted(memory.read(), api) if each.host == api.host]
    progress = Progress("waiting for answers")
    progress.expect(sum(each.requests for each in batches))
    shown, pause = 0, FIRST_POLL
    try:
        while True:
            ended, answered = _ended(batches, api)
            while shown < answered:
                progress.advance()
                shown += 1
            left = end - time.monotonic()
            if ended or left <= 0:
                return
            sleep(min(pause, left))
            pause = min(LONGEST_POLL, pause * 1.5)
    finally:
        progress.close()


def _ended(batches: list[Submitted], api: BatchApi) -> tuple[bool, int]:
    """Whether all have, and how many requests have been answered."""
    ended, answered = True, 0
    for each in batches:
        try:
            state = api.retrieve(each.batch or "")
        except GoneError:
            continue
        except ModelError:
            ended = False  # the next look may fare better
            continue
        ended = ended and not state.is_under_way
        answered += min(each.requests, state.counts.completed + state.counts.failed)
    return ended, answered
