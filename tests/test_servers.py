"""The stand-in servers behave on the wire as their faults say, and satisfy the real clients."""

from __future__ import annotations

import functools
import http.client
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import arxiv
import openai
import pytest
import requests

from servers import ArxivPaper, ArxivServer, Fault, ModelServer, translate

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
    "arxiv": "http://arxiv.org/schemas/atom",
}
THREE = [ArxivPaper("2403.00001"), ArxivPaper("2403.00002"), ArxivPaper("2403.00003")]
IDS = [paper.id for paper in THREE]


@pytest.fixture(autouse=True, scope="module")
def _close_shared_client() -> Iterator[None]:
    yield
    shared_client().close()


@pytest.fixture
def site() -> Iterator[ArxivServer]:
    with ArxivServer(THREE) as server:
        yield server


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def get(url: str, query: str = "") -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(url + query, timeout=3) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def feed(server: ArxivServer, query: str) -> ET.Element:
    status, _, body = get(server.url, query)
    assert status == 200
    return ET.fromstring(body)


def entry_ids(root: ET.Element) -> list[str]:
    return [each.findtext("atom:id", "", NS) for each in root.findall("atom:entry", NS)]


def abs_urls(*ids: str) -> list[str]:
    return [f"http://arxiv.org/abs/{each}" for each in ids]


def client_of(server: ArxivServer, page_size: int = 100) -> arxiv.Client:
    client = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)
    client.query_url_format = server.url + "?{}"
    return client


def connect(url: str, timeout: float = 3) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)


@functools.cache
def shared_client() -> openai.OpenAI:
    """One client for all tests: to make one loads the certificates, which takes long."""
    return openai.OpenAI(
        api_key="key", max_retries=0, http_client=openai.DefaultHttpxClient(trust_env=False)
    )


def ask(
    server: ModelServer, text: str = '{"title": "T", "abstract": "A."}', **options: Any
) -> openai.types.chat.ChatCompletion:
    client = shared_client().with_options(
        base_url=server.base_url,
        api_key=options.pop("api_key", "key"),
        timeout=options.pop("timeout", 3),
    )
    completion: openai.types.chat.ChatCompletion = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": text}], **options
    )
    return completion


def post(server: ModelServer, body: bytes) -> tuple[int, Any]:
    request = urllib.request.Request(server.base_url + "/chat/completions", data=body)
    try:
        with urllib.request.urlopen(request, timeout=3) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


# --- arXiv: the good path -------------------------------------------------------------------


def test_arxiv_entry_holds_every_field() -> None:
    """The real client reads back every field of a paper."""
    paper = ArxivPaper(
        "hep-th/9901001",
        version=3,
        title="Strings & <Branes>",
        authors=(("A. Å", ("X", "Y & Z")), ("B", ())),
        categories=("hep-th", "math.AG"),
        published="1999-01-02T03:04:05Z",
        updated="2001-02-03T04:05:06Z",
        comment="10 pages",
        journal_ref="J. 1 (1999)",
        doi="10.1/x",
    )
    with ArxivServer([paper]) as server:
        (result,) = client_of(server).results(arxiv.Search(id_list=["hep-th/9901001"]))
    assert result.entry_id == "http://arxiv.org/abs/hep-th/9901001v3"
    assert result.get_short_id() == "hep-th/9901001v3"
    assert result.title == paper.title
    assert " ".join(result.summary.split()) == paper.abstract
    assert [(each.name, tuple(each.affiliation)) for each in result.authors] == list(paper.authors)
    assert (result.primary_category, result.categories) == ("hep-th", ["hep-th", "math.AG"])
    assert result.published.isoformat() == "1999-01-02T03:04:05+00:00"
    assert result.updated.isoformat() == "2001-02-03T04:05:06+00:00"
    assert (result.comment, result.journal_ref) == ("10 pages", "J. 1 (1999)")
    assert result.doi == "10.1/x"
    assert result.pdf_url == "http://arxiv.org/pdf/hep-th/9901001v3"
    assert [link.title for link in result.links] == ["doi", None, "pdf"]


