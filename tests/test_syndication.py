"""What a site gives to others, in whole builds: heads, feeds, pictures, days in the sitemap."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from mkdocs.utils import get_build_date

from builds import CONFIG, build_site, read_page, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.papers import Record, Written
from digest_plugin.records.store import PaperStore
from digest_plugin.sharing import drawing
from test_pages import entry

ADDRESS = "https://example.org/site/"
NOWHERE = CONFIG.replace(f"site_url: {ADDRESS}\n", "")
PAGES = (
    "", "digests/2024-03-20", "digests/2024-03-19", "archive", "archive/2024", "categories",
    "categories/cs.CV", "tags", "statistics", "search", "bookmarks", "status", "about",
)  # fmt: skip


def write_site(root: Path, **more: str) -> None:
    """Two digests and a page about them."""
    write_files(
        root,
        {
            "docs/digests/2024-03-20.yml": "- 2403.00002\n",
            "docs/digests/2024-03-19.yml": "- id: 2403.00001\n  tags: [图谱]\n",
            "docs/about.md": "---\ndescription: 说明 & 来历\n---\n# 关于 &\n\n[订阅](feed.xml)\n",
            **more,
        },
    )
    store = PaperStore(root / "docs/papers", root)
    for number in (1, 2):
        paper = entry(f"2403.0000{number}").record
        assert paper is not None
        written = Written("test-model", "v1", "0" * 8, date(2024, 3, 20 + number), 1, 1)
        record = Record(paper.paper, chinese=paper.chinese, written=written)
        store.save(parse_identifier(f"2403.0000{number}"), record)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("syndication")
    write_site(root)
    return build_site(root, CONFIG, strict=True)


def file_at(site: Path, url: str) -> Path:
    """Where the file of an address of the site lies."""
    assert url.startswith(ADDRESS)
    return site / url.removeprefix(ADDRESS)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_leads_to_feeds_that_are_there(site, path) -> None:
    """Those of the site, and on the page of a topic its own first."""
    links = read_page(site, path).find("link", rel="alternate")
    kinds = [link.attributes["type"] for link in links]
    own = ["application/atom+xml"] if path == "categories/cs.CV" else []
    assert kinds == [*own, "application/atom+xml", "application/feed+json"]
    for link in links:
        assert file_at(site, link.attributes["href"]).is_file()
    assert "cs.CV" in links[0].attributes["href"] or not own


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_it_is(site, path) -> None:
    """Title, description and address in Open Graph and in JSON-LD are the page's own; the picture
    is there."""
    page = read_page(site, path)
    graph = {
        meta.attributes["property"]: meta.attributes["content"]
        for meta in page.find("meta")
        if meta.attributes.get("property", "").startswith("og:")
    }
    url = f"{ADDRESS}{path}/" if path else ADDRESS
    assert graph["og:url"] == url
    (script,) = page.find("script", type="application/ld+json")
    (node, *_) = json.loads("".join(c for c in script.children if isinstance(c, str)))["@graph"]
    assert node["url"] == url
    assert node["name"] == graph["og:title"]
    if path == "about":
        assert graph["og:title"] == "关于 &"
        assert graph["og:description"] == "说明 & 来历"
    if "og:image" in graph:
        assert file_at(site, graph["og:image"]).read_bytes().startswith(b"\x89PNG")


def test_the_sitemap_says_when_pages_changed(site) -> None:
    """A digest: when its newest text was written; home: the newest of all; MkDocs' own day, which
    is that of the build, for none."""
    text = (site / "sitemap.xml").read_text("utf-8")
    days = dict(re.findall(r"<loc>([^<]*)</loc>\s*(?:<lastmod>([^<]*)</lastmod>)?", text))
    assert days[f"{ADDRESS}digests/2024-03-20/"] == "2024-03-22"
    assert days[f"{ADDRESS}digests/2024-03-19/"] == "2024-03-21"
    assert days[ADDRESS] == "2024-03-22"
    assert days[f"{ADDRESS}about/"] == ""
    assert get_build_date() not in text


def test_models_are_told_where_the_texts_are(site) -> None:
    """llms.txt leads to twins that are there."""
    text = (site / "llms.txt").read_text("utf-8")
    (newest,) = re.findall(r"\((\S*2024-03-20\.md)\)", text)
    assert file_at(site, newest).is_file()


def test_two_builds_give_the_same_bytes(site, tmp_path) -> None:
    """Feeds, data, pictures and the search index: a rebuild without a change changes nothing."""
    write_site(tmp_path)
    again = build_site(tmp_path, CONFIG, strict=True)

    def contents(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "sitemap.xml.gz" and path.suffix != ".woff2"
        }

    first, second = contents(site), contents(again)
    assert set(first) == set(second)
    # The page and the data of the status name the folder's runs; MkDocs dates its home page.
    differing = [name for name in first if first[name] != second[name]]
    assert [name for name in differing if name != "index.html"] == []


def test_a_site_that_does_not_know_its_address_has_none_of_it(tmp_path) -> None:
    """Feeds and pictures need whole addresses; no page leads to what is not there."""
    write_site(tmp_path, **{"docs/about.md": "# 关于\n"})
    site = build_site(tmp_path, NOWHERE, strict=True)
    assert not (site / "feed.xml").exists()
    assert not (site / "llms.txt").exists()
    for path in PAGES:
        page = read_page(site, path)
        assert not page.find("link", rel="alternate")
        assert not [a for a in page.find("a") if "feed.xml" in a.attributes.get("href", "")]


def test_what_people_put_at_the_same_address_stays(tmp_path) -> None:
    """A feed, an llms.txt of their own."""
    own = {f"docs/{name}": f"own {name}\n" for name in ("feed.xml", "feed.json", "llms.txt")}
    write_site(tmp_path, **own)
    site = build_site(tmp_path, CONFIG, strict=True)
    for name in ("feed.xml", "feed.json", "llms.txt"):
        assert (site / name).read_text() == f"own {name}\n"


def test_without_a_font_there_are_no_pictures_and_all_else(tmp_path, monkeypatch, caplog) -> None:
    """And the build says what to install."""
    monkeypatch.setattr(drawing, "HAS_PILLOW", False)
    write_site(tmp_path)
    with caplog.at_level("INFO"):
        site = build_site(tmp_path, CONFIG, strict=True)
    assert "pip install 'mkdocs-arxiv-digest[pictures]'" in caplog.text
    page = read_page(site, "digests/2024-03-20")
    assert page.find("meta", property="og:title")
    assert not page.find("meta", property="og:image")
    assert not list(site.rglob("*.png"))[5:] or not (site / "assets/share").exists()


def test_pictures_are_drawn_once(tmp_path, caplog) -> None:
    """The next build takes them from the cache, and draws what changed."""
    write_site(tmp_path)
    with caplog.at_level("INFO"):
        site = build_site(tmp_path, CONFIG)
        drawn = re.findall(r"(\d+) share pictures drawn", caplog.text)
        if not drawn:
            pytest.skip("no Chinese font to draw with")
        assert drawn == ["3"]
        before = (site / "assets/share/2024-03-19.png").read_bytes()
        caplog.clear()
        write_files(tmp_path, {"docs/digests/2024-03-20.yml": "title: 新\npapers:\n- 2403.00002\n"})
        build_site(tmp_path, CONFIG)
    assert re.findall(r"(\d+) share pictures drawn", caplog.text) == ["1"]
    assert (site / "assets/share/2024-03-19.png").read_bytes() == before
