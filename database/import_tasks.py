"""What imports of films, records, plays and libraries have in common: found, asked for, undone."""

from typing import Any, NamedTuple, TypeVar

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from core.errors import Conflict, NotFound
from database import retention, tasks
from database.models import FilmImport, LibraryImport, PlayImport, ShelfImport, Task
from database.owner import Owner
from database.tasks import Enqueued

Import = FilmImport | ShelfImport | PlayImport | LibraryImport
Found = TypeVar("Found", FilmImport, ShelfImport, PlayImport, LibraryImport)


class Listed(NamedTuple):
    """An import in a list. `counts` is None where it has not ended.

    `has_page`: what came of it can still be read.
    """

    id: int
    public_id: str
    file_name: str
    counts: dict[str, Any] | None
    created_at: int
    undone_at: int | None
    has_page: bool

    @property
    def is_undoable(self) -> bool:
        return self.undone_at is None


def get(session: Session, kind: type[Found], public_id: str, owner: Owner) -> Found:
    """Return an import.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = session.scalar(select(kind).where(kind.public_id == public_id))
    if found is None or not owner.owns(found.person_id, None):
        raise NotFound("import", public_id)
    return found


def listed(
    session: Session,
    kind: type[PlayImport | LibraryImport],
    owner: Owner,
    *,
    before: int | None,
    limit: int,
) -> list[Listed]:
    """Return the person's imports, the newest first; `before`: the last id of the page before."""
    query = select(
        kind.id,
        kind.public_id,
        kind.file_name,
        kind.counts,
        kind.created_at,
        kind.undone_at,
        exists().where(Task.public_id == kind.public_id),
    ).where(kind.person_id == owner.person_id)
    if before is not None:
        query = query.where(kind.id < before)
    return [Listed(*row) for row in session.execute(query.order_by(kind.id.desc()).limit(limit))]


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


def beside(session: Session, action: str, upload: str, owner: Owner) -> str | None:
    """Return the last task by which the same file was brought otherwise, too; None: there is none.

    A file of Spotify's may hold a history of plays and a library.
    """
    query = select(Task.public_id).where(
        Task.person_id == owner.person_id,
        Task.action == action,
        Task.dedup_key == f"{action}:{upload}",
    )
    return session.scalar(query.order_by(Task.id.desc()).limit(1))


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
