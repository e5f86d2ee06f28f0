"""All digests in outline: read by several processes, or remembered from the last build where no
file has changed since."""

from __future__ import annotations

import hashlib
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from digest_plugin.errors import Fault, InputError
from digest_plugin.machine.files import FileStamp
from digest_plugin.machine.processes import shared_out, without_collection
from digest_plugin.machine.remembered import Remembered
from digest_plugin.pages.outlines import EditionOutline, PaperOutline, paper_outline
from digest_plugin.people.digests import Digest
from digest_plugin.records.contents import Contents
from digest_plugin.records.store import PaperStore


class Outlined(NamedTuple):
    """What is read of a digest."""

    papers: tuple[PaperOutline, ...]
    key: str
    faults: tuple[Fault, ...] = ()


def remembered_outlines(path: Path, program: str) -> Remembered[Outlined]:
    """The memory in the file `path`, by the names of digests."""
    return Remembered(path, program, _row, _outlined)


def outlines_of(
    contents: Contents,
    store: PaperStore,
    tolerated: list[Fault] | None = None,
    processes: int = 1,
    memory: Remembered[Outlined] | None = None,
) -> list[EditionOutline]:
    """Every digest in outline, newest first.

    Raises InputError for records that are broken; with a list of `tolerated` faults they go there,
    and their papers are as those that arXiv has not been asked about.
    """

    def read(digest: Digest) -> Outlined:
        faults: list[Fault] = []
        key = hashlib.sha256(_bytes(digest))
        edition = contents.edition(digest, store.watched(key.update), faults)
        for entry in edition.entries:
            if entry.correction is not None:
                key.update(_bytes(entry.correction))
        return Outlined(tuple(map(paper_outline, edition.entries)), key.hexdigest(), tuple(faults))

    with without_collection():
        stamps = _stamps(contents, store) if memory else {}
        outlined: dict[str, Outlined] = {}
        for name, stamp in stamps.items():
            known = memory.get(name, stamp) if memory else None
            if known is not None:
                outlined[name] = known
        changed = [digest for digest in contents.digests if digest.name not in outlined]
        for digest, it in zip(changed, shared_out(read, changed, processes), strict=True):
            outlined[digest.name] = it
            # Those with faults are read again.
            if memory and digest.name in stamps and not it.faults:
                memory.note(digest.name, stamps[digest.name], it)
    faults = {fault for it in outlined.values() for fault in it.faults}
    if tolerated is not None:
        tolerated.extend(faults)
    elif faults:
        raise InputError(faults)
    read_paper = partial(contents.entry, store=store, faults=[])
    return [
        EditionOutline(digest, it.papers, read_paper, it.key)
        for digest, it in ((digest, outlined[digest.name]) for digest in contents.digests)
    ]


def _bytes(value: object) -> bytes:
    """Others for another value."""
    return repr(value).encode("utf-8", "surrogatepass")


def _stamps(contents: Contents, store: PaperStore) -> dict[str, str]:
    """By the name of a digest what tells whether a file of it has changed; none for digests of
    which one changed just now."""
    files = store.stamps()
    now = time.time_ns()
    found = {}
    for digest in contents.digests:
        papers: list[tuple[FileStamp, ...]] = []
        corrections = []
        for listed in digest.papers:
            papers.append(store.stamps_of(listed.identifier, files))
            correction = contents.corrections.get(listed.identifier.base)
            corrections += [correction] if correction else []
        if all(stamp.is_settled(now) for stamps in papers for stamp in stamps):
            files_of = _bytes((digest, papers, corrections))
            found[digest.name] = hashlib.sha256(files_of).hexdigest()
    return found


def _row(outlined: Outlined) -> tuple[object, ...]:
    return outlined.papers, outlined.key


def _outlined(row: list[Any]) -> Outlined:
    papers, key = row
    return Outlined(tuple(map(_outline, papers)), str(key))


def _outline(row: list[Any]) -> PaperOutline:
    *facts, categories, tags, written, published, title, title_html, summary, badges = row
    days = (_day(written), _day(published))
    html = map(Markup, (title_html, summary, badges))
    return PaperOutline._make((*facts, tuple(categories), tuple(tags), *days, title, *html))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
