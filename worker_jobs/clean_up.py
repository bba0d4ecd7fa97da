"""Keeps the house in order: drops what is old or too much, makes files and rows agree again."""

import logging
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core import clock
from core.settings import Settings
from database import film_sources, films, mosaic_files, mosaics, pictures, retention
from database.engine import Database
from worker_jobs.poster_files import path_of
from worker_jobs.run import Run

log = logging.getLogger(__name__)

POSTERS_MOST = 400 * 1024 * 1024
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
        gone["pictures"] = mosaic_files.drop_over(session, PICTURES_MOST)
        film_sources.remove_guests(session, now - clock.DAY)
        retention.drop_sessions(session, now)
        retention.drop_login_failures(session, now - clock.DAY)
        retention.drop_workers(session, now - clock.DAY)
        films.expire(session, now - _TMDB_KEEPS)
    run.report("Dropping posters")
    gone["posters"] = _drop_posters(db, settings)
    gone["files"] = reconcile(db, settings)
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


def _drop_posters(db: Database, settings: Settings) -> int:
    with db.writing(bulk=True) as session:
        hashes = pictures.least_used(session, POSTERS_MOST)
        pictures.forget(session, hashes)
    for sha256 in hashes:
        path_of(settings.posters, sha256).unlink(missing_ok=True)
    return len(hashes)


def reconcile(db: Database, settings: Settings) -> int:
    """Remove files that no row names; say of rows that their file is gone. Returns how many.

    Safe while others work: a picture belongs to the attempt that is part of its name,
    and what a living attempt writes is let alone.
    """
    with db.reading() as session:
        named = mosaic_files.files(session)
        running = retention.running_attempts(session)
        wanted = retention.uploads_of_open_tasks(session)
        hashes = pictures.all_hashes(session)
    missing = {name for name in named if not (settings.pictures / name).is_file()}
    if missing:
        with db.writing() as session:
            mosaic_files.say_gone(session, missing)
    there = named - missing
    kept = there | {mosaics.preview_of(name) for name in there}
    orphans = [
        path
        for path in _files(settings.pictures)
        if path.name not in kept and not _is_of(path.name, running)
    ]
    orphans += [
        path for path in _files(settings.uploads) if path.name not in wanted and _is_old(path)
    ]
    orphans += [path for path in _posters(settings) if path.name not in hashes and _is_old(path)]
    for path in orphans:
        path.unlink(missing_ok=True)
    if orphans or missing:
        log.info("removed %d files without a row, %d rows had no file", len(orphans), len(missing))
    return len(orphans) + len(missing)


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
