"""Schedules fire once a slot, whatever the clock does."""

import threading
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core import clock
from core.slots import next_slot, told
from database import schedules
from database.engine import Database
from database.models import Schedule, Task
from database.schedules import Plan

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")


def at(text: str, zone: ZoneInfo = UTC) -> int:
    return clock.moment(datetime.fromisoformat(text).replace(tzinfo=zone))


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ("hourly 17", "2026-03-01 10:16", "2026-03-01 10:17"),
        ("hourly 17", "2026-03-01 10:17", "2026-03-01 11:17"),
        ("hourly 11,41", "2026-03-01 10:11", "2026-03-01 10:41"),
        ("hourly 41,11", "2026-03-01 10:41", "2026-03-01 11:11"),
        ("daily 03:40", "2026-03-01 03:39", "2026-03-01 03:40"),
        ("daily 03:40", "2026-03-01 03:40", "2026-03-02 03:40"),
        ("weekly sun 04:10", "2026-11-24 12:00", "2026-11-29 04:10"),
        ("monthly 1 05:00", "2026-11-24 12:00", "2026-12-01 05:00"),
        ("monthly 31 05:00", "2026-02-01 12:00", "2026-03-31 05:00"),
        ("daily 03:40", "2028-02-28 12:00", "2028-02-29 03:40"),
    ],
)
def test_the_next_slot(rule: str, after: str, expected: str) -> None:
    assert next_slot(rule, at(after), UTC) == at(expected)


def test_a_skipped_hour_comes_later_and_a_repeated_one_once() -> None:
    spring = next_slot("daily 02:30", at("2026-03-29 01:00", BERLIN), BERLIN)
    autumn = next_slot("daily 02:30", at("2026-10-25 01:00", BERLIN), BERLIN)

    assert clock.utc(spring) == clock.utc(at("2026-03-29 01:30"))
    assert next_slot("daily 02:30", autumn, BERLIN) == at("2026-10-26 02:30", BERLIN)


NEW_YORK, SYDNEY = ZoneInfo("America/New_York"), ZoneInfo("Australia/Sydney")


@pytest.mark.parametrize(
    ("rule", "zone", "after", "expected"),
    [
        # The clock goes back on the first itself: 1:30 comes twice, the slot once.
        ("monthly 1 01:30", NEW_YORK, "2026-10-31 12:00", "2026-11-01 01:30"),
        ("monthly 1 01:30", NEW_YORK, "2026-11-01 01:30", "2026-12-01 01:30"),
        # The wall clock's time is kept over a change.
        ("monthly 1 04:13", BERLIN, "2026-03-01 04:13", "2026-04-01 04:13"),
        ("monthly 1 04:13", BERLIN, "2026-10-01 04:13", "2026-11-01 04:13"),
        # On 4 October the hour from two to three is left out.
        ("monthly 4 02:30", SYDNEY, "2026-10-01 12:00", "2026-10-04 03:30"),
        ("monthly 1 04:13", BERLIN, "2026-01-31 23:59", "2026-02-01 04:13"),
        ("monthly 1 04:13", BERLIN, "2028-02-29 23:59", "2028-03-01 04:13"),
        ("monthly 1 04:13", BERLIN, "2026-12-01 04:13", "2027-01-01 04:13"),
    ],
)
def test_a_month_is_one_of_the_houses_wall_clock(
    rule: str, zone: ZoneInfo, after: str, expected: str
) -> None:
    assert next_slot(rule, at(after, zone), zone) == at(expected, zone)


@given(
    after=some.integers(1_600_000_000_000, 2_200_000_000_000),
    rule=some.sampled_from(["hourly 0", "daily 00:00", "weekly mon 23:59", "monthly 29 12:30"]),
    zone=some.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland", "America/St_Johns"]),
)
def test_a_slot_lies_ahead(after: int, rule: str, zone: str) -> None:
    assert next_slot(rule, after, ZoneInfo(zone)) > after


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("hourly 17", "each hour at :17"),
        ("hourly 11,41", "each hour at :11 and :41"),
        ("daily 03:40", "each day at 03:40"),
        ("weekly sun 04:10", "each Sunday at 04:10"),
        ("monthly 1 05:00", "on day 1 of each month at 05:00"),
    ],
)
def test_a_rule_is_told_in_words(rule: str, words: str) -> None:
    assert told(rule) == words


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="no such rule"):
        next_slot("sometimes 10:00", 0, UTC)


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Task)) or 0


