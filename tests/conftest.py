"""What every test may ask for: both databases, samples, a program of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from core.settings import ROOT
from database import engine as database_engine
from database import schema
from database.engine import Database
from tests import hosts, npm, oidc_server, s3_server
from tests.oidc_server import OidcServer
from tests.s3_server import S3Server

# The same examples each time, and no limit in time: what fails here fails everywhere.
# To look for new ones: HYPOTHESIS_PROFILE=default.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
if "HYPOTHESIS_PROFILE" not in os.environ:
    hypothesis.settings.load_profile("steady")

ALL = os.environ.get("NEEDLEDROP_TEST_ALL") == "1"
# ./run faults says so: as many kills and power cuts as the drills are meant to have.
FULL = os.environ.get("NEEDLEDROP_TEST_FULL") == "1"


_FIRST_ENGINES: dict[str, Engine] = {}


def _engine_that_knows(url: Any, **options: Any) -> Engine:
    """Make an engine that shares its statements with all others of this process.

    Each test has a database of its own, and compiling costs as much as asking.
    """
    made = create_engine(url, **options)
    first = _FIRST_ENGINES.setdefault(made.dialect.name, made)
    made.dialect, made._compiled_cache = first.dialect, first._compiled_cache
    return made


vars(database_engine)["create_engine"] = _engine_that_knows


# What takes long, in seconds, about: nothing but the order hangs on it.
_SECONDS = {
    "tests/basement/test_boot.py": 420,
    "tests/browser": 300,
    "tests/faults/test_scale_out.py": 150,
    "tests/house/test_run.py": 110,
    "tests/faults/test_hostile.py": 80,
    "tests/house/test_demo.py": 60,
    "tests/faults/test_redis.py": 65,
    "tests/faults/test_play_imports.py": 60,
    "tests/faults/test_kills.py": 60,
    "tests/web/test_every_answer.py": 42,
    "tests/faults/test_crates_postgres.py": 40,
    "tests/faults/test_disk_full.py": 35,
    "tests/faults/test_read_only.py": 30,
    "tests/worker/test_mosaic_job.py": 30,
}
_SECONDS_EACH = 5  # a slow test of any other module


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long, or whoever gets them last works on alone.

    The tests are dealt out in as many equal blocks as there are processes; who is done takes from
    the ends of the others' blocks. What a module shares is made once: it stays together.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes == 1:
        return
    long = {_shares_with(item) for item in items if item.get_closest_marker("slow")}
    modules: dict[str, list[pytest.Item]] = {}
    rest = list[pytest.Item]()
    for item in items:
        whole = _shares_with(item)
        (modules.setdefault(whole, []) if whole in long else rest).append(item)
    # The longest first, each to whoever is done first.
    first: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for module in sorted(modules.values(), key=_how_long, reverse=True):
        min(first, key=_how_long).extend(module)
    left, dealt, others = len(items), list[pytest.Item](), iter(rest)
    for number, block in enumerate(first):
        size = left // (processes - number)
        left -= size
        dealt += [*block, *islice(others, max(0, size - len(block)))]
    items[:] = dealt


def _shares_with(item: pytest.Item) -> str:
    """Return the module that a test is of; all that share Chromium are as one."""
    module = item.nodeid.partition("::")[0]
    return "tests/browser" if module.startswith("tests/browser/") else module


def _how_long(block: list[pytest.Item]) -> int:
    """Return about how many seconds all of it takes."""
    slow = Counter(_shares_with(item) for item in block if item.get_closest_marker("slow"))
    return sum(_SECONDS.get(module, _SECONDS_EACH * count) for module, count in slow.items())


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
    """A PostgreSQL of its own: a temporary folder, a socket file, no port. Or one that is given."""
    if hosts.POSTGRESQL:
        yield hosts.POSTGRESQL
        return
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
def postgres_url(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database, made once; each test that gets it finds its tables empty."""
    # Of a name that no house has: where the server is a given one, nothing else of it is touched.
    named = make_url(postgres_server).set(database="needledrop_test")
    url = named.render_as_string(hide_password=False)
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        # On a given server one may be left of a run that was killed.
        connection.execute(text("DROP DATABASE IF EXISTS needledrop_test WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE needledrop_test"))
    db = Database(url, tmp_path_factory.mktemp("run"))
    schema.ensure(db)
    db.close()
    yield url
    _emptier(db.engine.url).dispose()
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE needledrop_test WITH (FORCE)"))
    server.dispose()


