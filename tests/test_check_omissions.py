"""Nothing of the English is lost."""

from __future__ import annotations

import re

import pytest

from digest_plugin.check import check_texts
from digest_plugin.check.alignment import align
from digest_plugin.check.sentences import chinese_sentences, english_sentences
from good_pairs import GOOD_PAIRS, GoodPair

WHOLE = [good for good in GOOD_PAIRS if good.chinese[2].count("。") > 2]


def kinds(good: GoodPair, **changes: str) -> set[tuple[str, str]]:
    """What is found in a good pair after a change."""
    found = check_texts(good.title, good.abstract, good.fields | changes)
    return {(problem.field, problem.kind) for problem in found}


@pytest.mark.parametrize("good", GOOD_PAIRS, ids=lambda good: good.title[:20])
def test_good_translations_pass(good: GoodPair) -> None:
    """Nothing at all is found in a faithful translation."""
    assert check_texts(good.title, good.abstract, good.fields) == ()


@pytest.mark.parametrize("good", WHOLE, ids=lambda good: good.title[:20])
def test_each_dropped_sentence_is_found(good: GoodPair) -> None:
    """Whichever sentence is gone, an omission is reported."""
    sentences = re.findall("[^。？]+[。？]", good.chinese[2])
    for place in range(len(sentences)):
        rest = "".join(sentences[:place] + sentences[place + 1 :])
        assert ("abstract", "omission") in kinds(good, abstract=rest), sentences[place]


@pytest.mark.parametrize("good", WHOLE, ids=lambda good: good.title[:20])
def test_merged_sentences_are_no_omission(good: GoodPair) -> None:
    """Two sentences may become one."""
    place = good.chinese[2].index("。", len(good.chinese[2]) // 3)
    merged = good.chinese[2][:place] + "，" + good.chinese[2][place + 1 :]
    assert ("abstract", "omission") not in kinds(good, abstract=merged)


@pytest.mark.parametrize("field", ["title", "summary", "abstract"])
def test_an_empty_field_is_an_omission(field: str) -> None:
    """A field without anything is told by name, and once."""
    good = GOOD_PAIRS[0]
    found = check_texts(good.title, good.abstract, good.fields | {field: " "})
    assert [(p.field, p.kind, p.message) for p in found] == [
        (field, "omission", f"{field} is empty: write it")
    ]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("abstract", "清点萤火虫是缓慢的工作，"),
        ("summary", "LanternNet 是一个小型卷积网络，能在"),
        ("summary", "一个网络（LanternNet"),
        ("title", "LanternNet：用手持相机清点、"),
    ],
)
def test_a_text_that_ends_early_is_found(field: str, text: str) -> None:
    """A comma or an open bracket is no end."""
    assert (field, "omission") in kinds(GOOD_PAIRS[0], **{field: text})


def test_a_lost_address_is_an_omission() -> None:
    """Where the code is, is told."""
    good = GOOD_PAIRS[0]
    text = good.chinese[2].replace("https://example.org/lantern", "网上")
    assert ("abstract", "omission") in kinds(good, abstract=text)


def test_the_message_quotes_the_english_sentence() -> None:
    """Who mends it need not look for it."""
    good = GOOD_PAIRS[0]
    sentences = good.chinese[2].split("。")
    text = "。".join(sentences[:1] + sentences[2:])
    (problem,) = check_texts(good.title, good.abstract, good.fields | {"abstract": text})
    assert problem.span.startswith("We present LanternNet")
    assert problem.span in problem.message


def test_sentences_end_where_people_end_them() -> None:
    """Abbreviations, initials and decimals end none."""
    text = "We follow A. B. Smith et al. (2001), i.e. Fig. 2. It costs 2.5 units! Is it so? Yes."
    assert english_sentences(text) == [
        "We follow A. B. Smith et al. (2001), i.e. Fig. 2.", "It costs 2.5 units!", "Is it so?",
        "Yes.",
    ]  # fmt: skip
    assert chinese_sentences("它花费 2.5 元。是吗？“是。”好.") == [
        "它花费 2.5 元。",
        "是吗？",
        "“是。”",
        "好.",
    ]


