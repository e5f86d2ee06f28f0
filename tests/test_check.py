"""The check as a whole: never raises, takes time in step with the text, says where and what."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest_plugin.check import KINDS, Problem, check, check_texts
from digest_plugin.check.checking import CUT, Checker
from digest_plugin.papers import CUT_MARK, FIELDS, Chinese, Paper
from good_pairs import GOOD_PAIRS

HOSTILE = [
    "1", "1,", "1 ", "1-", "1e", "（", "(", "[a](", "$", "$1", "$x$", "\\", "\\(", "\\a", "⟦", "一", "十",
    "百分之", "1万", "e", "A-", "AB1", "aB", "I. ", "A b. ", "中", "中。", "**", "`", "<a ", "&", '{"title":', "10^",
    "请", "译", "two ", "half of ", "http://", "a.", "a@", "摘要：", "\u0301", "\ud800", "\0", "\n",
]  # fmt: skip


def test_a_paper_is_checked_like_its_texts() -> None:
    """Both entries find the same."""
    good = GOOD_PAIRS[1]
    day = datetime(2024, 1, 1, tzinfo=UTC)
    paper = Paper("2401.00001", 1, good.title, (), good.abstract, ("math.CO",), "math.CO", day, day)
    wrong = good.fields | {"abstract": "摘要：完全不同的一句话，共 77 个。"}
    assert check(paper, Chinese(**good.fields)) == ()
    assert check(paper, Chinese(**wrong)) == check_texts(good.title, good.abstract, wrong)


def test_english_that_is_cut_is_compared_as_far_as_it_goes() -> None:
    """A Chinese text may break off where it does; that the end is missing is a problem by itself."""
    good = GOOD_PAIRS[0]
    day = datetime(2024, 1, 1, tzinfo=UTC)
    whole = Paper("2401.00001", 1, good.title, (), good.abstract, ("cs.CV",), "cs.CV", day, day)
    chinese = Chinese(**good.fields)
    assert Checker(()).problems(whole, chinese) == ()
    place = good.abstract.index(", against")
    broken = replace(chinese, abstract=chinese.abstract[: chinese.abstract.index("，而志愿者")])
    for mark in (CUT_MARK, f" {CUT_MARK}"):
        cut = replace(whole, abstract=good.abstract[:place] + mark, is_partial=True)
        assert Checker(()).problems(cut, broken) == (CUT,)
        assert Checker(()).problems(replace(cut, is_partial=False), broken) != (CUT,)
    assert CUT.field == "abstract"
    assert CUT.message.startswith(
        "abstract may lack its end: the English was cut at 1,000 characters"
    )


def test_problems_say_where_what_and_how_to_mend_it() -> None:
    """Fields in reading order, known kinds, one line of English each, a span from the texts."""
    good = GOOD_PAIRS[3]
    fields = {
        "title": "模型",
        "summary": "共 99 个<b>模型</b>。",
        "abstract": "摘要：天气报告很短，",
    }
    found = check_texts(good.title, good.abstract, fields)
    assert [p.field for p in found] == sorted((p.field for p in found), key=FIELDS.index)
    for problem in found:
        assert isinstance(problem, Problem)
        assert problem.kind in KINDS
        assert "\n" not in problem.message
        assert problem.message.startswith(problem.field)
        assert problem.span


def test_what_is_not_there_counts_as_empty() -> None:
    """Pairs may lack a field."""
    found = check_texts("On birds", "Birds sing.", {"title": "论鸟", "summary": "鸟会唱歌。"})
    assert [(p.field, p.kind) for p in found] == [("abstract", "omission")]


TEXTS = st.text() | st.text("1234567890,.%$\\{}^_ 一二十百万亿分之。，AaBb-()（）", max_size=60)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_nothing_is_raised(title: str, abstract: str, chinese: str) -> None:
    """Whatever the texts are."""
    check_texts(title, abstract, dict.fromkeys(FIELDS, chinese))


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_hostile_texts_take_no_longer(piece: str) -> None:
    """100,000 characters of anything, in either language, are checked in seconds."""
    text = (piece * 100_000)[:100_000]
    start = time.process_time()
    check_texts("T", text, {"title": "题", "summary": "句。", "abstract": "中文。"})
    check_texts("T", "We study it.", dict.fromkeys(FIELDS, text))
    assert time.process_time() - start < 6
