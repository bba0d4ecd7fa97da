"""Mosaics of what was played most: which albums, how often, whose; all layouts; made again."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError
from sqlalchemy import select

from core import clock
from core.errors import Forbidden, InvalidInput, NotFound
from core.play_words import scrobble_key
from core.plays import Heard, Named, Source
from core.settings import Settings
from core.store import FOLDER
from database import album_covers, mosaic_orders, mosaics, recipes, scrobbles
from database.engine import Database
from database.models import Album, Listener, Mosaic, Task
from database.mosaic_asked import PlaysOrder
from database.owner import HOUSE, Owner
from database.recipes import Keeping
from fakes.cover_art import sleeve
from tests import factories
from tests.worker.listening import begin
from worker_jobs import own_pictures
from worker_jobs.mosaic.job import create_mosaic

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Make = Callable[..., tuple[Mosaic, list[mosaics.FilmShown], dict[str, Any]]]
Hear = Callable[..., int]
MARCH = clock.moment(datetime(2025, 3, 10, 20, tzinfo=UTC))
YEAR = "year:2025"


@pytest.fixture
def bob(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "bob").id


@pytest.fixture
def hear(db: Database, settings: Settings, alice: int) -> Hear:
    """Have somebody play an album so many times; `seed` draws its cover. Returns its id."""

    def play(
        title: str, plays: int, artist: str = "Can", *, whose: int = alice, at: int = MARCH,
        seed: int = 0,
    ) -> int:  # fmt: skip
        named = Named(f"Song of {title}", (artist,), title)
        moments = [at + number * 10 * clock.MINUTE for number in range(plays)]
        heard = [
            Heard(named, moment, Source.SCROBBLE, scrobble_key(moment, named)) for moment in moments
        ]
        with db.writing() as session:
            scrobbles.keep(session, whose, heard)
            album_id = session.scalars(select(Album.id).where(Album.title == title)).one()
            if seed:
                with Image.open(io.BytesIO(sleeve(seed))) as image:
                    sha256 = own_pictures.keep(FOLDER, settings.covers, image)
                album_covers.show(session, album_id, sha256)
        return album_id

    return play


@pytest.fixture
def make(db: Database, settings: Settings, alice: int) -> Make:
    def run(owner: int = alice, **asked: Any) -> Any:
        order = PlaysOrder.model_validate({"period": YEAR} | asked)
        with db.writing() as session:
            placed = mosaic_orders.place(session, order, owner=Owner(owner), zone="UTC")
            args = session.get_one(Task, placed.id).args
        return finished(db, settings, owner, args)

    return run


def finished(db: Database, settings: Settings, owner: int, args: dict[str, Any]) -> Any:
    listening = begin(db, settings, Owner(owner))
    result = create_mosaic(args, listening)
    listening.finish()
    with db.reading() as session:
        mosaic = mosaics.get(session, result["mosaic"], HOUSE)
        shown, at = mosaics.films(session, mosaic.id), mosaics.places(session, mosaic.id)
        return mosaic, shown, at


def fill(hear: Hear, count: int = 20) -> list[int]:
    return [
        hear(f"Album {number:02}", number, f"Artist {'ZYX'[number % 3]}", seed=number % 4)
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("layout", ["sheet", "wall"])
def test_the_most_played_come_first_in_square_cells(hear: Hear, make: Make, layout: str) -> None:
    ids = fill(hear)

    mosaic, shown, at = make(layout=layout)

    assert at["width"] == at["height"]
    assert [one.album_id for one in shown] == ids[::-1]
    assert [one.half_stars for one in shown] == list(range(20, 0, -1))
    assert sum(one.has_poster for one in shown) == 15
    assert mosaic.title == "alice – albums, 2025"
    assert mosaic.alt.endswith(", and more.")
    assert "20 album covers, alice, 2025, most played first: Album 20 by Artist X (20 plays), " in (
        mosaic.alt
    )


def test_a_picture_is_made_of_covers(hear: Hear, make: Make) -> None:
    ids = fill(hear)

    mosaic, shown, at = make(layout="photo", target=ids[0], columns=8)

    assert mosaic.file
    assert at["width"] == at["height"]
    assert all(one.has_poster for one in shown)


def test_only_so_many_and_only_of_the_days(hear: Hear, make: Make) -> None:
    fill(hear, 6)
    hear("Later", 9, at=MARCH + 40 * clock.DAY)

    _, shown, _ = make(most=3)
    assert [one.title for one in shown] == ["Later", "Album 06", "Album 05"]

    mosaic, shown, _ = make(since="2025-03-10", until="2025-03-11")
    assert [one.title for one in shown][:2] == ["Album 06", "Album 05"]
    assert mosaic.title == "alice – albums, 10 March 2025 – 11 March 2025"

    mosaic, shown, _ = make(period="month:2025-04")
    assert [one.title for one in shown] == ["Later"]
    assert mosaic.title == "alice – albums, April 2025"


def test_the_household_is_the_sum_and_others_are_seen_only_where_they_share(
    db: Database, hear: Hear, make: Make, bob: int
) -> None:
    hear("Tago Mago", 3)
    hear("Tago Mago", 4, whose=bob)
    hear("Landed", 5, whose=bob)

    mosaic, shown, _ = make(whose="us")
    assert [(one.title, one.half_stars) for one in shown] == [("Tago Mago", 7), ("Landed", 5)]
    assert mosaic.title == "The household – albums, 2025"

    mosaic, shown, _ = make(whose=str(bob))
    assert [(one.title, one.half_stars) for one in shown] == [("Landed", 5), ("Tago Mago", 4)]
    assert mosaic.title == "bob – albums, 2025"

    with db.writing() as session:
        session.get_one(Listener, bob).is_shared = False
    with pytest.raises(Forbidden):
        make(whose=str(bob))
    with pytest.raises(NotFound):
        make(whose="999")


def test_in_the_order_asked_for(hear: Hear, make: Make) -> None:
    for title, plays, artist in (("B", 1, "Zappa"), ("A", 2, "Can"), ("C", 3, "Neu!")):
        hear(title, plays, artist)

    orders = {
        sequence: "".join(one.title for one in make(sequence=sequence)[1])
        for sequence in ("-plays", "plays", "title", "-title", "artist", "-artist")
    }

    assert orders == {
        "-plays": "CAB", "plays": "BAC", "title": "ABC", "-title": "CBA", "artist": "ACB",
        "-artist": "BCA",
    }  # fmt: skip


def test_the_same_once_more_is_the_same_picture_and_a_new_play_another(
    hear: Hear, make: Make
) -> None:
    fill(hear, 5)

    first, second = (make(layout="wall", captions=True)[0] for _ in range(2))
    hear("Album 05", 1, "Artist X", at=MARCH + clock.DAY)
    third = make(layout="wall", captions=True)[0]

    assert first.public_id == second.public_id != third.public_id


def test_made_twice_it_is_the_same_to_the_byte(hear: Hear, make: Make, db: Database) -> None:
    fill(hear, 8)
    first, _, _ = make(layout="sheet")
    with db.writing() as session:
        mosaics.remove(session, first.public_id, HOUSE)

    second, _, _ = make(layout="sheet")

    assert first.public_id != second.public_id
    assert first.sha256 == second.sha256


def test_how_often_stands_below_the_cover(settings: Settings, hear: Hear, make: Make) -> None:
    hear("Tago Mago", 3, seed=1)
    with_three = make(layout="wall", captions=True)
    hear("Tago Mago", 1, at=MARCH + clock.DAY)
    with_four = make(layout="wall", captions=True)

    pictures = [_bytes(settings, mosaic) for mosaic, _, _ in (with_three, with_four)]

    assert pictures[0] != pictures[1]


def _bytes(settings: Settings, mosaic: Mosaic) -> bytes:
    return Path(settings.pictures / str(mosaic.file)).read_bytes()


def test_a_recipe_makes_that_of_the_month_that_ended(
    db: Database, settings: Settings, hear: Hear, make: Make, alice: int
) -> None:
    hear("Tago Mago", 3)
    hear("Landed", 4, at=MARCH + 40 * clock.DAY)
    mosaic, _, _ = make(layout="wall")
    with db.writing() as session:
        owner = Owner(alice)
        recipe = recipes.keep(
            session, mosaic.public_id, Keeping(name="Monthly", which="month"), owner
        )
        recipes.set_monthly(session, recipe.public_id, owner, is_monthly=True)
        assert recipes.make_monthly(session, datetime(2025, 5, 1, tzinfo=UTC).date()) == 1
        args = session.scalars(select(Task.args).order_by(Task.id.desc())).first()
    assert args

    mosaic, shown, _ = finished(db, settings, alice, args)

    assert mosaic.title == "alice – albums, April 2025"
    assert [one.title for one in shown] == ["Landed"]
    assert mosaic.recipe_id is not None


def test_a_larger_size_is_of_the_same_albums(
    db: Database, settings: Settings, hear: Hear, make: Make, alice: int
) -> None:
    fill(hear, 6)
    mosaic, _, _ = make(most=4)
    with db.writing() as session:
        placed = mosaic_orders.at_size(session, mosaic, "square", owner=Owner(alice), zone="UTC")
        args = session.get_one(Task, placed.id).args

    larger, shown, _ = finished(db, settings, alice, args)

    assert larger.width == larger.height
    assert [one.title for one in shown] == ["Album 06", "Album 05", "Album 04", "Album 03"]


def test_where_nothing_was_played_it_says_so(hear: Hear, make: Make) -> None:
    hear("Tago Mago", 3)

    with pytest.raises(InvalidInput, match="alice has no albums for this period"):
        make(period="year:2020")
    with pytest.raises(InvalidInput, match="Choose an album's cover"):
        make(layout="photo")


@pytest.mark.parametrize(
    "asked",
    [
        {"period": "days:2025-02-30:2025-03-01"},
        {"period": "days:2025-03-02:2025-03-01"},
        {"since": "2025-03-02"},
        {"since": "2025-03-02", "until": "2025-03-01"},
        {"whose": "everybody"},
        {"most": 1_001},
        {"sequence": "rating"},
        {"only": "liked"},
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, Any], make: Make) -> None:
    with pytest.raises(ValidationError):
        make(**asked)
