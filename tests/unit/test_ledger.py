"""The ledger: true days, a balance that is a sum, whatever happens in whatever order."""

import threading
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from database import ledger, records, shelves
from database.engine import Database
from database.ledger import Line
from database.models import CreditTransaction, Person, Record
from database.record_details import Details, Purchase, Reactivation, Removal
from database.shelves import Rules
from tests import factories

TODAY = date(2026, 11, 24)


def days_later(days: int) -> date:
    return TODAY + timedelta(days=days)


def additions(session: Session, person_id: int) -> list[str]:
    query = select(CreditTransaction.booked_on).where(
        CreditTransaction.person_id == person_id, CreditTransaction.kind == "Addition"
    )
    return list(session.scalars(query.order_by(CreditTransaction.booked_on)))


@pytest.fixture
def alice(session: Session) -> Person:
    """Somebody with a shelf since today, a credit every ten days."""
    person = factories.person(session, "alice")
    shelves.settle(session, person.id, TODAY)
    return person


def test_after_35_days_off_each_addition_has_its_day(session: Session, alice: Person) -> None:
    """Must show 12: right dates after 35 days off, a second run adds none."""
    assert ledger.add_due(session, alice.id, TODAY) == 1

    assert ledger.add_due(session, alice.id, days_later(35)) == 3
    assert ledger.add_due(session, alice.id, days_later(35)) == 0

    days = ["2026-11-24", "2026-12-04", "2026-12-14", "2026-12-24"]
    assert additions(session, alice.id) == days
    assert ledger.balance(session, alice.id) == 4


def test_an_empty_ledger_has_a_balance_and_gets_its_first_addition(
    session: Session, alice: Person
) -> None:
    """Must show 12: an empty ledger works."""
    assert ledger.balance(session, alice.id) == 0

    ledger.add_due(session, alice.id, TODAY)

    assert additions(session, alice.id) == ["2026-11-24"]


def test_without_a_shelf_no_credit_comes(session: Session) -> None:
    bob = factories.person(session, "bob")

    assert ledger.add_due(session, bob.id, TODAY) == 0


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"interval_days": 14}, ["2026-11-24", "2026-12-08", "2026-12-22"]),
        ({"interval_days": 15}, ["2026-11-24", "2026-12-09", "2026-12-24"]),
        ({"credits_from": "2026-12-20"}, ["2026-11-24", "2026-12-20"]),
        ({"credits_from": "2020-01-01"}, ["2026-11-24", "2026-12-04", "2026-12-14", "2026-12-24"]),
    ],
)
def test_new_rules_change_only_what_comes(
    session: Session, alice: Person, rules: dict[str, object], expected: list[str]
) -> None:
    ledger.add_due(session, alice.id, TODAY)
    usual = {"credits_from": TODAY.isoformat(), "interval_days": 10, "currency": "EUR"}

    shelves.change(session, alice.id, Rules.model_validate(usual | rules), TODAY)
    ledger.add_due(session, alice.id, days_later(30))

    assert additions(session, alice.id) == expected


def test_a_start_in_the_past_is_made_up_for_in_one_go(session: Session, alice: Person) -> None:
    rules = Rules(credits_from="2019-01-01", interval_days=10, currency="EUR")
    shelves.change(session, alice.id, rules, TODAY)

    assert ledger.add_due(session, alice.id, TODAY) == 289
    assert additions(session, alice.id)[::288] == ["2019-01-01", "2026-11-20"]


def test_a_start_that_would_flood_the_ledger_is_refused(session: Session, alice: Person) -> None:
    rules = Rules(credits_from="1975-01-01", interval_days=1, currency="EUR")

    with pytest.raises(InvalidInput, match="18956 credits at once"):
        shelves.change(session, alice.id, rules, TODAY)


def test_a_ledger_that_was_brought_along_goes_on_from_its_last_addition(session: Session) -> None:
    """In whichever order its shelf and its lines come."""
    old = [Line("Addition", 1, "2026-10-15"), Line("Addition", 1, "2026-10-25")]
    before, behind = factories.person(session), factories.person(session)
    shelves.settle(session, before.id, TODAY)
    for person in (before, behind):
        ledger.book(session, person.id, old)
    shelves.settle(session, behind.id, TODAY)

    for person in (before, behind):
        assert ledger.add_due(session, person.id, TODAY) == 3
        assert additions(session, person.id)[2:] == ["2026-11-04", "2026-11-14", "2026-11-24"]


