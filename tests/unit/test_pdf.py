"""The PDF for print: read by hand, as a reader would, and the picture in it byte for byte."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from core import pdf
from core.pdf import Jpeg, Pdf
from database.mosaic_sizes import EXACT, sheet_mm

AT = datetime(2026, 11, 24, 19, 5, 30, tzinfo=UTC)
A4 = (595.276, 841.890)


def jpeg(size: tuple[int, int] = (320, 160), *, profile: bytes | None = None) -> bytes:
    out = io.BytesIO()
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    image.save(out, "JPEG", quality=88, icc_profile=profile)
    return out.getvalue()


def whole(tmp_path: Path, data: bytes, title: str = "dave", **said: object) -> bytes:
    file = tmp_path / "picture.jpg"
    file.write_bytes(data)
    with file.open("rb") as opened:
        made = Pdf(pdf.read(opened), title, AT, "ab" * 16, **said)  # type: ignore[arg-type]
    found = made.head + data + made.tail
    assert made.size == len(found)
    return found


def objects(document: bytes) -> dict[int, bytes]:
    """Return each object by its number, from where the table of objects says that it is."""
    start = int(document.rsplit(b"startxref\n", 1)[1].split()[0])
    assert document[start:].startswith(b"xref\n0 ")
    lines = document[start:].splitlines(keepends=True)
    count = int(lines[1].split()[1])
    assert all(len(line) == 20 for line in lines[2 : 2 + count])
    starts = [int(line[:10]) for line in lines[3 : 2 + count]]
    found = {}
    for number, (at, end) in enumerate(zip(starts, [*starts[1:], start], strict=True), 1):
        body = document[at:end]
        assert body.startswith(b"%d 0 obj\n" % number) and body.endswith(b"endobj\n")
        found[number] = body
    return found


def test_its_objects_are_where_it_says_and_the_picture_is_untouched(tmp_path: Path) -> None:
    data = jpeg()

    document = whole(tmp_path, data)

    assert document.startswith(b"%PDF-1.6\n") and document.endswith(b"%%EOF\n")
    found = objects(document)
    (image,) = [body for body in found.values() if b"/Subtype /Image" in body]
    assert b"/Width 320 /Height 160" in image and b"/Filter /DCTDecode" in image
    stream = image.partition(b"stream\n")[2]
    assert stream[: len(data)] == data and stream[len(data) :] == b"\nendstream\nendobj\n"
    assert b"/Length %d " % len(data) in image
    assert b"/ColorSpace /DeviceRGB" in image


def test_a_page_is_as_large_as_its_dots_at_300_an_inch(tmp_path: Path) -> None:
    document = whole(tmp_path, jpeg((600, 300)))

    assert b"/MediaBox [0 0 144.000 72.000]" in document


@pytest.mark.parametrize("name", [name for name, size in EXACT.items() if size.is_print])
def test_a_sheet_has_its_exact_size(tmp_path: Path, name: str) -> None:
    sheet = sheet_mm(name)
    assert sheet
    size = EXACT[name]

    document = whole(tmp_path, jpeg((16, 16)), sheet_mm=sheet)

    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", document)
    assert box
    for points, mm, pixels in zip(box.groups(), sheet, size[:2], strict=True):
        assert float(points) == pytest.approx(mm * 72 / 25.4, abs=0.001)
        assert float(points) == pytest.approx(pixels * 72 / 300, abs=0.25)


def test_a4_is_a4_and_a_screen_is_no_sheet() -> None:
    made = Pdf(Jpeg(2480, 3508, 1, b""), "x", AT, "ab" * 16, sheet_mm=sheet_mm("a4"))

    assert made.points == pytest.approx(A4, abs=0.001)
    assert sheet_mm("4k") is sheet_mm("normal") is sheet_mm("") is None


def test_what_is_larger_than_a_page_may_be_has_a_larger_unit() -> None:
    made = Pdf(Jpeg(65_500, 1_000, 1, b""), "x", AT, "ab" * 16)

    assert b"/MediaBox [0 0 7860.000 120.000] /UserUnit 2 " in made.head


def test_its_profile_is_the_pictures_own(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    found = objects(whole(tmp_path, jpeg(profile=profile)))

    (colours,) = [number for number, body in found.items() if b"/N 3 /Alternate" in body]
    assert profile in found[colours]
    (image,) = [body for body in found.values() if b"/Subtype /Image" in body]
    assert b"/ColorSpace [/ICCBased %d 0 R]" % colours in image


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("dave", "(dave)"),
        ("dave (2) \\ x", r"(dave \(2\) \\ x)"),
        ("maya – März", "<feff006d00610079006100202013002000" + "4d00e40072007a>"),
        ("羅生門 🎬", "<feff7f85751f95800020d83cdfac>"),
        ("a\nb", "<feff0061000a0062>"),
    ],
)
def test_a_title_keeps_its_letters(title: str, written: str) -> None:
    assert pdf.words(title) == written


def test_who_made_it_when_and_what_it_is(tmp_path: Path) -> None:
    document = whole(tmp_path, jpeg(), "dave")

    assert b"/Title (dave) /Producer (Needledrop) /CreationDate (D:20261124190530Z)" in document


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\xff\xd8 a picture \xff\xd9", jpeg()[:300], b"GIF89a" * 9]
)
def test_what_is_no_jpeg_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG"):
        whole(tmp_path, data)
