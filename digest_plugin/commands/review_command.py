"""`arxiv-digest review`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import click
from click.core import ParameterSource

from digest_plugin.check.checking import Checker
from digest_plugin.commands.shell import counted, one_boundary, read_settings
from digest_plugin.errors import Fault, InputError
from digest_plugin.identifiers import parse_identifier
from digest_plugin.machine.progress import Progress
from digest_plugin.people.glossary import Term, read_glossary
from digest_plugin.records.contents import read_contents
from digest_plugin.records.review import (
    Reviewed,
    Tally,
    as_json,
    described,
    review_pairs,
    review_site,
    table,
)
from digest_plugin.records.store import PaperStore

SHOWN = 20
"""Papers that are named without --all."""


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object a paper, in order.")
@click.option("--all", "is_all", is_flag=True, help=f"Name all papers, not the worst {SHOWN} only.")
@click.option(
    "--pairs", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE", help="Check the pairs in FILE instead, one JSON object a line; - is stdin.",
)  # fmt: skip
@click.option(
    "--glossary", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take the terms from this file instead of the site's.",
)  # fmt: skip
@click.option(
    "--update", "keeps", is_flag=True,
    help="Store what is found with the records, so that pages show it.",
)  # fmt: skip
@click.pass_context
@one_boundary
def review(
    context: click.Context,
    *,
    is_json: bool,
    is_all: bool,
    pairs: Path | None,
    glossary: Path | None,
    keeps: bool,
) -> None:
    """Say what is wrong with the Chinese, worst papers first.

    A line of the file of pairs is {"id", "title", "abstract", "zh": {"title", "summary",
    "abstract"}}. Exits with 1 if anything is wrong with any text.
    """
    if keeps and pairs is not None:
        raise click.UsageError("--update stores with a site's records: leave out --pairs")
    tally = Tally(None if is_all else 0 if is_json else SHOWN)
    faults = 0
    with ExitStack() as stack:
        if pairs is None:
            reviewed = _site(context.obj, glossary, stack, keeps=keeps)
        else:
            stream = stack.enter_context(click.open_file(str(pairs), "rb"))
            reviewed = _pairs(stream, pairs, Checker(_terms(context, glossary)))
        for paper in reviewed:
            if isinstance(paper, Fault):
                faults += 1
                click.echo(str(paper), err=True)
                continue
            tally.add(paper)
            if is_json and paper.problems is not None:
                sys.stdout.buffer.write(as_json(paper))
    if not is_json:
        _print(tally)
    if faults:
        click.echo(counted(faults, "fault"), err=True)
    if faults or tally.doubtful:
        sys.exit(1)


def _site(
    config_file: Path, glossary: Path | None, stack: ExitStack, *, keeps: bool
) -> Iterator[Reviewed | Fault]:
    settings = read_settings(config_file)
    faults: list[Fault] = []
    contents = read_contents(settings.folders, faults)
    store = PaperStore(settings.folders.papers, settings.folders.root)
    checker = Checker(contents.glossary if glossary is None else _read_terms(glossary))
    if keeps:
        stack.enter_context(store.one_run_at_a_time())
    papers = len({listed.identifier for listed in contents.listed()})
    yield from faults
    yield from _with_progress(review_site(contents, store, checker, keep=keeps), papers)


def _pairs(stream: IO[bytes], path: Path, checker: Checker) -> Iterator[Reviewed | Fault]:
    lines = None
    if path.is_file():  # what comes through a pipe can be read but once
        with path.open("rb") as file:
            lines = sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))
    shown = "stdin" if str(path) == "-" else path.as_posix()
    return _with_progress(review_pairs(stream, shown, checker), lines)


def _with_progress(
    papers: Iterable[Reviewed | Fault], count: int | None
) -> Iterator[Reviewed | Fault]:
    """The same, counted on standard error; `count` is None if nobody knows how many will come."""
    progress = Progress("checking")
    try:
        if count is not None:
            progress.expect(count)
        for paper in papers:
            yield paper
            if count is None:
                progress.expect(1)
            progress.advance(failed=isinstance(paper, Fault))
    finally:
        progress.close()


def _terms(context: click.Context, glossary: Path | None) -> tuple[Term, ...]:
    """Those of `glossary`, or of the site, or none outside a site."""
    if glossary is not None:
        return _read_terms(glossary)
    config_file: Path = context.obj
    source = context.find_root().get_parameter_source("config_file")
    if source is ParameterSource.DEFAULT and not config_file.is_file():
        return ()
    folders = read_settings(config_file).folders
    return _read_terms(folders.glossary, folders.root)


def _read_terms(path: Path, root: Path | None = None) -> tuple[Term, ...]:
    faults: list[Fault] = []
    terms = read_glossary(path, root or path.parent, faults)
    if faults:
        raise InputError(faults)
    return terms


def _print(tally: Tally) -> None:
    for line in table(tally.by_kind, tally.problems, tally.doubtful):
        click.echo(line)
    without = f", {tally.without:,} without Chinese" if tally.without else ""
    click.echo(f"{counted(tally.papers, 'paper')} checked{without}")
    shown = 0
    for paper in tally.worst():
        shown += 1
        for line in described(paper, _address(paper.id)):
            click.echo(line)
    if tally.doubtful > shown:
        click.echo(f"and {counted(tally.doubtful - shown, 'other')}: --all names them")


def _address(identifier: str) -> str:
    """Where a paper can be read; empty for what is no arXiv ID."""
    try:
        return f"https://arxiv.org/abs/{parse_identifier(identifier)}"
    except ValueError:
        return ""
