"""How a wall of posters is measured: columns, rows and cells. Sums, nothing drawn; pixels."""

import math
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from core.jpeg_slices import BLOCK
from database.mosaic_sizes import (
    EXACT,
    LARGEST,
    LEAST_PRINTED,
    LEAST_PRINTED_MM,
    NORMAL,
    Size,
)
from worker_jobs.mosaic.jpeg import LONGEST_SIDE, TooLarge
from worker_jobs.mosaic.kinds import FILMS, Kind
from worker_jobs.mosaic.layout import MOST_PIXELS

_USUAL, _SMALLEST, _LARGEST = 6, 2, 15  # units: 192, 64, and 480 pixels wide, as a poster has them
_SHAPE = 1.5  # what a wall's width is to its height, if nobody says how many columns
_CAPTION = 0.27  # its height by the cell's width
_HEADING, _HEADING_OF_ALL = 0.42, 0.03  # its height by the width of a cell, and of the wall
_LEAST = BLOCK  # a smaller cell shows nothing


@dataclass(frozen=True)
class Measures:
    """A grid of cells in a picture: the first one's corner is (`left`, `top`).

    The last row, if it is not full, stands `indent` cells from the left. Rows begin at
    multiples of 16.
    """

    count: int
    columns: int
    cell_width: int
    cell_height: int
    poster_height: int
    width: int
    height: int
    left: int = 0
    top: int = 0

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns)

    @property
    def indent(self) -> int:
        return (self.rows * self.columns - self.count) // 2

    @property
    def fits(self) -> bool:
        longest = max(self.width, self.height)
        return longest <= LONGEST_SIDE and self.width * self.height <= MOST_PIXELS

    def row(self, number: int) -> list[int | None]:
        """Return what stands in a row: numbers of posters, None for an empty place."""
        first = number * self.columns
        there: list[int | None] = list(range(first, min(first + self.columns, self.count)))
        if number < self.rows - 1:
            return there
        after = self.columns - len(there) - self.indent
        return [None] * self.indent + there + [None] * after

    def places(self) -> dict[str, Any]:
        """Return where in the picture each poster stands, as mosaics.places keeps it."""
        told: dict[str, Any] = {
            "left": self.left,
            "top": self.top,
            "pitch_x": self.cell_width,
            "pitch_y": self.cell_height,
            "width": self.cell_width,
            "height": self.poster_height,
            "columns": self.columns,
            "rows": self.rows,
        }
        if self.indent:
            cells = [cell for row in range(self.rows) for cell in self.row(row)]
            told["cells"] = [-1 if cell is None else cell for cell in cells]
        return told


@dataclass(frozen=True)
class _Wanted:
    """What a wall is to hold and to look like; `columns` None: as many as do best."""

    count: int
    columns: int | None
    captions: bool
    heading: bool
    small_tiles: bool
    kind: Kind


def measure(  # noqa: PLR0913 - what an order says, by name
    count: int,
    *,
    size: str = NORMAL,
    columns: int | None = None,
    captions: bool = False,
    heading: bool = False,
    small_tiles: bool = False,
    kind: Kind = FILMS,
) -> Measures:
    """Measure a wall of `count` posters, or other pictures of one kind.

    Raises:
        InvalidInput: they would be too small to be seen, or to be printed.
        TooLarge: more than a picture can hold.
    """
    wanted = _Wanted(count, columns, captions, heading, small_tiles, kind)
    if (exact := EXACT.get(size)) is not None:
        return _within(wanted, exact)
    units = range(_LARGEST if size == LARGEST else _USUAL, _SMALLEST - 1, -1)
    found = [_free(wanted, unit) for unit in units]
    for one in found:
        if one.fits:
            return one
    raise TooLarge(found[-1].width, found[-1].height)


