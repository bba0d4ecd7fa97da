"""What each import says of something of which several say something, so that any can be undone.

Where one import alone says something, what is stored is what it says, and nothing stands here.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from database.library_items import PLAYLIST, TRACK
from database.models import LibraryStatement
from database.play_rows import among, in_many, write_many

FEATURES = "features"
_LISTS = (PLAYLIST, TRACK)
_PUT = """
    INSERT INTO library_statements (kind, item_id, import_id, said)
         VALUES (:kind, :item_id, :import_id, :said)
    ON CONFLICT (kind, item_id, import_id) DO UPDATE SET said = excluded.said
"""


class Statement(NamedTuple):
    """`said`: values of features, entries of a list, or what `file_playlists` makes of one."""

    item_id: int
    import_id: int
    said: Any


def keep(session: Session, kind: str, statements: Iterable[Statement]) -> None:
    """Keep what imports say; of an import that has said something of an item, the new one."""
    rows = [
        (kind, one.item_id, one.import_id, json.dumps(one.said, separators=(",", ":")))
        for one in statements
    ]
    write_many(session, _PUT, rows)


def of(session: Session, kind: str, item_ids: Collection[int]) -> Mapping[int, list[Statement]]:
    """Return what is said of items, by their ids, the earliest import first."""
    query = select(LibraryStatement.item_id, LibraryStatement.import_id, LibraryStatement.said)
    query = query.where(LibraryStatement.kind == kind)
    found: dict[int, list[Statement]] = {}
    for row in sorted(in_many(session, query, LibraryStatement.item_id, item_ids), key=_place):
        found.setdefault(row.item_id, []).append(Statement(*row))
    return found


def _place(row: Any) -> tuple[int, int]:
    return row.item_id, row.import_id


def newest(session: Session, kind: str, item_id: int) -> Statement | None:
    """Return what the latest import says of those whose word on an item is kept."""
    told = of(session, kind, [item_id]).get(item_id)
    return told[-1] if told else None


def forget(session: Session, kind: str, import_id: int, item_ids: Collection[int]) -> None:
    """Forget what an import says of these items."""
    gone = delete(LibraryStatement).where(
        LibraryStatement.kind == kind,
        LibraryStatement.import_id == import_id,
        among(session, LibraryStatement.item_id, sorted(item_ids)),
    )
    session.execute(gone, execution_options={"synchronize_session": False})


def forget_lists(session: Session, import_id: int) -> set[int]:
    """Forget what an import said of lists that later ones have replaced; return their tracks."""
    theirs = LibraryStatement.import_id == import_id, LibraryStatement.kind != FEATURES
    found = _tracks(session, LibraryStatement.import_id == import_id)
    session.execute(delete(LibraryStatement).where(*theirs))
    return found


def tracks(session: Session) -> set[int]:
    """Return every track that would be wanted back on a list if an import were undone."""
    return _tracks(session)


def _tracks(session: Session, *conditions: Any) -> set[int]:
    query = select(LibraryStatement.kind, LibraryStatement.said)
    query = query.where(LibraryStatement.kind.in_(_LISTS), *conditions)
    found: set[int] = set()
    for kind, said in session.execute(query):
        found.update(entry[0] for entry in (said["tracks"] if kind == PLAYLIST else said))
    return found
