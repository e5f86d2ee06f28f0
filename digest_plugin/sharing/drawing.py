"""The only module that draws: a card with a few lines of Chinese, as PNG, with Pillow.

Pillow is optional, and so are fonts: `find_fonts` says what is missing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from markupsafe import escape

from digest_plugin.errors import DigestError

try:
    from PIL import Image, ImageChops, ImageDraw, ImageFont, PngImagePlugin, features
except ImportError:
    HAS_PILLOW = False
else:
    HAS_PILLOW = True

WIDTH, HEIGHT = 1200, 630
"""Pixels: what Open Graph's readers ask for."""
DESIGN = 1
"""To be counted up when the same card is to look different."""
MARGIN = 80
INDENT = 44
FOOT = HEIGHT - 78
"""Where the label stands; nothing else reaches so far."""
LONGEST = 240
"""Characters of a text that are looked at: more than two lines hold."""

_PAPER, _INK, _MUTED, _BRAND = "#ffffff", "#1b2330", "#4b5566", "#8c1d18"
"""As in assets/arxiv-digest.css."""
_SHADES = 15
"""Of each colour, for smooth edges: more are not seen, and cost bytes."""

_KNOWN_FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2, "NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2, "NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0, "wqy-microhei.ttc", 0),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", 0, "Hiragino Sans GB.ttc", 2),
    ("/System/Library/Fonts/STHeiti Light.ttc", 1, "STHeiti Medium.ttc", 1),
    ("C:/Windows/Fonts/msyh.ttc", 0, "msyhbd.ttc", 0),
    ("C:/Windows/Fonts/simhei.ttf", 0, "simhei.ttf", 0),
)
"""Regular and, in the same folder, bold; each with its number in the file."""
_PROBE = "摘鲁齉"
_NOT_ONE = "\U0010ffff"
"""A character that no font has: what it looks like is what missing ones look like."""

_IDEOGRAPH = (
    r"\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    r"\U00020000-\U0003ffff"
)
_UNITS = re.compile(rf"\s+|[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}-]+-*|-+")
_NOT_FIRST = frozenset("，。；：、！？）】》〉」』〕％…—～·”’,.;:!?)]}%")
_NOT_LAST = frozenset("（【《〈「『〔“‘([{")


class NoPicturesError(DigestError):
    """Pictures cannot be drawn on this machine; says why and what helps."""


@dataclass(frozen=True)
class Card:
    """What stands on a picture. Texts are plain, without formulas."""

    site: str
    """Above the title; empty on the card of the site itself."""
    title: str
    facts: str
    """Below it, in one or two lines."""
    titles: tuple[str, ...] = ()
    """Of papers: as many are drawn as there is room for."""
    label: tuple[str, str] | None = None
    """A mark and a sentence at the foot."""


@dataclass(frozen=True)
class Face:
    """A font of the system."""

    path: str
    index: int
    """Of the face in a collection."""


@dataclass(frozen=True)
class Fonts:
    """The two weights that a card needs; the same one twice if there is no other."""

    regular: Face
    bold: Face

    @cached_property
    def identity(self) -> str:
        """Differs if pictures may look different: fonts, or what draws them."""
        faces = [(f.path, f.index, Path(f.path).stat().st_size) for f in (self.regular, self.bold)]
        versions = [features.version_module("pil"), features.version_module("freetype2")]
        return str([faces, versions])


# Fonts


def find_fonts() -> Fonts:
    """Chinese fonts of this machine. Raises NoPicturesError if there are none, or no Pillow."""
    if not HAS_PILLOW:
        raise NoPicturesError(
            "no pictures for shared links: Pillow is missing"
            " (pip install 'mkdocs-arxiv-digest[pictures]')"
        )
    regular, bold = _matched("regular"), _matched("bold")
    if regular:
        return Fonts(regular, bold or regular)
    for name, index, bold_name, bold_index in _KNOWN_FONTS:
        regular = _chinese_face(name, index)
        if regular:
            bold_path = Path(name).with_name(bold_name).as_posix()
            return Fonts(regular, _chinese_face(bold_path, bold_index) or regular)
    raise NoPicturesError(
        "no pictures for shared links: no Chinese font is installed"
        " (Debian and Ubuntu: apt-get install fonts-noto-cjk)"
    )


