"""The disk breaks off writes in the middle: whoever was told "saved" has it, the others are told.

Each seventh sync of the database or so fails; strace says so to the program in the kernel's place.
"""

from collections.abc import Callable

import pytest

from tests.conftest import FULL
from tests.faults.house import wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse
from tests.faults.promises import everything_holds

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
PURCHASES, TASKS = (200, 200) if FULL else (40, 30)
# Which syncs fail, for each thread by itself; a worker has a good start.
_OF_A_WEB, _OF_A_WORKER = "3+4", "15+3"


def failing(strace: str, when: str) -> list[str]:
    # -D: what is started is the program itself, and not strace, which would leave it behind.
    quiet = ["-D", "-f", "-qq", "--seccomp-bpf", "-e", "trace=fdatasync", "-e", "signal=none"]
    return [strace, *quiet, "-o", "/dev/null", "-e", f"inject=fdatasync:error=EIO:when={when}"]


def test_what_was_told_as_saved_is_there_and_nothing_else(
    open_house: OpenHouse, strace: str
) -> None:
    house = open_house
    house.start_web(before=failing(strace, _OF_A_WEB))
    saved: list[str] = []
    refused: list[str] = []
    with Browser(house.url) as maya:
        _until_it_works(lambda: maya.log_in("maya"))
        for number in range(PURCHASES):
            answer = maya.buy(f"Record {number}")
            (saved if answer.status_code == 303 else refused).append(f"Record {number}")
            if answer.status_code != 303:
                assert answer.status_code == 503
                assert "the disk takes no writes" in answer.text
        assert {maya.status(page) for page in ("/", "/shelf", "/tasks")} == {"200"}
    for process in house.processes:
        process.kill()

    assert saved and refused
    assert sorted(house.records()) == sorted(saved)
    assert house.is_sound()
    assert "Traceback" not in house.said()


def _until_it_works(do: Callable[[], None]) -> None:
    """Try it again where its own write is one of those that break off."""

    def works() -> bool:
        try:
            do()
        except AssertionError:
            return False
        return True

    wait(works, PATIENCE_SECONDS, "one that is saved")


def test_each_task_is_done_once_over_a_disk_that_breaks_off(
    open_house: OpenHouse, strace: str
) -> None:
    house = open_house
    found = [house.enqueue("file") for _ in range(TASKS)]
    house.start("quick", "quick", before=failing(strace, _OF_A_WORKER))

    house.wait_till_done(4 * PATIENCE_SECONDS)
    assert "trying again: Nothing can be saved at the moment" in house.said()
    house.stop()

    assert everything_holds(house.db) == {"COMPLETE": TASKS}
    assert {house.task(task_id).failures for task_id in found} == {0}
