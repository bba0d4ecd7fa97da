"""The pages of the shelf: filters in the address, whose records, artists corrected."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from database import record_copies, record_pages
from database.engine import Database
from database.models import Artist, Person
from tests import factories
from tests.web.conftest import Visitor, house, member


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


def put(
    db: Database, visitor: Visitor, title: str, artists: tuple[str, ...] = ("Can",), **said: Any
) -> int:
    with db.writing() as session:
        owner = session.get_one(Person, visitor.id)
        return factories.record(session, owner, title, artists, **said)


@pytest.fixture
def shelf(db: Database, bob: Visitor) -> dict[str, int]:
    """What bob has: a record of most kinds; returns their ids by title."""
    rated = [{"value": 9, "rated_on": "2024-01-01"}]
    return {
        "Tago Mago": put(
            db, bob, "Tago Mago", colour="red", edition="500", copy_number="12",
            remarks="from <Köln>", price=2050, ratings=rated, purchased_on="2024-02-29",
        ),
        "<Cure>": put(
            db, bob, "<Cure>", ("The Cure", "Neu!"), year=None, price=None, is_digitised=True,
            labels=["Fiction", "Polydor"], genre="Pop", format='7"', purchased_on="2023-01-01",
        ),
        "Gone": put(
            db, bob, "Gone", is_active=False, removed_on="2025-01-02", purchased_on="2022-01-01"
        ),
    }  # fmt: skip


def shown(visitor: Visitor, address: str) -> list[str]:
    """Return the titles of the records that a page shows, in its order."""
    page = visitor.get(address).text
    names = re.findall(r'<span class="name">(.+?)</span>', page)
    return [name.replace("&lt;", "<").replace("&gt;", ">") for name in names]


def ids_in(page: str) -> set[int]:
    return {int(found) for found in re.findall(r'href="/shelf/(\d+)#', page)}


def test_an_empty_shelf_says_what_to_do(bob: Visitor) -> None:
    page = bob.get("/shelf").text

    assert "No records yet" in page
    assert 'href="/shelf/add"' in page and 'href="/shelf/import"' in page


def test_the_households_records_are_a_way_on_from_an_empty_shelf(app: Flask) -> None:
    bob = member(app, "bob")
    assert "Everyone’s records" not in bob.get("/shelf").text

    member(app, "dave")

    assert '<a href="/shelf?whose=everyone">Everyone’s records</a>' in bob.get("/shelf").text


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("view", ["?state=all", "?view=list"])
def test_a_card_says_all_there_is_to_know(bob: Visitor, view: str) -> None:
    """Must show 4: what nobody knows is a dash, and "None" stands nowhere."""
    page = bob.get(f"/shelf{view}").text

    said = (
        "Tago Mago", "Can · 1971", "Rock · United Artists", "LP · red · edition 500 · no. 12",
        "from &lt;Köln&gt;", "29 Feb 2024", "20.50 EUR", "<b>9</b>", "The Cure / Neu!",
        "Pop · Fiction; Polydor", "7&#34; · digitised", "price unknown", "not rated", "removed",
    )  # fmt: skip
    assert [words for words in said if words not in page] == []
    assert "None" not in page
    assert "3 records" in page


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("whose", ["", "?whose=everyone"])
def test_a_shelf_that_is_looked_through_says_little_of_each(bob: Visitor, whose: str) -> None:
    cards = bob.get(f"/shelf{whose}").text.partition('class="sleeves"')[2]

    said = ("Tago Mago", "Can · 1971", "LP ·", "<b>9</b>", "7&#34;", "removed")
    assert [words for words in said if words not in cards] == []
    assert "Rock" not in cards and "EUR" not in cards and "not rated" not in cards
    assert ("bob’s" in cards) is bool(whose)


@pytest.mark.parametrize("view", ["", "&view=list"])
def test_every_filtered_card_can_be_edited(bob: Visitor, shelf: dict[str, int], view: str) -> None:
    """Must show 3: the record of the day and every filtered card can be edited."""
    page = bob.get(f"/shelf?state=all{view}").text

    assert ids_in(page) == set(shelf.values())
    form = bob.get(f"/shelf/{shelf['Tago Mago']}").text
    assert re.search(r'<details[^>]*>\s*<summary>Edit.*?id="title"', form, re.DOTALL)


@pytest.mark.usefixtures("shelf")
def test_the_record_of_the_day_is_on_the_first_page_that_nothing_is_filtered_of(
    bob: Visitor,
) -> None:
    """Must show 3: the record of the day can be edited from the shelf."""
    page = bob.get("/shelf").text
    card = page.partition('id="day-title"')[2].partition("</section>")[0]

    assert "Record of the day" in page and ids_in(card)
    for address in ("/shelf?q=can", "/shelf?year=1971", "/shelf?whose=everyone", "/shelf?year=1"):
        assert "day-title" not in bob.get(address).text


@pytest.mark.usefixtures("shelf")
def test_a_filter_is_the_address(bob: Visitor) -> None:
    assert shown(bob, "/shelf") == ["Tago Mago", "<Cure>", "Gone"]
    assert shown(bob, "/shelf?q=can") == ["Tago Mago", "Gone"]
    assert shown(bob, "/shelf?artist=can&q=") == ["Tago Mago"]
    assert shown(bob, "/shelf?artist=can&state=removed") == ["Gone"]
    assert shown(bob, "/shelf?sort=artist") == ["Gone", "Tago Mago", "<Cure>"]


@pytest.mark.usefixtures("shelf")
def test_removed_records_are_grey(bob: Visitor) -> None:
    page = bob.get("/shelf?view=list").text

    assert len(re.findall(r'<tr class="is-inactive">', page)) == 1
    assert "removed 2 Jan 2025" in page


@pytest.mark.usefixtures("shelf")
def test_each_filter_that_is_on_can_be_taken_off(bob: Visitor) -> None:
    page = bob.get(
        "/shelf?q=mago&artist=can&decade=1970&rating_from=8&rating_to=10&digitised=no"
        "&purchased_from=2024-01-01&state=active&sort=title&view=list"
    ).text

    assert "1 record found" in page
    found = re.findall(r'href="([^"]+)" aria-label="Take off the filter: ([^"]+)"', page)
    chips = {words: address.replace("&amp;", "&") for address, words in found}
    assert list(chips) == [
        "“mago”", "artist like “can”", "of the 1970s", "rated 8 to 10", "not digitised",
        "bought from 1 Jan 2024", "active",
    ]  # fmt: skip
    assert chips["rated 8 to 10"] == (
        "/shelf?q=mago&artist=can&decade=1970&digitised=no&state=active"
        "&purchased_from=2024-01-01&sort=title&view=list"
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("title=x", "titled “x”"),
        ("label=x", "label like “x”"),
        ("genre=Jazz", "Jazz"),
        ("format=7%22", "7&#34;"),
        ("country=Japan", "from Japan"),
        ("year=1971", "of 1971"),
        ("rating_from=9&rating_to=9", "rated 9"),
        ("rating_from=8", "rated 8 or more"),
        ("rating_to=3", "rated 3 or less"),
        ("unrated=1", "not rated"),
        ("digitised=yes", "digitised"),
        ("purchased_from=2024-01-01&purchased_to=2024-01-01", "bought on 1 Jan 2024"),
        ("purchased_to=2024-01-01", "bought to 1 Jan 2024"),
        ("state=all", "active and removed"),
        ("cover=none", "without a cover"),
        ("discogs=none", "without a link to Discogs"),
        ("whose=everyone", "everyone’s records"),
        ("whose=999", "somebody’s records"),
        ("artist_id=999", "by somebody gone"),
    ],
)
@pytest.mark.usefixtures("shelf")
def test_what_is_filtered_by_is_said_in_words(bob: Visitor, said: str, words: str) -> None:
    page = bob.get(f"/shelf?{said}").text

    assert f'href="/shelf" aria-label="Take off the filter: {words}"' in page


@pytest.mark.usefixtures("shelf")
def test_a_filter_that_makes_no_sense_comes_back_with_what_was_typed(bob: Visitor) -> None:
    answer = bob.get("/shelf?year=12&artist=Ca&unrated=1&artist_id=1&whose=everyone")

    assert answer.status_code == 422
    assert 'value="12"' in answer.text and 'value="Ca"' in answer.text
    assert 'name="artist_id" value="1"' in answer.text
    assert "Give a year like 1975." in answer.text and 'href="#year"' in answer.text
    script = bob.get("/shelf?year=12", headers={"Accept": "application/json"})
    assert script.status_code == 422
    assert (script.json or {})["problems"] == {"year": "Give a year like 1975."}


@pytest.mark.usefixtures("shelf")
def test_where_nothing_is_found_it_says_what_to_do(bob: Visitor) -> None:
    page = bob.get("/shelf?q=nothing+like+it").text

    assert "0 records found" in page and "Take a filter off" in page
    assert 'value="nothing like it"' in page


@pytest.mark.usefixtures("shelf")
def test_a_choice_that_no_record_has_stays_chosen(bob: Visitor) -> None:
    page = bob.get("/shelf?genre=Polka").text

    assert '<option value="Polka" selected>' in page
    assert '<option value="Pop">' in page


def test_a_page_leads_on_with_its_filters(bob: Visitor, db: Database) -> None:
    for number in range(record_pages.PAGE + 1):
        put(db, bob, f"Record {number:02}", colour="red")

    first = bob.get("/shelf?artist=can&sort=title&view=list").text
    more = re.search(r'rel="next" href="([^"]+)"', first)

    assert more and "artist=can" in more[1] and "view=list" in more[1]
    assert "Record 50" not in first and "51 records found" in first
    second = bob.get(more[1].replace("&amp;", "&")).text
    assert "Record 50" in second and "51 records found" in second


@pytest.mark.usefixtures("shelf")
def test_a_script_gets_what_the_page_shows(bob: Visitor) -> None:
    said = bob.get("/shelf?q=mago", headers={"Accept": "application/json"}).json or {}

    assert [record["title"] for record in said["records"]] == ["Tago Mago"]


@pytest.mark.usefixtures("shelf")
def test_what_is_shown_can_be_taken_along(bob: Visitor) -> None:
    page = bob.get("/shelf?genre=Pop").text

    assert 'href="/shelf.csv?genre=Pop"' in page and 'href="/shelf.json?genre=Pop"' in page


def test_members_see_each_others_shelves_but_edit_their_own(
    bob: Visitor, carol: Visitor, db: Database, shelf: dict[str, int]
) -> None:
    hers = put(db, carol, "Hers", purchased_on="2025-05-05")

    assert shown(carol, "/shelf") == ["Hers"]
    everyones = carol.get("/shelf?whose=everyone&state=all").text
    assert "4 records" in everyones and "carol’s" in everyones and "bob’s" in everyones
    assert ids_in(everyones) == {hers}
    his = carol.get(f"/shelf?whose={bob.id}&view=list").text
    assert "Tago Mago" in his and "Hers" not in his and "bob’s" in his
    assert ids_in(his) == set()
    assert shown(carol, "/shelf?whose=everyone&q=mago") == ["Tago Mago"]
    assert shelf


@pytest.mark.usefixtures("shelf")
def test_an_admin_may_edit_all(alice: Visitor, shelf: dict[str, int]) -> None:
    assert ids_in(alice.get("/shelf?whose=everyone&view=list").text) == set(shelf.values())


def test_whose_records_is_asked_only_where_several_live(app: Flask, bob: Visitor) -> None:
    put(house(app).db, bob, "Tago Mago")
    assert 'name="whose"' not in bob.get("/shelf").text

    member(app, "dave")

    assert ">dave’s</option>" in bob.get("/shelf").text


def artist_id(db: Database, name: str) -> int:
    with db.reading() as session:
        return session.scalars(select(Artist.id).where(Artist.name == name)).one()


@pytest.mark.usefixtures("shelf")
def test_artists_are_those_of_ones_own_records(bob: Visitor, carol: Visitor, db: Database) -> None:
    put(db, carol, "Hers", ("Faust",))

    mine = bob.get("/shelf/artists").text
    assert "3 artists" in mine and "Neu!" in mine and "Faust" not in mine
    assert "4 artists" in bob.get("/shelf/artists?whose=everyone").text
    found = bob.get("/shelf/artists?q=CUR").text
    assert "1 artist found" in found and "The Cure" in found and "Neu!" not in found
    assert "No artist is called that" in bob.get("/shelf/artists?q=xyz").text
    assert "No artists yet" in member_without_records(db, carol).text


def member_without_records(db: Database, visitor: Visitor) -> Any:
    with db.writing() as session:
        found = record_pages.collection(session, visitor.id)
        record_copies.remove(session, [record.id for record in found])
    return visitor.get("/shelf/artists")


@pytest.mark.usefixtures("shelf")
def test_an_artist_shows_what_the_household_has(bob: Visitor, carol: Visitor, db: Database) -> None:
    put(db, carol, "Future Days", ("can",), year=1973)
    can = artist_id(db, "Can")

    page = bob.get(f"/shelf/artists/{can}").text

    assert "3 records" in page and "carol’s" in page
    assert shown(bob, f"/shelf/artists/{can}") == ["Gone", "Tago Mago", "Future Days"]
    assert shown(bob, f"/shelf?artist_id={can}") == ["Tago Mago"]
    assert bob.get("/shelf/artists/9999").status_code == 404


@pytest.mark.usefixtures("shelf")
def test_an_artist_is_corrected_by_who_has_a_record(
    alice: Visitor, bob: Visitor, carol: Visitor, db: Database
) -> None:
    address = f"/shelf/artists/{artist_id(db, 'Can')}"
    assert "Correct name" not in carol.get(address).text
    assert carol.submit("/account", to=address, name="Can't").status_code == 403

    saved = bob.submit(address, name="CAN", country="Germany")

    assert (saved.status_code, saved.location) == (303, address)
    page = carol.get(address).text
    assert "Germany" in page and "CAN" in page
    assert alice.submit(address, name="Can", country="Germany").status_code == 303
    assert shown(bob, "/shelf?country=germany&state=all") == ["Tago Mago", "Gone"]


@pytest.mark.usefixtures("shelf")
def test_a_name_that_is_taken_comes_back_with_what_was_typed(bob: Visitor, db: Database) -> None:
    address = f"/shelf/artists/{artist_id(db, 'Can')}"

    answer = bob.submit(address, name="neu!", country="Germany")

    assert answer.status_code == 422
    assert "Another artist has that name already." in answer.text
    assert 'value="neu!"' in answer.text and 'value="Germany"' in answer.text
    assert "<details open" in answer.text or re.search(r"<details[^>]* open>", answer.text)
    headers = {"Accept": "application/json", "X-CSRFToken": bob.token("/shelf/artists/1")}
    script = bob.post(address, json={"name": "  "}, headers=headers)
    assert script.status_code == 422
    assert list((script.json or {})["problems"]) == ["name"]


@pytest.mark.parametrize("name", ["a\0b", "a;b"])
@pytest.mark.usefixtures("shelf")
def test_a_name_with_odd_signs_is_refused(bob: Visitor, db: Database, name: str) -> None:
    address = f"/shelf/artists/{artist_id(db, 'Can')}"

    assert bob.submit(address, name=name).status_code == 422


def test_looking_writes_nothing(
    bob: Visitor, shelf: dict[str, int], count_queries: list[str]
) -> None:
    for address in ("/shelf", "/shelf?q=x&whose=everyone", "/shelf/artists", "/shelf/artists/1"):
        assert bob.get(address).status_code == 200

    assert shelf
    assert [one for one in count_queries if not one.lstrip().upper().startswith("SELECT")] == []
