"""The command line: what each command does, says and returns."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from builds import CONFIG, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.papers import Record
from digest_plugin.records.store import PaperStore
from servers import ArxivPaper, ArxivServer, Fault, ModelServer
from sites import KEY
from test_pages import CHINESE, entry

FIRST = "docs/digests/2024-03-20.yml"


def run(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`arxiv-digest` in the folder `root`, as a person would call it."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "ARXIV_"))}
    return subprocess.run(
        [sys.executable, "-m", "digest_plugin", *arguments],
        cwd=root, env=clean | variables, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_files(tmp_path, {"mkdocs.yml": CONFIG, FIRST: "- 2403.00001\n- 2403.00002\n"})
    return tmp_path


def ok(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# add


def test_add_appends_ids_and_links_to_the_list_named(site) -> None:
    """What is there already is said so, and not added again."""
    out = ok(
        run(site, "add", "https://arxiv.org/pdf/2403.00003v2.pdf", "hep-th/9901001",
            "2403.00001", "--to", FIRST)
    )  # fmt: skip
    assert (site / FIRST).read_text() == (
        "- 2403.00001\n- 2403.00002\n- 2403.00003v2\n- hep-th/9901001\n"
    )
    assert out.splitlines() == [
        f"{FIRST}: 2403.00003v2 added",
        f"{FIRST}: hep-th/9901001 added",
        f"{FIRST}: 2403.00001 is there already",
    ]


def test_add_makes_todays_list_by_default(site) -> None:
    """Today is the readers' today."""
    ok(run(site, "add", "2403.00003"))
    today = datetime.now(timezone(timedelta(hours=8))).date().isoformat()
    assert (site / f"docs/digests/{today}.yml").read_text() == "- 2403.00003\n"


def test_add_leaves_the_rest_of_a_list_as_it_was_written(site) -> None:
    """Comments, notes, order and indentation stay."""
    write_files(
        site,
        {
            FIRST: """
            # 一份清单
            papers:   # 论文
              - id: 2403.00001
                note: |
                  多行

                  编者按
              - 2403.00002  # 好

            title: 专题
            """
        },
    )
    before = (site / FIRST).read_text()
    ok(run(site, "add", "2403.00003", "--to", FIRST))
    after = (site / FIRST).read_text()
    assert after == before.replace("# 好\n", "# 好\n  - 2403.00003\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[2403.00001, 2403.00002]\n", "expected a list with one paper a line: add them by hand"),
        ("- 2413.00001\n", "there is no month 13"),
    ],
)
def test_add_refuses_a_list_it_cannot_add_to(site, content, message) -> None:
    """The list is named with its line, and stays as it was."""
    write_files(site, {FIRST: content})
    done = run(site, "add", "2403.00003", "--to", FIRST)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{FIRST}:1: ")
    assert message in done.stderr
    assert (site / FIRST).read_text() == content


def test_add_refuses_impossible_ids_all_at_once(site) -> None:
    """Each is named with the reason; nothing is added."""
    done = run(site, "add", "2403.00003", "2413.00001", "hello", "--to", FIRST)
    assert done.returncode == 1
    assert "there is no month 13" in done.stderr
    assert "got 'hello'" in done.stderr
    assert "2403.00003" not in (site / FIRST).read_text()


def test_add_writes_only_below_the_folder_of_lists(site) -> None:
    """--to cannot be talked into another place."""
    for path in ("elsewhere.yml", "docs/digests/../x.yml", "docs/digests/x.txt"):
        done = run(site, "add", "2403.00003", "--to", path)
        assert done.returncode == 1, path
        assert "--to: expected a file that ends in .yml below docs/digests" in done.stderr
    assert not list(site.rglob("*elsewhere*"))


# check


def test_check_says_that_all_is_well(site) -> None:
    """One line with what was looked at."""
    assert ok(run(site, "check")).strip() == (
        "1 list, 0 corrections, 0 terms, 0 records: no faults"
    )


