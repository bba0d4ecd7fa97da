"""The database as of one moment, as a file of its own, looked at; and what it says of itself."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from core import clock
from core.errors import Busy, Conflict, NeedledropError, NoRoom
from core.settings import ROOT
from database import damage

NOBODY = "00000000-0000-0000-0000-000000000000"  # of a database never tied to a folder
_VERSION = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


class Snapshot(NamedTuple):
    """A copy of the database, and what a backup of it says at its beginning."""

    path: Path
    facts: dict[str, Any]


@contextmanager
def of(file: Path, folder: Path) -> Iterator[Snapshot]:
    """Give a copy of a SQLite file as it was at one moment, and is sound; gone afterwards.

    Raises:
        Conflict: it is damaged, or cannot be copied.
    """
    copy = empty(folder)
    try:
        with closing(damage.connected(file)) as source:
            source.execute("VACUUM INTO ?", (str(copy),))
        if wrong := damage.wrong_with(copy, in_full=True):
            raise _unsound(wrong[0])
        yield Snapshot(copy, _facts(copy))
    except sqlite3.DatabaseError as error:
        raise _told(error) from error
    finally:
        copy.unlink(missing_ok=True)


def look(file: Path) -> None:
    """See, before anything is given up for a copy of a SQLite file, that there will be one.

    Raises:
        Conflict: it is damaged, or cannot be read.
    """
    try:
        wrong = damage.wrong_with(file, in_full=False)
    except sqlite3.DatabaseError as error:
        raise _told(error) from error
    if wrong:
        raise _unsound(wrong[0])


def _told(error: sqlite3.DatabaseError) -> NeedledropError:
    if damage.is_damage(error):
        return _unsound(str(error))
    if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        return NoRoom()
    if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy()
    return Conflict(f"The database cannot be copied: {error}.")


def _unsound(said: str) -> Conflict:
    return Conflict(f"The database is damaged ({said}): no backup was made, and none dropped.")


def _facts(copy: Path) -> dict[str, Any]:
    return facts(
        "sqlite",
        schema=_one(copy, "SELECT version_num FROM alembic_version"),
        house=_one(copy, "SELECT uuid FROM house WHERE id = 1"),
        size=copy.stat().st_size,
        broken_links=damage.broken_links(copy),
    )


def facts(
    engine: str, *, schema: str | None, house: str | None, size: int, broken_links: int = 0
) -> dict[str, Any]:
    """Return what a backup says of itself at its beginning."""
    return {
        "made_at": clock.now(),
        "program": _program(),
        "engine": engine,
        "schema": schema,
        "house": house or NOBODY,
        "database_size": size,
        "broken_links": broken_links,
    }


def empty(folder: Path) -> Path:
    """Make the file, for this user alone, into which a database is copied."""
    copy = folder / f"needledrop-{os.getpid()}.database.part"
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    return copy


def _one(file: Path, question: str) -> str | None:
    with closing(damage.connected(file)) as connection:
        try:
            row = connection.execute(question).fetchone()
        except sqlite3.OperationalError:
            return None  # of tables that are older than that
    return row[0] if row else None


def _program() -> str:
    found = _VERSION.search((ROOT / "pyproject.toml").read_text())
    return found[1] if found else "unknown"
