"""Answer files of the OpenAI Batch format, read line by line into the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from digest_plugin.errors import DigestError, InputError, one_line
from digest_plugin.machine.progress import Progress
from digest_plugin.papers import Correction, Record, Written
from digest_plugin.people.digests import ListedPaper
from digest_plugin.people.glossary import TermFinder
from digest_plugin.people.listed_papers import ListedPapers
from digest_plugin.records.runs import Failure
from digest_plugin.records.store import PaperStore
from digest_plugin.writing.batch_requests import CustomId
from digest_plugin.writing.model import ChatModel, Completion
from digest_plugin.writing.update import is_at_hand, lacks_chinese
from digest_plugin.writing.write import AnswerError, prompt_version, read_draft

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one answer."""
MAX_NAMED = 20
"""Lines of one kind that are named; the others are only counted."""


_BOM = b"\xef\xbb\xbf"
"""What some editors put before the first line."""


class _Response(BaseModel):
    status_code: int | None = None
    body: Any = None


class _Line(BaseModel):
    custom_id: str
    response: _Response | None = None
    error: Any = None


@dataclass
class Outcome:
    """What came of answers; grows while they are read."""

    written: int = 0
    done: int = 0
    """Answers for papers that had their Chinese before."""
    outdated: int = 0
    """For an English that has changed since."""
    unlisted: int = 0
    """For papers that no list asks for."""
    doubled: int = 0
    """For papers that were answered before in these files."""
    other_prompt: int = 0
    """Of `written`, those that were asked for in the words of an earlier prompt."""
    doubtful: int = 0
    """Of `written`, those in which the check found something: 待校."""
    failures: dict[str, Failure] = field(default_factory=dict)
    """By identifier, or by file and line."""
    notes: list[str] = field(default_factory=list)
    """What was left aside, and why."""
    models: Counter[str] = field(default_factory=Counter)
    input_tokens: int = 0
    output_tokens: int = 0


