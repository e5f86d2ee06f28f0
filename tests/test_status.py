"""The status of a site: as data, as a page, as JSON and as a badge."""

from __future__ import annotations

import itertools
import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from builds import Node, parse
from digest_plugin.errors import Fault
from digest_plugin.pages.all_pages import (
    SHOWN_FAILURES,
    SHOWN_MONTHS,
    SHOWN_RUNS,
    SitePage,
)
from digest_plugin.pages.badge import badge_svg, draw_badge, text_width
from digest_plugin.pages.page_html import Renderer, duration, edit_url_of
from digest_plugin.pages.status import (
    Prices,
    Status,
    beijing_time,
    job_url,
    status_json,
    utc_time,
)
from digest_plugin.papers import Correction, CorrectionSeen
from digest_plugin.records.contents import Edition
from digest_plugin.records.runs import Failure, History, Run
from outlined import site_pages, status_of
from test_pages import (
    CHINESE,
    NASTY,
    SITE,
    edition,
    entry,
    shown,
    unknown,
    url_of,
    with_current_source,
)

START = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
LIST = "docs/digests/2024-03-20.yml"
WHOLE = Correction("2403.00001", "docs/corrections/x.yml", "题", "句。", "文。")


def run(days_ago: float = 0, **fields: object) -> Run:
    values = {"command": "update", "seconds": 95, "version": "0.1.0", "model": "some-model"}
    return Run(start=START - timedelta(days=days_ago), **(values | fields))


def failure(identifier: str = "2403.00001", reason: str = "no answer", line: int = 1) -> Failure:
    return Failure(LIST, line, reason, identifier)


def status(*editions: Edition, runs: tuple[Run, ...] = (), **options: object) -> Status:
    faults = options.pop("faults", ())
    return status_of(editions, History(runs), faults, "0.1.0", **options)


def page(of: Status, *editions: Edition) -> SitePage:
    return next(p for p in site_pages(editions, SITE, of).pages if p.src_uri == "status.md")


def html(of: Status, *editions: Edition) -> Node:
    return parse(Renderer(SITE, url_of).page(page(of, *editions)))


def data(of: Status) -> dict:
    return json.loads(status_json(of))


def words(of: Status, *editions: Edition) -> str:
    """The headline with its explanation."""
    return html(of, *editions).one(cls="dg-health").text


# What it counts

IDS = st.sampled_from(
    ["2403.00001", "2403.00001v1", "2403.00001v2", "2403.00002", "hep-th/9901001"]
)
CORRECTIONS = st.sampled_from([None, WHOLE, replace(WHOLE, title=None)])


@st.composite
def entries(draw: st.DrawFn):
    identifier = draw(IDS)
    if draw(st.booleans()):
        return unknown(identifier)
    chinese = draw(st.sampled_from([None, CHINESE]))
    return entry(identifier, chinese=chinese, correction=draw(CORRECTIONS))


EDITIONS = st.lists(st.lists(entries(), max_size=4), max_size=4).map(
    lambda lists: [edition(*each, name=f"2024-03-{n:02}") for n, each in enumerate(lists, 1)]
)
RUNS = st.lists(
    st.builds(
        lambda days, ids, command, stopped: run(
            days, command=command, stopped=stopped, failed=tuple(map(failure, ids))
        ),
        st.integers(0, 40),
        st.lists(st.one_of(IDS, st.just("")), max_size=4),
        st.sampled_from(["update", "watch"]),
        st.sampled_from([None, "x"]),
    ),
    max_size=3,
).map(lambda runs: tuple(sorted(runs, key=lambda each: each.start)))
FAULTS = st.lists(st.just(Fault("docs/glossary.yml", 1, "expected a mapping")), max_size=2)


