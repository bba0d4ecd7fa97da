"""Takes back what an import changed, in small batches: others want to write, too."""

from typing import Any

from database import film_undo, unused_films
from database.engine import Database
from worker_jobs.run import Run


def undo_import(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Undo an import; safe to repeat, and goes on where it was.

    Args: {"import": public id, "file_name": str}. Result: {"undone": rows, "kept": rows that
    have changed again since}, with those of earlier attempts.

    Raises:
        Conflict: something was brought since that is to be undone first.
    """
    films: set[int] = set()
    done = 0
    while True:
        run.report("Taking back", done)
        with run.db.writing(bulk=True) as session:
            batch = film_undo.take_back(session, args["import"])
        films |= batch.film_ids
        if batch.is_over:
            break
        done += batch.undone + batch.kept
    _drop(run.db, sorted(films))
    return {"undone": batch.undone, "kept": batch.kept, "result_url": "/films/imports"}


def _drop(db: Database, film_ids: list[int]) -> None:
    """Drop those of these films that nobody has any more."""
    for start in range(0, len(film_ids), unused_films.BATCH):
        with db.writing(bulk=True) as session:
            unused_films.drop(session, film_ids[start : start + unused_films.BATCH])