def test_check_names_every_fault_of_every_file(site) -> None:
    """Lists, corrections, glossary and records: FILE:LINE: expected …, got …"""
    write_files(
        site,
        {
            "docs/digests/a.yml": "- 2403.00001\n- 2403.00001\n- x\n",
            "docs/corrections/2403.00001.yml": "titel: x\n",
            "docs/glossary.yml": "- {term: x}\n",
            "docs/papers/2403/2403.00001.json": "{",
            "docs/papers/stray.json": "{}",
        },
    )
    done = run(site, "check")
    assert done.returncode == 1
    *faults, count = done.stderr.splitlines()
    assert count == "6 faults"
    assert all(re.match(r"docs/[\w/.-]+:[0-9]+: expected .+", fault) for fault in faults), faults
    assert [fault.split(": ")[0] for fault in faults] == [
        "docs/corrections/2403.00001.yml:1",
        "docs/digests/a.yml:2",
        "docs/digests/a.yml:3",
        "docs/glossary.yml:1",
        "docs/papers/2403/2403.00001.json:1",
        "docs/papers/stray.json:1",
    ]


def test_check_looks_at_what_people_correct_as_at_what_machines_write(site) -> None:
    """A person's word stands: it is no fault, but a notice, and only of the fields they wrote."""
    paper = entry("2403.00001").record
    assert paper is not None
    plain = replace(paper.paper, abstract="We study 5 graphs. They help.")
    store = PaperStore(site / "docs/papers", site)
    store.save(parse_identifier("2403.00001"), Record(plain, CHINESE))
    write_files(
        site,
        {"docs/corrections/2403.00001.yml": "by: 甲\n\nabstract: 我们研究 7 个图。它们有用。\n"},
    )
    done = run(site, "check")
    assert done.returncode == 0
    said = done.stdout + done.stderr
    assert (
        "docs/corrections/2403.00001.yml:3: compare abstract with the English once more: '7" in said
    )
    assert "(number). The correction stays in force" in said
    assert "summary" not in said


def test_check_of_one_file_speaks_of_that_file_alone(site) -> None:
    """A contributor hears of their own file."""
    write_files(site, {"docs/digests/a.yml": "- x\n", "docs/digests/b.yml": "- y\n"})
    done = run(site, "check", "docs/digests/a.yml")
    assert done.returncode == 1
    assert "docs/digests/a.yml:1" in done.stderr
    assert "b.yml" not in done.stderr
    ok(run(site, "check", FIRST))


def test_check_says_when_a_file_is_none_of_its_kinds(site) -> None:
    """Silence would look like approval."""
    done = run(site, "check", "mkdocs.yml")
    assert done.returncode == 1
    assert "expected a list, correction, glossary or record" in done.stderr


def test_a_correction_whose_english_changed_is_to_be_looked_at(site) -> None:
    """It stays in force, it is no fault, and changing the file confirms it."""
    with ArxivServer([ArxivPaper("2403.00001"), ArxivPaper("2403.00002")]) as arxiv:
        write_files(site, {"docs/corrections/2403.00001.yml": "title: 人写的题目\n"})
        ok(run(site, "update", ARXIV_API_URL=arxiv.url))
        assert "look at this correction" not in ok(run(site, "check"))
        record = site / "docs/papers/2403/2403.00001.json"
        record.write_text(record.read_text().replace("Long documents", "Short documents"))
        out = ok(run(site, "check"))
        assert out.startswith("docs/corrections/2403.00001.yml:1: look at this correction again")
        write_files(site, {"docs/corrections/2403.00001.yml": "title: 人再写的题目\nversion: 2\n"})
        out = ok(run(site, "check"))
        assert out.startswith("docs/corrections/2403.00001.yml:2: look at this correction again")
        write_files(site, {"docs/corrections/2403.00001.yml": "title: 人再写的题目\n"})
        ok(run(site, "update", ARXIV_API_URL=arxiv.url))
        assert "look at this correction" not in ok(run(site, "check"))


