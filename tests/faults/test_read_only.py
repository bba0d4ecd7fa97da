"""A disk that turns read-only under the house, as ext4 does after a fault: it is read on."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.conftest import missing, remove_progress
from tests.faults.house import wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse, Pollers, settled
from tests.faults.promises import everything_holds

pytestmark = pytest.mark.slow

_BEGUN = "runner: Nothing can be saved at the moment: the disk takes no writes"
_PAGES = ("/", "/shelf", "/listening/", "/tasks", "/healthz")


def _runners_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Ext4:
    """A file system in a file, that gives up writing at the first fault."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image, self.folder = image, folder
        with image.open("wb") as made:
            made.truncate(96 * 1024 * 1024)
        folder.mkdir()
        self._call("mkfs.ext4", "-q", "-F", image)
        self.mount()

    def mount(self) -> None:
        self._call("mount", "-o", "loop,errors=remount-ro", self._image, self.folder)

    def fail(self) -> None:
        """Have the kernel find a fault."""
        line = next(
            line
            for line in Path("/proc/mounts").read_text().splitlines()
            if line.split()[1] == str(self.folder)
        )
        device = Path(line.split()[0]).name
        Path("/sys/fs/ext4", device, "trigger_fs_error").write_text("a fault drill")

    def repair(self) -> None:
        """Do what the next start of the machine does."""
        # Whoever was ended a moment ago may still have it open.
        wait(self._is_free, PATIENCE_SECONDS, "nobody to be on the disk")
        found = subprocess.run(["e2fsck", "-fy", self._image], check=False, capture_output=True)
        assert found.returncode in (0, 1), found.stdout
        self.mount()

    def _is_free(self) -> bool:
        return subprocess.run(["umount", self.folder], check=False).returncode == 0

    def remove(self) -> None:
        self._call("umount", "--lazy", self.folder)

    def _call(self, *command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Ext4]:
    try:
        made = Ext4(tmp_path / "disk", tmp_path / "mounted")
    except (subprocess.CalledProcessError, FileNotFoundError):
        missing("The right to mount a file system")
        return
    yield made
    made.remove()


@pytest.fixture
def house(disk: Ext4, tmp_path: Path) -> Iterator[OpenHouse]:
    db = settled(disk.folder / "data")
    made = OpenHouse(db, disk.folder / "data", tmp_path / "log")
    yield made
    made.close()
    db.close()
    remove_progress(db)


def test_a_disk_that_turns_read_only_is_read_on_and_nothing_saved_is_lost(
    house: OpenHouse, disk: Ext4
) -> None:
    house.admit("maya")
    house.start_web()
    worker = house.run("-m", "tests.faults.program")
    done = house.enqueue("nothing")
    house.wait_for(done, "COMPLETE")
    with ExitStack() as stack:
        maya = stack.enter_context(Browser(house.url))
        maya.log_in("maya")
        others = stack.enter_context(Pollers(maya, *_PAGES))
        assert maya.buy("Tago Mago").status_code == 303
        assert maya.status("/readyz") == "200"
        in_hand = house.enqueue("deaf", seconds=5)
        house.wait_for(in_hand, "PROGRESSING")

        disk.fail()

        others.have_seen(100)
        assert {maya.status(page) for page in _PAGES} == {"200"}
        refused = maya.buy("Future Days")
        assert refused.status_code == 503
        assert "the disk takes no writes" in refused.text
        ready = maya.ask("GET", "/readyz")
        assert (ready.status_code, ready.json()["reasons"]) == (503, ["The disk takes no writes."])
        wait(lambda: "trying again" in house.said(), PATIENCE_SECONDS, "the worker to notice")
        # Whoever begins on such a disk says why it ends, and another is tried later.
        begun = house.said().count(_BEGUN)
        wait(lambda: bool(_runners_of(worker.pid)), PATIENCE_SECONDS, "a runner")
        os.kill(_runners_of(worker.pid)[0], signal.SIGKILL)
        wait(lambda: house.said().count(_BEGUN) > begun, PATIENCE_SECONDS, "another to begin")
        assert set(others.told) == {"200"}
    assert worker.poll() is None
    assert len(re.findall("a runner died", house.said())) < 5
    assert "Traceback" not in house.said()

    house.close()
    house.db.close()
    disk.repair()
    house.start_web()
    house.run("-m", "tests.faults.program")

    house.wait_for(in_hand, "COMPLETE", seconds=PATIENCE_SECONDS)
    with Browser(house.url) as maya:
        maya.log_in("maya")
        assert maya.buy("Ege Bamyasi").status_code == 303
    assert house.records() == ["Tago Mago", "Ege Bamyasi"]
    house.wait_till_done(PATIENCE_SECONDS)
    house.close()
    assert set(everything_holds(house.db)) == {"COMPLETE"}


_BELL = """
import sys
from pathlib import Path
from core.errors import DiskFails
from database.wake import Bell
try:
    Bell(Path(sys.argv[1]), "late")
except DiskFails as error:
    print(error)
"""


def test_who_begins_just_as_it_turns_says_so_too(tmp_path: Path) -> None:
    """Between its row and its bell: the row is written, the socket's file cannot be made."""
    alone = 'mount -t tmpfs -o ro none "$0" && exec "$1" -c "$2" "$0"'
    command = ("unshare", "--mount", "sh", "-c", alone, str(tmp_path), sys.executable, _BELL)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    if "not permitted" in done.stderr or "denied" in done.stderr:
        missing("The right to mount a file system")
    assert "the disk takes no writes" in done.stdout, done.stderr
