"""Puts in the mosaics of the month that has ended, one for each monthly recipe."""

from typing import Any

from core import clock
from database import recipes
from worker_jobs.run import Run


def make_monthly(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Order each monthly recipe's mosaic; safe to repeat, for a month is ordered once.

    Args: {}. Result: {"ordered": how many}.
    """
    run.report("Ordering the monthly mosaics")
    today = clock.today(clock.zone(clock.machine_zone()))
    with run.db.writing() as session:
        return {"ordered": recipes.make_monthly(session, today)}
