"""The collection: a person's films as pages list them, and the questions about them.

Which film is meant by a name is the business of `film_identity`, what TMDB says
of it that of `film_matches`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import NotFound
from database import film_filters, film_matches, film_order, film_sources
from database.film_filters import EVERYTHING, Filter
from database.film_identity import SeenFilm, alone, resolve
from database.film_matches import Candidate, Match, Unmatched, expire, save_match, to_match
from database.models import (
    CollectionFilm,
    Film,
    FilmCandidate,
    FilmList,
    FilmListEntry,
    FilmMark,
    FilmSource,
    Viewing,
)

__all__ = [
    "Candidate",
    "Match",
    "SeenFilm",
    "Unmatched",
    "expire",
    "resolve",
    "save_match",
    "to_match",
]

PAGE = 60
MAX_TIES = 50


class Listed(NamedTuple):
    """A film of the collection. `last_on` is the last viewing's day, None: on no known day.

    `half_stars` is what the film as such was given, else its newest rated viewing.
    `key` leads to the page after it.
    """

    id: int
    title: str
    year: int | None
    director: str | None
    half_stars: int | None
    viewings: int
    last_on: str | None
    is_liked: bool
    is_rewatched: bool
    key: str


class Page(NamedTuple):
    """A page of films, of `in_all` so many; 0 behind the last page. `more` leads to the next."""

    films: list[Listed]
    in_all: int
    more: str | None


class Tie(NamedTuple):
    """A film for which TMDB knows several."""

    film_id: int
    title: str
    year: int | None
    candidates: list[Candidate]


_LISTED = (
    Film.id,
    Film.title,
    Film.year,
    Film.director,
    CollectionFilm.half_stars,
    CollectionFilm.viewings,
    CollectionFilm.last_on,
    CollectionFilm.is_liked,
    CollectionFilm.is_rewatched,
    Film.title_folded,
)
# All that `film_filters` orders by.
_BY = (
    Film.id,
    Film.title_folded,
    Film.year,
    CollectionFilm.half_stars,
    CollectionFilm.last_on,
    CollectionFilm.viewings,
)


def page(
    session: Session, person_id: int, wanted: Filter = EVERYTHING, *, after: str | None = None
) -> Page:
    """Return a page of those films of the person's that are wanted, in the order that is."""
    if not wanted.is_all:
        return _filtered(session, person_id, wanted, after)
    found = collection(session, person_id, wanted, after=after, limit=PAGE + 1)
    more = found[PAGE - 1].key if len(found) > PAGE else None
    return Page(found[:PAGE], count(session, person_id), more)


def _filtered(session: Session, person_id: int, wanted: Filter, after: str | None) -> Page:
    # Asked once, for the page and for the number, and for no more than orders it: it may be
    # dear, and nearly all of them.
    met = _met(_BY, person_id, wanted).cte("met")
    in_all = select(func.count()).select_from(met).scalar_subquery().label("in_all")
    query = select(met, in_all)
    rows = film_order.page(session, query, wanted.order, after=after, limit=PAGE + 1)
    if not rows:
        return Page([], 0, None)
    keys = {row.id: key for row, key in rows[:PAGE]}
    shown = _met(_LISTED, person_id, EVERYTHING).where(CollectionFilm.film_id.in_(keys))
    listed = {row.id: _listed(row, keys[row.id]) for row in session.execute(shown)}
    more = rows[PAGE - 1][1] if len(rows) > PAGE else None
    # On PostgreSQL a film may be gone since.
    films = [listed[film_id] for film_id in keys if film_id in listed]
    return Page(films, rows[0][0].in_all, more)


def collection(
    session: Session,
    person_id: int,
    wanted: Filter = EVERYTHING,
    *,
    after: str | None = None,
    limit: int = PAGE,
) -> list[Listed]:
    """Return those films of the person's that are wanted, in the order that is.

    `after` is the `key` that the last page ended with.
    """
    query = select(_met(_LISTED, person_id, wanted).subquery("met"))
    found = film_order.page(session, query, wanted.order, after=after, limit=limit)
    return [_listed(row, key) for row, key in found]


def _met(
    columns: Sequence[InstrumentedAttribute[Any]], person_id: int, wanted: Filter
) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(*columns)
    query = query.join(CollectionFilm, CollectionFilm.film_id == Film.id)
    conditions = film_filters.conditions(wanted, person_id)
    return query.where(CollectionFilm.person_id == person_id, *conditions)


