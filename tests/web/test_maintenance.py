"""While the database is damaged every address says what to do, and nothing else."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from core.errors import Damaged
from core.settings import Settings
from database import backing_up, damage, presence
from database.backups import Backup
from tests.conftest import missing
from tests.web.conftest import Visitor, house
from webapp import create_app, maintenance


@pytest.fixture
def backup(app: Flask) -> Backup:
    return backing_up.whole(house(app).settings, passphrase=None).backup


@pytest.fixture
def told_to_end() -> Iterator[list[int]]:
    """Grows each time this process is told to end."""
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    yield told
    signal.signal(signal.SIGTERM, before)


def spoil(file: Path, table: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        page: int = connection.execute(query, (table,)).fetchone()[0]
        size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as out:
        out.seek((page - 1) * size)
        out.write(os.urandom(size))


@pytest.mark.parametrize("address", ["/", "/login", "/shelf/", "/nowhere", "/readyz", "/metrics"])
def test_every_page_is_the_one_that_tells_how_to_restore(
    app: Flask, alice: Visitor, backup: Backup, address: str
) -> None:
    damage.note(house(app).settings.data, ["a test"])

    answer = alice.get(address)

    assert answer.status_code == 503
    # Its name breaks where a phone is narrower.
    assert f'<code class="breaks">./run restore {backup.path.name}</code>' in answer.text
    assert "alice" not in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script" not in answer.text


def test_forms_and_scripts_are_told_as_well(
    app: Flask, alice: Visitor, guest: Visitor, backup: Backup
) -> None:
    damage.note(house(app).settings.data, ["a test"])

    for answer in (alice.post("/login"), guest.get("/api/v1/me"), guest.post("/1/submit-listens")):
        assert answer.status_code == 503 and backup.path.name in answer.text
    assert guest.get("/api/v1/me").json == {
        "error": f"The database is damaged. {damage.what_to_do(house(app).settings.data)}"
    }


def test_it_is_alive_and_has_its_looks(app: Flask, guest: Visitor) -> None:
    damage.note(house(app).settings.data, ["a test"])

    assert guest.get("/healthz").status_code == 200
    with guest.get("/static/style.css") as answer:
        assert answer.status_code == 200


def test_without_a_backup_it_says_so(app: Flask, guest: Visitor) -> None:
    damage.note(house(app).settings.data, ["a test"])

    page = guest.get("/").text

    assert "There is no backup of it." in page and "./run" not in page


def test_a_restore_may_come_and_after_it_the_process_makes_way(
    app: Flask, guest: Visitor, backup: Backup, told_to_end: list[int]
) -> None:
    settings = house(app).settings
    assert backup.path.exists()
    damage.note(settings.data, ["a test"])
    guest.get("/")

    with presence.alone(settings):
        assert told_to_end == []
        (settings.data / damage.NOTE).unlink()
    answer = guest.get("/")

    assert told_to_end == [signal.SIGTERM]
    assert answer.status_code == 503 and "starting" in answer.text


def test_damage_that_shows_itself_while_it_is_at_work_is_noted(app: Flask, alice: Visitor) -> None:
    settings = house(app).settings
    assert settings.database_file
    house(app).db.engine.dispose()
    spoil(settings.database_file, "people")

    answer = alice.get("/account")

    assert answer.status_code == 503 and "The database is damaged" in answer.text
    assert damage.is_noted(settings.data)


def test_a_house_that_cannot_be_opened_shows_that_page_and_holds_nothing(
    app: Flask, settings: Settings, backup: Backup
) -> None:
    house(app).db.close()
    assert settings.database_file
    settings.database_file.write_bytes(b"not any more " * 1_000)

    with pytest.raises(Damaged, match=backup.path.name):
        create_app(settings)

    page = maintenance.app(settings).test_client().get("/shelf/")
    assert page.status_code == 503 and backup.path.name in page.text
    with presence.alone(settings):
        pass


def test_a_command_says_what_to_do(app: Flask, backup: Backup) -> None:
    house(app).db.close()
    damage.note(house(app).settings.data, ["a test"])
    file = house(app).settings.database_file
    assert file
    spoil(file, "people")

    with pytest.raises(Damaged, match=backup.path.name):
        create_app(house(app).settings)


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_the_command_makes_a_backup_where_it_is_told(
    run: FlaskCliRunner, tmp_path: Path, settings: Settings
) -> None:
    disk = tmp_path / "a disk"
    disk.mkdir()

    here = run.invoke(args=["backup"])
    there = run.invoke(args=["backup", "--to", str(disk)])

    assert (here.exit_code, there.exit_code) == (0, 0), here.output + there.output
    assert "read back and whole" in here.output
    assert [path.parent for path in (*settings.backups.iterdir(), *disk.iterdir())] == [
        settings.backups,
        disk,
    ]


def test_encrypted_it_needs_a_passphrase_and_takes_that_of_the_house(
    run: FlaskCliRunner, settings: Settings
) -> None:
    without = run.invoke(args=["backup", "--encrypt"])
    (settings.data / backing_up.PASSPHRASE).write_text("a passphrase of a test\n")
    with_one = run.invoke(args=["backup", "--encrypt"])

    assert without.exit_code == 1 and "There is no passphrase" in without.output
    assert with_one.exit_code == 0
    assert [path.suffix for path in settings.backups.iterdir()] == [".locked"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["restore", "newest"], "There is no backup in"),
        (["restore", "none.tar"], "There is no backup none.tar."),
        (["backup", "--to", "/nowhere/at/all"], "There is no folder /nowhere/at/all"),
        (["backup", "--passphrase-file", "/etc/hostname.none"], "does not exist"),
    ],
)
def test_what_cannot_be_is_one_line(run: FlaskCliRunner, args: list[str], said: str) -> None:
    done = run.invoke(args=args)

    assert done.exit_code in (1, 2)
    assert said in done.output and "Traceback" not in done.output


def test_root_puts_nothing_into_somebody_elses_folder(
    run: FlaskCliRunner, settings: Settings
) -> None:
    if os.geteuid() != 0:
        missing("The right to give a folder away")
    os.chown(settings.data, 65_534, 65_534)

    done = run.invoke(args=["restore", "newest"])

    assert done.exit_code == 1 and "give this command as that user" in done.output


def test_a_restore_while_it_runs_is_refused_in_one_line(
    run: FlaskCliRunner, backup: Backup
) -> None:
    done = run.invoke(args=["restore", backup.path.name])

    assert done.exit_code == 1
    assert done.output == "Error: Needledrop is running: stop it first, the web and the worker.\n"
