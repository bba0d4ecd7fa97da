"""Needledrop itself, with its real worker, on SQLite and on PostgreSQL.

Each task is a guest's own, as most are that come from a page.
"""

import shutil
import sys
from pathlib import Path

from sqlalchemy import func, select, text

from bench.processes import python
from bench.queues import jobs
from bench.queues.contestant import Place
from core.settings import Settings
from database import schema, tasks
from database.engine import Database
from database.models import Task
from database.owner import Owner
from database.statement import Link
from worker_jobs.registry import Entry
from worker_jobs.run import Run


class Needledrop:
    def __init__(self, data: Path, database_url: str = "") -> None:
        self._data = data
        self.environment = {"NEEDLEDROP_DATA": str(data)}
        if database_url:
            self.environment["NEEDLEDROP_DATABASE_URL"] = database_url
        settings = Settings(data=data, database_url=database_url)
        settings.running.mkdir(parents=True)
        self._db = Database(settings.database, settings.running)
        schema.ensure(self._db)

    def put(self, job: str, number: int) -> None:
        with self._db.transaction() as link:
            _enqueue(link, job, number)

    def fill(self, job: str, count: int) -> None:
        with self._db.writing(bulk=True) as session:
            for number in range(count):
                _enqueue(session, job, number)

    def finished(self) -> int:
        return self._count("COMPLETE")

    def given_up(self) -> int:
        return self._count("ERROR")

    def _count(self, status: str) -> int:
        query = select(func.count()).select_from(Task).where(text(f"status = '{status}'"))
        with self._db.reading() as session:
            return session.scalar(query) or 0

    def worker(self, at_once: int) -> list[str]:
        return python("-m", __name__, "--lanes", *[tasks.QUICK] * at_once)

    def close(self) -> None:
        self._db.close()
        board = self._db.progress.file
        # It has a folder of its own where there is a memory file system.
        if board is not None and board.parent != self._data:
            shutil.rmtree(board.parent, ignore_errors=True)


def on_sqlite(place: Place) -> Needledrop:
    return Needledrop(place.folder / "data")


def on_postgresql(place: Place) -> Needledrop:
    return Needledrop(place.folder / "data", place.server.database(place.folder.name))


def _enqueue(link: Link, job: str, number: int) -> None:
    guest = Owner(guest_hash=f"{number:064x}")
    tasks.enqueue(link, job, {"number": number}, owner=guest)


def do(args: dict[str, int], run: Run) -> dict[str, int]:
    """Be the job of each action, in the worker."""
    jobs.JOBS[run.task.action](args["number"])
    return {}


if __name__ == "__main__":
    import worker

    worker.main(sys.argv[1:], dict.fromkeys(jobs.JOBS, Entry(__spec__.name, do.__name__, 600)))
