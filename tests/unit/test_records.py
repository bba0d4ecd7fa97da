"""Records on their way, each verb with its credit: in one transaction, once, and nobody else's."""

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from database import ledger, people, ratings, record_page, records
from database.engine import Database
from database.models import Artist, CreditTransaction, Genre, Person, Rating, Record
from database.owner import Owner
from database.record_details import Details, Purchase, Reactivation, Removal
from tests import factories
from tests.unit.test_record_names import at_once, on_postgresql

TODAY = date(2026, 11, 24)


def purchase(title: str = "Tago Mago", artists: str = "Can", **said: Any) -> Purchase:
    plain = {"genre": "Rock", "purchased_on": "2026-11-20"}
    return Purchase(title=title, artists=artists, **{**plain, **said})


def lines(session: Session) -> list[tuple[Any, ...]]:
    line = CreditTransaction
    query = select(line.kind, line.value, line.booked_on, line.record_id, line.record_text)
    return [tuple(row) for row in session.execute(query.order_by(line.id))]


def test_a_purchase_is_dated_when_it_was_bought(session: Session) -> None:
    bob = factories.person(session)

    record_id = records.buy(session, bob.id, purchase("Tago Mago", "Can; Neu!", year=1971), TODAY)

    text = "Can / Neu! - Tago Mago (1971)"
    assert lines(session) == [("Purchase", -1, "2026-11-20", record_id, text)]
    assert ledger.balance(session, bob.id) == -1


def test_a_gift_costs_nothing_and_has_its_line(session: Session) -> None:
    bob = factories.person(session)

    record_id = records.buy(session, bob.id, purchase(credits=0), TODAY)

    expected = ("Purchase", 0, "2026-11-20", record_id, "Can - Tago Mago")
    assert lines(session) == [expected]


def test_a_rating_is_of_today(session: Session) -> None:
    bob = factories.person(session)

    record_id = records.buy(session, bob.id, purchase(rating=8), TODAY)

    assert [given[1:] for given in ratings.history(session, record_id)] == [(8, "2026-11-24")]
    assert records.get(session, record_id).rating == 8


def test_the_same_title_by_the_same_first_artist_is_a_twin(session: Session) -> None:
    bob, carol = factories.person(session), factories.person(session)
    record_id = records.buy(session, bob.id, purchase("Ａ_b", "Can; Neu!"), TODAY)

    found = records.twin(session, bob.id, purchase("a_B", "CAN; Faust"))
    assert found is not None
    assert (found.id, found.is_active) == (record_id, True)
    for title, artists in (("aXb", "Can"), ("a_b", "Neu!; Can"), ("a_b", "")):
        assert records.twin(session, bob.id, purchase(title, artists)) is None
    assert records.twin(session, carol.id, purchase("a_b", "Can")) is None
    with pytest.raises(Conflict):
        records.buy(session, bob.id, purchase("a_b", "can"), TODAY)
    assert records.buy(session, bob.id, purchase("a_b", "can", is_another_copy=True), TODAY)


def test_of_two_twins_the_active_one_is_shown(session: Session) -> None:
    bob = factories.person(session)
    factories.record(session, bob, "Tago Mago", is_active=False)
    active = factories.record(session, bob, "Tago Mago")

    found = records.twin(session, bob.id, purchase())

    assert found is not None
    assert found.id == active


def test_the_same_form_twice_at_once_buys_one_record(db: Database) -> None:
    with db.writing() as session:
        bob = factories.person(session)
    refused: list[str] = []

    def buy(title: str) -> None:
        try:
            with db.writing() as session:
                records.buy(session, bob.id, purchase(title), TODAY)
        except Conflict:
            refused.append(title)

    titles = ["A", "B", "C", "D", "E"]
    for title in titles:
        at_once(lambda title=title: buy(title), lambda title=title: buy(title))  # type: ignore[misc]

    assert refused == titles
    with db.reading() as session:
        assert ledger.balance(session, bob.id) == -5


def test_nothing_is_written_where_the_genre_is_asked_for(session: Session) -> None:
    bob = factories.person(session)

    with pytest.raises(InvalidInput):
        records.buy(session, bob.id, purchase(genre="Rokc"), TODAY)

    assert session.scalar(select(func.count()).select_from(Record)) == 0
    assert lines(session) == []


def test_an_edit_changes_links_and_books_nothing(session: Session) -> None:
    """Must show 1: changing title or artist works."""
    bob = factories.person(session)
    record_id = factories.record(
        session, bob, "Tango", ["Cann"], ratings=[{"value": 7, "rated_on": "2026-01-01"}]
    )

    wanted = Details(
        title="Tago Mago", artists="Can", labels="Spoon", genre="Jazz", purchased_on="2026-01-01"
    )
    records.edit(session, record_id, wanted)

    found = records.get(session, record_id)
    assert (found.title, found.artist, found.label) == ("Tago Mago", "Can", "Spoon")
    assert found.rating == 7
    assert session.scalars(select(Artist.name)).all() == ["Can"]
    assert lines(session) == []


