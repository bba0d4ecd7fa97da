"""Runs a program for which the time of day is off by the seconds in a file, that may change.

    python -m tests.faults.jumping FILE PROGRAM [ARGUMENT …]

faketime would do so for any program, but with version 0.9.10 no Python sleeps any more.
"""

import runpy
import sys
import time
from pathlib import Path


def main(file: Path, program: str, *arguments: str) -> None:
    true_time = time.time_ns

    def told() -> int:
        return true_time() + int(file.read_text()) * 1_000_000_000

    time.time_ns = told
    time.time = lambda: told() / 1_000_000_000
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
