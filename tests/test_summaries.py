"""What GitHub shows: what it says, that it stays below the limits, and that enemies stay text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digest_plugin.errors import Fault
from digest_plugin.identifiers import parse_identifier
from digest_plugin.jobs.summaries import (
    ISSUE_MARKER,
    code,
    is_wrong,
    issue_body,
    issue_title,
    literal,
    problem_names,
    pull_request_summary,
    recovered_comment,
    run_summary,
    same_problems,
)
from digest_plugin.pages.status import Prices, Status
from digest_plugin.papers import Author, Correction, Paper, Record
from digest_plugin.people.digests import ListedPaper
from digest_plugin.records.contents import Entry
from digest_plugin.records.runs import Failure, History, Run
from digest_plugin.writing.model import ChatModel
from servers import ArxivPaper, ArxivServer, ModelServer
from servers import Fault as ServerFault
from sites import KEY, chat, make_site

START = datetime(2026, 11, 22, 2, 17, tzinfo=UTC)
URL = "https://github.com/me/site/actions/runs/42"
LIST = "docs/digests/2024-03-20.yml"
JOBS = {"update": "success", "build": "success", "deploy": "success"}
UNKNOWN = Failure(LIST, 2, "arXiv knows no such paper, or no such version of it", "2403.00002")

ELEMENTS = {
    "h2", "h3", "p", "ul", "ol", "li", "strong", "code", "a", "table", "thead", "tbody", "tr", "th",
    "td",
}  # fmt: skip
OUR_LINKS = re.compile(
    r"https://arxiv\.org/abs/(?:[a-z-]+/)?[0-9.]+(?:v[0-9]+)?|https://status\.arxiv\.org"
    r"|https://github\.com/me/site/(?:actions(?:/runs/42)?|settings/[a-z/]+|blob/HEAD/[^#]+#L[0-9]+)"
)
GITHUB_SEES = re.compile(
    r"@[a-z0-9]|#[0-9]|\bgh-[0-9]|ghsa-[0-9]|https?:|ftp:|www\.|:[a-z0-9_+-]+:|\$[^ ].*\$"
    r"|\b[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)
"""What html-pipeline and cmark-gfm make links or pictures of, in text outside code and links."""

ENEMIES = (
    "@torvalds", "cc @me/team.", "(@octocat)", "x@example.com", "mailto:x@example.com",
    "#12", "me/site#12", "GH-12", "ghsa-1234-5678-9abc", "fixes #1",
    "a5c3785ed8d6a35868bc169f07e40e889087fd2e", "deadbeef", "me@deadbeef",
    "https://evil.example/x", "HTTP://EVIL.EXAMPLE", "www.evil.example", "ftp://evil.example",
    "https://github.com/o/r/issues/12", "<https://evil.example>", "<x@example.com>",
    "[text](https://evil.example)", "![x](https://evil.example/x.png)", "[text][ref]", "[^1]",
    "[x]: https://evil.example", "[[wiki]]", "[ ] task", "[!NOTE]",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</td></table><h1>", "<details>",
    "<!-- arxiv-digest: nightly -->", "--> out", "<!-- in", "<![CDATA[", "<?php", "&lt;b&gt;",
    "&#64;torvalds", "&commat;torvalds", "&amp;", "a | b", "|", "||", "a\\|b", "\\", "\\\\|",
    "`", "``", "`a`", "`a|b`", "```sh", "a`b``c", "` @x `", "`@x|`", "@x`|`@y",
    "*a*", "**a**", "_a_", "__a__", "~a~", "~~a~~", "a_b_c", "***",
    "# heading", "## @x", "> quote", "- item", "+ item", "* item", "1. item", "1) item", "===", "---",
    "    code", "\tcode", "a\nb", "a\r\nb", "a\n\n# b", "a\n| --- |", "a\u2028b", "a\x0bb", "a\x00b",
    ":tada:", ":+1:", "$x$", "$$x$$", "$`x`$", "$5 and $10", "\\(x\\)", "\\[x\\]",
    "\u202egnp.exe", "a\u200bb", "@\u200btorvalds", "\ufeff@x", "\udc80", "\U000e0041", "é@x", "中文@x中文",
    "中文#12中文", "中文https://evil.example中文", "《a|b》`中`", "  ", "", "x" * 5000, "@x " * 500,
    "`" * 300, "|" * 300, "\\" * 300, "<" * 400, "::error::x", "'", '"', '"><b>', "javascript:alert(1)",
)  # fmt: skip


def shown_of(text: str) -> str:
    """What a reader is to see of a short `text` from outside."""
    visible = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return " ".join(visible.split())


@dataclass
class Seen(HTMLParser):
    """What a browser would make of a text that GitHub has rendered."""

    elements: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    texts: list[tuple[bool, str]] = field(default_factory=list)
    """Whether in code or a link, and what."""
    rows: list[int] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self._open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        elif tag == "tr":
            self.rows.append(0)
        elif tag in {"td", "th"}:
            self.rows[-1] += 1
            self.cells.append("")

    def handle_endtag(self, tag) -> None:
        assert self._open.pop() == tag

    def handle_comment(self, data) -> None:
        self.comments.append(data)

    def handle_data(self, data) -> None:
        guarded = bool({"code", "a"} & set(self._open))
        self.texts.append((guarded, data))
        if {"td", "th"} & set(self._open):
            self.cells[-1] += data

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.texts)

    def unguarded(self) -> Iterator[str]:
        """Runs of text that GitHub looks through, one an element as it does."""
        run = ""
        for guarded, text in self.texts:
            if guarded:
                yield run
            run = "" if guarded else run + text
        yield run


def seen(markdown: str) -> Seen:
    """`markdown` rendered, raw HTML allowed: nothing may depend on GitHub's sanitizer."""
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    result = Seen()
    result.feed(html)
    result.close()
    return result


