"""How good the check is: false alarms, errors found, planted errors found, speed."""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click

from digest_plugin.check import KINDS, Kind, check_texts
from good_pairs import GOOD_PAIRS

MAX_FALSE_ALARMS, MIN_MAJOR, MIN_PLANTED, MIN_SPEED = 0.03, 0.70, 0.98, 500
MAX_PAPERS = 300
"""Of a folder: that many pairs which the check passes."""
_HEADER = re.compile(r"^\s*arXiv:\S+\s+Announce Type:\s*\S+\s+Abstract:\s*")
_FEED_TITLE = re.compile(r"\s*\(arXiv:.*$")


class Pair(NamedTuple):
    """A paper's English and Chinese."""

    id: str
    title: str
    abstract: str
    chinese: dict[str, str]

    def kinds(self) -> set[tuple[str, str]]:
        """The field and kind of each problem that the check finds."""
        found = check_texts(self.title, self.abstract, self.chinese)
        return {(problem.field, problem.kind) for problem in found}

    def with_abstract(self, abstract: str) -> Pair:
        """The same paper with another Chinese abstract."""
        return self._replace(chinese=self.chinese | {"abstract": abstract})


# --- planting ---------------------------------------------------------------------------------


def _sentences(text: str) -> list[str]:
    return re.findall(r"[^。！？]+[。！？]?", text)


def _swap(text: str, match: re.Match[str], piece: str) -> str:
    return text[: match.start()] + piece + text[match.end() :]


def _pick(pattern: str, text: str, rng: random.Random) -> re.Match[str] | None:
    matches = list(re.finditer(pattern, text))
    return rng.choice(matches) if matches else None


def _without_formulas(text: str) -> str:
    return re.sub(r"\$[^$]*\$", lambda match: "\0" * len(match[0]), text)


def wrong_digit(pair: Pair, rng: random.Random) -> str | None:
    """One digit of a number is another, and the English does not have the new one."""
    text = pair.chinese["abstract"]
    words = _without_formulas(text)
    match = _pick(r"(?<![\w.-])\d[\d.,]*\d(?![\w/-])|(?<![\w.-])\d(?=%)", words, rng)
    if match is None:
        return None
    number = match[0]
    place = rng.choice([index for index, digit in enumerate(number) if digit.isdigit()])
    others = [digit for digit in "123456789" if digit != number[place]]
    rng.shuffle(others)
    for digit in others:
        changed = number[:place] + digit + number[place + 1 :]
        if changed not in f"{pair.title} {pair.abstract}":
            return _swap(text, match, changed)
    return None


def wrong_unit(pair: Pair, rng: random.Random) -> str | None:
    """万 for 亿 or 亿 for 万."""
    text = pair.chinese["abstract"]
    match = _pick(r"(?<=\d)\s?[多余]?[万亿]", text, rng)
    return match and _swap(text, match, "亿" if "万" in match[0] else "万")


def lost_percent(pair: Pair, rng: random.Random) -> str | None:
    """A percent sign that is gone."""
    text = pair.chinese["abstract"]
    match = _pick(r"(?<=\d)\s?[%％](?!\s?[-–~至到、和])", text, rng)
    return match and _swap(text, match, "")


def invented_figure(pair: Pair, rng: random.Random) -> str | None:
    """A gain that nobody measured."""
    sentences = _sentences(pair.chinese["abstract"])
    place = rng.randrange(len(sentences))
    figure = f"{rng.randrange(11, 97)}.{rng.randrange(1, 10)}%"
    if figure[:-1] in pair.abstract or not sentences[place].endswith("。"):
        return None
    sentences[place] = f"{sentences[place][:-1]}，性能提升了 {figure}。"
    return "".join(sentences)


def middle_dropped(pair: Pair, rng: random.Random) -> str | None:
    """A sentence between the first and the last that is gone."""
    sentences = _sentences(pair.chinese["abstract"])
    if len(sentences) < 3:
        return None
    place = rng.randrange(1, len(sentences) - 1)
    return "".join(sentences[:place] + sentences[place + 1 :])