# update


def test_update_ends_with_a_table_and_exit_code_0(site) -> None:
    """What was done and what it cost; the second time nothing is asked."""
    ids = ("2403.00001", "2403.00002")
    with ArxivServer(map(ArxivPaper, ids)) as arxiv, ModelServer() as model:
        wires = {
            "ARXIV_API_URL": arxiv.url, "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": KEY,
        }  # fmt: skip
        table = dict(
            re.fullmatch(r"(.+?) +([0-9,]+)", line).groups()
            for line in ok(run(site, "update", **wires)).splitlines()
        )
        assert {**table, "tokens in": "", "tokens out": ""} == {
            "fetched": "2", "refreshed": "0", "written": "2", "in doubt": "0", "unread": "0", "failed": "0",
            "waiting": "0", "tokens in": "", "tokens out": "",
        }  # fmt: skip
        assert int(table["tokens in"].replace(",", "")) > 0
        asked = len(arxiv.requests) + len(model.requests)
        ok(run(site, "update", **wires))
        assert len(arxiv.requests) + len(model.requests) == asked


def test_update_names_what_failed_and_exits_with_1(site) -> None:
    """File, line, ID and reason, one line each; the key is nowhere."""
    with ArxivServer([ArxivPaper("2403.00001")]) as arxiv, ModelServer() as model:
        model.faults.extend([Fault.reply("no JSON")] * 3)
        done = run(
            site, "update", ARXIV_API_URL=arxiv.url, OPENAI_BASE_URL=model.base_url,
            OPENAI_API_KEY=KEY,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"{FIRST}:1: 2403.00001: no usable answer in 3 attempts" in done.stdout
    assert f"{FIRST}:2: 2403.00002: arXiv knows no such paper" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_update_with_a_refused_key_is_one_sentence_and_exits_with_1(site) -> None:
    """What is done stays done: the metadata is stored."""
    with ArxivServer(map(ArxivPaper, ("2403.00001", "2403.00002"))) as arxiv:
        with ModelServer() as model:
            model.api_key = "another"
            done = run(
                site, "update", ARXIV_API_URL=arxiv.url, OPENAI_BASE_URL=model.base_url,
                OPENAI_API_KEY=KEY,
            )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.count("check OPENAI_API_KEY") == 1
    assert KEY not in done.stdout + done.stderr
    assert len(list((site / "docs/papers").rglob("*.json"))) == 2


def test_update_limit_leaves_the_rest_for_the_next_run(site) -> None:
    """Exit code 0: waiting is no failure."""
    with ArxivServer(map(ArxivPaper, ("2403.00001", "2403.00002"))) as arxiv:
        with ModelServer() as model:
            out = ok(
                run(site, "update", "--limit", "1", "--deadline", "1h", ARXIV_API_URL=arxiv.url,
                    OPENAI_BASE_URL=model.base_url, OPENAI_API_KEY=KEY)
            )  # fmt: skip
            assert len(model.requests) == 1
    assert re.search(r"^waiting +1$", out, re.MULTILINE)


def test_update_without_a_key_fetches_metadata_and_says_that_nothing_was_written(site) -> None:
    """A fork sees its papers in English."""
    with ArxivServer(map(ArxivPaper, ("2403.00001", "2403.00002"))) as arxiv:
        done = run(site, "update", ARXIV_API_URL=arxiv.url)
    assert ok(done)
    assert "OPENAI_API_KEY is not set" in done.stderr


# Everything


@pytest.mark.parametrize(
    "arguments",
    [(), ("add",), ("add", "--to"), ("unknown",), ("update", "--limit", "x"),
     ("update", "--deadline", "soon"), ("update", "--limit", "-1"), ("check", "missing.yml")],
)  # fmt: skip
def test_wrong_usage_exits_with_2(site, arguments) -> None:
    """And never with a traceback."""
    done = run(site, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "expected a site's configuration at mkdocs.yml, found none"),
        ("site_name: x\n", "expected the plugin arxiv-digest under plugins"),
        ("site_name: [\n", "mkdocs.yml:1: "),
        ("site_name: x\nplugins: [nonsense]\n", "mkdocs.yml:1: "),
        ("site_name: x\nplugins:\n  - arxiv-digest: {concurrency: x}\n", "mkdocs.yml:1: "),
    ],
)
def test_a_wrong_configuration_is_a_message_and_exit_code_1(site, config, message) -> None:
    """Whatever mkdocs.yml holds, there is no traceback."""
    (site / "mkdocs.yml").unlink()
    if config is not None:
        write_files(site, {"mkdocs.yml": config})
    done = run(site, "check")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_help_and_version() -> None:
    """Every command has a line of its own."""
    here = Path.cwd()
    assert "arxiv-digest, version " in ok(run(here, "--version"))
    out = ok(run(here, "--help"))
    for command in ("add", "check", "update"):
        assert re.search(rf"^  {command} +\S", out, re.MULTILINE)
        ok(run(here, command, "--help"))