def assert_only_ours(markdown: str) -> Seen:
    """Only our own elements and links, nothing that GitHub would act on, nothing too long."""
    page = seen(markdown)
    assert page.elements <= ELEMENTS
    assert page.attributes <= {"href", "start"}
    for link in page.links:
        assert OUR_LINKS.fullmatch(link), link
    for text in page.unguarded():
        assert not GITHUB_SEES.search(text), text
    assert len(markdown.encode("utf-16-le")) // 2 < 65_536
    return page


def run(**facts: object) -> Run:
    plain = {"command": "update", "start": START, "seconds": 65, "version": "0.1.0", "url": URL}
    return Run(**plain | facts)


def status(*failures: Failure, **facts: object) -> Status:
    last = facts.pop("last", None) or run(failed=failures)
    plain = {"version": "0.1.0", "history": History((last,)), "failures": failures}
    return Status(**plain | facts)


def entry(identifier: str = "2403.00001", **facts: object) -> Entry:
    path, line = facts.pop("path", LIST), facts.pop("line", 1)
    correction = facts.pop("correction", None)
    parsed = parse_identifier(identifier)
    plain = {
        "id": parsed.base, "version": 2, "title": "A Study", "authors": (Author("Ada"),),
        "abstract": "We study.", "categories": ("cs.CL",), "primary_category": "cs.CL",
        "published": START, "updated": START,
    }  # fmt: skip
    record = Record(Paper(**plain | facts)) if facts.pop("known", True) else None
    return Entry(ListedPaper(parsed, path, line), record, correction)


# Text from outside


@pytest.mark.parametrize("enemy", ENEMIES)
def test_text_from_outside_is_shown_and_does_nothing(enemy) -> None:
    """Every character that can be seen is seen, in a paragraph, a list, a table; none acts."""
    wanted = shown_of(enemy)
    short = wanted if len(wanted) <= 300 else wanted[:299] + "…"
    markdown = literal(enemy)
    assert "\n" not in markdown
    for before, after in (("", ""), ("- ", ""), ("## ", ""), ("**x** ", "（y）"), ("（", "）")):
        page = assert_only_ours(f"{before}{markdown}{after}")
        assert page.elements <= {"p", "ul", "li", "h2", "strong", "code"}
        assert not page.comments
        text = page.text.strip("\n ")
        assert text.endswith(short + after)
        assert len(text) <= len(before + short + after)
    page = assert_only_ours(f"| a | b | c |\n| --- | --- | --- |\n| x | {markdown} | z |")
    assert page.rows == [3, 3]
    assert [page.cells[n].strip() for n in (3, 4, 5)] == ["x", short, "z"]


