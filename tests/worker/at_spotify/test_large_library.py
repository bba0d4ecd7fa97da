"""200 playlists and 12,000 tracks, from the first call to the second day."""

from collections.abc import Iterator

import pytest

from core.settings import Settings
from database.engine import Database
from database.models import LibraryTrack, ListingEntry, Playlist, PlaylistTrack
from database.owner import Owner
from fakes.spotify import FakeSpotify, large
from tests.worker.at_spotify.conftest import count, names
from tests.worker.listening import Listening, begin
from worker_jobs.spotify_sync.job import sync_library

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.slow,
]
PLAYLISTS, TRACKS = 200, 12_000


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    library = large(PLAYLISTS, TRACKS)
    library.shows = 1
    with FakeSpotify(library) as fake:
        fake.spelling = "new"
        yield fake


def test_it_comes_whole_and_the_second_time_costs_a_handful_of_calls(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    sync_library({"parts": None}, run)

    assert len(names(db, ada, "playlist", Playlist)) == count(db, Playlist) == PLAYLISTS
    assert count(db, LibraryTrack) == TRACKS
    assert count(db, PlaylistTrack) == TRACKS + 5 * PLAYLISTS
    assert len(names(db, ada, "track", LibraryTrack)) == TRACKS // 10
    assert count(db, ListingEntry) == 0
    assert sum(spotify.calls.values()) <= 460

    spotify.forget_calls()
    sync_library({"parts": None}, begin(db, settings, Owner(ada)))
    assert sum(spotify.calls.values()) <= 10
    assert spotify.calls["/playlists/ID/items"] == 0

    one = next(iter(spotify.library.playlists.values()))
    spotify.library.fill(one.id, [str(entry.thing) for entry in one.entries[1:] if entry])
    spotify.forget_calls()
    sync_library({"parts": ["playlists"]}, begin(db, settings, Owner(ada)))
    # The list, two pages of the one, and whether that changed meanwhile.
    assert spotify.calls == {"/me/playlists": 4, "/playlists/ID/items": 2, "/playlists/ID": 1}
