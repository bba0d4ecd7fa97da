"""The form with everything that can be asked of a mosaic, and what becomes of what is sent."""

import html
import io
import re
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from core import clock
from database import tasks
from database.models import Person, Worker
from database.mosaic_sizes import WORDS
from database.mosaic_words import LAYOUTS, SEQUENCES
from database.owner import HOUSE
from tests import factories
from tests.hall import Hall
from tests.web.conftest import Visitor, house, member
from webapp import uploads as webapp_uploads

JSON = {"Accept": "application/json"}


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def hall(app: Flask) -> Hall:
    return Hall(house(app).db, house(app).settings.pictures)


def order(visitor: Visitor, **typed: Any) -> Any:
    return visitor.submit("/mosaics/new", to="/mosaics", **({"form": "new"} | typed))


def png(side: int = 40) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(out, "PNG")
    out.seek(0)
    return out


def uploads(app: Flask) -> list[str]:
    folder = house(app).settings.uploads
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def test_everything_that_may_be_asked_is_offered(guest: Visitor) -> None:
    page = guest.get("/mosaics/new").text

    offered = set(re.findall(r'<option value="([^"]*)"', page))
    assert set(SEQUENCES) | set(WORDS) <= offered
    assert {f'value="{layout}"' in page for layout in LAYOUTS} == {True}
    assert "Your own" not in page  # a guest has no collection


def test_a_wall_is_ordered_with_all_it_needs_and_no_more(guest: Visitor, hall: Hall) -> None:
    answer = order(
        guest, of="feed", letterboxd_username="dave", layout="wall", period="last30",
        only="rated:8", sequence="islands", size="a3", columns="12", gap="wide", ground="mean",
        captions="1", apart="9", tint="0.4",
    )  # fmt: skip

    assert answer.status_code == 303
    args = hall.args_of(answer.location)
    assert args == {
        "source": "feed", "letterboxd_username": "dave", "upload": None, "file_name": None,
        "zone": args["zone"], "period": "last30", "only": "rated:8", "sequence": "islands",
        "layout": "wall", "size": "a3", "columns": 12, "small_tiles": False, "gap": "wide",
        "ground": "mean", "heading": False, "captions": True,
    }  # fmt: skip


def test_a_picture_is_kept_for_the_worker_to_be_made_of_posters(
    carol: Visitor, hall: Hall, app: Flask
) -> None:
    answer = order(
        carol, of="feed", letterboxd_username="dave", layout="photo",
        target_picture=(png(), "me.png"), tint="0.15", once="1",
    )  # fmt: skip

    args = hall.args_of(answer.location)
    assert (args["tint"], args["once"], args["target"]) == (0.15, True, None)
    assert uploads(app) == [args["target_upload"]]
    kept = house(app).settings.uploads / args["target_upload"]
    assert kept.read_bytes() == png().getvalue()


