"""How many queries a page costs: as many for a full house as for a nearly empty one."""

import pytest
from flask import Flask

from database import tasks
from database.models import Person
from database.owner import Owner
from tests import factories
from tests.hall import Hall
from tests.web.conftest import Visitor, house


def fill(app: Flask, person_id: int, count: int) -> None:
    """Add as many mosaics, tasks and films to what the person has."""
    db = house(app).db
    hall = Hall(db, house(app).settings.pictures)
    for _ in range(count):
        hall.hang(person_id)
    with db.writing() as session:
        source = factories.source(session, session.get_one(Person, person_id))
        for _ in range(count):
            tasks.enqueue(session, "create_mosaic", {}, owner=Owner(person_id))
            film = factories.film(session)
            film.poster_address = f"https://a.ltrbxd.com/{film.id}.jpg"
            factories.viewing(session, film, source, half_stars=7)


@pytest.mark.parametrize("address", ["/", "/films", "/films?q=film", "/tasks", "/mosaics"])
def test_a_page_costs_the_same_for_many(
    app: Flask, bob: Visitor, count_queries: list[str], address: str
) -> None:
    seen, lengths = [], []
    for how_many in (1, 12):
        fill(app, bob.id, how_many)
        count_queries.clear()
        lengths.append(len(bob.get(address).text))
        seen.append(len(count_queries))

    assert seen[0] == seen[1] > 0
    assert lengths[1] > lengths[0]
