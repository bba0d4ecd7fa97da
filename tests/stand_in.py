"""A worker for tests of pages: does with the queue what a worker does, when a test says so."""

from typing import Any

from database import claims
from database.claims import Claimed
from database.engine import Database

_WORKER = 1


class StandIn:
    def __init__(self, db: Database) -> None:
        self._db = db

    def take(self, action: str = "create_mosaic") -> Claimed:
        """Claim the task of `action` whose turn it is."""
        with self._db.writing() as session:
            claimed = (claims.claim(session, _WORKER, lane, [action]) for lane in ("quick", "long"))
            task = next(filter(None, claimed), None)
        assert task, f"no {action} is waiting"
        return task

    def say(self, task: Claimed, msg: str, done: int | None = None, of: int | None = None) -> None:
        self._db.progress.say(task.id, task.attempt, msg, done, of)

    def finish(self, task: Claimed, body: dict[str, Any]) -> None:
        with self._db.writing() as session:
            assert claims.finish(session, task, body)

    def fail(self, task: Claimed, sentence: str, *, retry_after: float | None = None) -> None:
        with self._db.writing() as session:
            claims.fail(session, task, sentence, retry_after=retry_after)

    def stop(self, task: Claimed) -> None:
        with self._db.writing() as session:
            assert claims.stop(session, task)
