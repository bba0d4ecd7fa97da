"""What can be analysed, and of which tracks it consists.

A track, an album, a playlist, all of an artist's tracks within somebody's reach, their liked
songs, and what they played in a span of days.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, InvalidInput, NotFound
from database import library_plays, library_reach, play_tops, play_windows
from database.listeners import Whose
from database.models import (
    LibraryAlbum,
    LibraryArtist,
    LibraryItem,
    LibraryTrack,
    LibraryTrackArtist,
    Person,
    Playlist,
    PlaylistTrack,
)
from database.play_sums import Kind

MOST_PLAYED = 20_000  # tracks of a period
_LONGEST_ID = 18  # digits


class Collection(NamedTuple):
    """Tracks in an order, each once. `version`: of what is in it.

    `kind` and `scope` as in `models.Analysis`. `left_out`: how many tracks belong here and are
    in no library.
    """

    title: str
    version: str
    track_ids: list[int]
    left_out: int = 0
    kind: str = ""
    scope: str = ""


def collection(session: Session, person_id: int, kind: str, scope: str) -> Collection:
    """Return what a person wants analysed; `scope` as in `models.Analysis`.

    Raises:
        InvalidInput: there is no such kind, or the days are none.
        NotFound: there is no such thing, or not in their reach.
        Conflict: it has to be synced first, or there is nothing in it.
    """
    if kind not in _KINDS:
        raise InvalidInput({"kind": f"Choose one of {', '.join(_KINDS)}."})
    return _KINDS[kind](session, person_id, scope)._replace(kind=kind, scope=scope)


def _track(session: Session, _person_id: int, scope: str) -> Collection:
    track = session.get(LibraryTrack, _id("track", scope))
    if track is None:
        raise NotFound("track", scope)
    return Collection(track.name, f"track:{track.id}", [track.id])


def _album(session: Session, _person_id: int, scope: str) -> Collection:
    album = session.get(LibraryAlbum, _id("album", scope))
    if album is None:
        raise NotFound("album", scope)
    query = select(LibraryTrack.id).where(LibraryTrack.album_id == album.id)
    order = (LibraryTrack.disc.is_(None), LibraryTrack.disc, LibraryTrack.number.is_(None),
             LibraryTrack.number, LibraryTrack.id)  # fmt: skip
    track_ids = list(session.scalars(query.order_by(*order)))
    # Of one that came in a file nobody says how many there should be.
    is_whole = album.synced_at is not None or len(track_ids) >= (album.tracks_total or 1)
    if not is_whole:
        raise Conflict(f"The album “{album.name}” has to be synced first.")
    return Collection(album.name, f"album:{album.id}", track_ids)


def _playlist(session: Session, person_id: int, scope: str) -> Collection:
    theirs = select(Playlist).where(Playlist.id == _id("playlist", scope))
    playlist = session.scalar(theirs.where(library_reach.playlists(person_id)))
    if playlist is None:
        raise NotFound("playlist", scope)
    if playlist.synced_at is None and playlist.spotify_id is not None:
        raise Conflict(f"The playlist “{playlist.name}” has to be synced first.")
    query = select(PlaylistTrack.track_id).where(PlaylistTrack.playlist_id == playlist.id)
    track_ids = _once(session.scalars(query.order_by(PlaylistTrack.position)))
    version = f"playlist:{playlist.id}"
    if playlist.snapshot:
        version = f"version:{playlist.id}:{playlist.snapshot}"
    return Collection(playlist.name, version, track_ids)


def _artist(session: Session, person_id: int, scope: str) -> Collection:
    artist = session.get(LibraryArtist, _id("artist", scope))
    if artist is None:
        raise NotFound("artist", scope)
    query = (
        select(LibraryTrack.id)
        .join(LibraryTrackArtist, LibraryTrackArtist.track_id == LibraryTrack.id)
        .where(LibraryTrackArtist.artist_id == artist.id, library_reach.tracks(person_id))
    )
    track_ids = list(session.scalars(query.distinct().order_by(LibraryTrack.id)))
    if not track_ids:
        raise Conflict(f"There is no track of {artist.name} in your library yet.")
    return Collection(artist.name, f"artist:{artist.id}:{_digest(track_ids)}", track_ids)


def _liked(session: Session, person_id: int, _scope: str) -> Collection:
    query = select(LibraryItem.item_id).where(
        LibraryItem.person_id == person_id, LibraryItem.kind == "track"
    )
    # What Spotify tells before what came in a file.
    order = (LibraryItem.origin.desc(), LibraryItem.position)
    track_ids = _once(session.scalars(query.order_by(*order)))
    if not track_ids:
        raise Conflict("There are no liked songs yet: sync your library, or bring a file.")
    return Collection("Liked songs", f"liked:{_digest(track_ids)}", track_ids)


def _period(session: Session, person_id: int, scope: str) -> Collection:
    first, last = days(scope)
    played = played_in(session, person_id, scope)
    if not played:
        raise Conflict("Nothing was played in these days.")
    mapped = library_plays.library_tracks(session, played)
    track_ids = _once(mapped[one] for one in played if one in mapped)
    left_out = sum(one not in mapped for one in played)
    # No version but its days: it grows as long as they last, and is worked out again.
    return Collection(f"{first} to {last}", f"period:{scope}", track_ids, left_out)


def played_in(session: Session, person_id: int, scope: str) -> list[int]:
    """Return the tracks of listening that a person played in a period, the most played first.

    Raises:
        InvalidInput: as `days`.
        NotFound: there is no such person.
    """
    first, last = days(scope)
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("person", person_id)
    whose = Whose(person_id, (person_id,), person.zone)
    window = play_windows.of_days(first, last + timedelta(days=1), clock.zone(person.zone))
    tops = play_tops.tops(session, whose, Kind.TRACK, window, limit=MOST_PLAYED)
    return [top.item for top in tops]


def days(scope: str) -> tuple[date, date]:
    """Return the first and the last day of a period, YYYY-MM-DD..YYYY-MM-DD.

    Raises:
        InvalidInput: these are no days, or the last comes before the first.
    """
    wrong = InvalidInput({"scope": "Give two days like 2026-01-01..2026-12-31."})
    begin, _, end = scope.partition("..")
    try:
        first, last = date.fromisoformat(begin), date.fromisoformat(end)
    except ValueError:
        raise wrong from None
    if not _FIRST_DAY <= first <= last <= _LAST_DAY or scope != f"{first}..{last}":
        raise wrong
    return first, last


_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2099, 12, 31)
_KINDS: Mapping[str, Callable[[Session, int, str], Collection]] = {
    "track": _track,
    "album": _album,
    "playlist": _playlist,
    "artist": _artist,
    "liked": _liked,
    "period": _period,
}


def _id(what: str, scope: str) -> int:
    if not (scope.isascii() and scope.isdigit() and len(scope) <= _LONGEST_ID):
        raise NotFound(what, scope)
    return int(scope)


def _once(track_ids: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(track_ids))


def _digest(track_ids: Sequence[int]) -> str:
    return blake2b(repr(list(track_ids)).encode(), digest_size=8).hexdigest()
