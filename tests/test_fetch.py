"""arXiv as it is on bad days: what the client asks for, when, and what it believes."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import arxiv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_plugin.identifiers import Identifier
from digest_plugin.intake import fetch
from digest_plugin.intake.fetch import ArxivClient, Fetched, FetchError, is_withdrawn, paper_from
from digest_plugin.machine.waiting import backoff, retry_after
from digest_plugin.papers import Author, Paper
from servers import ArxivPaper, ArxivServer, Fault
from sites import client, make_site, paper_ids, reasons

LACKS = "arXiv's entry lacks its title, authors, abstract or category"
MALFORMED = "arXiv refuses this ID as malformed"
UNKNOWN = "arXiv knows no such paper, or no such version of it"
BAD = Identifier("9999.99999")


class AnonymousArxiv(ArxivServer):
    """Refuses malformed identifiers without saying which."""

    def _true_reply(self, call: Any, fault: Fault | None) -> Any:
        reply = super()._true_reply(call, fault)
        return replace(reply, body=b"Bad Request") if reply.status == 400 else reply


class ForgetfulArxiv(ArxivServer):
    """Leaves one paper out of its first reply, and does not count it either."""

    forgets: str | None = "2403.00002"

    def _found(self, query: Any) -> Any:
        forgotten, self.forgets = self.forgets, None
        return [paper for paper in super()._found(query) if paper.id != forgotten]


class NewestOnlyArxiv(ArxivServer):
    """Gives the newest version, whichever was asked for."""

    def _paper(self, asked: str) -> Any:
        return super()._paper(asked.partition("v")[0])


def papers(count: int) -> list[ArxivPaper]:
    return [ArxivPaper(each) for each in paper_ids(count)]


def identifiers(count: int) -> list[Identifier]:
    return [Identifier(each) for each in paper_ids(count)]


def outcomes(asker: ArxivClient, asked: Sequence[Identifier]) -> dict[str, Fetched]:
    """What became of each identifier; every one exactly once."""
    found = list(asker.fetch(asked))
    assert sorted(str(each.identifier) for each in found) == sorted(set(map(str, asked)))
    return {str(each.identifier): each for each in found}


def one(paper: ArxivPaper) -> Paper:
    """What the client makes of `paper`."""
    with ArxivServer([paper]) as server:
        found = outcomes(client(server), [Identifier(paper.id)])[paper.id].paper
    assert found is not None
    return found


def gaps(server: ArxivServer) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(server.requests)]


# --- what is asked ---------------------------------------------------------------------------


def test_a_hundred_papers_are_one_request() -> None:
    """At most 100 IDs a request, and no fewer than that while there are more."""
    with ArxivServer(papers(250)) as server:
        found = outcomes(client(server), identifiers(250))
    assert [len(request.ids) for request in server.requests] == [100, 100, 50]
    assert [request.max_results for request in server.requests] == [100, 100, 50]
    assert all(each.paper for each in found.values())


def test_nothing_asked_for_asks_nothing() -> None:
    """Without identifiers there is no request."""
    with ArxivServer() as server:
        assert list(client(server).fetch([])) == []
    assert server.requests == []


def test_an_id_given_twice_is_asked_for_once() -> None:
    """Every identifier comes back once, however often it was given."""
    with ArxivServer(papers(2)) as server:
        outcomes(client(server), identifiers(2) * 3)
    assert [request.ids for request in server.requests] == [tuple(paper_ids(2))]


def test_one_connection_serves_all_requests() -> None:
    """Requests follow one another on one connection, errors of HTTP included."""
    with ArxivServer(papers(300)) as server:
        accepted = []
        accept = server._listener.get_request
        server._listener.get_request = lambda: accepted.append(1) or accept()
        server.faults.extend([Fault.status(503), Fault.html_200(), Fault.empty_200()])
        outcomes(client(server), identifiers(300))
    assert len(server.requests) == 6
    assert len(accepted) == 1


def test_requests_say_who_asks() -> None:
    """arXiv can tell from every request which program sent it."""
    with ArxivServer(papers(1)) as server:
        outcomes(client(server), identifiers(1))
    assert server.requests[0].user_agent.startswith("mkdocs-arxiv-digest/")


def test_requests_never_overlap() -> None:
    """arXiv never has two requests of ours at a time."""
    with ArxivServer(papers(201)) as server:
        server.delay = 0.02
        outcomes(client(server), identifiers(201))
    assert server.most_in_flight == 1


# --- pauses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault.status(500),
        Fault.status(429, "0"),
        Fault.reset(),
        Fault.empty_200(),
        Fault.short_body(),
        Fault.missing("author"),
    ],
    ids=str,
)
def test_the_pause_is_kept_after_every_kind_of_reply(fault: Fault | None) -> None:
    """As the server sees it at least `delay` lies between two requests, also after a failure."""
    with ArxivServer(papers(101)) as server:
        server.faults.extend([] if fault is None else [fault])
        outcomes(client(server, delay=0.4), identifiers(101))
    assert len(server.requests) == (2 if fault is None else 3)
    assert min(gaps(server)) >= 0.4


def test_the_pause_is_kept_from_one_fetch_to_the_next() -> None:
    """The pause belongs to the client, not to one call of it, and to retries for IDs left out."""
    with ArxivServer(papers(1)) as server:
        asker = client(server, delay=0.4)
        outcomes(asker, [Identifier("2403.09999")])
        outcomes(asker, identifiers(1))
    assert len(server.requests) == 3
    assert min(gaps(server)) >= 0.4


def test_the_pause_begins_when_a_request_has_arrived() -> None:
    """One that was long on its way, or long in answering, is not followed by the next at once."""
    with ArxivServer(papers(101)) as server:
        server.faults.append(Fault.stall(0.6))
        outcomes(client(server, delay=0.4), identifiers(101))
    assert gaps(server)[0] >= 1.0


def test_the_pause_is_three_seconds_by_default() -> None:
    """Nobody has to ask for the 3 seconds that arXiv's terms of use demand."""
    slept: list[float] = []
    with ArxivServer(papers(101)) as server:
        outcomes(ArxivClient(server.url, sleep=slept.append), identifiers(101))
    assert slept == [pytest.approx(3.0, abs=0.5)]


