"""Maloja's own call, as programs that were set up for one send it."""

from typing import Any

import pytest
from flask import Flask

from database.models import Play, Track
from tests.web.conftest import Visitor, house
from tests.web.players import count_rows, heard, now, token_of

ADDRESS = "/apis/mlj_1/newscrobble"


@pytest.fixture
def token(app: Flask, bob: Visitor) -> str:
    return token_of(app, bob.id)


def test_a_play_is_taken_from_a_form(app: Flask, bob: Visitor, token: str) -> None:
    at = now() - 300
    said = {"artist": "Can", "title": "Spoon", "time": str(at), "album": "Ege Bamyasi"}

    answer = app.test_client().post(ADDRESS, data=said | {"key": token})

    assert answer.get_json() == {
        "status": "success",
        "track": {"artists": ["Can"], "title": "Spoon"},
        "desc": "Scrobbled Spoon",
        "warnings": [],
    }
    assert heard(app, bob.id) == [("Can", "Spoon", at)]


def test_and_from_json_with_all_that_there_is(app: Flask, token: str) -> None:
    said = {
        "key": token, "artists": ["Can", "Neu!"], "title": "Spoon", "albumartists": ["Can"],
        "album": "Ege Bamyasi", "duration": 120, "length": 183.0, "time": now(),
    }  # fmt: skip

    answer = app.test_client().post(ADDRESS + "/", json=said)

    assert answer.get_json()["track"]["artists"] == ["Can", "Neu!"]
    with house(app).db.reading() as session:
        assert session.get_one(Play, 1).ms_played == 120_000
        assert session.get_one(Track, 1).duration_ms == 183_000


def test_without_a_time_it_is_now(app: Flask, bob: Visitor, token: str) -> None:
    app.test_client().post(ADDRESS, data={"artist": "Can", "title": "Spoon", "key": token})

    assert abs(heard(app, bob.id)[0][2] - now()) < 60


def test_the_key_may_be_in_the_header(app: Flask, token: str) -> None:
    answer = app.test_client().post(
        ADDRESS,
        data={"artist": "Can", "title": "Spoon"},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 200


def test_a_second_time_adds_nothing(app: Flask, token: str) -> None:
    said = {"artist": "Can", "title": "Spoon", "key": token, "time": str(now())}
    for _ in range(2):
        assert app.test_client().post(ADDRESS, data=said).status_code == 200

    assert count_rows(app, Play) == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"key": "wrong"}, 401),
        ({"key": ""}, 401),
        ({"title": ""}, 400),
        ({"artist": None}, 400),
        ({"title": {"a": "b"}}, 400),
        ({"title": "a\0b"}, 400),
        ({"time": "then"}, 400),
        ({"time": 12}, 400),
        ({"time": 9e99}, 400),
    ],
)
def test_what_is_wrong_is_said_with_a_code(
    app: Flask, token: str, changed: dict[str, Any], status: int
) -> None:
    said = {"artist": "Can", "title": "Spoon", "key": token, "time": now()} | changed

    answer = app.test_client().post(ADDRESS, json=said)

    assert answer.status_code == status
    assert answer.get_json()["code"] == status
    assert count_rows(app, Play) == 0
