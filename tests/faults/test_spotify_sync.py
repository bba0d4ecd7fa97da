"""A worker is killed half way through a library at Spotify, and half way through forgetting it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core import folders
from core.settings import load
from database import library_tasks
from database.engine import Database
from database.models import LibraryItem, LibraryTrack, ListingEntry, Playlist, PlaylistTrack
from database.owner import Owner
from fakes.spotify import CLIENT_ID, CLIENT_SECRET, FakeSpotify, large
from tests import factories
from tests.conftest import FULL
from tests.faults.house import House, wait
from tests.spotify import connect, settings_for

_PLAYLISTS, _TRACKS, _LIKED = 12, 1_200, 120


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    library = large(_PLAYLISTS, _TRACKS)
    library.shows = 1  # or its counters are read each time
    with FakeSpotify(library) as fake:
        fake.spelling = "new"
        yield fake


@pytest.fixture
def house(db: Database, tmp_path: Path, spotify: FakeSpotify) -> Iterator[House]:
    made = House(
        db,
        tmp_path,
        tmp_path / "worker.log",
        spotify_api_url=spotify.api_url,
        spotify_accounts_url=spotify.url,
        spotify_image_url=spotify.url,
        spotify_client_id=CLIENT_ID,
        spotify_client_secret=CLIENT_SECRET,
    )
    yield made
    made.stop()


@pytest.fixture
def ada(house: House, spotify: FakeSpotify, monkeypatch: pytest.MonkeyPatch) -> Owner:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(house.data))
    settings = settings_for(load(), spotify)
    folders.make(settings)
    with house.db.writing() as session:
        person_id = factories.person(session, "ada").id
    connect(house.db, settings, person_id, spotify)
    return Owner(person_id)


@pytest.mark.parametrize("after", [10, 27] if FULL else [27])
@pytest.mark.slow
def test_killed_half_way_a_library_comes_whole_and_no_page_twice(
    house: House, spotify: FakeSpotify, ada: Owner, after: int
) -> None:
    with house.db.writing() as session:
        asked = library_tasks.ask_sync(session, ada, "library")

    worker = house.start("long")
    wait(lambda: len(spotify.requests) >= after, 60, "some pages to come")
    worker.kill()
    worker.wait()
    assert house.task(asked.id).finished_at is None
    house.start("long")
    assert house.wait_for(asked.id, "COMPLETE", seconds=120).attempt == 2

    # The one page whose answer the killed worker could not write down any more.
    assert sum(asked_twice(spotify).values()) <= 1
    assert count(house, LibraryTrack) == _TRACKS
    assert count(house, Playlist) == _PLAYLISTS
    assert count(house, PlaylistTrack) == _TRACKS + 5 * _PLAYLISTS
    assert count(house, ListingEntry) == 0
    with house.db.reading() as session:
        liked = select(func.count()).where(LibraryItem.kind == "track")
        assert session.scalar(liked) == _LIKED


def asked_twice(spotify: FakeSpotify) -> Counter[str]:
    """Return how often more than once each page was asked for; the list of all is, on purpose."""
    asked = Counter(one.path for one in spotify.requests if one.route.startswith("/v1/"))
    return Counter(
        {
            path: times - 1
            for path, times in asked.items()
            if times > 1 and not path.startswith("/v1/me/playlists")
        }
    )


def test_killed_half_way_forgetting_goes_on(house: House, ada: Owner) -> None:
    with house.db.writing() as session:
        brought = library_tasks.ask_sync(session, ada, "library", parts=["playlists"])
    worker = house.start("long")
    house.wait_for(brought.id, "COMPLETE", seconds=120)
    with house.db.writing() as session:
        asked = library_tasks.ask_forget(session, ada)
    wait(lambda: count(house, LibraryTrack) < _TRACKS, 60, "tracks to go")
    worker.kill()
    worker.wait()
    house.start("long")
    house.wait_for(asked.id, "COMPLETE", seconds=120)

    assert count(house, LibraryTrack) == count(house, Playlist) == count(house, LibraryItem) == 0


def count(house: House, table: type[object]) -> int:
    with house.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
