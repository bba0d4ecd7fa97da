"""A full disk: said in a sentence, nothing half-saved, and the work goes on when there is room."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from core import folders, room
from core.errors import NoRoom
from core.settings import load
from database import schema
from database.engine import Database
from tests.conftest import remove_progress
from tests.faults.conftest import SIZE_MB
from tests.faults.house import House, wait
from tests.web.conftest import Visitor
from webapp import create_app
from webapp.database import KEY
from webapp.database import House as HouseOfApp

MB = 1024 * 1024


@pytest.fixture
def house(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(card))
    settings = load()
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    made = House(db, card, tmp_path / "worker.log")
    yield made
    made.stop()
    db.close()
    remove_progress(db)


def fill(card: Path, leave: int) -> Path:
    """Fill the file system but for `leave` bytes; return the file that does it."""
    ballast = card / "ballast"
    with ballast.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"x" * 65_536)
        except OSError:
            pass
    with ballast.open("r+b") as out:
        out.truncate(max(0, ballast.stat().st_size - leave))
    return ballast


def enqueue_without_end(house: House) -> None:
    """Put in tasks that no worker takes, until there is no room."""
    for _ in range(2000):
        house.enqueue("of a newer program")


def is_sound(db: Database) -> bool:
    with db.reading() as session:
        return bool(session.scalar(text("PRAGMA integrity_check")) == "ok")


def test_what_cannot_be_saved_is_said_and_nothing_is_half_saved(house: House, card: Path) -> None:
    before = house.enqueue("nothing")
    ballast = fill(card, 0)

    with pytest.raises(NoRoom, match="The disk is full"):
        enqueue_without_end(house)

    kept = house.open_tasks()
    assert house.task(before).status == "WAITING"
    assert is_sound(house.db)
    ballast.unlink()
    house.enqueue("nothing")
    assert house.open_tasks() == kept + 1
    assert is_sound(house.db)


@pytest.mark.slow
def test_work_that_found_no_room_goes_on_by_itself(house: House, card: Path) -> None:
    task_id = house.enqueue("keep", pieces=8, size=MB)
    ballast = fill(card, 4 * MB)
    house.start()

    wait(lambda: house.task(task_id).is_retrying or bool(house.task(task_id).error_msg), 60, "told")
    told = house.task(task_id)
    assert told.error_msg and told.error_msg.startswith("The disk is full")
    assert told.failures == 0
    assert list(house.pictures.iterdir()) == []

    ballast.unlink()

    assert house.wait_for(task_id, "COMPLETE", seconds=60).failures == 0
    assert [file.stat().st_size for file in house.pictures.iterdir()] == [8 * MB]
    assert is_sound(house.db)


@pytest.mark.slow
def test_an_end_that_cannot_be_written_is_not_forgotten(house: House, card: Path) -> None:
    """The disk fills up while the job runs: its result is kept until it can be written."""
    house.start()
    house.wait_for(house.enqueue("nothing"), "COMPLETE")
    task_id = house.enqueue("deaf", seconds=2)
    house.wait_for(task_id, "PROGRESSING")
    ballast = fill(card, 0)
    # What SQLite's log has room for without growing is used up first.
    with pytest.raises(NoRoom):
        enqueue_without_end(house)

    wait(lambda: "cannot write how a task ended" in house.said(), 60, "the worker to try again")
    assert house.task(task_id).status == "PROGRESSING"
    ballast.unlink()

    done = house.wait_for(task_id, "COMPLETE")
    assert (done.attempt, done.crashes, done.failures) == (1, 0, 0)
    assert is_sound(house.db)


def test_an_upload_that_finds_no_room_half_way_leaves_nothing_behind(
    card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused beforehand is a matter of figures; here the disk fills up meanwhile."""
    monkeypatch.setenv("NEEDLEDROP_DATA", str(card))
    app = create_app(
        load().model_copy(
            update={"secret_key": SecretStr("the key of a test, long enough to be one")}
        )
    )
    house: HouseOfApp = app.extensions[KEY]
    monkeypatch.setattr(room, "WATERMARK", -SIZE_MB * MB)
    fill(card, 200_000)
    sent = {"export": (io.BytesIO(bytes(450_000)), "my.zip"), "of": "export", "period": "all"}
    visitor = Visitor(app.test_client())

    answer = visitor.submit("/", to="/mosaics", **sent)

    assert answer.status_code == 507
    assert "The disk is full. Make room" in answer.text
    assert list(house.settings.uploads.iterdir()) == []
    house.db.close()
    remove_progress(house.db)
