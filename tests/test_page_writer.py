"""Generated pages written past MkDocs: byte for byte what MkDocs would have made of them."""

from __future__ import annotations

import multiprocessing
import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from mkdocs.exceptions import Abort

from builds import build_site
from digest_plugin.identifiers import parse_identifier
from digest_plugin.machine import processes
from digest_plugin.machine.processes import shared_out
from digest_plugin.mkdocs_site import page_shells, page_writer
from digest_plugin.papers import Chinese
from digest_plugin.records.store import PaperStore
from test_pages import entry

HOOK = "def on_post_page(output, page, config):\n    return output\n"
"""A hook that does nothing, but that MkDocs has to ask about each page."""
THEMES = {
    "material": "theme: {name: material, language: zh, font: false, features: [toc.follow]}",
    "footer": (
        "theme: {name: material, features: [navigation.footer, content.action.edit,"
        " navigation.tabs]}\nuse_directory_urls: false"
    ),
    "mkdocs": "theme: {name: mkdocs}",
    "readthedocs": "theme: {name: readthedocs}",
}
CONFIG = """
site_name: 试验站 & 其他
site_url: https://example.org/site/
repo_url: https://github.com/me/site
edit_uri: edit/main/docs/
plugins: [search, arxiv-digest]
"""
TITLES = [
    "题",
    "带 & 的 <b>题</b>",
    "\"引号\" 和 '撇号'",
    "公式 $x^2 < 3$ 的题",
    "zqtitlezq",
    "  题  ",
]


def write_site(root: Path, digests: int = 9) -> None:
    """Digests of a day, in a folder, of no day, with odd names; titles with signs that HTML writes
    otherwise."""
    store = PaperStore(root / "docs/papers", root)
    lists = root / "docs/digests"
    (lists / "专题").mkdir(parents=True)
    day = date(2024, 3, 20)
    for number in range(digests):
        month = f"{24 - number // 12}{number % 12 + 1:02}"
        ids = [f"{month}.{paper:05}" for paper in range(1, 4 if number % 4 else 3)]
        for place, identifier in enumerate(ids):
            title = TITLES[(number + place) % len(TITLES)]
            paper = entry(identifier, Chinese(title, "一句。", "摘要。"), title=f"T & {title}")
            store.save(parse_identifier(identifier), paper.record)
        text = "".join(f"- id: {identifier}\n  tags: [图, a&b]\n" for identifier in ids)
        (lists / f"{day - timedelta(days=number)}.yml").write_text(text, "utf-8")
    (lists / "专题/图 谱.yml").write_text("- 2401.00001\n", "utf-8")
    (lists / "topic.yml").write_text(
        'title: "A & B <i>"\ndescription: 说 "明" & <b>\npapers: [2401.00001, 2402.00001]\n',
        "utf-8",
    )
    (root / "docs/index.md").write_text("# 首页\n\n[一期](digests/2024-03-20.md)\n", "utf-8")
    (root / "docs/digests/2024-03-18.md").write_text("# 人写的一期\n", "utf-8")


def files_of(site: Path) -> dict[str, bytes]:
    """Every file of a site; the name of MkDocs' own hidden data apart."""
    found = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("count", [1, 3])
