"""Plays that are put in by hand: what an edit adds."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.plays import Source, row_key
from database import listeners, play_settling, play_standing
from database.models import Person, Play, PlayEdit, Track
from database.play_names import Names
from database.play_rows import in_many, write_many
from database.play_standing import Facts, LocalHours

_ADD = """
    INSERT INTO plays (person_id, started_at, ms_played, ms, track_id, source, standing, day,
                       hour_of_week, row_key, context_id, made_by)
    VALUES (:person_id, :started_at, :ms_played, :ms, :track_id, :source, :standing, :day,
            :hour_of_week, :row_key, :context_id, :made_by)
"""


class New(NamedTuple):
    """A play to be put in by hand. `key` tells it from the others of its edit."""

    track_id: int
    started_at: int
    key: object
    ms_played: int | None = None
    context_id: int | None = None


def put_in(
    session: Session, edit: PlayEdit, person_id: int, source: Source, new: Sequence[New]
) -> None:
    """Put plays in by hand, in the sums too; what a route says does not hold for these."""
    listeners.lock(session)
    listeners.settle(session, person_id)
    before = session.scalar(select(func.max(Play.id))) or 0
    write_many(session, _ADD, _rows(session, edit, person_id, source, new))
    moments = [one.started_at for one in new]
    play_settling.settle(session, person_id, moments, fresh_after=before, everything=True)


def _rows(
    session: Session, edit: PlayEdit, person_id: int, source: Source, new: Sequence[New]
) -> list[dict[str, Any]]:
    person, listener = session.get_one(Person, person_id), listeners.get(session, person_id)
    hours = LocalHours(clock.zone(person.zone))
    lengths = Names().lengths(session, [one.track_id for one in new])
    query = select(Track.id, Track.kind)
    kinds = {row.id: row.kind for row in in_many(session, query, Track.id, list(lengths))}
    rows = []
    for one in new:
        local, length = hours.of(one.started_at), lengths[one.track_id]
        facts = Facts(source, kinds[one.track_id], one.ms_played, length, None)
        rows.append(
            {
                "person_id": person_id,
                "started_at": one.started_at,
                "ms_played": one.ms_played,
                "ms": play_standing.listened(one.ms_played, length),
                "track_id": one.track_id,
                "source": int(source),
                "standing": int(play_standing.standing(facts, listener.rule)),
                "day": local.day,
                "hour_of_week": local.hour_of_week,
                "row_key": row_key(source, edit.public_id, one.key),
                "context_id": one.context_id,
                "made_by": edit.id,
            }
        )
    return rows
