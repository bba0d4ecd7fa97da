"""A file too large to be fetched twice: kept as FILE.part, gone on with, summed as it comes."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from core.folders import sync
from core.room import check_room, full_disk_told
from worker_jobs.run import Run

# So often it is made sure that what has come is on the disk; after a power cut that much is
# fetched again at most.
STEP = 64 << 20
_READ = 1 << 20
_MB = 1_000_000
_SURE_SECONDS = 5.0  # before that nobody knows how long it takes
_MINUTE = 60


class Part:
    """What has come of a file: `size` bytes, whose SHA-256 is `sha256`."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self.path = file, path
        self._hash = hashlib.sha256()
        self.size = self._synced = 0

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Open what there is of the file `path`; at the end, however it comes, all is synced."""
        unfinished = path.with_name(f"{path.name}.part")
        with full_disk_told():
            unfinished.touch(mode=0o600)
            with unfinished.open("r+b", buffering=0) as file:
                part = cls(file, path)
                try:
                    yield part
                finally:
                    part.sync()

    def go_on(self, sure: int, run: Run) -> None:
        """Keep the first `sure` bytes, as far as they are there, and what was synced after them."""
        there = self._file.seek(0, os.SEEK_END)
        keeps = max(min(sure, there), there - there % STEP)
        self._file.truncate(keeps)
        self._file.seek(0)
        while piece := self._file.read(_READ):
            self._take(piece)
            run.report("Reading what has come already, in MB", self.size // _MB, keeps // _MB)
        self._synced = self.size

    def begin_anew(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.size = self._synced = 0

    def add(self, piece: bytes) -> None:
        """Write down what comes next.

        Raises:
            NoRoom: the disk is full, or so nearly that all else here would stop.
        """
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._take(piece)
        # At each multiple, wherever it was gone on: `go_on` counts in them.
        if self.size // STEP > self._synced // STEP:
            self.sync()
            check_room(self.path.parent, 0)

    def _take(self, piece: bytes) -> None:
        self._hash.update(piece)
        self.size += len(piece)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def sync(self) -> None:
        os.fsync(self._file.fileno())
        self._synced = self.size

    def publish(self) -> None:
        """Give it its name: it is whole."""
        self.sync()
        self._unfinished.rename(self.path)
        sync(self.path.parent)

    def throw_away(self) -> None:
        self.begin_anew()
        self._unfinished.unlink(missing_ok=True)

    @property
    def _unfinished(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")


class Speed:
    """How fast it goes, since there were `size` bytes of it."""

    def __init__(self, size: int) -> None:
        self._begun, self._size = time.monotonic(), size

    def left(self, size: int, of: int | None) -> str:
        """Return in words how long the rest takes; nothing, while nobody knows."""
        took, came = time.monotonic() - self._begun, size - self._size
        if of is None or took < _SURE_SECONDS or came <= 0:
            return ""
        minutes = round((of - size) * took / came / _MINUTE)
        return f", about {minutes} min left" if minutes else ", less than a minute left"


def sha256_of(path: Path, run: Run) -> str:
    """Return the SHA-256 of a file, and say meanwhile how far it is read."""
    size, done, summed = path.stat().st_size, 0, hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            summed.update(piece)
            done += len(piece)
            run.report(f"Checking {path.name}, in MB", done // _MB, size // _MB)
    return summed.hexdigest()
