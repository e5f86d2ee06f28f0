"""What is chosen among arXiv's new papers, what is not, and what is said when there is nothing."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_plugin.errors import DigestError, InputError
from digest_plugin.intake.fetch import FetchError
from digest_plugin.intake.watch import (
    MOST_DAYS,
    Choice,
    Outcome,
    Watch,
    WatchError,
    choose,
    matches,
    read_memory,
    remembered,
    watch,
    why_nothing,
    write_memory,
)
from digest_plugin.papers import Author, Paper
from servers import ArxivPaper, ArxivServer, Fault
from sites import client

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
"""A Friday, noon in Beijing; arXiv has announced what was submitted until Thursday, 19:00 UTC."""
TODAY = date(2026, 11, 20)
CL = Watch(categories=("cs.CL",))


def paper(number: int = 1, hours: float = 12, **fields: Any) -> Paper:
    """Paper `number`, submitted so many hours ago, in cs.CL unless told otherwise."""
    categories = fields.pop("categories", ("cs.CL",))
    moment = NOW - timedelta(hours=hours)
    whole = Paper(
        id=f"2611.{number:05}",
        version=1,
        title="On Things",
        authors=(Author("Emmy Noether"), Author("Ada Lovelace")),
        abstract="We study things.",
        categories=categories,
        primary_category=categories[0],
        published=moment,
        updated=moment,
    )
    return replace(whole, **fields)


def numbers(papers: tuple[Paper, ...]) -> list[int]:
    return [int(each.id[-5:]) for each in papers]


def on_arxiv(number: int, hours: float = 12, **fields: Any) -> ArxivPaper:
    moment = f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    return ArxivPaper(
        f"2611.{number:05}",
        **({"published": moment, "updated": moment, "categories": ("cs.CL",)} | fields),
    )


def holds(keyword: str, text: str) -> bool:
    """Whether a paper with this abstract has the keyword."""
    found = matches(paper(abstract=text), Watch(("cs.CL",), keywords=(keyword,)))
    unwanted = matches(paper(abstract=text), Watch(("cs.CL",), unwanted=(keyword,)))
    in_title = matches(paper(title=text), Watch(("cs.CL",), keywords=(keyword,)))
    assert found is in_title is not unwanted
    return found


# --- what is asked ---------------------------------------------------------------------------


def test_the_query_names_categories_and_authors() -> None:
    """Categories and authors are what arXiv is asked for; keywords are looked for here."""
    options = Watch(("cs.CL", "hep-th"), ("graph",), ("survey",), ("Ada Lovelace", "Noether, Emmy"))
    assert options.query == 'cat:cs.CL OR cat:hep-th OR au:"Ada Lovelace" OR au:"Emmy Noether"'


@pytest.mark.parametrize(
    ("given_name", "asked"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Lovelace, Ada", "Ada Lovelace"),
        ("  Lovelace ,  Ada  King ", "Ada King Lovelace"),
        ("Lovelace,", "Lovelace"),
        ("Paul Erdős", "Paul Erdos"),
        ("Ørsted, Hans", "Hans Orsted"),
        ("Łukasz Kaiser", "Lukasz Kaiser"),
        ("Jean-Pierre Serre", "Jean-Pierre Serre"),
        ("Jean‑Pierre Serre", "Jean-Pierre Serre"),
        ("Conan O’Brien", "Conan O'Brien"),
        ("J. R. Smith", "J. R. Smith"),
        ("AND OR ANDNOT", "AND OR ANDNOT"),
        ("Ada\u00a0Love\u00adlace", "Ada Lovelace"),
    ],
)
def test_names_are_asked_for_as_arxiv_writes_them(given_name: str, asked: str) -> None:
    """The surname comes last, accents are off, hyphens stay, and operators are but names."""
    assert Watch(authors=(given_name,)).query == f'au:"{asked}"'


NASTY = [
    "", " ", "\0", "\n", '"', "'", "\\", '\\"', "*", "?", "(", ")", ")(", "[1 TO 2]", "{", "^2", "~",
    'x" OR all:y', 'x") OR cat:(y', "cs.CL OR all:x", "cs.CL\nOR all:x", "cat:cs.CL", "all:*", "cs.*",
    "cs", "a" * 10_000, "cs." + "C" * 10_000, "中文", "请 检索", "\u202ecs.CL", "cs.CL&start=9", "%22",
    "&id_list=2403.00001", "+", "OR", "x,y,z", ",", ", ,", "1", "cs.CL ", "\ud800", "😀", "a\x85b",
]  # fmt: skip
TERM = r"cat:[a-z-]+(?:\.[A-Za-z-]+)?|au:\"[A-Za-z' .-]{1,200}\""


@pytest.mark.parametrize("text", NASTY)
def test_no_option_breaks_out_of_its_place_in_the_query(text: str) -> None:
    """Whatever is written, it is refused by name or stays one term of the query."""
    for option in ("categories", "authors"):
        try:
            query = Watch(**{option: (text,)}).query
        except WatchError as error:
            assert str(error).startswith(f"watch: {option}: expected")
            assert str(error).isprintable()
            assert len(str(error)) < 300
        else:
            assert re.fullmatch(TERM, query)


@given(st.lists(st.text(max_size=30), max_size=3), st.lists(st.text(max_size=30), max_size=3))
def test_every_query_is_a_list_of_terms(categories: list[str], authors: list[str]) -> None:
    """A watch that can be made has a query of as many terms as it has categories and authors."""
    try:
        options = Watch(tuple(categories), authors=tuple(authors))
    except WatchError:
        return
    terms = options.query.split(" OR cat:")
    terms = [term for each in terms for term in each.split(' OR au:"')]
    assert len(terms) == len(options.categories) + len(options.authors)
    assert re.fullmatch(f"(?:{TERM})(?: OR (?:{TERM}))*", options.query)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("cs.cl", "cs.CL"),
        ("CS.CL", "cs.CL"),
        (" math.ag ", "math.AG"),
        ("Q-Bio.nc", "q-bio.NC"),
        ("COND-MAT.MES-HALL", "cond-mat.mes-hall"),
        ("cond-mat.soft", "cond-mat.soft"),
        ("physics.acc-ph", "physics.acc-ph"),
        ("Hep-Th", "hep-th"),
    ],
)
def test_categories_are_put_into_arxivs_case(text: str, category: str) -> None:
    """arXiv finds nothing under `cs.cl`, so it is never asked for that."""
    assert Watch((text, category)).categories == (category,)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "expected categories or authors, got neither"),
        ({"keywords": ("x",)}, "expected categories or authors, got neither"),
        ({"categories": ("cs.CL",), "keywords": ("",)}, "watch: keywords: expected a keyword"),
        ({"categories": ("cs.CL",), "keywords": ("$x$",)}, "watch: keywords: expected a keyword"),
        ({"categories": ("cs.CL",), "unwanted": ("?!",)}, "watch: unwanted: expected a keyword"),
        ({"categories": ("cs.CL",), "keywords": ("x" * 101,)}, "of 1 to 100 characters"),
        ({"categories": ("cs.CL",), "days": 0}, "watch: days: expected 1 to 60, got 0"),
        ({"categories": ("cs.CL",), "days": 61}, "watch: days: expected 1 to 60, got 61"),
        ({"categories": ("cs.CL",), "maximum": 0}, "watch: maximum: expected at least 1, got 0"),
    ],
)
def test_a_watch_that_makes_no_sense_cannot_be_made(options: Any, said: str) -> None:
    """The error names the option and what was expected."""
    with pytest.raises(WatchError, match=re.escape(said)):
        Watch(**options)


# --- keywords --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("language model", "Large Language Models, revisited."),
        ("loss", "New losses for old"),
        ("in-context learning", "IN CONTEXT LEARNING"),
        ("in context learning", "on in-context learning."),
        ("in-context learning", "in-context-learning"),
        ("pretraining", "The pre-training of it"),
        ("pre-training", "Pretraining and pre training"),
        ("multi-modal", "multi\u2011modal"),
        ("vision-language", "vision–language"),
        ("naïve Bayes", "a naive bayes"),
        ("Erdos graph", "Erdős graphs"),
        ("erdős", "Erdo\u030bs–Rényi"),
        ("Strasse", "Straße"),
        ("Bell inequality", "Bell's inequality"),
        ("Bell’s inequality", "Bell's inequality"),
        ("LLM", "(LLMs)"),
        ("LLM", "an LLM-based tool"),
        ("in context", "“in context” is"),
        ("C++", "in C++, not C"),
        ("C#", "C#"),
        ("R&D", "on R&D."),
        ("GPT-3.5", "with GPT-3.5."),
        ("GPT4", "GPT-4"),
        ("state of the art", "state-of-the-art"),
        ("k-means", "the $k$-means of it"),
        ("β-VAE", r"a $\beta$-VAE"),
        ("BERT-based", "{BERT}-based"),
        ("BERT", "{B}ERT"),
        ("øre", "ǿre"),
        ("λόγος", "ΛΟΓΟΣ"),
        ("x", "a \0x\0 b"),
        ("transformer", "trans\u00adformers"),
        ("transformer", "ｔｒａｎｓｆｏｒｍｅｒ"),
        ("language.", "of language"),
        (" language   model ", "language model"),
        ("language\nmodel", "language model"),
        ("don't", "we don’t"),
        ("x" * 100, "x" * 100),
    ],
)
def test_a_keyword_is_found_however_it_is_written(keyword: str, text: str) -> None:
    """Case, accents, hyphens, quotes, a plural and typography make no difference."""
    assert holds(keyword, text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("AI", "we said"),
        ("model", "remodel modeling modelless"),
        ("news", "a new method"),
        ("language model", "language and model"),
        ("language model", "of language. Model it"),
        ("language model", "a language (model)"),
        ("language model", "language $x$ model"),
        ("x", "let $x$ be"),
        ("alpha", r"$\alpha$ and \(\alpha\)"),
        ("means", "a $means$ to"),
        ("frac", r"$\frac{a}{b}$-ish"),
        ("C++", "the class C"),
        ("C", "in C++ and C#"),
        ("GPT-4", "GPT-4o and GPT-40"),
        ("a.c", "abc"),
        ("a|b", "a"),
        ("(graph", "paragraph"),
        (".*x", "y"),
        ("[a-z]+", "things"),
        (r"\w", "any word"),
        (r"\d+", "4 5"),
        ("^Of", "for"),
        ("now here", "nowhere"),
        ("nowhere", "now here"),
        ("x" * 100, "x" * 99),
    ],
)
def test_what_only_looks_like_a_keyword_is_none(keyword: str, text: str) -> None:
    """Parts of words, words apart, formulas and patterns are not found."""
    assert not holds(keyword, text)


LETTERS = st.text(st.sampled_from("abcdeé-Z09 "), min_size=1, max_size=12)


@given(LETTERS, LETTERS, LETTERS)
def test_a_keyword_is_found_where_it_stands_between_spaces(
    before: str, keyword: str, behind: str
) -> None:
    """Any keyword is found in a text that holds it, also in capitals and without accents."""
    if not any(map(str.isalnum, keyword)):
        return
    plain = unicodedata.normalize("NFKD", keyword).replace("\u0301", "")
    for written in (keyword, keyword.upper(), plain):
        assert holds(keyword, f"{before}; {written}, {behind}")


@given(st.text(max_size=60), st.text(max_size=200))
def test_no_keyword_and_no_text_ends_a_run(keyword: str, text: str) -> None:
    """Whatever people and authors write, there is an answer."""
    try:
        options = Watch(("cs.CL",), keywords=(keyword,))
    except WatchError:
        return
    assert matches(paper(title=text, abstract=text), options) in (True, False)


def test_a_keyword_does_not_run_from_title_to_abstract() -> None:
    """The last word of a title and the first of an abstract are no phrase."""
    options = Watch(("cs.CL",), keywords=("language model",))
    assert not matches(paper(title="On Language", abstract="Model it."), options)


# --- what matches ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "fields", "matched"),
    [
        ({"categories": ("cs.CL",)}, {}, True),
        ({"categories": ("cs.LG",)}, {"categories": ("cs.CL", "cs.LG")}, True),
        ({"categories": ("cs.LG",)}, {}, False),
        ({"categories": ("cs",)}, {}, False),
        ({"categories": ("cs.CL",), "keywords": ("things",)}, {}, True),
        ({"categories": ("cs.CL",), "keywords": ("x", "things")}, {}, True),
        ({"categories": ("cs.CL",), "keywords": ("graph",)}, {}, False),
        ({"categories": ("cs.LG",), "keywords": ("things",)}, {}, False),
        ({"categories": ("cs.CL",), "unwanted": ("things",)}, {}, False),
        ({"categories": ("cs.CL",), "keywords": ("things",), "unwanted": ("study",)}, {}, False),
        ({"authors": ("Ada Lovelace",)}, {}, True),
        ({"authors": ("Ada Lovelace",), "keywords": ("graph",)}, {}, True),
        ({"authors": ("Ada Lovelace",), "categories": ("cs.LG",)}, {}, True),
        ({"authors": ("Ada Lovelace",), "unwanted": ("things",)}, {}, False),
        ({"authors": ("Ada Hopper",)}, {}, False),
        ({"authors": ("Ada",)}, {}, False),
        ({"authors": ("Emmy Lovelace",)}, {}, False),
    ],
)
def test_what_matches(options: Any, fields: Any, matched: bool) -> None:
    """A watched category with a keyword if there are any, or a watched author; nothing unwanted."""
    assert matches(paper(**fields), Watch(**options)) is matched


@pytest.mark.parametrize(
    ("option", "name", "same"),
    [
        ("Ada Lovelace", "Ada Lovelace", True),
        ("Lovelace, Ada", "Ada Lovelace", True),
        ("ada lovelace", "ADA LOVELACE", True),
        ("Ada Lovelace", "A. Lovelace", False),
        ("A. Lovelace", "Ada Lovelace", False),
        ("Ada Lovelace", "Ada K. Lovelace", False),
        ("Ada Lovelace", "Lovelace Ada", False),
        ("Ada Lovelace", "Ada Lovelaces", False),
        ("Ada Lovelace", "AdaLovelace", False),
        ("Paul Erdos", "Paul Erdős", True),
        ("Erdős, Pál", "Pal Erdos", True),
        ("Hans Orsted", "Hans Ørsted", True),
        ("J. R. Smith", "J.R. Smith", True),
        ("J R Smith", "J. R. Smith", True),
        ("Jean Pierre Serre", "Jean-Pierre Serre", True),
        ("Conan O'Brien", "Conan O’Brien", True),
        ("The ATLAS Collaboration", "The ATLAS collaboration", True),
    ],
)
def test_an_author_is_one_and_the_same_name(option: str, name: str, same: bool) -> None:
    """Case, accents and dots make no difference; an initial is not a name."""
    written = paper(authors=(Author("Emmy Noether"), Author(name)), categories=("cs.LG",))
    assert matches(written, Watch(authors=(option,))) is same


# --- what is chosen --------------------------------------------------------------------------


def test_chosen_papers_are_grouped_as_categories_are_watched() -> None:
    """A list goes through the categories in their order, the newest first in each; cross-lists and
    watched authors come last."""
    options = Watch(("cs.LG", "cs.CL"), authors=("Ada Lovelace",))
    papers = [
        paper(1, 5),
        paper(2, 4, categories=("cs.LG",)),
        paper(3, 3, categories=("math.AG", "cs.CL")),
        paper(4, 2, categories=("cs.LG", "cs.CL")),
        paper(5, 1),
        paper(6, 6, categories=("hep-th",)),
    ]
    assert numbers(choose(papers, options, set()).chosen) == [4, 2, 5, 1, 3, 6]


def test_the_newest_are_chosen_and_the_rest_has_its_turn() -> None:
    """Beyond the maximum the oldest are left out, and come when the others are known."""
    options = replace(CL, maximum=2)
    papers = [paper(number, number) for number in range(1, 6)]
    first = choose(papers, options, set())
    assert first == Choice(tuple(papers[:2]), seen=5, matched=5, known=0, left_out=3)
    second = choose(papers, options, {each.id for each in first.chosen})
    assert second == Choice(tuple(papers[2:4]), seen=5, matched=5, known=2, left_out=1)


def test_withdrawn_papers_are_never_chosen() -> None:
    """What its authors took back is seen, and no more."""
    assert choose([paper(withdrawn=True)], CL, set()) == Choice((), 1, 0, 0, 0)


def test_a_paper_that_comes_twice_counts_once() -> None:
    """Two versions of one paper are one."""
    choice = choose([paper(), paper(version=2)], CL, set())
    assert (len(choice.chosen), choice.seen) == (1, 1)


PAPERS = st.lists(
    st.builds(
        paper,
        st.integers(1, 30),
        st.integers(0, 300),
        categories=st.sampled_from([("cs.CL",), ("cs.LG",), ("cs.LG", "cs.CL"), ("hep-th",)]),
        title=st.sampled_from(["Graphs", "A survey", "Trees"]),
        withdrawn=st.booleans(),
    ),
    max_size=30,
)
OPTIONS = st.builds(
    Watch,
    st.sampled_from([("cs.CL",), ("cs.LG", "cs.CL"), ("hep-th",)]),
    st.sampled_from([(), ("graph",), ("graph", "tree")]),
    st.sampled_from([(), ("survey",)]),
    st.sampled_from([(), ("Ada Lovelace",)]),
    maximum=st.integers(1, 10),
)
KNOWN = st.sets(st.integers(1, 30).map("2611.{:05}".format))


@given(PAPERS, OPTIONS, KNOWN)
def test_laws_of_choosing(papers: list[Paper], options: Watch, known: set[str]) -> None:
    """Nothing known, withdrawn or unmatched is chosen, never more than the maximum, each once; the
    numbers add up; and no paper left out is newer than one chosen."""
    choice = choose(papers, options, known)
    ids = [each.id for each in choice.chosen]
    assert len(set(ids)) == len(ids) <= options.maximum
    assert not known.intersection(ids)
    assert not any(each.withdrawn for each in choice.chosen)
    assert all(matches(each, options) for each in choice.chosen)
    assert choice.matched == choice.known + len(ids) + choice.left_out <= choice.seen
    if choice.left_out:
        assert len(ids) == options.maximum
        last = {each.id: each for each in papers}
        others = [
            each
            for each in last.values()
            if each.id not in known | set(ids) and not each.withdrawn and matches(each, options)
        ]
        assert max(e.published for e in others) <= min(e.published for e in choice.chosen)


@given(PAPERS, OPTIONS, KNOWN)
def test_nothing_is_offered_twice(papers: list[Paper], options: Watch, known: set[str]) -> None:
    """Day after day with the memory of the day before, each paper comes once, until all came."""
    memory: dict[str, date] = {}
    offered: list[str] = []
    while (choice := choose(papers, options, {*known, *memory})).chosen:
        offered += [each.id for each in choice.chosen]
        memory = remembered(memory, choice.chosen, TODAY)
    assert len(set(offered)) == len(offered)
    assert choice.left_out == 0
    assert set(offered) == memory.keys()


# --- why there is nothing --------------------------------------------------------------------


def said(today: date, newest: datetime | None, **counts: int) -> str:
    choice = Choice((), **({"seen": 9, "matched": 0, "known": 0, "left_out": 0} | counts))
    return why_nothing(CL, choice, newest, today)


def evening(day: int) -> datetime:
    """When the last paper of a day in November 2026 is submitted that is announced with it."""
    return datetime(2026, 11, day, 18, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("today", "newest", "kind"),
    [
        (16, 13, "none"),  # Monday: what was submitted until Friday is out
        (16, 12, "none"),  # Monday, before the announcement has come through
        (16, 11, "holiday"),
        (17, 16, "none"),
        (17, 13, "none"),  # Tuesday, before the announcement: Monday's is Friday's
        (17, 12, "holiday"),
        (18, 17, "none"),
        (18, 16, "none"),
        (18, 13, "holiday"),
        (20, 19, "none"),
        (20, 18, "none"),
        (20, 17, "holiday"),
        (20, 20, "none"),
        (21, 19, "weekend"),
        (22, 19, "weekend"),
        (21, 10, "weekend"),
        (23, 20, "none"),
        (23, 19, "none"),
    ],
)
def test_a_quiet_day_is_told_from_a_holiday_and_a_weekend(
    today: int, newest: int, kind: str
) -> None:
    """In Beijing arXiv's new papers come from Monday to Friday; a day that has not shown its papers
    yet is no holiday, two are."""
    expected = {
        "none": "Papers that match: none of the 9 that arXiv shows.",
        "weekend": "Weekend: arXiv announces nothing.",
        "holiday": f"arXiv has announced nothing since 2026-11-{newest} (a holiday, or a small"
        " category?).",
    }
    assert said(date(2026, 11, today), evening(newest)) == expected[kind]


def test_papers_that_are_known_are_said_to_be() -> None:
    """Nothing new is another matter than nothing that matches."""
    expected = "Papers that match: 1,234, all in a list already or offered before."
    assert said(TODAY, evening(19), seen=2000, matched=1234, known=1234) == expected


def test_nothing_seen_is_said() -> None:
    """Without a paper in the days that are watched the newest is named."""
    assert (
        said(TODAY, evening(19), seen=0)
        == "arXiv shows nothing that was submitted after 2026-11-19."
    )


@pytest.mark.parametrize("today", [20, 21])
def test_no_paper_at_all_is_a_fault(today: int) -> None:
    """A category without any paper does not exist, not even at a weekend."""
    with pytest.raises(
        WatchError, match=r"arXiv knows no paper for 'cat:cs\.CL': is something missp"
    ):
        said(date(2026, 11, today), None)


@pytest.mark.parametrize("today", [20, 21])
def test_silence_for_a_month_is_a_fault(today: int) -> None:
    """After 30 days without a paper in any category something is broken; before that it is quiet."""
    day = date(2026, 11, today)
    long_ago = datetime(2026, 11, today, tzinfo=UTC) - timedelta(days=31)
    with pytest.raises(WatchError, match=r"nothing new for 31 days in cs\.CL: is something missp"):
        said(day, long_ago)
    assert said(day, long_ago + timedelta(days=1))


def test_authors_may_be_silent_for_long() -> None:
    """Of people alone nobody expects a paper a month."""
    choice = Choice((), 0, 0, 0, 0)
    options = Watch(authors=("Ada Lovelace",))
    old = datetime(1843, 9, 1, tzinfo=UTC)
    expected = "arXiv shows nothing that was submitted after 1843-09-01."
    assert why_nothing(options, choice, old, TODAY) == expected
    with pytest.raises(WatchError, match="knows no paper for 'au:\"Ada Lovelace\"'"):
        why_nothing(options, choice, None, TODAY)


# --- a day against a server ------------------------------------------------------------------


def day(server: ArxivServer, options: Watch = CL, now: datetime = NOW, **rest: Any) -> Outcome:
    listed = rest.pop("listed", ())
    memory = rest.pop("memory", {})
    return watch(client(server), options, listed, memory, now, **rest)


def test_a_day_brings_what_is_new() -> None:
    """What was submitted in the days that are watched, matches and is not known, is chosen."""
    papers = [
        on_arxiv(1, 10),
        on_arxiv(2, 20),
        on_arxiv(3, 30),
        on_arxiv(4, 40, title="A Survey"),
        on_arxiv(5, 50, comment="This paper has been withdrawn by the authors"),
        on_arxiv(6, 60, categories=("cs.LG",), authors=(("Ádá Lovelace", ()),)),
        on_arxiv(7, 70, categories=("cs.LG",), authors=(("Ada B. Lovelace", ()),)),
        on_arxiv(8, 24 * 7),
        on_arxiv(9, 24 * 7 + 1),
    ]
    options = Watch(("cs.CL", "hep-th"), unwanted=("survey",), authors=("Ada Lovelace",))
    with ArxivServer(papers) as server:
        outcome = day(server, options, listed=["2611.00001"], memory={"2611.00002": TODAY})
    assert numbers(outcome.choice.chosen) == [3, 8, 6]
    assert replace(outcome.choice, chosen=()) == Choice((), 8, 5, 2, 0)
    assert outcome.reason == ""
    assert outcome.unseen == ("hep-th",)
    assert outcome.memory == {f"2611.0000{number}": TODAY for number in (2, 3, 6, 8)}


def test_a_second_run_on_the_same_day_brings_nothing() -> None:
    """With the first run's memory nothing is offered again, and the memory stays as it is."""
    with ArxivServer(on_arxiv(number, number) for number in range(1, 151)) as server:
        first = day(server, replace(CL, maximum=150))
        again = day(server, replace(CL, maximum=150), memory=first.memory)
    assert len(first.choice.chosen) == 150
    assert again.choice.chosen == ()
    assert again.reason == "Papers that match: 150, all in a list already or offered before."
    assert again.memory == first.memory


