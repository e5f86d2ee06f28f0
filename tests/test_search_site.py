"""What search adds to built sites, theme by theme."""

from __future__ import annotations

import json
import logging
import re
from importlib import resources
from pathlib import Path

import pytest

from builds import read_page
from digest_plugin.search.documents import (
    MATERIAL_BUNDLE,
    MATERIAL_WORKER,
    search_assets,
    speaks_our_protocol,
)
from search_sites import build_search_site, config_for
from test_search_index import read_index

PAPERS = 20
NO_SEARCH = ""
OURS = 'name="dg-search"'
SCRIPTS = resources.files("material") / "templates/assets/javascripts"


def only(folder, pattern: re.Pattern[str], below: str):
    """The only file in `folder` whose path, which begins with `below`, is such."""
    (found,) = (each for each in folder.iterdir() if pattern.fullmatch(below + each.name))
    return found


BUNDLE = only(SCRIPTS, MATERIAL_BUNDLE, "assets/javascripts/")
WORKER = only(SCRIPTS / "workers", MATERIAL_WORKER, "assets/javascripts/workers/")


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """Gives the folder of a site, built once for each configuration."""
    built: dict[str, Path] = {}

    def site(theme: str = "material", **options) -> Path:
        config = config_for(theme, **options)
        if config not in built:
            built[config] = build_search_site(tmp_path_factory.mktemp("site"), config, PAPERS)
        return built[config]

    return site


def titles(site: Path) -> list[str]:
    return [row[2] for row in read_index(site / "assets/search").rows]


def stock_index(site: Path) -> list[str]:
    """Where the entries of the theme's own index lead."""
    docs = json.loads((site / "search/search_index.json").read_text("utf-8"))["docs"]
    return [each["location"] for each in docs]


# Material


def test_our_worker_stands_in_the_place_of_materials(sites) -> None:
    """Under the name that Material's bundle asks for."""
    site = sites()
    ours = search_assets("search/")["assets/arxiv-digest-search.js"]
    workers = list((site / "assets/javascripts/workers").glob("*.js"))
    assert [each.name for each in workers] == [WORKER.name]
    assert workers[0].read_text("utf-8") == ours
    assert (site / "assets/arxiv-digest-search.js").read_text("utf-8") == ours


def test_the_protocol_of_the_installed_material_is_known() -> None:
    """And not taken for known in scripts that say nothing of it."""
    bundle, worker = BUNDLE.read_text("utf-8"), WORKER.read_text("utf-8")
    assert speaks_our_protocol(bundle, worker)
    assert not speaks_our_protocol(worker, bundle)
    assert not speaks_our_protocol("", "")


def test_no_page_waits_for_materials_index(sites) -> None:
    """The form has another name on every page, 404.html included."""
    pages = list(sites().rglob("*.html"))
    assert len(pages) > 10
    assert not [page for page in pages if OURS not in page.read_text("utf-8")]


CHANGES = {
    "bundle": (BUNDLE, ".score.toFixed(2)", ".score.toFixed(3)"),
    "worker": (WORKER, "{items:[...", "{items:[].concat(..."),
}


def altered(root: Path, change: str) -> str:
    """A custom_dir where one of Material's scripts reads otherwise and does the same."""
    source, old, new = CHANGES[change]
    text = source.read_text("utf-8")
    assert old in text
    folder = "workers/" if change == "worker" else ""
    path = root / f"theme/assets/javascripts/{folder}{source.name}"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(old, new), "utf-8")
    return str(root / "theme")


@pytest.mark.parametrize("change", CHANGES)
def test_an_unknown_search_box_is_told_and_left_alone(tmp_path, caplog, change) -> None:
    """One warning; Material's form, worker and index are its own, with the papers in it; our index
    is there for the search page."""
    config = config_for(theme_dir=altered(tmp_path, change))
    site = build_search_site(tmp_path, config, PAPERS, strict=False)
    (warning,) = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert "search box of Material" in warning
    assert "search page search/ works all the same" in warning
    assert OURS not in (site / "about/index.html").read_text("utf-8")
    assert 'name="search"' in (site / "about/index.html").read_text("utf-8")
    worker = (site / f"assets/javascripts/workers/{WORKER.name}").read_text("utf-8")
    assert "arxiv-digest" not in worker
    assert any("hep-th-9901001" in location for location in stock_index(site))
    assert "面向任务7的量子纠错" in titles(site)


def test_two_bundles_are_not_guessed_between(tmp_path, caplog) -> None:
    """Which one pages load is not known, so Material's search stays."""
    path = tmp_path / "theme/assets/javascripts/bundle.00000000.min.js"
    path.parent.mkdir(parents=True)
    path.write_bytes(BUNDLE.read_bytes())
    config = config_for(theme_dir=str(tmp_path / "theme"))
    site = build_search_site(tmp_path, config, 3, strict=False)
    assert "search box of Material" in caplog.text
    assert OURS not in (site / "about/index.html").read_text("utf-8")


# Other themes


def search_link(site: Path, theme: str, page: str) -> str:
    node = read_page(site, page)
    if theme == "readthedocs":
        return node.one("form", id="rtd-search-form").attributes["action"]
    (link,) = [each for each in node.find("a", cls="nav-link") if each.find("i", cls="fa-search")]
    assert "data-bs-toggle" not in link.attributes
    return link.attributes["href"]


