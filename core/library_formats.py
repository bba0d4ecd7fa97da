"""Which file of a library it is: by what its beginning says, never by its name.

Both who leads people to the right place and who reads the file ask here.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from core.library import UNIT_FIELDS
from core.play_formats import bare, cells

HEAD = 4096  # bytes that are enough to tell
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DELIMITERS = (",", ";", "\t")
_SAID = re.compile(r"sep=([,;\t|])?\"?[,;\t]?", re.IGNORECASE)  # how a spreadsheet says it
_FEW_FEATURES = 3  # of a table that has names alone: fewer might be anything
_URI = "spotify:"
_ID = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)


class Format(Enum):
    """Each as a report names it."""

    EXPORTIFY = "Exportify"
    TABLE = "a table of tracks"
    YOUR_LIBRARY = "Spotify, account data: the library"
    PLAYLISTS = "Spotify, account data: playlists"


# What each column may be called, without what stands between its words.
_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "uri": ("trackuri", "trackid", "spotifyid", "spotifyuri", "spotifytrackid", "uri", "id"),
    "name": ("trackname", "name", "track", "title", "songname"),
    "artists": ("artistnames", "artists", "artistname", "trackartist", "artist"),
    "artist_uris": ("artisturis", "artistids", "artistid"),
    "album": ("albumname", "album", "trackalbumname"),
    "album_uri": ("albumuri", "albumid", "albumspotifyid", "trackalbumid"),
    "album_artists": ("albumartistnames", "albumartists"),
    "album_artist_uris": ("albumartisturis",),
    "released": ("albumreleasedate", "releasedate", "released", "trackalbumreleasedate"),
    "image": ("albumimageurl",),
    "disc": ("discnumber", "disc"),
    "number": ("tracknumber", "number"),
    "duration_ms": ("trackdurationms", "durationms"),
    "explicit": ("explicit", "isexplicit"),
    "isrc": ("isrc",),
    "added_by": ("addedby",),
    "added_at": ("addedat",),
    "genres": ("artistgenres", "genres"),
    "album_genres": ("albumgenres",),
    "label": ("label", "recordlabel"),
    "copyright": ("copyrights", "copyright"),
    **{name: (name,) for name in UNIT_FIELDS},
    "loudness": ("loudness", "loudnessdb"),
    "tempo": ("tempo", "tempobpm", "bpm"),
    "pitch_class": ("key", "pitchclass"),
    "mode": ("mode",),
    "time_signature": ("timesignature",),
})  # fmt: skip
FEATURES = (*UNIT_FIELDS, "loudness", "tempo", "pitch_class", "mode", "time_signature")

# Exportify translates its names, and not their order. A None is read by nobody.
_BASE = (
    "uri", "name", "artist_uris", "artists", "album_uri", "album", "album_artist_uris",
    "album_artists", "released", "image", "disc", "number", "duration_ms", None, "explicit", None,
    "isrc", "added_by", "added_at",
)  # fmt: skip
_GENRES = ("genres",)
_SOUND = (
    "danceability", "energy", "pitch_class", "loudness", "mode", "speechiness", "acousticness",
    "instrumentalness", "liveness", "valence", "tempo", "time_signature",
)  # fmt: skip
_ALBUM = ("album_genres", "label", "copyright")
# Which of them there are, the number of columns tells: no two sums are equal.
_LAYOUTS = {
    len(columns): columns
    for columns in (
        (*_BASE, *genres, *sound, *album)
        for genres in ((), _GENRES)
        for sound in ((), _SOUND)
        for album in ((), _ALBUM)
    )
}


class Columns(NamedTuple):
    """What is in a table, and where: `at` has the number of each column that is known.

    `width`: how many there are. `said_first`: how many lines stand before their names.
    """

    format: Format
    delimiter: str
    at: Mapping[str, int]
    width: int
    said_first: int

    @property
    def is_playlist(self) -> bool:
        """Whether it is a list that somebody made, in which a track may stand twice."""
        return "added_at" in self.at


def of(head: str) -> Format | None:
    """Return what a file that begins like this is, None: no library."""
    begins = head.lstrip()
    if begins.startswith(("{", "[")):
        return _of_json(begins)
    found = columns(head)
    return found.format if found else None


def of_bytes(head: bytes) -> Format | None:
    """Return what a file is that begins with these bytes."""
    if head.startswith(_UTF16_MARKS):
        return of(head.decode("utf-16", "replace"))
    # UTF-16 without a mark has a NUL beside each letter.
    return of(head.replace(b"\0", b"").decode("utf-8-sig", "replace"))


def _of_json(head: str) -> Format | None:
    if re.match(r'\{\s*"playlists"\s*:\s*\[', head):
        return Format.PLAYLISTS
    is_library = re.match(r'\{\s*"(tracks|albums|artists|shows|episodes)"\s*:\s*\[', head)
    return Format.YOUR_LIBRARY if is_library else None


def columns(head: str) -> Columns | None:
    """Return the columns of a table that begins like this, None: it is none of tracks."""
    lines = [line for line in head.splitlines() if line.strip()]
    said_first = 0
    delimiters: Sequence[str] = _DELIMITERS
    if lines and (said := _SAID.fullmatch(lines[0].strip().lstrip('"'))):
        delimiters, said_first = (said[1] or "\t",), 1
    for delimiter in delimiters if len(lines) > said_first else ():
        names = cells(lines[said_first], delimiter)
        first = cells(lines[said_first + 1], delimiter) if len(lines) > said_first + 1 else []
        if found := _by_name(names, first) or _by_position(names, first):
            return Columns(found[0], delimiter, found[1], len(names), said_first)
    return None


def _by_name(names: list[str], first: list[str]) -> tuple[Format, Mapping[str, int]] | None:
    bares = [bare(name) for name in names]
    at = {
        field: next(bares.index(name) for name in known if name in bares)
        for field, known in _NAMES.items()
        if any(name in bares for name in known)
    }
    if not {"name", "artists"} <= at.keys():
        return None
    few = sum(field in at for field in FEATURES) < _FEW_FEATURES
    if few and not {"trackuri", "spotifyuri", "spotifyid"} & set(bares):
        # Each table of tracks may number them; Spotify's own numbers are told by their looks.
        by_id = dict(zip(bares, first, strict=False)).get("trackid", "")
        if not _ID.fullmatch(by_id):
            return None
    is_exportify = {"artist_uris", "image", "added_at"} <= at.keys()
    return (Format.EXPORTIFY if is_exportify else Format.TABLE), at


def _by_position(names: list[str], first: list[str]) -> tuple[Format, Mapping[str, int]] | None:
    layout = _LAYOUTS.get(len(names))
    if layout is None or not first or not first[0].startswith(_URI):
        return None
    return Format.EXPORTIFY, {name: place for place, name in enumerate(layout) if name}
