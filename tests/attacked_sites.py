"""Sites whose every field holds what an enemy would write, and the same with harmless words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from builds import VARIABLES, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.papers import Author, Chinese, Finding, Paper, Problem, Record, Written
from digest_plugin.people.digests import MAX_TAG
from digest_plugin.people.strict_yaml import _UNPRINTABLE
from digest_plugin.records.store import PaperStore
from payloads import PAYLOADS

Words = Callable[[int, int], str]
"""The text for a paper, by number, and one of its fields, by number."""

COUNT = len(PAYLOADS)
THEMES = {
    "material": "{name: material, language: zh, font: false, features: [search.highlight, toc.follow, navigation.footer]}",
    "mkdocs": "{name: mkdocs, highlightjs: false}",
}
CONFIG = """
site_name: 试验站
site_url: https://example.org/sub/folder/
repo_url: https://github.com/me/site
edit_uri: edit/main/docs/
use_directory_urls: true
theme: THEME
plugins: [search, arxiv-digest: {content_security_policy: POLICY, arxiv_delay: 0}]
"""
DAY = date(2024, 1, 1)
LARGE = ("2025-03-20", "2025-03-21")
"""The digests of all papers."""
NOTE = """\
# 标题

## 标题

### 标题

*强调* **着重** `代码` [链接](https://example.org/ "题") <https://example.org/> <mailto:x@example.org>

1. 一
2. 二

5. 五

- 三

> 引文

    代码

```python
代码
```

***
"""


def hostile(paper: int, field: int) -> str:
    """Every payload in every field, of as many papers as there are payloads."""
    return PAYLOADS[(paper + field) % COUNT]


def harmless(paper: int, field: int) -> str:
    """A formula here and there, as hostile texts have some."""
    formula = [" $x^2$", " $\\unreadable{$", "，见 https://github.com/me/code 。", ""][
        (paper + field) % 4
    ]
    return f"无害的话 plain words {paper} {field}{formula}"


def identifier(number: int) -> str:
    return f"{2401 + number // 90000}.{number + 1:05}"


def storable(text: str) -> str:
    """As far as a file in UTF-8 holds it."""
    return text.encode("utf-8", "ignore").decode()


def for_yaml(text: str) -> str:
    """As far as YAML holds it."""
    return _UNPRINTABLE.sub("", storable(text))


def line(text: str) -> str:
    """As a value in YAML."""
    return json.dumps(text, ensure_ascii=False)


def record(number: int, words: Words) -> Record:
    """A record whose every text is another one of `words`."""
    say = [storable(words(number, field)) for field in range(16)]
    moment = datetime(2024, 3, 18, tzinfo=UTC)
    paper = Paper(
        id=identifier(number), version=1 + number % 2, title=say[0],
        authors=(Author(say[1], (say[2],)), *[Author(say[1])] * (11 * (number % 5 == 0))),
        abstract=f"{say[3]} {say[7]}", categories=(say[4], "cs.CL"),
        primary_category=say[4] if number % 3 else "cs.CL",
        published=moment, updated=moment, comment=say[5], journal_ref=say[6], doi=say[8], links=(say[9],),
        withdrawn=number % 7 == 0,
    )  # fmt: skip
    chinese = Chinese(say[10], f"{say[11]} 怪", f"{say[12]} {say[7]}怪文") if number % 11 else None
    written = Written(say[13], "abc", paper.source_hash, date(2024, 3, 20), 1, 2, reviewer=say[13])
    return Record(
        paper, chinese, written if chinese else None,
        problems=(Problem("title", "addition", say[14], say[15]),),
        findings=(Finding("abstract", say[14], say[15], say[13]),),
    )  # fmt: skip


def list_text(number: int, words: Words) -> str:
    """A list whose title, description, notes and tags are `words`."""
    say = [for_yaml(words(number, field)) for field in range(20)]
    lines = [
        f"{name}: {line(say[k])}" for k, name in enumerate(("title", "description", "note"), 16)
    ]
    tag = " ".join(say[19].split())
    is_tag = any(map(str.isalnum, tag)) and len(tag) <= MAX_TAG and tag.isprintable()
    tags = f"    tags: [{line(tag)}]\n" if is_tag else ""
    return "\n".join(
        [*lines, f"papers:\n  - id: {identifier(number)}\n    note: {line(say[15])}\n{tags}"]
    )


def write_site(root: Path, words: Words, theme: str, step: int, *, policy: bool = True) -> None:
    """Two papers for each payload, one of them corrected, or for each `step`th one; a large digest
    of each half, small ones of a paper each, and a glossary."""
    store = PaperStore(root / "docs/papers", root)
    files = {}
    write_config(root, theme, policy=policy)
    halves = [range(start, start + COUNT, step) for start in (0, COUNT)]
    for number in (*halves[0], *halves[1]):
        store.save(parse_identifier(identifier(number)), record(number, words))
    for half, name in zip(halves, LARGE, strict=True):
        files[f"docs/digests/{name}.yml"] = "".join(f"- {identifier(n)}\n" for n in half)
    for number in halves[0]:
        name = (DAY + timedelta(number)).isoformat()
        files[f"docs/digests/{name}.yml"] = list_text(number, words)
        say = [for_yaml(words(number, field)).strip() for field in range(4)]
        fields = dict(zip(("title", "summary", "abstract", "by"), say, strict=True))
        text = "".join(f"{name}: {line(value)}\n" for name, value in fields.items() if value)
        files[f"docs/corrections/{identifier(COUNT + number)}.yml"] = text
    files["docs/digests/plain.yml"] = f"note: {line(NOTE)}\npapers: [{identifier(0)}]\n"
    files["docs/glossary.yml"] = glossary(words, halves[0])
    files["docs/index.md"] = "# 首页\n\n<!-- arxiv-digest: latest -->\n"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def write_config(root: Path, theme: str, *, policy: bool) -> None:
    text = CONFIG.replace("THEME", THEMES[theme]).replace("POLICY", str(policy).lower())
    write_files(root, {"mkdocs.yml": text})


def glossary(words: Words, numbers: range) -> str:
    """Terms that are found in the abstracts, with renderings that are, too."""
    terms: dict[str, str] = {}
    for number in numbers:
        term, also, note = (" ".join(for_yaml(words(number, k)).split())[:200] for k in (7, 3, 5))
        if term:
            terms.setdefault(
                term.casefold(),
                f"- term: {line(term)}\n  rendering: {line(term + '怪')}\n  also: {line(also)}\n  note: {line(note)}\n",
            )
    return "".join(terms.values())


def write_broken_list(root: Path) -> None:
    """One fault, for the page that names them."""
    write_files(root, {"docs/digests/broken.yml": f"- {identifier(0)}\n- x\n"})


def write_broken_files(root: Path, step: int) -> None:
    """Payloads where nothing of the kind may stand: as identifiers, tags, keys, in names of files,
    and as whole files."""
    texts = list(dict.fromkeys(filter(None, map(for_yaml, PAYLOADS))))
    docs = root / "docs"
    for name, text in {
        "ids.yml": "".join(f"- {line(text)}\n" for text in texts),
        "tags.yml": "".join(
            f"- id: {identifier(n)}\n  tags: [{line(t)}, {line(t)}]\n" for n, t in enumerate(texts)
        ),
        "keys.yml": "".join(f"{line(text)}: x\n" for text in texts),
        "dates.yml": "".join(f"- {{id: 2401.1, date: {line(text)}}}\n" for text in texts),
    }.items():
        (docs / "digests" / name).write_text(text, "utf-8")
    for number, text in list(enumerate(PAYLOADS))[::step]:
        content = text.encode("utf-8", "surrogatepass")
        (docs / f"digests/whole-{number}.yml").write_bytes(content)
        try:
            name = os.fsencode(text)
        except UnicodeEncodeError:
            continue
        if re.search(rb"[/\0]", name) or len(name) > 240 or name in (b".", b".."):
            continue
        for folder, ending in (
            ("digests", b".yml"),
            ("corrections", b".yml"),
            ("papers/2401", b".json"),
        ):
            path = docs / folder / os.fsdecode(name + ending)
            path.write_text(f"- {identifier(number)}\n", "utf-8")
    broken = root / "docs/papers/2402/2402.00001.json"
    write_files(root, {str(broken.relative_to(root)): '{"paper": {"id": "\\ud800\\n::error::x"}}'})


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    output: str
    """Standard output and standard error, one after the other."""


def run(root: Path, *command: str, **variables: str) -> Ran:
    """A command of Python's in the folder of a site, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    repository = str(Path(__file__).parent.parent)
    environment |= {
        "PYTHONPATH": repository, "NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1",
        "ARXIV_DIGEST_LENIENT": "1", "OPENAI_API_KEY": "", **variables,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env=environment,
        capture_output=True,
        timeout=300,
    )
    return Ran(
        done.returncode, (done.stdout + b"\n" + done.stderr).decode("utf-8", "surrogateescape")
    )


def tree(folder: Path, leave_out: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Every file below `folder` and what it holds, but for those below the folders `leave_out`."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if path.is_file() and not name.startswith(leave_out)
    }
