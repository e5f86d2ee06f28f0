"""How good, small and fast search is: 200 queries drawn from real papers, against a plain scan.

    scripts/bench search FOLDER

`FOLDER` holds papers as JSON files with the keys title, abstract, translated_title, tldr and
translated_abstract. They have no authors: made-up ones are drawn, a Chinese name for every other.
Needs node, for the worker, and a Chromium, for the seconds.
"""

from __future__ import annotations

import json
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest_plugin.search.index import SearchDocument, build_index
from digest_plugin.search.words import folded, is_wide, words
from digest_plugin.text.rendering import plain_text
from search_sites import build_search_site, config_for, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

KINDS = {"term": 60, "name": 60, "both": 30, "identifier": 20, "author": 30}
PHRASE, PHRASES = "phrase", 60
"""Of any words that stand together in a title once: besides the 200, because they are no terms."""
ALL = "all 200"
LEAST_TITLES = 3
"""A term stands in so many."""
SHOWN = 10
CUTS = re.compile(
    "基于|用于|面向|通过|使用|利用|一种|一个|关于|针对|[的和与在对中及是以为从到下上由将其]"
)
"""What parts terms in Chinese titles, near enough to draw terms that people look for."""
NAME = re.compile(r"\b(?=\S*[A-Z0-9]\S*[A-Z0-9])[A-Z][\w-]*\w\b", re.ASCII)
"""LoRA-drop, GPT-4, DreamBooth: words of English titles that name something."""
SYLLABLES = "wei fang min jing lei yan jun tao ming chao hua ping gang na xiu ying hong".split()
GIVEN = "James Maria Ahmed Yuki Olga Pierre Anna Ivan Sofia Lars Chen Priya Ali Emma Jürgen".split()
FAMILY = (
    "Zhang Wang Li Chen Liu Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo".split()
)
ROOTS = "Ander Bern Castel Dahl Eng Fern Gonz Hoff Iva Jans Koval Lind Mart Nov Olse Petr".split()
ENDS = "son stein berg ez mann ov ski sen er ini".split()
RUNNER = """
const fs = require("fs"), path = require("path"), vm = require("vm");
const [worker, folder] = process.argv.slice(1);
let bytes = 0;
const context = {
  self: { location: { href: "http://site/assets/arxiv-digest-search.js" } }, console, setTimeout,
  TextDecoder, DecompressionStream, Blob, Response, addEventListener() {}, postMessage() {},
  fetch: async (url) => {
    const name = url.replace("http://site/assets/search/", "");
    const content = fs.readFileSync(path.join(folder, name));
    bytes += content.length;
    return new Response(content);
  },
};
vm.createContext(context);
vm.runInContext(fs.readFileSync(worker, "utf8"), context);
(async () => {
  for (const query of JSON.parse(fs.readFileSync(0, "utf8"))) {
    vm.runInContext("cache.clear()", context);
    bytes = 0;
    context.query = query;
    const { numbers } = await vm.runInContext("hitsOf(query)", context);
    await vm.runInContext("pageFor({ query, page: 1 })", context);
    console.log(JSON.stringify({ numbers: Array.from(numbers), bytes }));
  }
})();
"""


@dataclass(frozen=True)
class Query:
    """What a reader types, and which papers a plain scan finds for it."""

    kind: str
    text: str
    holds: Callable[[str], bool]
    """Whether a paper's text, folded, holds all its words."""
    begins: Callable[[str], bool]
    """The same, if its last word may be the beginning of one."""


# The papers


def documents(folder: Path) -> Iterator[SearchDocument]:
    """The papers below `folder`, newest first."""
    names = [f"{given} {family}" for given, family in _people(random.Random(1))]
    draw = random.Random(2)
    for path in sorted(folder.rglob("*.json"), reverse=True):
        paper = json.loads(path.read_text("utf-8"))
        english = re.sub(r"\.?\s*\(arXiv:[^()]*\)\s*$", "", paper["title"]).strip()
        abstract = re.sub(r"^arXiv:\S+ +Announce Type: \S+ +Abstract: *", "", paper["abstract"])
        chinese = paper.get("translated_title") or ""
        month = f"20{path.stem[:2]}-{path.stem[2:4]}"
        yield SearchDocument(
            url=f"digests/{month}-{int(path.stem[5:7]) % 28 + 1:02}/",
            anchor=path.stem,
            title=plain_text(chinese or english),
            english=plain_text(english) if chinese else "",
            sentence=plain_text(paper.get("tldr") or ""),
            body=(plain_text(paper.get("translated_abstract") or ""), plain_text(abstract)),
            page=month,
            authors=tuple(_one_of(names, draw) for _ in range(draw.randint(1, 8))),
            identifier=path.stem,
            categories=("cs.CL", "cs.LG") if draw.random() < 0.5 else ("cs.CV",),
            year=int(month[:4]),
        )


