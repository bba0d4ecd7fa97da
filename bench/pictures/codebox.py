"""A picture made of tiles as github.com/codebox/mosaic makes it, written anew for this Python.

Square tiles, told by 5 by 5 pixels; each cell looks at every tile and gives one up as soon
as it is worse than the best so far; other processes look, this one pastes.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from bench.pictures.work import Watch, Work

SIDE = 50
_MATCHED = 5
_LANCZOS = Image.Resampling.LANCZOS

Pixels = list[tuple[int, int, int]]


class Tile(NamedTuple):
    large: Pixels
    small: Pixels


def photo(work: Work, watch: Watch) -> None:
    tiles = [_tile(path) for path in work.posters]
    with Image.open(work.target) as target:
        across, down = work.columns, work.rows
        small = target.convert("RGB").resize((across * _MATCHED, down * _MATCHED), _LANCZOS)
    places = [(x, y) for x in range(across) for y in range(down)]
    cells = (_pixels(small, x, y) for x, y in places)
    whole = Image.new("RGB", (across * SIDE, down * SIDE))
    with ProcessPoolExecutor(
        max(1, (os.cpu_count() or 1) - 1),
        get_context("fork"),
        initializer=_know,
        initargs=([tile.small for tile in tiles],),
    ) as pool:
        for (x, y), best in zip(places, pool.map(_nearest, cells, chunksize=16), strict=True):
            image = Image.new("RGB", (SIDE, SIDE))
            image.putdata(tiles[best].large)
            whole.paste(image, (x * SIDE, y * SIDE))
    whole.save(work.out)
    watch.lap("writing")


def _tile(path: Path) -> Tile:
    with Image.open(path) as image:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        square = image.convert("RGB").crop((left, top, left + side, top + side))
    large = square.resize((SIDE, SIDE), _LANCZOS)
    small = square.resize((_MATCHED, _MATCHED), _LANCZOS)
    return Tile(_data(large), _data(small))


def _pixels(small: Image.Image, x: int, y: int) -> Pixels:
    left, top = x * _MATCHED, y * _MATCHED
    return _data(small.crop((left, top, left + _MATCHED, top + _MATCHED)))


def _data(image: Image.Image) -> Pixels:
    raw = image.tobytes()
    return list(zip(raw[::3], raw[1::3], raw[2::3], strict=True))


_known: list[Pixels] = []


def _know(tiles: Sequence[Pixels]) -> None:
    _known.extend(tiles)


def _nearest(cell: Pixels) -> int:
    best, least = 0, 1 << 60
    for number, tile in enumerate(_known):
        away = _away(cell, tile, least)
        if away < least:
            best, least = number, away
    return best


def _away(one: Pixels, other: Pixels, enough: int) -> int:
    away = 0
    for (r1, g1, b1), (r2, g2, b2) in zip(one, other, strict=True):
        away += (r1 - r2) ** 2 + (g1 - g2) ** 2 + (b1 - b2) ** 2
        if away > enough:
            break
    return away
