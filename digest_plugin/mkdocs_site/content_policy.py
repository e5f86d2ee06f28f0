"""The Content-Security-Policy of pages, as a meta tag: nothing is loaded from elsewhere, and of
scripts in the page only those that its theme put there run; pure.

https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

DIRECTIVES = {
    "default-src": "'self'",
    "script-src": "'self'",
    # Themes and formulas have styles in the page; those can neither run nor fetch anything.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(r"\bsrc\s*=", re.IGNORECASE)
_TYPE = re.compile(r"\btype\s*=\s*[\"']?([^\s\"'>]*)", re.IGNORECASE)
_RUNS = frozenset({"", "module", "text/javascript", "application/javascript"})
"""Types of scripts; all others are data: https://html.spec.whatwg.org/#attr-script-type"""
_CHARSET = re.compile(r"<meta\s+charset\s*=[^>]*>", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


def with_content_policy(html: str, untrusted: str = "") -> str:
    """The page `html` with a policy that allows the scripts in it, but for those of its part
    `untrusted`, which others had a hand in."""
    trusted = html.replace(untrusted, "", 1) if untrusted else html
    sources = dict.fromkeys(_hash(text) for text in _scripts(trusted))
    directives = DIRECTIVES | {"script-src": " ".join([DIRECTIVES["script-src"], *sources])}
    policy = "; ".join(f"{name} {value}" for name, value in directives.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    # Scripts before it would escape it, and the charset must be found first.
    place = _CHARSET.search(html) or _HEAD.search(html)
    return html[: place.end()] + meta + html[place.end() :] if place else html


def _scripts(html: str) -> list[str]:
    """The texts of the scripts that stand in a page."""
    return [
        text
        for attributes, text in _SCRIPT.findall(html)
        if not _SOURCE.search(attributes) and _type(attributes) in _RUNS
    ]


def _type(attributes: str) -> str:
    found = _TYPE.search(attributes)
    return found[1].lower() if found else ""


def _hash(script: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
