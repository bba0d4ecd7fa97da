"""What nobody types but somebody sends: a sentence, on both databases, and never a failure."""

import json
from typing import Any

import pytest
from flask import Flask

from core.settings import Settings
from database.engine import Database
from tests.web.conftest import PASSWORD, Visitor

NUL = "a\0b"
LARGE = ["9" * 30, "9" * 5_000, str(2**63)]


@pytest.fixture
def settings(settings: Settings, db: Database, database_url: str) -> Settings:
    """Both databases, each empty at first."""
    assert db
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture(autouse=True)
def no_failure_escapes(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False


def test_a_nul_in_an_address_is_refused(alice: Visitor, guest: Visitor) -> None:
    for address in (
        "/user/%00",
        "/tasks/%00",
        "/?task=%00",
        "/?name=%00",
        "/films?q=a%00b",
        "/films?after=1:%00",
        "/films?sort=%00",
        "/films/diary/%00",
        "/films/diary?until=%00",
        "/shelf?q=a%00b",
        "/shelf?after=%00",
        "/shelf/artists?q=%00",
        "/shelf/artists?after=%00",
        "/mosaics/%00",
        "/mosaics/%00.jpg",
        "/films/import/%00",
        "/login?next=%00",
        "/static/%00",
    ):
        assert alice.get(address).status_code == 400, address
        assert guest.get(address).status_code == 400, address


def test_a_nul_in_a_field_is_said_of_that_field(alice: Visitor) -> None:
    for page, to, typed in (
        ("/", "/mosaics", {"letterboxd_username": NUL}),
        ("/", "/mosaics", {"letterboxd_username": "dave", "period": NUL}),
        ("/", "/mosaics", {"of": "films", "period": NUL}),
        ("/account", "/account/about", {"zone": NUL}),
        ("/account", "/account/about", {"zone": "UTC", "letterboxd_name": NUL}),
        ("/account", "/account/tokens", {"label": NUL, "password": PASSWORD}),
        ("/account", "/account/password", {"current": NUL, "new": NUL}),
        ("/admin/people", "/admin/people", {"username": NUL, "password": PASSWORD}),
        (f"/admin/people/{alice.id}/delete", "", {"name": NUL}),
        ("/", "/films/settle", {"film_id": "1", "meant": NUL}),
    ):
        answer = alice.submit(page, to=to, **typed)

        assert answer.status_code == 422, (to, typed)
    assert alice.submit("/", to="/admin/schedules/x/toggle", is_on=NUL).status_code == 404


def test_a_nul_at_the_login_is_nobodys_name(guest: Visitor) -> None:
    typed = {"username": NUL, "password": PASSWORD}

    assert guest.submit("/login", **typed).status_code == 422
    assert guest.submit("/login", **{**typed, "username": "x", "next": NUL}).status_code == 422


@pytest.mark.parametrize("value", [NUL, "\ud800", ["dave"], {"a": NUL}, 7, None])
def test_a_name_that_is_no_text_comes_back_to_a_script(bob: Visitor, value: Any) -> None:
    headers = {"X-CSRFToken": bob.token("/"), "Accept": "application/json"}

    answer = bob.post("/mosaics", json={"letterboxd_username": value}, headers=headers)

    assert answer.status_code == 422
    assert "letterboxd_username" in (answer.json or {})["problems"]


@pytest.mark.parametrize("body", ["[" * 200_000, '{"a":' * 150_000, "{", "7", ""])
def test_json_that_is_none_is_refused(bob: Visitor, body: str) -> None:
    headers = {"X-CSRFToken": bob.token("/"), "Accept": "application/json"}

    answer = bob.post("/mosaics", data=body, content_type="application/json", headers=headers)

    assert answer.status_code == 400
    assert json.loads(answer.text)["error"]


@pytest.mark.parametrize("number", LARGE)
def test_a_number_that_no_row_has_leads_nowhere(alice: Visitor, number: str) -> None:
    for address in (
        f"/films/{number}/poster",
        f"/films/{number}",
        f"/films/lists/{number}",
        f"/admin/people/{number}",
    ):
        assert alice.get(address).status_code == 404, address
    for address in (f"/account/sessions/{number}/end", f"/account/tokens/{number}/remove"):
        assert alice.submit("/account", to=address).status_code == 404, address
    for address in (f"/tasks?before={number}", f"/tasks?before=-{number}"):
        assert alice.get(address).status_code == 200, address
    assert alice.get(f"/mosaics?before={number}").status_code == 200
    for address in (
        f"/films?after={number}:a",
        f"/films?sort=year&after=1:{number}:a",
        f"/films/diary?after={number}:2025-01-01",
        f"/films/watchlist?after={number}:1:a",
    ):
        assert alice.get(address).status_code == 200, address
    for address in (f"/shelf/artists/{number}", f"/shelf/artists/{number}?after=x"):
        assert alice.get(address).status_code == 404, address
    assert alice.get(f'/shelf?after=["2026-01-01",{number}]').status_code == 200
    for name in ("artist_id", "year", "decade", "rating_from", "rating_to", "whose"):
        assert alice.get(f"/shelf?{name}={number}").status_code == 422, name
    for name in ("list", "year", "decade", "seen", "stars", "stars_to"):
        assert alice.get(f"/films?{name}={number}").status_code == 422, name


@pytest.mark.parametrize("number", LARGE)
def test_a_number_that_no_row_has_settles_nothing(bob: Visitor, number: str) -> None:
    film = {"film_id": number, "meant": "none"}
    viewing = {"viewing_id": number, "film_id": "1"}

    for to, typed, sentence in (
        ("/films/settle", film, "Choose a film."),
        ("/films/settle/viewing", viewing, "Choose a viewing."),
        ("/films/settle/viewing", viewing | film, "Choose one of these films."),
    ):
        answer = bob.submit("/", to=to, **typed)

        assert answer.status_code == 422
        assert sentence in answer.text


@pytest.mark.parametrize("words", ["a " * 1_100, "a" * 60_000, "%_\\" * 500])
def test_a_long_search_finds_nothing_and_breaks_nothing(bob: Visitor, words: str) -> None:
    for page in ("/films", "/shelf", "/shelf/artists"):
        assert bob.get(page, query_string={"q": words}).status_code == 200


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://a]b", "//", "null", "\\"])
def test_an_origin_that_is_none_is_not_ours(guest: Visitor, origin: str) -> None:
    assert guest.post("/login", headers={"Origin": origin}).status_code == 403
    referer = {"Origin": "", "Referer": origin}
    assert guest.post("/login", headers=referer).status_code == 403
