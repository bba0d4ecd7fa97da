"""The doctor: says of a well house that it is well, and of each fault what to do."""

import json
import os
import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from core import clock, hardware
from core.settings import Settings, load
from database import backups, damage, house, schema, workers
from database.engine import Database
from database.inspection import has_wal_reset_bug
from webapp.checkup import database, folder, machine, service, setting
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
    monkeypatch.setenv("NEEDLEDROP_PORT", str(free_port()))
    return made


def free_port() -> int:
    """Return a port where nobody is."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


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


def test_so_does_the_key_of_tokens(data: Path) -> None:
    key = data / "token.key"
    key.write_text("key")
    key.chmod(0o640)

    assert statuses()["token key"] == "fail"


def test_what_another_user_left_there_fails(theirs: Path) -> None:
    theirs.chmod(0o777)
    (theirs / "run").mkdir()
    (theirs / "run" / "schema.lock").touch(0o600)
    (theirs / "run").chmod(0o755)

    with as_nobody():
        found = {check.name: check for check in folder.look(Settings(data=theirs))}["permissions"]

    if os.geteuid() == 0:
        assert (found.status, "run and 1 more" in found.detail) == ("fail", True)


def test_a_folder_that_others_can_read_is_warned_of(data: Path) -> None:
    data.chmod(0o755)

    assert statuses()["data folder"] == "warn"


def test_a_folder_that_others_only_pass_through_is_well_while_all_in_it_is_closed(
    data: Path,
) -> None:
    for path in data.iterdir():
        path.chmod(path.stat().st_mode & 0o770)
    data.chmod(0o711)  # as an installed house has it, whose pictures nginx sends

    assert statuses()["data folder"] == "ok"

    (data / "needledrop.sqlite3").chmod(0o644)
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
    none = Path("/none")

    assert machine.clock_check(None, none).status == "ok"
    assert machine.clock_check(clock.now() + clock.HOUR, none).status == "warn"


def test_a_clock_that_the_network_has_not_set_yet_is_warned_of(tmp_path: Path) -> None:
    assert machine.clock_check(None, tmp_path).status == "warn"

    (tmp_path / "synchronized").touch()

    assert machine.clock_check(None, tmp_path).status == "ok"


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


def test_a_package_of_another_machine_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ends_at_once.py").write_text("import os; os.kill(os.getpid(), 4)")
    (tmp_path / "of_another.py").write_text("raise ImportError('wrong ELF class')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    assert machine.packages().status == "ok"
    ended = machine.packages(("json", "ends_at_once"))
    wrong = machine.packages(("of_another", "not_there", "json"))
    spared = machine.packages(("json", "isal.not_there"))

    assert (ended.status, "SIGILL" in ended.detail) == ("fail", True)
    assert wrong.status == spared.status == "fail"
    assert wrong.detail == "wrong ELF class; No module named 'not_there'"


def test_the_memory_that_a_container_allows_counts(tmp_path: Path) -> None:
    for place, most, taken in (("", "max", 0), ("a", "300000000", 1), ("a/b", "200000000", 50)):
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / "memory.max").write_text(f"{most}\n")
        (tmp_path / place / "memory.current").write_text(f"{taken}000000\n")
    told = tmp_path / "told"
    told.write_text("0::/a/b\n")

    assert machine.allowed(tmp_path, told) == [150_000_000, 299_000_000]


@pytest.mark.parametrize(
    ("bits", "status", "said"),
    [
        (0, "ok", "as it should be"),
        (0x50005, "warn", "too little voltage, it is throttled"),
        (0x10000, "warn", "too little voltage (since the start, not now)"),
        (0x80000, "warn", "it is too warm (since the start, not now)"),
    ],
)
def test_a_pi_that_is_held_back_is_warned_of(bits: int, status: str, said: str) -> None:
    found = machine.power(bits)

    assert [check.status for check in found] == [status]
    assert said in found[0].detail
    assert machine.power(None) == []


def test_what_the_kernel_tells_of_warmth_is_read(tmp_path: Path) -> None:
    assert machine.warmth(tmp_path) == []
    for number, degrees in enumerate(("61200", "no number", "84100")):
        zone = tmp_path / "class" / "thermal" / f"thermal_zone{number}"
        zone.mkdir(parents=True)
        (zone / "temp").write_text(f"{degrees}\n")

    found = machine.warmth(tmp_path)

    assert [(check.status, check.detail) for check in found] == [("warn", "84 °C")]


def test_the_firmwares_bits_are_read(tmp_path: Path) -> None:
    assert hardware.throttling(tmp_path) is None
    place = tmp_path / "devices" / "platform" / "soc" / "soc:firmware"
    place.mkdir(parents=True)
    (place / "get_throttled").write_text("50005\n")

    bits = hardware.throttling(tmp_path)

    assert bits == 0x50005
    assert hardware.held_back(0x70001) == (
        ["too little voltage"],
        ["its frequency is capped", "it is throttled"],
    )


def test_its_own_program_is_asked_where_the_kernel_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "vcgencmd", "echo throttled=0x50005")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert {check.name: check.status for check in machine.look()}["power"] == "warn"


def script(file: Path, does: str) -> None:
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        ("active active active active", "ok", "4 installed, all active"),
        ("active inactive active active", "ok", "all active"),
        ("active failed active active", "fail", "needledrop-web.service is failed"),
        ("active active inactive active", "fail", "needledrop-worker.service is inactive"),
        ("", "fail", "needledrop-web.socket is unknown"),
    ],
)
def test_units_that_are_down_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, status: str, said: str
) -> None:
    assert service.units(tmp_path) == []
    for unit in ("web.socket", "web.service", "worker.service", "backup.timer"):
        (tmp_path / f"needledrop-{unit}").touch()
    script(tmp_path / "systemctl", f"printf '%s\\n' {told}; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    found = service.units(tmp_path)

    assert [(check.status, said in check.detail) for check in found] == [(status, True)]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, "none"),
        ({"spotify_client_id": "x"}, "warn"),
        ({"spotify_client_id": "x", "public_url": "http://pi.local"}, "warn"),
        ({"google_client_id": "x", "public_url": "https://pi.example"}, "ok"),
        ({"google_client_id": "x", "public_url": "https://pi.example/house"}, "warn"),
    ],
)
def test_where_a_provider_cannot_send_back_is_warned_of(said: dict[str, str], status: str) -> None:
    found = {check.name: check.status for check in setting.look(Settings.model_validate(said))}

    assert found.get("redirect", "none") == status


def test_a_port_past_the_proxy_is_warned_of() -> None:
    public = "https://films.example.org"

    found = [
        {check.name: check.status for check in setting.look(Settings(**said))}["proxy"]
        for said in ({}, {"public_url": public}, {"public_url": public, "host": "127.0.0.1"})
    ]

    assert found == ["ok", "warn", "ok"]


def backed_up(data: Path, at: int, *, before: str | None = None) -> None:
    place = backups.folder(data)
    place.mkdir(exist_ok=True)
    (place / backups.name(at, "1a2b3c4d", before=before)).write_bytes(b"a backup")


def test_a_backup_that_is_missing_or_old_is_warned_of(data: Path) -> None:
    seen = [statuses()["backup"]]
    for at, before in (
        (clock.now(), "0007"),
        (clock.now() - 3 * clock.DAY, None),
        (clock.now() - clock.HOUR, None),
    ):
        backed_up(data, at, before=before)
        seen.append(statuses()["backup"])

    assert seen == ["warn", "warn", "warn", "ok"]


def test_a_database_that_is_known_to_be_damaged_fails(data: Path) -> None:
    backed_up(data, clock.now())
    damage.note(data, ["row 7 missing from index"])

    found = {check.name: check for check in examine()}["damage"]

    assert found.status == "fail" and "./run restore needledrop-" in found.hint
