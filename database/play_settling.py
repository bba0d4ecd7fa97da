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
from database.play_rows import in_many, pairs, write_many
from database.play_standing import Facts, LocalHours
from database.play_sums import Those

_LONGEST = 31 * clock.DAY  # of a window: what is looked at together is held in memory
_MOST = 20_000  # tracks that are remembered

_WRITTEN = ("id", "duplicate_of", "ms", "standing", "day", "hour_of_week")
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
        missing = {track_id for track_id in wanted if track_id not in self._tracks}
        if len(self._tracks) + len(missing) > _MOST:
            self._tracks, missing = {}, wanted
        if missing:
            self._tracks |= _about(session, missing)
        return {track_id: self._tracks[track_id] for track_id in wanted}

    def forget(self) -> None:
        """Ask anew what tracks are called and how long they are."""
        self._tracks.clear()

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
    in. `everything`: those that nothing is near are looked at too, as asked for by a new rule,
    another zone, or plays that are gone: what one told another of its length goes with it.
    Under the lock of listening.
    """
    changed: list[dict[str, Any]] = []
    if rule_and_zone := _rule(session, person_id):
        listener = _Listener(person_id, *rule_and_zone, facets or Facets(), everything)
        for first, last in _windows(moments):
            if everything or not _has_one_source(session, person_id, first, last):
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
    # The plus keeps the person's index out: by it all of their plays would be read.
    return Those(
        "plays.id > :after AND +plays.person_id = :person_id",
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
    query = select(Play.source, Play.standing).where(
        Play.person_id == person_id,
        Play.started_at.between(first - 2 * REACH, last + 2 * REACH),
    )
    rows = session.execute(query.distinct()).all()
    sources = {row.source for row in rows}
    had_others = any(row.standing == Standing.DUPLICATE for row in rows)
    return len(sources) == 1 and Source.SCROBBLE not in sources and not had_others


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
            around = _Around(
                near,
                self.facets.tracks(session, (row.track_id for row in near)),
                self.facets.contexts(session, {row.context_id for row in near}),
            )
            inner = (first - margin + REACH, last + margin - REACH)
            found = around.clusters(first - REACH, last + REACH)
            if all(_is_within(cluster, inner) for cluster in found):
                break
            margin *= 2
        hours = LocalHours(clock.zone(self.zone)) if self.everything else None
        return list(around.changes(found, self.rule, hours))


class _Around:
    """Some plays, and what is known of their tracks and contexts."""

    def __init__(
        self,
        rows: Sequence[_Row],
        tracks: Mapping[int, _About],
        contexts: Mapping[int | None, _How],
    ) -> None:
        self._rows = {row.id: row for row in rows}
        self._tracks, self._contexts = tracks, contexts

    def clusters(self, first: int, last: int) -> list[list[Sighting]]:
        """Return the sightings that have to do with a span, in parts that belong together."""
        songs = play_duplicates.songs({id_: it.identity for id_, it in self._tracks.items()})
        sightings = [
            _sighting(
                row,
                self._contexts[row.context_id].client,
                songs[row.track_id],
                self._tracks[row.track_id].identity.keys,
            )
            for row in self._rows.values()
        ]
        return [
            cluster
            for cluster in play_duplicates.clusters(sightings)
            if any(first <= one.started_at <= last for one in cluster)
        ]

    def changes(
        self, clusters: Iterable[Sequence[Sighting]], rule: str, hours: LocalHours | None
    ) -> Iterator[dict[str, Any]]:
        """Yield what is to be written of these. `hours` None: the zone is what it was."""
        for cluster in clusters:
            for group in play_duplicates.groups(cluster):
                rows = [self._rows[one.id] for one in group]
                said = next((row.ms_played for row in rows if row.ms_played is not None), None)
                for row in rows:
                    is_duplicate = row is not rows[0]
                    ms_played = row.ms_played if is_duplicate else said
                    first = rows[0].id if is_duplicate else None
                    wanted = self._standing(row, ms_played, first, rule)
                    local = hours.of(row.started_at) if hours else None
                    day, hour = local or (row.day, row.hour_of_week)
                    now = (row.duplicate_of, row.ms, row.standing, row.day, row.hour_of_week)
                    if now != (*wanted, day, hour):
                        values = (row.id, *wanted, day, hour)
                        yield dict(zip(_WRITTEN, values, strict=True))

    def _standing(
        self, row: _Row, ms_played: int | None, duplicate_of: int | None, rule: str
    ) -> tuple[int | None, int, int]:
        """Return what a play duplicates, for how long it is counted, and whether."""
        about = self._tracks[row.track_id]
        facts = Facts(
            source=Source(row.source),
            kind=about.identity.kind,
            ms_played=ms_played,
            duration_ms=about.duration_ms,
            reason_end=self._contexts[row.context_id].reason_end,
            mark=row.mark,
            is_duplicate=duplicate_of is not None,
        )
        ms = play_standing.listened(ms_played, about.duration_ms)
        return duplicate_of, ms, int(play_standing.standing(facts, rule))


def _rows(session: Session, person_id: int, first: int, last: int) -> Sequence[_Row]:
    query: Select[*tuple[Any, ...]] = select(
        Play.id,
        Play.row_key,
        Play.source,
        Play.started_at,
        Play.ended_at,
        Play.ms_played,
        Play.duration_ms,
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
    wanted = {row.id for row in rows if row.standing == Standing.DUPLICATE}
    wanted |= {row.duplicate_of for row in rows}
    rows = sorted(rows, key=_first_at)
    for at, row in enumerate(rows):
        reach = _last_at(row) + play_duplicates.CLOSE_BY_LOOSE_CLOCKS
        for later in range(at + 1, len(rows)):
            other = rows[later]
            if _first_at(other) > reach:
                break
            if _may_be_others(row, other):
                wanted.add(row.id)
                wanted.add(other.id)
    return [row for row in rows if row.id in wanted]


def _may_be_others(row: _Row, other: _Row) -> bool:
    """Say whether two sources may have told of them; two clients are two, too."""
    if other.source != row.source:
        return True
    return bool(row.source == Source.SCROBBLE and other.context_id != row.context_id)


def _first_at(row: _Row) -> int:
    began = play_duplicates.begun_at(row.source, row.started_at, row.duration_ms)
    return row.started_at if began is None else began


def _last_at(row: _Row) -> int:
    ended_at = row.ended_at or row.started_at + (row.ms_played or 0)
    last: int = max(row.started_at, min(ended_at, row.started_at + REACH))
    return last


def _sighting(
    row: _Row, client: str = "", song: int = 0, keys: frozenset[object] = frozenset()
) -> Sighting:
    source = Source(row.source)
    ended_at = row.ended_at
    paused_at = play_duplicates.begun_at(source, row.started_at, row.duration_ms)
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
        keys=keys,
        started_at=row.started_at,
        ended_at=ended_at,
        paused_at=paused_at if paused_at != row.started_at else None,
        has_minute=has_minute,
        is_marked=row.mark is not None,
    )


def _is_within(cluster: Sequence[Sighting], span: tuple[int, int]) -> bool:
    return len(cluster) == 1 or all(span[0] <= one.started_at <= span[1] for one in cluster)


def _about(session: Session, track_ids: Iterable[int]) -> dict[int, _About]:
    same = aliased(Track)
    told = select(
        Track.id,
        Track.kind,
        func.coalesce(Track.counts_as, Track.id).label("one"),
        Track.song_key,
        Track.credit,
        func.coalesce(Track.duration_ms, same.duration_ms).label("duration_ms"),
    ).outerjoin(same, same.id == Track.counts_as)
    rows = list(in_many(session, told, Track.id, list(track_ids)))
    names = _names(session, {row.one for row in rows})
    artists = _artists(session, [row.id for row in rows])
    return {
        row.id: _About(
            play_duplicates.identity(
                row.kind,
                row.one,
                names.get(row.one, ()),
                row.song_key,
                play_words.artist_keys(artists.get(row.id) or [row.credit]),
            ),
            row.duration_ms,
        )
        for row in rows
    }


def _names(session: Session, ones: set[int]) -> dict[int, set[tuple[str, str]]]:
    """Return what tracks are called elsewhere, with all that count as the same."""
    names: dict[int, set[tuple[str, str]]] = {}
    query = select(TrackName.track_id, TrackName.scheme, TrackName.value)
    for track_id, scheme, value in in_many(session, query, TrackName.track_id, ones):
        names.setdefault(track_id, set()).add((scheme, value))
    others = select(Track.counts_as, TrackName.scheme, TrackName.value)
    others = others.join(TrackName, TrackName.track_id == Track.id)
    for one, scheme, value in in_many(session, others, Track.counts_as, ones):
        names.setdefault(one, set()).add((scheme, value))
    return names


def _artists(session: Session, track_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the artists of tracks, in every spelling."""
    one = func.coalesce(Artist.counts_as, Artist.id)
    query = select(TrackArtist.track_id, Artist.name, one)
    query = query.join(Artist, Artist.id == TrackArtist.artist_id)
    links = list(in_many(session, query, TrackArtist.track_id, track_ids))
    ones = {one_id for _, _, one_id in links}
    spelled: dict[int, list[str]] = {}
    spellings = select(Artist.counts_as, Artist.name)
    for one_id, name in in_many(session, spellings, Artist.counts_as, ones):
        spelled.setdefault(one_id, []).append(name)
    own = pairs(session, select(Artist.id, Artist.name), Artist.id, list(spelled))
    artists: dict[int, list[str]] = {}
    for track_id, name, one_id in links:
        names = [own[one_id], *spelled[one_id]] if one_id in spelled else [name]
        artists.setdefault(track_id, []).extend(names)
    return artists
