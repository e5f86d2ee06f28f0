"""Lists that are remembered: what is read is what stands in the files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from digest_plugin.errors import Fault
from digest_plugin.machine import files
from digest_plugin.people.digests import Digest, read_digests
from digest_plugin.people.known_lists import KnownLists, remembered_lists

LISTS = {
    "2024-03-20.yml": "- 2403.12151\n- hep-th/9901001v2\n",
    "2024/03/21-more.yml": """\
title: "题目: 一"
description: 说明
note: |
  编者按
  两行
papers:
  - id: https://arxiv.org/abs/2403.12150v3
    note: "**好**"
    tags: [微调, a b]
  - 2403.12151
""",
    "undated.yml": "- 2403.12151\n",
}
BROKEN = "- 2403.12151\n- 2403.1\n"


class Lists:
    """A folder of lists, and the memory of the last time they were read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.memory = root / "memory.jsonl"
        self.program = "1"
        for name, text in LISTS.items():
            self.write(name, text)

    @property
    def folder(self) -> Path:
        return self.root / "docs/digests"

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        os.utime(path, ns=(1, path.stat().st_mtime_ns - 10 * files.RECENT))

    def afresh(self) -> tuple[tuple[Digest, ...], list[Fault]]:
        faults: list[Fault] = []
        return read_digests(self.folder, self.root, faults), faults

    def read(self) -> tuple[tuple[Digest, ...], list[Fault]]:
        """As another run would."""
        memory = remembered_lists(self.memory, self.program)
        faults: list[Fault] = []
        known = KnownLists(memory, self.folder, self.root)
        digests = read_digests(self.folder, self.root, faults, known.read)
        memory.save()
        return digests, faults


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the lists that were parsed."""
    found: list[str] = []
    from digest_plugin.people import known_lists

    read_list = known_lists.read_list

    def noted(path: Path, *rest: object) -> Digest | None:
        found.append(path.name)
        return read_list(path, *rest)

    monkeypatch.setattr(known_lists, "read_list", noted)
    return found


def test_lists_are_parsed_once(lists: Lists, parsed: list[str]) -> None:
    first = lists.read()
    assert sorted(parsed) == sorted(Path(name).name for name in LISTS)
    parsed.clear()
    assert lists.read() == first == lists.afresh()
    assert not parsed


def rewritten(lists: Lists) -> None:
    lists.write("2024-03-20.yml", "- 2403.12150\n- hep-th/9901001v2\n")  # of the same size
    os.utime(lists.folder / "2024-03-20.yml", ns=(1, 1))


def broken(lists: Lists) -> None:
    lists.write("2024-03-20.yml", BROKEN)


def removed(lists: Lists) -> None:
    (lists.folder / "undated.yml").unlink()


def renamed(lists: Lists) -> None:
    (lists.folder / "undated.yml").rename(lists.folder / "2024-03-19.yml")


def exchanged(lists: Lists) -> None:
    one, other, aside = (lists.folder / name for name in ("2024-03-20.yml", "undated.yml", "x"))
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def another_program(lists: Lists) -> None:
    lists.memory.write_bytes(lists.memory.read_bytes().replace(b"2403.12150", b"2403.99999"))
    lists.program = "2"


def cut(lists: Lists) -> None:
    content = lists.memory.read_bytes()
    lists.memory.write_bytes(content[: len(content) // 2])


def gone(lists: Lists) -> None:
    lists.memory.unlink()


def a_folder(lists: Lists) -> None:
    lists.memory.unlink()
    (lists.memory / "x").mkdir(parents=True)


def nonsense(text: bytes) -> Callable[[Lists], None]:
    def written(lists: Lists) -> None:
        lists.memory.write_bytes(b'"1"\n' + text)

    written.__name__ = text.decode()
    return written


@pytest.mark.parametrize(
    "change",
    [
        rewritten, broken, removed, renamed, exchanged, another_program, cut, gone, a_folder,
        *map(nonsense, (b"{}", b"[1, 2]", b'["a", "b", [1]]', b'["a", "b", null]', b"\xc3\x28".hex().encode())),
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_what_is_read_is_what_stands_there(change: Callable[[Lists], None], lists: Lists) -> None:
    """Whatever happened to lists or memory since."""
    lists.read()
    change(lists)
    assert lists.read() == lists.afresh()
    assert lists.read() == lists.afresh()


def test_faults_are_told_every_time(lists: Lists) -> None:
    lists.write("2024-03-22.yml", BROKEN)
    first, second = lists.read(), lists.read()
    assert first == second
    assert [fault.line for fault in second[1]] == [2]


def test_a_list_that_changed_just_now_is_not_trusted(lists: Lists, parsed: list[str]) -> None:
    """It may change again within the same tick of the clock."""
    (lists.folder / "undated.yml").write_text("- 2403.12152\n", "utf-8")
    lists.read()
    parsed.clear()
    lists.read()
    assert parsed == ["undated.yml"]


def test_what_is_no_more_is_forgotten(lists: Lists) -> None:
    lists.read()
    assert b"undated" in lists.memory.read_bytes()
    removed(lists)
    lists.read()
    assert b"undated" not in lists.memory.read_bytes()


def test_a_list_below_another_folder_is_another(lists: Lists) -> None:
    """Its name is its path below the folder of lists."""
    lists.read()
    memory = remembered_lists(lists.memory, "1")
    folder = lists.folder / "2024"
    known = KnownLists(memory, folder, lists.root)
    assert read_digests(folder, lists.root, [], known.read) == read_digests(folder, lists.root, [])


def test_a_memory_that_cannot_be_written_is_no_fault(lists: Lists) -> None:
    lists.memory = lists.root / "docs/digests/undated.yml/memory.jsonl"
    assert lists.read() == lists.afresh()
