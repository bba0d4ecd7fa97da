"""The shelf: records as pages list them, those of one person or of everyone."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.orm import Session

from database import record_filters, record_order
from database.models import Artist, Format, Genre, Record
from database.record_filters import EVERYTHING, Filter

PAGE = 50


class Listed(NamedTuple):
    """A record. `price` is in hundredths of `currency`; `rating` 0: not rated.

    `key` leads to the page after it.
    """

    id: int
    person_id: int
    title: str
    artist: str
    label: str
    genre: str
    format: str
    year: int | None
    colour: str | None
    edition: str | None
    copy_number: str | None
    remarks: str | None
    purchased_on: str
    price: int | None
    currency: str
    rating: int
    is_digitised: bool
    is_active: bool
    removed_on: str | None
    cover_sha256: str | None
    key: str


class Page(NamedTuple):
    """A page of records, of `in_all` so many; 0 behind the last page. `more` leads to the next."""

    records: list[Listed]
    in_all: int
    more: str | None


class Choices(NamedTuple):
    """What there is to filter by: what records of the household have."""

    genres: list[str]
    formats: list[str]
    countries: list[str]


_LISTED = (
    Record.id,
    Record.person_id,
    Record.title,
    Record.artist,
    Record.label,
    Genre.name.label("genre"),
    Format.name.label("format"),
    Record.year,
    Record.colour,
    Record.edition,
    Record.copy_number,
    Record.remarks,
    Record.purchased_on,
    Record.price,
    Record.currency,
    Record.rating,
    Record.is_digitised,
    Record.is_active,
    Record.removed_on,
    Record.cover_sha256,
)
_Query = Select[*tuple[Any, ...]]


def page(
    session: Session, person_id: int, wanted: Filter = EVERYTHING, *, after: str | None = None
) -> Page:
    """Return a page of the records that are wanted, in the order that is."""
    found = collection(session, person_id, wanted, after=after, limit=PAGE + 1)
    in_all = count(session, person_id, wanted) if after or len(found) > PAGE else len(found)
    more = found[PAGE - 1].key if len(found) > PAGE else None
    return Page(found[:PAGE], in_all if found else 0, more)


def collection(
    session: Session,
    person_id: int,
    wanted: Filter = EVERYTHING,
    *,
    after: str | None = None,
    limit: int = PAGE,
) -> list[Listed]:
    """Return records that are wanted, in the order that is; `person_id` is who asks.

    `after` is the `key` that the last page ended with.
    """
    order = record_order.order(wanted.sort)
    # Sorted by what orders them alone: what a page says of its few records is read afterwards.
    met = select(Record.id).where(*record_filters.conditions(wanted, person_id))
    chosen = met.where(*order.behind(after)).order_by(*order.by).limit(limit)
    query: _Query = select(*_LISTED, *order.columns).where(Record.id.in_(chosen))
    query = query.join(Genre, Genre.id == Record.genre_id)
    query = query.join(Format, Format.id == Record.format_id)
    return [_listed(row) for row in session.execute(query.order_by(*order.by))]


def _listed(row: Row[*tuple[Any, ...]]) -> Listed:
    said, ordered_by = row[: len(_LISTED)], row[len(_LISTED) :]
    return Listed._make((*said, record_order.key(ordered_by)))


def count(session: Session, person_id: int, wanted: Filter = EVERYTHING) -> int:
    """Return how many records are wanted."""
    query = select(func.count()).select_from(Record)
    query = query.where(*record_filters.conditions(wanted, person_id))
    return session.scalar(query) or 0


def choices(session: Session) -> Choices:
    """Return what there is to filter by, by name."""
    genres = select(Genre.name).where(_is_used(Record.genre_id == Genre.id))
    formats = select(Format.name).where(_is_used(Record.format_id == Format.id))
    countries = select(Artist.country).where(Artist.country.is_not(None)).distinct()
    return Choices(
        list(session.scalars(genres.order_by(Genre.name_folded))),
        list(session.scalars(formats.order_by(Format.name_folded))),
        sorted(country for country in session.scalars(countries) if country),
    )


def _is_used(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(condition)
