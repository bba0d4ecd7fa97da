"""Whose films: one Letterboxd account as it is known here, owned by a person or by nobody."""

from sqlalchemy import Select, delete, func, select, text
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database.models import FilmSource, Person

# The sources of guests' exports, for the time of one task; no account's name has a space.
OF_GUESTS = "guest "

# Without a target: whichever of the two unique indexes speaks up, the row is there.
_ADD = text("""
    INSERT INTO film_sources (person_id, name, name_folded, fetched_at)
         VALUES (:person_id, :name, :name_folded, :fetched_at)
    ON CONFLICT DO NOTHING
""")


def source(session: Session, person_id: int | None, name: str) -> FilmSource:
    """Return the person's source of that name, or nobody's, made if there is none yet.

    For an export: it belongs to whoever brought it, whatever name stands in it.
    """
    found = session.scalar(_query(person_id, name))
    if found is None:
        row = {"person_id": person_id, "name": name, "name_folded": fold(name)}
        # A guest's is young until its task has ended; a feed counts as never fetched.
        fetched_at = clock.now() if name.startswith(OF_GUESTS) else None
        session.execute(_ADD, row | {"fetched_at": fetched_at})
        found = session.scalars(_query(person_id, name)).one()
    return found


def feed_source(session: Session, name: str) -> FilmSource:
    """Return the source of a name that somebody typed.

    It belongs to the person whose account that is, whoever typed the name; what
    was read of it before they said so becomes theirs.
    """
    person_id = account_holder(session, name)
    if person_id is None:
        return source(session, None, name)
    found = session.scalar(_query(person_id, name))
    if found is None:
        found = source(session, None, name)
        found.person_id = person_id
        session.flush()
    return found


def account_holder(session: Session, name: str) -> int | None:
    """Return the id of the person who said that this Letterboxd account is theirs."""
    query = select(Person.id, Person.letterboxd_name).where(Person.letterboxd_name.is_not(None))
    folded = fold(name)
    for row in session.execute(query.order_by(Person.id)):
        if fold(row.letterboxd_name) == folded:
            return int(row.id)
    return None


def of_person(session: Session, person_id: int) -> list[FilmSource]:
    query = select(FilmSource).where(FilmSource.person_id == person_id).order_by(FilmSource.id)
    return list(session.scalars(query))


def fetched(
    session: Session, found: FilmSource, *, etag: str | None, last_modified: str | None
) -> None:
    """Keep what the next question for this feed says, and when this one was."""
    found.etag, found.last_modified, found.fetched_at = etag, last_modified, clock.now()
    session.flush()


def remove(session: Session, source_id: int) -> None:
    """Forget a source with all that was read from it; the films themselves stay."""
    session.execute(delete(FilmSource).where(FilmSource.id == source_id))


def remove_guests(session: Session, before: int) -> None:
    """Forget what was read for a guest's mosaic and left behind by a power cut."""
    left = (FilmSource.person_id.is_(None), FilmSource.name.startswith(OF_GUESTS))
    old = func.coalesce(FilmSource.fetched_at, 0) < before
    session.execute(delete(FilmSource).where(*left, old))


def _query(person_id: int | None, name: str) -> Select[FilmSource]:
    query = select(FilmSource).where(FilmSource.name_folded == fold(name))
    if person_id is None:
        return query.where(FilmSource.person_id.is_(None))
    return query.where(FilmSource.person_id == person_id)
