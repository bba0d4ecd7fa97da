"""The nightly backup, and the weekly look whether the database and the newest backup are sound."""

import logging
from typing import Any

from core import clock
from core.errors import BadFile, Conflict
from database import backing_up, backups, damage
from worker_jobs.run import Run

log = logging.getLogger(__name__)

_RECENT = 20 * clock.HOUR


def back_up(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Make the backup of the day, unless there is one; safe to repeat.

    Result: {"name", "size", "files"}; "name" is None where nothing was to do.
    """
    newest = next((one for one in backups.listed(run.settings.backups) if one.before is None), None)
    is_recent = newest is not None and 0 <= clock.now() - newest.when < _RECENT
    if run.settings.database_file is None or is_recent:
        return {"name": None, "size": 0, "files": 0}
    passphrase = backing_up.own_passphrase(run.settings)
    made = backing_up.whole(run.settings, passphrase=passphrase, report=run.report)
    if made.broken_links:
        log.error("%d rows of the database point to nothing", made.broken_links)
    return {"name": made.backup.path.name, "size": made.backup.size, "files": made.files}


def check_database(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Look at all of the database, and read the newest backup to its end; changes neither.

    Result: {"broken_links", "backup": name or None}. A database that is not sound is noted, and
    with that the house rests.
    """
    file = run.settings.database_file
    if file is None:
        return {"broken_links": 0, "backup": None}
    run.report("Looking at the database")
    if wrong := damage.wrong_with(file, in_full=True):
        damage.note(run.settings.data, wrong)
        raise Conflict(f"The database is damaged: {wrong[0]}.")
    links = damage.broken_links(file)
    if links:
        log.error("%d rows of the database point to nothing", links)
    run.report("Reading the newest backup")
    return {"broken_links": links, "backup": _check_newest(run)}


def _check_newest(run: Run) -> str | None:
    newest = backups.newest(run.settings.data)
    passphrase = backing_up.own_passphrase(run.settings)
    if newest is None or (newest.is_locked and passphrase is None):
        return None
    try:
        backing_up.check(newest, passphrase)
    except BadFile:
        # Whatever it is worth still, it is not to be counted on, nor to keep a better one away.
        newest.path.rename(newest.path.with_name(f"{newest.path.name}.damaged"))
        raise
    return newest.path.name