@given(EDITIONS, RUNS, FAULTS)
def test_the_counts_add_up(editions, runs, faults) -> None:
    """Each paper asked for is done, waiting or failed, and no paper is two of these; asked is what
    the archive counts; a state is only well if nothing is listed as wrong, and only then."""
    of = status(*editions, runs=runs, faults=faults)
    assert of.asked == of.done + of.waiting + of.failed
    assert min(of.asked, of.done, of.waiting, of.failed, of.behind, of.faults) >= 0
    archive = next(p for p in site_pages(editions, SITE).pages if p.src_uri == "archive.md")
    assert of.asked == archive.data["total"]
    assert of.corrected <= of.asked
    assert bool(of.failures) == bool(of.failed + of.behind + of.faults)
    assert of.is_well == (not of.failures and not of.stops)
    assert (of.condition == "failed") == (not of.is_well)
    assert len(set(of.failures)) == len(of.failures)


@given(EDITIONS, RUNS, FAULTS, st.sampled_from([None, Prices(2, 8)]))
def test_the_same_files_give_the_same_bytes(editions, runs, faults, prices) -> None:
    """Page, JSON and badge hold no time of the build; every status can be shown."""

    def made() -> tuple[str, str, str]:
        of = status(*editions, runs=runs, faults=faults, prices=prices)
        return (
            str(Renderer(SITE, url_of).page(page(of, *editions))),
            status_json(of),
            badge_svg(of),
        )

    assert made() == made()


def test_the_counts_of_a_site() -> None:
    """A paper on several lists is one paper; a correction and a failure are counted as such."""
    editions = (
        edition(entry("2403.00001", chinese=None), entry("2403.00002"), name="2024-03-21"),
        edition(entry("2403.00002"), entry("2403.00003", correction=WHOLE), unknown("2403.00004")),
    )
    of = status(*editions, runs=(run(failed=(failure(),)),))
    assert (of.asked, of.done, of.waiting, of.failed, of.corrected) == (4, 2, 1, 1, 1)


def test_a_paper_is_done_when_every_list_has_its_chinese() -> None:
    """A version that still waits makes the paper wait."""
    of = status(edition(entry("2403.00001"), unknown("2403.00001v1")))
    assert (of.asked, of.done, of.waiting) == (1, 0, 1)


# What counts as failed


def test_a_failure_of_a_paper_that_left_the_lists_is_gone() -> None:
    """Whoever takes a paper off its list has put the failure right."""
    of = status(edition(entry("2403.00002")), runs=(run(failed=(failure(),)),))
    assert of.failures == ()
    assert of.condition == "well"


@pytest.mark.parametrize(
    ("later", "settled"),
    [
        (entry("2403.00001", chinese=None, correction=WHOLE), True),
        (entry("2403.00001", chinese=None, correction=replace(WHOLE, title=None)), False),
        (entry("2403.00001", chinese=None), False),
        (unknown("2403.00001"), False),
    ],
)
def test_a_failure_of_a_paper_that_a_person_wrote_meanwhile_is_gone(later, settled) -> None:
    """If all three texts are there; a part of them leaves it failed."""
    of = status(edition(later), runs=(run(failed=(failure(),)),))
    assert (of.failures == ()) is settled
    assert of.failed == (not settled)


@pytest.mark.parametrize(("days", "settled"), [(-1, False), (0, False), (1, True)])
def test_chinese_settles_a_failure_only_if_it_is_newer(days, settled) -> None:
    """A revised paper keeps its old Chinese while the new one fails: that failure stands."""
    day = START.date() + timedelta(days=days)
    old = entry("2403.00001")
    record = replace(old.record, written=replace(old.record.written, day=day))
    shown_edition = edition(replace(old, record=record))
    of = status(shown_edition, runs=(run(failed=(failure(),)),))
    assert (of.failures == ()) is settled
    assert (of.done, of.failed, of.behind) == (1, 0, int(not settled))
    if not settled:
        assert words(of, shown_edition) == "有失败1 篇未能更新。"
        assert "译文仍是旧版" in html(of, shown_edition).one(cls="dg-failures").text


