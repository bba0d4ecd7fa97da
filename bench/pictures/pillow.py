"""Plain Pillow, the way most people write it; and the floor: what nobody who uses it can avoid."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from bench.pictures.work import QUALITY, THREADS, Watch, Work

_LANCZOS = Image.Resampling.LANCZOS


def wall(work: Work, watch: Watch) -> None:
    """Open, resize, paste, save."""
    canvas = Image.new("RGB", work.size)
    for y, row in enumerate(work.in_order):
        for x, path in enumerate(row):
            canvas.paste(_resized(path, work.cell), (x * work.cell[0], y * work.cell[1]))
    canvas.save(work.out, quality=QUALITY, subsampling="4:2:0")
    watch.lap("writing")


def photo(work: Work, watch: Watch) -> None:
    """Resize every tile once, take the one nearest in mean colour, paste, save."""
    import numpy as np

    watch.start()
    tiles = [_resized(path, work.cell) for path in work.posters]
    means = np.array([np.asarray(tile).mean((0, 1)) for tile in tiles])
    with Image.open(work.target) as target:
        small = np.asarray(target.convert("RGB").resize((work.columns, work.rows)))
    grid = [
        [int(((means - pixel) ** 2).sum(1).argmin()) for pixel in row]
        for row in small.astype(np.float64)
    ]
    watch.lap("choosing")
    canvas = Image.new("RGB", work.size)
    for y, numbers in enumerate(grid):
        for x, number in enumerate(numbers):
            canvas.paste(tiles[number], (x * work.cell[0], y * work.cell[1]))
    canvas.save(work.out, quality=QUALITY, subsampling="4:2:0")
    watch.lap("writing")


def _resized(path: Path, cell: tuple[int, int]) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB").resize(cell, _LANCZOS)


def floor(work: Work, watch: Watch) -> None:
    """Decode every poster as small as the decoder can, and encode a finished wall once."""
    with Image.open(work.out.with_name("walls.cold.jpg")) as image:
        image.load()
        finished = image.convert("RGB")
    watch.start()
    with ThreadPoolExecutor(THREADS) as pool:
        paths = [path for row in work.in_order for path in row]
        deque(pool.map(lambda path: _decode(path, work.cell), paths), 0)
    finished.save(work.out, quality=QUALITY, subsampling="4:2:0")
    watch.lap("writing")


def _decode(path: Path, cell: tuple[int, int]) -> None:
    with Image.open(path) as image:
        image.draft("RGB", cell)
        image.load()
