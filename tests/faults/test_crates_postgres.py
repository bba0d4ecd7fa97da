"""As test_crates.py, where the crate is in PostgreSQL: one whole crate serves, whatever befalls."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bench import dumps
from core import folders
from core.errors import BadFile, NoRoom
from core.settings import Settings
from database import crate_postgres, schema
from database import house as houses
from database.engine import Database
from fakes.dumps import cut, flipped
from tests import nursery
from tests.conftest import FULL, missing, remove_progress
from tests.crate_content import Rows, rows_of_schema
from tests.faults.house import House, wait
from tests.faults.importing import bring
from tests.faults.postgres import Server
from worker_jobs.reconciling import reconcile

POINTS = 12 if FULL else 4
OLD, NEW = "20260901", "20261001"
RELEASES = 400
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^crate' ORDER BY nspname"


class Brought(NamedTuple):
    """A server with one house; what is in the two dumps, and how long an import takes."""

    server: Server
    settings: Settings
    old: Path
    new: Path
    old_content: Rows
    new_content: Rows
    seconds: float


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brought]:
    folder = tmp_path_factory.mktemp("brought")
    old, new = folder / "old.xml.gz", folder / "new.xml.gz"
    dumps.write(old, RELEASES, seed=1, quirks=40, with_video=0.6)
    dumps.write(new, RELEASES + 10, seed=2, quirks=40, with_video=0.6)
    server = Server()
    server.start()
    settings = Settings(data=folder / "data", database_url=server.url)
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    houses.settle(db, settings.data)
    bring(settings, new, NEW, "videos")
    new_content, begun = served(db), time.monotonic()
    bring(settings, old, OLD, "videos")
    yield Brought(
        server, settings, old, new, served(db), new_content, time.monotonic() - begun
    )  # fmt: skip
    db.close()
    remove_progress(db)
    server.remove()


@pytest.fixture
def db(brought: Brought) -> Iterator[Database]:
    """The house, whose crate is of the old dump."""
    made = Database(brought.settings.database, brought.settings.running)
    yield made
    reconcile(made, brought.settings)
    if served(made) != brought.old_content:
        bring(brought.settings, brought.old, OLD, "videos")
    made.close()


def served(db: Database) -> Rows:
    """Return what the crate holds that serves."""
    serves = crate_postgres.current(db)
    assert serves is not None, "there is no crate any more"
    return rows_of_schema(db, serves)


def names(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.connection().exec_driver_sql(_SCHEMAS).scalars())


def importing(brought: Brought, log: Path, attempt: int) -> nursery.Process:
    """Start an import of the new dump in a session of its own."""
    own = {name: said for name, said in os.environ.items() if name[:11] != "NEEDLEDROP_"}
    url = brought.server.url.replace("+psycopg", "")
    house = {"NEEDLEDROP_DATA": str(brought.settings.data), "NEEDLEDROP_DATABASE_URL": url}
    return nursery.start(
        "tests.faults.importing",
        *(brought.new, NEW, "videos", attempt),
        environment={**own, **house},
        log=log,
        in_session=True,
    )


@pytest.mark.slow
def test_killed_at_any_moment_the_crate_stays_whole_and_the_next_import_comes(
    db: Database, brought: Brought, tmp_path: Path
) -> None:
    chance, kept = random.Random(7), 0
    for point in range(POINTS):
        process = importing(brought, tmp_path / "log", point + 1)
        if point == 0:
            # However fast the machine has become since it was timed, one is killed half way.
            wait(lambda: bool(crate_postgres.unfinished(db)), 60, "a crate to be begun")
        else:
            time.sleep(chance.uniform(0.1, 1.0) * brought.seconds)
        # The job alone, or the process that it has started with it.
        (os.kill if point % 2 else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()

        there = served(db)
        kept += there == brought.old_content
        assert there in (brought.old_content, brought.new_content)
    assert kept, "none was killed in time"
    assert importing(brought, tmp_path / "log", POINTS + 1).wait() == 0
    assert served(db) == brought.new_content

    reconcile(db, brought.settings)

    assert names(db) == [crate_postgres.current(db)]


@pytest.mark.slow
def test_an_import_whose_worker_is_killed_begins_anew_and_leaves_nothing_behind(
    db: Database, brought: Brought, tmp_path: Path
) -> None:
    house = House(db, brought.settings.data, tmp_path / "worker.log")
    try:
        dumped = {"releases": str(brought.new)}
        task_id = house.enqueue("import_crate", dumps=dumped, version=NEW, scope="videos")
        worker = house.start()
        wait(lambda: bool(crate_postgres.unfinished(db)), 60, "a crate to be begun")
        worker.kill()
        worker.wait()
        assert served(db) == brought.old_content

        house.start()

        assert house.wait_for(task_id, "COMPLETE", seconds=120).attempt == 2
        assert served(db) == brought.new_content
        wait(lambda: len(names(db)) == 1, 60, "what was begun to be swept")
    finally:
        house.stop()


@pytest.mark.slow
def test_a_server_that_crashes_has_a_whole_crate_when_it_is_back(
    db: Database, brought: Brought, tmp_path: Path
) -> None:
    process = importing(brought, tmp_path / "log", 1)
    wait(lambda: bool(crate_postgres.unfinished(db)), 60, "a crate to be begun")
    brought.server.stop("immediate")
    assert process.wait() != 0
    brought.server.start()
    db.engine.dispose()
    assert served(db) == brought.old_content

    assert importing(brought, tmp_path / "log", 2).wait() == 0
    # Whatever of it has not reached the log of the server by now is lost.
    brought.server.stop("immediate")
    brought.server.start()
    db.engine.dispose()

    assert served(db) == brought.new_content


@pytest.mark.parametrize("damaged", [cut, flipped, lambda _: b""])
def test_a_damaged_file_changes_nothing(
    db: Database, brought: Brought, tmp_path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    dump = tmp_path / "dump.xml.gz"
    dump.write_bytes(damaged(brought.new.read_bytes()))

    with pytest.raises(BadFile):
        bring(brought.settings, dump, NEW, "videos")

    assert served(db) == brought.old_content
    assert names(db) == [crate_postgres.current(db)]


@pytest.fixture
def small_disk(db: Database) -> Iterator[None]:
    """Has whatever is made anew in PostgreSQL lie on a disk of 2 MB."""
    folder = Path(tempfile.mkdtemp(prefix="nd-small-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (subprocess.CalledProcessError, FileNotFoundError):
        missing("The right to mount a small file system")
    shutil.chown(folder, "postgres", "postgres")
    every = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    with every.connect() as link:
        link.exec_driver_sql(f"CREATE TABLESPACE small LOCATION '{folder}'")
        link.exec_driver_sql("ALTER DATABASE postgres SET default_tablespace = small")
    yield
    with every.connect() as link:
        link.exec_driver_sql("ALTER DATABASE postgres RESET default_tablespace")
        link.exec_driver_sql("DROP TABLESPACE small")
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_is_said_and_the_crate_stays(
    db: Database, brought: Brought, tmp_path: Path
) -> None:
    large = tmp_path / "large.xml.gz"
    dumps.write(large, 3_000, seed=3, with_video=0.6)

    with pytest.raises(NoRoom, match="The disk is full"):
        bring(brought.settings, large, NEW, "all")

    assert served(db) == brought.old_content
    assert names(db) == [crate_postgres.current(db)]
