"""Finished mosaics below the pages: who sees which, and what an order becomes."""

from itertools import count
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from core.names import fold
from database import mosaic_orders, mosaics, tasks
from database.models import Mosaic, MosaicFilm
from database.mosaic_asked import FeedOrder, Order
from database.mosaic_orders import Files
from database.owner import HOUSE, Owner
from tests.factories import person

_numbers = count(1)
STRANGER = Owner(guest_hash="somebody else's")
GUEST = Owner(guest_hash="a guest's")


def mosaic(session: Session, name: str = "dave", **given: Any) -> Mosaic:
    number = next(_numbers)
    usual: dict[str, Any] = {
        "public_id": f"{number:032x}",
        "is_shared": False,
        "name": name,
        "name_folded": fold(name),
        "title": f"{name} - March 2025",
        "alt": "Mosaic of 2 film posters",
        "recipe": {"source": "feed", "letterboxd_username": name, "period": "month"}
        | {"layout": "sheet", "scale": 2, "upload": None, "zone": "UTC"},
        "file": f"{number}.jpg",
        "sha256": "0" * 64,
        "size": 1_000,
        "width": 640,
        "height": 250,
        "preview_width": 640,
        "preview_height": 250,
        "created_at": clock.now(),
    }
    made = Mosaic(**usual | given)
    session.add(made)
    session.flush()
    return made


def test_one_of_ones_own_is_found_and_somebody_elses_is_not(session: Session) -> None:
    alice, bob = person(session), person(session)
    made = mosaic(session, person_id=alice.id)

    assert mosaics.get(session, made.public_id, Owner(alice.id)) is made
    assert mosaics.get(session, made.public_id, HOUSE) is made
    for other in (Owner(bob.id), STRANGER, Owner()):
        with pytest.raises(NotFound):
            mosaics.get(session, made.public_id, other)


def test_one_made_from_a_public_feed_may_be_seen_by_everybody_and_removed_by_its_owner(
    session: Session,
) -> None:
    made = mosaic(session, is_shared=True, guest_hash="a guest's")

    assert mosaics.get(session, made.public_id, STRANGER) is made
    with pytest.raises(NotFound):
        mosaics.remove(session, made.public_id, STRANGER)
    file = str(made.file)
    assert mosaics.remove(session, made.public_id, GUEST) == [*mosaics.files_of(file)]
    with pytest.raises(NotFound):
        mosaics.get(session, made.public_id, GUEST)


def test_its_films_go_with_it_and_come_in_reading_order(session: Session) -> None:
    made = mosaic(session, guest_hash="a guest's")
    for position, title in ((1, "Ran"), (0, "Stalker")):
        session.add(MosaicFilm(mosaic_id=made.id, position=position, title=title, has_poster=True))
    session.flush()

    assert [film.title for film in mosaics.films(session, made.id)] == ["Stalker", "Ran"]
    mosaics.remove(session, made.public_id, GUEST)
    assert mosaics.films(session, made.id) == []


@pytest.mark.parametrize(
    ("position", "first", "count", "before", "after"),
    [
        (-1, 0, 3, None, 3), (0, 0, 3, None, 3), (2, 0, 3, None, 3), (4, 3, 3, 0, 6),
        (6, 6, 1, 3, None), (7, 6, 1, 3, None), (1 << 62, 6, 1, 3, None),
    ],
)  # fmt: skip
def test_of_many_films_there_is_the_part_that_is_asked_for(
    session: Session, monkeypatch: pytest.MonkeyPatch, position: int, first: int, count: int,
    before: int | None, after: int | None,
) -> None:  # fmt: skip
    monkeypatch.setattr(mosaics, "FILMS_PAGE", 3)
    made = mosaic(session)
    for number in range(7):
        session.add(
            MosaicFilm(mosaic_id=made.id, position=number, title=str(number), has_poster=True)
        )
    session.flush()

    part = mosaics.part(session, made.id, position)

    assert [film.title for film in part.films] == [str(first + at) for at in range(count)]
    assert (part.first, part.of, part.before, part.after) == (first, 7, before, after)


def test_of_no_films_the_part_is_none(session: Session) -> None:
    assert mosaics.part(session, mosaic(session).id, 9) == ([], 0, 0)


def test_where_its_films_stand_is_asked_for_by_itself(session: Session) -> None:
    grid = {"left": 0, "top": 0, "columns": 2, "rows": 1, "cells": [1, 0]}
    known, unknown = mosaic(session, places=grid), mosaic(session)
    session.expire_all()

    assert mosaics.places(session, known.id) == grid
    assert mosaics.places(session, unknown.id) is None


