"""How far a task is, the list of tasks, cancelling one, running one again."""

from pathlib import Path

from flask import (
    Response,
    abort,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from database import mosaics, quota, tasks
from database.models import Task
from webapp import limits
from webapp.access import guest_mosaics, open_to_guests
from webapp.answers import lead_to
from webapp.database import progress, reading, settings, writing
from webapp.errors import wants_json
from webapp.numbers import number
from webapp.owner import current_owner
from webapp.tasks import bp
from webapp.tasks.state import Disc, State

_PAGE = 50


@bp.get("/<public_id>")
@open_to_guests(when=guest_mosaics)
def show(public_id: str) -> ResponseReturnValue:
    """While it is open its progress; then the way on: to its result, or home with the error."""
    with reading() as session:
        task = tasks.get(session, public_id, current_owner())
        body = tasks.result(session, task.id) if task.status == "COMPLETE" else None
        ahead = tasks.ahead(session, task) if task.status == "WAITING" else 0
    said = progress().read(task.id) if task.status == "PROGRESSING" else None
    state = State.of_task(task, said, ahead)
    result_url = _result_url(task, body)
    if wants_json():
        return jsonify(state.as_json(result_url))
    if task.status == "ERROR":
        return redirect(url_for("mosaics.home", task=public_id), 303)
    if result_url:
        return redirect(result_url, 303)
    # A page that reloads itself must let its reader stop that (WCAG 2.2.1, 2.2.2).
    live = task.is_open and request.args.get("live") != "0"
    sketch = task.status == "PROGRESSING" and _sketch(task).is_file()
    disc = Disc.at(state.share)
    return render_template("tasks/show.html", state=state, live=live, disc=disc, sketch=sketch)


@bp.get("/<public_id>/sketch.jpg")
@open_to_guests(when=guest_mosaics)
def sketch(public_id: str) -> Response:
    """What the picture will be from afar, while it is built."""
    with reading() as session:
        task = tasks.get(session, public_id, current_owner())
    path = _sketch(task)
    if not path.is_file():
        abort(404, "There is no sketch of this task.")
    answer = send_file(path, mimetype="image/jpeg", max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sketch(task: Task) -> Path:
    return settings().pictures / mosaics.sketch_of(task.public_id, task.attempt)


def _result_url(task: Task, body: dict[str, object] | None) -> str | None:
    if body is None:
        return None
    if task.action == "import_films":
        return url_for("films.brought", public_id=task.public_id)
    if task.action == "match_films":
        return url_for("films.index")
    found = body.get("result_url")
    return str(found) if found else None


@bp.get("")
def index() -> str:
    """A member's own tasks; the admin sees everybody's."""
    before = request.args.get("before", type=number)
    everybody = bool(current_user.is_admin) and request.args.get("whose") != "own"
    with reading() as session:
        found = tasks.listed(
            session, current_owner(), before=before, limit=_PAGE, everybody=everybody
        )
    more = found[-1].id if len(found) == _PAGE else None
    return render_template("tasks/index.html", found=found, more=more, everybody=everybody)


@bp.post("/<public_id>/cancel")
@open_to_guests(when=guest_mosaics)
def cancel(public_id: str) -> ResponseReturnValue:
    with writing() as session:
        tasks.ask_cancel(session, public_id, current_owner())
    return redirect(url_for(".show", public_id=public_id), 303)


@bp.post("/<public_id>/again")
@open_to_guests(when=guest_mosaics)
@limits.orders
def again(public_id: str) -> ResponseReturnValue:
    with writing() as session:
        task = tasks.again(session, public_id, current_owner())
        quota.check(session, current_owner())
    return lead_to(task)