def test_what_the_form_shows_saved_again_changes_nothing(session: Session) -> None:
    bob = factories.person(session)
    record_id = factories.record(
        session, bob, "Tago Mago", ["Can", "Neu!"], labels=["A", "B"], remarks="x\n\ny", price=1,
        colour="red", edition="lim", discogs_id=7, is_digitised=True, year=None,
    )  # fmt: skip
    before = record_page.page(session, record_id)

    records.edit(session, record_id, Details.model_validate({**_said(before), "genre": "rock"}))

    after = record_page.page(session, record_id)
    assert after.record | {"updated_at": 0} == before.record | {"updated_at": 0}
    assert (after.artists, after.labels) == (before.artists, before.labels)


def _said(page: record_page.Page) -> dict[str, str]:
    typed = record_page.typed(page)
    return {name: value for name, value in typed.items() if value}


@on_postgresql
def test_an_edit_does_not_take_back_what_another_browser_has_removed(db: Database) -> None:
    with db.writing() as session:
        record_id = factories.record(session, factories.person(session), "Tago Mago")
    is_removed, may_end = threading.Event(), threading.Event()

    def remove() -> None:
        with db.writing() as session:
            records.remove(session, record_id, Removal(removed_on="2026-01-01"))
            is_removed.set()
            may_end.wait(0.3)

    def edit() -> None:
        assert is_removed.wait(20)
        with db.writing() as session:
            assert records.get(session, record_id).is_active
            records.edit(session, record_id, purchase("New"))

    at_once(remove, edit)

    with db.reading() as session:
        found = records.get(session, record_id)
    assert (found.title, found.is_active, found.removed_on) == ("New", False, "2026-01-01")


def test_of_two_who_remove_at_once_one_gets_the_credit(db: Database) -> None:
    with db.writing() as session:
        bob_id = factories.person(session).id
        record_id = factories.record(session, session.get_one(Person, bob_id), "Tago Mago")
    refused: list[int] = []

    def remove() -> None:
        try:
            with db.writing() as session:
                removal = Removal(removed_on="2026-01-01", credits=1)
                records.remove(session, record_id, removal)
        except Conflict:
            refused.append(1)

    at_once(remove, remove, remove)

    assert len(refused) == 2
    with db.reading() as session:
        assert ledger.balance(session, bob_id) == 1


@on_postgresql
def test_of_two_who_rate_at_once_the_later_day_counts(db: Database) -> None:
    with db.writing() as session:
        record_id = factories.record(session, factories.person(session))
    is_rated = threading.Event()

    def rate_today() -> None:
        with db.writing() as session:
            ratings.rate(session, record_id, 9, "2026-02-01")
            is_rated.set()
            threading.Event().wait(0.3)

    def rate_yesterday() -> None:
        assert is_rated.wait(20)
        with db.writing() as session:
            ratings.rate(session, record_id, 5, "2026-01-31")

    at_once(rate_today, rate_yesterday)

    with db.reading() as session:
        assert records.get(session, record_id).rating == 9


def test_a_record_that_is_deleted_meanwhile_is_not_there(db: Database) -> None:
    with db.writing() as session:
        record_id = factories.record(session, factories.person(session), "Tago Mago")
    told: list[type[Exception]] = []

    def delete() -> None:
        with db.writing() as session:
            records.delete_faulty(session, record_id, "Tago Mago")

    def rate() -> None:
        try:
            with db.writing() as session:
                ratings.rate(session, record_id, 9, "2026-02-01")
        except NotFound:
            told.append(NotFound)

    at_once(delete, rate, rate)

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Rating)) == 0


def test_a_record_is_removed_and_comes_back_for_a_credit(session: Session) -> None:
    """Must show 6: reactivation is paid for."""
    bob = factories.person(session)
    record_id = records.buy(session, bob.id, purchase(), TODAY)

    records.remove(session, record_id, Removal(removed_on="2026-11-22"))
    found = records.get(session, record_id)
    assert (found.is_active, found.removed_on) == (False, "2026-11-22")
    with pytest.raises(Conflict):
        records.remove(session, record_id, Removal(removed_on="2026-11-22"))

    wanted = Reactivation(purchased_on="2026-11-23", price="5")
    records.reactivate(session, record_id, wanted)
    found = records.get(session, record_id)
    assert (found.is_active, found.removed_on, found.price) == (True, None, 500)
    with pytest.raises(Conflict):
        records.reactivate(session, record_id, wanted)

    assert [line[:3] for line in lines(session)] == [
        ("Purchase", -1, "2026-11-20"),
        ("Remove", 0, "2026-11-22"),
        ("Purchase", -1, "2026-11-23"),
    ]


