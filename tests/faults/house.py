"""A household on trial: its data folder, its database, and the real worker over them.

Every process is a real one, ended by its number; nothing outlives the test.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from core import clock
from core.settings import ROOT
from database import tasks
from database.engine import Database
from database.models import Task
from database.owner import HOUSE, Owner
from tests import nursery

Process = subprocess.Popen[bytes] | nursery.Process
PROGRAM = "tests.faults.program"
_STOP_SECONDS = 15
_LOOK_SECONDS = 0.01


class House:
    def __init__(self, db: Database, data: Path, log: Path, **settings: str) -> None:
        self.db, self.data, self.pictures = db, data, data / "pictures"
        self._log = log
        self._started: list[Process] = []
        kept = {name: said for name, said in os.environ.items() if name[:11] != "NEEDLEDROP_"}
        self.environment = {**kept, "NEEDLEDROP_DATA": str(data)}
        self.environment |= {f"NEEDLEDROP_{name.upper()}": said for name, said in settings.items()}
        if not db.is_sqlite:
            url = db.engine.url.render_as_string(hide_password=False)
            self.environment["NEEDLEDROP_DATABASE_URL"] = url.replace("+psycopg", "")

    def start(self, *lanes: str, program: str = PROGRAM, before: Sequence[str] = ()) -> Process:
        """Start a worker; `before` is a command that starts it in its turn."""
        told = ["--lanes", *(lanes or ("quick",))]
        made: Process
        if before:
            command = [*before, sys.executable, "-m", program, *told]
            with self._log.open("ab") as log:
                made = subprocess.Popen(command, cwd=ROOT, env=self.environment, stderr=log)
        else:
            made = nursery.start(program, *told, environment=self.environment, log=self._log)
        self._started.append(made)
        return made

    def stop(self) -> None:
        """End every worker in good order, or by force where that takes too long."""
        living = [process for process in self._started if process.poll() is None]
        for process in living:
            process.send_signal(signal.SIGTERM)
        for process in living:
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started.clear()

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def enqueue(
        self, action: str, *, lock_key: str | None = None, owner: Owner = HOUSE, **args: Any
    ) -> int:
        with self.db.writing() as session:
            return tasks.enqueue(session, action, args, owner=owner, lock_key=lock_key).id

    def task(self, task_id: int) -> Task:
        with self.db.reading() as session:
            return session.get_one(Task, task_id)

    def in_hand(self) -> dict[int, int]:
        """Return the attempt of each task that some worker has."""
        with self.db.reading() as session:
            rows = session.execute(select(Task.id, Task.attempt).where(_IN_HAND)).all()
        return {row.id: row.attempt for row in rows}

    def open_tasks(self) -> int:
        with self.db.reading() as session:
            return len(session.scalars(select(Task.id).where(Task.finished_at.is_(None))).all())

    def wait_for(self, task_id: int, *statuses: str, seconds: float = 60.0) -> Task:
        """Return the task once it has one of these statuses."""
        wait(lambda: self.task(task_id).status in statuses, seconds, f"task {task_id}: {statuses}")
        return self.task(task_id)

    def wait_till_done(self, seconds: float) -> None:
        try:
            wait(lambda: self.open_tasks() == 0, seconds, "every task to end")
        except pytest.fail.Exception as failure:
            pytest.fail(f"{failure}\n{self._what_is_open()}")

    def _what_is_open(self) -> str:
        """Return the open tasks, the workers, and what these said last."""
        now = clock.now()
        with self.db.reading() as session:
            found = [
                f"{task.id} {task.action}: {task.status}, attempt {task.attempt},"
                f" due in {(task.run_at - now) / clock.SECOND:.1f} s, worker {task.worker_id}"
                for task in session.scalars(select(Task).where(Task.finished_at.is_(None)))
            ]
            found += [str(row) for row in session.execute(text("SELECT * FROM workers"))]
        return "\n".join([*found, self.said()[-5_000:]])


_IN_HAND = text("status = 'PROGRESSING'")


def wait(is_so: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until it is so; return the seconds it took. Later than `seconds` is a failure."""
    since = time.monotonic()
    while not is_so():
        if time.monotonic() - since > seconds:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        # To look takes the time that others' tests need: what has taken long is asked less often.
        time.sleep(_LOOK_SECONDS if time.monotonic() - since < 1 else 3 * _LOOK_SECONDS)
    return time.monotonic() - since


def runners(process: Process) -> list[int]:
    """Return the processes that a worker has forked."""
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    try:
        return [int(pid) for pid in found.read_text().split()]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")