def test_arxiv_summary_is_wrapped_as_arxiv_wraps_it(site: ArxivServer) -> None:
    """A summary opens with two spaces, ends in a newline and has lines under 82 columns."""
    summary = feed(site, f"?id_list={IDS[0]}").findtext("atom:entry/atom:summary", "", NS)
    assert summary.startswith("  Long")
    assert summary.endswith(".\n")
    lines = summary.splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 81
    assert not any(line.startswith(" ") for line in lines[1:])


def test_default_paper_is_whole() -> None:
    """An id alone makes a paper whose title names it and whose abstract has several sentences."""
    paper = ArxivPaper("2403.00001")
    assert "2403.00001" in paper.title
    assert len(re.findall(r"\.(?:\s|$)", paper.abstract)) >= 3
    assert (paper.primary_category, paper.version) == ("cs.CL", 1)
    assert ArxivPaper("2403.00001", title="", abstract="").title == ""


def test_arxiv_order_absence_and_duplicates(site: ArxivServer) -> None:
    """Entries come in the order asked for; unknown ids are absent; a double one comes once."""
    root = feed(site, f"?id_list={IDS[2]},2403.99999,{IDS[0]},{IDS[2]}&max_results=9")
    assert entry_ids(root) == abs_urls("2403.00003v1", "2403.00001v1")
    counts = ["totalResults", "startIndex", "itemsPerPage"]
    assert [root.findtext(f"opensearch:{each}", "", NS) for each in counts] == ["2", "0", "9"]


def test_arxiv_versions(site: ArxivServer) -> None:
    """A bare id gives the newest version, vN that version, and an absent version nothing."""
    site.papers["2403.00001"] = [ArxivPaper("2403.00001", 2), ArxivPaper("2403.00001", 1)]
    for asked, expected in [
        ("2403.00001", ["2403.00001v2"]),
        ("2403.00001v1", ["2403.00001v1"]),
        ("2403.00001v3", []),
    ]:
        assert entry_ids(feed(site, f"?id_list={asked}")) == abs_urls(*expected)


@pytest.mark.parametrize(
    "bad",
    ["2413.00001", "2400.00001", "2403.001", "2403.000001", "hep-th/99010", "x", "2403.00001v"],
)
def test_malformed_id_spoils_the_request(site: ArxivServer, bad: str) -> None:
    """One malformed id answers the whole request with 400 and arXiv's error entry."""
    status, _, body = get(site.url, f"?id_list={IDS[0]},{bad}")
    assert status == 400
    (entry,) = ET.fromstring(body).findall("atom:entry", NS)
    url = f"http://arxiv.org/api/errors#incorrect_id_format_for_{bad}"
    assert entry.findtext("atom:id", "", NS) == url
    assert entry.findtext("atom:title", "", NS) == "Error"
    assert entry.findtext("atom:summary", "", NS) == f"incorrect id format for {bad}"
    with pytest.raises(arxiv.HTTPError) as caught:
        list(client_of(site).results(arxiv.Search(id_list=[bad])))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "good", ["2403.0001", "2412.00001v12", "math.GT/0309136", "hep-th/9901001"]
)
def test_wellformed_unknown_id_is_no_error(site: ArxivServer, good: str) -> None:
    """A well-formed id that arXiv does not know gives an empty feed."""
    assert entry_ids(feed(site, f"?id_list={good}")) == []


def test_old_id_with_subject_class_finds_the_paper() -> None:
    """math.GT/0309136 is math/0309136."""
    with ArxivServer([ArxivPaper("math/0309136")]) as server:
        assert entry_ids(feed(server, "?id_list=math.GT/0309136")) == abs_urls("math/0309136v1")


