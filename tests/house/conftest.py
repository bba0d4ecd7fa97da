"""A house of its own for each test: the whole tree, copied to a folder with a space in its name."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import ROOT

_LEFT_OUT = shutil.ignore_patterns(
    ".*_cache", ".git", ".hypothesis", ".venv*", "__pycache__",
    "bench", "data", "demo-data", "tests",
)  # fmt: skip
_COMPILED = ["core", "database", "clients", "worker_jobs", "webapp", "fakes"]


@pytest.fixture
def bare_house(tmp_path: Path) -> Path:
    """The tree as it is cloned, with nothing set up."""
    return clone(tmp_path / "a house")


def clone(house: Path) -> Path:
    shutil.copytree(ROOT, house, ignore=_LEFT_OUT)
    return house


@pytest.fixture(scope="session")
def compiled_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that has been started before: each of its copies would compile all of it anew."""
    house = clone(tmp_path_factory.mktemp("compiled") / "a house")
    # As the supervisor starts its programs. A file of bytecode is good for a copy, too.
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-o", "2", *_COMPILED], cwd=house, check=True
    )
    return house


@pytest.fixture
def house(compiled_house: Path, tmp_path: Path) -> Path:
    """A house that is set up: with the packages of those who run the tests."""
    return furnish(Path(shutil.copytree(compiled_house, tmp_path / "a house")))


def furnish(bare_house: Path) -> Path:
    venv = bare_house / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    packages = sysconfig.get_path("purelib")
    here = sysconfig.get_path("purelib", vars={"base": str(venv)})
    (Path(here) / "tests.pth").write_text(packages)
    lock = (bare_house / "requirements.txt").read_bytes()
    summed = subprocess.run(["cksum"], input=lock, capture_output=True, check=True).stdout.decode()
    version = sys.version.split()[0]
    (venv / "requirements.txt.stamp").write_text(f"Python {version}\n{summed}")
    return bare_house


@pytest.fixture
def processes_of() -> Callable[[Path], dict[int, str]]:
    """Tell which processes were started from a folder: their command lines by pid."""

    def find(folder: Path) -> dict[int, str]:
        found = {}
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if str(folder) in line:
                found[int(file.parent.name)] = line
        return found

    return find