@pytest.mark.parametrize("fault", [Fault.status(500), Fault.reset(), Fault.empty_200()], ids=str)
def test_the_pause_is_three_seconds_after_a_failure(fault: Fault) -> None:
    """By default a failure is followed by the same 3 seconds, whatever the backoff says."""
    slept: list[float] = []
    with ArxivServer(papers(1)) as server:
        server.faults.append(fault)
        outcomes(ArxivClient(server.url, sleep=slept.append), identifiers(1))
    assert max(slept) == pytest.approx(3.0, abs=0.5)


def test_waits_after_failures_grow() -> None:
    """A server in trouble is asked less and less often."""
    slept: list[float] = []
    with ArxivServer(papers(1)) as server:
        server.faults.extend([Fault.status(503)] * 3)
        asker = client(server, delay=1e-9, sleep=slept.append)
        outcomes(asker, identifiers(1))
    waits = [each for each in slept if each > 0]
    assert len(waits) == 3
    assert all(later > 1.4 * earlier for earlier, later in pairwise(waits))


def test_retry_after_in_seconds_is_obeyed() -> None:
    """A server that asks for 7 seconds gets 7 seconds."""
    slept: list[float] = []
    with ArxivServer(papers(1)) as server:
        server.faults.append(Fault.status(429, "7"))
        found = outcomes(client(server, sleep=slept.append), identifiers(1))
    assert 7.0 in slept
    assert found["2403.00001"].paper is not None


def test_retry_after_as_a_date_is_obeyed() -> None:
    """A server may name the time instead of the seconds."""
    slept: list[float] = []
    with ArxivServer(papers(1)) as server:
        moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
        server.faults.append(Fault.status(503, moment))
        outcomes(client(server, sleep=slept.append), identifiers(1))
    assert 27 < max(slept) <= 30


@pytest.mark.parametrize("header", ["121", "86400"])
def test_a_retry_after_that_is_too_long_ends_the_fetch(header: str, tmp_path: Path) -> None:
    """Who is told to wait longer than two minutes leaves it to the next run, and says so."""
    slept: list[float] = []
    site = make_site(tmp_path, *paper_ids(150))
    with ArxivServer(papers(150)) as server:
        server.faults.append(Fault.status(429, header))
        report = site.update(client(server, sleep=slept.append), None)
    assert len(server.requests) == 1
    assert max(slept, default=0) == 0
    reason = f"arXiv did not answer properly after 1 try: HTTP 429; it asks to wait {header} s"
    assert set(reasons(report).values()) == {reason}
    assert len(report.failed) == 150


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 41 Oct 2015 07:28:00 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00"}, None),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "²", "retry-after": "9"}, 9.0),
    ],
)
def test_retry_after_is_read_in_all_its_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    """What no server can mean is as good as no header, and a past date means now."""
    assert retry_after(headers) == seconds


@given(st.integers(0, 60), st.floats(0, 100), st.floats(0, 100))
def test_backoff_stays_between_its_bounds(attempt: int, first: float, longest: float) -> None:
    """No wait is longer than the longest, and at most a quarter is taken off."""
    full = min(longest, first * 2**attempt)
    assert 0.75 * full <= backoff(attempt, first=first, longest=longest) <= full


# --- replies that cannot be trusted ----------------------------------------------------------

FAULTS = {
    "429": (Fault.status(429, "0"), "HTTP 429"),
    "500": (Fault.status(500), "HTTP 500"),
    "503": (Fault.status(503, body=b"<html>Rate exceeded.</html>"), "HTTP 503"),
    "404": (Fault.status(404), "HTTP 404"),
    "html": (Fault.html_200(), "not a complete Atom feed"),
    "json": (Fault.raw(b'{"feed": 1}'), "not a complete Atom feed"),
    "empty": (Fault.empty_200(), "an empty reply"),
    "cut early": (Fault.truncated(0.1), "not a complete Atom feed"),
    "cut in the middle": (Fault.truncated(0.5), "not a complete Atom feed"),
    "cut late": (Fault.truncated(0.999), "not a complete Atom feed"),
    "short body": (Fault.short_body(), "reply cut short"),
    "reset": (Fault.reset(), "connection reset"),
    "stall": (Fault.stall(4.0), "no answer in time"),
    "closed": (Fault.stall(0.0), "connection closed"),
    "drip": (Fault.drip(6.0), "still talking after 1.5 s"),
    "dripping headers": (Fault.drip_headers(6.0), "still talking after 1.5 s"),
    "dropped entry": (Fault.drop_first_entry(), "fewer papers than it says it found"),
}
IMPATIENT = {"read_timeout": 1.0, "reply_timeout": 1.5}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_passes_costs_one_more_request(name: str, tmp_path: Path) -> None:
    """A reply that cannot be trusted is asked for again, and the second counts."""
    site = make_site(tmp_path, *paper_ids(3))
    with ArxivServer(papers(3)) as server:
        server.faults.append(FAULTS[name][0])
        report = site.update(client(server, **IMPATIENT), None)
        assert len(server.requests) == 2
        assert report.failed == []
        assert sorted(map(str, report.fetched)) == paper_ids(3)
        assert report.waiting == 3
        again = site.update(client(server), None)
        assert len(server.requests) == 2
    assert again.fetched == []
    assert again.waiting == 3


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - {"dropped entry"}))
def test_a_fault_that_stays_is_named_for_every_paper(name: str, tmp_path: Path) -> None:
    """After 4 tries each paper fails with the reason; the next run finds them all to do."""
    site = make_site(tmp_path, *paper_ids(2))
    fault, reason = FAULTS[name]
    with ArxivServer(papers(2)) as server:
        server.faults.extend([fault] * 4)
        report = site.update(client(server, **IMPATIENT), None)
        assert len(server.requests) == 4
        said = f"arXiv did not answer properly after 4 tries: {reason}"
        assert reasons(report) == dict.fromkeys(paper_ids(2), said)
        assert [str(failure) for failure in report.failed] == [
            f"docs/digests/2024-03-20.yml:{line}: {each}: {said}"
            for line, each in enumerate(paper_ids(2), 1)
        ]
        assert site.stored_text() == ""
        again = site.update(client(server), None)
    assert sorted(map(str, again.fetched)) == paper_ids(2)


