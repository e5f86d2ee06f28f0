"""`mkdocs serve`, as a person at a desk uses it: a real server, edits on disk, requests."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest

from test_page_writer import CONFIG, THEMES, write_site

DEADLINE = 30.0


class Served:
    """A site that `mkdocs serve` shows at `/site/`."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.port = port

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request("GET", f"/site/{quote(path)}")
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def until(self, path: str, text: str) -> str:
        """The page when it holds `text`."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                status, html = self.get(path)
            except OSError:  # not yet listening
                status, html = 0, ""
            if status == 200 and text in html:
                return html
            time.sleep(0.1)
        pytest.fail(f"{path} does not show {text}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def serving(root: Path, *options: str) -> Iterator[Served]:
    port = free_port()
    (root / "mkdocs.yml").write_text(
        f"{CONFIG}{THEMES['material']}\ndev_addr: 127.0.0.1:{port}\n", "utf-8"
    )
    command = [sys.executable, "-m", "mkdocs", "serve", *options]
    with (root / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=root, stdout=log, stderr=log,
            env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        )  # fmt: skip
        try:
            served = Served(root, port)
            served.until("", "首页")
            yield served
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(DEADLINE)


def test_an_edit_shows_wherever_a_reader_goes(tmp_path) -> None:
    """Pages, their twins, the archive, the feeds' and the search's files, made when asked for."""
    write_site(tmp_path)
    path = tmp_path / "docs/digests/2024-03-17.yml"
    with serving(tmp_path) as site:
        site.until("digests/2024-03-17/", "2024 年 3 月 17 日")
        body = path.read_text("utf-8")
        path.write_text(f"title: 新的名字\npapers:\n{body}", "utf-8")
        html = site.until("digests/2024-03-17/", "新的名字")
        assert "/livereload/" in html or "livereload(" in html
        assert "新的名字" in site.get("digests/2024-03-17.md")[1]
        assert json.loads(site.get("digests/2024-03-17.json")[1])["title"] == "新的名字"
        assert "新的名字" in site.get("digests/2024-03-16/")[1]  # the way back
        assert site.get("digests/专题/图 谱/")[0] == 200
        assert site.get("categories/cs.CV/")[0] == 200
        assert site.get("tags/图/")[0] == 200
        assert site.get("digests/2024-03-18.bib")[0] == 200  # of a page that a person wrote
        index = json.loads(site.get("assets/search/index-1.json")[1])
        assert site.get(f"assets/search/{index['folder']}/d0.bin")[0] == 200
        assert site.get("status.json")[0] == 200
        assert site.get("digests/2024-03-99/")[0] == 404
        assert site.get("digests/../../../etc/passwd")[0] == 404
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def test_a_new_list_and_a_correction_show(tmp_path) -> None:
    """Files that were not there when the server began."""
    write_site(tmp_path)
    with serving(tmp_path) as site:
        (tmp_path / "docs/digests/2024-06-01.yml").write_text("- 2401.00001\n", "utf-8")
        site.until("digests/2024-06-01/", "2024 年 6 月 1 日")
        (tmp_path / "docs/corrections").mkdir()
        (tmp_path / "docs/corrections/2401.00001.yml").write_text("title: 人改的\n", "utf-8")
        (tmp_path / "docs/index.md").write_text("# 首页\n\n改过。\n", "utf-8")
        site.until("", "改过")
        site.until("digests/2024-06-01/", "人改的")


def test_without_livereload_the_first_build_is_whole(tmp_path) -> None:
    """MkDocs then asks no plugin about its server."""
    write_site(tmp_path)
    with serving(tmp_path, "--no-livereload") as site:
        assert "2024 年 3 月 17 日" in site.get("digests/2024-03-17/")[1]
        assert site.get("assets/search/index-1.json")[0] == 200


def test_a_broken_list_is_told_and_mended(tmp_path) -> None:
    """The server waits for the next edit."""
    write_site(tmp_path)
    path = tmp_path / "docs/digests/2024-03-17.yml"
    body = path.read_text("utf-8")
    with serving(tmp_path) as site:
        path.write_text("- nonsense\n", "utf-8")
        end = time.monotonic() + DEADLINE
        while not re.search(r"2024-03-17\.yml:1: expected", (tmp_path / "log").read_text("utf-8")):
            assert time.monotonic() < end
            time.sleep(0.1)
        path.write_text(f"title: 又好了\npapers:\n{body}", "utf-8")
        site.until("digests/2024-03-17/", "又好了")
