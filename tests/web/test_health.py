"""Alive and ready, for those who watch over it; the reasons are told at home only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from database import tokens
from database.engine import Database
from database.workers import Life
from tests.conftest import remove_progress
from tests.web.conftest import Visitor, house
from webapp.database import KEY, House

AWAY = {"REMOTE_ADDR": "192.168.1.77"}


def test_alive_asks_no_database(guest: Visitor, count_queries: list[str]) -> None:
    answer = guest.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert count_queries == []


def test_ready_while_a_worker_lives(app: Flask, guest: Visitor) -> None:
    life = Life(house(app).db)
    assert guest.get("/readyz").status_code == 200
    life.close()

    answer = guest.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "reasons": ["No worker is running."]}


def test_not_ready_without_room(
    app: Flask, guest: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.health._LEAST_FREE", 1 << 60)
    life = Life(house(app).db)

    answer = guest.get("/readyz")

    life.close()
    assert answer.status_code == 503
    assert "The disk is nearly full." in answer.text


def test_not_ready_with_the_database_of_another_version(app: Flask, guest: Visitor) -> None:
    with house(app).db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of the future'")

    answer = guest.get("/readyz")

    assert answer.status_code == 503
    assert "not of this program's version" in answer.text


def test_reasons_stay_at_home(guest: Visitor, alice: Visitor, bob: Visitor) -> None:
    for visitor, knows in ((guest, False), (bob, False), (alice, True)):
        answer = visitor.get("/readyz", environ_overrides=AWAY)

        assert answer.status_code == 503
        assert ("reasons" in (answer.json or {})) is knows


@pytest.fixture
def nowhere(app: Flask) -> Iterator[None]:
    """Let the app find its database gone: a PostgreSQL that nobody answers for."""
    inside = house(app)
    gone = Database("postgresql+psycopg://nobody@/nothing?host=/nowhere", inside.settings.running)
    app.extensions[KEY] = House(inside.settings, gone)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield
    gone.close()
    remove_progress(gone)
    app.extensions[KEY] = inside


@pytest.fixture
def bobs_script(app: Flask, bob: Visitor) -> Visitor:
    with house(app).db.writing() as session:
        token = tokens.add(session, bob.id, "a script")
    return Visitor(app.test_client(), headers={"Authorization": f"Bearer {token}"})


def test_with_the_database_away_it_is_said_to_be(
    guest: Visitor, alice: Visitor, bobs_script: Visitor, nowhere: None
) -> None:
    for visitor in (guest, alice, bobs_script):
        assert visitor.get("/healthz").status_code == 200
        here = visitor.get("/readyz")
        away = visitor.get("/readyz", environ_overrides=AWAY)

        assert (here.status_code, away.status_code) == (503, 503)
        assert (here.json or {})["reasons"] == ["The database does not answer."]
        assert away.json == {"status": "not ready"}
    assert nowhere is None


def test_with_the_database_away_a_page_is_a_page_that_says_so(
    guest: Visitor, alice: Visitor, bobs_script: Visitor, nowhere: None
) -> None:
    for visitor in (guest, alice, bobs_script):
        answer = visitor.get("/")

        assert answer.status_code == 503
        assert "The database does not answer." in answer.text and "Log in" in answer.text
    assert alice.get("/login").status_code == 503
    assert guest.get("/login").status_code == 200
    assert nowhere is None


@pytest.mark.parametrize("caller", ["", "localhost", "no address"])
def test_a_caller_without_an_address_is_not_at_home(guest: Visitor, caller: str) -> None:
    answer = guest.get("/readyz", environ_overrides={"REMOTE_ADDR": caller})

    assert answer.json == {"status": "not ready"}


def test_the_data_folder_is_this_users_alone(app: Flask) -> None:
    data: Path = house(app).settings.data

    assert data.stat().st_mode & 0o777 == 0o700
