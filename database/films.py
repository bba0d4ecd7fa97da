"""The collection: a person's films as pages list them, and the questions about them.

Which film is meant by a name is the business of `film_identity`, what TMDB says
of it that of `film_matches`.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.names import fold
from database import film_matches
from database.film_identity import SeenFilm, alone, resolve
from database.film_matches import Candidate, Match, Unmatched, expire, save_match, to_match
from database.models import Film, FilmCandidate, FilmMark, FilmSource, Viewing

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

_COUNT = text("""
    SELECT count(*)
      FROM (SELECT film_id FROM viewings WHERE source_id IN :source_ids
             UNION
            SELECT film_id FROM film_marks
             WHERE source_id IN :source_ids
               AND (watched_on IS NOT NULL OR half_stars IS NOT NULL OR is_liked)) AS watched
""").bindparams(bindparam("source_ids", expanding=True))
_LISTS: tuple[BindParameter[Any], ...] = (
    bindparam("source_ids", expanding=True),
    bindparam("film_ids", expanding=True),
)
_VIEWINGS_OF = text("""
    SELECT film_id, count(*) AS viewings, max(watched_on) AS last_on
      FROM viewings
     WHERE source_id IN :source_ids
       AND film_id IN :film_ids
     GROUP BY film_id
""").bindparams(*_LISTS)
# The newest comes last, and stays.
_STARS_OF = text("""
    SELECT film_id, half_stars
      FROM viewings
     WHERE source_id IN :source_ids
       AND film_id IN :film_ids
       AND half_stars IS NOT NULL
     ORDER BY watched_on, nth
""").bindparams(*_LISTS)
_MARKED_OF = text("""
    SELECT film_id, half_stars
      FROM film_marks
     WHERE source_id IN :source_ids
       AND film_id IN :film_ids
       AND half_stars IS NOT NULL
""").bindparams(*_LISTS)


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
    key: str


class Tie(NamedTuple):
    """A film for which TMDB knows several."""

    film_id: int
    title: str
    year: int | None
    candidates: list[Candidate]


def collection(
    session: Session,
    person_id: int,
    words: str = "",
    after: str | None = None,
    limit: int = PAGE,
) -> list[Listed]:
    """Return the person's films whose title or director hold every one of `words`, by title.

    A year counts as a word. `after` is the `key` that the last page ended with.
    """
    source_ids = _sources(session, person_id)
    query = select(Film.id, Film.title, Film.year, Film.director, Film.title_folded)
    query = query.where(_is_of(source_ids))
    for word in fold(words).split():
        query = query.where(_holds(word))
    if after is not None:
        # "id:title": the page goes on there, though that film itself be gone by now.
        film_id, _, title = after.partition(":")
        last = int(film_id) if re.fullmatch(r"[0-9]{1,18}", film_id) else 0
        query = query.where(tuple_(Film.title_folded, Film.id) > (title, last))
    rows = session.execute(query.order_by(Film.title_folded, Film.id).limit(limit)).all()
    return _listed(session, source_ids, rows)


def _sources(session: Session, person_id: int) -> list[int]:
    return list(session.scalars(select(FilmSource.id).where(FilmSource.person_id == person_id)))


def _is_of(source_ids: Sequence[int]) -> ColumnElement[bool]:
    # Being wanted alone is no part of a collection.
    seen = or_(
        FilmMark.watched_on.is_not(None), FilmMark.half_stars.is_not(None), FilmMark.is_liked
    )
    return or_(
        exists().where(Viewing.source_id.in_(source_ids), Viewing.film_id == Film.id),
        exists().where(FilmMark.source_id.in_(source_ids), FilmMark.film_id == Film.id, seen),
    )


def _holds(word: str) -> ColumnElement[bool]:
    found = [
        Film.title_folded.contains(word, autoescape=True),
        Film.director.icontains(word, autoescape=True),
        # SQLite folds no letter beyond ASCII: "éric" is to find Éric.
        Film.director.contains(word.capitalize(), autoescape=True),
    ]
    if re.fullmatch(r"[0-9]{4}", word, re.ASCII):
        found.append(Film.year == int(word))
    return or_(*found)


def _listed(session: Session, source_ids: Sequence[int], rows: Sequence[Any]) -> list[Listed]:
    asked = {"source_ids": list(source_ids), "film_ids": [row.id for row in rows]}
    viewings = {row.film_id: row for row in session.execute(_VIEWINGS_OF, asked)}
    stars = {row.film_id: row.half_stars for row in session.execute(_STARS_OF, asked)}
    marked = {row.film_id: row.half_stars for row in session.execute(_MARKED_OF, asked)}
    return [
        Listed(
            row.id,
            row.title,
            row.year,
            row.director,
            marked.get(row.id) or stars.get(row.id),
            viewings[row.id].viewings if row.id in viewings else 0,
            viewings[row.id].last_on if row.id in viewings else None,
            f"{row.id}:{row.title_folded}",
        )
        for row in rows
    ]


def demand(session: Session, person_id: int, film_id: int) -> None:
    """Go on only with a film of the person's collection.

    Raises:
        NotFound: there is none, or it is in somebody else's alone.
    """
    query = select(Film.id).where(Film.id == film_id, _is_of(_sources(session, person_id)))
    if session.scalar(query) is None:
        raise NotFound("film of yours", film_id)


def count(session: Session, person_id: int) -> int:
    """Return how many films the person has."""
    source_ids = _sources(session, person_id)
    return int(session.scalar(_COUNT, {"source_ids": source_ids}) or 0)


def doubts(session: Session, person_id: int) -> int:
    """Return how many questions `ties` and `viewings.uncertain` have for the person."""
    source_ids = _sources(session, person_id)
    tied = select(func.count()).where(Film.tmdb_state == "tie", _is_of(source_ids))
    uncertain = select(func.count()).where(Viewing.source_id.in_(source_ids), Viewing.is_uncertain)
    return (session.scalar(tied) or 0) + (session.scalar(uncertain) or 0)


def ties(session: Session, person_id: int, limit: int = MAX_TIES) -> list[Tie]:
    """Return the person's films of which TMDB knows several, the first ones only."""
    query = select(Film.id, Film.title, Film.year).where(
        Film.tmdb_state == "tie", _is_of(_sources(session, person_id))
    )
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
    """Say which of the candidates a film is, (kind, TMDB id), or None: it is none of them.

    Returns the film's id: another one's, where TMDB's film was here already. What
    TMDB says of it is still to be asked.

    Raises:
        NotFound: no such question is open, or not for this person.
    """
    alone(session)
    query = select(Film.id).where(Film.id == film_id, Film.tmdb_state == "tie")
    if person_id is not None:
        query = query.where(_is_of(_sources(session, person_id)))
    if session.scalar(query) is None:
        raise NotFound("open question about film", film_id)
    if choice is None:
        film_matches.save_match(session, film_id, None)
        return film_id
    kind, tmdb_id = choice
    if session.get(FilmCandidate, (film_id, kind, tmdb_id)) is None:
        raise NotFound("such choice for film", film_id)
    return film_matches.identify(session, film_id, kind, tmdb_id)
