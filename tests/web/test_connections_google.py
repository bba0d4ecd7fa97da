"""Google by redirect and by pasting, and both providers in a house with an https address."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from pydantic import SecretStr

from core.consents import GOOGLE_SCOPES
from fakes.google_oauth import APP_SECRET, FakeGoogle
from tests.web.conftest import PASSWORD
from tests.web.connecting import LOOPBACK, PAGE, Walker, set_up, walker
from tests.web.consenting import Consenting, opened

HTTPS = "https://films.example.org"


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle() as made:
        yield made


@pytest.fixture
def ada(app: Flask, google: FakeGoogle) -> Walker:
    with_google(app, google)
    return walker(app, "ada")


def with_google(app: Flask, google: FakeGoogle) -> None:
    set_up(
        app,
        None,
        google_client_id="house",
        google_client_secret=SecretStr(APP_SECRET),
        google_oauth_url=google.url,
        youtube_url=google.url,
    )


def test_by_redirect_the_channel_is_connected(ada: Walker) -> None:
    led = ada.sets_out("google", way="redirect", next="/films")
    said = parse_qs(urlsplit(led).query)
    assert said["redirect_uri"] == [f"{LOOPBACK}/account/google/callback"]
    # Without these two there is no lasting token the second time.
    assert (said["access_type"], said["prompt"]) == (["offline"], ["consent"])

    answer = ada.get(opened(led))

    assert (answer.status_code, answer.location) == (303, "/films")
    grant = ada.grant("google")
    assert grant is not None and (grant.subject, grant.scopes) == ("UC-ada", GOOGLE_SCOPES)
    assert grant.reconnect_by is None
    assert "until it is taken back" in ada.get(PAGE).text


def test_by_pasting_it_is_connected_too(ada: Walker) -> None:
    led = opened(ada.opens_paste_page("google"))

    assert ada.post("/account/google/paste", address=led).location == PAGE
    assert ada.grant("google") is not None


def test_what_was_unticked_is_told_and_nothing_is_connected(
    ada: Walker, google: FakeGoogle
) -> None:
    led = urlsplit(ada.sets_out("google", way="redirect"))
    less = led._replace(query=urlencode(parse_qs(led.query) | {"scope": ["openid"]}, doseq=True))

    ada.get(opened(less.geturl()))

    assert "leave every box ticked" in ada.said()
    assert ada.grant("google") is None
    assert google.token_calls("authorization_code") == 1


def test_an_account_without_a_channel_is_told_how_to_get_one(
    ada: Walker, google: FakeGoogle
) -> None:
    google.channels.of["ada"] = None

    ada.get(opened(ada.sets_out("google", way="redirect")))

    assert "has no channel at YouTube" in ada.said()


def test_a_google_that_is_away_is_told_before_anybody_leaves(
    ada: Walker, google: FakeGoogle
) -> None:
    google.answers(503, path_prefix="/.well-known")

    answer = ada.post("/account/google/connect", password=PASSWORD, way="redirect")

    assert answer.status_code == 502 and "Google has trouble of its own" in answer.text


def test_in_a_house_with_an_https_address_everybody_is_sent_back_there(
    over_https: Flask,
) -> None:
    with Consenting() as spotify:
        set_up(over_https, spotify)
        far = walker(over_https, "ada", HTTPS)
        page = far.get(PAGE).text
        assert f">{HTTPS}/account/spotify/callback</textarea>" in page
        assert f">{LOOPBACK}/account/spotify/callback</textarea>" in page
        assert "ssh -L" not in page

        led = spotify.allow(far.sets_out())

        assert led.startswith(f"{HTTPS}/account/spotify/callback?")
        assert far.get(led).location == PAGE
        assert far.grant() is not None
        assert walker(over_https, base=HTTPS).logs_in_by(spotify).location == "/"


def test_the_cookie_that_holds_a_walk_is_sent_over_https_alone_and_comes_back_with_a_link(
    over_https: Flask,
) -> None:
    with Consenting() as spotify:
        set_up(over_https, spotify)
        answer = walker(over_https, base=HTTPS).post("/login/spotify")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    # Strict would leave it out when Spotify leads back here.
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
