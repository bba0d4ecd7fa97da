"""Digging in a crate: what a dig finds, page by page; and what the crate knows of one thing.

All that narrows is done in bitmaps, the smallest first; rows are read for one page alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from core.crate_rows import DESCRIPTION, GENRE, STYLE
from core.errors import Busy, NotFound
from database import crate_counts, crate_finding, crate_postgres, crates
from database.crate_counts import Value
from database.crate_digs import LARGEST_ID, Dig
from database.crate_finding import Found
from database.crate_orders import Walk
from database.crate_store import Field, Master, Name, Named, Row, Store, Version, Video
from database.crate_store_postgres import PostgresStore
from database.crate_store_sqlite import SqliteStore
from database.crate_values import SUGGESTED, Values
from database.engine import Database

if TYPE_CHECKING:
    from pyroaring import BitMap

PAGE = 50
SHOWN = 20  # values of a facet

_opened: dict[Path, tuple[tuple[object, ...], "Crate"]] = {}  # by the folder of data


class Page(NamedTuple):
    """`after`: what the next page comes behind; None: this is the last one."""

    rows: list[Row]
    after: int | None


class Release(NamedTuple):
    """`values`: its genres, styles and descriptions, by kind."""

    row: Row
    artists: list[Name]
    labels: list[Name]
    values: dict[str, list[str]]
    videos: list[Video]


class MasterPage(NamedTuple):
    """`master`: without a dump of masters, what its main or first version says."""

    master: Master
    versions: list[Row]
    videos: list[Video]


class NamePage(NamedTuple):
    """`beside`: an artist's aliases, or the label that a label belongs to."""

    name: Name
    beside: list[Name]


