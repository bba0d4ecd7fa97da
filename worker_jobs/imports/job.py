"""Brings an export into a person's collection, or says what it would bring."""

from pathlib import Path
from typing import Any

from core.errors import BadFile, Forbidden
from database import film_imports, film_sources
from database.film_imports import NewImport
from worker_jobs import matching
from worker_jobs.film_sources import read_upload
from worker_jobs.imports import collection
from worker_jobs.imports.letterboxd import Export
from worker_jobs.run import Run

_TOLD = 50  # problems in full; the rest is counted


def import_films(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Keep what an export says; safe to repeat.

    Args: {"upload": name in DATA/uploads, "file_name": str, "dry_run": bool}. Result:
    what collection.keep returns, with "dry_run" and at most _TOLD problems.

    Raises:
        BadFile: it cannot be read, or holds nothing of Letterboxd's.
    """
    person_id = run.task.person_id
    if person_id is None:
        raise Forbidden("Only a person can have a collection.")
    is_trial = bool(args.get("dry_run"))
    export = _looked_at(run, person_id, args) if is_trial else _read(run, args)
    with run.db.reading() as session:
        name = export.username or film_sources.account_of(session, person_id)
    kept = collection.keep(
        run.db,
        export,
        person_id=person_id,
        name=name,
        report=run.report,
        dry_run=is_trial,
        new=NewImport(run.task.public_id, args["file_name"]),
    )
    if not is_trial:
        matching.ask(run, None)
    problems = kept.pop("problems")
    return kept | {
        "dry_run": is_trial,
        # What an interrupted try has brought is there already, for this one to find.
        "is_begun_again": not is_trial and run.task.attempt > 1,
        "problems": problems[:_TOLD],
        "more_problems": max(0, len(problems) - _TOLD),
        "result_url": f"/films/import/{run.task.public_id}",
    }


def _read(run: Run, args: dict[str, Any]) -> Export:
    return read_upload(run, args["upload"], args["file_name"])


def _looked_at(run: Run, person_id: int, args: dict[str, Any]) -> Export:
    """Read a file that may be brought next: it stays, and those looked at before it go."""
    with run.db.reading() as session:
        earlier = film_imports.looked_at(session, person_id)
    for upload in earlier:
        run.store.forget(_path(run, upload))
    try:
        return _read(run, args)
    except BadFile:
        run.store.forget(_path(run, args["upload"]))
        raise


def _path(run: Run, upload: str) -> Path:
    return run.settings.uploads / upload
