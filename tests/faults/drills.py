"""./run faults [NAME …]: does the fault drills at their full size, and says how each ended.

docs/faults.md tells of them one by one.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from core.settings import ROOT


class Drill(NamedTuple):
    """`tests`: files below tests/, or one test of such a file; `needs`: names from TOOLS."""

    tests: Sequence[str]
    needs: Sequence[str] = ()


# What a drill needs beside Python: where it is found, and Debian's package.
TOOLS = {
    "ext4": ("/*bin/mkfs.ext4", "e2fsprogs"),
    "ip": ("/*bin/ip", "iproute2"),
    "mmdebstrap": ("/usr/bin/mmdebstrap", "mmdebstrap"),
    "nginx": ("/usr/sbin/nginx", "nginx"),
    "nspawn": ("/usr/bin/systemd-nspawn", "systemd-container"),
    "PostgreSQL": ("/usr/lib/postgresql/*/bin/initdb", "postgresql"),
    "Redis": ("/usr/bin/redis-server", "redis-server"),
    "strace": ("/usr/bin/strace", "strace"),
}
DRILLS = {
    "kill": Drill(
        (
            "faults/test_kills.py",
            "faults/test_storm.py",
            "faults/test_processes.py",
            "faults/test_play_imports.py",
            "faults/test_shelf_imports.py",
            "faults/test_spotify_sync.py",
            "faults/test_youtube_playlists.py",
            "faults/test_crates.py",
        ),
        ("PostgreSQL", "strace"),
    ),
    "power": Drill(
        (
            "faults/test_power.py",
            "faults/test_crates.py::test_after_a_power_cut_a_whole_crate_serves",
        ),
        ("strace",),
    ),
    "disk-full": Drill(
        (
            "faults/test_disk_full.py",
            "faults/test_dumps.py",
            "faults/test_crates.py::test_a_full_disk_is_said_and_the_crate_stays",
            "faults/test_crates_postgres.py::test_a_full_disk_is_said_and_the_crate_stays",
        ),
        ("PostgreSQL",),
    ),
    "read-only": Drill(("faults/test_read_only.py",), ("ext4",)),
    "io-errors": Drill(("faults/test_io_errors.py",), ("strace",)),
    "clock": Drill(("faults/test_clock.py", "unit/test_schedules.py"), ("PostgreSQL",)),
    "network": Drill(("faults/test_network.py", "faults/test_hostile.py", "unit/test_http.py")),
    "hosts": Drill(
        ("faults/test_scale_out.py", "faults/test_store.py"), ("PostgreSQL", "Redis", "ip")
    ),
    "busy": Drill(
        (
            "faults/test_busy.py",
            "worker/test_worker.py::test_another_writer_for_three_seconds_is_nobodys_error",
        ),
        ("PostgreSQL",),
    ),
    "redis": Drill(("faults/test_redis.py", "web/test_cache.py"), ("Redis",)),
    "postgresql": Drill(
        ("faults/test_postgres.py", "faults/test_crates_postgres.py"), ("PostgreSQL",)
    ),
    "upgrade": Drill(
        (
            "faults/test_upgrade.py",
            "unit/test_schema.py::test_four_that_start_at_once_make_one_schema",
        ),
    ),
    "restore": Drill(
        (
            "house/test_backups.py",
            "faults/test_backups.py",
            "faults/test_restore.py",
            "faults/test_restore_postgres.py",
            "faults/test_damage.py",
        ),
        ("PostgreSQL",),
    ),
    "units": Drill(("basement/test_boot.py",), ("mmdebstrap", "nginx", "nspawn")),
}
_FULL = {"NEEDLEDROP_TEST_FULL": "1", "NEEDLEDROP_TEST_ALL": "1"}


class Outcome(NamedTuple):
    """How a drill ended: what pytest said last, and after how long."""

    name: str
    is_well: bool
    said: str
    seconds: float


def missing(names: Sequence[str]) -> list[str]:
    """Return Debian's packages that these drills want and this machine has not."""
    wanted = {need for name in names for need in DRILLS[name].needs}
    return sorted(package for place, package in map(TOOLS.__getitem__, wanted) if _lacks(place))


def _lacks(place: str) -> bool:
    name = Path(place).name
    return shutil.which(name) is None and not any(Path("/").glob(place.lstrip("/")))


def hold(name: str) -> Outcome:
    """Do one drill, and let everybody read on meanwhile."""
    began, said = time.monotonic(), ""
    tests = [f"tests/{test}" for test in DRILLS[name].tests]
    command = [sys.executable, "-m", "pytest", "-v", "-rP", "--tb=short", *tests]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | _FULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            _say(line.rstrip("\n"))
            said = line.strip("= \n") or said
    return Outcome(name, process.returncode == 0, said, time.monotonic() - began)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./run faults", description=str(__doc__))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(DRILLS)}")
    names = parser.parse_args(arguments).names or list(DRILLS)
    if unknown := [name for name in names if name not in DRILLS]:
        _say(f"There is no drill {unknown[0]}, only: {', '.join(DRILLS)}")
        return 1
    if packages := missing(names):
        _say(f"What these drills need is not all here: sudo apt install -y {' '.join(packages)}")
        return 1
    found = []
    for name in names:
        _say(f"--- {name}")
        found.append(hold(name))
    width = max(map(len, names))
    _say("")
    for name, is_well, said, seconds in found:
        _say(f"{name:{width}}  {'held' if is_well else 'FAILED':6}  {seconds:6.0f} s  {said}")
    return 0 if all(outcome.is_well for outcome in found) else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
