"""`arxiv-digest review`: what is said of a site's Chinese, and of pairs that others bring."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from builds import CONFIG, write_files
from digest_plugin.check.checking import CUT, Checker
from digest_plugin.errors import Fault
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.papers import CUT_MARK, KINDS, Chinese, Paper, Problem, Record
from digest_plugin.people.glossary import Term
from digest_plugin.records.review import MAX_LINE, Reviewed, Tally, as_json, described, read_pairs
from sites import Site, run_command

TITLE = "Trees of questions"
ENGLISH = (
    "We grow small trees of questions in a garden of 12 rows. Every tree learns which row it stands"
    " in. The garden needs 30% less water than a field."
)
CHINESE = (
    "我们在有12行的花园里培育由问题组成的小树。每棵树都学会自己站在哪一行。花园比田地少用30%的水。"
)
GOOD = Chinese("由问题组成的树", "本文在花园里培育由问题组成的小树。", CHINESE)
WRONG = replace(GOOD, abstract=CHINESE.replace("30%", "80%"))
WORSE = replace(GOOD, title="Trees of questions", abstract=CHINESE[:21].replace("12", "21"))
ONE, TWO, THREE, FOUR = (f"2403.0000{number}" for number in range(1, 5))


def paper(identifier: str, version: int = 1, **changes: object) -> Paper:
    from datetime import UTC, datetime

    moment = datetime(2024, 3, 5, tzinfo=UTC)
    whole = Paper(
        identifier, version, TITLE, (), ENGLISH, ("cs.AI",), "cs.AI", moment, moment
    )  # fmt: skip
    return replace(whole, **changes)


def record(site: Site, identifier: str, chinese: Chinese | None, **changes: object) -> None:
    base = parse_identifier(identifier)
    site.store.save(base, Record(paper(base.base, **changes), chinese))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Papers in two lists: one right, one wrong, one worse, one without Chinese."""
    write_files(tmp_path, {"mkdocs.yml": CONFIG})
    made = Site(tmp_path)
    made.write_list("2024-03-20", [ONE, TWO])
    made.write_list("2024-03-21", [THREE, TWO, FOUR])
    record(made, ONE, GOOD)
    record(made, TWO, WRONG)
    record(made, THREE, WORSE)
    record(made, FOUR, None)
    return made


def review(site: Site, *arguments: str, code: int = 1) -> str:
    """What is printed on standard output."""
    result = run_command(site.root, "review", *arguments)
    assert result.exit_code == code, result.output
    return result.stdout


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def stored_bytes(site: Site) -> dict[str, bytes]:
    return {name: content for name, (content, _) in site.stored_files().items()}


def pair(identifier: str = ONE, chinese: Chinese = GOOD, **changes: object) -> dict[str, object]:
    texts = {"title": chinese.title, "summary": chinese.summary, "abstract": chinese.abstract}
    return {"id": identifier, "title": TITLE, "abstract": ENGLISH, "zh": texts} | changes


def jsonl(pairs: Iterable[object]) -> str:
    return "".join(
        (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)) + "\n"
        for each in pairs
    )


