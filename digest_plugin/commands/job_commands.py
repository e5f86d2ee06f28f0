"""The commands that only the workflows below .github/ call: `arxiv-digest job …`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from digest_plugin import __version__
from digest_plugin.commands.shell import one_boundary, read_settings
from digest_plugin.errors import DigestError, Fault, InputError, quoted
from digest_plugin.jobs.checkout import RECORDS_BRANCH, Checkout
from digest_plugin.jobs.github import Repository
from digest_plugin.jobs.publication import parse_status, read_published, why_not_publish
from digest_plugin.jobs.summaries import (
    ISSUE_MARKER,
    code,
    is_wrong,
    issue_body,
    issue_title,
    pull_request_summary,
    recovered_comment,
    run_summary,
    same_problems,
)
from digest_plugin.pages.outlines import EditionOutline
from digest_plugin.pages.outlining import outlines_of
from digest_plugin.pages.status import Status, status_of
from digest_plugin.records.contents import read_contents
from digest_plugin.records.runs import Failure, History, Run
from digest_plugin.records.store import PaperStore
from digest_plugin.settings import Environment, Settings


@click.group()
def job() -> None:
    """What the workflows on GitHub call."""


@job.command()
@click.pass_obj
@one_boundary
def restore(config_file: Path) -> None:
    """Bring back records that the branch did not take last time."""
    settings = read_settings(config_file)
    checkout = _checkout(settings)
    if checkout.restore([checkout.name(folder) for folder in _written(settings)]):
        click.echo(f"records restored from {RECORDS_BRANCH}", err=True)


@job.command()
@click.option(
    "--branch", envvar="GITHUB_REF_NAME", required=True,
    help="The branch to push to; in a job, the one it runs on.",
)  # fmt: skip
@click.pass_obj
@one_boundary
def commit(config_file: Path, branch: str) -> None:
    """Commit what the machine wrote, push it, and print the commit.

    If others pushed meanwhile it goes on top of theirs; if the branch does not take it, because it
    is protected, to arxiv-digest/records, from where the next run goes on.
    """
    settings = read_settings(config_file)
    checkout = _checkout(settings)
    paths = [checkout.name(folder) for folder in _written(settings)]
    if checkout.commit(paths, _message(_history(settings, []).runs)):
        pushed = checkout.push(branch)
        click.echo(f"pushed to {pushed.branch}", err=True)
        if pushed.branch != branch:
            click.echo(
                f"{branch} did not take it: {pushed.refusal}; merge {pushed.branch} into {branch},"
                " or change the rule",
                err=True,
            )
            _add_to_summary(
                f"> {code(branch)} 受保护，记录没有推送进去，放在 {code(pushed.branch)} 分支上："
                "网站照常从那里构建，下次也从那里继续。请把它合并进来，或者在 Settings → Rules"
                " 里放行。"
            )
    click.echo(checkout.head())


def _add_to_summary(text: str) -> None:
    """Say it where people look, if this is a job."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n\n")


def _written(settings: Settings) -> list[Path]:
    """The folders that a job may have written to."""
    is_direct = settings.watch is not None and settings.watch_mode == "direct"
    return [settings.folders.papers, *([settings.folders.digests] if is_direct else [])]


def _message(runs: tuple[Run, ...]) -> str:
    """The commit's: what the last run did."""
    if not runs:
        return "Add records"
    last = runs[-1]
    parts = [
        f"{count} {what}"
        for count, what in (
            (last.listed, "listed"),
            (last.fetched, "fetched"),
            (last.refreshed, "refreshed"),
            (last.written, "written"),
            (len(last.failed), "failed"),
        )
        if count
    ]
    return f"Digest: {', '.join(parts) or 'nothing new'}"


