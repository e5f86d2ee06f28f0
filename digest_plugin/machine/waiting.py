"""How long to wait for a server, and before asking it again."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

T = TypeVar("T")


def answered_within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns, or raises; TimeoutError after so many seconds.

    For what outlives the time-outs of a socket, which begin anew with each byte: headers that drip.
    The call is left behind then, in a thread that nobody waits for.
    """
    outcome = Future[T]()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is wanted
            outcome.set_exception(error)

    threading.Thread(target=run, name="call", daemon=True).start()
    return outcome.result(max(0.0, seconds))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds a server asks to wait; None if it does not say.

    Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after; some providers
    give milliseconds in `retry-after-ms` as well.
    """
    milliseconds = headers.get("retry-after-ms", "")
    if re.fullmatch(r"[0-9]{1,12}", milliseconds):
        return int(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None


def backoff(attempt: int, *, first: float, longest: float) -> float:
    """Seconds to wait after failure number `attempt` (from 0) when the server does not say.

    Doubles each time; up to a quarter is taken off at random, so that calls which failed together
    do not come back together.
    """
    return min(longest, first * 2.0**attempt) * random.uniform(0.75, 1.0)