def test_only_the_last_update_counts() -> None:
    """What failed before and not again is put right."""
    papers = edition(entry("2403.00001", chinese=None))
    of = status(papers, runs=(run(2, failed=(failure(),)), run(1)))
    assert (of.failures, of.failed, of.waiting) == ((), 0, 1)
    assert of.condition == "well"


def test_files_that_cannot_be_read_are_failures() -> None:
    """As they are now, whatever the log says of files; each once."""
    fault = Fault("docs/corrections/x.yml", 3, "expected text")
    mended = Failure("docs/glossary.yml", 1, "expected a mapping")
    of = status(edition(entry()), runs=(run(failed=(mended,)),), faults=(fault, fault))
    assert of.failures == (Failure("docs/corrections/x.yml", 3, "expected text"),)
    assert words(of) == "有失败1 处有误。"


def test_a_run_that_was_stopped_is_a_failure_with_its_reason() -> None:
    """The job of this project's ancestor stayed green for two years."""
    of = status(edition(entry()), runs=(run(3), run(stopped="OPENAI_API_KEY is not set.")))
    assert words(of) == "有失败上次更新提前结束。OPENAI_API_KEY is not set."
    assert not data(of)["well"]
    assert data(of)["stopped"][0]["reason"] == "OPENAI_API_KEY is not set."


def test_a_watch_that_fails_is_not_hidden_by_the_update_after_it() -> None:
    """Both commands have to be well."""
    broken = run(0.1, command="watch", stopped="arXiv cannot be reached.")
    of = status(edition(entry()), runs=(broken, run()))
    assert words(of) == "有失败上次关注提前结束。arXiv cannot be reached."
    assert status(edition(entry()), runs=(broken, run(0.05, command="watch"), run())).is_well


def test_a_watch_that_was_given_up_is_forgotten() -> None:
    """After a fortnight of updates without it."""
    broken = run(15, command="watch", stopped="x", failed=(failure(""),))
    assert status(edition(entry()), runs=(broken, run())).is_well
    assert not status(edition(entry()), runs=(broken, run(5))).is_well


def test_corrections_of_older_english_are_named_and_linked() -> None:
    """To the place where the Chinese and the English stand."""
    old = replace(WHOLE, version=1)
    editions = (
        edition(with_current_source(entry("2403.00001v1", correction=old)), name="2024-03-21"),
        edition(entry("2403.00001", correction=old, version=2), name="2024-03-20"),
    )
    of = status(*editions, runs=(run(),))
    assert of.outdated_corrections == ("2403.00001",)
    assert of.is_well
    section = html(of, *editions).one("section", **{"aria-labelledby": "outdated"})
    assert section.one("a").attributes["href"] == "../digests/2024-03-20/#2403.00001"
    assert "题" in section.text


# The page


def test_a_site_that_never_ran_says_so() -> None:
    """No run is no success and no failure; nothing asks the script for a warning."""
    of = status(edition(entry()))
    tree = html(of, edition(entry()))
    assert words(of) == "还没有运行过第一次更新之后，这里会有记录。"
    assert tree.one(cls="dg-facts").text == "上次运行还没有 上次成功还没有"
    assert not tree.find(cls="dg-notice")
    assert not tree.find("table")
    assert data(of)["last_run"] is None
    assert "还没有运行过" in badge_svg(of)


def test_an_empty_site_has_a_status() -> None:
    """Without lists: zeros, no bar."""
    tree = html(status())
    assert tree.one(cls="dg-figures").text == "收录0 已有中文0 待译0 失败0"
    assert not tree.find(cls="dg-bar")


def test_without_a_status_there_is_no_page_and_no_link_to_it() -> None:
    """For those who call it as before."""
    built = site_pages([edition(entry())], SITE)
    assert "status.md" not in {p.src_uri for p in built.pages}
    assert "运行状态" not in Renderer(SITE, url_of).page(built.home)


