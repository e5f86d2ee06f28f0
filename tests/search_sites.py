"""Sites of generated papers with search, built as a real site is and served below a folder."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config

from builds import environment, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.papers import Author, Chinese, Paper, Record
from digest_plugin.records.store import PaperStore

MATERIAL = """
theme:
  name: material
  language: zh
  font: false
  features: [{features}]
  palette:
    - {{media: "(prefers-color-scheme: light)", scheme: default}}
    - {{media: "(prefers-color-scheme: dark)", scheme: slate}}
"""
OTHER = """
theme:
  name: {}
  highlightjs: false
"""
CONFIG = """
site_name: 试验站
site_url: {url}
use_directory_urls: {directories}
{theme}
plugins:
  {search}
  - arxiv-digest
nav:
  - index.md
  - 搜索: search.md
  - 关于: about.md
"""
ABOUT = """
# 关于本站

这里说的是本站的**来历**：收录自 arXiv。

## 联系我们

写信给*编辑*部，谈谈霍尔木兹。<span data-search-exclude>不可检索</span>

## <b>Nasty</b> & heading

`<script>` in text.
"""
TOPICS = (
    ("扩散模型", "Diffusion Models", "cs.CV", "生成"),
    ("知识图谱", "Knowledge Graphs", "cs.CL", "图"),
    ("强化学习", "Reinforcement Learning", "cs.LG", ""),
    ("量子纠错", "Quantum Error Correction", "quant-ph", "量子 计算"),
)
NASTY = (
    "<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>', "</mark></h1><h1 onclick=window.pwned=1>怪题",
    "<mark>伪</mark>", "&lt;b&gt; &amp; {{ 7*7 }}", "javascript:window.pwned=1",
    r"$x<y$ 与 $\text{<i onclick=window.pwned=1>}$", "\u202e倒\u200b置",
)  # fmt: skip


def paper(number: int, **changes: object) -> Paper:
    """A paper that is told from the others by its number."""
    _, english, category, _ = TOPICS[number % len(TOPICS)]
    moment = datetime(2024, 3, 1, tzinfo=UTC)
    facts: dict[str, object] = {
        "id": f"2403.{number:05}",
        "version": 1,
        "title": f"{english} for Task {number}",
        "authors": (Author(f"Person{number} Müller"), Author("Wei Zhang" if number % 9 else "Wei Li")),
        "abstract": f"We study {english.lower()} with method-{number % 7} and GPT-4.",
        "categories": (category, "cs.AI") if number % 2 else (category,),
        "primary_category": category,
        "published": moment,
        "updated": moment,
    }  # fmt: skip
    return Paper(**(facts | changes))  # type: ignore[arg-type]


def chinese(number: int) -> Chinese:
    """What stands beside `paper(number)`."""
    topic = TOPICS[number % len(TOPICS)][0]
    return Chinese(
        f"面向任务{number}的{topic}",
        f"本文提出第{number}种方法。" + ("用到大语言模型。" if number % 5 == 0 else ""),
        "我们研究其性质。" + ("实验在霍尔木兹数据集上进行。" if number % 40 == 0 else ""),
    )


RANKED = ["2403.00060", "2403.00020", "2403.00090", "2403.00150", "2403.00030"]
"""The papers with the word 珊瑚礁, as they are to be found: in two titles, a sentence, two abstracts."""


def ranked(number: int) -> Chinese:
    """`chinese(number)`, with the word if the paper is one of `RANKED`."""
    texts = chinese(number)
    place = RANKED.index(f"2403.{number:05}") if f"2403.{number:05}" in RANKED else None
    if place is None:
        return texts
    name = ("title", "title", "summary", "abstract", "abstract")[place]
    return replace(texts, **{name: f"{getattr(texts, name)}珊瑚礁"})


def write_site(root: Path, config: str, papers: int = 200) -> None:
    """The files of a site: lists of 20 papers a day, a hand-written page, hostile texts."""
    first = date(2024, 3, 1)
    store = PaperStore(root / "docs/papers", root)
    files = {"mkdocs.yml": config, "docs/about.md": ABOUT}
    days: dict[str, list[str]] = {}
    for number in range(1, papers + 1):
        one = paper(number)
        tag = TOPICS[number % len(TOPICS)][3]
        line = f"- id: {one.id}\n" + (f"  tags: [{tag}]\n" if tag else "")
        day = first + timedelta(days=(number - 1) // 20) if number > 5 else date(2023, 12, 31)
        days.setdefault(f"docs/digests/{day}.yml", []).append(line)
        store.save(parse_identifier(one.id), Record(paper=one, chinese=ranked(number)))
    odd = []
    for number, text in enumerate(NASTY, 1):
        one = paper(number, id=f"2401.{number:05}", title=f"Odd {text}", authors=(Author(text),))
        odd.append(f"- {one.id}\n")
        texts = Chinese(f"怪{text}", f"怪句{text}", f"怪文{text}")
        store.save(parse_identifier(one.id), Record(paper=one, chinese=texts))
    named = paper(7, id="hep-th/9901001", title="LoRA-drop in Gödel's Universe", authors=())
    only = Chinese("ＬｏＲＡ 丢弃法", "说的是 LoRA-drop。", "其中有哥德尔的宇宙。")
    store.save(parse_identifier(named.id), Record(paper=named, chinese=only))
    pending = paper(8, id="2403.09999", title="Pending Zeitgeist")
    store.save(parse_identifier(pending.id), Record(paper=pending))
    odd += [f"- {named.id}\n", f"- {pending.id}\n", "- 2403.09998\n"]
    days["docs/digests/odd.yml"] = odd
    write_files(root, files | {name: "".join(lines) for name, lines in days.items()})


def config_for(
    theme: str = "material",
    *,
    url: str = "https://example.org/sub/folder/",
    directories: bool = True,
    features: str = "",
    search: str = "- search",
    theme_dir: str = "",
) -> str:
    """A mkdocs.yml."""
    options = MATERIAL.format(features=features) if theme == "material" else OTHER.format(theme)
    return CONFIG.format(
        url=url, directories=str(directories).lower(), search=search,
        theme=options + (f"  custom_dir: {theme_dir}" if theme_dir else ""),
    )  # fmt: skip


@dataclass
class Served:
    """A built site at an address."""

    url: str
    folder: Path
    seen: list[str] = field(default_factory=list)
    """Paths below `url` that were asked for, with their parameters."""
    sent: dict[str, int] = field(default_factory=dict)
    """Bytes of each file that was sent, by path."""


def build_search_site(root: Path, config: str, papers: int = 200, *, strict: bool = True) -> Path:
    """The site's folder, below a folder that can be served."""
    write_site(root, config, papers)
    folder = root / "www/sub/folder"
    with environment({"NO_MKDOCS_2_WARNING": "1"}):
        loaded = load_config(str(root / "mkdocs.yml"), site_dir=str(folder), strict=strict)
        loaded.plugins.on_startup(command="build", dirty=False)
        build(loaded)
    return folder


@contextmanager
def served(root: Path) -> Iterator[Served]:
    """The site that is, or will be, built at `root`, below a folder as projects' sites are."""
    site = Served("", root / "www/sub/folder")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def send_head(self):
            site.seen.append(self.path.removeprefix("/sub/folder/"))
            file = super().send_head()
            if hasattr(file, "fileno"):
                path = self.path.removeprefix("/sub/folder/").partition("?")[0]
                site.sent[path] = Path(self.translate_path(self.path)).stat().st_size
            return file

    handler = functools.partial(Handler, directory=str(root / "www"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.url = f"http://127.0.0.1:{server.server_port}/sub/folder/"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
