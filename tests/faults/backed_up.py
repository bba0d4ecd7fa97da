"""A small house with something in every place that a backup takes along."""

import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from core import folders
from core.settings import Settings
from database import backing_up, house, presence
from database.backups import Backup
from database.engine import Database

BROUGHT = {
    "pictures/0a.1.jpg": b"a mosaic",
    "posters/5e.jpg": b"a poster of our own",
    "covers/77.jpg": b"a cover" * 40_000,
    "exports/1/2026-11-26-03-17-00.zip": b"a shelf",
    "uploads/00.upload": b"",
}
LEFT_BEHIND = {
    "secret_key": b"signs cookies",
    "token.key": b"opens accounts elsewhere",
    "cache/posters/aa/aa": b"can be had again",
    "dumps/discogs.xml.gz": b"so can this",
}
# What a killed restore or a running house leaves beside what is its content.
_PASSING = ("run", "backups", "cache", "dumps", ".writable")


def make(data: Path, new_sqlite: Path, name: str = "alice") -> Settings:
    """Furnish a house in which `name` lives; all its files say so."""
    settings = Settings(data=data)
    folders.make(settings)
    assert settings.database_file
    shutil.copy(new_sqlite, settings.database_file)
    db = Database(settings.database, settings.running)
    house.settle(db, settings.data)
    db.close()
    put(settings, name)
    return settings


def put(settings: Settings, name: str) -> None:
    """Have `name` live there, in the database and in every file."""
    assert settings.database_file
    with closing(sqlite3.connect(settings.database_file)) as connection:
        connection.execute("DELETE FROM people")
        connection.execute(
            "INSERT INTO people (name, name_folded, password_hash, is_admin, zone, created_at)"
            " VALUES (?, ?, '', 1, 'UTC', 1)",
            (name, name),
        )
        connection.commit()
    put_files(settings, name)


def put_files(settings: Settings, name: str) -> None:
    for path, content in {**BROUGHT, **LEFT_BEHIND}.items():
        file = settings.data / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content + name.encode())


def content(settings: Settings) -> dict[str, Any]:
    """Return who lives there, and what every file holds that belongs to the house."""
    assert settings.database_file
    found: dict[str, Any] = {}
    for path in settings.data.rglob("*"):
        name = str(path.relative_to(settings.data))
        top = name.partition("/")[0]
        if path.is_file() and top not in _PASSING and not top.startswith("needledrop.sqlite3"):
            found[name] = path.read_bytes()
    with closing(sqlite3.connect(settings.database_file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found["people"] = connection.execute("SELECT name FROM people").fetchall()
    return found


def restored_as(settings: Settings) -> str:
    """Return whose files they are, which must be one person's."""
    whose = {
        (settings.data / path).read_bytes().removeprefix(said).decode()
        for path, said in BROUGHT.items()
    }
    assert len(whose) == 1, whose
    return whose.pop()


def damage_it(settings: Settings) -> None:
    """Overwrite a table of its database."""
    file = settings.database_file
    assert file
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page: int = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'people'"
        ).fetchone()[0]
        size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as out:
        out.seek((page - 1) * size)
        out.write(os.urandom(size))


def of(whole: dict[str, Any]) -> dict[str, Any]:
    """Leave out what went aside."""
    return {name: said for name, said in whole.items() if not name.startswith("before-restore-")}


def backed_up(settings: Settings, passphrase: bytes | None = None) -> Backup:
    return backing_up.whole(settings, passphrase=passphrase).backup


def started(settings: Settings) -> None:
    """Do as a process does that starts, and ends in good order."""
    presence.enter(settings).leave()


# What changes something on a disk, as the interpreter announces it.
_CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate", "os.utime")


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Do some work in a process of its own, killed before its change of that number.

    False: it was done before it came to that many.
    """

    def do() -> None:
        _kill_before(number)
        work()

    ending = apart(do)
    assert ending in (0, -signal.SIGKILL), ending
    return ending != 0


def apart(work: Callable[[], object]) -> int:
    """Do some work in a process of its own, which ends without leaving; return how it ended."""
    pid = os.fork()
    if pid == 0:
        ending = 1
        try:
            work()
            ending = 0
        finally:
            if ending:
                traceback.print_exc()
            os._exit(ending)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _kill_before(number: int) -> None:
    seen = 0

    def watch(event: str, given: tuple[Any, ...]) -> None:
        nonlocal seen
        is_writing = event == "open" and isinstance(given[2], int) and given[2] & os.O_ACCMODE
        if event in _CHANGES or is_writing or event == "sqlite3.connect":
            seen += 1
            if seen > number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