def test_paging_250_papers() -> None:
    """250 papers come whole and in order through pages of 100, by id and by search."""
    ids = [f"2403.{number:05}" for number in range(250)]
    with ArxivServer(ArxivPaper(each) for each in ids) as server:
        for options in ({"id_list": ids}, {"query": "cat:cs.CL"}):
            search = arxiv.Search(**options, max_results=None)
            found = [each.get_short_id() for each in client_of(server).results(search)]
            assert found == [f"{each}v1" for each in ids]
        assert [each.max_results for each in server.requests] == [100] * 6
        assert server.requests[0].ids == tuple(ids)
        assert server.requests[3].ids == ()
        assert len(entry_ids(feed(server, "?search_query=cat:cs.CL"))) == 10
        assert len(entry_ids(feed(server, "?search_query=cat:cs.CL&start=245&max_results=99"))) == 5
        assert get(server.url, "?search_query=cat:cs.CL&max_results=ten")[0] == 400


SHELF = [
    ArxivPaper(
        "2403.00001",
        title="Long Chains",
        abstract="On polymers.",
        authors=(("Paul Erdős", ()), ("Ada Lovelace", ())),
        categories=("cs.CL", "cond-mat.soft"),
        published="2024-03-03T00:00:00Z",
        updated="2024-03-09T00:00:00Z",
    ),
    ArxivPaper(
        "2403.00002",
        title="Polymers in Chains of Command",
        abstract="A long, dry report.",
        authors=(("Ada B. Lovelace", ()), ("Søren Łukasz", ())),
        categories=("cs.LG",),
        published="2024-03-01T00:00:00Z",
        updated="2024-03-08T00:00:00Z",
        comment="Ten pages",
    ),
    ArxivPaper(
        "2403.00003",
        title="Rings",
        abstract="On polymers, too.",
        authors=(("A. Lovelace", ()), ("Ada Hopper", ())),
        categories=("math.AG", "cs.CL"),
        published="2024-03-02T00:00:00Z",
        updated="2024-03-02T00:00:00Z",
    ),
]


def search(server: ArxivServer, query: str, **options: str) -> list[int]:
    """The last digits of the papers found, in order."""
    asked = urlencode({"search_query": query, **options})
    return [int(each[-3]) for each in entry_ids(feed(server, f"?{asked}"))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cat:cs.CL", [1, 3]),
        ("cat:cs.*", [1, 2, 3]),
        ("cat:cs", []),
        ("cat:cs.cl", []),
        ('cat:"cs.LG"', [2]),
        ('au:"Ada Lovelace"', [1, 2]),
        ('au:"lovelace ada"', [1, 2]),
        ("au:Lovelace", [1, 2, 3]),
        ('au:"Erdos"', [1]),
        ('au:"Soren Lukasz"', [2]),
        ('au:""', []),
        ("ti:chains", [1, 2]),
        ('ti:"long chains"', [1]),
        ('abs:"long dry"', [2]),
        ("co:ten", [2]),
        ("all:polymers", [1, 2, 3]),
        ("polymers", [1, 2, 3]),
        ("ti:polymers OR ti:rings", [2, 3]),
        ("ti:polymers ti:rings", [2, 3]),
        ("all:polymers AND cat:cs.CL", [1, 3]),
        ("all:polymers ANDNOT cat:cs.CL", [2]),
        ("ti:rings OR all:polymers AND cat:cs.LG", [2, 3]),
        ("(ti:rings OR all:polymers) AND cat:cs.LG", [2]),
        ("cat:cs.CL ANDNOT (ti:rings OR ti:long)", []),
        ('cat:cs.LG OR au:"Ada Hopper"', [2, 3]),
        ('au:"x OR cat:cs.CL"', []),
    ],
)
def test_a_search_finds_what_it_asks_for(query: str, found: list[int]) -> None:
    """Fields, phrases, parentheses and operators mean what arXiv's manual says they mean."""
    with ArxivServer(SHELF) as server:
        assert search(server, query) == found


@pytest.mark.parametrize(
    "query",
    ["(", ")", "cat:cs.CL AND", "OR", 'au:"Ada', '"', "zz:x", "(cat:x", "AND cat:x", "a OR"],
)
def test_a_search_that_cannot_be_parsed_is_refused(query: str) -> None:
    """What is no query is answered with 400, as arXiv does, not with papers."""
    with ArxivServer(SHELF) as server:
        assert get(server.url, "?" + urlencode({"search_query": query}))[0] == 400


