"""A notification follows its task, however that ends; on both databases."""

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database import claims, notifications, tasks
from database.claims import Claimed
from database.models import Notification, Person, Task
from database.notifications import Notified
from database.owner import Owner
from tests.factories import person

ACTION = "sync_playlist"
End = Callable[[Session, Claimed], object]


@pytest.fixture
def bob(session: Session) -> Person:
    return person(session, "bob")


def begin(session: Session, of: Person, dedup_key: str | None = None) -> tasks.Enqueued:
    made = tasks.enqueue(session, ACTION, {}, owner=Owner(of.id), dedup_key=dedup_key)
    extras = {"parts": ["playlists"]}
    notifications.started(session, of.id, made.public_id, "playlist", "7", "sync", extras)
    return made


def take(session: Session) -> Claimed:
    session.execute(update(Task).values(run_at=0))
    task = claims.claim(session, 1, "quick", [ACTION])
    assert task
    return task


def one(session: Session, of: Person) -> Notified:
    session.expire_all()
    (found,) = notifications.listed(session, of.id)
    return found


def crash(session: Session, _task: Claimed) -> None:
    claims.recover(session, 1, "The worker died.")


@pytest.mark.parametrize(
    ("end", "kind", "error"),
    [
        (lambda session, task: claims.finish(session, task, {}), "task_complete", None),
        (lambda session, task: claims.fail(session, task, "Gone."), "task_failed", "Gone."),
        (claims.stop, "task_failed", "Cancelled."),
    ],
)
def test_it_says_how_its_task_has_ended(
    session: Session, bob: Person, end: End, kind: str, error: str | None
) -> None:
    made = begin(session, bob)
    began = one(session, bob)

    end(session, take(session))

    assert (began.type, began.task_id, began.resource_id) == ("task_started", made.public_id, "7")
    ended = one(session, bob)
    assert (ended.type, ended.error_msg) == (kind, error)
    assert ended.extras == {"parts": ["playlists"]}


def test_a_try_that_failed_is_no_end_and_the_last_one_is(session: Session, bob: Person) -> None:
    begin(session, bob)

    for _ in range(tasks.MAX_FAILURES - 1):
        claims.fail(session, take(session), "Away.", retry_after=0)
        assert one(session, bob).type == "task_started"
    claims.fail(session, take(session), "Away.", retry_after=0)

    assert (one(session, bob).type, one(session, bob).error_msg) == ("task_failed", "Away.")


def test_a_task_that_kills_its_workers_is_told_of(session: Session, bob: Person) -> None:
    begin(session, bob)

    for _ in range(tasks.MAX_CRASHES):
        assert one(session, bob).type == "task_started"
        crash(session, take(session))

    assert one(session, bob).error_msg == "The worker died."


def test_cancelled_before_its_turn_it_is_told_of(session: Session, bob: Person) -> None:
    made = begin(session, bob)

    tasks.ask_cancel(session, made.public_id, Owner(bob.id))

    assert (one(session, bob).type, one(session, bob).error_msg) == (
        "task_failed",
        "Cancelled.",
    )


def test_what_is_rolled_back_tells_nobody(session: Session, bob: Person) -> None:
    begin(session, bob)
    task = take(session)

    with session.begin_nested() as inner:
        claims.finish(session, task, {})
        inner.rollback()

    assert one(session, bob).type == "task_started"


def test_the_same_request_is_told_of_once(session: Session, bob: Person) -> None:
    begin(session, bob, "k")
    begin(session, bob, "k")

    assert notifications.unread(session, bob.id) == 1


def test_run_again_it_is_told_of_again(session: Session, bob: Person) -> None:
    made = begin(session, bob)
    claims.fail(session, take(session), "Gone.")

    tasks.again(session, made.public_id, Owner(bob.id))

    newest, before = notifications.listed(session, bob.id)
    assert (newest.type, newest.error_msg) == ("task_started", None)
    assert newest.extras == {"parts": ["playlists"]}
    assert before.type == "task_failed"


def test_seen_once_its_end_is_new_again(session: Session, bob: Person) -> None:
    begin(session, bob)
    notifications.acknowledge(session, bob.id, one(session, bob).id)
    assert notifications.unread(session, bob.id) == 0

    claims.finish(session, take(session), {})

    assert notifications.unread(session, bob.id) == 1


def test_only_its_person_sees_and_acknowledges_it(session: Session, bob: Person) -> None:
    """Must show 5: a failure reaches its person only."""
    begin(session, bob)
    claims.fail(session, take(session), "Gone.")
    carol = person(session, "carol")

    with pytest.raises(NotFound):
        notifications.acknowledge(session, carol.id, one(session, bob).id)
    notifications.acknowledge_all(session, carol.id)

    assert notifications.listed(session, carol.id) == []
    assert (notifications.unread(session, carol.id), notifications.unread(session, bob.id)) == (
        0,
        1,
    )


def test_acknowledging_twice_changes_nothing(session: Session, bob: Person) -> None:
    begin(session, bob)
    first = one(session, bob)
    session.execute(update(Notification).values(acknowledged_at=5))

    notifications.acknowledge(session, bob.id, first.id)
    notifications.acknowledge_all(session, bob.id)

    assert one(session, bob).acknowledged_at == 5


def test_the_newest_come_first_and_page_by_page(session: Session, bob: Person) -> None:
    made = [begin(session, bob).public_id for _ in range(3)]
    seen = notifications.listed(session, bob.id, skip=2)[0].id
    notifications.acknowledge(session, bob.id, seen)

    pages = [notifications.listed(session, bob.id, skip=skip, limit=2) for skip in (0, 2)]

    assert [one.task_id for page in pages for one in page] == made[::-1]
    new = notifications.listed(session, bob.id, unacknowledged=True)
    old = notifications.listed(session, bob.id, unacknowledged=False)
    assert [len(new), len(old)] == [2, 1]
    counts = [notifications.count(session, bob.id, unacknowledged=one) for one in (None, True)]
    assert counts == [3, 2]


def test_old_ones_go_and_those_of_open_tasks_stay(session: Session, bob: Person) -> None:
    for _ in range(3):
        begin(session, bob)
        claims.finish(session, take(session), {})
    begin(session, bob)
    open_, new, seen, forgotten = notifications.listed(session, bob.id)
    at = {seen.id: {"acknowledged_at": 10}, forgotten.id: {"changed_at": 10}}
    at[open_.id] = {"changed_at": 10, "acknowledged_at": 10}
    for id_, values in at.items():
        session.execute(update(Notification).where(Notification.id == id_).values(values))

    gone = notifications.drop(session, seen_before=11, changed_before=11)

    assert gone == 2
    left = {one.id for one in notifications.listed(session, bob.id)}
    assert left == {open_.id, new.id} and new.changed_at > clock.now() - clock.DAY
