"""The key that signs cookies: given, or made once and kept in the data folder."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from core.errors import CannotStart
from core.settings import Settings


def key(settings: Settings) -> str:
    """Return the key; two processes that start together get the same.

    Raises:
        CannotStart: the data folder cannot be written.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    file = settings.data / "secret_key"
    try:
        if not file.exists():
            _make(file)
        return file.read_text().strip()
    except OSError as error:
        raise CannotStart(f"The secret key {file} cannot be kept: {error.strerror}.") from None


def _make(file: Path) -> None:
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_hex(32))
        out.flush()
        os.fsync(out.fileno())
    with suppress(FileExistsError):
        # A link and no rename: whoever is first wins, and the other reads that one.
        os.link(unfinished, file)
    unfinished.unlink()
