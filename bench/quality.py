"""Measure how well pictures made of posters show their targets, setting by setting.

    python -m bench.quality [--posters 552] [--keep FOLDER]

A portrait, a landscape and a drawing, made of the posters of the fakes; beyond those,
synthetic ones fill up. Told for each setting: the mean distance of a cell to its poster in
OKLab times 100, by the 24 parts from which it was chosen; that of its mean colour in the
finished picture, with the tint; and how alike picture and target are (SSIM) when a cell is
4 pixels wide, and when the whole is 240 wide, which is what somebody across the room sees:
the second can be compared between numbers of columns. No matter of time: equal posters,
equal numbers.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from bench.pictures import posters as synthetic
from bench.pictures.ssim import ssim
from bench.pictures.targets import TARGETS
from bench.pictures.walls import tiles_of
from fakes.films import films
from fakes.posters import poster
from worker_jobs.mosaic import choice, colours
from worker_jobs.mosaic.kinds import FILMS
from worker_jobs.mosaic.photo import COLUMNS, Photo, Plan, cropped, plan

_POSTER = (160, 240)
_CELL = (32, 48)  # from afar a larger one looks the same
_WIDE = 240  # pixels


class Setting(NamedTuple):
    """What a person may choose, beside the target."""

    columns: int | None = COLUMNS
    apart: int = 4
    most_uses: int | None = None
    once: bool = False
    tint: float = 0.0

    def __str__(self) -> str:
        if self.once:
            return "each once"
        uses = f", at most {self.most_uses} times" if self.most_uses else ""
        return f"{self.columns} columns, {self.apart} apart, tint {self.tint:.2f}{uses}"


USUAL = Setting()
SETTINGS = (
    *(USUAL._replace(apart=apart) for apart in (0, 4, 10)),
    *(USUAL._replace(most_uses=most) for most in (10, 20)),
    *(USUAL._replace(tint=tint) for tint in (0.15, 0.25, 0.4)),
    *(USUAL._replace(columns=columns) for columns in (40, 100, 200)),
    Setting(columns=None, once=True),
)


class Pile(NamedTuple):
    """Posters, and what is known of their colours."""

    paths: list[Path]
    colours: choice.Floats


class Seen(NamedTuple):
    """A picture made so: how many posters it shows, how often one of them at the most.

    `near` is its SSIM with 4 pixels a cell, `far` that with 240 pixels in all; `error` and
    `colour` are distances, the second of a cell's mean.
    """

    columns: int
    used: int
    most: int
    error: float
    colour: float
    near: float
    far: float


def pile(folder: Path, count: int) -> Pile:
    """Draw posters: those of the fakes, and more if that is not enough."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = films()[:count]
    for film in drawn:
        (folder / f"film-{film.id}.jpg").write_bytes(poster(film, _POSTER[0]))
    synthetic.draw(folder, range(count - len(drawn)), _POSTER)
    paths = sorted(folder.glob("*.jpg"))
    return Pile(paths, choice.of_posters([colours.parts_of(path) for path in paths]))


def made(target: Image.Image, setting: Setting, of: Pile, folder: Path) -> Seen:
    laid = _plan(target, setting, len(of.paths))
    fitted = cropped(target, laid.shape)
    cells = choice.of_cells(fitted, laid.columns, laid.rows)
    if setting.once:
        grid = choice.choose_once(cells, of.colours, laid.columns)
    else:
        grid = choice.choose(
            cells, of.colours, laid.columns, apart=setting.apart, most_uses=setting.most_uses
        )
    photo = Photo(
        tiles_of(of.paths),
        laid,
        grid.tolist(),
        fitted,
        folder / "cells",
        folder / "scratch",
        tint=setting.tint,
    )
    path = folder / f"{setting}.jpg"
    with path.open("wb") as out:
        photo.write(out)
    uses = Counter(grid.ravel().tolist())
    error = choice.error(grid, cells, of.colours)
    return Seen(laid.columns, len(uses), max(uses.values()), error, *_likeness(path, fitted, laid))


def _likeness(path: Path, target: Image.Image, laid: Plan) -> tuple[float, float, float]:
    """Return how far the mean of a cell is from the target's, and both SSIMs."""
    seen, wanted = (
        choice.oklab(np.asarray(image))
        for image in _reduced(path, target, (laid.columns, laid.rows))
    )
    colour = float(np.linalg.norm(seen - wanted, axis=2).mean())
    near = ssim(*_reduced(path, target, (laid.columns * FILMS.across, laid.rows * FILMS.down)))
    far = ssim(*_reduced(path, target, (_WIDE, round(_WIDE / laid.shape))))
    return colour, near, far


def _plan(target: Image.Image, setting: Setting, count: int) -> Plan:
    laid = plan(target.size, columns=setting.columns, posters=count, once=setting.once)
    size = laid.columns * _CELL[0], laid.rows * _CELL[1]
    return Plan(laid.columns, laid.rows, *_CELL, *size)


def _reduced(path: Path, target: Image.Image, size: tuple[int, int]) -> list[Image.Image]:
    """Return picture and target at that size."""
    with Image.open(path) as image:
        return [one.resize(size, Image.Resampling.BOX) for one in (image, target)]


def compare(settings: Sequence[Setting], of: Pile, folder: Path) -> None:
    heads = ("columns", "posters", "most", "distance", "colour", "SSIM", f"{_WIDE} wide")
    for name, draw in TARGETS.items():
        print(f"\n{name:49} " + " ".join(f"{head:>8}" for head in heads))
        own, target = folder / name, draw()
        own.mkdir(parents=True, exist_ok=True)
        target.save(own / "target.png")
        for setting in settings:
            seen = made(target, setting, of, own)
            print(
                f"{setting!s:49} {seen.columns:8} {seen.used:8} {seen.most:8} "
                f"{seen.error:8.2f} {seen.colour:8.2f} {seen.near:8.3f} {seen.far:8.3f}"
            )


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure pictures made of posters.")
    arguments.add_argument("--posters", type=int, default=len(films()), help="to choose from")
    arguments.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the pictures there")
    given = arguments.parse_args()
    with ExitStack() as undo:
        scratch = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="bench-quality-")))
        of = pile(scratch / "posters", given.posters)
        print(f"{len(of.paths):,} posters; most: how often the same one is used")
        compare(SETTINGS, of, given.keep or scratch)


if __name__ == "__main__":
    main()