def run(
    folder: Path, *arguments: str, stdin: str | bytes = ""
) -> subprocess.CompletedProcess[bytes]:
    """`arxiv-digest review` in `folder`, as a person would call it."""
    return subprocess.run(
        [sys.executable, "-m", "digest_plugin", "review", *arguments],
        cwd=folder, input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True, check=False, timeout=60,
        env={name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")},
    )  # fmt: skip


# --- a site ---------------------------------------------------------------------------------


def test_the_worst_papers_come_first_with_place_and_address(site) -> None:
    """A table by kind, then each paper with what is wrong, a line a problem."""
    output = review(site)
    table, _, rest = output.partition("3 papers checked, 1 without Chinese\n")
    head, *rows, total = table.splitlines()
    assert head.split() == ["kind", "papers", "problems"]
    kinds = [row.split()[0] for row in rows]
    assert kinds == [kind for kind in KINDS if kind in kinds]
    assert "number" in kinds
    assert total.split()[:2] == ["all", "2"]
    assert sum(int(row.split()[2]) for row in rows) == int(total.split()[2])
    places = [line for line in rest.splitlines() if not line.startswith("  ")]
    assert places[0].startswith(f"docs/digests/2024-03-21.yml:1: {THREE}: ")
    assert places[0].endswith(f"https://arxiv.org/abs/{THREE}")
    assert places[1].startswith(f"docs/digests/2024-03-21.yml:2: {TWO}: ")
    assert len(places) == 2
    assert "number: " in rest
    assert ONE not in output


def test_a_site_without_problems_exits_with_0(site) -> None:
    """And papers that wait are no problem."""
    record(site, TWO, GOOD)
    record(site, THREE, GOOD)
    output = review(site, code=0)
    assert "3 papers checked, 1 without Chinese" in output
    assert output.splitlines()[1].split() == ["all", "0", "0"]


def test_only_the_worst_are_named_unless_all_are_asked_for(site) -> None:
    """What is left out is counted."""
    ids = [f"2403.1{number:04}" for number in range(1, 31)]
    site.write_list("2024-03-22", ids)
    for each in ids:
        record(site, each, WRONG)
    output = review(site)
    assert output.count("https://arxiv.org/abs/") == 20
    assert output.splitlines()[-1] == "and 12 others: --all names them"
    assert output.count(THREE) == 2
    assert review(site, "--all").count("https://arxiv.org/abs/") == 32


def test_corrections_are_read_in_place(site) -> None:
    """Readers get a person's text, so that is what is judged: better or worse."""
    site.write_correction(TWO, abstract=CHINESE)
    site.write_correction(ONE, title="Trees of questions")
    found = {each["id"]: each["problems"] for each in lines(review(site, "--json"))}
    assert found[TWO] == []
    assert {problem["field"] for problem in found[ONE]} == {"title"}


def test_the_glossary_is_asked(site) -> None:
    """The site's, or another one."""
    site.write_glossary({"trees": "乔木"})
    found = {each["id"]: each["problems"] for each in lines(review(site, "--json"))}
    assert {problem["kind"] for problem in found[ONE]} == {"glossary"}
    (site.root / "other.yml").write_text("- term: trees\n  rendering: 树\n")
    again = lines(review(site, "--json", "--glossary", str(site.root / "other.yml")))
    assert {each["id"]: each["problems"] for each in again}[ONE] == []


def test_json_is_one_line_a_paper_in_the_order_of_the_lists(site) -> None:
    """Newest list first, each paper once, those without problems as well; nothing else."""
    found = lines(review(site, "--json"))
    assert [each["id"] for each in found] == [THREE, TWO, ONE]
    assert found[2] == {"id": ONE, "problems": []}
    for problem in found[0]["problems"]:
        assert set(problem) == {"field", "kind", "message", "span"}
        assert problem["kind"] in KINDS


def test_nothing_is_written_without_update(site) -> None:
    """Not a byte, not a file."""
    before = stored_bytes(site)
    review(site)
    review(site, "--json")
    assert stored_bytes(site) == before


def test_update_stores_what_is_found(site) -> None:
    """Pages say so; what is no longer found goes; a second time changes nothing."""
    old = Problem("title", "name", "title lacks something that nobody asks for any more")
    site.store.save(Identifier(ONE), replace(site.record(ONE), problems=(old,)))
    assert (site.entry(ONE).state, site.entry(TWO).state) == ("doubtful", "generated")
    review(site, "--update")
    assert (site.entry(ONE).state, site.entry(TWO).state) == ("generated", "doubtful")
    assert site.record(FOUR).problems == ()
    before = site.stored_files()
    review(site, "--update")
    records = {n: f for n, f in site.stored_files().items() if n.endswith(".json")}
    assert records == {n: f for n, f in before.items() if n.endswith(".json")}


def test_update_judges_the_machines_text(site) -> None:
    """A correction hides it on the page; should it go, the problems are still there."""
    site.write_correction(TWO, abstract=CHINESE)
    review(site, "--update")
    assert "number" in {problem.kind for problem in site.record(TWO).problems}
    assert site.entry(TWO).problems == ()


def test_update_writes_a_record_where_it_lies(site) -> None:
    """A list that asks for the version which the newest record holds gets no record of its own."""
    site.write_list("2024-03-20", [ONE, f"{TWO}v1"])
    site.write_list("2024-03-21", [THREE, FOUR])
    review(site, "--update")
    names = [name for name in stored_bytes(site) if name.endswith(".json")]
    assert names == [f"2403/{each}.json" for each in (ONE, TWO, THREE, FOUR)]
    assert site.record(TWO).problems


def test_an_abstract_that_is_cut_stays_a_problem(site) -> None:
    """Until arXiv gave the whole; the mark itself is no text to be translated."""
    cut = f"{ENGLISH} {CUT_MARK}"
    record(site, ONE, GOOD, abstract=cut, is_partial=True)
    review(site, "--update")
    assert site.record(ONE).problems == (CUT,)
    whole = Checker(()).problems(paper(ONE, abstract=cut), GOOD)
    assert CUT not in whole


def test_files_with_faults_are_named_and_the_rest_is_reviewed(site) -> None:
    """Lists and records alike."""
    site.store.path(Identifier(TWO)).write_text("{")
    (site.folders.digests / "2024-03-19.yml").write_text("- 2413.00001\n")
    result = run_command(site.root, "review", "--json")
    assert result.exit_code == 1
    assert [each["id"] for each in lines(result.stdout)] == [THREE, ONE]
    assert "docs/digests/2024-03-19.yml:1: " in result.stderr
    assert f"docs/papers/2403/{TWO}.json:1: expected a record" in result.stderr


def test_a_fault_alone_is_a_failure(site) -> None:
    """Exit code 1, though no text is wrong."""
    for each in (TWO, THREE):
        record(site, each, GOOD)
    site.store.path(Identifier(ONE)).write_text("{")
    review(site)


# --- pairs ----------------------------------------------------------------------------------


def test_pairs_are_answered_in_their_order_outside_a_site(tmp_path) -> None:
    """A line for every line, problems or not, with no mkdocs.yml near."""
    text = jsonl([pair("b", WRONG), pair("a"), pair("b", WORSE)])
    (tmp_path / "x.jsonl").write_text(text)
    for arguments, stdin in ((["--pairs", "x.jsonl"], ""), (["--pairs", "-"], text)):
        done = run(tmp_path, *arguments, "--json", stdin=stdin)
        assert done.returncode == 1
        found = lines(done.stdout.decode())
        assert [each["id"] for each in found] == ["b", "a", "b"]
        assert [bool(each["problems"]) for each in found] == [True, False, True]
    assert not (tmp_path / "docs").exists()


def test_pairs_without_problems_exit_with_0(tmp_path) -> None:
    """A step of CI can rely on it."""
    assert run(tmp_path, "--pairs", "-", stdin=jsonl([pair(), ""])).returncode == 0


def test_pairs_for_people_are_named_by_their_line(tmp_path) -> None:
    """The address only where the id is arXiv's."""
    (tmp_path / "x.jsonl").write_text(jsonl([pair(), "", pair("no id", WRONG), pair(TWO, WORSE)]))
    output = run(tmp_path, "--pairs", "x.jsonl").stdout.decode()
    assert "3 papers checked\n" in output
    first, second = (line for line in output.splitlines() if line.startswith("x.jsonl:"))
    assert first.startswith(f"x.jsonl:4: {TWO}: ")
    assert first.endswith(f"https://arxiv.org/abs/{TWO}")
    assert re.fullmatch(r"x\.jsonl:3: no id: \d problems?", second)


def test_pairs_know_the_glossary_of_the_site_or_the_one_named(site) -> None:
    """As the review of the site does."""
    site.write_glossary({"trees": "乔木"})
    (site.root / "x.jsonl").write_text(jsonl([pair()]))
    path = str(site.root / "x.jsonl")
    (found,) = lines(review(site, "--json", "--pairs", path))
    assert {problem["kind"] for problem in found["problems"]} == {"glossary"}
    (site.root / "other.yml").write_text("- term: trees\n  rendering: 树\n")
    other = str(site.root / "other.yml")
    (again,) = lines(review(site, "--json", "--pairs", path, "--glossary", other, code=0))
    assert again["problems"] == []
    (site.root / "bad.yml").write_text("term\n")
    result = run_command(
        site.root, "review", "--pairs", path, "--glossary", str(site.root / "bad.yml")
    )
    assert result.exit_code == 1
    assert "bad.yml:1: expected a list of terms" in result.stderr


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("{", "got '{"),
        ("[]", "got a list"),
        ("7", "got a number"),
        ("null", "got nothing"),
        ("[" * 100_000, "got '[[["),
        ('{"id": 1' + "0" * 5000 + "}", "got '"),
        (json.dumps(pair(id=7)), "got a number under id"),
        (json.dumps(pair(title=None)), "got nothing under title"),
        (json.dumps(pair(abstract=["x"])), "got a list under abstract"),
        (json.dumps(pair(zh="题")), "got a text under zh"),
        (json.dumps({"id": "x", "title": "x", "abstract": "x"}), "got nothing under zh"),
        (json.dumps(pair(zh={"title": 7})), "got a number under zh.title"),
        ("x" * (MAX_LINE * 2), "expected at most 1,048,576 bytes a line"),
        ("\x00\x1b]0;\n::error::x", "got '"),
    ],
)
def test_a_line_that_is_no_pair_is_named_and_the_others_are_done(line, got) -> None:
    """With its number, what was expected and what came, on one line."""
    stream = BytesIO(jsonl([pair("a"), line, pair("b")]).encode())
    before, *faults, after = read_pairs(stream, "x.jsonl")
    assert (before.id, after.id) == ("a", "b")
    assert faults
    assert all(isinstance(fault, Fault) for fault in faults)
    text = str(faults[0])
    assert text.startswith("x.jsonl:2: expected ")
    assert got in text
    assert text.isprintable()
    assert len(text) < 300


def test_bytes_that_are_no_text_are_faults() -> None:
    """Of their line alone; one without an end is read like the others."""
    stream = BytesIO(b"\xff\xfe\n\xef\xbb\xbf\n" + json.dumps(pair()).encode())
    *faults, last = read_pairs(stream, "x")
    assert [type(each) for each in faults] == [Fault, Fault]
    assert last.line == 3


def test_a_faulty_line_makes_the_exit_code_1(tmp_path) -> None:
    """Though no text is wrong; it goes to standard error, and no line answers it."""
    done = run(tmp_path, "--pairs", "-", "--json", stdin=jsonl([pair(), "{"]))
    assert done.returncode == 1
    assert len(lines(done.stdout.decode())) == 1
    assert b"stdin:2: expected {" in done.stderr
    assert b"1 fault\n" in done.stderr


def test_an_empty_text_of_a_pair_is_an_omission(tmp_path) -> None:
    """A key that lacks counts as empty."""
    texts = {"title": GOOD.title, "summary": ""}
    done = run(tmp_path, "--pairs", "-", "--json", stdin=jsonl([pair(zh=texts)]))
    (found,) = lines(done.stdout.decode())
    fields = [each["field"] for each in found["problems"] if each["kind"] == "omission"]
    assert fields == ["summary", "abstract"]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_whatever_a_pair_holds_comes_out_as_one_line(tmp_path, monkeypatch, locale) -> None:
    """Half surrogate pairs, line separators and control characters, in any locale."""
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("PYTHONUTF8", "0")
    bad = "树\\ud800\\u2028\\u0085\\u0000 <script> \\u001b[31m ::error::x arXiv:2403.00001v1"
    text = json.dumps(pair("X")).replace('"X"', f'"{bad}"')
    text = text.replace(json.dumps(GOOD.title), f'"{bad}"') + "\n"
    done = run(tmp_path, "--pairs", "-", "--json", stdin=text)
    assert done.returncode == 1, done.stderr
    (found,) = [json.loads(line) for line in done.stdout.split(b"\n") if line]
    assert found["id"] == json.loads(f'"{bad}"')
    for_people = run(tmp_path, "--pairs", "-", stdin=text)
    assert for_people.returncode == 1
    assert b"\x1b" not in for_people.stdout
    assert b"Traceback" not in for_people.stderr


