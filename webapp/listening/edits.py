"""What a person corrected of their plays, and taking one of these back."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from database import play_edits, quota
from database.tasks import Enqueued
from webapp.answers import lead_to, onward
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.numbers import number
from webapp.owner import current_owner


@bp.get("/edits")
def edits() -> ResponseReturnValue:
    before = request.args.get("before", type=number)
    with reading() as session:
        found = play_edits.listed(
            session, current_owner(), before=before, limit=play_edits.PAGE + 1
        )
    is_more, found = len(found) > play_edits.PAGE, found[: play_edits.PAGE]
    more = found[-1].id if is_more else None
    if wants_json():
        told = [
            {
                "edit": one.public_id,
                "person": one.person_name,
                "kind": one.kind,
                "said": one.said,
                "plays": one.plays,
                "created_at": one.created_at,
                "undone_at": one.undone_at,
                "is_over": one.is_over,
            }
            for one in found
        ]
        return jsonify(edits=told, before=more)
    return render_template("listening/edits.html", found=found, more=more)


@bp.post("/edits/<public_id>/undo")
def undo_edit(public_id: str) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        edit = play_edits.get(session, public_id, owner)
        task = play_edits.undo(session, edit, owner)
        quota.check(session, owner)
    return done(task, "Undone: every number is what it was.")


def done(task: Enqueued | None, sentence: str, otherwise: str = "") -> ResponseReturnValue:
    """Answer that plays were corrected, or lead to the task that does."""
    if task is not None:
        return lead_to(task)
    address = otherwise or url_for("listening.edits")
    if wants_json():
        return jsonify(url=address)
    flash(sentence)
    return redirect(onward(address), 303)
