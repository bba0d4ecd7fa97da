"""Programs of others: found or named as missing, run with a limit of time, their words returned."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from attack.outcome import ToolMissing
from core.settings import ROOT

ATTACK_VENV = ROOT / ".venv-attack"
_SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


class Said(NamedTuple):
    """`code` is None where its time was over."""

    code: int | None
    text: str


def debian(name: str, package: str = "") -> str:
    """Return where a program of the system is.

    Raises:
        ToolMissing: it is not there.
    """
    if found := shutil.which(name, path=_SYSTEM):
        return found
    raise ToolMissing(f"sudo apt install -y {package or name}")


def scanner(name: str) -> str:
    """Return where a program of requirements-attack.txt is.

    Raises:
        ToolMissing: it is not there.
    """
    found = ATTACK_VENV / "bin" / name
    if not found.exists():
        raise ToolMissing(f"{name} of requirements-attack.txt: ./run attack installs it")
    return str(found)


def beside_python(name: str) -> str:
    """Return where a program of requirements-dev.txt is."""
    return str(Path(sys.executable).parent / name)


def run(command: Sequence[str], seconds: float, folder: Path | None = None) -> Said:
    """Run a program for so long at the most."""
    try:
        done = subprocess.run(
            command,
            cwd=folder or ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as over:
        return Said(None, (over.stdout or b"").decode(errors="replace"))
    return Said(done.returncode, done.stdout.decode(errors="replace"))