class Crate:
    """A crate that is asked; `about`: its version, scope, counts. Several threads may ask."""

    def __init__(self, store: Store) -> None:
        self.store, self.about = store, store.about
        self._values, self._walk = Values(store), Walk(store)

    def find(self, dig: Dig, owned: Mapping[int, int] | None = None) -> Found:
        """Return what meets a dig.

        `owned`: the releases on the shelf of who asks, each with its rating or 0.
        """
        return crate_finding.find(self.store, self._values, dig, owned or {})

    def page(self, found: Found, dig: Dig, after: int | None = None, limit: int = PAGE) -> Page:
        """Return releases of what was found, behind the one that the page before ended with."""
        behind = after if after and 0 < after <= LARGEST_ID else None
        ids = self._walk.through(found.ids, dig.sort, dig.seed, behind)
        one_by_one = self._one_per_master if dig.grouped else self._rows
        shown = list(islice(one_by_one(ids, found.ids, limit + 1), limit + 1))
        return Page(shown[:limit], shown[limit - 1].id if len(shown) > limit else None)

    def counts(self, found: Found, dig: Dig, limit: int = SHOWN) -> dict[str, list[Value]]:
        """Return the values of each list, the commonest first, and the decades, latest first.

        Of a list the `limit` values that most releases of the crate have, and those of the dig.
        """
        return crate_counts.counts(self.store, self._values, found, dig, limit)

    def every(self, found: Found, dig: Dig, kind: str) -> list[Value]:
        """Return all values of a list that anything of the dig has, and those that it names."""
        return crate_counts.every(self.store, self._values, found, dig, kind)

    def values(self, kind: str) -> list[tuple[str, int]]:
        """Return every value of a list or of the years, and how many releases have it, by name."""
        return self._values.listed(kind)

    def suggest(self, field: Field, typed: str, limit: int = SUGGESTED) -> list[str]:
        """Return names that begin as somebody typed: those with most releases first."""
        return crate_finding.suggest(self.store, field, typed, limit)

    def surprise(self, found: Found) -> int | None:
        """Return one of what was found, whichever; None of nothing."""
        import secrets

        return found.ids[secrets.randbelow(len(found.ids))] if found.ids else None

    def release(self, id_: int) -> Release:
        """Return what the crate knows of a release.

        Raises:
            NotFound: it is not in there.
        """
        rows = self.store.rows([id_]) if id_ <= LARGEST_ID else []
        if not rows:
            raise NotFound("release", id_)
        return Release(
            rows[0],
            self.store.of_release("artist", id_),
            self.store.of_release("label", id_),
            self._values_of(id_, (GENRE, STYLE, DESCRIPTION)),
            self.store.videos([id_]),
        )

    def master(self, id_: int) -> MasterPage:
        """Return a master and its versions in the crate, the oldest first.

        Raises:
            NotFound: none of them is in there.
        """
        versions = self.store.versions([id_]) if id_ <= LARGEST_ID else []
        if not versions:
            raise NotFound("master", id_)
        rows = self.store.rows([one.id for one in versions])
        rows.sort(key=lambda row: (row.year is None, row.year or 0, row.id))
        lead = next((row for row in rows if row.is_main), rows[0])
        itself = Master(id_, lead.title, lead.artist, lead.year, lead.id)
        told = self.store.master(id_)
        return MasterPage(told or itself, rows, self.store.master_videos([id_]))

    def name(self, named: Named, id_: int) -> NamePage:
        """Return an artist or a label.

        Raises:
            NotFound: it is not in the crate.
        """
        found = self.store.one(named, id_) if id_ <= LARGEST_ID else None
        if found is None:
            raise NotFound(named, id_)
        return NamePage(found, self.store.beside(named, id_))

    def with_barcode(self, barcode: str) -> list[Row]:
        return self.store.rows(self.store.with_barcode(barcode))

    def _values_of(self, id_: int, kinds: Iterable[str]) -> dict[str, list[str]]:
        common = self._values.common
        found: dict[str, list[str]] = {kind: [] for kind in kinds}
        facets = ((kind, name) for kind in found for name in common.get(kind, []))
        for (kind, name), bitmap in self.store.bitmaps(facets):
            if id_ in bitmap:
                found[kind].append(name)
        return {kind: sorted(names) for kind, names in found.items()}

    def _rows(self, ids: Iterator[int], _found: "BitMap", many: int) -> Iterator[Row]:
        while some := list(islice(ids, many)):
            yield from self.store.rows(some)

    def _one_per_master(self, ids: Iterator[int], found: "BitMap", many: int) -> Iterator[Row]:
        """Yield of each master's versions that were found the main one, or else the first."""
        first: dict[int, int] = {}
        while some := list(islice(ids, many)):
            rows = self.store.rows(some)
            masters = {row.master_id for row in rows if row.master_id} - first.keys()
            first |= _first_of(one for one in self.store.versions(masters) if one.id in found)
            yield from (row for row in rows if first.get(row.master_id or 0, row.id) == row.id)


def _first_of(versions: Iterable[Version]) -> dict[int, int]:
    later_first = sorted(versions, key=lambda one: (one.is_main, -one.id))
    return {one.master_id: one.id for one in later_first}


def open_current(db: Database, data: Path) -> Crate | None:
    """Return the crate that serves, None: there is none yet. It stays open until another serves.

    It is where the house is kept: a file in a folder of data, or a schema of PostgreSQL.
    """
    opened = _opened_file if db.is_sqlite else _opened_schema
    try:
        return opened(db, data)
    except (FileNotFoundError, Busy):  # another one serves since
        return opened(db, data)


def _opened_file(_db: Database, data: Path) -> Crate | None:
    path = crates.current(data)
    if path is None:
        return None
    found = path.stat()
    # A number of a file may be given out again once the file is gone.
    which = found.st_ino, found.st_mtime_ns
    return _opened_once(data, which, lambda: SqliteStore(path))


def _opened_schema(db: Database, data: Path) -> Crate | None:
    schema = crate_postgres.current(db)
    if schema is None:
        return None
    return _opened_once(data, (db, schema), lambda: PostgresStore(db, schema))


def _opened_once(data: Path, which: tuple[object, ...], store: Callable[[], Store]) -> Crate:
    known = _opened.get(data)
    if known and known[0] == which:
        return known[1]
    crate = Crate(store())
    _opened[data] = which, crate
    return crate
