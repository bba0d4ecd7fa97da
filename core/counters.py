"""Counts that all processes of a house on this machine add to: requests, calls, hits.

They live in a file in the machine's memory: nothing is written to the card, and they begin
anew when the machine does. What cannot be counted is not, and nobody fails of it.
"""

import fcntl
import logging
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core import in_memory
from core.settings import Settings

log = logging.getLogger(__name__)

_LINE = struct.Struct("56sQ")  # what is counted, and how often
_LINES = 512
_SIZE = _LINE.size * _LINES


class Board:
    """One file of counts. A name is at most 56 bytes; what is beyond that is cut off."""

    def __init__(self, file: Path) -> None:
        """Open it, and make it where it is missing.

        Raises:
            OSError: there is no room for it, or it may not be written.
        """
        self._handle = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        # Room for all of it: what is mapped and cannot be had ends the process.
        os.posix_fallocate(self._handle, 0, _SIZE)
        self._memory = mmap.mmap(self._handle, _SIZE)
        self._threads = threading.Lock()
        self._places: dict[bytes, int] = {}
        self._is_open = True

    def add(self, name: str, count: int) -> None:
        said = name.encode()[: _LINE.size - 8]
        with self._alone() as is_open:
            if is_open and (at := self._place(said)) is not None:
                _, before = _LINE.unpack_from(self._memory, at)
                _LINE.pack_into(self._memory, at, said, before + count)

    def read(self) -> dict[str, int]:
        with self._alone() as is_open:
            content = self._memory[:] if is_open else b""
        rows = _LINE.iter_unpack(content)
        return {name.rstrip(b"\0").decode(errors="replace"): n for name, n in rows if name[0]}

    def close(self) -> None:
        # Another thread may be about to count.
        with self._threads:
            self._is_open = False
            self._memory.close()
            os.close(self._handle)

    def _place(self, name: bytes) -> int | None:
        """Return where a name is counted, or is to be; None where there is no line left."""
        if (known := self._places.get(name)) is not None:
            return known
        for at in range(0, _SIZE, _LINE.size):
            found = _LINE.unpack_from(self._memory, at)[0].rstrip(b"\0")
            if found in (name, b""):
                self._places[name] = at
                return at
        return None

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Keep all others out meanwhile; False: it was closed."""
        # Such a lock is a process's own, also after a fork, and the kernel lets it go with it.
        with self._threads:
            if not self._is_open:
                yield False
                return
            fcntl.lockf(self._handle, fcntl.LOCK_EX)
            try:
                yield True
            finally:
                fcntl.lockf(self._handle, fcntl.LOCK_UN)


_boards: dict[str, Board] = {}
_IN_USE = "in use"


def use(settings: Settings) -> None:
    """Count for this house from now on."""
    file = in_memory.folder(settings.data / "needledrop.sqlite3") / "counts"
    if (before := _boards.pop(_IN_USE, None)) is not None:
        before.close()
    try:
        _boards[_IN_USE] = Board(file)
    except OSError as error:
        log.warning("nothing is counted: %s", error)


def add(name: str, of: str = "", count: int = 1) -> None:
    """Count something; `of` says of which kind or whose it is."""
    if (board := _boards.get(_IN_USE)) is not None:
        board.add(f"{name} {of}".strip(), count)


def read() -> dict[str, dict[str, int]]:
    """Return what was counted since the machine was started: by name, and of what."""
    board = _boards.get(_IN_USE)
    found: dict[str, dict[str, int]] = {}
    for key, count in (board.read() if board is not None else {}).items():
        name, _, of = key.partition(" ")
        found.setdefault(name, {})[of] = count
    return found
