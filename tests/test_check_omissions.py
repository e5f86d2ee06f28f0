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
