"""The worker process: claims tasks and does them until SIGTERM.

    python worker.py [--lanes quick,long ...]

Each group of --lanes is a runner of its own, a process that takes tasks of those
lanes in that order. Without it: one for what a person waits for, one that does the
long work when nobody waits, and on a machine with room another one.
"""

import argparse
import ctypes
import logging
import sys
from collections.abc import Sequence

from core import clock, folders, log_setup
from core.settings import Settings, load
from database import schedules, schema, workers
from database.engine import Database
from database.tasks import LONG, QUICK
from worker_jobs.clean_up import reconcile
from worker_jobs.memory import runners
from worker_jobs.registry import JOBS, PLANS, Entry
from worker_jobs.supervise import Supervisor

_M_ARENA_MAX = -8  # glibc's malloc.h


def main(arguments: Sequence[str], jobs: dict[str, Entry] = JOBS) -> None:
    settings = load()
    log_setup.start()
    prepare(settings)
    _spare_memory()
    Supervisor(settings, jobs, _lanes(arguments)).run()
    logging.getLogger(__name__).info("stopped")


def prepare(settings: Settings) -> None:
    """Make what must be there before the first runner: folders, tables, schedules."""
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    with db.writing() as session:
        schedules.set_up(session, PLANS, clock.machine_zone())
    workers.recover_dead(db)
    reconcile(db, settings)
    db.close()


def _lanes(arguments: Sequence[str]) -> list[list[str]]:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--lanes", nargs="+", metavar="LANE,LANE", default=None)
    given = parser.parse_args(arguments).lanes
    if given:
        return [group.split(",") for group in given]
    return [[QUICK], [QUICK, LONG], [LONG, QUICK]][: runners()]


def _spare_memory() -> None:
    """Keep glibc from giving each thread an arena of its own, which never shrinks."""
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


if __name__ == "__main__":
    main(sys.argv[1:])
