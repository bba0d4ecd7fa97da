"""The import of a dump: its process ends with the worker, and the crate in use outlives it."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.errors import BadFile, NoRoom, RemoteError
from core.settings import Settings
from database import crate_postgres, crate_postgres_loader, crates, house, tasks
from database.crate_postgres import NotGranted
from database.crate_postgres_tables import quoted
from database.engine import Database
from database.models import CrateImport, Task
from database.owner import HOUSE
from fakes import dumps
from tests.conftest import remove_progress
from tests.worker.conftest import Enqueue, StartWorker, WaitFor, result_of
from tests.worker.listening import Listening, begin
from worker_jobs.discogs_import import job
from worker_jobs.discogs_import.job import Ended, import_crate
from worker_jobs.discogs_import.making import Progress
from worker_jobs.reconciling import reconcile
from worker_jobs.run import Cancelled

ONE = "tHo8-qLdx9A"
Bring = Callable[..., dict[str, Any]]


@pytest.fixture
def bring(settings: Settings) -> Bring:
    """Put a dump into the folder of data; return the arguments of its import."""
    settings.dumps.mkdir(exist_ok=True)

    def put(
        count: int, version: str = "20261001", *, title: str = "T", **said: Any
    ) -> dict[str, Any]:
        records = (dumps.plain(at, f"{title} {at}", ONE) for at in range(1, count + 1))
        path = settings.dumps / f"discogs_{version}_releases.xml.gz"
        path.write_bytes(dumps.packed(dumps.dump(records)))
        names = {"releases": f"dumps/{path.name}"}
        return {"dumps": names, "version": version, "scope": "videos", **said}

    return put


def new_run(db: Database, settings: Settings) -> Listening:
    made = begin(db, settings, HOUSE)
    with db.writing() as session:
        tasks.ask_cancel(session, made.task.public_id, HOUSE)
    return made


def do(db: Database, settings: Settings, args: dict[str, Any]) -> dict[str, Any]:
    run = new_run(db, settings)
    result = import_crate(args, run)
    run.finish()
    return result


def titles(db: Database, settings: Settings) -> list[str]:
    """Return those of the crate that serves."""
    if not db.is_sqlite:
        name = crate_postgres.current(db)
        assert name is not None
        query = f"SELECT title FROM {quoted(name)}.release ORDER BY id"
        with db.reading() as session:
            return list(session.connection().exec_driver_sql(query).scalars())
    path = crates.current(settings.data)
    assert path is not None
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as link:
        return [row[0] for row in link.execute("SELECT title FROM release ORDER BY id")]


def imports(db: Database) -> list[CrateImport]:
    with db.reading() as session:
        return list(session.scalars(select(CrateImport).order_by(CrateImport.id)))


def is_alone(db: Database, settings: Settings, name: str) -> bool:
    """Say whether nothing is there of any crate but the one that serves."""
    path = crates.folder(settings.data)
    files = sorted(file.name for file in path.iterdir()) if path.exists() else []
    if db.is_sqlite:
        return files == [f"{name}.crate"]
    query = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^crate'"
    with db.reading() as session:
        found = list(session.connection().exec_driver_sql(query).scalars())
    return not files and found == [crate_postgres.current(db)]


def begun(db: Database, settings: Settings) -> list[Any]:
    if db.is_sqlite:
        return list(crates.unfinished(settings.data))
    return list(crate_postgres.unfinished(db))


def test_a_dump_becomes_the_crate_and_the_next_takes_its_place(
    db: Database, settings: Settings, bring: Bring
) -> None:
    result = do(db, settings, bring(10))

    assert result["counts"] == {"records": 10, "releases": 10, "videos": 10, "aside": 0}
    assert titles(db, settings)[0] == "T 1"

    do(db, settings, bring(11, "20261101", title="U"))

    assert len(titles(db, settings)) == 11 and titles(db, settings)[0] == "U 1"
    assert is_alone(db, settings, "20261101-videos")
    first, second = imports(db)
    assert (first.name, second.name) == ("20261001-videos", "20261101-videos")
    assert second.counts == {"records": 11, "releases": 11, "videos": 11, "aside": 0}
    assert second.finished_at is not None and second.problems == []


def test_a_damaged_dump_leaves_the_crate_and_says_why(
    db: Database, settings: Settings, bring: Bring
) -> None:
    do(db, settings, bring(10))
    args = bring(20, "20261101")
    path = settings.data / args["dumps"]["releases"]
    path.write_bytes(dumps.flipped(path.read_bytes()))

    with pytest.raises(BadFile, match="damaged"):
        do(db, settings, args)

    assert len(titles(db, settings)) == 10 and is_alone(db, settings, "20261001-videos")
    failed = imports(db)[-1]
    assert failed.name is None and failed.finished_at is not None
    assert failed.problems is not None and "damaged" in failed.problems[0]["reason"]


def test_a_file_that_is_gone_is_told(db: Database, settings: Settings, bring: Bring) -> None:
    args = bring(3)
    (settings.data / args["dumps"]["releases"]).unlink()

    with pytest.raises(BadFile, match="not there any more"):
        do(db, settings, args)


def test_a_dump_that_has_shrunk_takes_its_place_if_somebody_wants_it(
    db: Database, settings: Settings, bring: Bring
) -> None:
    do(db, settings, bring(100))
    less = bring(80, "20261101")

    with pytest.raises(BadFile, match="80 releases"):
        do(db, settings, less)
    do(db, settings, less | {"anyway": True})

    assert len(titles(db, settings)) == 80


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_room_nothing_begins(
    db: Database, settings: Settings, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "room_for_crate", lambda _size, _scope: 1 << 60)

    with pytest.raises(NoRoom):
        do(db, settings, bring(3))

    assert not imports(db)


def test_a_cancelled_import_leaves_nothing(db: Database, settings: Settings, bring: Bring) -> None:
    do(db, settings, bring(5))
    run = new_run(db, settings)
    run.cancel_at = 2

    with pytest.raises(Cancelled):
        import_crate(bring(50, "20261101"), run)

    assert is_alone(db, settings, "20261001-videos") and len(titles(db, settings)) == 5


def test_a_process_that_dies_is_an_error_that_passes(
    db: Database, settings: Settings, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")

    with pytest.raises(Ended) as caught:
        do(db, settings, bring(5))

    assert caught.value.retry_after


class CuttingOff(Listening):
    """Ends every connection of a process that makes a crate, as a server that restarts does."""

    def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
        super().report(msg, done, of)
        with self.db.transaction() as link:
            link.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE starts_with(application_name, 'crate_new_')"
            )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_goes_away_is_an_error_that_passes(
    db: Database, settings: Settings, bring: Bring
) -> None:
    do(db, settings, bring(5))
    run = CuttingOff(db, settings, new_run(db, settings).task)

    with pytest.raises(RemoteError) as caught:
        import_crate(bring(5_000, "20261101", title="word " * 60), run)

    assert caught.value.retry_after
    assert is_alone(db, settings, "20261001-videos") and len(titles(db, settings)) == 5


@pytest.mark.parametrize(("of", "unit"), [(999_999, ""), (1_000_000, "; in MB")])
def test_what_is_less_than_a_megabyte_is_not_told_in_megabytes(of: int, unit: str) -> None:
    assert job._worded(Progress("Reading", 3_000, 0, of, None)) == f"Reading: 3,000 so far{unit}"


@pytest.fixture
def housekeeper(db: Database) -> Iterator[Database]:
    """The same database, for a user who may read and write it and make nothing in it."""
    with db.transaction() as link:
        link.exec_driver_sql("CREATE ROLE housekeeper LOGIN")
        link.exec_driver_sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO housekeeper")
    url = db.engine.url.set(username="housekeeper")
    theirs = Database(url.render_as_string(hide_password=False), db.running)
    yield theirs
    theirs.close()
    remove_progress(theirs)
    with db.transaction() as link:
        link.exec_driver_sql("DROP OWNED BY housekeeper")
        link.exec_driver_sql("DROP ROLE housekeeper")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_user_who_may_not_make_a_crate_is_told_what_is_missing(
    db: Database, housekeeper: Database, settings: Settings, bring: Bring
) -> None:
    run = Listening(housekeeper, settings, new_run(db, settings).task)

    grant = f'GRANT CREATE ON DATABASE "{db.engine.url.database}" TO "housekeeper"'
    with pytest.raises(NotGranted, match=grant):
        import_crate(bring(5), run)

    assert not imports(db)


def leave_behind(db: Database, settings: Settings, public_id: str, attempt: int) -> None:
    """Begin a crate as an attempt of a task does, and get no further."""
    if db.is_sqlite:
        crates.new_path(settings.data, public_id, attempt).write_bytes(b"half")
    else:
        name = crate_postgres.new_name(public_id, attempt)
        crate_postgres_loader.Loader(crate_postgres.line_of(db), name)._link.close()


def test_what_a_kill_left_behind_is_swept(db: Database, settings: Settings, bring: Bring) -> None:
    do(db, settings, bring(5))
    leave_behind(db, settings, "gone", 1)
    house.settle(db, settings.data)

    assert reconcile(db, settings) == 1

    assert is_alone(db, settings, "20261001-videos")


def test_what_a_living_attempt_makes_is_let_alone(db: Database, settings: Settings) -> None:
    crates.folder(settings.data).mkdir()
    run = begin(db, settings)
    with db.writing() as session:
        session.execute(
            update(Task).values(status="PROGRESSING", attempt=2, worker_id=1, claimed_at=1)
        )
    for attempt in (1, 2):
        leave_behind(db, settings, run.task.public_id, attempt)
    house.settle(db, settings.data)

    assert reconcile(db, settings) == 1

    (left,) = begun(db, settings)
    assert str(left).removesuffix(crates.NEW).endswith("2")


def test_a_worker_that_is_killed_takes_its_process_along_and_begins_anew(
    db: Database,
    settings: Settings,
    bring: Bring,
    start_worker: StartWorker,
    enqueue: Enqueue,
    wait_for: WaitFor,
) -> None:
    do(db, settings, bring(5))
    args = bring(5_000, "20261101", title="word " * 60)
    worker = start_worker("long")
    task_id = enqueue("import_crate", lane="long", **args)
    until(lambda: begun(db, settings))
    makers = children_of(worker.pid)

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    assert makers
    until(lambda: not any(is_there(pid) for pid in makers))
    assert len(titles(db, settings)) == 5
    start_worker("long")
    wait_for(task_id, "COMPLETE", seconds=120)
    assert result_of(db, task_id)["counts"]["releases"] == 5_000
    assert is_alone(db, settings, "20261101-videos")


def until(holds: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def children_of(pid: int) -> list[int]:
    """Return the processes that make a crate, of those that a worker has started."""
    found, families = [], {pid}
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda one: int(one.name)):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if parent in families:
            families.add(int(process.name))
            if b"discogs_import.process" in words:
                found.append(int(process.name))
    return found


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0]
    return state != "Z"
