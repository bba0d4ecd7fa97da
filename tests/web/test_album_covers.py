"""Covers of albums on the pages: shown, brought, looked for, taken away."""

import io

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from core.plays import Heard, Named, Source, row_key
from database import album_covers, scrobbles, tasks
from database.engine import Database
from database.models import Album, Task
from database.owner import HOUSE
from database.record_covers import path_of
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house

SHA = "ab" * 32
JSON = {"Accept": "application/json"}


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def album_id(db: Database, bob: Visitor) -> int:
    named, at = Named("Paperhouse", ("Can",), "<Tago Mago>"), 1_780_000_000_000
    with db.writing() as session:
        heard = Heard(named, at, Source.SCROBBLE, row_key(Source.SCROBBLE, at))
        scrobbles.keep(session, bob.id, [heard])
        found: int = session.scalars(select(Album.id).where(Album.title == named.album)).one()
        return found


def shows(app: Flask, album_id: int) -> None:
    file = path_of(house(app).settings.covers, SHA)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"\xff\xd8\xff")
    with house(app).db.writing() as session:
        album_covers.show(session, album_id, SHA)


def task_of(db: Database, address: str) -> Task:
    with db.reading() as session:
        return tasks.get(session, address.rpartition("/")[2], HOUSE)


def test_a_cover_may_be_kept_by_the_browser(app: Flask, bob: Visitor, album_id: int) -> None:
    address = f"/listening/albums/{album_id}/cover.jpg"
    assert bob.get(address).status_code == 404
    shows(app, album_id)

    with bob.get(address) as answer:
        assert answer.data == b"\xff\xd8\xff"

    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "private" in answer.headers["Cache-Control"]
    assert answer.headers["ETag"] == f'"{SHA}"'
    with bob.get(address, headers={"If-None-Match": f'"{SHA}"'}) as known:
        assert known.status_code == 304


def test_what_counts_as_another_album_shows_that_ones(
    app: Flask, db: Database, bob: Visitor, album_id: int
) -> None:
    with db.writing() as session:
        alias = Album(
            title="Tago", title_folded="tago", credit="Can", names_key="x", counts_as=album_id,
            created_at=0,
        )  # fmt: skip
        session.add(alias)
        session.flush()
        alias_id = alias.id
    shows(app, album_id)

    with bob.get(f"/listening/albums/{alias_id}/cover.jpg") as answer:
        assert answer.data == b"\xff\xd8\xff"


def test_a_picture_is_brought_in_a_task_and_nothing_else_is(
    db: Database, bob: Visitor, album_id: int
) -> None:
    page, made = f"/listening/albums/{album_id}/cover", io.BytesIO()
    Image.new("RGB", (10, 10)).save(made, "PNG")
    assert "&lt;Tago Mago&gt;" in bob.get(page).text

    answer = bob.submit(page, cover=(io.BytesIO(made.getvalue()), "a.png"))

    task = task_of(db, answer.location)
    assert task.action == album_covers.REPLACE
    assert task.args["album_id"] == album_id
    assert task.args["page"] == page
    assert bob.submit(page).status_code == 422
    assert bob.submit(page, to="/listening/albums/999/cover").status_code == 404


def test_it_is_looked_for_and_taken_away(
    app: Flask, db: Database, bob: Visitor, album_id: int
) -> None:
    page = f"/listening/albums/{album_id}/cover"
    for way in (f"{page}/look", "/listening/covers/look"):
        task = task_of(db, bob.submit(page, to=way).location)
        assert (task.action, task.args) == (album_covers.FETCH, {"album_ids": [album_id]})
    shows(app, album_id)

    assert bob.submit(page, to=f"{page}/remove").status_code == 303

    with db.reading() as session:
        assert album_covers.shown(session, [album_id]) == {}


def test_missing_covers_are_looked_for_from_the_list_of_albums(
    app: Flask, db: Database, bob: Visitor, album_id: int
) -> None:
    assert "covers/look" in bob.get("/listening/albums").text
    found = bob.submit("/listening/albums", to="/listening/covers/look")
    task = task_of(db, str(found.location))
    worker = StandIn(db)
    came = {"albums": 7, "found": 4, "none": 3, "failed": 0}
    worker.finish(worker.take(album_covers.FETCH), came)

    page = bob.get(f"/listening/albums?task={task.public_id}").text
    assert "7 looked for: 4 found, 3 that nobody has." in page
    shows(app, album_id)
    assert "covers/look" not in bob.get("/listening/albums").text
