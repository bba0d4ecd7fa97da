"""What TMDB says of a film: to be asked, found, found several times, or not known there.

The answer is kept, "none" too. An id makes two rows of one film one.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core import clock
from database.film_identity import alone, merge
from database.models import Film, FilmCandidate


class Candidate(NamedTuple):
    """One of several films that may be meant."""

    kind: str
    tmdb_id: int
    title: str
    year: int | None = None
    overview: str | None = None


class Match(NamedTuple):
    """The film that is meant; `poster_address` is the picture's whole address."""

    kind: str
    tmdb_id: int
    director: str | None = None
    poster_address: str | None = None


class Unmatched(NamedTuple):
    """A film that TMDB is to be asked about: by its id where that is known, else by name."""

    film_id: int
    title: str
    year: int | None
    kind: str | None
    tmdb_id: int | None


def to_match(
    session: Session, film_ids: Collection[int] | None = None, limit: int = 500
) -> list[Unmatched]:
    """Return films that TMDB was not asked about yet, of these ids or of all."""
    query = select(Film.id, Film.title, Film.year, Film.kind, Film.tmdb_id)
    query = query.where(Film.tmdb_state == "unasked").order_by(Film.id).limit(limit)
    if film_ids is not None:
        query = query.where(Film.id.in_(sorted(film_ids)))
    return [Unmatched(*row) for row in session.execute(query)]


def save_match(
    session: Session, film_id: int, answer: Match | Sequence[Candidate] | None
) -> int | None:
    """Keep TMDB's answer: the film, several that a person has to choose from, or None.

    Returns the film's id: another one's, where TMDB's film was here already; None
    where the film itself was joined with another while TMDB was asked.
    """
    alone(session)
    if session.scalar(select(Film.id).where(Film.id == film_id)) is None:
        return None
    if isinstance(answer, Match):
        kept = identify(session, film_id, answer.kind, answer.tmdb_id)
        told = {"director": answer.director, "poster_address": answer.poster_address}
        _say(session, kept, "matched", **told)
        return kept
    session.execute(delete(FilmCandidate).where(FilmCandidate.film_id == film_id))
    if not answer:
        _say(session, film_id, "none")
        return film_id
    rows = [{"film_id": film_id} | one._asdict() for one in answer]
    session.execute(insert(FilmCandidate), rows)
    _say(session, film_id, "tie")
    return film_id


def identify(session: Session, film_id: int, kind: str, tmdb_id: int) -> int:
    """Give a film TMDB's id, or join it with the one that has it; return the id that stays."""
    alone(session)
    session.execute(delete(FilmCandidate).where(FilmCandidate.film_id == film_id))
    there = session.scalar(select(Film.id).where(Film.kind == kind, Film.tmdb_id == tmdb_id))
    if there == film_id:
        return film_id
    if there is not None:
        merge(session, film_id, there)
        return there
    session.execute(
        update(Film)
        .where(Film.id == film_id)
        .values(kind=kind, tmdb_id=tmdb_id, tmdb_state="unasked", director=None)
    )
    return film_id


def expire(session: Session, asked_before: int) -> int:
    """Drop what TMDB said before that moment, to be asked again; return of how many films.

    Its terms let nothing be kept for more than six months. The id itself, and
    that it knows none, stay.
    """
    old = (Film.tmdb_state == "matched", Film.asked_at < asked_before)
    dropped = {"tmdb_state": "unasked", "director": None, "poster_address": None}
    changed = session.scalars(update(Film).where(*old).values(**dropped).returning(Film.id))
    return len(changed.all())


def _say(session: Session, film_id: int, state: str, **told: Any) -> None:
    values = {"tmdb_state": state, "asked_at": clock.now()} | told
    session.execute(update(Film).where(Film.id == film_id).values(**values))
