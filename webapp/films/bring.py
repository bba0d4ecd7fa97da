"""Bringing an export: the file in, a task, and what came of it."""

from typing import Any

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput
from database import film_imports, quota, tasks
from database.owner import Owner
from webapp import brought_files, forms, uploads
from webapp.answers import lead_to, typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.films import bp
from webapp.import_words import headline
from webapp.owner import current_owner

ACTION = "import_films"


class Import(BaseModel):
    """What is said beside the file."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    dry_run: bool = Field(
        default=False, description="Look first: tell what is new and change nothing."
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
    called = uploads.shown_name(export)
    # The file first: no transaction is open while a slow phone sends it.
    with uploads.received(export) as name, writing() as session:
        owner = current_owner()
        task = film_imports.ask(session, owner, name, called, dry_run=wanted.dry_run)
        quota.check(session, owner)
    return lead_to(task)


@bp.get("/import/<public_id>")
def brought(public_id: str) -> ResponseReturnValue:
    """What an import added, changed and skipped, and why."""
    with reading() as session:
        task = brought_files.task(session, public_id, ACTION)
        result: dict[str, Any] | None = tasks.result(session, task.id)
    if result is None:
        return redirect(url_for("tasks.show", public_id=public_id), 303)
    if wants_json():
        return jsonify(result)
    return render_template(
        "films/brought.html",
        task=task,
        result=result,
        headline=headline,
        is_at_hand=brought_files.is_at_hand(task),
    )


@bp.post("/import/<public_id>/bring")
def bring_now(public_id: str) -> ResponseReturnValue:
    """Bring the file that a dry run has read."""
    owner = current_owner()
    with writing() as session:
        looked = brought_files.looked_at(session, public_id, ACTION)
        whose = Owner(looked.person_id)
        task = film_imports.ask(session, whose, looked.args["upload"], looked.args["file_name"])
        quota.check(session, owner)
    return lead_to(task)
