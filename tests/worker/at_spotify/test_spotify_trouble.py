"""What goes wrong while a library is read costs no page twice, and loses nothing."""

from typing import Any

import pytest

from core.errors import NotYet, Parked, RemoteError
from core.settings import Settings
from database.engine import Database
from database.library_items import TRACK
from database.models import Base, LibraryTrack, ListingEntry, Playlist
from database.owner import Owner
from fakes.server import Asked
from fakes.spotify import FakeSpotify
from tests.worker.at_spotify.conftest import (
    count,
    like_many,
    names,
    of,
    offsets,
    on_list,
    playlist,
)
from tests.worker.listening import Listening, begin
from worker_jobs.run import Cancelled
from worker_jobs.spotify_sync.job import sync_library

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ALL: dict[str, Any] = {"parts": None}
LISTS = {"parts": ["playlists"]}


def test_an_access_token_that_expires_in_mid_list_costs_no_page_twice(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    like_many(spotify, 230)
    spotify.accounts.holds_for = 2

    sync_library({"parts": ["tracks"]}, run)

    assert len(names(db, ada, TRACK, LibraryTrack)) == 239
    assert spotify.accounts.refreshes >= 2
    assert sorted(set(offsets(spotify, "/v1/me/tracks"))) == [0, 50, 100, 150, 200]


def test_a_storm_of_refusals_is_weathered(
    db: Database, spotify: FakeSpotify, run: Listening
) -> None:
    like_many(spotify, 120)
    spotify.too_often("0", times=2)

    sync_library({"parts": ["tracks"]}, run)

    assert count(db, LibraryTrack) == 129


@pytest.mark.parametrize("fault", ["page", "quota", "away", "half", "nonsense"])
def test_trouble_half_way_keeps_what_has_come_and_goes_on_there(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int, fault: str
) -> None:
    like_many(spotify, 230)
    after(spotify, 3, fault)
    with pytest.raises(RemoteError) as raised:
        sync_library({"parts": ["tracks"]}, run)
    assert raised.value.retry_after is not None or fault == "nonsense"
    assert isinstance(raised.value, Parked) == (fault == "quota")
    assert count(db, ListingEntry) == 150
    assert names(db, ada, TRACK, LibraryTrack) == []

    spotify.behaves()
    clear_rest(db)
    spotify.forget_calls()
    sync_library({"parts": ["tracks"]}, run)

    assert offsets(spotify, "/v1/me/tracks") == [150, 200]
    assert len(names(db, ada, TRACK, LibraryTrack)) == 239
    assert count(db, ListingEntry) == 0


def test_what_was_read_to_its_end_is_not_asked_for_again(
    spotify: FakeSpotify, run: Listening
) -> None:
    parts = {"parts": ["tracks", "artists"]}
    like_many(spotify, 120)
    spotify.answers(503, {"Retry-After": "9"}, path_prefix="/v1/me/following")
    with pytest.raises(RemoteError):
        sync_library(parts, run)

    spotify.behaves()
    spotify.forget_calls()
    sync_library(parts, run)

    assert spotify.calls == {"/me/following": 1}


def after(spotify: FakeSpotify, pages: int, fault: str) -> None:
    """Let so many pages of liked songs come, and then one that is wrong."""
    left = pages

    def before(asked: Asked) -> None:
        nonlocal left
        left -= asked.route == "/v1/me/tracks"
        if left == 0 and asked.route == "/v1/me/tracks":
            _FAULTS[fault](spotify)

    spotify.before = before


_FAULTS = {
    "page": lambda fake: fake.html(),
    "quota": lambda fake: fake.quota_exceeded("7200"),
    "away": lambda fake: fake.answers(503, {"Retry-After": "9"}),
    "half": lambda fake: fake.drops(),
    "nonsense": lambda fake: fake.answers(200, {}, b"[1]"),
}


def clear_rest(db: Database) -> None:
    with db.writing() as session:
        session.execute(Base.metadata.tables["provider_paces"].delete())


def test_while_spotify_rests_nothing_is_asked(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    spotify.quota_exceeded("7200", times=1)
    with pytest.raises(NotYet):
        sync_library(ALL, run)
    spotify.forget_calls()

    with pytest.raises(NotYet):
        sync_library(ALL, begin(db, settings, Owner(ada)))

    assert not spotify.calls


def test_cancelled_it_keeps_what_it_has(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    like_many(spotify, 230)
    run.cancel_at = 2
    with pytest.raises(Cancelled):
        sync_library({"parts": ["tracks"]}, run)

    run.cancel_at = None
    sync_library({"parts": ["tracks"]}, run)

    assert len(offsets(spotify, "/v1/me/tracks")) == 5
    assert len(names(db, ada, TRACK, LibraryTrack)) == 239


def test_a_playlist_that_changes_while_it_is_read_is_read_once_more(
    db: Database, spotify: FakeSpotify, run: Listening
) -> None:
    library = spotify.library
    songs = [library.track(f"Long {number}", "Faust", "Faust IV") for number in range(120)]
    id_ = library.playlist("Long", songs)

    def before(asked: Asked) -> None:
        if asked.route == f"/v1/playlists/{id_}/items" and asked.query["offset"] == "50":
            spotify.before = None
            library.fill(id_, songs[1:])

    spotify.before = before
    sync_library(LISTS, run)

    assert on_list(db, "Long") == [f"Long {number}" for number in range(1, 120)]
    assert playlist(db, "Long").snapshot == library.playlists[id_].snapshot
    assert len([one for one in spotify.requests if id_ in one.route and "items" in one.route]) == 6


def test_a_list_that_drifts_while_it_is_read_holds_each_song_once(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    like_many(spotify, 120)
    new = spotify.library.track("Just liked")

    def before(asked: Asked) -> None:
        if asked.route == "/v1/me/tracks" and asked.query["offset"] == "50":
            spotify.before = None
            spotify.library.like(new)

    spotify.before = before
    sync_library({"parts": ["tracks"]}, run)

    found = names(db, ada, TRACK, LibraryTrack)
    assert len(found) == len(set(found)) == 129


def test_a_song_that_is_removed_while_the_list_is_read_is_gone_after_the_next_sync(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    """What was behind it moves up past the next page, and the first page is as before."""
    like_many(spotify, 230)

    def before(asked: Asked) -> None:
        if asked.route == "/v1/me/tracks" and asked.query["offset"] == "100":
            spotify.before = None
            del spotify.library.liked[60]

    spotify.before = before
    sync_library({"parts": ["tracks"]}, run)
    sync_library({"parts": ["tracks"]}, begin(db, settings, Owner(ada)))

    ids = [str(one.thing) for one in spotify.library.liked if one]
    known = spotify.library.catalogue.tracks
    assert names(db, ada, TRACK, LibraryTrack) == [known[id_].name for id_ in ids]


def test_a_playlist_that_is_deleted_meanwhile_costs_the_others_nothing(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    library = spotify.library
    songs = [library.track(f"Long {number}", "Faust", "Faust IV") for number in range(60)]
    id_ = library.playlist("Long", songs)
    for number in range(60):
        library.playlist(f"Other {number}", songs[:1])

    def before(asked: Asked) -> None:
        if asked.route == f"/v1/playlists/{id_}":
            library.playlists.pop(id_, None)

    spotify.before = before
    sync_library(ALL, run)

    assert on_list(db, "Other 59") == ["Long 0"]
    assert names(db, ada, TRACK, LibraryTrack)
    sync_library(LISTS, begin(db, settings, Owner(ada)))
    assert "Long" not in names(db, ada, "playlist", Playlist)


@pytest.mark.parametrize(
    ("status", "body", "said", "is_asked_again"),
    [
        (200, b"{}", "do not understand", False),
        (200, b'{"items": 3}', "do not understand", False),
        (410, b"Gone", "does not show us", False),
        (502, b"<html>Bad Gateway</html>", "trouble of its own", True),
    ],
)
def test_one_playlist_that_spotify_cannot_tell_is_noted_and_passed(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int,
    status: int, body: bytes, said: str, is_asked_again: bool,
) -> None:  # fmt: skip
    route = f"/v1/playlists/{of(spotify.library, 'Morning')}/items"
    spotify.answers(status, {}, body, path_prefix=route)

    result = sync_library(ALL, run)

    # The other one is a friend's, and never shown.
    assert (result["playlists"], result["unreadable"]) == (5, 2)
    assert said in (playlist(db, "Morning").problem or "")
    assert on_list(db, "Odds & ends") == ["Pinch", "Together"]
    assert names(db, ada, TRACK, LibraryTrack)
    spotify.behaves()
    sync_library(LISTS, begin(db, settings, Owner(ada)))
    assert bool(on_list(db, "Morning")) == is_asked_again


def test_where_all_playlists_have_trouble_the_task_waits(
    spotify: FakeSpotify, run: Listening
) -> None:
    spotify.answers(503, {"Retry-After": "9"}, path_prefix="/v1/playlists/")

    with pytest.raises(RemoteError) as raised:
        sync_library(ALL, run)

    assert raised.value.retry_after == 9
    assert spotify.calls["/playlists/ID/items"] == 3


def test_where_spotify_is_away_no_playlist_is_blamed_for_it(
    db: Database, spotify: FakeSpotify, run: Listening
) -> None:
    def before(asked: Asked) -> None:
        if asked.route.endswith("/items"):
            spotify.answers(503, {"Retry-After": "9"})

    spotify.before = before
    with pytest.raises(RemoteError):
        sync_library(LISTS, run)

    assert on_list(db, "Morning")
    assert [playlist(db, name).problem for name in ("Odds & ends", "Of a friend")] == [None, None]


def test_a_short_page_is_not_taken_for_the_last(spotify: FakeSpotify, run: Listening) -> None:
    like_many(spotify, 100)
    spotify.shortens = 7

    sync_library({"parts": ["tracks"]}, run)

    assert offsets(spotify, "/v1/me/tracks") == [0, 50, 100]
