"""Makes a crate as a schema of PostgreSQL, by COPY; of no use to anybody before it has its name.

Nothing waits for the disk while it is made: what is committed when it gets its name takes all
that was before along.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice
from typing import Any

import psycopg
from pyroaring import BitMap

from core.crate_rows import Aside, Batch, MasterRow, ReleaseRow
from core.errors import NoRoom, RemoteError
from core.names import bare
from database.crate_bitmaps import MANY, Gathering, Part, packed, values
from database.crate_orders import BY_ARTIST, BY_TITLE, BY_VIDEOS, counted_steps, steps
from database.crate_postgres_tables import KEYS, LAST_KEYS, TABLES, folded, lexemes, quoted
from database.crates import MasterVideo, Related

_SETTINGS = {
    "synchronous_commit": "off",
    # The server may be the machine that the house runs on: one processor, and little memory.
    "maintenance_work_mem": "64MB",
    "work_mem": "16MB",
    "max_parallel_maintenance_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Whatever is usual there, an index of millions takes its time.
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_AT_ONCE = 2_000  # releases: one by one the batches would cost a tenth more
_BITMAPS_AT_ONCE = 20
_IDS_AT_ONCE = 10_000
_AWAY_SECONDS = 1.0

_JOINED = """
    INSERT INTO {kind}
    SELECT coalesce(begun.id, found.id), name, folded, coalesce(found.releases, 0)
      FROM begun_{kind} AS begun
      FULL JOIN (SELECT {kind}_id AS id, count(*) AS releases FROM release_{kind} GROUP BY 1)
           AS found ON found.id = begun.id
     ORDER BY 1
"""
# The first one stands: a second row of the same key is a fault of the dump.
_SAID_ONCE = """
    INSERT INTO {table}
    SELECT DISTINCT ON ({key}) {columns} FROM begun_{table} ORDER BY {key}, nth