@pytest.mark.parametrize(
    ("by", "order", "found"),
    [
        ("submittedDate", "descending", [1, 3, 2]),
        ("submittedDate", "ascending", [2, 3, 1]),
        ("lastUpdatedDate", "descending", [1, 2, 3]),
        ("lastUpdatedDate", "ascending", [3, 2, 1]),
        ("relevance", "descending", [1, 2, 3]),
    ],
)
def test_a_search_is_sorted_as_asked(by: str, order: str, found: list[int]) -> None:
    """Both dates and both directions count, on all pages together."""
    with ArxivServer(SHELF) as server:
        assert search(server, "cat:*", sortBy=by, sortOrder=order) == found
        paged = [
            search(server, "cat:*", sortBy=by, sortOrder=order, start=str(n), max_results="1")
            for n in range(4)
        ]
        assert [*map(list, paged)] == [[each] for each in found] + [[]]
        assert [(each.start, each.sort) for each in server.requests[1:]] == [
            (n, (by, order)) for n in range(4)
        ]


def test_what_a_search_may_ask_for_is_bounded(site: ArxivServer) -> None:
    """An order that there is not, and places beyond 10,000, are answered with 400."""
    for bad in ("sortBy=date", "sortOrder=up", "start=10000", "start=9901&max_results=100"):
        assert get(site.url, f"?search_query=cat:cs.CL&{bad}")[0] == 400
    assert get(site.url, "?search_query=cat:cs.CL&start=9900&max_results=100")[0] == 200


def test_a_search_shows_the_newest_version() -> None:
    """Of several versions the newest alone is searched."""
    versions = [ArxivPaper("2403.00001", n, title=f"Title {n}") for n in (2, 1)]
    with ArxivServer(versions) as server:
        found = feed(server, "?search_query=cat:cs.CL")
        assert entry_ids(found) == abs_urls("2403.00001v2")
        assert search(server, "ti:1") == []


def test_arxiv_requests_are_recorded(site: ArxivServer) -> None:
    """A request is kept with its time of arrival, ids, size and user agent."""
    before = time.monotonic()
    list(client_of(site, 7).results(arxiv.Search(id_list=IDS[:2])))
    (request,) = site.requests
    assert before <= request.at <= time.monotonic()
    assert (request.ids, request.max_results) == (tuple(IDS[:2]), 7)
    assert request.user_agent.startswith("arxiv.py/")


# --- the faults both servers share ----------------------------------------------------------


def test_status_with_retry_after_then_recovery(site: ArxivServer) -> None:
    """A status fault carries Retry-After and body, hits one call, and keeps the connection."""
    site.faults.extend([Fault.status(503, "7", b"busy"), Fault.status(429)])
    connection = connect(site.url)
    seen = []
    for _ in range(3):
        connection.request("GET", f"/api/query?id_list={IDS[0]}")
        local = connection.sock.getsockname()
        reply = connection.getresponse()
        seen.append((reply.status, reply.headers["Retry-After"], len(reply.read()), local))
    connection.close()
    assert [each[:2] for each in seen] == [(503, "7"), (429, None), (200, None)]
    assert [each[2] for each in seen[:2]] == [4, 0]
    assert len({each[3] for each in seen}) == 1


def test_html_and_empty_200(site: ArxivServer) -> None:
    """Status 200 may come with HTML or with nothing; the arxiv package takes both for no result."""
    site.faults.extend([Fault.html_200(), Fault.empty_200()])
    status, headers, body = get(site.url)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert body.startswith(b"<!DOCTYPE html>")
    status, headers, body = get(site.url)
    assert (status, headers["Content-Length"], body) == (200, "0", b"")
    assert headers["Content-Type"].startswith("application/atom+xml")
    site.faults.extend([Fault.html_200(), Fault.empty_200()])
    for _ in range(2):
        assert list(client_of(site).results(arxiv.Search(id_list=IDS))) == []


