"""A key of random characters in a file of its own, made when it is first wanted."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def read_or_make(file: Path, make: Callable[[], str]) -> str:
    """Return what is kept in `file`; two processes that start together get the same.

    Raises:
        OSError: it cannot be read, or not be kept.
    """
    if not file.exists():
        _keep(file, make())
    return file.read_text().strip()


def _keep(file: Path, key: str) -> None:
    # Two threads of one process may both find that there is none yet.
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}")
    # What a killed process of the same numbers left.
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    with suppress(FileExistsError):
        # A link and no rename: whoever is first wins, and the other reads that one.
        os.link(unfinished, file)
    unfinished.unlink()
