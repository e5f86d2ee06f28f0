"""Kind `name`: Latin names that the English does not have, and names that were lost."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from digest_plugin.check.lexicon import is_ordinary, renderings
from digest_plugin.check.prose import Pair
from digest_plugin.papers import Problem
from digest_plugin.text.latex import unicode_text

_RUN = re.compile(r"[A-Za-z0-9]+(?:[-_.&/'+][A-Za-z0-9]+)*\+{0,2}")
_PART = re.compile(r"[A-Za-z]+|\d+")
_ENGLISH = re.compile(r"[A-Za-z0-9]+")
_STOP_WORDS = frozenset("a an and as at by for from in of on or the to with via".split())
_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "ian", "ic", "al", "ness", "ity", "like", "er", "n")
USUAL = frozenset(
    "ai ml dl nlp cv llm llms gpu gpus cpu cpus api apis rl dnn cnn rnn gan pde ode sde mcmc "
    "iot usa us uk eu un covid app web pdf top et al vs etc bug id ok qa lm plm nn vr ar html "
    "http https github arxiv url eeg mri ct dna rna lstm svm pca sota bert gpt sgd mlp gnn "
    "token tokens prompt softmax email wifi ph www python java ie eg km kg cm mm ms "
    "gb mb tb hz khz mhz ghz kb db nm fps wi fi max min log exp sin cos lasso boosting "
    "bagging dropout logit transformer pareto hessian".split()
)
"""Words that Chinese texts use in Latin letters whatever the English says."""
_FOREIGN = re.compile("[\u00c0-\u036f\u1e00-\u1fff\u2019\ufb00-\ufb06]+")
_LETTERS = {
    ord("’"): "'",
    ord("ß"): "ss",
    ord("ø"): "o",
    ord("ł"): "l",
    ord("Ø"): "O",
    ord("Ł"): "L",
}
_FEED = re.compile(r"\[[a-z-]{2,8}\.[A-Za-z-]{2,7}\]\s?(?:UPDATED)?")
_PREFIXES = frozenset("pre super gen auto meta mini micro macro inter intra".split())
_ROMAN = re.compile(r"[IVX]{1,5}")
_ACRONYM = re.compile(r"(?<![\w-])[A-Z]{3,6}(?![\w-])")
SETTLED = frozenset(
    "nlp llm llms plm gpu cpu usa pde ode sde pca sgd svm mcmc eeg ecg mri fmri dna rna rnn "
    "cnn dnn gnn gan lstm mlp iid gdp ceo cfo api kpi vae who nasa nato fda sec imf ecb cdc "
    "nyse covid ict iot wlan uav uavs ucl asr tts ocr sota rct faq faqs ddos roi var cvar cdf "
    "pdf roc auc mse mae rmse snr lqr mpc mdp pomdp rlhf dft svd ilp mip sat smt stem phd act "
    "and not the for our new all but via usd eur gbp cad rgb html xml http https url sql cam "
    "gps pos ner ssl pac erm map mle gmm hmm can are how why what xai aoi gui hsi nlu nlg nmt "
    "hci vqa esa iii".split()
)
"""Acronyms that Chinese texts may well write out in Chinese, and words set in capitals."""
_GENERIC = re.compile(
    r"(?:名为|称为|称之为|命名为|叫做)(?:方法|模型|系统|框架|基准|算法|名称)(?=[的，。、,（(]|用于|来|以)"
)
_HEAD = re.compile(r"([^\s:：]{3,40})\s?[:：]\s")
_COINED = re.compile(
    r"(?<![A-Za-z])[A-Za-z]{0,40}[a-z][A-Z][A-Za-z0-9+]*|(?<![A-Za-z])[A-Z]{2,20}[a-z]{1,20}[A-Z]+\w*"
)


class Vocabulary:
    """The Latin words of a paper's English, in the ways in which names are written."""

    def __init__(self, text: str) -> None:
        self._text = ascii_letters(text)
        self._tokens = _ENGLISH.findall(self._text.lower())
        self.tokens = frozenset(self._tokens)

    @cached_property
    def words(self) -> frozenset[str]:
        """Words, and the letters and the figures in them."""
        return self.tokens | frozenset(_PART.findall(self._text.lower()))

    @cached_property
    def joined(self) -> frozenset[str]:
        """Up to four neighbours as one word: GPT-4 is gpt4."""
        tokens = self._tokens
        return self.tokens.union(
            *(
                map("".join, zip(*(tokens[skip:] for skip in range(size)), strict=False))
                for size in (2, 3, 4)
            )
        )

    @cached_property
    def initials(self) -> str:
        """Of all words, and then of all but the small ones."""
        every = "".join(token[0] for token in self._tokens)
        main = "".join(token[0] for token in self._tokens if token not in _STOP_WORDS)
        return f"{every} {main}"

    @cached_property
    def acronyms(self) -> frozenset[str]:
        """Words of three or more capitals."""
        return frozenset(re.findall(r"(?<![A-Za-z])[A-Z]{3,}(?![A-Za-z])", self._text))

    @cached_property
    def figures(self) -> dict[str, set[str]]:
        """What figures stand right behind letters: gpt → 3, 4."""
        found: dict[str, set[str]] = {}
        for letters, figure in re.findall(r"([a-z]+)[-_ ]?(\d+)", self._text.lower()):
            found.setdefault(letters, set()).add(figure)
        return found


def ascii_letters(text: str) -> str:
    """`text` without accents, curly apostrophes and the like."""
    if text.isascii():
        return text
    return _FOREIGN.sub(_without_accents, text)


