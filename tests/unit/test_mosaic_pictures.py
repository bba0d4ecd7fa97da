"""Strangers' pictures: refused before they cost memory, or fitted into their cell."""

import io
import struct
import subprocess
import sys
import tempfile
import tracemalloc
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from core.settings import ROOT
from worker_jobs.mosaic.pictures import BadPicture, check, load_cell

GROUND = (50, 50, 50)
RED = (200, 30, 40)


def saved(image: Image.Image, kind: str, **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def png_of(width: int, height: int) -> bytes:
    """Return a PNG of one grey that claims, and has, `width` by `height` pixels."""
    packer, rows = zlib.compressobj(9), bytes((width + 1) * 64)
    packed = b"".join(packer.compress(rows) for _ in range(height // 64)) + packer.flush()

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))
        )

    header = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def of(color: tuple[int, int, int], size: tuple[int, int] = (500, 750)) -> Image.Image:
    return Image.new("RGB", size, color)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_fine(kind: str) -> None:
    check(saved(of(RED), kind))


def with_others_behind_it() -> bytes:
    """Return a JPEG as many cameras and some editors save it: with an index of more pictures."""
    return saved(of(RED), "MPO", save_all=True, append_images=[of(RED)])


@pytest.mark.parametrize(
    "data",
    [
        with_others_behind_it(),
        *(saved(of(RED, size), "JPEG") for size in [(1, 1), (7, 300), (300, 7), (1, 900)]),
        saved(of(RED, (1, 3_000)), "PNG"),
    ],
    ids=["MPO", "1x1", "7x300", "300x7", "1x900", "1x3000"],
)
def test_an_odd_one_is_fine_too(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "poster").write_bytes(data)

    check(data)
    cell = load_cell(tmp_path / "poster", 120, 180, GROUND)

    assert near(cell, (60, 90), RED)


def test_a_small_file_of_88_megapixels_is_refused_undecoded() -> None:
    bomb = png_of(9_400, 9_344)
    assert len(bomb) < 516_000
    tracemalloc.start()

    with pytest.raises(BadPicture, match="16 megapixels"):
        check(bomb)

    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("size", "kind", "settings", "sentence"),
    [
        ((8_000, 5_001), "JPEG", {}, "40 megapixels"),
        ((6_000, 4_001), "JPEG", {"progressive": True}, "24 megapixels"),
        ((3_000, 2_001), "WEBP", {"quality": 1, "method": 0}, "6 megapixels"),
    ],
)
def test_each_format_has_its_limit(
    size: tuple[int, int], kind: str, settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(BadPicture, match=sentence):
        check(saved(Image.new("L", size), kind, **settings))


@pytest.mark.parametrize("size", [(10_000, 9_984), (30_016, 30_016)])
def test_what_pillow_itself_warns_of_is_refused(size: tuple[int, int]) -> None:
    header_only = png_of(size[0], 64)
    claimed = header_only[:16] + struct.pack(">LL", *size) + header_only[24:]
    ihdr = claimed[12:29]
    claimed = claimed[:29] + struct.pack(">L", zlib.crc32(ihdr)) + claimed[33:]

    with pytest.raises(BadPicture, match="pixels"):
        check(claimed)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><title>Not found</title>",
        saved(of(RED), "GIF"),
        saved(Image.effect_noise((300, 450), 80), "JPEG")[:-900],
        saved(Image.effect_noise((300, 450), 80), "PNG")[:-900],
        saved(Image.effect_noise((300, 450), 80).convert("RGB"), "WEBP")[:-900],
    ],
    ids=["empty", "html", "gif", "jpeg cut", "png cut", "webp cut"],
)
def test_what_is_broken_or_no_picture_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "poster").write_bytes(data)

    with pytest.raises(BadPicture):
        check(data)
    with pytest.raises(BadPicture):
        load_cell(tmp_path / "poster", 120, 180, GROUND)


def test_more_than_15_mb_are_refused() -> None:
    with pytest.raises(BadPicture, match="15 MB"):
        check(bytes(15_000_001))


def test_a_missing_file_is_a_bad_picture(tmp_path: Path) -> None:
    with pytest.raises(BadPicture):
        load_cell(tmp_path / "none.jpg", 120, 180, GROUND)


def near(cell: Image.Image, at: tuple[int, int], wanted: tuple[int, int, int]) -> bool:
    seen = cell.getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(a - b) <= 8 for a, b in zip(seen, wanted, strict=True))


@pytest.mark.parametrize("size", [(500, 750), (540, 750), (500, 820), (37, 53), (120, 180)])
def test_a_shape_that_is_nearly_the_cells_fills_it(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "poster.png").write_bytes(saved(of(RED, size), "PNG"))

    cell = load_cell(tmp_path / "poster.png", 120, 180, GROUND)

    assert cell.mode == "RGB"
    assert cell.getcolors() == [(120 * 180, RED)]


