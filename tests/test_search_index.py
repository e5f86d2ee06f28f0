"""The index: its format, read back by what its docstring says alone, and what goes into it."""

from __future__ import annotations

import html
import json
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest_plugin.pages.page_data import SiteFacts
from digest_plugin.papers import Author, Chinese
from digest_plugin.records.contents import Edition, Entry
from digest_plugin.search.documents import (
    page_documents,
)
from digest_plugin.search.index import CHUNK, LONGEST_TERM, SearchDocument, build_index, whole_name
from digest_plugin.search.words import folded, terms
from digest_plugin.text.rendering import plain_text
from outlined import search_documents
from test_pages import edition, entry, unknown, url_of

SITE = SiteFacts("试验站")
LISTS = 3
CONTROL = re.compile(r"[\0-\x1f]")


# A reader of the format


@dataclass(frozen=True)
class Index:
    """All that an index holds."""

    root: dict[str, object]
    rows: list[list[str]]
    postings: dict[str, tuple[list[int], ...]]
    """The three lists of each term, in the order of the files."""


def read_index(folder: Path) -> Index:
    """What is in `folder`, after the docstring of search_index.py and nothing else."""
    root = json.loads((folder / "index-1.json").read_text("utf-8"))
    files = folder / root["folder"]
    count, prefix = root["documents"], (files / "prefix.bin").read_bytes()
    rows: list[list[str]] = []
    for number in range(-(-count // root["chunk"])):
        stream = prefix + (files / f"d{number}.bin").read_bytes()
        rows += json.loads(zlib.decompressobj(-15).decompress(stream)[root["skip"] :])
    postings: dict[str, tuple[list[int], ...]] = {}
    for number, first in enumerate(root["first"]):
        content = (files / f"w{number}.bin").read_bytes()
        end = 4 + int.from_bytes(content[:4], "big")
        found = _terms(zlib.decompress(content[4:end], -15).decode())
        assert found[0] == first
        bits = iter("".join(format(byte, "08b") for byte in content[end:]))
        for term in found:
            postings[term] = tuple(_list(bits, count) for _ in range(LISTS))
    return Index(root, rows, postings)


def _terms(heads: str) -> list[str]:
    found: list[str] = []
    for character in heads:
        if character < " ":
            found.append(found[-1][: ord(character)] if found else "")
        else:
            found[-1] += character
    return found


def _list(bits, documents: int) -> list[int]:
    length = _digits(bits, 1, _run(bits, "0")) - 1
    numbers: list[int] = []
    for _ in range(length):
        ones = _run(bits, "1")
        gap = _digits(bits, ones, (documents // length).bit_length() - 1)
        numbers.append((numbers[-1] if numbers else -1) + 1 + gap)
    return numbers


def _run(bits, of: str) -> int:
    length = 0
    while next(bits) == of:
        length += 1
    return length


def _digits(bits, number: int, count: int) -> int:
    for _ in range(count):
        number = number * 2 + int(next(bits))
    return number


def expected_postings(documents: list[SearchDocument]) -> dict[str, tuple[list[int], ...]]:
    """What the docstring says a reader must find, the slow way."""
    found: defaultdict[str, tuple[list[int], ...]] = defaultdict(lambda: ([], [], []))
    for number, document in enumerate(documents):
        texts = [document.title, document.english, *document.tags, *document.authors]
        title = {term for text in texts for term in terms(text)}
        title |= {name for author in document.authors if (name := whole_name(author))}
        for category in document.categories:
            title |= {folded(category), f"@{folded(category)}"}
        title |= {f"#{folded(tag)}" for tag in document.tags}
        title |= {f"~{document.year}"} if document.year is not None else set()
        title |= {document.identifier.lower()} if document.identifier else set()
        title.discard("")
        body = {term for text in document.body for term in terms(text)}
        ranks = (title, terms(document.sentence) - title)
        for rank, all_terms in enumerate((*ranks, body - title - ranks[1])):
            for term in all_terms:
                if len(term) <= LONGEST_TERM and not CONTROL.search(term):
                    found[term][rank].append(number)
    return dict(found)


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text("知识图谱的 LoRAdrop-.1+#é\u0301𠀀ＡßΣ\n\x00\x1f", max_size=30),
    st.sampled_from(
        ["知识图谱的构建", "LoRA-drop in GPT-4", "C++ 与 C#", "x" * 100, "a-b-c-d-e-f-g-h"]
    ),
)
DOCUMENTS = st.builds(
    SearchDocument,
    url=TEXTS,
    anchor=TEXTS,
    title=TEXTS,
    english=TEXTS,
    sentence=TEXTS,
    body=st.lists(TEXTS, max_size=3).map(tuple),
    page=TEXTS,
    authors=st.lists(TEXTS, max_size=3).map(tuple),
    identifier=st.sampled_from(["", "2403.12151", "hep-th/9901001"]),
    categories=st.lists(st.sampled_from(["cs.CL", "hep-th", "\u0301"]), max_size=2).map(tuple),
    tags=st.lists(TEXTS, max_size=2).map(tuple),
    year=st.none() | st.integers(1991, 2030),
)


@settings(max_examples=100)
@given(documents=st.lists(DOCUMENTS, max_size=8), copies=st.sampled_from([1, 3, 30]))
@example(documents=[], copies=1)
@example(documents=[SearchDocument("", "", "", categories=("\u0301",))], copies=1)
@example(documents=[SearchDocument("", "", "")], copies=1)
@example(documents=[SearchDocument("a/", "b", "知识图谱")], copies=500)
def test_a_reader_of_the_format_finds_what_went_in(tmp_path_factory, documents, copies) -> None:
    """Whatever the texts are and however many documents hold a term, rows, terms and lists come
    back as they went in, in the order of JavaScript's strings."""
    folder = tmp_path_factory.mktemp("index")
    documents *= copies
    facts = build_index([lambda: documents], folder, "search/")
    index = read_index(folder)
    assert index.root["documents"] == facts.documents == len(documents)
    assert index.root["page"] == "search/"
    for row, each in zip(index.rows, documents, strict=True):
        whole = [*row, *[""] * (7 - len(row))]
        shown = [each.url, each.anchor, each.title, each.english, each.sentence, each.page]
        assert whole == [*shown, " ".join(each.categories)]
    assert index.postings == expected_postings(documents)
    assert list(index.postings) == sorted(index.postings, key=lambda it: it.encode("utf-16-be"))


# What holds for all indexes


def many(count: int, words: int = 40) -> list[SearchDocument]:
    """Documents of which each has words of its own."""
    return [
        SearchDocument(
            f"digests/{number // 20}/", f"2403.{number:05}", f"第 {number} 篇",
            body=(" ".join(f"w{number * words + word:x}" for word in range(words)),),
        )
        for number in range(count)
    ]  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_same_documents_give_the_same_files(tmp_path) -> None:
    """Names and bytes, so that a host uploads and a browser loads only what changed."""
    for name in ("one", "other"):
        build_index([lambda: iter(many(100))], tmp_path / name, "search/")
    assert contents(tmp_path / "one") == contents(tmp_path / "other")
    build_index([lambda: many(99)], tmp_path / "other", "search/")
    assert contents(tmp_path / "one").keys() != contents(tmp_path / "other").keys()


@pytest.mark.parametrize("processes", [1, 3])
def test_parts_and_processes_make_no_difference(tmp_path, processes) -> None:
    """Names and bytes are the same, whoever read what; terms of all scripts are in the parts."""
    everything = [
        *many(5_000),
        *(SearchDocument("x/", str(n), f"𠀀{n} ｶﾅ {n} ё{n} ~x{n} zz{n} #{n}") for n in range(300)),
    ]
    build_index([lambda: everything], tmp_path / "whole", "search/")
    cuts = [0, 0, 7, 1_900, 1_901, 5_100, len(everything)]
    parts = [(lambda start=start, end=end: everything[start:end]) for start, end in pairwise(cuts)]
    build_index(parts, tmp_path / "parts", "search/", processes)
    assert contents(tmp_path / "whole") == contents(tmp_path / "parts")


def test_an_index_takes_the_place_of_the_one_before(tmp_path) -> None:
    """Nothing of an older build stays in the folder."""
    build_index([lambda: many(100)], tmp_path / "index", "search/")
    (tmp_path / "index/stale.bin").write_bytes(b"")
    build_index([lambda: many(10)], tmp_path / "index", "search/")
    build_index([lambda: many(10)], tmp_path / "new", "search/")
    assert contents(tmp_path / "index") == contents(tmp_path / "new")


def test_no_file_is_large_and_the_facts_are_true(tmp_path) -> None:
    """However many terms there are, a file of them stays below 40 kB, one of documents holds
    `CHUNK`; the facts count all."""
    facts = build_index([lambda: many(1_000)], tmp_path, "search/")
    found = contents(tmp_path)
    assert len(read_index(tmp_path).root["first"]) > 5
    assert max(map(len, found.values())) < 40_000
    assert (facts.files, facts.size) == (len(found), sum(map(len, found.values())))
    documents = [name for name in found if "/d" in name]
    assert len(documents) == -(-1_000 // CHUNK)
    assert facts.terms == len(read_index(tmp_path).postings)


def test_endless_words_are_left_out(tmp_path) -> None:
    """A string of letters without end, as some abstracts hold, makes no term."""
    build_index(
        [lambda: [SearchDocument("", "", f"短 {'x' * 65} {'y' * 64}")]], tmp_path, "search/"
    )
    assert set(read_index(tmp_path).postings) == {"短", "y" * 64}


# Words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("知识图谱", {"知识", "识图", "图谱"}),
        ("我的模型", {"我的", "模型"}),
        ("图 G 上", {"图", "g", "上"}),
        ("LoRA-drop", {"lora-drop", "lora", "drop"}),
        ("in-context-aware", {"in-context-aware", "in-context", "context-aware", "in", "context",
                              "aware"}),
        ("2403.12151", {"2403.12151"}),
        ("GPT-3.5", {"gpt-3.5", "gpt-3", "gpt", "3.5", "3", "5"}),
        ("C++ 和 C#", {"c++", "c#", "c", "和"}),
        ("ＧＰＴ　４", {"gpt", "4"}),
        ("Gödel Müller Łódź Straße", {"godel", "muller", "lodz", "strasse"}),
        ("β-VAE Ελλάς", {"β-vae", "β", "vae", "ελλασ"}),
        ("end.", {"end"}),
        ("ディフュージョン", {"ティ", "ィフ", "フュ", "ュー", "ーシ", "ショ", "ョン"}),
        ("𠀀𠀁", {"𠀀𠀁"}),
        ("", set()),
    ],
)  # fmt: skip
def test_what_a_text_is_known_by(text, expected) -> None:
    """Pairs of Chinese characters, words and their parts, all folded."""
    assert terms(text) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_folding_twice_changes_nothing(text) -> None:
    """What the index knows a text by, it knows that by, too."""
    assert folded(folded(text)) == folded(text)


# Hand-written pages


def sections(content: str, title: str = "页") -> list[tuple[str, str, str]]:
    return [
        (each.anchor, each.title, each.body[0]) for each in page_documents(content, title, "a/")
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<h1 id='x'>题</h1><p>文</p>", [("", "题", "文")]),
        ("<p>前</p><h1 id='x'>题</h1>", [("", "页", "前"), ("", "题", "")]),
        ("<h1>题</h1><p>一</p><h2 id='b'>节</h2>二", [("", "题", "一"), ("b", "节", "二")]),
        ("<h2 id='b'>节</h2><h1 id='c'>大</h1>", [("b", "节", ""), ("c", "大", "")]),
        ("<h2 id='b'>节<a class='headerlink' href='#b'>¶</a></h2>", [("b", "节", "")]),
        ("<p>来<b>历</b></p><p>收</p><ul><li>一<li>二</ul>", [("", "页", "来历 收 一 二")]),
        ("<p>a<br>b</p><script>x()</script><style>y</style>", [("", "页", "a b")]),
        ("看<span data-search-exclude>不<i>可</i></span>见", [("", "页", "看见")]),
        ("<div data-search-exclude><h2 id='b'>节</h2>不可</div>见", [("", "页", "见")]),
        ("<p>未<b>结束<p>下文", [("", "页", "未结束 下文")]),
        ("&lt;script&gt; &amp; &#20013;", [("", "页", "<script> & 中")]),
        ("</p></div>文", [("", "页", "文")]),
        ("<img alt='图'><hr>", []),
        ("", []),
    ],
)
def test_sections_of_a_page(content, expected) -> None:
    """A section begins at a heading; what readers do not see is not read."""
    assert sections(content) == expected


def test_a_page_is_named_without_entities() -> None:
    """MkDocs escapes titles; search shows them as text."""
    (document,) = page_documents("文", "A &amp; B", "a/")
    assert (document.title, document.page) == ("A & B", "A & B")


@given(st.lists(st.tuples(st.sampled_from(["p", "h2", "b", "li", "pre"]), TEXTS), max_size=8))
def test_no_text_of_a_page_is_lost(parts) -> None:
    """Every word of every element is found in some section."""
    content = "".join(
        f"<{tag}>{html.escape(text)}</{tag}>" for tag, text in parts if "\0" not in text
    )
    found = [terms(f"{each.title}\n{each.body[0]}") for each in page_documents(content, "", "a/")]
    for tag, text in parts:
        if tag in {"p", "h2", "li", "pre"} and "\0" not in text and "\r" not in text:
            spaced = " ".join(text.split())
            assert terms(spaced) <= set().union(*found)


def test_a_long_section_is_shown_in_part_and_found_whole() -> None:
    """Results stay short."""
    (document,) = page_documents("长" * 500 + "尾巴", "页", "a/")
    assert document.sentence == "长" * 160 + "…"
    assert document.body == ("长" * 500 + "尾巴",)


# Papers


def found_in(*editions: Edition) -> list[SearchDocument]:
    return list(search_documents(editions, SITE, url_of))


def listed(id: str, *tags: str, **changes: object) -> Entry:
    return entry(id, tags=tags, **changes)


def test_a_paper_is_found_once_under_its_newest_listing_with_all_tags() -> None:
    """A paper of three lists is one result, which leads to the newest; a tag of any list filters."""
    found = found_in(
        edition(listed("2403.12151", "新"), name="2024-03-20"),
        edition(listed("2403.12151", "旧", "新"), listed("2403.00001"), name="2024-03-19"),
        edition(listed("2403.12151", "专题"), name="special"),
    )
    assert [(each.identifier, each.url, each.anchor) for each in found] == [
        ("2403.12151", "digests/2024-03-20/", "2403.12151"),
        ("2403.00001", "digests/2024-03-19/", "2403.00001"),
    ]
    assert found[0].tags == ("新", "旧", "专题")
    assert [each.year for each in found] == [2024, 2024]


def test_a_paper_is_known_by_both_languages() -> None:
    """Chinese title before the English one; both abstracts and the editor's note are searched."""
    chinese = Chinese("题 $x^2$", "句", "中文摘要")
    (found,) = found_in(
        edition(
            entry(chinese=chinese, note="**推荐**", title="The $L_2$ Title", abstract="English.",
                  authors=(Author("Ada Lovelace"), Author("王伟")), categories=("cs.CL", "math.CO"))
        )
    )  # fmt: skip
    assert (found.title, found.sentence) == (plain_text("题 $x^2$"), "句")
    assert found.english == plain_text("The $L_2$ Title")
    assert "$" not in found.title + found.english
    assert [any(text in each for each in found.body) for text in ("推荐", "中文摘要", "English.")] == [
        True, True, True,
    ]  # fmt: skip
    assert found.authors == ("Ada Lovelace", "王伟")
    assert found.categories == ("cs.CL", "math.CO")


def test_a_pending_paper_is_found_by_its_english() -> None:
    """Before it has Chinese, its English title is the title, and nothing is shown below it."""
    (found,) = found_in(edition(entry(chinese=None, title="Pending")))
    assert (found.title, found.english, found.sentence) == ("Pending", "", "")


def test_a_paper_without_metadata_is_found_by_its_identifier() -> None:
    """What arXiv has not been asked about yet is a result all the same."""
    (found,) = found_in(edition(unknown("hep-th/9901001")))
    assert (found.title, found.identifier) == ("arXiv:hep-th/9901001", "hep-th/9901001")
    assert (found.authors, found.categories, found.body) == ((), (), ("",))


def test_a_digest_is_found_by_what_it_says_of_itself() -> None:
    """Description and note of a list; a list without them is no result."""
    plain, special = edition(name="2024-03-20"), edition(
        name="2024-03-19", title="专题", description="说明", note="编者按"
    )  # fmt: skip
    (found,) = found_in(plain, special)
    assert (found.url, found.anchor, found.title, found.sentence, found.body) == (
        "digests/2024-03-19/", "", "专题", "说明", ("编者按",)
    )  # fmt: skip


def test_a_digest_without_a_date_has_no_year() -> None:
    """Its papers are found, and no year filters them."""
    (found,) = found_in(edition(entry(), name="special"))
    assert found.year is None
    (dated,) = found_in(edition(entry(), name="special", date=date(2023, 5, 1)))
    assert dated.year == 2023
