"""Keeps one job from taking the memory of the whole machine."""

import os
import resource

_MB = 1024 * 1024


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


def runners() -> int:
    """Return how many tasks this machine does at once: two on the smallest, three elsewhere."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 2 if total < 900 * _MB else 3
