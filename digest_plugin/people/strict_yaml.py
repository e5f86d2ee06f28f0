"""A small, safe part of YAML: text, lists and mappings, each with its line.

Every scalar is text, so that `2403.12150` does not become the number 2403.1215. Anchors, aliases,
tags, deep nesting, repeated keys and further documents are refused: what is left cannot expand,
and means what it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from digest_plugin.errors import Fault, one_line, quoted

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 8

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1 forbids: https://yaml.org/spec/1.1/#c-printable"""


_ADVICE = {
    "mapping values are not allowed": "put text that holds a colon into quotes",
    "cannot start any token": "indent with spaces, and put signs into quotes",
    "did not find expected key": "let the lines of a list begin in the same column",
    "did not find expected '-' indicator": "let the lines of a list begin in the same column",
    "could not find expected ':'": "write 'key: value', with a space behind the colon",
    "found unexpected end of stream": "close the quotes or brackets",
}
"""What to write instead, by words of the parser."""


@dataclass(frozen=True)
class Text:
    """A scalar, as text."""

    value: str
    line: int


@dataclass(frozen=True)
class List:
    """A sequence."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True)
class Mapping:
    """A mapping; keys are text and occur once."""

    items: tuple[tuple[Text, Node], ...]
    line: int


Node = Text | List | Mapping


@dataclass
class _Open:
    """A list or mapping whose end has not been read."""

    line: int
    is_mapping: bool
    nodes: list[Node] = field(default_factory=list)


def read_yaml(path: Path, shown: str, faults: list[Fault]) -> Node | None:
    """The one document in the file `path`; faults are appended to `faults` under the name `shown`.

    None if the file is empty or so broken that nothing can be said of what it holds.
    """
    text = read_text(path, shown, faults)
    return None if text is None else parse_yaml(text, shown, faults)


def read_text(path: Path, shown: str, faults: list[Fault]) -> str | None:
    """The text of the file `path`, at most 1 MiB of UTF-8; None if it is something else."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        faults.append(Fault(shown, 1, f"expected a readable file, got: {error.strerror}"))
        return None
    if len(content) > MAX_BYTES:
        faults.append(Fault(shown, 1, "expected at most 1 MiB, got more: split the file"))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        faults.append(
            Fault(shown, line, f"expected UTF-8, got the byte 0x{byte:02x}: save it as UTF-8")
        )
        return None


def parse_yaml(text: str, shown: str, faults: list[Fault]) -> Node | None:
    """Like `read_yaml`, from text."""
    if unprintable := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, unprintable.start()) + 1
        code = f"U+{ord(unprintable[0]):04X}"
        faults.append(Fault(shown, line, f"expected text, got the control character {code}"))
        return None
    last = max(1, len(text.splitlines()))  # the end of the file is no line of its own
    try:
        return _build(yaml.parse(text, Loader=_LOADER), shown, faults, last)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(filter(None, (error.context, error.problem)))
        what += next((f": {advice}" for sign, advice in _ADVICE.items() if sign in what), "")
        line = min(mark.line + 1, last) if mark else 1
        faults.append(Fault(shown, line, f"expected YAML, got: {one_line(what)}"))
    except yaml.YAMLError as error:
        faults.append(Fault(shown, 1, f"expected YAML, got: {one_line(str(error))}"))
    return None


def _build(events: Iterator[yaml.Event], shown: str, faults: list[Fault], last: int) -> Node | None:
    root: Node | None = None
    stack: list[_Open] = []
    documents = 0
    for event in events:
        line = min(event.start_mark.line + 1, last) if event.start_mark else 1
        faults.extend(_unwanted(event, shown, line))
        node: Node
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                faults.append(
                    Fault(shown, line, "expected one document, got another after '---':"
                          " put it into a file of its own")
                )  # fmt: skip
                return root
            continue
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            if len(stack) == MAX_DEPTH:
                faults.append(
                    Fault(shown, line, f"expected at most {MAX_DEPTH} levels of nesting, got more")
                )
                return None
            stack.append(_Open(line, isinstance(event, yaml.MappingStartEvent)))
            continue
        if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            done = stack.pop()
            node = _mapping(done, shown, faults) if done.is_mapping else _list(done)
        elif isinstance(event, yaml.ScalarEvent):
            node = Text(event.value, line)
        elif isinstance(event, yaml.AliasEvent):
            node = Text("", line)
        else:
            continue
        if stack:
            stack[-1].nodes.append(node)
        else:
            root = node
    return root


def _unwanted(event: yaml.Event, shown: str, line: int) -> Iterator[Fault]:
    """The faults of anchors, aliases and tags."""
    if (anchor := getattr(event, "anchor", None)) is not None:
        sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
        yield Fault(
            shown, line, f"expected plain values, got {quoted(sign + anchor)}: anchors and"
            " aliases are not allowed, write the value out",
        )  # fmt: skip
    if isinstance(event, yaml.ScalarEvent) and (found := _UNPRINTABLE.search(event.value)):
        code = f"U+{ord(found[0]):04X}"  # written as an escape, such as "\\x1b"
        yield Fault(shown, line, f"expected text, got the control character {code}")
    if (tag := getattr(event, "tag", None)) is not None:
        yield Fault(shown, line, f"expected plain values, got the tag {quoted(tag)}: remove it")


def _list(done: _Open) -> List:
    return List(tuple(done.nodes), done.line)


def _mapping(done: _Open, shown: str, faults: list[Fault]) -> Mapping:
    items: list[tuple[Text, Node]] = []
    first_lines: dict[str, int] = {}
    for key, value in zip(done.nodes[::2], done.nodes[1::2], strict=True):
        if not isinstance(key, Text):
            faults.append(Fault(shown, key.line, "expected a key, got a list or mapping"))
        elif key.value in first_lines:
            first = first_lines[key.value]
            faults.append(
                Fault(shown, key.line, f"expected each key once, got {quoted(key.value)} again"
                      f" (first on line {first})")
            )  # fmt: skip
        else:
            first_lines[key.value] = key.line
            items.append((key, value))
    return Mapping(tuple(items), done.line)


def text_field(
    key: Text, value: Node, shown: str, faults: list[Fault], limit: int = 20_000
) -> str | None:
    """The text under `key`; None when it is empty, or not text, which is a fault."""
    if not isinstance(value, Text):
        kind = "a list" if isinstance(value, List) else "a mapping"
        faults.append(
            Fault(shown, value.line, f"expected text under {quoted(key.value)}, got {kind}")
        )
        return None
    if len(value.value) > limit:
        faults.append(
            Fault(shown, value.line, f"expected at most {limit:,} characters under"
                  f" {quoted(key.value)}, got {len(value.value):,}")
        )  # fmt: skip
        return None
    return value.value.strip() or None


def unknown_key(key: Text, allowed: tuple[str, ...], shown: str) -> Fault:
    """The fault of a key that means nothing here."""
    return Fault(
        shown,
        key.line,
        f"expected one of the keys {', '.join(allowed)}; got {quoted(key.value)}",
    )
