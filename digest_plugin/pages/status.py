"""How the site is doing: what was asked for, what is done, what failed and why, what it cost."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from digest_plugin.errors import Fault
from digest_plugin.pages.outlines import EditionOutline, PaperOutline
from digest_plugin.records.runs import Failure, History, Run

Condition = Literal["well", "failed", "unused"]

BEIJING = timezone(timedelta(hours=8))
"""Where the readers are; there is no daylight saving time."""
WATCH_COUNTS = timedelta(days=14)
"""How long a `watch` that failed is held against a site whose `update` runs on without it: it may
have been given up."""

_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9][\w.~:/?#\[\]@!$&()*+,;=%-]*", re.ASCII)
_SURROGATES = re.compile("[\ud800-\udfff]")
"""What no file in UTF-8 can hold."""


@dataclass(frozen=True)
class Prices:
    """What a provider asks for a million tokens."""

    input: float
    output: float
    currency: str = "元"

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """In `currency`."""
        return (input_tokens * self.input + output_tokens * self.output) / 1_000_000

    def money(self, amount: float) -> str:
        """`amount` to two decimals, as people write it: `1,234.50 元`, `¥1,234.50`."""
        is_shown = amount >= 0.005 or not amount
        return self._with_currency(f"{amount:,.2f}" if is_shown else "不到 0.01")

    @property
    def rates(self) -> tuple[str, str]:
        """The two prices as people write them, to the last digit."""
        return self._with_currency(f"{self.input:,g}"), self._with_currency(f"{self.output:,g}")

    def _with_currency(self, number: str) -> str:
        is_sign = all(unicodedata.category(character) == "Sc" for character in self.currency)
        return f"{self.currency}{number}" if is_sign else f"{number} {self.currency}"


@dataclass(frozen=True)
class Status:
    """The state of a site, from its files alone: the same files give the same status."""

    version: str
    """The plugin's."""
    history: History = field(default_factory=History)
    prices: Prices | None = None
    asked: int = 0
    """Papers on lists, each counted once, however many lists and versions ask for it."""
    done: int = 0
    """Of these, with Chinese wherever they are listed."""
    failures: tuple[Failure, ...] = ()
    """Files that cannot be read, papers that the last update tried in vain and nobody has put right
    since, and what the last `watch` failed at."""
    failed: int = 0
    """Papers among `failures` that have no Chinese."""
    behind: int = 0
    """Papers among `failures` that have Chinese all the same: that of an older English."""
    faults: int = 0
    """Failures that belong to no paper."""
    waiting: int = 0
    """Papers without Chinese that did not fail."""
    doubtful: int = 0
    """Papers with Chinese that the check doubts: 待校."""
    corrected: int = 0
    """Papers that a person has corrected."""
    outdated_corrections: tuple[str, ...] = ()
    """Papers, without version, whose English has changed since a person corrected them."""

    @property
    def last_run(self) -> Run | None:
        """The newest run of any command: when the site was last alive."""
        return self.history.runs[-1] if self.history.runs else None

    @property
    def stops(self) -> tuple[Run, ...]:
        """The last runs, of each command, that ended before their time."""
        return tuple(run for run in _last_runs(self.history) if run.stopped is not None)

    @property
    def is_well(self) -> bool:
        """Whether nothing is known that a maintainer has to look at."""
        return not self.failures and not self.stops

    @property
    def condition(self) -> Condition:
        """The state in a word."""
        if not self.is_well:
            return "failed"
        return "well" if self.history.runs else "unused"


def status_of(
    editions: Iterable[EditionOutline],
    history: History,
    faults: Sequence[Fault],
    version: str,
    prices: Prices | None = None,
) -> Status:
    """The status of the site that `editions` make; `faults` are those of its files."""
    papers: dict[str, dict[str, PaperOutline]] = {}
    for edition in editions:
        for entry in edition.entries:
            papers.setdefault(entry.id, {}).setdefault(entry.identifier, entry)
    listings = {name: entry for listed in papers.values() for name, entry in listed.items()}
    failures = _failures(listings, history, faults)
    in_vain = {failure.identifier for failure in failures}
    done = failed = behind = doubtful = corrected = 0
    for listed in papers.values():
        pending = {name for name, entry in listed.items() if entry.state == "pending"}
        done += not pending
        failed += not in_vain.isdisjoint(pending)
        behind += in_vain.isdisjoint(pending) and not in_vain.isdisjoint(listed)
        doubtful += any(entry.is_doubtful for entry in listed.values())
        corrected += any(entry.state == "corrected" for entry in listed.values())
    return Status(
        version=version,
        history=history,
        prices=prices,
        asked=len(papers),
        done=done,
        failures=failures,
        failed=failed,
        behind=behind,
        faults=sum(failure.identifier not in listings for failure in failures),
        waiting=len(papers) - done - failed,
        doubtful=doubtful,
        corrected=corrected,
        outdated_corrections=tuple(
            sorted({entry.id for entry in listings.values() if entry.is_outdated})
        ),
    )


