"""The work that every queue is given, and the record of it.

A job that has something to tell appends one line to a file, whose name is in BENCH_LOG.
What happened is read from there, and not from what a queue says of itself.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LOG, STORE = "BENCH_LOG", "BENCH_STORE"
SLOW_SECONDS = 0.15
_LOOK_SECONDS = 0.002


Job = Callable[[int], object]


class Line(NamedTuple):
    event: str
    number: int
    at: int  # by time.monotonic_ns(), a clock that all processes share


def nothing(_number: int) -> None:
    pass


def stamp(number: int) -> None:
    """Say when it began."""
    _note("began", number)


def gate(number: int) -> None:
    """Keep a worker busy until the gate is opened."""
    _note("began", number)
    opened = gate_of(Path(os.environ[LOG]))
    while not opened.exists():
        time.sleep(_LOOK_SECONDS)


def slow(number: int) -> None:
    _note("began", number)
    time.sleep(SLOW_SECONDS)
    _note("ended", number)


def long(number: int) -> None:
    """Be killed in the middle, the first time."""
    _note("began", number)
    time.sleep(1.0)
    _note("ended", number)


JOBS: dict[str, Job] = {job.__name__: job for job in (nothing, stamp, gate, slow, long)}


def gate_of(log: Path) -> Path:
    return log.with_suffix(".open")


def lines(log: Path) -> list[Line]:
    """Return what the jobs have told so far."""
    if not log.exists():
        return []
    told = log.read_text().splitlines()
    return [Line(event, int(number), int(at)) for event, number, at in map(str.split, told)]


def _note(event: str, number: int) -> None:
    at = time.monotonic_ns()
    # One write of one line: those of several processes do not mix.
    with open(os.environ[LOG], "a", encoding="ascii") as log:  # noqa: PTH123 - in what is timed
        log.write(f"{event} {number} {at}\n")
