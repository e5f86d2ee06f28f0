"""One day's watch: ask arXiv, put what is new on today's list or propose it, and remember it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from digest_plugin import __version__
from digest_plugin.errors import DigestError
from digest_plugin.identifiers import Identifier
from digest_plugin.intake.taxonomy import CATEGORIES, closest
from digest_plugin.intake.watch import BEIJING, Outcome, Watch, read_memory, watch, write_memory
from digest_plugin.jobs.checkout import Checkout
from digest_plugin.jobs.github import Repository
from digest_plugin.jobs.summaries import code, literal
from digest_plugin.machine.files import shown_path
from digest_plugin.papers import Paper
from digest_plugin.people.digests import chinese_date
from digest_plugin.people.lists import append_to_list
from digest_plugin.records.contents import Folders, read_contents
from digest_plugin.records.runs import Run
from digest_plugin.settings import Settings

BRANCH = "arxiv-digest/watch"
"""Holds what is proposed, until a person merges or closes the pull request."""


@dataclass(frozen=True)
class Day:
    """What came of it."""

    run: Run
    lines: tuple[str, ...]
    """For people."""


def watch_day(settings: Settings, now: datetime, *, is_proposed: bool) -> Day:
    """Put today's new papers on today's list, in the working tree, or if `is_proposed` on a branch
    with a pull request. A failure is in the run that is returned; only a bad option raises."""
    options = settings.watch
    if options is None:
        raise DigestError("watch: expected an option, got none")
    run = Run(
        command="watch",
        start=now.replace(microsecond=0),
        seconds=0,
        version=__version__,
        url=settings.environment.job_url,
    )
    try:
        outcome, lines = _watch(settings, options, now, is_proposed=is_proposed)
    except DigestError as error:
        run = replace(run, stopped="; ".join(str(error).splitlines()))
        lines = ()
    except OSError as error:
        shown = shown_path(Path(error.filename or "a file"), settings.folders.root)
        run = replace(run, stopped=f"{shown}: expected to write it, got: {error.strerror}")
        lines = ()
    else:
        run = replace(run, listed=len(outcome.choice.chosen), quiet=outcome.reason or None)
    seconds = round((datetime.now(now.tzinfo) - now).total_seconds())
    return Day(replace(run, seconds=max(0, seconds)), lines)


def _watch(
    settings: Settings, options: Watch, now: datetime, *, is_proposed: bool
) -> tuple[Outcome, tuple[str, ...]]:
    folders = settings.folders
    path = settings.log.folder / "watched.json"
    memory = read_memory(path, folders.root)
    # A list that is at fault is somebody else's to mend; what it holds is known all the same.
    listed = [paper.identifier.base for paper in read_contents(folders, []).listed()]
    outcome = watch(settings.arxiv_client(), options, listed, memory, now)
    choice = outcome.choice
    today = now.astimezone(BEIJING).date()
    counts = {
        "seen": choice.seen,
        "match": choice.matched,
        "known": choice.known,
        "chosen": len(choice.chosen),
        "left for later": choice.left_out,
    }
    lines = ["papers: " + ", ".join(f"{count:,} {what}" for what, count in counts.items())]
    lines += map(_unseen, outcome.unseen)
    if not choice.chosen:
        return outcome, (*lines, outcome.reason)
    if is_proposed:
        lines.append(_propose(folders, choice.chosen, today))
    else:
        written = _list(folders, choice.chosen, today)
        lines.append(f"{shown_path(written, folders.root.resolve())} written")
    write_memory(path, outcome.memory)
    return outcome, tuple(lines)


def _unseen(category: str) -> str:
    """What to say of a watched category in which there was no paper."""
    if category in CATEGORIES:
        return f"no paper in {category}"
    meant = closest(category)
    hint = f"did you mean {meant}?" if meant else "see https://arxiv.org/category_taxonomy"
    return f"no paper in {category}, which arXiv does not have: {hint}"


def _list(folders: Folders, papers: Sequence[Paper], day: date) -> Path:
    """Add `papers` to the list of `day`; the list."""
    path = folders.digests.resolve() / f"{day.isoformat()}.yml"
    identifiers = [Identifier(paper.id) for paper in papers]
    append_to_list(path, identifiers, folders.digests.resolve(), folders.root.resolve())
    return path


def _propose(folders: Folders, papers: Sequence[Paper], day: date) -> str:
    """Have `papers` on a branch that a person may merge; what was done, for people."""
    repository = Repository.from_environment(os.environ)
    base = os.environ.get("GITHUB_REF_NAME") or "main"
    checkout = Checkout(folders.root, repository.token)
    lists = checkout.name(folders.digests)
    pull = repository.open_pull_request(BRANCH)
    with checkout.worktree(BRANCH if pull else None) as tree:
        there = folders.moved(tree.root)
        # A night that failed halfway may have put them there already.
        listed = {paper.identifier.base for paper in read_contents(there, []).listed()}
        if new := [paper for paper in papers if paper.id not in listed]:
            _list(there, new, day)
        if tree.commit([lists], f"Digest: {len(papers)} papers watched on {day.isoformat()}"):
            if pull is not None:
                tree.push_on_top(BRANCH)  # of what its reviewers did
            else:
                tree.push_anew(BRANCH)
    text = _proposal(papers)
    if pull is not None:
        repository.comment(pull.number, text)
        return f"added to {pull.url}"
    title = f"{chinese_date(day)}的新论文：{len(papers)} 篇"
    return f"proposed in {repository.create_pull_request(BRANCH, base, title, text).url}"


def _proposal(papers: Sequence[Paper]) -> str:
    """What the pull request says."""
    rows = "\n".join(
        f"- [{paper.id}](https://arxiv.org/abs/{paper.id}) {literal(paper.title)}"
        f"（{code(paper.primary_category)}）"
        for paper in papers
    )
    return (
        "以下是按 `mkdocs.yml` 里的 `watch` 选项，从 arXiv 的新论文中选出的。\n\n"
        f"{rows}\n\n"
        "- 全都要：点 **Merge pull request**，合并后会自动翻译并发布。\n"
        "- 只要一部分：点 **Files changed**，再点文件右上角的 **···** → **Edit file**，"
        "删去不要的行后合并。删去的论文不会再次推荐。\n"
        "- 都不要：点 **Close pull request**。\n\n"
        "检查若显示等待批准，点 **Approve workflows to run** 即可，也可以直接合并。\n"
    )
