"""Begins a day on every shelf: books the credits that are due, chooses the record of the day."""

from typing import Any

from core import clock
from database import keepers, ledger, record_of_the_day, shelves
from worker_jobs.run import Run


def begin_day(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Do it for everybody, each by the calendar of their zone; safe to repeat.

    Args: {}. Result: {"shelves": how many, "credits": how many were booked}.
    """
    run.report("Looking for shelves")
    with run.db.reading() as session:
        found = keepers.keepers(session)
    booked = 0
    for done, keeper in enumerate(found):
        run.report("Adding credits, choosing records of the day", done, len(found))
        today = clock.today(clock.zone(keeper.zone))
        if today < shelves.FIRST_DAY:
            # The clock is wrong: the next run makes up for it.
            continue
        # One at a time: others want to write, too.
        with run.db.writing() as session:
            booked += ledger.add_due(session, keeper.person_id, today)
            record_of_the_day.settle(session, keeper.person_id, today)
    return {"shelves": len(found), "credits": booked}