def test_a_paper_that_took_long_to_be_announced_is_not_missed() -> None:
    """However few days are watched, what is announced on a Monday is: it was submitted on Thursday
    and Friday."""
    monday = datetime(2026, 11, 23, 4, tzinfo=UTC)
    thursday = (NOW - evening(19)) / timedelta(hours=1)
    with ArxivServer([on_arxiv(1, thursday)]) as server:
        outcome = day(server, replace(CL, days=1), now=monday)
    assert numbers(outcome.choice.chosen) == [1]


def test_the_day_is_beijings() -> None:
    """At 20:00 UTC on Friday it is Saturday for the readers."""
    with ArxivServer([on_arxiv(1)]) as server:
        for hour, reason in ((15, "Papers that match"), (16, "Weekend")):
            now = datetime(2026, 11, 20, hour, 30, tzinfo=UTC)
            assert day(server, now=now, listed=["2611.00001"]).reason.startswith(reason)
        new = day(server, now=datetime(2026, 11, 20, 16, 30, tzinfo=UTC))
        assert new.memory == {"2611.00001": date(2026, 11, 21)}


@pytest.mark.parametrize(
    "fault", [Fault.status(503, "0"), Fault.empty_page(), Fault.html_200(), Fault.reset()], ids=str
)
def test_a_failure_never_looks_like_a_quiet_day(fault: Fault) -> None:
    """If arXiv keeps failing there is an error, also when it fails on the second page."""
    for sound in (0, 1):
        with ArxivServer(on_arxiv(number) for number in range(1, 151)) as server:
            server.faults.extend([None] * sound + [fault] * 4)  # type: ignore[list-item]
            with pytest.raises(FetchError, match="after 4 tries"):
                day(server)


