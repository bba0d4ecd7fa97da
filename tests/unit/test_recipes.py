"""Recipes below the pages: kept, named, made once and again, and ordered once for each month."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, NotFound, TooMany
from database import mosaic_files, mosaics, quota, recipes, tasks
from database.models import Mosaic, Recipe, Task
from database.mosaic_files import FilmIn, Made
from database.owner import HOUSE, Owner
from database.recipes import Keeping, Naming
from database.viewings import Seen
from tests.factories import film, person
from tests.unit.test_mosaics import GUEST, mosaic

NOT_SHARED = False
OF_FILMS = {
    "source": "films", "letterboxd_username": None, "upload": None, "file_name": None,
    "zone": "UTC", "period": "month:2026-11", "only": "all", "sequence": "-watched",
    "layout": "wall", "size": "a4",
}  # fmt: skip


def kept(session: Session, owner: Owner, name: str = "Wall", **args: Any) -> Recipe:
    """Keep the recipe of a mosaic of the person's own films."""
    made = mosaic(session, person_id=owner.person_id, recipe=OF_FILMS | args)
    return recipes.keep(session, made.public_id, Keeping(name=name), owner)


@pytest.fixture
def alice(session: Session) -> Owner:
    return Owner(person(session, "alice").id)


@pytest.fixture
def bob(session: Session) -> Owner:
    return Owner(person(session, "bob").id)


def ordered(session: Session) -> list[dict[str, Any]]:
    return list(session.scalars(select(Task.args).order_by(Task.id)))


def test_it_says_what_was_asked_and_nothing_of_how_it_came_out(
    session: Session, alice: Owner
) -> None:
    said: dict[str, Any] = {
        "note": "old",
        "fingerprint": "f",
        "made_for": "2026-10",
        "recipe_id": 9,
    }

    recipe = kept(session, alice, **said)

    assert recipe.args == OF_FILMS


@pytest.mark.parametrize("which", ["month", "last-month", "all"])
def test_it_may_be_of_other_films_each_time(session: Session, alice: Owner, which: Any) -> None:
    made = mosaic(session, person_id=alice.person_id, recipe=OF_FILMS)

    recipe = recipes.keep(session, made.public_id, Keeping(name="Wall", which=which), alice)

    assert recipe.args["period"] == which


def test_names_are_ones_own_and_differ_by_more_than_case(
    session: Session, alice: Owner, bob: Owner
) -> None:
    kept(session, alice, "Wall of November")
    assert kept(session, bob, "Wall of November").name == "Wall of November"

    with pytest.raises(Conflict, match="You have a recipe “WALL of  november” already"):
        kept(session, alice, "WALL of  november")


def test_another_name_must_be_free_too(session: Session, alice: Owner) -> None:
    kept(session, alice, "One")
    two = kept(session, alice, "Two")

    recipes.rename(session, two.public_id, Naming(name="tWo"), alice)
    assert recipes.named(session, "TWO", alice) is two
    with pytest.raises(Conflict):
        recipes.rename(session, two.public_id, Naming(name="ONE"), alice)


def test_there_is_an_end_to_them(
    session: Session, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "MOST", 1)
    kept(session, alice)

    with pytest.raises(Conflict, match="delete one"):
        kept(session, alice, "Another")


def test_a_public_feeds_may_be_kept_by_every_member_a_collections_by_its_own(
    session: Session, alice: Owner, bob: Owner
) -> None:
    public = mosaic(session, person_id=bob.person_id, is_shared=True)
    shared = mosaic(session, person_id=bob.person_id, is_for_members=True, recipe=OF_FILMS)

    assert recipes.keep(session, public.public_id, Keeping(name="Dave"), alice)
    for who, what in ((alice, shared), (GUEST, public), (HOUSE, shared)):
        with pytest.raises(NotFound):
            recipes.keep(session, what.public_id, Keeping(name="Bob's"), who)


def test_somebody_elses_is_not_there(session: Session, alice: Owner, bob: Owner) -> None:
    recipe = kept(session, alice)

    for verb in (
        lambda: recipes.get(session, recipe.public_id, bob),
        lambda: recipes.get(session, recipe.public_id, HOUSE),
        lambda: recipes.named(session, "Wall", bob),
        lambda: recipes.rename(session, recipe.public_id, Naming(name="x"), bob),
        lambda: recipes.set_monthly(session, recipe.public_id, bob, is_monthly=True),
        lambda: recipes.remove(session, recipe.public_id, bob),
    ):
        with pytest.raises(NotFound):
            verb()
    assert recipes.listed(session, bob) == []


def test_the_newest_mosaic_of_each_is_shown(session: Session, alice: Owner) -> None:
    first, second = kept(session, alice, "First"), kept(session, alice, "Second")
    old: dict[str, Any] = {"person_id": alice.person_id, "recipe_id": first.id, "created_at": 1}
    mosaic(session, **old)
    newest = mosaic(session, **old | {"created_at": 1 << 50})
    session.flush()

    shown = recipes.listed(session, alice)

    assert [one.name for one in shown] == ["First", "Second"]
    assert shown[0].latest and shown[0].latest.public_id == newest.public_id
    # The one that it was kept of counts as its first.
    assert shown[1].latest and second.name == "Second"


