"""Plays as ListenBrainz tells them: which somebody heard, with what their players said of them."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from core import clock
from core.plays import Mark, Standing
from database import listeners, play_edits
from database.models import (
    Album,
    Artist,
    LatestImport,
    Play,
    PlayContext,
    PlaySum,
    Track,
    TrackArtist,
    TrackName,
)
from database.play_rows import in_many
from database.play_sums import Kind

_NOTE_IMPORT = text("""
    INSERT INTO latest_imports (person_id, service, seconds)
         VALUES (:person_id, :service, :seconds)
    ON CONFLICT (person_id, service)
      DO UPDATE SET seconds = excluded.seconds
              WHERE latest_imports.seconds < excluded.seconds
""")


class Listen(NamedTuple):
    """One play that counts. `names`: of the track elsewhere, by scheme.

    `artist_mbids`: of all artists, or none. `raw`: what has no other place, as it was sent.
    """

    seconds: int
    msid: str
    title: str
    credit: str
    artists: tuple[str, ...]
    artist_mbids: tuple[str, ...]
    album: str
    release_mbid: str
    duration_ms: int | None
    ms_played: int | None
    names: dict[str, str]
    client: str | None
    client_version: str | None
    player: str | None
    service: str | None
    raw: dict[str, Any]


def listed(
    session: Session,
    person_id: int,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int,
) -> list[Listen]:
    """Return plays between two seconds since 1970, without both, the newest first.

    With `after` alone they are the oldest after it, else the newest.
    """
    query = _plays(person_id)
    if after is not None:
        query = query.where(Play.started_at >= (after + 1) * clock.SECOND)
    if before is not None:
        query = query.where(Play.started_at < before * clock.SECOND)
    is_upwards = after is not None and before is None
    order = (Play.started_at, Play.id) if is_upwards else (Play.started_at.desc(), Play.id.desc())
    rows = session.execute(query.order_by(*order).limit(limit)).all()
    return _told(session, rows[::-1] if is_upwards else rows)


def _plays(person_id: int) -> Select[Any]:
    query = select(
        Play.started_at,
        Play.ms_played,
        Play.track_id,
        Play.raw,
        PlayContext.client,
        PlayContext.client_version,
        PlayContext.player,
        PlayContext.service,
    )
    query = query.outerjoin(PlayContext, PlayContext.id == Play.context_id)
    return query.where(Play.person_id == person_id, Play.standing == Standing.COUNTED)


class _About(NamedTuple):
    artists: tuple[str, ...]
    artist_mbids: tuple[str, ...]
    names: dict[str, str]


def _told(session: Session, rows: Sequence[Any]) -> list[Listen]:
    tracks, about = _tracks(session, {row.track_id for row in rows})
    return [
        Listen(
            seconds=row.started_at // clock.SECOND,
            msid=(track := tracks[row.track_id]).msid,
            title=track.title,
            credit=track.credit,
            artists=about[row.track_id].artists,
            artist_mbids=about[row.track_id].artist_mbids,
            album=track.album or "",
            release_mbid=track.release_mbid or "",
            duration_ms=track.duration_ms,
            ms_played=row.ms_played,
            names=about[row.track_id].names,
            client=row.client,
            client_version=row.client_version,
            player=row.player,
            service=row.service,
            raw=row.raw or {},
        )
        for row in rows
    ]


def _tracks(session: Session, ids: Collection[int]) -> tuple[dict[int, Any], dict[int, _About]]:
    query = select(
        Track.id,
        Track.msid,
        Track.title,
        Track.credit,
        Track.duration_ms,
        Album.title.label("album"),
        Album.musicbrainz_id.label("release_mbid"),
    ).outerjoin(Album, Album.id == Track.album_id)
    tracks = {row.id: row for row in in_many(session, query, Track.id, ids)}
    credited = select(
        TrackArtist.track_id, TrackArtist.position, Artist.name, Artist.musicbrainz_id
    ).join(Artist, Artist.id == TrackArtist.artist_id)
    artists: dict[int, list[Any]] = {}
    for row in in_many(session, credited, TrackArtist.track_id, ids):
        artists.setdefault(row.track_id, []).append(row)
    named = select(TrackName.track_id, TrackName.scheme, TrackName.value)
    names: dict[int, dict[str, str]] = {}
    for row in sorted(in_many(session, named, TrackName.track_id, ids), reverse=True):
        names.setdefault(row.track_id, {})[row.scheme] = row.value
    return tracks, {id_: _known(artists.get(id_, []), names.get(id_, {})) for id_ in tracks}


def _known(artists: list[Any], names: dict[str, str]) -> _About:
    artists.sort(key=lambda row: row.position)
    mbids = tuple(row.musicbrainz_id for row in artists if row.musicbrainz_id)
    is_complete = len(mbids) == len(artists)
    return _About(tuple(row.name for row in artists), mbids if is_complete else (), names)


def ends(session: Session, person_id: int) -> tuple[int, int]:
    """Return the seconds of the first play that counts and of the last; 0 where there is none."""
    mine = (Play.person_id == person_id, Play.standing == Standing.COUNTED)
    query = select(Play.started_at).where(*mine).limit(1)
    first = session.scalar(query.order_by(Play.started_at))
    last = session.scalar(query.order_by(Play.started_at.desc()))
    return (first or 0) // clock.SECOND, (last or 0) // clock.SECOND


def count(session: Session, person_id: int) -> int:
    """Return how many plays of somebody's count, from the sums of the hours."""
    whose = (PlaySum.whose == person_id, PlaySum.kind == Kind.HOUR, PlaySum.span == 0)
    return int(session.scalar(select(func.sum(PlaySum.plays)).where(*whose)) or 0)


