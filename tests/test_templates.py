"""Templates of a site's own, in the theme's custom_dir."""

from __future__ import annotations

from pathlib import Path

import pytest
from mkdocs.exceptions import Abort

from builds import CONFIG, build_site, read_page, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.papers import Chinese, Record
from digest_plugin.records.store import PaperStore
from test_pages import entry

OWN = CONFIG.replace("{name: mkdocs}", "{name: mkdocs, custom_dir: overrides}")
LIST = {"docs/digests/2024-03-20.yml": "- 2403.00001\n"}


def write_site(root: Path, **templates: str) -> None:
    files = {f"overrides/arxiv-digest/{name}.html": text for name, text in templates.items()}
    write_files(root, LIST | {"overrides/.keep": ""} | files)
    paper = entry("2403.00001", chinese=Chinese("<b>题</b>", "句。", "文。")).record
    assert paper is not None
    store = PaperStore(root / "docs/papers", root)
    store.save(parse_identifier("2403.00001"), Record(paper.paper, chinese=paper.chinese))


def test_a_template_of_the_sites_own_comes_first(tmp_path) -> None:
    """With the data that the documentation names, escaped; ours is there as original/…"""
    own = """
        <p id="own">{{ edition.name }} {{ edition.entries[0].chinese.title }} {{ site.name }}
        <a href="{{ link("archive.md") }}">归档</a></p>{% include "original/digest.html" %}
    """
    write_site(tmp_path, digest=own)
    page = read_page(build_site(tmp_path, OWN), "digests/2024-03-20")
    assert page.one(id="own").text == "2024-03-20 <b>题</b> 试验站 归档"
    assert page.one("article", id="2403.00001")


def test_parts_that_templates_share_can_be_replaced_alone(tmp_path) -> None:
    """The macros of ours take their own from the site's."""
    label = '{% extends "original/macros.html" %}'
    write_site(tmp_path, home="<p>我的首页，{{ newest.entries|length }} 篇</p>", macros=label)
    write_files(tmp_path, {"docs/about.md": "# 关于\n"})
    site = build_site(tmp_path, OWN)
    assert "我的首页，1 篇" in read_page(site, "").text


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("<p>\n{% if %}\n</p>", 2, "TemplateSyntaxError"),
        ("<p>\n\n{{ nothing.of_the_kind }}</p>", 3, "'nothing' is undefined"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ('<p></p>\n{% include "gone.html" %}', 2, "gone.html"),
    ],
)
def test_a_fault_in_one_is_named_with_file_and_line(tmp_path, caplog, text, line, said) -> None:
    """And stops the build without a traceback."""
    write_site(tmp_path, digest=text)
    with pytest.raises(Abort):
        build_site(tmp_path, OWN)
    message = caplog.records[-1].getMessage()
    assert f"overrides/arxiv-digest/digest.html:{line}: " in message
    assert said in message


def test_templates_do_not_go_onto_the_site(tmp_path) -> None:
    """They lie in the theme's folder, whose other files do."""
    write_site(tmp_path, digest="<p>own</p>")
    write_files(tmp_path, {"overrides/picture.svg": "<svg/>"})
    site = build_site(tmp_path, OWN)
    assert (site / "picture.svg").is_file()
    assert not list(site.rglob("digest.html"))
