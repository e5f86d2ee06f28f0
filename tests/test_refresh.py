"""arXiv asked again: what is taken over, what is written anew, and what stays as it is."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds import CONFIG, write_files
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.papers import Paper, Record
from digest_plugin.records.contents import english_changed
from digest_plugin.records.store import PaperStore
from servers import ArxivPaper, ArxivServer, Fault, ModelServer, translate
from sites import KEY, Site, chat, client, make_site, paper_ids, reasons, run_command, written

SINCE = date(2024, 3, 1)
"""Before the papers of these tests were published."""
ONE = "2403.00001"
WHOLE = {"title": "人写的题目", "summary": "人写的总结。", "abstract": "人写的摘要。"}
NOTICE = "This paper has been withdrawn by the authors due to an error in Lemma 3."


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer(map(ArxivPaper, paper_ids(3))) as server:
        yield server


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def new_english(number: int) -> str:
    """The abstract of a revision."""
    return f"Edition {number} asks another question. We answer it for {number} cases."


def revise(server: ArxivServer, paper: str, version: int = 2, **changes: Any) -> None:
    """Have `server` know a new version; its abstract is new unless the changes say otherwise."""
    changes = {"abstract": new_english(version), "updated": "2024-03-25T17:59:59Z"} | changes
    server.papers[paper].append(ArxivPaper(paper, version=version, **changes))


def the_same_english(paper: str) -> str:
    return ArxivPaper(paper).abstract


def stored(site: Site, paper: str) -> Record:
    record = site.record(paper)
    assert record is not None
    return record


def files(site: Site) -> dict[str, tuple[bytes, int]]:
    return {name: file for name, file in site.stored_files().items() if name.endswith(".json")}


def assert_text_and_original_match(site: Site) -> None:
    """The Chinese of every record is that of the English beside it."""
    for identifier in site.store.identifiers(faults := []):
        record = site.store.load(identifier)
        assert record is not None
        if record.chinese is None:
            assert record.written is None
            continue
        assert record.written is not None
        assert record.written.source_hash == record.paper.source_hash
        expected = translate(record.paper.title, record.paper.abstract)
        assert record.chinese.abstract == expected["abstract"]
    assert faults == []


def assert_nothing_new(site: Site, arxiv: ArxivServer, model: ModelServer) -> None:
    """A second refresh asks arXiv, no model, and writes no byte."""
    before, calls, asked = files(site), len(model.requests), len(arxiv.requests)
    report = site.update(arxiv, model, refresh=SINCE)
    assert files(site) == before
    assert len(model.requests) == calls
    assert len(arxiv.requests) > asked
    assert (report.fetched, report.refreshed, report.written) == ([], [], [])
    assert (report.failed, report.waiting, report.stopped) == ([], 0, None)


# --- what is taken over ----------------------------------------------------------------------


def test_a_paper_whose_english_changed_is_written_anew(tmp_path: Path, arxiv, model) -> None:
    """One call for it, none for the others, whose records keep every byte."""
    site = make_site(tmp_path, *paper_ids(3))
    site.update(arxiv, model)
    before = files(site)
    revise(arxiv, ONE)
    report = site.update(arxiv, model, refresh=SINCE)
    assert arxiv.requests[-1].ids == tuple(paper_ids(3))
    assert len(model.requests) == 4
    assert (list(map(str, report.refreshed)), written(report)) == ([ONE], [ONE])
    assert (report.fetched, report.failed, report.waiting) == ([], [], 0)
    assert stored(site, ONE).paper.version == 2
    assert stored(site, ONE).paper.abstract == new_english(2)
    changed = {name for name, file in files(site).items() if before.get(name) != file}
    assert changed == {f"2403/{ONE}.json"}
    assert_text_and_original_match(site)
    assert_nothing_new(site, arxiv, model)


def test_a_refresh_that_finds_nothing_changes_no_byte(tmp_path: Path, arxiv, model) -> None:
    """Neither the first time nor the second, whatever else the record holds."""
    site = make_site(tmp_path, "2403.00001v1", "2403.00002", "2403.00003")
    site.write_correction("2403.00002", title="人写的题目")
    site.write_correction("2403.00003", **WHOLE)
    site.update(arxiv, model)
    assert_nothing_new(site, arxiv, model)
    assert_nothing_new(site, arxiv, model)


def test_new_metadata_of_the_same_english_costs_no_call(tmp_path: Path, arxiv, model) -> None:
    """Version, comment and categories are taken over; the Chinese and where it came from stay."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, model)
    old = stored(site, ONE)
    revise(
        arxiv, ONE, abstract=the_same_english(ONE), comment="Accepted at ACL",
        categories=("cs.LG", "stat.ML"),
    )  # fmt: skip
    report = site.update(arxiv, model, refresh=SINCE)
    new = stored(site, ONE)
    assert (new.paper.version, new.paper.comment) == (2, "Accepted at ACL")
    assert new.paper.categories == ("cs.LG", "stat.ML")
    assert (new.chinese, new.written) == (old.chinese, old.written)
    assert (list(map(str, report.refreshed)), report.written) == ([ONE], [])
    assert len(model.requests) == 1
    assert_nothing_new(site, arxiv, model)


