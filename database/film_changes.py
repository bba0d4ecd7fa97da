"""What saving an export did, row by row: told to whoever counts it, and kept for an undo."""

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from database.models import FilmChange
from database.models.base import Json

# A row that is changed twice keeps what it was before the import.
_KEEP = text("""
    INSERT INTO film_changes (import_id, what, key, place, film_id, before, fingerprint)
         VALUES (:import_id, :what, :key, :place, :film_id, :before, :fingerprint)
    ON CONFLICT (import_id, what, key, place)
      DO UPDATE SET fingerprint = excluded.fingerprint
""").bindparams(bindparam("before", type_=Json()))
# What joining films may change in a viewing without the person's saying anything else of it.
_FLEETING = {"film_id", "nth"}


class Change(NamedTuple):
    """A row that was added (`before` is None) or changed.

    `what` is viewing, mark, list, entry or source; `key` the row's id, a mark's film, an
    entry's list, and `place` an entry's position there. `film_id`: whose film must be there
    for an undo.
    """

    what: str
    key: int
    before: dict[str, Any] | None
    after: dict[str, Any]
    film_id: int | None = None
    place: int = 0


def keep(session: Session, import_id: int, changes: Iterable[Change]) -> None:
    """Keep what an import changed; in the transaction that changes it."""
    rows = [
        {
            "import_id": import_id,
            "what": change.what,
            "key": change.key,
            "place": change.place,
            "film_id": change.film_id,
            "before": change.before,
            "fingerprint": fingerprint(change.after, is_new=change.before is None),
        }
        for change in changes
    ]
    if rows:
        session.execute(_KEEP, rows)


def stands(change: FilmChange, row: Mapping[str, Any]) -> bool:
    """Say whether a row still is what an import made of it."""
    ways = {False, change.before is None}  # one that was added may have been changed as well
    return change.fingerprint in {fingerprint(row, is_new=is_new) for is_new in ways}


def fingerprint(row: Mapping[str, Any], *, is_new: bool = False) -> str:
    """Return what tells a row apart from what it may become later, in 16 characters.

    A viewing that is new stays so when somebody settles which film it was of.
    """
    fleeting = _FLEETING | {"is_uncertain"} if is_new else _FLEETING
    told = {name: said for name, said in row.items() if name not in fleeting}
    words = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return blake2b(words.encode(), digest_size=8).hexdigest()
