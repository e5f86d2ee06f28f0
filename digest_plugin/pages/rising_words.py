"""Words on the rise: what the English of recent papers says more often than that of those before.

A term is a word or a phrase. It counts once a paper, however often the paper says
it; singular and plural are one, and so are `fine-tuning` and `fine tuning`. What hardly ever stands
in a title is no term (`pivotal`, `nuanced`), and neither is what `stop_words` names.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise

from digest_plugin.pages.stop_words import NO_ADVERBS, STOP_WORDS, WEAK_WORDS

LEAST_RECENT, LEAST_BEFORE = 50, 100
"""Papers on either side, below which shares say nothing."""
LEAST_PAPERS, ONE_IN = 5, 300
"""Recent papers that say a term, at least; and of many papers one in so many."""
LEAST_RISE = 1.5
PRIOR = 10
"""Papers added to both sides, which keep rare words from the top."""
TITLE_SHARE = 0.1
"""Of the recent papers that say a term those with it in the title, at least."""
SAME = 0.6
"""Where so many of the papers that say one term say the other, one of the two is enough."""
CONSIDERED = 5
"""Times as many terms as are shown: some of them say the same."""
LONGEST_WORD, LONGEST_PHRASE = 30, 4

Phrase = tuple[str, ...]


_TOKEN = re.compile(r"([^\W_]+(?:-[^\W_]+)*)(?:['’]s\b)?|[^\s\w]")
"""A word; or, as an empty string, a sign that parts words."""
_FORMULA = re.compile(r"\$[^$]*\$")
_SUFFIXES = ("-based", "-driven", "-powered", "-aware", "-enhanced")
"""`LLM-based` is about LLMs."""


@dataclass(frozen=True)
class English:
    """What a paper says."""

    title: str
    abstract: str


@dataclass(frozen=True)
class RisingTerm:
    """A word or phrase."""

    text: str
    """As most recent papers write it."""
    recent: int
    """Recent papers that say it."""
    before: int
    rise: float
    """How many times more often than before, drawn towards 1 where papers are few."""


def are_enough(recent: int, before: int) -> bool:
    """Whether so many papers tell anything."""
    return recent >= LEAST_RECENT and before >= LEAST_BEFORE


def rising_terms(
    recent: Sequence[English], before: Iterable[English], most: int
) -> list[RisingTerm]:
    """Up to `most` terms, the fastest first.

    The rise is (papers + PRIOR) / (papers that the share before lets expect + PRIOR).
    """
    words = _Words()
    texts = [words.of_paper(paper) for paper in recent]
    terms = _Terms(_frequent(texts, max(LEAST_PAPERS, len(texts) // ONE_IN)))
    counts = terms.counted(texts)
    titles = terms.counted(words.of(paper.title) for paper in recent)
    earlier: Counter[str] = Counter()
    papers_before = 0
    for paper in before:
        papers_before += 1
        earlier.update(terms.within(words.of_paper(paper)))
    share = len(texts) / (papers_before + 1)
    rises = {
        term: (papers + PRIOR) / ((earlier[term] + 1) * share + PRIOR)
        for term, papers in counts.items()
    }
    order = sorted(
        (
            term
            for term, rise in rises.items()
            if rise >= LEAST_RISE and titles[term] >= TITLE_SHARE * counts[term]
        ),
        key=lambda term: (-rises[term], term),
    )
    chosen = _without_repetition(order, counts, texts, most)
    forms = _usual_forms(chosen, recent, words)
    found = [RisingTerm(forms[term], counts[term], earlier[term], rises[term]) for term in chosen]
    return sorted(found, key=lambda term: (-term.rise, term.text))


# The words of a text


class _Words(dict[str, str]):
    """From a word as it stands to what all its forms share; empty if it says nothing."""

    def __missing__(self, word: str) -> str:
        self[word] = folded = _folded(word)
        return folded

    def of(self, text: str) -> list[str]:
        """Those of a text in order, with an empty one wherever words do not touch."""
        return [self[token] for token in _tokens(text)]

    def of_paper(self, paper: English) -> list[str]:
        """Those of title and abstract."""
        return self.of(f"{paper.title} . {paper.abstract}")


def _tokens(text: str) -> list[str]:
    if "$" in text:
        text = _FORMULA.sub(" . ", text)
    return _TOKEN.findall(text)


def _folded(word: str) -> str:
    low = word.lower()
    is_short = len(low) < 3 and not (len(low) == 2 and word == word.upper())
    if is_short or len(low) > LONGEST_WORD or not any(map(str.isalpha, low)):
        return ""
    for suffix in _SUFFIXES:
        low = low.removesuffix(suffix)
    is_adverb = low.endswith("ly") and low not in NO_ADVERBS
    if is_adverb or low in STOP_WORDS:
        return ""
    singular = _singular(low)
    return "" if singular in STOP_WORDS else singular


def _singular(word: str) -> str:
    """Roughly: it need only be the same for both forms."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "as", "ics")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