def test_a_record_is_not_parted_with_before_it_was_bought(session: Session) -> None:
    record_id = factories.record(session, factories.person(session), purchased_on="2026-01-02")

    with pytest.raises(InvalidInput) as refused:
        records.remove(session, record_id, Removal(removed_on="2026-01-01"))

    assert "2026-01-02" in refused.value.problems["removed_on"]
    assert records.get(session, record_id).is_active


def test_a_faulty_entry_goes_and_its_credits_tell_what_they_were_for(session: Session) -> None:
    """Must show 8: deleting a record never removes a genre."""
    bob = factories.person(session)
    wanted = purchase(genre="Kraut", add_genre=True, year=1971, rating=5)
    record_id = records.buy(session, bob.id, wanted, TODAY)

    with pytest.raises(InvalidInput):
        records.delete_faulty(session, record_id, "Tango")
    records.delete_faulty(session, record_id, " TAGO mago ")

    with pytest.raises(NotFound):
        records.get(session, record_id)
    assert lines(session) == [("Purchase", -1, "2026-11-20", None, "Can - Tago Mago (1971)")]
    assert session.scalars(select(Genre.name)).all() == ["Kraut"]
    assert session.scalars(select(Artist.name)).all() == []


def test_only_its_own_credits_go_with_it(session: Session) -> None:
    bob = factories.person(session)
    gone = records.buy(session, bob.id, purchase(), TODAY)
    stays = records.buy(session, bob.id, purchase("Ege Bamyasi"), TODAY)

    records.delete_faulty(session, gone, "Tago Mago", with_credits=True)

    assert [line[3] for line in lines(session)] == [stays]


def test_members_look_and_only_the_owner_or_an_admin_changes(session: Session) -> None:
    bob, carol = factories.person(session), factories.person(session)
    record_id = factories.record(session, bob)

    assert records.get(session, record_id).person_id == bob.id
    for owner in (Owner(bob.id), Owner(carol.id, is_admin=True)):
        assert records.to_change(session, record_id, owner).id == record_id
    for owner in (Owner(carol.id), Owner(guest_hash="x"), Owner()):
        with pytest.raises(Forbidden):
            records.to_change(session, record_id, owner)
    with pytest.raises(NotFound):
        records.to_change(session, record_id + 1, Owner(bob.id))


def test_what_an_admin_mends_is_booked_on_the_owners_shelf(session: Session) -> None:
    bob, carol = factories.person(session), factories.person(session)
    record_id = factories.record(session, bob)

    records.remove(session, record_id, Removal(removed_on="2026-01-01", credits=1))

    assert ledger.balance(session, bob.id) == 1
    assert ledger.balance(session, carol.id) == 0


def test_a_shelf_goes_with_its_person(session: Session) -> None:
    factories.person(session, is_admin=True)
    bob, carol = factories.person(session), factories.person(session)
    records.buy(session, bob.id, purchase(artists="Can; Neu!", rating=3), TODAY)
    kept = records.buy(session, carol.id, purchase(artists="Neu!"), TODAY)

    people.remove(session, bob.id)

    assert session.scalars(select(Record.id)).all() == [kept]
    assert session.scalars(select(Artist.name)).all() == ["Neu!"]
    assert [line[3] for line in lines(session)] == [kept]
    assert session.scalar(select(func.count()).select_from(Rating)) == 0


def test_the_newest_rating_by_day_and_then_by_number_counts(session: Session) -> None:
    """Must show 7: rating history is written, shown, exported."""
    record_id = factories.record(session, factories.person(session))
    for value, day in ((3, "2026-01-02"), (9, "2026-01-01"), (7, "2026-01-02")):
        ratings.rate(session, record_id, value, day)

    history = ratings.history(session, record_id)
    assert [given.value for given in history] == [7, 3, 9]
    assert records.get(session, record_id).rating == 7

    for given, current in zip(history, (3, 9, 0), strict=True):
        ratings.forget(session, record_id, given.id)
        assert records.get(session, record_id).rating == current
    with pytest.raises(NotFound):
        ratings.forget(session, record_id, history[0].id)
    with pytest.raises(NotFound):
        ratings.rate(session, 999, 5, "2026-01-01")


def test_a_page_knows_what_stands_beside_it(session: Session) -> None:
    bob, carol = factories.person(session), factories.person(session)
    first, hers, last = (factories.record(session, who) for who in (bob, carol, bob))

    beside = [
        (page.previous_id, page.next_id)
        for page in (record_page.page(session, one) for one in (first, hers, last))
    ]

    assert beside == [(None, last), (None, None), (first, None)]
