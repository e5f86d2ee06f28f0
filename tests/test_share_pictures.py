"""Pictures for shared links: what stands on them, that nothing overflows, and that they are kept."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from digest_plugin.pages.all_pages import SiteFacts
from digest_plugin.papers import Chinese
from digest_plugin.records.contents import Edition, Entry
from digest_plugin.sharing import drawing
from digest_plugin.sharing.drawing import (
    FOOT,
    HEIGHT,
    MARGIN,
    WIDTH,
    Card,
    Face,
    Fonts,
    NoPicturesError,
    Painter,
    Pen,
    find_fonts,
)
from digest_plugin.sharing.share_pictures import (
    MARK,
    PICTURED_DIGESTS,
)
from outlined import share_pictures
from test_pages import NASTY, SITE, edition, entry, unknown

LATIN = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
CARD = Card(
    "试验站",
    "2024 年 3 月 20 日",
    "星期三 · 30 篇论文",
    ("知识图谱", "语言模型"),
    (MARK, "以英文为准"),
)
AIGC = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    """Those of the system; where there are none the test is skipped, or fails if CI=true."""
    try:
        return find_fonts()
    except NoPicturesError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def painter(fonts: Fonts) -> Painter:
    return Painter(fonts)


def titled(title: str, id: str = "2403.00001") -> Entry:
    return entry(id, Chinese(title, "x", "x"))


def card_of(listed: Edition, site: SiteFacts = SITE) -> Card:
    (picture,) = share_pictures([listed], site).digests.values()
    return picture.card


def image(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png))
    picture.load()
    return picture


def inked(png: bytes, left: int, top: int, right: int, bottom: int) -> bool:
    """Whether something is drawn in this part."""
    return image(png).convert("L").crop((left, top, right, bottom)).getextrema()[0] < 255


# What stands on them


def test_a_card_has_the_day_the_number_and_the_first_titles() -> None:
    """Formulas in words; papers that wait are counted, and not quoted."""
    listed = edition(
        entry("2403.00001", chinese=None),
        titled("界 $x^2 \\leq \\alpha$", "2403.00002"),
        unknown("2403.00003"),
        *(titled(f"题{n}", f"2403.0001{n}") for n in range(5)),
        title="2024 年 3 月 20 日",
    )
    card = card_of(listed)
    assert card.site == "试验站"
    assert card.title == "2024 年 3 月 20 日"
    assert card.facts == "星期三 · 8 篇论文"
    assert card.titles == ("界 x^2 ≤α", "题0", "题1")
    assert card.label is not None
    assert card.label[0] == "AI 生成"


def test_a_card_of_a_digest_with_a_title_has_its_day_as_well() -> None:
    """And one without a day has none."""
    card = card_of(edition(titled("题"), title="专题"))
    assert (card.title, card.facts) == ("专题", "2024 年 3 月 20 日 星期三 · 1 篇论文")
    assert card_of(edition(titled("题"), name="topic", title="专题")).facts == "1 篇论文"


def test_a_card_without_generated_text_has_no_label() -> None:
    """There is nothing that it would be true of."""
    assert card_of(edition(entry(chinese=None), unknown("2403.00002"))).label is None


def test_words_stand_for_the_picture() -> None:
    """Whoever does not see it is told what it says, with the label."""
    (picture,) = share_pictures(
        [edition(titled("题"), unknown("2403.00009"))], SITE
    ).digests.values()
    assert picture.alt == "试验站，2024-03-20，2 篇论文：题等（AI 生成）。"
    assert share_pictures([], SITE).site.alt == "试验站：说明"


def test_only_the_newest_digests_have_a_picture_of_their_own() -> None:
    """Those without a day too: a topic is what people share. All others show the site's."""
    days = [date(2024, 12, 31).toordinal() - n for n in range(PICTURED_DIGESTS + 5)]
    dated = [edition(titled("题"), name=date.fromordinal(day).isoformat()) for day in days]
    topics = [edition(titled("题"), name=f"topic{n:03}") for n in range(PICTURED_DIGESTS + 5)]
    pictures = share_pictures([*dated, *topics], SITE)
    assert len(list(pictures)) == 2 * PICTURED_DIGESTS + 1
    assert pictures.of("digests/2024-12-31.md").path == "assets/share/2024-12-31.png"
    assert pictures.of("digests/topic000.md").path == "assets/share/topic000.png"
    for src_uri in (
        f"digests/{dated[-1].name}.md",
        "digests/topic104.md",
        "archive.md",
        "index.md",
    ):
        assert pictures.of(src_uri).path == "assets/share.png"
    assert len({picture.path for picture in pictures}) == len(list(pictures))


