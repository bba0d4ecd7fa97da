"""Who sees a mosaic, at which sizes it is made again, and how it is printed."""

from typing import Any

import pytest
from flask import Flask

from database.models import Mosaic
from tests.hall import Hall
from tests.web.conftest import Visitor, house, member
from tests.web.test_recipes import JSON, RECIPE


@pytest.fixture
def hall(app: Flask) -> Hall:
    return Hall(house(app).db, house(app).settings.pictures)


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def wall(hall: Hall, bob: Visitor) -> Mosaic:
    return hall.hang(bob.id, "bob", recipe=RECIPE)


@pytest.fixture
def large(hall: Hall, bob: Visitor) -> Mosaic:
    return hall.hang_large(bob.id, title="bob – März 2026", recipe=RECIPE)


def test_shared_it_is_every_members_to_see_and_nobody_elses(
    bob: Visitor, carol: Visitor, guest: Visitor, wall: Mosaic
) -> None:
    page = f"/mosaics/{wall.public_id}"
    assert "Only you" in bob.get(page).text and carol.get(page).status_code == 404

    assert bob.submit(page, to=f"{page}/share", members="1").status_code == 303

    assert "Everyone in the household" in bob.get(page).text
    for address in (page, f"{page}/preview.jpg", f"{page}.jpg"):
        with carol.get(address) as answer:
            assert answer.status_code == 200
    assert wall.title in carol.get("/mosaics").text
    assert carol.get("/user/bob").status_code == 200
    assert guest.get(page).status_code == 404 and guest.get(f"{page}.jpg").status_code == 404
    assert wall.title not in guest.get("/user/bob").text

    bob.submit(page, to=f"{page}/share", members="0")
    assert carol.get(page).status_code == 404 and wall.title not in carol.get("/mosaics").text


def test_others_see_no_button_that_is_the_owners(
    bob: Visitor, carol: Visitor, wall: Mosaic
) -> None:
    page = f"/mosaics/{wall.public_id}"
    bob.submit(page, to=f"{page}/share")

    shown = carol.get(page).text

    for word in ("Delete", "Keep it", "Make it again", "Another size"):
        assert word not in shown
    for verb in ("share", "delete", "keep", "again", "size"):
        answer = carol.submit("/", to=f"{page}/{verb}", name="x", size="a4", members="0")
        assert answer.status_code == 404, verb
    assert "Everyone in the household" in shown


def test_an_admin_shares_only_their_own(alice: Visitor, wall: Mosaic, hall: Hall) -> None:
    page = f"/mosaics/{wall.public_id}"
    shown = alice.get(page).text

    assert "Only whose it is" in shown and "Share with the household" not in shown
    assert alice.submit(page, to=f"{page}/share").status_code == 404
    own = hall.hang(alice.id)
    assert "Share with the household" in alice.get(f"/mosaics/{own.public_id}").text


def test_of_a_public_feed_anybody_sees_it(bob: Visitor, guest: Visitor, hall: Hall) -> None:
    public = hall.hang(bob.id, is_shared=True)

    for visitor in (bob, guest):
        page = visitor.get(f"/mosaics/{public.public_id}").text
        assert "Anybody: made from a public feed" in page and "Share with" not in page


def test_an_admin_reads_whose_a_guests_or_the_houses_is(alice: Visitor, hall: Hall) -> None:
    of_guest, of_house = hall.hang(guest_hash="g" * 64), hall.hang()

    assert "Only the guest whose it is" in alice.get(f"/mosaics/{of_guest.public_id}").text
    assert "<dd>Only admins</dd>" in alice.get(f"/mosaics/{of_house.public_id}").text


def test_another_size_is_the_same_order_at_that_size(
    bob: Visitor, wall: Mosaic, hall: Hall
) -> None:
    page = f"/mosaics/{wall.public_id}"
    assert '<option value="a4" selected>A4</option>' in bob.get(page).text

    answer = bob.submit(page, to=f"{page}/size", size="a2-wide")

    assert answer.status_code == 303
    args = hall.args_of(str(answer.location))
    same = {name: args[name] for name in ("source", "period", "layout")}
    assert same == {name: RECIPE[name] for name in same}
    assert (args["size"], args["columns"]) == ("a2-wide", None)
    assert bob.submit(page, to=f"{page}/size", size="a7").status_code == 422
    assert bob.submit(page, to=f"{page}/size").status_code == 422


def test_a_sheet_becomes_a_wall_and_says_so(guest: Visitor, hall: Hall) -> None:
    feed = {"source": "feed", "letterboxd_username": "dave", "period": "month", "layout": "sheet"}
    public = hall.hang(is_shared=True, recipe=feed | {"scale": 2, "zone": "UTC"})
    page = f"/mosaics/{public.public_id}"
    assert "this becomes a wall" in guest.get(page).text

    args = hall.args_of(str(guest.submit(page, to=f"{page}/size", size="a4").location))

    assert (args["layout"], args["size"], args["gap"]) == ("wall", "a4", "thin")
    assert "scale" not in args and args["letterboxd_username"] == "dave"


def test_that_nothing_is_new_is_said_once_asked_again(bob: Visitor, wall: Mosaic) -> None:
    page = f"/mosaics/{wall.public_id}"

    assert "Nothing is new since then" in bob.get(f"{page}?new=0").text
    assert "Nothing is new since then" not in bob.get(page).text


def test_the_pdf_holds_the_picture_as_it_is(bob: Visitor, large: Mosaic, hall: Hall) -> None:
    data = (hall.pictures / str(large.file)).read_bytes()

    answer = bob.get(f"/mosaics/{large.public_id}.pdf", buffered=True)

    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-1.6\n") and answer.data.endswith(b"%%EOF\n")
    assert data in answer.data and answer.content_length == len(answer.data)
    assert b"/MediaBox [0 0 595.276 841.890]" in answer.data
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "M%C3%A4rz" in answer.headers["Content-Disposition"]
    assert answer.cache_control.private and not answer.cache_control.public


def test_the_pdf_is_not_sent_twice_nor_to_others(
    bob: Visitor, carol: Visitor, guest: Visitor, large: Mosaic
) -> None:
    address = f"/mosaics/{large.public_id}.pdf"
    tag = bob.get(address, buffered=True).headers["ETag"]

    same = bob.get(address, headers={"If-None-Match": tag}, buffered=True)

    assert (same.status_code, same.data) == (304, b"")
    head = bob.client.head(address, buffered=True)
    assert head.status_code == 200 and head.data == b"" and (head.content_length or 0) > 1_000
    assert carol.get(address).status_code == guest.get(address).status_code == 404


@pytest.mark.parametrize("what", ["dropped", "lost", "broken"])
def test_without_its_picture_there_is_no_pdf(bob: Visitor, hall: Hall, what: str) -> None:
    dropped: dict[str, Any] = {"file": None} if what == "dropped" else {}
    mosaic = hall.hang(bob.id, **dropped)
    if what == "lost":
        (hall.pictures / str(mosaic.file)).unlink()

    assert bob.get(f"/mosaics/{mosaic.public_id}.pdf").status_code == 404


def test_what_is_read_tells_of_the_pdf(bob: Visitor, wall: Mosaic) -> None:
    told = bob.get(f"/mosaics/{wall.public_id}", headers=JSON).json

    assert told and told["pdf"] == f"/mosaics/{wall.public_id}.pdf" and told["recipe"] is None
