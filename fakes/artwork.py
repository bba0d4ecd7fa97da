"""Abstract pictures in the manner of printed posters: a dozen ways to fill a sheet.

Each takes a `Sheet` and draws on it; all that looks like chance comes from the
sheet's own seed. Titles are the business of `posters`.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

# Background, ink, three accents.
PALETTES = [
    ("#f2e8cf", "#1b1b1e", "#bc4749", "#386641", "#a7c957"),
    ("#0b132b", "#f5f1e3", "#5bc0be", "#f25f5c", "#ffe066"),
    ("#e63946", "#f1faee", "#1d3557", "#457b9d", "#a8dadc"),
    ("#ffb703", "#023047", "#fb8500", "#219ebc", "#8ecae6"),
    ("#2b2d42", "#edf2f4", "#ef233c", "#8d99ae", "#d90429"),
    ("#f4f1de", "#3d405b", "#e07a5f", "#81b29a", "#f2cc8f"),
    ("#10002b", "#e0aaff", "#7b2cbf", "#ff6d00", "#ff9e00"),
    ("#003049", "#fdf0d5", "#c1121f", "#669bbc", "#f77f00"),
    ("#14342b", "#f3efe0", "#60935d", "#e4b363", "#bbdfc5"),
    ("#ffcdb2", "#2d1e2f", "#e5989b", "#b5838d", "#6d6875"),
    ("#111111", "#f7f7f2", "#ff3b30", "#8e8e93", "#ffd60a"),
    ("#264653", "#f1f1e6", "#2a9d8f", "#e9c46a", "#e76f51"),
    ("#f8f4e3", "#0d1b2a", "#1b98e0", "#9ad1d4", "#ff5a5f"),
    ("#5f0f40", "#fff3e2", "#9a031e", "#fb8b24", "#e36414"),
    ("#dad7cd", "#1f2d22", "#3a5a40", "#588157", "#a3b18a"),
    ("#1a1423", "#eacdc2", "#b75d69", "#774c60", "#f2b880"),
]
WIDTH, HEIGHT = 1200, 1800  # twice the poster: scaling down makes the edges smooth

Point = tuple[float, float]


@dataclass
class Sheet:
    """An empty sheet with its colours; `chance` decides the rest."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    chance: random.Random
    ground: str
    ink: str
    accents: list[str]

    @classmethod
    def of(cls, seed: int) -> "Sheet":
        chance = random.Random(seed)
        ground, ink, *accents = chance.choice(PALETTES)
        chance.shuffle(accents)
        image = Image.new("RGB", (WIDTH, HEIGHT), ground)
        return cls(image, ImageDraw.Draw(image), chance, ground, ink, accents)

    def maybe(self, often: float) -> bool:
        return self.chance.random() < often

    def shade(self, top: str, bottom: str) -> None:
        """Fill the sheet from one colour to another."""
        column = Image.linear_gradient("L").resize((1, 256))
        self.image.paste(ImageOps.colorize(column, top, bottom).resize(self.image.size))

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def shape(self, points: Sequence[Point], colour: str) -> None:
        self.draw.polygon(list(points), fill=colour)


def sun(sheet: Sheet) -> None:
    """A low sun, its light in strips on the water."""
    sheet.shade(sheet.ground, sheet.accents[0])
    x, horizon = sheet.chance.uniform(350, 850), sheet.chance.uniform(900, 1200)
    radius = sheet.chance.uniform(260, 420)
    sheet.disc(x, horizon - radius * 0.35, radius, sheet.accents[1])
    sheet.draw.rectangle((0, horizon, WIDTH, HEIGHT), fill=sheet.accents[2])
    for strip in range(12):
        y, half = horizon + 24 + strip * 52, radius * (1.05 - strip * 0.07)
        half *= sheet.chance.uniform(0.75, 1.1)
        sheet.draw.rounded_rectangle((x - half, y, x + half, y + 20), 10, fill=sheet.accents[1])