def _failures(
    listings: dict[str, PaperOutline], history: History, faults: Sequence[Fault]
) -> tuple[Failure, ...]:
    """What is wrong with files now, and what the last runs failed at, each once."""
    failures = [Failure(fault.path, fault.line, fault.message) for fault in sorted(set(faults))]
    for run in _last_runs(history):
        for failure in run.failed:
            if run.command != "watch":
                # Of its faults in files, `faults` knows which still stand.
                entry = listings.get(failure.identifier)
                if entry is None or _is_settled(entry, run):
                    continue
            failures.append(failure)
    return tuple(dict.fromkeys(failures))


def _last_runs(history: History) -> list[Run]:
    """The newest run of each command, as far as it counts."""
    update, watch, batch = (history.last(command) for command in ("update", "watch", "batch"))
    if update and watch and update.start - watch.start > WATCH_COUNTS:
        watch = None
    if update and batch and update.start >= batch.start:
        batch = None  # what it left undone, the update has tried again
    return [run for run in (watch, update, batch) if run is not None]


def _is_settled(paper: PaperOutline, run: Run) -> bool:
    """Whether a paper that `run` failed at has got its Chinese since.

    That it has Chinese is not enough: while the new text of a revised paper cannot be written, it
    keeps the old one.
    """
    if paper.state == "pending":
        return False
    day = paper.written_day
    return paper.is_by_person_alone or (day is not None and day > run.start.date())


# For people and programs


def utc_time(moment: datetime) -> str:
    """`moment` in ISO 8601, such as `2026-11-22T01:02:03Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def beijing_time(moment: datetime) -> str:
    """`moment` as readers see it, such as `2026-11-22 09:02`."""
    return moment.astimezone(BEIJING).isoformat(" ", "minutes")[:16]


def beijing_day(moment: datetime) -> str:
    """The day of `moment` where the readers are."""
    return moment.astimezone(BEIJING).date().isoformat()


def job_url(run: Run) -> str | None:
    """The address of the job that did `run`, if it is one that a browser should open."""
    return run.url if run.url and _WEB_ADDRESS.fullmatch(run.url) else None


def status_json(status: Status) -> str:
    """The status for programs: an object whose keys are always there, null where nothing is known.

    - `version`: the plugin's.
    - `well`: whether there is nothing that a maintainer has to look at.
    - `papers`: `asked` = `done` + `waiting` + `failed`; `doubtful` to the check, `corrected` by
      a person.
    - `last_run`: the newest, or null: `command` (`update`, `watch` or `batch`), `start`, `seconds`,
      `version`, `success`, `fetched`, `refreshed`, `written`, `doubtful`, `waiting`, `listed`,
      `failed`, `stopped` (why it ended early), `quiet` (why `watch` found nothing),
      `input_tokens`, `output_tokens`, `model`, `url`.
    - `last_success`: when the newest update in which nothing failed began, or null.
    - `failures`: `path`, `line`, `identifier` (null for a file), `reason`; what stands now.
    - `stopped`: of the last runs those that ended early: `command`, `start`, `reason`.
    - `outdated_corrections`: papers whose English has changed since a person corrected them.
    - `tokens`: by month (of UTC), such as `2026-11`: `input`, `output`; with prices `cost` and
      `currency`, without them null.

    Times are ISO 8601 in UTC.
    """
    last, success, prices = status.last_run, status.history.last_success, status.prices
    data = {
        "version": status.version,
        "well": status.is_well,
        "papers": {
            "asked": status.asked,
            "done": status.done,
            "waiting": status.waiting,
            "failed": status.failed,
            "doubtful": status.doubtful,
            "corrected": status.corrected,
        },
        "last_run": _run_data(last) if last else None,
        "last_success": utc_time(success.start) if success else None,
        "failures": [
            {
                "path": failure.path,
                "line": failure.line,
                "identifier": failure.identifier or None,
                "reason": failure.reason,
            }
            for failure in status.failures
        ],
        "stopped": [
            {"command": run.command, "start": utc_time(run.start), "reason": run.stopped}
            for run in status.stops
        ],
        "outdated_corrections": list(status.outdated_corrections),
        "tokens": {
            month: {
                "input": tokens_in,
                "output": tokens_out,
                "cost": round(prices.cost(tokens_in, tokens_out), 6) if prices else None,
                "currency": prices.currency if prices else None,
            }
            for month, (tokens_in, tokens_out) in status.history.tokens.items()
        },
    }
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    return _SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def _run_data(run: Run) -> dict[str, object]:
    return {
        "command": run.command,
        "start": utc_time(run.start),
        "seconds": run.seconds,
        "version": run.version,
        "success": run.is_success,
        "fetched": run.fetched,
        "refreshed": run.refreshed,
        "written": run.written,
        "doubtful": run.doubtful,
        "waiting": run.waiting,
        "listed": run.listed,
        "failed": len(run.failed),
        "stopped": run.stopped,
        "quiet": run.quiet,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "model": run.model,
        "url": job_url(run),
    }
