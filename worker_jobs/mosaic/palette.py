"""Colours by OKLCH, the space in which equal lightness looks equally light; pure sums."""

import math
from hashlib import blake2b

Colour = tuple[int, int, int]


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """Return sRGB for lightness 0-1, chroma (0.4 is garish) and hue in degrees.

    What sRGB lacks loses chroma, not lightness or hue. By Björn Ottosson,
    https://bottosson.github.io/posts/oklab/.
    """
    while True:
        found = _linear(lightness, chroma, math.radians(hue))
        if chroma <= 0 or all(-0.0005 <= part <= 1.0005 for part in found):  # noqa: PLR2004 - rounding
            red, green, blue = (_encoded(part) for part in found)
            return red, green, blue
        chroma -= 0.005


def of_lab(lab: tuple[float, float, float]) -> Colour:
    """Return sRGB of OKLab times 100, as colours.py has it."""
    light, a, b = (part / 100 for part in lab)
    return oklch(light, math.hypot(a, b), math.degrees(math.atan2(b, a)))


def luminance(colour: Colour) -> float:
    """Return the relative luminance, 0-1, as WCAG 2.2 defines it."""
    red, green, blue = (_decoded(part) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast, 1-21, as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def numbers(key: str, count: int) -> list[int]:
    """Return `count` numbers from 0 to 255 that depend on `key` alone."""
    return list(blake2b(key.encode(errors="replace"), digest_size=count).digest())


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(linear: float) -> int:
    linear = min(1.0, max(0.0, linear))
    low = linear <= 0.0031308  # noqa: PLR2004 - sRGB's own
    return round(255 * (12.92 * linear if low else 1.055 * linear ** (1 / 2.4) - 0.055))


def _decoded(part: int) -> float:
    value = part / 255
    low = value <= 0.04045  # noqa: PLR2004 - sRGB's own
    return value / 12.92 if low else float(((value + 0.055) / 1.055) ** 2.4)
