"""Adding to lists, and the papers of all lists: each once, the newest list first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from digest_plugin.errors import InputError
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.people.digests import Digest, ListedPaper, read_digests
from digest_plugin.people.listed_papers import ListedPapers
from digest_plugin.people.lists import append_to_list


def add(path: Path, *names: str, title: str | None = None) -> dict[str, Identifier]:
    """Add papers to a list in `lists/`, as `add` does."""
    folder = path.parent
    return append_to_list(
        path, [parse_identifier(name) for name in names], folder, folder.parent, title
    )


@pytest.mark.parametrize(
    ("before", "title", "names", "after", "listed"),
    [
        (None, None, ["2403.12150v2", "hep-th/9901001"], "- 2403.12150v2\n- hep-th/9901001\n", {}),
        (None, "专题", ["2403.12150"], "title: 专题\npapers:\n- 2403.12150\n", {}),
        (" \n", "专题", ["2403.12150"], "title: 专题\npapers:\n- 2403.12150\n", {}),
        ("- 2403.12150\n", "专题", ["2403.12151"], "- 2403.12150\n- 2403.12151\n", {"2403.12150": "2403.12150"}),
        ("- 2403.12150v1\n", None, ["2403.12150", "2403.12151"], "- 2403.12150v1\n- 2403.12151\n", {"2403.12150": "2403.12150v1"}),
        ("[2403.12150]\n", None, ["2403.12150v3"], "[2403.12150]\n", {"2403.12150": "2403.12150"}),
        ("\ufeff- 2403.12150\n", None, ["2403.12151"], "- 2403.12150\n- 2403.12151\n", {"2403.12150": "2403.12150"}),
    ],
)  # fmt: skip
def test_what_a_list_does_not_hold_is_added(
    tmp_path: Path,
    before: str | None,
    title: str | None,
    names: list[str],
    after: str,
    listed: dict[str, str],
) -> None:
    """A new list gets the title; what was there before is told, and written only if it changes."""
    path = tmp_path / "lists" / "week.yml"
    path.parent.mkdir()
    if before is not None:
        path.write_text(before, encoding="utf-8")
    held = add(path, *names, title=title)
    assert {base: str(identifier) for base, identifier in held.items()} == listed
    assert path.read_text(encoding="utf-8") == after


@pytest.mark.parametrize(
    ("name", "before", "fault"),
    [
        ("week.yml", "- x\n", "lists/week.yml:1: expected an arXiv ID"),
        ("week.yml", "title: x\npapers: [2403.12150]\n", "lists/week.yml:2: expected a list with one paper a line: add them by hand"),
        ("2024-02-30.yml", None, "lists/2024-02-30.yml:1: expected a date or another name, got '2024-02-30'"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_leaves_the_list_as_it_was(
    tmp_path: Path, name: str, before: str | None, fault: str
) -> None:
    """And says where and why."""
    path = tmp_path / "lists" / name
    path.parent.mkdir()
    if before is not None:
        path.write_text(before, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        add(path, "2403.12151")
    assert [str(it)[: len(fault)] for it in caught.value.faults] == [fault]
    assert (path.read_text(encoding="utf-8") if path.exists() else None) == before


def test_papers_come_newest_list_first_and_each_once(tmp_path: Path) -> None:
    """Lists without a date come last, by name; of two lines for one version the first one counts."""
    lists = {
        "2024-01-01": "- 2401.00001\n- 2401.00002v1\n", "2024-01-02": "- 2401.00003\n- 2401.00002\n- 2401.00001\n",
        "2024-01-02-b": "- 2401.00004\n", "b": "- 2401.00006\n", "a": "- 2401.00005\n- 2401.00003v2\n- 2401.00003v2\n",
    }  # fmt: skip
    for name, text in lists.items():
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    with ListedPapers(read_digests(tmp_path, tmp_path, [])) as papers:
        assert len(papers) == 6
        found = [[(str(it.identifier), it.path, it.line) for it in each] for each in papers]
        assert found == [
            [("2401.00004", "2024-01-02-b.yml", 1)],
            [("2401.00003", "2024-01-02.yml", 1), ("2401.00003v2", "a.yml", 2)],
            [("2401.00002", "2024-01-02.yml", 2), ("2401.00002v1", "2024-01-01.yml", 2)],
            [("2401.00001", "2024-01-02.yml", 3)],
            [("2401.00005", "a.yml", 1)],
            [("2401.00006", "b.yml", 1)],
        ]
        assert papers.versions("2401.00007") == ()


def test_what_has_been_dealt_with_is_remembered_by_version() -> None:
    """Once for each way in which lists ask for it, and never for what none asks for."""
    lines = [
        ListedPaper(parse_identifier(name), "\udcff.yml", 1)
        for name in ("2401.00001", "2401.00001v2")
    ]
    with ListedPapers([Digest("x", "x.yml", tuple(lines), "x", date(2024, 1, 1))]) as papers:
        assert [it.path for it in papers.versions("2401.00001")] == ["\udcff.yml"] * 2
        for name in ("2401.00001", "2401.00001v2"):
            assert papers.mark(parse_identifier(name))
            assert not papers.mark(parse_identifier(name))
        assert not papers.mark(parse_identifier("2401.00001v1"))
