"""The ledger: a credit comes every so many days, a purchase costs one, parting may give one back.

The balance is the sum of all values and is stored nowhere; it may be below 0. Rows are
added and never changed. Whoever books Additions goes through `add_due`, or brings old ones
along by `book`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from core import clock
from database.models import CreditTransaction, Shelf

ADDITION, INITIAL_LOAD = "Addition", "Initial Load"
# What a clock that is ahead by years can book at once.
MOST_DAYS_AT_ONCE = 366

_ADD = text("""
    INSERT INTO credit_transactions (person_id, booked_on, kind, value, created_at, updated_at)
         VALUES (:person_id, :booked_on, 'Addition', 1, :now, :now)
    ON CONFLICT (person_id, booked_on) WHERE kind = 'Addition'
     DO NOTHING
      RETURNING id
""")


class Line(NamedTuple):
    """One line of a ledger, dated `booked_on`; `record_text` tells what it was for."""

    kind: str
    value: int
    booked_on: str
    record_id: int | None = None
    record_text: str | None = None


class Coming(NamedTuple):
    """The next Addition: its day, and how many are due by now."""

    on: date
    due: int


def book(session: Session, person_id: int, lines: Sequence[Line]) -> None:
    """Write lines into a person's ledger, in this order.

    Additions among them were brought along: credits go on from the last of them.
    """
    now = clock.now()
    common = {"person_id": person_id, "created_at": now, "updated_at": now}
    if not lines:
        return
    session.execute(insert(CreditTransaction), [common | line._asdict() for line in lines])
    first = min((line.booked_on for line in lines if line.kind == ADDITION), default=None)
    if first is not None:
        began = update(Shelf).where(Shelf.person_id == person_id, Shelf.credits_from > first)
        session.execute(began.values(credits_from=first))


def balance(session: Session, person_id: int) -> int:
    """Return how many credits a person has; below 0: overdrawn."""
    query = select(func.sum(CreditTransaction.value))
    return int(session.scalar(query.where(CreditTransaction.person_id == person_id)) or 0)


def add_due(session: Session, person_id: int, today: date) -> int:
    """Book the Additions that are due by today, each on its true day; return how many.

    Safe to repeat, and for two at once. A gap behind the last Addition is made up for a year
    at a time: a machine that was off for longer catches up at the next runs, and a clock
    that is years ahead for a moment does not flood the ledger.
    """
    # On PostgreSQL two workers, and whoever changes the rules, take turns here.
    query = select(Shelf).where(Shelf.person_id == person_id).with_for_update()
    shelf = session.scalar(query)
    if shelf is None:
        return 0
    last = _last(session, person_id)
    days = _due(shelf, last, today)
    if last is not None:
        days = days[: max(1, MOST_DAYS_AT_ONCE // shelf.interval_days)]
    now = clock.now()
    added = 0
    for day in days:
        words = {"person_id": person_id, "booked_on": day.isoformat(), "now": now}
        added += session.execute(_ADD, words).first() is not None
    return added


def coming(session: Session, shelf: Shelf, today: date) -> Coming:
    """Return when the next Addition comes; one that is due comes with the next daily run."""
    last = _last(session, shelf.person_id)
    return Coming(_next(shelf, last), len(_due(shelf, last, today)))


def _last(session: Session, person_id: int) -> date | None:
    # In words and not as a parameter: a bound kind would not find the partial index.
    query = select(func.max(CreditTransaction.booked_on)).where(
        CreditTransaction.person_id == person_id, text("kind = 'Addition'")
    )
    found = session.scalar(query)
    return None if found is None else date.fromisoformat(found)


def _next(shelf: Shelf, last: date | None) -> date:
    start = date.fromisoformat(shelf.credits_from)
    if last is None or last < start:
        return start
    return last + timedelta(days=shelf.interval_days)


def _due(shelf: Shelf, last: date | None, today: date) -> list[date]:
    first = _next(shelf, last)
    count = (today - first).days // shelf.interval_days + 1
    return [first + timedelta(days=shelf.interval_days * nth) for nth in range(max(0, count))]