def test_different_faults_in_a_row_are_survived(tmp_path: Path) -> None:
    """What counts is that the last try answers, not what the others did."""
    site = make_site(tmp_path, *paper_ids(2))
    with ArxivServer(papers(2)) as server:
        server.faults.extend([Fault.reset(), Fault.truncated(), Fault.status(503, "0")])
        report = site.update(server, None)
    assert (len(report.fetched), report.failed, len(server.requests)) == (2, [], 4)


def test_time_outs_bound_the_whole_fetch() -> None:
    """However slowly arXiv drips, a reply takes no longer than `reply_timeout`."""
    with ArxivServer(papers(1)) as server:
        server.faults.extend([Fault.drip(5.0)] * 4)
        start = time.monotonic()
        outcomes(client(server, reply_timeout=0.2), identifiers(1))
        assert 0.8 < time.monotonic() - start < 15


def test_a_flood_is_not_read_to_its_end(tmp_path: Path) -> None:
    """No reply fills the memory: beyond 50 MiB it is refused."""
    flood = Fault.raw(b" " * (fetch.MAX_REPLY + 100_000))
    with ArxivServer(papers(1)) as server:
        server.faults.append(flood)
        site = make_site(tmp_path, *paper_ids(1))
        report = site.update(server, None)
    assert (len(report.fetched), len(server.requests)) == (1, 2)


@pytest.mark.parametrize("element", ["author", "summary", "primary_category"])
def test_an_entry_that_lacks_a_part_once_is_asked_for_again(element: Any, tmp_path: Path) -> None:
    """Half a paper is not believed while a whole one can be had."""
    site = make_site(tmp_path, *paper_ids(3))
    with ArxivServer(papers(3)) as server:
        server.faults.append(Fault.missing(element))
        report = site.update(server, None)
    assert (len(report.fetched), report.failed, len(server.requests)) == (3, [], 2)


@pytest.mark.parametrize("element", ["author", "summary", "primary_category"])
def test_an_entry_that_always_lacks_a_part_costs_the_others_nothing(
    element: Any, tmp_path: Path
) -> None:
    """The paper is named with the reason; the others of its request are stored."""
    site = make_site(tmp_path, *paper_ids(3))
    with ArxivServer(papers(3)) as server:
        server.faults.extend([Fault.missing(element)] * 4)
        report = site.update(server, None)
    assert reasons(report) == {"2403.00001": LACKS}
    assert sorted(map(str, report.fetched)) == ["2403.00002", "2403.00003"]
    assert len(server.requests) == 4


def test_arxiv_gone_is_found_out_once(tmp_path: Path) -> None:
    """When nobody listens, one group is tried and all papers get the reason."""
    slept: list[float] = []
    with ArxivServer() as server:
        url = server.url
    site = make_site(tmp_path, *paper_ids(250))
    report = site.update(ArxivClient(url, delay=0.0, sleep=slept.append), None)
    reason = "arXiv did not answer properly after 4 tries: connection refused"
    assert reasons(report) == dict.fromkeys(paper_ids(250), reason)
    assert len(slept) == 3


def test_a_host_without_a_name_is_said_so() -> None:
    """A mistyped host is told from a server that is down."""
    asker = ArxivClient("http://no-such-host.invalid/api/query", delay=0.0)
    reason = outcomes(asker, identifiers(1))["2403.00001"].reason
    assert reason == "arXiv did not answer properly after 4 tries: host name not found"


def test_a_later_group_that_fails_costs_the_earlier_nothing(tmp_path: Path) -> None:
    """What the first request brought is stored, whatever becomes of the second."""
    site = make_site(tmp_path, *paper_ids(150))
    with ArxivServer(papers(150)) as server:
        server.faults.extend([None, *[Fault.status(500)] * 4])  # type: ignore[list-item]
        report = site.update(server, None)
        assert len(report.fetched) == 100
        assert sorted(reasons(report)) == paper_ids(150)[100:]
        again = site.update(server, None)
    assert len(again.fetched) == 50
    assert len(server.requests[-1].ids) == 50


# --- identifiers that arXiv does not like ----------------------------------------------------


def test_a_malformed_id_that_is_named_costs_one_request() -> None:
    """One refused ID of a hundred is left out, and the other 99 come with the next request."""
    asked = [*identifiers(60), BAD, *identifiers(99)[60:]]
    with ArxivServer(papers(99)) as server:
        found = outcomes(client(server), asked)
    assert [len(request.ids) for request in server.requests] == [100, 99]
    assert found.pop(str(BAD)) == Fetched(BAD, reason=MALFORMED)
    assert all(each.paper for each in found.values())


def test_several_malformed_ids_are_each_left_out() -> None:
    """arXiv names one at a time; all are found in the end."""
    bad = [Identifier("9999.99999"), Identifier("0000.00000", 3), Identifier("9913.12345")]
    with ArxivServer(papers(5)) as server:
        found = outcomes(client(server), [*bad, *identifiers(5)])
    assert {i for i, each in found.items() if each.reason == MALFORMED} == set(map(str, bad))
    assert all(found[each].paper for each in paper_ids(5))
    assert len(server.requests) == 4


