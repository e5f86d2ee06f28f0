"""What all commands share: reading the settings, and one boundary where errors become messages."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta, timezone
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Literal, ParamSpec

import click

from digest_plugin.errors import DigestError, Fault, InputError, one_line
from digest_plugin.jobs.annotations import annotation
from digest_plugin.machine.interrupts import sigterm_interrupts

if TYPE_CHECKING:
    from digest_plugin.settings import Settings

P = ParamSpec("P")
BEIJING = timezone(timedelta(hours=8))
"""Where the readers are: a list's date is their date."""
_DURATION = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>[smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


unattended_option = click.option(
    "--unattended", is_flag=True,
    help="For jobs: log the run even if there was nothing to do, and fail if work waits for a key.",
)  # fmt: skip
annotate_option = click.option(
    "--annotate", is_flag=True,
    help="Also print what GitHub shows at the lines that are at fault, in Chinese.",
)  # fmt: skip


class Duration(click.ParamType[float]):
    """Seconds, from `90`, `90s`, `90m` or `1.5h`."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds; fails with a sentence for anything else."""
        match = _DURATION.fullmatch(str(value))
        if match is None:
            self.fail(f"expected a duration such as 90s, 90m or 1.5h, got {value!r}", param, ctx)
        return float(match["number"]) * _SECONDS[match["unit"]]


def one_boundary(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what a person can act on into a message and exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with sigterm_interrupts():
                command(*args, **kwargs)
        except InputError as error:
            print_faults(error.faults)
            sys.exit(1)
        except DigestError as error:
            click.echo(f"arxiv-digest: {error}", err=True)
            sys.exit(1)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"arxiv-digest: {one_line(f'{where}{error.strerror}')}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("arxiv-digest: interrupted; what is done is stored", err=True)
            sys.exit(1)

    return run


def print_faults(faults: Iterable[Fault]) -> None:
    """Every fault on standard error, then their number."""
    ordered = sorted(set(faults))
    for fault in ordered:
        click.echo(str(fault), err=True)
    click.echo(counted(len(ordered), "fault"), err=True)


def print_annotations(
    faults: Iterable[Fault], level: Literal["error", "warning", "notice"] = "error"
) -> None:
    """The workflow commands for every fault, on standard output."""
    for fault in sorted(set(faults)):
        click.echo(annotation(fault, level))


def print_table(rows: Iterable[tuple[str, int]]) -> None:
    """What was done, in numbers."""
    for name, count in rows:
        click.echo(f"{name:<12}{count:>10,}")


def counted(count: int, name: str) -> str:
    """`1 list`, `2 lists`."""
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def read_settings(config_file: Path) -> Settings:
    """The settings in mkdocs.yml, read by MkDocs itself. Raises InputError, or DigestError if there
    is no such file."""
    # MkDocs takes a third of a second to load: not for --help.
    from mkdocs.config import load_config  # noqa: PLC0415
    from mkdocs.exceptions import MkDocsException  # noqa: PLC0415

    from digest_plugin.mkdocs_site.options import settings_from  # noqa: PLC0415
    from digest_plugin.plugin import DigestPlugin  # noqa: PLC0415

    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    if not config_file.is_file():
        raise DigestError(
            f"expected a site's configuration at {one_line(str(config_file))}, found none: run"
            " this in the folder of mkdocs.yml, or name the file with -f"
        )
    shown = config_file.as_posix()
    try:
        config = load_config(str(config_file))
    except MkDocsException as error:
        raise InputError([Fault(shown, 1, one_line(str(error), 1000))]) from None
    plugin = next((p for p in config.plugins.values() if isinstance(p, DigestPlugin)), None)
    if plugin is None:
        raise InputError([Fault(shown, 1, "expected the plugin arxiv-digest under plugins")])
    try:
        return settings_from(config, plugin.config)
    except DigestError as error:
        raise InputError([Fault(shown, 1, str(error))]) from None