def _without_accents(match: re.Match[str]) -> str:
    decomposed = unicodedata.normalize("NFKD", match[0].translate(_LETTERS))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _without_commands(prose: str) -> str:
    """Chinese prose without what is a matter of markup: LaTeX commands and feed labels."""
    if "\\" in prose:
        prose = unicode_text(prose)
    return ascii_letters(_FEED.sub(" ", prose))


def name_problems(pair: Pair) -> Iterator[Problem]:
    """Names in the Chinese that are none of the English, and names of the title that were lost."""
    known = Vocabulary(f"{pair.title.source} . {pair.abstract.source}")
    for field, text in pair.chinese.items():
        told: set[str] = set()
        for match in _RUN.finditer(_without_commands(text.prose)):
            run = match[0]
            # What is an ordinary word is no name, but untranslated.
            ordinary = run.islower() and is_ordinary(run)
            if run not in told and not ordinary and not _is_known(run, known):
                told.add(run)
                yield Problem(
                    field,
                    "name",
                    f"{field} has the name “{run}”, which the English does not have: spell it as"
                    " the English does",
                    run,
                )
        for match in _GENERIC.finditer(text.prose):
            yield Problem(
                field,
                "name",
                f"{field} says “{match[0]}” but gives no name: write the name that the English"
                " gives",
                match[0],
            )
    yield from _lost_from_title(pair)
    yield from _lost_from_abstract(pair)


def _is_known(run: str, known: Vocabulary) -> bool:
    if len(run) > 60:
        return True
    folded = "".join(_ENGLISH.findall(run)).lower()
    if run not in known.acronyms and any(_is_slip(run, name) for name in known.acronyms):
        return folded in known.tokens
    if folded in known.tokens or folded in USUAL or folded in known.joined:
        return True
    parts = _PART.findall(run)
    return all(
        _is_known_part(part, known)
        if part.isalpha()
        else _is_known_figure(part, parts[index - 1] if index else "", known)
        for index, part in enumerate(parts)
    )


def _is_slip(run: str, name: str) -> bool:
    """Whether one acronym is another with two letters swapped or one changed: ODD for OOD."""
    if len(run) != len(name) or not run.isupper():
        return False
    wrong = [place for place in range(len(run)) if run[place] != name[place]]
    return len(wrong) == 1 or (len(wrong) == 2 and sorted(run) == sorted(name))


def _is_known_part(part: str, known: Vocabulary) -> bool:
    lower = part.lower()
    if len(lower) == 1 or lower in known.joined or lower in known.words or lower in USUAL:
        return True
    if _ROMAN.fullmatch(part):
        return True
    if any(lower + ending in known.words for ending in _ENDINGS):
        return True
    if lower.endswith("s") and (lower[:-1] in known.joined or _is_initials(lower[:-1], known)):
        return True
    stems = (
        lower[: -len(ending)] for ending in ("ian", "es", "ing", "ed") if lower.endswith(ending)
    )
    if any(len(stem) > 3 and (stem in known.words or stem + "e" in known.words) for stem in stems):
        return True
    if (
        lower.endswith(("y", "e"))
        and len(lower) > 4
        and any(
            lower[:-1] + ending in known.words
            for ending in ("ies", "ied", "ing", "ed", "ion", "or", "ian")
        )
    ):
        return True
    return part[-1].isupper() and _is_initials(lower, known)


def _is_initials(lower: str, known: Vocabulary) -> bool:
    return 2 <= len(lower) <= 8 and lower in known.initials


def _is_known_figure(figure: str, before: str, known: Vocabulary) -> bool:
    """Figures behind letters must be those that the English has there; others are numbers."""
    there = known.figures.get(before.lower())
    if there is None or len(before) < 2:
        return True
    return figure in there or (figure in known.words and len(figure) > 1)


def _lost_from_title(pair: Pair) -> Iterator[Problem]:
    chinese = _folded(pair.chinese["title"].source)
    names = {match[0].rstrip(".-") for match in _COINED.finditer(ascii_letters(pair.title.prose))}
    head = _HEAD.match(pair.title.prose)
    names = {n for n in names if _is_coined(n)}
    if head and _is_head_name(head[1]):
        names.add(head[1])
    for name in sorted(names):
        if not _is_there(name, chinese):
            yield Problem(
                "title", "name", f"title lacks the name “{name}” of the English: keep it", name
            )


def _is_coined(name: str) -> bool:
    """Whether a name is more than words written as one, such as MultiLayer or eXplainable."""
    if is_ordinary(name.lower()):
        return False
    parts = [part for part in re.split(r"(?<=[a-z])(?=[A-Z])", name) if len(part) > 1]
    joined = any(not renderings(part.lower()) and part.lower() not in _PREFIXES for part in parts)
    return re.search(r"[a-z][A-Z]", name) is not None and len(name) > 3 and joined


def _is_head_name(head: str) -> bool:
    return any(
        sum(c.isupper() or c.isdigit() for c in part) >= 2 for part in re.split("[-/]", head)
    )


def _is_there(name: str, chinese: str) -> bool:
    return _folded(name).removesuffix("s") in chinese


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9\u4e00-\u9fff]", "", ascii_letters(text).lower())


def _lost_from_abstract(pair: Pair) -> Iterator[Problem]:
    """Acronyms without a settled Chinese form that occur nowhere in the Chinese abstract."""
    chinese = _folded(pair.chinese["abstract"].source)
    prose = ascii_letters(pair.abstract.prose)
    initials = Vocabulary(prose).initials
    there = Counter(_ACRONYM.findall(f"{ascii_letters(pair.title.prose)} {prose}"))
    for name, count in there.items():
        lower = name.lower()
        if count < 2 or lower in SETTLED or lower in initials or _is_there(name, chinese):
            continue
        yield Problem(
            "abstract", "name", f"abstract lacks the name “{name}” of the English: keep it", name
        )
