"""Measure how fast a table of tracks is brought, and in how much memory: 114,000 rows.

    python -m bench.library_files [--rows 114000]

The table is as large as the largest data set that people bring, has its columns, and a fifth of
its rows tell of a track that another has told of. It is looked at, brought, brought once more and
taken back, each in a process of its own, on SQLite; the peak is of that process's memory.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core import folders
from core.settings import ROOT, Settings
from core.store import FOLDER
from database import library_imports, people, schema
from database.claims import Claimed
from database.engine import Database
from database.people import NewPerson
from fakes.library import Sung, kaggle, spotify_id

_ROWS = 114_000
_REPEATED = 0.2
_TRACKS_EACH = 12  # of an artist
_STEPS = ("look", "bring", "bring again", "undo")
_UPLOAD = "table.upload"


class _Run:
    """All that a job knows of the queue, with nobody who looks."""

    def __init__(self, db: Database, settings: Settings, task: Claimed) -> None:
        self.db, self.settings, self.task = db, settings, task
        self.store = FOLDER

    def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
        pass

    def at_finish(self, write: Callable[[Session], None]) -> None:
        pass


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    wanted.add_argument("--rows", type=int, default=_ROWS)
    wanted.add_argument("--step", choices=_STEPS, help=argparse.SUPPRESS)
    wanted.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = wanted.parse_args()
    if asked.step:
        print(json.dumps(_do(asked.step, asked.folder)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _set_up(folder, asked.rows)
        for step in _STEPS:
            _tell(step, asked.rows, folder)


def _set_up(folder: Path, rows: int) -> None:
    settings = Settings(data=folder)
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    with db.writing() as session:
        people.add(session, NewPerson(username="alice", password="a long enough one"), zone="UTC")  # noqa: S106 - nobody's
    db.close()
    settings.uploads.mkdir(exist_ok=True)
    (settings.uploads / _UPLOAD).write_text(kaggle(_sung(rows)))


def _sung(rows: int) -> Iterator[Sung]:
    chance = random.Random(1)
    told = 0
    for _ in range(rows):
        is_repeated = told and chance.random() < _REPEATED
        nth = chance.randrange(told) if is_repeated else told
        told += not is_repeated
        artist = nth // _TRACKS_EACH
        sound = tuple(round((nth * step % 997) / 997, 3) for step in (3, 5, 7, 11, 13, 17, 19))
        yield Sung(
            spotify_id(nth),
            f"Track {nth} of that long name that they have",
            (f"Artist {artist}",) if nth % 4 else (f"Artist {artist}", f"Guest {nth % 500}"),
            f"Album {nth // 6}",
            180_000 + nth % 90_000,
            (*sound[:2], nth % 12, -7.5, nth % 2, *sound[2:], 120.5, 4),
        )


def _tell(step: str, rows: int, folder: Path) -> None:
    command = [sys.executable, "-m", "bench.library_files", "--step", step, "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    said = json.loads(done.stdout)
    seconds, peak = said["seconds"], said["peak"]
    print(
        f"{step:<12} {seconds:6.1f} s, {said['worked']:.1f} of them the processor's;"
        f" {rows / seconds:,.0f} rows a second;"
        f" {peak:.0f} MB at the most, {peak - said['before']:.0f} more than at its start"
    )


def _do(step: str, folder: Path) -> dict[str, Any]:
    from worker_jobs.library_imports.job import import_library
    from worker_jobs.library_imports.undo import undo_library_import

    settings = Settings(data=folder)
    db = Database(settings.database, settings.running)
    task = Claimed(1, step, library_imports.ACTION, {}, 1, 1, None, None)
    run = _Run(db, settings, task)
    before, begun, worked = _peak(), time.perf_counter(), time.process_time()
    if step == "undo":
        undo_library_import({"import": "bring"}, run)
    else:
        args = {"upload": _UPLOAD, "file_name": "table.csv", "dry_run": step == "look"}
        import_library(args, run)
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    db.close()
    return {"seconds": seconds, "worked": worked, "before": before, "peak": _peak()}


def _peak() -> float:
    """Return the most memory that this process has had, in MB; not its parent's, as rusage does."""
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
