"""The diary: a person's viewings by day, the newest first or a month at a time.

How viewings come in, and none of them twice, is in `diary`.
"""

import re
from typing import NamedTuple

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from database import film_sources
from database.models import Film, Viewing

PAGE = 60
# So many on one page of the calendar; who logs more in a month finds them in the list.
MOST_IN_A_MONTH = 1_000

# From year to year down the index: a probe a year, however much was watched in it.
_YEARS = text("""
    WITH RECURSIVE last_days (day) AS (
        SELECT (SELECT max((SELECT max(v.watched_on) FROM viewings v WHERE v.source_id = s.id))
                  FROM film_sources s
                 WHERE s.person_id = :person_id)
         UNION ALL
        SELECT (SELECT max((SELECT max(v.watched_on)
                              FROM viewings v
                             WHERE v.source_id = s.id
                               AND v.watched_on < substr(last_days.day, 1, 4) || '-01-01'))
                  FROM film_sources s
                 WHERE s.person_id = :person_id)
          FROM last_days
         WHERE last_days.day IS NOT NULL
    )
    SELECT substr(day, 1, 4) FROM last_days WHERE day IS NOT NULL
""")


class Viewed(NamedTuple):
    """One viewing; `key` leads to the ones before it."""

    film_id: int
    title: str
    year: int | None
    director: str | None
    watched_on: str
    half_stars: int | None
    is_rewatch: bool
    is_liked: bool
    has_review: bool
    key: str


_VIEWED = (
    Viewing.film_id,
    Film.title,
    Film.year,
    Film.director,
    Viewing.watched_on,
    Viewing.half_stars,
    Viewing.is_rewatch,
    Viewing.is_liked,
    func.coalesce(Viewing.review, "") != "",
    Viewing.id,
)


def newest(
    session: Session,
    person_id: int,
    *,
    until: str | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> list[Viewed]:
    """Return viewings, the newest first: up to the day `until`, behind the key `after`."""
    source_ids = film_sources.ids(session, person_id)
    query = select(*_VIEWED).join(Film, Film.id == Viewing.film_id)
    query = query.where(Viewing.source_id.in_(source_ids))
    if until is not None:
        query = query.where(Viewing.watched_on <= until)
    if found := re.fullmatch(r"([0-9]{1,18}):([0-9-]{10})", after or "", re.ASCII):
        viewing_id, day = found.groups()
        # The first condition is what an index can be asked; the other is exact.
        query = query.where(
            Viewing.watched_on <= day,
            tuple_(Viewing.watched_on, Viewing.id) < (day, int(viewing_id)),
        )
    query = query.order_by(Viewing.watched_on.desc(), Viewing.id.desc()).limit(limit)
    return [_viewed(*row) for row in session.execute(query)]


def of_month(session: Session, person_id: int, month: str) -> list[Viewed]:
    """Return the viewings of a month, YYYY-MM, by day; no more than MOST_IN_A_MONTH."""
    source_ids = film_sources.ids(session, person_id)
    query = select(*_VIEWED).join(Film, Film.id == Viewing.film_id)
    query = query.where(
        Viewing.source_id.in_(source_ids),
        Viewing.watched_on.between(f"{month}-01", f"{month}-31"),
    )
    query = query.order_by(Viewing.watched_on, Viewing.id).limit(MOST_IN_A_MONTH)
    return [_viewed(*row) for row in session.execute(query)]


def years(session: Session, person_id: int) -> list[int]:
    """Return the years with viewings, the newest first."""
    return [int(year) for year in session.scalars(_YEARS, {"person_id": person_id})]


def _viewed(*row: object) -> Viewed:
    *shown, viewing_id = row
    watched_on = shown[4]
    return Viewed(*shown, key=f"{viewing_id}:{watched_on}")  # type: ignore[arg-type, misc]
