"""What is no translation: headers, labels, talk, repetitions, markup, English left standing."""

from __future__ import annotations

import pytest

from digest_plugin.check import MIN_CHINESE, Problem, check_texts
from good_pairs import GOOD_PAIRS

GOOD = GOOD_PAIRS[0]


def problems(abstract: str = "", title: str = "") -> list[Problem]:
    """What is found if the Chinese abstract or title is another."""
    changes = {"abstract": abstract} if abstract else {}
    changes |= {"title": title} if title else {}
    return list(check_texts(GOOD.title, GOOD.abstract, GOOD.fields | changes))


def kinds(abstract: str = "", title: str = "") -> set[str]:
    """Their kinds."""
    return {problem.kind for problem in problems(abstract, title)}


@pytest.mark.parametrize(
    "before",
    [
        "摘要：", "翻译：", "中文摘要：", "标题翻译：", "译文：", "一句话总结：", "TL;DR: ", "tldr: ", "Abstract: ",
        "arXiv:2401.12345v1 公告类型：新 摘要：", "arXiv:2401.12345v2 Announce Type: replace  ",
        "以下是该摘要的中文翻译：", "好的，", "抱歉，我无法翻译。", "作为AI语言模型，我",
    ],
)  # fmt: skip
def test_what_stands_before_a_text_is_an_addition(before: str) -> None:
    """Headers, labels and politeness."""
    assert "addition" in kinds(before + GOOD.chinese[2])


@pytest.mark.parametrize(
    "behind",
    [
        "希望以上翻译对您有帮助。", "希望这个翻译能帮到你。", "（原文在此处被截断）", "以上是该论文摘要的翻译。",
        "注：原文不完整。", "如果您有其他问题，请随时告诉我。", "（未完待续）",
    ],
)  # fmt: skip
def test_talk_behind_a_text_is_an_addition(behind: str) -> None:
    """Words to the person who asked."""
    assert "addition" in kinds(GOOD.chinese[2] + behind)


@pytest.mark.parametrize(
    "title", ["论文标题：LanternNet", "LanternNet：清点 (arXiv:2401.12345v1 [cs.CV])"]
)
def test_labels_of_titles_are_additions(title: str) -> None:
    """Titles have labels of their own."""
    assert "addition" in kinds(title=title)


@pytest.mark.parametrize("times", [2, 3, 20])
def test_repeated_sentences_are_an_addition(times: int) -> None:
    """The same sentence is said once."""
    first, rest = GOOD.chinese[2].split("。", 1)
    assert "addition" in kinds(f"{first}。" * times + rest)


def test_a_text_far_longer_than_the_english_is_an_addition() -> None:
    """Whatever it says."""
    text = "".join(chr(0x4E00 + 7 * place) for place in range(600))
    assert "addition" in {p.kind for p in problems(abstract=text + "。")}


def test_what_the_english_says_may_be_said() -> None:
    """A paper on politeness, with labels in it, is translated as it is."""
    abstract = "Background: Do you talk to birds? You should talk. We hope that you talk."
    fields = {
        "title": "论谈话",
        "summary": "本文研究谈话。",
        "abstract": "背景：您与鸟谈话吗？您应该谈话。我们希望您谈话。",
    }
    assert check_texts("On talk", abstract, fields) == ()


@pytest.mark.parametrize(
    "piece",
    [
        "<b>小型</b>", "小型<br/>", "**小型**", "小型&nbsp;", "`小型`", r"\emph{小型}", r"小型\n", r"\textbf{小型}",
        "[小型](https://example.org/lantern)", "小型\x07", r"小型\u5c0f", "小$型", r"小型 4.7\%", "\n# 小型",
    ],
)  # fmt: skip
def test_markup_is_found(piece: str) -> None:
    """HTML, Markdown, LaTeX, JSON, control characters and lone dollars are no text."""
    assert "markup" in kinds(GOOD.chinese[2].replace("小型", piece, 1))


def test_a_title_in_brackets_of_books_is_markup() -> None:
    """Whole titles only; a book may be in a title."""
    assert "markup" in kinds(title="《LanternNet：清点萤火虫》")
    assert "markup" not in kinds(title="LanternNet：读《萤火虫》")


@pytest.mark.parametrize(
    "sentence",
    [
        "It was trained on 12,400 clips from 31 meadows.",
        "Counting fireflies is slow work that volunteers do by eye.",
    ],
)
def test_an_english_sentence_is_untranslated(sentence: str) -> None:
    """In the midst of Chinese, too."""
    first, rest = GOOD.chinese[2].split("。", 1)
    assert "untranslated" in kinds(f"{first}。{sentence}{rest}")