@pytest.mark.parametrize("enemy", ENEMIES)
def test_a_path_from_outside_is_code_and_does_nothing(enemy) -> None:
    """Also in a table and in a link; a bar may stand between two pieces of code."""
    wanted = shown_of(enemy)
    short = wanted if len(wanted) <= 200 else wanted[:199] + "…"
    page = assert_only_ours(f"- {code(enemy)}：x")
    assert page.elements <= {"ul", "li", "code"}
    assert page.text.strip("\n") == f"{short}：x"
    page = assert_only_ours(
        f"| a | b |\n| --- | --- |\n| x | [{code(f'a{enemy}')}](https://status.arxiv.org) |"
    )
    assert page.rows == [2, 2]
    assert page.links == ["https://status.arxiv.org"]
    assert page.cells[3].startswith(shown_of(f"a{enemy}")[:190])


_NASTY = st.text(
    st.sampled_from("@#|`*_~<>[]()!&$:;\\/-+=.0123456789abwx \n\t中，\u200b\u202eé")
    | st.characters(),
    max_size=60,
)


@given(_NASTY)
def test_no_text_at_all_breaks_out(text) -> None:
    """The law of `literal` and `code`, for any text."""
    for escaped in (literal(text), code(text)):
        page = seen(f"| a | b |\n| --- | --- |\n| {escaped} | z |")
        assert page.rows == [2, 2]
        assert page.cells[2].strip() == shown_of(text)
        assert page.elements <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
        assert not any(GITHUB_SEES.search(text) for text in page.unguarded())
        page = seen(f"- {escaped}")
        assert page.elements <= {"ul", "li", "code"}
        assert page.text.strip("\n") == shown_of(text)


def test_plain_titles_stay_plain() -> None:
    """Code is for what GitHub would act on, and only for that."""
    title = "BERT: Pre-training (v2) of Deep Transformers, 10% better & 中文"
    assert seen(literal(title)).elements == {"p"}
    assert "`" not in literal("high-dimensional, weigh-ins and 2403.12151v2: 1,234 papers")


def enemy_status(enemy: str) -> Status:
    failures = (
        Failure(enemy, 1, enemy),
        Failure(enemy, 2, enemy, enemy),
        Failure(LIST, 3, f"no usable answer in 3 attempts: {enemy}", "2403.00003"),
        Failure(LIST, 4, f"the provider refuses the request (HTTP 400): {enemy}", "2403.00004"),
        Failure(LIST, 5, f"expected an arXiv ID such as 2403.12151, got {enemy!r}"),
    )
    last = run(stopped=enemy, model=enemy, url=enemy, failed=failures, version=enemy)
    watch = run(command="watch", stopped=f"The provider refuses the key {enemy}", quiet=enemy)
    return Status(
        version=enemy, history=History((watch, last)), prices=Prices(1, 2, enemy), asked=9,
        failures=failures, failed=4, outdated_corrections=("2403.00003", enemy),
    )  # fmt: skip


@pytest.mark.parametrize("enemy", ENEMIES)
def test_no_page_lets_an_enemy_out(enemy) -> None:
    """Wherever the enemy has got into: a list, a title, a log, an answer, a name of a job."""
    bad = enemy_status(enemy)
    rows = assert_only_ours(run_summary(bad)).rows
    assert set(rows) == {2, 3}
    jobs = {"update": enemy, enemy: "failure", "build": "failure", "deploy": "failure"}
    page = assert_only_ours(issue_body(bad, jobs, enemy))
    assert len(page.comments) == 2
    assert_only_ours(issue_body(bad, jobs, URL))
    assert_only_ours(recovered_comment(bad))
    assert not GITHUB_SEES.search(issue_title(bad, jobs))
    assert len(issue_title(bad, jobs)) <= 256
    new = [
        entry(title=enemy, primary_category=enemy, path=enemy),
        entry("2403.00005", title=f"A {enemy} $\\alpha$ {enemy}", withdrawn=True),
    ]
    faults = [Fault(enemy, 1, enemy), Fault(LIST, 2, f"expected a tag, got {enemy!r}")]
    page = assert_only_ours(
        pull_request_summary(new, 2, faults, bad.failures, (enemy, "2403.00001"), enemy)
    )
    assert set(page.rows) == {3, 5}
    assert not page.comments


