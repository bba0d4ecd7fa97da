"""Who lives and who is dead, and what is done with what the dead had in hand."""

from sqlalchemy import update

from database import claims, tasks, workers
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


def test_what_a_buried_worker_still_claims_is_recovered(db: Database) -> None:
    task_id = enqueue(db)
    life = workers.Life(db)
    with db.writing() as session:
        session.execute(update(Worker).values(gone_at=1))
        claims.claim(session, life.id, "quick", ["work"])

    assert workers.recover_dead(db) == 1

    assert status(db, task_id) == "WAITING"
    life.close()


def test_what_a_forgotten_worker_has_is_recovered(db: Database) -> None:
    task_id = enqueue(db)
    with db.writing() as session:
        claims.claim(session, 99, "quick", ["work"])

    assert workers.recover_dead(db) == 1
    assert status(db, task_id) == "WAITING"
