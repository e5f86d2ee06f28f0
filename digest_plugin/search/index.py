r"""The search index: small files that a browser fetches by need. This is its format, version 1.

`index-1.json` is read first. Its keys: `folder`, where the other files are, a
name that changes with their content; `documents`, how many there are; `chunk`, how many of them a
file of documents holds; `skip`, see below; `page`, the address of the search page relative to the
site's root; `first`, the first term of each file of terms.

**Documents.** They are numbered from 0: hand-written pages, then papers, newest first. `dN.bin`
holds those from N × `chunk` on, as JSON: of each a list of its page's address relative to the
site's root, the anchor there, title, English title, sentence, the page's title, and the categories
with spaces between; what is empty at its end is left out. It is raw DEFLATE with a preset
dictionary, for which browsers have no function; so `prefix.bin`, followed by `dN.bin`, is a stream
that any of them reads, and whose first `skip` bytes, the dictionary, are to be thrown away.

**Terms.** They are sorted as JavaScript sorts strings, by UTF-16 code units. `wN.bin` holds those
from the Nth of `first` up to the next. It begins with a number of four bytes, the highest first:
the length of the raw DEFLATE behind it, which holds the terms as UTF-8, each as a control
character whose code is the number of code units that it shares with the term before, and the rest
of it. Bits follow, the highest of a byte first. For each term in order they tell the documents that
hold it, in three lists: in the title (or as author, category, tag, identifier), else in the
sentence, else anywhere.

A list is its length plus 1 in Elias' gamma code (as many zeros as the number has binary digits
less one, then the digits), and for each document, in order, how many were passed over since the one
before. Such a gap `g` is in Rice's code with the parameter `k`, the number of binary digits of
⌊`documents` / length⌋ less one: ⌊g / 2^k⌋ ones, a zero, and the last k binary digits of g.

Besides what words.py calls terms there are whole names of authors (`emmy noether`),
identifiers (`2403.12151`, `hep-th/9901001`), categories (`@cs.cl`), tags (`#语言模型`) and years
(`~2024`).
"""

from __future__ import annotations

import hashlib
import json
import marshal
import shutil
import tempfile
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain
from operator import sub
from pathlib import Path

from digest_plugin.machine.files import write_whole
from digest_plugin.machine.processes import shared_out
from digest_plugin.search.words import folded, is_wide, terms, words

FORMAT = 1
ROOT_FILE = f"index-{FORMAT}.json"
CHUNK = 32
"""Documents a file; ten results need ten such files at most."""
SHARD_BITS = 100_000
"""How much a file of terms holds before the next one begins."""
LONGEST_TERM = 64
"""Characters. Nobody types longer ones, and some texts hold endless strings of letters."""
_RANK_BITS = 28
_NUMBERS = (1 << _RANK_BITS) - 1
"""Where a posting has the document's number, and above it the rank of the text that it is in."""
_WINDOW = 32_768
"""Bytes that DEFLATE looks back."""
_SAMPLES = 100
"""Documents that make up the preset dictionary."""
_MOST_SHARED = 31


@dataclass(frozen=True)
class SearchDocument:
    """A paper, or a section of a page."""

    url: str
    """Of the page, relative to the site's root."""
    anchor: str
    """Where on the page; empty: at its top."""
    title: str
    english: str = ""
    """The English title, if `title` is not it."""
    sentence: str = ""
    """What is shown below the title."""
    body: tuple[str, ...] = ()
    """Texts that are searched and not shown."""
    page: str = ""
    """The page's title."""
    authors: tuple[str, ...] = ()
    identifier: str = ""
    """Of a paper on arXiv, without version."""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    year: int | None = None


@dataclass(frozen=True)
class IndexFacts:
    """How an index came out."""

    documents: int
    terms: int
    files: int
    size: int
    """Bytes of all files."""


Documents = Callable[[], Iterable[SearchDocument]]
"""Some documents; may be called in another process."""


