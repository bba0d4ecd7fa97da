"""Bringing an export: the file in, a task, and what came of it."""

from typing import Any

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput, NotFound
from database import quota, tasks
from webapp import forms, uploads
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.films import bp
from webapp.owner import current_owner

ACTION = "import_films"


class Import(BaseModel):
    """What is said beside the file."""

    model_config = ConfigDict(frozen=True)

    dry_run: bool = Field(
        default=False, description="Look first: count what is new and change nothing."
    )


@bp.get("/import")
def bring() -> str:
    form = forms.Shown(Import, {}, {})
    return render_template("films/bring.html", form=form)


@bp.post("/import")
def take() -> ResponseReturnValue:
    given = typed()
    try:
        wanted, export = forms.read(Import, given), uploads.brought()
    except InvalidInput as error:
        if wants_json():
            raise
        form = forms.Shown(Import, given, error.problems)
        return render_template("films/bring.html", form=form), 422
    args = {"file_name": uploads.shown_name(export), "dry_run": wanted.dry_run}
    # The file first: no transaction is open while a slow phone sends it.
    with uploads.received(export, settings().uploads) as name, writing() as session:
        owner = current_owner()
        task = tasks.enqueue(
            session,
            ACTION,
            {"upload": name, **args},
            owner=owner,
            lane=tasks.LONG,
            # Two imports of one person would only wait for each other's rows.
            lock_key=f"{ACTION}:{owner.person_id}",
        )
        quota.check(session, owner)
    return lead_to(task)


@bp.get("/import/<public_id>")
def brought(public_id: str) -> ResponseReturnValue:
    """What an import added, changed and skipped, and why."""
    with reading() as session:
        task = tasks.get(session, public_id, current_owner())
        result: dict[str, Any] | None = tasks.result(session, task.id)
    if task.action != ACTION:
        raise NotFound("import", public_id)
    if result is None:
        return redirect(url_for("tasks.show", public_id=public_id), 303)
    if wants_json():
        return jsonify(result)
    return render_template("films/brought.html", task=task, result=result)
