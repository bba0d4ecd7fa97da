"""The record of the day: stable for the day, none twice in a round, a reason that is true."""

import threading
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.plays import Heard, Named, Source, row_key
from database import ratings, record_of_the_day, records
from database.engine import Database
from database.models import Person, Record, RecordTurn
from database.play_intake import Intake
from database.record_details import Removal
from tests import factories

DAY = date(2026, 11, 24)
BEFORE = clock.moment(clock.utc(0).replace(year=2026, month=11, day=1))
_NOON = BEFORE + 23 * clock.DAY + 12 * clock.HOUR  # of DAY


@pytest.fixture
def alice(session: Session) -> Person:
    """Somebody with five records since long."""
    person = factories.person(session, "alice")
    for number in range(5):
        factories.record(session, person, f"Old {number}")
    session.execute(update(Record).values(created_at=BEFORE))
    return person


def of(session: Session, person: Person, day: date = DAY) -> int:
    turn = record_of_the_day.today(session, person.id, day)
    assert turn is not None
    return turn.record.id


def put_on_the_shelf(session: Session, person: Person, title: str = "New") -> int:
    record_id = factories.record(session, person, title)
    session.execute(update(Record).where(Record.id == record_id).values(created_at=_NOON))
    return record_id


@pytest.mark.parametrize("is_stored", [False, True])
def test_it_stays_whatever_else_is_done(session: Session, alice: Person, is_stored: bool) -> None:
    """Must show 3: the record of the day survives reloads, ratings, and what is bought."""
    if is_stored:
        record_of_the_day.settle(session, alice.id, DAY)
    first = of(session, alice)
    other = session.scalar(select(Record.id).where(Record.id != first)) or 0

    ratings.rate(session, first, 9, "2026-11-24")
    ratings.rate(session, other, 2, "2026-11-24")
    put_on_the_shelf(session, alice)

    assert of(session, alice) == first
    record_of_the_day.settle(session, alice.id, DAY)
    assert of(session, alice) == first


def test_what_a_page_tells_is_what_the_daily_job_stores(session: Session, alice: Person) -> None:
    for days in range(30):
        day = DAY + timedelta(days=days)
        told = record_of_the_day.today(session, alice.id, day)

        assert record_of_the_day.settle(session, alice.id, day) == told


def test_none_comes_again_before_all_had_their_turn(session: Session, alice: Person) -> None:
    seen = []
    for days in range(15):
        day = DAY + timedelta(days=days)
        record_of_the_day.settle(session, alice.id, day)
        seen.append(of(session, alice, day))

    for start in (0, 5, 10):
        assert len(set(seen[start : start + 5])) == 5
    # Each round has an order of its own, and none is shown on two days in a row.
    assert seen[:5] != seen[5:10]
    assert all(one != following for one, following in pairwise(seen))


def test_a_new_record_has_one_turn_a_round_like_all_others(session: Session, alice: Person) -> None:
    for days in range(5):
        record_of_the_day.settle(session, alice.id, DAY + timedelta(days=days))
    new = put_on_the_shelf(session, alice)

    seen = []
    for days in range(5, 17):
        record_of_the_day.settle(session, alice.id, DAY + timedelta(days=days))
        seen.append(of(session, alice, DAY + timedelta(days=days)))

    assert seen[:6].count(new) + seen[6:].count(new) in (2, 3)
    assert len(set(seen)) == 6


def test_another_one_is_a_turn_and_a_form_sent_twice_is_one(
    session: Session, alice: Person
) -> None:
    first = of(session, alice)

    second = record_of_the_day.another(session, alice.id, DAY, 1)
    again = record_of_the_day.another(session, alice.id, DAY, 1)

    assert second is not None and again == second
    assert second.record.id != first and second.nth == 2
    assert of(session, alice) == second.record.id
    turns = select(RecordTurn.record_id).order_by(RecordTurn.nth)
    assert session.scalars(turns).all() == [first, second.record.id]


def test_another_one_goes_through_all_of_them(session: Session, alice: Person) -> None:
    seen = [of(session, alice)]
    for nth in range(1, 5):
        turn = record_of_the_day.another(session, alice.id, DAY, nth)
        assert turn is not None
        seen.append(turn.record.id)

    assert len(set(seen)) == 5


@pytest.mark.parametrize("is_stored", [False, True])
def test_once_it_is_removed_another_takes_its_place_and_stays(
    session: Session, alice: Person, is_stored: bool
) -> None:
    if is_stored:
        record_of_the_day.settle(session, alice.id, DAY)
    first = of(session, alice)

    records.remove(session, first, Removal(removed_on="2026-11-24", credits=0))

    second = of(session, alice)
    assert second != first
    record_of_the_day.settle(session, alice.id, DAY)
    assert of(session, alice) == second


def test_once_it_is_deleted_another_takes_its_place(session: Session, alice: Person) -> None:
    record_of_the_day.settle(session, alice.id, DAY)
    first = of(session, alice)

    session.execute(delete(Record).where(Record.id == first))

    assert of(session, alice) != first


