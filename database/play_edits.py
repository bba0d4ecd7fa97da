"""What people correct of plays: each correction is a row, done and taken back in steps.

A step is one transaction. Those plays that a step has dealt with say so themselves, so that
whoever goes on after a worker was killed goes on where it was.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, exists, or_, select
from sqlalchemy.orm import Session, aliased

from core import clock
from core.errors import Conflict, Forbidden, NotFound
from core.plays import Mark, Source, Standing
from database import (
    children,
    listeners,
    play_choices,
    play_merges,
    play_removal,
    play_settling,
    tasks,
)
from database.models import Person, Play, PlayEdit
from database.owner import Owner
from database.play_additions import New, put_in
from database.play_choices import Choice
from database.play_rows import in_many, write_many
from database.tasks import Enqueued

ACTION, UNDO = "correct_plays", "undo_play_edit"
PAGE = 50
CHUNK = 2_000  # plays in one step; more are a task's
_FAR = 40  # weeks apart are looked at one by one: more of them are a task's, too


class Listed(NamedTuple):
    """An edit in a list. `is_over` False: its task has more to do."""

    id: int
    public_id: str
    person_id: int
    person_name: str
    kind: str
    said: str
    plays: int
    created_at: int
    undone_at: int | None
    is_over: bool


def begin(
    session: Session, person_id: int, kind: str, said: str, before: dict[str, Any] | None = None
) -> PlayEdit:
    edit = PlayEdit(
        public_id=secrets.token_hex(16),
        person_id=person_id,
        kind=kind,
        said=said,
        plays=0,
        before=before,
        created_at=clock.now(),
    )
    session.add(edit)
    session.flush()
    return edit


def get(session: Session, public_id: str, owner: Owner) -> PlayEdit:
    """Return an edit of their own, or of a child's plays; an admin, anybody's merge.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    edit = find(session, public_id)
    if edit is None:
        raise NotFound("edit", public_id)
    if not (owner.is_admin and play_merges.is_merge(edit)):
        try:
            children.demand(session, edit.person_id, owner)
        except Forbidden:
            raise NotFound("edit", public_id) from None
    return edit


def find(session: Session, public_id: str) -> PlayEdit | None:
    return session.scalar(select(PlayEdit).where(PlayEdit.public_id == public_id))


def listed(
    session: Session, owner: Owner, *, before: int | None = None, limit: int = PAGE
) -> list[Listed]:
    """Return the edits of a person's plays and of their children's, the newest first."""
    if owner.person_id is None:
        return []
    family = [one.id for one in children.family(session, owner.person_id)]
    query = select(PlayEdit, Person.name).join(Person, Person.id == PlayEdit.person_id)
    query = query.where(PlayEdit.person_id.in_(family))
    if before is not None:
        query = query.where(PlayEdit.id < before)
    return [
        Listed(
            edit.id,
            edit.public_id,
            edit.person_id,
            name,
            edit.kind,
            edit.said,
            edit.plays,
            edit.created_at,
            edit.undone_at,
            is_over(edit),
        )
        for edit, name in session.execute(query.order_by(PlayEdit.id.desc()).limit(limit))
    ]


def is_over(edit: PlayEdit) -> bool:
    """Say whether all of it is done, or taken back."""
    said = edit.before or {}
    if edit.undone_at is not None:
        return True
    return bool(said.get("is_over", True)) and not said.get("is_undone")


def ask(session: Session, edit: PlayEdit, owner: Owner, meant: int) -> Enqueued | None:
    """Do an edit at once if few plays are meant, else put in its task."""
    if meant <= CHUNK and _is_near(session, edit):
        while mark_some(session, edit):
            pass
        return None
    return _enqueue(session, ACTION, edit, owner)


def _is_near(session: Session, edit: PlayEdit) -> bool:
    said = edit.before or {}
    choice = Choice.model_validate(said["choice"])
    if choice.is_broad:
        return False
    those = play_choices.query(session, edit.person_id, choice).subquery()
    weeks = select(Play.started_at / clock.DAY / 7).where(Play.id.in_(select(those.c.id)))
    return len(set(map(int, session.scalars(weeks)))) <= _FAR


