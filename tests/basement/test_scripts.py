"""The scripts that install: what a shell, and those who know its traps, say of them."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.conftest import missing

PARTS = ["deploy/pi/releases.sh", "deploy/pi/surroundings.sh", "deploy/pi/telling.sh"]
_PATIENCE_SECONDS = 60
SCRIPTS = ["run", "deploy/pi/install.sh", *PARTS, "deploy/pi/needledrop"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shell_understands_it(script: str) -> None:
    said = subprocess.run(["sh", "-n", ROOT / script], capture_output=True, text=True, check=False)

    assert (said.returncode, said.stderr) == (0, "")


def surroundings(settings: Path) -> dict[str, str]:
    """Return what a command by hand is given, where these are the settings."""
    said = subprocess.run(
        ["sh", "-euc", '. "$1"; surroundings /code "$2" /data; umask >&2; env', "sh",
         ROOT / "deploy/pi/surroundings.sh", settings],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stderr == "0077\n"
    return dict(line.split("=", 1) for line in said.stdout.splitlines())


def test_a_command_by_hand_has_the_settings_and_the_secrets_of_the_services(tmp_path: Path) -> None:
    (tmp_path / "needledrop.env").write_text("# a remark\nNEEDLEDROP_REDIS_URL='redis://a b/0'\n")
    for secret in ("secret_key", "database_url", "redis_url"):
        (tmp_path / secret).write_text(f"{secret} of a file\n")

    given = surroundings(tmp_path)

    assert given["NEEDLEDROP_SECRET_KEY"] == "secret_key of a file"
    # Else it would work on another database than the house does.
    assert given["NEEDLEDROP_DATABASE_URL"] == "database_url of a file"
    assert given["NEEDLEDROP_REDIS_URL"] == "redis://a b/0"
    assert (given["NEEDLEDROP_DATA"], given["PYTHONPATH"]) == ("/data", "/code")
    assert "NEEDLEDROP_STORE_URL" not in given


def test_every_secret_that_systemd_hands_over_is_given_by_hand_as_well() -> None:
    units = [*(ROOT / "deploy").rglob("*.conf"), *(ROOT / "deploy").rglob("*.service")]
    handed = {
        name
        for unit in units
        for name in re.findall(r"^LoadCredential=needledrop_(\w+):", unit.read_text(), re.MULTILINE)
    }
    said = re.search("^secrets='(.*)'$", (ROOT / PARTS[1]).read_text(), re.MULTILINE)

    assert said and set(said[1].split()) == handed and len(handed) > 3


def test_none_has_a_known_fault() -> None:
    known = shutil.which("shellcheck")
    if known is None:
        missing("shellcheck")
        return
    # What a script brings in is looked at together with it.
    whole = [script for script in SCRIPTS if script not in PARTS]

    said = subprocess.run(
        [known, "-x", *whole], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert said.returncode == 0, said.stdout


def release(library: Path, then: str) -> "subprocess.CompletedProcess[str]":
    """Do something of what lays a release down, in a folder of the test's own."""
    return subprocess.run(
        ["sh", "-euc", _lines(library, then)],
        capture_output=True,
        text=True,
        check=False,
        cwd=library,
    )


def _lines(library: Path, then: str) -> str:
    return f"""
source={ROOT} library={library} wheels={library}/none data={library} unheard={library}/unheard
. {ROOT}/deploy/pi/telling.sh
. {ROOT}/deploy/pi/releases.sh
{then}
"""


