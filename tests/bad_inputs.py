"""Reads as many bad files and answers as it is told to, in a process whose time and memory can be
measured; prints what went wrong. `python bad_inputs.py NUMBER FOLDER`."""

from __future__ import annotations

import json
import logging
import re
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from mkdocs.exceptions import Abort

from builds import build_site, write_files
from digest_plugin.errors import DigestError, Fault, InputError
from digest_plugin.identifiers import Identifier
from digest_plugin.pages.exports import bibtex_twin, json_twin, markdown_twin
from digest_plugin.papers import Author, Chinese, Paper, Record, Written
from digest_plugin.people.corrections import read_corrections
from digest_plugin.people.digests import Digest, ListedPaper, read_digests
from digest_plugin.people.glossary import TermFinder, read_glossary
from digest_plugin.people.listed_papers import ListedPapers
from digest_plugin.records.contents import Edition, Entry, Folders, read_contents
from digest_plugin.records.runs import RunLog
from digest_plugin.records.store import PaperStore, record_json
from digest_plugin.writing.batch_answers import AnswerReader
from digest_plugin.writing.batch_requests import CustomId
from digest_plugin.writing.model import ChatModel, Completion, PassingError, parsed_reply
from digest_plugin.writing.second_reader import read_again
from digest_plugin.writing.write import read_draft

AT_A_TIME = 250
"""What hypothesis remembers of its examples is let go of after so many."""
MOST_SECONDS = 1.0
IDENTIFIER = Identifier("2403.12151")
MOMENT = datetime(2024, 3, 18, tzinfo=UTC)
PAPER = Paper(
    "2403.12151", 1, "Trees of $x^2$", (Author("Ada Lovelace", ("London",)),),
    "We study 12 trees of $x$. They grow.", ("cs.CL", "cs.AI"), "cs.CL", MOMENT, MOMENT,
    "12 pages", "J. Trees 1", "10.1/x", ("https://arxiv.org/abs/2403.12151",),
)  # fmt: skip
CHINESE = Chinese("$x^2$ 之树", "本文研究树。", "我们研究 $x$ 的 12 棵树。它们生长。")
WRITTEN = Written("m", "abc", PAPER.source_hash, date(2024, 3, 20), 1, 2)
ANSWER = json.dumps(
    {"title": "⟦M1⟧ 之树", "summary": "本文研究树。", "abstract": "我们研究 ⟦M2⟧ 的 12 棵树。"},
    ensure_ascii=False,
)  # fmt: skip
REPLY = json.dumps(
    {
        "id": "x", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 34},
    },
    ensure_ascii=False,
)  # fmt: skip
BATCH = json.dumps(
    {
        "custom_id": str(CustomId.of(IDENTIFIER, PAPER)),
        "response": {"status_code": 200, "body": json.loads(REPLY)}, "error": None,
    },
    ensure_ascii=False,
)  # fmt: skip
FINDINGS = json.dumps(
    {"findings": [{"field": "abstract", "chinese": "生长", "english": "grow", "reason": "x"}], "abstract": "我们研究树。"},
    ensure_ascii=False,
)  # fmt: skip
RUN = json.dumps(
    {
        "command": "update", "start": "2024-03-18T00:00:00Z", "seconds": 3, "version": "1", "written": 2,
        "failed": [{"path": "docs/digests/x.yml", "line": 1, "reason": "x", "identifier": "2403.12151"}],
    }
)  # fmt: skip
LIST = """\
title: 端侧大模型专题
date: 2024-03-20
description: 本期关注
note: |
  编者按，可以用 **Markdown**。
papers:
  - id: 2403.12151
    tags: [端侧模型, 语言模型]
    note: 推荐阅读第 3 节。
  - 2402.16822
  - hep-th/9901001v2
"""
CORRECTION = (
    "title: 树\nsummary: 本文研究树。\nabstract: >-\n  我们研究树。\nby: 张三\nversion: 1\n"
)
GLOSSARY = "- term: tree\n  rendering: 树\n  also: 树木、树状图\n  note: 数学\n- term: Word\n  keep: true\n"
WHOLE_RECORD = record_json(Record(PAPER, CHINESE, WRITTEN))
LIST_TREE = json.dumps(
    {
        "title": "x", "date": "2024-03-20", "description": "x", "note": "x",
        "papers": [{"id": "2403.12151", "tags": ["a", "b"], "note": "x"}, "2402.16822", "hep-th/9901001"],
    }
)  # fmt: skip
CORRECTION_TREE = json.dumps({"title": "树", "summary": "树。", "abstract": "树。", "by": "x", "version": "1"})  # fmt: skip
GLOSSARY_TREE = json.dumps([{"term": "tree", "rendering": "树", "also": "x、y", "note": "x"}, {"term": "Word", "keep": "true"}])  # fmt: skip


