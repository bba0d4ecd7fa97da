"""Makes a new database, carries an old one on, refuses one that is too new.

A new SQLite file is made from schema.sql; everything else is Alembic's, which is
loaded only when there is something to do: 45 MB and half a second at each start
otherwise.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from core.errors import CannotStart, Damaged, NeedledropError
from core.settings import ROOT
from database import damage
from database.engine import Database

HEAD = "0006"
_MIGRATIONS = Path(__file__).parent / "migrations"
# Any number; every process that changes the schema takes this lock on PostgreSQL.
UPGRADE_LOCK = 7_262_034


def ensure(db: Database) -> None:
    """Bring the database to HEAD; safe when web and worker start at the same moment.

    Raises:
        CannotStart: it was made by a newer version, cannot be opened, or is damaged.
    """
    with at_start(db):
        if version(db) == HEAD:
            return
        with _alone(db):
            # Web and worker of one start come here together; the first has done it all.
            if version(db) == HEAD or (db.is_sqlite and _make(db)):
                return
            _upgrade(db)


@contextmanager
def at_start(db: Database) -> Iterator[None]:
    """Say in one sentence why a start comes to nothing, where the database is away or goes away.

    Raises:
        CannotStart: it cannot be opened, or what was to be done there cannot be done.
        Damaged: it is not sound.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        # The driver goes on for lines, with questions.
        said = str(cause).strip().partition("\n")[0].rstrip(".")
        sentence = f"The database cannot be opened: {said}."
        if not damage.is_damage(cause):
            raise CannotStart(sentence) from error
        data = db.running.parent
        damage.note(data, [said])
        raise Damaged(f"{sentence} {damage.what_to_do(data)}") from error
    except NeedledropError as error:
        raise CannotStart(str(error)) from error


@contextmanager
def _alone(db: Database) -> Iterator[None]:
    """Keep every other process of this machine out, the backup before an upgrade included."""
    lock = os.open(db.running / "schema.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def version(db: Database) -> str | None:
    """Return the version of the schema, None for a database without one.

    Raises:
        CannotStart: a newer program made it.
    """
    with db.engine.connect() as connection:
        found = _version(connection)
    if found is not None and found > HEAD:
        raise CannotStart(
            f"The database is of version {found}, newer than this program ({HEAD}): "
            "update the program, or restore the backup made before the update."
        )
    return found


def is_current(db: Database) -> bool:
    """Say whether the database is of this program's version, neither older nor newer."""
    with db.engine.connect() as connection:
        return _version(connection) == HEAD


def _version(connection: Connection) -> str | None:
    try:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except (OperationalError, ProgrammingError) as error:
        if "alembic_version" not in str(error.orig):
            raise
        return None
    return found


def _make(db: Database) -> bool:
    """Make the tables of a new SQLite file; False if there are tables already."""
    engine = db.engine.execution_options(begin="BEGIN IMMEDIATE")
    with engine.begin() as connection:
        if inspect(connection).get_table_names():
            return False
        for statement in statements((ROOT / "schema.sql").read_text()):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version "
            "(version_num TEXT NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY) STRICT"
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    return True


def statements(script: str) -> list[str]:
    """Split a script into its statements.

    sqlite3.executescript would do it, but commits first, and with that would
    give up the lock that keeps two starting processes apart.
    """
    found, begun = [], ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            found.append(begun)
            begun = ""
    return found


def _upgrade(db: Database) -> None:
    if db.is_sqlite:
        # Loaded only here: most starts have nothing to keep.
        from database import backing_up

        file = Path(str(db.engine.url.database))
        try:
            backing_up.of_tables(file, db.running, before=HEAD)
        except (sqlite3.Error, NeedledropError) as error:
            said = f"The database could not be kept before its update: {error}"
            raise CannotStart(said) from error
    migrate(db.engine.url)


def migrate(url: URL | str) -> None:
    """Bring a database to HEAD as it is, without a backup and without a look at its version."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")


def check(db: Database) -> list[str]:
    """Return what SQLite finds wrong with its file; an empty list is a sound database."""
    if not db.is_sqlite:
        return []
    with db.engine.connect() as connection:
        found: list[Any] = list(connection.exec_driver_sql("PRAGMA quick_check").scalars())
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [str(line) for line in found if line != "ok"] + [
        f"{row[0]}: row {row[1]} points to nothing in {row[2]}" for row in broken
    ]