def _enqueue(session: Session, action: str, edit: PlayEdit, owner: Owner) -> Enqueued:
    return tasks.enqueue(
        session,
        action,
        {"edit": edit.public_id},
        owner=Owner(owner.person_id),
        lane=tasks.LONG,
        dedup_key=f"{action}:{edit.public_id}",
        lock_key=lock_key(edit.person_id),
    )


def lock_key(person_id: int) -> str:
    """Return the key of all tasks that change many plays of one person: one at a time."""
    return f"plays:{person_id}"


def mark_some(session: Session, edit: PlayEdit) -> int:
    """Mark up to CHUNK plays of those that an edit chose, the oldest first; 0: there are no more.

    All that other sources tell of a play is marked with it. What counted is given on, if it
    is to be given to somebody.
    """
    listeners.lock(session)
    said = edit.before or {}
    if said.get("is_undone") or edit.undone_at is not None or said.get("is_over"):
        return 0
    chosen = play_choices.query(session, edit.person_id, Choice.model_validate(said["choice"]))
    chosen = chosen.where(Play.id <= said["upto"]).order_by(Play.started_at, Play.id)
    rows = _whole(session, list(session.scalars(chosen.limit(CHUNK))))
    if not rows:
        edit.before = said | {"is_over": True}
        session.flush()
        return 0
    _mark(session, [row.id for row in rows], said["mark"], edit.id)
    play_settling.settle(session, edit.person_id, [row.started_at for row in rows], everything=True)
    # Who has gone meanwhile is given nothing.
    if said.get("to") is not None and session.get(Person, said["to"]) is not None:
        lasted = _lasted(rows)
        given = [
            New(row.track_id, row.started_at, row.id, lasted[row.id], row.context_id)
            for row in rows
            if row.standing == Standing.COUNTED
        ]
        put_in(session, edit, said["to"], Source.GIVEN, given)
    edit.plays += sum(row.duplicate_of is None for row in rows)
    session.flush()
    return len(rows)


def _whole(session: Session, play_ids: Collection[int]) -> list[Row[Any]]:
    """Return these plays with all that other sources tell of the same, but what is marked."""
    one = aliased(Play)
    heads = set()
    for row in in_many(session, select(one.id, one.duplicate_of), one.id, play_ids):
        heads.add(row.duplicate_of or row.id)
    query = select(
        Play.id,
        Play.started_at,
        Play.duplicate_of,
        Play.standing,
        Play.track_id,
        Play.source,
        Play.ms_played,
        Play.context_id,
    ).where(Play.mark.is_(None))
    found = {row.id: row for row in in_many(session, query, Play.id, heads)}
    found |= {row.id: row for row in in_many(session, query, Play.duplicate_of, heads)}
    return list(found.values())


def _lasted(rows: Sequence[Row[Any]]) -> dict[int, int | None]:
    """Return how long each play was heard, by whichever source says that, the best one first."""
    lasted: dict[int, int | None] = {}
    for row in sorted(rows, key=lambda row: (row.duplicate_of is not None, row.source)):
        one = row.duplicate_of or row.id
        if lasted.get(one) is None:
            lasted[one] = row.ms_played
    return lasted


def _mark(session: Session, play_ids: Sequence[int], mark: int | None, by: int | None) -> None:
    write_many(
        session,
        "UPDATE plays SET mark = :mark, marked_by = :by WHERE id = :id",
        [{"mark": mark, "by": by, "id": id_} for id_ in play_ids],
    )
    session.expire_all()


def mark_whole(
    session: Session, edit: PlayEdit, play_ids: Collection[int], mark: Mark
) -> dict[int, int | None]:
    """Mark these few plays, with all that other sources tell of them; return how long each was."""
    listeners.lock(session)
    rows = _whole(session, play_ids)
    _mark(session, [row.id for row in rows], int(mark), edit.id)
    moments = [row.started_at for row in rows]
    play_settling.settle(session, edit.person_id, moments, everything=True)
    return _lasted(rows)


