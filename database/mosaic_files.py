"""Finished mosaics, as the worker needs them: kept with their files, dropped with them.

What pages ask of mosaics is in `mosaics`.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database.models import Film, Mosaic, MosaicFilm
from database.viewings import Seen

_BATCH = 500

# The newest of a name stays; of the rest the oldest goes first.
_OVER_LIMIT = text("""
    SELECT id, person_id, file
      FROM (SELECT id, person_id, file, newest,
                   sum(size) OVER (ORDER BY newest DESC, created_at DESC, id DESC) AS kept
              FROM (SELECT id, person_id, file, size, created_at,
                           CASE WHEN row_number() OVER (PARTITION BY name_folded
                                                        ORDER BY created_at DESC, id DESC) = 1
                                THEN 1 ELSE 0 END AS newest
                      FROM mosaics
                     WHERE file IS NOT NULL) AS ranked) AS summed
     WHERE kept > :most AND newest = 0
""")


class Made(NamedTuple):
    """A finished picture and all that is said about it; `file` is its name in DATA/pictures."""

    public_id: str
    task_id: int
    person_id: int | None
    guest_hash: str | None
    is_shared: bool
    name: str
    title: str
    alt: str
    recipe: dict[str, Any]
    file: str
    sha256: str
    size: int
    width: int
    height: int
    preview_width: int
    preview_height: int


class FilmIn(NamedTuple):
    film: Seen
    has_poster: bool


def add(session: Session, made: Made, films: Sequence[FilmIn]) -> None:
    """Keep a mosaic and the films in it, in reading order."""
    mosaic = Mosaic(**made._asdict(), name_folded=fold(made.name), created_at=clock.now())
    session.add(mosaic)
    session.flush()
    known = _there(session, [film.film_id for film, _ in films])
    rows = [
        {
            "mosaic_id": mosaic.id,
            "position": position,
            "film_id": film.film_id if film.film_id in known else None,
            "title": film.title,
            "year": film.year,
            "director": film.director,
            "half_stars": film.half_stars,
            "watched_on": film.watched_on,
            "has_poster": has_poster,
        }
        for position, (film, has_poster) in enumerate(films)
    ]
    session.execute(insert(MosaicFilm), rows)


def _there(session: Session, film_ids: Sequence[int]) -> set[int]:
    """Return which of the films still have a row: one may have become another meanwhile.

    On PostgreSQL they are kept until this transaction ends.
    """
    found: set[int] = set()
    for start in range(0, len(film_ids), _BATCH):
        query = select(Film.id).where(Film.id.in_(film_ids[start : start + _BATCH]))
        found |= set(session.scalars(query.with_for_update(read=True, key_share=True)))
    return found


def files(session: Session) -> set[str]:
    """Return the name of every file that a mosaic says it has."""
    return set(session.scalars(select(Mosaic.file).where(Mosaic.file.is_not(None))))


def say_gone(session: Session, names: Collection[str]) -> None:
    """Say of mosaics that their picture is not there any more; it can be made again."""
    rest = sorted(names)
    for start in range(0, len(rest), _BATCH):
        batch = rest[start : start + _BATCH]
        session.execute(update(Mosaic).where(Mosaic.file.in_(batch)).values(file=None))


def drop_of_guests(session: Session, before: int) -> int:
    """Forget the mosaics that guests made before that moment; return how many."""
    old = (Mosaic.person_id.is_(None), Mosaic.created_at < before)
    return len(session.scalars(delete(Mosaic).where(*old).returning(Mosaic.id)).all())


def drop_over(session: Session, most: int) -> int:
    """Let pictures go until at most `most` bytes are kept; return how many went.

    A person's mosaic stays, without its picture; a guest's goes altogether.
    """
    rows = session.execute(_OVER_LIMIT, {"most": most}).all()
    say_gone(session, [row.file for row in rows if row.person_id is not None])
    gone = [row.id for row in rows if row.person_id is None]
    for start in range(0, len(gone), _BATCH):
        session.execute(delete(Mosaic).where(Mosaic.id.in_(gone[start : start + _BATCH])))
    return len(rows)
