"""An enemy's texts in every field: on no page, in no file and in no log are they more than text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree as ET

import markdown
import pytest
from bibtexparser import parse_string
from playwright.sync_api import Browser, Page

import attacked_sites
from attacked_sites import COUNT, LARGE, identifier, record, run, storable, tree, write_site
from digest_plugin.pages.reading import CODE_HOSTS
from digest_plugin.text.mathml import _ATTRIBUTES, _ELEMENTS
from payloads import PAYLOADS
from servers import ArxivPaper, ArxivServer, Fault, ModelServer
from sites import KEY
from test_browser import PHONE, Served, at_an_address, context_of
from test_search_browser import box, find

OURS = "https://example.org/sub/folder/"
HOSTS = {
    "arxiv.org", "doi.org", "www.alphaxiv.org", "papers.cool", "huggingface.co", "github.com",
    "squidfunk.github.io", "www.mkdocs.org", *CODE_HOSTS,
}  # fmt: skip
"""Whom pages link to, outside of people's notes."""
PAGES = (
    "", "archive/", "archive/2024/", "categories/", "tags/", "glossary/", "status/", "statistics/",
    "bookmarks/", "search/", "404.html", "digests/plain/", *(f"digests/{name}/" for name in LARGE),
)  # fmt: skip
PARTS = re.compile(
    r"H2\. (P\.dg-entitle )?DIV\.dg-authors DIV\.dg-sub (P\.dg-warning )?(DIV\.dg-warning )?"
    r"(P\.dg-summary|P\.dg-warning) DIV\.dg-abstracts (P\.dg-muted )?DIV\.dg-links( P\.dg-state)?"
)
"""Of a paper, on the page of a large digest."""
FACTS = """
([html, address]) => {
  const page = html === null ? document : new DOMParser().parseFromString(html, "text/html");
  const elements = new Set(), links = [], math = new Set();
  const addresses = new Set(["href", "src", "action", "formaction", "xlink:href", "data", "poster",
    "srcset", "ping", "background", "cite", "manifest"]);
  const look = (root) => {
    const formulas = new Set(root.querySelectorAll(".dg-math *"));
    const notes = new Set(root.querySelectorAll(".dg-note *"));
    for (const each of root.querySelectorAll("*")) {
      const found = formulas.has(each) ? math : elements;
      const name = each.nodeName;
      found.add(name);
      for (const { name: attribute, value } of each.attributes) {
        found.add(`${name} ${attribute}`);
        if (addresses.has(attribute)) {
          let url;
          try { url = new URL(value, address).href; } catch { url = `broken: ${value}`; }
          links.push([url, notes.has(each)]);
        }
        if (attribute === "http-equiv") found.add(`${attribute} ${value.toLowerCase()}`);
      }
      for (const one of found === math ? [] : each.classList) {
        // What a person writes behind ``` in a note.
        if (!notes.has(each) || !one.startsWith("language-")) found.add(`.${one}`);
      }
      if (each.content instanceof DocumentFragment) look(each.content);
    }
  };
  look(page);
  const comments = page.createTreeWalker(page, NodeFilter.SHOW_COMMENT);
  while (comments.nextNode()) {
    const text = comments.currentNode.data.trim();
    if (!text.startsWith("MkDocs version")) elements.add(`<!-- ${text}`);
  }
  const named = (each) => `${each.nodeName}.${each.classList[0] ?? ""}`;
  const papers = [...page.querySelectorAll(".dg-paper")];
  const parts = papers.map((one) => [...one.children].map(named).join(" "));
  return {
    elements: [...elements], math: [...math], links,
    body: [...page.body.children].map(named),
    papers: papers.map(({ id }) => id),
    parts: [...new Set(parts)],
    digest: [...page.querySelectorAll(".dg-digest > *")].map(named),
    data: [...page.querySelectorAll('script[type="application/ld+json"]')].map((one) => one.textContent),
  };
}
"""


FEED_ELEMENTS = set(
    "feed title link id updated published author name uri category summary content generator rights"
    " entry AIGC urlset url loc lastmod changefreq".split()
)
FEED_HTML = {"SMALL", "STRONG", "DIV", "DIV lang"}


