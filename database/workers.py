"""Who works: rows of `workers`, and the locks that say which of them still live.

A worker's life is a lock that the kernel lets go at its death: an flock on a file
in DATA/run on SQLite, a session's advisory lock on PostgreSQL. No heartbeat is
written, and no clock is asked.
"""

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from select import select as select_files
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.room import full_disk_told
from database import claims, wake
from database.engine import Database, psycopg_words
from database.models import Worker

_ADVISORY = 4712
_HELD = text("""
    SELECT objid FROM pg_locks
     WHERE locktype = 'advisory' AND classid = :kind AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
# On PostgreSQL a server process may still commit a claim that its client, killed
# meanwhile, had sent: by then the worker is buried, and nobody else would look.
_IN_DEAD_HANDS = text("""
    SELECT DISTINCT t.worker_id
      FROM tasks t
      LEFT JOIN workers w ON w.id = t.worker_id
     WHERE t.status = 'PROGRESSING'
       AND (w.id IS NULL OR w.gone_at IS NOT NULL)
""")
DIED = "The worker died while doing this."


@cache
def boot_id() -> str:
    """Return what the kernel calls this run of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Life:
    """This process as a worker: its row, its lock, and the bell that wakes it.

    Closing it ends the life in good order; dying ends it as well.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        # Siblings, forked by one parent, are watched by it; others by each other.
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock_name = f"{_family(os.getppid())}{name}.lock"
        # The lock before the row: a row without a lock reads as dead.
        with full_disk_told():
            self._lock = os.open(
                db.running / self._lock_name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
            )
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        with db.writing(bulk=True) as session:
            self.id = _enter(session, self._lock_name)
            # On PostgreSQL the lock is taken by number, and again before anybody sees the row.
            self._bell: wake.Bell | _Listener = (
                wake.Bell(db.running, name) if db.is_sqlite else _Listener(db, self.id)
            )
        # The others look after a newcomer from now on.
        with db.writing(bulk=True) as session:
            wake.for_certain(session)

    def wait(self, seconds: float, *, also: int) -> bool:
        """Sleep until somebody rings or the descriptor `also` has news; `seconds` at the most.

        True: somebody has rung.
        """
        ready, _, _ = select_files([self._bell, also], [], [], max(0.0, seconds))
        if self._bell in ready:
            self._bell.silence()
        return self._bell in ready

    def is_alone(self) -> bool:
        """Say whether all workers that are there belong to this one's family."""
        return is_alone(self._db, os.getppid())

    def is_buried(self, session: Session) -> bool:
        """Say whether the others took this worker for dead: it can claim no more.

        On PostgreSQL that is how a lock ends whose connection was cut.
        """
        return session.scalar(select(Worker.gone_at).where(Worker.id == self.id)) is not None

    def close(self) -> None:
        self._bell.close()
        with self._db.writing(bulk=True) as session:
            _leave(session, self.id)
        # Only once the row says so: a missing file of a living worker would read as death.
        with suppress(FileNotFoundError):
            (self._db.running / self._lock_name).unlink()
        os.close(self._lock)


def _enter(session: Session, lock_name: str) -> int:
    worker = Worker(
        host=socket.gethostname(),
        boot_id=boot_id(),
        pid=os.getpid(),
        lock_name=lock_name,
        started_at=clock.now(),
    )
    session.add(worker)
    session.flush()
    return worker.id


def _leave(session: Session, worker_id: int) -> None:
    session.execute(update(Worker).where(Worker.id == worker_id).values(gone_at=clock.now()))


class _Listener:
    """PostgreSQL's bell: LISTEN, on the connection whose advisory lock is the sign of life."""

    def __init__(self, db: Database, worker_id: int) -> None:
        import psycopg

        # A line that was cut without a word must be noticed: the server lets the lock go.
        self._connection = psycopg.connect(autocommit=True, **psycopg_words(db.engine.url))
        self._connection.execute("SELECT pg_advisory_lock(%s, %s)", (_ADVISORY, worker_id))
        self._connection.execute(f"LISTEN {wake.CHANNEL}")

    def fileno(self) -> int:
        return self._connection.fileno()

    def silence(self) -> None:
        for _ in self._connection.notifies(timeout=0):
            pass

    def close(self) -> None:
        self._connection.close()


def _family(parent: int) -> str:
    return f"worker-{socket.gethostname()[:32]}-{parent}-"


def is_alone(db: Database, parent: int) -> bool:
    """Say whether every worker that is there was forked by the process `parent`."""
    query = select(Worker.id).where(
        Worker.gone_at.is_(None), ~Worker.lock_name.startswith(_family(parent), autoescape=True)
    )
    with db.reading() as session:
        return session.execute(query.limit(1)).first() is None


def recover_dead(db: Database, *, myself: int | None = None) -> int:
    """Give the tasks of every worker that has died to the living; return how many tasks.

    Costs one short read while all are well.
    """
    found = 0
    rows, held = _open_rows(db)
    for row in rows:
        if row.id == myself:
            continue
        with _death(db, row, held) as is_dead:
            if is_dead:
                found += _bury(db, row)
    return found + _recover_left(db)


def _recover_left(db: Database) -> int:
    """Recover what is in the hands of workers that were buried already."""
    with db.reading() as session:
        left = session.scalars(_IN_DEAD_HANDS).all()
    if not left:
        return 0
    with db.writing() as session:
        return sum(claims.recover(session, worker_id, DIED) for worker_id in left)


def alive(db: Database) -> int:
    """Return how many workers live; for the readiness check and the admin page."""
    found = 0
    rows, held = _open_rows(db)
    for row in rows:
        with _death(db, row, held) as is_dead:
            found += not is_dead
    return found


def _open_rows(db: Database) -> tuple[Sequence[Any], set[int]]:
    """Return the workers that have not said goodbye, and PostgreSQL's held locks."""
    query = select(Worker.id, Worker.boot_id, Worker.lock_name, Worker.pid)
    with db.reading() as session:
        rows = session.execute(query.where(Worker.gone_at.is_(None))).all()
        held = set() if db.is_sqlite or not rows else _held(session)
    return rows, held


def _held(session: Session) -> set[int]:
    return set(session.execute(_HELD, {"kind": _ADVISORY}).scalars())


@contextmanager
def _death(db: Database, row: Any, held: set[int]) -> Iterator[bool]:
    """Say whether the worker of `row` is dead, holding its lock meanwhile: one buries it."""
    if not db.is_sqlite:
        yield row.id not in held
        return
    try:
        # Nobody writes into it, and a disk that takes no writes has its dead as well.
        lock = os.open(db.running / row.lock_name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield row.boot_id != boot_id() or not Path(f"/proc/{row.pid}").exists()
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)


def _bury(db: Database, row: Any) -> int:
    with db.writing() as session:
        found = claims.recover(session, row.id, DIED)
        _leave(session, row.id)
    with suppress(FileNotFoundError):
        (db.running / row.lock_name).unlink()
    return found