# Terms: their folded words, joined by hyphens


def _frequent(texts: Sequence[Sequence[str]], least: int) -> set[str]:
    """Words and phrases that at least so many texts hold."""
    frequent = _at_least(({(word,) for word in text if word} for text in texts), least)
    found = {word for (word,) in frequent} - WEAK_WORDS
    for size in range(2, LONGEST_PHRASE + 1):
        shorter = frequent
        frequent = _at_least(
            (
                {it for it in _phrases(text, size) if it[:-1] in shorter and it[1:] in shorter}
                for text in texts
            ),
            least,
        )
        found.update("-".join(phrase) for phrase in frequent)
    return found


def _at_least(texts: Iterable[set[Phrase]], least: int) -> set[Phrase]:
    counts = Counter(chain.from_iterable(texts))
    return {phrase for phrase, papers in counts.items() if papers >= least}


def _phrases(text: Sequence[str], size: int) -> Iterator[Phrase]:
    """All runs of `size` words, with the empty ones that stand between words."""
    return zip(*(text[start:] for start in range(size)), strict=False)


class _Terms:
    """A set of terms that are found in texts in whatever spelling."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._words = frozenset(terms)
        self._spellings: dict[int, dict[Phrase, str]] = defaultdict(dict)
        for term in self._words:
            for spelling in _spellings(term):
                self._spellings[len(spelling)][spelling] = term

    def within(self, text: Sequence[str]) -> set[str]:
        """The terms that a text holds."""
        found = set(self._words.intersection(text))
        for size, spellings in self._spellings.items():
            written = spellings.keys() & _phrases(text, size)
            found.update(map(spellings.__getitem__, written))
        return found

    def counted(self, texts: Iterable[Sequence[str]]) -> Counter[str]:
        """How many of the texts hold each."""
        return Counter(chain.from_iterable(map(self.within, texts)))


def _spellings(term: str) -> Iterator[Phrase]:
    """`fine-tuning` as two words; every way to leave out hyphens."""
    parts = term.split("-")
    inner = range(1, len(parts))
    for size in range(1, LONGEST_PHRASE):
        for cuts in combinations(inner, size):
            yield tuple("-".join(parts[a:b]) for a, b in pairwise((0, *cuts, len(parts))))


# Which to show, and how


def _without_repetition(
    order: Sequence[str], counts: Mapping[str, int], texts: Sequence[Sequence[str]], most: int
) -> list[str]:
    """The first `most` of `order`: the longer one where a term is mostly part of it, and none that
    mostly the same papers say as one before it."""
    rising = frozenset(order)
    wholes = dict.fromkeys(
        whole if whole in rising else term
        for term, whole in ((it, _whole(it, counts)) for it in order[: CONSIDERED * most])
    )
    papers: dict[str, set[int]] = {term: set() for term in wholes}
    terms = _Terms(wholes)
    for number, text in enumerate(texts):
        for term in terms.within(text):
            papers[term].add(number)
    chosen: list[str] = []
    for term in wholes:
        if len(chosen) < most and not any(_are_alike(papers[term], papers[it]) for it in chosen):
            chosen.append(term)
    return chosen


def _whole(term: str, counts: Mapping[str, int]) -> str:
    """`language-model` where it mostly stands in `large-language-model`."""
    longer = [
        other
        for other, papers in counts.items()
        if papers >= SAME * counts[term] and f"-{term}-" in f"-{other}-"
    ]
    return min(longer, key=lambda other: (-len(other.split("-")), -counts[other], other))


def _are_alike(one: set[int], other: set[int]) -> bool:
    return len(one & other) >= SAME * max(len(one), len(other))


def _usual_forms(terms: Iterable[str], papers: Iterable[English], words: _Words) -> dict[str, str]:
    """How most papers write each term; that of abstracts, because titles have capitals by rule."""
    wanted = _Terms(terms)
    forms: dict[str, Counter[str]] = {term: Counter() for term in terms}
    for paper in papers:
        for text, weight in ((paper.abstract, 2), (paper.title, 1)):
            written = _tokens(text)
            folded = [words[word] for word in written]
            found = wanted.within(folded)
            for size in range(1, LONGEST_PHRASE + 1) if found else ():
                for start, phrase in enumerate(_phrases(folded, size)):
                    if (term := "-".join(phrase)) in found:
                        forms[term][" ".join(written[start : start + size])] += weight
    return {
        term: min(counts, key=lambda form: (-counts[form], len(form), form))
        for term, counts in forms.items()
    }