@pytest.mark.parametrize(
    "sentences",
    [
        ["See Figs. 2, Eq. (1), Eqs. 4, Sec. 5, Ref. [6], Refs. 7, Thm. 8, Prop. 9, Def. 1, No. 2.", "Yes."],
        ["Dr. Ames, Mr. Bell, Ms. Cole, Prof. Dunn and St. Ives left Ellis Inc. Alone, says Gray Jr. Hall."],
        ["Fox Ltd. Bonn (U.S. Army, Ph.D. Work), e.g. Ann, viz. Ben, vs. Carl, cf. Dora, etc. Ed were there."],
        ["It costs approx. 5 units ca. 1900, w.r.t. Anna, a.k.a. Berta, resp. Clara."],
        ["It (cf.) A, [cf.] B, 'cf.' C, ‘cf.’ F, “cf.” D, \"cf.\" E is one."],
        ["We are in America.", "We call it x.", "Then it ends."],
        ["It is “so.”", 'It is "so."', "It is 'so.'", "(It is so.)", "[It is so!]", "Is it?", "No."],
        ["Next come quotes.", "“So it is.”", '"So."', "'So.'", "‘So.’", "(So.)", "[So.]", "`So.'"],
        ["Next come others.", "5 of them.", "$5 each.", "\ufffc is open.", "\ufffb is ours.", "arXiv is one."],
        ["The no. of trees is 5. in all gardens."],
    ],
)  # fmt: skip
def test_english_sentences_are_told_apart(sentences: list[str]) -> None:
    """What stands behind a full stop or around it says whether it ends a sentence."""
    assert english_sentences("  ".join(sentences) + " ") == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["真的吗？！", "是的!", "是吗?", "好！", "好。", "它长得快"],
        [
            "“好。”",
            "‘好。’",
            "「好。」",
            "『好。』",
            "（好。）",
            "(好。)",
            "[好。]",
            "【好。】",
            "好。",
        ],
        [
            "我们研究树.",
            "它占 5%.",
            "共有 3.",
            "它叫“树”.",
            "它叫树（见图）.",
            "它见于 Phys. 的文章。",
        ],
    ],
)
@pytest.mark.parametrize("between", ["", " "])
def test_chinese_sentences_are_told_apart(sentences: list[str], between: str) -> None:
    """Quotes and brackets that close belong to the sentence; some authors write a Latin stop."""
    assert chinese_sentences(between.join(sentences) + between) == sentences


def test_nothing_is_aligned_with_nothing() -> None:
    """Empty texts have no alignment; a sentence each has one bead."""
    assert align("", "") is None
    alignment = align("Sleep helps memory.", "睡眠有助于记忆。")
    assert alignment is not None
    assert [(bead.english, bead.chinese) for bead in alignment.beads] == [((0,), (0,))]


@pytest.mark.parametrize(
    ("title", "ends"),
    [("生成流网络的泛化行为", True), ("优化的目的", True), ("周期解的存在", True), ("样本配对", True),
     ("生成流网络的", False), ("面向图的方法和", False), ("我们认为", True), ("用于", False)],
)  # fmt: skip
def test_a_title_ends_in_a_word_and_not_in_a_part_of_one(title: str, ends: bool) -> None:
    """行为 ends in 为, after which something has to follow, and does not end early."""
    fields = {"title": title, "summary": "本文研究网络。", "abstract": "我们研究网络。"}
    found = check_texts("On the Behaviour of Networks", "We study networks.", fields)
    assert ("ends early" not in " ".join(it.message for it in found)) == ends


def omissions(english: str, chinese: str, title: str = "论树") -> list[str]:
    """The messages on omissions in an abstract or a title."""
    fields = {"title": title, "summary": "本文研究树。", "abstract": chinese}
    found = check_texts("On Trees", english, fields)
    return [problem.message for problem in found if problem.kind == "omission"]


