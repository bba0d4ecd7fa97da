"""What people correct of their plays: done and taken back, every number is as it was."""

import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.plays import Context, Heard, Mark, Named, Source, Standing, row_key
from database import (
    child_plays,
    children,
    goodbyes,
    listeners,
    people,
    play_choices,
    play_corrections,
    play_edits,
    play_merges,
    play_recount,
    play_spins,
    play_tops,
    play_why,
    record_copies,
    record_names,
)
from database.children import NewChild, NewRoute
from database.engine import Database
from database.listeners import Whose
from database.models import (
    Album,
    Artist,
    Listener,
    Person,
    Play,
    PlayEdit,
    PlaySum,
    RecordArtist,
    Track,
)
from database.owner import Owner
from database.play_choices import Choice
from database.play_corrections import Said
from database.play_intake import Intake
from database.play_spins import Spin
from database.play_sums import Kind
from database.play_windows import ALWAYS, Window
from database.record_page import SongShown
from database.tasks import Enqueued
from tests import factories, plays

AT = 1_700_000_000_000  # 14 November 2023, 22:13:20
MINUTE = 60_000
ALARM = Context(client="Kids speaker", platform="speaker")
PHONE = Context(client="phone", platform="android", reason_end="trackdone")


class House(NamedTuple):
    """Two people of the same house, with plays that differ in all that is asked for here."""

    session: Session
    ana: int
    bo: int

    @property
    def owner(self) -> Owner:
        return Owner(self.ana)

    def numbers(self) -> tuple[Any, ...]:
        """Return every sum and tally, and what each play says of itself."""
        self.session.expire_all()
        return plays.sums(self.session), plays.tallies(self.session), plays.kept(self.session)

    def check(self) -> None:
        """Compare what is kept with what it has to be, counted anew from the plays."""
        self.session.expire_all()
        summed, tallied = plays.recounted(self.session)
        assert plays.differences(plays.sums(self.session), summed) == {}
        assert plays.differences(plays.tallies(self.session), tallied) == {}
        assert plays.differences(plays.kept(self.session), plays.settled(self.session)) == {}

    def counted(self, whose: int) -> int:
        query = select(func.count()).where(Play.person_id == whose, Play.standing == 0)
        return self.session.scalar(query) or 0

    def play(self, title: str, whose: int | None = None) -> int:
        query = select(Play.id).join(Track, Track.id == Play.track_id).where(Track.title == title)
        query = query.where(Play.person_id == (whose or self.ana)).order_by(Play.id)
        return self.session.scalars(query).first() or 0

    def artist(self, name: str) -> int:
        return self.session.scalars(select(Artist.id).where(Artist.name == name)).one()

    def track(self, title: str) -> int:
        return self.session.scalars(select(Track.id).where(Track.title == title)).one()

    def edit(self) -> PlayEdit:
        return self.session.scalars(select(PlayEdit).order_by(PlayEdit.id.desc())).first()  # type: ignore[return-value]


def heard(
    nth: int,
    title: str,
    *artists: str,
    source: Source = Source.SPOTIFY_EXTENDED,
    ms: int | None = 200_000,
    context: Context | None = PHONE,
    album: str = "One",
    at: int | None = None,
) -> Heard:
    started_at = AT + nth * 10 * MINUTE if at is None else at
    named = Named(title, artists or ("Ana & Co",), album)
    return Heard(named, started_at, source, row_key(source, started_at, title), ms, context=context)


HISTORY = [
    heard(0, "Blue", "Ana & Co"),
    heard(1, "Blue", "Ana & Co", ms=5_000),
    heard(2, "Nacht", "Böhm", "Ana & Co", context=ALARM),
    heard(3, "Tag", "Boehm", context=ALARM, album="Two"),
    heard(4, "Tag!", "Boehm", album="Two!"),
    heard(0, "Blue", "Ana & Co", source=Source.LASTFM, ms=None, context=None),
    heard(2, "Nacht", "Böhm", source=Source.LASTFM, ms=None, context=None),
    heard(5, "Late", "Ana & Co", source=Source.LASTFM, ms=None, context=None),
    heard(700, "Tag", "Boehm", context=ALARM),
]


@pytest.fixture
def house(session: Session) -> House:
    ana, bo = factories.person(session, "ana"), factories.person(session, "bo", zone="Asia/Tokyo")
    Intake(ana.id).take(session, HISTORY)
    Intake(bo.id).take(session, HISTORY[2:5])
    made = House(session, ana.id, bo.id)
    made.check()
    return made


