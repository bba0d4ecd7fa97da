"""Tracks of the library as lists show them: of a playlist, an album, an artist, the liked ones."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, null, select
from sqlalchemy.orm import Session

from database import library_reach
from database.models import (
    LibraryAlbum,
    LibraryArtist,
    LibraryItem,
    LibraryTrack,
    LibraryTrackArtist,
    PlaylistTrack,
    TrackFeatures,
)

PAGE = 100
_Listed = Select[int, Any]


class Credit(NamedTuple):
    """An artist of something."""

    id: int
    name: str
    spotify_id: str | None


class Row(NamedTuple):
    """A track in a list. `added_at`: when it came on that list, None where nobody said.

    `image_sha256`: of its album.
    """

    id: int
    name: str
    credit: str
    spotify_id: str | None
    isrc: str | None
    duration_ms: int | None
    disc: int | None
    number: int | None
    is_explicit: bool | None
    album_id: int | None
    album: str | None
    image_sha256: str | None
    has_features: bool
    artists: tuple[Credit, ...] = ()
    added_at: int | None = None


class Extent(NamedTuple):
    """How much a list is: tracks, each once, of which so many `known` by how they sound.

    `entries`: with repeats; `ms`: of those whose length is known.
    """

    entries: int
    tracks: int
    known: int
    ms: int


def of_playlist(
    session: Session, playlist_id: int, *, skip: int = 0, limit: int = PAGE
) -> list[Row]:
    """Return the tracks of a playlist in its order."""
    # Positions have no holes: where to go on is found without counting.
    query = _on_playlist(playlist_id).where(PlaylistTrack.position >= skip)
    return told(session, query.order_by(PlaylistTrack.position).limit(limit))


def liked(session: Session, person_id: int, *, skip: int = 0, limit: int = PAGE) -> list[Row]:
    """Return somebody's liked tracks, the last one first; one that two sources tell of once."""
    newest = func.coalesce(func.max(LibraryItem.added_at), 0).desc()
    query = _liked(person_id).order_by(newest, func.min(LibraryItem.position), LibraryItem.item_id)
    return told(session, query.offset(skip).limit(limit))


def of_album(session: Session, album_id: int, *, skip: int = 0, limit: int = PAGE) -> list[Row]:
    """Return the tracks of an album in its order."""
    query = _plain(LibraryTrack.album_id == album_id)
    place = func.coalesce(LibraryTrack.disc, 1), func.coalesce(LibraryTrack.number, 9_999)
    query = query.order_by(*place, LibraryTrack.name_folded, LibraryTrack.id)
    return told(session, query.offset(skip).limit(limit))


def of_artist(
    session: Session, person_id: int, artist_id: int, *, skip: int = 0, limit: int = PAGE
) -> list[Row]:
    """Return those tracks of an artist that are in somebody's library, by name."""
    query = _by_artist(person_id, artist_id)
    query = query.order_by(LibraryTrack.name_folded, LibraryTrack.id)
    return told(session, query.offset(skip).limit(limit))


def of_ids(session: Session, track_ids: Sequence[int]) -> dict[int, Row]:
    """Return tracks by their ids; those that are there no more are left out."""
    return {row.id: row for row in _told(session, [(track_id, None) for track_id in track_ids])}


def told(session: Session, listed: _Listed) -> list[Row]:
    """Return what is to be said of those tracks that a query lists, with when they were added."""
    return _told(session, [(track_id, added_at) for track_id, added_at in session.execute(listed)])


def extent_of_playlist(session: Session, playlist_id: int) -> Extent:
    return _extent(session, _on_playlist(playlist_id))


def extent_of_liked(session: Session, person_id: int) -> Extent:
    return _extent(session, _liked(person_id))


def extent_of_album(session: Session, album_id: int) -> Extent:
    return _extent(session, _plain(LibraryTrack.album_id == album_id))


def extent_of_artist(session: Session, person_id: int, artist_id: int) -> Extent:
    return _extent(session, _by_artist(person_id, artist_id))


def _on_playlist(playlist_id: int) -> _Listed:
    query = select(PlaylistTrack.track_id, PlaylistTrack.added_at)
    return query.where(PlaylistTrack.playlist_id == playlist_id)


def _liked(person_id: int) -> _Listed:
    query = select(LibraryItem.item_id, func.max(LibraryItem.added_at))
    query = query.where(LibraryItem.person_id == person_id, LibraryItem.kind == "track")
    return query.group_by(LibraryItem.item_id)


def _plain(*conditions: Any) -> _Listed:
    return select(LibraryTrack.id, null().label("added_at")).where(*conditions)


def _by_artist(person_id: int, artist_id: int) -> _Listed:
    credited = select(LibraryTrackArtist.track_id).where(LibraryTrackArtist.artist_id == artist_id)
    return _plain(LibraryTrack.id.in_(credited), library_reach.tracks(person_id))


def _extent(session: Session, listed: _Listed) -> Extent:
    entries = listed.subquery()
    track_id = entries.c[0]
    each = select(track_id.label("id"), func.count().label("times")).group_by(track_id).subquery()
    is_known = exists().where(TrackFeatures.track_id == each.c.id)
    query = select(
        func.coalesce(func.sum(each.c.times), 0),
        func.count(),
        func.count().filter(is_known),
        func.coalesce(func.sum(each.c.times * func.coalesce(LibraryTrack.duration_ms, 0)), 0),
    )
    query = query.select_from(each).join(LibraryTrack, LibraryTrack.id == each.c.id)
    return Extent(*map(int, session.execute(query).one()))


_has_features = exists().where(TrackFeatures.track_id == LibraryTrack.id)
_SAID = (
    LibraryTrack.id,
    LibraryTrack.name,
    LibraryTrack.credit,
    LibraryTrack.spotify_id,
    LibraryTrack.isrc,
    LibraryTrack.duration_ms,
    LibraryTrack.disc,
    LibraryTrack.number,
    LibraryTrack.is_explicit,
    LibraryTrack.album_id,
    LibraryAlbum.name.label("album"),
    LibraryAlbum.image_sha256,
    _has_features.label("has_features"),
)


def _told(session: Session, listed: Sequence[tuple[int, int | None]]) -> list[Row]:
    ids = {track_id for track_id, _ in listed}
    query: Select[*tuple[Any, ...]] = select(*_SAID)
    query = query.outerjoin(LibraryAlbum, LibraryAlbum.id == LibraryTrack.album_id)
    found: dict[int, Row] = {
        row[0]: Row(*row) for row in session.execute(query.where(LibraryTrack.id.in_(ids)))
    }
    artists = _artists(session, ids)
    return [
        found[track_id]._replace(artists=artists.get(track_id, ()), added_at=added_at)
        for track_id, added_at in listed
        if track_id in found
    ]


def _artists(session: Session, track_ids: set[int]) -> dict[int, tuple[Credit, ...]]:
    query = select(
        LibraryTrackArtist.track_id, LibraryArtist.id, LibraryArtist.name, LibraryArtist.spotify_id
    ).join(LibraryArtist, LibraryArtist.id == LibraryTrackArtist.artist_id)
    query = query.where(LibraryTrackArtist.track_id.in_(track_ids))
    query = query.order_by(LibraryTrackArtist.track_id, LibraryTrackArtist.position)
    found: dict[int, tuple[Credit, ...]] = {}
    for track_id, artist_id, name, spotify_id in session.execute(query):
        credit = Credit(artist_id, name, spotify_id)
        found[track_id] = (*found.get(track_id, ()), credit)
    return found
