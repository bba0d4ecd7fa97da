"""Who has a library read, analysed or forgotten, and when two requests are one task."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Forbidden, TooMany
from database import library_tasks, quota
from database.models import Notification, Task
from database.owner import HOUSE, Owner
from tests import factories


@pytest.fixture
def ada(session: Session) -> Owner:
    return Owner(factories.person(session, "ada").id)


def of(session: Session) -> list[Task]:
    session.flush()
    return list(session.scalars(select(Task).order_by(Task.id)))


def told(session: Session) -> list[tuple[Any, ...]]:
    query = select(
        Notification.resource, Notification.resource_id, Notification.operation,
        Notification.extras,
    )  # fmt: skip
    return [(*row,) for row in session.execute(query.order_by(Notification.id))]


def test_the_same_request_twice_is_one_task_and_one_notification(
    session: Session, ada: Owner
) -> None:
    first = library_tasks.ask_sync(session, ada, "library")

    assert library_tasks.ask_sync(session, ada, "library").id == first.id
    assert library_tasks.place_sync(session, ada.person_id or 0).id == first.id
    assert library_tasks.under_way(session, ada.person_id or 0) == first.public_id
    assert told(session) == [("library", None, "sync", {})]


def test_two_of_one_persons_never_ask_spotify_at_once(session: Session, ada: Owner) -> None:
    ben = Owner(factories.person(session, "ben").id)
    library_tasks.ask_sync(session, ada, "library", parts=["top", "albums"])
    library_tasks.ask_sync(session, ada, "playlist", 7)
    library_tasks.ask_sync(session, ada, "track", spotify_id="abc")
    library_tasks.ask_full(session, ada, "playlist", 7)
    library_tasks.ask_sync(session, ben, "recent")

    found = of(session)
    assert [(task.action, task.args, task.lane) for task in found] == [
        ("sync_library", {"parts": ["albums", "top"]}, "long"),
        ("sync_playlist", {"playlist_id": 7}, "quick"),
        ("sync_track", {"spotify_id": "abc"}, "quick"),
        ("full_sync", {"resource": "playlist", "item_id": 7}, "quick"),
        ("read_recent", {"person_id": ben.person_id}, "quick"),
    ]
    assert len({task.lock_key for task in found[:4]}) == 1
    assert found[4].lock_key != found[0].lock_key
    assert told(session)[:4] == [
        ("library", None, "sync", {"parts": ["top", "albums"]}),
        ("playlist", "7", "sync", {}),
        ("track", "abc", "sync", {}),
        ("playlist", "7", "full_sync", {}),
    ]


def test_an_analysis_waits_for_no_sync(session: Session, ada: Owner) -> None:
    library_tasks.ask_sync(session, ada, "playlist", 7)
    one = library_tasks.ask_analyze(session, ada, "playlist", "7")
    period = library_tasks.ask_analyze(session, ada, "period", "2026-01-01..2026-01-31")

    assert library_tasks.ask_analyze(session, ada, "playlist", "7").id == one.id != period.id
    assert len({task.lock_key for task in of(session)}) == 3
    assert told(session)[1:] == [
        ("playlist", "7", "analyze", {}),
        ("library", None, "analyze", {"kind": "period", "scope": "2026-01-01..2026-01-31"}),
    ]


def test_nobody_may_ask_for_too_much(session: Session, ada: Owner) -> None:
    for number in range(quota.MOST_OPEN):
        library_tasks.ask_sync(session, ada, "playlist", number)

    with pytest.raises(TooMany):
        library_tasks.ask_sync(session, ada, "album", 1)
    # What runs by itself is never too much.
    assert library_tasks.place_sync(session, ada.person_id or 0).is_new


def test_only_a_person_has_a_library(session: Session) -> None:
    for owner in (HOUSE, Owner(guest_hash="x")):
        with pytest.raises(Forbidden):
            library_tasks.ask_sync(session, owner, "library")
        with pytest.raises(Forbidden):
            library_tasks.ask_forget(session, owner)
