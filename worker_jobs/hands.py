"""What each runner has in hand, in memory that parent and children share.

The parent reads it to end what takes too long, and to say what a dead child was
doing, without asking a child that cannot answer.
"""

import mmap
import struct
import time
from typing import NamedTuple

_FORMAT = struct.Struct("qqqdq")
_TASK = struct.Struct("q")  # the first of them


class Held(NamedTuple):
    """`task_id` 0: nothing in hand. `since` is by time.monotonic()."""

    task_id: int
    worker_id: int
    attempt: int
    since: float
    limit_seconds: int


class Hand:
    """One runner's. Written by the runner, read by its parent."""

    def __init__(self, memory: mmap.mmap, number: int) -> None:
        self._memory, self._at = memory, number * _FORMAT.size

    def read(self) -> Held:
        return Held(*_FORMAT.unpack_from(self._memory, self._at))

    def enter(self, worker_id: int) -> None:
        _FORMAT.pack_into(self._memory, self._at, 0, worker_id, 0, 0.0, 0)

    def begin(self, task_id: int, attempt: int, limit_seconds: int) -> None:
        held = Held(0, self.read().worker_id, attempt, time.monotonic(), limit_seconds)
        _FORMAT.pack_into(self._memory, self._at, *held)
        # Last: the parent may look at any moment, and must find the rest beside it.
        _TASK.pack_into(self._memory, self._at, task_id)

    def end(self) -> None:
        _TASK.pack_into(self._memory, self._at, 0)

    def clear(self) -> None:
        self.enter(0)


def make(count: int) -> list[Hand]:
    memory = mmap.mmap(-1, max(1, count) * _FORMAT.size)
    return [Hand(memory, number) for number in range(count)]
