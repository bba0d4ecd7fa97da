"""Finished mosaics, as the worker needs them: kept with their files, dropped with them.

What pages ask of mosaics is in `mosaics`.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database.models import Film, Mosaic, MosaicFilm
from database.viewings import Seen

_BATCH = 500

# The newest of a name goes last; before that, the oldest first.
_WITH_FILES = text("""
    SELECT id, person_id, file
      FROM (SELECT id, person_id, file, created_at,
                   row_number() OVER (PARTITION BY name_folded
                                          ORDER BY created_at DESC, id DESC) AS newest
              FROM mosaics
             WHERE file IS NOT NULL) AS ranked
     ORDER BY CASE WHEN newest = 1 THEN 0 ELSE 1 END, created_at DESC, id DESC
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


class Over(NamedTuple):
    """A mosaic whose picture takes too much room."""

    id: int
    person_id: int | None
    file: str


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


def over(session: Session, most: int, weigh: Callable[[str], int]) -> list[Over]:
    """Return the mosaics whose files have to go so that at most `most` bytes are kept.

    `weigh` tells the bytes that a mosaic takes on the disk, by its file's name.
    """
    found: list[Over] = []
    kept = 0
    for row in session.execute(_WITH_FILES):
        kept += weigh(row.file)
        if kept > most:
            found.append(Over(*row))
    return found


def drop(session: Session, mosaics: Sequence[Over]) -> None:
    """Let the pictures of these mosaics go; the files follow.

    A person's mosaic stays, without its picture; a guest's goes altogether.
    """
    say_gone(session, [one.file for one in mosaics if one.person_id is not None])
    gone = [one.id for one in mosaics if one.person_id is None]
    for start in range(0, len(gone), _BATCH):
        session.execute(delete(Mosaic).where(Mosaic.id.in_(gone[start : start + _BATCH])))
