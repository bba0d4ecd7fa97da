"""The file beside a mosaic's picture from which a viewer gets its tiles, near and far.

Level 0 is the picture itself, and its tiles are slices of that file: here stands only
where its segments begin. Each further level is half as wide and high as the one before;
its tiles are small JPEGs that lie in this file. One tile takes a few short reads,
whatever the size of the picture.

    magic, length of the head (uint32), head (JSON)
    level 0: where each segment begins in the picture, and its end (uint64)
    level 1 …: where each tile begins and ends in this file (uint64)
    the tiles of level 1 …
"""

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from core.errors import NotFound
from core.jpeg_slices import BLOCK, Cut, sliced

_MAGIC = b"NDZ1"
_HEAD = struct.Struct("<4sI")
_PLACE_BYTES = 8
_SMALLEST = 512  # pixels: a level that fits so many a side is the last
_TILE = 512  # of a tile's sides, where the segments allow it
_MOST = 1_500_000  # pixels of a tile, where they do not
# Heights of tiles further away: a row of them is in memory while it is made.
_HEIGHTS = (256, 128, 64)
_MOST_A_ROW = 1 << 21  # pixels, if that can be


class Level(NamedTuple):
    """One size of the picture and of its tiles; those at the right and at the end are smaller."""

    width: int
    height: int
    tile_width: int
    tile_height: int

    @property
    def columns(self) -> int:
        return -(-self.width // self.tile_width)

    @property
    def rows(self) -> int:
        return -(-self.height // self.tile_height)


@dataclass(frozen=True)
class Zoom:
    """What the head of such a file says: how the picture is cut, and its levels, nearest first."""

    cut: Cut
    levels: tuple[Level, ...]

    @cached_property
    def head(self) -> bytes:
        said = self.cut._asdict() | {"header": self.cut.header.hex()}
        body = json.dumps({"cut": said, "levels": self.levels}).encode()
        return _HEAD.pack(_MAGIC, len(body)) + body

    @property
    def tiles_at(self) -> int:
        """Return where the tiles begin, behind all the places."""
        return self._places_at(len(self.levels))

    def _places_at(self, level: int) -> int:
        at = len(self.head)
        if level:
            at += (self.cut.across * self.cut.down + 1) * _PLACE_BYTES
        return at + sum(
            far.columns * far.rows * 2 * _PLACE_BYTES for far in self.levels[1 : max(level, 1)]
        )

    def tile(self, file: BinaryIO, picture: Path, level: int, column: int, row: int) -> bytes:
        """Return one tile as a JPEG; `file` is this one, `picture` the mosaic beside it.

        Raises:
            NotFound: there is no such tile.
        """
        if not 0 <= level < len(self.levels):
            raise NotFound("tile", f"{level}/{column}/{row}")
        of = self.levels[level]
        if not (0 <= column < of.columns and 0 <= row < of.rows):
            raise NotFound("tile", f"{level}/{column}/{row}")
        if level == 0:
            return self._slice(file, picture, column, row)
        start, end = self._places(file, level, (row * of.columns + column) * 2, 2)
        file.seek(start)
        return file.read(end - start)

    def _slice(self, file: BinaryIO, picture: Path, column: int, row: int) -> bytes:
        near, across = self.levels[0], self.cut.across
        wide, high = near.tile_width // (self.cut.blocks * BLOCK), near.tile_height // BLOCK
        columns = range(column * wide, min((column + 1) * wide, across))
        rows = range(row * high, min((row + 1) * high, self.cut.down))
        starts = self._places(file, 0, rows.start * across, len(rows) * across + 1)
        with picture.open("rb") as opened:
            return sliced(self.cut, opened, starts, columns, rows)

    def _places(self, file: BinaryIO, level: int, first: int, count: int) -> tuple[int, ...]:
        file.seek(self._places_at(level) + first * _PLACE_BYTES)
        return struct.unpack(f"<{count}Q", file.read(count * _PLACE_BYTES))


def lay_out(cut: Cut) -> Zoom:
    """Choose the levels of a picture, and the size of their tiles."""
    wide = cut.blocks * BLOCK
    tile_width = max(1, _TILE // wide) * wide
    tile_height = min(_TILE, max(BLOCK, _MOST // tile_width // BLOCK * BLOCK))
    levels = [Level(cut.width, cut.height, tile_width, tile_height)]
    while max(levels[-1][:2]) > _SMALLEST:
        width, height = (-(-side // 2) for side in levels[-1][:2])
        levels.append(Level(width, height, _TILE, _height(width)))
    return Zoom(cut, tuple(levels))


def _height(width: int) -> int:
    fitting = (height for height in _HEIGHTS if width * height <= _MOST_A_ROW)
    return next(fitting, _HEIGHTS[-1])


def write_places(
    out: BinaryIO, zoom: Zoom, starts: Sequence[int], tiles: Iterable[Sequence[int]]
) -> None:
    """Write all that stands before the tiles, once these are written.

    `starts` are of the picture's segments; `tiles` is for each further level where its
    tiles begin and end, row by row.
    """
    out.seek(0)
    out.write(zoom.head)
    out.writelines(struct.pack(f"<{len(places)}Q", *places) for places in (starts, *tiles))


def read(file: BinaryIO) -> Zoom:
    """Read the head of such a file.

    Raises:
        NotFound: it is of another version.
    """
    magic, length = _HEAD.unpack(file.read(_HEAD.size))
    if magic != _MAGIC:
        raise NotFound("set of tiles", magic.hex())
    said: dict[str, Any] = json.loads(file.read(length))
    cut = Cut(**said["cut"] | {"header": bytes.fromhex(said["cut"]["header"])})
    return Zoom(cut, tuple(Level(*level) for level in said["levels"]))