def last_dropped(pair: Pair, _: random.Random) -> str | None:
    """A last sentence that is gone."""
    sentences = _sentences(pair.chinese["abstract"])
    return "".join(sentences[:-1]) if len(sentences) > 2 else None


def cut(pair: Pair, rng: random.Random) -> str | None:
    """A text that ends somewhere."""
    text = pair.chinese["abstract"]
    return text[: int(len(text) * rng.uniform(0.4, 0.9))] if len(text) > 60 else None


def _formula(text: str, rng: random.Random) -> re.Match[str] | None:
    return _pick(r"\$[^$]*[A-Za-z][^$]*\$", text, rng)


def formula_changed(pair: Pair, rng: random.Random) -> str | None:
    """A formula with another letter or figure in it."""
    text = pair.chinese["abstract"]
    match = _formula(text, rng)
    if match is None:
        return None
    inner = list(re.finditer(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])|\d", match[0]))
    if not inner:
        return None
    one = rng.choice(inner)
    other = str((int(one[0]) + 3) % 10) if one[0].isdigit() else ("q" if one[0] != "q" else "w")
    return _swap(text, match, _swap(match[0], one, other))


def formula_lost(pair: Pair, rng: random.Random) -> str | None:
    """A formula that is gone."""
    text = pair.chinese["abstract"]
    match = _formula(text, rng)
    return match and _swap(text, match, "")


def misspelt_acronym(pair: Pair, rng: random.Random) -> str | None:
    """Two letters of an acronym in the wrong order, or one that is another."""
    words = _without_formulas(pair.chinese["abstract"])
    match = _pick(r"(?<![A-Za-z\d-])[A-Z]{3,}(?![A-Za-z\d-])", words, rng)
    if match is None:
        return None
    name = match[0]
    place = rng.randrange(len(name) - 1)
    wrong = name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    if wrong == name:
        wrong = name[:place] + ("Q" if name[place] != "Q" else "X") + name[place + 1 :]
    if wrong.lower() in f"{pair.title} {pair.abstract}".lower():
        return None
    return _swap(pair.chinese["abstract"], match, wrong)


def english_sentence(pair: Pair, rng: random.Random) -> str | None:
    """A sentence in English in the place of a Chinese one."""
    english = re.split(r"(?<=[a-z]\.)\s+(?=[A-Z])", pair.abstract)
    english = [sentence for sentence in english if len(re.findall(r"\b[a-z]{2,}\b", sentence)) > 6]
    sentences = _sentences(pair.chinese["abstract"])
    if not english:
        return None
    sentences[rng.randrange(len(sentences))] = rng.choice(english)
    return "".join(sentences)


def label(pair: Pair, rng: random.Random) -> str | None:
    """A label before the text."""
    return (
        rng.choice(["摘要：", "翻译：", "中文摘要：", "译文：", "tldr: "])
        + pair.chinese["abstract"]
    )


def feed_header(pair: Pair, rng: random.Random) -> str | None:
    """The header of arXiv's feed before the text."""
    kind = rng.choice(["公告类型：新", "公告类型：交叉", "公告类型：替换", "Announce Type: new"])
    number = f"24{rng.randrange(10, 13)}.{rng.randrange(10000, 20000)}"
    return f"arXiv:{number}v1 {kind} {pair.chinese['abstract']}"


def talk(pair: Pair, rng: random.Random) -> str | None:
    """Words about the task behind the text."""
    said = [
        "希望以上翻译对您有所帮助。", "（原文在此处被截断）", "以上是该摘要的中文翻译。",
        "注：原文摘要不完整。", "如果您需要进一步的修改，请告诉我。",
    ]  # fmt: skip
    return pair.chinese["abstract"] + rng.choice(said)


