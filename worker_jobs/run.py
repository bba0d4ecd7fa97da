"""What a job is handed: its database, its settings, and one verb for progress and cancel."""

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy.orm import Session

from clients.stores import store_of
from core.settings import Settings
from core.store import Store
from database import claims
from database.claims import Claimed
from database.engine import Database
from database.statement import Link

_SAY_SECONDS = 0.25
_LOOK_SECONDS = 0.5
_MILESTONE_SECONDS = 30.0
_FILE_SECONDS = 300.0  # for one on its way to a store, or from there


def stored(settings: Settings) -> Store:
    """Return where a worker's files are kept."""
    return store_of(settings, _FILE_SECONDS)


class Cancelled(BaseException):
    """The task was cancelled, or is somebody else's by now. No handler of a job's own stops it."""


class Interrupted(BaseException):
    """The worker is stopping; the task is given back and begins anew elsewhere."""


class Run(Protocol):
    """All that a job knows of the queue."""

    db: Database
    settings: Settings
    task: Claimed

    @property
    def store(self) -> Store:
        """Where the files are that other hosts have to see."""

    def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
        """Say how far it is: `done` of `of` pieces. Belongs in every loop; costs next to nothing.

        Raises:
            Cancelled: nobody wants the result any more.
            Interrupted: the worker is stopping.
        """

    def at_finish(self, write: Callable[[Session], None]) -> None:
        """Have `write` done in the transaction that completes the task, if it still is ours.

        So that what a job makes is there when the task is complete, and not before.
        """


class Stopping:
    """When this process was told to stop, and how long a job may still go on."""

    def __init__(self, grace_seconds: float) -> None:
        self._grace = grace_seconds
        self._since: float | None = None

    def begin(self) -> None:
        self._since = self._since or time.monotonic()

    def __bool__(self) -> bool:
        return self._since is not None

    @property
    def is_over(self) -> bool:
        return self._since is not None and time.monotonic() - self._since > self._grace


class TaskRun:
    """The Run of a real task; `report` may be called from several threads."""

    def __init__(self, db: Database, settings: Settings, task: Claimed, stopping: Stopping) -> None:
        self.db, self.settings, self.task = db, settings, task
        self._stopping = stopping
        self._lock = threading.Lock()
        self._said = self._looked = 0.0
        self._kept = time.monotonic()
        self._phase: str | None = None
        self._writes: list[Callable[[Session], None]] = []

    @property
    def store(self) -> Store:
        return stored(self.settings)

    def at_finish(self, write: Callable[[Session], None]) -> None:
        self._writes.append(write)

    def forget_progress(self) -> None:
        """Take down what was shown of it, if anything was."""
        if self._phase is not None:
            self.db.progress.forget_task(self.task.id)

    def finish(self, link: Link, body: dict[str, Any]) -> bool:
        """Complete the task, with all that was left for the end. False if it is not ours."""
        return claims.finish(link, self.task, body, self._writes)

    def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
        if self._stopping.is_over:
            raise Interrupted
        with self._lock:
            now = time.monotonic()
            # The first word of a phase and its last piece are always shown.
            if now - self._said >= _SAY_SECONDS or msg != self._phase or done == of is not None:
                self.db.progress.say(self.task.id, self.task.attempt, msg, done, of)
                self._said, self._phase = now, msg
            if now - self._looked >= _LOOK_SECONDS:
                self._looked = now
                self._look()
            if now - self._kept >= _MILESTONE_SECONDS:
                self._kept = now
                with self.db.transaction(bulk=True) as connection:
                    claims.milestone(connection, self.task, msg)

    def _look(self) -> None:
        with self.db.reading() as session:
            if not claims.wanted(session, self.task):
                raise Cancelled
