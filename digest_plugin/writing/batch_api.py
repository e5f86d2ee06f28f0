"""A provider's Batch API through the openai package: files up, batches, files down."""

from __future__ import annotations

import io
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, Field, ValidationError

from digest_plugin.machine.loading import loaded_when_used
from digest_plugin.writing.model import (
    DEFAULT_BASE_URL,
    ChatModel,
    ModelError,
    PassingError,
    StopError,
    network_errors_pass,
    parsed_reply,
    timeout_until,
)

if TYPE_CHECKING:
    import openai
else:
    openai = loaded_when_used("openai")

CALL_SECONDS = 60.0
"""Wall-clock time for one call, all tries together."""
TRANSFER_SECONDS = 1800.0
"""The same for a file of hundreds of megabytes."""
MAX_FILE = 2 * 1024**3
"""Bytes of an answer file."""
PAGES = 20
"""Of a hundred batches each, in which one is looked for."""

UNDER_WAY = frozenset({"validating", "in_progress", "finalizing", "cancelling"})


R = TypeVar("R", bound=BaseModel)


class GoneError(ModelError):
    """The provider knows no such batch or file."""


class _Counts(BaseModel):
    total: int = 0
    completed: int = 0
    failed: int = 0


class BatchState(BaseModel, frozen=True):
    """What the provider says of a batch."""

    id: str = Field(min_length=1)
    status: str
    input_file_id: str | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    request_counts: _Counts | None = None
    errors: Any = None

    @property
    def is_under_way(self) -> bool:
        """Whether more is to come."""
        return self.status in UNDER_WAY

    @property
    def counts(self) -> _Counts:
        """Requests by what became of them; zeros while the provider does not say."""
        return self.request_counts or _Counts()

    @property
    def reasons(self) -> str:
        """Why the provider did not take it; empty if it says nothing."""
        data = self.errors.get("data") if isinstance(self.errors, dict) else None
        found = [each for each in data or [] if isinstance(each, dict)]
        return "; ".join(str(each.get("message") or each.get("code")) for each in found[:3])


class _File(BaseModel):
    id: str = Field(min_length=1)


class _Page(BaseModel):
    data: list[BatchState]
    has_more: bool = False


class BatchApi:
    """The files and batches of one account."""

    def __init__(self, model: ChatModel, sleep: Callable[[float], object] = time.sleep) -> None:
        """Asks `model`'s provider with its key; `sleep` is for the waits between tries."""
        self._model = model
        self._sleep = sleep
        self._client = model.client(MAX_FILE)
        weakref.finalize(self, self._client.close)

    @property
    def host(self) -> str:
        """The provider's, without what an address may hold of keys."""
        return urlsplit(self._model.base_url or DEFAULT_BASE_URL).netloc.rpartition("@")[2]

    def shown(self, text: str) -> str:
        """What the provider says, on one line and without the key."""
        return self._model.shown(text)

    def upload(self, path: Path) -> str:
        """Send a request file; returns the provider's id of it. Raises ModelError, StopError."""
        deadline = time.monotonic() + TRANSFER_SECONDS

        def call() -> str:
            timeout = timeout_until(deadline)
            with self._translated("the file"), _TimedFile(path, deadline) as file:
                raw = self._client.files.with_raw_response.create(
                    file=("requests.jsonl", file), purpose="batch", timeout=timeout
                )
                return _read(_File, raw.http_response.content, "file").id

        return self._model.until_it_passes(call, deadline, self._sleep)

    def create(self, file: str) -> BatchState:
        """Start the batch of a request file, once: before a second try it is looked for."""
        deadline = time.monotonic() + CALL_SECONDS
        tries = 0

        def call() -> BatchState:
            nonlocal tries
            tries += 1
            if tries > 1 and (there := self._found(file, deadline)):
                return there
            with self._translated("the batch"):
                raw = self._client.batches.with_raw_response.create(
                    completion_window="24h",
                    endpoint="/v1/chat/completions",
                    input_file_id=file,
                    timeout=timeout_until(deadline),
                )
                return _read(BatchState, raw.http_response.content, "batch")

        return self._model.until_it_passes(call, deadline, self._sleep)

    def find(self, file: str) -> BatchState | None:
        """The batch of a request file, if there is one among the newest."""
        deadline = time.monotonic() + CALL_SECONDS
        return self._model.until_it_passes(
            lambda: self._found(file, deadline), deadline, self._sleep
        )

    def _found(self, file: str, deadline: float) -> BatchState | None:
        after: str | None = None
        for _ in range(PAGES):
            with self._translated("the list of batches"):
                raw = self._client.batches.with_raw_response.list(
                    limit=100, timeout=timeout_until(deadline), after=after or openai.omit
                )
                page = _read(_Page, raw.http_response.content, "list of batches")
            for state in page.data:
                if state.input_file_id == file:
                    return state
            if not page.has_more or not page.data:
                return None
            after = page.data[-1].id
        return None

    def retrieve(self, batch: str) -> BatchState:
        """How a batch is doing. Raises GoneError, ModelError, StopError."""
        deadline = time.monotonic() + CALL_SECONDS

        def call() -> BatchState:
            with self._translated(f"the batch {batch}"):
                raw = self._client.batches.with_raw_response.retrieve(
                    batch, timeout=timeout_until(deadline)
                )
                return _read(BatchState, raw.http_response.content, "batch")

        return self._model.until_it_passes(call, deadline, self._sleep)

    def download(self, file: str, path: Path) -> None:
        """Bring a file of the provider's to `path`, piece by piece."""
        deadline = time.monotonic() + TRANSFER_SECONDS

        def call() -> None:
            streaming = self._client.files.with_streaming_response
            with (
                self._translated(f"the file {file}"),
                streaming.content(file, timeout=timeout_until(deadline)) as response,
                path.open("wb") as target,
            ):
                for chunk in response.iter_bytes(65536):
                    target.write(chunk)

        self._model.until_it_passes(call, deadline, self._sleep)

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Have errors of the wire raised as ours; `what` was asked for."""
        try:
            with network_errors_pass():
                yield
        except openai.APIStatusError as error:
            raise self._meaning(error, what) from None

    def _meaning(self, error: openai.APIStatusError, what: str) -> Exception:
        status = error.status_code
        if general := self._model.general_trouble(error):
            return general
        if status == 404 and what.startswith(("the batch ", "the file ")):
            return GoneError(f"the provider knows {what} no longer (HTTP 404)")
        if status in {403, 404, 405}:
            return StopError(
                f"The provider offers no batches here (HTTP {status}): check OPENAI_BASE_URL, or"
                " use batch write and batch read, or update."
            )
        said = self.shown(str(error.message))
        return ModelError(f"the provider refuses {what} (HTTP {status}): {said}")


def _read(kind: type[R], content: bytes, what: str) -> R:
    try:
        return kind.model_validate(parsed_reply(content, what))
    except ValidationError:
        raise PassingError(f"an answer that is no {what}") from None


class _TimedFile(io.FileIO):
    """A file that is no longer read when time is over: a slow upload would outlive it."""

    def __init__(self, path: Path, deadline: float) -> None:
        super().__init__(path)
        self._deadline = deadline

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes. Raises WriteTimeout."""
        if time.monotonic() > self._deadline:
            raise httpx2.WriteTimeout("the upload took longer than the deadline")
        return super().read(-1 if size is None else size) or b""
