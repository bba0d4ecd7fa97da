"""Tiles: each shows its part of the picture, near and far, and costs little to make and to get."""

import io
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from core import zoom
from core.errors import NotFound
from core.jpeg_slices import Cut, sliced
from core.settings import ROOT
from core.zoom import Zoom
from worker_jobs.mosaic import jpeg, preview
from worker_jobs.mosaic import zoom as making
from worker_jobs.mosaic.jpeg import Written

_RING = 2  # pixels: where a decoder would have looked at the neighbour's chroma


def waves(width: int, height: int, length: int) -> Image.Image:
    """Return bands of light and dark from top to bottom, soft and `length` pixels apart."""
    rise = Image.linear_gradient("L").resize((width, length // 2))
    found = Image.new("L", (width, height))
    for number, y in enumerate(range(0, height, length // 2)):
        found.paste(rise if number % 2 else rise.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (0, y))
    return found


def picture(width: int, height: int) -> Image.Image:
    """Return a soft one in which no two tiles are the same."""
    red = waves(width, height, 1_234)
    green = waves(height, width, 870).transpose(Image.Transpose.TRANSPOSE)
    blue = waves(height, width, 3_000).transpose(Image.Transpose.TRANSPOSE)
    return Image.merge("RGB", (red, green, blue))


def in_bands(path: Path, width: int, height: int) -> Written:
    image = picture(width, height)
    bands: list[Callable[[], Image.Image]] = [
        partial(image.crop, (0, y, width, min(y + 64, height))) for y in range(0, height, 64)
    ]
    with path.open("wb") as out:
        return jpeg.write_bands(out, width, height, bands)


def joined(path: Path, width: int, height: int, cell: int) -> Written:
    """Write it from cells of `cell` by 64 pixels; it crops what they have too much."""
    across, down = -(-width // cell), -(-height // 64)
    image = picture(across * cell, down * 64)

    def piece(row: int, column: int) -> jpeg.Pieces:
        x, y = column * cell, row * 64
        return jpeg.take_apart(jpeg.cell_jpeg(image.crop((x, y, x + cell, y + 64))))

    rows = [[piece(row, column) for column in range(across)] for row in range(down)]
    with path.open("wb") as out:
        return jpeg.join(out, width, height, rows, cell)


class Made:
    """A picture with its tiles."""

    def __init__(self, folder: Path, write: Callable[[Path], Written]) -> None:
        self.path, self.tiles = folder / "one.jpg", folder / "one.zoom"
        self.written = write(self.path)
        with self.tiles.open("wb") as out:
            making.write(out, self.path, self.written)
        with self.tiles.open("rb") as file:
            self.plan: Zoom = zoom.read(file)

    def tile(self, level: int, column: int, row: int) -> Image.Image:
        with self.tiles.open("rb") as file:
            found = self.plan.tile(file, self.path, level, column, row)
        image = Image.open(io.BytesIO(found))
        image.load()
        return image


PICTURES: dict[str, Callable[[Path], Written]] = {
    "bands": partial(in_bands, width=2_048, height=1_100),
    "odd sides": partial(in_bands, width=1_291, height=1_009),
    "rows of one segment": partial(in_bands, width=16 * 47 - 5, height=900),
    "a last strip of one line": partial(in_bands, width=1_000, height=1_025),
    "narrow and high": partial(in_bands, width=1, height=1_300),
    "low and wide": partial(in_bands, width=2_600, height=3),
    "small": partial(in_bands, width=300, height=200),
    "cells": partial(joined, width=960, height=640, cell=96),
    "cells, cropped": partial(joined, width=1_152 - 15, height=640 - 15, cell=192),
    "large cells": partial(joined, width=1_440, height=256, cell=480),
    "tiny cells": partial(joined, width=608, height=128, cell=32),
}


@pytest.fixture(params=PICTURES)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    return Made(tmp_path, PICTURES[request.param])


def test_tiles_near_are_the_picture_itself(made: Made) -> None:
    whole, near = Image.open(made.path), made.plan.levels[0]

    for row in range(near.rows):
        for column in range(near.columns):
            tile = made.tile(0, column, row)
            x, y = column * near.tile_width, row * near.tile_height
            wanted = whole.crop((x, y, x + tile.width, y + tile.height))
            inner = (_RING, _RING, tile.width - _RING, tile.height - _RING)
            if min(tile.size) > 2 * _RING:
                assert ImageChops.difference(tile, wanted).crop(inner).getbbox() is None


def test_tiles_far_are_the_picture_made_smaller(made: Made) -> None:
    smaller = Image.open(made.path).convert("RGB")

    for number, level in enumerate(made.plan.levels[1:], 1):
        smaller = smaller.reduce(2)
        assert smaller.size == (level.width, level.height)
        whole = Image.new("RGB", smaller.size)
        for row in range(level.rows):
            for column in range(level.columns):
                at = (column * level.tile_width, row * level.tile_height)
                whole.paste(made.tile(number, column, row), at)
        unlike = ImageStat.Stat(ImageChops.difference(smaller, whole))
        assert max(unlike.mean) < 2, f"level {number}"


def test_tiles_cover_each_level_once(made: Made) -> None:
    for number, level in enumerate(made.plan.levels):
        sizes = [
            made.tile(number, column, row).size
            for row in range(level.rows)
            for column in range(level.columns)
        ]

        assert sum(width * height for width, height in sizes) == level.width * level.height
        assert max(sizes) <= (level.tile_width, level.tile_height)
    assert max(made.plan.levels[-1][:2]) <= 512


@pytest.mark.parametrize(
    ("level", "column", "row"),
    [(-1, 0, 0), (3, 0, 0), (2**62, 0, 0), (0, 4, 0), (0, 0, 3), (0, -1, 0), (1, 0, 2**62)],
)
def test_there_is_no_other_tile(tmp_path: Path, level: int, column: int, row: int) -> None:
    made = Made(tmp_path, PICTURES["bands"])
    assert len(made.plan.levels) == 3

    with pytest.raises(NotFound):
        made.tile(level, column, row)


def test_a_file_of_another_version_is_as_good_as_none() -> None:
    with pytest.raises(NotFound):
        zoom.read(io.BytesIO(b"NDZ0" + bytes(100)))


@given(width=st.integers(1, 65_500), height=st.integers(1, 65_500), blocks=st.integers(1, 64))
def test_tiles_are_neither_large_nor_many(width: int, height: int, blocks: int) -> None:
    plan = zoom.lay_out(Cut(width, height, blocks, b"", 0))

    assert len(plan.levels) <= 8
    for level in plan.levels:
        assert level.tile_width * level.tile_height <= 1_500_000
        assert level.tile_width <= max(512, blocks * 16)
    for level in plan.levels[1:]:
        assert level.width * level.tile_height <= 1 << 21


def test_a_tile_of_rows_that_cannot_be_divided_is_a_strip() -> None:
    near = zoom.lay_out(Cut(7_016, 9_933, 439, b"", 0)).levels[0]

    assert (near.columns, near.tile_width, near.tile_height) == (1, 439 * 16, 208)


def test_a_slice_has_no_notes_and_its_markers_are_counted_anew(tmp_path: Path) -> None:
    path = tmp_path / "one.jpg"
    cut, starts = joined(path, 960, 640, 96)

    with path.open("rb") as file:
        part = sliced(cut, file, starts[3 * 10 : 5 * 10 + 1], range(7, 10), range(3, 5))

    assert len(jpeg.take_apart(part).segments) == 6
    assert b"\xff\xd0" in part and b"\xff\xd4" in part and b"\xff\xd5" not in part
    assert Image.open(io.BytesIO(part)).size == (288, 32)


@pytest.mark.parametrize("name", PICTURES)
def test_a_preview_comes_from_the_tiles(tmp_path: Path, name: str) -> None:
    made, out = Made(tmp_path, PICTURES[name]), io.BytesIO()

    size = preview.write(out, made.path, made.tiles)

    small = Image.open(out)
    assert small.size == size
    assert size[0] <= preview.WIDTH and size[1] <= preview.HEIGHT
    wanted = Image.open(made.path).convert("RGB").resize(size, Image.Resampling.BOX)
    assert max(ImageStat.Stat(ImageChops.difference(small, wanted)).mean) < 2


def test_progress_is_told_and_can_end_the_work(tmp_path: Path) -> None:
    written = in_bands(tmp_path / "one.jpg", 600, 1_600)
    told: list[tuple[int, int]] = []

    class Stop(Exception):
        pass

    def report(_message: str, done: int, of: int) -> None:
        told.append((done, of))
        if done == 2:
            raise Stop

    with pytest.raises(Stop), (tmp_path / "one.zoom").open("wb") as out:
        making.write(out, tmp_path / "one.jpg", written, report)

    assert told == [(0, 4), (1, 4), (2, 4)]


def test_a_large_picture_is_never_in_memory(tmp_path: Path) -> None:
    width, height = 8_192, 8_192
    row = Image.radial_gradient("L").resize((width, 512)).convert("RGB")
    with (tmp_path / "one.jpg").open("wb") as out:
        written = jpeg.write_bands(out, width, height, [lambda: row] * (height // 512))
    (tmp_path / "written").write_bytes(pickle.dumps(written))
    program = """
import io, pickle, resource, sys
from pathlib import Path
from PIL import Image
from worker_jobs.mosaic import zoom
folder = Path(sys.argv[1])
written = pickle.loads((folder / "written").read_bytes())
small = io.BytesIO()
Image.new("RGB", (16, 16)).save(small, "JPEG")
Image.open(small).load()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with (folder / "one.zoom").open("wb") as out:
    zoom.write(out, folder / "one.jpg", written)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""

    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    # The pixels themselves are 268 MB, and a quarter of that at half size.
    assert int(done.stdout) < 24_000
