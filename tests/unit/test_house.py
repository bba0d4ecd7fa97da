"""The house itself: its lock, its scripts, and that it speaks of itself alone."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from core.settings import ROOT

_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^\]]+\])?==(\S+)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def pins(file: str) -> dict[str, str]:
    return dict(_PIN.findall((ROOT / file).read_text()))


def wanted(*, dev: bool) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    if dev:
        lines += project["dependency-groups"]["dev"]
    return {found[0].lower() for line in lines if (found := _NAME.match(line))}


def test_all_that_is_wanted_is_locked() -> None:
    assert wanted(dev=False) <= pins("requirements.txt").keys()
    assert wanted(dev=True) <= pins("requirements-dev.txt").keys()


def test_one_version_for_those_who_run_it_and_those_who_change_it() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_index(file: str) -> None:
    text = (ROOT / file).read_text()

    blocks = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


@pytest.mark.parametrize(("shell", "script"), [("sh", "run"), ("bash", ".ci/run")])
def test_scripts_are_sound_and_executable(shell: str, script: str) -> None:
    file = ROOT / script

    assert subprocess.run([shell, "-n", file], check=False).returncode == 0
    assert file.stat().st_mode & 0o111


def test_the_supervisor_loads_next_to_nothing() -> None:
    """It runs for as long as the house does, on machines where a megabyte counts."""
    code = (
        "import sys; before = set(sys.modules); import supervisor; "
        "print(*(set(sys.modules) - before))"
    )
    python = str(Path("/proc/self/exe").resolve())

    loaded = subprocess.run(
        [python, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    heavy = {"pathlib", "re", "subprocess", "ctypes", "logging", "dataclasses", "typing", "socket"}
    assert not heavy & set(loaded)
