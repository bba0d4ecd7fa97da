"""Removes people and children, their plays first: in steps, since others want to write, too."""

from typing import Any

from database import child_plays, goodbyes, listeners, people
from worker_jobs.run import Run


def remove_child(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Remove a child's profile, after its plays went back if that is wanted; safe to repeat.

    Args: {"child": id, "give_back": bool}. Result: {"plays": how many went back this time}.
    """
    done, given = 0, 1
    while given and args["give_back"]:
        run.report("Giving plays back", done)
        with run.db.writing(bulk=True) as session:
            given = 0
            if people.lives_here(session, args["child"]):
                child = people.get(session, args["child"])
                given = child_plays.give_back_some(session, child)
        done += given
    _remove(args["child"], run)
    return {"plays": done, "result_url": "/listening/children"}


def remove_person(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Remove a person and their children with all that is theirs; safe to repeat.

    Args: {"person": id}. Result: {"plays": how many went with them this time}.
    """
    return {"plays": _remove(args["person"], run), "result_url": "/admin/people"}


def _remove(person_id: int, run: Run) -> int:
    with run.db.reading() as session:
        family, of = listeners.family(session, person_id), goodbyes.plays(session, person_id)
    done = 0
    for one in family:
        gone = 1
        while gone:
            run.report("Taking plays away", done, of)
            with run.db.writing(bulk=True) as session:
                gone = people.forget_some_plays(session, one)
            done += gone
    run.report("Removing the profile")
    with run.db.writing(bulk=True) as session:
        if people.lives_here(session, person_id):
            goodbyes.remove(session, person_id)
    return done
