"""Pictures of the library lie in our own store, and are fetched without haste."""

import os

import pytest
from sqlalchemy import select, update

from core import clock
from core.settings import Settings
from database import house, library_artists, library_images
from database.engine import Database
from database.models import LibraryAlbum, LibraryArtist, Playlist
from database.owner import Owner
from database.record_covers import path_of
from fakes.spotify import FakeSpotify
from tests.worker.at_spotify.conftest import playlist
from tests.worker.listening import Listening, begin
from worker_jobs.library_images import fetch_library_images, read_artist_details
from worker_jobs.reconciling import reconcile
from worker_jobs.spotify_sync.job import sync_library

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ALL = {"parts": None}
OLD = 13 * clock.HOUR


def images(spotify: FakeSpotify) -> int:
    return len([one for one in spotify.requests if one.route.startswith("/image/")])


def fetch(db: Database, settings: Settings, ada: int) -> dict[str, object]:
    return fetch_library_images({}, begin(db, settings, Owner(ada)))


def test_pictures_come_into_our_own_store(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    sync_library(ALL, run)

    result = fetch(db, settings, ada)

    assert (result["none"], result["failed"]) == (0, 0)
    with db.reading() as session:
        shown = library_images.all_hashes(session)
        for table in (Playlist, LibraryAlbum, LibraryArtist):
            assert session.scalars(select(table.image_sha256)).all()
    assert shown and all(path_of(settings.covers, sha256).is_file() for sha256 in shown)
    asked = images(spotify)
    assert fetch(db, settings, ada)["found"] == 0
    assert images(spotify) == asked


def test_those_of_playlists_are_fetched_again_after_half_a_day(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    sync_library(ALL, run)
    fetch(db, settings, ada)
    age(db)
    spotify.forget_calls()

    fetch(db, settings, ada)

    with db.reading() as session:
        told = session.scalars(select(Playlist.id).where(Playlist.image_address.is_not(None)))
        assert images(spotify) == len(told.all())


def age(db: Database) -> None:
    with db.writing() as session:
        for table in (Playlist, LibraryAlbum, LibraryArtist):
            session.execute(update(table).values(image_at=table.image_at - OLD))


@pytest.mark.parametrize("status", [403, 404])
def test_an_address_that_has_had_its_time_is_asked_for_anew(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify, status: int
) -> None:
    sync_library({"parts": ["playlists"]}, run)
    with db.writing() as session:
        session.execute(update(Playlist).values(image_address=f"{spotify.url}/expired/1"))
    spotify.answers(status, path_prefix="/expired")

    result = fetch(db, settings, ada)

    assert result["failed"] == 0
    assert playlist(db, "Morning").image_sha256
    assert spotify.calls["/playlists/ID/images"] >= 1


def test_what_is_no_picture_or_elsewhere_is_none(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    sync_library({"parts": ["albums"]}, run)
    with db.writing() as session:
        first, *_ = session.scalars(select(LibraryAlbum).order_by(LibraryAlbum.id))
        first.image_address = "http://192.0.2.1/picture.jpg"
    spotify.answers(200, {"Content-Type": "image/jpeg"}, b"GIF89a", path_prefix="/image")

    result = fetch(db, settings, ada)

    assert (result["found"], result["failed"]) == (0, 0)
    assert fetch(db, settings, ada)["none"] == 0


def test_a_server_that_is_away_is_let_alone(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    sync_library(ALL, run)
    spotify.answers(500, {"Retry-After": "9"}, path_prefix="/image")

    assert fetch(db, settings, ada)["failed"] == 5
    spotify.behaves()
    assert fetch(db, settings, ada)["found"]


def test_no_more_than_so_many_a_day(
    db: Database, settings: Settings, run: Listening, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_library(ALL, run)
    monkeypatch.setattr(library_images, "A_DAY", 3)

    assert fetch(db, settings, ada)["found"] == 3
    assert fetch(db, settings, ada)["found"] == 0


def test_the_clean_up_leaves_them_and_forgets_those_that_are_lost(
    db: Database, settings: Settings, run: Listening, ada: int
) -> None:
    house.settle(db, settings.data)
    sync_library(ALL, run)
    fetch(db, settings, ada)
    files = sorted(settings.covers.iterdir())
    for file in files:
        os.utime(file, (1, 1))
    files[0].unlink()

    reconcile(db, settings)

    assert sorted(settings.covers.iterdir()) == files[1:]
    with db.reading() as session:
        assert files[0].stem not in library_images.all_hashes(session)


def test_artists_are_asked_about_a_few_a_day(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    sync_library({"parts": ["playlists"]}, run)
    assert spotify.calls["/artists/ID"] == 0
    monkeypatch.setattr(library_artists, "A_DAY", 1)

    first = read_artist_details({}, begin(db, settings, Owner(ada)))
    second = read_artist_details({}, begin(db, settings, Owner(ada)))

    assert (first["artists"], second["artists"], spotify.calls["/artists/ID"]) == (1, 0, 1)
    with db.reading() as session:
        assert session.scalars(
            select(LibraryArtist.genres).where(LibraryArtist.details_at > 0)
        ).all()
