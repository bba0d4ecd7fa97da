"""What became of the newest tasks, and whose names their sentences may hold. Reads only."""

from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from database.models import FilmSource, Grant, LinkedAccount, Person, Task

_NAMES = (
    Person.name,
    Person.letterboxd_name,
    FilmSource.name,
    LinkedAccount.name,
    Grant.subject,
    Grant.subject_name,
)
_COUNTED = text("""
    SELECT action, status, count(*) AS tasks, CAST(sum(failures) AS bigint) AS failures,
           CAST(sum(crashes) AS bigint) AS crashes
      FROM tasks
     GROUP BY action, status
     ORDER BY action, status
""")


class Past(NamedTuple):
    """A task without what it is about; `args` are for finding that in its `error_msg`."""

    id: int
    action: str
    lane: str
    status: str
    attempt: int
    failures: int
    crashes: int
    created_at: int
    claimed_at: int | None
    finished_at: int | None
    error_msg: str | None
    args: dict[str, Any]


def newest(session: Session, limit: int) -> list[Past]:
    """Return so many tasks, the newest first."""
    columns = [getattr(Task, name) for name in Past._fields]
    query = select(*columns).order_by(Task.id.desc()).limit(limit)
    return [Past(*row) for row in session.execute(query)]


def counted(session: Session) -> list[dict[str, Any]]:
    """Return how many tasks of each action there are, by their status."""
    return [dict(row._mapping) for row in session.execute(_COUNTED)]  # noqa: SLF001 - its name


def names(session: Session) -> set[str]:
    """Return what people of the house go by, here and elsewhere."""
    return {name for column in _NAMES for name in session.scalars(select(column)) if name}
