"""How much one may have open at a time; on both databases."""

import pytest
from sqlalchemy.orm import Session

from core.errors import TooMany
from database import quota, tasks
from database.owner import HOUSE, Owner
from tests import factories

GUEST = Owner(guest_hash="a" * 64)


def fill(session: Session, owner: Owner) -> str:
    """Put in as much as one may have open; return the last task."""
    made = [tasks.enqueue(session, "count", {}, owner=owner) for _ in range(quota.MOST_OPEN)]
    quota.check(session, owner)
    return made[-1].public_id


@pytest.mark.parametrize("whose", ["person", "guest"])
def test_one_more_is_too_much_until_one_has_ended(session: Session, whose: str) -> None:
    owner = GUEST if whose == "guest" else Owner(factories.person(session).id)
    last = fill(session, owner)
    tasks.enqueue(session, "count", {}, owner=owner, lane=tasks.LONG)
    with pytest.raises(TooMany, match="You have 20 tasks open already"):
        quota.check(session, owner)

    tasks.ask_cancel(session, last, owner)

    quota.check(session, owner)


def test_everybody_is_counted_apart_and_the_house_is_not(session: Session) -> None:
    maya, ben = (Owner(factories.person(session).id) for _ in range(2))
    for owner in (GUEST, maya, HOUSE, HOUSE):
        fill(session, owner)

    for owner in (Owner(guest_hash="b" * 64), ben):
        tasks.enqueue(session, "count", {}, owner=owner)
        quota.check(session, owner)
