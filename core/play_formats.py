"""Which export of plays a file is: by what its beginning says, never by its name.

Both who leads people to the right place and who reads the file ask here.
"""

import codecs
import csv
import re
from enum import Enum

HEAD = 4096  # bytes that are enough to tell
_MOST_COMMENTS = 50
_LINES_TO_LOOK_AT = 5
_BARE_COLUMNS = 4
_COMMENTS = ("#", "+ACM-")  # the second is the first in UTF-7
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MINUTE = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4},? \d{1,2}:\d{2}$")
_NOT_BARE = re.compile(r"[\W_]+")


class Format(Enum):
    """Each as a report names it."""

    SPOTIFY_EXTENDED = "Spotify, extended history"
    SPOTIFY_ACCOUNT = "Spotify, account data"
    LASTFM_PAGES = "Last.fm, JSON"
    LASTFM_TABLE = "Last.fm, table"
    LASTFM_NO_HEADER = "Last.fm, table to the minute"
    LASTFM_MINUTES = "Last.fm, table to the minute, with a header"
    LASTFM_R = "Last.fm, table written by R"
    LASTFMSTATS = "lastfmstats.com"
    LIBREFM = "Libre.fm"
    SCROBBLER_LOG = "a player's .scrobbler.log"
    PANO = "Pano Scrobbler"
    MALOJA = "Maloja"
    KOITO = "Koito"
    LISTENBRAINZ = "ListenBrainz, listens"
    FEEDBACK = "ListenBrainz, loved and hated"
    NEEDLEDROP = "Needledrop, taken along"


_KEYS = (
    (Format.NEEDLEDROP, ("needledrop", "version")),
    (Format.SPOTIFY_EXTENDED, ("ts", "ms_played")),
    (Format.SPOTIFY_ACCOUNT, ("endTime", "msPlayed")),
    (Format.LISTENBRAINZ, ("listened_at", "track_metadata")),
    (Format.KOITO, ("version", "listens")),
    (Format.MALOJA, ("maloja",)),
    (Format.MALOJA, ("scrobbles",)),
    (Format.PANO, ("timeMs", "track")),
    (Format.FEEDBACK, ("recording_msid", "score")),
    (Format.FEEDBACK, ("recording_mbid", "score")),
    (Format.LASTFM_PAGES, ("track", "uts")),
)
_COLUMNS = (
    (Format.LASTFMSTATS, {"artist", "album", "albumid", "track"}),
    (Format.LASTFM_TABLE, {"uts", "artist", "track"}),
    (Format.LASTFM_MINUTES, {"utctime", "artist", "track"}),
    (Format.LIBREFM, {"time", "artist", "track"}),
)


def of(head: str) -> Format | None:
    """Return the format of a file that begins like this, None: it is no history of plays."""
    head = head.lstrip()
    if head.startswith("#AUDIOSCROBBLER/1."):
        return Format.SCROBBLER_LOG
    return _of_json(head) if head.startswith(("[", "{")) else _of_table(head)


def of_bytes(head: bytes) -> Format | None:
    """Return the format of a file that begins with these bytes."""
    if head.startswith(_UTF16_MARKS):
        return of(head.decode("utf-16", "replace"))
    # UTF-16 without a mark has a NUL beside each letter.
    return of(head.replace(b"\0", b"").decode("utf-8-sig", "replace"))


def _of_json(head: str) -> Format | None:
    for found, keys in _KEYS:
        if all(re.search(rf'"{key}"\s*:', head) for key in keys):
            return found
    return None


def _of_table(head: str) -> Format | None:
    lines = [line for line in head.splitlines()[:_MOST_COMMENTS] if line.strip()]
    rows = [line for line in lines if not line.startswith(_COMMENTS)]
    if not rows:
        return None
    for delimiter in (",", ";", "\t"):
        names = [bare(name) for name in cells(rows[0], delimiter)]
        for found, wanted in _COLUMNS:
            if wanted <= set(names):
                return found
        if names[:1] == [""] and {"date", "artist", "track"} <= set(names):
            return Format.LASTFM_R
        if any(_is_without_header(cells(row, delimiter)) for row in rows[:_LINES_TO_LOOK_AT]):
            return Format.LASTFM_NO_HEADER
    return None


def _is_without_header(row: list[str]) -> bool:
    return len(row) == _BARE_COLUMNS and _MINUTE.match(row[-1].strip()) is not None


def is_comment(line: str) -> bool:
    return line.startswith(_COMMENTS)


def cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line.

    Each line for itself: a quotation mark too many costs one row, and not all that follow.
    """
    return next(csv.reader([line], delimiter=delimiter), [])


def bare(name: str) -> str:
    """Return the name of a column without what programs put between its words.

    >>> bare("UTC_time"), bare("Date.Added"), bare('""')
    ('utctime', 'dateadded', '')
    """
    return _NOT_BARE.sub("", name).casefold()