def build_index(
    parts: Sequence[Documents], folder: Path, page_url: str, processes: int = 1
) -> IndexFacts:
    """Write the index of the documents of all `parts` into `folder`, in place of all that is there.

    They come newest first, are read once, and none is kept; the same ones give the same files, in
    whatever parts. `page_url` is the search page's, relative to the site's root. Raises OSError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    output = _Output(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as name:
        passed_on = Path(name)

        def read(number: int) -> list[bytes]:
            return _read_part(parts[number], passed_on / str(number))

        of_parts = list(shared_out(read, range(len(parts)), processes, least=2))
        rows = list(chain.from_iterable(of_parts))
        starts = list(accumulate(map(len, of_parts), initial=0))
        dictionary = b",".join(rows[:: len(rows) // _SAMPLES + 1])[-_WINDOW:]
        output.write("prefix.bin", _unfinished(dictionary))

        def deflate(start: int) -> bytes:
            return _deflated(b"[" + b",".join(rows[start : start + CHUNK]) + b"]", dictionary)

        chunks = shared_out(deflate, range(0, len(rows), CHUNK), processes)
        for number, chunk in enumerate(chunks):
            output.write(f"d{number}.bin", chunk)

        def code(section: int) -> _Section:
            files = [passed_on / str(number) for number in range(len(parts))]
            return _coded(_merged(files, starts, section), len(rows))

        enough = processes if len(parts) > 1 else 1
        sections = shared_out(code, range(len(_SECTIONS) + 1), enough, least=2)
        first: list[str] = []
        terms = 0
        for shard, count in _joined(sections):
            output.write(f"w{len(first)}.bin", shard.content)
            first.append(shard.first)
            terms += count
    output.finish(
        documents=len(rows), chunk=CHUNK, skip=len(dictionary), page=page_url, first=first
    )
    return IndexFacts(len(rows), terms, output.files, output.size)


# Parts of the documents, and sections of the terms, which several processes work on


_SECTIONS = (
    0x30, *range(0x61, 0x7B), 0x7B, *range(0x4E00, 0xA000, 0x400), 0xA000,
)  # fmt: skip
"""Code units with which sections of the terms begin: digits, each letter, Chinese characters."""


def _section(term: str) -> int:
    """In which section a term belongs. Sections follow each other as terms do."""
    code = ord(term[0])
    return bisect_right(_SECTIONS, 0xD800 if code > 0xFFFF else code)


def _read_part(documents: Documents, path: Path) -> list[bytes]:
    """The rows of some documents; their postings, numbered from 0, go to the file `path`: of each
    section the terms with their postings."""
    rows: list[bytes] = []
    postings: defaultdict[str, array[int]] = defaultdict(partial(array, "I"))
    for number, document in enumerate(documents()):
        rows.append(_row(document))
        for rank, found in enumerate(_ranked_terms(document)):
            posting = rank << _RANK_BITS | number
            for term in found:
                postings[term].append(posting)
    sections: list[dict[str, bytes]] = [{} for _ in range(len(_SECTIONS) + 1)]
    for term, numbers in postings.items():
        # A tag may hold anything, and control characters say something else here.
        if len(term) <= LONGEST_TERM and min(term) >= " ":
            sections[_section(term)][term] = numbers.tobytes()
    blobs = list(map(marshal.dumps, sections))
    path.write_bytes(marshal.dumps(list(map(len, blobs))).ljust(_HEADER, b"\0") + b"".join(blobs))
    return rows


_HEADER = 1024
"""Bytes at the start of such a file, for the lengths of the sections."""


def _merged(paths: Sequence[Path], starts: Sequence[int], section: int) -> dict[str, array[int]]:
    """The postings of one section from the files of all parts, numbered through."""
    merged: defaultdict[str, array[int]] = defaultdict(partial(array, "I"))
    for path, start in zip(paths, starts, strict=False):
        with path.open("rb") as file:
            lengths = marshal.loads(file.read(_HEADER))  # noqa: S302 - written by us, just now
            file.seek(_HEADER + sum(lengths[:section]))
            of_part = marshal.loads(file.read(lengths[section]))  # noqa: S302
        for term, numbers in of_part.items():
            postings = array("I", numbers)
            # The rank stands above the number, which the sum does not reach.
            merged[term].extend([posting + start for posting in postings] if start else postings)
    return merged


class _Output:
    """The files, in a folder that in the end is named after what they hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digest = hashlib.sha256()
        self.files = 0
        self.size = 0
        (folder / "new").mkdir(parents=True)

    def write(self, name: str, content: bytes) -> None:
        """Write a file of the index."""
        self._digest.update(content)
        (self._folder / "new" / name).write_bytes(content)
        self._count(content)

    def finish(self, **facts: object) -> None:
        """Write the file that leads to the others."""
        name = self._digest.hexdigest()[:12]
        (self._folder / "new").rename(self._folder / name)
        root = {"folder": name, **facts}
        content = json.dumps(root, ensure_ascii=False, separators=(",", ":")).encode()
        write_whole(self._folder / ROOT_FILE, content)
        self._count(content)

    def _count(self, content: bytes) -> None:
        self.files += 1
        self.size += len(content)


