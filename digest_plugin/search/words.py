r"""The words that search knows a text by; assets/arxiv-digest-search.js finds the same.

Text is folded first: full-width and other compatibility forms become plain ones (NFKD), accents
and case go, dashes become hyphens. Then

- Chinese and Japanese characters count in pairs of neighbours, because nobody marks where a word
  ends: `知识图谱` is `知识`, `识图`, `图谱`. A character that stands alone is a word of its own. No
  pair begins with 的, which says nothing of what follows and would make the index 2 % larger.
- Letters (Latin, Greek, Cyrillic) and digits make words, which hyphens and dots inside hold
  together: `LoRA-drop` is `lora-drop`, `lora` and `drop`, but `2403.12151` is one word.

Only ranges of characters that no version of Unicode adds to are named here, so that Python and
browsers agree whatever their age.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from operator import add

_WIDE = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u7683\u7685-\u9fff\U00020000-\U0003ffff"
"""All but 的, U+7684, which ends a run."""
_NARROW = "a-z0-9\u0370-\u03ff\u0400-\u052f"
_WORD = re.compile(
    f"[{_WIDE}]+的?|[{_NARROW}]+(?:[-.][{_NARROW}]+)*(?:[+#]{{1,2}}(?![+#{_NARROW}]))?"
)
_PART = re.compile("[^-.+#]+")
_MOST_PARTS = 6
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th",
    "ı": "i", "ħ": "h", "ς": "σ", "‐": "-", "‒": "-", "–": "-", "−": "-",
}  # fmt: skip
"""What NFKD leaves as it is and readers type otherwise."""
_UNFOLDED = re.compile(f"[\u0300-\u036f\u3099\u309a{''.join(_LETTERS)}]")


def folded(text: str) -> str:
    """`text` as far as search tells texts apart."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).lower()
    return _UNFOLDED.sub(lambda found: _LETTERS.get(found[0], ""), decomposed)


def words(text: str) -> list[str]:
    """The runs of characters and the words of `text`, folded, in order."""
    return _WORD.findall(folded(text))


def is_wide(word: str) -> bool:
    """Whether a word is a run of Chinese or Japanese characters."""
    return word[0] > "\u2fff"


def terms(text: str) -> set[str]:
    """All that the index knows `text` by."""
    found: set[str] = set()
    plain = folded(text)
    all_words = _WORD.findall(plain)
    if plain.isascii():
        found.update(all_words)
    else:
        for word in all_words:
            if word[0] <= "\u2fff" or len(word) == 1:  # `is_wide` without the call
                found.add(word)
            else:
                found.update(map(add, word, word[1:]))
    for word in [word for word in found if not word.isalnum()]:
        found.update(_parts(word))
    return found


def _parts(word: str) -> Iterator[str]:
    """What a word is made of, such as all of `in-context`, `context`, `context-aware` in
    `in-context-aware`; nothing for numbers such as 3.14."""
    if word.replace(".", "").isdecimal():
        return
    spans = [match.span() for match in _PART.finditer(word)][:_MOST_PARTS]
    for place, (start, _) in enumerate(spans):
        for _, end in spans[place:]:
            yield word[start:end]
