"""Who listens: how their plays are counted, who sees them, and which version their numbers are."""

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import exists, func, literal, or_, select, text, true, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Forbidden
from database import play_sums
from database.models import HouseVersion, Listener, Person
from database.owner import Owner

HOUSEHOLD = 0  # where a person's id stands elsewhere
RULES = ("all", "30s", "half", "end")
USUAL_RULE = "30s"

_SETTLE = text("""
    INSERT INTO listeners
           (person_id, rule, is_joint, is_shared, is_public, version, created_at)
    SELECT id, :rule, parent_id IS NULL, :yes, :no, 0, :now
      FROM people
     WHERE id = :person_id
    ON CONFLICT (person_id) DO NOTHING
    RETURNING is_joint
""")
_RISE = text("""
    INSERT INTO house_versions (id, version)
         VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET version = house_versions.version + 1
""")


class Whose(NamedTuple):
    """Whose numbers are asked for: a person's or the household's.

    `id`: under what they stand in `play_sums`. `person_ids`: whose plays these are. `zone`:
    whose days and months; `has_one_zone`: of all of them.
    """

    id: int
    person_ids: tuple[int, ...]
    zone: str
    is_household: bool = False
    has_one_zone: bool = True


def lock(session: Session) -> None:
    """Begin to change plays: until this transaction ends, no other one does.

    To be called before anything is read that the change depends on. SQLite has one writer
    anyway; PostgreSQL waits at this row.
    """
    session.execute(_RISE)


def settle(session: Session, person_id: int) -> None:
    """Make somebody a listener with the usual rules, if they are none yet; under the lock."""
    usual = {"rule": USUAL_RULE, "yes": True, "no": False, "now": clock.now()}
    is_joint = session.scalar(_SETTLE, {"person_id": person_id} | usual)
    if is_joint:
        play_sums.join_household(session, person_id, is_joint=True)


def set_joint(session: Session, person_id: int, *, is_joint: bool) -> None:
    """Let somebody's plays be part of the household's charts, or no longer; safe to repeat."""
    lock(session)
    settle(session, person_id)
    changed = update(Listener).where(
        Listener.person_id == person_id, Listener.is_joint == (not is_joint)
    )
    if session.scalar(changed.values(is_joint=is_joint).returning(Listener.person_id)) is None:
        return
    session.expire_all()
    play_sums.join_household(session, person_id, is_joint=is_joint)
    touch(session)


def touch(session: Session, person_ids: Collection[int] | None = None) -> None:
    """Note that the numbers of these people, or of all, may be others now; under the lock."""
    those = true() if person_ids is None else Listener.person_id.in_(person_ids)
    session.execute(update(Listener).where(those).values(version=Listener.version + 1))


def get(session: Session, person_id: int) -> Listener:
    """Return how somebody listens; one who has no plays yet is not kept by this."""
    found = session.get(Listener, person_id)
    if found is not None:
        return found
    is_child = select(Person.parent_id.is_not(None)).where(Person.id == person_id)
    return Listener(
        person_id=person_id,
        rule=USUAL_RULE,
        is_joint=not session.scalar(is_child),
        is_shared=True,
        is_public=False,
        version=0,
        created_at=0,
    )


def version(session: Session, whose: int) -> int:
    """Return a number that rises whenever numbers of theirs may change; 0 before any play."""
    query = select(HouseVersion.version).where(HouseVersion.id == 1)
    if whose != HOUSEHOLD:
        query = select(Listener.version).where(Listener.person_id == whose)
    return session.scalar(query) or 0


def household(session: Session) -> Whose:
    """Return the household: those who are in its charts, by the days that most of them have."""
    query = select(Person.id, Person.zone).join(Listener, Listener.person_id == Person.id)
    rows = session.execute(query.where(Listener.is_joint).order_by(Person.id)).all()
    zones = Counter(row.zone for row in rows)
    zone = zones.most_common(1)[0][0] if zones else clock.machine_zone()
    # Of one alone nothing is kept twice.
    id_ = rows[0].id if len(rows) == 1 else HOUSEHOLD
    people = tuple(row.id for row in rows)
    return Whose(id_, people, zone, is_household=True, has_one_zone=len(zones) < 2)  # noqa: PLR2004


def seen_by(session: Session, person_id: int, owner: Owner) -> Whose:
    """Return whose plays these are, to somebody who may see them.

    Raises:
        Forbidden: they keep theirs to themselves.
    """
    person = session.get(Person, person_id)
    zone = person.zone if person is not None else "UTC"
    whose = Whose(person_id, (person_id,), zone)
    if person is None or owner.is_admin or owner.person_id in (person_id, person.parent_id):
        return whose
    if not get(session, person_id).is_shared:
        raise Forbidden("They keep what they hear to themselves.")
    return whose


def visible(session: Session, owner: Owner) -> list[Person]:
    """Return the people with plays that somebody may see, themselves first."""
    is_theirs = or_(Person.id == owner.person_id, Person.parent_id == owner.person_id)
    is_seen = exists().where(Listener.person_id == Person.id, Listener.is_shared)
    may = true() if owner.is_admin else or_(is_theirs, is_seen)
    has_plays = exists().where(Listener.person_id == Person.id)
    query = select(Person).where(may, or_(has_plays, Person.id == owner.person_id))
    first = func.coalesce(Person.id == literal(owner.person_id), False)
    return list(session.scalars(query.order_by(first.desc(), Person.name_folded)))


def family(session: Session, person_id: int) -> tuple[int, ...]:
    """Return a person and the children whose plays may come in through them."""
    children = select(Person.id).where(Person.parent_id == person_id).order_by(Person.id)
    return (person_id, *session.scalars(children))
