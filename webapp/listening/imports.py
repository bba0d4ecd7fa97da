"""The histories that a person has brought, and undoing one."""

from flask import render_template
from flask.typing import ResponseReturnValue

from database import play_imports, quota
from webapp import import_list
from webapp.answers import lead_to
from webapp.database import reading, writing
from webapp.listening import bp
from webapp.owner import current_owner


@bp.get("/imports")
def imports() -> ResponseReturnValue:
    before = import_list.before()
    with reading() as session:
        found = play_imports.listed(
            session, current_owner(), before=before, limit=play_imports.PAGE + 1
        )
    return import_list.answer("listening/imports.html", found, play_imports.PAGE)


@bp.get("/import/<public_id>/undo")
def ask_undo(public_id: str) -> str:
    with reading() as session:
        found = play_imports.get(session, public_id, current_owner())
        play_imports.check_undo(session, found)
        would = play_imports.undoing(session, found.id)
    return render_template("listening/undo.html", found=found, would=would)


@bp.post("/import/<public_id>/undo")
def undo(public_id: str) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        task = play_imports.ask_undo(session, public_id, owner)
        quota.check(session, owner)
    return lead_to(task)
