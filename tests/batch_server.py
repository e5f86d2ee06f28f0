"""A real HTTP server on 127.0.0.1 that speaks OpenAI's files and batches beside its completions."""

from __future__ import annotations

import email.message
import email.parser
import email.policy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from servers import (
    Fault,
    ModelServer,
    _Call,
    _Canned,
    _completion,
    _CompletionChange,
    _error,
    _json,
    _json_object,
    _json_reply,
    _Reply,
)

Answer = Callable[[dict[str, Any]], dict[str, Any] | None]
"""From a request to its line in an answer file; None: there is none."""


def answered(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The line that a sound answer makes; `changes` as for a completion: content, finish_reason."""
    body = _completion(request["body"], _CompletionChange(**changes))
    return line_of(request["custom_id"], 200, body)


def line_of(custom_id: str, status: int, body: Any) -> dict[str, Any]:
    """A line with a response."""
    return {
        "id": f"batch_req_{custom_id}",
        "custom_id": custom_id,
        "response": {"status_code": status, "request_id": "r", "body": body},
        "error": None,
    }


def expired(request: dict[str, Any]) -> dict[str, Any]:
    """The line of a request that was not reached in time."""
    message = "This request could not be executed before the completion window expired."
    return {
        "id": "batch_req",
        "custom_id": request["custom_id"],
        "response": None,
        "error": {"code": "batch_expired", "message": message},
    }


def refused(request: dict[str, Any], message: str = "too long") -> dict[str, Any]:
    """The line of a request that the provider refuses."""
    return line_of(request["custom_id"], 400, _error(message, "invalid_request_error"))


def jsonl(lines: list[dict[str, Any]]) -> bytes:
    """A file of these lines."""
    return b"".join(_json(line) + b"\n" for line in lines)


@dataclass
class _Batch:
    id: str
    input_file_id: str
    requests: list[dict[str, Any]]
    looks: int = 0


class BatchServer(ModelServer):
    """OpenAI's files and batches under `base_url`.

    A batch ends with the status `end` after `looks_until_end` looks at it; `answer` makes its
    lines, of which those without a completion go to the error file, and the output file is in
    reverse order. `faults_on` maps a method and path, such as `POST /v1/files`, to the faults of
    the calls that begin so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self.batches: list[_Batch] = []
        self.calls: list[str] = []
        self.end: str = "completed"
        self.looks_until_end: int = 0
        self.answer: Answer = answered
        self.faults_on: dict[str, list[Fault]] = {}
        self.takes_batches: bool = True

    def _unmetered(self, call: _Call) -> _Reply | None:
        is_ours = call.path.startswith(("/v1/files", "/v1/batches"))
        return None if is_ours and self.takes_batches else super()._unmetered(call)

    def _record(self, call: _Call) -> None:
        self.calls.append(f"{call.method} {call.path}")
        if call.path == "/v1/chat/completions":
            super()._record(call)

    def _pop_fault(self, call: _Call) -> Fault | None:
        for begin, faults in self.faults_on.items():
            if faults and f"{call.method} {call.path}".startswith(begin):
                return faults.pop(0)
        return super()._pop_fault(call)

    def _true_reply(self, call: _Call, fault: Fault | None) -> _Reply:
        if call.path == "/v1/chat/completions":
            return super()._true_reply(call, fault)
        if refusal := self._refused_key(call):
            return refusal
        if isinstance(fault, _Canned) and 400 <= fault.code < 500:
            return _json_reply(fault.code, {})  # and nothing is done
        parts = call.path.removeprefix("/v1/").split("/")
        match (call.method, parts):
            case ("POST", ["files"]):
                return self._upload(call)
            case ("GET", ["files", name, "content"]) if name in self.files:
                return _Reply(200, "application/octet-stream", self.files[name])
            case ("POST", ["batches"]):
                return self._create(_json_object(call.body))
            case ("GET", ["batches"]):
                return self._page(parse_qs(urlsplit(call.target).query))
            case ("GET", ["batches", name]):
                for batch in self.batches:
                    if batch.id == name:
                        batch.looks += 1
                        return _json_reply(200, self._state(batch))
        return _json_reply(404, _error(f"No such object: {parts[-1]}", "invalid_request_error"))

    def _upload(self, call: _Call) -> _Reply:
        head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
        parser = email.parser.BytesParser(policy=email.policy.HTTP)
        fields = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in parser.parsebytes(head + call.body).iter_parts()
            if isinstance(part, email.message.EmailMessage)
        }
        if fields.get("purpose") != b"batch":
            return _json_reply(400, _error("Invalid purpose", "invalid_request_error"))
        name = f"file-{len(self.files) + 1}"
        self.files[name] = fields["file"]
        return _json_reply(200, {"id": name, "object": "file", "purpose": "batch"})

    def _create(self, body: dict[str, Any]) -> _Reply:
        content = self.files.get(body.get("input_file_id", ""))
        sound = body.get("endpoint"), body.get("completion_window")
        if content is None or sound != ("/v1/chat/completions", "24h"):
            return _json_reply(400, _error("Invalid batch", "invalid_request_error"))
        requests = [json.loads(line) for line in content.splitlines()]
        assert len({request["custom_id"] for request in requests}) == len(requests)
        assert all(request["method"] == "POST" for request in requests)
        assert all(request["url"] == body["endpoint"] for request in requests)
        batch = _Batch(f"batch_{len(self.batches) + 1}", body["input_file_id"], requests)
        self.batches.append(batch)
        return _json_reply(200, self._state(batch))

    def _page(self, query: dict[str, list[str]]) -> _Reply:
        newest = [batch.id for batch in reversed(self.batches)]
        start = newest.index(query["after"][0]) + 1 if "after" in query else 0
        end = start + int(query.get("limit", ["20"])[0])
        shown = [batch for name in newest[start:end] for batch in self.batches if batch.id == name]
        data = [self._state(batch) for batch in shown]
        return _json_reply(200, {"object": "list", "data": data, "has_more": end < len(newest)})

    def _state(self, batch: _Batch) -> dict[str, Any]:
        """As it is at this look."""
        total = len(batch.requests)
        state = {
            "id": batch.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "created_at": int(time.time()),
            "input_file_id": batch.input_file_id,
            "status": "validating" if batch.looks == 0 else "in_progress",
            "request_counts": {"total": total, "completed": 0, "failed": 0},
        }
        if batch.looks == 0 or batch.looks <= self.looks_until_end:
            return state
        if self.end == "failed":
            error = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
            return state | {"status": "failed", "errors": {"object": "list", "data": [error]}}
        lines = [line for request in batch.requests if (line := self.answer(request))]
        good = [each for each in lines if (each["response"] or {}).get("status_code") == 200]
        bad = [each for each in lines if each not in good]
        state["status"] = self.end
        state["request_counts"] = {"total": total, "completed": len(good), "failed": len(bad)}
        for key, some in (("output_file_id", good[::-1]), ("error_file_id", bad)):
            if some:
                self.files[f"{batch.id}-{key}"] = jsonl(some)
                state[key] = f"{batch.id}-{key}"
        return state
