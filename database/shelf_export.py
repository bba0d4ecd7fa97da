"""Everything of a person's shelf, to be carried away: in batches, each a read of its own.

One read for all of it would keep SQLite's log from shrinking while a slow browser takes it.
Nothing is told of records that came after the beginning, so that what is told fits together.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from database import record_names, shelves
from database.engine import Database
from database.models import (
    CreditTransaction,
    Format,
    Genre,
    Rating,
    Record,
    RecordOrigin,
    RecordTurn,
    Song,
)

Row = dict[str, Any]

BATCH = 500
_RECORD = (
    Record.id.label("record_id"),
    Record.title,
    Genre.name.label("genre"),
    Record.year,
    Format.name.label("record_format"),
    Record.colour.label("vinyl_color"),
    Record.edition.label("lim_edition"),
    Record.copy_number.label("number"),
    Record.remarks,
    Record.purchased_on.label("purchase_date"),
    Record.price,
    Record.rating,
    Record.is_digitised.label("is_digitized"),
    Record.is_active,
    Record.removed_on,
    Record.review,
    Record.discogs_id,
    Record.catalogue_number,
    Record.barcode,
    Record.media_condition,
    Record.sleeve_condition,
    Record.folder,
    Record.currency,
    Record.discogs_key,
    Record.musicbrainz_id,
    Record.cover_sha256,
    Record.cover_address,
    Record.created_at,
    Record.updated_at,
)


class Whose(NamedTuple):
    """A person's shelf up to the record that is the last one now."""

    person_id: int
    last_id: int


def begin(db: Database, person_id: int) -> Whose:
    with db.reading() as session:
        last = session.scalar(select(func.max(Record.id)).where(Record.person_id == person_id))
    return Whose(person_id, last or 0)


def rules(db: Database, whose: Whose) -> Iterator[Row]:
    """Yield the one row of the shelf as such, or none."""
    with db.reading() as session:
        shelf = shelves.find(session, whose.person_id)
    if shelf is not None:
        yield {
            "credits_from": shelf.credits_from,
            "interval_days": shelf.interval_days,
            "currency": shelf.currency,
        }


def records(db: Database, whose: Whose) -> Iterator[Row]:
    """Yield records by id: "artist" and "artist_country" in step, and "label", are lists."""
    query = select(*_RECORD).join(Genre, Genre.id == Record.genre_id)
    query = query.join(Format, Format.id == Record.format_id)
    query = query.where(Record.person_id == whose.person_id, Record.id <= whose.last_id)
    query = query.order_by(Record.id).limit(BATCH)
    last = 0
    while True:
        with db.reading() as session:
            rows = _rows(session, query.where(Record.id > last))
            _add_names(session, rows)
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1]["record_id"]


def _add_names(session: Session, rows: Sequence[Row]) -> None:
    of = {row["record_id"]: row for row in rows}
    for row in rows:
        row |= {"artist": [], "artist_country": [], "label": []}
    for record_id, name, country in session.execute(record_names.artists_of(of)):
        of[record_id]["artist"].append(name)
        of[record_id]["artist_country"].append(country)
    for record_id, name in session.execute(record_names.labels_of(of)):
        of[record_id]["label"].append(name)


def credits_of(db: Database, whose: Whose) -> Iterator[Row]:
    """Yield the ledger by id, each line with the balance after it."""
    query = select(
        CreditTransaction.id.label("credit_trx_id"),
        CreditTransaction.booked_on.label("credit_trx_date"),
        CreditTransaction.kind.label("credit_trx_type"),
        CreditTransaction.value.label("credit_value"),
        CreditTransaction.record_id,
        CreditTransaction.record_text,
        CreditTransaction.created_at,
        CreditTransaction.updated_at,
    )
    query = query.where(CreditTransaction.person_id == whose.person_id)
    query = query.order_by(CreditTransaction.id).limit(BATCH)
    last, balance = 0, 0
    while rows := _read(db, query.where(CreditTransaction.id > last)):
        for row in rows:
            balance += row["credit_value"]
            if row["record_id"] is not None and row["record_id"] > whose.last_id:
                row["record_id"] = None
            yield row | {"credit_saldo": balance}
        last = rows[-1]["credit_trx_id"]


def ratings(db: Database, whose: Whose) -> Iterator[Row]:
    query = select(
        Rating.id.label("rating_id"),
        Rating.record_id,
        Rating.value,
        Rating.rated_on,
        Rating.created_at,
        Rating.updated_at,
    ).order_by(Rating.record_id, Rating.rated_on, Rating.id)
    return _by_record(db, whose, query, Rating)


def songs(db: Database, whose: Whose) -> Iterator[Row]:
    query = select(
        Song.record_id, Song.seq, Song.position, Song.title, Song.seconds, Song.is_favourite
    ).order_by(Song.record_id, Song.seq)
    return _by_record(db, whose, query, Song)


def origins(db: Database, whose: Whose) -> Iterator[Row]:
    query = select(
        RecordOrigin.record_id, RecordOrigin.source, RecordOrigin.row_key, RecordOrigin.said
    ).order_by(RecordOrigin.record_id, RecordOrigin.source)
    return _by_record(db, whose, query, RecordOrigin)


def turns(db: Database, whose: Whose) -> Iterator[Row]:
    """Yield the records of the day, by day."""
    query = select(
        RecordTurn.day,
        RecordTurn.nth,
        RecordTurn.round,
        RecordTurn.record_id,
        RecordTurn.created_at,
    ).where(RecordTurn.person_id == whose.person_id, RecordTurn.record_id <= whose.last_id)
    query = query.order_by(RecordTurn.day, RecordTurn.nth).limit(BATCH)
    last: Row = {"day": "", "nth": 0}
    while rows := _read(
        db,
        query.where(
            RecordTurn.day >= last["day"],
            tuple_(RecordTurn.day, RecordTurn.nth) > (last["day"], last["nth"]),
        ),
    ):
        last = rows[-1]
        yield from rows


def covers(db: Database, whose: Whose) -> Iterator[str]:
    """Yield the hash of each cover that is shown, once."""
    query = select(Record.cover_sha256).distinct().order_by(Record.cover_sha256).limit(BATCH)
    query = query.where(Record.person_id == whose.person_id, Record.id <= whose.last_id)
    last = ""
    while rows := _read(db, query.where(Record.cover_sha256 > last)):
        last = rows[-1]["cover_sha256"]
        yield from (row["cover_sha256"] for row in rows)


def _by_record(
    db: Database,
    whose: Whose,
    query: Select[*tuple[Any, ...]],
    model: type[Rating | Song | RecordOrigin],
) -> Iterator[Row]:
    ids = select(Record.id).where(Record.person_id == whose.person_id).order_by(Record.id)
    ids = ids.where(Record.id <= whose.last_id).limit(BATCH)
    last = 0
    while True:
        with db.reading() as session:
            batch = list(session.scalars(ids.where(Record.id > last)))
            rows = _rows(session, query.where(model.record_id.in_(batch))) if batch else []
        yield from rows
        if len(batch) < BATCH:
            return
        last = batch[-1]


def _read(db: Database, query: Select[*tuple[Any, ...]]) -> list[Row]:
    with db.reading() as session:
        return _rows(session, query)


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[Row]:
    return [dict(row) for row in session.execute(query).mappings()]
