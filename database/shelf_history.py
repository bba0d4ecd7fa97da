"""What was brought onto a shelf: asked for, listed, and what an undo asks first."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from core.errors import Conflict
from database import import_tasks
from database.models import RecordChange, ShelfImport, Task
from database.owner import Owner
from database.tasks import Enqueued

ACTION, UNDO = "import_records", "undo_record_import"
PAGE = 50


class Listed(NamedTuple):
    """An import in a list. `counts` is None where it has not ended.

    `has_page`: what came of it row by row can still be read. `blocked_by`: what a later one
    is called that changed some of the same records, and is to be undone first.
    """

    id: int
    public_id: str
    source: str
    file_name: str
    counts: dict[str, Any] | None
    created_at: int
    undone_at: int | None
    has_page: bool
    blocked_by: str | None

    @property
    def is_undoable(self) -> bool:
        return self.undone_at is None and self.blocked_by is None


def listed(
    session: Session, owner: Owner, *, before: int | None = None, limit: int = PAGE
) -> list[Listed]:
    """Return the person's imports, the newest first; `before`: the last id of the page before."""
    query = select(
        ShelfImport.id,
        ShelfImport.public_id,
        ShelfImport.source,
        ShelfImport.file_name,
        ShelfImport.counts,
        ShelfImport.created_at,
        ShelfImport.undone_at,
        exists().where(Task.public_id == ShelfImport.public_id),
        _later(),
    ).where(ShelfImport.person_id == owner.person_id)
    if before is not None:
        query = query.where(ShelfImport.id < before)
    rows = session.execute(query.order_by(ShelfImport.id.desc()).limit(limit))
    return [Listed(*row) for row in rows]


def _later() -> ColumnElement[str]:
    """The name of the newest import that changed some of the same records and is not undone."""
    later, mine, theirs = aliased(ShelfImport), aliased(RecordChange), aliased(RecordChange)
    query = (
        select(later.file_name)
        .join(theirs, theirs.import_id == later.id)
        .join(mine, mine.record_id == theirs.record_id)
        .where(
            later.person_id == ShelfImport.person_id,
            later.id > ShelfImport.id,
            later.undone_at.is_(None),
            # What it added is new to every import before it.
            theirs.before.is_not(None),
            mine.import_id == ShelfImport.id,
        )
    )
    return query.order_by(later.id.desc()).limit(1).correlate(ShelfImport).scalar_subquery()


def get(session: Session, public_id: str, owner: Owner) -> ShelfImport:
    """Return an import.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return import_tasks.get(session, ShelfImport, public_id, owner)


def is_there(session: Session, public_id: str) -> bool:
    """Say whether an import of records is called so."""
    return bool(session.scalar(select(exists().where(ShelfImport.public_id == public_id))))


def check_undo(session: Session, found: ShelfImport) -> None:
    """Go on only if an import may be undone now.

    Raises:
        Conflict: it is undone already, is not over, or a later one is to be undone first.
    """
    import_tasks.check_over(session, found)
    later = session.scalar(select(_later()).where(ShelfImport.id == found.id))
    if later is not None:
        raise Conflict(f"Undo the later import of {later} first: it changed some of the same.")


def ask(session: Session, owner: Owner, upload: str, file_name: str, **said: Any) -> Enqueued:
    """Put in the task that brings a file in DATA/uploads onto the owner's shelf.

    `said`: "dry_run", and of a table that is not Discogs' "columns" and what else is said of it.
    """
    return import_tasks.ask(session, ACTION, owner, upload=upload, file_name=file_name, **said)


def looked_at(session: Session, person_id: int) -> list[str]:
    """Return the files that the person's dry runs have read, and that no open task is to read."""
    return import_tasks.looked_at(session, person_id, ACTION)


def ask_undo(session: Session, public_id: str, owner: Owner) -> Enqueued:
    """Put in the task that undoes an import.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: as in `check_undo`.
    """
    found = get(session, public_id, owner)
    check_undo(session, found)
    return import_tasks.ask_undo(session, UNDO, found, of=ACTION)


def lock_key(person_id: int | None) -> str:
    """Return the key of all that changes a person's records by the hundred."""
    return import_tasks.lock_key(ACTION, person_id)
