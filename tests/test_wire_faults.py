"""Every fault of both servers at every moment, in rows and at random: papers are done or named, no
deadline is outlived, and arXiv is never asked too often."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from digest_plugin.intake.fetch import TRIES
from servers import ArxivPaper, ArxivServer, Fault, ModelServer
from sites import Site, chat, client, make_site, paper_ids, reasons, written
from test_fetch import FAULTS as ARXIV_FAULTS
from test_update import MODEL_FAULTS

LONG = 60.0
"""Seconds: a fault that is waited for to its end is noticed."""
HANGING = {
    "stall": Fault.stall(LONG),
    "drip": Fault.drip(LONG),
    "dripping headers": Fault.drip_headers(LONG),
}
ARXIV: dict[str, Fault] = {name: fault for name, (fault, _) in ARXIV_FAULTS.items()} | HANGING | {
    "out of order": Fault.out_of_order(),
    "empty page": Fault.empty_page(),
    "no author": Fault.missing("author"),
    "no abstract": Fault.missing("summary"),
    "no category": Fault.missing("primary_category"),
}  # fmt: skip
HARMLESS = {"out of order"}
MODEL: dict[str, tuple[Fault, int]] = {
    # the fault, and how many of it in a row make a paper fail
    **{name: (fault, tries) for name, (fault, tries, _) in MODEL_FAULTS.items()},
    **{name: (fault, 1) for name, fault in HANGING.items()},
}
PAPER_SECONDS = 1.0
IMPATIENT = {"read_timeout": 0.3, "reply_timeout": 0.4}
DELAY = 0.2


class _Faulty:
    """A server with a fault at each of some requests, by their number, or at some at random."""

    requests: list[Any]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.at: dict[int, Fault] = {}
        self.choose: Callable[[], Fault | None] = lambda: None
        self.given: list[Fault] = []

    def _pop_fault(self, call: Any) -> Fault | None:
        fault = self.at.get(len(self.requests) - 1) or self.choose()
        if fault is not None:
            self.given.append(fault)
        return fault


class FaultyArxiv(_Faulty, ArxivServer):
    pass


class FaultyModel(_Faulty, ModelServer):
    pass


def papers(count: int) -> list[ArxivPaper]:
    return [ArxivPaper(each) for each in paper_ids(count)]


def pairs(
    faults: dict[str, Any], moments: tuple[int, ...], *, thorough: bool
) -> Iterator[tuple[str, int]]:
    """Every fault at every moment; in a plain run each fault at one of them."""
    if thorough:
        yield from product(faults, moments)
    else:
        yield from ((name, moments[n % len(moments)]) for n, name in enumerate(faults))


def assert_done_or_named(site: Site, report: Any, count: int) -> None:
    """Each paper once: its Chinese is there, or its failure says why."""
    named = [str(failure.identifier) for failure in report.failed]
    assert sorted([*written(report), *named]) == paper_ids(count)
    assert all(reasons(report).values())
    assert (report.waiting, report.stopped) == (0, None)
    for each in written(report):
        record = site.record(each)
        assert record is not None and record.chinese is not None


# --- pairs -----------------------------------------------------------------------------------


def test_every_fault_of_arxiv_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thorough: bool
) -> None:
    """In rows that end before the tries do they cost nothing; in one that does not, the groups
    before it are kept, and every other paper is named or fetched."""
    monkeypatch.setattr("digest_plugin.intake.fetch.MAX_IDENTIFIERS", 2)
    for number, (name, moment) in enumerate(pairs(ARXIV, (0, 1, 2), thorough=thorough)):
        for row in (1, 2, 3, TRIES) if thorough else (3 + number % 2,):
            site = make_site(tmp_path / f"{name} {moment} {row}", *paper_ids(6))
            with FaultyArxiv(papers(6)) as arxiv:
                arxiv.at = {moment + n: ARXIV[name] for n in range(row)}
                start = time.monotonic()
                report = site.update(client(arxiv, **IMPATIENT), None)
                assert time.monotonic() - start < 10, name
            fetched, named = {str(each) for each in report.fetched}, reasons(report)
            assert sorted([*fetched, *named]) == paper_ids(6)
            if row < TRIES or name in HARMLESS:
                assert named == {}, name
            assert set(paper_ids(2 * moment)) <= fetched, name
            assert len(arxiv.given) == min(row, len(arxiv.requests) - moment)


def test_every_fault_of_a_model_at_every_moment(tmp_path: Path, thorough: bool) -> None:
    """In rows that end before the tries do they cost calls; in one that does not, one paper."""
    for name, moment in pairs(MODEL, (0, 3, 5), thorough=thorough):
        fault, fatal = MODEL[name]
        rows = [row for row in (1, 2, 4) if row < fatal] if thorough else []
        for row in [*rows, fatal]:
            site = make_site(tmp_path / f"{name} {moment} {row}", *paper_ids(6))
            with ArxivServer(papers(6)) as arxiv, FaultyModel() as model:
                model.at = {moment + n: fault for n in range(row)}
                start = time.monotonic()
                report = site.update(arxiv, chat(model), concurrency=1, paper_seconds=PAPER_SECONDS)
                assert time.monotonic() - start < 10, name
            assert_done_or_named(site, report, 6)
            assert len(model.given) == row
            expected = [paper_ids(6)[moment]] if row == fatal else []
            assert list(reasons(report)) == expected, name


# --- at random -------------------------------------------------------------------------------


def some(seed: int, faults: list[Fault]) -> Callable[[], Fault | None]:
    """One of `faults` for a fifth of the requests, often one of those that hang."""
    dice = random.Random(seed)

    def choose() -> Fault | None:
        if dice.random() >= 0.2:
            return None
        return dice.choice(faults if dice.random() < 0.8 else list(HANGING.values()))

    return choose


@pytest.mark.parametrize("seed", range(3))
def test_a_fifth_of_all_requests_may_fail(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thorough: bool
) -> None:
    """All papers are done or named, run after run, until all are done; none is written twice;
    nothing hangs; arXiv is asked by one connection, and not too often."""
    if seed and not thorough:
        pytest.skip("one seed is enough without --thorough")
    count = 1000 if thorough else 60
    monkeypatch.setattr("digest_plugin.intake.fetch.MAX_IDENTIFIERS", count // 10)
    site = make_site(tmp_path, *paper_ids(count))
    times_written: list[str] = []
    runs = 0
    start = time.monotonic()
    with FaultyArxiv(papers(count)) as arxiv, FaultyModel() as model:
        arxiv.choose = some(seed + 4, list(ARXIV.values()))
        model.choose = some(seed, [fault for fault, _ in MODEL.values()])
        asker = client(arxiv, delay=DELAY, **IMPATIENT)
        while len(times_written) < count:
            runs += 1
            assert runs <= 8
            report = site.update(asker, chat(model), concurrency=8, paper_seconds=PAPER_SECONDS)
            times_written += written(report)
            named = [str(failure.identifier) for failure in report.failed]
            assert sorted([*times_written, *named]) == paper_ids(count)
            assert all(reasons(report).values())
            assert (report.waiting, report.stopped) == (0, None)
        seconds = time.monotonic() - start
        hanging = [fault for fault in (*arxiv.given, *model.given) if fault in HANGING.values()]
        share = len(model.given) / len(model.requests)
        assert model.most_in_flight <= 8 + len(hanging)
    assert len(set(times_written)) == count
    assert 0.1 < share < 0.3
    assert hanging
    assert arxiv.given
    # One that was waited for to its end would take LONG.
    allowed = 30 + DELAY * len(arxiv.requests) + (PAPER_SECONDS + 0.4) * len(hanging)
    assert seconds < min(allowed, LONG) if not thorough else seconds < allowed + count / 10
    gaps = [later.at - earlier.at for earlier, later in pairwise(arxiv.requests)]
    assert min(gaps) >= DELAY
    assert arxiv.most_in_flight == 1
    print(
        f"seed {seed}: {count} papers in {runs} runs and {seconds:.0f} s;"
        f" {len(arxiv.given)} of {len(arxiv.requests)} requests to arXiv and {len(model.given)} of"
        f" {len(model.requests)} to the model failed, {len(hanging)} hung"
    )