def _listed(row: Row[*tuple[Any, ...]], key: str) -> Listed:
    return Listed(
        row.id,
        row.title,
        row.year,
        row.director,
        row.half_stars or None,
        row.viewings,
        row.last_on or None,
        row.is_liked,
        row.is_rewatched,
        key,
    )


def count(session: Session, person_id: int, wanted: Filter = EVERYTHING) -> int:
    """Return how many films of the person's are wanted."""
    query = select(func.count()).select_from(CollectionFilm)
    if not wanted.is_all:
        query = query.join(Film, Film.id == CollectionFilm.film_id)
        query = query.where(*film_filters.conditions(wanted, person_id))
    return session.scalar(query.where(CollectionFilm.person_id == person_id)) or 0


def _is_of(person_id: int) -> ColumnElement[bool]:
    return exists().where(CollectionFilm.person_id == person_id, CollectionFilm.film_id == Film.id)


def demand(session: Session, person_id: int, film_id: int) -> None:
    """Go on only with a film that the person has: in their collection, wanted, or in a list.

    Raises:
        NotFound: there is none, or somebody else alone has it.
    """
    if session.scalar(select(Film.id).where(Film.id == film_id, _has(person_id))) is None:
        raise NotFound("film of yours", film_id)


def _has(person_id: int) -> ColumnElement[bool]:
    mine = select(FilmSource.id).where(FilmSource.person_id == person_id).scalar_subquery()
    is_wanted = exists().where(
        FilmMark.film_id == Film.id, FilmMark.source_id.in_(mine), FilmMark.wanted_on.is_not(None)
    )
    is_listed = exists().where(
        FilmListEntry.film_id == Film.id,
        FilmListEntry.list_id == FilmList.id,
        FilmList.source_id.in_(mine),
    )
    return or_(_is_of(person_id), is_wanted, is_listed)


def doubts(session: Session, person_id: int) -> int:
    """Return how many questions `ties` and `viewings.uncertain` have for the person."""
    source_ids = film_sources.ids(session, person_id)
    tied = select(func.count()).where(Film.tmdb_state == "tie", _is_of(person_id))
    uncertain = select(func.count()).where(Viewing.source_id.in_(source_ids), Viewing.is_uncertain)
    return (session.scalar(tied) or 0) + (session.scalar(uncertain) or 0)


def ties(
    session: Session, person_id: int, limit: int = MAX_TIES, *, film_id: int | None = None
) -> list[Tie]:
    """Return the person's films of which TMDB knows several: the first ones only, or that one."""
    query = select(Film.id, Film.title, Film.year).where(Film.tmdb_state == "tie")
    if film_id is None:
        query = query.where(_is_of(person_id))
    else:
        query = query.where(Film.id == film_id, _has(person_id))
    rows = session.execute(query.order_by(Film.id).limit(limit)).all()
    found: dict[int, list[Candidate]] = {row.id: [] for row in rows}
    candidates = select(
        FilmCandidate.film_id,
        FilmCandidate.kind,
        FilmCandidate.tmdb_id,
        FilmCandidate.title,
        FilmCandidate.year,
        FilmCandidate.overview,
    ).where(FilmCandidate.film_id.in_(found))
    for row in session.execute(candidates.order_by(FilmCandidate.year, FilmCandidate.tmdb_id)):
        found[row.film_id].append(Candidate(*row[1:]))
    return [Tie(row.id, row.title, row.year, found[row.id]) for row in rows]


def settle(
    session: Session, film_id: int, choice: tuple[str, int] | None, *, person_id: int | None = None
) -> int:
    """Say which of the candidates a film is, (kind, TMDB id), or None: it stays what it was.

    Returns the film's id: another one's, where TMDB's film was here already. What
    TMDB says of it is still to be asked.

    Raises:
        NotFound: no such question is open, or not for this person.
    """
    alone(session)
    query = select(Film.id).where(Film.id == film_id, Film.tmdb_state == "tie")
    if person_id is not None:
        query = query.where(_has(person_id))
    if session.scalar(query) is None:
        raise NotFound("open question about film", film_id)
    if choice is None:
        film_matches.decline(session, film_id)
        return film_id
    kind, tmdb_id = choice
    if session.get(FilmCandidate, (film_id, kind, tmdb_id)) is None:
        raise NotFound("such choice for film", film_id)
    return film_matches.settle(session, film_id, kind, tmdb_id)
