"""What GitHub shows of a run and of a pull request: Markdown in Chinese, made of facts; pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import quote

from digest_plugin.errors import Fault
from digest_plugin.identifiers import parse_identifier
from digest_plugin.jobs.annotations import chinese
from digest_plugin.pages.status import Status, beijing_time
from digest_plugin.records.contents import Entry
from digest_plugin.records.runs import Failure, Run
from digest_plugin.text.rendering import plain_text

ISSUE_MARKER = "<!-- arxiv-digest: nightly -->"
"""Stands in the body of the one issue that the nightly run keeps."""
MOST = 100
"""Failures, or papers, that a text lists."""
LIMIT = 50_000
"""Characters after which nothing more is listed: GitHub takes 65,536 in an issue or comment, and
1 MiB in a summary."""
LONGEST = 1_000
"""Characters of a reason that are looked at."""

_PROBLEMS = re.compile(r"^<!-- arxiv-digest: problems ([0-9a-f]{32}) -->\r?$", re.MULTILINE)
_WORD = re.compile(r"[!-~]+|[^!-~]+")
_MAGIC = re.compile(
    r"@|#[0-9]|\bgh-[0-9]|\bghsa-|://|www\.|:[\w+-]+:|\$|\b[0-9a-f]{7,40}\b", re.IGNORECASE
)
_MARKUP = re.compile(r"[\\`*_{}\[\]<>&|~#^!]")
_START = re.compile(r"^[\"%'-@]")
"""A digit or a dash could begin a list; `&` begins one of our own references."""
_TAME_PATH = re.compile(r"(?!/)(?!(?:.*/)?\.\.?(?:/|$))[\w.+() /-]{1,200}")
_RUN_URL = re.compile(
    r"(https://(?:github\.com|[a-z0-9-]+\.ghe\.com)/[\w.-]+/[\w.-]+)/actions/runs/[0-9]+"
    r"(?:/(?:attempts|job)/[0-9]+)?",
    re.ASCII,
)


def literal(text: str, limit: int = 300) -> str:
    """`text` from outside, on one line, as Markdown that shows exactly it and does nothing else.

    Characters of Markdown and HTML become references, which no parser takes for markup. GitHub
    looks for @names, #12, commits, addresses, :emoji: and $formulas$ in the text that readers
    would see, where references and backslashes no longer count, but not in code: a word with one
    of these becomes a code span. So nobody is notified, and what is copied is what was there.
    """
    words = _WORD.findall(_clean(text, limit))
    shown = "".join(
        _code_span(word) if _MAGIC.search(word) else _MARKUP.sub(_reference, word) for word in words
    )
    return _START.sub(_reference, shown)


def code(text: str, limit: int = 200) -> str:
    """`text` from outside as a code span that holds in tables and links, too."""
    return _code_span(_clean(text, limit))


def _clean(text: str, limit: int) -> str:
    # Without what is invisible: it could hide where a word ends, or turn the line around.
    visible = "".join(filter(str.isprintable, " ".join(text.split())))
    clean = " ".join(visible.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def _code_span(text: str) -> str:
    return "&#124;".join(map(_fenced, text.split("|")))  # a bar ends a cell, even in code


def _fenced(text: str) -> str:
    if not text.strip():
        return text
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text[0] in "` " or text[-1] in "` " else ""  # one on each side is taken off
    return f"{fence}{pad}{text}{pad}{fence}"


@dataclass
class _Page:
    """A text that stays below GitHub's limits, and says where it left something out."""

    lines: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, *lines: str) -> None:
        self.lines.extend(lines)
        self.size += sum(map(_length, lines))

    def rows(self, rows: Iterable[str], count: int) -> None:
        """As many of `count` rows as there is room for, and how many others there are."""
        shown = 0
        for row in islice(rows, MOST):
            if self.size + _length(row) > LIMIT:
                break
            self.add(row)
            shown += 1
        if count > shown:
            self.add("", f"另有 {count - shown:,} 项，不在这里列出。")
        self.add("")

    def failures(self, failures: Sequence[Failure], root: str | None) -> None:
        """A table of `failures`, with links into the repository at `root`."""
        self.add("| 位置 | 论文 | 原因 |", "| --- | --- | --- |")
        rows = (
            f"| {_place(each, root)} | {_paper(each.identifier)} | {_said(each)} |"
            for each in failures
        )
        self.rows(rows, len(failures))

    def __str__(self) -> str:
        return "\n".join(self.lines).rstrip() + "\n"


