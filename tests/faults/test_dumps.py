"""A dump of 11 GB is fetched on a small machine: disks fill up, processes are killed."""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core import folders, room
from core.dump_files import RELEASES
from core.errors import NoRoom
from core.settings import load
from database import dumps
from database.dumps import Wanted
from database.engine import Database
from database.models import Task
from database.owner import HOUSE
from fakes import dumps as made
from fakes.discogs_data import FakeDiscogsData
from tests.faults.conftest import SIZE_MB
from tests.faults.house import House, Process, runners, wait
from tests.faults.test_disk_full import fill
from tests.worker.listening import begin
from worker_jobs.dumps import fetch_dump, look_for_dumps

MB = 1024 * 1024
VERSION = "20261001"
NAME = f"discogs_{VERSION}_releases.xml.gz"


@pytest.fixture
def page() -> Iterator[FakeDiscogsData]:
    with FakeDiscogsData() as fake:
        yield fake


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disk_that_fills_up_meanwhile_keeps_what_has_come(
    card: Path, db: Database, page: FakeDiscogsData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "WATERMARK", -SIZE_MB * MB)
    monkeypatch.setenv("NEEDLEDROP_DATA", str(card))
    settings = load().model_copy(update={"discogs_data_url": page.url})
    folders.make(settings)
    body = b"\x1f\x8b" + random.Random(3).randbytes(6 * MB)
    page.puts(VERSION, RELEASES, body)
    page.completes(VERSION)
    run = begin(db, settings)
    look_for_dumps({}, run)
    ballast = fill(card, 2 * MB)

    with pytest.raises(NoRoom, match="goes on by itself"):
        fetch_dump({"version": VERSION}, run)

    with db.reading() as session:
        came = dumps.listed(session)[0].bytes_done
    assert MB < came <= 2 * MB
    ballast.unlink()
    fetch_dump({"version": VERSION}, run)
    assert (settings.dumps / NAME).read_bytes() == body
    assert page.requests[-1].headers["range"] == f"bytes={came}-"


def kill(process: Process) -> None:
    for pid in (process.pid, *runners(process)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def house(db: Database, tmp_path: Path, page: FakeDiscogsData) -> Iterator[House]:
    started = House(db, tmp_path, tmp_path / "worker.log", discogs_data_url=page.url)
    yield started
    started.stop()


def test_a_worker_that_is_killed_meanwhile_fetches_it_all_the_same(
    house: House, page: FakeDiscogsData
) -> None:
    db = house.db
    records = [made.plain(number, f"Title {number}") for number in range(1, 3000)]
    body = made.packed(made.dump([*records, made.plain(3000, "Solo", "tHo8dG7aWhE")]))
    page.puts(VERSION, RELEASES, body)
    page.completes(VERSION)
    with db.writing() as session:
        looked = dumps.ask_look(session, HOUSE).id
    worker = house.start("long,quick")
    house.wait_for(looked, "COMPLETE")
    page.trickles(1_000, path_prefix=page.path_of(NAME))
    with db.writing() as session:
        fetched = dumps.ask_fetch(session, HOUSE, VERSION, Wanted()).id
    part = house.data / "dumps" / f"{NAME}.part"

    for more in (5_000, 10_000):
        wait(lambda: part.is_file() and part.stat().st_size >= more, 60, "the file")  # noqa: B023
        kill(worker)
        assert not part.with_suffix("").exists()
        worker = house.start("long,quick")
    page.behaves()

    house.wait_for(fetched, "COMPLETE")
    wait(lambda: _imports(db) == ["COMPLETE"], 60, "the import")
    assert (house.data / "dumps" / NAME).read_bytes() == body
    with db.reading() as session:
        last = dumps.last_import(session)
    assert last is not None and last.counts is not None and last.counts["releases"] == 1


def _imports(db: Database) -> list[str]:
    with db.reading() as session:
        return [task.status for task in session.query(Task).where(Task.action == dumps.IMPORT)]
