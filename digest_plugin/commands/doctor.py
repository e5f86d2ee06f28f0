"""The checklist for a new fork: are the files, the key, the servers and the addresses right?"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import click

from digest_plugin.commands.shell import counted
from digest_plugin.errors import DigestError, Fault, InputError, one_line, quoted
from digest_plugin.identifiers import Identifier
from digest_plugin.machine.discretion import hidden, secrets_in
from digest_plugin.machine.files import shown_path
from digest_plugin.people.corrections import read_corrections
from digest_plugin.people.digests import read_digests
from digest_plugin.people.glossary import read_glossary
from digest_plugin.records.contents import newest_first
from digest_plugin.records.store import PaperStore
from digest_plugin.settings import Settings
from digest_plugin.writing.model import (
    DEFAULT_BASE_URL,
    ChatModel,
    Completion,
    StopError,
    UnreachableError,
)

PROVIDER_SECONDS = 60.0
"""For the answer to a question of one line, all tries together."""
ARXIV_SILENCE = 20.0
"""Seconds; somebody is waiting."""
KNOWN_PAPER = Identifier("2403.12151")
"""Asked for where no list names one."""
EXAMPLE = "example"
"""The owner in the addresses of this project's own mkdocs.yml."""
GITHUB = "https://github.com"
SHOWN_FAULTS = 3
MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}

