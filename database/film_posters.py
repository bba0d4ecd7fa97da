"""Which poster a film has: one of the household's own, else one that was fetched.

Each is a file named by the hash of its bytes; the files themselves are the worker's.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session

from core.errors import NotFound
from database.models import Film

_BATCH = 500
# As in a mosaic: TMDB's poster, else the one of an entry in a feed.
_ADDRESS = """
       coalesce(f.poster_address,
                (SELECT max(v.poster_address)
                   FROM viewings v
                  WHERE v.film_id = f.id))
"""
_HASHES = text(f"""
    SELECT f.id,
           f.poster_sha256 IS NOT NULL          AS is_own,
           coalesce(f.poster_sha256, a.sha256)  AS sha256
      FROM films f
      LEFT JOIN picture_addresses a ON a.address = {_ADDRESS}
     WHERE f.id IN :film_ids
       AND coalesce(f.poster_sha256, a.sha256) IS NOT NULL
""").bindparams(bindparam("film_ids", expanding=True))  # noqa: S608 - of this file's constants
_WITHOUT = text(f"""
    SELECT f.id
      FROM films f
      LEFT JOIN picture_addresses a ON a.address = {_ADDRESS}
     WHERE f.poster_sha256 IS NULL
       AND a.sha256 IS NULL
       AND f.id IN (SELECT v.film_id
                      FROM film_sources s
                      JOIN viewings v ON v.source_id = s.id
                     WHERE s.person_id = :person_id
                     UNION
                    SELECT m.film_id
                      FROM film_sources s
                      JOIN film_marks m ON m.source_id = s.id
                     WHERE s.person_id = :person_id
                       AND (m.watched_on IS NOT NULL OR m.half_stars IS NOT NULL OR m.is_liked))
     ORDER BY f.id
     LIMIT :limit
""")  # noqa: S608 - of this file's constants
_ADDRESSES = text(f"""
    SELECT {_ADDRESS} AS address FROM films f WHERE f.id IN :film_ids
""").bindparams(bindparam("film_ids", expanding=True))  # noqa: S608 - of this file's constants


# By its newest viewings and not by its best: those an index has in order.
_LATELY = text("""
    SELECT DISTINCT f.id, f.title, f.year
      FROM (SELECT v.film_id
              FROM film_sources s
              JOIN viewings v ON v.source_id = s.id
             WHERE s.person_id = :person_id
             ORDER BY v.watched_on DESC
             LIMIT :limit) AS lately
      JOIN films f ON f.id = lately.film_id
""")


class Named(NamedTuple):
    """A film as a choice."""

    id: int
    title: str
    year: int | None


class Poster(NamedTuple):
    """`is_own`: the household brought it; its file lies in DATA/posters."""

    sha256: str
    is_own: bool


def own_path(folder: Path, sha256: str) -> Path:
    """Return where a poster of the household's own is kept below DATA/posters."""
    return folder / f"{sha256}.jpg"


def hashes(session: Session, film_ids: Collection[int]) -> dict[int, str]:
    """Return the sha256 of each film's poster; films without one at hand are left out."""
    found = session.execute(_HASHES, {"film_ids": sorted(film_ids)})
    return {row.id: row.sha256 for row in found}


def find(session: Session, film_id: int) -> Poster | None:
    row = session.execute(_HASHES, {"film_ids": [film_id]}).one_or_none()
    return Poster(row.sha256, bool(row.is_own)) if row else None


def without(session: Session, person_id: int, limit: int) -> list[int]:
    """Return films of the person's collection that have no poster at hand, by id."""
    return list(session.scalars(_WITHOUT, {"person_id": person_id, "limit": limit}))


def lately(session: Session, person_id: int, limit: int, also: int | None) -> list[Named]:
    """Return films with a poster that the person watched lately, by title, and the film `also`.

    That one whatever it is, if it is there: what may be shown of it is for others to say.
    """
    found = [
        Named(*row) for row in session.execute(_LATELY, {"person_id": person_id, "limit": limit})
    ]
    if also is not None:
        query = select(Film.id, Film.title, Film.year).where(Film.id == also)
        found += [Named(*row) for row in session.execute(query)]
    there = hashes(session, [film.id for film in found])
    known = {film.id: film for film in found if film.id in there}
    return sorted(known.values(), key=lambda film: (film.title.casefold(), film.year or 0))


def count(session: Session, film_ids: Collection[int]) -> int:
    """Return how many of these films have a poster at hand."""
    return sum(len(hashes(session, batch)) for batch in _batches(film_ids))


def addresses(session: Session, film_ids: Collection[int]) -> list[str]:
    """Return where the posters of these films should be; of some that is not known."""
    return [
        address
        for batch in _batches(film_ids)
        for address in session.scalars(_ADDRESSES, {"film_ids": batch})
        if address
    ]


def set_own(session: Session, film_id: int, sha256: str | None) -> None:
    """Show the household's own poster of a film, or with None the one that is fetched.

    Raises:
        NotFound: it was joined with another, or is gone.
    """
    shown = update(Film).where(Film.id == film_id).values(poster_sha256=sha256)
    if session.scalar(shown.returning(Film.id)) is None:
        raise NotFound("film", film_id)


def all_own(session: Session) -> set[str]:
    """Return the hash of every poster of the household's own."""
    query = select(Film.poster_sha256).where(Film.poster_sha256.is_not(None))
    return {sha256 for sha256 in session.scalars(query) if sha256}


def say_gone(session: Session, hashes: Collection[str]) -> None:
    """Write down that the files of these are lost: the films show what is fetched again."""
    for sha256 in sorted(hashes):
        lost = update(Film).where(Film.poster_sha256 == sha256)
        session.execute(lost.values(poster_sha256=None))


def _batches(film_ids: Collection[int]) -> Iterator[list[int]]:
    rest = sorted(film_ids)
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]
