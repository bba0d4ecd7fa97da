"""Covers in the worker: one that somebody brought, those that others have, files nobody shows."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core import clock, folders
from core.errors import BadFile, NotFound
from core.settings import Settings, load
from database import record_covers, records
from database.engine import Database
from database.models import Person, Record
from database.owner import Owner
from fakes.cover_art import FakeCoverArt
from tests import factories
from tests.worker.listening import Listening, begin
from worker_jobs import covers
from worker_jobs.covers import fetch_covers, replace_cover
from worker_jobs.mosaic.pictures import BadPicture
from worker_jobs.reconciling import reconcile
from worker_jobs.run import Cancelled

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TAGO, SOON = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2))
NOWHERE = "ffffffff-0000-4000-8000-000000000000"


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCoverArt]:
    monkeypatch.setattr(covers, "_PAUSE_SECONDS", 0)
    with FakeCoverArt((TAGO, SOON)) as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, archive: FakeCoverArt, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    known = {
        "cover_art_url": archive.url,
        "discogs_image_url": f"{archive.url}/discogs",
        "discogs_api_url": f"{archive.url}/api",
    }
    made = load().model_copy(update=known)
    folders.make(made)
    return made


def record(db: Database, person_id: int, title: str = "Tago Mago", **said: Any) -> int:
    with db.writing() as session:
        person = session.get_one(Person, person_id)
        return factories.record(session, person, title, **said)


def row(db: Database, record_id: int) -> Record:
    with db.reading() as session:
        return records.get(session, record_id)


def picture(size: tuple[int, int] = (800, 800), mode: str = "RGB", kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).convert(mode).save(made, kind)
    return made.getvalue()


def replace(run: Listening, record_id: int, content: bytes) -> str:
    """Bring a picture as a record's cover; return its hash, as the record has it then."""
    (run.settings.uploads / "a.upload").write_bytes(content)
    args = {"record_id": record_id, "upload": "a.upload", "file_name": "cover.jpg"}
    assert replace_cover(args, run)["result_url"] == f"/shelf/{record_id}"
    run.finish()
    return str(row(run.db, record_id).cover_sha256)


def counts(result: dict[str, object]) -> tuple[object, ...]:
    return tuple(result[name] for name in ("records", "found", "none", "failed"))


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (picture(), (800, 800)),
        (picture((3_000, 3_000)), (1_000, 1_000)),
        (picture((2_000, 1_000)), (1_000, 500)),
        (picture((500, 500), "RGBA", "PNG"), (500, 500)),
        (picture((500, 500), kind="WEBP"), (500, 500)),
    ],
)
def test_a_picture_becomes_the_cover(
    db: Database, run: Listening, alice: int, content: bytes, size: tuple[int, int]
) -> None:
    sha256 = replace(run, record(db, alice), content)

    path = record_covers.path_of(run.settings.covers, sha256)
    with Image.open(path) as shown:
        shown.load()
        assert (shown.size, shown.mode, shown.format) == (size, "RGB", "JPEG")
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_cover_is_turned_as_its_camera_was_held(db: Database, run: Listening, alice: int) -> None:
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200)).save(made, "JPEG", exif=exif)

    sha256 = replace(run, record(db, alice), made.getvalue())

    with Image.open(record_covers.path_of(run.settings.covers, sha256)) as shown:
        assert shown.size == (200, 400) and not shown.getexif()


def test_what_is_no_cover_leaves_the_record_as_it_was(
    db: Database, run: Listening, alice: int
) -> None:
    record_id = record(db, alice)
    sha256 = replace(run, record_id, picture())

    with pytest.raises(BadPicture):
        replace(run, record_id, b"<svg>")
    with pytest.raises(BadFile, match="bring it again"):
        replace_cover({"record_id": record_id, "upload": "none", "file_name": "x"}, run)
    with pytest.raises(NotFound):
        replace_cover({"record_id": 999, "upload": "none", "file_name": "x"}, run)

    assert row(db, record_id).cover_sha256 == sha256


def test_covers_are_looked_for_wherever_they_may_be(
    db: Database, run: Listening, alice: int, archive: FakeCoverArt
) -> None:
    at_discogs = record(db, alice, "A", cover_address=f"{archive.url}/discogs/7.jpg")
    at_archive = record(db, alice, "B", musicbrainz_id=TAGO)
    at_second = record(
        db, alice, "C", cover_address=f"{archive.url}/discogs/x.jpg", musicbrainz_id=SOON
    )
    at_none = record(db, alice, "D", musicbrainz_id=NOWHERE)
    record(db, alice, "E")  # nobody knows where to look

    result = fetch_covers({"record_ids": None}, run)

    assert counts(result) == (4, 3, 1, 0)
    assert result["result_url"] == f"/shelf/covers?task={run.task.public_id}"
    hashes = [row(db, one).cover_sha256 for one in (at_discogs, at_archive, at_second)]
    assert len(set(hashes)) == 3 and all(hashes)
    for sha256 in hashes:
        with Image.open(record_covers.path_of(run.settings.covers, str(sha256))) as shown:
            assert shown.size == (500, 500)
    assert row(db, at_none).cover_sha256 is None
    assert row(db, at_none).cover_asked_at is not None


