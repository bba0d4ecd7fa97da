"""Ratings as a row of five stars, drawn smooth; knows half stars and sizes, nothing else."""

import math
from functools import lru_cache

from PIL import Image, ImageDraw

from worker_jobs.mosaic.palette import Colour

COUNT = 5
_FINE = 8  # drawn so many times larger, then reduced: smooth edges
_WIDEST = 4_096  # but not wider than that: large stars are smooth enough with less
_INNER = 0.45  # a little fuller than a pentagram's 0.38: it reads better when small
_GAP = 0.04


@lru_cache(maxsize=32)
def masks(half_stars: int, width: int) -> tuple[Image.Image, Image.Image]:
    """Return where five stars over `width` pixels are lit and where they are not, as masks."""
    fine = max(1, min(_FINE, _WIDEST // width))
    side = width * fine // COUNT
    row = Image.new("L", (side * COUNT, side))
    pen = ImageDraw.Draw(row)
    for number in range(COUNT):
        pen.polygon(_star(side * number + side / 2, side / 2, side * (0.5 - _GAP)), fill=255)
    edge = round(half_stars * side / 2)
    lit, unlit = row.copy(), row
    lit.paste(0, (edge, 0, row.width, side))
    unlit.paste(0, (0, 0, edge, side))
    return lit.reduce(fine), unlit.reduce(fine)


def draw(
    image: Image.Image,
    at: tuple[int, int],
    half_stars: int | None,
    width: int,
    colours: tuple[Colour, Colour],
) -> None:
    """Draw five stars over `width` pixels, the upper left corner `at`; unrated: all unlit."""
    rated = min(2 * COUNT, max(0, half_stars or 0))
    for mask, colour in zip(masks(rated, width), colours, strict=True):
        image.paste(colour, (*at, at[0] + mask.width, at[1] + mask.height), mask)


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Return the ten corners, one point up, sunk a little: a star's middle lies above its box's."""
    y += radius * 0.05
    corners = []
    for corner in range(10):
        far = radius if corner % 2 == 0 else radius * _INNER
        turn = math.pi * (corner / COUNT - 0.5)
        corners.append((x + far * math.cos(turn), y + far * math.sin(turn)))
    return corners
