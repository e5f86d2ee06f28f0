"""The documents tell the truth, continued: both languages say the same, every path and link leads
somewhere, every figure is the code's or can be measured again."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from digest_plugin.cli import main
from digest_plugin.intake import fetch
from digest_plugin.jobs import publication
from digest_plugin.mkdocs_site.options import DigestConfig
from digest_plugin.pages.outlines import PaperOutline
from digest_plugin.papers import KINDS, Chinese, Paper
from digest_plugin.people.digests import ListedPaper
from digest_plugin.records.contents import Entry
from digest_plugin.writing import write
from digest_plugin.writing.batch_requests import FileLimits

REPOSITORY = Path(__file__).parent.parent
DOCUMENTS = (
    "README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/about.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
)  # fmt: skip
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def prose(name: str) -> str:
    """A document without its blocks of code."""
    return FENCED.sub("", read(name))


def inline_code(name: str) -> list[str]:
    """What stands between single backticks."""
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose(name))]


def sections(name: str) -> list[tuple[int, str, str]]:
    """Each heading: its level, its words, and the prose below it."""
    parts = re.split(r"^(#+) (.*)\n", prose(name), flags=re.MULTILINE)[1:]
    return [
        (len(sharps), heading, text)
        for sharps, heading, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


# --- both languages -------------------------------------------------------------------------

HEADINGS = {
    "mkdocs-arxiv-digest": "mkdocs-arxiv-digest",
    "Try it": "试一试",
    "Make your own digest": "做自己的摘要",
    "Let it run by itself": "让它自己运行",
    "Watch arXiv": "关注 arXiv",
    "Use it in a site you have": "用在已有的站点里",
    "Nothing from elsewhere": "不向外请求",
    "Templates": "模板",
    "Options": "选项",
    "Environment": "环境变量",
    "Commands": "命令",
    "What readers get": "读者能得到什么",
    "What to expect": "可以放心的几点",
    "Size and speed": "规模与速度",
    "How it works": "工作原理",
}
WORDS = {"FOLDER": "文件夹", "NAME": "模板名", "HOST:PATH": "主机:路径"}
"""Words that stand for a reader's own, in code."""
ONLY_IN_ONE_LANGUAGE = {
    "Let it run by itself": (set(), {"4"}),  # 'the checklist' is called that of step 4
    "Size and speed": ({"110000", "30"}, set()),  # 约十一万篇, 每天三十篇
}


def test_both_readmes_have_the_same_sections_in_the_same_order() -> None:
    """A section that is added to one is missed in the other."""
    english, chinese = sections("README.md"), sections("README.zh.md")
    assert [heading for _, heading, _ in english] == list(HEADINGS)
    assert [heading for _, heading, _ in chinese] == list(HEADINGS.values())
    assert [level for level, _, _ in english] == [level for level, _, _ in chinese]


def test_both_readmes_have_the_same_blocks_of_code() -> None:
    """Commands and configurations need no translation."""
    blocks = FENCED.findall(read("README.md"))
    assert len(blocks) == 6
    assert blocks == FENCED.findall(read("README.zh.md"))


def test_both_readmes_name_the_same_things_and_addresses() -> None:
    """Options, files, commands, keys, and where links outside lead."""
    chinese = Counter(inline_code("README.zh.md"))
    translated = Counter(
        re.sub("|".join(WORDS), lambda word: WORDS[word[0]], code)
        for code in inline_code("README.md")
    )
    assert translated == chinese
    addresses = [Counter(re.findall(r"https?://[^\s)>`']+", read(name))) for name in DOCUMENTS[:2]]
    assert addresses[0] == addresses[1]


def figures(text: str) -> Counter[str]:
    return Counter(
        number.replace(",", "") for number in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", text)
    )


def test_both_readmes_have_the_same_figures() -> None:
    """Section by section, every number in digits."""
    pairs = zip(sections("README.md"), sections("README.zh.md"), strict=True)
    for (_, heading, english), (_, _, chinese) in pairs:
        here, there = figures(english), figures(chinese)
        more, less = ONLY_IN_ONE_LANGUAGE.get(heading, (set(), set()))
        assert (set(here - there), set(there - here)) == (more, less), heading


# --- paths and links ------------------------------------------------------------------------