@pytest.mark.parametrize("word", ["network", "significantly", "training"])
def test_an_ordinary_word_is_untranslated(word: str) -> None:
    """Words that any dictionary has are no names."""
    assert "untranslated" in kinds(GOOD.chinese[2].replace("小型", f"小型 {word} ", 1))


def test_names_and_usual_terms_are_no_untranslated_words() -> None:
    """Terms and names in Latin letters may stand, the title of a paper among them."""
    fields = {
        "title": "论 dropout", "summary": "本文研究 dropout。",
        "abstract": "我们研究带有 dropout 的 Transformer 架构（见论文 Attention Is All You Need）以及 $k$-means 聚类方法。",
    }  # fmt: skip
    abstract = (
        "We study the transformer (see Attention Is All You Need) with dropout and $k$-means."
    )
    assert check_texts("On dropout", abstract, fields) == ()


def test_a_field_that_is_not_chinese_is_untranslated() -> None:
    """At least a share of its letters is Chinese."""
    assert 0 < MIN_CHINESE < 1
    assert kinds(title=GOOD.title) >= {"untranslated"}
    assert kinds(abstract=GOOD.abstract) >= {"untranslated"}


def test_a_title_may_end_a_clause_in_a_word_that_notes_begin_with() -> None:
    """批量提示：… is the name of a method; 注：… is a note of the translator's."""
    fields = {
        "title": "批量提示：一种方法",
        "summary": "本文研究提示。",
        "abstract": "我们研究提示。",
    }
    english = ("Batch Prompting: A Method", "We study prompting.")
    assert [it for it in check_texts(*english, fields) if it.kind == "addition"] == []
    noted = fields | {"abstract": "我们研究提示。注：原文如此。"}
    assert [it for it in check_texts(*english, noted) if it.kind == "addition"]


@pytest.mark.parametrize(
    ("abstract", "kind"),
    [
        ("我们研究树。\u202e它们长势良好。", "markup"),
        ("我们研究树。\u200b它们长势良好。", "markup"),
        ("我们研究树<!-- x -->。它们长势良好。", "markup"),
        ("我们研究树。![](x.png)它们长势良好。", "markup"),
        ("我们研究树。它们长势良好。加微信咨询。", "addition"),
        ("我们研究树。它们长势良好。请扫码关注公众号。", "addition"),
    ],
)
def test_what_nobody_would_print_is_found(abstract: str, kind: str) -> None:
    """Invisible signs, comments, pictures, advertisements."""
    fields = {"title": "论树", "summary": "本文研究树。", "abstract": abstract}
    found = check_texts("On Trees", "We study trees. They grow well.", fields)
    assert kind in {it.kind for it in found}


TEXT = "我们研究树的生长情况，并证明这一方法在许多数据上都有很好的效果，{}，而且年年如此。"


def untranslated(chinese: str, english: str = "We study.") -> list[str]:
    """What was left in English."""
    fields = {"title": "论树", "summary": "本文研究树。", "abstract": TEXT.format(chinese)}
    found = check_texts("On Trees", english, fields)
    return [problem.span for problem in found if problem.kind == "untranslated"]


@pytest.mark.parametrize(
    ("left", "found"),
    [
        ("it is in the big old forest", True), ("in the big old oak", True), ("in the big old", False),
        ("Attention Is All You Need", False), ("of those using Trees", False), ("Deep Learning for Trees of a Forest", False),
        ("we grow big old green trees now", True), ("grow big old green oak trees", False), ("the-best of the x-y", False),
        ("we can be 2big at the end of it", True), ("when we use Zorp or those", True), ("a of Zorp oak elm fir", True),
        ("in a Big Old Forest but which can be new", True), ("ash elm oak yew fir bay box", True),
        ("an ash oak elm fir", False), ("an ash or oak elm", True), ("Ash2 oak3 elm4 fir5 to a yew6 of box7", False),
    ],
)  # fmt: skip
def test_runs_of_english_are_clauses_or_names(left: str, found: bool) -> None:
    """Two small words among five, or seven words of any kind, are no name."""
    assert untranslated(left) == ([left] if found else [])


@pytest.mark.parametrize(
    "small",
    "the of to in on for with by from at as and or is are was were be been has have we our it its that this these"
    " those which can not but than more when while between into using based such an".split(),
)
def test_small_words_make_a_clause(small: str) -> None:
    """Two of them among three others."""
    assert untranslated(f"{small} ash {small} oak elm") == [f"{small} ash {small} oak elm"]
    assert untranslated(f"{small} ash oak elm yew") == []


