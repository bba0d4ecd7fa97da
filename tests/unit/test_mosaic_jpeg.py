"""Both writers, byte for byte against Pillow saving the whole; what does not fit is refused."""

import io
import threading
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from PIL import Image

from core.jpeg_slices import resized
from worker_jobs.mosaic import jpeg


def noise(width: int, height: int, seed: int) -> Image.Image:
    """Return something that does not compress away, the same for the same seed."""
    ramp = Image.linear_gradient("L").resize((width, height)).rotate(seed * 37 % 360)
    spots = Image.radial_gradient("L").resize((width, height)).point(lambda v: v * (seed + 5) % 256)
    return Image.merge("RGB", (ramp, spots, spots.transpose(Image.Transpose.ROTATE_180)))


def saved(image: Image.Image, **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **{**jpeg.SETTINGS, **settings})
    return buffer.getvalue()


def bands_of(picture: Image.Image, high: int) -> list[Callable[[], Image.Image]]:
    return [
        partial(picture.crop, (0, y, picture.width, min(y + high, picture.height)))
        for y in range(0, picture.height, high)
    ]


@pytest.mark.parametrize(
    ("size", "blocks"),
    [((203, 205), 13), ((16, 16), 1), ((1, 1), 1), ((64, 800), 4), ((1_000, 70), 21)],
)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_bands_are_what_pillow_saves_at_once(
    size: tuple[int, int], blocks: int, threads: int
) -> None:
    picture, out = noise(*size, 7), io.BytesIO()

    jpeg.write_bands(out, *size, bands_of(picture, 32), threads=threads)

    assert out.getvalue() == saved(picture, restart_marker_blocks=blocks)


@pytest.mark.parametrize(
    ("width", "blocks"),
    [
        (6_144, 16),  # 24 segments
        (2_320, 29),  # five
        (1_040, 13),
        (1_290, 9),
        (7_016, 439),  # a prime: a row is one segment
        (16 * 41, 41),
        (16 * 47, 47),
        (100, 7),
    ],
)
def test_segments_are_about_256_pixels_where_the_width_allows_it(width: int, blocks: int) -> None:
    assert jpeg.segment_blocks(width) == blocks


def test_where_each_segment_begins_is_told() -> None:
    picture, out = noise(640, 100, 7), io.BytesIO()
    notes = jpeg.comment_note("words that shift all")

    cut, starts = jpeg.write_bands(out, 640, 100, bands_of(picture, 32), extra=notes)

    assert (cut.width, cut.height, cut.blocks, cut.across, cut.down) == (640, 100, 20, 2, 7)
    assert jpeg.take_apart(out.getvalue()).segments == [
        out.getvalue()[start : end - 2] for start, end in pairwise(starts)
    ]
    whole = jpeg.take_apart(saved(picture, restart_marker_blocks=20))
    assert resized(cut.header, cut.size_at, 640, 100) == whole.header


def test_cells_joined_are_what_pillow_saves_at_once() -> None:
    cells = [[noise(48, 64, row * 3 + column) for column in range(3)] for row in range(2)]
    title = noise(144, 32, 99)
    canvas = Image.new("RGB", (144, 160))
    canvas.paste(title, (0, 0))
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            canvas.paste(cell, (column * 48, 32 + row * 64))
    out = io.BytesIO()

    strip = [jpeg.take_apart(jpeg.strip_jpeg(title, 48))]
    rows = [[jpeg.take_apart(jpeg.cell_jpeg(cell)) for cell in line] for line in cells]
    jpeg.join(out, 144, 160, [strip, *rows], 48)

    assert out.getvalue() == saved(canvas, restart_marker_blocks=3)


