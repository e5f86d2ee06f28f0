"""`arxiv-digest import`: what is taken over of a checkout of cn-chat-arxiv, and what is not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from builds import CONFIG, build_site, write_files
from digest_plugin.check.checking import CUT
from digest_plugin.identifiers import Identifier, parse_identifier
from digest_plugin.intake.ancestor import Inherited, parse_inherited
from digest_plugin.jobs.checkout import days_added
from digest_plugin.papers import CUT_MARK, Record
from digest_plugin.people.digests import read_digests
from digest_plugin.records.takeover import PART
from servers import ArxivPaper, ArxivServer, ModelServer
from sites import Site, reasons, run_command

ENGLISH = (
    "We grow small trees of questions in a garden of 12 rows. Every tree learns which row it stands"
    " in. The garden needs 30% less water than a field."
)
CHINESE = (
    "我们在有12行的花园里培育由问题组成的小树。每棵树都学会自己站在哪一行。花园比田地少用30%的水。"
)
ONE = "2403.00001"
SEEN = "2403.00002"


def data(**changes: object) -> dict[str, object]:
    """A paper's file, as the ancestor wrote them."""
    return {
        "title": "Trees of questions",
        "abstract": ENGLISH,
        "link": "https://arxiv.org/abs/2403.00001",
        "total_tokens": 7,
        "translated_title": "由问题组成的树",
        "translated_abstract": CHINESE,
        "tldr": "本文在花园里培育由问题组成的小树。",
    } | changes


def parsed(paper: str = ONE, **changes: object) -> Inherited:
    content = json.dumps(data(**changes)).encode()
    return parse_inherited(content, parse_identifier(paper))


def put(checkout: Path, *papers: str, **changes: object) -> None:
    """Write the file of each paper."""
    for paper in papers:
        path = checkout / f"papers/{paper[:2]}/{paper[2:4]}/{paper}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data(**changes), indent=4))


def many(count: int, month: str = "2403") -> list[str]:
    return [f"{month}.{number:05}" for number in range(1, count + 1)]