@pytest.mark.parametrize("listed", [ONE, f"{ONE}v1"])
def test_a_category_that_arxiv_corrects_is_taken_over(listed, tmp_path, arxiv, model) -> None:
    """Even where the version stays the same."""
    site = make_site(tmp_path, listed)
    site.update(arxiv, model)
    arxiv.papers[ONE] = [ArxivPaper(ONE, categories=("cs.IR", "cs.CL"))]
    report = site.update(arxiv, model, refresh=SINCE)
    assert stored(site, listed).paper.primary_category == "cs.IR"
    assert list(map(str, report.refreshed)) == [listed]
    assert len(model.requests) == 1
    assert_nothing_new(site, arxiv, model)


def test_a_record_that_two_lists_share_stays_one(tmp_path, arxiv, model) -> None:
    """As long as the newest version is the one that a list asks for, one file does for both."""
    site = make_site(tmp_path, ONE)
    site.write_list("pinned", [f"{ONE}v1"])
    site.update(arxiv, model)
    arxiv.papers[ONE] = [ArxivPaper(ONE, categories=("cs.IR", "cs.CL"))]
    site.update(arxiv, model, refresh=SINCE)
    assert list(files(site)) == [f"2403/{ONE}.json"]
    assert stored(site, f"{ONE}v1").paper.primary_category == "cs.IR"


WITHDRAWALS: dict[str, dict[str, Any]] = {
    # what the new version says, and the comment that readers get
    "in the abstract": {"abstract": NOTICE},
    "in the comment": {"abstract": "Withdrawn.", "comment": NOTICE},
    "in both": {"abstract": "This paper has been withdrawn.", "comment": NOTICE},
    "beside the text": {"abstract": the_same_english(ONE), "comment": NOTICE},
    "with another title": {"abstract": NOTICE, "title": "Withdrawn"},
}


@pytest.mark.parametrize("name", WITHDRAWALS)
@pytest.mark.parametrize("listed", [ONE, f"{ONE}v1"])
def test_a_withdrawn_paper_keeps_its_text(name: str, listed: str, tmp_path, arxiv, model) -> None:
    """Readers get the notice as comment; no model is asked. A list that asks for the version
    before learns no more than this."""
    site = make_site(tmp_path, listed)
    site.update(arxiv, model)
    old = stored(site, listed)
    revise(arxiv, ONE, **WITHDRAWALS[name])
    report = site.update(arxiv, model, refresh=SINCE)
    new = stored(site, listed)
    assert (new.paper.withdrawn, new.paper.comment) == (True, NOTICE)
    assert (new.paper.title, new.paper.abstract) == (old.paper.title, old.paper.abstract)
    assert (new.chinese, new.written) == (old.chinese, old.written)
    assert new.paper.version == (1 if listed.endswith("v1") else 2)
    assert (list(map(str, report.refreshed)), report.written) == ([listed], [])
    assert len(model.requests) == 1
    assert_nothing_new(site, arxiv, model)


def test_a_withdrawn_paper_that_had_no_chinese_gets_that_of_its_text(
    tmp_path, arxiv, model
) -> None:
    """Not that of the notice."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, None)
    revise(arxiv, ONE, abstract=NOTICE)
    assert written(site.update(arxiv, model, refresh=SINCE)) == [ONE]
    assert stored(site, ONE).paper.abstract == the_same_english(ONE)
    assert_text_and_original_match(site)
    assert_nothing_new(site, arxiv, model)


def test_a_paper_that_comes_back_is_no_longer_withdrawn(tmp_path, arxiv, model) -> None:
    """A new version with a text of its own is written like any other."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, model)
    revise(arxiv, ONE, abstract=NOTICE)
    site.update(arxiv, model, refresh=SINCE)
    revise(arxiv, ONE, version=3)
    assert written(site.update(arxiv, model, refresh=SINCE)) == [ONE]
    assert not stored(site, ONE).paper.withdrawn
    assert_text_and_original_match(site)


@pytest.mark.parametrize("listed", [ONE, f"{ONE}v2"])
def test_an_answer_that_is_out_of_date_is_no_news(listed, tmp_path, arxiv, model) -> None:
    """A mirror that lags behind takes no record back to an older version."""
    revise(arxiv, ONE)
    site = make_site(tmp_path, listed)
    site.update(arxiv, model)
    newest = arxiv.papers[ONE].pop()
    assert_nothing_new(site, arxiv, model)
    arxiv.papers[ONE].append(newest)
    assert_nothing_new(site, arxiv, model)


