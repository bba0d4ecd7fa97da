"""Mosaics of plays: what may be asked, what becomes of it, how one is shown."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.plays import Heard, Named, Source, row_key
from database import scrobbles
from database.engine import Database
from database.models import Album, Listener, MosaicFilm, Task
from tests.hall import Hall
from tests.web.conftest import Visitor, house, member
from webapp.recipe_words import in_words

JSON = {"Accept": "application/json"}
NEW = "/mosaics/new?of=plays"
RECIPE = {"source": "plays", "period": "year:2026", "layout": "wall", "whose": "me", "most": 60}


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


def hear(db: Database, person_id: int, album: str = "<Tago Mago>") -> int:
    named, at = Named("Paperhouse", ("Can",), album), 1_780_000_000_000
    heard = Heard(named, at, Source.SCROBBLE, row_key(Source.SCROBBLE, at, album))
    with db.writing() as session:
        scrobbles.keep(session, person_id, [heard])
        return session.scalars(select(Album.id).where(Album.title == album)).one()


def order(visitor: Visitor, **typed: Any) -> Any:
    return visitor.submit(NEW, to="/mosaics", **({"form": "new", "of": "plays"} | typed))


def asked(db: Database) -> dict[str, Any]:
    with db.reading() as session:
        args = session.scalars(select(Task.args).order_by(Task.id.desc())).first()
    return dict(args or {})


def test_home_offers_a_wall_of_covers_to_who_has_plays(db: Database, bob: Visitor) -> None:
    assert "From your listening" not in bob.get("/").text
    hear(db, bob.id)
    assert "From your listening" in bob.get("/").text

    answer = bob.submit("/", to="/mosaics", of="plays", layout="wall", period="last30")

    assert answer.status_code == 303
    args = asked(db)
    assert args["source"] == "plays"
    assert (args["period"], args["sequence"], args["whose"], args["most"]) == (
        "last30", "-plays", "me", 60,
    )  # fmt: skip


def test_the_form_offers_months_people_and_days(db: Database, bob: Visitor, carol: Visitor) -> None:
    hear(db, bob.id)
    hear(db, carol.id)

    page = bob.get(NEW).text
    answer = order(bob, whose="us", since="2026-01-01", until="2026-03-31", most="25")

    assert 'value="month:2026-05"' in page
    assert f'<option value="{carol.id}">' in page
    assert "Of films instead" in page
    assert answer.status_code == 303
    args = asked(db)
    assert (args["period"], args["whose"], args["most"]) == (
        "days:2026-01-01:2026-03-31", "us", 25,
    )  # fmt: skip
    with db.writing() as session:
        session.get_one(Listener, carol.id).is_shared = False
    assert f'<option value="{carol.id}">' not in bob.get(NEW).text
    assert order(bob, whose=str(carol.id)).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"since": "2026-01-01"}, "Give both the first day and the last, or none."),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "must not be before the first"),
        ({"most": "0"}, "From 1 to 1000"),
        ({"layout": "photo"}, "Choose an album&#39;s cover, or send a picture."),
        ({"sequence": "rating"}, "Choose plays, title, artist"),
    ],
)
def test_what_cannot_be_comes_back_as_it_was_sent(
    bob: Visitor, typed: dict[str, str], said: str
) -> None:
    answer = order(bob, whose="us", **typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert '<option value="us" selected>' in answer.text


def test_a_guest_has_no_plays(guest: Visitor) -> None:
    answer = guest.submit("/", to="/mosaics", of="plays")

    assert answer.status_code == 422
    assert "listening is a member" in answer.text


def test_a_mosaic_says_how_often_and_leads_to_the_albums(
    app: Flask, db: Database, bob: Visitor
) -> None:
    album_id = hear(db, bob.id)
    hall = Hall(db, house(app).settings.pictures)
    mosaic = hall.hang(bob.id, "bob", films=0, recipe=RECIPE, alt="Wall")
    with db.writing() as session:
        session.add(
            MosaicFilm(
                mosaic_id=mosaic.id, position=0, album_id=album_id, title="<Tago Mago>",
                director="Can", half_stars=1234, has_poster=True,
            )
        )  # fmt: skip
    address = f"/mosaics/{mosaic.public_id}"

    page = bob.get(address).text
    told = bob.get(address, headers=JSON).get_json()

    assert "The albums in it" in page
    assert f'<a href="/listening/albums/{album_id}">&lt;Tago Mago&gt;</a>' in page
    assert re.search(r">1.234<", page)
    assert "stars" not in page.partition("The albums in it")[2].partition("</table>")[0]
    assert told["albums"] == [
        {"album": album_id, "title": "<Tago Mago>", "artist": "Can", "plays": 1234,
         "has_cover": True}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "you played most, 2026"),
        ({"whose": "us", "period": "last30"}, "the household played most, the last 30 days"),
        (
            {"whose": "3", "period": "days:2026-01-01:2026-01-31"},
            "somebody of the household played most, 2026-01-01 to 2026-01-31",
        ),
    ],
)
def test_a_recipe_in_words(args: dict[str, Any], said: str) -> None:
    words = in_words(RECIPE | {"sequence": "-plays"} | args)

    assert words == f"A wall of covers and nothing else, of albums that {said}, most played first"
