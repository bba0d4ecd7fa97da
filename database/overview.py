"""How much of everything there is, for the admin's pages. Counts only; changes nothing."""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import clock
from database.engine import Database

_HOLDINGS = text("""
    SELECT (SELECT count(*) FROM people)                                AS people,
           (SELECT count(*) FROM films)                                 AS films,
           (SELECT count(*) FROM viewings)                              AS viewings,
           (SELECT count(*) FROM mosaics)                               AS mosaics,
           (SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM mosaics
             WHERE file IS NOT NULL)                                    AS mosaic_bytes,
           (SELECT count(*) FROM pictures)                              AS posters,
           (SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM pictures) AS poster_bytes
""")

# The statuses are literals, as in the partial indexes.
_OPEN = text("""
    SELECT lane,
           CAST(sum(CASE WHEN status = 'WAITING' THEN 1 ELSE 0 END) AS bigint)     AS waiting,
           CAST(sum(CASE WHEN status = 'PROGRESSING' THEN 1 ELSE 0 END) AS bigint) AS running
      FROM (SELECT lane, status FROM tasks WHERE status = 'WAITING'
             UNION ALL
            SELECT lane, status FROM tasks WHERE status = 'PROGRESSING') AS open_tasks
     GROUP BY lane
     ORDER BY lane
""")


_WAITS_SINCE = text("""
    SELECT min(CASE WHEN run_at > created_at THEN run_at ELSE created_at END)
      FROM tasks
     WHERE status = 'WAITING' AND run_at <= :now
""")
# Their numbers are never given twice.
_EVER = text("SELECT max(id) FROM tasks")


class Holdings(NamedTuple):
    """What the house holds; bytes are those of the files, not of the rows."""

    people: int
    films: int
    viewings: int
    mosaics: int
    mosaic_bytes: int
    posters: int
    poster_bytes: int


class Lane(NamedTuple):
    """The open tasks of one lane."""

    name: str
    waiting: int
    running: int


def holdings(session: Session) -> Holdings:
    return Holdings(*session.execute(_HOLDINGS).one())


def open_tasks(session: Session) -> list[Lane]:
    """Return the lanes that have open tasks, by name."""
    return [Lane(*row) for row in session.execute(_OPEN)]


def waits_since(session: Session) -> int | None:
    """Return since when the task waits whose turn was first; None where none is due."""
    found: int | None = session.scalar(_WAITS_SINCE, {"now": clock.now()})
    return found


def tasks_ever(session: Session) -> int:
    """Return how many tasks were ever put in, those that were dropped since included."""
    return session.scalar(_EVER) or 0


def size(db: Database, session: Session) -> int:
    """Return the bytes that the database takes on its disk; SQLite's with its log."""
    tables, log = sizes(db, session)
    return tables + (log or 0)


def sizes(db: Database, session: Session) -> tuple[int, int | None]:
    """Return the bytes of the database, and of SQLite's log beside it; None on PostgreSQL."""
    if not db.is_sqlite:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0), None
    file = Path(db.engine.url.database or "")
    log = file.with_name(f"{file.name}-wal")
    return file.stat().st_size, log.stat().st_size if log.exists() else 0
