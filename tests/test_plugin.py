"""Whole builds by MkDocs: what is on the site, what is said, what fails."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.exceptions import Abort, ConfigurationError

from builds import CONFIG, build_site, configure, environment, parse, read_page, write_files
from digest_plugin.mkdocs_site.options import DigestConfig
from servers import ArxivPaper, ArxivServer, Fault, ModelServer
from sites import KEY

IDS = ("2403.00001", "2403.00002")
LIST = {"docs/digests/2024-03-20.yml": "- 2403.00001\n- 2403.00002\n"}
REPOSITORY = Path(__file__).parent.parent


def never_json() -> dict[str, list[Fault]]:
    """Faults for the second paper's answers, the first and those to its complaints."""
    return {
        "2403.00002": [Fault.reply("no JSON")],
        "This answer cannot be used": [Fault.reply("no JSON")] * 2,
    }


def wires(arxiv: ArxivServer, model: ModelServer) -> dict[str, str]:
    """The environment of a maintainer who has a key."""
    return {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_MODEL": "test-model",
        "ARXIV_API_URL": arxiv.url,
    }


@pytest.fixture
def arxiv():
    with ArxivServer(ArxivPaper(each) for each in IDS) as server:
        yield server


@pytest.fixture
def model():
    with ModelServer() as server:
        yield server


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


# With a key, without one, and when things fail


def test_with_a_key_a_build_fetches_and_writes_what_is_missing(tmp_path, arxiv, model) -> None:
    """A maintainer sets a key, adds IDs and builds: the papers are on the page, in Chinese."""
    write_files(tmp_path, LIST)
    site = build_site(tmp_path, strict=True, **wires(arxiv, model))
    page = read_page(site, "digests/2024-03-20")
    assert [a.attributes["id"] for a in page.find("article")] == list(IDS)
    assert "待译" not in page.text
    assert "test-model" in page.text
    assert model.requests[0].body["model"] == "test-model"
    assert (len(arxiv.requests), len(model.requests)) == (1, 2)


def test_a_second_build_asks_nobody(tmp_path, arxiv, model) -> None:
    """What is stored is never asked for again."""
    write_files(tmp_path, LIST)
    build_site(tmp_path, **wires(arxiv, model))
    before = (len(arxiv.requests), len(model.requests))
    build_site(tmp_path, strict=True, **wires(arxiv, model))
    assert (len(arxiv.requests), len(model.requests)) == before


def test_without_a_key_a_strict_build_passes_and_asks_nobody(tmp_path, arxiv, caplog) -> None:
    """A fork without secrets builds: the papers wait as 待译, and an info says why."""
    write_files(tmp_path, LIST)
    with caplog.at_level(logging.INFO, "mkdocs"):
        site = build_site(tmp_path, strict=True, ARXIV_API_URL=arxiv.url)
    assert read_page(site, "digests/2024-03-20").text.count("待译") >= 2
    assert not arxiv.requests
    assert any("2 papers have no Chinese yet" in r.getMessage() for r in caplog.records)


def test_generate_false_asks_nobody_even_with_a_key(tmp_path, arxiv, model) -> None:
    """The option turns the machine's part off."""
    write_files(tmp_path, LIST)
    config = CONFIG.replace("{arxiv_delay: 0}", "{arxiv_delay: 0, generate: false}")
    build_site(tmp_path, config, strict=True, **wires(arxiv, model))
    assert not arxiv.requests
    assert not model.requests


def test_a_failed_paper_is_a_warning_with_file_line_and_reason(
    tmp_path, arxiv, model, caplog
) -> None:
    """The build goes on and shows the rest; the failed paper is named and stays 待译."""
    write_files(tmp_path, LIST)
    model.faults_for |= never_json()
    site = build_site(tmp_path, **wires(arxiv, model))
    (warning,) = warnings_in(caplog)
    assert warning.startswith("docs/digests/2024-03-20.yml:2: 2403.00002: no usable answer")
    articles = read_page(site, "digests/2024-03-20").find("article")
    assert ["待译" in article.text for article in articles] == [False, True]


