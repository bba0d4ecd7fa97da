"""Digs that people keep, and what the house has of the releases that are dug up."""

import pytest
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from core.plays import Heard, Named, Source
from database import crate_beside, digs, listeners
from database.models import Person
from database.owner import Owner
from database.play_intake import Intake
from tests import factories

RELEASE = 1_234


@pytest.fixture
def ana(session: Session) -> Person:
    return factories.person(session, "ana")


def test_digs_are_listed_by_name_each_person_their_own(session: Session, ana: Person) -> None:
    ben = factories.person(session, "ben")
    for name in ("techno", "Élan", "Ambient"):
        digs.keep(session, ana.id, f"q={name}", name)
    digs.keep(session, ben.id, "q=techno", "mine")

    found = digs.listed(session, ana.id)

    assert [kept.name for kept in found] == ["Ambient", "techno", "Élan"]
    assert found[1].query == "q=techno"


def test_the_same_dig_is_kept_once(session: Session, ana: Person) -> None:
    digs.keep(session, ana.id, "q=techno", "techno")

    with pytest.raises(Conflict), session.begin_nested():
        digs.keep(session, ana.id, "q=techno", "the same")


def test_no_more_are_kept_than_may_be(
    session: Session, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digs, "MOST", 1)
    digs.keep(session, ana.id, "q=one", "one")

    with pytest.raises(Conflict, match="delete one"):
        digs.keep(session, ana.id, "q=two", "two")


def test_a_dig_that_says_too_much_is_not_kept(session: Session, ana: Person) -> None:
    with pytest.raises(Conflict, match="too much"):
        digs.keep(session, ana.id, "q=" + "a" * digs.LONGEST, "long")


def test_a_dig_is_called_something_else_and_deleted(session: Session, ana: Person) -> None:
    dig_id = digs.keep(session, ana.id, "q=techno", "techno")

    digs.rename(session, ana.id, dig_id, "Detroit")
    renamed = digs.listed(session, ana.id)
    digs.forget(session, ana.id, dig_id)

    assert [kept.name for kept in renamed] == ["Detroit"]
    assert digs.listed(session, ana.id) == []


def test_somebody_elses_dig_is_not_there(session: Session, ana: Person) -> None:
    ben = factories.person(session, "ben")
    dig_id = digs.keep(session, ana.id, "q=techno", "techno")

    with pytest.raises(NotFound):
        digs.rename(session, ben.id, dig_id, "mine")
    with pytest.raises(NotFound):
        digs.forget(session, ben.id, dig_id)

    assert [kept.name for kept in digs.listed(session, ana.id)] == ["techno"]


def test_what_stands_on_a_shelf_counts_with_its_best_rating(session: Session, ana: Person) -> None:
    for rating in (None, 7, 9):
        rated = [{"value": rating, "rated_on": "2025-03-01"}] if rating else []
        factories.record(session, ana, discogs_id=RELEASE, ratings=rated)
    factories.record(session, ana, discogs_id=5, is_active=False, removed_on="2025-04-01")
    factories.record(session, ana, discogs_id=6)
    factories.record(session, factories.person(session, "ben"), discogs_id=7)

    assert crate_beside.ratings(session, ana.id) == {RELEASE: 9, 6: 0}


def test_the_copies_of_the_household_are_told_those_on_a_shelf_first(
    session: Session, ana: Person
) -> None:
    ben = factories.person(session, "ben")
    gone = factories.record(
        session, ana, discogs_id=RELEASE, is_active=False, removed_on="2025-04-01"
    )
    here = factories.record(session, ben, "Ege Bamyasi", discogs_id=RELEASE)
    factories.record(session, ben, discogs_id=5)

    found = crate_beside.copies(session, [RELEASE, 99])

    assert [copy.record_id for copy in found] == [here, gone]
    assert (found[0].owner, found[0].title, found[0].is_active) == ("ben", "Ege Bamyasi", True)


def test_plays_are_found_by_the_artists_and_the_title(session: Session, ana: Person) -> None:
    heard = [
        Heard(
            Named("Vitamin C", ("CAN",), album),
            clock.now() - nth,
            Source.SCROBBLE,
            nth,
            duration_ms=210_000,
        )
        for nth, album in enumerate(("Ege Bamyasi (Remastered)", "Ege Bamyasi", "Future Days"), 1)
    ]
    Intake(ana.id).take(session, heard)
    whose = listeners.seen_by(session, ana.id, Owner(ana.id))

    found = crate_beside.played(session, whose, ["Can", "Nobody"], "Ege Bamyasi")

    assert sum(one.plays for one in found) == 2
    assert crate_beside.played(session, whose, ["Neu!"], "Ege Bamyasi") == []
