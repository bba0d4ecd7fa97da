"""Programs under measurement: started in a session of their own, read from /proc, ended whole.

A worker that outlived its measurement would eat the next one's tasks, so whoever starts
one ends it, with all that it has started itself.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from core.settings import PREFIX, ROOT

_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS = 15


class Family:
    """A program and everything it has started."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        stderr: int | IO[bytes] | None = None,
        stdout: int | IO[bytes] = subprocess.DEVNULL,
    ) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._first = subprocess.Popen(
            command,
            cwd=ROOT,
            env=own | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )

    def pids(self) -> list[int]:
        """Return who lives of it."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - names will do
            with suppress(OSError):
                state, _, _, session = _stat(name)[:4]
                if int(session) == self._first.pid and state != "Z":
                    found.append(int(name))
        return found

    def cpu_seconds(self) -> float:
        """Return the processor time of those that live."""
        return sum(sum(map(int, _stat(pid)[11:13])) for pid in self.pids()) / _TICKS

    def written(self) -> int:
        """Return the bytes that those who live have sent to a disk."""
        return sum(_field(f"/proc/{pid}/io", "write_bytes") for pid in self.pids())

    def resident(self) -> dict[int, int]:
        """Return each process's memory in kB; shared pages count by the share (PSS)."""
        return {pid: _field(f"/proc/{pid}/smaps_rollup", "Pss") for pid in self.pids()}

    def ended(self, seconds: float) -> int:
        """Wait until it has ended by itself; return how."""
        return self._first.wait(seconds)

    def kill(self) -> None:
        """End it at once, as a lack of memory or a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self._first.pid, signal.SIGKILL)
        self._first.wait()
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end; what has not after a while is killed."""
        self._first.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._first.wait(_STOP_SECONDS)
        self.kill()

    @property
    def is_alive(self) -> bool:
        return self._first.poll() is None

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._first.poll()


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Family]:
    started = Family(command, environment)
    try:
        yield started
    finally:
        started.stop()


def end_in_order() -> None:
    """Have SIGTERM end this process as Ctrl-C does: with all that it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def threads_of(pid: int) -> int:
    return int(_stat(pid)[17])


def _stat(pid: int | str) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on: the second may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _field(file: str, name: str) -> int:
    for line in Path(file).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(f"{file} has no {name}")
