"""Who lives and who is dead, and what is done with what the dead had in hand."""

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import update

from database import claims, tasks, wake, workers
from database.engine import Database
from database.models import Task, Worker
from database.owner import HOUSE


def enqueue(db: Database) -> int:
    with db.writing() as session:
        return tasks.enqueue(session, "work", {}, owner=HOUSE).id


def status(db: Database, task_id: int) -> str:
    with db.reading() as session:
        return session.get_one(Task, task_id).status


def test_one_that_lives_keeps_what_it_has(db: Database) -> None:
    task_id = enqueue(db)
    life = workers.Life(db)
    with db.writing() as session:
        claims.claim(session, life.id, "quick", ["work"])

    assert workers.recover_dead(db) == 0

    assert status(db, task_id) == "PROGRESSING"
    assert workers.alive(db) == 1
    life.close()
    assert workers.alive(db) == 0


def test_a_buried_worker_claims_nothing_and_learns_of_it(db: Database) -> None:
    task_id = enqueue(db)
    life = workers.Life(db)
    with db.reading() as session:
        assert not life.is_buried(session)
    with db.writing() as session:
        session.execute(update(Worker).values(gone_at=1))
    with db.writing() as session:
        assert claims.claim(session, life.id, "quick", ["work"]) is None
        assert life.is_buried(session)

    assert status(db, task_id) == "WAITING"
    life.close()


def test_what_a_worker_claimed_while_it_was_buried_is_recovered(db: Database) -> None:
    task_id = enqueue(db)
    life = workers.Life(db)
    with db.writing() as session:
        claims.claim(session, life.id, "quick", ["work"])
        session.execute(update(Worker).values(gone_at=1))

    assert workers.recover_dead(db) == 1

    assert status(db, task_id) == "WAITING"
    life.close()


@pytest.fixture
def quiet() -> Iterator[int]:
    """A descriptor that never has news."""
    reader, writer = os.pipe()
    yield reader
    os.close(reader)
    os.close(writer)


def test_a_new_task_wakes_who_sleeps(db: Database, quiet: int) -> None:
    lives = [workers.Life(db), workers.Life(db)]
    for life in lives:
        while life.wait(0.1, also=quiet):
            pass

    enqueue(db)

    # Without the bell this would be the worker's look for safety, half a minute later.
    assert [life.wait(20, also=quiet) for life in lives] == [True, True]
    assert not lives[0].wait(0.1, also=quiet)
    for life in lives:
        life.close()


def test_a_change_that_is_undone_wakes_nobody(db: Database, quiet: int) -> None:
    life = workers.Life(db)
    while life.wait(0.1, also=quiet):
        pass

    with suppress(ZeroDivisionError), db.writing() as session:
        tasks.enqueue(session, "work", {}, owner=HOUSE)
        raise ZeroDivisionError

    assert not life.wait(0.3, also=quiet)
    life.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bells_that_cannot_be_rung_are_nobodys_error(db: Database, quiet: int) -> None:
    """The socket of a killed worker, one that is full, a folder that is gone."""
    dead = wake.Bell(db.running, "dead")
    dead._socket.close()
    life = workers.Life(db)
    for _ in range(1000):
        wake.ring(db.running)
    assert life.wait(1, also=quiet)
    assert not (db.running / "wake-dead").exists()
    life.close()

    for path in db.running.iterdir():
        path.unlink()
    db.running.rmdir()
    assert enqueue(db)
    db.running.mkdir()


def test_what_a_forgotten_worker_has_is_recovered(db: Database) -> None:
    task_id = enqueue(db)
    with db.writing() as session:
        claims.claim(session, 99, "quick", ["work"])

    assert workers.recover_dead(db) == 1
    assert status(db, task_id) == "WAITING"