def _matched(weight: str) -> Face | None:
    """What fontconfig has for Chinese without serifs."""
    program = shutil.which("fc-match")
    if program is None:
        return None
    pattern = f"sans-serif:lang=zh-cn:scalable=true:weight={weight}"
    try:
        answer = subprocess.run(  # noqa: S603 - a constant command
            [program, "--format", r"%{index}|%{file}", pattern],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=30,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return None
    index, _, path = answer.partition("|")
    return _chinese_face(path, int(index)) if index.isdigit() else None


def _chinese_face(path: str, index: int) -> Face | None:
    """The face, if it is there and has Chinese: fontconfig names one for any question."""
    try:
        font = ImageFont.truetype(path, 24, index, layout_engine=ImageFont.Layout.BASIC)
        missing = bytes(font.getmask(_NOT_ONE))
        has_all = all(bytes(font.getmask(character)) != missing for character in _PROBE)
    except (OSError, ValueError, ImportError):  # the last: a Pillow built without FreeType
        return None
    return Face(path, index) if has_all else None


class Pen:
    """A font at one size."""

    def __init__(self, face: Face, size: int) -> None:
        # The basic layout engine is in every Pillow, and Chinese needs no other.
        self.font = ImageFont.truetype(
            face.path, size, face.index, layout_engine=ImageFont.Layout.BASIC
        )
        self.height = round(size * 1.36)
        """From line to line."""
        self._known: dict[str, bool] = {}
        self._widths: dict[str, float] = {}

    @cached_property
    def _missing(self) -> bytes:
        return bytes(self.font.getmask(_NOT_ONE))

    def _has(self, character: str) -> bool:
        if character not in self._known:
            is_usual = character.isascii() or "\u4e00" <= character <= "\u9fa5"
            mask = is_usual or bytes(self.font.getmask(character)) != self._missing
            self._known[character] = bool(mask)
        return self._known[character]

    def width(self, text: str) -> float:
        """Pixels."""
        if text not in self._widths:
            self._widths[text] = self.font.getlength(text)
        return self._widths[text]

    def writable(self, text: str) -> str:
        """`text` on one line, characters that the font lacks replaced by like ones or left out."""
        kept = []
        for character in text[:LONGEST]:
            likes = character if self._has(character) else unicodedata.normalize("NFKC", character)
            kept += [like for like in likes if like.isprintable() and self._has(like)]
            if character.isspace():
                kept.append(" ")
        return " ".join("".join(kept).split())

    def lines(self, text: str, width: float, most: int) -> list[str]:
        """`text` in at most `most` lines of at most `width` pixels; an ellipsis if more is left.

        Chinese breaks between characters, other words do not break unless they are too long for a
        line; no line begins with closing punctuation, or ends with an opening bracket. The lines
        are about as long as each other.
        """
        units = self._units(self.writable(text), width)
        lines = self._broken(units, width)
        if len(lines) > most:
            return [*lines[: most - 1], self._cut("".join(lines[most - 1 :]), width)]
        narrow = width
        while len(lines) > 1 and narrow > width / 2:
            narrow -= width / 20
            narrower = self._broken(units, narrow)
            if len(narrower) > len(lines) or max(map(self.width, narrower)) > narrow:
                break
            lines = narrower
        return [line.strip() for line in lines]

    def _broken(self, units: list[str], width: float) -> list[str]:
        """Lines, spaces at their ends kept."""
        lines: list[str] = []
        taken = 0.0
        for unit in units:
            wide = self.width(unit)
            if lines and (unit.isspace() or taken + wide <= width):
                lines[-1] += unit
                taken += wide
            else:
                lines.append(unit)
                taken = wide
        return lines

    def _units(self, text: str, width: float) -> list[str]:
        """What may not be broken, in order."""
        units: list[str] = []
        for unit in _UNITS.findall(text):
            last = units[-1] if units else " "
            if (unit[0] in _NOT_FIRST or last[-1] in _NOT_LAST) and not (last + unit).isspace():
                units[-1:] = [last + unit] if units else [unit]
            else:
                units.append(unit)
        pieces: list[str] = []
        for unit in units:
            # A "word" such as an address may be longer than the line.
            pieces += [unit] if self.width(unit) <= width else unit
        return pieces

    def _cut(self, text: str, width: float) -> str:
        """The beginning of `text`, with an ellipsis, as long as the line takes."""
        room = width - self.width("…")
        kept = ""
        for character in text.lstrip():
            room -= self.width(character)
            if room < 0:
                break
            kept += character
        return kept.rstrip("".join(_NOT_FIRST | _NOT_LAST) + " ") + "…"


# The card


class Painter:
    """Draws the cards of a site."""

    def __init__(self, fonts: Fonts) -> None:
        self._site = Pen(fonts.bold, 30)
        self._title = Pen(fonts.bold, 68)
        self._long_title = Pen(fonts.bold, 48)
        self._facts = Pen(fonts.regular, 30)
        self._paper = Pen(fonts.regular, 32)
        self._number = Pen(fonts.bold, 32)
        self._label = Pen(fonts.regular, 22)

    def png(self, card: Card, aigc: str) -> bytes:
        """The picture as PNG; the same bytes for the same card. `aigc` is its implicit label."""
        # A layer a colour, none over another, so that shades of three colours are all there is.
        ink, muted, brand = (Image.new("L", (WIDTH, HEIGHT)) for _ in range(3))
        self._draw(card, *(ImageDraw.Draw(layer) for layer in (ink, muted, brand)))
        picture = Image.new("L", (WIDTH, HEIGHT))
        for number, layer in enumerate((ink, muted, brand)):
            shades = [round(value * _SHADES / 255) for value in range(256)]
            table = [shade and number * _SHADES + shade for shade in shades]
            picture = ImageChops.lighter(picture, layer.point(table))
        picture.putpalette(_palette())
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", _XMP.format(escape(aigc)))
        file = BytesIO()
        picture.save(file, "PNG", pnginfo=info, compress_level=6)
        return file.getvalue()

    def _draw(
        self,
        card: Card,
        ink: ImageDraw.ImageDraw,
        muted: ImageDraw.ImageDraw,
        brand: ImageDraw.ImageDraw,
    ) -> None:
        """Everything, from the top to the foot."""
        brand.rectangle((0, 0, 15, HEIGHT), fill=255)
        width = WIDTH - 2 * MARGIN
        y = 60
        y = _write(brand, self._site, self._site.lines(card.site, width, 1), MARGIN, y)
        y += 14 if card.site else 90
        pen = self._title
        if self._title.width(self._title.writable(card.title)) > width:
            pen = self._long_title
        y = _write(ink, pen, pen.lines(card.title, width, 2), MARGIN, y) + 8
        facts = self._facts.lines(card.facts, width, 1 if card.titles else 3)
        y = _write(muted, self._facts, facts, MARGIN, y) + 20
        if card.titles:
            muted.rectangle((MARGIN, y, WIDTH - MARGIN, y + 1), fill=70)
            y += 22
        for number, title in enumerate(card.titles, 1):
            lines = self._paper.lines(title, width - INDENT, 2)
            if y + len(lines) * self._paper.height > FOOT - 8:
                break
            _write(brand, self._number, [str(number)], MARGIN, y)
            y = _write(ink, self._paper, lines, MARGIN + INDENT, y) + 10
        if card.label:
            mark, sentence = card.label
            right = MARGIN + self._label.width(mark) + 20
            brand.rounded_rectangle((MARGIN, FOOT, right, FOOT + 36), 5, outline=255, width=2)
            _write(brand, self._label, [mark], MARGIN + 10, FOOT + 3)
            room = WIDTH - MARGIN - right - 16
            sentences = self._label.lines(sentence, room, 1)
            _write(muted, self._label, sentences, right + 16, FOOT + 3)


def _write(layer: ImageDraw.ImageDraw, pen: Pen, lines: list[str], x: float, y: float) -> int:
    """Write `lines` below each other; where the next one would begin."""
    for line in lines:
        layer.text((round(x), y + pen.height // 2), line, font=pen.font, fill=255, anchor="lm")
        y += pen.height
    return round(y)


def _palette() -> list[int]:
    """The paper, and the way from there to each colour."""
    paper = _rgb(_PAPER)
    palette = list(paper)
    for colour in (_INK, _MUTED, _BRAND):
        for shade in range(1, _SHADES + 1):
            palette += [
                round(start + (end - start) * shade / _SHADES)
                for start, end in zip(paper, _rgb(colour), strict=True)
            ]
    return palette


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">'
    "<TC260:AIGC>{}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>"
    '<?xpacket end="r"?>'
)
"""Where TC260's guide to GB 45438-2025 puts the implicit label of pictures."""
