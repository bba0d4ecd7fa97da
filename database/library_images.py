"""Which pictures of the library are kept, and which are to be fetched.

The address of a playlist's picture holds for less than a day: the bytes are kept, as covers are.
Pictures of albums and artists do not change.
"""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from database.library_items import ALBUM, ARTIST, PLAYLIST, TRACK
from database.models import (
    LibraryAlbum,
    LibraryArtist,
    LibraryItem,
    LibraryTrack,
    Playlist,
)

Shown = type[Playlist] | type[LibraryAlbum] | type[LibraryArtist]

A_DAY = 400  # pictures that the house fetches, whoever asks
_HOLDS = 12 * clock.HOUR  # of a playlist, whose picture may be another one by then
_NOT_AGAIN_FOR = 30 * clock.DAY  # after nothing was found
_TABLES: dict[str, Shown] = {PLAYLIST: Playlist, ALBUM: LibraryAlbum, ARTIST: LibraryArtist}


class Wanted(NamedTuple):
    """A picture to be fetched, of 'playlist', 'album' or 'artist'."""

    kind: str
    item_id: int
    spotify_id: str | None
    address: str | None


def due(session: Session, person_id: int, now: int) -> list[Wanted]:
    """Return what is to be fetched for somebody's library, the new ones first.

    Of albums those that are saved, liked tracks are on or top lists name; of artists those that
    are followed or on top.
    """
    left = A_DAY - _fetched(session, now - clock.DAY)
    found: dict[Wanted, None] = {}
    for query in _queries(person_id, now):
        if left > len(found):
            rows = session.execute(query.limit(left - len(found)))
            found |= dict.fromkeys(Wanted(*row) for row in rows)
    return list(found)


def _queries(person_id: int, now: int) -> Iterator[Select[*tuple[Any, ...]]]:
    of = LibraryItem.person_id == person_id
    named = select(LibraryItem.item_id).where(of)
    playlists = Playlist.id.in_(named.where(LibraryItem.kind == PLAYLIST))
    tops = or_(LibraryItem.kind == ARTIST, LibraryItem.kind.startswith("top-artists:"))
    artists = LibraryArtist.id.in_(named.where(tops))
    tracks = or_(LibraryItem.kind == TRACK, LibraryItem.kind.startswith("top-tracks:"))
    on = select(LibraryTrack.album_id).where(LibraryTrack.id.in_(named.where(tracks)))
    saved = LibraryAlbum.id.in_(named.where(LibraryItem.kind == ALBUM))
    yield _wanted(PLAYLIST, and_(playlists, _is_new(Playlist, now)))
    yield _wanted(ALBUM, and_(saved, _is_new(LibraryAlbum, now)))
    yield _wanted(ARTIST, and_(artists, _is_new(LibraryArtist, now)))
    yield _wanted(ALBUM, and_(LibraryAlbum.id.in_(on), _is_new(LibraryAlbum, now)))
    old = and_(playlists, Playlist.image_at < now - _HOLDS)
    yield _wanted(PLAYLIST, old).order_by(None).order_by(Playlist.image_at, Playlist.id)


def _wanted(kind: str, which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    table = _TABLES[kind]
    query = select(literal(kind), table.id, table.spotify_id, table.image_address)
    return query.where(table.image_address.is_not(None), which).order_by(table.id)


def _is_new(table: Shown, now: int) -> ColumnElement[bool]:
    was_in_vain = and_(table.image_sha256.is_(None), table.image_at < now - _NOT_AGAIN_FOR)
    return or_(table.image_at.is_(None), was_in_vain)


def _fetched(session: Session, since: int) -> int:
    counts = (
        select(func.count()).select_from(table).where(table.image_at >= since)
        for table in _TABLES.values()
    )
    return sum(session.scalar(count) or 0 for count in counts)


def keep(session: Session, wanted: Wanted, sha256: str | None) -> None:
    """Note that a picture was fetched; None: there was none, and the one before stays."""
    table = _TABLES[wanted.kind]
    values: dict[str, Any] = {"image_at": clock.now()}
    if sha256 is not None:
        values["image_sha256"] = sha256
    session.execute(update(table).where(table.id == wanted.item_id).values(values))


def all_hashes(session: Session) -> set[str]:
    """Return the hash of every picture that something in the library shows."""
    found: set[str] = set()
    for table in _TABLES.values():
        query = select(table.image_sha256).where(table.image_sha256.is_not(None)).distinct()
        found |= {sha256 for sha256 in session.scalars(query) if sha256}
    return found


def say_gone(session: Session, hashes: Collection[str]) -> None:
    """Write down that the files of these are lost: they are fetched again."""
    for sha256 in sorted(hashes):
        for table in _TABLES.values():
            lost = update(table).where(table.image_sha256 == sha256)
            session.execute(lost.values(image_sha256=None, image_at=None))
