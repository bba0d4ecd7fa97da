"""Real worker processes on either database."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core import folders
from core.settings import Settings, load
from database import tasks
from database.engine import Database
from database.models import Task
from database.owner import HOUSE, Owner
from fakes.letterboxd import FakeLetterboxd
from tests import factories, hosts, nursery
from tests.worker.listening import Listening, begin

DEADLINE = 60.0
PROGRAM = "tests.worker.program"
Process = nursery.Process
StartWorker = Callable[..., Process]
Enqueue = Callable[..., int]
WaitFor = Callable[..., Task]


@pytest.fixture
def start_worker(db: Database, tmp_path: Path) -> Iterator[StartWorker]:
    """Start the real worker with the jobs of this folder; ended at the end of the test."""
    started: list[Process] = []
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NEEDLEDROP_")},
        "NEEDLEDROP_DATA": str(tmp_path),
    }
    if not db.is_sqlite:
        url = db.engine.url.render_as_string(hide_password=False)
        environment["NEEDLEDROP_DATABASE_URL"] = url.replace("+psycopg", "")
    if hosts.REDIS:
        environment["NEEDLEDROP_REDIS_URL"] = hosts.REDIS

    def start(*lanes: str, by_itself: bool = False, **settings: str) -> Process:
        told = [] if by_itself else ["--lanes", *(lanes or ("quick",))]
        known = {f"NEEDLEDROP_{name.upper()}": value for name, value in settings.items()}
        own, place = environment | known, hosts.next_worker()
        started.append(nursery.start(PROGRAM, *told, environment=own, before=place))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in started:
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def enqueue(db: Database) -> Enqueue:
    def put(action: str, *, lane: str = "quick", lock_key: str | None = None,
            timeout_seconds: int | None = None, **args: Any) -> int:  # fmt: skip
        with db.writing() as session:
            return tasks.enqueue(
                session, action, args, owner=HOUSE, lane=lane, lock_key=lock_key,
                timeout_seconds=timeout_seconds,
            ).id  # fmt: skip

    return put


@pytest.fixture
def wait_for(db: Database) -> WaitFor:
    """Return the task once it has one of these statuses."""

    def wait(task_id: int, *statuses: str, seconds: float = DEADLINE) -> Task:
        until = time.monotonic() + seconds
        while True:
            with db.reading() as session:
                task = session.get(Task, task_id)
            assert task
            if task.status in statuses:
                return task
            if time.monotonic() > until:
                pytest.fail(f"task {task_id} is {task.status}, not one of {statuses}")
            time.sleep(0.02)

    return wait


def result_of(db: Database, task_id: int) -> dict[str, Any]:
    with db.reading() as session:
        body = tasks.result(session, task_id)
    assert body is not None
    return body


def kinds_of(db: Database, task_id: int) -> list[str]:
    with db.reading() as session:
        return [kind for _, _, kind, _ in tasks.events(session, task_id)]


@pytest.fixture
def letterboxd() -> Iterator[FakeLetterboxd]:
    with FakeLetterboxd() as fake:
        yield fake


@pytest.fixture
def settings(
    tmp_path: Path, letterboxd: FakeLetterboxd, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Of a job without a worker: an empty folder of data, and Letterboxd the fake."""
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    monkeypatch.setenv("NEEDLEDROP_LETTERBOXD_URL", letterboxd.url)
    monkeypatch.setenv("NEEDLEDROP_LETTERBOXD_IMAGE_URL", letterboxd.url)
    made = load()
    folders.make(made)
    return made


@pytest.fixture
def alice(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "alice").id


@pytest.fixture
def run(db: Database, settings: Settings, alice: int) -> Listening:
    return begin(db, settings, Owner(alice))
