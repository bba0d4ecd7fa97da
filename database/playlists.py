"""What is on a playlist, and which of somebody's playlists have to be read again."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database import library_reach, listings
from database.library_items import PLAYLIST, SPOTIFY
from database.models import LibraryItem, Playlist, PlaylistTrack
from database.play_rows import write_many

ASKED_AGAIN = 7 * clock.DAY  # what could not be read, though it has not changed
_STALE = 7 * clock.DAY

_PUT = """
    INSERT INTO playlist_tracks (playlist_id, position, track_id, added_at, added_by)
         VALUES (:playlist_id, :position, :track_id, :added_at, :added_by)
    ON CONFLICT (playlist_id, position)
      DO UPDATE SET track_id = excluded.track_id,
                    added_at = excluded.added_at,
                    added_by = excluded.added_by
"""


class OnList(NamedTuple):
    """A track at its place; the same one may be there twice."""

    track_id: int
    added_at: int | None = None
    added_by: str | None = None


class Due(NamedTuple):
    """A playlist that is to be read, at the version that Spotify tells of."""

    id: int
    spotify_id: str
    name: str
    snapshot: str


def get(session: Session, playlist_id: int) -> Playlist:
    """Return a playlist, whosever it is.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Playlist, playlist_id)
    if found is None:
        raise NotFound("playlist", playlist_id)
    return found


def of_library(session: Session, person_id: int) -> list[int]:
    """Return all playlists of somebody's library, from wherever they came."""
    theirs = select(Playlist.id).where(library_reach.playlists(person_id))
    return list(session.scalars(theirs.order_by(Playlist.id)))


def entries(session: Session, playlist_id: int) -> list[OnList]:
    """Return what is on a playlist, in order."""
    query = select(PlaylistTrack.track_id, PlaylistTrack.added_at, PlaylistTrack.added_by)
    query = query.where(PlaylistTrack.playlist_id == playlist_id)
    return [OnList(*row) for row in session.execute(query.order_by(PlaylistTrack.position))]


def fill(
    session: Session,
    playlist_id: int,
    wanted: Sequence[OnList],
    snapshot: str | None,
    skipped: dict[str, int] | None = None,
) -> bool:
    """Let these be all that is on a playlist, of a version; whatever was removed vanishes.

    `skipped`: how many entries were left out, by why. Writes only the places that change; False:
    the same was there.
    """
    known = entries(session, playlist_id)
    changed = [
        (playlist_id, position, *entry)
        for position, entry in enumerate(wanted)
        if position >= len(known) or known[position] != entry
    ]
    write_many(session, _PUT, changed)
    if len(wanted) < len(known):
        over = PlaylistTrack.position >= len(wanted)
        gone = delete(PlaylistTrack).where(PlaylistTrack.playlist_id == playlist_id, over)
        session.execute(gone)
    is_same = not changed and len(wanted) == len(known)
    found = get(session, playlist_id)
    found.num_tracks, found.problem = len(wanted), None
    found.snapshot, found.skipped = snapshot, skipped or None
    if session.is_modified(found) or not is_same or found.synced_at is None:
        found.synced_at = found.updated_at = clock.now()
    session.flush()
    return not is_same


def is_stale(session: Session, person_id: int, playlist_id: int) -> bool:
    """Say whether what is kept of a playlist may have been overtaken: for a week nothing was heard.

    Reading it is one way to hear of it. Where it is of the version that Spotify told of last, so is
    looking at it, and reading this person's list of playlists.
    """
    found = get(session, playlist_id)
    if found.synced_at is None or found.told_snapshot != found.snapshot:
        heard = [found.synced_at or 0]
    else:
        names = (listings.PLAYLISTS, listings.of_playlist(playlist_id))
        told = [listings.last(session, person_id, name) for name in names]
        heard = [found.synced_at, *(one.fetched_at for one in told if one is not None)]
    return max(heard) < clock.now() - _STALE


def describe(session: Session, playlist_id: int, description: str) -> None:
    """Note what a playlist says of itself now, for its owner has said so at Spotify."""
    found = get(session, playlist_id)
    if found.description != description:
        found.description, found.updated_at = description, clock.now()
        session.flush()


def say_unreadable(session: Session, person_id: int, playlist_id: int, problem: str) -> None:
    """Note why somebody's playlist cannot be read; what is known of it stays.

    Not of one that was read, and that others have too: it may be theirs, and they can.
    """
    known = Playlist.problem.is_(None) | (Playlist.problem != problem)
    others = exists().where(
        LibraryItem.kind == PLAYLIST,
        LibraryItem.item_id == Playlist.id,
        LibraryItem.person_id != person_id,
    )
    noted = update(Playlist).where(
        Playlist.id == playlist_id, known, Playlist.snapshot.is_(None) | ~others
    )
    session.execute(noted.values(problem=problem, updated_at=clock.now()))


def due(session: Session, person_id: int) -> list[Due]:
    """Return those of somebody's playlists that have changed since they were read, in order.

    One that could not be read is left out while it is the same, for ASKED_AGAIN.
    """
    query = select(Playlist.id, Playlist.spotify_id, Playlist.name, Playlist.told_snapshot)
    query = query.join(LibraryItem, LibraryItem.item_id == Playlist.id).where(
        LibraryItem.person_id == person_id,
        LibraryItem.kind == PLAYLIST,
        LibraryItem.origin == SPOTIFY,
        Playlist.told_snapshot.is_not(None),
        or_(Playlist.snapshot.is_(None), Playlist.snapshot != Playlist.told_snapshot),
    )
    rows = session.execute(query.order_by(LibraryItem.position))
    found = [Due(id_, str(spotify_id), name, str(told)) for id_, spotify_id, name, told in rows]
    names = {listings.of_playlist(one.id): one for one in found}
    tried = listings.read_since(session, person_id, list(names), clock.now() - ASKED_AGAIN)
    return [one for name, one in names.items() if tried.get(name) != one.snapshot]
