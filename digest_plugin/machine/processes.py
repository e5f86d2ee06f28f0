"""Work that several processes share."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.sharedctypes import Synchronized
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

    Several processes see all that is in memory now, take the next item whenever they are done with
    one, and send back what `work` returns, which has to be such as pickle takes. What `work` raises
    is raised here.
    """
    if processes < 2 or len(items) < (LEAST_ITEMS if least is None else least):
        yield from map(work, items)
        return
    context = multiprocessing.get_context("fork")
    next_item = context.Value("Q", 0)
    pipes = []
    workers = []
    for _ in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        workers.append(
            context.Process(target=_work, args=(work, items, next_item, theirs), daemon=True)
        )
        workers[-1].start()
        theirs.close()
        pipes.append(ours)
    try:
        yield from _in_order(pipes, len(items))
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(
    work: Callable[[T], Any],
    items: Sequence[T],
    next_item: Synchronized[int],
    pipe: Connection,
) -> None:
    # What was there before is not looked at again; libraries leave cycles behind all the same.
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000)
    while (number := _taken(next_item)) < len(items):
        try:
            pipe.send((number, work(items[number]), None))
        except Exception as error:  # noqa: BLE001 - it is raised again in the process that asked
            pipe.send((number, None, error))
            return


def _taken(next_item: Synchronized[int]) -> int:
    with next_item.get_lock():
        number = next_item.value
        next_item.value += 1
    return number


def _in_order(pipes: list[Connection], count: int) -> Iterator[Any]:
    """What comes through `pipes`, numbered, by its number."""
    early: dict[int, tuple[Any, Exception | None]] = {}
    for number in range(count):
        while number not in early:
            if not pipes:
                message = "a process ended before its work was done: is there memory enough?"
                raise RuntimeError(message)
            for pipe in cast("list[Connection]", wait(pipes)):
                try:
                    place, result, error = pipe.recv()
                    early[place] = result, error
                except EOFError:  # there is nothing left to do for it, or it was killed
                    pipes.remove(pipe)
        result, error = early.pop(number)
        if error is not None:
            raise error
        yield result


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
