"""Measure how well pictures made of posters show their targets, setting by setting.

    python -m bench.quality [--posters 552] [--keep FOLDER]

A portrait, a landscape and a drawing, made of the posters of the fakes; beyond those,
synthetic ones fill up. Told for each setting: the mean distance of a cell to its poster in
OKLab times 100, and how alike picture and target are (SSIM) when a cell is 4 pixels wide,
which is what somebody across the room sees. Neither is a matter of time: equal posters
give equal numbers.
"""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from bench.pictures import posters as synthetic
from bench.pictures.ssim import ssim
from bench.pictures.targets import TARGETS
from bench.pictures.walls import tiles_of
from fakes.films import films
from fakes.posters import poster
from worker_jobs.mosaic import choice, colours
from worker_jobs.mosaic.colours import ACROSS, DOWN
from worker_jobs.mosaic.photo import COLUMNS, Photo, Plan, cropped, plan

_POSTER = (160, 240)
_CELL = (32, 48)  # from afar a larger one looks the same


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
    """A picture made so, `alike` to its target by SSIM; `untouched` is that without a choice."""

    columns: int
    used: int
    most: int
    error: float
    alike: float
    picture: Path


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
        limits = {"apart": setting.apart, "most_uses": setting.most_uses}
        grid = choice.choose(cells, of.colours, laid.columns, **limits)
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
    uses = choice.np.bincount(grid.ravel())
    error = choice.error(grid, cells, of.colours)
    alike = ssim(_from_afar(path, laid), fitted.resize(_afar(laid), Image.Resampling.BOX))
    return Seen(laid.columns, int((uses > 0).sum()), int(uses.max()), error, alike, path)


def _plan(target: Image.Image, setting: Setting, count: int) -> Plan:
    laid = plan(target.size, columns=setting.columns, posters=count, once=setting.once)
    size = laid.columns * _CELL[0], laid.rows * _CELL[1]
    return Plan(laid.columns, laid.rows, *_CELL, *size)


def _afar(laid: Plan) -> tuple[int, int]:
    return laid.columns * ACROSS, laid.rows * DOWN


def _from_afar(path: Path, laid: Plan) -> Image.Image:
    with Image.open(path) as image:
        return image.resize(_afar(laid), Image.Resampling.BOX)


def compare(settings: Sequence[Setting], of: Pile, folder: Path) -> None:
    for name, draw in TARGETS.items():
        print(f"\n{name}")
        print(f"{'':44} {'columns':>7} {'posters':>7} {'one at most':>11} {'distance':>8} {'SSIM':>6}")
        own, target = folder / name, draw()
        own.mkdir(parents=True, exist_ok=True)
        target.save(own / "target.png")
        for setting in settings:
            seen = made(target, setting, of, own)
            print(
                f"{setting!s:44} {seen.columns:7} {seen.used:7} {seen.most:11} "
                f"{seen.error:8.2f} {seen.alike:6.3f}"
            )


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure pictures made of posters.")
    arguments.add_argument("--posters", type=int, default=len(films()), help="to choose from")
    arguments.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the pictures there")
    given = arguments.parse_args()
    with ExitStack() as undo:
        scratch = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="bench-quality-")))
        of = pile(scratch / "posters", given.posters)
        print(f"{len(of.paths):,} posters; SSIM and colours with a cell {ACROSS} pixels wide")
        compare(SETTINGS, of, given.keep or scratch)


if __name__ == "__main__":
    main()
