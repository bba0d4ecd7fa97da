"""The ledger as pages show it: line by line with the balance after each, and over time.

Lines may be dated back. The list counts the balance up in the order in which they were
written, by id; the chart in that of their days, by (day, id).
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.orm import Session

from database.ledger import INITIAL_LOAD
from database.models import CreditTransaction

PAGE = 50
MOST_MARKS = 200


class LineShown(NamedTuple):
    """A line with the balance after it. `created_at` is when it was written."""

    id: int
    booked_on: str
    kind: str
    value: int
    balance: int
    record_id: int | None
    record_text: str | None
    created_at: int


class Stretch(NamedTuple):
    """A person's balance from one day to another, both included.

    `opening` is the balance before it, `days` the balance at the end of each day on which it
    changed. `marks` are its newest lines, oldest first, without what was owned already; if it
    `is_cut`, there are earlier ones.
    """

    first: date
    last: date
    opening: int
    days: list[tuple[date, int]]
    marks: list[LineShown]
    is_cut: bool


_LINE = (
    CreditTransaction.id,
    CreditTransaction.booked_on,
    CreditTransaction.kind,
    CreditTransaction.value,
    CreditTransaction.record_id,
    CreditTransaction.record_text,
    CreditTransaction.created_at,
)


def newest(
    session: Session, person_id: int, *, before: int | None = None, limit: int = PAGE
) -> list[LineShown]:
    """Return lines, those written last first; `before` is the id that the last page ended with."""
    query = select(*_LINE).where(CreditTransaction.person_id == person_id)
    if before is not None:
        query = query.where(CreditTransaction.id < before)
    rows = session.execute(query.order_by(CreditTransaction.id.desc()).limit(limit)).all()
    if not rows:
        return []
    balance = _sum(session, person_id, CreditTransaction.id <= rows[0].id)
    found = []
    for row in rows:
        found.append(LineShown(**row._asdict(), balance=balance))
        balance -= row.value
    return found


def count(session: Session, person_id: int) -> int:
    query = select(func.count()).where(CreditTransaction.person_id == person_id)
    return session.scalar(query) or 0


def first_day(session: Session, person_id: int) -> date | None:
    """Return the day of a person's first line; None where there is none."""
    query = select(func.min(CreditTransaction.booked_on))
    found = session.scalar(query.where(CreditTransaction.person_id == person_id))
    return None if found is None else date.fromisoformat(found)


def stretch(session: Session, person_id: int, first: date, last: date) -> Stretch:
    """Return how the balance went from one day to another."""
    opening = _sum(session, person_id, CreditTransaction.booked_on < first.isoformat())
    within = CreditTransaction.booked_on.between(first.isoformat(), last.isoformat())
    days, balance = [], opening
    for row in session.execute(_changes(person_id, within)):
        balance += int(row.change)
        days.append((date.fromisoformat(row.booked_on), balance))
    rows = session.execute(_moving(person_id, within)).all()
    marks = []
    for row in rows[:MOST_MARKS]:
        if row.kind != INITIAL_LOAD:
            marks.append(LineShown(**row._asdict(), balance=balance))
        balance -= row.value
    return Stretch(first, last, opening, days, marks[::-1], is_cut=len(rows) > MOST_MARKS)


def _moving(person_id: int, within: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Ask for the newest lines by (day, id), but for those of what was owned already."""
    is_owned = and_(CreditTransaction.kind == INITIAL_LOAD, CreditTransaction.value == 0)
    query = select(*_LINE).where(CreditTransaction.person_id == person_id, within, not_(is_owned))
    query = query.order_by(CreditTransaction.booked_on.desc(), CreditTransaction.id.desc())
    return query.limit(MOST_MARKS + 1)


def _changes(person_id: int, within: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    change = func.sum(CreditTransaction.value).label("change")
    query: Select[*tuple[Any, ...]] = select(CreditTransaction.booked_on, change)
    query = query.where(CreditTransaction.person_id == person_id, within)
    return query.group_by(CreditTransaction.booked_on).order_by(CreditTransaction.booked_on)


def _sum(session: Session, person_id: int, holds: ColumnElement[bool]) -> int:
    query = select(func.sum(CreditTransaction.value))
    return int(session.scalar(query.where(CreditTransaction.person_id == person_id, holds)) or 0)
