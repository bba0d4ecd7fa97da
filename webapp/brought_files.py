"""A file that somebody has brought: the same for films, records, plays and libraries."""

from sqlalchemy.orm import Session

from core.errors import Conflict, NotFound
from core.store import StoreAway
from database import tasks
from database.models import Task
from webapp.database import settings, store
from webapp.owner import current_owner


def task(session: Session, public_id: str, *actions: str) -> Task:
    """Return the visitor's task that reads or has read a file, by one of these actions.

    Raises:
        NotFound: there is none, it is somebody else's, or it does something else.
    """
    found = tasks.get(session, public_id, current_owner())
    if found.action not in actions:
        raise NotFound("import", public_id)
    return found


def is_at_hand(looked: Task) -> bool:
    """Say whether the file that a dry run has read is still here."""
    if not looked.args.get("dry_run") or "upload" not in looked.args:
        return False
    return may_be_there(looked.args["upload"])


def may_be_there(upload: str) -> bool:
    """Say for a page whether a file can be asked for; who asks is told if the store is away."""
    try:
        return store().has(settings().uploads / upload)
    except StoreAway:
        return True


def looked_at(session: Session, public_id: str, action: str) -> Task:
    """Return the dry run whose file is to be brought now.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it is not over, or its file is gone.
    """
    looked = task(session, public_id, action)
    if not looked.args.get("dry_run"):
        raise NotFound("dry run", public_id)
    if looked.is_open or not store().has(settings().uploads / looked.args.get("upload", "")):
        raise Conflict("The file is not here any more, please choose it again.")
    return looked
