"""Jobs of the fault drills that the worker's own tests have no use for."""

from typing import Any

from worker_jobs.files import published
from worker_jobs.registry import Entry
from worker_jobs.run import Run


def keep(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Write a file of `pieces` times `size` bytes the way that mosaics are written."""
    name = f"{run.task.public_id}.{run.task.attempt}.txt"
    with published(run.settings.pictures / name) as out:
        for _ in range(args["pieces"]):
            run.report("Writing")
            out.write(b"x" * args["size"])
    return {"file": name}


JOBS = {"keep": Entry(__name__, "keep", 60)}
