"""The machine: Python, packages, memory, warmth and voltage, the clock, and our own files."""

import platform
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from core import clock, hardware
from core.settings import ROOT
from database.inspection import OLDEST_SQLITE, has_wal_reset_bug
from webapp.checkup.check import MB, Check, better

_OLDEST_PYTHON = (3, 11)
# What has a part that is made for one processor and one Python, and what nothing goes without.
_MODULES = (
    "PIL.Image",
    "lxml.etree",
    "argon2",
    "cryptography.hazmat.bindings._rust",
    "pydantic_core",
    "pyroaring",
    "psycopg",
    "numpy",
    "requests",
    "waitress",
    "gunicorn",
)
_SPARED = "isal"  # there are no wheels of it for some machines, and we do without
_LOADING = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:
        print(name, error)
"""
_FACES = ROOT / "worker_jobs" / "mosaic" / "fonts"
_SCARCE_MB = 100
_HOT = 80  # degrees; a Raspberry Pi slows down from there
_ASK_SECONDS = 60.0
_CGROUPS = Path("/sys/fs/cgroup")
_TIME_SYNC = Path("/run/systemd/timesync")


def look() -> list[Check]:
    checks = [_python(), _sqlite(), packages(), _fonts(), _memory()]
    return [*checks, *warmth(), *power(_throttling())]


def _python() -> Check:
    is_32_bit = sys.maxsize < 2**32
    bits = "32-bit" if is_32_bit else "64-bit"
    detail = f"{platform.python_version()} on {platform.machine()}, {bits}"
    if sys.version_info < _OLDEST_PYTHON:
        return Check("Python", "fail", detail, "Needledrop needs Python 3.11 or newer.")
    hint = "Works as well as its packages do there; a 64-bit system is what is tested."
    return better("Python", not is_32_bit, detail, hint, otherwise="warn")


def _sqlite() -> Check:
    detail = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        return Check("SQLite", "fail", detail, f"Needledrop needs SQLite {oldest} or newer.")
    # No warning: there is nothing to do about it on a system that has no newer one.
    hint = "A very rare fault of this version can damage the file: keep backups."
    return Check("SQLite", "ok", detail, hint if has_wal_reset_bug() else "")


@cache
def packages(modules: tuple[str, ...] = (*_MODULES, _SPARED)) -> Check:
    """Load them all, in a process of its own: one for another processor would end this one."""
    hint = "Delete the folder .venv and start again."
    command = [sys.executable, "-c", _LOADING, *modules]
    try:
        loaded = subprocess.run(  # noqa: S603 - this very Python
            command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Check("packages", "warn", "loading them takes longer than a minute", hint)
    if loaded.returncode:
        return Check("packages", "fail", f"loading them {_cause(loaded.returncode)}", hint)
    wrong = dict(line.partition(" ")[::2] for line in loaded.stdout.splitlines())
    if wrong.pop(_SPARED, None) is not None and not wrong:
        without = "Dumps of Discogs are read at half the speed."
        return Check("packages", "ok", f"all there but {_SPARED}", without)
    detail = "; ".join(wrong.values()) if wrong else "all there, and made for this machine"
    return better("packages", not wrong, detail, hint, otherwise="fail")


def _cause(status: int) -> str:
    return f"ends with {signal.Signals(-status).name if status < 0 else f'status {status}'}"


def _fonts() -> Check:
    count = len(list(_FACES.glob("*.ttf")))
    hint = "Mosaics cannot letter their titles: the installation is not complete."
    return better("fonts", count > 0, f"{count} faces", hint, otherwise="fail")


def _memory() -> Check:
    with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 - a kernel's file
        sizes = dict(line.split(":") for line in file)
    free = int(sizes["MemAvailable"].split()[0]) * 1024
    free = min([free, *allowed()]) // MB
    hint = "Large mosaics may fail: end something else, or allow more swap."
    return better("memory", free >= _SCARCE_MB, f"{free} MB free", hint, otherwise="warn")


def allowed(root: Path = _CGROUPS, told: Path = Path("/proc/self/cgroup")) -> list[int]:
    """Return how many bytes more this process may take, for each group of processes it is in."""
    found = []
    with suppress(OSError):
        own = told.read_text().rpartition("::")[2].strip().lstrip("/")
        for folder in (root / own, *(root / own).parents):
            if not folder.is_relative_to(root):
                break
            with suppress(OSError, ValueError):
                most = int((folder / "memory.max").read_text())
                found.append(max(0, most - int((folder / "memory.current").read_text())))
    return found


def warmth(system: Path = hardware.SYS) -> list[Check]:
    """Look how warm it is, where the machine tells."""
    found = hardware.celsius(system)
    if found is None:
        return []
    hint = "It slows down by itself: give it air, a heat sink or a fan."
    return [better("temperature", found < _HOT, f"{found:.0f} °C", hint, otherwise="warn")]


def _throttling() -> int | None:
    """Return what holds the machine back; asked of its own program where no file tells."""
    told = hardware.throttling()
    if told is not None:
        return told
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        command = ["vcgencmd", "get_throttled"]  # in /usr/bin or in /opt/vc/bin
        asked = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=True
        )
        return int(asked.stdout.partition("=")[2], 16)
    return None


def power(bits: int | None) -> list[Check]:
    """Look whether the machine is held back, where it tells."""
    if bits is None:
        return []
    now, since = hardware.held_back(bits)
    if not now and not since:
        return [Check("power", "ok", "as it should be since the machine was started")]
    detail = ", ".join([*now, *(f"{words} (since the start, not now)" for words in since)])
    hint = "Another power supply helps, or a shorter cable; a card may lose what was written."
    return [Check("power", "warn", detail, hint)]


def clock_check(newest: int | None, time_sync: Path = _TIME_SYNC) -> Check:
    """Compare the clock with what it must have passed: our files, and `newest` in the database.

    A small machine without a battery starts somewhere in the past.
    """
    now = clock.now()
    passed = max(round((ROOT / "schema.sql").stat().st_mtime * clock.SECOND), newest or 0)
    detail = f"{clock.utc(now):%Y-%m-%d %H:%M} UTC, zone {clock.machine_zone()}"
    if is_set(time_sync) is False:
        hint = "It is not set by the network yet: look at `timedatectl`."
        return Check("clock", "warn", detail, hint)
    hint = "The clock is behind what has already happened: look at `timedatectl`."
    return better("clock", now > passed - clock.MINUTE, detail, hint, otherwise="warn")


def is_set(folder: Path) -> bool | None:
    """Say whether systemd has set the clock by the network; None where that is not its task."""
    return (folder / "synchronized").exists() if folder.exists() else None
