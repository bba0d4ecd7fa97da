"""What runs by itself, and when: rows, so that the admin page can show and stop them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.slots import next_slot
from database import tasks, wake
from database.models import Schedule
from database.owner import HOUSE

# A small machine without a battery wakes up in the past, until the network tells it
# the time. Nothing fires before this program was written.
_BEFORE_US = 1_767_225_600_000  # 2026-01-01

_ADD = text("""
    INSERT INTO schedules (name, action, args, rule, zone, is_enabled, next_run_at)
         VALUES (:name, :action, '{}', :rule, :zone, :is_on, :next_run_at)
    ON CONFLICT (name) DO NOTHING
""")
_CHANGE = text("""
    UPDATE schedules
       SET action = :action, rule = :rule, zone = :zone, next_run_at = :next_run_at
     WHERE name = :name AND (action <> :action OR rule <> :rule OR zone <> :zone)
""")
_FIRE = text("""
    UPDATE schedules
       SET last_slot = :slot, next_run_at = :next_run_at
     WHERE name = :name AND next_run_at = :slot AND (last_slot IS NULL OR last_slot < :slot)
 RETURNING name
""")


class Plan(NamedTuple):
    """A schedule as the program wants it. `is_on`: it runs before anybody has asked for it."""

    name: str
    action: str
    rule: str
    is_on: bool = True


def set_up(session: Session, plans: Sequence[Plan], zone: str) -> None:
    """Make the rows that are missing, and bring changed ones up to date."""
    for plan in plans:
        words = {
            **plan._asdict(),
            "zone": zone,
            "next_run_at": next_slot(plan.rule, clock.now(), clock.zone(zone)),
        }
        # Workers that start together all try: one adds the row, the others find it.
        session.execute(_ADD, words)
        session.execute(_CHANGE, words)


def next_due(session: Session) -> int | None:
    """Return the moment when `fire_due` has something to do next, None while the clock is wrong."""
    now = clock.now()
    if now < _BEFORE_US:
        return None
    moments = [now if _is_astray(row, now) else row.next_run_at for row in _enabled(session)]
    return min(moments, default=None)


def _enabled(session: Session) -> Sequence[Schedule]:
    return session.scalars(select(Schedule).where(Schedule.is_enabled)).all()


def _is_astray(row: Schedule, now: int) -> bool:
    """Say whether a clock that was ahead has left this schedule waiting for a far day.

    One slot more than is due may have fired already, before the clock went back a little.
    """
    zone = clock.zone(row.zone)
    latest = next_slot(row.rule, next_slot(row.rule, now, zone), zone)
    return max(row.next_run_at, row.last_slot or 0) > latest


def fire_due(session: Session) -> int:
    """Put in a task for each schedule whose slot has come; return how many.

    Slots that were missed while the machine was off are made up for by one task.
    """
    now = clock.now()
    if now < _BEFORE_US:
        return 0
    fired = 0
    for row in _enabled(session):
        following = next_slot(row.rule, now, clock.zone(row.zone))
        if _is_astray(row, now):
            row.next_run_at, row.last_slot = following, None
        if row.next_run_at > now:
            continue
        words = {"name": row.name, "slot": row.next_run_at, "next_run_at": following}
        if session.execute(_FIRE, words).first() is None:
            # Another worker was first, or the clock went back over a slot that has fired.
            _skip(session, row.name, following)
            continue
        tasks.enqueue(
            session,
            row.action,
            row.args,
            owner=HOUSE,
            lane=tasks.LONG,
            dedup_key=f"schedule:{row.name}",
            schedule_name=row.name,
        )
        fired += 1
    return fired


def _skip(session: Session, name: str, following: int) -> None:
    session.execute(
        update(Schedule)
        .where(Schedule.name == name, Schedule.next_run_at < following)
        .values(next_run_at=following)
    )


def listed(session: Session) -> list[Schedule]:
    return list(session.scalars(select(Schedule).order_by(Schedule.name)))


def set_enabled(session: Session, name: str, *, is_enabled: bool) -> None:
    """Switch a schedule on or off. What it missed while it was off is not made up for.

    Raises:
        NotFound: there is none of that name.
    """
    row = session.get(Schedule, name)
    if row is None:
        raise NotFound("schedule", name)
    if is_enabled and not row.is_enabled:
        row.next_run_at = next_slot(row.rule, clock.now(), clock.zone(row.zone))
        # A sleeping worker would find out of it half a minute late.
        wake.for_certain(session)
    row.is_enabled = is_enabled


def set_args(session: Session, name: str, args: dict[str, Any]) -> None:
    """Say what the tasks of a schedule are to know from now on."""
    session.execute(update(Schedule).where(Schedule.name == name).values(args=args))