def test_a_failed_paper_fails_a_strict_build(tmp_path, arxiv, model) -> None:
    """--strict means that nothing may have failed."""
    write_files(tmp_path, LIST)
    model.faults_for |= never_json()
    with pytest.raises(Abort):
        build_site(tmp_path, strict=True, **wires(arxiv, model))


def test_a_refused_key_is_one_sentence(tmp_path, arxiv, model, caplog) -> None:
    """Not a warning for each paper, and never the key."""
    write_files(tmp_path, LIST)
    model.api_key = "another"
    build_site(tmp_path, **wires(arxiv, model))
    (warning,) = warnings_in(caplog)
    assert "check OPENAI_API_KEY" in warning
    assert KEY not in caplog.text


def test_an_id_that_arxiv_does_not_know_is_a_warning_with_its_line(
    tmp_path, arxiv, model, caplog
) -> None:
    """The others are written all the same."""
    write_files(tmp_path, {"docs/digests/a.yml": "- 2403.00001\n- 2403.09999\n"})
    site = build_site(tmp_path, **wires(arxiv, model))
    (warning,) = warnings_in(caplog)
    assert warning.startswith("docs/digests/a.yml:2: 2403.09999: arXiv knows no such paper")
    assert len(read_page(site, "digests/a").find("article")) == 2


def test_serve_writes_once_not_on_every_save(tmp_path, arxiv, model) -> None:
    """MkDocs keeps the plugin between the builds of serve: the second asks nobody."""
    write_files(tmp_path, LIST)
    with environment(wires(arxiv, model)):
        config = configure(tmp_path)
        build(config)
        asked = (len(arxiv.requests), len(model.requests))
        write_files(tmp_path, {"docs/digests/2024-03-21.yml": "- 2403.00009\n"})
        build(config, serve_url="http://127.0.0.1:8000/")
    assert (len(arxiv.requests), len(model.requests)) == asked
    assert (Path(config.site_dir) / "digests/2024-03-21/index.html").is_file()


def test_faulty_files_stop_the_build_with_every_fault_at_once(tmp_path, caplog) -> None:
    """A list, a correction and the glossary are wrong: one error names all three, with lines."""
    write_files(
        tmp_path,
        {
            "docs/digests/a.yml": "- 2403.00001\n- 2413.00002\n",
            "docs/corrections/2403.00001.yml": "titel: x\n",
            "docs/glossary.yml": "- term: x\n",
        },
    )
    with pytest.raises(Abort):
        build_site(tmp_path)
    for line in (
        "docs/digests/a.yml:2: expected an arXiv ID",
        "docs/corrections/2403.00001.yml:1: expected one of the keys",
        "docs/glossary.yml:1: expected either rendering or keep",
    ):
        assert line in caplog.text


def test_a_broken_record_stops_the_build_with_file_and_line(tmp_path, caplog) -> None:
    """It is named, with what to do, and not written over."""
    write_files(tmp_path, LIST | {"docs/papers/2403/2403.00001.json": '{\n "paper": 1\n}\n'})
    with pytest.raises(Abort):
        build_site(tmp_path)
    assert "docs/papers/2403/2403.00001.json:2: expected a record" in caplog.text
    assert "remove the file" in caplog.text


@pytest.mark.parametrize("option", ["concurrency: many", "digests: [a]", "modell: x"])
def test_wrong_options_are_refused_before_the_build(tmp_path, option, caplog) -> None:
    """Options are typed; a misspelt one is a warning, which a strict build takes as an error."""
    config = CONFIG.replace("{arxiv_delay: 0}", f"{{{option}}}")
    with pytest.raises((ConfigurationError, Abort)):
        build_site(tmp_path, config, strict=True)


def test_arxiv_is_not_asked_more_often_than_its_terms_allow(tmp_path, model, caplog) -> None:
    """A shorter pause is refused for arXiv's own server."""
    write_files(tmp_path, LIST)
    with pytest.raises(Abort):
        build_site(tmp_path, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.base_url)
    assert "expected at least 3 seconds" in caplog.text


