"""The clock jumps while the house runs, as on a machine without a battery: nobody notices much."""

from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from core import clock
from core.settings import ROOT
from database import schedules, tasks, workers
from database.models import Schedule, Task
from tests.faults.house import wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse
from tests.faults.promises import everything_holds
from worker_jobs.registry import PLANS

_HOUR, _DAY = 3_600, 86_400
_TO_2038 = 12 * 366 * _DAY
JUMPS = (_HOUR, -_HOUR, -400 * _DAY)


class Clock:
    """What the processes of the house take for the time; the machine's own goes on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.jump(0)

    def jump(self, seconds: int) -> None:
        """Be so many seconds off the true time from now on."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds}\n")
        new.replace(self.file)


@pytest.fixture
def watch(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "offset")


@pytest.fixture
def house(open_house: OpenHouse) -> OpenHouse:
    """One whose schedules are there from the beginning; what they put in nobody takes."""
    with open_house.db.writing() as session:
        schedules.set_up(session, PLANS, "UTC")
    return open_house


def _begin(house: OpenHouse, watch: Clock) -> None:
    by_it = ("-m", "tests.faults.jumping", watch.file)
    house.run(*by_it, ROOT / "server.py")
    house.wait_for_pages()
    house.run(*by_it, ROOT / "tests" / "faults" / "program.py", "--lanes", "quick")
    wait(lambda: workers.alive(house.db) == 1, PATIENCE_SECONDS, "the worker")


def _is_done(house: OpenHouse, task_id: int) -> None:
    assert house.wait_for(task_id, "COMPLETE", seconds=PATIENCE_SECONDS).crashes == 0


@pytest.mark.slow
def test_after_jumps_people_are_still_known_and_tasks_are_done(
    house: OpenHouse, watch: Clock
) -> None:
    _begin(house, watch)
    with Browser(house.url) as maya:
        maya.log_in("maya")
        for seconds in JUMPS:
            in_hand = house.enqueue("count", to=60, pause_seconds=0.02)
            house.wait_for(in_hand, "PROGRESSING")

            watch.jump(seconds)

            done = house.wait_for(in_hand, "COMPLETE", seconds=PATIENCE_SECONDS)
            assert done.attempt == 1
            assert maya.is_logged_in()
            # By the true time: to a clock that went back it lies ahead.
            _is_done(house, house.enqueue("nothing"))
            _is_done(house, house.enqueue("flaky", good=2))
            assert maya.buy(f"Before {seconds}").status_code == 303
            watch.jump(0)
            assert maya.is_logged_in()
            _is_done(house, house.enqueue("flaky", good=2))
            assert maya.buy(f"After {seconds}").status_code == 303
    house.close()
    assert set(_quick_ones_hold(house)) == {"COMPLETE"}
    assert len(house.records()) == 2 * len(JUMPS)


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_clock_that_was_in_2038_leaves_nothing_waiting_for_it(
    house: OpenHouse, watch: Clock
) -> None:
    watch.jump(_TO_2038)
    _begin(house, watch)
    with Browser(house.url) as maya:
        maya.log_in("maya")
        assert maya.buy("Tago Mago").status_code == 303
        # It fails by that clock, and its next try would be some day.
        put_off = house.enqueue("flaky", good=99)
        wait(lambda: house.task(put_off).failures > 1, PATIENCE_SECONDS, "a try")

        watch.jump(0)

        house.wait_for(put_off, "ERROR", seconds=2 * PATIENCE_SECONDS)
        assert maya.is_logged_in()
        _is_done(house, house.enqueue("nothing"))
        assert maya.buy("Ege Bamyasi").status_code == 303
    wait(lambda: not _far_away(house), PATIENCE_SECONDS, "the schedules to be of this time")
    twice = select(Task.schedule_name).group_by(Task.schedule_name).having(func.count() > 1)
    with house.db.reading() as session:
        assert [name for name in session.scalars(twice) if name] == []


def _far_away(house: OpenHouse) -> list[str]:
    """Return what is to run by itself, and not within a month."""
    with house.db.reading() as session:
        rows = session.scalars(select(Schedule).where(Schedule.is_enabled)).all()
    return [row.name for row in rows if row.next_run_at > clock.now() + 32 * clock.DAY]


def _quick_ones_hold(house: OpenHouse) -> dict[str, int]:
    """Check what was done; what takes long, as all that runs by itself, nobody here takes."""
    with house.db.writing() as session:
        session.execute(delete(Task).where(Task.lane == tasks.LONG))
    return everything_holds(house.db)
