"""What TMDB says of a film: to be asked, found, found several times, or not known there.

The answer is kept, "none" too. An id makes two rows of one film one, unless Letterboxd
knows them as two.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database.film_identity import alone, merge
from database.film_sources import OF_GUESTS
from database.models import Film, FilmCandidate

_BATCH = 500
# Whose the film is, as long as it is anybody's.
_OF_GUESTS_ALONE = text("""
    SELECT coalesce(min(CASE WHEN s.person_id IS NULL AND s.name LIKE :of_guests
                             THEN 1 ELSE 0 END), 0)
      FROM (SELECT source_id FROM viewings   WHERE film_id = :film_id
             UNION
            SELECT source_id FROM film_marks WHERE film_id = :film_id
             UNION
            SELECT l.source_id
              FROM film_list_entries e
              JOIN film_lists l ON l.id = e.list_id
             WHERE e.film_id = :film_id) AS hanging
      JOIN film_sources s ON s.id = hanging.source_id
""")


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
    columns = select(Film.id, Film.title, Film.year, Film.kind, Film.tmdb_id)
    due = columns.where(Film.tmdb_state == "unasked").order_by(Film.id)
    found: list[Unmatched] = []
    for among in _among(film_ids):
        rows = session.execute(due.where(*among).limit(limit - len(found)))
        found += [Unmatched(*row) for row in rows]
        if len(found) >= limit:
            break
    return found


def _among(film_ids: Collection[int] | None) -> Iterator[list[ColumnElement[bool]]]:
    if film_ids is None:
        yield []
        return
    rest = sorted(film_ids)
    for start in range(0, len(rest), _BATCH):
        yield [Film.id.in_(rest[start : start + _BATCH])]


def save_match(
    session: Session, film_id: int, answer: Match | Sequence[Candidate] | None
) -> int | None:
    """Keep TMDB's answer: the film, several that a person has to choose from, or None.

    Returns the film's id: another one's, where TMDB's film was here already; None
    where the film itself was joined with another while TMDB was asked.
    """
    alone(session)
    film = session.get(Film, film_id, populate_existing=True)
    if film is None:
        return None
    if isinstance(answer, Match):
        return _matched(session, film, answer)
    _choose(session, film_id, answer or [])
    return film_id


def _matched(session: Session, film: Film, answer: Match) -> int:
    found = answer.kind, answer.tmdb_id
    if film.tmdb_id is not None and (film.kind, film.tmdb_id) != found:
        # Letterboxd has told its id meanwhile: it is asked about anew, by that.
        return film.id
    told = {"director": answer.director, "poster_address": answer.poster_address}
    if film.tmdb_id is None and session.scalar(
        _OF_GUESTS_ALONE, {"film_id": film.id, "of_guests": f"{OF_GUESTS}%"}
    ):
        # What a guest calls a film joins none of the household's.
        _say(session, film.id, "matched", **told)
        return film.id
    if (there := _other(session, film.id, *found)) is not None and _are_two(film, there):
        _choose(session, film.id, [Candidate(*found, film.title, film.year)])
        return film.id
    kept = identify(session, film.id, *found)
    _say(session, kept, "matched", **told)
    return kept


def name(session: Session, film_id: int, match: Match) -> int:
    """Say which of TMDB's films one is, as a person does; return the id that stays.

    Raises:
        NotFound: it was joined with another, or is gone.
    """
    kept = settle(session, film_id, match.kind, match.tmdb_id)
    _say(session, kept, "matched", director=match.director, poster_address=match.poster_address)
    return kept


def settle(session: Session, film_id: int, kind: str, tmdb_id: int) -> int:
    """As `identify`, by a person's word: no feed says otherwise from now on.

    Raises:
        NotFound: it was joined with another, or is gone.
    """
    _lock(session, film_id)
    kept = identify(session, film_id, kind, tmdb_id)
    session.execute(update(Film).where(Film.id == kept).values(is_settled=True))
    return kept


def offer(session: Session, film_id: int, candidates: Sequence[Candidate]) -> None:
    """Let a person choose which of these a film is; what it was until then stays.

    Raises:
        NotFound: it was joined with another, or is gone.
    """
    asked_at = _lock(session, film_id).asked_at
    _choose(session, film_id, candidates)
    if asked_at is not None:
        # What is kept from then has its time from then.
        session.execute(update(Film).where(Film.id == film_id).values(asked_at=asked_at))


def decline(session: Session, film_id: int) -> None:
    """Say that a film is none of its candidates: it is what it was before."""
    film = _lock(session, film_id)
    if film.tmdb_id is None and film.director is None and film.poster_address is None:
        _choose(session, film_id, [])
        return
    session.execute(delete(FilmCandidate).where(FilmCandidate.film_id == film_id))
    # One that is known by its id alone was never asked about by it.
    state = "unasked" if film.director is None and film.poster_address is None else "matched"
    session.execute(update(Film).where(Film.id == film_id).values(tmdb_state=state))


def find(session: Session, film_id: int) -> Unmatched | None:
    """Return what a film is called and known by; None where it was joined with another."""
    columns = select(Film.id, Film.title, Film.year, Film.kind, Film.tmdb_id)
    row = session.execute(columns.where(Film.id == film_id)).one_or_none()
    return Unmatched(*row) if row else None


def ask_again(session: Session, film_ids: Collection[int]) -> None:
    """Have TMDB asked once more about these films; what it said stays until it answers."""
    for among in _among(film_ids):
        answered = Film.tmdb_state.in_(["matched", "none"])
        session.execute(update(Film).where(*among, answered).values(tmdb_state="unasked"))


def _lock(session: Session, film_id: int) -> Film:
    alone(session)
    film = session.get(Film, film_id, populate_existing=True)
    if film is None:
        raise NotFound("film", film_id)
    return film


def _choose(session: Session, film_id: int, candidates: Sequence[Candidate]) -> None:
    """Leave it to a person which of these a film is; with none of them, TMDB knows it not."""
    session.execute(delete(FilmCandidate).where(FilmCandidate.film_id == film_id))
    if candidates:
        rows = [{"film_id": film_id} | one._asdict() for one in candidates]
        session.execute(insert(FilmCandidate), rows)
    _say(session, film_id, "tie" if candidates else "none")


def _other(session: Session, film_id: int, kind: str, tmdb_id: int) -> Film | None:
    has_it = (Film.kind == kind, Film.tmdb_id == tmdb_id, Film.id != film_id)
    return session.scalar(select(Film).where(*has_it).execution_options(populate_existing=True))


def _are_two(one: Film, other: Film) -> bool:
    """Say whether Letterboxd has an address for each."""
    return None not in (one.uri, other.uri) and one.uri != other.uri


def identify(session: Session, film_id: int, kind: str, tmdb_id: int) -> int:
    """Give a film TMDB's id, or join it with the one that has it; return the id that stays.

    One that is another film of Letterboxd's gives the id up, and waits for a person.
    """
    alone(session)
    session.execute(delete(FilmCandidate).where(FilmCandidate.film_id == film_id))
    film = session.get_one(Film, film_id, populate_existing=True)
    if (film.kind, film.tmdb_id) == (kind, tmdb_id):
        if film.tmdb_state == "tie":
            session.execute(update(Film).where(Film.id == film_id).values(tmdb_state="unasked"))
        return film_id
    there = _other(session, film_id, kind, tmdb_id)
    if there is not None and not _are_two(film, there):
        merge(session, film_id, there.id)
        return there.id
    nothing: dict[str, Any] = {"director": None, "poster_address": None}
    if there is not None:
        gone = {"kind": None, "tmdb_id": None, "is_settled": False} | nothing
        session.execute(update(Film).where(Film.id == there.id).values(**gone))
        _choose(session, there.id, [Candidate(kind, tmdb_id, there.title, there.year)])
    named = {"kind": kind, "tmdb_id": tmdb_id, "tmdb_state": "unasked"}
    session.execute(update(Film).where(Film.id == film_id).values(**named, **nothing))
    return film_id


def expire(session: Session, asked_before: int) -> int:
    """Drop what TMDB said before that moment of some films, to be asked again; return of how many.

    Its terms let nothing be kept for more than six months, candidates neither. The id
    itself, and that it knows none, stay.
    """
    kept = or_(Film.director.is_not(None), Film.poster_address.is_not(None))
    said = or_(Film.tmdb_state.in_(["matched", "tie"]), and_(Film.tmdb_state == "unasked", kept))
    old = (said, Film.asked_at < asked_before)
    due = list(session.scalars(select(Film.id).where(*old).order_by(Film.id).limit(_BATCH)))
    dropped = {"tmdb_state": "unasked", "director": None, "poster_address": None}
    session.execute(delete(FilmCandidate).where(FilmCandidate.film_id.in_(due)))
    session.execute(update(Film).where(Film.id.in_(due)).values(**dropped))
    return len(due)


def _say(session: Session, film_id: int, state: str, **told: Any) -> None:
    values = {"tmdb_state": state, "asked_at": clock.now()} | told
    session.execute(update(Film).where(Film.id == film_id).values(**values))
