"""Imports that a person brought: kept from their beginning, listed, and what an undo asks first."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from core import clock
from core.errors import Conflict
from database import film_changes, film_sources, import_tasks
from database.film_changes import Change
from database.models import FilmImport, Task
from database.owner import Owner
from database.tasks import Enqueued

ACTION, UNDO = "import_films", "undo_import"
PAGE = 50


class NewImport(NamedTuple):
    """What is known of an import before it begins; `public_id` is its task's."""

    public_id: str
    file_name: str


class Listed(NamedTuple):
    """An import in a list. `counts` is empty where it has not ended.

    `source_id` is None where nothing is left of it. `has_page`: what came of it row by row
    can still be read. `blocked_by`: what a later one is called that is to be undone first.
    """

    id: int
    public_id: str
    file_name: str
    counts: dict[str, Any]
    created_at: int
    undone_at: int | None
    source_id: int | None
    has_page: bool
    blocked_by: str | None

    @property
    def is_undoable(self) -> bool:
        return self.undone_at is None and self.source_id is not None and self.blocked_by is None


def begin(session: Session, person_id: int, name: str, new: NewImport) -> tuple[int, int]:
    """Keep that an import into the person's account `name` begins; return its id, the source's.

    One that begins once more, after its worker was killed, is the same import.
    """
    was_there = film_sources.is_there(session, person_id, name)
    source_id = film_sources.source(session, person_id, name).id
    known = session.scalar(select(FilmImport.id).where(FilmImport.public_id == new.public_id))
    if known is not None:
        return known, source_id
    import_id = session.scalars(
        insert(FilmImport).returning(FilmImport.id),
        {
            "public_id": new.public_id,
            "person_id": person_id,
            "source_id": source_id,
            "file_name": new.file_name,
            "counts": {},
            "created_at": clock.now(),
        },
    ).one()
    if not was_there:
        film_changes.keep(session, import_id, [Change("source", source_id, None, {})])
    return import_id, source_id


def end(session: Session, import_id: int, counts: dict[str, Any]) -> None:
    """Keep what has come of an import."""
    session.execute(update(FilmImport).where(FilmImport.id == import_id).values(counts=counts))


def listed(
    session: Session, owner: Owner, *, before: int | None = None, limit: int = PAGE
) -> list[Listed]:
    """Return the person's imports, the newest first; `before`: the last id of the page before."""
    query = select(
        FilmImport.id,
        FilmImport.public_id,
        FilmImport.file_name,
        FilmImport.counts,
        FilmImport.created_at,
        FilmImport.undone_at,
        FilmImport.source_id,
        exists().where(Task.public_id == FilmImport.public_id, Task.action == ACTION),
        _later(),
    ).where(FilmImport.person_id == owner.person_id)
    if before is not None:
        query = query.where(FilmImport.id < before)
    rows = session.execute(query.order_by(FilmImport.id.desc()).limit(limit))
    return [Listed(*row) for row in rows]


def _later() -> ColumnElement[str]:
    """The name of the newest import into the same account that is not undone."""
    later = aliased(FilmImport)
    query = select(later.file_name).where(
        later.source_id == FilmImport.source_id,
        later.id > FilmImport.id,
        later.undone_at.is_(None),
    )
    return query.order_by(later.id.desc()).limit(1).correlate(FilmImport).scalar_subquery()


def get(session: Session, public_id: str, owner: Owner) -> FilmImport:
    """Return an import.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return import_tasks.get(session, FilmImport, public_id, owner)


def check_undo(session: Session, found: FilmImport) -> None:
    """Go on only if an import may be undone now.

    Raises:
        Conflict: it is undone already, is not over, or a later one is not undone.
    """
    if found.source_id is None:
        raise Conflict("This import is undone already.")
    import_tasks.check_over(session, found)
    later = session.scalar(select(_later()).where(FilmImport.id == found.id))
    if later is not None:
        raise Conflict(f"Undo the later import of {later} first: it may tell of the same.")


def ask(session: Session, owner: Owner, upload: str, file_name: str, **said: Any) -> Enqueued:
    """Put in the task that brings a file in DATA/uploads; `said` may hold "dry_run"."""
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
