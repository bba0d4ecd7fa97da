"""The colours of a picture: the mean of each of its parts, 4 by 6 of a poster's, in OKLab.

By them posters are put in order, and a picture made of posters finds the one for each
cell. Lightness is 0 to 100; a and b, green to red and blue to yellow, about -40 to 40.
By Björn Ottosson, https://bottosson.github.io/posts/oklab/. Pillow and sums, no more.
"""

import math
import struct
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from worker_jobs.mosaic.kinds import FILMS, Kind
from worker_jobs.mosaic.palette import Colour
from worker_jobs.mosaic.pictures import load_cell

Lab = tuple[float, float, float]
_BYTES = 2  # of a number
_LARGER = 8  # the picture is decoded so many times larger than its parts
_LINEAR = [
    v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own
    for v in range(256)
]


def oklab(colour: Colour) -> Lab:
    """Return the OKLab of an sRGB colour, times 100."""
    red, green, blue = (_LINEAR[part] for part in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        21.04542553 * long + 79.36177850 * medium - 0.40720468 * short,
        197.79984951 * long - 242.85922050 * medium + 45.05937099 * short,
        2.59040371 * long + 78.27717662 * medium - 80.86757660 * short,
    )


def parts_of(path: Path, kind: Kind = FILMS) -> bytes:
    """Return the parts of the picture at `path`: 3 numbers of 16 bits each, row by row.

    Raises:
        BadPicture: it cannot be read.
    """
    cell = load_cell(path, kind.across * _LARGER, kind.down * _LARGER, (0, 0, 0))
    pixels = cell.resize((kind.across, kind.down), Image.Resampling.BOX).tobytes()
    triples = zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True)
    return _packed([number for triple in triples for number in oklab(triple)])


def parts_of_plain(colour: Colour, kind: Kind = FILMS) -> bytes:
    """Return the parts of a picture that is all of one colour."""
    return _packed(oklab(colour) * (kind.across * kind.down))


def _packed(numbers: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(numbers)}e", *numbers)


def unpacked(parts: bytes) -> list[Lab]:
    numbers = struct.unpack(f"<{len(parts) // _BYTES}e", parts)
    return list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))


def mean(colours: Sequence[Lab], weights: Sequence[float] | None = None) -> Lab:
    shares = weights or [1.0] * len(colours)
    whole = sum(shares)
    light, a, b = (
        sum(share * colour[axis] for share, colour in zip(shares, colours, strict=True)) / whole
        for axis in range(3)
    )
    return light, a, b


def dominant(colours: Sequence[Lab]) -> Lab:
    """Return what strikes the eye: each part weighs by its chroma. A plain mean is brown."""
    return mean(colours, [(math.hypot(a, b) + 0.5) ** 2 for _, a, b in colours])
