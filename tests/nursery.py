"""Starts a program again and again that is loaded once: most of a start is reading modules.

One process a program has imported what it imports, and forks for each start. What comes of it is
a process like any other, with its own environment and its own end.

    python -m tests.nursery PROGRAM

reads orders as lines of JSON, and answers each with a number: {"start": …} with the one of the
process, {"reap": process} with how that ended.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from core.settings import ROOT


class Process:
    """One that was started here; what it can be told is what a Popen can."""

    def __init__(self, nursery: "_Nursery", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery
        self._ends = os.pidfd_open(pid)

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended, the negative signal if by one.

        Raises:
            subprocess.TimeoutExpired: it has not, for `timeout` seconds.
        """
        if self.returncode is None:
            if not select.select([self._ends], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            # Until now it is a zombie, and its number nobody else's.
            self.returncode = self._nursery.tell({"reap": self.pid})
            os.close(self._ends)
        return self.returncode

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._ends, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    program: str,
    *arguments: object,
    environment: Mapping[str, str],
    log: Path | None = None,
    in_session: bool = False,
    before: tuple[str, ...] = (),
) -> Process:
    """Start the module `program` as `python -m` would.

    Args:
        program: its name.
        arguments: as they are typed.
        environment: all of it.
        log: the file to which its standard error is added; None is ours.
        in_session: whether it leads a session, and a group, of its own.
        before: a command that starts another and becomes it, on another host perhaps.
    """
    order = {
        "arguments": [str(said) for said in arguments],
        "environment": dict(environment),
        "log": None if log is None else str(log),
        "in_session": in_session,
    }
    nursery = _nursery(program, before)
    return Process(nursery, nursery.tell({"start": order}))


@cache
def _nursery(program: str, before: tuple[str, ...]) -> "_Nursery":
    made = _Nursery(program, before)
    atexit.register(made.close)
    return made


class _Nursery:
    def __init__(self, program: str, before: tuple[str, ...]) -> None:
        own = {name: said for name, said in os.environ.items() if name[:11] != "NEEDLEDROP_"}
        self._process = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.nursery", program],
            cwd=ROOT,
            env=own,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def tell(self, order: dict[str, Any]) -> int:
        orders, answers = self._process.stdin, self._process.stdout
        assert orders and answers
        orders.write(f"{json.dumps(order)}\n")
        orders.flush()
        return int(answers.readline())

    def close(self) -> None:
        self._process.communicate()


def _serve() -> dict[str, Any] | None:
    """Do what is asked until nobody asks any more; in a process that was forked, return its order.

    Read without a buffer: what was read ahead would be read again in the child.
    """
    while said := _line():
        order = json.loads(said)
        if "reap" in order:
            _, status = os.waitpid(order["reap"], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork()
            if answer == 0:
                return dict(order["start"])
        os.write(1, f"{answer}\n".encode())
    return None


def _line() -> bytes:
    read = b""
    while not read.endswith(b"\n"):
        if not (more := os.read(0, 65_536)):
            return b""
        read += more
    return read


def _become(order: dict[str, Any]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    if order["log"] is not None:
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 2)
        os.close(log)
    os.dup2(2, 1)
    os.close(nothing)
    if order["in_session"]:
        os.setsid()
    os.environ.clear()
    os.environ.update(order["environment"])


def main(program: str) -> None:
    importlib.import_module(program)
    # Else each that starts would look through all of it, and so copy it.
    gc.collect()
    gc.freeze()
    order = _serve()
    if order is None:
        return
    _become(order)
    sys.argv[1:] = order["arguments"]
    # To be run it is read anew; all that it imports is there.
    del sys.modules[program]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1])
