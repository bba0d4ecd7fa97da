"""Which of the fonts beside this file can draw a character; knows files, not text.

Pillow cannot be asked what a font covers, so the tables are read here: formats 4
and 12 of `cmap`, which hold all of Unicode that these fonts have.
"""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).parent / "fonts"
BOLD_FROM = 600
_EVERY_WEIGHT = ("Arabic", "Hebrew", "Thai", "Devanagari", "Georgian", "Armenian")
_ONE_WEIGHT = (
    *("Bengali", "Tamil", "Gujarati", "Gurmukhi", "Kannada", "Malayalam"),
    *("Telugu", "Sinhala", "Khmer", "Lao", "Myanmar", "Ethiopic"),
)
_ENCODINGS = ((3, 10), (0, 4), (3, 1), (0, 3))  # of cmap: the fullest first


class Coverage:
    """The code points of one font, as sorted ranges: some kilobytes even for Chinese."""

    def __init__(self, points: Iterator[int]) -> None:
        self._first, self._last = array("I"), array("I")
        for point in points:
            if self._last and point == self._last[-1] + 1:
                self._last[-1] = point
            else:
                self._first.append(point)
                self._last.append(point)

    def __contains__(self, character: str) -> bool:
        at = bisect_right(self._first, ord(character)) - 1
        return at >= 0 and ord(character) <= self._last[at]


@dataclass(frozen=True)
class Face:
    """One font file; `faux` ones have no bold of their own and are thickened for it."""

    name: str
    faux: bool = False

    @property
    def path(self) -> Path:
        return FONTS / f"{self.name}.ttf"

    def covers(self, character: str) -> bool:
        return character in _coverage(self.name)

    def at(self, size: float, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
        return _opened(self.name, size, layout)


EMOJI = Face("NotoEmoji-Regular")


@cache
def faces(weight: int) -> tuple[Face, ...]:
    """Return all faces in the order they are asked, the boldest that does not exceed `weight`."""
    bold = weight >= BOLD_FROM
    latin = "Regular" if not bold else "SemiBold" if weight < 800 else "ExtraBold"  # noqa: PLR2004 - the scale of weights
    suffix = "Bold" if bold else "Regular"
    return (
        Face(f"Inter-{latin}"),
        *(Face(f"NotoSans{script}-{suffix}") for script in _EVERY_WEIGHT),
        *(Face(f"NotoSans{script}-Regular", faux=bold) for script in _ONE_WEIGHT),
        Face("DroidSansFallbackFull", faux=bold),
        Face("NanumGothicCoding", faux=bold),
        Face("NotoSans-Regular", faux=bold),
        EMOJI,
        Face("NotoSansSymbols-Regular"),
    )


@lru_cache(maxsize=96)
def _opened(name: str, size: float, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"{name}.ttf", size, layout_engine=layout)


@cache
def _coverage(name: str) -> Coverage:
    return Coverage(_points(_table(FONTS / f"{name}.ttf", b"cmap")))


def _table(path: Path, wanted: bytes) -> bytes:
    with path.open("rb") as file:
        (count,) = struct.unpack(">4xH6x", file.read(12))
        for tag, at, length in struct.iter_unpack(">4s4xLL", file.read(16 * count)):
            if tag == wanted:
                file.seek(at)
                return file.read(length)
    raise ValueError(f"{path.name} has no {wanted.decode()} table")


def _points(cmap: bytes) -> Iterator[int]:
    """Give the code points that have a glyph, ascending."""
    (count,) = struct.unpack_from(">2xH", cmap)
    entries = struct.iter_unpack(">HHL", cmap[4 : 4 + 8 * count])
    tables = {(platform, encoding): at for platform, encoding, at in entries}
    at = next(tables[key] for key in _ENCODINGS if key in tables)
    (kind,) = struct.unpack_from(">H", cmap, at)
    return _format_12(cmap, at) if kind == 12 else _format_4(cmap, at)  # noqa: PLR2004 - the name of the format


def _format_12(cmap: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">L", cmap, at + 12)
    for first, last, glyph in struct.iter_unpack(">LLL", cmap[at + 16 : at + 16 + 12 * groups]):
        yield from range(first if glyph else first + 1, last + 1)


def _format_4(cmap: bytes, at: int) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", cmap, at + 6)
    ends, starts = at + 14, at + 16 + doubled
    for i in range(0, doubled, 2):
        (last,) = struct.unpack_from(">H", cmap, ends + i)
        (first,) = struct.unpack_from(">H", cmap, starts + i)
        (delta,) = struct.unpack_from(">H", cmap, starts + doubled + i)
        here = starts + 2 * doubled + i
        (offset,) = struct.unpack_from(">H", cmap, here)
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point + delta
            if offset:  # counted from its own place, as the format has it
                (glyph,) = struct.unpack_from(">H", cmap, here + offset + 2 * (point - first))
            if glyph & 0xFFFF:
                yield point
