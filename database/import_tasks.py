"""What all imports ask of the queue: which files were only looked at, and whether one is over."""

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from database import retention
from database.models import Task


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
