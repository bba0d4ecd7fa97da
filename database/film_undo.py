"""Taking back what an import changed, in batches: what has changed again since is left alone.

Each row that was taken back is forgotten in the same transaction, so that whoever goes on
after a worker was killed goes on where it was. Films themselves stay as they are: what was
learned of one is the household's; one that nobody has any more is dropped elsewhere.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, insert, select, tuple_, update
from sqlalchemy.orm import Session

from core import clock
from database import diary, film_imports, film_marks
from database.film_changes import stands
from database.film_identity import alone
from database.models import (
    FilmChange,
    FilmImport,
    FilmList,
    FilmListEntry,
    FilmMark,
    FilmSource,
    Viewing,
)

BATCH = 500
_ORDER = ("entry", "list", "mark", "viewing")  # an entry before its list


class Batch(NamedTuple):
    """What was done at once; once it `is_over`, what was done of the import in all.

    `kept` have changed again since, and stay. `film_ids` may be nobody's any more.
    """

    undone: int
    kept: int
    film_ids: frozenset[int]
    is_over: bool = False


class _Taken(NamedTuple):
    """`done` are the changes that are dealt with, `kept` of them left as they are."""

    done: Sequence[FilmChange]
    kept: int = 0
    film_ids: frozenset[int] = frozenset()


def take_back(session: Session, public_id: str) -> Batch:
    """Take back up to BATCH rows of an import, the newest first; at last say that it is undone.

    Raises:
        Conflict: it may not be undone, because of what has been brought since.
    """
    # As whoever takes a film for a viewing does: none is joined with another meanwhile.
    alone(session)
    found = session.scalars(
        select(FilmImport).where(FilmImport.public_id == public_id).with_for_update()
    ).one()
    if found.undone_at is not None:
        return _whole(found)
    film_imports.check_undo(session, found)
    source_id = found.source_id or 0
    # For PostgreSQL, as whoever saves for this source does.
    session.execute(select(FilmSource.id).where(FilmSource.id == source_id).with_for_update())
    for what in _ORDER:
        if changes := _newest(session, found.id, what):
            taken = _TAKE[what](session, source_id, changes)
            _forget(session, found.id, taken.done)
            undone = 0 if what == "entry" else len(taken.done) - taken.kept
            _count(session, found, undone, taken.kept)
            return Batch(undone, taken.kept, taken.film_ids)
    # With its source goes the last that leads from the import to the rows: at once, or never.
    _drop_source(session, found.id, source_id)
    session.execute(
        update(FilmImport).where(FilmImport.id == found.id).values(undone_at=clock.now())
    )
    return _whole(found)


def _whole(found: FilmImport) -> Batch:
    counts = found.counts
    return Batch(counts.get("undone", 0), counts.get("kept", 0), frozenset(), is_over=True)


def _newest(session: Session, import_id: int, what: str) -> Sequence[FilmChange]:
    query = select(FilmChange).where(FilmChange.import_id == import_id, FilmChange.what == what)
    query = query.order_by(FilmChange.key.desc(), FilmChange.place.desc())
    return session.scalars(query.limit(1 if what == "list" else BATCH)).all()


def _forget(session: Session, import_id: int, changes: Iterable[FilmChange]) -> None:
    keys = [(change.what, change.key, change.place) for change in changes]
    if keys:
        row = tuple_(FilmChange.what, FilmChange.key, FilmChange.place)
        session.execute(
            delete(FilmChange).where(FilmChange.import_id == import_id, row.in_(keys)),
            execution_options={"synchronize_session": False},
        )


def _count(session: Session, found: FilmImport, undone: int, kept: int) -> None:
    before = found.counts
    counts = before | {
        "undone": before.get("undone", 0) + undone,
        "kept": before.get("kept", 0) + kept,
    }
    film_imports.end(session, found.id, counts)


def _entries(session: Session, _source_id: int, changes: Sequence[FilmChange]) -> _Taken:
    there = tuple_(FilmListEntry.list_id, FilmListEntry.position)
    mine = there.in_([(change.key, change.place) for change in changes])
    gone = session.scalars(select(FilmListEntry.film_id).where(mine)).all()
    session.execute(
        delete(FilmListEntry).where(mine), execution_options={"synchronize_session": False}
    )
    former = [
        {"list_id": change.key, "position": change.place, "film_id": change.film_id} | change.before
        for change in changes
        if change.before is not None
    ]
    if former:
        session.execute(insert(FilmListEntry), former)
    return _Taken(changes, film_ids=frozenset(gone))


def _list(session: Session, source_id: int, changes: Sequence[FilmChange]) -> _Taken:
    """Take back one list: a batch of its films at a time, where it was made by the import."""
    (change,) = changes
    found = session.get(FilmList, change.key)
    if (
        found is None
        or found.source_id != source_id
        or not stands(change, film_marks.told_of(found))
    ):
        return _Taken(changes, kept=1)
    if change.before is not None:
        session.execute(
            update(FilmList).where(FilmList.id == found.id).values(**change.before),
            execution_options={"synchronize_session": False},
        )
        return _Taken(changes)
    gone = film_marks.shorten(session, found.id, 0)
    film_ids = frozenset(entry.film_id for entry in gone if entry.film_id is not None)
    if gone:
        return _Taken([], film_ids=film_ids)
    session.execute(delete(FilmList).where(FilmList.id == found.id))
    return _Taken(changes)


def _marks(session: Session, source_id: int, changes: Sequence[FilmChange]) -> _Taken:
    film_ids = {change.film_id or change.key for change in changes}
    now = film_marks.known(session, source_id, sorted(film_ids))
    former: dict[int, dict[str, Any] | None] = {}
    kept = 0
    for change in changes:
        film_id = change.film_id or change.key
        told = now.get(film_id)
        # Two films that became one have one mark, and two changes.
        if told is None or film_id in former or not stands(change, told):
            kept += 1
        else:
            former[film_id] = change.before
    added = [film_id for film_id, before in former.items() if before is None]
    session.execute(
        delete(FilmMark).where(FilmMark.source_id == source_id, FilmMark.film_id.in_(added)),
        execution_options={"synchronize_session": False},
    )
    restored = [
        before | {"film_id": film_id} for film_id, before in former.items() if before is not None
    ]
    film_marks.restore(session, source_id, restored)
    return _Taken(changes, kept, frozenset(added))


def _viewings(session: Session, source_id: int, changes: Sequence[FilmChange]) -> _Taken:
    query = select(Viewing.__table__).where(
        Viewing.source_id == source_id, Viewing.id.in_([change.key for change in changes])
    )
    now = {row["id"]: dict(row) for row in session.execute(query).mappings()}
    mine = [
        change
        for change in changes
        if change.key in now and stands(change, diary.told_of(now[change.key]))
    ]
    added = [change.key for change in mine if change.before is None]
    session.execute(
        delete(Viewing).where(Viewing.id.in_(added)),
        execution_options={"synchronize_session": False},
    )
    film_ids = {now[viewing_id]["film_id"] for viewing_id in added}
    for change in mine:
        if change.before is not None:
            film_ids.add(now[change.key]["film_id"])
            # The film as it is called by now: two may have become one since.
            before = change.before | {"film_id": change.film_id}
            diary.restore(session, now[change.key], before)
    return _Taken(changes, len(changes) - len(mine), frozenset(film_ids))


def _drop_source(session: Session, import_id: int, source_id: int) -> None:
    """Drop the source if the import made it, unless something else hangs on it by now."""
    made = _newest(session, import_id, "source")
    _forget(session, import_id, made)
    if not made:
        return
    hanging = (
        exists().where(model.source_id == source_id) for model in (Viewing, FilmMark, FilmList)
    )
    session.execute(
        delete(FilmSource).where(
            FilmSource.id == source_id,
            FilmSource.fetched_at.is_(None),
            *(~one for one in hanging),
        ),
        execution_options={"synchronize_session": False},
    )


_TAKE: dict[str, Callable[[Session, int, Sequence[FilmChange]], _Taken]] = {
    "entry": _entries,
    "list": _list,
    "mark": _marks,
    "viewing": _viewings,
}
