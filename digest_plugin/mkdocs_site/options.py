"""The options of mkdocs.yml, and the settings that they and the environment make."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config import config_options as opt
from mkdocs.config.base import Config, ValidationError

from digest_plugin.intake.fetch import DEFAULT_URL, MIN_DELAY
from digest_plugin.intake.watch import Watch
from digest_plugin.pages.status import Prices
from digest_plugin.records.contents import Folders
from digest_plugin.settings import Environment, Settings

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig


class _Below(opt.Type[str]):
    """A path below docs_dir, in the way `digests` or `data/digests` is written."""

    def __init__(self, default: str) -> None:
        super().__init__(str, default=default)

    def run_validation(self, value: object) -> str:
        """Raise ValidationError for anything that leads elsewhere."""
        path = str(super().run_validation(value)).strip("/")
        if not path or any(part in {"", ".", ".."} for part in path.split("/")) or "\\" in path:
            raise ValidationError(f"Expected a path below docs_dir such as digests, got {value!r}")
        return path


class _AtLeast(opt.Type[int]):
    """A number that makes sense."""

    def __init__(self, least: float, kinds: type | tuple[type, ...], default: Any = None) -> None:  # noqa: ANN401 - a number, or none
        super().__init__(kinds, default=default)
        self._least = least

    def run_validation(self, value: object) -> int:
        """Raise ValidationError for a number that is too small, or none."""
        number = super().run_validation(value)
        if isinstance(number, bool) or not self._least <= number < math.inf:
            raise ValidationError(f"Expected a number of at least {self._least:g}, got {value!r}")
        return number


class PriceConfig(Config):
    """What the provider asks for a million tokens."""

    input = _AtLeast(0, (int, float), default=0)
    """Tokens that the model reads."""
    output = _AtLeast(0, (int, float), default=0)
    """Tokens that it writes."""
    currency = opt.Type(str, default="元")
    """As the status page shows it."""


class WatchConfig(Config):
    """Which new papers `arxiv-digest watch` puts on today's list."""

    categories = opt.ListOfItems(opt.Type(str), default=[])
    """arXiv's categories, such as cs.CL; cross-lists count."""
    keywords = opt.ListOfItems(opt.Type(str), default=[])
    """Words of which title or abstract must hold one; without any, every paper is wanted."""
    unwanted = opt.ListOfItems(opt.Type(str), default=[])
    """Words that title and abstract must not hold."""
    authors = opt.ListOfItems(opt.Type(str), default=[])
    """People whose papers are wanted whatever their categories and words."""
    maximum = _AtLeast(1, int, default=30)
    """Papers a day, the newest first."""
    days = _AtLeast(1, int, default=7)
    """How many days back a new paper may have been submitted."""
    mode = opt.Choice(("pull request", "direct"), default="pull request")
    """Whether the nightly run proposes the list, for a person to merge, or commits it."""


class DigestConfig(Config):
    """The options under `arxiv-digest` in mkdocs.yml."""

    digests = _Below("digests")
    """The folder of lists, below docs_dir."""
    papers = _Below("papers")
    """The folder of records, below docs_dir. Only the machine writes there."""
    corrections = _Below("corrections")
    """The folder of corrections, below docs_dir. Only people write there."""
    glossary = _Below("glossary.yml")
    """The file of terms and their renderings, below docs_dir. It may be absent."""
    generate = opt.Type(bool, default=True)
    """Whether a build with OPENAI_API_KEY fetches and writes what is missing."""
    model = opt.Type(str, default="gpt-5-mini")
    """The language model. OPENAI_MODEL in the environment wins."""
    reviewer = opt.Optional(opt.Type(str))
    """A language model that reads what is written a second time, such as the same once more."""
    concurrency = _AtLeast(1, int, default=8)
    """Calls to the model at a time."""
    timeout = _AtLeast(1, (int, float), default=300)
    """Wall-clock seconds for one paper, all tries together."""
    max_tokens = opt.Optional(_AtLeast(1, int))
    """The longest answer, in tokens. By default the provider's own limit."""
    extra_body = opt.Type(dict, default={})
    """Sent along with each request, for options of one provider."""
    arxiv_url = opt.Type(str, default=DEFAULT_URL)
    """The arXiv API. ARXIV_API_URL in the environment wins."""
    arxiv_delay = _AtLeast(0, (int, float), default=MIN_DELAY)
    """Seconds between two requests to arXiv; its terms ask for at least 3."""
    price = opt.SubConfig(PriceConfig)
    """What the provider asks for a million tokens, so that the status page tells the cost."""
    watch = opt.SubConfig(WatchConfig)
    """Which new papers `arxiv-digest watch` puts on today's list."""
    content_security_policy = opt.Type(bool, default=True)
    """Whether pages forbid the browser to load anything from elsewhere."""


def settings_from(config: MkDocsConfig, options: DigestConfig) -> Settings:
    """The settings of the site that `config` describes, the environment included."""
    docs = Path(config.docs_dir)
    return Settings(
        folders=Folders(
            root=root_folder(config),
            digests=docs / options.digests,
            papers=docs / options.papers,
            corrections=docs / options.corrections,
            glossary=docs / options.glossary,
        ),
        environment=Environment.read(os.environ),
        model=options.model,
        concurrency=options.concurrency,
        timeout=options.timeout,
        max_tokens=options.max_tokens,
        extra_body=options.extra_body,
        arxiv_url=options.arxiv_url,
        arxiv_delay=options.arxiv_delay,
        prices=_prices(options.price),
        watch=_watch(options.watch),
        watch_mode=options.watch.mode,
        site_dir=Path(config.site_dir),
        site_url=config.site_url,
        repo_url=config.repo_url,
        reviewer=options.reviewer,
    )


def root_folder(config: MkDocsConfig) -> Path:
    """Where mkdocs.yml lies."""
    path = config.config_file_path
    return Path(path).parent if path else Path(config.docs_dir).parent


def _prices(options: PriceConfig) -> Prices | None:
    is_set = options.input or options.output
    return Prices(options.input, options.output, options.currency) if is_set else None


def _watch(options: WatchConfig) -> Watch | None:
    if not (options.categories or options.authors):
        return None
    return Watch(
        categories=tuple(options.categories),
        keywords=tuple(options.keywords),
        unwanted=tuple(options.unwanted),
        authors=tuple(options.authors),
        maximum=options.maximum,
        days=options.days,
    )