@pytest.mark.parametrize("name", ["index", "2024-13-01", "a#b", "x.json", "con"])
def test_add_makes_no_list_that_check_would_refuse(site, name) -> None:
    """The name is looked at first."""
    done = run(site, "add", "2403.00003", "--to", f"docs/digests/{name}.yml")
    assert done.returncode == 1
    assert not (site / f"docs/digests/{name}.yml").exists()


def test_add_says_which_version_is_there(site) -> None:
    """A list holds a paper once; two versions at once are refused."""
    out = ok(run(site, "add", "2403.00001v2", "--to", FIRST))
    assert out == f"{FIRST}: 2403.00001v2 is there already, as 2403.00001\n"
    done = run(site, "add", "2403.00005v1", "2403.00005v2", "--to", FIRST)
    assert done.returncode == 1
    assert "expected one version of a paper, got 2403.00005v1 and 2403.00005v2" in done.stderr


def test_check_finds_files_that_nobody_would_read(site) -> None:
    """A list or correction with a wrong ending is not ignored in silence."""
    write_files(
        site,
        {"docs/digests/a.YML": "- x\n", "docs/digests/b.yml.txt": "- x\n",
         "docs/corrections/2403.00001.yaml": "title: 题\n", "docs/digests/notes.md": "x"},
    )  # fmt: skip
    done = run(site, "check")
    assert done.returncode == 1
    assert done.stderr.count("expected a name that ends in .yml") == 3


def test_yaml_faults_say_what_to_write_instead(site) -> None:
    """A colon in a title, a tab: the commonest mistakes have advice."""
    write_files(site, {"docs/digests/a.yml": "title: a: b\npapers: [2403.00001]\n"})
    assert "put text that holds a colon into quotes" in run(site, "check").stderr


def test_a_correction_of_another_version_is_to_be_looked_at(site) -> None:
    """The prefilled version tells, also when a list moves to a newer one."""
    with ArxivServer([ArxivPaper("2403.00001", version=2), ArxivPaper("2403.00002")]) as arxiv:
        write_files(site, {"docs/corrections/2403.00001.yml": "title: 人写的题目\nversion: 1\n"})
        ok(run(site, "update", ARXIV_API_URL=arxiv.url))
    assert "look at this correction again" in ok(run(site, "check"))
    write_files(site, {"docs/corrections/2403.00001.yml": "title: 人写的题目\nversion: 2\n"})
    assert "look at this correction" not in ok(run(site, "check"))


def test_check_names_a_correction_that_takes_effect_nowhere(site) -> None:
    """A slip in a file's name would lose a person's work."""
    write_files(site, {"docs/corrections/2403.99999.yml": "title: 没有此文\n"})
    done = run(site, "check")
    assert done.returncode == 0
    assert "docs/corrections/2403.99999.yml:1: no list asks for 2403.99999" in (
        done.stdout + done.stderr
    )
