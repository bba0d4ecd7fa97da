"""Strangers' pictures: refused before they cost memory, or fitted into their cell."""

import io
import struct
import subprocess
import sys
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from core.settings import ROOT
from worker_jobs.mosaic.pictures import BadPicture, check, load_cell, load_upright

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


def near(
    cell: Image.Image, at: tuple[int, int], wanted: tuple[int, int, int], within: int = 8
) -> bool:
    seen = cell.getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(a - b) <= within for a, b in zip(seen, wanted, strict=True))


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


def two_coloured(size: tuple[int, int] = (60, 90), mode: str = "RGB") -> Image.Image:
    """Return a picture that is light above and dark below."""
    image = Image.new("L", size, 240)
    image.paste(20, (0, size[1] // 2, *size))
    return image.convert(mode)


def kept(folder: Path, data: bytes) -> Path:
    path = folder / "upload"
    path.write_bytes(data)
    return path


# What a camera that was held so writes, and where the light half is to be seen as it comes.
@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
        (9, None),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_stands_as_its_camera_was_held(
    tmp_path: Path, kind: str, orientation: int, turn: Image.Transpose | None
) -> None:
    upright = two_coloured()
    upright.paste((200, 30, 40), (0, 0, 30, 45))
    seen = upright.transpose(turn) if turn is not None else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(seen, kind, exif=exif.tobytes(), **({"quality": 95} if kind != "PNG" else {}))

    found = load_upright(kept(tmp_path, data), 90)

    assert (found.size, found.mode, found.info) == ((60, 90), "RGB", {})
    assert found.getexif() == {}
    assert near(found, (15, 20), (200, 30, 40), 20)
    assert near(found, (45, 20), (240, 240, 240), 20)
    assert near(found, (15, 70), (20, 20, 20), 20)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"Exif\0\0broken", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\0" * 50])
def test_what_a_camera_said_in_vain_costs_nothing(tmp_path: Path, exif: bytes) -> None:
    path = kept(tmp_path, saved(of(RED), "JPEG", exif=exif))

    assert load_upright(path, 750).size == (500, 750)


@pytest.mark.parametrize(
    ("size", "longest", "wanted"),
    [
        ((500, 750), 1500, (500, 750)),
        ((2_000, 3_000), 1500, (1_000, 1_500)),
        ((4_000, 4_000), 1500, (1_500, 1_500)),
        ((3_999, 1_111), 1_000, (1_000, 278)),
        ((1, 10_000), 1_500, (1, 1_500)),
        ((10_000, 1), 1_500, (1_500, 1)),
        ((1, 1), 1_500, (1, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_it_is_made_as_small_as_is_wanted_and_never_larger(
    tmp_path: Path, kind: str, size: tuple[int, int], longest: int, wanted: tuple[int, int]
) -> None:
    found = load_upright(kept(tmp_path, saved(of(RED, size), kind)), longest)

    assert found.size == wanted
    assert near(found, (wanted[0] // 2, wanted[1] // 2), RED)


@pytest.mark.parametrize("longest", [90, 40])
@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (saved(two_coloured(mode="CMYK"), "JPEG", quality=95), (240, 20)),
        (saved(two_coloured(mode="P"), "PNG"), (240, 20)),
        (saved(two_coloured(mode="LA"), "PNG"), (240, 20)),
        (saved(two_coloured(mode="RGBA"), "WEBP", lossless=True), (240, 20)),
        (
            saved(two_coloured().point(lambda value: 255 * (value > 99)).convert("1"), "PNG"),
            (255, 0),
        ),
        (
            saved(
                two_coloured(mode="L").point(lambda value: value * 256, "I").convert("I;16"), "PNG"
            ),
            (240, 20),
        ),
        (saved(Image.new("RGBA", (60, 90), (*RED, 0)), "PNG"), (255, 255)),
        (
            saved(two_coloured(), "WEBP", save_all=True, append_images=[of(RED, (60, 90))]),
            (240, 20),
        ),
        (saved(two_coloured(), "PNG", save_all=True, append_images=[of(RED, (60, 90))]), (240, 20)),
    ],
    ids=["CMYK", "P", "LA", "RGBA", "1", "16 bit", "clear", "moving WebP", "moving PNG"],
)
def test_each_kind_of_picture_is_seen_as_it_is(
    tmp_path: Path, data: bytes, wanted: tuple[int, int], longest: int
) -> None:
    found = load_upright(kept(tmp_path, data), longest)

    assert found.mode == "RGB" and found.info == {}
    width, height = found.size
    above, below = (found.getpixel((width // 2, y)) for y in (height // 4, height - 2))
    for pixel, value in ((above, wanted[0]), (below, wanted[1])):
        assert isinstance(pixel, tuple)
        assert all(abs(part - value) <= 12 for part in pixel)


def test_the_colours_are_those_of_a_screen(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = load_upright(kept(tmp_path, saved(of(RED), "PNG", icc_profile=lab)), 750)
    broken = load_upright(kept(tmp_path, saved(of(RED), "PNG", icc_profile=b"none")), 750)

    assert near(same, (9, 9), RED) and near(broken, (9, 9), RED)
    assert same.info == {}


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "88 megapixels": (lambda: png_of(9_400, 9_344), "16 megapixels"),
    "a GIF": (lambda: saved(of(RED), "GIF"), "it is no JPEG, PNG or WebP"),
    "a moving GIF": (
        lambda: saved(of(RED), "GIF", save_all=True, append_images=[of(GROUND)]),
        "it is no JPEG, PNG or WebP",
    ),
    "a TIFF": (lambda: saved(of(RED), "TIFF"), "it is no JPEG, PNG or WebP"),
    "half a JPEG": (
        lambda: saved(Image.effect_noise((300, 450), 80), "JPEG")[:-900],
        "is broken",
    ),
    "half a PNG": (lambda: saved(Image.effect_noise((300, 450), 80), "PNG")[:-900], "is broken"),
    "a page": (lambda: b"<!doctype html><title>No</title>", "it is no JPEG, PNG or WebP"),
    "a drawing": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is no JPEG, PNG"),
    "nothing": (lambda: b"", "it is no JPEG, PNG or WebP"),
    "20 MB": (lambda: saved(of(RED), "PNG") + bytes(20_000_000), "more than 15 MB"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_cannot_be_opened_is_refused_in_a_sentence(tmp_path: Path, case: str) -> None:
    make, sentence = HOSTILE[case]
    path = kept(tmp_path, make())

    with pytest.raises(BadPicture, match=sentence):
        load_upright(path, 1_500)


def test_a_picture_that_is_not_there_is_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(BadPicture, match="cannot be read"):
        load_upright(tmp_path / "none", 1_500)


@pytest.mark.parametrize("size", [(4_000, 4_000), (2_999, 2_999)])
def test_a_large_one_with_a_ground_stands_within_the_memory(size: tuple[int, int]) -> None:
    program = """
import resource, sys
from pathlib import Path
from PIL import Image
from worker_jobs.mosaic.pictures import load_upright
Image.new("RGBA", (8, 8)).convert("RGB").resize((4, 4), Image.Resampling.LANCZOS)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
load_upright(Path(sys.argv[1]), 1500)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        make = f"import sys; from PIL import Image; Image.new('RGBA', {size}).save(sys.argv[1])"
        for code in (make, program):
            done = subprocess.run(
                [sys.executable, "-c", code, file.name],
                cwd=ROOT, capture_output=True, text=True, check=True,
            )  # fmt: skip

    # The pixels themselves are 64 and 36 MB, what comes of them 12 and 27.
    assert int(done.stdout) < 110_000
