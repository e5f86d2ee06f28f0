"""What a page comes from, in short: as long as that is the same, so is the page; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from platform import python_version

import digest_plugin
from digest_plugin.pages.outlines import EditionOutline
from digest_plugin.pages.page_data import SitePage
from digest_plugin.sharing.feeds import places_on, topic_of


def page_inputs(page: SitePage) -> str | None:
    """What distinguishes the page from others of the same site and theme: all that goes into it.
    None for pages that show the site as a whole, and change with anything."""
    facts: list[object] = [page.src_uri, page.title, page.description, page.edit_path, page.hide]
    if page.edition is not None:
        if not page.edition.key:
            return None
        facts.append(page.edition.key)
        facts += [_neighbour(page.data[name]) for name in ("older", "newer")]
        return repr(facts)
    topic = topic_of(page)
    if topic is None:
        return None
    data = page.data
    facts += [data[name] for name in ("position", "older_uri", "newer_uri")]
    facts.append(topic if data["newer_uri"] is None else topic.title)
    keys: dict[str, None] = {}
    for place in places_on(page):
        if not place.edition.key:
            return None
        keys[place.edition.key] = None
        facts.append((place.paper.id, place.src_uri))
    return repr([*facts, *keys])


def _neighbour(edition: object) -> object:
    return (edition.name, edition.digest.title) if isinstance(edition, EditionOutline) else None


def hashed(parts: Iterable[str | bytes]) -> str:
    """One short name for all of them."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()[:32]


def program() -> Iterator[str | bytes]:
    """Everything that makes pages besides the site: this package, all others, Python."""
    yield python_version()
    yield repr(sorted((it.metadata["Name"] or "", it.version) for it in distributions()))
    yield from folder_content(Path(digest_plugin.__file__).parent)


def folder_content(folder: Path) -> Iterator[str | bytes]:
    """The files of a folder, but for those that Python makes."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(folder).as_posix()
            yield path.read_bytes()
