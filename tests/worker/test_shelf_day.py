"""A day begins on every shelf: by itself, at the worker's start, in each person's zone."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from core import clock
from core.settings import Settings
from database import keepers, ledger, record_of_the_day, shelves
from database.engine import Database
from database.models import CreditTransaction, Person, RecordTurn, Shelf, Task
from tests import factories
from tests.worker.conftest import DEADLINE, StartWorker, WaitFor, result_of
from tests.worker.listening import begin
from worker_jobs.registry import JOBS, PLANS
from worker_jobs.run import Cancelled
from worker_jobs.shelf_day import begin_day

EVENING = clock.moment(datetime(2026, 11, 24, 22, 0, tzinfo=ZoneInfo("UTC")))


def shelf(db: Database, zone: str = "UTC") -> int:
    """Return somebody who has two records, and credits since 1 November 2026."""
    with db.writing() as session:
        person_id = factories.person(session, zone=zone).id
        shelves.settle(session, person_id, datetime(2026, 11, 1).date())  # noqa: DTZ001 - a day
        person = session.get_one(Person, person_id)
        factories.record(session, person)
        factories.record(session, person)
    return person_id


def booked(db: Database, person_id: int) -> list[str]:
    with db.reading() as session:
        query = select(CreditTransaction.booked_on).order_by(CreditTransaction.id)
        return list(session.scalars(query.where(CreditTransaction.person_id == person_id)))


def first_task(db: Database) -> int:
    """Return the first task that there is, once there is one."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        with db.reading() as session:
            found = session.scalar(select(Task.id).limit(1))
        if found is not None:
            return found
        time.sleep(0.02)
    pytest.fail("the worker puts no task in")


def test_a_second_run_adds_nothing(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Must show 12: right dates, and a second run adds none."""
    person_id = shelf(db)
    monkeypatch.setattr(clock, "now", lambda: EVENING)

    assert begin_day({}, begin(db, settings)) == {"shelves": 1, "credits": 3}
    assert begin_day({}, begin(db, settings)) == {"shelves": 1, "credits": 0}

    assert booked(db, person_id) == ["2026-11-01", "2026-11-11", "2026-11-21"]
    with db.reading() as session:
        assert session.scalars(select(RecordTurn.day)).all() == ["2026-11-24"]


def test_each_persons_day_is_that_of_their_zone(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [shelf(db, zone) for zone in ("America/New_York", "Pacific/Auckland")]
    monkeypatch.setattr(clock, "now", lambda: EVENING)

    begin_day({}, begin(db, settings))

    with db.reading() as session:
        query = select(RecordTurn.person_id, RecordTurn.day).order_by(RecordTurn.person_id)
        days = ["2026-11-24", "2026-11-25"]
        assert [tuple(row) for row in session.execute(query)] == list(
            zip(people, days, strict=True)
        )


def test_the_record_of_the_day_is_the_one_that_the_page_showed(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_id = shelf(db)
    monkeypatch.setattr(clock, "now", lambda: EVENING)
    day = clock.utc(EVENING).date()
    with db.reading() as session:
        shown = record_of_the_day.today(session, person_id, day)

    begin_day({}, begin(db, settings))

    with db.reading() as session:
        assert record_of_the_day.today(session, person_id, day) == shown


def test_while_the_clock_is_wrong_nothing_is_written(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_id = shelf(db)
    monkeypatch.setattr(clock, "now", lambda: 1_000)

    begin_day({}, begin(db, settings))

    assert booked(db, person_id) == []
    with db.reading() as session:
        assert session.scalars(select(RecordTurn)).all() == []


def test_cancelled_half_way_it_has_done_the_first_and_goes_on_the_next_time(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = shelf(db), shelf(db)
    monkeypatch.setattr(clock, "now", lambda: EVENING)
    run = begin(db, settings)
    run.cancel_at = 3

    with pytest.raises(Cancelled):
        begin_day({}, run)
    assert (len(booked(db, first)), len(booked(db, second))) == (3, 0)

    begin_day({}, begin(db, settings))
    assert (len(booked(db, first)), len(booked(db, second))) == (3, 3)


def test_it_is_planned_for_every_day() -> None:
    assert [plan.rule for plan in PLANS if plan.action == "begin_day"] == ["daily 00:07"]
    assert "begin_day" in JOBS


def test_a_worker_that_starts_makes_up_for_what_came_due(
    db: Database, start_worker: StartWorker, wait_for: WaitFor
) -> None:
    person_id = shelf(db)
    with db.writing() as session:
        session.execute(update(Shelf).values(credits_from="2026-01-01"))
        day = clock.today(clock.zone("UTC"))

    start_worker("quick,long")

    task = first_task(db)
    wait_for(task, "COMPLETE")
    assert result_of(db, task)["credits"] == len(booked(db, person_id)) > 0
    with db.reading() as session:
        found = session.get_one(Shelf, person_id)
        assert ledger.coming(session, found, day).due == 0


def test_where_nobody_has_a_shelf_no_task_is_put_in(db: Database) -> None:
    with db.writing() as session:
        keepers.order_day(session)
        assert session.scalars(select(Task)).all() == []


def test_ordered_twice_it_is_one_task(db: Database) -> None:
    shelf(db)
    with db.writing() as session:
        keepers.order_day(session)
        keepers.order_day(session)

        assert len(session.scalars(select(Task)).all()) == 1