def _length(line: str) -> int:
    """As JavaScript counts, which is never less than others do; with the end of the line."""
    return len(line.encode("utf-16-le")) // 2 + 1


@dataclass(frozen=True)
class _Trouble:
    """A usual reason for failures, and what to do about it."""

    name: str
    sign: str
    """A regular expression, to be found in the reason."""
    title: str
    advice: str
    """With places such as `{secrets}`."""
    passes: bool = False
    """Whether it is nobody's fault and probably gone next time."""


_PLACES = {
    "secrets": ("Settings → Secrets and variables → Actions → Secrets", "settings/secrets/actions"),
    "variables": (
        "Settings → Secrets and variables → Actions → Variables", "settings/variables/actions",
    ),
    "rules": ("Settings → Rules → Rulesets", "settings/rules"),
    "actions": ("Settings → Actions → General → Workflow permissions", "settings/actions"),
    "pages": ("Settings → Pages", "settings/pages"),
    "runs": ("Actions", "actions"),
}  # fmt: skip
_FILE = _Trouble(
    "file",
    "",
    "文件写得不对",
    "打开下面的文件，点铅笔图标，照说明改好那一行并提交；下次运行就会用上。",
)
_OTHER = _Trouble("other", "", "其他原因", "请看运行日志；同样的问题若反复出现，请向本项目反映。")
_TROUBLES = (
    _Trouble(
        "arxiv-unknown", r"arXiv knows no such|arXiv refuses this ID",
        "arXiv 没有这篇论文，或没有这一版", "核对编号和版本号，在清单里改正或删去那一行。",
    ),
    _Trouble(
        "arxiv", r"(?:asked again about [0-9]+ papers: )?arXiv(?: did|'s entry| refuses whatever)",
        "arXiv 暂时没有给出完整的回答", "不必做什么，下次更新会再试。若连续几天如此，请看 "
        "[arXiv 的状态](https://status.arxiv.org)，并核对变量 `ARXIV_API_URL`（一般不用设）。",
        passes=True,
    ),
    _Trouble(
        "key", r"The provider refuses the key|The key is empty|OPENAI_API_KEY",
        "密钥没有设好，或被服务商拒绝",
        "在 {secrets} 里新建或更新 `OPENAI_API_KEY`，值是服务商给的密钥，前后不带引号和空格。"
        "用的若不是 OpenAI，还要在 {variables} 里设好 `OPENAI_BASE_URL`。",
    ),
    _Trouble(
        "credit", r"The provider says the account has no credit", "账户余额不足",
        "给服务商的账户充值；或在 {secrets} 里把 `OPENAI_API_KEY` 换成另一个账户的密钥。",
    ),
    _Trouble(
        "model", r"The provider (?:knows no model|does not allow|refuses paper after paper)",
        "服务商没有这个模型，或不让这个密钥用它",
        "在 {variables} 里把 `OPENAI_MODEL` 设成服务商文档里的模型名；"
        "同时核对 `OPENAI_BASE_URL`，它常以 `/v1` 结尾。",
    ),
    _Trouble(
        "provider", r"OPENAI_BASE_URL|The provider cannot be reached|no answer from the model"
        r" after [0-9]+ tr(?:y|ies): (?:connection failed|a web page)",
        "连不上服务商",
        "核对 {variables} 里的 `OPENAI_BASE_URL`（以 `https://` 开头，常以 `/v1` 结尾）。"
        "地址若没有错，多半是服务商一时的故障，下次更新会再试。",
    ),
    _Trouble(
        "busy", r"no answer from the model", "服务商没有及时回答",
        "一般不必做什么，下次更新会再试。"
        "若天天如此，请在 {variables} 里把 `OPENAI_MODEL` 换成另一个模型。", passes=True,
    ),
    _Trouble(
        "request", r"the provider refuses the request", "服务商拒绝了这一篇的请求",
        "看服务商的说法：若是参数不对，改 `mkdocs.yml` 里的 `extra_body` 或 `max_tokens`；"
        "若是内容审查，可以在 `docs/corrections/` 里自己写这一篇的中文，或换一个模型。",
    ),
    _Trouble(
        "answer", r"no usable answer", "模型的回答通不过检查",
        "下次更新会再试。若总是这一篇，可以在 `docs/corrections/` 里自己写它的中文，"
        "或在 {variables} 里把 `OPENAI_MODEL` 换成另一个模型。",
    ),
    _Trouble(
        "record", r".*expected (?:a|the) record", "记录文件坏了",
        "删去那个 JSON 文件并提交，下次运行会重新写出。",
    ),
    _Trouble(
        "disk", r".*expected to write|Records cannot be written", "记录存不下来",
        "多半是磁盘满了或文件夹只读；在 GitHub 上重新运行一次即可。", passes=True,
    ),
    _Trouble(
        "run", r".*another run is at work|The run was stopped", "运行被打断，或另有一个运行",
        "不必做什么：做完的都已存下，下次更新会接着做。", passes=True,
    ),
    _Trouble(
        "push", r".*(?i:push|ruleset|protected branch|pull requests)",
        "记录推送不上去，或提不出合并请求",
        "在 {actions} 里选 **Read and write permissions**，并勾选 **Allow GitHub Actions to create "
        "and approve pull requests**。默认分支若受保护（{rules} 或 Settings → Branches），"
        "`GITHUB_TOKEN` 不能绕过规则：请去掉 **Require a pull request before merging** 和 "
        "**Require status checks to pass**，或把分支 `arxiv-digest/records` 合并进来，"
        "推不上去的记录都在那里。",
    ),
    _Trouble(
        "smaller", r"not to be published", "新网站比已发布的小得多，所以没有发布",
        "若不是有意的，请恢复被删的清单或记录；若是有意的，请打开 {runs}，选“每日更新” → "
        "**Run workflow**，勾选“即使论文比已发布的少得多，也照样发布”。",
    ),
    _Trouble(
        "pages", r"GitHub Pages", "GitHub Pages 还没有打开",
        "在 {pages} 里把 **Source** 选为 **GitHub Actions**，"
        "然后在那次运行的页面点 **Re-run failed jobs**。",
    ),
)  # fmt: skip
_BY_NAME = {each.name: each for each in (*_TROUBLES, _FILE, _OTHER)}
_JOBS = {
    "update": ("更新论文", ("push",)),
    "watch": ("关注新论文", ("arxiv",)),
    "push": ("推送记录", ("push",)),
    "check": ("检查文件", ("file",)),
    "build": ("生成网站", ("smaller",)),
    "compare": ("核对新旧网站", ("smaller",)),
    "deploy": ("发布网站", ("pages",)),
}
"""What a job does, and why it usually fails where no paper and no file is at fault."""
_FINE = frozenset({"success", "skipped", "neutral", ""})
_RESULTS = {"failure": "失败", "cancelled": "被取消，或超时"}
_EXPLAINED = frozenset({"update", "watch", "check"})
"""Jobs that fail because of the papers and files that are named anyway."""
_COMMANDS = {"update": "更新", "watch": "关注", "batch": "批量处理"}


