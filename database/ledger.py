"""The ledger: a credit comes every so many days, a purchase costs one, parting may give one back.

The balance is the sum of all values and is stored nowhere; it may be below 0.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core import clock
from database.models import CreditTransaction


class Line(NamedTuple):
    """One line of a ledger, dated `booked_on`; `record_text` tells what it was for."""

    kind: str
    value: int
    booked_on: str
    record_id: int | None = None
    record_text: str | None = None


def book(session: Session, person_id: int, lines: Sequence[Line]) -> None:
    """Write lines into a person's ledger, in this order."""
    now = clock.now()
    common = {"person_id": person_id, "created_at": now, "updated_at": now}
    if lines:
        session.execute(insert(CreditTransaction), [common | line._asdict() for line in lines])


def balance(session: Session, person_id: int) -> int:
    """Return how many credits a person has; below 0: overdrawn."""
    query = select(func.sum(CreditTransaction.value))
    return session.scalar(query.where(CreditTransaction.person_id == person_id)) or 0
