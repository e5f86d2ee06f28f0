"""A site as others see it: whole addresses, and names that last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlsplit

from digest_plugin.pages.all_pages import SiteFacts
from digest_plugin.text.rendering import url_path, without_controls

TAG_YEAR = 2024
"""Part of every id, as RFC 4151 asks; never to be changed."""


@dataclass(frozen=True)
class PublicSite:
    """A site that knows its own address, which feeds and links from elsewhere need."""

    facts: SiteFacts
    address: str
    """`site_url`, ending in a slash."""
    url_of: Callable[[str], str]
    """The address of a src_uri relative to the site's root, as MkDocs knows it."""

    @classmethod
    def at(
        cls, site_url: str | None, facts: SiteFacts, url_of: Callable[[str], str]
    ) -> PublicSite | None:
        """The site at `site_url`; None without one."""
        return cls(facts, f"{site_url.rstrip('/')}/", url_of) if site_url else None

    @property
    def name(self) -> str:
        """As it goes into feeds and heads."""
        return without_controls(self.facts.name)

    @property
    def description(self) -> str:
        """As it goes into feeds and heads; may be empty."""
        return without_controls(self.facts.description)

    def page(self, src_uri: str, anchor: str = "") -> str:
        """The whole address of a page."""
        fragment = f"#{quote(anchor, safe='/')}" if anchor else ""
        return self.address + self.url_of(src_uri).removeprefix("./") + fragment

    def file(self, path: str) -> str:
        """The whole address of a file that is no page."""
        return self.address + url_path(path)

    @cached_property
    def _tag(self) -> str:
        parts = urlsplit(self.address)
        host = quote(parts.hostname or "localhost")
        return f"tag:{host},{TAG_YEAR}:{quote(parts.path, safe='/%')}"

    def tag(self, name: str) -> str:
        """The id of a feed or entry: stays when lists are renamed and pages move within the site,
        when papers get new versions, and when the site goes from http to https."""
        return self._tag + url_path(name)