_QUESTION = 'Answer with the JSON object {"ok": true} and nothing else.'
_LOOKS_LIKE_A_KEY = re.compile(r"(?:sk|gsk|pk|xai)[-_]|AIza|[A-Za-z0-9_-]{40,}$")
_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=//)[^/@\s]+@")
_HOST = re.compile(r"(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_REPOSITORY = re.compile(r"([\w.-]+)/([\w.-]+?)(?:\.git)?/?", re.ASCII)


@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    name: str
    outcome: Literal["ok", "warning", "failed"]
    message: str
    advice: str = ""
    """What to do, unless all is well."""


def format_check(check: Check, colour: bool) -> str:  # noqa: FBT001 - there is but one
    """`check` for a terminal: a mark, and on a line of its own what to do."""
    mark, fg = MARKS[check.outcome]
    shown = click.style(mark, fg=fg, bold=True) if colour else mark
    advice = f"\n    → {check.advice}" if check.advice else ""
    return f"{shown} {check.name}: {check.message}{advice}"


def checks(
    settings: Settings,
    site_url: str | None,
    repo_url: str | None,
    environment: Mapping[str, str],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Check]:
    """Every check as soon as it is done: some ask a server, and one costs a few tokens.

    Raises nothing, and shows no secret. `sleep` waits between two requests.
    """
    doctor = _Doctor(settings, site_url, repo_url, environment, sleep)
    for name, check in (
        ("lists", doctor.lists),
        ("corrections", doctor.corrections),
        ("glossary", doctor.glossary),
        ("records", doctor.records),
        ("key", doctor.key),
        ("provider", doctor.provider),
        ("arXiv", doctor.arxiv),
        ("site address", doctor.site_address),
        ("repository address", doctor.repository_address),
    ):
        try:
            outcome, message, advice = check()
        except DigestError as error:
            outcome, message, advice = "failed", str(error), doctor.advice_for(str(error))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            outcome, message = "failed", f"{where}{error.strerror or type(error).__name__}"
            advice = "make it readable, and try again"
        except ValueError as error:  # of libraries, about the host in an address
            outcome, message, advice = "failed", str(error), "correct the address of this server"
        yield Check(name, outcome, doctor.shown(message), doctor.shown(advice))


_Result = tuple[Literal["ok", "warning", "failed"], str, str]


@dataclass
class _Doctor:
    """What the checks share; each returns outcome, message and advice."""

    settings: Settings
    site_url: str | None
    repo_url: str | None
    environment: Mapping[str, str]
    sleep: Callable[[float], None]
    _first_listed: tuple[Identifier, str] = field(default=(KNOWN_PAPER, ""), init=False)
    """A paper to ask arXiv for, and where it is listed."""

    @property
    def _in_actions(self) -> bool:
        return self.environment.get("GITHUB_ACTIONS") == "true"

    def _setting(self, name: str, value: str) -> str:
        """How to set `name` to `value`, here."""
        if not self._in_actions:
            return f"set the environment variable {name} to {value}"
        kind = "Secrets" if name == "OPENAI_API_KEY" else "Variables"
        one = "secret" if kind == "Secrets" else "variable"
        return (
            f"in Settings → Secrets and variables → Actions → {kind}, set the repository {one}"
            f" {name} to {value}"
        )

    @property
    def _addresses(self) -> list[str]:
        """Of servers that are asked."""
        environment = self.settings.environment
        found = (environment.base_url, environment.arxiv_url, self.settings.arxiv_url)
        return list(filter(None, found))

    def shown(self, text: str) -> str:
        """`text` on one line without anything secret."""
        secrets = {
            value.strip() for name, value in self.environment.items() if _SECRET_NAME.search(name)
        } | {self.settings.environment.api_key or ""}
        secrets.update(*map(secrets_in, self._addresses))
        clean = " ".join(_USER_INFO.sub("***@", hidden(text, secrets)).split())
        visible = (sign if sign.isprintable() else repr(sign)[1:-1] for sign in clean)
        return "".join(islice(visible, 1_000))

    # Files

    def lists(self) -> _Result:
        folders = self.settings.folders
        faults: list[Fault] = []
        digests = newest_first(read_digests(folders.digests, folders.root, faults))
        papers = [paper for digest in digests for paper in digest.papers]
        if papers:
            first = papers[0]
            self._first_listed = (first.identifier, f" ({first.path}:{first.line})")
        if not papers and not faults:
            folder = shown_path(folders.digests, folders.root)
            advice = f"make a file such as {folder}/2024-03-20.yml with the line '- {KNOWN_PAPER}'"
            return "warning", f"no list in {folder}", advice
        return _of_files(
            f"{counted(len(digests), 'list')}, {counted(len(papers), 'paper')}", faults
        )

    def corrections(self) -> _Result:
        folders = self.settings.folders
        faults: list[Fault] = []
        found = read_corrections(folders.corrections, folders.root, faults)
        return _of_files(counted(len(found), "correction"), faults)

    def glossary(self) -> _Result:
        folders = self.settings.folders
        faults: list[Fault] = []
        terms = read_glossary(folders.glossary, folders.root, faults)
        return _of_files(counted(len(terms), "term"), faults)

    def records(self) -> _Result:
        store = PaperStore(self.settings.folders.papers, self.settings.folders.root)
        faults: list[Fault] = []
        records = 0
        for identifier in store.identifiers(faults):
            records += 1
            try:
                store.load(identifier)
            except InputError as error:
                faults.extend(error.faults)
        return _of_files(counted(records, "record"), faults)

    # Servers

    def key(self) -> _Result:
        key = self.settings.environment.api_key
        setting = self._setting("OPENAI_API_KEY", "the key that your provider gave you")
        if not key:
            return "failed", "OPENAI_API_KEY is not set: no Chinese can be written", setting
        if not re.fullmatch(r"[!-~]+", key):
            what = "OPENAI_API_KEY holds spaces or characters that no key has"
            return "failed", what, f"{setting}, and nothing else"
        if re.search(r"^['\"]|['\"]$|^OPENAI_API_KEY|^https?:", key):
            return "failed", "OPENAI_API_KEY holds more than a key", f"{setting}, without quotes"
        return "ok", "OPENAI_API_KEY is set", ""

    def provider(self) -> _Result:
        base_url = self.settings.environment.base_url or DEFAULT_BASE_URL
        name = self.settings.model_name
        key = self.settings.environment.api_key
        if not key:
            return "warning", "not asked, for there is no key", "set the key first"
        if _split(base_url) is None:  # not shown: it may be the key
            return "failed", "OPENAI_BASE_URL is no web address", self._base_url_advice()
        if name == key or _LOOKS_LIKE_A_KEY.match(name):
            what = "the name of the model looks like a key, and is not shown"
            advice = self._setting("OPENAI_MODEL", "a model's name such as gpt-5-mini")
            return "failed", what, f"{advice}; if it was a key, make a new one at your provider"
        model = self.settings.chat_model()
        if model is None:
            raise DigestError("OPENAI_API_KEY is not set")
        host = one_line(_host(base_url))
        begin = time.monotonic()
        deadline = begin + min(self.settings.timeout, PROVIDER_SECONDS)
        try:
            completion = self._asked(model, deadline)
        except StopError as error:
            return "failed", f"{host}: {error}", self.advice_for(str(error))
        except DigestError as error:
            kind = "cannot be reached" if isinstance(error, UnreachableError) else "does not answer"
            if str(error).startswith("the provider refuses"):
                kind = "answers, but not to this"
            return "failed", f"{host} {kind}: {error}", self.advice_for(str(error))
        seconds = time.monotonic() - begin
        cost = f"{completion.input_tokens:,} tokens in, {completion.output_tokens:,} out"
        said = f"{host} answered as {quoted(name)} in {seconds:.1f} s ({cost})"
        if _holds_object(completion.text):
            return "ok", said, ""
        return "failed", *self._no_json(said, completion)

    def _asked(self, model: ChatModel, deadline: float) -> Completion:
        return model.complete([{"role": "user", "content": _QUESTION}], deadline, self.sleep)

    def _no_json(self, said: str, completion: Completion) -> tuple[str, str]:
        advice = self._setting("OPENAI_MODEL", "a model that can answer in JSON")
        if completion.finish_reason == "length":
            if self.settings.max_tokens is not None:
                advice = "raise the option max_tokens in mkdocs.yml, or remove it"
            return f"{said}, but the answer was cut at the limit of tokens", advice
        if completion.refusal:
            return f"{said}, but refused: {one_line(completion.refusal)}", advice
        got = quoted(completion.text) if completion.text.strip() else "nothing"
        return f"{said}, but with {got} instead of a JSON object", advice

    def _base_url_advice(self) -> str:
        return self._setting(
            "OPENAI_BASE_URL", "the address in your provider's documentation, which begins with"
            " https:// and often ends in /v1 (none is needed for OpenAI)",
        )  # fmt: skip

    def advice_for(self, error: str) -> str:
        """What to do about an error that a server, or a setting for one, has led to."""
        model = self._setting("OPENAI_MODEL", "a name from your provider's list of models")
        key = self._setting("OPENAI_API_KEY", "a key that is valid for this provider")
        address = self._base_url_advice()
        for beginning, advice in (
            ("The provider refuses the key", f"{key}; one provider's key is unknown to others"),
            ("The provider says the account", "top up your account at the provider"),
            ("The provider does not allow", f"{model}, or use a key that may use this one"),
            ("The provider knows no model", f"{model}; if it is right, {address}"),
            ("the provider refuses", f"{model}; look at max_tokens and extra_body in mkdocs.yml"),
            (".*: a web page", address),
            (".*: connection failed", f"{address}; if it is right, wait and try again"),
            ("OPENAI_BASE_URL", address),
            ("arxiv_delay", "set the option arxiv_delay in mkdocs.yml to 3, or remove it"),
            ("ARXIV_API_URL", "unset ARXIV_API_URL, and remove arxiv_url from mkdocs.yml"),
        ):
            if re.match(beginning, error):
                return advice
        return "wait a few minutes and try again; if it stays so, ask your provider"

    def arxiv(self) -> _Result:
        client = self.settings.arxiv_client()
        client.sleep = self.sleep
        client.read_timeout, client.reply_timeout = ARXIV_SILENCE, 2 * ARXIV_SILENCE
        identifier, where = self._first_listed
        host = one_line(_host(client.url))
        begin = time.monotonic()
        fetched = next(iter(client.fetch([identifier])))
        seconds = time.monotonic() - begin
        if fetched.paper is not None:
            rule = f"asked at most once in {client.delay:g} s" if client.delay else "no pause"
            return "ok", f"{host} gave {fetched.paper.identifier} in {seconds:.1f} s; {rule}", ""
        reason = fetched.reason or "no reason given"
        if reason.startswith(("arXiv knows no such", "arXiv refuses this ID")):
            what = f"{host} answers, but not for {identifier}{where}: {reason}"
            return "warning", what, f"correct or remove {identifier} in that list"
        advice = (
            "wait some minutes and try again; is the network open to"
            f" {host}? ARXIV_API_URL and arxiv_url are for tests and mirrors, and best not set"
        )
        return "failed", f"{host}: {reason}", advice

    # Addresses

    @property
    def _own(self) -> tuple[str, str] | None:
        """Owner and name of the repository that a job runs for."""
        match = _REPOSITORY.fullmatch(self.environment.get("GITHUB_REPOSITORY", ""))
        return (match[1], match[2]) if match else None

    def site_address(self) -> _Result:
        repository = self._own or _repository_at(self.repo_url)
        wanted = _pages_address(*(repository or ("OWNER", "REPOSITORY")))
        advice = self._setting("SITE_URL", wanted) + f", or write site_url: {wanted} in mkdocs.yml"
        if not self.site_url:
            return "failed", "site_url is not set: feeds and links to pages need it", advice
        address = _split(self.site_url)
        if address is None:
            return "failed", f"site_url is {quoted(self.site_url)}, no web address", advice
        host = address.hostname or ""
        shown = quoted(self.site_url, 200)[1:-1]
        if not host.endswith(".github.io") or host.endswith(".pages.github.io"):
            if "." not in host or re.fullmatch(r"[0-9.]+|.*:.*", host):
                return "warning", f"{shown} can be opened on this machine only", advice
            return "ok", f"{shown}: in Settings → Pages → Custom domain it must say {host}", ""
        is_example = host == f"{EXAMPLE}.github.io"
        if is_example and self._own is None and (repository or [EXAMPLE])[0].lower() == EXAMPLE:
            return _example(shown, "SITE_URL", _pages_address("OWNER", "REPOSITORY"))
        if repository is None:
            what = f"{shown}: whether it is yours cannot be told without repo_url"
            return "warning", what, f"write repo_url: {GITHUB}/OWNER/REPOSITORY in mkdocs.yml"
        right = urlsplit(wanted)
        path, right_path = address.path.strip("/"), right.path.strip("/")
        if host != right.hostname or path.lower() != right_path.lower():
            whose = " is the example's own" if is_example else ""
            return "failed", f"{shown}{whose}, but Pages publishes at {wanted}", advice
        if path != right_path or address.scheme != "https":
            return "warning", f"{shown} is not quite {wanted}", advice
        return "ok", shown, ""

    def repository_address(self) -> _Result:
        server = self.environment.get("GITHUB_SERVER_URL") or GITHUB
        wanted = f"{server}/{'/'.join(self._own or ('OWNER', 'REPOSITORY'))}"
        advice = (
            self._setting("REPO_URL", wanted)
            if not self._in_actions
            else ('let the step begin with `scripts/site-address >> "$GITHUB_ENV"`')
        )
        advice += f", or write repo_url: {wanted} in mkdocs.yml"
        if not self.repo_url:
            return "warning", "repo_url is not set: pages have no links for editing", advice
        address, repository = _split(self.repo_url), _repository_at(self.repo_url)
        if address is None or repository is None:
            return "failed", f"repo_url is {quoted(self.repo_url)}, no repository's address", advice
        shown = quoted(self.repo_url, 200)[1:-1]
        is_example = repository[0].lower() == EXAMPLE
        if self._own is None and is_example:
            return _example(shown, "REPO_URL", wanted)
        if self._own is not None:
            found = (address.hostname, *map(str.lower, repository))
            if found != (urlsplit(server).hostname, *map(str.lower, self._own)):
                whose = " is the example's own" if is_example else ""
                return "failed", f"{shown}{whose}, but the repository is {wanted}", advice
        elif "github" not in (address.hostname or ""):
            return "warning", f"{shown} is not on GitHub: pages have no links for editing", advice
        if address.scheme != "https" and server.startswith("https:"):
            return "warning", f"{shown} should begin with https://", advice
        return "ok", shown, ""


def _of_files(what: str, faults: Sequence[Fault]) -> _Result:
    if not faults:
        return "ok", what, ""
    shown = "; ".join(map(str, sorted(set(faults))[:SHOWN_FAULTS]))
    message = f"{counted(len(set(faults)), 'fault')} in {what}: {shown}"
    return "failed", message, "mend what is named; `arxiv-digest check` names every fault"


def _example(shown: str, name: str, value: str) -> _Result:
    advice = (
        "nothing to do for GitHub, whose workflows put yours in its place; to publish from"
        f" elsewhere, set the environment variable {name} to {value}"
    )
    return "warning", f"{shown} is the example's own", advice


def _holds_object(text: str) -> bool:
    """Whether a JSON object stands somewhere in `text`."""
    decoder = json.JSONDecoder(strict=False)
    for match in islice(re.finditer(r"\{", text), 20):
        try:
            return isinstance(decoder.raw_decode(text, match.start())[0], dict)
        except (ValueError, RecursionError):
            continue
    return False


def _split(address: str | None) -> SplitResult | None:
    """The parts of a web address; None if it is none."""
    try:
        parts = urlsplit(address or "")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    is_web = parts.scheme in {"http", "https"} and _HOST.fullmatch(host)
    return parts if is_web and not re.search(r"\s", address or "") else None


def _repository_at(address: str | None) -> tuple[str, str] | None:
    """Owner and name of the repository whose page is at `address`."""
    parts = _split(address)
    match = _REPOSITORY.fullmatch(parts.path.strip("/")) if parts else None
    return (match[1], match[2]) if match else None


def _host(address: str) -> str:
    """All that is shown of a server's address: the rest may hold a password."""
    parts = _split(address)
    return parts.hostname or "" if parts else "the address"


def _pages_address(owner: str, name: str) -> str:
    """Where GitHub Pages publishes a repository."""
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"