def test_a_misspelt_category_is_an_error() -> None:
    """Of a category that does not exist arXiv shows nothing, which is no quiet day."""
    with ArxivServer([on_arxiv(1)]) as server, pytest.raises(WatchError, match="misspelt"):
        day(server, Watch(("cs.CK",)))


def test_a_feed_that_stands_still_is_an_error() -> None:
    """If arXiv's newest paper is more than a month old, the watch fails."""
    with ArxivServer([on_arxiv(1, 24 * 32)]) as server, pytest.raises(WatchError, match="32 days"):
        day(server)


def test_a_day_whose_time_is_over_fails() -> None:
    """`is_over` reaches the requests."""
    with ArxivServer([on_arxiv(1)]) as server:
        with pytest.raises(FetchError, match="the time was over"):
            day(server, is_over=lambda: True)
    assert server.requests == []


# --- what was offered before -----------------------------------------------------------------


def test_the_memory_is_one_line_a_paper_in_order(tmp_path: Path) -> None:
    """People can read it, and git shows a line for each paper that was offered."""
    path = tmp_path / "papers" / "watched.json"
    write_memory(path, {"2611.00002": TODAY, "2611.00001": date(2026, 11, 9)})
    assert path.read_text() == '{\n "2611.00001": "2026-11-09",\n "2611.00002": "2026-11-20"\n}\n'


