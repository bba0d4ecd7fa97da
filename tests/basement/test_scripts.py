"""The scripts that install: what a shell, and those who know its traps, say of them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.conftest import missing

PARTS = ["deploy/pi/releases.sh", "deploy/pi/surroundings.sh"]
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
    lines = f"""
say() {{ printf '%s\\n' "$*" >&2; }}
die() {{ say "$@"; exit 1; }}
source={ROOT} library={library} wheels={library}/none
. {ROOT}/deploy/pi/releases.sh
{then}
"""
    return subprocess.run(
        ["sh", "-euc", lines], capture_output=True, text=True, check=False, cwd=library
    )


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