def test_home_tells_the_state_and_links_to_the_page() -> None:
    """Also the part of it that a hand-written home page shows."""
    home = site_pages([edition(entry())], SITE, status(edition(entry()), runs=(run(),))).home
    for made in (
        Renderer(SITE, url_of).page(home),
        Renderer(SITE, url_of).latest(home, "index.md"),
    ):
        foot = parse(made).one(cls="dg-foot")
        assert foot.text == "运行状态：一切正常 · 上次运行 2026-11-22"
        assert foot.one("a").attributes["href"] == "status/"


def test_the_page_of_a_site_that_is_well() -> None:
    """State, times, counts, runs and the plugin's version; the machine's time is UTC."""
    last = run(
        fetched=3, written=2, input_tokens=1000, output_tokens=234, url="https://ci.example/1"
    )
    of = status(edition(entry()), runs=(run(1), last))
    tree = html(of, edition(entry()))
    assert words(of, edition(entry())) == "一切正常清单上的论文都有中文。"
    first, second = tree.one(cls="dg-facts").find("dd")
    assert first.text == (
        "2026-11-22 09:02 北京时间更新，用时 1 分 35 秒，模型 some-model · 查看任务"
    )
    assert first.one("time").attributes["datetime"] == "2026-11-22T01:02:03Z"
    assert first.one("a").attributes["href"] == "https://ci.example/1"
    assert second.text == "2026-11-22 09:02 北京时间"
    rows = tree.one("table", cls="dg-runs").find("tr")
    assert [cell.text for cell in rows[1].find("td")] == [
        "2026-11-22 09:02", "更新", "3", "0", "2", "0", "0", "1,234", "1 分 35 秒",
    ]  # fmt: skip
    assert not tree.find(cls="dg-failures")
    foot = tree.one(cls="dg-foot")
    assert "mkdocs-arxiv-digest 0.1.0" in foot.text
    assert foot.one("a").attributes["href"] == "../status.json"


def test_the_page_carries_what_the_script_needs() -> None:
    """The notice is hidden until the script finds that the newest run is too old."""
    notice = html(status(runs=(run(9), run(1, command="watch")))).one(cls="dg-notice")
    assert notice.attributes["data-dg-last-run"] == "2026-11-21T01:02:03Z"
    assert "hidden" in notice.attributes
    assert notice.text == "已有 天没有更新，请维护者查看。"
    assert notice.one("b").text == ""


def test_a_failure_is_shown_with_file_line_paper_and_reason() -> None:
    """And links to where it is put right."""
    papers = edition(entry("2403.00001", chinese=None))
    of = status(papers, runs=(run(failed=(failure(line=7),)),))
    tree = html(of, papers)
    assert words(of, papers) == "有失败1 篇论文失败。"
    (row,) = tree.one("table", cls="dg-failures").one("tbody").find("tr")
    paper, file, reason = row.find("td")
    assert (paper.text, file.text, reason.text) == ("2403.00001", f"{LIST}第 7 行", "no answer")
    assert paper.one("a").attributes["href"] == "https://arxiv.org/abs/2403.00001"
    assert file.one("a").attributes["href"] == (
        "https://github.com/me/site/edit/main/docs/digests/2024-03-20.yml"
    )
    assert reason.attributes["lang"] == "en"


def test_many_failures_do_not_make_the_page_endless() -> None:
    """The first ones are shown, the others counted and in the JSON."""
    ids = [f"2403.{n:05}" for n in range(1, SHOWN_FAILURES + 21)]
    papers = edition(*[entry(i, chinese=None) for i in ids])
    of = status(papers, runs=(run(failed=tuple(map(failure, ids))),))
    tree = html(of, papers)
    assert len(tree.one("table", cls="dg-failures").one("tbody").find("tr")) == SHOWN_FAILURES
    assert f"共 {SHOWN_FAILURES + 20} 条" in tree.text
    assert len(data(of)["failures"]) == SHOWN_FAILURES + 20