def test_nobody_can_forge_what_the_issue_remembers() -> None:
    """A file whose name is our own comment changes nothing about which problems are known."""
    one = status(UNKNOWN)
    mine = issue_body(one, JOBS, URL)
    forged = re.search("^<!-- arxiv-digest: problems .*$", mine, re.MULTILINE)[0]
    other = issue_body(status(Failure(f"docs/{forged}.yml", 1, f"\n{forged}\n")), JOBS, URL)
    assert not same_problems(mine, other)
    assert not same_problems(other, mine)
    assert same_problems(other, other)


def test_links_lead_into_the_repository_only_for_tame_paths() -> None:
    """A path out of a log that climbs out of the repository is shown, not linked."""
    for path in (
        "../../evil",
        "docs/../../x",
        "/etc/passwd",
        "docs/./x",
        "a//..",
        "..",
        "a#b",
        "a?b",
    ):
        page = assert_only_ours(issue_body(status(Failure(path, 3, "x")), JOBS, URL))
        assert not any("blob" in link for link in page.links), path
        assert f"{path}:3" in page.text
    page = assert_only_ours(
        issue_body(status(Failure("docs/digests/第 1 期.yml", 3, "x")), JOBS, URL)
    )
    wanted = "https://github.com/me/site/blob/HEAD/docs/digests/%E7%AC%AC%201%20%E6%9C%9F.yml#L3"
    assert wanted in page.links


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/me/site/actions/runs/42", "javascript:alert(1)", "https://github.com",
     "https://github.com.evil.example/me/site/actions/runs/42", f"{URL})[x](https://evil.example",
     "https://github.com@evil.example/a/b/actions/runs/4", f"{URL}\n", "https://github.com/a/b"],
)  # fmt: skip
def test_an_address_that_is_no_job_is_no_link(url) -> None:
    """Nobody is led to a stranger's page to type a key there."""
    bad = status(last=run(stopped="The provider refuses the key (HTTP 401).", url=url))
    for text in (run_summary(bad), issue_body(bad, JOBS, url)):
        assert not any("evil" in link or "settings" in link for link in seen(text).links)
        assert "OPENAI_API_KEY" in text


# Limits


@pytest.mark.parametrize("reason", ["<" * 5000, "中" * 5000, "😀" * 5000, "x", "|" * 5000])
def test_ten_thousand_failures_stay_below_the_limits(reason) -> None:
    """And the text says how many it leaves out; what comes after the list is still there."""
    failures = tuple(
        Failure(f"docs/digests/{reason}.yml", line, reason, f"2403.{line:05}")
        for line in range(1, 10_001)
    )
    bad = status(*failures, outdated_corrections=tuple(f.identifier for f in failures))
    new = [entry(f.identifier, title=f"{reason} a", path=f.path, line=f.line) for f in failures]
    faults = [Fault(f.path, f.line, f.reason) for f in failures]
    for text in (
        run_summary(bad),
        issue_body(bad, {f"job {n}": "failure" for n in range(1000)}, URL),
        pull_request_summary(new, 1, faults, failures, [f.identifier for f in failures]),
    ):
        assert_only_ours(text)
        assert re.search(r"^另有 [0-9,]+ 项", text, re.MULTILINE)
    assert "合并之后" in pull_request_summary(new, 1, faults, failures)
    assert "自动关闭" in issue_body(bad, JOBS, URL)


def test_a_hundred_failures_are_shown_of_a_hundred_and_one() -> None:
    """The number of the others is right."""
    failures = [replace(UNKNOWN, line=n, identifier=f"2403.{n:05}") for n in range(1, 102)]
    for text in (run_summary(status(*failures)), issue_body(status(*failures), JOBS, URL)):
        assert "[2403.00100](" in text
        assert "[2403.00101](" not in text
        assert "另有 1 项" in text


# What they say


def table_of(text: str) -> dict[str, str]:
    cells = seen(text).cells
    return dict(zip(cells[::2], cells[1::2], strict=False))


