"""Which cover a record shows, and which are still to be looked for.

Each cover is a file named by the hash of its bytes; the files themselves are the worker's.
Several records may show the same one.
"""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database import quota, tasks
from database.models import Record, Task
from database.owner import Owner
from database.tasks import Enqueued

FETCH, REPLACE = "fetch_covers", "replace_cover"
NOT_AGAIN_FOR = 30 * clock.DAY  # after nothing was found, unless somebody asks for that record
_IS_KNOWN = or_(Record.cover_address.is_not(None), Record.musicbrainz_id.is_not(None))


class Wanted(NamedTuple):
    """A record without a cover, and by what one may be found; at least one of both is known."""

    record_id: int
    cover_address: str | None
    musicbrainz_id: str | None


class Missing(NamedTuple):
    """How many records of a person have no cover: of them `due` may be looked for now.

    For those that are `unknown` nobody knows where to look.
    """

    total: int
    due: int
    unknown: int


def path_of(folder: Path, sha256: str) -> Path:
    """Return where a cover is kept below DATA/covers."""
    return folder / f"{sha256}.jpg"


def order(session: Session, owner: Owner, record_ids: Collection[int] | None = None) -> Enqueued:
    """Have covers looked for: of these records, or of all of the owner's that have none.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    placed = place(session, owner, record_ids)
    quota.check(session, owner)
    return placed


def place(session: Session, owner: Owner, record_ids: Collection[int] | None = None) -> Enqueued:
    """Do what `order` does, for a job: whatever else of the owner's is open."""
    ids = None if record_ids is None else sorted(record_ids)
    said = "all" if ids is None else ",".join(map(str, ids))
    return tasks.enqueue(
        session,
        FETCH,
        {"record_ids": ids},
        owner=owner,
        lane=tasks.LONG if ids is None else tasks.QUICK,
        dedup_key=f"{FETCH}:{owner.person_id}:{said}",
    )


def due(session: Session, person_id: int, now: int, limit: int) -> list[Wanted]:
    """Return records of a person whose cover may be looked for, those never asked about first."""
    query = select(Record.id, Record.cover_address, Record.musicbrainz_id).where(
        Record.person_id == person_id, *_due(now - NOT_AGAIN_FOR)
    )
    query = query.order_by(func.coalesce(Record.cover_asked_at, 0), Record.id).limit(limit)
    return [Wanted(*row) for row in session.execute(query)]


def of(session: Session, record_ids: Collection[int], task_id: int) -> list[Wanted]:
    """Return those of these records whose cover was not looked for since that task was put in."""
    since = session.scalar(select(Task.created_at).where(Task.id == task_id)) or clock.now()
    query = select(Record.id, Record.cover_address, Record.musicbrainz_id).where(
        Record.id.in_(sorted(record_ids)), *_due(since)
    )
    return [Wanted(*row) for row in session.execute(query.order_by(Record.id))]


def _due(before: int) -> tuple[ColumnElement[bool], ...]:
    was_long_ago = or_(Record.cover_asked_at.is_(None), Record.cover_asked_at < before)
    return Record.cover_sha256.is_(None), _IS_KNOWN, was_long_ago


def missing(session: Session, person_id: int, now: int) -> Missing:
    """Count the records of a person that have no cover."""
    query = select(
        func.count(),
        func.count().filter(and_(*_due(now - NOT_AGAIN_FOR))),
        func.count().filter(~_IS_KNOWN),
    ).where(Record.person_id == person_id, Record.cover_sha256.is_(None))
    return Missing(*session.execute(query).one())


def show(session: Session, record_id: int, sha256: str | None) -> None:
    """Show a cover that somebody chose for a record, or none.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    shown = update(Record).where(Record.id == record_id)
    shown = shown.values(cover_sha256=sha256, updated_at=clock.now())
    if session.scalar(shown.returning(Record.id)) is None:
        raise NotFound("record", record_id)


def say_asked(session: Session, record_id: int, sha256: str | None) -> None:
    """Write down that a cover was looked for, and what was found, if anything.

    What somebody chose meanwhile stays.
    """
    asked = update(Record).where(Record.id == record_id, Record.cover_sha256.is_(None))
    session.execute(asked.values(cover_sha256=sha256, cover_asked_at=clock.now()))


def all_hashes(session: Session) -> set[str]:
    """Return the hash of every cover that a record shows."""
    query = select(Record.cover_sha256).where(Record.cover_sha256.is_not(None)).distinct()
    return {sha256 for sha256 in session.scalars(query) if sha256}


def say_gone(session: Session, hashes: Collection[str]) -> None:
    """Write down that the files of these are lost: they may be looked for again at once."""
    for sha256 in sorted(hashes):
        lost = update(Record).where(Record.cover_sha256 == sha256)
        session.execute(lost.values(cover_sha256=None, cover_asked_at=None))