# How they look


def test_a_picture_has_the_size_that_readers_ask_for(painter: Painter) -> None:
    """PNG, few colours, few bytes, in the colours of the site."""
    png = painter.png(CARD, "{}")
    picture = image(png)
    assert (picture.format, picture.size, picture.mode) == ("PNG", (1200, 630), "P")
    assert len(png) < 60 * 1024
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1000)}
    assert {(255, 255, 255), (0x8C, 0x1D, 0x18), (0x1B, 0x23, 0x30)} <= colours
    assert len(colours) <= 1 + 3 * 15


def test_even_a_full_card_takes_few_bytes(painter: Painter) -> None:
    """The longest title, three titles of two lines."""
    full = "零样本物体状态分类的领域知识图谱增强方法" * 20
    png = painter.png(Card(full, full, full, (full,) * 3, (MARK, full)), "{}" * 200)
    assert len(png) < 60 * 1024


def test_the_label_is_on_the_picture_and_in_its_metadata(painter: Painter) -> None:
    """As the law asks: seen at the foot, and as XMP in the file."""
    aigc = json.dumps({"Label": "1", "ContentProducer": '站<&">'})
    png = painter.png(CARD, aigc)
    assert inked(png, MARGIN, FOOT, WIDTH, HEIGHT)
    assert not inked(painter.png(replace(CARD, label=None), aigc), MARGIN, FOOT, WIDTH, HEIGHT)
    xmp = image(png).info["XML:com.adobe.xmp"]
    body = re.sub(r"<\?xpacket.*?\?>", "", xmp)
    (label,) = ET.fromstring(body).iter(AIGC)
    assert json.loads(label.text) == {"Label": "1", "ContentProducer": '站<&">'}


@given(st.lists(NASTY, min_size=4, max_size=4), st.integers(1, 80))
@settings(max_examples=60)
def test_nothing_leaves_its_place_whatever_it_says(
    painter: Painter, texts: list[str], times: int
) -> None:
    """Margins stay white, the foot keeps its line, and the file is whole."""
    a, b, c, d = (text * times for text in texts)
    png = painter.png(Card(a, b, c, (d, a, b), None), "{}")
    assert not inked(png, 16, 0, MARGIN - 24, HEIGHT)
    assert not inked(png, WIDTH - MARGIN + 24, 0, WIDTH, HEIGHT)
    assert not inked(png, 16, FOOT, WIDTH, HEIGHT)
    assert not inked(png, 16, 0, WIDTH, 30)
    assert image(png).getextrema()[1] <= 45  # only colours that the palette has


def test_the_same_card_is_the_same_picture(painter: Painter, fonts: Fonts) -> None:
    """Byte for byte, from another painter too; another text is another picture."""
    png = painter.png(CARD, "{}")
    assert painter.png(CARD, "{}") == png
    assert Painter(fonts).png(CARD, "{}") == png
    assert painter.png(replace(CARD, title="别的"), "{}") != png


# Lines


@pytest.fixture(scope="module")
def pen(fonts: Fonts) -> Pen:
    return Pen(fonts.regular, 32)


TEXTS = st.text(alphabet="图谱。，、（）“”《》：；！？…—abcdefg -.,()$x1 ", max_size=120)


