"""All that is asked and written for a library, once on either database."""

from core.settings import Settings
from database.engine import Database
from database.models import ListingEntry
from database.owner import Owner
from fakes.spotify import FakeSpotify
from tests.worker.at_spotify.conftest import count, like_many, on_list, playlist, rows
from tests.worker.listening import Listening, begin
from worker_jobs.library_forgetting import forget_library
from worker_jobs.library_images import fetch_library_images, read_artist_details
from worker_jobs.spotify_sync.job import sync_library

ALL = {"parts": None}


def test_a_library_comes_twice_the_same_with_pictures_and_goes(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    like_many(spotify, 60)
    sync_library(ALL, run)
    before = rows(db)
    sync_library(ALL, begin(db, settings, Owner(ada)))
    assert rows(db) == before
    assert on_list(db, "Odds & ends") == ["Pinch", "Together"]
    assert playlist(db, "Odds & ends").skipped == {"local": 1, "missing": 1, "episodes": 1}
    assert count(db, ListingEntry) == 0

    assert fetch_library_images({}, begin(db, settings, Owner(ada)))["found"]
    assert fetch_library_images({}, begin(db, settings, Owner(ada)))["found"] == 0
    spotify.forget_calls()
    assert read_artist_details({}, begin(db, settings, Owner(ada)))["artists"] == 0

    assert forget_library({}, begin(db, settings, Owner(ada)))["rows"]
    left = {name for name, found in rows(db).items() if found}
    assert left == {"plays", "tracks"}
