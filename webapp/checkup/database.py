"""The database: there, of our version, sound, set as it should be; and a worker that lives."""

import os
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from clients.stores import store_of
from core import by_hand
from core.errors import CannotStart, NeedledropError, WrongFolder
from core.settings import Settings
from core.store import StoreAway
from database import house, inspection, schema, workers
from database.engine import Database
from webapp.checkup.check import MB, Check, better
from webapp.checkup.store import STORE_SECONDS

_LARGE_LOG_MB = 64


def look(settings: Settings) -> tuple[list[Check], int | None]:
    """Return the checks, and the newest moment in it, None where there is none."""
    file = settings.database_file
    # Not Path's own: they fail where one may not look.
    if file is not None and not os.path.exists(file):  # noqa: PTH110
        if file.parent != settings.data and not os.path.isdir(file.parent):  # noqa: PTH112
            hint = "Make that folder, or set NEEDLEDROP_DATABASE_URL to another file."
            return [Check("database", "fail", f"there is no folder {file.parent}", hint)], None
        return [Check("database", "warn", "not there yet", f"{by_hand.start()} makes it.")], None
    db = Database(settings.database, settings.running)
    try:
        checks = [_version(db)]
        if checks[0].status == "ok":
            checks += [_house(db, settings), *_soundness(db)]
            with db.reading() as session:
                return checks, inspection.newest_moment(session)
    except (CannotStart, NeedledropError, DatabaseError) as error:
        said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        hint = "Is its server running, its address right, its folder ours?"
        return [Check("database", "fail", said, hint)], None
    finally:
        db.close()
    return checks, None


def _version(db: Database) -> Check:
    found = schema.version(db)
    engine = "SQLite" if db.is_sqlite else "PostgreSQL"
    detail = f"{engine}, version {found} of the tables"
    hint = "The next start brings it up to date, after a backup of its own."
    return better("database", found == schema.HEAD, detail, hint, otherwise="warn")


def _house(db: Database, settings: Settings) -> Check:
    try:
        house.check(db, settings.data, store_of(settings, STORE_SECONDS))
    except StoreAway as error:
        return Check("house id", "warn", str(error), "See what is said of the store.")
    except WrongFolder as error:
        return Check("house id", "fail", str(error))
    return Check("house id", "ok", "the one that belongs to the database")


def _soundness(db: Database) -> list[Check]:
    return [_server(db)] if not db.is_sqlite else [_content(db), _pragmas(db), _log(db)]


def _server(db: Database) -> Check:
    with db.reading() as session:
        found = inspection.postgres_version(session)
    is_new_enough = int(found.partition(".")[0]) >= inspection.OLDEST_POSTGRES
    hint = f"Needledrop needs PostgreSQL {inspection.OLDEST_POSTGRES} or newer."
    return better("PostgreSQL", is_new_enough, found, hint, otherwise="fail")


def _content(db: Database) -> Check:
    wrong = schema.check(db)
    detail = "; ".join(wrong[:3]) if wrong else "sound"
    hint = "Stop Needledrop and put the last good copy of the database in its place."
    return better("content", not wrong, detail, hint, otherwise="fail")


def _pragmas(db: Database) -> Check:
    wrong = inspection.odd_pragmas(db)
    detail = "; ".join(wrong) if wrong else "as they should be"
    return better("pragmas", not wrong, detail, "Use a local disk.", otherwise="fail")


def _log(db: Database) -> Check:
    file = Path(f"{db.engine.url.database}-wal")
    size = file.stat().st_size / MB if file.exists() else 0.0
    hint = "Something reads without end and keeps it from shrinking: start Needledrop again."
    return better("log", size <= _LARGE_LOG_MB, f"{size:.1f} MB", hint, otherwise="warn")


def worker(settings: Settings) -> Check:
    """Look whether somebody does the tasks; only for a database that is well."""
    db = Database(settings.database, settings.running)
    try:
        count = workers.alive(db)
    finally:
        db.close()
    hint = f"Tasks wait until {by_hand.start()} starts one."
    return better("worker", count > 0, f"{count} at work", hint, otherwise="warn")
