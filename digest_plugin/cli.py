"""The same steps for the shell: `arxiv-digest`, or `python -m digest_plugin`."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click

from digest_plugin import __version__
from digest_plugin.contents import (
    Contents,
    Entry,
    Folders,
    english_changed,
    newest_first,
    read_contents,
)
from digest_plugin.corrections import read_corrections
from digest_plugin.digests import parse_digest, read_digest, read_digests, why_bad_name, with_papers
from digest_plugin.errors import DigestError, Fault, InputError, one_line
from digest_plugin.files import shown_path, write_whole
from digest_plugin.glossary import read_glossary
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.store import PaperStore
from digest_plugin.update import Report, update

if TYPE_CHECKING:
    from digest_plugin.settings import Settings

P = ParamSpec("P")
BEIJING = timezone(timedelta(hours=8))
"""Where the readers are: a list's date is their date."""
_DURATION = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>[smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


class _Duration(click.ParamType[float]):
    """Seconds, from `90`, `90s`, `90m` or `1.5h`."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        match = _DURATION.fullmatch(str(value))
        if match is None:
            self.fail(f"expected a duration such as 90s, 90m or 1.5h, got {value!r}", param, ctx)
        return float(match["number"]) * _SECONDS[match["unit"]]


def _one_boundary(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what a person can act on into a message and exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except InputError as error:
            _print_faults(error.faults)
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="arxiv-digest")
@click.option(
    "-f", "--config-file", type=click.Path(path_type=Path), default="mkdocs.yml", show_default=True,
    help="The site's configuration.",
)  # fmt: skip
@click.pass_context
def main(context: click.Context, config_file: Path) -> None:
    """From lists of arXiv IDs to a Chinese digest."""
    context.obj = config_file


@main.command()
@click.argument("ids", nargs=-1, required=True)
@click.option(
    "--to", "list_path", type=click.Path(path_type=Path, dir_okay=False),
    help="The list to add to; by default today's, such as docs/digests/2024-03-20.yml.",
)  # fmt: skip
@click.pass_obj
@_one_boundary
def add(config_file: Path, ids: tuple[str, ...], list_path: Path | None) -> None:
    """Append IDS, or links to arXiv, to a list."""
    folders = _settings(config_file).folders
    if list_path is None:
        list_path = folders.digests / f"{datetime.now(BEIJING).date().isoformat()}.yml"
    path = list_path.resolve()
    if path.suffix != ".yml" or not path.is_relative_to(folders.digests.resolve()):
        raise DigestError(
            f"--to: expected a file that ends in .yml below"
            f" {shown_path(folders.digests, folders.root)}, got {one_line(str(list_path))}"
        )
    root, folder = folders.root.resolve(), folders.digests.resolve()
    if fault := why_bad_name(path.relative_to(folder).as_posix().removesuffix(".yml")):
        raise DigestError(f"--to: {fault}")
    identifiers = _parsed(ids)
    listed = _append(path, identifiers, folder, root)
    shown = shown_path(path, root)
    for identifier in identifiers:
        there = listed.get(identifier.base)
        if there is None:
            outcome = "added"
        else:
            outcome = "is there already" + (f", as {there}" if there != identifier else "")
        click.echo(f"{shown}: {identifier} {outcome}")


def _parsed(ids: tuple[str, ...]) -> list[Identifier]:
    """The identifiers, each paper once. Raises DigestError that names every bad one."""
    identifiers: dict[str, Identifier] = {}
    faults = []
    for text in ids:
        try:
            identifier = parse_identifier(text)
        except ValueError as error:
            faults.append(str(error))
            continue
        other = identifiers.setdefault(identifier.base, identifier)
        if other != identifier:
            faults.append(f"expected one version of a paper, got {other} and {identifier}")
    if faults:
        raise DigestError("; ".join(faults))
    return list(identifiers.values())


def _append(
    path: Path, identifiers: list[Identifier], folder: Path, root: Path
) -> dict[str, Identifier]:
    """Add what a list does not hold yet; returns what it held before, by ID without version."""
    faults: list[Fault] = []
    if not path.is_file() or not path.read_bytes().strip():
        text = "".join(f"- {identifier}\n" for identifier in identifiers)
        name = path.relative_to(folder).as_posix().removesuffix(".yml")
        if parse_digest(text, name, shown_path(path, root), faults) is None:
            raise InputError(faults)
        write_whole(path, text.encode())
        return {}
    digest = read_digest(path, folder, root, faults)
    if digest is None:
        raise InputError(faults)
    listed = {paper.identifier.base: paper.identifier for paper in digest.papers}
    new = [identifier for identifier in identifiers if identifier.base not in listed]
    if new:
        try:
            text = with_papers(path.read_bytes().decode("utf-8-sig"), digest, new)
        except ValueError as error:
            last = max(paper.line for paper in digest.papers)
            raise InputError([Fault(digest.path, last, f"{error}: add them by hand")]) from None
        write_whole(path, text.encode())
    return listed


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
@_one_boundary
def check(config_file: Path, files: tuple[Path, ...]) -> None:
    """Validate lists, corrections, glossary and records; all of them, or only FILES.

    Prints FILE:LINE: expected …, got … for every fault, and exits with 1 if there is one.
    """
    folders = _settings(config_file).folders
    faults: list[Fault] = []
    wanted = {path.resolve() for path in files}
    digests = read_digests(folders.digests, folders.root, faults)
    corrections = read_corrections(folders.corrections, folders.root, faults)
    glossary = read_glossary(folders.glossary, folders.root, faults)
    store = PaperStore(folders.papers, folders.root)
    records = 0
    for identifier in store.identifiers(faults):
        records += 1
        try:
            store.load(identifier)
        except InputError as error:
            faults.extend(error.faults)
    shown = {shown_path(path, folders.root.resolve()) for path in wanted}
    if wanted:
        faults = [fault for fault in faults if fault.path in shown]
        _refuse_strangers(wanted, folders)
    notices = _notices(Contents(tuple(newest_first(digests)), corrections, glossary), store)
    for notice in notices:
        if not wanted or notice.path in shown:
            click.echo(str(notice))
    if faults:
        raise InputError(set(faults))
    if wanted:
        click.echo(f"{_counted(len(wanted), 'file')}: no faults")
    else:
        counts = {
            "list": len(digests),
            "correction": len(corrections),
            "term": len(glossary),
            "record": records,
        }
        what = ", ".join(_counted(count, name) for name, count in counts.items())
        click.echo(f"{what}: no faults")


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def _refuse_strangers(paths: set[Path], folders: Folders) -> None:
    """Nothing is said of files that no step reads: say so."""
    known = (folders.digests, folders.corrections, folders.papers, folders.glossary)
    for path in sorted(paths):
        if not any(path.is_relative_to(folder.resolve()) for folder in known):
            raise DigestError(
                f"expected a list, correction, glossary or record, got {one_line(str(path))}"
            )


def _notices(contents: Contents, store: PaperStore) -> list[Fault]:
    """What is no fault, but should be looked at: corrections whose English has changed."""
    notices = []
    for listed in contents.listed():
        correction = contents.corrections.get(listed.identifier.base)
        if correction is None:
            continue
        try:
            record = store.load(listed.identifier)
        except InputError:
            continue
        if english_changed(Entry(listed, record, correction)):
            notices.append(
                Fault(correction.path, 1, "look at this correction again: the English of"
                      f" {correction.id} has changed since it was made. It stays in force; change"
                      " the file in any way to confirm it")
            )  # fmt: skip
    return sorted(set(notices))


@main.command(name="update")
@click.option("--limit", type=click.IntRange(min=0), help="Write at most so many papers.")
@click.option(
    "--deadline", type=_Duration(),
    help="Begin no paper after so long, such as 90m; calls in flight still finish.",
)  # fmt: skip
@click.pass_obj
@_one_boundary
def update_command(config_file: Path, limit: int | None, deadline: float | None) -> None:
    """Fetch and write what is missing, and store it."""
    settings = _settings(config_file)
    contents = read_contents(settings.folders)
    store = PaperStore(settings.folders.papers, settings.folders.root)
    model = settings.chat_model()
    limits = settings.limits(limit, deadline)
    report = update(contents, store, settings.arxiv_client(), model, limits)
    _print_report(report)
    if model is None and report.waiting:
        click.echo("OPENAI_API_KEY is not set: nothing was written.", err=True)
    if report.failed or report.stopped:
        sys.exit(1)


def _print_report(report: Report) -> None:
    """The closing table: what was done, what failed and why, what it cost."""
    rows = [
        ("fetched", len(report.fetched)),
        ("written", len(report.written)),
        ("failed", len(report.failed)),
        ("waiting", report.waiting),
        ("tokens in", report.input_tokens),
        ("tokens out", report.output_tokens),
    ]
    for name, count in rows:
        click.echo(f"{name:<12}{count:>10,}")
    for failure in report.failed:
        click.echo(str(failure))
    if report.stopped:
        click.echo(f"stopped: {report.stopped}")


def _print_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        click.echo(str(fault), err=True)
    click.echo(_counted(len(faults), "fault"), err=True)


def _settings(config_file: Path) -> Settings:
    """The settings in mkdocs.yml, read by MkDocs itself. Raises DigestError."""
    # MkDocs takes a third of a second to load: not for --help.
    from mkdocs.config import load_config  # noqa: PLC0415
    from mkdocs.exceptions import MkDocsException  # noqa: PLC0415

    from digest_plugin.plugin import DigestPlugin, settings_from  # noqa: PLC0415

    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    if not config_file.is_file():
        raise DigestError(
            f"expected a site's configuration at {one_line(str(config_file))}, found none: run"
            " this in the folder of mkdocs.yml, or name the file with -f"
        )
    try:
        config = load_config(str(config_file))
    except MkDocsException as error:
        raise DigestError(f"{one_line(str(config_file))}: {one_line(str(error), 1000)}") from None
    plugin = next((p for p in config.plugins.values() if isinstance(p, DigestPlugin)), None)
    if plugin is None:
        raise DigestError(
            f"{one_line(str(config_file))}: expected the plugin arxiv-digest under plugins"
        )
    return settings_from(config, plugin.config)
