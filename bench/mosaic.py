"""Measure the picture engine against plain Pillow and ImageMagick: 1,024 posters, 56.6 MP.

    python -m bench.mosaic [--rows 32]

One method a process, all over the same synthetic posters of 500x750 in a temporary
folder, which is all that is written. The starter imports nothing large: a child's peak
memory would otherwise begin at its parent's.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

    from worker_jobs.mosaic.jpeg import Pieces

COLUMNS = 32
CELL = (192, 288)
POSTER = (500, 750)
THREADS = 2
GROUND = (0, 0, 0)
TRIES = {"warm": 5}  # so short that whatever else the machine does shows; the best counts
# Debian's own policy refuses a picture of this size.
POLICY = """<policymap>
<policy domain="resource" name="memory" value="4GiB"/>
<policy domain="resource" name="map" value="4GiB"/>
<policy domain="resource" name="area" value="4GP"/>
<policy domain="resource" name="width" value="64KP"/>
<policy domain="resource" name="height" value="64KP"/>
<policy domain="resource" name="disk" value="8GiB"/>
</policymap>
"""


def poster(number: int) -> "Image.Image":
    """Draw a poster that costs a decoder what a real one does: clouds, forms and grain."""
    import random

    from PIL import Image, ImageChops, ImageDraw, ImageOps

    chance = random.Random(number)
    picture = Image.new("L", POSTER)
    for cells, share in ((6, 0.5), (40, 0.4), (160, 0.2)):
        size = (cells, cells * 3 // 2)
        cloud = Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))
        picture = Image.blend(picture, cloud.resize(POSTER, Image.Resampling.BICUBIC), share)
    pen = ImageDraw.Draw(picture)
    for _ in range(chance.randint(2, 9)):
        x, y, radius = chance.randrange(500), chance.randrange(750), chance.randint(20, 160)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=chance.randrange(256))
    grain = Image.effect_noise(POSTER, chance.uniform(3, 10))
    picture = ImageChops.add(picture, grain, 1, -128)
    dark, middle, light = (tuple(chance.randbytes(3)) for _ in range(3))
    return ImageOps.colorize(picture, dark, light, middle)


def make(folder: Path, count: int) -> None:
    def save(number: int) -> None:
        poster(number).save(folder / f"{number:04d}.jpg", quality=88)

    with ThreadPoolExecutor(THREADS) as pool:
        deque(pool.map(save, range(count)), 0)


def plain(posters: list[Path], out: Path) -> None:
    """Do it as most would: open, resize, paste, save."""
    from PIL import Image

    canvas = Image.new("RGB", size_of(posters))
    for number, path in enumerate(posters):
        with Image.open(path) as image:
            cell = image.convert("RGB").resize(CELL, Image.Resampling.LANCZOS)
        canvas.paste(cell, (number % COLUMNS * CELL[0], number // COLUMNS * CELL[1]))
    canvas.save(out, quality=88, subsampling="4:2:0")


def montage(posters: list[Path], out: Path) -> None:
    policy = out.parent / "policy"
    policy.mkdir(exist_ok=True)
    (policy / "policy.xml").write_text(POLICY)
    wide, high = CELL
    hint = ["-define", f"jpeg:size={2 * wide}x{2 * high}"]
    shape = ["-tile", f"{COLUMNS}x", "-geometry", f"{wide}x{high}+0+0"]
    settings = ["-quality", "88", "-sampling-factor", "4:2:0"]
    subprocess.run(
        ["montage", *hint, *map(str, posters), *shape, *settings, str(out)],
        check=True,
        env={**os.environ, "MAGICK_CONFIGURE_PATH": str(policy)},
    )


def bands(posters: list[Path], out: Path) -> None:
    from PIL import Image

    from worker_jobs.mosaic.jpeg import write_bands
    from worker_jobs.mosaic.pictures import load_cell

    def draw(row: list[Path]) -> Image.Image:
        band = Image.new("RGB", (COLUMNS * CELL[0], CELL[1]))
        for column, path in enumerate(row):
            band.paste(load_cell(path, *CELL, GROUND), (column * CELL[0], 0))
        return band

    with out.open("wb") as file:
        drawing = [partial(draw, row) for row in rows_of(posters)]
        write_bands(file, *size_of(posters), drawing, threads=THREADS)


def cold(posters: list[Path], out: Path) -> None:
    """Make and keep each cell, then join them."""
    from worker_jobs.mosaic.jpeg import cell_jpeg
    from worker_jobs.mosaic.pictures import load_cell

    def keep(path: Path) -> None:
        kept(path).write_bytes(cell_jpeg(load_cell(path, *CELL, GROUND)))

    with ThreadPoolExecutor(THREADS) as pool:
        deque(pool.map(keep, posters), 0)
    warm(posters, out)


def warm(posters: list[Path], out: Path) -> None:
    from worker_jobs.mosaic.jpeg import join, take_apart

    def pieces(row: list[Path]) -> "list[Pieces]":
        return [take_apart(kept(path).read_bytes()) for path in row]

    with out.open("wb") as file:
        join(file, *size_of(posters), map(pieces, rows_of(posters)), CELL[0])


METHODS: dict[str, Callable[[list[Path], Path], None]] = {
    "plain": plain,
    "montage": montage,
    "bands": bands,
    "cold": cold,
    "warm": warm,
}
NAMES = {
    "plain": "plain Pillow",
    "montage": "ImageMagick montage",
    "bands": "bands",
    "cold": "join, cold",
    "warm": "join, warm",
}


def kept(path: Path) -> Path:
    return path.with_suffix(".cell")


def size_of(posters: list[Path]) -> tuple[int, int]:
    return COLUMNS * CELL[0], len(posters) // COLUMNS * CELL[1]


def rows_of(posters: list[Path]) -> list[list[Path]]:
    return [posters[at : at + COLUMNS] for at in range(0, len(posters), COLUMNS)]


def measure(method: str, folder: Path) -> dict[str, float]:
    """Run `method` here; return seconds of processor and of wall, and MB over the imports."""
    who = resource.RUSAGE_CHILDREN if method == "montage" else resource.RUSAGE_SELF
    posters = sorted(folder.glob("*.jpg"))
    out = folder / "out" / f"{method}.jpg"
    out.parent.mkdir(exist_ok=True)
    if method != "montage":
        import worker_jobs.mosaic.sheet  # noqa: F401 - what a worker has loaded by then
    before, start = resource.getrusage(who), time.perf_counter()
    METHODS[method](posters, out)
    wall, after = time.perf_counter() - start, resource.getrusage(who)
    return {
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "wall": wall,
        "peak": (after.ru_maxrss - before.ru_maxrss) / 1024,
        "size": out.stat().st_size / 1e6,
    }


def child(*arguments: str) -> Any:
    command = [sys.executable, "-m", "bench.mosaic", *arguments]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return json.loads(answer or "null")


def best(method: str, folder: str) -> dict[str, float]:
    tries: list[dict[str, float]] = [
        child("--method", method, "--folder", folder) for _ in range(TRIES.get(method, 1))
    ]
    return min(tries, key=lambda figures: figures["cpu"])


def compare(rows: int) -> None:
    methods = [name for name in METHODS if name != "montage" or shutil.which("montage")]
    with tempfile.TemporaryDirectory(prefix="bench-mosaic-") as folder:
        child("--make", str(rows * COLUMNS), "--folder", folder)
        pixels = rows * COLUMNS * CELL[0] * CELL[1] / 1e6
        print(f"{rows * COLUMNS:,} posters of 500x750, {pixels:.1f} MP, quality 88")
        print(f"{'':20} {'CPU s':>7} {'wall s':>7} {'peak MB':>8} {'MB':>6}  CPU against ours")
        found = {name: best(name, folder) for name in methods}
    for name, figures in found.items():
        against = ", ".join(
            f"{figures['cpu'] / found[ours]['cpu']:.1f}x {NAMES[ours]}"
            for ours in ("bands", "cold", "warm")
            if name in ("plain", "montage")
        )
        print(
            f"{NAMES[name]:20} {figures['cpu']:7.2f} {figures['wall']:7.2f} "
            f"{figures['peak']:8.0f} {figures['size']:6.1f}  {against}"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure the picture engine.")
    arguments.add_argument("--rows", type=int, default=32, help="of 32 posters each")
    arguments.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--make", type=int, help=argparse.SUPPRESS)
    arguments.add_argument("--method", choices=METHODS, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.make:
        make(given.folder, given.make)
    elif given.method:
        print(json.dumps(measure(given.method, given.folder)))
    else:
        compare(given.rows)


if __name__ == "__main__":
    main()
