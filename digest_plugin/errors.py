"""What can go wrong in a way that a person can put right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_COMMAND = "##["
"""Begins a command of a GitHub Actions log, wherever it stands."""


class DigestError(Exception):
    """Base of every error this package raises on purpose; its text is the whole message."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong in one file."""

    path: str
    """As a person would type it: relative to the folder of mkdocs.yml."""
    line: int
    """Counted from 1."""
    message: str
    """What was expected, what came, what to do."""

    def __str__(self) -> str:
        is_plain = self.path.isprintable() and _COMMAND not in self.path
        path = self.path if is_plain else quoted(self.path, 1_000)
        return f"{path}:{self.line}: {self.message}"


class InputError(DigestError):
    """Files that people wrote are at fault; holds every fault, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(map(str, self.faults)))


def quoted(text: str, limit: int = 60) -> str:
    """`text` in quotes for a message: one line, no control characters, at most `limit` characters.

    Files and servers are not trusted: a newline followed by `::error` would be a command in a
    GitHub Actions log, and so would `##[error]` anywhere in a line.
    """
    return repr(text if len(text) <= limit else text[: limit - 1] + "…").replace(
        _COMMAND, r"##\x5b"
    )


def one_line(text: str, limit: int = 200) -> str:
    """`text` without quotes, made safe for a log line in the same way as `quoted`."""
    return quoted(" ".join(text.split()), limit)[1:-1]


def network_reason(error: Exception) -> str:
    """What went wrong below HTTP, in words, without the address that libraries repeat."""
    text = f"{error} {error!r}"
    for sign, reason in {
        "timed out": "no answer in time",
        "Connection refused": "connection refused",
        "Connection reset": "connection reset",
        "RemoteDisconnected": "connection closed",
        "IncompleteRead": "reply cut short",
        "NameResolutionError": "host name not found",
        "Name or service not known": "host name not found",
        "CERTIFICATE_VERIFY_FAILED": "its certificate is not trusted",
        "Failed to parse": "its address is none that can be asked",
    }.items():
        if sign in text:
            return reason
    return one_line(str(error))