def test_only_active_records_of_ones_own_have_turns(session: Session, alice: Person) -> None:
    assert of(session, alice)
    bob = factories.person(session, "bob")
    factories.record(session, bob, is_active=False, removed_on="2026-01-01")

    assert record_of_the_day.today(session, bob.id, DAY) is None
    assert record_of_the_day.settle(session, bob.id, DAY) is None
    assert record_of_the_day.another(session, bob.id, DAY, 1) is None
    assert session.scalar(select(func.count()).select_from(RecordTurn)) == 0


def test_on_a_shelfs_first_day_its_first_record_stays(session: Session) -> None:
    bob = factories.person(session, "bob")
    first = put_on_the_shelf(session, bob)

    for _ in range(5):
        put_on_the_shelf(session, bob)
        assert of(session, bob) == first


def test_what_was_bought_on_such_a_day_goes_first(session: Session, alice: Person) -> None:
    bought = factories.record(session, alice, purchased_on="2019-11-24")
    session.execute(update(Record).values(created_at=BEFORE))

    turn = record_of_the_day.today(session, alice.id, DAY)

    assert turn is not None and turn.record.id == bought
    assert turn.reason == "You bought it on this day in 2019."


PLAYED = [
    (["2026-11-03"], "Its artist is your month: there is nobody whom you played more."),
    (["2025-11-24"], "You played it last on 24 November 2025."),
    (["2025-11-25"], "It has never been the record of the day before."),
    ([], "You have never played it, as far as is known here."),
]


@pytest.mark.parametrize(("days", "expected"), PLAYED)
def test_the_reason_may_be_what_was_played(
    session: Session, days: list[str], expected: str
) -> None:
    bob = factories.person(session, "bob")
    factories.record(session, bob, "Tago Mago", ["Can"], purchased_on="2020-05-05")
    other = Named("Hallogallo", ("Neu!",), "Neu!", "Neu!")
    heard = [(Named("Paperhouse", ("Can",), "Tago Mago", "Can"), day) for day in days]
    for named, day in [*heard, (other, "2026-01-01")]:
        start = clock.moment(datetime.fromisoformat(day).replace(tzinfo=UTC))
        key = row_key(Source.SCROBBLE, start)
        Intake(bob.id).take(session, [Heard(named, start, Source.SCROBBLE, key)])

    turn = record_of_the_day.today(session, bob.id, DAY)

    assert turn and turn.reason == expected


def test_the_reason_is_true(session: Session, alice: Person) -> None:
    seen: dict[int, date] = {}
    for days in range(5):
        day = DAY + timedelta(days=days)
        turn = record_of_the_day.settle(session, alice.id, day)
        assert turn is not None
        assert turn.reason == "It has never been the record of the day before."
        seen[turn.record.id] = day

    sixth = record_of_the_day.settle(session, alice.id, DAY + timedelta(days=5))

    assert sixth is not None
    last_on = seen[sixth.record.id]
    expected = f"It was the record of the day last on {last_on.day} {last_on:%B %Y}."
    assert sixth.reason == expected


def test_the_only_record_is_told_again_and_again(session: Session) -> None:
    bob = factories.person(session, "bob")
    only = factories.record(session, bob)

    turn = record_of_the_day.another(session, bob.id, DAY, 1)

    assert turn is not None and turn.record.id == only
    assert turn.reason == "All the others have had their turn."


def test_the_day_begins_where_the_person_is(session: Session) -> None:
    """A record of 23:30 in Auckland's yesterday was there before today began."""
    bob = factories.person(session, "bob", zone="Pacific/Auckland")
    today_first = factories.record(session, bob, "Today's")
    yesterdays = factories.record(session, bob, "Yesterday's")
    dawn = BEFORE + 22 * clock.DAY + 11 * clock.HOUR
    for record_id, at in ((today_first, dawn + 1), (yesterdays, dawn - 1)):
        session.execute(update(Record).where(Record.id == record_id).values(created_at=at))

    assert of(session, bob) == yesterdays


def test_past_turns_are_told_newest_first(session: Session, alice: Person) -> None:
    for days in range(3):
        record_of_the_day.settle(session, alice.id, DAY + timedelta(days=days))

    days_told = [one.day for one in record_of_the_day.past(session, alice.id, DAY, 7)]
    assert days_told == []
    later = record_of_the_day.past(session, alice.id, DAY + timedelta(days=2), 7)
    assert [one.day for one in later] == ["2026-11-25", "2026-11-24"]


def test_two_browsers_that_ask_at_once_get_the_same(db: Database) -> None:
    with db.writing() as session:
        person = factories.person(session)
        person_id = person.id
        for _ in range(5):
            factories.record(session, person)
    both, told = threading.Barrier(2), []

    def ask() -> None:
        both.wait(timeout=60)
        with db.writing() as session:
            told.append(record_of_the_day.another(session, person_id, DAY, 1))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)

    assert told[0] is not None and told[0].nth == 2
    assert told[0] == told[1]