@dataclass(frozen=True)
class Built:
    """A site that was built, at an address."""

    root: Path
    output: str
    served: Served
    step: int
    before: dict[str, bytes]
    """All files that were there before it was built."""

    @property
    def numbers(self) -> range:
        """Of the papers of the first half."""
        return range(0, COUNT, self.step)


@pytest.fixture(scope="module")
def building(tmp_path_factory, thorough) -> Iterator[Callable[[str], tuple[Built, Built]]]:
    """What builds a hostile site and a harmless one, once for each theme. Where the theme is MkDocs'
    own, no Content-Security-Policy helps."""
    root = tmp_path_factory.mktemp("injected")
    # A paper has 16 fields, so that each payload is in one of them at least.
    step = 1 if thorough else 13
    with ExitStack() as stack:

        @cache
        def sites_of(theme: str) -> tuple[Built, Built]:
            policy = theme == "material"
            hostile = built(root, "hostile", theme, step, policy=policy)
            harmless = built(root, "harmless", theme, 31, policy=policy)
            return stack.enter_context(hostile), stack.enter_context(harmless)

        yield sites_of


@pytest.fixture(scope="module", params=["material", "mkdocs"])
def sites(request, building) -> tuple[Built, Built]:
    """A hostile site and a harmless one, in each theme."""
    return building(request.param)


@pytest.fixture(scope="module")
def material(building) -> tuple[Built, Built]:
    """The same in Material, for what is the same in all themes."""
    return building("material")


@contextmanager
def built(root: Path, name: str, theme: str, step: int, *, policy: bool) -> Iterator[Built]:
    place = root / f"{name}-{theme}"
    site = place / "site"
    write_site(site, getattr(attacked_sites, name), theme, step, policy=policy)
    if name == "hostile":
        attacked_sites.write_broken_files(site, step)
    else:
        attacked_sites.write_broken_list(site)
    before = tree(place)
    done = run(site, "mkdocs", "build", "-d", str(site / "www/sub/folder"))
    assert done.code == 0, done.output[-3000:]
    with at_an_address(site / "www") as url:
        served = Served(f"{url}sub/folder/", site / "www/sub/folder")
        yield Built(site, done.output, served, step, before)


def facts_of(page: Page, html: str | None, address: str) -> dict:
    return page.evaluate(FACTS, [html, address])


def pages_of(site: Built) -> Iterator[tuple[str, str]]:
    """The path and the HTML of every page."""
    for path in sorted(site.served.folder.rglob("*.html")):
        if path.is_file():  # a tag may be called x.html
            yield path.relative_to(site.served.folder).as_posix(), path.read_text("utf-8")


def why_foreign(url: str, in_note: bool, site: Built) -> str:
    """What is wrong with a link, in a word; empty if nothing is."""
    url = url.replace(OURS, site.served.url, 1)
    parts = urlsplit(url)
    if url.startswith(site.served.url):
        path = unquote(url.removeprefix(site.served.url).partition("#")[0].partition("?")[0])
        file = site.served.folder / path
        return "" if (file / "index.html").is_file() or file.is_file() else "leads nowhere"
    if in_note:
        return "" if parts.scheme in {"http", "https", "mailto"} else "scheme"
    return "" if parts.scheme == "https" and parts.netloc in HOSTS else "elsewhere"


def is_mathml(name: str) -> bool:
    element, _, attribute = name.partition(" ")
    return element in _ELEMENTS and attribute in {"", *_ATTRIBUTES}


# The table


def test_there_are_many_payloads() -> None:
    """No two alike."""
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 150


# Pages as browsers read them


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[Page]:
    """A page that parses others, and runs nothing of them."""
    with context_of(browser, PHONE) as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def making(reader: Page) -> Callable[[Built], dict[str, set]]:
    """What tells what the pages of a site are made of, and finds it out once."""
    known: dict[Path, dict[str, set]] = {}

    def parts_of(site: Built) -> dict[str, set]:
        if site.root not in known:
            known[site.root] = made_of(site, reader)
        return known[site.root]

    return parts_of


