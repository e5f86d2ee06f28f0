"""Papers written as files and batches: what is asked, taken, left aside, and never paid for twice."""

from __future__ import annotations

import json
import sqlite3
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from batch_server import BatchServer, answered, expired, jsonl, line_of, refused
from builds import CONFIG, write_files
from digest_plugin.errors import DigestError
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.papers import Author, Chinese, Paper, Record
from digest_plugin.people.digests import Digest, ListedPaper, each_digest
from digest_plugin.people.glossary import TermFinder
from digest_plugin.people.listed_papers import ListedPapers
from digest_plugin.records.runs import RunLog
from digest_plugin.records.store import PaperStore
from digest_plugin.writing.batch_answers import AnswerReader
from digest_plugin.writing.batch_api import BatchApi
from digest_plugin.writing.batch_jobs import submit, wait
from digest_plugin.writing.batch_memory import BatchMemory, Submitted
from digest_plugin.writing.batch_requests import CustomId, FileLimits, Requests, write_parts
from digest_plugin.writing.model import ChatModel, ModelError
from digest_plugin.writing.write import prompt_version
from outlined import status_of
from servers import ArxivPaper, ArxivServer, Fault
from sites import KEY, Site, chat, make_site, paper_ids, run_command, written


@pytest.fixture(autouse=True)
def _no_key_is_ever_seen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    """Whatever goes wrong, the planted key is in no file and in nothing that was printed."""
    yield
    seen = "".join(capfd.readouterr())
    seen += "".join(
        path.read_text("utf-8")
        for path in tmp_path.rglob("*.*")
        if path.is_file() and path.name != "answers.jsonl"
    )
    assert KEY not in seen


NOON = datetime(2024, 3, 18, 12, tzinfo=UTC)


def paper(identifier: str, **changes: Any) -> Paper:
    base = Paper(
        id=parse_identifier(identifier).base,
        version=parse_identifier(identifier).version or 1,
        title=f"Sparse routing {identifier}",
        authors=(Author("Ada Lovelace"),),
        abstract="We study $x^2$. It is sharp.",
        categories=("cs.CL",),
        primary_category="cs.CL",
        published=NOON,
        updated=NOON,
    )
    return replace(base, **changes)


class Place:
    """A site with records but no Chinese, and `arxiv-digest` for it."""

    def __init__(self, root: Path, *ids: str) -> None:
        self.root = root
        write_files(root, {"mkdocs.yml": CONFIG})
        self.site: Site = make_site(root, *ids)
        for each in ids:
            self.save(each)
        self.variables: dict[str, str] = {}

    def save(self, identifier: str, **changes: Any) -> Paper:
        new = paper(identifier, **changes)
        self.site.store.save(parse_identifier(identifier), Record(new))
        return new

    def run(self, *arguments: str, code: int = 0) -> str:
        done = run_command(self.root, "batch", *arguments, **self.variables)
        assert done.exit_code == code, done.output
        assert KEY not in done.output
        return done.output

    def requests(self, name: str = "requests.jsonl", code: int = 0) -> list[dict[str, Any]]:
        """What `batch write` asks for."""
        path = self.root / name
        path.unlink(missing_ok=True)
        self.run("write", str(path), code=code)
        if not path.is_file():
            return []
        return [json.loads(line) for line in path.read_bytes().splitlines()]

    def read(self, *lines: dict[str, Any] | bytes, code: int = 0) -> str:
        """What `batch read` says of a file of these lines."""
        path = self.root / "answers.jsonl"
        path.write_bytes(
            b"".join(line if isinstance(line, bytes) else jsonl([line]) for line in lines)
        )
        return self.run("read", str(path), code=code)

    def done(self) -> list[str]:
        """The papers that have their Chinese."""
        found = self.site.store.identifiers([])
        return sorted(str(i) for i in found if (r := self.site.store.load(i)) and r.chinese)

    @property
    def log(self) -> RunLog:
        return RunLog(self.site.folders.papers / "runs", self.root)

    @property
    def memory(self) -> BatchMemory:
        return BatchMemory(self.log.folder / "batches.json", self.root)


def asks(provider: BatchServer, place: Place) -> Place:
    place.variables = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": provider.base_url,
        "OPENAI_MODEL": "test-model",
    }
    return place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, *paper_ids(3))


def table(output: str) -> dict[str, int]:
    """The closing table."""
    rows = [line.rsplit(maxsplit=1) for line in output.splitlines() if line[:1].isalpha()]
    return {
        row[0].strip(): int(row[1].replace(",", ""))
        for row in rows
        if len(row) == 2 and row[1].replace(",", "").isdigit()
    }


# --- batch write -----------------------------------------------------------------------------


