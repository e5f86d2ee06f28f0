"""A paper as cn-chat-arxiv left it: its JSON file, and what does not belong to its texts; pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time

from digest_plugin.errors import quoted
from digest_plugin.identifiers import Identifier
from digest_plugin.papers import CUT_MARK, Chinese, Paper
from digest_plugin.text.latex import folded, unicode_text

CUT_AT = 1_000
"""Characters of an abstract, feed header included, that were kept."""
TRIMMED = 10
"""Characters at most that a cut abstract lost to spaces at its ends."""
MAX_LAYERS = 4
"""Headers, labels and quotes around one text, one inside the other."""

_ID = r"(?P<id>[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7})(?:v(?P<version>[1-9][0-9]?))?"
_TITLE_HEADER = re.compile(
    rf"(?P<dot>[.。]?)\s*[(（]\s*(?:翻译自\s*)?arXiv\s*[:：]\s*{_ID}\s*"
    r"(?:[\[【](?P<category>[A-Za-z-]+(?:\.[A-Za-z-]+)?)[\]】])?[^()（）]{0,20}[)）]\s*[.。]?\s*$"
)
"""` (arXiv:2310.20008v1 [cs.AI] UPDATED)`, which the old feeds put behind titles, after a dot."""
_ABSTRACT_HEADER = re.compile(
    rf"^\s*arXiv\s*[:：]\s*{_ID}\s+Announce Type\s*:\s*(?P<type>[a-z-]+)\s+(?:Abstract\s*:\s*)?"
)
"""`arXiv:2403.00006v1 Announce Type: new  Abstract: `, which the new feeds put before abstracts."""
_CHINESE_HEADER = re.compile(
    rf"^\s*(?:[^\s:：]{{1,4}}[:：]\s*)?arXiv\s*[:：]?\s*{_ID}[\s,，。;；]*"
    r"(?:"
    r"(?:[^:：。，,]{0,12}(?:类型|类别|Type)\s*[:：]\s*[^:：。]{1,20}?[\s,，。;；]*)?"
    r"(?:(?:论文)?(?:摘要|文摘|概要|抽象|简介)|Abstract)\s*[:：]"
    r"|[^:：。，,]{0,12}(?:类型|类别|Type)\s*[:：]\s*[^\s:：。，,]{1,10}[\s,，。;；]"
    r")\s*",
    re.IGNORECASE,
)
"""The same in Chinese: `arXiv:2403.00006v1 公告类型：新 摘要：`, in as many words as there were
models."""
_ENGLISH_LABEL = re.compile(r"^\s*(?:Title|Abstract)\s*:\s*")
_OF = (
    r"(?:这里是|这是|以下是|中文|英文|翻译过的|翻译后的|翻译|论文|文章|总结出的|总结的|一句话|的)*"
)
_LABELS = {
    "title": r"标题|题目|标题翻译|题目翻译|translated[ _]title|title",
    "summary": r"要点|总结|要点总结|概括|摘要|(?:en_)?tl;?dr|summary",
    "abstract": r"摘要|摘要翻译|概要|译文|translated[ _]abstract|abstract",
}
_LABEL = {
    field: re.compile(
        rf"^\s*(?:[【\[(（]\s*{_OF}(?:{names})\s*[】\])）]\s*[:：]?|{_OF}(?:{names})\s*[:：])\s*",
        re.IGNORECASE,
    )
    for field, names in _LABELS.items()
}
_QUOTES = {"“": "”", '"': '"', "'": "'", "‘": "’", "「": "」", "『": "』", "`": "`"}
_ENDS_A_SENTENCE = re.compile(r"[.!?。！？][\"'”’)\]}$]*$")


@dataclass(frozen=True)
class Inherited:
    """What is taken over of one paper."""

    paper: Paper
    chinese: Chinese | None
    """None unless there are all three texts."""


@dataclass(frozen=True)
class _Header:
    """What feeds say of a paper in the midst of its texts."""

    version: int | None = None
    category: str | None = None


def parse_inherited(content: bytes, identifier: Identifier) -> Inherited:
    """The paper `identifier` in a file of the ancestor's. Raises ValueError, whose text says what
    was expected."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("expected a JSON object, got something else") from None
    if not isinstance(data, dict):
        raise ValueError("expected a JSON object, got something else")  # noqa: TRY004
    title, title_header = _english_title(_text(data, "title"), identifier)
    raw = _text(data, "abstract").strip()
    abstract, abstract_header = _english_abstract(raw, identifier)
    if not (title and abstract):
        raise ValueError("expected texts under title and abstract, got nothing")
    category = title_header.category
    # Days are not known, but the identifier was given out in the month of the first version.
    month = datetime.combine(identifier.first_day, time(), UTC)
    paper = Paper(
        id=identifier.base,
        version=abstract_header.version or title_header.version or 1,
        title=title,
        authors=(),
        abstract=f"{abstract} {CUT_MARK}" if _is_cut(raw) else abstract,
        categories=(category,) if category else (),
        primary_category=category or "",
        published=month,
        updated=month,
        is_partial=True,
    )
    texts = {
        "title": _chinese(_text(data, "translated_title", optional=True), "title", identifier),
        "summary": _chinese(_text(data, "tldr", optional=True), "summary", identifier),
        "abstract": _chinese(
            _text(data, "translated_abstract", optional=True), "abstract", identifier
        ),
    }
    return Inherited(paper, Chinese(**texts) if all(texts.values()) else None)