def git(checkout: Path, *arguments: str, day: str = "2024-03-05T12:00:00+00:00") -> None:
    identity = {f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")}  # fmt: skip
    days = {"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
    subprocess.run(["git", *arguments], cwd=checkout, env=os.environ | identity | days, check=True,
                   capture_output=True)  # fmt: skip


def commit(checkout: Path, day: str) -> None:
    git(checkout, "add", "--all")
    git(checkout, "commit", "-m", "x", day=day)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Site:
    write_files(tmp_path / "site", {"mkdocs.yml": CONFIG, "docs/index.md": "# 首页\n"})
    return Site(tmp_path / "site")


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer(map(ArxivPaper, [ONE, SEEN])) as server:
        yield server


def take(site: Site, checkout: Path, code: int = 0) -> str:
    """Import; everything that was said."""
    result = run_command(site.root, "import", str(checkout))
    assert result.exit_code == code, result.output
    return result.output


def lists(site: Site) -> dict[str, list[str]]:
    faults = []
    digests = read_digests(site.folders.digests, site.root, faults)
    assert faults == []
    return {each.name: [str(paper.identifier) for paper in each.papers] for each in digests}


def stored(site: Site, paper: str = ONE) -> Record:
    record = site.record(paper)
    assert record is not None
    return record


def every_file(root: Path) -> Mapping[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def said(output: str, name: str) -> int:
    """A row of the summary."""
    (line,) = [line for line in output.splitlines() if line.startswith(f"{name}  ")]
    return int(line.removeprefix(name).split()[0].replace(",", ""))


# --- one paper ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "version", "category"),
    [
        ("Trees of questions. (arXiv:2403.00001v3 [cs.AI] UPDATED)", 3, "cs.AI"),
        ("Trees of questions (arXiv:2403.00001v1 [cond-mat.dis-nn] CROSS LISTED)", 1, "cond-mat.dis-nn"),
        ("Title: Trees of questions. (arXiv:2403.00001v2 [quant-ph])", 2, "quant-ph"),
        ("Trees\n of   questions", 1, ""),
    ],
)  # fmt: skip
def test_the_header_of_a_title_is_data(title, version, category) -> None:
    """Version and category are taken from it, and nothing of it stays."""
    paper = parsed(title=title).paper
    assert paper.title == "Trees of questions"
    assert (paper.version, paper.primary_category) == (version, category)
    assert paper.categories == ((category,) if category else ())


@pytest.mark.parametrize(
    "header",
    [
        "arXiv:2403.00001v4 Announce Type: new  Abstract: ",
        "arXiv:2403.00001v4 Announce Type: replace-cross Abstract: ",
        "arXiv:2403.00001v4 Announce Type: cross \nAbstract: ",
    ],
)
def test_the_header_of_an_abstract_is_data(header) -> None:
    """The version is taken from it, and nothing of it stays."""
    paper = parsed(abstract=header + ENGLISH).paper
    assert (paper.abstract, paper.version) == (ENGLISH, 4)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("translated_abstract", f"摘要：{CHINESE}"),
        ("translated_abstract", f"这里是翻译过的论文摘要：{CHINESE}"),
        ("translated_abstract", f"arXiv:2403.00001v2 公告类型：新 摘要：{CHINESE}"),
        ("translated_abstract", f"摘要：arXiv:2403.00001v2 公告类型：替换-交叉。摘要：{CHINESE}"),
        ("translated_abstract", f"arXiv：2403.00001v1 通告类型: 跨领域 {CHINESE}"),
        ("translated_abstract", f"arXiv:2403.00001v1 Announce Type: new Abstract: {CHINESE}"),
        ("translated_abstract", f'"{CHINESE}"'),
        ("translated_title", "由问题组成的树。（arXiv:2403.00001v2 [cs.AI] 已更新）"),
        ("translated_title", "论文标题：《由问题组成的树》"),
        ("translated_title", "“由问题组成的树”"),
        ("tldr", "tldr: 本文在花园里培育由问题组成的小树。"),
        ("tldr", "这里是中文总结出的一句话要点：本文在花园里培育由问题组成的小树。"),
        ("tldr", "本文在花园里培育由问题组成的小树。 (arXiv:2403.00001v1 [cs.AI])"),
    ],
)
def test_labels_headers_and_quotes_are_taken_off_the_chinese(key, text) -> None:
    """What is left is the paper's, whole."""
    assert parsed(**{key: text}).chinese == parsed().chinese


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("translated_title", "摘要生成的树：综述"),
        ("translated_title", "《树》与《花》"),
        ("translated_title", "“树”的“花”"),
        ("tldr", "TL;DR进展：一棵树在花园里。"),
        ("tldr", "“树”是花园里的一种植物。"),
        ("translated_abstract", "arXiv:2403.99999v1 公告类型：新 摘要：别的论文在花园里。"),
        ("translated_abstract", "背景：花园里有10~20棵树。"),
    ],
)
def test_what_only_looks_like_a_label_stays(key, text) -> None:
    """A word at the start, quotes of two things, another paper's header."""
    chinese = parsed(**{key: text}).chinese
    assert chinese is not None
    assert text in (chinese.title, chinese.summary, chinese.abstract)


def test_latex_is_folded_as_for_papers_from_arxiv() -> None:
    """In English and Chinese; formulas stay, and so does a tilde between Chinese numbers."""
    found = parsed(
        title=r"The Nystr\"om trees",
        translated_title=r"Nystr\"om 树",
        tldr=r"减少\emph{水}的$x\le 1$。",
    )
    assert found.paper.title == "The Nyström trees"
    assert found.chinese is not None
    assert (found.chinese.title, found.chinese.summary) == ("Nyström 树", r"减少水的$x\le 1$。")


def test_a_cut_abstract_is_marked() -> None:
    """1,000 characters, header included, are the knife's; so are a few less without an end."""
    header = "arXiv:2403.00001v1 Announce Type: new  Abstract: "
    long = ("word " * 300)[: 1000 - len(header)]
    cut = parsed(abstract=(header + long)[:1000].strip()).paper
    assert cut.is_cut
    assert cut.abstract == f"{long.strip()} {CUT_MARK}"
    whole = ("word " * 198).strip() + " end."
    assert 990 <= len(whole) < 1000
    assert not parsed(abstract=whole).paper.is_cut
    assert not parsed(abstract="It has no end").paper.is_cut


