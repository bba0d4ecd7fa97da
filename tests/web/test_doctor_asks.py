"""The doctor asks a running house whether it is as the settings say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.settings import Settings
from database import damage
from fakes.server import Asked, Fake, Reply
from tests.unit.test_doctor import free_port
from tests.web.serving import served
from webapp.checkup import service
from webapp.database import KEY

NOWHERE = Path("/none")
PUBLIC = "https://films.example.org"


def asked(port: int, public_url: str = "") -> dict[str, str]:
    """Return how each thing is that a doctor of these settings finds."""
    settings = Settings(host="127.0.0.1", port=port, public_url=public_url)
    return {check.name: check.status for check in service.web(settings, NOWHERE)}


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    with served(app) as address:
        yield port_of(address)


def test_a_house_that_runs_as_it_is_set_is_well(port: int, over_https: Flask) -> None:
    well = {"web": "ok", "proxy headers": "ok", "cookies": "ok"}

    assert asked(port) == well
    with served(over_https) as address:
        assert asked(port_of(address), PUBLIC) == well


def test_one_that_was_started_with_other_settings_is_warned_of(
    port: int, over_https: Flask
) -> None:
    other = {"web": "ok", "proxy headers": "warn", "cookies": "warn"}

    assert asked(port, PUBLIC) == other
    with served(over_https) as address:
        assert asked(port_of(address)) == other


def test_of_one_whose_database_is_damaged_nothing_else_is_told(app: Flask, port: int) -> None:
    settings = app.extensions[KEY].settings
    damage.note(settings.data, ["malformed"])

    assert asked(port) == {"web": "ok"}


class Stranger(Fake):
    def reply(self, asked: Asked) -> Reply:  # noqa: ARG002 - always the same
        return Reply(200, {"Content-Type": "text/html"}, b"<h1>It works!</h1>")


def test_somebody_else_at_its_port_fails() -> None:
    with Stranger() as stranger:
        assert asked(port_of(stranger.url)) == {"web": "fail"}


def test_nobody_there_is_warned_of() -> None:
    assert asked(free_port()) == {"web": "warn"}
