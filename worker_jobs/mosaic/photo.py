"""A picture made of posters: a target, rebuilt from what was watched.

Untinted and of a free size, each poster is encoded once and joined as often as it is
used; tinted, or of an exact size, it is drawn in bands from tiles that lie in a file.
Knows tiles and a target; not where either comes from.
"""

import math
import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Self

from PIL import Image, ImageChops

from core.errors import InvalidInput
from core.jpeg_slices import BLOCK
from database.mosaic_sizes import (
    EXACT,
    LARGEST,
    LEAST_PRINTED,
    LEAST_PRINTED_MM,
    NORMAL,
)
from worker_jobs.mosaic import cells, jpeg, notes
from worker_jobs.mosaic.ahead import Report, in_order
from worker_jobs.mosaic.cells import Cells, Look
from worker_jobs.mosaic.jpeg import LONGEST_SIDE, Pieces, TooLarge, band_height, plain_bands
from worker_jobs.mosaic.kinds import FILMS, Kind
from worker_jobs.mosaic.layout import MOST_PIXELS, Tile
from worker_jobs.mosaic.palette import Colour

COLUMNS = 60  # where nobody says how many
_LONGEST_SHAPE = 20
_USUAL, _SMALLEST, _LARGEST = 3, 1, 15  # units: cells of 96, 32, and 480 pixels across
_GROUND: Colour = (0, 0, 0)
_KEPT = 24 * 1024 * 1024  # bytes of cells in memory at once
_REACH = 4  # lines of a tile above and below those that are made larger, which they depend on
_LOADING = "Preparing posters"
_ZERO = 128  # no shift, in a picture of shifts; a tint of 0.4 shifts by 102 at the most


@dataclass(frozen=True)
class Plan:
    """How many cells of which size, in pixels; `left` and `top` are the margin of an exact size."""

    columns: int
    rows: int
    cell_width: int
    cell_height: int
    width: int
    height: int
    left: int = 0
    top: int = 0
    is_exact: bool = False

    @property
    def count(self) -> int:
        return self.columns * self.rows

    @property
    def shape(self) -> float:
        """The width of all cells together by their height."""
        return self.columns * self.cell_width / (self.rows * self.cell_height)

    @property
    def fits(self) -> bool:
        longest = max(self.width, self.height)
        return longest <= LONGEST_SIDE and self.width * self.height <= MOST_PIXELS


def plan(  # noqa: PLR0913 - what an order says, by name
    target: tuple[int, int],
    *,
    size: str = NORMAL,
    columns: int | None = None,
    small_tiles: bool = False,
    posters: int = 0,
    once: bool = False,
    kind: Kind = FILMS,
) -> Plan:
    """Say how many cells a target of that width and height becomes.

    `posters`: how many there are, of which each stands in one cell at most if `once`.

    Raises:
        InvalidInput: the cells would be too small to print, or more than there are posters; or
            the target is but a line.
        TooLarge: more than a picture can hold.
    """
    if max(target) > _LONGEST_SHAPE * min(target):
        raise InvalidInput(
            {"target": f"The picture is more than {_LONGEST_SHAPE} times as long as wide: cut it."}
        )
    wanted = columns or COLUMNS
    if once and columns is None:
        wanted = _most_once(target, posters, size, wanted, kind) or 1
    is_asked = columns is not None
    found = _planned(target, size, wanted, kind, is_asked=is_asked, small_tiles=small_tiles)
    if once and found.count > posters:
        most = _most_once(target, posters, size, wanted, kind)
        fewer = f"choose {most} columns or fewer, or " if most else ""
        raise InvalidInput(
            {
                "columns": f"{found.count:,} cells need as many {kind.pictures}, there are "
                f"{posters:,}: {fewer}use {kind.pictures} more than once."
            }
        )
    return found