def markup(pair: Pair, rng: random.Random) -> str | None:
    """A piece of HTML, Markdown, LaTeX or JSON in the text."""
    sentences = _sentences(pair.chinese["abstract"])
    place = rng.randrange(len(sentences))
    piece = sentences[place]
    if "$" in piece or len(piece) < 8:
        return None
    ways = [
        f"<b>{piece[:4]}</b>{piece[4:]}", f"**{piece[:4]}**{piece[4:]}", f"{piece}<br/>",
        f"\\textbf{{{piece[:4]}}}{piece[4:]}", f"{piece}\\n", f"{piece[:4]}&nbsp;{piece[4:]}",
        f"`{piece[:4]}`{piece[4:]}", f"{piece[:4]}${piece[4:]}",
    ]  # fmt: skip
    sentences[place] = rng.choice(ways)
    return "".join(sentences)


def loop(pair: Pair, rng: random.Random) -> str | None:
    """A sentence that comes again and again."""
    sentences = _sentences(pair.chinese["abstract"])
    place = rng.randrange(len(sentences))
    if len(sentences[place]) < 12:
        return None
    sentences[place] *= rng.choice([2, 3, 8])
    return "".join(sentences)


PLANTERS: dict[Callable[[Pair, random.Random], str | None], frozenset[Kind]] = {
    wrong_digit: frozenset({"number"}),
    wrong_unit: frozenset({"number"}),
    lost_percent: frozenset({"number"}),
    invented_figure: frozenset({"number"}),
    middle_dropped: frozenset({"omission"}),
    last_dropped: frozenset({"omission"}),
    cut: frozenset({"omission"}),
    formula_changed: frozenset({"formula"}),
    formula_lost: frozenset({"formula"}),
    misspelt_acronym: frozenset({"name"}),
    english_sentence: frozenset({"untranslated"}),
    label: frozenset({"addition"}),
    feed_header: frozenset({"addition"}),
    talk: frozenset({"addition"}),
    markup: frozenset({"markup"}),
    loop: frozenset({"addition"}),
}
"""What is planted, and the kinds of problem under which it counts as found."""


def planted(pairs: Iterable[Pair], seed: int = 5) -> Iterator[tuple[str, Pair, bool]]:
    """One error of each kind in each pair that has a place for it, and whether it is found."""
    for pair in pairs:
        for planter, kinds in PLANTERS.items():
            text = planter(pair, random.Random(f"{seed} {pair.id} {planter.__name__}"))
            if text is not None and text != pair.chinese["abstract"]:
                wrong = pair.with_abstract(text)
                found = any(("abstract", kind) in wrong.kinds() for kind in kinds)
                yield planter.__name__.replace("_", " "), wrong, found


# --- measuring --------------------------------------------------------------------------------