@pytest.mark.parametrize("place", [0, 42, 99])
def test_a_malformed_id_that_is_not_named_is_found_by_halving(place: int) -> None:
    """Without a name it takes about 2 log2(100) requests, and still costs the others nothing."""
    good = identifiers(99)
    asked = [*good[:place], BAD, *good[place:]]
    with AnonymousArxiv(papers(99)) as server:
        found = outcomes(client(server), asked)
    assert found.pop(str(BAD)).reason == MALFORMED
    assert all(each.paper for each in found.values())
    assert len(server.requests) <= 15


def test_the_only_id_refused_is_not_asked_for_again() -> None:
    """One ID, one refusal, one request."""
    with AnonymousArxiv() as server:
        assert outcomes(client(server), [BAD])[str(BAD)].reason == MALFORMED
    assert len(server.requests) == 1


def test_a_server_that_refuses_everything_is_left(tmp_path: Path) -> None:
    """Halving ends: every ID is refused by itself and named."""
    site = make_site(tmp_path, *paper_ids(3))
    with ArxivServer(papers(3)) as server:
        server.faults.extend([Fault.status(400)] * 50)
        report = site.update(server, None)
    assert reasons(report) == dict.fromkeys(paper_ids(3), MALFORMED)
    assert len(server.requests) == 5


def test_a_failure_while_halving_loses_nothing_already_fetched() -> None:
    """The half that was answered stays answered when arXiv fails over the other."""
    asked = [*identifiers(3), BAD]
    with AnonymousArxiv(papers(3)) as server:
        server.faults.extend([None, None, *[Fault.status(500)] * 4])  # type: ignore[list-item]
        found = outcomes(client(server), asked)
    assert [bool(found[each].paper) for each in paper_ids(3)] == [True, True, False]
    failed = "arXiv did not answer properly after 4 tries: HTTP 500"
    assert found["2403.00003"].reason == found[str(BAD)].reason == failed


def test_an_abstract_cannot_pass_for_an_error() -> None:
    """Only an entry that is an error of arXiv refuses; a text that looks like one does not."""
    sly = "See http://arxiv.org/api/errors#incorrect_id_format_for_2403.00002 and <id>http://arxiv.org/api/errors# for incorrect id format for 2403.00002"
    with ArxivServer([ArxivPaper("2403.00001", abstract=sly), ArxivPaper("2403.00002")]) as server:
        found = outcomes(client(server), identifiers(2))
    assert all(each.paper for each in found.values())
    assert len(server.requests) == 1


def test_an_unknown_id_is_named_and_costs_the_others_nothing(tmp_path: Path) -> None:
    """arXiv leaves out what it does not know; it is asked once more, alone, and then named."""
    site = make_site(tmp_path, "2403.00001", "2403.09999", "2403.00002", "2403.00003v7")
    with ArxivServer(papers(3)) as server:
        report = site.update(server, None)
    assert reasons(report) == {"2403.09999": UNKNOWN, "2403.00003v7": UNKNOWN}
    assert sorted(map(str, report.fetched)) == ["2403.00001", "2403.00002"]
    assert [request.ids for request in server.requests[1:]] == [("2403.09999", "2403.00003v7")]
    assert [failure.line for failure in sorted(report.failed, key=lambda f: f.line)] == [2, 4]


def test_a_paper_left_out_by_chance_is_asked_for_once_more() -> None:
    """A complete reply that forgets a paper does not make it unknown."""
    with ForgetfulArxiv(papers(3)) as server:
        found = outcomes(client(server), identifiers(3))
    assert all(each.paper for each in found.values())
    assert [request.ids for request in server.requests][1:] == [("2403.00002",)]


def test_entries_are_matched_by_id_not_by_place() -> None:
    """A reply in another order gives every identifier its own paper."""
    with ArxivServer(papers(20)) as server:
        server.faults.append(Fault.out_of_order())
        found = outcomes(client(server), identifiers(20))
    assert len(server.requests) == 1
    for each in paper_ids(20):
        paper = found[each].paper
        assert paper is not None
        assert (paper.id, paper.title[-5:]) == (each, each[-5:])


def test_versions_of_one_paper_are_told_apart() -> None:
    """Each version comes with its own text, and none without a version is the newest."""
    versions = [ArxivPaper("2403.00001", number, title=f"Title {number}") for number in (1, 2, 3)]
    asked = [Identifier("2403.00001", 2), Identifier("2403.00001"), Identifier("2403.00001", 1)]
    with ArxivServer(versions) as server:
        found = outcomes(client(server), asked)
    titles = {i: each.paper.title for i, each in found.items() if each.paper}
    assert titles == {"2403.00001v2": "Title 2", "2403.00001": "Title 3", "2403.00001v1": "Title 1"}


def test_another_version_is_not_taken_for_the_one_asked_for() -> None:
    """A reply with the wrong version is no answer, however right its ID is."""
    versions = [ArxivPaper("2403.00001", number) for number in (1, 2)]
    asked = Identifier("2403.00001", 1)
    with NewestOnlyArxiv(versions) as server:
        assert outcomes(client(server), [asked]) == {str(asked): Fetched(asked, reason=UNKNOWN)}


@pytest.mark.parametrize("name", ["hep-th/9901001", "math/0309136", "cond-mat/0102001"])
def test_old_identifiers_are_fetched_like_new_ones(name: str) -> None:
    """The slash of the old scheme survives the address and the matching."""
    assert one(ArxivPaper(name)).id == name


# --- what is in an entry ---------------------------------------------------------------------