def test_truncated_matches_its_length(site: ArxivServer) -> None:
    """A truncated body is a prefix whose Content-Length agrees, and the XML is broken."""
    query = "?id_list=" + ",".join(IDS)
    whole = get(site.url, query)[2]
    site.faults.extend([Fault.truncated(), Fault.truncated(0.9)])
    status, headers, body = get(site.url, query)
    assert (status, int(headers["Content-Length"])) == (200, len(whole) // 2)
    assert whole.startswith(body)
    with pytest.raises(ET.ParseError):
        ET.fromstring(body)
    assert len(get(site.url, query)[2]) == int(len(whole) * 0.9)


def test_truncated_feed_fools_the_arxiv_package(site: ArxivServer) -> None:
    """The arxiv package mends a cut feed in silence: it yields a cut paper and no error."""
    site.faults.append(Fault.truncated(0.4))
    search = arxiv.Search(id_list=IDS, max_results=1)
    (result,) = client_of(site).results(search)
    assert result.entry_id.endswith("2403.00001v1")


def test_short_body_breaks_the_reading(site: ArxivServer) -> None:
    """Fewer bytes than Content-Length promised are an error to http.client and to requests."""
    site.faults.extend([Fault.short_body(), Fault.short_body()])
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(site.url, f"?id_list={IDS[0]}")
    assert len(caught.value.partial) > 100
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        list(client_of(site).results(arxiv.Search(id_list=IDS)))


def test_reset_is_a_rst(site: ArxivServer) -> None:
    """A reset reaches the socket as ECONNRESET, not as an orderly end."""
    site.faults.extend([Fault.reset(), Fault.reset()])
    with socket.create_connection(("127.0.0.1", site.port), timeout=3) as connection:
        connection.sendall(b"GET /api/query HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with pytest.raises(requests.exceptions.ConnectionError):
        list(client_of(site).results(arxiv.Search(id_list=IDS)))


def test_stall_is_silence_then_the_end(site: ArxivServer) -> None:
    """A stall sends nothing for its time, then closes; a shorter time-out fires first."""
    site.faults.extend([Fault.stall(0.2), Fault.stall(60)])
    before = time.monotonic()
    with pytest.raises(http.client.RemoteDisconnected):
        get(site.url)
    assert 0.19 <= time.monotonic() - before < 30
    connection = connect(site.url, timeout=0.1)
    connection.request("GET", "/api/query")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    deadline = time.monotonic() + 10
    while site.in_flight and time.monotonic() < deadline:
        time.sleep(0.01)
    assert site.in_flight == 0


def test_drip_trickles_the_true_body(site: ArxivServer) -> None:
    """A drip sends the headers at once and a few bytes of the true body, then closes."""
    whole = get(site.url, f"?id_list={IDS[0]}")[2]
    site.faults.append(Fault.drip(1.0))
    connection = connect(site.url)
    before = time.monotonic()
    connection.request("GET", f"/api/query?id_list={IDS[0]}")
    reply = connection.getresponse()
    assert time.monotonic() - before < 0.9
    assert (reply.status, reply.length) == (200, len(whole))
    with pytest.raises(http.client.IncompleteRead) as caught:
        reply.read()
    assert time.monotonic() - before >= 0.99
    assert 4 <= len(caught.value.partial) <= 21
    assert whole.startswith(caught.value.partial)
    connection.close()


def test_a_drip_outlives_a_read_timeout(site: ArxivServer) -> None:
    """A socket time-out longer than the gap between bytes never ends a drip."""
    site.faults.append(Fault.drip(0.4))
    before = time.monotonic()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(site.url, timeout=0.2)
    assert time.monotonic() - before > 0.35


@pytest.mark.parametrize("fault", [Fault.stall(60), Fault.drip(60), None])
def test_stop_is_prompt(fault: Fault | None) -> None:
    """Leaving the block ends stalls, drips and idle connections at once and frees the port."""
    with ArxivServer(THREE) as server:
        connection = connect(server.url)
        if fault is not None:
            server.faults.append(fault)
        connection.request("GET", "/api/query?search_query=x")
        if fault is None:
            connection.getresponse().read()
        while not server.requests:
            time.sleep(0.005)
        before = time.monotonic()
    assert time.monotonic() - before < 10
    with pytest.raises((OSError, http.client.HTTPException)):
        connection.getresponse().read() if fault else connection.sock.sendall(b"x") or get(
            server.url
        )
    connection.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_fault_of_the_other_server_is_reported() -> None:
    """A fault given to the wrong server raises when the block ends."""
    with pytest.raises(TypeError, match="not a fault of arXiv"), ArxivServer() as server:
        server.faults.append(Fault.no_usage())
        with pytest.raises(http.client.RemoteDisconnected):
            get(server.url)
    with pytest.raises(TypeError, match="not a fault of a model"), ModelServer() as model:
        model.faults.append(Fault.out_of_order())
        with pytest.raises(openai.APIConnectionError):
            ask(model)


# --- the faults of arXiv --------------------------------------------------------------------


def test_out_of_order(site: ArxivServer) -> None:
    """Entries may come reversed."""
    site.faults.append(Fault.out_of_order())
    root = feed(site, "?id_list=" + ",".join(IDS))
    assert entry_ids(root) == abs_urls("2403.00003v1", "2403.00002v1", "2403.00001v1")


@pytest.mark.parametrize("element", ["author", "summary", "primary_category"])
def test_missing_element(site: ArxivServer, element: Any) -> None:
    """The first entry, and only that, may lack an element."""
    site.faults.append(Fault.missing(element))
    prefix = "arxiv" if element == "primary_category" else "atom"
    entries = feed(site, "?id_list=" + ",".join(IDS)).findall("atom:entry", NS)
    counts = [len(each.findall(f"{prefix}:{element}", NS)) for each in entries]
    assert counts[0] == 0
    assert counts[1] == counts[2] > 0


def test_drop_first_entry(site: ArxivServer) -> None:
    """A dropped entry still counts; the arxiv package then asks on and doubles the last paper."""
    site.faults.extend([Fault.drop_first_entry()] * 2)
    root = feed(site, "?id_list=" + ",".join(IDS))
    assert entry_ids(root) == abs_urls("2403.00002v1", "2403.00003v1")
    assert root.findtext("opensearch:totalResults", "", NS) == "3"
    found = client_of(site).results(arxiv.Search(id_list=IDS))
    assert [each.get_short_id()[:10] for each in found] == [IDS[1], IDS[2], IDS[2]]


def test_empty_page(site: ArxivServer) -> None:
    """A page may come without entries that totalResults counts."""
    site.faults.append(Fault.empty_page())
    root = feed(site, "?search_query=cat:cs.CL")
    assert entry_ids(root) == []
    assert root.findtext("opensearch:totalResults", "", NS) == "3"
    assert len(entry_ids(feed(site, "?search_query=cat:cs.CL"))) == 3


# --- the model: the good path ---------------------------------------------------------------


def test_completion_is_valid_and_translated(model: ModelServer) -> None:
    """The real client gets a whole completion whose content is the translation of the paper."""
    title, abstract = "Routing ⟦M1⟧ Fast", "We gain 3.5% on ⟦M2⟧. It costs 1,200 steps."
    asked = json.dumps({"title": title, "abstract": abstract}, ensure_ascii=False)
    completion = ask(model, f"Translate {{this}}:\n{asked}\nThanks.")
    assert completion.object == "chat.completion"
    assert completion.model == "m"
    (choice,) = completion.choices
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert choice.message.refusal is None
    assert json.loads(choice.message.content or "") == translate(title, abstract)
    assert completion.usage is not None
    total = completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion.usage.total_tokens == total > 2
    (request,) = model.requests
    assert request.body["messages"][0]["content"].startswith("Translate")
    assert request.authorization == "Bearer key"


def test_translate_keeps_numbers_tokens_and_sentences() -> None:
    """Each English sentence has one Chinese sentence that carries its numbers and tokens."""
    english = "See ⟦M1⟧, e.g. Fig. 3 of Li et al. 2020. GPT-4 wins 98.4% at 1,000 steps! Done?"
    answer = translate("⟦M0⟧ 2D Gaussian ⟦M9⟧", english)
    assert answer["title"] == "关于“D”的研究⟦M0⟧⟦M9⟧"
    assert answer["summary"].count("。") == 1
    first, second, third = answer["abstract"].rstrip("。").split("。")
    assert all(each in first for each in ("⟦M1⟧", "3", "2020"))
    assert all(each in second for each in ("4", "98.4%", "1,000"))
    assert not re.search(r"[0-9A-Za-z]", third)
    paper = ArxivPaper("2403.00001")
    default = translate(paper.title, paper.abstract)
    assert default["abstract"].count("。") == 4
    numbers = re.findall(r"[0-9.]*[0-9]", paper.abstract)
    assert re.findall(r"[0-9.]*[0-9]", default["abstract"]) == numbers


def test_message_without_json_is_the_abstract(model: ModelServer) -> None:
    """A message that holds no JSON object is taken whole for the abstract."""
    content = ask(model, "We {x} run 5 tests.").choices[0].message.content
    assert json.loads(content or "") == translate("", "We {x} run 5 tests.")


def test_model_list(model: ModelServer) -> None:
    """The list of models has one entry and leaves no request behind."""
    client = shared_client().with_options(base_url=model.base_url)
    assert len(client.models.list().data) == 1
    assert model.requests == []
    assert get(model.base_url + "/nowhere")[0] == 404


def test_key_and_response_format(model: ModelServer) -> None:
    """A wrong key is a 401 and an unwelcome response_format a 400, both shaped as OpenAI's."""
    model.api_key = "right"
    with pytest.raises(openai.AuthenticationError):
        ask(model)
    model.refuse_json_object = True
    with pytest.raises(openai.BadRequestError) as caught:
        ask(model, api_key="right", response_format={"type": "json_object"})
    assert caught.value.body == {
        "message": "response_format is not supported",
        "type": "invalid_request_error",
        "code": None,
        "param": "response_format",
    }
    assert ask(model, api_key="right").choices
    model.refuse_json_object = False
    assert ask(model, api_key="right", response_format={"type": "json_object"}).choices


def test_in_flight_counts_calls_at_once(model: ModelServer) -> None:
    """most_in_flight is the peak of simultaneous calls, and never more than the client made."""
    model.gathers, model.delay = 8, 0.1
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]}).encode()
    with ThreadPoolExecutor(8) as pool:
        before = time.monotonic()
        assert [each[0] for each in pool.map(lambda _: post(model, body), range(16))] == [200] * 16
    assert time.monotonic() - before >= 0.19
    assert (model.most_in_flight, model.in_flight) == (8, 0)
    assert len(model.requests) == 16
    with ModelServer() as other:
        for _ in range(50):
            post(other, body)
        assert other.most_in_flight == 1