@given(TEXTS, st.integers(120, 900), st.integers(1, 3))
@settings(max_examples=200)
def test_lines_are_no_longer_than_they_may_be(pen: Pen, text: str, width: int, most: int) -> None:
    """No more lines than asked for, none wider, none empty, and no text lost without an ellipsis."""
    lines = pen.lines(text, width, most)
    assert len(lines) <= most
    assert all(line.strip() == line and line for line in lines)
    assert all(pen.font.getlength(line) <= width + 2 for line in lines)
    whole = "".join(text.split())
    said = "".join("".join(lines).split())
    assert said == whole or (said.endswith("…") and whole.startswith(said[:-1]))


def test_chinese_breaks_anywhere_and_english_between_words(pen: Pen) -> None:
    """But no line begins with punctuation that closes, or ends with a bracket that opens."""
    for text in (
        "将大语言模型的领域内容融入知识图谱，以增强零样本物体状态分类。" * 2,
        "（检索增强）（检索增强）（检索增强）（检索增强）（检索增强）（检索增强）",
        "“图谱”，“图谱”；“图谱”。“图谱”！“图谱”？“图谱”，“图谱”",
        "Retrieval-augmented generation of knowledge graphs, for (very) large models.",
        "面向 LLM 的 retrieval-augmented generation（检索增强生成）方法：A survey",
    ):
        for width in range(150, 700, 7):
            lines = pen.lines(text, width, 99)
            assert "".join("".join(lines).split()) == "".join(text.split())
            for line in lines[1:]:
                assert line[0] not in "，。；：！？）”"
            for line in lines[:-1]:
                assert line[-1] not in "（“("
            if width > 240:  # wide enough for each word
                broken = set(re.findall("[A-Za-z]+", " ".join(lines)))
                assert broken == set(re.findall("[A-Za-z]+", text))


def test_a_word_longer_than_a_line_is_broken(pen: Pen) -> None:
    """An address cannot push anything off the picture."""
    lines = pen.lines("https" + "x" * 100, 400, 9)
    assert len(lines) > 2
    assert all(pen.width(line) <= 400 for line in lines)


def test_a_cut_text_ends_in_an_ellipsis_and_not_in_punctuation(pen: Pen) -> None:
    """`知识…`, never `知识，…` or `知识（…`."""
    for width in range(100, 500, 3):
        (line,) = pen.lines("知识，图谱（增强）、方法：研究。" * 4, width, 1)
        assert re.search("[知识图谱增强方法研究]…$", line)


def test_two_lines_are_about_as_long(pen: Pen) -> None:
    """No single character is left for the second."""
    first, second = pen.lines("图" * 31, 32 * 30 + 1, 2)
    assert abs(len(first) - len(second)) <= 3


def test_a_character_that_the_font_lacks_is_replaced_or_left_out(pen: Pen) -> None:
    """No boxes: the letter behind a mathematical one, nothing for an emoji or a control."""
    assert pen.writable("𝒪(n) 图\U0001f44d谱\x00\u202e　完") == "O(n) 图谱 完"


# Fonts


def test_a_machine_without_chinese_fonts_has_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is told what to install."""
    monkeypatch.setattr(drawing, "_KNOWN_FONTS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoPicturesError, match=r"no Chinese font is installed.*fonts-noto-cjk"):
        find_fonts()


def test_a_machine_without_pillow_has_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setattr(drawing, "HAS_PILLOW", False)
    with pytest.raises(NoPicturesError, match=r"mkdocs-arxiv-digest\[pictures\]"):
        find_fonts()


@pytest.mark.parametrize(
    "answer", ["echo '0|/nowhere.ttf'", "echo x", "exit 1", "printf '\\377'", f"echo '0|{LATIN}'"]
)
def test_a_font_without_chinese_is_not_taken(
    answer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """fontconfig names one for any question; what it says is looked at."""
    program = tmp_path / "fc-match"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(drawing, "_KNOWN_FONTS", ())
    with pytest.raises(NoPicturesError):
        find_fonts()


def test_fonts_are_found_without_fontconfig(
    fonts: Fonts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where systems keep them; the bold one may be missing."""
    shutil.copy(fonts.regular.path, tmp_path / "regular.ttc")
    known = (str(tmp_path / "regular.ttc"), fonts.regular.index, "bold.ttc", 0)
    monkeypatch.setattr(drawing, "_KNOWN_FONTS", (("/nowhere.ttf", 0, "x", 0), known))
    monkeypatch.setenv("PATH", "/nowhere")
    face = Face((tmp_path / "regular.ttc").as_posix(), fonts.regular.index)
    assert find_fonts() == Fonts(face, face)


