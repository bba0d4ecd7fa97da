"""Room on the disk: no is said before it is full, and a full one is told in our words."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import Conflict, DiskFails, NoRoom

# Below this much free space nothing new is begun: what is there must go on working.
WATERMARK = 48 * 1024 * 1024
_GB = 1_000_000_000


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Turn the system's word for a full disk, or for one that takes no writes, into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from error
        if error.errno in (errno.EROFS, errno.EIO):
            raise DiskFails from error
        raise


def check_room(folder: Path, size: int) -> None:
    """Say no before the work is done rather than after it.

    Raises:
        NoRoom: `size` bytes more would leave too little.
    """
    if shutil.disk_usage(folder).free < size + WATERMARK:
        raise NoRoom


def check_room_ahead(folder: Path, size: int) -> None:
    """Say no to something that only a person can make room for.

    Raises:
        Conflict: `size` bytes more would leave too little; the sentence says how much there is.
    """
    free = shutil.disk_usage(folder).free
    if free < size + WATERMARK:
        raise Conflict(
            f"This takes {size / _GB:.1f} GB on the disk of the data folder while it goes on, and"
            f" {free / _GB:.1f} GB are free. Make room, then ask for it again."
        )
