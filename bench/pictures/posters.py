"""Posters and a target to measure with: python -m bench.pictures.posters FOLDER COUNT."""

import random
import sys
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageOps

from bench.pictures import targets
from bench.pictures.work import QUALITY, THREADS, Work
from worker_jobs.mosaic import colours

SIZE = (500, 750)
TARGET = (1200, 1800)


def poster(number: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Draw a poster that costs a decoder what a real one does: clouds, forms and grain."""
    chance = random.Random(number)
    picture = Image.new("L", size)
    for across, share in ((6, 0.5), (40, 0.4), (160, 0.2)):
        parts = (across, across * 3 // 2)
        cloud = Image.frombytes("L", parts, chance.randbytes(parts[0] * parts[1]))
        picture = Image.blend(picture, cloud.resize(size, Image.Resampling.BICUBIC), share)
    pen, (wide, high) = ImageDraw.Draw(picture), size
    for _ in range(chance.randint(2, 9)):
        x, y = chance.randrange(wide), chance.randrange(high)
        radius = chance.randint(wide // 25, wide // 3)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=chance.randrange(256))
    grain = Image.effect_noise(size, chance.uniform(3, 10))
    picture = ImageChops.add(picture, grain, 1, -128)
    dark, middle, light = (tuple(chance.randbytes(3)) for _ in range(3))
    return ImageOps.colorize(picture, dark, light, middle)


def draw(folder: Path, numbers: Iterable[int], size: tuple[int, int] = SIZE) -> None:
    """Save the posters of those numbers as JPEG, named by number."""
    folder.mkdir(parents=True, exist_ok=True)

    def save(number: int) -> None:
        poster(number, size).save(folder / f"{number:04d}.jpg", quality=QUALITY)

    with ThreadPoolExecutor(THREADS) as pool:
        deque(pool.map(save, numbers), 0)


def make(folder: Path, count: int, size: tuple[int, int] = SIZE) -> None:
    """Fill a folder with posters, what is known of their colours, and a target."""
    work = Work(folder, folder, 0, 0, (0, 0))
    draw(folder / "posters", range(count), size)
    with ThreadPoolExecutor(THREADS) as pool:
        work.colours.write_bytes(b"".join(pool.map(colours.parts_of, work.posters)))
    # As many cells of 2 by 3 across as down are 2 by 3 themselves.
    ImageOps.fit(targets.portrait(), TARGET).save(work.target, quality=QUALITY)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