def _planned(  # noqa: PLR0913 - as above
    target: tuple[int, int],
    size: str,
    columns: int,
    kind: Kind,
    *,
    is_asked: bool,
    small_tiles: bool,
) -> Plan:
    exact = EXACT.get(size)
    if exact is None:
        return _free(target, size, columns, kind)
    if exact.is_print and not small_tiles:
        most = exact.width // LEAST_PRINTED
        if columns > most and is_asked:
            said = f"{exact.words} holds {most} {kind.pictures} of {LEAST_PRINTED_MM} mm"
            way = f"choose fewer columns or a larger sheet, or allow smaller {kind.pictures}."
            raise InvalidInput({"columns": f"{said} side by side: {way}"})
        columns = min(columns, most)
    return _within((exact.width, exact.height), min(columns, exact.width // BLOCK), kind)


def _free(target: tuple[int, int], size: str, columns: int, kind: Kind) -> Plan:
    rows = max(1, round(columns * target[1] / target[0] * kind.unit[0] / kind.unit[1]))
    found = None
    for unit in range(_LARGEST if size == LARGEST else _USUAL, _SMALLEST - 1, -1):
        wide, high = (side * unit for side in kind.unit)
        found = Plan(columns, rows, wide, high, columns * wide, rows * high)
        if found.fits:
            return found
    assert found is not None  # noqa: S101 - there is at least one unit
    raise TooLarge(found.width, found.height)


def _within(size: tuple[int, int], columns: int, kind: Kind) -> Plan:
    """Fill a picture of an exact size with cells; what is left over is margin."""
    wide = max(1, size[0] // columns)
    # Of the heights at which a poster loses but a little of its edge, the one that fills most.
    shapes = (kind.widest, kind.narrowest)
    least, most = (int(wide / shape / BLOCK) * BLOCK for shape in shapes)
    best = wide * kind.unit[1] / kind.unit[0]
    heights = range(max(BLOCK, least), most + BLOCK, BLOCK)
    high = max(heights, key=lambda one: (size[1] // one * one, -abs(one - best)))
    if high > size[1]:
        high = size[1] // BLOCK * BLOCK
        wide = high * kind.unit[0] // kind.unit[1]
    rows = max(1, size[1] // high)
    left, top = (size[0] - columns * wide) // 2, (size[1] - rows * high) // 2 // BLOCK * BLOCK
    return Plan(columns, rows, wide, high, *size, left, top, is_exact=True)


def _most_once(target: tuple[int, int], posters: int, size: str, most: int, kind: Kind) -> int:
    """Return the most columns, up to `most`, for which there are enough posters; 0 if none."""
    for columns in range(most, 0, -1):
        found = _planned(target, size, columns, kind, is_asked=False, small_tiles=True)
        if found.count <= posters:
            return columns
    return 0


def cropped(target: Image.Image, shape: float) -> Image.Image:
    """Cut the target to that width by height, out of its middle."""
    wide, high = target.size
    if wide / high > shape:
        wide = max(1, round(high * shape))
    else:
        high = max(1, round(wide / shape))
    left, top = (target.width - wide) // 2, (target.height - high) // 2
    return target.crop((left, top, left + wide, top + high))


@dataclass(frozen=True)
class Photo:
    """A picture of `target`, which has the plan's shape; `grid` says which tile is in which cell.

    `folder` is for cells, `scratch` for a file that goes by itself. `tint`: how far each
    cell's mean moves to the target's, 0 to 1.
    """

    tiles: Sequence[Tile]
    plan: Plan
    grid: Sequence[Sequence[int]]
    target: Image.Image
    folder: Path
    scratch: Path
    tint: float = 0.0

    @property
    def width(self) -> int:
        return self.plan.width

    @property
    def height(self) -> int:
        return self.plan.height

    @property
    def columns(self) -> int:
        return self.plan.columns

    def places(self) -> dict[str, Any]:
        plan = self.plan
        return {
            "left": plan.left,
            "top": plan.top,
            "pitch_x": plan.cell_width,
            "pitch_y": plan.cell_height,
            "width": plan.cell_width,
            "height": plan.cell_height,
            "columns": plan.columns,
            "rows": plan.rows,
            "cells": [int(tile) for row in self.grid for tile in row],
        }

    def write(
        self,
        out: BinaryIO,
        *,
        report: Report | None = None,
        description: str = "",
        threads: int = 2,
    ) -> jpeg.Written:
        """Write the picture as JPEG; `description` goes into its EXIF."""
        extra, size = notes.of_picture(description), (self.width, self.height)
        if self.tint or self.plan.is_exact:
            with _Tiles(self, threads, report) as tiles:
                bands = tiles.bands()
                return jpeg.write_bands(
                    out, *size, bands, threads=threads, extra=extra, report=report
                )
        rows = self._joined(threads, report)
        return jpeg.join(out, *size, rows, self.plan.cell_width, extra=extra)

    def _joined(self, threads: int, report: Report | None) -> Iterable[Sequence[Pieces]]:
        plan = self.plan
        look = Look(plan.cell_width, plan.cell_height, plan.cell_height, gap=0, ground=_GROUND)
        store = Cells(self.folder, look)
        near = _Near(store, self.tiles)
        calls = [partial(near.row, row) for row in self.grid]
        yield from in_order(calls, threads, report)
        store.settle()


class _Near:
    """Cells in memory, those used last, up to a number of bytes; the others are read again."""

    def __init__(self, store: Cells, tiles: Sequence[Tile]) -> None:
        self._store, self._tiles = store, tiles
        self._kept: OrderedDict[int, Pieces] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def row(self, numbers: Sequence[int]) -> list[Pieces]:
        return [self._of(int(number)) for number in numbers]

    def _of(self, number: int) -> Pieces:
        with self._lock:
            if (found := self._kept.get(number)) is not None:
                self._kept.move_to_end(number)
                return found
        found = self._store.of(self._tiles[number])
        with self._lock:
            if number not in self._kept:
                self._kept[number] = found
                self._bytes += _weight(found)
            while self._bytes > _KEPT and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= _weight(gone)
        return found


def _weight(pieces: Pieces) -> int:
    return len(pieces.header) + sum(map(len, pieces.segments))


class _Tiles:
    """The posters that are used, at the cells' size, in a file: read as often as they are wanted.

    What of it stays in memory is the kernel's, who can spare it or not.
    """

    def __init__(self, photo: Photo, threads: int, report: Report | None) -> None:
        self._photo, self._threads, self._report = photo, threads, report
        self._undo = ExitStack()
        self._means: list[Colour] = []
        plan = photo.plan
        self._size = (plan.cell_width, plan.cell_height)
        self._kept = cells.in_memory(*self._size)
        self._line = 3 * self._kept[0]  # bytes
        self._step = min(plan.cell_height, band_height(plan.width))
        used = sorted({int(tile) for row in photo.grid for tile in row})
        self._row_of = {tile: row for row, tile in enumerate(used)}
        self._goal = photo.target.resize((plan.columns, plan.rows), Image.Resampling.BOX)

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._photo.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = undo.enter_context(tempfile.TemporaryFile(dir=self._photo.scratch))
            calls = [partial(self._pixels, tile) for tile in self._row_of]
            for pixels, mean in in_order(calls, self._threads, self._loading()):
                file.write(pixels)
                self._means.append(mean)
            file.flush()
            self._file = file.fileno()
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def _loading(self) -> Report | None:
        report = self._report
        return None if report is None else lambda _, done, of: report(_LOADING, done, of)

    def _pixels(self, tile: int) -> tuple[bytes, Colour]:
        image = cells.poster(self._photo.tiles[tile], *self._kept, _GROUND)
        red, green, blue = image.resize((1, 1), Image.Resampling.BOX).tobytes()
        return image.tobytes(), (red, green, blue)

    def bands(self) -> list[jpeg.Draw]:
        plan = self._photo.plan
        bands = plain_bands(plan.width, plan.top, _GROUND)
        bands += [
            partial(self._band, row, top)
            for row in range(plan.rows)
            for top in range(0, plan.cell_height, self._step)
        ]
        rest = plan.height - plan.top - plan.rows * plan.cell_height
        return bands + plain_bands(plan.width, rest, _GROUND)

    def _band(self, row: int, top: int) -> Image.Image:
        """Draw a row of cells, or where that would be too much, some of its lines from `top` on."""
        plan, wide = self._photo.plan, self._size[0]
        high = min(self._step, plan.cell_height - top)
        cells_only = Image.new("RGB", (plan.columns * wide, high))
        numbers = [self._row_of[int(tile)] for tile in self._photo.grid[row]]
        for column, number in enumerate(numbers):
            cells_only.paste(self._part(number, top, high), (column * wide, 0))
        if self._photo.tint:
            cells_only = self._tinted(cells_only, row, numbers)
        if cells_only.width == plan.width:
            return cells_only
        image = Image.new("RGB", (plan.width, high), _GROUND)
        image.paste(cells_only, (plan.left, 0))
        return image

    def _part(self, number: int, top: int, high: int) -> Image.Image:
        if self._kept == self._size:
            return self._lines(number, top, top + high)
        share = self._kept[1] / self._size[1]
        first = max(0, math.floor(top * share) - _REACH)
        last = min(self._kept[1], math.ceil((top + high) * share) + _REACH)
        box = (0, top * share - first, self._kept[0], min((top + high) * share, last) - first)
        lines = self._lines(number, first, last)
        return lines.resize((self._size[0], high), Image.Resampling.LANCZOS, box)

    def _lines(self, number: int, first: int, last: int) -> Image.Image:
        at = (number * self._kept[1] + first) * self._line
        pixels = os.pread(self._file, (last - first) * self._line, at)
        return Image.frombytes("RGB", (self._kept[0], last - first), pixels)

    def _tinted(self, image: Image.Image, row: int, numbers: Sequence[int]) -> Image.Image:
        """Move each cell's mean towards the target's, channel by channel; it stops at the ends."""
        goals = self._goal.crop((0, row, self._goal.width, row + 1)).tobytes()
        means = bytes(part for number in numbers for part in self._means[number])
        tint = self._photo.tint
        shifts = bytes(
            _ZERO + round((wanted - mean) * tint) for wanted, mean in zip(goals, means, strict=True)
        )
        shift = Image.frombytes("RGB", (len(numbers), 1), shifts)
        whole = shift.resize(image.size, Image.Resampling.NEAREST)
        return ImageChops.add(image, whole, 1, -_ZERO)
