"""Makes files and rows agree again: at a worker's start, and every night."""

import logging
from collections.abc import Iterable
from pathlib import Path

from core import clock, kept_exports
from core.settings import Settings
from core.store import Kept, Store
from database import (
    album_covers,
    crate_postgres,
    crates,
    film_posters,
    house,
    library_images,
    mosaic_files,
    mosaics,
    pictures,
    record_covers,
    retention,
)
from database.engine import Database
from worker_jobs.run import stored

log = logging.getLogger(__name__)

_LEFT_BEHIND = clock.HOUR  # files that nothing names are let alone so long


def reconcile(db: Database, settings: Settings) -> int:
    """Remove files that no row names; say of rows that their file is gone. Returns how many.

    Safe while others work: a picture belongs to the attempt that is part of its name,
    and what a living attempt writes is let alone.

    Raises:
        WrongFolder: it is not this database's: everything would seem to be missing.
        StoreAway: what is in it cannot be known.
    """
    store = stored(settings)
    house.check(db, settings.data, store)
    # In this order: what a task writes from now on is not in the list, and one that ends
    # meanwhile is among those that run or among those that have their row.
    found = store.listed(settings.pictures)
    crates_begun = crates.unfinished(settings.data)
    schemas_begun = [] if db.is_sqlite else crate_postgres.unfinished(db)
    with db.reading() as session:
        running = retention.running_attempts(session)
        named = mosaic_files.files(session)
        wanted = retention.uploads_of_open_tasks(session)
        hashes = pictures.all_hashes(session)
    missing = {name for name in named if _is_lost(store, found, settings.pictures / name)}
    if missing:
        with db.writing() as session:
            mosaic_files.say_gone(session, missing)
    there = named - missing
    kept = {file for name in there for file in mosaics.files_of(name)}
    orphans = [path for path in found if path.name not in kept and not _is_of(path.name, running)]
    orphans += [path for path in crates_begun if not _is_of(path.name, running)]
    orphans += [path for path in _old(store, settings.uploads) if path.name not in wanted]
    orphans += [path for path in _old(store, settings.posters) if path.name not in hashes]
    orphans += _own_posters(db, settings, store)
    orphans += _covers(db, settings, store)
    for path in orphans:
        store.forget(path)
    if orphans or missing:
        log.info("removed %d files without a row, %d rows had no file", len(orphans), len(missing))
    return len(orphans) + len(missing) + _drop_schemas(db, schemas_begun, running)


def _drop_schemas(db: Database, begun: Iterable[str], running: Iterable[tuple[str, int]]) -> int:
    """Drop the crates of PostgreSQL that nobody makes any more, and those that do not serve."""
    if db.is_sqlite:
        return 0
    kept = {crate_postgres.new_name(*attempt) for attempt in running}
    orphans = [name for name in begun if name not in kept]
    dropped = sum(crate_postgres.drop(db, name) for name in orphans)
    dropped += crate_postgres.drop_older(db)
    if dropped:
        log.info("dropped %d crates that nobody needs", dropped)
    return dropped


def _own_posters(db: Database, settings: Settings, store: Store) -> list[Path]:
    """Return the household's own posters that no film shows; forget those whose file is lost.

    What a picture was made after lies there, too, for as long as it can be made again.
    """
    folder = settings.own_posters
    # Before the rows: a poster is there before its film says so.
    found = store.listed(folder)
    with db.reading() as session:
        shown = film_posters.all_own(session)
        targets = mosaic_files.targets(session)
    lost = {
        sha256 for sha256 in shown if _is_lost(store, found, film_posters.own_path(folder, sha256))
    }
    if lost:
        log.warning("%d posters of the household's own are lost", len(lost))
        with db.writing() as session:
            film_posters.say_gone(session, lost)
    kept = shown | targets
    return [path for path in found if path.stem not in kept and _is_old(found[path])]


def _covers(db: Database, settings: Settings, store: Store) -> list[Path]:
    """Return the covers that nothing shows; forget those whose file is lost.

    What a shelf showed before it was replaced lies there as long as its export is kept.
    """
    folder = settings.covers
    # Before the rows, as above.
    found = store.listed(folder)
    with db.reading() as session:
        shown = record_covers.all_hashes(session) | album_covers.all_hashes(session)
        shown |= library_images.all_hashes(session)
    lost = {
        sha256 for sha256 in shown if _is_lost(store, found, record_covers.path_of(folder, sha256))
    }
    if lost:
        log.warning("%d covers are lost", len(lost))
        with db.writing() as session:
            record_covers.say_gone(session, lost)
            album_covers.say_gone(session, lost)
            library_images.say_gone(session, lost)
    over = [path for path in found if path.stem not in shown and _is_old(found[path])]
    # Only now: most nights there is nothing to look for in them.
    wanted = kept_exports.covers(store, settings.exports) if over else set()
    return [path for path in over if path.stem not in wanted]


def _is_lost(store: Store, found: dict[Path, Kept], path: Path) -> bool:
    # Asked for once more: it may have come since they were listed.
    return path not in found and not store.has(path)


def _old(store: Store, folder: Path) -> list[Path]:
    return [path for path, kept in store.listed(folder).items() if _is_old(kept)]


def _is_of(name: str, running: Iterable[tuple[str, int]]) -> bool:
    return any(name.startswith(f"{public_id}.{attempt}.") for public_id, attempt in running)


def _is_old(kept: Kept) -> bool:
    return kept.at < clock.now() - _LEFT_BEHIND
