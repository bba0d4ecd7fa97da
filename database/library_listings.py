"""Somebody's lists at Spotify as they were last fetched: playlists, liked tracks, albums, artists.

In Spotify's own order; what came in a file is none of it.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import library_lists, library_rows, listings
from database.library_items import ALBUM, ARTIST, PLAYLIST, SPOTIFY, TRACK
from database.library_lists import Listed, Page
from database.models import LibraryArtist, LibraryItem, LibraryTrack, Playlist

# By what Spotify calls a list: the kind of item in it.
KINDS = {
    listings.PLAYLISTS: PLAYLIST,
    listings.TRACKS: TRACK,
    listings.ALBUMS: ALBUM,
    listings.ARTISTS: ARTIST,
}


class Fetched(NamedTuple):
    """A page of a list, and when that was read to its end, None where it never was."""

    listed: Listed[Any]
    fetched_at: int | None


def page(session: Session, person_id: int, name: str, wanted: Page) -> Fetched:
    """Return a page of the list of that name, one of KINDS."""
    mine = _mine(person_id, KINDS[name])
    query = select(LibraryItem.item_id).where(*mine).order_by(LibraryItem.position)
    ids = session.scalars(query.offset(wanted.skip).limit(wanted.limit)).all()
    total = session.scalar(select(func.count()).select_from(LibraryItem).where(*mine)) or 0
    last = listings.last(session, person_id, name)
    items = _READ[KINDS[name]](session, person_id, ids)
    return Fetched(Listed(items, total), last.fetched_at if last else None)


def after_artist(session: Session, person_id: int, spotify_id: str) -> int:
    """Return how many followed artists come up to the one of that id.

    Raises:
        NotFound: the person does not follow them.
    """
    known = select(LibraryArtist.id).where(LibraryArtist.spotify_id == spotify_id)
    mine = _mine(person_id, ARTIST)
    at = select(func.min(LibraryItem.position)).where(*mine, LibraryItem.item_id.in_(known))
    position = session.scalar(at)
    if position is None:
        raise NotFound("followed artist", spotify_id)
    return position + 1


def playlist_id(session: Session, spotify_id: str) -> int | None:
    """Return our id of a playlist at Spotify, None where it is not stored."""
    return session.scalar(select(Playlist.id).where(Playlist.spotify_id == spotify_id))


def track_id(session: Session, spotify_id: str) -> int | None:
    """Return our id of a track at Spotify, None where it is not stored."""
    return session.scalar(select(LibraryTrack.id).where(LibraryTrack.spotify_id == spotify_id))


def _mine(person_id: int, kind: str) -> tuple[Any, ...]:
    return (
        LibraryItem.person_id == person_id,
        LibraryItem.kind == kind,
        LibraryItem.origin == SPOTIFY,
    )


def _tracks(session: Session, _person_id: int, ids: Sequence[int]) -> list[Any]:
    found = library_rows.of_ids(session, ids)
    return [found[id_] for id_ in ids if id_ in found]


_READ: dict[str, Callable[[Session, int, Sequence[int]], list[Any]]] = {
    PLAYLIST: library_lists.playlists_of,
    TRACK: _tracks,
    ALBUM: library_lists.albums_of,
    ARTIST: library_lists.artists_of,
}
