"""Forgets what came from Spotify, in small batches: others want to write, too."""

import time
from typing import Any

from database import library_forgetting, library_statements
from database.library_forgetting import KINDS, TRACKS
from worker_jobs.run import Run

_PAUSE_SECONDS = 0.02  # between batches, for whoever waits for the database


def forget_library(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Forget all that came from Spotify into the library of whose task it is; safe to repeat.

    The house's own forgets what people had who are gone. What others have stays, and so do plays.
    Pictures go with the clean-up. Args: {}. Result: {"rows": how many are gone, "result_url": str}.
    """
    run.report("Emptying the library")
    if run.task.person_id is not None:
        with run.db.writing() as session:
            library_forgetting.unlink(session, run.task.person_id)
    with run.db.reading() as session:
        spoken_for = library_forgetting.in_analyses(session) | library_statements.tracks(session)
    gone = 0
    for kind in KINDS:
        after = 0
        while True:
            with run.db.reading() as session:
                found = library_forgetting.unused(session, kind, after)
            if not found:
                break
            after = found[-1]
            over = [id_ for id_ in found if kind is not TRACKS or id_ not in spoken_for]
            with run.db.writing(bulk=True) as session:
                gone += library_forgetting.drop(session, kind, over)
            run.report("Forgetting what nobody has", gone)
            time.sleep(_PAUSE_SECONDS)
    return {"rows": gone, "result_url": "/library"}
