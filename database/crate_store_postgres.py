"""A crate as a schema of PostgreSQL, for asking: each question is a short transaction of its own.

What names begin with and titles are is asked by core.names.bare, of which the crate keeps a
column. Facets that were asked for stay here, as far as there is room: they are what most of the
traffic with another machine would be. Who asks a crate that was dropped is told to come again.
"""

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import ProgrammingError

from core.errors import Busy
from core.names import bare
from core.videos import as_id
from database.crate_names import split_words
from database.crate_postgres_tables import lexemes, quoted
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
from database.engine import Database

if TYPE_CHECKING:
    from pyroaring import BitMap

_INDEXED = 200  # letters of a name that an index has
_MOST_SORTED = 2_000  # names that begin alike; of more the releases are walked from the most on
_AT_ONCE = 4_000_000  # releases in the bitmaps of one answer: some 8 MB
_LARGEST = 2**63 - 1
_GONE = {"42P01", "3F000"}  # no such table, no such schema
_WEIGHTS = {"title": "A", "artist": "B", "label": "C"}

# The schema is called `crate` here; in its place comes its own name.
_RELEASES_OF = {
    "artist": """
        SELECT string_agg(substring(int8send(release_id) FROM 5), ''::bytea)
          FROM crate.release_artist WHERE artist_id = %s
    """,
    "label": """
        SELECT string_agg(substring(int8send(release_id) FROM 5), ''::bytea)
          FROM crate.release_label WHERE label_id = %s
    """,
}
_WITH_WORDS = """
    SELECT string_agg(substring(int8send(id) FROM 5), ''::bytea)
      FROM crate.release WHERE words @@ %s::tsquery
"""
_TITLED = """
    SELECT string_agg(substring(int8send(id) FROM 5), ''::bytea)
      FROM crate.release
     WHERE left(title_folded, 200) = %s AND title_folded = %s AND title IS NOT NULL
"""
_TITLES = """
    SELECT title FROM crate.release
     WHERE left(title_folded, 200) >= %s AND left(title_folded, 200) < %s
       AND title_folded >= %s AND title_folded < %s AND title IS NOT NULL
     ORDER BY left(title_folded, 200) LIMIT %s
"""
_ONE = {
    "artist": "SELECT id, name, releases FROM crate.artist WHERE id = %s",
    "label": "SELECT id, name, releases FROM crate.label WHERE id = %s",
}
_NAMED = {
    "artist": """
        SELECT id, name, releases FROM crate.artist
         WHERE left(folded, 200) = %s AND folded = %s ORDER BY id
    """,
    "label": """
        SELECT id, name, releases FROM crate.label
         WHERE left(folded, 200) = %s AND folded = %s ORDER BY id
    """,
}
_FEW_BEGINNING = {
    "artist": """
        SELECT id, name, releases, count(*) OVER ()
          FROM (SELECT id, name, releases FROM crate.artist
                 WHERE left(folded, 200) >= %s AND left(folded, 200) < %s
                   AND folded >= %s AND folded < %s LIMIT %s) AS few
         ORDER BY releases DESC, id LIMIT %s
    """,
    "label": """
        SELECT id, name, releases, count(*) OVER ()
          FROM (SELECT id, name, releases FROM crate.label
                 WHERE left(folded, 200) >= %s AND left(folded, 200) < %s
                   AND folded >= %s AND folded < %s LIMIT %s) AS few
         ORDER BY releases DESC, id LIMIT %s
    """,
}
_BEGINNING = {
    "artist": """
        SELECT id, name, releases FROM crate.artist
         WHERE left(folded, 200) >= %s AND left(folded, 200) < %s AND folded >= %s AND folded < %s
         ORDER BY releases DESC, id LIMIT %s
    """,
    "label": """
        SELECT id, name, releases FROM crate.label
         WHERE left(folded, 200) >= %s AND left(folded, 200) < %s AND folded >= %s AND folded < %s
         ORDER BY releases DESC, id LIMIT %s
    """,
}
_OF_RELEASE = {
    "artist": """
        SELECT artist.id, artist.name, artist.releases
          FROM crate.release_artist JOIN crate.artist ON artist.id = artist_id
         WHERE release_id = %s ORDER BY artist.releases DESC, artist.id
    """,
    "label": """
        SELECT label.id, label.name, label.releases
          FROM crate.release_label JOIN crate.label ON label.id = label_id
         WHERE release_id = %s ORDER BY label.releases DESC, label.id
    """,
}
_BESIDE = {
    "artist": """
        SELECT alias.other_id, alias.name, coalesce(artist.releases, 0)
          FROM crate.alias LEFT JOIN crate.artist ON artist.id = alias.other_id
         WHERE alias.artist_id = %s ORDER BY alias.name NULLS FIRST, alias.other_id
    """,
    "label": """
        SELECT parent.parent_id, parent.name, coalesce(label.releases, 0)
          FROM crate.parent LEFT JOIN crate.label ON label.id = parent.parent_id
         WHERE parent.label_id = %s
    """,
}
_KEYS = {
    "artist": "SELECT coalesce(artist, ''), id FROM crate.release WHERE id = ANY(%s::bigint[])",
    "title": "SELECT coalesce(title, ''), id FROM crate.release WHERE id = ANY(%s::bigint[])",
    "videos": "SELECT videos, id FROM crate.release WHERE id = ANY(%s::bigint[])",
    "year": "SELECT year, id FROM crate.release WHERE id = ANY(%s::bigint[])",
}


