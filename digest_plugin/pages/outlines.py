"""Digests in outline: what all pages but their own show of them, a tenth of the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from markupsafe import Markup

from digest_plugin.pages.reading import badges_html
from digest_plugin.people.digests import ListedPaper
from digest_plugin.records.contents import Edition, Entry, OfDigest, State, english_changed
from digest_plugin.text.rendering import plain_text, text_html


class PaperOutline(NamedTuple):
    """A paper on a digest, without its abstracts, authors and history."""

    id: str
    """Without version."""
    identifier: str
    """As the list asks for it."""
    state: State
    is_doubtful: bool
    is_outdated: bool
    """Whether the English changed after a person corrected the Chinese."""
    is_by_person_alone: bool
    """Whether no machine wrote any of its Chinese."""
    is_known: bool
    """Whether arXiv has been asked about it."""
    is_withdrawn: bool
    primary_category: str
    """Empty if it is not known."""
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    written_day: date | None
    """When the machine wrote its Chinese."""
    published_day: date | None
    title: str
    """The best there is, as plain text: Chinese, else English, else the identifier."""
    title_html: Markup
    summary_html: Markup
    """Empty without Chinese."""
    badges_html: Markup


@dataclass(frozen=True)
class EditionOutline(OfDigest):
    """A digest with its papers in outline."""

    entries: tuple[PaperOutline, ...]
    """In the order of `digest.papers`."""
    read: Callable[[ListedPaper], Entry]
    """Reads one of its papers whole."""
    key: str = ""
    """Another if anything in its list, its records or their corrections is; empty: not known."""

    def whole(self) -> Edition:
        """The digest with all that is known of its papers, read anew."""
        return Edition(self.digest, tuple(map(self.read, self.digest.papers)))

    def entry(self, outline: PaperOutline) -> Entry:
        """One of its papers, read anew."""
        return self.read(self.digest.papers[self.entries.index(outline)])


def outline_of(edition: Edition, read: Callable[[ListedPaper], Entry]) -> EditionOutline:
    """A digest in outline; `read` reads one of its papers whole."""
    return EditionOutline(edition.digest, tuple(map(paper_outline, edition.entries)), read)


def paper_outline(entry: Entry) -> PaperOutline:
    """A paper in outline."""
    record, paper, chinese = entry.record, entry.paper, entry.chinese
    title = chinese.title if chinese else paper.title if paper else f"arXiv:{entry.id}"
    written = record.written if record else None
    return PaperOutline(
        id=entry.id,
        identifier=str(entry.listed.identifier),
        state=entry.state,
        is_doubtful=entry.is_doubtful,
        is_outdated=english_changed(entry),
        is_by_person_alone=record is not None and record.chinese is None,
        is_known=paper is not None,
        is_withdrawn=paper is not None and paper.withdrawn,
        primary_category=paper.primary_category if paper else "",
        categories=paper.categories if paper else (),
        tags=entry.listed.tags,
        written_day=written.day if written else None,
        published_day=paper.published.date() if paper else None,
        title=plain_text(title),
        title_html=text_html(title),
        summary_html=text_html(chinese.summary) if chinese else Markup(),
        badges_html=badges_html(entry),
    )


def papers_in(editions: Sequence[EditionOutline]) -> int:
    """How many papers digests list, each counted once."""
    return len({entry.id for edition in editions for entry in edition.entries})
