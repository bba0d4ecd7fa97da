"""The process that makes a crate: the lowest priority, and its memory is gone when it is done.

    python -m worker_jobs.discogs_import.process PARENT

Reads what it is to make as a line of JSON, and writes lines of JSON: how far it is, and at last
what it made or why it could not. Ends with the process PARENT.
"""

import gc
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from core import memory
from core.errors import NeedledropError, NoRoom
from database.crates import Loader
from worker_jobs.discogs_import.making import Made, Order, Progress, make
from worker_jobs.dying import die_with

_NICE = 9  # beside the worker's own ten: as low as it goes
_SAY_SECONDS = 0.5


class Telling:
    """Writes progress, but not more often than anybody looks."""

    def __init__(self) -> None:
        self._said, self._words = 0.0, ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._said >= _SAY_SECONDS or progress.words != self._words:
            self._said, self._words = now, progress.words
            _write({"progress": progress})


def main() -> None:
    # A person's Ctrl-C reaches the whole group; the worker says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(int(sys.argv[1]))
    os.nice(_NICE)
    memory.hold()
    gc.disable()  # nothing that is made here refers to itself
    asked = json.loads(sys.stdin.readline())
    try:
        made = make(Order.model_validate(asked["order"]), lambda: _loader(asked), Telling())
    except NeedledropError as error:
        is_full = isinstance(error, NoRoom)
        _write({"error": str(error), "is_full": is_full, "retry_after": error.retry_after})
    else:
        _write({"made": as_json(made)})


def _loader(asked: dict[str, Any]) -> Loader:
    if "schema" in asked:
        from database import crate_postgres_loader

        return crate_postgres_loader.Loader(asked["database"], asked["schema"])
    from database import crate_file

    return crate_file.Loader(Path(asked["path"]))


def as_json(made: Made) -> dict[str, Any]:
    told = [one._asdict() | {"start": one.start.decode(errors="replace")} for one in made.told]
    return made._asdict() | {"told": told}


def _write(said: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
