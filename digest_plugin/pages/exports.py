"""A digest for other programs: its twins in Markdown, JSON and BibTeX."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.middlewares import AddEnclosingMiddleware
from bibtexparser.model import Entry as BibEntry
from bibtexparser.model import Field
from pydantic_core import to_json

from digest_plugin.identifiers import Identifier
from digest_plugin.papers import Paper
from digest_plugin.records.contents import Edition, Entry
from digest_plugin.text.formulas import segments
from digest_plugin.text.latex import has_balanced_braces
from digest_plugin.text.rendering import without_controls

LABEL = "AI 生成：中文标题、一句话总结和中文摘要由大语言模型生成，可能有误，请以英文原文为准。"
"""Said on every page and in every export, as 《人工智能生成合成内容标识办法》 asks."""

STATE_LABELS = {
    "pending": "待译",
    "generated": "AI 生成",
    "doubtful": "AI 生成，待校",
    "corrected": "经人工校对",
}
FIELD_NAMES = {"title": "标题", "summary": "一句话总结", "abstract": "摘要"}
PROBLEM_LABELS = {
    "number": "英文里没有这个数",
    "number_missing": "漏了这个数",
    "formula": "公式与英文不符",
    "name": "名称与英文不符",
    "omission": "可能有漏译",
    "untranslated": "没有译成中文",
    "addition": "英文里没有的内容",
    "markup": "残留的标记",
    "glossary": "与术语表不一致",
}
"""What readers are told of a problem; its own message is for those who mend it."""

_MARKDOWN_SPECIAL = re.compile(r"[\\`*_{}\[\]&<|~$]")
_MARKDOWN_REFERENCES = {"&": "&amp;", "<": "&lt;", "|": "&#124;", "~": "&#126;", "$": "&#36;"}
"""What Python-Markdown does not take as an escape."""
_MARKDOWN_START = re.compile(r"^(?:[#>+=-]|[0-9]+(?=[.)]))")
"""What makes a list, a heading or a quotation of a paragraph."""
_BIBTEX_SPECIAL = re.compile(r"[\\{}%&#_^~$]")
_BIBTEX_ESCAPES = {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip


def aigc_label(producer: str, produce_id: str) -> str:
    """The implicit label of GB 45438-2025 as JSON: AI generated (`Label` 1), by whom, which."""
    return json.dumps(
        {
            "Label": "1",
            "ContentProducer": producer,
            "ProduceID": produce_id,
            "ReservedCode1": "",
            "ContentPropagator": producer,
            "PropagateID": produce_id,
            "ReservedCode2": "",
        },
        ensure_ascii=False,
    )


def abs_url(entry: Entry) -> str:
    """The paper's page on arXiv; of the version that the list asked for, if it did."""
    return _abs_url(entry.listed.identifier)


def _abs_url(identifier: Identifier) -> str:
    return f"https://arxiv.org/abs/{identifier}"


