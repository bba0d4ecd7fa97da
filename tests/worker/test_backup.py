"""The nightly backup and the weekly look, and a worker that finds the database damaged."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from core import clock
from core.errors import BadFile, Conflict
from core.settings import Settings
from database import backing_up, backups, damage, presence
from database.engine import Database
from tests.worker.conftest import DEADLINE, Enqueue, StartWorker, WaitFor
from tests.worker.listening import begin
from worker_jobs.backup import back_up, check_database

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_there_is_one_a_day_however_often_it_is_asked_for(db: Database, settings: Settings) -> None:
    run = begin(db, settings)

    first, second = back_up({}, run), back_up({}, run)

    assert first["name"] and second["name"] is None
    assert [one.path.name for one in backups.listed(settings.backups)] == [first["name"]]
    assert ("Reading it back", None, None) in run.said


def test_one_of_yesterday_or_of_a_clock_that_was_ahead_is_none_of_today(
    db: Database, settings: Settings
) -> None:
    for at in (clock.now() - clock.DAY, clock.now() + clock.DAY):
        name = backups.name(at, "00000000")
        (settings.backups / name).touch()

        assert back_up({}, begin(db, settings))["name"]

        for path in settings.backups.iterdir():
            path.unlink()


def test_where_there_is_a_passphrase_it_is_locked(db: Database, settings: Settings) -> None:
    (settings.data / backing_up.PASSPHRASE).write_text("a passphrase of a test\n")

    name = back_up({}, begin(db, settings))["name"]

    assert name.endswith(".tar.locked")
    assert check_database({}, begin(db, settings))["backup"] == name


def test_the_weekly_look_reads_the_newest_backup_and_notes_that_it_has(
    db: Database, settings: Settings
) -> None:
    name = back_up({}, begin(db, settings))["name"]
    os.utime(settings.backups / name, (0, 0))

    found = check_database({}, begin(db, settings))

    newest = backups.newest(settings.data)
    assert found == {"broken_links": 0, "backup": name}
    assert newest and clock.now() - newest.checked < clock.MINUTE


def test_a_backup_that_is_damaged_does_not_count_any_more(db: Database, settings: Settings) -> None:
    path = settings.backups / back_up({}, begin(db, settings))["name"]
    path.write_bytes(path.read_bytes()[:-2_000])

    with pytest.raises(BadFile):
        check_database({}, begin(db, settings))

    assert backups.newest(settings.data) is None
    assert path.with_name(f"{path.name}.damaged").exists()
    assert back_up({}, begin(db, settings))["name"]


def spoil(file: Path) -> None:
    """Overwrite a table that a worker does not need."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'shelves'"
        page: int = connection.execute(query).fetchone()[0]
        size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as out:
        out.seek((page - 1) * size)
        out.write(os.urandom(size))


def test_the_weekly_look_notes_a_damaged_database(db: Database, settings: Settings) -> None:
    run = begin(db, settings)
    assert settings.database_file
    spoil(settings.database_file)

    with pytest.raises(Conflict, match="The database is damaged"):
        check_database({}, run)

    assert damage.is_noted(settings.data)


def wait_until(condition: object) -> None:
    assert callable(condition)
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_worker_stops_begins_nothing_and_ends_once_it_is_well(
    db: Database, tmp_path: Path, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    settings = Settings(data=tmp_path)
    first = enqueue("count", to=1)
    worker = start_worker()
    wait_for(first, "COMPLETE")

    damage.note(tmp_path, ["a test"])
    wait_until(lambda: _is_free(settings))
    waiting = enqueue("count", to=1)

    assert worker.poll() is None
    assert wait_for(waiting, "WAITING").attempt == 0
    (tmp_path / damage.NOTE).unlink()
    assert worker.wait(DEADLINE) == 0
    assert db.is_sqlite


def _is_free(settings: Settings) -> bool:
    try:
        with presence.alone(settings):
            return True
    except Conflict:
        return False
