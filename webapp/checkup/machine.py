"""The machine: Python, SQLite, memory, the clock's plausibility, and our own files."""

import platform
import sqlite3
import sys
from importlib.util import find_spec

from core import clock
from core.settings import ROOT
from database.inspection import OLDEST_SQLITE, has_wal_reset_bug
from webapp.checkup.check import MB, Check, better

_OLDEST_PYTHON = (3, 11)
_MODULES = ("PIL", "lxml", "requests", "argon2", "waitress")
_FACES = ROOT / "worker_jobs" / "mosaic" / "fonts"
_SCARCE_MB = 100


def look() -> list[Check]:
    return [_python(), _sqlite(), _packages(), _fonts(), _memory()]


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


def _packages() -> Check:
    lacking = [name for name in _MODULES if find_spec(name) is None]
    detail = f"missing: {', '.join(lacking)}" if lacking else "all there"
    hint = "Delete the folder .venv and start again."
    return better("packages", not lacking, detail, hint, otherwise="fail")


def _fonts() -> Check:
    count = len(list(_FACES.glob("*.ttf")))
    hint = "Mosaics cannot letter their titles: the installation is not complete."
    return better("fonts", count > 0, f"{count} faces", hint, otherwise="fail")


def _memory() -> Check:
    with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 - a kernel's file
        sizes = dict(line.split(":") for line in file)
    free = int(sizes["MemAvailable"].split()[0]) * 1024 // MB
    hint = "Large mosaics may fail: end something else, or allow more swap."
    return better("memory", free >= _SCARCE_MB, f"{free} MB free", hint, otherwise="warn")


def clock_check(newest: int | None) -> Check:
    """Compare the clock with what it must have passed: our files, and `newest` in the database.

    A small machine without a battery starts somewhere in the past.
    """
    now = clock.now()
    passed = max(round((ROOT / "schema.sql").stat().st_mtime * clock.SECOND), newest or 0)
    detail = f"{clock.utc(now):%Y-%m-%d %H:%M} UTC, zone {clock.machine_zone()}"
    hint = "The clock is behind what has already happened: look at `timedatectl`."
    return better("clock", now > passed - clock.MINUTE, detail, hint, otherwise="warn")
