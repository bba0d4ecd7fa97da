"""The same on PostgreSQL, by its own programs."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from core import folders
from core.errors import BadFile, Conflict
from core.settings import Settings
from database import house, restoring, schema
from database.engine import Database
from tests.faults import backed_up
from tests.faults.backed_up import backed_up as make_backup
from tests.faults.backed_up import killed_at, restored_as

pytestmark = pytest.mark.slow

_numbers = count(1)


@pytest.fixture
def settings(postgres_server: str, tmp_path: Path) -> Iterator[Settings]:
    """A house on a database of its own, to which nobody else is connected."""
    name = f"restored_{next(_numbers)}"
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = postgres_server.replace("/postgres?", f"/{name}?")
    made = Settings(data=tmp_path / "data", database_url=url)
    folders.make(made)
    db = Database(made.database, made.running)
    schema.ensure(db)
    house.settle(db, made.data)
    db.close()
    put(made, "alice")
    yield made
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def put(settings: Settings, name: str) -> None:
    db = Database(settings.database, settings.running)
    with db.writing() as session:
        session.execute(text("DELETE FROM people"))
        session.execute(
            text(
                "INSERT INTO people"
                " (name, name_folded, password_hash, is_admin, zone, created_at)"
                " VALUES (:name, :name, '', TRUE, 'UTC', 1)"
            ),
            {"name": name},
        )
    db.close()
    backed_up.put_files(settings, name)


def people(settings: Settings) -> list[str]:
    db = Database(settings.database, settings.running)
    with db.reading() as session:
        found = list(session.scalars(text("SELECT name FROM people")))
    db.close()
    return found


def test_what_was_there_is_there_again_and_new_tables_are_gone(settings: Settings) -> None:
    made = make_backup(settings)
    put(settings, "bob")
    db = Database(settings.database, settings.running)
    with db.writing() as session:
        session.execute(text("CREATE TABLE of_the_future (id BIGINT REFERENCES people (id))"))
    db.close()

    done = restoring.restore(settings, made.path, None)

    assert people(settings) == ["alice"]
    assert restored_as(settings) == "alice"
    assert (done.aside / "database.dump").read_bytes().startswith(b"PGDMP")
    db = Database(settings.database, settings.running)
    with db.reading() as session:
        assert session.scalar(text("SELECT to_regclass('of_the_future')")) is None
    # Numbers go on where they were.
    with db.writing() as session:
        assert schema.is_current(db)
        house.check(db, settings.data)
        assert session.scalar(text("SELECT nextval('people_id_seq')")) == 2
    db.close()


def test_it_comes_to_an_empty_database_as_well(settings: Settings, tmp_path: Path) -> None:
    made = shutil.copy(make_backup(settings).path, tmp_path)
    db = Database(settings.database, settings.running)
    with db.writing() as session:
        session.execute(text("DROP SCHEMA public CASCADE"))
        session.execute(text("CREATE SCHEMA public"))
    db.close()
    shutil.rmtree(settings.data)

    restoring.restore(settings, Path(made), None)

    assert people(settings) == ["alice"] and restored_as(settings) == "alice"


def test_while_somebody_is_connected_it_is_refused(settings: Settings) -> None:
    made = make_backup(settings)
    db = Database(settings.database, settings.running)
    with db.reading() as session:
        session.execute(text("SELECT 1"))

        with pytest.raises(Conflict, match="Somebody is connected"):
            restoring.restore(settings, made.path, None)

    db.close()


def test_one_of_sqlite_is_refused(settings: Settings, tmp_path: Path, new_sqlite: Path) -> None:
    other = backed_up.make(tmp_path / "other", new_sqlite)

    with pytest.raises(BadFile, match="'sqlite'"):
        restoring.restore(settings, make_backup(other).path, None)

    with pytest.raises(BadFile, match="'postgresql'"):
        restoring.restore(other, make_backup(settings).path, None)


def test_killed_on_the_way_database_and_files_are_of_one_house(settings: Settings) -> None:
    made = make_backup(settings)
    seen = set[str]()
    # The later half of all changes: before it nothing of the house is touched.
    for number in range(12, 60, 5):
        put(settings, "bob")

        was_killed = killed_at(number, lambda: restoring.restore(settings, made.path, None))
        backed_up.started(settings)

        (name,) = people(settings)
        assert restored_as(settings) == name, number
        seen.add(name)
        if not was_killed:
            break
    assert seen == {"alice", "bob"}