def _trouble(reason: str) -> _Trouble:
    """The usual reason that `reason` is a case of; only its start counts, which is ours."""
    return next((each for each in _TROUBLES if re.match(each.sign, reason[:LONGEST])), _OTHER)


def _trouble_of(failure: Failure) -> _Trouble:
    found = _trouble(failure.reason)
    return found if failure.identifier or found.name == "record" else _FILE


def _advice(each: _Trouble, root: str | None) -> str:
    """What to do, with links into the repository at the address `root`."""
    places = {
        name: f"[{label}]({root}/{path})" if root else f"**{label}**"
        for name, (label, path) in _PLACES.items()
    }
    return each.advice.format_map(places)


def _paper(identifier: str) -> str:
    try:
        known = parse_identifier(identifier)
    except ValueError:
        return code(identifier)
    return f"[{known}](https://arxiv.org/abs/{known})"


def _place(fault: Fault | Failure, root: str | None) -> str:
    shown = code(f"{_clean(fault.path, 150)}:{fault.line}")
    if root is None or not _TAME_PATH.fullmatch(fault.path):
        return shown
    return f"[{shown}]({root}/blob/HEAD/{quote(fault.path)}#L{fault.line})"


def _said(failure: Failure) -> str:
    """The reason in Chinese; what nobody has translated, in the words of who said it."""
    reason, each = failure.reason[:LONGEST], _trouble_of(failure)
    text = chinese(reason)
    if reason in text and each not in (_OTHER, _FILE):
        text = f"{each.title}（{reason}）"
    return literal(text)


