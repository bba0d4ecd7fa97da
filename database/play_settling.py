"""Brings plays in order after a change: which are duplicates, which count, what sums say.

`settle` is given the moments at which something changed and looks at the plays around. What it
writes depends on those alone, so that a recount of everything writes nothing new.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from core import clock, play_words
from core.plays import Source, Standing
from database import listeners, play_duplicates, play_standing, play_sums
from database.models import (
    Artist,
    Listener,
    Person,
    Play,
    PlayContext,
    Track,
    TrackArtist,
    TrackName,
)
from database.play_duplicates import REACH, Identity, Sighting
from database.play_rows import in_many, write_many
from database.play_standing import Facts, LocalHours
from database.play_sums import Those

_LONGEST = 31 * clock.DAY  # of a window: what is looked at together is held in memory
_MOST = 50_000

_WRITE = """
    UPDATE plays
       SET duplicate_of = :duplicate_of,
           ms           = :ms,
           standing     = :standing,
           day          = :day,
           hour_of_week = :hour_of_week
     WHERE id = :id
"""


_Row = Row[*tuple[Any, ...]]


class _About(NamedTuple):
    """Of a track: what it is compared by, and how long it is."""

    identity: Identity
    duration_ms: int | None


class _How(NamedTuple):
    client: str
    reason_end: str | None


class Facets:
    """What is known of tracks and contexts while plays are settled; kept for the next batch.

    Good as long as nobody merges: one import, one request.
    """

    def __init__(self) -> None:
        self._tracks: dict[int, _About] = {}
        self._contexts: dict[int | None, _How] = {None: _How("", None)}

    def tracks(self, session: Session, track_ids: Iterable[int]) -> dict[int, _About]:
        wanted = set(track_ids)
        missing = wanted - self._tracks.keys()
        if len(self._tracks) + len(missing) > _MOST:
            self._tracks, missing = {}, wanted
        if missing:
            self._tracks |= _about(session, missing)
        return {track_id: self._tracks[track_id] for track_id in wanted}

    def forget(self, track_ids: Iterable[int]) -> None:
        for track_id in track_ids:
            self._tracks.pop(track_id, None)

    def contexts(self, session: Session, ids: Iterable[int | None]) -> Mapping[int | None, _How]:
        if missing := {id_ for id_ in ids if id_ not in self._contexts}:
            query = select(PlayContext.id, PlayContext.client, PlayContext.reason_end)
            for id_, client, reason_end in in_many(session, query, PlayContext.id, missing):
                self._contexts[id_] = _How((client or "").casefold(), reason_end)
        return self._contexts


def settle(  # noqa: PLR0913 - by name
    session: Session,
    person_id: int,
    moments: Iterable[int],
    *,
    fresh_after: int | None = None,
    facets: Facets | None = None,
    everything: bool = False,
) -> None:
    """Bring the plays around these moments in order, and the sums with them.

    `fresh_after`: plays with higher ids were just added, and are in no sum yet; they are put
    in. `everything`: those that nothing is near are looked at too, as a new rule or another
    zone asks. Under the lock of listening.
    """
    changed: list[dict[str, Any]] = []
    if rule_and_zone := _rule(session, person_id):
        listener = _Listener(person_id, *rule_and_zone, facets or Facets(), everything)
        for first, last in _windows(moments):
            if fresh_after is None or not _has_one_source(session, person_id, first, last):
                changed += listener.changes(session, first, last)
    old = [row["id"] for row in changed if fresh_after is None or row["id"] <= fresh_after]
    play_sums.take_ids(session, old)
    if changed:
        write_many(session, _WRITE, list({row["id"]: row for row in changed}.values()))
    play_sums.add_ids(session, old)
    if fresh_after is not None:
        play_sums.add(session, _fresh(person_id, fresh_after))
    listeners.touch(session, [person_id])


def _fresh(person_id: int, after: int) -> Those:
    return Those(
        "plays.person_id = :person_id AND plays.id > :after",
        {"person_id": person_id, "after": after},
    )


def _rule(session: Session, person_id: int) -> tuple[str, str] | None:
    query = select(Listener.rule, Person.zone).join(Person, Person.id == Listener.person_id)
    row = session.execute(query.where(Listener.person_id == person_id)).one_or_none()
    return (row.rule, row.zone) if row else None


def _windows(moments: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield spans that hold all moments, none longer than a month."""
    first = last = None
    for moment in sorted(set(moments)):
        if first is None or last is None:
            first = last = moment
        elif moment - last > 2 * REACH or moment - first > _LONGEST:
            yield first, last
            first = last = moment
        last = moment
    if first is not None and last is not None:
        yield first, last


