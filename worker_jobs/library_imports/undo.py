"""Takes back what an import of a library brought, in small batches: others want to write, too."""

from typing import Any

from database import library_imports
from worker_jobs.run import Run


def undo_library_import(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Undo an import; safe to repeat, and goes on where it was.

    Args: {"import": public id, "file_name": str}. Result: {"undone": playlists, entries of lists
    and tracks whose sound it told, "kept": 0}, with those of earlier attempts.

    Raises:
        Conflict: it is not over.
    """
    done = 0
    while True:
        run.report("Taking back a library", done)
        with run.db.writing(bulk=True) as session:
            batch = library_imports.take_back(session, args["import"])
        if batch.is_over:
            return {"undone": batch.undone, "kept": 0, "result_url": "/library/imports"}
        done += batch.undone