def test_pages_are_those_that_mkdocs_would_have_made(tmp_path, monkeypatch, theme, count) -> None:
    """In each theme, by one process or several: with a hook for pages MkDocs makes them all."""
    monkeypatch.setattr(processes, "LEAST_ITEMS", 1)
    monkeypatch.setattr("digest_plugin.plugin.process_count", lambda: count)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1710900000")  # themes print when a site was built
    write_site(tmp_path)
    config = f"{CONFIG}{THEMES[theme]}\n"
    ours = files_of(build_site(tmp_path, config, strict=True))
    (tmp_path / "hook.py").write_text(HOOK)
    theirs = files_of(build_site(tmp_path, f"{config}hooks: [hook.py]\n", strict=True))
    assert sorted(ours) == sorted(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_shells_serve_nearly_all_pages(tmp_path, monkeypatch) -> None:
    """Else they would be no use: the theme renders some pages of each kind, not each page."""
    rendered = []
    in_full = page_shells.PageShells.wrapped

    def wrapped(shells, page, content, head):
        kind = page_shells._kind(page)
        rendered.append((page.site_page.src_uri, kind in shells._shells))
        return in_full(shells, page, content, head)

    monkeypatch.setattr(page_shells.PageShells, "wrapped", wrapped)
    monkeypatch.setattr("digest_plugin.plugin.process_count", lambda: 1)
    write_site(tmp_path, 30)
    build_site(tmp_path, f"{CONFIG}{THEMES['material']}\n")
    in_theme = {uri for uri, is_in_shell in rendered if not is_in_shell}
    digests = {uri for uri, _ in rendered if uri.startswith("digests/2024")}
    assert len(digests) == 29
    # Those beside a page that a person wrote or that has an address of another kind.
    assert len(digests & in_theme) <= 6


@pytest.mark.parametrize("name", ["material", "null"])
def test_a_theme_of_the_sites_own_sees_every_page(tmp_path, name) -> None:
    """It may look at the title of one of them."""
    write_site(tmp_path, 30)
    chosen = tmp_path / "docs/digests/2024-03-14.yml"
    chosen.write_text(f"title: 第18期\npapers:\n{chosen.read_text('utf-8')}", "utf-8")
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme/main.html").write_text(
        "<head></head>{% if '18期' in page.title %}eighteen{% endif %}{{ page.content }}", "utf-8"
    )
    site = build_site(tmp_path, f"{CONFIG}theme: {{name: {name}, custom_dir: theme}}\n")
    pages = site.rglob("*.html")
    found = {path.parent.name for path in pages if "eighteen" in path.read_text("utf-8")}
    assert found == {"2024-03-14"}


def test_files_that_cannot_be_written_are_named(tmp_path, monkeypatch, caplog) -> None:
    """No traceback, and where it was."""
    write_site(tmp_path, 3)

    def full(path, text):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(page_writer, "_write", full)
    with pytest.raises(Abort):
        build_site(tmp_path, f"{CONFIG}{THEMES['mkdocs']}\n")
    assert re.search(r"digests/\S+: No space left on device", caplog.text)
    assert "Traceback" not in caplog.text


def test_what_takes_longest_is_begun_first(tmp_path, monkeypatch) -> None:
    """Or the others would be done, and wait for it."""
    begun = []
    write = page_writer.PageWriter._write
    monkeypatch.setattr(
        page_writer.PageWriter,
        "_write",
        lambda self, page: (begun.append(page.site_page.src_uri), write(self, page))[1],
    )
    build_site(tmp_path, f"{CONFIG}{THEMES['mkdocs']}\n")
    assert begun[0] == "statistics.md"


# Processes


@pytest.mark.parametrize("count", [1, 2, 5])
def test_work_comes_back_in_order(count, monkeypatch) -> None:
    """Whoever did it."""
    monkeypatch.setattr(processes, "LEAST_ITEMS", 1)
    together = multiprocessing.get_context("fork").Barrier(count)

    def work(n: int) -> tuple[int, int]:
        if n < count:
            together.wait(30)
        return n * n, os.getpid()

    found = list(shared_out(work, range(23), count))
    assert [square for square, _ in found] == [n * n for n in range(23)]
    assert len({pid for _, pid in found}) == count


@pytest.mark.parametrize("count", [1, 3])
def test_what_work_raises_is_raised(count, monkeypatch) -> None:
    """The same error, after what was done before."""
    monkeypatch.setattr(processes, "LEAST_ITEMS", 1)
    done = []
    with pytest.raises(ZeroDivisionError):
        for result in shared_out(lambda n: 1 // (n - 4), range(9), count):
            done.append(result)
    assert done == [-1, -1, -1, -1]


def test_a_process_that_dies_is_told(monkeypatch) -> None:
    """As one is that takes more memory than there is."""
    monkeypatch.setattr(processes, "LEAST_ITEMS", 1)
    with pytest.raises(RuntimeError, match="memory"):
        list(shared_out(lambda n: os._exit(9) if n == 3 else n, range(9), 2))
