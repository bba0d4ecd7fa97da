"""The histories that a person has brought, and undoing one."""

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from database import play_imports, quota
from webapp.answers import lead_to
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.numbers import number
from webapp.owner import current_owner


@bp.get("/imports")
def imports() -> ResponseReturnValue:
    before = request.args.get("before", type=number)
    with reading() as session:
        found = play_imports.listed(
            session, current_owner(), before=before, limit=play_imports.PAGE + 1
        )
    is_more, found = len(found) > play_imports.PAGE, found[: play_imports.PAGE]
    more = found[-1].id if is_more else None
    if wants_json():
        return jsonify(
            imports=[
                {
                    "import": one.public_id,
                    "file_name": one.file_name,
                    "counts": one.counts,
                    "created_at": one.created_at,
                    "undone_at": one.undone_at,
                }
                for one in found
            ],
            before=more,
        )
    return render_template("listening/imports.html", found=found, more=more)


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
