"""Home and the pages of mosaics: asking for one, looking at one, fetching it, deleting it."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core import room
from database import mosaics, quota, tasks
from database.models import Person
from database.owner import HOUSE
from tests import factories
from tests.hall import BYTES, Hall
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member
from webapp import uploads

JSON = {"Accept": "application/json"}


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def hall(app: Flask) -> Hall:
    return Hall(house(app).db, house(app).settings.pictures)


def fetch(visitor: Visitor, address: str, **said: Any) -> TestResponse:
    """Get a file to its end, so that the app closes it."""
    return visitor.get(address, buffered=True, **said)


def ask(visitor: Visitor, **typed: Any) -> TestResponse:
    return visitor.submit("/", to="/mosaics", **typed)


def test_an_order_leads_to_its_task(guest: Visitor, hall: Hall) -> None:
    answer = ask(guest, letterboxd_username=" Dave ", period="last30")

    assert answer.status_code == 303
    args = hall.args_of(str(answer.location))
    assert (args["source"], args["letterboxd_username"]) == ("feed", "Dave")
    assert (args["period"], args["layout"]) == ("last30", "sheet")


def test_the_same_order_twice_is_one_task(guest: Visitor, carol: Visitor) -> None:
    first = ask(guest, letterboxd_username="dave", period="month").location

    assert ask(guest, letterboxd_username="DAVE", period="month").location == first
    assert ask(carol, letterboxd_username="dave", period="month").location != first


def test_a_name_that_is_none_comes_back_with_the_form(guest: Visitor) -> None:
    answer = ask(guest, letterboxd_username="two words", period="last30")

    assert answer.status_code == 422
    assert 'value="two words"' in answer.text and 'aria-invalid="true"' in answer.text
    assert "letters, digits and _" in answer.text
    assert re.search(r'value="last30" checked', answer.text)


def test_a_script_orders_in_json(bob: Visitor) -> None:
    headers = JSON | {"X-CSRFToken": bob.token("/")}

    made = bob.post("/mosaics", json={"letterboxd_username": "dave"}, headers=headers)
    wrong = bob.post("/mosaics", json={"letterboxd_username": "?"}, headers=headers)

    assert made.status_code == 202
    assert made.json and made.json["url"] == f"/tasks/{made.json['task']}"
    assert wrong.status_code == 422
    assert wrong.json and list(wrong.json["problems"]) == ["letterboxd_username"]


def test_a_file_is_kept_for_the_worker(bob: Visitor, hall: Hall, app: Flask) -> None:
    file = (io.BytesIO(b"zipped"), "../../etc/my export.zip")

    answer = ask(bob, of="export", export=file, period="year:2024")

    args = hall.args_of(str(answer.location))
    assert (args["source"], args["file_name"]) == ("export", "my export.zip")
    kept = house(app).settings.uploads / args["upload"]
    assert kept.read_bytes() == b"zipped" and kept.parent == kept.resolve().parent


def test_a_file_that_is_too_big_is_refused_and_not_kept(
    bob: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 1_000)

    answer = ask(bob, of="export", export=(io.BytesIO(bytes(1_001)), "big.zip"), period="all")

    assert answer.status_code == 413
    assert list(house(app).settings.uploads.glob("*")) == []


def test_a_file_is_refused_unread_where_there_is_little_room(
    bob: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "WATERMARK", 1 << 62)

    answer = ask(bob, of="export", export=(io.BytesIO(b"zipped"), "my.zip"), period="all")

    assert answer.status_code == 507 and "The disk is full. Make room" in answer.text
    assert list(house(app).settings.uploads.glob("*")) == []


def test_no_file_chosen_is_said_at_the_field(bob: Visitor) -> None:
    answer = ask(bob, of="export", export=(io.BytesIO(b""), ""), period="year:2020")

    assert answer.status_code == 422
    form = answer.text[answer.text.index("From an export") :]
    assert 'href="#export">Choose the zip file' in form
    assert re.search(r'id="export"[^>]* aria-invalid="true"', form)
    assert '<option value="year:2020" selected>' in form


def test_another_sequence_is_another_mosaic(app: Flask, bob: Visitor) -> None:
    worker = StandIn(house(app).db)
    first = ask(bob, letterboxd_username="dave")
    second = ask(bob, letterboxd_username="dave", sequence="-rating")

    assert first.location != second.location
    assert ask(bob, letterboxd_username="dave", sequence="-watched").location == first.location
    found = [worker.take().args["sequence"] for _ in range(2)]
    assert found == ["-watched", "-rating"]


@pytest.mark.parametrize(
    "typed",
    [
        {"letterboxd_username": "two words", "period": "month"},
        {"letterboxd_username": "dave", "period": "never"},
        {"letterboxd_username": "dave", "layout": "pile"},
        {"letterboxd_username": "dave", "sequence": "shoe size"},
        {"of": "films", "period": "never"},
        {"of": "films", "period": "all", "sequence": "-"},
        {"of": "games", "period": "all"},
        {"of": "plays", "period": "never"},
        {"of": "records", "period": "never"},
        {"of": "export", "period": "never"},
        {"of": "export", "period": "all"},
    ],
)
@pytest.mark.parametrize("who", ["bob", "guest"])
def test_every_problem_leads_to_a_field_that_is_there(
    request: pytest.FixtureRequest, app: Flask, who: str, typed: dict[str, str]
) -> None:
    visitor: Visitor = request.getfixturevalue(who)
    if visitor.id:
        with house(app).db.writing() as session:
            own = factories.source(session, session.get_one(Person, visitor.id))
            factories.viewing(session, factories.film(session), own)

    answer = ask(visitor, **typed)

    assert answer.status_code == 422 and answer.text.count("Please look again") == 1
    said = answer.text[answer.text.index("Please look again") :].partition("</ul>")[0]
    for field in re.findall(r'href="#([^"]*)"', said):
        assert f' id="{field}"' in answer.text


def test_what_was_not_chosen_well_is_said_in_the_form_that_was_sent(
    bob: Visitor, app: Flask
) -> None:
    with house(app).db.writing() as session:
        own = factories.source(session, session.get_one(Person, bob.id))
        factories.viewing(session, factories.film(session), own)

    page = ask(bob, of="films", period="never").text

    form = page[page.index("From your films") : page.index("From an export")]
    assert 'href="#films-period"' in form and 'id="films-period-hint"' in form


def test_guests_and_members_order_so_much_an_hour_however_they_ask(
    guest: Visitor, hall: Hall
) -> None:
    """Ordering, cancelling and ordering again is no way around the limit."""
    mosaic = hall.hang(is_shared=True)
    for _ in range(5):
        task = str(ask(guest, letterboxd_username="dave", period="month").location)
        guest.submit(task, to=f"{task}/cancel")
        second = str(guest.submit(task, to=f"{task}/again").location)
        guest.submit(second, to=f"{second}/cancel")
        for _ in range(2):
            assert guest.submit("/", to=f"/mosaics/{mosaic.public_id}/again").status_code == 303

    for address in (f"{task}/again", f"/mosaics/{mosaic.public_id}/again"):
        assert guest.submit("/", to=address).status_code == 429
    assert ask(guest, letterboxd_username="dave", period="month").status_code == 429


def test_nobody_has_the_whole_queue(bob: Visitor, hall: Hall) -> None:
    names = [f"name{number}" for number in range(quota.MOST_OPEN)]
    open_ones = [str(ask(bob, letterboxd_username=name).location) for name in names]
    mosaic = hall.hang(bob.id)

    said = ask(bob, letterboxd_username="one_more")

    assert said.status_code == 429
    assert "You have 20 tasks open already" in said.text
    for address in (f"/mosaics/{mosaic.public_id}/again", "/films/import"):
        export = {"export": (io.BytesIO(b"zipped"), "my.zip")} if "import" in address else {}
        assert bob.submit("/", to=address, **export).status_code == 429
    assert list(hall.pictures.parent.glob("uploads/*")) == []
    # The same once more is no more than before.
    assert ask(bob, letterboxd_username=names[0]).location == open_ones[0]
    bob.submit(open_ones[0], to=f"{open_ones[0]}/cancel")
    assert bob.submit(open_ones[0], to=f"{open_ones[0]}/again").status_code == 303
    assert bob.submit("/", to=f"/mosaics/{mosaic.public_id}/again").status_code == 429


def test_the_collection_is_a_members_own(bob: Visitor, guest: Visitor, hall: Hall) -> None:
    answer = ask(bob, of="films", period="all")

    assert hall.args_of(str(answer.location))["source"] == "films"
    assert ask(guest, of="films", period="all").status_code == 422


def test_a_mosaics_page_shows_it_and_tells_its_films(bob: Visitor, hall: Hall) -> None:
    mosaic = hall.hang(bob.id, recipe={"note": "The feed holds 50 entries."})

    page = bob.get(f"/mosaics/{mosaic.public_id}").text

    assert f'src="/mosaics/{mosaic.public_id}/preview.jpg"' in page
    assert 'alt="Mosaic of 1 film poster: Ran (1985)"' in page
    assert "&lt;Ran&gt;" in page and "<Ran>" not in page
    for told in ("★★★★½", "4 Mar 2025", "Akira Kurosawa", "2.3 MB", "The feed holds 50 entries."):
        assert told in page


def test_the_picture_is_fetched_once(bob: Visitor, hall: Hall) -> None:
    mosaic = hall.hang(bob.id)
    address = f"/mosaics/{mosaic.public_id}.jpg"

    first = fetch(bob, address)

    assert (first.data, first.mimetype) == (BYTES, "image/jpeg")
    assert first.headers["ETag"] == f'"{mosaic.sha256}"'
    assert "immutable" in first.headers["Cache-Control"]
    assert "private" in first.headers["Cache-Control"]
    assert first.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    again = fetch(bob, address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_download_has_a_name(bob: Visitor, hall: Hall) -> None:
    mosaic = hall.hang(bob.id, title='Élodie "x" - March')

    answer = fetch(bob, f"/mosaics/{mosaic.public_id}.jpg?download")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''%C3%89lodie" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("rest", ["", ".jpg", "/preview.jpg", "/delete"])
def test_a_private_one_is_nobody_elses(
    bob: Visitor, carol: Visitor, alice: Visitor, hall: Hall, rest: str
) -> None:
    address = f"/mosaics/{hall.hang(bob.id).public_id}{rest}"

    assert carol.get(address).status_code == 404
    assert fetch(bob, address).status_code == fetch(alice, address).status_code == 200


def test_one_of_a_public_feed_is_for_the_house(bob: Visitor, guest: Visitor, hall: Hall) -> None:
    mosaic = hall.hang(bob.id, is_shared=True)

    page = guest.get(f"/mosaics/{mosaic.public_id}")

    assert page.status_code == 200 and "/delete" not in page.text
    assert fetch(guest, f"/mosaics/{mosaic.public_id}.jpg").status_code == 200


def test_a_picture_that_made_room_can_be_made_again(bob: Visitor, hall: Hall) -> None:
    mosaic = hall.hang(bob.id, file=None)
    address = f"/mosaics/{mosaic.public_id}"

    page = bob.get(address).text
    assert "made room" in page and "preview.jpg" not in page
    # The way to it stands right below the reason, and nowhere else.
    assert page.count("Make it again") == 1
    assert page.index("made room") < page.index("Make it again") < page.index('class="facts"')
    assert bob.get(f"{address}.jpg").status_code == 404

    answer = bob.submit(address, to=f"{address}/again")
    assert hall.args_of(str(answer.location))["period"] == "month:2025-03"


def test_again_by_an_admin_is_of_its_owners_films(bob: Visitor, alice: Visitor, hall: Hall) -> None:
    recipe = {"source": "films", "period": "year:2024", "layout": "sheet", "zone": "Asia/Tokyo"}
    address = f"/mosaics/{hall.hang(bob.id, recipe=recipe).public_id}"

    answer = alice.submit(address, to=f"{address}/again")

    with hall.db.reading() as session:
        task = tasks.get(session, str(answer.location).rpartition("/")[2], HOUSE)
    assert (task.person_id, task.args["zone"]) == (bob.id, "Asia/Tokyo")
    assert bob.get(str(answer.location)).status_code == 200


def test_a_dropped_picture_is_told_of_at_its_address(bob: Visitor, hall: Hall) -> None:
    dropped, lost = hall.hang(bob.id, file=None), hall.hang(bob.id)
    (hall.pictures / str(lost.file)).unlink()

    assert "was dropped to make room" in bob.get(f"/mosaics/{dropped.public_id}.jpg").text
    assert "The file of this picture is gone" in bob.get(f"/mosaics/{lost.public_id}.jpg").text


def test_the_latest_of_a_name_with_the_older_ones(bob: Visitor, hall: Hall) -> None:
    older = hall.hang(bob.id, "Dave", created_at=1)
    newer = hall.hang(bob.id, "dave", created_at=2)

    page = bob.get("/user/DAVE").text

    assert f"<h1>{newer.title}</h1>" in page and older.title in page


def test_a_name_without_one_gets_the_form(guest: Visitor) -> None:
    answer = guest.get("/user/<x>")

    assert answer.status_code == 404
    assert 'value="&lt;x&gt;"' in answer.text and 'action="/mosaics"' in answer.text


def test_deleting_asks_first_and_takes_the_files_too(bob: Visitor, hall: Hall) -> None:
    mosaic = hall.hang(bob.id)
    page = f"/mosaics/{mosaic.public_id}/delete"
    assert mosaic.title in bob.get(page).text

    answer = bob.submit(page)

    assert answer.status_code == 303
    assert "The mosaic is deleted." in bob.get("/mosaics").text
    assert bob.get(f"/mosaics/{mosaic.public_id}").status_code == 404
    assert not list(hall.pictures.glob(f"{str(mosaic.file)[:-4]}.*"))


def test_a_guest_deletes_their_own(guest: Visitor, hall: Hall) -> None:
    task = str(ask(guest, letterboxd_username="dave", period="month").location)
    with hall.db.reading() as session:
        key = tasks.get(session, task.rpartition("/")[2], HOUSE).guest_hash
    mosaic = hall.hang(guest_hash=key)
    page = f"/mosaics/{mosaic.public_id}/delete"
    assert f'href="{page}"' in guest.get(f"/mosaics/{mosaic.public_id}").text

    answer = guest.submit(page)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "The mosaic is deleted." in guest.get("/").text
    assert not (hall.pictures / str(mosaic.file)).exists()


def test_a_guest_does_not_delete_another_guests(guest: Visitor, bob: Visitor, hall: Hall) -> None:
    ask(guest, letterboxd_username="dave", period="month")
    for mosaic in (hall.hang(guest_hash="0" * 64, is_shared=True), hall.hang(bob.id)):
        address = f"/mosaics/{mosaic.public_id}/delete"

        assert guest.get(address).status_code == 404
        assert guest.submit("/", to=address).status_code == 404
        assert (hall.pictures / str(mosaic.file)).exists()


def test_deleting_somebody_elses_does_nothing(bob: Visitor, carol: Visitor, hall: Hall) -> None:
    mosaic = hall.hang(bob.id, is_shared=True)

    answer = carol.submit("/", to=f"/mosaics/{mosaic.public_id}/delete")

    assert answer.status_code == 404
    assert (hall.pictures / str(mosaic.file)).exists()


def test_the_gallery_has_pages(bob: Visitor, hall: Hall) -> None:
    assert "No mosaics yet" in bob.get("/mosaics").text
    oldest = hall.hang(bob.id)
    for _ in range(mosaics.PAGE):
        hall.hang(bob.id)

    first = bob.get("/mosaics").text
    older = re.search(r'rel="next" href="([^"]+)"', first)

    assert f">{oldest.title}<" not in first
    assert older and f">{oldest.title}<" in bob.get(older[1]).text


def test_home_shows_what_is_new_and_a_guest_their_own(
    bob: Visitor, guest: Visitor, hall: Hall
) -> None:
    mosaic = hall.hang(bob.id, is_shared=True)

    assert mosaic.title in bob.get("/").text
    assert mosaic.title not in guest.get("/").text
