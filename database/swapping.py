"""The moment of a restore: what was there goes aside, what was unpacked takes its place.

Several renames cannot be one. So they are written down first, in DATA/restoring.json; once
that file is there the restore has happened, and whoever comes next does what is left of it.
Before that nothing has. Killed anywhere, a house is the old one or the new one.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from core.errors import CannotStart, NeedledropError
from core.folders import sync
from core.settings import Settings

log = logging.getLogger(__name__)

_PLAN, _UNFINISHED = "restoring.json", "restoring.part"
UNPACKED, ASIDE = "restoring-", "before-restore-"
# Beside a database that lies elsewhere there may be somebody's folder of nearly that name.
_STAMP = f"{'[0-9]' * 8}-{'[0-9]' * 6}"


class Move(NamedTuple):
    """`place` goes to `aside` where there is something, then `new` to `place`."""

    new: str | None  # None: nothing comes in its place
    place: str
    aside: str


def begin(settings: Settings, moves: Sequence[Move], *, load: Path | None = None) -> None:
    """Write down what is to be moved, and do it. What is new must be on the disk by now.

    `load`: a dump that replaces what is in PostgreSQL.
    """
    file = settings.data / _PLAN
    unfinished = settings.data / _UNFINISHED
    with unfinished.open("w") as out:
        plan = {"load": load and str(load), "moves": [list(move) for move in moves]}
        json.dump(plan, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(file)
    sync(settings.data)
    finish(settings)


def finish(settings: Settings) -> None:
    """Do what is left of a restore that was cut short; only while nobody has the house open.

    Raises:
        CannotStart: it cannot be done; what to do is up to a person.
    """
    file = settings.data / _PLAN
    try:
        if file.exists():
            plan = json.loads(file.read_text())
            if plan["load"]:
                _load(settings, Path(plan["load"]))
            _do([Move(*move) for move in plan["moves"]])
            file.unlink()
            sync(settings.data)
            log.info("a restore is done")
        drop_unpacked(settings)
    except (OSError, NeedledropError) as error:
        raise CannotStart(
            f"A restore that was cut short cannot go on: {error}. Mend that, and start again."
        ) from error


def _load(settings: Settings, dump: Path) -> None:
    """Replace what is in PostgreSQL: in one transaction, and a second time does no harm."""
    from database import postgres_tools

    postgres_tools.load(settings.database, dump)


def _do(moves: Iterable[Move]) -> None:
    touched = set[Path]()
    for new, place, aside in moves:
        if new is not None and not os.path.lexists(new):
            continue  # done before
        if os.path.lexists(place):
            Path(aside).parent.mkdir(mode=0o700, exist_ok=True)
            Path(place).rename(aside)
        if new is not None:
            Path(new).rename(place)
        touched |= {Path(place).parent, Path(aside).parent}
    for folder in touched:
        if folder.is_dir():
            sync(folder)


def drop_unpacked(settings: Settings) -> None:
    """Remove what a restore that never came to its moment has unpacked."""
    (settings.data / _UNFINISHED).unlink(missing_ok=True)
    file = settings.database_file
    for folder in {settings.data, file.parent if file else settings.data}:
        for left in folder.glob(f"{UNPACKED}{_STAMP}/") if folder.is_dir() else ():
            shutil.rmtree(left)
