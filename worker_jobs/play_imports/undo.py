"""Takes back what an import brought, in small batches: others want to write, too."""

from typing import Any

from database import play_imports
from worker_jobs.run import Run


def undo_play_import(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Undo an import; safe to repeat, and goes on where it was.

    Args: {"import": public id, "file_name": str}. Result: {"undone": plays, "kept": those that
    were corrected since}, with those of earlier attempts.

    Raises:
        Conflict: it is not over.
    """
    done = 0
    while True:
        run.report("Taking back plays", done)
        with run.db.writing(bulk=True) as session:
            batch = play_imports.take_back(session, args["import"])
        if batch.is_over:
            return {
                "undone": batch.undone,
                "kept": batch.kept,
                "result_url": "/listening/imports",
            }
        done += batch.undone
