"""Keeps the house in order: drops what is old or too much, makes files and rows agree again."""

import logging
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core import clock, kept_exports
from core.settings import Settings
from database import (
    film_matches,
    film_posters,
    film_sources,
    house,
    mosaic_files,
    mosaics,
    people,
    pictures,
    record_covers,
    retention,
    unused_films,
)
from database.engine import Database
from database.pictures import path_of
from worker_jobs import poster_files
from worker_jobs.forgetting import forget
from worker_jobs.run import Run

log = logging.getLogger(__name__)

PICTURES_MOST = 1024 * 1024 * 1024
_GUESTS_KEEP = 7 * clock.DAY
_TASKS_KEEP = 30 * clock.DAY
_TMDB_KEEPS = 180 * clock.DAY  # its terms
_LEFT_BEHIND = clock.HOUR  # files that nothing names are let alone so long
_PAUSE_SECONDS = 0.02  # between batches, for whoever waits for the database


def clean_up(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Drop what has had its time; safe to repeat. Result: {what: how many}."""
    db, settings, now = run.db, run.settings, clock.now()
    run.report("Dropping old tasks")
    gone = {"tasks": _in_batches(db, run, now - _TASKS_KEEP)}
    run.report("Dropping old mosaics")
    with db.writing() as session:
        gone["mosaics"] = mosaic_files.drop_of_guests(session, now - _GUESTS_KEEP)
        retention.drop_sessions(session, now)
        retention.drop_login_failures(session, now - clock.DAY)
        retention.drop_workers(session, now - clock.DAY)
    gone["pictures"] = _drop_pictures(db, settings)
    run.report("Dropping films that nobody has")
    gone["films"] = _drop_films(db, run, now - clock.DAY)
    run.report("Dropping posters")
    _drop_what_tmdb_said(db, settings, now - _TMDB_KEEPS)
    gone["posters"] = poster_files.drop_over(db, settings.posters)
    gone["files"] = reconcile(db, settings)
    gone["exports"] = _drop_exports(db, settings, now)
    db.progress.forget_older(now - clock.DAY)
    run.report("Tidying the database")
    db.tidy()
    return gone


def _in_batches(db: Database, run: Run, before: int) -> int:
    found = 0
    while True:
        with db.writing(bulk=True) as session:
            dropped = retention.drop_tasks(session, before)
        found += dropped
        if not dropped:
            return found
        run.report("Dropping old tasks", found)
        time.sleep(_PAUSE_SECONDS)


def _drop_pictures(db: Database, settings: Settings) -> int:
    with db.reading() as session:
        over = mosaic_files.over(session, PICTURES_MOST, lambda file: _weight(settings, file))
    if over:
        with db.writing() as session:
            mosaic_files.drop(session, over)
    return len(over)


def _weight(settings: Settings, file: str) -> int:
    paths = (settings.pictures / name for name in mosaics.files_of(file))
    return sum(path.stat().st_size for path in paths if path.is_file())


def _drop_exports(db: Database, settings: Settings, now: int) -> int:
    """Drop exports of shelves that have had their time, and those of people who are gone."""
    with db.reading() as session:
        there = {person.id for person in people.listed(session)}
    over = list(kept_exports.over(settings.exports, there, now))
    for path in over:
        path.unlink(missing_ok=True)
    return len(over)


def _drop_films(db: Database, run: Run, before: int) -> int:
    """Drop what guests' exports left before that moment, and every film that hangs on nothing."""
    with db.reading() as session:
        left = film_sources.of_guests(session, before)
    for source_id in left:
        forget(db, source_id)
    found, last = 0, 0
    while True:
        with db.reading() as session:
            batch = unused_films.find(session, last)
        if not batch:
            return found
        with db.writing(bulk=True) as session:
            unused_films.drop(session, batch)
        found, last = found + len(batch), batch[-1]
        run.report("Dropping films that nobody has", found)
        time.sleep(_PAUSE_SECONDS)


def _drop_what_tmdb_said(db: Database, settings: Settings, before: int) -> None:
    """Let go what is kept by TMDB's leave alone, words and posters."""
    while True:
        with db.writing(bulk=True) as session:
            if not film_matches.expire(session, before):
                break
        time.sleep(_PAUSE_SECONDS)
    with db.writing(bulk=True) as session:
        hashes = pictures.of_address(session, settings.tmdb_image_url, before)
        pictures.forget(session, hashes)
    for sha256 in hashes:
        path_of(settings.posters, sha256).unlink(missing_ok=True)


def reconcile(db: Database, settings: Settings) -> int:
    """Remove files that no row names; say of rows that their file is gone. Returns how many.

    Safe while others work: a picture belongs to the attempt that is part of its name,
    and what a living attempt writes is let alone.

    Raises:
        WrongFolder: it is not this database's: everything would seem to be missing.
    """
    house.check(db, settings.data)
    # In this order: what a task writes from now on is not in the list, and one that ends
    # meanwhile is among those that run or among those that have their row.
    found = list(_files(settings.pictures))
    with db.reading() as session:
        running = retention.running_attempts(session)
        named = mosaic_files.files(session)
        wanted = retention.uploads_of_open_tasks(session)
        hashes = pictures.all_hashes(session)
    missing = {name for name in named if not (settings.pictures / name).is_file()}
    if missing:
        with db.writing() as session:
            mosaic_files.say_gone(session, missing)
    there = named - missing
    kept = {file for name in there for file in mosaics.files_of(name)}
    orphans = [path for path in found if path.name not in kept and not _is_of(path.name, running)]
    orphans += [
        path for path in _files(settings.uploads) if path.name not in wanted and _is_old(path)
    ]
    orphans += [path for path in _posters(settings) if path.name not in hashes and _is_old(path)]
    orphans += _own_posters(db, settings)
    orphans += _covers(db, settings)
    for path in orphans:
        path.unlink(missing_ok=True)
    if orphans or missing:
        log.info("removed %d files without a row, %d rows had no file", len(orphans), len(missing))
    return len(orphans) + len(missing)


def _own_posters(db: Database, settings: Settings) -> list[Path]:
    """Return the household's own posters that no film shows; forget those whose file is lost.

    What a picture was made after lies there, too, for as long as it can be made again.
    """
    folder = settings.own_posters
    # Before the rows: a poster is there before its film says so.
    found = list(_files(folder))
    with db.reading() as session:
        shown = film_posters.all_own(session)
        targets = mosaic_files.targets(session)
    lost = {sha256 for sha256 in shown if not film_posters.own_path(folder, sha256).is_file()}
    if lost:
        log.warning("%d posters of the household's own are lost", len(lost))
        with db.writing() as session:
            film_posters.say_gone(session, lost)
    kept = shown | targets
    return [path for path in found if path.stem not in kept and _is_old(path)]


def _covers(db: Database, settings: Settings) -> list[Path]:
    """Return the covers that no record shows any more; forget those whose file is lost.

    What a shelf showed before it was replaced lies there as long as its export is kept.
    """
    folder = settings.covers
    # Before the rows, as above.
    found = list(_files(folder))
    with db.reading() as session:
        shown = record_covers.all_hashes(session)
    lost = {sha256 for sha256 in shown if not record_covers.path_of(folder, sha256).is_file()}
    if lost:
        log.warning("%d covers are lost", len(lost))
        with db.writing() as session:
            record_covers.say_gone(session, lost)
    over = [path for path in found if path.stem not in shown and _is_old(path)]
    # Only now: most nights there is nothing to look for in them.
    wanted = kept_exports.covers(settings.exports) if over else set()
    return [path for path in over if path.stem not in wanted]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())


def _posters(settings: Settings) -> Iterator[Path]:
    for folder in settings.posters.iterdir() if settings.posters.is_dir() else ():
        if folder.is_dir():
            yield from _files(folder)


def _is_of(name: str, running: Iterable[tuple[str, int]]) -> bool:
    return any(name.startswith(f"{public_id}.{attempt}.") for public_id, attempt in running)


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime * clock.SECOND < clock.now() - _LEFT_BEHIND
    except FileNotFoundError:
        return False
