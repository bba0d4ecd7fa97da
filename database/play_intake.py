"""Takes plays in, from files and from players alike: the only way in.

One `Intake` serves one import or one request. What it takes twice is there once: the key of a
source's row says so, whatever became of the play meanwhile.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from core.plays import Context, Heard, Standing
from database import listeners, play_lengths, play_settling, play_standing
from database.models import Listener, Person, Play, PlayRoute
from database.play_names import Names
from database.play_rows import in_many, write_many
from database.play_settling import Facets
from database.play_standing import Facts, LocalHours

BATCH = 10_000  # plays in one transaction of an import

_ADD = """
    INSERT INTO plays (person_id, started_at, ended_at, ms_played, ms, duration_ms, track_id,
                       source, standing, day, hour_of_week, row_key, context_id, raw,
                       import_id, made_by)
    VALUES (:person_id, :started_at, :ended_at, :ms_played, :ms, :duration_ms, :track_id,
            :source, :standing, :day, :hour_of_week, :row_key, :context_id, :raw,
            :import_id, :made_by)
"""


class Taken(NamedTuple):
    """What became of a batch. `known` were there before; `standings` are of those added."""

    added: int
    known: int
    standings: Mapping[Standing, int]


class _Place(NamedTuple):
    """Somebody's plays: by which rule and in which zone."""

    person_id: int
    rule: str
    hours: LocalHours


class Intake:
    """Takes in plays that `person_id` brings; some may be routed to a child of theirs."""

    def __init__(self, person_id: int) -> None:
        self._person_id = person_id
        self._names, self._facets = Names(), Facets()
        self._places: dict[int, _Place] = {}
        self._hours: dict[str, LocalHours] = {}
        self._version = 0  # of this person's numbers, when these were last brought in order
        self._routes: Sequence[PlayRoute] = ()

    def take(
        self,
        session: Session,
        heard: Sequence[Heard],
        *,
        import_id: int | None = None,
        made_by: int | None = None,
    ) -> Taken:
        """Keep those plays that are new, in one transaction with the sums."""
        listeners.lock(session)
        self._open(session)
        if listeners.version(session, self._person_id) != self._version:
            # Somebody else was here, and may have merged what is remembered.
            self._facets.forget()
        family = listeners.family(session, self._person_id)
        new = _new(session, family, heard)
        if not new:
            return Taken(0, len(heard), {})
        before = session.scalar(select(func.max(Play.id))) or 0
        tracks = self._names.keep(session, new)
        learnt = self._names.learn(session, new, tracks)
        renamed = self._names.say(session, new, tracks)
        if learnt or renamed:
            self._facets.forget()
        if learnt:
            play_lengths.apply(session, learnt)
        rows = self._rows(session, new, tracks, (import_id, made_by))
        write_many(session, _ADD, rows)
        for person_id, moments in self._moments(session, rows, renamed).items():
            play_settling.settle(
                session, person_id, moments, fresh_after=before, facets=self._facets
            )
        self._version = listeners.version(session, self._person_id)
        return Taken(len(new), len(heard) - len(new), _standings(session, before))

    def look(self, session: Session, heard: Sequence[Heard]) -> list[Heard]:
        """Return those that are not there yet, for a dry run. Writes nothing."""
        return _new(session, listeners.family(session, self._person_id), heard)

    def new_and_own(self, session: Session, heard: Sequence[Heard]) -> list[Heard]:
        """Return those that are not there yet and are no child's; under the lock."""
        self._open(session)
        return [
            one
            for one in self.look(session, heard)
            if self._place(one).person_id == self._person_id
        ]

    def _open(self, session: Session) -> None:
        """Look anew by which rules and in which zones; somebody may have said others meanwhile."""
        people = listeners.family(session, self._person_id)
        for person_id in people:
            listeners.settle(session, person_id)
        query = select(Listener.person_id, Listener.rule, Person.zone)
        query = query.join(Person, Person.id == Listener.person_id)
        for row in session.execute(query.where(Listener.person_id.in_(people))):
            if row.zone not in self._hours:
                self._hours[row.zone] = LocalHours(clock.zone(row.zone))
            self._places[row.person_id] = _Place(row.person_id, row.rule, self._hours[row.zone])
        self._routes = _routes(session, self._person_id)

    def _place(self, one: Heard) -> _Place:
        """Return whose play it is: theirs, or a child's by the first route that fits."""
        own = self._places[self._person_id]
        if not self._routes:
            return own
        child = _child(self._routes, own.hours, one.context, one.started_at)
        return own if child is None else self._places.get(child, own)

    def _rows(
        self, session: Session, new: Sequence[Heard], tracks: Sequence[int], by: tuple[Any, ...]
    ) -> list[tuple[Any, ...]]:
        """Return what `_ADD` takes, for each of these."""
        lengths = self._names.lengths(session, tracks)
        contexts = self._names.contexts(session, new)
        rows = []
        for one, track_id, context_id in zip(new, tracks, contexts, strict=True):
            person_id, rule, hours = self._place(one)
            length = lengths[track_id]
            reason = one.context.reason_end if one.context else None
            facts = Facts(one.source, one.named.kind, one.ms_played, length, reason)
            rows.append(
                (
                    person_id,
                    one.started_at,
                    one.ended_at,
                    one.ms_played,
                    play_standing.listened(one.ms_played, length),
                    one.duration_ms or None,
                    track_id,
                    one.source,
                    play_standing.standing(facts, rule),
                    *hours.of(one.started_at),
                    one.row_key,
                    context_id,
                    None if one.raw is None else json.dumps(one.raw),
                    *by,
                )
            )
        return rows

    def _moments(
        self, session: Session, rows: Sequence[tuple[Any, ...]], renamed: Sequence[int]
    ) -> dict[int, list[int]]:
        """Return at which moments whose plays are to be looked at."""
        found: dict[int, list[int]] = {}
        for person_id, started_at, *_ in rows:
            found.setdefault(person_id, []).append(started_at)
        query = select(Play.person_id, Play.started_at)
        for person_id, at in in_many(session, query, Play.track_id, renamed):
            found.setdefault(person_id, []).append(at)
        return found


