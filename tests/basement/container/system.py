"""What the probe of test_boot.py asks of the system, and where it writes down what it finds."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCE, WHEELS, FINDINGS = Path("/opt/needledrop"), Path("/opt/wheels"), Path(sys.argv[-1])
DATA, CODE = Path("/var/lib/needledrop"), Path("/usr/local/lib/needledrop")
RUNTIME = Path("/run/systemd/system")
HOST = "records.local"
PATIENCE_SECONDS = 180
PAUSE_SECONDS = 0.25


def note(name: str, value: Any) -> None:
    with FINDINGS.open("a") as out:
        out.write(json.dumps({"name": name, "value": value, "at": round(time.monotonic())}) + "\n")


def call(*command: str | Path, **how: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **how)


def install(*options: str) -> dict[str, Any]:
    began = time.monotonic()
    done = call(SOURCE / "deploy/pi/install.sh", "--wheels", WHEELS, *options)
    said = done.stdout + done.stderr
    return {"status": done.returncode, "said": said, "seconds": round(time.monotonic() - began, 1)}


def show(unit: str, what: str) -> str:
    return call("systemctl", "show", "-p", what, "--value", unit).stdout.strip()


def until(holds: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait until something holds; return it, or None where it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(PAUSE_SECONDS)
    return None
