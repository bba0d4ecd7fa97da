"""The names that records share: one each however it is written, kept while they are in use."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from database import record_copies, record_names, records
from database.engine import Database
from database.models import Artist, Format, Genre, Label, Person
from tests import factories

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_PATIENCE = 20  # seconds


def at_once(*works: Callable[[], object]) -> None:
    """Do all of these at the same time; the first failure is the test's."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(works))

    def do(work: Callable[[], object]) -> None:
        start.wait(_PATIENCE)
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def test_a_name_is_one_however_it_is_written(session: Session) -> None:
    first = record_names.keep(session, Artist, ["Mötley Crüe", "a_b", "100%"])
    again = record_names.keep(session, Artist, ["MÖTLEY  CRÜE", "a_b", "aXb", "1000"])

    assert again["mötley crüe"] == first["mötley crüe"]
    assert len({*first.values(), *again.values()}) == 5
    names = select(Artist.name).where(Artist.id == first["mötley crüe"])
    assert session.scalar(names) == "Mötley Crüe"


def test_thousands_of_names_are_kept_at_once(session: Session) -> None:
    names = [f"Label {number}" for number in range(1_500)]

    assert len(record_names.keep(session, Label, names)) == 1_500
    assert len(record_names.keep(session, Label, names)) == 1_500
    assert record_names.keep(session, Label, []) == {}


@on_postgresql
def test_two_who_add_the_same_names_do_not_wait_for_each_other(db: Database) -> None:
    has_can = threading.Event()

    def one_by_one() -> None:
        with db.writing() as session:
            record_names.keep(session, Artist, ["Can"])
            has_can.set()
            # Until the other stands at Can, and has not added Neu! before.
            threading.Event().wait(0.3)
            record_names.keep(session, Artist, ["Neu!"])

    def at_a_time() -> None:
        assert has_can.wait(_PATIENCE)
        with db.writing() as session:
            record_names.keep(session, Artist, ["Neu!", "Can"])

    at_once(one_by_one, at_a_time)

    with db.reading() as session:
        assert set(session.scalars(select(Artist.name))) == {"Can", "Neu!"}


@on_postgresql
def test_a_name_that_somebody_is_about_to_use_is_not_dropped(db: Database) -> None:
    with db.writing() as session:
        bob_id = factories.person(session).id
        record_id = factories.record(session, session.get_one(Person, bob_id), "Tago Mago")
    is_held, is_dropped = threading.Event(), threading.Event()

    def use() -> None:
        with db.writing() as session:
            held = record_names.keep(session, Artist, ["Can"])
            is_held.set()
            assert is_dropped.wait(_PATIENCE)
            assert session.get_one(Artist, held["can"])
            factories.record(session, session.get_one(Person, bob_id), "Ege Bamyasi")

    def drop() -> None:
        assert is_held.wait(_PATIENCE)
        with db.writing() as session:
            records.delete_faulty(session, record_id, "Tago Mago")
        is_dropped.set()

    at_once(use, drop)

    with db.reading() as session:
        assert session.scalars(select(Artist.name)).all() == ["Can"]


def test_records_come_and_go_at_once(db: Database) -> None:
    with db.writing() as session:
        bob_id = factories.person(session).id

    def come_and_go(first: str, second: str) -> None:
        for _ in range(8):
            with db.writing() as session:
                bob = session.get_one(Person, bob_id)
                record_id = factories.record(session, bob, "One", [first, second])
            with db.writing() as session:
                record_copies.remove(session, [record_id])

    at_once(
        lambda: come_and_go("Can", "Neu!"),
        lambda: come_and_go("Neu!", "Can"),
        lambda: come_and_go("CAN", "Faust"),
    )

    with db.writing() as session:
        record_names.drop_all_unused(session)
        assert session.scalars(select(Artist.name)).all() == []


def test_unused_artists_and_labels_go_and_genres_and_formats_never(session: Session) -> None:
    """Must show 8: deleting a record never removes a genre."""
    bob = factories.person(session)
    said = {"genre": "Kraut", "format": "Reel", "labels": ["Spoon"]}
    gone = factories.record(session, bob, "Tago Mago", ["Can", "Neu!"], **said)
    factories.record(session, bob, "Hero", ["Neu!"], labels=["Brain"])

    record_copies.remove(session, [gone])

    assert session.scalars(select(Artist.name)).all() == ["Neu!"]
    assert session.scalars(select(Label.name)).all() == ["Brain"]
    assert "Kraut" in session.scalars(select(Genre.name)).all()
    assert "Reel" in session.scalars(select(Format.name)).all()


def test_many_records_go_at_once(session: Session) -> None:
    bob = factories.person(session)
    ids = [factories.record(session, bob, artists=[f"Artist {n}"]) for n in range(20)]

    record_copies.remove(session, [*ids, 9_999])

    assert session.scalars(select(Artist.name)).all() == []


def test_a_country_is_noted_and_never_erased(session: Session) -> None:
    """Must show 5: a known artist's country is filled in, never erased."""
    ids = record_names.keep(session, Artist, ["Can", "Neu!"])
    record_names.say_countries(session, {ids["can"]: "Germany", ids["neu!"]: ""})
    record_names.say_countries(session, {ids["can"]: ""})

    assert record_names.countries_of(session, ["NEU!", "can", "Faust"]) == ["", "Germany", ""]


@pytest.mark.parametrize("genre", ["Rock", "ROCK", "Folk, World, & Country", "Kraut"])
def test_a_listed_genre_passes(session: Session, genre: str) -> None:
    record_names.keep(session, Genre, ["Kraut"])

    record_names.check_listed(session, genre, 'pic-7"', add_genre=False, add_format=False)


def test_what_stands_on_no_list_is_asked_for(session: Session) -> None:
    with pytest.raises(InvalidInput) as refused:
        record_names.check_listed(session, "Rokc", "L_", add_genre=False, add_format=False)
    assert set(refused.value.problems) == {"genre", "format"}

    record_names.check_listed(session, "Rokc", "L_", add_genre=True, add_format=True)


def test_a_form_offers_the_most_used_first_and_the_last_used(session: Session) -> None:
    bob, carol = factories.person(session), factories.person(session)
    for genre in ("Kraut", "Jazz", "Kraut", "Metal"):
        factories.record(session, bob, genre=genre, format="Tape")
    factories.record(session, carol, genre="Doom")

    offered = record_names.offered(session, bob.id)
    nothing_yet = record_names.offered(session, factories.person(session).id)

    assert offered.genres[:4] == ["Kraut", "Jazz", "Metal", "Doom"]
    assert offered.genres.count("Jazz") == 1
    assert {"Blues", "Stage & Screen"} < set(offered.genres)
    assert offered.formats[0] == "Tape"
    assert offered.last_genre == "Metal"
    assert nothing_yet.last_genre == ""
