"""A digest: a list of arXiv identifiers that a person wrote, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Protocol

from digest_plugin.errors import Fault, one_line, quoted
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.machine.files import list_files, misnamed_files, shown_path
from digest_plugin.people.strict_yaml import (
    List,
    Mapping,
    Node,
    Text,
    parse_yaml,
    read_text,
    text_field,
    unknown_key,
)

DIGEST_KEYS = ("papers", "title", "date", "description", "note")
PAPER_KEYS = ("id", "note", "tags")
MAX_TAG = 40
"""Characters."""

_NAME = re.compile(r"[^\W_][\w .+()-]*")
_TAKEN_NAMES = frozenset(
    ["index", "readme", "con", "prn", "aux", "nul"]
    + [f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)]
)
_TAKEN_ENDINGS = (".md", ".json", ".bib", ".html")
_NAME_DATE = re.compile(r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[^0-9](?P<rest>.*))?")


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """One line of a list."""

    identifier: Identifier
    path: str
    """The list, as a person would type it."""
    line: int
    note: str | None = None
    """The editor's, in Markdown."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Digest:
    """One list file: one page of the site."""

    name: str
    """The file's path below the folder of lists, without `.yml`: the page's address."""
    path: str
    """As a person would type it."""
    papers: tuple[ListedPaper, ...]
    """In the file's order."""
    title: str
    date: date | None = None
    description: str | None = None
    note: str | None = None
    """The editor's, in Markdown."""


class ReadList(Protocol):
    """Reads a list, as `read_list` does."""

    def __call__(self, path: Path, *, faults: list[Fault]) -> Digest | None:
        """What can be read of the digest in the file `path`."""


def read_digests(
    folder: Path, root: Path, faults: list[Fault], read: ReadList | None = None
) -> tuple[Digest, ...]:
    """Every list below `folder`, ordered by name; whatever is wrong goes to `faults`.

    Of a list with faults what can be read is there, if that is any paper. Names in faults are
    relative to `root`. `read` reads a single list, `read_list` by default.
    """
    return tuple(each_digest(folder, root, faults, read))


def each_digest(
    folder: Path, root: Path, faults: list[Fault], read: ReadList | None = None
) -> Iterator[Digest]:
    """The same, one list after the other, so that not all of them are held at once."""
    read = read or partial(read_list, folder=folder, root=root)
    names: dict[str, str] = {}
    for path in list_files(folder):
        digest = read(path, faults=faults)
        if digest is None:
            continue
        yield digest
        other = names.setdefault(digest.name.casefold(), digest.path)
        if other != digest.path:
            faults.append(
                Fault(digest.path, 1, f"expected a name that differs from {one_line(other)} in more"
                      " than upper and lower case")
            )  # fmt: skip
    faults.extend(misnamed_files(folder, root))


def read_digest(path: Path, folder: Path, root: Path, faults: list[Fault]) -> Digest | None:
    """The digest in the file `path`; None if it has faults, all of which are added to `faults`."""
    known = len(faults)
    digest = read_list(path, folder, root, faults)
    return digest if len(faults) == known else None


def read_list(path: Path, folder: Path, root: Path, faults: list[Fault]) -> Digest | None:
    """What can be read of the digest in the file `path`; what cannot goes to `faults`."""
    shown = shown_path(path, root)
    name = path.relative_to(folder).as_posix().removesuffix(".yml")
    if name_fault := why_bad_name(name):
        faults.append(Fault(shown, 1, name_fault))
    text = read_text(path, shown, faults)
    digest = None if text is None else parse_digest(text, name, shown, faults)
    return None if name_fault else digest  # a bad name is a bad address


def parse_digest(text: str, name: str, shown: str, faults: list[Fault]) -> Digest | None:
    """The digest in `text`; of one with faults what can be read, None if that is no paper."""
    known = len(faults)
    node = parse_yaml(text, shown, faults)
    if node is None and len(faults) > known:
        return None
    fields, papers_node = _split(node, shown, faults)
    is_missing = isinstance(node, Mapping) and papers_node is None
    papers = () if is_missing else _papers(papers_node, shown, faults)
    day, title = _date_and_title(name, fields, shown, faults)
    if not papers:
        return None
    return Digest(
        name=name,
        path=shown,
        papers=papers,
        title=title,
        date=day,
        description=fields["description"].value if "description" in fields else None,
        note=fields["note"].value if "note" in fields else None,
    )


