"""Imports one dump by the real job, with nobody who looks; to be killed, or recorded.

    python -m tests.faults.importing DUMP VERSION SCOPE ATTEMPT

The folder of data is the one of the settings. Once it is done, standard error has "ACK VERSION".
"""

import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from core.settings import Settings, load
from database.claims import Claimed
from database.engine import Database
from worker_jobs.discogs_import.job import import_crate
from worker_jobs.run import stored


class Alone:
    """All that a job knows of the queue."""

    def __init__(self, db: Database, settings: Settings, task: Claimed) -> None:
        self.db, self.settings, self.task = db, settings, task
        self.store = stored(settings)
        self._writes: list[Callable[[Session], None]] = []

    def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
        pass

    def at_finish(self, write: Callable[[Session], None]) -> None:
        self._writes.append(write)

    def finish(self) -> None:
        with self.db.writing() as session:
            for write in self._writes:
                write(session)


def bring(settings: Settings, dump: Path, version: str, scope: str, attempt: int = 1) -> None:
    """Import a dump of releases, and write down what the job wants to be written at its end."""
    db = Database(settings.database, settings.running)
    args = {"dumps": {"releases": str(dump)}, "scope": scope, "version": version}
    run = Alone(db, settings, Claimed(1, "alone", "import_crate", args, attempt, 1, None, None))
    try:
        import_crate(args, run)
        run.finish()
    finally:
        db.close()


def main(dump: str, version: str, scope: str, attempt: str) -> None:
    bring(load(), Path(dump), version, scope, int(attempt))
    sys.stderr.write(f"ACK {version}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
