"""What the sums of plays should say, counted anew from the plays in plain Python."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock, play_words
from core.plays import Source
from database import play_duplicates
from database.models import (
    Album,
    Artist,
    Listener,
    Person,
    Play,
    PlayContext,
    PlaySum,
    PlayTally,
    Track,
    TrackArtist,
    TrackName,
)
from database.play_duplicates import Sighting
from database.play_standing import Facts, listened, standing
from database.play_sums import Kind


class Told(dict[Any, list[int]]):
    """Plays and milliseconds by what they are counted under."""

    def count(self, key: tuple[int, ...], ms: int) -> None:
        found = self.setdefault(key, [0, 0])
        found[0] += 1
        found[1] += ms


def sums(session: Session) -> dict[Any, list[int]]:
    """Return what `play_sums` says, by (whose, kind, span, item)."""
    rows = session.execute(select(PlaySum)).scalars()
    return {(row.whose, row.kind, row.span, row.item): [row.plays, row.ms] for row in rows}


def tallies(session: Session) -> dict[Any, list[int]]:
    rows = session.execute(select(PlayTally)).scalars()
    return {
        (
            row.person_id,
            row.month,
            row.source,
            row.import_id,
            row.context_id,
            row.standing,
            row.is_estimated,
        ): [row.plays, row.ms]
        for row in rows
    }


def recounted(session: Session) -> tuple[dict[Any, list[int]], dict[Any, list[int]]]:
    """Return what sums and tallies have to be, from nothing but plays, names and listeners."""
    summed, tallied = Told(), Told()
    joint = set(session.scalars(select(Listener.person_id).where(Listener.is_joint)))
    if len(joint) == 1:
        joint.clear()
    items = Items(session)
    for play in session.scalars(select(Play)):
        month = play.day // 100
        tallied.count(
            (
                play.person_id,
                month,
                play.source,
                play.import_id or 0,
                play.context_id or 0,
                play.standing,
                int(play.ms_played is None),
            ),
            play.ms,
        )
        if play.standing:
            continue
        for kind, item, spans in items.of(play):
            for span in spans:
                for whose in (play.person_id, *((0,) if play.person_id in joint else ())):
                    summed.count((whose, int(kind), span, item), play.ms)
    return summed, tallied


class Items:
    def __init__(self, session: Session) -> None:
        self._tracks = {row.id: row for row in session.scalars(select(Track))}
        self._albums = {row.id: row.counts_as or row.id for row in session.scalars(select(Album))}
        artists = {row.id: row.counts_as or row.id for row in session.scalars(select(Artist))}
        self._artists: dict[int, list[int]] = {}
        query = select(TrackArtist).order_by(TrackArtist.track_id, TrackArtist.position)
        for link in session.scalars(query):
            self._artists.setdefault(link.track_id, []).append(artists[link.artist_id])

    def of(self, play: Play) -> Iterator[tuple[Kind, int, tuple[int, ...]]]:
        month, year = play.day // 100, play.day // 10_000
        every, coarse = (0, year, month), (0, year)
        track = self._tracks[play.track_id]
        one = track.counts_as or track.id
        credited = self._artists.get(one, [])
        for artist in set(credited):
            yield Kind.ARTIST, artist, every
        if credited:
            yield Kind.PRIMARY, credited[0], every
        if track.album_id is not None:
            yield Kind.ALBUM, self._albums[track.album_id], coarse
        yield Kind.TRACK, one, coarse
        yield Kind.HOUR, play.hour_of_week, every
        yield Kind.DAY, play.day, (year,)


def settled(session: Session) -> dict[int, tuple[int | None, int, int, int, int]]:
    """Return what each play has to be: what it duplicates, milliseconds, standing, day and hour.

    By its id; from all plays of a person at once, without any window.
    """
    wanted = {}
    people = session.execute(
        select(Listener.person_id, Listener.rule, Person.zone).join(
            Person, Person.id == Listener.person_id
        )
    ).all()
    for person_id, rule, zone in people:
        rows = {
            row.id: row for row in session.scalars(select(Play).where(Play.person_id == person_id))
        }
        for group in play_duplicates.groups(_sightings(session, list(rows.values()))):
            said = [rows[one.id].ms_played for one in group if rows[one.id].ms_played is not None]
            for one in group:
                row = rows[one.id]
                wanted[row.id] = _wanted(session, row, group[0].id, said, rule, zone)
    return wanted


def _wanted(
    session: Session, row: Play, first: int, said: list[int | None], rule: str, zone: str
) -> tuple[int | None, int, int, int, int]:
    is_duplicate = row.id != first
    ms_played = row.ms_played if is_duplicate else (said[0] if said else None)
    track = session.get_one(Track, row.track_id)
    duration = _length(session, track.id)
    assert track.duration_ms == duration
    if duration is None and track.counts_as is not None:
        duration = _length(session, track.counts_as)
    context = session.get(PlayContext, row.context_id) if row.context_id else None
    facts = Facts(
        Source(row.source),
        track.kind,
        ms_played,
        duration,
        context.reason_end if context else None,
        row.mark,
        is_duplicate,
    )
    at = clock.local(row.started_at, clock.zone(zone))
    return (
        first if is_duplicate else None,
        listened(ms_played, duration),
        int(standing(facts, rule)),
        int(f"{at:%Y%m%d}"),
        at.weekday() * 24 + at.hour,
    )


def _length(session: Session, track_id: int) -> int | None:
    return session.scalar(select(func.min(Play.duration_ms)).where(Play.track_id == track_id))


def kept(session: Session) -> dict[int, tuple[int | None, int, int, int, int]]:
    """Return what the plays say of themselves, as `settled` does."""
    return {
        row.id: (row.duplicate_of, row.ms, row.standing, row.day, row.hour_of_week)
        for row in session.scalars(select(Play))
    }


def _sightings(session: Session, rows: list[Play]) -> list[Sighting]:
    names: dict[int, set[tuple[str, str]]] = {}
    for name in session.scalars(select(TrackName)):
        names.setdefault(name.track_id, set()).add((name.scheme, name.value))
    spelled: dict[int, list[str]] = {}
    ones = {row.id: row.counts_as or row.id for row in session.scalars(select(Artist))}
    for artist in session.scalars(select(Artist)):
        spelled.setdefault(ones[artist.id], []).append(artist.name)
    credited: dict[int, list[str]] = {}
    for link in session.scalars(select(TrackArtist)):
        credited.setdefault(link.track_id, []).extend(spelled[ones[link.artist_id]])
    known = list(session.scalars(select(Track)))
    called: dict[int, set[tuple[str, str]]] = {}
    for track in known:
        called.setdefault(track.counts_as or track.id, set()).update(names.get(track.id, ()))
    identities = {
        track.id: play_duplicates.identity(
            track.kind,
            track.counts_as or track.id,
            called[track.counts_as or track.id],
            track.song_key,
            play_words.artist_keys(credited.get(track.id) or [track.credit]),
        )
        for track in known
    }
    songs = play_duplicates.songs(identities)
    clients: dict[int | None, str] = {
        row.id: (row.client or "").casefold() for row in session.scalars(select(PlayContext))
    }
    return [
        _sighting(row, clients.get(row.context_id, ""), songs, identities[row.track_id].keys)
        for row in rows
    ]


def _sighting(row: Play, client: str, songs: dict[int, int], keys: frozenset[object]) -> Sighting:
    source = Source(row.source)
    ended, paused = row.ended_at, None
    if row.ms_played is not None:
        if ended is None:
            ended = row.started_at + row.ms_played
        elif ended - row.ms_played != row.started_at:
            paused = ended - row.ms_played
    elif source is Source.SPOTIFY_API and row.duration_ms:
        paused = row.started_at - row.duration_ms
    minute = {Source.SPOTIFY_ACCOUNT: "end", Source.LASTFM_MINUTES: "start"}.get(source, "")
    return Sighting(
        row.id,
        row.row_key,
        source,
        (source, client if source is Source.SCROBBLE else ""),
        songs[row.track_id],
        keys,
        row.started_at,
        ended,
        paused,
        minute,
        row.mark is not None,
    )


def differences(one: dict[Any, Any], other: dict[Any, Any]) -> Counter[str]:
    """Return what two tellings do not share, for a test that fails to say."""
    told: Counter[str] = Counter()
    for key in one.keys() | other.keys():
        if one.get(key) != other.get(key):
            told[f"{key}: {one.get(key)} != {other.get(key)}"] += 1
    return told
