"""Sites of thousands of digests, as ten years of 30 papers a day make them: what `scripts/bench
scale` builds."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from pathlib import Path

from digest_plugin.errors import InputError
from digest_plugin.identifiers import parse_identifier
from digest_plugin.intake.ancestor import Inherited, parse_inherited
from digest_plugin.papers import Paper, Record, Written
from digest_plugin.records.store import PaperStore, record_json
from made_up_site import Words

PAPERS = 30
"""Of a digest."""
LAST_DAY = date(2026, 11, 22)
CATEGORIES = (
    "cs.LG cs.CL cs.CV cs.AI stat.ML cs.RO cs.IR cs.CR cs.SE eess.AS math.OC cs.NE eess.IV cs.SD"
    " cs.HC cs.DC cs.SI quant-ph cs.CY cs.MA"
).split()
WEIGHTS = [1 / rank for rank in range(1, len(CATEGORIES) + 1)]
TAGS = "大模型 图谱 量子计算 检索 多模态 强化学习 医学 语音".split()


class Papers:
    """Records without end: of real papers if there is a folder of them, else of made-up ones.

    Authors, dates and categories are made up in both cases.
    """

    def __init__(self, folder: Path | None) -> None:
        self._words = Words()
        found = list(_real_papers(folder)) if folder else []
        if folder and not found:
            sys.exit(f"{folder}: expected papers/YY/MM/ID.json of a cn-chat-arxiv checkout")
        self._found = cycle(found) if found else None

    def record(self, identifier: str, day: date) -> Record:
        """The next of them, as `identifier`, which was announced on `day`."""
        if self._found is None:
            return self._words.record(identifier, day)
        real = next(self._found)
        chance = self._words.chance
        drawn = chance.choices(CATEGORIES, WEIGHTS, k=chance.randint(1, 4))
        categories = tuple(dict.fromkeys(drawn))
        moment = datetime.combine(day, time(), UTC)
        paper = Paper(
            id=identifier,
            version=chance.choice((1, 1, 1, 2)),
            title=real.paper.title,
            authors=tuple(self._words.person() for _ in range(chance.choice((3, 6, 6, 14)))),
            abstract=real.paper.abstract,
            categories=categories,
            primary_category=categories[0],
            published=moment,
            updated=moment,
            comment=chance.choice((None, None, "12 pages, 3 figures")),
        )
        written = Written("some-model", "1", paper.source_hash, day, 900, 700)
        return Record(paper, real.chinese, written)


def _real_papers(folder: Path) -> Iterator[Inherited]:
    paths = sorted(folder.rglob("*.json"))
    random.Random(1).shuffle(paths)
    for path in paths:
        try:
            found = parse_inherited(path.read_bytes(), parse_identifier(path.stem))
        except (ValueError, InputError):
            continue
        if found.chinese is not None:
            yield found


def write_scale_site(root: Path, digests: int, papers: Papers, config: str) -> None:
    """A site of so many daily digests, the last on LAST_DAY, with `config` as its mkdocs.yml."""
    store = PaperStore(root / "docs/papers", root)
    lists = root / "docs/digests"
    lists.mkdir(parents=True)
    (root / "mkdocs.yml").write_text(config, "utf-8")
    for day in digest_days(digests):
        write_scale_digest(store, lists, day, papers)


def digest_days(count: int) -> list[date]:
    """The days of so many digests, oldest first."""
    return [LAST_DAY - timedelta(days=number) for number in reversed(range(count))]


def write_scale_digest(store: PaperStore, lists: Path, day: date, papers: Papers) -> None:
    """The list of one day, and the records of its papers."""
    chance = random.Random(day.toordinal())
    lines = []
    first = 30 * day.day  # no two days of a month share an identifier
    for number in range(first, first + PAPERS):
        identifier = f"{day:%y%m}.{number:05}"
        path = store.path(parse_identifier(identifier))
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without the care that `save` takes of what was paid for.
        path.write_text(record_json(papers.record(identifier, day)), "utf-8")
        tags = ", ".join(chance.sample(TAGS, chance.choice((0, 0, 1, 2))))
        lines.append(f"- id: {identifier}\n  tags: [{tags}]\n" if tags else f"- {identifier}\n")
    (lists / f"{day}.yml").write_text("".join(lines), "utf-8")
