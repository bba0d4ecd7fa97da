"""What people correct of their plays: done and taken back, every number is as it was."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.plays import Mark, Source
from database import (
    people,
    play_choices,
    play_corrections,
    play_edits,
    play_spins,
)
from database.models import (
    Person,
    Play,
    PlaySum,
    Track,
)
from database.owner import Owner
from database.play_choices import Choice
from database.play_intake import Intake
from database.play_spins import Spin
from database.play_sums import Kind
from database.record_page import SongShown
from tests import factories
from tests.corrected import (
    AT,
    EDITS,
    HISTORY,
    MINUTE,
    House,
    add_one,
    change_time,
    heard,
    merge_artists,
    said,
    spin,
)


@pytest.mark.parametrize("edit", EDITS)
def test_an_undo_restores_every_number(house: House, edit: Callable[[House], None]) -> None:
    before = house.numbers()

    edit(house)
    house.check()
    assert house.numbers() != before

    assert play_edits.undo(house.session, house.edit(), house.owner) is None
    house.check()
    assert house.numbers() == before
    assert house.edit().undone_at is not None


@pytest.mark.parametrize("edit", EDITS)
def test_the_same_file_again_brings_nothing_back(
    house: House, edit: Callable[[House], None]
) -> None:
    edit(house)
    after = house.numbers()

    taken = Intake(house.ana).take(house.session, HISTORY)

    assert taken.added == 0
    assert house.numbers() == after


def test_what_is_undone_once_is_not_undone_twice(house: House) -> None:
    add_one(house)
    play_edits.undo(house.session, house.edit(), house.owner)

    with pytest.raises(Conflict):
        play_edits.undo(house.session, house.edit(), house.owner)


def test_one_that_was_corrected_again_is_undone_after_that(house: House) -> None:
    add_one(house)
    first = house.edit()
    play_corrections.change(house.session, house.play("New"), said("Newer"), house.owner)

    with pytest.raises(Conflict, match="Newer"):
        play_edits.undo(house.session, first, house.owner)

    play_edits.undo(house.session, house.edit(), house.owner)
    play_edits.undo(house.session, first, house.owner)
    house.check()
    assert house.play("New") == house.play("Newer") == 0


def test_what_another_source_told_of_it_is_marked_with_it(house: House) -> None:
    play_corrections.delete(house.session, house.ana, [house.play("Nacht")], house.owner)

    marks = select(Play.mark).join(Track, Track.id == Play.track_id)
    marks = marks.where(Track.title == "Nacht", Play.person_id == house.ana)
    assert house.session.scalars(marks).all() == [Mark.DELETED, Mark.DELETED]
    assert house.edit().plays == 1


def test_a_source_that_comes_later_does_not_bring_it_back(house: House) -> None:
    play_corrections.delete(house.session, house.ana, [house.play("Tag!")], house.owner)
    before = house.counted(house.ana)

    Intake(house.ana).take(
        house.session, [heard(4, "Tag!", "Boehm", source=Source.MALOJA, ms=None, context=None)]
    )

    assert house.counted(house.ana) == before
    house.check()


def test_what_is_given_away_counts_for_the_other(house: House) -> None:
    ana, bo = house.counted(house.ana), house.counted(house.bo)

    play_corrections.not_me(
        house.session, house.ana, Choice(words="SPEAKER"), house.owner, house.bo
    )
    task = house.edit().public_id
    while play_edits.mark_some(house.session, house.edit()):
        pass

    assert house.edit().public_id == task
    assert house.counted(house.ana) == ana - 3
    # Two of the three are bo's own, of another source, already.
    assert house.counted(house.bo) == bo + 1
    house.check()


@pytest.mark.parametrize("edit", ["change", "give"])
def test_how_long_another_source_says_it_was_stays_true(house: House, edit: str) -> None:
    played = heard(900, "Long", source=Source.SCROBBLE, ms=None, at=AT // MINUTE * MINUTE)
    told = played._replace(source=Source.SPOTIFY_ACCOUNT, row_key=1, ms_played=170_000)
    told = told._replace(ended_at=played.started_at + 170_000)
    Intake(house.ana).take(house.session, [played, told])
    query = select(func.sum(PlaySum.ms)).where(PlaySum.kind == Kind.DAY, PlaySum.whose != 0)
    before = house.session.scalar(query)

    if edit == "give":
        chosen = Choice(track="Long")
        play_corrections.not_me(house.session, house.ana, chosen, house.owner, house.bo)
    else:
        play_corrections.change(
            house.session, house.play("Long"), said("Longer", at="2023-11-14T22:13"), house.owner
        )

    house.check()
    assert house.session.scalar(query) == before


def test_who_is_gone_is_given_nothing(house: House) -> None:
    factories.person(house.session, "root", is_admin=True)
    chosen = Choice(words="phone")  # so many that a task does it, later
    play_corrections.not_me(house.session, house.ana, chosen, house.owner, house.bo)
    people.remove(house.session, house.bo)

    while play_edits.mark_some(house.session, house.edit()):
        house.check()

    assert house.edit().plays == 3
    play_edits.undo(house.session, house.edit(), house.owner)
    house.check()


def test_an_admin_takes_back_merges_but_nothing_that_is_anothers(
    house: House, child: Person
) -> None:
    admin = Owner(house.bo, is_admin=True)
    add_one(house)
    with pytest.raises(NotFound):
        play_edits.get(house.session, house.edit().public_id, admin)
    play_corrections.add(house.session, child.id, said(), house.owner, None)
    assert play_edits.get(house.session, house.edit().public_id, admin)
    merge_artists(house)
    assert play_edits.get(house.session, house.edit().public_id, admin)


def test_a_play_that_was_too_short_is_not_given_on(house: House) -> None:
    play_corrections.not_me(house.session, house.ana, Choice(track="blue"), house.owner, house.bo)

    assert house.counted(house.bo) == 3 + 1


def test_names_of_a_track_that_nobody_changed_lead_to_it(house: House) -> None:
    known = play_corrections.to_change(house.session, house.play("Nacht"), house.owner).known
    tracks = house.session.scalar(select(func.count()).select_from(Track))

    assert (known.title, known.artists, known.album) == ("Nacht", "Böhm; Ana & Co", "One")
    change_time(house)

    assert house.session.scalar(select(func.count()).select_from(Track)) == tracks


def test_nobody_corrects_plays_of_another(house: House) -> None:
    bob = Owner(house.bo)

    with pytest.raises(Forbidden):
        play_corrections.add(house.session, house.ana, said(), bob, None)
    with pytest.raises(NotFound):
        play_corrections.change(house.session, house.play("Blue"), said(), bob)
    with pytest.raises(Forbidden):
        play_corrections.delete(house.session, house.ana, [house.play("Blue")], bob)
    with pytest.raises(InvalidInput, match="No play"):
        play_corrections.delete(house.session, house.bo, [house.play("Blue")], bob)
    add_one(house)
    with pytest.raises(NotFound):
        play_edits.get(house.session, house.edit().public_id, bob)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "Say something"),
        ({"since": "2023-11-20", "until": "2023-11-01"}, "before the first"),
        ({"artist": "x", "from_hour": 3}, "both hours"),
        ({"words": "x", "from_hour": 3, "until_hour": 5}, "a year at most"),
    ],
)
def test_a_choice_without_sense_is_asked_for_again(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Choice.model_validate(given)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"artist": "BÖHM"}, 2),
        ({"track": "tag"}, 2),
        ({"words": "speak"}, 3),
        ({"artist": "Ana & Co", "from_hour": 22, "until_hour": 23}, 4),
        ({"artist": "Ana & Co", "from_hour": 23, "until_hour": 22}, 1),
        ({"since": "2023-11-15"}, 1),
        ({"since": "2014-01-01"}, 9),
        ({"words": "PHONE", "until": "2023-11-15"}, 3),
    ],
)
def test_the_number_that_is_shown_first_is_the_number_that_is_marked(
    house: House, given: dict[str, Any], stored: int
) -> None:
    choice = Choice.model_validate(given)

    found = play_choices.preview(house.session, house.ana, choice)

    ids = house.session.scalars(play_choices.query(house.session, house.ana, choice)).all()
    assert found.stored == len(ids) == stored


@pytest.mark.parametrize(
    ("given", "first", "titles"),
    [
        ({"side": "A", "at": "2023-11-14T20:00"}, "20:00:00", ["Blue", "Grey"]),
        ({"side": "all", "at": "2023-11-14T20:00", "is_end": True}, "19:51:00", 3),
        ({"side": "B", "at": "2023-11-14T20:00", "is_end": "1"}, "19:58:20", ["Red"]),
    ],
)
def test_songs_of_a_record_follow_one_another(
    given: dict[str, Any], first: str, titles: Any
) -> None:
    songs = [
        SongShown(1, "A1", "Blue", 200, is_favourite=False),
        SongShown(2, "A2", "Grey", None, is_favourite=False),
        SongShown(3, "B1", "Red", 100, is_favourite=False),
    ]
    wanted = Spin.model_validate(given)
    at = datetime.fromisoformat("2023-11-14T20:00+00:00")

    turns = play_spins.turns(songs, wanted, round(at.timestamp() * 1000))

    began = datetime.fromtimestamp(turns[0].started_at / 1000, at.tzinfo)
    assert f"{began:%H:%M:%S}" == first
    assert [one.song.title for one in turns] == titles or len(turns) == titles
    assert play_spins.sides(songs) == ["A", "B"]


def test_a_scrobble_of_a_song_of_a_spin_is_the_same_play(house: House) -> None:
    spin(house)
    before = house.counted(house.ana)

    # A phone that listened along heard the first song, some seconds later.
    at = AT - AT % MINUTE + 8_000
    Intake(house.ana).take(
        house.session, [heard(0, "Blue", source=Source.SCROBBLE, ms=None, at=at)]
    )

    assert house.counted(house.ana) == before
    house.check()