@pytest.fixture
def due(session: Session) -> Session:
    """A schedule whose slot came a minute ago."""
    schedules.set_up(session, [Plan("tidy", "clean_up", "hourly 0")], "UTC")
    session.execute(update(Schedule).values(next_run_at=clock.now() - clock.MINUTE))
    return session


def test_a_slot_fires_once(due: Session) -> None:
    assert schedules.fire_due(due) == 1
    assert schedules.fire_due(due) == 0
    assert _count(due) == 1
    coming = schedules.next_due(due)
    assert coming is not None and coming > clock.now()


def test_slots_missed_while_off_are_made_up_for_by_one(due: Session) -> None:
    due.execute(update(Schedule).values(next_run_at=clock.now() - 40 * clock.DAY))

    assert schedules.fire_due(due) == 1
    assert _count(due) == 1


def test_a_slot_does_not_fire_again_when_the_clock_went_back(due: Session) -> None:
    slot = due.scalar(select(Schedule.next_run_at))
    schedules.fire_due(due)
    due.execute(update(Schedule).values(next_run_at=slot))

    assert schedules.fire_due(due) == 0
    assert _count(due) == 1


def test_nothing_fires_before_the_clock_is_right(
    due: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1_000)
    due.execute(update(Schedule).values(next_run_at=500))

    assert schedules.fire_due(due) == 0
    # Else a worker would try again at once, and for ever.
    assert schedules.next_due(due) is None


def test_a_clock_that_was_years_ahead_stops_no_schedule(
    due: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = clock.now()
    monkeypatch.setattr(clock, "now", lambda: right + 3650 * clock.DAY)
    assert schedules.fire_due(due) == 1
    monkeypatch.setattr(clock, "now", lambda: right)

    assert schedules.next_due(due) == right
    assert schedules.fire_due(due) == 0

    coming = schedules.next_due(due)
    assert coming is not None
    assert right < coming <= right + clock.HOUR
    monkeypatch.setattr(clock, "now", lambda: coming)
    due.execute(text("UPDATE tasks SET status = 'CANCELLED', finished_at = 1"))
    assert schedules.fire_due(due) == 1


def test_a_monthly_one_survives_a_clock_that_jumps(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = at("2026-11-20 12:00", BERLIN)
    monkeypatch.setattr(clock, "now", lambda: now)
    plan = Plan("monthly mosaics", "make_monthly", "monthly 1 04:13")
    schedules.set_up(session, [plan], "Europe/Berlin")
    first = at("2026-12-01 04:13", BERLIN)
    assert schedules.next_due(session) == first

    fired = []
    for moment in ("2026-12-01 04:12", "2026-12-01 04:14", "2026-12-01 04:10", "2026-12-01 04:15",
                   "2036-06-09 00:00", "2026-12-02 00:00", "2027-02-14 09:00"):  # fmt: skip
        now = at(moment, BERLIN)
        fired.append(schedules.fire_due(session))
        session.execute(text("UPDATE tasks SET status = 'CANCELLED', finished_at = 1"))

    # Off over New Year: January's and February's are made up for by one.
    assert fired == [0, 1, 0, 0, 1, 0, 1]
    assert schedules.next_due(session) == at("2027-03-01 04:13", BERLIN)


def test_a_stopped_schedule_stays_stopped(due: Session) -> None:
    due.execute(update(Schedule).values(is_enabled=False))

    assert schedules.fire_due(due) == 0
    schedules.set_up(due, [Plan("tidy", "clean_up", "daily 04:00")], "UTC")

    assert [(row.rule, row.is_enabled) for row in schedules.listed(due)] == [("daily 04:00", False)]


def test_two_workers_that_start_together_make_one_row(db: Database) -> None:
    failed: list[Exception] = []
    both = threading.Barrier(2)

    def start() -> None:
        try:
            with db.writing() as session:
                if not db.is_sqlite:
                    both.wait(timeout=60)
                schedules.set_up(session, [Plan("tidy", "clean_up", "hourly 0")], "UTC")
        except SQLAlchemyError as error:
            failed.append(error)

    for _ in range(5):
        threads = [threading.Thread(target=start) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=90)
        with db.writing() as session:
            assert len(schedules.listed(session)) == 1
            session.execute(delete(Schedule))

    assert failed == []