def _root(url: str | None) -> str | None:
    """The repository's address in that of a job."""
    match = _RUN_URL.fullmatch(url or "")
    return match[1] if match else None


def _log_link(url: str | None) -> str:
    """A link to a job's log, if that is what `url` is."""
    if not url:
        return ""
    return f"[运行日志]({url})" if _RUN_URL.fullmatch(url) else f"运行日志：{code(url)}"


def run_summary(status: Status) -> str:
    """The summary page of a job that has run `update`."""
    page = _Page()
    page.add(f"## arXiv 摘要：{'一切正常' if status.is_well else '有失败'}", "")
    page.add(*_table(status), "")
    root = _root(status.last_run.url) if status.last_run else None
    for run in status.stops:
        page.add(f"**{_stop(run)}** {_advice(_trouble(run.stopped or ''), root)}", "")
    if status.failures:
        page.add(f"### 失败（{len(status.failures):,}）", "")
        page.failures(status.failures, root)
    if status.outdated_corrections:
        page.add("### 需要复核的校对", "", "这些论文校对之后，英文有了改动；校对仍然有效。", "")
        outdated = status.outdated_corrections
        page.rows((f"- {_paper(each)}" for each in outdated), len(outdated))
    return str(page)


def _table(status: Status) -> Iterator[str]:
    """The figures of the site's status page."""
    history, last = status.history, status.last_run
    month = f"{last.start:%Y-%m}" if last else ""
    tokens_in, tokens_out = history.tokens.get(month, (0, 0))
    tokens = f"输入 {tokens_in:,}，输出 {tokens_out:,}"
    if status.prices is not None:
        money = status.prices.money(status.prices.cost(tokens_in, tokens_out))
        tokens += f"，约 {literal(money, 40)}"
    log = _log_link(last.url) if last else ""
    rows = {
        "上次运行": _time(last) + (f"，{log}" if log else ""),
        "上次成功": _time(history.last_success),
        "收录": f"{status.asked:,} 篇",
        "已有中文": f"{status.done:,} 篇，其中 {status.doubtful:,} 篇待校，"
        f"{status.corrected:,} 篇经人工校对",
        "待译": f"{status.waiting:,} 篇",
        "失败": f"{status.failed:,} 篇",
        "本月 token": tokens,
        "插件版本": literal(status.version, 40),
    }
    yield "| 项目 | 现状 |"
    yield "| --- | --- |"
    yield from (f"| {name} | {value} |" for name, value in rows.items())


def _time(run: Run | None) -> str:
    return f"{beijing_time(run.start)}（北京时间）" if run else "还没有"


def _stop(run: Run) -> str:
    reason = run.stopped or ""
    each = _trouble(reason)
    said = literal(reason) if each is _OTHER else f"{each.title}（{literal(reason)}）"
    return f"{_COMMANDS[run.command]}提前结束：{said}"