def test_the_last_runs_are_shown_newest_first() -> None:
    """At most fourteen."""
    runs = tuple(run(days) for days in range(20, -1, -1))
    rows = html(status(runs=runs)).one("table", cls="dg-runs").one("tbody").find("tr")
    shown_times = [row.one("time").attributes["datetime"] for row in rows]
    assert shown_times == [utc_time(each.start) for each in runs[:-15:-1]]
    assert len(rows) == SHOWN_RUNS == 14


def test_a_watch_says_what_it_put_on_a_list_or_why_nothing() -> None:
    """A quiet day is told from a broken one."""
    runs = (run(1, command="watch", quiet="It is Saturday."), run(command="watch", listed=1234))
    rows = html(status(runs=runs)).one("table", cls="dg-runs").one("tbody").find("tr")
    assert [row.find("td")[1].text for row in rows] == [
        "关注，列入 1,234 篇",
        "关注It is Saturday.",
    ]


@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
@example([2403, 2390, 10, 3])
@example([10**6, 10**6 - 1, 0, 1])
def test_the_bar_is_full_and_hides_nothing(counts) -> None:
    """Its parts fill it one after the other; what is there can be seen, what is not takes no room."""
    _, done, waiting, failed = counts
    of = Status("0.1.0", asked=done + waiting + failed, done=done, waiting=waiting, failed=failed)
    parts = page(of).data["parts"]
    assert [part.papers for part in parts] == [done, waiting, failed]
    assert all((part.width >= 1) == bool(part.papers) for part in parts)
    assert all((part.width == 0) == (not part.papers) for part in parts)
    if of.asked:
        assert math.isclose(sum(part.width for part in parts), 100, abs_tol=0.05)
        for before, after in itertools.pairwise(parts):
            assert math.isclose(before.start + before.width, after.start, abs_tol=0.05)
        label = html(of).one(cls="dg-bar").attributes["aria-label"]
        assert label == (
            f"收录 {of.asked} 篇：已有中文 {done} 篇，待译 {waiting} 篇，失败 {failed} 篇"
        )


def test_tokens_by_month() -> None:
    """Newest first, with a sum; the longest bar is that of the month that took most."""
    runs = (
        run(61, input_tokens=1_000_000, output_tokens=500_000),
        run(31, input_tokens=2_000, output_tokens=0),
        run(1, input_tokens=300_000, output_tokens=200_000),
        run(0, input_tokens=100_000, output_tokens=150_000),
    )
    of = status(runs=runs)
    table = html(of).one("table", cls="dg-tokens")
    assert [row.text for row in table.find("tr")] == [
        "月份输入输出",
        "2026 年 11 月400,000350,000",
        "2026 年 10 月2,0000",
        "2026 年 9 月1,000,000500,000",
        "合计1,402,000850,000",
    ]
    assert [bar.attributes["width"] for bar in table.find("rect")] == ["50.0%", "1.5%", "100.0%"]
    assert data(of)["tokens"]["2026-11"] == {
        "input": 400_000, "output": 350_000, "cost": None, "currency": None,
    }  # fmt: skip


def test_money_by_month() -> None:
    """With prices each month and the sum have theirs, on the page and in the JSON."""
    runs = (
        run(31, input_tokens=1, output_tokens=0),
        run(input_tokens=600_000_000, output_tokens=5_000),
    )
    of = status(runs=runs, prices=Prices(2, 8))
    rows = html(of).one("table", cls="dg-tokens").find("tr")
    assert [row.text for row in rows] == [
        "月份输入输出费用",
        "2026 年 11 月600,000,0005,0001,200.04 元",
        "2026 年 10 月10不到 0.01 元",
        "合计600,000,0015,0001,200.04 元",
    ]
    assert "输入 2 元、输出 8 元" in html(of).text
    assert data(of)["tokens"]["2026-11"]["cost"] == 1200.04
    assert data(of)["tokens"]["2026-10"] == {
        "input": 1, "output": 0, "cost": 0.000002, "currency": "元",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("元", "1,234.50 元"), ("¥", "¥1,234.50"), ("$", "$1,234.50"), ("USD", "1,234.50 USD")],
)
def test_signs_stand_before_and_names_behind(currency, expected) -> None:
    """As people write money."""
    assert Prices(1, 1, currency).money(1234.5) == expected