def test_a_request_is_what_the_direct_path_sends(tmp_path: Path) -> None:
    """Messages, model and parameters are the same to the last key, terms and options included."""
    config = CONFIG.replace(
        "{arxiv_delay: 0}", "{arxiv_delay: 0, max_tokens: 900, extra_body: {reasoning: low}}"
    )
    place = Place(tmp_path, "2403.00001")
    write_files(tmp_path, {"mkdocs.yml": config})
    place.site.write_glossary({"routing": "路由", "unused": "没用"})
    place.variables = {"OPENAI_MODEL": "test-model"}
    (request,) = place.requests()
    with BatchServer() as provider:
        model = chat(provider, max_tokens=900, extra_body={"reasoning": "low"})
        place.site.update(None, model)
    assert request["body"] == provider.requests[0].body
    assert (request["method"], request["url"]) == ("POST", "/v1/chat/completions")
    assert "路由" in request["body"]["messages"][1]["content"]


def test_a_custom_id_says_paper_english_and_prompt() -> None:
    """It leads back to the paper without another memory, and fits what providers take."""
    for name in ("2403.12151", "0704.0001v2", "hep-th/9901001", "cond-mat/0001001v123"):
        identifier = parse_identifier(name)
        made = CustomId.of(identifier, paper(name))
        assert CustomId.parse(str(made)) == made
        assert made.identifier == identifier
        assert made.prompt == prompt_version()
        assert made.is_of(paper(name))
        assert not made.is_of(paper(name, abstract="Another."))
        assert len(str(made)) <= 64


def test_papers_that_have_chinese_or_a_whole_correction_are_not_asked_for(place: Place) -> None:
    """Nothing finished is paid for twice, and a person's text needs no machine."""
    record = place.site.record("2403.00001")
    assert record
    done = replace(record, chinese=Chinese("题", "总结。", "摘要。"))
    place.site.store.save(Identifier("2403.00001"), done)
    place.site.write_correction("2403.00002", title="题", summary="总结。", abstract="摘要。")
    assert [each["custom_id"].partition(":")[0] for each in place.requests()] == ["2403.00003"]


def test_the_newest_list_comes_first_and_limit_takes_its_first(place: Place) -> None:
    """In the order in which readers meet them, undated lists last; each paper once."""
    for each in ("2404.00001", "2404.00002"):
        place.save(each)
    place.site.write_list("2024-04-02", ["2404.00002", "2403.00002"])
    place.site.write_list("others", ["2404.00001"])
    asked = [each["custom_id"].partition(":")[0] for each in place.requests()]
    assert asked == ["2404.00002", "2403.00002", "2403.00001", "2403.00003", "2404.00001"]
    output = place.run("write", str(place.root / "few.jsonl"), "--limit", "2")
    assert table(output) == {"fetched": 0, "asked for": 2, "failed": 0, "waiting": 3}
    few = (place.root / "few.jsonl").read_text().splitlines()
    assert [json.loads(line)["custom_id"].partition(":")[0] for line in few] == asked[:2]


def test_one_english_that_two_versions_share_is_asked_for_once(place: Place) -> None:
    """And its answer is the text of both, wherever they are listed."""
    same = {"title": "Sparse routing", "version": 1}
    place.save("2403.00001", **same)
    place.save("2403.00001v1", **same)
    place.site.write_list("2024-03-21", ["2403.00001v1"])
    requests = place.requests()
    assert sum(each["custom_id"].startswith("2403.00001") for each in requests) == 1
    place.read(*map(answered, requests))
    assert place.done() == ["2403.00001", "2403.00001v1", "2403.00002", "2403.00003"]
    assert place.requests() == []


def test_metadata_that_is_missing_is_fetched_first(tmp_path: Path) -> None:
    """In one request for all; a paper that arXiv does not know is named, and costs only itself."""
    place = Place(tmp_path)
    place.site.write_list("2024-03-20", paper_ids(3))
    with ArxivServer([ArxivPaper(each) for each in paper_ids(2)]) as arxiv:
        place.variables = {"ARXIV_API_URL": arxiv.url}
        output = place.run("write", str(tmp_path / "r.jsonl"), code=1)
    assert arxiv.requests[0].ids == tuple(paper_ids(3))
    assert "docs/digests/2024-03-20.yml:3: 2403.00003: arXiv knows no such paper" in output
    assert table(output) == {"fetched": 2, "asked for": 2, "failed": 1, "waiting": 0}
    assert len((tmp_path / "r.jsonl").read_bytes().splitlines()) == 2
    (run,) = place.log.runs([])
    assert (run.command, run.fetched, run.waiting, len(run.failed)) == ("batch", 2, 2, 1)


def test_nobody_is_asked_if_nothing_is_missing(place: Place) -> None:
    """An address that nobody answers at does not matter, nor does a missing key."""
    place.variables = {"ARXIV_API_URL": "http://127.0.0.1:9/none"}
    assert len(place.requests()) == 3