def test_a_run_is_summed_up_as_on_the_status_page() -> None:
    """Times are Beijing's, tokens those of the last run's month, with what they cost."""
    before = run(start=START - timedelta(days=30), input_tokens=7, output_tokens=7)
    done = run(input_tokens=1_000_000, output_tokens=234, failed=(UNKNOWN,))
    text = run_summary(
        Status(
            version="0.1.0", history=History((before, done)), prices=Prices(2, 8), asked=1234,
            done=1200, failures=(UNKNOWN,), failed=1, waiting=33, corrected=12,
            outdated_corrections=("2403.00007",),
        )
    )  # fmt: skip
    assert text.startswith("## arXiv 摘要：有失败\n")
    table = table_of(text)
    assert table["上次运行"] == "2026-11-22 10:17（北京时间），运行日志"
    assert table["上次成功"] == "2026-10-23 10:17（北京时间）"
    assert table["收录"] == "1,234 篇"
    assert table["已有中文"] == "1,200 篇，其中 0 篇待校，12 篇经人工校对"
    assert (table["待译"], table["失败"]) == ("33 篇", "1 篇")
    assert table["本月 token"] == "输入 1,000,000，输出 234，约 2.00 元"
    assert table["插件版本"] == "0.1.0"
    page = assert_only_ours(text)
    assert f"{LIST}:2" in page.text
    assert "arXiv 上没有这篇论文，或没有这个版本" in page.text
    assert {"https://arxiv.org/abs/2403.00002", "https://arxiv.org/abs/2403.00007"} <= set(
        page.links
    )


def test_a_run_that_went_well_says_so_first() -> None:
    """And has no section for what is not there; a site that has not run yet is no failure."""
    text = run_summary(status(asked=1, done=1))
    assert text.startswith("## arXiv 摘要：一切正常\n")
    assert "###" not in text
    assert table_of(run_summary(Status("0.1.0")))["上次运行"] == "还没有"


def test_a_pull_request_that_is_well_says_so_first_and_what_it_costs() -> None:
    """Every new paper by list, with what a maintainer wants to know before merging."""
    other = "docs/digests/b.yml"
    correction = Correction("2403.00003", "docs/corrections/2403.00003.yml", title="题")
    new = [
        entry("2403.00002v1", path=other, title="Low-Rank $W_{ij}$ | Updates", withdrawn=True),
        entry("2403.00001"),
        entry("2403.00003", line=2, correction=correction),
        entry("2403.00004", line=3, known=False),
    ]
    text = pull_request_summary(new, 3, (), (), ("2403.00009",), "gpt-5-mini")
    page = assert_only_ours(text)
    assert page.text.index("一切正常，谢谢") < page.text.index("新收录 4 篇")
    assert page.text.index(LIST) < page.text.index("2403.00001") < page.text.index(other)
    assert page.text.index(other) < page.text.index("2403.00002v1")
    rows = [[c.strip() for c in page.cells[n : n + 5]] for n in range(0, len(page.cells), 5)]
    assert ["2403.00001", "A Study", "cs.CL", "v2", ""] in rows
    assert ["2403.00003", "A Study", "cs.CL", "v2", "已有人工校对"] in rows
    assert ["2403.00004", "（还没有取到）", "", "", ""] in rows
    withdrawn = next(row for row in rows if row[0] == "2403.00002v1")
    assert withdrawn[2:] == ["cs.CL", "v1", "已撤稿"]
    assert withdrawn[1].startswith("Low-Rank W")
    assert "会调用模型 3 次（gpt-5-mini）" in page.text
    assert "移出 1 篇" in page.text
    assert "合并不需要调用模型" in pull_request_summary([], 0, (), ())
    assert "没有增减论文" in pull_request_summary([], 0, (), ())


def test_a_pull_request_with_faults_says_first_what_to_do() -> None:
    """In the browser, on the same branch; the check starts again by itself."""
    faults = [Fault(LIST, 2, "expected each tag once, got '微调'")]
    page = assert_only_ours(pull_request_summary([], 0, faults, [UNKNOWN]))
    assert (
        page.text.index("请改好下面 2 处")
        < page.text.index("Edit file")
        < page.text.index("同一个分支")
    )
    assert page.text.index("自动重新开始") < page.text.index(f"{LIST}:2")
    assert "标签「微调」写了两次" in page.text
    assert "一切正常" not in page.text


def test_a_contributor_is_not_blamed_for_arxiv() -> None:
    """A reason that passes asks nothing of anybody."""
    text = pull_request_summary(
        [],
        0,
        (),
        [replace(UNKNOWN, reason="arXiv did not answer properly after 4 tries: HTTP 503")],
    )
    assert "您的文件没有问题" in text
    assert "请改好" not in text
    assert "HTTP 503" in text


