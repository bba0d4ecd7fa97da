"""Counting somebody's plays anew: by another rule, in another zone, with the household or without.

A recount goes month by month, each in a transaction of its own; what is right already is not
written again, so that it may begin anew at any time.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.plays import Source, Standing
from database import listeners, play_edits, play_settling, play_standing, tasks
from database.models import Listener, Person, Play, PlayContext, Track
from database.owner import Owner
from database.play_standing import Facts
from database.tasks import Enqueued

ACTION, COUNT, JOIN = "recount_plays", "count_by_rules", "join_household"
SPAN = 28 * clock.DAY  # what is looked at in one transaction
_TELL = [int(source) for source in Source if source.tells_how_long]


class Counting(BaseModel):
    """What counts of somebody's plays."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    rule: str = Field(description="Choose what counts.")

    @field_validator("rule")
    @classmethod
    def _is_one(cls, given: str) -> str:
        if given not in listeners.RULES:
            raise PydanticCustomError("sentence", "Choose what counts.")
        return given


class Seen(BaseModel):
    """Who sees somebody's plays, and in which charts they are; what is not said is no."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    is_joint: bool = Field(default=False, description="In the charts of “us”.")
    is_shared: bool = Field(default=False, description="Members of this house see my listening.")
    is_public: bool = Field(
        default=False, description="Everybody who reaches this address may read my listens."
    )


def set_rule(session: Session, person_id: int, rule: str, owner: Owner) -> Enqueued | None:
    """Count somebody's plays by another rule; return the task that does, or None if it was so."""
    listeners.lock(session)
    listeners.settle(session, person_id)
    changed = update(Listener).where(Listener.person_id == person_id, Listener.rule != rule)
    if session.scalar(changed.values(rule=rule).returning(Listener.person_id)) is None:
        return None
    session.expire_all()
    return ask(session, person_id, owner)


def ask(session: Session, person_id: int, owner: Owner) -> Enqueued | None:
    """Put in the task that counts somebody's plays anew; None if they have none."""
    if _span(session, person_id) is None:
        return None
    rule, zone = listeners.get(session, person_id).rule, session.get_one(Person, person_id).zone
    return tasks.enqueue(
        session,
        ACTION,
        {"person": person_id},
        owner=Owner(owner.person_id),
        lane=tasks.LONG,
        # Another rule is another task: what is done by then has to be done anew.
        dedup_key=f"{ACTION}:{person_id}:{rule}:{zone}",
        lock_key=play_edits.lock_key(person_id),
    )


def set_seen(session: Session, person_id: int, said: Seen, owner: Owner) -> Enqueued | None:
    """Change who sees somebody's plays; joining or leaving the household's charts is a task's."""
    listeners.lock(session)
    listeners.settle(session, person_id)
    changed = {"is_shared": said.is_shared, "is_public": said.is_public}
    session.execute(update(Listener).where(Listener.person_id == person_id).values(changed))
    session.expire_all()
    listeners.touch(session, [person_id])
    otherwise = f"{JOIN}:{person_id}:{not said.is_joint}"
    if listeners.get(session, person_id).is_joint == said.is_joint and not tasks.is_open(
        session, otherwise
    ):
        return None
    if _span(session, person_id) is None:
        listeners.set_joint(session, person_id, is_joint=said.is_joint)
        return None
    return tasks.enqueue(
        session,
        JOIN,
        {"person": person_id, "is_joint": said.is_joint},
        owner=Owner(owner.person_id),
        dedup_key=f"{JOIN}:{person_id}:{said.is_joint}",
        lock_key=play_edits.lock_key(person_id),
    )


def spans(session: Session, person_id: int) -> list[tuple[int, int]]:
    """Return from when to before when each part of a recount goes, the oldest first."""
    found = _span(session, person_id)
    if found is None:
        return []
    return [(at, at + SPAN) for at in range(found[0], found[1] + 1, SPAN)]


def _span(session: Session, person_id: int) -> tuple[int, int] | None:
    first = session.scalar(select(func.min(Play.started_at)).where(Play.person_id == person_id))
    last = session.scalar(select(func.max(Play.started_at)).where(Play.person_id == person_id))
    return None if first is None or last is None else (first, last)


def recount(session: Session, person_id: int, since: int, until: int) -> None:
    """Bring all plays of a part in order, by the rule and the zone that hold now."""
    listeners.lock(session)
    query = select(Play.started_at).where(
        Play.person_id == person_id, Play.started_at >= since, Play.started_at < until
    )
    moments = set(session.scalars(query))
    if moments:
        play_settling.settle(session, person_id, moments, everything=True)


def by_rules(session: Session, person_id: int, since: int, until: int) -> dict[str, int]:
    """Return how many plays of a part would count by each rule."""
    of = (Play.person_id == person_id, Play.started_at >= since, Play.started_at < until)
    maybe = Play.standing.in_((int(Standing.COUNTED), int(Standing.SHORT)))
    always = select(func.count()).where(*of, maybe, Play.source.not_in(_TELL))
    counts = dict.fromkeys(listeners.RULES, session.scalar(always) or 0)
    for facts, plays in facts_of(session, *of, maybe, Play.source.in_(_TELL)):
        for rule in listeners.RULES:
            if play_standing.standing(facts, rule) is Standing.COUNTED:
                counts[rule] += plays
    return counts


def facts_of(session: Session, *wanted: Any) -> Iterator[tuple[Facts, int]]:
    """Yield what decides whether plays count, and how many there are of each kind."""
    same = Track.__table__.alias("same")
    length = func.coalesce(Track.duration_ms, same.c.duration_ms)
    columns = (Play.source, Track.kind, Play.ms_played, length, PlayContext.reason_end)
    query = (
        select(*columns, func.count())
        .join(Track, Track.id == Play.track_id)
        .outerjoin(same, same.c.id == Track.counts_as)
        .outerjoin(PlayContext, PlayContext.id == Play.context_id)
        .where(*wanted)
        .group_by(*columns)
    )
    for source, kind, ms_played, duration_ms, reason_end, plays in session.execute(query):
        yield Facts(Source(source), kind, ms_played, duration_ms, reason_end), plays


def ask_count(session: Session, person_id: int, owner: Owner) -> Enqueued:
    """Put in the task that tries each rule on somebody's plays, and changes nothing."""
    return tasks.enqueue(
        session,
        COUNT,
        {"person": person_id},
        owner=Owner(owner.person_id),
        dedup_key=f"{COUNT}:{person_id}",
    )
