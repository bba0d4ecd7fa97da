"""What a filter of the shelf finds, on both databases; in which order, and page by page."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from database import record_copies, record_pages
from database.models import Person
from database.record_filters import EVERYTHING, Filter
from tests.factories import person, record


@pytest.fixture
def bob(session: Session) -> Person:
    return person(session, "bob")


@pytest.fixture
def shelf(session: Session, bob: Person) -> Person:
    """Give bob a few records of most kinds."""
    record(
        session, bob, "Tago Mago", ["Can"], purchased_on="2020-05-01", discogs_id=7,
        ratings=[{"value": 9, "rated_on": "2020-05-02"}], cover_sha256="ab" * 32,
    )  # fmt: skip
    record(
        session, bob, "100%", ["Österreich"], year=None, format='7"', genre="Jazz",
        purchased_on="2021-05-01", price=None, labels=["Ünique", "NA"],
        ratings=[{"value": 4, "rated_on": "2021-05-02"}], is_digitised=True,
    )  # fmt: skip
    record(session, bob, "a_b", ["Can", "Österreich"], year=1989, purchased_on="2022-05-01")
    record(
        session, bob, "Lost", ["Neu!"], year=1975, purchased_on="2019-05-01", price=500,
        is_active=False, removed_on="2023-01-01",
    )  # fmt: skip
    return bob


def titles(session: Session, of: Person, **said: Any) -> list[str]:
    found = record_pages.page(session, of.id, Filter(**said))
    assert found.in_all == len(found.records)
    return [one.title for one in found.records]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, ["a_b", "100%", "Tago Mago", "Lost"]),
        ({"q": "MAGO can"}, ["Tago Mago"]),
        ({"q": "can united"}, ["a_b", "Tago Mago"]),
        ({"q": "1975"}, ["Lost"]),
        ({"q": '7"'}, ["100%"]),
        ({"q": "österreich"}, ["a_b", "100%"]),
        ({"q": "ünique"}, ["100%"]),
        ({"artist": "CAN"}, ["a_b", "Tago Mago"]),
        ({"artist": "reich"}, ["a_b", "100%"]),
        ({"label": "ÜNI"}, ["100%"]),
        ({"title": "tago  MAGO"}, ["Tago Mago"]),
        ({"title": "Tago"}, []),
        ({"genre": "jazz"}, ["100%"]),
        ({"format": "lp", "artist": "can"}, ["a_b", "Tago Mago"]),
        ({"year": 1971}, ["Tago Mago"]),
        ({"year": "0"}, ["a_b", "100%", "Tago Mago", "Lost"]),
        ({"decade": 1980}, ["a_b"]),
        ({"rating_from": 4, "rating_to": 9}, ["100%", "Tago Mago"]),
        ({"rating_from": 5}, ["Tago Mago"]),
        ({"rating_to": 5}, ["100%"]),
        ({"rating_from": "0", "rating_to": "0"}, ["a_b", "100%", "Tago Mago", "Lost"]),
        ({"unrated": True}, ["a_b"]),
        ({"digitised": "yes"}, ["100%"]),
        ({"digitised": "no"}, ["a_b", "Tago Mago"]),
        ({"purchased_from": "2020-05-01", "purchased_to": "2021-05-01"}, ["100%", "Tago Mago"]),
        ({"cover": "none"}, ["a_b", "100%"]),
        ({"discogs": "none"}, ["a_b", "100%"]),
        ({"artist": "can", "decade": 1970, "digitised": "no"}, ["Tago Mago"]),
    ],
)
def test_filters_hold_all_at_once(
    session: Session, shelf: Person, said: dict[str, Any], found: list[str]
) -> None:
    assert titles(session, shelf, **said) == found


def test_a_format_of_two_words_is_found_by_its_name(session: Session, bob: Person) -> None:
    record(session, bob, "Box", format="Box Set")
    record(session, bob, "Set of a box", format="LP")

    assert titles(session, bob, q="BOX  set") == ["Set of a box", "Box"]
    assert titles(session, bob, q="box can") == ["Set of a box", "Box"]
    assert titles(session, bob, q="united set") == ["Set of a box"]


@pytest.mark.parametrize(
    ("words", "found"), [("%", ["100%"]), ("_", ["a_b"]), ("100%", ["100%"]), ("\\", [])]
)
def test_percent_and_underscore_are_letters(
    session: Session, shelf: Person, words: str, found: list[str]
) -> None:
    """Must show 10: titles "100%" and "a_b" are found by what they are called."""
    assert titles(session, shelf, q=words) == found


def test_a_title_with_percent_or_underscore_equals_itself_alone(
    session: Session, shelf: Person
) -> None:
    """Must show 10: titles "100%" and "a_b" work in a filter too."""
    record(session, shelf, "axb")
    record(session, shelf, "1000")

    assert titles(session, shelf, title="A_B") == ["a_b"]
    assert titles(session, shelf, title="100%") == ["100%"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"state": "removed"}, ["Lost"]),
        ({"state": "active"}, ["a_b", "100%", "Tago Mago"]),
        ({"decade": 1970}, ["Tago Mago"]),
        ({"decade": 1970, "state": "all"}, ["Tago Mago", "Lost"]),
        ({"q": "197"}, []),
        ({"q": "neu!"}, ["Lost"]),
        ({"sort": "title"}, ["100%", "a_b", "Lost", "Tago Mago"]),
    ],
)
def test_a_filter_looks_among_active_records_unless_told_otherwise(
    session: Session, shelf: Person, said: dict[str, Any], found: list[str]
) -> None:
    assert titles(session, shelf, **said) == found


def add_split(session: Session, owner: Person, title: str, artists: list[dict[str, str]]) -> None:
    copy = {
        "title": title, "genre": "Rock", "format": "LP", "labels": ["NA"], "artists": artists,
        "purchased_on": "2024-01-01", "currency": "EUR", "is_digitised": False, "is_active": True,
    }  # fmt: skip
    record_copies.add(session, owner.id, [copy])


def test_a_country_is_that_of_any_artist(session: Session, shelf: Person) -> None:
    from_japan = {"name": "Boredoms", "country": "Japan"}
    from_austria = {"name": "Österreich", "country": "Österreich"}
    add_split(session, shelf, "Split", [from_austria, from_japan])

    assert titles(session, shelf, country="japan") == ["Split"]
    assert titles(session, shelf, country="österreich") == ["Split", "a_b", "100%"]
    assert titles(session, shelf, country="Japa") == []
    assert record_pages.choices(session).countries == ["Japan", "Österreich"]


def test_a_household_looks_at_one_shelf_or_at_all(session: Session, shelf: Person) -> None:
    carol = person(session, "carol")
    record(session, carol, "Hers", purchased_on="2024-01-01")

    assert titles(session, carol) == ["Hers"]
    assert titles(session, carol, whose=shelf.id, q="mago") == ["Tago Mago"]
    assert titles(session, carol, whose="everyone")[:2] == ["Hers", "a_b"]
    assert titles(session, carol, whose=9_999) == []


def test_whose_it_is_is_no_filter(session: Session, shelf: Person) -> None:
    """Removed records of others are greyed as one's own are, not left out."""
    carol = person(session, "carol")

    assert "Lost" in titles(session, carol, whose=shelf.id)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("purchased", ["Lost", "Tago Mago", "100%", "a_b"]),
        ("artist", ["Tago Mago", "a_b", "Lost", "100%"]),
        ("-artist", ["100%", "Lost", "a_b", "Tago Mago"]),
        ("title", ["100%", "a_b", "Lost", "Tago Mago"]),
        ("-title", ["Tago Mago", "Lost", "a_b", "100%"]),
        ("year", ["Tago Mago", "Lost", "a_b", "100%"]),
        ("-year", ["a_b", "Lost", "Tago Mago", "100%"]),
        ("rating", ["100%", "Tago Mago", "Lost", "a_b"]),
        ("-rating", ["Tago Mago", "100%", "a_b", "Lost"]),
        ("price", ["Lost", "Tago Mago", "a_b", "100%"]),
        ("-price", ["a_b", "Tago Mago", "Lost", "100%"]),
    ],
)
def test_what_is_not_known_comes_last_in_every_order(
    session: Session, shelf: Person, sort: str, found: list[str]
) -> None:
    assert titles(session, shelf, sort=sort) == found