def test_faults_pop_once_each_under_load(site: ArxivServer) -> None:
    """Of many calls at once exactly as many fail as there were faults."""
    site.faults.extend([Fault.status(503)] * 13)
    with ThreadPoolExecutor(32) as pool:
        codes = list(pool.map(lambda _: get(site.url)[0], range(64)))
    assert (codes.count(503), codes.count(200)) == (13, 51)


# --- the model: faults ----------------------------------------------------------------------


def test_model_content_faults(model: ModelServer) -> None:
    """Content, finish reason, refusal and usage come as the fault says, one call each."""
    model.faults.extend(
        [Fault.reply("好", "length"), Fault.reply(""), Fault.refusal("no"), Fault.no_usage()]
    )
    first, second, third, fourth, fifth = (ask(model) for _ in range(5))
    assert (first.choices[0].message.content, first.choices[0].finish_reason) == ("好", "length")
    assert second.choices[0].message.content == ""
    assert third.choices[0].message.content is None
    assert third.choices[0].message.refusal == "no"
    assert fourth.usage is None
    assert fourth.choices[0].message.content == fifth.choices[0].message.content
    assert fifth.usage is not None


def test_model_shape_faults(model: ModelServer) -> None:
    """Choices may be [] or null and 200 may hold an error; openai raises for none of them."""
    model.faults.extend([Fault.choices_empty(), Fault.choices_null(), Fault.error_200("quota")])
    assert ask(model).choices == []
    assert ask(model).choices is None
    answer = ask(model)
    assert answer.choices is None
    assert answer.model_extra is not None
    assert answer.model_extra["error"]["message"] == "quota"


