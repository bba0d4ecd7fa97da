"""The queue's promises, on both databases."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from database import claims, tasks
from database.claims import Claimed
from database.engine import Database
from database.models import Person, Task
from database.owner import HOUSE, Owner

ACTIONS = ("work", "other")
GUEST = Owner(guest_hash="g" * 64)


def put(session: Session, action: str = "work", **said: Any) -> tasks.Enqueued:
    owner = said.pop("owner", HOUSE)
    return tasks.enqueue(session, action, said.pop("args", {}), owner=owner, **said)


def take(session: Session, worker_id: int = 1, lane: str = "quick") -> Claimed:
    task = claims.claim(session, worker_id, lane, ACTIONS)
    assert task
    return task


def row(session: Session, task_id: int) -> Task:
    session.expire_all()
    found = session.get(Task, task_id)
    assert found
    return found


def person(session: Session, name: str) -> Owner:
    made = Person(
        name=name, name_folded=name, password_hash="-", is_admin=False, zone="UTC", created_at=1
    )
    session.add(made)
    session.flush()
    return Owner(made.id)


def kinds(session: Session, task_id: int) -> list[str]:
    return [kind for _, _, kind, _ in tasks.events(session, task_id)]


def test_a_task_goes_from_waiting_to_complete(session: Session) -> None:
    made = put(session, args={"n": 1})

    task = take(session)
    assert (task.id, task.args, task.attempt) == (made.id, {"n": 1}, 1)
    assert row(session, made.id).status == "PROGRESSING"
    assert claims.finish(session, task, {"sum": 3})

    assert row(session, made.id).status == "COMPLETE"
    assert tasks.result(session, made.id) == {"sum": 3}
    assert kinds(session, made.id) == ["queued", "claimed", "complete"]


def test_nothing_to_do_is_none(session: Session) -> None:
    put(session, run_at=clock.now() + clock.HOUR)
    put(session, lane="long")
    put(session, action="of a newer program")

    assert claims.claim(session, 1, "quick", ACTIONS) is None


def test_the_same_request_is_the_same_task_while_it_is_open(session: Session) -> None:
    first = put(session, dedup_key="k")
    second = put(session, dedup_key="k")
    task = take(session)
    third = put(session, dedup_key="k")
    claims.finish(session, task, {})
    fourth = put(session, dedup_key="k")

    assert first.public_id == second.public_id == third.public_id != fourth.public_id
    assert [first.is_new, second.is_new, third.is_new, fourth.is_new] == [True, False, False, True]


def test_a_late_answer_changes_nothing(session: Session) -> None:
    made = put(session)
    late = take(session, worker_id=1)
    claims.recover(session, 1, "died")
    session.execute(update(Task).values(run_at=0))
    current = take(session, worker_id=2)

    assert not claims.finish(session, late, {"from": "late"})
    assert claims.fail(session, late, "late", retry_after=None) is None
    assert not claims.stop(session, late)
    assert not claims.give_back(session, late)
    assert claims.finish(session, current, {"from": "current"})

    assert tasks.result(session, made.id) == {"from": "current"}


def test_several_people_take_turns(session: Session) -> None:
    alice, bob = person(session, "alice"), person(session, "bob")
    for n in range(4):
        put(session, owner=alice, args={"of": "alice", "n": n})
    put(session, owner=bob, args={"of": "bob"})

    assert [take(session).args["of"] for _ in range(3)] == ["alice", "bob", "alice"]


def test_tasks_of_one_lock_key_do_not_overlap(session: Session) -> None:
    put(session, lock_key="account", args={"n": 1})
    put(session, lock_key="account", args={"n": 2})
    put(session, args={"n": 3})

    first = take(session)
    assert take(session).args == {"n": 3}
    assert claims.claim(session, 1, "quick", ACTIONS) is None
    claims.finish(session, first, {})
    assert take(session).args == {"n": 2}


def test_what_may_pass_is_tried_again_until_it_has_failed_often_enough(session: Session) -> None:
    made = put(session)

    for attempt in range(1, tasks.MAX_FAILURES + 1):
        task = take(session)
        status = claims.fail(session, task, f"no answer, {attempt}", retry_after=0)
        session.execute(update(Task).values(run_at=0, sort_key=0).where(Task.status == "WAITING"))

        assert status == ("ERROR" if attempt == tasks.MAX_FAILURES else "WAITING")

    assert row(session, made.id).error_msg == "no answer, 5"
    assert kinds(session, made.id) == ["queued", *["claimed", "retry"] * 4, "claimed", "error"]


def test_a_retry_waits_as_long_as_the_service_asked(session: Session) -> None:
    made = put(session)
    before = clock.now()

    claims.fail(session, take(session), "asked too often", retry_after=120)

    found = row(session, made.id)
    assert found.is_retrying
    assert found.run_at >= before + 120 * clock.SECOND
    assert found.sort_key >= found.run_at


def test_what_a_clock_that_was_ahead_has_put_off_is_due(session: Session) -> None:
    made = put(session)
    claims.fail(session, take(session), "No answer.", retry_after=30.0)
    assert claims.claim(session, 1, "quick", ["work"]) is None
    later = clock.now() + 400 * clock.DAY

    session.execute(update(Task).values(run_at=later, changed_at=later))

    assert take(session).id == made.id


def test_what_cannot_pass_is_not_tried_again(session: Session) -> None:
    made = put(session)

    assert claims.fail(session, take(session), "no such name") == "ERROR"
    assert row(session, made.id).failures == 1


def test_a_full_disk_uses_up_no_tries(session: Session) -> None:
    made = put(session)

    for _ in range(10):
        claims.fail(session, take(session), "full", retry_after=60, is_counted=False)
        session.execute(update(Task).values(run_at=0, sort_key=0))

    assert row(session, made.id).status == "WAITING"


def test_a_task_that_kills_its_worker_three_times_is_an_error(session: Session) -> None:
    made = put(session)

    for worker_id in (1, 2, 3):
        take(session, worker_id)
        assert claims.recover(session, worker_id, "The worker died.") == 1

    found = row(session, made.id)
    assert (found.status, found.crashes, found.failures) == ("ERROR", 3, 0)
    assert kinds(session, made.id)[-2:] == ["claimed", "error"]


def test_given_back_it_keeps_its_place_and_its_tries(session: Session) -> None:
    first, _ = put(session), put(session)
    task = take(session)

    assert claims.give_back(session, task)

    assert take(session).id == first.id
    found = row(session, first.id)
    assert (found.failures, found.crashes, found.attempt) == (0, 0, 2)
    assert kinds(session, first.id) == ["queued", "claimed", "interrupted", "claimed"]


@pytest.mark.parametrize("how", ["fail", "recover", "give_back", "stop"])
def test_a_cancelled_task_is_not_run_again(session: Session, how: str) -> None:
    made = put(session)
    task = take(session)
    tasks.ask_cancel(session, made.public_id, HOUSE)
    assert not claims.wanted(session, task)

    ways: dict[str, Callable[[], object]] = {
        "fail": lambda: claims.fail(session, task, "no answer", retry_after=0),
        "recover": lambda: claims.recover(session, 1, "died"),
        "give_back": lambda: claims.give_back(session, task),
        "stop": lambda: claims.stop(session, task),
    }
    ways[how]()

    assert row(session, made.id).status == "CANCELLED"
    assert kinds(session, made.id)[-2:] == ["cancel_asked", "cancelled"]


def test_a_waiting_task_is_cancelled_at_once(session: Session) -> None:
    made = put(session)

    assert tasks.ask_cancel(session, made.public_id, HOUSE).status == "CANCELLED"
    assert claims.claim(session, 1, "quick", ACTIONS) is None


def test_cancelling_what_is_over_changes_nothing(session: Session) -> None:
    made = put(session)
    claims.finish(session, take(session), {})

    assert tasks.ask_cancel(session, made.public_id, HOUSE).status == "COMPLETE"


def test_run_again_is_a_task_of_its_own(session: Session) -> None:
    made = put(session, owner=GUEST, args={"n": 1}, dedup_key="k")
    with pytest.raises(Conflict):
        tasks.again(session, made.public_id, GUEST)
    claims.fail(session, take(session), "no")

    new = tasks.again(session, made.public_id, GUEST)

    assert new.public_id != made.public_id
    assert row(session, new.id).parent_id == made.id
    assert take(session).args == {"n": 1}


def test_a_task_is_shown_to_its_owner_and_the_admin_alone(session: Session) -> None:
    alice, bob = person(session, "alice"), person(session, "bob")
    of_alice, of_guest = put(session, owner=alice), put(session, owner=GUEST)

    assert tasks.get(session, of_alice.public_id, alice).id == of_alice.id
    assert tasks.get(session, of_guest.public_id, GUEST).id == of_guest.id
    assert tasks.get(session, of_alice.public_id, Owner(99, is_admin=True)).id == of_alice.id
    for public_id, stranger in [
        (of_alice.public_id, bob),
        (of_alice.public_id, GUEST),
        (of_alice.public_id, Owner()),
        (of_guest.public_id, Owner(guest_hash="other")),
        (of_guest.public_id, Owner()),
        (of_guest.public_id, alice),
    ]:
        with pytest.raises(NotFound):
            tasks.get(session, public_id, stranger)
    assert [task.id for task in tasks.listed(session, alice)] == [of_alice.id]
    assert [task.id for task in tasks.listed(session, GUEST)] == [of_guest.id]
    assert tasks.listed(session, Owner()) == []
    assert len(tasks.listed(session, HOUSE, everybody=True)) == 2


def test_ahead_counts_those_before(session: Session) -> None:
    for _ in range(3):
        last = put(session)

    assert tasks.ahead(session, row(session, last.id)) == 2


def test_six_claim_at_once_and_none_gets_a_task_twice(db: Database) -> None:
    with db.writing() as session:
        for n in range(60):
            put(session, lock_key=f"key {n % 3}" if n % 4 == 0 else None)
    seen: list[int] = []

    def work(worker_id: int) -> None:
        misses = 0
        while misses < 20:
            task = _try_claim(db, worker_id)
            if task is None:
                misses += 1
                continue
            seen.append(task.id)
            with db.writing() as session:
                assert claims.finish(session, task, {})

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(seen) == list(range(1, 61))


def _try_claim(db: Database, worker_id: int) -> Claimed | None:
    from sqlalchemy.exc import IntegrityError

    try:
        with db.writing() as session:
            return claims.claim(session, worker_id, "quick", ACTIONS)
    except IntegrityError:
        return None


def test_enqueue_from_many_threads_with_one_key_is_one_task(db: Database) -> None:
    found: list[str] = []

    def ask() -> None:
        with db.writing() as session:
            found.append(put(session, dedup_key="double click").public_id)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(found) == 12
    assert len(set(found)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_claim_walks_its_index(session: Session) -> None:
    """100,000 due tasks cost what one costs; sorting them would take a tenth of a second."""
    statement = claims._for(claims._CLAIM_SQLITE, ACTIONS)
    words = {"worker_id": 1, "lane": "quick", "now": 1}

    plan = session.execute(text(f"EXPLAIN QUERY PLAN {statement.sql['sqlite']}"), words).all()
    steps = " / ".join(str(step[3]) for step in plan)

    assert "tasks_claim" in steps
    assert "TEMP B-TREE" not in steps


@given(failures=some.integers(0, 10_000), at_least=some.floats(0, 86_400))
def test_the_wait_is_never_shorter_than_asked_nor_endless(failures: int, at_least: float) -> None:
    waited = claims.delay(failures, at_least)

    assert int(at_least * 1000) <= waited <= at_least * 1000 + claims.BACKOFF_CAP
