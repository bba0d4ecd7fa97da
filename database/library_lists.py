"""Somebody's playlists, albums, tracks and artists: page by page, by filter and order."""

from collections.abc import Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, UnaryExpression, func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import library_conditions as conditions
from database import library_reach, library_rows
from database.library_filters import AlbumFilter, ArtistFilter, PlaylistFilter, TrackFilter
from database.library_rows import Credit, Row
from database.models import (
    LibraryAlbum,
    LibraryAlbumArtist,
    LibraryArtist,
    LibraryTrack,
    Playlist,
)

Item = TypeVar("Item")
_LAST = 9_999  # where a track of which nobody says its number stands on an album
_Order = Sequence[ColumnElement[Any] | UnaryExpression[Any]]


class Page(NamedTuple):
    """`limit` items after the first `skip`."""

    limit: int
    skip: int = 0


class Listed(NamedTuple, Generic[Item]):
    """A page of a list, of `total` so many in all."""

    items: list[Item]
    total: int


class PlaylistItem(NamedTuple):
    """`version`: the snapshot that is stored. `problem`: why it cannot be read.

    `is_own`: the person's own. `tracks_total`: as Spotify says; `num_tracks`: stored.
    """

    id: int
    name: str
    spotify_id: str | None
    num_tracks: int
    tracks_total: int | None
    description: str | None
    owner_id: str | None
    owner_name: str | None
    version: str | None
    is_public: bool | None
    is_collaborative: bool
    skipped: dict[str, int] | None
    problem: str | None
    image_sha256: str | None
    synced_at: int | None
    is_synced: bool
    is_analyzed: bool
    is_own: bool


class AlbumItem(NamedTuple):
    """`credit`: its artists in words. `is_saved`: by the person, and not just of a track."""

    id: int
    name: str
    credit: str
    spotify_id: str | None
    kind: str | None
    label: str | None
    copyright: str | None
    released: str | None
    release_year: int | None
    tracks_total: int | None
    genres: list[str] | None
    image_sha256: str | None
    synced_at: int | None
    is_synced: bool
    is_analyzed: bool
    is_saved: bool
    artists: tuple[Credit, ...] = ()


class OnAlbum(NamedTuple):
    """A track within its album."""

    id: int
    name: str
    spotify_id: str | None


class ArtistItem(NamedTuple):
    """`is_followed`: by the person. `details_at`: when genres and picture were asked for."""

    id: int
    name: str
    spotify_id: str | None
    genres: list[str] | None
    followers: int | None
    image_sha256: str | None
    details_at: int | None
    is_synced: bool
    is_followed: bool


def playlists(
    session: Session, person_id: int, wanted: PlaylistFilter, page: Page
) -> Listed[PlaylistItem]:
    """Return playlists of somebody's library."""
    order = {
        "name": Playlist.name_folded,
        "public": Playlist.is_public,
        "collaborative": Playlist.is_collaborative,
        "is_synced": conditions.playlist_is_synced,
        "is_analyzed": conditions.is_analyzed(person_id, "playlist", Playlist.id),
    }
    met = [*conditions.playlists(session, person_id, wanted)]
    by = _order(order[wanted.by or "name"], wanted, Playlist.name_folded, Playlist.id)
    query = select(*_playlist(session, person_id)).where(*met).order_by(*by)
    found = [PlaylistItem(*row) for row in session.execute(_cut(query, page))]
    return Listed(found, _total(session, Playlist.id, met, found, page))


def playlists_of(session: Session, person_id: int, ids: Sequence[int]) -> list[PlaylistItem]:
    """Return those of these playlists that are in somebody's library, in this order."""
    query = select(*_playlist(session, person_id)).where(
        Playlist.id.in_(ids), library_reach.playlists(person_id)
    )
    return _in_order(ids, [PlaylistItem(*row) for row in session.execute(query)])


def playlist(session: Session, person_id: int, playlist_id: int) -> PlaylistItem:
    """Return a playlist of somebody's library.

    Raises:
        NotFound: there is none, or it is in somebody else's alone.
    """
    found = playlists_of(session, person_id, [playlist_id])
    if not found:
        raise NotFound("playlist", playlist_id)
    return found[0]


