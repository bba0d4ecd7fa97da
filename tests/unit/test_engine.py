"""The two ways into the database: who reads and then writes is never refused for it."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from core.errors import Busy
from database import engine
from database.engine import Database, line_to

_READ = text("SELECT failures FROM login_failures WHERE scope = 'a'")
_WRITE = text("UPDATE login_failures SET failures = :failures WHERE scope = 'a'")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_reads_and_then_writes_is_alone_from_the_start(db: Database) -> None:
    """With a deferred BEGIN nearly all of these would fail, or count on what is old."""
    with db.writing() as session:
        session.execute(text("INSERT INTO login_failures VALUES ('a', 0, 1)"))

    def add(times: int) -> None:
        for _ in range(times):
            with db.writing() as session:
                found = session.scalar(_READ)
                session.execute(_WRITE, {"failures": (found or 0) + 1})

    threads = [threading.Thread(target=add, args=(25,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    with db.reading() as session:
        assert session.scalar(_READ) == 100


def add_and_break(db: Database) -> None:
    with db.writing() as session:
        session.execute(text("INSERT INTO login_failures VALUES ('a', 0, 1)"))
        raise KeyError


def test_writing_inside_writing_is_refused_at_once(db: Database) -> None:
    def write() -> None:
        with db.writing() as session:
            session.execute(_READ)

    with pytest.raises(RuntimeError, match="inside"), db.writing():
        write()

    write()


def test_an_error_undoes_the_whole_transaction(db: Database) -> None:
    with pytest.raises(KeyError):
        add_and_break(db)

    with db.reading() as session:
        assert session.scalar(_READ) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lock_that_stays_is_told_as_busy(db: Database) -> None:
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with db.reading() as session:
            session.execute(text("PRAGMA busy_timeout = 50"))

        with pytest.raises(Busy), db.writing() as session:
            session.scalar(_READ)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_person_waits_for_waits_longer_for_the_lock(db: Database) -> None:
    def waits(**how: bool) -> object:
        with db.writing(**how) as session:
            return session.scalar(text("PRAGMA busy_timeout"))

    assert waits() == 10_000
    # Less than the minute after which nginx gives a page up.
    assert waits(patient=True) == 25_000
    assert waits(bulk=True) == 10_000
    assert waits(patient=True) == 25_000


def test_of_those_who_wait_for_the_lock_longer_there_are_two_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages have four threads: the others go on."""
    monkeypatch.setattr(engine, "_WAITS", 100)
    monkeypatch.setattr(engine, "_WAITS_FOR_A_PERSON", 60_000)
    file = tmp_path / "needledrop.sqlite3"
    with closing(Database(f"sqlite:///{file}", tmp_path)) as db, ThreadPoolExecutor(4) as pool:
        with db.writing() as session:
            session.execute(text("CREATE TABLE saved (id INTEGER)"))

        def save() -> bool:
            try:
                with db.writing(patient=True) as session:
                    session.execute(text("INSERT INTO saved VALUES (1)"))
            except Busy:
                return False
            return True

        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            asked = [pool.submit(save) for _ in range(4)]
            until = time.monotonic() + 30
            while sum(one.done() for one in asked) < 2:
                assert time.monotonic() < until
                time.sleep(0.01)
            assert [one.result() for one in asked if one.done()] == [False, False]
            other.execute("ROLLBACK")
        assert sorted(one.result() for one in asked) == [False, False, True, True]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_writes_in_bulk_leaves_gaps_that_others_find(db: Database) -> None:
    """Another writer on SQLite looks every 0.1 s, and would be told as busy after ten seconds."""
    gaps, ended = [], time.monotonic()
    for _ in range(15):
        with db.writing(bulk=True):
            gaps.append(time.monotonic() - ended)
            time.sleep(0.1)
            ended = time.monotonic()

    assert max(gaps) > 0.1


def test_a_database_learns_how_large_its_tables_are(db: Database) -> None:
    with db.writing() as session:
        session.execute(text("CREATE TABLE grown (id INTEGER)"))
        session.execute(text("INSERT INTO grown VALUES (1), (2), (3)"))
    try:
        db.survey("grown")

        with db.reading() as session:
            if not db.is_sqlite:
                query = text("SELECT reltuples FROM pg_class WHERE relname = 'grown'")
                assert session.scalar(query) == 3
    finally:
        with db.writing() as session:
            session.execute(text("DROP TABLE grown"))


def test_what_an_address_says_of_its_line_comes_before_ours() -> None:
    plain = line_to(make_url("postgresql+psycopg://h/n"))
    said = line_to(
        make_url("postgresql+psycopg://h/n?connect_timeout=60&options=-c%20work_mem%3D8MB")
    )

    assert plain["connect_timeout"] == 5
    assert plain["options"].endswith("-c tcp_user_timeout=10000")
    assert "connect_timeout" not in said
    assert said["options"] == f"{plain['options']} -c work_mem=8MB"
