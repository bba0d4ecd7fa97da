"""How much of everything there is, for the admin's pages. Counts only; changes nothing."""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

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


def size(db: Database, session: Session) -> int:
    """Return the bytes that the database takes on its disk; SQLite's with its log."""
    if not db.is_sqlite:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    file = Path(db.engine.url.database or "")
    both = (file, file.with_name(f"{file.name}-wal"))
    return sum(one.stat().st_size for one in both if one.exists())
