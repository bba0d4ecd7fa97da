"""Puts a whole shelf in the place of another, or empties it: in one transaction of the caller's.

Ids are kept where they are free: addresses, and what an import wrote down, go on meaning the
same record.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import delete, exists, func, insert, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Busy
from core.names import fold
from database import (
    import_tasks,
    ledger,
    record_copies,
    record_names,
    shelf_history,
    shelves,
    tasks,
)
from database.ledger import Line
from database.models import (
    Artist,
    CreditTransaction,
    Rating,
    Record,
    RecordArtist,
    RecordLabel,
    RecordOrigin,
    RecordTurn,
    Shelf,
    Song,
)
from database.owner import Owner
from database.record_copies import Copy
from database.shelves import Rules
from database.tasks import Enqueued

RESTORE, RESET = "restore_shelf", "reset_shelf"
Row = dict[str, Any]
T = TypeVar("T")

_BATCH = 500
_IS_LINKED = exists().where(RecordArtist.artist_id == Artist.id)


@dataclass(frozen=True)
class Wanted:
    """A shelf that is to be: its rows, as often as they are asked for.

    `records` are (id, copy), a copy with "created_at", "updated_at" and the columns of its
    ratings; all other rows are as their tables have them. The three sets are the ids there.
    """

    record_ids: Collection[int]
    rating_ids: Collection[int]
    credit_ids: Collection[int]
    records: Callable[[], Iterable[tuple[int, Copy]]]
    credits: Callable[[], Iterable[Row]]
    songs: Callable[[], Iterable[Row]]
    turns: Callable[[], Iterable[Row]]
    origins: Callable[[], Iterable[Row]]
    rules: Rules | None = None
    correction: Line | None = None


class Contents(NamedTuple):
    """How much stands on a shelf, and when a record there was last changed, 0 without any."""

    records: int
    ratings: int
    songs: int
    credits: int
    balance: int
    changed_at: int


def contents(session: Session, person_id: int) -> Contents:
    """Count what stands on a person's shelf."""

    def of_records(model: type[Rating | Song]) -> int:
        query = select(func.count()).select_from(model)
        query = query.join(Record, Record.id == model.record_id)
        return session.scalar(query.where(Record.person_id == person_id)) or 0

    records = select(func.count(), func.max(Record.updated_at))
    count, changed_at = session.execute(records.where(Record.person_id == person_id)).one()
    lines = select(func.count()).select_from(CreditTransaction)
    return Contents(
        count,
        of_records(Rating),
        of_records(Song),
        session.scalar(lines.where(CreditTransaction.person_id == person_id)) or 0,
        ledger.balance(session, person_id),
        changed_at or 0,
    )


def check_unchanged(session: Session, person_id: int, known: Contents) -> None:
    """Go on only if a shelf is what it was before it was exported; it stays so from here on.

    Raises:
        Busy: somebody added or changed something since, which would be lost.
    """
    # For PostgreSQL: what others are about to write is waited for, and then they wait.
    session.execute(select(Shelf.person_id).filter_by(person_id=person_id).with_for_update())
    theirs = select(Record.id).where(Record.person_id == person_id).order_by(Record.id)
    session.execute(theirs.with_for_update())
    if contents(session, person_id) != known:
        raise Busy


def replace(session: Session, person_id: int, wanted: Wanted, today: date) -> int:
    """Put a shelf in the place of a person's; return how many records got new ids."""
    names = _names(session, person_id)
    _clear(session, person_id)
    free = _Free(session, wanted)
    new_ids: dict[int, int] = {}
    kept = ((old, copy) for old, copy in wanted.records() if old not in free.taken)
    for batch in _batches(kept):
        _add(
            session, person_id, [free.fitted(copy) for _, copy in batch], [old for old, _ in batch]
        )
    # Only now: a new id must be none that a record of the zip is to keep.
    moved = wanted.records() if free.taken else ()
    for batch in _batches((old, copy) for old, copy in moved if old in free.taken):
        made = _add(session, person_id, [free.fitted(copy) for _, copy in batch], ())
        new_ids |= zip((old for old, _ in batch), made, strict=True)
    _hang(session, Song, wanted.songs(), new_ids)
    _hang(session, RecordOrigin, wanted.origins(), new_ids)
    _hang(session, RecordTurn, ({**row, "person_id": person_id} for row in wanted.turns()), new_ids)
    lines = (free.numbered(row) | {"person_id": person_id} for row in wanted.credits())
    _hang(session, CreditTransaction, lines, new_ids)
    if wanted.correction is not None:
        ledger.book(session, person_id, [wanted.correction])
    _rule(session, person_id, wanted.rules, today)
    record_names.drop_unused(session, *names)
    session.expire_all()
    return len(new_ids)


def _rule(session: Session, person_id: int, rules: Rules | None, today: date) -> None:
    """Take on the rules of a shelf; without any, credits go on from its first Addition."""
    additions = select(func.min(CreditTransaction.booked_on)).where(
        CreditTransaction.person_id == person_id, CreditTransaction.kind == ledger.ADDITION
    )
    first = session.scalar(additions)
    shelves.settle(session, person_id, today)
    if rules is not None and first is None:
        # As by hand: a start long ago would book all its credits at once.
        shelves.change(session, person_id, rules, today)
    elif rules is not None:
        _change(session, person_id, rules.model_dump())
    else:
        _change(session, person_id, {"credits_from": first or _from(today)})


def reset(session: Session, person_id: int, today: date) -> None:
    """Empty a person's shelf: records, credits, turns. Genres, formats and its rules stay.

    Credits begin anew: the first comes today, not for all the days since the old shelf began.
    """
    names = _names(session, person_id)
    _clear(session, person_id)
    record_names.drop_unused(session, *names)
    _change(session, person_id, {"credits_from": _from(today)})
    session.expire_all()


