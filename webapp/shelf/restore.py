"""Putting a shelf back out of a zip, emptying it, and the exports that were made before that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from core import kept_exports
from core.errors import Conflict, InvalidInput, NotFound
from core.names import fold
from database import quota, shelf_restore, tasks
from database.models import Task
from database.owner import Owner
from database.shelf_restore import Contents
from webapp import brought_files, forms, uploads
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, store, writing
from webapp.errors import wants_json
from webapp.owner import current_owner
from webapp.shelf import bp


class Restore(BaseModel):
    """What is said beside the file."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    to_five: bool = Field(
        default=False,
        description="Each is doubled, and 0 is not rated. Left open, it is seen by itself"
        " where one of them is 0 and none above 5.",
    )


class Replace(BaseModel):
    """What is said before a shelf goes."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    export_first: bool = Field(
        default=False,
        description="Kept for 90 days, the newest ten of them: with one, this can be taken back.",
    )


class Reset(Replace):
    """What is said before a shelf is emptied; `name` is the person's own."""

    name: str = Field("", description="Type your name as it stands above.")


@bp.get("/restore")
def restore() -> str:
    return _restore_page(forms.Shown(Restore, {}, {}))


@bp.post("/restore")
def look_into() -> ResponseReturnValue:
    """Take a zip and tell what is in it; nothing is changed yet."""
    given = typed()
    try:
        wanted = forms.read(Restore, given)
        file = uploads.brought("Choose the zip that the shelf was exported as.")
    except InvalidInput as error:
        if wants_json():
            raise
        return _restore_page(forms.Shown(Restore, given, error.problems)), 422
    called, owner = uploads.shown_name(file), Owner(current_user.id)
    # The file first: no transaction is open while a slow phone sends it.
    with uploads.received(file) as name, writing() as session:
        task = shelf_restore.ask(session, owner, name, called, to_five=wanted.to_five, dry_run=True)
        quota.check(session, owner)
    return lead_to(task)


def _restore_page(form: forms.Shown) -> str:
    kept = kept_exports.listed(store(), settings().exports, current_user.id)
    return render_template("shelf/restore.html", form=form, kept=kept)


@bp.get("/restore/<public_id>")
def restored(public_id: str) -> ResponseReturnValue:
    """What is in a zip and what would go; or, once it was restored or emptied, what has gone."""
    with reading() as session:
        task = tasks.get(session, public_id, current_owner())
        result: dict[str, Any] | None = tasks.result(session, task.id)
    if task.action not in (shelf_restore.RESTORE, shelf_restore.RESET):
        raise NotFound("restore", public_id)
    if result is None:
        return redirect(url_for("tasks.show", public_id=public_id), 303)
    if wants_json():
        return jsonify(result)
    export = result.get("export")
    is_kept = task.person_id == current_user.id and export and _find(export)
    return render_template(
        "shelf/restored.html",
        task=task,
        result=result,
        form=forms.Shown(Replace, {"export_first": "1"}, {}),
        is_at_hand=_is_at_hand(task),
        export=export if is_kept else None,
    )


@bp.post("/restore/<public_id>")
def replace(public_id: str) -> ResponseReturnValue:
    """Put the shelf that was looked into in the place of the one that is there."""
    wanted = forms.read(Replace, _said())
    owner = current_owner()
    with writing() as session:
        looked = tasks.get(session, public_id, owner)
        if looked.action != shelf_restore.RESTORE or not looked.args.get("dry_run"):
            raise NotFound("dry run", public_id)
        if looked.is_open or not store().has(settings().uploads / looked.args["upload"]):
            raise Conflict("The file is not here any more, please choose it again.")
        task = shelf_restore.ask(
            session,
            Owner(looked.person_id),
            looked.args["upload"],
            looked.args["file_name"],
            to_five=looked.args["to_five"],
            export_first=wanted.export_first,
        )
        quota.check(session, owner)
    return lead_to(task)


def _is_at_hand(task: Task) -> bool:
    """Say whether the file that was looked into is still here."""
    return bool(task.args.get("dry_run")) and brought_files.may_be_there(task.args["upload"])


@bp.get("/reset")
def ask_reset() -> str:
    return _reset_page(forms.Shown(Reset, {"export_first": "1"}, {}))


@bp.post("/reset")
def reset() -> ResponseReturnValue:
    given = _said()
    wanted = forms.read(Reset, given)
    if fold(wanted.name) != fold(current_user.name):
        problems = {"name": f"Type your name, {current_user.name}, to empty your shelf."}
        if wants_json():
            raise InvalidInput(problems)
        return _reset_page(forms.Shown(Reset, given, problems)), 422
    owner = Owner(current_user.id)
    with writing() as session:
        task = shelf_restore.ask_reset(session, owner, export_first=wanted.export_first)
        quota.check(session, owner)
    return lead_to(task)


def _reset_page(form: forms.Shown) -> str:
    with reading() as session:
        there: Contents = shelf_restore.contents(session, current_user.id)
    return render_template("shelf/reset.html", form=form, there=there)


@bp.get("/exports/<name>")
def kept_export(name: str) -> Response:
    answer = send_file(_demand(name), as_attachment=True, download_name=name, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/exports/<name>/delete")
def delete_export(name: str) -> ResponseReturnValue:
    store().forget(_demand(name))
    if wants_json():
        return jsonify(deleted=name)
    flash(f"{name} is deleted.")
    return redirect(url_for(".restore"), 303)


def _said() -> Mapping[str, Any]:
    """Return what was sent; a script that does not say otherwise exports first, too."""
    return {"export_first": True, **typed()} if request.is_json else typed()


def _find(name: str) -> Path | None:
    return kept_exports.find(store(), settings().exports, current_user.id, name)


def _demand(name: str) -> Path:
    path = _find(name)
    if path is None:
        raise NotFound("export", name)
    return path
