"""A PDF of one page that is one JPEG: what stands in the file before it, and what behind.

The picture's bytes go in between as they are (DCTDecode), so nothing is decoded and
nothing large is ever in memory. Knows no mosaic, and no web.
"""

import codecs
import os
import struct
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import BinaryIO, NamedTuple

_POINTS_AN_INCH, _MM_AN_INCH = 72, 25.4
_LONGEST = 14_400  # points a side, where Acrobat ends; a page beyond has a larger unit
_FRAMES = (0xC0, 0xC1, 0xC2)
_SCAN, _PROFILE = 0xDA, 0xE2
_PROFILE_IS_WHOLE = b"ICC_PROFILE\0\x01\x01"
_PLAIN = range(32, 127)
_CATALOG, _PAGES, _PAGE, _CONTENT, _INFO, _COLOURS, _IMAGE = range(1, 8)


class Jpeg(NamedTuple):
    """What the header of an RGB JPEG says; `size` in bytes, `profile` is b"" without one."""

    width: int
    height: int
    size: int
    profile: bytes


def read(file: BinaryIO) -> Jpeg:
    """Read the header of a JPEG.

    Raises:
        ValueError: it is none.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(2)
    shape, profile = None, b""
    while True:
        try:
            mark, kind, length = struct.unpack(">BBH", file.read(4))
        except struct.error:
            raise ValueError("the JPEG has no end to its header") from None
        if mark != 0xFF:  # noqa: PLR2004 - as every marker begins
            raise ValueError("this is no JPEG")
        body = file.read(length - 2)
        if kind in _FRAMES:
            shape = struct.unpack_from(">HH", body, 1)
        elif kind == _PROFILE and body.startswith(_PROFILE_IS_WHOLE):
            profile = body[len(_PROFILE_IS_WHOLE) :]
        elif kind == _SCAN:
            break
    if shape is None:
        raise ValueError("the JPEG does not say how large it is")
    return Jpeg(shape[1], shape[0], size, profile)


@dataclass(frozen=True)
class Pdf:
    """A page for `jpeg`: of `sheet_mm` where that is given, else as large as its dots are.

    `identity` is 32 hexadecimal digits.
    """

    jpeg: Jpeg
    title: str
    made_at: datetime
    identity: str
    dots_an_inch: int = 300
    sheet_mm: tuple[float, float] | None = None

    @property
    def size(self) -> int:
        return len(self.head) + self.jpeg.size + len(self.tail)

    @property
    def points(self) -> tuple[float, float]:
        """How large the page is, in points of 1/72 inch."""
        if self.sheet_mm:
            width, height = self.sheet_mm
            return width * _POINTS_AN_INCH / _MM_AN_INCH, height * _POINTS_AN_INCH / _MM_AN_INCH
        by = _POINTS_AN_INCH / self.dots_an_inch
        return self.jpeg.width * by, self.jpeg.height * by

    @property
    def head(self) -> bytes:
        """All that stands before the picture."""
        return self._before[0]

    @cached_property
    def tail(self) -> bytes:
        """All that stands behind the picture; says where each object begins."""
        starts = self._before[1]
        end = b"\nendstream\nendobj\n"
        at = len(self.head) + self.jpeg.size + len(end)
        lines = [b"%010d 00000 n \n" % start for start in starts]
        table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(starts) + 1) + b"".join(lines)
        identity = self.identity.encode()
        trailer = b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%b> <%b>] >>\n" % (
            *(len(starts) + 1, _CATALOG, _INFO),
            *(identity, identity),
        )
        return end + table + trailer + b"startxref\n%d\n%%%%EOF\n" % at

    @cached_property
    def _before(self) -> tuple[bytes, list[int]]:
        # The second line says that the file is binary.
        head = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
        starts = []
        for number, body in enumerate(self._objects(), 1):
            starts.append(len(head))
            head += b"%d 0 obj\n" % number + body
            if number != _IMAGE:
                head += b"\nendobj\n"
        return bytes(head), starts

    def _objects(self) -> list[bytes]:
        """Return the objects by their numbers; the image comes last and is left open."""
        unit = max(1, -(-max(self.points) // _LONGEST))
        width, height = (f"{side / unit:.3f}" for side in self.points)
        larger = f" /UserUnit {unit:.0f}" if unit > 1 else ""
        page = (
            f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width} {height}]{larger} "
            f"/Contents {_CONTENT} 0 R /Resources << /XObject << /Picture {_IMAGE} 0 R >> >> >>"
        )
        info = (
            f"<< /Title {words(self.title)} /Producer (Needledrop) "
            f"/CreationDate (D:{self.made_at:%Y%m%d%H%M%S}Z) >>"
        )
        profile = self.jpeg.profile
        colours = f"[/ICCBased {_COLOURS} 0 R]" if profile else "/DeviceRGB"
        image = (
            f"<< /Type /XObject /Subtype /Image /Width {self.jpeg.width} "
            f"/Height {self.jpeg.height} /ColorSpace {colours} /BitsPerComponent 8 "
            f"/Filter /DCTDecode /Length {self.jpeg.size} >>\nstream\n"
        )
        return [
            f"<< /Type /Catalog /Pages {_PAGES} 0 R "
            "/ViewerPreferences << /DisplayDocTitle true >> >>".encode(),
            f"<< /Type /Pages /Kids [{_PAGE} 0 R] /Count 1 >>".encode(),
            page.encode(),
            _stream(f"q {width} 0 0 {height} 0 0 cm /Picture Do Q".encode()),
            info.encode(),
            _stream(profile, "/N 3 /Alternate /DeviceRGB ") if profile else b"null",
            image.encode(),
        ]


def _stream(data: bytes, said: str = "") -> bytes:
    return f"<< {said}/Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def words(text: str) -> str:
    """Write a text as PDF has it: as it is, or in UTF-16 where it has other letters."""
    if not all(ord(letter) in _PLAIN for letter in text):
        encoded = codecs.BOM_UTF16_BE + text.encode("utf-16-be", "replace")
        return f"<{encoded.hex()}>"
    for special in "\\()":
        text = text.replace(special, f"\\{special}")
    return f"({text})"
