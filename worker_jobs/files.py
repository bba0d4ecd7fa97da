"""Files that a row will name: whole and on the disk before the row is written, or not there."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import NoRoom

# Below this much free space nothing new is begun: what is there must go on working.
_WATERMARK = 48 * 1024 * 1024


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
            _sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Turn the system's word for a full disk into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from error
        raise


def check_room(folder: Path, size: int) -> None:
    """Say no before the work is done rather than after it.

    Raises:
        NoRoom: `size` bytes more would leave too little.
    """
    if shutil.disk_usage(folder).free < size + _WATERMARK:
        raise NoRoom
