"""Covers on pages: shown to everybody in the house, changed by their owner alone."""

import io

import pytest
from flask import Flask

from database import record_covers, records, tasks
from database.engine import Database
from database.models import Person, Task
from database.owner import HOUSE, Owner
from tests import factories
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house

JSON = {"Accept": "application/json"}


@pytest.fixture
def house_db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def record_id(house_db: Database, bob: Visitor) -> int:
    with house_db.writing() as session:
        person = session.get_one(Person, bob.id)
        return factories.record(
            session, person, "<Tago Mago>", musicbrainz_id="76df3287-6cda-33eb-8e9a-044b5e15ffdd"
        )


def show(app: Flask, record_id: int, sha256: str, content: bytes = b"\xff\xd8\xff") -> None:
    inside = house(app)
    with inside.db.writing() as session:
        record_covers.show(session, record_id, sha256)
    path = record_covers.path_of(inside.settings.covers, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def task_of(db: Database, address: str) -> Task:
    with db.reading() as session:
        return tasks.get(session, address.rpartition("/")[2], HOUSE)


def test_a_cover_is_shown_and_may_be_kept(
    app: Flask, bob: Visitor, alice: Visitor, record_id: int
) -> None:
    page = f"/shelf/{record_id}"
    assert bob.get(f"{page}/cover.jpg").status_code == 404
    show(app, record_id, "ab" * 32)
    assert f"{page}/cover.jpg?v={('ab' * 32)[:12]}" in bob.get(page).text

    for visitor in (bob, alice):
        with visitor.get(f"{page}/cover.jpg") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
            assert answer.headers["Cache-Control"] == "max-age=31536000, private"
            etag = answer.headers["ETag"]
        with visitor.get(f"{page}/cover.jpg", headers={"If-None-Match": etag}) as answer:
            assert answer.status_code == 304


def test_a_cover_whose_file_is_lost_is_not_there(app: Flask, bob: Visitor, record_id: int) -> None:
    show(app, record_id, "ab" * 32)
    record_covers.path_of(house(app).settings.covers, "ab" * 32).unlink()

    assert bob.get(f"/shelf/{record_id}/cover.jpg").status_code == 404


def test_a_picture_becomes_a_task_for_the_worker(
    bob: Visitor, house_db: Database, record_id: int
) -> None:
    answer = bob.submit(
        f"/shelf/{record_id}/cover", cover=(io.BytesIO(b"a picture"), "tago mago.png")
    )

    assert answer.status_code == 303
    task = task_of(house_db, str(answer.location))
    assert (task.action, task.args["record_id"]) == ("replace_cover", record_id)
    assert tasks.label(task.action, task.args) == "Cover from tago mago.png"
    assert len(task.uploads) == 1


def test_without_a_picture_the_form_comes_back(bob: Visitor, record_id: int) -> None:
    answer = bob.submit(f"/shelf/{record_id}/cover")

    assert answer.status_code == 422
    assert answer.text.count("Choose a picture: JPEG, PNG or WebP") == 2
    assert 'aria-invalid="true"' in answer.text and 'href="#cover"' in answer.text
    assert "&lt;Tago Mago&gt;" in answer.text


def test_a_cover_is_taken_away_again(app: Flask, bob: Visitor, record_id: int) -> None:
    show(app, record_id, "ab" * 32)
    page = f"/shelf/{record_id}"

    answer = bob.submit(page, to=f"{page}/cover/remove")

    assert (answer.status_code, answer.location) == (303, page)
    with house(app).db.reading() as session:
        assert records.get(session, record_id).cover_sha256 is None


def test_a_cover_is_looked_for(bob: Visitor, house_db: Database, record_id: int) -> None:
    page = f"/shelf/{record_id}/cover"

    task = task_of(house_db, str(bob.submit(page, to=f"{page}/look").location))

    assert (task.action, task.args, task.lane) == (
        "fetch_covers", {"record_ids": [record_id]}, "quick"
    )  # fmt: skip


def test_all_missing_covers_are_looked_for_at_once(
    bob: Visitor, house_db: Database, record_id: int
) -> None:
    with house_db.writing() as session:
        factories.record(session, session.get_one(Person, bob.id), "Nowhere known")
    page = bob.get("/shelf/covers").text
    assert "<dd>2</dd>" in page and "Look for all of them" in page

    task = task_of(house_db, str(bob.submit("/shelf/covers", to="/shelf/covers/look").location))

    assert (task.args, task.lane, task.person_id) == ({"record_ids": None}, "long", bob.id)
    assert record_id


@pytest.mark.parametrize("address", ["/shelf/covers", "/shelf/{}/cover"])
@pytest.mark.parametrize(
    ("found", "none", "failed", "said"),
    [(0, 1, 0, "nobody has"), (0, 0, 1, "nobody answered"), (1, 0, 0, "found")],
)
def test_what_came_of_looking_is_told(
    app: Flask, bob: Visitor, record_id: int, address: str, found: int, none: int, failed: int,
    said: str,
) -> None:  # fmt: skip
    counts = {"records": 1, "found": found, "none": none, "failed": failed}
    if found:
        show(app, record_id, "ab" * 32)
    with house(app).db.writing() as session:
        task = record_covers.order(session, Owner(bob.id))

    worker = StandIn(house(app).db)
    worker.finish(worker.take("fetch_covers"), counts)

    page = bob.get(f"{address.format(record_id)}?task={task.public_id}").text

    assert said in page.lower()
    assert bob.get(f"{address.format(record_id)}?task=x").status_code == 200


def test_only_the_owner_and_the_admin_change_a_cover(
    bob: Visitor, alice: Visitor, house_db: Database, record_id: int
) -> None:
    with house_db.writing() as session:
        theirs = factories.record(session, session.get_one(Person, alice.id), "Hers")
    before = f"/shelf/{record_id}/cover"

    for what in ("cover", "cover/look", "cover/remove"):
        assert bob.submit(before, to=f"/shelf/{theirs}/{what}").status_code == 403
    assert bob.get(f"/shelf/{theirs}/cover").status_code == 403
    assert alice.submit(before, to=f"{before}/look").status_code == 303
    assert f"/shelf/{theirs}/cover" not in bob.get(f"/shelf/{theirs}").text


def test_a_script_is_answered_in_json(bob: Visitor, record_id: int) -> None:
    token = bob.token(f"/shelf/{record_id}/cover")
    bob.headers = JSON

    def send(what: str, **typed: object) -> object:
        answer = bob.post(f"/shelf/{what}", data={"csrf_token": token, **typed})
        return answer.status_code, sorted(answer.get_json())

    own = f"{record_id}/cover"
    assert send(own) == (422, ["error", "problems"])
    assert send(own, cover=(io.BytesIO(b"x"), "x.png")) == (202, ["task", "url"])
    assert send(f"{own}/look") == (202, ["task", "url"])
    assert send(f"{own}/remove") == (200, ["record", "url"])
    assert send("covers/look") == (202, ["task", "url"])
