"""How far each running task is: kept in memory, not on the card.

On SQLite a small database of its own in the machine's memory file system, on
PostgreSQL an UNLOGGED table. It is lost with the machine, and so is the attempt
that it describes.
"""

import logging
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from core import clock, in_memory

log = logging.getLogger(__name__)

_TABLE = """
    CREATE {unlogged} TABLE IF NOT EXISTS task_progress (
        task_id BIGINT PRIMARY KEY,
        attempt BIGINT NOT NULL,
        msg     TEXT NOT NULL,
        done    BIGINT,
        of      BIGINT,
        at      BIGINT NOT NULL
    )
"""
_SAY = text("""
    INSERT INTO task_progress (task_id, attempt, msg, done, of, at)
         VALUES (:task_id, :attempt, :msg, :done, :of, :at)
    ON CONFLICT (task_id) DO UPDATE
            SET attempt = excluded.attempt, msg = excluded.msg, done = excluded.done,
                of = excluded.of, at = excluded.at
          WHERE task_progress.attempt <= excluded.attempt
""")
_READ = text("SELECT attempt, msg, done, of, at FROM task_progress WHERE task_id = :task_id")
_FORGET = text("DELETE FROM task_progress WHERE task_id = :task_id")
_FORGET_OLD = text("DELETE FROM task_progress WHERE at < :before")


class Progress(NamedTuple):
    """What an attempt last said: `done` of `of` pieces, None where there is no counting."""

    attempt: int
    msg: str
    done: int | None
    of: int | None
    at: int


class ProgressBoard:
    def __init__(self, main: Engine) -> None:
        self._sqlite = main.dialect.name == "sqlite"
        self._engine = _in_memory(Path(str(main.url.database))) if self._sqlite else main
        self._is_made = False

    @property
    def file(self) -> Path | None:
        """Where it lives on SQLite."""
        return Path(str(self._engine.url.database)) if self._sqlite else None

    def say(self, task_id: int, attempt: int, msg: str, done: int | None, of: int | None) -> None:
        """Set what is shown for a task; a word of an older attempt changes nothing."""
        row = {"task_id": task_id, "attempt": attempt, "done": done, "of": of, "at": clock.now()}
        self._write(_SAY, {"msg": msg.replace("\0", ""), **row})

    def read(self, task_id: int) -> Progress | None:
        """Return what was said last; None, too, where it cannot be read."""
        try:
            with self._made().begin() as connection:
                row = connection.execute(_READ, {"task_id": task_id}).first()
        except OperationalError as error:
            self._give_up(error)
            return None
        return Progress(*row) if row else None

    def forget_task(self, task_id: int) -> None:
        self._write(_FORGET, {"task_id": task_id})

    def forget_older(self, before: int) -> None:
        self._write(_FORGET_OLD, {"before": before})

    def close(self) -> None:
        if self._sqlite:
            self._engine.dispose()

    def _write(self, statement: Any, row: dict[str, Any]) -> None:
        try:
            with self._made().begin() as connection:
                connection.execute(statement, row)
        except OperationalError as error:
            self._give_up(error)

    def _give_up(self, error: OperationalError) -> None:
        """Let it go: no task fails for want of words about it. The next try begins anew."""
        log.warning("cannot keep what a task says of itself: %s", error.orig)
        self.close()
        self._is_made = False

    def _made(self) -> Engine:
        # On first use: the memory file system is empty after each start of the machine.
        # PostgreSQL's table is made by the migrations.
        if not self._is_made and self._sqlite:
            with self._engine.begin() as connection:
                connection.exec_driver_sql(_TABLE.format(unlogged=""))
        self._is_made = True
        return self._engine


def _in_memory(main: Path) -> Engine:
    """Return an engine on a file that belongs to the database `main` and to this user alone."""
    engine = create_engine(f"sqlite:///{in_memory.folder(main) / 'progress.sqlite3'}")
    event.listen(engine, "connect", _connected)
    return engine


def _connected(connection: Any, _record: Any) -> None:
    for pragma in ("busy_timeout = 5000", "journal_mode = MEMORY", "synchronous = OFF"):
        connection.execute(f"PRAGMA {pragma}").close()
