"""A wall by our own engine."""

import shutil
from functools import partial
from pathlib import Path

from PIL import Image

from bench.pictures.work import THREADS, Watch, Work
from core import memory
from worker_jobs.mosaic.jpeg import write_bands
from worker_jobs.mosaic.layout import Tile
from worker_jobs.mosaic.measures import Measures
from worker_jobs.mosaic.pictures import load_cell
from worker_jobs.mosaic.wall import GAPS, GROUNDS, Wall


def bands(work: Work, watch: Watch) -> None:
    """Draw rows, as the sheet does, in two threads; no cell is kept."""
    _bands(work, watch, THREADS)


def alone(work: Work, watch: Watch) -> None:
    """Do it in one: two that share a processor's core each count what they wait for the other."""
    _bands(work, watch, 1)


def _bands(work: Work, watch: Watch, threads: int) -> None:
    memory.spare(arenas=1)  # as the job does
    wide, high = work.cell

    def draw(row: list[Path]) -> Image.Image:
        band = Image.new("RGB", (work.columns * wide, high))
        for column, path in enumerate(row):
            band.paste(load_cell(path, wide, high, GROUNDS["black"]), (column * wide, 0))
        return band

    with work.out.open("wb") as file:
        drawing = [partial(draw, row) for row in work.in_order]
        write_bands(file, *work.size, drawing, threads=threads)
    watch.lap("writing")


def cold(work: Work, watch: Watch) -> None:
    """Make and keep each cell, and join them."""
    shutil.rmtree(work.cells, ignore_errors=True)
    watch.start()
    warm(work, watch)


def warm(work: Work, watch: Watch) -> None:
    memory.spare(arenas=1)
    posters = [path for row in work.in_order for path in row]
    wide, high = work.cell
    wall = Wall(
        tiles_of(posters),
        Measures(len(posters), work.columns, wide, high, high, *work.size),
        work.cells,
        gap=GAPS["none"],
        ground=GROUNDS["black"],
    )
    with work.out.open("wb") as file:
        wall.write(file, threads=THREADS)
    watch.lap("writing")


def tiles_of(posters: list[Path]) -> list[Tile]:
    return [Tile(path.stem, None, None, None, path, path.stem) for path in posters]
