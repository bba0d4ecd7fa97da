"""PostgreSQL goes away in the middle of work and comes back: the worker goes on by itself."""

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.errors import CannotStart, NeedledropError
from core.settings import Settings
from database import schema, workers
from database.engine import Database
from tests.conftest import FULL, remove_progress
from tests.faults.house import House, wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse, Pollers
from tests.faults.postgres import Server
from tests.faults.promises import everything_holds
from webapp import create_app
from webapp.database import KEY
from worker import prepare

_TASKS = 60
# How it stops, and how long it is away.
_SOME = [("fast", 0), ("immediate", 4)]
_RESTARTS = list(product(["fast", "immediate"], [0, 4])) if FULL else _SOME
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
@pytest.mark.parametrize(("mode", "away_seconds"), _RESTARTS)
def test_every_task_is_done_after_a_restart_of_the_server(
    house: House, server: Server, mode: str, away_seconds: int
) -> None:
    worker = house.start("quick", "quick")
    found = enqueue_some(house)
    house.wait_for(found[5], "COMPLETE")

    server.stop(mode)
    time.sleep(away_seconds)
    server.start()
    wait(lambda: answers(house), 60, "the server")

    house.wait_till_done(60)
    assert everything_holds(house.db) == {"COMPLETE": _TASKS}
    assert worker.poll() is None
    wait(lambda: workers.alive(house.db) == 2, 60, "both runners to live again")


@pytest.mark.slow
def test_a_lock_that_was_cut_off_costs_one_task_its_attempt_and_no_more(house: House) -> None:
    """Its siblings take the runner for dead: it must not go on claiming what they take away."""
    house.start("quick", "quick")
    found = [house.enqueue("deaf", seconds=1.0) for _ in range(8)]
    wait(lambda: len(house.in_hand()) == 2, 60, "both runners to work")
    with house.db.engine.begin() as connection:
        cut = connection.execute(_CUT_ONE_LOCK).scalars().all()
    assert len(cut) == 1

    house.wait_till_done(60)

    assert everything_holds(house.db) == {"COMPLETE": len(found)}
    assert sum(house.task(task_id).crashes for task_id in found) <= 1
    wait(lambda: workers.alive(house.db) == 2, 60, "both runners to live again")


@pytest.mark.slow
def test_a_worker_whose_lock_went_with_the_server_is_missed_when_it_dies(
    house: House, server: Server
) -> None:
    """It works on over a restart without going idle; then it is killed."""
    first = house.start("quick", "quick")
    enqueue_some(house)
    wait(lambda: len(house.in_hand()) == 2, 60, "both runners to work")
    server.stop("immediate")
    server.start()
    wait(lambda: answers(house), 60, "the server")
    time.sleep(1)
    first.kill()
    first.wait()

    house.start("quick")

    house.wait_till_done(60)
    assert everything_holds(house.db) == {"COMPLETE": _TASKS}


_PAGES = ("/", "/shelf", "/listening/", "/tasks", "/healthz")


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_pages_say_that_it_is_away_and_fail_no_more_once_it_is_back(
    server: Server, tmp_path: Path, mode: str
) -> None:
    (tmp_path / "run").mkdir()
    db = Database(server.url, tmp_path / "run")
    schema.ensure(db)
    house = OpenHouse(db, tmp_path, tmp_path / "log")
    try:
        house.admit("maya")
        house.start_web()
        house.start("quick,long")
        # One that is still getting ready would end, and nobody here starts it again.
        wait(lambda: workers.alive(db) == 1, PATIENCE_SECONDS, "the worker")
        for _ in range(20):
            house.enqueue("count", to=20)
        with Browser(house.url) as maya:
            maya.log_in("maya")
            with Pollers(maya, *_PAGES) as others:
                others.have_seen(40)
                assert set(others.told) == {"200"}
                server.stop(mode)
                wait(lambda: others.told["503"] > 0, PATIENCE_SECONDS, "it to be missed")
                away = maya.ask("GET", "/shelf")
                assert away.status_code == 503
                assert "The database does not answer" in away.text
                server.start()
                wait(lambda: maya.status("/shelf") == "200", PATIENCE_SECONDS, "it to be back")
                assert set(others.told) <= {"200", "503"}
                others.since_now()
                others.have_seen(100)
                assert set(others.told) == {"200"}
            assert maya.buy("Tago Mago").status_code == 303
        house.wait_till_done(PATIENCE_SECONDS)
        assert set(everything_holds(house.db)) == {"COMPLETE"}
    finally:
        house.close()
        db.close()
        remove_progress(db)


@pytest.mark.slow
@pytest.mark.parametrize("start", [prepare, create_app])
def test_a_start_in_the_middle_of_which_it_goes_ends_with_one_sentence(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start: Callable[[Settings], object],
) -> None:
    ensure = schema.ensure

    def ensure_and_lose(db: Database) -> None:
        ensure(db)
        server.stop("immediate")

    monkeypatch.setattr(schema, "ensure", ensure_and_lose)
    with pytest.raises(CannotStart) as caught:
        start(Settings(data=tmp_path / "data", database_url=server.url))
    server.start()

    said = str(caught.value)
    assert said.startswith("The database cannot be opened: ") and "\n" not in said


@pytest.mark.slow
def test_pages_from_under_which_it_goes_before_they_greet_end_with_one_sentence(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NEEDLEDROP_DATABASE_URL", server.url)
    monkeypatch.setenv("NEEDLEDROP_HOST", "127.0.0.1")
    # It makes its pages when it is loaded, as gunicorn wants it.
    sys.modules.pop("server", None)
    pages = importlib.import_module("server")
    house = pages.app.extensions[KEY]
    try:
        server.stop("immediate")
        with pytest.raises(CannotStart, match="The database cannot be opened: "):
            pages.greet(house)
    finally:
        del sys.modules["server"]
        server.start()
        house.db.close()
