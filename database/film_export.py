"""Everything of a person's films, to be carried away: in batches, each a read of its own.

One read for all of it would keep SQLite's log from shrinking while a slow browser takes it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from database import film_sources
from database.engine import Database
from database.models import Film, FilmList, FilmListEntry, FilmMark, FilmSource, Viewing

_BATCH = 500
_Row = dict[str, Any]
_FILM = (
    Film.title,
    Film.year,
    Film.director,
    Film.uri.label("letterboxd_uri"),
    Film.slug.label("letterboxd_slug"),
    Film.kind.label("tmdb_kind"),
    Film.tmdb_id,
)


class ListOf(NamedTuple):
    id: int
    name: str
    description: str | None
    made_on: str | None


def source_ids(session: Session, person_id: int) -> list[int]:
    """Return whose rows the functions below are to be asked for, one source after the other."""
    return sorted(film_sources.ids(session, person_id))


def viewings(db: Database, source_id: int) -> Iterator[_Row]:
    """Yield the viewings of a source by day."""
    query = select(
        *_FILM,
        Viewing.watched_on,
        Viewing.logged_on,
        Viewing.half_stars,
        Viewing.is_rewatch,
        Viewing.is_liked,
        Viewing.tags,
        Viewing.review,
        Viewing.id.label("key"),
    )
    query = query.join(Viewing, Viewing.film_id == Film.id)
    query = query.where(Viewing.source_id == source_id)
    query = query.order_by(Viewing.watched_on, Viewing.id).limit(_BATCH)
    last: _Row = {"watched_on": "", "key": 0}
    while rows := _batch(
        db,
        query.where(
            Viewing.watched_on >= last["watched_on"],
            tuple_(Viewing.watched_on, Viewing.id) > (last["watched_on"], last["key"]),
        ),
    ):
        last = rows[-1]
        yield from rows


def marks(db: Database, source_id: int) -> Iterator[_Row]:
    """Yield what a source says of films as such, the watchlist among it, by film."""
    query = select(
        *_FILM,
        FilmMark.watched_on,
        FilmMark.half_stars,
        FilmMark.is_liked,
        FilmMark.wanted_on,
        FilmMark.film_id.label("key"),
    )
    query = query.join(FilmMark, FilmMark.film_id == Film.id)
    query = query.where(FilmMark.source_id == source_id).order_by(FilmMark.film_id).limit(_BATCH)
    last = 0
    while rows := _batch(db, query.where(FilmMark.film_id > last)):
        last = rows[-1]["key"]
        yield from rows


def lists(session: Session, person_id: int) -> list[ListOf]:
    query = select(FilmList.id, FilmList.name, FilmList.description, FilmList.made_on)
    query = query.join(FilmSource, FilmSource.id == FilmList.source_id)
    query = query.where(FilmSource.person_id == person_id).order_by(FilmList.id)
    return [ListOf(*row) for row in session.execute(query)]


def entries(db: Database, list_id: int) -> Iterator[_Row]:
    """Yield the films of a list in its order."""
    query = select(*_FILM, FilmListEntry.position, FilmListEntry.note)
    query = query.join(FilmListEntry, FilmListEntry.film_id == Film.id)
    query = query.where(FilmListEntry.list_id == list_id)
    query = query.order_by(FilmListEntry.position).limit(_BATCH)
    last = 0
    while rows := _batch(db, query.where(FilmListEntry.position > last)):
        last = rows[-1]["position"]
        yield from rows


def _batch(db: Database, query: Select[*tuple[Any, ...]]) -> list[_Row]:
    with db.reading() as session:
        return [dict(row) for row in session.execute(query).mappings()]
