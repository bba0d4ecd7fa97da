"""Coming in, staying in, and leaving: the set-up code, logins, sessions, passwords, tokens."""

import re
import sqlite3

import pytest
from flask import Flask
from sqlalchemy import event, select, text, update

from core import clock
from database import people, sessions, tokens
from database.models import LoginFailure, PersonSession, SetupCode
from tests.web.conftest import PASSWORD, Visitor, house, member
from webapp.database import writing

NOW_AND_THEN = clock.HOUR  # longer than a visit goes without being written down

OTHER = "another long password"


def code(app: Flask) -> str:
    with house(app).db.writing() as session:
        made = people.new_setup_code(session)
    assert made
    return made


def set_up(guest: Visitor, code: str, name: str = "maya", password: str = PASSWORD) -> int:
    answer = guest.submit(
        f"/setup?code={code}", to="/setup", code=code, username=name, password=password
    )
    return answer.status_code


def test_the_first_visitor_with_the_code_becomes_the_admin(app: Flask, guest: Visitor) -> None:
    assert set_up(guest, code(app)) == 303

    assert guest.get("/admin").status_code == 200
    with house(app).db.reading() as session:
        assert [(one.name, one.is_admin) for one in people.listed(session)] == [("maya", True)]


def test_a_set_up_house_is_not_set_up_again(app: Flask, guest: Visitor) -> None:
    shown = code(app)
    second = Visitor(app.test_client())
    token = second.token(f"/setup?code={shown}")
    set_up(guest, shown)

    typed = {"csrf_token": token, "code": shown, "username": "eve", "password": PASSWORD}
    answer = second.post("/setup", data=typed)

    assert answer.location == "/login"
    with house(app).db.reading() as session:
        assert people.count(session) == 1
    with house(app).db.writing() as session:
        assert people.new_setup_code(session) is None


@pytest.mark.parametrize("wrong", ["", "AAAAA-AAAAA-AAAAA-AAAAA", "'; DROP TABLE people"])
def test_a_wrong_code_lets_nobody_in(app: Flask, guest: Visitor, wrong: str) -> None:
    code(app)

    answer = guest.get("/setup", query_string={"code": wrong})

    assert answer.status_code == 403
    assert "shows a new link" in answer.text


def test_a_code_holds_for_an_hour(app: Flask, guest: Visitor) -> None:
    shown = code(app)
    with house(app).db.writing() as session:
        session.execute(update(SetupCode).values(expires_at=clock.now() - 1))

    assert guest.get(f"/setup?code={shown}").status_code == 403


@pytest.mark.parametrize("password", ["short", "password123", "x" * 1100])
def test_a_poor_password_is_refused_with_a_sentence(
    app: Flask, guest: Visitor, password: str
) -> None:
    shown = code(app)

    assert set_up(guest, shown, password=password) == 422
    with house(app).db.reading() as session:
        assert people.count(session) == 0


def log_in(guest: Visitor, name: str = "bob", password: str = PASSWORD, **more: str) -> int:
    return guest.submit("/login", username=name, password=password, **more).status_code


def test_logging_in_and_out(bob: Visitor, guest: Visitor) -> None:
    assert log_in(guest, "BOB") == 303
    assert guest.get("/account").status_code == 200

    with guest.client.session_transaction() as cookie:
        copied = cookie["sid"]
    assert guest.submit("/account", to="/logout").status_code == 303

    with guest.client.session_transaction() as cookie:
        cookie["sid"] = copied
    assert guest.get("/account").status_code == 303
    assert bob.get("/account").status_code == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    bob: Visitor, guest: Visitor
) -> None:
    answers = []
    for name in ("bob", "nobody"):
        answer = guest.submit("/login", username=name, password="wrong password")
        answers.append((answer.status_code, "Name or password is not right." in answer.text))

    assert bob.id
    assert answers == [(422, True), (422, True)]


