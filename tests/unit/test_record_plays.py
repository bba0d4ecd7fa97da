"""The shelf beside what was played: which albums records are, what was not played, what it cost."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.plays import Heard, Named, Source, row_key
from database import record_albums, record_plays
from database.listeners import Whose
from database.models import Album, Artist, Person
from database.play_intake import Intake
from tests import factories

BAMYASI = Named("Vitamin C", ("Can",), "Ege Bamyasi (40th Anniversary Edition)", "Can")
MAGO = Named("Halleluhwah", ("Can",), "Tago Mago", "Can")


@pytest.fixture
def alice(session: Session) -> Person:
    return factories.person(session, "alice")


def whose(*people: Person) -> Whose:
    return Whose(people[0].id, tuple(person.id for person in people), "UTC")


def play(session: Session, person: Person, named: Named, days: Sequence[str]) -> int:
    """Bring a play on each of these days; return the album."""
    heard = []
    for day in days:
        start = clock.moment(datetime.fromisoformat(day).replace(tzinfo=UTC))
        heard.append(
            Heard(named, start, Source.SCROBBLE, row_key(Source.SCROBBLE, start, named.title))
        )
    Intake(person.id).take(session, heard)
    title = select(Album.id).where(Album.title == named.album, Album.credit == "Can")
    return int(session.scalars(title).one())


def titles(shelf: record_plays.Shelf) -> list[str]:
    return [record.title for record in shelf.records]


def test_a_record_is_the_album_of_its_name_without_what_editions_add(
    session: Session, alice: Person
) -> None:
    album = play(session, alice, BAMYASI, ["2026-01-01"])
    record = factories.record(session, alice, "Ege Bamyasi", ["Can"])
    factories.record(session, alice, "Ege Bamyasi", ["Neu!"])

    assert record_plays.of_album(session, album, [alice.id]) == [(record, "Can – Ege Bamyasi")]
    assert [one.title for one in record_plays.never_played(session, whose(alice)).records] == [
        "Ege Bamyasi"
    ]
    assert record_plays.one(session, whose(alice), record).plays == 1


def test_it_is_what_has_the_same_id(session: Session, alice: Person) -> None:
    album = play(session, alice, MAGO, ["2026-01-01"])
    session.get_one(Album, album).musicbrainz_id = "an id"
    record = factories.record(session, alice, "タゴ・マゴ", ["Can"], musicbrainz_id="an id")

    assert record_plays.one(session, whose(alice), record).plays == 1


def test_an_alias_of_its_artist_is_its_artist(session: Session, alice: Person) -> None:
    play(session, alice, MAGO, ["2026-01-01"])
    record = factories.record(session, alice, "Tago Mago", ["The Can"])
    can = session.scalars(select(Artist).where(Artist.name == "Can")).one()
    session.scalars(select(Artist).where(Artist.name == "The Can")).one().counts_as = can.id

    assert record_plays.one(session, whose(alice), record).plays == 1


@pytest.mark.parametrize("is_spelt_otherwise", [False, True])
def test_what_a_person_says_goes_before_names(
    session: Session, alice: Person, *, is_spelt_otherwise: bool
) -> None:
    mago = play(session, alice, MAGO, ["2026-01-01"])
    bamyasi = play(session, alice, BAMYASI, ["2026-01-02", "2026-01-03"])
    record = factories.record(session, alice, "Tago Mago", ["Can"])
    record_albums.say(session, record, mago, is_same=False)
    record_albums.say(session, record, bamyasi, is_same=True)
    if is_spelt_otherwise:
        session.get_one(Album, bamyasi).counts_as = mago
        session.flush()
        record_albums.say(session, record, mago, is_same=True)

    found = record_plays.candidates(session, whose(alice), record)

    it = mago if is_spelt_otherwise else bamyasi
    assert [(one.album_id, one.is_said) for one in found if one.is_it] == [(it, True)]
    record_albums.say(session, record, it, is_same=False)
    assert not any(one.is_it for one in record_plays.candidates(session, whose(alice), record))


def test_never_played_is_what_has_no_play_that_counts(session: Session, alice: Person) -> None:
    bob = factories.person(session, "bob")
    play(session, bob, MAGO, ["2026-01-01"])
    play(session, alice, BAMYASI, ["2026-01-01"])
    for title in ("Tago Mago", "Ege Bamyasi", "Future Days"):
        factories.record(session, alice, title, ["Can"])
    factories.record(session, alice, "Landed", ["Can"], is_active=False, removed_on="2026-01-01")

    assert titles(record_plays.never_played(session, whose(alice))) == ["Future Days", "Tago Mago"]
    assert titles(record_plays.shelf(session, whose(alice))) == [
        "Future Days",
        "Ege Bamyasi",
        "Tago Mago",
    ]


@pytest.mark.parametrize("list_", [record_plays.shelf, record_plays.never_played])
def test_every_record_is_on_one_page(session: Session, alice: Person, list_: Any) -> None:
    for number in range(record_plays.PAGE * 2 + 1):
        factories.record(session, alice, f"Record {number}", ["Can"])

    seen, after = [], None
    for _ in range(3):
        page = list_(session, whose(alice), after)
        seen += titles(page)
        after = page.more
    assert after is None
    assert sorted(seen) == sorted({f"Record {n}" for n in range(record_plays.PAGE * 2 + 1)})


def test_an_album_played_often_that_nobody_has_is_missed(session: Session, alice: Person) -> None:
    days = [f"2026-01-{day:02}" for day in range(1, record_plays.MANY + 1)]
    mago = play(session, alice, MAGO, days)
    play(session, alice, BAMYASI, days[1:])

    assert [top.item for top in record_plays.not_owned(session, whose(alice))] == [mago]

    factories.record(session, alice, "Tago Mago (Remastered)", ["Can"])
    assert record_plays.not_owned(session, whose(alice)) == []


def test_an_album_is_owned_by_a_record_that_is_said_to_be_it(
    session: Session, alice: Person
) -> None:
    days = [f"2026-01-{day:02}" for day in range(1, record_plays.MANY + 1)]
    mago = play(session, alice, MAGO, days)
    record = factories.record(session, alice, "Box of seven", ["Various"])
    record_albums.say(session, record, mago, is_same=True)

    assert record_plays.not_owned(session, whose(alice)) == []


def test_a_play_costs_the_price_by_how_often_it_was_played_since(
    session: Session, alice: Person
) -> None:
    play(session, alice, MAGO, ["2025-02-28T23:59", "2025-03-01", "2025-06-01", "2026-01-01"])
    songs = [
        {"position": f"A{n}", "title": f"Song {n}", "seconds": None, "is_favourite": False}
        for n in range(1, 7)
    ]
    bought = {"purchased_on": "2025-03-01", "price": 2000}
    record = factories.record(session, alice, "Tago Mago", ["Can"], songs=songs, **bought)

    found = record_plays.one(session, whose(alice), record)

    assert (found.plays, found.since, found.songs) == (4, 3, 6)
    assert found.cost == 4000


@pytest.mark.parametrize("said", [{"price": None}, {"songs": []}, {"purchased_on": "2026-01-02"}])
def test_a_cost_that_nobody_knows_is_none(
    session: Session, alice: Person, said: dict[str, Any]
) -> None:
    play(session, alice, MAGO, ["2026-01-01"])
    known = {"songs": [{"position": "A1", "title": "Song", "seconds": None, "is_favourite": False}]}
    record = factories.record(session, alice, "Tago Mago", ["Can"], **(known | said))

    assert record_plays.one(session, whose(alice), record).cost is None


def test_a_record_that_is_none_is_not_found(session: Session, alice: Person) -> None:
    with pytest.raises(NotFound):
        record_plays.one(session, whose(alice), 77)
    with pytest.raises(NotFound):
        record_plays.candidates(session, whose(alice), 77)
