"""The sizes that a mosaic can have, in pixels; those for print at 300 dots an inch."""

from typing import NamedTuple

NORMAL, LARGEST = "normal", "largest"
DOTS_AN_INCH = 300
# A printed poster smaller than 12 mm is a smudge.
LEAST_PRINTED = 142
LEAST_PRINTED_MM = 12
_MM_AN_INCH = 25.4


class Size(NamedTuple):
    """A size that is exact. `words` is what it is called in a sentence."""

    width: int
    height: int
    words: str
    is_print: bool = False


EXACT = {
    "story": Size(1080, 1920, "a phone story"),
    "post": Size(1080, 1350, "a post"),
    "phone": Size(1440, 3200, "a phone's wallpaper"),
    "square": Size(2048, 2048, "a square"),
    "hd": Size(1920, 1080, "a desktop, Full HD"),
    "4k": Size(3840, 2160, "a desktop, 4K"),
    "a4": Size(2480, 3508, "A4", is_print=True),
    "a4-wide": Size(3508, 2480, "A4 on its side", is_print=True),
    "a3": Size(3508, 4961, "A3", is_print=True),
    "a3-wide": Size(4961, 3508, "A3 on its side", is_print=True),
    "a2": Size(4961, 7016, "A2", is_print=True),
    "a2-wide": Size(7016, 4961, "A2 on its side", is_print=True),
    "a1": Size(7016, 9933, "A1", is_print=True),
    "a1-wide": Size(9933, 7016, "A1 on its side", is_print=True),
}
WORDS = {
    NORMAL: "as many pixels as the pictures need",
    LARGEST: "as large as it gets",
    **{name: size.words for name, size in EXACT.items()},
}


# Of those for print, how large the sheet is.
_SHEETS = {"a4": (210, 297), "a3": (297, 420), "a2": (420, 594), "a1": (594, 841)}


def sheet_mm(name: str) -> tuple[int, int] | None:
    """Return width and height of the sheet that a size is printed on; None where it is on none."""
    upright, _, is_wide = name.partition("-")
    if upright not in _SHEETS:
        return None
    width, height = _SHEETS[upright]
    return (height, width) if is_wide else (width, height)


def printed_mm(pixels: int) -> int:
    """Return how long so many pixels are on paper."""
    return round(pixels / DOTS_AN_INCH * _MM_AN_INCH)
