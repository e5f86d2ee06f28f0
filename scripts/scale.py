"""`scripts/bench scale`: how long a site of ten years takes, beside others and a floor."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click

from digest_plugin.records.store import PaperStore
from scale_picture import scale_picture
from scale_sites import LAST_DAY, PAPERS, Papers, write_scale_digest, write_scale_site

REPOSITORY = Path(__file__).parent.parent
SIZES = (100, 1000, 3650)
BLOG_SIZES = (100, 1000)
"""Material's blog plugin takes minutes for the second."""
PAGES_LIMIT = 1_000_000_000
"""Bytes of a site on GitHub Pages: https://docs.github.com/pages/getting-started-with-github-pages/github-pages-limits"""

CONFIG = """
site_name: 每日 arXiv 中文摘要
site_url: https://example.github.io/site/
repo_url: https://github.com/example/site
edit_uri: edit/main/docs/
theme: {name: material, language: zh, font: false, features: [toc.follow, navigation.prune]}
plugins: [search, arxiv-digest]
"""
BLOG_CONFIG = """
site_name: 每日 arXiv 中文摘要
site_url: https://example.github.io/site/
theme: {name: material, language: zh, font: false}
markdown_extensions: [tables, footnotes]
plugins:
  - blog: {categories: false, pagination_per_page: 30, post_excerpt: optional}
"""
HUGO_CONFIG = """
baseURL = "https://example.github.io/site/"
title = "每日 arXiv 中文摘要"
languageCode = "zh-CN"
paginate = 30
[taxonomies]
category = "categories"
tag = "tags"
"""
HUGO_LAYOUTS = {
    "_default/baseof.html": (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{{ .Title }}</title>'
        '</head><body>{{ block "main" . }}{{ end }}</body></html>'
    ),
    "_default/single.html": (
        '{{ define "main" }}<h1>{{ .Title }}</h1>{{ range .Params.categories }}'
        '<a href="{{ print "/site/categories/" (urlize .) }}">{{ . }}</a> {{ end }}'
        '{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}'
        '{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}'
        "{{ .Content }}{{ end }}"
    ),
    "_default/list.html": (
        '{{ define "main" }}<h1>{{ .Title }}</h1>{{ range .Paginator.Pages }}'
        '<p><a href="{{ .RelPermalink }}">{{ .Title }}</a></p>{{ end }}'
        '{{ template "_internal/pagination.html" . }}{{ end }}'
    ),
}
BUILD = """
import sys, time
from digest_plugin.mkdocs_site.site_search import SiteSearch
write = SiteSearch.write
def timed(*arguments, **named):
    start = time.perf_counter()
    facts = write(*arguments, **named)
    print("index", time.perf_counter() - start, flush=True)
    return facts
SiteSearch.write = timed
from mkdocs.__main__ import cli
cli(["build", "-q"])
"""
"""A build that says how long its search index took."""
RUNNER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.call(sys.argv[2:])
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump([code, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024], file)
"""
"""Measures a command from a small process: the memory of the one that starts it would count."""
FLOOR = """
import json, sys
from pathlib import Path
from jinja2 import Environment
source, target = map(Path, sys.argv[1:])
template = Environment(autoescape=True).from_string('''<!doctype html><html lang="zh-CN"><head>
<meta charset="utf-8"><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
{% for it in papers %}<article id="{{ it.id }}"><h2>{{ it.chinese.title }}</h2>
<p lang="en">{{ it.paper.title }}</p>
<p>{% for author in it.paper.authors %}{{ author.name }} {% endfor %}</p>
<p>{% for name in it.paper.categories %}<a href="../../categories/{{ name }}/">{{ name }}</a>
{% endfor %}</p>
<p>{{ it.chinese.summary }}</p><p>{{ it.chinese.abstract }}</p>
<p lang="en">{{ it.paper.abstract }}</p>
<a href="{{ it.url }}">arXiv</a></article>{% endfor %}</body></html>''')
for path in sorted(source.glob("*.json")):
    folder = target / path.stem
    folder.mkdir(parents=True)
    html = template.render(json.loads(path.read_bytes()))
    (folder / "index.html").write_text(html, "utf-8")
