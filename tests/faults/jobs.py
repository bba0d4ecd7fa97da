"""Jobs of the fault drills that the worker's own tests have no use for."""

import os
import time
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from worker_jobs.files import published
from worker_jobs.registry import Entry
from worker_jobs.run import Run


def keep(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Write a file of `pieces` times `size` bytes the way that mosaics are written."""
    name = f"{run.task.public_id}.{run.task.attempt}.txt"
    with published(run.store, run.settings.pictures / name) as out:
        for _ in range(args["pieces"]):
            run.report("Writing")
            out.write(b"x" * args["size"])
    return {"file": name}


def where(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Take some time, and say on which host."""
    time.sleep(args["seconds"])
    _end(run)
    return {"host": os.environ["NEEDLEDROP_TEST_HOST"]}


def hold(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Take some time in the middle of a transaction, with a row that others want as well."""
    with run.db.writing() as session:
        session.execute(_COUNTED, {"day": "2026-01-01"})
        time.sleep(args["seconds"])
    _end(run)
    return {"host": os.environ["NEEDLEDROP_TEST_HOST"]}


def _end(run: Run) -> None:
    """Note that this attempt has come to its end, and count the task if it still is its own."""
    with (run.settings.data / ENDS).open("a") as out:
        out.write(f"{run.task.id} {run.task.attempt}\n")

    def count(session: Session) -> None:
        session.execute(_COUNTED, {"day": f"{EFFECT}{run.task.id}"})

    run.at_finish(count)


ENDS, EFFECT = "ends", "task "  # a file of the house; how the days of tasks begin
_COUNTED = text("""
    INSERT INTO quota_days (day, units)
         VALUES (:day, 1)
    ON CONFLICT (day)
      DO UPDATE
            SET units = quota_days.units + 1
""")

JOBS = {job.__name__: Entry(__name__, job.__name__, 60) for job in (keep, where, hold)}