# Documents


def _row(document: SearchDocument) -> bytes:
    """What is shown of a document, as JSON."""
    row = [
        document.url, document.anchor, document.title, document.english, document.sentence,
        document.page, " ".join(document.categories),
    ]  # fmt: skip
    while not row[-1] and len(row) > 1:
        row.pop()
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _deflated(content: bytes, dictionary: bytes = b"") -> bytes:
    """`content` as raw DEFLATE: without the time of day and the system's name, which gzip adds."""
    known = {"zdict": dictionary} if dictionary else {}
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, **known)
    return packer.compress(content) + packer.flush()


def _unfinished(content: bytes) -> bytes:
    """`content` as raw DEFLATE that goes on behind it, at the next byte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return packer.compress(content) + packer.flush(zlib.Z_SYNC_FLUSH)


def _ranked_terms(document: SearchDocument) -> tuple[set[str], set[str], set[str]]:
    """A document's terms: of the title and what is as good, the sentence's others, all others."""
    title = terms("\n".join((document.title, document.english, *document.tags, *document.authors)))
    sentence = terms(document.sentence)
    others = set().union(*map(terms, document.body))
    title.update(filter(None, map(whole_name, document.authors)))
    # One of nothing but accents is empty.
    title.update(filter(None, map(folded, document.categories)))
    title.update(_filter_terms(document))
    if document.identifier:
        title.add(document.identifier.lower())
    sentence -= title
    others -= title
    others -= sentence
    return title, sentence, others


def whole_name(author: str) -> str | None:
    """An author's name as a term; None if it is one word, and so a term already, or Chinese."""
    parts = words(author)
    return None if len(parts) < 2 or any(map(is_wide, parts)) else " ".join(parts)


def _filter_terms(document: SearchDocument) -> Iterator[str]:
    for category in document.categories:
        yield f"@{folded(category)}"
    for tag in document.tags:
        yield f"#{folded(tag)}"
    if document.year is not None:
        yield f"~{document.year}"


# Terms


@dataclass(frozen=True)
class _Shard:
    """A file of terms that stand next to each other."""

    first: str
    content: bytes


@dataclass(frozen=True)
class _Section:
    """A section of the terms, coded."""

    terms: list[tuple[str, str]]
    """With their lists, as strings of 0 and 1; none if they fill files of their own."""
    shards: list[tuple[_Shard, int]]
    """Such files, with the number of terms in each."""


def _coded(postings: dict[str, array[int]], documents: int) -> _Section:
    """A section's terms with their `postings`: numbers of documents, with ranks above them. Takes
    them out, one after the other, or they and what is made of them would be there at once."""
    coder = _ListCoder(documents)
    ordered = sorted(postings, key=lambda term: term.encode("utf-16-be", "surrogatepass"))
    coded = ((term, coder.lists(postings.pop(term))) for term in ordered)
    terms = []
    size = 0
    for each in coded:
        terms.append(each)
        size += len(each[1])
        if size > SHARD_BITS:
            return _Section([], list(_shards(chain(terms, coded))))
    return _Section(terms, [])


