"""What is told of things in a library, as the rows that are kept of them.

In single spaces, no longer than an index of PostgreSQL's holds, with nothing in it that a
database refuses.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from core import clock, play_words
from core.library import AlbumTold, ArtistTold, PlaylistTold, TrackTold
from core.names import fold

LONGEST = 300  # characters of a name
_LONGEST_FOLDED = 600  # folding may make it longer
_LONGEST_TEXT = 4_000
_YEAR = 4  # digits

Row = dict[str, Any]


def artist(told: ArtistTold) -> Row:
    name = cleaned(told.name)
    return {
        "spotify_id": told.spotify_id,
        "name": name,
        "name_folded": _folded(name),
        "followers": told.followers,
        "genres": _genres(told.genres),
        "image_address": _said(told.image),
        "details_at": clock.now() if told.is_whole else None,
    }


def album(told: AlbumTold) -> Row:
    name = cleaned(told.name)
    credit = _credit_of(told.artists)
    released = _said(told.released)
    return {
        "spotify_id": told.spotify_id,
        "name": name,
        "name_folded": _folded(name),
        "names_key": names_key(told.artists, name),
        "credit": credit,
        "kind": _said(told.kind),
        "label": _said(told.label),
        "copyright": _said(told.copyright),
        "released": released,
        "release_year": _year(released),
        "tracks_total": told.tracks_total,
        "genres": _genres(told.genres),
        "image_address": _said(told.image),
    }


def track(told: TrackTold, album_id: int | None) -> Row:
    name = cleaned(told.name)
    album = told.album.name if told.album else ""
    return {
        "spotify_id": told.spotify_id,
        "isrc": told.isrc,
        "name": name,
        "name_folded": _folded(name),
        "names_key": names_key(told.artists, name, album),
        "credit": _credit_of(told.artists),
        "artist_folded": _folded(cleaned(told.artists[0].name)) if told.artists else "",
        "song_key": play_words.song_key(name)[:_LONGEST_FOLDED],
        "duration_ms": told.duration_ms,
        "album_id": album_id,
        "disc": told.disc,
        "number": told.number,
        "is_explicit": told.is_explicit,
    }


def playlist(told: PlaylistTold) -> Row:
    name = cleaned(told.name)
    return {
        "spotify_id": told.spotify_id,
        "name": name,
        "name_folded": _folded(name),
        "told_snapshot": told.snapshot,
        "is_public": told.is_public,
        "is_collaborative": told.is_collaborative,
        "description": _said(told.description),
        "owner_id": told.owner_id,
        "owner_name": _said(told.owner_name),
        "tracks_total": told.tracks_total,
        "image_address": _said(told.image),
    }


def names_key(artists: Sequence[ArtistTold], *names: str) -> str:
    """Return what tells something without an id from every other, by its folded names."""
    parts = [fold(one.name) for one in artists]
    said = "\x1e".join(["\x1f".join(parts), *map(fold, names)])
    return blake2b(said.encode(errors="replace"), digest_size=16).hexdigest()


def _credit_of(artists: Sequence[ArtistTold]) -> str:
    return ", ".join(cleaned(one.name) for one in artists)[:_LONGEST_TEXT]


def _genres(told: Sequence[str] | None) -> list[str] | None:
    """Return genres as a filter compares them, which is how Spotify writes them."""
    return None if told is None else [cleaned(genre).lower() for genre in told]


def cleaned(said: str) -> str:
    """Return a name in single spaces, with nothing in it that a database refuses."""
    return " ".join(str(_said(said) or "").split())[:LONGEST]


def _said(text: str | None) -> str | None:
    if text is None:
        return None
    bare = text.replace("\0", "").encode(errors="replace").decode()
    return bare[:_LONGEST_TEXT]


def _folded(name: str) -> str:
    return fold(name)[:_LONGEST_FOLDED]


def _year(released: str | None) -> int | None:
    first = (released or "")[:4]
    return int(first) if len(first) == _YEAR and first.isascii() and first.isdigit() else None
