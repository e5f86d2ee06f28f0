"""Kind `addition`: what is no translation of anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from digest_plugin.check.prose import CHINESE, Pair, Text
from digest_plugin.check.sentences import chinese_sentences
from digest_plugin.papers import Problem

_HEADER = re.compile(
    r"arXiv\s?[:：]\s?\d{4}\.\d{4,5}(?:v\d+)?|arXiv\s?[:：]\s?[a-z-]+/\d{7}"
    r"|(?:公告|发布|公布|通告|宣布|宣告|声明)类型\s?[:：]"
    r"|Announce Type\s?:|(?:公告|宣布)类型为"
    r"|\[(?:cs|stat|math|econ|q-fin|q-bio|eess|physics)\.[A-Z]{2}\]",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\W{0,3}(?:(?:论文|文章|中文|翻译|译文|英文|本文)?(?:标题|题目|摘要|总结|概要|简介|要点|译文|翻译|概述)"
    r"(?:翻译|译文|如下|内容)?|一句话(?:总结|概括|摘要)|TL\s?;?\s?DR|abstract|title|summary|translation"
    r"|translated (?:title|abstract)|输出|回答|答案|结果|中文)\s?[:：】\]]",
    re.IGNORECASE,
)
_INNER_LABEL = re.compile(
    r"(?:翻译标题|翻译摘要|翻译结果|中文标题|中文摘要|中文翻译|标题翻译|摘要翻译|论文标题|论文摘要|一句话总结|英文摘要|英文标题)\s?[:：]"
    r"|(?<![A-Za-z])(?:tldr|tl;dr|translated_(?:title|abstract))\s?[:：]"
    r"|[\s。）)](?:摘要|标题|总结|译文|Abstract|Summary|Title)\s?[:：]",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"希望(?:以上|上述|这个|这|我的|本)?(?:翻译|译文|回答|内容|总结|信息)?(?:能|能够|可以)?"
    r"(?:对您|对你|帮助您|帮到|有所帮助|有帮助)"
    r"|(?:以上|上述|以下|下面|下文|这)[^，。]{0,18}(?:翻译|译文|中文版|译本)(?:[：:。，！]|如下|供您|结果|完毕|$)"
    r"|(?:原文|摘要|文本|内容|输入|英文|句子)"
    r"(?:在此|此处|似乎|好像|可能|到此|已经?|这里|部分|未|不)?(?:处|被)?"
    r"(?:截断|不完整|未完|未给出|缺失|到此为止|未提供|没有提供完)"
    r"|(?:此处|后文|下文|后续|以下)(?:内容)?被?(?:截断|省略|未完|缺失)"
    r"|[（(](?:未完|未完待续|待续|完|全文完|省略|下略|后略|略)[）)]"
    r"|作为(?:一个|一名)?(?:人工智能|AI)(?:语言)?(?:模型|助手)?，?我"
    r"|我是(?:一个|一名)?(?:人工智能|AI|大?语言模型)"
    r"|(?:抱歉|对不起|很遗憾)[，,！]?(?:我|您|由于|无法|但)"
    r"|您(?:提供|给出|的要求|需要|可以|好|所)|请(?:您|提供|注意：|问|告诉我|告知|随时)"
    r"|如果?(?:您|你)(?:有|需要|还)|(?:我|将)(?:会|来|将)?(?:为您|为你|帮您|帮你)|根据(?:您|你)"
    r"|好的[，,！]|当然可以|没问题[，,！]|无法(?:翻译|提供翻译|完成翻译)"
    r"|(?<![\u4e00-\u9fff])(?:译者?注|译者按|翻译说明|备注|注释?|说明|提示)\s?[:：]"
    r"|(?:翻译|译文)(?:如下|结束|完毕|仅供参考)"
    r"|加微信|微信号|公众号|扫码|二维码|加群|领取(?:奖品|资料|福利)|点击(?:链接|此处|这里|关注)"
    r"|(?:JSON|json)(?:格式|对象)?(?:如下|输出)|Note\s?:|Here is the|I hope this|As an AI"
)
MAX_READ = 5_000
"""Characters in which talk and loops are looked for."""
_TALK_OF_ENGLISH = (
    (re.compile("您|你"), re.compile(r"\byou\b|\byour\b", re.IGNORECASE)),
    (
        re.compile("^(?!原文|.*(?:此处|在此)).*(?:截断|未完|省略|不完整|缺失)"),
        re.compile(r"truncat|incomplete|omit|ellip|missing|unfinished|cut", re.IGNORECASE),
    ),
    (
        re.compile("^(?!.*(?:以上|上述|以下|希望|如下)).*译"),
        re.compile(r"translat", re.IGNORECASE),
    ),
    (re.compile("人工智能|AI|语言模型"), re.compile(r"\bI am\b|\bas an AI\b", re.IGNORECASE)),
    (
        re.compile("注|说明|提示|Note|备注"),
        re.compile(r"\b(?:note|prompt|hint|remark|explanation)s?\s?:", re.IGNORECASE),
    ),
    (re.compile("抱歉|对不起|遗憾"), re.compile("(?i)sorry|unfortunate|apolog|regret")),
    (re.compile("希望"), re.compile(r"\bhope", re.IGNORECASE)),
    (re.compile("请"), re.compile(r"please", re.IGNORECASE)),
    (
        re.compile("微信|公众号|扫码|二维码|加群|领取|点击"),
        re.compile("(?i)wechat|weixin|QR|official account|scan|join|claim|collect|click"),
    ),
)  # fmt: skip
_LOOP = re.compile(r"(.{4,60}?)\1{2,}", re.DOTALL)
MIN_REPEATED = 10
"""Characters of a sentence that nobody writes twice."""
MAX_LENGTH = 1.15
"""The most Chinese characters for one English letter or figure; good abstracts have 0.2 to 0.55."""


def addition_problems(pair: Pair) -> Iterator[Problem]:
    """Feed headers, labels, talk about the task, repetitions, excess."""
    english = f"{pair.title.source} {pair.abstract.source}"
    for field, text in pair.chinese.items():
        for pattern, what in (
            (_HEADER, "a feed header"),
            (_LABEL, "a label"),
            (_INNER_LABEL, "a label"),
        ):
            match = pattern.search(text.source)
            if (
                match
                and match[0].strip() not in english
                and not _is_english_label(match[0], english)
            ):
                yield Problem(
                    field,
                    "addition",
                    f"{field} has {what}, “{match[0].strip()}”: remove it",
                    match[0].strip(),
                )
                break
        yield from _addresses(field, text, pair)
        yield from _talk(field, text.source, english)
        yield from _repetitions(field, text.source, pair)
    yield from _excess(pair)


def _is_english_label(label: str, english: str) -> bool:
    """Whether the English has such a word before a colon, too, as structured abstracts do."""
    return (
        "arXiv" not in label
        and re.search(
            r"(?:^|\s)(?:abstract|title|summary|results?|conclusions?|note|background|objectives?)s?:",
            english,
            re.IGNORECASE,
        )
        is not None
    )


def _addresses(field: str, chinese: Text, pair: Pair) -> Iterator[Problem]:
    """Addresses of the web or of mail that the English does not give."""
    known = {_bare(address) for text in (pair.title, pair.abstract) for address in text.addresses}
    for address in chinese.addresses:
        bare = _bare(address)
        if not any(bare in other or other in bare for other in known):
            yield Problem(
                field,
                "addition",
                f"{field} has the address “{address}”, which the English does not have: remove it",
                address,
            )


def _bare(address: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", address.casefold())


def _talk(field: str, chinese: str, english: str) -> Iterator[Problem]:
    for match in _TALK.finditer(chinese[:MAX_READ]):
        if any(
            sign.search(match[0]) and equivalent.search(english)
            for sign, equivalent in _TALK_OF_ENGLISH
        ):
            continue
        yield Problem(
            field,
            "addition",
            f"{field} talks about the task, “{match[0]}”: give the translation and nothing else",
            match[0],
        )
        return


def _repetitions(field: str, chinese: str, pair: Pair) -> Iterator[Problem]:
    counts = Counter(sentence.strip(" 。！？；.") for sentence in chinese_sentences(chinese))
    english = Counter(pair.abstract.source.split(". ")).most_common(1)
    twice = bool(english) and english[0][1] > 1
    for sentence, count in counts.items():
        if count > 1 and len(CHINESE.findall(sentence)) >= MIN_REPEATED and not twice:
            yield Problem(
                field,
                "addition",
                f"{field} says “{sentence[:30]}” {count} times: say it once",
                sentence,
            )
            return
    chinese = chinese[:MAX_READ]
    parts = {chinese[place : place + 8] for place in range(len(chinese) - 7)}
    # Only what is there twice may be there without end; the pattern is slow.
    loop = _LOOP.search(chinese) if len(parts) < len(chinese) - 7 else None
    if loop and CHINESE.search(loop[1]):
        message = f"{field} repeats “{loop[1][:30]}” without end: say it once"
        yield Problem(field, "addition", message, loop[1])


def _excess(pair: Pair) -> Iterator[Problem]:
    for field, text in pair.chinese.items():
        source = pair.title if field == "title" else pair.abstract
        english = len(source.words) + 5 * len(source.formulas)
        chinese = len(CHINESE.findall(text.source))
        if chinese > 40 and chinese > MAX_LENGTH * english:
            yield Problem(
                field,
                "addition",
                f"{field} is far longer than the English allows: translate what is there and add"
                " nothing",
                text.source[:40],
            )
