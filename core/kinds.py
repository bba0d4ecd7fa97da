"""What kind of file somebody brings: by what is in it, never by its name.

Looks at the beginning and the end alone, and unpacks no more than a few lines: to lead people
to the right place. Whoever reads the file looks closely.
"""

import struct
import zlib
from enum import Enum
from pathlib import Path

from core import play_formats

_HEAD, _TAIL = 4096, 512 * 1024  # a zip lists its files at its end
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_MEMBER = struct.Struct("<4s5H3L2H")  # what stands before the first file of a zip
_STORED, _DEFLATED = 0, 8
_OF_PLAYS = (b"streaming_history", b"streaminghistory", b"endsong", b"listens/")
_PARTED_BY, _PARTED_BY_WITHIN = b"sep=", 8  # there may be a mark of its encoding before it
_OF_LETTERBOXD = b"letterboxd"
_OF_DISCOGS = (b"release_id", b"artist", b"title")


class Kind(Enum):
    """What somebody brings.

    `SHELF`: a zip that Needledrop made of somebody's shelf. `PLAYS`: a history of plays, packed
    or not. `TABLE`: any other csv, or text.
    """

    LETTERBOXD_ZIP = "a zip of Letterboxd's"
    LETTERBOXD_TABLE = "a table of Letterboxd's"
    SHELF = "a shelf that was taken along"
    PLAYS = "a history of plays"
    ZIP = "some other zip"
    DISCOGS_TABLE = "a table of Discogs'"
    TABLE = "a table"

    @property
    def is_zip(self) -> bool:
        return self in (Kind.LETTERBOXD_ZIP, Kind.SHELF, Kind.ZIP)

    @property
    def is_of_films(self) -> bool:
        return self in (Kind.LETTERBOXD_ZIP, Kind.LETTERBOXD_TABLE)


def of(path: Path) -> Kind:
    """Return what kind of file this is."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head.startswith(_ZIP):
            return _plain(_unpacked(head, zlib.MAX_WBITS | 16) if head[:2] == _GZIP else head)
        file.seek(max(0, file.seek(0, 2) - _TAIL))
        names = file.read()
    if b"credit_trx.csv" in names and b"records.csv" in names:
        return Kind.SHELF
    if any(name in names for name in (b"watched.csv", b"diary.csv", b"ratings.csv")):
        return Kind.LETTERBOXD_ZIP
    is_of_plays = any(name in names.lower() for name in _OF_PLAYS) or play_formats.of_bytes(
        _first_in_zip(head)
    )
    return Kind.PLAYS if is_of_plays else Kind.ZIP


def _plain(head: bytes) -> Kind:
    # UTF-16 has a NUL beside each letter.
    first, _, rest = head.replace(b"\0", b"").lower().partition(b"\n")
    # A spreadsheet may say before the header what parts the cells.
    is_said = _PARTED_BY in first[:_PARTED_BY_WITHIN]
    found = _table(rest.partition(b"\n")[0] if is_said else first)
    return Kind.PLAYS if found is Kind.TABLE and play_formats.of_bytes(head) else found


def _first_in_zip(head: bytes) -> bytes:
    """Return how the first file of a zip begins, b"" where that cannot be told."""
    if len(head) < _MEMBER.size:
        return b""
    _, _, _, packing, *_, name, extra = _MEMBER.unpack_from(head)
    content = head[_MEMBER.size + name + extra :]
    if packing == _DEFLATED:
        return _unpacked(content, -zlib.MAX_WBITS)
    return content if packing == _STORED else b""


def _unpacked(content: bytes, how: int) -> bytes:
    try:
        return zlib.decompressobj(how).decompress(content, _HEAD)
    except zlib.error:
        return b""


def _table(header: bytes) -> Kind:
    if _OF_LETTERBOXD in header:
        return Kind.LETTERBOXD_TABLE
    is_of_discogs = all(name in header for name in _OF_DISCOGS)
    return Kind.DISCOGS_TABLE if is_of_discogs else Kind.TABLE
