"""Shelves as they were before they were replaced or emptied: DATA/exports/PERSON/STAMP.zip.

A file is named by its moment in UTC, so that names sort by time.
"""

import re
import zipfile
from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from core import clock
from core.store import Kept as Stored
from core.store import Store

MOST = 10  # of one person
KEPT_DAYS = 90
_COVER = re.compile(rb"[0-9a-f]{64}")
_NAME = re.compile(r"(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:\.\d{1,3})?\.zip", re.ASCII)


class Kept(NamedTuple):
    """`at` is the moment it was made; `size` is in bytes."""

    name: str
    at: int
    size: int


def stamp(at: int) -> str:
    """Write a moment as the names of exports have it.

    >>> stamp(0)
    '1970-01-01-00-00-00'
    """
    return f"{clock.utc(at):%Y-%m-%d-%H-%M-%S}"


def folder_of(exports: Path, person_id: int) -> Path:
    return exports / str(person_id)


def new_path(store: Store, exports: Path, person_id: int, at: int) -> Path:
    """Return where an export of that moment is to be kept: beside another of the same second."""
    folder = folder_of(exports, person_id)
    path, nth = folder / f"{stamp(at)}.zip", 1
    while store.has(path):
        path, nth = folder / f"{stamp(at)}.{nth}.zip", nth + 1
    return path


def find(store: Store, exports: Path, person_id: int, name: str) -> Path | None:
    """Return a person's export of that name, here to be opened, or None where there is none."""
    path = folder_of(exports, person_id) / name
    # First asked for: what another host deleted may lie here yet.
    return path if _NAME.fullmatch(name) and store.has(path) and store.fetch(path) else None


def listed(store: Store, exports: Path, person_id: int) -> list[Kept]:
    """Return a person's exports, the newest first."""
    return _in_order(store.listed(folder_of(exports, person_id)))


def _in_order(there: Mapping[Path, Stored]) -> list[Kept]:
    found = [_kept(path.name, kept.size) for path, kept in there.items()]
    return sorted((one for one in found if one), key=lambda one: (one.at, one.name), reverse=True)


def _kept(name: str, size: int) -> Kept | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        at = datetime.strptime(f"{found[1]}+0000", "%Y-%m-%d-%H-%M-%S%z")
    except ValueError:
        return None
    return Kept(name, clock.moment(at), size)


def over(store: Store, exports: Path, people: Container[int], now: int) -> Iterator[Path]:
    """Yield those that have had their time, or whose person is none of `people` any more.

    That is after 90 days, or when ten newer ones are there.
    """
    by_folder: dict[Path, dict[Path, Stored]] = {}
    for path, kept in store.listed(exports).items():
        by_folder.setdefault(path.parent, {})[path] = kept
    for folder, there in by_folder.items():
        if not (folder.name.isascii() and folder.name.isdigit()):
            continue
        is_gone = int(folder.name) not in people
        for nth, one in enumerate(_in_order(there)):
            if is_gone or nth >= MOST or one.at < now - KEPT_DAYS * clock.DAY:
                yield folder / one.name


def covers(store: Store, exports: Path) -> set[str]:
    """Return the hashes of all covers that any of them may want back: they hold none themselves."""
    found: set[str] = set()
    for path in store.listed(exports):
        if not (_NAME.fullmatch(path.name) and store.fetch(path)):
            continue
        with suppress(FileNotFoundError, KeyError, zipfile.BadZipFile):
            found |= _covers_in(path)
    return found


def _covers_in(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as zipped, zipped.open("records.csv") as lines:
        return {name.decode() for line in lines for name in _COVER.findall(line)}
