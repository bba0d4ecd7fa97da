"""The pages of recipes: keeping one, making it, its name, its months, its end."""

import re
from typing import Any

import pytest
from flask import Flask

from database import recipes
from database.models import Mosaic
from database.owner import Owner
from database.recipes import Shown
from tests.hall import Hall
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member

JSON = {"Accept": "application/json"}
RECIPE = {
    "source": "films", "letterboxd_username": None, "upload": None, "file_name": None,
    "zone": "UTC", "period": "month:2026-11", "layout": "wall", "size": "a4",
}  # fmt: skip


@pytest.fixture
def hall(app: Flask) -> Hall:
    return Hall(house(app).db, house(app).settings.pictures)


@pytest.fixture
def wall(hall: Hall, bob: Visitor) -> Mosaic:
    return hall.hang(bob.id, "bob", recipe=RECIPE)


def keep(visitor: Visitor, mosaic: Mosaic, **typed: Any) -> Any:
    page = f"/mosaics/{mosaic.public_id}"
    return visitor.submit(page, to=f"{page}/keep", **{"name": "Wall of bob"} | typed)


def listed(app: Flask, visitor: Visitor) -> list[Shown]:
    with house(app).db.reading() as session:
        return recipes.listed(session, Owner(visitor.id))


def address(app: Flask, visitor: Visitor) -> str:
    (one,) = listed(app, visitor)
    return f"/mosaics/recipes/{one.public_id}"


def test_a_mosaics_page_offers_to_keep_it_by_a_name(app: Flask, bob: Visitor, wall: Mosaic) -> None:
    page = bob.get(f"/mosaics/{wall.public_id}").text
    assert 'value="Wall of bob"' in page and "Which films each time" in page

    answer = keep(bob, wall, which="last-month")

    assert (answer.status_code, answer.location) == (303, "/mosaics/recipes")
    (one,) = listed(app, bob)
    assert (one.name, one.args["period"], one.is_monthly) == ("Wall of bob", "last-month", False)
    shown = bob.get("/mosaics/recipes").text
    assert "Kept as “Wall of bob”." in shown
    assert (
        "A wall of posters and nothing else, of your films, last month, newest viewing first, A4."
        in shown
    )
    assert f'href="/mosaics/{wall.public_id}"' in shown


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"name": "WALL of bob"}, 409, "You have a recipe “WALL of bob” already"),
        ({"name": " "}, 422, "Give it a name, up to 80 characters."),
        ({"name": "x" * 81}, 422, "Give it a name, up to 80 characters."),
        ({"name": "x", "which": "never"}, 422, "Choose same, month, last-month or all."),
    ],
)
def test_what_is_not_well_named_comes_back_with_its_form(
    bob: Visitor, wall: Mosaic, typed: dict[str, str], status: int, said: str
) -> None:
    keep(bob, wall)

    answer = keep(bob, wall, **typed)

    assert answer.status_code == status
    assert said in answer.text and 'aria-invalid="true"' in answer.text
    assert f'value="{typed["name"]}"' in answer.text
    assert re.search(r"<details open>\s*<summary>Keep it as a recipe", answer.text)


def test_only_what_is_ones_own_or_public_is_kept(app: Flask, bob: Visitor, hall: Hall) -> None:
    carol = member(app, "carol")
    feed = {"source": "feed", "letterboxd_username": "dave", "period": "month", "layout": "sheet"}
    public = hall.hang(carol.id, is_shared=True, recipe=feed)
    shared = hall.hang(carol.id, is_for_members=True, recipe=RECIPE)

    assert "Keep it as a recipe" not in bob.get(f"/mosaics/{shared.public_id}").text
    answer = bob.submit("/", to=f"/mosaics/{shared.public_id}/keep", name="Hers")
    assert answer.status_code == 404
    assert keep(bob, public).status_code == 303


def test_a_guest_keeps_nothing(guest: Visitor, hall: Hall) -> None:
    public = hall.hang(is_shared=True)

    page = guest.get(f"/mosaics/{public.public_id}").text

    assert "Keep it as a recipe" not in page and "Make it again" in page


