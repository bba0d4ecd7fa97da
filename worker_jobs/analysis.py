"""Analyses a collection of tracks: asks for features that are missing, sums up what is known."""

from typing import Any

from core import clock
from core.errors import Forbidden
from database import analysed, analyses, library_plays, library_tasks
from database.library_intake import LibraryIntake
from worker_jobs.features.fetching import fetch, is_anybody_asked
from worker_jobs.run import Run

MOST_AGAIN = 3
ASKED_LATER = "What is missing is asked for later, by itself."
_LATER = clock.MINUTE  # than the end of a rest: others wait for that, too
_MANY = 1_000  # tracks in one transaction


def analyze(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Analyse something of a person's; safe to repeat, and what is the same is not written anew.

    Nobody who cannot be asked keeps it from being done: it says so, and works with what is
    known. Args: {"kind": str, "scope": str, "person_id": int or None for whose task it is,
    "again": how often it was put in by itself before}. Result: as `work_out`.

    Raises:
        NotFound, Conflict, InvalidInput: as `analyses.collection`.
    """
    person_id = args.get("person_id") or run.task.person_id
    if person_id is None:
        raise Forbidden("Only a person's own library can be analysed.")
    return work_out(run, person_id, args["kind"], args["scope"], again=args.get("again", 0))


def work_out(run: Run, person_id: int, kind: str, scope: str, *, again: int = 0) -> dict[str, Any]:
    """Do what `analyze` does, for other jobs.

    Where somebody wants a rest who may know more, it is put in once more for when that is over,
    a few times at most.

    Return {"analysis_id": int, "tracks": how many, "with_features": of how many something is
    known, "fetched": of how many something new is, "is_new": whether it was written,
    "problems": [sentences], "result_url": str}.

    Raises:
        NotFound, Conflict, InvalidInput: as `analyses.collection`.
    """
    if kind == "period" and is_anybody_asked(run, person_id):
        _take_in(run, person_id, scope)
    with run.db.reading() as session:
        wanted = analyses.collection(session, person_id, kind, scope)
    fetched = fetch(run, person_id, wanted.track_ids)
    rest = fetched.rest_seconds if again < MOST_AGAIN else None
    problems = fetched.problems if rest is None else [*fetched.problems, ASKED_LATER]
    run.report("Summing up", len(wanted.track_ids), len(wanted.track_ids))
    with run.db.reading() as session:
        made = analyses.make(session, person_id, wanted, problems)
    with run.db.writing() as session:
        analysis_id = analyses.keep(session, person_id, made)
        if rest is not None:
            at = clock.now() + round(rest * clock.SECOND) + _LATER
            library_tasks.place_analyze(session, person_id, kind, scope, again=again + 1, run_at=at)
    return {
        "analysis_id": analysis_id,
        "tracks": made.data.coverage.tracks,
        "with_features": made.data.coverage.with_features,
        "fetched": fetched.found,
        "is_new": made.id is None,
        "problems": problems,
        "result_url": _page(kind, scope, analysis_id),
    }


def _take_in(run: Run, person_id: int, scope: str) -> None:
    """Take what was played into the library where others may know how it sounds."""
    with run.db.reading() as session:
        played = analysed.played_in(session, person_id, scope)
    for start in range(0, len(played), _MANY):
        run.report("Looking for what was played", start, len(played))
        part = played[start : start + _MANY]
        with run.db.reading() as session:
            told = library_plays.nameable(session, part)
        if told:
            with run.db.writing(bulk=True) as session:
                LibraryIntake(only_fills=True).tracks(session, told)


def _page(kind: str, scope: str, analysis_id: int) -> str:
    """Return where it is to be seen: with what was analysed, where that has a page."""
    if kind == "period":
        return f"/library/analyses/{analysis_id}"
    return "/library/liked" if kind == "liked" else f"/library/{kind}s/{scope}"
