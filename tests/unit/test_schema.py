"""Fresh, upgraded and declared databases are one and the same, on both engines."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, String, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from core.errors import CannotStart
from core.settings import ROOT
from database import backups, damage, schema
from database.engine import Database, make_engine
from database.models import Base


def described(engine: Engine) -> dict[str, Any]:
    """Columns as number or text, keys, indexes and foreign keys, the same way on both databases."""
    seen = inspect(engine)
    names = set(seen.get_table_names()) - {"alembic_version", "task_progress"}
    return {name: _table(seen, name) for name in sorted(names)}


def _table(seen: Any, name: str) -> dict[str, Any]:
    key = seen.get_pk_constraint(name)["constrained_columns"]
    return {
        "columns": {
            column["name"]: (
                "text" if isinstance(column["type"], String) else "number",
                column["nullable"] and column["name"] not in key,
            )
            for column in seen.get_columns(name)
        },
        "key": key,
        "indexes": {
            index["name"]: (index["column_names"], bool(index["unique"]), _is_partial(index))
            for index in seen.get_indexes(name)
        },
        "foreign": _foreign(seen, name),
    }


def _foreign(seen: Any, name: str) -> set[tuple[str, ...]]:
    """Columns, the table they lead to, and what happens when that row goes."""
    if seen.dialect.name != "sqlite":
        return {
            (*link["constrained_columns"], link["referred_table"], link["options"]["ondelete"])
            for link in seen.get_foreign_keys(name)
        }
    # SQLAlchemy overlooks what happens where the link stands in a column that came later.
    query = text('SELECT "from", "table", on_delete FROM pragma_foreign_key_list(:name)')
    with seen.engine.connect() as connection:
        return {tuple(row) for row in connection.execute(query, {"name": name})}


def _is_partial(index: dict[str, Any]) -> bool:
    options = index.get("dialect_options", {})
    return "sqlite_where" in options or "postgresql_where" in options


@pytest.fixture
def by_the_models(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'models.sqlite3'}")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_every_road_leads_to_what_the_models_say(db: Database, by_the_models: Engine) -> None:
    """A new SQLite file by schema.sql, a new PostgreSQL database by Alembic."""
    assert described(db.engine) == described(by_the_models)


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_the_migrations_make_the_same_sqlite(tmp_path: Path, by_the_models: Engine) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")
    _migrate(engine)

    assert described(engine) == described(by_the_models)
    engine.dispose()


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_indexes_and_triggers_of_sqlite_are_the_same_word_for_word(
    tmp_path: Path, by_the_models: Engine
) -> None:
    """What reflection does not see: the conditions of partial indexes, what a trigger does."""
    migrated = make_engine(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")
    _migrate(migrated)
    db = Database(f"sqlite:///{tmp_path / 'made.sqlite3'}", tmp_path)
    schema.ensure(db)

    made = _said(db.engine, "index", "trigger")

    assert len(made) > 20
    assert _said(migrated, "index", "trigger") == made
    assert _said(by_the_models, "index") == _said(db.engine, "index")
    migrated.dispose()
    db.close()


def _said(engine: Engine, *kinds: str) -> dict[str, str]:
    query = text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return {
        row.name: re.sub(r"\s+|;$", "", re.sub(r"--.*", "", row.sql)).casefold()
        for row in rows
        if row.type in kinds
    }


def _migrate(engine: Engine, to: str = "head") -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "database" / "migrations"))
    config.attributes["url"] = engine.url
    command.upgrade(config, to)


_MOSAIC: dict[str, object] = {
    "public_id": "m", "is_shared": True, "name": "Dave", "name_folded": "dave", "title": "Dave",
    "alt": "", "recipe": "{}", "file": "m.jpg", "sha256": "", "size": 1, "width": 1, "height": 1,
    "preview_width": 1, "preview_height": 1, "created_at": 1,
}  # fmt: skip


def test_what_the_first_release_kept_is_kept(tmp_path: Path) -> None:
    """SQLite's table of mosaics is rebuilt by 0002; what hangs on its rows must not go."""
    engine = make_engine(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")
    _migrate(engine, "0001")
    with engine.begin() as connection:
        columns, values = ", ".join(_MOSAIC), ", ".join(f":{name}" for name in _MOSAIC)
        connection.execute(text(f"INSERT INTO mosaics ({columns}) VALUES ({values})"), _MOSAIC)
        names = "mosaic_id, position, title, has_poster"
        connection.execute(text(f"INSERT INTO mosaic_films ({names}) VALUES (1, 0, 'Leo', 1)"))
    _migrate(engine)

    with engine.connect() as connection:
        query = (
            "SELECT m.file, m.is_for_members, m.recipe_id, f.title FROM mosaics m, mosaic_films f"
        )
        assert connection.execute(text(query)).one() == ("m.jpg", 0, None, "Leo")
    engine.dispose()


def test_the_films_of_the_first_release_are_summed_up(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")
    _migrate(engine, "0001")
    rows = {
        "people (id, name, name_folded, password_hash, is_admin, zone, created_at)":
            "(7, 'Dave', 'dave', '', 0, 'UTC', 1)",
        "film_sources (id, person_id, name, name_folded)": "(1, 7, 'dave', 'dave')",
        "films (id, title, title_folded, tmdb_state, created_at)": "(3, 'Ran', 'ran', 'none', 1)",
        "viewings (source_id, film_id, watched_on, nth, half_stars, is_rewatch, is_liked,"
        " is_uncertain)": "(1, 3, '2025-01-01', 1, 9, 0, 1, 0)",
        "picture_addresses (address, fetched_at, expires_at)": "('http://x/ran.jpg', 1, 2)",
    }  # fmt: skip
    with engine.begin() as connection:
        for columns, values in rows.items():
            connection.execute(text(f"INSERT INTO {columns} VALUES {values}"))
    _migrate(engine)

    with engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM collection_films")).one()
        assert found == (7, 3, 1, "2025-01-01", 9, 1, 0)
        query = text("SELECT address FROM picture_addresses")
        assert connection.scalar(query) == "http://x/ran.jpg"
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "database" / "migrations"))

    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