def test_a_partial_paper_claims_no_more_than_is_known() -> None:
    """No authors; of the day only the month of the identifier."""
    paper = parsed().paper
    assert paper.is_partial
    assert paper.authors == ()
    assert paper.published == paper.updated
    assert paper.published.date() == date(2024, 3, 1)


@pytest.mark.parametrize("key", ["translated_title", "translated_abstract", "tldr"])
@pytest.mark.parametrize("text", [None, "", " \n", '""'])
def test_a_text_that_lacks_means_no_chinese(key, text) -> None:
    """A page shows all three or none; empty quotes are no text."""
    assert parsed(**{key: text}).chinese is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a JSON object"),
        (b"\xff\xfe", "expected a JSON object"),
        (b"[1]", "expected a JSON object"),
        (b"[" * 100_000, "expected a JSON object"),
        (b'{"title": ' + b"9" * 5000 + b"}", "expected a JSON object"),
        (b'{"title": "x"}', "expected a text under abstract, got nothing"),
        (json.dumps(data(title=7)).encode(), "expected a text under title, got something else"),
        (json.dumps(data(abstract=" ")).encode(), "expected texts under title and abstract"),
        (json.dumps(data(tldr=["x"])).encode(), "expected a text under tldr, got something else"),
        (
            json.dumps(data(title="Trees (arXiv:2403.00009v1 [cs.AI])")).encode(),
            "expected the paper 2403.00001, got that of '2403.00009'",
        ),
    ],
)
def test_a_file_that_is_no_paper_is_refused(content, message) -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match="expected") as error:
        parse_inherited(content, Identifier(ONE))
    assert message in str(error.value)


def test_what_no_page_can_show_is_dropped() -> None:
    """Control characters and half surrogate pairs, which no file could hold."""
    found = parsed(
        title="Trees\x00 of\ud800 questions", translated_title="由问题\x1b组成的树\udfff"
    )
    assert found.paper.title == "Trees of questions"
    assert found.chinese == parsed().chinese


# --- a checkout -----------------------------------------------------------------------------


def test_a_folder_becomes_a_digest_a_month(site, checkout) -> None:
    """By the identifiers, in their order; the title is Chinese."""
    put(checkout, "2403.00002", ONE, "2312.00001", "1403.0001")
    output = take(site, checkout)
    assert lists(site) == {
        "2014-03": ["1403.0001"], "2023-12": ["2312.00001"], "2024-03": [ONE, "2403.00002"]
    }  # fmt: skip
    text = (site.folders.digests / "2024-03.yml").read_text()
    assert text.startswith("title: 2024 年 3 月\n")
    assert (said(output, "taken over"), said(output, "fit to publish")) == (4, 4)
    assert stored(site).chinese == parsed().chinese


def test_a_month_of_many_papers_is_split(site, checkout) -> None:
    """A hundred papers a list at most, named so that they sort."""
    put(checkout, *many(PART * 2 + 1))
    take(site, checkout)
    found = lists(site)
    assert list(found) == ["2024-03-a", "2024-03-b", "2024-03-c"]
    assert [paper for papers in found.values() for paper in papers] == many(PART * 2 + 1)
    assert max(map(len, found.values())) == PART


def test_a_git_checkout_keeps_the_days(site, checkout) -> None:
    """The day in Beijing on which a file was first added, whatever was changed afterwards."""
    git(checkout, "init")
    put(checkout, ONE)
    commit(checkout, "2024-03-05T20:00:00+00:00")
    put(checkout, "2403.00002", "2312.00001")
    commit(checkout, "2024-03-07T12:00:00+00:00")
    put(checkout, ONE, tldr="本文在花园里培育小树。")
    (checkout / "papers/23/12/2312.00001.json").unlink()
    commit(checkout, "2024-03-09T12:00:00+00:00")
    put(checkout, "2312.00001")
    commit(checkout, "2024-03-11T12:00:00+00:00")
    put(checkout, "2403.00003")  # which nobody has committed
    take(site, checkout)
    assert lists(site) == {
        "2024-03-06": [ONE],
        "2024-03-07": ["2312.00001", "2403.00002"],
        "2024-03": ["2403.00003"],
    }


