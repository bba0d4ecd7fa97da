"""The collections that a person has brought onto their shelf, and undoing one."""

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from database import quota, shelf_history
from webapp.answers import lead_to
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.numbers import number
from webapp.owner import current_owner
from webapp.shelf import bp


@bp.get("/imports")
def imports() -> ResponseReturnValue:
    before = request.args.get("before", type=number)
    with reading() as session:
        found = shelf_history.listed(
            session, current_owner(), before=before, limit=shelf_history.PAGE + 1
        )
    is_more, found = len(found) > shelf_history.PAGE, found[: shelf_history.PAGE]
    more = found[-1].id if is_more else None
    if wants_json():
        return jsonify(
            imports=[
                {
                    "import": one.public_id,
                    "source": one.source,
                    "file_name": one.file_name,
                    "counts": one.counts,
                    "created_at": one.created_at,
                    "undone_at": one.undone_at,
                }
                for one in found
            ],
            before=more,
        )
    return render_template("shelf/imports.html", found=found, more=more)


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
