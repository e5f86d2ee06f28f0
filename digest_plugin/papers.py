"""The frozen data types that all other modules share: what arXiv said and what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, get_args

from digest_plugin.identifiers import Identifier

FIELDS = ("title", "summary", "abstract")
"""The three Chinese texts of a paper, in the order in which they are read."""
CUT_MARK = "…"
"""Ends the abstract of a partial paper whose own end is missing."""


@dataclass(frozen=True)
class Author:
    """A person or collaboration."""

    name: str
    affiliations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """What arXiv says about one version of a paper.

    Text is NFC, on one line, with LaTeX text commands turned into Unicode and formulas (`$…$`)
    left as the authors wrote them.
    """

    id: str
    """Without version."""
    version: int
    title: str
    authors: tuple[Author, ...]
    abstract: str
    categories: tuple[str, ...]
    """Primary category and cross-lists, as arXiv orders them."""
    primary_category: str
    published: datetime
    """Of version 1."""
    updated: datetime
    """Of this version."""
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    links: tuple[str, ...] = ()
    """The addresses arXiv gives: abstract page, PDF, DOI."""
    withdrawn: bool = False
    is_partial: bool = False
    """Taken over from somebody without asking arXiv: authors, categories, the dates within the
    month of the identifier, and the end of the abstract may be missing. `update` asks for them."""

    @property
    def is_cut(self) -> bool:
        """Whether the end of the abstract is missing."""
        return self.is_partial and self.abstract.endswith(CUT_MARK)

    @property
    def identifier(self) -> Identifier:
        """With the version."""
        return Identifier(self.id, self.version)

    @property
    def source_hash(self) -> str:
        """Identifies the English that Chinese is written from: 32 hexadecimal digits."""
        text = f"{self.title}\n{self.abstract}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True)
class Chinese:
    """The Chinese of a paper, formulas as in the English."""

    title: str
    summary: str
    """One sentence."""
    abstract: str


Kind = Literal[
    "number", "number_missing", "formula", "name", "omission", "untranslated", "addition", "markup",
    "glossary",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What can be wrong with a Chinese text, as far as its English alone tells; in the order in which
tables show it."""


@dataclass(frozen=True)
class Problem:
    """One thing that an editor would not print."""

    field: str
    """`title`, `summary` or `abstract`."""
    kind: Kind
    message: str
    """One sentence that a person, or a model, can act on."""
    span: str = ""
    """The piece of text at fault: Chinese, or English where something is missing."""


@dataclass(frozen=True)
class Finding:
    """What a second reader, a model, says is wrong with the meaning of a sentence."""

    field: str
    chinese: str
    """The words at fault, as they were."""
    english: str
    """What they stand for."""
    reason: str
    mended: bool = False
    """Whether the text now has what the reader wrote in its place."""


@dataclass(frozen=True)
class Written:
    """Where a Chinese text came from."""

    model: str
    prompt: str
    """The version of the prompt, a hash."""
    source_hash: str
    """Of the English it was written from."""
    day: date
    input_tokens: int
    """0 if the provider did not say; of all attempts together, like `output_tokens`."""
    output_tokens: int
    reviewer: str | None = None
    """The model that read it a second time, if one did."""


@dataclass(frozen=True)
class CorrectionSeen:
    """What the machine remembers of a correction, to tell when the English changed under it."""

    correction_hash: str
    source_hash: str
    """Of the English at the time."""


@dataclass(frozen=True)
class Record:
    """All that is stored of one paper."""

    paper: Paper
    chinese: Chinese | None = None
    written: Written | None = None
    """None if no machine of ours wrote the Chinese."""
    correction_seen: CorrectionSeen | None = None
    problems: tuple[Problem, ...] = ()
    """What the check still found in the Chinese when it was stored."""
    findings: tuple[Finding, ...] = ()
    """What the second reader found."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """What an editor has to look at in its Chinese, a sentence each."""
        found = [f"{it.field}: {it.message}" for it in self.problems]
        found += [f"{it.field}: {it.chinese}: {it.reason}" for it in self.findings if not it.mended]
        return tuple(found)

    @property
    def without_chinese(self) -> Record:
        """This record as it was before its Chinese was written."""
        return replace(self, chinese=None, written=None, problems=(), findings=())

    def with_chinese_of(self, other: Record) -> Record:
        """This record with the Chinese of another one of the same English, and all about it."""
        return replace(
            self,
            chinese=other.chinese,
            written=other.written,
            problems=other.problems,
            findings=other.findings,
        )

    def with_news(self, paper: Paper, *, pinned: bool) -> Record:
        """This record with what arXiv now says of its paper, and the Chinese it had.

        A withdrawal often comes with a notice in place of the abstract: readers keep the text, and
        get the notice as comment. If the record is `pinned` to a version, that is all it takes from
        a later one. A version older than the record's is no news: an answer out of date.
        """
        old = self.paper
        if paper.version < old.version:
            return self
        if paper.withdrawn:
            notice = None if paper.abstract == old.abstract else paper.abstract
            comment = paper.comment or notice or old.comment
            paper = replace(paper, title=old.title, abstract=old.abstract, comment=comment)
        if not pinned or paper.version == old.version:
            return replace(self, paper=paper)
        if paper.withdrawn:
            old = replace(old, withdrawn=True, comment=paper.comment)
        return replace(self, paper=old)


@dataclass(frozen=True)
class Correction:
    """What a person put right; None leaves the machine's text."""

    id: str
    path: str
    title: str | None = None
    summary: str | None = None
    abstract: str | None = None
    by: str | None = None
    version: int | None = None
    """Of the paper whose English it was made from, if the person said."""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Where in the file each key stands."""

    def line_of(self, key: str) -> int:
        """The line of a key in the file; the first for one that is not there."""
        return self.lines.get(key, 1)

    @property
    def correction_hash(self) -> str:
        """Identifies what the person wrote: 32 hexadecimal digits."""
        parts = (self.title, self.summary, self.abstract, self.by, str(self.version or ""))
        text = "\0".join(part or "" for part in parts)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def fields(self) -> dict[str, str]:
        """The texts that it gives, by the names of FIELDS."""
        texts = zip(FIELDS, (self.title, self.summary, self.abstract), strict=True)
        return {name: text for name, text in texts if text is not None}

    @property
    def is_whole(self) -> bool:
        """Whether it leaves nothing for a machine to write."""
        return len(self.fields) == len(FIELDS)

    def applied_to(self, chinese: Chinese | None) -> Chinese | None:
        """`chinese` with this correction's fields in place; None if fields would be missing."""
        if chinese is not None:
            return replace(chinese, **self.fields)
        return Chinese(**self.fields) if self.is_whole else None
