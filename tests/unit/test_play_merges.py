"""Spellings of artists, albums and tracks: merged, parted again, and offered."""

from typing import Any

import pytest
from sqlalchemy import select

from core.errors import Conflict, Forbidden, InvalidInput
from database import (
    play_edits,
    play_merges,
    record_copies,
    record_names,
)
from database.models import (
    Album,
    Artist,
    Person,
    PlaySum,
    RecordArtist,
    Track,
)
from database.owner import Owner
from database.play_intake import Intake
from database.play_sums import Kind
from tests import factories
from tests.corrected import House, heard, merge_artists


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
