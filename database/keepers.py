"""Who has a shelf, and having their day begun: what a worker asks at its start, and no more."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from database import tasks
from database.models import Person, Shelf
from database.owner import HOUSE

DAILY = "credits and records of the day"  # the schedule's name


class Keeper(NamedTuple):
    """Who has a shelf, and the zone in which their days begin."""

    person_id: int
    zone: str


def keepers(session: Session) -> list[Keeper]:
    """Return everybody who has a shelf."""
    query = select(Person.id, Person.zone).join(Shelf, Shelf.person_id == Person.id)
    return [Keeper(*row) for row in session.execute(query.order_by(Person.id))]


def order_day(session: Session) -> None:
    """Have the daily job run soon, unless it waits already or nobody has a shelf."""
    if keepers(session):
        key = f"schedule:{DAILY}"
        tasks.enqueue(session, "begin_day", {}, owner=HOUSE, lane=tasks.LONG, dedup_key=key)
