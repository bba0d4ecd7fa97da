"""Finished mosaics, as the worker needs them: kept with their files, dropped with them.

What pages ask of mosaics is in `mosaics`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Text, delete, insert, select, text, type_coerce, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import clock
from core.names import fold
from database.models import Album, Film, Mosaic, MosaicFilm, Recipe, Record
from database.owner import Owner
from database.viewings import Seen

_BATCH = 500
_LOOKED_AT = 20

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
    places: dict[str, Any] | None = None
    recipe_id: int | None = None


class Over(NamedTuple):
    """A mosaic whose picture takes too much room."""

    id: int
    person_id: int | None
    file: str


class Known(NamedTuple):
    """A mosaic that is there already."""

    id: int
    public_id: str
    file: str


class FilmIn(NamedTuple):
    film: Seen
    has_poster: bool


def add(session: Session, made: Made, films: Sequence[FilmIn]) -> None:
    """Keep a mosaic and the films in it, in reading order."""
    recipe_id = _recipe_there(session, made.recipe_id, made.person_id)
    said = made._asdict() | {"recipe_id": recipe_id}
    mosaic = Mosaic(**said, name_folded=fold(made.name), created_at=clock.now())
    session.add(mosaic)
    session.flush()
    known = _there(session, Film.id, [film.film_id for film, _ in films])
    records = _there(session, Record.id, [film.record_id for film, _ in films])
    albums = _there(session, Album.id, [film.album_id for film, _ in films])
    rows = [
        {
            "mosaic_id": mosaic.id,
            "position": position,
            "film_id": film.film_id if film.film_id in known else None,
            "record_id": film.record_id if film.record_id in records else None,
            "album_id": film.album_id if film.album_id in albums else None,
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


def _recipe_there(session: Session, recipe_id: int | None, person_id: int | None) -> int | None:
    """Return the id of a recipe that its person still has, kept until this transaction ends."""
    query = select(Recipe.id).where(Recipe.id == recipe_id, Recipe.person_id == person_id)
    return session.scalar(query.with_for_update(read=True, key_share=True))


def same(session: Session, fingerprint: str, name: str, owner: Owner) -> Known | None:
    """Return the newest mosaic of this owner that was made of the very same, if it has its file.

    Only the newest few of the name are looked at.
    """
    whose = (Mosaic.person_id, owner.person_id), (Mosaic.guest_hash, owner.guest_hash)
    mine = [column.is_not_distinct_from(value) for column, value in whose]
    query = select(Mosaic.id, Mosaic.public_id, Mosaic.file, Mosaic.recipe).where(
        Mosaic.name_folded == fold(name), *mine, Mosaic.file.is_not(None)
    )
    query = query.order_by(Mosaic.created_at.desc(), Mosaic.id.desc()).limit(_LOOKED_AT)
    for row in session.execute(query):
        if row.recipe.get("fingerprint") == fingerprint:
            return Known(row.id, row.public_id, row.file)
    return None


def take_for(session: Session, mosaic_id: int, recipe_id: int | None, person_id: int) -> None:
    """Let a mosaic that no recipe has made count as made by this one."""
    if there := _recipe_there(session, recipe_id, person_id):
        free = update(Mosaic).where(Mosaic.id == mosaic_id, Mosaic.recipe_id.is_(None))
        session.execute(free.values(recipe_id=there))


def _there(
    session: Session, column: InstrumentedAttribute[int], ids: Iterable[int | None]
) -> set[int]:
    """Return which of these still have a row: a film may have become another meanwhile.

    On PostgreSQL they are kept until this transaction ends.
    """
    found: set[int] = set()
    wanted = [one for one in ids if one is not None]
    for start in range(0, len(wanted), _BATCH):
        query = select(column).where(column.in_(wanted[start : start + _BATCH]))
        found |= set(session.scalars(query.with_for_update(read=True, key_share=True)))
    return found


def files(session: Session) -> set[str]:
    """Return the name of every file that a mosaic says it has."""
    return set(session.scalars(select(Mosaic.file).where(Mosaic.file.is_not(None))))


def targets(session: Session) -> set[str]:
    """Return the hash of every picture after which one made of posters can be made again."""
    found: set[str] = set()
    for column in (Recipe.args, Mosaic.recipe):
        query = select(column).where(type_coerce(column, Text).contains('"target_sha256":"'))
        found |= {args["target_sha256"] for args in session.scalars(query)}
    return found


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