def test_a_missing_configuration_that_was_named_is_a_fault(tmp_path) -> None:
    """Only the one that nobody named may lack."""
    command = [sys.executable, "-m", "digest_plugin", "-f", "no.yml", "review", "--pairs", "-"]
    done = subprocess.run(command, cwd=tmp_path, input=b"", capture_output=True, check=False)
    assert done.returncode == 1
    assert b"no.yml" in done.stderr


def test_update_of_pairs_is_wrong_usage(tmp_path) -> None:
    """There is no record to keep it."""
    assert run(tmp_path, "--pairs", "-", "--update").returncode == 2


def test_a_pipe_is_read_while_it_is_written(tmp_path) -> None:
    """Constant memory: the first answers are there before the last question is asked."""
    process = subprocess.Popen(
        [sys.executable, "-m", "digest_plugin", "review", "--pairs", "-", "--json"],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    line = jsonl([pair()]).encode()
    process.stdin.write(line * 300)
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == ONE
    assert process.poll() is None
    process.stdin.write(line)
    process.stdin.close()
    assert len(process.stdout.readlines()) == 300
    process.stdout.close()
    assert process.wait(60) == 0


# --- the sum --------------------------------------------------------------------------------


def reviewed(name: str, count: int) -> Reviewed:
    return Reviewed(name, "x:1", tuple(Problem("title", "name", str(n)) for n in range(count)))


def test_the_tally_keeps_no_more_than_it_shows() -> None:
    """However many papers come; of those with as many problems the first ones are kept."""
    tally = Tally(shown=3)
    for number in range(1000):
        tally.add(reviewed(str(number), number % 10))
    assert [paper.id for paper in tally.worst()] == ["9", "19", "29"]
    assert len(tally._worst) == 3
    assert (tally.papers, tally.doubtful) == (1000, 900)
    assert tally.by_kind["name"] == 900
    assert tally.problems["name"] == 4500


def test_a_problem_is_one_line_for_people() -> None:
    """Whatever sign its message holds."""
    problem = Problem("title", "name", "a\n::error::b\x1b[31m\u2028c\ud800")
    for line in described(Reviewed("x\n::error::", "x:1", (problem,)), ""):
        assert line.isprintable()
        assert not line.lstrip().startswith("::")


def test_json_can_be_read_back() -> None:
    """Chinese stays readable, and what UTF-8 cannot hold is escaped."""
    paper = Reviewed("\ud800", "x:1", (Problem("title", "name", "树\ud800", "\n"),))
    line = as_json(paper)
    assert "树".encode() in line
    assert line.count(b"\n") == 1
    assert json.loads(line)["problems"][0] == {
        "field": "title", "kind": "name", "message": "树\ud800", "span": "\n"
    }  # fmt: skip


def test_only_terms_that_occur_are_asked_for() -> None:
    """Whatever else the glossary holds."""
    checker = Checker([Term("trees", "乔木"), Term("river", "河")])
    found = checker.problems(paper(ONE), GOOD)
    assert {(problem.kind, problem.span) for problem in found} == {("glossary", "trees")}
    texts = {"title": GOOD.title, "summary": GOOD.summary, "abstract": GOOD.abstract}
    assert checker.problems_of_texts(TITLE, ENGLISH, texts) == found