def test_what_nobody_has_is_asked_for_again_only_after_a_month_or_when_somebody_asks(
    db: Database, run: Listening, alice: int, archive: FakeCoverArt
) -> None:
    record_id = record(db, alice, musicbrainz_id=NOWHERE)

    def looked(record_ids: list[int] | None) -> int:
        asked = len(archive.requests)
        fetch_covers({"record_ids": record_ids}, begin(db, run.settings, Owner(alice)))
        return len(archive.requests) - asked

    def was_asked(ago: int) -> None:
        with db.writing() as session:
            record = session.get_one(Record, record_id)
            record.cover_asked_at = clock.now() - ago

    assert looked(None) == 1
    assert looked(None) == 0
    was_asked(29 * clock.DAY)
    assert (looked(None), looked([record_id])) == (0, 1)
    was_asked(31 * clock.DAY)
    assert looked(None) == 1


def test_a_task_that_is_repeated_goes_on_where_it_was(
    db: Database, run: Listening, alice: int, archive: FakeCoverArt
) -> None:
    ids = [record(db, alice, title, musicbrainz_id=NOWHERE) for title in "ABCD"]
    run.cancel_at = 4  # the first word, and two records done

    with pytest.raises(Cancelled):
        fetch_covers({"record_ids": ids}, run)
    run.cancel_at = None
    result = fetch_covers({"record_ids": ids}, run)

    assert counts(result) == (2, 0, 2, 0)
    assert len(archive.requests) == 4


def test_who_does_not_answer_is_told_and_asked_again_next_time(
    db: Database, run: Listening, alice: int, archive: FakeCoverArt
) -> None:
    for title in "ABCDEFG":
        record(db, alice, title, cover_address=f"{archive.url}/discogs/{ord(title)}.jpg")
    archive.answers(403)

    result = fetch_covers({"record_ids": None}, run)

    assert counts(result) == (7, 0, 0, 7)
    assert len(archive.requests) == 5  # then it is away
    archive.behaves()
    assert counts(fetch_covers({"record_ids": None}, run)) == (7, 7, 0, 0)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/cover.jpg",
        "file:///etc/passwd",
        "https://evil.example/x.jpg",
        "http://[",
    ],
)
def test_an_address_from_elsewhere_is_not_asked(
    db: Database, run: Listening, alice: int, archive: FakeCoverArt, address: str
) -> None:
    record_id = record(db, alice, cover_address=address, musicbrainz_id="../../etc")

    assert counts(fetch_covers({"record_ids": [record_id]}, run)) == (1, 0, 1, 0)
    assert archive.requests == []


def test_an_answer_that_is_no_picture_is_no_cover(
    db: Database, run: Listening, alice: int, archive: FakeCoverArt
) -> None:
    record_id = record(db, alice, cover_address=f"{archive.url}/discogs/1.jpg")
    archive.answers(200, {"Content-Type": "image/jpeg"}, b"\xff\xd8\xff nothing")

    assert counts(fetch_covers({"record_ids": [record_id]}, run)) == (1, 0, 1, 0)
    assert list(run.settings.covers.iterdir()) == []


def test_what_somebody_brings_meanwhile_stays(db: Database, alice: int) -> None:
    record_id = record(db, alice, musicbrainz_id=TAGO)
    with db.writing() as session:
        record_covers.show(session, record_id, "ab" * 32)
        record_covers.say_asked(session, record_id, "cd" * 32)

    assert row(db, record_id).cover_sha256 == "ab" * 32


def test_a_cover_goes_when_no_record_shows_it(db: Database, run: Listening, alice: int) -> None:
    folder, long_ago = run.settings.covers, clock.now() / clock.SECOND - 7_200
    one, other = record(db, alice, "A"), record(db, alice, "B")
    shared, old = replace(run, one, picture((10, 10))), replace(run, other, picture((20, 20)))
    replace(run, other, picture((10, 10)))
    for sha256 in (shared, old):
        os.utime(record_covers.path_of(folder, sha256), (long_ago, long_ago))
    with db.writing() as session:
        records.delete_faulty(session, one, "A")

    reconcile(db, run.settings)
    assert {path.stem for path in folder.iterdir()} == {shared}

    with db.writing() as session:
        record_covers.show(session, other, None)
    reconcile(db, run.settings)
    assert list(folder.iterdir()) == []


def test_a_cover_that_is_lost_may_be_looked_for_at_once(
    db: Database, run: Listening, alice: int
) -> None:
    record_id = record(db, alice, musicbrainz_id=TAGO)
    fetch_covers({"record_ids": None}, run)
    record_covers.path_of(run.settings.covers, str(row(db, record_id).cover_sha256)).unlink()

    reconcile(db, run.settings)

    assert row(db, record_id).cover_sha256 is None
    again = begin(db, run.settings, Owner(alice))
    assert counts(fetch_covers({"record_ids": None}, again)) == (1, 1, 0, 0)
