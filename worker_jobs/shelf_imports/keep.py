"""Copies of records become records of a person's shelf, a batch in each transaction."""

from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from core import clock
from core.errors import Forbidden
from database import people, shelf_imports
from database.record_copies import Copy
from worker_jobs.imports.tables import Problems
from worker_jobs.run import Run
from worker_jobs.shelf_imports.tally import Tally

_TOLD = 50  # problems in full; the rest is counted


class Whose(NamedTuple):
    """On whose shelf, and which day it is for them."""

    person_id: int
    today: date


class Origin(NamedTuple):
    """Where records come from: 'discogs-csv', 'csv' or 'discogs', and what it is called."""

    source: str
    name: str


def whose(run: Run) -> Whose:
    """Return whom this task is for.

    Raises:
        Forbidden: it is nobody's; a shelf is a person's.
    """
    person_id = run.task.person_id
    if person_id is None:
        raise Forbidden("Only a person can have a shelf.")
    with run.db.reading() as session:
        zone = people.get(session, person_id).zone
    return Whose(person_id, clock.today(clock.zone(zone)))


def looked_at(run: Run, copies: Iterable[Copy], whose_: Whose, origin: Origin, rows: int) -> Tally:
    """Return what keeping these would do; everything stays as it is."""
    tally, taken = Tally(), set[int]()
    rest, done = iter(copies), 0
    while batch := list(islice(rest, shelf_imports.BATCH)):
        run.report("Comparing records", done, max(rows, done))
        with run.db.reading() as session:
            matches = shelf_imports.compare(
                session,
                whose_.person_id,
                batch,
                source=origin.source,
                today=whose_.today,
                taken=taken,
            )
        tally.keep(matches)
        done += len(batch)
    return tally


def kept(run: Run, copies: Iterable[Copy], whose_: Whose, origin: Origin, rows: int) -> Tally:
    """Put these on the shelf; safe to repeat. The counts are of all tries of this task."""
    tally, taken = Tally(), set[int]()
    with run.db.writing(bulk=True) as session:
        import_id = shelf_imports.begin(
            session, whose_.person_id, run.task.public_id, origin.source, origin.name
        ).id
    rest, done = iter(copies), 0
    while batch := list(islice(rest, shelf_imports.BATCH)):
        run.report("Keeping records", done, max(rows, done))
        with run.db.writing(bulk=True) as session:
            matches = shelf_imports.bring(
                session, import_id, whose_.person_id, batch, today=whose_.today, taken=taken
            )
        tally.keep(matches)
        done += len(batch)
    with run.db.writing() as session:
        counts = shelf_imports.finish(session, import_id)
    same = max(0, done - counts["added"] - counts["changed"])
    tally.count = {"added": counts["added"], "changed": counts["changed"], "same": same}
    return tally


def told(run: Run, tally: Tally, problems: Problems, *, dry_run: bool) -> dict[str, Any]:
    """Return the result of a task that has brought something, as its page shows it."""
    sentences = problems.sentences
    if tally.twins:
        sentences.insert(0, _of_twins(tally))
    return {
        **{str(how): count for how, count in tally.count.items()},
        "skipped": problems.skipped,
        "parts": tally.as_json(),
        "problems": sentences[:_TOLD],
        "more_problems": max(0, len(sentences) - _TOLD),
        "dry_run": dry_run,
        # What an interrupted try has brought is there already, for this one to find.
        "is_begun_again": not dry_run and run.task.attempt > 1,
        "result_url": f"/shelf/import/{run.task.public_id}",
    }


def _of_twins(tally: Tally) -> str:
    more = tally.twins - len(tally.first_twins)
    named = "; ".join(tally.first_twins) + (f"; and {more:,} more" if more else "")
    return (
        f"{tally.twins:,} of the new ones {'has' if tally.twins == 1 else 'have'} the title and"
        f" artist of a record that is here already: {named}. Another copy, or the same?"
    )