def test_a_record_that_cannot_be_read_costs_itself(place: Place) -> None:
    """It is named by the line of its list, whichever way its answer comes, and can be mended."""
    requests = place.requests()
    path = place.site.store.path(parse_identifier("2403.00002"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    left = place.requests("others.jsonl", code=1)
    assert [each["custom_id"][:10] for each in left] == ["2403.00001", "2403.00003"]
    output = place.read(*map(answered, requests), code=1)
    assert "docs/digests/2024-03-20.yml:2: 2403.00002: " in output
    assert "expected a record" in output
    assert all(place.site.record(f"2403.0000{n}").chinese for n in (1, 3))
    path.write_bytes(whole)
    place.read(*map(answered, requests))
    assert place.done() == paper_ids(3)


def test_a_broken_record_of_another_version_costs_only_that(place: Place) -> None:
    """Lists that ask for two versions with one English share its text, if both can be read."""
    place.site.write_list("2024-03-20", ["2403.00001"])
    place.site.write_list("2024-03-19", ["2403.00001v1"])
    place.save("2403.00001v1", title=place.site.record("2403.00001").paper.title)
    requests = place.requests()
    assert len(requests) == 1
    other = place.site.store.path(parse_identifier("2403.00001v1"))
    other.write_bytes(b"{")
    place.read(*map(answered, requests))
    other.unlink()
    assert place.done() == ["2403.00001"]


def test_no_room_for_the_lists_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do, and without a traceback."""

    def full(self: ListedPapers, digests: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(ListedPapers, "_fill", full)
    output = place.run("write", str(place.root / "r.jsonl"), code=1)
    assert "got: database or disk is full: make room there, or set TMPDIR" in output
    assert not (place.root / "r.jsonl").exists()


def test_a_list_that_cannot_be_read_costs_itself(place: Place) -> None:
    """It is named, the exit code says so, and the others are asked for."""
    write_files(place.root, {"docs/digests/bad.yml": "- 2413.00001\n"})
    assert len(place.requests(code=1)) == 3


def test_what_is_no_file_of_one_provider_becomes_several(tmp_path: Path) -> None:
    """By the number of requests and by bytes; every line is in one of them, in order."""
    lines = [b"%07d\n" % number for number in range(10)]
    parts = write_parts(iter(lines), tmp_path / "a.jsonl", FileLimits(requests=4))
    assert [(part.path.name, part.requests) for part in parts] == [
        ("a.jsonl", 4), ("a-2.jsonl", 4), ("a-3.jsonl", 2)
    ]  # fmt: skip
    assert b"".join(part.path.read_bytes() for part in parts) == b"".join(lines)
    parts = write_parts(iter(lines), tmp_path / "b.jsonl", FileLimits(size=50))
    assert [part.path.stat().st_size for part in parts] == [48, 32]
    assert write_parts(iter([]), tmp_path / "c.jsonl") == []
    assert not (tmp_path / "c.jsonl").exists()


def test_a_file_that_is_there_is_not_written_over(place: Place) -> None:
    """Nor are its siblings left behind half-way."""
    (place.root / "r.jsonl").write_text("mine")
    output = place.run("write", str(place.root / "r.jsonl"), code=1)
    assert "r.jsonl: expected no such file" in output
    assert (place.root / "r.jsonl").read_text() == "mine"
    (place.root / "x-2.jsonl").write_text("mine")
    with pytest.raises(DigestError, match=r"x-2\.jsonl: expected no such file"):
        write_parts(iter([b"1\n", b"2\n"]), place.root / "x.jsonl", FileLimits(requests=1))
    assert not (place.root / "x.jsonl").exists()


def test_a_line_is_one_line_for_every_program(place: Place) -> None:
    """Characters that some take for the end of a line are escaped."""
    place.save("2403.00001", abstract="One\u2028two\u0085three.")
    requests = place.requests()
    text = (place.root / "requests.jsonl").read_text("utf-8")
    assert len(text.splitlines()) == 3
    assert "One\u2028two\u0085three." in requests[0]["body"]["messages"][1]["content"]


def test_papers_come_in_the_order_of_the_site(tmp_path: Path) -> None:
    """The order of `update`, each paper with all the versions that lists ask for."""
    site = make_site(tmp_path)
    site.write_list("2024-03-20", ["2403.00001", "2403.00002v1", "2403.00003"])
    site.write_list("2024-03-20-b", ["2403.00004", "hep-th/9901001"])
    site.write_list("2024-03-21", ["2403.00002", "2403.00005"])
    for name in ("zoo", "abc"):
        site.write_list(name, ["2403.00001v2", f"2403.0000{6 if name == 'abc' else 7}"])
    with ListedPapers(each_digest(site.folders.digests, tmp_path, [])) as listed:
        papers = list(listed)
        assert len(listed) == len(papers)
    wanted = dict.fromkeys(each.identifier.base for each in site.contents.listed())
    assert [versions[0].identifier.base for versions in papers] == list(wanted)
    assert {(str(e.identifier), e.path, e.line) for versions in papers for e in versions} == {
        (str(e.identifier), e.path, e.line)
        for e in {e.identifier: e for e in reversed(list(site.contents.listed()))}.values()
    }


# --- memory ----------------------------------------------------------------------------------


class _Generated(PaperStore):
    """A store of as many papers as are asked for, made when they are looked at."""

    def load(self, identifier: Identifier) -> Record | None:
        return Record(paper(str(identifier)))


def _lists(count: int) -> Any:
    for start in range(0, count, 100):
        papers = tuple(
            ListedPaper(Identifier(f"{2400 + n // 90000 + 1:04}.{n % 90000 + 1:05}"), "x.yml", n)
            for n in range(start, start + 100)
        )
        yield Digest(f"list-{start}", "x.yml", papers, "")


def _peak(tmp_path: Path, count: int) -> int:
    """Bytes at most in use while requests for so many papers are written."""
    store = _Generated(tmp_path / f"none{count}", tmp_path)
    contents = replace(make_site(tmp_path).contents, digests=())
    tracemalloc.start()
    try:
        with ListedPapers(_lists(count)) as listed:
            requests = Requests(contents, listed, store, ChatModel("test-model", "none"))
            parts = write_parts(requests.lines(), tmp_path / f"{count}.jsonl")
        assert sum(part.requests for part in parts) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_papers(tmp_path: Path) -> None:
    """Four times as many papers take no more: less than 100 bytes for each that was added."""
    _peak(tmp_path, 100)  # what is loaded once
    assert _peak(tmp_path, 4_000) < _peak(tmp_path, 1_000) + 300_000


def test_answers_are_read_one_by_one(tmp_path: Path) -> None:
    """Reading four times as many takes no more memory either."""
    answer = json.dumps(dict.fromkeys(("title", "summary", "abstract"), "关于 ⟦M1⟧ 的研究"))
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    choice = {"message": {"content": answer}, "finish_reason": "stop"}

    def peak(count: int) -> int:
        path = tmp_path / f"{count}.jsonl"
        with path.open("wb") as file:
            for digest in _lists(count):
                for each in digest.papers:
                    name = str(CustomId.of(each.identifier, _formula(each.identifier)))
                    body = {"choices": [choice], "usage": usage}
                    file.write(jsonl([line_of(name, 200, body)]))
        store = _Taking(tmp_path, tmp_path)
        tracemalloc.start()
        try:
            with ListedPapers(_lists(count)) as listed:
                reader = AnswerReader({}, TermFinder(()), listed, store, ChatModel("m", "none"))
                reader.read(path, path.name)
            assert (reader.outcome.written, reader.outcome.failures) == (count, {})
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(2_000) < peak(500) + 300_000  # 200 bytes a paper; an answer has more


def _formula(identifier: Identifier) -> Paper:
    return paper(str(identifier), title="On $x$", abstract="We study $x$.")


class _Taking(PaperStore):
    """A store that takes what it is given, and remembers nothing."""

    def load(self, identifier: Identifier) -> Record | None:
        return Record(_formula(identifier))

    def save(self, identifier: Identifier, record: Record) -> None:
        assert record.chinese is not None


def test_lists_are_read_one_by_one(tmp_path: Path) -> None:
    """The reader of lists hands one on before it opens the next."""
    site = make_site(tmp_path, "2403.00001")
    site.write_list("2024-03-21", ["2403.00002"])
    digests = each_digest(site.folders.digests, tmp_path, [])
    assert next(digests).name == "2024-03-20"
    (site.folders.digests / "2024-03-21.yml").unlink()
    site.write_list("2024-03-21", ["2403.00003"])
    assert [str(each.identifier) for each in next(digests).papers] == ["2403.00003"]


# --- batch read ------------------------------------------------------------------------------


def test_answers_become_records_as_on_the_direct_path(place: Place) -> None:
    """In any order; formulas back in place, and where the text came from is stored."""
    requests = place.requests()
    output = place.read(*map(answered, reversed(requests)))
    assert place.done() == paper_ids(3)
    record = place.site.record("2403.00001")
    assert record and record.chinese and record.written
    assert "$x^2$" in record.chinese.abstract
    assert record.written.model == requests[0]["body"]["model"]
    assert record.written.prompt == prompt_version()
    assert record.written.source_hash == record.paper.source_hash
    assert record.written.input_tokens > 0
    assert table(output)["written"] == 3
    (run,) = place.log.runs([])
    assert (run.command, run.written, run.failed) == ("batch", 3, ())
    assert run.input_tokens == table(output)["tokens in"] > 0


def test_reading_again_changes_nothing(place: Place) -> None:
    """Neither records nor the log, whether or not answers failed."""
    requests = place.requests()
    lines = [answered(requests[0]), answered(requests[1], content="{}"), refused(requests[2])]
    first = place.read(*lines, code=1)
    before = place.site.stored_files()
    second = place.read(*lines, code=1)
    assert place.site.stored_files() == before
    assert table(first) | {"written": 0, "done before": 1} == table(second) | {
        "tokens in": table(first)["tokens in"], "tokens out": table(first)["tokens out"]
    }  # fmt: skip


FAULTY: dict[str, tuple[Any, str]] = {
    "refused": (refused, "the provider refuses the request (HTTP 400): too long"),
    "expired": (expired, "the provider gave no answer in the batch: This request could not"),
    "empty": (lambda r: answered(r, content=""), "the answer cannot be used: it is empty"),
    "cut": (
        lambda r: answered(r, finish_reason="length"),
        "the answer cannot be used: it was cut at the limit of tokens",
    ),
    "refusal": (lambda r: answered(r, refused="No."), "the model refused: No."),
    "no choices": (lambda r: answered(r, choices="empty"), "an answer with no choices"),
    "no completion": (
        lambda r: line_of(r["custom_id"], 200, "soon"), "an answer that is no chat completion"
    ),
    "not chinese": (
        lambda r: answered(r, content=json.dumps(dict.fromkeys(("title", "summary", "abstract"), "x"))),
        "the answer cannot be used: summary is not in Chinese",
    ),
    "key": (
        lambda r: line_of(r["custom_id"], 401, {"error": {"message": f"bad key {KEY}"}}),
        "the provider refuses the request (HTTP 401): bad key",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTY)
def test_an_answer_that_cannot_be_used_is_named_and_asked_for_again(place: Place, kind) -> None:
    """With list, line, paper and reason; nothing is stored for it, the others are."""
    change, reason = FAULTY[kind]
    place.variables = {"OPENAI_API_KEY": KEY}
    requests = place.requests()
    output = place.read(change(requests[1]), answered(requests[0]), answered(requests[2]), code=1)
    assert reason in output
    assert "docs/digests/2024-03-20.yml:2: 2403.00002: " in output
    assert place.done() == ["2403.00001", "2403.00003"]
    assert [each["custom_id"] for each in place.requests()] == [requests[1]["custom_id"]]
    assert place.log.runs([])[0].failed[0].identifier == "2403.00002"


def test_a_good_answer_mends_a_bad_one_in_either_order(place: Place) -> None:
    """As when the error file is read before the output file of a second batch."""
    first, second, third = place.requests()
    output = place.read(
        refused(first), answered(first), answered(second), refused(second), answered(third)
    )
    assert place.done() == paper_ids(3)
    assert table(output)["doubled"] == 2
    assert table(output)["failed"] == 0


def test_what_is_no_answer_is_named_by_its_line(place: Place) -> None:
    """A line cut short, no JSON, no custom_id of ours: and the rest is taken."""
    first, second, third = place.requests()
    strange = answered(first) | {"custom_id": "request-7"}
    cut = jsonl([answered(third)])[:80]
    output = place.read(
        answered(first), b"\n", b"<html>\n", b"[1]\n", strange, answered(second), cut, code=1
    )
    path = (place.root / "answers.jsonl").as_posix()
    wanted = "expected an answer of the Batch format, got"
    assert f"{path}:3: {wanted} a line that is no JSON" in output
    assert f"{path}:4: {wanted} no object with a custom_id" in output
    assert f"{path}:5: expected a custom_id that batch write gave, got 'request-7'" in output
    assert f"{path}:7: {wanted} a line that is cut short: fetch or copy" in output
    assert place.done() == ["2403.00001", "2403.00002"]
    assert [each["custom_id"] for each in place.requests()] == [third["custom_id"]]


def test_a_last_line_without_its_end_is_taken(place: Place) -> None:
    """A file need not end in a newline."""
    (request, *_) = place.requests()
    place.read(jsonl([answered(request)]).rstrip(b"\n"))
    assert place.done() == ["2403.00001"]


def test_a_file_of_something_else_does_not_flood(place: Place) -> None:
    """Twenty lines are named, the others are known to be there."""
    output = place.read(b"x\n" * 500, code=1)
    assert output.count("expected an answer of the Batch format") == 20
    assert "got more lines that are none" in output


def test_an_answer_for_an_english_that_has_changed_is_left_aside(place: Place) -> None:
    """It is said, it is no failure, and the paper is asked for anew."""
    requests = place.requests()
    place.save("2403.00002", abstract="We study something else.")
    output = place.read(*map(answered, requests))
    assert "left aside: " in output
    assert "2403.00002: its English has changed since it was asked for" in output
    assert table(output)["out of date"] == 1
    assert place.done() == ["2403.00001", "2403.00003"]
    (again,) = place.requests()
    assert again["custom_id"] != requests[1]["custom_id"]


def test_an_answer_that_nobody_asks_for_is_left_aside(place: Place) -> None:
    """A paper that was taken off its list gets no record."""
    requests = place.requests()
    place.site.write_list("2024-03-20", ["2403.00001"])
    output = place.read(*map(answered, requests))
    assert "2403.00003: no list asks for it" in output
    assert table(output)["not asked"] == 2
    assert place.done() == ["2403.00001"]


def test_a_paper_that_is_done_is_never_overwritten(place: Place) -> None:
    """Whoever wrote it meanwhile: the direct path, a merge, or a person as a whole correction."""
    requests = place.requests()
    record = place.site.record("2403.00001")
    assert record
    done = replace(record, chinese=Chinese("旧题", "旧总结。", "旧摘要。"))
    place.site.store.save(Identifier("2403.00001"), done)
    place.site.write_correction("2403.00002", title="题", summary="总结。", abstract="摘要。")
    output = place.read(*map(answered, requests))
    assert table(output)["done before"] == 2
    assert place.site.record("2403.00001") == done
    assert place.done() == ["2403.00001", "2403.00003"]


def test_an_answer_to_an_earlier_prompt_is_taken_and_marked(place: Place) -> None:
    """It has been paid for; the record says which wording it came from."""
    request, *_ = place.requests()
    old = answered(request)
    old["custom_id"] = request["custom_id"].rpartition(":")[0] + ":0123456789ab"
    output = place.read(old)
    assert "1 paper written by an earlier prompt" in output
    record = place.site.record("2403.00001")
    assert record and record.written and record.written.prompt == "0123456789ab"


def test_a_failure_counts_until_an_update_has_tried_again(place: Place) -> None:
    """The status names what a batch left undone, and forgets it when the text is there."""
    from digest_plugin.records.runs import History

    def failures() -> list[str]:
        runs = place.log.runs([])
        editions = place.site.contents.editions(place.site.store)
        status = status_of(editions, History(runs), [], "0")
        return [failure.identifier for failure in status.failures]

    requests = place.requests()
    place.read(refused(requests[0]), answered(requests[1]), answered(requests[2]), code=1)
    assert failures() == ["2403.00001"]
    time.sleep(1.1)  # the log knows seconds
    with BatchServer() as provider:
        start = datetime.now(UTC)
        report = place.site.update(None, chat(provider))
    assert written(report) == ["2403.00001"]
    place.log.append(report.run(start, "test-model"))
    assert failures() == []


# --- batch submit and fetch ------------------------------------------------------------------


def test_a_batch_is_handed_in_once_and_its_answers_are_fetched(place: Place) -> None:
    """From papers to records through files and batches, and then nothing is left to do."""
    with BatchServer() as provider:
        provider.api_key = KEY
        asks(provider, place)
        provider.looks_until_end = 1
        assert "batch batch_1: 3 requests handed in" in place.run("submit")
        (memory,) = place.memory.read()
        assert (memory.batch, memory.requests, memory.model) == ("batch_1", 3, "test-model")
        assert memory.host == provider.base_url.split("/")[2]
        assert "batch batch_1: in_progress, 0 of 3 done" in place.run("fetch")
        output = place.run("fetch")
        assert "batch batch_1: completed, 3 of 3 done" in output
        assert table(output)["written"] == 3
        assert place.done() == paper_ids(3)
        assert not place.memory.path.exists()
        assert "no batch is under way" in place.run("fetch")
        calls = len(provider.calls)
        assert "nothing is to be asked for" in place.run("submit")
        assert len(provider.calls) == calls
    assert provider.requests == []
    body = json.loads(provider.files["file-1"].splitlines()[0])["body"]
    assert body["model"] == "test-model"


def test_nothing_is_handed_in_while_a_batch_is_under_way(place: Place) -> None:
    """The second call says which one, and asks the provider for nothing."""
    with BatchServer() as provider:
        asks(provider, place).run("submit")
        calls = len(provider.calls)
        output = place.run("submit", code=1)
        assert "expected no batch under way, got batch batch_1: run batch fetch" in output
        assert len(provider.calls) == calls
        assert len(provider.batches) == 1


def test_half_the_answers_missing(place: Place) -> None:
    """What came is stored, what did not come is asked for by the next batch."""
    with BatchServer() as provider:
        provider.answer = lambda r: None if "00002" in r["custom_id"] else answered(r)
        asks(provider, place).run("submit")
        assert table(place.run("fetch"))["written"] == 2
        assert place.done() == ["2403.00001", "2403.00003"]
        assert "batch batch_2: 1 request handed in" in place.run("submit")


@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_a_batch_that_ended_early_gives_what_it_has(place: Place, end: str) -> None:
    """Its answers are stored, each paper without one is named, and can be handed in again."""
    with BatchServer() as provider:
        provider.end = end
        provider.answer = lambda r: answered(r) if "00001" in r["custom_id"] else expired(r)
        asks(provider, place).run("submit")
        output = place.run("fetch", code=1)
        assert f"batch batch_1: {end}, 1 of 3 done, 2 failed" in output
        assert f"stopped: batch batch_1: {end}: what lacks an answer can be handed in" in output
        assert place.done() == ["2403.00001"]
        (run,) = place.log.runs([])
        assert [failure.identifier for failure in run.failed] == ["2403.00002", "2403.00003"]
        assert "2 requests handed in" in place.run("submit")


def test_a_batch_that_was_not_taken_says_why(place: Place) -> None:
    """A failed validation stores nothing, is told with the provider's words, and is forgotten."""
    with BatchServer() as provider:
        provider.end = "failed"
        asks(provider, place).run("submit")
        output = place.run("fetch", code=1)
        assert "batch batch_1: failed (Enqueued token limit reached)" in output
        assert place.done() == []
        assert place.memory.read() == ()
        assert place.log.runs([])[-1].stopped is not None


def _api(provider: BatchServer) -> BatchApi:
    return BatchApi(chat(provider), sleep=lambda _: None)


LINES = [b'{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {}}\n']


def one_line(number: int) -> bytes:
    return LINES[0].replace(b'"a"', b'"%d"' % number)


@pytest.mark.parametrize(
    "fault",
    [Fault.status(429, "0"), Fault.status(500), Fault.reset(), Fault.html_200(), Fault.truncated()],
    ids=["429", "500", "reset", "html", "truncated"],
)
@pytest.mark.parametrize("call", ["POST /v1/files", "POST /v1/batches"])
def test_errors_that_pass_are_waited_out(place: Place, call: str, fault: Fault) -> None:
    """Upload and creation are tried again, and one batch comes of it however often that was."""
    with BatchServer() as provider:
        provider.faults_on[call] = [fault, fault]
        (submitted,) = submit(LINES, _api(provider), place.memory, "test-model")
        assert [batch.id for batch in provider.batches] == [submitted.batch]
        assert place.memory.read() == (submitted,)


def test_a_creation_whose_reply_was_lost_is_found(place: Place) -> None:
    """Whoever was interrupted between creation and memory adopts the batch by its file."""
    with BatchServer() as provider:
        api = _api(provider)
        (submitted,) = submit(LINES, api, place.memory, "test-model")
        place.memory.write((replace(submitted, batch=None),))
        with pytest.raises(DigestError, match="got batch batch_1: run batch fetch"):
            submit(LINES, api, place.memory, "test-model")
        assert len(provider.batches) == 1
        place.memory.write((replace(submitted, batch=None, file="file-never"),))
        submit(LINES, api, place.memory, "test-model")
        assert len(provider.batches) == 2


def test_a_batch_that_is_refused_is_not_remembered(place: Place) -> None:
    """Those before it are: they are under way."""
    with BatchServer() as provider:
        provider.faults_on["POST /v1/batches"] = [
            Fault.reply(""), Fault.status(400, body=b'{"error": {"message": "no quota for it"}}')
        ]  # fmt: skip
        lines = [one_line(number) for number in range(2)]
        with pytest.raises(ModelError, match=r"refuses the batch \(HTTP 400\): .*no quota"):
            submit(lines, _api(provider), place.memory, "m", FileLimits(requests=1))
        assert [each.batch for each in place.memory.read()] == ["batch_1"]


def test_many_papers_are_several_batches(place: Place) -> None:
    """All are remembered, and a batch is found on whatever page of the list it stands."""
    with BatchServer() as provider:
        lines = [one_line(number) for number in range(120)]
        api = _api(provider)
        many = submit(lines, api, place.memory, "m", FileLimits(requests=1))
        assert [each.batch for each in many] == [f"batch_{n}" for n in range(1, 121)]
        assert place.memory.read() == tuple(many)
        found = api.find("file-1")
        assert found and found.id == "batch_1"


def test_a_provider_without_batches_is_told(place: Place) -> None:
    """With what to do instead; nothing is remembered that would stand in the way."""
    with BatchServer() as provider:
        provider.takes_batches = False
        output = asks(provider, place).run("submit", code=1)
        assert "The provider offers no batches here (HTTP 404): check OPENAI_BASE_URL" in output
        assert place.memory.read() == ()


def test_a_refused_key_is_told_and_not_shown(place: Place) -> None:
    """One call is enough to know."""
    with BatchServer() as provider:
        provider.api_key = "another"
        output = asks(provider, place).run("submit", code=1)
        assert "The provider refuses the key (HTTP 401): check OPENAI_API_KEY." in output
        assert len(provider.calls) == 1
    place.variables = {}
    assert "OPENAI_API_KEY is not set" in place.run("submit", code=1)


def test_a_batch_of_another_provider_is_not_asked_for_here(place: Place) -> None:
    """The message names both addresses."""
    now = datetime.now(UTC)
    place.memory.write((Submitted("file-1", "api.example.org", "m", 3, now, "batch_9"),))
    with BatchServer() as provider:
        output = asks(provider, place).run("fetch", code=1)
        assert "batch batch_9 was handed to api.example.org, and OPENAI_BASE_URL names" in output
        assert provider.calls == []


def test_a_batch_that_nobody_knows_is_forgotten_after_three_days(place: Place) -> None:
    """Before that the key may be another one's, and the answers still come."""
    with BatchServer() as provider:
        asks(provider, place)
        host = provider.base_url.split("/")[2]
        new = Submitted("file-1", host, "m", 3, datetime.now(UTC), "batch_9")
        place.memory.write((new,))
        output = place.run("fetch", code=1)
        assert "the provider knows the batch batch_9 no longer (HTTP 404): check" in output
        assert len(place.memory.read()) == 1
        place.memory.write((replace(new, since=datetime.now(UTC) - timedelta(days=4)),))
        assert "it is forgotten" in place.run("fetch", code=1)
        assert place.memory.read() == ()


def test_an_interrupted_download_is_repeated_whole(place: Place) -> None:
    """A body cut short is fetched again, and no half of it is read."""
    with BatchServer() as provider:
        asks(provider, place).run("submit")
        provider.faults_on["GET /v1/files/"] = [Fault.short_body()]
        output = place.run("fetch")
        assert table(output)["written"] == 3


def test_a_batch_whose_answers_cannot_be_fetched_stays_remembered(place: Place) -> None:
    """The next fetch brings them: they have been paid for."""
    with BatchServer() as provider:
        asks(provider, place).run("submit")
        refusal = Fault.status(400, body=b'{"error": {"message": "later"}}')
        provider.faults_on["GET /v1/files/"] = [refusal]
        assert "refuses the file batch_1-output_file_id (HTTP 400)" in place.run("fetch", code=1)
        assert place.done() == []
        assert table(place.run("fetch"))["written"] == 3


def test_a_reply_that_drips_is_left_at_the_deadline(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wall-clock time counts, for each call and for each file."""
    monkeypatch.setattr("digest_plugin.writing.batch_api.CALL_SECONDS", 0.3)
    monkeypatch.setattr("digest_plugin.writing.batch_api.TRANSFER_SECONDS", 0.3)
    with BatchServer() as provider:
        api = _api(provider)
        for call in (
            lambda: api.retrieve("batch_1"),
            lambda: api.download("file-1", place.root / "x"),
        ):
            provider.faults.append(Fault.drip(20))
            start = time.monotonic()
            with pytest.raises(ModelError, match="no answer in time"):
                call()
            assert time.monotonic() - start < 15


def test_waiting_looks_until_the_batch_has_ended(place: Place) -> None:
    """Or until the time is over, whichever comes first."""
    with BatchServer() as provider:
        api = _api(provider)
        submit(LINES, api, place.memory, "m")
        provider.looks_until_end = 4
        pauses: list[float] = []
        wait(api, place.memory, 60, pauses.append)
        assert len(pauses) == 4
        assert pauses == sorted(pauses)
        provider.looks_until_end = 10**9
        start = time.monotonic()
        wait(api, place.memory, 0.2)
        assert 0.2 <= time.monotonic() - start < 30


def test_fetch_waits_if_it_is_told_to(place: Place) -> None:
    """And takes the answers as soon as they are there."""
    with BatchServer() as provider:
        provider.looks_until_end = 1
        asks(provider, place).run("submit")
        assert table(place.run("fetch", "--wait", "20s"))["written"] == 3


def test_a_broken_memory_is_named(place: Place) -> None:
    """Nothing is handed in on the strength of a file that cannot be read."""
    with BatchServer() as provider:
        asks(provider, place)
        place.memory.path.parent.mkdir(parents=True)
        place.memory.path.write_text('[{"file": 1}]')
        output = place.run("submit", code=1)
        assert "docs/papers/runs/batches.json: expected a list of batches, got" in output
        assert provider.calls == []
