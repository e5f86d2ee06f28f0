"""All digests in outline: read by several processes, or remembered from the last build where no
file has changed since."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup
from pydantic_core import from_json, to_json

from digest_plugin.contents import Contents, Edition
from digest_plugin.digests import Digest
from digest_plugin.errors import Fault, InputError
from digest_plugin.files import write_whole
from digest_plugin.outlines import EditionOutline, PaperOutline, paper_outline
from digest_plugin.processes import shared_out, without_collection
from digest_plugin.store import FileStamp, PaperStore

RECENT = 2_000_000_000
"""Nanoseconds: a file that changed so short a time ago may change again within the same tick of the
clock."""


class Outlined(NamedTuple):
    """What is read of a digest."""

    papers: tuple[PaperOutline, ...]
    key: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class OutlineCache:
    """A file of outlines; if anything is wrong with it, all are made again."""

    path: Path
    program: str
    """Another if outlines may come out another way."""

    def read(self) -> dict[str, tuple[str, Outlined]]:
        """By the name of a digest: the stamp of its files, and what was read of it."""
        try:
            data = from_json(self.path.read_bytes(), cache_strings="all")
            if data["program"] != self.program:
                return {}
            return {
                name: (str(stamp), Outlined(tuple(map(_outline, rows)), str(key)))
                for name, (stamp, rows, key) in data["digests"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def write(self, known: Mapping[str, tuple[str, Outlined]]) -> None:
        """Remember them; digests with faults are read again."""
        digests = {
            name: (stamp, outlined.papers, outlined.key)
            for name, (stamp, outlined) in known.items()
            if stamp and not outlined.faults
        }
        # Without it all are made again.
        with suppress(OSError):
            write_whole(self.path, to_json({"program": self.program, "digests": digests}))


def outlines_of(
    contents: Contents,
    store: PaperStore,
    tolerated: list[Fault] | None = None,
    processes: int = 1,
    cache: OutlineCache | None = None,
) -> list[EditionOutline]:
    """Every digest in outline, newest first.

    Raises InputError for records that are broken; with a list of `tolerated` faults they go there,
    and their papers are as those that arXiv has not been asked about.
    """

    def read(digest: Digest) -> Outlined:
        faults: list[Fault] = []
        edition = contents.edition(digest, store, faults)
        return Outlined(
            tuple(map(paper_outline, edition.entries)), _key(edition, store), tuple(faults)
        )

    with without_collection():
        known = cache.read() if cache else {}
        stamps = _stamps(contents, store) if cache else {}
        changed = [it for it in contents.digests if _is_new(it.name, stamps, known)]
        found = zip(changed, shared_out(read, changed, processes), strict=True)
        outlined = {digest.name: it for digest, it in found}
        current = {
            digest.name: (
                stamps.get(digest.name, ""),
                outlined.get(digest.name) or known[digest.name][1],
            )
            for digest in contents.digests
        }
        if cache and changed:
            cache.write(current)
    faults = {fault for _, it in current.values() for fault in it.faults}
    if tolerated is not None:
        tolerated.extend(faults)
    elif faults:
        raise InputError(faults)
    read_paper = partial(contents.entry, store=store, faults=[])
    return [
        EditionOutline(digest, it.papers, read_paper, it.key)
        for digest, (_, it) in zip(contents.digests, current.values(), strict=True)
    ]


def _key(edition: Edition, store: PaperStore) -> str:
    key = hashlib.sha256(repr(edition.digest).encode("utf-8", "surrogatepass"))
    for entry in edition.entries:
        key.update(store.content(entry.listed.identifier))
        if entry.correction is not None:
            key.update(repr(entry.correction).encode("utf-8", "surrogatepass"))
    return key.hexdigest()


def _is_new(
    name: str, stamps: Mapping[str, str], known: Mapping[str, tuple[str, Outlined]]
) -> bool:
    stamp = stamps.get(name)
    return not stamp or known.get(name, ("",))[0] != stamp


def _stamps(contents: Contents, store: PaperStore) -> dict[str, str]:
    """By the name of a digest what tells whether a file of it has changed; none for digests of
    which one changed just now."""
    files = store.stamps()
    latest = time.time_ns() - RECENT
    found = {}
    for digest in contents.digests:
        papers: list[tuple[FileStamp, ...]] = []
        corrections = []
        for listed in digest.papers:
            papers.append(store.stamps_of(listed.identifier, files))
            correction = contents.corrections.get(listed.identifier.base)
            corrections += [correction] if correction else []
        if all(stamp.modified < latest for stamps in papers for stamp in stamps):
            text = repr((digest, papers, corrections))
            found[digest.name] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return found


def _outline(row: list[Any]) -> PaperOutline:
    *facts, categories, tags, written, published, title, title_html, summary, badges = row
    days = (_day(written), _day(published))
    html = map(Markup, (title_html, summary, badges))
    return PaperOutline._make((*facts, tuple(categories), tuple(tags), *days, title, *html))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
