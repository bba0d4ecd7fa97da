"""What a person wants to watch, and their lists: which films, in which order, how many seen."""

from typing import Literal, NamedTuple

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import film_order, film_sources
from database.film_order import Order
from database.models import CollectionFilm, Film, FilmList, FilmListEntry, FilmMark, FilmSource

PAGE = 60
Sort = Literal["-added", "added", "title", "-title", "-year", "year"]


class Wanted(NamedTuple):
    """A film of the watchlist; `key` leads to the page after it."""

    id: int
    title: str
    year: int | None
    director: str | None
    wanted_on: str
    is_seen: bool
    key: str


class ListShown(NamedTuple):
    """A list; `films` are all in it, `seen` those that are in the person's collection, too."""

    id: int
    name: str
    description: str | None
    made_on: str | None
    films: int
    seen: int


class ListNamed(NamedTuple):
    """A list as a choice; how many films are in it is not counted."""

    id: int
    name: str


class Entry(NamedTuple):
    """A film in its place of a list; `half_stars` is what the person gave it."""

    position: int
    id: int
    title: str
    year: int | None
    director: str | None
    note: str | None
    is_seen: bool
    half_stars: int | None


def wanted(
    session: Session,
    person_id: int,
    sort: Sort = "-added",
    *,
    after: str | None = None,
    limit: int = PAGE,
) -> list[Wanted]:
    """Return the watchlist. `after` is the `key` that the last page ended with."""
    mine = film_sources.ids(session, person_id)
    # An account and an export of another name may both want it.
    marked = (
        select(FilmMark.film_id, func.min(FilmMark.wanted_on).label("wanted_on"))
        .where(FilmMark.source_id.in_(mine), FilmMark.wanted_on.is_not(None))
        .group_by(FilmMark.film_id)
        .subquery("wanted")
    )
    is_seen = exists().where(
        CollectionFilm.person_id == person_id, CollectionFilm.film_id == Film.id
    )
    shown = (Film.id, Film.title, Film.year, Film.director, marked.c.wanted_on)
    query = select(*shown, is_seen.label("is_seen"), Film.title_folded)
    query = select(query.join(marked, marked.c.film_id == Film.id).subquery("films_wanted"))
    by = {
        "added": Order("wanted_on", is_text=True),
        "title": Order(),
        "year": Order("year"),
    }[sort.removeprefix("-")]
    order = by._replace(is_down=sort.startswith("-"))
    found = film_order.page(session, query, order, after=after, limit=limit)
    return [Wanted(*row[:6], key=key) for row, key in found]  # type: ignore[misc]


def count_wanted(session: Session, person_id: int) -> int:
    """Return how many films the watchlist has."""
    mine = film_sources.ids(session, person_id)
    query = select(func.count(FilmMark.film_id.distinct()))
    wanted = FilmMark.source_id.in_(mine), FilmMark.wanted_on.is_not(None)
    return session.scalar(query.where(*wanted)) or 0


def names(session: Session, person_id: int) -> list[ListNamed]:
    """Return the person's lists by name."""
    query = select(FilmList.id, FilmList.name)
    query = query.join(FilmSource, FilmSource.id == FilmList.source_id)
    query = query.where(FilmSource.person_id == person_id)
    rows = session.execute(query.order_by(func.lower(FilmList.name), FilmList.id))
    return [ListNamed(*row) for row in rows]


def lists(session: Session, person_id: int, list_id: int | None = None) -> list[ListShown]:
    """Return the person's lists by name, or that one alone."""
    films = func.count(FilmListEntry.film_id)
    seen = func.count(case((CollectionFilm.film_id.is_not(None), 1)))
    shown = (FilmList.id, FilmList.name, FilmList.description, FilmList.made_on)
    query = (
        select(*shown, films, seen)
        .join(FilmSource, FilmSource.id == FilmList.source_id)
        .outerjoin(FilmListEntry, FilmListEntry.list_id == FilmList.id)
        .outerjoin(
            CollectionFilm,
            (CollectionFilm.person_id == person_id)
            & (CollectionFilm.film_id == FilmListEntry.film_id),
        )
        .where(FilmSource.person_id == person_id)
        .group_by(*shown)
        .order_by(func.lower(FilmList.name), FilmList.id)
    )
    if list_id is not None:
        query = query.where(FilmList.id == list_id)
    return [ListShown(*row) for row in session.execute(query)]


def get(session: Session, person_id: int, list_id: int) -> ListShown:
    """Return a list of the person's.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = lists(session, person_id, list_id)
    if not found:
        raise NotFound("list of yours", list_id)
    return found[0]


def entries(
    session: Session, person_id: int, list_id: int, *, after: int = 0, limit: int = PAGE
) -> list[Entry]:
    """Return films of a list in its order, from behind the place `after` on."""
    query = (
        select(
            FilmListEntry.position,
            Film.id,
            Film.title,
            Film.year,
            Film.director,
            FilmListEntry.note,
            CollectionFilm.film_id.is_not(None),
            func.nullif(CollectionFilm.half_stars, 0),
        )
        .join(Film, Film.id == FilmListEntry.film_id)
        .outerjoin(
            CollectionFilm,
            (CollectionFilm.person_id == person_id) & (CollectionFilm.film_id == Film.id),
        )
        .where(FilmListEntry.list_id == list_id, FilmListEntry.position > after)
        .order_by(FilmListEntry.position)
        .limit(limit)
    )
    return [Entry(*row) for row in session.execute(query)]
