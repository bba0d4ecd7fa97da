"""A person's shelf as such: since when credits come, how often, and in which currency it counts."""

import re
from datetime import date

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core import clock
from database.models import Shelf
from database.record_details import Day

INTERVAL_DAYS, CURRENCY = 10, "EUR"
_SETTLE = text("""
    INSERT INTO shelves (person_id, credits_from, interval_days, currency, created_at, updated_at)
         VALUES (:person_id, :credits_from, :interval_days, :currency, :now, :now)
    ON CONFLICT (person_id) DO NOTHING
""")


class Rules(BaseModel):
    """What a person may settle of their shelf."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    credits_from: Day = Field(description="A day like 2026-11-24: the first credit comes then.")
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
    """Return a person's shelf; there is one from the first call on, with the usual rules."""
    session.execute(
        _SETTLE,
        {
            "person_id": person_id,
            "credits_from": today.isoformat(),
            "interval_days": INTERVAL_DAYS,
            "currency": CURRENCY,
            "now": clock.now(),
        },
    )
    return session.scalars(select(Shelf).where(Shelf.person_id == person_id)).one()


def change(session: Session, person_id: int, rules: Rules, today: date) -> None:
    """Settle the rules of a shelf; what has been booked stays as it is."""
    settle(session, person_id, today)
    session.execute(
        update(Shelf)
        .where(Shelf.person_id == person_id)
        .values(**rules.model_dump(), updated_at=clock.now())
    )