def test_an_export_and_a_picture_may_come_together(carol: Visitor, hall: Hall, app: Flask) -> None:
    answer = order(
        carol, of="export", layout="photo", period="all",
        export=(io.BytesIO(b"PK not looked at here"), "e.zip"), target_picture=(png(), "me.png"),
    )  # fmt: skip

    args = hall.args_of(answer.location)
    assert {args["upload"], args["target_upload"]} == set(uploads(app))
    with house(app).db.reading() as session:
        task = tasks.get(session, answer.location.rpartition("/")[2], HOUSE)
    assert sorted(task.uploads) == sorted(uploads(app))


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"layout": "photo"}, "target_picture", "Choose a film&#39;s poster, or send a picture."),
        ({"layout": "wall", "columns": "0"}, "columns", "From 1 to 200"),
        ({"layout": "wall", "columns": "201"}, "columns", "From 1 to 200"),
        ({"layout": "wall", "columns": "many"}, "columns", "From 1 to 200"),
        ({"layout": "wall", "size": "a0"}, "size", "Choose one of normal, largest, story"),
        ({"layout": "photo", "tint": "0.5"}, "tint", "From 0, not at all"),
        ({"layout": "photo", "tint": "nan"}, "tint", "From 0, not at all"),
        ({"layout": "photo", "apart": "21"}, "apart", "From 0 to 20"),
        ({"layout": "photo", "seed": "9" * 40}, "seed", "With each one once: another number"),
        ({"layout": "frieze"}, "layout", "Choose sheet, wall or photo"),
        ({"sequence": "random"}, "sequence", "Choose watched"),
        ({"only": "list:x"}, "only", "Choose all, rewatches"),
        ({"of": "export", "layout": "wall"}, "export", "Choose the zip file"),
        ({"of": "films", "layout": "wall"}, "of", "log in"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_the_form(
    guest: Visitor, app: Flask, typed: dict[str, str], field: str, sentence: str
) -> None:
    given = {"of": "feed", "letterboxd_username": "dave"} | typed

    answer = order(guest, **given)

    assert answer.status_code == 422
    assert sentence in answer.text and "A new mosaic" in answer.text
    if field and field != "of":
        assert f'href="#{field}' in answer.text
    assert not uploads(app)


def test_what_a_layout_does_not_show_is_not_asked(guest: Visitor, hall: Hall) -> None:
    """Somebody looked at the other layouts first, and left something there."""
    left = {"apart": "99", "columns": "many", "size": "a4", "tint": "x", "gap": "none"}

    answer = order(guest, of="feed", letterboxd_username="dave", layout="sheet", **left)

    assert answer.status_code == 303
    assert not hall.args_of(answer.location).keys() & left.keys()


def test_what_failed_leads_back_to_the_form_with_all_that_was_asked(
    carol: Visitor, app: Flask
) -> None:
    location = order(
        carol, of="feed", letterboxd_username="dave", layout="photo", period="last30",
        target_picture=(png(), "me.png"), once="1", tint="0.0", apart="0", size="square",
    ).location  # fmt: skip
    with house(app).db.writing() as session:
        task = tasks.get(session, location.rpartition("/")[2], HOUSE)
        task.status, task.error_msg = "ERROR", "Too few."
        task.finished_at = task.created_at

    home = carol.get(f"/?task={task.public_id}").text
    back = re.search(r'href="([^"]+)">Change what is asked for', home)
    assert back and "Too few." in home
    page = carol.get(html.unescape(back[1])).text

    for value in ("last30", "0.0", "square"):
        assert f'<option value="{value}" selected>' in page
    for field in (
        r'id="layout-photo" value="photo"',
        r'id="of-feed" value="feed"',
        r'id="once"[^>]*',
    ):
        assert re.search(f"{field} checked", page)
    assert not re.search(r'id="small_tiles"[^>]* checked', page)
    assert re.search(r'id="apart"[^>]* value="0"', page) and 'value="dave"' in page


def test_what_was_typed_is_still_there(guest: Visitor) -> None:
    answer = order(
        guest, of="feed", letterboxd_username="two words", layout="wall", size="a3",
        sequence="-year", heading="1", columns="7",
    )  # fmt: skip

    page = answer.text
    assert 'value="two words"' in page and 'value="7"' in page
    for wanted in ("a3", "-year"):
        assert f'<option value="{wanted}" selected>' in page
    assert re.search(r'id="layout-wall" value="wall" checked', page)
    assert re.search(r'id="heading"[^>]* checked', page)


def test_a_picture_that_is_too_large_is_not_kept(
    carol: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webapp_uploads, "PICTURE_BYTES", 100)
    large = io.BytesIO(bytes(101))

    answer = order(
        carol, of="feed", letterboxd_username="dave", layout="photo",
        target_picture=(large, "huge.png"),
    )  # fmt: skip

    assert (
        answer.status_code == 422 and "Choose a picture: JPEG, PNG or WebP, at most" in answer.text
    )
    assert not uploads(app)


def test_a_guest_cannot_name_a_film_as_target(guest: Visitor, app: Flask) -> None:
    with house(app).db.writing() as session:
        film = factories.film(session, "Alien")

    answer = order(guest, of="feed", letterboxd_username="dave", layout="photo", target=film.id)

    assert answer.status_code == 422


def test_a_member_finds_their_lists_and_what_they_watched_lately(
    carol: Visitor, app: Flask
) -> None:
    with house(app).db.writing() as session:
        person = session.query(Person).filter_by(name="carol").one()
        source = factories.source(session, person)
        film = factories.film(session, "Alien", 1979)
        factories.viewing(session, film, source)
        film.poster_sha256 = "ab" * 32
        factories.film_list(session, person.id, ["Alien", "Jaws"], name="Space <b>")

    page = carol.get("/mosaics/new").text

    assert "Space &lt;b&gt; (2)" in page and "Your own" in page
    assert f'<option value="{film.id}">Alien (1979)' in page


def test_the_address_may_say_some_of_it(carol: Visitor) -> None:
    page = carol.get("/mosaics/new?layout=photo&size=square&target=999").text

    assert re.search(r'id="layout-photo" value="photo" checked', page)
    assert '<option value="square" selected>' in page


def test_a_sketch_is_shown_while_there_is_one(carol: Visitor, app: Flask) -> None:
    location = order(carol, of="feed", letterboxd_username="dave", layout="wall").location
    task_id = location.rpartition("/")[2]
    folder = house(app).settings.pictures
    folder.mkdir(exist_ok=True)
    assert carol.get(f"{location}/sketch.jpg").status_code == 404

    with house(app).db.writing() as session:
        task = tasks.get(session, task_id, HOUSE)
        worker = Worker(host="h", boot_id="b", pid=1, lock_name="l", started_at=clock.now())
        session.add(worker)
        session.flush()
        task.status, task.worker_id, task.attempt = "PROGRESSING", worker.id, 1
        task.claimed_at = task.created_at
    (folder / f"{task_id}.1.sketch.jpg").write_bytes(png().getvalue())

    assert f"{task_id}/sketch.jpg" in carol.get(location).text
    answer = carol.get(f"{location}/sketch.jpg", buffered=True)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert member(app, "bob").get(f"{location}/sketch.jpg").status_code == 404


def test_a_script_may_ask_for_all_of_it(carol: Visitor, hall: Hall) -> None:
    headers = JSON | {"X-CSRFToken": carol.token("/")}
    body = {"letterboxd_username": "dave", "layout": "wall", "columns": 4, "captions": True}

    answer = carol.post("/mosaics", json=body, headers=headers)

    assert answer.status_code == 202 and answer.json
    assert hall.args_of(answer.json["url"])["columns"] == 4