_TASK: dict[str, object] = {
    "public_id": "a", "action": "x", "args": "{}", "lane": "quick", "status": "WAITING",
    "sort_key": 1, "run_at": 1, "attempt": 0, "failures": 0, "max_failures": 1, "crashes": 0,
    "max_crashes": 1, "created_at": 1, "finished_at": None, "worker_id": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "DONE"},
        {"status": "PROGRESSING"},
        {"worker_id": 1},
        {"status": "COMPLETE"},
        {"finished_at": 1},
    ],
)
def test_an_impossible_task_is_refused(db: Database, wrong: dict[str, object]) -> None:
    row = _TASK | wrong
    insert = f"INSERT INTO tasks ({', '.join(row)}) VALUES (:{', :'.join(row)})"

    with pytest.raises(IntegrityError), db.writing() as session:
        session.execute(text(insert), row)


def test_a_database_of_a_newer_version_is_left_alone(db: Database) -> None:
    with db.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(CannotStart, match="newer than this program"):
        schema.ensure(db)

    with db.writing() as session:
        session.execute(
            text("UPDATE alembic_version SET version_num = :head"), {"head": schema.HEAD}
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "needledrop.sqlite3"
    file.write_bytes(b"these are somebody's holiday notes " * 200)
    db = Database(database_url, tmp_path / "run")

    with pytest.raises(CannotStart, match="cannot be opened"):
        schema.ensure(db)

    assert file.read_bytes().startswith(b"these are")
    assert damage.is_noted(tmp_path)
    db.close()


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    db = Database(f"postgresql+psycopg://nobody@/none?host={tmp_path}", tmp_path)

    with pytest.raises(CannotStart) as caught:
        schema.ensure(db)

    db.close()
    said = str(caught.value)
    assert said.startswith("The database cannot be opened: ") and str(tmp_path) in said
    assert said.endswith("No such file or directory.") and "\n" not in said


@pytest.mark.parametrize("is_old", [False, True])
def test_four_that_start_at_once_make_one_schema(tmp_path: Path, is_old: bool) -> None:
    """A new file, and one with tables but of no version, which is kept before its upgrade."""
    code = (
        "import sys; from pathlib import Path; from database import schema;"
        "from database.engine import Database;"
        "schema.ensure(Database(sys.argv[1], Path(sys.argv[2])))"
    )
    url = f"sqlite:///{tmp_path / 'needledrop.sqlite3'}"
    if is_old:
        engine = make_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE somebody_elses (id INTEGER)"))
        engine.dispose()
    running = tmp_path / "run"
    running.mkdir()
    started = [
        subprocess.Popen([sys.executable, "-c", code, url, str(running)], cwd=ROOT)
        for _ in range(4)
    ]

    assert [process.wait(timeout=120) for process in started] == [0, 0, 0, 0]
    kept = backups.listed(tmp_path / "backups")
    assert [one.before for one in kept] == [schema.HEAD] * is_old
    assert not list(tmp_path.rglob("*.part"))
    engine = create_engine(url)
    assert "tasks" in inspect(engine).get_table_names()
    engine.dispose()
