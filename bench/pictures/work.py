"""What a way of making a picture is given, and how it is measured. Imports nothing large."""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypedDict

THREADS = 2
QUALITY = 88


class Work(NamedTuple):
    """A picture to be made of the posters in `folder`, as a JPEG at `out`.

    `folder` also holds the target, what is known of the posters' colours, and the cells
    that ours has kept.
    """

    folder: Path
    out: Path
    columns: int
    rows: int
    cell: tuple[int, int]

    @property
    def posters(self) -> list[Path]:
        return sorted((self.folder / "posters").glob("*.jpg"))

    @property
    def in_order(self) -> list[list[Path]]:
        """The posters of a wall, row by row."""
        across = self.columns
        there = self.posters[: across * self.rows]
        return [there[at : at + across] for at in range(0, len(there), across)]

    @property
    def target(self) -> Path:
        return self.folder / "target.jpg"

    @property
    def colours(self) -> Path:
        return self.folder / "colours"

    @property
    def grid(self) -> Path:
        """Which poster ours has chosen for each cell."""
        return self.folder / f"grid-{self.columns}x{self.rows}.json"

    @property
    def cells(self) -> Path:
        return self.folder / "cells"

    @property
    def size(self) -> tuple[int, int]:
        return self.columns * self.cell[0], self.rows * self.cell[1]


class Seconds(NamedTuple):
    wall: float
    cpu: float


class Figures(TypedDict):
    """Seconds of each lap; MB over what was in memory before, of the largest process."""

    laps: dict[str, Seconds]
    peak: float
    size: float


class Watch:
    """Stops the time of what a method does, lap by lap; what precedes `start` is left out."""

    def __init__(self) -> None:
        self.laps: dict[str, Seconds] = {}
        self.start()

    def start(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu()

    def lap(self, name: str) -> None:
        self.laps[name] = Seconds(time.perf_counter() - self._wall, _cpu() - self._cpu)
        self.start()


Method = Callable[[Work, Watch], None]


def measure(method: Method, work: Work) -> Figures:
    """Do the work in this process, which has done nothing large before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    watch = Watch()
    method(work, watch)
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in both) - before
    return {"laps": watch.laps, "peak": peak / 1024, "size": work.out.stat().st_size / 1e6}


def _cpu() -> float:
    # Children count once they have ended and been waited for.
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)
