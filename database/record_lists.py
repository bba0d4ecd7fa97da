"""Records as lines of text, to be copied: all, those without a rating, those not digitised."""

from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from core.names import fold
from database.models import Format, Record
from database.record_details import Day

SMALL = ('7"', 'Pic-7"', "Tape")


class Wanted(BaseModel):
    """Which of a person's active records are listed."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    which: Literal["all", "unrated", "not_digitised"] = Field(
        "all", description="Choose one of these lists."
    )
    purchased_from: Day | None = Field(None, description="A day like 2026-11-24.")
    purchased_to: Day | None = Field(None, description="A day like 2026-11-24.")
    without_small: bool = Field(default=False, description='Leave out 7", Pic-7" and Tape.')


class Line(NamedTuple):
    """`key` leads to the lines after it."""

    key: tuple[str, int]
    purchased_on: str
    artist: str
    title: str
    format: str
    rating: int
    is_digitised: bool


def first_purchase(session: Session, person_id: int) -> str | None:
    """Return the day on which the first of a person's active records was bought."""
    query = select(func.min(Record.purchased_on))
    return session.scalar(query.where(Record.person_id == person_id, Record.is_active))


def count(session: Session, person_id: int, wanted: Wanted) -> int:
    return session.scalar(_met(select(func.count()), person_id, wanted)) or 0


def lines(
    session: Session,
    person_id: int,
    wanted: Wanted,
    *,
    after: tuple[str, int] | None = None,
    limit: int,
) -> list[Line]:
    """Return what is wanted, bought last first; `after` is the key the last ones ended with."""
    columns = (
        Record.id,
        Record.purchased_on,
        Record.artist,
        Record.title,
        Format.name.label("format"),
        Record.rating,
        Record.is_digitised,
    )
    query = _met(select(*columns), person_id, wanted)
    if after is not None:
        # What the index can be asked; the exact condition is the second.
        query = query.where(
            Record.purchased_on <= after[0], tuple_(Record.purchased_on, Record.id) < after
        )
    query = query.order_by(Record.purchased_on.desc(), Record.id.desc()).limit(limit)
    return [Line((row.purchased_on, row.id), *row[1:]) for row in session.execute(query)]


def _met(
    query: Select[*tuple[Any, ...]], person_id: int, wanted: Wanted
) -> Select[*tuple[Any, ...]]:
    query = query.join_from(Record, Format, Format.id == Record.format_id)
    query = query.where(Record.person_id == person_id, Record.is_active)
    if wanted.which == "unrated":
        query = query.where(Record.rating == 0)
    if wanted.which == "not_digitised":
        query = query.where(Record.is_digitised.is_(False))
    if wanted.purchased_from is not None:
        query = query.where(Record.purchased_on >= wanted.purchased_from)
    if wanted.purchased_to is not None:
        query = query.where(Record.purchased_on <= wanted.purchased_to)
    if wanted.without_small:
        query = query.where(Format.name_folded.not_in([fold(name) for name in SMALL]))
    return query
