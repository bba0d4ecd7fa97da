"""What imports of films, records and plays have in common: how one is found, asked for, undone."""

from typing import Any, TypeVar

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from core.errors import Conflict, NotFound
from database import retention, tasks
from database.models import FilmImport, PlayImport, ShelfImport, Task
from database.owner import Owner
from database.tasks import Enqueued

Import = FilmImport | ShelfImport | PlayImport
Found = TypeVar("Found", FilmImport, ShelfImport, PlayImport)


def get(session: Session, kind: type[Found], public_id: str, owner: Owner) -> Found:
    """Return an import.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = session.scalar(select(kind).where(kind.public_id == public_id))
    if found is None or not owner.owns(found.person_id, None):
        raise NotFound("import", public_id)
    return found


def check_over(session: Session, found: Import) -> None:
    """Go on only with an import that has ended, and that is not undone.

    Raises:
        Conflict: it is another.
    """
    if found.undone_at is not None:
        raise Conflict("This import is undone already.")
    if is_open(session, found.public_id):
        raise Conflict("This import is not over: cancel it first.")


def ask(
    session: Session, action: str, owner: Owner, *, upload: str, file_name: str, **said: Any
) -> Enqueued:
    """Put in the task that brings a file in DATA/uploads; `said` may hold "dry_run"."""
    return tasks.enqueue(
        session,
        action,
        {"upload": upload, "file_name": file_name, "dry_run": False, **said},
        owner=owner,
        lane=tasks.LONG,
        dedup_key=f"{action}:{upload}",
        lock_key=lock_key(action, owner.person_id),
    )


def ask_undo(session: Session, undo: str, found: Import, *, of: str) -> Enqueued:
    """Put in the task `undo` that undoes an import; `of`: the action that brought it."""
    return tasks.enqueue(
        session,
        undo,
        {"import": found.public_id, "file_name": found.file_name},
        owner=Owner(found.person_id),
        lane=tasks.LONG,
        dedup_key=f"{undo}:{found.public_id}",
        lock_key=lock_key(of, found.person_id),
    )


def lock_key(action: str, person_id: int | None) -> str:
    """Return the key of one person's imports: two of them would only wait for each other's rows."""
    return f"{action}:{person_id}"


def looked_at(session: Session, person_id: int, action: str) -> list[str]:
    """Return the files that the person's dry runs have read, and that no open task is to read."""
    query = select(Task.args).where(
        Task.person_id == person_id, Task.action == action, Task.finished_at.is_not(None)
    )
    found = [args["upload"] for args in session.scalars(query) if args.get("dry_run")]
    wanted = retention.uploads_of_open_tasks(session)
    return [upload for upload in found if upload not in wanted]


def is_open(session: Session, public_id: str) -> bool:
    """Say whether the task of an import has not ended."""
    # In words and not as parameters: a bound status would not find the partial indexes.
    open_ones = exists().where(
        Task.public_id == public_id, text("status IN ('WAITING', 'PROGRESSING')")
    )
    return bool(session.scalar(select(open_ones)))
