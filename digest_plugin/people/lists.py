"""Adding papers to a list that people write, as a person would."""

from __future__ import annotations

from pathlib import Path

from digest_plugin.errors import Fault, InputError
from digest_plugin.identifiers import Identifier
from digest_plugin.machine.files import shown_path, write_whole
from digest_plugin.people.digests import parse_digest, read_digest, with_papers


def append_to_list(
    path: Path,
    identifiers: list[Identifier],
    folder: Path,
    root: Path,
    title: str | None = None,
) -> dict[str, Identifier]:
    """Add what a list does not hold yet; returns what it held before, by ID without version.

    A list that has to be made gets the `title`, or else that of its name.
    """
    faults: list[Fault] = []
    if not path.is_file() or not path.read_bytes().strip():
        head = f"title: {title}\npapers:\n" if title else ""
        text = head + "".join(f"- {identifier}\n" for identifier in identifiers)
        name = path.relative_to(folder).as_posix().removesuffix(".yml")
        parse_digest(text, name, shown_path(path, root), faults)
        if faults:
            raise InputError(faults)
        write_whole(path, text.encode())
        return {}
    digest = read_digest(path, folder, root, faults)
    if digest is None:
        raise InputError(faults)
    listed = {paper.identifier.base: paper.identifier for paper in digest.papers}
    new = [identifier for identifier in identifiers if identifier.base not in listed]
    if new:
        try:
            text = with_papers(path.read_bytes().decode("utf-8-sig"), digest, new)
        except ValueError as error:
            last = max(paper.line for paper in digest.papers)
            raise InputError([Fault(digest.path, last, f"{error}: add them by hand")]) from None
        write_whole(path, text.encode())
    return listed