def with_papers(text: str, digest: Digest, identifiers: Sequence[Identifier]) -> str:
    """`text`, the list that `digest` was read from, with `identifiers` added below its last paper.

    Everything else, comments included, stays as it was written. Raises ValueError if the list is
    written in a way in which lines cannot be added, such as `[2403.12151, 2403.12150]`.
    """
    lines = text.split("\n")
    newline = "\r" if lines[0].endswith("\r") else ""
    last = max(paper.line for paper in digest.papers) - 1
    dash = next((n for n in range(last, -1, -1) if lines[n].lstrip().startswith("- ")), None)
    if dash is None:
        raise ValueError("expected a list with one paper a line")
    indent = lines[dash][: -len(lines[dash].lstrip())]
    end = dash + 1
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(indent + " ")):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    lines[end:end] = [f"{indent}- {identifier}{newline}" for identifier in identifiers]
    added = "\n".join(lines)
    added += "" if added.endswith("\n") else newline + "\n"
    faults: list[Fault] = []
    reread = parse_digest(added, digest.name, digest.path, faults)
    wanted = [paper.identifier for paper in digest.papers] + list(identifiers)
    if reread is None or faults or [paper.identifier for paper in reread.papers] != wanted:
        raise ValueError("expected a list with one paper a line")
    return added


def why_bad_name(name: str) -> str:
    """Why a list of this name could not become a page; empty if it can.

    `name` is the file's path below the folder of lists, without `.yml`.
    """
    for part in name.split("/"):
        if not _NAME.fullmatch(part) or part.endswith((" ", ".")):
            return (
                "expected a file name of letters, digits and - _ . + ( ), because it becomes"
                f" the page's address; got {quoted(part)}"
            )
        if part.casefold() in _TAKEN_NAMES:
            return f"expected a name of its own, got {quoted(part)}, which is taken"
    if name.casefold().endswith(_TAKEN_ENDINGS):
        return f"expected a name that does not look like an export's, got {quoted(name)}"
    return ""


def _split(
    node: Node | None, shown: str, faults: list[Fault]
) -> tuple[dict[str, Text], Node | None]:
    """The text fields of a digest, and what should be its list of papers; None if it has none."""
    fields: dict[str, Text] = {}
    if not isinstance(node, Mapping):
        return fields, node
    papers: Node | None = None
    for key, value in node.items:
        if key.value == "papers":
            papers = value
        elif key.value in DIGEST_KEYS:
            text = text_field(key, value, shown, faults)
            if text is not None:
                fields[key.value] = Text(text, value.line)
        else:
            faults.append(unknown_key(key, DIGEST_KEYS, shown))
    if papers is None:
        faults.append(Fault(shown, node.line, "expected the key papers with a list of arXiv IDs"))
    return fields, papers


def _papers(node: Node | None, shown: str, faults: list[Fault]) -> tuple[ListedPaper, ...]:
    if not isinstance(node, List):
        got = "an empty file" if node is None else "something else"
        if isinstance(node, Text):
            got = quoted(node.value) if node.value else "nothing"
        line = 1 if node is None else node.line
        faults.append(
            Fault(shown, line, f"expected a list of arXiv IDs (lines such as '- 2403.12151'),"
                  f" got {got}")
        )  # fmt: skip
        return ()
    if not node.items:
        faults.append(Fault(shown, node.line, "expected at least one paper, got an empty list"))
    papers: list[ListedPaper] = []
    lines: dict[str, int] = {}
    for item in node.items:
        paper = _paper(item, shown, faults)
        if paper is None:
            continue
        base = paper.identifier.base
        if base in lines:
            faults.append(
                Fault(shown, paper.line, f"expected each paper once, got {base} again (first on"
                      f" line {lines[base]}): remove one of them")
            )  # fmt: skip
        else:
            lines[base] = paper.line
            papers.append(paper)
    return tuple(papers)