@pytest.mark.parametrize(
    "end",
    ["，", "、", ",", "（", "(", "“", "《", "【", "及", "或", "将", "把", "是", "于", "和", "与", "的", "在", "从", "对", "为", "被", "以",
     "因为", "由于", "以及", "通过", "例如", "的 ", "（1", "(1", "“树", "《树", "【树", "（树）和（木", "(树)和(木"],
)  # fmt: skip
def test_what_something_has_to_follow_is_no_end(end: str) -> None:
    """Prepositions, commas and brackets that were opened."""
    text = f"一种树木生长研究方法{end}"
    assert omissions("We study trees.", "我们研究树。", text) == [
        f"title ends early, at “{text.rstrip()[-12:]}”: write it to the end"
    ]


@pytest.mark.parametrize(
    "end",
    ["饱和", "缓和", "调和", "总和", "温和", "融和", "中和", "共和", "参与", "目的", "存在", "内在", "潜在", "外在", "服从", "应对", "配对",
     "比对", "绝对", "面对", "针对", "核对", "行为", "认为", "成为", "植被", "可以", "难以", "（树）", "(树)", "（树)", "“树”", "《树》", "【树】"],
)  # fmt: skip
def test_words_and_brackets_that_end_are_an_end(end: str) -> None:
    """行为 ends in 为, and what was opened has been closed."""
    assert omissions("We study trees.", "我们研究树。", f"一种树木生长研究方法{end}") == []


@pytest.mark.parametrize("far", [True, False])
def test_brackets_are_looked_for_near_the_end(far: bool) -> None:
    """One that was opened sixty characters ago was forgotten, and nothing was lost."""
    text = f"（{'树' * (60 if far else 59)}"
    english = "On the very long growth of very many trees in very many forests of the north"
    fields = {"title": text, "summary": "本文研究树。", "abstract": "我们研究树。"}
    found = check_texts(english, "We study trees.", fields)
    assert ("omission" in {problem.kind for problem in found}) is not far


@pytest.mark.parametrize(
    ("end", "ends"),
    [(end, True) for end in "。！？!?.…;；:：)）]】」』”’\"'>}"]
    + [("$x$", True), ("https://example.org/a", True), ("。 ", True), ("", False), ("x", False), ("5", False)],
)  # fmt: skip
def test_an_abstract_ends_in_a_stop_if_the_english_does(end: str, ends: bool) -> None:
    """Whatever closes a sentence is one."""
    chinese = f"我们研究树的生长{end}"
    english = "We study the growth of trees $x$ at https://example.org/a."
    assert ("ends early" not in " ".join(omissions(english, chinese))) is ends
    assert "ends early" not in " ".join(omissions(english.removesuffix(".") + " x", chinese))


@pytest.mark.parametrize(
    ("english", "chinese", "lost"),
    [
        ("abc.io", "", False), ("abcd.io", "", True), ("https://x.org/a/", "", True), ("https://x.org/a/", "http://x.org/a", False),
        ("http://Example.ORG/a_b", "example.org/ab", False), ("www.ab.cn//", "WWW.AB.CN", False), ("x.org/a/b", "x.org/ab", True),
        ("https://x.org/a", "https:/x.org/a", False),
    ],
)  # fmt: skip
def test_addresses_are_in_the_abstract_however_they_are_written(
    english: str, chinese: str, lost: bool
) -> None:
    """Schemes, capitals and slashes at the end make no other address."""
    (*messages,) = omissions(
        f"We study trees, see {english} here.", f"我们研究树，见此处 {chinese} 。"
    )
    assert [it for it in messages if "lacks the address" in it] == (
        [f"abstract lacks the address {english}: put it in"] if lost else []
    )


CLAUSE = "we compare its accuracy with the accuracy of three experts and of two older methods"
LEARNT = "We train a neural network on images of large trees in old forests"


