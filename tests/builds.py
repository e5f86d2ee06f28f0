"""Real builds of small sites, and a reader of the HTML that comes out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from textwrap import dedent

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig

VARIABLES = (
    "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "ARXIV_API_URL", "ARXIV_DIGEST_LENIENT",
)  # fmt: skip
CONFIG = """
site_name: 试验站
site_url: https://example.org/site/
repo_url: https://github.com/me/site
edit_uri: edit/main/docs/
theme: {name: mkdocs}
plugins:
  - arxiv-digest: {arxiv_delay: 0}
"""


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Only `variables` of those the plugin reads are set."""
    before = {name: os.environ.pop(name, None) for name in VARIABLES}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """`files` by path below `root`, their text dedented."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), "utf-8")


def configure(root: Path, config: str = CONFIG, *, strict: bool = False) -> MkDocsConfig:
    """The configuration of the site at `root`, as the command line would load it."""
    write_files(root, {"mkdocs.yml": config})
    (root / "docs").mkdir(exist_ok=True)
    loaded = load_config(str(root / "mkdocs.yml"), strict=strict)
    loaded.plugins.on_startup(command="build", dirty=False)
    return loaded


def build_site(root: Path, config: str = CONFIG, *, strict: bool = False, **variables: str) -> Path:
    """Build the site at `root` with `variables` in the environment; the folder it is in."""
    with environment(variables):
        loaded = configure(root, config, strict=strict)
        build(loaded)
    return Path(loaded.site_dir)


class Node:
    """An element with its attributes, children and text."""

    def __init__(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.tag = tag
        self.attributes = dict(attributes)
        self.children: list[Node | str] = []

    def walk(self) -> Iterator[Node]:
        """This element and all below it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def find(self, tag: str = "", **attributes: str) -> list[Node]:
        """All elements below with this tag and attributes; `cls` is one of its classes."""
        cls = attributes.pop("cls", None)
        return [
            node
            for node in self.walk()
            if (not tag or node.tag == tag)
            and (cls is None or cls in node.attributes.get("class", "").split())
            and all(node.attributes.get(name) == value for name, value in attributes.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> Node:
        """The only such element."""
        (found,) = self.find(tag, **attributes)
        return found

    @property
    def text(self) -> str:
        """What it says, formulas as their source, on one line."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        if "data-tex" in self.attributes:
            yield self.attributes["data-tex"]
            return
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every tag with the names of its attributes, formulas left out."""
        return [
            (node.tag, tuple(sorted(node.attributes)))
            for node in self.walk()
            if node.tag not in MATHML
            and node.attributes.get("class") not in ("dg-math", "dg-tex", "dg-nowrap")
        ]  # fmt: skip


MATHML = frozenset(
    "math mrow mi mo mn ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover "
    "munderover mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts none".split()
)
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.stack = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(node)
        if tag not in VOID:
            self.stack.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.stack) - 1, 0, -1):
            if self.stack[depth].tag == tag:
                del self.stack[depth:]
                return

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        self.stack[-1].children.append(Node("!--", {}))


def parse(html: str) -> Node:
    """`html` as a tree."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    return parser.root


def read_page(site: Path, url: str) -> Node:
    """The page at `url` of the built site."""
    return parse((site / url / "index.html").read_text("utf-8"))
