"""Mosaics of records: covers in square cells, and a card of its own where there is none."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.errors import InvalidInput, NotFound
from core.settings import Settings
from core.store import FOLDER
from database import mosaic_orders, mosaics, recipes, record_covers
from database.engine import Database
from database.models import Mosaic, Person, Record, Task
from database.mosaic_asked import RecordsOrder
from database.owner import HOUSE, Owner
from database.recipes import Keeping
from fakes.cover_art import sleeve
from tests import factories
from tests.worker.listening import Listening, begin
from worker_jobs import own_pictures
from worker_jobs.mosaic.job import create_mosaic

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Make = Callable[..., tuple[Mosaic, list[mosaics.FilmShown], dict[str, Any]]]
Put = Callable[..., int]


@pytest.fixture
def put(db: Database, settings: Settings, alice: int) -> Put:
    """Put a record on alice's shelf; `seed` draws its cover, without one it has none."""

    def put_one(title: str, *, seed: int = 0, rating: int = 0, **said: Any) -> int:
        if seed:
            with Image.open(io.BytesIO(sleeve(seed))) as image:
                said["cover_sha256"] = own_pictures.keep(FOLDER, settings.covers, image)
        if rating:
            said["ratings"] = [{"value": rating, "rated_on": "2025-03-01"}]
        with db.writing() as session:
            return factories.record(session, session.get_one(Person, alice), title, **said)

    return put_one


@pytest.fixture
def make(db: Database, settings: Settings, alice: int) -> Make:
    def run(owner: int = alice, **args: Any) -> Any:
        order = RecordsOrder.model_validate(args)
        with db.writing() as session:
            placed = mosaic_orders.place(session, order, owner=Owner(owner), zone="UTC")
            asked = session.get_one(Task, placed.id).args
        listening: Listening = begin(db, settings, Owner(owner))
        result = create_mosaic(asked, listening)
        listening.finish()
        with db.reading() as session:
            mosaic = mosaics.get(session, result["mosaic"], HOUSE)
            shown, at = mosaics.films(session, mosaic.id), mosaics.places(session, mosaic.id)
            return mosaic, shown, at

    return run


