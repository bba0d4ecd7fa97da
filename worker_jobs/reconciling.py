"""Makes files and rows agree again: at a worker's start, and every night."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from core import clock, kept_exports
from core.settings import Settings
from database import (
    album_covers,
    film_posters,
    house,
    mosaic_files,
    mosaics,
    pictures,
    record_covers,
    retention,
)
from database.engine import Database

log = logging.getLogger(__name__)

_LEFT_BEHIND = clock.HOUR  # files that nothing names are let alone so long


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
    """Return the covers that no record or album shows; forget those whose file is lost.

    What a shelf showed before it was replaced lies there as long as its export is kept.
    """
    folder = settings.covers
    # Before the rows, as above.
    found = list(_files(folder))
    with db.reading() as session:
        shown = record_covers.all_hashes(session) | album_covers.all_hashes(session)
    lost = {sha256 for sha256 in shown if not record_covers.path_of(folder, sha256).is_file()}
    if lost:
        log.warning("%d covers are lost", len(lost))
        with db.writing() as session:
            record_covers.say_gone(session, lost)
            album_covers.say_gone(session, lost)
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
