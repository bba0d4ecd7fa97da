"""Whose records a mosaic shows, as the worker and the forms ask for it."""

from typing import Any, NamedTuple

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from database.models import Record
from database.viewings import Month, Seen

_EVER, _NEVER = "0000-01-01", "9999-99-99"

_MONTHS = text("""
    SELECT substr(purchased_on, 1, 7)  AS month,
           count(*)                    AS records
      FROM records
     WHERE person_id = :person_id
       AND is_active
     GROUP BY substr(purchased_on, 1, 7)
     ORDER BY month DESC
""")


class Named(NamedTuple):
    """A record as a choice."""

    id: int
    title: str
    year: int | None


def of_period(  # noqa: PLR0913 - what an order says, by name
    session: Session,
    person_id: int,
    *,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
    least: int = 0,
) -> list[Seen]:
    """Return a person's active records by day of purchase, the newest first.

    `since` and before `until`, if those are given; rated `least` or better, out of ten.
    """
    query = select(
        Record.id,
        Record.title,
        Record.year,
        Record.artist,
        Record.rating,
        Record.purchased_on,
        Record.cover_sha256,
    ).where(
        Record.person_id == person_id,
        Record.is_active,
        Record.purchased_on >= (since or _EVER),
        Record.purchased_on < (until or _NEVER),
        Record.rating >= least,
    )
    query = query.order_by(Record.purchased_on.desc(), Record.id.desc()).limit(limit)
    return [
        Seen(
            film_id=None,
            title=row.title,
            year=row.year,
            director=row.artist,
            half_stars=row.rating or None,
            watched_on=row.purchased_on,
            poster_address=None,
            is_rewatch=False,
            poster_sha256=row.cover_sha256,
            record_id=row.id,
        )
        for row in session.execute(query)
    ]


def months(session: Session, person_id: int) -> list[Month]:
    """Return in which months a person bought what they have, the newest first, and how many."""
    found = session.execute(_MONTHS, {"person_id": person_id})
    return [Month(int(row.month[:4]), int(row.month[5:]), row.records) for row in found]


def with_cover(session: Session, person_id: int, limit: int, also: int | None) -> list[Named]:
    """Return records that show a cover by title, those bought lately, and the record `also`."""
    lately = _named().where(Record.person_id == person_id, Record.is_active)
    lately = lately.order_by(Record.purchased_on.desc(), Record.id.desc()).limit(limit)
    found = {row.id: Named(*row) for row in session.execute(lately)}
    if also is not None and also not in found:
        found |= {row.id: Named(*row) for row in session.execute(_named().where(Record.id == also))}
    return sorted(found.values(), key=lambda record: (record.title.casefold(), record.id))


def _named() -> Select[*tuple[Any, ...]]:
    query = select(Record.id, Record.title, Record.year)
    return query.where(Record.cover_sha256.is_not(None))