def test_a_day_of_many_papers_keeps_its_date(site, checkout) -> None:
    """Its parts are digests of that day."""
    git(checkout, "init")
    put(checkout, *many(PART + 1))
    commit(checkout, "2024-03-05T12:00:00+00:00")
    take(site, checkout)
    digests = read_digests(site.folders.digests, site.root, [])
    assert [(each.name, each.date) for each in digests] == [
        ("2024-03-05-a", date(2024, 3, 5)),
        ("2024-03-05-b", date(2024, 3, 5)),
    ]


def test_a_shallow_clone_does_not_put_all_papers_on_one_day(site, checkout, tmp_path) -> None:
    """What its oldest commit brings was added on a day that nobody knows."""
    git(checkout, "init")
    put(checkout, ONE)
    commit(checkout, "2024-03-05T12:00:00+00:00")
    put(checkout, "2403.00002")
    commit(checkout, "2024-03-07T12:00:00+00:00")
    put(checkout, "2403.00003")
    commit(checkout, "2024-03-08T12:00:00+00:00")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--depth=2", checkout.as_uri(), str(clone))
    assert days_added(clone, "papers", ZoneInfo("Asia/Shanghai")) == {
        "papers/24/03/2403.00003.json": date(2024, 3, 8)
    }
    take(site, clone)
    assert lists(site) == {"2024-03": [ONE, "2403.00002"], "2024-03-08": ["2403.00003"]}


def test_a_checkout_cannot_have_us_run_its_programs(site, checkout, tmp_path) -> None:
    """Whatever its configuration names."""
    git(checkout, "init")
    put(checkout, ONE)
    commit(checkout, "2024-03-05T12:00:00+00:00")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "gpg.program", "diff.external", "core.hooksPath"):
        git(checkout, "config", key, str(trap))
    git(checkout, "config", "log.showSignature", "true")
    (tmp_path / "sprung").unlink(missing_ok=True)
    take(site, checkout)
    assert not (tmp_path / "sprung").exists()
    assert lists(site) == {"2024-03-05": [ONE]}


def test_a_folder_without_papers_is_no_checkout(site, checkout) -> None:
    """It is said what to name instead."""
    output = take(site, checkout, code=1)
    assert "expected a checkout of cn-chat-arxiv with the folder papers" in output
    assert not site.folders.papers.exists()


def test_hostile_files_are_named_and_passed_over(site, checkout, tmp_path) -> None:
    """Whatever their names and contents; the others are taken over, and nothing lies elsewhere."""
    put(checkout, ONE)
    folder = checkout / "papers/24/03"
    (folder / "2403.00002.json").write_text("{")
    (folder / "2403.00003v1.json").write_text(json.dumps(data()))
    (folder / "2413.00001.json").write_text(json.dumps(data()))
    (folder / "..evil.json").write_text(json.dumps(data()))
    (folder / "a\n::error::x.json").write_text(json.dumps(data()))
    (folder / "2403.00004.json").symlink_to(tmp_path)
    (folder / "2403.00005.json").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "2403.00006.json")
    (folder / "2403.00007.json").write_bytes(b" " * 2_000_000)
    (folder / "loop").symlink_to(checkout)
    (checkout / "papers/2403.00001.json").write_text(json.dumps(data(title="Another")))
    output = take(site, checkout, code=1)
    shown = folder.as_posix()
    assert f"{shown}/2403.00002.json:1: expected a JSON object" in output
    assert f"{shown}/2403.00003v1.json:1: expected one file a paper" in output
    assert "there is no month 13" in output
    assert f"{shown}/2403.00006.json:1: expected a file, got something else" in output
    assert f"{shown}/2403.00007.json:1: expected at most 1,048,576 bytes" in output
    assert f"{shown}/2403.00001.json:1: expected one file a paper" in output
    assert "\n::error" not in output
    assert said(output, "taken over") == 1
    assert list(lists(site).values()) == [[ONE]]