def made_of(site: Built, reader: Page) -> dict[str, set]:
    found: dict[str, set] = {"elements": set(), "body": set(), "digest": set(), "parts": set()}
    for _, html in pages_of(site):
        facts = facts_of(reader, html, OURS)
        found["elements"].update(facts["elements"])
        found["parts"].update(facts["parts"])
        found["body"].add(tuple(facts["body"]))
        found["digest"].add(tuple(dict.fromkeys(facts["digest"])))
    return found


def test_pages_hold_no_element_attribute_or_link_of_an_enemy(reader, sites, making) -> None:
    """They are made of what pages of harmless words are made of, and lead where these do."""
    hostile, ours = sites[0], making(sites[1])
    faults = []
    for path, html in pages_of(hostile):
        address = hostile.served.url + quote(path.removesuffix("index.html"))
        facts = facts_of(reader, html, address)
        faults += [(path, each) for each in set(facts["elements"]) - ours["elements"]]
        faults += [(path, each) for each in facts["math"] if not is_mathml(each)]
        faults += [
            (path, url, why)
            for url, in_note in facts["links"]
            if path != "404.html" and (why := why_foreign(url, in_note, hostile))
        ]
        if tuple(facts["body"]) not in ours["body"]:
            faults.append((path, facts["body"]))
        if tuple(dict.fromkeys(facts["digest"])) not in ours["digest"]:
            faults.append((path, facts["digest"]))
        for data in map(json.loads, facts["data"]):
            assert data["@context"] == "https://schema.org", path
    assert faults == []


def test_papers_stand_in_their_order_and_not_in_each_other(reader, sites) -> None:
    """Nothing in a paper ends it or begins another."""
    hostile = sites[0]
    for half, name in enumerate(LARGE):
        html = (hostile.served.folder / f"digests/{name}/index.html").read_text("utf-8")
        facts = facts_of(reader, html, OURS)
        wanted = [identifier(half * COUNT + number) for number in hostile.numbers]
        assert facts["papers"] == wanted
        assert facts["digest"].count("ARTICLE.dg-paper") == len(wanted)
        assert [it for it in facts["parts"] if not PARTS.fullmatch(it)] == []


def test_nothing_runs_and_everything_fits(browser, sites, thorough) -> None:
    """On a phone, without asking anybody for anything."""
    hostile = sites[0]
    paths = list(PAGES)
    if thorough:
        paths = [path.removesuffix("index.html") for path, _ in pages_of(hostile)]
    else:
        others = re.compile(r"(?:tags|categories)/.|digests/2024")
        small = [path for path, _ in pages_of(hostile) if others.match(path)]
        chosen = {*small[::25], *sorted(small, key=len)[-5:]}
        paths += [path.removesuffix("index.html") for path in sorted(chosen)]
    with context_of(browser, PHONE) as context:
        watched = context.new_page()
        watched.faults = faults = []
        watch(watched, hostile.served.url)
        for path in paths:
            watched.goto(hostile.served.url + quote(path), wait_until="load")
            if path == f"digests/{LARGE[0]}/":
                # They are on the page of bookmarks, then.
                for button in watched.locator("[data-dg-action=bookmark]").all()[:40]:
                    button.evaluate("button => button.click()")
                watched.keyboard.press("j")
            assert watched.evaluate("document.documentElement.scrollWidth") <= PHONE[0], path
            assert watched.evaluate("window.pwned") is None, path
            assert watched.title() != "pwned", path
            # 404 is served at its own address here, with links to the site's real one.
            assert path == "404.html" or faults == [], (path, faults)
            faults.clear()


def test_search_shows_text(browser, material, making, thorough) -> None:
    """In the theme's box and on the page of results, with payloads as what is found and as what is
    asked for."""
    hostile, harmless = material
    queries = PAYLOADS if thorough else PAYLOADS[::50]
    with context_of(browser, (1280, 900)) as context:
        known = making(harmless)["elements"] | {"A target"}
        for site in (harmless, hostile):
            watched = context.new_page()
            watched.faults = []
            watch(watched, site.served.url)
            page = f"{site.served.url}search/?q={quote('怪')}"
            watched.goto(page)
            watched.locator(".dg-search__hits h2").first.wait_for()
            found = facts_of(watched, None, page)["elements"]
            watched.goto(f"{site.served.url}status/")
            assert find(watched, "怪")
            found += facts_of(watched, None, page)["elements"]
            if site is harmless:
                known.update(found)
        assert [it for it in found if it not in known] == []
        for query in map(storable, queries):
            watched.goto(f"{hostile.served.url}search/?q={quote(query)}&tag={quote(query)}")
            box(watched).fill(query)
            watched.wait_for_timeout(60)
            assert watched.evaluate("window.pwned") is None, query
        assert watched.title() != "pwned"
        assert watched.faults == []


