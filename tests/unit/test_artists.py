"""Artists: listed with their records, corrected for the household, never two of one name."""

from typing import NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Forbidden, InvalidInput, NotFound
from database import artists, record_copies, record_pages
from database.artists import About
from database.engine import Database
from database.models import Artist, Person
from database.owner import HOUSE, Owner
from database.record_filters import Filter
from tests.factories import person, record


class Household(NamedTuple):
    bob: Person
    carol: Person
    bobs: list[int]


@pytest.fixture
def household(session: Session) -> Household:
    bob, carol = person(session, "bob"), person(session, "carol")
    bobs = [
        record(session, bob, "Tago Mago", ["Can"]),
        record(session, bob, "Split", ["Faust", "can"]),
    ]
    record(session, carol, "Neu! 75", ["Neu!"])
    return Household(bob, carol, bobs)


def id_of(session: Session, name: str) -> int:
    return session.scalars(select(Artist.id).where(Artist.name == name)).one()


def listed(session: Session, person_id: int | None, words: str = "") -> list[tuple[str, int]]:
    found = artists.page(session, person_id, words)
    assert found.in_all == len(found.artists)
    return [(one.name, one.records) for one in found.artists]


def test_artists_are_listed_by_name_with_their_records(
    session: Session, household: Household
) -> None:
    assert listed(session, household.bob.id) == [("Can", 2), ("Faust", 1)]
    assert listed(session, household.carol.id) == [("Neu!", 1)]
    assert listed(session, None) == [("Can", 2), ("Faust", 1), ("Neu!", 1)]
    assert listed(session, None, "AU") == [("Faust", 1)]
    assert listed(session, None, "%") == []


def test_a_page_of_artists_leads_to_the_next(session: Session, household: Household) -> None:
    for number in range(artists.PAGE):
        record(session, household.bob, artists=[f"Artist {number:03}"])

    first = artists.page(session, household.bob.id)
    second = artists.page(session, household.bob.id, after=first.more)

    assert len(first.artists) == artists.PAGE and first.in_all == artists.PAGE + 2
    assert [one.name for one in second.artists] == ["Can", "Faust"] and second.more is None


def test_a_corrected_name_is_found_on_every_record(session: Session, household: Household) -> None:
    can = id_of(session, "Can")

    about = About(name="  The  Can ", country="Germany")
    artists.change(session, can, about, Owner(household.bob.id))

    found = record_copies.read(session, household.bobs)
    assert [artist["name"] for artist in found[household.bobs[1]]["artists"]] == [
        "Faust",
        "The Can",
    ]
    shown = record_pages.page(session, household.bob.id, Filter(q="the can", sort="title"))
    assert [one.artist for one in shown.records] == ["Faust / The Can", "The Can"]
    assert session.get_one(Artist, can).country == "Germany"


def test_a_name_may_be_written_otherwise(session: Session, household: Household) -> None:
    artists.change(session, id_of(session, "Can"), About(name="CAN"), Owner(household.bob.id))

    assert listed(session, household.bob.id)[0] == ("CAN", 2)


def test_a_country_may_be_taken_back_by_hand(session: Session, household: Household) -> None:
    can, owner = id_of(session, "Can"), Owner(household.bob.id)
    artists.change(session, can, About(name="Can", country="Germnay"), owner)

    artists.change(session, can, About(name="Can"), owner)

    assert session.get_one(Artist, can).country is None


def test_a_country_that_is_known_is_not_erased_by_a_purchase(
    session: Session, household: Household
) -> None:
    """Must show 5: a known artist's country is filled in, never erased."""
    can = id_of(session, "Can")
    artists.change(session, can, About(name="Can", country="Germany"), HOUSE)

    record(session, household.carol, "Future Days", ["can"])

    session.expire_all()
    assert session.get_one(Artist, can).country == "Germany"


@pytest.fixture
def written(db: Database) -> tuple[int, int]:
    """Return the id of bob, who has a record by two artists, and of the first of them."""
    with db.writing() as session:
        bob = person(session, "bob")
        record(session, bob, "Split", ["Can", "Faust"])
        return bob.id, id_of(session, "Can")


def test_two_artists_never_bear_one_name(db: Database, written: tuple[int, int]) -> None:
    bob_id, can = written
    with pytest.raises(InvalidInput) as refused, db.writing() as session:
        artists.change(session, can, About(name="FAUST", country="X"), Owner(bob_id))

    assert refused.value.problems == {"name": "Another artist has that name already."}
    with db.reading() as session:
        assert listed(session, bob_id) == [("Can", 1), ("Faust", 1)]
        assert session.get_one(Artist, can).country is None


def test_who_has_no_record_by_an_artist_may_not_correct_it(
    session: Session, household: Household
) -> None:
    neu = id_of(session, "Neu!")

    with pytest.raises(Forbidden):
        artists.change(session, neu, About(name="Old"), Owner(household.bob.id))

    assert not artists.may_change(session, neu, Owner(household.bob.id))
    assert artists.may_change(session, neu, Owner(household.bob.id, is_admin=True))
    artists.change(session, neu, About(name="NEU!"), Owner(household.carol.id))


def test_an_artist_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        artists.change(session, 9_999, About(name="Can"), HOUSE)


def test_what_stands_for_no_artist_keeps_its_name(session: Session, household: Household) -> None:
    record(session, household.bob, "White label", ["NA"])

    with pytest.raises(InvalidInput):
        artists.change(session, id_of(session, "NA"), About(name="Can't"), HOUSE)


@pytest.mark.parametrize("name", ["a;b", "a\0b", "a\x01b", " ", "x" * 201])
def test_a_name_is_one(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        About(name=name)
