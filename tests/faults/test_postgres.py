"""PostgreSQL goes away in the middle of work and comes back: the worker goes on by itself."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.errors import NeedledropError
from database import schema, workers
from database.engine import Database
from tests.faults.house import House, wait
from tests.faults.postgres import Server
from tests.faults.promises import everything_holds

_TASKS = 60
_CUT_ONE_LOCK = text("""
    SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     LIMIT 1
""")


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.start()
    yield made
    made.remove()


@pytest.fixture
def house(server: Server, tmp_path: Path) -> Iterator[House]:
    (tmp_path / "run").mkdir()
    db = Database(server.url, tmp_path / "run")
    schema.ensure(db)
    made = House(db, tmp_path, tmp_path / "worker.log")
    yield made
    made.stop()
    db.close()


def enqueue_some(house: House) -> list[int]:
    return [
        house.enqueue(*("count",) if number % 3 else ("deaf",), to=10, seconds=0.2)
        for number in range(_TASKS)
    ]


def answers(house: House) -> bool:
    try:
        house.open_tasks()
    except (NeedledropError, OperationalError):
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["fast", "immediate"])
@pytest.mark.parametrize("away_seconds", [0, 4])
def test_every_task_is_done_after_a_restart_of_the_server(
    house: House, server: Server, mode: str, away_seconds: int
) -> None:
    worker = house.start("quick", "quick")
    found = enqueue_some(house)
    house.wait_for(found[5], "COMPLETE")

    server.stop(mode)
    time.sleep(away_seconds)
    server.start()
    wait(lambda: answers(house), 10, "the server")

    house.wait_till_done(60)
    assert everything_holds(house.db) == {"COMPLETE": _TASKS}
    assert worker.poll() is None
    wait(lambda: workers.alive(house.db) == 2, 40, "both runners to live again")


@pytest.mark.slow
def test_a_lock_that_was_cut_off_costs_one_task_its_attempt_and_no_more(house: House) -> None:
    """Its siblings take the runner for dead: it must not go on claiming what they take away."""
    house.start("quick", "quick")
    found = [house.enqueue("deaf", seconds=1.0) for _ in range(8)]
    wait(lambda: len(house.in_hand()) == 2, 20, "both runners to work")
    with house.db.engine.begin() as connection:
        cut = connection.execute(_CUT_ONE_LOCK).scalars().all()
    assert len(cut) == 1

    house.wait_till_done(60)

    assert everything_holds(house.db) == {"COMPLETE": len(found)}
    assert sum(house.task(task_id).crashes for task_id in found) <= 1
    wait(lambda: workers.alive(house.db) == 2, 40, "both runners to live again")


@pytest.mark.slow
def test_a_worker_whose_lock_went_with_the_server_is_missed_when_it_dies(
    house: House, server: Server
) -> None:
    """It works on over a restart without going idle; then it is killed."""
    first = house.start("quick", "quick")
    enqueue_some(house)
    wait(lambda: len(house.in_hand()) == 2, 20, "both runners to work")
    server.stop("immediate")
    server.start()
    wait(lambda: answers(house), 10, "the server")
    time.sleep(1)
    first.kill()
    first.wait()

    house.start("quick")

    house.wait_till_done(60)
    assert everything_holds(house.db) == {"COMPLETE": _TASKS}
