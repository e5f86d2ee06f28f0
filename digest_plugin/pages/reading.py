"""What readers are shown of a paper besides its texts: where its code is, that it is a cross-list
or not as most papers are; pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from urllib.parse import unquote

from markupsafe import Markup

from digest_plugin.records.contents import Entry, english_changed

CODE_HOSTS = (
    "github.com", "gist.github.com", "gitlab.com", "huggingface.co", "codeberg.org",
    "bitbucket.org", "gitee.com", "git.sr.ht", "sourceforge.net", "modelscope.cn", "zenodo.org",
    "anonymous.4open.science",
)  # fmt: skip
"""Where authors put code, models and data."""
MAX_CODE_LINKS = 3
MAX_ADDRESS = 200
"""Characters of an address that is worth a link."""

_ADDRESS = re.compile(
    rf"""
    (?: (?P<scheme> https? :\s?//\s? )
      | (?<! [A-Za-z0-9_.@/:%+=&?\#-] )  # else it may be a part of another address
    )
    (?: www\. )?
    (?P<host> {"|".join(map(re.escape, CODE_HOSTS))} ) /
    (?P<gap> \s (?! and/ ) (?= [A-Za-z0-9][A-Za-z0-9_.-]* / [A-Za-z0-9] ) )?
    (?P<path> (?: [A-Za-z0-9_.~+/-] | %[0-9A-Fa-f]{{2}} )+ )
    (?P<behind> \s | \Z | . )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,
)
"""Lines of an abstract were broken anywhere: a space may stand behind `https://`, and behind the
host if a path is sure to follow. What follows another space may be the next word."""
_LATEX_ESCAPE = re.compile(r"\\([_%#&~-])")


def badges_html(entry: Entry) -> Markup:
    """What stands beside the title of a paper that is not as most are."""
    badges = [("pending", "待译")] if entry.state == "pending" else []
    badges += [("corrected", "经人工校对")] if entry.state == "corrected" else []
    badges += [("pending", "待校")] if entry.is_doubtful else []
    badges += [("pending", "校对待复核")] if english_changed(entry) else []
    paper = entry.paper
    if paper is not None:
        badges += [("withdrawn", "已撤稿")] if paper.withdrawn else []
        badges += [("", f"已更新 v{paper.version}")] if paper.version > 1 else []
    return Markup().join(badge(kind, text) for kind, text in badges)


@cache
def badge(kind: str, text: str) -> Markup:
    """A mark that a title is not found by; `kind` is its look, empty for the plain one."""
    look = f" dg-badge--{kind}" if kind else ""
    return Markup('<span data-search-exclude class="dg-badge{}">{}</span>').format(look, text)


def is_cross_list(entry: Entry, watched: Collection[str]) -> bool:
    """Whether a paper came to the site's categories from elsewhere: it stands in one of those that
    are `watched`, and its primary category is none of them.

    The API does not say as what a paper was announced.
    """
    paper = entry.paper
    if paper is None or paper.primary_category in watched:
        return False
    return not set(watched).isdisjoint(paper.categories)


def code_links(entry: Entry) -> tuple[str, ...]:
    """Addresses of code in what the authors wrote of a paper, at most three, each once.

    They are made anew from a host that we know and a path: whatever else an address held is lost.
    """
    if entry.paper is None:
        return ()
    return code_addresses(entry.paper.abstract, entry.paper.comment or "")


def code_addresses(*texts: str) -> tuple[str, ...]:
    """The same of any texts."""
    found: dict[str, str] = {}
    for text in texts:
        if not _may_hold_one(text):
            continue
        for match in _ADDRESS.finditer(_LATEX_ESCAPE.sub(r"\1", text)):
            address = _address(match)
            if address is not None:
                found.setdefault(address.casefold(), address)
    return tuple(found.values())[:MAX_CODE_LINKS]


def _may_hold_one(text: str) -> bool:
    """Few abstracts name a host, and that none does is quick to see."""
    low = text.lower()
    return any(host in low for host in CODE_HOSTS)


def _address(match: re.Match[str]) -> str | None:
    if match["gap"] and not match["scheme"]:
        return None
    if match["behind"] == "@":  # `github.com/x@elsewhere.example` is no address of ours
        return None
    path = match["path"].rstrip(".")
    segments = [segment for segment in path.removesuffix(".git").split("/") if segment]
    if segments and path.endswith("-") and match["behind"].isspace():
        segments.pop()  # its other half stands on the next line
    if not segments or any(not unquote(segment).strip("./-") for segment in segments):
        return None
    address = f"https://{match['host'].lower()}/{'/'.join(segments)}"
    return address if len(address) <= MAX_ADDRESS else None