@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_the_box_of_mkdocs_themes_leads_to_the_search_page(sites, theme) -> None:
    """From each page by a relative address, from 404.html by one that holds everywhere."""
    site = sites(theme)
    assert search_link(site, theme, "about") == "../search/"
    assert search_link(site, theme, "digests/odd") == "../../search/"
    assert search_link(site, theme, ".").removeprefix("./") == "search/"
    assert "/sub/folder/search/" in (site / "404.html").read_text("utf-8")


@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_mkdocs_themes_load_no_index_of_papers(sites, theme) -> None:
    """Their own index, which they load whole, has the hand-written pages and nothing generated."""
    assert {each.partition("#")[0] for each in stock_index(sites(theme))} == {"about/"}


def test_materials_own_index_holds_no_papers(sites) -> None:
    """Nobody reads it, so it is small."""
    assert {each.partition("#")[0] for each in stock_index(sites())} == {"about/"}


# What is in the index, on every kind of site


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"theme": "mkdocs"},
        {"theme": "readthedocs"},
        {"directories": False},
        {"search": NO_SEARCH},
        {"theme": "mkdocs", "search": NO_SEARCH},
    ],
    ids=str,
)
def test_papers_and_pages_are_in_the_index(sites, options) -> None:
    """Whatever the theme, and without MkDocs' search plugin as well; each leads to a page that is
    there and to a place on it."""
    site = sites(**options)
    index = read_index(site / "assets/search")
    found = {row[2] for row in index.rows}
    assert {
        "关于本站",
        "联系我们",
        "Nasty & heading",
        "面向任务7的量子纠错",
        "Pending Zeitgeist",
    } <= found
    for url, anchor, *_ in index.rows:
        page = site / url
        path = page / "index.html" if page.is_dir() else page
        assert path.is_file()
        assert not anchor or f'id="{anchor}"' in path.read_text("utf-8")
    page = "search/" if options.get("directories", True) else "search.html"
    assert index.root["page"] == page
    script = (site / "assets/arxiv-digest-search-box.js").read_text("utf-8")
    assert f'"../{page}"' in script
    assert (site / page).exists()


def test_hand_written_pages_come_before_papers(sites) -> None:
    """And keep out what says `data-search-exclude`."""
    index = read_index(sites() / "assets/search")
    assert [row[2] for row in index.rows[:3]] == ["关于本站", "联系我们", "Nasty & heading"]
    assert {row[0].partition("/")[0] for row in index.rows[3:]} == {"digests"}
    assert "可检" not in index.postings
    assert {"来历", "编辑", "辑部", "<script>"} & index.postings.keys() == {"来历", "编辑", "辑部"}


def test_pages_that_ask_to_be_left_out_are(tmp_path) -> None:
    """`search: {exclude: true}` in a page's metadata keeps it out of our index as of MkDocs'."""
    (tmp_path / "docs").mkdir()
    secret = "---\nsearch:\n  exclude: true\n---\n# 秘密\n\n不可检索\n"
    (tmp_path / "docs/secret.md").write_text(secret, "utf-8")
    (tmp_path / "docs/open.md").write_text(secret.replace("true", "false"), "utf-8")
    config = config_for("mkdocs").replace("  - 关于", "  - secret.md\n  - open.md\n  - 关于")
    site = build_search_site(tmp_path, config, 3)
    assert [row[0] for row in read_index(site / "assets/search").rows if row[2] == "秘密"] == [
        "open/"
    ]


def test_a_second_build_leaves_one_index(tmp_path) -> None:
    """Files of the one before are gone, and the same site gives the same files."""
    folders = []
    for papers in (3, 10, 10):
        site = build_search_site(tmp_path, config_for("mkdocs"), papers)
        (folder,) = (each.name for each in (site / "assets/search").iterdir() if each.is_dir())
        folders.append(folder)
    assert folders[0] != folders[1] == folders[2]


# The search page


def test_the_search_page_names_itself_and_offers_filters(sites) -> None:
    """Title and heading agree; every choice says how many papers it has; all is Chinese."""
    page = read_page(sites(), "search")
    assert page.one("title").text == "检索 - 试验站"
    content = page.one(cls="md-content")
    assert [each.text for each in content.find("h1")] == ["检索"]
    form = content.one("form", cls="dg-search__form")
    labels = [each.text.split(" ")[0] for each in form.find("label")]
    assert labels == ["关键词", "分类", "标签", "年份"]
    years = [each.text for each in form.one("select", name="year").find("option")]
    assert years == ["全部", "2024 年（15）", "2023 年（5）"]
    assert form.one("button").text == "检索"


def test_without_javascript_the_search_page_leads_on(sites) -> None:
    """The form, which could not answer, is hidden; links lead to the lists of all papers."""
    site = sites()
    page = read_page(site, "search")
    assert "hidden" in page.one("form", cls="dg-search__form").attributes
    links = [each.attributes["href"] for each in page.one("noscript").find("a")]
    assert [(site / "search" / link / "index.html").is_file() for link in links] == [True] * 3
