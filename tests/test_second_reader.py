"""The second reader, and writing anew: what a model finds in what a model wrote, and what is made
of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_plugin.papers import Chinese, Finding
from digest_plugin.writing import write as write_module
from digest_plugin.writing.model import Completion, Message
from digest_plugin.writing.second_reader import MOST_FINDINGS, read_again
from digest_plugin.writing.write import AnswerError
from servers import ArxivPaper, ArxivServer, Fault, ModelServer
from sites import make_site
from test_update import GOOD, MATHS, dumped, written
from test_write import PAPER

CHINESE = Chinese(
    "关于 $x^2$ 的界", "本文给出了界。", r"我们用 $\beta$ 给出 $x^2$ 的界。对 \(n>1\) 不成立。"
)
FINDING = {
    "field": "abstract", "chinese": "不成立", "english": "It holds", "reason": "英文说成立。",
}  # fmt: skip
# Formulas are numbered through all that is shown: three of the English, four of the Chinese.
MENDED = "我们用 ⟦M6⟧ 给出 ⟦M7⟧ 的界。对 ⟦M8⟧ 也成立。"


class Reader:
    """A second reader that gives one answer, and keeps what it was asked."""

    def __init__(self, answer: object) -> None:
        self.text = answer if isinstance(answer, str) else dumped(answer)
        self.asked: list[Message] = []

    def __call__(self, messages: list[Message]) -> Completion:
        self.asked = messages
        return Completion(self.text)


# What is made of an answer


def test_it_sees_both_texts_without_a_formula() -> None:
    """As data between tags, which nothing in them can end."""
    reader = Reader({"findings": []})
    reading = read_again(PAPER, CHINESE, reader)
    assert (reading.chinese, reading.findings) == (CHINESE, ())
    user = reader.asked[1]["content"]
    english, chinese = (
        user.removeprefix("<paper>\n").removesuffix("\n</chinese>").split("\n</paper>\n<chinese>\n")
    )
    assert json.loads(english)["title"] == "Bounds on ⟦M1⟧"
    assert json.loads(chinese)["title"] == "关于 ⟦M5⟧ 的界"
    assert "$" not in user


def test_what_it_mends_is_taken_and_the_finding_kept() -> None:
    """The field that it rewrites, formulas back in place; the others stay."""
    reading = read_again(PAPER, CHINESE, Reader({"findings": [FINDING], "abstract": MENDED}))
    assert reading.chinese.abstract == r"我们用 $\beta$ 给出 $x^2$ 的界。对 \(n>1\) 也成立。"
    assert reading.chinese.title == CHINESE.title
    assert reading.findings == (
        Finding("abstract", "不成立", "It holds", "英文说成立。", mended=True),
    )
    assert reading.problems == ()


@pytest.mark.parametrize(
    "abstract",
    [
        "我们用 ⟦M6⟧ 给出 ⟦M7⟧ 的界。也成立。",  # a formula is gone
        "我们用 ⟦M6⟧ 给出 ⟦M7⟧ 的界。对 ⟦M8⟧ 与 ⟦M99⟧ 也成立。",  # one is invented
        "We bound it.",
    ],
)
def test_what_does_not_pass_the_check_is_not_taken(abstract: str) -> None:
    """Its finding is kept all the same: an editor may want to know."""
    answer = {"findings": [FINDING], "abstract": abstract}
    try:
        reading = read_again(PAPER, CHINESE, Reader(answer))
    except AnswerError:
        return
    assert reading.chinese == CHINESE
    assert [it.mended for it in reading.findings] == [False]


def test_a_field_without_a_finding_is_left_alone() -> None:
    """A reader that rewrites what it finds nothing wrong with is not asked to."""
    answer = {"findings": [FINDING], "abstract": MENDED, "title": "另一个 ⟦M5⟧ 题目"}
    assert read_again(PAPER, CHINESE, Reader(answer)).chinese.title == CHINESE.title


@pytest.mark.parametrize("text", ["", "no object", '{"findings": ', '{"title": "甲"}'])
def test_an_answer_that_cannot_be_read_is_an_error(text: str) -> None:
    """Not silence: nobody has read the text."""
    with pytest.raises(AnswerError):
        read_again(PAPER, CHINESE, Reader(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(JSON | st.fixed_dictionaries({"field": st.sampled_from(["title", "x", 1]),
       "chinese": JSON, "english": JSON, "reason": JSON}), max_size=30), JSON)  # fmt: skip
def test_any_answer_in_json_leaves_a_text_and_findings_of_the_right_form(
    findings: list[Any], title: Any
) -> None:
    """Whatever a model thinks a finding is."""
    try:
        reading = read_again(PAPER, CHINESE, Reader({"findings": findings, "title": title}))
    except AnswerError:
        return
    assert len(reading.findings) <= MOST_FINDINGS
    for finding in reading.findings:
        assert finding.field == "title"
        assert finding.chinese
        assert finding.english
        assert finding.reason


# In a run


def test_a_run_with_a_second_reader_stores_what_it_mended(tmp_path: Path) -> None:
    """One call more a paper; the record says who read it and what was found."""
    site = make_site(tmp_path, MATHS.id)
    wrong = GOOD | {"abstract": "我们用 ⟦M3⟧ 给出 ⟦M2⟧ 的界。它不是紧的。"}
    finding = FINDING | {"chinese": "不是紧的", "english": "sharp"}
    answer = {"findings": [finding], "abstract": "我们用 ⟦M5⟧ 给出 ⟦M6⟧ 的界。它是紧的。"}
    with ArxivServer([MATHS]) as arxiv, ModelServer() as model, ModelServer() as reviewer:
        model.faults.append(Fault.reply(dumped(wrong)))
        reviewer.faults.append(Fault.reply(dumped(answer)))
        report = site.update(arxiv, model, reviewer=reviewer)
        assert (written(report), report.unread) == ([MATHS.id], [])
        assert (len(model.requests), len(reviewer.requests)) == (1, 1)
        record = site.record(MATHS.id)
        assert record is not None
        assert record.chinese is not None
        assert record.written is not None
        assert record.chinese.abstract.endswith("它是紧的。")
        assert record.written.reviewer == "test-model"
        assert [it.mended for it in record.findings] == [True]
        assert site.entry(MATHS.id).state == "generated"


def test_a_second_reader_that_fails_costs_no_text(tmp_path: Path) -> None:
    """What is written is stored, the failure is named, and no reader is claimed."""
    site = make_site(tmp_path, MATHS.id)
    with ArxivServer([MATHS]) as arxiv, ModelServer() as model, ModelServer() as reviewer:
        reviewer.faults.append(Fault.reply("I cannot."))
        report = site.update(arxiv, model, reviewer=reviewer)
        assert (written(report), report.failed) == ([MATHS.id], [])
        (failure,) = report.unread
        assert "the second reader test-model failed" in failure.reason
        record = site.record(MATHS.id)
        assert record is not None
        assert record.written is not None
        assert record.written.reviewer is None


# Writing anew


def test_another_prompt_rewrites_nothing_unless_it_is_asked_for(tmp_path, monkeypatch) -> None:
    """Then each text of an earlier prompt once, but for papers that a person has corrected; the
    old text stays until the new one is there."""
    other = ArxivPaper("2403.00002", title="On Trees", abstract="We study trees.")
    site = make_site(tmp_path, MATHS.id, other.id)
    with ArxivServer([MATHS, other]) as arxiv, ModelServer() as model:
        assert len(written(site.update(arxiv, model))) == 2
        (tmp_path / "docs/corrections").mkdir(parents=True)
        (tmp_path / "docs/corrections/2403.00002.yml").write_text("title: 论树\n", "utf-8")
        monkeypatch.setattr(write_module, "prompt_version", lambda: "f" * 12)
        monkeypatch.setattr("digest_plugin.writing.update.prompt_version", lambda: "f" * 12)
        assert written(site.update(arxiv, model)) == []
        before = site.record(MATHS.id)
        model.faults.extend([Fault.reply("nonsense")] * 3)
        report = site.update(arxiv, model, rewrite=True)
        assert len(report.failed) == 1
        assert site.record(MATHS.id) == before
        assert written(site.update(arxiv, model, rewrite=True)) == [MATHS.id]
        after = site.record(MATHS.id)
        assert after is not None
        assert after.written is not None
        assert after.written.prompt == "f" * 12
        assert written(site.update(arxiv, model, rewrite=True)) == []


def test_what_the_reader_finds_and_nobody_mends_is_for_an_editor(tmp_path: Path) -> None:
    """Marked 待校, named in the closing table, and settled by whoever corrects the field."""
    site = make_site(tmp_path, MATHS.id)
    finding = FINDING | {"chinese": "它是紧的", "english": "sharp", "reason": "\x1b意思反了。"}
    with ArxivServer([MATHS]) as arxiv, ModelServer() as model, ModelServer() as reviewer:
        model.faults.append(Fault.reply(dumped(GOOD)))
        reviewer.faults.append(Fault.reply(dumped({"findings": [finding] * 30})))
        report = site.update(arxiv, model, reviewer=reviewer)
        (doubt,) = report.doubtful
        assert doubt.reasons == ("abstract: 它是紧的: 意思反了。",)
        assert site.entry(MATHS.id).state == "doubtful"
        (tmp_path / "docs/corrections").mkdir(parents=True)
        (tmp_path / "docs/corrections/2403.00001.yml").write_text("abstract: 新文。\n", "utf-8")
        assert not site.entry(MATHS.id).is_doubtful
