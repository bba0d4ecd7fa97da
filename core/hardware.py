"""What the machine tells of itself: how warm it is, and whether it is held back.

Read from the kernel's files, so that a page may ask.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

SYS = Path("/sys")
_THROTTLED = "devices/platform/soc/soc:firmware/get_throttled"
# What a Raspberry Pi's firmware says by single bits: now, and since it was started.
_NOW = {
    0: "too little voltage",
    1: "its frequency is capped",
    2: "it is throttled",
    3: "it is too warm",
}
_SINCE = 16  # the same four, as having happened


def celsius(system: Path = SYS) -> float | None:
    """Return how warm the warmest part is, None where nothing tells."""
    found = []
    for file in system.glob("class/thermal/thermal_zone*/temp"):
        with suppress(OSError, ValueError):
            found.append(int(file.read_text()) / 1000)
    return max(found, default=None)


def throttling(system: Path = SYS) -> int | None:
    """Return the firmware's bits, None on any other machine."""
    with suppress(OSError, ValueError):
        return int((system / _THROTTLED).read_text(), 16)
    return None


def held_back(bits: int) -> tuple[list[str], list[str]]:
    """Return what holds the machine back now, and what did since it was started."""
    now = [words for bit, words in _NOW.items() if bits >> bit & 1]
    since = [words for bit, words in _NOW.items() if bits >> (bit + _SINCE) & 1]
    return now, [words for words in since if words not in now]


def up_seconds() -> float:
    """Return for how long this process has run."""
    told = Path("/proc/self/stat").read_text()
    # The second field is a name, in brackets, and may hold spaces.
    started = int(told.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started
