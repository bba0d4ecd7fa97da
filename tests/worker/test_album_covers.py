"""Covers of albums: from a record, from the archive, of one's own; what is remembered, and kept."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from core import clock, folders
from core.play_words import scrobble_key
from core.plays import Heard, Named, Source
from core.settings import Settings, load
from database import album_covers, scrobbles
from database.models import Album, Person, RecordAlbum
from fakes.cover_art import FakeCoverArt
from tests import factories
from tests.worker.listening import Listening
from worker_jobs import covers
from worker_jobs.album_covers import fetch_album_covers, files, replace_album_cover
from worker_jobs.reconciling import reconcile

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TAGO = "00000001-0000-4000-8000-000000000000"
NOWHERE = "ffffffff-0000-4000-8000-000000000000"
OF_RECORD = "ab" * 32


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCoverArt]:
    monkeypatch.setattr(covers, "_PAUSE_SECONDS", 0)
    with FakeCoverArt((TAGO,)) as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, archive: FakeCoverArt, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    known = {"cover_art_url": archive.url, "discogs_image_url": f"{archive.url}/discogs"}
    made = load().model_copy(update=known)
    folders.make(made)
    return made


def album(run: Listening, title: str = "Tago Mago", release_mbid: str = "") -> int:
    """Play a song of an album; return the album's id."""
    named = Named("Paperhouse", ("Can",), title)
    at = clock.now() - clock.HOUR * len(title)
    heard = Heard(named, at, Source.SCROBBLE, scrobble_key(at, named), release_mbid=release_mbid)
    with run.db.writing() as session:
        scrobbles.keep(session, run.task.person_id or 0, [heard])
        return session.scalars(select(Album.id).where(Album.title == title)).one()


def record(run: Listening, title: str, **said: Any) -> int:
    with run.db.writing() as session:
        person = session.get_one(Person, run.task.person_id)
        return factories.record(session, person, title, ["Can"], **said)


def cover_of(run: Listening, album_id: int) -> str | None:
    with run.db.reading() as session:
        return album_covers.get(session, album_id).cover_sha256


def look(run: Listening, *album_ids: int) -> dict[str, Any]:
    return fetch_album_covers({"album_ids": list(album_ids)}, run)


@pytest.mark.parametrize(
    ("title", "of_record"),
    [
        ("Tago Mago", "tago  mago"),
        ("Tago Mago (Remastered)", "Tago Mago"),
        ("Tago Mago", "Tago Mago (40th Anniversary Edition)"),
        ("Tago Mago [Deluxe] - 2004 Remaster", "Tago Mago"),
    ],
)
def test_a_record_of_the_household_lends_its_cover(
    run: Listening, archive: FakeCoverArt, title: str, of_record: str
) -> None:
    record(run, of_record, cover_sha256=OF_RECORD)
    album_id = album(run, title, TAGO)

    assert look(run, album_id)["found"] == 1

    assert cover_of(run, album_id) == OF_RECORD
    assert archive.requests == []


def test_what_a_person_said_of_a_record_goes_before_its_name(run: Listening) -> None:
    alike = record(run, "Tago Mago", cover_sha256=OF_RECORD)
    other = record(run, "Something else", cover_sha256="cd" * 32)
    album_id = album(run)
    with run.db.writing() as session:
        session.add(RecordAlbum(record_id=alike, album_id=album_id, is_same=False))

    assert look(run, album_id)["none"] == 1
    with run.db.writing() as session:
        session.add(RecordAlbum(record_id=other, album_id=album_id, is_same=True))
    look(run, album_id)

    assert cover_of(run, album_id) == "cd" * 32


def test_the_archive_is_asked_by_what_musicbrainz_calls_it(
    run: Listening, settings: Settings
) -> None:
    album_id = album(run, release_mbid=TAGO)

    result = look(run, album_id)

    assert (result["found"], result["none"]) == (1, 0)
    assert result["result_url"].startswith(f"/listening/albums/{album_id}/cover?task=")
    assert (settings.covers / f"{cover_of(run, album_id)}.jpg").is_file()


def test_what_nobody_has_is_not_asked_for_again_by_itself(
    run: Listening, archive: FakeCoverArt
) -> None:
    album_id = album(run, release_mbid=NOWHERE)
    assert fetch_album_covers({}, run)["none"] == 1
    asked = len(archive.requests)

    assert fetch_album_covers({}, run)["albums"] == 0
    assert files(run, [album_id]) == [None]
    assert len(archive.requests) == asked


def test_an_archive_that_is_away_is_not_remembered(run: Listening, archive: FakeCoverArt) -> None:
    album_id = album(run, release_mbid=TAGO)
    archive.answers(503)
    assert look(run, album_id)["failed"] == 1

    archive.behaves()

    assert files(run, [album_id]) != [None]


def test_what_counts_as_another_album_lends_it_its_id_and_shows_its_cover(run: Listening) -> None:
    album_id, alias = album(run), album(run, "Tago Mago!", TAGO)
    with run.db.writing() as session:
        session.get_one(Album, alias).counts_as = album_id

    look(run, album_id)

    assert cover_of(run, alias) == cover_of(run, album_id) is not None


def test_a_picture_of_ones_own_is_shown_and_kept_as_long_as_it_is(
    run: Listening, settings: Settings
) -> None:
    album_id, made = album(run), io.BytesIO()
    Image.new("RGB", (800, 800), (200, 30, 40)).save(made, "PNG")
    (settings.uploads / "a.upload").write_bytes(made.getvalue())
    args = {"album_id": album_id, "upload": "a.upload", "file_name": "a.png", "page": "/there"}

    assert replace_album_cover(args, run)["result_url"] == "/there"
    run.finish()

    sha256 = cover_of(run, album_id)
    file = settings.covers / f"{sha256}.jpg"
    os.utime(file, (0, 0))
    reconcile(run.db, settings)
    assert file.is_file()

    with run.db.writing() as session:
        album_covers.show(session, album_id, None)
    reconcile(run.db, settings)
    assert not file.exists()


def test_a_file_that_is_lost_is_forgotten_and_looked_for_again(
    run: Listening, settings: Settings
) -> None:
    album_id = album(run, release_mbid=TAGO)
    look(run, album_id)
    (settings.covers / f"{cover_of(run, album_id)}.jpg").unlink()

    reconcile(run.db, settings)

    assert cover_of(run, album_id) is None
    assert files(run, [album_id]) != [None]
