"""Posters: fetched once, kept within bounds, asked for no longer than somebody answers."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from core import room
from core.errors import NoRoom
from core.settings import load
from database import pictures
from database.engine import Database
from database.models import PictureAddress
from fakes.server import Asked, Fake, Reply
from tests.worker.listening import Listening, begin
from worker_jobs import poster_files, posters

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Gallery(Fake):
    """Has a picture at every address, each another one."""

    def reply(self, asked: Asked) -> Reply:
        red, green, blue = hashlib.sha256(asked.route.encode()).digest()[:3]
        out = io.BytesIO()
        Image.new("RGB", (20, 30), (red, green, blue)).save(out, "PNG")
        return Reply(200, {"Content-Type": "image/png", "ETag": '"1"'}, out.getvalue())

    def addresses(self, first: int, last: int) -> list[str]:
        return [f"{self.url}/{number:03}.png" for number in range(first, last)]


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery() as fake:
        yield fake


@pytest.fixture
def other() -> Iterator[Gallery]:
    with Gallery() as fake:
        yield fake


@pytest.fixture
def run(
    db: Database,
    tmp_path: Path,
    gallery: Gallery,
    other: Gallery,
    monkeypatch: pytest.MonkeyPatch,
) -> Listening:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    monkeypatch.setenv("NEEDLEDROP_LETTERBOXD_IMAGE_URL", gallery.url)
    monkeypatch.setenv("NEEDLEDROP_TMDB_IMAGE_URL", other.url)
    return begin(db, load())


def expire(db: Database) -> None:
    with db.writing() as session:
        session.execute(update(PictureAddress).values(expires_at=1))


AWAY: dict[str, Callable[[Any], None]] = {
    "gone": lambda fake: fake.answers(404),
    "barred": lambda fake: fake.answers(403),
    "trouble": lambda fake: fake.answers(503, {"Retry-After": "30"}),
    "a hotspot's page": lambda fake: fake.html(),
    "no picture": lambda fake: fake.answers(200, {"Content-Type": "image/png"}, b"none"),
    "the same": lambda fake: fake.answers(304),
}


@pytest.mark.parametrize("fault", AWAY)
def test_a_poster_that_is_here_stays(
    db: Database, run: Listening, gallery: Gallery, fault: str
) -> None:
    [address] = gallery.addresses(0, 1)
    had = posters.collect(run, [address])
    expire(db)
    AWAY[fault](gallery)

    again, once_more = (posters.collect(run, [address]) for _ in range(2))

    assert had[address].exists()
    assert again == once_more == had


def test_a_host_that_is_away_takes_no_other_with_it(
    run: Listening, gallery: Gallery, other: Gallery
) -> None:
    # Addresses are asked for in order.
    away, fine = sorted([gallery, other], key=lambda fake: fake.url)
    away.answers(503, {"Retry-After": "30"})

    found = posters.collect(run, away.addresses(0, 20) + fine.addresses(0, 3))

    assert sorted(found) == fine.addresses(0, 3)
    assert len(away.requests) <= 8


def test_too_many_posters_do_not_wait_for_the_night(
    db: Database, run: Listening, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = posters.collect(run, gallery.addresses(0, 30))
    with db.writing() as session:
        size = pictures.total(session) // 30
    monkeypatch.setattr(poster_files, "MOST", 40 * size)

    found = posters.collect(run, gallery.addresses(100, 130))

    assert len(found) == 30 and all(path.exists() for path in found.values())
    assert 8 <= sum(path.exists() for path in old.values()) <= 12
    with db.reading() as session:
        assert pictures.total(session) <= poster_files.MOST


def test_one_mosaic_alone_may_not_be_too_much_either(
    run: Listening, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poster_files, "MOST", 1)

    found = posters.collect(run, gallery.addresses(0, 200))

    # A batch, and what the connections were at.
    assert len(found) == len(gallery.requests) < 60
    assert all(path.exists() for path in found.values())


def test_posters_leave_room_for_the_database(
    run: Listening, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "WATERMARK", 1 << 62)

    with pytest.raises(NoRoom):
        posters.collect(run, gallery.addresses(0, 1))

    assert [path for path in run.settings.posters.rglob("*") if path.is_file()] == []