@job.command()
@click.option(
    "--smaller", is_flag=True, help="Publish although there is less than what is published."
)
@click.pass_obj
@one_boundary
def guard(config_file: Path, smaller: bool) -> None:  # noqa: FBT001 - click's way
    """Refuse to publish a site that has lost its papers."""
    settings = read_settings(config_file)
    path = settings.site_dir / "status.json"
    built = parse_status(path.read_bytes()) if path.is_file() else None
    if built is None:
        raise DigestError(f"{path}: expected the status of the built site: build it first")
    reason = why_not_publish(built, read_published(settings.site_url))
    if reason and not smaller:
        raise DigestError(f"not to be published: {reason}")
    click.echo(reason or "to be published")


@job.command()
@click.option(
    "--base", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The site before the change: say what a pull request adds to it.",
)  # fmt: skip
@click.pass_obj
@one_boundary
def summary(config_file: Path, base: Path | None) -> None:
    """Print the job's summary, in Markdown."""
    settings = read_settings(config_file)
    faults: list[Fault] = []
    editions, status = _read(settings, faults)
    if base is None:
        click.echo(run_summary(status))
        return
    try:
        folders = settings.folders.moved(base.resolve())
    except ValueError:
        raise DigestError("--base: expected docs_dir below the folder of mkdocs.yml") from None
    before = {str(listed.identifier) for listed in read_contents(folders, []).listed()}
    listed = {
        paper.identifier: (edition, paper)
        for edition in reversed(editions)  # of several listings the newest counts
        for paper in edition.entries
    }
    new = [edition.entry(paper) for name, (edition, paper) in listed.items() if name not in before]
    last = status.history.last()
    is_ours = last is not None and last.url == settings.environment.job_url
    click.echo(
        pull_request_summary(
            new=new,
            calls=len({e.id for e in new if e.state == "pending"}),
            faults=faults,
            failures=[f for f in last.failed if f.identifier] if last and is_ours else (),
            removed=sorted(before - listed.keys()),
            model=settings.model_name,
        )
    )


@job.command()
@click.option(
    "--result", "results", multiple=True, metavar="JOB=RESULT",
    help="How a job of this run ended, such as update=failure; once for each job.",
)  # fmt: skip
@click.pass_obj
@one_boundary
def report(config_file: Path, results: tuple[str, ...]) -> None:
    """Open, update or close the issue that tells maintainers what is wrong."""
    for result in results:
        if "=" not in result:
            raise click.BadParameter(f"expected JOB=RESULT, got {quoted(result)}")
    jobs = dict(result.split("=", 1) for result in results)
    try:
        _, status = _read(read_settings(config_file), [])
    except InputError as error:  # whoever broke mkdocs.yml is to be told as well
        failures = tuple(Failure(fault.path, fault.line, fault.message) for fault in error.faults)
        status = Status(__version__, failures=failures)
    job_url = Environment.read(os.environ).job_url
    repository = Repository.from_environment(os.environ)
    issue = repository.open_issue(ISSUE_MARKER)
    if not is_wrong(status, jobs):
        if issue is not None:
            repository.comment(issue.number, recovered_comment(status))
            repository.close_issue(issue.number)
            click.echo(f"all is well again: closed {issue.url}")
        else:
            click.echo("all is well")
        return
    title = issue_title(status, jobs)
    body = issue_body(status, jobs, job_url)
    if issue is None:
        click.echo(f"opened {repository.create_issue(title, body).url}")
        return
    repository.edit_issue(issue.number, title=title, body=body)
    if not same_problems(issue.body, body):
        # An edit tells nobody; a comment does.
        repository.comment(issue.number, f"{title}\n\n详见上方更新后的说明。")
    click.echo(f"updated {issue.url}")


def _checkout(settings: Settings) -> Checkout:
    return Checkout(settings.folders.root, os.environ.get("GITHUB_TOKEN", "").strip() or None)


def _history(settings: Settings, faults: list[Fault]) -> History:
    return History(settings.log.runs(faults))


def _read(settings: Settings, faults: list[Fault]) -> tuple[list[EditionOutline], Status]:
    """Every digest, newest first, and how the site is doing."""
    contents = read_contents(settings.folders, faults)
    store = PaperStore(settings.folders.papers, settings.folders.root)
    editions = outlines_of(contents, store, faults)
    history = _history(settings, faults)
    return editions, status_of(editions, history, faults, __version__, settings.prices)
