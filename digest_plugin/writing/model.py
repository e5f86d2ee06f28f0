"""Calls to a language model through the openai package, for any provider that speaks its API.

What the package leaves open is closed here: a deadline in wall-clock time, answers that are no
completions, providers that refuse `response_format`, and the difference between an error that
passes, one that concerns one paper, and one that concerns them all.
"""

from __future__ import annotations

import re
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from digest_plugin.errors import DigestError, one_line
from digest_plugin.machine.discretion import hidden, secrets_in
from digest_plugin.machine.loading import loaded_when_used
from digest_plugin.machine.waiting import answered_within, backoff, retry_after

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletionMessageParam
else:
    # It takes half a second, and most builds and commands ask no model.
    openai = loaded_when_used("openai")

DEFAULT_BASE_URL = "https://api.openai.com/v1"
TRIES = 5
FIRST_WAIT = 0.5
"""Seconds before the second try; doubles from there."""
CONNECT_TIMEOUT = 10.0
MAX_REPLY = 4 * 1024 * 1024
"""Bytes; a paper's Chinese is a few thousand."""

_PASSING = frozenset({408, 409, 425, 429})
"""And 5xx: https://platform.openai.com/docs/guides/error-codes"""
_NO_JSON_OBJECT = frozenset({400, 422})
_NO_CREDIT = re.compile(
    r"arrearage|good standing|insufficient.{0,10}(?:quota|balance|credit)"
    r"|balance.{0,10}insufficient|余额不足|欠费",
    re.IGNORECASE,
)
_QUOTA = re.compile(f"billing|{_NO_CREDIT.pattern}", re.IGNORECASE)
_BAD_KEY = re.compile(
    r"(?:incorrect|invalid).{0,3}api.?key|api.?key.{0,5}(?:not valid|invalid)", re.IGNORECASE
)
_RATE_LIMIT = re.compile(r"rate.?limit", re.IGNORECASE)
"""In the code or the type of an error; OpenAI's text for it advertises the billing page."""
_MODERATED = re.compile(
    r"moderat|flagged|inappropriate|content.{0,10}(?:filter|policy)", re.IGNORECASE
)


class Message(TypedDict):
    """One turn of a conversation."""

    role: str
    content: str


@dataclass(frozen=True)
class Completion:
    """An answer as it came; whether it can be used is for others to say."""

    text: str
    finish_reason: str | None = None
    """`length` if it was cut."""
    refusal: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0


T = TypeVar("T")


class ModelError(DigestError):
    """There is no answer for this paper; the next may fare better."""


class UnreachableError(ModelError):
    """The provider did not answer at all."""


class StopError(DigestError):
    """No paper will get an answer: the key, the account, or the name of the model is at fault."""


class _Message(BaseModel):
    content: Any = None
    """Text; of some providers a list of parts."""
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message | None = None
    finish_reason: str | None = None


class _Body(BaseModel):
    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None