# What is bad


def deep(opening: str, closing: str, inside: str = "") -> str:
    return opening * 10_000 + inside + closing * 10_000


SNIPPETS = [
    "\ufeff", "\r\n", "\r", "\t", "\0", "\x85", "\u2028", "\u202e", "\x1b[31m", "\ufffe", "\\ud800", "\\u0000", "\\x00", "\\",
    "- ", "  ", ": ", "? ", "# ", "---\n", "...\n", "%YAML 1.1\n---\n", "&a ", "*a", "!!python/object:os.system ", "!<x> ", "| ", ">-\n",
    "[", "]", "{", "}", ",", '"', "'", "`", "@", "%", "~", "null", "true", "NaN", "Infinity", "-0", "1e999", "9" * 5_000, "0x10", "1_000",
    "0o17", "12:30:45", "2001-01-01", "=", "<<: *a", "__proto__", "title: x\n", "id: 2403.12151\n", "papers:\n", '"id":"x",', '"paper":{},',
    '"abstract":', '{"title":', "<think>", "</think>", "```json\n", "```", "⟦M1⟧", "⟦M99⟧", "$", "$$", "\\(", "\\begin{x}", "::error::x", "\n::error::x",
    deep("[", "]"), deep("{a: ", "}"), deep('{"a":', "}", "1"), deep("- ", ""), deep("(", ")"), deep("> ", ""), "<" * 10_000, "x" * 100_000, "\n" * 10_000,
    "a: &a [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)), "树" * 30_000, "$x$" * 10_000, "\u0301" * 10_000,
]  # fmt: skip
RAW = [b"\xff", b"\xfe\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xef\xbb\xbf", b"\0", b"\xc0\x80", b"\xe2\x80"]  # fmt: skip
KEYS = st.sampled_from(
    "papers title date description note id tags term rendering also keep summary abstract by version paper chinese"
    " written authors categories published updated findings field choices message content usage custom_id response"
    " body error status_code command start seconds failed path line x".split()
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from([2**70, -(2**70), "2403.12151", "2024-03-20", "", "x" * 5_000])
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)
STRUCTURED = TREES.map(lambda tree: json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass"))  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, *valid: bytes) -> bytes:
    """A good file to which a few bad things happened."""
    content = draw(st.sampled_from(valid))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 4]))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from([0, 0, 1, 5, 40])))
        before, piece, after = content[:start], content[start:end], content[end:]
        match draw(st.integers(0, 8)):
            case 0:
                content = before + bytes([draw(st.integers(0, 255))]) + content[start + 1 :]
            case 1:
                content = before
            case 2:
                content = before + after
            case 3:
                content = before + piece * draw(st.sampled_from([2, 3, 50, 1_000])) + after
            case 4 | 5:
                snippet = draw(st.sampled_from(SNIPPETS))
                content = before + snippet.encode() + after
            case 6:
                content = before + draw(st.sampled_from(RAW)) + after
            case 7:
                content = content.replace(b"\n", draw(st.sampled_from([b"\r\n", b"\r", b"\n\n", b"\t\n", b" "])))  # fmt: skip
            case _:
                coding = draw(st.sampled_from(["utf-16", "gb18030", "utf-7", "utf-32"]))
                content = content.decode("utf-8", "replace").encode(coding, "replace")
    return content[: 2 * 1024 * 1024]


