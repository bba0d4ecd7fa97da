"""Bringing a history of plays: the file in, a look, and what came of it."""

from typing import Any

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from core import kinds
from core.errors import InvalidInput
from core.kinds import Kind
from core.play_formats import Format
from core.plays import Source
from database import import_tasks, library_imports, play_imports, quota, tasks
from database.owner import Owner
from database.tasks import Enqueued
from webapp import brought_files, forms, uploads
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
    Kind.LIBRARY: "This is a library: it is brought under Library.",
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
        with uploads.received(file) as name:
            task = _ask(name, uploads.shown_name(file), dry_run=not wanted.at_once)
    except InvalidInput as error:
        if wants_json():
            raise
        form = forms.Shown(Import, given, error.problems)
        return render_template("listening/bring.html", form=form), 422
    return lead_to(task)


def _ask(name: str, called: str, *, dry_run: bool) -> Enqueued:
    """Put in the task; and that which brings a library, where one is in the same file.

    What is in any other zip, the worker finds out.
    """
    path, owner = settings().uploads / name, current_owner()
    if said := _ELSEWHERE.get(kinds.of(path)):
        raise InvalidInput({"export": said})
    library = uploads.named_again(path) if kinds.holds_library(path) else None
    with writing() as session:
        task = play_imports.ask(session, owner, name, called, dry_run=dry_run)
        if library:
            library_imports.ask(session, owner, library, called, dry_run=dry_run)
        quota.check(session, owner)
    return task


@bp.get("/import/<public_id>")
def brought(public_id: str) -> ResponseReturnValue:
    """What an import added, what it knew, what each of its files was, and what was left out."""
    owner = current_owner()
    with reading() as session:
        task = brought_files.task(session, public_id, play_imports.ACTION)
        result = tasks.result(session, task.id)
        library = uploads.second_name(task.args["upload"])
        beside = import_tasks.beside(session, library_imports.ACTION, library, owner)
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
        beside=beside,
        is_at_hand=brought_files.is_at_hand(task),
        is_rough=_is_rough(result),
    )


def _source(name: str) -> str:
    return Source[name.upper()].words


def _is_rough(result: dict[str, Any]) -> bool:
    """Say whether less may count than a look tells, which takes each part of it for itself."""
    formats = {file["format"] for file in result["files"] if file["format"]}
    return result["dry_run"] and (len(formats) > 1 or Format.NEEDLEDROP.value in formats)


@bp.post("/import/<public_id>/bring")
def bring_now(public_id: str) -> ResponseReturnValue:
    """Bring the file that a dry run has read."""
    owner = current_owner()
    with writing() as session:
        looked = brought_files.looked_at(session, public_id, play_imports.ACTION)
        task = play_imports.ask(
            session, Owner(looked.person_id), **(looked.args | {"dry_run": False})
        )
        quota.check(session, owner)
    return lead_to(task)
