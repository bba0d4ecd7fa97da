"""A worker is killed in the middle of adding a video: each is on the playlist once in the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import folders
from core.settings import load
from database import youtube_playlists
from database.engine import Database
from database.owner import Owner
from database.tasks import Enqueued
from database.youtube_filling import Counts
from database.youtube_playlists import NewPlaylist, OwnPlaylist
from fakes.google_oauth import APP_SECRET
from fakes.youtube import FakeYouTube
from tests import factories
from tests.conftest import FULL
from tests.faults.house import House, wait
from tests.youtube import connect, ids, settings_for, wanted

_VIDEOS = 12


@pytest.fixture
def youtube() -> Iterator[FakeYouTube]:
    with FakeYouTube() as fake:
        yield fake


@pytest.fixture
def house(db: Database, tmp_path: Path, youtube: FakeYouTube) -> Iterator[House]:
    made = House(
        db,
        tmp_path,
        tmp_path / "worker.log",
        google_oauth_url=youtube.url,
        youtube_url=youtube.url,
        google_client_id="house",
        google_client_secret=APP_SECRET,
    )
    yield made
    made.stop()


@pytest.fixture
def ada(house: House, youtube: FakeYouTube, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(house.data))
    settings = settings_for(load(), youtube)
    folders.make(settings)
    with house.db.writing() as session:
        person_id = factories.person(session, "ada").id
    connect(house.db, settings, person_id, youtube)
    return person_id


def killed_at(house: House, youtube: FakeYouTube, asked: Enqueued, path: str, number: int) -> None:
    """Have a task done, by a worker that is killed before the answer to a change, and another."""
    youtube.stalls = {(path, number)}
    worker = house.start("long")
    wait(lambda: youtube.changes[path] == number, 60, "the change that stalls")
    worker.kill()
    worker.wait()
    house.start("long")
    assert house.wait_for(asked.id, "COMPLETE", seconds=60).attempt == 2


# The first video is another test's as well.
_AT = [("playlists", 1), ("playlistItems", 5), *([("playlistItems", 1)] if FULL else [])]


@pytest.mark.parametrize(("path", "number"), _AT)
def test_killed_before_the_answer_each_video_is_there_once(
    house: House, youtube: FakeYouTube, ada: int, path: str, number: int
) -> None:
    with house.db.writing() as session:
        videos = wanted(ids(_VIDEOS))
        asked = youtube_playlists.ask(session, Owner(ada), NewPlaylist(), videos)

    killed_at(house, youtube, asked, path, number)

    (made,) = youtube.playlists.values()
    assert made.videos == ids(_VIDEOS) and made.privacy == "private"
    assert youtube.changes == {"playlists": 1, "playlistItems": _VIDEOS}
    with house.db.reading() as session:
        (told,) = youtube_playlists.listed(session, ada)
    assert (told.state, told.counts.added) == ("done", _VIDEOS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_at_the_first_video_it_is_known_whose_that_is(
    house: House, youtube: FakeYouTube, ada: int
) -> None:
    first, theirs, *rest = ids(5)
    had = youtube.holds("ada", "Old finds", [theirs])
    own = [OwnPlaylist(had.id, had.title, 1)]
    with house.db.writing() as session:
        order = NewPlaylist(into=had.id)
        asked = youtube_playlists.ask(session, Owner(ada), order, wanted(ids(5)), own)

    killed_at(house, youtube, asked, "playlistItems", 1)

    assert had.videos == [theirs, first, *rest]
    with house.db.reading() as session:
        (told,) = youtube_playlists.listed(session, ada)
    assert told.counts == Counts(added=4, duplicate=1)
