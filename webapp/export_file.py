"""What commands share that write an export to a file."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click

from core.folders import sync
from core.room import full_disk_told


def check(file: Path, *, force: bool) -> None:
    """Go on only if an export may be written there."""
    if file.exists() and not force:
        raise click.ClickException(f"{file} is there already; --force writes over it.")
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"There is no folder {file.absolute().parent}.")


def write(file: Path, pieces: Iterable[bytes]) -> None:
    """Write a file whole, or leave what is there as it is."""
    part = file.with_name(f".{file.name}.part")
    try:
        with full_disk_told(), part.open("wb") as out:
            out.writelines(pieces)
        sync(part)
        part.replace(file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
