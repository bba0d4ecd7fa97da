"""Which place something has among all that was played: for ever, and in each year."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from database.listeners import Whose
from database.play_sums import Kind

_YEARS = text("""
    SELECT (SELECT MIN(span) FROM play_sums WHERE whose = :whose AND kind = 6),
           (SELECT MAX(span) FROM play_sums WHERE whose = :whose AND kind = 6)
""")
# As it stands, for the index of the sums for ever.
_FOR_EVER = text("""
    SELECT plays, ms,
           (SELECT COUNT(*)
              FROM play_sums AS other
             WHERE other.whose = :whose AND other.kind = :kind AND other.span = 0
               AND other.plays > own.plays) + 1 AS place
      FROM play_sums AS own
     WHERE whose = :whose AND kind = :kind AND span = 0 AND item = :item
""")
_BY_YEAR = text("""
    SELECT own.span AS year, own.plays, own.ms,
           (SELECT COUNT(*)
              FROM play_sums AS other
             WHERE other.whose = :whose AND other.kind = :kind AND other.span = own.span
               AND other.plays > own.plays) + 1 AS place
      FROM play_sums AS own
     WHERE own.whose = :whose AND own.kind = :kind AND own.span IN :years AND own.item = :item
     ORDER BY own.span
""").bindparams(bindparam("years", expanding=True))


_MOST_BY_MONTH = text("""
    SELECT month, id, name, plays
      FROM (SELECT most.span AS month, artists.id, artists.name, most.plays,
                   ROW_NUMBER() OVER (PARTITION BY most.span
                                      ORDER BY artists.name_folded, artists.id) AS nth
              FROM (SELECT span, item, plays,
                           RANK() OVER (PARTITION BY span ORDER BY plays DESC) AS place
                      FROM play_sums
                     WHERE whose = :whose AND kind = 1 AND span BETWEEN :first AND :last) AS most
              JOIN artists ON artists.id = most.item
             WHERE most.place = 1) AS firsts
     WHERE nth = 1
     ORDER BY month
""")


class Place(NamedTuple):
    """How often and how long, and the place by plays: 1 is the most played, equals share one."""

    plays: int
    ms: int
    place: int


class InYear(NamedTuple):
    year: int
    plays: int
    ms: int
    place: int


def years(session: Session, whose: Whose) -> list[int]:
    """Return each year from the first with a play that counts to the last."""
    first, last = session.execute(_YEARS, {"whose": whose.id}).one()
    return list(range(first, last + 1)) if first else []


def for_ever(session: Session, whose: Whose, kind: Kind, item: int) -> Place:
    """Return how often something was played at all; place 0 for what was not."""
    asked = {"whose": whose.id, "kind": int(kind), "item": item}
    row = session.execute(_FOR_EVER, asked).one_or_none()
    return Place(*row) if row else Place(0, 0, 0)


def by_year(session: Session, whose: Whose, kind: Kind, item: int) -> list[InYear]:
    """Return the years in which something was played, by year."""
    asked: dict[str, Any] = {"whose": whose.id, "kind": int(kind), "item": item}
    asked["years"] = years(session, whose)
    return [InYear(*row) for row in session.execute(_BY_YEAR, asked)]


class MostOfMonth(NamedTuple):
    """The artist played most in a month, YYYYMM."""

    month: int
    artist_id: int
    name: str
    plays: int


def most_by_month(session: Session, whose: Whose, year: int) -> list[MostOfMonth]:
    """Return the artist of each month of a year that has any."""
    asked = {"whose": whose.id, "first": year * 100 + 1, "last": year * 100 + 12}
    return [MostOfMonth(*row) for row in session.execute(_MOST_BY_MONTH, asked)]
