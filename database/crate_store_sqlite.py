"""A crate as a file of SQLite, for asking: opened read-only and by nobody ever written to again.

So SQLite may leave every lock aside. Each thread has a connection of its own: what Python keeps
of a statement is not safe to share. A file that was deleted stays readable through them.
"""

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import Busy
from core.names import bare
from core.videos import as_id
from database.crate_names import split_words
from database.crate_store import (
    KEPT,
    LAST_LETTER,
    MOST_KEPT,
    MOST_TITLES,
    SHORTEST,
    Column,
    Facet,
    Field,
    Master,
    Name,
    Named,
    Row,
    Version,
    Video,
    Word,
)

if TYPE_CHECKING:
    from pyroaring import BitMap

_MOST_COMPARED = 20_000  # titles that begin with one word and may be that word alone
_CACHE = "PRAGMA cache_size = -4096"

_RELEASES_OF = {
    "artist": "SELECT release_id FROM release_artist WHERE artist_id = ?",
    "label": "SELECT release_id FROM release_label WHERE label_id = ?",
}
_ONE = {
    "artist": "SELECT id, name, releases FROM artist WHERE id = ?",
    "label": "SELECT id, name, releases FROM label WHERE id = ?",
}
_NAMED = {
    "artist": "SELECT id, name, releases FROM artist WHERE folded = ? ORDER BY id",
    "label": "SELECT id, name, releases FROM label WHERE folded = ? ORDER BY id",
}
# The names themselves are read for those alone that are shown.
_BEGINNING = {
    "artist": """
        SELECT id, name, releases FROM artist
         WHERE id IN (SELECT id FROM artist WHERE folded >= ? AND folded < ?
                       ORDER BY releases DESC, id LIMIT ?)
         ORDER BY releases DESC, id
    """,
    "label": """
        SELECT id, name, releases FROM label
         WHERE id IN (SELECT id FROM label WHERE folded >= ? AND folded < ?
                       ORDER BY releases DESC, id LIMIT ?)
         ORDER BY releases DESC, id
    """,
}
_OF_RELEASE = {
    "artist": """
        SELECT artist.id, artist.name, artist.releases
          FROM release_artist JOIN artist ON artist.id = artist_id
         WHERE release_id = ? ORDER BY artist.releases DESC, artist.id
    """,
    "label": """
        SELECT label.id, label.name, label.releases
          FROM release_label JOIN label ON label.id = label_id
         WHERE release_id = ? ORDER BY label.releases DESC, label.id
    """,
}
_BESIDE = {
    "artist": """
        SELECT alias.other_id, alias.name, coalesce(artist.releases, 0)
          FROM alias LEFT JOIN artist ON artist.id = alias.other_id
         WHERE alias.artist_id = ? ORDER BY alias.name, alias.other_id
    """,
    "label": """
        SELECT parent.parent_id, parent.name, coalesce(label.releases, 0)
          FROM parent LEFT JOIN label ON label.id = parent.parent_id
         WHERE parent.label_id = ?
    """,
}
_KEYS = {
    "artist": """
        SELECT coalesce(artist, ''), release.id
          FROM json_each(?) AS asked CROSS JOIN release ON release.id = asked.value
    """,
    "title": """
        SELECT coalesce(title, ''), release.id
          FROM json_each(?) AS asked CROSS JOIN release ON release.id = asked.value
    """,
    "videos": """
        SELECT videos, release.id
          FROM json_each(?) AS asked CROSS JOIN release ON release.id = asked.value
    """,
    "year": """
        SELECT year, release.id
          FROM json_each(?) AS asked CROSS JOIN release ON release.id = asked.value
    """,
}


