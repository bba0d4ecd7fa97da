"""A collection comes onto a shelf, some hundred rows at a time; each change is kept for an undo.

Whoever brings one calls `begin`, then `bring` with some hundred rows a transaction, and
`finish`. All three are safe to repeat: a row that is there already is found by its key.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from core import clock
from database import ledger, record_copies, record_matches, records, shelves
from database.ledger import Line
from database.models import RecordChange, RecordOrigin, ShelfImport
from database.models.base import Json
from database.record_copies import Copy
from database.record_matches import Match, Source

BATCH = 200  # rows in one transaction
_DOLLARS = ("AUD", "CAD", "HKD", "NZD", "SGD", "USD")
# A record that is changed twice keeps what it was before the import.
_NOTE = text("""
    INSERT INTO record_changes (import_id, record_id, before, fingerprint)
         VALUES (:import_id, :record_id, :before, :fingerprint)
    ON CONFLICT (import_id, record_id)
      DO UPDATE SET fingerprint = excluded.fingerprint
""").bindparams(bindparam("before", type_=Json()))
_NOTE_ORIGIN = text("""
    INSERT INTO record_origins (record_id, source, row_key, said)
         VALUES (:record_id, :source, :row_key, :said)
    ON CONFLICT (record_id, source)
      DO UPDATE SET row_key = excluded.row_key, said = excluded.said
""").bindparams(bindparam("said", type_=Json()))


def begin(
    session: Session, person_id: int, public_id: str, source: str, file_name: str
) -> ShelfImport:
    """Keep that an import begins; one that begins once more is the same. `public_id`: its task's.

    `source` is 'discogs-csv', 'csv' or 'discogs'. A long one keeps in `cursor` where it is.
    """
    found = session.scalar(select(ShelfImport).where(ShelfImport.public_id == public_id))
    if found is not None:
        return found
    made = ShelfImport(
        public_id=public_id,
        person_id=person_id,
        source=source,
        file_name=file_name,
        counts=None,
        cursor=None,
        created_at=clock.now(),
        undone_at=None,
    )
    session.add(made)
    session.flush()
    return made


def compare(  # noqa: PLR0913 - by name
    session: Session,
    person_id: int,
    copies: Sequence[Copy],
    *,
    source: str,
    today: date,
    taken: set[int],
    to_write: bool = False,
) -> list[Match]:
    """Return what `bring` would do with these rows, for a dry run. Writes nothing.

    A copy's "currency" may be None (the shelf's own) or "$". `taken`: an empty set, and
    the same one for every batch of an import.
    """
    shelf = shelves.find(session, person_id)
    own = shelf.currency if shelf is not None else shelves.CURRENCY
    return record_matches.matched(
        session,
        person_id,
        [copy | {"currency": _currency(copy.get("currency"), own)} for copy in copies],
        source=source_of(source),
        today=today.isoformat(),
        taken=taken,
        to_write=to_write,
    )


def source_of(source: str) -> Source:
    """Say whose word an import is: Discogs' is the same by its file and by its API."""
    return "csv" if source == "csv" else "discogs"


def _currency(said: str | None, own: str) -> str:
    if said == "$":
        return own if own in _DOLLARS else "USD"
    return said or own


def bring(  # noqa: PLR0913 - by name, but for what goes where
    session: Session,
    import_id: int,
    person_id: int,
    copies: Sequence[Copy],
    *,
    today: date,
    taken: set[int],
) -> list[Match]:
    """Put these rows on a person's shelf; return what became of each.

    A new record is booked as Initial Load, 0 credits, on the day it was bought; a known one
    follows its source where nobody corrected it here. `taken` as in `compare`.
    """
    source = session.scalars(select(ShelfImport.source).where(ShelfImport.id == import_id)).one()
    shelves.settle(session, person_id, today)
    found = compare(
        session, person_id, copies, source=source, today=today, taken=taken, to_write=True
    )
    new = [match for match in found if match.before is None]
    ids = iter(record_copies.add(session, person_id, [match.after for match in new]))
    told = [
        match if match.record_id is not None else match._replace(record_id=next(ids))
        for match in found
    ]
    for match in told:
        if match.how == "changed" and match.record_id is not None:
            _write(session, match.record_id, match)
    _book(session, person_id, [match for match in told if match.before is None])
    _note(session, import_id, source_of(source), told)
    return told


def _write(session: Session, record_id: int, match: Match) -> None:
    kept = ("ratings", "songs")  # whatever is not new of these
    after = {
        name: said
        for name, said in match.after.items()
        if name not in kept or said != (match.before or {})[name]
    }
    record_copies.replace(session, record_id, after)


def _book(session: Session, person_id: int, added: Sequence[Match]) -> None:
    lines = []
    for match in added:
        copy = match.after
        artist = " / ".join(one["name"] for one in copy["artists"])
        what = records.text_of(artist, copy["title"], copy["year"])
        lines.append(Line("Initial Load", 0, copy["purchased_on"], match.record_id, what))
    ledger.book(session, person_id, lines)


def _note(session: Session, import_id: int, source: Source, told: Sequence[Match]) -> None:
    ids = [match.record_id for match in told if match.record_id is not None]
    former = _origins(session, ids, source)
    now = record_copies.read(
        session, [match.record_id for match in told if match.record_id and match.how != "same"]
    )
    changes = []
    for match in told:
        if match.record_id not in now:
            continue
        before = match.before and match.before | {"origin": former.get(match.record_id)}
        changes.append(
            {
                "import_id": import_id,
                "record_id": match.record_id,
                "before": before,
                "fingerprint": fingerprint(now[match.record_id]),
            }
        )
    if changes:
        session.execute(_NOTE, changes)
    origins = [
        {
            "record_id": match.record_id,
            "source": source,
            "row_key": match.row_key,
            "said": match.said,
        }
        for match in told
        if former.get(match.record_id or 0) != {"row_key": match.row_key, "said": match.said}
    ]
    if origins:
        session.execute(_NOTE_ORIGIN, origins)


def _origins(session: Session, ids: Sequence[int], source: Source) -> dict[int, dict[str, Any]]:
    query = select(RecordOrigin.record_id, RecordOrigin.row_key, RecordOrigin.said)
    query = query.where(RecordOrigin.record_id.in_(ids), RecordOrigin.source == source)
    return {
        record_id: {"row_key": row_key, "said": said}
        for record_id, row_key, said in session.execute(query)
    }


def fingerprint(copy: Copy) -> str:
    """Return what tells a record apart from what somebody makes of it later.

    A cover that was fetched by itself is nobody's doing.
    """
    is_fetched = bool(copy["cover_address"] or copy["musicbrainz_id"])
    return record_copies.fingerprint(copy | {"cover_sha256": None} if is_fetched else copy)


def go_on_from(session: Session, import_id: int, cursor: dict[str, Any]) -> None:
    """Keep where a long import goes on, in the transaction that brought what is before it."""
    session.execute(update(ShelfImport).where(ShelfImport.id == import_id).values(cursor=cursor))


def finish(session: Session, import_id: int, **more: int) -> dict[str, int]:
    """Keep that an import has ended; return how many records it added and changed in all.

    That counts what its earlier tries did, too. `more`: further counts, like skipped rows.
    """
    query = select(func.count(), func.count(RecordChange.before))
    rows, changed = session.execute(query.where(RecordChange.import_id == import_id)).one()
    counts = {"added": rows - changed, "changed": changed, **more}
    session.execute(update(ShelfImport).where(ShelfImport.id == import_id).values(counts=counts))
    return counts