def said(title: str = "Blue", artists: str = "Ana & Co", album: str = "One", **at: Any) -> Said:
    return Said.model_validate(
        {"title": title, "artists": artists, "album": album, "at": "2023-11-16T20:00"} | at
    )


def add_one(house: House) -> None:
    play_corrections.add(house.session, house.ana, said("New", "Böhm"), house.owner, None)


def change_names(house: House) -> None:
    play_corrections.change(
        house.session, house.play("Blue"), said("Blau", "Böhm; Ana & Co"), house.owner
    )


def change_time(house: House) -> None:
    play_corrections.change(
        house.session, house.play("Nacht"), said("Nacht", "Böhm; Ana & Co"), house.owner
    )


def delete_some(house: House) -> None:
    ids = [house.play("Nacht"), house.play("Late")]
    play_corrections.delete(house.session, house.ana, ids, house.owner)


def not_me(house: House) -> None:
    play_corrections.not_me(house.session, house.ana, Choice(artist="boehm"), house.owner, None)


def give(house: House) -> None:
    chosen = Choice(words="phone", since=date(2023, 11, 14), until=date(2023, 11, 15))
    play_corrections.not_me(house.session, house.ana, chosen, house.owner, house.bo)


def merge_artists(house: House) -> None:
    play_edits.merge(
        house.session, "artists", house.artist("Boehm"), house.artist("Böhm"), house.owner
    )


def spin(house: House) -> None:
    bo = house.session.get_one(Person, house.bo)
    songs = [
        {"position": "A1", "title": "Blue", "seconds": 200, "is_favourite": False},
        {"position": "A2", "title": "Grey", "seconds": None, "is_favourite": False},
        {"position": "B1", "title": "Red", "seconds": 100, "is_favourite": False},
    ]
    record_id = factories.record(house.session, bo, "One", ["Ana & Co"], songs=songs)
    wanted = Spin.model_validate({"side": "A", "at": "2023-11-14T22:13:00"})
    assert play_spins.log(house.session, house.ana, record_id, wanted, house.owner) == 2


EDITS = [add_one, change_names, change_time, delete_some, not_me, give, merge_artists, spin]


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


# --- spellings


@pytest.mark.parametrize(
    ("kind", "one", "other"), [("tracks", "Tag!", "Tag"), ("albums", "Two!", "Two")]
)
def test_tracks_and_albums_merge_and_part_again(
    house: House, kind: str, one: str, other: str
) -> None:
    model: Any = Track if kind == "tracks" else Album
    ids = {
        title: house.session.scalars(
            select(model.id).where(model.title == title).order_by(model.id)
        ).first()
        for title in (one, other)
    }
    before = house.numbers()

    found = play_merges.preview(house.session, kind, ids[one], ids[other], house.owner)  # type: ignore[arg-type]
    play_edits.merge(house.session, kind, ids[one], ids[other], house.owner)  # type: ignore[arg-type]
    house.check()
    assert (found.plays, house.edit().plays) == (2, 2)  # ana's and bo's
    sums = select(PlaySum).where(PlaySum.item == ids[one], PlaySum.span == 0)
    kinds = sums.where(PlaySum.kind == int(Kind.TRACK if kind == "tracks" else Kind.ALBUM))
    assert house.session.scalars(kinds).all() == []

    play_edits.undo(house.session, house.edit(), house.owner)
    house.check()
    assert house.numbers() == before


def test_chains_are_flat_and_undone_in_their_order(house: House) -> None:
    before = house.numbers()
    ana, boehm = house.artist("Ana & Co"), house.artist("Boehm")
    merge_artists(house)
    first = house.edit()
    play_edits.merge(house.session, "artists", house.artist("Böhm"), ana, house.owner)

    assert house.session.get_one(Artist, boehm).counts_as == ana
    house.check()
    with pytest.raises(Conflict):
        play_edits.undo(house.session, first, house.owner)
    play_edits.undo(house.session, house.edit(), house.owner)
    play_edits.undo(house.session, first, house.owner)
    house.check()
    assert house.numbers() == before