def _new(session: Session, people: Sequence[int], heard: Sequence[Heard]) -> list[Heard]:
    """Return those whose rows nobody of these has, each once."""
    wanted = {one.row_key: one for one in reversed(heard)}
    query = select(Play.row_key).where(Play.person_id.in_(people))
    known = {row.row_key for row in in_many(session, query, Play.row_key, wanted)}
    return [one for one in heard if one.row_key not in known and wanted[one.row_key] is one]


def _standings(session: Session, after: int) -> dict[Standing, int]:
    query = select(Play.standing, func.count()).where(Play.id > after)
    rows = session.execute(query.group_by(Play.standing))
    return Counter({Standing(standing): plays for standing, plays in rows})


def whose(session: Session, person_id: int, context: Context | None, at: int) -> int:
    """Return whose a play is that comes in through somebody: theirs, or a child's of theirs."""
    routes = _routes(session, person_id)
    if not routes:
        return person_id
    hours = LocalHours(clock.zone(session.get_one(Person, person_id).zone))
    child = _child(routes, hours, context, at)
    return child if child in listeners.family(session, person_id) else person_id


def _routes(session: Session, person_id: int) -> Sequence[PlayRoute]:
    routes = select(PlayRoute).where(PlayRoute.person_id == person_id)
    return session.scalars(routes.order_by(PlayRoute.id)).all()


def _child(
    routes: Sequence[PlayRoute], hours: LocalHours, context: Context | None, at: int
) -> int | None:
    """Return to whom the first route leads that fits a play, which began at `at`."""
    hour = hours.of(at).hour_of_week % 24
    return next((one.to_person_id for one in routes if is_routed(one, context, hour)), None)


def is_routed(route: PlayRoute, context: Context | None, hour: int) -> bool:
    """Say whether a play of this context, in this hour of the day, is the child's."""
    first, until = route.from_hour, route.until_hour
    is_in_time = first <= hour < until if first < until else hour >= first or hour < until
    if not is_in_time or not route.words:
        return is_in_time
    said = (context.client, context.player, context.platform) if context else ()
    return any(route.words in fold(name) for name in said if name)
