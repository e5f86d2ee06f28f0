"""How far long work has come, as it is shown."""

from __future__ import annotations

import io
import os
import pty
import termios
import threading

from digest_plugin.machine import progress
from digest_plugin.machine.progress import Progress


def shown_in_a_terminal(work) -> str:
    """What a person sees of `work`, which gets a Progress."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    pieces = []

    def listen() -> None:
        try:
            while piece := os.read(ours, 4096):
                pieces.append(piece)
        except OSError:  # nobody writes any more
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        work(Progress("writing Chinese", terminal))
    listener.join()
    os.close(ours)
    return b"".join(pieces).decode()


def test_a_terminal_shows_a_bar_with_count_rate_and_failures() -> None:
    """What comes later is counted in, and the bar ends with all of it."""

    def work(bar: Progress) -> None:
        bar.expect(2)
        bar.advance()
        bar.expect(1)
        bar.advance(failed=True)
        bar.advance(failed=True)
        bar.close()

    *_, last = shown_in_a_terminal(work).strip().split("\r")
    assert last.startswith("writing Chinese: 100%")
    assert "3/3" in last
    assert "it/s" in last
    assert "2 failed" in last


def test_a_terminal_shows_nothing_where_there_is_nothing_to_do() -> None:
    """Not even an empty bar."""
    assert shown_in_a_terminal(lambda bar: bar.close()) == ""


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end(monkeypatch) -> None:
    """Not one for each paper, and none twice."""
    stream = io.StringIO()
    bar = Progress("fetching metadata", stream)
    bar.expect(3)
    bar.advance()
    assert stream.getvalue() == ""
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    bar.advance(failed=True)
    bar.close()
    bar.close()
    (line,) = stream.getvalue().splitlines()
    assert line.startswith("fetching metadata: 2/3 (")
    assert line.endswith("/s), 1 failed")
