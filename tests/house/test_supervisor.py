"""The supervisor, over small stand-ins: what it starts is there, what it stops is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.settings import ROOT
from supervisor import Child

_PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from supervisor import Supervisor
commands = {{name: [sys.executable, "-c", code] for name, code in {codes!r}.items()}}
sys.exit(Supervisor(commands).run())
"""
# Each says where it is, then does what its test is about.
_HELLO = """
import os, sys, time, signal
def say(name, pid):
    # In one piece: several of them write to one pipe.
    os.write(1, f"{{name}} {{pid}}\\n".encode())
say({name!r}, os.getpid())
"""
LASTS = "time.sleep(60)"
IS_DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay('deaf', 0)\n" + LASTS
CANNOT_START = "sys.exit('The port is taken.')"
HAS_A_CHILD = "say('grandchild', os.fork() or os.getpid())\n" + LASTS

Start = Callable[..., "Watched"]


class Watched:
    """A running supervisor; `said` reads the next line of one of its children."""

    def __init__(self, **codes: str) -> None:
        told = {name: _HELLO.format(name=name) + code for name, code in codes.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(root=str(ROOT), codes=told)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def said(self) -> tuple[str, int]:
        assert self.process.stdout
        name, pid = self.process.stdout.readline().split()
        return name, int(pid)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal, wait; return the exit status and what was said to stderr."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=90)
        return self.process.returncode, errors


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Watched] = []

    def make(**codes: str) -> Watched:
        started.append(Watched(**codes))
        return started[-1]

    yield make
    for one in started:
        one.process.kill()
        one.process.communicate()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 90
    while is_running(pid):
        assert time.monotonic() < until, f"process {pid} is still there"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end_it_ends_all_and_answers_0(start: Start, number: int) -> None:
    watched = start(web=LASTS, worker=LASTS)
    pids = [watched.said()[1], watched.said()[1]]

    status, errors = watched.end(number)

    assert (status, errors) == (0, "")
    assert not any(is_running(pid) for pid in pids)


def test_one_that_is_killed_is_started_again(start: Start) -> None:
    watched = start(web=LASTS, worker=LASTS)
    pids = dict([watched.said(), watched.said()])

    os.kill(pids["web"], signal.SIGKILL)
    name, pid = watched.said()

    assert name == "web"
    assert pid != pids["web"]
    assert is_running(pids["worker"])
    assert watched.end() == (0, "The web was ended by SIGKILL; it is started again.\n")


def test_one_that_cannot_start_ends_the_house_with_its_own_sentence(start: Start) -> None:
    watched = start(worker=LASTS, web=CANNOT_START)

    status, errors = watched.ended()

    assert (status, errors) == (1, "The port is taken.\n")


def test_what_a_dead_child_has_started_dies_as_well(start: Start) -> None:
    watched = start(web=HAS_A_CHILD)
    pids = {watched.said()[1] for _ in range(3)}
    assert len(pids) == 2
    leader = next(pid for pid in pids if os.getpgid(pid) == pid)

    os.kill(leader, signal.SIGKILL)

    for pid in pids:
        wait_until_gone(pid)


def test_nobody_outlives_a_supervisor_that_is_killed(start: Start) -> None:
    watched = start(web=LASTS, worker=LASTS)
    pids = [watched.said()[1], watched.said()[1]]

    watched.process.kill()

    for pid in pids:
        wait_until_gone(pid)


def test_ctrl_c_twice_does_not_wait(start: Start) -> None:
    watched = start(web=IS_DEAF)
    pid = watched.said()[1]
    assert watched.said() == ("deaf", 0)

    watched.process.send_signal(signal.SIGINT)
    # Two of one kind become one while the first is not taken yet.
    wait_until_stopping(watched.process.pid)
    watched.end(signal.SIGINT)

    assert not is_running(pid)


def wait_until_stopping(pid: int) -> None:
    """Wait until the first signal is no longer pending."""
    bit = 1 << (signal.SIGINT - 1)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        pending = next(line for line in lines if line.startswith("ShdPnd:"))
        if not int(pending.split()[1], 16) & bit:
            return
        time.sleep(0.01)


class TestDelays:
    """When the next one is due, without a clock."""

    def test_each_quick_death_doubles_the_wait_up_to_ten_seconds(self) -> None:
        child, waits = Child("web", ["web"]), []
        for _ in range(9):
            assert child.died(-9, now=1.0)
            waits.append(child.due - 1.0)

        assert waits == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10])

    def test_one_that_ran_long_is_back_at_once(self) -> None:
        child = Child("web", ["web"])
        child.died(-9, now=1.0)
        child.died(-9, now=1.0)

        child.died(-9, now=100.0)

        assert child.due == pytest.approx(100.2)

    @pytest.mark.parametrize(
        ("status", "lived", "goes_on"),
        [(1, 0.5, False), (1, 60, False), (1, 130, True), (2, 0.5, True)],
    )
    def test_only_a_first_start_that_ends_with_1_is_final(
        self, status: int, lived: float, *, goes_on: bool
    ) -> None:
        assert Child("web", ["web"]).died(status, now=lived) is goes_on

    def test_one_that_has_been_up_may_fail_to_start_again(self) -> None:
        child = Child("web", ["web"])
        child.died(-9, now=150.0)
        child.born = 150.0

        assert child.died(1, now=151.0)