@pytest.mark.parametrize(
    ("jobs", "wrong"),
    [
        ({}, False), (JOBS, False), (JOBS | {"deploy": "skipped"}, False),
        (JOBS | {"deploy": "failure"}, True), (JOBS | {"update": "cancelled"}, True),
        (JOBS | {"x": "timed_out"}, True), (JOBS | {"deploy": ""}, False),
    ],
)  # fmt: skip
def test_a_job_that_did_not_succeed_is_wrong_unless_it_was_skipped(jobs, wrong) -> None:
    """A job that takes too long counts as cancelled on GitHub."""
    well = status(asked=1, done=1)
    assert is_wrong(well, jobs) is wrong
    assert bool(problem_names(well, jobs)) is wrong
    assert is_wrong(status(UNKNOWN), jobs)
    assert is_wrong(status(last=run(stopped="x")), jobs)
    assert not is_wrong(status(waiting=3), JOBS)


def test_the_names_of_problems_change_only_when_the_problems_do() -> None:
    """Lines, counts, times and words may differ from night to night."""
    first = status(UNKNOWN, last=run(stopped="docs/papers: another run is at work here."))
    moved = replace(UNKNOWN, line=99, reason="arXiv did not answer properly after 3 tries: x")
    night = run(start=START + timedelta(days=1), stopped="The run was stopped.", seconds=9)
    second = status(moved, last=night, asked=99, version="0.2.0")
    assert problem_names(first, JOBS) == ("2403.00002", "update run")
    assert problem_names(second, JOBS) == problem_names(first, JOBS)
    bodies = [issue_body(each, JOBS, URL) for each in (first, second)]
    assert bodies[0] != bodies[1]
    assert same_problems(*bodies)
    assert same_problems(bodies[0].replace("\n", "\r\n"), bodies[1])
    worse = status(moved, Failure(LIST, 1, "x"), last=night)
    assert problem_names(worse, JOBS | {"deploy": "failure"}) == (
        "2403.00002", LIST, "job deploy", "update run",
    )  # fmt: skip
    assert not same_problems(bodies[1], issue_body(worse, JOBS, URL))
    assert not same_problems("", bodies[1])
    assert not same_problems("", "")


def test_the_order_of_problems_does_not_count() -> None:
    """A set is a set."""
    other = replace(UNKNOWN, identifier="2403.00001")
    one, two = status(UNKNOWN, other), status(other, UNKNOWN)
    assert same_problems(issue_body(one, JOBS, URL), issue_body(two, JOBS, URL))


def test_the_issue_says_which_part_failed_in_words() -> None:
    """With the usual reason where no paper explains it, and links to the very settings."""
    bad = JOBS | {"build": "failure", "deploy": "skipped"}
    page = assert_only_ours(issue_body(status(), bad, URL))
    assert "生成网站（build）：失败" in page.text
    assert "比已发布的小得多" in page.text
    assert "发布网站" not in page.text
    assert issue_title(status(), bad) == "每日更新有失败：生成网站"
    page = assert_only_ours(issue_body(status(UNKNOWN), JOBS | {"deploy": "failure"}, URL))
    assert "GitHub Actions" in page.text
    assert "https://github.com/me/site/settings/pages" in page.links
    page = assert_only_ours(issue_body(status(), JOBS | {"update": "failure"}, URL))
    assert "Require a pull request before merging" in page.text
    assert "https://github.com/me/site/settings/rules" in page.links
    explained = issue_body(status(UNKNOWN), JOBS | {"update": "failure"}, URL)
    assert "Require a pull request" not in explained
    assert f"https://github.com/me/site/blob/HEAD/{LIST}#L2" in seen(explained).links
    assert seen(explained).comments[0].strip() == "arxiv-digest: nightly"
    assert explained.startswith(ISSUE_MARKER)


def test_a_list_at_fault_is_named_in_chinese() -> None:
    """With file and line, and where to change it."""
    fault = Failure(
        LIST,
        7,
        "expected each paper once, got 2403.00001 again (first on line 3): remove one of them",
    )
    page = assert_only_ours(issue_body(status(fault), JOBS, URL))
    assert "2403.00001 写了两次，第 3 行已经有了" in page.text
    assert "文件写得不对" in page.text
    assert issue_title(status(fault), JOBS) == "每日更新有失败：1 篇论文或文件"


