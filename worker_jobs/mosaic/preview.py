"""The small picture that a page shows instead of the whole mosaic."""

import io
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from core import zoom
from core.zoom import Zoom

WIDTH, HEIGHT = 1280, 1920


def write(out: BinaryIO, whole: Path, tiles: Path) -> tuple[int, int]:
    """Write a smaller JPEG of the mosaic `whole`, from its `tiles`; return its width and height."""
    with tiles.open("rb") as file:
        plan = zoom.read(file)
        size = _fitted(plan.cut.width, plan.cut.height)
        # The last level is the smallest.
        level = max(at for at, one in enumerate(plan.levels) if _covers(one[:2], size))
        image = _put_together(plan, file, whole, level) if level else _decoded(whole)
    made = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(
        made, "JPEG", quality=84, optimize=True, progressive=True
    )
    out.write(made.getbuffer())
    return size


def _fitted(width: int, height: int) -> tuple[int, int]:
    share = min(1, WIDTH / width, HEIGHT / height)
    return max(1, round(width * share)), max(1, round(height * share))


def _covers(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    return size[0] >= wanted[0] and size[1] >= wanted[1]


def _put_together(plan: Zoom, file: BinaryIO, whole: Path, level: int) -> Image.Image:
    of = plan.levels[level]
    image = Image.new("RGB", (of.width, of.height))
    for row in range(of.rows):
        for column in range(of.columns):
            jpeg = plan.tile(file, whole, level, column, row)
            with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as tile:
                image.paste(tile, (column * of.tile_width, row * of.tile_height))
    return image


def _decoded(whole: Path) -> Image.Image:
    with Image.open(whole, formats=("JPEG",)) as image:
        image.load()
        return image