def test_the_latest_of_a_name_in_any_case_that_one_may_see(session: Session) -> None:
    shared = mosaic(session, "Dave", is_shared=True, created_at=1)
    mosaic(session, "dave", guest_hash="a guest's", created_at=2)
    mosaic(session, "dave2", is_shared=True, created_at=3)

    assert mosaics.latest_of_name(session, "DAVE", STRANGER) is shared
    assert len(mosaics.of_name(session, "dave", GUEST)) == 2
    assert mosaics.latest_of_name(session, "nobody", GUEST) is None


def test_the_gallery_goes_on_where_the_last_page_ended(session: Session) -> None:
    alice, bob = person(session), person(session)
    made = [mosaic(session, person_id=alice.id) for _ in range(5)]
    mosaic(session, person_id=bob.id)
    shared = mosaic(session, person_id=bob.id, is_shared=True)

    first = mosaics.gallery(session, Owner(alice.id), limit=4)
    rest = mosaics.gallery(session, Owner(alice.id), before=first[-1].id, limit=4)

    newest = [shared.id, *(one.id for one in reversed(made))]
    assert [one.id for one in first + rest] == newest


def test_a_guests_gallery_holds_their_own_only(session: Session) -> None:
    mine = mosaic(session, guest_hash="a guest's")
    mosaic(session, guest_hash="somebody else's", is_shared=True)

    assert [one.id for one in mosaics.gallery(session, GUEST)] == [mine.id]
    assert mosaics.gallery(session, Owner()) == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("dave", "dave"),
        ("  Dave_1 ", "Dave_1"),
        ("@dave", "dave"),
        ("https://letterboxd.com/dave/", "dave"),
        ("letterboxd.com/dave/films/diary", "dave"),
        ("http://www.Letterboxd.com/dave?x=1", "dave"),
    ],
)
def test_a_name_is_what_was_typed_or_stands_in_a_pasted_address(typed: str, name: str) -> None:
    assert FeedOrder(letterboxd_username=typed).letterboxd_username == name


@pytest.mark.parametrize(
    "typed", ["", "  ", "a b", "dävid", "x" * 41, "../etc", "da\nve", "http://evil.example/dave"]
)
def test_anything_else_is_not_a_name(typed: str) -> None:
    with pytest.raises(ValidationError):
        FeedOrder(letterboxd_username=typed)


@pytest.mark.parametrize("period", ["month", "last30", "all", "year:2025", "month:2025-12"])
def test_periods_that_are(period: str) -> None:
    assert Order(period=period).period == period


@pytest.mark.parametrize("period", ["", "year", "year:25", "month:2025-13", "all\nx", "week"])
def test_periods_that_are_not(period: str) -> None:
    with pytest.raises(ValidationError):
        Order(period=period)


def test_the_same_order_twice_while_the_first_is_open_is_one_task(session: Session) -> None:
    def place(name: str, period: str, owner: Owner) -> int:
        order = FeedOrder(letterboxd_username=name, period=period)
        return mosaic_orders.place(session, order, owner=owner, zone="UTC").id

    first = place("dave", "month", GUEST)

    assert place("DAVE", "month", GUEST) == first
    assert place("dave", "last30", GUEST) != first
    assert place("dave", "month", STRANGER) != first


def test_an_order_of_a_file_says_what_the_worker_needs(session: Session) -> None:
    alice = person(session)
    files = Files("0123.upload", "my export.zip")

    made = mosaic_orders.place(
        session, Order(period="all"), owner=Owner(alice.id), zone="Europe/Berlin", files=files
    )

    task = tasks.get(session, made.public_id, Owner(alice.id))
    assert task.args == {
        "source": "export",
        "letterboxd_username": None,
        "upload": "0123.upload",
        "file_name": "my export.zip",
        "period": "all",
        "only": "all",
        "sequence": "-watched",
        "layout": "sheet",
        "scale": 2,
        "zone": "Europe/Berlin",
    }


def test_a_mosaic_is_made_again_for_whoever_asks(session: Session) -> None:
    made = mosaic(session, is_shared=True, guest_hash="somebody else's")

    task = mosaic_orders.again(session, made, owner=GUEST, zone="Asia/Tokyo")

    assert tasks.get(session, task.public_id, GUEST).args["zone"] == "Asia/Tokyo"


def test_one_that_came_from_a_file_is_not(session: Session) -> None:
    made = mosaic(session, recipe={"source": "export", "upload": "gone.upload"})

    with pytest.raises(Conflict):
        mosaic_orders.again(session, made, owner=GUEST, zone="UTC")
