"""security.txt names who is to be told about a hole, or is not there."""

import pytest
from flask import Flask

from core import clock
from core.settings import Settings
from tests.web.conftest import Visitor

AT = "/.well-known/security.txt"


@pytest.fixture
def contact() -> str:
    return "mailto:maya@example.org"


@pytest.fixture
def settings(settings: Settings, contact: str) -> Settings:
    return settings.model_copy(update={"security_contact": contact})


def test_it_names_who_is_to_be_told_and_until_when(guest: Visitor) -> None:
    answer = guest.get(AT)

    told = dict(line.split(": ") for line in answer.text.splitlines())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert told["Contact"] == "mailto:maya@example.org" and "Canonical" not in told
    # As RFC 9116 wants it: in the future, and by less than a year.
    now, year = clock.utc(clock.now()), clock.utc(clock.now() + 365 * clock.DAY)
    assert f"{now:%Y-%m-%d}" < told["Expires"] < f"{year:%Y-%m-%d}"


def test_where_the_house_has_a_name_it_says_so(over_https: Flask) -> None:
    answer = over_https.test_client().get(AT, base_url="https://films.example.org")

    assert f"Canonical: https://films.example.org{AT}\n" in answer.text


@pytest.mark.parametrize("contact", [""])
def test_where_nobody_is_named_there_is_none(guest: Visitor) -> None:
    assert guest.get(AT).status_code == 404
