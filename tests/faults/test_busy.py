"""Many want to write at once, from the pages and from the worker: nobody is told of it."""

import os
import threading
from contextlib import ExitStack, suppress

import pytest

from database import play_imports
from database.owner import Owner
from fakes import plays
from tests import factories
from tests.conftest import FULL
from tests.faults.house import Process, runners, wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse
from tests.faults.promises import everything_holds

WRITERS = 8
EACH, PLAYS = (100, 100_000) if FULL else (12, 300)


@pytest.mark.slow
def test_eight_who_write_at_once_beside_a_busy_worker_are_all_answered(
    open_house: OpenHouse,
) -> None:
    house = open_house
    uploads = house.data / "uploads"
    uploads.mkdir(exist_ok=True)
    (uploads / "a.upload").write_text(plays.extended(plays.history(PLAYS)), encoding="utf-8")
    for number in range(WRITERS):
        house.admit(f"writer{number}")
    house.start_web()
    with house.db.writing() as session:
        owner = Owner(factories.person(session, "alice").id)
        play_imports.ask(session, owner, "a.upload", "history.json")
    for _ in range(5 * EACH):
        house.enqueue("file")
    _is_as_busy_as_anybody(house.start("quick", "long,quick"))
    told: list[int] = []

    with ExitStack() as stack:
        people = [stack.enter_context(Browser(house.url)) for _ in range(WRITERS)]
        for number, who in enumerate(people):
            # One after the other: many at once from one address are taken for somebody who guesses.
            who.log_in(f"writer{number}")

        def write(who: Browser) -> None:
            told.extend(who.buy(f"Record {nth}").status_code for nth in range(EACH))

        writers = [threading.Thread(target=write, args=(who,)) for who in people]
        for one in writers:
            one.start()
        for one in writers:
            one.join()
    house.wait_till_done(5 * PATIENCE_SECONDS)
    house.close()

    assert told == [303] * (WRITERS * EACH)
    assert len(house.records()) == WRITERS * EACH
    assert set(everything_holds(house.db)) == {"COMPLETE"}
    assert "busy" not in house.said() and "locked" not in house.said()


def _is_as_busy_as_anybody(worker: Process) -> None:
    """Take the worker's patience from it.

    It lets everybody else go first, and may hold the lock meanwhile: beside other tests that
    would be a drill of this machine. docs/faults.md tells how it is with it.
    """
    wait(lambda: len(runners(worker)) > 1, PATIENCE_SECONDS, "the runners")
    with suppress(PermissionError):
        for pid in (worker.pid, *runners(worker)):
            os.setpriority(os.PRIO_PROCESS, pid, 0)