def test_an_unchanged_memory_is_not_written(tmp_path: Path) -> None:
    """A day without papers touches no file and makes none."""
    path = tmp_path / "watched.json"
    write_memory(path, {})
    assert not path.exists()
    write_memory(path, {"2611.00001": TODAY})
    before = path.stat()
    write_memory(path, {"2611.00001": TODAY})
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    write_memory(path, {})
    assert read_memory(path, tmp_path) == {}


IDS = st.integers(1, 99_999).map("2611.{:05}".format) | st.sampled_from(["hep-th/9901001"])
MEMORIES = st.dictionaries(IDS, st.dates(date(2000, 1, 1), date(2100, 1, 1)), max_size=20)


@given(memory=MEMORIES)
def test_a_memory_survives_the_disk(tmp_path_factory: Any, memory: dict[str, date]) -> None:
    """What is written is read again."""
    path = tmp_path_factory.mktemp("memory") / "watched.json"
    write_memory(path, memory)
    assert read_memory(path, path.parent) == memory


@given(MEMORIES, st.lists(st.integers(1, 50), max_size=5))
def test_the_memory_forgets_what_cannot_come_again(
    memory: dict[str, date], offered: list[int]
) -> None:
    """With papers offered today: they, and all of the last 60 days. Without: no change."""
    new = remembered(memory, [paper(number) for number in offered], TODAY)
    if not offered:
        assert new == memory
        return
    oldest = TODAY - timedelta(days=MOST_DAYS)
    today = {f"2611.{number:05}": TODAY for number in offered}
    assert new == {name: seen for name, seen in memory.items() if seen >= oldest} | today


