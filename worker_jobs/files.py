"""Files that a row will name: whole and on the disk before the row is written, or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.folders import sync
from core.room import full_disk_told


@contextmanager
def published(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing under another name; at the end it is synced and renamed.

    Raises:
        NoRoom: the disk is full; nothing is left behind.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with full_disk_told(), unfinished.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        with full_disk_told():
            unfinished.rename(path)
            sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)
