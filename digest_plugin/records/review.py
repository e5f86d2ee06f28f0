"""What is wrong with Chinese texts, over a whole site or over pairs of English and Chinese."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import IO

from digest_plugin.check.checking import Checker
from digest_plugin.errors import Fault, one_line, quoted
from digest_plugin.identifiers import Identifier
from digest_plugin.papers import FIELDS, KINDS, Kind, Problem
from digest_plugin.records.contents import Contents, Entry
from digest_plugin.records.store import PaperStore

MAX_LINE = 1024 * 1024
"""Bytes of one pair."""
EXPECTED = 'expected {"id", "title", "abstract", "zh": {"title", "summary", "abstract"}}'


@dataclass(frozen=True)
class Reviewed:
    """One paper, and what is wrong with its Chinese."""

    id: str
    place: str
    """`FILE:LINE`."""
    problems: tuple[Problem, ...] | None
    """None if it has no Chinese."""


@dataclass
class Tally:
    """All papers together, in constant memory if `shown` is a number."""

    shown: int | None = None
    """How many of the worst papers are kept; None: all."""
    papers: int = 0
    """With Chinese."""
    without: int = 0
    doubtful: int = 0
    by_kind: Counter[Kind] = field(default_factory=Counter)
    """How many papers have a problem of a kind."""
    problems: Counter[Kind] = field(default_factory=Counter)
    _worst: list[tuple[int, int, Reviewed]] = field(default_factory=list)

    def add(self, paper: Reviewed) -> None:
        """Take one paper into account."""
        if paper.problems is None:
            self.without += 1
            return
        self.papers += 1
        if not paper.problems:
            return
        self.doubtful += 1
        kinds = Counter(problem.kind for problem in paper.problems)
        self.by_kind.update(kinds.keys())
        self.problems.update(kinds)
        item = (len(paper.problems), -self.papers, paper)
        if self.shown is None or len(self._worst) < self.shown:
            heapq.heappush(self._worst, item)
        elif self.shown:
            heapq.heappushpop(self._worst, item)

    def worst(self) -> Iterator[Reviewed]:
        """Papers with problems, most problems first; of those with as many the first one first."""
        yield from (paper for _, _, paper in sorted(self._worst, reverse=True))


@dataclass(frozen=True)
class Pair:
    """An English text with its Chinese, as somebody sent it."""

    id: str
    title: str
    abstract: str
    chinese: Mapping[str, str]
    line: int


def review_site(
    contents: Contents, store: PaperStore, checker: Checker, *, keep: bool
) -> Iterator[Reviewed | Fault]:
    """Every listed paper once, newest list first, by the text that readers get, a person's
    corrections in place; then the faults of records that are broken.

    With `keep` what is wrong with the machine's text is stored with the record.
    """
    seen: set[Identifier] = set()
    faults: list[Fault] = []
    for edition in contents.editions(store, faults):
        for entry in edition.entries:
            if entry.listed.identifier not in seen:
                seen.add(entry.listed.identifier)
                yield _reviewed(entry, checker)
                if keep:
                    _keep(entry, store, checker)
    yield from sorted(set(faults))


def _reviewed(entry: Entry, checker: Checker) -> Reviewed:
    problems = None
    if entry.paper is not None and entry.chinese is not None:
        problems = checker.problems(entry.paper, entry.chinese)
    listed = entry.listed
    return Reviewed(str(listed.identifier), f"{listed.path}:{listed.line}", problems)


def _keep(entry: Entry, store: PaperStore, checker: Checker) -> None:
    record = entry.record
    if record is None or record.chinese is None:
        return
    problems = checker.problems(record.paper, record.chinese)
    if problems == record.problems:
        return
    # A list that asks for the version that the newest record holds has that one.
    own = entry.listed.identifier
    home = own if store.path(own).is_file() else Identifier(own.base)
    store.save(home, replace(record, problems=problems))


def read_pairs(stream: IO[bytes], shown: str) -> Iterator[Pair | Fault]:
    """Each line of `stream` as a pair, or as the fault in it; empty lines are passed over."""
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while rest := stream.readline(MAX_LINE):
                if rest.endswith(b"\n"):
                    break
            yield Fault(shown, number, f"expected at most {MAX_LINE:,} bytes a line, got more")
        elif line.strip():
            try:
                yield _pair(line, number)
            except ValueError as error:
                yield Fault(shown, number, str(error))


def _pair(line: bytes, number: int) -> Pair:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError(f"{EXPECTED}, got {quoted(line.decode(errors='replace'))}") from None
    if not isinstance(data, dict):
        raise ValueError(f"{EXPECTED}, got {_kind(data)}")  # noqa: TRY004
    chinese = data.get("zh")
    for key in ("id", "title", "abstract"):
        if not isinstance(data.get(key), str):
            raise ValueError(f"{EXPECTED}, got {_kind(data.get(key))} under {key}")  # noqa: TRY004
    if not isinstance(chinese, dict):
        raise ValueError(f"{EXPECTED}, got {_kind(chinese)} under zh")  # noqa: TRY004
    texts = {name: chinese.get(name, "") for name in FIELDS}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(f"{EXPECTED}, got {_kind(text)} under zh.{name}")  # noqa: TRY004
    return Pair(data["id"], data["title"], data["abstract"], texts, number)


def _kind(value: object) -> str:
    """What JSON calls it."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
    return "nothing" if value is None else names.get(type(value), "a number")


def review_pairs(stream: IO[bytes], shown: str, checker: Checker) -> Iterator[Reviewed | Fault]:
    """Each pair of `stream`, in order, or the fault in its line."""
    for pair in read_pairs(stream, shown):
        if isinstance(pair, Fault):
            yield pair
        else:
            problems = checker.problems_of_texts(pair.title, pair.abstract, pair.chinese)
            yield Reviewed(pair.id, f"{shown}:{pair.line}", problems)


def as_json(paper: Reviewed) -> bytes:
    """`{"id", "problems": [{"field", "kind", "message", "span"}]}` in one line."""
    problems = [
        {"field": it.field, "kind": it.kind, "message": it.message, "span": it.span}
        for it in paper.problems or ()
    ]
    text = json.dumps({"id": paper.id, "problems": problems}, ensure_ascii=False)
    # Half a surrogate pair, which no UTF-8 can hold, becomes the escape that JSON has for it.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def table(by_kind: Counter[Kind], problems: Counter[Kind], doubtful: int) -> Iterator[str]:
    """How many papers have problems of a kind, and how many problems that are."""
    yield f"{'kind':<16}{'papers':>10}{'problems':>10}"
    for kind in KINDS:
        if problems[kind]:
            yield f"{kind:<16}{by_kind[kind]:>10,}{problems[kind]:>10,}"
    yield f"{'all':<16}{doubtful:>10,}{problems.total():>10,}"


def described(paper: Reviewed, address: str) -> Iterator[str]:
    """A paper for people: where it is listed, where to read it, what is wrong, a line each."""
    problems = paper.problems or ()
    count = f"{len(problems)} problem" + ("" if len(problems) == 1 else "s")
    yield f"{paper.place}: {one_line(paper.id)}: {count}{f', {address}' if address else ''}"
    for problem in problems:
        yield f"  {problem.kind}: {_visible(problem.message)}"


def _visible(text: str) -> str:
    """`text` on one line that no sign in it can break."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(text.split()))