def test_the_memory_keeps_the_sixtieth_day() -> None:
    """Who looks 60 days back is offered nothing again."""
    memory = {f"2611.0000{number}": TODAY - timedelta(days=59 + number) for number in (0, 1, 2)}
    kept = remembered(memory, [paper(9)], TODAY)
    assert sorted(kept) == ["2611.00000", "2611.00001", "2611.00009"]


def test_no_memory_is_an_empty_one(tmp_path: Path) -> None:
    """The first day has no file."""
    assert read_memory(tmp_path / "none" / "watched.json", tmp_path) == {}


GOOD = '{\n "2611.00001": "2026-11-20",\n '
CONFLICT = f'{GOOD[:-2]}\n<<<<<<< HEAD\n "2611.00002": "2026-11-20"\n=======\n}}\n'


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("", 1, "expected JSON"),
        ("not json", 1, "expected JSON"),
        (GOOD, 3, "expected JSON"),
        (CONFLICT, 3, "expected JSON"),
        ("[]", 1, "expected IDs with days, in braces"),
        ("null", 1, "expected IDs with days, in braces"),
        ("[" * 100_000, 1, "expected JSON"),
        ("9" * 10_000, 1, "expected JSON"),
        (b'{\n"\xff": 1}', 2, "expected JSON"),
        (GOOD + '"2611.2": "2026-11-20"}', 3, "expected an arXiv ID"),
        (GOOD + '"x": "2026-11-20"}', 3, "expected an arXiv ID"),
        (GOOD + '"2611.00002": "2026-11-31"}', 3, "expected a day such as 2026-11-22"),
        (GOOD + '"2611.00002": "20261120"}', 3, "expected a day such as 2026-11-22"),
        (GOOD + '"2611.00002": 3}', 3, "expected a day such as 2026-11-22"),
        (GOOD + '"2611.00002": null}', 3, "expected a day such as 2026-11-22"),
        (GOOD + '"2611.00002": ["::error::"]}', 3, "expected a day such as 2026-11-22"),
    ],
)
def test_a_broken_memory_is_named_with_its_line(
    tmp_path: Path, content: str | bytes, line: int, what: str
) -> None:
    """FILE:LINE, what was expected and what to do; never a traceback, never an empty memory."""
    path = tmp_path / "docs" / "watched.json"
    path.parent.mkdir()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_memory(path, tmp_path)
    (fault,) = caught.value.faults
    assert str(fault).startswith(f"docs/watched.json:{line}: {what}")
    assert "remove the file" in str(fault)
    assert str(fault).isprintable()


def test_every_fault_of_a_memory_is_named(tmp_path: Path) -> None:
    """All at once, so that a person mends the file once."""
    path = tmp_path / "watched.json"
    path.write_text('{\n"a": "2026-11-20",\n"2611.00001": "x"\n}')
    with pytest.raises(InputError) as caught:
        read_memory(path, tmp_path)
    assert [fault.line for fault in caught.value.faults] == [2, 3]


def test_a_memory_that_people_edited_is_read(tmp_path: Path) -> None:
    """A byte order mark, another order, a version behind an ID: what is clear is understood."""
    path = tmp_path / "watched.json"
    text = json.dumps({"2611.00002v3": "2026-11-20", "arXiv:2611.00001": "2026-11-19"})
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(", ", ",\r\n").encode())
    expected = {"2611.00002": TODAY, "2611.00001": date(2026, 11, 19)}
    assert read_memory(path, tmp_path) == expected


def test_a_memory_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    """A folder in its place is an error with the path."""
    with pytest.raises(DigestError, match=r"^watched.json:1: expected a readable file"):
        (tmp_path / "watched.json").mkdir()
        read_memory(tmp_path / "watched.json", tmp_path)