def test_what_comes_after_a_merge_parts_with_it(house: House) -> None:
    one = house.session.scalars(select(Track.id).where(Track.title == "Tag")).first()
    assert one is not None
    play_edits.merge(house.session, "tracks", house.track("Tag!"), one, house.owner)
    Intake(house.ana).take(house.session, [heard(9, "Tag!", "Boehm", album="Live")])

    play_edits.undo(house.session, house.edit(), house.owner)

    house.check()
    spellings = select(Track.counts_as).where(Track.title == "Tag!").order_by(Track.id)
    assert house.session.scalars(spellings).all() == [None, house_first(house, "Tag!")]


def house_first(house: House, title: str) -> int | None:
    return house.session.scalars(
        select(Track.id).where(Track.title == title).order_by(Track.id)
    ).first()


def test_records_follow_their_artist_and_go_back(house: House) -> None:
    bo = house.session.get_one(Person, house.bo)
    both = factories.record(house.session, bo, "Both", ["Boehm", "Böhm"])
    one = factories.record(house.session, bo, "Alone", ["Boehm"])
    links = select(RecordArtist.record_id, RecordArtist.position, RecordArtist.artist_id)
    links = links.order_by(RecordArtist.record_id, RecordArtist.position)
    before = house.session.execute(links).all()

    merge_artists(house)

    root = house.artist("Böhm")
    assert set(house.session.scalars(select(RecordArtist.artist_id))) == {root}
    later = factories.record(house.session, bo, "Later", ["Boehm", "Böhm"])
    assert [row[2] for row in house.session.execute(links) if row[0] == later] == [root]
    record_copies.remove(house.session, [later])
    play_edits.undo(house.session, house.edit(), house.owner)
    assert house.session.execute(links).all() == before
    assert {both, one} == {row[0] for row in before}


def test_merges_that_changed_one_record_are_undone_in_their_order(house: House) -> None:
    bo = house.session.get_one(Person, house.bo)
    factories.record(house.session, bo, "Both", ["Boehm", "Ana & Co"])
    links = select(RecordArtist.position, RecordArtist.artist_id).order_by(RecordArtist.position)
    before = house.session.execute(links).all()
    merge_artists(house)
    first = house.edit()
    root = house.artist("Böhm")
    play_edits.merge(house.session, "artists", house.artist("Ana & Co"), root, house.owner)

    with pytest.raises(Conflict, match="Ana & Co"):
        play_edits.undo(house.session, first, house.owner)

    play_edits.undo(house.session, house.edit(), house.owner)
    play_edits.undo(house.session, first, house.owner)
    assert house.session.execute(links).all() == before


def test_an_artist_that_plays_need_is_never_dropped(house: House) -> None:
    merge_artists(house)
    bo = house.session.get_one(Person, house.bo)
    gone = factories.record(house.session, bo, "Gone", ["Böhm", "Nobody else"])

    record_copies.remove(house.session, [gone])
    record_names.drop_all_unused(house.session)

    names = house.session.scalars(select(Artist.name)).all()
    assert {"Böhm", "Boehm", "Ana & Co"} <= set(names)
    assert "Nobody else" not in names


def test_only_who_has_plays_of_it_or_an_admin_may_merge(house: House) -> None:
    carol = factories.person(house.session, "carol")
    one, other = house.artist("Boehm"), house.artist("Böhm")

    with pytest.raises(Forbidden):
        play_edits.merge(house.session, "artists", one, other, Owner(carol.id))
    assert play_merges.may(house.session, "artists", one, Owner(carol.id, is_admin=True))
    with pytest.raises(InvalidInput):
        play_edits.merge(house.session, "artists", one, one, house.owner)


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("The Go! Team", "Go Team", True),
        ("AC/DC", "ACDC", True),
        ("Sigur Rós", "sigur rós", True),
        ("Can", "Cant", False),
        ("!!!", "???", False),
    ],
)
def test_names_that_differ_by_punctuation_alone_are_alike(
    one: str, other: str, *, is_alike: bool
) -> None:
    key = play_merges.letters(one)

    assert bool(key and key == play_merges.letters(other)) is is_alike


def test_what_may_be_meant_is_offered(house: House) -> None:
    record_names.keep(house.session, Artist, ["Ana and", "ANA, & Co."])

    names = play_merges.suggestions(house.session, "artists", house.artist("Ana & Co"))

    assert [one.name for one in names] == ["ANA, & Co."]


# --- what counts