"""


@dataclass(frozen=True)
class Measured:
    """One build of one size."""

    name: str
    digests: int
    seconds: float
    """Wall clock; without the search index, where there is one."""
    processor: float
    """Seconds, of all processes."""
    memory: int
    """Bytes, of the largest process."""
    pages: int
    size: int
    """Bytes of all files."""
    index: float | None = None
    """Seconds for the search index, which come on top."""


@click.command()
@click.option(
    "--papers",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Real papers: the folder papers/ of a cn-chat-arxiv checkout. Else they are made up.",
)
@click.option("--sizes", default=",".join(map(str, SIZES)), help="Digests, such as 100,1000.")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="An SVG file.")
@click.option("--without-blog", is_flag=True, help="Leave out what takes minutes.")
def scale(papers: Path | None, sizes: str, picture: Path | None, *, without_blog: bool) -> None:
    """Builds of thousands of digests: ours, cold and warm; Hugo; Material's blog; a floor."""
    numbers = sorted(map(int, sizes.split(",")))
    skipped: list[str] = []
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = Papers(papers)
        for digests in numbers:
            click.echo(f"writing {digests} digests of {PAPERS} papers", err=True)
            root = folder / f"site{digests}"
            write_scale_site(root, digests, source, CONFIG)
            shutil.copy(REPOSITORY / "docs/glossary.yml", root / "docs")
            for build in (_ours, _floor, _hugo, _blog):
                if build is _blog and (without_blog or digests not in BLOG_SIZES):
                    skipped.append(f"Material's blog with {digests} digests: takes too long")
                    continue
                try:
                    for one in build(root, digests, source):
                        measured.append(one)
                        click.echo(_row(one), err=True)
                except FileNotFoundError as error:
                    skipped.append(f"{error.filename}: not installed")
            click.echo(_sizes(root, digests))
            shutil.rmtree(root)
    click.echo(f"\n{PAPERS} papers a digest, {os.cpu_count()} processors")
    click.echo(HEAD)
    for one in sorted(measured, key=lambda one: (one.digests, one.seconds)):
        click.echo(_row(one))
    for line in dict.fromkeys(skipped):
        click.echo(f"skipped: {line}")
    if picture:
        shown = [(one.name, one.digests, one.seconds) for one in measured]
        picture.write_text(scale_picture(shown), "utf-8")


HEAD = (
    f"{'':<26}{'digests':>8}{'s':>8}{'index s':>9}{'CPU s':>8}{'MB':>7}{'pages':>8}{'MB site':>9}"
)


def _row(one: Measured) -> str:
    index = f"{one.index:.1f}" if one.index is not None else ""
    return (
        f"{one.name:<26}{one.digests:>8}{one.seconds:>8.1f}{index:>9}{one.processor:>8.1f}"
        f"{one.memory / 1e6:>7.0f}{one.pages:>8}{one.size / 1e6:>9.0f}"
    )


# What is measured


def _ours(root: Path, digests: int, papers: Papers) -> Iterator[Measured]:
    for cache in (root / "site", root / ".cache"):
        shutil.rmtree(cache, ignore_errors=True)
    run = _built(root, "ours, cold", digests, [sys.executable, "-c", BUILD], root / "site")
    yield run
    day = LAST_DAY + timedelta(days=1)
    store = PaperStore(root / "docs/papers", root)
    write_scale_digest(store, root / "docs/digests", day, papers)
    yield _built(
        root, "ours, one new digest", digests, [sys.executable, "-c", BUILD], root / "site"
    )


def _floor(root: Path, digests: int, papers: Papers) -> Iterator[Measured]:
    del papers
    target = root / "floor"
    command = [sys.executable, "-c", FLOOR, str(root / "site/digests"), str(target)]
    yield _built(root, "bare Jinja", digests, command, target)
    shutil.rmtree(target)


