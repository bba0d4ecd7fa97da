"""What the active records of a person, or of everyone, come to. Sums are SQL's.

All but the top 20 is read from the index `records_figures` and the tables of links.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file

from typing import NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

TOP = 20
MOST_GROUPS = 500
_DECADE = 10

_RATINGS = """
    SELECT r.rating, count(*) AS records
      FROM records r
     WHERE {met}
     GROUP BY r.rating
"""
_TOP = """
    SELECT r.id, r.title, r.artist, r.year, r.rating, r.purchased_on
      FROM records r
     WHERE {met} AND r.rating > 0
     ORDER BY r.rating DESC, r.purchased_on DESC, r.id DESC
     LIMIT :limit
"""
_SPENDING = """
    SELECT substr(r.purchased_on, 1, 4) AS year, r.currency, count(*) AS records,
           CAST(sum(r.price) AS bigint) AS paid
      FROM records r
     WHERE {met} AND r.price IS NOT NULL
     GROUP BY substr(r.purchased_on, 1, 4), r.currency
     ORDER BY year DESC, r.currency
"""
# By an expression: SQLite would take the index of the column alone, and read each record.
_OF_ONE = """
    SELECT n.name, c.records, NULL AS id
      FROM (SELECT r.{own} + 0 AS id, count(*) AS records
              FROM records r
             WHERE {{met}}
             GROUP BY r.{own} + 0) c
      JOIN {names} n ON n.id = c.id
     ORDER BY c.records DESC, n.name_folded
     LIMIT :limit
"""
# CROSS JOIN tells SQLite to begin with the records, which another order would look for one by one.
_OF_SEVERAL = """
    SELECT n.name, c.records, n.id
      FROM (SELECT l.{own} AS id, count(*) AS records
              FROM records r
             CROSS JOIN {links} l
             WHERE {{met}} AND l.record_id = r.id
             GROUP BY l.{own}) c
      JOIN {names} n ON n.id = c.id
     ORDER BY c.records DESC, n.name_folded
     LIMIT :limit
"""
# Two artists of one country are one record from there.
_COUNTRIES = """
    SELECT a.country AS name, count(*) AS records, NULL AS id
      FROM records r
     CROSS JOIN record_artists l
      JOIN artists a ON a.id = l.artist_id
     WHERE {met} AND l.record_id = r.id AND a.country IS NOT NULL
       AND (l.position = 0
            OR NOT EXISTS (SELECT 1
                             FROM record_artists e
                             JOIN artists b ON b.id = e.artist_id
                            WHERE e.record_id = l.record_id
                              AND e.position < l.position
                              AND b.country = a.country))
     GROUP BY a.country
     ORDER BY records DESC, a.country
     LIMIT :limit
"""
_DECADES = f"""
    SELECT {_DECADE} * (r.year / {_DECADE}) AS name, count(*) AS records, NULL AS id
      FROM records r
     WHERE {{met}} AND r.year IS NOT NULL
     GROUP BY r.year / {_DECADE}
     ORDER BY records DESC, name
     LIMIT :limit
"""
_GROUPS = {
    "genre": _OF_ONE.format(own="genre_id", names="genres"),
    "format": _OF_ONE.format(own="format_id", names="formats"),
    "label": _OF_SEVERAL.format(own="label_id", links="record_labels", names="labels"),
    "artist": _OF_SEVERAL.format(own="artist_id", links="record_artists", names="artists"),
    "country": _COUNTRIES,
    "decade": _DECADES,
}
BY = tuple(_GROUPS)


class Ratings(NamedTuple):
    """How many records were given 1 to 10, in that order."""

    records: list[int]
    unrated: int

    @property
    def rated(self) -> int:
        return sum(self.records)

    @property
    def in_all(self) -> int:
        return self.rated + self.unrated


class Top(NamedTuple):
    id: int
    title: str
    artist: str
    year: int | None
    rating: int
    purchased_on: str


class Group(NamedTuple):
    """So many records share it. `name` of a decade is its first year; `id` is of one's page."""

    name: str
    records: int
    id: int | None


class Spent(NamedTuple):
    """What was paid in a year, in hundredths of `currency`, for so many records with a price."""

    year: str
    currency: str
    records: int
    paid: int


def ratings(session: Session, person_id: int | None) -> Ratings:
    """Count a person's active records by rating; everyone's for None."""
    found = {
        row.rating: row.records
        for row in session.execute(_of(_RATINGS, person_id), _words(person_id))
    }
    return Ratings([found.get(value, 0) for value in range(1, 11)], found.get(0, 0))


def top(session: Session, person_id: int | None, limit: int = TOP) -> list[Top]:
    """Return the records rated best, of equals the one bought last first."""
    found = session.execute(_of(_TOP, person_id), _words(person_id) | {"limit": limit})
    return [Top(*row) for row in found]


def spent(session: Session, person_id: int | None) -> list[Spent]:
    """Return what was paid a year and currency, the newest year first."""
    found = session.execute(_of(_SPENDING, person_id), _words(person_id))
    return [Spent(*row) for row in found]


def groups(
    session: Session, person_id: int | None, by: str, limit: int = MOST_GROUPS
) -> list[Group]:
    """Return how many records are of each, most first, of equals by name; `by` is one of BY.

    A record of two artists counts for both. Where there is no country or no year, there is
    no group.
    """
    found = session.execute(_of(_GROUPS[by], person_id), _words(person_id) | {"limit": limit})
    return [Group(str(row.name), row.records, row.id) for row in found]


def _of(statement: str, person_id: int | None) -> TextClause:
    theirs = "" if person_id is None else "r.person_id = :person_id AND "
    return text(statement.format(met=f"{theirs}r.is_active = :active"))


def _words(person_id: int | None) -> dict[str, object]:
    return {"active": True} | ({} if person_id is None else {"person_id": person_id})
