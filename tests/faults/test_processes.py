"""Processes that stop, vanish or start together: what the locks of the living are for."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from database import claims, workers
from database.engine import Database
from database.models import Worker
from tests.conftest import remove_progress
from tests.faults.house import House, is_alive, runners, wait
from tests.faults.promises import everything_holds

_GONE_SECONDS = 60.0


def _is_up(house: House, count: int) -> None:
    wait(lambda: workers.alive(house.db) == count, 20, f"{count} runners to live")


@pytest.mark.slow
def test_a_runner_that_stood_still_goes_on_and_nobody_does_its_task_twice(house: House) -> None:
    first = house.start()
    _is_up(house, 1)
    task_id = house.enqueue("count", to=60, pause_seconds=0.02)
    house.wait_for(task_id, "PROGRESSING")
    house.start()
    _is_up(house, 2)
    (stopped,) = runners(first)

    os.kill(stopped, signal.SIGSTOP)
    try:
        # Hung is not dead: another worker is there, and lets the task alone.
        until = time.monotonic() + 3
        while time.monotonic() < until:
            assert house.task(task_id).attempt == 1
            time.sleep(0.1)
    finally:
        os.kill(stopped, signal.SIGCONT)

    house.wait_for(task_id, "COMPLETE")
    assert everything_holds(house.db) == {"COMPLETE": 1}
    assert house.task(task_id).attempt == 1


@pytest.mark.slow
def test_the_end_of_an_attempt_that_was_given_away_is_dropped(house: House) -> None:
    """A worker stands still, is given up, and comes back when another has done its task."""
    first = house.start()
    _is_up(house, 1)
    task_id = house.enqueue("deaf", seconds=1)
    worker_id = house.wait_for(task_id, "PROGRESSING").worker_id
    assert worker_id
    (stopped,) = runners(first)
    for pid in (first.pid, stopped):
        os.kill(pid, signal.SIGSTOP)
    with house.db.writing() as session:
        claims.recover(session, worker_id, workers.DIED)
    second = house.start()
    house.wait_for(task_id, "COMPLETE")
    second.terminate()
    second.wait()

    # The runner alone, so that its parent does not end it before it has said its late word.
    os.kill(stopped, signal.SIGCONT)
    house.wait_for(house.enqueue("nothing"), "COMPLETE")
    os.kill(first.pid, signal.SIGCONT)

    assert everything_holds(house.db) == {"COMPLETE": 2}
    assert house.task(task_id).attempt == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lock_file_that_somebody_removed_costs_a_living_worker_nothing(house: House) -> None:
    house.start()
    _is_up(house, 1)
    task_id = house.enqueue("count", to=120, pause_seconds=0.02)
    house.wait_for(task_id, "PROGRESSING")

    for lock in house.db.running.glob("*.lock"):
        lock.unlink()
    house.start()
    _is_up(house, 2)

    assert house.wait_for(task_id, "COMPLETE").attempt == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_its_lock_file_a_worker_that_dies_is_still_missed(house: House) -> None:
    first = house.start()
    _is_up(house, 1)
    task_id = house.enqueue("count", to=50, pause_seconds=0.02)
    house.wait_for(task_id, "PROGRESSING")
    for lock in house.db.running.glob("*.lock"):
        lock.unlink()

    first.kill()
    first.wait()
    house.start()

    assert house.wait_for(task_id, "COMPLETE").attempt == 2


def test_no_runner_outlives_a_worker_that_was_killed(house: House) -> None:
    worker = house.start("quick", "quick")
    _is_up(house, 2)
    task_id = house.enqueue("deaf", seconds=60)
    house.wait_for(task_id, "PROGRESSING")
    forked = runners(worker)

    worker.kill()
    worker.wait()

    assert len(forked) == 2
    wait(lambda: not any(map(is_alive, forked)), _GONE_SECONDS, "the runners to be gone")
    # PostgreSQL lets go of a dead client's lock when it next looks, not at the death itself
    wait(lambda: workers.alive(house.db) == 0, _GONE_SECONDS, "the locks to be let go")


@pytest.fixture(params=["sqlite", "postgresql"])
def new_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A household on its first day: not even the tables are there."""
    url = f"sqlite:///{tmp_path / 'needledrop.sqlite3'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS first_day WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE first_day"))
        engine.dispose()
        url = server.replace("/postgres?", "/first_day?")
    (tmp_path / "run").mkdir()
    db = Database(url, tmp_path / "run")
    made = House(db, tmp_path, tmp_path / "worker.log")
    yield made
    made.stop()
    db.close()
    remove_progress(db)


@pytest.mark.slow
def test_two_workers_that_start_together_on_the_first_day_both_come_up(new_house: House) -> None:
    house = new_house
    for _ in range(2):
        house.start("quick", "quick")
    wait(lambda: "workers" in _tables(house.db), 60, "the tables")
    _is_up(house, 4)

    found = [house.enqueue("nothing") for _ in range(40)]

    for task_id in found:
        assert house.wait_for(task_id, "COMPLETE").attempt == 1
    everything_holds(house.db)
    with house.db.reading() as session:
        assert len(session.scalars(select(Worker.id)).all()) == 4


def _tables(db: Database) -> set[str]:
    names = (
        "SELECT name FROM sqlite_master"
        if db.is_sqlite
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    with db.reading() as session:
        return set(session.scalars(text(names)))
