"""What is pasted: any text at all, and it is never shown or logged."""

import logging
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from database.models import Grant
from tests.web.conftest import house
from tests.web.connecting import AT_HOME, LOOPBACK, PAGE, Walker, set_up, walker
from tests.web.consenting import Consenting
from webapp.limits import limiter

CALLBACK = f"{LOOPBACK}/account/spotify/callback"
PASTE = "/account/spotify/paste"


@pytest.fixture
def maya(app: Flask) -> Walker:
    return walker(app, "maya", AT_HOME)


def grants(app: Flask) -> int:
    with house(app).db.reading() as session:
        return session.scalar(select(func.count()).select_from(Grant)) or 0


WRONG = [
    "",
    "   ",
    "hush",
    "\x00hush\x1b[31m",
    "<script>hush</script>",
    "http://[hush",
    "hush" * 1_100,
    f"{CALLBACK}hush?code=hush&state=hush",
    f"{CALLBACK}/../../x?code=hush&state=hush",
    "https://127.0.0.1:8000/account/spotify/callback?code=hush&state=hush",
    "http://127.0.0.1:9000/account/spotify/callback?code=hush&state=hush",
    "http://127.0.0.1/account/spotify/callback?code=hush&state=hush",
    "http://localhost:8000/account/spotify/callback?code=hush&state=hush",
    "http://evil@127.0.0.1:8000/account/spotify/callback?code=hush&state=hush",
    "http://127.0.0.1:8000/account/google/callback?code=hush&state=hush",
    f"{CALLBACK}?{'hush&' * 500}",
    f"{CALLBACK}?{'a=hush&' * 100}",
    f"{CALLBACK}?code=hush&state=hush",
    f"{CALLBACK}?code=hush",
    CALLBACK,
    "\U0001f600 hush",
]


def test_a_text_that_is_not_the_address_costs_nothing_and_is_not_repeated(
    app: Flask, spotify: Consenting, maya: Walker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    led = spotify.allow(maya.opens_paste_page())

    for text in WRONG:
        answer = maya.post(PASTE, address=text)
        assert answer.status_code in (409, 422), text
        assert "hush" not in answer.text and "Please look again" in answer.text, text

    assert not any("hush" in record.getMessage() for record in caplog.records)
    # The walk goes on: what was pasted wrong is pasted right.
    assert maya.post(PASTE, address=led).status_code == 303
    assert grants(app) == 1


def test_what_is_pasted_counts_in_the_browser_that_set_out(
    app: Flask, spotify: Consenting, maya: Walker
) -> None:
    led = spotify.allow(maya.opens_paste_page())
    other, second = walker(app, "other", AT_HOME), walker(app, "maya", AT_HOME)

    for who in (other, second):
        assert who.post(PASTE, address=led).status_code == 409
    assert grants(app) == 0
    assert maya.post(PASTE, address=led).status_code == 303


def test_a_walk_that_is_to_be_sent_back_is_not_ended_by_pasting_another_address(
    app: Flask, spotify: Consenting
) -> None:
    """Its address is the house's, and a code for that one is none for 127.0.0.1."""
    set_up(app, spotify, public_url="https://films.example.org")
    maya = walker(app, "maya", AT_HOME)
    led = spotify.allow(maya.sets_out(way="redirect"))
    assert led.startswith("https://films.example.org/account/spotify/callback?")

    answer = maya.post(PASTE, address=f"{CALLBACK}?{urlsplit(led).query}")

    assert answer.status_code == 409
    assert grants(app) == 0


@pytest.mark.usefixtures("spotify")
def test_what_spotify_says_of_an_error_is_not_shown(maya: Walker) -> None:
    state = parse_qs(urlsplit(maya.opens_paste_page()).query)["state"][0]
    said = {"error": "<b>hush</b>", "error_description": "<script>hush</script>", "state": state}

    answer = maya.post(PASTE, address=f"{CALLBACK}?{urlencode(said)}")

    assert answer.status_code == 409
    assert "hush" not in answer.text and "Spotify did not go along with it" in answer.text


@pytest.mark.usefixtures("spotify")
def test_pasting_is_not_done_without_end(maya: Walker) -> None:
    limiter.reset()
    statuses = [maya.post(PASTE, address="x").status_code for _ in range(31)]

    assert statuses == [422] * 30 + [429]
    limiter.reset()
    assert maya.get(PAGE).status_code == 200
