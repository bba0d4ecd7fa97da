"""How a record was rated over time, 1 to 10; the newest by (rated_on, id) is what counts."""

from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database import record_sums
from database.models import Rating, Record


class Given(NamedTuple):
    id: int
    value: int
    rated_on: str


def history(session: Session, record_id: int) -> list[Given]:
    """Return every rating of a record, the newest first."""
    query = select(Rating.id, Rating.value, Rating.rated_on).where(Rating.record_id == record_id)
    query = query.order_by(Rating.rated_on.desc(), Rating.id.desc())
    return [Given(*row) for row in session.execute(query)]


def rate(session: Session, record_id: int, value: int, rated_on: str) -> None:
    """Add a rating to a record's history.

    Raises:
        NotFound: there is no such record.
    """
    now = clock.now()
    # Held, so that on PostgreSQL it is still there when the rating is.
    held = select(Record.id).where(Record.id == record_id).with_for_update(key_share=True)
    if session.scalar(held) is None:
        raise NotFound("record", record_id)
    session.add(
        Rating(record_id=record_id, value=value, rated_on=rated_on, created_at=now, updated_at=now)
    )
    session.flush()
    record_sums.refresh(session, [record_id])


def forget(session: Session, record_id: int, rating_id: int) -> None:
    """Take a rating out of a record's history.

    Raises:
        NotFound: it has no such rating.
    """
    gone = delete(Rating).where(Rating.id == rating_id, Rating.record_id == record_id)
    if session.scalar(gone.returning(Rating.id)) is None:
        raise NotFound("rating", rating_id)
    record_sums.refresh(session, [record_id])
