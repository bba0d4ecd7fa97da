"""Records on their way: bought, corrected, parted with, taken back, deleted.

Each verb writes the record and its credit in one transaction of the caller's. Whether a
record is active, `remove` and `reactivate` alone change.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.names import fold
from database import ledger, record_copies, record_names, shelves
from database.ledger import Line
from database.models import Artist, CreditTransaction, Record, RecordArtist, Shelf
from database.owner import Owner
from database.record_copies import Copy
from database.record_details import Details, Purchase, Reactivation, Removal

_OPTIONAL = (
    "colour",
    "edition",
    "copy_number",
    "catalogue_number",
    "barcode",
    "remarks",
    "media_condition",
    "sleeve_condition",
    "folder",
    "review",
)


class Twin(NamedTuple):
    """A record of the same title and first artist that is on the shelf already."""

    id: int
    title: str
    artist: str
    is_active: bool


def get(session: Session, record_id: int) -> Record:
    """Return a record of this household: its members see each other's shelves.

    Raises:
        NotFound: there is none.
    """
    record = session.get(Record, record_id)
    if record is None:
        raise NotFound("record", record_id)
    return record


def to_change(session: Session, record_id: int, owner: Owner) -> Record:
    """Return a record that is theirs to change.

    Raises:
        NotFound: there is none.
        Forbidden: it is on somebody else's shelf.
    """
    record = get(session, record_id)
    if not owner.owns(record.person_id, None):
        raise Forbidden("This record is somebody else's: only they or an admin may change it.")
    return record


def text_of(artist: str, title: str, year: int | None) -> str:
    """Write a record as its credits tell of it, "Artist / Artist - Title (Year)"."""
    return f"{artist} - {title} ({year})" if year else f"{artist} - {title}"


def twin(session: Session, person_id: int, wanted: Details) -> Twin | None:
    """Return the record on a person's shelf that has the same title and first artist, if any.

    An active one goes before one that is not.
    """
    query = (
        select(Record.id, Record.title, Record.artist, Record.is_active)
        .join(RecordArtist, RecordArtist.record_id == Record.id)
        .join(Artist, Artist.id == RecordArtist.artist_id)
        .where(
            Record.person_id == person_id,
            Record.title_folded == fold(wanted.title),
            RecordArtist.position == 0,
            Artist.name_folded == fold(wanted.artist_names[0]),
        )
        .order_by(Record.is_active.desc(), Record.id)
        .limit(1)
    )
    found = session.execute(query).first()
    return None if found is None else Twin(*found)


def buy(session: Session, person_id: int, wanted: Purchase, today: date) -> int:
    """Put a record on a person's shelf and pay for it; return its id.

    Raises:
        InvalidInput: its genre or format is on no list, and is not to be added.
        Conflict: it is here already, and not said to be another copy.
    """
    shelf = shelves.settle(session, person_id, today)
    # For PostgreSQL: the same form sent twice at once would find no twin either time.
    session.execute(select(Shelf.person_id).filter_by(person_id=person_id).with_for_update())
    if not wanted.is_another_copy and twin(session, person_id, wanted) is not None:
        raise Conflict("This record is on the shelf already.")
    given = [{"value": wanted.rating, "rated_on": today.isoformat()}] if wanted.rating else []
    copy = _copy(session, wanted) | {
        "currency": shelf.currency,
        "is_active": True,
        "ratings": given,
    }
    record_id = record_copies.add(session, person_id, [copy])[0]
    _book(session, record_id, "Purchase", -wanted.credits, wanted.purchased_on)
    return record_id


def edit(session: Session, record_id: int, wanted: Details) -> None:
    """Correct what is said of a record. Writes no credit, and leaves it as active as it was.

    Raises:
        NotFound: there is none.
        InvalidInput: its genre or format is on no list, and is not to be added.
    """
    record_copies.replace(session, record_id, _copy(session, wanted))


def _copy(session: Session, wanted: Details) -> Copy:
    record_names.check_listed(
        session,
        wanted.genre,
        wanted.format,
        add_genre=wanted.add_genre,
        add_format=wanted.add_format,
    )
    return {
        "title": wanted.title,
        "year": wanted.year,
        "genre": wanted.genre,
        "format": wanted.format,
        "artists": [
            {"name": name, "country": country or None}
            for name, country in zip(wanted.artist_names, wanted.countries_given, strict=True)
        ],
        "labels": wanted.label_names,
        "purchased_on": wanted.purchased_on,
        "price": wanted.price,
        "is_digitised": wanted.is_digitised,
        "discogs_id": wanted.discogs_id,
        "musicbrainz_id": wanted.musicbrainz_id,
        **{name: getattr(wanted, name) or None for name in _OPTIONAL},
    }


def remove(session: Session, record_id: int, removal: Removal) -> None:
    """Part with a record: it stays, inactive.

    Raises:
        Conflict: that has been done already.
        InvalidInput: the day is before it was bought.
    """
    bought_on = get(session, record_id).purchased_on
    if removal.removed_on < bought_on:
        raise InvalidInput({"removed_on": f"It was bought later, on {bought_on}."})
    _switch(session, record_id, {"is_active": False, "removed_on": removal.removed_on})
    _book(session, record_id, "Remove", removal.credits, removal.removed_on)


def reactivate(session: Session, record_id: int, wanted: Reactivation) -> None:
    """Take a record back that had been parted with: that costs like any purchase.

    Raises:
        Conflict: it is on the shelf.
    """
    bought = {"is_active": True, "removed_on": None, **wanted.model_dump(exclude={"credits"})}
    _switch(session, record_id, bought)
    _book(session, record_id, "Purchase", -wanted.credits, wanted.purchased_on)


def _switch(session: Session, record_id: int, values: Mapping[str, Any]) -> None:
    is_active: bool = values["is_active"]
    switched = (
        update(Record)
        .where(Record.id == record_id, Record.is_active.is_not(is_active))
        .values(**values, updated_at=clock.now())
        .returning(Record.id)
    )
    if session.scalar(switched) is None:
        get(session, record_id)
        raise Conflict(
            "This record is on the shelf already."
            if is_active
            else "This record has been removed already."
        )
    session.expire_all()


def _book(session: Session, record_id: int, kind: str, value: int, on: str) -> None:
    record = get(session, record_id)
    what = text_of(record.artist, record.title, record.year)
    ledger.book(session, record.person_id, [Line(kind, value, on, record_id, what)])


def delete_faulty(
    session: Session, record_id: int, typed_title: str, *, with_credits: bool = False
) -> None:
    """Delete a record that should never have been there, with its links, ratings and songs.

    Its credits stay, and tell what they were for, or go too. Genres and formats stay always.

    Raises:
        InvalidInput: the title was not typed as it is.
    """
    record = get(session, record_id)
    if fold(typed_title) != record.title_folded:
        raise InvalidInput({"title": f"Type the record's title, {record.title}, to delete it."})
    if with_credits:
        session.execute(delete(CreditTransaction).where(CreditTransaction.record_id == record_id))
    record_copies.remove(session, [record_id])
    session.expire_all()
