"""What each runner has in hand, in memory that parent and children share.

The parent reads it to end what takes too long, and to say what a dead child was
doing, without asking a child that cannot answer.
"""

import mmap
import struct
import time
from typing import NamedTuple

_FORMAT = struct.Struct("qqqdq")


class Held(NamedTuple):
    """`task_id` 0: nothing in hand. `since` is by time.monotonic()."""

    worker_id: int
    task_id: int
    attempt: int
    since: float
    limit_seconds: int


class Slot:
    """One runner's place. Written by the runner, read by its parent."""

    def __init__(self, memory: mmap.mmap, number: int) -> None:
        self._memory, self._at = memory, number * _FORMAT.size

    def read(self) -> Held:
        return Held(*_FORMAT.unpack_from(self._memory, self._at))

    def enter(self, worker_id: int) -> None:
        self._write(Held(worker_id, 0, 0, 0.0, 0))

    def begin(self, task_id: int, attempt: int, limit_seconds: int) -> None:
        held = Held(self.read().worker_id, task_id, attempt, time.monotonic(), limit_seconds)
        self._write(held)

    def end(self) -> None:
        self.enter(self.read().worker_id)

    def clear(self) -> None:
        self.enter(0)

    def _write(self, held: Held) -> None:
        _FORMAT.pack_into(self._memory, self._at, *held)


def make(count: int) -> list[Slot]:
    memory = mmap.mmap(-1, max(1, count) * _FORMAT.size)
    return [Slot(memory, number) for number in range(count)]