def _playlist(session: Session, person_id: int) -> list[Any]:
    return [
        Playlist.id,
        Playlist.name,
        Playlist.spotify_id,
        Playlist.num_tracks,
        Playlist.tracks_total,
        Playlist.description,
        Playlist.owner_id,
        Playlist.owner_name,
        Playlist.snapshot,
        Playlist.is_public,
        Playlist.is_collaborative,
        Playlist.skipped,
        Playlist.problem,
        Playlist.image_sha256,
        Playlist.synced_at,
        conditions.playlist_is_synced,
        conditions.is_analyzed(person_id, "playlist", Playlist.id),
        func.coalesce(conditions.is_own(session, person_id), False),
    ]


def albums(session: Session, person_id: int, wanted: AlbumFilter, page: Page) -> Listed[AlbumItem]:
    """Return albums of somebody's library."""
    order = {"name": LibraryAlbum.name_folded, "release_year": LibraryAlbum.release_year}
    met = [*conditions.albums(person_id, wanted)]
    by = _order(order[wanted.by or "name"], wanted, LibraryAlbum.name_folded, LibraryAlbum.id)
    query = select(*_album(person_id)).where(*met).order_by(*by)
    found = _with_artists(session, session.execute(_cut(query, page)))
    return Listed(found, _total(session, LibraryAlbum.id, met, found, page))


def albums_of(session: Session, person_id: int, ids: Sequence[int]) -> list[AlbumItem]:
    """Return these albums, whoever has them, and how the person stands to them, in this order."""
    query = select(*_album(person_id)).where(LibraryAlbum.id.in_(ids))
    return _in_order(ids, _with_artists(session, session.execute(query)))


def album(session: Session, person_id: int, album_id: int) -> AlbumItem:
    """Return an album that the household knows, and how the person stands to it.

    Raises:
        NotFound: there is none.
    """
    found = albums_of(session, person_id, [album_id])
    if not found:
        raise NotFound("album", album_id)
    return found[0]


def _album(person_id: int) -> list[Any]:
    return [
        LibraryAlbum.id,
        LibraryAlbum.name,
        LibraryAlbum.credit,
        LibraryAlbum.spotify_id,
        LibraryAlbum.kind,
        LibraryAlbum.label,
        LibraryAlbum.copyright,
        LibraryAlbum.released,
        LibraryAlbum.release_year,
        LibraryAlbum.tracks_total,
        LibraryAlbum.genres,
        LibraryAlbum.image_sha256,
        LibraryAlbum.synced_at,
        conditions.album_is_synced,
        conditions.is_analyzed(person_id, "album", LibraryAlbum.id),
        library_reach.has(person_id, "album", LibraryAlbum.id),
    ]


def _with_artists(session: Session, rows: Iterable[Any]) -> list[AlbumItem]:
    found = [AlbumItem(*row) for row in rows]
    query = select(
        LibraryAlbumArtist.album_id, LibraryArtist.id, LibraryArtist.name, LibraryArtist.spotify_id
    ).join(LibraryArtist, LibraryArtist.id == LibraryAlbumArtist.artist_id)
    query = query.where(LibraryAlbumArtist.album_id.in_([one.id for one in found]))
    credits_of: dict[int, tuple[Credit, ...]] = {}
    in_order = query.order_by(LibraryAlbumArtist.album_id, LibraryAlbumArtist.position)
    for album_id, id_, name, spotify_id in session.execute(in_order):
        credit = Credit(id_, name, spotify_id)
        credits_of[album_id] = (*credits_of.get(album_id, ()), credit)
    return [one._replace(artists=credits_of.get(one.id, ())) for one in found]


def on_albums(session: Session, album_ids: Sequence[int]) -> dict[int, list[OnAlbum]]:
    """Return the tracks of several albums, each in the order of its album."""
    query = select(
        LibraryTrack.album_id, LibraryTrack.id, LibraryTrack.name, LibraryTrack.spotify_id
    ).where(LibraryTrack.album_id.in_(album_ids))
    place = func.coalesce(LibraryTrack.disc, 1), func.coalesce(LibraryTrack.number, _LAST)
    found: dict[int, list[OnAlbum]] = {}
    in_order = query.order_by(*place, LibraryTrack.name_folded, LibraryTrack.id)
    for album_id, id_, name, spotify_id in session.execute(in_order):
        found.setdefault(album_id or 0, []).append(OnAlbum(id_, name, spotify_id))
    return found


