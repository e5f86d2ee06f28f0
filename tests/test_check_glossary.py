"""Terms are rendered as the glossary says."""

from __future__ import annotations

import pytest

from digest_plugin.check import check_texts
from digest_plugin.people.glossary import Term

TERMS = (
    Term("language model", "语言模型"),
    Term("large language model", "大语言模型"),
    Term("token", None),
    Term("fine-tuning", "微调", None, ("精调",)),
    Term("Attention", "注意力"),
    Term("multi-head Attention", "多头自注意"),
    Term("k-means", "k-均值"),
)


@pytest.mark.parametrize(
    ("english", "chinese", "wrong"),
    [
        ("We study language models.", "我们研究语言模型。", []),
        ("We study language models.", "我们研究语文模型。", ["language model"]),
        ("We study large language models.", "我们研究大 语言模型。", []),
        ("We study large language models.", "我们研究大型语言的模型。", ["large language model"]),
        ("We study tokens here.", "我们在此研究令牌。", ["token"]),
        ("We study tokens here.", "我们在此研究 Token。", []),
        ("We study fine-tuning here.", "我们在此研究精调。", []),
        ("We study birds.", "我们研究鸟类。", []),
        ("We study MULTI-HEAD ATTENTION here.", "我们在此研究多头自注意。", []),
        ("We study attention here.", "我们在此研究专注。", ["Attention"]),
        ("Multi-head attention is attention.", "多头自注意是一种专注。", ["Attention"]),
        ("We study k-means here.", "我们在此研究 K均值。", []),
        ("We study k-means here.", "我们在此研究 K‑均值。", []),
        ("We study k-means here.", "我们在此研究 K–均值。", []),
    ],
)
def test_terms_of_the_paper_are_rendered_as_written(
    english: str, chinese: str, wrong: list[str]
) -> None:
    """Only terms of the English are asked for, and of two that overlap the longer one."""
    fields = {"title": "论词语", "summary": "本文研究词语。", "abstract": chinese}
    found = check_texts("On words", english, fields, TERMS)
    assert [problem.span for problem in found if problem.kind == "glossary"] == wrong


def test_titles_are_looked_at_and_the_way_out_is_told() -> None:
    """A term is rendered or kept, in the title, too."""
    fields = {
        "title": "论令牌与语文模型",
        "summary": "本文研究词语。",
        "abstract": "我们研究词语。",
    }
    found = check_texts("On Tokens and Language Models", "We study words.", fields, TERMS)
    assert [(problem.field, problem.message) for problem in found] == [
        (
            "title",
            "title does not render the term “language model” as “语言模型”, as the glossary says",
        ),
        ("title", "title does not keep the term “token”, as the glossary says"),
    ]
