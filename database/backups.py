"""The backups that are there, by their names, and which of them have had their time.

    needledrop-20261126-031700-1a2b3c4d.tar
    needledrop-20261126-031700-1a2b3c4d-before-0007.tar.locked

When it was begun (UTC), of which house, before which update of the tables, and whether a
passphrase is needed. A file gets its name once it has been read back whole, and its time of
change is when it last was.
"""

import os
import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core import clock

DAILY, WEEKLY, UPDATES = 7, 4, 3
_FOLDER = "backups"
_NAME = re.compile(
    r"needledrop-(\d{8}-\d{6})-([0-9a-f]{8})(?:-before-([0-9a-z]+))?\.tar(\.locked)?", re.ASCII
)
_STAMP = "%Y%m%d-%H%M%S"


class Backup(NamedTuple):
    """One backup: `when` it was begun, and when it was last `checked`, are moments."""

    path: Path
    when: int
    size: int
    checked: int
    house: str
    before: str | None  # the version of the tables that came next; then it holds those alone
    is_locked: bool


def name(at: int, house: str, *, before: str | None = None, is_locked: bool = False) -> str:
    """Return how a backup of that moment is called.

    >>> name(0, "1a2b3c4d-5e6f", before="0007")
    'needledrop-19700101-000000-1a2b3c4d-before-0007.tar'
    """
    more = f"-before-{before}" if before else ""
    return f"needledrop-{clock.utc(at):{_STAMP}}-{house[:8]}{more}.tar{'.locked' * is_locked}"


def folder(data: Path) -> Path:
    return data / _FOLDER


def newest(data: Path) -> Backup | None:
    """Return the newest backup in the folder of data, None while there is none."""
    return next(iter(listed(folder(data))), None)


def listed(place: Path) -> list[Backup]:
    """Return the backups in a folder, the newest first; what else lies there is left out."""
    if not place.is_dir():
        return []
    found = [read for entry in os.scandir(place) if (read := _read(entry)) is not None]
    return sorted(found, key=lambda one: (one.when, one.path.name), reverse=True)


def _read(entry: os.DirEntry[str]) -> Backup | None:
    matched = _NAME.fullmatch(entry.name)
    if matched is None:
        return None
    stamp, house, before, locked = matched.groups()
    try:
        at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        seen = entry.stat()
    except (ValueError, FileNotFoundError):
        return None
    checked = seen.st_mtime_ns // 1_000_000
    whole = (Path(entry.path), clock.moment(at), seen.st_size, checked)
    return Backup(*whole, house, before, locked is not None)


def over(found: Sequence[Backup], zone: ZoneInfo) -> list[Backup]:
    """Return those that have had their time.

    Those of the last 24 hours stay. Of the last seven days with one the newest stays, of the last
    four weeks too, and those before the last three updates.
    """
    by_time = sorted(found, key=lambda one: one.when, reverse=True)
    ordinary = [one for one in by_time if one.before is None]
    kept = {one for one in by_time if one.when > by_time[0].when - clock.DAY}
    kept |= _newest_of(ordinary, lambda one: _day(one, zone), DAILY)
    kept |= _newest_of(ordinary, lambda one: _day(one, zone).isocalendar()[:2], WEEKLY)
    kept |= _newest_of((one for one in by_time if one.before), lambda one: one.before, UPDATES)
    return [one for one in by_time if one not in kept]


def _day(one: Backup, zone: ZoneInfo) -> datetime:
    return clock.local(one.when, zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _newest_of(
    by_time: Iterable[Backup], of: Callable[[Backup], Hashable], most: int
) -> set[Backup]:
    first: dict[Hashable, Backup] = {}
    for one in by_time:
        if of(one) not in first and len(first) < most:
            first[of(one)] = one
    return set(first.values())
