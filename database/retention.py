"""What the clean-up asks: what has had its time, and what is still in use."""

from sqlalchemy import bindparam, delete, or_, select, text
from sqlalchemy.orm import Session

from database import sessions
from database.models import LoginFailure, Person, PersonSession, Task, Worker
from database.models.tasks import uploads_of

_BATCH = 500
_OLD_TASKS = text("""
    SELECT id FROM tasks WHERE finished_at < :before LIMIT :batch
""")
_DROP_TASKS = text("DELETE FROM tasks WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


def drop_tasks(session: Session, before: int) -> int:
    """Drop a batch of tasks that ended before that moment, with all that hangs on them."""
    ids = session.scalars(_OLD_TASKS, {"before": before, "batch": _BATCH}).all()
    if ids:
        session.execute(_DROP_TASKS, {"ids": ids})
    return len(ids)


def drop_sessions(session: Session, now: int) -> None:
    """Drop the sessions that hold no more, by their age or for want of use."""
    idle = PersonSession.last_seen_at < now - sessions.IDLE
    session.execute(delete(PersonSession).where(or_(PersonSession.expires_at < now, idle)))


def drop_login_failures(session: Session, before: int) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.last_at < before))


def drop_workers(session: Session, before: int) -> None:
    """Drop the rows of workers long gone; those that hold a task by name are none of them."""
    session.execute(delete(Worker).where(Worker.gone_at < before))


def running_attempts(session: Session) -> list[tuple[str, int]]:
    """Return (public id, attempt) of every task that is in hand."""
    query = select(Task.public_id, Task.attempt).where(text("status = 'PROGRESSING'"))
    return [(row.public_id, row.attempt) for row in session.execute(query)]


def uploads_of_open_tasks(session: Session) -> set[str]:
    """Return the names of the files in DATA/uploads that a task still has to read."""
    query = select(Task.args).where(text("status IN ('WAITING', 'PROGRESSING')"))
    return {upload for args in session.scalars(query) for upload in uploads_of(args)}


def people_there(session: Session) -> set[int]:
    """Return the id of everybody who has an account."""
    return set(session.scalars(select(Person.id)))