# What is on the site


def test_lists_records_and_corrections_stay_off_the_site(tmp_path, arxiv, model) -> None:
    """Only pages and their twins are published."""
    write_files(
        tmp_path,
        LIST
        | {
            "docs/corrections/2403.00001.yml": "title: 人写\n",
            "docs/glossary.yml": "- {term: x, rendering: 某}\n",
            "docs/picture.json": "{}",
        },
    )
    site = build_site(tmp_path, **wires(arxiv, model))
    assert (site / "picture.json").is_file()
    assert not list(site.rglob("*.yml"))
    assert not (site / "papers").exists()
    assert {p.name for p in (site / "digests").iterdir()} == {
        "2024-03-20", "2024-03-20.md", "2024-03-20.json", "2024-03-20.bib",
    }  # fmt: skip


def test_a_list_in_a_folder_is_a_page_in_a_folder(tmp_path) -> None:
    """digests/2024/survey.yml is the page digests/2024/survey/."""
    write_files(tmp_path, {"docs/digests/2024/survey.yml": "- 2403.00001\n"})
    site = build_site(tmp_path, strict=True)
    assert read_page(site, "digests/2024/survey").find("article", id="2403.00001")
    assert (site / "digests/2024/survey.json").is_file()


def test_the_edit_link_opens_the_list(tmp_path) -> None:
    """Not the page, which nobody wrote."""
    write_files(tmp_path, LIST)
    site = build_site(tmp_path)
    hrefs = {a.attributes.get("href") for a in read_page(site, "digests/2024-03-20").find("a")}
    assert "https://github.com/me/site/edit/main/docs/digests/2024-03-20.yml" in hrefs


def test_generated_pages_carry_the_label_in_their_head_and_others_do_not(tmp_path) -> None:
    """GB 45438: AIGC metadata where text is generated; a hand-written page makes no such claim."""
    write_files(
        tmp_path, LIST | {"docs/index.md": "# 首页\n\n<!-- arxiv-digest: latest -->\n",
                          "docs/about.md": "# 关于\n"},
    )  # fmt: skip
    site = build_site(tmp_path)
    for url in ("digests/2024-03-20", "archive", "."):
        label = json.loads(read_page(site, url).one("meta", name="AIGC").attributes["content"])
        assert label["Label"] == "1"
        assert label["ContentProducer"] == "试验站"
        assert label["ProduceID"].startswith("https://example.org/site/")
    assert not read_page(site, "about").find("meta", name="AIGC")


def test_a_hand_written_home_page_gets_the_newest_digest_where_it_asks(tmp_path) -> None:
    """The marker is replaced; the text around it stays."""
    write_files(
        tmp_path, LIST | {"docs/index.md": "# 欢迎\n\n<!-- arxiv-digest: latest -->\n\n再见\n"}
    )
    home = read_page(build_site(tmp_path, strict=True), ".")
    assert "欢迎" in home.one("h1").text
    assert "digests/2024-03-20/" in {a.attributes.get("href") for a in home.find("a")}
    assert "再见" in home.text


def test_without_a_hand_written_home_page_one_is_generated(tmp_path) -> None:
    """A site of lists alone has a home page."""
    write_files(tmp_path, LIST)
    home = read_page(build_site(tmp_path, strict=True), ".")
    assert home.find("h2", id="latest")


def test_a_hand_written_page_stands_instead_of_a_generated_one(tmp_path) -> None:
    """Whoever writes archive.md gets it."""
    write_files(tmp_path, LIST | {"docs/archive.md": "# 我的归档\n"})
    assert "我的归档" in read_page(build_site(tmp_path), "archive").text