def test_prices_are_shown_to_the_last_digit() -> None:
    """A tenth of a cent counts when it is for a million."""
    assert Prices(0.075, 12.5, "$").rates == ("$0.075", "$12.5")


def test_years_of_months_stay_readable() -> None:
    """The newest are shown; the sum is of all."""
    runs = tuple(run(31 * n, input_tokens=10) for n in range(50, -1, -1))
    table = html(status(runs=runs)).one("table", cls="dg-tokens")
    assert len(table.one("tbody").find("tr")) == SHOWN_MONTHS
    assert table.one("tfoot").text == "合计5100"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 秒"), (59, "59 秒"), (60, "1 分 0 秒"), (3599, "59 分 59 秒"), (3723, "1 小时 2 分")],
)
def test_durations(seconds, expected) -> None:
    """In the two largest units."""
    assert duration(seconds) == expected


def test_readers_see_beijing_time() -> None:
    """Late evening in UTC is the next day for them."""
    evening = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert beijing_time(evening) == "2027-01-01 00:30"
    assert utc_time(evening) == "2026-12-31T16:30:00Z"
    assert "2027-01-01" in badge_svg(status(runs=(replace(run(), start=evening),)))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("docs/digests/a b/二.yml", "digests/a%20b/%E4%BA%8C.yml"),
        ("docs/x?y#z.yml", "x%3Fy%23z.yml"),
        ("digests/x.yml", None),
        ("documents/x.yml", None),
        ("docs/../mkdocs.yml", None),
        ("docs/a/../../mkdocs.yml", None),
        ("docs/a/..", None),
        ("docs/\udcff.yml", None),
        ("/docs/x.yml", None),
        ("mkdocs.yml", None),
    ],
)
def test_only_files_below_docs_can_be_edited(path, expected) -> None:
    """GitHub's address is known for those."""
    root = SITE.edit_root
    assert edit_url_of(path, SITE) == (f"{root}{expected}" if expected else None)
    assert edit_url_of(path, replace(SITE, edit_root=None)) is None


# Text stays text


@given(NASTY, NASTY, NASTY, NASTY, NASTY)
@example("</td><script>", "docs/digests/x.yml", "javascript:alert(1)", "javascript:alert(1)", '">')
def test_any_text_comes_out_as_that_text(reason, path, model, url, version) -> None:
    """Reasons, paths, models, addresses and versions bring no element and no attribute."""

    def made(reason: str, path: str, model: str, url: str | None, version: str) -> Node:
        papers = edition(entry("2403.00001", chinese=None))
        last = run(
            failed=(failure(reason=reason),),
            model=model or "x",
            url=url,
            stopped=reason,
            quiet=reason or "x",
        )
        of = status_of((papers,), History((last,)), (Fault(path, 1, reason),), version)
        return html(of, papers)

    tree = made(reason, path, model, url, version)
    row = tree.one("table", cls="dg-failures").one("tbody").find("tr")[0]
    assert row.find("td")[2].text == shown(reason)
    place = row.find("td")[1].text  # the layout may set spaces
    assert "".join(place.split()) == "".join(f"{shown(path)}第 1 行".split())
    assert shown(version) in tree.one(cls="dg-foot").text
    plain_path = "docs/x" if edit_url_of(path, SITE) else "x"
    plain = made("x", plain_path, "x", "https://x" if job_url(run(url=url)) else None, "x")
    assert tree.shape == plain.shape
    for link in tree.find("a"):
        assert urlsplit(link.attributes["href"]).scheme in ("", "http", "https")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "//x.example",
        " https://x.example", "https://x.example\n", "https://x.example/<b>", 'https://x/"y',
        "https:\\\\x", "https://", "https:///x", "ftp://x", "jav\tascript:x", "", None,
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_become_links(url) -> None:
    """Neither on the page nor in the JSON."""
    of = status(runs=(run(url=url),))
    assert not [a for a in html(of).find("a") if "status.json" not in a.attributes["href"]]
    assert data(of)["last_run"]["url"] is None