def test_the_fonts_are_for_simplified_chinese(fonts: Fonts) -> None:
    """Of a collection the right one: Japanese forms of 直 and 骨 would look wrong."""
    family, _ = ImageFont.truetype(fonts.regular.path, 20, fonts.regular.index).getname()
    assert not re.search(r"\b(JP|KR|TC|HK)\b", family)


# Files


def test_pictures_are_written_once_and_kept(fonts: Fonts, tmp_path: Path) -> None:
    """A second build draws nothing, a changed title draws one, what is unused is forgotten."""
    cache = tmp_path / "cache"

    def write(number: int, *editions: Edition) -> tuple[int, dict[str, bytes]]:
        site = tmp_path / f"site{number}"
        drawn = share_pictures(editions, SITE).write(site, cache, fonts)
        files = {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*.png")}
        assert len(list(cache.iterdir())) == len(files)
        return drawn, files

    one = edition(titled("题一"), name="2024/03/20", date=date(2024, 3, 20))
    two = edition(titled("题二"), name="图 (1)", date=date(2024, 3, 19))
    drawn, files = write(1, one, two)
    assert drawn == 3
    assert set(files) == {
        "assets/share.png", "assets/share/2024/03/20.png", "assets/share/图 (1).png",
    }  # fmt: skip
    assert write(2, one, two) == (0, files)
    changed = edition(titled("题三"), name="图 (1)", date=date(2024, 3, 19))
    drawn, others = write(3, one, changed)
    assert drawn == 1
    assert {name for name in files if files[name] != others[name]} == {"assets/share/图 (1).png"}
    assert write(4, one)[0] == 0


def test_a_broken_or_missing_cache_costs_only_time(fonts: Fonts, tmp_path: Path) -> None:
    """Half a file is not shown; a folder that cannot be written to is no reason to fail."""
    pictures = share_pictures([edition(titled("题"))], SITE)
    assert pictures.write(tmp_path / "a", tmp_path / "cache", fonts) == 2
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:-20])
    assert pictures.write(tmp_path / "b", tmp_path / "cache", fonts) == 2
    (tmp_path / "file").write_text("x")
    assert pictures.write(tmp_path / "c", tmp_path / "file" / "cache", fonts) == 2
    name = "assets/share/2024-03-20.png"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()


def test_other_files_in_the_cache_are_left_alone(fonts: Fonts, tmp_path: Path) -> None:
    """Only what this wrote is forgotten."""
    (tmp_path / "notes.png").write_text("x")
    share_pictures([], SITE).write(tmp_path / "site", tmp_path, fonts)
    share_pictures([], replace(SITE, name="别的站")).write(tmp_path / "site", tmp_path, fonts)
    assert (tmp_path / "notes.png").read_text() == "x"
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_another_font_is_another_picture(fonts: Fonts, tmp_path: Path) -> None:
    """The pictures of the last time are not those of other fonts."""
    pictures = share_pictures([], SITE)
    assert pictures.write(tmp_path / "a", tmp_path / "cache", fonts) == 1
    swapped = Fonts(fonts.bold, fonts.regular)
    if swapped != fonts:
        assert pictures.write(tmp_path / "a", tmp_path / "cache", swapped) == 1
