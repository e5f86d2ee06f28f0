"""Names: spelt as in the English, and not lost."""

from __future__ import annotations

import pytest

from digest_plugin.check import check_texts


def spans(
    english: str, chinese: str, title: str = "On names", zh_title: str = "论名称"
) -> list[str]:
    """The names at fault."""
    fields = {
        "title": zh_title,
        "summary": "本文研究名称。",
        "abstract": f"我们研究{chinese}的情况。",
    }
    found = check_texts(title, f"We study {english}, as was said.", fields)
    return [problem.span for problem in found if problem.kind == "name"]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("LLMs and a GAN", "LLM 和 GANs "),
        ("GPT-4 and GPT 3.5", "GPT4 与 GPT-3.5"),
        ("large latent heat models", "LLHM"),
        ("the Erdős graph", "Erdos 图"),
        (r'the Schr\"odinger bridge', "Schrödinger 桥"),
        ("MiniWoB++ tasks", "MiniWoB++ 任务"),
        ("language models", "AI 与 NLP"),
        ("gaussians and transformers", "Gaussian 与 Transformer"),
        ("three-dimensional shapes", "3D 形状"),
        ("part II", "第 II 部分"),
        ("pre-trained nets", "pretrained 网络"),
        ("see https://example.org/Abc", "见 https://example.org/Abc"),
        ("the $FOO$ norm", "FOO 范数"),
    ],
)  # fmt: skip
def test_names_of_the_english_are_known(english: str, chinese: str) -> None:
    """Plurals, hyphens, accents and usual acronyms make no other name."""
    assert spans(english, chinese) == []


@pytest.mark.parametrize(
    ("english", "chinese", "span"),
    [
        ("the out-of-domain (OOD) case", "ODD 情况", "ODD"),
        ("MiniWoB++ tasks", "MiniWoW++ 任务", "MiniWoW++"),
        ("the RNN and the SVM", "CNN 和 SVM", "CNN"),
        ("GPT-4 and others", "GPT-5 等", "GPT-5"),
        ("a benchmark", "名为方法的基准", "名为方法"),
        ("the QQZX corpus, and QQZX again", "该语料库", "QQZX"),
    ],
)
def test_other_names_are_found(english: str, chinese: str, span: str) -> None:
    """A name that is none of the English is named."""
    assert span in spans(english, chinese)


@pytest.mark.parametrize(
    ("title", "zh_title", "lost"),
    [
        ("PRISMO: Seeing with Words", "用词语观看", ["PRISMO"]),
        ("PRISMO: Seeing with Words", "PRISMO：用词语观看", []),
        ("Mending with SeqLoom", "修补", ["SeqLoom"]),
        ("A Survey of NLP", "自然语言处理综述", []),
        ("Sample-and-Forward: Seeing Rates", "抽样转发：观察速率", []),
        ("MultiLayer Nets", "多层网络", []),
    ],
)
def test_the_name_of_the_title_stays(title: str, zh_title: str, lost: list[str]) -> None:
    """What a paper calls its work is in the Chinese title, too; words written as one are no name."""
    assert spans("words", "词语", title, zh_title) == lost
