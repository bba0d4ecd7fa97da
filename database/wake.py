"""How an insert wakes a waiting worker: without polling, within a fraction of a millisecond.

On SQLite a datagram to a socket file in DATA/run, after the commit; on PostgreSQL
NOTIFY by a trigger, inside the transaction. Losing one costs time, never a task: a worker
looks by itself twice a minute.
"""

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from sqlalchemy import text
from sqlalchemy.orm import Session

LANES = "wake_lanes"
CANCEL = "cancel"
HELLO = "hello"
CHANNEL = "needledrop_tasks"
_PREFIX = "wake-"


def after_commit(session: Session, lane: str) -> None:
    """Wake the workers of `lane` once this transaction has committed."""
    # On PostgreSQL a trigger of the table says it, whoever changed the task.
    if session.get_bind().dialect.name == "sqlite":
        session.info.setdefault(LANES, set()).add(lane)


def hello(session: Session) -> None:
    """Tell the other workers that one more is there."""
    if session.get_bind().dialect.name == "sqlite":
        after_commit(session, HELLO)
    else:
        words = {"channel": CHANNEL, "lane": HELLO}
        session.execute(text("SELECT pg_notify(:channel, :lane)"), words)


def ring(running: Path, lanes: Iterable[str]) -> None:
    """Send each sleeping worker on this machine the names of the lanes that have work."""
    message = " ".join(sorted(lanes)).encode()
    with suppress(FileNotFoundError), _short(running) as folder, _datagrams() as sender:
        for name in os.listdir(folder.fd):  # noqa: PTH208 - by descriptor
            if name.startswith(_PREFIX):
                _send(sender, folder, name, message)


def _send(sender: socket.socket, folder: "_short", name: str, message: bytes) -> None:
    try:
        sender.sendto(message, folder.path(name))
    except ConnectionRefusedError:
        # Nobody listens any more: its worker was killed.
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder.fd)
    except (BlockingIOError, FileNotFoundError):
        pass  # It has been woken often enough, or has just left.


class _short:  # noqa: N801 - used like a function
    """A folder by its descriptor: the address of a socket file holds 107 bytes at the most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        self.fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def path(self, name: str) -> str:
        return f"/proc/self/fd/{self.fd}/{name}"


def _datagrams() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)  # noqa: FBT003 - its name in the standard library
    return made


class Bell:
    """A worker's own end: a socket file, there while it lives."""

    def __init__(self, running: Path, name: str) -> None:
        self._path = running / f"{_PREFIX}{name}"
        self._socket = _datagrams()
        with suppress(FileNotFoundError):
            self._path.unlink()
        with _short(running) as folder:
            self._socket.bind(folder.path(self._path.name))

    def fileno(self) -> int:
        return self._socket.fileno()

    def heard(self) -> set[str]:
        """Take every message that has come, without waiting."""
        lanes: set[str] = set()
        with suppress(BlockingIOError):
            while True:
                lanes |= set(self._socket.recv(256).decode(errors="replace").split())
        return lanes

    def close(self) -> None:
        self._socket.close()
        with suppress(FileNotFoundError):
            self._path.unlink()
