"""Terms and how they are rendered in Chinese: one file that people write."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from digest_plugin.errors import Fault, quoted
from digest_plugin.machine.files import shown_path
from digest_plugin.papers import Paper
from digest_plugin.people.strict_yaml import (
    List,
    Mapping,
    Node,
    Text,
    read_yaml,
    text_field,
    unknown_key,
)

KEYS = ("term", "rendering", "also", "keep", "note")


@dataclass(frozen=True)
class Term:
    """One English term."""

    term: str
    rendering: str | None
    """In Chinese; None if the term stays in English."""
    note: str | None = None
    """When to use it, for people."""
    also: tuple[str, ...] = ()
    """Other renderings that are right, for those who check."""

    @property
    def renderings(self) -> tuple[str, ...]:
        """All that are right, the wanted one first; none if the term stays in English."""
        return (self.rendering, *self.also) if self.rendering else ()


def read_glossary(path: Path, root: Path, faults: list[Fault]) -> tuple[Term, ...]:
    """The terms in the file `path`; none if there is no such file. Faults go to `faults`."""
    shown = shown_path(path, root)
    if not path.is_file():
        return ()
    node = read_yaml(path, shown, faults)
    if node is None:
        return ()
    if not isinstance(node, List):
        faults.append(Fault(shown, node.line, "expected a list of terms, each with the key term"))
        return ()
    terms: dict[str, tuple[Term, int]] = {}
    for item in node.items:
        term = _term(item, shown, faults)
        if term is None:
            continue
        if term.term.casefold() in terms:
            first = terms[term.term.casefold()][1]
            faults.append(
                Fault(shown, item.line, f"expected each term once, got {quoted(term.term)} again"
                      f" (first on line {first})")
            )  # fmt: skip
        else:
            terms[term.term.casefold()] = (term, item.line)
    return tuple(term for term, _ in terms.values())


def _term(item: Node, shown: str, faults: list[Fault]) -> Term | None:
    known = len(faults)
    if not isinstance(item, Mapping):
        faults.append(Fault(shown, item.line, f"expected a term with the keys {', '.join(KEYS)}"))
        return None
    fields: dict[str, str | None] = {}
    for key, value in item.items:
        if key.value in KEYS:
            text = text_field(key, value, shown, faults, limit=200)
            fields[key.value] = text and " ".join(text.split())
            if key.value == "keep" and not (isinstance(value, Text) and value.value == "true"):
                faults.append(
                    Fault(shown, value.line, "expected true under 'keep', or no such key")
                )
        else:
            faults.append(unknown_key(key, KEYS, shown))
    term, rendering, keep = fields.get("term"), fields.get("rendering"), fields.get("keep")
    if not term:
        faults.append(Fault(shown, item.line, "expected the key term with an English term"))
    elif bool(rendering) == bool(keep):
        faults.append(
            Fault(shown, item.line, f"expected either rendering or keep: true for {quoted(term)}")
        )
    if len(faults) > known or not term:
        return None
    also = (fields.get("also") or "").split("、")
    return Term(term, rendering, fields.get("note"), tuple(filter(None, map(str.strip, also))))


class TermFinder:
    """Finds the terms of a glossary in English texts, whatever their number."""

    def __init__(self, glossary: Iterable[Term]) -> None:
        self._by_first_word: dict[str, list[tuple[int, Term, _Phrase | None]]] = defaultdict(list)
        for place, term in enumerate(glossary):
            folded = term.term.casefold()
            first = next(iter(_words(folded)), "")
            if first == folded:
                for word in (first, f"{first}s", f"{first}es"):
                    self._by_first_word[word].append((place, term, None))
            else:
                # In what looks like several words the first may be the last, and has a plural.
                for word in {first, f"{first}s", f"{first}es"} if first else {""}:
                    self._by_first_word[word].append((place, term, _Phrase(folded)))
        self._first_words = frozenset(self._by_first_word)

    def find(self, text: str) -> tuple[Term, ...]:
        """The terms that occur in `text` as whole words, plurals included, in their order."""
        folded = text.casefold()
        found = {
            place: term
            for word in self._first_words.intersection(("", *_words(folded)))
            for place, term, phrase in self._by_first_word[word]
            if phrase is None or phrase.is_in(folded)
        }
        return tuple(found[place] for place in sorted(found))

    def find_in(self, paper: Paper) -> tuple[Term, ...]:
        """The terms that the English of `paper` holds."""
        return self.find(f"{paper.title} {paper.abstract}")


class _Phrase:
    """A term of several words or signs, in text without capitals."""

    def __init__(self, phrase: str) -> None:
        self._phrase = phrase
        self._pattern = re.compile(rf"(?<!\w){re.escape(phrase)}(?:e?s)?(?!\w)")

    def is_in(self, text: str) -> bool:
        """Whether it stands there by itself, or in the plural."""
        return self._phrase in text and self._pattern.search(text) is not None


_words = re.compile(r"\w+").findall