def _has_one_source(session: Session, person_id: int, first: int, last: int) -> bool:
    """Say whether nothing here can be a duplicate, as with the first history that comes in."""
    query = select(Play.source).where(
        Play.person_id == person_id,
        Play.started_at.between(first - 2 * REACH, last + 2 * REACH),
    )
    sources = set(session.scalars(query.distinct()))
    return len(sources) == 1 and Source.SCROBBLE not in sources


class _Listener(NamedTuple):
    person_id: int
    rule: str
    zone: str
    facets: Facets
    everything: bool

    def changes(self, session: Session, first: int, last: int) -> list[dict[str, Any]]:
        """Return what is to be written of the plays around."""
        margin = 2 * REACH
        while True:
            rows = _rows(session, self.person_id, first - margin, last + margin)
            near = rows if self.everything else _near(rows)
            found = self._clusters(session, near, first - REACH, last + REACH)
            inner = (first - margin + REACH, last + margin - REACH)
            if all(_is_within(cluster, inner) for cluster in found):
                break
            margin *= 2
        by_id = {row.id: row for row in near}
        hours = LocalHours(clock.zone(self.zone))
        changes: list[dict[str, Any]] = []
        for cluster in found:
            for group in play_duplicates.groups(cluster):
                changes += self._written(session, [by_id[one.id] for one in group], hours)
        return changes

    def _clusters(
        self, session: Session, rows: Sequence[_Row], first: int, last: int
    ) -> list[list[Sighting]]:
        about = self.facets.tracks(session, (row.track_id for row in rows))
        songs = play_duplicates.of_song({id_: one.identity for id_, one in about.items()})
        contexts = self.facets.contexts(session, {row.context_id for row in rows})
        sightings = [
            _sighting(row, songs[row.track_id], contexts[row.context_id].client) for row in rows
        ]
        return [
            cluster
            for cluster in play_duplicates.clusters(sightings)
            if any(first <= one.started_at <= last for one in cluster)
        ]

    def _written(
        self, session: Session, group: Sequence[_Row], hours: LocalHours
    ) -> Iterator[dict[str, Any]]:
        """Yield what is to be written of the sightings of one play, the best one first."""
        about = self.facets.tracks(session, [row.track_id for row in group])
        contexts = self.facets.contexts(session, [row.context_id for row in group])
        said = [row.ms_played for row in group if row.ms_played is not None]
        for row in group:
            is_duplicate = row is not group[0]
            ms_played = row.ms_played if is_duplicate else (said[0] if said else None)
            duration_ms = about[row.track_id].duration_ms
            facts = Facts(
                Source(row.source),
                about[row.track_id].identity.kind,
                ms_played,
                duration_ms,
                contexts[row.context_id].reason_end,
                row.mark,
                is_duplicate,
            )
            local = hours.of(row.started_at)
            wanted = {
                "duplicate_of": group[0].id if is_duplicate else None,
                "ms": play_standing.listened(ms_played, duration_ms),
                "standing": int(play_standing.standing(facts, self.rule)),
                "day": local.day,
                "hour_of_week": local.hour_of_week,
            }
            if any(getattr(row, name) != value for name, value in wanted.items()):
                yield wanted | {"id": row.id}


