"""Corrects many plays, or takes that back: in steps, since others want to write, too."""

from typing import Any

from sqlalchemy.orm import Session

from core.errors import NotFound
from database import play_edits, play_merges
from database.models import PlayEdit
from worker_jobs.run import Run

_EDITS = "/listening/edits"


def correct_plays(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Do what an edit says; safe to repeat, and goes on where it was.

    Args: {"edit": public id}. Result: {"plays": how many it corrected}.
    """
    done = 0
    while True:
        run.report("Correcting plays", done)
        with run.db.writing(bulk=True) as session:
            edit = _edit(session, args["edit"])
            if play_merges.is_merge(edit):
                play_merges.merge(session, edit)
                marked = 0
            else:
                marked = play_edits.mark_some(session, edit)
            plays = edit.plays
        done += marked
        if not marked:
            return {"plays": plays, "result_url": _EDITS}


def undo_play_edit(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Take an edit back; safe to repeat, and goes on where it was.

    Args: {"edit": public id}. Result: {"plays": how many were taken back this time}.
    """
    done = 0
    while True:
        run.report("Undoing", done)
        with run.db.writing(bulk=True) as session:
            edit = _edit(session, args["edit"])
            undone = play_edits.take_back_some(session, edit)
        done += undone
        if not undone:
            return {"plays": done, "result_url": _EDITS}


def _edit(session: Session, public_id: str) -> PlayEdit:
    edit = play_edits.find(session, public_id)
    if edit is None:
        raise NotFound("edit", public_id)
    return edit
