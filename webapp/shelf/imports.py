"""The collections that a person has brought onto their shelf, and undoing one."""

from flask import render_template
from flask.typing import ResponseReturnValue

from database import quota, shelf_history
from webapp import import_list
from webapp.answers import lead_to
from webapp.database import reading, writing
from webapp.owner import current_owner
from webapp.shelf import bp


@bp.get("/imports")
def imports() -> ResponseReturnValue:
    before = import_list.before()
    with reading() as session:
        found = shelf_history.listed(
            session, current_owner(), before=before, limit=shelf_history.PAGE + 1
        )
    return import_list.answer("shelf/imports.html", found, shelf_history.PAGE, also=["source"])


@bp.get("/import/<public_id>/undo")
def ask_undo(public_id: str) -> str:
    with reading() as session:
        found = shelf_history.get(session, public_id, current_owner())
        shelf_history.check_undo(session, found)
    return render_template("shelf/undo.html", found=found)


@bp.post("/import/<public_id>/undo")
def undo(public_id: str) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        task = shelf_history.ask_undo(session, public_id, owner)
        quota.check(session, owner)
    return lead_to(task)
