"""Whatever befalls an import: the crate in use stays whole, and the next import comes through."""

import gzip
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from bench import dumps
from core import folders, room
from core.errors import BadFile, NoRoom
from core.settings import Settings
from database import crates, schema
from database.engine import Database
from tests import nursery
from tests.conftest import FULL, missing, remove_progress
from tests.crate_content import content
from tests.faults import power
from tests.faults.conftest import SIZE_MB
from tests.faults.house import House, wait
from tests.faults.importing import bring
from tests.faults.test_disk_full import fill

POINTS = 50 if FULL else 6
STATES = 1_000 if FULL else 150
IMPORTING = "tests.faults.importing"
OLD, NEW = "20260901", "20261001"
RELEASES = 600


class Brought(NamedTuple):
    """A house with one crate, from which each test takes its own; what is in the two dumps."""

    data: Path
    old: Path
    new: Path
    old_content: str
    new_content: str
    seconds: float


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Brought:
    folder = tmp_path_factory.mktemp("brought")
    old, new = folder / "old.xml.gz", folder / "new.xml.gz"
    dumps.write(old, RELEASES, seed=1, quirks=40, with_video=0.6)
    dumps.write(new, RELEASES + 100, seed=2, quirks=40, with_video=0.6)
    data = folder / "data"
    settings = Settings(data=data)
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    db.close()
    assert importing(data, old, OLD).wait() == 0
    copy = folder / "copy"
    shutil.copytree(data, copy)
    begun = time.monotonic()
    assert importing(copy, new, NEW).wait() == 0
    seconds = time.monotonic() - begun
    return Brought(data, old, new, served(data), served(copy), seconds)


@pytest.fixture
def data(brought: Brought, tmp_path: Path) -> Path:
    """The folder of a house whose crate is of the old dump."""
    shutil.copytree(brought.data, tmp_path / "data")
    return tmp_path / "data"


def importing(data: Path, dump: Path, version: str, attempt: int = 1) -> nursery.Process:
    """Start an import in a session of its own."""
    own = {name: said for name, said in os.environ.items() if name[:11] != "NEEDLEDROP_"}
    return nursery.start(
        IMPORTING,
        *(dump, version, "videos", attempt),
        environment={**own, "NEEDLEDROP_DATA": str(data)},
        log=Path(os.devnull),
        in_session=True,
    )


_READ: dict[str, str] = {}


def served(data: Path) -> str:
    """Return what the crate holds that serves; of the same bytes it is read once."""
    serves = crates.current(data)
    assert serves is not None, "there is no crate any more"
    # With whatever SQLite would take for its log or its journal.
    said = hashlib.sha256()
    for file in sorted(serves.parent.glob(f"{serves.name}*")):
        said.update(f"{file.name} {file.stat().st_size} ".encode())
        said.update(file.read_bytes())
    if said.hexdigest() not in _READ:
        _READ[said.hexdigest()] = content(serves)
    return _READ[said.hexdigest()]


def is_begun(data: Path) -> bool:
    return bool(crates.unfinished(data))