def test_a_clock_that_is_years_ahead_books_a_years_credits_and_then_waits(
    session: Session, alice: Person
) -> None:
    ledger.add_due(session, alice.id, TODAY)

    assert ledger.add_due(session, alice.id, days_later(3650)) == 36
    # The clock is right again: nothing comes until the calendar is there.
    assert ledger.add_due(session, alice.id, days_later(360)) == 0
    assert ledger.add_due(session, alice.id, days_later(370)) == 1


def test_a_clock_that_is_behind_books_nothing(session: Session, alice: Person) -> None:
    ledger.add_due(session, alice.id, TODAY)

    assert ledger.add_due(session, alice.id, date(1970, 1, 1)) == 0


def test_a_shelf_that_begins_while_the_clock_is_wrong_begins_with_this_program(
    session: Session,
) -> None:
    bob = factories.person(session, "bob")

    assert shelves.settle(session, bob.id, date(1970, 1, 1)).credits_from == "2026-01-01"


def test_two_workers_at_once_book_each_addition_once(db: Database) -> None:
    with db.writing() as session:
        person_id = factories.person(session, "alice").id
        shelves.settle(session, person_id, TODAY)
    both, added = threading.Barrier(2), []

    def work() -> None:
        both.wait(timeout=60)
        with db.writing() as session:
            added.append(ledger.add_due(session, person_id, days_later(95)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)

    assert sorted(added) == [0, 10]


def test_the_next_addition_and_how_many_are_due(session: Session, alice: Person) -> None:
    shelf = shelves.settle(session, alice.id, TODAY)
    assert ledger.coming(session, shelf, TODAY) == (TODAY, 1)

    ledger.add_due(session, alice.id, TODAY)

    assert ledger.coming(session, shelf, TODAY) == (days_later(10), 0)
    assert ledger.coming(session, shelf, days_later(21)) == (days_later(10), 2)


def test_reactivation_is_paid_for_once(session: Session, alice: Person) -> None:
    """Must show 6: reactivation is paid for."""
    bought = records.buy(session, alice.id, purchase("Tago Mago"), TODAY)
    records.remove(session, bought, Removal(removed_on="2026-11-24", credits=1))
    before = ledger.balance(session, alice.id)

    records.reactivate(session, bought, Reactivation(purchased_on="2026-11-25", credits=1))

    assert ledger.balance(session, alice.id) == before - 1


def purchase(title: str, *, bought_on: date = TODAY, credits_: int = 1) -> Purchase:
    return Purchase(
        artists="Can", title=title, genre="Rock", purchased_on=bought_on.isoformat(),
        credits=credits_, is_another_copy=True,
    )  # fmt: skip


class Economy(RuleBasedStateMachine):
    """A shelf that everything happens to, and a plain list of what its ledger should say."""

    db: Database

    @initialize()
    def begin(self) -> None:
        self.today, self.interval, self.start = TODAY, 10, TODAY
        self.lines: list[tuple[str, str, int]] = []  # kind, day, value
        self.added: list[date] = []
        with self.db.writing() as session:
            session.execute(delete(Person))
            self.person_id = factories.person(session).id
            shelves.settle(session, self.person_id, TODAY)

    @rule(days=some.integers(0, 60) | some.integers(-800, 800))
    def the_clock_moves(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def the_worker_comes(self) -> None:
        due: list[date] = []
        while (coming := self._coming(due)) <= self.today:
            due.append(coming)
        most = len(due) if not self.added else max(1, 366 // self.interval)
        with self.db.writing() as session:
            booked = ledger.add_due(session, self.person_id, self.today)
        assert booked == len(due[:most])
        self.added += due[:most]
        self.lines += [("Addition", day.isoformat(), 1) for day in due[:most]]

    def _coming(self, due: list[date]) -> date:
        last = max(self.added + due, default=None)
        if last is None or last < self.start:
            return self.start
        return last + timedelta(days=self.interval)

    @rule(interval=some.integers(1, 40), start=some.integers(-100, 100))
    def the_rules_change(self, interval: int, start: int) -> None:
        day = self.today + timedelta(days=start)
        rules = Rules(credits_from=day.isoformat(), interval_days=interval, currency="EUR")
        with suppress(InvalidInput), self.db.writing() as session:
            shelves.change(session, self.person_id, rules, self.today)
            self.interval, self.start = interval, day

    @rule(credits_=some.integers(0, 1), back=some.integers(0, 900))
    def a_record_is_bought(self, credits_: int, back: int) -> None:
        bought_on = TODAY - timedelta(days=back)
        with self.db.writing() as session:
            wanted = purchase("Ege Bamyasi", bought_on=bought_on, credits_=credits_)
            records.buy(session, self.person_id, wanted, self.today)
        self.lines.append(("Purchase", bought_on.isoformat(), -credits_))

    def _some_record(self, session: Session, which: int, *, is_active: bool) -> Record | None:
        query = select(Record).where(Record.is_active.is_(is_active)).order_by(Record.id)
        found = session.scalars(query).all()
        return found[which % len(found)] if found else None

    @rule(which=some.integers(0, 9), credits_=some.integers(0, 1), kept=some.integers(0, 400))
    def one_is_removed(self, which: int, credits_: int, kept: int) -> None:
        with self.db.writing() as session:
            record = self._some_record(session, which, is_active=True)
            if record is None:
                return
            day = date.fromisoformat(record.purchased_on) + timedelta(days=kept)
            records.remove(session, record.id, Removal(removed_on=day, credits=credits_))
        self.lines.append(("Remove", day.isoformat(), credits_))

    @rule(which=some.integers(0, 9), credits_=some.integers(0, 1), back=some.integers(0, 900))
    def one_comes_back(self, which: int, credits_: int, back: int) -> None:
        with self.db.writing() as session:
            record = self._some_record(session, which, is_active=False)
            if record is None:
                return
            day = TODAY - timedelta(days=back)
            records.reactivate(session, record.id, Reactivation(purchased_on=day, credits=credits_))
        self.lines.append(("Purchase", day.isoformat(), -credits_))

    @rule(which=some.integers(0, 9), is_active=some.booleans())
    def one_is_corrected(self, which: int, is_active: bool) -> None:
        with self.db.writing() as session:
            record = self._some_record(session, which, is_active=is_active)
            if record is not None:
                said = {"title": "Ege Bamyası", "genre": "Rock", "purchased_on": "2001-01-01"}
                records.edit(session, record.id, Details.model_validate(said))

    @rule(which=some.integers(0, 9), is_active=some.booleans(), with_credits=some.booleans())
    def one_is_deleted(self, which: int, is_active: bool, with_credits: bool) -> None:
        with self.db.writing() as session:
            record = self._some_record(session, which, is_active=is_active)
            if record is None:
                return
            if with_credits:
                for line in _written(session, CreditTransaction.record_id == record.id):
                    self.lines.remove(line)
            records.delete_faulty(session, record.id, record.title, with_credits=with_credits)

    @invariant()
    def no_addition_comes_twice(self) -> None:
        with self.db.reading() as session:
            days = additions(session, self.person_id)
        assert len(days) == len(set(days))

    @invariant()
    def each_line_stands_there_once_on_its_day_and_the_balance_is_their_sum(self) -> None:
        with self.db.reading() as session:
            assert _written(session) == sorted(self.lines)
            found = ledger.balance(session, self.person_id)
        assert found == sum(value for _, _, value in self.lines)


def _written(session: Session, *those: ColumnElement[bool]) -> list[tuple[str, str, int]]:
    line = CreditTransaction
    query = select(line.kind, line.booked_on, line.value).where(*those)
    return sorted((row.kind, row.booked_on, row.value) for row in session.execute(query))


@pytest.mark.slow
def test_whatever_happens_in_whatever_order_the_ledger_is_right(db: Database) -> None:
    """A property: balance = sum, no Addition twice, true days. Of both databases."""
    machine = type("EconomyOfOneDatabase", (Economy,), {"db": db})
    wanted = settings(
        max_examples=40 if db.is_sqlite else 15,
        stateful_step_count=40,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=wanted)
