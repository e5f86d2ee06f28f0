"""The pictures that chat programs and social networks show with a link: one a digest.

They are drawn at build time, without the network. As their number must not grow with the site for
ever, only the newest digests have one of their own; other pages share that of the site.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from digest_plugin.machine.files import write_whole
from digest_plugin.pages.all_pages import SiteFacts, digest_uri
from digest_plugin.pages.exports import aigc_label
from digest_plugin.pages.outlines import EditionOutline
from digest_plugin.people.digests import chinese_date
from digest_plugin.sharing.drawing import DESIGN, HEIGHT, WIDTH, Card, Fonts, Painter
from digest_plugin.text.rendering import plain_text

__all__ = ["HEIGHT", "WIDTH", "SharePicture", "SharePictures", "share_pictures"]

PICTURED_DIGESTS = 100
"""The newest with a date, and as many without, that have a picture of their own."""
PAPERS = 3
"""Whose titles stand on a picture."""
FOLDER = "assets/share"
"""Below the site's root: no digest, and hardly a file of people, has an address there."""
MARK, SENTENCE = "AI 生成", "中文由大语言模型生成，可能有误，请以英文原文为准"
WEEKDAYS = "一二三四五六日"

_PNG_END = b"IEND\xaeB`\x82"


@dataclass(frozen=True)
class SharePicture:
    """A picture that will be there when the site is built."""

    path: str
    """Below the site's root."""
    alt: str
    """What it says, for those who do not see it."""
    card: Card


@dataclass(frozen=True)
class SharePictures:
    """The pictures of a site."""

    site: SharePicture
    digests: dict[str, SharePicture]
    """By the src_uri of the digest's page."""

    def of(self, src_uri: str) -> SharePicture:
        """The picture for a link to the page."""
        return self.digests.get(src_uri, self.site)

    def __iter__(self) -> Iterator[SharePicture]:
        yield self.site
        yield from self.digests.values()

    def write(self, site_dir: Path, cache: Path, fonts: Fonts) -> int:
        """Write all pictures below `site_dir`; how many had to be drawn.

        `cache` is a folder of this function's own, with the pictures of the last time. Raises
        OSError if `site_dir` cannot be written to.
        """
        painter = Painter(fonts)
        used: set[str] = set()
        drawn = 0
        for picture in self:
            aigc = aigc_label(self.site.card.title, picture.path)
            name = f"{_key(picture.card, aigc, fonts)}.png"
            png = _cached(cache / name)
            if png is None:
                png = painter.png(picture.card, aigc)
                drawn += 1
                with suppress(OSError):  # then it is drawn again the next time
                    write_whole(cache / name, png)
            used.add(name)
            path = site_dir / picture.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png)
        _forget(cache, used)
        return drawn


def share_pictures(editions: Sequence[EditionOutline], site: SiteFacts) -> SharePictures:
    """Which pictures a site has; `editions` newest first."""
    name = plain_text(site.name)
    dated = [edition for edition in editions if edition.date is not None]
    undated = [edition for edition in editions if edition.date is None]
    digests = {
        digest_uri(edition, site): _digest_picture(edition, name)
        for edition in dated[:PICTURED_DIGESTS] + undated[:PICTURED_DIGESTS]
    }
    description = plain_text(site.description)
    whole = SharePicture(
        path=f"{FOLDER}.png",
        alt=f"{name}：{description}" if description else name,
        card=Card("", name, description, label=(MARK, SENTENCE)),
    )
    return SharePictures(whole, digests)


def _digest_picture(edition: EditionOutline, site: str) -> SharePicture:
    title = plain_text(edition.digest.title)
    translated = (paper.title for paper in edition.entries if paper.state != "pending")
    titles = tuple(islice(translated, PAPERS))
    facts = [f"{len(edition.entries)} 篇论文"]
    if day := edition.date:
        shown = chinese_date(day)
        weekday = f"星期{WEEKDAYS[day.weekday()]}"
        facts.insert(0, weekday if shown in title else f"{shown} {weekday}")
    card = Card(
        site=site,
        title=title,
        facts=" · ".join(facts),
        titles=titles,
        label=(MARK, SENTENCE) if titles else None,
    )
    more = "等" if len(edition.entries) > len(titles) else ""
    alt = f"{site}，{title}，{len(edition.entries)} 篇论文"
    return SharePicture(
        path=f"{FOLDER}/{edition.name}.png",
        alt=f"{alt}：{'；'.join(titles)}{more}（{MARK}）。" if titles else f"{alt}。",
        card=card,
    )


# The pictures of the last time


def _key(card: Card, aigc: str, fonts: Fonts) -> str:
    """The same if, and only if, the picture would be."""
    parts = [DESIGN, card.site, card.title, card.facts, card.titles, card.label, aigc]
    text = json.dumps([*parts, fonts.identity])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _cached(path: Path) -> bytes | None:
    with suppress(OSError):
        png = path.read_bytes()
        return png if png.endswith(_PNG_END) else None
    return None


def _forget(cache: Path, used: set[str]) -> None:
    """Remove what no picture of this time is."""
    with suppress(OSError):
        for path in cache.iterdir():
            if re.fullmatch(r"[0-9a-f]{32}\.png", path.name) and path.name not in used:
                path.unlink()