SORTS = [
    f"{sign}{by}"
    for by in ("purchased", "artist", "title", "year", "rating", "price")
    for sign in ("", "-")
]


@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_each_record_once(session: Session, bob: Person, sort: str) -> None:
    for number in range(23):
        rating = number % 3
        record(
            session, bob, "Ditto" if number % 2 else f"{'long ' * 30}{number % 5}",
            ["Can" if number % 4 else "Ζωή"], year=None if number % 5 else 1970 + number % 2,
            price=None if number % 3 else 100, purchased_on=f"2020-01-0{1 + number % 4}",
            ratings=[{"value": rating, "rated_on": "2024-01-01"}] if rating else [],
        )  # fmt: skip
    wanted = Filter(sort=sort)
    whole = [one.id for one in record_pages.collection(session, bob.id, wanted, limit=100)]

    seen: list[int] = []
    after: str | None = None
    while page := record_pages.collection(session, bob.id, wanted, after=after, limit=4):
        seen += [one.id for one in page]
        after = page[-1].key

    assert seen == whole
    assert len(set(whole)) == 23


def test_a_page_knows_how_many_there_are(session: Session, bob: Person) -> None:
    for number in range(record_pages.PAGE + 1):
        record(session, bob, f"Record {number:02}")

    first = record_pages.page(session, bob.id)
    second = record_pages.page(session, bob.id, after=first.more)

    assert (len(first.records), first.in_all) == (record_pages.PAGE, record_pages.PAGE + 1)
    assert (len(second.records), second.in_all, second.more) == (1, record_pages.PAGE + 1, None)


@pytest.mark.parametrize(
    "after",
    [
        "", "x", "[]", "[1]", "[1,2]", '["2020-01-01","x"]', '["2020-01-01",true]', '{"a":1}',
        '["2020-01-01",9223372036854775808]', '["\\ud800",1]', '["\\u0000",1]', "[" * 9_999,
        '["2020-01-01",1.5]', "[null,1]",
    ],
)  # fmt: skip
def test_a_key_that_is_none_is_not_minded(session: Session, shelf: Person, after: str) -> None:
    found = record_pages.collection(session, shelf.id, after=after)

    assert len(found) == 4


@pytest.mark.parametrize(
    "said",
    [
        {"year": "12"}, {"decade": "1975"}, {"rating_from": "11"}, {"rating_to": "-1"},
        {"digitised": "perhaps"}, {"state": "gone"}, {"purchased_from": "2026-02-30"},
        {"cover": "x"}, {"whose": "nobody"}, {"whose": "-1"}, {"whose": str(2**63)},
        {"sort": "colour"}, {"artist_id": "0"}, {"artist": "x" * 401},
    ],
)  # fmt: skip
def test_what_no_filter_is_like_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Filter.model_validate(said)


def test_words_order_and_whose_are_no_filters() -> None:
    assert EVERYTHING.is_all and Filter(sort="title", whose="everyone").is_all
    assert not Filter(q="x").is_all and not Filter(q="x").is_filtered
    assert not Filter(state="removed").is_all and Filter(state="all").is_all
    assert Filter(unrated=True).is_filtered