def test_an_identifier_in_the_log_stays_on_arxiv() -> None:
    """Its link is an address of arxiv.org whatever the log says."""
    of = Status("0.1.0", failures=(failure('../../x?y#"><script>'),), faults=1)
    (link,) = html(of).one("table", cls="dg-failures").find("a", translate="no")[:1]
    parts = urlsplit(link.attributes["href"])
    assert (parts.scheme, parts.netloc) == ("https", "arxiv.org")
    assert unquote(parts.path) == '/abs/../../x?y#"><script>'


@given(NASTY)
def test_a_currency_is_text(currency) -> None:
    """It comes from mkdocs.yml, and is shown as it stands there."""
    of = status(runs=(run(input_tokens=10**6),), prices=Prices(1, 1, currency))
    assert shown(currency) in html(of).one("tfoot").text or not shown(currency)
    assert data(of)["tokens"]["2026-11"]["currency"] == currency or "\\u" in status_json(of)


# JSON


def test_the_json_is_complete_and_its_keys_are_stable() -> None:
    """What is promised is there, also when it is nothing; sorted, Chinese readable."""
    empty = data(status())
    assert empty == {
        "version": "0.1.0",
        "well": True,
        "papers": {"asked": 0, "done": 0, "waiting": 0, "failed": 0, "doubtful": 0, "corrected": 0},
        "last_run": None,
        "last_success": None,
        "failures": [],
        "stopped": [],
        "outdated_corrections": [],
        "tokens": {},
    }
    papers = edition(entry("2403.00001", chinese=None), entry("2403.00002"))
    of = status(
        papers,
        runs=(run(1), run(failed=(failure(reason="原因"),), refreshed=1, url="https://ci/1")),
        faults=(Fault("docs/x.yml", 2, "y"),),
    )
    full = data(of)
    assert set(full) == set(empty)
    assert full["last_run"] == {
        "command": "update", "start": "2026-11-22T01:02:03Z", "seconds": 95, "version": "0.1.0",
        "success": False, "fetched": 0, "refreshed": 1, "written": 0, "doubtful": 0, "waiting": 0, "listed": 0,
        "failed": 1, "stopped": None, "quiet": None, "input_tokens": 0, "output_tokens": 0,
        "model": "some-model", "url": "https://ci/1",
    }  # fmt: skip
    assert full["last_success"] == "2026-11-21T01:02:03Z"
    assert full["failures"] == [
        {"path": "docs/x.yml", "line": 2, "identifier": None, "reason": "y"},
        {"path": LIST, "line": 1, "identifier": "2403.00001", "reason": "原因"},
    ]
    text = status_json(of)
    assert "原因" in text
    assert list(full) == sorted(full)
    assert text.endswith("}\n")


def test_every_key_of_the_json_is_documented() -> None:
    """In the docstring, which is what programs are promised."""
    promise = status_json.__doc__
    of = status(runs=(run(input_tokens=1, failed=(failure(),), stopped="x"),), faults=(
        Fault("x", 1, "y"),))  # fmt: skip

    def keys(value: object) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(keys, value))
        if isinstance(value, dict):
            return {key for key in value if key[0].isalpha()}.union(*map(keys, value.values()))
        return set()

    assert keys(data(of)) <= set(re.findall(r"`(\w+)`", promise))