@pytest.mark.parametrize("between", [", ", "; ", ": ", " (", " – ", " — ", " -- ", " - "])
def test_a_dropped_clause_is_found(between: str) -> None:
    """The half of a long sentence that has no Chinese is quoted, and nothing else of it."""
    english = f"{LEARNT}{between}{CLAUSE}. The code is public."
    whole = "我们在古老森林中大树的图像上训练一个神经网络，并将其准确率与三位专家及两种较早的方法的准确率进行比较。代码是公开的。"
    assert omissions(english, whole) == []
    half = "我们在古老森林中大树的图像上训练一个神经网络。代码是公开的。"
    assert omissions(english, half) == [f"abstract lacks “{CLAUSE}”: translate it"]


@pytest.mark.parametrize(
    ("english", "lost"),
    [
        ("It is very good.", None), ("It is very good now.", "It is very good now."),
        ("It is $x$ very good.", None), ("It is $x$ very good now.", "It is $x$ very good now."),
    ],
)  # fmt: skip
def test_short_sentences_may_go_into_a_neighbour(english: str, lost: str | None) -> None:
    """Five words, formulas not counted, are a sentence of their own."""
    found = omissions(
        f"{LEARNT}. {english} The code is public.",
        "我们在古老森林中大树的图像上训练一个神经网络。代码是公开的。",
    )
    assert found == ([f"abstract lacks the sentence “{lost}”: translate it"] if lost else [])


@pytest.mark.parametrize("length", [160, 161])
def test_long_losses_are_quoted_in_short(length: int) -> None:
    """A message is for a person to read."""
    lost = "The growth of trees depends on water and on light and on soil and on wind and on snow"
    lost = lost.ljust(length - 1, "y") + "."
    (message,) = omissions(
        f"{LEARNT}. {lost} The code is public.",
        "我们在古老森林中大树的图像上训练一个神经网络。代码是公开的。",
    )
    shown = lost if length == 160 else f"{lost[:157]}…"
    assert message == f"abstract lacks the sentence “{shown}”: translate it"


def test_every_loss_is_told() -> None:
    """One does not hide the next."""
    english = f"{LEARNT}. It is good. {CLAUSE.capitalize()}. Birds sing every morning in the garden. The code is public."
    found = omissions(english, "我们在古老森林中大树的图像上训练一个神经网络。代码是公开的。")
    assert [message[:40] for message in found] == [
        "abstract lacks the sentence “We compare ", "abstract lacks the sentence “Birds sing ",
    ]  # fmt: skip


def test_texts_of_many_sentences_are_not_aligned() -> None:
    """Sixty are, in either language."""
    for english, chinese in ((60, 60), (61, 2), (2, 61)):
        alignment = align("Trees grow. " * english, "树在生长。" * chinese)
        assert (alignment is not None) is (max(english, chinese) == 60)
    fields = {"title": "论树", "summary": "树在生长。", "abstract": "树在生长。" * 61}
    found = check_texts("On Trees", "Trees grow. " * 61, fields)
    assert "omission" not in {problem.kind for problem in found}
    assert align("Trees grow.", "") is None
    assert align("", "树在生长。") is None


def test_a_lost_sentence_is_told_with_its_formulas() -> None:
    """As people know it, not with signs in their place."""
    english = (
        "We study $x$ and more. The bound $\\beta$ on the growth of all large trees in deep forests"
        " holds for $n>1$ as well, see https://example.org/trees for the proofs. It is sharp."
    )
    fields = {
        "title": "论树",
        "summary": "本文研究树。",
        "abstract": "我们研究 $x$ 等问题。它是紧的。",
    }
    (lost,) = [
        it for it in check_texts("On trees", english, fields) if "lacks the sentence" in it.message
    ]
    assert "$\\beta$" in lost.span
    assert "$n>1$" in lost.span
    assert "https://example.org/trees" in lost.span
    assert "$x$" not in lost.span