def test_every_part_of_an_entry_is_kept() -> None:
    """Nothing that arXiv says of a paper gets lost on the way."""
    paper = one(
        ArxivPaper(
            "2403.00001",
            version=2,
            title="On Things",
            abstract="We study things.",
            authors=(("Ada Lovelace", ("London", "Turin")), ("The ATLAS Collaboration", ())),
            categories=("cs.LG", "stat.ML", "cs.LG"),
            primary_category="cs.LG",
            published="2024-03-18T17:59:59Z",
            updated="2024-03-20T01:02:03Z",
            comment="12 pages,\n   3 figures",
            journal_ref="J. Things 1, 2 (2024)",
            doi="10.1000/things",
        )
    )
    assert paper == Paper(
        id="2403.00001",
        version=2,
        title="On Things",
        authors=(Author("Ada Lovelace", ("London", "Turin")), Author("The ATLAS Collaboration")),
        abstract="We study things.",
        categories=("cs.LG", "stat.ML"),
        primary_category="cs.LG",
        published=datetime(2024, 3, 18, 17, 59, 59, tzinfo=UTC),
        updated=datetime(2024, 3, 20, 1, 2, 3, tzinfo=UTC),
        comment="12 pages, 3 figures",
        journal_ref="J. Things 1, 2 (2024)",
        doi="10.1000/things",
        links=(
            "https://dx.doi.org/10.1000/things",
            "https://arxiv.org/abs/2403.00001v2",
            "https://arxiv.org/pdf/2403.00001v2",
        ),
    )


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Schr\"odinger", "Schrödinger"),
        (r"Erd\H{o}s and R\'enyi", "Erdős and Rényi"),
        (r"Fran\c{c}ois", "François"),
        (r"\O{}ystein", "Øystein"),
        ("``quoted'' text", "“quoted” text"),
        ("Fig.~1 and pages 3--5", "Fig. 1 and pages 3–5"),
        (r"50\% of \textbf{bold} and \emph{soft}", "50% of bold and soft"),
        ("50% of it & more", "50% of it & more"),
        (r"energy $E=\alpha\"o$ here", r"energy $E=\alpha\"o$ here"),
        (r"$\frac{1}{2}$ and \'e", r"$\frac{1}{2}$ and é"),
        ("Mo\u0308bius", "Möbius"),
        ("x < y > z & <b>", "x < y > z & <b>"),
    ],
)
def test_latex_becomes_unicode_outside_formulas(latex: str, text: str) -> None:
    """Titles, abstracts and names are readable Unicode; formulas stay as their authors wrote."""
    paper = one(
        ArxivPaper(
            "2403.00001", title=latex, abstract=f"We say {latex}.", authors=((f"A {latex}", ()),)
        )
    )
    assert (paper.title, paper.abstract) == (text, f"We say {text}.")
    assert paper.authors[0].name == f"A {text}"


def test_the_abstract_is_whole_and_on_one_line() -> None:
    """Every word of a long abstract of several paragraphs is there, in order."""
    words = [f"word{number}" for number in range(1500)]
    text = " ".join(words[:700]) + "\n\n" + " ".join(words[700:])
    assert one(ArxivPaper("2403.00001", abstract=text)).abstract.split(" ") == words


@given(st.lists(st.text("abcXYZ019.,;:()'é中∞", min_size=1, max_size=8), min_size=1, max_size=60))
def test_no_word_is_ever_lost(words: list[str]) -> None:
    """Whatever white space lies between them, the words of an abstract stay the same."""
    plain = " ".join(words).replace("''", "'")
    moment = datetime(2024, 3, 18, tzinfo=UTC)
    paper = paper_from(
        arxiv.Result(
            "http://arxiv.org/abs/2403.00001v1",
            updated=moment,
            published=moment,
            title="T",
            authors=[arxiv.Result.Author("A")],
            summary="\n ".join(plain.split(" ")),
            primary_category="cs.CL",
            categories=["cs.CL"],
        )
    )
    assert paper is not None
    assert paper.abstract == plain


@pytest.mark.parametrize(
    ("comment", "abstract", "withdrawn"),
    [
        ("This paper has been withdrawn by the authors", "We study.", True),
        ("Withdrawn due to an error in Lemma 2", "We study.", True),
        ("Retracted.", "We study.", True),
        (None, "This paper has been withdrawn by the author due to a crucial sign error.", True),
        (None, "The manuscript was withdrawn.", True),
        (None, "This submission is being retracted by arXiv administrators.", True),
        (None, "We study troops withdrawn from the front and retracted claims.", False),
        ("12 pages", "We study. This paper was withdrawn from a journal.", False),
        ("This version is not withdrawn", "We study.", False),
        ("Accepted; notwithdrawn is a word of ours", "We study.", False),
        (None, "This paper studies why. Troops were withdrawn.", False),
    ],
)
def test_withdrawn_papers_are_recognised(
    comment: str | None, abstract: str, withdrawn: bool
) -> None:
    """Comment or opening say that a paper was taken back; the word elsewhere says nothing."""
    assert is_withdrawn(comment, abstract) is withdrawn
    assert one(ArxivPaper("2403.00001", abstract=abstract, comment=comment)).withdrawn is withdrawn


class UndatedArxiv(ArxivServer):
    """Leaves out, or garbles, the date of one paper in every reply that holds it."""

    paper = "2403.00003"
    date = b""

    def _true_reply(self, call: Any, fault: Fault | None) -> Any:
        reply = super()._true_reply(call, fault)
        before, mark, after = reply.body.partition(f"abs/{self.paper}v1".encode())
        after = re.sub(rb"<updated>[^<]*</updated>", self.date, after, count=1)
        return replace(reply, body=before + mark + after)


def test_a_reply_that_leaves_papers_out_twice_is_believed_but_they_are_asked_for_again(
    tmp_path: Path,
) -> None:
    """What came is kept; what was left out is asked for by itself before it is called unknown."""
    site = make_site(tmp_path, *paper_ids(2))
    with ArxivServer(papers(2)) as server:
        server.faults.extend([Fault.drop_first_entry()] * 2)
        report = site.update(client(server), None)
        assert [len(request.ids) for request in server.requests] == [2, 2, 1]
    assert report.failed == []


class CountingArxiv(ArxivServer):
    """Says that it found as many papers as it was asked for, whatever it knows."""

    def _true_reply(self, call: Any, fault: Fault | None) -> Any:
        reply = super()._true_reply(call, fault)
        return replace(reply, body=re.sub(rb"(totalResults[^>]*>)[0-9]+", rb"\g<1>10", reply.body))