@given(st.text(), st.text(), st.text())
@example("\udcff", "a\ud800b", "\x00")
def test_the_json_holds_any_text(reason, path, model) -> None:
    """Names of files that are no UTF-8 included: it can be written and read back."""
    last = run(model=model, stopped=reason)
    of = status_of((), History((last,)), (Fault(path, 1, reason),), "0.1.0")
    read = json.loads(status_json(of).encode("utf-8"))
    assert read["failures"] == [{"path": path, "line": 1, "identifier": None, "reason": reason}]
    assert read["last_run"]["model"] == model


# The badge


def read_badge(svg: str) -> tuple[str, str, ET.Element]:
    root = ET.fromstring(svg)
    label, message = root.iter(f"{SVG}text")
    return label.text or "", message.text or "", root


@pytest.mark.parametrize(
    ("of", "message", "colour"),
    [
        (Status("1", done=2403, asked=2403, history=History((run(),))), "2403 篇 · 2026-11-22", "#2b6e49"),
        (Status("1"), "还没有运行过", "#5f6875"),
        (
            Status("1", failures=(failure(),), failed=3, history=History((run(),))),
            "3 篇失败 · 2026-11-22",
            "#9a5700",
        ),
        (
            Status("1", failures=(failure(),), failed=2, behind=1, faults=4, history=History((run(),))),
            "3 篇失败 · 2026-11-22",
            "#9a5700",
        ),
        (Status("1", failures=(failure(""),), faults=1), "1 处有误", "#9a5700"),
        (Status("1", history=History((run(stopped="x"),))), "提前结束 · 2026-11-22", "#9a5700"),
    ],
)  # fmt: skip
def test_the_badge_tells_the_state_in_words_and_colour(of, message, colour) -> None:
    """How many papers and the day of the last run; what is wrong; that it never ran."""
    label, shown_message, root = read_badge(badge_svg(of))
    assert (label, shown_message) == ("中文摘要", message)
    assert colour in [rect.get("fill") for rect in root.iter(f"{SVG}rect")]
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == root.get("aria-label") == f"中文摘要：{message}"


@given(st.one_of(st.text(), NASTY), st.one_of(st.text(), NASTY))
@example("", "")
@example("\u0301", "]]>&<\x00\ud800")
def test_a_badge_is_well_formed_and_fits_any_text(label, message) -> None:
    """XML that shows exactly the texts, inside its own width; nothing asks elsewhere."""
    svg = draw_badge(label, message, "#000000")
    svg.encode("utf-8")
    left, right, root = read_badge(svg)
    assert (left, right) == (shown(label), shown(message))
    texts = list(root.iter(f"{SVG}text"))
    starts = [int(text.get("x")) for text in texts]
    ends = [start + int(text.get("textLength")) for start, text in zip(starts, texts, strict=True)]
    width = int(root.get("width"))
    boundary = int(list(root.iter(f"{SVG}rect"))[1].get("width"))
    assert 0 < ends[0] < boundary < starts[1]
    assert ends[1] < width
    assert root.get("viewBox") == f"0 0 {width} 20"
    assert {element.tag for element in root.iter()} <= {
        SVG + tag for tag in ("svg", "title", "clipPath", "rect", "g", "text")
    }
    for element in root.iter():
        assert not any("href" in name or name.startswith("on") for name in element.attrib)


@given(st.text(), st.text())
def test_a_longer_text_is_not_narrower(one, other) -> None:
    """Widths grow with the text; a Chinese character is wider than a digit."""
    assert text_width(one + other) >= max(text_width(one), text_width(other))
    assert text_width("中") > text_width("1") > text_width(".")


def test_a_correction_that_the_machine_has_seen_on_this_english_is_up_to_date() -> None:
    """Nothing is to be looked at again when the English is the one it was made from."""
    plain = entry("2403.00001", correction=WHOLE)
    seen = CorrectionSeen(WHOLE.correction_hash, plain.record.paper.source_hash)
    current = replace(plain, record=replace(plain.record, correction_seen=seen))
    assert status(edition(current)).outdated_corrections == ()
