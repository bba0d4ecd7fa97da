"""Brings a table of records onto a person's shelf, or says what it would bring."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from core import kinds
from core.errors import BadFile
from database import shelf_history
from database.record_copies import Copy
from database.shelf_columns import Columns
from worker_jobs.imports.tables import Problems
from worker_jobs.run import Run
from worker_jobs.shelf_imports import any_csv, discogs_csv, keep, table
from worker_jobs.shelf_imports.keep import Origin, Whose
from worker_jobs.shelf_imports.table import Table

_LARGEST = 40_000_000


class _Read(NamedTuple):
    source: str
    copies: Callable[[Problems], Iterator[Copy]]


def import_records(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Keep what a table says; safe to repeat.

    Args: {"upload": name in DATA/uploads, "file_name": str, "dry_run": bool}, and of a table
    that is not Discogs' either "columns" (what `Columns` says) or "named" ({field: name of
    its column}, the others as likely). With neither the result is what is to be asked:
    {"ask": {"names", "samples", "likely"}}. Else it is what `keep.told` returns.

    Raises:
        BadFile: it cannot be read, or holds no collection.
    """
    whose = keep.whose(run)
    dry_run = bool(args.get("dry_run"))
    path = _path(run, args["upload"])
    if dry_run:
        _drop_earlier(run, whose.person_id, args["upload"])
    try:
        opened = _opened(run, path, args["file_name"])
        read = _read(opened, args, whose)
    except BadFile:
        run.store.forget(path)
        raise
    result_url = f"/shelf/import/{run.task.public_id}"
    if read is None:
        return {"ask": any_csv.asked(opened), "dry_run": True, "result_url": result_url}
    problems = Problems(args["file_name"])
    rows = sum(1 for _ in opened.rows(Problems("")))
    bring = keep.looked_at if dry_run else keep.kept
    origin = Origin(read.source, args["file_name"])
    tally = bring(run, read.copies(problems), whose, origin, rows)
    return keep.told(run, tally, problems, dry_run=dry_run)


def _drop_earlier(run: Run, person_id: int, upload: str) -> None:
    """Drop the files that were looked at before; this one stays, and may be brought next."""
    with run.db.reading() as session:
        earlier = shelf_history.looked_at(session, person_id)
    for name in earlier:
        if name != upload:
            run.store.forget(_path(run, name))


def _opened(run: Run, path: Path, name: str) -> Table:
    if not run.store.fetch(path):
        raise BadFile("The file is not there any more. Please bring it again.")
    run.report(f"Reading {name}")
    if kinds.of(path).is_zip:
        raise BadFile("This is a zip. Bring the table that is in it.")
    if path.stat().st_size > _LARGEST:
        raise BadFile(f"This file is larger than {_LARGEST // 1_000_000} MB.")
    return table.opened(path.read_bytes(), name)


def _read(opened: Table, args: dict[str, Any], whose: Whose) -> _Read | None:
    """Return how the rows become copies of records; None: that is to be asked first."""
    if discogs_csv.is_discogs(opened):
        return _Read(
            "discogs-csv", lambda problems: discogs_csv.copies(opened, problems, whose.today)
        )
    if args.get("columns") is not None:
        columns = Columns.model_validate(args["columns"])
    elif args.get("named") is not None:
        columns = any_csv.chosen(opened, args["named"])
    else:
        return None
    return _Read("csv", lambda problems: any_csv.copies(opened, columns, problems, whose.today))


def _path(run: Run, upload: str) -> Path:
    return run.settings.uploads / upload