def _from(today: date) -> str:
    return max(today, shelves.FIRST_DAY).isoformat()


def _change(session: Session, person_id: int, values: Row) -> None:
    changed = update(Shelf).where(Shelf.person_id == person_id)
    session.execute(changed.values(**values, updated_at=clock.now()))


class _Free:
    """What of a shelf that is to be can be kept as it is said, once the old one is gone.

    Ids of records each by itself. Ratings and credits are told apart by the order of their ids,
    so all of them keep theirs or none does. Where an artist of others' records is from is
    theirs to say, too: an old zip does not take that back.
    """

    def __init__(self, session: Session, wanted: Wanted) -> None:
        for model, ids in (
            (Record, wanted.record_ids),
            (Rating, wanted.rating_ids),
            (CreditTransaction, wanted.credit_ids),
        ):
            _reserve(session, model, max(ids, default=0))
        self.taken = _taken(session, Record, wanted.record_ids)
        self._ratings = not _taken(session, Rating, wanted.rating_ids)
        self._credits = not _taken(session, CreditTransaction, wanted.credit_ids)
        shared = select(Artist.name_folded).where(Artist.country.is_not(None))
        self._settled = set(session.scalars(shared.where(_IS_LINKED)))

    def fitted(self, copy: Copy) -> Copy:
        artists = [
            artist | {"country": None} if fold(artist["name"]) in self._settled else artist
            for artist in copy["artists"]
        ]
        if self._ratings:
            return copy | {"artists": artists}
        ratings = [_without_id(rating) for rating in copy["ratings"]]
        return copy | {"artists": artists, "ratings": ratings}

    def numbered(self, row: Row) -> Row:
        return row if self._credits else _without_id(row)


def _without_id(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}


def _reserve(
    session: Session, model: type[Record | Rating | CreditTransaction], last_id: int
) -> None:
    """Have new ids come after this one: SQLite sees to that, PostgreSQL has to be told."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            # Only where it is behind: set back, others would be given what they have already.
            text(
                "SELECT setval(sequence, CAST(:last_id AS BIGINT))"
                "  FROM CAST(pg_get_serial_sequence(:name, 'id') AS regclass) AS sequence"
                " WHERE coalesce(pg_sequence_last_value(sequence), 0) < :last_id"
            ),
            {"name": model.__tablename__, "last_id": last_id},
        )


def _taken(
    session: Session, model: type[Record | Rating | CreditTransaction], ids: Iterable[int]
) -> set[int]:
    found: set[int] = set()
    for batch in _batches(ids):
        found.update(session.scalars(select(model.id).where(model.id.in_(batch))))
    return found


def _add(session: Session, person_id: int, copies: list[Copy], ids: Collection[int]) -> list[int]:
    made = record_copies.add(session, person_id, copies, ids=list(ids))
    moments = [
        {"id": record_id, "created_at": copy["created_at"], "updated_at": copy["updated_at"]}
        for record_id, copy in zip(made, copies, strict=True)
    ]
    session.execute(update(Record), moments)
    return made


def _hang(
    session: Session,
    model: type[Song | RecordOrigin | RecordTurn | CreditTransaction],
    rows: Iterable[Row],
    new_ids: dict[int, int],
) -> None:
    # Into the table itself: with the model in between, it takes twice as long.
    table = model.metadata.tables[model.__tablename__]
    for batch in _batches(rows):
        moved = [
            row | {"record_id": new_ids.get(row["record_id"], row["record_id"])} for row in batch
        ]
        session.execute(insert(table), moved)


def _clear(session: Session, person_id: int) -> None:
    # In this order: the other way each line would first lose its record, one by one.
    session.execute(delete(CreditTransaction).where(CreditTransaction.person_id == person_id))
    session.execute(delete(Record).where(Record.person_id == person_id))


def _names(session: Session, person_id: int) -> tuple[list[int], list[int]]:
    """Return the ids of the artists and of the labels on a person's shelf."""

    def of(links: type[RecordArtist | RecordLabel], column: Any) -> list[int]:
        query = select(column).distinct().join(Record, Record.id == links.record_id)
        return list(session.scalars(query.where(Record.person_id == person_id)))

    artists = of(RecordArtist, RecordArtist.artist_id)
    return artists, of(RecordLabel, RecordLabel.label_id)


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(rows)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def ask(  # noqa: PLR0913 - what may be said of it, by name
    session: Session,
    owner: Owner,
    upload: str,
    file_name: str,
    *,
    to_five: bool = False,
    dry_run: bool = False,
    export_first: bool = True,
) -> Enqueued:
    """Put in the task that puts the owner's shelf back out of a file in DATA/uploads."""
    return tasks.enqueue(
        session,
        RESTORE,
        {
            "upload": upload,
            "file_name": file_name,
            "to_five": to_five,
            "dry_run": dry_run,
            "export_first": export_first,
        },
        owner=owner,
        lane=tasks.LONG,
        dedup_key=f"{RESTORE}:{upload}",
        lock_key=shelf_history.lock_key(owner.person_id),
    )


def ask_reset(session: Session, owner: Owner, *, export_first: bool = True) -> Enqueued:
    """Put in the task that empties the owner's shelf."""
    return tasks.enqueue(
        session,
        RESET,
        {"export_first": export_first},
        owner=owner,
        lane=tasks.LONG,
        dedup_key=f"{RESET}:{owner.person_id}",
        lock_key=shelf_history.lock_key(owner.person_id),
    )


def looked_at(session: Session, person_id: int) -> list[str]:
    """Return the files that the person's dry runs have read, and that no open task is to read."""
    return import_tasks.looked_at(session, person_id, RESTORE)
