"""Puts a shelf back out of a zip, or empties it; exports first what was there."""

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from core import clock, kept_exports
from core.errors import BadFile, Forbidden, RemoteError
from core.room import check_room
from database import people, record_covers, shelf_files, shelf_restore, shelves
from database.shelf_restore import Contents, Wanted
from worker_jobs.files import published
from worker_jobs.run import Run
from worker_jobs.shelf_restore import bundle as bundles
from worker_jobs.shelf_restore.bundle import Bundle
from worker_jobs.shelf_restore.check import Found, look_through
from worker_jobs.shelf_restore.wanted import wanted_of

_JPEG = b"\xff\xd8\xff"


def restore_shelf(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Put a zip's shelf in the place of the person's, or tell what it would be; safe to repeat.

    Args: {"upload": name in DATA/uploads, "file_name": str, "to_five": its ratings go from 0
    to 5, "dry_run": bool, "export_first": bool}. Result: what is in it, "gone": what is or was
    on the shelf, "notes" on what is read otherwise than it is written, "problems" that keep
    it from being restored, "export": the name of what was exported first or None.

    Raises:
        BadFile: it cannot be read, or holds a row that cannot be kept; nothing is changed.
    """
    person_id, is_trial = _person(run), bool(args["dry_run"])
    if is_trial:
        _forget_earlier(run, person_id)
    run.report(f"Reading {args['file_name']}")
    upload = run.settings.uploads / args["upload"]
    run.store.fetch(upload)
    bundle = bundles.read(upload, to_five=bool(args["to_five"]))
    found = look_through(bundle)
    if found.problems and not is_trial:
        raise BadFile(found.problems[0])
    gone = _contents(run, person_id)
    export, moved = None, 0
    covers = _covers_here(run, found.covers)
    if not is_trial:
        export = _export(run, person_id, gone) if args["export_first"] else None
        covers |= _keep_covers(run, bundle, found.covers.keys() - covers)
        moved = _replace(run, person_id, gone, _wanted(run, person_id, bundle, found, covers))
    else:
        covers |= bundle.covers.keys()
    return {
        "dry_run": is_trial,
        "counts": found.counts,
        "balance": found.balance,
        "first": found.first,
        "notes": _notes(bundle, found, covers, moved),
        "problems": found.problems,
        "more_problems": found.wrong - len(found.problems),
        "gone": gone._asdict(),
        "export": export,
        "result_url": f"/shelf/restore/{run.task.public_id}",
    }


def reset_shelf(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Empty a person's shelf; safe to repeat.

    Args: {"export_first": bool}. Result: {"gone": what was on it, "export": the name of what
    was exported first or None}.
    """
    person_id = _person(run)
    gone = _contents(run, person_id)
    export = _export(run, person_id, gone) if args["export_first"] else None
    today = _today(run, person_id)
    run.report("Emptying the shelf")
    with run.db.writing() as session:
        shelf_restore.check_unchanged(session, person_id, gone)
        shelf_restore.reset(session, person_id, today)
    return {
        "gone": gone._asdict(),
        "export": export,
        "result_url": f"/shelf/restore/{run.task.public_id}",
    }


def _person(run: Run) -> int:
    if run.task.person_id is None:
        raise Forbidden("Only a person can have a shelf.")
    return run.task.person_id


def _today(run: Run, person_id: int) -> date:
    with run.db.reading() as session:
        return clock.today(clock.zone(people.get(session, person_id).zone))


def _contents(run: Run, person_id: int) -> Contents:
    with run.db.reading() as session:
        return shelf_restore.contents(session, person_id)


def _forget_earlier(run: Run, person_id: int) -> None:
    """Remove the files that were looked at before this one and never restored."""
    with run.db.reading() as session:
        earlier = shelf_restore.looked_at(session, person_id)
    for upload in earlier:
        run.store.forget(run.settings.uploads / upload)


def _export(run: Run, person_id: int, there: Contents) -> str | None:
    """Keep what is on the shelf as a zip; return its name, None where there is nothing."""
    if not there.records and not there.credits:
        return None
    run.report("Exporting what is there")
    folder = kept_exports.folder_of(run.settings.exports, person_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_room(folder, 0)
    path = kept_exports.new_path(run.store, run.settings.exports, person_id, clock.now())
    with published(run.store, path) as out:
        for piece in shelf_files.as_zip(run.db, person_id):
            out.write(piece)
            run.report("Exporting what is there")
    return path.name


def _covers_here(run: Run, wanted: Collection[str]) -> set[str]:
    """Return those of these covers that are here already."""
    paths = {sha256: record_covers.path_of(run.settings.covers, sha256) for sha256 in wanted}
    # Young again: none that the clean-up would take before a record shows it.
    return {sha256 for sha256, path in paths.items() if run.store.renew(path)}


def _keep_covers(run: Run, bundle: Bundle, wanted: Collection[str]) -> set[str]:
    """Put covers of the zip where ours are; what is not what its name says is left out."""
    folder, kept = run.settings.covers, set[str]()
    for sha256, content in bundle.pictures(wanted):
        run.report("Reading covers", len(kept), len(wanted))
        if hashlib.sha256(content).hexdigest() == sha256 and content.startswith(_JPEG):
            check_room(folder, len(content))
            with published(run.store, record_covers.path_of(folder, sha256)) as out:
                out.write(content)
            kept.add(sha256)
    return kept


def _wanted(
    run: Run, person_id: int, bundle: Bundle, found: Found, covers: Collection[str]
) -> Wanted:
    with run.db.reading() as session:
        shelf = shelves.find(session, person_id)
    return wanted_of(bundle, found, covers, shelf.currency if shelf else None)


def _replace(run: Run, person_id: int, gone: Contents, wanted: Wanted) -> int:
    today = _today(run, person_id)
    run.report("Replacing the shelf")
    try:
        with run.db.writing() as session:
            shelf_restore.check_unchanged(session, person_id, gone)
            return shelf_restore.replace(session, person_id, wanted, today)
    except IntegrityError as error:
        # On PostgreSQL somebody else took an id at the same moment.
        sentence = "Somebody else took a number at the same moment. Please try again."
        raise RemoteError("The database", sentence, retry_after=1.0) from error


def _notes(bundle: Bundle, found: Found, covers: Collection[str], moved: int) -> list[str]:
    said = []
    if bundle.is_to_five:
        said.append("Its ratings go from 0 to 5: each is doubled, and 0 is not rated.")
    if not bundle.has_ratings:
        said.append("It has no history of ratings: each is dated by its record's purchase.")
    if found.missing:
        said.append(
            f"Its lines come to {found.sum} credits, its last balance is {found.saldo}: one"
            f" Initial Load of {found.missing:+} keeps that balance."
        )
    if lost := sum(count for sha256, count in found.covers.items() if sha256 not in covers):
        said.append(f"Covers that are neither in it nor here: {lost:,}.")
    if moved:
        said.append(f"Records with a new number, as theirs is somebody else's by now: {moved:,}.")
    return said