def fill(put: Put, count: int = 30) -> list[int]:
    """Put records on the shelf of which every third has no cover."""
    return [
        put(
            f"Record {number:02}",
            seed=number if number % 3 else 0,
            rating=number % 11,
            artists=(f"Artist {'ZYXWV'[number % 5]}",),
            year=1960 + number,
            purchased_on=f"20{10 + number % 5}-0{1 + number % 9}-10",
        )
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("layout", ["sheet", "wall"])
def test_cells_are_square_and_each_record_is_there(put: Put, make: Make, layout: str) -> None:
    ids = fill(put)

    mosaic, shown, at = make(layout=layout)

    assert at["width"] == at["height"]
    assert {one.record_id for one in shown} == set(ids)
    assert sum(one.has_poster for one in shown) == 20
    assert mosaic.title == "alice – records, 2010 – 2014"
    assert "30 record covers, alice, 2010 – 2014, newest purchase first:" in mosaic.alt
    assert shown[0].watched_on == max(str(one.watched_on) for one in shown)


@pytest.mark.parametrize("size", ["a4", "story", "hd", "4k", "square"])
def test_of_an_exact_size_no_cover_loses_more_than_a_little_of_its_edge(
    settings: Settings, put: Put, make: Make, size: str
) -> None:
    fill(put)

    mosaic, _, at = make(layout="wall", size=size)

    assert 0.9 <= at["width"] / at["height"] <= 1.1
    with Image.open(settings.pictures / str(mosaic.file)) as image:
        assert image.size == (mosaic.width, mosaic.height)


def test_a_cover_is_shown_whole(settings: Settings, put: Put, make: Make) -> None:
    put("Tago Mago", seed=5)

    mosaic, _, at = make(layout="wall", gap="none")

    with Image.open(settings.pictures / str(mosaic.file)) as image:
        side = at["width"]
        cell = image.convert("RGB").crop((at["left"], at["top"], side, at["top"] + side))
    with Image.open(io.BytesIO(sleeve(5))) as cover:
        whole = cover.convert("RGB").resize((side, side))
    near = [
        abs(a - b) <= 40
        for a, b in zip(cell.resize((8, 8)).tobytes(), whole.resize((8, 8)).tobytes(), strict=True)
    ]
    assert all(near)


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize("options", [{}, {"tint": 0.3}, {"size": "a4", "small_tiles": True}])
def test_a_picture_is_made_of_covers(
    put: Put, make: Make, count: int, options: dict[str, Any]
) -> None:
    ids = fill(put, count)

    mosaic, shown, at = make(layout="photo", target=ids[0], columns=12, **options)

    assert 0.9 <= at["width"] / at["height"] <= 1.1
    assert len(at["cells"]) == at["columns"] * at["rows"]
    assert max(at["cells"]) < len(shown)
    assert mosaic.alt.startswith("Picture made of ")


def test_a_shelf_without_any_cover_becomes_cards(put: Put, make: Make) -> None:
    for number in range(7):
        put(f"Record {number}")

    for layout in ("sheet", "wall"):
        mosaic, shown, _ = make(layout=layout)
        assert mosaic.file and len(shown) == 7 and not any(one.has_poster for one in shown)


def test_a_cover_whose_file_is_lost_or_broken_becomes_a_card(
    db: Database, settings: Settings, put: Put, make: Make
) -> None:
    lost, broken = put("Lost", seed=1), put("Broken", seed=2)
    with db.reading() as session:
        paths: list[Path] = [
            record_covers.path_of(
                settings.covers, str(session.get_one(Record, record_id).cover_sha256)
            )
            for record_id in (lost, broken)
        ]
    paths[0].unlink()
    paths[1].write_bytes(b"nothing")

    mosaic, shown, _ = make(layout="wall")

    assert mosaic.file and len(shown) == 2


def test_only_active_records_of_the_time_and_the_rating_are_in_it(put: Put, make: Make) -> None:
    records: dict[str, dict[str, Any]] = {
        "in": {"rating": 8},
        "worse": {"rating": 7},
        "unrated": {},
        "earlier": {"rating": 9, "purchased_on": "2024-12-31"},
        "gone": {"rating": 9, "is_active": False},
    }
    for title, said in records.items():
        put(title, **said)

    def titles(**asked: str) -> list[str]:
        return sorted(one.title for one in make(layout="wall", **asked)[1])

    assert titles() == ["earlier", "in", "unrated", "worse"]
    assert titles(period="year:2025") == ["in", "unrated", "worse"]
    assert titles(period="month:2025-03", only="rated:8") == ["in"]
    assert titles(only="rated:7") == ["earlier", "in", "worse"]
    with pytest.raises(InvalidInput, match="alice has no records with 10 of 10 or more"):
        titles(only="rated:10")


@pytest.mark.parametrize(
    ("sequence", "titles"),
    [
        ("-watched", "cab"),
        ("watched", "bac"),
        ("-rating", "abc"),
        ("rating", "bac"),
        ("year", "cba"),
        ("title", "abc"),
        ("artist", "cba"),
        ("-artist", "abc"),
    ],
)
def test_records_stand_as_they_are_wanted(put: Put, make: Make, sequence: str, titles: str) -> None:
    put("a", rating=9, year=1990, artists=("Zappa",), purchased_on="2025-02-01")
    put("b", rating=4, year=1980, artists=("Élan",), purchased_on="2025-01-01")
    put("c", year=1970, artists=("Can",), purchased_on="2025-03-01")

    _, shown, _ = make(layout="wall", sequence=sequence)

    assert "".join(one.title for one in shown) == titles


@pytest.mark.parametrize("sequence", ["spectrum", "-spectrum", "islands"])
def test_by_colour_every_record_is_there(put: Put, make: Make, sequence: str) -> None:
    ids = fill(put, 12)

    assert {one.record_id for one in make(sequence=sequence, layout="wall")[1]} == set(ids)


def test_nothing_new_is_told_and_a_new_cover_makes_another_picture(
    db: Database, settings: Settings, put: Put, make: Make, alice: int
) -> None:
    record_id = put("Tago Mago", seed=1)
    first, again = make(layout="wall")[0], make(layout="wall")[0]
    with Image.open(io.BytesIO(sleeve(2))) as image:
        other = own_pictures.keep(FOLDER, settings.covers, image)
    with db.writing() as session:
        record_covers.show(session, record_id, other)

    assert again.public_id == first.public_id
    assert make(layout="wall")[0].sha256 != first.sha256
    assert alice


def test_a_recipe_of_records_is_made_of_its_month(
    db: Database, put: Put, make: Make, alice: int
) -> None:
    put("Tago Mago", seed=1)
    mosaic, _, _ = make(layout="wall", sequence="artist")
    with db.writing() as session:
        wanted = Keeping(name="Bought", which="last-month")
        recipe = recipes.keep(session, mosaic.public_id, wanted, Owner(alice))
        args = session.get_one(Task, recipes.make(session, recipe, "UTC").id).args
        sized = mosaic_orders.at_size(session, mosaic, "a4", owner=Owner(alice), zone="UTC")
        at_size = session.get_one(Task, sized.id).args

    assert (args["source"], args["period"], args["sequence"]) == ("records", "last-month", "artist")
    assert (at_size["source"], at_size["size"], at_size["sequence"]) == ("records", "a4", "artist")


def test_nobody_else_orders_it_again(db: Database, put: Put, make: Make, alice: int) -> None:
    put("Tago Mago")
    mosaic, _, _ = make(layout="wall")
    with db.writing() as session:
        bob, admin = factories.person(session, "bob"), factories.person(session, "root")
        as_admin = Owner(admin.id, is_admin=True)
        placed = mosaic_orders.again(session, mosaic, owner=as_admin, zone="UTC")

        assert session.get_one(Task, placed.id).person_id == alice
        with pytest.raises(NotFound):
            mosaic_orders.again(session, mosaic, owner=Owner(bob.id), zone="UTC")


def test_a_target_wants_a_cover(put: Put, make: Make) -> None:
    bare = put("Bare")

    with pytest.raises(InvalidInput, match="This record has no cover"):
        make(layout="photo", target=bare)
    with pytest.raises(InvalidInput, match="Choose a record's cover"):
        make(layout="photo")
    with pytest.raises(NotFound):
        make(layout="photo", target=999)


def test_a_record_that_is_deleted_stays_in_the_list(db: Database, put: Put, make: Make) -> None:
    record_id = put("Tago Mago")
    mosaic, _, _ = make(layout="wall")
    with db.writing() as session:
        session.delete(session.get_one(Record, record_id))

    with db.reading() as session:
        (shown,) = mosaics.films(session, mosaic.id)
    assert (shown.title, shown.director, shown.record_id) == ("Tago Mago", "Can", None)
