"""The record of the day in the browser: it stays, is rated on the spot, and passed by."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from core import clock
from database.engine import Database
from database.models import Person, Record, RecordTurn
from tests import factories
from tests.web.conftest import Visitor, house


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def records(db: Database, bob: Visitor) -> list[int]:
    """Three records of bob's, on the shelf since last month."""
    with db.writing() as session:
        person = session.get_one(Person, bob.id)
        made = [factories.record(session, person, title) for title in ("One", "Two", "100% <3>")]
        session.execute(update(Record).values(created_at=clock.now() - 30 * clock.DAY))
    return made


def shown(visitor: Visitor, address: str = "/shelf/day") -> int:
    """Return the record that a page shows as that of the day."""
    found = re.search(r'id="day-title"><a href="/shelf/([0-9]+)"', visitor.get(address).text)
    assert found, f"{address} shows no record of the day"
    return int(found[1])


def turns(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(RecordTurn)) or 0


def test_it_survives_reloads_and_reading_writes_nothing(
    db: Database, bob: Visitor, records: list[int]
) -> None:
    """Must show 3: the record of the day survives reloads, and can be edited."""
    first = shown(bob)

    assert {shown(bob) for _ in range(3)} == {first}
    assert first in records and turns(db) == 0
    assert f'href="/shelf/{first}#title">Edit</a>' in bob.get("/shelf/day").text


@pytest.mark.usefixtures("records")
def test_the_shelf_and_home_show_the_same(bob: Visitor) -> None:
    assert shown(bob, "/shelf") == shown(bob, "/") == shown(bob)


@pytest.mark.usefixtures("records")
def test_a_filtered_shelf_shows_none(bob: Visitor) -> None:
    assert "day-title" not in bob.get("/shelf?q=one").text


@pytest.mark.usefixtures("records")
def test_it_is_rated_on_the_spot(bob: Visitor) -> None:
    first = shown(bob)

    answer = bob.submit("/shelf/day", to=f"/shelf/{first}/ratings", value="8", next="/shelf/day")

    assert answer.location == "/shelf/day"
    assert shown(bob) == first
    assert "<option selected>8</option>" in bob.get("/shelf/day").text


@pytest.mark.usefixtures("records")
def test_another_one_takes_its_place_and_a_second_press_changes_nothing(
    db: Database, bob: Visitor
) -> None:
    first = shown(bob)

    for _ in range(2):
        answer = bob.submit("/shelf/day", to="/shelf/day/another", nth="1", next="/shelf")
        assert (answer.status_code, answer.location) == (303, "/shelf")

    assert shown(bob) == shown(bob) != first
    assert turns(db) == 2


def test_of_one_record_there_is_no_other(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        factories.record(session, session.get_one(Person, bob.id))
    only = shown(bob)

    bob.submit("/shelf/day", to="/shelf/day/another", nth="1")

    assert "There is no other record on the shelf." in bob.get("/shelf/day").text
    assert shown(bob) == only


def test_without_records_it_says_what_to_do(bob: Visitor) -> None:
    page = bob.get("/shelf/day").text

    assert "No records yet" in page and 'href="/shelf/add"' in page
    assert bob.submit("/account", to="/shelf/day/another").status_code == 303
    assert "day-title" not in bob.get("/").text


@pytest.mark.usefixtures("records")
def test_scripts_get_it_as_json(bob: Visitor) -> None:
    told = bob.get("/shelf/day", headers={"Accept": "application/json"}).json
    assert told is not None

    assert told["record"]["id"] == shown(bob)
    assert told["reason"] == "It has never been the record of the day before."
    assert told["record"]["rating"] is None


def test_it_costs_as_many_queries_for_many(
    db: Database, bob: Visitor, count_queries: list[str]
) -> None:
    seen = []
    for how_many in (1, 12):
        with db.writing() as session:
            for _ in range(how_many):
                factories.record(session, session.get_one(Person, bob.id))
        count_queries.clear()
        bob.get("/shelf/day")
        seen.append(len(count_queries))

    assert seen[0] == seen[1] > 0