def test_it_is_made_at_a_press_and_its_mosaic_names_it(
    app: Flask, bob: Visitor, wall: Mosaic, hall: Hall
) -> None:
    keep(bob, wall)
    page = bob.get(f"/mosaics/{wall.public_id}").text
    make = f"{address(app, bob)}/make"
    assert "Made by your recipe" in page and f'action="{make}"' in page
    assert "Make it again with new films" in page

    answer = bob.submit("/mosaics/recipes", to=make)

    args = hall.args_of(str(answer.location))
    (one,) = listed(app, bob)
    assert args["period"] == "month:2026-11" and args["recipe_id"]
    carol = member(app, "carol")
    assert carol.submit("/", to=make).status_code == 404
    with house(app).db.writing() as session:
        session.get_one(Mosaic, wall.id).is_for_members = True
    assert one.name not in carol.get(f"/mosaics/{wall.public_id}").text


def test_it_is_renamed_where_it_is_listed(app: Flask, bob: Visitor, wall: Mosaic) -> None:
    keep(bob, wall, name="Mine")
    page = address(app, bob)
    keep(bob, wall, name="Other")

    right = bob.submit("/mosaics/recipes", to=f"{page}/rename", name="Ours & <theirs>")
    wrong = bob.submit("/mosaics/recipes", to=f"{page}/rename", name="other")

    assert right.status_code == 303
    assert wrong.status_code == 409 and "You have a recipe “other” already" in wrong.text
    assert "Ours &amp; &lt;theirs&gt;" in wrong.text and "<theirs>" not in wrong.text
    said = re.search(r'<a href="#([^"]+)">You have a recipe', wrong.text)
    assert said and f'id="{said[1]}"' in wrong.text
    assert bob.submit("/mosaics/recipes", to=f"{page}/rename", name="").status_code == 422


def test_it_becomes_monthly_and_stops_being_so(app: Flask, bob: Visitor, wall: Mosaic) -> None:
    keep(bob, wall)
    page = f"{address(app, bob)}/monthly"

    for monthly, said in (("1", "on the first of each month"), ("0", "only when you say so")):
        assert bob.submit("/mosaics/recipes", to=page, monthly=monthly).status_code == 303
        assert said in bob.get("/mosaics/recipes").text
        assert listed(app, bob)[0].is_monthly == (monthly == "1")


@pytest.mark.parametrize(
    ("which", "is_said"), [("month", True), ("last-month", True), ("all", False)]
)
def test_of_which_month_a_monthly_one_is_made_is_said(
    app: Flask, bob: Visitor, wall: Mosaic, which: str, *, is_said: bool
) -> None:
    keep(bob, wall, which=which)
    bob.submit("/mosaics/recipes", to=f"{address(app, bob)}/monthly", monthly="1")

    shown = bob.get("/mosaics/recipes").text

    said = "Made on the first of each month, of the month that has ended."
    assert (said in shown) == is_said and "Made on the first of each month" in shown


def test_deleting_asks_first_and_leaves_the_mosaics(app: Flask, bob: Visitor, wall: Mosaic) -> None:
    keep(bob, wall)
    page = f"{address(app, bob)}/delete"
    assert "Delete Wall of bob?" in bob.get(page).text

    assert bob.submit(page).status_code == 303

    assert "No recipes yet" in bob.get("/mosaics/recipes").text
    assert bob.get(f"/mosaics/{wall.public_id}").status_code == 200


def test_a_script_keeps_lists_and_makes(app: Flask, bob: Visitor, wall: Mosaic) -> None:
    headers = JSON | {"X-CSRFToken": bob.token("/")}
    page = f"/mosaics/{wall.public_id}"

    kept = bob.post(f"{page}/keep", json={"name": "Wall"}, headers=headers)
    again = bob.post(f"{page}/keep", json={"name": "wall"}, headers=headers)
    found = bob.get("/mosaics/recipes", headers=JSON).json
    made = bob.post(f"{address(app, bob)}/make", headers=headers)

    assert kept.status_code == 201 and kept.json and kept.json["name"] == "Wall"
    assert again.status_code == 409
    assert found and found["recipes"][0]["recipe"] == kept.json["recipe"]
    assert found["recipes"][0]["latest"] == wall.public_id
    assert made.status_code == 202
    StandIn(house(app).db).take()
