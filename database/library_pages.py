"""What the pages of a playlist, an album, a track and an artist tell, beside their tracks."""

from typing import NamedTuple

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.library import FEATURE_SOURCES
from database import library_reach
from database.library_rows import Credit
from database.models import (
    LibraryAlbum,
    LibraryAlbumArtist,
    LibraryArtist,
    LibraryImport,
    LibraryItem,
    LibraryTrack,
    Notification,
    Playlist,
    PlaylistTrack,
    TrackFeatures,
)

_MOST = 100


class Named(NamedTuple):
    """Something that a page leads to. `image_sha256`: its picture's."""

    id: int
    name: str
    credit: str | None = None
    year: int | None = None
    image_sha256: str | None = None


class Said(NamedTuple):
    """How a track sounds as one source says it, and the file it came in, if in one."""

    features: TrackFeatures
    file_name: str | None


def playlist(session: Session, person_id: int, playlist_id: int) -> Playlist:
    """Return a playlist.

    Raises:
        NotFound: there is none, or it is not in this person's library.
    """
    query = select(Playlist).where(Playlist.id == playlist_id, library_reach.playlists(person_id))
    found = session.scalar(query)
    if found is None:
        raise NotFound("playlist", playlist_id)
    return found


def track(session: Session, track_id: int) -> LibraryTrack:
    """Return a track.

    Raises:
        NotFound: there is none.
    """
    found = session.get(LibraryTrack, track_id)
    if found is None:
        raise NotFound("track", track_id)
    return found


def artist(session: Session, artist_id: int) -> LibraryArtist:
    """Return an artist.

    Raises:
        NotFound: there is none.
    """
    found = session.get(LibraryArtist, artist_id)
    if found is None:
        raise NotFound("artist", artist_id)
    return found


def artists_of_album(session: Session, album_id: int) -> list[Credit]:
    query = select(LibraryArtist.id, LibraryArtist.name, LibraryArtist.spotify_id)
    query = query.join(LibraryAlbumArtist, LibraryAlbumArtist.artist_id == LibraryArtist.id)
    query = query.where(LibraryAlbumArtist.album_id == album_id)
    return [Credit(*row) for row in session.execute(query.order_by(LibraryAlbumArtist.position))]


def albums_of_artist(session: Session, person_id: int, artist_id: int) -> list[Named]:
    """Return albums of an artist, the newest first: saved ones, and those that tracks are on."""
    query = select(
        LibraryAlbum.id,
        LibraryAlbum.name,
        LibraryAlbum.credit,
        LibraryAlbum.release_year,
        LibraryAlbum.image_sha256,
    ).where(
        LibraryAlbum.id.in_(
            select(LibraryAlbumArtist.album_id).where(LibraryAlbumArtist.artist_id == artist_id)
        ),
        exists().where(LibraryTrack.album_id == LibraryAlbum.id, library_reach.tracks(person_id))
        | library_reach.has(person_id, "album", LibraryAlbum.id),
    )
    newest = func.coalesce(LibraryAlbum.release_year, 0).desc()
    query = query.order_by(newest, LibraryAlbum.name_folded, LibraryAlbum.id).limit(_MOST)
    return [Named(*row) for row in session.execute(query)]


def playlists_with(session: Session, person_id: int, track_id: int) -> list[Named]:
    """Return those playlists of somebody that a track is on, by name."""
    query = select(Playlist.id, Playlist.name).where(
        Playlist.id.in_(
            select(PlaylistTrack.playlist_id).where(PlaylistTrack.track_id == track_id)
        ),
        library_reach.playlists(person_id),
    )
    query = query.order_by(Playlist.name_folded, Playlist.id).limit(_MOST)
    return [Named(*row) for row in session.execute(query)]


def kept_as(session: Session, person_id: int, kind: str, item_id: int) -> int | None:
    """Return since when something is liked, saved or followed, 0 where nobody said; None: not."""
    query = select(func.count(), func.min(LibraryItem.added_at)).where(
        LibraryItem.person_id == person_id,
        LibraryItem.kind == kind,
        LibraryItem.item_id == item_id,
    )
    count, added_at = session.execute(query).one()
    return (added_at or 0) if count else None


def features(session: Session, person_id: int, track_id: int) -> list[Said]:
    """Return what each source says of how a track sounds, the one believed first in front.

    Of files only this person's own are named.
    """
    is_own = and_(LibraryImport.id == TrackFeatures.import_id, LibraryImport.person_id == person_id)
    query = select(TrackFeatures, LibraryImport.file_name).outerjoin(LibraryImport, is_own)
    found = [Said(*row) for row in session.execute(query.where(TrackFeatures.track_id == track_id))]
    return sorted(found, key=lambda one: FEATURE_SOURCES.index(one.features.source))


def under_way(
    session: Session, person_id: int, resource: str, resource_id: int | None = None
) -> Notification | None:
    """Return the last task about something that somebody asked for, while it is not over."""
    said = None if resource_id is None else str(resource_id)
    query = select(Notification).where(
        and_(
            Notification.person_id == person_id,
            Notification.type == "task_started",
            Notification.resource == resource,
            Notification.resource_id.is_(None)
            if said is None
            else Notification.resource_id == said,
        )
    )
    return session.scalar(query.order_by(Notification.id.desc()).limit(1))
