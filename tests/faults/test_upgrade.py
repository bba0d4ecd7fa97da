"""An upgrade of the database is killed anywhere: it is the old one, and the next try comes through.

What is told of killed updates of the whole program is in tests/basement.
"""

import random
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from core.settings import ROOT
from database import schema
from tests import nursery
from tests.conftest import FULL

POINTS = 80 if FULL else 4
_KEPT = {
    "people (id, name, name_folded, password_hash, is_admin, zone, created_at)":
        "(7, 'Dave', 'dave', '', 0, 'UTC', 1)",
    "film_sources (id, person_id, name, name_folded)": "(1, 7, 'dave', 'dave')",
    "films (id, title, title_folded, tmdb_state, created_at)": "(3, 'Ran', 'ran', 'none', 1)",
    "viewings (source_id, film_id, watched_on, nth, half_stars, is_rewatch, is_liked,"
    " is_uncertain)": "(1, 3, '2025-01-01', 1, 9, 0, 1, 0)",
}  # fmt: skip


@pytest.fixture
def first_release(tmp_path: Path) -> Path:
    """The database of a house of the first release, with something in it."""
    file = tmp_path / "first" / "needledrop.sqlite3"
    file.parent.mkdir()
    config = Config()
    config.set_main_option("script_location", str(ROOT / "database" / "migrations"))
    config.attributes["url"] = f"sqlite:///{file}"
    command.upgrade(config, "0001")
    with closing(sqlite3.connect(file)) as link, link:
        for columns, values in _KEPT.items():
            link.execute(f"INSERT INTO {columns} VALUES {values}")
    return file


def upgrade(file: Path, kill_at: int = 0) -> tuple[int, str]:
    """Upgrade it in a process of its own; return how that ended, and what it said last."""
    running, log = file.parent / "run", file.parent / "log"
    running.mkdir(exist_ok=True)
    url = f"sqlite:///{file}"
    process = nursery.start(
        "tests.faults.upgrading", url, running, kill_at, environment={}, log=log
    )
    return process.wait(), log.read_text()


Described = tuple[str, dict[str, list[str]], list[tuple[str, ...]]]


def described(file: Path) -> Described:
    """Return the version of a database, its tables, and what the first release kept."""
    with closing(sqlite3.connect(file)) as link:
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert link.execute("PRAGMA foreign_key_check").fetchall() == []
        (version,) = link.execute("SELECT version_num FROM alembic_version").fetchone()
        # A table that is rebuilt has its constraints in any order.
        made = link.execute("SELECT name, coalesce(sql, '') FROM sqlite_master").fetchall()
        tables = {name: sorted(re.split(r"[,\s]+", sql)) for name, sql in made}
        films = link.execute("SELECT title, watched_on FROM films, viewings").fetchall()
    return version, tables, films


@pytest.mark.slow
def test_killed_at_any_statement_it_is_the_old_one_and_the_next_try_comes_through(
    first_release: Path, tmp_path: Path
) -> None:
    old = described(first_release)
    whole = tmp_path / "whole"
    shutil.copytree(first_release.parent, whole)
    status, said = upgrade(whole / first_release.name)
    assert status == 0, said
    new, count = described(whole / first_release.name), int(said.split()[-1])
    assert (old[0], new[0]) == ("0001", schema.HEAD)

    points = sorted({1, count, *random.Random(5).sample(range(1, count + 1), POINTS)})
    for kill_at in points:
        house = tmp_path / str(kill_at)
        shutil.copytree(first_release.parent, house)
        file = house / first_release.name

        assert upgrade(file, kill_at)[0] == -9

        assert described(file) == old
        status, said = upgrade(file)
        assert status == 0, said
        assert described(file) == new
        assert not list(house.rglob("*.part"))
        shutil.rmtree(house)
