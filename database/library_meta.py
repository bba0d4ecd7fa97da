"""How much of somebody's playlists and albums is synced and analysed."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from database import library_conditions as conditions
from database import library_reach
from database.models import LibraryAlbum, LibraryTrack, Playlist, PlaylistTrack


class OfPlaylists(NamedTuple):
    """Tracks count once, on however many playlists; analysed ones are those with features."""

    total_synced: int
    total_analyzed: int
    total_synced_tracks: int
    total_analyzed_tracks: int
    total_unanalyzed_tracks: int
    total_tracks: int


class OfAlbums(NamedTuple):
    total_synced: int
    total_analyzed: int
    total_tracks: int


def of_playlists(session: Session, person_id: int) -> OfPlaylists:
    theirs = library_reach.playlists(person_id)
    is_synced = conditions.playlist_is_synced
    is_analyzed = conditions.is_analyzed(person_id, "playlist", Playlist.id)
    synced, analyzed = session.execute(
        select(_how_many(is_synced), _how_many(is_analyzed)).where(theirs)
    ).one()
    on_list = (
        select(PlaylistTrack.track_id, func.max(case((is_synced, 1), else_=0)).label("is_synced"))
        .join(Playlist, Playlist.id == PlaylistTrack.playlist_id)
        .where(theirs)
        .group_by(PlaylistTrack.track_id)
        .subquery()
    )
    tracks = (
        select(
            func.count(),
            _how_many(on_list.c.is_synced == 1),
            _how_many(conditions.track_is_analyzed),
        )
        .select_from(on_list)
        .join(LibraryTrack, LibraryTrack.id == on_list.c.track_id)
    )
    total, in_synced, known = session.execute(tracks).one()
    return OfPlaylists(synced, analyzed, in_synced, known, total - known, total)


def of_albums(session: Session, person_id: int) -> OfAlbums:
    theirs = conditions.has_album(person_id)
    is_analyzed = conditions.is_analyzed(person_id, "album", LibraryAlbum.id)
    query = select(_how_many(conditions.album_is_synced), _how_many(is_analyzed)).where(theirs)
    synced, analyzed = session.execute(query).one()
    albums = select(LibraryAlbum.id).where(theirs)
    tracks = select(func.count()).where(LibraryTrack.album_id.in_(albums))
    return OfAlbums(synced, analyzed, session.scalar(tracks) or 0)


def _how_many(condition: ColumnElement[bool]) -> Any:
    return func.count(case((condition, 1)))
