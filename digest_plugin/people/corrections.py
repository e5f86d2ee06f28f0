"""What people put right: one file a paper, `ID.yml`, read strictly and never written."""

from __future__ import annotations

import re
from pathlib import Path

from digest_plugin.errors import Fault, quoted
from digest_plugin.identifiers import parse_identifier
from digest_plugin.machine.files import list_files, misnamed_files, shown_path
from digest_plugin.papers import FIELDS, Correction
from digest_plugin.people.strict_yaml import Mapping, read_yaml, text_field, unknown_key

KEYS = (*FIELDS, "by", "version")


def read_corrections(folder: Path, root: Path, faults: list[Fault]) -> dict[str, Correction]:
    """Every correction below `folder` by identifier without version; faults go to `faults`."""
    corrections = {}
    for path in list_files(folder):
        correction = read_correction(path, folder, root, faults)
        if correction is not None:
            corrections[correction.id] = correction
    faults.extend(misnamed_files(folder, root))
    return corrections


def read_correction(path: Path, folder: Path, root: Path, faults: list[Fault]) -> Correction | None:
    """The correction in the file `path`; None if it has faults."""
    shown = shown_path(path, root)
    known = len(faults)
    name = path.relative_to(folder).as_posix().removesuffix(".yml")
    try:
        identifier = parse_identifier(name)
    except ValueError:
        identifier = None
    if identifier is None or identifier.base != name:
        faults.append(
            Fault(shown, 1, "expected an arXiv ID without version as the file's name, such as"
                  f" 2403.12151.yml; got {quoted(path.name)}")
        )  # fmt: skip
    node = read_yaml(path, shown, faults)
    if node is None and len(faults) > known:
        return None
    if not isinstance(node, Mapping):
        line = node.line if node is not None else 1
        faults.append(Fault(shown, line, f"expected the keys {', '.join(KEYS)}, got none"))
        return None
    fields: dict[str, str | None] = {}
    lines: dict[str, int] = {}
    version: int | None = None
    for key, value in node.items:
        if key.value not in KEYS:
            faults.append(unknown_key(key, KEYS, shown))
            continue
        lines[key.value] = key.line
        text = text_field(key, value, shown, faults)
        if key.value != "version":
            fields[key.value] = text and " ".join(text.split())
        elif text and re.fullmatch(r"[1-9][0-9]{0,2}", text):
            version = int(text)
        elif text:
            faults.append(
                Fault(shown, value.line, f"expected a version such as 2, got {quoted(text)}")
            )
    if len(faults) == known and not any(fields.get(name) for name in FIELDS):
        faults.append(
            Fault(shown, node.line, f"expected a text under {', '.join(FIELDS[:-1])} or"
                  f" {FIELDS[-1]}, got none: delete the file if nothing is to be corrected")
        )  # fmt: skip
    if len(faults) > known:
        return None
    return Correction(name, shown, **fields, version=version, lines=lines)