def test_papers_without_chinese_wait(site, checkout) -> None:
    """They have a record, and no problem: there is nothing to judge."""
    put(checkout, ONE, translated_title=None)
    put(checkout, SEEN)
    output = take(site, checkout)
    assert stored(site).chinese is None
    assert stored(site).problems == ()
    assert (said(output, "without Chinese"), said(output, "fit to publish")) == (1, 1)


def test_what_the_check_finds_is_stored_and_counted(site, checkout) -> None:
    """A wrong number is the paper's problem, shown on its page."""
    put(checkout, ONE, translated_abstract=CHINESE.replace("30%", "80%"))
    put(checkout, SEEN)
    output = take(site, checkout)
    assert "number" in {problem.kind for problem in stored(site).problems}
    assert site.entry(ONE).state == "doubtful"
    assert said(output, "number") == 1
    assert said(output, "fit to publish") == 1


def test_a_cut_abstract_is_a_problem_of_its_own(site, checkout) -> None:
    """Even where the Chinese says all that is left of the English."""
    put(checkout, ONE, abstract=(f"{ENGLISH} " * 10)[:1000], translated_abstract=CHINESE * 7)
    output = take(site, checkout)
    assert CUT in stored(site).problems
    assert CUT.field == "abstract"
    assert CUT.kind == "omission"
    assert "the English was cut at 1,000 characters" in CUT.message
    assert said(output, "fit to publish") == 0


# --- again ----------------------------------------------------------------------------------


def test_a_second_run_changes_no_byte(site, checkout) -> None:
    """And says of all the papers what the first one said."""
    put(checkout, *many(PART + 20))
    put(checkout, "2402.00001", translated_abstract=CHINESE.replace("30%", "80%"))
    first = take(site, checkout)
    before = every_file(site.root)
    second = take(site, checkout)
    assert every_file(site.root) == before
    assert (said(second, "taken over"), said(second, "already there")) == (0, PART + 21)
    for row in ("fit to publish", "without Chinese", "number"):
        assert said(second, row) == said(first, row)


