"""How fast a service may be asked: one request after the other, at even distances."""

import threading
import time


class Pace:
    """Lets `per_second` callers through; up to four threads may share it."""

    def __init__(self, per_second: float) -> None:
        self._apart = 1 / per_second
        self._free_at = 0.0
        self._lock = threading.Lock()

    def reserve(self, at: float) -> float:
        """Take the next free turn for somebody who comes at that second; return how long to wait.

        >>> pace = Pace(10)
        >>> [round(pace.reserve(5.0), 3) for _ in range(3)]
        [0.0, 0.1, 0.2]
        """
        with self._lock:
            turn = max(at, self._free_at)
            self._free_at = turn + self._apart
        return turn - at

    def change(self, per_second: float) -> None:
        """Let so many through from now on."""
        with self._lock:
            self._free_at += 1 / per_second - self._apart
            self._apart = 1 / per_second

    def rest(self, until: float) -> None:
        """Let nobody through before that second."""
        with self._lock:
            self._free_at = max(self._free_at, until)

    def wait(self) -> None:
        """Sleep until it is this caller's turn."""
        time.sleep(self.reserve(time.monotonic()))