def rays(sheet: Sheet) -> None:
    """A burst from a point, with a disc upon it."""
    x, y = sheet.chance.uniform(250, 950), sheet.chance.uniform(450, 1250)
    count = sheet.chance.choice([14, 20, 28])
    turn = sheet.chance.uniform(0, 1)
    colours = [sheet.ink, sheet.accents[0]] if sheet.maybe(0.3) else sheet.accents[:2]
    for wedge in range(count):
        ends = [math.tau * (wedge + turn + side) / count for side in (0, 1)]
        rim = [(x + 2600 * math.cos(end), y + 2600 * math.sin(end)) for end in ends]
        sheet.shape([(x, y), *rim], colours[wedge % 2])
    sheet.disc(x, y, 300, sheet.ground)
    sheet.disc(x, y, 200, sheet.accents[2])


def rings(sheet: Sheet) -> None:
    """Circles in circles, not quite about one centre."""
    x, y = sheet.chance.uniform(200, 1000), sheet.chance.uniform(300, 1300)
    drift = sheet.chance.uniform(-16, 16), sheet.chance.uniform(-16, 16)
    colours = [*sheet.accents, sheet.ground, sheet.ink]
    for ring in range(16):
        sheet.disc(
            x + ring * drift[0], y + ring * drift[1], 1300 - ring * 82, colours[ring % len(colours)]
        )


def bands(sheet: Sheet) -> None:
    """Slanting bands of uneven width."""
    slope = sheet.chance.choice([-1.1, -0.6, 0.6, 1.1])
    y = -1400.0
    turn = 0
    while y < HEIGHT + 1400:
        wide = sheet.chance.choice([60, 110, 180, 320])
        colour = [*sheet.accents, sheet.ground, sheet.ink][turn % 5]
        low = y + slope * WIDTH
        sheet.shape([(0, y), (WIDTH, low), (WIDTH, low + wide), (0, y + wide)], colour)
        y, turn = y + wide, turn + sheet.chance.choice([1, 1, 2])
    sheet.disc(sheet.chance.uniform(350, 850), sheet.chance.uniform(500, 1200), 260, sheet.ink)


def quarters(sheet: Sheet) -> None:
    """A grid of quarter circles and squares, as from a box of wooden blocks."""
    side = sheet.chance.choice([300, 400, 600])
    colours = [*sheet.accents, sheet.ink]
    for left in range(0, WIDTH, side):
        for top in range(0, HEIGHT, side):
            below, above = sheet.chance.sample([*colours, sheet.ground], 2)
            sheet.draw.rectangle((left, top, left + side, top + side), fill=below)
            if sheet.maybe(0.2):
                sheet.disc(left + side / 2, top + side / 2, side * 0.36, above)
                continue
            corner_x = left - side * sheet.chance.randint(0, 1)
            corner_y = top - side * sheet.chance.randint(0, 1)
            tile = Image.new("L", (side, side), 0)
            box = (corner_x - left, corner_y - top, corner_x - left + 2 * side)
            ImageDraw.Draw(tile).ellipse((*box, corner_y - top + 2 * side), fill=255)
            sheet.image.paste(above, (left, top), tile)


def ridges(sheet: Sheet) -> None:
    """Mountains behind mountains under a moon."""
    sheet.shade(sheet.ground, sheet.accents[0])
    sheet.disc(
        sheet.chance.uniform(250, 950), sheet.chance.uniform(250, 600), 150, sheet.accents[1]
    )
    for depth, colour in enumerate([sheet.accents[1], sheet.accents[2], sheet.ink]):
        y = 780 + depth * 270
        points = [(step * 150, y + sheet.chance.uniform(-190, 130)) for step in range(9)]
        sheet.shape([*points, (WIDTH, HEIGHT), (0, HEIGHT)], colour)


