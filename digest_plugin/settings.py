"""What a maintainer decides: mkdocs.yml and the environment, brought together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from digest_plugin.errors import DigestError
from digest_plugin.intake.fetch import DEFAULT_URL, MIN_DELAY, ArxivClient
from digest_plugin.intake.watch import Watch
from digest_plugin.pages.status import Prices
from digest_plugin.records.contents import Folders
from digest_plugin.records.runs import RunLog
from digest_plugin.writing.batch_memory import BatchMemory
from digest_plugin.writing.model import ChatModel
from digest_plugin.writing.update import Limits


@dataclass(frozen=True)
class Environment:
    """What is set outside the repository, so that a fork changes no file; None: not set."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    model: str | None = None
    arxiv_url: str | None = None
    is_lenient: bool = False
    """Whether a build goes on without what cannot be read."""
    job_url: str | None = None
    """Of the job on GitHub that this runs in."""

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Environment:
        """From `OPENAI_…`, `ARXIV_API_URL` and `ARXIV_DIGEST_LENIENT`."""

        def value(name: str) -> str | None:
            return variables.get(name, "").strip() or None

        return cls(
            value("OPENAI_API_KEY"),
            value("OPENAI_BASE_URL"),
            value("OPENAI_MODEL"),
            value("ARXIV_API_URL"),
            value("ARXIV_DIGEST_LENIENT") not in {None, "0", "false"},
            _job_url(variables),
        )


def _job_url(variables: Mapping[str, str]) -> str | None:
    parts = [variables.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else None


@dataclass(frozen=True)
class Settings:
    """Everything that the steps need to know; the environment wins over the options."""

    folders: Folders
    environment: Environment
    model: str
    concurrency: int
    timeout: float
    """Wall-clock seconds a paper."""
    max_tokens: int | None
    extra_body: Mapping[str, object]
    arxiv_url: str
    arxiv_delay: float
    """Seconds."""
    prices: Prices | None = None
    watch: Watch | None = None
    """What to watch; None: nothing."""
    watch_mode: str = "pull request"
    """How a watched list gets onto the site: `pull request` or `direct`."""
    site_dir: Path = Path("site")
    """Where the site is built."""
    site_url: str | None = None
    repo_url: str | None = None

    reviewer: str | None = None
    """The model that reads a second time; None: nobody does."""

    @property
    def log(self) -> RunLog:
        """What past runs did."""
        return RunLog(self.folders.papers / "runs", self.folders.root)

    @property
    def batches(self) -> BatchMemory:
        """What is under way at a provider."""
        return BatchMemory(self.log.folder / "batches.json", self.folders.root)

    @property
    def model_name(self) -> str:
        """The model that is asked if there is a key."""
        return self.environment.model or self.model

    def arxiv_client(self) -> ArxivClient:
        """A client for the API. Raises DigestError if it would ask arXiv too often."""
        url = self.environment.arxiv_url or self.arxiv_url
        if not re.match(r"https?://\S+$", url):
            raise DigestError(
                f"ARXIV_API_URL: expected an address such as {DEFAULT_URL}, got something else"
            )
        if self.arxiv_delay < MIN_DELAY and "arxiv.org" in url:
            raise DigestError(
                f"arxiv_delay: expected at least {MIN_DELAY:g} seconds for arXiv's own server,"
                f" as its terms of use ask; got {self.arxiv_delay:g}"
            )
        return ArxivClient(url, self.arxiv_delay)

    def chat_model(self) -> ChatModel | None:
        """The model; None without a key."""
        return None if self.environment.api_key is None else self.file_model()

    def file_model(self) -> ChatModel:
        """The model for work with files, which needs no key."""
        return ChatModel(
            self.model_name,
            self.environment.api_key or "",
            self.environment.base_url,
            self.max_tokens,
            self.extra_body,
        )

    def reviewer_model(self) -> ChatModel | None:
        """The second reader; None without a key, or if there is none."""
        model = self.chat_model()
        return replace(model, name=self.reviewer) if model and self.reviewer else None

    def limits(self, papers: int | None = None, seconds: float | None = None) -> Limits:
        """How much a run may do."""
        return Limits(self.concurrency, self.timeout, papers, seconds)
