"""Decode a stranger's picture within bounds of memory; fit it into a cell, or stand it upright.

The size is looked at before a single pixel is decoded: a file of 500 kB can hold 88
million of them. Knows Pillow; not where pictures come from.
"""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from struct import error as StructError  # noqa: N812 - it is a class
from typing import BinaryIO

from PIL import Image, ImageCms

from core.errors import NeedledropError

Colour = tuple[int, int, int]
MOST_BYTES = 15_000_000
_TOO_LONG = f"The picture has more than {MOST_BYTES // 1_000_000} MB."
# Megapixels at which decoding stays within what a small machine can spare: WebP decodes
# the whole picture at once and at length, a progressive JPEG keeps all its coefficients.
_MEGAPIXELS = {"JPEG": 40, "MPO": 40, "PNG": 16, "WEBP": 6}
_PROGRESSIVE = 24
_FORMATS = ("JPEG", "PNG", "WEBP")  # MPO is a JPEG with others behind it: the first is shown
_STRIP = 16  # lines of what is left
_ALIKE = 1.12  # shapes that differ by less fill the cell and lose their edges
_LANCZOS = Image.Resampling.LANCZOS
_LARGE = 4_000_000  # pixels, from which on one picture at a time is decoded
_one_large = threading.Lock()
_ORIENTATION = 0x0112  # the tag of EXIF that says how a camera was held
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow only warns of at first, it refuses: nothing so large is ever wanted here.
warnings.simplefilter("error", Image.DecompressionBombWarning)


# All that Pillow's decoders are known to raise for a broken file.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError, StructError, MemoryError),
    *(ArithmeticError, LookupError, TypeError),
)


class BadPicture(NeedledropError):
    """Bytes that are no picture, a broken one, or one too large to open."""

    status = 422


def check(data: bytes) -> None:
    """See that `data` is a picture that can be drawn.

    Raises:
        BadPicture: it is not; the sentence says why.
    """
    if len(data) > MOST_BYTES:
        raise BadPicture(_TOO_LONG)
    with _opened(io.BytesIO(data)) as image:
        # A JPEG is decoded at an eighth of its size: enough to find that its end is missing.
        image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
        image.load()
        image.close()


def load_cell(path: Path, width: int, height: int, background: Colour) -> Image.Image:
    """Return the picture at `path` as an RGB cell of `width` by `height`.

    It fills the cell, cut where its shape differs a little; where it differs
    much, it stands whole in the middle of its own mean colour. What is
    transparent shows `background`.

    Raises:
        BadPicture: it cannot be read.
    """
    try:
        with path.open("rb") as file, _opened(file) as image:
            # The decoder itself halves, for next to nothing; only JPEG knows how.
            image.draft("RGB", (width, height))
            image.load()
            ready = _reduced(image, width, height, background)
            if ready is not image:
                image.close()
    except OSError as error:
        raise BadPicture("The picture cannot be read.") from error
    return _fitted(ready, width, height)


