"""Bringing a history of plays: the file in, a look, and what came of it."""

from pathlib import Path
from typing import Any

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from core import kinds
from core.errors import Conflict, InvalidInput, NotFound
from core.kinds import Kind
from core.play_formats import Format
from core.plays import Source
from database import play_imports, quota, tasks
from database.models import Task
from database.owner import Owner
from webapp import forms, uploads
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.import_words import fate
from webapp.listening import bp
from webapp.owner import current_owner

_WANTED = "Choose a file: what Spotify, Last.fm or ListenBrainz gave you, zipped or not."
_ELSEWHERE = {
    Kind.SHELF: "This is a shelf that was taken along: “Restore” under Shelf puts it back.",
    Kind.LETTERBOXD_ZIP: "This is an export of Letterboxd's: it is brought under Films.",
    Kind.LETTERBOXD_TABLE: "This is an export of Letterboxd's: it is brought under Films.",
    Kind.DISCOGS_TABLE: "This is a collection of records: it is brought under Shelf.",
    Kind.TABLE: "This is not a history of plays in any form that is known here.",
}


class Import(BaseModel):
    """What is said beside the file."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    at_once: bool = Field(
        default=False, description="Otherwise you see first what would be new, and nothing changes."
    )


@bp.get("/import")
def bring() -> str:
    return render_template("listening/bring.html", form=forms.Shown(Import, {}, {}))


@bp.post("/import")
def take() -> ResponseReturnValue:
    given = typed()
    try:
        wanted, file = forms.read(Import, given), uploads.brought(_WANTED)
        # The file first: no transaction is open while a slow phone sends it.
        with uploads.received(file, settings().uploads) as name:
            _check_kind(settings().uploads / name)
            with writing() as session:
                owner, called = current_owner(), uploads.shown_name(file)
                task = play_imports.ask(session, owner, name, called, dry_run=not wanted.at_once)
                quota.check(session, owner)
    except InvalidInput as error:
        if wants_json():
            raise
        form = forms.Shown(Import, given, error.problems)
        return render_template("listening/bring.html", form=form), 422
    return lead_to(task)


def _check_kind(path: Path) -> None:
    """Lead those elsewhere who bring other things; what is in a zip, the worker finds out."""
    if said := _ELSEWHERE.get(kinds.of(path)):
        raise InvalidInput({"export": said})


@bp.get("/import/<public_id>")
def brought(public_id: str) -> ResponseReturnValue:
    """What an import added, what it knew, what each of its files was, and what was left out."""
    with reading() as session:
        task, result = _ended(session, public_id)
    if result is None:
        return redirect(url_for("tasks.show", public_id=public_id), 303)
    if wants_json():
        return jsonify(result)
    return render_template(
        "listening/brought.html",
        task=task,
        result=result,
        fate=fate,
        source=_source,
        is_at_hand=_is_at_hand(task),
        is_rough=_is_rough(result),
    )


def _source(name: str) -> str:
    return Source[name.upper()].words


def _is_rough(result: dict[str, Any]) -> bool:
    """Say whether less may count than a look tells, which takes each part of it for itself."""
    formats = {file["format"] for file in result["files"] if file["format"]}
    return result["dry_run"] and (len(formats) > 1 or Format.NEEDLEDROP.value in formats)


def _ended(session: Session, public_id: str) -> tuple[Task, dict[str, Any] | None]:
    task = tasks.get(session, public_id, current_owner())
    if task.action != play_imports.ACTION:
        raise NotFound("import", public_id)
    return task, tasks.result(session, task.id)


@bp.post("/import/<public_id>/bring")
def bring_now(public_id: str) -> ResponseReturnValue:
    """Bring the file that a dry run has read."""
    owner = current_owner()
    with writing() as session:
        looked, _ = _ended(session, public_id)
        if not looked.args.get("dry_run"):
            raise NotFound("dry run", public_id)
        if looked.is_open or not _is_at_hand(looked):
            raise Conflict("The file is not here any more, please choose it again.")
        task = play_imports.ask(
            session, Owner(looked.person_id), **(looked.args | {"dry_run": False})
        )
        quota.check(session, owner)
    return lead_to(task)


def _is_at_hand(task: Task) -> bool:
    """Say whether the file that a dry run has read is still here."""
    upload = settings().uploads / task.args["upload"]
    return bool(task.args.get("dry_run")) and upload.is_file()
