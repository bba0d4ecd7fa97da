"""What a shelf comes to: active records only, counted by everything, and lists of them."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from database import record_figures, record_lists
from database.models import Artist, Person
from database.record_figures import Group, Spent, Top
from database.record_lists import Wanted
from tests import factories


@pytest.fixture
def alice(session: Session) -> Person:
    """Somebody with four active records and a removed one; bob has one of hers."""
    person = factories.person(session, "alice")
    rated = [{"value": 9, "rated_on": "2025-01-01"}]
    factories.record(
        session, person, "Tago Mago", year=1971, ratings=rated, purchased_on="2024-01-01",
        price=3000, labels=["United Artists", "Spoon"],
    )  # fmt: skip
    factories.record(
        session, person, "Future Days", year=1973, ratings=rated, purchased_on="2025-03-01",
        price=2000, genre="Electronic",
    )  # fmt: skip
    factories.record(
        session, person, "Split", ("Can", "Faust"), year=None, format='7"', price=None,
        purchased_on="2025-03-02",
    )  # fmt: skip
    factories.record(
        session, person, "100%", ("Sonic Youth",), year=1992, currency="USD", price=500,
        is_digitised=True, purchased_on="2025-01-01",
    )  # fmt: skip
    best = [{"value": 10, "rated_on": "2025-01-01"}]
    factories.record(
        session, person, "Gone", ratings=best, is_active=False, removed_on="2025-05-05"
    )  # fmt: skip
    factories.record(session, factories.person(session, "bob"), "Tago Mago")
    for artist in session.scalars(select(Artist)):
        artist.country = {"Can": "Germany", "Faust": "Germany"}.get(artist.name)
    session.flush()
    return person


def test_records_by_rating(session: Session, alice: Person) -> None:
    found = record_figures.ratings(session, alice.id)

    assert found.records == [0, 0, 0, 0, 0, 0, 0, 0, 2, 0]
    assert (found.rated, found.unrated, found.in_all) == (2, 2, 4)


def test_the_best_hold_no_removed_record_and_of_equals_the_newest_first(
    session: Session, alice: Person
) -> None:
    """Must show 11: top 20 holds no inactive record."""
    found = record_figures.top(session, alice.id)

    assert [one.title for one in found] == ["Future Days", "Tago Mago"]
    assert found[0] == Top(found[0].id, "Future Days", "Can", 1973, 9, "2025-03-01")


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("genre", [("Rock", 3), ("Electronic", 1)]),
        ("format", [("LP", 3), ('7"', 1)]),
        ("label", [("United Artists", 4), ("Spoon", 1)]),
        ("artist", [("Can", 3), ("Faust", 1), ("Sonic Youth", 1)]),
        ("country", [("Germany", 3)]),
        ("decade", [("1970", 2), ("1990", 1)]),
    ],
)
def test_groups_stand_most_first_then_by_name(
    session: Session, alice: Person, by: str, expected: list[tuple[str, int]]
) -> None:
    found = record_figures.groups(session, alice.id, by)

    assert [(one.name, one.records) for one in found] == expected


def test_a_limit_keeps_the_largest_groups(session: Session, alice: Person) -> None:
    assert record_figures.groups(session, alice.id, "genre", 1) == [Group("Rock", 3, None)]


def test_everyones_records_are_counted_together(session: Session, alice: Person) -> None:
    assert alice.id
    assert record_figures.ratings(session, None).in_all == 5
    assert record_figures.groups(session, None, "artist")[0].records == 4


def test_what_was_paid_a_year_and_currency(session: Session, alice: Person) -> None:
    assert record_figures.spent(session, alice.id) == [
        Spent("2025", "EUR", 1, 2000),
        Spent("2025", "USD", 1, 500),
        Spent("2024", "EUR", 1, 3000),
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["Split", "Future Days", "100%", "Tago Mago"]),
        ({"which": "unrated"}, ["Split", "100%"]),
        ({"which": "not_digitised"}, ["Split", "Future Days", "Tago Mago"]),
        ({"without_small": True}, ["Future Days", "100%", "Tago Mago"]),
        ({"purchased_from": "2025-01-01", "purchased_to": "2025-03-01"}, ["Future Days", "100%"]),
    ],
)
def test_a_list_holds_what_is_wanted_newest_first(
    session: Session, alice: Person, wanted: dict[str, object], expected: list[str]
) -> None:
    said = Wanted.model_validate(wanted)

    found = record_lists.lines(session, alice.id, said, limit=50)

    assert [line.title for line in found] == expected
    assert record_lists.count(session, alice.id, said) == len(expected)


def test_a_list_goes_on_behind_its_last_line(session: Session, alice: Person) -> None:
    seen: list[str] = []
    after = None
    while found := record_lists.lines(session, alice.id, Wanted(), after=after, limit=1):
        seen += [line.title for line in found]
        after = found[-1].key

    assert seen == ["Split", "Future Days", "100%", "Tago Mago"]
    assert record_lists.first_purchase(session, alice.id) == "2024-01-01"


def test_without_records_all_is_empty(session: Session) -> None:
    bob = factories.person(session)

    assert record_figures.ratings(session, bob.id).in_all == 0
    assert record_figures.top(session, bob.id) == []
    assert record_figures.spent(session, bob.id) == []
    assert record_lists.first_purchase(session, bob.id) is None