def pull_request_summary(  # noqa: PLR0917 - called by name
    new: Sequence[Entry],
    calls: int,
    faults: Sequence[Fault],
    failures: Sequence[Failure],
    removed: Sequence[str] = (),
    model: str | None = None,
) -> str:
    """What a pull request adds, what it will cost, and what is still to be done.

    `calls` are those that its merge makes to `model`; `failures` are papers that arXiv was asked
    about in vain; `removed` are identifiers.
    """
    page = _Page()
    page.add("## 这个合并请求", "")
    page.add(*_verdict(faults, failures), "")
    wrong = [Failure(each.path, each.line, each.message) for each in faults] + list(failures)
    if wrong:
        page.failures(wrong, None)
    if new:
        page.add(f"### 新收录 {len(new):,} 篇", "")
        page.rows(_new_rows(new), len(new))
    if removed:
        page.add(f"### 移出 {len(removed):,} 篇", "")
        page.rows((f"- {_paper(each)}" for each in removed), len(removed))
    if not (new or removed or wrong):
        page.add("没有增减论文。", "")
    page.add("### 合并之后", "")
    if calls:
        by = f"（{code(model, 60)}）" if model else ""
        page.add(f"会调用模型 {calls:,} 次{by}，写出中文；已经写好的不会重写。")
    else:
        page.add("合并不需要调用模型。")
    page.add("网站随后自动重新生成并发布，一般只要几分钟；没写成的论文会标明“待译”，下次更新再试。")
    return str(page)


def _verdict(faults: Sequence[Fault], failures: Sequence[Failure]) -> Iterator[str]:
    """First of all: whether somebody who has never done this has to do something."""
    to_mend = len(faults) + sum(not _trouble(each.reason).passes for each in failures)
    if to_mend:
        yield (
            f"**还差一步：请改好下面 {to_mend:,} 处，谢谢！** 在浏览器里就能改，不必另开合并请求。"
        )
        yield ""
        yield (
            "1. 回到合并请求，打开 **Files changed**，"
            "在下面说的文件右上角点 **···** → **Edit file**。"
        )
        yield "2. 改好说到的那一行，点 **Commit changes…**，提交到同一个分支。"
        yield "3. 检查会自动重新开始，几分钟后再看这里。"
    elif failures:
        yield "**您的文件没有问题，谢谢！** 只是有的论文刚才没有取到，稍后会再试，不需要您做什么。"
    else:
        yield "**一切正常，谢谢！** 检查都通过了，等维护者合并即可。"


def _new_rows(entries: Sequence[Entry]) -> Iterator[str]:
    """A row for each paper, the heading of its list before the first."""
    path = None
    for entry in sorted(entries, key=lambda each: (each.listed.path, each.listed.line)):
        head = ""
        if entry.listed.path != path:
            path = entry.listed.path
            head = (
                f"\n{code(path)}\n\n| 论文 | 英文题目 | 主分类 | 版本 | 备注 |\n"
                "| --- | --- | --- | --- | --- |\n"
            )
        paper, identifier = entry.paper, entry.listed.identifier
        version = identifier.version or (paper.version if paper else None)
        title = literal(plain_text(paper.title)) if paper else "（还没有取到）"
        notes = ["**已撤稿**"] if paper and paper.withdrawn else []
        notes += ["已有人工校对"] if entry.correction else []
        cells = (
            _paper(str(identifier)),
            title,
            literal(paper.primary_category, 30) if paper else "",
            f"v{version}" if version else "",
            "，".join(notes),
        )
        yield f"{head}| {' | '.join(cells)} |"


def is_wrong(status: Status, jobs: Mapping[str, str]) -> bool:
    """Whether there is something to open an issue about; `jobs` are results by name."""
    return not status.is_well or bool(_failed_jobs(jobs))