def _hugo(root: Path, digests: int, papers: Papers) -> Iterator[Measured]:
    del papers
    if shutil.which("hugo") is None:
        raise FileNotFoundError(2, "not installed", "hugo")
    hugo = root / "hugo"
    _write_posts(root, hugo / "content/digests")
    (hugo / "config.toml").write_text(HUGO_CONFIG, "utf-8")
    for name, text in HUGO_LAYOUTS.items():
        path = hugo / "layouts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    try:
        yield _built(hugo, "Hugo, bare theme", digests, ["hugo", "--quiet"], hugo / "public")
    finally:
        shutil.rmtree(hugo)


def _blog(root: Path, digests: int, papers: Papers) -> Iterator[Measured]:
    del papers
    blog = root / "material"
    _write_posts(root, blog / "docs/blog/posts")
    (blog / "mkdocs.yml").write_text(BLOG_CONFIG, "utf-8")
    (blog / "docs/index.md").write_text("# 首页\n", "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "-q"]
    yield _built(blog, "Material's blog", digests, command, blog / "site")
    shutil.rmtree(blog)


def _write_posts(root: Path, folder: Path) -> None:
    """The digests as Markdown, as our site offers them, with the front matter that others read."""
    folder.mkdir(parents=True)
    for path in sorted((root / "site/digests").glob("*.md")):
        papers = json.loads(path.with_suffix(".json").read_bytes())["papers"]
        facts = {
            "title": path.stem,
            "date": path.stem,
            "categories": sorted({name for it in papers for name in it["paper"]["categories"]}),
            "tags": sorted({tag for it in papers for tag in it["tags"]}),
        }
        lines = [
            f"{key}: {value if key == 'date' else json.dumps(value, ensure_ascii=False)}"
            for key, value in facts.items()
        ]
        front = "\n".join(["---", *lines, "---", ""])
        (folder / path.name).write_text(front + path.read_text("utf-8"), "utf-8")


def _built(root: Path, name: str, digests: int, command: Sequence[str], site: Path) -> Measured:
    """Run `command` in `root`, which writes `site`. Ends this program if it fails."""
    variables = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    variables.pop("OPENAI_API_KEY", None)
    with tempfile.NamedTemporaryFile("r") as result:
        runner = [sys.executable, "-c", RUNNER, result.name, *command]
        lines = subprocess.run(
            runner, cwd=root, env=variables, stdout=subprocess.PIPE, text=True, check=False
        ).stdout.splitlines()
        code, seconds, processor, memory = json.load(result)
    if code:
        sys.exit(f"{name}: failed")
    spans = [float(line.split()[1]) for line in lines if line.startswith("index ")]
    index = spans[0] if spans else None
    files = [path for path in site.rglob("*") if path.is_file()]
    return Measured(
        name=name,
        digests=digests,
        seconds=seconds - (index or 0),
        processor=processor,
        memory=memory,
        pages=sum(path.suffix == ".html" for path in files),
        size=sum(path.stat().st_size for path in files),
        index=index,
    )


def _sizes(root: Path, digests: int) -> str:
    """What a site of so many digests weighs, and its largest page."""
    site = root / "site"
    pages = list(site.rglob("*.html"))
    largest = max(pages, key=lambda path: path.stat().st_size)
    packed = max(
        (len(gzip.compress(path.read_bytes(), 6)), path)
        for path in sorted(pages, key=lambda path: path.stat().st_size)[-20:]
    )
    total = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    docs = [path for path in (root / "docs").rglob("*") if path.is_file()]
    repository = sum(path.stat().st_size for path in docs)
    return (
        f"{digests} digests: site {total / 1e6:.0f} MB of {PAGES_LIMIT / 1e6:.0f} MB that GitHub"
        f" Pages takes; repository {repository / 1e6:.0f} MB in {len(docs):,} files; largest page"
        f" {packed[0] / 1024:.0f} KiB compressed ({packed[1].relative_to(site)}),"
        f" {largest.stat().st_size / 1024:.0f} KiB as it is ({largest.relative_to(site)})"
    )
