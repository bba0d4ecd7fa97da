"""What programs read by Last.fm's protocol, of both databases."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock, play_words
from core.plays import Heard, Named, Source
from database import feedback, lastfm_known, lastfm_lists, people
from database.listeners import Whose
from database.models import Artist, Person, Track
from database.people import NewPerson
from database.play_intake import Intake
from database.play_sums import Kind
from database.play_windows import ALWAYS, Window

NOON = 1_700_000_000_000
VITAMIN, SPOON = Named("Vitamin C", ("Can",), "Ege Bamyasi"), Named("Spoon", ("Can",))
GUESTS = Named("Karmacoma", ("Massive Attack", "Tricky"), "Protection")


@pytest.fixture
def alice(session: Session) -> Person:
    return _person(session, "alice")


def _person(session: Session, name: str) -> Person:
    wanted = NewPerson(username=name, password="correct horse battery staple")
    return people.add(session, wanted, zone="Europe/Berlin")


def hear(session: Session, person: Person, *plays: tuple[Named, int], mbid: str = "") -> None:
    """Keep plays that began so many minutes after NOON."""
    heard = []
    for named, minutes in plays:
        at = NOON + minutes * clock.MINUTE
        key = play_words.scrobble_key(at, named)
        ids = (("mbid", mbid),) if mbid else ()
        heard.append(Heard(named, at, Source.SCROBBLE, key, ids=ids))
    Intake(person.id).take(session, heard)


def whose(person: Person) -> Whose:
    return Whose(person.id, (person.id,), person.zone)


def recent(
    session: Session, person: Person, window: Window = ALWAYS, *, limit: int = 50, offset: int = 0
) -> tuple[int, list[int]]:
    total, found = lastfm_lists.recent(session, whose(person), window, limit=limit, offset=offset)
    return total, [(one.at - NOON) // clock.MINUTE for one in found]


def test_every_page_of_the_latest_plays_goes_on_where_the_last_one_ended(
    session: Session, alice: Person
) -> None:
    """Whatever day it ends in, and whether that has one play or many."""
    minutes = [0, 4, 8, 1_440, 1_444, 1_440 * 3, 1_440 * 90, 1_440 * 90 + 5, 1_440 * 400]
    hear(session, alice, *((SPOON, minute) for minute in minutes))
    expected = sorted(minutes, reverse=True)

    for size in range(1, len(minutes) + 2):
        pages = [
            recent(session, alice, limit=size, offset=offset)
            for offset in range(0, len(minutes), size)
        ]
        assert [minute for _, page in pages for minute in page] == expected
        assert {total for total, _ in pages} == {len(minutes)}
    assert recent(session, alice, offset=1_000_000_000) == (len(minutes), [])


def test_a_window_has_its_own_pages(session: Session, alice: Person) -> None:
    hear(session, alice, *((SPOON, minute) for minute in (0, 10, 20, 3_000, 3_010)))
    window = Window(NOON + 5 * clock.MINUTE, NOON + 3_005 * clock.MINUTE)

    assert recent(session, alice, window) == (3, [3_000, 20, 10])
    assert recent(session, alice, window, limit=1, offset=1) == (3, [20])
    assert recent(session, alice, Window(NOON - clock.DAY, NOON)) == (0, [])


def test_a_play_tells_its_album_and_what_musicbrainz_calls_it(
    session: Session, alice: Person
) -> None:
    hear(session, alice, (VITAMIN, 0), mbid="8f3471b5-7e6a-48da-86a9-c1c07a0f47ae")
    hear(session, alice, (GUESTS, 10))
    session.execute(update(Artist).values(musicbrainz_id="381086ea-f511-4aba-bdf9-71c753dc5077"))

    _, (guests, vitamin) = lastfm_lists.recent(session, whose(alice), ALWAYS, limit=9, offset=0)

    assert (vitamin.credit, vitamin.album) == ("Can", "Ege Bamyasi")
    assert vitamin.mbid == "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
    assert vitamin.artist_mbid == "381086ea-f511-4aba-bdf9-71c753dc5077"
    # One id is not that of two artists.
    assert (guests.credit, guests.artist_mbid) == ("Massive Attack feat. Tricky", "")


def test_what_is_loved_is_known_by_either_id(session: Session, alice: Person) -> None:
    hear(session, alice, (VITAMIN, 0), mbid="8f3471b5-7e6a-48da-86a9-c1c07a0f47ae")
    hear(session, alice, (SPOON, 10), (GUESTS, 20))
    feedback.give(session, alice.id, 1, mbid="8f3471b5-7e6a-48da-86a9-c1c07a0f47ae", at=2_000)
    feedback.give(session, alice.id, 1, msid=play_words.msid(SPOON), at=1_000)
    feedback.give(session, alice.id, -1, msid=play_words.msid(GUESTS))
    feedback.give(session, alice.id, 1, msid="00000000-0000-5000-8000-000000000000")

    found = lastfm_lists.loved(session, alice.id, limit=9, offset=0)
    tracks = set(session.scalars(select(Track.id)))

    assert [(one.title, one.at) for one in found] == [("Vitamin C", 2_000), ("Spoon", 1_000)]
    assert lastfm_lists.count_loved(session, alice.id) == 2
    assert lastfm_lists.are_loved(session, alice.id, tracks) == {one.track_id for one in found}
    assert lastfm_lists.are_loved(session, alice.id + 1, tracks) == frozenset()


def test_a_track_is_found_by_its_credit_or_its_first_artist(
    session: Session, alice: Person
) -> None:
    hear(session, alice, (GUESTS, 0), (Named("Karmacoma", ("Others",)), 10))

    by_credit = lastfm_known.find_track(session, "massive attack feat. tricky", "KARMACOMA")
    by_first = lastfm_known.find_track(session, "Massive Attack", "karmacoma")

    assert by_credit == by_first is not None
    assert lastfm_known.find_track(session, "Tricky", "Karmacoma") is None


def test_an_alias_leads_to_what_it_counts_as(session: Session, alice: Person) -> None:
    hear(session, alice, (SPOON, 0), (Named("Spoon", ("CAN (band)",)), 10))
    can, other = session.scalars(select(Artist).order_by(Artist.id)).all()
    other.counts_as = can.id
    session.flush()

    assert lastfm_known.find_artist(session, "can (BAND)") == can.id
    assert lastfm_known.find_artist(session, "nobody") is None


@pytest.mark.parametrize("kind", [Kind.ARTIST, Kind.ALBUM, Kind.TRACK])
def test_what_is_known_has_the_plays_of_one_and_of_all(
    session: Session, alice: Person, kind: Kind
) -> None:
    bob = _person(session, "bob")
    hear(session, alice, (VITAMIN, 0), (VITAMIN, 10))
    hear(session, bob, (VITAMIN, 20))
    item = {
        Kind.ARTIST: lastfm_known.find_artist(session, "Can"),
        Kind.ALBUM: lastfm_known.find_album(session, "Can", "Ege Bamyasi"),
        Kind.TRACK: lastfm_known.find_track(session, "Can", "Vitamin C"),
    }[kind]
    assert item is not None

    found = lastfm_known.known(session, kind, item, alice.id)

    assert (found.plays, found.all_plays, found.listeners) == (2, 3, 2)
    assert found.credit == ("" if kind is Kind.ARTIST else "Can")


def test_a_track_that_nobody_played_is_kept_once(session: Session) -> None:
    first = lastfm_known.keep_track(session, SPOON)

    assert lastfm_known.keep_track(session, Named("SPOON", ("can",))) == first
    assert lastfm_known.ids(session, SPOON) == [(first, "")]
    assert lastfm_known.ids(session, VITAMIN) == []
