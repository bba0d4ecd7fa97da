"""The shelf beside what was played: its lists, and saying which album a record is."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.plays import Heard, Named, Source, row_key
from database import record_plays
from database.engine import Database
from database.models import Album, Person, RecordAlbum
from database.play_intake import Intake
from tests import factories
from tests.web.conftest import Visitor, house, member

DELUXE = Named("Halleluhwah", ("Can",), "Tago <Mago> (Deluxe Edition)", "Can")
OTHER = Named("Pinch", ("Can",), "Ege Bamyasi", "Can")
JSON = {"Accept": "application/json"}


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def bring(db: Database, visitor: Visitor, named: Named, plays: int) -> int:
    """Bring so many plays of a track from 2026 on; return its album."""
    begun = clock.moment(datetime(2026, 1, 1, tzinfo=UTC))
    starts = [begun + nth * clock.HOUR for nth in range(plays)]
    heard = [
        Heard(named, at, Source.SCROBBLE, row_key(Source.SCROBBLE, at, named.title))
        for at in starts
    ]
    with db.writing() as session:
        Intake(visitor.id).take(session, heard)
        return int(session.scalars(select(Album.id).where(Album.title == named.album)).one())


def own(db: Database, visitor: Visitor, title: str) -> int:
    songs = [{"position": "A1", "title": "A song", "seconds": None, "is_favourite": False}]
    with db.writing() as session:
        person = session.get_one(Person, visitor.id)
        return factories.record(session, person, title, ["Can"], songs=songs, price=3000)


def test_what_is_owned_and_was_never_played(db: Database, bob: Visitor) -> None:
    bring(db, bob, DELUXE, 1)
    own(db, bob, "Tago <Mago>")
    own(db, bob, "Landed")

    page = bob.get("/listening/shelf").text
    assert "Landed" in page and "Tago" not in page


def test_what_was_played_and_is_not_owned_with_the_balance_beside_it(
    db: Database, bob: Visitor, alice: Visitor
) -> None:
    bring(db, bob, DELUXE, record_plays.MANY)
    bring(db, bob, OTHER, record_plays.MANY - 1)

    page = bob.get("/listening/shelf?which=missing").text
    assert "Tago &lt;Mago&gt;" in page and "Ege Bamyasi" not in page
    assert "Your balance" in page
    assert "balance" not in alice.get(f"/listening/shelf?which=missing&whose={bob.id}").text


def test_what_playing_a_record_costs(db: Database, bob: Visitor) -> None:
    bring(db, bob, DELUXE, 4)
    own(db, bob, "Tago <Mago>")
    own(db, bob, "Landed")

    told = bob.get("/listening/shelf?which=records", headers=JSON).get_json()
    assert [
        (one["record"], one["plays_since"], one["cost_per_play"]) for one in told["records"]
    ] == [
        ("Landed", 0, ""),
        ("Tago <Mago>", 4, "7.50"),
    ]


def test_a_record_is_an_album_if_its_owner_says_so(app: Flask, db: Database, bob: Visitor) -> None:
    carol = member(app, "carol")
    album = bring(db, bob, OTHER, 2)
    record = own(db, bob, "A box")
    page = f"/listening/records/{record}"
    assert "A box" in bob.get("/listening/shelf").text

    assert bob.submit(page, album=str(album), is_same="1").status_code == 303
    assert "It is this one, as was said." in bob.get(page).text
    assert "A box" not in bob.get("/listening/shelf").text
    assert f'href="{page}' in bob.get(f"/listening/albums/{album}").text
    bob.submit(page, album=str(album), is_same="0")
    assert "It is not this one, as was said." in bob.get(page).text

    answer = carol.submit("/listening/plays/add", to=page, album=str(album), is_same="1")
    assert answer.status_code == 403
    assert "is_same" not in carol.get(page).text
    with db.reading() as session:
        assert session.scalars(select(RecordAlbum.is_same)).all() == [False]


def test_another_artists_album_is_found_by_its_name(db: Database, bob: Visitor) -> None:
    bring(db, bob, Named("Hallogallo", ("Neu!",), "Neu! 75", "Neu!"), 1)
    record = own(db, bob, "A box")

    assert "Neu! 75" not in bob.get(f"/listening/records/{record}").text
    assert "Neu! 75" in bob.get(f"/listening/records/{record}?q=neu").text


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"album": "77", "is_same": "1"}, 404),
        ({"album": "x", "is_same": "1"}, 422),
        ({"album": "1", "is_same": "perhaps"}, 422),
        ({}, 422),
    ],
)
def test_what_is_no_album_is_told(
    db: Database, bob: Visitor, said: dict[str, str], status: int
) -> None:
    bring(db, bob, OTHER, 1)
    page = f"/listening/records/{own(db, bob, 'A box')}"

    assert bob.submit(page, **said).status_code == status


@pytest.mark.parametrize("after", ["x", "2025-01-01/", "2025-01-01/" + "9" * 30, "/1", "²/²"])
def test_a_place_that_is_none_is_the_beginning(db: Database, bob: Visitor, after: str) -> None:
    own(db, bob, "A box")

    for which in ("never", "records"):
        assert bob.get(f"/listening/shelf?which={which}&after={after}").status_code == 200
    assert bob.get("/listening/shelf?which=odd").status_code == 422
