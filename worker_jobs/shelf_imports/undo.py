"""Takes back what an import made of a shelf, in small batches: others want to write, too."""

from typing import Any

from database import shelf_undo
from worker_jobs.run import Run


def undo_record_import(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Undo an import; safe to repeat, and goes on where it was.

    Args: {"import": public id, "file_name": str}. Result: {"undone": records, "kept": those
    that have changed again since}, with those of earlier attempts.

    Raises:
        Conflict: something was brought since that is to be undone first.
    """
    done = 0
    while True:
        run.report("Taking back records", done)
        with run.db.writing(bulk=True) as session:
            batch = shelf_undo.take_back(session, args["import"])
        if batch.is_over:
            return {"undone": batch.undone, "kept": batch.kept, "result_url": "/shelf/imports"}
        done += batch.undone + batch.kept