def _people(draw: random.Random, count: int = 100_000) -> Iterator[tuple[str, str]]:
    for number in range(count):
        if number % 2:
            given = "".join(_one_of(SYLLABLES, draw) for _ in range(draw.randint(1, 2)))
            yield given.capitalize(), _one_of(FAMILY, draw)
        else:
            middle = f" {chr(draw.randint(65, 90))}." if draw.random() < 0.3 else ""
            root = draw.choice(ROOTS) + draw.choice("abcdefghijklmnop") + draw.choice(ENDS)
            yield draw.choice(GIVEN) + middle, root.capitalize()


def _one_of(choices: list[str], draw: random.Random) -> str:
    """The first ones more often, as in life."""
    return choices[int(len(choices) * draw.random() ** 2)]


def whole_text(document: SearchDocument) -> str:
    """All that a scan reads of a paper."""
    return folded(
        "\n".join(
            (document.title, document.english, document.sentence, *document.body,
             *document.authors, *document.categories, document.identifier)
        )
    )  # fmt: skip


# The queries


def drawn_queries(papers: list[SearchDocument], seed: int) -> list[Query]:
    """As many of each kind as `KINDS` says, none twice; then the phrases."""
    draw = random.Random(seed)
    titles = Counter(piece for paper in papers for piece in set(_pieces(paper)))
    sources: dict[str, Callable[[SearchDocument], str | None]] = {
        "term": lambda paper: _one(_pieces(paper), draw, titles),
        "name": lambda paper: _one(NAME.findall(paper.english), draw),
        "both": lambda paper: _both(paper, draw),
        "identifier": lambda paper: paper.identifier + draw.choice(["", "v1", "v3"]),
        "author": lambda paper: draw.choice(paper.authors),
        PHRASE: lambda paper: _one(_pieces(paper), draw),
    }
    queries: dict[str, Query] = {}
    for kind, count in {**KINDS, PHRASE: PHRASES}.items():
        left = count
        while left:
            text = sources[kind](draw.choice(papers))
            if text and text not in queries:
                queries[text] = _query(kind, text)
                left -= 1
    return list(queries.values())


def _pieces(paper: SearchDocument) -> list[str]:
    """What the Chinese title is made of."""
    return [
        piece
        for run in re.findall("[\u4e00-\u9fff]+", paper.title)
        for piece in CUTS.split(run)
        if 2 <= len(piece) <= 8
    ]


def _one(
    choices: list[str], draw: random.Random, titles: Mapping[str, int] | None = None
) -> str | None:
    """Any of `choices`; if `titles` are counted, one that stands in several."""
    usual = [it for it in choices if titles is None or titles[it] >= LEAST_TITLES]
    return draw.choice(usual) if usual else None


def _both(paper: SearchDocument, draw: random.Random) -> str | None:
    name, term = _one(NAME.findall(paper.english), draw), _one(_pieces(paper), draw)
    return f"{name} {term}" if name and term else None


def _query(kind: str, text: str) -> Query:
    if kind == "identifier":
        wanted = text.partition("v")[0]
        return Query(kind, text, *[lambda found: found.endswith(f"\n{wanted}")] * 2)
    found = words(text)
    whole = [_test(word, is_begun=False) for word in found]
    begun = [*whole[:-1], _test(found[-1], is_begun=True)]
    return Query(
        kind, text,
        lambda text: all(test(text) for test in whole),
        lambda text: all(test(text) for test in begun),
    )  # fmt: skip


def _test(word: str, *, is_begun: bool) -> Callable[[str], bool]:
    """Whether a text holds the word: Chinese anywhere, others between what is no letter."""
    if is_wide(word):
        return lambda text: word in text
    end = "" if is_begun else r"(?![^\W_])"
    pattern = re.compile(rf"(?<![^\W_]){re.escape(word)}{end}")
    return lambda text: word in text and pattern.search(text) is not None


# What is measured


def build_in_process(folder: Path, output: Path) -> None:
    """Build an index; print how long it took, without reading, and the memory of it all."""
    reading = 0.0

    def read() -> Iterator[SearchDocument]:
        nonlocal reading
        found = documents(folder)
        while True:
            start = time.process_time()
            paper = next(found, None)
            reading += time.process_time() - start
            if paper is None:
                return
            yield paper

    wall, start = time.perf_counter(), time.process_time()
    facts = build_index([read], output, "search/")
    seconds = time.process_time() - start - reading
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        json.dumps(
            {
                "documents": facts.documents,
                "terms": facts.terms,
                "files": facts.files,
                "megabytes": facts.size / 1e6,
                "seconds of processor": seconds,
                "reading": reading,
                "wall": time.perf_counter() - wall,
                "memory": memory,
            }
        )
    )


