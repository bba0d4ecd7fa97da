"""Counts somebody's plays anew, part by part, while others go on writing."""

from collections import Counter
from typing import Any

from database import listeners, play_recount
from worker_jobs.run import Run

_COUNTING = "/listening/counting"


def recount_plays(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Bring all plays of a person in order by their rule and zone; safe to repeat.

    Args: {"person": id}. Result: {"parts": how many months were looked at}.
    """
    with run.db.reading() as session:
        parts = play_recount.spans(session, args["person"])
    for done, (since, until) in enumerate(parts):
        run.report("Counting anew, month by month", done, len(parts))
        with run.db.writing(bulk=True) as session:
            play_recount.recount(session, args["person"], since, until)
    return {"parts": len(parts), "result_url": f"{_COUNTING}?person={args['person']}"}


def count_by_rules(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Count what each rule would count, and change nothing.

    Args: {"person": id}. Result: {"person": id, "counts": {rule: plays}}.
    """
    counts: Counter[str] = Counter()
    with run.db.reading() as session:
        parts = play_recount.spans(session, args["person"])
    for done, (since, until) in enumerate(parts):
        run.report("Counting by each rule", done, len(parts))
        with run.db.reading() as session:
            counts.update(play_recount.by_rules(session, args["person"], since, until))
    return {
        "person": args["person"],
        "counts": dict(counts),
        "result_url": f"{_COUNTING}?person={args['person']}&counted={run.task.public_id}",
    }


def join_household(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Add a person's plays to the household's charts, or take them away; safe to repeat.

    Args: {"person": id, "is_joint": bool}. Result: {"is_joint": bool}.
    """
    run.report("Adding up the household")
    with run.db.writing(bulk=True) as session:
        listeners.set_joint(session, args["person"], is_joint=bool(args["is_joint"]))
    return {
        "is_joint": bool(args["is_joint"]),
        "result_url": f"{_COUNTING}?person={args['person']}",
    }
