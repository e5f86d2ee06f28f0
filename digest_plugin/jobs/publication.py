"""Whether a built site may take the place of the published one: never empty for full."""

from __future__ import annotations

import json
from dataclasses import dataclass

import requests

from digest_plugin import __version__

TIMEOUT = 15.0
"""Seconds of silence."""
YOUNG = 20
"""Papers below which a site may shrink as its makers please: they are still trying it out."""


@dataclass(frozen=True)
class Counts:
    """What a site says of itself in its status.json."""

    asked: int
    """Papers on its lists."""
    done: int
    """Of these, with Chinese."""


SOMETHING = Counts(asked=1, done=0)
"""A site that cannot be looked into, taken for one with a paper."""


def parse_status(content: bytes) -> Counts | None:
    """What a status.json says; None if it is none."""
    try:
        papers = json.loads(content)["papers"]
        return Counts(int(papers["asked"]), int(papers["done"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def read_published(site_url: str | None) -> Counts | None:
    """What is published at `site_url`; None if nothing is there, `SOMETHING` if that cannot be
    told."""
    if not site_url:
        return SOMETHING
    try:
        response = requests.get(
            f"{site_url.rstrip('/')}/status.json",
            timeout=TIMEOUT,
            headers={"User-Agent": f"mkdocs-arxiv-digest/{__version__}"},
        )
    except (requests.exceptions.RequestException, ValueError):
        return SOMETHING
    if response.status_code in {requests.codes.not_found, requests.codes.gone}:
        return None
    return (parse_status(response.content) if response.ok else None) or SOMETHING


def why_not_publish(built: Counts, published: Counts | None) -> str:
    """Why a site of these counts must not be published, in a sentence; empty if it may."""
    if published is None:
        return ""
    if built.asked == 0 and published.asked > 0:
        return "it has no paper"
    if published.done >= YOUNG and built.done < published.done / 2:
        return f"{built.done:,} papers have Chinese, of the {published.done:,} that are published"
    return ""