def test_another_shape_stands_whole_on_its_own_colour(tmp_path: Path) -> None:
    cover = of((0, 0, 0), (400, 400))
    cover.paste((255, 255, 255), (200, 0, 400, 400))
    (tmp_path / "cover.png").write_bytes(saved(cover, "PNG"))

    cell = load_cell(tmp_path / "cover.png", 120, 180, GROUND)

    assert near(cell, (60, 10), (128, 128, 128))
    assert near(cell, (5, 90), (0, 0, 0))
    assert near(cell, (115, 90), (255, 255, 255))


def transparent(mode: str) -> bytes:
    image = Image.new("RGBA", (60, 90), (*RED, 0)).convert(mode)
    return saved(image, "PNG")


def palette() -> bytes:
    image = Image.new("P", (60, 90), 1)
    image.putpalette([0, 0, 0, *RED])
    return saved(image, "PNG", transparency=1)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (transparent("RGBA"), GROUND),
        (transparent("LA"), GROUND),
        (palette(), GROUND),
        (saved(Image.new("RGB", (60, 90), RED), "PNG", transparency=RED), GROUND),
        (saved(Image.new("L", (60, 90), 90), "JPEG"), (90, 90, 90)),
        (saved(Image.new("1", (60, 90), 1), "PNG"), (255, 255, 255)),
        (saved(Image.new("I;16", (60, 90), 0x8000), "PNG"), (128, 128, 128)),
        (saved(Image.new("CMYK", (60, 90), (0, 255, 255, 0)), "JPEG"), (254, 0, 0)),
    ],
    ids=["RGBA", "LA", "P", "RGB with a clear colour", "L", "1", "16 bit", "CMYK"],
)
def test_each_kind_of_pixel_becomes_rgb(
    tmp_path: Path, data: bytes, wanted: tuple[int, int, int]
) -> None:
    (tmp_path / "poster").write_bytes(data)

    cell = load_cell(tmp_path / "poster", 120, 180, GROUND)

    assert cell.mode == "RGB"
    assert near(cell, (60, 90), wanted)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "RGB", "I;16", "1"])
def test_a_large_one_is_reduced_before_it_is_converted(tmp_path: Path, mode: str) -> None:
    picture = Image.new("L", (1_003, 1_507), 0)
    picture.paste(255, (0, 0, 502, 1_507))
    even = picture if mode == "1" else picture.point(lambda value: 40 + value // 2)
    large = even.convert("L").point(lambda value: value * 256, "I") if mode == "I;16" else even
    (tmp_path / "large.png").write_bytes(saved(large.convert(mode), "PNG"))

    cell = load_cell(tmp_path / "large.png", 120, 180, GROUND)

    light, dark = (255, 0) if mode == "1" else (167, 40)
    assert near(cell, (20, 90), (light, light, light))
    assert near(cell, (100, 90), (dark, dark, dark))
    assert near(cell, (20, 179), (light, light, light))


def test_a_large_one_is_never_in_memory_four_times() -> None:
    program = """
import io, resource, sys
from pathlib import Path
from PIL import Image
from worker_jobs.mosaic.pictures import load_cell
Image.new("RGBA", (8, 8)).convert("RGB").resize((4, 4), Image.Resampling.LANCZOS)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
load_cell(Path(sys.argv[1]), 240, 360, (50, 50, 50))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        # In a program of its own: a peak, once reached, stays.
        make = (
            "import sys; from PIL import Image; Image.new('RGBA', (4000, 4000)).save(sys.argv[1])"
        )
        for code in (make, program):
            done = subprocess.run(
                [sys.executable, "-c", code, file.name],
                cwd=ROOT, capture_output=True, text=True, check=True,
            )  # fmt: skip

    # The pixels themselves are 64 MB.
    assert int(done.stdout) < 100_000


@pytest.mark.parametrize("profile", [b"no profile", None])
def test_cmyk_with_a_profile_that_does_not_fit_is_still_shown(
    tmp_path: Path, profile: bytes | None
) -> None:
    screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ink = Image.new("CMYK", (60, 90), (0, 255, 255, 0))
    data = saved(ink, "JPEG", icc_profile=profile or screen)
    (tmp_path / "poster.jpg").write_bytes(data)

    assert near(load_cell(tmp_path / "poster.jpg", 120, 180, GROUND), (60, 90), (254, 0, 0))


def test_of_a_moving_picture_the_first_frame_is_shown(tmp_path: Path) -> None:
    frames = [of(RED, (60, 90)), of((0, 0, 255), (60, 90))]
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    (tmp_path / "poster.webp").write_bytes(data)

    assert near(load_cell(tmp_path / "poster.webp", 120, 180, GROUND), (60, 90), RED)
