"""Files that a row will name: whole and on the disk before the row is written, or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.folders import sync
from core.room import full_disk_told
from core.store import Store


@contextmanager
def published(store: Store, path: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing under another name; at the end it is synced, kept and renamed.

    Raises:
        NoRoom: the disk is full; nothing is left behind.
        StoreAway: it cannot be kept there; nothing is left behind here.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with full_disk_told(), unfinished.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        store.keep(path, unfinished)
        with full_disk_told():
            unfinished.rename(path)
            sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)
