"""The crate as a file of SQLite of its own: made beside the one that serves, then only read.

No journal and no waiting for the disk while it is made: until it has its name nobody would miss
it. What it holds is told at `SCHEMA`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyroaring import BitMap

from core import folders
from core.crate_rows import Aside, Batch, MasterRow, ReleaseRow
from core.errors import NoRoom
from core.names import bare
from database.crate_bitmaps import MANY, Gathering, Part, packed, values
from database.crate_orders import BY_ARTIST, BY_TITLE, BY_VIDEOS, counted_steps, steps
from database.crates import MasterVideo, Related

# A release's row is core.crate_rows.ReleaseRow. `folded` is core.names.bare, `releases` how many
# are here. `number` of a video: core.videos. A bitmap is a roaring one, serialised.
SCHEMA = """
    CREATE TABLE release (
        id INTEGER PRIMARY KEY, title TEXT, artist TEXT, label TEXT, catno TEXT, year INTEGER,
        country TEXT, format TEXT, master_id INTEGER, is_main INTEGER, videos INTEGER, barcode TEXT
    );
    CREATE TABLE artist (id INTEGER PRIMARY KEY, name TEXT, folded TEXT, releases INTEGER);
    CREATE TABLE label (id INTEGER PRIMARY KEY, name TEXT, folded TEXT, releases INTEGER);
    CREATE TABLE release_artist (
        artist_id INTEGER, release_id INTEGER, PRIMARY KEY (release_id, artist_id)
    ) WITHOUT ROWID;
    CREATE TABLE release_label (
        label_id INTEGER, release_id INTEGER, PRIMARY KEY (release_id, label_id)
    ) WITHOUT ROWID;
    CREATE TABLE video (
        release_id INTEGER, position INTEGER, number INTEGER, seconds INTEGER, title TEXT,
        PRIMARY KEY (release_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE facet (
        kind TEXT, name TEXT, releases INTEGER, bitmap BLOB, PRIMARY KEY (kind, name)
    ) WITHOUT ROWID;
    CREATE TABLE crowd (kind TEXT, id INTEGER, bitmap BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID;
    CREATE TABLE master (
        id INTEGER PRIMARY KEY, title TEXT, artist TEXT, year INTEGER, main_release INTEGER
    );
    CREATE TABLE master_video (
        master_id INTEGER, position INTEGER, number INTEGER, seconds INTEGER, title TEXT,
        PRIMARY KEY (master_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE alias (
        artist_id INTEGER, other_id INTEGER, name TEXT, PRIMARY KEY (artist_id, other_id)
    ) WITHOUT ROWID;
    CREATE TABLE parent (label_id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT);
    CREATE TABLE quarantine (record INTEGER, release_id INTEGER, reason TEXT, start BLOB);
    CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
    CREATE VIRTUAL TABLE search USING fts5 (
        title, artist, label, content = '', tokenize = 'unicode61 remove_diacritics 2'
    );
    CREATE TEMP TABLE part (
        kind TEXT, name TEXT, number INTEGER, bitmap BLOB, PRIMARY KEY (kind, name, number)
    ) WITHOUT ROWID;
"""
_PRAGMAS = (
    "page_size = 8192",
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -16384",  # with four times as much it is no faster
    "temp_store = FILE",
    "analysis_limit = 1000",
)
# What the index of words holds in memory, in bytes, before it is merged with what is on the disk.
_WORDS_AT_ONCE = "INSERT INTO search (search, rank) VALUES ('hashsize', 4194304)"
_LAST = (
    "CREATE INDEX release_artist_artist ON release_artist (artist_id)",
    "CREATE INDEX release_label_label ON release_label (label_id)",
    # An id without a name, as label 212 was.
    "INSERT OR IGNORE INTO artist SELECT DISTINCT artist_id, NULL, NULL, 0 FROM release_artist",
    "INSERT OR IGNORE INTO label SELECT DISTINCT label_id, NULL, NULL, 0 FROM release_label",
    """
    UPDATE artist
       SET releases = (SELECT count(*) FROM release_artist WHERE artist_id = artist.id)
    """,
    "UPDATE label SET releases = (SELECT count(*) FROM release_label WHERE label_id = label.id)",
    "CREATE INDEX artist_folded ON artist (folded, releases)",
    "CREATE INDEX label_folded ON label (folded, releases)",
    "CREATE INDEX release_master ON release (master_id) WHERE master_id IS NOT NULL",
    "CREATE INDEX release_barcode ON release (barcode) WHERE barcode IS NOT NULL",
    "CREATE INDEX release_title ON release (title COLLATE NOCASE)",
    "INSERT INTO search (search) VALUES ('optimize')",
)
_IN_ORDER = {
    BY_TITLE: "SELECT id FROM release ORDER BY title COLLATE NOCASE, id",
    BY_ARTIST: "SELECT id FROM release ORDER BY artist COLLATE NOCASE, id",
}
_BY_VIDEOS = "SELECT videos, id FROM release ORDER BY videos"
_CROWDS = (
    ("artist", "release_artist", "artist_id"),
    ("label", "release_label", "label_id"),
)
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class Loader:
    """Makes the file of a crate. It is whole once `finish` has returned, and nothing before."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.path = path
        self.releases = self.videos = 0
        self.masters, self.artists, self.labels = BitMap(), BitMap(), BitMap()  # ids that are here
        self._parts = 0
        self._gathering = Gathering(self._keep)
        self._link = sqlite3.connect(path, isolation_level=None)
        for pragma in _PRAGMAS:
            self._link.execute(f"PRAGMA {pragma}")
        self._link.executescript(SCHEMA)
        self._link.execute(_WORDS_AT_ONCE)
        self._link.execute("BEGIN")

    def take(self, batch: Batch) -> None:
        """Take in releases, each once.

        Raises:
            NoRoom: the disk is full.
        """
        with _full_told():
            self._many("release", batch.releases, 12)
            self._many("release_artist", batch.release_artists, 2)
            self._many("release_label", batch.release_labels, 2)
            self._many("artist", _new(batch.artists, self.artists), 4)
            self._many("label", _new(batch.labels, self.labels), 4)
            self._many("video", batch.videos, 5)
            self._link.executemany(
                "INSERT INTO search (rowid, title, artist, label) VALUES (?, ?, ?, ?)",
                (_words(row) for row in batch.releases),
            )
            self._many("quarantine", batch.aside, 4)
            self._gathering.add(batch.facets, len(batch.releases))
        self.masters.update(row.master_id for row in batch.releases if row.master_id)
        self.releases += len(batch.releases)
        self.videos += len(batch.videos)

    def take_masters(self, rows: Sequence[MasterRow], videos: Sequence[MasterVideo]) -> None:
        with _full_told():
            self._many("master", rows, 5)
            self._many("master_video", videos, 5)

    def take_aliases(self, rows: Iterable[Related]) -> None:
        with _full_told():
            self._many("alias", rows, 3)

    def take_parents(self, rows: Iterable[Related]) -> None:
        with _full_told():
            self._many("parent", rows, 3)

    def put_aside(self, aside: Sequence[Aside]) -> None:
        with _full_told():
            self._many("quarantine", aside, 4)

    def finish(self, about: Mapping[str, str | int]) -> Iterator[str]:
        """Make what is made last, and have all of it on the disk. Yields what comes next.

        Raises:
            NoRoom: the disk is full.
        """
        with _full_told():
            yield "Joining the facets"
            self._gathering.spill()
            self._link.executemany("INSERT INTO facet VALUES (?, ?, ?, ?)", values(self._all()))
            for statement in _LAST:
                yield "Making the indexes"
                self._link.execute(statement)
            for kind, table, column in _CROWDS:
                self._crowds(kind, table, column)
            yield "Putting the releases in order"
            for kind, query in _IN_ORDER.items():
                self._steps(kind, steps(row[0] for row in self._link.execute(query)))
            self._steps(BY_VIDEOS, counted_steps(self._link.execute(_BY_VIDEOS)))
            self._many("about", ((name, str(value)) for name, value in about.items()), 2)
            self._link.execute("COMMIT")
            self._link.execute("ANALYZE")
            self.close()
            yield "Writing to the disk"
            folders.sync(self.path)

    def close(self) -> None:
        self._link.close()

    def drop(self) -> None:
        """Throw away what was made so far."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _many(self, table: str, rows: Iterable[Sequence[object]], columns: int) -> None:
        marks = ", ".join("?" * columns)
        # The first one stands: a second row of the same key is a fault of the dump.
        self._link.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608

    def _keep(self, parts: list[Part]) -> None:
        self._parts += 1
        self._link.executemany(
            "INSERT INTO part VALUES (?, ?, ?, ?)",
            ((kind, name, self._parts, bitmap) for kind, name, bitmap in parts),
        )

    def _all(self) -> Iterator[Part]:
        return self._link.execute("SELECT kind, name, bitmap FROM part ORDER BY kind, name")

    def _crowds(self, kind: str, table: str, column: str) -> None:
        many = self._link.execute(f"SELECT id FROM {kind} WHERE releases > ?", (MANY,)).fetchall()  # noqa: S608
        query = f"SELECT release_id FROM {table} WHERE {column} = ?"  # noqa: S608
        for (id_,) in many:
            bitmap = BitMap(row[0] for row in self._link.execute(query, (id_,)))
            self._link.execute("INSERT INTO crowd VALUES (?, ?, ?)", (kind, id_, packed(bitmap)))

    def _steps(self, kind: str, found: Iterable[tuple[str, BitMap]]) -> None:
        self._link.executemany(
            "INSERT INTO facet VALUES (?, ?, ?, ?)",
            ((kind, name, len(bitmap), packed(bitmap)) for name, bitmap in found),
        )


def _words(row: ReleaseRow) -> tuple[int, str, str, str]:
    # As names are folded: SQLite alone folds some letters otherwise. What is ASCII it does alike.
    # All three at once: most of what folding costs does not hang on how long the text is.
    words = f"{row.title or ''}\0{row.artist or ''}\0{row.label or ''}"
    title, artist, label = (words if words.isascii() else bare(words)).split("\0", 2)
    return row.id, title, artist, label


def _new(
    names: Mapping[int, str | None], known: BitMap
) -> list[tuple[int, str | None, str | None, int]]:
    """Return rows of the names that were not seen before, and remember them."""
    rows: list[tuple[int, str | None, str | None, int]] = [
        # A number that is as long as the one that takes its place at the end.
        (id_, name, bare(name), MANY)
        for id_, name in names.items()
        if name is not None and id_ not in known
    ]
    known.update(row[0] for row in rows)
    return rows


@contextmanager
def _full_told() -> Iterator[None]:
    """Turn SQLite's word for a full disk into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _FULL:
            raise NoRoom from error
        raise