"""
_ONCE = {
    "master": ("id", "id, title, artist, year, main_release"),
    "master_video": ("master_id, position", "master_id, position, number, seconds, title"),
    "alias": ("artist_id, other_id", "artist_id, other_id, name"),
    "parent": ("label_id", "label_id, parent_id, name"),
}
_IN_ORDER = {
    BY_TITLE: "SELECT id FROM release ORDER BY lower(coalesce(title, '')), id",
    BY_ARTIST: "SELECT id FROM release ORDER BY lower(coalesce(artist, '')), id",
}
_BY_VIDEOS = "SELECT videos, id FROM release ORDER BY videos"
_PARTS = "SELECT kind, name, bitmap FROM begun_part ORDER BY kind, name, number"
_NAMED = ("artist", "label")
_TAKEN = (
    "release", "release_artist", "release_label", "begun_artist", "begun_label", "video",
    "quarantine",
)  # fmt: skip
_READ = (
    "release", "artist", "label", "release_artist", "release_label", "video", "facet", "crowd",
    "master", "master_video", "alias", "parent", "quarantine", "about",
)  # fmt: skip


class Loader:
    """`line`: of the database, as libpq is told of it. `schema`: see database.crate_postgres."""

    def __init__(self, line: str, schema: str) -> None:
        self._schema = quoted(schema)
        self.releases = self.videos = 0
        self.masters, self.artists, self.labels = BitMap(), BitMap(), BitMap()  # ids that are here
        self._parts = 0
        self._waiting: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _TAKEN}
        self._gathering = Gathering(self._keep)
        with _told():
            self._link = _connected(line, schema)
            with self._link.transaction():
                self._do(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
                self._do(f"CREATE SCHEMA {self._schema}")
                self._do(TABLES)

    def take(self, batch: Batch) -> None:
        """Take in releases, each once.

        Raises:
            NoRoom: the disk of PostgreSQL is full.
            RemoteError: PostgreSQL is away.
        """
        waiting = self._waiting
        waiting["release"] += map(_with_words, batch.releases)
        waiting["release_artist"] += batch.release_artists
        waiting["release_label"] += batch.release_labels
        waiting["begun_artist"] += _new(batch.artists, self.artists)
        waiting["begun_label"] += _new(batch.labels, self.labels)
        waiting["video"] += batch.videos
        waiting["quarantine"] += batch.aside
        self.masters.update(row.master_id for row in batch.releases if row.master_id)
        self.releases += len(batch.releases)
        self.videos += len(batch.videos)
        with _told():
            self._gathering.add(batch.facets, len(batch.releases))
            if len(waiting["release"]) >= _AT_ONCE:
                self._flush()

    def take_masters(self, rows: Sequence[MasterRow], videos: Sequence[MasterVideo]) -> None:
        with _told():
            self._copy("begun_master (id, title, artist, year, main_release)", rows)
            self._copy("begun_master_video (master_id, position, number, seconds, title)", videos)

    def take_aliases(self, rows: Iterable[Related]) -> None:
        with _told():
            self._copy("begun_alias (artist_id, other_id, name)", rows)

    def take_parents(self, rows: Iterable[Related]) -> None:
        with _told():
            self._copy("begun_parent (label_id, parent_id, name)", rows)

    def put_aside(self, aside: Sequence[Aside]) -> None:
        with _told():
            self._copy("quarantine", aside)

    def finish(self, about: Mapping[str, str | int]) -> Iterator[str]:
        """Make what is made last. Yields what comes next.

        Raises:
            NoRoom, RemoteError: as `take`.
        """
        with _told():
            self._flush()
            yield "Joining the facets"
            self._gathering.spill()
            with self._link.transaction():
                self._bitmaps("facet", values(self._rows(_PARTS, _BITMAPS_AT_ONCE)))
            self._join()
            for statement in KEYS:
                yield "Making the indexes"
                self._do(statement)
            for kind in _NAMED:
                self._crowds(kind)
            yield "Putting the releases in order"
            for kind, query in _IN_ORDER.items():
                with self._link.transaction():
                    self._steps(kind, steps(row[0] for row in self._rows(query)))
            with self._link.transaction():
                self._steps(BY_VIDEOS, counted_steps(self._rows(_BY_VIDEOS)))
            for statement in LAST_KEYS:
                self._do(statement)
            self._copy("about", ((name, str(value)) for name, value in about.items()))
            for table in _READ:
                yield "Writing to the disk"
                # Nothing is ever written to it again, and its indexes alone answer.
                self._do(f"VACUUM (FREEZE, ANALYZE) {table}")
            self._link.close()

    def drop(self) -> None:
        """Throw away what was made so far; where PostgreSQL is away, that is left to others."""
        with suppress(psycopg.OperationalError), self._link:
            self._do(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")

    def _flush(self) -> None:
        with self._link.transaction():
            for table, rows in self._waiting.items():
                self._copy(table, rows)
                rows.clear()

    def _do(self, statement: str) -> None:
        self._link.execute(statement.encode())

    def _copy(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        with (
            self._link.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN".encode()) as into,
        ):
            for row in rows:
                into.write_row(row)

    def _rows(self, query: str, at_once: int = _IDS_AT_ONCE) -> Iterator[tuple[Any, ...]]:
        """Yield rows, of which a part alone is in memory; inside a transaction."""
        with self._link.cursor("rows") as cursor:
            cursor.itersize = at_once
            yield from cursor.execute(query.encode())

    def _keep(self, parts: list[Part]) -> None:
        self._parts += 1
        self._copy("begun_part", ((kind, name, self._parts, data) for kind, name, data in parts))

    def _join(self) -> None:
        for kind in _NAMED:
            self._do(_JOINED.format(kind=kind))
            self._do(f"DROP TABLE begun_{kind}")
        for table, (key, columns) in _ONCE.items():
            self._do(_SAID_ONCE.format(table=table, key=key, columns=columns))
            self._do(f"DROP TABLE begun_{table}")
        self._do("DROP TABLE begun_part")
        self._do("DROP SEQUENCE begun")

    def _crowds(self, kind: str) -> None:
        query = f"SELECT id FROM {kind} WHERE releases > {MANY} ORDER BY id"  # noqa: S608
        for (id_,) in self._link.execute(query.encode()).fetchall():
            with self._link.transaction():
                found = f"SELECT release_id FROM release_{kind} WHERE {kind}_id = {id_}"  # noqa: S608
                bitmap = BitMap(row[0] for row in self._rows(found))
                self._copy("crowd", [(kind, id_, packed(bitmap))])

    def _steps(self, kind: str, found: Iterable[tuple[str, BitMap]]) -> None:
        rows = ((kind, name, len(bitmap), packed(bitmap)) for name, bitmap in found)
        self._bitmaps("facet", rows)

    def _bitmaps(self, table: str, rows: Iterator[Sequence[Any]]) -> None:
        # While a COPY goes on, nothing can be asked.
        while some := list(islice(rows, _BITMAPS_AT_ONCE)):
            self._copy(table, some)


def _connected(line: str, schema: str) -> psycopg.Connection:
    # By this name whoever sweeps up knows what is still at work there.
    link = psycopg.connect(line, autocommit=True, application_name=schema)
    for name, value in {**_SETTINGS, "search_path": quoted(schema)}.items():
        link.execute("SELECT set_config(%s, %s, false)", (name, value))
    return link


def _with_words(row: ReleaseRow) -> tuple[Any, ...]:
    title = folded(row.title)
    said = f"{_vector(title, '1A')} {_once(row.artist, '2B')} {_once(row.label, '3C')}"
    return *row, title, said


@lru_cache(maxsize=4096)
def _once(name: str | None, place: str) -> str:
    # Names come again and again, and folding one takes longer than writing a row.
    return _vector(folded(name), place)


def _vector(said: str, place: str) -> str:
    """Return the words of a field as a tsvector is written; `place` is all that tells fields."""
    return " ".join(f"'{word}':{place}" for word in lexemes(said))


def _new(names: Mapping[int, str | None], known: BitMap) -> list[tuple[int, str, str]]:
    """Return rows of the names that were not seen before, and remember them."""
    rows = [
        (id_, name, bare(name))
        for id_, name in names.items()
        if name is not None and id_ not in known
    ]
    known.update(row[0] for row in rows)
    return rows


@contextmanager
def _told() -> Iterator[None]:
    """Turn PostgreSQL's words for a full disk, and for being away, into ours."""
    try:
        yield
    except psycopg.errors.DiskFull as error:
        raise NoRoom from error
    except psycopg.OperationalError as error:
        away = "The database did not answer."
        raise RemoteError("The database", away, retry_after=_AWAY_SECONDS) from error
