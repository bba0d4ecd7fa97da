"""The installer in a Debian that really boots: a new user's journey, kills, updates, walls.

A container of systemd-nspawn, made by mmdebstrap; container/walk.py walks in it and writes down
what it finds. It takes two minutes, and root.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from fakes.diary import diary
from fakes.export import export
from tests.conftest import missing

pytestmark = pytest.mark.slow

# Whose Python is the one that these packages are for.
_SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}
_PACKAGES = (
    "systemd,systemd-sysv,dbus,procps,nginx,python3,python3-venv,openssl,ca-certificates,util-linux"
)
_BRINGS = [
    "run", "server.py", "worker.py", "supervisor.py", "schema.sql", "requirements.txt",
    "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "core", "database", "clients",
    "worker_jobs", "webapp", "templates", "static", "deploy", "docs",
]  # fmt: skip
_BOOT_SECONDS = 1800
_PROBE = """
[Unit]
Description=What test_boot.py wants to know
[Service]
Type=simple
WorkingDirectory=/opt/probe
ExecStart=/usr/bin/python3 -m tests.basement.container.walk /var/log/findings
ExecStopPost=/usr/bin/systemctl poweroff
StandardOutput=append:/var/log/probe
StandardError=append:/var/log/probe
[Install]
WantedBy=multi-user.target
"""
# systemd-nspawn keeps what it hands into a container in a folder of its own, on no disk.
_BOOT = """
mkdir -p /run/systemd/nspawn && mount -t tmpfs tmpfs /run/systemd/nspawn
exec systemd-nspawn --quiet --directory="$1" --machine="$2" --boot --register=no --keep-unit \
    --private-network --console=pipe
