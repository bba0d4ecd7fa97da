"""A person's shelf as such: since when credits come, how often, and in which currency it counts."""

import re
from datetime import date

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput
from database import keepers, ledger
from database.models import Shelf
from database.record_details import Day

INTERVAL_DAYS, CURRENCY = 10, "EUR"
# A small machine without a battery wakes up in the past: no shelf began before this program.
FIRST_DAY = date(2026, 1, 1)
MOST_DUE = 1_000
# Who brought a ledger along before has had credits since its first Addition.
_SETTLE = text("""
    INSERT INTO shelves (person_id, credits_from, interval_days, currency, created_at, updated_at)
         VALUES (:person_id,
                 coalesce((SELECT min(booked_on)
                             FROM credit_transactions
                            WHERE person_id = :person_id AND kind = 'Addition'), :credits_from),
                 :interval_days, :currency, :now, :now)
    ON CONFLICT (person_id) DO NOTHING
      RETURNING person_id
""")


class Rules(BaseModel):
    """What a person may settle of their shelf."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    credits_from: Day = Field(description="A day like 2026-11-24. What has come already stays.")
    interval_days: int = Field(
        INTERVAL_DAYS, ge=1, le=3650, description="A whole number of days, 1 to 3650."
    )
    currency: str = Field(CURRENCY, description="Three letters, like EUR, USD or GBP.")

    @field_validator("currency")
    @classmethod
    def _three_letters(cls, given: str) -> str:
        if not re.fullmatch(r"[A-Za-z]{3}", given, re.ASCII):
            raise ValueError
        return given.upper()


def find(session: Session, person_id: int) -> Shelf | None:
    return session.scalar(select(Shelf).where(Shelf.person_id == person_id))


def settle(session: Session, person_id: int, today: date) -> Shelf:
    """Return a person's shelf; there is one from the first call on, with the usual rules.

    The first credit of a new one comes with the daily job, which is ordered for that.
    """
    made = session.execute(
        _SETTLE,
        {
            "person_id": person_id,
            "credits_from": max(today, FIRST_DAY).isoformat(),
            "interval_days": INTERVAL_DAYS,
            "currency": CURRENCY,
            "now": clock.now(),
        },
    )
    if made.first() is not None:
        keepers.order_day(session)
    return session.scalars(select(Shelf).where(Shelf.person_id == person_id)).one()


def change(session: Session, person_id: int, rules: Rules, today: date) -> Shelf:
    """Settle the rules of a shelf; what has been booked stays as it is.

    Raises:
        InvalidInput: a thousand credits and more would come at once.
    """
    settle(session, person_id, today)
    session.execute(
        update(Shelf)
        .where(Shelf.person_id == person_id)
        .values(**rules.model_dump(), updated_at=clock.now())
    )
    shelf = session.scalars(
        select(Shelf).where(Shelf.person_id == person_id).execution_options(populate_existing=True)
    ).one()
    due = ledger.coming(session, shelf, today).due
    if due > MOST_DUE:
        sentence = f"That would be {due} credits at once: take a later day, or more days between."
        raise InvalidInput({"credits_from": sentence})
    return shelf
