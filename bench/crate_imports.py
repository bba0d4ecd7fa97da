"""Programs that read a whole dump, each in a process of its own: seconds, memory, disk."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bench.processes import Family

DISCOGSKIT = "0.2.0"
_LOOK_SECONDS = 0.1


class Measured(NamedTuple):
    """Seconds of the clock and of processors; MB at the most, in memory and in the folder."""

    seconds: float
    processor: float
    memory_mb: float
    disk_mb: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s, {self.processor:.1f} of the processor's; at the most"
            f" {self.memory_mb:.0f} MB of memory and {self.disk_mb:.0f} MB of disk"
        )


def measured(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Measured:
    """Run a program whose files all lie in `folder`, and watch it and its children.

    Raises:
        SystemExit: it failed.
    """
    said = folder.parent / f"{folder.name}.log"
    with said.open("wb") as log:
        used, begun, memory, disk = _processor(), time.perf_counter(), 0.0, 0.0
        running = Family(command, environment or {}, stderr=log)
        try:
            while running.is_alive:
                with suppress(OSError, LookupError):  # one that ends meanwhile
                    memory = max(memory, sum(running.resident().values()) / 1024)
                disk = max(disk, _size(folder))
                time.sleep(_LOOK_SECONDS)
            taken = time.perf_counter() - begun
        finally:
            running.kill()
    if running.code:
        sys.exit(f"{command[0]} failed: {said.read_text(errors='replace')[-2_000:]}")
    return Measured(taken, _processor() - used, memory, max(disk, _size(folder)))


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _size(folder: Path) -> float:
    size = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            # What is on the disk: a file may have holes. The dump itself does not count.
            size += file.stat().st_blocks * 512 if file.suffix != ".gz" else 0
    return size / 1e6


def install_discogskit(folder: Path) -> Path:
    """Put it into an environment of its own, if it is not there; return the program."""
    program = folder / "bin" / "discogskit"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", f"discogskit=={DISCOGSKIT}"]
        subprocess.run(pip, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return program
