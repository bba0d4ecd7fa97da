"""A feed is asked for no more often than its service likes."""

import pytest
from sqlalchemy import update

from core.errors import RemoteError
from core.settings import Settings
from database.engine import Database
from database.models import FilmSource
from database.owner import Owner
from fakes.letterboxd import FakeLetterboxd
from tests.worker.listening import begin
from worker_jobs.film_sources import from_feed


def order(db: Database, settings: Settings, guest: str = "g", name: str = "dave") -> None:
    from_feed(begin(db, settings, Owner(guest_hash=guest)), name)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (429, {"Retry-After": "900"}, "in 15 minutes"),
        (429, {}, "in a minute"),
        (503, {"Retry-After": "1"}, "in a minute"),
        (403, {}, "in 10 minutes"),
    ],
)
def test_whoever_comes_after_a_failure_is_told_when(
    db: Database,
    settings: Settings,
    letterboxd: FakeLetterboxd,
    status: int,
    headers: dict[str, str],
    said: str,
) -> None:
    letterboxd.member("dave", seed=1)
    letterboxd.answers(status, headers)
    with pytest.raises(RemoteError):
        order(db, settings)

    for guest in ("h", "i"):
        with pytest.raises(RemoteError, match=f"dave is asked for again {said}") as told:
            order(db, settings, guest)
        assert told.value.retry_after is not None

    assert len(letterboxd.requests) == 1


def test_once_the_time_is_over_it_is_asked_for_again(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd
) -> None:
    letterboxd.member("dave", seed=1)
    letterboxd.answers(429, times=1)
    with pytest.raises(RemoteError):
        order(db, settings)
    with db.writing() as session:
        session.execute(update(FilmSource).values(not_before=1))

    order(db, settings)

    assert len(letterboxd.requests) == 2


def test_a_name_that_nobody_has_may_be_tried_at_once(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd
) -> None:
    with pytest.raises(RemoteError, match="dave has no Letterboxd feed"):
        order(db, settings)
    letterboxd.member("dave", seed=1)

    order(db, settings)
