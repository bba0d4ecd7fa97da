"""Parts of a JPEG, made of its bytes alone: nothing is decoded, so any process may do it.

A baseline JPEG with a restart interval is a header and a row of segments that know
nothing of each other, parted by the markers RST0 to RST7. Where each row of blocks is a
whole number of segments, the segments of some rows and columns under a header of their
size are a picture again.
"""

import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import BinaryIO, NamedTuple

BLOCK = 16  # pixels: with 4:2:0 a block is as wide and as high
START, END = b"\xff\xd8", b"\xff\xd9"
# Between two segments, and no less behind the last one: END is as long.
MARKER_BYTES = 2


class Cut(NamedTuple):
    """A JPEG of segments of `blocks` blocks each, whole rows of them.

    `header` reaches from the start to the coded data and need not hold notes; `size_at`
    is where in it height and width stand (2 bytes each).
    """

    width: int
    height: int
    blocks: int
    header: bytes
    size_at: int

    @property
    def across(self) -> int:
        """Return how many segments a row of blocks has."""
        return -(-self.width // (self.blocks * BLOCK))

    @property
    def down(self) -> int:
        """Return how many rows of blocks there are."""
        return -(-self.height // BLOCK)


# RST0 stands before the second segment, and after RST7 comes RST0 again.
_MARKERS = [bytes((0xFF, 0xD0 + (number - 1) % 8)) for number in range(8)]


def marker(number: int) -> bytes:
    """Return what stands before the segment of that number in its file, counted from 0."""
    return _MARKERS[number % 8] if number else b""


def resized(header: bytes, size_at: int, width: int, height: int) -> bytes:
    found = bytearray(header)
    struct.pack_into(">HH", found, size_at, height, width)
    return bytes(found)


def sliced(cut: Cut, file: BinaryIO, starts: Sequence[int], columns: range, rows: range) -> bytes:
    """Return the part of a picture that lies in these columns of segments and rows of blocks.

    `file` is the picture; `starts` are where in it the segments of those rows begin, all
    across, and one more: where the next would.
    """
    made = bytearray(_header(cut, columns, rows))
    number = 0
    for row in range(len(rows)):
        first = row * cut.across + columns.start
        places = starts[first : first + len(columns) + 1]
        file.seek(places[0])
        coded = file.read(places[-1] - places[0] - MARKER_BYTES)
        for start, end in pairwise(place - places[0] for place in places):
            made += marker(number)
            made += coded[start : end - MARKER_BYTES]
            number += 1
    return bytes(made + END)


def _header(cut: Cut, columns: range, rows: range) -> bytes:
    wide = cut.blocks * BLOCK
    width = min(columns.stop * wide, cut.width) - columns.start * wide
    height = min(rows.stop * BLOCK, cut.height) - rows.start * BLOCK
    return resized(cut.header, cut.size_at, width, height)
