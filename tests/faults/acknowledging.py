"""Puts tasks in and says when each is acknowledged: python -m tests.faults.acknowledging N.

Runs under a recorder of system calls, with the real worker as its child. It says
"ACK queued ID" once the commit that put a task in has returned, "ACK complete ID"
once it has seen the task's result; then it kills the worker and itself, so that
nothing is tidied up.
"""

import os
import signal
import subprocess
import sys
import time

from sqlalchemy import select

from core.settings import load
from database import tasks
from database.engine import Database
from database.models import Task
from database.owner import HOUSE
from tests.faults import careless


def main(count: int) -> None:
    careless.if_asked()
    settings = load()
    db = Database(settings.database, settings.running)
    command = [sys.executable, "-m", "tests.faults.program", "--lanes", "quick"]
    worker = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    queued: list[int] = []
    for _ in range(count):
        with db.writing() as session:
            made = tasks.enqueue(session, "keep", {"pieces": 1, "size": 3_000}, owner=HOUSE)
        _say("queued", made.id)
        queued.append(made.id)
        time.sleep(0.01)
    until = time.monotonic() + 60
    while queued and time.monotonic() < until:
        with db.reading() as session:
            done = session.scalars(
                select(Task.id).where(Task.id.in_(queued), Task.status == "COMPLETE")
            ).all()
        for task_id in done:
            _say("complete", task_id)
            queued.remove(task_id)
        time.sleep(0.01)
    worker.kill()
    worker.wait()
    os.kill(os.getpid(), signal.SIGKILL)


def _say(what: str, task_id: int) -> None:
    os.write(2, f"ACK {what} {task_id}\n".encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
