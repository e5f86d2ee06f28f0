"""`scripts/bench site`: what a first visit to each kind of page weighs, and what checkers of
accessibility, links, HTML, feeds and linked data say of the site."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import click
import feedparser  # type: ignore[import-untyped]
from playwright.sync_api import Browser, sync_playwright

from builds import parse
from conftest import BROWSERS, FLAGS
from made_up_site import DAYS, PAPERS, PREFIX, TAGS, Server, build_site, serving, write_site
from test_linked_data import SCHEMA

KINDS = {
    "home": "", "digest": f"digests/{DAYS[0]}/", "archive": "archive/", "year": "archive/2024/",
    "categories": "categories/", "category": "categories/cs.CL/", "tags": "tags/",
    "tag": f"tags/{TAGS[0]}/", "statistics": "statistics/", "search": f"search/?q={TAGS[0]}",
    "bookmarks": "bookmarks/", "status": "status/", "about": "about/", "404": "no/such/page/",
}  # fmt: skip
SCORED = ("home", "digest", "archive", "search")
MOST_KIB, MOST_REQUESTS, MOST_SCRIPT_KIB = 150, 12, 15
PARTS = {"document": "▓", "style": "▒", "script": "█", "image": "░", "other": "·"}
OUR_SCRIPTS = re.compile(r"assets/(arxiv-digest[\w-]*|javascripts/workers/search\.\w+\.min)\.js")
"""The worker of the theme's search is ours, too."""
DUPLICATE, QUOTED = "Duplicate ID", re.compile("[“\"'].*?[”\"']")
TOOLS = {
    "lychee": "https://lychee.cli.rs",
    "html-validate": "npm install --global html-validate",
    "vnu": "npm install --global vnu-jar, and Java",
    "lighthouse": "npm install --global lighthouse",
}


class Folders(NamedTuple):
    """Where things are."""

    root: Path
    www: Path
    """What is served."""
    home: Path
    """The site in it."""
    bare: Path
    """The same site in a theme without anything."""


class Findings:
    """Prints what is found, and counts what misses its goal."""

    def __init__(self) -> None:
        self.missed = 0

    def expect(self, what: str, got: float, most: float, unit: str = "") -> None:
        """Print a figure with its goal."""
        number = f"{got:,.1f}" if isinstance(got, float) else f"{got:,}"
        self.missed += got > most
        verdict = "MISSED" if got > most else ""
        click.echo(f"{what:<52}{number:>8}{unit}  (at most {most:,}{unit})  {verdict}".rstrip())

    def none_of(self, what: str, faults: Iterable[str]) -> None:
        """Print how many faults there are, and those."""
        counted = Counter(faults)
        self.expect(what, counted.total(), 0)
        for fault, count in counted.most_common(20):
            click.echo(f"    {count} × {fault}")


def weigh(server: Server, browser: Browser, findings: Findings) -> None:
    """A first visit to each kind of page, each with a browser that has seen nothing."""
    legend = ", ".join(f"{mark} {part}" for part, mark in PARTS.items())
    click.echo(f"a first visit, KiB with gzip; a mark is 5 KiB: {legend}")
    heads = ("requests", "KiB", *PARTS, "ours")
    click.echo(f"{'':<11}" + "".join(f"{head:>9}" for head in heads))
    elsewhere: list[str] = []
    for kind, path in KINDS.items():
        elsewhere += visit(server, browser, path)
        sizes = Counter[str]()
        for _, part, size in server.sent:
            sizes[part] += size
        ours = sum(size for asked, _, size in server.sent if OUR_SCRIPTS.fullmatch(asked))
        figures = [size / 1024 for size in (sizes.total(), *(sizes[it] for it in PARTS), ours)]
        bar = "".join(mark * round(sizes[part] / 5120) for part, mark in PARTS.items())
        numbers = "".join(f"{figure:>9.1f}" for figure in figures)
        click.echo(f"{kind:<11}{len(server.sent):>9}{numbers}  {bar}")
        if kind == "digest":
            digest = (figures[0], len(server.sent), figures[-1])
    findings.none_of("requests to elsewhere", elsewhere)
    findings.expect(f"a digest of {PAPERS} papers", digest[0], MOST_KIB, " KiB")
    findings.expect("its requests", digest[1], MOST_REQUESTS)
    findings.expect("scripts of ours on it", digest[2], MOST_SCRIPT_KIB, " KiB")


def visit(server: Server, browser: Browser, path: str) -> list[str]:
    """What the page asks for that is not on the server, which has what it was asked in `sent`."""
    server.sent.clear()
    asked: list[str] = []
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(server.url + path, wait_until="networkidle")
        page.wait_for_timeout(500)
    return [url for url in asked if not url.startswith((server.url, "data:", "blob:"))]


def check_data(home: Path, findings: Findings) -> None:
    """Feeds as reader programs read them, names in JSON-LD as schema.org spells them."""
    paths = [path for path in home.rglob("*.xml") if path.name != "sitemap.xml"]
    bozos = [path for path in paths if feedparser.parse(path.read_bytes()).bozo]
    findings.none_of(f"{len(paths)} feeds: bozo", (str(path.relative_to(home)) for path in bozos))
    scripts = [
        script
        for path in home.rglob("*.html")
        for script in parse(path.read_text("utf-8")).find("script", type="application/ld+json")
    ]
    unknown = [
        name
        for script in scripts
        for name in _unknown_names(json.loads(str(script.children[0]))["@graph"])
    ]
    findings.none_of(f"{len(scripts)} pages with JSON-LD: names that are none", unknown)