def test_a_join_may_crop_and_carries_notes() -> None:
    exif = Image.Exif()
    exif[0x0131] = "Needledrop"
    cell, out = jpeg.take_apart(jpeg.cell_jpeg(noise(48, 64, 1))), io.BytesIO()
    notes = jpeg.exif_note(exif) + jpeg.profile_note(b"icc") + jpeg.comment_note("two films")

    jpeg.join(out, 96 - 15, 64 - 15, [[cell, cell]], 48, extra=notes)

    with Image.open(out) as opened:
        opened.load()
        assert opened.size == (81, 49)
        assert opened.info["comment"] == b"two films"
        assert opened.info["icc_profile"] == b"icc"
        assert opened.getexif()[0x0131] == "Needledrop"
        assert opened.info["dpi"] == (300, 300)


@pytest.mark.parametrize(
    "settings",
    [{"quality": 80}, {"optimize": True}, {"subsampling": "4:4:4"}, {"restart_marker_rows": 2}],
)
def test_other_settings_are_refused(settings: dict[str, object]) -> None:
    one = jpeg.take_apart(jpeg.cell_jpeg(noise(48, 64, 1)))
    other = jpeg.take_apart(saved(noise(48, 64, 2), **{"restart_marker_rows": 1, **settings}))

    with pytest.raises(jpeg.BadPart):
        jpeg.join(io.BytesIO(), 96, 64, [[one, other]], 48)
    with pytest.raises(jpeg.BadPart):
        jpeg.join(io.BytesIO(), 48, 128, [[one], [other]], 48)


@pytest.mark.parametrize(
    "broken",
    [
        saved(noise(48, 64, 1))[:-2],
        saved(noise(48, 64, 1), progressive=True),
        b"",
        b"<html>",
        b"\xff\xd8\xff\xd9",
    ],
)
def test_what_is_no_baseline_jpeg_is_refused(broken: bytes) -> None:
    with pytest.raises(jpeg.BadPart):
        jpeg.take_apart(broken)


def test_a_missing_row_is_noticed() -> None:
    with pytest.raises(jpeg.BadPart, match="2 segments, not 4"):
        jpeg.write_bands(io.BytesIO(), 48, 64, bands_of(noise(48, 32, 1), 32))


def test_a_side_that_no_jpeg_can_have_is_said() -> None:
    with pytest.raises(jpeg.TooLarge, match="65,501 by 16 pixels"):
        jpeg.write_bands(io.BytesIO(), 65_501, 16, [])


@pytest.mark.parametrize("size", [(40, 64), (48, 60)])
def test_cells_and_strips_have_whole_blocks(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="multiples of 16"):
        jpeg.cell_jpeg(Image.new("RGB", size))
    with pytest.raises(ValueError, match="multiple of 16"):
        jpeg.strip_jpeg(Image.new("RGB", size), 48)


def test_few_bands_exist_at_a_time() -> None:
    alive, most, lock = 0, 0, threading.Lock()

    class Band(Image.Image):
        """Counts itself until it is saved."""

        def save(self, *args: object, **kwargs: object) -> None:
            nonlocal alive
            Image.new("RGB", (16, 16)).save(*args, **kwargs)  # type: ignore[arg-type]
            with lock:
                alive -= 1

    def draw() -> Image.Image:
        nonlocal alive, most
        with lock:
            alive += 1
            most = max(most, alive)
        return Band()

    jpeg.write_bands(io.BytesIO(), 16, 16 * 40, [draw] * 40, threads=2)

    assert most <= 2


class Cancelled(BaseException):
    """What a task's report raises when its person has pressed stop."""


def test_progress_is_told_in_this_thread_and_can_end_the_work() -> None:
    told: list[tuple[str, int, int]] = []
    before = threading.active_count()

    def report(message: str, done: int, of: int) -> None:
        told.append((message, done, of))
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        jpeg.write_bands(io.BytesIO(), 48, 320, bands_of(noise(48, 320, 1), 32), report=report)

    assert [done for _, done, _ in told] == [0, 1, 2, 3]
    assert threading.active_count() == before


def test_a_band_that_fails_fails_the_picture() -> None:
    def draw() -> Image.Image:
        raise TimeoutError("slow disk")

    with pytest.raises(TimeoutError, match="slow disk"):
        jpeg.write_bands(io.BytesIO(), 16, 16, [draw], report=lambda _message, _done, _of: None)
