"""What a record's page shows: all that is said of it, its songs, ratings and credits."""

from typing import Any, NamedTuple

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import ratings
from database.models import (
    Artist,
    CreditTransaction,
    Format,
    Genre,
    Label,
    Person,
    Record,
    RecordArtist,
    RecordLabel,
    Song,
)
from database.ratings import Given
from database.record_details import price_text

_BESIDE = text("""
    SELECT (SELECT id FROM records
             WHERE person_id = :person_id AND id < :record_id ORDER BY id DESC LIMIT 1),
           (SELECT id FROM records
             WHERE person_id = :person_id AND id > :record_id ORDER BY id LIMIT 1)
""")


class ArtistShown(NamedTuple):
    """An artist of the record; `country` None: nobody knows."""

    id: int
    name: str
    country: str | None


class SongShown(NamedTuple):
    """A song; `position` as on the sleeve, "A1"."""

    seq: int
    position: str | None
    title: str
    seconds: int | None
    is_favourite: bool


class LineShown(NamedTuple):
    """A line of the ledger that this record caused."""

    id: int
    booked_on: str
    kind: str
    value: int


class Page(NamedTuple):
    """`record`: the columns of its row, and `genre`, `format` and `owner`, a name.

    `ratings` newest first; `previous_id` and `next_id` are beside it on the same shelf.
    """

    record: dict[str, Any]
    artists: list[ArtistShown]
    labels: list[str]
    songs: list[SongShown]
    ratings: list[Given]
    credits: list[LineShown]
    previous_id: int | None
    next_id: int | None


def page(session: Session, record_id: int) -> Page:
    """Return all that is known of a record, on whomever's shelf.

    Raises:
        NotFound: there is none.
    """
    record = _record(session, record_id)
    beside = {"person_id": record["person_id"], "record_id": record_id}
    before, after = session.execute(_BESIDE, beside).one()
    return Page(
        record,
        _artists(session, record_id),
        _labels(session, record_id),
        _songs(session, record_id),
        ratings.history(session, record_id),
        _credits(session, record_id),
        before,
        after,
    )


def typed(page: Page) -> dict[str, str]:
    """Return a record as somebody would type it into the form for its Details."""
    record = page.record
    said = {name: "" if value is None else str(value) for name, value in record.items()}
    return said | {
        "artists": "; ".join(artist.name for artist in page.artists),
        "countries": "; ".join(artist.country or "" for artist in page.artists).rstrip("; "),
        "labels": "; ".join(page.labels),
        "price": price_text(record["price"]),
        "is_digitised": "1" if record["is_digitised"] else "",
    }


def toggle_favourite(session: Session, record_id: int, seq: int) -> bool:
    """Mark a song as a favourite, or no longer; return whether it is one now.

    Raises:
        NotFound: the record has no such song.
    """
    turned = update(Song).where(Song.record_id == record_id, Song.seq == seq)
    turned = turned.values(is_favourite=~Song.is_favourite)
    found: bool | None = session.scalar(turned.returning(Song.is_favourite))
    if found is None:
        raise NotFound("song", seq)
    return found


def _record(session: Session, record_id: int) -> dict[str, Any]:
    query = (
        select(
            Record.__table__,
            Genre.name.label("genre"),
            Format.name.label("format"),
            Person.name.label("owner"),
        )
        .join_from(Record, Genre, Genre.id == Record.genre_id)
        .join(Format, Format.id == Record.format_id)
        .join(Person, Person.id == Record.person_id)
        .where(Record.id == record_id)
    )
    found = session.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFound("record", record_id)
    return dict(found)


def _artists(session: Session, record_id: int) -> list[ArtistShown]:
    query = select(Artist.id, Artist.name, Artist.country)
    query = query.join(RecordArtist, RecordArtist.artist_id == Artist.id)
    query = query.where(RecordArtist.record_id == record_id).order_by(RecordArtist.position)
    return [ArtistShown(*row) for row in session.execute(query)]


def _labels(session: Session, record_id: int) -> list[str]:
    query = select(Label.name).join(RecordLabel, RecordLabel.label_id == Label.id)
    query = query.where(RecordLabel.record_id == record_id).order_by(RecordLabel.position)
    return list(session.scalars(query))


def _songs(session: Session, record_id: int) -> list[SongShown]:
    query = select(Song.seq, Song.position, Song.title, Song.seconds, Song.is_favourite)
    query = query.where(Song.record_id == record_id).order_by(Song.seq)
    return [SongShown(*row) for row in session.execute(query)]


def _credits(session: Session, record_id: int) -> list[LineShown]:
    line = CreditTransaction
    query = select(line.id, line.booked_on, line.kind, line.value)
    query = query.where(line.record_id == record_id).order_by(line.booked_on, line.id)
    return [LineShown(*row) for row in session.execute(query)]
