"""The small picture that a page shows instead of the whole mosaic."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image

WIDTH, HEIGHT = 1280, 1920


def write(out: BinaryIO, whole: Path) -> tuple[int, int]:
    """Write a smaller JPEG of the mosaic `whole`; return its width and height."""
    with _of_any_size(), Image.open(whole, formats=("JPEG",)) as image:
        # The decoder halves by itself: a picture of 100 MB costs a few.
        image.draft("RGB", (WIDTH, HEIGHT))
        image.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS, reducing_gap=2.0)
        image.save(out, "JPEG", quality=84, optimize=True, progressive=True)
        return image.size


@contextmanager
def _of_any_size() -> Iterator[None]:
    """Lift the limit against decompression bombs: this file is of our own making."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit
