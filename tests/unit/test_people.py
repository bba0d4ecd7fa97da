"""Accounts and what lets a person in, on both databases; and the words for browsers and waits."""

import pytest
from pydantic import ValidationError
from sqlalchemy import update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.names import fold
from database import overview, people, sessions, tasks, tokens
from database.engine import Database
from database.models import LoginFailure, SetupCode
from database.owner import HOUSE
from database.people import NewPerson
from database.sessions import Browser
from tests import factories
from webapp.accounts import proof
from webapp.accounts.browsers import browser
from webapp.accounts.entry import is_own

PASSWORD = "correct horse battery staple"
SCOPES = ["name:bob", "address:192.0.2.7"]


def wanted(name: str = "Maya", password: str = PASSWORD) -> NewPerson:
    return NewPerson(username=name, password=password)


# --- accounts


@pytest.mark.parametrize("name", ["bob", "BOB", " Bob ", "ｂｏｂ"])
def test_a_name_is_had_once_however_it_is_written(session: Session, name: str) -> None:
    people.add(session, wanted("Bob"), zone="UTC")

    with pytest.raises(InvalidInput) as caught:
        people.add(session, wanted(name), zone="UTC")
    assert caught.value.problems.keys() == {"username"}


@pytest.mark.parametrize(
    "password", ["seven77", "password123", "PassWord123", "\uff50assword123", "é" * 600]
)
def test_a_poor_password_is_not_taken(password: str) -> None:
    with pytest.raises(ValidationError) as caught:
        wanted(password=password)
    assert password not in str(caught.value)


@pytest.mark.parametrize("password", ["eightch8", "four words with spaces", "ü" * 64, "x" * 1024])
def test_a_long_password_of_any_letters_is_taken(password: str) -> None:
    assert wanted(password=password).password == password


def test_the_common_passwords_are_folded_and_long_enough_to_matter() -> None:
    common = people.common_passwords()

    assert len(common) >= 300
    assert all(one == fold(one) and len(one) >= people.MIN_PASSWORD for one in common)


def test_a_password_is_checked_by_any_writing_of_the_name(session: Session) -> None:
    maya = people.add(session, wanted(), zone="UTC")

    assert people.check_password(session, "MAYA", PASSWORD) is maya
    assert people.check_password(session, "maya", f"{PASSWORD} ") is None
    assert people.check_password(session, "nobody", PASSWORD) is None
    assert not people.needs_new_hash(maya)


def test_what_is_stored_in_place_of_a_hash_opens_nothing(session: Session) -> None:
    factories.person(session, "bob", password_hash="")

    assert people.check_password(session, "bob", "") is None


def test_only_one_becomes_the_first(session: Session) -> None:
    people.new_setup_code(session)

    maya = people.get(session, people.add_first(session, wanted(), zone="Europe/Berlin"))

    assert (maya.name, maya.is_admin, maya.zone) == ("Maya", True, "Europe/Berlin")
    assert session.get(SetupCode, 1) is None
    with pytest.raises(Forbidden):
        people.add_first(session, wanted("Eve"), zone="UTC")


def test_a_new_code_ends_the_old_one(session: Session) -> None:
    first = people.new_setup_code(session) or ""
    session.flush()
    second = people.new_setup_code(session) or ""
    session.flush()
    session.expire_all()

    assert not people.is_setup_code(session, first)
    assert people.is_setup_code(session, f" {second.lower()} ")
    session.execute(update(SetupCode).values(expires_at=clock.now()))
    session.expire_all()
    assert not people.is_setup_code(session, second)


def test_somebody_always_looks_after_the_house(session: Session) -> None:
    alice = factories.person(session, "alice", is_admin=True)
    bob = factories.person(session, "bob")

    with pytest.raises(Conflict):
        people.set_admin(session, alice.id, is_admin=False)
    with pytest.raises(Conflict):
        people.remove(session, alice.id)

    people.set_admin(session, bob.id, is_admin=True)
    people.remove(session, alice.id)
    assert [one.name for one in people.listed(session)] == ["bob"]


def test_a_letterboxd_account_is_one_persons(session: Session) -> None:
    alice = factories.person(session, "alice", letterboxd_name="Dave")
    bob = factories.person(session, "bob")

    with pytest.raises(InvalidInput) as caught:
        people.change(session, bob.id, zone="UTC", letterboxd_name="dave")
    assert caught.value.problems.keys() == {"letterboxd_name"}

    people.change(session, alice.id, zone="Asia/Tokyo", letterboxd_name="dave")
    people.change(session, alice.id, zone="Asia/Tokyo", letterboxd_name=None)
    people.change(session, bob.id, zone="UTC", letterboxd_name="dave")


