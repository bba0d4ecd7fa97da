"""Walks to a provider: good once, for ten minutes, in one browser, for one person."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import TooMany
from database import oauth_transactions
from database.engine import Database
from database.models import OauthTransaction
from database.oauth_transactions import LASTS, LINK, LOGIN, NotBegun, Walk
from tests import factories

BROWSER = "what the cookie of one browser holds"


def walk(person_id: int | None, purpose: str = LINK) -> Walk:
    return Walk(person_id, "spotify", purpose, "sealed", "a b", "http://127.0.0.1:8000/x", "/to")


def test_it_is_taken_once_and_carries_what_was_put_in(session: Session) -> None:
    ada = factories.person(session).id
    state = oauth_transactions.begin(session, walk(ada), BROWSER)

    assert oauth_transactions.take(session, "spotify", state, BROWSER, ada) == walk(ada)
    with pytest.raises(NotBegun):
        oauth_transactions.take(session, "spotify", state, BROWSER, ada)


def test_nothing_that_was_handed_out_is_kept(session: Session) -> None:
    state = oauth_transactions.begin(session, walk(None, LOGIN), BROWSER)

    kept = session.execute(select(OauthTransaction.__table__)).one()
    assert state not in str(kept) and BROWSER not in str(kept)


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "another state"},
        {"state": ""},
        {"state": "x" * 10_000},
        {"browser": "another browser"},
        {"browser": None},
        {"browser": ""},
        {"provider": "google"},
        {"person_id": None},
        {"person_id": 4711},
    ],
)
def test_whoever_is_not_who_set_out_gets_nothing_and_costs_them_nothing(
    session: Session, changed: dict[str, str | int | None]
) -> None:
    ada = factories.person(session).id
    state = oauth_transactions.begin(session, walk(ada), BROWSER)
    fits = {"provider": "spotify", "state": state, "browser": BROWSER, "person_id": ada}

    with pytest.raises(NotBegun):
        oauth_transactions.take(session, **(fits | changed))  # type: ignore[arg-type]
    assert oauth_transactions.take(session, **fits)  # type: ignore[arg-type]


def test_one_to_log_in_is_good_for_whoever_is_in_that_browser(session: Session) -> None:
    ada = factories.person(session).id
    states = [oauth_transactions.begin(session, walk(None, LOGIN), BROWSER) for _ in range(2)]

    assert oauth_transactions.take(session, "spotify", states[0], BROWSER, None).purpose == LOGIN
    assert oauth_transactions.take(session, "spotify", states[1], BROWSER, ada).purpose == LOGIN


def test_after_ten_minutes_it_is_over_and_the_next_one_clears_it_away(session: Session) -> None:
    ada = factories.person(session).id
    state = oauth_transactions.begin(session, walk(ada), BROWSER)
    session.execute(update(OauthTransaction).values(expires_at=clock.now()))

    with pytest.raises(NotBegun):
        oauth_transactions.take(session, "spotify", state, BROWSER, ada)
    oauth_transactions.begin(session, walk(ada), BROWSER)
    (left,) = session.scalars(select(OauthTransaction))
    assert left.expires_at - left.created_at == LASTS == 600_000


def test_guests_cannot_fill_the_table(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth_transactions, "MOST_OF_GUESTS", 2)
    ada = factories.person(session).id
    for _ in range(2):
        oauth_transactions.begin(session, walk(None, LOGIN), BROWSER)

    with pytest.raises(TooMany):
        oauth_transactions.begin(session, walk(None, LOGIN), BROWSER)
    assert oauth_transactions.begin(session, walk(ada), BROWSER)


def test_of_two_at_the_same_moment_one_gets_it(db: Database) -> None:
    with db.writing() as session:
        ada = factories.person(session).id
        state = oauth_transactions.begin(session, walk(ada), BROWSER)
    both = Barrier(2)

    def take() -> bool:
        both.wait(timeout=60)
        try:
            with db.writing() as session:
                oauth_transactions.take(session, "spotify", state, BROWSER, ada)
        except NotBegun:
            return False
        return True

    with ThreadPoolExecutor() as threads:
        ways = [threads.submit(take) for _ in range(2)]
        assert sorted(way.result() for way in ways) == [False, True]
