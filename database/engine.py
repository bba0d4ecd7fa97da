"""The two ways into the database, on SQLite and on PostgreSQL, and what goes wrong on the way.

Views, jobs and commands hold a `Database` and open `reading()` or `writing()`;
nothing else opens a connection.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import Session

from core.errors import Busy, CannotStart, DiskFails, InvalidInput, NoRoom
from database import wake
from database.progress import ProgressBoard

# 4 MB a connection, and for what is taken in by the thousand as much as its indexes need.
_CACHES = {"FULL": -4096, "NORMAL": -16384}
# So many ms a writer waits for another on SQLite. The worker lets everybody else go first, also
# while it holds the lock: on a machine with no time to spare it holds that for long, and a person
# rather waits than does it again.
_WAITS, _WAITS_FOR_A_PERSON = 10_000, 25_000
_PATIENT_AT_ONCE = 2  # of a web's four threads: there are always some that show pages
# mmap stays off: a bad sector of a card would be SIGBUS.
_PRAGMAS = (
    "foreign_keys = ON",
    f"cache_size = {_CACHES['FULL']}",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "journal_size_limit = 8388608",
    "trusted_schema = OFF",
    "wal_autocheckpoint = 1000",
)

_RESTED_SECONDS = 1.0
# Who waits for SQLite's lock looks every 0.1 s whether it is free: a shorter gap is missed.
_GAP_SECONDS = 0.12
_SHARE = 10  # of the time of whoever writes in bulk one part in so many is the others'
# A line over which nothing comes is given up after ten seconds, on both ends. As long as the
# server does not, it keeps what hung on it: locks, and with one of them the sign of life of a
# worker whose host is gone. By default that is two hours.
_LINE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_AT_THE_SERVER = (
    "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=10000"
)
_NO_WAIT = text("SET LOCAL synchronous_commit = off")


class Database:
    """One household's database. Made once a process, and anew after a fork.

    `url` is SQLAlchemy's; `running` is the folder of lock files and wake-up
    sockets, on this machine and writable.
    """

    def __init__(self, url: str, running: Path) -> None:
        self.engine = make_engine(url)
        self._here = threading.local()
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.running = running
        self._at_close: list[Callable[[], object]] = []
        self.progress = ProgressBoard(self.engine)
        self._writing = self.engine.execution_options(begin="BEGIN IMMEDIATE", waits=_WAITS)
        self._patient = self._writing.execution_options(waits=_WAITS_FOR_A_PERSON)
        self._bulk = self._writing.execution_options(synchronous="NORMAL")
        self._asking = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._patience = threading.BoundedSemaphore(_PATIENT_AT_ONCE)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read only: one snapshot on SQLite, on PostgreSQL one a statement.

        Read, close, then render: an open one keeps the log from shrinking.
        """
        with (
            _translated(),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def asking(self) -> Iterator[Any]:
        """Read from PostgreSQL alone, past SQLAlchemy: psycopg's connection, no transaction.

        For what pages ask a crate, many times each: it costs a third of `reading()`, and large
        bitmaps come as they are, not as text.
        """
        import psycopg

        with _translated(), self._asking.connect() as connection:
            try:
                yield connection.connection.driver_connection
            except psycopg.Error as error:
                raise DBAPIError.instance(None, None, error, psycopg.Error) from error

    @contextmanager
    def writing(self, *, bulk: bool = False, patient: bool = False) -> Iterator[Session]:
        """One write transaction: commits at the end, rolls back on any error.

        On SQLite it takes the write lock at once. A deferred transaction that reads
        and then writes is refused outright when another process wrote in between,
        however long the busy timeout. PostgreSQL has no such lock: never count on
        being alone, name the expected state in the UPDATE.

        `bulk` trades the last seconds before a power cut for speed: for what would
        simply run again, not for what a person was told is saved. `patient` is for what somebody
        waits for, who would have to do it again; two at once are, and others as all are.

        Raises:
            Busy: another writer held the lock for ten seconds, or 25 where one is patient.
            NoRoom: the disk is full; nothing was changed.
            DiskFails: it takes no writes; nothing was changed.
        """
        with (
            self.transaction(bulk=bulk, patient=patient) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()

    @contextmanager
    def transaction(self, *, bulk: bool = False, patient: bool = False) -> Iterator[Connection]:
        """Do as `writing()` does, at a third of the cost: for what is done for every task."""
        if bulk and self.is_sqlite:
            self._give_way()
        with (
            self._waiting(bulk=bulk, patient=patient) as engine,
            self._only_one(),
            _written(),
            engine.connect() as connection,
        ):
            connection.info.pop(wake.RING, None)
            with connection.begin(), self._held():
                if bulk and not self.is_sqlite:
                    connection.execute(_NO_WAIT)
                yield connection
            if connection.info.pop(wake.RING, None):
                wake.ring(self.running)

    @contextmanager
    def _waiting(self, *, bulk: bool, patient: bool) -> Iterator[Engine]:
        if bulk:
            yield self._bulk
        elif patient and self._patience.acquire(blocking=False):
            try:
                yield self._patient
            finally:
                self._patience.release()
        else:
            yield self._writing

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        if getattr(self._here, "is_writing", False):
            # On SQLite it would wait for itself, and be told as busy again and again.
            raise RuntimeError("writing() inside writing() of the same thread")
        self._here.is_writing = True
        try:
            yield
        finally:
            self._here.is_writing = False

    def _give_way(self) -> None:
        """Let others write who wait, if this thread has left them too little time of late."""
        rested = time.monotonic() - getattr(self._here, "ended_at", 0.0)
        self._here.owed = max(0.0, getattr(self._here, "owed", 0.0) - rested)
        if self._here.owed >= _GAP_SECONDS:
            time.sleep(_GAP_SECONDS)
            self._here.owed = 0.0

    @contextmanager
    def _held(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self._here.ended_at = time.monotonic()
            held = self._here.ended_at - began
            self._here.owed = getattr(self._here, "owed", 0.0) + held / _SHARE

    def survey(self, *tables: str) -> None:
        """Have PostgreSQL look at tables that grew by much, sooner than it would by itself.

        Until it has, it takes them for empty and reads every row that an index points to: pages
        take several times as long. SQLite needs none.
        """
        if self.is_sqlite:
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM (ANALYZE) {', '.join(tables)}"))

    def tidy(self) -> None:
        """Bring SQLite's statistics up to date and shrink its log, when nobody needs it much."""
        if not self.is_sqlite:
            return
        with self.engine.connect().execution_options(begin="BEGIN") as connection:
            connection.exec_driver_sql("PRAGMA optimize")
            connection.commit()
        handle = self.engine.raw_connection()
        try:
            handle.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            handle.close()

    def close(self) -> None:
        """Close every connection of this process."""
        self.engine.dispose()
        self.progress.close()
        while self._at_close:
            self._at_close.pop()()

    def at_close(self, then: Callable[[], object]) -> None:
        """Have something done once everything is closed."""
        self._at_close.append(then)


def line_to(url: URL) -> dict[str, Any]:
    """Return with which options PostgreSQL is connected to; what `url` says itself is left out."""
    found = {name: value for name, value in _LINE.items() if name not in url.query}
    return found | {"options": f"{_AT_THE_SERVER} {url.query.get('options', '')}".strip()}


def psycopg_words(url: URL) -> dict[str, Any]:
    """Return how psycopg is asked for a connection of its own.

    An address is no way: one that SQLAlchemy writes has spaces of a password in it.
    """
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    _, words = PGDialect_psycopg().create_connect_args(url)  # type: ignore[no-untyped-call]
    return dict(words) | line_to(url)


def make_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        line = line_to(make_url(url))
        engine = create_engine(url, pool_size=5, max_overflow=10, connect_args=line)
        event.listen(engine, "checkin", _rested)
        event.listen(engine, "checkout", _woken)
        return engine
    engine = create_engine(url, pool_size=5, max_overflow=10)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)
    return engine


def _rested(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _woken(connection: Any, record: Any, _proxy: Any) -> None:
    """Try a connection that has rested before it is used: the server may have restarted.

    SQLAlchemy's own pre-ping does it each time, which costs a busy worker a fifth.
    """
    since = record.info.get("rests_since")
    if since is None or time.monotonic() - since < _RESTED_SECONDS:
        return
    import psycopg

    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.OperationalError as error:
        # SQLAlchemy opens another one, and goes on with that.
        raise DisconnectionError from error


def _connected(connection: Any, record: Any) -> None:
    # sqlite3 would begin by itself, late and deferred.
    connection.isolation_level = None
    # Checkpoints are fsynced at NORMAL too; the commits themselves only at FULL.
    record.info["synchronous"], record.info["waits"] = "FULL", _WAITS
    for pragma in (*_PRAGMAS, f"busy_timeout = {_WAITS}", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise CannotStart(
            f"The database folder cannot hold SQLite's write-ahead log (it answered {mode}): "
            "use a local disk, not a network drive."
        )


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    wanted = options.get("synchronous", "FULL")
    # Before BEGIN: inside a transaction SQLite refuses it.
    if connection.info["synchronous"] != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous = {wanted}")
        connection.exec_driver_sql(f"PRAGMA cache_size = {_CACHES[wanted]}")
        connection.info["synchronous"] = wanted
    begin = options.get("begin", "BEGIN")
    driver: Any = connection.connection.driver_connection
    # Who only reads waits for nobody.
    waits = options.get("waits", connection.info["waits"])
    if connection.info["waits"] != waits:
        driver.execute(f"PRAGMA busy_timeout = {waits}").close()
        connection.info["waits"] = waits
    try:
        # Past SQLAlchemy, whose way costs as much as the rest of a small transaction.
        driver.execute(begin).close()
    except sqlite3.Error as error:
        raise DBAPIError.instance(begin, None, error, sqlite3.Error) from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (DataError, OverflowError) as error:
        # A number or a letter that no column holds; the pages refuse most of them before.
        raise InvalidInput(
            {"": "This holds a number or a character that cannot be kept."}
        ) from error
    except OperationalError as error:
        said = str(error.orig).casefold()
        if "disk is full" in said or "no space left" in said:
            raise NoRoom from error
        if "locked" in said or "busy" in said:
            raise Busy from error
        raise


@contextmanager
def _written() -> Iterator[None]:
    try:
        with _translated():
            yield
    except OperationalError as error:
        said = str(error.orig).casefold()
        if "readonly database" in said or "disk i/o error" in said:
            raise DiskFails from error
        raise


def is_up(session: Session) -> bool:
    """Say that the database answers; for the readiness check."""
    return bool(session.scalar(text("SELECT 1")) == 1)