def test_a_release_that_cannot_be_laid_down_takes_no_room(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        missing("root, whose the program's files are")
    kept = tmp_path / "venvs" / "of-the-release-that-runs"
    kept.mkdir(parents=True)
    (tmp_path / "releases" / "1").mkdir(parents=True)
    (tmp_path / "releases" / "1" / ".venv").symlink_to(kept)

    done = release(tmp_path, "make_release")

    assert done.returncode == 1, done.stderr
    assert "could not be installed; nothing has changed." in done.stderr
    assert [path.name for path in (tmp_path / "releases").iterdir()] == ["1"]
    assert list((tmp_path / "venvs").iterdir()) == [kept]


def test_where_there_is_no_room_nothing_is_begun(tmp_path: Path) -> None:
    fits, too_much = (release(tmp_path, f"see_room {size}") for size in (1, 10**9))

    assert (fits.returncode, fits.stderr) == (0, "")
    assert too_much.returncode == 1
    assert "MB are free" in too_much.stderr and "make room" in too_much.stderr


def test_half_a_unit_is_never_in_place(tmp_path: Path) -> None:
    """A card that is full half way leaves the one before."""
    unit = tmp_path / "needledrop-web.service"
    unit.write_text("[Service]\n")
    full = "ulimit -f 1; trap '' XFSZ; put large needledrop-web.service || say not placed"
    (tmp_path / "large").write_bytes(bytes(100_000))

    done = release(tmp_path, full)

    assert "not placed" in done.stderr
    assert unit.read_text() == "[Service]\n"


# What a switch needs of a machine with services; `current` alone is turned over really.
_WITHOUT_SERVICES = """
old=$library/releases/1 new=$library/releases/2 keeper=$old
stop() { :; }
start() { began=now; }
keep_database() { :; }
put_database_back() { say "the database is put back"; }
use() { ln -sfn "$1" "$library/current"; }
journalctl() { :; }
"""


@pytest.fixture
def switched(tmp_path: Path) -> Path:
    """A house with a release that has shown that it works, and one that came after it."""
    for number in ("1", "2"):
        (tmp_path / "releases" / number).mkdir(parents=True)
    (tmp_path / "healthy").symlink_to(tmp_path / "releases" / "1")
    (tmp_path / "current").symlink_to(tmp_path / "releases" / "2")
    return tmp_path


def state(library: Path) -> tuple[str, str]:
    return tuple((library / name).readlink().name for name in ("current", "healthy"))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("works", "after", "last_words"),
    [
        ("true", ("2", "2"), "It runs."),
        ('[ "$(readlink "$library/current")" = "$old" ]', ("1", "1"), "goes on, with its data."),
    ],
)
def test_an_update_whose_line_is_lost_goes_on_to_its_end(
    switched: Path, works: str, after: tuple[str, str], last_words: str
) -> None:
    """A terminal that is gone hangs up on all that ran there, and takes no word any more."""
    then = f"""{_WITHOUT_SERVICES}
is_healthy() {{
    : >"$library/looks"
    while [ -e "$library/looks" ]; do sleep 0.05; done
    {works}
}}
switch
say "It runs."
"""
    use_first = switched / "current"
    use_first.unlink()
    use_first.symlink_to(switched / "releases" / "1")
    process = subprocess.Popen(
        ["sh", "-euc", _lines(switched, then)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout and process.stderr
    looks = switched / "looks"
    _wait_for(looks, process)
    assert state(switched) == ("2", "1")
    process.stdout.close()
    process.stderr.close()
    os.killpg(process.pid, signal.SIGHUP)
    until = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None:
        assert time.monotonic() < until
        # It looks once, or twice where it goes back.
        looks.unlink(missing_ok=True)
        time.sleep(0.05)

    assert state(switched) == after
    unheard = switched / "unheard"
    assert last_words in unheard.read_text() and unheard.stat().st_mode & 0o077 == 0


def _wait_for(file: Path, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not file.exists():
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize(("hours", "goes_back"), [(1, True), (25, False)])
def test_the_database_is_not_put_back_a_day_later(
    switched: Path, hours: int, *, goes_back: bool
) -> None:
    """Who runs an interrupted update again after weeks would lose what was written meanwhile."""
    kept = switched / "before-update.sqlite3"
    kept.write_bytes(b"a copy")
    at = time.time() - hours * 3600
    os.utime(kept, (at, at))

    done = release(switched, f"{_WITHOUT_SERVICES}\nis_healthy() {{ false; }}\nmend")

    assert done.returncode == 0, done.stderr
    assert ("the database is put back" in done.stderr) is goes_back
    assert ("what was written since" in done.stderr) is not goes_back
    assert state(switched) == (("1", "1") if goes_back else ("2", "2"))
    assert not kept.exists()
    aside = switched / "before-update-kept.sqlite3"
    assert goes_back or aside.read_bytes() == b"a copy"


@pytest.mark.parametrize("folder", [None, "another disk"])
def test_the_backup_before_an_update_may_go_elsewhere(tmp_path: Path, folder: str | None) -> None:
    then = f"""
old={tmp_path} new={tmp_path} backup_to='{folder or ""}'
with() {{ shift && [ "$1" = -c ] || printf '<%s>' "$@"; }}
keep_backup
"""

    done = release(tmp_path, then)

    assert done.returncode == 0, done.stderr
    wanted = "<-m><webapp><backup>" + (f"<--to><{folder}>" if folder else "")
    assert done.stderr == f"A backup first\n{wanted}"


def test_a_backup_that_the_last_release_cannot_make_is_made_by_the_new_one(tmp_path: Path) -> None:
    then = """
old=broken new=whole backup_to=""
with() { [ "$2" = -c ] || { printf '<%s>' "$1"; [ "$1" = whole ]; }; }
keep_backup
"""
    (tmp_path / "broken").mkdir()

    done = release(tmp_path, then)

    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("<broken><whole>")


def test_a_backup_that_fails_says_how_it_may_go_elsewhere(tmp_path: Path) -> None:
    then = f'old={tmp_path} new={tmp_path} backup_to=""\nwith() {{ [ "$2" = -c ]; }}\nkeep_backup'

    done = release(tmp_path, then)

    assert done.returncode == 1
    assert "nothing was changed" in done.stderr and "--backup-to" in done.stderr


@pytest.mark.parametrize(
    ("said", "looks", "link"),
    [
        ("Needledrop is at https://pi\nSet it up: https://pi/setup?code=a\nx\n", 3, "https://pi/setup?code=a"),
        ("Needledrop is at https://pi\n", 0, ""),
        ("", 60, ""),
    ],
)  # fmt: skip
def test_the_way_in_is_waited_for(tmp_path: Path, said: str, looks: int, link: str) -> None:
    """The other of two processes may have answered that the house is ready."""
    (tmp_path / "said").write_text(said)
    then = f"""
journalctl() {{
    case $1 in --sync) return 1 ;; esac
    echo look >>{tmp_path}/looks
    [ "$(wc -l <{tmp_path}/looks)" -le {looks} ] || cat {tmp_path}/said
}}
sleep() {{ :; }}
link=$(way_in now)
echo "$link"
"""
    telling = ROOT / "deploy/pi/telling.sh"
    done = subprocess.run(
        ["sh", "-euc", f'. "{telling}"{then}'], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.strip()) == (0, link), done.stderr
    assert ("have not said yet" in done.stderr) is not bool(said)
    assert len((tmp_path / "looks").read_text().split()) == looks + 2
