"""Which Chinese sentences stand for which English ones."""

from __future__ import annotations

import pytest

from digest_plugin.check.alignment import align, coverage_of
from digest_plugin.check.lexicon import is_ordinary, renderings

TRAIN = "We train a neural network on 300 images of large trees."
EXCEED = "Its accuracy exceeds that of three experts."
PUBLIC = "The code and all data are public."
BIRDS = "Birds sing in the forest every morning."
PROVE = "We prove a theorem about WeatherLM and GPT-4."
ZH_TRAIN = "我们在 300 张大树的图像上训练一个神经网络"
ZH_EXCEED = "其准确率超过三位专家"
ZH_PUBLIC = "代码和所有数据都是公开的"
ZH_BIRDS = "鸟儿每天早晨在森林里歌唱"
ZH_PROVE = "我们证明了一个关于 WeatherLM 和 GPT-4 的定理"

Beads = list[tuple[tuple[int, ...], tuple[int, ...]]]


@pytest.mark.parametrize(
    ("english", "chinese", "beads"),
    [
        (
            [TRAIN, EXCEED, PUBLIC, BIRDS, PROVE], [ZH_TRAIN, ZH_EXCEED, ZH_PUBLIC, ZH_BIRDS, ZH_PROVE],
            [((0,), (0,)), ((1,), (1,)), ((2,), (2,)), ((3,), (3,)), ((4,), (4,))],
        ),
        (
            [TRAIN, EXCEED, PUBLIC, BIRDS], [f"{ZH_TRAIN}，{ZH_EXCEED}", ZH_PUBLIC, ZH_BIRDS],
            [((0, 1), (0,)), ((2,), (1,)), ((3,), (2,))],
        ),
        (
            [TRAIN, EXCEED, PUBLIC, BIRDS], [f"{ZH_TRAIN}，{ZH_EXCEED}，{ZH_PUBLIC}", ZH_BIRDS],
            [((0, 1, 2), (0,)), ((3,), (1,))],
        ),
        (
            [f"{TRAIN[:-1]}, and its accuracy exceeds that of three experts.", PUBLIC, BIRDS],
            [ZH_TRAIN, ZH_EXCEED, ZH_PUBLIC, ZH_BIRDS], [((0,), (0, 1)), ((1,), (2,)), ((2,), (3,))],
        ),
        (
            [f"{TRAIN[:-1]}, its accuracy exceeds that of three experts, and the code and all data are public.", BIRDS],
            [ZH_TRAIN, ZH_EXCEED, ZH_PUBLIC, ZH_BIRDS], [((0,), (0, 1, 2)), ((1,), (3,))],
        ),
        (
            [TRAIN, EXCEED, PUBLIC, BIRDS], [ZH_TRAIN, ZH_EXCEED, ZH_PUBLIC, "这是多余的一句话，与原文毫无关系可言", ZH_BIRDS],
            [((0,), (0,)), ((1,), (1,)), ((2,), (2,)), ((), (3,)), ((3,), (4,))],
        ),
        (
            [TRAIN, "However, the wind blows from the north in all of those long winters.", PUBLIC, BIRDS],
            [ZH_TRAIN, ZH_PUBLIC, ZH_BIRDS], [((0,), (0,)), ((1,), ()), ((2,), (1,)), ((3,), (2,))],
        ),
    ],
)  # fmt: skip
def test_sentences_are_merged_split_dropped_and_added(
    english: list[str], chinese: list[str], beads: Beads
) -> None:
    """What they share and how long they are say which it was."""
    alignment = align(" ".join(english), "。".join(chinese) + "。")
    assert alignment is not None
    assert [(bead.english, bead.chinese) for bead in alignment.beads] == beads
    assert alignment.english == tuple(english)
    assert alignment.chinese == tuple(f"{sentence}。" for sentence in chinese)


def test_lengths_and_shares_are_told() -> None:
    """Words and cues of each sentence; how long its Chinese is beside it, and what that has of it."""
    alignment = align(f"{TRAIN} {EXCEED} {PROVE}", f"{ZH_TRAIN}，{ZH_EXCEED}。{ZH_PROVE}。")
    assert alignment is not None
    assert alignment.words == (11, 7, 9)
    assert alignment.cues == (8, 4, 6)
    first, second = alignment.beads
    assert first.ratio == pytest.approx((1 + 28 / 1.75) / 18)
    assert first.coverage == (pytest.approx(7 / 8), 1.0)
    assert second.ratio == pytest.approx((1 + 1 + 1 + 13 / 1.75) / 9)
    assert coverage_of("prove a theorem", alignment, second) == (2, 1.0)
    assert coverage_of("and a lemma about WeatherLM", alignment, second) == (1, 1.0)
    assert coverage_of("on 300 images of trees", alignment, second) == (2, 0.0)
    assert coverage_of("zorps", alignment, second) == (0, 0.5)


@pytest.mark.parametrize(
    ("english", "chinese", "words", "units"),
    [
        ("We show it’s 3,000.5 trees.", "我们", 5, 2 / 1.75), ("Trees' and cats' \ufffc \ufffb", "ABC 树", 5, 1 + 1 / 1.75),
        ("... !", "3,000.5 \ufffc \ufffb x", 1, 4), ("Trees.", "。", 1, 0.5),
    ],
)  # fmt: skip
def test_words_are_counted_in_both_languages(
    english: str, chinese: str, words: int, units: float
) -> None:
    """Names, figures, formulas and addresses count as one; seven characters as four words."""
    alignment = align(english, chinese)
    assert alignment is not None
    assert alignment.words == (words,)
    (bead,) = [it for it in alignment.beads if it.chinese]
    assert bead.ratio * (words if bead.english else 1) == pytest.approx(units)


@pytest.mark.parametrize(
    ("word", "rendering"),
    [
        ("network", "网络"), ("networks", "网络"), ("networking", "网络"), ("two", "两"), ("sets", "集"), ("twos", "两"),
        ("newest", None), ("zorp", None), ("ne", None), ("statistically", "统计"), ("generalizations", "泛化"),
        ("characterization", "特征"), ("characterizations", "特征"), ("characterizationss", None),
    ],
)  # fmt: skip
def test_words_have_renderings_by_how_they_begin(word: str, rendering: str | None) -> None:
    """Three letters may take one more, longer beginnings eight."""
    assert (rendering in renderings(word)) if rendering else (renderings(word) == ())


@pytest.mark.parametrize(
    "word",
    "network networks significant significantly scalability comparable optimal empirically performance performances important"
    " validate validated facilitates validating information limitations based propose proposed inference different encoder"
    " encoders approaches powerful specific statistical specifically specified properties learning distribution solutions"
    " generalised optimising complexity effective effectively optimization optimizations characterize specialized minimizes"
    " optimizing lossless widely development developments robustness estimator estimators accurate participated overfitting"
    " application applications structural architecture architectures extensive positives quality".split(),
)
def test_ordinary_words_are_known_in_their_forms(word: str) -> None:
    """Whatever ending they take."""
    assert is_ordinary(word)


@pytest.mark.parametrize(
    "word", ["networkx", "datalog", "graphene", "modelica", "new", "key", "zorp", ""]
)
def test_names_that_begin_like_a_word_are_no_words(word: str) -> None:
    """Nor are words of three letters, which names are made of."""
    assert not is_ordinary(word)
