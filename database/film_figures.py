"""What a person's films come to: ratings, years, decades, directors. Sums are SQL's."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from database import film_diary, film_sources

MOST_DIRECTORS = 100

_RATED = "count(CASE WHEN half_stars > 0 THEN 1 END)"
_RATINGS = text("""
    SELECT half_stars, count(*) AS films
      FROM collection_films
     WHERE person_id = :person_id
     GROUP BY half_stars
""")
# One part a year: each is a piece of the index, and only its films are held side by side.
_OF_YEAR = """
    SELECT count(*) AS viewings,
           count(DISTINCT film_id) AS films,
           count(CASE WHEN is_rewatch THEN 1 END) AS rewatches,
           count(half_stars) AS rated,
           CAST(sum(half_stars) AS bigint) AS half_stars,
           min(watched_on) AS first_on,
           max(watched_on) AS last_on
      FROM viewings
     WHERE source_id IN :source_ids
       AND watched_on BETWEEN :first_{place} AND :last_{place}
"""
# Counted by `viewings`, which is never NULL and in no index: SQLite would take one that is
# not by film, and look for the films here and there instead of one after the other.
_DECADES = text(f"""
    SELECT f.year / 10 AS decade,
           count(c.viewings) AS films,
           {_RATED} AS rated,
           CAST(sum(c.half_stars) AS bigint) AS half_stars
      FROM collection_films c
      JOIN films f ON f.id = c.film_id
     WHERE c.person_id = :person_id
       AND f.year IS NOT NULL
     GROUP BY f.year / 10
     ORDER BY decade DESC
""")  # noqa: S608 - of this file's constants
_DIRECTORS = text(f"""
    SELECT f.director,
           count(*) AS films,
           CAST(sum(c.viewings) AS bigint) AS viewings,
           {_RATED} AS rated,
           CAST(sum(c.half_stars) AS bigint) AS half_stars
      FROM collection_films c
      JOIN films f ON f.id = c.film_id
     WHERE c.person_id = :person_id
       AND f.director IS NOT NULL
     GROUP BY f.director
     ORDER BY films DESC, viewings DESC, f.director
     LIMIT :limit
""")  # noqa: S608 - of this file's constants
_KNOWN = text("""
    SELECT count(f.director) AS known, count(c.viewings) AS films
      FROM collection_films c
      JOIN films f ON f.id = c.film_id
     WHERE c.person_id = :person_id
""")


class Mean(NamedTuple):
    """So many ratings, and the half stars of all of them."""

    rated: int
    half_stars: int

    @property
    def stars(self) -> float | None:
        """Return the mean in whole stars, to two places; None where nothing is rated."""
        return round(self.half_stars / self.rated / 2, 2) if self.rated else None


class Ratings(NamedTuple):
    """How many films were given 1 to 10 half stars, in that order."""

    films: list[int]
    unrated: int

    @property
    def mean(self) -> Mean:
        half_stars = sum(given * films for given, films in enumerate(self.films, 1))
        return Mean(sum(self.films), half_stars)


class YearSeen(NamedTuple):
    """What was watched in a year. `first_on` and `last_on` are days."""

    year: int
    viewings: int
    films: int
    rewatches: int
    mean: Mean
    first_on: str
    last_on: str


class Decade(NamedTuple):
    """The films that came out in a decade, 1970 say."""

    first_year: int
    films: int
    mean: Mean


class Director(NamedTuple):
    name: str
    films: int
    viewings: int
    mean: Mean


class Known(NamedTuple):
    """Of how many films the director is known, and how many there are."""

    known: int
    films: int


def ratings(session: Session, person_id: int) -> Ratings:
    found = {
        row.half_stars: row.films for row in session.execute(_RATINGS, {"person_id": person_id})
    }
    return Ratings([found.get(given, 0) for given in range(1, 11)], found.get(0, 0))


def years(session: Session, person_id: int) -> list[YearSeen]:
    """Return the years in which the person watched something, the newest first."""
    there = film_diary.years(session, person_id)
    if not there:
        return []
    days: dict[str, Any] = {"source_ids": film_sources.ids(session, person_id)}
    for place, year in enumerate(there):
        days |= {f"first_{place}": f"{year:04}-01-01", f"last_{place}": f"{year:04}-12-31"}
    found = [
        YearSeen(
            int(row.first_on[:4]),
            row.viewings,
            row.films,
            row.rewatches,
            Mean(row.rated, row.half_stars or 0),
            row.first_on,
            row.last_on,
        )
        for row in session.execute(_of_years(len(there)), days)
    ]
    return sorted(found, reverse=True)


@cache
def _of_years(count: int) -> TextClause:
    parts = (_OF_YEAR.format(place=place) for place in range(count))
    return text(" UNION ALL ".join(parts)).bindparams(bindparam("source_ids", expanding=True))


def decades(session: Session, person_id: int) -> list[Decade]:
    """Return the decades of the person's films, the newest first."""
    found = session.execute(_DECADES, {"person_id": person_id})
    return [Decade(10 * row.decade, row.films, Mean(row.rated, row.half_stars)) for row in found]


def directors(session: Session, person_id: int, limit: int = MOST_DIRECTORS) -> list[Director]:
    """Return those of whom the person has most films; of a film it is the first that counts."""
    found = session.execute(_DIRECTORS, {"person_id": person_id, "limit": limit})
    return [
        Director(row.director, row.films, row.viewings, Mean(row.rated, row.half_stars))
        for row in found
    ]


def known_directors(session: Session, person_id: int) -> Known:
    return Known(*session.execute(_KNOWN, {"person_id": person_id}).one())
