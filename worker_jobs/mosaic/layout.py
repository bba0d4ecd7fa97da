"""Where everything stands on the classic sheet: sums over tiles, nothing drawn.

All is in pixels of the finished picture; the figures below are those at scale 1.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from core.jpeg_slices import BLOCK
from core.names import fold
from worker_jobs.mosaic.grid import grid
from worker_jobs.mosaic.jpeg import LONGEST_SIDE, TooLarge
from worker_jobs.mosaic.kinds import FILMS, Kind
from worker_jobs.mosaic.text import Type

GAP = 10
HEADER = 50
LINE = 20
BASELINE = 16  # of a line, from its top
STARS, STARS_DOWN = 60, 5
TEXT_SIZE, HEADER_SIZE = 14, 20
SEPARATOR, SPACE = "–", 5  # and what stands on either side of it
MOST_PIXELS = 600_000_000
_INFO = 500  # the text is at least so wide, even if all titles are short
_WIDEST, _WIDEST_OF_MANY = 700, 440  # a line of text; one that has others beside it
_DIRECTOR = 0.4  # the share of a line that a long title must leave to the director


@dataclass(frozen=True)
class Tile:
    """One film, record or album. `half_stars` is 1 to 10 or None for unrated.

    `key` is its identity. `by` is who made it, where its card and its caption are to say so
    instead of the year; `plays`, how often it was played, where they say that for stars.
    """

    title: str
    year: int | None
    director: str | None
    half_stars: int | None
    poster: Path | None
    key: str
    by: str = ""
    plays: int | None = None


class Line(NamedTuple):
    """What stands beside the stars, short enough; `director` may be ""."""

    title: str
    director: str


class Band(NamedTuple):
    """A part of the picture, from `top` to above `bottom`, with the rows from `first` to `last`."""

    top: int
    bottom: int
    first: int
    last: int


class Styles(NamedTuple):
    header: Type
    title: Type
    director: Type


def styles(scale: int) -> Styles:
    return Styles(
        Type(HEADER_SIZE * scale, 600), Type(TEXT_SIZE * scale, 600), Type(TEXT_SIZE * scale)
    )


@dataclass(frozen=True)
class Layout:
    """A sheet's measures; `pitch` is from one column of text to the next, a line is a tile's."""

    scale: int
    columns: int
    rows: int
    width: int
    pitch: int
    lines: tuple[Line, ...]
    kind: Kind = FILMS

    @property
    def height(self) -> int:
        return ((self.kind.on_sheet[1] + GAP) * self.rows + HEADER + GAP) * self.scale

    @property
    def fits(self) -> bool:
        longest = max(self.width, self.height)
        return longest <= LONGEST_SIDE and self.width * self.height <= MOST_PIXELS

    def row_top(self, row: int) -> int:
        return (HEADER + GAP + (self.kind.on_sheet[1] + GAP) * row) * self.scale

    def poster_at(self, index: int) -> tuple[int, int]:
        row, column = divmod(index, self.columns)
        left = GAP + (self.kind.on_sheet[0] + GAP) * column
        return left * self.scale, self.row_top(row)

    def places(self) -> dict[str, Any]:
        """Return where in the picture each poster stands, as mosaics.places keeps it."""
        left, top = self.poster_at(0)
        wide, high = self.kind.on_sheet
        return {
            "left": left,
            "top": top,
            "pitch_x": (wide + GAP) * self.scale,
            "pitch_y": (high + GAP) * self.scale,
            "width": wide * self.scale,
            "height": high * self.scale,
            "columns": self.columns,
            "rows": self.rows,
        }

    def line_at(self, index: int) -> tuple[int, int]:
        """Return the upper left corner of a tile's line: where its stars begin."""
        row, column = divmod(index, self.columns)
        part, line = divmod(column, _lines_a_column(self.columns, self.kind))
        left = (GAP + (self.kind.on_sheet[0] + GAP) * self.columns) * self.scale
        return left + self.pitch * part, self.row_top(row) + LINE * line * self.scale

    def bands(self) -> list[Band]:
        """Cut where a gap between rows holds a multiple of 16, so that no poster is cut.

        From scale 2 on that is every gap; at scale 1 up to three rows stay together.
        """
        found, top, first = [], 0, 0
        for row in range(1, self.rows):
            cut = self.row_top(row) // BLOCK * BLOCK
            if cut >= self.row_top(row) - GAP * self.scale:
                found.append(Band(top, cut, first, row - 1))
                top, first = cut, row
        return [*found, Band(top, self.height, first, self.rows - 1)]


def check(count: int, kind: Kind = FILMS) -> None:
    """Say no to more tiles than a picture can hold, whatever is to stand beside them.

    Raises:
        TooLarge: even the smallest sheet of so many would be.
    """
    columns, rows = grid(count, kind.finest, kind.broadest)
    width = (kind.on_sheet[0] + GAP) * columns + GAP + _INFO
    smallest = Layout(1, columns, rows, width, 0, (), kind)
    if not smallest.fits:
        raise TooLarge(smallest.width, smallest.height)


def lay_out(tiles: Sequence[Tile], scale: int, kind: Kind = FILMS) -> Layout:
    """Measure a sheet at `scale`, or at the largest below it that a picture can hold.

    Raises:
        TooLarge: not even scale 1 can be held.
    """
    while True:
        layout = _laid_out(tiles, scale, kind)
        if layout.fits:
            return layout
        if scale == 1:
            raise TooLarge(layout.width, layout.height)
        scale -= 1


def _laid_out(tiles: Sequence[Tile], scale: int, kind: Kind) -> Layout:
    columns, rows = grid(len(tiles), kind.finest, kind.broadest)
    parts = -(-columns // _lines_a_column(columns, kind))
    most = (_WIDEST if parts == 1 else _WIDEST_OF_MANY) * scale
    set_in = styles(scale)
    titles = Counter(fold(tile.title) for tile in tiles)
    between = separator(scale)
    lines = tuple(
        _line(tile, set_in, most - 2 * between, twice=titles[fold(tile.title)] > 1)
        for tile in tiles
    )
    texts = (
        set_in.title.measure(line.title) + set_in.director.measure(line.director) for line in lines
    )
    widest = math.ceil(max(texts) + 2 * between)
    pitch = STARS * scale + widest + 2 * GAP * scale
    info = max(_INFO * scale, pitch * parts - GAP * scale)
    width = ((kind.on_sheet[0] + GAP) * columns + GAP) * scale + info
    return Layout(scale, columns, rows, width, pitch, lines, kind)


def _lines_a_column(columns: int, kind: Kind) -> int:
    """Return how many lines stand beside one row; more columns get more columns of text."""
    most = kind.on_sheet[1] // LINE
    return -(-columns // -(-columns // most))


def separator(scale: int) -> float:
    """Return the width of the dash before a title or a director, with its spaces."""
    return styles(scale).director.measure(SEPARATOR) + 2 * SPACE * scale


def _line(tile: Tile, set_in: Styles, most: float, *, twice: bool) -> Line:
    """Shorten what is too wide; a title that stands twice on the sheet gets its year."""
    title = f"{tile.title} ({tile.year})" if twice and tile.year else tile.title
    director = tile.director or ""
    for_director = min(set_in.director.measure(director), most * _DIRECTOR)
    title = set_in.title.fit(title, most - for_director)
    return Line(title, set_in.director.fit(director, most - set_in.title.measure(title)))