class Table:
    """Lines of figures, and the targets that were missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def line(
        self, name: str, count: int, total: int, *, least: float = 0.0, most: float = 1.0
    ) -> None:
        """A share, in red if it is not between `least` and `most`."""
        share = count / total if total else least
        well = least <= share <= most
        goal = f"at least {least:.0%}" if least else f"at most {most:.0%}" if most < 1 else ""
        click.secho(
            f"{name:<34}{count:>6} of {total:<6}{share:>7.1%}   {goal}", fg=None if well else "red"
        )
        if not well:
            self.missed.append(name)


def judged_pairs(path: Path) -> Iterator[tuple[Pair, list[dict[str, str]]]]:
    """Texts that an editor judged, with the errors of the kinds that the check knows."""
    for line in path.read_text("utf-8").splitlines():
        paper = json.loads(line)
        pair = Pair(paper["id"], paper["title"], paper["abstract"], paper["zh"])
        yield pair, [error for error in paper["errors"] if error["type"] in KINDS]


def paper_pairs(folder: Path) -> Iterator[Pair]:
    """Papers of the predecessor whose abstract is whole, in an order that does not change."""
    paths = sorted(folder.rglob("*.json"))
    random.Random(5).shuffle(paths)
    for path in paths:
        paper = json.loads(path.read_text("utf-8"))
        fields = (
            paper.get("translated_title"),
            paper.get("tldr"),
            paper.get("translated_abstract"),
        )
        if all(fields) and len(paper["abstract"]) < 990:
            chinese = dict(zip(("title", "summary", "abstract"), fields, strict=True))
            title = _FEED_TITLE.sub("", paper["title"])
            yield Pair(path.stem, title, _HEADER.sub("", paper["abstract"]), chinese)


def show_judged(table: Table, judged: list[tuple[Pair, list[dict[str, str]]]]) -> None:
    """False alarms on pairs without errors, and the share of errors that are found."""
    clean = [pair for pair, errors in judged if not errors]
    alarms = [pair.id for pair in clean if pair.kinds()]
    table.line("false alarms", len(alarms), len(clean), most=MAX_FALSE_ALARMS)
    found: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for pair, errors in judged:
        kinds = pair.kinds()
        for error in errors:
            place = (error["severity"], error["type"])
            total[place] += 1
            found[place] += (error["field"], error["type"]) in kinds
    for severity in ("major", "minor"):
        places = sorted(place for place in total if place[0] == severity)
        for place in places:
            table.line(f"  {' '.join(place)}", found[place], total[place])
        least = MIN_MAJOR if severity == "major" else 0.0
        counts = (sum(counter[place] for place in places) for counter in (found, total))
        table.line(f"{severity} errors found", *counts, least=least)


def show_planted(table: Table, pairs: list[Pair], *, verbose: bool) -> None:
    """The share of planted errors that are found."""
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name, wrong, well in planted(pairs):
        total[name] += 1
        found[name] += well
        if verbose and not well:
            click.echo(f"    not found: {name} in {wrong.id}: {wrong.chinese['abstract']}")
    for name in total:
        table.line(f"  {name}", found[name], total[name])
    table.line("planted errors found", found.total(), total.total(), least=MIN_PLANTED)


def show_speed(table: Table, pairs: list[Pair]) -> None:
    """Pairs a second on one processor."""
    rounds = max(1, 400 // len(pairs))
    start = time.process_time()
    for _ in range(rounds):
        for pair in pairs:
            check_texts(pair.title, pair.abstract, pair.chinese)
    speed = rounds * len(pairs) / (time.process_time() - start)
    click.echo(f"{speed:.0f} pairs a second (at least {MIN_SPEED})")
    if speed < MIN_SPEED:
        table.missed.append("pairs a second")


@click.command(name="check")
@click.option("--judged", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--papers", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--verbose", is_flag=True, help="Show what was planted and not found.")
def check_command(judged: Path | None, papers: Path | None, *, verbose: bool) -> None:
    """How good the check of the Chinese is; exit 1 if a target is missed.

    JUDGED has a line of JSON a paper: id, title, abstract, zh and errors. PAPERS is a checkout of
    cn-chat-arxiv or its folder of papers.
    """
    table = Table()
    own = [Pair(good.title, good.title, good.abstract, good.fields) for good in GOOD_PAIRS]
    table.line(
        "false alarms on our own pairs", sum(bool(p.kinds()) for p in own), len(own), most=0.0
    )
    pairs = own
    if judged is not None:
        texts = list(judged_pairs(judged))
        show_judged(table, texts)
        pairs = pairs + [pair for pair, errors in texts if not errors]
    if papers is not None:
        passed = (pair for pair in paper_pairs(papers) if not pair.kinds())
        pairs = pairs + list(islice(passed, MAX_PAPERS))
    show_planted(table, pairs, verbose=verbose)
    show_speed(table, pairs)
    for name in table.missed:
        click.secho(f"missed: {name}", fg="red", err=True)
    sys.exit(1 if table.missed else 0)
