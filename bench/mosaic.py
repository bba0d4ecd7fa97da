"""Measure the picture engine against what people would take instead.

    python -m bench.mosaic [--only grid|photo] [--rows 32] [--cells 100 200] [--posters 2000]

grid: 1,024 posters side by side, 56.6 megapixels. photo: a target rebuilt from cells of
2,000 posters, 138 and 553 megapixels. One way a process, all over the same synthetic
posters of 500x750 in a temporary folder, which is all that is written. The starter
imports nothing large: a child's peak memory would otherwise begin at its parent's.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from bench.pictures import magick
from bench.pictures.work import Figures, Seconds, Work

COLUMNS, WALL_CELL = 32, (192, 288)
PHOTO_CELL = (96, 144)
SLOWEST_CELLS = 100  # a side, beyond which the slowest is not waited for
SKETCH_SECONDS, PEAK_MB = 2, 60  # budgets
TRIES = 5  # of what is so short that whatever else the machine does shows; the best counts


class Way(NamedTuple):
    """`method` is a function in bench/pictures, by module and name."""

    method: str
    called: str
    tries: int = 1


FLOOR = Way("pillow.floor", "floor: decode small, encode once")
WALLS = (
    Way("pillow.wall", "plain Pillow"),
    Way("magick.wall", "ImageMagick montage"),
    Way("vips.wall", "libvips"),
    Way("vips.wall_in_memory", "libvips, thumbnails in memory"),
    Way("walls.alone", "ours: bands, one thread"),
    Way("walls.bands", "ours: bands"),
    Way("walls.cold", "ours: wall, cold"),
    Way("walls.warm", "ours: wall, warm", TRIES),
    FLOOR,  # encodes what ours has made
)
PHOTOS = (
    Way("photos.cold", "ours, cold"),
    Way("photos.warm", "ours, warm", TRIES),
    Way("photos.tinted", "ours, tinted 0.25"),
    Way("vips.photo", "libvips, writing our choice"),
    Way("pillow.photo", "plain Pillow"),
    Way("codebox.photo", "codebox/mosaic, cells of 50x50"),
)


def is_installed(way: Way) -> bool:
    if way.method.startswith("magick."):
        return magick.is_installed()
    return not way.method.startswith("vips.") or find_spec("pyvips") is not None


def entered(ways: Sequence[Way]) -> list[Way]:
    """Return those that can be measured here; name the others."""
    for way in ways:
        if not is_installed(way):
            print(f"left out, not installed: {way.called}")
    return [way for way in ways if is_installed(way)]


def measured(way: Way, work: Work) -> Figures:
    """Return the try that took the least processor time."""
    out = work.folder / "out" / f"{way.method}.jpg"
    out.parent.mkdir(exist_ok=True)
    numbers = (work.columns, work.rows, *work.cell)
    arguments = [way.method, str(work.folder), str(out), *map(str, numbers)]
    found = [_child("bench.pictures.one", *arguments) for _ in range(way.tries)]
    tries: list[Figures] = [json.loads(figures) for figures in found]
    return min(tries, key=lambda figures: whole(figures).cpu)


def _child(module: str, *arguments: str) -> bytes:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def whole(figures: Figures) -> Seconds:
    walls, cpus = zip(*figures["laps"].values(), strict=True)
    return Seconds(sum(walls), sum(cpus))


def compare_walls(folder: Path, rows: int) -> None:
    work = Work(folder, folder, COLUMNS, rows, WALL_CELL)
    print(f"\n{rows * COLUMNS:,} posters side by side, {_megapixels(work):.1f} MP, quality 88")
    found = {way: measured(way, work) for way in entered(WALLS)}
    ours = {way.method: whole(found[way]).cpu for way in found if way.method.startswith("walls.")}
    floor = whole(found[FLOOR]).cpu
    print(f"{'':33} {'CPU s':>7} {'wall s':>7} {'peak MB':>8} {'MB':>6}  CPU against")
    print(f"{'':66}  {'floor':>6} {'bands':>6} {'cold':>6} {'warm':>6}")
    for way, figures in found.items():
        time = whole(figures)
        against = (time.cpu / cpu for cpu in (floor, *ours.values()))
        # The floor holds a finished picture that it did not make.
        peak = "" if way is FLOOR else f"{figures['peak']:.0f}"
        print(
            f"{way.called:33} {time.cpu:7.2f} {time.wall:7.2f} {peak:>8} {figures['size']:6.1f}  "
            + " ".join(f"{ratio:6.2f}" for ratio in against)
        )


def compare_photos(folder: Path, side: int) -> None:
    work = Work(folder, folder, side, side, PHOTO_CELL)
    count = len(work.posters)
    print(f"\n{side}x{side} cells of {count:,} posters, {_megapixels(work):.0f} MP, quality 88")
    ways = [way for way in PHOTOS if side <= SLOWEST_CELLS or way.method != "codebox.photo"]
    found = {way: measured(way, work) for way in entered(ways)}
    ours = whole(found[PHOTOS[0]])
    heads = ("choosing", "writing", "wall s", "CPU s", "peak MB", "MB")
    print(
        f"{'':33} " + " ".join(f"{head:>8}" for head in heads) + "  against ours, cold: wall, CPU"
    )
    for way, figures in found.items():
        time, laps = whole(figures), figures["laps"]
        parts = [f"{laps[lap][0]:.2f}" if lap in laps else "" for lap in heads[:2]]
        numbers = (f"{time.wall:.2f}", f"{time.cpu:.2f}")
        sizes = (f"{figures['peak']:.0f}", f"{figures['size']:.1f}")
        columns = " ".join(f"{text:>8}" for text in (*parts, *numbers, *sizes))
        print(f"{way.called:33} {columns}  {time.wall / ours.wall:8.2f} {time.cpu / ours.cpu:8.2f}")
    _judge([figures for way, figures in found.items() if way.method.startswith("photos.")])


def _judge(ours: Sequence[Figures]) -> None:
    sketch = max(figures["laps"]["choosing"][0] for figures in ours)
    peak = max(figures["peak"] for figures in ours)
    print(
        f"our sketch after {sketch:.2f} s at the latest, of {SKETCH_SECONDS}; "
        f"our peak {peak:.0f} MB at the most, of {PEAK_MB}"
    )


def _megapixels(work: Work) -> float:
    return work.size[0] * work.size[1] / 1e6


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure the picture engine.")
    arguments.add_argument("--only", choices=("grid", "photo"), help="one of the two")
    arguments.add_argument("--rows", type=int, default=32, help="of 32 posters each, of the grid")
    arguments.add_argument("--cells", type=int, nargs="+", default=[100, 200], help="a side")
    arguments.add_argument("--posters", type=int, default=2_000, help="to choose from")
    given = arguments.parse_args()
    rows = 0 if given.only == "photo" else given.rows
    cells = [] if given.only == "grid" else given.cells
    with tempfile.TemporaryDirectory(prefix="bench-mosaic-") as made:
        count = max(rows * COLUMNS, given.posters if cells else 0)
        _child("bench.pictures.posters", made, str(count))
        print(f"{count:,} posters of 500x750; load of the machine {os.getloadavg()[0]:.1f}")
        if rows:
            compare_walls(Path(made), rows)
        for side in cells:
            compare_photos(Path(made), side)


if __name__ == "__main__":
    main()
