"""Keeping secrets out of what is said and written."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

MIN_SECRET = 8
"""Characters of a secret that is hidden; shorter ones are made up, such as `none`."""


def hidden(text: str, secrets: Iterable[str]) -> str:
    """`text` with `***` for every secret in it, however often what quotes it was quoted itself."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= MIN_SECRET:
            for form in (secret, quote(secret), quote(secret, safe="")):
                signs = (r"\\+" if sign == "\\" else re.escape(sign) for sign in form)
                text = re.sub(r"\\*".join(signs), "***", text)
    return text


def secrets_in(address: str) -> tuple[str, ...]:
    """What an address may hold of secrets: user and password, also as the header that is made of
    them, and the values of its query."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return (address,)
    found = [value for _, value in parse_qsl(parts.query)]
    if user_info := parts.netloc.rpartition("@")[0]:
        found += [user_info, *user_info.split(":", 1)]
        found.append(base64.b64encode(unquote(user_info).encode()).decode())
    return tuple({form for each in found for form in (each, unquote(each))})