def tracks(session: Session, person_id: int, wanted: TrackFilter, page: Page) -> Listed[Row]:
    """Return tracks of somebody's library; liked ones the last first, where no order is asked."""
    if wanted.which == "liked" and wanted.by is None and not wanted.is_filtered:
        found = library_rows.liked(session, person_id, skip=page.skip, limit=page.limit)
        met = [*conditions.tracks(person_id, wanted)]
        return Listed(found, _total(session, LibraryTrack.id, met, found, page))
    no_moment: Any = None
    order: dict[str, Any] = {
        "name": LibraryTrack.name_folded,
        "artist": LibraryTrack.artist_folded,
        "album": LibraryAlbum.name_folded,
        "duration": LibraryTrack.duration_ms,
    }
    met = [*conditions.tracks(person_id, wanted)]
    by = _order(order[wanted.by or "name"], wanted, LibraryTrack.name_folded, LibraryTrack.id)
    query = select(LibraryTrack.id, no_moment).where(*met)
    if wanted.by == "album":
        query = query.outerjoin(LibraryAlbum, LibraryAlbum.id == LibraryTrack.album_id)
    found = library_rows.told(session, _cut(query.order_by(*by), page))
    return Listed(found, _total(session, LibraryTrack.id, met, found, page))


def track(session: Session, track_id: int) -> Row:
    """Return a track that the household knows.

    Raises:
        NotFound: there is none.
    """
    found = library_rows.of_ids(session, [track_id]).get(track_id)
    if found is None:
        raise NotFound("track", track_id)
    return found


def artists(
    session: Session, person_id: int, wanted: ArtistFilter, page: Page
) -> Listed[ArtistItem]:
    """Return artists of somebody's library."""
    order = {"name": LibraryArtist.name_folded, "followers": LibraryArtist.followers}
    met = [*conditions.artists(person_id, wanted)]
    by = _order(order[wanted.by or "name"], wanted, LibraryArtist.name_folded, LibraryArtist.id)
    query = select(*_artist(person_id)).where(*met).order_by(*by)
    found = [ArtistItem(*row) for row in session.execute(_cut(query, page))]
    return Listed(found, _total(session, LibraryArtist.id, met, found, page))


def artists_of(session: Session, person_id: int, ids: Sequence[int]) -> list[ArtistItem]:
    """Return these artists, and how the person stands to them, in this order."""
    query = select(*_artist(person_id)).where(LibraryArtist.id.in_(ids))
    return _in_order(ids, [ArtistItem(*row) for row in session.execute(query)])


def artist(session: Session, person_id: int, artist_id: int) -> ArtistItem:
    """Return an artist whom the household knows, and how the person stands to them.

    Raises:
        NotFound: there is none.
    """
    found = artists_of(session, person_id, [artist_id])
    if not found:
        raise NotFound("artist", artist_id)
    return found[0]


def _artist(person_id: int) -> list[Any]:
    return [
        LibraryArtist.id,
        LibraryArtist.name,
        LibraryArtist.spotify_id,
        LibraryArtist.genres,
        LibraryArtist.followers,
        LibraryArtist.image_sha256,
        LibraryArtist.details_at,
        conditions.artist_is_synced,
        library_reach.has(person_id, "artist", LibraryArtist.id),
    ]


def _in_order(ids: Sequence[int], found: Sequence[Any]) -> list[Any]:
    known = {one.id: one for one in found}
    return [known[id_] for id_ in ids if id_ in known]


def _order(by: Any, wanted: Any, *then: Any) -> _Order:
    """Return an order: what is not known comes last, whichever way round."""
    return [by.is_(None), by.desc() if wanted.is_descending else by, *then]


def _cut(query: Any, page: Page) -> Any:
    return query.offset(page.skip).limit(page.limit)


def _total(session: Session, key: Any, met: list[Any], found: Sequence[Any], page: Page) -> int:
    """Return how many there are in all, without counting where the page itself says so."""
    if found and len(found) < page.limit:
        return page.skip + len(found)
    if not found and not page.skip:
        return 0
    return session.scalar(select(func.count(key)).where(*met)) or 0
