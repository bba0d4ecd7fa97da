"""The worker process: claims tasks and does them until SIGTERM.

    python worker.py [--lanes quick,long ...]

Each group of --lanes is a runner of its own, a process that takes tasks of those
lanes in that order. Without it one is always there, and others help out while it is
busy: one for nothing but what a person waits for, and where there is room another.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import closing

from core import clock, counters, folders, log_setup, memory
from core.errors import CannotStart, Damaged, NeedledropError
from core.settings import Settings, load
from database import damage, house, keepers, presence, schedules, schema, workers
from database.engine import Database
from database.tasks import LONG, QUICK
from worker_jobs.memory import go_first, runners
from worker_jobs.reconciling import reconcile
from worker_jobs.registry import JOBS, PLANS, Entry
from worker_jobs.resting import rest
from worker_jobs.run import stored
from worker_jobs.supervise import Supervisor

_NICE = 10
LANES = ([QUICK, LONG], [QUICK], [LONG, QUICK])


def main(arguments: Sequence[str], jobs: dict[str, Entry] = JOBS) -> None:
    # A job may map so many addresses and no more: two threads that draw fit in with one.
    memory.spare(arenas=1)
    go_first()
    # Pages first: whoever renders has time, whoever waits for a page has not. A service may be
    # as patient as that already.
    os.nice(max(0, _NICE - os.getpriority(os.PRIO_PROCESS, 0)))
    settings = load()
    log_setup.start()
    log_setup.hide_secrets(settings)
    lanes = _lanes(arguments)
    try:
        _work(settings, jobs, lanes)
    except Damaged as error:
        logging.getLogger(__name__).error("%s", error)  # noqa: TRY400 - it says what to do
    if damage.is_noted(settings.data):
        rest(settings.data)
    logging.getLogger(__name__).info("stopped")


def _work(settings: Settings, jobs: dict[str, Entry], lanes: Sequence[Sequence[str]]) -> None:
    folders.make(settings)
    here = presence.enter(settings)
    try:
        prepare(settings)
        counters.use(settings)
        memory.settle()
        Supervisor(settings, jobs, lanes or LANES[: runners()], always=None if lanes else 1).run()
    except NeedledropError as error:
        raise CannotStart(str(error)) from error
    finally:
        here.leave()


def prepare(settings: Settings) -> None:
    """Make what must be there before the first runner: folders, tables, schedules.

    Raises:
        CannotStart: the folder of data, the database or the store does not allow it.
    """
    folders.make(settings)
    with closing(Database(settings.database, settings.running)) as db:
        schema.ensure(db)
        with schema.at_start(db):
            house.settle(db, settings.data, stored(settings))
            with db.writing() as session:
                schedules.set_up(session, PLANS, clock.machine_zone())
                # Credits that came due while the machine was off do not wait for midnight.
                keepers.order_day(session)
            workers.recover_dead(db)
            reconcile(db, settings)


def _lanes(arguments: Sequence[str]) -> list[list[str]]:
    """Return what --lanes says, empty where it says nothing."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--lanes", nargs="+", metavar="LANE,LANE", default=None)
    given = parser.parse_args(arguments).lanes
    return [group.split(",") for group in given or ()]


if __name__ == "__main__":
    main(sys.argv[1:])
