"""Builds that keep pages of the one before: byte for byte what a build from nothing makes."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from builds import build_site
from digest_plugin import plugin
from digest_plugin.identifiers import parse_identifier
from digest_plugin.machine import files
from digest_plugin.mkdocs_site import page_writer
from digest_plugin.mkdocs_site.kept_pages import KeptPages
from digest_plugin.papers import Chinese
from digest_plugin.records.store import PaperStore
from test_page_writer import CONFIG, THEMES, files_of, write_site
from test_pages import entry

CACHE = ".cache"


@pytest.fixture(autouse=True)
def always_the_same_moment(monkeypatch) -> None:
    """Themes print when a site was built; files that changed just now are not trusted."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1710900000")
    monkeypatch.setattr(files, "RECENT", 0)  # else nothing that a test writes would be trusted


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """The pages and files that were written, not kept, since the list was last emptied."""
    found: list[str] = []
    write = page_writer._write

    def noted(path: Path, text: str) -> None:
        found.append(path.as_posix())
        write(path, text)

    monkeypatch.setattr(page_writer, "_write", noted)
    monkeypatch.setattr(plugin, "process_count", lambda: 1)  # another's list is not ours
    return found


class Site:
    """A site whose files are changed between builds."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.chance = random.Random(seed)
        self.config = f"{CONFIG}{THEMES['material']}\n"
        write_site(root, 12)

    @property
    def lists(self) -> list[Path]:
        return sorted((self.root / "docs/digests").glob("2*.yml"))

    @property
    def records(self) -> list[Path]:
        return sorted((self.root / "docs/papers").rglob("*.json"))

    def a_record(self) -> None:
        path = self.chance.choice(self.records)
        data = json.loads(path.read_bytes())
        data["chinese"]["summary"] = f"改过的{self.chance.random()}。"
        path.write_text(json.dumps(data), "utf-8")

    def no_record(self) -> None:
        self.chance.choice(self.records).unlink()

    def a_list(self) -> None:
        path = self.chance.choice(self.lists)
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[-2:] + lines[:-2]), "utf-8")

    def a_title(self) -> None:
        path = self.chance.choice(self.lists)
        body = path.read_text("utf-8").partition("papers:\n")[2] or path.read_text("utf-8")
        path.write_text(f"title: 第 {self.chance.random()} 期\npapers:\n{body}", "utf-8")

    def no_list(self) -> None:
        self.chance.choice(self.lists).unlink()

    def a_new_digest(self) -> None:
        number = self.chance.randrange(1, 99_999)
        identifier = f"2405.{number:05}"
        paper = entry(identifier, Chinese("新的", "一句。", "摘要。"))
        PaperStore(self.root / "docs/papers", self.root).save(
            parse_identifier(identifier), paper.record
        )
        day = f"2024-05-{self.chance.randrange(1, 31):02}"
        (self.root / f"docs/digests/{day}.yml").write_text(f"- {identifier}\n", "utf-8")

    def a_correction(self) -> None:
        name = self.chance.choice(self.records).stem
        path = self.root / f"docs/corrections/{name}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"title: 人改的{self.chance.random()}\n", "utf-8")

    def the_glossary(self) -> None:
        word = self.chance.choice(["摘要", "一句", "要"])
        path = self.root / "docs/glossary.yml"
        path.write_text(f"- term: {self.chance.choice(['Knowledge', 'T'])}\n  rendering: {word}\n")

    def an_option(self) -> None:
        name = f"站 {self.chance.random()}"
        self.config = self.config.replace(self.config.splitlines()[1], f"site_name: {name}")

    def the_theme(self) -> None:
        self.config = f"{CONFIG}{THEMES[self.chance.choice(sorted(THEMES))]}\n"

    def a_template(self) -> None:
        folder = self.root / "theme/arxiv-digest"
        folder.mkdir(parents=True, exist_ok=True)
        text = f'{{% include "original/digest.html" %}}<p>{self.chance.random()}</p>'
        (folder / "digest.html").write_text(text, "utf-8")
        self.config = self.config.replace("theme: {name", "theme: {custom_dir: theme, name")

    def a_written_page(self) -> None:
        day = self.chance.choice(self.lists).stem
        (self.root / f"docs/digests/{day}.md").write_text(f"# {self.chance.random()}\n", "utf-8")

    def a_file_of_the_site(self) -> None:
        pages = sorted((self.root / "site/digests").rglob("*.html"))
        if pages:
            self.chance.choice(pages).write_text("somebody was here", "utf-8")

    def a_file_more(self) -> None:
        (self.root / "site/digests").mkdir(parents=True, exist_ok=True)
        (self.root / f"site/digests/{self.chance.random()}.html").write_text("x", "utf-8")

    def no_file_of_the_site(self) -> None:
        pages = sorted((self.root / "site/digests").rglob("*.json"))
        if pages:
            self.chance.choice(pages).unlink()

    def the_cache(self) -> None:
        path = self.root / CACHE / "plugin/arxiv-digest-pages/pages.json"
        if path.exists():
            whole = path.read_bytes()
            path.write_bytes(whole[: self.chance.randrange(len(whole))])

    def nothing(self) -> None:
        pass

    CHANGES: tuple[Callable[[Site], None], ...] = (
        a_record, no_record, a_list, a_title, no_list, a_new_digest, a_correction, the_glossary,
        an_option, the_theme, a_template, a_written_page, a_file_of_the_site, a_file_more,
        no_file_of_the_site, the_cache, nothing,
    )  # fmt: skip

    def built(self) -> dict[str, bytes]:
        return files_of(build_site(self.root, self.config))

    def built_from_nothing(self) -> dict[str, bytes]:
        aside = [self.root / "site", self.root / CACHE]
        for path in aside:
            if path.exists():
                path.rename(path.with_name(f"{path.name}-aside"))
        found = self.built()
        for path in aside:
            shutil.rmtree(path, ignore_errors=True)
            if path.with_name(f"{path.name}-aside").exists():
                path.with_name(f"{path.name}-aside").rename(path)
        return found


@pytest.mark.parametrize("seed", range(8))
def test_whatever_changed_the_site_is_that_of_a_build_from_nothing(
    tmp_path, seed, thorough
) -> None:
    """Lists, records, corrections, the glossary, options, templates, the theme, hand-written pages,
    the site itself and what is remembered of it, one or several at a time."""
    if seed > 1 and not thorough:
        pytest.skip("two orders of changes are enough without --thorough")
    site = Site(tmp_path, seed)
    site.built()
    changes = list(Site.CHANGES)
    site.chance.shuffle(changes)
    while changes:
        together = [changes.pop() for _ in range(min(len(changes), site.chance.choice((1, 1, 3))))]
        for change in together:
            change(site)
        kept = site.built()
        fresh = site.built_from_nothing()
        names = [change.__name__ for change in together]
        assert sorted(kept) == sorted(fresh), names
        assert [name for name in kept if kept[name] != fresh[name]] == [], names


def test_only_what_changed_is_made_again(tmp_path, made) -> None:
    """A record: its digest, and the newest pages of its categories and tags."""
    site = Site(tmp_path, 1)
    site.built()
    made.clear()
    site.built()
    always = set(made)  # pages that show the whole site, and those of which there are few alike
    assert not [path for path in always if re.search(r"/2024-03-(15|14|13|11)", path)]
    made.clear()
    path = tmp_path / "docs/papers/2407/2407.00002.json"
    data = json.loads(path.read_bytes())
    data["chinese"]["title"] = "改过的"
    path.write_text(json.dumps(data), "utf-8")
    site.built()
    digests = {path.partition("/site/digests/")[2] for path in set(made) - always}
    assert digests == {f"2024-03-14{end}" for end in ("/index.html", ".md", ".json", ".bib")}


@pytest.mark.parametrize("version", ["digest_plugin", "python"])
def test_another_program_makes_all_again(tmp_path, made, monkeypatch, version) -> None:
    """A new version of the plugin, of a library or of Python may make other pages."""
    site = Site(tmp_path, 1)
    site.built()
    made.clear()
    monkeypatch.setattr(plugin, "program", lambda: iter([version]))
    site.built()
    assert len([path for path in made if path.endswith(".bib")]) == 14


def test_a_build_that_fails_loses_nothing(tmp_path, made, monkeypatch) -> None:
    """What had been put aside is there for the next."""
    site = Site(tmp_path, 1)
    before = site.built()
    (tmp_path / "docs/digests/2024-03-20.yml").write_text("- not an id\n", "utf-8")
    with pytest.raises(BaseException, match="Abort"):
        site.built()
    write_site_again = tmp_path / "again"
    write_site(write_site_again, 12)
    shutil.copy(write_site_again / "docs/digests/2024-03-20.yml", tmp_path / "docs/digests")
    shutil.rmtree(write_site_again)
    made.clear()
    assert site.built() == before
    assert not [path for path in made if re.search(r"/2024-03-(15|14|13|11)", path)]


def test_what_is_left_over_is_gone(tmp_path, made) -> None:
    """Pages of lists that are not there any more, what others have put there, links and folders."""
    site = Site(tmp_path, 1)
    site.built()
    (tmp_path / "docs/digests/2024-03-20.yml").unlink()
    built = tmp_path / "site/digests"
    (built / "2024-03-14/sub/deeper").mkdir(parents=True)
    (built / "2024-03-14/sub/deeper/x.txt").write_text("x")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("x")
    (built / "link").symlink_to(outside)
    made.clear()
    site.built()
    assert not (built / "2024-03-20").exists()
    assert not (built / "2024-03-14/sub").exists()
    assert not os.path.lexists(built / "link")
    assert (outside / "kept.txt").exists()
    assert not [path for path in made if "/2024-03-15" in path]
    assert all(any(path.iterdir()) for path in built.rglob("*") if path.is_dir())


def test_a_site_elsewhere_is_another(tmp_path, made) -> None:
    """What was built into one folder is not missing there after a build into another."""
    site = Site(tmp_path, 1)
    before = site.built()
    site.config += "site_dir: other\n"
    assert site.built() == before
    assert files_of(tmp_path / "site") == before


def test_names_that_lead_elsewhere_are_not_followed(tmp_path) -> None:
    """Whatever somebody has written into the folder of what is remembered."""
    cache, site = tmp_path / "cache", tmp_path / "site"
    (tmp_path / "secret").write_text("x")
    for path in ("../secret", "/etc/passwd", "digests/../../secret"):
        size, modified = 1, (tmp_path / "secret").stat().st_mtime_ns
        cache.mkdir(exist_ok=True)
        (cache / "pages.json").write_text(
            json.dumps({"site": str(site), "pages": {"x": ["key", [[path, size, modified]]]}})
        )
        kept = KeptPages(cache, site)
        kept.put_aside(["digests"])
        assert not kept.take_back("x", "key")
        assert kept.take_all_back({"x": "key"}) == set()
    assert (tmp_path / "secret").exists()
    assert not os.path.lexists(site)