def load_upright(path: Path, longest: int, background: Colour = (255, 255, 255)) -> Image.Image:
    """Return the picture at `path` as RGB, its longer side at most `longest` pixels.

    Turned as its camera was held, in the colours of a screen, and bare of all that
    was said about it; never made larger. What is transparent shows `background`.

    Raises:
        BadPicture: it cannot be read; the sentence says why.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadPicture(_TOO_LONG)
        with path.open("rb") as file, _opened(file) as image:
            scale = max(1.0, max(image.size) / longest)
            size = max(1, round(image.width / scale)), max(1, round(image.height / scale))
            image.draft("RGB", size)
            image.load()
            turn = _TURNS.get(_orientation(image))
            factor = max(1, min(image.width // size[0], image.height // size[1]))
            # A profile of ink is for the ink, and costs a strip as much as the whole.
            is_ink = image.mode == "CMYK"
            profile = None if is_ink else image.info.get("icc_profile")
            ready = _by_strips(_from_cmyk(image) if is_ink else image, factor, background)
            image.close()
    except OSError as error:
        raise BadPicture("The picture cannot be read.") from error
    if ready.size != size:
        ready = ready.resize(size, _LANCZOS)
    if profile:
        ready = _on_screen(ready, profile) or ready
    upright = ready.transpose(turn) if turn is not None else ready
    upright.info = {}
    return upright


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION)
    except _BROKEN:  # what a camera said of itself is no part of the picture
        return 1
    return found if isinstance(found, int) else 1


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Image.Image]:
    """Open a picture; of large ones this is only gone through by one at a time.

    Its pixels are in memory until it is closed: whoever does that in here leaves no two of them
    to be there at once.
    """
    try:
        with Image.open(file, formats=_FORMATS) as image:
            _check_size(image)
            is_large = image.width * image.height > _LARGE
            with _one_large if is_large else nullcontext():
                yield image
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BadPicture("The picture has too many pixels.") from error
    except _BROKEN as error:
        raise BadPicture("The picture is broken, or it is no JPEG, PNG or WebP.") from error


def _check_size(image: Image.Image) -> None:
    most = _MEGAPIXELS[str(image.format)]
    if image.info.get("progressive"):
        most = _PROGRESSIVE
    if image.width * image.height > most * 1_000_000:
        raise BadPicture(f"The picture has more than {most} megapixels.")


def _reduced(image: Image.Image, width: int, height: int, background: Colour) -> Image.Image:
    """Return the picture as RGB, at least twice as large as the cell where it was."""
    factor = min(image.width // (2 * width), image.height // (2 * height))
    if factor <= 1:
        return _as_rgb(image, background)
    return _by_strips(image, factor, background)


def _by_strips(image: Image.Image, factor: int, background: Colour) -> Image.Image:
    """Return the picture as RGB, made smaller by a whole `factor`.

    Made RGB as a whole, with its ground below it, a large one would be in memory
    four times.
    """
    wide, high = -(-image.width // factor), -(-image.height // factor)
    found = Image.new("RGB", (wide, high))
    for top in range(0, high, _STRIP):
        below = min(image.height, (top + _STRIP) * factor)
        strip = image.crop((0, top * factor, image.width, below))
        found.paste(_as_rgb(strip, background).reduce(factor), (0, top))
    return found


def _as_rgb(image: Image.Image, background: Colour) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):  # 16 bits of grey: the upper eight are what a screen shows
        return image.point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.mode in ("P", "PA", "LA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, background)
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _from_cmyk(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    return (_on_screen(image, profile) if profile else None) or image.convert("RGB")


def _on_screen(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the picture in the colours of a screen, or None where its profile does not do."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        screen = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, own, screen, outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):  # a profile that is broken, or another machine's
        return None


def _fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    wide, high = image.width / width, image.height / height
    if max(wide, high) > _ALIKE * min(wide, high):
        return _centred(image, width, height)
    scale = min(wide, high)
    x = max(0.0, (image.width - width * scale) / 2)  # rounding may bring it below zero
    y = max(0.0, (image.height - height * scale) / 2)
    box = (x, y, image.width - x, image.height - y)
    # What is less than halved, as most are that the decoder has halved before, needs no more.
    how = Image.Resampling.BICUBIC if scale < 2 else _LANCZOS  # noqa: PLR2004
    return image.resize((width, height), how, box, reducing_gap=2.0)


def _centred(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = max(image.width / width, image.height / height)
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    whole = image.resize(size, _LANCZOS, reducing_gap=2.0)
    cell = Image.new("RGB", (width, height), _mean(whole))
    cell.paste(whole, ((width - size[0]) // 2, (height - size[1]) // 2))
    return cell


def _mean(image: Image.Image) -> Colour:
    red, green, blue = (
        band.resize((1, 1), Image.Resampling.BOX).tobytes()[0] for band in image.split()
    )
    return red, green, blue