def test_after_five_wrong_ones_it_takes_its_time_but_locks_nobody_out(
    app: Flask, bob: Visitor, guest: Visitor
) -> None:
    for _ in range(5):
        assert log_in(guest, password="wrong password") == 422

    refused = guest.submit("/login", username="bob", password=PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert bob.get("/account").status_code == 200

    with house(app).db.writing() as session:
        session.execute(update(LoginFailure).values(last_at=clock.now() - clock.HOUR))
    assert log_in(guest) == 303


def at(app: Flask, address: str) -> Visitor:
    """Return somebody with a browser at that address."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return Visitor(client)


def test_wrong_guesses_elsewhere_keep_nobody_out(app: Flask, bob: Visitor) -> None:
    stranger, owner = at(app, "203.0.113.66"), at(app, "192.168.1.50")
    for _ in range(17):
        assert log_in(stranger, password="wrong password") == 422
        with house(app).db.writing() as session:
            session.execute(update(LoginFailure).values(last_at=clock.now() - clock.HOUR))
    assert log_in(stranger, password="wrong password") == 422
    assert log_in(stranger) == 429

    assert log_in(owner) == 303
    changed = bob.submit("/account", to="/account/password", current=PASSWORD, new=OTHER)
    assert changed.status_code == 303


def test_wrong_passwords_of_who_is_logged_in_are_counted_apart(
    bob: Visitor, guest: Visitor
) -> None:
    typed = {"label": "phone", "password": "wrong password"}
    statuses = [bob.submit("/account", to="/account/tokens", **typed).status_code for _ in range(6)]

    assert statuses == [422] * 5 + [429]
    assert log_in(guest) == 303


def test_no_connection_is_held_while_a_password_is_looked_at(
    app: Flask, bob: Visitor, guest: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from argon2 import PasswordHasher

    held, verify = [], PasswordHasher.verify

    def watched(self: PasswordHasher, stored: str, password: str) -> bool:
        held.append(house(app).db.engine.pool.status())
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    log_in(guest)
    bob.submit("/account", to="/account/tokens", label="phone", password=PASSWORD)

    assert len(held) == 2
    assert all("Current Checked out connections: 0" in status for status in held)


def test_what_somebody_does_waits_longer_for_the_lock_than_a_note_of_it(app: Flask) -> None:
    def waits(*, bulk: bool) -> int:
        with writing(bulk=bulk) as session:
            return int(session.scalar(text("PRAGMA busy_timeout")) or 0)

    with app.app_context():
        assert waits(bulk=False) > waits(bulk=True)


@pytest.mark.parametrize("pragma", ["query_only = ON", "busy_timeout = 20"])
def test_that_a_visit_cannot_be_written_down_shuts_nobody_out(
    app: Flask,
    bob: Visitor,
    guest: Visitor,
    pragma: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A disk that is full or can only be read, another process that writes for long."""
    db = house(app).db
    with db.writing() as session:
        token = tokens.add(session, bob.id, "a script")
        session.execute(update(PersonSession).values(last_seen_at=clock.now() - NOW_AND_THEN))
    guest.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    other = sqlite3.connect(house(app).settings.data / "needledrop.sqlite3", isolation_level=None)
    if "busy" in pragma:
        other.execute("BEGIN IMMEDIATE")
    event.listen(db.engine, "checkout", lambda found, *_: found.execute(f"PRAGMA {pragma}").close())

    assert bob.get("/account").status_code == 200
    assert guest.get("/films").status_code == 200

    other.close()
    assert caplog.text.count("not written down who was here") == 2


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/films", "/films"),
        ("/tasks?whose=own", "/tasks?whose=own"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_the_login_leads_to_pages_of_this_house_alone(
    bob: Visitor, guest: Visitor, wanted: str, led: str
) -> None:
    assert bob.id
    answer = guest.submit("/login", username="bob", password=PASSWORD, next=wanted)

    assert answer.location == led


def test_a_session_ends_by_itself(app: Flask, bob: Visitor) -> None:
    with house(app).db.writing() as session:
        session.execute(update(PersonSession).values(last_seen_at=clock.now() - 15 * clock.DAY))

    assert bob.get("/account").status_code == 303


def test_a_clock_that_was_behind_for_a_while_ends_no_session(app: Flask, bob: Visitor) -> None:
    """As on a small machine that has just been started, until the network tells it the time."""
    in_use = clock.now() + 20 * clock.DAY
    with house(app).db.writing() as session:
        session.execute(
            update(PersonSession).values(last_seen_at=in_use, expires_at=in_use + clock.DAY)
        )

    assert bob.get("/account").status_code == 200

    with house(app).db.reading() as session:
        assert session.scalar(select(PersonSession.last_seen_at)) == in_use


def test_a_clock_that_went_back_ends_no_session(app: Flask, bob: Visitor) -> None:
    with house(app).db.writing() as session:
        session.execute(
            update(PersonSession).values(
                last_seen_at=clock.now() + 400 * clock.DAY,
                created_at=clock.now() + 400 * clock.DAY,
                expires_at=clock.now() + 490 * clock.DAY,
            )
        )

    assert bob.get("/account").status_code == 200


def test_sessions_are_listed_and_ended(app: Flask, bob: Visitor, guest: Visitor) -> None:
    log_in(guest)
    with house(app).db.reading() as session:
        mine = [one.id for one in sessions.listed(session, bob.id)]
    assert len(mine) == 2

    assert bob.submit("/account", to="/account/sessions/end-others").status_code == 303

    assert bob.get("/account").status_code == 200
    assert guest.get("/account").status_code == 303


def test_one_browser_is_logged_out(app: Flask, bob: Visitor, guest: Visitor) -> None:
    log_in(guest)
    with house(app).db.reading() as session:
        other, own = sorted((one.id for one in sessions.listed(session, bob.id)), reverse=True)

    answer = bob.submit("/account", to=f"/account/sessions/{other}/end")

    assert (answer.status_code, answer.location) == (303, "/account#sessions")
    assert "That browser is logged out." in bob.get("/account").text
    assert guest.get("/account").status_code == 303

    answer = bob.submit("/account", to=f"/account/sessions/{own}/end")

    assert (answer.status_code, answer.location) == (303, "/login")
    assert bob.get("/account").status_code == 303
    with bob.client.session_transaction() as cookie:
        assert "sid" not in cookie
    with house(app).db.reading() as session:
        assert session.scalars(select(PersonSession.id)).all() == []


def test_a_browser_that_was_away_too_long_is_not_listed(app: Flask, bob: Visitor) -> None:
    with house(app).db.writing() as session:
        session.execute(update(PersonSession).values(last_seen_at=clock.now() - 15 * clock.DAY))
        sessions.begin(session, bob.id, sessions.Browser("Firefox Linux", "192.0.2.7"))
    guest = Visitor(app.test_client())
    log_in(guest)

    assert guest.get("/account").text.count("last here") == 2


def test_tokens_hold_after_a_new_password_and_the_page_says_so(
    app: Flask, bob: Visitor, guest: Visitor
) -> None:
    with house(app).db.writing() as session:
        token = tokens.add(session, bob.id, "a script")
    guest.headers = {"Authorization": f"Bearer {token}"}
    assert "hold until you remove them" in bob.get("/account").text

    bob.submit("/account", to="/account/password", current=PASSWORD, new=OTHER)

    assert "Your tokens still hold" in bob.get("/account").text
    assert guest.get("/films").status_code == 200


def test_a_new_password_ends_every_other_session(bob: Visitor, guest: Visitor) -> None:
    log_in(guest)
    wrong = bob.submit("/account", to="/account/password", current="no", new=OTHER)
    assert wrong.status_code == 422

    right = bob.submit("/account", to="/account/password", current=PASSWORD, new=OTHER)

    assert right.status_code == 303
    assert bob.get("/account").status_code == 200
    assert guest.get("/account").status_code == 303
    assert log_in(guest, password=PASSWORD) == 422
    assert log_in(guest, password=OTHER) == 303


def test_who_one_is(app: Flask, bob: Visitor) -> None:
    typed = {"zone": "Europe/Berlin", "letterboxd_name": "https://letterboxd.com/bob_b/films/"}
    assert bob.submit("/account", to="/account/about", **typed).status_code == 303
    assert bob.submit("/account", to="/account/about", zone="Mars/Olympus").status_code == 422

    with house(app).db.reading() as session:
        person = people.get(session, bob.id)
    assert (person.zone, person.letterboxd_name) == ("Europe/Berlin", "bob_b")


def test_a_token_is_shown_once_and_can_be_taken_away(
    app: Flask, bob: Visitor, guest: Visitor
) -> None:
    refused = bob.submit("/account", to="/account/tokens", label="phone", password="wrong")
    assert refused.status_code == 422
    shown = bob.submit("/account", to="/account/tokens", label="phone", password=PASSWORD)
    found = re.search(r"<code>([0-9a-f-]{36})</code>", shown.text)
    assert found
    guest.headers = {"Authorization": f"Token {found[1]}", "Accept": "application/json"}

    assert guest.get("/films").status_code == 200
    assert found[1] not in bob.get("/account").text

    with house(app).db.reading() as session:
        row = tokens.listed(session, bob.id)[0]
    assert row.last_used_at is not None
    bob.submit("/account", to=f"/account/tokens/{row.id}/remove")
    assert guest.get("/films").status_code == 401


def test_with_a_token_a_script_asks_for_a_mosaic(app: Flask, bob: Visitor, guest: Visitor) -> None:
    with house(app).db.writing() as session:
        token = tokens.add(session, bob.id, "a script")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    answer = guest.client.post("/mosaics", json={"letterboxd_username": "dave"}, headers=headers)

    assert answer.status_code == 202
    task = guest.client.get(f"/tasks/{answer.get_json()['task']}", headers=headers)
    assert task.get_json()["status"] == "WAITING"


def test_names_differ_in_more_than_case(app: Flask, bob: Visitor) -> None:
    admin = member(app, "alice", is_admin=True)

    answer = admin.submit("/admin/people", username="BOB", password=PASSWORD)

    assert bob.id
    assert answer.status_code == 422
    assert "has that name already" in answer.text
