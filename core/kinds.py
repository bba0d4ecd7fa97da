"""What kind of file somebody brings: by what is in it, never by its name.

Looks at the beginning and the end alone, and unpacks no more than a few lines: to lead people
to the right place. Whoever reads the file looks closely.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from core import library_formats, play_formats

_HEAD, _TAIL = 4096, 512 * 1024  # a zip lists its files at its end
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_MEMBER = struct.Struct("<4s5H3L2H")  # what stands before each file of a zip
_STORED, _DEFLATED = 0, 8
_SIZE_FOLLOWS = 8  # a flag: how long a file is stands behind it
_OF_PLAYS = (b"streaming_history", b"streaminghistory", b"endsong", b"listens/")
_OF_LIBRARY = re.compile(rb"(yourlibrary|playlist)[0-9]*\.json")
_PARTED_BY, _PARTED_BY_WITHIN = b"sep=", 8  # there may be a mark of its encoding before it
_OF_LETTERBOXD = b"letterboxd"
_OF_DISCOGS = (b"release_id", b"artist", b"title")


class Kind(Enum):
    """What somebody brings.

    `SHELF`: a zip that Needledrop made of somebody's shelf. `PLAYS`: a history of plays, packed
    or not; there may be a library beside it, as `holds_library` tells. `LIBRARY`: tracks and
    how they sound, playlists and what somebody likes, packed or not. `TABLE`: any other csv, or
    text.
    """

    LETTERBOXD_ZIP = "a zip of Letterboxd's"
    LETTERBOXD_TABLE = "a table of Letterboxd's"
    SHELF = "a shelf that was taken along"
    PLAYS = "a history of plays"
    LIBRARY = "a library"
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
    head, names = _looked_at(path)
    if names is None:
        return _plain(head)
    if b"credit_trx.csv" in names and b"records.csv" in names:
        return Kind.SHELF
    told = next(filter(None, map(_of_music, _begins_in_zip(head))), None)
    # Exportify names its files as playlists are called, and one may be called “ratings”.
    is_of_films = any(name in names for name in (b"watched.csv", b"diary.csv", b"ratings.csv"))
    if is_of_films and told is not Kind.LIBRARY:
        return Kind.LETTERBOXD_ZIP
    if any(name in names.lower() for name in _OF_PLAYS):
        return Kind.PLAYS
    return told or (Kind.LIBRARY if _OF_LIBRARY.search(names.lower()) else Kind.ZIP)


def holds_library(path: Path) -> bool:
    """Say whether there is a library in this file, be it beside a history of plays."""
    _, names = _looked_at(path)
    is_beside = names is not None and _OF_LIBRARY.search(names.lower())
    return bool(is_beside) or of(path) is Kind.LIBRARY


def _looked_at(path: Path) -> tuple[bytes, bytes | None]:
    """Return how a file begins, and what of a zip names all that is in it."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head.startswith(_ZIP):
            return (_unpacked(head, zlib.MAX_WBITS | 16) if head[:2] == _GZIP else head), None
        file.seek(max(0, file.seek(0, 2) - _TAIL))
        return head, file.read()


def _plain(head: bytes) -> Kind:
    # UTF-16 has a NUL beside each letter.
    first, _, rest = head.replace(b"\0", b"").lower().partition(b"\n")
    # A spreadsheet may say before the header what parts the cells.
    is_said = _PARTED_BY in first[:_PARTED_BY_WITHIN]
    found = _table(rest.partition(b"\n")[0] if is_said else first)
    if found is not Kind.TABLE:
        return found
    return _of_music(head) or Kind.TABLE


def _of_music(head: bytes) -> Kind | None:
    """Return whether a file that begins like this tells of plays or is a library, None: neither."""
    if play_formats.of_bytes(head):
        return Kind.PLAYS
    return Kind.LIBRARY if library_formats.of_bytes(head) else None


def _begins_in_zip(head: bytes) -> Iterator[bytes]:
    """Yield how the files of a zip begin that begins like this; folders are empty."""
    at = 0
    while at >= 0 and len(head) >= at + _MEMBER.size:
        _, _, flags, packing, _, _, _, size, _, name, extra = _MEMBER.unpack_from(head, at)
        begins = at + _MEMBER.size + name + extra
        ends = len(head) if flags & _SIZE_FOLLOWS else begins + size
        content = head[begins:ends]
        if packing == _DEFLATED:
            yield _unpacked(content, -zlib.MAX_WBITS)
        elif packing == _STORED:
            yield content
        at = head.find(_ZIP[0], begins + size)


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
