"""What several of these share."""

import pytest
from sqlalchemy.orm import Session

from database import children
from database.children import NewChild
from database.models import Person
from tests import corrected
from tests.corrected import House


@pytest.fixture
def house(session: Session) -> House:
    """Two people, whose plays are of three sources."""
    return corrected.made(session)


@pytest.fixture
def child(house: House) -> Person:
    """A child of one of them."""
    return children.add(house.session, house.ana, NewChild(name="kim"))
