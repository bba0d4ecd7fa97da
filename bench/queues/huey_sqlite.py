"""Huey on SQLite with fsync on, results kept, and its real consumer as it is by default."""

import os

from huey import SqliteHuey
from huey.api import TaskWrapper

from bench.processes import python
from bench.queues import jobs
from bench.queues.contestant import Place


def make(file: str, *, fsync: bool = True) -> tuple[SqliteHuey, dict[str, TaskWrapper]]:
    made = SqliteHuey(filename=file, fsync=fsync)
    return made, {name: made.task()(_kept(job)) for name, job in jobs.JOBS.items()}


def _kept(job: jobs.Job) -> jobs.Job:
    # Huey keeps no result that is None.
    def do(number: int) -> dict[str, int]:
        job(number)
        return {}

    do.__name__ = job.__name__
    return do


class Huey:
    def __init__(self, place: Place) -> None:
        self._file = str(place.folder / "huey.sqlite3")
        self.environment = {jobs.STORE: self._file}
        self._huey, self._tasks = make(self._file)

    def put(self, job: str, number: int) -> None:
        self._tasks[job](number)

    def fill(self, job: str, count: int) -> None:
        hasty, tasks = make(self._file, fsync=False)
        for number in range(count):
            tasks[job](number)
        hasty.storage.close()

    def finished(self) -> int:
        return int(self._huey.storage.result_store_size())

    def given_up(self) -> int:
        # It keeps no word of what died with its worker.
        return 0

    def worker(self, at_once: int) -> list[str]:
        # Processes where there are several: threads would share one interpreter.
        kind = "thread" if at_once == 1 else "process"
        command = python("-m", "huey.bin.huey_consumer", f"{__name__}.huey", "--quiet")
        return [*command, "-w", str(at_once), "-k", kind]

    def close(self) -> None:
        self._huey.storage.close()


if jobs.STORE in os.environ:
    # What the consumer asks for; there is none in the process that measures.
    huey, _ = make(os.environ[jobs.STORE])
