"""What comes from where Spotify should be: a page, nothing, too much, too slowly, nonsense."""

import json

import pytest
from flask import Flask
from sqlalchemy import func, select

from database.models import Grant
from tests.web.conftest import house
from tests.web.connecting import PAGE, Walker
from tests.web.consenting import Consenting
from webapp.accounts import walk

WELL = {"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r"}


def comes_back(app: Flask, spotify: Consenting, who: Walker) -> str:
    """Walk there and back; return what is said then."""
    answer = who.connects(spotify)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#spotify")
    with house(app).db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Grant)) == 0
    return who.said()


def says(spotify: Consenting, body: object, path: str = "/api/token", status: int = 200) -> None:
    headers = {"Content-Type": "application/json"}
    spotify.answers(status, headers, json.dumps(body).encode(), times=1, path_prefix=path)


def test_answers_that_are_none_are_told_and_connect_nothing(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    odd: list[object] = [
        {name: value for name, value in WELL.items() if name != "access_token"},
        {name: value for name, value in WELL.items() if name != "refresh_token"},
        WELL | {"token_type": "MAC"},
        WELL | {"access_token": ""},
        WELL | {"access_token": "line\r\nX-Evil: 1"},
        WELL | {"access_token": ["a"]},
        [],
        None,
        "a",
    ]
    for body in odd:
        says(spotify, body)
        assert "Spotify" in comes_back(app, spotify, victim), body
    for path in ("/api/token", "/v1/me"):
        for misbehave in (spotify.html, spotify.drops, spotify.truncates):
            misbehave(times=1, path_prefix=path)
            assert "Spotify" in comes_back(app, spotify, victim), (path, misbehave)


def test_whose_account_it_is_has_to_be_told(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    told: list[object] = [
        {},
        {"id": None},
        {"email": "ada@home.example", "display_name": "Ada"},
        [],
    ]
    for body in told:
        says(spotify, body, "/v1/me")
        assert "Spotify" in comes_back(app, spotify, victim), body
    not_listed = {"error": {"status": 403, "message": "User not registered in the Dashboard"}}
    says(spotify, not_listed, "/v1/me", 403)
    assert "list" in comes_back(app, spotify, victim)


@pytest.mark.parametrize("path", ["/api/token", "/v1/me"])
def test_an_endless_answer_is_not_read_to_its_end(
    app: Flask, spotify: Consenting, victim: Walker, path: str
) -> None:
    spotify.floods(times=1, path_prefix=path)

    assert "more than we can take" in comes_back(app, spotify, victim)


@pytest.mark.parametrize("path", ["/api/token", "/v1/me"])
def test_an_answer_by_drops_is_not_waited_for(
    app: Flask, spotify: Consenting, victim: Walker, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "SECONDS", 0.5)
    spotify.endless(times=1, path_prefix=path)

    assert "did not answer in time" in comes_back(app, spotify, victim)


def test_both_questions_together_take_no_longer_than_a_person_waits() -> None:
    assert walk.SECONDS == 10


def test_nobody_answers_from_elsewhere(app: Flask, spotify: Consenting, victim: Walker) -> None:
    """A redirect of the token endpoint is not followed: the code would go along."""
    with Consenting() as evil:
        spotify.redirects_to(f"{evil.url}/api/token", times=1, path_prefix="/api/token")
        comes_back(app, spotify, victim)
        assert evil.requests == []


def test_no_transaction_is_open_while_spotify_is_waited_for(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    held: list[str] = []

    reply = spotify.accounts.token

    def watched(asked: object) -> object:
        held.append(house(app).db.engine.pool.status())
        return reply(asked)  # type: ignore[arg-type]

    spotify.accounts.token = watched  # type: ignore[method-assign,assignment]
    victim.connects(spotify)

    assert len(held) == 1 and "Current Checked out connections: 0" in held[0]
