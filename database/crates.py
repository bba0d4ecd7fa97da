"""Which crate serves, and what makes one: on SQLite a file in the folder of data.

The one that serves is the one finished last. A new one lies beside it, under the name of the
attempt that makes it, until it is whole; the old one is deleted once the new one has answered.
On PostgreSQL see database/crate_postgres.py.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from core import folders
from core.crate_rows import Aside, Batch, MasterRow
from core.errors import BadFile

END, NEW = ".crate", ".new"

Related = tuple[int, int, str | None]  # an artist's or label's id, the other's, its name
MasterVideo = tuple[int, int, int, int | None, str | None]  # as Batch.videos, with a master's id


class Ids(Protocol):
    def __contains__(self, id_: int, /) -> bool: ...


class Loader(Protocol):
    """What makes a crate. Of no use to anybody until `finish` was gone through to its end.

    `releases`, `videos`: how many so far. `masters`, `artists`, `labels`: those of the releases.
    """

    releases: int
    videos: int

    @property
    def masters(self) -> Ids: ...
    @property
    def artists(self) -> Ids: ...
    @property
    def labels(self) -> Ids: ...

    def take(self, batch: Batch) -> None: ...
    def take_masters(self, rows: Sequence[MasterRow], videos: Sequence[MasterVideo]) -> None: ...
    def take_aliases(self, rows: Iterable[Related]) -> None: ...
    def take_parents(self, rows: Iterable[Related]) -> None: ...
    def put_aside(self, aside: Sequence[Aside]) -> None: ...

    def finish(self, about: Mapping[str, str | int]) -> Iterator[str]:
        """Make the indexes and whatever comes last. Yields what it is about to do."""

    def drop(self) -> None:
        """Throw away what was made so far."""


class Begun(Protocol):
    """The crate that an attempt of a task makes, until it serves or is dropped."""

    def asked(self) -> dict[str, str]:
        """Return what the process that makes it has to know of it."""

    def put_in_place(self, name: str) -> object:
        """Have it serve, once it is whole, and drop those before. `name`: see `name_of`.

        Raises:
            BadFile: it does not answer; the one before goes on.
        """

    def drop(self) -> None:
        """Throw away what was made, if it does not serve; nobody makes it any more."""


class BegunFile:
    def __init__(self, data: Path, public_id: str, attempt: int) -> None:
        self._data, self._path = data, new_path(data, public_id, attempt)

    def asked(self) -> dict[str, str]:
        return {"path": str(self._path)}

    def put_in_place(self, name: str) -> None:
        put_in_place(self._data, self._path, name)
        drop_older(self._data)

    def drop(self) -> None:
        self._path.unlink(missing_ok=True)


def folder(data: Path) -> Path:
    return data / "crates"


def name_of(version: str, scope: str) -> str:
    """Return the name of a crate, by which its file is called."""
    return f"{version}-{scope}"


def new_path(data: Path, public_id: str, attempt: int) -> Path:
    """Return where an attempt of a task makes its crate."""
    return folder(data) / f"{public_id}.{attempt}{NEW}"


def current(data: Path) -> Path | None:
    """Return the file of the crate that serves; None: there is none yet."""
    found = {path: _made_at(path) for path in folder(data).glob(f"*{END}")}
    return max(found, key=lambda path: (found[path], path.name), default=None)


def _made_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # an older one, deleted meanwhile
        return 0


def put_in_place(data: Path, new: Path, name: str) -> Path:
    """Have a finished crate serve. After a power cut it is this one or the one before.

    Raises:
        BadFile: it does not answer; the one before goes on.
    """
    if not read_about(new):
        raise BadFile("The crate cannot be read after it was made. Is the disk all right?")
    before = current(data)
    if before is not None:
        # A clock that was set back would have the old one serve.
        at = max(_made_at(new), _made_at(before) + 1_000_000)
        os.utime(new, ns=(at, at))
    target = folder(data) / f"{name}{END}"
    new.replace(target)
    folders.sync(target.parent)
    return target


def drop_older(data: Path) -> int:
    """Delete the crates that do not serve; who has one open goes on reading it."""
    serves = current(data)
    older = [path for path in folder(data).glob(f"*{END}") if path != serves]
    for path in older:
        path.unlink(missing_ok=True)
    return len(older)


def unfinished(data: Path) -> list[Path]:
    """Return the files that attempts to make a crate have begun, or left behind."""
    return list(folder(data).glob(f"*{NEW}*"))


def read_about(path: Path) -> dict[str, str]:
    """Return what a crate says of itself; empty where the file is no whole crate."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as link:
            return dict(link.execute("SELECT name, value FROM about"))
    except sqlite3.DatabaseError:
        return {}