class AnswerReader:
    """Takes answers into the store, as if they had come by themselves."""

    def __init__(
        self,
        corrections: Mapping[str, Correction],
        terms: TermFinder,
        listed: ListedPapers,
        store: PaperStore,
        model: ChatModel,
    ) -> None:
        """Of `model` only the name, for answers that do not say theirs, and the key, which is kept
        out of what is stored and said."""
        self.outcome = Outcome()
        self._corrections = corrections
        self._terms = terms
        self._listed = listed
        self._store = store
        self._model = model
        self._progress = Progress("reading answers")
        self._unreadable = 0

    def read(self, path: Path, shown: str) -> None:
        """Read a file of answers; `shown` is what people know it by.

        Raises StoreError if a record cannot be written, OSError if the file cannot be read.
        """
        with path.open("rb") as file:
            self._progress.expect(sum(1 for _ in _lines(file)))
            file.seek(0)
            for number, line in _lines(file):
                failed = len(self.outcome.failures)
                self._take(line, f"{shown}:{number}", Failure(shown, number, ""))
                self._progress.advance(failed=len(self.outcome.failures) > failed)

    def close(self) -> None:
        """No more will come."""
        self._progress.close()

    def _take(self, line: bytes, where: str, place: Failure) -> None:
        try:
            content = from_json(line.removeprefix(_BOM), cache_strings="keys")
        except ValueError:
            got = "a line that is no JSON"
            if not line.endswith(b"\n"):
                got = (
                    "a line that is cut short: fetch or copy the file again, or have the paper"
                    " asked for again by batch write"
                )
            self._refuse(where, place, f"expected an answer of the Batch format, got {got}")
            return
        if isinstance(content, dict) and "body" in content and "method" in content:
            reason = "expected an answer of the Batch format, got a request that batch write made"
            self._refuse(where, place, reason)
            return
        try:
            answer = _Line.model_validate(content)
            custom_id = CustomId.parse(answer.custom_id)
        except ValidationError:
            reason = "expected an answer of the Batch format, got no object with a custom_id"
            self._refuse(where, place, reason)
        except ValueError as error:
            self._refuse(where, place, self._model.shown(str(error)))
        else:
            self._take_answer(answer, custom_id, where)

    def _refuse(self, where: str, place: Failure, reason: str) -> None:
        self._unreadable += 1
        if self._unreadable <= MAX_NAMED:
            self.outcome.failures[where] = replace(place, reason=reason)
        elif self._unreadable == MAX_NAMED + 1:
            reason = "expected answers of the Batch format, got more lines that are none"
            self.outcome.failures[where] = replace(place, reason=reason)

    def _take_answer(self, answer: _Line, custom_id: CustomId, where: str) -> None:
        """Find the paper of an answer that can be read, and see whether it is still wanted."""
        outcome, identifier = self.outcome, custom_id.identifier
        versions = self._listed.versions(identifier.base)
        listed = next((each for each in versions if each.identifier == identifier), None)
        if listed is None:
            outcome.unlisted += 1
            self._note(outcome.unlisted, f"{where}: {identifier}: no list asks for it")
            return
        is_first = self._listed.mark(identifier)
        try:
            record = self._store.load(identifier)
        except InputError as error:
            self._fail(listed, str(error))
            return
        if record is None:
            self._fail(listed, "there is no record of what arXiv says: run `arxiv-digest update`,"
                       " then read the file again")  # fmt: skip
        elif not custom_id.is_of(record.paper):
            outcome.outdated += 1
            said = f"{where}: {identifier}: its English has changed since it was asked for"
            self._note(outcome.outdated, said)
        elif not lacks_chinese(record, self._corrections.get(identifier.base)):
            outcome.done += is_first
            outcome.doubled += not is_first
        else:
            outcome.doubled += not is_first
            self._write(answer, custom_id, listed, record)
            for each in versions:
                if each is not listed:
                    self._share(each)

    def _note(self, count: int, said: str) -> None:
        if count <= MAX_NAMED:
            self.outcome.notes.append(one_line(said, 500))

    def _write(
        self, answer: _Line, custom_id: CustomId, listed: ListedPaper, record: Record
    ) -> None:
        """Check the Chinese in `answer` and store it, or say what is wrong with it."""
        try:
            completion = self._completion(answer)
            self.outcome.input_tokens += completion.input_tokens
            self.outcome.output_tokens += completion.output_tokens
            draft = read_draft(completion, record.paper, self._terms.find_in(record.paper))
        except AnswerError as error:
            self._fail(listed, f"the answer cannot be used: {one_line(str(error))}")
            return
        except DigestError as error:
            self._fail(listed, str(error))
            return
        written = Written(
            model=self._model_of(answer),
            prompt=custom_id.prompt,
            source_hash=record.paper.source_hash,
            day=datetime.now(UTC).date(),
            input_tokens=completion.input_tokens,
            output_tokens=completion.output_tokens,
        )
        new = replace(record, chinese=draft.chinese, written=written, problems=draft.problems)
        self._store.save(listed.identifier, new)
        self.outcome.written += 1
        self.outcome.doubtful += bool(draft.problems)
        self.outcome.models[written.model] += 1
        self.outcome.other_prompt += custom_id.prompt != prompt_version()
        self.outcome.failures.pop(str(listed.identifier), None)

    def _share(self, listed: ListedPaper) -> None:
        """Give the text to another version with the same English, as `update` does."""
        try:
            record = self._store.load(listed.identifier)
        except InputError:
            return  # it is named when its own answer is read, and by `check`
        if record is not None and record.chinese is None:
            versions = [each.identifier for each in self._listed.versions(listed.identifier.base)]
            is_at_hand(self._store, listed.identifier, record, versions)

    def _completion(self, answer: _Line) -> Completion:
        """Raises DigestError."""
        response = answer.response
        if answer.error is None and response is not None and response.status_code in {200, None}:
            return self._model.completion(response.body)
        said = answer.error
        if response is not None and isinstance(response.body, dict):
            said = response.body.get("error") or said
        if isinstance(said, dict):
            said = said.get("message") or said.get("code") or said
        status = response.status_code if response is not None else None
        reply = self._model.shown(str(said or "no reason given"))
        if status is None:
            raise DigestError(f"the provider gave no answer in the batch: {reply}")
        raise DigestError(f"the provider refuses the request (HTTP {status}): {reply}")

    def _model_of(self, answer: _Line) -> str:
        body = answer.response.body if answer.response is not None else None
        name = body.get("model") if isinstance(body, dict) else None
        return self._model.shown(name) if isinstance(name, str) and name else self._model.name

    def _fail(self, listed: ListedPaper, reason: str) -> None:
        failure = Failure(listed.path, listed.line, reason, str(listed.identifier))
        self.outcome.failures.setdefault(failure.identifier, failure)


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, by number; of one that is far too long only the start."""
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if not line.endswith(b"\n"):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(MAX_LINE)
            line += b"\n" * rest.endswith(b"\n")
        if line.strip():
            yield number, line
