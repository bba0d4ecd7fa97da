"""Large JPEGs without a canvas: bands one after the other, or ready cells joined unopened.

A baseline JPEG with a restart interval is a header and a row of segments that know
nothing of each other, parted by the markers RST0 to RST7. Pictures saved alike have
equal tables, so segments of one may follow segments of another once the markers are
counted anew and the size in the header is right: both writers give, byte for byte,
what Pillow gives for the whole at once, and tell where its segments are, so that parts
of it can be had the same way (core/jpeg_slices.py). Knows JPEG; not posters, and not
where they lie.
"""

import io
import re
import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from itertools import accumulate
from typing import Any, BinaryIO, NamedTuple

from PIL import Image

from core.errors import NeedledropError
from core.jpeg_slices import BLOCK, END, START, Cut, marker, resized
from worker_jobs.mosaic.ahead import Report, in_order

# Never optimize or progressive: the tables would differ from one part to the next.
SETTINGS: dict[str, Any] = {"quality": 88, "subsampling": "4:2:0", "dpi": (300, 300)}
LONGEST_SIDE = 65_500  # the header could say 35 more, which libjpeg neither writes nor reads
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
# Blocks to a segment of a band, if a row has whole ones of such a length: 128 to 640 pixels.
_NARROWEST, _NARROW, _WIDEST = 8, 16, 40
# Markers by their second byte: the frame (baseline, extended; progressive), the scan, notes.
_BASELINE, _PROGRESSIVE, _SCAN = (0xC0, 0xC1), 0xC2, 0xDA
_NOTES = (*range(0xE0, 0xF0), 0xFE)
_BAND = 1_000_000  # pixels of a band at the most, if that is 16 lines or more

Draw = Callable[[], Image.Image]


class TooLarge(NeedledropError):
    """A picture of more than 65,500 pixels a side, which no JPEG may be."""

    status = 422

    def __init__(self, width: int, height: int) -> None:
        super().__init__(
            f"The picture would be {width:,} by {height:,} pixels; "
            f"a JPEG ends at {LONGEST_SIDE:,} a side. Choose fewer pictures or a smaller size."
        )


class BadPart(NeedledropError):
    """A part that does not fit the others: truncated, or saved with other settings."""


class Pieces(NamedTuple):
    """A JPEG taken apart.

    `header` reaches from the start to the coded data, `size_at` is where in it
    height and width stand (2 bytes each), `tables` is what must be equal in all
    parts, `segments` is the coded data without its markers.
    """

    header: bytes
    size_at: int
    tables: bytes
    segments: list[bytes]


class Written(NamedTuple):
    """A finished file: how it is cut, where each segment begins, and where the next would."""

    cut: Cut
    starts: "array[int]"


def take_apart(jpeg: bytes) -> Pieces:
    """Cut a baseline JPEG of Pillow's into header and segments.

    Raises:
        BadPart: truncated, progressive or no JPEG at all.
    """
    if not (jpeg.startswith(START) and jpeg.endswith(END)):
        raise BadPart("A part of the picture is truncated.")
    at, size_at, tables = 2, 0, b""
    while at + 4 <= len(jpeg):
        kind, length = struct.unpack_from(">xBH", jpeg, at)
        body = jpeg[at : at + 2 + length]
        if kind in _BASELINE:  # marker, length, precision, height, width …
            size_at = at + 5
            tables += body[:5] + body[9:]
        elif kind == _PROGRESSIVE:
            raise BadPart("A part of the picture is not baseline.")
        elif kind not in _NOTES:
            tables += body
        at += 2 + length
        if kind == _SCAN:  # what follows is coded data
            return Pieces(jpeg[:at], size_at, tables, _RESTART.split(jpeg[at:-2]))
    raise BadPart("A part of the picture is truncated.")


def alike(jpeg: bytes, first: Pieces) -> Pieces | None:
    """Take apart a JPEG whose header is that of `first` to the byte; None if it is another.

    As `take_apart`, in a fifth of the time: cells of one look differ in their data alone.
    """
    if not (jpeg.startswith(first.header) and jpeg.endswith(END)):
        return None
    return first._replace(segments=_RESTART.split(jpeg[len(first.header) : -len(END)]))


def note(kind: int, body: bytes) -> bytes:
    """Return a segment for the header: 0xE1 is EXIF, 0xE2 a colour profile, 0xFE a comment."""
    return struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body


def exif_note(exif: Image.Exif) -> bytes:
    return note(0xE1, exif.tobytes())


def profile_note(profile: bytes) -> bytes:
    return note(0xE2, b"ICC_PROFILE\0\x01\x01" + profile)


def comment_note(text: str) -> bytes:
    return note(0xFE, text.encode())


