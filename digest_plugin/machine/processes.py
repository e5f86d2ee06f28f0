"""Work that several processes share."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

LEAST_ITEMS = 24
"""For fewer, starting a process takes longer than the work."""


def process_count() -> int:
    """How many processes this machine runs at a time; 1 where they cannot share what is in memory,
    or where other threads are at work, which a copy of this process would be without."""
    if not sys.platform.startswith("linux") or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


def shared_out(
    work: Callable[[T], R], items: Sequence[T], processes: int, least: int | None = None
) -> Iterator[R]:
    """`work` done for each of `items`, in their order; by this process alone for few.

    Several processes see all that is in memory now, and send back what `work` returns, which has
    to be such as pickle takes. What `work` raises is raised here.
    """
    if processes < 2 or len(items) < (LEAST_ITEMS if least is None else least):
        yield from map(work, items)
        return
    context = multiprocessing.get_context("fork")
    pipes = []
    workers = []
    for number in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        share = items[number::processes]
        workers.append(context.Process(target=_work, args=(work, share, theirs), daemon=True))
        workers[-1].start()
        theirs.close()
        pipes.append(ours)
    try:
        for number in range(len(items)):
            is_well, result = _received(pipes[number % processes])
            if not is_well:
                raise result
            yield cast("R", result)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(work: Callable[[Any], Any], items: Sequence[Any], pipe: Connection) -> None:
    # What was there before is not looked at again; libraries leave cycles behind all the same.
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000)
    try:
        for item in items:
            pipe.send((True, work(item)))
    except Exception as error:  # noqa: BLE001 - it is raised again in the process that asked
        pipe.send((False, error))


def _received(pipe: Connection) -> tuple[bool, Any]:
    try:
        return cast("tuple[bool, Any]", pipe.recv())
    except EOFError:
        message = "a process ended before its work was done: is there memory enough?"
        return False, RuntimeError(message)


@contextmanager
def without_collection() -> Iterator[None]:
    """For a block that makes many objects which all stay: looking for those that do not would take
    most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