def _text(data: dict[str, object], key: str, *, optional: bool = False) -> str:
    text = data.get(key)
    if text is None and optional:
        return ""
    if not isinstance(text, str):
        got = "nothing" if text is None else "something else"
        raise ValueError(f"expected a text under {key}, got {got}")  # noqa: TRY004
    return text


def _is_cut(raw: str) -> bool:
    """Whether an abstract, header included, was cut: few end by chance where the knife fell."""
    if len(raw) == CUT_AT or raw.rstrip().endswith(("...", "…")):
        return True
    return CUT_AT - TRIMMED <= len(raw) < CUT_AT and not _ENDS_A_SENTENCE.search(raw)


def _english_title(raw: str, identifier: Identifier) -> tuple[str, _Header]:
    text = _ENGLISH_LABEL.sub("", raw)
    match = _TITLE_HEADER.search(text)
    if match is None:
        return unicode_text(text), _Header()
    _refuse_other(match["id"], identifier)
    header = _Header(_number(match["version"]), match["category"])
    return unicode_text(text[: match.start()]), header


def _english_abstract(raw: str, identifier: Identifier) -> tuple[str, _Header]:
    text = raw
    header = _Header()
    if match := _ABSTRACT_HEADER.match(text):
        _refuse_other(match["id"], identifier)
        header = _Header(_number(match["version"]))
        text = text[match.end() :]
    return unicode_text(_ENGLISH_LABEL.sub("", text)), header


def _refuse_other(found: str, identifier: Identifier) -> None:
    if found != identifier.base:
        raise ValueError(f"expected the paper {identifier}, got that of {quoted(found)}")


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _chinese(raw: str, field: str, identifier: Identifier) -> str:
    """A Chinese text without what is not the paper's. What names another paper stays: the check
    finds it."""
    text = folded(raw)
    for _ in range(MAX_LAYERS):
        before = text
        text = _LABEL[field].sub("", text)
        header = _CHINESE_HEADER.match(text)
        if header and header["id"] == identifier.base:
            text = text[header.end() :]
        footer = _TITLE_HEADER.search(text)
        if footer and footer["id"] == identifier.base:
            end = "" if field == "title" else footer["dot"]
            text = text[: footer.start()] + end
        text = _without_quotes(text.strip(), field)
        if text == before:
            break
    # A tilde is a range in Chinese, and a space in LaTeX.
    is_latex = ("\\" in text or "``" in text) and "~" not in text
    return unicode_text(text) if is_latex else text


def _without_quotes(text: str, field: str) -> str:
    """`text` without quotes, if one pair of them encloses the whole."""
    close = "》" if field == "title" and text.startswith("《") else _QUOTES.get(text[:1])
    if close is None or len(text) < 2 or not text.endswith(close):
        return text
    inner = text[1:-1]
    return text if text[0] in inner or close in inner else inner.strip()
