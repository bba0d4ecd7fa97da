"""libvips through pyvips: thumbnails, joined as an array, encoded as they come.

`thumbnail` lets the JPEG decoder reduce, and reads from top to bottom without being told.
"""

import json

import pyvips

from bench.pictures.work import QUALITY, Watch, Work


def wall(work: Work, watch: Watch) -> None:
    _wall(work, watch, in_memory=False)


def wall_in_memory(work: Work, watch: Watch) -> None:
    """Let go each file once its thumbnail is made; else all stay open, with their decoders."""
    _wall(work, watch, in_memory=True)


def _wall(work: Work, watch: Watch, *, in_memory: bool) -> None:
    images = [
        _thumbnail(str(path), work.cell, in_memory=in_memory)
        for row in work.in_order
        for path in row
    ]
    _save(pyvips.Image.arrayjoin(images, across=work.columns), work)
    watch.lap("writing")


def photo(work: Work, watch: Watch) -> None:
    """Write the grid that ours has chosen.

    Row by row: one array of so many images was measured to take eight times as long.
    """
    grid = json.loads(work.grid.read_text())
    watch.start()
    posters = work.posters
    used = {number for row in grid for number in row}
    tiles = {number: _thumbnail(str(posters[number]), work.cell, in_memory=True) for number in used}
    rows = [pyvips.Image.arrayjoin([tiles[number] for number in row]) for row in grid]
    _save(pyvips.Image.arrayjoin(rows, across=1), work)
    watch.lap("writing")


def _thumbnail(path: str, cell: tuple[int, int], *, in_memory: bool) -> "pyvips.Image":
    image = pyvips.Image.thumbnail(path, cell[0], height=cell[1], crop="centre")
    return image.copy_memory() if in_memory else image


def _save(image: "pyvips.Image", work: Work) -> None:
    image.jpegsave(str(work.out), Q=QUALITY, subsample_mode="on", strip=True)
