"""Servers that others wrote for Node: installed once, by a lock file, beside pytest's cache."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

_OLDEST_NODE = 20


class Missing(Exception):
    """Node is, or a new enough one, or the package cannot be installed."""


def installed(package: Path, cache: Path) -> Path:
    """Return the folder that a package's own are installed in; two that come together wait.

    Raises:
        Missing: they cannot be installed here.
    """
    if shutil.which("npm") is None or _node() < _OLDEST_NODE:
        raise Missing(f"Node {_OLDEST_NODE} with npm")
    cache.mkdir(parents=True, exist_ok=True)
    lock = (package / "package-lock.json").read_bytes()
    folder = cache / hashlib.sha256(lock).hexdigest()[:16]
    with (cache / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not folder.is_dir():
            _install(package, folder)
    return folder


def _install(package: Path, folder: Path) -> None:
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(package / name, unfinished)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts"], cwd=unfinished, check=False, capture_output=True
    )
    if done.returncode != 0:
        raise Missing(f"npm's packages of {package.name}, which cannot be installed")
    unfinished.rename(folder)


def _node() -> int:
    """Return the version of Node, 0 where there is none."""
    if shutil.which("node") is None:
        return 0
    said = subprocess.run(["node", "--version"], check=False, capture_output=True, text=True)
    number = said.stdout.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0