def check_undo(session: Session, edit: PlayEdit) -> None:
    """Go on only if an edit may be taken back now.

    Raises:
        Conflict: it is taken back already, or a later one is to be taken back first.
    """
    if edit.undone_at is not None:
        raise Conflict("This is undone already.")
    later = _later(session, edit) or play_merges.later(session, edit)
    if later is not None:
        raise Conflict(f"Undo this later one first: {later}")


def _later(session: Session, edit: PlayEdit) -> str | None:
    """Return what the newest edit says that corrected plays which this one put in."""
    later = aliased(PlayEdit)
    theirs = exists().where(Play.made_by == edit.id, Play.marked_by == later.id)
    query = select(later.said).where(later.id > edit.id, later.undone_at.is_(None), theirs)
    return session.scalar(query.order_by(later.id.desc()).limit(1))


def undo(session: Session, edit: PlayEdit, owner: Owner) -> Enqueued | None:
    """Take an edit back at once if it is of few plays, else put in the task that does.

    Raises:
        Conflict: as in `check_undo`.
    """
    listeners.lock(session)
    session.refresh(edit)
    check_undo(session, edit)
    edit.before = (edit.before or {}) | {"is_undone": True}
    session.flush()
    if _is_large(session, edit):
        return _enqueue(session, UNDO, edit, owner)
    while take_back_some(session, edit):
        pass
    return None


def _is_large(session: Session, edit: PlayEdit) -> bool:
    if play_merges.is_merge(edit):
        return edit.plays > play_merges.AT_ONCE
    mine = or_(Play.made_by == edit.id, Play.marked_by == edit.id)
    query = select(Play.started_at / clock.DAY / 7).where(mine).limit(CHUNK + 1)
    weeks = list(map(int, session.scalars(query)))
    return len(weeks) > CHUNK or len(set(weeks)) > _FAR


def take_back_some(session: Session, edit: PlayEdit) -> int:
    """Take back up to CHUNK plays of an edit; 0: all is as it was, and the edit says so."""
    listeners.lock(session)
    if edit.undone_at is not None:
        return 0
    if play_merges.is_merge(edit):
        play_merges.part(session, edit)
    elif done := _forget_made(session, edit) or _unmark(session, edit):
        return done
    edit.undone_at = clock.now()
    session.flush()
    return 0


def _some(session: Session, edit_column: Any, edit: PlayEdit) -> list[Row[Any]]:
    query = select(Play.id, Play.person_id, Play.started_at).where(edit_column == edit.id)
    return list(session.execute(query.order_by(Play.started_at, Play.id).limit(CHUNK)))


def _forget_made(session: Session, edit: PlayEdit) -> int:
    ids = [row.id for row in _some(session, Play.made_by, edit)]
    play_removal.remove(session, ids)
    return len(ids)


def _unmark(session: Session, edit: PlayEdit) -> int:
    rows = _some(session, Play.marked_by, edit)
    _mark(session, [row.id for row in rows], None, None)
    for person_id in {row.person_id for row in rows}:
        moments = [row.started_at for row in rows if row.person_id == person_id]
        play_settling.settle(session, person_id, moments, everything=True)
    return len(rows)


def merge(session: Session, kind: str, item: int, into: int, owner: Owner) -> Enqueued | None:
    """Let one artist, album or track count as another: at once, or by the task that is returned.

    Raises:
        NotFound, Forbidden, InvalidInput, Conflict: as in `play_merges.check`.
    """
    listeners.lock(session)
    found = play_merges.check(session, kind, item, into, owner)
    said = f"“{found.item.name}” is another spelling of “{found.into.name}”"
    before = {"kind": kind, "item": found.item.id, "into": found.into.id, "is_over": False}
    edit = begin(session, owner.person_id or 0, f"merge-{kind}", said, before)
    edit.plays = found.plays
    session.flush()
    if found.plays > play_merges.AT_ONCE:
        return _enqueue(session, ACTION, edit, owner)
    play_merges.merge(session, edit)
    return None
