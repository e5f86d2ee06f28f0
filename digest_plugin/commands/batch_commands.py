"""The commands that have papers written as files and batches: `arxiv-digest batch …`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from digest_plugin import __version__
from digest_plugin.commands.shell import (
    Duration,
    counted,
    one_boundary,
    print_faults,
    print_table,
    read_settings,
)
from digest_plugin.errors import DigestError, Fault
from digest_plugin.people.corrections import read_corrections
from digest_plugin.people.digests import each_digest
from digest_plugin.people.glossary import TermFinder, read_glossary
from digest_plugin.people.listed_papers import ListedPapers
from digest_plugin.records.contents import Contents
from digest_plugin.records.runs import Failure, Run
from digest_plugin.records.store import PaperStore
from digest_plugin.settings import Settings
from digest_plugin.writing.batch_answers import AnswerReader, Outcome
from digest_plugin.writing.batch_api import BatchApi
from digest_plugin.writing.batch_jobs import Fetched, fetch, refuse_a_second, submit, wait
from digest_plugin.writing.batch_requests import Requests, write_parts
from digest_plugin.writing.model import ChatModel

limit_option = click.option(
    "--limit", type=click.IntRange(min=0), help="Ask for at most so many papers."
)


@click.group()
def batch() -> None:
    """Have papers written as files and batches: slower than update, for half the price."""


@dataclass(frozen=True)
class _Site:
    """What all four commands read first."""

    settings: Settings
    contents: Contents
    """Without digests."""
    listed: ListedPapers
    store: PaperStore
    faults: list[Fault]
    start: datetime

    def requests(self, limit: int | None) -> Requests:
        """For all papers that lack Chinese, metadata fetched."""
        model = self.settings.file_model()
        requests = Requests(self.contents, self.listed, self.store, model, limit)
        requests.fetch(self.settings.arxiv_client, self.settings.limits())
        return requests

    def reader(self, model: ChatModel) -> AnswerReader:
        """Takes answers into the store."""
        contents = self.contents
        terms = TermFinder(contents.glossary)
        return AnswerReader(contents.corrections, terms, self.listed, self.store, model)

    def run(self, failed: list[Failure], stopped: str | None = None) -> Run:
        """What the log says of a command, still without numbers."""
        faults = [Failure(fault.path, fault.line, fault.message) for fault in self.faults]
        return Run(
            command="batch",
            start=self.start.replace(microsecond=0),
            seconds=max(0, round((datetime.now(UTC) - self.start).total_seconds())),
            version=__version__,
            failed=tuple(sorted([*failed, *faults])),
            stopped=stopped,
            url=self.settings.environment.job_url,
        )


@contextmanager
def _site(config_file: Path) -> Iterator[_Site]:
    """The site, its lists taken one by one. What cannot be read is named at the end."""
    settings = read_settings(config_file)
    folders, faults = settings.folders, list[Fault]()
    start = datetime.now(UTC)
    corrections = read_corrections(folders.corrections, folders.root, faults)
    glossary = read_glossary(folders.glossary, folders.root, faults)
    with ListedPapers(each_digest(folders.digests, folders.root, faults)) as listed:
        store = PaperStore(folders.papers, folders.root)
        contents = Contents((), corrections, glossary)
        yield _Site(settings, contents, listed, store, faults, start)


@batch.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@limit_option
@click.pass_obj
@one_boundary
def write(config_file: Path, file: Path, limit: int | None) -> None:
    """Write requests for all papers that lack Chinese to FILE, in the OpenAI Batch format.

    Metadata that is missing is fetched first. What a provider does not take as one file (more than
    50,000 requests, or 200 MB) goes to FILE-2 and so on.
    """
    with _site(config_file) as site:
        requests = site.requests(limit)
        with site.store.one_run_at_a_time():
            parts = write_parts(requests.lines(), file)
        for part in parts:
            click.echo(f"{part.path}: {counted(part.requests, 'request')}")
        _finish_requests(site, requests)


@batch.command(name="submit")
@limit_option
@click.pass_obj
@one_boundary
def submit_command(config_file: Path, limit: int | None) -> None:
    """Hand the papers that lack Chinese to the provider's Batch API.

    The batches are remembered in runs/batches.json beside the records. While one is under way none
    is handed in.
    """
    with _site(config_file) as site:
        api, memory = _api(site.settings), site.settings.batches
        refuse_a_second(api, memory)
        requests = site.requests(limit)
        with site.store.one_run_at_a_time():
            for each in submit(requests.lines(), api, memory, site.settings.model_name):
                click.echo(f"batch {each.batch}: {counted(each.requests, 'request')} handed in")
        _finish_requests(site, requests)


def _api(settings: Settings) -> BatchApi:
    model = settings.chat_model()
    if model is None:
        raise DigestError("OPENAI_API_KEY is not set: the provider cannot be asked.")
    return BatchApi(model)


def _finish_requests(site: _Site, requests: Requests) -> None:
    """The closing table, the log, and the exit code."""
    if not requests.made:
        click.echo("nothing is to be asked for")
    rows = (
        ("fetched", requests.fetched), ("asked for", requests.made),
        ("failed", len(requests.failed)), ("waiting", requests.waiting),
    )  # fmt: skip
    print_table(rows)
    run = site.run(requests.failed, requests.stopped)
    waiting = requests.waiting + requests.made
    run = replace(run, fetched=requests.fetched, waiting=waiting)
    _finish(site, run, requests.failed, [])


@batch.command()
@click.argument(
    "files", nargs=-1, required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)  # fmt: skip
@click.pass_obj
@one_boundary
def read(config_file: Path, files: tuple[Path, ...]) -> None:
    """Take the answers in FILES into the records: the output and the error file of a batch.

    May be repeated: a paper that has its Chinese is left as it is.
    """
    with _site(config_file) as site:
        reader = site.reader(site.settings.file_model())
        with site.store.one_run_at_a_time():
            for file in files:
                reader.read(file, file.as_posix())
        reader.close()
        _finish_answers(site, reader.outcome, Fetched())


@batch.command(name="fetch")
@click.option("--wait", "seconds", type=Duration(), help="Wait up to so long, such as 24h.")
@click.pass_obj
@one_boundary
def fetch_command(config_file: Path, seconds: float | None) -> None:
    """Take the answers of batches that have ended into the records, and say how the others are."""
    with _site(config_file) as site:
        api, memory = _api(site.settings), site.settings.batches
        reader = site.reader(site.settings.file_model())
        with site.store.one_run_at_a_time():
            fetched = fetch(api, memory, reader)
        if seconds and fetched.under_way:
            wait(api, memory, seconds)
            with site.store.one_run_at_a_time():
                later = fetch(api, memory, reader)
            later.problems[:0] = fetched.problems
            later.files += fetched.files
            fetched = later
        reader.close()
        for line in fetched.lines:
            click.echo(line)
        if not fetched.lines and not fetched.problems:
            click.echo("no batch is under way")
        _finish_answers(site, reader.outcome, fetched)


def _finish_answers(site: _Site, outcome: Outcome, fetched: Fetched) -> None:
    """The closing table, the log, and the exit code."""
    rows = (
        ("written", outcome.written), ("in doubt", outcome.doubtful),
        ("failed", len(outcome.failures)),
        ("done before", outcome.done), ("doubled", outcome.doubled),
        ("out of date", outcome.outdated), ("not asked", outcome.unlisted),
        ("tokens in", outcome.input_tokens), ("tokens out", outcome.output_tokens),
    )  # fmt: skip
    print_table(rows)
    if outcome.other_prompt:
        click.echo(f"{counted(outcome.other_prompt, 'paper')} written by an earlier prompt")
    failed = list(outcome.failures.values())
    run = site.run(failed, "; ".join(fetched.problems) or None)
    run = replace(
        run,
        written=outcome.written,
        doubtful=outcome.doubtful,
        input_tokens=outcome.input_tokens,
        output_tokens=outcome.output_tokens,
        model=next(iter(outcome.models), None),
    )
    _finish(site, run, failed, outcome.notes)


def _finish(site: _Site, run: Run, failed: list[Failure], notes: list[str]) -> None:
    for failure in failed:
        click.echo(str(failure))
    for note in notes:
        click.echo(f"left aside: {note}")
    if run.stopped:
        click.echo(f"stopped: {run.stopped}")
    if site.faults:
        print_faults(site.faults)
    before = [each for each in site.settings.log.runs([]) if each.command == "batch"]
    # Reading a file again finds the same failures: they are logged once.
    if not before or _news(run) != _news(before[-1]) or run.written or run.fetched:
        site.settings.log.append_if_news(run, heartbeat=False)
    if not run.is_success:
        sys.exit(1)


def _news(run: Run) -> object:
    return run.failed, run.stopped
