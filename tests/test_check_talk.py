"""What models say around a translation: headers, labels, politeness, advertisements, loops."""

from __future__ import annotations

import pytest

from digest_plugin.check import Problem, check_texts

ENGLISH = "We study trees. They grow well."


def additions(chinese: str, english: str = ENGLISH, field: str = "abstract") -> list[Problem]:
    """What is an addition in one field."""
    fields = {"title": "论树", "summary": "本文研究树。", "abstract": "我们研究树。它们长势良好。"}
    found = check_texts("On Trees", english, fields | {field: chinese})
    return [problem for problem in found if problem.kind == "addition"]


HEADERS = [
    "arXiv:2401.12345v1", "arXiv：2401.1234", "arXiv : 2401.12345", "ARXIV:hep-th/9901001", "公告类型：", "发布类型:", "公布类型：",
    "通告类型：", "宣布类型 ：", "宣告类型：", "声明类型：", "Announce Type:", "announce type :", "公告类型为", "宣布类型为", "[cs.CV]",
    "[stat.ML]", "[math.AG]", "[econ.EM]", "[q-fin.ST]", "[q-bio.NC]", "[eess.IV]", "[physics.AO]",
]  # fmt: skip
LABELS = [
    "标题：", "论文标题：", "文章题目:", "中文摘要：", "翻译总结：", "译文概要：", "英文简介：", "本文要点：", "译文：", "翻译：", "概述：",
    "摘要翻译：", "标题译文：", "摘要如下：", "摘要内容：", "一句话总结：", "一句话概括：", "一句话摘要：", "TL;DR:", "TLDR：",
    "TL ; DR :", "abstract:", "Title :", "summary：", "Translation:", "translated title:", "translated abstract:", "输出：",
    "回答：", "答案：", "结果：", "中文：", "【摘要】", "[摘要]", "**摘要：", "-- 摘要：",
]  # fmt: skip
INNER_LABELS = [
    "翻译标题：", "翻译摘要：", "翻译结果：", "中文标题：", "中文摘要 :", "中文翻译：", "标题翻译：", "摘要翻译：", "论文标题：", "论文摘要：",
    "一句话总结：", "英文摘要：", "英文标题：", "tldr:", "TL;DR：", "translated_title:", "translated_abstract :", "。标题：", "）总结：",
    ")译文：", "。摘要 ：", "。Summary:", "。Title：", "。Abstract:",
]  # fmt: skip
TALK = [
    "希望以上翻译对您", "希望能对你", "希望这个回答可以帮助您", "希望我的总结能够帮到", "希望上述译文有所帮助", "希望这内容有帮助",
    "希望本信息对您", "以上是对该论文摘要的中文翻译。", "上述就是根据原文的译文：", "以下即为您的中文版如下", "下面是这篇文章的翻译！",
    "下文为所给标题的译本，", "这是我的中文翻译结果", "以下是本论文的翻译供您", "以上为论文的翻译完毕", "以上是该摘要的中文版。",
    "这就是翻译:", "此处被截断", "摘要似乎不完整", "文本好像未完", "内容可能未给出", "输入到此为止", "英文已截断", "句子已经缺失",
    "原文这里截断", "摘要部分缺失", "原文未提供", "原文不完整", "原文没有提供完", "内容在此处截断", "此处内容被截断", "后文省略", "下文未完",
    "后续内容缺失", "以下被省略", "（未完）", "(未完待续)", "（待续）", "（完）", "（全文完）", "（省略）", "（下略）", "(后略)", "（略）",
    "作为一个人工智能语言模型，我", "作为AI助手我", "作为一名AI模型，我", "作为人工智能助手，我", "我是一个人工智能", "我是大语言模型",
    "我是AI", "我是一名语言模型", "抱歉，我", "对不起，您", "很遗憾由于", "抱歉！无法", "抱歉,但", "您提供", "您给出", "您的要求", "您需要",
    "您可以", "您好", "您所", "请您", "请提供", "请注意：", "请问", "请告诉我", "请告知", "请随时", "如果您有", "如你需要", "如果您还",
    "我会为您", "将来为你", "我将帮您", "我帮你", "将为您", "根据您", "根据你", "好的，", "好的,", "好的！", "当然可以", "没问题，",
    "没问题！", "无法翻译", "无法提供翻译", "无法完成翻译", "注：", "译注：", "译者注：", "译者按：", "翻译说明：", "备注 :", "注释：",
    "说明:", "提示：", "翻译如下", "译文结束", "翻译完毕", "译文仅供参考", "加微信", "微信号", "公众号", "扫码", "二维码", "加群",
    "领取奖品", "领取资料", "领取福利", "点击链接", "点击此处", "点击这里", "点击关注", "JSON格式如下", "json对象如下", "JSON输出",
    "json如下", "Note:", "Here is the", "I hope this", "As an AI",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_headers_of_feeds_are_quoted(header: str) -> None:
    """arXiv's own, and what models make of them."""
    (problem, *_) = additions(f"我们研究树。{header} 它们长势良好。")
    assert problem.message == f"abstract has a feed header, “{header}”: remove it"


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("field", ["title", "summary", "abstract"])
def test_labels_before_a_text_are_quoted(label: str, field: str) -> None:
    """In any field."""
    (problem, *_) = additions(f"{label}我们研究树。它们长势良好。", field=field)
    assert problem.message == f"{field} has a label, “{label}”: remove it"


@pytest.mark.parametrize("label", INNER_LABELS)
def test_labels_inside_a_text_are_quoted(label: str) -> None:
    """Of fields that ran together."""
    (problem, *_) = additions(f"我们研究树。它们长势良好{label}论树。")
    assert problem.message == f"abstract has a label, “{label}”: remove it"
    (problem, *_) = additions(f"我们研究树 {label.strip('。')}论树。")
    assert problem.span in {label, label.strip("。")}


@pytest.mark.parametrize("talk", TALK)
def test_talk_about_the_task_is_quoted(talk: str) -> None:
    """In the first place where it is."""
    (problem, *_) = additions(f"我们研究树。它们长势良好。{talk}，如此。您好。")
    assert problem.message == (
        f"abstract talks about the task, “{talk}”: give the translation and nothing else"
    )


def test_talk_at_the_end_needs_no_stop() -> None:
    """An answer may end in it."""
    assert [it.span for it in additions("我们研究树。它们长势良好。以上是论文的翻译")] == [
        "以上是论文的翻译"
    ]


@pytest.mark.parametrize(
    "words",
    [
        "批量提示：一种方法", "他说明：是这样", "无法可靠翻译", "我们希望能帮助医生", "以下是对模型的评估，", "这是对树的分析，", "原文长度",
        "内容丰富", "（后）", "（略过）", "作为一个模型，我们", "我是农民", "好的方法", "当然如此", "注意力：", "没问题的", "点击率", "微信中的",
        "领取", "JSON 文件", "以下内容", "公告的类型：", "结果表明：", "总结果：", "一个摘要：", "这为以后的机器的翻译系统奠定了基础，",
        "[hep.TH]", "arXiv 2401.12345", "[cs.C]", "xtldr:",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_addition(words: str) -> None:
    """Papers are about prompts, summaries, translation and attention, too."""
    assert additions(f"我们研究树。它们长势良好。其中{words}如此。") == []


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("您可以", "Trees that you know."), ("您需要", "Your trees."), ("根据你", "YOU"), ("文本截断", "We study truncated texts."),
        ("文本不完整", "Incomplete texts."), ("内容缺失", "It is MISSING."), ("内容未完", "It is unfinished."), ("（省略）", "We omit it."),
        ("（省略）", "An ellipsis."), ("内容截断", "A cut."), ("翻译结束", "Translation ends."), ("译文完毕", "TRANSLATED texts."),
        ("。译注：", "We translate."), ("这是翻译。", "We translate."), ("作为AI模型，我", "As an AI, it"), ("我是人工智能", "I am AI."),
        ("我是语言模型", "What I am."), ("。注：", "Note: it"), ("。说明：", "Explanation: it"), ("。提示：", "Prompt : it"),
        ("。提示：", "Hints: it"), ("。备注：", "REMARKS: it"), ("抱歉，我", "Sorry."), ("很遗憾，但", "Unfortunately."),
        ("对不起，我", "We apologize."), ("抱歉，但", "With regret."), ("希望这有帮助", "We hope."), ("请问", "Please."),
        ("公众号", "WeChat."), ("公众号", "Weixin."), ("二维码", "QR."), ("公众号", "An official account."), ("扫码", "We scan."),
        ("加群", "They join."), ("领取奖品", "They claim."), ("领取奖品", "They collect."), ("点击链接", "A click."),
        ("您可以问，微信号", "You use WeChat."), ("。结果：", "Results: it"), ("。摘要：", "Summary: it"), ("。标题：", "A Title: it"),
        ("。总结：", "Conclusion: it"), ("。摘要：", "Objectives: it"), ("。摘要：", "BACKGROUND: it"),
    ],
)  # fmt: skip
def test_what_the_english_says_too_is_translated(chinese: str, english: str) -> None:
    """Rules, prompts and forms speak to their readers, and papers quote them."""
    assert additions(f"我们研究树。它们长势良好{chinese}。", english) == []


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("您可以", "Young yours trees."), ("原文截断", "Truncated."), ("内容在此处截断", "Truncated."), ("翻译如下", "We translate."),
        ("以上是翻译。", "We translate."), ("上述是翻译。", "We translate."), ("以下是翻译。", "We translate."), ("我是AI", "I amuse."),
        ("。注释：", "Footnote: it"), ("。注：", "Notes it"), ("希望这有帮助", "A phope."), ("请问您可以", "Please do."),
        ("好的，", "OK, fine."), ("。摘要：", "Subtitle: it"), (" arXiv:2401.12345", "Summary: it"),
        (" arXiv:2401.12345", "See arXiv:2401.12346"),
    ],
)  # fmt: skip
def test_what_the_english_says_otherwise_is_none_of_it(chinese: str, english: str) -> None:
    """A word that looks like it, or another kind of talk."""
    assert additions(f"我们研究树。它们长势良好{chinese}。", english)


