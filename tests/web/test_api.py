"""What docs/api.md says of each address: JSON for scripts, or a page for people."""

from typing import Any

import pytest
from flask import Flask

from database import tasks
from database.owner import Owner
from tests.hall import Hall
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house

JSON, PAGE = "application/json", "text/html; charset=utf-8"


@pytest.fixture
def script(app: Flask, alice: Visitor) -> Visitor:
    """Something that has a token of alice's, and prefers JSON."""
    token = app.test_cli_runner().invoke(args=["token", "add", "alice", "a script"]).output.strip()
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return Visitor(app.test_client(), alice.id, headers)


@pytest.mark.parametrize("path", ["/tasks", "/mosaics", "/films/diary", "/account", "/admin"])
def test_lists_are_pages(script: Visitor, path: str) -> None:
    answer = script.get(path)

    assert (answer.status_code, answer.content_type) == (200, PAGE)


def test_a_task_and_what_becomes_of_it_are_json(script: Visitor) -> None:
    ordered = script.post("/mosaics", json={"letterboxd_username": "dave"})
    assert (ordered.status_code, ordered.content_type) == (202, JSON)
    url = ordered.get_json()["url"]

    assert script.get(url).get_json()["status"] == "WAITING"
    cancelled = script.post(f"{url}/cancel")
    assert (cancelled.status_code, cancelled.location) == (303, url)
    assert script.get(url).get_json()["status"] == "CANCELLED"
    again = script.post(f"{url}/again")
    assert (again.status_code, again.content_type) == (202, JSON)


def test_a_mosaic_is_json(app: Flask, script: Visitor) -> None:
    mosaic = Hall(house(app).db, house(app).settings.pictures).hang(script.id)

    for path in (f"/mosaics/{mosaic.public_id}", "/user/dave"):
        told = script.get(path).get_json()
        assert told["mosaic"] == mosaic.public_id
        with script.get(told["picture"]) as picture:
            assert picture.content_type == "image/jpeg"
        assert told["films"][0]["title"] == "<Ran>"

    assert script.get("/user/nobody").content_type == PAGE


def test_what_an_import_did_is_json(app: Flask, script: Visitor) -> None:
    db, counted = house(app).db, {"added": 1, "changed": 0, "same": 0, "skipped": 0}
    with db.writing() as session:
        task = tasks.enqueue(session, "import_films", {}, owner=Owner(script.id), lane=tasks.LONG)
    worker = StandIn(db)
    worker.finish(worker.take("import_films"), counted)

    url = script.get(f"/tasks/{task.public_id}").get_json()["result_url"]

    assert url == f"/films/import/{task.public_id}"
    assert script.get(url).get_json() == counted


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": "{", "content_type": JSON}, 400),
        ({"json": [1]}, 400),
        ({"json": {"letterboxd_username": "no name"}}, 422),
    ],
)
def test_failures_are_json(script: Visitor, sent: dict[str, Any], status: int) -> None:
    answer = script.post("/mosaics", **sent)

    assert (answer.status_code, answer.content_type) == (status, JSON)
    assert answer.get_json()["error"]


@pytest.mark.parametrize("path", ["/tasks/none", "/films/import/none", "/films/99", "/nowhere"])
def test_so_they_are_where_pages_are_the_rule(script: Visitor, path: str) -> None:
    answer = script.get(path)

    assert (answer.status_code, answer.content_type) == (404, JSON)


def test_without_a_token_that_counts_it_is_told_so(guest: Visitor) -> None:
    answer = guest.get("/tasks", headers={"Authorization": "Bearer none"})

    assert (answer.status_code, answer.content_type) == (401, JSON)
