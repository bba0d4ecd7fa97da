"""Plays of a child that is to be removed go back to whose they were, in steps."""

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from database import listeners, play_edits, play_removal, play_settling, play_sums, tasks
from database.models import Person, Play, PlayEdit, PlayTally
from database.owner import Owner
from database.tasks import Enqueued

REMOVE = "remove_child"


def count(session: Session, child_id: int) -> int:
    """Return how many plays a child has."""
    return int(
        session.scalar(select(func.sum(PlayTally.plays)).where(PlayTally.person_id == child_id))
        or 0
    )


def ask_remove(session: Session, child: Person, owner: Owner, *, give_back: bool) -> Enqueued:
    """Put in the task that removes a child, after its plays went back if that is wanted."""
    return tasks.enqueue(
        session,
        REMOVE,
        {"child": child.id, "give_back": give_back},
        owner=Owner(owner.person_id),
        lane=tasks.LONG,
        dedup_key=f"{REMOVE}:{child.id}",
        lock_key=play_edits.lock_key(child.id),
    )


def give_back_some(session: Session, child: Person) -> int:
    """Give some plays back: those that were given, then those that a route sent; 0: all are."""
    listeners.lock(session)
    given = select(PlayEdit).where(PlayEdit.kind == "not-me", PlayEdit.undone_at.is_(None))
    for edit in session.scalars(given.order_by(PlayEdit.id.desc())).all():
        if (edit.before or {}).get("to") != child.id:
            continue
        edit.before = (edit.before or {}) | {"is_undone": True}
        # The last step says that it is undone, and takes nothing back.
        return play_edits.take_back_some(session, edit) or 1
    return _move_some(session, child)


def _move_some(session: Session, child: Person) -> int:
    parent_id = child.parent_id
    if parent_id is None:
        return 0
    query = select(Play.id, Play.started_at).where(Play.person_id == child.id)
    query = query.order_by(Play.started_at, Play.id).limit(play_edits.CHUNK)
    # The same file may have been brought for both.
    known = aliased(Play)
    is_known = exists().where(known.person_id == parent_id, known.row_key == Play.row_key)
    if twice := list(session.scalars(query.where(is_known))):
        play_removal.remove(session, twice)
        return len(twice)
    rows = session.execute(query).all()
    if not rows:
        theirs = update(PlayEdit).where(PlayEdit.person_id == child.id)
        session.execute(theirs.values(person_id=parent_id))
        return 0
    ids, moments = [row.id for row in rows], [row.started_at for row in rows]
    listeners.settle(session, parent_id)
    play_sums.take_ids(session, ids)
    session.execute(update(Play).where(Play.id.in_(ids)).values(person_id=parent_id))
    play_sums.add_ids(session, ids)
    for person_id in (child.id, parent_id):
        play_settling.settle(session, person_id, moments, everything=True)
    return len(rows)
