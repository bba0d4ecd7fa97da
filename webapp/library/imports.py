"""The libraries that a person has brought in files, and undoing one."""

from flask import render_template
from flask.typing import ResponseReturnValue

from database import library_imports, quota
from webapp import import_list
from webapp.answers import lead_to
from webapp.database import reading, writing
from webapp.library import bp
from webapp.owner import current_owner


@bp.get("/imports")
def imports() -> ResponseReturnValue:
    before = import_list.before()
    with reading() as session:
        found = library_imports.listed(
            session, current_owner(), before=before, limit=library_imports.PAGE + 1
        )
    return import_list.answer("library/imports.html", found, library_imports.PAGE)


@bp.get("/import/<public_id>/undo")
def ask_undo(public_id: str) -> str:
    with reading() as session:
        found = library_imports.get(session, public_id, current_owner())
        library_imports.check_undo(session, found)
        would = library_imports.undoing(session, found)
    return render_template("library/undo.html", found=found, would=would)


@bp.post("/import/<public_id>/undo")
def undo(public_id: str) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        task = library_imports.ask_undo(session, public_id, owner)
        quota.check(session, owner)
    return lead_to(task)