def test_a_killed_run_is_finished_by_the_next(site, checkout, tmp_path) -> None:
    """Wherever it was killed, the files are those of a run that was not."""
    papers = [*many(330), *many(40, "2402")]
    put(checkout, *papers)
    calm = Site(tmp_path / "calm")
    write_files(calm.root, {"mkdocs.yml": CONFIG, "docs/index.md": "# 首页\n"})
    take(calm, checkout)
    command = [sys.executable, "-m", "digest_plugin", "import", str(checkout)]
    kills = 0
    for wanted in (3, 150):
        process = subprocess.Popen(command, cwd=site.root, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        while process.poll() is None:
            if len(list(site.folders.papers.rglob("2*.json"))) >= wanted:
                process.send_signal(signal.SIGKILL)
                process.wait()
            time.sleep(0.005)
        kills += process.returncode == -signal.SIGKILL
    assert kills
    take(site, checkout)
    for folder in ("docs/papers", "docs/digests"):
        after = {n: c for n, c in every_file(site.root / folder).items() if not n.endswith(".tmp")}
        assert after == every_file(calm.root / folder)


def test_what_people_and_machines_wrote_stays(site, checkout) -> None:
    """A record is not overwritten; a list is only added to, comments and all."""
    put(checkout, ONE, SEEN)
    take(site, checkout)
    record = site.store.path(Identifier(ONE))
    record.write_text(record.read_text().replace("由问题组成的树", "另一个题目"))
    own = site.folders.digests / "2024-03.yml"
    own.write_text(f"# 我的清单\n- {ONE}  # 好\n")
    put(checkout, "2403.00003", translated_title="树")
    take(site, checkout)
    assert stored(site).chinese.title == "另一个题目"
    # What a person took out of the list, SEEN, does not come back.
    assert own.read_text() == f"# 我的清单\n- {ONE}  # 好\n- 2403.00003\n"


def test_a_paper_that_a_list_has_is_not_listed_again(site, checkout) -> None:
    """Whatever version the list asks for."""
    site.write_list("mine", [f"{ONE}v1"])
    put(checkout, ONE, SEEN)
    take(site, checkout)
    assert lists(site) == {"mine": [f"{ONE}v1"], "2024-03": [SEEN]}
    assert site.entry(f"{ONE}v1").chinese is not None


def test_papers_that_come_later_fill_the_last_part(site, checkout) -> None:
    """And nothing moves from one list to another."""
    put(checkout, *many(PART + 1))
    take(site, checkout)
    put(checkout, *[f"2403.1{number:04}" for number in range(1, PART + 1)])
    take(site, checkout)
    found = lists(site)
    assert [len(papers) for papers in found.values()] == [PART, PART, 1]
    assert found["2024-03-b"][0] == many(PART + 1)[-1]


def test_a_list_with_faults_costs_its_papers_and_no_others(site, checkout) -> None:
    """It is named; its papers have no record, so that the next run brings them."""
    put(checkout, ONE, "2402.00001")
    own = site.folders.digests / "2024-03.yml"
    own.parent.mkdir(parents=True)
    own.write_text("- 2413.00001\n")
    output = take(site, checkout, code=1)
    assert "docs/digests/2024-03.yml:1: " in output
    assert site.record(ONE) is None
    assert site.record("2402.00001") is not None
    own.unlink()
    take(site, checkout)
    assert site.record(ONE) is not None


# --- afterwards -----------------------------------------------------------------------------


def test_the_pages_of_a_takeover_build(site, checkout) -> None:
    """Without authors, category or day they claim none."""
    put(checkout, ONE)
    put(checkout, SEEN, title="Trees (arXiv:2403.00002v1 [cs.AI])")
    take(site, checkout)
    built = build_site(site.root, strict=True)
    page = (built / "digests/2024-03/index.html").read_text()
    assert 'id="2403.00001"' in page
    assert "2024-03-01" not in page
    assert "由问题组成的树" in page
    bib = (built / "digests/2024-03.bib").read_text()
    assert "author" not in bib
    assert bib.count("primaryClass") == 1


def test_update_asks_for_what_a_checkout_lacks(site, checkout, arxiv) -> None:
    """The paper is arXiv's, the Chinese stays, and is judged by the whole English."""
    put(checkout, ONE, abstract=(f"{ENGLISH} " * 10)[:1000])
    put(checkout, SEEN, tldr=None)
    take(site, checkout)
    before = stored(site)
    assert CUT in before.problems
    with ModelServer() as model:
        report = site.update(arxiv, model)
        assert list(map(str, report.written)) == [SEEN]
    assert sorted(map(str, report.refreshed)) == [ONE, SEEN]
    after = stored(site)
    assert not after.paper.is_partial
    assert after.paper.authors
    assert after.paper.abstract == ArxivPaper(ONE).abstract
    assert after.chinese == before.chinese
    assert after.written is None
    assert CUT not in after.problems
    assert "is_partial" not in site.stored_text()
    asked = len(arxiv.requests)
    site.update(arxiv, None)
    assert len(arxiv.requests) == asked, "what is whole is not asked for again"


def test_a_paper_that_arxiv_does_not_give_stays_as_it_is(site, checkout) -> None:
    """It is named, and asked for again on the next run."""
    put(checkout, ONE)
    take(site, checkout)
    before = every_file(site.folders.papers)
    with ArxivServer([]) as nobody:
        assert list(reasons(site.update(nobody, None))) == [ONE]
    assert every_file(site.folders.papers) == before


def test_a_version_that_a_list_asks_for_is_the_one_that_comes(site, checkout, arxiv) -> None:
    """Not a later one, which has another text."""
    arxiv.papers[ONE].append(ArxivPaper(ONE, version=2, abstract="Another question is asked here."))
    site.write_list("mine", [f"{ONE}v1"])
    put(checkout, ONE)
    take(site, checkout)
    site.update(arxiv, None)
    record = site.entry(f"{ONE}v1").record
    assert record is not None
    assert (record.paper.version, record.paper.is_partial) == (1, False)
    assert record.paper.abstract == ArxivPaper(ONE).abstract


def test_a_takeover_without_arxiv_can_be_written(site, checkout) -> None:
    """A paper that waits is written from what there is of its English."""
    put(checkout, ONE, tldr=None)
    take(site, checkout)
    with ModelServer() as model:
        assert list(map(str, site.update(None, model).written)) == [ONE]
