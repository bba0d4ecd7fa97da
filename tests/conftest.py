"""What every test may ask for: both databases, samples, a program of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from core.settings import ROOT
from database import schema
from database.engine import Database

# The same examples each time, and no limit in time: what fails here fails everywhere.
# To look for new ones: HYPOTHESIS_PROFILE=default.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
if "HYPOTHESIS_PROFILE" not in os.environ:
    hypothesis.settings.load_profile("steady")

ALL = os.environ.get("NEEDLEDROP_TEST_ALL") == "1"


def missing(what: str) -> None:
    """Skip a test for want of a program; where everything must be there, fail it."""
    if ALL:
        pytest.fail(f"{what} is missing, and NEEDLEDROP_TEST_ALL says that it must be there")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real exports and recorded answers that are not part of the project."""
    folder = Path(os.environ.get("NEEDLEDROP_TEST_SAMPLES", ROOT.parent / "shared" / "samples"))
    if not folder.is_dir():
        # Also where everything must be there: a clone has what can be installed, and not these.
        pytest.skip(f"the samples are no part of the repository, and {folder} is not there")
    return folder


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of its own: a temporary folder, a socket file, no port."""
    programs = _postgres_programs()
    if programs is None:
        missing("PostgreSQL")
        return
    folder = Path(tempfile.mkdtemp(prefix="nd-pg-"))
    as_user: dict[str, str] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = {"user": "postgres"}
    data = folder / "data"

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", data, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **as_user,  # type: ignore[call-overload]
        )

    call("initdb", "--auth=trust", "--username=postgres", "--no-sync")
    # Without fsync: a server that is killed loses nothing by that, only a machine would.
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=60"
        " -c fsync=off -c full_page_writes=off"
    )
    call("pg_ctl", "start", "--wait", "--silent", "-l", str(folder / "log"), "-o", options)
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        call("pg_ctl", "stop", "--mode=immediate", "--silent")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database, made once; each test that gets it finds its tables empty."""
    url = postgres_server.replace("/postgres?", "/needledrop?")
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE needledrop"))
    server.dispose()
    db = Database(url, tmp_path_factory.mktemp("run"))
    schema.ensure(db)
    db.close()
    return url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis of its own on loopback, that keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        missing("Redis")
        return
    with tempfile.TemporaryDirectory(prefix="nd-redis-") as folder:
        port = _free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as started:
            try:
                _wait_for_port(port)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                started.terminate()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """That Redis, empty."""
    from redis import Redis

    with Redis.from_url(redis_server) as link:
        link.flushdb()
    return redis_server


@pytest.fixture
def dead_redis_url() -> str:
    return f"redis://127.0.0.1:{_free_port()}/0"


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _wait_for_port(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.02)
        else:
            return


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'needledrop.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def db(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """An empty database with its tables."""
    running = tmp_path / "run"
    running.mkdir(exist_ok=True)
    made = Database(database_url, running)
    if made.is_sqlite:
        schema.ensure(made)
    else:
        _empty(made)
    yield made
    made.close()
    remove_progress(made)


_EMPTY = """
    DO $$
    DECLARE
        name text;
        is_used boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT tablename FROM pg_tables
                     WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %%I)', name) INTO is_used;
            IF is_used THEN
                EXECUTE format('DELETE FROM %%I', name);
            END IF;
        END LOOP;
        PERFORM setval(format('%%I', sequencename)::regclass, 1, false)
           FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    END $$
"""


def _empty(db: Database) -> None:
    """Delete every row, without asking what hangs on it, and number anew.

    TRUNCATE makes files anew for each of a hundred tables and their indexes: a fifth of a second.
    """
    with db.engine.begin() as connection:
        connection.exec_driver_sql(_EMPTY)


def remove_progress(db: Database) -> None:
    """Remove what a database of a test left in the memory file system."""
    file = db.progress.file
    if file is not None and file.parent.name.startswith("needledrop-"):
        shutil.rmtree(file.parent, ignore_errors=True)


@pytest.fixture
def session(db: Database) -> Iterator[Session]:
    """One open write transaction, rolled back at the end."""
    with db.writing() as made:
        yield made
