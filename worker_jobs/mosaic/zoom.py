"""Makes the file of tiles beside a mosaic: each pixel of the picture is decoded once, at half size.

The picture comes in strips of its whole width, halved by the decoder. Each strip is cut
into the tiles of level 1, halved once more and added to what waits for level 2, and so on:
there is one row of tiles a level in memory, never a picture. core/zoom.py knows the file.
"""

import io
from array import array
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from core import zoom
from core.jpeg_slices import BLOCK, sliced
from core.zoom import Level, Zoom
from worker_jobs.mosaic.ahead import Report, in_order
from worker_jobs.mosaic.jpeg import Written

_THREADS = 2
_MESSAGE = "Cutting it into tiles"
_SAVED: dict[str, Any] = {"quality": 84, "subsampling": "4:2:0"}


def write(out: BinaryIO, picture: Path, written: Written, report: Report | None = None) -> None:
    """Write the tiles of `picture`, which was `written` so, into the empty file `out`.

    `report` is told how many strips are done; what it raises ends the work.
    """
    plan = zoom.lay_out(written.cut)
    rows = [_TileRows(out, level) for level in plan.levels[1:]]
    out.seek(plan.tiles_at)
    if rows:
        _fill(rows, picture, plan, written, report)
    zoom.write_places(out, plan, written.starts, [row.places for row in rows])


def _fill(
    rows: list["_TileRows"], picture: Path, plan: Zoom, written: Written, report: Report | None
) -> None:
    high = 2 * plan.levels[1].tile_height // BLOCK
    down = written.cut.down
    calls = [
        partial(_halved, picture, written, range(top, min(top + high, down)))
        for top in range(0, down, high)
    ]
    told = (lambda _, done, of: report(_MESSAGE, done, of)) if report else None
    for decoded in in_order(calls, _THREADS, told):
        strip = decoded
        for row in rows:
            row.add(strip)
            strip = strip.reduce(2)
    for row in rows:
        row.end()


def _halved(picture: Path, written: Written, rows: range) -> Image.Image:
    """Decode some rows of blocks of the picture at half size."""
    across = written.cut.across
    starts = written.starts[rows.start * across : rows.stop * across + 1]
    with picture.open("rb") as file:
        jpeg = sliced(written.cut, file, starts, range(across), rows)
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        whole = image.size
        image.draft("RGB", (max(1, whole[0] // 2), max(1, whole[1] // 2)))
        image.load()
        # The decoder does not halve a single line.
        return image.reduce(2) if image.size == whole else image


class _TileRows:
    """Collects one level from above; each row of tiles that is full is cut and written."""

    def __init__(self, out: BinaryIO, level: Level) -> None:
        self._out, self._level = out, level
        self._row: Image.Image | None = None
        self._filled = 0
        self.places = array("Q")

    def add(self, strip: Image.Image) -> None:
        """Add what comes next; no strip reaches over the end of a row of tiles."""
        size = (self._level.width, self._level.tile_height)
        if strip.size == size:
            self._cut(strip)
            return
        if self._row is None:
            self._row = Image.new("RGB", size)
        self._row.paste(strip, (0, self._filled))
        self._filled += strip.height
        if self._filled == self._level.tile_height:
            self._cut(self._row)
            self._filled = 0

    def end(self) -> None:
        """Write the last row, which may be lower."""
        if self._row and self._filled:
            self._cut(self._row.crop((0, 0, self._row.width, self._filled)))
        self._row = None

    def _cut(self, row: Image.Image) -> None:
        for left in range(0, row.width, self._level.tile_width):
            right = min(left + self._level.tile_width, row.width)
            tile = (
                io.BytesIO()
            )  # Pillow would write to the file past us, and hide that the disk is full
            row.crop((left, 0, right, row.height)).save(tile, "JPEG", **_SAVED)
            start = self._out.tell()
            self._out.write(tile.getbuffer())
            self.places.extend((start, self._out.tell()))
