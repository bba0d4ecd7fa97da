"""Taking back what an import made of a shelf, in batches: what has changed again since stays.

Each record that was dealt with is forgotten in the same transaction, so that whoever goes on
after a worker was killed goes on where it was.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core import clock
from database import record_copies, shelf_history
from database.models import (
    CreditTransaction,
    Record,
    RecordChange,
    RecordOrigin,
    ShelfImport,
)
from database.record_copies import Copy
from database.shelf_imports import fingerprint, source_of

BATCH = 200


class Batch(NamedTuple):
    """What was done at once; once it `is_over`, what was done of the import in all.

    `kept` have changed again since, or are gone.
    """

    undone: int
    kept: int
    is_over: bool = False


def take_back(session: Session, public_id: str) -> Batch:
    """Take back up to BATCH records of an import, the newest first; at last say it is undone.

    Raises:
        Conflict: it may not be undone, because of what has been brought since.
    """
    found = session.scalars(
        select(ShelfImport).where(ShelfImport.public_id == public_id).with_for_update()
    ).one()
    if found.undone_at is not None:
        return _whole(found)
    shelf_history.check_undo(session, found)
    newest = select(RecordChange).where(RecordChange.import_id == found.id)
    changes = session.scalars(newest.order_by(RecordChange.record_id.desc()).limit(BATCH)).all()
    if not changes:
        found.undone_at = clock.now()
        session.flush()
        return _whole(found)
    batch = _take(session, found, changes)
    _count(session, found, batch)
    return batch


def _whole(found: ShelfImport) -> Batch:
    counts = found.counts or {}
    return Batch(counts.get("undone", 0), counts.get("kept", 0), is_over=True)


def _take(session: Session, found: ShelfImport, changes: Sequence[RecordChange]) -> Batch:
    ids = [change.record_id for change in changes]
    # For PostgreSQL, as whoever corrects one of them does.
    session.execute(select(Record.id).where(Record.id.in_(ids)).with_for_update())
    now = record_copies.read(session, ids)
    used = _used(session, ids)
    mine = [
        change
        for change in changes
        if change.record_id in now and change.fingerprint == fingerprint(now[change.record_id])
    ]
    added = [
        change.record_id
        for change in mine
        if change.before is None and change.record_id not in used
    ]
    changed = [(change.record_id, change.before) for change in mine if change.before is not None]
    for record_id, before in changed:
        _restore(session, record_id, before, now[record_id], found.source)
    session.execute(delete(CreditTransaction).where(CreditTransaction.record_id.in_(added)))
    record_copies.remove(session, added)
    forgotten = delete(RecordChange).where(
        RecordChange.import_id == found.id, RecordChange.record_id.in_(ids)
    )
    session.execute(forgotten, execution_options={"synchronize_session": False})
    undone = len(added) + len(changed)
    return Batch(undone, len(changes) - undone)


def _used(session: Session, record_ids: Collection[int]) -> set[int]:
    """Return those that have been paid for, or parted with, since they were brought."""
    query = select(CreditTransaction.record_id).where(
        CreditTransaction.record_id.in_(record_ids), CreditTransaction.kind != "Initial Load"
    )
    return {record_id for record_id in session.scalars(query) if record_id is not None}


def _restore(session: Session, record_id: int, before: Copy, now: Copy, source: str) -> None:
    """Make a record what it was, and so what its source said of it; a cover stays as it is."""
    former = dict(before)
    origin = former.pop("origin")
    former["cover_sha256"] = now["cover_sha256"]
    if former["songs"] == now["songs"]:
        del former["songs"]
    record_copies.replace(session, record_id, former)
    name = source_of(source)
    mine = (RecordOrigin.record_id == record_id, RecordOrigin.source == name)
    session.execute(delete(RecordOrigin).where(*mine))
    if origin is not None:
        session.execute(insert(RecordOrigin), [{"record_id": record_id, "source": name, **origin}])


def _count(session: Session, found: ShelfImport, batch: Batch) -> None:
    before = found.counts or {}
    counts = before | {
        "undone": before.get("undone", 0) + batch.undone,
        "kept": before.get("kept", 0) + batch.kept,
    }
    session.execute(update(ShelfImport).where(ShelfImport.id == found.id).values(counts=counts))
