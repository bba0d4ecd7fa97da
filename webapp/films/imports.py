"""The imports that a person has brought, and undoing one."""

from flask import render_template
from flask.typing import ResponseReturnValue

from database import film_imports, quota
from webapp import import_list
from webapp.answers import lead_to
from webapp.database import reading, writing
from webapp.films import bp
from webapp.import_words import headline
from webapp.owner import current_owner


@bp.get("/imports")
def imports() -> ResponseReturnValue:
    before = import_list.before()
    with reading() as session:
        found = film_imports.listed(
            session, current_owner(), before=before, limit=film_imports.PAGE + 1
        )
    return import_list.answer("films/imports.html", found, film_imports.PAGE, headline=headline)


@bp.get("/import/<public_id>/undo")
def ask_undo(public_id: str) -> str:
    with reading() as session:
        found = film_imports.get(session, public_id, current_owner())
        film_imports.check_undo(session, found)
    return render_template("films/undo.html", found=found)


@bp.post("/import/<public_id>/undo")
def undo(public_id: str) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        task = film_imports.ask_undo(session, public_id, owner)
        quota.check(session, owner)
    return lead_to(task)