@st.composite
def tweaked(draw: st.DrawFn, valid: str) -> bytes:
    """Good JSON, which YAML is, too, with something else in one or two places."""
    data = json.loads(valid)
    for _ in range(draw(st.integers(1, 2))):
        inside, key = data, None
        while isinstance(inside, dict | list) and inside and (key is None or draw(st.booleans())):
            where = inside
            key = draw(st.sampled_from(list(inside) if isinstance(inside, dict) else range(len(inside))))  # fmt: skip
            inside = where[key]
        if key is None:
            break
        if draw(st.booleans()):
            where[key] = draw(TREES)
        else:
            del where[key]
    return json.dumps(data, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


def bad(*valid: str, tree: str) -> st.SearchStrategy[bytes]:
    changed = mutated(*(text.encode() for text in valid))
    return changed | changed | tweaked(tree) | tweaked(tree) | STRUCTURED | st.binary(max_size=40)


# What reads it


@dataclass
class Place:
    """A site in which one file is bad."""

    root: Path
    complaints: list[str] = field(default_factory=list)

    @property
    def folders(self) -> Folders:
        docs = self.root / "docs"
        return Folders(self.root, docs / "digests", docs / "papers", docs / "corrections", docs / "glossary.yml")  # fmt: skip

    @property
    def store(self) -> PaperStore:
        return PaperStore(self.folders.papers, self.root)

    def file(self, name: str, content: bytes) -> Path:
        path = self.root / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def judge(self, name: str, content: bytes, faults: list[Fault], *, is_read: bool) -> None:
        """A file is read, or its faults are named with their lines."""
        if not is_read and not faults:
            self.complaints.append(f"refused without a word: {name}")
        last = max(len(content.splitlines()), len(content.decode("utf-8", "replace").splitlines()), 1)  # fmt: skip
        for fault in faults:
            line = str(fault)
            if not re.match(rf"docs/{re.escape(name)}:[0-9]+: \S", line) or not line.isprintable():
                self.complaints.append(f"no FILE:LINE: {line[:200]!r}")
            elif not 1 <= fault.line <= last:
                self.complaints.append(f"no such line, of {last}: {line[:200]}")


def read_list(place: Place, content: bytes) -> bool:
    name, faults = "digests/2024-03-20.yml", list[Fault]()
    place.file(name, content)
    digests = read_digests(place.folders.digests, place.root, faults)
    place.judge(name, content, faults, is_read=bool(digests))
    tolerated: list[Fault] = []
    contents = read_contents(place.folders, tolerated)
    list(contents.editions(place.store, tolerated))
    return not faults


def read_correction(place: Place, content: bytes) -> bool:
    name, faults = "corrections/2403.12151.yml", list[Fault]()
    place.file(name, content)
    found = read_corrections(place.folders.corrections, place.root, faults)
    place.judge(name, content, faults, is_read=bool(found))
    return not faults


def read_terms(place: Place, content: bytes) -> bool:
    name, faults = "glossary.yml", list[Fault]()
    place.file(name, content)
    terms = read_glossary(place.folders.glossary, place.root, faults)
    place.judge(name, content, faults, is_read=True)
    TermFinder(terms).find_in(PAPER)
    return not faults


def read_record(place: Place, content: bytes) -> bool:
    name = "papers/2403/2403.12151.json"
    place.file(name, content)
    try:
        record = place.store.load(IDENTIFIER)
    except InputError as error:
        place.judge(name, content, list(error.faults), is_read=False)
        return False
    listed = ListedPaper(IDENTIFIER, "docs/digests/x.yml", 1)
    edition = Edition(Digest("x", "docs/digests/x.yml", (listed,), "x"), (Entry(listed, record, None),))  # fmt: skip
    for twin in (json_twin, markdown_twin, bibtex_twin):
        twin(edition).encode()
    return True


def read_log(place: Place, content: bytes) -> bool:
    name, faults = "papers/runs/2024-03.jsonl", list[Fault]()
    place.file(name, content)
    RunLog(place.folders.papers / "runs", place.root).runs(faults)
    place.judge(name, content, faults, is_read=True)
    return not faults


MODEL = ChatModel("m", "sk-planted-4f1d9c", "http://127.0.0.1:9/v1")


def read_completion(place: Place, content: bytes) -> bool:
    text = content.decode("utf-8", "surrogateescape")
    try:
        read_draft(Completion(text), PAPER)
    except DigestError as error:
        said(place, error)
        return False
    return True


def read_reply(place: Place, content: bytes) -> bool:
    try:
        read_draft(MODEL.completion(parsed_reply(content, "chat completion")), PAPER)
    except (DigestError, PassingError) as error:
        said(place, error)
        return False
    return True


def read_second(place: Place, content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    try:
        read_again(PAPER, CHINESE, lambda messages: Completion(text))
    except DigestError as error:
        said(place, error)
        return False
    return True


def read_batch(place: Place, content: bytes) -> bool:
    place.store.save(IDENTIFIER, Record(PAPER))
    path = place.file("answers.jsonl", content)
    listed = ListedPaper(IDENTIFIER, "docs/digests/x.yml", 1)
    with ListedPapers([Digest("x", "docs/digests/x.yml", (listed,), "x")]) as papers:
        reader = AnswerReader({}, TermFinder(()), papers, place.store, MODEL)
        reader.read(path, "answers.jsonl")
        reader.close()
    for failure in reader.outcome.failures.values():
        if not re.match(r"(docs/digests/x\.yml|answers\.jsonl):[0-9]+: \S", str(failure)):
            place.complaints.append(f"no FILE:LINE: {failure}")
    place.store.load(IDENTIFIER)
    return not reader.outcome.failures


def said(place: Place, error: Exception) -> None:
    if not str(error).strip():
        place.complaints.append(f"nothing said: {type(error).__name__}")


KINDS: dict[str, tuple[Callable[[Place, bytes], bool], st.SearchStrategy[bytes]]] = {
    "lists": (read_list, bad(LIST, "- 2403.12151\n- 2402.16822v1\n", tree=LIST_TREE)),
    "corrections": (read_correction, bad(CORRECTION, tree=CORRECTION_TREE)),
    "glossaries": (read_terms, bad(GLOSSARY, tree=GLOSSARY_TREE)),
    "records": (read_record, bad(record_json(Record(PAPER)), WHOLE_RECORD, tree=WHOLE_RECORD)),
    "logs": (read_log, bad(f"{RUN}\n{RUN}\n", tree=RUN)),
    "answers": (read_completion, bad(ANSWER, f"<think>{ANSWER}</think>\n```json\n{ANSWER}\n```", tree=ANSWER)),
    "replies": (read_reply, bad(REPLY, tree=REPLY)),
    "readings": (read_second, bad(FINDINGS, tree=FINDINGS)),
    "batches": (read_batch, bad(BATCH, f"{BATCH}\n{BATCH}\n", tree=BATCH)),
}  # fmt: skip


def attempt(kind: str, number: int, first: int, root: Path, result: dict) -> None:
    """Read `number` bad things of a kind; the same ones for the same `first`."""
    read, strategy = KINDS[kind]

    @seed(first)
    @settings(
        max_examples=number, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def once(content: bytes) -> None:
        place = Place(root)
        start = time.process_time()
        try:
            outcome = "read" if read(place, content) else "refused"
        except BaseException:
            outcome = "traceback"
            place.complaints.append(traceback.format_exc(limit=-3))
        seconds = time.process_time() - start
        if seconds > MOST_SECONDS:
            place.complaints.append(f"took {seconds:.1f} s")
        result["outcomes"][f"{kind}: {outcome}"] += 1
        result["slowest"] = max(result["slowest"], seconds)
        for complaint in place.complaints:
            result["complaints"].append(f"{kind}: {complaint}\nin {content[:300]!r} ({len(content)} bytes)")  # fmt: skip

    once()


def build(root: Path, result: dict) -> None:
    """All of the bad files that were the last of their kind, in one site."""
    write_files(root, {"docs/index.md": "# x\n"})
    for variables in ({}, {"ARXIV_DIGEST_LENIENT": "1"}):
        try:
            build_site(root, **variables)
            result["outcomes"]["builds: whole"] += 1
        except Abort:
            result["outcomes"]["builds: stopped"] += 1
        except BaseException:
            result["outcomes"]["builds: traceback"] += 1
            result["complaints"].append(traceback.format_exc(limit=-4))


def most_megabytes() -> float:
    """What this process took at most. `getrusage` also counts the one that it was started by."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+([0-9]+) kB", status.read_text()) if status.exists() else None
    kilobytes = int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024


def forget_the_tools(root: Path) -> None:
    """Leave what hypothesis does once, before its first example on a machine, out of the count: it
    makes tables of characters, in more memory than all of ours takes."""
    for kind in KINDS:
        attempt(kind, 1, 0, root, {"outcomes": Counter(), "slowest": 0.0, "complaints": []})
    peak = Path(
        "/proc/self/clear_refs"
    )  # a 5 forgets it: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
    if peak.exists():
        peak.write_text("5")


def main(number: int, root: Path) -> None:
    logging.disable(logging.CRITICAL)
    forget_the_tools(root)
    result = {"outcomes": Counter(), "slowest": 0.0, "complaints": []}
    share = -(-number // len(KINDS))
    for first in range(0, share, AT_A_TIME):
        for kind in KINDS:
            attempt(kind, min(AT_A_TIME, share - first), first, root, result)
        build(root, result)
        if len(result["complaints"]) > 20:
            break
    result["megabytes"] = most_megabytes()
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
