"""Alive and ready, for those who watch over it; the reasons are told at home only."""

from pathlib import Path

import pytest
from flask import Flask

from database.workers import Life
from tests.web.conftest import Visitor, house

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


def test_the_data_folder_is_this_users_alone(app: Flask) -> None:
    data: Path = house(app).settings.data

    assert data.stat().st_mode & 0o777 == 0o700