def test_a_header_that_the_english_has_may_stay() -> None:
    """An abstract refers to another paper."""
    assert (
        additions("我们研究树，见 arXiv:2401.12345。", "We study trees, see arXiv:2401.12345.")
        == []
    )


@pytest.mark.parametrize(
    ("chinese", "english", "found"),
    [
        ("见 https://example.org/a", "See https://example.org/a.", []),
        ("见 http://www.example.org/a/", "See https://example.org/a.", []),
        ("见 www.EXAMPLE.org", "See https://example.org/a.", []),
        ("见 example.org/a/b", "See https://example.org/a.", []),
        ("见 a@example.org", "See example.org.", []),
        ("见 example.com", "See example.org.", ["example.com"]),
        ("见 example.com 与 x.net", "See https://example.org/a.", ["example.com", "x.net"]),
    ],
)
def test_addresses_come_from_the_english(chinese: str, english: str, found: list[str]) -> None:
    """However much of them is written."""
    problems = additions(f"我们研究树。{chinese}。", f"We study trees. {english}")
    assert [it.span for it in problems] == found
    assert all("which the English does not have" in it.message for it in problems)


LONG = "Trees in spring are faster than all of us had thought that they would be before we looked."
SENTENCE = "树木在春天里长得很快很好，甚至比我们原先以为的还要快上许多许多倍呢"