MADE_BY_A_BUILD = {
    "feed.xml", "feed.json", "llms.txt", "status.json", "status.svg", "status/",
    "archive.md", "categories/index.md", "tags/index.md", "search.md", "statistics.md",
    "bookmarks.md", "glossary.md", "status.md",
}  # fmt: skip
"""Of a site, as sources or as what comes out; a build that types the README looks for them."""
SAID_TO_BE = MADE_BY_A_BUILD | {
    ".venv", "site/", ".cache/", "docs/papers/runs/", "docs/papers/runs/batches.json",
    "arxiv-digest/records", "arxiv-digest/", "docs/corrections/2403.12151.yml",
    "docs/corrections/ID.yml", "docs/digests/X.yml", "digests/X/", "original/NAME",
    "original/模板名", "2024-03-20.yml",
}  # fmt: skip
"""Files and folders that a run or a person makes, not meant to be in the repository."""
PLACES = ("", "digest_plugin/", "digest_plugin/templates/", ".github/workflows/", "docs/")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_and_folders_in_the_text_exist(document) -> None:
    """Each thing in backticks that looks like one."""
    for code in inline_code(document):
        is_path = re.fullmatch(r"[\w.*-]*/?[\w./*-]*(/|\.[a-z]{2,5})", code)
        if not is_path or code in SAID_TO_BE:
            continue
        # Modules are named without the folder that the sentence is about.
        where = [*(place + code for place in PLACES), f"digest_plugin/**/{code}"]
        assert any(next(REPOSITORY.glob(path.rstrip("/")), None) for path in where), code


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name.endswith(".md")])
def test_links_and_anchors_within_the_repository_lead_somewhere(document) -> None:
    """To a file, and to a heading of it."""
    folder = (REPOSITORY / document).parent
    links = re.findall(r"\]\((?!https?:)([^)\s]*)\)", prose(document))
    for target, _, anchor in (link.partition("#") for link in links):
        path = folder / target if target else REPOSITORY / document
        if document.startswith("docs/") and target in SAID_TO_BE:
            continue  # MkDocs checks them in a strict build
        assert path.exists(), target
        if anchor:
            headings = sections(str(path.relative_to(REPOSITORY)))
            assert anchor in {slug(heading) for _, heading, _ in headings}, anchor


# --- tables ---------------------------------------------------------------------------------


