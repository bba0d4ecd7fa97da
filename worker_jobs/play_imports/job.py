"""Brings somebody's history of plays, or says what it would bring."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core import clock
from core.carried import BEFORE_PLAYS, Carried, MarkSaid
from core.errors import BadFile, Forbidden
from core.plays import Heard
from database import feedback, people, play_imports
from database.play_intake import BATCH, Intake
from database.play_restore import Restorer, batched
from worker_jobs.play_imports.files import Brought
from worker_jobs.play_imports.rows import Loved
from worker_jobs.play_imports.tally import Tally
from worker_jobs.run import Run

_TOLD = 50  # problems in full; the rest is counted
_TOLD_FILES = 200
_KB = 1_000
_LOVED_AT_ONCE = 500
_MANY = 10_000  # plays, after which a database has to learn its own size anew


def import_plays(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Take in what was played; safe to repeat, for what is there already is known again.

    Args: {"upload": name in DATA/uploads, "file_name": str, "dry_run": bool}. Result: counts as
    in `play_imports.finish`, "parts" (of a dry run: what would become of plays, with samples),
    "files" (what each file was), "aside" (rows that are no plays) and "problems".

    Raises:
        BadFile: it cannot be read, or holds no history of plays.
    """
    person_id, zone = _whose(run)
    path = run.settings.uploads / args["upload"]
    if args.get("dry_run"):
        _drop_earlier(run, person_id, args["upload"])
    if not run.store.fetch(path):
        raise BadFile("The file is not there any more. Please bring it again.")
    brought = Brought(path, args["file_name"], zone)
    try:
        return (
            _looked_at(run, brought, person_id, zone)
            if args.get("dry_run")
            else _kept(run, brought, person_id, args["file_name"])
        )
    except BadFile:
        run.store.forget(path)
        raise


def _whose(run: Run) -> tuple[int, ZoneInfo]:
    person_id = run.task.person_id
    if person_id is None:
        raise Forbidden("Only a person can have a history.")
    with run.db.reading() as session:
        return person_id, clock.zone(people.get(session, person_id).zone)


def _drop_earlier(run: Run, person_id: int, upload: str) -> None:
    """Drop the files that were looked at before; this one stays, and may be brought next."""
    with run.db.reading() as session:
        earlier = play_imports.looked_at(session, person_id)
    for name in earlier:
        if name != upload:
            run.store.forget(_path(run, name))


def _path(run: Run, upload: str) -> Path:
    return run.settings.uploads / upload


def _looked_at(run: Run, brought: Brought, person_id: int, zone: ZoneInfo) -> dict[str, Any]:
    tally, read, loved = Tally(zone), 0, 0
    for batch in _batches(run, "Looking at plays", brought):
        with run.db.writing(bulk=True) as session:
            tally.keep(play_imports.look(session, person_id, batch.plays))
        read, loved = read + len(batch.plays), loved + len(batch.loved)
    counts = {"read": read, "loved": loved, "unreadable": _unreadable(brought), **tally.counts}
    return _told(run, brought, counts) | {"parts": tally.as_json(), "dry_run": True}


def _kept(run: Run, brought: Brought, person_id: int, file_name: str) -> dict[str, Any]:
    with run.db.writing(bulk=True) as session:
        import_id = play_imports.begin(session, person_id, run.task.public_id, file_name).id
    intake, restorer, read, loved = Intake(person_id), Restorer(person_id, import_id), 0, 0
    for batch in _batches(run, "Taking in plays", brought):
        with run.db.writing(bulk=True) as session:
            restorer.keep(session, batch.names)
            intake.take(session, batch.plays, import_id=import_id)
        for some in batched(batch.marks):
            with run.db.writing(bulk=True) as session:
                restorer.mark(session, some)
        _love(run, person_id, batch.loved)
        read, loved = read + len(batch.plays), loved + len(batch.loved)
    with run.db.writing() as session:
        counts = play_imports.finish(session, import_id, read, _unreadable(brought))
    if counts["added"] >= _MANY:
        run.db.survey("plays", "play_sums", "tracks", "albums", "artists", "track_artists")
    return _told(run, brought, {"loved": loved, **counts}) | {"parts": [], "dry_run": False}


class _Batch(NamedTuple):
    """`names` stand before the plays that they are of, `marks` behind them."""

    plays: list[Heard]
    loved: list[Loved]
    names: list[Carried]
    marks: list[MarkSaid]


def _batches(run: Run, words: str, brought: Brought) -> Iterator[_Batch]:
    """Yield what is in the file in batches, and say how far through it they are, in KB."""
    rows = brought.plays()
    while batch := list(islice(rows, BATCH)):
        run.report(words, brought.done // _KB, max(brought.size, brought.done) // _KB)
        yield _Batch(
            [one for one in batch if isinstance(one, Heard)],
            [one for one in batch if isinstance(one, Loved)],
            [one for one in batch if isinstance(one, BEFORE_PLAYS)],
            [one for one in batch if isinstance(one, MarkSaid)],
        )


def _love(run: Run, person_id: int, loved: Sequence[Loved]) -> None:
    """Keep what somebody loves and hates, where nothing is said of it here yet."""
    for start in range(0, len(loved), _LOVED_AT_ONCE):
        some = loved[start : start + _LOVED_AT_ONCE]
        msids, mbids = {one.msid for one in some} - {""}, {one.mbid for one in some} - {""}
        with run.db.writing(bulk=True) as session:
            said = feedback.of(session, person_id, msids=msids, mbids=mbids)
            known = {id_ for one in said for id_ in (one.msid, one.mbid) if id_}
            for one in some:
                if known.isdisjoint((one.msid, one.mbid)):
                    feedback.give(
                        session,
                        person_id,
                        one.score,
                        msid=one.msid,
                        mbid=one.mbid,
                        at=one.at or None,
                    )


def _unreadable(brought: Brought) -> int:
    return sum(part.problems.skipped for part in brought.parts)


def _told(run: Run, brought: Brought, counts: dict[str, int]) -> dict[str, Any]:
    sentences = brought.problems
    aside: dict[str, int] = {}
    for part in brought.parts:
        for what, rows in part.aside.items():
            aside[what] = aside.get(what, 0) + rows
    return {
        **counts,
        "files": [part.as_json() for part in brought.parts[:_TOLD_FILES]],
        "more_files": max(0, len(brought.parts) - _TOLD_FILES),
        "aside": aside,
        "problems": sentences[:_TOLD],
        "more_problems": max(0, len(sentences) - _TOLD),
        "result_url": f"/listening/import/{run.task.public_id}",
    }
