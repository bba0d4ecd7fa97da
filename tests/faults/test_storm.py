"""kill -9 of the worker again and again over a mixed queue: nothing is lost, nothing done twice.

At full size 200 times on SQLite and 40 times on PostgreSQL, in storms short enough to be
shared among several processes. The seed is printed; NEEDLEDROP_TEST_SEED plays a storm
again, NEEDLEDROP_TEST_KILLS makes it longer or shorter.
"""

import os
import random
import secrets
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from fakes.diary import diary
from fakes.letterboxd import FakeLetterboxd
from tests.conftest import FULL
from tests.faults.house import House, Process, runners, wait
from tests.faults.promises import (
    everything_holds,
    files_and_rows_agree,
    only_the_unlucky_failed,
)

RECOVERY_SECONDS = 60.0
_STORMS = 4 if FULL else 1
_EACH = {"sqlite": 50, "postgresql": 10} if FULL else {"sqlite": 8, "postgresql": 4}
_KEPT_OPEN = 15
_MEMBERS = 8


class Storm:
    def __init__(self, house: House, letterboxd: FakeLetterboxd, lines: Path, seed: int) -> None:
        self.house, self.lines = house, lines
        self.chance = random.Random(seed)
        self.recovered: list[float] = []
        today = datetime.now(UTC).date()
        for number in range(_MEMBERS):
            letterboxd.member(f"member{number}", diary(number, today, count=4))
        self.worker = self._start()

    def _start(self) -> Process:
        return self.house.start("quick", "quick")

    def feed(self) -> None:
        """Keep enough open for the next kill to meet some work."""
        for _ in range(_KEPT_OPEN - self.house.open_tasks()):
            self._enqueue(self.chance.randrange(8))

    def _enqueue(self, kind: int) -> None:
        house, name = self.house, f"member{self.chance.randrange(_MEMBERS)}"
        if kind == 0:
            house.enqueue(
                "create_mosaic", source="feed", letterboxd_username=name, file_name=None,
                upload=None, period="all", layout="sheet", scale=1, zone="UTC",
            )  # fmt: skip
        elif kind == 1:
            house.enqueue("file", pause_seconds=0.05)
        elif kind == 2:
            house.enqueue("trace", lock_key="one", file=str(self.lines), pause_seconds=0.02)
        elif kind == 3:
            house.enqueue("flaky", good=2)
        elif kind == 4:
            house.enqueue("deaf", seconds=0.1)
        else:
            house.enqueue(*("nothing",) if kind == 5 else ("count",), to=10)

    def strike(self) -> None:
        """Kill the worker, or one of its runners, in the middle of something."""
        wait(lambda: bool(self.house.in_hand()), RECOVERY_SECONDS, "a task to be in hand")
        time.sleep(self.chance.uniform(0, 0.3))
        hit = runners(self.worker)
        if hit and self.chance.random() < 0.25:
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(hit), signal.SIGKILL)
            return
        self.worker.kill()
        self.worker.wait()
        since, interrupted = time.monotonic(), self.house.in_hand()
        self.worker = self._start()
        for task_id, attempt in interrupted.items():
            self._wait_for_next(task_id, attempt)
            self.recovered.append(time.monotonic() - since)

    def _wait_for_next(self, task_id: int, attempt: int) -> None:
        def is_past() -> bool:
            task = self.house.task(task_id)
            return task.attempt > attempt or not task.is_open

        wait(is_past, RECOVERY_SECONDS, f"task {task_id} to be claimed again")


def _kills(engine: str) -> int:
    asked = os.environ.get("NEEDLEDROP_TEST_KILLS")
    return int(asked) if asked else _EACH[engine]


@pytest.mark.slow
@pytest.mark.parametrize("_storm", range(_STORMS))
def test_every_task_ends_once_whatever_is_killed(
    house: House, letterboxd: FakeLetterboxd, tmp_path: Path, _storm: int
) -> None:
    seed = int(os.environ.get("NEEDLEDROP_TEST_SEED", "0")) or secrets.randbelow(10**6) + 1
    kills = _kills(house.db.engine.dialect.name)
    print(f"storm of {kills} kills, seed {seed}")  # noqa: T201 - to play it again
    storm = Storm(house, letterboxd, tmp_path / "lines", seed)

    for _ in range(kills):
        storm.feed()
        storm.strike()
    house.wait_till_done(120)
    house.stop()

    # A start makes files and rows agree.
    house.start()
    house.wait_for(house.enqueue("nothing"), "COMPLETE")
    house.stop()
    ends = everything_holds(house.db)
    pictures = files_and_rows_agree(house.db, house.pictures)
    assert set(ends) <= {"COMPLETE", "ERROR"}
    only_the_unlucky_failed(house.db)
    _never_overlapped(tmp_path / "lines")
    assert not list(house.pictures.glob("*.part"))
    print(f"{ends}, {pictures} pictures; claimed again after {_spread(storm.recovered)}")  # noqa: T201


def _never_overlapped(lines: Path) -> None:
    """One that was killed leaves a begin without an end; no end follows another's begin."""
    said = lines.read_text().split() if lines.exists() else []
    for before, line in pairwise(said):
        assert line[0] == "+" or before == f"+{line[1:]}"


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "nothing was interrupted"
    ordered = sorted(seconds)
    p50, p99 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.99))
    return f"p50 {p50:.2f} s, p99 {p99:.2f} s, max {ordered[-1]:.2f} s ({len(ordered)} tasks)"