class PostgresStore:
    """`schema`: the name of a finished one, made by database.crate_postgres."""

    def __init__(self, db: Database, schema: str) -> None:
        self._db = db
        self._place = f"{quoted(schema)}."
        found = self._rows("SELECT kind, name, releases FROM crate.facet ORDER BY kind, name")
        self.sizes: dict[Facet, int] = {(kind, name): releases for kind, name, releases in found}
        self.about = {row[0]: row[1] for row in self._rows("SELECT name, value FROM crate.about")}
        self._crowds = {tuple(row) for row in self._rows("SELECT kind, id FROM crate.crowd")}
        self._kept: dict[Facet, bytes] = {}
        self._room = MOST_KEPT

    def bitmap(self, kind: str, name: str) -> "BitMap":
        return next(self.bitmaps([(kind, name)]))[1]

    def bitmaps(self, facets: Iterable[Facet]) -> Iterator[tuple[Facet, "BitMap"]]:
        for some in self._parts(facets):
            found = self._fetched([one for one in some if one in self.sizes])
            for facet in some:
                yield facet, _read(found.get(facet))

    def releases_of(self, named: Named, id_: int) -> "BitMap":
        if (named, id_) not in self._crowds:
            return self._ids(_RELEASES_OF[named], id_)
        query = "SELECT bitmap FROM crate.crowd WHERE kind = %s AND id = %s"
        return _read(self._rows(query, named, id_)[0][0])

    def named(self, named: Named, folded: str) -> list[Name]:
        return self._names(_NAMED[named], folded[:_INDEXED], folded)

    def beginning(self, named: Named, folded: str, limit: int) -> list[Name]:
        span = _span(folded)
        few = self._rows(_FEW_BEGINNING[named], *span, _MOST_SORTED + 1, limit)
        if few and few[0][-1] > _MOST_SORTED:
            return self._names(_BEGINNING[named], *span, limit)
        return [Name(*row[:-1]) for row in few]

    def one(self, named: Named, id_: int) -> Name | None:
        return next(iter(self._names(_ONE[named], id_)), None)

    def beside(self, named: Named, id_: int) -> list[Name]:
        return self._names(_BESIDE[named], id_)

    def of_release(self, named: Named, release_id: int) -> list[Name]:
        return self._names(_OF_RELEASE[named], release_id)

    def with_words(self, words: Sequence[Word], field: Field | None) -> "BitMap":
        weight = _WEIGHTS[field] if field else ""
        asked = (_lexemes(word, weight) for word in words)
        return self._ids(_WITH_WORDS, " & ".join(lexeme for some in asked for lexeme in some))

    def titled(self, title: str) -> "BitMap":
        folded = bare(title)
        return self._ids(_TITLED, folded[:_INDEXED], folded)

    def titles(self, folded: str, limit: int) -> list[str]:
        found = Counter(row[0] for row in self._rows(_TITLES, *_span(folded), MOST_TITLES))
        written = {title for title in found if title.encode().lower().startswith(folded.encode())}
        if len(written) >= limit or len(folded) < SHORTEST or not split_words(folded):
            found = Counter({title: found[title] for title in written})
        return sorted(found, key=lambda title: (-found[title], title))[:limit]

    def rows(self, ids: Iterable[int]) -> list[Row]:
        query = """
            SELECT release.id, title, artist, label, catno, year, country, format, master_id,
                   is_main, videos, barcode
              FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, nth)
              JOIN crate.release ON release.id = asked.id
             ORDER BY nth
        """
        return [Row(*row) for row in self._each(query, ids)]

    def keys(self, column: Column, ids: Iterable[int]) -> list[tuple[Any, int]]:
        return [tuple(row) for row in self._each(_KEYS[column], ids)]

    def versions(self, master_ids: Iterable[int]) -> list[Version]:
        query = """
            SELECT master_id, release.id, is_main
              FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, nth)
              JOIN crate.release ON master_id = asked.id
             ORDER BY nth, release.id
        """
        return [Version(*row) for row in self._each(query, master_ids)]

    def with_barcode(self, barcode: str) -> list[int]:
        query = "SELECT id FROM crate.release WHERE barcode = %s ORDER BY id"
        return [row[0] for row in self._rows(query, barcode)]

    def videos(self, ids: Iterable[int]) -> list[Video]:
        query = """
            SELECT release_id, number, seconds, title
              FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, nth)
              JOIN crate.video ON release_id = asked.id
             ORDER BY nth, position
        """
        return _videos(self._each(query, ids))

    def master(self, id_: int) -> Master | None:
        query = "SELECT id, title, artist, year, main_release FROM crate.master WHERE id = %s"
        found = self._rows(query, id_)
        return Master(*found[0]) if found else None

    def master_videos(self, ids: Iterable[int]) -> list[Video]:
        query = """
            SELECT master_id, number, seconds, title
              FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, nth)
              JOIN crate.master_video ON master_id = asked.id
             ORDER BY nth, position
        """
        return _videos(self._each(query, ids))

    def _parts(self, facets: Iterable[Facet]) -> Iterator[list[Facet]]:
        """Yield some of them at a time, of which the bitmaps are not too large together."""
        some: list[Facet] = []
        releases = 0
        for facet in facets:
            releases += self.sizes.get(facet, 0)
            if some and releases > _AT_ONCE:
                yield some
                some, releases = [], self.sizes.get(facet, 0)
            some.append(facet)
        yield some

    def _fetched(self, facets: list[Facet]) -> dict[Facet, bytes]:
        found = {facet: self._kept[facet] for facet in facets if facet in self._kept}
        kinds, names = [], []
        for facet in facets:
            if facet not in found:
                kinds.append(facet[0])
                names.append(facet[1])
        if not names:
            return found
        query = """
            SELECT kind, name, bitmap
              FROM unnest(%s::text[], %s::text[]) AS asked (of, called)
              JOIN crate.facet ON kind = of AND name = called
        """
        for kind, name, bitmap in self._rows(query, kinds, names):
            found[kind, name] = bitmap
            # What came first stays: of more than there is room for, all would push each other out.
            if kind in KEPT and len(bitmap) <= self._room:
                self._room -= len(bitmap)
                self._kept[kind, name] = bitmap
        return found

    def _ids(self, query: str, *given: object) -> "BitMap":
        """Return what a statement put into one value, four bytes an id."""
        from pyroaring import BitMap

        data = next((row[0] for row in self._rows(query, *given)), None)
        found = array("I", data or b"")
        if sys.byteorder == "little":
            found.byteswap()
        return BitMap(found)

    def _names(self, query: str, *given: object) -> list[Name]:
        return [Name(*row) for row in self._rows(query, *given)]

    def _each(self, query: str, ids: Iterable[int]) -> Sequence[Any]:
        return self._rows(query, [id_ for id_ in ids if id_ <= _LARGEST])

    def _rows(self, query: str, *given: object) -> Sequence[Any]:
        """Return the rows of a statement.

        Raises:
            Busy: another crate serves since a moment ago, and this one is dropped.
        """
        if any(_is_nowhere(one) for one in given):
            return []
        try:
            with self._db.asking() as link:
                said = query.replace("crate.", self._place)
                rows: list[Any] = link.execute(said, given, binary=True).fetchall()
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) in _GONE:
                raise Busy from error
            raise
        return rows


def _is_nowhere(value: object) -> bool:
    """Say that no column holds it, so that it need not be asked for."""
    if isinstance(value, str):
        return "\0" in value
    return isinstance(value, int) and value > _LARGEST


def _span(folded: str) -> tuple[str, str, str, str]:
    """Return from where to where what begins so stands: in an index, and as a whole."""
    indexed = folded[:_INDEXED]
    return indexed, indexed + LAST_LETTER, folded, folded + LAST_LETTER


def _lexemes(word: Word, weight: str) -> Iterator[str]:
    """Yield what a word is in the language of searches: letters and digits alone, quoted."""
    how = f"{'*' if word.begins else ''}{weight}"
    for text in lexemes(word.text):
        yield f"'{text}':{how}" if how else f"'{text}'"


def _read(data: bytes | None) -> "BitMap":
    from pyroaring import BitMap

    return BitMap.deserialize(data) if data else BitMap()


def _videos(rows: Iterable[tuple[int, int, int | None, str | None]]) -> list[Video]:
    return [Video(of, as_id(number), seconds, title) for of, number, seconds, title in rows]
