"""Which poster for which cell of a picture made of posters. The only place that needs numpy.

Posters and cells are told by the mean colours of their parts, 4 by 6 of a poster, in OKLab,
so that edges match and not just the mean. Pictures in, numbers out; the same in, the same out.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

# Before numpy is loaded: at these sizes more threads only take memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker_jobs.mosaic.kinds import FILMS, Kind

Floats = NDArray[np.float32]
Grid = NDArray[np.int32]  # rows by columns: the number of a poster
Report = Callable[[str, int, int], None]

_CHOOSING = "Choosing posters"
_BLOCK = 256  # cells whose costs are in memory at once, for up to 4,000 posters
_COSTS = _BLOCK * 4_000
_SWEEPS = 1_500
_LINEAR = np.arange(256) / 255
_LINEAR = np.where(_LINEAR <= 0.04045, _LINEAR / 12.92, ((_LINEAR + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - sRGB's own
_LINEAR = _LINEAR.astype(np.float32)
_TO_CONES: Floats = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
).T
_TO_LAB: Floats = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
).T


def oklab(pixels: NDArray[np.uint8]) -> Floats:
    """Return OKLab times 100 of sRGB, (…, 3) both; by Björn Ottosson."""
    found: Floats = (np.cbrt(_LINEAR[pixels] @ _TO_CONES) @ _TO_LAB * 100).astype(np.float32)
    return found


def srgb(lab: Floats) -> NDArray[np.uint8]:
    """Return sRGB of OKLab times 100; what sRGB lacks is cut off."""
    cones = (lab / 100) @ np.linalg.inv(_TO_LAB)
    linear = np.clip(cones**3 @ np.linalg.inv(_TO_CONES), 0, 1)
    low = linear <= 0.0031308  # noqa: PLR2004 - sRGB's own
    parts = np.where(low, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    found: NDArray[np.uint8] = np.rint(255 * parts).astype(np.uint8)
    return found


def of_posters(parts: Sequence[bytes]) -> Floats:
    """Return one row a poster, 3 numbers a part, of what `colours.parts_of` gave."""
    packed = np.frombuffer(b"".join(parts), np.dtype("<f2"))
    return packed.reshape(len(parts), -1).astype(np.float32)


def of_cells(target: Image.Image, columns: int, rows: int, kind: Kind = FILMS) -> Floats:
    """Return one row a cell, 3 numbers a part, row by row."""
    across, down = kind.across, kind.down
    small = target.resize((columns * across, rows * down), Image.Resampling.BOX)
    found = np.empty((rows, columns, down, across, 3), np.float32)
    # Row by row: all at once would be in memory four times.
    for row in range(rows):
        strip = small.crop((0, row * down, small.width, (row + 1) * down))
        parts = oklab(np.asarray(strip)).reshape(down, columns, across, 3)
        found[row] = parts.transpose(1, 0, 2, 3)
    return found.reshape(rows * columns, -1)


def choose(  # noqa: PLR0913 - how, by name
    cells: Floats,
    posters: Floats,
    columns: int,
    *,
    apart: int = 4,
    most_uses: int | None = None,
    report: Report | None = None,
) -> Grid:
    """Return the nearest poster for each cell, none again within `apart` cells or too often.

    Cells of much detail choose first. (2 d + 1)² posters can keep d cells apart, so fewer
    are kept less apart; `most_uses` never asks for more posters than there are. Where both
    leave nothing, the number of uses gives way.
    """
    count = len(posters)
    apart = min(apart, int((count**0.5 - 1) / 2))
    most = max(most_uses, -(-len(cells) // count)) if most_uses else len(cells)
    grid = np.full((len(cells) // columns, columns), -1, np.int32)
    uses = np.zeros(count, np.int32)
    detail = _detail(cells)
    order = np.argsort(-detail, kind="stable")
    block = max(1, min(_BLOCK, _COSTS // count))
    for start in range(0, len(order), block):
        if report:
            report(_CHOOSING, start, len(order))
        some = order[start : start + block]
        for cell, cost in zip(some, _squared(cells[some], posters), strict=True):
            y, x = divmod(int(cell), columns)
            near = grid[max(0, y - apart) : y + apart + 1, max(0, x - apart) : x + apart + 1]
            cost[near[near >= 0]] = np.inf
            best = int(np.where(uses < most, cost, np.inf).argmin())
            if uses[best] >= most or cost[best] == np.inf:
                best = int(cost.argmin())
            grid[y, x] = best
            uses[best] += 1
    return grid


def _detail(cells: Floats) -> Floats:
    """Return how much the parts of each cell vary, some cells at a time."""
    found = np.empty(len(cells), np.float32)
    for start in range(0, len(cells), _COSTS // 1_000):
        some = cells[start : start + _COSTS // 1_000]
        found[start : start + len(some)] = some.reshape(len(some), -1, 3).var(1).sum(1)
    return found


def _squared(cells: Floats, posters: Floats) -> Floats:
    """Return the squared distance of each cell to each poster: |c|² - 2 c·p + |p|²."""
    cost: Floats = cells @ posters.T
    cost *= -2
    cost += (cells * cells).sum(1)[:, None]
    cost += (posters * posters).sum(1)[None]
    return cost


def choose_once(
    cells: Floats, posters: Floats, columns: int, *, seed: int = 0, report: Report | None = None
) -> Grid:
    """Return a poster for each cell, none twice; there are at least as many as cells.

    First by lightness, then random pairs swap while that helps. Those left over take part
    as places that cost nothing: without them the end is a third worse than it could be.
    """
    chance, wanted, count = np.random.default_rng(seed), len(cells), len(posters)
    if count < wanted:
        raise ValueError("each once needs at least as many posters as cells")
    drawn = np.sort(chance.choice(count, wanted, replace=False))
    at = np.empty(count, np.int64)  # by place; those from `wanted` on are left over
    at[np.argsort(_light(cells), kind="stable")] = drawn[
        np.argsort(_light(posters[drawn]), kind="stable")
    ]
    at[wanted:] = np.setdiff1d(np.arange(count), drawn)

    def price(places: NDArray[Any], chosen: NDArray[Any]) -> Floats:
        there = cells[np.minimum(places, wanted - 1)]
        found: Floats = ((there - posters[chosen]) ** 2).sum(1) * (places < wanted)
        return found

    cost = price(np.arange(count), at)
    for sweep in range(_SWEEPS):
        if report:
            report(_CHOOSING, sweep, _SWEEPS)
        order = chance.permutation(count)
        one, other = order[: count // 2], order[count // 2 : count // 2 * 2]
        new_one, new_other = price(one, at[other]), price(other, at[one])
        better = new_one + new_other < cost[one] + cost[other]
        one, other = one[better], other[better]
        at[one], at[other] = at[other], at[one]
        cost[one], cost[other] = new_one[better], new_other[better]
    return at[:wanted].reshape(-1, columns).astype(np.int32)


def _light(features: Floats) -> Floats:
    found: Floats = features.reshape(len(features), -1, 3)[:, :, 0].mean(1)
    return found


def error(grid: Grid, cells: Floats, posters: Floats) -> float:
    """Return how far the cells are from their posters, on average: OKLab times 100, a part."""
    squared = ((cells - posters[grid.ravel()]) ** 2).sum(1) / (posters.shape[1] // 3)
    return float(np.sqrt(squared).mean())


def sketch(grid: Grid, posters: Floats, kind: Kind = FILMS) -> Image.Image:
    """Return the picture with each poster as its parts: what it will be from afar."""
    (rows, columns), across, down = grid.shape, kind.across, kind.down
    image = Image.new("RGB", (columns * across, rows * down))
    for row in range(rows):
        parts = posters[grid[row]].reshape(columns, down, across, 3).transpose(1, 0, 2, 3)
        strip = srgb(parts.reshape(down, columns * across, 3))
        image.paste(Image.fromarray(strip), (0, row * down))
    return image