@pytest.mark.parametrize(
    ("chinese", "english", "message"),
    [
        (f"{SENTENCE}。{SENTENCE}！", LONG, f"abstract says “{SENTENCE[:30]}” 2 times: say it once"),
        (f"好。{SENTENCE[:10]}。{SENTENCE[:10]}。", LONG, f"abstract says “{SENTENCE[:10]}” 2 times: say it once"),
        (f"好。{SENTENCE[:9]}。{SENTENCE[:9]}。", LONG, None),
        (f"{SENTENCE}。{SENTENCE}。", f"They grow. They grow. {LONG}", None),
        (f"{SENTENCE}。{SENTENCE}。", f"They grow. They grow well. {LONG}", f"abstract says “{SENTENCE[:30]}” 2 times: say it once"),
        ("它们甲乙丙丁甲乙丙丁甲乙丙丁", LONG, "abstract repeats “甲乙丙丁” without end: say it once"),
        ("它们甲乙\n丙甲乙\n丙甲乙\n丙", LONG, "abstract repeats “甲乙\n丙” without end: say it once"),
        ("它们甲乙丙丁甲乙丙丁，甲乙丙丁", LONG, None),
        ("它们甲乙丙甲乙丙甲乙丙甲乙", LONG, None),
        ("它们的值是 abcdabcdabcdabcd", LONG, None),
    ],
)  # fmt: skip
def test_what_is_said_again_and_again(chinese: str, english: str, message: str | None) -> None:
    """Sentences that nobody writes twice, and pieces three times in a row."""
    assert [it.message for it in additions(chinese, english)] == ([message] if message else [])


def letters(count: int) -> str:
    """So many Chinese characters, no two the same, and none of them with a meaning here."""
    return "".join(map(chr, range(0x8600, 0x8600 + count)))


@pytest.mark.parametrize(
    ("chinese", "english", "found"),
    [
        (letters(69), "a" * 60, False), (letters(70), "a" * 60, True), (letters(40), "a" * 9, False), (letters(41), "a" * 9, True),
        (letters(69), "a" * 55 + "$x$", False), (letters(70), "a" * 55 + "$x$", True), (letters(69), "a" * 54 + "$x$", True),
    ],
)  # fmt: skip
def test_a_text_is_not_far_longer_than_its_english(chinese: str, english: str, found: bool) -> None:
    """A formula counts as five letters; short texts may be of any length."""
    problems = [it for it in additions(chinese, english) if "far longer" in it.message]
    assert [it.span for it in problems] == ([chinese[:40]] if found else [])


def test_a_title_is_measured_by_the_english_title() -> None:
    """The summary by the abstract."""
    assert [it.field for it in additions(letters(50), "a" * 600, field="title")] == ["title"]
    assert additions(letters(50), "a" * 600, field="summary") == []