_PORTS_TRIED = 5


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis of its own on loopback, that keeps nothing. Or one that is given."""
    if hosts.REDIS:
        yield hosts.REDIS
        return
    program = shutil.which("redis-server")
    if program is None:
        missing("Redis")
        return
    with tempfile.TemporaryDirectory(prefix="nd-redis-") as folder:
        for _ in range(_PORTS_TRIED):
            port = _free_port()
            options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
            with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as started:
                try:
                    _wait_for_port(port)
                    # Else somebody else was faster, and it is theirs that answers.
                    if _is_that_redis(port, started.pid):
                        yield f"redis://127.0.0.1:{port}/0"
                        return
                finally:
                    started.terminate()
        pytest.fail("Redis finds no free port")


def _is_that_redis(port: int, pid: int) -> bool:
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with Redis(port=port, socket_timeout=5) as link:
            return bool(link.info("server")["process_id"] == pid)
    except RedisError:
        return False


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


@pytest.fixture(scope="session")
def oidc() -> Iterator[OidcServer]:
    """An OAuth server that others wrote, with the doors of Spotify and of Google."""
    try:
        with oidc_server.running(ROOT / ".pytest_cache" / "oidc") as server:
            yield server
    except npm.Missing as error:
        missing(str(error))


@pytest.fixture(scope="session")
def s3_server_that_stays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    try:
        folder = tmp_path_factory.mktemp("s3")
        with s3_server.running(ROOT / ".pytest_cache" / "s3", folder) as server:
            yield server
    except npm.Missing as error:
        missing(str(error))


@pytest.fixture
def s3(s3_server_that_stays: S3Server) -> S3Server:
    """A store that others wrote, with empty buckets for a house and another."""
    s3_server_that_stays.begin_anew()
    return s3_server_that_stays


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _wait_for_port(port: int) -> None:
    until = time.monotonic() + 90
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


@pytest.fixture(scope="session")
def new_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as the program makes it at its first start; a copy costs a tenth of making one."""
    folder = tmp_path_factory.mktemp("new")
    db = Database(f"sqlite:///{folder / 'needledrop.sqlite3'}", folder)
    schema.ensure(db)
    db.close()
    remove_progress(db)
    assert not list(folder.glob("*-wal")), "not all of it is in the file"
    return folder / "needledrop.sqlite3"


@pytest.fixture
def db(database_url: str, tmp_path: Path, new_sqlite: Path) -> Iterator[Database]:
    """An empty database with its tables."""
    running = tmp_path / "run"
    running.mkdir(exist_ok=True)
    made = Database(database_url, running)
    if made.is_sqlite:
        shutil.copy(new_sqlite, str(made.engine.url.database))
    else:
        _empty(made)
    yield made
    made.close()
    remove_progress(made)


# A function for the time of one connection, which remembers how each statement is done; the
# crates' schemas come and go.
_EMPTYING = """
    SET session_replication_role = replica;
    DO $do$
    BEGIN
        EXECUTE format('CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS %L', (
            SELECT 'DECLARE name text; BEGIN '
                || string_agg(format(
                       'IF EXISTS (SELECT 1 FROM %1$I) THEN DELETE FROM %1$I; END IF; ', tablename
                   ), '')
                || $$
                       FOR name IN SELECT nspname FROM pg_namespace WHERE nspname ~ '^crate_' LOOP
                           EXECUTE format('DROP SCHEMA %I CASCADE', name);
                       END LOOP;
                       PERFORM setval(format('%I', sequencename)::regclass, 1, false)
                          FROM pg_sequences
                         WHERE schemaname = 'public' AND last_value IS NOT NULL;
                   END $$
              FROM pg_tables
             WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        ));
    END $do$
"""


@cache
def _emptier(url: URL) -> Engine:
    """Return what empties this database again and again, on one connection."""
    made = create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True)

    @event.listens_for(made, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(_EMPTYING)
        connection.commit()

    return made


def _empty(db: Database) -> None:
    """Delete every row, without asking what hangs on it, and number anew.

    TRUNCATE makes files anew for each of a hundred tables and their indexes: a fifth of a second.
    """
    with _emptier(db.engine.url).begin() as connection:
        connection.exec_driver_sql("SELECT pg_temp.empty()")


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