def halftone(sheet: Sheet) -> None:
    """Dots that grow towards a point, over a plain shape."""
    x, y = sheet.chance.uniform(200, 1000), sheet.chance.uniform(200, 1400)
    sheet.disc(WIDTH - x, y + 100, 520, sheet.accents[1])
    step = sheet.chance.choice([75, 100])
    for row in range(HEIGHT // step + 1):
        for column in range(WIDTH // step + 2):
            at = (column + row % 2 / 2) * step, row * step
            away = math.dist(at, (x, y)) / 1500
            if away < 1:
                sheet.disc(*at, step * 0.62 * (1 - away), sheet.accents[0])


def corridor(sheet: Sheet) -> None:
    """Doors in doors, to a small bright one."""
    x, y = sheet.chance.uniform(400, 800), sheet.chance.uniform(700, 1100)
    colours = [sheet.ink, *sheet.accents]
    for door in range(9):
        part = 0.78**door
        box = (x - x * part, y - y * part, x + (WIDTH - x) * part, y + (HEIGHT - y) * part)
        sheet.draw.rectangle(box, fill=colours[door % 4])
    sheet.disc(x, y + 60, 70, sheet.ground)


def waves(sheet: Sheet) -> None:
    """The sea, or hair, or sound."""
    colours = [sheet.ground, *sheet.accents]
    phase, height = sheet.chance.uniform(0, 6), sheet.chance.uniform(60, 130)
    wide = sheet.chance.uniform(150, 260)
    for line in range(20):
        top = line * 105 - 80
        points = [
            (x, top + height * math.sin(x / wide + phase + line * 0.45))
            for x in range(0, WIDTH + 40, 40)
        ]
        sheet.shape([*points, (WIDTH, HEIGHT), (0, HEIGHT)], colours[line % 4])
    sheet.disc(sheet.chance.uniform(300, 900), sheet.chance.uniform(350, 700), 210, sheet.ink)


def eye(sheet: Sheet) -> None:
    """An eye that looks back."""
    sheet.shade(sheet.accents[0], sheet.ground)
    y, tall = sheet.chance.uniform(650, 950), sheet.chance.uniform(250, 380)
    lids = [
        [(x, y + side * tall * math.sin(math.pi * (x - 60) / 1080)) for x in range(60, 1141, 30)]
        for side in (-1, 1)
    ]
    sheet.shape(lids[0] + lids[1][::-1], sheet.ink)
    look = 600 + sheet.chance.uniform(-160, 160)
    for radius, colour in zip((240, 175, 95), (*sheet.accents[1:], sheet.ground), strict=True):
        sheet.disc(look, y, min(radius, tall), colour)
    sheet.disc(look + 50, y - 60, 32, sheet.ink)


def city(sheet: Sheet) -> None:
    """Towers at night, some of their windows lit."""
    sheet.shade(sheet.accents[0], sheet.accents[1])
    sheet.disc(sheet.chance.uniform(250, 950), sheet.chance.uniform(250, 500), 170, sheet.ink)
    x = -40
    while x < WIDTH:
        wide, top = sheet.chance.choice([140, 190, 240]), sheet.chance.uniform(450, 1150)
        sheet.draw.rectangle((x, top, x + wide, HEIGHT), fill=sheet.ground)
        for row in range(int(HEIGHT - top) // 70):
            for column in range(wide // 50):
                if sheet.maybe(0.4):
                    at = x + 16 + column * 50, top + 24 + row * 70
                    sheet.draw.rectangle((*at, at[0] + 22, at[1] + 34), fill=sheet.accents[2])
        x += wide + sheet.chance.choice([0, 12, 40])


def halves(sheet: Sheet) -> None:
    """A few half discs, turned and set against each other."""
    sheet.draw.rectangle((0, 0, sheet.chance.choice([0, 600]), HEIGHT), fill=sheet.accents[0])
    for turn in range(5):
        radius = sheet.chance.choice([240, 330, 450])
        x, y = sheet.chance.choice([300, 600, 900]), 250 + turn * 310
        begin = sheet.chance.choice([0, 90, 180, 270])
        colour = [sheet.ink, sheet.accents[1], sheet.accents[2]][turn % 3]
        box = (x - radius, y - radius, x + radius, y + radius)
        sheet.draw.pieslice(box, begin, begin + 180, fill=colour)


def rain(sheet: Sheet) -> None:
    """Bars that hang from the top, or stand, like a score."""
    step = sheet.chance.choice([75, 100, 120])
    for column in range(WIDTH // step):
        left, colour = column * step + 12, sheet.chance.choice([*sheet.accents, sheet.ink])
        middle, half = sheet.chance.uniform(400, 1200), sheet.chance.uniform(120, 620)
        box = (left, middle - half, left + step - 24, middle + half)
        sheet.draw.rounded_rectangle(box, step / 2 - 12, fill=colour)


WAYS: list[Callable[[Sheet], None]] = [
    sun, rays, rings, bands, quarters, ridges, halftone, corridor, waves, eye, city, halves, rain,
]  # fmt: skip
