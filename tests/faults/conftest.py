"""A household on either database, a Letterboxd for it, and a small file system."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from database.engine import Database
from fakes.letterboxd import FakeLetterboxd
from tests.conftest import missing
from tests.faults.house import House
from tests.faults.open_house import OpenHouse

SIZE_MB = 24  # of the small file system


@pytest.fixture
def letterboxd() -> Iterator[FakeLetterboxd]:
    with FakeLetterboxd() as fake:
        yield fake


@pytest.fixture
def house(db: Database, tmp_path: Path, letterboxd: FakeLetterboxd) -> Iterator[House]:
    made = House(
        db,
        tmp_path,
        tmp_path / "worker.log",
        letterboxd_url=letterboxd.url,
        letterboxd_image_url=letterboxd.url,
    )
    yield made
    made.stop()


@pytest.fixture
def open_house(db: Database, tmp_path: Path, letterboxd: FakeLetterboxd) -> Iterator[OpenHouse]:
    """A household with pages, and with Maya in it."""
    made = OpenHouse(
        db,
        tmp_path,
        tmp_path / "log",
        letterboxd_url=letterboxd.url,
        letterboxd_image_url=letterboxd.url,
    )
    made.admit("maya")
    yield made
    made.close()


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "card"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=700", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (subprocess.CalledProcessError, FileNotFoundError):
        missing("The right to mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        missing("strace")
    return str(found)