def answers(worker: Path, index: Path, queries: list[Query]) -> list[tuple[list[int], int]]:
    """What the worker finds for each query, and the bytes that it fetched, with nothing cached."""
    asked = json.dumps([query.text for query in queries])
    run = subprocess.run(
        ["node", "-e", RUNNER, str(worker), str(index)],
        input=asked, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return [(line["numbers"], line["bytes"]) for line in lines]


def in_chromium(index: Path, root: Path, texts: Iterable[str]) -> list[tuple[float, int]]:
    """Seconds and bytes from the last key in Material's box to its results, in a fresh browser."""
    # Other measurements do without a browser.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from conftest import BROWSERS, FLAGS  # noqa: PLC0415

    folder = build_search_site(root, config_for(), papers=2)
    shutil.rmtree(folder / "assets/search")
    shutil.copytree(index, folder / "assets/search")
    path = next(filter(None, map(shutil.which, BROWSERS)))
    measured = []
    with sync_playwright() as playwright, served(root) as site:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for text in texts:
            with browser.new_context() as context:
                page = context.new_page()
                page.goto(site.url + "about/", wait_until="load")
                page.wait_for_timeout(500)
                site.sent.clear()
                measured.append((_seconds_of(page, text), sum(site.sent.values())))
        browser.close()
    return measured


def _seconds_of(page: Page, text: str) -> float:
    page.locator(".md-search__input").click()
    page.keyboard.insert_text(text)
    # In the page, where no message between processes counts.
    return page.evaluate(
        """() => new Promise((resolve) => {
          const list = document.querySelector(".md-search-result__list");
          const start = performance.now();
          new MutationObserver(() => list.children.length && requestAnimationFrame(() =>
            resolve((performance.now() - start) / 1000))).observe(list, { childList: true });
          document.querySelector(".md-search__input").dispatchEvent(new KeyboardEvent("keyup"));
        })"""
    )


def report(
    queries: list[Query], papers: list[SearchDocument], found: list[tuple[list[int], int]]
) -> None:
    """Print precision and recall of each kind."""
    texts = [whole_text(paper) for paper in papers]
    click.echo(
        f"\n{'queries':<12}{'':>5}{'P@10':>9}{'strictly':>10}{'recall':>9}{'KiB':>7}{'most':>7}"
    )
    rows: dict[str, list[tuple[float, float, float, int]]] = {
        kind: [] for kind in (*KINDS, ALL, PHRASE)
    }
    for query, (numbers, size) in zip(queries, found, strict=True):
        truth = {number for number, text in enumerate(texts) if query.holds(text)}
        first = numbers[:SHOWN]
        begun = sum(query.begins(texts[number]) for number in first) / max(1, len(first))
        strict = sum(number in truth for number in first) / max(1, len(first))
        recall = len(truth.intersection(numbers)) / max(1, len(truth))
        if min(begun, strict, recall) < 1:
            click.echo(
                f"  {query.text}: P@10 {begun:.2f}, strictly {strict:.2f}, recall {recall:.2f}"
                f" ({len(numbers)} found, {len(truth)} in the scan)", err=True,
            )  # fmt: skip
        for kind in {query.kind, PHRASE if query.kind == PHRASE else ALL}:
            rows[kind].append((begun, strict, recall, size))
    for kind, results in rows.items():
        begun, strict, recall, size = (
            sum(column) / len(results) for column in zip(*results, strict=True)
        )
        most = max(result[3] for result in results)
        click.echo(
            f"{kind:<12}{len(results):>5}{begun:>9.4f}{strict:>10.4f}{recall:>9.4f}"
            f"{size / 1024:>7.0f}{most / 1024:>7.0f}"
        )


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seed", default=1, help="Draws other queries.")
@click.option("--build", type=click.Path(path_type=Path), hidden=True)
def search(folder: Path, seed: int, build: Path | None) -> None:
    """Build the index of the papers in FOLDER, and measure it."""
    if build is not None:
        build_in_process(folder, build)
        return
    with tempfile.TemporaryDirectory() as name:
        index, root = Path(name) / "index", Path(name) / "site"
        run = subprocess.run(
            [sys.executable, __file__, str(folder), "--build", str(index)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        for fact, value in json.loads(run.stdout).items():
            click.echo(f"{fact:<24}{value:>10,.1f}")
        papers = list(documents(folder))
        queries = drawn_queries(papers, seed)
        worker = Path(__file__).parent.parent / "digest_plugin/assets/arxiv-digest-search.js"
        report(queries, papers, answers(worker, index, queries))
        root.mkdir()
        chosen = [query.text for query in queries[::20]]
        click.echo(f"\n{'in Chromium, a first query':<32}{'seconds':>8}{'KiB':>6}")
        for text, (seconds, size) in zip(chosen, in_chromium(index, root, chosen), strict=True):
            click.echo(f"{text:<32}{seconds:>8.2f}{size / 1024:>6.0f}")


if __name__ == "__main__":
    search()