def test_titles_are_escaped_where_themes_print_them(tmp_path, monkeypatch) -> None:
    """MkDocs' templates do not escape: title, description and contents arrive escaped."""
    title = "<script>alert(1)</script>&\"'"
    write_files(
        tmp_path, {"docs/digests/a.yml": f"title: |\n  {title}\ndescription: |\n  {title}\n"
                                         "papers: [2403.00001]\n"},
    )  # fmt: skip
    site = build_site(tmp_path, CONFIG.replace("mkdocs}", "material, font: false}"))
    page = read_page(site, "digests/a")
    assert page.one("title").text == f"{title} - 试验站"
    assert page.one("meta", name="description").attributes["content"] == title
    scripts = [s for s in page.find("script") if s.attributes.get("type") != "application/ld+json"]
    assert not any("alert(1)" in script.text for script in scripts)
    (data,) = page.find("script", type="application/ld+json")
    assert "<" not in data.text


@pytest.mark.parametrize(
    "config",
    [
        CONFIG.replace("mkdocs}", "readthedocs}"),
        CONFIG.replace("mkdocs}", "material, language: zh, font: false}"),
        CONFIG + "use_directory_urls: false\n",
        CONFIG.replace("repo_url: https://github.com/me/site\nedit_uri: edit/main/docs/\n", ""),
        CONFIG.replace("site_url: https://example.org/site/\n", ""),
        CONFIG.replace("plugins:", "plugins:\n  - search:"),
    ],
    ids=["readthedocs", "material", "no directory urls", "no repository", "no site_url", "search"],
)
def test_other_themes_and_settings_build_strictly(tmp_path, config, monkeypatch) -> None:
    """The plugin works in any MkDocs site, and its links lead to files that exist."""
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    write_files(tmp_path, LIST | {"docs/digests/2024-03-21.yml": "- hep-th/9901001\n"})
    site = build_site(tmp_path, config, strict=True)
    checked = 0
    for path in site.rglob("*.html"):
        page = parse(path.read_text("utf-8"))
        for a in page.find("a"):
            target = a.attributes.get("href", "").partition("#")[0]
            if not target or "://" in target or target.startswith(("/", "mailto:")):
                continue
            found = path.parent / target
            assert (found / "index.html" if found.is_dir() else found).is_file(), (path, target)
            checked += 1
    assert checked > 20


