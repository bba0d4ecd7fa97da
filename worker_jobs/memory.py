"""Keeps one job from taking the memory of the whole machine."""

import math
import os
import resource
from contextlib import suppress
from pathlib import Path

_MB = 1024 * 1024
_SMALL_MACHINE, _SMALL_GROUP = 900 * _MB, 450 * _MB
_GROUPS, _OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_SCORE = Path("/proc/self/oom_score_adj")
_FIRST = 500  # of 1000, as deploy/pi's unit has it


def go_first() -> None:
    """Have the kernel end this process and its runners, and not the pages, when memory is short.

    What they had in hand is done again; a page that goes is a page that somebody waits for.
    """
    with suppress(OSError, ValueError):  # another system has no such file
        if int(_SCORE.read_text()) < _FIRST:
            _SCORE.write_text(str(_FIRST))


def limit_memory() -> None:
    """Turn a runaway job into a MemoryError of its own.

    What the process has mapped by now, and a share of the machine on top: 320 MB on
    the smallest, never more than 2 GB. The kernel counts addresses; what is really taken
    of them is about half.
    """
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a kernel's file
        mapped = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    share = min(max(320 * _MB, total // 4), 2048 * _MB)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or hard > mapped + share:
        resource.setrlimit(resource.RLIMIT_AS, (mapped + share, hard))


def runners(root: Path = _GROUPS, told: Path = _OWN_GROUPS) -> int:
    """Return how many tasks are done at once: two on the smallest machine, three elsewhere.

    A small machine is also what a container or a service is that may take no more than one has.
    """
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    is_small = total < _SMALL_MACHINE or allowed(root, told) < _SMALL_GROUP
    return 2 if is_small else 3


def allowed(root: Path, told: Path) -> float:
    """Return how many bytes this process and those of its control group may take together."""
    found = math.inf
    with suppress(OSError):
        for line in told.read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            if "memory" in kinds.split(","):
                file = root / "memory" / path.lstrip("/") / "memory.limit_in_bytes"
            else:
                file = root / path.lstrip("/") / "memory.max"
            with suppress(OSError, ValueError):  # "max", or no group of this kind
                found = min(found, int(file.read_text()))
    return found
