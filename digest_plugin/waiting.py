"""How long to wait before asking a server again."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


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