def remove(session: Session, person_id: int, seconds: int, msid: str) -> int:
    """Take away what somebody heard of a track in this second; return how many plays that is.

    It can be undone among their edits.
    """
    listeners.lock(session)
    start = seconds * clock.SECOND
    query = select(Play.id, Track.title).join(Track, Track.id == Play.track_id)
    query = query.where(
        Play.person_id == person_id,
        Play.started_at.between(start, start + clock.SECOND - 1),
        Play.standing == Standing.COUNTED,
        Track.msid == msid,
    )
    found = session.execute(query.order_by(Play.id)).all()
    if found:
        edit = play_edits.begin(session, person_id, "delete", f"{found[0].title}, by a player")
        edit.plays = len(found)
        play_edits.mark_whole(session, edit, [row.id for row in found], Mark.DELETED)
    return len(found)


def latest_import(session: Session, person_id: int, service: str) -> int:
    """Return up to which second a client has brought plays of a service; 0: it has not yet."""
    found = session.get(LatestImport, (person_id, service))
    return found.seconds if found else 0


def note_import(session: Session, person_id: int, service: str, seconds: int) -> None:
    """Note up to which second plays are brought; it never goes back."""
    session.execute(_NOTE_IMPORT, {"person_id": person_id, "service": service, "seconds": seconds})


class Ids(NamedTuple):
    """What an artist, an album or a track is called elsewhere, and which album a track is of."""

    mbid: str | None = None
    msid: str | None = None
    artist_mbids: tuple[str, ...] = ()
    album: str | None = None
    release_mbid: str | None = None


def ids_of(session: Session, kind: Kind, items: Collection[int]) -> dict[int, Ids]:
    """Return what these are called, by their ids here."""
    if kind is Kind.TRACK:
        tracks, about = _tracks(session, items)
        return {
            id_: Ids(
                about[id_].names.get("mbid"),
                track.msid,
                about[id_].artist_mbids,
                track.album,
                track.release_mbid,
            )
            for id_, track in tracks.items()
        }
    if kind is Kind.ALBUM:
        query = select(Album.id, Album.musicbrainz_id, Artist.musicbrainz_id.label("artist"))
        query = query.outerjoin(Artist, Artist.id == Album.artist_id)
        return {
            row.id: Ids(row.musicbrainz_id, artist_mbids=(row.artist,) if row.artist else ())
            for row in in_many(session, query, Album.id, items)
        }
    artists = select(Artist.id, Artist.musicbrainz_id)
    return {id_: Ids(mbid) for id_, mbid in in_many(session, artists, Artist.id, items)}
