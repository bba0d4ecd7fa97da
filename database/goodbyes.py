"""Removing a person: at once, or as a task where many plays go with them."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from database import (
    grants,
    library_tasks,
    listeners,
    people,
    play_edits,
    scrobble_sessions,
    sessions,
    tasks,
    tokens,
)
from database.models import Analysis, LibraryImport, LibraryItem, Listing, PlayTally
from database.owner import Owner
from database.tasks import Enqueued

REMOVE = "remove_person"
AT_ONCE = 2_000  # plays; more are a task's


def remove(session: Session, person_id: int) -> None:
    """Remove a person as `people.remove` does, and what others hold or keep in their name.

    Raises:
        Conflict: nobody would be left to look after the house.
    """
    listeners.lock(session)
    grants.have_revoked(session, person_id)
    if any(_has(session, person_id, of) for of in (LibraryItem, Listing, LibraryImport, Analysis)):
        library_tasks.place_forgetting(session)
    people.remove(session, person_id)


def _has(session: Session, person_id: int, table: Any) -> bool:
    is_theirs = table.person_id == person_id
    return session.scalar(select(table.person_id).where(is_theirs).limit(1)) is not None


def plays(session: Session, person_id: int) -> int:
    """Return how many plays go with a person: theirs and their children's."""
    family = listeners.family(session, person_id)
    query = select(func.sum(PlayTally.plays)).where(PlayTally.person_id.in_(family))
    return int(session.scalar(query) or 0)


def ask(session: Session, person_id: int, owner: Owner) -> Enqueued | None:
    """Remove a person at once, or return the task that does; they are logged out by then.

    Raises:
        Conflict: nobody would be left to look after the house.
    """
    listeners.lock(session)
    people.check_removal(session, person_id)
    if plays(session, person_id) <= AT_ONCE:
        remove(session, person_id)
        return None
    for end in (sessions.end_all, tokens.remove_all, scrobble_sessions.end_all):
        end(session, person_id)
    return tasks.enqueue(
        session,
        REMOVE,
        {"person": person_id},
        # The house's, where somebody removes themselves: theirs would go with them.
        owner=Owner(owner.person_id if owner.person_id != person_id else None),
        lane=tasks.LONG,
        dedup_key=f"{REMOVE}:{person_id}",
        lock_key=play_edits.lock_key(person_id),
    )