def _unknown_names(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _unknown_names(each)
    elif isinstance(value, dict):
        known = SCHEMA.get(value["@type"], set())
        yield from (f"{value['@type']}.{it}" for it in value if it[0] != "@" and it not in known)
        yield from _unknown_names(list(value.values()))


def check_links(program: str, folders: Folders, url: str, findings: Findings) -> None:
    """Every link and anchor within the site, those with its whole address included."""
    command = [
        program, "--offline", "--include-fragments", "--format=json", "--no-progress",
        f"--root-dir={folders.www}", "--index-files=index.html",
        f"--remap={url} {folders.home.as_uri()}/", *_pages(folders.home),
    ]  # fmt: skip
    report = json.loads(run(command))
    broken = [
        f"{fault['url']} ({Path(page).relative_to(folders.home)})"
        for page, faults in report["error_map"].items()
        for fault in faults
    ]
    findings.none_of(f"lychee, {report['total'] - report['excludes']:,} links: broken", broken)


def _pages(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.rglob("*.html"))]


Faults = list[tuple[str, str]]
"""Each with its page first."""


def html_validate(program: str, folder: Path) -> Faults:
    """By the rules that are the standard's."""
    config = folder.parent / "html-validate.json"
    config.write_text(json.dumps({"root": True, "extends": ["html-validate:standard"]}))
    options = ["--config", str(config), "--formatter=json"]
    report = json.loads(run([program, *options, *_pages(folder)]))
    return [
        (page["filePath"], f"{fault['ruleId']}: {fault['message']}")
        for page in report
        for fault in page["messages"]
        if fault["severity"] == 2
    ]


def vnu(program: str, folder: Path) -> Faults:
    """By the W3C's checker."""
    options = ["--format", "json", "--stdout", "--exit-zero-always", "--skip-non-html"]
    faults = json.loads(run([program, *options, str(folder)]))["messages"]
    return [(urlsplit(it["url"]).path, it["message"]) for it in faults if it["type"] == "error"]


def check_html(
    check: Callable[[str, Path], Faults], program: str, folders: Folders, findings: Findings
) -> None:
    """Our templates' pages in a bare theme; then, for information, what this site's theme adds."""
    ours = check(program, folders.bare)
    known = {fault for _, fault in ours}
    added = [(page, fault) for page, fault in check(program, folders.home) if fault not in known]
    # That both use a name is not to be seen in one of them.
    ours += [(page, fault) for page, fault in added if DUPLICATE in fault]
    findings.none_of(
        f"{Path(program).name}, {len(_pages(folders.bare))} pages of our templates: errors",
        (f"{fault} ({os.path.relpath(page, folders.root)})" for page, fault in ours),
    )
    theirs = Counter(QUOTED.sub("…", fault) for _, fault in added if DUPLICATE not in fault)
    for fault, count in theirs.most_common(8):
        click.echo(f"    not counted, the theme's own: {count} × {fault}")


def score(program: str, server: Server, chromium: str, findings: Findings) -> None:
    """Lighthouse's categories, with the audits that cost points, and where."""
    for kind in SCORED:
        command = [
            program, server.url + quote(KINDS[kind], safe="/?="), "--output=json", "--quiet",
            "--only-categories=accessibility,best-practices,seo",
            f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
        ]  # fmt: skip
        report = json.loads(run(command, CHROME_PATH=chromium))
        for name, category in report["categories"].items():
            short = 100 - round(100 * (category["score"] or 0))
            findings.expect(f"Lighthouse, {kind}, {name}: points short", short, 0)
            audits = [report["audits"][it["id"]] for it in category["auditRefs"] if it["weight"]]
            for audit in audits:
                if audit["score"] is not None and audit["score"] < 1:
                    click.echo(f"    {audit['title']} {' '.join(_places(audit))}")


def _places(audit: dict[str, Any]) -> Iterator[str]:
    for item in audit.get("details", {}).get("items", []):
        yield item.get("node", {}).get("snippet", "")


def run(command: list[str], **variables: str) -> str:
    """What it prints. Checkers end with 1 or 2 if they find something."""
    # Into a file, because programs of node lose what a pipe does not take at once.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        done = subprocess.run(
            command, stdout=output, stderr=subprocess.PIPE, text=True, check=False,
            env=os.environ | variables,
        )  # fmt: skip
        output.seek(0)
        return output.read() or sys.exit(f"{command[0]}: {done.stderr}")


def tool(name: str, folders: Iterable[str]) -> str | None:
    """Where it is; None, and a line that says how to get it, if it is nowhere."""
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))
    if found is None:
        click.echo(f"skipped: {name} is not installed ({TOOLS[name]})")
    return found


@click.command()
@click.option("--tools", multiple=True, help="A folder with checkers that is not on PATH.")
def site(tools: tuple[str, ...]) -> None:
    """What pages weigh, and what Lighthouse, lychee and checkers of HTML and feeds say of them."""
    findings = Findings()
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        sys.exit(f"expected a browser, one of: {', '.join(BROWSERS)}")
    with tempfile.TemporaryDirectory() as name:
        root, www = Path(name), Path(name, "www")
        folders = Folders(root, www, www / PREFIX.strip("/"), root / "bare")
        with serving(www) as server:
            write_site(root)
            build_site(root, folders.home, server.url)
            theme = {"name": None, "custom_dir": str(root / "theme")}
            build_site(root, folders.bare, server.url, theme=theme)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
                weigh(server, browser, findings)
                browser.close()
            check_data(folders.home, findings)
            if program := tool("lychee", tools):
                check_links(program, folders, server.url, findings)
            for checker, check in (("html-validate", html_validate), ("vnu", vnu)):
                if program := tool(checker, tools):
                    check_html(check, program, folders, findings)
            if program := tool("lighthouse", tools):
                score(program, server, chromium, findings)
    if findings.missed:
        sys.exit(f"{findings.missed} goals missed")
