"""Pictures to be rebuilt from posters: a portrait, a landscape, a drawing. The same each time."""

import math
import random

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
_HAIR, _SKIN, _LID = (45, 25, 20), (222, 172, 140), (50, 28, 22)
_PAPER, _INK, _RED = (250, 246, 235), (20, 20, 25), (210, 60, 45)


def portrait() -> Image.Image:
    """A face, lit from the left: soft, few colours, and one feature out of place shows."""
    size = width, height = 1200, 1500
    image = _shaded(size, (30, 50, 80), (90, 90, 110))
    pen = ImageDraw.Draw(image)
    pen.ellipse((-100, 1050, 1300, 2200), fill=(40, 30, 60))
    pen.polygon([(480, 1000), (720, 1000), (780, 1300), (420, 1300)], fill=(200, 150, 120))
    pen.ellipse((300, 180, 900, 800), fill=_HAIR)
    pen.ellipse((350, 280, 850, 1080), fill=_SKIN)
    pen.pieslice((330, 200, 870, 760), 180, 360, fill=_HAIR)
    for x in (470, 730):
        _eye(pen, x)
    pen.polygon([(600, 640), (560, 810), (640, 815)], fill=(200, 145, 115))
    pen.ellipse((500, 880, 700, 950), fill=(180, 70, 75))
    pen.line([(500, 914), (700, 914)], fill=(110, 35, 45), width=8)
    shadow = Image.new("L", (width, 1))
    shadow.putdata([int(120 * max(0, (x - 500) / 700)) for x in range(width)])
    dark = Image.new("RGB", size, (15, 10, 25))
    soft = image.filter(ImageFilter.GaussianBlur(5))
    return Image.composite(dark, soft, shadow.resize((width, height)))


def _eye(pen: ImageDraw.ImageDraw, x: int) -> None:
    pen.ellipse((x - 60, 600, x + 60, 670), fill=(245, 240, 235))
    pen.ellipse((x - 26, 606, x + 26, 664), fill=(50, 80, 90))
    pen.ellipse((x - 11, 622, x + 11, 648), fill=(0, 0, 0))
    pen.line([(x - 75, 560), (x + 65, 545)], fill=_LID, width=16)


def landscape() -> Image.Image:
    """Hills before an evening sky: large even areas, which is where repetition shows."""
    size = width, height = 1800, 1000
    image, chance = _shaded(size, (60, 110, 190), (250, 200, 130), 600), random.Random(4)
    pen = ImageDraw.Draw(image)
    pen.ellipse((1200, 380, 1360, 540), fill=(255, 240, 190))
    hills = [
        ((110, 110, 150), 560, 140),
        ((70, 90, 110), 660, 120),
        ((40, 70, 60), 780, 90),
        ((20, 40, 30), 880, 60),
    ]
    for number, (colour, base, swing) in enumerate(hills):
        ridge: list[tuple[float, float]] = []
        for x in range(0, width + 10, 10):
            wave = abs(math.sin(x / (230 - 30 * number) + number * 2))
            ridge.append((x, base - swing * wave - chance.random() * 18))
        pen.polygon([(0, height), *ridge, (width, height)], fill=colour)
    pen.rectangle((0, 930, width, height), fill=(60, 90, 120))
    for _ in range(120):
        x, y = chance.randrange(width), chance.randrange(930, height)
        pen.line([(x, y), (x + 60, y)], fill=(200, 180, 150), width=3)
    return image.filter(ImageFilter.GaussianBlur(1.5))


def drawing() -> Image.Image:
    """A record with its needle, in ink: hard lines on white, which few posters have."""
    image = Image.new("RGB", (1200, 1200), _PAPER)
    pen = ImageDraw.Draw(image)
    for radius in range(480, 60, -30):
        box = (600 - radius, 560 - radius, 600 + radius, 560 + radius)
        pen.ellipse(box, outline=_INK, width=5 if radius % 60 else 12)
    pen.ellipse((470, 430, 730, 690), fill=_RED)
    pen.ellipse((585, 545, 615, 575), fill=_PAPER)
    pen.line([(1120, 90), (1000, 200), (760, 500)], fill=_INK, width=18)
    pen.ellipse((1080, 50, 1160, 130), fill=_INK)
    pen.line([(100, 1100), (1100, 1100)], fill=_INK, width=12)
    return image


TARGETS = {"portrait": portrait, "landscape": landscape, "drawing": drawing}


def _shaded(
    size: tuple[int, int], top: Colour, bottom: Colour, ends: int | None = None
) -> Image.Image:
    """Fill from one colour to another, which is reached `ends` pixels down."""
    image = Image.new("RGB", size)
    pen = ImageDraw.Draw(image)
    for y in range(size[1]):
        share = min(1.0, y / (ends or size[1]))
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        pen.line([(0, y), (size[0], y)], fill=(red, green, blue))
    return image
