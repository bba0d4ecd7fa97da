"""What processes take while they run, looked at every few seconds, and whether it grows."""

import os
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bench.processes import Family, threads_of

_EVERY_SECONDS = 5.0
_PART = 3  # the first third of what is looked at against the last one


class Taken(NamedTuple):
    """By one process: memory in MB, shared pages by the share; open files; threads."""

    memory: float
    files: int
    threads: int


class Growth(NamedTuple):
    """Medians of the first third of a time, and of its last one."""

    first: float
    last: float

    @property
    def by(self) -> float:
        return self.last - self.first


class Samples(threading.Thread):
    """Looks at families until it is told to end; `sizes` are of files, by name, in bytes."""

    def __init__(
        self,
        families: Mapping[str, Family],
        sizes: Mapping[str, Callable[[], int]],
        every: float = _EVERY_SECONDS,
    ) -> None:
        super().__init__(daemon=True)
        self._families, self._sizes, self._every = families, sizes, every
        self._ends = threading.Event()
        self._begun = time.monotonic()
        self._of: dict[tuple[str, int], list[tuple[float, Taken]]] = {}
        self.largest = dict.fromkeys(sizes, 0)

    def run(self) -> None:
        while not self._ends.wait(self._every):
            at = time.monotonic() - self._begun
            for name, family in self._families.items():
                for pid in family.pids():
                    with suppress(OSError):
                        self._of.setdefault((name, pid), []).append((at, _taken(pid)))
            for name, size in self._sizes.items():
                self.largest[name] = max(self.largest[name], size())

    def end(self) -> None:
        self._ends.set()
        self.join()

    def lasting(self, since: float) -> dict[str, list[Taken]]:
        """Return what those took, from so many seconds on, that lived all the time since."""
        last = max((rows[-1][0] for rows in self._of.values()), default=0.0)
        since = max(since, min((rows[0][0] for rows in self._of.values()), default=0.0))
        found: dict[str, list[Taken]] = {}
        for (name, _), rows in sorted(self._of.items()):
            if rows[0][0] <= since <= rows[-1][0] and rows[-1][0] == last:
                number = sum(each.partition(" ")[0] == name for each in found)
                called = f"{name} {number + 1}" if number else name
                found[called] = [taken for at, taken in rows if at >= since]
        return found

    def processes(self) -> int:
        """Return how many there were, those that came and went included."""
        return len(self._of)


def growth(values: Sequence[float]) -> Growth:
    many = max(1, len(values) // _PART)
    return Growth(statistics.median(values[:many]), statistics.median(values[-many:]))


def size_of(file: Path) -> int:
    """Return its bytes; 0 where there is none."""
    with suppress(FileNotFoundError):
        return file.stat().st_size
    return 0


def _taken(pid: int) -> Taken:
    shared = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    pss = next((line for line in shared if line.startswith("Pss:")), "Pss: 0 kB")
    files = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - to be counted
    return Taken(int(pss.split()[1]) / 1024, files, threads_of(pid))