# --- the throttle


def fail(session: Session, times: int, *, ago: int = 0) -> int:
    """Fail that often, the last time so long ago; return the seconds to wait."""
    for _ in range(times):
        sessions.failed(session, SCOPES)
    session.execute(update(LoginFailure).values(last_at=clock.now() - ago))
    session.expire_all()
    return sessions.wait_seconds(session, SCOPES)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (4, 0), (5, 1), (6, 2), (8, 8), (40, 15 * 60)]
)
def test_the_wait_doubles_from_the_fifth_failure_to_a_quarter_of_an_hour(
    session: Session, failures: int, seconds: int
) -> None:
    assert fail(session, failures) == seconds


def test_the_wait_ends_and_a_success_forgets(session: Session) -> None:
    assert fail(session, 7, ago=5 * clock.SECOND) == 0

    sessions.succeeded(session, SCOPES)

    assert fail(session, 4) == 0


def test_a_clock_that_went_back_makes_no_wait_longer(session: Session) -> None:
    assert fail(session, 6, ago=-clock.DAY) == 2


def test_names_are_counted_apart(session: Session) -> None:
    fail(session, 9)

    assert sessions.wait_seconds(session, ["name:alice", "address:192.0.2.8"]) == 0
    assert sessions.wait_seconds(session, ["name:alice", SCOPES[1]]) > 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes")],
)
def test_a_wait_in_words(seconds: int, words: str) -> None:
    assert proof.in_words(seconds) == words


# --- sessions and tokens


def test_what_is_somebody_elses_is_not_there(session: Session) -> None:
    alice, bob = factories.person(session, "alice"), factories.person(session, "bob")
    sessions.begin(session, alice.id, Browser("a browser", "192.0.2.7"))
    tokens.add(session, alice.id, "a script")

    with pytest.raises(NotFound):
        sessions.end(session, bob.id, sessions.listed(session, alice.id)[0].id)
    with pytest.raises(NotFound):
        tokens.remove(session, bob.id, tokens.listed(session, alice.id)[0].id)
    sessions.end_all(session, bob.id)

    assert len(sessions.listed(session, alice.id)) == 1


def test_neither_secret_nor_token_is_kept(session: Session) -> None:
    bob = factories.person(session, "bob")
    secret = sessions.begin(session, bob.id, Browser("a browser", "192.0.2.7"))
    token = tokens.add(session, bob.id, "a script")

    kept = [str(vars(one)) for one in sessions.listed(session, bob.id)]
    kept += [str(vars(one)) for one in tokens.listed(session, bob.id)]

    assert not any(secret in one or token in one for one in kept)
    assert sessions.find(session, secret) and tokens.find(session, token)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Firefox on Linux"),
        ("(iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("(Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("(Windows NT 10.0; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.9.1", "curl"),
        ("x" * 200, "x" * 60),
        ("", "A browser without a name"),
    ],
)
def test_a_browser_in_a_few_words(user_agent: str, words: str) -> None:
    assert browser(user_agent) == words


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("/", True),
        ("/films?q=stalker&after=3", True),
        ("/%09/evil.example", True),  # stays a path: nobody decodes it a second time
        ("", False),
        ("films", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("/\t/evil.example", False),
        ("/\n/evil.example", False),
        (" //evil.example", False),
        ("https://evil.example", False),
        ("javascript:alert(1)", False),
        ("/" + "x" * 3_000, False),
    ],
)
def test_only_a_path_on_this_host_is_followed(address: str, is_ours: bool) -> None:
    assert is_own(address) == is_ours


# --- the admin's counts


def test_open_tasks_are_counted_by_lane(session: Session) -> None:
    for lane in (tasks.QUICK, tasks.QUICK, tasks.LONG):
        tasks.enqueue(session, "clean_up", {}, owner=HOUSE, lane=lane)

    assert overview.open_tasks(session) == [(tasks.LONG, 1, 0), (tasks.QUICK, 2, 0)]


def test_what_the_house_holds(db: Database) -> None:
    with db.writing() as session:
        bob = factories.person(session, "bob")
        factories.viewing(session, factories.film(session), factories.source(session, bob))

    with db.reading() as session:
        held = overview.holdings(session)
        size = overview.size(db, session)

    assert (held.people, held.films, held.viewings, held.mosaic_bytes) == (1, 1, 1, 0)
    assert size > 0
