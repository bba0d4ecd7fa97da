"""Which consents of a person's have ended, or end soon."""

from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core import clock
from database.models import Grant

AHEAD = 30 * clock.DAY


class Ending(NamedTuple):
    """`ends_at` None: it has ended, and `why` is what the provider said of it, if anything."""

    provider: str
    ends_at: int | None
    why: str | None


def of(session: Session, person_id: int) -> list[Ending]:
    """Return those that want to be given again, within 30 days or at once."""
    query = select(Grant.provider, Grant.status, Grant.reconnect_by, Grant.last_error).where(
        Grant.person_id == person_id,
        or_(Grant.status == "RECONNECT", Grant.reconnect_by <= clock.now() + AHEAD),
    )
    return [
        Ending(provider, None if status == "RECONNECT" else ends_at, why)
        for provider, status, ends_at, why in session.execute(query.order_by(Grant.provider))
    ]


def on_day(session: Session, at: int, days: int) -> list[tuple[int, str]]:
    """Return whose consents end within the last of so many days from `at`, and at whom."""
    begins = at + (days - 1) * clock.DAY
    query = select(Grant.person_id, Grant.provider).where(
        Grant.status == "OK",
        Grant.reconnect_by > begins,
        Grant.reconnect_by <= begins + clock.DAY,
    )
    return [(*row,) for row in session.execute(query.order_by(Grant.person_id, Grant.provider))]
