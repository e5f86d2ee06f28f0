"""A site of made-up papers, served as GitHub's pages are: what `scripts/bench site` looks at."""

from __future__ import annotations

import gzip
import http.server
import logging
import random
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config

from builds import environment, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.papers import Author, Chinese, Paper, Record, Written
from digest_plugin.records.store import PaperStore

REPOSITORY = Path(__file__).parent.parent
PREFIX = "/repository/"
"""Sites of projects are served below a folder."""
DAYS = [date(2024, 3, 20) - timedelta(days=40 * number) for number in range(4)]
PAPERS = 30
CATEGORIES = "cs.CL cs.LG cs.CV cs.AI stat.ML quant-ph".split()
TAGS = "大模型 图谱 量子计算 NLP".split()
FORMULAS = (
    r"$O(n \log n)$",
    r"$\mathcal{L}_{\text{KL}}$",
    r"$\alpha=0.5$",
    r"$\frac{1}{2}\|x\|^2$",
)
SYLLABLES = "a con de er for gra in la mo nal o per re si tion the u ver ti ly".split()
TYPES = {"html": "document", "css": "style", "javascript": "script", "image": "image"}
COMPRESSED = ("text/", "json", "xml", "javascript")
BARE_THEME = """
<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{{ page.title }}</title>
{% for path in config.extra_css %}<link rel="stylesheet" href="{{ path|url }}">{% endfor %}
{% for script in config.extra_javascript %}{{ script|script_tag }}{% endfor %}
</head>
<body>{{ page.content }}</body>
</html>
"""
"""A theme without faults of its own: what a checker finds on its pages is in our templates."""


class Words:
    """Made-up English and Chinese that gzip compresses about as well as abstracts of arXiv."""

    def __init__(self) -> None:
        self.chance = random.Random(1)
        signs = [chr(0x4E00 + 7 * number) for number in range(1200)]
        self._english = [self._word(1, 4) for _ in range(8000)]
        self._chinese = ["".join(self.chance.choices(signs, k=2)) for _ in range(1000)]

    def _word(self, least: int, most: int) -> str:
        return "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(least, most)))

    def _lines(self, words: list[str], count: int, between: str, length: int) -> list[str]:
        weights = [1 / rank for rank in range(30, len(words) + 30)]
        some = self.chance.choices(words, weights, k=count)
        return [between.join(some[start : start + length]) for start in range(0, count, length)]

    def english(self, letters: int) -> str:
        """Sentences of so many letters."""
        lines = self._lines(self._english, letters // 6, " ", 18)
        return ". ".join(map(str.capitalize, lines))[:letters]

    def chinese(self, characters: int) -> str:
        """Clauses of so many characters."""
        return "，".join(self._lines(self._chinese, characters // 2, "", 8))

    def person(self) -> Author:
        """Somebody."""
        return Author(f"{self._word(2, 2).title()} {self._word(2, 3).title()}")

    def record(self, identifier: str, day: date) -> Record:
        """A paper as long as most are."""
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
        chance, formula = self.chance, self.chance.choice(FORMULAS)
        categories = tuple(chance.sample(CATEGORIES, chance.randint(1, 3)))
        paper = Paper(
            id=identifier,
            version=chance.choice((1, 1, 1, 2)),
            title=self.english(70),
            authors=tuple(self.person() for _ in range(chance.choice((3, 6, 6, 14)))),
            abstract=f"{self.english(1180)} with {formula}.",
            categories=categories,
            primary_category=categories[0],
            published=moment,
            updated=moment,
            comment=chance.choice((None, "12 pages, code at https://github.com/someone/something")),
        )
        texts = (f"大模型的{self.chinese(20)}", f"{self.chinese(60)}。")
        chinese = Chinese(*texts, f"{self.chinese(400)}，其中{formula}。")
        return Record(paper, chinese, Written("some-model", "1", paper.source_hash, day, 900, 700))


def write_site(root: Path) -> None:
    """This repository's own pages, with digests of made-up papers; in the oldest of them one that
    waits, one that was withdrawn, one that a person corrected and one that nobody knows."""
    data = shutil.ignore_patterns("digests", "papers", "corrections", "runs")
    shutil.copytree(REPOSITORY / "docs", root / "docs", ignore=data)
    shutil.copy(REPOSITORY / "mkdocs.yml", root)
    store, words = PaperStore(root / "docs/papers", root), Words()
    files = {"theme/main.html": BARE_THEME}
    for day in DAYS:
        lines = ""
        for number in range(1, PAPERS + 1):
            identifier = f"{day:%y%m}.{number:05}"
            record = words.record(identifier, day)
            if day == DAYS[-1] and number == 1:
                record = Record(record.paper)
            if day == DAYS[-1] and number == 2:
                record = replace(record, paper=replace(record.paper, withdrawn=True))
            store.save(parse_identifier(identifier), record)
            tags = ", ".join(words.chance.sample(TAGS, words.chance.randint(0, 2)))
            lines += f"- id: {identifier}\n  tags: [{tags}]\n"
        files[f"docs/digests/{day}.yml"] = lines
    files[f"docs/digests/{DAYS[-1]}.yml"] += "- id: hep-th/9901001\n  note: 见 *编者* 按\n"
    files[f"docs/corrections/{DAYS[-1]:%y%m}.00003.yml"] = "title: 人写的\nby: 张三\n"
    write_files(root, files)


def build_site(root: Path, folder: Path, url: str, **options: object) -> None:
    """Build the site at `root` into `folder`, for `url`; what it warns of ends this program."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    options |= {"site_dir": str(folder), "site_url": url, "strict": True}
    with environment({"NO_MKDOCS_2_WARNING": "1"}):
        config = load_config(str(root / "mkdocs.yml"), **options)  # type: ignore[arg-type]
        config.plugins.on_startup(command="build", dirty=False)
        build(config)


@dataclass
class Server:
    """Answers compressed, to be kept for ten minutes, and with 404.html if there is nothing."""

    url: str = ""
    sent: list[tuple[str, str, int]] = field(default_factory=list)
    """Of each answer: the path without parameters, its kind, its bytes with the headers."""


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """What is in `folder`; the site is in one below it."""
    server = Server()
    handler = partial(_Handler, server=server, directory=str(folder))
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{listener.server_port}{PREFIX}"
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    _headers_buffer: list[bytes]

    def __init__(self, *arguments: object, server: Server, directory: str) -> None:
        self._site = server
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path, status = Path(self.translate_path(self.path)), 200
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            path, status = Path(self.directory, PREFIX.strip("/"), "404.html"), 404
        kind, body = self.guess_type(str(path)), path.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", kind + ("; charset=utf-8" if "text" in kind else ""))
        self.send_header("Cache-Control", "max-age=600")
        if any(each in kind for each in COMPRESSED):
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        size = sum(len(line) for line in self._headers_buffer) + len(body)
        name = next((name for word, name in TYPES.items() if word in kind), "other")
        asked = self.path.partition("?")[0].removeprefix(PREFIX)
        self._site.sent.append((asked, name, size))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        pass
