"""Today's list from arXiv's new papers: which of them match, and if there are none, why.

arXiv says when a paper was submitted, not when it was announced: what comes out today may have been
submitted days ago. So each day looks some days back, and leaves out what is in a list already or
was offered before.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

from digest_plugin.errors import DigestError, Fault, InputError, quoted
from digest_plugin.identifiers import parse_identifier
from digest_plugin.intake.fetch import ArxivClient
from digest_plugin.machine.files import shown_path, write_whole
from digest_plugin.papers import Paper
from digest_plugin.text.formulas import segments
from digest_plugin.text.latex import formula_text

BEIJING = timezone(timedelta(hours=8))
FEWEST_DAYS = 4
"""What arXiv announces on a Monday or Tuesday was submitted up to four days before."""
MOST_DAYS = 60
"""Days that a paper is remembered for after it was offered."""
SILENT_DAYS = 30
"""After so long without a paper in any of its categories, something is wrong with a watch."""
MAX_WORD = 100
"""Characters of a keyword or a name."""

_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.(?:[A-Z]{2}|[a-z]{3,}|[a-z]+(?:-[a-z]+)+))?")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z' .-]+")
_LETTERS = str.maketrans(
    {
        "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th",
        "Þ": "Th", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ı": "i", "ħ": "h", "Ħ": "H",
        "ß": "ss", "‘": "'", "’": "'", "ʼ": "'",
        "\u2010": "-", "\u2012": "-", "–": "-", "\u2212": "-",
    }
)  # fmt: skip
"""What has no accent that could be taken off, and what is typed in more than one way."""
_NO_LETTERS = frozenset({"Mn", "Me", "Cf", "Cc", "Cs", "Cn"})

_FORMULA = "\0"
_SHORT_FORMULA = re.compile(r"\\?[A-Za-z0-9]{1,8}")
_COMPOUND = re.compile(rf"{_FORMULA}(\w+){_FORMULA}(?=-\w)|(?<=\w-){_FORMULA}(\w+){_FORMULA}")
_TOKEN = re.compile(r"[^\W_]+(?:[+#]+(?![^\W_]))?|[^\w\s]|_")
"""A word, such as `c++` or `gpt`, or one sign, which keeps the words around it apart."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ADVICE = "put it right, or remove the file: what it remembers may then be offered again"


class WatchError(DigestError):
    """What is watched cannot be, or arXiv shows nothing of it."""


@dataclass(frozen=True)
class Watch:
    """What a site looks for among arXiv's new papers. Raises WatchError for what cannot be."""

    categories: tuple[str, ...] = ()
    """A paper counts that stands in one of them, as primary category or cross-list, and has a
    keyword if there are any."""
    keywords: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    """Keywords that rule a paper out, whatever else it has."""
    authors: tuple[str, ...] = ()
    """Their papers count in all categories and without a keyword. `Ada Lovelace`, or the other way
    round with a comma."""
    maximum: int = 30
    """Papers a day."""
    days: int = 7
    """How far to look back; never less than `FEWEST_DAYS`."""

    def __post_init__(self) -> None:
        categories = tuple(dict.fromkeys(map(_category, self.categories)))
        object.__setattr__(self, "categories", categories)
        object.__setattr__(self, "authors", tuple(dict.fromkeys(map(_author, self.authors))))
        for option, keywords in (("keywords", self.keywords), ("unwanted", self.unwanted)):
            for keyword in keywords:
                if len(keyword) > MAX_WORD or not any(_keyword(keyword)):
                    raise WatchError(
                        f"watch: {option}: expected a keyword of 1 to {MAX_WORD} characters with"
                        f" a letter or digit outside formulas, got {quoted(keyword)}"
                    )
        if not (self.categories or self.authors):
            raise WatchError("watch: expected categories or authors, got neither")
        if not 1 <= self.days <= MOST_DAYS:
            raise WatchError(f"watch: days: expected 1 to {MOST_DAYS}, got {self.days}")
        if self.maximum < 1:
            raise WatchError(f"watch: maximum: expected at least 1, got {self.maximum}")

    @property
    def query(self) -> str:
        """What arXiv is asked, in the syntax of its API.

        It holds nothing but letters, digits and `.-'` of what people wrote; arXiv folds accents in
        the same way. Keywords are looked for here, because arXiv's stemming is not for `unwanted`.
        """
        terms = [f"cat:{category}" for category in self.categories]
        terms += [f'au:"{_ascii(author)}"' for author in self.authors]
        return " OR ".join(terms)