def is_over(session: int) -> bool:
    """Say whether nothing lives any more of what was started in a session."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # one that ends meanwhile
            state, _, _, of = stat.read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                return False
    return True


def names(data: Path) -> list[str]:
    return sorted(path.name for path in crates.folder(data).iterdir())


def test_a_dump_makes_the_same_crate_each_time(data: Path, brought: Brought) -> None:
    assert brought.old_content != brought.new_content
    for attempt in (1, 2):
        assert importing(data, brought.new, NEW, attempt).wait() == 0

        assert served(data) == brought.new_content
        assert names(data) == [f"{NEW}-videos.crate"]


@pytest.mark.slow
def test_killed_at_any_moment_the_crate_stays_whole_and_the_next_import_comes(
    brought: Brought, tmp_path: Path
) -> None:
    chance, kept = random.Random(7), 0
    for point in range(POINTS):
        data = tmp_path / str(point)
        shutil.copytree(brought.data, data)
        process = importing(data, brought.new, NEW)
        if point == 0:
            # However fast the machine has become since it was timed, one is killed half way.
            wait(partial(is_begun, data), 60, "a crate to be begun")
        else:
            time.sleep(chance.uniform(0.1, 1.05) * brought.seconds)
        # The job alone, or the process that it has started with it.
        (os.kill if point % 2 else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()
        wait(partial(is_over, process.pid), 60, "the process that makes the crate to end")

        there = served(data)
        kept += there == brought.old_content
        assert there in (brought.old_content, brought.new_content)
        if point % 4 == 0:
            assert importing(data, brought.new, NEW, 2).wait() == 0
            assert served(data) == brought.new_content
        shutil.rmtree(data)
    assert kept, "none was killed in time"


@pytest.mark.slow
def test_an_import_whose_worker_is_killed_begins_anew_and_leaves_nothing_behind(
    data: Path, brought: Brought, tmp_path: Path
) -> None:
    settings = Settings(data=data)
    db = Database(settings.database, settings.running)
    house = House(db, data, tmp_path / "worker.log")
    try:
        dumped = {"releases": str(brought.new)}
        task_id = house.enqueue("import_crate", dumps=dumped, version=NEW, scope="videos")
        worker = house.start()
        wait(lambda: bool(crates.unfinished(data)), 60, "a crate to be begun")
        worker.kill()
        worker.wait()
        assert served(data) == brought.old_content

        house.start()

        assert house.wait_for(task_id, "COMPLETE", seconds=120).attempt == 2
        assert served(data) == brought.new_content
        wait(lambda: names(data) == [f"{NEW}-videos.crate"], 60, "what was begun to be swept")
    finally:
        house.stop()
        db.close()
        remove_progress(db)


@pytest.mark.slow
def test_after_a_power_cut_a_whole_crate_serves(
    data: Path, brought: Brought, tmp_path: Path
) -> None:
    if shutil.which("strace") is None:
        missing("strace")
    before = {str(file): file.read_bytes() for file in data.rglob("*") if file.is_file()}
    environment = {**os.environ, "NEEDLEDROP_DATA": str(data)}
    program = [sys.executable, "-m", IMPORTING, str(brought.new), NEW, "videos", "1"]
    log = tmp_path / "calls"
    power.record(program, environment, data, log)
    done = power.steps(log, data, before)
    assert [step.name for step in done if step.kind == "ack"] == [f"ACK {NEW}"]

    chance, found = random.Random(42), Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        for number, disk in enumerate(power.cuts(before, done, STATES, chance)):
            after = Path(scratch, str(number))
            disk.write_out(data, after)
            there = served(after)
            found[there] += 1
            assert there == brought.new_content or not disk.acknowledged
            shutil.rmtree(after)

    assert set(found) == {brought.old_content, brought.new_content}


def test_a_full_disk_is_said_and_the_crate_stays(
    card: Path, brought: Brought, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused beforehand is a matter of figures; here the disk fills up meanwhile."""
    monkeypatch.setattr(room, "WATERMARK", -SIZE_MB * 1024 * 1024)
    data = card / "data"
    shutil.copytree(brought.data, data)
    settings = Settings(data=data)
    ballast = fill(card, 300_000)

    with pytest.raises(NoRoom, match="The disk is full"):
        bring(settings, brought.new, NEW, "videos")

    assert served(data) == brought.old_content
    assert names(data) == [f"{OLD}-videos.crate"]
    ballast.unlink()
    bring(settings, brought.new, NEW, "videos", attempt=2)
    assert served(data) == brought.new_content


def cut(data: bytes) -> bytes:
    return data[: len(data) * 9 // 10]


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def wrong_sum(data: bytes) -> bytes:
    return data[:-8] + bytes([data[-8] ^ 1]) + data[-7:]


def of_masters(data: bytes) -> bytes:
    return packed(unpacked(data).replace(b"<releases>", b"<masters>", 1))


def cut_inside(data: bytes) -> bytes:
    return packed(cut(unpacked(data)))


def shrunken(data: bytes) -> bytes:
    records = unpacked(data).split(b"</release>\n")
    return packed(b"</release>\n".join([*records[: len(records) // 2], b"</releases>\n"]))


def unpacked(data: bytes) -> bytes:
    return gzip.decompress(data)


def packed(data: bytes) -> bytes:
    return gzip.compress(data, 1)


@pytest.mark.parametrize(
    "damaged",
    [
        cut,
        flipped,
        wrong_sum,
        of_masters,
        cut_inside,
        shrunken,
        lambda _: b"",
        lambda _: packed(b""),
        lambda _: b"<!doctype html><title>Error</title>",
        lambda _: packed(b"<releases>\n</releases>\n"),
        lambda data: b"\0" * len(data),
    ],
)
def test_a_damaged_file_changes_nothing(
    data: Path, brought: Brought, tmp_path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    dump = tmp_path / "dump.xml.gz"
    dump.write_bytes(damaged(brought.new.read_bytes()))

    with pytest.raises(BadFile):
        bring(Settings(data=data), dump, NEW, "videos")

    assert served(data) == brought.old_content
    assert names(data) == [f"{OLD}-videos.crate"]


def test_whoever_has_the_old_crate_open_goes_on_reading_it(data: Path, brought: Brought) -> None:
    old = crates.current(data)
    assert old
    with closing(sqlite3.connect(f"{old.as_uri()}?mode=ro&immutable=1", uri=True)) as link:
        (before,) = link.execute("SELECT count(*) FROM release").fetchone()

        bring(Settings(data=data), brought.new, NEW, "videos")

        assert not old.exists()
        assert link.execute("SELECT count(*) FROM release").fetchone() == (before,)
        assert link.execute("PRAGMA integrity_check").fetchone() == ("ok",)
