"""Logging in by Spotify: by what an account is known by for ever, in the browser that set out."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from database import people
from database.models import Grant, OauthTransaction, Person, PersonSession
from database.people import NewPerson
from tests.web.conftest import PASSWORD, house
from tests.web.connecting import AT_HOME, LOOPBACK, Walker, set_up, walker
from tests.web.consenting import ADA, Account, Consenting


@pytest.fixture
def guest(app: Flask) -> Walker:
    return walker(app)


def sid(who: Walker) -> str | None:
    with who.client.session_transaction(base_url=LOOPBACK) as cookie:
        found: str | None = cookie.get("sid")
        return found


def sessions(app: Flask) -> int:
    with house(app).db.reading() as session:
        return session.scalar(select(func.count()).select_from(PersonSession)) or 0


def test_who_connected_before_is_let_in_by_a_new_session(
    spotify: Consenting, victim: Walker, guest: Walker
) -> None:
    victim.connects(spotify)
    before = victim.grant()

    answer = guest.logs_in_by(spotify, "/films")

    assert (answer.status_code, answer.location) == (303, "/films")
    assert guest.is_logged_in and sid(guest) not in (None, sid(victim))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    # What is asked for is as little as can be, and it does not take the place of what is held.
    assert victim.grant() == before


@pytest.mark.usefixtures("spotify")
def test_as_little_as_can_be_is_asked_for(guest: Walker) -> None:
    led = guest.post("/login/spotify").location

    assert parse_qs(urlsplit(led).query)["scope"] == ["user-read-private"]


@pytest.mark.parametrize(
    "stranger",
    [
        Account("stranger", "Ada", "an-account-of-nobody"),
        # A name, and even the id that may change, of somebody who is here.
        Account("ada", "Ada", "an-account-of-nobody"),
        Account("victim", "victim", "an-account-of-nobody"),
        # Ids may be chosen: one that reads as what somebody here is known by for ever.
        Account("the-account-of-ada", "Ada", "an-account-of-nobody"),
        Account("the-account-of-ada", "Ada"),
    ],
)
def test_an_account_that_nobody_has_connected_lets_nobody_in(
    spotify: Consenting, victim: Walker, guest: Walker, stranger: Account
) -> None:
    victim.connects(spotify)
    spotify.whose = stranger

    answer = guest.logs_in_by(spotify)

    assert answer.location == "/login"
    assert "Nobody here has connected this account at Spotify" in guest.said()
    assert not guest.is_logged_in


def test_a_child_is_not_let_in(
    app: Flask, spotify: Consenting, victim: Walker, guest: Walker
) -> None:
    victim.connects(spotify)
    parent = walker(app, "parent")
    with house(app).db.writing() as session:
        session.execute(update(Person).where(Person.id == victim.id).values(parent_id=parent.id))

    guest.logs_in_by(spotify)

    assert "looked after by somebody else" in guest.said()
    assert not guest.is_logged_in


def test_a_session_that_was_put_into_the_browser_is_not_the_one_that_is_logged_in(
    spotify: Consenting, victim: Walker, guest: Walker
) -> None:
    """Fixation: the attacker knows all that the cookie held before."""
    victim.connects(spotify)
    planted = "a session that the attacker knows"
    with guest.client.session_transaction(base_url=LOOPBACK) as cookie:
        cookie["sid"], cookie["walk"], cookie["proved_at"] = planted, planted, 2**53

    guest.logs_in_by(spotify)

    with guest.client.session_transaction(base_url=LOOPBACK) as cookie:
        assert cookie["sid"] != planted
        assert "walk" not in cookie and "proved_at" not in cookie


@pytest.mark.usefixtures("victim")
def test_each_login_and_each_new_password_is_a_new_session(app: Flask) -> None:
    browser, seen = walker(app), set()
    browser.post("/login", username="victim", password=PASSWORD)
    seen.add(sid(browser))
    browser.post("/account/password", current=PASSWORD, new="another battery staple")
    seen.add(sid(browser))
    browser.post("/logout")
    browser.post("/login", username="victim", password="another battery staple")
    seen.add(sid(browser))

    assert len(seen) == 3 and None not in seen
    assert sessions(app) == 1


def test_nobody_is_logged_in_as_somebody_else_without_asking(
    app: Flask, spotify: Consenting, victim: Walker, attacker: Walker, guest: Walker
) -> None:
    """Login CSRF: the victim's browser opens the address by which the attacker would get in."""
    attacker.connects(spotify)
    there = walker(app)
    led = spotify.allow(there.post("/login/spotify").location)
    # Both are on a way of their own.
    guest.post("/login/spotify")
    victim.sets_out()
    before = sid(victim)

    for who in (guest, victim):
        who.get(led)
        assert "was not begun in this browser" in who.said()
    assert not guest.is_logged_in
    assert sid(victim) == before


@pytest.mark.usefixtures("spotify")
def test_setting_out_takes_a_form_of_ours(app: Flask) -> None:
    client = app.test_client()

    def status(**headers: str) -> int:
        return client.post("/login/spotify", base_url=LOOPBACK, headers=headers).status_code

    assert status(Origin="http://evil.example") == 403
    assert status(Origin=LOOPBACK) == 400
    assert status() == 403
    assert client.get("/login/spotify", base_url=LOOPBACK).status_code == 405
    with house(app).db.reading() as session:
        assert session.scalars(select(OauthTransaction)).all() == []


@pytest.mark.usefixtures("victim")
def test_a_walk_to_connect_does_not_log_in_nor_the_other_way_round(
    app: Flask, spotify: Consenting, guest: Walker
) -> None:
    led = spotify.allow(guest.post("/login/spotify").location)
    guest.post("/login", username="victim", password=PASSWORD)

    # The login has made the walk before it nobody's.
    guest.get(led)

    assert "was not begun in this browser" in guest.said()
    with house(app).db.reading() as session:
        assert session.scalars(select(Grant)).all() == []


def test_it_is_offered_where_it_can_be_done(app: Flask, spotify: Consenting) -> None:
    here, far = walker(app), walker(app, base=AT_HOME)
    assert "Log in with Spotify" in here.get("/login").text
    assert "Log in with Spotify" not in far.get("/login").text
    assert far.post("/login/spotify").status_code == 409

    set_up(app, spotify, spotify_client_id="")
    assert "Log in with Spotify" not in here.get("/login").text
    assert here.post("/login/spotify").status_code == 409


def test_pages_that_lead_to_spotify_let_their_forms_do_so_and_no_others(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    for page in ("/login", "/account/connections"):
        who = walker(app) if page == "/login" else victim
        policy = who.get(page).headers["Content-Security-Policy"]
        assert f"form-action 'self' {spotify.url}" in policy
        assert "script-src 'self';" in policy
    assert "form-action 'self';" in victim.get("/account").headers["Content-Security-Policy"]


def test_who_is_deleted_is_not_let_in(
    app: Flask, spotify: Consenting, victim: Walker, guest: Walker
) -> None:
    victim.connects(spotify)
    with house(app).db.writing() as session:
        people.add(session, NewPerson(username="admin", password=PASSWORD), zone="UTC")
        session.delete(session.get_one(Person, victim.id))

    guest.logs_in_by(spotify)

    assert not guest.is_logged_in


def test_known_by_its_id_alone_it_is_let_in_once_the_account_is_told(
    spotify: Consenting, victim: Walker, guest: Walker
) -> None:
    spotify.whose = Account("ada", "Ada")
    victim.connects(spotify)
    spotify.whose = ADA

    guest.logs_in_by(spotify)

    assert guest.is_logged_in