@dataclass(frozen=True)
class Choice:
    """What became of the papers that arXiv showed; `matched` are all chosen, known or left out."""

    chosen: tuple[Paper, ...]
    """By primary category, in the order in which they are watched; the newest first in each."""
    seen: int
    matched: int
    known: int
    """In a list already, or offered before."""
    left_out: int
    """More than the maximum: the oldest, which have their turn on the next day."""


@dataclass(frozen=True)
class Outcome:
    """What a day's watch came to."""

    choice: Choice
    reason: str
    """Why nothing was chosen, in a sentence; empty if something was."""
    unseen: tuple[str, ...]
    """Watched categories in which arXiv showed no paper: small ones, or misspelt."""
    memory: dict[str, date]
    """What was offered and when, today's papers included: for `write_memory`."""


def watch(
    client: ArxivClient,
    options: Watch,
    listed: Iterable[str],
    memory: Mapping[str, date],
    now: datetime,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Ask arXiv and choose. Raises FetchError if it does not answer, WatchError if what it shows
    cannot be right: neither is ever taken for a day without papers.

    `listed` are the IDs without version in any list. Nothing is written here: write the list first
    and `write_memory` after it. A crash in between loses nothing, because what stands in a list is
    known; the other way round papers would be remembered as offered that nobody has seen.
    """
    since = now - timedelta(days=max(options.days, FEWEST_DAYS))
    shown = list(client.newest(options.query, since, is_over))
    newest = max((paper.published for paper in shown), default=None)
    papers = [paper for paper in shown if paper.published >= since]
    choice = choose(papers, options, {*listed, *memory})
    today = now.astimezone(BEIJING).date()
    reason = "" if choice.chosen else why_nothing(options, choice, newest, today)
    stand_in = {category for paper in papers for category in _categories(paper)}
    unseen = tuple(category for category in options.categories if category not in stand_in)
    return Outcome(choice, reason, unseen, remembered(memory, choice.chosen, today))


def choose(papers: Iterable[Paper], options: Watch, known: Container[str]) -> Choice:
    """The newest of `papers` that match, are not withdrawn and not in `known`, by ID without
    version; at most as many as `options` say."""
    seen = {paper.id: paper for paper in papers}
    matched = [paper for paper in seen.values() if not paper.withdrawn and matches(paper, options)]
    new = [paper for paper in matched if paper.id not in known]
    new.sort(key=lambda paper: (paper.published, paper.id), reverse=True)
    places = {category: place for place, category in enumerate(options.categories)}
    chosen = sorted(
        new[: options.maximum], key=lambda paper: places.get(paper.primary_category, len(places))
    )
    return Choice(
        chosen=tuple(chosen),
        seen=len(seen),
        matched=len(matched),
        known=len(matched) - len(new),
        left_out=len(new) - len(chosen),
    )


def why_nothing(options: Watch, choice: Choice, newest: datetime | None, today: date) -> str:
    """Why nothing was chosen, in a sentence. `newest` is when the newest paper of all that arXiv
    shows was submitted, however long ago; `today` is the day in Beijing.

    Raises WatchError where the reason can only be a fault: no paper at all, or none for so long
    that the categories are misspelt or arXiv's search is broken.
    """
    if newest is None:
        raise WatchError(
            f"arXiv knows no paper for {quoted(options.query, 200)}: is something misspelt?"
        )
    last = newest.astimezone(UTC).date()
    if options.categories and (today - last).days > SILENT_DAYS:
        raise WatchError(
            f"arXiv has shown nothing new for {(today - last).days} days in"
            f" {', '.join(options.categories)}: is something misspelt?"
        )
    if today.isoweekday() > 5:
        return "Weekend: arXiv announces nothing."
    if options.categories and _working_days_between(last, today) > 1:
        return f"arXiv has announced nothing since {last} (a holiday, or a small category?)."
    if not choice.seen:
        return f"arXiv shows nothing that was submitted after {last}."
    if choice.matched:
        return f"Papers that match: {choice.matched:,}, all in a list already or offered before."
    return f"Papers that match: none of the {choice.seen:,} that arXiv shows."


def _working_days_between(last: date, today: date) -> int:
    """How many of the days between have brought no paper, of those on which papers are submitted.

    arXiv announces from Sunday to Thursday at 20:00 in New York what was submitted until 14:00, on
    Sundays until Friday. In Beijing that is Monday to Friday morning; before its announcement has
    come through, a day shows what the day before did, which makes one day.
    """
    days = (last + timedelta(days=number) for number in range(1, (today - last).days))
    return sum(day.isoweekday() <= 5 for day in days)


# --- what matches ----------------------------------------------------------------------------


def matches(paper: Paper, options: Watch) -> bool:
    """Whether `paper` is one that `options` look for."""
    authors = set(map(_folded_name, options.authors))
    is_by_one = any(_folded_name(author.name) in authors for author in paper.authors)
    if not is_by_one and _categories(paper).isdisjoint(options.categories):
        return False
    texts = [*_views(paper.title), *_views(paper.abstract)]
    if any(_occurs(keyword, texts) for keyword in options.unwanted):
        return False
    return is_by_one or not options.keywords or any(_occurs(k, texts) for k in options.keywords)


def _categories(paper: Paper) -> set[str]:
    return {paper.primary_category, *paper.categories}


def _occurs(keyword: str, texts: list[str]) -> bool:
    """Whether `keyword` stands in one of `texts` as whole words, or its last word's plural does."""
    wanted = [f" {each}{ending} " for each in _keyword(keyword) for ending in ("", "s", "es")]
    return any(each in text for text in texts for each in wanted)


@lru_cache
def _keyword(text: str) -> tuple[str, ...]:
    """A keyword's views, without signs at its ends; nothing if that leaves nothing."""
    stripped = (re.sub(r"^[\W_]+|(?<=\s)[\W_]+$", "", view).strip() for view in _views(text))
    return tuple(dict.fromkeys(filter(None, stripped)))


def _views(text: str) -> tuple[str, str]:
    """The words and signs of `text`, each between two spaces, in two ways: with a hyphen as a
    space, and with what it joins as one word, because people write `pre-training`, `pre training`
    and `pretraining`.

    Formulas are no words, unless a hyphen makes them a part of one: `$k$-means`.
    """
    joined = _COMPOUND.sub(r"\1\2", "".join(_pieces(text)))
    plain = re.sub(rf"{_FORMULA}\w*{_FORMULA}", " $ ", joined)
    plain = re.sub("'s\\b|['\"“”„«»{}]", "", plain)
    compounds = re.sub(r"(?<=\w)-(?=\w)", "", plain)
    views = (_TOKEN.findall(each.replace("-", " ")) for each in (plain, compounds))
    apart, together = (f" {' '.join(tokens)} " for tokens in views)
    return apart, together


def _pieces(text: str) -> Iterator[str]:
    for piece in segments(text):
        if piece.tex is None:
            yield _folded(piece.source)
        else:
            yield f"{_FORMULA}{_letters_of(piece.tex)}{_FORMULA}"


@lru_cache(maxsize=1000)
def _letters_of(tex: str) -> str:
    """What a hyphen can join to a word, such as the letter β; empty if it is something else."""
    text = _folded(formula_text(tex)) if _SHORT_FORMULA.fullmatch(tex) else ""
    return text if text.isalnum() else ""


def _folded(text: str) -> str:
    """`text` without case and accents, white space as it is."""
    return _without_accents(text).casefold()


def _without_accents(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFKD", text).translate(_LETTERS)
    return "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _NO_LETTERS)


def _folded_name(name: str) -> str:
    """A name with nothing but its letters and the spaces between its parts."""
    return re.sub(r"[^\w']+", " ", _folded(name)).strip()


def _ascii(name: str) -> str:
    return " ".join(_without_accents(name).split())


def _category(text: str) -> str:
    """A category in arXiv's own case, such as `cs.CL`. Raises WatchError."""
    archive, dot, subject = text.strip().lower().partition(".")
    category = archive + dot + (subject.upper() if len(subject) == 2 else subject)
    if not _CATEGORY.fullmatch(category):
        raise WatchError(
            f"watch: categories: expected a category such as cs.CL, got {quoted(text)}"
        )
    return category


def _author(text: str) -> str:
    """A name with the surname last. Raises WatchError."""
    surname, comma, names = text.partition(",")
    name = " ".join((f"{names} {surname}" if comma else text).split())
    if len(name) > MAX_WORD or not _NAME.fullmatch(_ascii(name)):
        raise WatchError(
            "watch: authors: expected a name as arXiv prints it, such as Ada Lovelace, got"
            f" {quoted(text)}"
        )
    return name


# --- what was offered before -----------------------------------------------------------------


def remembered(memory: Mapping[str, date], papers: Iterable[Paper], today: date) -> dict[str, date]:
    """`memory` with `papers` offered today, and without what is too old to be offered again.

    Without papers it stays as it is: a day on which nothing happens changes no file.
    """
    new = {paper.id: today for paper in papers}
    oldest = today - timedelta(days=MOST_DAYS)
    kept = {name: day for name, day in memory.items() if day >= oldest or not new}
    return kept | new


def write_memory(path: Path, memory: Mapping[str, date]) -> None:
    """Make `memory` the content of the file `path`, whole, if that changes it. Raises OSError."""
    days = {name: day.isoformat() for name, day in memory.items()}
    content = (json.dumps(days, indent=1, sort_keys=True) + "\n").encode()
    there_already = path.read_bytes() == content if path.exists() else not memory
    if not there_already:
        write_whole(path, content)


def read_memory(path: Path, root: Path) -> dict[str, date]:
    """What was offered and when; nothing if there is no such file. Raises InputError with every
    fault of the file, its name relative to `root`."""
    shown = shown_path(path, root)
    content = b""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        days = json.loads(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        fault = Fault(shown, 1, f"expected a readable file, got: {error.strerror}")
        raise InputError([fault]) from None
    except (ValueError, RecursionError) as error:
        fault = Fault(shown, _line_of(error, content), f"expected JSON; {_ADVICE}")
        raise InputError([fault]) from None
    if not isinstance(days, dict):
        raise InputError([Fault(shown, 1, f"expected IDs with days, in braces; {_ADVICE}")])
    memory: dict[str, date] = {}
    faults: list[Fault] = []
    for name, value in days.items():
        try:
            memory[parse_identifier(name).base] = _day(value)
        except ValueError as error:
            line = text.count("\n", 0, max(0, text.find(json.dumps(name)))) + 1
            faults.append(Fault(shown, line, f"{error}; {_ADVICE}"))
    if faults:
        raise InputError(faults)
    return memory


def _line_of(error: Exception, content: bytes) -> int:
    if isinstance(error, UnicodeDecodeError):
        return content.count(b"\n", 0, error.start) + 1
    return error.lineno if isinstance(error, json.JSONDecodeError) else 1


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"expected a day such as 2026-11-22, got {quoted(str(value))}")
