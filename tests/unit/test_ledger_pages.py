"""The ledger as pages show it: the balance after each line, by id and by day."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from database import ledger, ledger_pages
from database.ledger import Line
from database.models import Person
from tests import factories


@pytest.fixture
def alice(session: Session) -> Person:
    """Somebody whose second purchase was dated back."""
    person = factories.person(session, "alice")
    record = factories.record(session, person, "Tago Mago")
    ledger.book(
        session,
        person.id,
        [
            Line("Initial Load", 3, "2026-01-01"),
            Line("Addition", 1, "2026-02-01"),
            Line("Purchase", -1, "2026-02-10", record, "Can - Tago Mago (1971)"),
            Line("Purchase", -1, "2026-01-15", None, "Faust - Faust (1971)"),
            Line("Remove", 1, "2026-03-01", record, "Can - Tago Mago (1971)"),
        ],
    )
    ledger.book(session, factories.person(session, "bob").id, [Line("Addition", 1, "2026-01-01")])
    return person


def test_the_list_counts_the_balance_up_by_id(session: Session, alice: Person) -> None:
    found = ledger_pages.newest(session, alice.id)

    assert [(line.kind, line.value, line.balance) for line in found] == [
        ("Remove", 1, 3),
        ("Purchase", -1, 2),
        ("Purchase", -1, 3),
        ("Addition", 1, 4),
        ("Initial Load", 3, 3),
    ]
    assert found[0].balance == ledger.balance(session, alice.id)
    assert ledger_pages.count(session, alice.id) == 5


def test_a_page_goes_on_where_the_last_one_ended(session: Session, alice: Person) -> None:
    first = ledger_pages.newest(session, alice.id, limit=2)
    rest = ledger_pages.newest(session, alice.id, before=first[-1].id, limit=9)

    assert first + rest == ledger_pages.newest(session, alice.id)


def test_the_chart_counts_the_balance_up_by_day(session: Session, alice: Person) -> None:
    found = ledger_pages.stretch(session, alice.id, date(2026, 1, 1), date(2026, 12, 31))

    assert found.opening == 0
    assert [(f"{day:%m-%d}", balance) for day, balance in found.days] == [
        ("01-01", 3), ("01-15", 2), ("02-01", 3), ("02-10", 2), ("03-01", 3)
    ]  # fmt: skip
    marks = [(one.kind, one.booked_on[5:], one.balance) for one in found.marks]
    assert marks == [
        ("Purchase", "01-15", 2),
        ("Addition", "02-01", 3),
        ("Purchase", "02-10", 2),
        ("Remove", "03-01", 3),
    ]


def test_the_chart_of_a_stretch_begins_with_the_balance_before_it(
    session: Session, alice: Person
) -> None:
    found = ledger_pages.stretch(session, alice.id, date(2026, 1, 20), date(2026, 2, 5))

    assert found.opening == 2
    assert found.days == [(date(2026, 2, 1), 3)]
    assert [one.kind for one in found.marks] == ["Addition"]


def test_of_many_lines_the_newest_are_marked(
    session: Session, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_pages, "MOST_MARKS", 1)

    found = ledger_pages.stretch(session, alice.id, date(2026, 1, 1), date(2026, 12, 31))

    assert [one.kind for one in found.marks] == ["Remove"]
    assert found.is_cut
    assert len(found.days) == 5


def test_an_empty_ledger_is_shown_empty(session: Session) -> None:
    """Must show 12: an empty ledger works."""
    bob = factories.person(session)
    empty = ledger_pages.stretch(session, bob.id, date(2026, 1, 1), date(2026, 12, 31))

    assert ledger_pages.newest(session, bob.id) == []
    assert ledger_pages.first_day(session, bob.id) is None
    assert (empty.opening, empty.days, empty.marks, empty.is_cut) == (0, [], [], False)
