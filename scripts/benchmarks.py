"""What `scripts/bench` measures; each benchmark prints a table and how it was made."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Self

import click

from check_quality import check_command
from digest_plugin.text.formulas import formulas
from digest_plugin.text.mathml import mathml
from scale import scale
from search_quality import search
from servers import ArxivPaper, ArxivServer, ModelServer
from site_report import site

PAPERS, SECONDS_A_CALL, CONCURRENCY, RUNS = 100, 0.2, 8, 5
IDEAL = PAPERS * SECONDS_A_CALL / CONCURRENCY
CONFIG = "site_name: bench\ntheme: {name: mkdocs}\nplugins:\n  - arxiv-digest\n"
TIMED = """
import time
from pathlib import Path
from typing import Self
from digest_plugin.commands.shell import read_settings
from digest_plugin.records.contents import read_contents
from digest_plugin.records.store import PaperStore
from digest_plugin.writing.update import update
settings = read_settings(Path("mkdocs.yml"))
contents, store = read_contents(settings.folders), PaperStore(settings.folders.papers, Path())
arxiv, model = settings.arxiv_client(), settings.chat_model()
start = time.perf_counter()
update(contents, store, arxiv, model, settings.limits())
print(time.perf_counter() - start)
"""


@click.group()
def main() -> None:
    """Measure, and say how."""


@main.command()
def update() -> None:
    """100 new papers with 0.2 s a call and 8 calls at a time; the same again; killed half way."""
    walls, asked_again, twice = [], [], []
    for _ in range(RUNS):
        with Wires() as wires:
            start = time.perf_counter()
            done = wires.run(TIMED)
            whole = time.perf_counter() - start
            walls.append((float(done), whole))
            if len(wires.arxiv.requests) != 1 or len(wires.model.requests) != PAPERS:
                sys.exit("more was asked than the papers need")
            wires.run(TIMED)
            asked_again.append(len(wires.arxiv.requests) + len(wires.model.requests) - 1 - PAPERS)
        with Wires() as wires:
            twice.append(wires.killed_half_way())
    inside = statistics.median(wall for wall, _ in walls)
    rows = [
        ("requests to arXiv", "1", "1"),
        ("seconds of the update", f"{inside:.2f}", f"{IDEAL:.2f} ideal"),
        ("times the ideal", f"{inside / IDEAL:.2f}", "1.20"),
        ("seconds with start-up", f"{statistics.median(w for _, w in walls):.2f}", ""),
        ("requests of a second run", str(max(asked_again)), "0"),
        ("calls paid twice after SIGKILL", f"{min(twice)} to {max(twice)}", f"{CONCURRENCY}"),
    ]
    click.echo(f"median of {RUNS} runs, {PAPERS} papers, {os.cpu_count()} processors")
    for name, got, goal in rows:
        click.echo(f"{name:<32}{got:>10}   {goal}")


class Wires:
    """Both servers, and a site of 100 new papers that asks them."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name)
        ids = [f"2403.{number:05}" for number in range(1, PAPERS + 1)]
        (self.root / "docs/digests").mkdir(parents=True)
        (self.root / "docs/digests/2024-03-20.yml").write_text("".join(f"- {i}\n" for i in ids))
        (self.root / "mkdocs.yml").write_text(CONFIG)
        self.arxiv = ArxivServer(map(ArxivPaper, ids)).__enter__()
        self.model = ModelServer().__enter__()
        self.model.delay = SECONDS_A_CALL
        return self

    def __exit__(self, *_: object) -> None:
        self.arxiv.stop()
        self.model.stop()
        self._folder.cleanup()

    def start(self, code: str) -> subprocess.Popen[str]:
        """A process of its own, so that the servers take nothing of its time."""
        variables = {
            "ARXIV_API_URL": self.arxiv.url,
            "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_API_KEY": "none",
        }
        return subprocess.Popen(
            [sys.executable, "-c", code], cwd=self.root, env=os.environ | variables, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, code: str) -> str:
        """What it prints."""
        process = self.start(code)
        out, err = process.communicate()
        if process.returncode:
            sys.exit(err)
        return out

    def killed_half_way(self) -> int:
        """How many calls are made twice when a run is killed and run again."""
        process = self.start(TIMED)
        while len(self.model.requests) < PAPERS / 2:
            if process.poll() is not None:
                sys.exit(process.communicate()[1])
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.run(TIMED)
        stored = len(list((self.root / "docs/papers").rglob("*.json")))
        if stored != PAPERS:
            sys.exit(f"expected {PAPERS} records, got {stored}")
        # A request that was cut off by the kill holds no messages, and was not answered.
        bodies = [request.body for request in self.model.requests if "messages" in request.body]
        asked = Counter(json.dumps(body["messages"]) for body in bodies)
        return sum(count - 1 for count in asked.values())


@main.command(name="formulas")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def formulas_command(folder: Path) -> None:
    """How many formulas of real papers become MathML: JSON files with title and abstract."""
    found: Counter[str] = Counter()
    papers = 0
    for path in folder.rglob("*.json"):
        paper = json.loads(path.read_text("utf-8"))
        papers += 1
        found.update(formulas(paper["title"]) + formulas(paper["abstract"]))
    start = time.perf_counter()
    failed = {tex: count for tex, count in found.items() if mathml(tex) is None}
    seconds = time.perf_counter() - start
    total, lost = found.total(), sum(failed.values())
    click.echo(f"{papers:,} papers, {total:,} formulas, {len(found):,} different")
    click.echo(f"shown as their source: {lost:,}, {lost / max(1, total):.2%} (goal: at most 1.50%)")
    click.echo(f"{1e6 * seconds / max(1, len(found)):.0f} µs a formula")


main.add_command(scale)
main.add_command(search)
main.add_command(site)
main.add_command(check_command)

if __name__ == "__main__":
    main()