def _joined(sections: Iterable[_Section]) -> Iterator[tuple[_Shard, int]]:
    """The files of all sections; small ones that follow each other share theirs."""
    waiting: list[tuple[str, str]] = []
    for section in sections:
        waiting += section.terms
        if section.shards:
            yield from _shards(waiting)
            waiting = []
            yield from section.shards
    yield from _shards(waiting)


def _shards(terms: Iterable[tuple[str, str]]) -> Iterator[tuple[_Shard, int]]:
    """Files of terms with their lists, and how many are in each."""
    first = last = ""
    heads: list[str] = []
    lists: list[str] = []
    size = 0
    for term, bits in terms:
        if not heads:
            first, last = term, ""
        shared = _shared(last, term)
        heads.append(chr(shared) + term[shared:])
        lists.append(bits)
        last = term
        size += len(bits) + 8 * len(heads[-1])
        if size > SHARD_BITS:
            yield _Shard(first, _shard_content(heads, lists)), len(heads)
            heads, lists, size = [], [], 0
    if heads:
        yield _Shard(first, _shard_content(heads, lists)), len(heads)


def _shard_content(heads: Iterable[str], lists: Iterable[str]) -> bytes:
    head = _deflated("".join(heads).encode("utf-8", "surrogatepass"))
    bits = "".join(lists)
    bits += "0" * (-len(bits) % 8)
    return len(head).to_bytes(4, "big") + head + int(bits, 2).to_bytes(len(bits) // 8, "big")


def _shared(one: str, other: str) -> int:
    """How many characters two terms begin with alike, as far as a control character can say."""
    count = 0
    for left, right in zip(one[:_MOST_SHARED], other, strict=False):
        if left != right or left > "\uffff":  # which JavaScript counts as two
            break
        count += 1
    return count


class _ListCoder:
    """Writes lists of documents as strings of 0 and 1, which Python joins faster than bits."""

    def __init__(self, documents: int) -> None:
        self._documents = documents
        self._codes: dict[int, _RiceCodes] = {}

    def lists(self, postings: array[int]) -> str:
        """The three lists of a term."""
        if len(postings) == 1:  # most terms
            (posting,) = postings
            code = self._codes_for(1)[(posting & _NUMBERS) + 1]
            return (f"010{code}11", f"1010{code}1", f"11010{code}")[posting >> _RANK_BITS]
        ordered = sorted(postings)
        coded = []
        start = 0
        for rank in range(3):
            base = rank << _RANK_BITS
            end = bisect_left(ordered, base + _NUMBERS, start)
            length = end - start
            coded.append(_gamma(length + 1))
            if length:
                found = ordered[start:end]
                codes = self._codes_for(length)
                coded += map(codes.__getitem__, map(sub, found, [base - 1, *found]))
            start = end
        return "".join(coded)

    def _codes_for(self, length: int) -> _RiceCodes:
        parameter = (self._documents // length).bit_length() - 1
        codes = self._codes.get(parameter)
        if codes is None:
            codes = self._codes[parameter] = _RiceCodes(parameter)
        return codes


class _RiceCodes(dict[int, str]):
    """The code for each step from one document to the next, made when it is first needed."""

    def __init__(self, parameter: int) -> None:
        self._parameter = parameter

    def __missing__(self, step: int) -> str:
        gap, parameter = step - 1, self._parameter
        digits = format(gap & (1 << parameter) - 1, f"0{parameter}b") if parameter else ""
        self[step] = code = f"{'1' * (gap >> parameter)}0{digits}"
        return code


def _gamma(number: int) -> str:
    digits = format(number, "b")
    return "0" * (len(digits) - 1) + digits
