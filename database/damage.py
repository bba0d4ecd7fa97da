"""A database that is damaged: how that is found, and the note that says so.

The note is the file DATA/damaged. While it is there pages give way to one that says what to
do, and no task is begun. Nothing is ever put aside and begun empty by itself.
"""

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from core import by_hand
from core.errors import Damaged
from core.folders import sync
from core.settings import Settings
from database import backups

log = logging.getLogger(__name__)

NOTE = "damaged"
_MOST = 20  # lines; one tells as much as a thousand
_WITHOUT_BACKUP = (
    "There is no backup of it. Stop Needledrop, keep the whole folder of data, and put a copy of"
    " the database that is sound in its place."
)
_CORRUPT, _NO_DATABASE = 11, 26  # SQLite's own numbers for it


def is_noted(data: Path) -> bool:
    """Say whether the database in this folder is known to be damaged; for every request."""
    return os.path.exists(f"{data}/{NOTE}")  # noqa: PTH110 - Path's takes three times as long


def note(data: Path, found: list[str]) -> None:
    """Write down what is wrong, once: who finds more adds nothing."""
    file = data / NOTE
    if file.exists():
        return
    log.error("the database is damaged: %s", "; ".join(found[:3]))
    unfinished = file.with_name(f"{NOTE}.{os.getpid()}")
    unfinished.write_text("".join(f"{line}\n" for line in found))
    sync(unfinished)
    unfinished.rename(file)
    sync(data)


def way_out(data: Path) -> tuple[str, str]:
    """Return what to do, and the command that does it; that is empty where none does."""
    newest = backups.newest(data)
    if newest is None:
        return _WITHOUT_BACKUP, ""
    return "Put the newest backup back:", by_hand.command(f"restore {newest.path.name}")


def what_to_do(data: Path) -> str:
    """Return the way out as one sentence, with the backup that it leads to."""
    return " ".join(way_out(data)).strip()


def look(settings: Settings, *, was_left_open: bool) -> None:
    """See, before the first of this house opens it, that its SQLite file is sound.

    `was_left_open`: whoever had it last did not end in good order.

    Raises:
        Damaged: it is not, or is gone while there are backups of it.
    """
    file, data = settings.database_file, settings.data
    if file is None:
        return
    is_known = is_noted(data)
    if not file.exists() or file.stat().st_size == 0:
        # A new house has no backups.
        found = [f"{file.name} is gone or empty"] if backups.newest(data) else []
    elif is_known or was_left_open:
        found = wrong_with(file, in_full=is_known)
    else:
        return
    if found:
        note(data, found)
        raise Damaged(f"The database is damaged ({found[0]}). {what_to_do(data)}")
    if is_known:
        log.warning("the database was noted as damaged, and is sound")
        (data / NOTE).unlink(missing_ok=True)


def wrong_with(file: Path, *, in_full: bool) -> list[str]:
    """Return what SQLite finds wrong with a file, at most twenty lines; none: it is sound.

    `in_full` compares the indexes with their tables as well, which takes several times as long.
    """
    pragma = "integrity_check" if in_full else "quick_check"
    try:
        with closing(connected(file)) as connection:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}({_MOST})")]
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return [str(error)]
        raise
    return [line for line in found if line != "ok"]


def broken_links(file: Path) -> int:
    """Return how many rows point to rows that are not there; not damage, and never to be."""
    with closing(connected(file)) as connection:
        return len(connection.execute("PRAGMA foreign_key_check").fetchmany(1_000))


def connected(file: Path) -> sqlite3.Connection:
    """Open a file past SQLAlchemy; one that is not there is not made."""
    return sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True, timeout=30)


def is_damage(error: BaseException | None) -> bool:
    """Say whether SQLite means its file, not what it was asked."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (_CORRUPT, _NO_DATABASE)
