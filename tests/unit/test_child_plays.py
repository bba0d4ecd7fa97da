"""Children's plays: kept apart, given, and gone with the child."""

import threading
import time

import pytest
from sqlalchemy import select

from core.errors import Conflict, Forbidden, InvalidInput
from core.plays import Source
from database import (
    child_plays,
    children,
    goodbyes,
    listeners,
    people,
    play_corrections,
    play_edits,
)
from database.children import NewChild, NewRoute
from database.engine import Database
from database.models import (
    Listener,
    Person,
    Play,
    PlaySum,
    Track,
)
from database.owner import Owner
from database.play_choices import Choice
from database.play_intake import Intake
from tests import factories
from tests.corrected import (
    ALARM,
    HISTORY,
    House,
    add_one,
    give,
    heard,
    merge_artists,
    said,
)


def test_a_child_is_not_in_the_households_charts_and_cannot_come_in(
    house: House, child: Person
) -> None:
    listener = house.session.get_one(Listener, child.id)
    assert not listener.is_joint
    assert not people.is_password(child, "")
    assert not people.is_password(child, "anything at all")
    with pytest.raises(Conflict):
        people.set_password(house.session, child.id, "a password it never gets")
    with pytest.raises(Conflict):
        people.set_admin(house.session, child.id, is_admin=True)
    with pytest.raises(Forbidden):
        children.add(house.session, child.id, NewChild(name="grandchild"))


def test_a_route_sends_plays_to_the_child_but_none_by_hand(house: House, child: Person) -> None:
    children.add_route(house.session, child, NewRoute(words="Kids"))
    more = [heard(800, "Sun", context=ALARM), heard(801, "Moon")]

    Intake(house.ana).take(house.session, more)

    assert house.play("Sun", child.id) and house.play("Moon")
    children.add_route(house.session, child, NewRoute(from_hour=19, until_hour=21))
    add_one(house)
    assert house.play("New")
    house.check()


def test_a_route_that_takes_everything_is_none(house: House, child: Person) -> None:
    with pytest.raises(InvalidInput):
        children.add_route(house.session, child, NewRoute())


def test_a_parent_corrects_the_childs_plays(house: House, child: Person) -> None:
    play_corrections.add(house.session, child.id, said(), house.owner, None)

    assert [one.person_name for one in play_edits.listed(house.session, house.owner)] == ["kim"]
    with pytest.raises(Forbidden):
        play_corrections.add(house.session, child.id, said(), Owner(house.bo), None)


def test_a_childs_plays_go_back_with_it(house: House, child: Person) -> None:
    before = house.numbers()
    play_corrections.not_me(house.session, house.ana, Choice(artist="Boehm"), house.owner, child.id)
    children.add_route(house.session, child, NewRoute(words="kids"))
    more = [heard(800, "Sun", context=ALARM)]
    Intake(house.ana).take(house.session, more)
    assert house.counted(child.id) == 4

    while child_plays.give_back_some(house.session, child):
        house.check()
    factories.person(house.session, "root", is_admin=True)
    people.remove(house.session, child.id)

    house.check()
    assert house.counted(house.ana) == 6 + 1
    ids = select(Play.id).join(Track, Track.id == Play.track_id).where(Track.title == "Sun")
    sun = house.session.scalars(ids).one()
    assert {id_: row for id_, row in house.numbers()[2].items() if id_ != sun} == before[2]


def test_what_a_parent_has_too_does_not_keep_a_child_from_going(
    house: House, child: Person
) -> None:
    before = house.numbers()[2]
    Intake(child.id).take(house.session, HISTORY)

    while child_plays.give_back_some(house.session, child):
        house.check()

    assert house.numbers()[2] == before


def test_whoever_is_removed_leaves_the_household_right(house: House, child: Person) -> None:
    factories.person(house.session, "root", is_admin=True)
    listeners.set_joint(house.session, child.id, is_joint=True)
    play_corrections.not_me(house.session, house.ana, Choice(artist="Boehm"), house.owner, child.id)
    give(house)
    merge_artists(house)
    house.check()

    people.remove(house.session, house.ana)

    house.check()
    assert set(house.session.scalars(select(Play.person_id))) == {house.bo}
    assert set(house.session.scalars(select(PlaySum.whose))) == {house.bo}


def test_who_moves_in_after_a_parent_and_a_child_left_is_counted_once(
    house: House, child: Person
) -> None:
    factories.person(house.session, "root", is_admin=True)
    listeners.set_joint(house.session, child.id, is_joint=True)
    people.remove(house.session, house.ana)

    Intake(factories.person(house.session, "cleo").id).take(house.session, HISTORY[:3])

    house.check()


def test_what_somebody_told_of_lengths_goes_with_them(house: House) -> None:
    factories.person(house.session, "root", is_admin=True)
    song = heard(900, "Slow", source=Source.SCROBBLE, ms=None)
    Intake(house.ana).take(house.session, [song._replace(duration_ms=100_000)])
    Intake(house.bo).take(house.session, [song])
    house.check()

    people.remove(house.session, house.ana)

    house.check()
    assert house.session.get_one(Track, house.track("Slow")).duration_ms is None


def test_a_player_and_a_goodbye_do_not_wait_for_each_other_for_ever(db: Database) -> None:
    with db.writing() as session:
        root = factories.person(session, "root", is_admin=True).id
        bo = factories.person(session, "bo").id
        Intake(bo).take(session, HISTORY)

    def leave() -> None:
        with db.writing() as session:
            people.remove(session, bo)

    leaving = threading.Thread(target=leave)
    with db.writing() as session:
        listeners.lock(session)
        leaving.start()
        time.sleep(0.3)  # by then it holds whatever it takes before that lock
        Intake(root).take(session, HISTORY)
    leaving.join()

    with db.reading() as session:
        assert set(session.scalars(select(Play.person_id))) == {root}


def test_the_last_admin_is_not_asked_to_go(house: House) -> None:
    root = factories.person(house.session, "root", is_admin=True)

    with pytest.raises(Conflict):
        goodbyes.ask(house.session, root.id, Owner(root.id, is_admin=True))