class SqliteStore:
    """`path`: a finished file of database.crate_file."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._own = threading.local()
        self._kept: dict[Facet, bytes] = {}
        self._room = MOST_KEPT
        found = self._link.execute("SELECT kind, name, releases FROM facet")
        self.sizes = {(kind, name): releases for kind, name, releases in found}
        self.about: dict[str, str] = dict(self._link.execute("SELECT name, value FROM about"))

    @property
    def _link(self) -> sqlite3.Connection:
        link: sqlite3.Connection | None = getattr(self._own, "link", None)
        if link is None:
            link = _connected(self._address)
            self._own.link = link
        return link

    def bitmap(self, kind: str, name: str) -> "BitMap":
        if (kept := self._kept.get((kind, name))) is not None:
            return _read((kept,))
        query = "SELECT bitmap FROM facet WHERE kind = ? AND name = ?"
        row = self._link.execute(query, (kind, name)).fetchone()
        if row and kind in KEPT and len(row[0]) <= self._room:
            self._room -= len(row[0])
            self._kept[kind, name] = row[0]
        return _read(row)

    def bitmaps(self, facets: Iterable[Facet]) -> Iterator[tuple[Facet, "BitMap"]]:
        return ((facet, self.bitmap(*facet)) for facet in facets)

    def releases_of(self, named: Named, id_: int) -> "BitMap":
        query = "SELECT bitmap FROM crowd WHERE kind = ? AND id = ?"
        crowd = self._link.execute(query, (named, id_)).fetchone()
        return _read(crowd) if crowd else self._ids(_RELEASES_OF[named], id_)

    def named(self, named: Named, folded: str) -> list[Name]:
        return self._names(_NAMED[named], folded)

    def beginning(self, named: Named, folded: str, limit: int) -> list[Name]:
        return self._names(_BEGINNING[named], folded, folded + LAST_LETTER, limit)

    def one(self, named: Named, id_: int) -> Name | None:
        return next(iter(self._names(_ONE[named], id_)), None)

    def beside(self, named: Named, id_: int) -> list[Name]:
        return self._names(_BESIDE[named], id_)

    def of_release(self, named: Named, release_id: int) -> list[Name]:
        return self._names(_OF_RELEASE[named], release_id)

    def with_words(self, words: Sequence[Word], field: Field | None) -> "BitMap":
        each = (f'"{word.text}"{" *" if word.begins else ""}' for word in words)
        return self._search(f"({' AND '.join(each)})", field)

    def titled(self, title: str) -> "BitMap":
        """Return the releases whose whole title it is.

        Where that is one word with which more than _MOST_COMPARED titles begin, they are those
        alone that are written with the same marks.
        """
        folded = bare(title)
        exact = "SELECT id FROM release WHERE title = ? COLLATE NOCASE"
        found = self._ids(exact, title) | self._ids(exact, folded)
        if words := split_words(folded):
            begin = self._search(f'^ "{" ".join(words)}"', "title") - found
            if len(begin) <= _MOST_COMPARED:
                found.update(id_ for said, id_ in self.keys("title", begin) if bare(said) == folded)
        return found

    def titles(self, folded: str, limit: int) -> list[str]:
        query = """
            SELECT title FROM release
             WHERE title COLLATE NOCASE >= ? AND title COLLATE NOCASE < ?
             ORDER BY title COLLATE NOCASE LIMIT ?
        """
        given = (folded, folded + LAST_LETTER, MOST_TITLES)
        found = Counter(row[0] for row in self._link.execute(query, given))
        words = split_words(folded)
        if len(found) < limit and words and len(folded) >= SHORTEST:
            begin = self._search(f'^ "{" ".join(words)}" *', "title")[:MOST_TITLES]
            said = (str(title) for title, _ in self.keys("title", begin))
            # Those that are in `found` already have the same number here, or are among more.
            found |= Counter(title for title in said if bare(title).startswith(folded))
        return sorted(found, key=lambda title: (-found[title], title))[:limit]

    def rows(self, ids: Iterable[int]) -> list[Row]:
        query = """
            SELECT release.id, title, artist, label, catno, year, country, format, master_id,
                   is_main, videos, barcode
              FROM json_each(?) AS asked CROSS JOIN release ON release.id = asked.value
             ORDER BY asked.key
        """
        found = (Row(*row) for row in self._each(query, ids))
        return [row._replace(is_main=bool(row.is_main)) for row in found]

    def keys(self, column: Column, ids: Iterable[int]) -> list[tuple[Any, int]]:
        return list(self._each(_KEYS[column], ids))

    def versions(self, master_ids: Iterable[int]) -> list[Version]:
        query = """
            SELECT master_id, release.id, is_main
              FROM json_each(?) AS asked CROSS JOIN release ON master_id = asked.value
        """
        return [
            Version(master_id, id_, bool(is_main))
            for master_id, id_, is_main in self._each(query, master_ids)
        ]

    def with_barcode(self, barcode: str) -> list[int]:
        query = "SELECT id FROM release WHERE barcode = ? ORDER BY id"
        return [row[0] for row in self._link.execute(query, (barcode,))]

    def videos(self, ids: Iterable[int]) -> list[Video]:
        query = """
            SELECT release_id, number, seconds, title
              FROM json_each(?) AS asked CROSS JOIN video ON release_id = asked.value
             ORDER BY asked.key, position
        """
        return _videos(self._each(query, ids))

    def master(self, id_: int) -> Master | None:
        query = "SELECT id, title, artist, year, main_release FROM master WHERE id = ?"
        found = self._link.execute(query, (id_,)).fetchone()
        return Master(*found) if found else None

    def master_videos(self, ids: Iterable[int]) -> list[Video]:
        query = """
            SELECT master_id, number, seconds, title
              FROM json_each(?) AS asked CROSS JOIN master_video ON master_id = asked.value
             ORDER BY asked.key, position
        """
        return _videos(self._each(query, ids))

    def _search(self, condition: str, field: Field | None) -> "BitMap":
        said = f"{field} : {condition}" if field else condition
        return self._ids("SELECT rowid FROM search WHERE search MATCH ?", said)

    def _ids(self, query: str, *given: object) -> "BitMap":
        from pyroaring import BitMap

        return BitMap(row[0] for row in self._link.execute(query, given))

    def _names(self, query: str, *given: object) -> list[Name]:
        return [Name(*row) for row in self._link.execute(query, given)]

    def _each(self, query: str, ids: Iterable[int]) -> Iterable[Any]:
        # As JSON they are one parameter, however many they are.
        return self._link.execute(query, (json.dumps(list(ids)),))


def _connected(address: str) -> sqlite3.Connection:
    try:
        link = sqlite3.connect(address, uri=True, check_same_thread=False, factory=_Connection)
        link.execute(_CACHE)
    except sqlite3.OperationalError as error:
        # Another crate serves since a moment ago, and this one is deleted.
        raise Busy from error
    return link


class _Connection(sqlite3.Connection):
    def __del__(self) -> None:
        self.close()


def _read(row: tuple[bytes] | None) -> "BitMap":
    from pyroaring import BitMap

    return BitMap.deserialize(row[0]) if row else BitMap()


def _videos(rows: Iterable[tuple[int, int, int | None, str | None]]) -> list[Video]:
    return [Video(of, as_id(number), seconds, title) for of, number, seconds, title in rows]
