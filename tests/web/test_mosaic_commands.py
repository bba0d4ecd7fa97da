"""mosaic with all that can be asked of one, and recipe, as somebody at a terminal gives them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from PIL import Image
from sqlalchemy import select

from core.settings import Settings
from database import recipes
from database.engine import Database
from database.models import Person, Recipe, Task
from database.owner import Owner
from tests import factories
from tests.web.conftest import Visitor, house
from webapp import waiting

Asked = Callable[..., dict[str, Any]]
ARGS = {
    "source": "films", "letterboxd_username": None, "upload": None, "file_name": None,
    "zone": "UTC", "period": "all", "only": "all", "sequence": "title", "layout": "wall",
    "size": "normal", "columns": None, "small_tiles": False, "gap": "none", "ground": "black",
    "heading": False, "captions": False,
}  # fmt: skip


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def wall(db: Database, bob: Visitor) -> Recipe:
    """Bob's recipe of two films of his."""
    with db.writing() as session:
        person = session.get_one(Person, bob.id)
        source = factories.source(session, person)
        for title in ("Ran", "Stalker"):
            factories.viewing(session, factories.film(session, title), source)
        recipe = Recipe(
            public_id="r", person_id=bob.id, name="Wall of bob", name_folded="wall of bob",
            args=ARGS, is_monthly=True, created_at=0,
        )  # fmt: skip
        session.add(recipe)
    return recipe