@pytest.mark.parametrize(
    ("chinese", "words"),
    [
        ("使用 network 方法", ["network"]), ("使用network方法", ["network"]), ("使用  network  方法", ["network"]),
        ("使用 network 与 training 方法", ["network", "training"]), ("使用 network 与 network 方法", ["network"]),
        ("使用 Network 方法", []), ("使用 x.network 方法", []), ("使用 network2 方法", []), ("使用 2network 方法", []),
        ("使用 pre-network 方法", []), ("使用 network-x 方法", []), ("使用 Anetwork 方法", []), ("使用 networkB 方法", []),
        ("使用 xnetwork 方法", []), ("使用 loss 方法", ["loss"]), ("使用 norm 方法", ["norm"]), ("使用 two 方法", []),
        ("用（network 方法", []), ("用 network）方法", []), ("使用 zorps 方法", []),
        ("使用 $k$-nearest 方法", ["nearest"]), ("使用 $k$-norm 方法", ["norm"]), ("使用 $k$-Nearest 方法", ["Nearest"]),
        ("使用 $k$-nearestX 方法", []), ("使用 $k$-NEAREST 方法", []), ("使用 $k$-ary 方法", []), ("使用 $k$-set 方法", []),
    ],
)  # fmt: skip
def test_ordinary_words_between_chinese_are_untranslated(chinese: str, words: list[str]) -> None:
    """Parts of names are not, nor what stands beside other signs."""
    assert untranslated(chinese) == words


def test_an_ordinary_word_is_quoted() -> None:
    """By its field."""
    fields = {"title": "论树", "summary": "本文研究 network 方法。", "abstract": "我们研究树。"}
    (problem,) = check_texts("On Trees", "We study trees.", fields)
    assert problem.message == "summary leaves the ordinary word “network” in English: translate it"


def test_a_word_coined_by_the_english_may_stay_behind_a_formula() -> None:
    """With a capital, as there."""
    assert untranslated("使用 $k$-Nearest 方法", "We study $k$-Nearest.") == []
    assert untranslated("使用 $k$-nearest 方法", "We study $k$-nearest.") == ["nearest"]


@pytest.mark.parametrize(
    "terms",
    [
        "token、tokens、prompt、prompts、bandit、bandits、transformer、transformers、dropout、logit、logits、softmax",
        "oracle、boosting、bagging、attention、embedding、embeddings、zero、shot、mask、masks、agent、agents、patch、patches",
        "batch、lasso、ridge、pipeline、kernel、kernels、code、base、bits、word、words、tuning、prefix、adapter、adapters",
        "mixup、cutoff、benchmark、baseline、teacher、student、seed、seeds、query、value、head、heads、layer、layers",
        "pretrain、finetune、fine、state、skip、self、graph、text、data、means、medoids、tensor、node、nodes、push、pull",
        "server、client、shapley、time、call、post、test、track、minimax",
    ],
)
def test_terms_of_the_trade_may_stay_in_english(terms: str) -> None:
    """Chinese researchers say them."""
    for term in terms.split("、"):
        assert untranslated(f"使用 {term} 方法", f"We study {term}.") == []


def test_the_share_of_chinese_has_its_limit() -> None:
    """A fifth of the letters of a sentence; a title may be a long name and a word."""
    for letters, found in (("a" * 8, False), ("a" * 9, True)):
        fields = {
            "title": f"论{letters * 3}",
            "summary": "本文研究树。",
            "abstract": f"树木{letters}。",
        }
        problems = check_texts("On Trees", letters * 3, fields)
        messages = [it.message for it in problems if it.kind == "untranslated"]
        assert messages == (["abstract is not in Chinese: write it in Chinese"] if found else [])
    long = "We study trees, and how they grow. " * 4
    fields = {"title": "On Trees", "summary": "本文研究树。", "abstract": long}
    found = [it for it in check_texts("On Trees", long, fields) if it.kind == "untranslated"]
    assert [(it.field, it.span) for it in found] == [("title", "On Trees"), ("abstract", long[:80])]
    run = "we study the trees and how they grow in the north of the land, " * 3
    fields = {"title": "论树", "summary": "本文研究树。", "abstract": "树" * 60 + run + "。"}
    (message,) = [
        it.message for it in check_texts("On Trees", run, fields) if it.kind == "untranslated"
    ]
    assert message == f"abstract has English left in it, “{run[:120]}”: translate it"