def _paper(item: Node, shown: str, faults: list[Fault]) -> ListedPaper | None:
    if isinstance(item, List):
        faults.append(Fault(shown, item.line, "expected an arXiv ID, got a list"))
        return None
    if isinstance(item, Text):
        identifier = _identifier(item, shown, faults)
        return ListedPaper(identifier, shown, item.line) if identifier else None
    identifier, note, has_id = None, None, False
    tags: tuple[str, ...] = ()
    for key, value in item.items:
        if key.value == "id":
            has_id = True
            if isinstance(value, Text):
                identifier = _identifier(value, shown, faults)
            else:
                faults.append(Fault(shown, value.line, "expected an arXiv ID under 'id'"))
        elif key.value == "note":
            note = text_field(key, value, shown, faults)
        elif key.value == "tags":
            tags = _tags(value, shown, faults)
        else:
            faults.append(unknown_key(key, PAPER_KEYS, shown))
    if not has_id:
        faults.append(Fault(shown, item.line, "expected the key id with an arXiv ID"))
    return ListedPaper(identifier, shown, item.line, note, tags) if identifier else None


def _identifier(node: Text, shown: str, faults: list[Fault]) -> Identifier | None:
    try:
        return parse_identifier(node.value)
    except ValueError as error:
        faults.append(Fault(shown, node.line, str(error)))
        return None


def _tags(node: Node, shown: str, faults: list[Fault]) -> tuple[str, ...]:
    if isinstance(node, Text) and not node.value:
        return ()
    if not isinstance(node, List):
        faults.append(Fault(shown, node.line, "expected a list under 'tags', such as [微调, 安全]"))
        return ()
    tags: dict[str, str] = {}
    for item in node.items:
        text = " ".join(item.value.split()) if isinstance(item, Text) else ""
        if not any(map(str.isalnum, text)) or len(text) > MAX_TAG or not text.isprintable():
            got = quoted(item.value) if isinstance(item, Text) else "a list or mapping"
            faults.append(
                Fault(shown, item.line, f"expected a tag of 1 to {MAX_TAG} characters with a"
                      f" letter or digit, got {got}")
            )  # fmt: skip
        elif text.casefold() in tags:
            faults.append(Fault(shown, item.line, f"expected each tag once, got {quoted(text)}"))
        else:
            tags[text.casefold()] = text
    return tuple(tags.values())


def _date_and_title(
    name: str, fields: dict[str, Text], shown: str, faults: list[Fault]
) -> tuple[date | None, str]:
    """The date from the field or else from the file's name; the title from either likewise."""
    stem = name.rpartition("/")[2]
    match = _name_date(name)
    day = _iso_date(match["date"]) if match else None
    if (given := fields.get("date")) is not None:
        day = _iso_date(given.value)
        if day is None:
            faults.append(
                Fault(shown, given.line, "expected a date such as 2024-03-20,"
                      f" got {quoted(given.value)}")
            )  # fmt: skip
    if match and day is None and given is None:
        faults.append(
            Fault(shown, 1, f"expected a date or another name, got {quoted(name)}: there is no"
                  " such day")
        )  # fmt: skip
    if "title" in fields:
        return day, " ".join(fields["title"].value.split())
    if match and day and day.isoformat() == match["date"]:
        rest = f" · {match['rest']}" if match["rest"] else ""
        return day, f"{chinese_date(day)}{rest}"
    return day, stem


def _name_date(name: str) -> re.Match[str] | None:
    """The date in `2024-03-20`, `2024-03-20-more`, `2024/2024-03-20` or `2024/03/20`."""
    parts = name.split("/")
    return _NAME_DATE.fullmatch(parts[-1]) or _NAME_DATE.fullmatch("-".join(parts[-3:]))


def _iso_date(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def chinese_date(day: date) -> str:
    """`2024 年 3 月 20 日`."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