# Files for programs


def test_twins_hold_texts_as_data(reader, material) -> None:
    """JSON and BibTeX are read back as they were, and Markdown makes no element of its own."""
    hostile, harmless = material
    folder = hostile.served.folder / "digests"
    for half, name in enumerate(LARGE):
        numbers = [half * COUNT + number for number in hostile.numbers]
        data = json.loads((folder / f"{name}.json").read_text("utf-8"))
        assert [paper["id"] for paper in data["papers"]] == list(map(identifier, numbers))
        for number, paper in zip(numbers, data["papers"], strict=True):
            stored = record(number, attacked_sites.hostile).paper
            told = (paper["paper"]["title"], paper["paper"]["abstract"])
            assert told == (stored.title, stored.abstract)
        library = parse_string((folder / f"{name}.bib").read_text("utf-8"))
        assert [it.key for it in library.entries] == [f"arXiv:{identifier(n)}" for n in numbers]
        assert [*library.failed_blocks, *library.strings, *library.preambles] == []
    known = {each for _, facts in markdown_of(harmless, reader) for each in facts["elements"]}
    for name, facts in markdown_of(hostile, reader):
        assert [it for it in facts["elements"] if it not in known] == [], name
        assert [url for url, _ in facts["links"] if why_foreign(url, False, hostile)] == [], name


def markdown_of(site: Built, reader: Page) -> Iterator[tuple[str, dict]]:
    """What comes of each digest's Markdown, as Python-Markdown reads it."""
    for path in sorted(site.served.folder.glob("digests/*.md")):
        html = markdown.markdown(path.read_text("utf-8"), extensions=["tables", "footnotes"])
        yield path.name, facts_of(reader, f"<body>{html}", f"{OURS}digests/{path.stem}/")


def test_feeds_and_maps_hold_texts_as_data(reader, material, making) -> None:
    """They are XML or JSON, of a paper an entry, and their HTML is as harmless as that of pages."""
    hostile, ours = material[0], making(material[1])
    pieces = []
    for path in sorted(hostile.served.folder.rglob("*.xml")):
        root = ET.parse(path).getroot()
        for element in root.iter():
            assert element.tag.partition("}")[2] in FEED_ELEMENTS, (path, element.tag)
            if element.get("type") == "html":
                pieces.append(element.text)
        for link in root.iterfind(".//{*}link"):
            assert why_foreign(link.get("href"), False, hostile) == "", path
        for address in root.iterfind(".//{*}loc"):
            assert why_foreign(address.text, False, hostile) == ""
    feed = json.loads((hostile.served.folder / "feed.json").read_text("utf-8"))
    pieces += [item["content_html"] for item in feed["items"]]
    assert len(pieces) > 2 * len(hostile.numbers) or len(feed["items"]) > 50
    facts = facts_of(reader, "<body>" + "".join(dict.fromkeys(pieces)), OURS)
    assert set(facts["elements"]) - ours["elements"] <= FEED_HTML
    assert [it for it in facts["links"] if why_foreign(*it, hostile)] == []
    lines = (hostile.served.folder / "llms.txt").read_text("utf-8").split("\n")
    assert [it for it in lines if it and not re.match(r"(# |> |## |- \[|\S)", it)] == []
    for address in re.findall(r"\]\((\S*?)\)(?:: |$)", "\n".join(lines)):
        assert why_foreign(address, False, hostile) == "", address


# Logs, and the rest of the disk