def table(document: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its first row."""
    (text,) = (text for _, words, text in sections(document) if words == heading)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_template_is_documented_with_data_that_it_uses() -> None:
    """A site's own template can rely on the names in the table."""
    documented = {}
    for names, _, data in table("README.md", "Templates"):
        for name in re.findall(r"`([\w.]+)`", names):
            documented[name] = re.findall(r"`(\w+)`", data)
    folder = REPOSITORY / "digest_plugin/templates"
    assert set(documented) == {path.name for path in folder.glob("*.html")}
    sources = {path.name: path.read_text("utf-8") for path in folder.glob("*.html")}
    rows = [re.findall(r"`([\w.]+)`", row[0]) for row in table("README.md", "Templates")]
    for row in rows:
        used = " ".join(sources[name] for name in row)
        for name in documented[row[0]]:
            assert re.search(rf"\b{name}\b", used + sources["macros.html"]), (row, name)


def test_the_data_of_templates_is_there() -> None:
    """What the section on templates says an entry, its parts and an outline hold."""
    text = " ".join(prose("README.md").split())
    said = text.partition("Of an `entry` of a digest's page:")[2].partition("A fault in")[0]

    def names(of: type) -> set[str]:
        return {*of.__annotations__, *dir(of)}

    entry, _, rest = said.partition("Other pages have")
    outline, _, rest = rest.partition("; a topic's")
    for part, held in (("paper", Paper), ("chinese", Chinese), ("listed", ListedPaper)):
        (inner,) = re.findall(rf"`{part}` \(([^;)]*)", entry)
        assert set(re.findall(r"`(\w+)`", inner)) <= names(held), part
    direct = re.sub(r"\([^)]*\)", "", entry.partition(":")[2] or entry)
    assert set(re.findall(r"`(\w+)`", direct)) <= names(Entry)
    assert set(re.findall(r"`(\w+)`", outline)) <= names(PaperOutline)
    source = read("digest_plugin/pages/page_html.py")
    for name in re.findall(r"`(\w+)(?:\([\w, ]*\))?`", rest.partition("All templates have")[2]):
        assert re.search(
            rf"\b{name}(=|\": |\b.*filters|\"\] =)",
            source + read("digest_plugin/text/rendering.py"),
        ), name


def test_the_workflows_are_those_in_the_table() -> None:
    """By file and by the name that GitHub shows; the first step's hour is that of the schedule."""
    for document, heading in (
        ("README.md", "Let it run by itself"),
        ("README.zh.md", "让它自己运行"),
    ):
        rows = table(document, heading)
        named = dict(re.fullmatch(r"`([\w.]+)` (\w+)", row[0]).groups() for row in rows)
        folder = REPOSITORY / ".github/workflows"
        workflows = {
            path.name: yaml.safe_load(path.read_text("utf-8")) for path in folder.iterdir()
        }
        assert named == {name: workflow["name"] for name, workflow in workflows.items()}
        (schedule,) = workflows["nightly.yml"][True]["schedule"]
        minute, hour, *days = schedule["cron"].split()
        assert days == ["*", "*", "*"]
        assert schedule["timezone"] == "Asia/Shanghai"
        assert f"{hour}:{minute}" in rows[0][1]
        steps = workflows["nightly.yml"]["jobs"]
        names = set(re.findall(r"\*\*Actions → (\w+) →", prose(document)))
        assert names <= {workflow["name"] for workflow in workflows.values()}
        assert steps["deploy"]["name"] == "发布"


def test_the_marks_on_the_page_about_are_those_of_the_site() -> None:
    """Readers find the words that they see, and what the page tells them to click."""
    source = "".join(
        path.read_text("utf-8")
        for kind in ("pages/reading.py", "pages/exports.py", "templates/*.html")
        for path in (REPOSITORY / "digest_plugin").glob(kind)
    )
    marks = [row[0] for row in table("docs/about.md", "哪里可能出错")]
    assert len(marks) == 5
    for words in (*marks, *re.findall("点[^“。]*“([^”]+)”", prose("docs/about.md"))):
        assert words in source, words


# --- figures --------------------------------------------------------------------------------


def script_constant(name: str) -> int:
    """A constant of our JavaScript."""
    (value,) = re.findall(rf"\b{name} = (\d+)", read("digest_plugin/assets/arxiv-digest.js"))
    return int(value)


REFRESH = next(option for option in main.commands["update"].params if option.name == "refresh")
FIGURES = (
    # what README.md says, what README.zh.md says, and whose figure it is
    ("the last 30 days", "最近 30 天", REFRESH.flag_value == 30),
    ("of 20 or more published papers is gone", "（20 篇以上时）", publication.YOUNG == 20),
    ("tells its readers after three days", "三天后状态页会告诉读者", script_constant("QUIET_DAYS") == 3),
    ("a hundred IDs each", "每次最多一百个编号", fetch.MAX_IDENTIFIERS == fetch.PAGE == 100),
    ("three seconds between requests", "每次请求间隔三秒", fetch.MIN_DELAY == 3),
    ("their list, at most twice", "最多两次", write.ATTEMPTS == 1 + 2),
    ("more than 50,000 or", "超过 50,000 条", FileLimits().requests == 50_000),
    ("or 200 MB", "或 200 MB", FileLimits().size == 200_000_000),
    ("sentences left out, English left standing, labels, markup, the glossary",
     "数值、公式、名称、漏句、未译的英文、多余的标签、残留的标记、术语",
     set(KINDS) == {"number", "number_missing", "formula", "name", "omission", "untranslated",
                    "addition", "markup", "glossary"}),
    ("(`j` `k` `o` `b` `m` `?`)", "（`j` `k` `o` `b` `m` `?`）",
     re.findall(r'^    \["(.)", ', read("digest_plugin/assets/arxiv-digest.js"), re.MULTILINE)
     == list("jkobm?")),
    ("Thirty papers a day are 110,000 papers on 3,650 digests after ten years",
     "每天三十篇，十年就是 3,650 期、约十一万篇",
     round(30 * 3_650, -4) == 110_000 and 3_650 == 10 * 365),
)  # fmt: skip


@pytest.mark.parametrize(("english", "chinese", "holds"), FIGURES, ids=[row[0] for row in FIGURES])
def test_figures_in_the_readmes_are_those_of_the_code(english, chinese, holds) -> None:
    """A figure that changes in one place is missed in the others."""
    assert holds
    assert english in " ".join(prose("README.md").split())
    assert chinese in prose("README.zh.md")


def test_figures_in_other_documents_hold() -> None:
    """In the changelog and for contributors."""
    terms = len(yaml.safe_load(read("docs/glossary.yml")))
    assert re.findall(r"A glossary of (\d+) terms", read("CHANGELOG.md")) == [str(terms)]
    needed = " ".join(re.findall(r"`apt-get install ([^`]+)`", read("CONTRIBUTING.md")))
    assert f"--no-install-recommends {needed}" in read(".ci/run")
    (python,) = re.findall(r"Python ([\d.]+) or newer", read("README.md"))
    assert f'requires-python = ">={python}"' in read("pyproject.toml")
    assert f"需要 Python {python} 或更新版本" in read("README.zh.md")


def test_the_example_of_prices_is_valid() -> None:
    """What the table of options shows for `price` is taken."""
    (example,) = re.findall(r"`(\{input[^`]*)`", read("README.md"))
    config = DigestConfig()
    config.load_dict({"price": yaml.safe_load(example)})
    assert config.validate() == ([], [])


SIZES = (100, 1_000, 3_650)
LINES = {
    # a line of the picture, and the row of the table with the same seconds
    "ours, cold": "built from nothing",
    "ours, one new digest": "built again with one new digest, index apart",
    "Hugo, bare theme": "Hugo with a bare theme, the same digests in Markdown",
    "Material's blog": "Material's blog plugin, the same",
    "bare Jinja": "a bare template alone",
}


def drawn_seconds() -> dict[str, list[float]]:
    """Every point of the picture that `scripts/bench scale --picture` drew, read from its place."""
    picture = read(".github/images/scale.svg")
    ticks = re.findall(r'<path d="M64 ([\d.]+)H540"[^>]*/><text[^>]*>([\d.]+) s</text>', picture)
    (low, low_seconds), *_, (high, high_seconds) = [(float(y), float(s)) for y, s in ticks]
    slope = math.log(high_seconds / low_seconds) / (high - low)
    lines = {}
    for path, name in re.findall(
        r'<path d="M([^"]*)" fill="none".*?>([^<]*), [\d.]+ s</text>', picture, re.DOTALL
    ):
        heights = [float(point.split()[1]) for point in path.split("L")]
        lines[name.replace("&#x27;", "'")] = [
            low_seconds * math.exp(slope * (height - low)) for height in heights
        ]
    return lines


def test_the_table_of_sizes_has_the_figures_of_the_picture() -> None:
    """Both come from one run of `scripts/bench scale`; the text says by how much they differ."""
    rows = {row[0]: row[1:] for row in table("README.md", "Size and speed")}
    drawn = drawn_seconds()
    assert set(drawn) == set(LINES)
    for line, name in LINES.items():
        shown = [float(cell.removesuffix(" s")) for cell in rows[name] if cell]
        assert shown == [pytest.approx(seconds, rel=0.01, abs=0.06) for seconds in drawn[line]], (
            name
        )
    assert 0.4 < drawn["Hugo, bare theme"][-1] / drawn["ours, cold"][-1] < 0.6  # 'half as long'
    megabytes = [float(cell.removesuffix(" MB").replace(",", "")) for cell in rows["the site"]]
    for size, weight in zip(SIZES[1:], megabytes[1:], strict=True):
        assert 1_000 * size / weight == pytest.approx(1_950, rel=0.02)  # 'some 1,900 digests'
    assert 1_900 / 365 == pytest.approx(5, abs=0.3)  # 'or five years'


def test_the_table_of_sizes_is_the_same_in_both_languages() -> None:
    """Cell by cell, whatever the units are called."""
    tables = (table("README.md", "Size and speed"), table("README.zh.md", "规模与速度"))
    cells = [[list(figures(cell)) for row in rows for cell in row[1:]] for rows in tables]
    assert cells[0] == cells[1]
    assert len(tables[0]) == 10