"""

Findings = dict[str, Any]


@pytest.fixture(scope="module")
def findings() -> Iterator[Findings]:
    for program in ("mmdebstrap", "systemd-nspawn"):
        if shutil.which(program) is None:
            missing(program)
    if os.geteuid() != 0:
        missing("root, who alone boots a container")
    suite = _SUITES.get(sys.version_info[:2])
    if suite is None:
        missing("a Debian with this Python")
        return
    folder = Path(tempfile.mkdtemp(prefix="nd-boot-"))
    try:
        root = folder / "root"
        # Each waits for what it fetches.
        with ThreadPoolExecutor(1) as beside:
            wheels = beside.submit(_wheels, folder)
            made = ("mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}")
            _call(*made, suite, root)
            _furnish(root, wheels.result())
        yield _boot(folder, root)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wheels(folder: Path) -> Path:
    """Fetch the packages of the lock; return the folder with them."""
    # Debian's Python is older within its version, and asks for one package more.
    lock, wheels = folder / "requirements.txt", folder / "wheels"
    wanted = (ROOT / "requirements.txt").read_text()
    lock.write_text(wanted.replace(" ; python_full_version < '3.11.3'", ""))
    _call(
        sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes",
        "--only-binary", ":all:", "-r", lock, "-d", wheels,
    )  # fmt: skip
    return wheels


def _furnish(root: Path, wheels: Path) -> None:
    """Put the program, its packages and the probe into a Debian."""
    source = root / "opt" / "needledrop"
    source.mkdir()
    for name in _BRINGS:
        if (ROOT / name).is_dir():
            left_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, source)
    wheels.rename(root / "opt" / "wheels")
    (root / "opt" / "export.zip").write_bytes(export("alice", diary(8, date(2026, 11, 26))))
    probe = root / "opt" / "probe" / "tests" / "basement" / "container"
    shutil.copytree(Path(__file__).parent / "container", probe)
    (root / "etc" / "hostname").write_text("needledrop-pi\n")
    (root / "etc" / "systemd" / "system" / "probe.service").write_text(_PROBE)
    _call("chroot", root, "systemctl", "--quiet", "enable", "probe.service")


def _boot(folder: Path, root: Path) -> Findings:
    # Late, it is ended, and what it has found until then tells where it stood.
    with suppress(subprocess.TimeoutExpired), (folder / "console").open("wb") as console:
        # Not the tests' own cgroup tree: Debian's is the unified one.
        subprocess.run(
            ["unshare", "--mount", "sh", "-c", _BOOT, "sh", root, f"needledrop-{os.getpid()}"],
            env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            timeout=_BOOT_SECONDS,
            check=False,
        )
    file = root / "var" / "log" / "findings"
    assert file.exists(), (folder / "console").read_text(errors="replace")[-4000:]
    found = [json.loads(line) for line in file.read_text().splitlines()]
    if kept := os.environ.get("NEEDLEDROP_TEST_FINDINGS"):
        shutil.copy(file, kept)
    return {one["name"]: one["value"] for one in found}


def _call(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


def test_it_went_on_to_the_end(findings: Findings) -> None:
    assert findings.get("broke off") is None, findings.get("journal")
    assert findings["installed again"]["status"] == 0


def test_it_is_installed_and_runs(findings: Findings) -> None:
    assert findings["install"]["status"] == 0, findings["install"]["said"]
    assert findings["active"] == ["active"] * 4
    assert findings["verify"] == ""


def test_systemd_itself_finds_the_services_closed(findings: Findings) -> None:
    assert findings["scores"]["web"] <= 1.3
    assert findings["scores"]["worker"] <= 1.3
    assert findings["scores"]["backup"] <= 0.5
    assert findings["without network"]["score"] <= 0.5


def test_a_new_user_comes_from_the_link_to_a_picture(findings: Findings) -> None:
    assert findings["link"]
    assert findings["set up"] == 303
    assert findings["import"]["status"] == "COMPLETE", findings["import"]
    assert findings["mosaic"]["status"] == "COMPLETE", findings["mosaic"]
    picture = findings["picture"]
    assert (picture["status"], picture["start"]) == (200, "ffd8ff")
    assert picture["size"] > 10_000
    assert "immutable" in picture["headers"]["Cache-Control"]
    assert findings["picture of a stranger"] in (303, 404)
    assert findings["picture directly"] == [404]


def test_plain_http_leads_on_but_for_players(findings: Findings) -> None:
    status, headers = findings["plain page"]
    assert (status, headers["Location"]) == (308, "https://records.local/login")
    assert findings["plain player"] in (200, 400, 401)


def test_a_command_is_done_as_the_houses_user(findings: Findings) -> None:
    doctor = json.loads(findings["doctor"])
    assert doctor["ok"], doctor
    folder = next(check for check in doctor["checks"] if check["name"] == "data folder")
    assert folder["status"] == "ok", folder
    status, said = findings["import by hand"]
    assert status == 0, said
    status, said = findings["unknown command"]
    assert status == 1
    assert "frobnicate" in said
    # As it is called here, not as in a folder of somebody's own.
    assert "Say what to do: sudo needledrop user --help tells." in findings["half a command"]


def test_a_backup_is_put_in_place_of_the_house(findings: Findings) -> None:
    restore = findings["restore"]
    assert restore["status"] == 0, restore["said"]
    assert restore["users"] == [["alice", "bob"], ["alice"]]
    assert restore["active"] == ["active"] * 4
    assert restore["aside"] == 1
    # nginx may read the pictures again.
    assert restore["picture"] == 200
    assert restore["mosaic"] == "COMPLETE"
    assert json.loads(restore["doctor"])["ok"], restore["doctor"]


def test_a_restore_that_comes_to_nothing_leaves_the_house_running(findings: Findings) -> None:
    status, said, active = findings["restore of nothing"]
    assert status == 1
    assert "nothing.tar" in said
    assert active == ["active"] * 4
    stopped, *after = findings["restore, interrupted"]
    assert stopped
    assert after == [["active"] * 4, ["alice"], 200]


def test_who_polls_notices_no_killed_process(findings: Findings) -> None:
    assert findings["kills"]["failed"] == []
    assert findings["kills"]["asked"] > 50
    # Two of each were main processes, whom systemd had to start again.
    assert findings["restarts"] == [2, 2]
    assert findings["after a kill"]["status"] == "COMPLETE"


def test_the_timer_makes_a_backup(findings: Findings) -> None:
    backup = findings["backup"]
    assert backup["result"] == "success", backup["log"]
    assert backup["files"] and set(backup["files"].values()) == {"0o600"}
    assert backup["fired"]


def test_a_service_writes_nowhere_else_and_does_nothing_else(findings: Findings) -> None:
    tries = findings["tries"]
    allowed = {"/var/lib/needledrop/tried", "/tmp/tried"}  # noqa: S108 - a folder of its own
    denied = {"OSError", "PermissionError", "FileNotFoundError", "IsADirectoryError"}
    for path in [name for name in tries if name.startswith("/")]:
        assert (tries[path] == "done") is (path in allowed), path
        assert path in allowed or tries[path] in denied, path
    assert tries["secret"] == "PermissionError"
    assert tries["handed over"] >= 32
    assert tries["raw socket"] != "done"
    assert tries["another user"] != "done"
    assert tries["chroot"] != "done"
    assert tries["first process"] is False


def test_nginx_reads_pictures_and_nothing_else(findings: Findings) -> None:
    assert findings["readers"] == {"www-data": [True] + [False] * 5, "nobody": [False] * 6}
    assert findings["modes"]["/etc/needledrop/secret_key"] == "0o600"
    assert findings["modes"]["/etc/needledrop/tls.key"] == "0o600"
    assert findings["modes"]["/var/lib/needledrop/needledrop.sqlite3"] in ("0o600", "0o640")


def test_a_worker_that_stands_still_is_started_again(findings: Findings) -> None:
    assert findings["watchdog, going round"]
    assert findings["watchdog, standing still"]


def test_an_update_is_made_in_place(findings: Findings) -> None:
    before, after = findings["before"], findings["after"]
    assert findings["update"]["status"] == 0, findings["update"]["said"]
    assert findings["polled while updating"]["failed"] == []
    assert (before["current"], after["current"]) == ("1", "2")
    assert after["releases"] == ["1", "2"]
    # By the program that has served until then, which knows its own tables.
    assert "the new one makes it" not in findings["update"]["said"]
    # The same packages: nothing was installed twice.
    assert after["venvs"] == 1
    for same in ("key", "certificate", "version", "rows"):
        assert after[same] == before[same], same
    assert after["sound"] == "ok"


def test_a_certificate_with_anothers_key_is_refused_and_forgotten(findings: Findings) -> None:
    before, after = findings["before"], findings["after another's key"]
    assert findings["another's key"]["status"] == 1
    assert "is not the key of" in findings["another's key"]["said"]
    assert "was_tls='self-signed'" in after.pop("chosen")
    assert after == before


def test_a_certificate_of_an_authority_is_shown(findings: Findings) -> None:
    # Players take it as well, and nothing is answered by plain http.
    assert findings["certified"] == [True, 308]


@pytest.mark.parametrize(
    ("update", "state"),
    [("broken in its step", "after the broken step"), ("broken after its step", "after the step")],
)
def test_an_update_that_does_not_work_is_taken_back(
    findings: Findings, update: str, state: str
) -> None:
    assert findings[update]["status"] == 1
    assert "RuntimeError: broken" in findings[update]["said"]
    assert "the release before goes on, with its data" in findings[update]["said"]
    assert findings[state]["stepped"]
    for same in ("current", "releases", "version", "rows", "sound", "key"):
        assert findings[state][same] == findings["after"][same], same
    assert findings[state]["healthy"] == 200
    assert findings[state]["left"] == []
    # What the new release wrote meanwhile is not thrown away.
    assert findings[state]["aside"] == ["taken-back.sqlite3"]
    assert "taken-back.sqlite3" in findings[update]["said"]


@pytest.mark.parametrize("when", ["killed while it was laid down", "killed while nothing ran"])
def test_a_killed_update_leaves_a_house(findings: Findings, when: str) -> None:
    assert findings[when] == {"in time": True, "current": True, "page": 200}


def test_the_next_update_goes_on_after_one_that_was_killed(findings: Findings) -> None:
    assert findings["mosaic in the end"]["status"] == "COMPLETE"
    assert findings["update after kills"] == 0
    state = findings["after kills"]
    assert (state["healthy"], state["sound"], state["left"]) == (200, "ok", [])
    assert len(state["releases"]) == 2


def test_an_update_mends_what_one_that_was_killed_after_its_step_has_left(
    findings: Findings,
) -> None:
    assert findings["killed after its step"]["in time"]
    assert findings["mended"]["status"] == 0, findings["mended"]["said"]
    before, state = findings["after kills"], findings["after the mending"]
    assert state["stepped"]
    for same in ("version", "rows", "sound", "left", "healthy"):
        assert state[same] == before[same], same
    assert len(state["releases"]) == 2


def test_after_the_system_has_another_python_an_update_is_made_all_the_same(
    findings: Findings,
) -> None:
    done = findings["another Python"]
    assert done["status"] == 0, done["said"]
    assert "the new one makes it" in done["said"]
    before, after = findings["before another Python"], findings["after another Python"]
    for same in ("version", "rows", "sound", "left", "healthy"):
        assert after[same] == before[same], same
    assert after["current"] != before["current"]


def test_pages_without_a_way_out_serve_all_the_same(findings: Findings) -> None:
    found = findings["without network"]
    assert (found["status"], found["private"]) == (0, "yes"), found
    assert found["interfaces"] == ["lo"]
    # By plain http: that was wished as well.
    assert (found["login"], found["page"], found["encrypted"]) == (303, 200, False)
    assert found["mosaic"] == "COMPLETE"


def test_taken_away_it_leaves_what_people_brought(findings: Findings) -> None:
    gone = findings["uninstall"]
    assert gone["status"] == 0
    assert (gone["units"], gone["nginx"], gone["code"]) == ([], [], False)
    assert gone["nginx runs"] == "active"
    assert gone["lost"] == []
    assert "secret_key" in gone["settings"]
    assert "/var/lib/needledrop" in gone["said"]
    again = findings["installed again"]
    assert again["state"]["key"] == findings["before"]["key"]
    assert again["state"]["healthy"] == 200
    # Somebody is there already.
    assert again["link"] is False


def test_the_journal_tells_of_no_error(findings: Findings) -> None:
    assert "Traceback" not in findings["said"]