def test_a_paper_without_chinese_takes_the_new_english_and_is_written_once(
    tmp_path, arxiv, model
) -> None:
    """What was never written from the old text is not written from it now."""
    site = make_site(tmp_path, *paper_ids(2))
    site.update(arxiv, None)
    revise(arxiv, ONE)
    report = site.update(arxiv, None, refresh=SINCE)
    assert (stored(site, ONE).paper.version, report.waiting) == (2, 2)
    revise(arxiv, ONE, version=3)
    report = site.update(arxiv, model, refresh=SINCE)
    assert written(report) == paper_ids(2)
    assert stored(site, ONE).paper.abstract == new_english(3)
    assert len(model.requests) == 2
    assert_text_and_original_match(site)
    assert_nothing_new(site, arxiv, model)


# --- who is asked about ----------------------------------------------------------------------


def test_arxiv_is_asked_about_recent_papers_and_those_of_recent_lists(tmp_path: Path) -> None:
    """Published, revised or listed since; a list without a date makes nothing recent."""
    days = {
        "2403.00001": ("2024-02-01", "2024-02-01"),
        "2403.00002": ("2024-02-01", "2024-03-10"),
        "2403.00003": ("2024-02-29", "2024-02-29"),
        "2403.00004": ("2024-03-01", "2024-03-01"),
        "2403.00005": ("2023-01-01", "2023-01-01"),
    }
    known = [
        ArxivPaper(each, published=f"{first}T12:00:00Z", updated=f"{last}T12:00:00Z")
        for each, (first, last) in days.items()
    ]
    site = Site(tmp_path)
    site.write_list("2024-02-29", ["2403.00001", "2403.00002"])
    site.write_list("evergreen", ["2403.00003", "2403.00004"])
    site.write_list("2024-03-01", ["2403.00005"])
    with ArxivServer(known) as server:
        site.update(server, None)
        site.update(server, None, refresh=SINCE)
        assert sorted(server.requests[-1].ids) == ["2403.00002", "2403.00004", "2403.00005"]
        site.update(server, None, refresh=date(2024, 3, 2))
        assert sorted(server.requests[-1].ids) == ["2403.00002"]
        before = len(server.requests)
        site.update(server, None, refresh=date(2024, 4, 1))
        assert len(server.requests) == before


def test_a_hundred_papers_are_one_request(tmp_path: Path) -> None:
    """What is new on a list goes along; a paper is asked about once however it is listed."""
    ids = paper_ids(100)
    with ArxivServer(map(ArxivPaper, paper_ids(101))) as server:
        site = make_site(tmp_path, *ids)
        site.write_list("pinned", [f"{each}v1" for each in ids[:50]])
        site.update(server, None)
        before = len(server.requests)
        site.update(server, None, refresh=SINCE)
        assert [len(request.ids) for request in server.requests[before:]] == [100]
        site.write_list("2024-03-21", ["2403.00101"])
        site.update(server, None, refresh=SINCE)
        assert [len(request.ids) for request in server.requests[before + 1 :]] == [100, 1]


def test_without_arxiv_nothing_is_asked_again(tmp_path: Path, arxiv, model) -> None:
    """What waits for Chinese is written."""
    site = make_site(tmp_path, *paper_ids(2))
    site.update(arxiv, model, papers=1)
    assert len(site.update(None, model, refresh=SINCE).written) == 1
    assert len(arxiv.requests) == 1


def test_when_arxiv_cannot_be_asked_there_is_one_failure(tmp_path: Path, model) -> None:
    """Not one for each paper; what only waited for Chinese is written, and records stay."""
    ids = paper_ids(120)
    site = make_site(tmp_path, *ids)
    with ArxivServer(map(ArxivPaper, ids)) as server:
        site.update(server, model, papers=100, concurrency=8)
        before = files(site)
        server.faults.extend([Fault.status(503)] * 9)
        report = site.update(server, model, refresh=SINCE, concurrency=8)
    (reason,) = reasons(report).values()
    assert reason.startswith("asked again about 120 papers: arXiv did not answer properly after ")
    assert str(report.failed[0]).startswith(f"docs/digests/2024-03-20.yml:1: {ids[0]}: asked again")
    assert written(report) == ids[100:]
    assert (report.refreshed, report.waiting, report.stopped) == ([], 0, None)
    assert all(files(site)[name] == file for name, file in before.items() if "written" in str(file))


def test_each_reason_is_told_once(tmp_path: Path, arxiv, model) -> None:
    """A paper that arXiv no longer knows, and one whose entry lacks a part, are two failures."""
    site = make_site(tmp_path, *paper_ids(3))
    site.update(arxiv, model)
    before = files(site)
    del arxiv.papers["2403.00002"], arxiv.papers["2403.00003"]
    arxiv.faults.extend([Fault.missing("author")] * 5)
    report = site.update(arxiv, model, refresh=SINCE)
    assert reasons(report) == {
        ONE: "arXiv's entry lacks its title, authors, abstract or category",
        "2403.00002": (
            "asked again about 2 papers: arXiv knows no such paper, or no such version of it"
        ),
    }
    assert files(site) == before


# --- the old text stays until the new one is there -------------------------------------------