def _free(wanted: _Wanted, unit: int) -> Measures:
    """Measure a wall whose cells say how large it is, so that they can be joined."""
    count, columns = wanted.count, wanted.columns
    wide, poster = (side * unit for side in wanted.kind.unit)
    high = poster + (_blocks(wide * _CAPTION) if wanted.captions else 0)
    across = min(count, columns) if columns else _columns(count, wide / high)
    top = _blocks(max(wide * _HEADING, across * wide * _HEADING_OF_ALL)) if wanted.heading else 0
    rows = -(-count // across)
    size = (across * wide, top + rows * high)
    return Measures(count, across, wide, high, poster, *size, top=top)


def _columns(count: int, shape: float) -> int:
    """Return how many columns make a wall of a good shape with few empty places."""

    def badness(columns: int) -> float:
        rows = -(-count // columns)
        return abs(math.log(columns * shape / rows / _SHAPE)) + (rows * columns - count) / count

    return min(range(1, count + 1), key=badness)


def _within(wanted: _Wanted, size: Size) -> Measures:
    """Measure a wall in a picture of an exact size: the columns that fill it best."""
    count, columns = wanted.count, wanted.columns
    asked = [min(count, columns)] if columns else range(1, count + 1)
    found = [_filled(wanted, size, across) for across in asked]
    best = max(
        found,
        key=lambda one: (
            one.rows * one.columns * one.cell_width * one.cell_height
            - 2 * (one.rows * one.columns - count) * one.cell_width * one.cell_height
        ),
    )
    least = LEAST_PRINTED if size.is_print and not wanted.small_tiles else _LEAST
    if best.cell_width < least:
        if columns:
            raise InvalidInput({"columns": _too_small_so(wanted, size, best.columns, least)})
        raise InvalidInput({"size": _too_small(wanted, size)})
    return best


def _filled(wanted: _Wanted, size: Size, columns: int) -> Measures:
    count, kind = wanted.count, wanted.kind
    rows = -(-count // columns)
    top = _blocks(size.width / 8 * _HEADING) if wanted.heading else 0
    wide, high = size.width // columns, (size.height - top) // rows // BLOCK * BLOCK
    caption = _blocks(wide * _CAPTION) if wanted.captions else 0
    poster = high - caption
    if poster < _LEAST:
        return Measures(count, columns, 0, 0, 0, size.width, size.height)
    if wide > poster * kind.widest:
        wide = int(poster * kind.widest)
    elif wide < poster * kind.narrowest:
        poster = _blocks(wide / kind.narrowest) - BLOCK
        high = poster + caption
    left = (size.width - wide * columns) // 2
    top += (size.height - top - high * rows) // 2 // BLOCK * BLOCK
    return Measures(count, columns, wide, high, poster, size.width, size.height, left, top)


def _too_small_so(wanted: _Wanted, size: Size, columns: int, least: int) -> str:
    """Say so where somebody asked for that many columns: others may do."""
    kind, seen, way = wanted.kind, "smaller than can be seen", ""
    if least == LEAST_PRINTED:
        seen, way = f"smaller than {LEAST_PRINTED_MM} mm", f", or allow smaller {kind.pictures}"
    side_by_side = f"{columns:,} columns" if columns != 1 else "one column"
    return (
        f"{wanted.count:,} {kind.pictures} in {side_by_side} would be {seen} on {size.words}: "
        f"choose another number of columns, a larger size or fewer {kind.things}{way}."
    )


def _too_small(wanted: _Wanted, size: Size) -> str:
    count, kind = wanted.count, wanted.kind
    if not size.is_print or wanted.small_tiles:
        said = f"{size.words.capitalize()} is too small for {count:,} {kind.pictures}"
        return f"{said}: choose a larger size."
    caption = _blocks(LEAST_PRINTED * _CAPTION) if wanted.captions else 0
    most = (size.width // LEAST_PRINTED) * (size.height // (kind.high(LEAST_PRINTED) + caption))
    return (
        f"{size.words} holds about {most} {kind.pictures} of {LEAST_PRINTED_MM} mm, not {count:,}: "
        f"choose a larger sheet, fewer {kind.things}, or allow smaller {kind.pictures}."
    )


def _blocks(pixels: float) -> int:
    """Return the whole blocks that cover so many pixels."""
    return math.ceil(pixels / BLOCK) * BLOCK
