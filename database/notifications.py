"""What became of what people asked for: one notification a task, seen by its person alone.

It is written with the task, and follows it: however that ends, a trigger on `tasks` says so in
the same transaction, so that no way to end one can forget it.
"""

import json
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database.models import Notification

STARTED, COMPLETE, FAILED = "task_started", "task_complete", "task_failed"
RESOURCES = ("playlist", "album", "track", "artist", "library")
OPERATIONS = ("sync", "analyze", "full_sync")
PAGE = 50

_START = text("""
    INSERT INTO notifications (person_id, task_id, type, resource, resource_id, operation, extras,
                               created_at, changed_at)
         VALUES (:person_id, :task_id, 'task_started', :resource, :resource_id, :operation,
                 :extras, :now, :now)
    ON CONFLICT (task_id) DO NOTHING
""")
# In words and not as a parameter: else it would not find the partial index.
_UNREAD = text("""
    SELECT count(*) FROM notifications WHERE person_id = :person_id AND acknowledged_at IS NULL
""")


class Notified(NamedTuple):
    """`type`: STARTED, COMPLETE or FAILED. `error_msg`: why it failed."""

    id: int
    type: str
    person_id: int
    resource: str
    resource_id: str | None
    operation: str
    task_id: str
    extras: dict[str, Any]
    error_msg: str | None
    created_at: int
    changed_at: int
    acknowledged_at: int | None


def started(  # noqa: PLR0913, PLR0917 - what there is to say of it
    session: Session,
    person_id: int,
    task_id: str,
    resource: str,
    resource_id: str | None,
    operation: str,
    extras: dict[str, Any],
) -> None:
    """Note that a task was put in for somebody; of one that is known of nothing changes.

    `task_id`: its public id. `resource`: one of RESOURCES, `operation` one of OPERATIONS.
    """
    words = {
        "person_id": person_id,
        "task_id": task_id,
        "resource": resource,
        "resource_id": resource_id,
        "operation": operation,
        "extras": json.dumps(extras, separators=(",", ":")),
        "now": clock.now(),
    }
    session.execute(_START, words)


def started_again(session: Session, task_id: str, again: str) -> None:
    """Note that a task is run once more, as the task `again`, if its person was told of it."""
    known = session.scalar(select(Notification).where(Notification.task_id == task_id))
    if known is not None:
        about = known.resource, known.resource_id, known.operation
        started(session, known.person_id, again, *about, known.extras)


def unread(session: Session, person_id: int) -> int:
    """Return how many notifications somebody has not acknowledged."""
    return session.scalar(_UNREAD, {"person_id": person_id}) or 0


def count(session: Session, person_id: int, *, unacknowledged: bool | None = None) -> int:
    """Return how many there are; `unacknowledged`: of these alone, or of the others."""
    query = select(func.count()).select_from(Notification)
    return session.scalar(query.where(*_meant(person_id, unacknowledged))) or 0


def listed(
    session: Session,
    person_id: int,
    *,
    unacknowledged: bool | None = None,
    skip: int = 0,
    limit: int = PAGE,
) -> list[Notified]:
    """Return somebody's notifications, the newest first."""
    query = select(
        Notification.id,
        Notification.type,
        Notification.person_id,
        Notification.resource,
        Notification.resource_id,
        Notification.operation,
        Notification.task_id,
        Notification.extras,
        Notification.error_msg,
        Notification.created_at,
        Notification.changed_at,
        Notification.acknowledged_at,
    ).where(*_meant(person_id, unacknowledged))
    newest = query.order_by(Notification.id.desc()).offset(skip).limit(limit)
    return [Notified(*row) for row in session.execute(newest)]


def _meant(person_id: int, unacknowledged: bool | None) -> list[ColumnElement[bool]]:
    found = [Notification.person_id == person_id]
    if unacknowledged is not None:
        is_new = Notification.acknowledged_at.is_(None)
        found.append(is_new if unacknowledged else Notification.acknowledged_at.is_not(None))
    return found


def acknowledge(session: Session, person_id: int, notification_id: int) -> None:
    """Note that somebody has seen one; safe to repeat.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    mine = (Notification.id == notification_id, Notification.person_id == person_id)
    seen = (
        update(Notification)
        .where(*mine)
        .values(acknowledged_at=func.coalesce(Notification.acknowledged_at, clock.now()))
    )
    if session.scalar(seen.returning(Notification.id)) is None:
        raise NotFound("notification", notification_id)


def acknowledge_all(session: Session, person_id: int) -> None:
    """Note that somebody has seen all that there are; safe to repeat."""
    mine = (Notification.person_id == person_id, Notification.acknowledged_at.is_(None))
    session.execute(update(Notification).where(*mine).values(acknowledged_at=clock.now()))


def drop(session: Session, *, seen_before: int, changed_before: int) -> int:
    """Drop those seen before a moment, or unchanged since another; return how many.

    Those of tasks that are still open stay.
    """
    old = or_(Notification.acknowledged_at < seen_before, Notification.changed_at < changed_before)
    gone = delete(Notification).where(old, Notification.type != STARTED)
    return len(session.scalars(gone.returning(Notification.id)).all())
