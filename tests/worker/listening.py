"""A job's Run without a worker: what it says is kept, and it is finished by hand."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from core.settings import Settings
from database import tasks
from database.claims import Claimed
from database.engine import Database
from database.owner import HOUSE, Owner
from worker_jobs.run import Cancelled, stored


class Listening:
    """A Run that only listens; cancels at the `cancel_at`th word."""

    def __init__(self, db: Database, settings: Settings, task: Claimed) -> None:
        self.db, self.settings, self.task = db, settings, task
        self.store = stored(settings)
        self.said: list[tuple[str, int | None, int | None]] = []
        self.cancel_at: int | None = None
        self._writes: list[Callable[[Session], None]] = []

    def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
        self.said.append((msg, done, of))
        if len(self.said) == self.cancel_at:
            raise Cancelled

    def at_finish(self, write: Callable[[Session], None]) -> None:
        self._writes.append(write)

    def finish(self) -> None:
        with self.db.writing() as session:
            for write in self._writes:
                write(session)


def begin(db: Database, settings: Settings, owner: Owner = HOUSE) -> Listening:
    with db.writing() as session:
        made = tasks.enqueue(session, "create_mosaic", {}, owner=owner)
    task = Claimed(
        made.id, made.public_id, "create_mosaic", {}, 1, owner.person_id, owner.guest_hash, None
    )
    return Listening(db, settings, task)