def test_unknown_papers_cost_no_others_whatever_the_feed_says_it_found(tmp_path: Path) -> None:
    """Five unknown IDs of ten: the known ones arrive, the others are called unknown."""
    site = make_site(tmp_path, *paper_ids(10))
    with CountingArxiv(papers(5)) as server:
        report = site.update(client(server), None)
        assert len(server.requests) <= 4
    assert len(report.fetched) == 5
    assert set(reasons(report).values()) == {UNKNOWN}


@pytest.mark.parametrize("date", [b"", b"<updated>yesterday</updated>"])
def test_an_entry_that_cannot_be_read_costs_no_other_paper(date: bytes) -> None:
    """One paper without a date, or with an impossible one, is named; the others arrive."""
    ids = [f"2403.0000{number}" for number in range(1, 7)]
    with UndatedArxiv(map(ArxivPaper, ids)) as server:
        server.date = date
        fetched = {
            str(each.identifier): each
            for each in ArxivClient(server.url, delay=0.0).fetch(list(map(Identifier, ids)))
        }
    assert [i for i, each in fetched.items() if each.paper is None] == ["2403.00003"]
    assert "did not answer properly" in fetched["2403.00003"].reason


def test_a_server_that_refuses_everything_is_soon_left_alone() -> None:
    """400 whatever is asked: the run gives up after a few requests, not after one for each ID."""
    ids = [f"2403.{number:05}" for number in range(1, 101)]
    with ArxivServer(map(ArxivPaper, ids)) as server:
        server.faults.extend([Fault.status(400)] * 300)
        fetched = list(ArxivClient(server.url, delay=0.0).fetch(list(map(Identifier, ids))))
        assert len(server.requests) < 30
    assert len(fetched) == 100
    assert all(each.paper is None for each in fetched)


def test_fetching_ends_when_the_run_is_over() -> None:
    """Between two requests the client asks whether to go on; what is left does not come back."""
    ids = [f"2403.{number:05}" for number in range(1, 251)]
    with ArxivServer(map(ArxivPaper, ids)) as server:
        client = ArxivClient(server.url, delay=0.0)
        fetched = list(client.fetch(list(map(Identifier, ids)), lambda: len(server.requests) == 2))
        assert len(server.requests) == 2
    assert len(fetched) == 200


@pytest.mark.parametrize(
    ("comment", "withdrawn"),
    [
        ("Withdrawn by the authors due to an error", True),
        ("withdrawn", True),
        ("This paper has been withdrawn", True),
        ("arXiv admin note: submission has been withdrawn by arXiv administrators", True),
        ("Paper withdrawn from arXiv", True),
        ("Withdrawn from ICLR 2024", False),
        ("Submission was withdrawn from NeurIPS", False),
        ("12 pages; supersedes the withdrawn arXiv:2301.00001", False),
        ("A note on the retracted study of Smith", False),
        ("not withdrawn", False),
        (None, False),
    ],
)
def test_only_the_paper_itself_is_called_withdrawn(comment: str | None, withdrawn: bool) -> None:
    """A venue's withdrawal, or another paper's, is no withdrawal from arXiv."""
    assert is_withdrawn(comment, "We study graphs.") is withdrawn


@pytest.mark.parametrize("value", ["9" * 400, "9" * 5000, "-1", "1e400", "٣"])
def test_an_odd_wait_in_milliseconds_is_no_wait_that_is_known(value: str) -> None:
    """No header ends a run."""
    assert retry_after({"retry-after-ms": value}) is None


@pytest.mark.parametrize(
    "text", [r"x \'\input{y} z", r"\'\url{a}", r"\"\frac{a}{b}", r"\'{\input}", r"\^\^\^"]
)
def test_accents_on_nothing_end_no_run(text: str) -> None:
    """LaTeX that means nothing is shown somehow."""
    result = arxiv.Result(
        "http://arxiv.org/abs/2403.00001v1", title=text, summary=text,
        authors=[arxiv.Result.Author(text)], primary_category="cs.CL", categories=["cs.CL"],
        published=datetime(2024, 3, 18, tzinfo=UTC), updated=datetime(2024, 3, 18, tzinfo=UTC),
    )  # fmt: skip
    assert paper_from(result) is not None


# --- a search, newest first ------------------------------------------------------------------

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUERY = "cat:cs.CL"
LONG_AGO = datetime(1991, 1, 1, tzinfo=UTC)


def submitted(number: int, hours: float, **fields: Any) -> ArxivPaper:
    """Paper `number`, submitted so many hours before noon."""
    moment = f"{NOON - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    return ArxivPaper(f"2611.{number:05}", published=moment, updated=moment, **fields)


def hourly(count: int) -> list[ArxivPaper]:
    """Papers 1, 2, …, each an hour older than the one before; the oldest is given first."""
    return [submitted(number, number - 1) for number in range(count, 0, -1)]


def numbers(found: Iterable[Paper]) -> list[int]:
    return [int(paper.id[-5:]) for paper in found]


def newest(server: ArxivServer, since: datetime = LONG_AGO, **options: object) -> list[int]:
    return numbers(client(server, **options).newest(QUERY, since))


class UnsortedArxiv(ArxivServer):
    """Ignores the order asked for, as arXiv did on 13 and 14 November 2025."""

    def _found(self, query: Any) -> Any:
        object.__setattr__(query, "sort_by", "relevance")
        return super()._found(query)


class GrowingArxiv(ArxivServer):
    """Gets 30 new papers after every request."""

    def _found(self, query: Any) -> Any:
        found = list(super()._found(query))
        for _ in range(30):
            number = 1000 + len(self.papers)
            self.papers[f"2611.{number:05}"] = [submitted(number, -number)]
        return found


class MumArxiv(ArxivServer):
    """Does not say how many papers it found."""

    def _true_reply(self, call: Any, fault: Fault | None) -> Any:
        reply = super()._true_reply(call, fault)
        body = re.sub(rb"<opensearch:totalResults>.*</opensearch:totalResults>", b"", reply.body)
        return replace(reply, body=body)


