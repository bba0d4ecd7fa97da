"""How much memory the house takes while nobody asks for anything: python -m bench.memory.

Starts the real web and the real worker on a data folder of their own, waits, and
adds up the proportional set size of every process: shared pages count once.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.settings import ROOT

BUDGET_MB = 120
_SETTLE_SECONDS = 15.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "NEEDLEDROP_DATA": folder,
            "NEEDLEDROP_HOST": "127.0.0.1",
            "NEEDLEDROP_PORT": "8799",
        }
        started = [
            subprocess.Popen([sys.executable, program], cwd=ROOT, env=environment)
            for program in ("server.py", "worker.py")
        ]
        try:
            time.sleep(_SETTLE_SECONDS)
            _report(started)
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(timeout=15)


def _report(started: list[subprocess.Popen[bytes]]) -> None:
    total = 0.0
    for name, process in zip(("web", "worker"), started, strict=True):
        family = [process.pid, *_children(process.pid)]
        sizes = [_pss(pid) for pid in family]
        total += sum(sizes)
        print(f"{name:<7} {sum(sizes):6.1f} MB in {len(family)} processes")
    for_each = " + ".join(f"{size:.0f}" for size in sizes)
    print(f"worker processes: {for_each} MB")
    print(f"total   {total:6.1f} MB, {total / BUDGET_MB:.2f} of the budget of {BUDGET_MB} MB")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