def test_no_usage_leaves_the_key_out(model: ModelServer) -> None:
    """Without usage the key itself is absent on the wire."""
    model.faults.append(Fault.no_usage())
    body = json.dumps({"messages": [{"role": "user", "content": "x"}]}).encode()
    assert "usage" not in post(model, body)[1]
    assert "usage" in post(model, body)[1]


def test_model_raw(model: ModelServer) -> None:
    """A raw fault sets body, content type and status as they are."""
    model.faults.extend([Fault.raw(b"[1]"), Fault.raw(b"hm", "text/plain", 418)])
    request = urllib.request.Request(model.base_url + "/chat/completions", data=b"{}")
    with urllib.request.urlopen(request, timeout=3) as reply:
        assert (reply.headers["Content-Type"], reply.read()) == ("application/json", b"[1]")
    with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(request):
        pass
    with caught.value as error:
        assert (error.code, error.headers["Content-Type"]) == (418, "text/plain")
        assert error.read() == b"hm"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.status(429, "1"), openai.RateLimitError),
        (Fault.status(503), openai.InternalServerError),
        (Fault.truncated(), ValueError),
        (Fault.empty_200(), json.JSONDecodeError),
        (Fault.raw(b"{"), json.JSONDecodeError),
        (Fault.short_body(), openai.APIConnectionError),
        (Fault.reset(), openai.APIConnectionError),
        (Fault.stall(60), openai.APITimeoutError),
    ],
)
def test_model_transport_faults(model: ModelServer, fault: Fault, error: type[Exception]) -> None:
    """The real client raises for each fault of transport, and the next call succeeds.

    A body cut within a Chinese character is a UnicodeDecodeError, elsewhere a JSONDecodeError.
    """
    model.faults.append(fault)
    with pytest.raises(error):
        ask(model, timeout=0.2)
    assert ask(model).choices