def commands_in(output: str) -> list[str]:
    """The lines that a runner of GitHub's would take for commands, or a terminal for its own.

    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    lines = re.split(r"\r\n|\n|\r", output)
    return [
        line
        for line in lines
        if line.lstrip().startswith("::")
        or "##[" in line
        or not line.replace("\t", "").isprintable()
    ]


def test_logs_are_lines_of_ours(material) -> None:
    """Of a build, and of a check, whose annotations are the only commands."""
    hostile = material[0]
    assert commands_in(hostile.output) == []
    checked = run(hostile.root, "digest_plugin", "check", "--annotate")
    assert checked.code == 1
    lines = [line for line in checked.output.split("\n") if line]
    annotations = [line for line in lines if ANNOTATION.fullmatch(line)]
    others = [line for line in lines if not ANNOTATION.fullmatch(line)]
    assert commands_in("\n".join(others)) == []
    assert [line for line in others if not OF_A_FILE.match(line)] == []
    assert len(annotations) == len(others) - 1 > len(hostile.numbers)


ANNOTATION = re.compile("::(?:error|notice) file=[^:,]*,line=[0-9]+,title=[^:,]*::.*")
OF_A_FILE = re.compile(r"""(["']?)docs/.*\1:[0-9]+: |[0-9,]+ faults$""")


def test_nothing_is_written_outside_the_site(sites) -> None:
    """Whatever names categories, tags and files have."""
    hostile = sites[0]
    own = ("site/www/", "site/.cache/")
    assert tree(hostile.root.parent, own) == hostile.before
    links = [path for path in hostile.root.rglob("*") if path.is_symlink()]
    assert links == []


def test_an_update_says_and_stores_texts(tmp_path, thorough) -> None:
    """What arXiv, a model and an error of either say, through the command as a job calls it."""
    numbers = range(0, COUNT, 1 if thorough else 13)
    site = tmp_path / "site"
    attacked_sites.write_config(site, "mkdocs", policy=True)
    listed = "".join(f"- {identifier(number)}\n" for number in numbers)
    (site / "docs/digests").mkdir(parents=True)
    (site / "docs/digests/2024-03-20.yml").write_text(listed, "utf-8")
    papers, answers = [], []
    for number in numbers:
        say = [
            attacked_sites.for_yaml(attacked_sites.hostile(number, field)) or "x"
            for field in range(13)
        ]
        papers.append(
            ArxivPaper(
                identifier(number), title=say[0], abstract=f"{say[1]} We study trees.",
                authors=((say[2], (say[3],)),), categories=(say[4], "cs.CL"), primary_category=say[4],
                comment=say[5], journal_ref=say[6], doi=say[7],
            )
        )  # fmt: skip
        answer = {"title": say[8], "summary": f"{say[9]}怪", "abstract": f"{say[10]}怪"}
        replies = [json.dumps(answer), say[11], f'{{"title": {say[12]}']
        answers += [Fault.reply(reply) for reply in replies]
        answers.append(Fault.status(400, body=json.dumps({"error": {"message": say[12]}}).encode()))
        answers.append(Fault.refusal(say[11]))
    before = tree(tmp_path, ("site/docs/papers/",))
    with ArxivServer(papers) as arxiv, ModelServer() as model:
        model.faults.extend(answers * 2)
        ran = run(
            site, "digest_plugin", "update", OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.base_url,
            ARXIV_API_URL=arxiv.url,
        )  # fmt: skip
    assert "Traceback" not in ran.output
    assert commands_in(ran.output) == []
    assert tree(tmp_path, ("site/docs/papers/",)) == before
    stored = [path.stem for path in (site / "docs/papers").rglob("*.json")]
    assert set(stored) <= set(map(identifier, numbers))
    assert len(stored) > len(numbers) // 2
    assert run(site, "digest_plugin", "check").code == 0


MKDOCS_SAYS = re.compile(
    r"is not a valid selector\.$|^Cannot read properties of undefined \(reading"
)
"""Its theme's scripts, on harmless sites, too."""


def watch(page: Page, url: str) -> None:
    """Have `page.faults` fill with what a page should not do."""
    faults = page.faults  # type: ignore[attr-defined]
    page.on(
        "console",
        lambda it: (it.type == "error" or "pwned" in it.text) and faults.append(it.text),
    )
    page.on("pageerror", lambda it: MKDOCS_SAYS.search(str(it)) or faults.append(str(it)))
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda other: faults.append(other.url))
    page.on("download", lambda it: faults.append(it.url))
    page.on(
        "request", lambda it: it.url.startswith((url, "data:", "blob:")) or faults.append(it.url)
    )
