"""The same steps for the shell: `arxiv-digest`, or `python -m digest_plugin`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click

from digest_plugin import __version__
from digest_plugin.check.checking import Checker
from digest_plugin.commands.batch_commands import batch
from digest_plugin.commands.doctor import checks, format_check
from digest_plugin.commands.import_command import import_command
from digest_plugin.commands.job_commands import job
from digest_plugin.commands.review_command import review
from digest_plugin.commands.shell import (
    BEIJING,
    Duration,
    annotate_option,
    counted,
    one_boundary,
    print_annotations,
    print_faults,
    print_table,
    read_settings,
    unattended_option,
)
from digest_plugin.commands.watch_day import watch_day
from digest_plugin.errors import DigestError, Fault, InputError, one_line, quoted
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.machine.files import shown_path
from digest_plugin.machine.processes import process_count, shared_out
from digest_plugin.people.corrections import read_corrections
from digest_plugin.people.digests import read_digests, why_bad_name
from digest_plugin.people.glossary import read_glossary
from digest_plugin.people.lists import append_to_list
from digest_plugin.records.contents import (
    Contents,
    Entry,
    Folders,
    english_changed,
    newest_first,
    read_contents,
)
from digest_plugin.records.runs import Failure
from digest_plugin.records.store import PaperStore
from digest_plugin.writing.update import Report, update

RECORDS_AT_A_TIME = 2_000
"""That one process checks."""
MOST_DOUBTS = 50
"""Papers in doubt that the closing table of `update` names."""


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
@one_boundary
def add(config_file: Path, ids: tuple[str, ...], list_path: Path | None) -> None:
    """Append IDS, or links to arXiv, to a list."""
    folders = read_settings(config_file).folders
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
    listed = append_to_list(path, identifiers, folder, root)
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


@main.command(name="check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@annotate_option
@click.pass_obj
@one_boundary
def check_command(config_file: Path, files: tuple[Path, ...], *, annotate: bool) -> None:
    """Validate lists, corrections, glossary and records; all of them, or only FILES.

    Prints FILE:LINE: expected …, got … for every fault, and exits with 1 if there is one.
    """
    try:
        settings = read_settings(config_file)
    except InputError as error:
        if annotate:
            print_annotations(error.faults)
        raise
    folders = settings.folders
    faults: list[Fault] = []
    wanted = {path.resolve() for path in files}
    digests = read_digests(folders.digests, folders.root, faults)
    corrections = read_corrections(folders.corrections, folders.root, faults)
    glossary = read_glossary(folders.glossary, folders.root, faults)
    store = PaperStore(folders.papers, folders.root)
    identifiers = list(store.identifiers(faults))
    starts = range(0, len(identifiers), RECORDS_AT_A_TIME)
    shares = [identifiers[start : start + RECORDS_AT_A_TIME] for start in starts]
    for found in shared_out(partial(_record_faults, store), shares, process_count(), least=2):
        faults.extend(found)
    settings.log.runs(faults)
    shown = {shown_path(path, folders.root.resolve()) for path in wanted}
    if wanted:
        faults = [fault for fault in faults if fault.path in shown]
        _refuse_strangers(wanted, folders)
    notices = _notices(Contents(tuple(newest_first(digests)), corrections, glossary), store)
    notices = [notice for notice in notices if not wanted or notice.path in shown]
    for notice in notices:
        click.echo(str(notice))
    if annotate:
        print_annotations(notices, "notice")
        print_annotations(faults)
    if faults:
        raise InputError(set(faults))
    if wanted:
        click.echo(f"{counted(len(wanted), 'file')}: no faults")
    else:
        counts = {
            "list": len(digests),
            "correction": len(corrections),
            "term": len(glossary),
            "record": len(identifiers),
        }
        what = ", ".join(counted(count, name) for name, count in counts.items())
        click.echo(f"{what}: no faults")


def _record_faults(store: PaperStore, identifiers: Iterable[Identifier]) -> list[Fault]:
    faults: list[Fault] = []
    for identifier in identifiers:
        try:
            store.load(identifier)
        except InputError as error:
            faults.extend(error.faults)
    return faults


def _refuse_strangers(paths: set[Path], folders: Folders) -> None:
    """Nothing is said of files that no step reads: say so."""
    known = (folders.digests, folders.corrections, folders.papers, folders.glossary)
    for path in sorted(paths):
        if not any(path.is_relative_to(folder.resolve()) for folder in known):
            raise DigestError(
                f"expected a list, correction, glossary or record, got {one_line(str(path))}"
            )


def _notices(contents: Contents, store: PaperStore) -> list[Fault]:
    """What is no fault, but should be looked at: corrections whose English has changed, or in
    which the check finds something."""
    notices = []
    checker = Checker(contents.glossary)
    for listed in contents.listed():
        correction = contents.corrections.get(listed.identifier.base)
        if correction is None:
            continue
        try:
            record = store.load(listed.identifier)
        except InputError:
            continue
        if record is None:
            continue
        chinese = correction.applied_to(record.chinese)
        if chinese is not None:
            found = checker.problems(record.paper, chinese)
            notices += [
                Fault(correction.path, correction.line_of(it.field),
                      f"compare {it.field} with the English once more:"
                      f" {quoted(it.span)} ({it.kind}). The correction stays in force")
                for it in found if it.field in correction.fields
            ]  # fmt: skip
        if english_changed(Entry(listed, record, correction)):
            notices.append(
                Fault(correction.path, correction.line_of("version"),
                      f"look at this correction again: the English of {correction.id} has changed"
                      " since it was made. It stays in force; to confirm it, set version to"
                      f" {record.paper.version}")
            )  # fmt: skip
    listed_papers = {listed.identifier.base for listed in contents.listed()}
    notices += [
        Fault(it.path, 1, f"no list asks for {it.id}: is the file named after the right paper?")
        for name, it in contents.corrections.items()
        if name not in listed_papers
    ]
    return sorted(set(notices))


@main.command(name="update")
@click.option("--limit", type=click.IntRange(min=0), help="Write at most so many papers.")
@click.option(
    "--deadline",
    type=Duration(),
    help="Begin no paper after so long, such as 90m; calls in flight still finish.",
)
@click.option(
    "--refresh",
    type=click.IntRange(1, 36_500),
    is_flag=False,
    flag_value=30,
    metavar="[DAYS]",
    help="Ask arXiv again about the papers of the last DAYS days, by default 30: new versions,"
    " withdrawals.",
)
@click.option(
    "--rewrite",
    is_flag=True,
    help="Also write anew what an earlier prompt wrote, but for papers that a person corrected.",
)
@unattended_option
@annotate_option
@click.pass_obj
@one_boundary
def update_command(
    config_file: Path,
    limit: int | None,
    deadline: float | None,
    refresh: int | None,
    *,
    rewrite: bool,
    unattended: bool,
    annotate: bool,
) -> None:  # fmt: skip
    """Fetch and write what is missing, and store it.

    Goes on without lists, corrections and terms that cannot be read, and names them at the end.
    """
    settings = read_settings(config_file)
    start = datetime.now(UTC)
    faults: list[Fault] = []
    contents = read_contents(settings.folders, faults)
    store = PaperStore(settings.folders.papers, settings.folders.root)
    model = settings.chat_model()
    report = Report()
    with suppress(KeyboardInterrupt):  # the report says so
        update(
            contents, store, settings.arxiv_client(), model, settings.limits(limit, deadline),
            refresh=datetime.now(BEIJING).date() - timedelta(days=refresh) if refresh else None,
            reviewer=settings.reviewer_model(), rewrite=rewrite, report=report,
        )  # fmt: skip
    if model is None and report.waiting:
        click.echo("OPENAI_API_KEY is not set: nothing was written.", err=True)
        if unattended:
            report.stopped = "OPENAI_API_KEY is not set."
    _print_report(report)
    if annotate:
        failures = (*report.failed, *report.unread)
        print_annotations(Fault(f.path, f.line, f.reason) for f in failures)
    report.failed += [Failure(fault.path, fault.line, fault.message) for fault in faults]
    run = report.run(start, model.name if model else None, settings.environment.job_url)
    if faults:
        print_faults(faults)
    settings.log.append_if_news(run, heartbeat=unattended)
    if report.unread or not run.is_success:
        sys.exit(1)


def _print_report(report: Report) -> None:
    """The closing table: what was done, what failed and why, what it cost."""
    rows = [
        ("fetched", len(report.fetched)),
        ("refreshed", len(report.refreshed)),
        ("written", len(report.written)),
        ("in doubt", len(report.doubtful)),
        ("unread", len(report.unread)),
        ("failed", len(report.failed)),
        ("waiting", report.waiting),
        ("tokens in", report.input_tokens),
        ("tokens out", report.output_tokens),
    ]
    print_table(rows)
    for line in (*report.failed, *sorted(report.unread)):
        click.echo(str(line))
    for doubt in sorted(report.doubtful, key=lambda it: (it.listed.path, it.listed.line))[
        :MOST_DOUBTS
    ]:
        click.echo(f"in doubt: {doubt}")
    if len(report.doubtful) > MOST_DOUBTS:
        click.echo(f"and {len(report.doubtful) - MOST_DOUBTS} more in doubt: arxiv-digest review")
    if report.stopped:
        click.echo(f"stopped: {report.stopped}")


@main.command(name="watch")
@unattended_option
@click.pass_obj
@one_boundary
def watch_command(config_file: Path, *, unattended: bool) -> None:
    """Put arXiv's new papers that match the option watch on today's list."""
    settings = read_settings(config_file)
    if settings.watch is None:
        click.echo("nothing is watched: see the option watch")
        return
    start = datetime.now(UTC)
    day = watch_day(settings, start, is_proposed=unattended and settings.watch_mode != "direct")
    settings.log.append_if_news(day.run, heartbeat=unattended)
    for line in day.lines:
        click.echo(line)
    if day.run.stopped:
        raise DigestError(day.run.stopped)


@main.command()
@click.pass_obj
@one_boundary
def doctor(config_file: Path) -> None:
    """Check whether everything is set, and say what to do."""
    settings = read_settings(config_file)
    wrong = False
    for each in checks(settings, settings.site_url, settings.repo_url, os.environ):
        wrong |= each.outcome == "failed"
        click.echo(format_check(each, colour=sys.stdout.isatty()))
    if wrong:
        sys.exit(1)


main.add_command(batch)
main.add_command(review)
main.add_command(import_command)
main.add_command(job)
