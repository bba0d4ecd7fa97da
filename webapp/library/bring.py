"""Bringing a library in files: the file in, a look, and what came of it."""

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from core import kinds
from core.errors import InvalidInput
from core.kinds import Kind
from database import import_tasks, library_imports, play_imports, quota, tasks
from database.owner import Owner
from database.tasks import Enqueued
from webapp import brought_files, forms, uploads
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.library import bp
from webapp.owner import current_owner

_WANTED = "Choose a file: a table of tracks, or what Spotify gave you, zipped or not."
_ELSEWHERE = {
    Kind.SHELF: "This is a shelf that was taken along: “Restore” under Shelf puts it back.",
    Kind.LETTERBOXD_ZIP: "This is an export of Letterboxd's: it is brought under Films.",
    Kind.LETTERBOXD_TABLE: "This is an export of Letterboxd's: it is brought under Films.",
    Kind.DISCOGS_TABLE: "This is a collection of records: it is brought under Shelf.",
    Kind.PLAYS: "This is a history of plays: it is brought under Listening.",
    Kind.TABLE: (
        "This is no table of tracks: it needs a name, an artist, and three of the audio features."
    ),
}


class Import(BaseModel):
    """What is said beside the file."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    at_once: bool = Field(
        default=False, description="Otherwise you see first what would be new, and nothing changes."
    )


@bp.get("/import")
def bring() -> str:
    return render_template("library/bring.html", form=forms.Shown(Import, {}, {}))


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
        return render_template("library/bring.html", form=form), 422
    return lead_to(task)


def _ask(name: str, called: str, *, dry_run: bool) -> Enqueued:
    """Put in the task; and that which brings a history of plays, where there is one, too."""
    path = settings().uploads / name
    kind, owner = kinds.of(path), current_owner()
    has_plays = kind is Kind.PLAYS and kinds.holds_library(path)
    if not has_plays and (said := _ELSEWHERE.get(kind)):
        raise InvalidInput({"export": said})
    mine = uploads.named_again(path) if has_plays else name
    with writing() as session:
        task = library_imports.ask(session, owner, mine, called, dry_run=dry_run)
        if has_plays:
            play_imports.ask(session, owner, name, called, dry_run=dry_run)
        quota.check(session, owner)
    return task


@bp.get("/import/<public_id>")
def brought(public_id: str) -> ResponseReturnValue:
    """What an import added, what it knew, what each of its files was, and what was left out."""
    owner = current_owner()
    with reading() as session:
        task = brought_files.task(session, public_id, library_imports.ACTION)
        result = tasks.result(session, task.id)
        plays = uploads.first_name(task.args["upload"])
        beside = plays and import_tasks.beside(session, play_imports.ACTION, plays, owner)
    if result is None:
        return redirect(url_for("tasks.show", public_id=public_id), 303)
    if wants_json():
        return jsonify(result)
    return render_template(
        "library/brought.html",
        task=task,
        result=result,
        beside=beside,
        is_at_hand=brought_files.is_at_hand(task),
    )


@bp.post("/import/<public_id>/bring")
def bring_now(public_id: str) -> ResponseReturnValue:
    """Bring the file that a dry run has read."""
    owner = current_owner()
    with writing() as session:
        looked = brought_files.looked_at(session, public_id, library_imports.ACTION)
        task = library_imports.ask(
            session, Owner(looked.person_id), **(looked.args | {"dry_run": False})
        )
        quota.check(session, owner)
    return lead_to(task)
