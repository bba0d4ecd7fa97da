"""Mosaics of records: what may be asked, what becomes of it, how one is shown."""

import html
import re
from typing import Any

import pytest
from flask import Flask

from database import recipes
from database.models import MosaicFilm, Person
from database.mosaic_words import RECORD_LAYOUTS, RECORD_SEQUENCES
from database.owner import Owner
from database.recipes import Keeping
from tests import factories
from tests.hall import Hall
from tests.web.conftest import Visitor, house
from webapp.recipe_words import in_words

JSON = {"Accept": "application/json"}
RECIPE = {"source": "records", "period": "all", "layout": "wall", "sequence": "-rating"}


@pytest.fixture
def hall(app: Flask) -> Hall:
    return Hall(house(app).db, house(app).settings.pictures)


@pytest.fixture
def record_id(app: Flask, bob: Visitor) -> int:
    with house(app).db.writing() as session:
        person = session.get_one(Person, bob.id)
        return factories.record(
            session, person, "<Tago Mago>", cover_sha256="ab" * 32, purchased_on="2025-03-04"
        )


@pytest.fixture
def shown(app: Flask, bob: Visitor, hall: Hall, record_id: int) -> str:
    """A mosaic of three records of bob's, of which one is still there; its address."""
    mosaic = hall.hang(bob.id, "bob", films=0, recipe=RECIPE, alt="Wall")
    rows: list[dict[str, Any]] = [
        {"title": "<Tago Mago>", "record_id": record_id, "half_stars": 9, "has_poster": True},
        {"title": "Ege Bamyası", "half_stars": None, "has_poster": False},
        {"title": "Future Days", "half_stars": 10, "has_poster": True},
    ]
    with house(app).db.writing() as session:
        session.add_all(
            MosaicFilm(
                mosaic_id=mosaic.id, position=position, year=1971, director="Can",
                watched_on="2025-03-04", **row,
            )
            for position, row in enumerate(rows)
        )  # fmt: skip
    return f"/mosaics/{mosaic.public_id}"


def order(visitor: Visitor, **typed: Any) -> Any:
    return visitor.submit(
        "/mosaics/new", to="/mosaics", **({"form": "new", "of": "records"} | typed)
    )


def test_an_order_says_of_records(bob: Visitor, hall: Hall, record_id: int) -> None:
    answer = order(
        bob, layout="photo", target=str(record_id), only="rated:7", period="year:2025",
        sequence="artist",
    )  # fmt: skip

    assert answer.status_code == 303
    args = hall.args_of(str(answer.location))
    assert (args["source"], args["layout"], args["target"]) == ("records", "photo", record_id)
    assert (args["only"], args["period"], args["sequence"]) == ("rated:7", "year:2025", "artist")
    assert "Mosaic of your records" in bob.get(str(answer.location)).text


def test_the_form_of_records_offers_what_the_shelf_has(bob: Visitor, record_id: int) -> None:
    page = bob.get("/mosaics/new?of=records").text

    offered = set(re.findall(r'<option value="([^"]*)"', page))
    assert set(RECORD_SEQUENCES) | {"rated:8", "year:2025", "month:2025-03"} <= offered
    assert {str(record_id)} <= offered and "listed" not in offered
    assert all(f'value="{layout}"' in page for layout in RECORD_LAYOUTS)
    assert "&lt;Tago Mago&gt;" in page
    assert "poster" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL).lower()


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"only": "liked"}, "Choose all or rated:8 (out of ten)."),
        ({"sequence": "listed"}, "Choose watched (bought), rating"),
        ({"layout": "photo"}, "Choose a record's cover, or send a picture."),
    ],
)
def test_what_cannot_be_is_told_in_the_form_of_records(
    bob: Visitor, record_id: int, typed: dict[str, str], problem: str
) -> None:
    answer = order(bob, **typed)

    assert answer.status_code == 422
    assert problem in html.unescape(answer.text)
    assert "Which records" in answer.text and record_id


def test_a_guest_has_no_shelf(guest: Visitor) -> None:
    answer = guest.submit("/", to="/mosaics", of="records")

    assert answer.status_code == 422
    assert "the shelf is a member" in answer.text
    assert "Which records" not in guest.get("/mosaics/new?of=records").text


def test_home_offers_a_wall_of_covers_to_who_has_records(
    bob: Visitor, alice: Visitor, hall: Hall, record_id: int
) -> None:
    assert "From your records" not in alice.get("/").text
    assert "All of 2025 (1 record)" in bob.get("/").text

    answer = bob.submit("/", to="/mosaics", of="records", layout="wall", period="all")

    args = hall.args_of(str(answer.location))
    assert (args["source"], args["layout"], args["period"]) == ("records", "wall", "all")
    assert record_id


def test_a_mosaic_lists_its_records_and_leads_to_them(
    bob: Visitor, shown: str, record_id: int
) -> None:
    page = bob.get(shown).text

    assert "The records in it" in page and "<dt>Records</dt><dd>3</dd>" in page
    assert f'<a href="/shelf/{record_id}">&lt;Tago Mago&gt;</a>' in page
    assert page.count('href="/shelf/') == 1
    assert "Ege Bamyası" in page and "no cover" in page and 'aria-label="not rated"' in page
    assert '<span class="rated"><b>9</b>' in page and "stars" not in page
    said = re.sub(r"<[^>]+>", "", page.partition("<main")[2].partition("</main")[0])
    assert "film" not in said.lower()


def test_a_script_gets_records_in_their_own_words(bob: Visitor, shown: str, record_id: int) -> None:
    bob.headers = JSON

    told = bob.get(shown).get_json()

    assert "films" not in told
    assert told["records"][0] == {
        "record": record_id, "title": "<Tago Mago>", "artist": "Can", "year": 1971, "rating": 9,
        "bought_on": "2025-03-04", "has_cover": True,
    }  # fmt: skip


def test_a_recipe_of_records_speaks_of_records(app: Flask, bob: Visitor, shown: str) -> None:
    public_id = shown.rpartition("/")[2]
    with house(app).db.writing() as session:
        wanted = Keeping(name="Covers", which="last-month")
        recipe = recipes.keep(session, public_id, wanted, Owner(bob.id))
        args = recipe.args

    said = "A wall of covers and nothing else, of your records, last month, best rated first"
    assert in_words(args) == said
    assert in_words(args | {"period": "last30", "only": "rated:8"}) == (
        "A wall of covers and nothing else, of your records, the last 30 records, "
        "rated 8 of 10 or more, best rated first"
    )
    assert said in bob.get("/mosaics/recipes").text