class Assembler:
    """Writes segments one behind the other, under a header of the right size.

    Each is of `blocks` blocks. `extra` is whole notes for the header, behind the first,
    where readers look for them.
    """

    def __init__(
        self, out: BinaryIO, width: int, height: int, blocks: int, extra: bytes = b""
    ) -> None:
        if max(width, height) > LONGEST_SIDE:
            raise TooLarge(width, height)
        self._out, self._extra = out, extra
        self._width, self._height, self._blocks = width, height, blocks
        self._first: Pieces | None = None
        self._at = 0
        self._starts = array("Q")

    def add(self, pieces: Pieces, segments: Iterable[bytes]) -> None:
        """Write `segments`, saved as `pieces` say.

        Raises:
            BadPart: saved with other settings than the parts before.
        """
        if self._first is None:
            self._begin(pieces)
            self._first = pieces._replace(segments=[])
        elif pieces.tables != self._first.tables:
            raise BadPart("A part of the picture was saved with other settings.")
        cut = list(segments)
        number = len(self._starts)
        # Taken together: a mosaic that is made again is tens of thousands of segments.
        parts = [b""] * (2 * len(cut))
        parts[::2] = map(marker, range(number, number + len(cut)))
        parts[1::2] = cut
        sizes = (len(segment) + len(END) for segment in cut[:-1])  # with the next one's marker
        self._starts.extend(accumulate(sizes, initial=self._at + len(parts[0])))
        self._write(b"".join(parts))

    def _begin(self, pieces: Pieces) -> None:
        header = resized(pieces.header, pieces.size_at, self._width, self._height)
        (first,) = struct.unpack_from(">H", header, 4)  # JFIF wants its own note to come first
        self._write(header[: 4 + first] + self._extra + header[4 + first :])

    def _write(self, data: bytes) -> None:
        self._at += len(data)
        self._out.write(data)

    def close(self) -> Written:
        """End the file.

        Raises:
            BadPart: too few or too many segments came, so the picture would be torn.
        """
        header, size_at = (self._first.header, self._first.size_at) if self._first else (b"", 0)
        cut = Cut(self._width, self._height, self._blocks, header, size_at)
        expected = cut.across * cut.down
        if len(self._starts) != expected:
            raise BadPart(f"The picture has {len(self._starts)} segments, not {expected}.")
        self._write(END)
        self._starts.append(self._at)  # END is as long as a marker
        return Written(cut, self._starts)


def segment_blocks(width: int) -> int:
    """Return how many blocks make a segment in a picture of that width drawn in bands.

    A part of a row, so that tiles can be cut out of it, or the whole row where no
    fitting part divides it.
    """
    row = -(-width // BLOCK)
    parts = [blocks for blocks in range(_NARROWEST, _WIDEST + 1) if row % blocks == 0]
    return min(parts, key=lambda blocks: abs(blocks - _NARROW), default=row)


def write_bands(  # noqa: PLR0913 - four say what, three how
    out: BinaryIO,
    width: int,
    height: int,
    bands: Sequence[Draw],
    *,
    threads: int = 2,
    extra: bytes = b"",
    report: Report | None = None,
) -> Written:
    """Write a picture from bands, each drawn and encoded in a thread, in order.

    A band is RGB, as wide as the picture and a multiple of 16 high, but for the
    last. At most `threads` + 1 exist at a time: that is all the memory there is.
    `report` is called from here, after each band and at least twice a second; what
    it raises ends the work.
    """
    blocks = segment_blocks(width)
    whole = Assembler(out, width, height, blocks, extra)
    calls = [partial(_encode, draw, blocks) for draw in bands]
    with closing(in_order(calls, threads, report)) as encoded:
        for pieces in encoded:
            whole.add(pieces, pieces.segments)
    return whole.close()


def _encode(draw: Draw, blocks: int) -> Pieces:
    buffer = io.BytesIO()
    draw().save(buffer, "JPEG", restart_marker_blocks=blocks, **SETTINGS)
    return take_apart(buffer.getvalue())


def band_height(width: int, most: int = _BAND) -> int:
    """Return how many lines of that width are at most so many pixels, in whole blocks."""
    return max(BLOCK, most // width // BLOCK * BLOCK)


def plain_bands(width: int, height: int, colour: tuple[int, int, int]) -> list[Draw]:
    """Return bands of one colour, of that height together."""
    step = band_height(width)
    return [
        partial(Image.new, "RGB", (width, min(step, height - top)), colour)
        for top in range(0, height, step)
    ]


def cell_jpeg(image: Image.Image) -> bytes:
    """Return a cell ready to be joined, and worth keeping: one segment for each 16 rows."""
    if image.mode != "RGB" or image.width % BLOCK or image.height % BLOCK:
        raise ValueError("a cell is RGB and its sides are multiples of 16")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", restart_marker_rows=1, **SETTINGS)
    return buffer.getvalue()


def strip_jpeg(image: Image.Image, cell_width: int) -> bytes:
    """Return a title or footer as wide as a row of cells, cut into segments as long as a cell's."""
    if image.mode != "RGB" or image.width % cell_width or image.height % BLOCK:
        raise ValueError("a strip is RGB, whole cells wide and a multiple of 16 high")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", restart_marker_blocks=cell_width // BLOCK, **SETTINGS)
    return buffer.getvalue()


def join(  # noqa: PLR0913 - as above
    out: BinaryIO,
    width: int,
    height: int,
    rows: Iterable[Sequence[Pieces]],
    cell_width: int,
    *,
    extra: bytes = b"",
) -> Written:
    """Write a picture from rows of cells, or of one strip; nothing is decoded.

    16 rows of pixels are the first segment of each cell, then the second of each,
    and so on. `width` and `height` may be up to 15 less than the cells give: that crops.

    Raises:
        BadPart: cells of one row differ in height, or were saved with other settings.
    """
    whole = Assembler(out, width, height, cell_width // BLOCK, extra)
    for row in rows:
        first = row[0]
        for part in row:
            if len(part.segments) != len(first.segments) or part.tables != first.tables:
                raise BadPart("The cells of a row differ in height or settings.")
        lines = zip(*(part.segments for part in row), strict=True)
        whole.add(first, (segment for line in lines for segment in line))
    return whole.close()