def problem_names(status: Status, jobs: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong, sorted: the same as long as nothing is mended and nothing else breaks."""
    names = {f"job {name}" for name, _ in _failed_jobs(jobs)}
    names |= {f"{run.command} {_trouble(run.stopped or '').name}" for run in status.stops}
    names |= {each.identifier or each.path for each in status.failures}
    return tuple(sorted(names))


def _failed_jobs(jobs: Mapping[str, str]) -> list[tuple[str, str]]:
    # A job that takes too long counts as cancelled.
    return [(name, result) for name, result in jobs.items() if result not in _FINE]


def same_problems(body_before: str, body_now: str) -> bool:
    """Whether two bodies of the issue are about the same problems."""
    before, now = _PROBLEMS.search(body_before), _PROBLEMS.search(body_now)
    return before is not None and now is not None and before[1] == now[1]


def issue_title(status: Status, jobs: Mapping[str, str]) -> str:
    """One line without anything from outside, because a title is no Markdown."""
    parts = [_JOBS[name][0] for name, _ in _failed_jobs(jobs) if name in _JOBS]
    parts += ["其他步骤"] if any(name not in _JOBS for name, _ in _failed_jobs(jobs)) else []
    if status.failures:
        parts.append(f"{len(status.failures):,} 篇论文或文件")
    return f"每日更新有失败：{'、'.join(parts) or '见下'}"


def issue_body(status: Status, jobs: Mapping[str, str], url: str | None) -> str:
    """What failed, why, and what to do; `url` is the address of the run."""
    digest = hashlib.sha256(json.dumps(problem_names(status, jobs)).encode()).hexdigest()[:32]
    page = _Page()
    page.add(ISSUE_MARKER, f"<!-- arxiv-digest: problems {digest} -->", "")
    problems = len(status.stops) + len(status.failures)
    kept = "，做完的都已存下" if jobs.get("update", "success") == "success" or problems else ""
    page.add(f"每日更新没有完全成功。已经发布的网站不受影响{kept}。", "")
    root = _root(url)
    rows = []
    for name, result in _failed_jobs(jobs):
        title, causes = _JOBS.get(name, ("", ()))
        shown = f"**{title}**（{code(name, 60)}）" if title else code(name, 60)
        rows.append(f"- {shown}：{_RESULTS.get(result) or literal(result, 30)}")
        if result == "failure" and not (problems and name in _EXPLAINED):
            rows += [
                f"  - 常见原因：{_BY_NAME[c].title}。{_advice(_BY_NAME[c], root)}" for c in causes
            ]
    if rows:
        page.add("### 没有成功的步骤", "")
        page.rows(rows, len(rows))
    if problems:
        page.rows(_problems(status, root), problems)
    page.add(f"详细情况见{_log_link(url)}。" if url else "", "")
    page.add(*_table(status), "")
    page.add("这个 issue 由每日更新维护，每次都会改写；一切恢复正常时会自动关闭，不需要手动处理。")
    return str(page)


def _problems(status: Status, root: str | None) -> Iterator[str]:
    """A row for each failure, those with one reason together, its advice before the first."""
    groups: dict[_Trouble, list[Run | Failure]] = {}
    for run in status.stops:
        groups.setdefault(_trouble(run.stopped or ""), []).append(run)
    for failure in status.failures:
        groups.setdefault(_trouble_of(failure), []).append(failure)
    for trouble, found in groups.items():
        head = f"\n### {trouble.title}\n\n{_advice(trouble, root)}\n\n"
        for each in found:
            if isinstance(each, Run):
                yield f"{head}- {_stop(each)}"
            else:
                paper = f" {_paper(each.identifier)}" if each.identifier else ""
                yield f"{head}- {_place(each, root)}{paper}：{_said(each)}"
            head = ""


def recovered_comment(status: Status) -> str:
    """What is said when the issue is closed."""
    return (
        f"又一切正常了：上次运行是 {_time(status.last_run)}，没有失败；"
        f"{status.asked:,} 篇论文里已有中文的 {status.done:,} 篇，待译 {status.waiting:,} 篇。"
        "这个 issue 随之关闭。\n"
    )
