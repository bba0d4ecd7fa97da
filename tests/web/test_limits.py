"""Limits that several web processes count together in a Redis, and what a dead one costs."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from core.settings import ROOT, Settings
from tests.conftest import remove_progress
from tests.web.conftest import Visitor, house
from webapp import create_app
from webapp.limits import limiter

_GUESTS_MAY = 20
_KEY = SecretStr("the key of a test, long enough to be one")
WebProcess = Callable[[str], Visitor]


@pytest.fixture
def web_process(tmp_path: Path) -> Iterator[WebProcess]:
    """Make the app of one more web process of the same house, and a guest's browser for it."""
    made: list[Flask] = []

    def make(redis_url: str) -> Visitor:
        app = create_app(Settings(data=tmp_path, redis_url=redis_url, secret_key=_KEY))
        app.config["TESTING"] = True
        made.append(app)
        return Visitor(app.test_client())

    yield make
    # The limiter is the module's: the next app begins as the first.
    limiter._storage_dead = limiter._in_memory_fallback_enabled = False
    for app in made:
        house(app).db.close()
        remove_progress(house(app).db)


def order(guest: Visitor) -> int:
    return guest.submit("/", to="/mosaics", letterboxd_username="no name").status_code


def test_processes_count_together(redis_url: str, web_process: WebProcess) -> None:
    first = web_process(redis_url)
    assert [order(first) for _ in range(_GUESTS_MAY)] == [422] * _GUESTS_MAY

    second = web_process(redis_url)

    assert order(second) == 429
    assert second.get("/").status_code == 200


def test_without_their_redis_pages_go_on_and_each_counts_for_itself(
    dead_redis_url: str, web_process: WebProcess
) -> None:
    guest = web_process(dead_redis_url)

    assert guest.get("/").status_code == 200
    assert [order(guest) for _ in range(_GUESTS_MAY)] == [422] * _GUESTS_MAY
    assert order(guest) == 429


def test_one_that_hangs_is_asked_once_and_then_left_alone(web_process: WebProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        guest = web_process(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

        assert [order(guest) for _ in range(2)] == [422, 422]


def test_commands_work_beside_a_dead_one(dead_redis_url: str, tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "server", "user", "list"],
        cwd=ROOT,
        env={"NEEDLEDROP_DATA": str(tmp_path), "NEEDLEDROP_REDIS_URL": dead_redis_url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (told.returncode, told.stderr) == (0, "")
