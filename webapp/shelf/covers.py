"""The covers of records: the pictures, one of one's own, and looking for those that are missing."""

from pathlib import Path
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput, NotFound
from database import quota, record_covers, records, tasks
from webapp import forms, uploads
from webapp.answers import lead_to, picture
from webapp.database import reading, settings, store, writing
from webapp.errors import wants_json
from webapp.owner import current_owner
from webapp.shelf import bp
from webapp.shelf.record import demand, page_of


class Brought(BaseModel):
    """What is said beside a picture: nothing."""


@bp.get("/<int:record_id>/cover.jpg")
def cover(record_id: int) -> Response:
    """The picture; pages give the address with its hash, so that it may be kept."""
    with reading() as session:
        sha256 = records.get(session, record_id).cover_sha256
    file = _file(sha256) if sha256 else None
    if file is None or not store().fetch(file):
        abort(404, "There is no cover of this record.")
    return picture(file, str(sha256))


def _file(sha256: str) -> Path:
    return record_covers.path_of(settings().covers, sha256)


@bp.get("/<int:record_id>/cover")
def change_cover(record_id: int) -> ResponseReturnValue:
    """What may be done about a record's cover; `?task=` says what came of looking for it."""
    return _page(record_id, {})


@bp.post("/<int:record_id>/cover")
def replace_cover(record_id: int) -> ResponseReturnValue:
    demand(record_id)
    try:
        picture = uploads.picture("cover")
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(record_id, dict(error.problems)), 422
    args = {"record_id": record_id, "file_name": uploads.shown_name(picture)}
    # The file first: no transaction is open while it is written.
    with uploads.received(picture) as name, writing() as session:
        records.to_change(session, record_id, current_owner())
        # One at a time for one record: the later picture is the last.
        key, owner = f"record:{record_id}", current_owner()
        args |= {"upload": name}
        task = tasks.enqueue(session, record_covers.REPLACE, args, owner=owner, lock_key=key)
        quota.check(session, owner)
    return lead_to(task)


@bp.post("/<int:record_id>/cover/remove")
def remove_cover(record_id: int) -> ResponseReturnValue:
    """Show the typographic sleeve; the clean-up takes the file when no record shows it."""
    with writing() as session:
        records.to_change(session, record_id, current_owner())
        record_covers.show(session, record_id, None)
    if wants_json():
        return jsonify(record=record_id, url=page_of(record_id))
    flash("The cover is gone.")
    return redirect(page_of(record_id), 303)


@bp.post("/<int:record_id>/cover/look")
def look_for_cover(record_id: int) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        records.to_change(session, record_id, owner)
        task = record_covers.order(session, owner, [record_id])
    return lead_to(task)


@bp.get("/covers")
def covers() -> str:
    """How many of one's records have no cover; `?task=` says what came of looking for them."""
    owner = current_owner()
    with reading() as session:
        missing = record_covers.missing(session, owner.person_id or 0, clock.now())
        came = _came(session)
    return render_template("shelf/covers.html", missing=missing, came=came)


@bp.post("/covers/look")
def look_for_covers() -> ResponseReturnValue:
    with writing() as session:
        task = record_covers.order(session, current_owner())
    return lead_to(task)


def _page(record_id: int, problems: dict[str, str]) -> str:
    with reading() as session:
        record = records.to_change(session, record_id, current_owner())
        came = _came(session)
    form = forms.Shown(Brought, {}, problems)
    return render_template("shelf/cover.html", record=record, cover_form=form, came=came)


def _came(session: Session) -> dict[str, Any] | None:
    """Return what came of the task that the address names, if it is one of theirs."""
    try:
        task = tasks.get(session, request.args.get("task", ""), current_owner())
    except NotFound:
        return None
    return tasks.result(session, task.id) if task.action == record_covers.FETCH else None
