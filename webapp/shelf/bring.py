"""Bringing a collection: the file in, which column is what, a look, and what came of it."""

from pathlib import Path
from typing import Any

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from core import kinds
from core.errors import InvalidInput, NotFound
from core.kinds import Kind
from database import quota, shelf_history, tasks
from database.models import Task
from database.owner import Owner
from database.shelf_columns import FIELDS, Columns
from webapp import brought_files, forms, uploads
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.import_words import headline
from webapp.owner import current_owner
from webapp.shelf import bp

_ACTIONS = (shelf_history.ACTION, "import_discogs")
_WANTED = "Choose a table: a csv file, as Discogs or a spreadsheet saves it."
_ELSEWHERE = {
    Kind.SHELF: "This is a shelf that was taken along: “Restore” puts it back.",
    Kind.PLAYS: "This is a history of plays: it is brought under Listening.",
    Kind.ZIP: "This is a zip, or a spreadsheet's own file. Bring the csv file that is in it,"
    " or that the spreadsheet saves.",
}
_OF_FILMS = "This is an export of Letterboxd's: it is brought under Films."
_WORDS = {
    "title": "Title",
    "artists": "Artist",
    "countries": "Artist's country",
    "labels": "Label",
    "purchased_on": "Day of purchase",
    "catalogue_number": "Catalogue number",
    "copy_number": "Number of the copy",
    "is_digitised": "Digitised",
    "media_condition": "Condition of the record",
    "sleeve_condition": "Condition of the sleeve",
    "discogs_id": "Release at Discogs",
}


class Import(BaseModel):
    """What is said beside the file."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    at_once: bool = Field(
        default=False, description="Otherwise you see first what would change, and nothing does."
    )


@bp.get("/in-and-out")
def in_and_out() -> str:
    return render_template("shelf/in_and_out.html")


@bp.get("/import")
def bring() -> str:
    return render_template("shelf/bring.html", form=forms.Shown(Import, {}, {}))


@bp.post("/import")
def take() -> ResponseReturnValue:
    given = typed()
    try:
        wanted, table = forms.read(Import, given), uploads.brought(_WANTED)
        # The file first: no transaction is open while a slow phone sends it.
        with uploads.received(table) as name:
            kind = _kind(settings().uploads / name)
            # Of any other table it is first to be said which column is what.
            dry_run = not (wanted.at_once and kind is Kind.DISCOGS_TABLE)
            with writing() as session:
                owner, called = current_owner(), uploads.shown_name(table)
                task = shelf_history.ask(session, owner, name, called, dry_run=dry_run)
                quota.check(session, owner)
    except InvalidInput as error:
        if wants_json():
            raise
        form = forms.Shown(Import, given, error.problems)
        return render_template("shelf/bring.html", form=form), 422
    return lead_to(task)


def _kind(path: Path) -> Kind:
    """Return what kind of table somebody brings; lead those elsewhere who bring other things."""
    kind = kinds.of(path)
    if kind.is_of_films:
        raise InvalidInput({"export": _OF_FILMS})
    if kind in _ELSEWHERE:
        raise InvalidInput({"export": _ELSEWHERE[kind]})
    return kind


@bp.get("/import/<public_id>")
def brought(public_id: str) -> ResponseReturnValue:
    """What an import added, changed and skipped, and why; or what is to be said of a table."""
    with reading() as session:
        task, result = _ended(session, public_id)
    if result is None:
        return redirect(url_for("tasks.show", public_id=public_id), 303)
    if wants_json():
        return jsonify(result)
    if "ask" in result:
        return _columns_page(task, result["ask"], forms.Shown(Columns, result["ask"]["likely"], {}))
    return render_template(
        "shelf/brought.html",
        task=task,
        result=result,
        headline=headline,
        is_at_hand=brought_files.is_at_hand(task),
    )


def _ended(session: Session, public_id: str) -> tuple[Task, dict[str, Any] | None]:
    task = brought_files.task(session, public_id, *_ACTIONS)
    return task, tasks.result(session, task.id)


def _columns_page(task: Task, ask: dict[str, Any], form: forms.Shown) -> str:
    return render_template(
        "shelf/columns.html",
        task=task,
        ask=ask,
        form=form,
        fields=[(field, _WORDS.get(field, field.capitalize())) for field in FIELDS],
        is_at_hand=brought_files.is_at_hand(task),
    )


@bp.post("/import/<public_id>/columns")
def choose(public_id: str) -> ResponseReturnValue:
    """Look at a table once more, now that it is said which column is what."""
    given = typed()
    with reading() as session:
        looked, result = _ended(session, public_id)
    if result is None or "ask" not in result:
        raise NotFound("table", public_id)
    try:
        columns = forms.read(Columns, given)
    except InvalidInput as error:
        if wants_json():
            raise
        shown = forms.Shown(Columns, given, error.problems)
        return _columns_page(looked, result["ask"], shown), 422
    return _again(public_id, dry_run=True, columns=columns.model_dump())


@bp.post("/import/<public_id>/bring")
def bring_now(public_id: str) -> ResponseReturnValue:
    """Bring the file that a dry run has read."""
    return _again(public_id)


def _again(public_id: str, **said: Any) -> ResponseReturnValue:
    """Have a file that was looked at read once more."""
    owner = current_owner()
    with writing() as session:
        looked = brought_files.looked_at(session, public_id, shelf_history.ACTION)
        task = shelf_history.ask(
            session, Owner(looked.person_id), **(looked.args | {"dry_run": False} | said)
        )
        quota.check(session, owner)
    return lead_to(task)