@pytest.mark.parametrize("rule", listeners.RULES)
def test_a_rule_counts_what_it_was_said_to(house: House, rule: str) -> None:
    parts = play_recount.spans(house.session, house.ana)
    foretold = sum(play_recount.by_rules(house.session, house.ana, *part)[rule] for part in parts)

    task = play_recount.set_rule(house.session, house.ana, rule, house.owner)
    for part in parts:
        play_recount.recount(house.session, house.ana, *part)

    assert (task is None) == (rule == "30s")
    house.check()
    assert house.counted(house.ana) == foretold == (7 if rule in ("all", "end") else 6)


def test_another_zone_moves_days(house: House) -> None:
    people.change(house.session, house.ana, zone="Pacific/Auckland", letterboxd_name=None)

    for part in play_recount.spans(house.session, house.ana):
        play_recount.recount(house.session, house.ana, *part)

    house.check()


def test_who_changes_their_mind_has_the_last_word(house: House) -> None:
    def say(*, is_joint: bool) -> Enqueued | None:
        wish = play_recount.Seen(is_joint=is_joint)
        return play_recount.set_seen(house.session, house.ana, wish, house.owner)

    assert say(is_joint=True) is None
    leaves, stays = say(is_joint=False), say(is_joint=True)

    assert leaves and stays and leaves.id < stays.id
    assert say(is_joint=True) == stays._replace(is_new=False)


def test_who_leaves_the_household_and_comes_back_changes_nothing_else(house: House) -> None:
    before = house.numbers()

    listeners.set_joint(house.session, house.ana, is_joint=False)
    listeners.set_joint(house.session, house.ana, is_joint=False)
    house.check()
    listeners.set_joint(house.session, house.ana, is_joint=True)

    assert house.numbers() == before


WINDOWS = [
    ALWAYS,
    Window(AT - 5 * MINUTE, AT + 25 * MINUTE),
    Window(1_600_000_000_000, AT + 15 * MINUTE),
    Window(AT + 15 * MINUTE, None),
]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("kind", ["", "artist", "primary", "album", "track"])
def test_every_why_adds_up(house: House, window: Window, kind: str) -> None:
    """Must show 6: every “why” adds up."""
    merge_artists(house)
    delete_some(house)
    give(house)
    for whose in (
        Whose(house.ana, (house.ana,), "UTC"),
        Whose(house.bo, (house.bo,), "Asia/Tokyo"),
        listeners.household(house.session),
    ):
        if not kind:
            found = play_why.why(house.session, whose, "", None, window)
            assert _adds_up(found)
            totals = play_tops.totals(house.session, whose, window)
            assert (found.counted, found.ms) == (totals.plays, totals.ms)
            continue
        tops = play_tops.tops(house.session, whose, play_why.KINDS[kind], window, limit=50)
        for top in tops:
            found = play_why.why(house.session, whose, kind, top.item, window)
            assert _adds_up(found)
            assert (found.counted, found.ms) == (top.plays, top.ms)
            assert found.by_rule is not None and found.by_rule["30s"] == found.counted


def _adds_up(found: play_why.Why) -> bool:
    away = sum(plays for standing, plays in found.standings.items() if standing)
    assert found.stored == sum(part.stored for part in found.parts)
    assert found.counted == sum(part.counted for part in found.parts)
    assert {one.standing for one in found.samples} == set(found.standings)
    return found.stored - away == found.counted


def test_why_tells_each_source_and_import(house: House) -> None:
    whose = Whose(house.ana, (house.ana,), "UTC")

    found = play_why.why(house.session, whose, "artist", house.artist("Ana & Co"), ALWAYS)

    assert [(part.source, part.stored, part.counted) for part in found.parts] == [
        (Source.SPOTIFY_EXTENDED, 3, 2),
        (Source.LASTFM, 2, 1),
    ]
    assert found.standings == {
        Standing.COUNTED: 3,
        Standing.SHORT: 1,
        Standing.DUPLICATE: 1,
    }
    with pytest.raises(NotFound):
        play_why.why(house.session, whose, "artist", 9_999, ALWAYS)
    hidden = found.without_files()
    assert (hidden.samples, {part.file_name for part in hidden.parts}) == ([], {None})
    assert sum(part.counted for part in hidden.parts) == found.counted


# --- children


@pytest.fixture
def child(house: House) -> Person:
    return children.add(house.session, house.ana, NewChild(name="kim"))


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
