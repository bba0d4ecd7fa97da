"""A library at Spotify and here: brought up to date part by part, and twice the same."""

from typing import Any

import pytest
from sqlalchemy import select

from core.consents import SPOTIFY, ReconnectNeeded, ScopeNeeded
from core.errors import Forbidden
from core.settings import Settings
from database import grants, library_items
from database.engine import Database
from database.library_items import ALBUM, ARTIST, PLAYLIST, TRACK
from database.models import (
    LibraryAlbum,
    LibraryTrack,
    ListingEntry,
    Playlist,
    Task,
)
from database.owner import HOUSE, Owner
from fakes.spotify import SCOPES, FakeSpotify, Library
from tests import factories
from tests.spotify import connect
from tests.worker.at_spotify.conftest import count, names, of, on_list, playlist, rows
from tests.worker.listening import Listening, begin
from worker_jobs.spotify_sync.job import read_top, sync_libraries, sync_library

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ALL: dict[str, Any] = {"parts": None}
LISTS = {"parts": ["playlists"]}


def test_a_whole_library_comes(db: Database, run: Listening, ada: int) -> None:
    result = sync_library(ALL, run)

    assert names(db, ada, PLAYLIST, Playlist) == [
        "Morning", "Odds & ends", "Of a friend", "With a friend", "Empty",
    ]  # fmt: skip
    assert names(db, ada, TRACK, LibraryTrack)[:2] == ["Song 6", "Song 5"]
    assert names(db, ada, ALBUM, LibraryAlbum) == ["Neu! 75", "Ege Bamyasi"]
    assert len(names(db, ada, "top-tracks:short_term", LibraryTrack)) == 10
    assert result["plays"] == 10
    assert (result["playlists"], result["playlists_read"], result["unreadable"]) == (5, 4, 1)
    assert (result["not_allowed"], result["result_url"]) == ([], "/library")
    assert count(db, ListingEntry) == 0


def test_what_is_no_track_is_left_out_and_counted(db: Database, run: Listening) -> None:
    sync_library(LISTS, run)

    assert on_list(db, "Odds & ends") == ["Pinch", "Together"]
    found = playlist(db, "Odds & ends")
    assert found.skipped == {"local": 1, "missing": 1, "episodes": 1}
    assert found.num_tracks == 2