def _rows(session: Session, person_id: int, first: int, last: int) -> Sequence[_Row]:
    query: Select[*tuple[Any, ...]] = select(
        Play.id,
        Play.row_key,
        Play.source,
        Play.started_at,
        Play.ended_at,
        Play.ms_played,
        Play.track_id,
        Play.context_id,
        Play.mark,
        Play.duplicate_of,
        Play.ms,
        Play.standing,
        Play.day,
        Play.hour_of_week,
    ).where(Play.person_id == person_id, Play.started_at.between(first, last))
    return session.execute(query.order_by(Play.started_at)).all()


def _near(rows: Sequence[_Row]) -> list[_Row]:
    """Return those that may have to do with one of another source, or had."""
    wanted = {
        row.id for row in rows if row.duplicate_of is not None or row.standing == Standing.DUPLICATE
    }
    wanted |= {row.duplicate_of for row in rows}
    for at, row in enumerate(rows):
        reach = _sighting(row, 0, "").last_at + play_duplicates.CLOSE_BY_LOOSE_CLOCKS
        for later in range(at + 1, len(rows)):
            other = rows[later]
            if other.started_at > reach:
                break
            if other.source != row.source or row.source == Source.SCROBBLE:
                wanted |= {row.id, other.id}
    return [row for row in rows if row.id in wanted]


def _sighting(row: _Row, song: int, client: str) -> Sighting:
    source = Source(row.source)
    ended_at = row.ended_at
    paused_at = None
    if ended_at is not None and row.ms_played is not None:
        paused_at = ended_at - row.ms_played
    elif ended_at is None and row.ms_played is not None:
        ended_at = row.started_at + row.ms_played
    has_minute = ""
    if source.is_by_the_minute:
        has_minute = "end" if source is Source.SPOTIFY_ACCOUNT else "start"
    return Sighting(
        id=row.id,
        row_key=row.row_key,
        source=source,
        origin=(source, client if source is Source.SCROBBLE else ""),
        song=song,
        started_at=row.started_at,
        ended_at=ended_at,
        paused_at=paused_at if paused_at != row.started_at else None,
        has_minute=has_minute,
        is_marked=row.mark is not None,
    )


def _is_within(cluster: Sequence[Sighting], span: tuple[int, int]) -> bool:
    return len(cluster) == 1 or all(span[0] <= one.started_at <= span[1] for one in cluster)


def _about(session: Session, track_ids: Iterable[int]) -> dict[int, _About]:
    wanted = list(track_ids)
    names: dict[int, set[tuple[str, str]]] = {}
    query = select(TrackName.track_id, TrackName.scheme, TrackName.value)
    for track_id, scheme, value in in_many(session, query, TrackName.track_id, wanted):
        names.setdefault(track_id, set()).add((scheme, value))
    artists: dict[int, list[str]] = {}
    by = select(TrackArtist.track_id, Artist.name)
    by = by.join(Artist, Artist.id == TrackArtist.artist_id)
    for track_id, name in in_many(session, by, TrackArtist.track_id, wanted):
        artists.setdefault(track_id, []).append(name)
    same = aliased(Track)
    told = select(
        Track.id,
        Track.kind,
        Track.counts_as,
        Track.song_key,
        Track.credit,
        func.coalesce(Track.duration_ms, same.duration_ms).label("duration_ms"),
    ).outerjoin(same, same.id == Track.counts_as)
    found = {}
    for track in in_many(session, told, Track.id, wanted):
        credited = artists.get(track.id) or [track.credit]
        identity = Identity(
            track.kind,
            track.counts_as,
            track.song_key,
            play_words.artist_keys(credited),
            frozenset(names.get(track.id, ())),
        )
        found[track.id] = _About(identity, track.duration_ms)
    return found