class DoubtingArxiv(ArxivServer):
    """Finds nothing on some requests, counted from 1."""

    doubts: tuple[int, ...] = (1,)

    def _found(self, query: Any) -> Any:
        return [] if len(self.requests) in self.doubts else super()._found(query)


def test_papers_come_newest_first_a_hundred_a_request() -> None:
    """A search asks for pages of 100, sorted by submission, and gives every paper once."""
    with ArxivServer(hourly(250)) as server:
        assert newest(server) == list(range(1, 251))
    assert [(each.start, each.max_results) for each in server.requests] == [
        (0, 100), (100, 100), (200, 100),
    ]  # fmt: skip
    assert {each.sort for each in server.requests} == {("submittedDate", "descending")}
    assert {each.search_query for each in server.requests} == {QUERY}
    assert server.requests[0].user_agent.startswith("mkdocs-arxiv-digest/")


def test_no_page_is_asked_for_behind_the_first_old_paper() -> None:
    """The pages end where papers are too old; the newest of the old ones comes last."""
    with ArxivServer(hourly(400)) as server:
        found = newest(server, NOON - timedelta(hours=119))
        assert found == list(range(1, 122))
    assert [each.start for each in server.requests] == [0, 100]


def test_a_paper_submitted_at_the_very_moment_is_new() -> None:
    """`since` itself counts, the second before does not."""
    with ArxivServer([submitted(1, 0), submitted(2, 1 / 3600)]) as server:
        papers = list(client(server).newest(QUERY, NOON))
    assert [paper.published >= NOON for paper in papers] == [True, False]


def test_only_old_papers_are_told_from_none() -> None:
    """If nothing is new, the newest of all comes, so that its age can be seen; one request."""
    with ArxivServer(hourly(250)) as server:
        assert newest(server, NOON + timedelta(hours=1)) == [1]
    assert len(server.requests) == 1


def test_a_search_without_results_is_empty_and_was_asked_twice() -> None:
    """No paper at all is no failure, but is believed only when arXiv says it again."""
    with ArxivServer(hourly(3)) as server:
        assert numbers(client(server).newest("cat:cs.XX", LONG_AGO)) == []
    assert len(server.requests) == 2


def test_results_that_were_gone_for_a_moment_are_found() -> None:
    """One reply without results does not make a search empty."""
    with DoubtingArxiv(hourly(3)) as server:
        assert newest(server) == [1, 2, 3]
    assert len(server.requests) == 2


def test_a_later_page_without_results_is_no_end() -> None:
    """If nothing is found on the second page of a search that found 250, it is asked for again."""
    with DoubtingArxiv(hourly(250)) as server:
        server.doubts = (2, 3)
        assert newest(server) == list(range(1, 251))
        server.requests.clear()
        server.doubts = (2, 3, 4, 5)
        with pytest.raises(FetchError, match="0 papers from place 100 of the 0 it says it found"):
            newest(server)


def test_papers_that_are_pushed_on_to_the_next_page_come_once() -> None:
    """Papers that arrive between two requests double none of those that were there."""
    with GrowingArxiv(hourly(250)) as server:
        found = newest(server)
    assert sorted(found) == list(range(1, 251))


@given(
    st.lists(st.integers(0, 60), max_size=40),
    st.integers(-2, 62),
)
def test_all_that_is_new_comes_and_one_that_is_not(hours: list[int], age: int) -> None:
    """Whatever was submitted when: exactly the new papers come, newest first, then the newest old
    one if there is one."""
    since = NOON - timedelta(hours=age)
    given_papers = [submitted(number, each) for number, each in enumerate(hours, 1)]
    with pytest.MonkeyPatch.context() as patch, ArxivServer(given_papers) as server:
        patch.setattr(fetch, "PAGE", 7)
        found = list(client(server).newest(QUERY, since))
    new = [paper for paper in found if paper.published >= since]
    old = [paper for paper in found if paper.published < since]
    assert found == new + old
    assert sorted(numbers(new)) == [n for n, each in enumerate(hours, 1) if each <= age]
    assert [p.published for p in new] == sorted((p.published for p in new), reverse=True)
    too_old = [each for each in hours if each > age]
    expected = [NOON - timedelta(hours=min(too_old))] if too_old else []
    assert [paper.published for paper in old] == expected


