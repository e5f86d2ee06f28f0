"""Kind `addition`, too: an English that speaks to the model, whose Chinese may obey it.

No rule can tell whether a Chinese sentence renders a request or fulfils it. So the text is marked,
for an editor to look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest_plugin.check.prose import Pair
from digest_plugin.papers import Problem

_REQUEST = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override)\s(?:\w+\s){0,4}
        (?:instruction|prompt|rule|direction|guideline|command|message)s?\b
    | \byou\sare\s(?:now\s)?(?:an?|the)\s(?:\w+\s){0,2}
        (?:assistant|AI|chatbot|translator|language\smodel)\b
    | \b(?:do\snot|don't|instead\sof|stop)\stranslat(?:e|ing)\b
    | \b(?:respond|reply|answer)\s(?:only\s|instead\s)?(?:with|in)\s
        (?:the\s(?:following|word|text)|JSON\b|["'“])
    | \b(?:add|append|insert|include|output|print|say|write)\s(?:exactly\s)?the\sfollowing\s
        (?:link|text|sentence|phrase|words?|line|keys?|JSON)\b
    | \b(?:note|message|instructions?)\s(?:to|for)\s(?:the\s)?
        (?:AI|LLMs?|translators?|language\smodels?|reviewers?|assistants?)\s?:
    | (?:忽略|无视)[^，。]{0,10}(?:指令|提示|要求|规则)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def instruction_problems(pair: Pair) -> Iterator[Problem]:
    """The first place where the English asks the model for something."""
    for field, english in (("title", pair.title), ("abstract", pair.abstract)):
        match = _REQUEST.search(english.source)
        if match:
            yield Problem(
                field,
                "addition",
                f"the English speaks to its reader here (“{match[0]}”): {field} must translate the"
                " request, and not obey it",
                match[0],
            )
