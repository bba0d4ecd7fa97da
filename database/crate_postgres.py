"""Which crate serves where the house is kept on PostgreSQL: a schema of its own, beside the tables.

The one that serves is the one finished last. A new one has the name of the attempt that makes it
until it is whole; old ones are dropped once it has answered. Alembic looks at none of them.
"""

import logging

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from core import clock
from core.errors import BadFile, NeedledropError
from database.crate_postgres_tables import quoted
from database.engine import Database, psycopg_words

log = logging.getLogger(__name__)

_FINISHED = """
    SELECT nspname FROM pg_catalog.pg_namespace
     WHERE nspname ~ '^crate_[0-9]{14}$' ORDER BY nspname DESC
"""
_BEGUN = (
    "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname ~ '^crate_new_[a-z0-9]+_[0-9]+$'"
)
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('needledrop crates'))"
_GRANTED = """
    SELECT has_database_privilege(current_database(), 'CREATE'), current_user, current_database()
"""
# Those of a process that is gone go on with an index for minutes, and hold what is to be dropped.
_END_MAKERS = """
    SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
     WHERE application_name = %(name)s AND usename = current_user
"""
# Less than what PostgreSQL waits for before it looks who is in whose way: a page in the middle of
# its reading is never the one that is told to stop.
_WAIT = "SET LOCAL lock_timeout = '400ms'"
_TRIES = 10


class NotGranted(NeedledropError):
    """The house's user of PostgreSQL may not make a schema."""

    def __init__(self, user: str, database: str) -> None:
        super().__init__(
            "PostgreSQL does not let the crate be made. Somebody who may has to say there: "
            f'GRANT CREATE ON DATABASE "{database}" TO "{user}";'
        )


def line_of(db: Database) -> str:
    """Return how libpq is told of a database, for a process that does without SQLAlchemy."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo(**psycopg_words(db.engine.url))


class BegunSchema:
    """A database.crates.Begun."""

    def __init__(self, db: Database, public_id: str, attempt: int) -> None:
        self._db, self._name = db, new_name(public_id, attempt)

    def asked(self) -> dict[str, str]:
        return {"schema": self._name, "database": line_of(self._db)}

    def put_in_place(self, _name: str) -> None:
        put_in_place(self._db, self._name)
        drop_older(self._db)

    def drop(self) -> None:
        """Drop it; where PostgreSQL is away that is left to the sweeping up."""
        try:
            drop(self._db, self._name)
        except OperationalError as error:
            log.warning("%s is left for now: %s", self._name, error.orig)


def new_name(public_id: str, attempt: int) -> str:
    """Return the name of the schema in which an attempt of a task makes its crate."""
    return f"crate_new_{public_id}_{attempt}"


def check_granted(db: Database) -> None:
    """Say no before the work is done rather than after it.

    Raises:
        NotGranted: see there.
    """
    with db.reading() as session:
        may, user, database = session.connection().exec_driver_sql(_GRANTED).one()
    if not may:
        raise NotGranted(user, database)


def current(db: Database) -> str | None:
    """Return the name of the crate that serves; None: there is none yet."""
    with db.reading() as session:
        return _newest(session.connection())


def _newest(link: Connection) -> str | None:
    found: str | None = link.exec_driver_sql(f"{_FINISHED} LIMIT 1").scalar()
    return found


def put_in_place(db: Database, new: str) -> str:
    """Have a finished crate serve. After a power cut it is this one or the one before.

    Raises:
        BadFile: it does not answer; the one before goes on.
    """
    if not read_about(db, new):
        raise BadFile("The crate cannot be read after it was made. Is the disk all right?")
    with db.transaction() as link:
        link.exec_driver_sql(_ONE_AT_A_TIME)
        before = _newest(link)
        number = clock.now()
        if before is not None:
            # A clock that was set back would have the old one serve.
            number = max(number, int(before.rpartition("_")[2]) + 1)
        name = f"crate_{number:014}"
        link.exec_driver_sql(f"ALTER SCHEMA {quoted(new)} RENAME TO {quoted(name)}")
    return name


def drop_older(db: Database) -> int:
    """Drop the crates that do not serve; what is being read at this moment stays for now."""
    with db.reading() as session:
        _, *older = session.connection().exec_driver_sql(_FINISHED).scalars().all() or [""]
    return sum(drop(db, name) for name in older)


def unfinished(db: Database) -> list[str]:
    """Return the crates that attempts to make one have begun, or left behind."""
    with db.reading() as session:
        return list(session.connection().exec_driver_sql(_BEGUN).scalars())


def drop(db: Database, name: str) -> bool:
    """Drop a crate with whatever still works at making it. False: it is being read."""
    schema = quoted(name)
    for _ in range(_TRIES):
        try:
            with db.transaction() as link:
                link.exec_driver_sql(_END_MAKERS, {"name": name})
                link.exec_driver_sql(_WAIT)
                link.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        except OperationalError as error:
            if not _is_held(error):
                raise
        else:
            return True
    log.warning("%s is still being read, and stays for now", name)
    return False


def _is_held(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == "55P03"


def read_about(db: Database, name: str) -> dict[str, str]:
    """Return what a crate says of itself; empty where it is none."""
    from psycopg import errors

    query = f"SELECT name, value FROM {quoted(name)}.about"  # noqa: S608 - a name of our own
    try:
        with db.reading() as session:
            return {row[0]: row[1] for row in session.connection().exec_driver_sql(query)}
    except DBAPIError as error:
        if isinstance(error.orig, errors.UndefinedTable | errors.InvalidSchemaName):
            return {}
        raise
