"""`arxiv-digest import`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import click

from digest_plugin.check.checking import Checker
from digest_plugin.commands.shell import BEIJING, one_boundary, print_faults, read_settings
from digest_plugin.errors import Fault
from digest_plugin.jobs.checkout import days_added
from digest_plugin.records.contents import read_contents
from digest_plugin.records.review import table
from digest_plugin.records.takeover import PAPERS, Takeover, take_over


@click.command(name="import")
@click.argument(
    "folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.pass_obj
@one_boundary
def import_command(config_file: Path, folder: Path) -> None:
    """Take over a checkout of cn-chat-arxiv as lists and records.

    In a git checkout a paper's digest is that of the day on which its file was added; else that of
    its month. What there is already stays as it is. `arxiv-digest update` then asks arXiv for what
    the checkout lacks.
    """
    settings = read_settings(config_file)
    faults: list[Fault] = []
    contents = read_contents(settings.folders, faults)
    takeover = take_over(
        folder,
        _days(folder),
        settings.folders,
        contents.digests,
        Checker(contents.glossary),
    )
    _print(takeover)
    if faults := [*faults, *takeover.faults]:
        print_faults(faults)
        sys.exit(1)


def _days(folder: Path) -> Mapping[str, date]:
    """The day of each file. Whether a folder lies in somebody else's checkout does not matter."""
    return days_added(folder, PAPERS, BEIJING) if (folder / ".git").exists() else {}


def _print(takeover: Takeover) -> None:
    for line in table(takeover.papers, takeover.problems, takeover.doubtful):
        click.echo(line)
    rows = [
        ("taken over", takeover.taken),
        ("already there", takeover.there),
        ("without Chinese", takeover.without),
        ("fit to publish", takeover.fit),
        ("fit but cut", takeover.only_cut),
    ]
    for name, count in rows:
        click.echo(f"{name:<16}{count:>10,}")