@dataclass
class ChatModel:
    """One model of one provider; may be called from several threads at once."""

    name: str
    api_key: str = field(repr=False)
    base_url: str | None = field(default=None, repr=False)
    """None means OpenAI's."""
    max_tokens: int | None = None
    extra_body: Mapping[str, object] | None = None
    """Sent along with every request, for options of one provider."""
    first_wait: float = FIRST_WAIT
    _takes_json_object: bool = field(default=True, init=False)
    _client: openai.OpenAI = field(init=False, repr=False)
    _secrets: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.api_key = self.api_key.strip()  # secrets often end in a newline
        # Said here, or the package would take an empty OPENAI_BASE_URL for an address.
        base_url = self.base_url or DEFAULT_BASE_URL
        if not re.match(r"https?://\S+$", base_url):
            # Not repeated: it may be the key, in the wrong place.
            raise StopError(
                f"OPENAI_BASE_URL: expected an address such as {DEFAULT_BASE_URL}, got something"
                " else."
            )
        self._secrets = (self.api_key, *secrets_in(base_url))
        self._client = self.client()
        weakref.finalize(self, self._client.close)

    def client(self, max_reply: int = MAX_REPLY) -> openai.OpenAI:
        """A client of the provider that keeps the deadlines of its calls, and takes replies of up
        to `max_reply` bytes. Raises StopError."""
        base_url = self.base_url or DEFAULT_BASE_URL
        # Hooks, because with a transport of ours httpx2 ignores the environment's proxies.
        hooks: dict[str, list[Callable[..., object]]] = {
            "request": [_start_deadline],
            "response": [partial(_keep_deadline, max_reply=max_reply)],
        }
        # Retries are `until_it_passes`'s: the package would sleep past the deadline.
        try:
            httpx2.URL(base_url).host.encode("idna")  # or it would fail when it is looked up
            return openai.OpenAI(
                api_key=self.api_key or "none",
                base_url=base_url,
                max_retries=0,
                http_client=openai.DefaultHttpxClient(event_hooks=hooks),
            )
        except (httpx2.InvalidURL, UnicodeError):  # which quote parts of it
            raise StopError("OPENAI_BASE_URL is no address that can be asked.") from None

    def body(self, messages: list[Message]) -> dict[str, object]:
        """The body of the request that `complete` makes first."""
        options = self._options(json_object=True)
        extra = options.pop("extra_body", {})
        return {"model": self.name, "messages": messages, **options, **extra}

    def complete(
        self,
        messages: list[Message],
        deadline: float,
        sleep: Callable[[float], object] = time.sleep,
    ) -> Completion:
        """The model's answer to `messages`, asked again while errors pass.

        `deadline` is a time of `time.monotonic()`. Raises ModelError, or StopError.
        """
        completion = self.until_it_passes(lambda: self._call(messages, deadline), deadline, sleep)
        return self._shown_completion(completion)

    def until_it_passes(
        self, call: Callable[[], T], deadline: float, sleep: Callable[[float], object] = time.sleep
    ) -> T:
        """What `call` returns, called again while it raises errors that pass.

        Raises ModelError when no tries, or no time, are left; StopError without a usable key.
        """
        if not re.fullmatch(r"[!-~]+", self.api_key):
            raise StopError(
                "The key is empty or holds characters that no key has: check OPENAI_API_KEY."
            )
        attempt = 0
        while True:
            try:
                return self._in_time(call, deadline)
            except PassingError as error:
                attempt += 1
                wait = error.wait
                if wait is None:
                    wait = backoff(attempt - 1, first=self.first_wait, longest=60.0)
                reason = self.shown(error.reason)
                if wait >= deadline - time.monotonic():
                    left = f"wait {wait:.0f} s" if wait >= 1 else "try again"
                    reason += f"; no time is left to {left}"
                elif attempt < TRIES:
                    sleep(wait)
                    continue
                tries = f"{attempt} tries" if attempt > 1 else "1 try"
                kind = UnreachableError if error.unreachable else ModelError
                raise kind(f"no answer from the model after {tries}: {reason}") from None

    def _in_time(self, call: Callable[[], T], deadline: float) -> T:
        """What `call` returns; it minds the deadline itself, but for headers that drip."""
        try:
            return answered_within(deadline - time.monotonic(), call)
        except TimeoutError:
            raise PassingError("no answer in time", unreachable=True) from None

    def completion(self, body: object) -> Completion:
        """The completion in a reply that came in a file, which may hold anything.

        Raises ModelError, or StopError.
        """
        try:
            return self._shown_completion(_completion(body))
        except PassingError as error:
            reason = self.shown(error.reason)
            raise ModelError(f"the answer cannot be used: {reason}") from None

    def _call(self, messages: list[Message], deadline: float) -> Completion:
        takes_json_object = self._takes_json_object
        try:
            return self._request(messages, deadline, json_object=takes_json_object)
        except openai.APIStatusError as error:
            meaning = self._translated(error)
            may_be_json_object = takes_json_object and error.status_code in _NO_JSON_OBJECT
            if isinstance(meaning, StopError) or not may_be_json_object:
                raise meaning from None
        try:
            completion = self._request(messages, deadline, json_object=False)
        except openai.APIStatusError as error:
            raise self._translated(error) from None
        # Only now is it known that response_format was the reason.
        self._takes_json_object = False
        return completion

    def _request(
        self, messages: list[Message], deadline: float, *, json_object: bool
    ) -> Completion:
        options = self._options(json_object=json_object)
        conversation: list[ChatCompletionMessageParam] = messages  # type: ignore[assignment]
        timeout = timeout_until(deadline)
        with network_errors_pass():
            response = self._client.chat.completions.with_raw_response.create(
                model=self.name, messages=conversation, timeout=timeout, **options
            )
            content = response.http_response.content
        return _completion(parsed_reply(content, "chat completion"))

    def _options(self, *, json_object: bool) -> dict[str, Any]:
        """What a request says besides the model and the messages."""
        options: dict[str, Any] = {}
        if json_object:
            options["response_format"] = {"type": "json_object"}
        if self.max_tokens is not None:
            options["max_tokens"] = self.max_tokens
        if self.extra_body:
            options["extra_body"] = dict(self.extra_body)
        return options

    def _translated(self, error: openai.APIStatusError) -> Exception:
        """What an HTTP status means for this paper and for the others."""
        status = error.status_code
        if general := self.general_trouble(error):
            return general
        if status == 403 and not _MODERATED.search(f"{error.code} {error.type} {error.body}"):
            return StopError(
                f"The provider does not allow the key to use {self.name!r} (HTTP 403): check"
                " OPENAI_API_KEY and OPENAI_MODEL."
            )
        if status == 404:
            return StopError(
                f"The provider knows no model {self.name!r} at this address (HTTP 404): check"
                " OPENAI_MODEL and OPENAI_BASE_URL."
            )
        said = self.shown(str(error.message))
        return ModelError(f"the provider refuses the request (HTTP {status}): {said}")

    def general_trouble(self, error: openai.APIStatusError) -> Exception | None:
        """What an HTTP status means whatever was asked: the account is at fault, or it passes."""
        status = error.status_code
        if trouble := _account_trouble(status, f"{error.code} {error.type} {error.body}"):
            return StopError(trouble)
        if status in _PASSING or status >= 500:
            return PassingError(f"HTTP {status}", wait=retry_after(error.response.headers))
        return None

    def _shown_completion(self, completion: Completion) -> Completion:
        return replace(
            completion,
            text=self._without_secrets(completion.text),
            refusal=completion.refusal and self.shown(completion.refusal),
        )

    def shown(self, text: str) -> str:
        """What a provider or a library says, on one line and without the key or a password."""
        return one_line(self._without_secrets(text))

    def _without_secrets(self, text: str) -> str:
        return hidden(text, self._secrets)