@pytest.fixture
def asked(
    run: FlaskCliRunner, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """Give `mosaic` with these, and a worker that ends at once; return what it is told to do."""
    (tmp_path / "worker.py").write_text("raise SystemExit(0)")
    monkeypatch.setattr(waiting, "ROOT", tmp_path)

    def ask(*args: str) -> dict[str, Any]:
        give(run, "mosaic", *args)
        with db.reading() as session:
            (task,) = session.scalars(select(Task))
        return task.args | {"owner": task.person_id}

    return ask


def give(run: FlaskCliRunner, *args: str) -> Result:
    return run.invoke(args=list(args))


@pytest.mark.slow
def test_a_recipe_is_made_where_it_was_asked_for(
    run: FlaskCliRunner, db: Database, bob: Visitor, wall: Recipe, tmp_path: Path
) -> None:
    out = tmp_path / "wall.jpg"

    done = give(run, "mosaic", "--recipe", "WALL of bob", "--user", "Bob", "--out", str(out))

    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == str(out)
    with Image.open(out) as picture:
        assert picture.size == (384, 288)
    with db.reading() as session:
        (shown,) = recipes.listed(session, Owner(bob.id))
    assert shown.latest and wall.name == shown.name


def test_recipes_are_listed_with_what_they_are(run: FlaskCliRunner, wall: Recipe) -> None:
    done = give(run, "recipe", "list", "--user", "bob")

    assert done.output == (
        f"{wall.name}  monthly  A wall of posters and nothing else, of your films, everything,"
        " by title, A to Z\n"
    )
    assert give(run, "recipe", "list", "--user", "nobody").exit_code == 1


def test_everything_can_be_asked_of_ones_own_films(asked: Asked, bob: Visitor) -> None:
    wall = "--layout wall --size a3 --columns 9 --gap wide --ground mean --heading --captions"
    args = asked("--user", "bob", "--period", "all", "--only", "rated:8",
         "--sequence", "islands", "--small-tiles", *wall.split())  # fmt: skip
    assert args["owner"] == bob.id and args["source"] == "films"
    wanted = {
        "period": "all", "only": "rated:8", "sequence": "islands", "layout": "wall", "size": "a3",
        "columns": 9, "small_tiles": True, "gap": "wide", "ground": "mean", "heading": True,
        "captions": True,
    }  # fmt: skip
    assert {name: args[name] for name in wanted} == wanted


def test_a_picture_made_of_posters_is_after_a_file(
    asked: Asked, settings: Settings, tmp_path: Path
) -> None:
    target = tmp_path / "cat.png"
    target.write_bytes(b"a cat")
    how = "--layout photo --tint 0.1 --apart 2 --most-uses 7 --once --seed 5"

    args = asked("--letterboxd", "dave", "--target", str(target), *how.split())
    assert (settings.uploads / args["target_upload"]).read_bytes() == b"a cat"
    wanted = {"tint": 0.1, "apart": 2, "most_uses": 7, "once": True, "seed": 5, "target": None}
    assert {name: args[name] for name in wanted} == wanted
    assert args["letterboxd_username"] == "dave" and args["layout"] == "photo"


def test_everything_can_be_asked_of_ones_own_records(asked: Asked, bob: Visitor) -> None:
    args = asked("--records", "--user", "bob", "--only", "rated:8", "--sequence", "artist",
                 "--layout", "photo", "--target-record", "7")  # fmt: skip

    assert args["owner"] == bob.id and args["source"] == "records"
    wanted = {"period": "all", "only": "rated:8", "sequence": "artist", "target": 7}
    assert {name: args[name] for name in wanted} == wanted


@pytest.mark.slow
def test_a_wall_of_records_is_made_where_it_was_asked_for(
    run: FlaskCliRunner, db: Database, bob: Visitor, tmp_path: Path
) -> None:
    with db.writing() as session:
        for number in range(4):
            factories.record(session, session.get_one(Person, bob.id), f"Record {number}")
    out = tmp_path / "covers.jpg"

    done = give(run, "mosaic", "--records", "--user", "bob", "--layout", "wall", "--out", str(out))

    assert done.exit_code == 0, done.output
    with Image.open(out) as picture:
        assert picture.size == (384, 384)


def test_whose_records_needs_saying_where_several_live(
    asked: Asked, run: FlaskCliRunner, bob: Visitor, alice: Visitor
) -> None:
    assert alice.id != bob.id
    assert asked("--records", "--user", "bob")["source"] == "records"

    done = give(run, "mosaic", "--records")

    assert done.exit_code == 1
    assert "Say whose with --user NAME: alice, bob." in done.output


def test_where_one_person_lives_it_is_theirs(asked: Asked, bob: Visitor) -> None:
    args = asked("--records")

    assert (args["source"], args["owner"]) == ("records", bob.id)


def test_a_picture_made_of_posters_is_after_a_films(asked: Asked, bob: Visitor) -> None:
    args = asked("--user", "bob", "--layout", "photo", "--target-film", "7")

    assert (args["target"], args["owner"]) == (7, bob.id) and "target_upload" not in args


def test_what_is_not_said_is_as_it_always_was(asked: Asked) -> None:
    args = asked("--letterboxd", "dave")
    assert (args["period"], args["layout"], args["scale"]) == ("month", "sheet", 2)
    assert "size" not in args and "target_upload" not in args


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("--recipe x", "Give --recipe NAME together with --user NAME alone."),
        ("--recipe x --user bob --letterboxd dave", "together with --user NAME alone."),
        ("--recipe x --user bob", "There is no recipe x."),
        ("--recipe x --user nobody", "There is no person nobody."),
        ("--recipe x --user bob --gap none", "A recipe says everything"),
        ("--user bob --letterboxd dave", "Give either --letterboxd NAME or --export FILE"),
        ("--user nobody", "There is no person nobody."),
        ("--letterboxd dave --size a4", "A sheet is as large as its text needs"),
        ("--letterboxd dave --layout photo", "Choose a film's poster, or send a picture."),
        ("--letterboxd dave --layout photo --tint 9", "From 0, not at all"),
        ("--letterboxd dave --only rated:11", "Choose all, rewatches, liked"),
        ("--records --letterboxd dave", "Give --records or --plays with --user"),
        ("--records --user bob --only liked", "Choose all or rated:8"),
        ("--user bob --sequence artist", "Choose watched, rating"),
        ("--letterboxd dave --gap none", "A sheet has no use for --gap: choose another --layout."),
        ("--letterboxd dave --target schema.sql", "A sheet has no use for --target:"),
        ("--letterboxd dave --layout wall --small-tiles --once", "A wall has no use for --once:"),
    ],
)
def test_what_cannot_be_is_one_line(
    run: FlaskCliRunner, bob: Visitor, args: str, said: str
) -> None:
    assert bob.id

    done = give(run, "mosaic", *args.split())

    assert done.exit_code == 1
    assert done.output.startswith("Error: ") and done.output.count("\n") == 1
    assert said in done.output
