"""Keeps the web and the worker running: starts them, starts them again, stops them together.

It knows nothing of what they do and loads nothing of ours, so that it costs a small
machine next to no memory and a fault of theirs is never its own.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

# pathlib would be a megabyte more, for good.
ROOT = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120

_WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# By name: a wait that a pause of the whole process (SIGSTOP, SIGCONT) has cut short gives
# a signal that was never sent.
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_UP_SECONDS = 10.0  # who ran this long has started well
_START_SECONDS = 120.0  # after which even the slowest card has loaded all there is to load
_FIRST_DELAY_SECONDS, _LONGEST_DELAY_SECONDS = 0.2, 10.0
_STOP_SECONDS = 12.0  # the worker takes up to ten to give back what it has in hand
_CANNOT_START = 1
_PR_SET_PDEATHSIG = 1


class Child:
    """One command, and the process that runs it; `pid` is 0 while there is none."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name, self.command = name, command
        self.pid = 0
        self.born = self.due = 0.0  # by time.monotonic()
        self.quick_deaths = 0
        self.has_been_up = False

    def died(self, status: int, now: float) -> bool:
        """Decide when the next one is due; False if another try would end the same way."""
        self.pid = 0
        is_quick = now - self.born < _UP_SECONDS
        self.has_been_up = self.has_been_up or now - self.born >= _START_SECONDS
        # It has said in one sentence what is wrong: a busy port, a bad setting.
        if status == _CANNOT_START and not self.has_been_up:
            return False
        self.quick_deaths = self.quick_deaths + 1 if is_quick else 0
        delay = _FIRST_DELAY_SECONDS * 2.0 ** min(max(0, self.quick_deaths - 1), 10)
        self.due = now + min(delay, _LONGEST_DELAY_SECONDS)
        return True


class Supervisor:
    """Runs commands, by name, until SIGTERM, SIGINT or SIGHUP."""

    def __init__(self, commands: Mapping[str, Sequence[str]]) -> None:
        self._children = [Child(name, command) for name, command in commands.items()]
        self._is_stopping = False
        self._interrupts = 0
        self._status = 0

    def run(self) -> int:
        """Return the exit status: 0 when told to end, 1 when one of them cannot start."""
        # Blocked, they wait in line for sigtimedwait: none is missed, none interrupts.
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        while not self._is_stopping:
            self._start_due()
            self._take(self._next_due())
        self._stop()
        return self._status

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.pid == 0 and child.due <= now:
                child.born, child.pid = now, _start(child.command)

    def _next_due(self) -> float | None:
        """Return the seconds until somebody must be started, None if all of them run."""
        now = time.monotonic()
        waits = [max(0.0, child.due - now) for child in self._children if child.pid == 0]
        return min(waits, default=None)

    def _take(self, seconds: float | None) -> None:
        """Wait for a signal, for ever if `seconds` is None, and act on it."""
        if seconds is None:
            said: signal.struct_siginfo | None = signal.sigwaitinfo(_WATCHED)
        else:
            said = signal.sigtimedwait(_WATCHED, seconds)
        if said is not None and said.si_signo in _STOPS:
            self._is_stopping = True
            self._interrupts += said.si_signo == signal.SIGINT
        self._reap()

    def _reap(self) -> None:
        """Take leave of every child that has ended, strangers too: we may be process 1."""
        while any(child.pid for child in self._children):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            for child in self._children:
                if child.pid == pid:
                    self._bury(child, os.waitstatus_to_exitcode(status))

    def _bury(self, child: Child, status: int) -> None:
        # Whatever it started itself must not stand in the way of the next one.
        _kill_group(child.pid)
        if self._is_stopping:
            child.pid = 0
        elif child.died(status, time.monotonic()):
            _say(f"The {child.name} {_cause(status)}; it is started again.")
        else:
            self._is_stopping, self._status = True, 1

    def _stop(self) -> None:
        for child in self._children:
            if child.pid:
                _end(child.pid)
        until = time.monotonic() + _STOP_SECONDS
        # Ctrl-C a second time: they have waited long enough.
        while self._is_anybody_left() and time.monotonic() < until and self._interrupts <= 1:
            self._take(max(0.0, until - time.monotonic()))
        for child in self._children:
            if child.pid:
                _kill(child.pid)
                os.waitpid(child.pid, 0)

    def _is_anybody_left(self) -> bool:
        return any(child.pid for child in self._children)


def _start(command: Sequence[str]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        # Ctrl-C reaches a whole group; when these stop is for us to say.
        os.setsid()
        _end_with(parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
        os.execv(command[0], list(command))  # noqa: S606 - our own programs, without a shell
    except OSError as error:
        _say(f"{command[0]}: {error.strerror}")
    finally:
        os._exit(_CANNOT_START)


def _end_with(parent: int) -> None:
    """Have the kernel send this process SIGTERM when its parent ends, in whatever way."""
    # Here alone: what a child has loaded is gone with execv.
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(0)


def _end(pid: int) -> None:
    """Ask a process to stop; one that has ended meanwhile has done so."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def _kill(pid: int) -> None:
    """End a child and everything that it has started; it may be gone already."""
    # The process first: right after the fork it has no group of its own yet.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _kill_group(pid)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _cause(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended by itself with exit status {status}"


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def programs() -> dict[str, list[str]]:
    """Return what a house consists of."""
    return {
        # Without docstrings, of which each has 4 MB; nobody reads them there.
        "web": [sys.executable, "-OO", f"{ROOT}/server.py"],
        "worker": [sys.executable, "-OO", f"{ROOT}/worker.py"],
    }


def prepare_environment() -> None:
    # A few threads must not each keep 64 MB of address space for themselves.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")


if __name__ == "__main__":
    prepare_environment()
    sys.exit(Supervisor(programs()).run())