def test_model_html_is_a_string_to_openai(model: ModelServer) -> None:
    """The openai package hands an HTML page back as a plain str, with no error."""
    model.faults.append(Fault.html_200())
    answer: Any = ask(model)
    assert isinstance(answer, str)
    assert answer.startswith("<!DOCTYPE html>")


def test_drip_defeats_the_timeout_of_openai(model: ModelServer) -> None:
    """The openai time-out is one between bytes: a drip runs to its end in spite of it."""
    model.faults.append(Fault.drip(0.4))
    before = time.monotonic()
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(model, timeout=0.2)
    assert not isinstance(caught.value, openai.APITimeoutError)
    assert time.monotonic() - before > 0.35


def test_faults_for_a_message_go_first(model: ModelServer) -> None:
    """Faults tied to a part of the last user message hit only its calls, before the others."""
    model.faults.append(Fault.reply("any"))
    model.faults_for["needle"] = [Fault.reply("one"), Fault.reply("two")]
    answers = [
        ask(model, text).choices[0].message.content
        for text in ("a needle", "hay", "needles", "needle")
    ]
    assert answers[:3] == ["one", "any", "two"]
    assert json.loads(answers[3] or "")["abstract"]


def test_keep_alive_serves_many_calls(model: ModelServer) -> None:
    """100 calls over one connection take less than Nagle's delay of 40 ms each."""
    connection = connect(model.base_url)
    body = json.dumps({"messages": [{"role": "user", "content": "x"}]})
    before = time.monotonic()
    for _ in range(100):
        connection.request("POST", "/v1/chat/completions", body)
        assert connection.getresponse().read()
    assert time.monotonic() - before < 3
    connection.close()


def test_stop_leaves_no_thread() -> None:
    """After the block no thread of the server runs, even with calls under way."""
    before = threading.active_count()
    with ModelServer() as server:
        server.faults.extend([Fault.stall(60)] * 5)
        connections = [connect(server.base_url) for _ in range(5)]
        for connection in connections:
            connection.request("POST", "/v1/chat/completions", "{}")
        while server.in_flight < 5:
            time.sleep(0.005)
    assert threading.active_count() == before
    assert server.in_flight == 0
    for connection in connections:
        connection.close()