ENGLISH_ANSWER = Fault.reply('{"title": "x", "summary": "y", "abstract": "z"}')
TROUBLES: dict[str, tuple[list[Fault], dict[str, Any], tuple[int, int]]] = {
    # what goes wrong, the limits, and how many papers fail and wait
    "an answer that cannot be used": ([ENGLISH_ANSWER] * 3, {}, (1, 0)),
    "a refused key": ([Fault.status(401)], {}, (0, 1)),
    "a refusal of this paper": ([Fault.raw(b"{}", status=400)] * 2, {}, (1, 0)),
    "a provider that is gone": ([Fault.reset()] * 5, {}, (1, 0)),
    "a limit": ([], {"papers": 0}, (0, 1)),
    "a deadline": ([Fault.stall(9.0)], {"paper_seconds": 0.4}, (1, 0)),
    "no key": ([], {"model": None}, (0, 1)),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_cannot_be_written_anew_keeps_its_old_text(name: str, tmp_path, arxiv, model) -> None:
    """Every byte of the record stays, the report says why, and the next refresh writes it."""
    faults, options, counts = TROUBLES[name]
    options = {"model": model} | options
    site = make_site(tmp_path, ONE)
    site.update(arxiv, model)
    before = files(site)
    revise(arxiv, ONE)
    model.faults.extend(faults)
    report = site.update(arxiv, refresh=SINCE, **options)
    assert files(site) == before
    assert (len(report.failed), report.waiting) == counts
    assert (list(map(str, report.refreshed)), report.written) == ([ONE], [])
    model.faults.clear()
    assert written(site.update(arxiv, model, refresh=SINCE)) == [ONE]
    assert_text_and_original_match(site)
    assert_nothing_new(site, arxiv, model)


def test_while_the_new_text_is_written_readers_have_the_old_one(tmp_path, arxiv, model) -> None:
    """The record is replaced at once, when the answer is there, and never half."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, model)
    before = files(site)
    revise(arxiv, ONE)
    model.delay = 0.3
    thread = threading.Thread(target=lambda: site.update(arxiv, model, refresh=SINCE))
    thread.start()
    while len(model.requests) < 2:
        time.sleep(0.001)
    while_asking = files(site)
    thread.join()
    assert while_asking == before
    assert stored(site, ONE).paper.version == 2
    assert_text_and_original_match(site)


def test_time_that_is_up_leaves_old_texts_in_place(tmp_path, arxiv, model) -> None:
    """Nothing is begun; what is new is found again by the next refresh."""
    site = make_site(tmp_path, *paper_ids(3))
    site.update(arxiv, model)
    for each in paper_ids(3):
        revise(arxiv, each)
    before, asked = files(site), len(arxiv.requests)
    report = site.update(arxiv, model, refresh=SINCE, seconds=0)
    assert (files(site), len(arxiv.requests), len(model.requests)) == (before, asked, 3)
    assert (report.failed, report.waiting, report.refreshed) == ([], 0, [])
    assert len(site.update(arxiv, model, refresh=SINCE).written) == 3


@pytest.mark.parametrize("fault", [Fault.status(401), Fault.reset()], ids=str)
def test_a_model_that_dies_half_way_leaves_each_record_old_or_new(
    fault: Fault, tmp_path: Path
) -> None:
    """What was written stays written, the rest keeps its old text, and nothing is paid twice."""
    ids = paper_ids(12)
    site = make_site(tmp_path, *ids)
    with ArxivServer(map(ArxivPaper, ids)) as server, ModelServer() as model:
        site.update(server, model)
        for each in ids:
            revise(server, each, abstract=f"{new_english(2)} So does {each}.")
        model.faults.extend([None] * 4)  # type: ignore[list-item]
        model.faults.extend([fault] * 99)
        report = site.update(server, chat(model, first_wait=0.0), refresh=SINCE, concurrency=1)
        assert (len(report.written), report.stopped is not None) == (4, True)
        assert len(report.failed) + report.waiting == 8
        assert [stored(site, each).paper.version for each in ids] == [2] * 4 + [1] * 8
        assert_text_and_original_match(site)
        model.faults.clear()
        before = len(model.requests)
        site.update(server, model, refresh=SINCE)
        assert len(model.requests) - before == 8
        assert_text_and_original_match(site)
        assert_nothing_new(site, server, model)


def test_ctrl_c_leaves_each_record_old_or_new(tmp_path: Path) -> None:
    """Calls under way are stored, no other is begun, and the next refresh does the rest."""
    ids = paper_ids(12)
    site = make_site(tmp_path, *ids)
    main = threading.main_thread().ident
    assert main is not None
    with ArxivServer(map(ArxivPaper, ids)) as server, ModelServer() as model:
        site.update(server, model)
        for each in ids:
            revise(server, each, abstract=f"{new_english(2)} So does {each}.")
        model.delay = 0.05

        def interrupt() -> None:
            while len(model.requests) < 12 + 5:
                time.sleep(0.001)
            signal.pthread_kill(main, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            site.update(server, model, refresh=SINCE)
        thread.join()
        versions = Counter(stored(site, each).paper.version for each in ids)
        assert versions[2] >= 5
        assert versions[2] == len(model.requests) - 12
        assert versions[1] > 0
        assert_text_and_original_match(site)
        site.update(server, model, refresh=SINCE)
        assert len(model.requests) == 24
        assert_nothing_new(site, server, model)


def test_a_limit_counts_new_texts_and_lets_metadata_through(tmp_path, arxiv, model) -> None:
    """One paper is written anew, one waits, and one only has a new comment."""
    site = make_site(tmp_path, *paper_ids(3))
    site.update(arxiv, model)
    revise(arxiv, "2403.00001")
    revise(arxiv, "2403.00002", abstract=f"{new_english(2)} And more.")
    revise(arxiv, "2403.00003", abstract=the_same_english("2403.00003"), comment="12 pages")
    report = site.update(arxiv, model, refresh=SINCE, papers=1)
    assert (written(report), report.waiting) == (["2403.00001"], 1)
    assert stored(site, "2403.00002").paper.version == 1
    assert stored(site, "2403.00003").paper.comment == "12 pages"
    assert_text_and_original_match(site)


# --- corrections -----------------------------------------------------------------------------


def test_a_correction_stays_in_force_and_is_flagged(tmp_path, arxiv, model) -> None:
    """Its fields win over the new text, `check` asks to look again, and confirming it ends that."""
    write_files(tmp_path, {"mkdocs.yml": CONFIG})
    site = make_site(tmp_path, ONE)
    site.write_correction(ONE, title="人写的题目")
    site.update(arxiv, model)
    assert not english_changed(site.entry(ONE))
    revise(arxiv, ONE)
    site.update(arxiv, model, refresh=SINCE)
    entry = site.entry(ONE)
    assert entry.chinese is not None
    assert entry.chinese.title == "人写的题目"
    assert entry.chinese.abstract == translate("", new_english(2))["abstract"]
    assert english_changed(entry)
    done = run_command(tmp_path, "check")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"docs/corrections/{ONE}.yml:1: look at this correction again")
    assert_nothing_new(site, arxiv, model)
    site.write_correction(ONE, title="人再写的题目")
    site.update(arxiv, model)
    assert "look at this correction" not in run_command(tmp_path, "check").stdout


def test_a_correction_that_came_with_the_news_was_made_from_the_old_text(
    tmp_path, arxiv, model
) -> None:
    """Written since the last run, it is flagged all the same: nobody had seen the new English."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, model)
    site.write_correction(ONE, title="人写的题目")
    revise(arxiv, ONE)
    site.update(arxiv, model, refresh=SINCE)
    assert english_changed(site.entry(ONE))


def test_a_paper_whose_correction_is_whole_is_not_written_anew(tmp_path, arxiv, model) -> None:
    """Its metadata moves on, it is flagged, and without the correction it is written."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, model)
    site.write_correction(ONE, **WHOLE)
    revise(arxiv, ONE)
    report = site.update(arxiv, model, refresh=SINCE)
    assert (list(map(str, report.refreshed)), report.written, report.waiting) == ([ONE], [], 0)
    assert len(model.requests) == 1
    assert stored(site, ONE).paper.version == 2
    chinese = site.entry(ONE).chinese
    assert chinese is not None
    assert (chinese.title, chinese.abstract) == (WHOLE["title"], WHOLE["abstract"])
    assert english_changed(site.entry(ONE))
    assert_text_and_original_match(site)
    assert_nothing_new(site, arxiv, model)
    (site.folders.corrections / f"{ONE}.yml").unlink()
    assert written(site.update(arxiv, model)) == [ONE]
    assert_text_and_original_match(site)


# --- lists that ask for the same paper in several ways ---------------------------------------

PINNED_LISTS = {
    "an older list": ("2024-03-01", "2024-03-20"),
    "a newer list": ("2024-03-20", "2024-03-01"),
    "a list without a date": ("evergreen", "2024-03-20"),
    "a list outside of the time": ("2024-01-01", "2024-03-20"),
    "the only list in time": ("2024-03-20", "2024-01-01"),
}


@pytest.mark.parametrize("name", PINNED_LISTS)
@pytest.mark.parametrize("in_time", [True, False])
def test_a_list_that_asks_for_a_version_keeps_it(
    name: str, in_time: bool, tmp_path, arxiv, model
) -> None:
    """The newest record moves on; nothing is fetched or paid for again for the old one."""
    old = (
        {} if in_time else {"published": "2024-01-01T00:00:00Z", "updated": "2024-01-01T00:00:00Z"}
    )
    arxiv.papers[ONE] = [ArxivPaper(ONE, **old)]
    pinned, newest = PINNED_LISTS[name]
    site = Site(tmp_path)
    site.write_list(pinned, [f"{ONE}v1"])
    site.write_list(newest, [ONE])
    site.update(arxiv, model)
    first = stored(site, f"{ONE}v1")
    revise(arxiv, ONE)
    asked = len(arxiv.requests)
    report = site.update(arxiv, model, refresh=SINCE)
    assert written(report) == [ONE]
    assert stored(site, f"{ONE}v1") == first
    assert stored(site, ONE).paper.version == 2
    assert len(model.requests) == 2
    assert arxiv.requests[asked].ids == (ONE,)
    assert_text_and_original_match(site)
    asked = len(arxiv.requests)
    site.update(arxiv, model)
    assert len(arxiv.requests) == asked
    assert_nothing_new(site, arxiv, model)


@pytest.mark.parametrize("ids", [(ONE, f"{ONE}v1"), (f"{ONE}v1", ONE)])
@pytest.mark.parametrize("dates", [("2024-03-20", "2024-03-01"), ("2024-03-20", "2023-01-01")])
def test_what_waits_is_written_once_however_lists_ask_for_it(
    ids, dates, tmp_path: Path, arxiv, model
) -> None:
    """With a refresh as without one; afterwards every list has it."""
    site = Site(tmp_path)
    for name, each in zip(dates, ids, strict=True):
        site.write_list(name, [each])
    site.update(arxiv, None)
    site.update(arxiv, model, refresh=SINCE)
    assert all(site.entry(each).chinese is not None for each in ids)
    site.update(arxiv, model)
    assert len(model.requests) == 1
    assert_nothing_new(site, arxiv, model)


def test_a_new_version_that_a_list_asks_for_is_paid_for_once(tmp_path, arxiv, model) -> None:
    """The list brings it, and the refresh of the newest finds it, in one run."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, model)
    revise(arxiv, ONE)
    site.write_list("2024-03-26", [f"{ONE}v2"])
    site.update(arxiv, model, refresh=SINCE)
    assert len(model.requests) == 2
    for each in (ONE, f"{ONE}v2"):
        assert stored(site, each).paper.version == 2
        assert stored(site, each).chinese is not None
    assert_text_and_original_match(site)
    assert_nothing_new(site, arxiv, model)


def test_a_new_version_that_another_list_has_brought_is_not_paid_for_again(
    tmp_path, arxiv, model
) -> None:
    """The refresh takes its Chinese, without a key and with no room for more papers."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, model)
    revise(arxiv, ONE)
    site.write_list("2024-03-26", [f"{ONE}v2"])
    site.update(arxiv, model)
    report = site.update(arxiv, None, refresh=SINCE, papers=0)
    assert (report.waiting, len(model.requests)) == (0, 2)
    assert stored(site, ONE).chinese == stored(site, f"{ONE}v2").chinese is not None
    assert stored(site, ONE).paper.version == 2
    assert_nothing_new(site, arxiv, model)


def test_two_records_of_one_text_are_written_once(tmp_path, arxiv, model) -> None:
    """Both were stored before there was a key."""
    site = Site(tmp_path)
    site.write_list("2024-03-01", [f"{ONE}v1"])
    site.update(arxiv, None)
    site.write_list("2024-03-20", [ONE])
    site.update(arxiv, None)
    assert len(files(site)) == 2
    site.update(arxiv, model)
    site.update(arxiv, model)
    assert len(model.requests) == 1
    assert stored(site, ONE).chinese == stored(site, f"{ONE}v1").chinese is not None


def test_two_versions_with_one_text_are_written_once(tmp_path, arxiv, model) -> None:
    """What is paid for is the English, not the number of the version."""
    revise(arxiv, ONE, abstract=the_same_english(ONE))
    site = Site(tmp_path)
    site.write_list("2024-03-01", [f"{ONE}v1"])
    site.write_list("2024-03-20", [ONE])
    site.update(arxiv, model)
    site.update(arxiv, model, refresh=SINCE)
    assert len(model.requests) == 1
    assert [stored(site, each).paper.version for each in (f"{ONE}v1", ONE)] == [1, 2]
    assert stored(site, ONE).chinese == stored(site, f"{ONE}v1").chinese is not None


# --- records that are broken meanwhile -------------------------------------------------------


class Breaking(ArxivServer):
    """Breaks records while it is asked, as a merge in the middle of a run does."""

    def __init__(self, papers: list[ArxivPaper]) -> None:
        super().__init__(papers)
        self.breaks: list[Path] = []

    def _true_reply(self, call: Any, fault: Fault | None) -> Any:
        for path in self.breaks:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("<<<<<<< HEAD\n")
        return super()._true_reply(call, fault)


@pytest.mark.parametrize("is_up", [True, False])
def test_a_record_broken_while_arxiv_is_asked_costs_that_paper(
    is_up: bool, tmp_path: Path, model
) -> None:
    """It is named and left alone, the others are done, and no error ends the run."""
    with Breaking([ArxivPaper(each) for each in paper_ids(4)]) as server:
        site = make_site(tmp_path, *paper_ids(3))
        site.update(server, model, papers=1)
        revise(server, "2403.00002")
        site.write_list("2024-03-21", ["2403.00004"])
        server.breaks = [site.store.path(Identifier(f"2403.{n:05}")) for n in (1, 4)]
        if not is_up:
            server.faults.extend([Fault.status(503)] * 9)
        report = site.update(server, model, refresh=SINCE)
    assert written(report) == ["2403.00002", "2403.00003"]
    said = [str(failure) for failure in report.failed if "expected a record" in failure.reason]
    broken = {"2403.00001", "2403.00004"} if is_up else {"2403.00001"}
    assert {each.split(": ")[1] for each in said} == broken
    assert all(path.read_text() == "<<<<<<< HEAD\n" for path in server.breaks)
    assert report.stopped is None


def test_a_broken_record_that_no_list_asks_for_costs_nothing(tmp_path, arxiv, model) -> None:
    """The record of another version is only looked at to save a call."""
    site = make_site(tmp_path, ONE)
    path = site.store.path(parse_identifier(f"{ONE}v1"))
    path.parent.mkdir(parents=True)
    path.write_text("{")
    assert written(site.update(arxiv, model)) == [ONE]


# --- others at work in the same folder --------------------------------------------------------


@pytest.mark.parametrize("refresh", [None, SINCE])
def test_a_run_looks_again_when_it_is_its_turn(
    refresh, tmp_path, arxiv, model, monkeypatch
) -> None:
    """What another run has brought since this one looked is not taken back to an older version,
    and not paid for again."""
    site = make_site(tmp_path, ONE)
    site.update(arxiv, None)
    its_turn = PaperStore.one_run_at_a_time

    def late(store: PaperStore) -> Any:
        monkeypatch.undo()
        revise(arxiv, ONE)
        site.update(arxiv, model, refresh=SINCE)
        return its_turn(store)

    monkeypatch.setattr(PaperStore, "one_run_at_a_time", late)
    report = site.update(arxiv, model, refresh=refresh)
    assert (report.failed, report.stopped, len(model.requests)) == ([], None, 1)
    assert stored(site, ONE).paper.version == 2
    assert_text_and_original_match(site)
    assert_nothing_new(site, arxiv, model)


def test_a_record_that_a_merge_brings_meanwhile_stays(tmp_path, arxiv, model) -> None:
    """A newer version with its Chinese is neither overwritten nor paid for again."""
    site = make_site(tmp_path, *paper_ids(2))
    site.update(arxiv, None)
    other = make_site(tmp_path / "other", "2403.00002")
    revise(arxiv, "2403.00002")
    other.update(arxiv, model)
    merged = other.store.path(Identifier("2403.00002")).read_bytes()
    path = site.store.path(Identifier("2403.00002"))
    model.delay = 0.2
    thread = threading.Thread(target=lambda: site.update(None, model, concurrency=1))
    thread.start()
    while len(model.requests) < 2:
        time.sleep(0.001)
    path.write_bytes(merged)
    thread.join()
    assert path.read_bytes() == merged
    assert len(model.requests) == 2


# --- whatever happens ------------------------------------------------------------------------

TWO = paper_ids(2)
LISTINGS = st.lists(
    st.sampled_from([f"{each}{version}" for each in TWO for version in ("", "v1", "v2")]),
    unique_by=lambda each: each,
    min_size=1,
    max_size=6,
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["new text", "new comment", "other category", "withdrawal"]),
            st.sampled_from(TWO),
        ),
        st.tuples(
            st.sampled_from(["update", "refresh"]),
            st.sampled_from(["well", "no key", "refused key", "limit", "arXiv down"]),
        ),
    ),
    max_size=9,
)


class World:
    """What arXiv knows of two papers, and a site that follows."""

    def __init__(self, root: Path, arxiv: ArxivServer, model: ModelServer) -> None:
        self.site = Site(root)
        self.arxiv, self.model = arxiv, model
        self.asker, self.writer = client(arxiv), chat(model)
        self.sent: Counter[str] = Counter()
        self.texts = 0
        arxiv.papers = {each: [ArxivPaper(each)] for each in TWO}

    def happen(self, event: str, argument: str) -> None:
        if event in ("update", "refresh"):
            self.run(SINCE if event == "refresh" else None, argument)
            return
        versions = self.arxiv.papers[argument]
        last = versions[-1]
        if "withdrawn" in last.abstract:
            return
        self.texts += 1
        changes: dict[str, dict[str, Any]] = {
            "new text": {"abstract": new_english(100 + self.texts)},
            "new comment": {"comment": f"{self.texts} pages"},
            "withdrawal": {"abstract": NOTICE},
        }
        kept = {name: getattr(last, name) for name in ("abstract", "comment", "categories")}
        if event == "other category":
            kept["categories"] = (f"cs.A{chr(65 + self.texts % 26)}",)
            versions[-1] = ArxivPaper(argument, version=last.version, **kept)
        else:
            versions.append(
                ArxivPaper(argument, version=last.version + 1, **(kept | changes[event]))
            )

    def run(self, refresh: date | None, how: str = "well") -> None:
        self.arxiv.faults.clear()
        if how == "arXiv down":
            self.arxiv.faults.extend([Fault.status(503)] * 4)
        self.model.api_key = "another" if how == "refused key" else None
        before = len(self.model.requests)
        self.site.update(
            self.asker,
            None if how == "no key" else self.writer,
            refresh=refresh,
            papers=1 if how == "limit" else None,
        )
        if how != "refused key":
            asked = [request.body["messages"][1] for request in self.model.requests[before:]]
            self.sent.update(each["content"] for each in asked)
        assert_text_and_original_match(self.site)

    def newest(self, identifier: Identifier) -> ArxivPaper:
        return self.arxiv.papers[identifier.base][-1]

    def assert_is_told(self, listed: str) -> None:
        """What the site has of `listed` is what arXiv says, and it has Chinese."""
        identifier = parse_identifier(listed)
        newest = self.newest(identifier)
        if identifier.version is not None and identifier.version > newest.version:
            assert self.site.record(listed) is None
            return
        record = stored(self.site, listed)
        correction = self.site.contents.corrections.get(identifier.base)
        assert record.chinese is not None or (correction and correction.is_whole)
        if identifier.version is None:
            assert record.paper.version == newest.version
            assert record.paper.categories == newest.categories
        else:
            assert record.paper.version == identifier.version
        assert record.paper.withdrawn == ("withdrawn" in newest.abstract)
        if not record.paper.withdrawn:
            version = self.arxiv.papers[identifier.base][record.paper.version - 1]
            assert record.paper.abstract == version.abstract


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[ArxivServer, ModelServer]]:
    with ArxivServer() as arxiv, ModelServer() as model:
        yield arxiv, model


@settings(max_examples=40)
@given(
    lists=st.lists(LISTINGS, min_size=1, max_size=3),
    corrected=st.sampled_from([{}, {"title": "人写的题目"}, WHOLE]),
    events=EVENTS,
)
def test_whatever_happens_every_text_is_paid_for_once(servers, lists, corrected, events) -> None:
    """However lists ask, whatever changes at arXiv and whatever runs go wrong in between: text
    and original always match, no English is sent to the model again once it was answered, and in
    the end every list has what it asked for, and a further refresh changes no byte."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder), *servers)
        for name, listed in zip(("2024-03-20", "2024-01-01", "evergreen"), lists, strict=False):
            # A list holds a paper once.
            world.site.write_list(name, {each[:10]: each for each in listed}.values())
        if corrected:
            world.site.write_correction(TWO[0], **corrected)
        for event in events:
            world.happen(*event)
        world.run(SINCE)
        world.run(SINCE)
        before, calls = files(world.site), len(world.model.requests)
        world.run(SINCE)
        assert (files(world.site), len(world.model.requests)) == (before, calls)
        assert set(world.sent.values()) <= {1}
        for listed in {paper.identifier for paper in world.site.contents.listed()}:
            world.assert_is_told(str(listed))


@given(
    old=st.tuples(st.integers(1, 3), st.booleans(), st.sampled_from(["A", "B", NOTICE])),
    new=st.tuples(st.integers(1, 3), st.booleans(), st.sampled_from(["A", "B", NOTICE])),
    comment=st.sampled_from([None, "12 pages", NOTICE]),
    is_pinned=st.booleans(),
)
def test_news_heard_twice_is_no_news(old, new, comment, is_pinned) -> None:
    """Taking over what arXiv says is done once: the second time nothing changes. The version
    never goes back, and what is withdrawn keeps its text and has a comment."""
    record = Record(paper(*old, comment="An old comment"))
    told = paper(*new, comment=comment)
    once = record.with_news(told, pinned=is_pinned)
    assert once.with_news(told, pinned=is_pinned) == once
    assert once.paper.version >= record.paper.version
    if is_pinned:
        assert once.paper.version == record.paper.version
    if told.withdrawn:
        assert once.paper.source_hash == record.paper.source_hash
        assert once.paper.comment is not None


def paper(version: int, withdrawn: bool, abstract: str, comment: str | None) -> Paper:
    base = ArxivPaper(ONE)
    moment = datetime.fromisoformat(base.updated)
    return Paper(
        id=ONE, version=version, title=base.title, authors=(), abstract=abstract,
        categories=("cs.CL",), primary_category="cs.CL", published=moment, updated=moment,
        comment=comment, withdrawn=withdrawn,
    )  # fmt: skip


def test_the_key_is_nowhere(tmp_path: Path, arxiv, capfd) -> None:
    """Not in records, reports or what is printed, even where a server repeats it."""
    site = make_site(tmp_path, ONE)
    with ModelServer() as model:
        site.update(arxiv, model)
        revise(arxiv, ONE)
        model.faults.extend([Fault.error_200(f"bad key {KEY}")] * 5)
        report = site.update(arxiv, chat(model, first_wait=0.0), refresh=SINCE)
    assert "***" in str(report)
    assert KEY not in str(report) + site.stored_text() + "".join(capfd.readouterr())
