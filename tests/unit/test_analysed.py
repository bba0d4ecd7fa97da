"""Of which tracks something consists that is to be analysed, and for whom."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, InvalidInput, NotFound
from core.library import Features
from core.plays import Heard, Named, Source
from database import analyses, library_plays, track_features
from database.analysed import days
from database.models import Analysis, LibraryAlbum, LibraryTrackArtist, Playlist, Track
from database.play_intake import Intake
from tests import factories, sounds


@pytest.fixture
def alice(session: Session) -> int:
    return factories.person(session, "alice").id


def say(session: Session, tempos: dict[int, float]) -> None:
    rows = [(track_id, Features(tempo=tempo)) for track_id, tempo in tempos.items()]
    track_features.put(session, "csv", rows)


def made(session: Session, person_id: int, kind: str, scope: str) -> analyses.Made:
    return analyses.make(session, person_id, analyses.collection(session, person_id, kind, scope))


def kept(session: Session, person_id: int, kind: str, scope: str) -> int:
    return analyses.keep(session, person_id, made(session, person_id, kind, scope))


def test_a_track_twice_in_a_playlist_counts_once(session: Session, alice: int) -> None:
    a, b = sounds.some(session, 2)
    playlist_id = sounds.playlist(session, alice, [b, a, b])

    found = analyses.collection(session, alice, "playlist", str(playlist_id))

    assert found.track_ids == [b, a]
    assert found.version == f"playlist:{playlist_id}"


def test_a_playlist_that_was_never_read_is_refused(session: Session, alice: int) -> None:
    playlist_id = sounds.playlist(session, None, [], spotify_id="p1", name="Mine")
    sounds.own(session, alice, "playlist", [playlist_id])

    with pytest.raises(Conflict, match="synced first"):
        made(session, alice, "playlist", str(playlist_id))
    session.execute(update(Playlist).values(synced_at=clock.now()))
    session.expire_all()
    assert made(session, alice, "playlist", str(playlist_id)).data.coverage.tracks == 0


def test_an_album_is_analysed_in_its_order_once_all_of_it_is_there(
    session: Session, alice: int
) -> None:
    ids = sounds.tracks(
        session,
        sounds.told(album="Future Days", number=2, disc=1),
        sounds.told(album="Future Days", number=1, disc=1),
    )
    album_id = session.scalars(select(LibraryAlbum.id)).one()
    assert analyses.collection(session, alice, "album", str(album_id)).track_ids == ids[::-1]

    session.execute(update(LibraryAlbum).values(tracks_total=4))
    session.expire_all()
    with pytest.raises(Conflict, match="Future Days"):
        made(session, alice, "album", str(album_id))
    session.execute(update(LibraryAlbum).values(synced_at=1))
    session.expire_all()
    first, second = (kept(session, alice, "album", str(album_id)) for _ in range(2))
    assert first == second


def test_one_track_is_analysed_twice_and_stands_once(session: Session, alice: int) -> None:
    [track_id] = sounds.some(session, 1)
    say(session, {track_id: 120.0})

    first, second = (kept(session, alice, "track", str(track_id)) for _ in range(2))

    found = analyses.get(session, alice, first)
    assert first == second
    assert (found.version, found.data.averages["tempo"]) == (f"track:{track_id}", 120.0)
    assert session.scalar(select(func.count()).select_from(Analysis)) == 1


def test_of_an_artist_count_the_tracks_in_somebody_s_library(session: Session, alice: int) -> None:
    bob = factories.person(session, "bob").id
    liked, listed, saved, bobs, other = sounds.tracks(
        session,
        sounds.told(artist="Can"),
        sounds.told(artist="Can"),
        sounds.told(artist="Can", album="Future Days"),
        sounds.told(artist="Can"),
        sounds.told(artist="Neu!"),
    )
    album_id = session.scalars(select(LibraryAlbum.id)).one()
    sounds.own(session, alice, "track", [liked, other])
    sounds.own(session, alice, "album", [album_id])
    sounds.playlist(session, alice, [listed])
    sounds.playlist(session, bob, [bobs])
    artist_id = _artist(session, liked)

    found = analyses.collection(session, alice, "artist", str(artist_id))

    assert (found.title, found.track_ids) == ("Can", [liked, listed, saved])
    with pytest.raises(Conflict, match="in your library"):
        made(session, bob, "artist", str(_artist(session, other)))


def _artist(session: Session, track_id: int) -> int:
    query = select(LibraryTrackArtist.artist_id).where(LibraryTrackArtist.track_id == track_id)
    return session.scalars(query).one()


def test_liked_songs_are_those_of_spotify_and_of_files(session: Session, alice: int) -> None:
    a, b, c = sounds.some(session, 3)
    with pytest.raises(Conflict, match="no liked songs"):
        made(session, alice, "liked", "")
    sounds.own(session, alice, "track", [c, a])
    old = kept(session, alice, "liked", "")
    sounds.own(session, alice, "track", [a, b], origin="file")

    found = analyses.collection(session, alice, "liked", "")

    assert found.track_ids == [c, a, b]
    assert kept(session, alice, "liked", "") != old


def test_a_period_is_what_was_played_on_its_days_in_their_zone(session: Session) -> None:
    person = factories.person(session, "carla", zone="Europe/Berlin")
    by_id, by_isrc, by_name = sounds.tracks(
        session,
        sounds.told("Halleluhwah", spotify_id="abc"),
        sounds.told("Vitamin C", isrc="DEAB17100001"),
        sounds.told("Spoon - 2004 Remaster"),
    )
    say(session, {by_id: 100.0, by_isrc: 110.0, by_name: 120.0})
    midnight = datetime(2026, 3, 1, tzinfo=clock.zone("Europe/Berlin"))
    plays = [
        _heard("Halleluhwah - live", midnight, 0, ("spotify", "abc")),
        _heard("vitamin c (as elsewhere)", midnight, 1, ("isrc", "DEAB17100001")),
        _heard("Spoon", midnight, 2),
        _heard("Spoon", midnight, 3),
        _heard("In no library", midnight, 4),
        _heard("Halleluhwah - live", midnight, -1, ("spotify", "abc")),
        _heard("Halleluhwah - live", midnight, 24, ("spotify", "abc")),
    ]
    Intake(person.id).take(session, plays)

    found = analyses.collection(session, person.id, "period", "2026-03-01..2026-03-01")

    assert found.track_ids[0] == by_name and set(found.track_ids) == {by_id, by_isrc, by_name}
    assert found.left_out == 1
    assert found.version == "period:2026-03-01..2026-03-01"
    data = analyses.make(session, person.id, found).data
    assert (data.coverage.tracks, data.coverage.in_all) == (3, 4)
    assert data.averages["tempo"] == pytest.approx(110.0)
    with pytest.raises(Conflict, match="Nothing was played"):
        made(session, person.id, "period", "2026-03-05..2026-03-06")


def _heard(title: str, begin: datetime, hours: int, *ids: tuple[str, str]) -> Heard:
    at = clock.moment(begin.astimezone(UTC)) + hours * clock.HOUR
    named = Named(title, ("Can",), "")
    return Heard(named, at, Source.LASTFM, at, duration_ms=200_000, ids=ids)


def test_an_alias_of_listening_is_found_by_what_it_is_called(session: Session, alice: int) -> None:
    [library_id] = sounds.tracks(session, sounds.told("Oh Yeah", spotify_id="xyz"))
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    taken = [
        _heard("Oh Yeah!", begin, 0),
        _heard("Something else", begin, 1, ("spotify", "xyz")),
    ]
    Intake(alice).take(session, taken)
    first, second = session.scalars(select(Track.id).order_by(Track.id))
    session.execute(update(Track).where(Track.id == second).values(counts_as=first))

    assert library_plays.library_tracks(session, [first]) == {first: library_id}
    assert library_plays.listening_tracks(session, [library_id]) == {library_id: {first}}


def test_a_track_without_ids_is_found_by_its_song(session: Session, alice: int) -> None:
    [library_id, other] = sounds.tracks(
        session, sounds.told("Spoon - 2004 Remaster"), sounds.told("Spoon", "Somebody else")
    )
    Intake(alice).take(session, [_heard("Spoon", datetime(2026, 3, 1, tzinfo=UTC), 0)])
    [track_id] = session.scalars(select(Track.id))

    assert library_plays.library_tracks(session, [track_id, 999]) == {track_id: library_id}
    assert library_plays.listening_tracks(session, [library_id, other]) == {library_id: {track_id}}


@pytest.mark.parametrize(
    "scope", ["", "2026", "2026-03-02..2026-03-01", "20260301..20260302", "1066-01-01..1066-01-02"]
)
def test_days_that_are_none(scope: str) -> None:
    with pytest.raises(InvalidInput, match="two days"):
        days(scope)


@pytest.mark.parametrize("kind", ["track", "album", "playlist", "artist"])
def test_what_is_not_there(session: Session, alice: int, kind: str) -> None:
    for scope in ("999", "0", "-1", "x", "", "1" * 30, "²"):
        with pytest.raises(NotFound):
            made(session, alice, kind, scope)


def test_no_such_kind(session: Session, alice: int) -> None:
    with pytest.raises(InvalidInput):
        made(session, alice, "mood", "1")
