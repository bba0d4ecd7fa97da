"""A mosaic made again: of the very same it is the one that is there; of anything else a new one."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core import clock
from core.errors import InvalidInput
from core.settings import Settings
from database import mosaic_orders, mosaics, recipes, tasks
from database.engine import Database
from database.models import Film, Mosaic, Person, Recipe, Task, Viewing
from database.mosaic_asked import Order
from database.owner import HOUSE, Owner
from database.recipes import Keeping
from fakes.films import find
from fakes.letterboxd import FakeLetterboxd
from tests import factories
from tests.worker.listening import Listening, begin
from tests.worker.test_mosaic_job import asked, month
from worker_jobs.monthly import make_monthly
from worker_jobs.mosaic import fingerprint
from worker_jobs.mosaic.job import create_mosaic

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def alice(db: Database) -> Owner:
    """She has watched two films this month."""
    today = datetime.now(UTC).date().isoformat()
    with db.writing() as session:
        person = factories.person(session, "alice")
        source = factories.source(session, person)
        for title in ("Ran", "Stalker"):
            factories.viewing(session, factories.film(session, title), source, today)
        return Owner(person.id)


@pytest.fixture
def make(db: Database, settings: Settings, alice: Owner) -> Make:
    """Run the job for alice, or `owner`, and finish it; return its result."""

    def run(owner: Owner = alice, **args: Any) -> dict[str, Any]:
        listening = begin(db, settings, owner)
        order = Order(period="all", layout="wall").args
        usual = {"source": "films", "letterboxd_username": None, **order}
        result = create_mosaic(asked(**usual | args), listening)
        listening.finish()
        return result

    return run


def count(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Mosaic)) or 0


def test_of_the_very_same_it_is_the_one_that_is_there(db: Database, make: Make) -> None:
    first = make()

    again = make(zone="Europe/London", file_name="x")

    assert again["mosaic"] == first["mosaic"] and count(db) == 1
    assert again["result_url"] == f"/mosaics/{first['mosaic']}?new=0"
    assert "Nothing is new since then" in again["note"]


def more(db: Database) -> None:
    with db.writing() as session:
        source = factories.source(session, session.scalars(select(Person)).one())
        factories.viewing(session, factories.film(session, "Jaws"), source)


def retitled(db: Database) -> None:
    with db.writing() as session:
        session.execute(update(Film).where(Film.title == "Ran").values(title="乱"))


def rated(db: Database) -> None:
    with db.writing() as session:
        session.execute(update(Viewing).values(half_stars=9))


def without_file(db: Database) -> None:
    with db.writing() as session:
        session.execute(update(Mosaic).values(file=None))


@pytest.mark.parametrize("happens", [more, retitled, rated, without_file])
def test_of_something_else_it_is_a_new_one(
    db: Database, make: Make, happens: Callable[[Database], None]
) -> None:
    first = make()
    happens(db)

    assert make()["mosaic"] != first["mosaic"]


def test_a_file_that_is_lost_is_made_anew(settings: Settings, make: Make) -> None:
    first = make()
    for path in settings.pictures.glob("*.jpg"):
        path.unlink()

    assert make()["mosaic"] != first["mosaic"]


def test_a_poster_that_is_new_makes_a_new_one(
    letterboxd: FakeLetterboxd, db: Database, make: Make
) -> None:
    first = make()
    number = find("Jaws").id
    address = f"{letterboxd.url}/resized/film-poster/1/{number}-ran-0-500-0-750-crop.jpg"
    with db.writing() as session:
        session.execute(update(Film).where(Film.title == "Ran").values(poster_address=address))

    assert make()["mosaic"] != first["mosaic"]


def test_another_order_or_another_drawing_makes_a_new_one(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {make()["mosaic"]}
    for order in ({"gap": "none"}, {"columns": 1}, {"sequence": "title"}, {"layout": "sheet"}):
        found.add(make(**order)["mosaic"])
    monkeypatch.setattr(fingerprint, "_drawing", lambda: "another")
    found.add(make()["mosaic"])

    assert len(found) == 6


def test_somebody_elses_is_not_given(letterboxd: FakeLetterboxd, make: Make) -> None:
    letterboxd.member("dave", month("Jaws"))
    feed = {"source": "feed", "letterboxd_username": "dave", "period": "month"}

    found = [make(owner, **feed)["mosaic"] for owner in (Owner(guest_hash="g"), HOUSE)]
    found += [make(**feed)["mosaic"], make(Owner(guest_hash="g"), **feed)["mosaic"]]

    assert len(set(found)) == 3 and found[0] == found[3]


def test_a_picture_made_of_posters_is_of_its_target_and_seed(
    db: Database, settings: Settings, make: Make
) -> None:
    from PIL import Image

    def sent(colour: str) -> dict[str, Any]:
        Image.new("RGB", (60, 60), colour).save(settings.uploads / "t.upload", "PNG")
        return {"target_upload": "t.upload"}

    photo = Order(period="all", layout="photo", target=1, columns=4).args | {"target": None}
    first = make(**photo, **sent("red"))["mosaic"]

    assert make(**photo, **sent("red"))["mosaic"] == first
    with db.reading() as session:
        kept = mosaic_orders.wanted_again(mosaics.get(session, first, HOUSE))
    assert make(**kept)["mosaic"] == first
    assert make(**photo, **sent("blue"))["mosaic"] != first
    assert make(**photo | {"tint": 0.4}, **sent("red"))["mosaic"] != first


def recipe_of(db: Database, alice: Owner, mosaic: str, name: str = "Wall") -> int:
    with db.writing() as session:
        return recipes.keep(session, mosaic, Keeping(name=name), alice).id


def test_what_a_recipe_makes_is_its_own(db: Database, alice: Owner, make: Make) -> None:
    recipe = recipe_of(db, alice, make()["mosaic"])
    more(db)

    new = make(recipe_id=recipe)["mosaic"]

    with db.reading() as session:
        (shown,) = recipes.listed(session, alice)
        made = mosaics.get(session, new, alice)
    assert shown.latest and shown.latest.public_id == new
    assert "recipe_id" not in mosaic_orders.wanted_again(made)


def test_one_that_is_there_becomes_a_recipes_that_has_none(
    db: Database, alice: Owner, make: Make
) -> None:
    first = make()["mosaic"]
    recipe = recipe_of(db, alice, first)
    with db.writing() as session:
        session.execute(update(Mosaic).values(recipe_id=None))

    assert make(recipe_id=recipe)["mosaic"] == first

    with db.reading() as session:
        assert session.scalar(select(Mosaic.recipe_id)) == recipe


def monthly(db: Database, alice: Owner, period: str) -> None:
    with db.writing() as session:
        args = asked(source="films", letterboxd_username=None) | Order(layout="wall").args
        args |= {"period": period}
        session.add(
            Recipe(
                public_id="r", person_id=alice.person_id, name="Wall", name_folded="wall",
                args=args, is_monthly=True, created_at=clock.now(),
            )
        )  # fmt: skip


def test_the_schedules_job_orders_each_once(db: Database, settings: Settings, alice: Owner) -> None:
    monthly(db, alice, "last-month")

    results = [make_monthly({}, begin(db, settings)) for _ in range(2)]

    assert results == [{"ordered": 1}, {"ordered": 0}]
    with db.reading() as session:
        (args,) = session.scalars(select(Task.args).where(Task.person_id == alice.person_id))
    before = datetime.now(UTC).date().replace(day=1).toordinal() - 1
    assert args["period"] == f"month:{date.fromordinal(before):%Y-%m}"


def test_a_month_without_films_ends_with_a_sentence_and_no_retry(
    db: Database, settings: Settings, alice: Owner
) -> None:
    monthly(db, alice, "month")
    make_monthly({}, begin(db, settings))
    with db.reading() as session:
        (args,) = session.scalars(select(Task.args).where(Task.person_id == alice.person_id))
    run: Listening = begin(db, settings, alice)

    with pytest.raises(InvalidInput, match="alice has no films for this period") as caught:
        create_mosaic(args, run)

    assert caught.value.retry_after is None
    assert tasks.label("make_monthly", {}) == "Ordering the monthly mosaics"
