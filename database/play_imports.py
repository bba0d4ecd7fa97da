"""Histories that were brought: begun and ended, looked at without a trace, listed and undone."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict
from core.plays import Heard, Standing
from database import import_tasks, listeners, play_removal
from database.import_tasks import Listed
from database.models import Play, PlayImport
from database.owner import Owner
from database.play_intake import Intake
from database.play_rows import pairs
from database.tasks import Enqueued

ACTION, UNDO = "import_plays", "undo_play_import"
PAGE = 50
UNDO_BATCH = 5_000


class Looked(NamedTuple):
    """What would become of plays: which are known, and how each of the others would stand."""

    known: list[Heard]
    new: list[tuple[Heard, Standing]]


class Batch(NamedTuple):
    """What was done at once; once it `is_over`, what was done of the import in all.

    `kept` were corrected since they were brought.
    """

    undone: int
    kept: int
    is_over: bool = False


def begin(session: Session, person_id: int, public_id: str, file_name: str) -> PlayImport:
    """Keep that an import begins; one that begins once more is the same. `public_id`: its task's.

    Raises:
        Conflict: it was undone, and does not begin again.
    """
    found = session.scalar(select(PlayImport).where(PlayImport.public_id == public_id))
    if found is not None and found.undone_at is not None:
        raise Conflict("This import is undone.")
    if found is None:
        found = PlayImport(
            public_id=public_id,
            person_id=person_id,
            file_name=file_name,
            counts=None,
            created_at=clock.now(),
            undone_at=None,
        )
        session.add(found)
        session.flush()
    return found


def finish(session: Session, import_id: int, read: int, unreadable: int) -> dict[str, int]:
    """Keep how an import has ended, and return its counts, with those of interrupted tries.

    "read" are plays that the files hold, "unreadable" rows that could not be read; "added" are
    the new ones, and what they are is under the names of `Standing`; "known" were there before.
    """
    standings = _standings(session, import_id)
    added = sum(standings.values())
    counts = {
        "read": read,
        "added": added,
        "known": max(0, read - added),
        "unreadable": unreadable,
        **{standing.name.lower(): standings.get(standing, 0) for standing in Standing},
    }
    session.get_one(PlayImport, import_id).counts = counts
    return counts


def _standings(session: Session, import_id: int) -> dict[Standing, int]:
    query = select(Play.standing, func.count()).where(Play.import_id == import_id)
    return {
        Standing(number): plays for number, plays in session.execute(query.group_by(Play.standing))
    }


def look(session: Session, person_id: int, heard: Sequence[Heard]) -> Looked:
    """Return what `Intake.take` would make of these: it is done, and taken back at once."""
    intake = Intake(person_id)
    new = intake.look(session, heard)
    are_new = set(map(id, new))
    known = [one for one in heard if id(one) not in are_new]
    if not new:
        return Looked(known, [])
    trial = session.begin_nested()
    intake.take(session, new)
    people = listeners.family(session, person_id)
    query = select(Play.row_key, Play.standing).where(Play.person_id.in_(people))
    stands = pairs(session, query, Play.row_key, [one.row_key for one in new])
    trial.rollback()
    return Looked(known, [(one, Standing(stands[one.row_key])) for one in new])


def listed(
    session: Session, owner: Owner, *, before: int | None = None, limit: int = PAGE
) -> list[Listed]:
    """Return the person's imports, the newest first; `before`: the last id of the page before."""
    return import_tasks.listed(session, PlayImport, owner, before=before, limit=limit)


def get(session: Session, public_id: str, owner: Owner) -> PlayImport:
    """Return an import.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return import_tasks.get(session, PlayImport, public_id, owner)


def is_there(session: Session, public_id: str) -> bool:
    """Say whether an import of plays is called so."""
    return bool(session.scalar(select(exists().where(PlayImport.public_id == public_id))))


def check_undo(session: Session, found: PlayImport) -> None:
    """Go on only if an import may be undone now.

    Raises:
        Conflict: it is undone already, or is not over.
    """
    import_tasks.check_over(session, found)


def undoing(session: Session, import_id: int) -> Batch:
    """Return how many plays an undo would take back, and how many it would keep."""
    is_corrected = _is_corrected()
    query = select(is_corrected, func.count()).where(Play.import_id == import_id)
    found = {bool(kept): plays for kept, plays in session.execute(query.group_by(is_corrected))}
    return Batch(found.get(False, 0), found.get(True, 0))


def _is_corrected() -> ColumnElement[bool]:
    return Play.mark.is_not(None)


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


def take_back(session: Session, public_id: str) -> Batch:
    """Take back up to UNDO_BATCH plays of an import; at last say that it is undone.

    What another source has told, too, counts by that one from now on. What somebody corrected
    stays, so that it does not come back uncorrected.

    Raises:
        Conflict: as in `check_undo`.
    """
    listeners.lock(session)
    found = session.scalars(select(PlayImport).where(PlayImport.public_id == public_id)).one()
    if found.undone_at is not None:
        return _whole(found)
    check_undo(session, found)
    query = select(Play.id).where(Play.import_id == found.id, ~_is_corrected())
    ids = session.scalars(query.order_by(Play.id).limit(UNDO_BATCH)).all()
    if not ids:
        found.undone_at = clock.now()
        _count(found, kept=undoing(session, found.id).kept)
        return _whole(found)
    play_removal.remove(session, ids)
    _count(found, undone=(found.counts or {}).get("undone", 0) + len(ids))
    return Batch(len(ids), 0)


def _whole(found: PlayImport) -> Batch:
    counts = found.counts or {}
    return Batch(counts.get("undone", 0), counts.get("kept", 0), is_over=True)


def _count(found: PlayImport, **now: int) -> None:
    found.counts = {**(found.counts or {}), **now}