def markdown_twin(edition: Edition) -> str:
    """The digest as Markdown: a table 摘要, and under 详细 a footnote a paper.

    Renders under GitHub's Markdown and Python-Markdown (tables, footnotes) alike.
    """
    digest = edition.digest
    lines = [f"# {_markdown(digest.title)}", "", f"> {LABEL}", ""]
    if digest.description:
        lines += [_markdown(digest.description), ""]
    lines += ["## 摘要", "", "| Ref | Title | Summary |", "| --- | --- | --- |"]
    for number, entry in enumerate(edition.entries, 1):
        paper, chinese = entry.paper, entry.chinese
        title = _markdown(paper.title if paper else entry.id, in_table=True)
        link = f"[{title}]({abs_url(entry)})"
        if chinese:
            link = f"{_markdown(chinese.title, in_table=True)}<br>{link}"
        summary = _markdown(chinese.summary, in_table=True) if chinese else "待译"
        lines.append(f"| [^{number}] | {link} | {summary} |")
    lines += ["", "## 详细", ""]
    for number, entry in enumerate(edition.entries, 1):
        # One blank line between paragraphs: two end a footnote in Python-Markdown.
        first, *rest = _markdown_paragraphs(entry)
        lines += [f"[^{number}]: {first}", ""]
        for paragraph in rest:
            lines += [f"    {paragraph}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _markdown_paragraphs(entry: Entry) -> list[str]:
    paper, chinese = entry.paper, entry.chinese
    url = abs_url(entry)
    paragraphs = [f"**{_markdown(chinese.title)}**" if chinese else "**待译**"]
    if paper:
        paragraphs.append(_markdown(paper.title))
    paragraphs.append(f"[{url}]({url})")
    if chinese:
        paragraphs += [_markdown(chinese.summary), _markdown(chinese.abstract)]
    if paper:
        paragraphs.append(_markdown(paper.abstract))
    paragraphs.append(f"（{_markdown(provenance(entry))}）")
    # Of some texts nothing is left, and two blank lines would end the footnote.
    return [paragraph for paragraph in paragraphs if paragraph.strip()]


def label_of(entry: Entry) -> str:
    """The state for readers; a text that a person corrected in part may be in doubt elsewhere."""
    rest = "，其余待校" if entry.state == "corrected" and entry.is_doubtful else ""
    return STATE_LABELS[entry.state] + rest


def provenance(entry: Entry) -> str:
    """Whose text it is, in a line: `AI 生成，待校 · a-model（提示版本 0a1b）· 2024-03-20`."""
    if entry.chinese is None:
        return STATE_LABELS["pending"]
    parts = [STATE_LABELS[entry.state]]
    if entry.correction is not None:
        parts[0] += f"：{entry.correction.by}" if entry.correction.by else ""
        parts[0] += "，其余待校" if entry.is_doubtful else ""
    written = entry.record.written if entry.record else None
    if written is not None:
        reader = f"，复读 {written.reviewer}" if written.reviewer else ""
        parts += [f"{written.model}（提示版本 {written.prompt}）{reader}", written.day.isoformat()]
    return without_controls(" · ".join(parts))


def _markdown(text: str, *, in_table: bool = False) -> str:
    """`text` as Markdown that shows exactly it; formulas in GitHub's form for them, $`…`$."""
    pieces = []
    for segment in segments(" ".join(without_controls(text).split())):
        tex = segment.tex
        if tex is not None and "`" not in tex:
            if in_table:
                tex = tex.replace("|", r"\vert{}")  # a bar would end the cell, even in code
            pieces.append(f"$`{tex}`$")
        else:
            pieces.append(_MARKDOWN_SPECIAL.sub(_markdown_escape, segment.source))
    return _MARKDOWN_START.sub(lambda m: f"&#{ord(m[0][0])};{m[0][1:]}", "".join(pieces))


def _markdown_escape(match: re.Match[str]) -> str:
    return _MARKDOWN_REFERENCES.get(match[0]) or f"\\{match[0]}"


def json_twin(edition: Edition) -> str:
    """The digest as JSON: all that is known of each paper."""
    digest = edition.digest
    data = {
        "label": LABEL,
        "name": digest.name,
        "title": digest.title,
        "date": digest.date.isoformat() if digest.date else None,
        "description": digest.description,
        "note": digest.note,
        "papers": [_entry_data(entry) for entry in edition.entries],
    }
    return to_json(data, indent=1).decode() + "\n"


def _entry_data(entry: Entry) -> dict[str, object]:
    record = entry.record
    return {
        "id": entry.id,
        "url": abs_url(entry),
        "state": entry.state,
        "label": label_of(entry),
        "corrected_by": entry.correction.by if entry.correction else None,
        "chinese": entry.chinese,
        "paper": entry.paper,
        "written": record.written if record else None,
        "problems": entry.problems,
        "findings": record.findings if record else [],
        "note": entry.listed.note,
        "tags": list(entry.listed.tags),
    }


def bibtex_twin(edition: Edition) -> str:
    """The digest as BibTeX; papers that arXiv has not been asked about are named in a comment."""
    blocks = (bibtex(entry) or f"@comment{{{entry.id}: 待译}}" for entry in edition.entries)
    return "\n".join(f"{block}\n" for block in blocks)


def bibtex(entry: Entry) -> str:
    """One paper as BibTeX; empty if arXiv has not been asked about it."""
    return _bib_text(entry.paper, entry.listed.identifier) if entry.paper else ""


# A digest's page and its twin hold the same entries.
@lru_cache(maxsize=1024)
def _bib_text(paper: Paper, identifier: Identifier) -> str:
    # The entry is ours alone: nothing has to be copied, which takes ten times as long.
    braces = AddEnclosingMiddleware(
        reuse_previous_enclosing=False,
        enclose_integers=True,
        default_enclosing="{",
        allow_inplace_modification=True,
    )
    return write_string(Library([_bib_entry(paper, identifier)]), unparse_stack=[braces]).strip()


def _bib_entry(paper: Paper, identifier: Identifier) -> BibEntry:
    authors = " and ".join(f"{{{_bibtex(a.name)}}}" if " and " in a.name else _bibtex(a.name)
                           for a in paper.authors)  # fmt: skip
    fields = {
        "title": f"{{{_bibtex(paper.title)}}}",
        "author": authors,
        "year": str(paper.published.year),
        "month": str(paper.published.month),
        "eprint": str(identifier),
        "archivePrefix": "arXiv",
        "primaryClass": _bibtex(paper.primary_category),
        "url": _abs_url(identifier),
    }
    fields = {name: text for name, text in fields.items() if text}
    if paper.doi:
        # A backslash at its end would open the entry's.
        fields["doi"] = re.sub(r"[{}\s\\]", "", without_controls(paper.doi))
    if paper.journal_ref:
        fields["note"] = _bibtex(paper.journal_ref)
    return BibEntry("misc", f"arXiv:{paper.id}", [Field(k, v) for k, v in fields.items()])


def _bibtex(text: str) -> str:
    """`text` for a BibTeX field: LaTeX's characters escaped, formulas left to LaTeX."""
    pieces = []
    for segment in segments(without_controls(text)):
        if segment.tex is not None and has_balanced_braces(segment.source):
            pieces.append(segment.source)
        else:
            pieces.append(
                _BIBTEX_SPECIAL.sub(
                    lambda m: _BIBTEX_ESCAPES.get(m[0], "\\" + m[0]), segment.source
                )
            )
    # BibTeX counts braces even where they are escaped.
    return "".join(pieces).replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}")
