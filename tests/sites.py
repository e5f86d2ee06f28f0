"""A site's folder in a test: lists, records and corrections, and an update of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from click.testing import CliRunner, Result

from digest_plugin.cli import main
from digest_plugin.identifiers import parse_identifier
from digest_plugin.intake.fetch import ArxivClient
from digest_plugin.papers import Record
from digest_plugin.records.contents import Contents, Entry, Folders, read_contents
from digest_plugin.records.store import PaperStore
from digest_plugin.writing.model import ChatModel
from digest_plugin.writing.update import Limits, Report, update
from servers import ArxivServer, ModelServer

KEY = "sk-planted-4f1d9c"
"""The key of every model here; it must never be seen again."""


def paper_ids(count: int) -> list[str]:
    """`2403.00001` and so on."""
    return [f"2403.{number:05}" for number in range(1, count + 1)]


def client(server: ArxivServer, **options: object) -> ArxivClient:
    """A client of `server` that makes no pauses unless told to."""
    return ArxivClient(server.url, **({"delay": 0.0} | options))


def chat(server: ModelServer, **options: object) -> ChatModel:
    """A model of `server` that waits but for a moment before it tries again."""
    return ChatModel("test-model", KEY, server.base_url, **({"first_wait": 0.002} | options))


@dataclass(frozen=True)
class Site:
    """A folder with a mkdocs.yml's worth of files below it."""

    root: Path

    @property
    def folders(self) -> Folders:
        docs = self.root / "docs"
        return Folders(
            self.root,
            docs / "digests",
            docs / "papers",
            docs / "corrections",
            docs / "glossary.yml",
        )

    @property
    def store(self) -> PaperStore:
        return PaperStore(self.folders.papers, self.root)

    @property
    def contents(self) -> Contents:
        return read_contents(self.folders)

    def write_list(self, name: str, ids: Iterable[str]) -> None:
        self._write(self.folders.digests / f"{name}.yml", "".join(f'- "{each}"\n' for each in ids))

    def write_correction(self, paper: str, **fields: str) -> None:
        lines = "".join(f'{name}: "{text}"\n' for name, text in fields.items())
        self._write(self.folders.corrections / f"{paper}.yml", lines)

    def write_glossary(self, terms: Mapping[str, str]) -> None:
        lines = "".join(f"- term: {term}\n  rendering: {text}\n" for term, text in terms.items())
        self._write(self.folders.glossary, lines)

    def record(self, paper: str) -> Record | None:
        return self.store.load(parse_identifier(paper))

    def entry(self, paper: str) -> Entry:
        editions = self.contents.editions(self.store)
        return next(
            e for edition in editions for e in edition.entries if str(e.listed.identifier) == paper
        )

    def stored_files(self) -> dict[str, tuple[bytes, int]]:
        """Every file below the folder of records: what it holds, and when it was written. Not the
        lock, which some versions of filelock write anew each time."""
        found = self.folders.papers.rglob("*") if self.folders.papers.is_dir() else ()
        files = [path for path in sorted(found) if path.is_file() and path.name != ".lock"]
        return {
            path.relative_to(self.folders.papers).as_posix(): (
                path.read_bytes(),
                path.stat().st_mtime_ns,
            )
            for path in files
        }

    def stored_text(self) -> str:
        """Every byte the machine has written, half-written files included."""
        found = self.folders.papers.rglob("*") if self.folders.papers.is_dir() else ()
        return "".join(path.read_text("utf-8") for path in sorted(found) if path.is_file())

    def update(
        self,
        arxiv: ArxivServer | ArxivClient | None,
        model: ModelServer | ChatModel | None,
        *,
        refresh: date | None = None,
        reviewer: ModelServer | None = None,
        rewrite: bool = False,
        **limits: object,
    ) -> Report:
        if isinstance(arxiv, ArxivServer):
            arxiv = client(arxiv)
        if isinstance(model, ModelServer):
            model = chat(model)
        chosen = Limits(**({"concurrency": 2, "paper_seconds": 5.0} | limits))
        return update(
            self.contents, self.store, arxiv, model, chosen,
            refresh=refresh, reviewer=chat(reviewer) if reviewer else None, rewrite=rewrite,
        )  # fmt: skip

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def make_site(root: Path, *ids: str) -> Site:
    """A site with one list, of `ids`."""
    site = Site(root)
    if ids:
        site.write_list("2024-03-20", ids)
    return site


def run_command(root: Path, *arguments: str, **variables: str) -> Result:
    """`arxiv-digest` for the mkdocs.yml in `root`, in this process; of the variables that it or a
    job's steps read only `variables` are set."""
    read = ("OPENAI_", "ARXIV_", "GITHUB_")
    unset = {name: None for name in os.environ if name.startswith(read)}
    before = logging.getLogger("mkdocs").level
    try:
        return CliRunner().invoke(
            main, ["-f", str(root / "mkdocs.yml"), *arguments], env=unset | variables,
            catch_exceptions=False,
        )  # fmt: skip
    finally:
        logging.getLogger("mkdocs").setLevel(before)


def reasons(report: Report) -> dict[str, str]:
    """Why each failed paper failed."""
    return {str(failure.identifier): failure.reason for failure in report.failed}


def written(report: Report) -> list[str]:
    """The papers that got their Chinese, in order."""
    return sorted(map(str, report.written))
