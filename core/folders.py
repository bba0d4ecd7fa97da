"""The data folder and what must be in it, made for this user alone."""

import os
from pathlib import Path

from core import sealing
from core.errors import CannotStart
from core.settings import Settings


def make(settings: Settings) -> None:
    """Make the data folder and the folders in it; those that are there stay as they are.

    Raises:
        CannotStart: it cannot be written.
    """
    # A parent by itself first: mkdir gives the mode to the last one only.
    folders = (
        settings.data,
        settings.running,
        settings.pictures,
        settings.posters.parent,
        settings.posters,
        settings.own_posters,
        settings.covers,
        settings.exports,
        settings.uploads,
        settings.dumps,
        settings.backups,
    )
    try:
        for folder in folders:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _try_writing(settings.data)
        sealing.settle(settings)
    except OSError as error:
        raise CannotStart(
            f"The data folder {settings.data} cannot be written ({error.strerror}): "
            "give it to this user, or name another one in NEEDLEDROP_DATA."
        ) from None


def sync(path: Path) -> None:
    """Wait until a file, or a folder with the names in it, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _try_writing(folder: Path) -> None:
    trial = folder / ".writable"
    trial.write_bytes(b"")
    trial.unlink(missing_ok=True)
