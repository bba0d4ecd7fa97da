"""Accounts and what lets a person in, on both databases; and the words for browsers and waits."""

import contextlib
import threading
from collections.abc import Callable

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany
from core.names import fold
from database import overview, people, retention, sessions, tasks, tokens
from database.engine import Database
from database.models import LoginFailure, Person, PersonSession, SetupCode
from database.owner import HOUSE
from database.people import NewPerson
from database.sessions import Browser, Scope
from tests import factories
from webapp.accounts import proof
from webapp.accounts.browsers import browser
from webapp.answers import is_own

PASSWORD = "correct horse battery staple"
SCOPES = [Scope("name:bob"), Scope("address:192.0.2.7")]


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

    assert people.find(session, "MAYA") is maya
    assert people.is_password(maya, PASSWORD)
    assert not people.is_password(maya, f"{PASSWORD} ")
    assert not people.is_password(people.find(session, "nobody"), PASSWORD)
    assert not people.needs_new_hash(maya)


def test_what_is_stored_in_place_of_a_hash_opens_nothing(session: Session) -> None:
    bob = factories.person(session, "bob", password_hash="")

    assert not people.is_password(bob, "")


def test_only_one_becomes_the_first(session: Session) -> None:
    people.new_setup_code(session)

    maya = people.get(session, people.add_first(session, wanted(), zone="Europe/Berlin"))

    assert (maya.name, maya.is_admin, maya.zone) == ("Maya", True, "Europe/Berlin")
    assert session.get(SetupCode, 1) is None
    with pytest.raises(Forbidden):
        people.add_first(session, wanted("Eve"), zone="UTC")


def test_of_several_who_come_together_one_becomes_the_first(db: Database) -> None:
    at_once, refused = threading.Barrier(4), []

    def come(name: str) -> None:
        with db.writing() as session:
            if not db.is_sqlite:
                at_once.wait()
            people.add_first(session, wanted(name), zone="UTC")

    def quietly(name: str) -> None:
        try:
            come(name)
        except Forbidden:
            refused.append(name)

    names = ("Maya", "Maya", "Eve", "Jonas")
    threads = [threading.Thread(target=quietly, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 3
    with db.reading() as session:
        assert len(session.scalars(select(Person)).all()) == 1


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


def test_of_two_webs_that_start_at_once_the_later_ones_code_counts(db: Database) -> None:
    codes = []

    def start() -> None:
        with db.writing() as session:
            codes.append(people.new_setup_code(session))

    with db.writing() as session:
        first = people.new_setup_code(session)
        session.flush()
        other = threading.Thread(target=start)
        other.start()
        other.join(0.3)
    other.join()

    (second,) = codes
    with db.reading() as session:
        assert people.is_setup_code(session, second or "")
        assert not people.is_setup_code(session, first or "")


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


def fail(session: Session, times: int, *, ago: int = 0, scopes: list[Scope] = SCOPES) -> None:
    """Fail that often, the last time so long ago."""
    for _ in range(times):
        assert sessions.count_try(session, scopes) == 0
        session.execute(update(LoginFailure).values(last_at=clock.now() - clock.HOUR))
    session.execute(update(LoginFailure).values(last_at=clock.now() - ago))


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (4, 0), (5, 1), (6, 2), (8, 8), (40, 15 * 60)]
)
def test_the_wait_doubles_from_the_fifth_failure_to_a_quarter_of_an_hour(
    session: Session, failures: int, seconds: int
) -> None:
    fail(session, failures)

    assert sessions.count_try(session, SCOPES) == seconds


def test_the_wait_ends_and_a_success_forgets(session: Session) -> None:
    fail(session, 7, ago=5 * clock.SECOND)
    assert sessions.count_try(session, SCOPES) == 0

    sessions.succeeded(session, SCOPES)

    fail(session, 4)
    assert sessions.count_try(session, SCOPES) == 0


def test_a_clock_that_went_back_makes_no_wait_longer(session: Session) -> None:
    fail(session, 6, ago=-clock.DAY)

    assert sessions.count_try(session, SCOPES) == 2


def test_names_are_counted_apart(session: Session) -> None:
    fail(session, 9)

    assert sessions.count_try(session, [Scope("name:alice"), Scope("address:192.0.2.8")]) == 0
    assert sessions.count_try(session, [Scope("name:alice"), SCOPES[1]]) > 0


def test_of_many_at_one_moment_only_as_many_are_tried_as_are_free(db: Database) -> None:
    with db.writing() as session:
        fail(session, 4)
    at_once, waits = threading.Barrier(8), []

    def one() -> None:
        at_once.wait()
        with db.writing(bulk=True) as session:
            wait = sessions.count_try(session, SCOPES)
            waits.append(wait)
            if wait:
                raise TooMany("", wait)

    _in_threads(one, 8)

    assert len(waits) == 8
    assert waits.count(0) == 1
    with db.reading() as session:
        assert {row.failures for row in session.query(LoginFailure)} == {5}


def _in_threads(what: Callable[[], None], count: int) -> None:
    def quietly() -> None:
        with contextlib.suppress(TooMany):
            what()

    threads = [threading.Thread(target=quietly) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def guess_from_everywhere(session: Session, name: str) -> None:
    for number in range(40):
        scopes = sessions.login_scopes(session, name, f"192.0.2.{number}")
        fail(session, 1, ago=clock.HOUR, scopes=scopes)
    session.execute(update(LoginFailure).values(last_at=clock.now()))


def test_guesses_from_everywhere_are_slowed_and_the_owner_waits_half_a_minute_at_most(
    session: Session,
) -> None:
    guess_from_everywhere(session, "bob")

    wait = sessions.count_try(session, sessions.login_scopes(session, "BOB", "198.51.100.7"))

    assert 20 < wait <= 30


def test_where_a_person_has_been_guesses_from_elsewhere_cost_them_nothing(
    session: Session,
) -> None:
    bob = factories.person(session, "bob")
    sessions.begin(session, bob.id, Browser("a browser", "198.51.100.7"))
    session.flush()
    guess_from_everywhere(session, "bob")

    assert sessions.count_try(session, sessions.login_scopes(session, "bob", "198.51.100.7")) == 0
    assert sessions.count_try(session, sessions.login_scopes(session, "bob", "198.51.100.8")) > 0


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
    "aged", [{"last_seen_at": clock.now() - 15 * clock.DAY}, {"expires_at": clock.now() - 1}]
)
def test_a_session_that_holds_no_more_is_not_listed_and_goes(
    session: Session, aged: dict[str, int]
) -> None:
    bob = factories.person(session, "bob")
    secret = sessions.begin(session, bob.id, Browser("an old one", "192.0.2.7"))
    session.flush()
    session.execute(update(PersonSession).values(**aged))
    sessions.begin(session, bob.id, Browser("a new one", "192.0.2.7"))
    session.flush()
    session.expire_all()

    assert sessions.find(session, secret) is None
    assert [one.browser for one in sessions.listed(session, bob.id)] == ["a new one"]
    retention.drop_sessions(session, clock.now())
    assert session.query(PersonSession).count() == 1


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
