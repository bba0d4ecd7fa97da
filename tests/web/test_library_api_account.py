"""What the library's API says of the account at Spotify: linking, renewing, profile, counters."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from core import clock
from core.settings import Settings
from database.models import Grant, Task
from tests import libraries
from tests.web.conftest import Visitor, house
from tests.web.test_library_api import Script, link, script_of, task, waiting

_COUNTS = {"artists": 4, "albums": 3, "tracks": 2, "playlists": 1, "shows": 5}


@pytest.fixture
def script(app: Flask, alice: Visitor) -> Script:
    return script_of(app, alice)


@pytest.mark.parametrize("path", ["/user/auth/", "/user/auth"])
def test_linking_begins_on_a_page_of_ours(script: Script, path: str) -> None:
    """Must show 9: no token, no state, and nothing of Spotify's in the address."""
    status, body = script.ask("POST", path)

    assert (status, body) == (200, {"redirect": "http://localhost/account/connections"})


def test_behind_a_public_address_that_is_where_it_begins(
    over_https: Flask, public_url: str
) -> None:
    from tests.web.conftest import member

    body = script_of(over_https, member(over_https, "dave")).ask("POST", "/user/auth/")[1]

    assert body == {"redirect": f"{public_url}/account/connections"}


def test_a_token_is_renewed_by_a_task(app: Flask, alice: Visitor, script: Script) -> None:
    unlinked = script.ask("PUT", "/user/auth/refresh")
    link(app, alice.id)
    status, body = script.ask("PUT", "/user/auth/refresh/")
    again = script.ask("PUT", "/user/auth/refresh")
    with house(app).db.writing() as session:
        session.execute(update(Grant).values(status="RECONNECT", last_error="revoked"))
    ended = script.ask("PUT", "/user/auth/refresh")

    assert unlinked[0] == 404 and "not connected" in unlinked[1]["error"]
    assert status == 200 and body == again[1]
    made = task(app, body["task_id"])
    assert (made.action, made.args) == ("test_connection", {"provider": "spotify", "renew": True})
    assert ended[0] == 400 and "revoked" in ended[1]["error"]


@pytest.mark.parametrize(
    ("profile", "age", "query", "is_asked"),
    [
        (_COUNTS, 0, "", False),
        (_COUNTS, 0, "?force=0", False),
        (_COUNTS, 0, "?force=1", True),
        (_COUNTS, 7 * clock.HOUR, "", True),
        (_COUNTS | {"shows": 0}, 0, "", True),
        (None, 0, "", True),
    ],
)
def test_the_profile_is_asked_for_where_it_is_old(
    app: Flask, alice: Visitor, script: Script, profile: Any, age: int, query: str, is_asked: bool
) -> None:
    link(app, alice.id, profile=profile, profile_at=clock.now() - age)

    body = script.get(f"/user/profile/{query}")

    counts = profile or dict.fromkeys(_COUNTS)
    assert {name: body["data"][name] for name in _COUNTS} == counts
    assert (body["data"]["subject"], body["data"]["name"]) == (f"s{alice.id}", "Ali")
    assert (body["task_id"] is not None) == is_asked
    assert waiting(app) == ["sync_library"] * is_asked


def test_of_consent_that_has_ended_the_profile_stays(
    app: Flask, alice: Visitor, script: Script
) -> None:
    assert script.ask("GET", "/user/profile/")[0] == 404
    link(app, alice.id, status="RECONNECT", profile=_COUNTS, profile_at=1)

    body = script.get("/user/profile?force=1")

    assert body["data"]["shows"] == 5 and body["task_id"] is None and waiting(app) == []


def test_how_much_is_saved_is_what_spotify_says_or_what_is_here(
    app: Flask, alice: Visitor, script: Script
) -> None:
    with house(app).db.writing() as session:
        libraries.fill(session, alice.id)
    here = script.get("/playback/saved")["data"]
    link(app, alice.id, profile=_COUNTS)

    assert here == {"artists": 1, "albums": 1, "tracks": 3, "playlists": 1, "shows": 0}
    assert script.get("/playback/saved")["data"] == _COUNTS


def test_no_answer_asks_spotify(
    app: Flask, settings: Settings, alice: Visitor, script: Script
) -> None:
    """What is fetched, a worker fetches: without one every answer is the same, and at once."""
    link(app, alice.id)

    answers = [script.ask("PUT", "/playback/recent"), script.ask("GET", "/user/profile/")]

    assert settings and [status for status, _ in answers] == [202, 200]
    with house(app).db.reading() as session:
        assert set(session.scalars(select(Task.status))) == {"WAITING"}