SEARCH_FAULTS = FAULTS | {
    "empty page": (Fault.empty_page(), "0 papers from place 0 of the 120 it says it found"),
    "dropped entry": (
        Fault.drop_first_entry(), "99 papers from place 0 of the 120 it says it found"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEARCH_FAULTS)
def test_a_fault_that_passes_costs_a_search_one_more_request(name: str) -> None:
    """A page that cannot be trusted is asked for again, and the second counts."""
    with ArxivServer(hourly(120)) as server:
        server.faults.append(SEARCH_FAULTS[name][0])
        assert newest(server, **IMPATIENT) == list(range(1, 121))
    assert [each.start for each in server.requests] == [0, 0, 100]


@pytest.mark.parametrize(
    "name", sorted(SEARCH_FAULTS.keys() - {"stall", "drip", "dripping headers"})
)
def test_a_fault_that_stays_is_no_end_of_a_search(name: str) -> None:
    """After 4 tries the search fails with the reason; it never looks like a day without papers."""
    fault, reason = SEARCH_FAULTS[name]
    with ArxivServer(hourly(120)) as server:
        server.faults.extend([fault] * 4)
        with pytest.raises(FetchError, match=re.escape(f"after 4 tries: {reason}")):
            newest(server)
    assert len(server.requests) == 4


def test_a_later_page_that_fails_fails_the_search() -> None:
    """What the first page brought comes, and then the error: half an answer is not taken for one."""
    found: list[Paper] = []
    with ArxivServer(hourly(250)) as server:
        server.faults.extend([None, *[Fault.empty_page()] * 4])  # type: ignore[list-item]
        with pytest.raises(FetchError, match="0 papers from place 100 of the 250"):
            found.extend(client(server).newest(QUERY, LONG_AGO))
        found.clear()
        server.faults.extend([None, *[Fault.status(503, "0")] * 4])  # type: ignore[list-item]
        with pytest.raises(FetchError, match="HTTP 503"):
            for paper in client(server).newest(QUERY, LONG_AGO):
                found.append(paper)
    assert len(found) == 100


def test_a_page_that_stays_short_is_not_believed() -> None:
    """Unlike IDs that were asked for by name, papers that a page leaves out would not be missed."""
    with ArxivServer(hourly(3)) as server:
        server.faults.extend([Fault.drop_first_entry()] * 4)
        with pytest.raises(FetchError, match="2 papers from place 0 of the 3"):
            newest(server)


@pytest.mark.parametrize("element", ["author", "summary", "primary_category"])
def test_an_entry_of_a_search_that_lacks_a_part(element: Any) -> None:
    """It is asked for again; if it stays so it is passed over and the others come."""
    with ArxivServer(hourly(3)) as server:
        server.faults.append(Fault.missing(element))
        assert newest(server) == [1, 2, 3]
        assert len(server.requests) == 2
        server.faults.extend([Fault.missing(element)] * 4)
        assert newest(server) == [2, 3]
        assert len(server.requests) == 6


def test_a_page_of_nothing_but_incomplete_entries_is_not_believed() -> None:
    """If most entries lack a part it is arXiv that is broken, not the papers."""
    with ArxivServer(submitted(number, number, abstract="") for number in (1, 2, 3)) as server:
        with pytest.raises(FetchError, match="entries without title, authors"):
            newest(server)
        server.papers["2611.00009"] = [submitted(9, 9)]
        server.papers["2611.00010"] = [submitted(10, 10)]
        server.papers["2611.00011"] = [submitted(11, 11)]
        assert newest(server) == [9, 10, 11]


@pytest.mark.parametrize("date", [b"", b"<updated>yesterday</updated>"])
def test_an_entry_without_a_date_fails_a_search(date: bytes) -> None:
    """Without its date nobody could say whether it is new."""
    with UndatedArxiv(hourly(3)) as server:
        server.paper, server.date = "2611.00002", date
        with pytest.raises(FetchError, match="after 4 tries"):
            newest(server)


@pytest.mark.parametrize("seed", range(5))
def test_an_order_that_was_not_asked_for_is_noticed(seed: int) -> None:
    """When arXiv ignores the order, old papers on the first page do not pass for a quiet day."""
    shuffled = random.Random(seed).sample(hourly(300), 300)
    with UnsortedArxiv(shuffled) as server:
        with pytest.raises(FetchError, match="not sorted, newest first"):
            newest(server, NOON - timedelta(hours=150))


def test_results_on_one_page_may_come_in_any_order() -> None:
    """Where everything is there, nothing can be left out."""
    shuffled = random.Random(1).sample(hourly(100), 100)
    with UnsortedArxiv(shuffled) as server:
        found = newest(server, NOON - timedelta(hours=49))
    assert sorted(found) == list(range(1, 52))


def test_papers_of_one_moment_are_sorted() -> None:
    """Equal dates are in order, and one odd date does not fail a page."""
    odd = submitted(999, 500)
    with UnsortedArxiv([odd, *(submitted(number, 1) for number in range(1, 150))]) as server:
        assert sorted(newest(server)) == [*range(1, 150), 999]


def test_a_feed_that_does_not_count_is_not_believed() -> None:
    """Without the number that were found nobody knows whether there is another page."""
    with MumArxiv(hourly(3)) as server, pytest.raises(FetchError, match="does not say how many"):
        newest(server)


def test_a_search_that_finds_too_much_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where arXiv stops showing before the papers are old, the rest is not silently lost."""
    monkeypatch.setattr(fetch, "MAX_FOUND", 200)
    with ArxivServer(hourly(250)) as server:
        with pytest.raises(FetchError, match="arXiv shows 200 papers of a search"):
            newest(server)
        assert newest(server, NOON - timedelta(hours=150)) == list(range(1, 153))
        del server.papers["2611.00001"]
        server.papers = dict(list(server.papers.items())[-200:])
        assert len(newest(server)) == 200


def test_a_query_that_arxiv_refuses_is_asked_once() -> None:
    """A malformed query is a failure that names it, at once."""
    with ArxivServer(hourly(3)) as server:
        with pytest.raises(FetchError, match=r"refuses the search 'cat:\(': HTTP 400"):
            list(client(server).newest("cat:(", LONG_AGO))
    assert len(server.requests) == 1


def test_a_search_whose_time_is_over_fails() -> None:
    """`is_over` is asked before each page, and to stop early is no end."""
    with ArxivServer(hourly(250)) as server:
        search = client(server).newest(QUERY, LONG_AGO, lambda: len(server.requests) == 2)
        with pytest.raises(FetchError, match="the time was over"):
            list(search)
    assert len(server.requests) == 2


def test_pages_keep_the_pause() -> None:
    """Between two pages lie arXiv's 3 seconds, and between a search and a fetch as well."""
    slept: list[float] = []
    with ArxivServer(hourly(250)) as server:
        asker = ArxivClient(server.url, sleep=slept.append)
        list(asker.newest(QUERY, LONG_AGO))
        list(asker.fetch([Identifier("2611.00001")]))
    assert len(slept) == 3
    assert all(1 < each <= 3 for each in slept)


def test_versions_of_a_paper_keep_the_day_of_the_first() -> None:
    """A paper that was revised today is as old as its first version, and comes as its newest."""
    revised = replace(submitted(1, 100), version=3, updated=f"{NOON:%Y-%m-%dT%H:%M:%SZ}")
    with ArxivServer([submitted(1, 100), revised, submitted(2, 50)]) as server:
        found = list(client(server).newest(QUERY, LONG_AGO))
    assert [(paper.id, paper.version) for paper in found] == [("2611.00002", 1), ("2611.00001", 3)]
