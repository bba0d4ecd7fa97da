"""Albums that were played most, and their covers, on both databases."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Forbidden, NotFound
from core.play_words import scrobble_key
from core.plays import Heard, Named, Source
from database import album_covers, mosaic_plays, scrobbles
from database.models import Album, Listener, Person, RecordAlbum
from database.mosaic_plays import ME, US
from database.owner import Owner
from database.play_windows import ALWAYS
from database.viewings import Month
from tests import factories

MAY = 1_780_000_000_000  # 2026-05-28


@pytest.fixture
def alice(session: Session) -> int:
    return factories.person(session, "alice").id


def hear(session: Session, person_id: int, title: str, plays: int, *, at: int = MAY) -> int:
    named = Named(f"Song of {title}", ("Can",), title)
    moments = [at + number * 10 * clock.MINUTE for number in range(plays)]
    heard = [Heard(named, at, Source.SCROBBLE, scrobble_key(at, named)) for at in moments]
    scrobbles.keep(session, person_id, heard)
    return session.scalars(select(Album.id).where(Album.title == title)).one()


def test_what_was_played_most_by_one_and_by_all(session: Session, alice: int) -> None:
    bob = factories.person(session, "bob").id
    tago = hear(session, alice, "Tago Mago", 3)
    landed = hear(session, alice, "Landed", 2)
    hear(session, bob, "Landed", 2)

    def most(said: str) -> list[tuple[int | None, int | None]]:
        whose = mosaic_plays.asked(session, said, Owner(alice)).whose
        found = mosaic_plays.of_window(session, whose, ALWAYS, 10)
        return [(one.album_id, one.half_stars) for one in found]

    assert most(ME) == most(str(alice)) == [(tago, 3), (landed, 2)]
    assert most(US) == [(landed, 4), (tago, 3)]
    assert most(str(bob)) == [(landed, 2)]
    assert mosaic_plays.choices(session, Owner(alice))[2:] == [(str(bob), "bob’s")]
    session.get_one(Listener, bob).is_shared = False
    session.flush()
    assert len(mosaic_plays.choices(session, Owner(alice))) == 2
    with pytest.raises(Forbidden):
        most(str(bob))
    with pytest.raises(NotFound):
        most("999")


def test_months_with_plays_the_newest_first(session: Session, alice: int) -> None:
    hear(session, alice, "Tago Mago", 3)
    hear(session, alice, "Landed", 2, at=MAY - 60 * clock.DAY)

    assert mosaic_plays.months(session, alice) == [Month(2026, 5, 3), Month(2026, 3, 2)]
    assert mosaic_plays.has_plays(session, alice)
    assert not mosaic_plays.has_plays(session, alice + 1)


def test_only_what_shows_a_cover_may_be_rebuilt(session: Session, alice: int) -> None:
    tago, _ = hear(session, alice, "Tago Mago", 3), hear(session, alice, "Landed", 2)
    album_covers.show(session, tago, "ab" * 32)

    found = mosaic_plays.with_cover(session, alice, 10, None)

    assert [(one.id, one.title) for one in found] == [(tago, "Tago Mago")]


def test_which_covers_may_be_looked_for(session: Session, alice: int) -> None:
    tago, landed = hear(session, alice, "Tago Mago", 3), hear(session, alice, "Landed", 2)
    asked, alias = hear(session, alice, "Flow", 1), hear(session, alice, "Landed!", 1)
    album_covers.show(session, tago, "ab" * 32)
    album_covers.say_asked(session, asked, None)
    session.get_one(Album, alias).counts_as = landed
    session.get_one(Album, alias).musicbrainz_id = "an-id"
    session.flush()
    now = clock.now()

    due = album_covers.due(session, [landed, tago, asked], now)
    later = album_covers.due(session, [asked], now + album_covers.NOT_AGAIN_FOR + clock.DAY)

    assert [(one.album_id, one.musicbrainz_id) for one in due] == [(landed, "an-id")]
    assert [one.album_id for one in later] == [asked]
    assert album_covers.all_hashes(session) == {"ab" * 32}
    album_covers.say_gone(session, ["ab" * 32])
    assert album_covers.due(session, [tago], now)


def test_a_record_lends_its_cover_unless_somebody_said_no(session: Session, alice: int) -> None:
    tago, landed = hear(session, alice, "Tago Mago (Deluxe)", 3), hear(session, alice, "Landed", 2)
    owner = session.get_one(Person, alice)
    record = factories.record(session, owner, "Tago Mago", ["Can"], cover_sha256="ab" * 32)
    wanted = album_covers.due(session, [tago, landed], clock.now())
    assert album_covers.by_records(session, wanted) == {tago: "ab" * 32}

    session.add(RecordAlbum(record_id=record, album_id=tago, is_same=False))
    session.add(RecordAlbum(record_id=record, album_id=landed, is_same=True))
    session.flush()

    assert album_covers.by_records(session, wanted) == {landed: "ab" * 32}


def test_an_album_that_is_not_there(session: Session) -> None:
    with pytest.raises(NotFound):
        album_covers.get(session, 999)
    with pytest.raises(NotFound):
        album_covers.show(session, 999, None)