STOPS = {
    ServerFault.status(401): ("密钥", "settings/secrets/actions"),
    ServerFault.status(402): ("余额不足", "settings/secrets/actions"),
    ServerFault.status(403): ("没有这个模型，或不让", "settings/variables/actions"),
    ServerFault.status(404): ("没有这个模型", "settings/variables/actions"),
}


@pytest.mark.parametrize(("fault", "wanted"), STOPS.items())
def test_what_stops_a_run_comes_with_what_to_do(tmp_path, fault, wanted) -> None:
    """The reasons are those of a real run, not those that somebody remembered."""
    with ArxivServer([ArxivPaper("2403.00001")]) as arxiv, ModelServer() as model:
        model.faults.append(fault)
        report = make_site(tmp_path, "2403.00001").update(arxiv, model)
    bad = status(last=report.run(START, "test-model", URL), waiting=1)
    for text in (issue_body(bad, JOBS, URL), run_summary(bad)):
        page = assert_only_ours(text)
        assert wanted[0] in page.text
        assert f"https://github.com/me/site/{wanted[1]}" in page.links
        assert KEY not in text


REASONS = {
    "provider": ("连不上服务商", "OPENAI_BASE_URL"),
    "busy": ("没有及时回答", "下次更新会再试"),
    "answer": ("通不过检查", "docs/corrections/"),
    "request": ("拒绝了这一篇", "extra_body"),
    "unknown": ("arXiv 没有这篇论文", "改正或删去"),
    "arxiv": ("arXiv 暂时没有", "下次更新会再试"),
    "record": ("记录文件坏了", "删去"),
}


@pytest.mark.parametrize("kind", REASONS)
def test_what_fails_a_paper_comes_with_what_to_do(tmp_path, kind) -> None:
    """Every usual reason, brought about for real, has its own advice in words."""
    known = [] if kind == "unknown" else [ArxivPaper("2403.00001")]
    with ArxivServer(known) as arxiv, ModelServer() as server:
        model: ChatModel = chat(server)
        site = make_site(tmp_path, "2403.00001")
        if kind == "provider":
            server.stop()
        elif kind == "busy":
            server.faults.extend([ServerFault.status(503)] * 5)
        elif kind == "answer":
            server.faults.extend([ServerFault.reply("no JSON @torvalds")] * 3)
        elif kind == "request":
            server.faults.extend([ServerFault.status(422)] * 2)
        elif kind == "arxiv":
            arxiv.faults.extend([ServerFault.html_200()] * 4)
        elif kind == "record":
            record = site.folders.papers / "2403/2403.00001.json"
            record.parent.mkdir(parents=True)
            record.write_text("{")
        report = site.update(arxiv, model)
    assert len(report.failed) == 1
    text = issue_body(status(*report.failed), JOBS | {"update": "failure"}, URL)
    page = assert_only_ours(text)
    assert all(words in page.text for words in REASONS[kind]), page.text
    assert "其他原因" not in page.text
    assert "这里有一处错误" not in page.text
    assert KEY not in text


@pytest.mark.parametrize(
    ("stopped", "words"),
    [
        ("OPENAI_API_KEY is not set.", "密钥"),
        ("The key is empty or holds characters that no key has: check OPENAI_API_KEY.", "密钥"),
        ("The provider cannot be reached (see OPENAI_BASE_URL): no answer.", "连不上服务商"),
        ("The provider refuses paper after paper (see OPENAI_MODEL): x.", "OPENAI_MODEL"),
        ("docs/papers: another run is at work here: wait until it ends.", "另有一个运行"),
        ("docs/papers: expected to write records, got: No space left on device.", "存不下来"),
        ("Records cannot be written.", "存不下来"),
        ("Something new.", "其他原因"),
    ],
)
def test_other_stops_have_advice_too(stopped, words) -> None:
    """Also what nobody has thought of."""
    page = assert_only_ours(issue_body(status(last=run(stopped=stopped)), JOBS, URL))
    assert words in page.text
    assert stopped in page.text


def test_the_issue_is_closed_with_a_word() -> None:
    """When, and how things stand."""
    text = recovered_comment(status(asked=1234, done=1230, waiting=4))
    assert "又一切正常了" in text
    assert "2026-11-22 10:17" in text
    assert "1,234 篇论文里已有中文的 1,230 篇，待译 4 篇" in text
