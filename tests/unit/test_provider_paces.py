"""The pace at which a provider is asked: one for the whole house, kept across restarts."""

import threading
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from core import clock
from database import provider_paces
from database.engine import Database
from database.provider_paces import Rest

SPOTIFY = "spotify"
NOON = 20_000 * clock.DAY + 12 * clock.HOUR
APART = 100


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> int:
        return self.at


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", made.now)
    return made


def reserve(session: Session, turns: int = 10, provider: str = SPOTIFY) -> int | Rest:
    return provider_paces.reserve(session, provider, turns, apart=APART, patience=10_000)


def calls(session: Session) -> int:
    return provider_paces.standing(session, SPOTIFY).calls


def test_the_first_turns_are_free_at_once_and_the_next_come_one_by_one(
    session: Session, time: Clock
) -> None:
    assert reserve(session) == time.at - 1_000
    assert reserve(session) == time.at
    assert reserve(session) == time.at + 1_000


def test_what_is_not_used_for_a_while_is_no_reserve(session: Session, time: Clock) -> None:
    reserve(session)
    time.at += clock.HOUR

    assert reserve(session) == time.at - 1_000
    assert reserve(session) == time.at


def test_each_provider_has_a_pace_of_its_own(session: Session, time: Clock) -> None:
    for _ in range(3):
        reserve(session)

    assert reserve(session, provider="reccobeats") == time.at - 1_000


def test_turns_that_are_too_far_off_are_not_taken(session: Session, time: Clock) -> None:
    while not isinstance(taken := reserve(session), Rest):
        last = taken
    assert taken == Rest(last + 1_000, None)
    before = calls(session)

    assert reserve(session) == taken
    assert calls(session) == before
    time.at += 1_000
    assert reserve(session) == last + 1_000


def test_nobody_gets_a_turn_while_it_rests(session: Session, time: Clock) -> None:
    provider_paces.rest(session, SPOTIFY, time.at + 5_000, None)

    assert reserve(session) == Rest(time.at + 5_000, None)
    assert provider_paces.standing(session, SPOTIFY).rest == Rest(time.at + 5_000, None)
    assert calls(session) == 0
    time.at += 5_000
    assert isinstance(reserve(session), int)
    assert provider_paces.standing(session, SPOTIFY).rest is None


def test_a_longer_rest_holds_on_with_what_was_said(session: Session, time: Clock) -> None:
    until = time.at + clock.HOUR
    provider_paces.rest(session, SPOTIFY, until, "The quota is used up.")
    provider_paces.rest(session, SPOTIFY, time.at + 1_000, None)

    assert provider_paces.standing(session, SPOTIFY).rest == Rest(until, "The quota is used up.")
    provider_paces.rest(session, SPOTIFY, until + 1, None)
    assert provider_paces.standing(session, SPOTIFY).rest == Rest(until + 1, None)


def test_a_rest_that_ends_too_far_off_is_one_of_a_wrong_clock(
    session: Session, time: Clock
) -> None:
    time.at += 1_000 * clock.DAY
    provider_paces.rest(session, SPOTIFY, time.at + clock.HOUR, "said")
    reserve(session)
    time.at = NOON

    assert provider_paces.standing(session, SPOTIFY).rest is None
    assert reserve(session) == time.at - 1_000
    provider_paces.rest(session, SPOTIFY, time.at + 7_000, None)
    assert provider_paces.standing(session, SPOTIFY).rest == Rest(time.at + 7_000, None)


def test_a_rest_is_never_longer_than_a_day_and_an_hour(session: Session, time: Clock) -> None:
    provider_paces.rest(session, SPOTIFY, time.at + 400 * clock.DAY, "said")

    rest = provider_paces.standing(session, SPOTIFY).rest
    assert rest is not None
    assert rest.until == time.at + 25 * clock.HOUR


def test_calls_are_counted_by_the_day(session: Session, time: Clock) -> None:
    assert calls(session) == 0
    reserve(session, 10)
    reserve(session, 5)
    assert calls(session) == 15

    time.at += clock.DAY
    assert calls(session) == 0
    reserve(session, 4)
    assert calls(session) == 4


def test_what_is_given_back_is_others_and_was_no_call(session: Session, time: Clock) -> None:
    reserve(session)
    reserve(session)
    provider_paces.give_back(session, SPOTIFY, 7, apart=APART)

    assert calls(session) == 13
    assert reserve(session) == time.at + 300
    time.at += clock.DAY
    provider_paces.give_back(session, SPOTIFY, 7, apart=APART)
    assert calls(session) == 0


def test_many_that_reserve_at_once_never_have_one_turn(db: Database) -> None:
    found: list[int | Rest] = []

    def reserve_some() -> None:
        for _ in range(10):
            with db.writing(bulk=True) as session:
                found.append(
                    provider_paces.reserve(session, SPOTIFY, 10, apart=APART, patience=10**7)
                )

    threads = [threading.Thread(target=reserve_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    begins = sorted(one for one in found if isinstance(one, int))
    assert len(begins) == 40
    assert all(later - earlier >= 10 * APART for earlier, later in pairwise(begins))
    with db.reading() as session:
        assert calls(session) == 400
