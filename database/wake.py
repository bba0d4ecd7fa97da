"""How an insert wakes a waiting worker: without polling, within a fraction of a millisecond.

On SQLite a datagram to a socket file in DATA/run, after the commit; on PostgreSQL
NOTIFY by a trigger, inside the transaction. Losing one costs time, never a task: a worker
looks by itself twice a minute.
"""

import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Self

from sqlalchemy import text

from core.room import full_disk_told
from database.statement import Link, connected

RING = "ring"
CHANNEL = "needledrop_tasks"
_PREFIX = "wake-"
_MESSAGE = b"work"

log = logging.getLogger(__name__)


def after_commit(link: Link) -> None:
    """Wake the workers once this transaction has committed."""
    connection = connected(link)
    # On PostgreSQL a trigger of the table says it, whoever changed the task.
    if connection.dialect.name == "sqlite":
        connection.info[RING] = True


def for_certain(link: Link) -> None:
    """Wake the workers once this has committed, though it changes no task."""
    after_commit(link)
    if connected(link).dialect.name == "postgresql":
        link.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


def ring(running: Path) -> None:
    """Send a word to each worker on this machine that sleeps.

    What was committed is committed: a bell that cannot be rung is logged, no more.
    """
    try:
        with _short(running) as folder, _datagrams() as sender:
            for name in os.listdir(folder.fd):  # noqa: PTH208 - by descriptor
                if name.startswith(_PREFIX):
                    _send(sender, folder, name)
    except OSError as error:
        log.warning("cannot wake the workers, they will look by themselves: %s", error)


def _send(sender: socket.socket, folder: "_short", name: str) -> None:
    try:
        sender.sendto(_MESSAGE, folder.path(name))
    except ConnectionRefusedError:
        # Nobody listens any more: its worker was killed.
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder.fd)
    except (BlockingIOError, FileNotFoundError, PermissionError):
        pass  # It has been woken often enough, has just left, or is another user's.


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
        with full_disk_told(), _short(running) as folder:
            with suppress(FileNotFoundError):
                self._path.unlink()
            self._socket.bind(folder.path(self._path.name))

    def fileno(self) -> int:
        return self._socket.fileno()

    def silence(self) -> None:
        """Take every word that has come, without waiting."""
        with suppress(BlockingIOError):
            while True:
                self._socket.recv(len(_MESSAGE))

    def close(self) -> None:
        self._socket.close()
        with suppress(FileNotFoundError):
            self._path.unlink()
