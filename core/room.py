"""Room on the disk: no is said before it is full, and a full one is told in our words."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import NoRoom

# Below this much free space nothing new is begun: what is there must go on working.
WATERMARK = 48 * 1024 * 1024


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
    if shutil.disk_usage(folder).free < size + WATERMARK:
        raise NoRoom
