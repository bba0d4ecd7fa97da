"""Tracks, albums and artists that hang on nothing any more: what an undone import leaves."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from database import library_statements
from database.library_intake import alone
from database.models import (
    Analysis,
    LibraryAlbum,
    LibraryAlbumArtist,
    LibraryArtist,
    LibraryItem,
    LibraryTrack,
    LibraryTrackArtist,
    ListingEntry,
    PlaylistTrack,
    TrackFeatures,
)
from database.play_rows import among, in_many

_MANY = 2_000


def drop_tracks(session: Session, track_ids: Collection[int]) -> int:
    """Drop those of these tracks that are unused, with their albums and artists; return how many.

    Used is what is on a playlist, in somebody's library, part of an album that was read whole,
    or in an analysis, what somebody says a sound of, and what an undo would put back on a list.
    """
    # Who takes a track in holds the same lock until it is on its list.
    alone(session)
    ids = sorted(set(track_ids) - _spoken_for(session)) if track_ids else []
    dropped = 0
    for start in range(0, len(ids), _MANY):
        dropped += _drop_tracks(session, ids[start : start + _MANY])
    return dropped


def _spoken_for(session: Session) -> set[int]:
    """Return what analyses are of, what has come of lists being read, what an undo wants back."""
    found = set(session.scalars(select(ListingEntry.item_id)))
    found |= library_statements.tracks(session)
    for track_ids in session.scalars(select(Analysis.track_ids)):
        found.update(track_ids)
    return found


def _drop_tracks(session: Session, track_ids: list[int]) -> int:
    whole = exists().where(
        LibraryAlbum.id == LibraryTrack.album_id,
        or_(LibraryAlbum.synced_at.is_not(None), _in_library("album", LibraryAlbum.id)),
    )
    query = select(LibraryTrack.id, LibraryTrack.album_id).where(
        among(session, LibraryTrack.id, track_ids),
        ~exists().where(PlaylistTrack.track_id == LibraryTrack.id),
        ~exists().where(TrackFeatures.track_id == LibraryTrack.id),
        ~_in_library("track", LibraryTrack.id),
        ~whole,
    )
    unused = [(row.id, row.album_id) for row in session.execute(query)]
    ids = [id_ for id_, _ in unused]
    artists = _artists(session, LibraryTrackArtist.track_id, LibraryTrackArtist.artist_id, ids)
    _delete(session, LibraryTrack.id, ids)
    albums = {album_id for _, album_id in unused if album_id is not None}
    drop_albums(session, albums)
    drop_artists(session, artists)
    return len(ids)


def drop_albums(session: Session, album_ids: Collection[int]) -> None:
    """Drop those of these albums that are unused, and their artists."""
    if not album_ids:
        return
    query = select(LibraryAlbum.id).where(
        among(session, LibraryAlbum.id, sorted(album_ids)),
        ~exists().where(LibraryTrack.album_id == LibraryAlbum.id),
        ~_in_library("album", LibraryAlbum.id),
    )
    ids = list(session.scalars(query))
    artists = _artists(session, LibraryAlbumArtist.album_id, LibraryAlbumArtist.artist_id, ids)
    _delete(session, LibraryAlbum.id, ids)
    drop_artists(session, artists)


def drop_artists(session: Session, artist_ids: Collection[int]) -> None:
    """Drop those of these artists that are unused."""
    if not artist_ids:
        return
    query = select(LibraryArtist.id).where(
        among(session, LibraryArtist.id, sorted(artist_ids)),
        ~exists().where(LibraryTrackArtist.artist_id == LibraryArtist.id),
        ~exists().where(LibraryAlbumArtist.artist_id == LibraryArtist.id),
        ~_in_library("artist", LibraryArtist.id),
    )
    _delete(session, LibraryArtist.id, list(session.scalars(query)))


def _in_library(kind: str, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Say whether it is in anybody's library, or among what they play most."""
    is_kind = or_(LibraryItem.kind == kind, LibraryItem.kind.like(f"top-{kind}s:%"))
    return exists().where(is_kind, LibraryItem.item_id == column)


def _artists(
    session: Session,
    owner: InstrumentedAttribute[int],
    artist: InstrumentedAttribute[int],
    ids: list[int],
) -> set[int]:
    return {row[0] for row in in_many(session, select(artist), owner, ids)}


def _delete(session: Session, column: InstrumentedAttribute[int], ids: list[int]) -> None:
    for start in range(0, len(ids), _MANY):
        gone = delete(column.class_).where(among(session, column, ids[start : start + _MANY]))
        session.execute(gone, execution_options={"synchronize_session": False})