def _account_trouble(status: int | None, details: str) -> str | None:
    """What is wrong with the key or the account, for all papers alike; None if nothing is.

    Providers say it with several statuses: 400 and 403 among them, or an error under status 200.
    """
    said = f"HTTP {status}" if status else "no status"
    if status == 401 or (status in {None, 400, 403} and _BAD_KEY.search(details)):
        return f"The provider refuses the key ({said}): check OPENAI_API_KEY."
    passes = _RATE_LIMIT.search(details.partition("{")[0])
    quota = status == 429 and not passes and _QUOTA.search(details)
    no_credit = status in {None, 400, 403} and _NO_CREDIT.search(details)
    if status == 402 or quota or no_credit:
        return (
            f"The provider says the account has no credit left ({said}):"
            " top it up, or use another key."
        )
    return None


def _code_and_message(error: object) -> tuple[int | None, str]:
    """The status and the words of an error that came under HTTP 200."""
    code = error.get("code") if isinstance(error, dict) else None
    return (code if isinstance(code, int) else None), str(error or "")


class PassingError(Exception):
    """An error that may be gone next time; `wait` in seconds, if the server said."""

    def __init__(
        self, reason: str, *, wait: float | None = None, unreachable: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.unreachable = unreachable


@contextmanager
def network_errors_pass() -> Iterator[None]:
    """Have what goes wrong below HTTP raised as PassingError."""
    try:
        yield
    except (openai.APITimeoutError, httpx2.TimeoutException):
        raise PassingError("no answer in time", unreachable=True) from None
    except (openai.APIConnectionError, httpx2.HTTPError) as error:
        cause = str(error.__cause__ or error) or type(error).__name__
        raise PassingError(f"connection failed ({cause})", unreachable=True) from None


def timeout_until(deadline: float) -> httpx2.Timeout:
    """For a call that may take until `deadline`. Raises ModelError if that is over."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise ModelError("no answer from the model before the deadline")
    return httpx2.Timeout(remaining, connect=min(remaining, CONNECT_TIMEOUT))


def parsed_reply(content: bytes, what: str) -> object:
    """The JSON of a reply with status 200, which should be a `what`. Raises PassingError."""
    try:
        return from_json(content)
    except ValueError:
        if content.lstrip().startswith(b"<"):
            page = "a web page instead of an answer: check OPENAI_BASE_URL"
            raise PassingError(page, unreachable=True) from None
        raise PassingError(f"an answer that is no {what}") from None


def _completion(reply: object) -> Completion:
    """The completion in the JSON of a reply. Raises PassingError or StopError."""
    try:
        body = _Body.model_validate(reply)
    except ValidationError:
        raise PassingError("an answer that is no chat completion") from None
    if trouble := _account_trouble(*_code_and_message(body.error)):
        raise StopError(trouble)
    if not body.choices:
        what = f"an error: {body.error}" if body.error else "no choices"
        raise PassingError(f"an answer with {what}")
    choice = body.choices[0]
    message = choice.message or _Message()
    return Completion(
        text=_text(message.content),
        finish_reason=choice.finish_reason,
        refusal=message.refusal,
        input_tokens=_tokens(body.usage, "prompt_tokens"),
        output_tokens=_tokens(body.usage, "completion_tokens"),
    )


def _text(content: object) -> str:
    """The text of a message: a string, or parts of which some hold text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(
        part["text"]
        for part in parts
        if isinstance(part, dict) and isinstance(part.get("text"), str)
    )


def _tokens(usage: object, name: str) -> int:
    """A count of tokens; 0 if the provider did not say."""
    count = usage.get(name) if isinstance(usage, dict) else None
    return int(count) if isinstance(count, int | float) and 0 <= count < 1e12 else 0


def _start_deadline(request: httpx2.Request) -> None:
    """Note when the whole reply has to be there: a slow drip would outlive the read timeout."""
    seconds = request.extensions.get("timeout", {}).get("read")
    if seconds is not None:
        request.extensions.setdefault("deadline", time.monotonic() + seconds)


def _keep_deadline(response: httpx2.Response, max_reply: int) -> None:
    extensions = response.request.extensions
    deadline = extensions.get("deadline")
    if deadline is not None and isinstance(response.stream, httpx2.SyncByteStream):
        # For the reads of the body: the time the headers took is gone.
        extensions["timeout"]["read"] = max(0.001, deadline - time.monotonic())
        response.stream = _DeadlineStream(response.stream, deadline, max_reply)


class _DeadlineStream(httpx2.SyncByteStream):
    """The body of a reply, as long as it keeps to its time and size."""

    def __init__(self, stream: httpx2.SyncByteStream, deadline: float, max_reply: int) -> None:
        self._stream = stream
        self._max_reply = max_reply
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("the reply took longer than the deadline")
            if size > self._max_reply:
                mebibytes = self._max_reply // 2**20
                raise httpx2.DecodingError(f"the reply is larger than {mebibytes} MiB")
            yield chunk

    def close(self) -> None:
        self._stream.close()