def test_made_by_hand_it_is_ordered_for_its_person_and_counts(
    session: Session, alice: Owner
) -> None:
    recipe = kept(session, alice)

    first = recipes.make(session, recipe, "Asia/Tokyo")

    task = session.get_one(Task, first.id)
    assert task.args == OF_FILMS | {"zone": "Asia/Tokyo", "recipe_id": recipe.id}
    assert (task.person_id, task.lane) == (alice.person_id, "long")
    assert recipes.make(session, recipe, "UTC").id == first.id
    for number in range(quota.MOST_OPEN - 1):
        tasks.enqueue(session, "x", {"number": number}, owner=alice)
    with pytest.raises(TooMany):
        recipes.make(session, kept(session, alice, "One more"), "UTC")


def test_the_month_that_has_ended_is_ordered_once(
    session: Session, alice: Owner, bob: Owner
) -> None:
    for owner, period in ((alice, "month"), (alice, "last-month"), (bob, "all")):
        recipe = kept(session, owner, period, period=period)
        recipes.set_monthly(session, recipe.public_id, owner, is_monthly=True)
    kept(session, bob, "By hand")

    counts = [recipes.make_monthly(session, date(2026, 12, day)) for day in (1, 1, 31)]

    assert counts == [3, 0, 0]
    said = [(args["period"], args["made_for"]) for args in ordered(session)]
    assert said == [("month:2026-11", "2026-11")] * 2 + [("all", "2026-11")]
    assert {task.lane for task in session.scalars(select(Task))} == {"long"}
    assert recipes.make_monthly(session, date(2027, 1, 1)) == 3
    assert ordered(session)[-1]["made_for"] == "2026-12"


def test_a_clock_that_was_ahead_keeps_no_month_from_being_made(
    session: Session, alice: Owner
) -> None:
    recipe = kept(session, alice, period="month")
    recipes.set_monthly(session, recipe.public_id, alice, is_monthly=True)

    months = [date(2036, 3, 1), date(2026, 12, 1), date(2026, 12, 1)]

    assert [recipes.make_monthly(session, today) for today in months] == [1, 1, 0]


def test_nobody_is_kept_from_their_monthly_mosaics_by_what_they_have_open(
    session: Session, alice: Owner
) -> None:
    recipe = kept(session, alice)
    recipes.set_monthly(session, recipe.public_id, alice, is_monthly=True)
    for number in range(quota.MOST_OPEN):
        tasks.enqueue(session, "x", {"number": number}, owner=alice)

    assert recipes.make_monthly(session, date(2026, 12, 1)) == 1


def test_a_feeds_monthly_one_waits_with_the_long_work(session: Session, alice: Owner) -> None:
    recipe = kept(session, alice, source="feed", letterboxd_username="dave", period="month")
    recipes.set_monthly(session, recipe.public_id, alice, is_monthly=True)

    recipes.make_monthly(session, date(2026, 12, 1))

    assert session.scalars(select(Task.lane)).all() == ["long"]


def made(alice: Owner, recipe_id: int | None) -> Made:
    return Made(
        "a" * 32, 1, alice.person_id, None, NOT_SHARED, "alice", "alice", "alt", {}, "a.jpg",
        "0" * 64, 1, 10, 10, 10, 10, recipe_id=recipe_id,
    )  # fmt: skip


def test_a_recipe_that_was_deleted_meanwhile_costs_no_mosaic(
    session: Session, alice: Owner, bob: Owner
) -> None:
    recipe, other = kept(session, alice), kept(session, bob)
    task = recipes.make(session, recipe, "UTC")
    gone = recipe.id
    recipes.remove(session, recipe.public_id, alice)
    ran = film(session, "Ran")
    seen = Seen(ran.id, "Ran", 1985, None, None, None, None, is_rewatch=False)

    for number, recipe_id in enumerate((gone, other.id)):
        new = made(alice, recipe_id)._replace(
            public_id=f"{number:032}x", file=f"x{number}.jpg", task_id=task.id
        )
        mosaic_files.add(session, new, [FilmIn(seen, has_poster=False)])
        found = session.scalars(select(Mosaic).where(Mosaic.public_id == new.public_id)).one()
        assert found.recipe_id is None
        found.task_id = None
        session.flush()


def test_its_mosaics_stay_when_it_goes(session: Session, alice: Owner) -> None:
    recipe = kept(session, alice)
    first = session.scalars(select(Mosaic)).one()
    assert first.recipe_id == recipe.id and recipes.of_mosaic(session, first, alice) is recipe

    recipes.remove(session, recipe.public_id, alice)

    session.expire(first)
    assert mosaics.get(session, first.public_id, alice).recipe_id is None
    assert recipes.of_mosaic(session, first, alice) is None


def test_the_picture_that_one_is_made_after_is_kept(session: Session, alice: Owner) -> None:
    kept(session, alice, target_sha256="ab" * 32)
    mosaic(session, recipe=OF_FILMS | {"target_sha256": "cd" * 32})
    mosaic(session, recipe=OF_FILMS)

    assert mosaic_files.targets(session) == {"ab" * 32, "cd" * 32}
