"""The doctor: says of a well house that it is well, and of each fault what to do."""

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from core import clock
from core.settings import Settings, load
from database import house, schema, workers
from database.engine import Database
from database.inspection import has_wal_reset_bug
from webapp.checkup import database, folder, machine, setting
from webapp.doctor import doctor, examine

_NOBODY = 65534


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data, with its database and nobody at work; the settings name it."""
    made = tmp_path / "data"
    (made / "run").mkdir(parents=True)
    made.chmod(0o700)
    db = Database(f"sqlite:///{made / 'needledrop.sqlite3'}", made / "run")
    schema.ensure(db)
    db.close()
    monkeypatch.setenv("NEEDLEDROP_DATA", str(made))
    return made


@pytest.fixture
def a_worker(data: Path) -> Iterator[None]:
    db = Database(load().database, data / "run")
    life = workers.Life(db)
    yield
    life.close()
    db.close()


def statuses() -> dict[str, str]:
    return {check.name: check.status for check in examine()}


@pytest.mark.usefixtures("a_worker")
def test_a_well_house_fails_in_nothing() -> None:
    answer = CliRunner().invoke(doctor, ["--json"])

    said = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert said["ok"] is True
    found = {check["name"]: check["status"] for check in said["checks"]}
    assert found["worker"] == found["database"] == found["content"] == found["pragmas"] == "ok"


@pytest.mark.usefixtures("data")
def test_without_a_worker_it_warns() -> None:
    assert statuses()["worker"] == "warn"


def test_what_is_not_there_yet_is_not_made(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(data / "new"))

    found = statuses()

    assert found["data folder"] == found["database"] == "warn"
    assert not (data / "new").exists()


@pytest.mark.parametrize("missing", ["file/data", "file/a/b/data"])
def test_what_cannot_be_made_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path / missing))

    answer = CliRunner().invoke(doctor)

    assert answer.exit_code == 1
    assert f"FAIL data folder   {tmp_path / missing} cannot be made" in answer.stdout


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder below which this user may do what its mode says."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        folder = Path(made) / "theirs"
        folder.mkdir()
        yield folder
        folder.chmod(0o700)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be a user who owns nothing, where we are one who may do everything."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize(
    ("mode", "said"), [(0o000, "cannot be reached"), (0o555, "cannot be made")]
)
def test_a_folder_where_one_may_not_go_fails(theirs: Path, mode: int, said: str) -> None:
    data = theirs / "data"
    theirs.chmod(mode)

    with as_nobody():
        found = folder.look(Settings(data=data))

    assert [check.status for check in found] == ["fail"]
    assert found[0].detail.startswith(f"{data} {said}")


def test_a_database_of_ones_own_is_not_made_either(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDLEDROP_DATABASE_URL", f"sqlite:///{data}/other.sqlite3")

    assert statuses()["database"] == "warn"
    assert not (data / "other.sqlite3").exists()

    monkeypatch.setenv("NEEDLEDROP_DATABASE_URL", f"sqlite:///{data}/none/other.sqlite3")
    assert statuses()["database"] == "fail"


def test_a_database_of_another_folder_fails(data: Path) -> None:
    db = Database(load().database, data / "run")
    house.settle(db, data)
    (data / "house").write_text("another")

    found = {check.name: check for check in examine()}["house id"]

    db.close()
    assert found.status == "fail" and "share" in found.detail


def test_a_file_in_place_of_the_folder_fails(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "file").touch()
    monkeypatch.setenv("NEEDLEDROP_DATA", str(data / "file"))

    answer = CliRunner().invoke(doctor)

    assert answer.exit_code == 1
    assert "FAIL data folder" in answer.stdout
    assert "Set NEEDLEDROP_DATA to a folder." in answer.stdout


def test_a_key_that_others_can_read_fails(data: Path) -> None:
    key = data / "secret_key"
    key.write_text("key")
    key.chmod(0o644)
    assert statuses()["secret key"] == "fail"

    key.chmod(0o600)
    assert statuses()["secret key"] == "ok"


def test_a_folder_that_others_can_read_is_warned_of(data: Path) -> None:
    data.chmod(0o755)

    assert statuses()["data folder"] == "warn"


def test_damage_is_found(data: Path) -> None:
    with closing(sqlite3.connect(data / "needledrop.sqlite3")) as connection, connection:
        connection.execute("INSERT INTO results VALUES (99, 1, '{}', 1)")

    found = {check.name: check for check in database.look(load())[0]}

    assert found["content"].status == "fail"
    assert "points to nothing in tasks" in found["content"].detail


def test_what_is_no_database_fails_with_a_sentence(data: Path) -> None:
    (data / "needledrop.sqlite3").write_bytes(b"no database at all" * 1000)

    checks, newest = database.look(load())

    assert [check.status for check in checks] == ["fail"]
    assert checks[0].detail == "file is not a database"
    assert newest is None


def test_a_newer_database_fails(data: Path) -> None:
    with closing(sqlite3.connect(data / "needledrop.sqlite3")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert "newer than this program" in database.look(load())[0][0].detail


def test_a_wrong_setting_is_all_it_says_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEDROP_PROT", "80")

    answer = CliRunner().invoke(doctor)

    assert answer.exit_code == 1
    assert "did you mean NEEDLEDROP_PORT?" in answer.stdout
    assert "Traceback" not in answer.output


@pytest.mark.usefixtures("data")
def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEDROP_TMDB_TOKEN", "hush-1")
    monkeypatch.setenv("NEEDLEDROP_SECRET_KEY", "hush-2" * 6)
    monkeypatch.setenv("NEEDLEDROP_REDIS_URL", "redis://:hush-3@127.0.0.1:1/0")

    said = CliRunner().invoke(doctor).output

    assert "hush" not in said
    assert "redis://…@127.0.0.1:1/0" in said


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://db.local/house?user=maya&password=hunter2", "postgresql://db.local/house?…"),
        ("postgresql://maya:hunter2@db.local/house", "postgresql://…@db.local/house"),
        ("postgresql:///house?host=/run/pg&password=hunter2", "postgresql:///house?…"),
        ("postgresql://maya@db.local/house?password=x@hunter2", "postgresql://…"),
        ("postgresql://maya:hunter2?@db.local/house", "postgresql://…"),
        ("postgresql://maya:hunter2/@db.local/house", "postgresql://…"),
    ],
)
def test_a_password_in_an_address_is_not_shown_wherever_it_stands(address: str, shown: str) -> None:
    found = {check.name: check.detail for check in setting.look(Settings(database_url=address))}

    assert found["settings"] == f"NEEDLEDROP_DATABASE_URL={shown}"
    assert "hunter2" not in str(found)


def test_a_redis_is_asked_whether_it_answers(redis_url: str, dead_redis_url: str) -> None:
    found = {
        address: {check.name: check for check in setting.look(Settings(redis_url=address))}["Redis"]
        for address in (redis_url, dead_redis_url)
    }

    assert [check.status for check in found.values()] == ["ok", "warn"]
    assert "\n" not in found[dead_redis_url].detail


def test_a_clock_behind_what_has_happened_is_warned_of() -> None:
    assert machine.clock_check(None).status == "ok"
    assert machine.clock_check(clock.now() + clock.HOUR).status == "warn"


@pytest.mark.parametrize(
    ("public_url", "host", "status"),
    [
        ("", "0.0.0.0", "warn"),  # noqa: S104 - what is tested
        ("", "127.0.0.1", "ok"),
        ("http://films.local", "0.0.0.0", "warn"),  # noqa: S104
        ("https://films.local", "0.0.0.0", "ok"),  # noqa: S104
    ],
)
def test_plain_http_is_warned_of(public_url: str, host: str, status: str) -> None:
    found = setting.look(Settings(public_url=public_url, host=host))

    assert {check.name: check.status for check in found}["address"] == status


@pytest.mark.parametrize(
    ("version", "has_bug"),
    [
        ((3, 6, 0), False),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_which_sqlite_has_the_fault(version: tuple[int, int, int], has_bug: bool) -> None:
    assert has_wal_reset_bug(version) is has_bug


def test_a_postgresql_is_looked_at_as_well(
    postgres_url: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDLEDROP_DATABASE_URL", postgres_url)

    found = {check.name: check for check in database.look(load())[0]}

    assert data.exists()
    assert found["PostgreSQL"].status == found["database"].status == "ok"
