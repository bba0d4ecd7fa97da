"""One playlist, album, track or artist is brought up to date, and no more than that."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from clients.spotify import Unreadable
from core import clock
from core.errors import Conflict, NotFound
from core.library import ArtistTold, TrackTold
from core.settings import Settings
from database import library_items, library_pages, playlists
from database.engine import Database
from database.library_intake import LibraryIntake
from database.library_items import PLAYLIST
from database.models import (
    Analysis,
    LibraryAlbum,
    LibraryTrack,
    Listing,
    Playlist,
)
from database.owner import Owner
from fakes.spotify import FakeSpotify, Library
from tests import factories
from tests.spotify import connect
from tests.worker.at_spotify.conftest import count, names, of, on_list, playlist, rows
from tests.worker.listening import Listening, begin
from worker_jobs.spotify_sync.job import sync_library
from worker_jobs.spotify_sync.single import (
    full_sync,
    sync_album,
    sync_artist,
    sync_playlist,
    sync_track,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ALL: dict[str, Any] = {"parts": None}
LISTS = {"parts": ["playlists"]}


def test_one_that_was_asked_for_stays_in_the_library_after_a_sync(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    elsewhere = spotify.library.playlist("Heard of", [spotify.library.track("Moonshake")])
    result = sync_playlist({"spotify_id": elsewhere}, run)
    told = spotify.library.playlists.pop(elsewhere)
    sync_library(ALL, begin(db, settings, Owner(ada)))
    spotify.library.playlists[elsewhere] = told

    sync_playlist({"spotify_id": elsewhere}, begin(db, settings, Owner(ada)))

    with db.reading() as session:
        found = library_pages.playlist(session, ada, result["playlist_id"])
        asked = library_items.of(session, ada, PLAYLIST, library_items.ASKED)
    assert found.name == "Heard of" and [one.item_id for one in asked] == [found.id]


def test_one_playlist_is_brought_up_to_date(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    id_ = of(spotify.library, "Morning")
    result = sync_playlist({"spotify_id": id_}, run)
    before = rows(db)
    spotify.forget_calls()

    again = sync_playlist({"playlist_id": result["playlist_id"]}, begin(db, settings, Owner(ada)))

    assert again == result and rows(db) == before
    assert result["result_url"] == f"/library/playlists/{result['playlist_id']}"
    with db.reading() as session:
        found = library_pages.playlist(session, ada, result["playlist_id"])
    assert found.name == "Morning"
    assert spotify.calls == {"/playlists/ID": 1}
    assert len(on_list(db, "Morning")) == 4


def test_one_that_is_as_it_was_is_stale_no_more(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    id_ = sync_playlist({"spotify_id": of(spotify.library, "Morning")}, run)["playlist_id"]
    with db.writing() as session:
        for what in (Playlist.synced_at, Listing.fetched_at):
            session.execute(update(what.class_).values({what: clock.now() - 8 * clock.DAY}))
    with db.reading() as session:
        assert playlists.is_stale(session, ada, id_)

    sync_playlist({"playlist_id": id_}, begin(db, settings, Owner(ada)))

    with db.reading() as session:
        assert not playlists.is_stale(session, ada, id_)


def test_one_that_cannot_be_read_keeps_what_is_known_of_it(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    id_ = of(spotify.library, "With a friend")
    sync_playlist({"spotify_id": id_}, run)
    theirs = spotify.library.playlists[id_]
    theirs.collaborative, theirs.changes = False, 2

    with pytest.raises(Unreadable):
        sync_playlist({"spotify_id": id_}, begin(db, settings, Owner(ada)))

    assert playlist(db, "With a friend").problem and len(on_list(db, "With a friend")) == 2
    theirs.collaborative = True
    sync_playlist({"spotify_id": id_}, begin(db, settings, Owner(ada)))
    assert playlist(db, "With a friend").problem is None


def test_an_album_comes_with_all_its_tracks(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    library = spotify.library
    for number in range(120):
        library.track(f"Part {number}", "Faust", "The Faust Tapes")
    id_ = library.catalogue.album("The Faust Tapes", "Faust")

    result = sync_album({"spotify_id": id_}, run)
    before = rows(db)
    sync_album({"album_id": result["album_id"]}, begin(db, settings, Owner(ada)))

    assert rows(db) == before
    with db.reading() as session:
        album = session.get_one(LibraryAlbum, result["album_id"])
        query = select(func.count()).where(LibraryTrack.album_id == album.id)
        assert album.synced_at and session.scalar(query) == 120


def test_a_saved_album_that_is_long_comes_whole(
    db: Database, spotify: FakeSpotify, run: Listening
) -> None:
    library = spotify.library
    for number in range(70):
        library.track(f"Part {number}", "Faust", "The Faust Tapes")
    library.save(library.catalogue.album("The Faust Tapes", "Faust"))

    sync_library({"parts": ["albums"]}, run)

    with db.reading() as session:
        assert (
            session.scalars(select(LibraryAlbum).where(LibraryAlbum.synced_at.is_(None))).all()
            == []
        )


def test_a_track_and_an_artist_come_by_themselves(
    db: Database, spotify: FakeSpotify, run: Listening
) -> None:
    track_id = next(iter(spotify.library.catalogue.tracks))
    artist_id = next(iter(spotify.library.catalogue.artists))

    track = sync_track({"spotify_id": track_id}, run)
    artist = sync_artist({"spotify_id": artist_id}, run)

    assert track["result_url"] == f"/library/tracks/{track['track_id']}"
    assert artist["result_url"] == f"/library/artists/{artist['artist_id']}"
    assert count(db, LibraryTrack) == 1
    with pytest.raises(Unreadable):
        sync_track({"spotify_id": "nosuchtrack"}, run)


def test_two_people_with_one_playlist_share_it(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    sync_library(LISTS, run)
    theirs = Library("ben.plays", "Ben", "account0ben", catalogue=spotify.library.catalogue)
    theirs.playlists = {
        id_: one for id_, one in spotify.library.playlists.items() if one.name == "Morning"
    }
    spotify.libraries[theirs.owner_id] = theirs
    with db.writing() as session:
        ben = factories.person(session, "ben").id
    connect(db, settings, ben, spotify, theirs)
    spotify.forget_calls()

    sync_library(LISTS, begin(db, settings, Owner(ben)))

    assert names(db, ben, PLAYLIST, Playlist) == ["Morning"]
    assert spotify.calls["/playlists/ID/items"] == 0
    assert len(names(db, ada, PLAYLIST, Playlist)) == 5


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_jobs.spotify_sync.single.PAUSE_SECONDS", 0.0)


@pytest.mark.usefixtures("no_pause")
def test_a_full_sync_reads_and_then_analyses(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    id_ = sync_playlist({"spotify_id": of(spotify.library, "Morning")}, run)["playlist_id"]
    sync_library({"parts": ["playlists"]}, run)

    result = full_sync({"resource": "playlist", "item_id": id_}, begin(db, settings, Owner(ada)))

    assert (result["playlist_id"], result["tracks"]) == (id_, 4)
    with db.reading() as session:
        assert session.scalars(select(Analysis.id)).all() == [result["analysis_id"]]
    assert result["result_url"] == f"/library/playlists/{id_}"


@pytest.mark.usefixtures("no_pause")
def test_of_a_whole_library_all_is_analysed_that_there_is_something_to_say_of(
    db: Database, run: Listening
) -> None:
    result = full_sync({"resource": "library", "item_id": None}, run)

    assert result["result_url"] == "/library"
    assert result["analysed"] == count(db, Analysis) >= 4


@pytest.mark.usefixtures("no_pause")
def test_where_the_sync_fails_nothing_is_analysed(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    sync_library({"parts": ["playlists"]}, run)
    id_ = playlist(db, "Morning").id
    spotify.refuses("Not found", status=404, path_prefix="/v1/playlists")

    with pytest.raises(Unreadable):
        full_sync({"resource": "playlist", "item_id": id_}, begin(db, settings, Owner(ada)))

    assert count(db, Analysis) == 0


def test_what_came_in_a_file_spotify_is_not_asked_about(
    db: Database, spotify: FakeSpotify, run: Listening
) -> None:
    with db.writing() as session:
        told = TrackTold("Mine", (ArtistTold("Me"),))
        (id_,) = LibraryIntake().tracks(session, [told])

    with pytest.raises(Conflict, match="came in a file"):
        sync_track({"track_id": id_}, run)
    with pytest.raises(NotFound):
        sync_album({"album_id": 99}, run)

    assert not spotify.calls