def test_one_that_is_not_shown_is_noted_and_asked_for_no_more(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    sync_library(LISTS, run)
    assert playlist(db, "Of a friend").problem == "Spotify does not show us this playlist."
    assert on_list(db, "With a friend") == ["Song 1", "Song 2"]
    spotify.forget_calls()

    sync_library(LISTS, begin(db, settings, Owner(ada)))
    assert spotify.calls == {"/me/playlists": 1}

    spotify.library.fill(of(spotify.library, "Of a friend"), [])
    sync_library(LISTS, begin(db, settings, Owner(ada)))
    assert spotify.calls["/playlists/ID/items"] == 1


def test_twice_the_same_changes_no_row_and_asks_for_no_items(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    sync_library(ALL, run)
    before = rows(db)
    spotify.forget_calls()

    sync_library(ALL, begin(db, settings, Owner(ada)))

    assert rows(db) == before
    assert not [path for path in spotify.calls if "items" in path or "top" in path]
    assert sum(spotify.calls.values()) <= 12


def test_what_is_removed_there_vanishes_here_and_order_is_kept(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    sync_library(ALL, run)
    library = spotify.library
    morning = library.playlists[of(library, "Morning")]
    first, second, *_ = [str(entry.thing) for entry in morning.entries if entry]
    library.fill(morning.id, [second, first, second])
    del library.playlists[of(library, "Empty")]
    del library.liked[1], library.saved[0], library.followed[0]
    spotify.forget_calls()

    sync_library(ALL, begin(db, settings, Owner(ada)))

    assert on_list(db, "Morning") == ["Sing Swan Song", "Pinch", "Sing Swan Song"]
    assert "Empty" not in names(db, ada, PLAYLIST, Playlist)
    assert "Song 5" not in names(db, ada, TRACK, LibraryTrack)
    assert names(db, ada, ALBUM, LibraryAlbum) == ["Ege Bamyasi"]
    with db.reading() as session:
        assert len(library_items.of(session, ada, ARTIST, "spotify")) == 1
    assert spotify.calls["/playlists/ID/items"] == 1


def test_another_song_in_place_of_one_is_seen_by_the_first_page(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    sync_library({"parts": ["tracks"]}, run)
    spotify.library.liked.pop()
    spotify.library.like(spotify.library.track("New", "Faust", "Faust IV"))

    sync_library({"parts": ["tracks"]}, begin(db, settings, Owner(ada)))

    assert names(db, ada, TRACK, LibraryTrack)[0] == "New"
    assert "Pinch" not in names(db, ada, TRACK, LibraryTrack)


def test_a_description_that_is_not_told_stays(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    theirs = spotify.library.playlists[of(spotify.library, "Morning")]
    theirs.description = "Before nine"
    sync_library(LISTS, run)

    theirs.description, theirs.changes = None, theirs.changes + 1
    sync_library(LISTS, begin(db, settings, Owner(ada)))

    assert playlist(db, "Morning").description == "Before nine"


@pytest.mark.parametrize("spelling", ["old", "new", "both"])
def test_both_spellings_say_the_same(
    db: Database, spotify: FakeSpotify, run: Listening, spelling: str
) -> None:
    spotify.spelling = spelling

    sync_library(LISTS, run)

    assert on_list(db, "Morning") == ["Pinch", "Sing Swan Song", "One More Night", "Vitamin C"]


def test_what_is_not_allowed_is_left_out_and_named(
    db: Database, settings: Settings, spotify: FakeSpotify, ada: int
) -> None:
    less = SCOPES.replace("user-top-read", "").replace("user-follow-read", "")
    connect(db, settings, ada, spotify, scopes=" ".join(less.split()))

    result = sync_library(ALL, begin(db, settings, Owner(ada)))

    assert result["not_allowed"] == ["artists", "top"]
    with db.reading() as session:
        shown = grants.find(session, ada, SPOTIFY)
    assert shown and shown.profile and shown.profile["tracks"] and "artists" not in shown.profile
    assert names(db, ada, ALBUM, LibraryAlbum)
    with pytest.raises(ScopeNeeded):
        read_top({}, begin(db, settings, Owner(ada)))


def test_nobody_syncs_without_consent(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening
) -> None:
    with db.writing() as session:
        stranger = factories.person(session, "ben").id
    with pytest.raises(ReconnectNeeded):
        sync_library(ALL, begin(db, settings, Owner(stranger)))
    with pytest.raises(Forbidden):
        sync_library(ALL, begin(db, settings, HOUSE))

    spotify.accounts.revoke(spotify.library.owner_id)
    with pytest.raises(ReconnectNeeded):
        sync_library(ALL, run)


def test_counters_are_read_again_only_after_a_while(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    spotify.library.shows = 3
    sync_library({"parts": ["profile"]}, run)
    with db.reading() as session:
        shown = grants.find(session, ada, SPOTIFY)
    assert shown and shown.profile
    assert (shown.profile["playlists"], shown.profile["shows"]) == (5, 3)
    spotify.forget_calls()

    sync_library({"parts": ["profile"]}, run)
    assert not spotify.calls
    sync_library(ALL, begin(db, settings, Owner(ada)))
    assert spotify.calls["/me"] == 0
    sync_library({"parts": ["profile"]}, begin(db, settings, Owner(ada)))
    assert spotify.calls["/me"] == 1


def test_once_a_day_each_who_wants_is_brought_up_to_date(
    db: Database, settings: Settings, ada: int
) -> None:
    with db.writing() as session:
        factories.person(session, "ben")

    assert sync_libraries({}, begin(db, settings)) == {"people": 1}
    sync_libraries({}, begin(db, settings))

    with db.reading() as session:
        query = select(Task.person_id, Task.args).where(Task.action == "sync_library")
        assert [(*row,) for row in session.execute(query)] == [(ada, {"parts": None})]


def test_what_one_may_not_read_does_not_touch_what_its_owner_has_of_it(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    shared = spotify.library.playlists[of(spotify.library, "Of a friend")]
    theirs = Library("ben.plays", "Ben", "account0ben", catalogue=spotify.library.catalogue)
    theirs.playlists[shared.id], spotify.libraries[theirs.owner_id] = shared, theirs
    with db.writing() as session:
        ben = factories.person(session, "ben").id
    connect(db, settings, ben, spotify, theirs)
    sync_library(LISTS, run)
    assert playlist(db, "Of a friend").problem
    sync_library(LISTS, begin(db, settings, Owner(ben)))
    assert len(on_list(db, "Of a friend")) == 6

    shared.entries, shared.changes = shared.entries[1:], 2
    sync_library(LISTS, begin(db, settings, Owner(ada)))
    assert playlist(db, "Of a friend").problem is None
    assert len(on_list(db, "Of a friend")) == 6
    sync_library(LISTS, begin(db, settings, Owner(ben)))
    assert len(on_list(db, "Of a friend")) == 5

    del spotify.library.playlists[shared.id]
    sync_library(LISTS, begin(db, settings, Owner(ada)))
    assert "Of a friend" not in names(db, ada, PLAYLIST, Playlist)
    assert names(db, ben, PLAYLIST, Playlist) == ["Of a friend"]
    assert len(on_list(db, "Of a friend")) == 5
