"""A whole database goes from SQLite to PostgreSQL and back, and is what it was."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import URL, create_engine, make_url, text

from core.errors import Conflict, InvalidInput
from core.settings import ROOT
from database import copy_sides, copying, schema
from database.copy_sides import PostgresSide, SqliteSide, numbered
from database.copying import TABLES, address
from database.engine import Database, make_engine, psycopg_words
from tests import factories, full_tables
from tests.conftest import remove_progress
from webapp import commands, terminal

NewDatabase = Callable[[], URL]


@pytest.fixture(scope="module")
def template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database that nobody is connected to."""
    _create(postgres_server, "CREATE DATABASE copy_template")
    db = Database(_named(postgres_server, "copy_template"), tmp_path_factory.mktemp("run"))
    schema.ensure(db)
    db.close()
    return "copy_template"


@pytest.fixture
def postgres(postgres_server: str, template: str) -> Iterator[URL]:
    """A database with tables and without rows."""
    _create(postgres_server, "DROP DATABASE IF EXISTS copied WITH (FORCE)")
    _create(postgres_server, f"CREATE DATABASE copied TEMPLATE {template}")
    yield make_url(_named(postgres_server, "copied"))
    _create(postgres_server, "DROP DATABASE copied WITH (FORCE)")


def _named(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


def _create(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def full(new_sqlite: Path, tmp_path: Path) -> URL:
    """A file with rows in every table."""
    file = tmp_path / "full.sqlite3"
    file.write_bytes(new_sqlite.read_bytes())
    with closing(SqliteSide(file)) as side:
        full_tables.fill(side)
        for table in TABLES:
            assert side.has_rows(table.name)
    return address(str(file))


@pytest.fixture
def small(new_sqlite: Path, tmp_path: Path) -> URL:
    """A file with a person in it."""
    file = tmp_path / "small.sqlite3"
    file.write_bytes(new_sqlite.read_bytes())
    with using(address(str(file)), tmp_path) as db, db.writing() as session:
        factories.person(session, "Maya")
    return address(str(file))


@contextmanager
def using(url: URL, folder: Path) -> Iterator[Database]:
    (folder / "run").mkdir(exist_ok=True)
    with closing(Database(url.render_as_string(hide_password=False), folder / "run")) as db:
        yield db
    remove_progress(db)


def contents(url: URL) -> dict[str, list[object]]:
    engine = make_engine(url.render_as_string(hide_password=False))
    try:
        return full_tables.contents(engine)
    finally:
        engine.dispose()


def is_empty(url: URL) -> bool:
    return not any(contents(url).values())


def test_there_and_back_nothing_has_changed(full: URL, postgres: URL, tmp_path: Path) -> None:
    back = address(str(tmp_path / "back.sqlite3"))
    before = contents(full)

    there = copying.copy(full, postgres)
    returned = copying.copy(postgres, back)

    assert contents(postgres) == before
    assert contents(back) == before
    assert contents(full) == before
    assert [proof.target for proof in there] == [proof.source for proof in returned]
    assert all(proof.is_same and proof.source.rows > 0 for proof in there)
    assert [proof.table for proof in there] == [table.name for table in TABLES]


def test_a_new_file_is_for_its_owner_alone(small: URL, tmp_path: Path) -> None:
    copying.copy(small, address(str(tmp_path / "back.sqlite3")))

    assert (tmp_path / "back.sqlite3").stat().st_mode & 0o777 == 0o600
    assert {file.name for file in tmp_path.glob("back*")} == {"back.sqlite3"}


def test_the_copy_is_a_database_like_any_other(small: URL, postgres: URL, tmp_path: Path) -> None:
    """Its triggers fire, its links are held, and no number of a row that is gone comes again."""
    with using(small, tmp_path) as db, db.writing() as session:
        gone = factories.person(session, "Ben")
        last = gone.id
        session.delete(gone)
    back = address(str(tmp_path / "back.sqlite3"))

    copying.copy(small, postgres)
    copying.copy(postgres, back)

    for url in (postgres, back):
        with using(url, tmp_path) as db, db.writing() as session:
            assert schema.version(db) == schema.HEAD
            assert factories.person(session, "Jonas").id == last + 1
            source = factories.source(session, factories.person(session, "Eva"))
            factories.viewing(session, factories.film(session), source)
            assert session.scalar(text("SELECT count(*) FROM collection_films")) == 1
    assert _triggers(back) == _triggers(small) > 10


def _triggers(url: URL) -> int:
    with closing(sqlite3.connect(str(url.database))) as link:
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        return int(link.execute(query).fetchone()[0])


def test_every_numbered_table_has_its_sequence(postgres: URL) -> None:
    with closing(PostgresSide(postgres)) as side:
        assert {side.number(table) for table in numbered(TABLES)} == {0}
        side.go_on_from(TABLES[0], 5)
        assert side.number(TABLES[0]) == 5


def test_a_database_without_tables_gets_them(
    small: URL, postgres_server: str, postgres: URL
) -> None:
    _create(postgres_server, "DROP DATABASE copied WITH (FORCE)")
    _create(postgres_server, "CREATE DATABASE copied")

    copying.copy(small, postgres)

    assert contents(postgres) == contents(small)


def test_what_holds_a_row_is_no_target(small: URL, full: URL, postgres: URL) -> None:
    copying.copy(small, postgres)
    held, kept = contents(postgres), contents(full)

    with pytest.raises(Conflict, match=r"is not empty, there are rows in people"):
        copying.copy(full, postgres)
    with pytest.raises(Conflict, match="is not empty, there are rows in"):
        copying.copy(small, full)

    assert contents(postgres) == held
    assert contents(full) == kept


def test_the_database_of_another_program_is_no_target(
    small: URL, postgres: URL, tmp_path: Path
) -> None:
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(other)) as link:
        link.execute("CREATE TABLE recipes_for_soup (id INTEGER)")
    _create(postgres.render_as_string(), "CREATE TABLE recipes_for_soup (id integer)")

    for target in (address(str(other)), postgres):
        with pytest.raises(Conflict, match="something else already: the table recipes_for_soup"):
            copying.copy(small, target)


@pytest.mark.parametrize(
    ("version", "said"), [("0001", "start the house once"), ("9999", "update the program")]
)
def test_a_source_of_another_version_is_refused(
    small: URL, tmp_path: Path, version: str, said: str
) -> None:
    with closing(sqlite3.connect(str(small.database))) as link:
        link.execute("UPDATE alembic_version SET version_num = ?", (version,))
        link.commit()

    with pytest.raises(Conflict, match=said):
        copying.copy(small, address(str(tmp_path / "back.sqlite3")))

    assert not (tmp_path / "back.sqlite3").exists()


def test_a_house_that_runs_is_left_alone(small: URL, postgres: URL, tmp_path: Path) -> None:
    """It has a connection open, though it does nothing."""
    back = address(str(tmp_path / "back.sqlite3"))
    with using(small, tmp_path) as db:
        assert schema.is_current(db)
        with pytest.raises(Conflict, match=r"small.sqlite3 is in use: stop the house"):
            copying.copy(small, postgres)
    copying.copy(small, postgres)

    with using(postgres, tmp_path) as db:
        assert schema.is_current(db)
        with pytest.raises(Conflict, match="is in use: stop the house"):
            copying.copy(postgres, back)
    copying.copy(postgres, back)


def test_a_server_that_tidies_a_table_is_waited_for(
    small: URL, postgres: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    copying.copy(small, postgres)
    monkeypatch.setattr(copy_sides, "_OTHERS", "SELECT 0")
    monkeypatch.setattr(copy_sides, "_LOCK_SECONDS", 60)
    with psycopg.connect(**psycopg_words(postgres)) as tidying, ThreadPoolExecutor(1) as pool:
        tidying.execute("LOCK TABLE people IN SHARE UPDATE EXCLUSIVE MODE")
        opened = pool.submit(PostgresSide, postgres)
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
        while not (opened.done() or tidying.execute(waiting).fetchone()):
            time.sleep(0.01)
        tidying.rollback()
        opened.result().close()


def test_while_it_is_copied_no_house_can_start(small: URL) -> None:
    with closing(SqliteSide(Path(str(small.database)))):
        link = sqlite3.connect(str(small.database), timeout=0)
        with closing(link), pytest.raises(sqlite3.OperationalError, match="locked"):
            link.execute("SELECT count(*) FROM people")


def test_what_is_not_the_same_is_undone(full: URL, postgres: URL, tmp_path: Path) -> None:
    """SQLite makes nothing at all of a number that is none."""
    copying.copy(full, postgres)
    back = tmp_path / "back.sqlite3"
    _create(postgres.render_as_string(), "UPDATE track_features SET tempo = 'NaN'")

    with pytest.raises(Conflict, match="The copy of track_features is not the same"):
        copying.copy(postgres, address(str(back)))

    assert not back.exists()


_KILLED = """
import os, signal, sys
from database import copying

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def told(_table):
    told.count += 1
    if told.count == at:
        die()

told.count, at = 0, int(sys.argv[3])
if at == 0:
    copying.schema.ensure = die
copying.copy(copying.address(sys.argv[1]), copying.address(sys.argv[2]), told)
"""
# Before its tables are there, at the first row, in the middle, and while it is proven.
_MOMENTS = (0, 1, len(TABLES) // 2, len(TABLES) + len(TABLES) // 2)


@pytest.mark.parametrize("moment", _MOMENTS)
@pytest.mark.parametrize("is_back", [False, True], ids=["to PostgreSQL", "to a file"])
def test_one_that_is_killed_leaves_nothing_and_can_be_repeated(
    full: URL, postgres: URL, tmp_path: Path, moment: int, *, is_back: bool
) -> None:
    before, source, target = contents(full), full, postgres
    if is_back:
        copying.copy(full, postgres)
        source, target = postgres, address(str(tmp_path / "back.sqlite3"))
    names = [url.render_as_string().removeprefix("sqlite:///") for url in (source, target)]

    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, *names, str(moment)], cwd=ROOT, check=False
    )

    assert killed.returncode == -signal.SIGKILL
    assert moment == 0 or is_empty(target)
    assert contents(source) == before
    copying.copy(source, target)
    assert contents(source) == contents(target) == before


def test_what_postgresql_cannot_keep_is_named(small: URL, postgres: URL) -> None:
    with closing(sqlite3.connect(str(small.database))) as link:
        link.execute("UPDATE people SET zone = 'U' || char(0) || 'TC'")
        link.commit()

    with pytest.raises(Conflict, match=r"cannot keep row 1 of people: .*NUL"):
        copying.copy(small, postgres)

    assert is_empty(postgres)


def test_a_link_that_leads_nowhere_is_told(small: URL, postgres: URL, tmp_path: Path) -> None:
    with closing(sqlite3.connect(str(small.database))) as link:
        link.execute(
            "INSERT INTO film_sources (id, person_id, name, name_folded) VALUES (1, 77, 'x', 'x')"
        )
        link.commit()
    back = tmp_path / "back.sqlite3"

    with pytest.raises(Conflict, match="The copy was undone"):
        copying.copy(small, postgres)
    with pytest.raises(Conflict, match="film_sources: row 1 points to nothing in people"):
        copying.copy(small, address(str(back)))

    assert is_empty(postgres)
    assert not back.exists()


def test_what_is_no_house_is_no_source(tmp_path: Path, postgres: URL) -> None:
    (tmp_path / "words").write_text("these are words, and no database at all\n" * 40)
    sqlite3.connect(tmp_path / "empty.sqlite3").close()
    for name, said in (
        ("words", "cannot be opened: file is not a database"),
        ("empty.sqlite3", "is not the database of a house"),
        ("nothing", "There is no file"),
    ):
        with pytest.raises(Conflict, match=said):
            copying.copy(address(str(tmp_path / name)), postgres)
    assert not (tmp_path / "nothing").exists()


def test_both_must_not_be_the_same(small: URL) -> None:
    with pytest.raises(Conflict, match="Both are the same"):
        copying.copy(small, address(f"sqlite:///{small.database}"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("/srv/n.sqlite3", "sqlite:////srv/n.sqlite3"),
        ("sqlite:////srv/n.sqlite3", "sqlite:////srv/n.sqlite3"),
        ("postgres://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql://u@h:99/n?host=%2Frun", "postgresql+psycopg://u@h:99/n?host=%2Frun"),
    ],
)
def test_an_address_says_what_is_meant(said: str, meant: str) -> None:
    assert address(said).render_as_string() == meant


@pytest.mark.parametrize("said", ["", "mysql://h/n", "sqlite://", "postgresql://h:port/n", "a\0b"])
def test_an_address_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(InvalidInput, match="Name a file of SQLite"):
        address(said)


def test_the_command_prints_the_proof_and_how_to_go_on(
    full: URL, postgres: URL, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_app() -> Flask:
        pytest.fail("the app was made, and with it a database")

    given = ["db", "copy", str(full.database), postgres.render_as_string()]
    with pytest.raises(SystemExit) as caught:
        terminal.run(commands.house, "./run", args=given, obj=ScriptInfo(create_app=no_app))

    out = capsys.readouterr().out
    assert caught.value.code == 0
    assert sum(line.endswith("the same") for line in out.splitlines()) == len(TABLES)
    assert "NEEDLEDROP_DATABASE_URL=postgresql://postgres@/copied?host=" in out
    assert "Crates were not copied" in out and "The folder of data stays" in out


def test_the_command_says_in_one_line_what_is_wrong() -> None:
    with pytest.raises(SystemExit) as caught:
        terminal.run(commands.house, "./run", args=["db", "copy", "/nowhere/a", "/nowhere/b"])

    assert caught.value.code == "Error: There is no file /nowhere/a."


def test_other_commands_do_without_postgresql() -> None:
    """Its driver is not there on a 32-bit system."""
    said = "import sys, webapp.commands; sys.exit('psycopg' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", said], cwd=ROOT, check=False).returncode == 0