def test_the_site_of_this_repository_builds_strictly_under_properdocs(tmp_path) -> None:
    """ProperDocs, a fork of MkDocs 1.x, runs the plugin unchanged."""
    environment_ = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI", "ARXIV"))}
    done = subprocess.run(
        [sys.executable, "-m", "properdocs", "build", "--strict", "--quiet",
         "-f", "mkdocs.yml", "-d", str(tmp_path)],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
        env=environment_ | {"NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    articles = read_page(tmp_path, "digests/2024-03-20").find("article", cls="dg-paper")
    assert len(articles) == 5


def test_nothing_of_the_site_comes_from_elsewhere(tmp_path) -> None:
    """No script, style, font, picture or hint names another host, in this repository's site."""
    with environment({}):
        from mkdocs.config import load_config

        config = load_config(str(REPOSITORY / "mkdocs.yml"), site_dir=str(tmp_path))
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
    for path in tmp_path.rglob("*.html"):
        page = parse(path.read_text("utf-8"))
        for tag, name in (("script", "src"), ("img", "src"), ("iframe", "src")):
            for node in page.find(tag):
                assert "//" not in node.attributes.get(name, ""), path
        for node in page.find("link"):
            if node.attributes.get("rel") not in ("canonical", "prev", "next", "alternate"):
                assert "//" not in node.attributes.get("href", ""), path
        assert 'data-md-component="source"' not in path.read_text("utf-8")


def test_every_option_has_a_docstring() -> None:
    """Options explain themselves in the code."""
    import ast
    import inspect
    import itertools

    (tree,) = ast.parse(inspect.getsource(DigestConfig)).body
    body = tree.body
    documented = {
        statement.targets[0].id
        for statement, following in itertools.pairwise(body)
        if isinstance(statement, ast.Assign) and isinstance(following, ast.Expr)
    }
    assert documented == {name for name, _ in DigestConfig._schema}


@pytest.mark.parametrize(
    "option",
    ["digests: ./digests", "digests: .", "papers: ../papers", "corrections: ''", "timeout: -5",
     "concurrency: 0", "max_tokens: -1", "arxiv_delay: -1"],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(tmp_path, option, caplog) -> None:
    """A path leads below docs_dir, a number is one that can be meant."""
    write_files(tmp_path, LIST)
    with pytest.raises((ConfigurationError, Abort)):
        build_site(tmp_path, CONFIG.replace("{arxiv_delay: 0}", f"{{{option}}}"))


def test_a_misspelt_folder_of_lists_is_a_warning(tmp_path, caplog) -> None:
    """A site that came out empty says why."""
    write_files(tmp_path, LIST)
    build_site(tmp_path, CONFIG.replace("{arxiv_delay: 0}", "{digests: digest}"))
    assert "expected lists below docs/digest, found no such folder" in caplog.text


def test_a_draft_in_place_of_a_generated_page_is_no_reason_to_fail(tmp_path) -> None:
    """Its author knows that it is not there yet."""
    write_files(tmp_path, LIST | {"docs/archive.md": "# 草稿\n"})
    config = CONFIG + "draft_docs: archive.md\n"
    assert (build_site(tmp_path, config) / "digests/2024-03-20/index.html").is_file()


def test_records_that_cannot_be_written_are_one_warning(tmp_path, arxiv, model, caplog) -> None:
    """No traceback, nobody is asked, and the site is built."""
    write_files(tmp_path, LIST | {"docs/papers": "in the way"})
    site = build_site(tmp_path, **wires(arxiv, model))
    (warning,) = warnings_in(caplog)
    assert warning.startswith("docs/papers: expected to write records, got: ")
    assert not arxiv.requests
    assert (site / "digests/2024-03-20/index.html").is_file()


def test_every_generated_page_carries_the_visible_label(tmp_path) -> None:
    """Also lists of days and of topics, and without a footer that says it."""
    write_files(tmp_path, LIST)
    site = build_site(tmp_path)
    pages = ("digests/2024-03-20", "archive", "archive/2024", "categories", "tags", "search", ".")
    for url in (*pages, "bookmarks"):
        assert "AI 生成" in read_page(site, url).text, url


# An address that leads nowhere


@pytest.mark.parametrize("theme", ["material", "mkdocs", "readthedocs"])
@pytest.mark.parametrize("directories", [True, False])
def test_who_finds_no_page_is_told_where_to_look(tmp_path, theme, directories) -> None:
    """In Chinese, with links that hold wherever the page is shown."""
    write_files(tmp_path, {**LIST, "docs/index.md": "# 首页\n"})
    config = (
        f"site_name: 试验\nsite_url: https://example.org/a/b/\ntheme: {{name: {theme}}}\n"
        f"use_directory_urls: {str(directories).lower()}\nplugins: [arxiv-digest]\n"
    )
    site = build_site(tmp_path, config)
    page = parse((site / "404.html").read_text("utf-8"))
    assert page.one("h1").text == "没有这一页"
    links = [link.attributes["href"] for item in page.find("li") for link in item.find("a")]
    end = "/" if directories else ".html"
    wanted = [f"/a/b/search{end}", f"/a/b/archive{end}", "/a/b/"]
    assert [link for link in links if link in wanted][-3:] == wanted
    for link in wanted:
        path = site / link.removeprefix("/a/b/")
        assert (path / "index.html" if link.endswith("/") else path).is_file(), link


def test_a_site_may_have_its_own_page_for_that(tmp_path) -> None:
    """What stands in the site's folder of templates comes first."""
    own = '{% extends "main.html" %}{% block content %}<h1>自己的</h1>{% endblock %}'
    write_files(tmp_path, {**LIST, "overrides/404.html": own})
    config = (
        "site_name: 试验\ntheme: {name: material, custom_dir: overrides}\nplugins: [arxiv-digest]\n"
    )
    page = parse((build_site(tmp_path, config) / "404.html").read_text("utf-8"))
    assert page.one("h1").text == "自己的"
