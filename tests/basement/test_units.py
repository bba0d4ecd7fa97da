"""The units: what systemd makes of them, and how much they could do if somebody took them over."""

import shutil
import subprocess
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.conftest import missing

SYSTEMD = ROOT / "deploy" / "pi" / "systemd"


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as install.sh places them, with a Python that is there."""
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze")
    for file in SYSTEMD.glob("needledrop-*"):
        if file.is_file():
            text = file.read_text().replace(
                "/usr/local/lib/needledrop/current/.venv/bin/python", "/bin/true"
            )
            (tmp_path / file.name).write_text(text)
    shutil.copytree(SYSTEMD / "needledrop-.service.d", tmp_path / "needledrop-.service.d")
    return tmp_path


def choose(units: Path, service: str, option: str) -> None:
    folder = units / f"needledrop-{service}.service.d"
    folder.mkdir(exist_ok=True)
    shutil.copy(SYSTEMD / "options" / f"{option}.conf", folder)


@pytest.mark.parametrize(
    ("service", "option", "most"),
    [
        ("web", "", 1.3),
        ("worker", "", 1.3),
        ("backup", "", 0.5),
        ("web", "no-network", 0.5),
    ],
)
def test_a_service_that_is_taken_over_can_do_little(
    units: Path, service: str, option: str, most: float
) -> None:
    if option:
        choose(units, service, option)

    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", units / f"needledrop-{service}.service"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    overall = float(said.rstrip().splitlines()[-1].partition(": ")[2].split()[0])
    assert overall <= most, said


def test_systemd_understands_every_line(units: Path) -> None:
    for service in ("web", "worker"):
        for size in ("512M", "1G", "2G"):
            choose(units, service, f"{service}-memory-{size}")
    choose(units, "web", "no-network")

    said = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            *(file for file in units.iterdir() if file.is_file()),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert [line for line in said.stderr.splitlines() if "needledrop" in line] == []


@pytest.mark.parametrize(("size", "megabytes"), [("512M", 512), ("1G", 1024), ("2G", 2048)])
def test_a_house_leaves_room_for_the_rest_of_the_machine(size: str, megabytes: int) -> None:
    most = 0
    for service in ("web", "worker"):
        said = dict(
            line.split("=")
            for line in (SYSTEMD / "options" / f"{service}-memory-{size}.conf")
            .read_text()
            .splitlines()
            if "=" in line
        )
        high, top = (int(said[name].removesuffix("M")) for name in ("MemoryHigh", "MemoryMax"))
        assert high < top
        most += high

    assert most <= megabytes * 0.8


def test_what_ends_again_and_again_is_never_given_up() -> None:
    """A house whose database comes back after an hour goes on with nobody's help."""
    for service in ("web", "worker"):
        unit = (SYSTEMD / f"needledrop-{service}.service").read_text().splitlines()
        assert {"StartLimitIntervalSec=0", "Restart=always"} <= set(unit)
