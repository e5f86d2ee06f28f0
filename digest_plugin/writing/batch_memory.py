"""What the machine remembers of batches under way: `runs/batches.json` beside the records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from digest_plugin.errors import DigestError, one_line
from digest_plugin.machine.files import shown_path, write_whole


@dataclass(frozen=True)
class Submitted:
    """A batch that was handed to a provider, and whose answers have not been read."""

    file: str
    """The provider's id of the request file."""
    host: str
    """Of the provider's address."""
    model: str
    requests: int
    since: AwareDatetime
    batch: str | None = None
    """The provider's id; None if it is not known whether the batch was made."""


_MEMORY = TypeAdapter(tuple[Submitted, ...])


@dataclass(frozen=True)
class BatchMemory:
    """The file; only the machine writes it."""

    path: Path
    root: Path
    """The folder that paths in messages are relative to."""

    def read(self) -> tuple[Submitted, ...]:
        """The batches under way, oldest first. Raises DigestError if the file is broken."""
        try:
            return _MEMORY.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return ()
        except ValidationError as error:
            first = error.errors()[0]
            what = one_line(": ".join(map(str, (*first["loc"], first["msg"]))))
            raise DigestError(
                f"{shown_path(self.path, self.root)}: expected a list of batches, got {what}: undo"
                " the change, or remove the file: what it remembers may then be paid for again"
            ) from None

    def write(self, batches: tuple[Submitted, ...]) -> None:
        """Remember `batches`; without any there is no file. Raises OSError."""
        if not batches:
            self.path.unlink(missing_ok=True)
            return
        data = _MEMORY.dump_python(batches, mode="json", exclude_none=True)
        text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
        write_whole(self.path, f"{text}\n".encode(), outlive_power_cut=True)
