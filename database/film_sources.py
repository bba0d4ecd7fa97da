"""Whose films: one Letterboxd account as it is known here, owned by a person or by nobody."""

from typing import Any

from sqlalchemy import Select, delete, func, select, text, tuple_, update
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database.models import FilmList, FilmListEntry, FilmMark, FilmSource, Person, Viewing

# The sources of guests' exports, for the time of one task; no account's name has a space.
OF_GUESTS = "guest "

_BATCH = 500

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


def is_there(session: Session, person_id: int, name: str) -> bool:
    """Say whether the person has a source of that name."""
    return session.scalar(_query(person_id, name)) is not None


def get(session: Session, source_id: int) -> FilmSource:
    """Return a source that is known to be there."""
    return session.get_one(FilmSource, source_id)


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


def account_of(session: Session, person_id: int) -> str:
    """Return the name of the person's account for a file that names none."""
    person = session.get_one(Person, person_id)
    if person.letterboxd_name:
        return person.letterboxd_name
    # What is there came from an export that did say whose it is.
    found = of_person(session, person_id)
    return found[0].name if len(found) == 1 else person.name


def of_person(session: Session, person_id: int) -> list[FilmSource]:
    query = select(FilmSource).where(FilmSource.person_id == person_id).order_by(FilmSource.id)
    return list(session.scalars(query))


def ids(session: Session, person_id: int) -> list[int]:
    """Return the person's sources by their ids, for a query about all of them."""
    return list(session.scalars(select(FilmSource.id).where(FilmSource.person_id == person_id)))


def fetched(
    session: Session,
    found: FilmSource,
    *,
    etag: str | None,
    last_modified: str | None,
    entries: int | None = None,
) -> None:
    """Keep what the next question for this feed says, and when this one was.

    `entries`: how many there were in it; None where it was not sent again.
    """
    found.etag, found.last_modified, found.fetched_at = etag, last_modified, clock.now()
    found.not_before = None
    if entries is not None:
        found.feed_entries = entries
    session.flush()


def put_off(session: Session, source_id: int, until: int) -> None:
    """Keep that the feed is not to be asked for before that moment."""
    session.execute(update(FilmSource).where(FilmSource.id == source_id).values(not_before=until))


def remove(session: Session, source_id: int) -> tuple[bool, set[int]]:
    """Forget a batch of what was read from a source, at last the source itself.

    Returns whether there is more, and the films that this batch was about.
    """
    lists = select(FilmList.id).where(FilmList.source_id == source_id)
    batches: tuple[tuple[Any, Any, Any], ...] = (
        (Viewing, (Viewing.id,), Viewing.source_id == source_id),
        (FilmMark, (FilmMark.source_id, FilmMark.film_id), FilmMark.source_id == source_id),
        (
            FilmListEntry,
            (FilmListEntry.list_id, FilmListEntry.position),
            FilmListEntry.list_id.in_(lists),
        ),
    )
    for model, key, is_its in batches:
        rows = session.execute(select(model.film_id, *key).where(is_its).limit(_BATCH)).all()
        if rows:
            keys = [tuple(row[1:]) for row in rows]
            session.execute(
                delete(model).where(tuple_(*key).in_(keys)),
                execution_options={"synchronize_session": False},
            )
            return True, {row.film_id for row in rows}
    session.execute(delete(FilmSource).where(FilmSource.id == source_id))
    return False, set()


def of_guests(session: Session, before: int) -> list[int]:
    """Return the sources that were read for guests' mosaics and left behind by a power cut."""
    left = (FilmSource.person_id.is_(None), FilmSource.name.startswith(OF_GUESTS))
    old = func.coalesce(FilmSource.fetched_at, 0) < before
    return list(session.scalars(select(FilmSource.id).where(*left, old).order_by(FilmSource.id)))


def _query(person_id: int | None, name: str) -> Select[FilmSource]:
    query = select(FilmSource).where(FilmSource.name_folded == fold(name))
    if person_id is None:
        return query.where(FilmSource.person_id.is_(None))
    return query.where(FilmSource.person_id == person_id)
