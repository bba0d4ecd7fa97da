"""What the doctor asks of a database: its engine's version, its settings, its newest moment.

Reads only. Whether the content is sound is schema.check's.
"""

import sqlite3

from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from database.engine import Database
from database.models import Task

OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
OLDEST_POSTGRES = 13
# https://sqlite.org/wal.html, "The WAL-Reset Bug": which releases have it mended.
_MENDED = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
_WANTED = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "mmap_size": 0}


def has_wal_reset_bug(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Say whether this SQLite may, very rarely, damage a file that several processes write."""
    release, patch = version[:2], version[2]
    if release in _MENDED:
        return patch < _MENDED[release]
    return (3, 7) <= release < (3, 52)


def odd_pragmas(db: Database) -> list[str]:
    """Return SQLite's settings of a connection that are not as they should be."""
    found = []
    with db.reading() as session:
        for name, wanted in _WANTED.items():
            value = session.scalar(text(f"PRAGMA {name}"))
            if value != wanted:
                found.append(f"{name} is {value}, not {wanted}")
    return found


def postgres_version(session: Session) -> str:
    """Return it as the server tells it, "15.4" say."""
    return str(session.scalar(text("SHOW server_version")))


def newest_moment(session: Session) -> int | None:
    """Return when a task last changed, None before the first."""
    return session.scalar(select(func.max(Task.changed_at)))


def rows(session: Session) -> dict[str, int]:
    """Return how many rows each table has; it reads all of them."""
    found = inspect(session.connection()).get_table_names()
    quoted = {name: session.connection().dialect.identifier_preparer.quote(name) for name in found}
    return {
        name: session.scalar(text(f"SELECT count(*) FROM {quoted[name]}")) or 0  # noqa: S608
        for name in sorted(found)
    }


def made_by(session: Session) -> list[str]:
    """Return the statements that make this very database; none from PostgreSQL."""
    if session.connection().dialect.name != "sqlite":
        return []
    query = text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name")
    return list(session.scalars(query))
