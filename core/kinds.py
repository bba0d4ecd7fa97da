"""What kind of file somebody brings: by what is in it, never by its name.

Looks at the beginning and the end alone, and unpacks nothing: to lead people to the right
place. Whoever reads the file looks closely.
"""

from enum import Enum
from pathlib import Path

_HEAD, _TAIL = 4096, 512 * 1024  # a zip lists its files at its end
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PARTED_BY, _PARTED_BY_WITHIN = b"sep=", 8  # there may be a mark of its encoding before it
_OF_LETTERBOXD = b"letterboxd"
_OF_DISCOGS = (b"release_id", b"artist", b"title")


class Kind(Enum):
    """`SHELF`: a zip that Needledrop made of somebody's shelf. `TABLE`: any other csv, or text."""

    LETTERBOXD_ZIP = "a zip of Letterboxd's"
    LETTERBOXD_TABLE = "a table of Letterboxd's"
    SHELF = "a shelf that was taken along"
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
            # UTF-16 has a NUL beside each letter.
            first, _, rest = head.replace(b"\0", b"").lower().partition(b"\n")
            # A spreadsheet may say before the header what parts the cells.
            is_said = _PARTED_BY in first[:_PARTED_BY_WITHIN]
            return _table(rest.partition(b"\n")[0] if is_said else first)
        file.seek(max(0, file.seek(0, 2) - _TAIL))
        names = file.read()
    if b"credit_trx.csv" in names and b"records.csv" in names:
        return Kind.SHELF
    if any(name in names for name in (b"watched.csv", b"diary.csv", b"ratings.csv")):
        return Kind.LETTERBOXD_ZIP
    return Kind.ZIP


def _table(header: bytes) -> Kind:
    if _OF_LETTERBOXD in header:
        return Kind.LETTERBOXD_TABLE
    is_of_discogs = all(name in header for name in _OF_DISCOGS)
    return Kind.DISCOGS_TABLE if is_of_discogs else Kind.TABLE
