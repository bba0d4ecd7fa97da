"""Keeps the house in order, every night: drops what is old or too much."""

import time
from pathlib import Path
from typing import Any

from core import clock, kept_exports
from core.settings import Settings
from core.store import Kept, Store
from database import (
    film_matches,
    film_sources,
    listings,
    mosaic_files,
    mosaics,
    notifications,
    pictures,
    retention,
    unused_films,
    video_checks,
)
from database.engine import Database
from database.pictures import path_of
from worker_jobs import poster_files
from worker_jobs.forgetting import forget
from worker_jobs.reconciling import reconcile
from worker_jobs.run import Run

PICTURES_MOST = 1024 * 1024 * 1024
_GUESTS_KEEP = 7 * clock.DAY
_NEWS_KEEPS = 30 * clock.DAY  # since it was acknowledged
_OLD_NEWS_KEEPS = 180 * clock.DAY
_TASKS_KEEP = 30 * clock.DAY
_TMDB_KEEPS = 180 * clock.DAY  # its terms
_LOOKS_KEEP = 90 * clock.DAY  # at videos; good for four weeks
_HALVES_KEEP = 7 * clock.DAY  # of lists of Spotify's that nobody reads on
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
        notifications.drop(
            session, seen_before=now - _NEWS_KEEPS, changed_before=now - _OLD_NEWS_KEEPS
        )
    with db.writing(bulk=True) as session:
        listings.drop_halves(session, now - _HALVES_KEEP)
        video_checks.forget(session, now - _LOOKS_KEEP)
    gone["pictures"] = _drop_pictures(db, settings, run.store)
    run.report("Dropping films that nobody has")
    gone["films"] = _drop_films(db, run, now - clock.DAY)
    run.report("Dropping posters")
    _drop_what_tmdb_said(db, settings, run.store, now - _TMDB_KEEPS)
    gone["posters"] = poster_files.drop_over(db, run.store, settings.posters)
    gone["files"] = reconcile(db, settings)
    gone["exports"] = _drop_exports(db, settings, run.store, now)
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


def _drop_pictures(db: Database, settings: Settings, store: Store) -> int:
    there = store.listed(settings.pictures)
    with db.reading() as session:
        over = mosaic_files.over(
            session, PICTURES_MOST, lambda file: _weight(there, settings.pictures, file)
        )
    if over:
        with db.writing() as session:
            mosaic_files.drop(session, over)
    return len(over)


def _weight(there: dict[Path, Kept], folder: Path, file: str) -> int:
    paths = (folder / name for name in mosaics.files_of(file))
    return sum(there[path].size for path in paths if path in there)


def _drop_exports(db: Database, settings: Settings, store: Store, now: int) -> int:
    """Drop exports of shelves that have had their time, and those of people who are gone."""
    with db.reading() as session:
        there = retention.people_there(session)
    over = list(kept_exports.over(store, settings.exports, there, now))
    for path in over:
        store.forget(path)
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


def _drop_what_tmdb_said(db: Database, settings: Settings, store: Store, before: int) -> None:
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
        store.forget(path_of(settings.posters, sha256))
